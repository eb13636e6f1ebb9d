//! Words that a repository for everybody does not hold: paths of one machine, package mirrors, work left for
//! later, tests that do not run.

use super::repo::File;
use super::{Finding, Repo};

/// Folders of one machine. Split, so that this file does not hold them.
const FOLDERS: [&str; 4] =
    [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];

/// Work left for later, and code that does nothing.
const LATER: [&str; 5] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("unimple", "mented!"),
    concat!("to", "do!"),
];

/// Where crates come from. Everything else is a mirror of somebody's.
const CRATES: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Settings that send a package manager to a mirror.
const MIRRORS: [&str; 4] = [
    concat!("replace", "-with"),
    concat!("index", "-url"),
    concat!("[source", ".crates-io]"),
    concat!("registry", " = \""),
];

pub(super) fn check(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &repo.files {
        if file.path.ends_with(".snap.new") || file.path.ends_with(".pending-snap") {
            findings.push(Finding::new(
                &file.path,
                1,
                "a snapshot that nobody looked at; accept or reject it, then remove the file",
            ));
            continue;
        }
        // Bytes that a program put together.
        if file.path.starts_with("tests/fuzz/") {
            continue;
        }
        if file.path == "Cargo.lock" || file.path == "fuzz/Cargo.lock" {
            findings.extend(lock(file));
            continue;
        }
        // Trimmed from AWS's own models, in one line.
        if file.path.starts_with("crates/aws-api/models/") && file.path.ends_with(".json") {
            continue;
        }
        for (number, line) in file.lines() {
            findings.extend(one(file, line).into_iter().map(|what| Finding::new(&file.path, number, what)));
        }
    }
    findings
}

fn one(file: &File, line: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(folder) = FOLDERS.iter().find(|f| starts_a_path(line, f)) {
        found.push(format!("a path of one machine ({folder}...); take it from the environment or make it relative"));
    }
    if MIRRORS.iter().any(|m| line.contains(m)) {
        found.push(
            "a package mirror; crates come from crates.io, a mirror is set in the user's own cargo configuration"
                .into(),
        );
    }
    if let Some(word) = LATER.iter().find(|w| has_word(line, w)) {
        found.push(format!("`{word}`: do it now, or open an issue and say in the code what holds today"));
    }
    if file.is_rust() && line.trim_start().starts_with("#[ignore") {
        found.push("a test that does not run; make it fast, or let it say what is missing and return".into());
    }
    found
}

fn lock(file: &File) -> Vec<Finding> {
    file.lines()
        .filter_map(|(n, line)| Some((n, line.strip_prefix("source = \"")?.trim_end_matches('"'))))
        .filter(|(_, source)| *source != CRATES)
        .map(|(n, source)| Finding::new(&file.path, n, format!("{source} is not crates.io; take a published version")))
        .collect()
}

/// Whether the folder stands at the start of a path and not inside one: `/tmp/x` but not `docs/tmp/x` or `{}/tmp/x`.
fn starts_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "_-.~*})$/".contains(c))
    })
}

/// Whether the word stands alone, not as a part of another.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let part = |c: char| c.is_alphanumeric() || c == '_';
        !line[..at].chars().next_back().is_some_and(part)
            && (word.ends_with('!') || !line[at + word.len()..].chars().next().is_some_and(part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<usize> {
        check(&Repo::of(&[(path, text)])).into_iter().map(|f| f.line).collect()
    }

    #[test]
    fn paths_of_a_machine() {
        let [work, _, home, _] = FOLDERS;
        assert_eq!(found("a.sh", &format!("cd {work}x\n")), [1]);
        assert_eq!(found("a.rs", &format!("\nlet p = \"{home}me/x\";\n")), [2]);
        assert_eq!(found("a.rs", &format!("let p = \"docs{work}x\";\n")), Vec::<usize>::new());
        assert_eq!(found("a.sh", &format!("cd \"${{DIR}}{work}x\"\n")), Vec::<usize>::new());
    }

    #[test]
    fn work_for_later() {
        let [later, ..] = LATER;
        assert_eq!(found("a.rs", &format!("// {later}: this\n")), [1]);
        assert_eq!(found("a.rs", &format!("fn f() {{ {}() }}\n", LATER[4])), [1]);
        assert_eq!(found("a.rs", &format!("let {later}S = 1;\n")), Vec::<usize>::new());
        assert_eq!(found("a.rs", concat!("#[test]\n    #[ig", "nore]\n")), [2]);
    }

    #[test]
    fn mirrors() {
        let lock = format!("source = \"{CRATES}\"\nsource = \"registry+https://mirror.example/index\"\n");
        assert_eq!(found("Cargo.lock", &lock), [2]);
        assert_eq!(found(".cargo/config.toml", &format!("{} = \"x\"\n", MIRRORS[0])), [1]);
    }

    #[test]
    fn snapshots_nobody_looked_at() {
        assert_eq!(found("crates/a/x.snap.new", ""), [1]);
    }
}
