//! `override_resource`, `override_data` and `override_module` blocks.

use super::moves::{module_steps, resource_steps};
use crate::nouns::{During, Override, OverrideTarget};
use crate::statics;
use craton_hcl::{Block, BodySchema, Content, Expr};
use craton_model::addr::{ResourceInstance, ResourceMode};
use craton_model::{Data, Diagnostic, Diagnostics, Type, Value};

/// The block types.
pub(super) const KINDS: [&str; 3] = ["override_resource", "override_data", "override_module"];

/// Reads the override blocks among others. `during` is what is in force where a block says nothing.
pub(super) fn decode(content: &Content, during: During, diags: &mut Diagnostics) -> Vec<Override> {
    let mut all: Vec<Override> = Vec::new();
    for block in content.blocks.iter().filter(|b| KINDS.contains(&&*b.kind)) {
        let Some(found) = read(block, during, diags) else { continue };
        if let Some(first) = all.iter().find(|o| o.target == found.target) {
            let detail = format!(
                "There is already an {} block for {} at {}. Merge the two or remove one.",
                block.kind,
                found.target,
                first.span.place()
            );
            diags.push(Diagnostic::error(format!("Duplicate {} block", block.kind), detail).at(block.span));
            continue;
        }
        all.push(found);
    }
    all
}

fn read(block: &Block, fallback: During, diags: &mut Diagnostics) -> Option<Override> {
    let values = if &*block.kind == "override_module" { "outputs" } else { "values" };
    let schema = BodySchema::new().optional(["target", values, "override_during"]);
    let (content, found) = block.body.content(&schema);
    diags.extend(found);
    let during = content.expr("override_during").map_or(Some(fallback), |e| self::during(e, diags));
    let given = object(&content, values, &block.kind, diags);
    let Some(target) = content.expr("target") else {
        let detail = format!("An {} block must say what it overrides. Set target to an address.", block.kind);
        diags.push(Diagnostic::error("Missing target attribute", detail).at(block.span));
        return None;
    };
    let target_span = target.span();
    let target = address(target, &block.kind, diags)?;
    Some(Override { target, values: given?, during: during?, span: target_span })
}

/// An `override_during` argument.
pub(super) fn during(expr: &Expr, diags: &mut Diagnostics) -> Option<During> {
    match statics::keyword(expr).as_deref() {
        Some("plan") => Some(During::Plan),
        Some("apply") => Some(During::Apply),
        _ => {
            let detail = "override_during is plan or apply, written without quotes.";
            diags.push(Diagnostic::error("Invalid override_during value", detail).at(expr.span()));
            None
        }
    }
}

/// An argument that is an object written out; empty where it is not set.
pub(super) fn object(content: &Content, name: &str, kind: &str, diags: &mut Diagnostics) -> Option<Value> {
    let Some(expr) = content.expr(name) else { return Some(Value::object::<&str>([])) };
    let value = statics::constant(expr).reported(diags)?;
    if matches!((value.data(), value.ty()), (Data::Map(_), Type::Object(_) | Type::Map(_))) {
        return Some(value);
    }
    let detail = format!(
        "The argument {name} of a {kind} block is an object with a value for each name: {name} = {{ id = \"x\" }}."
    );
    diags.push(Diagnostic::error(format!("Invalid {name} attribute"), detail).at(expr.span()));
    None
}

fn address(expr: &Expr, kind: &str, diags: &mut Diagnostics) -> Option<OverrideTarget> {
    let t = statics::reference(expr, diags)?;
    let (module, rest) = module_steps(&t);
    let target = match (rest.is_empty(), resource_steps(rest)) {
        (true, _) => Some(OverrideTarget::Module(module)),
        (_, Some((resource, key))) => Some(OverrideTarget::Resource(ResourceInstance { module, resource, key })),
        _ => None,
    };
    let (fits, what) = match (kind, &target) {
        ("override_module", t) => (matches!(t, Some(OverrideTarget::Module(_))), "a module, such as module.network"),
        ("override_data", t) => (has_mode(t.as_ref(), ResourceMode::Data), "a data source, such as data.aws_ami.this"),
        (_, t) => (has_mode(t.as_ref(), ResourceMode::Managed), "a managed resource, such as aws_vpc.main"),
    };
    if !fits {
        let detail = format!("The target of an {kind} block is the address of {what}; {t} is none.");
        diags.push(Diagnostic::error("Invalid override target", detail).at(expr.span()));
        return None;
    }
    target
}

fn has_mode(target: Option<&OverrideTarget>, mode: ResourceMode) -> bool {
    matches!(target, Some(OverrideTarget::Resource(r)) if r.resource.mode == mode)
}
