#!/usr/bin/env bash
# Every unit of the tree changes hands, and what differs is counted, not stopped at. On craton's own sandbox, state in its S3.
#
#   tests/judges/units.sh CRATON [forward] [reverse]
#
# forward  craton applies the tree; in each unit's generated root module Terraform plans nothing.
# reverse  on an empty sandbox Terraform applies unit after unit; craton plans nothing for the tree, and Terraform
#          destroys each unit again. Nothing is left but what is kept on purpose (see KEPT).
#
#   CRATON_COMPARE_PLAN    script that compares two plans: SCRIPT plan TERRAFORM.json CRATON.json, and two states: SCRIPT
#                          state TERRAFORM.json CRATON.json. On the way each unit's first plan by Terraform is then
#                          compared with craton's, and after both directions the states that both left
#
# Needs terraform and its AWS provider (see lib.sh). Waits of Terraform's provider take real time: a cluster some minutes.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_craton "$@"
shift
[ $# -gt 0 ] || set -- forward reverse
prepare
find_terraform || skip "$MISSING"

# In an order in which they can be applied.
UNITS="kms/state kms/eks-secrets kms/efs kms/logs iam/bastion-host vpc cloudtrail state eks iam/efs-csi-driver efs ec2/bastion-host eks/efs-csi-driver"
# What `craton sandbox status` still shows when Terraform has destroyed all: the bucket that the states are in.
KEPT="bucket 1"
# A copy of the tree and an empty sandbox for it.
begin() {
  copy_tree "$1-live"
  for unit in $UNITS; do
    [ -f "$TREE/$unit/terragrunt.hcl" ] || fail "there is no unit $unit"
  done
  [ "$(find "$TREE" -name terragrunt.hcl | wc -l)" -eq "$(wc -w <<<"$UNITS")" ] || fail "the tree has other units than this script knows"
  start_sandbox "$1"
}

craton_for() {
  local unit=$1
  shift
  "$CRATON" --working-dir "$TREE/$unit" --non-interactive "$@"
}

# terraform_for UNIT COMMAND...: Terraform in the root module that craton generated for the unit, with the unit's inputs.
terraform_for() {
  local unit=$1
  shift
  craton_for "$unit" exec --in-download-dir -- terraform "$@"
}

init_for() { sees 0 "$1: terraform init" terraform_for "$1" init -input=false -no-color; }

# keep_state NAME UNIT: what is in the unit's state now, in a folder of this name.
keep_state() {
  mkdir -p "$WORK/states-$1"
  # The comparison pairs what AWS makes up, but for the names of endpoints and the zones behind them.
  craton_for "$2" state pull |
    sed -E 's/vpce-[0-9a-f]{17}(-[0-9a-f]{8})?/vpce-made-up/g; s/("hosted_zone_id": )"Z[0-9A-Z]+"/\1"made-up"/' \
      >"$WORK/states-$1/${2//\//-}.json" || missed "$2: its state cannot be read"
}

# What craton's apply and Terraform's left in the states: the same, but for what AWS made up.
compare_states() {
  local unit file
  for unit in $UNITS; do
    file=${unit//\//-}.json
    # The README says why: a difference that is meant.
    [ "$unit" != ec2/bastion-host ] || sed -i -E '/"root_block_device"/,/\]/s/("tags": )(null|\{\})/\1"none"/' "$WORK"/states-{reverse,forward}/"$file"
    sees 0 "$unit: both left the same state" \
      python3 "$CRATON_COMPARE_PLAN" state "$WORK/states-reverse/$file" "$WORK/states-forward/$file" --outputs || true
  done
}

forward() {
  local unit
  begin forward
  must 0 "craton applies the tree" craton_all apply
  for unit in $UNITS; do keep_state forward "$unit"; done
  for unit in $UNITS; do
    init_for "$unit" || continue
    sees 0 "$unit: terraform plans nothing after craton's apply" terraform_for "$unit" plan -input=false -no-color -detailed-exitcode || true
  done
}

# compare UNIT: what both would do before the unit is there.
compare() {
  local unit=$1 name=${1//\//-}
  sees 2 "$unit: craton plans it" craton_for "$unit" plan -input=false -no-color -detailed-exitcode -out="$WORK/$name.craton" || return 0
  craton_for "$unit" show -json "$WORK/$name.craton" >"$WORK/$name.craton.json" || { missed "$unit: craton does not show its plan"; return 0; }
  terraform_for "$unit" show -json "$WORK/$name.terraform" >"$WORK/$name.terraform.json" || { missed "$unit: terraform does not show its plan"; return 0; }
  sees 0 "$unit: both plan the same" python3 "$CRATON_COMPARE_PLAN" plan "$WORK/$name.terraform.json" "$WORK/$name.craton.json" || true
}

reverse() {
  local unit left
  begin reverse
  # The bucket of the states, which Terraform wants to find.
  must 0 "craton makes the bucket of the states" craton_for kms/state backend bootstrap
  for unit in $UNITS; do
    init_for "$unit" || continue
    sees 2 "$unit: terraform plans it" terraform_for "$unit" plan -input=false -no-color -detailed-exitcode -out="$WORK/${unit//\//-}.terraform" || continue
    [ -z "${CRATON_COMPARE_PLAN:-}" ] || compare "$unit"
    sees 0 "$unit: terraform applies it" terraform_for "$unit" apply -input=false -no-color "$WORK/${unit//\//-}.terraform" || continue
    keep_state reverse "$unit"
  done
  for unit in $UNITS; do
    sees 0 "$unit: craton plans nothing after terraform's apply" craton_for "$unit" plan -input=false -no-color -detailed-exitcode || true
  done
  sees 0 "craton plans nothing for the tree" craton_all plan -detailed-exitcode || true

  # The states lie in it to the last, so their bucket leaves its unit before that is destroyed.
  sees 0 "state: terraform lets go of the bucket" terraform_for state state rm aws_s3_bucket.this || true
  for unit in $(tr ' ' '\n' <<<"$UNITS" | tac); do
    sees 0 "$unit: terraform destroys it" terraform_for "$unit" destroy -auto-approve -input=false -no-color || true
  done
  left=$("$CRATON" --sandbox-folder "$WORK/reverse" sandbox status | awk '$1 ~ /^[0-9]+$/ { printf "%s%s %s", sep, $2, $1; sep = ", " }')
  if [ "$left" = "$KEPT" ]; then
    note "left in the sandbox: $left"
  else
    missed "left in the sandbox: $left, not $KEPT"
  fi
}

for direction in "$@"; do
  note "== $direction"
  case $direction in
    forward | reverse) "$direction" ;;
    *) fail "no direction $direction: forward or reverse" ;;
  esac
done

if [ -n "${CRATON_COMPARE_PLAN:-}" ] && [ -d "$WORK/states-forward" ] && [ -d "$WORK/states-reverse" ]; then
  note "== states"
  compare_states
fi

if [ "${#MISSED[@]}" -gt 0 ]; then
  printf '\n%s\n' "${#MISSED[@]} differences:"
  printf '  %s\n' "${MISSED[@]}"
  exit 1
fi
echo "passed: every unit changes hands with empty plans"
