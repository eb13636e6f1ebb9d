//! Texts for values.

use craton_model::value::{Data, Marks};
use craton_model::{Type, Value};
use serde_json::Value as Json;

/// What stands for a value that is not known yet.
pub const UNKNOWN: &str = "(known after apply)";
/// What stands for a value that is not shown.
pub const SENSITIVE: &str = "(sensitive value)";
/// What stands for a value that is nowhere kept.
pub const WRITE_ONLY: &str = "(write-only attribute)";

/// The document in a string that holds a JSON object or array with something in it.
pub fn json_of(s: &str) -> Option<Value> {
    if !s.starts_with(['{', '[']) {
        return None;
    }
    let json: Json = serde_json::from_str(s).ok()?;
    let empty = json.as_object().is_some_and(serde_json::Map::is_empty) || json.as_array().is_some_and(Vec::is_empty);
    (!empty).then(|| craton_model::json::from_json_implied(&json))
}

/// A key of a map or an object's attribute.
pub fn key(name: &str, ty: &Type) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if matches!(ty, Type::Object(_)) && plain { name.to_owned() } else { quote(name) }
}

/// Text in quotes as HCL writes it.
pub fn quote(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + 2);
    out.push('"');
    for (i, c) in s.char_indices() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if s[i + 1..].starts_with('{') => {
                out.push(c);
                out.push(c);
            }
            // A value must not be able to move the cursor or change colours.
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// One line for what has no parts, or none to show.
pub fn scalar(v: &Value) -> String {
    if v.marks().contains(Marks::SENSITIVE) {
        return SENSITIVE.into();
    }
    match v.data() {
        Data::Null => "null".into(),
        Data::Unknown(_) => UNKNOWN.into(),
        Data::Bool(b) => b.to_string(),
        Data::Number(n) => n.to_string(),
        Data::String(s) => quote(s),
        Data::Seq(_) => "[]".into(),
        Data::Map(_) => "{}".into(),
    }
}

/// One line for a value whatever its kind, for changes between different kinds.
pub fn short(v: &Value) -> String {
    match v.data() {
        Data::Seq(items) if !items.is_empty() => {
            format!("[{}]", items.iter().map(short).collect::<Vec<_>>().join(", "))
        }
        Data::Map(entries) if !entries.is_empty() => {
            let all: Vec<String> = entries.iter().map(|(k, e)| format!("{} = {}", key(k, v.ty()), short(e))).collect();
            format!("{{ {} }}", all.join(", "))
        }
        _ => scalar(v),
    }
}

/// A line of a text as it is shown unquoted: what would act on the terminal is spelled out.
pub fn visible(line: &str) -> std::borrow::Cow<'_, str> {
    if !line.contains(|c: char| c.is_control() && c != '\t') {
        return line.into();
    }
    let spelled = |c: char| match c {
        '\r' => "\\r".to_owned(),
        c if c.is_control() && c != '\t' => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    line.chars().map(spelled).collect::<String>().into()
}
