//! What is said of references that lead nowhere.

use std::sync::Arc;

use craton_config::reference::Reference;
use craton_hcl::Traversal;
use craton_model::{Diagnostic, similar};

use crate::graph::ModuleIndex;

/// A reference to what no `block` declares; `known` are names that it may have meant.
pub fn undeclared<'a>(
    what: &str,
    block: &str,
    name: &str,
    known: impl Iterator<Item = &'a Arc<str>>,
    r: &Reference,
) -> Diagnostic {
    let hint = match similar(name, known.map(|k| k.as_ref())) {
        Some(like) => format!("Did you mean {like:?}?"),
        None if block == "variable" => format!("Declare it with a block: variable {name:?} {{}}."),
        None => format!("Declare it in a {block} block."),
    };
    Diagnostic::error(
        format!("Reference to undeclared {what}"),
        format!("{what} {name:?} has not been declared in this module. {hint}", what = with_article(what)),
    )
    .at(r.span)
}

fn with_article(what: &str) -> String {
    let article = if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "An" } else { "A" };
    format!("{article} {what}")
}

/// A reference to a module that is not called.
pub fn undeclared_module(name: &str, index: &ModuleIndex, t: &Traversal) -> Diagnostic {
    let hint = similar(name, index.calls.keys().map(|k| k.as_ref()))
        .map_or(String::new(), |h| format!(" Did you mean {h:?}?"));
    Diagnostic::error(
        "Reference to undeclared module",
        format!("No module call named {name:?} is declared in this module.{hint}"),
    )
    .at(t.span)
}

/// A reference into what repeats (`addr`) that does not say which instance is meant.
pub fn missing_key(what: &str, addr: &str, r: &Reference, t: &Traversal) -> Diagnostic {
    Diagnostic::error(
        format!("Missing {what} instance key"),
        format!(
            "{addr} repeats, so it has instances rather than attributes. Say which instance is meant, as in {addr}[0] or {addr}[each.key], or take all of them with {addr}[*]."
        ),
    )
    .at(r.span)
    .within(t.span)
}
