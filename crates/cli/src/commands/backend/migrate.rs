//! `backend migrate`

use std::path::Path;
use std::sync::Arc;

use craton_model::{Diagnostic, Diagnostics};
use craton_terragrunt::Terragrunt;

use super::{Home, no_remote_state};
use crate::app::{App, Ended, Outcome};
use crate::args::BackendMigrateArgs;
use crate::bootstrap::{Reach, see_to, told};
use crate::commands::closing;
use crate::store::OpenState;

/// Moves the states of all workspaces from one unit's place to another's. Between two buckets they move; out of or into
/// another backend they are copied, and the old ones stay.
pub async fn run(app: &App, args: &BackendMigrateArgs) -> Ended {
    let session = app.terragrunt("init");
    let (from, to) = (home(app, &session, &args.from).await?, home(app, &session, &args.to).await?);
    if place(&from) == place(&to) {
        let detail = format!("Both units keep their state in {}. Nothing is to be moved.", place(&from));
        return Err(Diagnostic::error("Same place", detail).into());
    }
    if !from.check_versions("migrate the state", args.force).await? {
        let detail =
            format!("There is no bucket {} to take a state from.", from.choice.text("bucket").unwrap_or_default());
        return Err(Diagnostic::error("No state to migrate", detail).into());
    }
    let seen = see_to(app, to.unit.config.remote_state.as_ref(), &to.choice, &to.aws, Reach::Missing).await?;
    if let Some(place) = &to.place {
        told(&seen, place.settings()).iter().for_each(|line| println!("{line}"));
    }
    let moves = from.place.is_some() && to.place.is_some();
    let mut moved = 0;
    for workspace in from.backend().await?.workspaces().await? {
        let source = from.state(app, &workspace, "migrate-source").await?;
        if !source.exists {
            closing(source, Ok(())).await?;
            continue;
        }
        let result = one(app, &source, &to, &workspace, args.force).await;
        let result = match result {
            Ok(()) if moves => from.backend().await?.delete_workspace(&workspace).await,
            other => other,
        };
        let (was, objects) = (source.place(), source.state.instances().count());
        closing(source, result).await?;
        let done = if moves { "Moved" } else { "Copied" };
        println!("{done} {was} to {}: {objects} objects.", to.choice.place());
        moved += 1;
    }
    if moved == 0 {
        let detail = format!("There is no state in {}.", place(&from));
        return Err(Diagnostic::error("No state to migrate", detail).into());
    }
    if !moves {
        println!("The state in {} was left there. Delete it once the new one was seen to be right.", place(&from));
    }
    Ok(Outcome::Done)
}

async fn home(app: &App, session: &Arc<Terragrunt>, path: &Path) -> Result<Home, Diagnostics> {
    let dir = app.dir().join(path);
    Home::of(app, session, &dir).await?.ok_or_else(|| no_remote_state(&dir))
}

fn place(home: &Home) -> String {
    match home.choice.kind.as_str() {
        "s3" => home.choice.place(),
        _ => home.unit.working_dir.join(home.choice.place()).display().to_string(),
    }
}

/// Brings one state to its new place, and reads it there again.
async fn one(app: &App, source: &OpenState, to: &Home, workspace: &str, force: bool) -> Result<(), Diagnostics> {
    let mut target = to.state(app, workspace, "migrate-target").await?;
    let result = async {
        let (old, new) = (&target.state, &source.state);
        if target.exists && !force && (old.lineage != new.lineage || old.serial > new.serial) && !old.is_empty() {
            let detail = format!(
                "{} holds another state already ({} objects, serial {}). Nothing was changed. To replace it, add --force.",
                target.place(),
                old.instances().count(),
                old.serial
            );
            return Err(Diagnostic::error("State is there already", detail).into());
        }
        target.push(source.state.clone()).await?;
        let arrived = to.backend().await?.open(workspace).await?.read().await?;
        if arrived.as_ref() != Some(&source.state) {
            let detail = format!(
                "{} does not hold what was written there. The state is still in {}, too.",
                target.place(),
                source.place()
            );
            return Err(Diagnostic::error("State did not arrive", detail).into());
        }
        Ok(())
    }
    .await;
    closing(target, result).await
}
