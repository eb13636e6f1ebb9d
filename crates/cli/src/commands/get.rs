//! `get`

use craton_terragrunt::IamRole;

use super::init::{install, said};
use crate::app::{App, Ended, Outcome};
use crate::args::GetArgs;
use crate::unit::Work;

/// Fetches the modules that are called; with `-update` anew.
pub async fn run(app: &App, args: &GetArgs) -> Ended {
    let dir = app.dir();
    let tests = &args.tests.test_directory;
    if !app.is_unit(&dir) {
        install(app, &dir, &IamRole::default(), tests, args.update, &mut said)?;
        return Ok(Outcome::Done);
    }
    let work = Work::load(app, "get").await?;
    let role = work.active.as_ref().map(|a| a.unit.iam.clone()).unwrap_or_default();
    let fetch = async {
        install(app, &work.root.dir, &role, tests, args.update, &mut said)?;
        Ok(Outcome::Done)
    };
    work.hooked(fetch).await
}
