//! `lifecycle` blocks.

use crate::decode::rules;
use crate::nouns::{IgnoreChanges, IgnorePath, Lifecycle};
use crate::reference::{Reference, Subject};
use crate::statics;
use craton_hcl::{Block, BodySchema, Expr, ExprKind, IndexKey, Step};
use craton_model::addr::ResourceMode;
use craton_model::{Diagnostic, Diagnostics, Number, Path, Value};

const MANAGED_ONLY: [&str; 4] = ["create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"];

pub(in crate::decode) fn decode(block: &Block, mode: ResourceMode, diags: &mut Diagnostics) -> Lifecycle {
    let schema = BodySchema::new().optional(MANAGED_ONLY).blocks(["precondition", "postcondition"]);
    let (content, found) = block.body.content(&schema);
    diags.extend(found);
    let preconditions = content.blocks_of("precondition").filter_map(|b| rules::decode(b, diags)).collect();
    let postconditions = content.blocks_of("postcondition").filter_map(|b| rules::decode(b, diags)).collect();
    let mut lifecycle = Lifecycle { preconditions, postconditions, span: Some(block.span), ..Lifecycle::default() };
    if mode != ResourceMode::Managed {
        for name in MANAGED_ONLY {
            if let Some(a) = content.attribute(name) {
                let detail = format!(
                    "Only managed resources (resource blocks) can have {name}; here, lifecycle may hold preconditions and postconditions. Remove it."
                );
                diags.push(
                    Diagnostic::error(
                        format!(
                            "Invalid {} resource lifecycle argument",
                            if mode == ResourceMode::Data { "data" } else { "ephemeral" }
                        ),
                        detail,
                    )
                    .at(a.name_span),
                );
            }
        }
        return lifecycle;
    }
    lifecycle.create_before_destroy =
        content.expr("create_before_destroy").and_then(|e| statics::bool(e, "create_before_destroy", diags));
    lifecycle.prevent_destroy =
        content.expr("prevent_destroy").and_then(|e| statics::bool(e, "prevent_destroy", diags)).unwrap_or(false);
    if let Some(e) = content.expr("ignore_changes") {
        lifecycle.ignore_changes = ignore_changes(e, diags);
    }
    if let Some(e) = content.expr("replace_triggered_by") {
        lifecycle.replace_triggered_by = replace_triggered_by(e, diags);
    }
    lifecycle
}

fn ignore_changes(expr: &Expr, diags: &mut Diagnostics) -> IgnoreChanges {
    if expr.as_keyword() == Some("all") {
        return IgnoreChanges::All;
    }
    let items = diags.keep(expr.static_list()).unwrap_or_default();
    let mut paths: Vec<IgnorePath> = Vec::with_capacity(items.len());
    for item in items {
        if item.static_string() == Some("*") {
            let detail = "To ignore all changes, write the keyword without brackets and quotes: ignore_changes = all.";
            diags.push(Diagnostic::error("Invalid ignore_changes wildcard", detail).at(item.span()));
            continue;
        }
        let Some(t) = statics::reference(item, diags) else { continue };
        let root = Step::Attr(t.root.clone());
        let path = Path(std::iter::once(&root).chain(&t.steps).map(path_step).collect());
        // Twice says no more than once.
        if paths.iter().any(|p| p.path == path) {
            continue;
        }
        paths.push(IgnorePath { path, span: item.span() });
    }
    IgnoreChanges::Paths(paths)
}

fn path_step(step: &Step) -> craton_model::Step {
    match step {
        Step::Attr(id) => craton_model::Step::Attr(id.name.clone()),
        Step::Index(IndexKey::Number(n), _) => {
            craton_model::Step::Index(Number::parse(n).map_or_else(|| Value::from(&**n), Value::number))
        }
        Step::Index(IndexKey::String(s), _) => craton_model::Step::Index(Value::string(s.clone())),
    }
}

fn replace_triggered_by(expr: &Expr, diags: &mut Diagnostics) -> Vec<Expr> {
    let items = diags.keep(expr.static_list()).unwrap_or_default();
    let items: Vec<Expr> = items.iter().map(|item| item.spelled().unwrap_or_else(|| item.clone())).collect();
    for item in &items {
        let mut refers = false;
        for t in item.variables() {
            let found = Reference::parse(t);
            let Some(r) = diags.keep(found) else { continue };
            match r.subject {
                Subject::Resource(..) => refers = true,
                Subject::CountIndex | Subject::EachKey => {}
                _ => {
                    let detail = "Only managed resources, their instances and attributes can trigger a replacement; count.index and each.key may stand in an index. To react to another value, hold it in a terraform_data resource.";
                    diags.push(Diagnostic::error("Invalid replace_triggered_by expression", detail).at(t.span));
                    refers = true;
                }
            }
        }
        let form = matches!(
            item.kind(),
            ExprKind::Traversal(_)
                | ExprKind::RelativeTraversal { .. }
                | ExprKind::Index { .. }
                | ExprKind::JsonString(_)
        );
        if !refers || !form {
            let detail = "Each item refers to one resource, resource instance or attribute of one, such as aws_launch_template.web.latest_version.";
            diags.push(Diagnostic::error("Invalid replace_triggered_by expression", detail).at(item.span()));
        }
    }
    items
}
