//! What is fuzzed: one function for each kind of text that craton reads.
//!
//! **Takes** any bytes.
//! **Gives** nothing; it panics where a promise about those bytes is broken.
//! **Never** touches disk, clock or network.
//!
//! `fuzz/` has a program for each of [`TARGETS`] (`cargo xtask fuzz`); the tests replay what those programs found, kept
//! in `tests/fuzz/<target>/`, through the same functions.

mod expression;
mod files;
mod scope;
mod shape;
mod syntax;

/// A kind of text.
pub struct Target {
    /// Its name: that of the program in `fuzz/fuzz_targets/` and of the folder in `tests/fuzz/`.
    pub name: &'static str,
    /// Reads the bytes in every way craton would, and checks what it promises of them.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "hcl", run: syntax::native },
    Target { name: "json", run: syntax::json },
    Target { name: "eval", run: expression::evaluate },
    Target { name: "template", run: expression::template },
    Target { name: "tfstate", run: files::tfstate },
    Target { name: "plan", run: files::plan },
    Target { name: "tfvars", run: files::tfvars },
];

/// Runs the target of this name; a name that is none is a mistake of the caller's and panics.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|t| t.name == name);
    assert!(target.is_some(), "there is no target {name}");
    if let Some(target) = target {
        (target.run)(bytes);
    }
}

/// What the expressions under test can refer to.
pub fn scope() -> &'static dyn craton_hcl::Scope {
    scope::fixed()
}

/// Text, as far as the bytes are: what is no UTF-8 is refused where files are read, before any of this.
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}
