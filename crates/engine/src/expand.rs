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
    let incorrect = |detail: &str| Diagnostic::error("Incorrect value type", detail).at(expr.span());
    let (value, marks) = value.unmark();
    if marks.contains(Marks::EPHEMERAL) {
        return Err(bad(
            "This value is ephemeral: it may be another one when the plan is applied, so it cannot say how many instances there are.",
        )
        .into());
    }
    if value.is_null() {
        return Err(bad("The value is null. Give a whole number, 0 or more.").into());
    }
    let value = convert(&value, &Type::Number)
        .map_err(|e| incorrect(&format!("The value of count is no whole number: {e}.")))?;
    let Some(number) = value.as_number() else {
        if unknown_ok {
            return Ok(Repetition::UnknownCount);
        }
        return Err(bad(
            "The number is known after apply, because it follows from attributes of resources that do not exist yet, and a plan has to name every instance. Derive it from variables and other values of the configuration, or first apply what it follows from by itself with -target.",
        )
        .into());
    };
    if number.is_negative() && !number.is_zero() {
        return Err(bad("The number is negative. Give 0 or more.").into());
    }
    match number.to_usize().filter(|_| number.is_integer()) {
        Some(n) => Ok(Repetition::Count(n)),
        None => Err(bad("The number is not whole, or too large.").into()),
    }
}

/// Reads a `for_each` value; also used by import blocks.
pub fn each_of(value: Value, expr: &Expr, unknown_ok: bool) -> Result<Repetition, Diagnostics> {
    let bad = |detail: &str| Diagnostic::error("Invalid for_each argument", detail).at(expr.span());
    let (value, marks) = value.unmark();
    if marks.contains(Marks::SENSITIVE) {
        return Err(bad(
            "This value is sensitive, and its keys would be shown as part of every address. Use keys that are no secret; if these are none, wrap them in nonsensitive().",
        )
        .into());
    }
    if marks.contains(Marks::EPHEMERAL) {
        return Err(bad(
            "This value is ephemeral: it may be another one when the plan is applied, and the instances must be the same.",
        )
        .into());
    }
    if value.is_null() {
        return Err(bad("The value is null. Give a map, or a set of strings; an empty one for no instances.").into());
    }
    let ty = value.ty().clone();
    if !matches!(ty, Type::Map(_) | Type::Set(_) | Type::Object(_) | Type::Dynamic) {
        let hint = match ty {
            Type::List(_) | Type::Tuple(_) => " Convert a list of strings with toset().",
            _ => "",
        };
        return Err(bad(&format!(
            "A map or a set of strings is needed here, and this is of type {}.{hint}",
            ty.friendly()
        ))
        .into());
    }
    let after_apply = |what: &str| {
        bad(&format!(
            "{what}, and a plan has to name every instance by its key. Use a map with keys from the configuration, and leave what comes from resources to its values; or first apply what the keys follow from by itself with -target."
        ))
    };
    if !value.is_known() {
        if unknown_ok {
            return Ok(Repetition::UnknownEach);
        }
        return Err(after_apply(if matches!(ty, Type::Set(_)) {
            "Some elements of the set are known after apply"
        } else {
            "Some keys of the map are known after apply"
        })
        .into());
    }
    match value.data() {
        Data::Map(entries) => Ok(Repetition::ForEach(entries.iter().cloned().collect())),
        Data::Seq(items) => set_keys(items, ty.element(), unknown_ok, &after_apply, expr),
        _ => Err(bad("A map or a set of strings is needed here.").into()),
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
            "Elements of a set become keys, so they have to be strings; these are of type {}. Convert them, or use a map.",
            elem.friendly()
        ))
        .into());
    }
    let mut keys: Vec<(Arc<str>, Value)> = Vec::with_capacity(items.len());
    for item in items {
        match item.as_str() {
            Some(s) => keys.push((s.into(), item.clone())),
            None if item.is_null() => {
                return Err(bad("One element of the set is null, which cannot be a key. Leave it out.").into());
            }
            None if unknown_ok => return Ok(Repetition::UnknownEach),
            None => return Err(after_apply("Some elements of the set are known after apply").into()),
        }
    }
    keys.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Repetition::ForEach(keys))
}
