//! Values of one type as values of another.
//!
//! Behaviour: <https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion>.

use std::sync::Arc;

use crate::number::Number;
use crate::path::{Path, Step};
use crate::types::{ObjectType, Type};
use crate::unify::{can_convert, distinct, only_decided, unify};
use crate::value::{Data, Entries, Refinement, Value};

/// Why a value does not convert.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}{message}", if path.0.is_empty() { String::new() } else { format!("{path}: ") })]
pub struct ConvertError {
    /// Where in the value.
    pub path: Path,
    /// What is wrong, lower case, no full stop: "a number is required".
    pub message: String,
}

/// Gives the value as one of type `want`, in which `any` stands for whatever fits (one type for
/// all elements of a collection). Attributes that `want` marks optional and the value lacks become
/// null; surplus attributes of objects are dropped. Null and unknown stay so, marks are kept.
pub fn convert(value: &Value, want: &Type) -> Result<Value, ConvertError> {
    if value.ty() == want {
        return Ok(value.clone());
    }
    if !can_convert(value.ty(), want) {
        return Err(ConvertError { path: Path::default(), message: mismatch(value.ty(), want) });
    }
    Run { path: Vec::new() }.convert(value, want)
}

/// A conversion known to be possible by its types; the path leads to where it is.
struct Run {
    path: Vec<Step>,
}

impl Run {
    fn error<T>(&self, message: impl Into<String>) -> Result<T, ConvertError> {
        Err(ConvertError { path: Path(self.path.clone()), message: message.into() })
    }

    fn within(&mut self, step: Step, value: &Value, want: &Type) -> Result<Value, ConvertError> {
        if value.ty() == want {
            return Ok(value.clone());
        }
        self.path.push(step);
        let converted = self.convert(value, want);
        self.path.pop();
        converted
    }

    fn convert(&mut self, value: &Value, want: &Type) -> Result<Value, ConvertError> {
        if value.ty() == want || *want == Type::Dynamic {
            return Ok(value.clone());
        }
        let marks = value.marks();
        let converted = match value.data() {
            Data::Null => Value::null(fill_dynamic(value.ty(), &want.without_optional())),
            Data::Unknown(refinement) => unknown(value.ty(), refinement.as_deref(), want),
            Data::Bool(_) | Data::Number(_) | Data::String(_) => self.primitive(value, want)?,
            Data::Seq(items) => self.sequence(value.ty(), items, want)?,
            Data::Map(entries) => self.entries(value.ty(), entries, want)?,
        };
        Ok(converted.mark(marks))
    }

    fn primitive(&self, value: &Value, want: &Type) -> Result<Value, ConvertError> {
        match (value.data(), want) {
            (Data::Number(n), Type::String) => Ok(Value::string(n.to_string())),
            (Data::Bool(b), Type::String) => Ok(Value::string(if *b { "true" } else { "false" })),
            (Data::String(s), Type::Number) => match parse_number(s) {
                Some(n) => Ok(Value::number(n)),
                None => self.error("a number is required"),
            },
            (Data::String(s), Type::Bool) => match s.as_ref() {
                "true" | "1" => Ok(Value::bool(true)),
                "false" | "0" => Ok(Value::bool(false)),
                other => match other.to_lowercase().as_str() {
                    word @ ("true" | "false") => {
                        self.error(format!("a bool is required; to convert from string, use lowercase \"{word}\""))
                    }
                    _ => self.error("a bool is required"),
                },
            },
            _ => self.error(mismatch(value.ty(), want)),
        }
    }

    fn sequence(&mut self, from: &Type, items: &[Value], want: &Type) -> Result<Value, ConvertError> {
        if let Type::Tuple(types) = want {
            let items = items
                .iter()
                .zip(types.iter())
                .enumerate()
                .map(|(i, (v, t))| self.within(Step::Index(Value::number(i)), v, t))
                .collect::<Result<Vec<_>, _>>()?;
            return Ok(Value::tuple(items));
        }
        let Some(elem) = want.element() else { return self.error(mismatch(from, want)) };
        let into_set = matches!(want, Type::Set(_));
        // A set with unknown elements may turn out to have fewer, so the list cannot be known.
        if matches!(from, Type::Set(_)) && !into_set && items.len() > 1 && !items.iter().all(Value::is_wholly_known) {
            let length =
                Refinement { not_null: true, min_len: Some(1), max_len: Some(items.len()), ..Refinement::default() };
            return Ok(Value::refined(fill_dynamic(from, &want.without_optional()), length));
        }
        let elem = common_element(from, elem);
        let mut converted = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            let step = match from {
                Type::Set(_) => Step::Index(item.clone()),
                _ => Step::Index(Value::number(i)),
            };
            converted.push(self.within(step, item, &elem)?);
        }
        let Some(elem) = self.same_type(&elem, from, &mut converted)? else {
            return Ok(Value::unknown(if into_set { Type::set(Type::Dynamic) } else { Type::list(Type::Dynamic) }));
        };
        Ok(if into_set { Value::set(elem, converted) } else { Value::list(elem, converted) })
    }

    fn entries(&mut self, from: &Type, entries: &Entries, want: &Type) -> Result<Value, ConvertError> {
        if let Type::Object(o) = want {
            return self.object(from, entries, o);
        }
        let Some(elem) = want.element() else { return self.error(mismatch(from, want)) };
        let elem = common_element(from, elem);
        let mut keys = Vec::with_capacity(entries.len());
        let mut converted = Vec::with_capacity(entries.len());
        for (key, item) in entries {
            let step = match from {
                Type::Object(_) => Step::Attr(Arc::clone(key)),
                _ => Step::Index(Value::string(Arc::clone(key))),
            };
            converted.push(self.within(step, item, &elem)?);
            keys.push(Arc::clone(key));
        }
        let Some(elem) = self.same_type(&elem, from, &mut converted)? else {
            return Ok(Value::unknown(Type::map(Type::Dynamic)));
        };
        Ok(Value::map(elem, keys.into_iter().zip(converted)))
    }

    fn object(&mut self, from: &Type, entries: &Entries, want: &ObjectType) -> Result<Value, ConvertError> {
        let is_map = matches!(from, Type::Map(_));
        let mut attributes = Vec::with_capacity(want.attributes.len());
        for (name, ty) in &want.attributes {
            let converted = match entries.get(name) {
                Some(given) if given.ty() == ty => given.clone(),
                // Whether an element of a map fits an optional attribute is known only here.
                Some(given) if is_map && !can_convert(given.ty(), ty) => {
                    self.path.push(Step::Index(Value::string(Arc::clone(name))));
                    return self.error(mismatch(given.ty(), ty));
                }
                Some(given) if is_map => self.within(Step::Index(Value::string(Arc::clone(name))), given, ty)?,
                Some(given) => self.within(Step::Attr(Arc::clone(name)), given, ty)?,
                None if want.optional.contains(name) => Value::null(ty.without_optional()),
                None if is_map => return self.error(format!("map has no element for required attribute {name:?}")),
                None => return self.error(format!("attribute {name:?} is required")),
            };
            attributes.push((Arc::clone(name), converted));
        }
        Ok(Value::object(attributes))
    }

    /// The element type that all converted elements have, converting once more where `any` deeper
    /// inside came out differently. `None` when it is not decided yet.
    fn same_type(&self, elem: &Type, from: &Type, items: &mut [Value]) -> Result<Option<Type>, ConvertError> {
        if items.is_empty() {
            // A type that says more is better: list(string) stays so when it becomes list(any).
            return Ok(Some(match from.element() {
                Some(t) if elem.has_dynamic() => fill_dynamic(t, &elem.without_optional()),
                _ => elem.without_optional(),
            }));
        }
        if !elem.has_dynamic() {
            return Ok(Some(elem.without_optional()));
        }
        let types = distinct(items.iter().map(Value::ty));
        if let [one] = types.as_slice() {
            return Ok(Some(one.clone()));
        }
        let Some(common) = unify(&types) else {
            return self.error("cannot find a common base type for all elements");
        };
        if common == Type::Dynamic {
            return Ok(None);
        }
        for item in items.iter_mut() {
            *item = Run { path: self.path.clone() }.convert(item, &common)?;
        }
        Ok(Some(common))
    }
}

/// For `any` as element type: the one type that all elements of a tuple or object have in common.
fn common_element(from: &Type, elem: &Type) -> Type {
    if *elem != Type::Dynamic {
        return elem.clone();
    }
    let types = match from {
        Type::Tuple(ts) => distinct(ts.iter()),
        Type::Object(o) => match only_decided(o.attributes.values()) {
            Some(ty) => return ty,
            None => distinct(o.attributes.values()),
        },
        _ => return Type::Dynamic,
    };
    unify(&types).unwrap_or(Type::Dynamic)
}

/// The type with each `any` replaced by what the source type has in its place.
fn fill_dynamic(from: &Type, to: &Type) -> Type {
    match (from, to) {
        (Type::Dynamic, _) => to.clone(),
        (_, Type::Dynamic) => from.clone(),
        (Type::List(f) | Type::Set(f), Type::List(t)) => Type::list(fill_dynamic(f, t)),
        (Type::List(f) | Type::Set(f), Type::Set(t)) => Type::set(fill_dynamic(f, t)),
        (Type::Map(f), Type::Map(t)) => Type::map(fill_dynamic(f, t)),
        (Type::Tuple(f), Type::List(t)) => Type::list(fill_from_all(f.iter(), t)),
        (Type::Tuple(f), Type::Set(t)) => Type::set(fill_from_all(f.iter(), t)),
        (Type::Object(f), Type::Map(t)) => Type::map(fill_from_all(f.attributes.values(), t)),
        (Type::Tuple(f), Type::Tuple(t)) if f.len() == t.len() => {
            Type::tuple(f.iter().zip(t.iter()).map(|(f, t)| fill_dynamic(f, t)))
        }
        (Type::Object(f), Type::Object(t)) => Type::object(
            t.attributes
                .iter()
                .map(|(k, t)| (Arc::clone(k), f.attributes.get(k).map_or_else(|| t.clone(), |f| fill_dynamic(f, t)))),
        ),
        (Type::Map(f), Type::Object(t)) => {
            Type::object(t.attributes.iter().map(|(k, t)| (Arc::clone(k), fill_dynamic(f, t))))
        }
        _ => to.clone(),
    }
}

fn fill_from_all<'a>(from: impl Iterator<Item = &'a Type>, to: &Type) -> Type {
    if !to.has_dynamic() {
        return to.clone();
    }
    unify(&distinct(from)).map_or_else(|| to.clone(), |common| fill_dynamic(&common, to))
}

/// What stays known of an unknown value once it is converted.
fn unknown(from: &Type, known: Option<&Refinement>, want: &Type) -> Value {
    let to = fill_dynamic(from, &want.without_optional());
    if *from == to {
        return Value::refined(to, known.cloned().unwrap_or_default());
    }
    let mut kept = Refinement { not_null: known.is_some_and(|r| r.not_null), ..Refinement::default() };
    let exactly = |n: usize| (Some(n), Some(n));
    let as_set = |(min, max): (Option<usize>, Option<usize>)| (min.map(|n| n.min(1)), max);
    let lengths = (known.and_then(|r| r.min_len), known.and_then(|r| r.max_len));
    (kept.min_len, kept.max_len) = match (from, &to) {
        (Type::Object(o), Type::Map(_)) => exactly(o.attributes.len()),
        (Type::Tuple(ts), Type::List(_)) => exactly(ts.len()),
        (Type::Tuple(ts), Type::Set(_)) => as_set(exactly(ts.len())),
        (Type::List(_), Type::Set(_)) => as_set(lengths),
        (Type::List(_) | Type::Set(_), Type::List(_)) | (Type::Set(_), Type::Set(_)) => lengths,
        (Type::Map(_), Type::Map(_)) => lengths,
        _ => (None, None),
    };
    Value::decided(to, kept)
}

/// Reads a number as the conversion from string does: also with a plus sign, with the point first
/// or last, with a power of two (`1p3`), and the infinities.
pub fn parse_number(text: &str) -> Option<Number> {
    if let Some(n) = Number::parse(text) {
        return Some(n);
    }
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => ("", &text[1..]),
        b'-' => ("-", &text[1..]),
        _ => ("", text),
    };
    if matches!(rest, "inf" | "Inf") {
        return Number::from_f64(if sign == "-" { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    if let Some((mantissa, exponent)) = rest.split_once(['p', 'P']) {
        // A power of two.
        let shift = exponent.strip_prefix('+').unwrap_or(exponent).parse::<i32>().ok().filter(|e| e.abs() <= 4096)?;
        let power = Number::from_big(num_bigint::BigInt::from(1) << shift.unsigned_abs());
        let mantissa = parse_number(&format!("{sign}{mantissa}")).filter(|_| !mantissa.starts_with(['+', '-']))?;
        return if shift < 0 { mantissa.div(&power) } else { mantissa.mul(&power) }.ok();
    }
    let (digits, exponent) = rest.split_at(rest.find(['e', 'E']).unwrap_or(rest.len()));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let or_zero = |s: &str| if s.is_empty() { "0".to_owned() } else { s.to_owned() };
    Number::parse(&format!("{sign}{}.{}{exponent}", or_zero(whole), or_zero(fraction)))
}

/// Why no value of type `got` converts to `want`: "string required".
pub fn mismatch(got: &Type, want: &Type) -> String {
    match (got, want) {
        (Type::Object(g), Type::Object(w)) => mismatched_objects(g, w),
        (Type::Tuple(_), Type::List(t)) if **t == Type::Dynamic => "all list elements must have the same type".into(),
        (Type::Tuple(_), Type::Set(t)) if **t == Type::Dynamic => "all set elements must have the same type".into(),
        (Type::Object(_), Type::Map(t)) if **t == Type::Dynamic => "all map elements must have the same type".into(),
        (Type::Tuple(ts), Type::List(t) | Type::Set(t)) => {
            match ts.iter().enumerate().find(|(_, g)| !can_convert(g, t)) {
                Some((i, g)) => format!("element {i}: {}", mismatch(g, t)),
                None => format!("{} required", friendly_constraint(want)),
            }
        }
        (Type::Object(o), Type::Map(t)) => match o.attributes.iter().find(|(_, g)| !can_convert(g, t)) {
            Some((k, g)) => format!("element {k:?}: {}", mismatch(g, t)),
            None => format!("{} required", friendly_constraint(want)),
        },
        (Type::List(g), Type::List(w)) => format!("incorrect list element type: {}", mismatch(g, w)),
        (Type::List(g) | Type::Set(g), Type::Set(w)) => format!("incorrect set element type: {}", mismatch(g, w)),
        (Type::Set(g), Type::List(w)) => format!("incorrect list element type: {}", mismatch(g, w)),
        (Type::Map(g), Type::Map(w)) => format!("incorrect map element type: {}", mismatch(g, w)),
        (Type::Map(g), Type::Object(w)) => {
            let wrong = w.attributes.iter().find(|(k, t)| !w.optional.contains(*k) && !can_convert(g, t));
            match wrong {
                Some((k, t)) => format!("attribute {k:?}: {}", mismatch(g, t)),
                None => "object required".into(),
            }
        }
        _ => format!("{} required", friendly_constraint(want)),
    }
}

fn mismatched_objects(got: &ObjectType, want: &ObjectType) -> String {
    let wrong = want.attributes.iter().find_map(|(k, w)| {
        let g = got.attributes.get(k)?;
        (!can_convert(g, w)).then(|| format!("attribute {k:?}: {}", mismatch(g, w)))
    });
    if let Some(message) = wrong {
        return message;
    }
    let missing: Vec<String> = want
        .attributes
        .keys()
        .filter(|k| !got.attributes.contains_key(*k) && !want.optional.contains(*k))
        .map(|k| format!("{k:?}"))
        .collect();
    match missing.as_slice() {
        [] => "object required".into(),
        [one] => format!("attribute {one} is required"),
        [one, other] => format!("attributes {one} and {other} are required"),
        [init @ .., last] => format!("attributes {}, and {last} are required", init.join(", ")),
    }
}

/// What people call a type that may have `any` in it: "list of any single type".
fn friendly_constraint(ty: &Type) -> String {
    let of = |kind: &str, elem: &Type| match elem {
        Type::Dynamic => format!("{kind} of any single type"),
        t => format!("{kind} of {}", friendly_constraint(t)),
    };
    match ty {
        Type::Dynamic => "any type".into(),
        Type::List(t) => of("list", t),
        Type::Set(t) => of("set", t),
        Type::Map(t) => of("map", t),
        other => other.friendly(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::ObjectType;
    use crate::value::Marks;

    fn ok(v: &Value, want: &Type) -> String {
        let v = convert(v, want).unwrap_or_else(|e| panic!("converts to {want}: {e}"));
        format!("{v:?} {}", v.ty())
    }

    fn err(v: &Value, want: &Type) -> String {
        convert(v, want).expect_err("does not convert").to_string()
    }

    #[test]
    fn primitives() {
        assert_eq!(ok(&Value::from(5), &Type::String), "\"5\" string");
        assert_eq!(ok(&Value::from("1.50"), &Type::Number), "1.5 number");
        assert_eq!(ok(&Value::from("1"), &Type::Bool), "true bool");
        assert_eq!(err(&Value::from("x"), &Type::Number), "a number is required");
        assert_eq!(err(&Value::from(""), &Type::Number), "a number is required");
        assert_eq!(
            err(&Value::from("True"), &Type::Bool),
            "a bool is required; to convert from string, use lowercase \"true\""
        );
        assert_eq!(err(&Value::from(true), &Type::Number), "number required");
    }

    #[test]
    fn collections() {
        let mixed = Value::tuple([Value::from(1), Value::from("a")]);
        assert_eq!(ok(&mixed, &Type::list(Type::Dynamic)), r#"["1", "a"] list(string)"#);
        assert_eq!(ok(&mixed, &Type::set(Type::String)), r#"set["1", "a"] set(string)"#);
        assert_eq!(err(&mixed, &Type::list(Type::Number)), "[1]: a number is required");
        let twice = Value::list(Type::String, ["b", "a", "b"].map(Value::from));
        assert_eq!(ok(&twice, &Type::set(Type::Dynamic)), r#"set["a", "b"] set(string)"#);
        assert_eq!(ok(&Value::tuple([]), &Type::list(Type::Dynamic)), "[] list(any)");
        assert_eq!(ok(&Value::list(Type::Number, []), &Type::list(Type::String)), "[] list(string)");
        let bad = Value::tuple([Value::from(true), Value::from(1)]);
        assert_eq!(err(&bad, &Type::list(Type::Dynamic)), "all list elements must have the same type");
        assert_eq!(err(&Value::from("x"), &Type::list(Type::Dynamic)), "list of any single type required");
        let nested = Value::tuple([Value::tuple([]), Value::tuple([Value::from("x")])]);
        assert_eq!(ok(&nested, &Type::list(Type::list(Type::Dynamic))), r#"[[], ["x"]] list(list(string))"#);
    }

    #[test]
    fn objects_and_maps() {
        let mut o = ObjectType { attributes: Default::default(), optional: Default::default() };
        o.attributes.insert("name".into(), Type::String);
        o.attributes.insert("size".into(), Type::Number);
        o.optional.insert("size".into());
        let want = Type::Object(Arc::new(o));
        let v = Value::object([("name", Value::from(1)), ("extra", Value::from(true))]);
        assert_eq!(ok(&v, &want), r#"{"name": "1", "size": null(number)} object({name = string, size = number})"#);
        assert_eq!(err(&Value::object([("size", Value::from(1))]), &want), "attribute \"name\" is required");
        let m = Value::map(Type::String, [("name", Value::from("x")), ("size", Value::from("4"))]);
        assert_eq!(ok(&m, &want), r#"{"name": "x", "size": 4} object({name = string, size = number})"#);
        let m = Value::map(Type::String, [("size", Value::from("4"))]);
        assert_eq!(err(&m, &want), "map has no element for required attribute \"name\"");
        let v = Value::object([("a", Value::from(1)), ("b", Value::from("x"))]);
        assert_eq!(ok(&v, &Type::map(Type::Dynamic)), r#"{"a": "1", "b": "x"} map(string)"#);
    }

    #[test]
    fn null_unknown_and_marks_stay() {
        assert_eq!(ok(&Value::null(Type::Dynamic), &Type::String), "null(string) string");
        let v = convert(&Value::from(1).sensitive(), &Type::String).unwrap();
        assert!(v.marks().contains(Marks::SENSITIVE) && v.as_str() == Some("1"));
        let unknown = Value::refined(
            Type::tuple([Type::String, Type::String]),
            Refinement { not_null: true, ..Refinement::default() },
        );
        let v = convert(&unknown, &Type::set(Type::Dynamic)).unwrap();
        let r = v.refinement().unwrap();
        assert_eq!((v.ty(), r.min_len, r.max_len), (&Type::set(Type::String), Some(1), Some(2)));
        let inner = Value::tuple([Value::from("a").sensitive(), Value::dynamic()]);
        let v = convert(&inner, &Type::list(Type::String)).unwrap();
        assert_eq!(v.as_seq().unwrap()[1], Value::unknown(Type::String));
        assert!(!v.as_seq().unwrap()[0].marks().is_empty());
    }
}
