//! Golden folders are read by a test and say what they expect.
//!
//! `golden/<area>/` is named by a Rust file; each case in it is a file with an expected one beside it, or a
//! folder with at least two files.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Repo};

pub(super) fn check(repo: &Repo) -> Vec<Finding> {
    let mut areas: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for file in &repo.files {
        let Some(at) = file.path.find("golden/").filter(|at| *at == 0 || file.path[..*at].ends_with('/')) else {
            continue;
        };
        let rest = &file.path[at + "golden/".len()..];
        let mut parts = rest.splitn(3, '/');
        let (Some(area), Some(case)) = (parts.next(), parts.next()) else { continue };
        let end = at + "golden/".len() + area.len();
        areas.entry(&file.path[..end]).or_default().entry(case).or_default().extend(parts.next());
    }
    let mut findings = Vec::new();
    for (folder, cases) in areas {
        let area = folder.rsplit('/').next().unwrap_or(folder);
        let names = [format!("golden/{area}"), format!("\"{area}\"")];
        if !repo.files.iter().any(|f| f.is_rust() && names.iter().any(|n| f.text.contains(n.as_str()))) {
            findings.push(Finding::new(folder, 1, "no test reads this folder; name it in one, or remove it"));
        }
        for (case, files) in cases {
            let alone = files.len() == 1;
            if alone {
                findings.push(Finding::new(
                    format!("{folder}/{case}"),
                    1,
                    "a case has what goes in and what is expected",
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgotten_folders_and_halves() {
        let repo = Repo::of(&[
            ("tests/golden/plan/one/main.tf", ""),
            ("tests/golden/plan/one/plan.txt", ""),
            ("tests/golden/plan/two/main.tf", ""),
            ("tests/golden/lost/one/a", ""),
            ("tests/golden/lost/one/b", ""),
            ("crates/x/tests/plan.rs", "const FOLDER: &str = \"tests/golden/plan\";"),
        ]);
        let found: Vec<String> = check(&repo).into_iter().map(|f| f.path).collect();
        assert_eq!(found, ["tests/golden/lost", "tests/golden/plan/two"]);
    }
}
