#!/usr/bin/env bash
# Terraform takes over what craton applied, and craton what Terraform applied, type by type: each folder below
# types/ is a root module that uses many types of one kind.
#
#   tests/judges/types.sh CRATON [FOLDER...]
#
# Needs terraform and its AWS provider (see lib.sh). Waits of Terraform's provider take real time: a cluster some
# minutes.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_craton "$@"
shift
prepare
find_terraform || skip "$MISSING"

judge() {
  local name=$1 root=$WORK/$1
  start_sandbox "$name"
  mkdir -p "$root"
  cp "$JUDGES/types/$name"/* "$root/"
  provider_file >"$root/provider.tf"

  note "== $name"
  must 0 "craton init" craton_in "$root" init -input=false -no-color
  must 0 "craton apply" craton_in "$root" apply -auto-approve -input=false -no-color
  must 0 "craton plan after it is empty" craton_in "$root" plan -input=false -no-color -detailed-exitcode
  must 0 "terraform init" terraform_in "$root" init -input=false -no-color
  must 0 "terraform plan after craton's apply is empty" terraform_in "$root" plan -input=false -no-color -detailed-exitcode
  must 0 "craton destroy" craton_in "$root" destroy -auto-approve -input=false -no-color
  must 0 "terraform apply" terraform_in "$root" apply -auto-approve -input=false -no-color
  must 0 "craton plan after terraform's apply is empty" craton_in "$root" plan -input=false -no-color -detailed-exitcode
  must 0 "terraform destroy" terraform_in "$root" destroy -auto-approve -input=false -no-color
}

[ $# -gt 0 ] || set -- backup buckets compute groups kubernetes
for name in "$@"; do judge "$name"; done
echo "passed: terraform and craton take over from each other, type by type"
