//! `plan -generate-config-out`.

use serde_json::Value;

use crate::case::Case;

fn import(to: &str) -> String {
    format!("import {{\n  to = {to}\n  id = \"abc\"\n}}\n")
}

#[test]
fn configuration_is_written_for_what_has_none() {
    let case = Case::new(&[("main.tf", &import("terraform_data.a"))]);
    let refused = case.run_bare(&["plan"]).ends(1);
    refused.error("Configuration for import target does not exist").says("-generate-config-out=");
    case.run_bare(&["plan", "-generate-config-out=gen.tf", "-out=p"])
        .ok()
        .says("1 to import")
        .says("written to gen.tf");
    let want = "# __generated__ by craton\n# Please review these resources and move them into your main configuration files.\n\n# __generated__ by craton from \"abc\"\nresource \"terraform_data\" \"a\" {\n  input            = null\n  triggers_replace = null\n}\n";
    assert_eq!(case.read("gen.tf"), want);
    let doc: Value = serde_json::from_str(&case.run_bare(&["show", "-json", "p"]).ok().out).unwrap();
    let change = &doc["resource_changes"][0]["change"];
    assert_eq!(change["importing"]["id"], "abc");
    let block = "resource \"terraform_data\" \"a\" {\n  input            = null\n  triggers_replace = null\n}";
    assert_eq!(change["generated_config"], block);
    let again = case.run_bare(&["plan", "-generate-config-out=gen.tf"]).ends(1);
    again.error("Target generated file already exists");
    // The plan holds what was generated, whatever becomes of the file.
    std::fs::remove_file(case.path("gen.tf")).unwrap();
    case.run_bare(&["apply", "p"]).ok().says("1 imported");
    case.write("gen.tf", want);
    case.run_bare(&["plan"]).ok().says("No changes.");
}

#[test]
fn in_a_folder_of_its_own_and_for_tools() {
    let case = Case::new(&[("main.tf", &import("terraform_data.a"))]);
    let ran = case.run_bare(&["plan", "-generate-config-out=new/gen.tf", "-json"]).ok();
    let change =
        ran.out.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()).find(|m| m["type"] == "planned_change");
    let change = change.unwrap()["change"].clone();
    assert_eq!(change["action"], "import");
    assert!(change["generated_config"].as_str().unwrap().starts_with("resource \"terraform_data\" \"a\""));
    assert!(case.read("new/gen.tf").contains("resource \"terraform_data\" \"a\""));
}

#[test]
fn not_where_several_or_none_would_be_needed() {
    let refused = |to: &str| {
        let case = Case::new(&[("main.tf", &import(to))]);
        let ran = case.run_bare(&["plan", "-generate-config-out=gen.tf"]).ends(1);
        ran.error("Configuration for import target does not exist");
        assert!(!case.path("gen.tf").exists());
    };
    refused("terraform_data.a[0]");
    refused("module.m.terraform_data.a");
    let case = Case::new(&[("main.tf", &import("terraform_data.a"))]);
    let ran = case.run_bare(&["plan", "-destroy", "-generate-config-out=gen.tf"]).ends(1);
    ran.error("Invalid generate-config-out flag");
}
