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
    // Attributes that cannot be read are no reason to make a second object.
    case.write("terraform.tfstate", &state(r#"{"schema_version": 0, "attributes_flat": {"id": "x"}}"#));
    case.run_bare(&["plan"]).ends(1).error("State is not readable");
    case.write("terraform.tfstate", &state(""));
    case.run_bare(&["plan"]).ok().says("1 to add");
}
