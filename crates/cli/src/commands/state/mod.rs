//! `state`: list, show, mv, rm, pull, push, replace-provider

mod list;
mod mv;
mod pull;
mod push;
mod replace_provider;
mod rm;
mod show;

use craton_model::addr::{InstanceKey, ModuleInstance, ResourceInstance};
use craton_model::{Diagnostic, Diagnostics, State, similar};

use super::{closing, open_file};
use crate::app::{App, Ended, Outcome};
use crate::args::{LockArgs, StateCommand, StateFileArgs};
use crate::backend::LocalFlags;
use crate::store::OpenState;
use crate::unit::Work;

/// Looks at and edits the state.
pub async fn run(app: &App, command: &StateCommand) -> Ended {
    let work = Work::for_state(app).await?;
    match command {
        StateCommand::List { state, id, addresses } => {
            let open = looked_at(app, &work, state.as_ref()).await?;
            list::run(&open.state, id.as_deref(), addresses)
        }
        StateCommand::Show { state, address } => {
            let open = looked_at(app, &work, state.as_ref()).await?;
            show::run(app, &work, &open.state, address).await
        }
        StateCommand::Mv { dry_run, files, backup_out, locking, from, to } => {
            let how = mv::How { dry_run: *dry_run, files, backup_out: backup_out.as_deref(), locking };
            mv::run(app, &work, &how, from, to).await
        }
        StateCommand::Rm { dry_run, files, locking, addresses } => {
            rm::run(app, &work, files, locking, *dry_run, addresses).await
        }
        StateCommand::Pull => pull::run(app, &work).await,
        StateCommand::Push { force, locking, file } => push::run(app, &work, locking, file, *force).await,
        StateCommand::ReplaceProvider { auto_approve, files, locking, from, to } => {
            replace_provider::run(app, &work, files, locking, *auto_approve, (from, to)).await
        }
    }
}

/// Opens a state that must be there.
async fn looked_at(app: &App, work: &Work, file: Option<&std::path::PathBuf>) -> Result<OpenState, Diagnostics> {
    let open = open_file(app, work, &LocalFlags::reading(file), "", None).await?;
    there(&open)?;
    Ok(open)
}

/// Opens a state that must be there to be edited; each edit keeps a backup of its own.
async fn edited(app: &App, work: &Work, files: &StateFileArgs, locking: &LockArgs) -> Result<OpenState, Diagnostics> {
    let flags = LocalFlags { dated: true, state_out: None, ..LocalFlags::from(files) };
    let open = open_file(app, work, &flags, "state-edit", Some(locking)).await?;
    match there(&open) {
        Ok(()) => Ok(open),
        Err(e) => closing(open, Err(e.into())).await,
    }
}

fn there(open: &OpenState) -> Result<(), Diagnostic> {
    if open.exists {
        return Ok(());
    }
    let detail = format!(
        "There is no state in {}: nothing was applied here yet. Change to a folder where something was, or name a state \
         file with -state.",
        open.place()
    );
    Err(Diagnostic::error("No state file was found!", detail))
}

/// Whether an instance is at or below what an address names.
fn covers(address: &str, addr: &ResourceInstance) -> bool {
    if let Some(module) = ModuleInstance::parse(address) {
        let below = |m: &ModuleInstance| {
            m.0.len() >= module.0.len()
                && module
                    .0
                    .iter()
                    .zip(m.0.iter())
                    .all(|((name, key), (n, k))| name == n && (key == k || *key == InstanceKey::None))
        };
        return below(&addr.module);
    }
    match ResourceInstance::parse(address) {
        Some(wanted) => {
            wanted.module == addr.module
                && wanted.resource == addr.resource
                && (wanted.key == addr.key || wanted.key == InstanceKey::None)
        }
        None => false,
    }
}

fn check(state: &State, addresses: &[String]) -> Result<(), Diagnostics> {
    let mut found = Diagnostics::new();
    for address in addresses {
        if ModuleInstance::parse(address).is_none() && ResourceInstance::parse(address).is_none() {
            found.push(invalid(address));
        } else if !state.instances().any(|(a, ..)| covers(address, &a)) {
            found.push(missing(state, address));
        }
    }
    found.ok(())
}

fn invalid(address: &str) -> Diagnostic {
    let detail = format!(
        "{address:?} is the address of no module, resource or instance, such as module.vpc.aws_subnet.private[0]."
    );
    Diagnostic::error("Invalid address", detail)
}

fn missing(state: &State, address: &str) -> Diagnostic {
    let all: Vec<String> = state.instances().map(|(a, ..)| a.to_string()).collect();
    let hint =
        similar(address, all.iter().map(String::as_str)).map(|n| format!(" Did you mean {n}?")).unwrap_or_default();
    Diagnostic::error("No matching objects", format!("The state holds nothing at {address}.{hint}"))
}

/// Writes what an edit made of a state, if it made something of it.
async fn finish(mut open: OpenState, change: Result<Option<State>, Diagnostics>) -> Ended {
    let result = match change {
        Ok(Some(state)) => open.write(state).await,
        Ok(None) => Ok(()),
        Err(e) => Err(e),
    };
    closing(open, result.map(|()| Outcome::Done)).await
}
