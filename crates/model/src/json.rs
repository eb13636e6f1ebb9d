//! Values as JSON, the way state and plan files hold them.

use serde_json::{Map, Number as JsonNumber, Value as Json};

use crate::number::Number;
use crate::path::Path;
use crate::types::Type;
use crate::value::{Data, Value};

/// The plain JSON of a value, marks aside: unknown and null are both `null`. Infinities, which
/// JSON does not have, become `null`; whoever stores values checks for them before.
pub fn to_json(v: &Value) -> Json {
    match v.data() {
        Data::Null | Data::Unknown(_) => Json::Null,
        Data::Bool(b) => Json::Bool(*b),
        Data::Number(n) => number(n),
        Data::String(s) => Json::String(s.to_string()),
        Data::Seq(items) => Json::Array(items.iter().map(to_json).collect()),
        Data::Map(entries) => Json::Object(entries.iter().map(|(k, v)| (k.to_string(), to_json(v))).collect()),
    }
}

/// As [`to_json`], for a place of the given constraint: where the constraint is `any`, the value
/// is wrapped as `{"value": ..., "type": ...}` so that its exact type survives.
pub fn to_json_typed(v: &Value, constraint: &Type) -> Json {
    if !constraint.has_dynamic() {
        return to_json(v);
    }
    match (v.data(), constraint) {
        (Data::Null | Data::Unknown(_), Type::Dynamic) if *v.ty() == Type::Dynamic => Json::Null,
        (_, Type::Dynamic) => {
            let mut wrapped = Map::new();
            wrapped.insert("value".into(), to_json(v));
            wrapped.insert("type".into(), v.ty().to_json());
            Json::Object(wrapped)
        }
        (Data::Seq(items), Type::Tuple(types)) => {
            items.iter().zip(types.iter()).map(|(v, t)| to_json_typed(v, t)).collect()
        }
        (Data::Seq(items), Type::List(t) | Type::Set(t)) => items.iter().map(|v| to_json_typed(v, t)).collect(),
        (Data::Map(entries), Type::Map(t)) => {
            Json::Object(entries.iter().map(|(k, v)| (k.to_string(), to_json_typed(v, t))).collect())
        }
        (Data::Map(entries), Type::Object(o)) => Json::Object(
            entries
                .iter()
                .map(|(k, v)| (k.to_string(), to_json_typed(v, o.attributes.get(k).unwrap_or(&Type::Dynamic))))
                .collect(),
        ),
        _ => to_json(v),
    }
}

fn number(n: &Number) -> Json {
    if let Some(i) = n.to_i64() {
        return Json::Number(i.into());
    }
    if n.is_infinite() {
        return Json::Null;
    }
    serde_json::from_str::<JsonNumber>(&n.to_plan_text()).map_or(Json::Null, Json::Number)
}

/// Why JSON did not fit a type.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}{message}", if path.0.is_empty() { String::new() } else { format!("{path}: ") })]
pub struct JsonError {
    /// Where in the value.
    pub path: Path,
    /// What is wrong, lower case, no full stop.
    pub message: String,
}

/// Reads JSON as a value of exactly this type. Attributes that the type has and the JSON lacks
/// are null; ones that the type lacks are an error. `any` reads the wrapper that
/// [`to_json_typed`] writes.
pub fn from_json(json: &Json, ty: &Type) -> Result<Value, JsonError> {
    read(json, ty, &Path::default())
}

fn read(json: &Json, ty: &Type, path: &Path) -> Result<Value, JsonError> {
    let wrong = |want: &str| JsonError { path: path.clone(), message: format!("{want} required") };
    if json.is_null() {
        return Ok(Value::null(ty.without_optional()));
    }
    match ty {
        Type::Dynamic => {
            let (Some(value), Some(ty)) = (json.get("value"), json.get("type").and_then(Type::from_json)) else {
                return Err(wrong("an object with \"value\" and \"type\" is"));
            };
            read(value, &ty, path)
        }
        Type::Bool => match json {
            Json::Bool(b) => Ok(Value::bool(*b)),
            Json::String(s) if s == "true" || s == "false" => Ok(Value::bool(s == "true")),
            _ => Err(wrong("a bool is")),
        },
        Type::Number => match json {
            Json::Number(n) => Number::parse(n.as_str()).map(Value::number).ok_or_else(|| wrong("a number is")),
            Json::String(s) => Number::parse(s).map(Value::number).ok_or_else(|| wrong("a number is")),
            _ => Err(wrong("a number is")),
        },
        Type::String => match json {
            Json::String(s) => Ok(Value::string(s.as_str())),
            Json::Number(n) => Ok(Value::string(n.as_str())),
            Json::Bool(b) => Ok(Value::string(b.to_string())),
            _ => Err(wrong("a string is")),
        },
        Type::List(elem) | Type::Set(elem) => {
            let items = json.as_array().ok_or_else(|| wrong("an array is"))?;
            let items = items
                .iter()
                .enumerate()
                .map(|(i, v)| read(v, elem, &path.then_index(Value::number(i))))
                .collect::<Result<Vec<_>, _>>()?;
            let elem = match elem.as_ref() {
                Type::Dynamic => items.first().map_or(Type::Dynamic, |v| v.ty().clone()),
                t => t.without_optional(),
            };
            Ok(if let Type::Set(_) = ty { Value::set(elem, items) } else { Value::list(elem, items) })
        }
        Type::Map(elem) => {
            let entries = json.as_object().ok_or_else(|| wrong("an object is"))?;
            let entries = entries
                .iter()
                .map(|(k, v)| Ok((k.as_str(), read(v, elem, &path.then_index(Value::from(k.as_str())))?)))
                .collect::<Result<Vec<_>, JsonError>>()?;
            let elem = match elem.as_ref() {
                Type::Dynamic => entries.first().map_or(Type::Dynamic, |(_, v)| v.ty().clone()),
                t => t.without_optional(),
            };
            Ok(Value::map(elem, entries))
        }
        Type::Tuple(types) => {
            let items = json.as_array().ok_or_else(|| wrong("an array is"))?;
            if items.len() != types.len() {
                return Err(wrong(&format!("an array of {} is", types.len())));
            }
            let items = items
                .iter()
                .zip(types.iter())
                .enumerate()
                .map(|(i, (v, t))| read(v, t, &path.then_index(Value::number(i))))
                .collect::<Result<Vec<_>, _>>()?;
            Ok(Value::tuple(items))
        }
        Type::Object(o) => {
            let given = json.as_object().ok_or_else(|| wrong("an object is"))?;
            if let Some(extra) = given.keys().find(|k| !o.attributes.contains_key(k.as_str())) {
                return Err(JsonError { path: path.clone(), message: format!("unsupported attribute {extra:?}") });
            }
            let entries = o
                .attributes
                .iter()
                .map(|(k, t)| {
                    Ok((k.clone(), read(given.get(k.as_ref()).unwrap_or(&Json::Null), t, &path.then_attr(k.clone()))?))
                })
                .collect::<Result<Vec<_>, JsonError>>()?;
            if ty.has_dynamic() || !o.optional.is_empty() {
                return Ok(Value::object(entries));
            }
            Ok(Value::with_type(ty.clone(), Data::Map(entries.into_iter().collect())))
        }
    }
}

/// The type JSON has by itself: tuples and objects, as `jsondecode` gives it.
pub fn implied_type(json: &Json) -> Type {
    match json {
        Json::Null => Type::Dynamic,
        Json::Bool(_) => Type::Bool,
        Json::Number(_) => Type::Number,
        Json::String(_) => Type::String,
        Json::Array(items) => Type::tuple(items.iter().map(implied_type)),
        Json::Object(entries) => Type::object(entries.iter().map(|(k, v)| (k.as_str(), implied_type(v)))),
    }
}

/// A value of the type JSON has by itself.
pub fn from_json_implied(json: &Json) -> Value {
    match json {
        Json::Null => Value::null(Type::Dynamic),
        Json::Bool(b) => Value::bool(*b),
        Json::Number(n) => Number::parse(n.as_str()).map_or_else(|| Value::null(Type::Number), Value::number),
        Json::String(s) => Value::string(s.as_str()),
        Json::Array(items) => Value::tuple(items.iter().map(from_json_implied)),
        Json::Object(entries) => Value::object(entries.iter().map(|(k, v)| (k.as_str(), from_json_implied(v)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_with_exact_types() {
        let ty = Type::object([
            ("n", Type::Number),
            ("tags", Type::map(Type::String)),
            ("any", Type::Dynamic),
            ("set", Type::set(Type::String)),
        ]);
        let v = Value::object([
            ("n", Value::number(Number::parse("0.1234567890123456789012345").unwrap())),
            ("tags", Value::map(Type::String, [("a", Value::from("b"))])),
            ("any", Value::tuple([Value::from(1), Value::from("x")])),
            ("set", Value::set(Type::String, [Value::from("z")])),
        ]);
        let json = to_json_typed(&v, &ty);
        assert_eq!(
            json.to_string(),
            r#"{"any":{"value":[1,"x"],"type":["tuple",["number","string"]]},"n":0.1234567890123456789012345,"set":["z"],"tags":{"a":"b"}}"#
        );
        assert_eq!(from_json(&json, &ty).unwrap(), v);
    }

    #[test]
    fn says_where_it_does_not_fit() {
        let ty = Type::object([("a", Type::list(Type::Number))]);
        let e = from_json(&serde_json::json!({"a": [1, {}]}), &ty).unwrap_err();
        assert_eq!(e.to_string(), "a[1]: a number is required");
        let e = from_json(&serde_json::json!({"b": 1}), &ty).unwrap_err();
        assert_eq!(e.to_string(), "unsupported attribute \"b\"");
    }
}
