//! Mistakes in units: each is shown where it stands, and nothing is done.

use std::path::PathBuf;

use crate::case::{Case, Frame, Ran};
use crate::many::MODULE;

const SOURCE: &str = "terraform {\n  source = \"../../modules/m\"\n}\n";

/// A case with a unit `app` of this text and others, beside the module.
fn case(app: &str, others: &[(&str, &str)]) -> Case {
    let case = Case::new(&[("modules/m/main.tf", MODULE)]);
    case.write("live/app/terragrunt.hcl", app);
    for (path, text) in others {
        case.write(path, text);
    }
    case
}

/// What a run may have changed, without working copies, which are made before anything is known.
fn lasting(case: &Case) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = case.everything();
    all.retain(|(path, _)| {
        let within = path.iter().any(|p| p == ".terragrunt-cache");
        !within || path.to_string_lossy().contains("tfstate") && !path.iter().any(|p| p == ".terraform")
    });
    all
}

/// Applies the unit alone and among all, and gives the error with this summary.
#[track_caller]
fn refused(case: &Case, summary: &str) -> Frame {
    let before = lasting(case);
    let alone = case.run(&["--working-dir", "live/app", "--non-interactive", "apply", "-auto-approve"]).ends(1);
    let all = case.run(&["--working-dir", "live", "--non-interactive", "run", "--all", "apply"]).ends(1);
    all.says(summary);
    assert_eq!(lasting(case), before, "something was done");
    alone.error(summary)
}

#[test]
fn a_missing_parent_file() {
    let text = format!("include \"root\" {{\n  path = find_in_parent_folders(\"none.hcl\")\n}}\n{SOURCE}");
    let found = refused(&case(&text, &[]), "Error in function call");
    found.at("live/app/terragrunt.hcl line 2", "find_in_parent_folders").says("Could not find a none.hcl");
}

#[test]
fn a_dependency_that_is_no_unit() {
    let text = format!("{SOURCE}dependency \"db\" {{\n  config_path = \"../db\"\n}}\n");
    let found = refused(&case(&text, &[("live/db/main.tf", "")]), "Invalid dependency");
    found.at("live/app/terragrunt.hcl line 5", "\"../db\"").says("there is no unit");
}

#[test]
fn a_dependency_without_outputs() {
    let text = format!(
        "{SOURCE}dependency \"db\" {{\n  config_path = \"../db\"\n}}\ninputs = {{\n  text = dependency.db.outputs.id\n}}\n"
    );
    let case = case(&text, &[("live/db/terragrunt.hcl", SOURCE)]);
    let before = lasting(&case);
    let ran = case.run(&["--working-dir", "live/app", "--non-interactive", "apply", "-auto-approve"]).ends(1);
    let found = ran.error("Dependency has no outputs").at("live/app/terragrunt.hcl line 4", "dependency \"db\"");
    found.says("has not been applied yet").says("mock_outputs");
    assert_eq!(lasting(&case), before, "something was done");
}

#[test]
fn a_generated_file_that_is_there() {
    let text = format!(
        "{SOURCE}generate \"main\" {{\n  path      = \"main.tf\"\n  if_exists = \"error\"\n  contents  = \"\"\n}}\n"
    );
    let found = refused(&case(&text, &[]), "Generated file already exists");
    found.at("live/app/terragrunt.hcl line 4", "generate \"main\"").says("if_exists is \"error\"");
}

#[test]
fn an_include_of_an_include() {
    let text = format!("include \"one\" {{\n  path = \"../one.hcl\"\n}}\n{SOURCE}");
    let others = [("live/one.hcl", "include \"two\" {\n  path = \"two.hcl\"\n}\n"), ("live/two.hcl", "")];
    let found = refused(&case(&text, &others), "Nested include");
    found.at("live/one.hcl line 1", "include \"two\"").says("Only one level is possible");
}

/// A unit with its state in a bucket, and what a run without credentials says.
fn without_credentials(text: &str, others: &[(&str, &str)], command: &[&str]) -> Ran {
    let case = case(text, others);
    let before = lasting(&case);
    let ran = case.run_bare(&[&["--working-dir", "live/app", "--non-interactive"], command].concat()).ends(1);
    assert_eq!(lasting(&case), before, "something was done");
    ran
}

#[test]
fn a_state_bucket_without_credentials() {
    let state = "remote_state {\n  backend = \"s3\"\n  generate = {\n    path      = \"backend.tf\"\n    if_exists = \"overwrite\"\n  }\n  config = {\n    bucket = \"states\"\n    key    = \"app\"\n    region = \"eu-west-1\"\n  }\n}\n";
    let unit = format!("{SOURCE}{state}");
    for command in [&["apply", "-auto-approve"][..], &["plan"], &["output"]] {
        let ran = without_credentials(&unit, &[], command);
        let found = ran.error("No usable AWS credentials").at("live/app/terragrunt.hcl line 4", "remote_state");
        found.says("states").says("AWS_ACCESS_KEY_ID");
    }
    // Of a unit that another one needs, it is that one's block.
    let text = format!("{SOURCE}dependency \"db\" {{\n  config_path = \"../db\"\n}}\n");
    let ran = without_credentials(&text, &[("live/db/terragrunt.hcl", &unit)], &["plan"]);
    ran.error("No usable AWS credentials").at("live/db/terragrunt.hcl line 4", "remote_state");
    // A profile that nobody has.
    let named = unit.replace("region = ", "profile = \"nobody\"\n    region = ");
    let ran = without_credentials(&named, &[], &["plan"]);
    ran.error("No usable AWS credentials").says("in the profile \"nobody\"");
}
