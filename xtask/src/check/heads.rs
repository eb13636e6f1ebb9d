//! Every `lib.rs` opens with what the crate takes, what it gives and what it never does.

use super::{Finding, Repo};

const HEADS: [&str; 3] = ["//! **Takes** ", "//! **Gives** ", "//! **Never** "];

pub(super) fn check(repo: &Repo) -> Vec<Finding> {
    let libs = repo.below("crates/").filter(|f| f.path.ends_with("/src/lib.rs") && f.path.matches('/').count() == 3);
    let mut findings = Vec::new();
    for file in libs {
        let mut after = 0;
        for head in HEADS {
            // Only the head of the file: the first line that is no module comment ends it.
            let found = file.lines().take_while(|(_, l)| l.starts_with("//!")).find(|(_, l)| l.starts_with(head));
            match found {
                Some((line, _)) if line > after => after = line,
                Some((line, _)) => {
                    findings.push(Finding::new(&file.path, line, "the order is Takes, Gives, Never; sort the lines"));
                }
                None => findings.push(Finding::new(
                    &file.path,
                    1,
                    format!("the module comment has no line `{head}...`; say it in one line"),
                )),
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_lines_in_order() {
        let good = "//! A crate.\n//!\n//! **Takes** a.\n//! **Gives** b.\n//! **Never** c.\n\npub mod x;\n";
        assert_eq!(check(&Repo::of(&[("crates/a/src/lib.rs", good)])), []);
        let swapped = "//! **Gives** b.\n//! **Takes** a.\n//! **Never** c.\n";
        assert_eq!(check(&Repo::of(&[("crates/a/src/lib.rs", swapped)]))[0].line, 1);
        let late = "//! **Takes** a.\n//! **Gives** b.\nmod x;\n//! **Never** c.\n";
        assert_eq!(check(&Repo::of(&[("crates/a/src/lib.rs", late)])).len(), 1);
        assert_eq!(check(&Repo::of(&[("crates/a/src/sub/lib.rs", "")])), []);
    }
}
