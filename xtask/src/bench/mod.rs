//! `cargo xtask bench`: craton beside what people use today, on the same endpoint, in one run.
//!
//! A benchmark is one file here and one row in [`BENCHES`].

mod base;
mod measure;
mod proxy;
mod scale;
mod table;
pub(crate) mod tools;
mod units;
mod vpc;

pub(crate) use measure::measured;

use std::path::{Path, PathBuf};

/// What a benchmark is asked to do.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// The root of the repository.
    pub root: PathBuf,
    /// `own`, or `public=FOLDER`.
    pub module: Module,
    /// `None` for a craton sandbox of the benchmark's own, else an AWS endpoint on loopback.
    pub endpoint: Option<String>,
    /// How often what is cheap is repeated; the median counts.
    pub runs: usize,
    /// A craton to measure instead of a fresh release build.
    pub craton: Option<PathBuf>,
    /// Say so when Terraform is there, but leave it out.
    pub alone: bool,
    /// Fail when a promise is not kept.
    pub check: bool,
    /// Print every kind of request with its number.
    pub requests: bool,
}

/// Which module is planned and applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Module {
    /// The repository's own.
    Own,
    /// A folder that holds the published module.
    Public(PathBuf),
}

struct Bench {
    name: &'static str,
    about: &'static str,
    run: fn(&Options) -> Result<(), String>,
}

const BENCHES: &[Bench] = &[
    Bench { name: "vpc", about: "the VPC module: first plan, apply, plan with no changes", run: vpc::run },
    Bench {
        name: "base",
        about: "the whole live tree: plan with no changes, beside all of Terraform's",
        run: base::run,
    },
    Bench { name: "scale", about: "1,000, 2,000 and 10,000 resources: the same three", run: scale::run },
    Bench {
        name: "units",
        about: "500 and 1,000 units: find --dag, plan, apply, plan with no changes",
        run: units::run,
    },
];

/// What can be asked for.
pub(crate) fn usage() -> String {
    let mut text = "  bench NAME [FLAGS]     measure craton beside Terraform:\n".to_string();
    for bench in BENCHES {
        text.push_str(&format!("                           {:<8} {}\n", bench.name, bench.about));
    }
    text.push_str(
        "                         --module own|public=FOLDER   the module (own)
                         --endpoint sandbox|URL       where AWS is (a sandbox of its own)
                         --runs N                     runs of a plan with no changes (5)
                         --craton FILE                this craton, not a fresh release build
                         --alone                      without Terraform
                         --requests                   every kind of request and its number
                         --check                      fail when a promise is not kept",
    );
    text
}

/// Runs the benchmark that the arguments name.
///
/// # Errors
/// When an argument is not understood, or a measured command fails.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<(), String> {
    let [name, flags @ ..] = args else { return Err(format!("which benchmark?\n\n{}", usage())) };
    let Some(bench) = BENCHES.iter().find(|b| b.name == *name) else {
        return Err(format!("there is no benchmark {name}\n\n{}", usage()));
    };
    (bench.run)(&parse(root, flags)?)
}

fn parse(root: &Path, flags: &[&str]) -> Result<Options, String> {
    let mut options = Options {
        root: root.into(),
        module: Module::Own,
        endpoint: None,
        runs: 5,
        craton: None,
        alone: false,
        check: false,
        requests: false,
    };
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        match *flag {
            "--alone" => options.alone = true,
            "--check" => options.check = true,
            "--requests" => options.requests = true,
            "--module" | "--endpoint" | "--runs" | "--craton" => {
                let value = *flags.next().ok_or_else(|| format!("{flag} needs a value"))?;
                set(&mut options, flag, value)?;
            }
            _ => return Err(format!("{flag} is no flag of bench\n\n{}", usage())),
        }
    }
    Ok(options)
}

fn set(options: &mut Options, flag: &str, value: &str) -> Result<(), String> {
    match (flag, value) {
        ("--module", "own") => options.module = Module::Own,
        ("--module", _) => {
            let folder = value.strip_prefix("public=").ok_or("--module is own or public=FOLDER")?;
            options.module = Module::Public(folder.into());
        }
        ("--endpoint", "sandbox") => options.endpoint = None,
        ("--endpoint", _) => {
            let host = value.strip_prefix("http://").ok_or("--endpoint is sandbox or http://127.0.0.1:PORT")?;
            options.endpoint = Some(host.trim_end_matches('/').into());
        }
        ("--runs", _) => {
            options.runs = value.parse().ok().filter(|n| *n > 0).ok_or("--runs is a number from 1 on")?;
        }
        _ => options.craton = Some(value.into()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags() {
        let options = parse(Path::new("."), &["--module", "public=x", "--runs", "3", "--alone"]).unwrap();
        assert_eq!(options.module, Module::Public("x".into()));
        assert_eq!((options.runs, options.alone, options.check), (3, true, false));
        assert!(parse(Path::new("."), &["--runs", "0"]).is_err());
        assert!(parse(Path::new("."), &["--module", "theirs"]).is_err());
        assert!(parse(Path::new("."), &["--module"]).is_err());
        assert!(parse(Path::new("."), &["--fast"]).is_err());
    }
}
