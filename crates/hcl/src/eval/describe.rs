//! Values in words, beside diagnostics.

use super::{Frames, Run};
use crate::ast::Expr;
use craton_model::{Data, Marks, Type, Value};

/// What a value is, to be read after the name it has: `is "10.0.0.0/8"`, `is a string, known only after apply`. Never
/// shows sensitive values.
pub fn describe(value: &Value) -> String {
    if value.marks().contains(Marks::SENSITIVE) {
        return "is sensitive".to_owned();
    }
    if value.marks().contains(Marks::EPHEMERAL) {
        return "is ephemeral".to_owned();
    }
    match value.data() {
        Data::Null => "is null".to_owned(),
        Data::Unknown(_) if *value.ty() == Type::Dynamic => "is known only after apply".to_owned(),
        Data::Unknown(_) => format!("is {} that is known only after apply", with_article(value.ty())),
        Data::Bool(b) => format!("is {b}"),
        Data::Number(n) => format!("is {n}"),
        Data::String(s) => format!("is {}", crate::ast::quoted(&shortened(s))),
        Data::Seq(items) => counted(value.ty(), items.len(), "element"),
        Data::Map(entries) if matches!(value.ty(), Type::Map(_)) => counted(value.ty(), entries.len(), "element"),
        Data::Map(entries) => match entries.len() {
            0 => "is an object without attributes".to_owned(),
            1 => format!("is an object with the attribute {:?}", entries.keys().next().map_or("", |k| k)),
            n => format!("is an object with {n} attributes"),
        },
    }
}

/// "a list of string", "an object".
fn with_article(ty: &Type) -> String {
    let name = ty.friendly();
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {name}")
}

fn counted(ty: &Type, n: usize, noun: &str) -> String {
    match n {
        0 => format!("is an empty {}", ty.friendly()),
        1 => format!("is a {} with 1 {noun}", ty.friendly()),
        n => format!("is a {} with {n} {noun}s", ty.friendly()),
    }
}

/// A long text breaks a diagnostic apart.
fn shortened(text: &str) -> std::borrow::Cow<'_, str> {
    const SHOWN: usize = 300;
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]).into(),
        None => text.into(),
    }
}

impl Run<'_> {
    /// The values of what an expression refers to, each once, in written order.
    pub(super) fn values_of(&self, expr: &Expr, frames: Frames<'_>) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        for t in expr.variables() {
            let (value, taken) = match super::local(&t.root.name, frames) {
                Some(value) => (value.clone(), 0),
                None => match self.scope.lookup(t) {
                    Ok(found) => found,
                    Err(_) => continue,
                },
            };
            // As far as the reference leads to a value; the step that fails is what the diagnostic is about.
            let mut value = value;
            let mut name = t.root.name.to_string();
            for (i, step) in t.steps.iter().enumerate() {
                if i >= taken {
                    match super::take_steps(value.clone(), std::slice::from_ref(step)) {
                        Ok(next) => value = next,
                        Err(_) => break,
                    }
                }
                name.push_str(&step.to_string());
            }
            if !found.iter().any(|(n, _)| *n == name) {
                found.push((name, describe(&value)));
            }
        }
        found
    }
}
