//! `backend`: the places that units keep their states in.

mod bootstrap;
mod delete;
mod migrate;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use craton_model::{Diagnostic, Diagnostics};
use craton_state::{Backend, Place};
use craton_terragrunt::{Terragrunt, Unit};

use crate::app::{App, Ended, Outcome};
use crate::args::BackendCommand;
use crate::aws::Access;
use crate::backend::{self, Choice, LocalFlags};
use crate::bootstrap::place;
use crate::store::OpenState;
use crate::terragrunt::state_of;
use crate::unit_log::{Level, shown};
use crate::units::choose;

/// Runs a command about places of states.
pub async fn run(app: &App, command: &BackendCommand) -> Ended {
    match command {
        BackendCommand::Migrate(args) => migrate::run(app, args).await,
        other => each(app, other).await,
    }
}

/// A unit with the place of its state.
pub struct Home {
    /// The unit.
    pub unit: Unit,
    /// Its folder as people see it.
    pub name: String,
    /// The backend.
    pub choice: Choice,
    /// How AWS is reached.
    pub aws: Access,
    /// What can be made and deleted; `None` for backends other than S3.
    pub place: Option<Place>,
}

impl Home {
    /// Reads a unit as far as needed to find its state. Without a `remote_state` block it has none to speak of here.
    pub async fn of(app: &App, session: &Arc<Terragrunt>, dir: &Path) -> Result<Option<Self>, Diagnostics> {
        let found = tokio::task::block_in_place(|| {
            let unit = session.load_for_outputs(dir)?;
            if unit.config.remote_state.is_none() {
                return Ok(None);
            }
            let (choice, aws) = state_of(app, &unit)?;
            Ok::<_, Diagnostics>(Some((unit, choice, aws)))
        })?;
        let Some((unit, choice, aws)) = found else { return Ok(None) };
        app.report(&unit.warnings, false);
        let mut name = shown(&choose::root(app), &unit.dir);
        if name == "." {
            name = unit.dir.file_name().map_or(name, |n| n.to_string_lossy().into_owned());
        }
        let place = place(unit.config.remote_state.as_ref(), &choice, &aws).await?;
        Ok(Some(Self { unit, name, choice, aws, place }))
    }

    /// The backend, opened.
    pub async fn backend(&self) -> Result<Box<dyn Backend>, Diagnostics> {
        backend::open(&self.choice, &self.unit.working_dir, &LocalFlags::default(), &self.aws).await
    }

    /// The state of a workspace, locked.
    pub async fn state(&self, app: &App, workspace: &str, operation: &str) -> Result<OpenState, Diagnostics> {
        let store = self.backend().await?.open(workspace).await?;
        OpenState::open(app, store, operation, true, Duration::ZERO).await
    }

    /// Refuses what cannot be taken back, unless the bucket keeps versions or it is forced. Gives whether there is
    /// anything at all.
    pub async fn check_versions(&self, doing: &str, force: bool) -> Result<bool, Diagnostics> {
        let Some(place) = &self.place else { return Ok(true) };
        match place.is_versioned().await? {
            None => Ok(false),
            Some(false) if !force => {
                let detail = format!(
                    "The bucket {} is not versioned, refusing to {doing}: it could not be brought back. Turn versioning on with  craton backend bootstrap , or add --force.",
                    place.settings().bucket
                );
                Err(Diagnostic::error("Bucket is not versioned", detail).into())
            }
            Some(_) => Ok(true),
        }
    }
}

/// Runs a command for the unit in the working folder, or with `--all` for every unit below it, one after another. One
/// that fails does not keep the others from their turn, unless `--fail-fast` says so.
async fn each(app: &App, command: &BackendCommand) -> Ended {
    let session = app.terragrunt("init");
    let many = app.units.has("all");
    let dirs: Vec<PathBuf> =
        if many { craton_terragrunt::discover(&session, &choose::root(app))? } else { vec![app.dir()] };
    let mut failed = Vec::new();
    for dir in &dirs {
        let result = match Home::of(app, &session, dir).await {
            Ok(Some(home)) => match command {
                BackendCommand::Delete(args) => delete::run(app, home, args).await,
                _ => bootstrap::run(app, home).await,
            },
            Ok(None) if many => Ok(()),
            Ok(None) => Err(no_remote_state(dir)),
            Err(found) => Err(found),
        };
        match result {
            Ok(()) => {}
            Err(found) if many => {
                app.report(&found, false);
                failed.push(shown(&choose::root(app), dir));
                if app.units.has("fail-fast") {
                    break;
                }
            }
            Err(found) => return Err(found),
        }
    }
    if failed.is_empty() {
        return Ok(Outcome::Done);
    }
    app.log.say(Level::Error, None, &format!("Failed: {}", failed.join(", ")));
    Ok(Outcome::Failed)
}

fn no_remote_state(dir: &Path) -> Diagnostics {
    let detail = format!(
        "The unit in {} has no remote_state block, so nothing is known of a place for its state. Add one.",
        dir.display()
    );
    Diagnostic::error("No remote_state", detail).into()
}
