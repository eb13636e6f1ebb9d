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

unit() {
  local root=$WORK/unit
  make_root "$root"
  sees 0 "unit: init" craton_in "$root" init -input=false -no-color || return 0
  sees 0 "unit: apply" craton_in "$root" apply -auto-approve -input=false -no-color || return 0
  sees 0 "unit: plan after it is empty" craton_in "$root" plan -input=false -no-color -detailed-exitcode || true
  if find_terraform; then
    sees 0 "unit: terraform init" terraform_in "$root" init -input=false -no-color || true
    sees 0 "unit: terraform plan after craton's apply is empty" terraform_in "$root" plan -input=false -no-color -detailed-exitcode || true
  else
    note "without terraform's plan: $MISSING"
  fi
  sees 0 "unit: destroy" craton_in "$root" destroy -auto-approve -input=false -no-color || true
}

types() {
  local name=$1 root=$WORK/$1
  mkdir -p "$root"
  cp "$JUDGES/moto/$name"/*.tf "$root/"
  provider_file >"$root/provider.tf"
  local once=(-var step=1 -input=false -no-color) twice=(-var step=2 -input=false -no-color)
  sees 0 "$name: init" craton_in "$root" init -input=false -no-color || return 0
  sees 0 "$name: apply" craton_in "$root" apply -auto-approve "${once[@]}" || true
  sees 0 "$name: plan after it is empty" craton_in "$root" plan -detailed-exitcode "${once[@]}" || true
  sees 2 "$name: the update is planned" craton_in "$root" plan -detailed-exitcode "${twice[@]}" || true
  sees 0 "$name: update" craton_in "$root" apply -auto-approve "${twice[@]}" || true
  sees 0 "$name: plan after it is empty" craton_in "$root" plan -detailed-exitcode "${twice[@]}" || true
  sees 0 "$name: destroy" craton_in "$root" destroy -auto-approve "${twice[@]}" || true
}

# What moto has when it starts: AWS's own policies and a network by default. A key waits for its deletion; moto keeps trails and
# some network interfaces (docs/moto.md).
nothing_is_left() {
  have aws || return 0
  aws_is "machines left" "0" ec2 describe-instances --query "length(Reservations[].Instances[?State.Name!='terminated'][])"
  aws_is "volumes left" "0" ec2 describe-volumes --query 'length(Volumes)'
  aws_is "templates left" "0" ec2 describe-launch-templates --query 'length(LaunchTemplates)'
  aws_is "key pairs left" "0" ec2 describe-key-pairs --query 'length(KeyPairs)'
  aws_is "gateways to others left" "0" ec2 describe-customer-gateways --query "length(CustomerGateways[?State!='deleted'])"
  aws_is "roles left" "0" iam list-roles --query 'length(Roles)'
  aws_is "users left" "0" iam list-users --query 'length(Users)'
  aws_is "groups left" "0" iam list-groups --query 'length(Groups)'
  aws_is "profiles left" "0" iam list-instance-profiles --query 'length(InstanceProfiles)'
  aws_is "identity providers left" "0" iam list-open-id-connect-providers --query 'length(OpenIDConnectProviderList)'
  aws_is "aliases of keys left" "0" kms list-aliases --query "length(Aliases[?!starts_with(AliasName, 'alias/aws/')])"
  aws_is "buckets left" "0" s3api list-buckets --query 'length(Buckets)'
  aws_is "tables left" "0" dynamodb list-tables --query 'length(TableNames)'
  aws_is "file systems left" "0" efs describe-file-systems --query 'length(FileSystems)'
  aws_is "clusters left" "0" eks list-clusters --query 'length(clusters)'
  aws_is "groups of machines left" "0" autoscaling describe-auto-scaling-groups --query 'length(AutoScalingGroups)'
  aws_is "topics left" "0" sns list-topics --query 'length(Topics)'
  aws_is "rules left" "0" events list-rules --query 'length(Rules)'
  aws_is "alarms left" "0" cloudwatch describe-alarms --query 'length(MetricAlarms)'
  aws_is "parameters left" "0" ssm describe-parameters --query 'length(Parameters)'
  aws_is "documents left" "0" ssm list-documents --query "length(DocumentIdentifiers[?Owner!='Amazon'])"
  aws_is "vaults left" "0" backup list-backup-vaults --query 'length(BackupVaultList)'
  aws_is_empty
}

start_moto
[ $# -gt 0 ] || set -- unit network identity keys buckets files machines groups messages records cluster backups
for name in "$@"; do
  note "== $name"
  if [ "$name" = unit ]; then unit; else types "$name"; fi
done
if [ "${#MISSED[@]}" -gt 0 ]; then
  printf '  %s\n' "${MISSED[@]}" >&2
  fail "${#MISSED[@]} steps on moto"
fi
nothing_is_left
echo "passed: apply, empty plan, update and destroy on moto"
