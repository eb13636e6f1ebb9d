//! Blocks with `condition` and `error_message`.

use crate::nouns::CheckRule;
use craton_hcl::{Block, BodySchema};
use craton_model::{Diagnostic, Diagnostics};

/// Reads a `validation`, `precondition`, `postcondition` or `assert` block.
pub(super) fn decode(block: &Block, diags: &mut Diagnostics) -> Option<CheckRule> {
    let schema = BodySchema::new().required("condition").required("error_message");
    let (content, found) = block.body.content(&schema);
    diags.extend(found);
    let rule = CheckRule {
        condition: content.expr("condition")?.clone(),
        error_message: content.expr("error_message")?.clone(),
        span: block.span,
    };
    if rule.condition.variables().is_empty() {
        let detail =
            "The condition refers to nothing, so its outcome is always the same. Refer to at least one object in it.";
        diags.push(Diagnostic::error(format!("Invalid {} expression", block.kind), detail).at(rule.condition.span()));
    }
    Some(rule)
}
