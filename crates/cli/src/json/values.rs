//! The three views of a value that the formats hold: what is known, where it is unknown, where
//! it is sensitive.

use craton_model::schema::{AttributeType, Block, NestedBlock};
use craton_model::value::{Data, Marks};
use craton_model::{Type, Value, json};
use serde_json::{Map, Value as Json};

/// The known parts: unknown attributes are left out, unknown elements of sequences are null.
/// `None` when the value itself is unknown.
pub fn known(v: &Value) -> Option<Json> {
    if v.is_wholly_known() {
        return Some(json::to_json(v));
    }
    match v.data() {
        Data::Unknown(_) => None,
        Data::Seq(items) => Some(items.iter().map(|v| known(v).unwrap_or(Json::Null)).collect()),
        Data::Map(entries) => {
            Some(Json::Object(entries.iter().filter_map(|(k, v)| Some((k.to_string(), known(v)?))).collect()))
        }
        _ => Some(json::to_json(v)),
    }
}

/// `true` where unknown; known attributes are left out, known elements of sequences are `false`.
pub fn unknown(v: &Value) -> Json {
    shape(v, &|v| !v.is_known(), false)
}

/// `true` where sensitive; other attributes are left out unless they have elements of their own.
pub fn sensitive(v: &Value) -> Json {
    shape(v, &|v| v.marks().contains(Marks::SENSITIVE), true)
}

fn shape(v: &Value, is: &impl Fn(&Value) -> bool, by_type: bool) -> Json {
    if is(v) {
        return Json::Bool(true);
    }
    match v.data() {
        Data::Seq(items) => items.iter().map(|v| shape(v, is, by_type)).collect(),
        Data::Map(entries) => {
            let all = entries.iter().map(|(k, v)| (k.to_string(), shape(v, is, by_type)));
            Json::Object(all.filter(|(_, j)| *j != Json::Bool(false)).collect())
        }
        // The format says of an unknown collection, too, that nothing in it is sensitive.
        Data::Unknown(_) if by_type => match v.ty() {
            Type::List(_) | Type::Set(_) | Type::Tuple(_) => Json::Array(Vec::new()),
            Type::Map(_) | Type::Object(_) => Json::Object(Map::new()),
            _ => Json::Bool(false),
        },
        _ => Json::Bool(false),
    }
}

/// Marks what the schema calls sensitive.
pub fn mark_by_schema(v: Value, block: &Block) -> Value {
    if !block.has_sensitive() {
        return v;
    }
    edit(v, |name, child| match (block.attributes.get(name), block.blocks.get(name)) {
        (Some(a), _) if a.sensitive => child.sensitive(),
        (Some(a), _) => match &a.ty {
            AttributeType::Nested(_, attributes) => each_object(child, &|v| {
                edit(v, |name, child| match attributes.get(name) {
                    Some(a) if a.sensitive => child.sensitive(),
                    _ => child,
                })
            }),
            AttributeType::Plain(_) => child,
        },
        (_, Some(NestedBlock { block, .. })) => each_object(child, &|v| mark_by_schema(v, block)),
        _ => child,
    })
}

fn edit(v: Value, change: impl Fn(&str, Value) -> Value) -> Value {
    let Data::Map(entries) = v.data() else { return v };
    let new = entries.iter().map(|(k, child)| (k.clone(), change(k, child.clone()))).collect();
    Value::with_type(v.ty().clone(), Data::Map(new)).mark(v.marks())
}

/// Applies a change to the object or objects that a nested block or attribute holds.
fn each_object(v: Value, change: &dyn Fn(Value) -> Value) -> Value {
    match (v.data(), v.ty()) {
        (Data::Seq(items), Type::Set(elem)) => {
            Value::set(elem.as_ref().clone(), items.iter().map(|v| change(v.clone()))).mark(v.marks())
        }
        (Data::Seq(items), ty) => {
            let items = items.iter().map(|v| change(v.clone())).collect();
            Value::with_type(ty.clone(), Data::Seq(items)).mark(v.marks())
        }
        (Data::Map(_), Type::Map(_)) => edit(v, |_, child| change(child)),
        (Data::Map(_), _) => change(v),
        _ => v,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn three_views() {
        let v = Value::object([
            ("id", Value::unknown(Type::String)),
            ("obj", Value::object([("a", Value::from("x")), ("s", Value::from("y").sensitive())])),
            ("list", Value::tuple([Value::unknown(Type::String), Value::from("b")])),
            ("none", Value::null(Type::Dynamic)),
            ("later", Value::unknown(Type::list(Type::String))),
        ]);
        assert_eq!(known(&v), Some(json!({"list": [null, "b"], "none": null, "obj": {"a": "x", "s": "y"}})));
        assert_eq!(unknown(&v), json!({"id": true, "list": [true, false], "obj": {}, "later": true}));
        assert_eq!(sensitive(&v), json!({"later": [], "list": [false, false], "obj": {"s": true}}));
    }
}
