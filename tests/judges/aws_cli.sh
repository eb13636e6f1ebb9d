#!/usr/bin/env bash
# The AWS CLI reads back, promise by promise, what craton says it made. On craton's own sandbox.
#
#   tests/judges/aws_cli.sh CRATON
#
# Needs aws.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_craton "$@"
have aws || skip "aws is not on this machine"
prepare
start_sandbox
root=$WORK/root
make_root "$root"
must 0 "craton init" craton_in "$root" init -input=false -no-color
must 0 "craton apply" craton_in "$root" apply -auto-approve -input=false -no-color

output() { craton_in "$root" output -raw "$1"; }
read_text() { aws --endpoint-url "$AWS_ENDPOINT_URL" --region "$REGION" --output text "$@"; }

vpc=$(output vpc_id)
in_vpc=(--filters "Name=vpc-id,Values=$vpc")

note "the VPC"
aws_is "account" "$ACCOUNT" sts get-caller-identity --query Account
aws_is "range" "10.0.0.0/16" ec2 describe-vpcs --vpc-ids "$vpc" --query 'Vpcs[].CidrBlock'
aws_is "state" "available" ec2 describe-vpcs --vpc-ids "$vpc" --query 'Vpcs[].State'
aws_is "DNS support" "True" ec2 describe-vpc-attribute --vpc-id "$vpc" --attribute enableDnsSupport --query EnableDnsSupport.Value
aws_is "DNS names" "True" ec2 describe-vpc-attribute --vpc-id "$vpc" --attribute enableDnsHostnames --query EnableDnsHostnames.Value
for tag in Environment=production ManagedBy=terragrunt Project=numinia; do
  aws_is "tag ${tag%=*}" "${tag#*=}" ec2 describe-vpcs --vpc-ids "$vpc" --query "Vpcs[].Tags[?Key=='${tag%=*}'].Value[]"
done

note "subnets: a /24 has 251 addresses, less one for each network interface in it"
subnet() { # RANGE ZONE FREE
  aws_is "$1" "$REGION$2 $3 False available" ec2 describe-subnets "${in_vpc[@]}" "Name=cidr-block,Values=$1" \
    --query 'Subnets[].[AvailabilityZone,AvailableIpAddressCount,MapPublicIpOnLaunch,State][]'
}
aws_is "how many" "9" ec2 describe-subnets "${in_vpc[@]}" --query 'length(Subnets)'
place=1
for zone in a b c; do
  subnet "10.0.$place.0/24" "$zone" 249
  subnet "10.0.$((place + 3)).0/24" "$zone" 251
  subnet "10.0.$((place + 100)).0/24" "$zone" 250
  place=$((place + 1))
done

note "the way in and out"
aws_is "internet gateway" "available" ec2 describe-internet-gateways --filters "Name=attachment.vpc-id,Values=$vpc" --query 'InternetGateways[].Attachments[].State'
aws_is "NAT gateways" "3" ec2 describe-nat-gateways --filter "Name=vpc-id,Values=$vpc" Name=state,Values=available --query 'length(NatGateways)'
igw=$(output igw_id)
place=1
for zone in a b c; do
  public=$(read_text ec2 describe-subnets "${in_vpc[@]}" "Name=cidr-block,Values=10.0.$((place + 100)).0/24" --query 'Subnets[].SubnetId')
  private=$(read_text ec2 describe-subnets "${in_vpc[@]}" "Name=cidr-block,Values=10.0.$place.0/24" --query 'Subnets[].SubnetId')
  database=$(read_text ec2 describe-subnets "${in_vpc[@]}" "Name=cidr-block,Values=10.0.$((place + 3)).0/24" --query 'Subnets[].SubnetId')
  nat=$(read_text ec2 describe-nat-gateways --filter "Name=subnet-id,Values=$public" Name=state,Values=available --query 'NatGateways[].NatGatewayId')
  address=$(read_text ec2 describe-nat-gateways --nat-gateway-ids "$nat" --query 'NatGateways[].NatGatewayAddresses[].PublicIp')
  aws_is "zone $zone: the NAT gateway has an address of the account" "$address" ec2 describe-addresses --public-ips "$address" --query 'Addresses[].PublicIp'
  aws_is "zone $zone: private goes out through its own NAT gateway" "$nat" ec2 describe-route-tables \
    --filters "Name=association.subnet-id,Values=$private" --query "RouteTables[].Routes[?DestinationCidrBlock=='0.0.0.0/0'].NatGatewayId[]"
  aws_is "zone $zone: public goes out through the internet gateway" "$igw" ec2 describe-route-tables \
    --filters "Name=association.subnet-id,Values=$public" --query "RouteTables[].Routes[?DestinationCidrBlock=='0.0.0.0/0'].GatewayId[]"
  aws_is "zone $zone: database has a route table, with the VPC's own route only" "10.0.0.0/16 local" ec2 describe-route-tables \
    --filters "Name=association.subnet-id,Values=$database" --query 'RouteTables[].Routes[?DestinationCidrBlock].[DestinationCidrBlock,GatewayId][]'
  place=$((place + 1))
done

note "endpoints"
endpoint() { # SERVICE QUERY
  echo ec2 describe-vpc-endpoints "${in_vpc[@]}" "Name=service-name,Values=com.amazonaws.$REGION.$1" --query "$2"
}
# shellcheck disable=SC2046 # the words of endpoint are arguments
{
  aws_is "s3" "Gateway available 5" $(endpoint s3 'VpcEndpoints[].[VpcEndpointType,State,length(RouteTableIds)][]')
  aws_is "eks" "Interface available True 3 1" $(endpoint eks 'VpcEndpoints[].[VpcEndpointType,State,PrivateDnsEnabled,length(SubnetIds),length(Groups)][]')
  aws_is "logs" "Interface available True 3 1" $(endpoint logs 'VpcEndpoints[].[VpcEndpointType,State,PrivateDnsEnabled,length(SubnetIds),length(Groups)][]')
  group=$(read_text $(endpoint eks 'VpcEndpoints[].Groups[].GroupId'))
  aws_is "eks and logs share a security group" "$group" $(endpoint logs 'VpcEndpoints[].Groups[].GroupId')
  s3=$(read_text $(endpoint s3 'VpcEndpoints[].VpcEndpointId'))
}
aws_is "route tables that lead to S3" "5" ec2 describe-route-tables "${in_vpc[@]}" --query "length(RouteTables[].Routes[?GatewayId=='$s3'][])"
aws_is "their security group lets in" "tcp 443 443 10.0.0.0/16" ec2 describe-security-groups --group-ids "$group" \
  --query 'SecurityGroups[].IpPermissions[].[IpProtocol,FromPort,ToPort,IpRanges[].CidrIp|[0]][]'
aws_is "and lets out" "0" ec2 describe-security-groups --group-ids "$group" --query 'length(SecurityGroups[].IpPermissionsEgress[])'
aws_is "as rules" "1" ec2 describe-security-group-rules --filters "Name=group-id,Values=$group" --query 'length(SecurityGroupRules)'

note "the default security group"
aws_is "has no rules" "0" ec2 describe-security-groups "${in_vpc[@]}" Name=group-name,Values=default \
  --query 'length(SecurityGroups[].[IpPermissions,IpPermissionsEgress][][])'

note "flow logs"
log_group=/aws/vpc-flow-log/$vpc
role=$(output vpc_flow_log_cloudwatch_iam_role_arn)
aws_is "flow log" "ACTIVE ALL cloud-watch-logs $role" ec2 describe-flow-logs --filter "Name=resource-id,Values=$vpc" \
  --query 'FlowLogs[].[FlowLogStatus,TrafficType,LogDestinationType,DeliverLogsPermissionArn][]'
aws_is "days kept" "30" logs describe-log-groups --log-group-name-prefix "$log_group" --query 'logGroups[].retentionInDays'
aws_is "who may take the role" "vpc-flow-logs.amazonaws.com $ACCOUNT" iam get-role --role-name "${role##*/}" \
  --query 'Role.AssumeRolePolicyDocument.Statement[].[Principal.Service,Condition.StringEquals."aws:SourceAccount"][]'
policy=$(read_text iam list-attached-role-policies --role-name "${role##*/}" --query 'AttachedPolicies[].PolicyArn')
aws_is "what the role may do" \
  "logs:CreateLogStream logs:DescribeLogGroups logs:DescribeLogStreams logs:PutLogEvents" iam get-policy-version \
  --policy-arn "$policy" --version-id v1 --query 'sort(PolicyVersion.Document.Statement[].[Action][][][])'

must 0 "craton destroy" craton_in "$root" destroy -auto-approve -input=false -no-color
aws_is_empty
echo "passed: the AWS CLI reads what craton promises ($CHECKED readings)"
