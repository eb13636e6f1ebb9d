//! `locals` blocks.

use super::check_name;
use crate::nouns::{Local, Module};
use craton_hcl::Block;
use craton_model::{Diagnostic, Diagnostics};

pub(super) fn decode(blocks: &[Block], overrides: &[Block], module: &mut Module, diags: &mut Diagnostics) {
    for block in blocks {
        let (attributes, found) = block.body.attributes();
        diags.extend(found);
        for (name, a) in attributes {
            check_name(&name, a.name_span, "a local value", diags);
            if let Some(first) = module.locals.get(&name) {
                let detail = format!(
                    "A local value named {name:?} was already defined at {}. Rename or remove one of the two.",
                    first.span.place()
                );
                diags.push(Diagnostic::error("Duplicate local value definition", detail).at(a.name_span));
                continue;
            }
            module.locals.insert(name.clone(), Local { name, expr: a.expr, span: a.span });
        }
    }
    for block in overrides {
        let (attributes, found) = block.body.attributes();
        diags.extend(found);
        for (name, a) in attributes {
            match module.locals.get_mut(&name) {
                Some(base) => *base = Local { name, expr: a.expr, span: a.span },
                None => {
                    let detail = format!(
                        "No other file of the folder defines a local value named {name:?}. Overrides can only change what is there; define it in a file with another name."
                    );
                    diags.push(
                        Diagnostic::error("Missing base local value definition to override", detail).at(a.name_span),
                    );
                }
            }
        }
    }
}
