//! `show`

use craton_model::{Diagnostic, Diagnostics};
use craton_state::planfile::SavedPlan;
use craton_state::{planfile, tfstate, treeplan};

use super::open_state;
use crate::app::{App, Ended, Outcome, TERRAFORM_VERSION};
use crate::args::ShowArgs;
use crate::backend::LocalFlags;
use crate::json::{Schemas, configuration, plan, state};
use crate::render;
use crate::unit::Work;

/// Shows a state or a saved plan.
pub async fn run(app: &App, args: &ShowArgs) -> Ended {
    // Of a unit among many the plan that was kept for it.
    let kept = crate::lane::current().and_then(|l| l.plans.file.clone());
    let Some(file) = args.file.as_ref().or(kept.as_ref()) else {
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
    if treeplan::is_tree(&bytes) {
        return crate::units::tree::show(app, &bytes, args.json).await;
    }
    if planfile::is_plan(&bytes) {
        let saved = planfile::read(&bytes)?;
        let work = Work::for_plan(app, &saved, None).await?;
        if args.json {
            println!("{}", plan_json(&work, &saved).await?);
        } else {
            let schemas = schemas(&work, &saved).await?;
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

async fn schemas(work: &Work, saved: &SavedPlan) -> Result<Schemas, Diagnostics> {
    // What the configuration no longer uses may still be in the state.
    let mut schemas = work.schemas_of(&saved.plan.prior_state).await;
    schemas.extend(work.schemas().await?);
    Ok(schemas)
}

/// A saved plan in text.
pub async fn plan_text(app: &App, work: &Work, saved: &SavedPlan) -> Result<String, Diagnostics> {
    Ok(render::plan::render(&saved.plan, &schemas(work, saved).await?, &work.root.tree, &app.out))
}

/// A saved plan as JSON.
pub async fn plan_json(work: &Work, saved: &SavedPlan) -> Result<serde_json::Value, Diagnostics> {
    let schemas = schemas(work, saved).await?;
    let config = configuration::render(&work.root.tree, &schemas);
    Ok(plan::render(&saved.plan, &schemas, TERRAFORM_VERSION, config))
}
