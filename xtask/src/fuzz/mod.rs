//! `cargo xtask fuzz`: random bytes, steered by coverage, for everything that craton reads.
//!
//! The programs are those of `fuzz/`, a workspace of its own that `cargo fuzz` understands as well. They are built here
//! with the flags that it would give without a sanitizer, so that neither it nor a nightly compiler is needed. What they
//! find is written below the target folder and, once its cause is mended, kept in `tests/fuzz/<target>/`, where an
//! ordinary `cargo test` replays it.

mod corpus;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One program each; `craton_fuzz::TARGETS` has the same.
const TARGETS: [&str; 7] = ["hcl", "json", "eval", "template", "tfstate", "plan", "tfvars"];

/// What a run may take. More is a finding.
const LIMITS: [&str; 4] = ["-rss_limit_mb=2048", "-timeout=60", "-max_len=8192", "-print_final_stats=1"];

/// Sources are kept for the life of a process, so each is ended after a while and another one goes on.
const LONGEST_RUN: u64 = 120;

/// Counters at each edge, and what is compared: what libFuzzer steers by.
const FLAGS: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Clink-dead-code",
    "--cfg=fuzzing",
];

pub(crate) const USAGE: &str =
    "  fuzz [TARGET...] [FLAGS]  random bytes for all that craton reads: hcl json eval template tfstate plan tfvars
                         --seconds N        for each target (60)
                         --keep             afterwards, keep in tests/fuzz what of it reaches most";

struct Options {
    targets: Vec<&'static str>,
    seconds: u64,
    keep: bool,
}

/// Runs the targets one after the other.
///
/// # Errors
/// When an argument is not understood, the programs do not compile, or one of them found something.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<(), String> {
    let options = parse(args)?;
    let host = match able(root) {
        Ok(host) => host,
        Err(missing) => {
            println!("skipped: {missing}");
            return Ok(());
        }
    };
    let programs = build(root, &host)?;
    let work = programs.parent().and_then(Path::parent).and_then(Path::parent).unwrap_or(root).join("work");
    let mut found = Vec::new();
    for target in &options.targets {
        let program = programs.join(target);
        found.extend(fuzz(root, &work, target, &program, options.seconds)?);
        if options.keep {
            corpus::keep(root, &work, target, &program)?;
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{} found something. Each file below does it again: run the program on it, mend the cause, and keep the file in tests/fuzz.\n{}",
        found.len(),
        found.iter().map(|f| format!("  {}\n", f.display())).collect::<String>()
    ))
}

fn parse(args: &[&str]) -> Result<Options, String> {
    let mut options = Options { targets: Vec::new(), seconds: 60, keep: false };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match *arg {
            "--seconds" => {
                let value = args.next().ok_or("--seconds needs a value")?;
                options.seconds = value.parse().ok().filter(|n| *n > 0).ok_or("--seconds is a number from 1 on")?;
            }
            "--keep" => options.keep = true,
            name => {
                let target = TARGETS.iter().find(|t| **t == name);
                options.targets.push(target.ok_or_else(|| format!("{name} is no target of fuzz\n\n{USAGE}"))?);
            }
        }
    }
    if options.targets.is_empty() {
        options.targets = TARGETS.to_vec();
    }
    Ok(options)
}

/// Whether the programs can be built here: the triple to build for, or what is missing and how to get it.
fn able(root: &Path) -> Result<String, String> {
    let version = Command::new("rustc").args(["-vV"]).current_dir(root).output();
    let version = version.map_err(|e| format!("rustc cannot be run: {e}"))?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version.lines().find_map(|l| l.strip_prefix("host: ")).unwrap_or_default().to_owned();
    if !(host.ends_with("-linux-gnu") || host.ends_with("-apple-darwin")) {
        return Err(format!("libFuzzer runs on Linux and macOS, not on {host}"));
    }
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".into());
    let works = Command::new(&compiler).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !works.is_ok_and(|s| s.success()) {
        return Err(format!(
            "no C++ compiler ({compiler}), which libFuzzer is built with; install g++ or clang, or name one in CXX"
        ));
    }
    let fetched = cargo(root, &["fetch", "--quiet", "--locked"]).output();
    match fetched {
        Ok(out) if out.status.success() => Ok(host),
        Ok(out) => Err(format!(
            "the crate libfuzzer-sys cannot be fetched ({}); `cargo fetch --manifest-path fuzz/Cargo.toml` where there is a network gets it",
            String::from_utf8_lossy(&out.stderr).trim().lines().last().unwrap_or_default()
        )),
        Err(e) => Err(format!("cargo cannot be run: {e}")),
    }
}

fn cargo(root: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).arg("--manifest-path").arg(root.join("fuzz/Cargo.toml")).current_dir(root);
    command
}

/// Builds all programs; the folder they are in. A target triple is named so that build scripts and macros, which run in
/// the compiler, are spared the flags.
fn build(root: &Path, host: &str) -> Result<PathBuf, String> {
    let base = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let target = root.join(base).join("fuzz");
    let status = cargo(root, &["build", "--quiet", "--release", "--bins", "--locked", "--target", host])
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\u{1f}"))
        .status()
        .map_err(|e| format!("cargo cannot be run: {e}"))?;
    if !status.success() {
        return Err("the programs of fuzz/ do not compile".into());
    }
    Ok(target.join(host).join("release"))
}

/// Runs one program for so many seconds; the files of what it found.
fn fuzz(root: &Path, work: &Path, target: &str, program: &Path, seconds: u64) -> Result<Vec<PathBuf>, String> {
    let (corpus, found) = (work.join("corpus").join(target), work.join("found").join(target));
    for folder in [&corpus, &found] {
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    corpus::seed(root, target, &corpus)?;
    let before = corpus::files(&found)?;
    let (mut left, mut total) = (seconds, Summary::default());
    while left > 0 {
        let now = left.min(LONGEST_RUN);
        left -= now;
        let out = Command::new(program)
            .args(LIMITS)
            .arg(format!("-max_total_time={now}"))
            .arg(format!("-artifact_prefix={}/", found.display()))
            .arg(format!("-dict={}", root.join("fuzz/words.dict").display()))
            .arg(&corpus)
            .arg(root.join("tests/fuzz").join(target))
            .stdin(Stdio::null())
            .output()
            .map_err(|e| format!("{}: {e}", program.display()))?;
        let log = String::from_utf8_lossy(&out.stderr).into_owned();
        total.add(&log);
        if !out.status.success() {
            let log_file = found.join("last.log");
            std::fs::write(&log_file, &log).map_err(|e| format!("{}: {e}", log_file.display()))?;
            break;
        }
    }
    let new: Vec<PathBuf> = corpus::files(&found)?.into_iter().filter(|f| !before.contains(f)).collect();
    let new: Vec<PathBuf> = new.into_iter().filter(|f| f.extension().is_none()).collect();
    println!("fuzz {target}: {total}, found {}", if new.is_empty() { "nothing".into() } else { new.len().to_string() });
    Ok(new)
}

/// What the programs said of themselves.
#[derive(Debug, Default, PartialEq)]
struct Summary {
    executions: u64,
    edges: u64,
    inputs: u64,
    peak: u64,
}

impl Summary {
    /// Reads the log of one process: `#123 DONE cov: 45 ft: 67 corp: 8/9Kb ... rss: 10Mb` and the final statistics.
    fn add(&mut self, log: &str) {
        let number = |text: Option<&str>| text.and_then(|t| t.split(['/', 'M']).next()?.parse().ok()).unwrap_or(0u64);
        let mut executions = 0;
        for line in log.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let after =
                |what: &str| number(words.iter().position(|w| *w == what).and_then(|i| words.get(i + 1)).copied());
            if let Some(count) = words.first().and_then(|w| w.strip_prefix('#')) {
                executions = executions.max(number(Some(count)));
                self.edges = self.edges.max(after("cov:"));
                self.inputs = self.inputs.max(after("corp:"));
                self.peak = self.peak.max(after("rss:"));
            } else if words.first() == Some(&"stat::number_of_executed_units:") {
                executions = executions.max(number(words.get(1).copied()));
            }
        }
        self.executions += executions;
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} executions, {} edges, {} inputs that reach different ones, {} MiB",
            self.executions, self.edges, self.inputs, self.peak
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments() {
        let options = parse(&["eval", "plan", "--seconds", "5"]).unwrap();
        assert_eq!((options.targets, options.seconds, options.keep), (vec!["eval", "plan"], 5, false));
        assert_eq!(parse(&[]).unwrap().targets, TARGETS);
        assert!(parse(&["nothing"]).is_err() && parse(&["--seconds", "0"]).is_err());
    }

    #[test]
    fn logs_are_added_up() {
        let mut summary = Summary::default();
        let log = "#2 INITED cov: 10 ft: 11 corp: 1/1b exec/s: 0 rss: 40Mb\n#512 DONE   cov: 30 ft: 67 corp: 8/9Kb lim: 4 exec/s: 9 rss: 61Mb\n\
                   stat::number_of_executed_units: 513\n";
        summary.add(log);
        summary.add(log);
        assert_eq!(summary, Summary { executions: 1026, edges: 30, inputs: 8, peak: 61 });
    }
}
