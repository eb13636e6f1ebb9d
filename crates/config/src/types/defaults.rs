//! Defaults of optional attributes: what `optional(T, default)` says, kept beside the type.

use craton_model::{Type, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Defaults for the optional attributes within one type constraint.
#[derive(Clone, Debug, PartialEq)]
pub enum Defaults {
    /// Of the elements of a list, set or map.
    Elements(Arc<Defaults>),
    /// Of the elements of a tuple, by index.
    Tuple(BTreeMap<usize, Defaults>),
    /// Of an object.
    Object {
        /// Defaults of its own attributes, converted to their types.
        values: BTreeMap<Arc<str>, Value>,
        /// Defaults within its attributes.
        inside: BTreeMap<Arc<str>, Defaults>,
    },
}

impl Defaults {
    /// Fills in what is absent or null. To be done before the value is converted to the type: the result's type is
    /// whatever comes out (collections of unlike elements become tuples and objects). What does not have the shape of
    /// the type is left for the conversion to complain about.
    pub fn apply(&self, value: &Value) -> Value {
        if value.is_null() || !value.is_known() {
            return value.clone();
        }
        let (plain, marks) = value.clone().unmark();
        self.apply_to(&plain).mark(marks)
    }

    fn apply_to(&self, value: &Value) -> Value {
        match self {
            Self::Elements(each) => match (value.as_seq(), value.as_map()) {
                (Some(items), _) => {
                    let items: Vec<Value> = items.iter().map(|v| each.apply(v)).collect();
                    rebuild_seq(value, items)
                }
                (_, Some(entries)) => {
                    let entries = entries.iter().map(|(k, v)| (k.clone(), each.apply(v)));
                    Value::object(entries)
                }
                _ => value.clone(),
            },
            Self::Tuple(by_index) => match value.as_seq() {
                Some(items) => {
                    let items = items.iter().enumerate();
                    let items = items.map(|(i, v)| by_index.get(&i).map_or_else(|| v.clone(), |d| d.apply(v)));
                    rebuild_seq(value, items.collect())
                }
                None => value.clone(),
            },
            Self::Object { values, inside } => {
                let Some(entries) = value.as_map() else { return value.clone() };
                let mut all: BTreeMap<Arc<str>, Value> = entries.iter().cloned().collect();
                for (name, default) in values {
                    if all.get(name).is_none_or(Value::is_null) {
                        all.insert(name.clone(), default.clone());
                    }
                }
                for (name, defaults) in inside {
                    if let Some(v) = all.get_mut(name) {
                        *v = defaults.apply(v);
                    }
                }
                Value::object(all)
            }
        }
    }
}

/// An empty list stays a list: an empty tuple would do as well, but for `any`.
fn rebuild_seq(original: &Value, items: Vec<Value>) -> Value {
    let same = original.ty().element().filter(|elem| items.iter().all(|v| v.ty() == *elem)).cloned();
    match (original.ty(), same) {
        (Type::Set(_), Some(elem)) => Value::set(elem, items),
        (Type::List(_), Some(elem)) => Value::list(elem, items),
        _ => Value::tuple(items),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port() -> Defaults {
        Defaults::Object { values: [(Arc::from("port"), Value::from(80))].into(), inside: BTreeMap::new() }
    }

    #[test]
    fn absent_and_null_are_filled_in_everywhere() {
        let in_list = Defaults::Elements(Arc::new(port()));
        let given = Value::tuple([
            Value::object([("name", Value::from("a"))]),
            Value::object([("port", Value::null(Type::Dynamic))]),
            Value::object([("port", Value::from(443))]),
            Value::null(Type::Dynamic),
        ]);
        let got = in_list.apply(&given);
        assert_eq!(format!("{got:?}"), r#"[{"name": "a", "port": 80}, {"port": 80}, {"port": 443}, null(any)]"#);
    }

    #[test]
    fn a_default_gets_the_defaults_within_it() {
        let outer = Defaults::Object {
            values: [(Arc::from("listener"), Value::object::<&str>([]))].into(),
            inside: [(Arc::from("listener"), port())].into(),
        };
        assert_eq!(format!("{:?}", outer.apply(&Value::object::<&str>([]))), r#"{"listener": {"port": 80}}"#);
    }

    #[test]
    fn marks_and_wrong_shapes_are_kept() {
        let v = Value::object([("port", Value::null(Type::Number))]).sensitive();
        let got = port().apply(&v);
        assert!(!got.marks().is_empty());
        assert_eq!(got.unmark().0.get("port"), Some(&Value::from(80)));
        assert_eq!(port().apply(&Value::from("x")), Value::from("x"));
        assert_eq!(port().apply(&Value::dynamic()), Value::dynamic());
    }
}
