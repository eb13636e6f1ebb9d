//! No source file over 800 lines, tests among them.

use super::{Finding, Repo};

const MOST: usize = 800;
const SOURCES: [&str; 6] = [".rs", ".tf", ".hcl", ".sh", ".py", ".md"];

pub(super) fn check(repo: &Repo) -> Vec<Finding> {
    let sources = repo.files.iter().filter(|f| SOURCES.iter().any(|end| f.path.ends_with(end)));
    sources
        .map(|f| (f, f.text.lines().count()))
        .filter(|(_, lines)| *lines > MOST)
        .map(|(f, lines)| {
            let what = format!("{lines} lines; split it into one file per thing (at most {MOST}, 100-300 are good)");
            Finding::new(&f.path, MOST + 1, what)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_after_the_last_allowed_one() {
        let repo =
            Repo::of(&[("a.rs", &"x\n".repeat(800)), ("b.rs", &"x\n".repeat(801)), ("c.json", &"x\n".repeat(900))]);
        let found = check(&repo);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].path.as_str(), found[0].line), ("b.rs", 801));
    }
}
