//! `mock_provider` blocks and the mock files that they name.

use super::{File, check_name, overrides, providers};
use crate::nouns::{During, MockProvider, MockType, Override};
use crate::statics;
use craton_hcl::{Block, Body, BodySchema, Content};
use craton_model::addr::ResourceMode;
use craton_model::{Diagnostic, Diagnostics, Span};
use std::sync::Arc;

/// Gives the files of a folder of mock data.
pub(crate) type MockFiles<'a> = &'a mut dyn FnMut(&str, Span, &mut Diagnostics) -> Vec<File>;

fn contents() -> BodySchema<'static> {
    BodySchema::new().block("mock_resource", &["type"]).block("mock_data", &["type"]).blocks(overrides::KINDS)
}

pub(super) fn decode(
    block: &Block,
    files: MockFiles<'_>,
    diags: &mut Diagnostics,
) -> (providers::Key, Option<MockProvider>) {
    let label = block.labels.first();
    let name = label.map(|l| l.name.clone()).unwrap_or_default();
    check_name(&name, label.map_or(block.span, |l| l.span), "a provider", diags);
    let schema = contents().optional(["alias", "source", "override_during"]);
    let (content, found) = block.body.content(&schema);
    diags.extend(found);
    let alias = content.expr("alias").and_then(|e| {
        let alias = statics::string(e, "alias", diags)?;
        check_name(&alias, e.span(), "a provider configuration", diags);
        Some(alias)
    });
    let during = content.expr("override_during").map_or(Some(During::Apply), |e| overrides::during(e, diags));
    let Some(during) = during else { return ((name, alias), None) };
    let (mut types, mut over) = read(&content, during, diags);
    if let Some(source) = content.expr("source")
        && let Some(folder) = statics::string(source, "source", diags)
    {
        let bodies: Vec<Body> = files(&folder, source.span(), diags).into_iter().map(|f| f.body).collect();
        let (content, found) = Body::joined(bodies).content(&contents());
        diags.extend(found);
        let (more_types, more_over) = read(&content, during, diags);
        // What stands in the block itself goes before what the files say.
        types.extend(more_types.into_iter().filter(|m| !has(&types, m)).collect::<Vec<_>>());
        over.extend(more_over.into_iter().filter(|m| over.iter().all(|o| o.target != m.target)).collect::<Vec<_>>());
    }
    let mock =
        MockProvider { name: name.clone(), alias: alias.clone(), during, types, overrides: over, span: block.span };
    ((name, alias), Some(mock))
}

fn has(types: &[MockType], one: &MockType) -> bool {
    types.iter().any(|t| (t.mode, &t.r#type) == (one.mode, &one.r#type))
}

fn read(content: &Content, during: During, diags: &mut Diagnostics) -> (Vec<MockType>, Vec<Override>) {
    let mut types: Vec<MockType> = Vec::new();
    for block in &content.blocks {
        let mode = match &*block.kind {
            "mock_resource" => ResourceMode::Managed,
            "mock_data" => ResourceMode::Data,
            _ => continue,
        };
        let Some(found) = mock_type(block, mode, during, diags) else { continue };
        if let Some(first) = types.iter().find(|t| (t.mode, &t.r#type) == (mode, &found.r#type)) {
            let detail = format!(
                "There is already a {} block for {:?} at {}. Merge the two or remove one.",
                block.kind,
                &*found.r#type,
                first.span.place()
            );
            diags.push(Diagnostic::error(format!("Duplicate {} block", block.kind), detail).at(block.span));
            continue;
        }
        types.push(found);
    }
    (types, overrides::decode(content, during, diags))
}

fn mock_type(block: &Block, mode: ResourceMode, fallback: During, diags: &mut Diagnostics) -> Option<MockType> {
    let (content, found) = block.body.content(&BodySchema::new().optional(["defaults", "override_during"]));
    diags.extend(found);
    let during = content.expr("override_during").map_or(Some(fallback), |e| overrides::during(e, diags));
    let defaults = overrides::object(&content, "defaults", &block.kind, diags);
    let r#type: Arc<str> = block.labels.first()?.name.clone();
    Some(MockType { mode, r#type, defaults: defaults?, during: during?, span: block.span })
}
