#!/usr/bin/env bash
# Terraform takes over what craton applied, and craton what Terraform applied: each time the other's plan is
# empty. On craton's own sandbox, with state in a file and with state in S3.
#
#   tests/judges/takeover.sh CRATON
#
# Needs terraform and its AWS provider (see lib.sh).

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_craton "$@"
prepare
find_terraform || skip "$MISSING"

note "$(terraform version | head -n 1), $("$CRATON" version | head -n 1)"

same_addresses() {
  diff <(craton_in "$1" state list | grep -v '^data\.' | sort) <(terraform_in "$1" state list | grep -v '^data\.' | sort) ||
    fail "craton and terraform list different resources in one state"
}

state_in_a_file() {
  local root=$WORK/root
  start_sandbox local
  make_root "$root"

  must 0 "craton init" craton_in "$root" init -input=false -no-color
  must 0 "craton apply" craton_in "$root" apply -auto-approve -input=false -no-color
  must 0 "craton plan after it is empty" craton_in "$root" plan -input=false -no-color -detailed-exitcode
  must 0 "terraform init" terraform_in "$root" init -input=false -no-color
  must 0 "terraform plan after craton's apply is empty" terraform_in "$root" plan -input=false -no-color -detailed-exitcode
  same_addresses "$root"
  must 0 "craton destroy" craton_in "$root" destroy -auto-approve -input=false -no-color
  aws_is_empty

  must 0 "terraform apply" terraform_in "$root" apply -auto-approve -input=false -no-color
  must 0 "craton plan after terraform's apply is empty" craton_in "$root" plan -input=false -no-color -detailed-exitcode
  same_addresses "$root"
  must 0 "terraform destroy" terraform_in "$root" destroy -auto-approve -input=false -no-color
  aws_is_empty
}

# The live tree itself: the root module that craton generates for the unit, with state in the sandbox's S3.
# Here each destroys what the other applied.
state_in_s3() {
  local live=$WORK/live unit generated
  unit=$live/infrastructure/production/$REGION/numinia/vpc
  start_sandbox s3
  mkdir -p "$live"
  cp -R "$REPOSITORY/infrastructure" "$REPOSITORY/modules" "$live/"
  rm -rf "$unit/.terragrunt-cache"

  must 0 "craton apply of the unit" "$CRATON" --working-dir "$unit" --non-interactive apply -auto-approve -no-color
  generated=$(find "$unit" -name backend.tf -path '*.terragrunt-cache*' | head -n 1)
  [ -n "$generated" ] || fail "craton left no generated root module below $unit/.terragrunt-cache"
  generated=$(dirname "$generated")
  # Inputs reach Terraform through the environment when Terragrunt runs it; here they come from the file, which
  # must say the same as the unit.
  cp "$JUDGES/seed.tfvars.json" "$generated/seed.auto.tfvars.json"

  must 0 "terraform init on the generated root module" terraform_in "$generated" init -input=false -no-color
  must 0 "terraform plan after craton's apply is empty" terraform_in "$generated" plan -input=false -no-color -detailed-exitcode
  must 0 "terraform destroys what craton applied" terraform_in "$generated" destroy -auto-approve -input=false -no-color
  aws_is_empty

  must 0 "terraform apply" terraform_in "$generated" apply -auto-approve -input=false -no-color
  must 0 "craton plan after terraform's apply is empty" "$CRATON" --working-dir "$unit" --non-interactive plan -detailed-exitcode -no-color
  must 0 "craton destroys what terraform applied" "$CRATON" --working-dir "$unit" --non-interactive destroy -auto-approve -no-color
  aws_is_empty
}

case ${CRATON_TAKEOVER:-all} in
  file) state_in_a_file ;;
  s3) state_in_s3 ;;
  all)
    state_in_a_file
    state_in_s3
    ;;
  *) fail "CRATON_TAKEOVER is file, s3 or all" ;;
esac
echo "passed: terraform and craton take over from each other with empty plans"
