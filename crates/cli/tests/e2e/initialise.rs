//! What has to be initialised before it is used, and what has not.

use crate::case::Case;

const CHILD: &str = "variable \"v\" {}\n\nresource \"terraform_data\" \"c\" {\n  input = var.v\n}\n";

#[test]
fn a_module_is_installed_before_it_is_used() {
    let case = Case::new(&[("main.tf", "module \"m\" {\n  source = \"./m\"\n  v = 1\n}\n"), ("m/main.tf", CHILD)]);
    let before = case.everything();
    for command in [&["plan"][..], &["validate"], &["graph"], &["providers"], &["modules"], &["console"]] {
        case.run_bare(command)
            .ends(1)
            .error("Module not installed")
            .at("main.tf line 2", "\"./m\"")
            .says("craton init");
    }
    assert_eq!(case.everything(), before);
    // Commands that look at the state alone do not ask for it.
    case.run_bare(&["output", "-json"]).ok().says("{}");
    case.run_bare(&["get"]).ok().says("- m in m");
    case.run_bare(&["plan"]).ok().says("module.m.terraform_data.c will be created");
    case.write("n/main.tf", CHILD);
    case.edit("main.tf", "./m", "./n");
    case.run_bare(&["plan"]).ends(1).error("Module source has changed").says("craton init");
    case.run_bare(&["init"]).ok();
    case.run_bare(&["plan"]).ok();
}

#[test]
fn without_modules_and_backend_nothing_has_to_be_initialised() {
    let case = Case::new(&[("main.tf", "resource \"terraform_data\" \"a\" {}\n")]);
    case.run_bare(&["apply", "-auto-approve"]).ok();
}

#[test]
fn a_backend_is_set_up_before_it_is_used() {
    let backend = |path: &str| format!("terraform {{\n  backend \"local\" {{\n    path = \"{path}\"\n  }}\n}}\n");
    let case =
        Case::new(&[("main.tf", "resource \"terraform_data\" \"a\" {}\n"), ("backend.tf", &backend("one.tfstate"))]);
    for command in [&["plan"][..], &["state", "list"], &["output"], &["workspace", "list"]] {
        case.run_bare(command).ends(1).error("Backend initialization required").says("craton init");
    }
    case.run_bare(&["validate"]).ok();
    case.run_bare(&["init"]).ok().says("State is kept in one.tfstate");
    case.run_bare(&["apply", "-auto-approve"]).ok();
    assert!(case.path("one.tfstate").is_file());
    case.write("backend.tf", &backend("two.tfstate"));
    case.run_bare(&["plan"]).ends(1).error("Backend configuration changed").says("-migrate-state");
    case.run_bare(&["init", "-migrate-state", "-reconfigure"]).ends(1).error("Invalid init options");
    // What is given to init counts as long as the block stays as it is, also over what is written there.
    case.run_bare(&["init", "-reconfigure", "-backend-config=path=three.tfstate"]).ok();
    case.run_bare(&["plan"]).ok().says("will be created");
    case.run_bare(&["apply", "-auto-approve"]).ok();
    assert!(case.path("three.tfstate").is_file() && !case.path("two.tfstate").exists());
    case.write("backend.tf", &backend("four.tfstate"));
    case.run_bare(&["plan"]).ends(1).error("Backend configuration changed");
}

#[test]
fn a_module_can_be_copied_to_begin_with() {
    let case = Case::new(&[("source/main.tf", CHILD), ("work/.keep", "")]);
    std::fs::remove_file(case.path("work/.keep")).unwrap();
    case.run_bare(&["-chdir=work", "init", "-from-module=../source"]).ok().says("Copied the configuration");
    assert_eq!(case.read("work/main.tf"), CHILD);
    case.run_bare(&["-chdir=work", "init", "-from-module=../source"]).ends(1).error("Folder is not empty");
    std::fs::create_dir(case.path("other")).unwrap();
    case.run_bare(&["-chdir=other", "init", "-from-module=../nowhere"]).ends(1).error("Unreadable module directory");
    case.run_bare(&["-chdir=other", "init", "-from-module=.."]).ends(1).error("Module cannot be copied");
}

#[test]
fn init_tells_tools_what_it_does() {
    let case = Case::new(&[("main.tf", "module \"m\" {\n  source = \"./m\"\n  v = 1\n}\n"), ("m/main.tf", CHILD)]);
    let ran = case.run_bare(&["init", "-json"]).ok();
    let messages: Vec<serde_json::Value> = ran.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let told: Vec<&str> = messages.iter().map(|m| m["message_code"].as_str().or(m["type"].as_str()).unwrap()).collect();
    assert_eq!(
        told,
        [
            "version",
            "initializing_modules_message",
            "log",
            "initializing_backend_message",
            "initializing_provider_plugin_message",
            "log",
            "output_init_success_message",
            "output_init_success_cli_message"
        ]
    );
    assert_eq!(messages[2]["@message"], "- m in m");
    assert_eq!(messages[5]["@message"], "- terraform.io/builtin/terraform is built in");
}

#[test]
fn what_a_caller_would_pass_is_missed_by_those_who_use_it() {
    let required = "terraform {\n  required_providers {\n    terraform = {\n      source = \"terraform.io/builtin/terraform\"\n      configuration_aliases = [terraform.x]\n    }\n  }\n}\n";
    let case = Case::new(&[("main.tf", required)]);
    case.run_bare(&["init"]).ok();
    case.run_bare(&["get"]).ok();
    case.run_bare(&["providers"]).ok();
    case.run_bare(&["validate"]).ok();
    case.run_bare(&["plan"])
        .ends(1)
        .error("Missing required provider configuration")
        .at("main.tf line 5", "terraform.x");
    case.write("used.tf", "resource \"terraform_data\" \"a\" {\n  provider = terraform.x\n}\n");
    case.run_bare(&["validate"]).ends(1).error("Provider configuration not present");
    case.write("a.tftest.hcl", "provider \"terraform\" {\n  alias = \"x\"\n}\nrun \"a\" {}\n");
    case.run_bare(&["test"]).ok().says("1 passed, 0 failed.");
    case.write("x.tf", "provider \"terraform\" {\n  alias = \"x\"\n}\n");
    case.run_bare(&["plan"]).ok().says("1 to add");
    let none = Case::new(&[("main.tf", "resource \"terraform_data\" \"a\" {\n  provider = terraform.x\n}\n")]);
    none.run_bare(&["init"]).ok();
    none.run_bare(&["plan"]).ends(1).error("Provider configuration not present").at("main.tf line 2", "terraform.x");
}

#[test]
fn the_built_in_provider_has_no_versions() {
    let case = Case::new(&[("main.tf", "terraform {\n  required_providers {\n    terraform = \">= 1.0\"\n  }\n}\n")]);
    case.run_bare(&["init"]).ends(1).error("Invalid dependency on built-in provider");
    case.run_bare(&["plan"]).ok();
}
