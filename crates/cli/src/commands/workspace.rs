//! `workspace`

use std::path::Path;

use craton_model::{Diagnostic, Diagnostics, State, similar};
use craton_state::{Backend, DEFAULT_WORKSPACE, tfstate};

use super::closing;
use crate::app::{App, Ended, Outcome};
use crate::args::WorkspaceCommand;
use crate::backend::{self, LocalFlags};
use crate::store::OpenState;
use crate::unit::Work;

/// Lists, chooses, makes and deletes workspaces.
pub async fn run(app: &App, command: &WorkspaceCommand) -> Ended {
    let work = Work::for_state(app).await?;
    let current = &work.root.workspace;
    if let WorkspaceCommand::Show = command {
        println!("{current}");
        return Ok(Outcome::Done);
    }
    let choice = backend::in_use(&work)?.0;
    let backend = backend::open(&choice, &work.root.dir, &LocalFlags::default(), &work.aws).await?;
    let names = backend.workspaces().await?;
    match command {
        WorkspaceCommand::Show => {}
        WorkspaceCommand::List => {
            for name in &names {
                println!("{} {name}", if name == current { "*" } else { " " });
            }
            println!();
        }
        WorkspaceCommand::Select { name, or_create } => {
            overridden()?;
            if !names.contains(name) {
                if !or_create {
                    let hint = similar(name, names.iter().map(String::as_str))
                        .map(|n| format!(" Did you mean {n:?}?"))
                        .unwrap_or_default();
                    let detail =
                        format!("There is no workspace {name:?}.{hint} To make it:\n  craton workspace new {name}");
                    return Err(Diagnostic::error("Workspace not found", detail).into());
                }
                create(app, backend.as_ref(), name, None, true, std::time::Duration::ZERO).await?;
            }
            choose(&work.root.data_dir, name)?;
            println!("{}", app.out.green(format!("Switched to workspace \"{name}\".")));
        }
        WorkspaceCommand::New { name, state, locking } => {
            overridden()?;
            if names.contains(name) {
                return Err(Diagnostic::error(
                    "Workspace exists already",
                    format!("There is a workspace {name:?} already."),
                )
                .into());
            }
            let first = state.as_ref().map(|f| read(&app.path(f))).transpose()?;
            create(app, backend.as_ref(), name, first, locking.lock, locking.lock_timeout).await?;
            choose(&work.root.data_dir, name)?;
            println!("{}", app.out.bold_green(format!("Created and switched to workspace \"{name}\"!")));
        }
        WorkspaceCommand::Delete { name, force, locking } => {
            let refuse = |why: String| Err(Diagnostics::from(Diagnostic::error("Workspace cannot be deleted", why)));
            if name == DEFAULT_WORKSPACE {
                return refuse("The workspace \"default\" always exists.".into());
            }
            if !names.contains(name) {
                return refuse(format!("There is no workspace {name:?}."));
            }
            if name == current {
                return refuse(format!(
                    "{name:?} is the workspace in use. Switch to another one first:\n  craton workspace select default"
                ));
            }
            let store = backend.open(name).await?;
            let open = OpenState::open(app, store, "workspace-delete", locking.lock, locking.lock_timeout).await?;
            let resources = open.state.instances().count();
            closing(open, Ok(())).await?;
            if resources > 0 && !force {
                return refuse(format!(
                    "{name:?} still manages {resources} resource instances. Destroy them, or forget them with -force."
                ));
            }
            backend.delete_workspace(name).await?;
            println!("{}", app.out.green(format!("Deleted workspace \"{name}\"!")));
        }
    }
    Ok(Outcome::Done)
}

fn overridden() -> Result<(), Diagnostics> {
    match std::env::var("TF_WORKSPACE") {
        Ok(name) if !name.is_empty() => {
            let detail = format!("TF_WORKSPACE is {name:?} and decides which workspace is used. Unset it first.");
            Err(Diagnostic::error("Workspace is chosen by the environment", detail).into())
        }
        _ => Ok(()),
    }
}

fn read(path: &Path) -> Result<State, Diagnostics> {
    let bytes = std::fs::read(path).map_err(|e| {
        Diagnostic::error("State file is not readable", format!("Cannot read {}: {e}.", path.display()))
    })?;
    Ok(tfstate::parse(&bytes, &path.display().to_string())?)
}

async fn create(
    app: &App,
    backend: &dyn Backend,
    name: &str,
    first: Option<State>,
    lock: bool,
    timeout: std::time::Duration,
) -> Result<(), Diagnostics> {
    crate::root::check_workspace(name)?;
    let store = backend.open(name).await?;
    let mut open = OpenState::open(app, store, "workspace-new", lock, timeout).await?;
    let result = open.write(first.unwrap_or_default()).await;
    closing(open, result).await
}

fn choose(data_dir: &Path, name: &str) -> Result<(), Diagnostics> {
    let path = data_dir.join("environment");
    let write = || {
        std::fs::create_dir_all(data_dir)?;
        std::fs::write(&path, name)
    };
    write().map_err(|e| {
        Diagnostic::error("Workspace cannot be chosen", format!("Cannot write {}: {e}.", path.display())).into()
    })
}
