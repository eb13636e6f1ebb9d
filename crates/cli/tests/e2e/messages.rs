//! The streams of messages of `-json`.

use serde_json::Value;

use crate::case::{Case, Ran};

const MAIN: &str = "variable \"x\" {\n  default = \"hi\"\n}\n\nresource \"terraform_data\" \"a\" {\n  input = var.x\n}\n\noutput \"x\" {\n  value = terraform_data.a.output\n}\n";

/// Each message as `type: text`, ids and times left out.
fn told(ran: &Ran) -> Vec<String> {
    let message = |line: &str| {
        let m: Value = serde_json::from_str(line).unwrap();
        let text = m["@message"].as_str().unwrap();
        let text = match m["hook"]["id_value"].as_str() {
            Some(id) => text.replace(id, "ID"),
            None => text.to_owned(),
        };
        format!("{}: {text}", m["type"].as_str().unwrap())
    };
    ran.out.lines().map(message).filter(|m| !m.starts_with("version: ")).collect()
}

#[test]
fn from_plan_to_destroy() {
    let case = Case::new(&[("main.tf", MAIN)]);
    assert_eq!(
        told(&case.run_bare(&["apply", "-json", "-auto-approve"]).ok()),
        [
            "planned_change: terraform_data.a: Plan to create",
            "change_summary: Plan: 1 to add, 0 to change, 0 to destroy.",
            "outputs: Outputs: 1",
            "apply_start: terraform_data.a: Creating...",
            "apply_complete: terraform_data.a: Creation complete after 0s [id=ID]",
            "change_summary: Apply complete! Resources: 1 added, 0 changed, 0 destroyed.",
            "outputs: Outputs: 1",
        ]
    );
    let plan = case.run_bare(&["plan", "-json", "-replace=terraform_data.a"]).ok();
    let replaced =
        plan.out.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()).find(|m| m["type"] == "planned_change");
    assert_eq!(replaced.unwrap()["change"]["reason"], "requested");
    let refreshed = [
        "refresh_start: terraform_data.a: Refreshing state... [id=ID]",
        "refresh_complete: terraform_data.a: Refresh complete [id=ID]",
        "outputs: Outputs: 1",
    ];
    assert_eq!(told(&case.run_bare(&["refresh", "-json"]).ok()), refreshed);
    let destroyed = told(&case.run_bare(&["destroy", "-json", "-auto-approve"]).ok());
    let end = [
        "apply_start: terraform_data.a: Destroying... [id=ID]",
        "apply_complete: terraform_data.a: Destruction complete after 0s",
        "change_summary: Destroy complete! Resources: 1 destroyed.",
    ];
    assert_eq!(destroyed[destroyed.len() - 3..], end);
}

#[test]
fn mistakes_are_messages_too() {
    let case = Case::new(&[("main.tf", MAIN)]);
    let ran = case.run_bare(&["plan", "-json", "-bogus"]).ends(1);
    assert_eq!(told(&ran), ["diagnostic: Error: Failed to parse command-line flags"]);
    let ran = case.run_bare(&["apply", "-json"]).ends(1);
    assert_eq!(told(&ran), ["diagnostic: Error: Approval is needed"]);
}
