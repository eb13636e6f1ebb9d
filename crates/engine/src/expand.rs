//! `count` and `for_each`: how many instances, and their keys.

use std::sync::Arc;

use craton_hcl::Expr;
use craton_model::convert::convert;
use craton_model::{Data, Diagnostic, Diagnostics, Marks, Type, Value};

use crate::evaluate::ModuleScope;
use crate::table::Repetition;

/// Evaluates the repetition of a block in one module instance. `unknown_ok` leaves open what is
/// not known; otherwise that is an error.
pub fn repetition(
    scope: &ModuleScope<'_>,
    count: Option<&Expr>,
    for_each: Option<&Expr>,
    unknown_ok: bool,
) -> Result<(Repetition, Diagnostics), Diagnostics> {
    match (count, for_each) {
        (Some(expr), _) => {
            let (value, found) = scope.eval(expr);
            if found.has_errors() {
                return Err(found);
            }
            Ok((count_of(value, expr, unknown_ok)?, found))
        }
        (None, Some(expr)) => {
            let (value, found) = scope.eval(expr);
            if found.has_errors() {
                return Err(found);
            }
            Ok((each_of(value, expr, unknown_ok)?, found))
        }
        (None, None) => Ok((Repetition::Single, Diagnostics::new())),
    }
}

fn count_of(value: Value, expr: &Expr, unknown_ok: bool) -> Result<Repetition, Diagnostics> {
    let bad = |detail: &str| Diagnostic::error("Invalid count argument", detail).at(expr.span());
    let (value, marks) = value.unmark();
    if marks.contains(Marks::EPHEMERAL) {
        return Err(bad(
            "The given \"count\" is derived from an ephemeral value, which is not kept until the apply, so it cannot \
                        decide how many instances there are.",
        )
        .into());
    }
    if value.is_null() {
        return Err(bad("The given \"count\" argument value is null. An integer is required.").into());
    }
    let value = convert(&value, &Type::Number)
        .map_err(|e| bad(&format!("The given \"count\" argument value is unsuitable: {e}. An integer is required.")))?;
    let Some(number) = value.as_number() else {
        if unknown_ok {
            return Ok(Repetition::UnknownCount);
        }
        return Err(bad(
            "The \"count\" value depends on resource attributes that are known after apply, so it cannot be told how many \
             instances will be created. Make it depend on values from the configuration only. Or first apply only what the \
             count depends on, with the -target option.",
        )
        .into());
    };
    if number.is_negative() && !number.is_zero() {
        return Err(
            bad("The given \"count\" argument value is unsuitable: must be greater than or equal to zero.").into()
        );
    }
    match number.to_usize().filter(|_| number.is_integer()) {
        Some(n) => Ok(Repetition::Count(n)),
        None => Err(bad("The given \"count\" argument value is unsuitable: a whole number is required.").into()),
    }
}

/// Reads a `for_each` value; also used by import blocks.
pub fn each_of(value: Value, expr: &Expr, unknown_ok: bool) -> Result<Repetition, Diagnostics> {
    let bad = |detail: &str| Diagnostic::error("Invalid for_each argument", detail).at(expr.span());
    let (value, marks) = value.unmark();
    if marks.contains(Marks::SENSITIVE) {
        return Err(bad(
            "Sensitive values, or values derived from sensitive values, cannot be used as for_each arguments: the keys would be \
             shown in the addresses of the instances. Take the keys from something that is not sensitive, or use \
             nonsensitive() if this one is none.",
        )
        .into());
    }
    if marks.contains(Marks::EPHEMERAL) {
        return Err(bad(
            "Ephemeral values, or values derived from them, cannot be used as for_each arguments: the instances must \
                        be the same from plan to apply.",
        )
        .into());
    }
    if value.is_null() {
        return Err(bad("The given \"for_each\" argument value is null. A map, or set of strings is allowed.").into());
    }
    let ty = value.ty().clone();
    if !matches!(ty, Type::Map(_) | Type::Set(_) | Type::Object(_) | Type::Dynamic) {
        let hint = match ty {
            Type::List(_) | Type::Tuple(_) => " Convert a list of strings with toset().",
            _ => "",
        };
        return Err(bad(&format!(
            "The \"for_each\" argument must be a map, or set of strings, and the given value is of type {}.{hint}",
            ty.friendly()
        ))
        .into());
    }
    let after_apply = |what: &str| {
        bad(&format!(
            "The \"for_each\" {what} known after apply, so the keys that will identify the instances cannot be told. Use a map \
             whose keys are written in the configuration and put what is known after apply into its values only. Or first apply \
             only what the keys depend on, with the -target option."
        ))
    };
    if !value.is_known() {
        if unknown_ok {
            return Ok(Repetition::UnknownEach);
        }
        return Err(after_apply(if matches!(ty, Type::Set(_)) {
            "set includes values derived from resource attributes that are"
        } else {
            "map includes keys derived from resource attributes that are"
        })
        .into());
    }
    match value.data() {
        Data::Map(entries) => Ok(Repetition::ForEach(entries.iter().cloned().collect())),
        Data::Seq(items) => set_keys(items, ty.element(), unknown_ok, &after_apply, expr),
        _ => Err(bad("A map, or set of strings is required.").into()),
    }
}

fn set_keys(
    items: &[Value],
    elem: Option<&Type>,
    unknown_ok: bool,
    after_apply: &dyn Fn(&str) -> Diagnostic,
    expr: &Expr,
) -> Result<Repetition, Diagnostics> {
    let bad = |detail: &str| Diagnostic::error("Invalid for_each set argument", detail).at(expr.span());
    if let Some(elem) = elem.filter(|t| !matches!(t, Type::String | Type::Dynamic)) {
        return Err(bad(&format!(
            "The given \"for_each\" argument value is unsuitable: \"for_each\" supports maps and sets of strings, but you have \
             provided a set containing type {}.",
            elem.friendly()
        ))
        .into());
    }
    let mut keys: Vec<(Arc<str>, Value)> = Vec::with_capacity(items.len());
    for item in items {
        match item.as_str() {
            Some(s) => keys.push((s.into(), item.clone())),
            None if item.is_null() => {
                return Err(bad("The given \"for_each\" argument value is unsuitable: \"for_each\" sets must not contain null values.").into());
            }
            None if unknown_ok => return Ok(Repetition::UnknownEach),
            None => return Err(after_apply("set includes values derived from resource attributes that are").into()),
        }
    }
    keys.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Repetition::ForEach(keys))
}
