//! Checks with a data source in them, conditions of data sources, and states that others wrote.

use serde_json::{Value, json};

use crate::case::Case;

const OTHER: &str = r#"{"version": 4, "terraform_version": "1.5.0", "serial": 1, "lineage": "l",
"outputs": {"v": {"value": "B", "type": "string"}}, "resources": [], "check_results": null}"#;

const CHECK: &str = r#"
resource "terraform_data" "a" {
  input = "x"
}
check "scoped" {
  data "terraform_remote_state" "r" {
    backend = "local"
    config  = { path = "other.tfstate" }
  }
  assert {
    condition     = data.terraform_remote_state.r.outputs.v == "B"
    error_message = "v is ${data.terraform_remote_state.r.outputs.v}"
  }
}
"#;

fn planned(case: &Case, exit: i32) -> Value {
    case.run_bare(&["plan", "-detailed-exitcode", "-out=p"]).ends(exit);
    serde_json::from_str(&case.run_bare(&["show", "-json", "p"]).ok().out).unwrap()
}

fn change<'a>(plan: &'a Value, address: &str) -> &'a Value {
    let all = plan["resource_changes"].as_array().unwrap();
    all.iter().find(|c| c["address"] == address).unwrap()
}

#[test]
fn a_data_source_in_a_check_is_read_again_by_the_apply() {
    let case = Case::new(&[("main.tf", CHECK), ("other.tfstate", OTHER)]);
    let plan = planned(&case, 2);
    let read = change(&plan, "data.terraform_remote_state.r");
    assert_eq!(read["action_reason"], "read_because_check_nested");
    assert_eq!(read["change"]["actions"], json!(["read"]));
    assert_eq!(read["change"]["after"]["outputs"], json!({"v": "B"}));
    case.run_bare(&["apply", "p"]).ok();
    let state = case.state();
    // Data sources stand first, as Terraform writes them.
    assert_eq!(state["resources"][0]["mode"], "data");
    assert_eq!(state["check_results"][0]["status"], "pass");
    // Nothing else is left to do, and the check is made again all the same.
    assert_eq!(planned(&case, 2)["applyable"], true);
}

#[test]
fn a_check_that_cannot_read_fails_and_stops_nothing() {
    let case = Case::new(&[("main.tf", CHECK)]);
    let plan = planned(&case, 2);
    assert_eq!(plan["checks"][0]["status"], "fail");
    let problem = plan["checks"][0]["instances"][0]["problems"][0]["message"].as_str().unwrap();
    assert!(problem.starts_with("Unable to find remote state: "), "{problem}");
    assert_eq!(change(&plan, "data.terraform_remote_state.r")["change"]["after_unknown"]["outputs"], true);
    case.run_bare(&["apply", "-auto-approve"]).ok().says("Unable to find remote state");
    let state = case.state();
    assert_eq!(state["check_results"][0]["status"], "fail");
    assert_eq!(state["resources"][0]["instances"][0]["attributes"]["outputs"], Value::Null);
    assert_eq!(state["resources"][1]["name"], "a");
}

#[test]
fn a_data_source_waits_for_what_its_conditions_speak_of() {
    let case = Case::new(&[
        ("other.tfstate", OTHER),
        (
            "main.tf",
            r#"
resource "terraform_data" "a" {}
data "terraform_remote_state" "r" {
  backend = "local"
  config  = { path = "other.tfstate" }
  lifecycle {
    precondition {
      condition     = terraform_data.a.id != ""
      error_message = "a is missing"
    }
  }
}
"#,
        ),
    ]);
    let plan = planned(&case, 2);
    assert_eq!(change(&plan, "data.terraform_remote_state.r")["action_reason"], "read_because_dependency_pending");
    case.run_bare(&["apply", "p"]).ok();
    planned(&case, 0);
}

#[test]
fn defaults_are_no_remote_state() {
    let case = Case::new(&[(
        "main.tf",
        "data \"terraform_remote_state\" \"r\" {\n  backend  = \"local\"\n  config   = { path = \"none.tfstate\" }\n  defaults = { v = 1 }\n}\n",
    )]);
    case.run_bare(&["plan"]).ends(1).error("Unable to find remote state");
}

#[test]
fn a_saved_plan_takes_the_variables_it_was_made_with() {
    let case = Case::new(&[(
        "main.tf",
        "variable \"a\" {\n  default = 1\n}\nvariable \"b\" {\n  type    = object({ x = number, y = optional(string, \"y\") })\n  default = { x = 1 }\n}\noutput \"o\" {\n  value = [var.a, var.b]\n}\n",
    )]);
    case.run_bare(&["plan", "-out=p", "-var", "a=2"]).ok();
    for other in ["a=3", "b={x=2}", "nope=1"] {
        case.run_bare(&["apply", "-var", other, "p"]).ends(1).error("Can't change variable when applying a saved plan");
    }
    case.run_bare(&["apply", "-var", "a=2", "-var", "b={x=\"1\"}", "p"]).ok();
    assert_eq!(case.state()["outputs"]["o"]["value"], json!(["2", {"x": 1, "y": "y"}]));
}

#[test]
fn values_for_variables_are_named_exactly() {
    let case = Case::new(&[("main.tf", "variable \"a\" {\n  default = 1\n}\n"), ("list.tfvars.json", "[{\"a\": 2}]")]);
    case.run_bare(&["plan", "-var-file=list.tfvars.json"]).ends(1).error("Incorrect JSON value type");
    case.run_bare(&["plan", "-var", " a=1"]).ends(1);
}

#[test]
fn infinity_is_not_planned() {
    let case = Case::new(&[("main.tf", "output \"o\" {\n  value = 1 / 0\n}\n")]);
    case.run_bare(&["plan", "-out=p"]).ends(1).error("Failed to write plan file");
}

#[test]
fn providers_are_listed_by_type_and_with_canonical_versions() {
    let case = Case::new(&[(
        "main.tf",
        "terraform {\n  required_providers {\n    tf = {\n      source  = \"terraform.io/builtin/terraform\"\n      version = \">= 1.0\"\n    }\n  }\n}\nresource \"terraform_data\" \"a\" {\n  provider   = tf\n  depends_on = [resource.terraform_data.b]\n}\nresource \"terraform_data\" \"b\" {\n  provider = tf\n}\n",
    )]);
    let configuration = planned(&case, 2)["configuration"].take();
    let entry = |name: &str| json!({"name": name, "full_name": "terraform.io/builtin/terraform", "version_constraint": ">= 1.0.0"});
    assert_eq!(configuration["provider_config"], json!({"terraform": entry("terraform"), "tf": entry("tf")}));
    assert_eq!(configuration["root_module"]["resources"][0]["depends_on"], json!(["terraform_data.b"]));
}

#[test]
fn shown_plans_are_in_the_order_of_addresses() {
    let case = Case::new(&[(
        "main.tf",
        "data \"terraform_remote_state\" \"a\" {\n  backend = \"local\"\n  config = {\n    path = terraform_data.c.output\n  }\n}\nresource \"terraform_data\" \"c\" {\n  input = \"other.tfstate\"\n}\nresource \"terraform_data\" \"b\" {\n  count = 11\n}\n",
    )]);
    let shown = planned(&case, 2);
    let addresses = |of: &Value| -> Vec<String> {
        of.as_array().unwrap().iter().map(|r| r["address"].as_str().unwrap().to_owned()).collect()
    };
    let blocks = addresses(&shown["configuration"]["root_module"]["resources"]);
    assert_eq!(blocks, ["terraform_data.b", "terraform_data.c", "data.terraform_remote_state.a"]);
    // As texts: [10] before [1].
    let planned = addresses(&shown["planned_values"]["root_module"]["resources"]);
    let first = ["data.terraform_remote_state.a", "terraform_data.b[0]", "terraform_data.b[10]", "terraform_data.b[1]"];
    assert_eq!(planned[..4], first);
}

#[test]
fn a_plan_says_which_checks_it_leaves_open() {
    let case = Case::new(&[(
        "main.tf",
        "resource \"terraform_data\" \"a\" {}\ncheck \"c\" {\n  assert {\n    condition     = terraform_data.a.id != \"\"\n    error_message = \"no\"\n  }\n}\n",
    )]);
    let ran = case.run_bare(&["plan"]).ok();
    ran.says("Warning: Check block assertion known after apply").says("terraform_data.a.id");
    case.run_bare(&["apply", "-auto-approve"]).ok();
    assert!(!case.run_bare(&["plan"]).ok().out.contains("Warning"));
}

#[test]
fn a_check_waits_for_what_its_data_source_depends_on() {
    let waiting = CHECK.replace("backend = ", "depends_on = [terraform_data.a]\n    backend = ");
    let case = Case::new(&[("main.tf", &waiting), ("other.tfstate", OTHER)]);
    let plan = planned(&case, 2);
    assert_eq!(change(&plan, "data.terraform_remote_state.r")["action_reason"], "read_because_dependency_pending");
}

#[test]
fn the_folder_that_it_was_started_in() {
    let case = Case::new(&[(
        "sub/main.tf",
        "output \"o\" {\n  value = [basename(path.cwd), path.root, path.module, fileexists(\"main.tf\")]\n}\n",
    )]);
    case.run_bare(&["-chdir=sub", "apply", "-auto-approve"]).ok();
    let state: Value = serde_json::from_str(&case.read("sub/terraform.tfstate")).unwrap();
    assert_eq!(state["outputs"]["o"]["value"], json!(["work", ".", ".", true]));
}

#[test]
fn outputs_that_a_data_source_of_another_state_is_given_are_replaced_by_what_is_read() {
    let config = |outputs: &str| {
        format!(
            "data \"terraform_remote_state\" \"r\" {{\n  backend = \"local\"\n  config  = {{ path = \"other.tfstate\" }}\n  outputs = {outputs}\n}}\noutput \"v\" {{\n  value = data.terraform_remote_state.r.outputs\n}}\n"
        )
    };
    let case = Case::new(&[("other.tfstate", OTHER)]);
    // Terraform takes each of these, and says nothing of them.
    for outputs in ["{ v = \"A\" }", "{}", "5", "[1]"] {
        case.write("main.tf", &config(outputs));
        case.run_bare(&["apply", "-auto-approve"]).ok();
        assert_eq!(case.state()["outputs"]["v"]["value"], json!({"v": "B"}), "{outputs}");
    }
}
