//! The crates use each other only as the table in ARCHITECTURE.md says, and the table names all of them.
//!
//! A crate may use what its row lists and what those may use in turn. `tests: NAME` allows a crate to the
//! tests alone; `never NAME` forbids one on any way; `everything` stands for all.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Repo};

const PAGE: &str = "ARCHITECTURE.md";
const PREFIX: &str = "craton-";

#[derive(Debug, Default)]
struct Row {
    line: usize,
    everything: bool,
    uses: Vec<String>,
    tests: Vec<String>,
    never: Vec<String>,
}

pub(super) fn check(repo: &Repo) -> Vec<Finding> {
    let Some(page) = repo.file(PAGE) else {
        return vec![Finding::new(
            PAGE,
            1,
            "there is no such page; it holds the table of crates and what each may use",
        )];
    };
    let rows = table(&page.text);
    if rows.is_empty() {
        return vec![Finding::new(
            PAGE,
            1,
            "no table with the columns `crate`, its job and `may use`; write one row per crate",
        )];
    }
    let mut findings = Vec::new();
    let crates: BTreeMap<&str, _> =
        repo.packages.iter().filter_map(|p| p.name.strip_prefix(PREFIX).map(|short| (short, p))).collect();
    for (name, row) in &rows {
        if !crates.contains_key(name.as_str()) {
            findings.push(Finding::new(
                PAGE,
                row.line,
                format!("the table names `{name}`, which is no crate here; take the row out"),
            ));
        }
        for used in row.uses.iter().chain(&row.tests).chain(&row.never) {
            if !rows.contains_key(used) {
                findings.push(Finding::new(
                    PAGE,
                    row.line,
                    format!("the row of `{name}` names `{used}`, which has no row"),
                ));
            }
        }
    }
    for (name, package) in &crates {
        let manifest = format!("{}/Cargo.toml", package.folder);
        if package.folder != format!("crates/{name}") {
            findings.push(Finding::new(
                &manifest,
                1,
                format!("package {PREFIX}{name} lives in crates/{name}; move it"),
            ));
        }
        let Some(row) = rows.get(*name) else {
            findings.push(Finding::new(PAGE, 1, format!("the table has no row for `{name}`; add it with its one job")));
            continue;
        };
        let allowed = reach(&rows, name);
        for (used, only_tests) in &package.uses {
            let Some(short) = used.strip_prefix(PREFIX) else { continue };
            let fits =
                row.everything || allowed.contains(short) || (*only_tests && row.tests.iter().any(|t| t == short));
            if fits && !row.never.iter().any(|n| n == short) {
                continue;
            }
            let line = repo.file(&manifest).map_or(1, |f| f.line_of(used));
            findings.push(Finding::new(
                &manifest,
                line,
                format!(
                    "`{name}` may not use `{short}` (table in {PAGE}). Move the code to the side of the arrow it belongs to, \
                     or change the table and say why in docs/decisions/."
                ),
            ));
        }
    }
    findings
}

/// What a crate may use, directly or through what it may use.
fn reach(rows: &BTreeMap<String, Row>, name: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![name.to_string()];
    while let Some(next) = open.pop() {
        let Some(row) = rows.get(&next) else { continue };
        for used in &row.uses {
            if seen.insert(used.clone()) {
                open.push(used.clone());
            }
        }
    }
    seen
}

/// The rows of the first table whose head starts with `crate` and ends with `may use`.
fn table(text: &str) -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    let mut inside = false;
    for (i, line) in text.lines().enumerate() {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        if !line.trim_start().starts_with('|') || cells.len() < 2 {
            if inside {
                break;
            }
            continue;
        }
        let last = cells[cells.len() - 1];
        if !inside {
            inside = cells[0] == "crate" && last == "may use";
        } else if !cells[0].starts_with('-') {
            rows.insert(cells[0].trim_matches('`').to_string(), row(i + 1, last));
        }
    }
    rows
}

/// `provider, aws-api; tests: aws-sandbox; never state`.
fn row(line: usize, cell: &str) -> Row {
    let mut row = Row { line, ..Row::default() };
    for part in cell.split(['(', ')', ';']).map(str::trim).filter(|p| !p.is_empty()) {
        let (list, rest) = if let Some(rest) = part.strip_prefix("tests:") {
            (&mut row.tests, rest)
        } else if let Some(rest) = part.strip_prefix("never ") {
            (&mut row.never, rest)
        } else {
            (&mut row.uses, part)
        };
        list.extend(
            rest.split(',').map(|n| n.trim().trim_matches('`').to_string()).filter(|n| !n.is_empty() && n != "-"),
        );
    }
    row.everything = row.uses.iter().any(|u| u == "everything");
    row.uses.retain(|u| u != "everything");
    row
}

#[cfg(test)]
mod tests {
    use super::super::repo::Package;
    use super::*;

    const TABLE: &str = "\
| crate | its one job | may use |
|---|---|---|
| model | nouns | - |
| hcl | text | model |
| engine | decide | hcl; tests: sandbox |
| sandbox | AWS | model (never engine) |
| cli | commands | everything |
";

    fn repo(packages: &[(&str, &[(&str, bool)])]) -> Repo {
        let mut repo = Repo::of(&[
            ("ARCHITECTURE.md", TABLE),
            ("crates/hcl/Cargo.toml", "[dependencies]\ncraton-engine.workspace = true\n"),
        ]);
        repo.packages = packages
            .iter()
            .map(|(name, uses)| Package {
                name: format!("craton-{name}"),
                folder: format!("crates/{name}"),
                uses: uses.iter().map(|(u, dev)| (format!("craton-{u}"), *dev)).collect(),
            })
            .collect();
        repo
    }

    const GOOD: &[(&str, &[(&str, bool)])] = &[
        ("model", &[]),
        ("hcl", &[("model", false)]),
        ("engine", &[("hcl", false), ("model", false), ("sandbox", true)]),
        ("sandbox", &[]),
        ("cli", &[("engine", false), ("sandbox", false)]),
    ];

    fn with(name: &'static str, uses: &'static [(&'static str, bool)]) -> Vec<String> {
        let mut packages = GOOD.to_vec();
        packages.retain(|(n, _)| *n != name);
        packages.push((name, uses));
        check(&repo(&packages)).into_iter().map(|f| format!("{}:{}", f.path, f.line)).collect()
    }

    #[test]
    fn allowed_arrows_pass() {
        assert_eq!(check(&repo(GOOD)), []);
    }

    #[test]
    fn an_arrow_against_the_stream_is_found_where_it_is_written() {
        assert_eq!(with("hcl", &[("engine", false)]), ["crates/hcl/Cargo.toml:2"]);
        assert_eq!(with("model", &[("hcl", true)]), ["crates/model/Cargo.toml:1"], "tests too");
        assert_eq!(with("engine", &[("sandbox", false)]), ["crates/engine/Cargo.toml:1"], "for tests only");
        assert_eq!(with("sandbox", &[("engine", true)]), ["crates/sandbox/Cargo.toml:1"]);
    }

    #[test]
    fn table_and_workspace_name_the_same_crates() {
        let fewer: Vec<_> = GOOD.iter().copied().filter(|(n, _)| *n != "sandbox").collect();
        assert_eq!(check(&repo(&fewer)).len(), 1);
        let mut more = GOOD.to_vec();
        more.push(("extra", &[]));
        assert!(check(&repo(&more))[0].what.contains("no row for `extra`"));
        assert_eq!(check(&Repo::of(&[])).len(), 1, "the page itself is missing");
    }
}
