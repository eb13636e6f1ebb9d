//! `show`

use craton_model::Diagnostic;
use craton_state::{planfile, tfstate};

use super::open_state;
use crate::app::{App, Ended, Outcome, TERRAFORM_VERSION};
use crate::args::ShowArgs;
use crate::backend::LocalFlags;
use crate::json::{configuration, plan, state};
use crate::render;
use crate::unit::Work;

/// Shows a state or a saved plan.
pub async fn run(app: &App, args: &ShowArgs) -> Ended {
    let Some(file) = &args.file else {
        let work = Work::for_state(app).await?;
        let open = open_state(app, &work, &LocalFlags::default(), "", None).await?;
        let exists = !(open.state.is_empty() && open.state.serial == 0);
        let schemas = work.schemas_of(&open.state).await;
        if args.json {
            println!("{}", state::render(exists.then_some(&open.state), &schemas, TERRAFORM_VERSION));
        } else {
            print!("{}", render::state::render(&open.state, &schemas, &app.out));
        }
        return Ok(Outcome::Done);
    };
    let path = app.path(file);
    // In a unit's folder the plan was saved where its root module works.
    let path = if path.is_file() { path } else { app.dir().join(file) };
    let bytes = std::fs::read(&path)
        .map_err(|e| Diagnostic::error("File is not readable", format!("Cannot read {}: {e}.", path.display())))?;
    if planfile::is_plan(&bytes) {
        let saved = planfile::read(&bytes)?;
        let work = Work::for_plan(app, &saved).await?;
        // What the configuration no longer uses may still be in the state.
        let mut schemas = work.schemas_of(&saved.plan.prior_state).await;
        schemas.extend(work.schemas().await?);
        if args.json {
            let config = configuration::render(&work.root.tree, &schemas);
            println!("{}", plan::render(&saved.plan, &schemas, TERRAFORM_VERSION, config));
        } else {
            print!("{}", render::plan::render(&saved.plan, &schemas, &work.root.tree, &app.out));
        }
    } else {
        let shown = tfstate::parse(&bytes, &path.display().to_string())?;
        let work = Work::for_state(app).await?;
        let schemas = work.schemas_of(&shown).await;
        if args.json {
            println!("{}", state::render(Some(&shown), &schemas, TERRAFORM_VERSION));
        } else {
            print!("{}", render::state::render(&shown, &schemas, &app.out));
        }
    }
    Ok(Outcome::Done)
}
