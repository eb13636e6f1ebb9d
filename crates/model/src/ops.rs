//! Equality of values that may not be known yet.

use crate::types::Type;
use crate::value::{Data, Marks, Refinement, Value};

/// Whether two values are equal: never converts, so `"1"` and `1` are not. The answer is an
/// unknown bool where it depends on something not known yet; what is known already (not null, a
/// string's prefix, a number's range, a collection's length) decides where it can. Nulls are
/// equal, whatever their types. Marks of both sides (also inside) go to the answer.
pub fn equal(a: &Value, b: &Value) -> Value {
    let marks = a.marks_deep().union(b.marks_deep());
    let answer = if marks == Marks::NONE {
        compare(a, b)
    } else {
        compare(&a.clone().unmark_deep().0, &b.clone().unmark_deep().0)
    };
    match answer {
        Some(answer) => Value::bool(answer),
        None => Value::refined(Type::Bool, Refinement { not_null: true, ..Refinement::default() }),
    }
    .mark(marks)
}

/// `None` for an answer that is not known yet. Neither side has marks.
fn compare(a: &Value, b: &Value) -> Option<bool> {
    if (a.is_null() && b.is_not_null()) || (b.is_null() && a.is_not_null()) {
        return Some(false);
    }
    match (a.is_known(), b.is_known()) {
        (false, false) => return None,
        (true, false) => return known_with_unknown(a, b),
        (false, true) => return known_with_unknown(b, a),
        (true, true) => {}
    }
    if a.is_null() || b.is_null() {
        return Some(a.is_null() && b.is_null());
    }
    if has_undecided_type(a) || has_undecided_type(b) {
        return if may_be_same(a.ty(), b.ty()) { None } else { Some(false) };
    }
    if a.ty() != b.ty() {
        return Some(false);
    }
    match (a.data(), b.data()) {
        (Data::Seq(x), Data::Seq(y)) if matches!(a.ty(), Type::Set(_)) => {
            if !a.is_wholly_known() || !b.is_wholly_known() {
                return None;
            }
            Some(x == y)
        }
        (Data::Seq(x), Data::Seq(y)) => {
            if x.len() != y.len() {
                return Some(false);
            }
            in_order(x.iter().zip(y.iter()))
        }
        (Data::Map(x), Data::Map(y)) => {
            if !x.keys().eq(y.keys()) {
                return Some(false);
            }
            all(x.iter().zip(y.iter()).map(|((_, x), (_, y))| (x, y)))
        }
        (x, y) => Some(x == y),
    }
}

/// Terraform compares the elements in order and stops at the first that it cannot decide, whatever comes after.
fn in_order<'a>(pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    for (a, b) in pairs {
        if !compare(a, b)? {
            return Some(false);
        }
    }
    Some(true)
}

/// One certain difference decides; otherwise one open question leaves the whole open.
fn all<'a>(mut pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    pairs
        .try_fold(Some(true), |so_far, (a, b)| match compare(a, b) {
            Some(false) => Err(()),
            Some(true) => Ok(so_far),
            None => Ok(None),
        })
        .unwrap_or(Some(false))
}

fn known_with_unknown(known: &Value, unknown: &Value) -> Option<bool> {
    if known.is_null() {
        return None;
    }
    if !fits(known.ty(), unknown.ty()) {
        // An unknown that turns out null differs from what is known, too.
        return Some(false);
    }
    match unknown.refinement() {
        Some(r) if !includes(r, known) => Some(false),
        _ => None,
    }
}

/// Whether a known value is among those that a refinement leaves possible.
fn includes(r: &Refinement, known: &Value) -> bool {
    match known.data() {
        Data::String(s) => r.prefix.as_ref().is_none_or(|p| s.starts_with(p.as_ref())),
        Data::Number(n) => {
            r.min.as_ref().is_none_or(|(min, inclusive)| n > min || (*inclusive && n == min))
                && r.max.as_ref().is_none_or(|(max, inclusive)| n < max || (*inclusive && n == max))
        }
        Data::Seq(items) if matches!(known.ty(), Type::Set(_)) && !known.is_wholly_known() => {
            r.min_len.is_none_or(|min| items.len() >= min)
        }
        Data::Seq(_) | Data::Map(_) => {
            let len = known.len().unwrap_or(0);
            r.min_len.is_none_or(|min| len >= min) && r.max_len.is_none_or(|max| len <= max)
        }
        _ => true,
    }
}

/// Whether something in it is unknown to the point that even its type is.
fn has_undecided_type(v: &Value) -> bool {
    match v.data() {
        Data::Unknown(_) => *v.ty() == Type::Dynamic,
        Data::Seq(items) => items.iter().any(has_undecided_type),
        Data::Map(entries) => entries.iter().any(|(_, v)| has_undecided_type(v)),
        _ => false,
    }
}

/// Whether a value of a known type can be what an unknown value turns out to be: `any` in the type of the unknown fits all,
/// but an empty list without a type of its own is no list of strings.
fn fits(known: &Type, unknown: &Type) -> bool {
    match (known, unknown) {
        (_, Type::Dynamic) => true,
        (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => fits(a, b),
        (Type::Tuple(a), Type::Tuple(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| fits(a, b)),
        (Type::Object(a), Type::Object(b)) => {
            a.attributes.keys().eq(b.attributes.keys())
                && a.attributes.values().zip(b.attributes.values()).all(|(a, b)| fits(a, b))
        }
        (a, b) => a == b,
    }
}

/// Whether two types can turn out the same once `any` in them is decided.
fn may_be_same(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Dynamic, _) | (_, Type::Dynamic) => true,
        (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => {
            may_be_same(a, b)
        }
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| may_be_same(a, b))
        }
        (Type::Object(a), Type::Object(b)) => {
            a.attributes.keys().eq(b.attributes.keys())
                && a.attributes.values().zip(b.attributes.values()).all(|(a, b)| may_be_same(a, b))
        }
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn eq(a: &Value, b: &Value) -> String {
        assert_eq!(equal(a, b), equal(b, a));
        match equal(a, b).as_bool() {
            Some(b) => b.to_string(),
            None => "unknown".into(),
        }
    }

    #[test]
    fn never_converts() {
        assert_eq!(eq(&Value::from(1), &Value::from("1")), "false");
        let list = Value::list(Type::Number, [Value::from(1)]);
        assert_eq!(eq(&list, &Value::tuple([Value::from(1)])), "false");
        assert_eq!(eq(&list, &list.clone()), "true");
        assert_eq!(eq(&Value::null(Type::Dynamic), &Value::null(Type::String)), "true");
        assert_eq!(eq(&Value::null(Type::Dynamic), &Value::from("")), "false");
    }

    #[test]
    fn decides_what_it_can_of_unknowns() {
        let not_null = Refinement { not_null: true, ..Refinement::default() };
        let id = Value::refined(Type::String, not_null.clone());
        assert_eq!(eq(&id, &Value::null(Type::Dynamic)), "false");
        assert_eq!(eq(&Value::unknown(Type::String), &Value::null(Type::Dynamic)), "unknown");
        assert_eq!(eq(&id, &Value::from("x")), "unknown");
        assert_eq!(eq(&id, &Value::from(1)), "false");
        let vpc = Value::refined(Type::String, Refinement { prefix: Some(Arc::from("vpc-")), ..not_null });
        assert_eq!(eq(&vpc, &Value::from("subnet-1")), "false");
        assert_eq!(eq(&vpc, &Value::from("vpc-1")), "unknown");
        let a = Value::tuple([id.clone(), Value::from(1)]);
        assert_eq!(eq(&a, &Value::tuple([id.clone(), Value::from(2)])), "unknown");
        let b = Value::tuple([Value::from(1), id.clone()]);
        assert_eq!(eq(&b, &Value::tuple([Value::from(2), id.clone()])), "false");
        let objects = |n: i64| Value::object([("a", id.clone()), ("b", Value::from(n))]);
        assert_eq!(eq(&objects(1), &objects(2)), "false");
        let strings = Value::unknown(Type::list(Type::String));
        assert_eq!(eq(&strings, &Value::list(Type::Dynamic, [])), "false");
        assert_eq!(eq(&strings, &Value::list(Type::String, [])), "unknown");
        assert_eq!(eq(&Value::tuple([Value::dynamic()]), &Value::tuple([Value::from(2)])), "unknown");
    }

    #[test]
    fn marks_go_to_the_answer() {
        let a = Value::object([("p", Value::from("x").sensitive())]);
        assert!(equal(&a, &a).marks().contains(Marks::SENSITIVE));
    }
}
