#!/usr/bin/env bash
# craton on moto, an AWS imitation that others wrote: apply, an empty plan, destroy. docs/moto.md lists what
# moto does not do and what follows for this judge.
#
#   tests/judges/moto.sh CRATON
#
# Needs moto_server (pip install 'moto[server]'). Where terraform is found too, its plan after craton's apply
# must be empty as well.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_craton "$@"
have moto_server || skip "moto_server is not on this machine"
prepare
start_moto
root=$WORK/root
make_root "$root"

must 0 "craton init" craton_in "$root" init -input=false -no-color
must 0 "craton apply" craton_in "$root" apply -auto-approve -input=false -no-color
must 0 "craton plan after it is empty" craton_in "$root" plan -input=false -no-color -detailed-exitcode
if find_terraform; then
  must 0 "terraform init" terraform_in "$root" init -input=false -no-color
  must 0 "terraform plan after craton's apply is empty" terraform_in "$root" plan -input=false -no-color -detailed-exitcode
else
  note "without terraform's plan: $MISSING"
fi
must 0 "craton destroy" craton_in "$root" destroy -auto-approve -input=false -no-color
aws_is_empty
echo "passed: apply, empty plan and destroy on moto"
