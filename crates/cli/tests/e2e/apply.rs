//! From nothing to a network, through its changes, to nothing again.

use serde_json::{Value, json};

use crate::case::Case;
use crate::endpoint::Endpoint;

/// A small network: everything whose order matters, nothing twice without need.
pub const NETWORK: &str = r#"
variable "team" {
  type    = string
  default = "platform"
}

variable "second_cidr" {
  type    = string
  default = "10.0.2.0/24"
}

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["123456789012"]

  default_tags {
    tags = { Project = "case" }
  }
}

locals {
  cidrs = ["10.0.1.0/24", var.second_cidr]
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
  tags       = { Team = var.team }
}

resource "aws_subnet" "this" {
  count = length(local.cidrs)

  vpc_id            = aws_vpc.this.id
  cidr_block        = local.cidrs[count.index]
  availability_zone = "eu-west-1${["a", "b"][count.index]}"
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_eip" "nat" {
  domain     = "vpc"
  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.this[0].id
  depends_on    = [aws_internet_gateway.this]
}

resource "aws_route_table" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_route" "out" {
  route_table_id         = aws_route_table.this.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this.id
}

resource "aws_route_table_association" "this" {
  count = length(aws_subnet.this)

  subnet_id      = aws_subnet.this[count.index].id
  route_table_id = aws_route_table.this.id
}

output "vpc_id" {
  value = aws_vpc.this.id
}
"#;

/// The network, applied.
pub fn network() -> Case {
    let case = Case::new(&[("main.tf", NETWORK)]);
    case.run(&["apply", "-auto-approve"]).ok().says("10 added, 0 changed, 0 destroyed");
    case
}

/// Removes a NAT gateway behind craton's back. Deleting takes a while; each look brings the end nearer.
pub fn lose_a_gateway(case: &Case) {
    let available = json!({ "Filter": [{ "Name": "state", "Values": ["available"] }] });
    let id = case.aws("ec2", "DescribeNatGateways", available)["NatGateways"][0]["NatGatewayId"].clone();
    case.aws("ec2", "DeleteNatGateway", json!({ "NatGatewayId": id }));
    let gone = (0..200).any(|_| {
        let gateways = case.aws("ec2", "DescribeNatGateways", json!({ "NatGatewayIds": [id] }));
        gateways["NatGateways"][0]["State"] == "deleted"
    });
    assert!(gone);
}

/// Nothing is planned.
#[track_caller]
pub fn settled(case: &Case) {
    case.run(&["plan", "-detailed-exitcode"]).ok().says("No changes.");
}

#[test]
fn from_empty_and_back() {
    let case = Case::new(&[("main.tf", NETWORK)]);
    case.run(&["validate"]).ok();
    case.run(&["plan", "-detailed-exitcode"])
        .ends(2)
        .says("Plan: 10 to add, 0 to change, 0 to destroy.")
        .says("# aws_subnet.this[1] will be created")
        .says("(known after apply)");
    assert!(case.held().is_empty(), "a plan makes nothing");
    assert!(!case.path("terraform.tfstate").exists(), "a plan of nothing keeps no state");

    case.run(&["apply", "-auto-approve"]).ok().says("10 added, 0 changed, 0 destroyed");
    let held = case.held();
    let of = |kind: &str| held.get(kind).copied().unwrap_or(0);
    assert_eq!((of("vpc"), of("subnet"), of("natgateway"), of("route-table")), (1, 2, 1, 1), "{held:?}");
    settled(&case);

    case.run(&["destroy", "-auto-approve"]).ok().says("10 destroyed");
    assert!(case.held().is_empty(), "{:?}", case.held());
    assert_eq!(case.state()["resources"], json!([]));
}

#[test]
fn what_was_made_can_be_read_back() {
    let case = network();
    let vpc = case.aws("ec2", "DescribeVpcs", json!({}))["Vpcs"][0]["VpcId"].as_str().unwrap().to_owned();

    assert_eq!(case.run(&["output", "-raw", "vpc_id"]).ok().out, vpc);
    let outputs: Value = serde_json::from_str(&case.run(&["output", "-json"]).ok().out).unwrap();
    assert_eq!(outputs["vpc_id"]["value"], vpc);
    assert_eq!(outputs["vpc_id"]["type"], "string");

    let listed = case.run(&["state", "list"]).ok().out;
    let listed: Vec<&str> = listed.lines().collect();
    assert_eq!(
        listed,
        [
            "aws_eip.nat",
            "aws_internet_gateway.this",
            "aws_nat_gateway.this",
            "aws_route.out",
            "aws_route_table.this",
            "aws_route_table_association.this[0]",
            "aws_route_table_association.this[1]",
            "aws_subnet.this[0]",
            "aws_subnet.this[1]",
            "aws_vpc.this",
        ]
    );
    case.run(&["state", "show", "aws_vpc.this"]).ok().says("cidr_block").says(&vpc);
    case.run(&["show"]).ok().says("aws_nat_gateway.this").says(&vpc);
    let shown: Value = serde_json::from_str(&case.run(&["show", "-json"]).ok().out).unwrap();
    assert_eq!(shown["values"]["root_module"]["resources"].as_array().unwrap().len(), 10);

    let state = case.state();
    assert_eq!(state["version"], 4);
    assert_eq!(state["outputs"]["vpc_id"]["value"], vpc);
    let made = state["resources"].as_array().unwrap();
    let provider = "provider[\"registry.terraform.io/hashicorp/aws\"]";
    assert!(made.iter().all(|r| r["provider"] == provider), "Terraform reads this state: {state}");
}

#[test]
fn a_tag_is_changed_in_place() {
    let case = network();
    case.run(&["plan", "-detailed-exitcode", "-var", "team=network"])
        .ends(2)
        .says("# aws_vpc.this will be updated in-place")
        .says("Plan: 0 to add, 1 to change, 0 to destroy.");
    case.run(&["apply", "-auto-approve", "-var", "team=network"]).ok().says("0 added, 1 changed, 0 destroyed");
    let tags = case.aws("ec2", "DescribeVpcs", json!({}))["Vpcs"][0]["Tags"].clone();
    let has = |key: &str, value: &str| tags.as_array().unwrap().contains(&json!({ "Key": key, "Value": value }));
    assert!(has("Team", "network") && has("Project", "case"), "{tags}");
    case.run(&["plan", "-detailed-exitcode", "-var", "team=network"]).ok();
}

#[test]
fn a_subnet_with_another_range_is_replaced_with_what_hangs_on_it() {
    let case = network();
    let first = case.state();
    let again = ["-var", "second_cidr=10.0.3.0/24"];
    case.run(&[&["plan", "-detailed-exitcode"], &again[..]].concat())
        .ends(2)
        .says("# aws_subnet.this[1] must be replaced")
        .says("forces replacement")
        .says("# aws_route_table_association.this[1] must be replaced")
        .says("Plan: 2 to add, 0 to change, 2 to destroy.");
    case.run(&[&["apply", "-auto-approve"], &again[..]].concat())
        .ok()
        .says("2 added, 0 changed, 2 destroyed")
        .says_in_order(&[
            "aws_route_table_association.this[1]: Destruction complete",
            "aws_subnet.this[1]: Destruction complete",
            "aws_subnet.this[1]: Creation complete",
            "aws_route_table_association.this[1]: Creation complete",
        ]);
    case.run(&[&["plan", "-detailed-exitcode"], &again[..]].concat()).ok();
    assert_eq!(first["lineage"], case.state()["lineage"]);
    assert!(case.state()["serial"].as_i64() > first["serial"].as_i64());
    let subnets = case.aws("ec2", "DescribeSubnets", json!({}));
    assert_eq!(subnets["Subnets"].as_array().unwrap().len(), 2);
}

#[test]
fn what_was_removed_behind_its_back_is_seen_and_mended() {
    let case = network();
    lose_a_gateway(&case);
    case.run(&["plan", "-detailed-exitcode"])
        .ends(2)
        .says("# aws_nat_gateway.this was deleted")
        .says("# aws_nat_gateway.this will be created")
        .says("aws_route.out");
    case.run(&["apply", "-auto-approve"]).ok();
    settled(&case);
    let routes = case.aws("ec2", "DescribeRouteTables", json!({})).to_string();
    assert!(!routes.contains("blackhole"), "{routes}");
}

#[test]
fn without_refresh_nothing_is_asked() {
    let case = network();
    // Only the state is looked at: an endpoint that answers nobody is never asked for the resources.
    let id = case.aws("ec2", "DescribeVpcs", json!({}))["Vpcs"][0]["VpcId"].clone();
    case.aws("ec2", "DeleteTags", json!({ "Resources": [id], "Tags": [{ "Key": "Team" }] }));
    case.run(&["plan", "-detailed-exitcode", "-refresh=false"]).ok().says("No changes.");
    case.run(&["plan", "-detailed-exitcode"]).ends(2).says("# aws_vpc.this will be updated in-place");
}

#[test]
fn what_is_asked_does_not_grow_with_what_there_is() {
    let asked = |subnets: usize| {
        let text = format!(
            "provider \"aws\" {{\n  region = \"eu-west-1\"\n}}\nresource \"aws_vpc\" \"this\" {{\n  cidr_block = \"10.0.0.0/16\"\n}}\n\
             resource \"aws_subnet\" \"this\" {{\n  count      = {subnets}\n  vpc_id     = aws_vpc.this.id\n  \
             cidr_block = cidrsubnet(\"10.0.0.0/16\", 8, count.index)\n}}\n"
        );
        let case = Case::new(&[("main.tf", &text)]);
        case.run(&["apply", "-auto-approve"]).ok();
        let endpoint = Endpoint::start(case.sandbox());
        case.run_at(&endpoint.address, &["plan", "-detailed-exitcode"]).ok().says("No changes.");
        endpoint.requests()
    };
    assert_eq!(asked(2), asked(60), "one refresh asks for all subnets at once");
}

#[test]
fn parallelism_of_one_does_the_same() {
    let case = Case::new(&[("main.tf", NETWORK)]);
    case.run(&["apply", "-auto-approve", "-parallelism=1"]).ok().says("10 added, 0 changed, 0 destroyed");
    settled(&case);
    case.run(&["apply", "-destroy", "-auto-approve", "-parallelism=1"]).ok();
    assert!(case.held().is_empty());
}

#[test]
fn an_apply_that_nobody_approves_does_nothing() {
    let case = Case::new(&[("main.tf", NETWORK)]);
    case.run(&["apply", "-input=false"]).ends(1).says("-auto-approve");
    assert!(case.held().is_empty());
    assert!(!case.path("terraform.tfstate").exists());
}

#[test]
fn variables_come_from_everywhere() {
    let case = Case::new(&[
        (
            "main.tf",
            "variable \"a\" {}\nvariable \"b\" {}\nvariable \"c\" {}\noutput \"all\" { value = [var.a, var.b, var.c] }\n",
        ),
        ("terraform.tfvars", "a = \"file\"\nb = \"file\"\nc = \"file\"\n"),
        ("other.tfvars", "b = \"other\"\nc = \"other\"\n"),
    ]);
    case.run(&["apply", "-auto-approve", "-var-file=other.tfvars", "-var", "c=typed"]).ok();
    let all: Value = serde_json::from_str(&case.run(&["output", "-json", "all"]).ok().out).unwrap();
    assert_eq!(all, json!(["file", "other", "typed"]));
}

#[test]
fn the_version_is_said() {
    let case = Case::of_account(crate::case::ACCOUNT);
    case.run_bare(&["version"]).ok().says(concat!("craton v", env!("CARGO_PKG_VERSION")));
    let version: Value = serde_json::from_str(&case.run_bare(&["version", "-json"]).ok().out).unwrap();
    assert!(version.is_object());
}
