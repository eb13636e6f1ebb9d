# Shared by the judges beside this file: tools that craton's authors did not write look at what craton
# does. Sourced, never run.
#
#   CRATON_PROVIDER_MIRROR   folder of Terraform providers (registry.terraform.io/hashicorp/aws/...), as
#                            a filesystem mirror has them; looked for in the usual places when not set
#   TF_CLI_CONFIG_FILE       used as it is when it names a file, instead of a mirror
#   CRATON_KEEP              keep the working folder and say where it is

set -euo pipefail

JUDGES=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPOSITORY=$(cd "$JUDGES/../.." && pwd)
ACCOUNT=241533135482
REGION=eu-west-1

skip() {
  echo "skipped: $*"
  exit 0
}

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

note() { echo "-- $*"; }

have() { command -v "$1" >/dev/null 2>&1; }

# The craton to judge, as an absolute path: the judges change folders.
use_craton() {
  [ $# -ge 1 ] || fail "which craton? usage: $0 CRATON"
  CRATON=$(command -v "$1") || fail "no craton at $1"
  CRATON=$(cd "$(dirname "$CRATON")" && pwd)/$(basename "$CRATON")
}

PIDS=()
finish() {
  local code=$?
  local pid
  for pid in "${PIDS[@]:-}"; do
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
  done
  if [ -n "${CRATON_KEEP:-}" ]; then
    echo "kept: $WORK"
  else
    rm -rf "$WORK"
  fi
  exit "$code"
}

# A folder of our own, and an environment in which nothing but loopback can be meant: no profile, no
# instance metadata, no proxy, no variables of whoever calls.
prepare() {
  WORK=$(mktemp -d)
  trap finish EXIT
  local name
  for name in $(compgen -e); do
    case $name in
      AWS_* | TF_VAR_* | TF_CLI_ARGS* | TF_DATA_DIR | TF_WORKSPACE | TF_LOG* | TG_*) unset "$name" ;;
      *_proxy | *_PROXY) unset "$name" ;;
    esac
  done
  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=$REGION AWS_PAGER=
  export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
  export TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1
}

# Terraform and its AWS provider, without the network. Returns 1 and sets MISSING when either is not here.
find_terraform() {
  MISSING=
  if ! have terraform; then
    MISSING="terraform is not on this machine"
    return 1
  fi
  [ ! -f "${TF_CLI_CONFIG_FILE:-}" ] || return 0
  local folder
  for folder in "${CRATON_PROVIDER_MIRROR:-}" "$HOME/.terraform.d/plugins" /usr/local/share/terraform/plugins \
    /usr/share/terraform/plugins /opt/*plugins*; do
    [ -n "$folder" ] && [ -d "$folder/registry.terraform.io/hashicorp/aws" ] || continue
    printf 'provider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n}\n' "$folder" >"$WORK/terraform.rc"
    export TF_CLI_CONFIG_FILE=$WORK/terraform.rc
    return 0
  done
  MISSING="terraform's AWS provider is not on this machine (CRATON_PROVIDER_MIRROR names a folder that holds it)"
  return 1
}

# Waits for the line that says where a server listens, and points every AWS client there.
#   listen FILE PID
listen() {
  local tries=0 address=
  while [ -z "$address" ]; do
    address=$(grep -oE 'http://127\.0\.0\.1:[0-9]+' "$1" | head -n 1 || true)
    kill -0 "$2" 2>/dev/null || { cat "$1" >&2; fail "the endpoint ended before it listened"; }
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] || { cat "$1" >&2; fail "the endpoint said no address within 30 seconds"; }
    [ -n "$address" ] || read -rt 0.1 <> <(:) || true
  done
  export AWS_ENDPOINT_URL=$address
}

# start_sandbox [NAME]: one sandbox of its own per name.
start_sandbox() {
  local name=${1:-sandbox}
  # The server may open it later than `listen` looks.
  : >"$WORK/$name.log"
  "$CRATON" sandbox start --port 0 --folder "$WORK/$name" --account-id "$ACCOUNT" >"$WORK/$name.log" 2>&1 &
  PIDS+=($!)
  listen "$WORK/$name.log" $!
}

start_moto() {
  MOTO_ACCOUNT_ID=$ACCOUNT moto_server -p 0 >"$WORK/moto.log" 2>&1 &
  PIDS+=($!)
  listen "$WORK/moto.log" $!
}

provider_file() {
  cat <<HCL
provider "aws" {
  region              = "$REGION"
  allowed_account_ids = ["$ACCOUNT"]

  default_tags {
    tags = {
      Environment = "production"
      ManagedBy   = "terragrunt"
      Project     = "numinia"
    }
  }
}
HCL
}

# make_root FOLDER: the VPC module as a root module with the inputs of the production unit, state in a file beside it.
make_root() {
  mkdir -p "$1"
  cp "$REPOSITORY"/modules/vpc/*.tf "$1/"
  cp "$JUDGES/seed.tfvars.json" "$1/seed.auto.tfvars.json"
  provider_file >"$1/provider.tf"
}

# copy_tree NAME: the units and modules of this repository in a folder of their own; TREE is where the units are.
copy_tree() {
  local live=$WORK/$1
  TREE=$live/infrastructure/production/$REGION/numinia
  mkdir -p "$live"
  cp -R "$REPOSITORY/infrastructure" "$REPOSITORY/modules" "$live/"
  find "$live" -name .terragrunt-cache -prune -exec rm -rf {} +
}

# craton_all COMMAND...: in all units of the copied tree.
craton_all() { "$CRATON" --working-dir "$TREE" --non-interactive run --all "$@" -no-color; }

# must CODE WHAT COMMAND...: runs it, shows its output when it ends with another code.
must() {
  local want=$1 what=$2 code=0
  shift 2
  local start=$SECONDS
  "$@" >"$WORK/last.log" 2>&1 || code=$?
  if [ "$code" -ne "$want" ]; then
    tail -n 120 "$WORK/last.log" >&2
    fail "$what: exit code $code, not $want ($*)"
  fi
  note "$what ($((SECONDS - start)) s)"
}

# sees CODE WHAT COMMAND...: as must, but what does not hold is noted in MISSED and the rest goes on. Says whether it held.
MISSED=()
missed() {
  MISSED+=("$*")
  echo "WRONG: $*" >&2
}
sees() {
  local want=$1 what=$2 code=0 start=$SECONDS
  shift 2
  "$@" >"$WORK/last.log" 2>&1 || code=$?
  if [ "$code" -eq "$want" ]; then
    note "$what ($((SECONDS - start)) s)"
    return 0
  fi
  tail -n 60 "$WORK/last.log" >&2
  missed "$what: exit code $code, not $want"
  return 1
}

# Both take a folder and a command with its flags.
craton_in() {
  local folder=$1
  shift
  "$CRATON" "-chdir=$folder" "$@"
}

terraform_in() {
  local folder=$1
  shift
  terraform "-chdir=$folder" "$@"
}

# aws_is WHAT WANT SERVICE OPERATION... : what the AWS CLI reads, as text on one line.
CHECKED=0
WRONG=0
aws_is() {
  local what=$1 want=$2 got
  shift 2
  got=$(aws --endpoint-url "$AWS_ENDPOINT_URL" --region "$REGION" --output text "$@" 2>&1 | tr -s '[:space:]' ' ' | sed 's/^ //; s/ $//') || true
  CHECKED=$((CHECKED + 1))
  if [ "$got" = "$want" ]; then
    note "$what: $got"
  else
    WRONG=$((WRONG + 1))
    echo "WRONG: $what: '$got', not '$want' (aws $*)" >&2
  fi
}

# Nothing of the network is left at the endpoint.
aws_is_empty() {
  have aws || return 0
  # moto starts with a default VPC and its subnets; the sandbox does not, and the filters leave them out.
  aws_is "VPCs left" "0" ec2 describe-vpcs --filters Name=is-default,Values=false --query 'length(Vpcs)'
  aws_is "subnets left" "0" ec2 describe-subnets --filters Name=default-for-az,Values=false --query 'length(Subnets)'
  aws_is "addresses left" "0" ec2 describe-addresses --query 'length(Addresses)'
  aws_is "NAT gateways left" "0" ec2 describe-nat-gateways --query "length(NatGateways[?State!='deleted'])"
  aws_is "internet gateways left" "0" ec2 describe-internet-gateways --query 'length(InternetGateways)'
  aws_is "endpoints left" "0" ec2 describe-vpc-endpoints --query "length(VpcEndpoints[?State!='deleted'])"
  aws_is "flow logs left" "0" ec2 describe-flow-logs --query 'length(FlowLogs)'
  aws_is "log groups left" "0" logs describe-log-groups --query 'length(logGroups)'
  aws_is "roles left" "0" iam list-roles --query "length(Roles[?starts_with(RoleName, 'vpc-flow-log')])"
  aws_is "policies left" "0" iam list-policies --scope Local --query 'length(Policies)'
  [ "$WRONG" -eq 0 ] || fail "$WRONG of $CHECKED readings are wrong"
}
