//! `module` blocks.

use super::{Declared, check_name, insert, providers, repetition};
use crate::nouns::{Module, ModuleCall, PassedProvider, ProviderRef};
use crate::statics;
use crate::version::Constraint;
use craton_hcl::{BodySchema, Expr};
use craton_model::{Diagnostic, Diagnostics};

pub(super) fn decode(declared: &Declared, module: &mut Module, diags: &mut Diagnostics) {
    let block = &declared.block;
    let name = declared.label(0);
    check_name(&name, block.labels.first().map_or(block.span, |l| l.span), "a module instance", diags);
    let schema = BodySchema::new()
        .required("source")
        .optional(["version", "count", "for_each", "depends_on", "providers"])
        .blocks(["lifecycle", "locals", "provider", "connection", "provisioner"]);
    let (content, body, found) = declared.body().partial_content(&schema);
    diags.extend(found);
    for reserved in &content.blocks {
        let detail =
            format!("A module block has no {} block; the name is kept for later use. Remove it.", reserved.kind);
        diags.push(Diagnostic::error("Reserved block type name in module block", detail).at(reserved.span));
    }
    let (count, for_each) = repetition(declared, diags);
    declared.no_depends_on_override(diags);
    let version = content.expr("version").and_then(|e| {
        let text = statics::string(e, "version", diags)?;
        if let Err(why) = Constraint::parse(&text) {
            diags
                .push(Diagnostic::error("Invalid version constraint", format!("{}: {why}.", text.trim())).at(e.span()));
        }
        Some(text)
    });
    let depends_on = content.expr("depends_on").map(|e| statics::references(e, diags)).unwrap_or_default();
    let passed = content.expr("providers").map(|e| passed_providers(e, diags));
    let Some(source_expr) = content.expr("source") else { return };
    let Some(source) = statics::string(source_expr, "source", diags) else { return };
    if source.trim().is_empty() {
        let detail = "A module's source is a local path that begins with ./ or ../, a registry address, or an address to fetch it from.";
        diags.push(Diagnostic::error("Invalid module source address", detail).at(source_expr.span()));
        return;
    }
    let call = ModuleCall {
        name: name.clone(),
        span: block.span,
        source,
        source_span: source_expr.span(),
        version,
        count,
        for_each,
        depends_on,
        providers: passed,
        body,
    };
    insert(&mut module.module_calls, name, call);
}

pub(super) fn passed_providers(expr: &Expr, diags: &mut Diagnostics) -> Vec<PassedProvider> {
    let items = diags.keep(expr.static_map()).unwrap_or_default();
    let mut all: Vec<PassedProvider> = Vec::with_capacity(items.len());
    for item in items {
        let child = match item.literal_key() {
            Some(name) => providers::check_local_name(name, item.key.span(), diags).then(|| ProviderRef {
                name: name.clone(),
                alias: None,
                span: item.key.span(),
            }),
            None => providers::reference(&item.key, diags),
        };
        let parent = providers::reference(&item.value, diags);
        let (Some(child), Some(parent)) = (child, parent) else { continue };
        if let Some(first) = all.iter().find(|p| p.child.key() == child.key()) {
            let detail = format!(
                "The configuration {child} is passed at {} already. Remove one of the two.",
                first.child.span.place()
            );
            diags.push(Diagnostic::error("Duplicate provider address", detail).at(child.span));
            continue;
        }
        all.push(PassedProvider { child, parent });
    }
    all
}
