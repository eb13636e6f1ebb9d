//! `login` and `logout`

use craton_model::Diagnostic;

use crate::app::{App, Ended};
use crate::args::HostArgs;

/// Says what to do instead: craton uses tokens for registries but asks for none and saves none.
pub fn run(_: &App, args: &HostArgs, log_in: bool) -> Ended {
    let host = &args.host;
    let (summary, detail) = if log_in {
        let detail = format!(
            "craton asks for no tokens and saves none. For private modules of {host}, make a token there and set {} to it, or write it \
             into a credentials block of Terraform's CLI configuration file (what `terraform login` saved is read, too). Git has its \
             own credentials, by an SSH key or a credential helper; those of AWS come from where the AWS command line has them.",
            craton_fetch::Hosts::variable(host)
        );
        ("Login is not supported", detail)
    } else {
        let detail = format!(
            "craton keeps no token for {host}, so there is none to remove. What Terraform saved is in \
             ~/.terraform.d/credentials.tfrc.json; revoke a token where it was made, too."
        );
        ("Logout is not supported", detail)
    };
    Err(Diagnostic::error(summary, detail).into())
}
