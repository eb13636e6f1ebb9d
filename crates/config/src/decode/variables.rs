//! `variable` blocks.

use super::{Declared, check_name, insert, rules};
use crate::nouns::{CheckRule, Module, Variable};
use crate::reference::{Reference, Subject};
use crate::statics;
use crate::types::{Defaults, parse_type};
use craton_hcl::{BodySchema, Expr};
use craton_model::{Diagnostic, Diagnostics, Type, Value, convert};
use std::sync::Arc;

/// Arguments of `module` blocks, which therefore cannot be inputs.
const RESERVED: [&str; 9] =
    ["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals", "provider"];

pub(super) fn decode(declared: &Declared, module: &mut Module, diags: &mut Diagnostics) {
    let block = &declared.block;
    let name = declared.label(0);
    let label = block.labels.first().map_or(block.span, |l| l.span);
    check_name(&name, label, "a variable", diags);
    if RESERVED.contains(&&*name) {
        let detail = format!(
            "{name:?} is an argument that every module block has, so a variable of this name could not be set. Choose another name."
        );
        diags.push(Diagnostic::error("Invalid variable name", detail).at(label));
    }
    let schema = BodySchema::new()
        .optional(["type", "default", "description", "sensitive", "nullable", "ephemeral"])
        .blocks(["validation"]);
    let (content, found) = declared.body().content(&schema);
    diags.extend(found);

    let flag = |name, diags: &mut _| content.expr(name).and_then(|e| statics::bool(e, name, diags));
    let description = content.expr("description").and_then(|e| statics::string(e, "description", diags));
    let nullable = flag("nullable", diags).unwrap_or(true);
    let sensitive = flag("sensitive", diags).unwrap_or(false);
    let ephemeral = flag("ephemeral", diags).unwrap_or(false);
    let (ty, defaults) = match content.expr("type") {
        Some(expr) => {
            let (ty, defaults, found) = parse_type(expr);
            diags.extend(found);
            (ty, defaults)
        }
        None => (Type::Dynamic, None),
    };
    let default = content.expr("default").and_then(|e| default_value(e, &ty, defaults.as_ref(), nullable, diags));
    let validations: Vec<CheckRule> = content.blocks_of("validation").filter_map(|b| rules::decode(b, diags)).collect();
    for rule in &validations {
        check_validation(&name, rule, diags);
    }
    let variable = Variable {
        name: name.clone(),
        span: block.span,
        ty,
        has_type: content.attribute("type").is_some(),
        defaults: defaults.map(Arc::new),
        default,
        description,
        nullable,
        sensitive,
        ephemeral,
        validations,
    };
    insert(&mut module.variables, name, variable);
}

fn default_value(
    expr: &Expr,
    ty: &Type,
    defaults: Option<&Defaults>,
    nullable: bool,
    diags: &mut Diagnostics,
) -> Option<Value> {
    let value = statics::constant(expr).reported(diags)?;
    let invalid = |detail| Diagnostic::error("Invalid default value for variable", detail).at(expr.span());
    if value.is_null() && !nullable {
        diags.push(invalid(
            "The variable has nullable = false, so null cannot be its default. Remove one of the two.".to_owned(),
        ));
        return None;
    }
    let value = defaults.map_or_else(|| value.clone(), |d| d.apply(&value));
    match convert(&value, ty) {
        Ok(v) => Some(v),
        Err(e) => {
            diags.push(invalid(format!(
                "The default does not fit the variable's type {}: {e}. Change one of the two.",
                ty.without_optional()
            )));
            None
        }
    }
}

/// Conditions may refer to other objects since Terraform 1.9, but not only to them.
fn check_validation(name: &Arc<str>, rule: &CheckRule, diags: &mut Diagnostics) {
    let own = Subject::Variable(name.clone());
    let refers = rule.condition.variables().iter().any(|t| Reference::parse(t).is_ok_and(|r| r.subject == own));
    if !refers && !rule.condition.variables().is_empty() {
        let detail = format!("The condition of a validation must refer to the variable it belongs to, var.{name}.");
        diags.push(Diagnostic::error("Invalid variable validation condition", detail).at(rule.condition.span()));
    }
}
