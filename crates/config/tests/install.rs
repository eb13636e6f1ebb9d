//! Installing modules from git repositories, and loading what was installed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use craton_config::*;
use std::path::Path;
use std::process::Command;

fn git(dir: &Path, args: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"])
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap();
    assert!(status.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&status.stderr));
}

fn repository(dir: &Path) {
    std::fs::create_dir_all(dir.join("m/sub")).unwrap();
    std::fs::write(dir.join("m/main.tf"), "module \"sub\" {\n  source = \"./sub\"\n}\n").unwrap();
    std::fs::write(dir.join("m/sub/main.tf"), "variable \"v1\" {}\n").unwrap();
    git(dir, &["init", "-q"]);
    git(dir, &["add", "-A"]);
    git(dir, &["commit", "-qm", "one"]);
    git(dir, &["tag", "v1"]);
    std::fs::write(dir.join("m/sub/main.tf"), "variable \"v2\" {}\n").unwrap();
    git(dir, &["commit", "-qam", "two"]);
}

fn summaries(d: &craton_model::Diagnostics) -> Vec<&str> {
    d.0.iter().map(|d| d.summary.as_str()).collect()
}

#[test]
fn modules_are_fetched_once_and_found_again() {
    if Command::new("git").arg("--version").output().is_err() {
        println!("skipped: git is not on this machine");
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let (repo, root) = (temp.path().join("repo"), temp.path().join("root"));
    std::fs::create_dir_all(&repo).unwrap();
    std::fs::create_dir_all(root.join("local")).unwrap();
    repository(&repo);
    let url = format!("git::file://{}", repo.display());
    let main = format!(
        "module \"old\" {{\n  source = \"{url}//m?ref=v1\"\n}}\nmodule \"new\" {{\n  source = \"{url}//m\"\n}}\nmodule \"near\" {{\n  source = \"./local\"\n}}\n"
    );
    std::fs::write(root.join("main.tf"), &main).unwrap();
    std::fs::write(root.join("local/main.tf"), "").unwrap();
    let data = root.join(".terraform");
    let cache = FileCache::new();

    let (_, d) = load(&root, &data, &cache);
    assert_eq!(summaries(&d), ["Module not installed", "Module not installed"]);

    let mut fetched = 0;
    let d = install(&root, &data, false, &cache, &mut |e| {
        fetched += usize::from(matches!(e, InstallEvent::Fetching { .. }));
    });
    assert!(d.is_empty(), "{d:?}");
    assert_eq!(fetched, 2);
    let (tree, d) = load(&root, &data, &cache);
    assert!(d.is_empty(), "{d:?}");
    let variables: Vec<String> = tree
        .modules()
        .flat_map(|n| n.module.variables.keys().map(|v| format!("{} {v} {}", n.path, n.module.dir.display())))
        .collect();
    assert_eq!(
        variables,
        [
            "module.new.module.sub v2 .terraform/modules/new/m/sub",
            "module.old.module.sub v1 .terraform/modules/old/m/sub"
        ]
    );
    // Nothing is fetched again, and the manifest has Terraform's names.
    let d = install(&root, &data, false, &cache, &mut |e| assert!(!matches!(e, InstallEvent::Fetching { .. })));
    assert!(d.is_empty(), "{d:?}");
    let manifest = std::fs::read_to_string(data.join("modules/modules.json")).unwrap();
    assert!(manifest.contains(r#"{"Key":"near","Source":"./local","Dir":"local"}"#), "{manifest}");

    // A changed source is noticed; a failed fetch leaves nothing behind.
    std::fs::write(root.join("main.tf"), main.replace("v1", "v9")).unwrap();
    assert_eq!(summaries(&load(&root, &data, &cache).1), ["Module source has changed"]);
    let d = install(&root, &data, false, &cache, &mut |_| {});
    assert_eq!(summaries(&d), ["Failed to fetch source"]);
    assert!(!data.join("modules/old").exists());
    let left: Vec<_> = std::fs::read_dir(data.join("modules")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}
