//! Between AWS's documents and Terraform's values.

use craton_model::{Number, Type, Value};
use serde_json::{Map, Value as Json};

use crate::decl::{Absent, Attr, Default, Kind};
use crate::obj::{Obj, zero};

/// What stands at a path: `Attachments[0].VpcId`, `Groups[].GroupId` (all of them, as an array). `None` when nothing does.
pub fn at(doc: &Json, path: &str) -> Option<Json> {
    if path.is_empty() {
        return Some(doc.clone());
    }
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    let (name, index) = match step.split_once('[') {
        Some((name, index)) => (name, Some(index.trim_end_matches(']'))),
        None => (step, None),
    };
    let found = doc.get(name)?;
    match index {
        None => at(found, rest),
        Some("") => Some(found.as_array()?.iter().filter_map(|item| at(item, rest)).collect()),
        Some(i) => at(found.get(i.parse::<usize>().ok()?)?, rest),
    }
}

/// Bytes in Base64, as documents have them.
pub fn base64(bytes: &[u8]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)
}

/// The bytes that Base64 stands for; `None` when it is none.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).ok()
}

/// Text at a path; empty when there is none.
pub fn text(doc: &Json, path: &str) -> String {
    match at(doc, path) {
        Some(Json::String(s)) => s,
        Some(Json::Number(n)) => n.to_string(),
        Some(Json::Bool(b)) => b.to_string(),
        _ => String::new(),
    }
}

/// A bool at a path; false when there is none.
pub fn flag(doc: &Json, path: &str) -> bool {
    at(doc, path).and_then(|v| v.as_bool()).unwrap_or(false)
}

/// The items of an array at a path; none when there is none. `Reservations[].Instances` gives those of all of them.
pub fn items(doc: &Json, path: &str) -> Vec<Json> {
    match at(doc, path) {
        Some(Json::Array(groups)) if path.contains("[].") && groups.iter().all(Json::is_array) => {
            groups.into_iter().flat_map(|g| if let Json::Array(items) = g { items } else { Vec::new() }).collect()
        }
        Some(Json::Array(items)) => items,
        _ => Vec::new(),
    }
}

/// The texts of an array at a path.
pub fn texts(doc: &Json, path: &str) -> Vec<String> {
    items(doc, path).into_iter().filter_map(|v| v.as_str().map(String::from)).collect()
}

/// Puts a value at a path of plain names, making objects on the way.
pub fn put(doc: &mut Map<String, Json>, path: &str, value: Json) {
    match path.split_once('.') {
        None => {
            doc.insert(path.to_owned(), value);
        }
        Some((name, rest)) => {
            let inner = doc.entry(name).or_insert_with(|| Json::Object(Map::new()));
            if let Json::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// The Terraform type of a kind.
pub fn type_of(kind: &Kind) -> Type {
    match kind {
        Kind::String | Kind::BoolText => Type::String,
        Kind::Int | Kind::Float => Type::Number,
        Kind::Bool => Type::Bool,
        Kind::List(k) => Type::list(type_of(k)),
        Kind::Set(k) => Type::set(type_of(k)),
        Kind::Map(k) => Type::map(type_of(k)),
        Kind::Object(attrs) => Type::object(attrs.iter().map(|a| (a.name, type_of(&a.kind)))),
    }
}

/// AWS's value as Terraform's. A number may come as text and the other way round.
pub fn value(kind: &Kind, doc: &Json) -> Value {
    let null = || Value::null(type_of(kind));
    match (kind, doc) {
        (_, Json::Null) => null(),
        (Kind::BoolText, Json::Bool(b)) => Value::from(b.to_string()),
        (Kind::String | Kind::BoolText, Json::String(s)) => Value::from(s.as_str()),
        (Kind::String, Json::Number(n)) => Value::from(n.to_string()),
        (Kind::String, Json::Bool(b)) => Value::from(b.to_string()),
        (Kind::Int | Kind::Float, Json::Number(n)) => Number::parse(n.as_str()).map_or_else(null, Value::number),
        (Kind::Int | Kind::Float, Json::String(s)) => Number::parse(s).map_or_else(null, Value::number),
        (Kind::Bool, Json::Bool(b)) => Value::from(*b),
        (Kind::Bool, Json::String(s)) => Value::from(s == "true"),
        (Kind::List(k), Json::Array(items)) => Value::list(type_of(k), items.iter().map(|v| value(k, v))),
        (Kind::Set(k), Json::Array(items)) => Value::set(type_of(k), items.iter().map(|v| value(k, v))),
        // A single structure where Terraform has a list of at most one block.
        (Kind::List(k @ Kind::Object(_)), Json::Object(_)) => Value::list(type_of(k), [value(k, doc)]),
        (Kind::Map(k), Json::Object(o)) => {
            Value::map(type_of(k), o.iter().map(|(name, v)| (name.as_str(), value(k, v))))
        }
        (Kind::Object(attrs), Json::Object(_)) => {
            let mut obj = Obj::empty(&type_of(kind));
            fill(attrs, doc, &mut obj);
            obj.value()
        }
        _ => null(),
    }
}

/// Terraform's value as AWS's; `None` for null and what is not known.
pub fn document(kind: &Kind, v: &Value) -> Option<Json> {
    match kind {
        Kind::String => v.as_str().map(Json::from),
        Kind::Int | Kind::Float => v.as_number().map(|_| craton_model::json::to_json(v)),
        Kind::Bool => v.as_bool().map(Json::from),
        Kind::BoolText => match v.as_str() {
            Some("") | None => None,
            Some(text) => Some(Json::from(text == "true" || text == "1")),
        },
        Kind::List(k) | Kind::Set(k) => {
            Some(v.as_seq()?.iter().filter_map(|item| document(k, item)).collect::<Vec<_>>().into())
        }
        Kind::Map(k) => {
            let entries = v.as_map()?.iter();
            Some(Json::Object(entries.filter_map(|(n, v)| Some((n.to_string(), document(k, v)?))).collect()))
        }
        Kind::Object(attrs) => {
            if v.is_null() || !v.is_known() {
                return None;
            }
            let mut out = Map::new();
            input(attrs, &Obj::of(&type_of(kind), v), &mut out);
            Some(Json::Object(out))
        }
    }
}

/// Fills in what AWS's answer says of these attributes.
pub fn fill(attrs: &[Attr], item: &Json, obj: &mut Obj) {
    for a in attrs {
        let path = a.read_path();
        if path.is_empty() {
            continue;
        }
        let found = at(item, &path).map(|v| value(&a.kind, &v)).filter(|v| !v.is_null());
        match (found, a.absent) {
            (Some(v), _) => obj.set(a.name, v),
            (None, Absent::Null) => obj.clear(a.name),
            (None, Absent::Zero) => obj.set(a.name, zero(&type_of(&a.kind))),
            (None, Absent::Keep) => {}
        }
    }
}

/// Puts these attributes into a request: those that are set to something. An argument that is `""`, 0 or an empty
/// collection counts as not set, and so does `false` unless true is the default.
pub fn input(attrs: &[Attr], obj: &Obj, out: &mut Map<String, Json>) {
    for a in attrs {
        let path = a.write_path();
        if path.is_empty() || !a.settable() || a.late {
            continue;
        }
        let Some(v) = obj.peek(a.name) else { continue };
        let meant =
            a.required || a.always || matches!(a.default, Default::Bool(true)) || matches!(a.kind, Kind::Object(_));
        if crate::obj::is_zero(v) && (v.is_null() || !meant) {
            continue;
        }
        let mut v = v.clone();
        if let Some(list) = path.strip_suffix("[]") {
            if let Some(doc) = document(&a.kind, &v) {
                put(out, list, doc);
            }
            continue;
        }
        // A block that stands at most once is a structure to AWS, unless the path says it is a list: `networks[]`.
        if let (Kind::List(k), crate::decl::Shape::Block(_, 1)) = (&a.kind, a.shape)
            && let Some(first) = v.as_seq().and_then(|s| s.first()).cloned()
        {
            if let Some(doc) = document(k, &first) {
                put(out, &path, doc);
            }
            continue;
        }
        if let Some(s) = v.as_str()
            && a.same == crate::decl::Same::Policy
        {
            v = Value::from(crate::json::compact(s));
        }
        if let Some(doc) = document(&a.kind, &v) {
            put(out, &path, doc);
        }
    }
}

/// Fills in a template of attributes: `{role}:{name}`.
pub fn template(template: &str, obj: &Obj) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(obj.text(name));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_single_block_that_is_a_list_to_aws() {
        const INNER: Kind = Kind::Object(&[crate::decl::string("a").api("A")]);
        let attrs = [crate::decl::block("one", &INNER).api("One"), crate::decl::block("list", &INNER).api("List[]")];
        let mut obj = Obj::empty(&Type::object(attrs.iter().map(|a| (a.name, type_of(&a.kind)))));
        let asked = json!({"One": {"A": "x"}, "List": [{"A": "y"}]});
        fill(&attrs, &asked, &mut obj);
        let mut out = Map::new();
        input(&attrs, &obj, &mut out);
        assert_eq!(Json::Object(out), asked);
    }

    #[test]
    fn paths() {
        let doc = json!({"A": [{"B": 1}, {"C": 2}, {"B": 3}], "D": {"E": "x"}});
        assert_eq!(at(&doc, "A[0].B"), Some(json!(1)));
        assert_eq!(at(&doc, "A[].B"), Some(json!([1, 3])));
        assert_eq!(at(&doc, "D.E"), Some(json!("x")));
        assert_eq!(at(&doc, "A[7].B"), None);
        let mut out = Map::new();
        put(&mut out, "X.Y", json!(1));
        put(&mut out, "X.Z", json!(2));
        assert_eq!(Json::Object(out), json!({"X": {"Y": 1, "Z": 2}}));
    }
}
