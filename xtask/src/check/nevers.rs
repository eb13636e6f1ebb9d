//! What a crate says it never does, as far as it shows in words.

use super::{Finding, Repo};

/// A folder, what its code never holds, and why.
const NEVERS: &[(&str, &[&str], &str)] = &[
    (
        "crates/model/src/",
        &["std::fs", "TcpStream", "std::process", "tokio", "async fn"],
        "the nouns do no I/O and never wait",
    ),
    ("crates/hcl/src/", &["tokio", "async fn", "TcpStream"], "the evaluator never waits and contacts nobody"),
    (
        "crates/hcl/src/",
        &["\"resource\"", "\"module\"", "\"provider\""],
        "the language knows no block of Terraform's; that is `config`'s",
    ),
    ("crates/engine/src/", &["\"aws\"", "craton_aws", "hashicorp/"], "the engine never names a provider"),
    ("crates/aws-provider/src/", &["sandbox"], "the provider treats the sandbox as it treats AWS"),
];

pub(super) fn check(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (folder, words, why) in NEVERS {
        for file in repo.below(folder).filter(|f| f.is_rust()) {
            // Tests may name what the code may not.
            for (number, line) in file.lines().take_while(|(_, l)| !l.starts_with("#[cfg(test)]")) {
                let code = line.split("//").next().unwrap_or_default();
                if let Some(word) = words.iter().find(|w| code.contains(**w)) {
                    findings.push(Finding::new(&file.path, number, format!("`{word}`: {why}")));
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_but_neither_comments_nor_tests() {
        let text = "//! Like \"aws\".\nlet x = \"aws\";\n\n#[cfg(test)]\nmod tests { const X: &str = \"aws\"; }\n";
        let found = check(&Repo::of(&[("crates/engine/src/lib.rs", text), ("crates/cli/src/main.rs", text)]));
        assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [2]);
    }
}
