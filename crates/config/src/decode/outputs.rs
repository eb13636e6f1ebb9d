//! `output` blocks.

use super::{Declared, check_name, insert, rules};
use crate::nouns::{Module, Output};
use crate::statics;
use craton_hcl::BodySchema;
use craton_model::{Diagnostic, Diagnostics};

pub(super) fn decode(declared: &Declared, module: &mut Module, diags: &mut Diagnostics) {
    let block = &declared.block;
    let name = declared.label(0);
    check_name(&name, block.labels.first().map_or(block.span, |l| l.span), "an output", diags);
    let schema = BodySchema::new()
        .required("value")
        .optional(["description", "sensitive", "ephemeral", "depends_on"])
        .blocks(["precondition", "postcondition"]);
    let (content, found) = declared.body().content(&schema);
    diags.extend(found);
    for block in content.blocks_of("postcondition") {
        let detail = "An output value has no state of its own to check afterwards. Use a precondition block.";
        diags.push(Diagnostic::error("Postconditions are not allowed", detail).at(block.span));
    }
    let flag = |name, diags: &mut _| content.expr(name).and_then(|e| statics::bool(e, name, diags)).unwrap_or(false);
    let description = content.expr("description").and_then(|e| statics::string(e, "description", diags));
    let sensitive = flag("sensitive", diags);
    let ephemeral = flag("ephemeral", diags);
    let depends_on = content.expr("depends_on").map(|e| statics::references(e, diags)).unwrap_or_default();
    declared.no_depends_on_override(diags);
    let preconditions = content.blocks_of("precondition").filter_map(|b| rules::decode(b, diags)).collect();
    let Some(value) = content.expr("value").cloned() else { return };
    let output = Output {
        name: name.clone(),
        span: block.span,
        value,
        description,
        sensitive,
        ephemeral,
        depends_on,
        preconditions,
    };
    insert(&mut module.outputs, name, output);
}
