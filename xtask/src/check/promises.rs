//! The promises of the base architecture are read twice, by craton's own tests and by the AWS CLI: by the same names.

use std::collections::BTreeMap;

use super::{Finding, Repo};

const TESTS: &str = "crates/cli/tests/e2e/promises/";
const JUDGE: &str = "tests/judges/promises/";

/// What only one side can read, and why.
const ONE_SIDED: &[(&str, &str)] = &[("kubectl_takes_the_storage_class", "kubectl judges it, not AWS")];

/// Every promise that a test reads the CLI reads too, and the other way round.
pub(super) fn check(repo: &Repo) -> Vec<Finding> {
    let tests = named(repo, TESTS, "#[test]", "fn ");
    let judge = named(repo, JUDGE, "@promise", "def ");
    let mut findings = Vec::new();
    let mut compare =
        |these: &BTreeMap<String, (String, usize)>, those: &BTreeMap<String, (String, usize)>, place: &str| {
            for (name, (path, line)) in these.iter().filter(|(name, _)| !those.contains_key(*name)) {
                if !ONE_SIDED.iter().any(|(only, _)| only == name) {
                    findings.push(Finding::new(path, *line, format!("{place} does not read the promise {name}")));
                }
            }
        };
    compare(&tests, &judge, JUDGE);
    compare(&judge, &tests, TESTS);
    findings
}

/// The functions below a folder that follow a line with `mark`, with their places.
fn named(repo: &Repo, folder: &str, mark: &str, keyword: &str) -> BTreeMap<String, (String, usize)> {
    let mut found = BTreeMap::new();
    for file in repo.below(folder) {
        let lines: Vec<&str> = file.text.lines().collect();
        for (at, pair) in lines.windows(2).enumerate() {
            let name =
                pair[1].trim_start_matches("async ").strip_prefix(keyword).and_then(|rest| rest.split('(').next());
            if let (true, Some(name)) = (pair[0] == mark, name) {
                found.insert(name.to_owned(), (file.path.clone(), at + 2));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_that_one_side_does_not_read_is_found() {
        let test = "#[test]\nfn both() {}\n\n#[test]\nfn alone() {}\n\nfn helper() {}\n";
        let judge = "@promise\ndef both(aws):\n    pass\n\n\n@promise\ndef other(aws):\n    pass\n";
        let repo = Repo::of(&[("crates/cli/tests/e2e/promises/a.rs", test), ("tests/judges/promises/a.py", judge)]);
        let found: Vec<(String, usize)> = check(&repo).into_iter().map(|f| (f.path, f.line)).collect();
        let wanted = [("crates/cli/tests/e2e/promises/a.rs", 5), ("tests/judges/promises/a.py", 7)];
        assert_eq!(found, wanted.map(|(path, line)| (path.to_owned(), line)));
    }
}
