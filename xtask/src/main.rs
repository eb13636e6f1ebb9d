//! Developer tasks of craton.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod bless;
mod check;
mod fuzz;
mod models;
mod schema_diff;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn usage() -> String {
    format!(
        "cargo xtask <task>

  check                  the rules of the repository that a compiler does not hold
  bless [CRATE...]       write the expected files of golden tests anew
  models [--from DIR]    trim AWS's API models to crates/aws-api/models/operations.txt; DIR holds
                         <service>/<date>/service-2.json[.gz], by default botocore's data folder
{}
{}
{}",
        schema_diff::USAGE,
        bench::usage(),
        fuzz::USAGE
    )
}

/// The root of the repository: this package is a folder in it.
fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["check"] => check::run(&root()),
        ["bless", packages @ ..] => bless::run(&root(), packages),
        ["models"] => models::run(None),
        ["models", "--from", dir] => models::run(Some(dir.into())),
        ["schema-diff", rest @ ..] => schema_diff::run(&root(), rest),
        ["fuzz", rest @ ..] => fuzz::run(&root(), rest),
        ["bench", rest @ ..] => bench::run(&root(), rest),
        ["measured", report, program, rest @ ..] => return finish(bench::measured(report, program, rest)),
        _ => Err(usage()),
    };
    finish(outcome.map(|()| ExitCode::SUCCESS))
}

fn finish(outcome: Result<ExitCode, String>) -> ExitCode {
    outcome.unwrap_or_else(|message| {
        eprintln!("{message}");
        ExitCode::FAILURE
    })
}
