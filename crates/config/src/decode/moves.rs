//! `moved`, `removed` and `import` blocks.

use super::{providers, resources};
use crate::nouns::{Connection, Import, Module, MoveEndpoint, Moved, Provisioner, Removed, RemovedTarget, When};
use crate::reference::instance_key;
use crate::statics;
use craton_hcl::{Block, BodySchema, Expr, ExprKind, Step, Traversal};
use craton_model::addr::{ConfigResource, InstanceKey, ModuleInstance, ModulePath, Resource, ResourceMode};
use craton_model::{Diagnostic, Diagnostics};
use std::sync::Arc;

/// Names that start references of another kind, so that no resource address starts with them.
const RESERVED: [&str; 9] = ["var", "local", "count", "each", "self", "path", "terraform", "template", "lazy"];

pub(super) fn moved(block: &Block, module: &mut Module, diags: &mut Diagnostics) {
    let (content, found) = block.body.content(&BodySchema::new().required("from").required("to"));
    diags.extend(found);
    let mut end = |name| content.expr(name).and_then(|e| endpoint(e, diags));
    let (Some(Some(from)), Some(Some(to))) = (end("from"), end("to")) else { return };
    if from.resource.is_some() != to.resource.is_some() {
        let detail = "Both addresses must be of resources, or both of modules: a resource cannot become a module.";
        diags.push(Diagnostic::error("Invalid \"moved\" addresses", detail).at(to.span).within(block.span));
        return;
    }
    if (&from.module, &from.resource) == (&to.module, &to.resource) {
        let detail =
            "The object is moved to the address that it has. Correct one of the two addresses, or remove the block.";
        diags.push(Diagnostic::error("Redundant move statement", detail).at(block.span));
        return;
    }
    module.moved.push(Moved { from, to, span: block.span });
}

/// One end of a move; `Some(None)` is an address of something that has no objects to move.
fn endpoint(expr: &Expr, diags: &mut Diagnostics) -> Option<Option<MoveEndpoint>> {
    let t = diags.keep(expr.as_traversal())?;
    if RESERVED.contains(&&*t.root.name) {
        let detail = format!(
            "{:?} is no resource type: expressions use the name for something else. A resource of such a type is written resource.{}.",
            t.root.name, t.root.name
        );
        diags.push(Diagnostic::error("Invalid address", detail).at(expr.span()));
        return None;
    }
    let (module, rest) = module_steps(&t);
    if rest.is_empty() {
        return Some(Some(MoveEndpoint { module, resource: None, span: t.span }));
    }
    match resource_steps(rest) {
        Some((r, key)) if r.mode == ResourceMode::Managed => {
            Some(Some(MoveEndpoint { module, resource: Some((r, key)), span: t.span }))
        }
        // Data sources are read anew each time, so nothing follows from their having moved.
        Some(_) => Some(None),
        None => {
            diags.push(bad_address(expr));
            None
        }
    }
}

fn bad_address(expr: &Expr) -> Diagnostic {
    let detail = "An address of a resource or module is required, such as aws_subnet.private, aws_subnet.private[\"a\"] or module.network.";
    Diagnostic::error("Invalid address", detail).at(expr.span())
}

/// All steps of a traversal, the root as an attribute step.
fn all_steps(t: &Traversal) -> Vec<Step> {
    std::iter::once(Step::Attr(t.root.clone())).chain(t.steps.iter().cloned()).collect()
}

/// Leading `module.NAME[KEY]` steps, and the rest.
pub(super) fn module_steps(t: &Traversal) -> (ModuleInstance, Vec<Step>) {
    let steps = all_steps(t);
    let mut path: Vec<(Arc<str>, InstanceKey)> = Vec::new();
    let mut at = 0;
    while let (Some(Step::Attr(word)), Some(Step::Attr(name))) = (steps.get(at), steps.get(at + 1)) {
        if &*word.name != "module" {
            break;
        }
        let key = instance_key(steps.get(at + 2));
        at += 2 + usize::from(key.is_some());
        path.push((name.name.clone(), key.unwrap_or_default()));
    }
    (ModuleInstance(path.into()), steps[at..].to_vec())
}

/// Two names, whatever the first one means: `var.NAME`, `output.NAME`.
pub(super) fn two_names(steps: &[Step]) -> Option<(Arc<str>, Arc<str>)> {
    match steps {
        [Step::Attr(word), Step::Attr(name)] => Some((word.name.clone(), name.name.clone())),
        _ => None,
    }
}

/// `TYPE.NAME`, `TYPE.NAME[KEY]`, `data.TYPE.NAME`, with nothing behind.
pub(super) fn resource_steps(steps: Vec<Step>) -> Option<(Resource, InstanceKey)> {
    let name = |at: usize| match steps.get(at) {
        Some(Step::Attr(id)) => Some(id.name.clone()),
        _ => None,
    };
    let (mode, at) = match &*name(0)? {
        "data" => (ResourceMode::Data, 1),
        "ephemeral" => (ResourceMode::Ephemeral, 1),
        "resource" => (ResourceMode::Managed, 1),
        _ => (ResourceMode::Managed, 0),
    };
    let resource = Resource { mode, r#type: name(at)?, name: name(at + 1)? };
    match &steps[at + 2..] {
        [] => Some((resource, InstanceKey::None)),
        [step] => Some((resource, instance_key(Some(step))?)),
        _ => None,
    }
}

pub(super) fn removed(block: &Block, module: &mut Module, diags: &mut Diagnostics) {
    let schema = BodySchema::new().required("from").blocks(["lifecycle", "connection"]).block("provisioner", &["type"]);
    let (content, found) = block.body.content(&schema);
    diags.extend(found);
    // Here several blocks may stand, unlike elsewhere; the last one that says something counts, as in Terraform.
    let mut destroy = None;
    for b in content.blocks_of("lifecycle") {
        let (content, found) = b.body.content(&BodySchema::new().optional(["destroy"]));
        diags.extend(found);
        destroy = content.expr("destroy").and_then(|e| statics::bool(e, "destroy", diags)).or(destroy);
    }
    let provisioners: Vec<Provisioner> =
        content.blocks_of("provisioner").filter_map(|b| resources::provisioner(b, diags)).collect();
    for p in provisioners.iter().filter(|p| p.when != When::Destroy) {
        let detail = "What is removed is only ever destroyed, so a provisioner here must have when = destroy.";
        diags.push(Diagnostic::error("Invalid provisioner block", detail).at(p.span));
    }
    let shared = content.single_block("connection", diags).map(resources::connection);
    resources::check_shared(shared.as_ref(), &provisioners, diags);
    let Some(from_expr) = content.expr("from") else { return };
    let Some(t) = diags.keep(from_expr.as_traversal()) else { return };
    let (instance, rest) = module_steps(&t);
    let keyed = instance.0.iter().any(|(_, key)| *key != InstanceKey::None);
    let path = instance.path();
    if let (true, Some(p)) = (rest.is_empty(), provisioners.first()) {
        let detail = "Provisioners run for the objects of one resource, and this block is about a module. Remove them, or name the resource.";
        diags.push(Diagnostic::error("Invalid provisioner block", detail).at(p.span));
    }
    let (from, keyed) = if rest.is_empty() {
        (RemovedTarget::Module(path), keyed)
    } else {
        match resource_steps(rest) {
            Some((resource, key)) if resource.mode == ResourceMode::Managed => {
                (RemovedTarget::Resource(ConfigResource { module: path, resource }), keyed || key != InstanceKey::None)
            }
            _ => {
                diags.push(bad_address(from_expr));
                return;
            }
        }
    };
    if keyed {
        let detail = "A removed block is for all instances of a resource or module, so the address has no instance keys. To forget one instance, use the command\n  craton state rm ADDRESS";
        let what = if matches!(from, RemovedTarget::Module(_)) { "Module" } else { "Resource" };
        diags.push(Diagnostic::error(format!("{what} instance keys not allowed"), detail).at(from_expr.span()));
        return;
    }
    let provisioners = provisioners.into_iter().map(|mut p| {
        p.connection = match (p.connection, &shared) {
            (Some(own), Some(shared)) => Some(Connection { body: shared.body.overridden_by(&own.body), ..own }),
            (own, shared) => own.or_else(|| shared.clone()),
        };
        p
    });
    let provisioners = provisioners.collect();
    module.removed.push(Removed { from, destroy: destroy.unwrap_or(true), provisioners, span: block.span });
}

pub(super) fn import(block: &Block, module: &mut Module, diags: &mut Diagnostics) {
    let schema = BodySchema::new().required("to").required("id").optional(["for_each", "provider"]);
    let (content, found) = block.body.content(&schema);
    diags.extend(found);
    let provider = content.expr("provider").and_then(|e| providers::reference(e, diags));
    let (Some(to), Some(id)) = (content.expr("to"), content.expr("id")) else { return };
    let to = &to.spelled().unwrap_or_else(|| to.clone());
    let Some(resource) = import_target(to).filter(|r| r.resource.mode == ResourceMode::Managed) else {
        diags.push(bad_address(to));
        return;
    };
    let for_each = content.expr("for_each");
    if for_each.is_none() {
        if to.as_traversal().is_err() {
            let detail =
                "Without for_each a block imports one object, so the keys in its address have to be written out.";
            diags.push(Diagnostic::error("Invalid expression", detail).at(to.span()));
            return;
        }
        let same = |i: &&Import| {
            i.for_each.is_none()
                && i.to.as_traversal().ok().map(|t| t.to_string()) == to.as_traversal().ok().map(|t| t.to_string())
        };
        if let Some(first) = module.imports.iter().find(same) {
            let detail =
                format!("Another block imports to this address, at {}. Remove one of the two.", first.span.place());
            diags.push(Diagnostic::error("Duplicate import configuration", detail).at(to.span()));
            return;
        }
    }
    if let Some(p) =
        provider.as_ref().filter(|_| resource.module.is_root() && module.resources.contains_key(&resource.resource))
    {
        let detail = "The resource that is imported to says itself which provider configuration it uses. Set provider there; here it is only for a resource that is not written yet.";
        diags.push(Diagnostic::error("Invalid import provider argument", detail).at(p.span));
        return;
    }
    module.imports.push(Import {
        to: to.clone(),
        resource,
        id: id.clone(),
        for_each: content.expr("for_each").cloned(),
        provider,
        span: block.span,
    });
}

/// The names along the address, whatever its instance keys are.
fn import_target(to: &Expr) -> Option<ConfigResource> {
    let mut names = Vec::new();
    names_of(to, &mut names)?;
    let mut rest = names.as_slice();
    let mut module = Vec::new();
    while let [word, name, after @ ..] = rest {
        if &**word != "module" {
            break;
        }
        module.push(name.clone());
        rest = after;
    }
    let (mode, rest) = match rest {
        [word, after @ ..] if &**word == "data" => (ResourceMode::Data, after),
        [word, after @ ..] if &**word == "resource" => (ResourceMode::Managed, after),
        other => (ResourceMode::Managed, other),
    };
    let [r#type, name] = rest else { return None };
    let resource = Resource { mode, r#type: r#type.clone(), name: name.clone() };
    Some(ConfigResource { module: ModulePath(module.into()), resource })
}

fn names_of(expr: &Expr, names: &mut Vec<Arc<str>>) -> Option<()> {
    let mut attrs = |steps: &[Step]| {
        names.extend(steps.iter().filter_map(|s| match s {
            Step::Attr(id) => Some(id.name.clone()),
            Step::Index(..) => None,
        }));
    };
    match expr.kind() {
        ExprKind::Traversal(t) => attrs(&all_steps(t)),
        ExprKind::Index { collection, .. } => names_of(collection, names)?,
        ExprKind::RelativeTraversal { source, steps } => {
            names_of(source, names)?;
            names.extend(steps.iter().filter_map(|s| match s {
                Step::Attr(id) => Some(id.name.clone()),
                Step::Index(..) => None,
            }));
        }
        _ => return None,
    }
    Some(())
}
