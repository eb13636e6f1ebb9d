//! Resources whose configuration refers to the resource itself.

use craton_config::ResourceBlock;
use craton_config::reference::{Reference, Subject};
use craton_hcl::{Traversal, body_references};
use craton_model::schema::Block;
use craton_model::{Diagnostic, Span};

/// What to say of such a resource, at the first of these references. `schema` is that of its type.
pub fn refers_to_itself(r: &ResourceBlock, schema: Option<&Block>) -> Diagnostic {
    let names = |t: &Traversal| -> Option<Span> {
        let found = Reference::parse(t).ok()?;
        matches!(found.subject, Subject::Resource(addr, _) if addr == r.addr).then_some(found.span)
    };
    let repetition = r.count.iter().chain(&r.for_each);
    let rules = r.lifecycle.preconditions.iter().flat_map(|rule| [&rule.condition, &rule.error_message]);
    let mut expressions = repetition.chain(rules).chain(&r.lifecycle.replace_triggered_by);
    let in_body = || schema.and_then(|schema| body_references(&r.body, schema).iter().find_map(names));
    let in_connection = || {
        let schema = crate::provision::connection_schema();
        r.connection.as_ref().and_then(|c| body_references(&c.body, schema).iter().find_map(names))
    };
    let place = expressions.find_map(|e| e.variables().into_iter().find_map(names));
    let place = place.or_else(in_body).or_else(in_connection).unwrap_or(r.span);
    let detail = format!(
        "The configuration of {} refers to itself. Within a block nothing of its own result is there yet; use \"self\" in provisioners and postconditions, or a local value for what is shared.",
        r.addr
    );
    Diagnostic::error("Self-referential block", detail).at(place)
}
