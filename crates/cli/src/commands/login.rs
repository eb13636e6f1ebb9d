//! `login` and `logout`

use craton_model::Diagnostic;

use crate::app::{App, Ended};
use crate::args::HostArgs;

/// Says what to do instead: craton keeps no credentials, so there are none to fetch or forget.
pub fn run(_: &App, args: &HostArgs, log_in: bool) -> Ended {
    let host = &args.host;
    let (summary, detail) = if log_in {
        let detail = format!(
            "craton fetches no tokens and keeps none: state is kept by the backends \"s3\" and \"local\", and modules come \
             from git or folders. To fetch private modules, give git access to {host}, by an SSH key or a credential \
             helper; AWS credentials come from where the AWS command line has them."
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
