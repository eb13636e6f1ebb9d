//! Attributes and elements of values.

use crate::ast::{IndexKey, Step};
use craton_model::{Diagnostic, Number, Span, Type, Value, convert, similar};
use std::sync::Arc;

/// Boxed: a diagnostic is large beside a value.
type Access = Result<Value, Box<Diagnostic>>;

fn error(span: Span, summary: &str, detail: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(summary, detail).at(span))
}

/// Follows constant steps into a value. Marks of what is stepped into go to the result.
pub fn take_steps(mut value: Value, steps: &[Step]) -> Access {
    for step in steps {
        value = match step {
            Step::Attr(name) => get_attribute(&value, &name.name, name.span)?,
            Step::Index(IndexKey::String(key), span) => index(&value, &Value::string(key.clone()), *span)?,
            Step::Index(IndexKey::Number(text), span) => {
                let Some(n) = super::parse_number(text) else {
                    return Err(error(*span, "Invalid index", format!("{text} cannot be read as a number.")));
                };
                index(&value, &Value::number(n), *span)?
            }
        };
    }
    Ok(value)
}

/// `value.name`: an attribute of an object or an element of a map.
pub fn get_attribute(value: &Value, name: &str, span: Span) -> Access {
    if value.is_null() {
        let detail = "The value is null, and null has no attributes.";
        return Err(error(span, "Attempt to get attribute from null value", detail));
    }
    let found = match value.ty() {
        Type::Dynamic => Value::dynamic(),
        Type::Object(ty) => {
            let Some(ty) = ty.attributes.get(name) else {
                return Err(error(span, "Unsupported attribute", no_attribute(value.ty(), name)));
            };
            if value.is_known() {
                value.get(name).cloned().unwrap_or_else(Value::dynamic)
            } else {
                Value::unknown(ty.clone())
            }
        }
        Type::Map(elem) => {
            if !value.is_known() {
                Value::unknown((**elem).clone())
            } else if let Some(found) = value.get(name) {
                found.clone()
            } else {
                let detail = format!("The map has no element with the key {name:?}.{}", map_hint(value, name));
                return Err(error(span, "Missing map element", detail));
            }
        }
        Type::List(elem) if matches!(**elem, Type::Object(_)) => {
            let detail = format!(
                "This is a list of objects, and only its elements have attributes. Did you mean the attribute {name:?} of one element ([0].{name}), or \
                 of all of them ([*].{name})?"
            );
            return Err(error(span, "Unsupported attribute", detail));
        }
        Type::Set(elem) if matches!(**elem, Type::Object(_)) => {
            let detail = format!(
                "This is a set of objects, and only its elements have attributes. Did you mean the attribute {name:?} of all of them ([*].{name})?"
            );
            return Err(error(span, "Unsupported attribute", detail));
        }
        ty if ty.is_primitive() => {
            let detail = format!("A {} has no attributes.", ty.friendly());
            return Err(error(span, "Unsupported attribute", detail));
        }
        ty => {
            let detail = format!("A {} has no attributes.", ty.friendly());
            return Err(error(span, "Unsupported attribute", detail));
        }
    };
    Ok(found.mark(value.marks()))
}

/// What an object type has instead of an attribute.
fn no_attribute(ty: &Type, name: &str) -> String {
    let mut detail = format!("This object does not have an attribute named {name:?}.");
    if let Type::Object(ty) = ty {
        let names = || ty.attributes.keys().map(|k| &**k);
        if let Some(like) = similar(name, names()) {
            detail.push_str(&format!(" Did you mean {like:?}?"));
        } else if !ty.attributes.is_empty() {
            detail.push_str(&format!(" It has: {}.", some_of(names())));
        }
    }
    detail
}

fn map_hint(value: &Value, name: &str) -> String {
    let Some(entries) = value.as_map().filter(|_| value.marks().is_empty()) else { return String::new() };
    if entries.is_empty() {
        return " The map is empty.".to_owned();
    }
    match similar(name, entries.keys().map(|k| &**k)) {
        Some(like) => format!(" Did you mean {like:?}?"),
        None => format!(" It has: {}.", some_of(entries.keys().map(|k| &**k))),
    }
}

/// The first names of a list that may be long.
fn some_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 12;
    let mut names = names.peekable();
    let mut out = names.by_ref().take(SHOWN).collect::<Vec<_>>().join(", ");
    if names.peek().is_some() {
        out.push_str(&format!(" and {} more", names.count()));
    }
    out
}

/// `collection[key]`.
pub fn index(collection: &Value, key: &Value, span: Span) -> Access {
    const INVALID: &str = "Invalid index";
    if collection.is_null() {
        return Err(error(span, "Attempt to index null value", "The value is null, and null has no elements."));
    }
    if key.is_null() {
        return Err(error(span, INVALID, "The index is null. An index must be a number or a string."));
    }
    let marks = collection.marks().union(key.marks());
    let missing = |why: String| error(span, INVALID, format!("The index leads to no element{why}"));
    let found = match collection.ty() {
        Type::Dynamic => Value::dynamic(),
        // What the key leads to is open, so Terraform does not ask yet whether the value has elements.
        _ if *key.ty() == Type::Dynamic => Value::dynamic(),
        ty @ (Type::List(_) | Type::Tuple(_)) => {
            let key = convert(key, &Type::Number).map_err(|e| missing(format!(": {e}.")))?;
            let n = match (key.as_number(), ty) {
                (Some(n), _) => n,
                (None, Type::List(elem)) => return Ok(Value::unknown((**elem).clone()).mark(marks)),
                (None, _) => return Ok(Value::dynamic().mark(marks)),
            };
            let length = match ty {
                Type::Tuple(types) => Some(types.len()),
                _ => collection.len(),
            };
            let at = match (position(n, length), ty) {
                (Ok(at), _) => at,
                // No list has such an element, but Terraform looks only when it knows the list.
                (Err(_), Type::List(elem)) if length.is_none() => {
                    return Ok(Value::unknown((**elem).clone()).mark(marks));
                }
                (Err(why), _) => return Err(missing(why)),
            };
            match (collection.as_seq(), ty) {
                (Some(items), _) => items.get(at).cloned().unwrap_or_else(Value::dynamic),
                (None, Type::Tuple(types)) => Value::unknown(types.get(at).cloned().unwrap_or(Type::Dynamic)),
                (None, _) => Value::unknown(ty.element().cloned().unwrap_or(Type::Dynamic)),
            }
        }
        Type::Map(elem) => {
            let key = convert(key, &Type::String).map_err(|e| missing(format!(": {e}.")))?;
            match (collection.as_map(), key.as_str()) {
                (Some(entries), Some(name)) => entries
                    .get(name)
                    .cloned()
                    .ok_or_else(|| missing(format!(".{}", map_hint(&collection.clone().mark(key.marks()), name))))?,
                _ => Value::unknown((**elem).clone()),
            }
        }
        ty @ Type::Object(attributes) => {
            // As in Terraform, the marks of the key stay behind here: attributes are named, not looked up.
            let marks = collection.marks();
            let key = convert(key, &Type::String).map_err(|e| missing(format!(": {e}.")))?;
            let Some(name) = key.as_str() else { return Ok(Value::dynamic().mark(marks)) };
            let Some(attribute) = attributes.attributes.get(name) else {
                return Err(missing(format!(". {}", no_attribute(ty, name))));
            };
            let found = if collection.is_known() { collection.get(name).cloned() } else { None };
            return Ok(found.unwrap_or_else(|| Value::unknown(attribute.clone())).mark(marks));
        }
        Type::Set(_) => {
            let detail = "The elements of a set have neither order nor keys, so none of them can be picked. Use tolist() or a for expression on it, \
                          or one() if it has a single element.";
            return Err(error(span, INVALID, detail));
        }
        _ => {
            return Err(error(
                span,
                INVALID,
                format!("A {} has no elements that could be picked.", collection.ty().friendly()),
            ));
        }
    };
    Ok(found.mark(marks))
}

/// The place in a sequence that a number means; the error continues a sentence.
fn position(n: &Number, length: Option<usize>) -> Result<usize, String> {
    if n.is_negative() && !n.is_zero() {
        return Err(": it is negative. Count from the end with length().".to_owned());
    }
    if !n.is_integer() {
        return Err(format!(": {n} is not a whole number."));
    }
    let at = n.to_usize().unwrap_or(usize::MAX);
    match length {
        Some(0) => Err(": the collection is empty.".to_owned()),
        Some(length) if at >= length => Err(format!(": there are {length}, and counting begins at 0.")),
        _ => Ok(at),
    }
}

/// Keys and values that a `for` or splat goes through, in order. `None` if the value cannot be iterated over or is not
/// known. The marks of the collection are not added.
pub(crate) fn elements(value: &Value) -> Option<Vec<(Value, Value)>> {
    if let Some(entries) = value.as_map() {
        return Some(entries.iter().map(|(k, v)| (Value::string(Arc::clone(k)), v.clone())).collect());
    }
    let items = value.as_seq()?;
    let set = matches!(value.ty(), Type::Set(_));
    let key = |i: usize, item: &Value| if set { item.clone() } else { Value::number(i) };
    Some(items.iter().enumerate().map(|(i, item)| (key(i, item), item.clone())).collect())
}

/// Whether a value of this type has elements.
pub(crate) fn is_iterable(ty: &Type) -> bool {
    ty.is_collection() || matches!(ty, Type::Tuple(_) | Type::Object(_))
}
