//! Values for attributes that only a provider could compute.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use craton_model::convert::convert;
use craton_model::schema::{Attribute, AttributeType, Block, Nesting};
use craton_model::{Data, Diagnostic, Diagnostics, Path, Span, Type, Value};

use crate::propose::rebuilt;

/// Which values of computed attributes are to be filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// Those that nobody configured.
    Null,
    /// Those that a plan left open.
    Unknown,
}

/// What is filled in.
#[derive(Clone, Copy)]
pub enum With<'a> {
    /// Nothing yet: the apply will tell.
    Unknown,
    /// What is given, and made-up values for the rest.
    Values {
        /// Values by attribute name: an object.
        given: &'a Value,
        /// Where they are written.
        place: Option<Span>,
        /// Made-up strings follow from this, the object's name and the attribute's path: a plan that is made again
        /// comes to the same ones.
        seed: u64,
        /// The object's name.
        object: &'a str,
    },
}

/// Fills in computed attributes of an object of the block. The findings name attributes whose given value does not fit.
pub fn fill(block: &Block, value: &Value, open: Open, with: With<'_>) -> (Value, Diagnostics) {
    let mut filler = Filler { open, with, found: Diagnostics::new() };
    let given = match with {
        With::Values { given, .. } => Some(given),
        With::Unknown => None,
    };
    let value = filler.block(block, value, given, &Path::default());
    (value, filler.found)
}

struct Filler<'a> {
    open: Open,
    with: With<'a>,
    found: Diagnostics,
}

impl Filler<'_> {
    fn block(&mut self, block: &Block, value: &Value, given: Option<&Value>, path: &Path) -> Value {
        if value.is_null() || !value.is_known() {
            return value.clone();
        }
        let mut out = self.attributes(&block.attributes, value, given, path);
        for (name, nested) in &block.blocks {
            let Some(v) = value.get(name) else { continue };
            let inner = given.and_then(|g| g.get(name));
            let filled = self.each(nested.nesting, v, &path.then_attr(name.clone()), &mut |this, v, path| {
                this.block(&nested.block, v, inner, path)
            });
            out.push((name.clone(), filled));
        }
        rebuilt(value.ty(), out).mark(value.marks())
    }

    fn attributes(
        &mut self,
        schema: &BTreeMap<Arc<str>, Attribute>,
        value: &Value,
        given: Option<&Value>,
        path: &Path,
    ) -> Vec<(Arc<str>, Value)> {
        let mut out = Vec::with_capacity(schema.len());
        for (name, attribute) in schema {
            let Some(v) = value.get(name) else { continue };
            let path = path.then_attr(name.clone());
            let given = given.and_then(|g| g.get(name));
            let is_open = match self.open {
                Open::Null => v.is_null(),
                Open::Unknown => !v.is_known(),
            };
            let filled = match &attribute.ty {
                _ if attribute.computed && !attribute.write_only && is_open => {
                    self.make(&attribute.value_type(), given, &path)
                }
                AttributeType::Nested(nesting, inner) if v.is_known() && !v.is_null() => {
                    self.each(*nesting, v, &path, &mut |this, v, path| {
                        if v.is_null() || !v.is_known() {
                            return v.clone();
                        }
                        let filled = this.attributes(inner, v, given, path);
                        rebuilt(v.ty(), filled).mark(v.marks())
                    })
                }
                _ => v.clone(),
            };
            out.push((name.clone(), filled));
        }
        out
    }

    /// Fills in every element of a nested block or attribute.
    fn each(
        &mut self,
        nesting: Nesting,
        value: &Value,
        path: &Path,
        fill: &mut dyn FnMut(&mut Self, &Value, &Path) -> Value,
    ) -> Value {
        if matches!(nesting, Nesting::Single | Nesting::Group) {
            return fill(self, value, path);
        }
        let filled = match (value.data(), value.ty()) {
            (Data::Seq(items), ty) => {
                let items = items.iter().enumerate();
                let items: Vec<Value> =
                    items.map(|(i, v)| fill(self, v, &path.then_index(Value::number(i as i64)))).collect();
                match ty {
                    Type::Set(elem) => Value::set(elem.as_ref().clone(), items),
                    Type::List(elem) => Value::list(elem.as_ref().clone(), items),
                    _ => Value::tuple(items),
                }
            }
            (Data::Map(entries), ty) => {
                let entries: Vec<(Arc<str>, Value)> = entries
                    .iter()
                    .map(|(k, v)| (k.clone(), fill(self, v, &path.then_index(Value::string(k.clone())))))
                    .collect();
                match ty {
                    Type::Map(elem) => Value::map(elem.as_ref().clone(), entries),
                    _ => Value::object(entries),
                }
            }
            _ => return value.clone(),
        };
        filled.mark(value.marks())
    }

    fn make(&mut self, ty: &Type, given: Option<&Value>, path: &Path) -> Value {
        let With::Values { place, .. } = self.with else { return Value::unknown(ty.clone()) };
        let Some(given) = given else { return self.made_up(ty, path) };
        let complete = self.completed(ty, given, path);
        convert(&complete, ty).unwrap_or_else(|e| {
            let place = place.map_or(String::new(), |p| format!(" at {}", p.place()));
            let detail = format!(
                "The value given for the attribute {path}{place} does not fit its type {}: {e}.",
                ty.without_optional()
            );
            self.found.push(Diagnostic::error("Failed to compute attribute", detail).on_attribute(path.clone()));
            Value::unknown(ty.clone())
        })
    }

    /// A given value with made-up ones for attributes of objects that it leaves out.
    fn completed(&self, ty: &Type, given: &Value, path: &Path) -> Value {
        match (ty, given.data()) {
            (Type::Object(object), Data::Map(entries)) => {
                let known = object.attributes.iter().map(|(name, ty)| {
                    let path = path.then_attr(name.clone());
                    let value = match entries.get(name) {
                        Some(v) => self.completed(ty, v, &path),
                        None => self.made_up(ty, &path),
                    };
                    (name.clone(), value)
                });
                Value::object(known)
            }
            (Type::List(elem) | Type::Set(elem), Data::Seq(items)) => {
                Value::tuple(items.iter().enumerate().map(|(i, v)| {
                    let path = path.then_index(Value::number(i as i64));
                    self.completed(elem, v, &path)
                }))
            }
            (Type::Map(elem), Data::Map(entries)) => Value::object(entries.iter().map(|(k, v)| {
                let path = path.then_index(Value::string(k.clone()));
                (k.clone(), self.completed(elem, v, &path))
            })),
            _ => given.clone(),
        }
    }

    /// A value of a type: strings of eight characters, zero, false, empty collections.
    fn made_up(&self, ty: &Type, path: &Path) -> Value {
        match ty {
            Type::String => Value::string(self.text(path)),
            Type::Number => Value::number(0i64),
            Type::Bool => Value::bool(false),
            Type::List(elem) => Value::list(elem.as_ref().clone(), []),
            Type::Set(elem) => Value::set(elem.as_ref().clone(), []),
            Type::Map(elem) => Value::map::<Arc<str>>(elem.as_ref().clone(), []),
            Type::Object(object) => Value::object(
                object.attributes.iter().map(|(k, t)| (k.clone(), self.made_up(t, &path.then_attr(k.clone())))),
            ),
            Type::Tuple(types) => Value::tuple(
                types.iter().enumerate().map(|(i, t)| self.made_up(t, &path.then_index(Value::number(i as i64)))),
            ),
            Type::Dynamic => Value::null(Type::Dynamic),
        }
    }

    fn text(&self, path: &Path) -> String {
        const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        let (seed, object) = match self.with {
            With::Values { seed, object, .. } => (seed, object),
            With::Unknown => (0, ""),
        };
        let mut hasher = DefaultHasher::new();
        (seed, object, path.to_string()).hash(&mut hasher);
        let mut rest = hasher.finish();
        let mut letter = || {
            let c = LETTERS[(rest % 36) as usize];
            rest /= 36;
            char::from(c)
        };
        (0..8).map(|_| letter()).collect()
    }
}
