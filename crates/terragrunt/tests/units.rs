//! Units in temporary trees: what they evaluate to, what is written, what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use craton_model::{Diagnostics, Value};
use craton_terragrunt::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A tree of files.
struct Tree(tempfile::TempDir);

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for (path, text) in files {
            tree.write(path, text);
        }
        tree
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().canonicalize().unwrap().join(path)
    }

    fn load(&self, unit: &str, options: Options) -> Result<Unit, Diagnostics> {
        Terragrunt::new(options, Arc::new(World::default())).load(&self.path(unit))
    }
}

/// An outside world that holds outputs by folder name.
#[derive(Default)]
struct World {
    outputs: BTreeMap<String, Value>,
    echoed: Mutex<Vec<String>>,
}

impl Outside for World {
    fn aws_identity(&self, role: &IamRole) -> Result<AwsIdentity, String> {
        let arn = role.role.clone().unwrap_or_else(|| "arn:user".into());
        Ok(AwsIdentity { account: "123456789012".into(), arn, user_id: "AIDA".into() })
    }

    fn aws_account_alias(&self, _: &IamRole) -> Result<String, String> {
        Ok("alias".into())
    }

    fn outputs(&self, _: &Arc<Terragrunt>, unit: &Path) -> Result<Option<Value>, Diagnostics> {
        Ok(self.outputs.get(unit.file_name().unwrap().to_str().unwrap()).cloned())
    }

    fn echo(&self, text: &str) {
        self.echoed.lock().unwrap().push(text.to_owned());
    }
}

fn options() -> Options {
    let env = std::env::vars().filter(|(k, _)| k == "PATH").chain([("STAGE".into(), "test".into())]);
    Options { env: env.collect(), command: "plan".into(), cli_args: vec!["plan".into()], ..Options::default() }
}

fn messages(result: Result<Unit, Diagnostics>) -> Vec<String> {
    let found = result.err().expect("an error");
    found.0.iter().map(|d| format!("{}: {}", d.summary, d.detail)).collect()
}

fn inputs(unit: &Unit) -> String {
    format!("{:?}", unit.inputs)
}

const MODULE: (&str, &str) = ("modules/m/main.tf", "variable \"a\" {}\n");

#[test]
fn the_live_tree() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let dir = root.join("infrastructure/production/eu-west-1/numinia/vpc");
    let unit = match Terragrunt::new(options(), Arc::new(NoOutside)).load(&dir) {
        Ok(unit) => unit,
        Err(d) => panic!("{d:#?}"),
    };
    assert_eq!(unit.inputs.get("cidr"), Some(&Value::from("10.0.0.0/16")));
    assert_eq!(unit.inputs.get("azs").and_then(Value::len), Some(3));
    let remote = unit.config.remote_state.as_ref().unwrap();
    let settings = Value::object(remote.backend_settings());
    assert_eq!(
        format!("{settings:?}"),
        r#"{"bucket": "production-terragrunt-tf-state-numinia-eu-west-1", "encrypt": true, "key": "production/eu-west-1/numinia/vpc/tf.tfstate", "region": "eu-west-1", "use_lockfile": true}"#
    );
    assert!(unit.config.generate["provider"].contents.contains("allowed_account_ids = [\"241533135482\"]"));
    assert!(unit.working_dir.ends_with("vpc") && unit.working_dir.starts_with(dir.join(".terragrunt-cache")));
    assert!(unit.files_read.contains(&root.join("infrastructure/production/account.hcl")), "{:?}", unit.files_read);
}

#[test]
fn locals_includes_and_functions() {
    let tree = Tree::new(&[
        MODULE,
        (
            "root.hcl",
            "locals {\n  top = \"t\"\n}\ninputs = {\n  from_root = path_relative_to_include()\n  a = \"root\"\n  list = [1]\n}\n",
        ),
        ("env.hcl", "locals {\n  region = \"eu\"\n  unused = nothing_of_the_kind.x\n}\n"),
        (
            "live/unit/terragrunt.hcl",
            r#"
include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}
include "env" {
  path           = find_in_parent_folders("env.hcl")
  expose         = true
  merge_strategy = "no_merge"
}
locals {
  late  = "${local.early}!"
  early = upper(include.root.locals.top)
  file  = file("note.txt")
}
terraform {
  source = "${get_repo_root()}/modules//m"
}
inputs = {
  a         = "unit"
  region    = include.env.locals.region
  late      = local.late
  note      = local.file
  env       = get_env("STAGE")
  other     = get_env("NOT_SET", "fallback")
  parent    = get_parent_terragrunt_dir("root")
  up        = path_relative_from_include("root")
  dir       = basename(get_terragrunt_dir())
  from_repo = get_path_from_repo_root()
  to_repo   = get_path_to_repo_root()
  found     = find_in_parent_folders("nowhere.hcl", "none")
  account   = get_aws_account_id()
  command   = get_terraform_command()
  vars      = contains(get_terraform_commands_that_need_vars(), "plan")
  said      = run_cmd("--terragrunt-quiet", "sh", "-c", "echo hello")
}
"#,
        ),
        ("live/unit/note.txt", "text"),
        (".git/HEAD", ""),
    ]);
    let unit = match tree.load("live/unit", options()) {
        Ok(unit) => unit,
        Err(d) => panic!("{d:#?}"),
    };
    let want = format!(
        r#"{{"a": "unit", "account": "123456789012", "command": "plan", "dir": "unit", "env": "test", "found": "none", "from_repo": "live/unit", "from_root": "live/unit", "late": "T!", "list": [1], "note": "text", "other": "fallback", "parent": "{}", "region": "eu", "said": "hello", "to_repo": "../..", "up": "../..", "vars": true}}"#,
        tree.path("").display().to_string().trim_end_matches('/')
    );
    assert_eq!(inputs(&unit), want);
}

#[test]
fn merge_strategies() {
    let root = "inputs = {\n  m = { a = 1, b = 1 }\n  l = [1]\n  only_root = true\n}\nprevent_destroy = true\ngenerate \"g\" {\n  path = \"g.txt\"\n  contents = \"root\"\n  if_exists = \"overwrite\"\n}\n";
    let unit = |strategy: &str| {
        format!(
            "include \"root\" {{\n  path = \"../root.hcl\"\n  merge_strategy = \"{strategy}\"\n}}\ninputs = {{\n  m = {{ b = 2 }}\n  l = [2]\n}}\n"
        )
    };
    let tree = Tree::new(&[("root.hcl", root)]);
    for (strategy, want) in [
        ("shallow", r#"{"l": [2], "m": {"b": 2}, "only_root": true}"#),
        ("deep", r#"{"l": [1, 2], "m": {"a": 1, "b": 2}, "only_root": true}"#),
        ("no_merge", r#"{"l": [2], "m": {"b": 2}}"#),
    ] {
        tree.write("u/terragrunt.hcl", &unit(strategy));
        let loaded = tree.load("u", options()).ok().unwrap();
        assert_eq!(inputs(&loaded), want, "{strategy}");
        assert_eq!(loaded.is_protected(), strategy != "no_merge");
    }
    let clash = unit("shallow")
        + "generate \"g\" {\n  path = \"g.txt\"\n  contents = \"unit\"\n  if_exists = \"overwrite\"\n}\n";
    tree.write("u/terragrunt.hcl", &clash);
    assert!(messages(tree.load("u", options()))[0].starts_with("Detected generate blocks with the same name"));
    tree.write("u/terragrunt.hcl", &clash.replace("shallow", "deep"));
    assert_eq!(tree.load("u", options()).ok().unwrap().config.generate["g"].contents, "unit");
}

#[test]
fn working_copies_and_generated_files() {
    let tree = Tree::new(&[
        MODULE,
        ("modules/m/.hidden", "x"),
        ("modules/shared/x.txt", "x"),
        (
            "u/terragrunt.hcl",
            r#"
terraform {
  source = "../modules//m"
  extra_arguments "vars" {
    commands           = ["plan", "apply"]
    arguments          = ["-lock-timeout=1m"]
    optional_var_files = ["there.tfvars", "absent.tfvars"]
    env_vars           = { X = "1" }
  }
}
remote_state {
  backend = "s3"
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
  config = {
    bucket         = "b"
    encrypt        = "true"
    s3_bucket_tags = { a = "b" }
  }
}
generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite_terragrunt"
  contents  = "provider \"aws\" {\nregion=\"eu\"\n}\n"
}
"#,
        ),
        ("u/own.tf", "# own\n"),
        ("u/there.tfvars", "a = 1\n"),
    ]);
    let unit = tree.load("u", options()).ok().unwrap();
    let prepared = unit.prepare().unwrap();
    let read = |name: &str| std::fs::read_to_string(unit.working_dir.join(name)).ok();
    assert_eq!(prepared.generated.len(), 2);
    assert_eq!(
        read("backend.tf").unwrap(),
        format!(
            "# {SIGNATURE}\nterraform {{\n  backend \"s3\" {{\n    bucket  = \"b\"\n    encrypt = true\n  }}\n}}\n"
        )
    );
    assert_eq!(read("provider.tf").unwrap(), format!("# {SIGNATURE}\nprovider \"aws\" {{\n  region = \"eu\"\n}}\n"));
    assert!(read("main.tf").is_some() && read("own.tf").is_some() && read("../shared/x.txt").is_some());
    assert!(read(".hidden").is_none());
    assert_eq!(prepared.extra.arguments[0], "-lock-timeout=1m");
    assert_eq!(prepared.extra.arguments.len(), 2);
    assert_eq!(prepared.extra.env["X"], "1");

    // Diagnostics name the original, not the copy.
    let cache = unit.files();
    let (body, _) = cache.parse(&unit.working_dir.join("main.tf"));
    let place = body.unwrap().span().place();
    assert!(place.ends_with("modules/m/main.tf:1:1"), "{place}");
    assert!(cache.parse(&unit.working_dir.join("own.tf")).0.unwrap().span().place().contains("/u/own.tf"));

    // What disappears at its origin disappears from the copy.
    std::fs::remove_file(tree.path("u/own.tf")).unwrap();
    std::fs::remove_file(tree.path("modules/shared/x.txt")).unwrap();
    unit.prepare().unwrap();
    assert!(read("own.tf").is_none() && read("../shared/x.txt").is_none());

    // A file that was not generated is not replaced.
    tree.write("u/provider.tf", "# mine\n");
    let d = unit.prepare().unwrap_err();
    assert_eq!(d.0[0].summary, "Generated file already exists");
    assert_eq!(read("provider.tf").unwrap(), "# mine\n");
}

#[test]
fn a_source_that_holds_the_unit() {
    let tree = Tree::new(&[
        ("live/u/terragrunt.hcl", "terraform {\n  source = \"..//u\"\n}\ndownload_dir = \"cache\"\n"),
        ("live/u/main.tf", ""),
        ("live/v/x.tf", ""),
    ]);
    let unit = tree.load("live/u", options()).ok().unwrap();
    for _ in 0..2 {
        unit.prepare().unwrap();
        assert!(unit.working_dir.join("main.tf").is_file() && unit.working_dir.join("../v/x.tf").is_file());
        assert!(!unit.working_dir.join("cache").exists());
    }
}

#[test]
fn configurations_read_with_their_dependencies() {
    let tree = Tree::new(&[
        ("vpc/terragrunt.hcl", ""),
        ("other/terragrunt.hcl", "dependency \"vpc\" {\n  config_path = \"../vpc\"\n}\n"),
        ("dep.hcl", "dependency \"vpc\" {\n  config_path = \"\"\n  mock_outputs = { id = \"m\" }\n}\n"),
        (
            "u/terragrunt.hcl",
            "locals {\n  other = read_terragrunt_config(\"../other/terragrunt.hcl\")\n}\ninputs = {\n  id = local.other.dependency.vpc.outputs.id\n}\n",
        ),
        (
            "w/terragrunt.hcl",
            "include \"d\" {\n  path = \"../dep.hcl\"\n  merge_strategy = \"deep\"\n}\ndependency \"vpc\" {\n  config_path = \"../vpc\"\n}\ninputs = dependency.vpc.outputs\n",
        ),
        ("x/terragrunt.hcl", "include \"d\" {\n  path = \"../dep.hcl\"\n}\n"),
    ]);
    let world =
        World { outputs: [("vpc".into(), Value::object([("id", Value::from("v"))]))].into(), ..World::default() };
    let session = Terragrunt::new(options(), Arc::new(world));
    for unit in ["u", "w"] {
        assert_eq!(inputs(&session.load(&tree.path(unit)).ok().unwrap()), r#"{"id": "v"}"#);
    }
    assert!(messages(session.load(&tree.path("x")))[0].contains("invalid config_path"));
}

#[test]
fn dependencies_and_mocks() {
    let unit = r#"
dependency "vpc" {
  config_path = "../vpc"
  mock_outputs = {
    id   = "mock"
    more = { a = 1 }
  }
  mock_outputs_allowed_terraform_commands = ["plan"]
  mock_outputs_merge_strategy_with_state  = "STRATEGY"
}
inputs = {
  id   = dependency.vpc.outputs.id
  more = try(dependency.vpc.outputs.more, "none")
}
"#;
    let tree = Tree::new(&[("vpc/terragrunt.hcl", ""), ("vpc/main.tf", "")]);
    let load = |strategy: &str, outputs: Option<Value>, command: &str| {
        tree.write("u/terragrunt.hcl", &unit.replace("STRATEGY", strategy));
        let world = World { outputs: outputs.into_iter().map(|v| ("vpc".into(), v)).collect(), ..World::default() };
        let options = Options { command: command.into(), ..options() };
        Terragrunt::new(options, Arc::new(world)).load(&tree.path("u"))
    };
    let state = || Some(Value::object([("id", Value::from("vpc-1"))]));
    for (strategy, outputs, want) in [
        ("no_merge", None, r#"{"id": "mock", "more": {"a": 1}}"#),
        ("no_merge", state(), r#"{"id": "vpc-1", "more": "none"}"#),
        ("shallow", state(), r#"{"id": "vpc-1", "more": {"a": 1}}"#),
    ] {
        assert_eq!(inputs(&load(strategy, outputs, "plan").ok().unwrap()), want, "{strategy}");
    }
    assert_eq!(load("no_merge", None, "plan").ok().unwrap().warnings.0[0].summary, "Mock outputs are used");
    let d = messages(load("no_merge", None, "apply"));
    assert!(d[0].starts_with("Dependency has no outputs") && d[0].contains("not for the command \"apply\""), "{d:?}");
}

#[test]
fn what_is_wrong() {
    let unit = |text: &str| {
        let tree = Tree::new(&[("u/terragrunt.hcl", text), ("other.hcl", "include \"x\" {\n  path = \"y.hcl\"\n}\n")]);
        messages(tree.load("u", options())).join("\n")
    };
    for (text, want) in [
        ("include \"root\" {\n  path = find_in_parent_folders(\"rot.hcl\")\n}\n", "Could not find a rot.hcl"),
        ("include \"a\" {\n  path = \"../other.hcl\"\n}\n", "Nested include"),
        ("include \"a\" {\n  path = local.x\n}\n", "Reference not allowed in include block"),
        ("include \"a\" {\n  path = \"absent.hcl\"\n}\n", "Included file not found"),
        ("dependency \"d\" {\n  config_path = \"../nowhere\"\n}\n", "The dependency \"d\" has invalid config_path"),
        ("dependencies {\n  paths = [\"../nowhere\"]\n}\n", "Dependency directory not found"),
        ("locals {\n  a = local.b\n  b = local.a\n}\n", "Cycle among local values"),
        ("locals {\n  a = 1\n}\ninputs = { x = local.aa }\n", "Reference to undeclared local value"),
        ("terragrunt_version_constraint = \"< 1.0\"\n", "Unsupported Terragrunt version"),
        ("terraform_version_constraint = \"soon\"\n", "Invalid version constraint"),
        ("inpts = {}\n", "Did you mean \"inputs\"?"),
        ("terrafrom {}\n", "Did you mean \"terraform\"?"),
        ("inputs = 5\n", "a map or object is required"),
        ("inputs = { x = nofunction() }\n", "nofunction"),
        ("inputs = { x = dependency.vpc.outputs.y }\n", "Reference to undeclared dependency"),
        ("inputs = { x = get_env(\"NOT_SET\") }\n", "NOT_SET is not set"),
        ("terraform {\n  source = \"./absent\"\n}\n", "there is no folder"),
        ("inputs = { x = run_cmd(\"false\") }\n", "ended with"),
        ("inputs = { x = \n", ": "),
        ("locals {\n  x = read_terragrunt_config(\"terragrunt.hcl\")\n}\n", "in a circle"),
    ] {
        let got = unit(text);
        assert!(got.contains(want), "{text}\nwanted {want}\ngot {got}");
    }
    assert!(messages(Tree::new(&[("x", "")]).load("", options()))[0].starts_with("Not a Terragrunt unit"));
}

#[test]
fn order_of_units() {
    let depends = |on: &str| format!("dependency \"d\" {{\n  config_path = \"../{on}\"\n  skip_outputs = true\n}}\n");
    let tree = Tree::new(&[
        ("a/terragrunt.hcl", &depends("c")),
        ("b/terragrunt.hcl", "dependencies {\n  paths = [\"../a\"]\n}\n"),
        ("c/terragrunt.hcl", ""),
        ("c/.terragrunt-cache/x/terragrunt.hcl", ""),
    ]);
    let session = Terragrunt::new(options(), Arc::new(World::default()));
    let units = discover(&session, &tree.path("")).unwrap();
    let names = |units: &[PathBuf]| -> Vec<String> {
        units.iter().map(|u| u.file_name().unwrap().to_string_lossy().into_owned()).collect()
    };
    assert_eq!(names(&units), ["a", "b", "c"]);
    assert_eq!(names(&order(&session, &units).unwrap().units), ["c", "a", "b"]);

    // The order is found without anyone's outputs.
    tree.write(
        "b/common.hcl",
        "dependency \"a\" {\n  config_path = \"../a\"\n}\ninputs = { x = dependency.a.outputs.x }\n",
    );
    tree.write("b/terragrunt.hcl", "locals {\n  c = read_terragrunt_config(\"common.hcl\")\n}\ndependency \"a\" {\n  config_path = local.c.dependency.a.config_path\n}\n");
    let session = Terragrunt::new(options(), Arc::new(World::default()));
    assert_eq!(names(&order(&session, &units).unwrap().units), ["c", "a", "b"]);

    tree.write("c/terragrunt.hcl", &depends("b"));
    let session = Terragrunt::new(options(), Arc::new(World::default()));
    let d = order(&session, &units).unwrap_err();
    assert_eq!(d.0[0].summary, "Dependency cycle");
    assert!(messages(tree.load("a", options()))[0].starts_with("Dependency cycle"));
}

#[test]
fn hooks_run_in_the_working_folder() {
    let tree = Tree::new(&[
        ("u/main.tf", ""),
        (
            "u/terragrunt.hcl",
            r#"
terraform {
  before_hook "one" {
    commands = ["plan"]
    execute  = ["sh", "-c", "echo $TG_CTX_HOOK_NAME > hook.out; echo said"]
  }
  before_hook "fails" {
    commands = ["plan"]
    execute  = ["sh", "-c", "echo bad >&2; exit 3"]
  }
  before_hook "skipped" {
    commands = ["plan"]
    execute  = ["touch", "skipped.out"]
  }
  before_hook "always" {
    commands     = ["plan"]
    execute      = ["touch", "always.out"]
    run_on_error = true
  }
  error_hook "matches" {
    commands  = ["plan"]
    execute   = ["touch", "matched.out"]
    on_errors = [".*bad.*"]
  }
}
"#,
        ),
    ]);
    let unit = tree.load("u", options()).ok().unwrap();
    let prepared = unit.prepare().unwrap();
    let failed = unit.run_hooks(HookKind::Before, "plan", &prepared, &[]);
    assert_eq!(failed.len(), 1);
    assert!(failed[0].message.contains("bad"), "{failed:?}");
    let there = |name: &str| unit.working_dir.join(name).exists();
    assert_eq!(std::fs::read_to_string(unit.working_dir.join("hook.out")).unwrap(), "one\n");
    assert!(there("always.out") && !there("skipped.out"));
    assert!(unit.run_hooks(HookKind::Error, "plan", &prepared, &[failed[0].message.clone()]).is_empty());
    assert!(there("matched.out"));
    assert!(unit.run_hooks(HookKind::Before, "apply", &prepared, &[]).is_empty());
}
