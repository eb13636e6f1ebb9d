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

/// What comes before anything else can go wrong is there for whoever reads the stream to know its version.
#[test]
fn a_stream_begins_with_its_version_whatever_happens() {
    for text in ["resource {", "output \"o\" {\n  value = var.nope\n}\n", "variable \"v\" {}\n"] {
        let case = Case::new(&[("main.tf", text)]);
        for command in ["plan", "apply", "destroy", "refresh"] {
            let ran = case.run_bare(&[command, "-json", "-input=false"]).ends(1);
            let kinds: Vec<Value> = ran.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
            assert_eq!(kinds[0]["type"], "version", "{text}: {ran}");
            assert_eq!(kinds.iter().filter(|m| m["type"] == "version").count(), 1, "{text}: {ran}");
            assert_eq!(kinds[1]["type"], "diagnostic", "{text}: {ran}");
        }
    }
}

#[test]
fn a_saved_plan_is_told_when_it_is_applied_and_a_failed_one_as_far_as_it_goes() {
    let case = Case::new(&[("main.tf", MAIN)]);
    case.run_bare(&["plan", "-out=p"]).ok();
    let applied = told(&case.run_bare(&["apply", "-json", "p"]).ok());
    assert_eq!(applied[0], "planned_change: terraform_data.a: Plan to create");
    assert_eq!(applied[1], "apply_start: terraform_data.a: Creating...");
    case.edit("main.tf", "input = var.x", "input = \"new\"\n  lifecycle {\n    postcondition {\n      condition = self.input == \"hi\"\n      error_message = \"not hi\"\n    }\n  }");
    for command in ["plan", "apply"] {
        let failed = told(
            &case
                .run_bare(&[command, "-json", if command == "plan" { "-refresh=false" } else { "-auto-approve" }])
                .ends(1),
        );
        let failed: Vec<&String> = failed.iter().filter(|m| !m.starts_with("refresh_")).collect();
        assert_eq!(
            failed,
            [
                "planned_change: terraform_data.a: Plan to update",
                "change_summary: Plan: 0 to add, 1 to change, 0 to destroy.",
                "diagnostic: Error: Resource postcondition failed",
            ],
            "{command}"
        );
    }
}

#[test]
fn imports_count_in_the_summary_of_an_apply() {
    let case = Case::new(&[(
        "main.tf",
        "import {\n  to = terraform_data.i\n  id = \"abc\"\n}\nresource \"terraform_data\" \"i\" {}\n",
    )]);
    let applied = told(&case.run_bare(&["apply", "-json", "-auto-approve"]).ok());
    let summary = "change_summary: Apply complete! Resources: 1 imported, 0 added, 0 changed, 0 destroyed.".to_owned();
    assert!(applied.contains(&summary), "{applied:?}");
}

#[test]
fn a_refresh_tells_a_failed_check_once() {
    let check = "check \"c\" {\n  assert {\n    condition     = terraform_data.a.id == \"x\"\n    error_message = \"no\"\n  }\n}\n";
    let case = Case::new(&[("main.tf", &format!("{MAIN}{check}"))]);
    case.run_bare(&["apply", "-auto-approve"]).ok();
    let refreshed = told(&case.run_bare(&["refresh", "-json"]).ok());
    let failed = refreshed.iter().filter(|m| *m == "diagnostic: Warning: Check block assertion failed").count();
    assert_eq!(failed, 1, "{refreshed:?}");
}
