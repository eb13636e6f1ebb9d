#!/usr/bin/env bash
# All plans that the lives of resource types lead through, made again by Terraform with the AWS provider: from the same
# states to the same configurations the same actions, reasons for a replacement and values. One plan judges all of them; what
# a refresh would find is left to lives.sh.
#
#   cargo test -p craton-aws-provider --test lives -- --plans=plans.json
#   tests/judges/plans.sh CRATON plans.json
#
# Needs terraform, its AWS provider and python3. Differences that are meant are in lives_meant.json.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_craton "$@"
[ -f "${2:-}" ] || fail "which plans? usage: $0 CRATON PLANS.json"
PLANS=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
# The account of the test, whose ARNs are in the plans.
ACCOUNT=123456789012
prepare
have python3 || skip "python3 is not on this machine"
find_terraform || skip "$MISSING"

start_sandbox
mkdir -p "$WORK/schema" "$WORK/root"
provider_file >"$WORK/schema/provider.tf"
must 0 "craton init" craton_in "$WORK/schema" init -input=false -no-color
craton_in "$WORK/schema" providers schema -json >"$WORK/schema.json"

# What one of the two refuses cannot be planned along with the others: those are told and left out.
: >"$WORK/without"
: >"$WORK/refused"
tries=0
while :; do
  python3 "$JUDGES/lives.py" root "$PLANS" "$WORK/schema.json" "$WORK/root" "$ACCOUNT" "$WORK/without"
  [ "$tries" -gt 0 ] || must 0 "terraform init" terraform_in "$WORK/root" init -input=false -no-color
  if terraform_in "$WORK/root" plan -refresh=false -input=false -no-color -out=plan >"$WORK/last.log" 2>&1; then break; fi
  tries=$((tries + 1))
  named=$(grep -oE '^.  with aws_[a-z0-9_]+\.n[0-9]+' "$WORK/last.log" | grep -oE 'aws_[a-z0-9_]+\.n[0-9]+' | sort -u || true)
  [ -n "$named" ] && [ "$tries" -lt 6 ] || { cat "$WORK/last.log" >&2; fail "terraform plans nothing"; }
  grep -v '^$' "$WORK/last.log" | grep -E 'Error:|  with |^. [A-Za-z]' >>"$WORK/refused"
  echo "$named" >>"$WORK/without"
done
note "terraform planned ($SECONDS s)"
terraform_in "$WORK/root" show -json plan >"$WORK/terraform.json"
python3 "$JUDGES/lives.py" against "$WORK/terraform.json" "$PLANS" "$JUDGES/lives_meant.json" | tee "$WORK/differences"
if [ -s "$WORK/refused" ]; then
  echo "== terraform refuses"
  cat "$WORK/refused"
fi
[ ! -s "$WORK/differences" ] && [ ! -s "$WORK/refused" ] || fail "terraform and craton plan the changes of lives differently"
echo "passed: terraform and craton plan the changes of lives alike"
