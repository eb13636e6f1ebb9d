//! `version`

use serde_json::json;

use crate::app::{App, Ended, Outcome, TERRAFORM_VERSION};
use crate::args::VersionArgs;

/// Shows the version.
pub fn run(_: &App, args: &VersionArgs) -> Ended {
    let version = env!("CARGO_PKG_VERSION");
    if args.json {
        let doc = json!({
            "terraform_version": TERRAFORM_VERSION, "craton_version": version,
            "platform": format!("{}_{}", std::env::consts::OS, arch()), "provider_selections": {}, "terraform_outdated": false,
        });
        println!("{doc:#}");
    } else {
        println!(
            "craton v{version}\nruns configurations for Terraform v{TERRAFORM_VERSION}\non {}_{}",
            std::env::consts::OS,
            arch()
        );
    }
    Ok(Outcome::Done)
}

fn arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
