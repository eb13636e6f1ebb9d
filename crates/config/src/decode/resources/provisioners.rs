//! `provisioner` and `connection` blocks.

use crate::nouns::{Connection, OnFailure, Provisioner, When};
use craton_hcl::{Block, Body, BodySchema, Expr};
use craton_model::{Diagnostic, Diagnostics, similar};

const KINDS: [&str; 3] = ["file", "local-exec", "remote-exec"];

pub(in crate::decode) fn decode(block: &Block, diags: &mut Diagnostics) -> Option<Provisioner> {
    let label = block.labels.first()?;
    let kind = label.name.clone();
    if !KINDS.contains(&&*kind) {
        let hint = similar(&kind, KINDS).map(|k| format!(" Did you mean {k:?}?")).unwrap_or_default();
        let detail = format!("There is no provisioner {kind:?}.{hint} The provisioners are {}.", KINDS.join(", "));
        diags.push(Diagnostic::error("Invalid provisioner type", detail).at(label.span));
    }
    let schema = BodySchema::new().optional(["when", "on_failure"]).blocks(["connection", "lifecycle"]);
    let (content, body, found) = block.body.partial_content(&schema);
    diags.extend(found);
    for expr in ["when", "on_failure"].into_iter().filter_map(|name| content.expr(name)) {
        if let (None, Some(text)) = (expr.as_keyword(), expr.static_string()) {
            let detail = format!(
                "Write {text} without quotes. The quoted form is that of versions before 0.12 and will stop working."
            );
            diags.push(Diagnostic::warning("Quoted keywords are deprecated", detail).at(expr.span()));
        }
    }
    let when = match content.expr("when").map(|e| (word(e), e)) {
        None => When::Create,
        Some((Some("create"), _)) => When::Create,
        Some((Some("destroy"), _)) => When::Destroy,
        Some((_, e)) => {
            let detail = "The argument \"when\" is create or destroy, without quotes.";
            diags.push(Diagnostic::error("Invalid \"when\" keyword", detail).at(e.span()));
            When::Create
        }
    };
    let on_failure = match content.expr("on_failure").map(|e| (word(e), e)) {
        None => OnFailure::Fail,
        Some((Some("fail"), _)) => OnFailure::Fail,
        Some((Some("continue"), _)) => OnFailure::Continue,
        Some((_, e)) => {
            let detail = "The argument \"on_failure\" is fail or continue, without quotes.";
            diags.push(Diagnostic::error("Invalid \"on_failure\" keyword", detail).at(e.span()));
            OnFailure::Fail
        }
    };
    if let Some(b) = content.blocks_of("lifecycle").next() {
        let detail = "A provisioner block has no lifecycle block; the name is kept for later use. Remove it.";
        diags.push(Diagnostic::error("Reserved block type name in provisioner block", detail).at(b.span));
    }
    let connection = content.single_block("connection", diags).map(connection);
    let provisioner = Provisioner { kind, when, on_failure, connection, body, span: block.span };
    if when == When::Destroy {
        check_destroy_references(&provisioner, diags);
    }
    Some(provisioner)
}

/// The word, with or without the quotes that versions before 0.12 had.
fn word(expr: &Expr) -> Option<&str> {
    expr.as_keyword().or_else(|| expr.static_string())
}

pub(in crate::decode) fn connection(block: &Block) -> Connection {
    Connection { body: block.body.clone(), span: block.span }
}

/// When an object is destroyed, nothing but itself is sure to be there any more.
fn check_destroy_references(provisioner: &Provisioner, diags: &mut Diagnostics) {
    check_bodies(std::iter::once(&provisioner.body).chain(provisioner.connection.as_ref().map(|c| &c.body)), diags);
}

/// A connection that a destroy-time provisioner uses too is under the same rule.
pub(in crate::decode) fn check_shared(shared: Option<&Connection>, all: &[Provisioner], diags: &mut Diagnostics) {
    if all.iter().any(|p| p.when == When::Destroy) {
        check_bodies(shared.iter().map(|c| &c.body), diags);
    }
}

fn check_bodies<'a>(bodies: impl Iterator<Item = &'a Body>, diags: &mut Diagnostics) {
    for body in bodies {
        let (attributes, _) = body.attributes();
        for a in attributes.values() {
            for t in a.expr.variables() {
                let allowed = match &*t.root.name {
                    "self" | "path" | "terraform" => true,
                    "count" => true,
                    "each" => t.names().nth(1).is_some_and(|n| &*n.name == "key"),
                    _ => false,
                };
                if !allowed {
                    let detail = "A destroy-time provisioner may refer only to self, count.index and each.key: other objects may be gone when it runs. Keep what it needs in the resource's own attributes.";
                    diags.push(Diagnostic::error("Invalid reference from destroy provisioner", detail).at(t.span));
                }
            }
        }
    }
}
