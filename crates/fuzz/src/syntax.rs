//! Configuration text in both syntaxes, and `fmt`.

use std::path::Path;

use craton_hcl::{Body, BodySchema, Expr, ExprKind, eval_constant, fmt, json, parse_file};
use craton_model::{Diagnostics, FileId};

use crate::{shape, text};

/// Diagnostics lead to a place in a text, and can be shown.
pub fn check_places(diags: &Diagnostics) {
    for d in &diags.0 {
        for span in d.subject.iter().chain(&d.context) {
            let source = span.file.source();
            let inside = source.text.get(span.start as usize..span.end as usize);
            assert!(inside.is_some(), "a finding points outside of its text: {} {span:?}", d.summary);
            let _ = source.position(span.start);
            let _ = span.place();
        }
        assert!(!d.summary.is_empty() && !d.detail.is_empty());
    }
}

/// What is wrong is said once for each place, at the most, and there is something to show wherever reading failed.
pub fn native(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let (body, diags) = parse_file(FileId::add("a.tf", text));
    check_places(&diags);
    visit(&body);
    if diags.has_errors() {
        return;
    }
    let once = fmt::format(Path::new("a.tf"), text);
    assert!(once.is_ok(), "what can be read can be formatted");
    let Ok(once) = once else { return };
    let (again, diags) = parse_file(FileId::add("b.tf", once.as_str()));
    assert!(!diags.has_errors(), "formatted text can be read: {once:?} {diags:?}");
    let (before, after) = (shape::of_body(&body), shape::of_body(&again));
    assert!(before == after, "formatting keeps the meaning:\n{once:?}\n{before}\n{after}");
    let twice = fmt::format(Path::new("b.tf"), &once);
    assert!(twice.as_deref().ok() == Some(&once), "formatting twice is formatting once:\n{once:?}\n{twice:?}");
}

/// A body through a schema that has a bit of everything.
pub fn json(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let (body, diags) = json::parse_file(FileId::add("a.tf.json", text));
    check_places(&diags);
    visit(&body);
    let (expr, diags) = json::parse_expression(FileId::add("a.json", text));
    check_places(&diags);
    look(&expr);
}

fn visit(body: &Body) {
    let (attributes, diags) = body.attributes();
    check_places(&diags);
    attributes.values().for_each(|a| look(&a.expr));
    let schema = BodySchema::new()
        .required("source")
        .optional(["count", "for_each"])
        .block("resource", &["type", "name"])
        .block("variable", &["name"])
        .blocks(["locals", "terraform", "lifecycle"]);
    let (content, rest, diags) = body.partial_content(&schema);
    check_places(&diags);
    content.attributes.values().for_each(|a| look(&a.expr));
    for block in &content.blocks {
        let (inner, diags) = block.body.attributes();
        check_places(&diags);
        inner.values().for_each(|a| look(&a.expr));
    }
    let (_, diags) = rest.content(&schema);
    check_places(&diags);
}

/// All that is asked of an expression before it is evaluated.
fn look(expr: &Expr) {
    if let ExprKind::JsonString(s) = expr.kind() {
        check_places(&s.template(expr.span()).1);
    }
    expr.kind().each_part(&mut look);
    let _ = expr.variables();
    let (_, diags) = eval_constant(expr);
    check_places(&diags);
}
