#!/usr/bin/env bash
# Random configurations of terraform_data in modules, taken through random changes by Terraform and craton side by side:
# the same exit codes, plans, states and outputs. A seed makes the same case again.
#
#   tests/judges/configs.sh CRATON [--first SEED] [--cases N] [--steps N] [--keep]
#
# Needs terraform and python3. Goes on after a difference; differences that are meant are named in configs/compare.py.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_craton "$@"
shift
prepare
have python3 || skip "python3 is not on this machine"
have terraform || skip "terraform is not on this machine"
PYTHONDONTWRITEBYTECODE=1 TMPDIR=$WORK python3 "$JUDGES/configs/compare.py" "$CRATON" "$@"
