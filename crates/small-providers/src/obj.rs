//! An object while a provider works on it: its attributes by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use craton_model::{Data, Type, Value};

/// Attributes by name, all of those that the type has.
#[derive(Clone, Debug, PartialEq)]
pub struct Obj {
    ty: Type,
    values: BTreeMap<Arc<str>, Value>,
}

impl Obj {
    /// The attributes of an object; all null where it is null.
    pub fn of(ty: &Type, value: &Value) -> Self {
        let mut values = BTreeMap::new();
        if let Type::Object(o) = ty {
            for (name, ty) in &o.attributes {
                values.insert(name.clone(), value.get(name).cloned().unwrap_or_else(|| Value::null(ty.clone())));
            }
        }
        Self { ty: ty.clone(), values }
    }

    /// The value, of the type it was made with.
    pub fn value(&self) -> Value {
        Value::with_type(self.ty.clone(), Data::Map(self.values.iter().map(|(k, v)| (k.clone(), v.clone())).collect()))
    }

    /// An attribute; null where there is none of that name.
    pub fn get(&self, name: &str) -> Value {
        self.values.get(name).cloned().unwrap_or_else(|| Value::null(Type::Dynamic))
    }

    /// The type of an attribute.
    pub fn type_of(&self, name: &str) -> Type {
        self.ty.attribute(name).cloned().unwrap_or(Type::Dynamic)
    }

    /// Whether an attribute has no value; what is not known yet counts as a value.
    pub fn is_null(&self, name: &str) -> bool {
        self.values.get(name).is_none_or(Value::is_null)
    }

    /// Whether an attribute is known, in all of its parts.
    pub fn is_known(&self, name: &str) -> bool {
        self.values.get(name).is_none_or(Value::is_wholly_known)
    }

    /// Known text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).and_then(Value::as_str)
    }

    /// A known whole number.
    pub fn whole(&self, name: &str) -> Option<i64> {
        self.values.get(name)?.as_number()?.to_i64()
    }

    /// A known bool.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.values.get(name).and_then(Value::as_bool)
    }

    /// The known texts of a list; empty where there is none.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        self.values.get(name).and_then(Value::as_seq).unwrap_or(&[]).iter().filter_map(Value::as_str).collect()
    }

    /// The objects of nested blocks.
    pub fn objects(&self, name: &str) -> Vec<Obj> {
        let Some(v) = self.values.get(name) else { return Vec::new() };
        match v.as_seq() {
            Some(items) => items.iter().map(|v| Obj::of(v.ty(), v)).collect(),
            None if v.is_known() && !v.is_null() => vec![Obj::of(v.ty(), v)],
            None => Vec::new(),
        }
    }

    /// Sets an attribute. A null gets the attribute's type; a name that the type does not have is ignored.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        if let Some(held) = self.values.get_mut(name) {
            let value = value.into();
            *held = if value.is_null() { Value::null(held.ty().clone()) } else { value };
        }
    }

    /// Sets text, or null.
    pub fn set_text(&mut self, name: &str, value: Option<&str>) {
        self.set(name, value.map_or_else(|| Value::null(Type::String), Value::from));
    }

    /// Sets a whole number, or null.
    pub fn set_whole(&mut self, name: &str, value: Option<i64>) {
        self.set(name, value.map_or_else(|| Value::null(Type::Number), Value::from));
    }

    /// Says that an attribute is known after the apply only.
    pub fn set_unknown(&mut self, name: &str) {
        let ty = self.type_of(name);
        self.set(name, Value::unknown(ty));
    }
}
