//! Documents without what must not be shown.

use serde_json::Value;

use crate::model::{Kind, Ref, Service};

/// The document with every value of a shape that the model calls sensitive replaced by `(sensitive)`. Blobs are replaced
/// too, by their length: state, keys and passwords travel in them.
pub fn redact(service: &Service, r: &Ref, value: &Value) -> Value {
    let shape = service.shape(r);
    if shape.sensitive {
        return "(sensitive)".into();
    }
    match (&shape.kind, value) {
        (Kind::Structure(s), Value::Object(given)) => given
            .iter()
            .map(|(k, v)| (k.clone(), s.members.get(k.as_str()).map_or_else(|| v.clone(), |m| redact(service, m, v))))
            .collect(),
        (Kind::List(item), Value::Array(items)) => items.iter().map(|v| redact(service, item, v)).collect(),
        (Kind::Map(_, v), Value::Object(entries)) => {
            entries.iter().map(|(k, value)| (k.clone(), redact(service, v, value))).collect()
        }
        (Kind::Blob, Value::String(s)) => format!("(about {} bytes)", s.len() / 4 * 3).into(),
        (_, other) => other.clone(),
    }
}
