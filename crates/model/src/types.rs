//! Types of values, and of the places that hold them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde_json::{Value as Json, json};

/// A type. Cloning is cheap.
#[allow(
    clippy::derived_hash_with_manual_eq,
    clippy::derive_ord_xor_partial_ord,
    reason = "equal as derived, but faster"
)]
#[derive(Clone, Debug, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// Not decided yet (as a constraint: `any`).
    Dynamic,
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    String,
    /// `list(T)`
    List(Arc<Type>),
    /// `set(T)`
    Set(Arc<Type>),
    /// `map(T)`
    Map(Arc<Type>),
    /// `tuple([T...])`
    Tuple(Arc<[Type]>),
    /// `object({...})`
    Object(Arc<ObjectType>),
}

/// As it would be derived, except that what is shared is not compared with itself: types hold one another again and again.
impl PartialEq for Type {
    fn eq(&self, other: &Self) -> bool {
        fn same<T: ?Sized + PartialEq>(a: &Arc<T>, b: &Arc<T>) -> bool {
            Arc::ptr_eq(a, b) || a == b
        }
        match (self, other) {
            (Type::Dynamic, Type::Dynamic)
            | (Type::Bool, Type::Bool)
            | (Type::Number, Type::Number)
            | (Type::String, Type::String) => true,
            (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => same(a, b),
            (Type::Tuple(a), Type::Tuple(b)) => same(a, b),
            (Type::Object(a), Type::Object(b)) => same(a, b),
            _ => false,
        }
    }
}

/// The attributes of an object type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectType {
    /// Name to type, sorted by name.
    pub attributes: BTreeMap<Arc<str>, Type>,
    /// Names that may be left out when converting to this type (a constraint only).
    pub optional: BTreeSet<Arc<str>>,
}

impl Type {
    /// `list(elem)`
    pub fn list(elem: Type) -> Self {
        Type::List(Arc::new(elem))
    }

    /// `set(elem)`
    pub fn set(elem: Type) -> Self {
        Type::Set(Arc::new(elem))
    }

    /// `map(elem)`
    pub fn map(elem: Type) -> Self {
        Type::Map(Arc::new(elem))
    }

    /// `tuple([...])`
    pub fn tuple(elems: impl IntoIterator<Item = Type>) -> Self {
        Type::Tuple(elems.into_iter().collect())
    }

    /// `object({...})` in which every attribute must be present.
    pub fn object<K: Into<Arc<str>>>(attributes: impl IntoIterator<Item = (K, Type)>) -> Self {
        let attributes = attributes.into_iter().map(|(k, t)| (k.into(), t)).collect();
        Type::Object(Arc::new(ObjectType { attributes, optional: BTreeSet::new() }))
    }

    /// The object type with no attributes.
    pub fn empty_object() -> Self {
        Type::object::<&str>([])
    }

    /// Bool, number or string.
    pub fn is_primitive(&self) -> bool {
        matches!(self, Type::Bool | Type::Number | Type::String)
    }

    /// List, set or map.
    pub fn is_collection(&self) -> bool {
        matches!(self, Type::List(_) | Type::Set(_) | Type::Map(_))
    }

    /// List, set or tuple.
    pub fn is_sequence(&self) -> bool {
        matches!(self, Type::List(_) | Type::Set(_) | Type::Tuple(_))
    }

    /// The element type of a collection.
    pub fn element(&self) -> Option<&Type> {
        match self {
            Type::List(t) | Type::Set(t) | Type::Map(t) => Some(t),
            _ => None,
        }
    }

    /// The type of an attribute, if this is an object type that has it.
    pub fn attribute(&self, name: &str) -> Option<&Type> {
        match self {
            Type::Object(o) => o.attributes.get(name),
            _ => None,
        }
    }

    /// Whether `any` stands anywhere in it.
    pub fn has_dynamic(&self) -> bool {
        match self {
            Type::Dynamic => true,
            Type::Bool | Type::Number | Type::String => false,
            Type::List(t) | Type::Set(t) | Type::Map(t) => t.has_dynamic(),
            Type::Tuple(ts) => ts.iter().any(Type::has_dynamic),
            Type::Object(o) => o.attributes.values().any(Type::has_dynamic),
        }
    }

    /// The same type with no attribute marked optional: what a converted value has.
    pub fn without_optional(&self) -> Type {
        match self {
            Type::List(t) => Type::list(t.without_optional()),
            Type::Set(t) => Type::set(t.without_optional()),
            Type::Map(t) => Type::map(t.without_optional()),
            Type::Tuple(ts) => Type::tuple(ts.iter().map(Type::without_optional)),
            Type::Object(o) => Type::object(o.attributes.iter().map(|(k, t)| (k.clone(), t.without_optional()))),
            other => other.clone(),
        }
    }

    /// The JSON form used in state files, plans and provider schemas: `"string"`,
    /// `["list","string"]`, `["object",{"a":"number"}]`.
    pub fn to_json(&self) -> Json {
        match self {
            Type::Dynamic => json!("dynamic"),
            Type::Bool => json!("bool"),
            Type::Number => json!("number"),
            Type::String => json!("string"),
            Type::List(t) => json!(["list", t.to_json()]),
            Type::Set(t) => json!(["set", t.to_json()]),
            Type::Map(t) => json!(["map", t.to_json()]),
            Type::Tuple(ts) => json!(["tuple", ts.iter().map(Type::to_json).collect::<Vec<_>>()]),
            Type::Object(o) => {
                let attributes: serde_json::Map<String, Json> =
                    o.attributes.iter().map(|(k, t)| (k.to_string(), t.to_json())).collect();
                if o.optional.is_empty() {
                    json!(["object", attributes])
                } else {
                    json!(["object", attributes, o.optional])
                }
            }
        }
    }

    /// Reads the form that [`Type::to_json`] writes; `None` when it is not one.
    pub fn from_json(json: &Json) -> Option<Type> {
        if let Some(name) = json.as_str() {
            return match name {
                "dynamic" => Some(Type::Dynamic),
                "bool" => Some(Type::Bool),
                "number" => Some(Type::Number),
                "string" => Some(Type::String),
                _ => None,
            };
        }
        let parts = json.as_array()?;
        let (kind, arg) = (parts.first()?.as_str()?, parts.get(1)?);
        match kind {
            "list" => Type::from_json(arg).map(Type::list),
            "set" => Type::from_json(arg).map(Type::set),
            "map" => Type::from_json(arg).map(Type::map),
            "tuple" => arg.as_array()?.iter().map(Type::from_json).collect::<Option<Vec<_>>>().map(Type::tuple),
            "object" => {
                let attributes = arg
                    .as_object()?
                    .iter()
                    .map(|(k, t)| Some((Arc::from(k.as_str()), Type::from_json(t)?)))
                    .collect::<Option<BTreeMap<_, _>>>()?;
                let optional = match parts.get(2) {
                    None => BTreeSet::new(),
                    Some(names) => {
                        names.as_array()?.iter().map(|n| n.as_str().map(Arc::from)).collect::<Option<BTreeSet<_>>>()?
                    }
                };
                Some(Type::Object(Arc::new(ObjectType { attributes, optional })))
            }
            _ => None,
        }
    }

    /// What people call it in a sentence: "list of string", "object".
    pub fn friendly(&self) -> String {
        match self {
            Type::Dynamic => "dynamic".into(),
            Type::Bool => "bool".into(),
            Type::Number => "number".into(),
            Type::String => "string".into(),
            Type::List(t) => format!("list of {}", t.friendly()),
            Type::Set(t) => format!("set of {}", t.friendly()),
            Type::Map(t) => format!("map of {}", t.friendly()),
            Type::Tuple(_) => "tuple".into(),
            Type::Object(_) => "object".into(),
        }
    }
}

/// The type as it is written in a configuration: `list(string)`, `object({a=number})`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Dynamic => f.write_str("any"),
            Type::Bool => f.write_str("bool"),
            Type::Number => f.write_str("number"),
            Type::String => f.write_str("string"),
            Type::List(t) => write!(f, "list({t})"),
            Type::Set(t) => write!(f, "set({t})"),
            Type::Map(t) => write!(f, "map({t})"),
            Type::Tuple(ts) => {
                f.write_str("tuple([")?;
                for (i, t) in ts.iter().enumerate() {
                    write!(f, "{}{t}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str("])")
            }
            Type::Object(o) => {
                f.write_str("object({")?;
                for (i, (k, t)) in o.attributes.iter().enumerate() {
                    let sep = if i == 0 { "" } else { ", " };
                    if o.optional.contains(k) {
                        write!(f, "{sep}{k} = optional({t})")?;
                    } else {
                        write!(f, "{sep}{k} = {t}")?;
                    }
                }
                f.write_str("})")
            }
        }
    }
}
