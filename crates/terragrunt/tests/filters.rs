//! Which units and stacks a filter selects, and what a run finds out about them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use craton_model::Value;
use craton_terragrunt::*;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

struct Tree(tempfile::TempDir);

impl Tree {
    /// `live/vpc`, `live/db` on it, `live/app` on that and on `shared`, a stack, and a unit in a hidden folder.
    fn new() -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        let on = |name: &str| format!("dependency \"d\" {{\n  config_path = \"{name}\"\n}}\n");
        for (path, text) in [
            ("shared/terragrunt.hcl", String::new()),
            ("live/env.hcl", "locals {\n  region = \"eu\"\n}\n".into()),
            ("live/vpc/terragrunt.hcl", "terraform {\n  source = \"git::https://example.com/net.git//vpc?ref=v1\"\n}\nlocals {\n  env = read_terragrunt_config(\"../env.hcl\")\n}\n".into()),
            ("live/db/terragrunt.hcl", on("../vpc")),
            ("live/app/terragrunt.hcl", format!("{}dependencies {{\n  paths = [\"../../shared\"]\n}}\n", on("../db"))),
            ("live/s/terragrunt.stack.hcl", String::new()),
            ("live/.x/u/terragrunt.hcl", String::new()),
            ("live/vpc/.terragrunt-cache/a/b/terragrunt.hcl", String::new()),
            ("live/vpc/.terraform/modules/m/terragrunt.hcl", String::new()),
        ] {
            tree.write(path, &text);
        }
        tree
    }

    fn root(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn select(&self, filters: &[&str]) -> Vec<String> {
        let live = self.root().join("live");
        let session = Terragrunt::new(Options::default(), Arc::new(NoOutside));
        let universe = Universe::search(&session, &live, true).unwrap();
        let filters = Filters::parse(filters.iter().copied(), &live).unwrap();
        let selection = universe.select(&filters).unwrap();
        let name = |dir: &Path| relative(&live, dir).display().to_string();
        let gone = selection.removed.iter().map(|d| format!("-{}", name(d)));
        selection.components.iter().map(|c| name(&c.dir)).chain(gone).collect()
    }

    fn git(&self, args: &[&str]) {
        let mut command = Command::new("git");
        for (name, value) in [
            ("GIT_AUTHOR_NAME", "t"),
            ("GIT_AUTHOR_EMAIL", "t@example.invalid"),
            ("GIT_COMMITTER_NAME", "t"),
            ("GIT_COMMITTER_EMAIL", "t@example.invalid"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
        ] {
            command.env(name, value);
        }
        assert!(command.args(args).current_dir(self.root()).output().unwrap().status.success(), "git {args:?}");
    }
}

#[test]
fn paths_names_and_attributes() {
    let tree = Tree::new();
    for (filter, want) in [
        ("vpc", &["vpc"][..]),
        ("v*", &["vpc"]),
        ("./*", &["app", "db", "s", "vpc"]),
        ("./**", &[".x/u", "app", "db", "s", "vpc"]),
        ("{.x/u}", &[".x/u"]),
        ("type=stack", &["s"]),
        ("name=d*", &["db"]),
        ("type=unit | !{./.x/**}", &["app", "db", "vpc"]),
        ("source=git::https://example.com/**", &["vpc"]),
        ("reading=env.hcl", &["vpc"]),
        ("nothing", &[]),
        ("external=true", &[]),
    ] {
        assert_eq!(tree.select(&[filter]), want, "{filter}");
    }
    assert_eq!(tree.select(&["vpc", "db"]), ["db", "vpc"]);
    assert_eq!(tree.select(&["!./.x/**", "!type=stack"]), ["app", "db", "vpc"]);
    assert_eq!(tree.select(&["./*", "!vpc"]), ["app", "db", "s"]);
}

#[test]
fn along_the_graph() {
    let tree = Tree::new();
    for (filter, want) in [
        ("app...", &["app", "db", "vpc", "../shared"][..]),
        ("app...1", &["app", "db", "../shared"]),
        ("^app...", &["db", "vpc", "../shared"]),
        ("...vpc", &["app", "db", "vpc"]),
        ("1...vpc", &["db", "vpc"]),
        ("...^vpc", &["app", "db"]),
        ("...db...", &["app", "db", "vpc"]),
        ("{./app}... | external=true", &["../shared"]),
    ] {
        assert_eq!(tree.select(&[filter]), want, "{filter}");
    }
}

#[test]
fn what_changed_between_commits() {
    let tree = Tree::new();
    tree.git(&["init", "-q", "-b", "main"]);
    tree.git(&["add", "-A"]);
    tree.git(&["commit", "-qm", "a"]);
    std::fs::remove_dir_all(tree.root().join("live/app")).unwrap();
    tree.write("live/db/main.tf", "");
    tree.write("live/env.hcl", "locals {\n  region = \"us\"\n}\n");
    tree.write("live/new/terragrunt.hcl", "");
    tree.git(&["add", "-A"]);
    tree.git(&["commit", "-qm", "b"]);
    // `vpc` reads the file that changed.
    assert_eq!(tree.select(&["[HEAD~1]"]), ["db", "new", "vpc", "-app"]);
    assert_eq!(tree.select(&["[HEAD~1...HEAD] | !new"]), ["db", "vpc", "-app"]);
    assert_eq!(tree.select(&["[HEAD...HEAD]"]), [] as [&str; 0]);
    assert_eq!(default_branch(&tree.root()).unwrap(), "main");
}

#[test]
fn what_cannot_be_read() {
    for (filter, why) in [
        ("reading=", "a value is required"),
        ("type=module", "unit and stack"),
        ("colour=red", "the attributes are"),
        ("{./a", "the brace is not closed"),
        ("[main", "the bracket is not closed"),
        ("a |", "a name, a path or NAME=VALUE is required"),
        ("[--output=x]", "a commit, branch or tag is required"),
        ("a ] b", "nothing can stand here"),
    ] {
        let found = Filters::parse([filter], Path::new("/r")).unwrap_err();
        assert!(found.0[0].detail.contains(why), "{filter}: {}", found.0[0].detail);
    }
}

#[test]
fn a_file_is_parsed_once_however_many_units_include_it() {
    let tree = Tree(tempfile::tempdir().unwrap());
    tree.write("root.hcl", "inputs = {\n  a = 1\n}\n");
    for i in 0..20 {
        tree.write(
            &format!("u{i}/terragrunt.hcl"),
            "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n",
        );
        tree.write(&format!("u{i}/main.tf"), "");
    }
    let session = Terragrunt::new(Options::default(), Arc::new(NoOutside));
    let units = discover(&session, &tree.root()).unwrap();
    assert_eq!(order(&session, &units).unwrap().units.len(), 20);
    for unit in &units {
        assert_eq!(session.load(unit).unwrap().inputs.get("a"), Some(&Value::from(1)));
    }
    assert_eq!(session.files_parsed(), 21);
}
