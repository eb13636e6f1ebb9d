//! `get`

use craton_terragrunt::IamRole;

use crate::app::{App, Ended, Outcome};
use crate::args::GetArgs;

/// Fetches the modules that are called; with `-update` anew.
pub fn run(app: &App, args: &GetArgs) -> Ended {
    super::init::install(
        app,
        &app.dir(),
        &IamRole::default(),
        &args.tests.test_directory,
        args.update,
        &mut super::init::said,
    )?;
    Ok(Outcome::Done)
}
