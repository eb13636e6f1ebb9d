//! Expressions and templates, evaluated.

use craton_hcl::{Expr, eval, parse_expression, parse_template, values_of};
use craton_model::{Data, Diagnostics, FileId, Marks, Type, Value, json};

use crate::scope::{Fixed, SECRET, fixed};
use crate::syntax::check_places;
use crate::text;

/// An expression.
pub fn evaluate(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    check(text, parse_expression(FileId::add("a", text)));
}

/// A template.
pub fn template(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    check(text, parse_template(FileId::add("a.tftpl", text)));
}

fn check(text: &str, (expr, diags): (Expr, Diagnostics)) {
    check_places(&diags);
    let scope: &Fixed = fixed();
    let _ = expr.variables();
    let (value, found) = eval(&expr, scope);
    check_places(&found);
    check_value(&value);
    let _ = json::to_json(&value);
    // Text in which the secret stands, or that asks for it in the open, may show it.
    if text.contains(SECRET) || text.contains("nonsensitive") {
        return;
    }
    for d in &found.0 {
        let shown = format!("{} {} {:?}", d.summary, d.detail, d.values);
        assert!(!shown.contains(SECRET), "a message shows a sensitive value: {shown}");
    }
    let shown = format!("{:?}", values_of(&expr, scope));
    assert!(!shown.contains(SECRET), "values beside a message show a sensitive one: {shown}");
    assert!(!shows(&value), "a sensitive value came out without its mark: {value:?}");
}

/// Whether the secret stands in it anywhere without a mark on it or around it.
fn shows(value: &Value) -> bool {
    if value.marks().contains(Marks::SENSITIVE) {
        return false;
    }
    match value.data() {
        Data::String(s) => s.contains(SECRET),
        Data::Seq(items) => items.iter().any(shows),
        Data::Map(entries) => entries.iter().any(|(k, v)| k.contains(SECRET) || shows(v)),
        _ => false,
    }
}

/// What a value holds agrees with its type.
pub fn check_value(value: &Value) {
    let fits = match (value.ty(), value.data()) {
        (_, Data::Null | Data::Unknown(_)) => true,
        (Type::Bool, Data::Bool(_)) | (Type::Number, Data::Number(_)) | (Type::String, Data::String(_)) => true,
        (Type::List(t) | Type::Set(t), Data::Seq(items)) => items.iter().all(|v| holds(t, v)),
        (Type::Map(t), Data::Map(entries)) => entries.iter().all(|(_, v)| holds(t, v)),
        (Type::Tuple(types), Data::Seq(items)) => {
            types.len() == items.len() && types.iter().zip(items.iter()).all(|(t, v)| holds(t, v))
        }
        (Type::Object(o), Data::Map(entries)) => {
            o.attributes.len() == entries.len()
                && entries.iter().all(|(k, v)| o.attributes.get(k).is_some_and(|t| holds(t, v)))
        }
        _ => false,
    };
    assert!(fits, "a value does not fit its type: {value:?} {}", value.ty());
    match value.data() {
        Data::Seq(items) => items.iter().for_each(check_value),
        Data::Map(entries) => entries.iter().for_each(|(_, v)| check_value(v)),
        _ => {}
    }
}

/// Whether a place of this type may hold the value.
fn holds(ty: &Type, value: &Value) -> bool {
    ty == value.ty() || ty.has_dynamic() || value.ty().has_dynamic()
}
