//! Many units at once: order, failures, reports, and what is said about each.

use serde_json::Value;

use crate::case::{Case, Ran};

/// A module with one object and its value as output.
pub const MODULE: &str = r#"
variable "text" {
  type    = string
  default = "x"
}
resource "terraform_data" "this" {
  input = var.text
}
output "id" {
  value = terraform_data.this.id
}
output "text" {
  value = var.text
}
"#;

/// A unit of the module `modules/m` that depends on others.
pub fn unit(needs: &[&str], more: &str) -> String {
    let blocks: Vec<String> =
        needs.iter().map(|n| format!("dependency {n:?} {{\n  config_path = \"../{n}\"\n}}\n")).collect();
    format!("terraform {{\n  source = \"../../modules/m\"\n}}\n{}{more}", blocks.concat())
}

/// `vpc`, `db` on it, `app` on that, `mon` alone, all below `live`.
pub fn tree() -> Case {
    let case = Case::new(&[("modules/m/main.tf", MODULE)]);
    for (name, needs, more) in [
        ("vpc", &[][..], "inputs = { text = \"vpc\" }\n"),
        ("db", &["vpc"], "inputs = { text = \"on ${dependency.vpc.outputs.text}\" }\n"),
        ("app", &["db"], "inputs = { text = \"id ${dependency.db.outputs.id}\" }\n"),
        ("mon", &[], ""),
    ] {
        case.write(&format!("live/{name}/terragrunt.hcl"), &unit(needs, more));
    }
    case
}

pub fn all(case: &Case, args: &[&str]) -> Ran {
    case.run(&[&["--working-dir", "live", "--non-interactive"], args].concat())
}

fn report(case: &Case, file: &str) -> Vec<(String, String, String)> {
    let rows: Value = serde_json::from_str(&case.read(file)).unwrap();
    let text = |r: &Value, k: &str| r[k].as_str().unwrap_or_default().to_owned();
    let mut rows: Vec<_> =
        rows.as_array().unwrap().iter().map(|r| (text(r, "Name"), text(r, "Result"), text(r, "Cause"))).collect();
    rows.sort();
    rows
}

fn row(name: &str, result: &str, cause: &str) -> (String, String, String) {
    (name.into(), result.into(), cause.into())
}

#[test]
fn apply_and_destroy_in_order() {
    let case = tree();
    let ran = all(&case, &["run", "--all", "apply"]).ok();
    assert!(ran.err.contains(".\n├── mon\n╰── vpc\n    ╰── db\n        ╰── app"), "{ran}");
    assert!(ran.out.contains("[db] terraform_data.this: Creation complete"), "{ran}");
    let ran = ran.says("❯❯ Run Summary 4 units").says("Succeeded 4").says("app 1 added, 0 changed, 0 destroyed");
    let order =
        ["[vpc] Apply complete", "[db] Apply complete", "[app] Apply complete"].map(|t| ran.out.find(t).unwrap());
    assert!(order.is_sorted(), "{ran}");
    all(&case, &["plan", "--all", "-detailed-exitcode"]).ok();
    let out = all(&case, &["run", "--all", "output", "-json"]).ok().out;
    assert!(out.contains("\"on vpc\"") && !out.contains("[db]"), "{out}");

    all(&case, &["run", "--all", "destroy", "--report-file", "report.json"]).ok().says("Succeeded 4");
    let rows: Value = serde_json::from_str(&case.read("live/report.json")).unwrap();
    let began =
        |name: &str| rows.as_array().unwrap().iter().find(|r| r["Name"] == name).unwrap()["Started"].to_string();
    let ended = |name: &str| rows.as_array().unwrap().iter().find(|r| r["Name"] == name).unwrap()["Ended"].to_string();
    assert!(ended("app") <= began("db") && ended("db") <= began("vpc"), "{rows}");
}

#[test]
fn a_failure_stops_its_dependents_and_nothing_else() {
    let case = tree();
    case.write("live/db/terragrunt.hcl", &unit(&["vpc"], "inputs = { text = dependency.vpc.outputs.none }\n"));
    let ran = all(&case, &["run", "--all", "apply", "--report-file", "r.json"]).ends(1);
    let ran = ran.says("Succeeded 2").says("Failed 1").says("Early Exits 1").says("not begun: db did not succeed");
    ran.says("--working-dir db plan").says("craton run --all apply").says("Run failed: db");
    assert_eq!(
        report(&case, "live/r.json"),
        [
            row("app", "early exit", "db"),
            ("db".into(), "failed".into(), report(&case, "live/r.json")[1].2.clone()),
            row("mon", "succeeded", ""),
            row("vpc", "succeeded", "")
        ]
    );
    all(&case, &["run", "--all", "--queue-ignore-errors", "plan"]).ends(1).says("Failed 2");
}

#[test]
fn reports_in_three_formats() {
    let case = tree();
    let rows = |file: &str| case.read(&format!("live/{file}"));
    all(&case, &["run", "--all", "plan", "--report-file", "r.csv"]).ok();
    assert_eq!(rows("r.csv").lines().next(), Some("Name,Started,Ended,Result,Reason,Cause,Ref,Cmd,Args"));
    assert_eq!(rows("r.csv").lines().count(), 5);
    all(&case, &["run", "--all", "plan", "--report-file", "r.xml", "--report-schema-file", "s.json"]).ok();
    assert!(
        rows("r.xml").contains("<testsuite name=\"craton\" tests=\"4\" failures=\"0\" skipped=\"0\">"),
        "{}",
        rows("r.xml")
    );
    assert!(rows("s.json").contains("\"early exit\""));
    all(&case, &["run", "--all", "plan", "--report-file", "r.csv", "--report-format", "yaml"])
        .ends(1)
        .error("Unknown report format");
}

#[test]
fn a_cycle_is_shown_and_nothing_runs() {
    let case = tree();
    case.write("live/vpc/terragrunt.hcl", &unit(&["app"], ""));
    let before = case.everything();
    let found = all(&case, &["run", "--all", "apply"]).ends(1).error("Dependency cycle");
    found.says("live/app").says("-> ");
    assert!(before == case.everything());
}

#[test]
fn excluded_and_protected_units() {
    let case = tree();
    case.write("live/mon/terragrunt.hcl", &unit(&[], "exclude {\n  if      = true\n  actions = [\"plan\"]\n}\n"));
    all(&case, &["run", "--all", "plan", "--report-file", "r.json"])
        .ok()
        .says("Excluded 1")
        .says("left out because of an exclude block");
    assert!(report(&case, "live/r.json").contains(&row("mon", "excluded", "")));
    all(&case, &["run", "--all", "apply"]).ok().says("Succeeded 4");
    let text = case.read("live/db/terragrunt.hcl");
    case.write("live/db/terragrunt.hcl", &format!("{text}prevent_destroy = true\n"));
    // What a plan shows is what would be done; `mon` has no plans.
    all(&case, &["run", "--all", "plan", "-destroy", "-out=down.tfplan", "--report-file", "r.json"])
        .ok()
        .says("Succeeded 1")
        .says("Excluded 3")
        .says("prevent_destroy");
    let rows = report(&case, "live/r.json");
    for (unit, result) in [("app", "succeeded"), ("db", "excluded"), ("mon", "excluded"), ("vpc", "excluded")] {
        assert!(rows.iter().any(|r| r.0 == unit && r.1 == result), "{unit} is not {result}: {rows:?}");
    }
    case.run(&["--working-dir", "live/db", "plan", "-destroy"]).ends(1).error("Unit is protected");
    case.run(&["--working-dir", "live/db", "plan"]).ok();
    all(&case, &["run", "--all", "destroy"]).ok().says("Succeeded 2").says("Excluded 2").says("prevent_destroy");
    all(&case, &["run", "--all", "output", "-json"]).ok().says("on vpc");
}

#[test]
fn which_units() {
    let case = tree();
    let names = |args: &[&str]| {
        let flags = [&["run", "--all", "plan", "--report-file", "r.json"], args].concat();
        all(&case, &flags).ok();
        report(&case, "live/r.json").into_iter().map(|r| r.0).collect::<Vec<_>>()
    };
    all(&case, &["run", "--all", "apply"]).ok();
    assert_eq!(names(&["--queue-include-dir", "db"]), ["db"]);
    assert_eq!(names(&["--queue-exclude-dir", "mon"]), ["app", "db", "vpc"]);
    assert_eq!(names(&["--filter", "db..."]), ["db", "vpc"]);
    assert_eq!(names(&["--filter", "...^db"]), ["app"]);
    case.write("live/.terragrunt-excludes", "# not these\nmon\nvpc\n");
    assert_eq!(names(&[]), ["app", "db"]);
    case.run(&["--working-dir", "live/db", "--non-interactive", "run", "--graph", "--graph-root", "..", "plan"])
        .ok()
        .says("Succeeded 2");
    case.run(&["--working-dir", "live/db", "--non-interactive", "run", "--all", "plan", "--queue-include-external"])
        .ok()
        .says("Succeeded 2");
}

#[test]
fn older_spellings_are_taken_with_one_warning() {
    let case = tree();
    let ran = case.run(&[
        "plan-all",
        "--terragrunt-working-dir",
        "live",
        "--terragrunt-non-interactive",
        "--terragrunt-exclude-dir",
        "mon",
    ]);
    let ran = ran.ok().says("Succeeded 3");
    assert_eq!(ran.err.matches("Earlier spellings").count(), 1, "{ran}");
    case.run(&["run-all", "plan", "--working-dir", "live"]).ok().says("run-all is now run --all");
    all(&case, &["run", "--all", "import", "a.b", "c"]).ends(1).error("Command is not for many units");
    all(&case, &["run", "--all"]).ends(1).says("Missing run --all command argument");
}

#[test]
fn a_question_comes_before_changes() {
    let case = tree();
    case.run(&["--working-dir", "live", "run", "--all", "apply"])
        .ends(1)
        .says("Run apply in 4 units?")
        .error("No answer");
    assert!(!all(&case, &["run", "--all", "output", "-json"]).out.contains("on vpc"));
}

#[test]
fn what_fails_is_tried_again_or_overlooked_as_the_unit_says() {
    let case = Case::new(&[]);
    let module = |command: &str| {
        format!(
            "resource \"terraform_data\" \"this\" {{\n  provisioner \"local-exec\" {{\n    command = \"{command}\"\n  }}\n}}\n"
        )
    };
    case.write("live/again/main.tf", &module("test -e ../flag || { touch ../flag; echo not there yet; exit 1; }"));
    case.write(
        "live/again/terragrunt.hcl",
        "errors {\n  retry \"there\" {\n    retryable_errors   = [\".*exit status 1.*\"]\n    max_attempts       = 2\n    sleep_interval_sec = 0\n  }\n}\n",
    );
    case.write("live/never/main.tf", &module("exit 3"));
    case.write(
        "live/never/terragrunt.hcl",
        "errors {\n  ignore \"all\" {\n    ignorable_errors = [\".*\"]\n    message          = \"as expected\"\n    signals          = { told = true }\n  }\n}\n",
    );
    let ran = all(&case, &["run", "--all", "apply", "--report-file", "r.json"]).ok();
    ran.says("succeeded when tried again (there)").says("reason: as expected").says("Attempt 1 of 2");
    assert_eq!(report(&case, "live/r.json"), [row("again", "succeeded", "there"), row("never", "succeeded", "all")]);
    assert!(case.read("live/never/error-signals.json").contains("told"));
}

#[test]
fn plans_kept_for_each_unit() {
    let case = tree();
    case.write("live/db/terragrunt.hcl", &unit(&[], ""));
    case.write("live/app/terragrunt.hcl", &unit(&[], ""));
    all(&case, &["run", "--all", "plan", "--out-dir", "plans", "--json-out-dir", "json"]).ok();
    assert!(case.path("live/plans/db/tfplan.tfplan").is_file());
    let json: Value = serde_json::from_str(&case.read("live/json/db/tfplan.json")).unwrap();
    assert_eq!(json["resource_changes"].as_array().unwrap().len(), 1);
    all(&case, &["run", "--all", "apply", "--out-dir", "plans"]).ok().says("Succeeded 4");
    all(&case, &["run", "--all", "plan", "-detailed-exitcode"]).ok();
}
