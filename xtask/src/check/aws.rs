//! What the AWS crates promise each other.

use std::collections::{BTreeMap, BTreeSet};

use super::repo::File;
use super::{Finding, Repo};

const OPERATIONS: &str = "crates/aws-api/models/operations.txt";
const SANDBOX: &str = "crates/aws-sandbox/src/";
const PROVIDER: &str = "crates/aws-provider/src/";
const LIVES: &str = "crates/aws-provider/tests/";
const MOTO: &str = "tests/judges/moto/";
const NOT_ON_MOTO: &str = "docs/moto.md";

/// Every operation that the sandbox answers is in the models: what is not there never reaches it.
pub(super) fn sandbox_operations(repo: &Repo) -> Vec<Finding> {
    let Some(models) = repo.file(OPERATIONS) else {
        // Before there is a list there is nothing to answer.
        return match repo.below(SANDBOX).flat_map(answered).next() {
            Some(_) => vec![Finding::new(OPERATIONS, 1, "there is no such list, and the sandbox answers operations")],
            None => Vec::new(),
        };
    };
    let known = listed(&models.text);
    let mut findings = Vec::new();
    for file in repo.below(SANDBOX).filter(|f| f.is_rust()) {
        let service = file.path[SANDBOX.len()..].split(['/', '.']).next().unwrap_or_default();
        for (line, name) in answered(file) {
            if !known.get(service).is_some_and(|names| names.contains(name)) {
                let what =
                    format!("{service} {name} is not in {OPERATIONS}; add it there and run `cargo xtask models`");
                findings.push(Finding::new(&file.path, line, what));
            }
        }
    }
    findings
}

/// `[service]`, then names, any number to a line; `#` starts a comment.
fn listed(text: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut services: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut service = "";
    for line in text.lines().map(|l| l.split('#').next().unwrap_or_default().trim()) {
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            service = name;
        } else {
            services.entry(service).or_default().extend(line.split_whitespace());
        }
    }
    services
}

/// The operations in a file's `OPERATIONS` table, `("CreateVpc", create)`, with their lines: the first text of
/// each row.
fn answered(file: &File) -> Vec<(usize, &str)> {
    const TABLE: &str = "const OPERATIONS: Operations = &[";
    let Some(start) = file.text.find(TABLE).map(|at| at + TABLE.len()) else { return Vec::new() };
    let mut names = Vec::new();
    let (mut depth, mut named) = (1, false);
    let mut open = None;
    let mut line = 1 + file.text[..start].matches('\n').count();
    for (at, byte) in file.text.bytes().enumerate().skip(start) {
        match (byte, open) {
            (b'"', None) => open = Some(at + 1),
            (b'"', Some(from)) => {
                open = None;
                if depth == 2 && !named {
                    named = true;
                    names.push((line, &file.text[from..at]));
                }
            }
            (_, Some(_)) => {}
            (b'\n', None) => line += 1,
            (b'(' | b'[' | b'{', None) => {
                depth += 1;
                named &= depth != 2;
            }
            (b')' | b']' | b'}', None) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// Types whose life is not tested yet. The list only shrinks.
const UNTESTED: [&str; 0] = [];

/// Every resource type of the native provider is named by a test that takes it through its life.
pub(super) fn lifecycle_cases(repo: &Repo) -> Vec<Finding> {
    let tests: BTreeSet<&str> = repo.below(LIVES).flat_map(|f| f.text.split(|c: char| !is_name(c))).collect();
    let untested = declared(repo).filter(|(_, _, name)| !tests.contains(name) && !UNTESTED.contains(name));
    let what = |name: &str| format!("no test below {LIVES} names {name}; take it from create to gone on the sandbox");
    untested.map(|(path, line, name)| Finding::new(path, line, what(name))).collect()
}

/// Every resource type of the native provider is used by a root module that is run on moto, or the list of those that moto has
/// not tells why.
pub(super) fn types_on_moto(repo: &Repo) -> Vec<Finding> {
    let modules = repo.below(MOTO).filter(|f| f.path.ends_with(".tf"));
    let used: BTreeSet<&str> = modules.flat_map(|f| f.text.split(|c: char| !is_name(c))).collect();
    let missing = repo.file(NOT_ON_MOTO).map_or("", |f| f.text.as_str());
    // Only what is in backticks, so that one name is not found in another.
    let told: BTreeSet<&str> = missing.split('`').skip(1).step_by(2).collect();
    let neither = declared(repo).filter(|(_, _, name)| !used.contains(name) && !told.contains(name));
    let what = |name: &str| format!("{name} is neither used below {MOTO} nor is there a reason in {NOT_ON_MOTO}");
    neither.map(|(path, line, name)| Finding::new(path, line, what(name))).collect()
}

/// The resource types that the native provider declares, each with its file and line.
fn declared(repo: &Repo) -> impl Iterator<Item = (&str, usize, &str)> {
    let files = repo.below(PROVIDER).filter(|f| f.is_rust());
    files.flat_map(|file| {
        file.lines().filter_map(|(line, text)| {
            let (_, rest) = text.split_once("= resource(\"")?;
            Some((file.path.as_str(), line, rest.split('"').next().unwrap_or_default()))
        })
    })
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_outside_the_models() {
        let table = "pub(super) const OPERATIONS: Operations = &[\n    (\"CreateVpc\", create),\n    (\n        \"NoSuch\",\n        |ctx| create(ctx, \"Name\"),\n    ),\n];\nlet x = (\"Other\", 1);\n";
        let repo = Repo::of(&[
            ("crates/aws-api/models/operations.txt", "# all\n[ec2]\nCreateVpc DeleteVpc # both\n[sts]\nNoSuch\n"),
            ("crates/aws-sandbox/src/ec2/vpc.rs", table),
        ]);
        let found = sandbox_operations(&repo);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, 4);
    }

    #[test]
    fn types_without_a_life() {
        let repo = Repo::of(&[
            ("crates/aws-provider/src/ec2/vpc.rs", "pub static VPC: Resource = resource(\"aws_vpc\", &super::EC2)"),
            ("crates/aws-provider/src/ec2/eip.rs", "\npub static EIP: Resource = resource(\"aws_eip\", &super::EC2)"),
            ("crates/aws-provider/tests/network.rs", "life(\"aws_vpc\"); life(\"aws_eip_association\");"),
        ]);
        let found: Vec<String> = lifecycle_cases(&repo).into_iter().map(|f| format!("{}:{}", f.path, f.line)).collect();
        assert_eq!(found, ["crates/aws-provider/src/ec2/eip.rs:2"]);
    }

    #[test]
    fn types_that_moto_never_sees() {
        let declared = "static A: R = resource(\"aws_vpc\");\nstatic B: R = resource(\"aws_eip\");\nstatic C: R = resource(\"aws_c\");\n";
        let repo = Repo::of(&[
            ("crates/aws-provider/src/ec2/all.rs", declared),
            ("tests/judges/moto/network/main.tf", "resource \"aws_vpc\" \"v\" {}\n"),
            ("docs/moto.md", "| `aws_eip`, `aws_c_more` | nothing |\n"),
        ]);
        let found: Vec<usize> = types_on_moto(&repo).into_iter().map(|f| f.line).collect();
        assert_eq!(found, [3]);
    }
}
