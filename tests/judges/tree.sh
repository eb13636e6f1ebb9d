#!/usr/bin/env bash
# Every unit of the tree changes hands: after craton's apply Terraform plans nothing in any unit, destroys each and
# applies it again; then craton plans nothing. On craton's own sandbox, with state in its S3.
#
#   tests/judges/tree.sh CRATON
#
# Needs terraform and its AWS provider (see lib.sh).

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_craton "$@"
prepare
find_terraform || skip "$MISSING"

# In the order in which they are applied.
UNITS="kms/state kms/eks-secrets kms/efs kms/logs iam/bastion-host vpc cloudtrail state eks iam/efs-csi-driver efs ec2/bastion-host eks/efs-csi-driver"
# What is kept on purpose: the states themselves, and the record of who did what.
KEPT=" kms/state kms/logs cloudtrail state "

live=$WORK/live
tree=$live/infrastructure/production/$REGION/numinia
export TF_PLUGIN_CACHE_DIR=$WORK/plugins
mkdir -p "$live" "$TF_PLUGIN_CACHE_DIR"
cp -R "$REPOSITORY/infrastructure" "$REPOSITORY/modules" "$live/"
find "$live" -name .terragrunt-cache -prune -exec rm -rf {} +
start_sandbox tree

craton_all() { "$CRATON" --working-dir "$tree" --non-interactive run --all "$@" -no-color; }

# terraform_for UNIT COMMAND...: Terraform in the root module that craton generated for the unit, with the unit's inputs.
terraform_for() {
  local unit=$1
  shift
  "$CRATON" --working-dir "$tree/$unit" --non-interactive exec --in-download-dir -- terraform "$@"
}

for unit in $UNITS; do
  [ -f "$tree/$unit/terragrunt.hcl" ] || fail "there is no unit $unit"
done
[ "$(find "$tree" -name terragrunt.hcl -not -path '*/.terragrunt-cache/*' | wc -l)" -eq "$(wc -w <<<"$UNITS")" ] ||
  fail "the tree has other units than this script knows"

must 0 "craton applies the tree" craton_all apply
for unit in $UNITS; do
  must 0 "$unit: terraform init" terraform_for "$unit" init -input=false -no-color
  must 0 "$unit: terraform plan after craton's apply is empty" terraform_for "$unit" plan -input=false -no-color -detailed-exitcode
done

for unit in $(tr ' ' '\n' <<<"$UNITS" | tac); do
  [[ $KEPT == *" $unit "* ]] || must 0 "$unit: terraform destroys what craton applied" terraform_for "$unit" destroy -auto-approve -input=false -no-color
done
for unit in $UNITS; do
  [[ $KEPT == *" $unit "* ]] || must 0 "$unit: terraform apply" terraform_for "$unit" apply -auto-approve -input=false -no-color
done
must 0 "craton plan of the tree after terraform's applies is empty" craton_all plan -detailed-exitcode
must 0 "craton destroys what terraform applied" craton_all destroy
echo "passed: every unit changes hands with empty plans"
