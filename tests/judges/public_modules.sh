#!/usr/bin/env bash
# Public modules, unchanged, with inputs that people give them: each file below modules/MODULE/ is a root module
# that calls the clone. craton's plan says what Terraform's says, craton applies it, both then plan nothing, and
# after destroy nothing is left. On craton's own sandbox, one for each file.
#
#   tests/judges/public_modules.sh CRATON [MODULE[/FILE]...]
#
#   CRATON_KMS_MODULE            clones of terraform-aws-modules/terraform-aws-kms, -efs, -ec2-instance, -iam,
#   CRATON_EFS_MODULE            -eks and -vpc, with or without a work tree, or folders that hold the module; a clone is
#   CRATON_EC2_INSTANCE_MODULE   read at the newest tag of the minor version that is judged
#   CRATON_IAM_MODULE
#   CRATON_EKS_MODULE
#   CRATON_VPC_MODULE
#   CRATON_COMPARE_PLAN          script that compares two plans: SCRIPT plan TERRAFORM.json CRATON.json
#
# A module whose clone is not named is skipped, and so is what Terraform has no providers for.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_craton "$@"
shift

VERSIONS="kms=v3.1 efs=v1.6 ec2-instance=v5.7 iam=v5.52 eks=v20.33 vpc=v5.19"
SKIPPED=()
JUDGED=0

# clone_of MODULE: prints where its clone is, or nothing.
clone_of() {
  local variable=CRATON_${1^^}_MODULE
  variable=${variable//-/_}
  echo "${!variable:-}"
}

# unpack MODULE VERSION FOLDER: the module as published.
unpack() {
  local clone tag
  clone=$(clone_of "$1")
  mkdir -p "$3"
  if tag=$(git -C "$clone" tag --list "$2.*" --sort=-v:refname 2>/dev/null | head -n 1) && [ -n "$tag" ]; then
    git -C "$clone" archive "$tag" | tar -x -C "$3"
    note "$1 at $tag"
  else
    [ -d "$clone/modules" ] || [ -f "$clone/main.tf" ] || fail "$clone has neither a tag $2.* nor a module"
    cp -R "$clone"/. "$3/"
    note "$1 as it is in $clone"
  fi
}

# The EKS module takes the KMS module out of the registry, at a version that it names. It is installed from the clone
# before init, as init would have done it, so that no registry is asked.
install_kms() {
  local root=$1 call version folder entries
  version=$(sed -n '/terraform-aws-modules\/kms\/aws/,/version/s/.*version *= *"\([^"]*\)".*/\1/p' "$root/module/main.tf" | head -n 1)
  entries='{"Key":"","Source":"","Dir":"."}'
  for call in $(sed -n '/^module "/{s/^module "\([^"]*\)".*/\1/;h;};/source *= *"\.\/module"$/{x;p;x;}' "$root/main.tf"); do
    folder=.terraform/modules/$call.kms
    mkdir -p "$root/$folder"
    git -C "$(clone_of kms)" archive "v$version" | tar -x -C "$root/$folder"
    entries+=',{"Key":"'$call'","Source":"./module","Dir":"module"}'
    entries+=',{"Key":"'$call'.kms","Source":"registry.terraform.io/terraform-aws-modules/kms/aws","Version":"'$version'","Dir":"'$folder'"}'
  done
  echo '{"Modules":['"$entries"']}' >"$root/.terraform/modules/modules.json"
}

# The module for EKS asks the issuer of its cluster for certificates, which has a server in AWS alone, and in rehearsals: there
# craton works on the sandbox's folder itself, not through the endpoint that everybody else asks.
craton_on() {
  local module=$1 case=$2
  shift 2
  if [ "$module" = eks ]; then
    "$CRATON" "-chdir=$WORK/$module-$case" --sandbox --sandbox-folder "$WORK/$module-$case" "$@"
  else
    craton_in "$WORK/$module-$case" "$@"
  fi
}

# Terraform's opinion is asked where it has every provider that the module names.
terraform_knows() {
  [ -z "$MISSING" ] || return 1
  terraform_in "$1" init -input=false -no-color >"$WORK/last.log" 2>&1
}

judge() {
  local module=$1 case=$2 version=$3 root=$WORK/$1-$2 terraform=1
  note "== $module/$case"
  start_sandbox "$module-$case"
  mkdir -p "$root"
  unpack "$module" "$version" "$root/module"
  cp "$JUDGES/modules/$module/$case.tf" "$root/main.tf"
  if grep -q 'aws_subnet\.this' "$root/main.tf"; then cp "$JUDGES/modules/network.tf" "$root/"; fi
  provider_file >"$root/provider.tf"
  [ "$module" != eks ] || install_kms "$root"

  must 0 "craton init" craton_on "$module" "$case" init -input=false -no-color
  must 2 "craton plan" craton_on "$module" "$case" plan -input=false -no-color -detailed-exitcode -out="$WORK/craton.plan"
  craton_on "$module" "$case" show -json "$WORK/craton.plan" >"$WORK/craton.json"
  if terraform_knows "$root"; then
    must 2 "terraform plan" terraform_in "$root" plan -input=false -no-color -detailed-exitcode -out="$WORK/terraform.plan"
    terraform_in "$root" show -json "$WORK/terraform.plan" >"$WORK/terraform.json"
    if [ -n "${CRATON_COMPARE_PLAN:-}" ]; then
      python3 "$CRATON_COMPARE_PLAN" plan "$WORK/terraform.json" "$WORK/craton.json" || fail "the plans of $module/$case differ"
    fi
  else
    terraform=
    SKIPPED+=("$module/$case without terraform: ${MISSING:-it has not every provider that the module names}")
  fi
  must 0 "craton apply of the plan it showed" craton_on "$module" "$case" apply -input=false -no-color "$WORK/craton.plan"
  must 0 "craton plan after it is empty" craton_on "$module" "$case" plan -input=false -no-color -detailed-exitcode
  [ -z "$terraform" ] ||
    must 0 "terraform plan after craton's apply is empty" terraform_in "$root" plan -input=false -no-color -detailed-exitcode
  must 0 "craton destroy" craton_on "$module" "$case" destroy -auto-approve -input=false -no-color
  nothing_left "$module"
  JUDGED=$((JUDGED + 1))
}

# Nothing of what a module and the root around it make is left at the endpoint.
nothing_left() {
  have aws || return 0
  aws_is "roles left" "0" iam list-roles --query "length(Roles[?!starts_with(Path, '/aws-service-role/')])"
  case $1 in
    iam | eks | ec2-instance)
      aws_is "instance profiles left" "0" iam list-instance-profiles --query 'length(InstanceProfiles)'
      aws_is "policies left" "0" iam list-policies --scope Local --query 'length(Policies)'
      ;;
  esac
  case $1 in
    iam | eks) aws_is "OIDC providers left" "0" iam list-open-id-connect-providers --query 'length(OpenIDConnectProviderList)' ;;
  esac
  case $1 in
    iam)
      aws_is "users left" "0" iam list-users --query 'length(Users)'
      aws_is "groups left" "0" iam list-groups --query 'length(Groups)'
      aws_is "directories left" "0" iam list-saml-providers --query 'length(SAMLProviderList)'
      ;;
    vpc) aws_is_empty ;;
  esac
  case $1 in
    efs | ec2-instance | eks)
      aws_is "VPCs left" "0" ec2 describe-vpcs --query 'length(Vpcs)'
      aws_is "interfaces left" "0" ec2 describe-network-interfaces --query 'length(NetworkInterfaces)'
      ;;
  esac
  case $1 in
    efs) aws_is "file systems left" "0" efs describe-file-systems --query 'length(FileSystems)' ;;
    ec2-instance)
      aws_is "instances left" "0" ec2 describe-instances --query "length(Reservations[].Instances[?State.Name!='terminated'][])"
      aws_is "volumes left" "0" ec2 describe-volumes --query 'length(Volumes)'
      aws_is "addresses left" "0" ec2 describe-addresses --query 'length(Addresses)'
      ;;
    eks)
      aws_is "clusters left" "0" eks list-clusters --query 'length(clusters)'
      aws_is "launch templates left" "0" ec2 describe-launch-templates --query 'length(LaunchTemplates)'
      aws_is "scaling groups left" "0" autoscaling describe-auto-scaling-groups --query 'length(AutoScalingGroups)'
      aws_is "log groups left" "0" logs describe-log-groups --query 'length(logGroups)'
      aws_is "rules left" "0" events list-rules --query 'length(Rules)'
      ;;
  esac
  aws_is "key aliases left" "0" kms list-aliases --query "length(Aliases[?!starts_with(AliasName, 'alias/aws/')])"
  # KMS deletes no key at once.
  local states
  states=$(states_of_keys)
  CHECKED=$((CHECKED + 1))
  # A primary key waits for its replicas as well.
  if grep -qvxE 'none|Pending(Replica)?Deletion' <<<"$states"; then
    WRONG=$((WRONG + 1))
    echo "WRONG: states of keys: $states" >&2
  else
    note "states of keys: ${states//$'\n'/, }"
  fi
  [ "$WRONG" -eq 0 ] || fail "$WRONG of $CHECKED readings are wrong"
}

# The states that keys have, each once, or none. Those that AWS makes for its services stay for ever.
states_of_keys() {
  local key
  for key in $(aws --endpoint-url "$AWS_ENDPOINT_URL" --region "$REGION" --output text kms list-keys --query 'Keys[].KeyId'); do
    aws --endpoint-url "$AWS_ENDPOINT_URL" --region "$REGION" --output text kms describe-key --key-id "$key" \
      --query "KeyMetadata.[KeyManager,KeyState]"
  done | sed -n 's/^CUSTOMER[[:space:]]*//p' | sort -u | grep . || echo none
}

# wanted MODULE CASE ARGUMENT...: whether one of the arguments, or none at all, names it.
wanted() {
  local module=$1 case=$2 name
  shift 2
  [ $# -gt 0 ] || return 0
  for name in "$@"; do
    case $name in "$module" | "$module/$case") return 0 ;; esac
  done
  return 1
}

prepare
find_terraform || true
for pair in $VERSIONS; do
  module=${pair%%=*}
  for file in "$JUDGES/modules/$module"/*.tf; do
    case=$(basename "$file" .tf)
    wanted "$module" "$case" "$@" || continue
    if [ -z "$(clone_of "$module")" ]; then
      SKIPPED+=("$module/$case: no clone of terraform-aws-$module is named")
      continue
    fi
    if [ "$module" = eks ] && ! git -C "$(clone_of kms)" rev-parse -q --verify HEAD >/dev/null 2>&1; then
      SKIPPED+=("$module/$case: the module needs the one for KMS, and no clone of it is named")
      continue
    fi
    judge "$module" "$case" "${pair#*=}"
  done
done
for reason in "${SKIPPED[@]:-}"; do [ -z "$reason" ] || echo "skipped: $reason"; done
[ "$JUDGED" -gt 0 ] || exit 0
echo "passed: $JUDGED root modules around public modules, unchanged"
