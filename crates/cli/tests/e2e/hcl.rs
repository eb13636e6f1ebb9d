//! `hcl fmt` and `hcl validate`.

use serde_json::{Value, json};

use crate::case::Case;

const UGLY: &str = "locals {\na=1\n  bb = 2\n}\n";
const NEAT: &str = "locals {\n  a  = 1\n  bb = 2\n}\n";

fn ugly() -> Case {
    Case::new(&[
        ("live/a/terragrunt.hcl", UGLY),
        ("live/b/terragrunt.stack.hcl", UGLY),
        ("live/root.hcl", NEAT),
        ("live/a/.terragrunt-cache/x/terragrunt.hcl", UGLY),
        ("live/skipped/env.hcl", UGLY),
    ])
}

#[test]
fn fmt_changes_what_differs() {
    let case = ugly();
    let before = case.everything();
    let ran = case.run(&["--working-dir", "live", "hcl", "fmt", "--check", "--exclude-dir", "skipped"]).ends(1);
    ran.says("a/terragrunt.hcl is not formatted").says("b/terragrunt.stack.hcl").error("Files are not formatted");
    assert!(before == case.everything());
    let out = case.run(&["--working-dir", "live", "hcl", "format", "--exclude-dir=skipped"]).ok().out;
    assert_eq!(out, "a/terragrunt.hcl\nb/terragrunt.stack.hcl\n");
    assert_eq!(case.read("live/a/terragrunt.hcl"), NEAT);
    assert_eq!(case.read("live/a/.terragrunt-cache/x/terragrunt.hcl"), UGLY);
    assert_eq!(case.read("live/skipped/env.hcl"), UGLY);
    // As it was spelled before.
    assert_eq!(case.run(&["hclfmt", "--terragrunt-working-dir", "live"]).ok().out, "skipped/env.hcl\n");
}

#[test]
fn fmt_shows_differences_and_takes_files_and_paths() {
    let case = ugly();
    let out = case.run(&["hcl", "fmt", "--diff", "--check", "--file", "live/a/terragrunt.hcl"]).ends(1).out;
    assert!(
        out.starts_with("--- old/live/a/terragrunt.hcl\n+++ new/live/a/terragrunt.hcl\n@@ -1,4 +1,4 @@\n"),
        "{out}"
    );
    case.run(&["hcl", "fmt", "--check", "--filter", "./live/root.hcl"]).ok();
    case.run(&["hcl", "fmt", "--check", "--filter", "./live/** | !./**/*.stack.hcl", "--filter", "!./**/skipped/*"])
        .ends(1)
        .says("One file is not formatted");
    case.run(&["hcl", "fmt", "--filter", "type=unit"]).ends(1).error("Filter is not for files").says("type=unit");
    case.write("live/a/terragrunt.hcl", "locals {\n");
    case.run(&["hcl", "fmt"]).ends(1).says("live/a/terragrunt.hcl");
}

#[test]
fn fmt_of_standard_input() {
    use std::io::Write as _;
    let case = Case::new(&[]);
    let mut command = case.command(&["hcl", "fmt", "--stdin"]);
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(UGLY.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    assert_eq!((out.status.code(), String::from_utf8(out.stdout).unwrap().as_str()), (Some(0), NEAT));
    case.run(&["hcl", "fmt", "--stdin", "--file", "x.hcl"]).ends(1).error("Incompatible flags");
}

#[test]
fn validate_finds_everything_at_once() {
    let case = Case::new(&[
        (
            "live/ok/terragrunt.hcl",
            "dependency \"later\" {\n  config_path = \"../not-yet\"\n}\ninputs = { a = dependency.later.outputs.b }\n",
        ),
        ("live/bad/terragrunt.hcl", "locals {\n  a =\n}\n"),
        ("live/worse/terragrunt.hcl", "dependency \"d\" {\n}\nlocals {\n  x = dependency.d.outputs.y\n}\n"),
    ]);
    case.run(&["hcl", "validate", "--filter", "./live/ok"]).ok().says("Warning: Invalid dependency");
    case.run(&["hcl", "validate"]).ends(1).says("Missing expression").says("3 HCL validation error(s) found");
    let found: Value = serde_json::from_str(&case.run(&["hcl", "validate", "--json"]).ends(1).out).unwrap();
    let of = |i: usize| (found[i]["summary"].as_str().unwrap(), found[i]["range"]["start"].clone());
    assert_eq!(of(0), ("Invalid expression", json!({ "line": 2, "column": 6, "byte": 14 })));
    assert_eq!(of(1), ("Missing required argument", json!({ "line": 1, "column": 16, "byte": 15 })));
    assert_eq!(of(2), ("Can't evaluate expression", json!({ "line": 4, "column": 7, "byte": 34 })));
    assert!(found[0]["range"]["filename"].as_str().unwrap().ends_with("/live/bad/terragrunt.hcl"));
    let paths: Value =
        serde_json::from_str(&case.run(&["hcl", "validate", "--json", "--show-config-path"]).ends(1).out).unwrap();
    let ends = |i: usize, end: &str| paths[i].as_str().unwrap().ends_with(end);
    assert!(ends(0, "/live/bad/terragrunt.hcl") && ends(1, "/live/worse/terragrunt.hcl"), "{paths}");
    case.run(&["hcl", "validate", "--strict"]).ends(1).error("Incompatible flags");
}

#[test]
fn validate_compares_inputs_with_variables() {
    let module = "variable \"needed\" {}\nvariable \"more\" { default = 1 }\nmodule \"m\" { source = var.needed }\n";
    let case = Case::new(&[
        ("u/main.tf", module),
        ("u/terragrunt.hcl", "inputs = { needed = 1, unknown = 2 }\n"),
        ("v/main.tf", module),
        ("v/terragrunt.hcl", ""),
    ]);
    let u = ["hcl", "validate", "--inputs", "--filter", "./u"];
    case.run(&u).ok().says("Inputs are not used").says("- unknown").says("1 of 1 units");
    case.run(&[&u[..], &["--strict"]].concat()).ends(1).error("Inputs are not used");
    let v = ["hcl", "validate", "--inputs", "--filter", "./v"];
    case.run(&v).ends(1).error("Required inputs are missing").says("- needed");
    case.run(&[&v[..], &["-var=needed=x"]].concat()).ok();
    let mut command = case.command(&v);
    case.finish(std::mem::replace(command.env("TF_VAR_needed", "x"), std::process::Command::new("true"))).ok();
    case.write("v/x.auto.tfvars", "needed = 1\n");
    case.run(&v).ok();
    // As it was spelled before.
    case.run(&["--working-dir", "v", "validate-inputs"]).ok().says("1 of 1 units");
}
