//! A tree that nothing was applied of: its plan, and what follows from the plan's file.

use crate::case::Case;
use crate::many::{MODULE, all, tree, unit};

#[test]
fn the_whole_tree_is_planned_before_anything_exists() {
    let case = tree();
    let ran = all(&case, &["run", "--all", "plan"]).ok();
    // What is known of the dependency's outputs is there, and what is not is said.
    let ran = ran.says("\"on vpc\"").says("[app] Known after other units are applied: text.");
    ran.says("Succeeded 4").says("app 1 to add, 0 to change, 0 to destroy; known after apply: text");
    all(&case, &["run", "--all", "plan", "-detailed-exitcode"]).ends(2);
}

#[test]
fn mock_outputs_stand_in_for_what_is_not_known() {
    let case = tree();
    let mocked = "dependency \"db\" {\n  config_path  = \"../db\"\n  mock_outputs = { id = \"mock-1\" }\n}\n";
    let text = format!("{}{mocked}inputs = {{ text = dependency.db.outputs.id }}\n", unit(&[], ""));
    case.write("live/app/terragrunt.hcl", &text);
    all(&case, &["run", "--all", "plan"]).ok().says("mock-1").says("are mock outputs for now: id");
    // A plan that is to be followed holds none.
    let ran = all(&case, &["run", "--all", "plan", "-out=tree.plan"]).ok();
    assert!(!ran.out.contains("mock-1"), "{ran}");
}

#[test]
fn only_inputs_can_wait_for_values() {
    let case = tree();
    let more = "generate \"x\" {\n  path      = \"x.txt\"\n  if_exists = \"overwrite\"\n  contents  = dependency.db.outputs.id\n}\n";
    case.write("live/app/terragrunt.hcl", &unit(&["db"], more));
    let found = all(&case, &["run", "--all", "plan"]).ends(1);
    found.says("Value is not known yet").says("live/app/terragrunt.hcl line").says("mock_outputs");
}

#[test]
fn apply_follows_the_plan_of_the_tree() {
    let case = tree();
    all(&case, &["run", "--all", "plan", "-out=tree.plan"]).ok().says("The plan of 4 units was saved to tree.plan");
    case.run(&["show", "tree.plan"])
        .ok()
        .says("── app ──")
        .says("Known after other units are applied: text.")
        .says("4 units: 4 to add");
    // What the files say by now does not matter.
    case.write("live/mon/terragrunt.hcl", &unit(&[], "inputs = { text = \"later\" }\n"));
    case.write("modules/m/main.tf", &format!("{MODULE}\nresource \"terraform_data\" \"more\" {{}}\n"));
    let ran = case.run(&["apply", "tree.plan"]).ok().says("Succeeded 4").says("app 1 added");
    assert!(!ran.out.contains("later") && !ran.out.contains("terraform_data.more"), "{ran}");
    let out = all(&case, &["run", "--all", "output", "-json"]).ok().out;
    assert!(out.contains("\"on vpc\"") && out.contains("\"id "), "{out}");
    // A plan is followed once.
    case.run(&["apply", "tree.plan"]).ends(1).says("Saved plan is stale");
}

#[test]
fn a_unit_that_would_do_more_than_was_shown_is_refused() {
    let case = tree();
    // A part of one input is known when the plan is made, and another one later.
    case.write("fact.txt", "one");
    case.write(
        "modules/n/main.tf",
        "variable \"text\" {\n  type = string\n}\nvariable \"fact\" {\n  type = any\n}\nresource \"terraform_data\" \"this\" {\n  input = [var.text, var.fact]\n}\n",
    );
    let app = "terraform {\n  source = \"../../modules/n\"\n}\ndependency \"db\" {\n  config_path = \"../db\"\n}\n\
               inputs = {\n  text = dependency.db.outputs.id\n  fact = { id = dependency.db.outputs.id, fact = file(\"../../fact.txt\") }\n}\n";
    case.write("live/app/terragrunt.hcl", app);
    all(&case, &["run", "--all", "plan", "-out=tree.plan"]).ok();
    case.write("fact.txt", "two");
    let ran = all(&case, &["run", "--all", "apply", "tree.plan"]).ends(1).says("Succeeded 3").says("Failed 1");
    ran.says("Plan would do more than was shown").says("\"fact\"").says("plan what is left");
    // Nothing was done in the unit that was refused.
    case.write("fact.txt", "one");
    all(&case, &["run", "--all", "plan", "-detailed-exitcode"]).ends(2).says("app 1 to add");
}

#[test]
fn a_tree_is_destroyed_by_its_plan() {
    let case = tree();
    all(&case, &["run", "--all", "apply"]).ok();
    all(&case, &["run", "--all", "plan", "-destroy", "-out=down.plan"]).ok();
    case.run(&["apply", "down.plan"]).ok().says("Succeeded 4").says("0 added, 0 changed, 1 destroyed");
}

#[test]
fn a_plan_that_is_not_whole_is_not_saved() {
    let case = tree();
    case.write("live/db/terragrunt.hcl", &unit(&["vpc"], "inputs = { text = dependency.vpc.outputs.none }\n"));
    all(&case, &["run", "--all", "plan", "-out=tree.plan"]).ends(1).says("was not written");
    assert!(!case.path("tree.plan").exists() && !case.path("live/tree.plan").exists());
    let wrong = Case::new(&[("x.plan", "{\"craton_tree_plan\":9}")]);
    wrong.run(&["apply", "x.plan"]).ends(1).error("Plan file is not readable").says("format 9");
}
