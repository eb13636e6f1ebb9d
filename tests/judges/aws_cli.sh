#!/usr/bin/env bash
# The AWS CLI reads back each promise of the architecture, from keys to trail, after craton applied the whole tree on its own
# sandbox; and after its destruction what is left. The promises are the functions below promises/, one each, named
# after it.
#
#   tests/judges/aws_cli.sh CRATON
#
# Needs aws and python3.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_craton "$@"
have aws || skip "aws is not on this machine"
have python3 || skip "python3 is not on this machine"
prepare
copy_tree live
start_sandbox

# promises [left]: a promise that is not kept does not keep the others from being read.
BROKEN=0
promises() {
  PYTHONDONTWRITEBYTECODE=1 python3 "$JUDGES/promises" "$@" || BROKEN=$((BROKEN + 1))
}

must 0 "craton applies the tree" craton_all apply
promises
must 0 "craton destroys the tree" craton_all destroy
promises left
[ "$BROKEN" -eq 0 ] || fail "not every promise is kept"
echo "passed: the AWS CLI reads what the architecture promises"
