//! Mistakes in what people write: each is shown where it stands, says what to do, and nothing is done.

use crate::apply::NETWORK;
use crate::case::{Case, Frame};

const PROVIDER: &str = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
const VPC: &str = "resource \"aws_vpc\" \"this\" {\n  cidr_block = \"10.0.0.0/16\"\n}\n";

/// Applies a configuration that cannot be, and gives the error with this summary.
#[track_caller]
fn refused(text: &str, args: &[&str], summary: &str) -> Frame {
    let case = Case::new(&[("main.tf", text), ("provider.tf", PROVIDER)]);
    let before = case.everything();
    let ran = case.run(&[&["apply", "-auto-approve"], args].concat()).ends(1);
    assert_eq!(case.everything(), before, "something was done");
    ran.error(summary)
}

#[test]
fn a_syntax_error() {
    let text = format!("{VPC}resource \"aws_subnet\" \"this\" {{\n  cidr_block \"10.0.1.0/24\"\n}}\n");
    let case = Case::new(&[("main.tf", &text), ("provider.tf", PROVIDER)]);
    let before = case.everything();
    let ran = case.run(&["apply", "-auto-approve"]).ends(1).says("main.tf line 5").says("^");
    assert!(ran.err.contains("Error: "), "{ran}");
    assert_eq!(case.everything(), before);
}

#[test]
fn an_undeclared_variable() {
    let text = "variable \"cidr\" {\n  default = \"10.0.0.0/16\"\n}\n\nresource \"aws_vpc\" \"this\" {\n  cidr_block = var.cidrr\n}\n";
    refused(text, &[], "Reference to undeclared input variable")
        .at("main.tf line 6", "var.cidrr")
        .says("Did you mean \"cidr\"?");
}

#[test]
fn an_undeclared_resource() {
    let text = format!("{VPC}output \"id\" {{\n  value = aws_vpc.thiss.id\n}}\n");
    refused(&text, &[], "Reference to undeclared resource").at("main.tf line 5", "aws_vpc.thiss");
}

#[test]
fn a_variable_of_another_type() {
    let text = format!("{VPC}variable \"count_of\" {{\n  type = number\n}}\n");
    refused(&text, &["-var", "count_of=many"], "Invalid value for input variable").says("count_of").says("number");
}

#[test]
fn a_variable_without_a_value() {
    let text = format!("{VPC}variable \"name\" {{\n  type = string\n}}\n");
    refused(&text, &["-input=false"], "No value for required variable").at("main.tf line 4", "variable \"name\"");
}

#[test]
fn a_validation_that_says_no() {
    let text = "variable \"zone\" {\n  default = \"x\"\n  validation {\n    condition     = startswith(var.zone, \"eu-\")\n    error_message = \"Only zones in Europe.\"\n  }\n}\n";
    refused(text, &[], "Invalid value for variable").says("Only zones in Europe.");
}

#[test]
fn an_argument_of_another_type() {
    let text = "resource \"aws_vpc\" \"this\" {\n  cidr_block           = \"10.0.0.0/16\"\n  enable_dns_hostnames = \"maybe\"\n}\n";
    refused(text, &[], "Incorrect attribute value type").at("main.tf line 3", "\"maybe\"").says("bool");
}

#[test]
fn an_unknown_resource_type() {
    let text = "resource \"aws_vcp\" \"this\" {\n  cidr_block = \"10.0.0.0/16\"\n}\n";
    refused(text, &[], "Invalid resource type").at("main.tf line 1", "\"aws_vcp\"").says("Did you mean \"aws_vpc\"?");
}

#[test]
fn an_unknown_argument() {
    let text = "resource \"aws_vpc\" \"this\" {\n  cidr_blok = \"10.0.0.0/16\"\n}\n";
    refused(text, &[], "Unsupported argument").at("main.tf line 2", "cidr_blok").says("Did you mean \"cidr_block\"?");
}

#[test]
fn an_unknown_block() {
    let text =
        "resource \"aws_vpc\" \"this\" {\n  cidr_block = \"10.0.0.0/16\"\n\n  timeout {\n    create = \"5m\"\n  }\n}\n";
    refused(text, &[], "Unsupported block type").says("timeout");
}

#[test]
fn a_missing_argument() {
    let text = format!("{VPC}resource \"aws_subnet\" \"this\" {{\n  cidr_block = \"10.0.1.0/24\"\n}}\n");
    refused(&text, &[], "Missing required argument").says("main.tf line 4").says("vpc_id");
}

#[test]
fn an_unknown_function() {
    let text = "resource \"aws_vpc\" \"this\" {\n  cidr_block = cidrsubnett(\"10.0.0.0/8\", 8, 0)\n}\n";
    refused(text, &[], "Call to unknown function")
        .at("main.tf line 2", "cidrsubnett")
        .says("Did you mean \"cidrsubnet\"?");
}

#[test]
fn a_function_that_fails() {
    let text = "resource \"aws_vpc\" \"this\" {\n  cidr_block = cidrsubnet(\"10.0.0.0/16\", 20, 0)\n}\n";
    refused(text, &[], "Invalid function argument").says("cidrsubnet").says("main.tf line 2");
}

#[test]
fn a_cycle() {
    let text = "locals {\n  a = local.b\n  b = local.c\n  c = local.a\n}\n";
    refused(text, &[], "Cycle").says("local.a").says("local.b").says("local.c");
}

#[test]
fn a_block_twice() {
    refused(&format!("{VPC}{VPC}"), &[], "Duplicate resource declaration")
        .at("main.tf line 4", "resource \"aws_vpc\" \"this\"");
}

#[test]
fn several_mistakes_are_said_at_once() {
    let text =
        "resource \"aws_vpc\" \"a\" {\n  cidr_blok = \"10.0.0.0/16\"\n}\n\noutput \"x\" {\n  value = var.none\n}\n";
    let case = Case::new(&[("main.tf", text), ("provider.tf", PROVIDER)]);
    let ran = case.run(&["validate"]).ends(1);
    ran.error("Unsupported argument");
    ran.error("Reference to undeclared input variable");
}

#[test]
fn a_mistake_is_shown_where_it_is() {
    let text = "resource \"terraform_data\" \"a\" {\n  depends_on = [\n    \"terraform_data.none\"\n  ]\n}\nresource \"terraform_data\" \"b\" {\n  count = 2\n  input = {\n    x = terraform_data.b[0].id\n  }\n}\n";
    let case = Case::new(&[("main.tf", text)]);
    let ran = case.run_bare(&["validate"]).ends(1);
    ran.error("Reference to undeclared resource").at("main.tf line 3", "terraform_data.none");
    ran.error("Self-referential block").at("main.tf line 9", "terraform_data.b[0]");
}

#[test]
fn an_empty_folder() {
    let case = Case::new(&[]);
    case.run(&["plan"]).ends(1).error("No configuration files");
}

#[test]
fn a_flag_that_does_not_exist() {
    let case = Case::new(&[("main.tf", NETWORK)]);
    let before = case.everything();
    case.run(&["apply", "-auto-aprove"]).ends(1).says("-auto-approve");
    case.run(&["aply"]).ends(1).says("apply");
    assert_eq!(case.everything(), before);
}
