#!/usr/bin/env bash
# craton on moto, an AWS imitation that others wrote: apply, an empty plan, an update, an empty plan, destroy, and nothing is
# left. For the network of the architecture, and for each folder below moto/: all types that moto has. docs/moto.md lists what
# moto does not do and what follows for this judge.
#
#   tests/judges/moto.sh CRATON [unit|FOLDER...]
#
# Needs moto_server (pip install 'moto[server]'). Where terraform is found too, its plan after craton's apply of the network
# must be empty as well.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_craton "$@"
shift
have moto_server || skip "moto_server is not on this machine"
prepare

# Everything goes on after a failure, so that one look tells all.
FAILURES=()
# sees WHAT CODE COMMAND...
sees() {
  local what=$1 want=$2 code=0 start=$SECONDS
  shift 2
  "$@" >"$WORK/last.log" 2>&1 || code=$?
  if [ "$code" -eq "$want" ]; then
    note "$what ($((SECONDS - start)) s)"
    return 0
  fi
  tail -n 60 "$WORK/last.log" >&2
  FAILURES+=("$what: exit code $code, not $want")
  echo "WRONG: ${FAILURES[-1]}" >&2
  return 1
}

# forget: moto as it is when it starts, but for its default networks.
forget() { "$CRATON" "-chdir=$WORK" version >/dev/null && moto_reset; }

moto_reset() {
  python3 - "$AWS_ENDPOINT_URL" <<'PY'
import sys, urllib.request
urllib.request.urlopen(urllib.request.Request(sys.argv[1] + "/moto-api/reset", method="POST")).read()
PY
}

unit() {
  local root=$WORK/unit
  make_root "$root"
  sees "unit: init" 0 craton_in "$root" init -input=false -no-color || return 0
  sees "unit: apply" 0 craton_in "$root" apply -auto-approve -input=false -no-color || return 0
  sees "unit: plan after it is empty" 0 craton_in "$root" plan -input=false -no-color -detailed-exitcode || true
  if find_terraform; then
    sees "unit: terraform init" 0 terraform_in "$root" init -input=false -no-color || true
    sees "unit: terraform plan after craton's apply is empty" 0 terraform_in "$root" plan -input=false -no-color -detailed-exitcode || true
  else
    note "without terraform's plan: $MISSING"
  fi
  sees "unit: destroy" 0 craton_in "$root" destroy -auto-approve -input=false -no-color || true
  aws_is_empty
}

types() {
  local name=$1 root=$WORK/$1
  mkdir -p "$root"
  cp "$JUDGES/moto/$name"/*.tf "$root/"
  provider_file >"$root/provider.tf"
  local once=(-var step=1 -input=false -no-color) twice=(-var step=2 -input=false -no-color)
  sees "$name: init" 0 craton_in "$root" init -input=false -no-color || return 0
  sees "$name: apply" 0 craton_in "$root" apply -auto-approve "${once[@]}" || true
  sees "$name: plan after it is empty" 0 craton_in "$root" plan -detailed-exitcode "${once[@]}" || true
  sees "$name: the update is planned" 2 craton_in "$root" plan -detailed-exitcode "${twice[@]}" || true
  sees "$name: update" 0 craton_in "$root" apply -auto-approve "${twice[@]}" || true
  sees "$name: plan after it is empty" 0 craton_in "$root" plan -detailed-exitcode "${twice[@]}" || true
  sees "$name: destroy" 0 craton_in "$root" destroy -auto-approve "${twice[@]}" || true
}

start_moto
[ $# -gt 0 ] || set -- unit network identity keys buckets files machines groups messages records cluster
for name in "$@"; do
  note "== $name"
  if [ "$name" = unit ]; then unit; else types "$name"; fi
done
[ -z "${MOTO_LEFT:-}" ] || python3 /tmp/cwork/left.py "$AWS_ENDPOINT_URL"
if [ "${#FAILURES[@]}" -gt 0 ]; then
  printf '  %s\n' "${FAILURES[@]}" >&2
  fail "${#FAILURES[@]} steps on moto"
fi
echo "passed: apply, empty plan, update and destroy on moto"
