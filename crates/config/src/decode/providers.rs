//! `provider` blocks and references to them.

use super::check_name;
use crate::nouns::{Module, ProviderBlock, ProviderRef};
use crate::statics;
use crate::version::Constraint;
use craton_hcl::{Block, Body, BodySchema, Expr, Step};
use craton_model::addr::check_provider_part;
use craton_model::{Diagnostic, Diagnostics, Span};
use std::sync::Arc;

fn schema() -> BodySchema<'static> {
    BodySchema::new()
        .optional(["alias", "version", "count", "depends_on", "for_each", "source"])
        .blocks(["lifecycle", "locals"])
}

pub(super) type Key = (Arc<str>, Option<Arc<str>>);

pub(super) fn decode(blocks: &[Block], overrides: &[Block], module: &mut Module, diags: &mut Diagnostics) {
    for block in blocks {
        let (key, version, body) = read(block, diags);
        check_local_name(&key.0, block.labels.first().map_or(block.span, |l| l.span), diags);
        if let Some(first) = module.provider_configs.get(&key) {
            let detail = match &key.1 {
                None => format!(
                    "The default configuration of provider {:?} is at {}. Set alias in a further one, or remove one of the two.",
                    key.0,
                    first.span.place()
                ),
                Some(alias) => format!(
                    "A configuration of provider {:?} with alias {alias:?} is at {}. Choose another alias, or remove one of the two.",
                    key.0,
                    first.span.place()
                ),
            };
            diags.push(Diagnostic::error("Duplicate provider configuration", detail).at(block.span));
            continue;
        }
        let found = ProviderBlock { name: key.0.clone(), alias: key.1.clone(), version, body, span: block.span };
        module.provider_configs.insert(key, found);
    }
    for block in overrides {
        let (key, version, body) = read(block, diags);
        match module.provider_configs.get_mut(&key) {
            Some(base) => {
                base.body = base.body.overridden_by(&body);
                base.version = version.or(base.version.take());
            }
            // A default configuration is there even where no block says so.
            None if key.1.is_none() => {
                let found = ProviderBlock { name: key.0.clone(), alias: None, version, body, span: block.span };
                module.provider_configs.insert(key, found);
            }
            None => diags.push(super::missing_base(block)),
        }
    }
}

pub(super) fn read(block: &Block, diags: &mut Diagnostics) -> (Key, Option<Constraint>, Body) {
    let (content, body, found) = block.body.partial_content(&schema());
    diags.extend(found);
    for name in ["count", "depends_on", "for_each", "source"] {
        if let Some(a) = content.attribute(name) {
            let detail =
                format!("A provider block has no argument {name:?}; the name is kept for later use. Remove it.");
            diags.push(Diagnostic::error("Reserved argument name in provider block", detail).at(a.name_span));
        }
    }
    for reserved in &content.blocks {
        let detail =
            format!("A provider block has no {} block; the name is kept for later use. Remove it.", reserved.kind);
        diags.push(Diagnostic::error("Reserved block type name in provider block", detail).at(reserved.span));
    }
    let alias = content.expr("alias").and_then(|e| {
        let alias = statics::string(e, "alias", diags)?;
        check_name(&alias, e.span(), "a provider configuration", diags);
        Some(alias)
    });
    let version = content.expr("version").and_then(|e| {
        diags.push(
            Diagnostic::warning(
                "Version constraints inside provider configuration blocks are deprecated",
                "Move the constraint to the required_providers block of the terraform block.",
            )
            .at(e.span()),
        );
        constraint(e, diags)
    });
    let name = block.labels.first().map(|l| l.name.clone()).unwrap_or_default();
    ((name, alias), version, body)
}

/// A version constraint that is written out.
pub(super) fn constraint(expr: &Expr, diags: &mut Diagnostics) -> Option<Constraint> {
    let text = statics::string(expr, "a version constraint", diags)?;
    match Constraint::parse(&text) {
        Ok(c) => Some(c),
        Err(why) => {
            let detail = format!("This is no version constraint: {why}. A good one is \">= 1.2, < 2.0\".");
            diags.push(Diagnostic::error("Invalid version constraint", detail).at(expr.span()));
            None
        }
    }
}

/// `NAME` or `NAME.ALIAS`.
pub(super) fn reference(expr: &Expr, diags: &mut Diagnostics) -> Option<ProviderRef> {
    let t = statics::reference(expr, diags)?;
    let name = t.root.name.clone();
    if !check_local_name(&name, t.root.span, diags) {
        return None;
    }
    match t.steps.as_slice() {
        [] => Some(ProviderRef { name, alias: None, span: t.span }),
        [Step::Attr(alias)] => Some(ProviderRef { name, alias: Some(alias.name.clone()), span: t.span }),
        _ => {
            let detail = "A provider configuration is named by the provider's local name and, if it has one, a dot and its alias: aws.west.";
            diags.push(Diagnostic::error("Invalid provider configuration reference", detail).at(expr.span()));
            None
        }
    }
}

/// Complains about a name that no provider can have within a module: unlike other names it has no underscores and no
/// capital letters.
pub(super) fn check_local_name(name: &str, span: Span, diags: &mut Diagnostics) -> bool {
    let lower = name.to_lowercase();
    let detail = match check_provider_part(name) {
        Err(why) => format!("{name:?} cannot be the local name of a provider: such a name {why}."),
        Ok(()) if lower != name => format!("The local name of a provider has no capital letters. Write {lower:?}."),
        Ok(()) => return true,
    };
    diags.push(Diagnostic::error("Invalid provider local name", detail).at(span));
    false
}
