//! Replays what the fuzzers found and what they learnt from: every file of `tests/fuzz/<target>/`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::path::{Path, PathBuf};

use craton_fuzz::TARGETS;

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz").join(target)
}

fn replay(target: &str) {
    let folder = folder(target);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        // Named before it is run: an overflow of the stack ends the process without a word.
        println!("{}", path.display());
        craton_fuzz::run(target, &bytes);
        count += 1;
    }
    assert!(count > 0, "{} holds nothing to replay", folder.display());
}

macro_rules! targets {
    ($($name:ident),*) => {
        $(#[test]
        fn $name() {
            replay(stringify!($name));
        })*

        #[test]
        fn every_target_has_its_test() {
            assert_eq!(TARGETS.iter().map(|t| t.name).collect::<Vec<_>>(), [$(stringify!($name)),*]);
        }
    };
}

targets!(hcl, json, eval, template, tfstate, plan, tfvars);
