//! `lifecycle` blocks.

use crate::decode::rules;
use crate::nouns::{CheckRule, IgnoreChanges, IgnorePath, Lifecycle};
use crate::reference::{Reference, Subject};
use crate::statics;
use craton_hcl::{Block, BodySchema, Expr, ExprKind, IndexKey, Step};
use craton_model::addr::{Resource, ResourceMode};
use craton_model::{Diagnostic, Diagnostics, Number, Path, Value};

const MANAGED_ONLY: [&str; 4] = ["create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"];

pub(in crate::decode) fn decode(block: &Block, addr: &Resource, diags: &mut Diagnostics) -> Lifecycle {
    let mode = addr.mode;
    let schema = BodySchema::new().optional(MANAGED_ONLY).blocks(["precondition", "postcondition"]);
    let (content, found) = block.body.content(&schema);
    diags.extend(found);
    let mut conditions = |kind: &str| -> Vec<CheckRule> {
        let all: Vec<CheckRule> = content.blocks_of(kind).filter_map(|b| rules::decode(b, diags)).collect();
        all.iter().for_each(|rule| refuse_itself(rule, kind, addr, diags));
        all
    };
    let (preconditions, postconditions) = (conditions("precondition"), conditions("postcondition"));
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

/// Before an object is there nothing of it can be looked at, and a postcondition has `self` for it.
fn refuse_itself(rule: &CheckRule, kind: &str, addr: &Resource, diags: &mut Diagnostics) {
    for expr in [&rule.condition, &rule.error_message] {
        let named = expr.variables().into_iter().filter_map(|t| Reference::parse(t).ok());
        let itself = named.into_iter().find(|r| matches!(&r.subject, Subject::Resource(of, _) if of == addr));
        let Some(itself) = itself else { continue };
        let instead = match kind {
            "postcondition" => "Refer to the instance at hand as self.",
            _ => "Before the instance is there only what it is made from can be checked: refer to that.",
        };
        let detail = format!(
            "This {kind} belongs to {addr} and refers to it, but its instances are there only later. {instead}"
        );
        let d = Diagnostic::error(format!("Invalid reference in {kind}"), detail);
        diags.push(d.at(itself.span).within(rule.span));
    }
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
