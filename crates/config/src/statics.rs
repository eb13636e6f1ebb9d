//! Expressions in places where nothing but what is written there counts.

use craton_hcl::{Expr, ObjectItem, Traversal, eval_constant};
use craton_model::convert::convert;
use craton_model::{Diagnostic, Diagnostics, Type, Value};
use std::sync::Arc;

/// A constant expression's value, or why it has none.
pub(crate) enum Constant {
    Value(Value),
    Failed(Diagnostics),
}

impl Constant {
    /// The value; what is wrong goes to `diags`.
    pub(crate) fn reported(self, diags: &mut Diagnostics) -> Option<Value> {
        match self {
            Self::Value(v) => Some(v),
            Self::Failed(found) => {
                diags.extend(found);
                None
            }
        }
    }
}

/// A single bare word (in the JSON syntax: a string that is one).
pub(crate) fn keyword(expr: &Expr) -> Option<Arc<str>> {
    expr.as_keyword().map(Arc::from)
}

/// Name and arguments of a call that is written out.
pub(crate) fn call(expr: &Expr) -> Option<(Arc<str>, Vec<Expr>)> {
    let spelled = expr.spelled();
    let call = spelled.as_ref().unwrap_or(expr).static_call().ok()?;
    Some((call.name.clone(), call.args.clone()))
}

/// The items of a list that is written out.
pub(crate) fn items(expr: &Expr) -> Option<&[Expr]> {
    expr.static_list().ok()
}

/// The items of a map that is written out.
pub(crate) fn pairs(expr: &Expr) -> Option<&[ObjectItem]> {
    expr.static_map().ok()
}

/// The value of an expression that refers to nothing and calls nothing.
pub(crate) fn constant(expr: &Expr) -> Constant {
    let (value, diags) = eval_constant(expr);
    if diags.has_errors() { Constant::Failed(diags) } else { Constant::Value(value) }
}

/// A constant of a certain type. Null is none: what is not wanted is left out.
pub(crate) fn of_type(expr: &Expr, ty: &Type, what: &str, diags: &mut Diagnostics) -> Option<Value> {
    let v = constant(expr).reported(diags)?;
    match convert(&v, ty) {
        Ok(v) if v.is_null() => {
            let detail = format!("The value for {what} cannot be null. Give a value, or leave the argument out.");
            diags.push(Diagnostic::error("Unsuitable value type", detail).at(expr.span()));
            None
        }
        Ok(v) => Some(v),
        Err(e) => {
            let detail = format!("Unsuitable value for {what}: {e}.");
            diags.push(Diagnostic::error("Unsuitable value type", detail).at(expr.span()));
            None
        }
    }
}

/// A constant bool.
pub(crate) fn bool(expr: &Expr, what: &str, diags: &mut Diagnostics) -> Option<bool> {
    of_type(expr, &Type::Bool, what, diags)?.as_bool()
}

/// A constant string.
pub(crate) fn string(expr: &Expr, what: &str, diags: &mut Diagnostics) -> Option<Arc<str>> {
    of_type(expr, &Type::String, what, diags)?.as_str().map(Arc::from)
}

/// A reference that is written out (`depends_on`, `provider`, `from`). In quotes, as before version 0.12, it is still
/// read, with a warning.
pub(crate) fn reference(expr: &Expr, diags: &mut Diagnostics) -> Option<Traversal> {
    let Some(quoted) = expr.quoted_traversal() else { return diags.keep(expr.as_traversal()) };
    match quoted {
        Ok(t) => {
            diags.push(
                Diagnostic::warning(
                    "Quoted references are deprecated",
                    "References are written without quotes here. The quoted form will stop working; remove the quotes.",
                )
                .at(expr.span()),
            );
            Some(t)
        }
        Err(_) => {
            let detail = "A reference is required here: a name followed by attribute names and constant indexes, without quotes.";
            diags.push(Diagnostic::error("Invalid expression", detail).at(expr.span()));
            None
        }
    }
}

/// A list of references that is written out.
pub(crate) fn references(expr: &Expr, diags: &mut Diagnostics) -> Vec<Traversal> {
    let items = diags.keep(expr.static_list()).unwrap_or_default();
    items.iter().filter_map(|item| reference(item, diags)).collect()
}
