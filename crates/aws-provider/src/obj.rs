//! An object while the provider works on it: the attributes of a state, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use craton_model::{Data, Type, Value, json};
use serde_json::Value as Json;

/// Attributes by name, all of those that the type has.
#[derive(Clone, Debug, PartialEq)]
pub struct Obj {
    ty: Type,
    values: BTreeMap<Arc<str>, Value>,
}

impl Obj {
    /// The attributes of an object; all null when it is null.
    pub fn of(ty: &Type, value: &Value) -> Self {
        let mut values: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        if let Type::Object(o) = ty {
            for (name, ty) in &o.attributes {
                let v = value.get(name).cloned().unwrap_or_else(|| Value::null(ty.clone()));
                values.insert(name.clone(), v);
            }
        }
        Self { ty: ty.clone(), values }
    }

    /// An object without any value.
    pub fn empty(ty: &Type) -> Self {
        Self::of(ty, &Value::null(ty.clone()))
    }

    /// The value, of the type it was made with.
    pub fn value(&self) -> Value {
        Value::with_type(self.ty.clone(), Data::Map(self.values.iter().map(|(k, v)| (k.clone(), v.clone())).collect()))
    }

    /// Its type.
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// The type of an attribute.
    pub fn type_of(&self, name: &str) -> Type {
        self.ty.attribute(name).cloned().unwrap_or(Type::Dynamic)
    }

    /// Whether the type has such an attribute.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// An attribute; null when the type has none of that name.
    pub fn get(&self, name: &str) -> Value {
        self.values.get(name).cloned().unwrap_or_else(|| Value::null(Type::Dynamic))
    }

    /// Borrowed, for looking only.
    pub fn peek(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Text that is known and not empty.
    pub fn str(&self, name: &str) -> Option<&str> {
        self.values.get(name).and_then(Value::as_str).filter(|s| !s.is_empty())
    }

    /// Text, empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        self.str(name).unwrap_or_default()
    }

    /// The id; empty when there is none yet.
    pub fn id(&self) -> &str {
        self.text("id")
    }

    /// A bool, false where there is none.
    pub fn bool(&self, name: &str) -> bool {
        self.values.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A whole number.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.values.get(name).and_then(Value::as_number).and_then(craton_model::Number::to_i64)
    }

    /// The texts of a list or set.
    pub fn strs(&self, name: &str) -> Vec<&str> {
        self.values.get(name).and_then(Value::as_seq).unwrap_or(&[]).iter().filter_map(Value::as_str).collect()
    }

    /// The objects of a list or set.
    pub fn objects(&self, name: &str) -> Vec<Obj> {
        let items = self.values.get(name).and_then(Value::as_seq).unwrap_or(&[]);
        items.iter().filter(|v| !v.is_null()).map(|v| Obj::of(v.ty(), v)).collect()
    }

    /// Whether nothing is there, or nothing but a zero value.
    pub fn is_zero(&self, name: &str) -> bool {
        self.values.get(name).is_none_or(is_zero)
    }

    /// Sets an attribute; a name that the type does not have is ignored, so that types of one family share code.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        if let Some(v) = self.values.get_mut(name) {
            let value = value.into();
            *v = if value.is_null() { Value::null(v.ty().clone()) } else { value };
        }
    }

    /// Sets text, or null.
    pub fn set_opt(&mut self, name: &str, value: Option<&str>) {
        self.set(name, value.map_or_else(|| Value::null(Type::String), Value::from));
    }

    /// Sets a collection of texts.
    pub fn set_strs<'a>(&mut self, name: &str, items: impl IntoIterator<Item = &'a str>) {
        let items = items.into_iter().map(Value::from);
        let value = match self.type_of(name) {
            Type::List(_) => Value::list(Type::String, items),
            _ => Value::set(Type::String, items),
        };
        self.set(name, value);
    }

    /// Sets an attribute from a document in Terraform's names. What does not fit leaves it as it is and is told.
    pub fn set_json(&mut self, name: &str, value: &Json) -> Result<(), json::JsonError> {
        let v = json::from_json(value, &self.type_of(name))?;
        self.set(name, v);
        Ok(())
    }

    /// Sets null.
    pub fn clear(&mut self, name: &str) {
        let null = Value::null(self.type_of(name));
        self.set(name, null);
    }

    /// Sets the type's zero value.
    pub fn set_zero(&mut self, name: &str) {
        let v = zero(&self.type_of(name));
        self.set(name, v);
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Value)> {
        self.values.iter()
    }

    /// Puts null in place of everything that is not known yet.
    pub fn forget_unknown(&mut self) {
        for v in self.values.values_mut() {
            if !v.is_wholly_known() {
                *v = v.transform(&mut |_, v| if v.is_known() { v } else { Value::null(v.ty().clone()) });
            }
        }
    }
}

/// The zero value of a type: `""`, 0, false, an empty collection.
pub fn zero(ty: &Type) -> Value {
    match ty {
        Type::String => Value::from(""),
        Type::Number => Value::from(0),
        Type::Bool => Value::from(false),
        Type::List(t) => Value::list(t.as_ref().clone(), []),
        Type::Set(t) => Value::set(t.as_ref().clone(), []),
        Type::Map(t) => Value::map::<&str>(t.as_ref().clone(), []),
        other => Value::null(other.clone()),
    }
}

/// Whether a value is null or its type's zero value.
pub fn is_zero(v: &Value) -> bool {
    match v.data() {
        Data::Null => true,
        Data::Unknown(_) => false,
        Data::Bool(b) => !b,
        Data::Number(n) => n.to_i64() == Some(0),
        Data::String(s) => s.is_empty(),
        Data::Seq(items) => items.is_empty(),
        Data::Map(entries) => entries.is_empty() && matches!(v.ty(), Type::Map(_)),
    }
}
