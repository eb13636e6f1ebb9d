//! Import blocks and the import command; addresses with computed keys.

use std::sync::Arc;

use craton_config::Import;
use craton_hcl::{Expr, ExprKind, IndexKey, Step as HclStep};
use craton_model::addr::{
    ConfigResource, InstanceKey, ModuleInstance, ProviderConfigAddr, Resource, ResourceInstance, ResourceMode,
};
use craton_model::convert::convert;
use craton_model::schema::Schema;
use craton_model::state::ObjectStatus;
use craton_model::{Data, Diagnostic, Diagnostics, Event, Path, Span, State, Step, Type, Value};
use craton_provider::ReadRequest;

use crate::evaluate::ModuleScope;
use crate::expand;
use crate::keeper::Keeper;
use crate::object::{self, Object};
use crate::plan;
use crate::plan_managed::Desired;
use crate::session::{Session, StateWriter};
use crate::table::{Instance, Repetition};
use crate::walk::{Walk, guarded};

/// An import that the configuration asks for.
pub struct Wanted {
    pub to: ResourceInstance,
    pub id: String,
    /// Where the block says so.
    pub span: Span,
}

/// The imports that the configuration asks for into a resource. Of several into one instance the last counts.
pub fn wanted(walk: &Walk, addr: &ConfigResource) -> Result<Vec<Wanted>, Diagnostics> {
    let root = ModuleInstance::root();
    let mut all = Vec::new();
    let Some(scope) = walk.scope(&root) else { return Ok(all) };
    for import in scope.node.module.imports.iter().filter(|i| i.resource == *addr) {
        let instances = match &import.for_each {
            None => vec![Instance::single()],
            Some(expr) => {
                let (value, found) = scope.eval(expr);
                if found.has_errors() {
                    return Err(found);
                }
                each(value, expr)?.instances()
            }
        };
        for instance in &instances {
            let scope = scope.with_instance(instance);
            let parts = address_parts(&import.to, &scope)?;
            let target = address(&parts).ok_or_else(|| {
                Diagnostic::error("Invalid import address", "The address of a resource instance is required.")
                    .at(import.to.span())
            })?;
            let wanted = Wanted { to: target, id: id(import, &scope)?, span: import.to.span() };
            all.retain(|w: &Wanted| w.to != wanted.to);
            all.push(wanted);
        }
    }
    Ok(all)
}

/// What to import for each of. Unlike with resources nothing is named after the keys, so secrets, sequences and null
/// (nothing to import) will do.
fn each(value: Value, expr: &Expr) -> Result<Repetition, Diagnostics> {
    let (value, marks) = value.unmark();
    if value.is_null() {
        return Ok(Repetition::ForEach(Vec::new()));
    }
    match (value.ty(), value.data()) {
        (Type::List(_) | Type::Tuple(_), Data::Seq(items)) => {
            let numbered = items.iter().enumerate().map(|(i, v)| (Arc::from(i.to_string()), v.clone().mark(marks)));
            Ok(Repetition::ForEach(numbered.collect()))
        }
        _ => expand::each_of(value, expr, false),
    }
}

/// An import into an instance that the configuration does not have.
pub fn no_such_instance(wanted: &Wanted) -> Diagnostic {
    Diagnostic::error(
        "Configuration for import target does not exist",
        format!(
            "The configuration has no {}, to which this block imports. Have count or for_each give this instance, or import to another.",
            wanted.to
        ),
    )
    .at(wanted.span)
}

fn id(import: &Import, scope: &ModuleScope<'_>) -> Result<String, Diagnostics> {
    let bad = |detail: &str| Diagnostic::error("Invalid import id argument", detail).at(import.id.span());
    let (value, found) = scope.eval(&import.id);
    if found.has_errors() {
        return Err(found);
    }
    let (value, _) = value.unmark();
    if value.is_null() {
        return Err(bad("The id is null. Give the id of an existing object.").into());
    }
    if !value.is_known() {
        return Err(bad(
            "The id is known after apply, so there is no telling which object to import. Use a value from the configuration.",
        )
        .into());
    }
    let value = convert(&value, &Type::String).map_err(|e| bad(&format!("The id is no string: {e}.")))?;
    match value.as_str() {
        Some("") | None => Err(bad("The id is empty. Give the id of an existing object.").into()),
        Some(id) => Ok(id.to_owned()),
    }
}

/// A part of an address: a name, or a key in brackets.
#[derive(Clone, Debug)]
pub enum Part {
    Name(Arc<str>),
    Key(Value),
}

/// Takes an expression that spells an address apart; keys in brackets are evaluated.
pub fn address_parts(expr: &Expr, scope: &ModuleScope<'_>) -> Result<Vec<Part>, Diagnostics> {
    let step = |s: &HclStep| match s {
        HclStep::Attr(name) => Part::Name(name.name.clone()),
        HclStep::Index(IndexKey::Number(n), _) => {
            Part::Key(craton_model::Number::parse(n).map_or_else(Value::dynamic, Value::number))
        }
        HclStep::Index(IndexKey::String(s), _) => Part::Key(Value::string(s.clone())),
    };
    match expr.kind() {
        ExprKind::Traversal(t) => {
            Ok(std::iter::once(Part::Name(t.root.name.clone())).chain(t.steps.iter().map(step)).collect())
        }
        ExprKind::RelativeTraversal { source, steps } => {
            let mut parts = address_parts(source, scope)?;
            parts.extend(steps.iter().map(step));
            Ok(parts)
        }
        ExprKind::Index { collection, key } => {
            let mut parts = address_parts(collection, scope)?;
            let (value, found) = scope.eval(key);
            if found.has_errors() {
                return Err(found);
            }
            parts.push(Part::Key(value.unmark_deep().0));
            Ok(parts)
        }
        ExprKind::JsonString(_) => {
            let t = expr.as_traversal()?;
            Ok(std::iter::once(Part::Name(t.root.name.clone())).chain(t.steps.iter().map(step)).collect())
        }
        _ => Err(Diagnostic::error("Invalid address", "An address of a resource is required here.")
            .at(expr.span())
            .into()),
    }
}

fn key_of(value: &Value) -> Option<InstanceKey> {
    match (value.as_str(), value.as_number()) {
        (Some(s), _) => Some(InstanceKey::Str(s.into())),
        (_, Some(n)) => n.to_usize().map(|n| InstanceKey::Int(n as u64)),
        _ => None,
    }
}

fn take_key(parts: &mut &[Part]) -> Option<InstanceKey> {
    match parts.first() {
        Some(Part::Key(v)) => {
            let key = key_of(v)?;
            *parts = &parts[1..];
            Some(key)
        }
        _ => Some(InstanceKey::None),
    }
}

fn address(parts: &[Part]) -> Option<ResourceInstance> {
    let mut rest = parts;
    let mut module = ModuleInstance::root();
    while let [Part::Name(word), Part::Name(name), after @ ..] = rest {
        if &**word != "module" {
            break;
        }
        rest = after;
        module = module.child(name.clone(), take_key(&mut rest)?);
    }
    let (resource, key, path) = split_resource(rest)?;
    path.0.is_empty().then(|| module.resource(resource).instance(key.unwrap_or_default()))
}

/// A managed resource of the same module, the key after it, and the path that follows.
pub fn split_resource(parts: &[Part]) -> Option<(Resource, Option<InstanceKey>, Path)> {
    let (r#type, name, mut rest) = match parts {
        [Part::Name(word), Part::Name(t), Part::Name(n), rest @ ..] if &**word == "resource" => (t, n, rest),
        [Part::Name(t), Part::Name(n), rest @ ..] => (t, n, rest),
        _ => return None,
    };
    let key = match take_key(&mut rest)? {
        InstanceKey::None => None,
        key => Some(key),
    };
    let path = Path(
        rest.iter()
            .map(|p| match p {
                Part::Name(name) => Step::Attr(name.clone()),
                Part::Key(v) => Step::Index(v.clone()),
            })
            .collect(),
    );
    Some((Resource { mode: ResourceMode::Managed, r#type: r#type.clone(), name: name.clone() }, key, path))
}

/// Finds an existing object and reads it.
pub async fn find(desired: &Desired<'_>, addr: &ResourceInstance, id: &str) -> Result<Object, Diagnostics> {
    let about = |d: Diagnostics| -> Diagnostics { d.into_iter().map(|d| d.for_address(addr)).collect() };
    let (p, t, i) = (desired.provider(addr), addr.resource.r#type.clone(), id.to_owned());
    let found = guarded(async move { p.import(&t, &i).await }).await?.map_err(about)?;
    let Some(imported) = found.into_iter().find(|o| o.r#type == addr.resource.r#type) else {
        return Err(Diagnostic::error(
            "Import returned no resources",
            format!("The provider found nothing of type {:?} by the id {id:?}.", &*addr.resource.r#type),
        )
        .for_address(addr)
        .into());
    };
    let request = ReadRequest {
        addr: addr.clone(),
        r#type: addr.resource.r#type.clone(),
        current: imported.state,
        private: imported.private,
    };
    let p = desired.provider(addr);
    let answer = guarded(async move { p.read(vec![request]).await }).await?;
    let gone = || {
        Diagnostic::error(
            "Cannot import non-existent remote object",
            format!(
                "There is no object with the id {id:?}, so nothing can be imported to {addr}. Check the id and the provider's \
                 configuration (such as its region), or have the object created instead."
            ),
        )
        .for_address(addr)
    };
    let Some(answer) = answer.into_iter().next() else { return Err(gone().into()) };
    if answer.diagnostics.has_errors() {
        return Err(about(answer.diagnostics));
    }
    if answer.state.is_null() {
        return Err(gone().into());
    }
    Ok(Object {
        value: answer.state,
        status: ObjectStatus::Ready,
        private: answer.private,
        dependencies: Arc::default(),
        create_before_destroy: false,
    })
}

/// An object that an import block brings in.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Where it goes.
    pub addr: ResourceInstance,
    /// The id that its provider knows it by.
    pub id: String,
    /// The object.
    pub value: Value,
    /// Its schema.
    pub schema: Schema,
    /// Its provider's configuration.
    pub provider: ProviderConfigAddr,
}

/// Finds what import blocks bring into these resources.
pub async fn imported(session: &Session, of: &[ConfigResource]) -> (Vec<Imported>, Diagnostics) {
    let (walk, mut found) = plan::evaluated(session).await;
    let mut all = Vec::new();
    let Some(walk) = walk.filter(|_| !found.has_errors()) else { return (all, found) };
    for resource in of {
        let Some(desired) = Desired::find(&walk, resource) else { continue };
        let Some(ids) = found.keep(wanted(&walk, resource)) else { continue };
        for Wanted { to: addr, id, .. } in ids {
            let Some(object) = found.keep(find(&desired, &addr, &id).await) else { continue };
            all.push(Imported {
                addr,
                id,
                value: object.value,
                schema: desired.schema.clone(),
                provider: desired.configured.addr.clone(),
            });
        }
    }
    (all, found)
}

/// Import blocks whose resource is not in the configuration.
pub fn without_target(walk: &Walk) -> Diagnostics {
    let Some(root) = walk.tree.root() else { return Diagnostics::new() };
    let missing = root.module.imports.iter().filter(|i| {
        let module = walk.tree.get(&i.resource.module);
        !module.is_some_and(|m| m.module.resources.contains_key(&i.resource.resource))
    });
    missing
        .map(|i| {
            let plain = i.for_each.is_none() && i.to.as_traversal().is_ok_and(|t| t.steps.len() == 1);
            let generate = match plain && i.resource.module.is_root() {
                true => ", or have one written:\n  craton plan -generate-config-out=generated.tf",
                false => ". None can be written for you where count, for_each or a module is in play.",
            };
            let detail = format!(
                "There is no block for {}, to which this block imports. Write a resource block for it{generate}",
                i.resource
            );
            Diagnostic::error("Configuration for import target does not exist", detail).at(i.to.span())
        })
        .collect()
}

/// Whether the configuration has an instance of a resource, as far as its repetition can be told now. A resource that
/// is not there at all is another matter.
fn has_instance(walk: &Walk, addr: &ResourceInstance) -> bool {
    let Some(node) = walk.tree.get(&addr.module.path()) else { return true };
    let Some(block) = node.module.resources.get(&addr.resource) else { return true };
    if !walk.module_instances(&addr.module.path()).contains(&addr.module) {
        return false;
    }
    let Some(scope) = walk.scope(&addr.module) else { return true };
    match expand::repetition(&scope, block.count.as_ref(), block.for_each.as_ref(), true) {
        Ok((Repetition::UnknownCount | Repetition::UnknownEach, _)) | Err(_) => true,
        Ok((repetition, _)) => repetition.instance(&addr.key).is_some(),
    }
}

/// The import command.
pub async fn import(
    session: &Session,
    addr: &ResourceInstance,
    id: &str,
    writer: &dyn StateWriter,
) -> (State, Diagnostics) {
    let state = session.options.state.clone();
    if state.current(addr).is_some() {
        let d = Diagnostic::error(
            "Resource already managed",
            format!(
                "{addr} already stands for an object in the state. To import to this address, remove that from the state first."
            ),
        );
        return (state, d.into());
    }
    let (walk, mut found) = plan::evaluated(session).await;
    let Some(walk) = walk.filter(|_| !found.has_errors()) else { return (state, found) };
    if !has_instance(&walk, addr) {
        found.push(Diagnostic::error(
            "Configuration for import target does not exist",
            format!("The configuration has no {addr}: its count or for_each, or that of a module around it, does not give this instance."),
        ));
        return (state, found);
    }
    let Some(desired) = Desired::find(&walk, &addr.config()) else {
        found.push(Diagnostic::error(
            "Resource address does not exist in the configuration",
            format!("Before importing to {addr}, write a resource block for it in the configuration."),
        ));
        return (state, found);
    };
    session.options.events.event(Event::RefreshStart { instances: vec![(addr.clone(), Some(id.to_owned()))] });
    let imported = find(&desired, addr, id).await.and_then(|o| Ok(object::encode(&o, desired.schema, addr)?));
    let Some(object) = found.keep(imported) else { return (state, found) };
    let keeper = Keeper::new(state, writer, session.options.events.as_ref());
    keeper.change(|state| state.set_current(addr, &desired.configured.addr, Some(object)));
    if !keeper.save().await {
        found.extend(keeper.failure().unwrap_or_default());
    }
    (keeper.into_state(), found)
}
