//! `resource`, `data` and `ephemeral` blocks.

mod lifecycle;
mod provisioners;

pub(super) use provisioners::{check_shared, connection, decode as provisioner};

use super::{Declared, check_name, insert, providers, repetition};
use crate::nouns::{Module, ProviderRef, ResourceBlock};
use crate::statics;
use craton_hcl::{Body, BodySchema};
use craton_model::addr::{Resource, ResourceMode, check_provider_part};
use craton_model::{Diagnostic, Diagnostics};
use std::sync::Arc;

pub(super) fn decode(declared: &Declared, module: &mut Module, diags: &mut Diagnostics) {
    if let Some(resource) = read(declared, None, diags) {
        insert(&mut module.resources, resource.addr.clone(), resource);
    }
}

/// Reads one; `check` is the name of the `check` block around a data source.
pub(super) fn read(declared: &Declared, check: Option<&Arc<str>>, diags: &mut Diagnostics) -> Option<ResourceBlock> {
    let block = &declared.block;
    let (mode, what) = match &*block.kind {
        "data" => (ResourceMode::Data, "a data resource"),
        "ephemeral" => (ResourceMode::Ephemeral, "an ephemeral resource"),
        _ => (ResourceMode::Managed, "a resource"),
    };
    let [type_label, name_label] = block.labels.as_slice() else { return None };
    check_name(&type_label.name, type_label.span, "a resource type", diags);
    check_name(&name_label.name, name_label.span, what, diags);

    let schema = BodySchema::new()
        .optional(["count", "for_each", "provider", "depends_on"])
        .block("provisioner", &["type"])
        .blocks(["lifecycle", "connection", "locals", "_"]);
    let (content, mut body, found) = declared.body().partial_content(&schema);
    diags.extend(found);
    let (count, for_each) = repetition(declared, diags);
    declared.no_depends_on_override(diags);
    if check.is_some() {
        for name in ["count", "for_each"] {
            if let Some(a) = content.attribute(name) {
                let detail =
                    format!("A data source within a check block is read once, so it cannot have {name}. Remove it.");
                diags.push(Diagnostic::error("Invalid data source in check block", detail).at(a.name_span));
            }
        }
    }
    let named = content.expr("provider");
    let provider = named.and_then(|e| providers::reference(e, diags)).unwrap_or_else(|| {
        let name = type_label.name.split('_').next().unwrap_or(&type_label.name);
        if let (None, Err(why)) = (named, check_provider_part(name)) {
            let detail = format!(
                "The type {:?} would belong to a provider {name:?}, but the local name of a provider {why}. Set provider, or correct the type.",
                type_label.name
            );
            diags.push(Diagnostic::error("Invalid provider local name", detail).at(type_label.span));
        }
        ProviderRef { name: name.into(), alias: None, span: type_label.span }
    });
    let depends_on = content.expr("depends_on").map(|e| statics::references(e, diags)).unwrap_or_default();
    let addr = Resource { mode, r#type: type_label.name.clone(), name: name_label.name.clone() };
    let lifecycle =
        declared.nested("lifecycle", diags).map(|b| lifecycle::decode(&b, &addr, diags)).unwrap_or_default();
    if let Some(b) = content.blocks_of("locals").next() {
        let detail = format!("A {} block has no locals block; the name is kept for later use. Remove it.", block.kind);
        diags.push(Diagnostic::error("Reserved block type name", detail).at(b.span));
    }
    let mut found_provisioners = Vec::new();
    let mut found_connection = None;
    if mode == ResourceMode::Managed {
        found_provisioners.extend(content.blocks_of("provisioner").filter_map(|b| provisioners::decode(b, diags)));
        found_connection = content.single_block("connection", diags).map(provisioners::connection);
        provisioners::check_shared(found_connection.as_ref(), &found_provisioners, diags);
    } else {
        for b in content.blocks.iter().filter(|b| matches!(&*b.kind, "provisioner" | "connection")) {
            let detail = format!("Only managed resources (resource blocks) have {} blocks. Remove it.", b.kind);
            diags.push(Diagnostic::error("Unsupported block type", detail).at(b.span));
        }
    }
    // Arguments of the provider that have the name of a meta-argument stand in a block named `_`.
    let escaped: Vec<Body> = content.blocks_of("_").map(|b| b.body.clone()).collect();
    if !escaped.is_empty() {
        body = Body::joined(std::iter::once(body).chain(escaped).collect());
    }
    Some(ResourceBlock {
        addr,
        span: block.span,
        type_span: type_label.span,
        count,
        for_each,
        provider,
        depends_on,
        lifecycle,
        provisioners: found_provisioners,
        connection: found_connection,
        body,
        check: check.cloned(),
    })
}
