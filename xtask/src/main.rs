//! Developer tasks of craton.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod models;

use std::process::ExitCode;

const USAGE: &str = "cargo xtask <task>

  models [--from DIR]   trim AWS's API models to crates/aws-api/models/operations.txt;
                        DIR holds <service>/<date>/service-2.json[.gz], by default botocore's data folder";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["models"] => models::run(None),
        ["models", "--from", dir] => models::run(Some(dir.into())),
        _ => Err(USAGE.to_string()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
