#!/usr/bin/env bash
# The public VPC module at v5.19.0, unchanged, with the inputs of the production unit and flow logs on: craton's
# plan says what Terraform's says, craton applies it, and both then plan nothing. On craton's own sandbox.
#
#   tests/judges/public_module.sh CRATON [CLONE]
#
#   CRATON_VPC_MODULE      clone of terraform-aws-modules/terraform-aws-vpc, with or without a work tree, or a
#                          folder that holds v5.19.0; instead of the argument CLONE
#   CRATON_COMPARE_PLAN    script that compares two plans: SCRIPT plan TERRAFORM.json CRATON.json

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_craton "$@"
clone=${2:-${CRATON_VPC_MODULE:-}}
[ -n "$clone" ] || skip "no clone of terraform-aws-vpc (CRATON_VPC_MODULE names one)"
prepare
root=$WORK/root
mkdir -p "$root/terraform-aws-vpc"
if git -C "$clone" rev-parse -q --verify 'v5.19.0^{commit}' >/dev/null 2>&1; then
  git -C "$clone" archive v5.19.0 | tar -x -C "$root/terraform-aws-vpc"
else
  [ -f "$clone/main.tf" ] || fail "$clone has neither a tag v5.19.0 nor a main.tf"
  cp "$clone"/*.tf "$root/terraform-aws-vpc/"
fi

start_sandbox
provider_file >"$root/provider.tf"
cat >"$root/main.tf" <<'HCL'
module "vpc" {
  source = "./terraform-aws-vpc"

  name = "numinia-production"
  cidr = "10.0.0.0/16"
  azs  = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]

  private_subnets = ["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"]
  public_subnets  = ["10.0.101.0/24", "10.0.102.0/24", "10.0.103.0/24"]

  enable_nat_gateway     = true
  single_nat_gateway     = false
  one_nat_gateway_per_az = true

  enable_flow_log                                 = true
  create_flow_log_cloudwatch_log_group            = true
  create_flow_log_cloudwatch_iam_role             = true
  flow_log_cloudwatch_log_group_retention_in_days = 30

  tags = {
    Environment = "production"
    ManagedBy   = "terragrunt"
    Project     = "numinia"
  }
}

output "vpc" {
  value = module.vpc
}
HCL

must 0 "craton init" craton_in "$root" init -input=false -no-color
must 2 "craton plan" craton_in "$root" plan -input=false -no-color -detailed-exitcode -out="$WORK/craton.plan"
craton_in "$root" show -json "$WORK/craton.plan" >"$WORK/craton.json"

if find_terraform; then
  must 0 "terraform init" terraform_in "$root" init -input=false -no-color
  must 2 "terraform plan" terraform_in "$root" plan -input=false -no-color -detailed-exitcode -out="$WORK/terraform.plan"
  terraform_in "$root" show -json "$WORK/terraform.plan" >"$WORK/terraform.json"
  if [ -n "${CRATON_COMPARE_PLAN:-}" ]; then
    python3 "$CRATON_COMPARE_PLAN" plan "$WORK/terraform.json" "$WORK/craton.json" || fail "the plans differ"
  else
    note "without comparing the plans: CRATON_COMPARE_PLAN names no script"
  fi
else
  note "without terraform: $MISSING"
fi

must 0 "craton apply of the plan it showed" craton_in "$root" apply -input=false -no-color "$WORK/craton.plan"
must 0 "craton plan after it is empty" craton_in "$root" plan -input=false -no-color -detailed-exitcode
if [ -z "$MISSING" ]; then
  must 0 "terraform plan after craton's apply is empty" terraform_in "$root" plan -input=false -no-color -detailed-exitcode
fi
must 0 "craton destroy" craton_in "$root" destroy -auto-approve -input=false -no-color
aws_is_empty
echo "passed: the public VPC module, unchanged"
