#!/usr/bin/env bash
# The changes that the lives of resource types go through (crates/aws-provider/tests/lives), planned by Terraform with
# the AWS provider and by craton from one state: the same actions, the same reasons for a replacement, the same values.
#
#   tests/judges/lives.sh CRATON [FILE...]      FILE: efs, ec2_vpc, … without them all
#
# Needs terraform, its AWS provider and python3. LIVES_ONLY=aws_vpc,aws_subnet keeps to these types.
# Goes on after a difference and lists all of them at the end; differences that are meant are in lives_meant.json.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_craton "$@"
shift
LIVES=$REPOSITORY/crates/aws-provider/tests/lives
prepare
have python3 || skip "python3 is not on this machine"
find_terraform || skip "$MISSING"

FOUND=$WORK/differences
: >"$FOUND"
"$CRATON" version >/dev/null

# try WHAT COMMAND...: like must, but a failure is a finding and the judge goes on.
try() {
  local what=$1
  shift
  if "$@" >"$WORK/last.log" 2>&1; then return 0; fi
  {
    echo "$what failed:"
    grep -v '^$' "$WORK/last.log" | tail -n "${LIVES_LINES:-40}" | sed 's/^/    /'
  } | tee -a "$FOUND"
  return 1
}

judge() {
  local name=$1 root=$WORK/$1 rounds=$WORK/$1.rounds round plans=0
  note "== $name"
  start_sandbox "$name"
  mkdir -p "$root"
  printf 'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n' >"$root/versions.tf"
  must 0 "craton init" craton_in "$root" init -input=false -no-color
  [ -f "$WORK/schema.json" ] || craton_in "$root" providers schema -json >"$WORK/schema.json"
  python3 "$JUDGES/lives.py" rounds "$LIVES/$name.json" "$WORK/schema.json" "$rounds" "$ACCOUNT" "${LIVES_ONLY:-}"

  cp "$rounds/000.tf.json" "$root/main.tf.json"
  must 0 "terraform init" terraform_in "$root" init -input=false -no-color
  try "$name: craton apply" craton_in "$root" apply -auto-approve -input=false -no-color || return 0
  for round in "$rounds"/*.tf.json; do
    cp "$round" "$root/main.tf.json"
    local what
    what="$name, round $(basename "$round" .tf.json)"
    if ! try "$what: craton plan" craton_in "$root" plan -input=false -no-color -out=craton.plan; then continue; fi
    if try "$what: terraform plan" terraform_in "$root" plan -input=false -no-color -out=terraform.plan; then
      terraform_in "$root" show -json terraform.plan >"$WORK/terraform.json"
      craton_in "$root" show -json craton.plan >"$WORK/craton.json"
      python3 "$JUDGES/lives.py" compare "$WORK/terraform.json" "$WORK/craton.json" "$JUDGES/lives_meant.json" "$what" |
        tee -a "$FOUND"
      plans=$((plans + 1))
    fi
    try "$what: craton apply" craton_in "$root" apply -input=false -no-color craton.plan || true
  done
  try "$name: craton destroy" craton_in "$root" destroy -auto-approve -input=false -no-color || true
  note "$name: $plans plans compared"
}

[ $# -gt 0 ] || set -- $(cd "$LIVES" && ls -- *.json | sed 's/\.json$//')
for name in "$@"; do judge "$name"; done
if [ -s "$FOUND" ]; then
  echo
  echo "== all that was found"
  cat "$FOUND"
  fail "terraform and craton plan the changes of lives differently"
fi
echo "passed: terraform and craton plan the changes of lives alike"
