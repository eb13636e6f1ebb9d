//! `cargo xtask bless`: writes expected files anew and shows what became different.

use std::path::Path;
use std::process::Command;

/// Runs the tests of some packages (all without one) with expected files being written, then asks git what changed.
///
/// # Errors
/// When cargo or git cannot be run, or a test fails that blessing does not mend.
pub(crate) fn run(root: &Path, packages: &[&str]) -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut tests = Command::new(cargo);
    tests.args(["test", "--quiet"]).current_dir(root).env("CRATON_BLESS", "1").env("INSTA_UPDATE", "always");
    if packages.is_empty() {
        tests.arg("--workspace");
    }
    for package in packages {
        // `bless config` for `craton-config`.
        let name = if package.starts_with("craton-") { (*package).to_string() } else { format!("craton-{package}") };
        tests.args(["--package", &name]);
    }
    let passed = tests.status().map_err(|e| format!("cargo cannot be run: {e}"))?.success();
    let changed = Command::new("git").args(["status", "--short"]).current_dir(root).status();
    changed.map_err(|e| format!("git cannot be run: {e}"))?;
    println!("read each difference before you commit it: git diff");
    if passed { Ok(()) } else { Err("a test fails that no expected file mends".into()) }
}
