//! States that cannot be used are left as they are.

use serde_json::json;

use crate::apply::{NETWORK, network};
use crate::case::Case;

#[track_caller]
fn refused(case: &Case, summary: &str) {
    let before = case.everything();
    for command in [&["plan"][..], &["apply", "-auto-approve"], &["destroy", "-auto-approve"]] {
        case.run(command).ends(1).error(summary).says("terraform.tfstate").says("Nothing was changed.");
    }
    assert_eq!(case.everything(), before);
}

#[test]
fn corrupt() {
    let case = network();
    let text = case.read("terraform.tfstate");
    case.write("terraform.tfstate", &text[..text.len() / 2]);
    refused(&case, "State is not readable");
}

#[test]
fn not_a_state() {
    let case = Case::new(&[("main.tf", NETWORK), ("terraform.tfstate", "[1, 2]\n")]);
    refused(&case, "State is not readable");
}

#[test]
fn newer() {
    let case = network();
    let mut state = case.state();
    state["version"] = json!(5);
    state["terraform_version"] = json!("9.0.0");
    case.write("terraform.tfstate", &state.to_string());
    refused(&case, "State was written by a newer version");
}

#[test]
fn by_other_hands() {
    let config = "resource \"terraform_data\" \"a\" {}\n";
    let state = |instance: &str| {
        format!(
            r#"{{"version": 4, "resources": [{{"mode": "managed", "type": "terraform_data", "name": "a",
            "provider": "provider.terraform", "instances": [{instance}]}}]}}"#
        )
    };
    let case = Case::new(&[("main.tf", config)]);
    case.write("terraform.tfstate", &state(r#"{"schema_version": 0, "attributes": {"id": "x"}}"#));
    case.run_bare(&["plan", "-detailed-exitcode"]).ends(0);
    case.write("terraform.tfstate", &state(r#"{"schema_version": 0, "attributes_flat": {"id": "x"}}"#));
    case.run_bare(&["plan", "-detailed-exitcode"]).ends(0);
    // What cannot be read is no reason to make a second object.
    case.write("terraform.tfstate", &state(r#"{"schema_version": "x", "attributes": {"id": "x"}}"#));
    case.run_bare(&["plan"]).ends(1).error("State is not readable");
    case.write("terraform.tfstate", &state(""));
    case.run_bare(&["plan"]).ok().says("1 to add");
}

#[test]
fn older() {
    let vpc = r#"{"type": "aws_vpc", "depends_on": [], "deposed": [], "provider": "provider.aws",
      "primary": {"id": "vpc-1", "tainted": false, "meta": {"schema_version": "1"},
        "attributes": {"id": "vpc-1", "cidr_block": "10.0.0.0/16", "enable_dns_support": "true", "tags.%": "1", "tags.Name": "x"}}}"#;
    let state = format!(
        r#"{{"version": 3, "terraform_version": "0.11.14", "serial": 5, "lineage": "0b7f1f0e-6a8f-7a52-3b7f-1f2d8a6d5c11",
          "modules": [{{"path": ["root"], "outputs": {{"name": {{"type": "string", "value": "x"}}}},
          "resources": {{"aws_vpc.old": {vpc}}}, "depends_on": []}}]}}"#
    );
    let provider = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
    let case = Case::new(&[("main.tf", provider), ("terraform.tfstate", &state)]);
    assert_eq!(case.run(&["output", "-raw", "name"]).ok().out, "x");
    assert_eq!(case.run(&["state", "list"]).ok().out, "aws_vpc.old\n");
    let shown = case.run(&["state", "show", "aws_vpc.old"]).ok();
    shown.says("enable_dns_support").says("\"Name\" = \"x\"");
    // Whoever changes it makes it a state of version 4, in which what was not looked at stays as it was.
    case.run(&["state", "mv", "aws_vpc.old", "aws_vpc.new"]).ok();
    let after = case.state();
    assert_eq!((&after["version"], &after["serial"]), (&json!(4), &json!(6)));
    assert_eq!(after["resources"][0]["instances"][0]["attributes_flat"]["tags.Name"], "x");
    let plan = case.run(&["plan", "-refresh=false"]).ok();
    plan.says("aws_vpc.new will be destroyed").says("\"Name\" = \"x\"");
}
