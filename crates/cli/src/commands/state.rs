//! `state`: list, show, mv, rm, pull, push, replace-provider

use std::io::Read as _;

use craton_model::addr::{InstanceKey, ModuleInstance, ProviderAddr, ResourceInstance, ResourceMode};
use craton_model::{Diagnostic, Diagnostics, State, similar};
use craton_state::tfstate;

use super::{closing, open_state};
use crate::app::{App, Ended, Outcome};
use crate::args::{LockArgs, StateCommand};
use crate::backend::LocalFlags;
use crate::render;
use crate::store::OpenState;
use crate::unit::Work;

/// Looks at and edits the state.
pub async fn run(app: &App, command: &StateCommand) -> Ended {
    let work = Work::for_state(app).await?;
    let flags = |state: &Option<std::path::PathBuf>| LocalFlags { state: state.clone(), backup: None };
    match command {
        StateCommand::List { state, id, addresses } => {
            let open = open_state(app, &work, &flags(state), "", None).await?;
            list(&open.state, id.as_deref(), addresses)
        }
        StateCommand::Show { state, address } => {
            let open = open_state(app, &work, &flags(state), "", None).await?;
            let addr = existing(&open.state, address)?;
            let found = open.state.resources.get(&addr.resource());
            let object = open.state.current(&addr);
            let (Some(resource), Some(object)) = (found, object) else {
                return Err(missing(&open.state, address).into());
            };
            let schemas = work.schemas_of(&open.state).await;
            print!("{}", render::state::object(&addr, &resource.provider.provider, object, None, &schemas, &app.out));
            Ok(Outcome::Done)
        }
        StateCommand::Pull => {
            let open = open_state(app, &work, &LocalFlags::default(), "", None).await?;
            if !open.state.is_empty() || open.state.serial > 0 {
                print!("{}", String::from_utf8_lossy(&tfstate::render(&open.state)?));
            }
            Ok(Outcome::Done)
        }
        StateCommand::Push { force, locking, file } => {
            let open = open_state(app, &work, &LocalFlags::default(), "state-push", Some(locking)).await?;
            push(app, open, file, *force).await
        }
        StateCommand::Rm { dry_run, state, locking, addresses } => {
            edit(app, &work, &flags(state), locking, *dry_run, |s| remove(s, addresses, *dry_run)).await
        }
        StateCommand::Mv { dry_run, state, locking, from, to } => {
            edit(app, &work, &flags(state), locking, *dry_run, |s| move_to(s, from, to, *dry_run)).await
        }
        StateCommand::ReplaceProvider { auto_approve, state, locking, from, to } => {
            let parse = |text: &str| {
                ProviderAddr::parse(text).ok_or_else(|| {
                    Diagnostic::error(
                        "Invalid provider address",
                        format!("{text:?} is no provider address, such as hashicorp/aws."),
                    )
                })
            };
            let (from, to) = (parse(from)?, parse(to)?);
            if !auto_approve
                && !app.confirm(
                    &format!("Change the provider from {} to {}?", from.short(), to.short()),
                    true,
                    "-auto-approve",
                )?
            {
                println!("Nothing was changed.");
                return Ok(Outcome::Done);
            }
            edit(app, &work, &flags(state), locking, false, |s| {
                let changed: Vec<_> = s.resources.values_mut().filter(|r| r.provider.provider == from).collect();
                let count = changed.len();
                changed.into_iter().for_each(|r| r.provider.provider = to.clone());
                println!("Successfully replaced provider for {count} resources.");
                Ok(count > 0)
            })
            .await
        }
    }
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

fn existing(state: &State, address: &str) -> Result<ResourceInstance, Diagnostics> {
    let addr = ResourceInstance::parse(address).ok_or_else(|| invalid(address))?;
    if state.instance(&addr).is_none() {
        return Err(missing(state, address).into());
    }
    Ok(addr)
}

fn list(state: &State, id: Option<&str>, addresses: &[String]) -> Ended {
    check(state, addresses)?;
    let mut all: Vec<_> = state.instances().collect();
    // Terraform's order: outer modules before the modules within them, data sources before managed resources.
    all.sort_by(|(a, ..), (b, ..)| {
        let key = |x: &ResourceInstance| (x.module.0.len(), x.module.clone(), x.resource.mode == ResourceMode::Managed);
        key(a).cmp(&key(b)).then_with(|| a.cmp(b))
    });
    for (addr, _, instance) in all {
        let Some(object) = &instance.current else { continue };
        let wanted = addresses.is_empty() || addresses.iter().any(|a| covers(a, &addr));
        let fits = id.is_none_or(|id| object.attributes.get("id").and_then(|v| v.as_str()) == Some(id));
        if wanted && fits {
            println!("{addr}");
        }
    }
    Ok(Outcome::Done)
}

async fn edit(
    app: &App,
    work: &Work,
    flags: &LocalFlags,
    locking: &LockArgs,
    dry_run: bool,
    change: impl FnOnce(&mut State) -> Result<bool, Diagnostics>,
) -> Ended {
    let mut open = open_state(app, work, flags, "state-edit", Some(locking)).await?;
    let mut state = open.state.clone();
    let result = match change(&mut state) {
        Ok(true) if !dry_run => open.write(state).await,
        other => other.map(|_| ()),
    };
    closing(open, result.map(|()| Outcome::Done)).await
}

fn remove(state: &mut State, addresses: &[String], dry_run: bool) -> Result<bool, Diagnostics> {
    check(state, addresses)?;
    let gone: Vec<ResourceInstance> =
        state.instances().map(|(a, ..)| a).filter(|a| addresses.iter().any(|w| covers(w, a))).collect();
    for addr in &gone {
        println!("{} {addr}", if dry_run { "Would remove" } else { "Removed" });
        if let Some(resource) = state.resources.get_mut(&addr.resource()) {
            resource.instances.remove(&addr.key);
            if resource.instances.is_empty() {
                state.resources.remove(&addr.resource());
            }
        }
    }
    if !dry_run {
        println!("Successfully removed {} resource instance(s).", gone.len());
    }
    Ok(true)
}

fn move_to(state: &mut State, from: &str, to: &str, dry_run: bool) -> Result<bool, Diagnostics> {
    check(state, &[from.to_owned()])?;
    let target = |addr: &ResourceInstance| -> Option<ResourceInstance> {
        if let (Some(old), Some(new)) = (ModuleInstance::parse(from), ModuleInstance::parse(to)) {
            let rest = &addr.module.0[old.0.len()..];
            let module = ModuleInstance(new.0.iter().chain(rest).cloned().collect());
            return Some(ResourceInstance { module, ..addr.clone() });
        }
        let (old, new) = (ResourceInstance::parse(from)?, ResourceInstance::parse(to)?);
        // A whole resource moves with the keys of its instances.
        let key = if old.key == InstanceKey::None && new.key == InstanceKey::None {
            addr.key.clone()
        } else {
            new.key.clone()
        };
        (old.resource.mode == new.resource.mode).then_some(ResourceInstance { key, ..new })
    };
    let moving: Vec<ResourceInstance> = state.instances().map(|(a, ..)| a).filter(|a| covers(from, a)).collect();
    for addr in moving {
        let Some(new) = target(&addr) else {
            return Err(Diagnostic::error(
                "Invalid target address",
                format!("{from} cannot become {to}: they are of different kinds."),
            )
            .into());
        };
        if state.instance(&new).is_some() {
            return Err(Diagnostic::error(
                "Target exists",
                format!("The state holds {new} already. Move or remove that first."),
            )
            .into());
        }
        println!("{} \"{addr}\" to \"{new}\"", if dry_run { "Would move" } else { "Move" });
        let Some(resource) = state.resources.get_mut(&addr.resource()) else { continue };
        let provider = resource.provider.clone();
        let Some(instance) = resource.instances.remove(&addr.key) else { continue };
        if resource.instances.is_empty() {
            state.resources.remove(&addr.resource());
        }
        let slot = state.resources.entry(new.resource());
        let slot =
            slot.or_insert_with(|| craton_model::state::ResourceState { provider, instances: Default::default() });
        slot.instances.insert(new.key.clone(), instance);
    }
    if !dry_run {
        println!("Successfully moved the object(s).");
    }
    Ok(true)
}

async fn push(app: &App, mut open: OpenState, file: &std::path::Path, force: bool) -> Ended {
    let result = async {
        let mut bytes = Vec::new();
        let read = if file == std::path::Path::new("-") {
            std::io::stdin().read_to_end(&mut bytes).map(|_| ())
        } else {
            std::fs::read(app.path(file)).map(|b| bytes = b)
        };
        read.map_err(|e| {
            Diagnostic::error("State file is not readable", format!("Cannot read {}: {e}.", file.display()))
        })?;
        let new = tfstate::parse(&bytes, &file.display().to_string())?;
        let old = &open.state;
        let refuse = |why: String| {
            Diagnostics::from(Diagnostic::error(
                "State cannot be pushed",
                format!("{why} Nothing was changed. If you are sure, use -force."),
            ))
        };
        if !force && !old.is_empty() && !old.lineage.is_empty() {
            if old.lineage != new.lineage {
                return Err(refuse(format!(
                    "{} is of another lineage than the state at {}.",
                    file.display(),
                    open.place()
                )));
            }
            if old.serial > new.serial || (old.serial == new.serial && *old != new) {
                return Err(refuse(format!(
                    "The state at {} is newer (serial {}) than {} (serial {}).",
                    open.place(),
                    old.serial,
                    file.display(),
                    new.serial
                )));
            }
        }
        open.push(new).await
    }
    .await;
    closing(open, result.map(|()| Outcome::Done)).await
}
