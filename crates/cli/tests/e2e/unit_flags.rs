//! Terragrunt's flags: what they do, and what is said of those that stand where they mean nothing.

use serde_json::Value;

use crate::case::Case;
use crate::many::{MODULE, all, tree, unit};

#[test]
fn flags_that_stand_where_they_mean_nothing() {
    let case = tree();
    case.run(&["run", "--no-include-root"]).ends(1).says(
        "flag `--no-include-root` is not a valid flag for `run`. Did you mean to use `catalog --no-include-root`?",
    );
    case.run(&["-raw", "init"]).ends(1).says("flag `--raw` is not a valid global flag. Did you mean to use");
    case.run(&["run", "--platform"]).ends(1).says("flag `-platform` is not a Terragrunt flag.");
    // Terraform's own may stand before the command, and behind two dashes.
    for args in [
        &["run", "-refresh=false", "plan"][..],
        &["run", "--non-interactive", "-refresh=false", "--", "plan"],
        &["plan", "--", "-refresh=false"],
        &["run", "-all", "plan"],
    ] {
        case.run(&[&["--working-dir", "live/mon"], args].concat()).ok();
    }
}

#[test]
fn hooks_are_told_and_can_be_left_out() {
    let hook = "terraform {\n  source = \"../../modules/m\"\n  before_hook \"h\" {\n    commands = [\"plan\"]\n    execute  = [\"echo\", \"RAN\"]\n  }\n}\n";
    let case = Case::new(&[("modules/m/main.tf", MODULE), ("live/u/terragrunt.hcl", hook)]);
    let run = |more: &[&str]| case.run(&[&["--working-dir", "live/u", "plan"], more].concat());
    run(&[]).ok().says("Executing hook: h").says("RAN");
    run(&["--log-level", "debug"]).ok().says("Running command: echo RAN");
    let ran = run(&["--no-hooks", "--experiment", "optional-hooks"]).ok();
    assert!(!ran.out.contains("RAN") && !ran.err.contains("Executing"), "{ran}");
    run(&["--no-hooks"]).ends(1).error("Experiment is not enabled").says("optional-hooks");
}

#[test]
fn a_source_that_is_not_there_has_its_error_hooks() {
    let hook = "terraform {\n  source = \"../nowhere\"\n  error_hook \"e\" {\n    commands  = [\"init-from-module\"]\n    execute   = [\"echo\", \"TOLD\"]\n    on_errors = [\"no folder\"]\n  }\n}\n";
    let case = Case::new(&[("u/terragrunt.hcl", hook)]);
    case.run(&["--working-dir", "u", "plan"]).ends(1).says("TOLD").error("Invalid terraform.source");
}

#[test]
fn outputs_of_others_can_be_left_alone() {
    let case = tree();
    let flags = ["--no-dependency-outputs", "--experiment", "optional-dependency-outputs"];
    case.run(&["--working-dir", "live/db", "plan"]).ends(1).error("Dependency has no outputs");
    case.run(&[&["--working-dir", "live/db", "plan"], &flags[..]].concat()).ok().says("Known after other units");
    all(&case, &[&["run", "--all", "validate"], &flags[..]].concat()).ok().says("Succeeded 4");
}

#[test]
fn a_report_of_one_unit_and_times_of_many() {
    let case = tree();
    case.run(&["--working-dir", "live/mon", "plan", "--report-file", "r.json", "--report-schema-file", "s.json"]).ok();
    let rows: Value = serde_json::from_str(&case.read("live/mon/r.json")).unwrap();
    assert_eq!(
        (rows.as_array().unwrap().len(), &rows[0]["Name"], &rows[0]["Result"]),
        (1, &"mon".into(), &"succeeded".into())
    );
    assert!(case.read("live/mon/s.json").contains("Terragrunt Run Report Schema"));
    case.run(&["--working-dir", "live/db", "plan", "--report-file", "r.json"]).ends(1);
    let rows: Value = serde_json::from_str(&case.read("live/db/r.json")).unwrap();
    assert_eq!((&rows[0]["Result"], &rows[0]["Reason"]), (&"failed".into(), &"run error".into()));
    let out = all(&case, &["run", "--all", "plan", "--summary-per-unit"]).ok().out;
    assert!(out.contains("   Succeeded (4)\n      "), "{out}");
    assert!(out.contains("\n      vpc . 0."), "{out}");
}

#[test]
fn dependents_are_named_before_a_unit_goes() {
    let case = tree();
    all(&case, &["run", "--all", "apply"]).ok();
    let vpc = ["--working-dir", "live/vpc", "destroy", "-auto-approve", "--graph-root", ".."];
    let ran = case.run(&[&vpc[..], &["--destroy-dependencies-check"]].concat()).ends(1);
    ran.says("Detected dependent units:").says("live/db").says("No answer");
    case.run(&[&vpc[..], &["--destroy-dependencies-check", "--non-interactive"]].concat()).ok().says("live/app");
}

#[test]
fn saved_plans_that_destroy_go_dependents_first() {
    let case = tree();
    all(&case, &["run", "--all", "apply"]).ok();
    all(&case, &["run", "--all", "--out-dir", "plans", "plan", "-destroy"]).ok();
    let ran = all(&case, &["run", "--all", "--out-dir", "plans", "apply"]).ok();
    let at = |text: &str| ran.out.find(text).unwrap();
    assert!(at("[app] Destroy complete") < at("[db] Destroy complete"), "{ran}");
    assert!(at("[db] Destroy complete") < at("[vpc] Destroy complete"), "{ran}");
}

#[test]
fn debugging_inputs() {
    let case = Case::new(&[("modules/m/main.tf", MODULE)]);
    case.write("live/u/terragrunt.hcl", &unit(&[], "inputs = { text = \"t\", unknown = 1 }\n"));
    case.run(&["--working-dir", "live/u", "plan", "--inputs-debug"]).ok().says("-var-file=");
    let written: Value = serde_json::from_str(&case.read("live/u/terragrunt-debug.tfvars.json")).unwrap();
    assert_eq!(written, serde_json::json!({ "text": "t" }));
}

#[test]
fn logs_in_other_forms() {
    let case = tree();
    let form = "--log-custom-format=%level(case=upper,width=6) <%prefix(path=short-relative)> %tf-command-args: %msg";
    let out = all(&case, &[form, "run", "--all", "init", "--filter", "mon"]).ok().out;
    assert!(out.contains("STDOUT <mon> init -input=false: Initializing provider plugins...\n"), "{out}");
    all(&case, &["--log-custom-format=%what", "run", "--all", "init"])
        .ends(1)
        .says("invalid placeholder name \"what\"");
    let out = all(&case, &["--log-format=json", "run", "--all", "init", "--filter", "mon"]).ok().out;
    let line: Value = serde_json::from_str(out.lines().find(|l| l.contains("provider plugins")).unwrap()).unwrap();
    assert_eq!(line["tf-command-args"], serde_json::json!(["init", "-input=false"]));
    assert!(line["working-dir"].as_str().unwrap().contains("/live/"));
    let out = case.run(&["--working-dir", "live/mon", "--log-format=bare", "init"]).ok().out;
    assert!(out.starts_with("Initializing"), "{out}");
}

#[test]
fn functions_that_make_something_up_do_so_at_once() {
    let more = "locals {\n  id = run_cmd(\"--terragrunt-quiet\", \"echo\", uuid())\n}\ninputs = { text = \"${length(local.id)} ${length(timestamp())}\" }\n";
    let case = Case::new(&[("modules/m/main.tf", MODULE), ("live/u/terragrunt.hcl", &unit(&[], more))]);
    case.run(&["--working-dir", "live/u", "plan"]).ok().says("text = \"36 20\"");
}

#[test]
fn arguments_of_blocks_may_be_two_words() {
    let source = "terraform {\n  source = \"../../modules/m\"\n  extra_arguments \"v\" {\n    commands  = [\"plan\"]\n    arguments = [\"-var\", \"text=two words\", \"-out\", \"${get_terragrunt_dir()}/p\"]\n  }\n}\n";
    let case = Case::new(&[("modules/m/main.tf", MODULE), ("live/u/terragrunt.hcl", source)]);
    case.run(&["--working-dir", "live/u", "plan"]).ok().says("two words");
    assert!(case.path("live/u/p").is_file());
}

#[test]
fn versions_come_before_everything_else() {
    let case = Case::new(&[("u/terragrunt.hcl", "terragrunt_version_constraint = \">= 99\"\nfrom_the_future = 1\n")]);
    let ran = case.run(&["--working-dir", "u", "plan"]).ends(1);
    assert!(!ran.err.contains("from_the_future"), "{ran}");
    ran.error("Unsupported Terragrunt version");
}

#[test]
fn a_module_that_changes_is_read_by_its_units() {
    let case = tree();
    case.write("modules/other/main.tf", "");
    case.write("live/x/terragrunt.hcl", "terraform {\n  source = \"../../modules/other\"\n}\n");
    let find =
        |file: &str| case.run(&["--working-dir", "live", "find", "--filter", &format!("reading={file}")]).ok().out;
    assert_eq!(find("../modules/other/main.tf"), "x\n");
    assert_eq!(find("../modules/m/main.tf"), "app\ndb\nmon\nvpc\n");
}

#[test]
fn failures_say_where_they_are() {
    let case = Case::new(&[
        ("root.hcl", "inputs = { a = file(\"nowhere\") }\n"),
        (
            "u/terragrunt.hcl",
            "include \"root\" {\n  path   = find_in_parent_folders(\"root.hcl\")\n  expose = true\n}\ninputs = { b = include.root.inputs.a }\n",
        ),
        ("v/terragrunt.hcl", "locals {\n  a = file(\"nowhere\")\n}\n"),
    ]);
    case.run(&["--working-dir", "u", "plan"]).ends(1).says("exposed include \"root\"");
    case.run(&["--working-dir", "v", "plan"])
        .ends(1)
        .says("Encountered error while evaluating locals in file ./v/terragrunt.hcl");
}

#[test]
fn retries_as_earlier_versions_spelled_them() {
    let text = "terraform {\n  source = \"../../modules/m\"\n  before_hook \"h\" {\n    commands = [\"plan\"]\n    execute  = [\"sh\", \"-c\", \"test -f ready || { touch ready; echo not yet >&2; exit 1; }\"]\n  }\n}\nretryable_errors         = [\"(?s).*not yet.*\"]\nretry_max_attempts       = 2\nretry_sleep_interval_sec = 0\n";
    let case = Case::new(&[("modules/m/main.tf", MODULE), ("live/u/terragrunt.hcl", text)]);
    let ran = case.run(&["--working-dir", "live/u", "plan"]).ok();
    ran.says("Encountered retryable error: retryable_errors").says("Deprecated argument");
}

#[test]
fn a_list_for_a_text_is_json() {
    let module = "variable \"text\" {\n  type = string\n}\noutput \"text\" {\n  value = var.text\n}\n";
    let case = Case::new(&[("modules/m/main.tf", module)]);
    case.write("live/u/terragrunt.hcl", &unit(&[], "inputs = { text = [1, { a = true }] }\n"));
    case.run(&["--working-dir", "live/u", "apply", "-auto-approve"]).ok();
    assert_eq!(case.run(&["--working-dir", "live/u", "output", "-raw", "text"]).ok().out, "[1,{\"a\":true}]");
}

#[test]
fn the_plan_of_a_tree_unit_by_unit() {
    let case = tree();
    all(&case, &["run", "--all", "plan", "-out=tree.plan"]).ok();
    let out = all(&case, &["run", "--all", "show", "-json", "tree.plan"]).ok().out;
    let plans: Vec<Value> = out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(plans.len(), 4);
    assert!(plans.iter().all(|p| p["format_version"].is_string()));
    all(&case, &["run", "--all", "show", "tree.plan"]).ok().says("4 units: 4 to add");
}

#[test]
fn removed_units_are_destroyed_where_that_is_allowed() {
    let case = Case::new(&[("modules/m/main.tf", MODULE)]);
    let state = "remote_state {\n  backend  = \"s3\"\n  generate = { path = \"b.tf\", if_exists = \"overwrite\" }\n  config = {\n    bucket = \"states\"\n    key    = \"${path_relative_from_repo()}\"\n    region = \"eu-west-1\"\n  }\n}\n"
        .replace("path_relative_from_repo", "get_path_from_repo_root");
    for name in ["old", "older", "new"] {
        let needs: &[&str] = if name == "older" { &["old"] } else { &[] };
        case.write(&format!("live/{name}/terragrunt.hcl"), &unit(needs, &state));
    }
    let git = |args: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.args(["-c", "user.name=t", "-c", "user.email=t@example.invalid"]).args(args);
        assert!(command.current_dir(case.folder()).output().unwrap().status.success(), "{args:?}");
    };
    git(&["init", "-q", "-b", "main"]);
    std::fs::write(case.path(".gitignore"), ".terragrunt-cache\n*.tfstate*\n").unwrap();
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "a"]);
    all(&case, &["run", "--all", "apply"]).ok();
    git(&["rm", "-q", "-r", "live/old", "live/older"]);
    git(&["commit", "-q", "-m", "b"]);
    let changed = ["run", "--all", "--filter", "[HEAD~1...HEAD]"];
    all(&case, &[&changed[..], &["plan"]].concat()).ok().says("old was removed since").says("--filter-allow-destroy");
    let ran =
        all(&case, &[&changed[..], &["--filter-allow-destroy", "--report-file", "r.json", "apply"]].concat()).ok();
    assert!(
        ran.out.find("[older] Destroy complete").unwrap() < ran.out.find("[old] Destroy complete").unwrap(),
        "{ran}"
    );
    let rows: Value = serde_json::from_str(&case.read("live/r.json")).unwrap();
    let mut names: Vec<_> = rows.as_array().unwrap().iter().map(|r| r["Name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["old", "older"]);
    let objects = case.aws("s3", "ListObjectsV2", serde_json::json!({ "Bucket": "states" })).to_string();
    assert!(objects.contains("live/new"), "{objects}");
    // The copy of the earlier commit is gone.
    let listed =
        std::process::Command::new("git").args(["worktree", "list"]).current_dir(case.folder()).output().unwrap();
    assert_eq!(String::from_utf8(listed.stdout).unwrap().lines().count(), 1);
}
