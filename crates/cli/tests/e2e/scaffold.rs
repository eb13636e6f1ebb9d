//! `scaffold`

use crate::case::Case;

const MODULE: &str = r#"
variable "name" {
  type        = string
  description = "What it is called."
}
variable "sizes" {
  type    = list(number)
  default = [1, 2]
}
variable "zone" {}
"#;

#[test]
fn a_unit_for_a_module() {
    let case = Case::new(&[("modules/m/main.tf", MODULE)]);
    let ran = case.run(&["scaffold", "./modules/m", "--output-folder", "live/u", "--var=zone=a", "--var=else=1"]).ok();
    ran.says("Set its 1 required inputs").says("Unknown variable").says("else");
    let want = "terraform {\n  source = \"../../modules/m\"\n}\n\ninclude \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n\ninputs = {\n\n  # Required\n\n  # What it is called.\n  # Type: string\n  name = \"\" # required\n\n  # Type: any\n  zone = \"a\"\n\n  # Optional: these are the defaults\n\n  # Type: list(number)\n  # sizes = [1, 2]\n}\n";
    assert_eq!(case.read("live/u/terragrunt.hcl"), want);
    // It is a unit.
    case.write("live/root.hcl", "");
    case.run(&["--working-dir", "live/u", "plan"]).ok();
    case.run(&["scaffold", "./modules/m", "--output-folder", "live/u"]).ends(1).error("File exists");
    case.run(&["scaffold", "./modules/m", "--output-folder", "v", "--no-include-root"]).ok();
    assert!(!case.read("v/terragrunt.hcl").contains("include"));
    case.run(&["scaffold", "./nowhere"]).ends(1).error("Invalid source").says("there is no folder");
    case.run(&["scaffold", "./live"]).ends(1).error("Not a module");
}

#[test]
fn a_unit_of_the_catalog_is_copied() {
    let case =
        Case::new(&[("units/u/terragrunt.hcl", "inputs = { a = values.a }\n"), ("units/u/x/extra.hcl", "# e\n")]);
    case.run(&["scaffold", "units/u", "--output-folder", "live/u"]).ok().says("Copied");
    assert_eq!(case.read("live/u/terragrunt.hcl"), "inputs = { a = values.a }\n");
    assert_eq!(case.read("live/u/x/extra.hcl"), "# e\n");
    let before = case.everything();
    case.run(&["scaffold", "units/u", "--output-folder", "live/u"]).ends(1).error("File exists");
    assert!(before == case.everything());
}

#[test]
fn what_there_is_to_start_from() {
    let case = Case::new(&[
        ("repo/modules/m/main.tf", MODULE),
        ("repo/modules/m/README.md", "# The module\n\nMakes things.\n"),
        ("repo/modules/m/examples/x/main.tf", ""),
        ("repo/units/u/terragrunt.hcl", ""),
        ("repo/stacks/s/terragrunt.stack.hcl", ""),
        ("live/root.hcl", "catalog {\n  urls = [\"${get_terragrunt_dir()}/../repo\"]\n}\n"),
        ("live/a/terragrunt.hcl", ""),
    ]);
    let lines = case.run(&["--working-dir", "live/a", "catalog", "--format", "jsonl"]).ok().out;
    let found: Vec<serde_json::Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let kinds: Vec<_> = found.iter().map(|e| (e["dir"].as_str().unwrap(), e["kind"].as_str().unwrap())).collect();
    assert_eq!(kinds, [("modules/m", "module"), ("stacks/s", "stack"), ("units/u", "unit")]);
    assert_eq!((&found[0]["title"], &found[0]["description"]), (&"The module".into(), &"Makes things.".into()));
    case.run(&["catalog", "./repo"]).ok().says("The module module").says("craton scaffold './repo//modules/m'");
    case.run(&["catalog", "--format=md", "./repo"]).ok().says("Discovered 3 components from 1 source.");
    case.run(&["catalog"]).ends(1).error("No catalog");
}
