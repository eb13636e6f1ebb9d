//! Many units in one run: what is shared is read once.
#![allow(clippy::unwrap_used)]

use craton_terragrunt::{NoOutside, Options, Terragrunt, discover, order};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const UNITS: usize = 40;

/// Units that include two files, which read a third and variables; each on the one before.
fn tree(root: &Path) -> PathBuf {
    let root = root.canonicalize().unwrap();
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("module/main.tf", "variable \"of\" {}\n");
    write("shared.hcl", "locals {\n  of = \"all\"\n}\n");
    write("all.tfvars", "more = \"x\"\n");
    write(
        "root.hcl",
        "locals {\n  shared = read_terragrunt_config(find_in_parent_folders(\"shared.hcl\"))\n  vars   = jsondecode(read_tfvars_file(find_in_parent_folders(\"all.tfvars\")))\n}\ninputs = { of = \"${local.shared.locals.of} ${local.vars.more}\" }\n",
    );
    write("common.hcl", "locals {\n  shared = read_terragrunt_config(find_in_parent_folders(\"shared.hcl\"))\n}\n");
    for n in 0..UNITS {
        let before = n.checked_sub(1).map_or_else(String::new, |before| {
            format!(
                "dependency \"before\" {{\n  config_path  = \"../unit{before:02}\"\n  mock_outputs = {{ id = \"mock\" }}\n}}\n"
            )
        });
        write(
            &format!("live/unit{n:02}/terragrunt.hcl"),
            &format!(
                "include \"root\" {{\n  path = find_in_parent_folders(\"root.hcl\")\n}}\ninclude \"common\" {{\n  path   = find_in_parent_folders(\"common.hcl\")\n  expose = true\n}}\nterraform {{\n  source = \"../../module\"\n}}\n{before}locals {{\n  common = include.common.locals.shared.locals.of\n}}\n"
            ),
        );
        write(&format!("live/unit{n:02}/terragrunt.values.hcl"), "number = 1\n");
    }
    root
}

#[test]
fn each_file_is_read_once_however_many_units_include_it() {
    let dir = tempfile::tempdir().unwrap();
    let root = tree(dir.path());
    let session = Terragrunt::new(Options { command: "plan".into(), ..Options::default() }, Arc::new(NoOutside));
    let units = discover(&session, &root.join("live")).unwrap();
    assert_eq!(units.len(), UNITS);
    let order = order(&session, &units).unwrap();
    for unit in &order.units {
        let unit = session.load(unit).unwrap();
        assert_eq!(unit.inputs["of"].as_str(), Some("all x"));
        session.load_for_outputs(&unit.dir).unwrap();
    }
    let reads = session.files().reads();
    let more: Vec<_> = reads.iter().filter(|(_, times)| **times != 1).collect();
    assert!(more.is_empty(), "read more than once: {more:?}");
    let shared = ["root.hcl", "common.hcl", "shared.hcl", "all.tfvars"].map(|f| root.join(f));
    assert!(shared.iter().all(|f| reads.contains_key(f)), "{reads:?}");
    // Two files of each unit, and those that are shared.
    assert_eq!(reads.len(), 2 * UNITS + shared.len(), "{reads:?}");
}
