//! `state mv`

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use craton_model::addr::{ConfigResource, InstanceKey, ModuleInstance, ProviderConfigAddr, ResourceInstance};
use craton_model::state::InstanceState;
use craton_model::{Diagnostic, Diagnostics, State};

use super::{check, covers, edited, finish, invalid};
use crate::app::{App, Ended};
use crate::args::{LockArgs, StateFileArgs};
use crate::backend::LocalFlags;
use crate::commands::{closing, open_file};
use crate::unit::Work;

/// How to move.
pub struct How<'a> {
    /// Only say what would be done.
    pub dry_run: bool,
    /// The states and the backup of the first.
    pub files: &'a StateFileArgs,
    /// The backup of the other.
    pub backup_out: Option<&'a Path>,
    /// How to lock both.
    pub locking: &'a LockArgs,
}

/// Moves an instance, resource or module to another address, in the same state or in that of `-state-out`.
pub async fn run(app: &App, work: &Work, how: &How<'_>, from: &str, to: &str) -> Ended {
    let open = edited(app, work, how.files, how.locking).await?;
    let same = how.files.state_out.as_ref().filter(|out| how.files.state.as_ref() != Some(out));
    let Some(out) = same else {
        let mut state = open.state.clone();
        let moved = take(&mut state, from, to).and_then(|taken| {
            let moves = moves(&taken);
            put(&mut state, taken)?;
            follow(&mut state, &moves, true);
            Ok((!how.dry_run).then_some(state))
        });
        let ended = finish(open, moved).await?;
        say(how.dry_run, from, to);
        return Ok(ended);
    };
    let flags =
        LocalFlags { state: Some(out.clone()), state_out: None, backup: how.backup_out.map(Into::into), dated: true };
    let target = match open_file(app, work, &flags, "state-edit", Some(how.locking)).await {
        Ok(target) => target,
        Err(e) => return closing(open, Err(e)).await,
    };
    let (mut left, mut grown) = (open.state.clone(), target.state.clone());
    let moved = take(&mut left, from, to).and_then(|taken| {
        follow(&mut left, &moves(&taken), false);
        put(&mut grown, taken)
    });
    match moved {
        Ok(()) => {
            // First where it goes: should the second write fail, it is in both and not in neither.
            let ended = match finish(target, Ok((!how.dry_run).then_some(grown))).await {
                Ok(_) => finish(open, Ok((!how.dry_run).then_some(left))).await?,
                Err(e) => return closing(open, Err(e)).await,
            };
            say(how.dry_run, from, to);
            Ok(ended)
        }
        Err(e) => {
            let result = closing(target, Err(e)).await;
            closing(open, result).await
        }
    }
}

/// Says what was (or would be) moved.
fn say(dry_run: bool, from: &str, to: &str) {
    match dry_run {
        true => println!("Would move \"{from}\" to \"{to}\""),
        false => println!("Move \"{from}\" to \"{to}\"\nSuccessfully moved 1 object(s)."),
    }
}

/// An instance on its way.
struct Moved {
    from: ResourceInstance,
    to: ResourceInstance,
    provider: ProviderConfigAddr,
    instance: InstanceState,
}

type Taken = Vec<Moved>;

/// Takes what is at an address out of a state, with the addresses it is to have.
fn take(state: &mut State, from: &str, to: &str) -> Result<Taken, Diagnostics> {
    check(state, &[from.to_owned()])?;
    if ModuleInstance::parse(to).is_none() && ResourceInstance::parse(to).is_none() {
        return Err(invalid(to).into());
    }
    let moving: Vec<ResourceInstance> = state.instances().map(|(a, ..)| a).filter(|a| covers(from, a)).collect();
    let mut taken = Taken::new();
    for addr in moving {
        let new = target(&addr, from, to)?;
        let Some(resource) = state.resources.get_mut(&addr.resource()) else { continue };
        let provider = resource.provider.clone();
        let Some(instance) = resource.instances.remove(&addr.key) else { continue };
        if resource.instances.is_empty() {
            state.resources.remove(&addr.resource());
        }
        taken.push(Moved { from: addr, to: new, provider, instance });
    }
    Ok(taken)
}

/// From the resources that were moved to where they are now.
fn moves(taken: &Taken) -> BTreeMap<ConfigResource, ConfigResource> {
    taken.iter().map(|m| (m.from.config(), m.to.config())).collect()
}

/// What is recorded to depend on a resource of which nothing is left depends on its new address, or, where that is not
/// in this state, no longer on it.
fn follow(state: &mut State, moves: &BTreeMap<ConfigResource, ConfigResource>, here: bool) {
    let left: BTreeSet<ConfigResource> = state.instances().map(|(a, ..)| a.config()).collect();
    let gone: BTreeMap<_, _> = moves.iter().filter(|(old, _)| !left.contains(*old)).collect();
    for instance in state.resources.values_mut().flat_map(|r| r.instances.values_mut()) {
        let all = instance.current.iter_mut().chain(instance.deposed.values_mut());
        for object in all.filter(|o| o.dependencies.iter().any(|d| gone.contains_key(d))) {
            let now = object.dependencies.iter().filter_map(|d| match gone.get(d) {
                Some(new) => here.then(|| (*new).clone()),
                None => Some(d.clone()),
            });
            object.dependencies = now.collect::<BTreeSet<_>>().into_iter().collect();
        }
    }
}

fn target(addr: &ResourceInstance, from: &str, to: &str) -> Result<ResourceInstance, Diagnostic> {
    let unlike = |why: &str| {
        Diagnostic::error("Invalid target address", format!("{from} cannot become {to}: {why}. Nothing was changed."))
    };
    match (ModuleInstance::parse(from), ModuleInstance::parse(to)) {
        (Some(old), Some(new)) => {
            let rest = &addr.module.0[old.0.len()..];
            let module = ModuleInstance(new.0.iter().chain(rest).cloned().collect());
            return Ok(ResourceInstance { module, ..addr.clone() });
        }
        (None, None) => {}
        _ => return Err(unlike("one is a module and the other is not")),
    }
    let (Some(old), Some(new)) = (ResourceInstance::parse(from), ResourceInstance::parse(to)) else {
        return Err(invalid(to));
    };
    if old.resource.mode != new.resource.mode || old.resource.r#type != new.resource.r#type {
        return Err(unlike("they are resources of different types"));
    }
    // A whole resource moves with the keys of its instances.
    let whole = old.key == InstanceKey::None && new.key == InstanceKey::None;
    if old.key == InstanceKey::None && !whole && addr.key != InstanceKey::None {
        return Err(unlike("it has several instances, and one address is not enough for them"));
    }
    Ok(ResourceInstance { key: if whole { addr.key.clone() } else { new.key.clone() }, ..new })
}

/// Puts what was taken into a state.
fn put(state: &mut State, taken: Taken) -> Result<(), Diagnostics> {
    for Moved { to: new, provider, instance, .. } in taken {
        if state.instance(&new).is_some() {
            let detail = format!("The state holds {new} already. Move or remove that first.");
            return Err(Diagnostic::error("Target exists", detail).into());
        }
        let slot = state.resources.entry(new.resource());
        let slot =
            slot.or_insert_with(|| craton_model::state::ResourceState { provider, instances: Default::default() });
        slot.instances.insert(new.key.clone(), instance);
    }
    Ok(())
}
