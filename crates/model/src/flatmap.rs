//! Attributes as states before version 4 hold them: one flat map from paths to text.
//!
//! `list.#` counts elements that stand at `list.0`; elements of sets stand at any number; `map.%` counts the entries of a
//! map, whose keys may hold dots. Which of them a name is, and whether text is a number, only a type tells.

use serde_json::{Map, Value as Json};

use crate::convert::convert;
use crate::json;
use crate::types::Type;
use crate::value::Value;

/// Stood for a value that was not known yet.
const UNKNOWN: &str = "74D93920-ED26-11E3-AC10-0800200C9A66";

/// The attributes as the JSON that a value of `ty` (an object) has in a state of version 4. What is not there is null; text
/// that does not convert stays text.
pub fn unflatten(flat: &Map<String, Json>, ty: &Type) -> Json {
    at(flat, "", ty)
}

fn at(flat: &Map<String, Json>, path: &str, ty: &Type) -> Json {
    let below = |step: &str| if path.is_empty() { step.to_owned() } else { format!("{path}.{step}") };
    match ty {
        Type::Object(o) => {
            Json::Object(o.attributes.iter().map(|(name, ty)| (name.to_string(), at(flat, &below(name), ty))).collect())
        }
        Type::Map(elem) => {
            if !flat.contains_key(&below("%")) {
                return Json::Null;
            }
            let prefix = below("");
            let keys = flat.keys().filter_map(|k| k.strip_prefix(&prefix)).filter(|k| *k != "%");
            Json::Object(keys.map(|key| (key.to_owned(), at(flat, &below(key), elem))).collect())
        }
        Type::List(elem) | Type::Set(elem) => {
            let Some(count) = flat.get(&below("#")) else { return Json::Null };
            let count = count.as_str().and_then(|n| n.parse::<usize>().ok()).unwrap_or_default();
            let mut keys: Vec<&str> = Vec::new();
            let prefix = below("");
            for key in flat.keys().filter_map(|k| k.strip_prefix(&prefix)) {
                let first = key.split('.').next().unwrap_or_default();
                if first != "#" && !keys.contains(&first) {
                    keys.push(first);
                }
            }
            keys.sort_by_key(|k| k.parse::<u64>().unwrap_or(u64::MAX));
            Json::Array(keys.into_iter().take(count).map(|key| at(flat, &below(key), elem)).collect())
        }
        Type::Tuple(types) => {
            Json::Array(types.iter().enumerate().map(|(i, ty)| at(flat, &below(&i.to_string()), ty)).collect())
        }
        Type::Bool | Type::Number | Type::String | Type::Dynamic => match flat.get(path).and_then(Json::as_str) {
            None | Some(UNKNOWN) => Json::Null,
            Some(text) => {
                let text = Value::string(text);
                json::to_json(&convert(&text, ty).unwrap_or(text))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_tell_what_text_stands_for() {
        let flat = serde_json::json!({
            "id": "i-1", "on": "true", "size": "20",
            "tags.%": "2", "tags.Name": "web", "tags.cost.code": "42",
            "names.#": "2", "names.0": "a", "names.1": "b",
            "ports.#": "1", "ports.1986221": "443",
            "disk.#": "1", "disk.0.size": "8", "disk.0.labels.%": "0",
            "none.#": "0",
            "later": UNKNOWN,
        });
        let disk = Type::object([("size", Type::Number), ("labels", Type::map(Type::String))]);
        let ty = Type::object([
            ("id", Type::String),
            ("on", Type::Bool),
            ("size", Type::Number),
            ("tags", Type::map(Type::String)),
            ("names", Type::list(Type::String)),
            ("ports", Type::set(Type::Number)),
            ("disk", Type::list(disk)),
            ("none", Type::list(Type::String)),
            ("later", Type::String),
            ("absent", Type::map(Type::String)),
        ]);
        let json = unflatten(flat.as_object().unwrap(), &ty);
        assert_eq!(
            json,
            serde_json::json!({
                "id": "i-1", "on": true, "size": 20, "tags": {"Name": "web", "cost.code": "42"},
                "names": ["a", "b"], "ports": [443], "disk": [{"size": 8, "labels": {}}], "none": [],
                "later": null, "absent": null,
            })
        );
    }
}
