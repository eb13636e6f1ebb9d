//! `check` blocks.

use super::{Declared, check_name, insert, resources, rules};
use crate::nouns::{Check, Module};
use craton_hcl::{Block, BodySchema};
use craton_model::{Diagnostic, Diagnostics};

pub(super) fn decode(block: &Block, module: &mut Module, diags: &mut Diagnostics) {
    let Some(label) = block.labels.first() else { return };
    let name = label.name.clone();
    check_name(&name, label.span, "a check", diags);
    if let Some(first) = module.checks.get(&name) {
        let detail = format!(
            "A check named {name:?} was already declared at {}. Rename or remove one of the two.",
            first.span.place()
        );
        diags.push(Diagnostic::error("Duplicate check declaration", detail).at(block.span));
        return;
    }
    let schema = BodySchema::new().block("data", &["type", "name"]).blocks(["assert"]);
    let (content, found) = block.body.content(&schema);
    diags.extend(found);
    let asserts: Vec<_> = content.blocks_of("assert").filter_map(|b| rules::decode(b, diags)).collect();
    if content.blocks_of("assert").next().is_none() {
        let detail =
            "A check without a condition checks nothing. Add an assert block with condition and error_message.";
        diags.push(Diagnostic::error("Zero assert blocks", detail).at(block.span));
    }
    let data = content.single_block("data", diags).and_then(|b| {
        let declared = Declared { block: b.clone(), overrides: Vec::new() };
        let resource = resources::read(&declared, Some(&name), diags)?;
        if let Some(first) = module.resources.get(&resource.addr) {
            let detail = format!(
                "{} was already declared at {}. Rename or remove one of the two.",
                resource.addr,
                first.span.place()
            );
            diags.push(Diagnostic::error("Duplicate data source declaration", detail).at(b.span));
            return None;
        }
        let addr = resource.addr.clone();
        module.resources.insert(addr.clone(), resource);
        Some(addr)
    });
    insert(&mut module.checks, name.clone(), Check { name, span: block.span, data, asserts });
}
