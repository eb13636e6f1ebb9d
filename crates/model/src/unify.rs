//! Which type converts to which, and the one type that several have in common.
//!
//! Behaviour: <https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion>.
//! A conversion is safe when it cannot fail for any value (number to string); it is unsafe when it
//! depends on the value (string to number).

use std::collections::HashSet;
use std::sync::Arc;

use crate::types::Type;

/// Whether a value of type `from` may convert to `to`, depending on the value.
pub fn can_convert(from: &Type, to: &Type) -> bool {
    possible(from, to, true)
}

/// Whether every value of type `from` converts to `to`.
pub fn can_convert_safely(from: &Type, to: &Type) -> bool {
    possible(from, to, false)
}

/// The one type that values of all these types convert to, as conditional expressions, `tolist`
/// and `concat` need it; conversions that depend on the value are allowed. `None` when there is
/// none, and for no types at all.
pub fn unify(types: &[Type]) -> Option<Type> {
    unify_with(types, true)
}

/// As [`unify`] with only conversions that cannot fail.
pub fn unify_safe(types: &[Type]) -> Option<Type> {
    unify_with(types, false)
}

pub(crate) fn possible(from: &Type, to: &Type, allow_unsafe: bool) -> bool {
    let each = |f: &Type, t: &Type| f == t || possible(f, t, allow_unsafe);
    match (from, to) {
        (_, Type::Dynamic) => true,
        (Type::Dynamic, _) => allow_unsafe,
        (Type::Bool | Type::Number | Type::String, Type::Bool | Type::Number | Type::String) => {
            from == to || *to == Type::String || (allow_unsafe && *from == Type::String)
        }
        (Type::Object(f), Type::Object(t)) => t.attributes.iter().all(|(name, ty)| match f.attributes.get(name) {
            Some(given) => each(given, ty),
            None => t.optional.contains(name),
        }),
        (Type::Tuple(f), Type::Tuple(t)) => f.len() == t.len() && f.iter().zip(t.iter()).all(|(f, t)| each(f, t)),
        (Type::List(f) | Type::Set(f), Type::List(t)) | (Type::Set(f), Type::Set(t)) => each(f, t),
        (Type::List(f), Type::Set(t)) => allow_unsafe && each(f, t),
        (Type::Map(f), Type::Map(t)) => each(f, t),
        (Type::Tuple(f), Type::List(t) | Type::Set(t)) => elements_possible(f.iter(), t, allow_unsafe),
        (Type::Object(f), Type::Map(t)) => {
            (**t == Type::Dynamic && only_decided(f.attributes.values()).is_some())
                || elements_possible(f.attributes.values(), t, allow_unsafe)
        }
        (Type::Map(f), Type::Object(t)) => {
            allow_unsafe && t.attributes.iter().all(|(name, ty)| each(f, ty) || t.optional.contains(name))
        }
        _ => false,
    }
}

fn elements_possible<'a>(from: impl Iterator<Item = &'a Type>, to: &Type, allow_unsafe: bool) -> bool {
    let from = distinct(from);
    if from.is_empty() {
        return true;
    }
    if *to == Type::Dynamic {
        // What has no type yet leaves the whole undecided only when nothing in it has one.
        let undecided = |t: &Type| *t == Type::Dynamic;
        return match unify_with(&from, allow_unsafe) {
            Some(t) if undecided(&t) => from.iter().all(undecided),
            // Nor may one without a type meet lists or objects further in.
            Some(t) => !t.has_dynamic() || !undecided_inside(&t, &from.iter().collect::<Vec<_>>()),
            None => false,
        };
    }
    from.iter().all(|f| f == to || possible(f, to, allow_unsafe))
}

/// Whether, where a common type says `any`, some of the types that have it in common say so too and others are lists, maps
/// or objects.
fn undecided_inside(common: &Type, types: &[&Type]) -> bool {
    let inside = |elem: &Type| {
        let parts: Vec<&Type> = types
            .iter()
            .flat_map(|t| match t {
                Type::List(e) | Type::Set(e) | Type::Map(e) => vec![&**e],
                Type::Tuple(ts) => ts.iter().collect(),
                Type::Object(o) => o.attributes.values().collect(),
                _ => Vec::new(),
            })
            .collect();
        undecided_inside(elem, &parts)
    };
    match common {
        Type::Dynamic => {
            types.contains(&&Type::Dynamic) && types.iter().any(|t| !t.is_primitive() && **t != Type::Dynamic)
        }
        Type::List(e) | Type::Set(e) | Type::Map(e) => inside(e),
        Type::Tuple(ts) => ts.iter().enumerate().any(|(i, elem)| {
            let parts = types.iter().filter_map(|t| if let Type::Tuple(ts) = t { ts.get(i) } else { t.element() });
            undecided_inside(elem, &parts.collect::<Vec<_>>())
        }),
        Type::Object(o) => o.attributes.iter().any(|(name, elem)| {
            let parts =
                types.iter().filter_map(|t| if let Type::Object(o) = t { o.attributes.get(name) } else { t.element() });
            undecided_inside(elem, &parts.collect::<Vec<_>>())
        }),
        _ => false,
    }
}

/// The type of the attributes of an object, where all that have a type have the same. (Only objects are looked at in this
/// way when they become maps; of the elements of a tuple, an undecided one leaves all undecided.)
pub(crate) fn only_decided<'a>(types: impl Iterator<Item = &'a Type>) -> Option<Type> {
    let decided = distinct(types.filter(|t| **t != Type::Dynamic));
    <[Type; 1]>::try_from(decided).ok().map(|[t]| t)
}

/// In the order of first appearance: a list of a thousand strings is one type to think about.
pub(crate) fn distinct<'a>(types: impl Iterator<Item = &'a Type>) -> Vec<Type> {
    let mut seen = HashSet::new();
    let mut last: Option<&Type> = None;
    types
        .filter(|t| {
            let fresh = last != Some(*t) && seen.insert(*t);
            last = Some(*t);
            fresh
        })
        .cloned()
        .collect()
}

fn unify_with(types: &[Type], allow_unsafe: bool) -> Option<Type> {
    let types = distinct(types.iter());
    if types.len() < 2 {
        return types.into_iter().next();
    }
    let count = |f: fn(&Type) -> bool| types.iter().filter(|t| f(t)).count();
    let dynamics = count(|t| *t == Type::Dynamic);
    let (maps, objects) = (count(|t| matches!(t, Type::Map(_))), count(|t| matches!(t, Type::Object(_))));
    let (lists, tuples) = (count(|t| matches!(t, Type::List(_))), count(|t| matches!(t, Type::Tuple(_))));
    let sets = count(|t| matches!(t, Type::Set(_)));
    let all = |n: usize| n == types.len();

    if maps > 0 && all(maps + dynamics) {
        return unify_elements(&types, dynamics > 0, allow_unsafe).map(|c| c.wrap(Type::map));
    }
    if maps > 0 && all(maps + objects + dynamics) {
        let found = in_disguise(&types, |t| matches!(t, Type::Object(_)), as_map, allow_unsafe);
        if let Some(ty @ Type::Map(_)) = found {
            return Some(ty);
        }
    }
    if lists > 0 && all(lists + dynamics) {
        return unify_elements(&types, dynamics > 0, allow_unsafe).map(|c| c.wrap(Type::list));
    }
    if lists > 0 && all(lists + tuples + dynamics) {
        let found = in_disguise(&types, |t| matches!(t, Type::Tuple(_)), as_list, allow_unsafe);
        if let Some(ty @ Type::List(_)) = found {
            return Some(ty);
        }
    }
    if sets > 0 && all(sets + dynamics) {
        return unify_elements(&types, dynamics > 0, allow_unsafe).map(|c| c.wrap(Type::set));
    }
    if objects > 0 && all(objects + dynamics) {
        return if dynamics > 0 { Some(Type::Dynamic) } else { unify_objects(&types, allow_unsafe) };
    }
    if tuples > 0 && all(tuples + dynamics) {
        return if dynamics > 0 { Some(Type::Dynamic) } else { unify_tuples(&types, allow_unsafe) };
    }
    if objects > 0 && tuples > 0 {
        return None;
    }
    let ordered = by_preference(types);
    ordered.iter().find(|want| ordered.iter().all(|t| t == *want || possible(t, want, allow_unsafe))).cloned()
}

/// The common element type of collections. With an undecided type among them nothing can be said
/// about any, so the whole is undecided: the caller wraps `Dynamic` itself.
fn unify_elements(types: &[Type], undecided: bool, allow_unsafe: bool) -> Option<Common> {
    if undecided {
        return Some(Common::Undecided);
    }
    let elements: Vec<Type> = types.iter().filter_map(|t| t.element().cloned()).collect();
    unify_with(&elements, allow_unsafe).map(Common::Element)
}

enum Common {
    Undecided,
    Element(Type),
}

impl Common {
    fn wrap(self, collection: fn(Type) -> Type) -> Type {
        match self {
            Common::Undecided => Type::Dynamic,
            Common::Element(t) => collection(t),
        }
    }
}

/// Objects among maps are maps in disguise, tuples among lists lists: they are first unified with
/// each other as such, then with the rest.
fn in_disguise(
    types: &[Type],
    disguised: fn(&Type) -> bool,
    reveal: fn(&[Type], bool) -> Option<Type>,
    allow_unsafe: bool,
) -> Option<Type> {
    let (hidden, mut rest): (Vec<Type>, Vec<Type>) = types.iter().cloned().partition(disguised);
    rest.push(reveal(&hidden, allow_unsafe)?);
    unify_with(&rest, allow_unsafe)
}

fn as_map(objects: &[Type], allow_unsafe: bool) -> Option<Type> {
    let attributes = objects.iter().flat_map(|t| match t {
        Type::Object(o) => o.attributes.values().collect::<Vec<_>>(),
        _ => Vec::new(),
    });
    unify_with(&distinct(attributes), allow_unsafe).map(Type::map)
}

fn as_list(tuples: &[Type], allow_unsafe: bool) -> Option<Type> {
    let elements = tuples.iter().flat_map(|t| match t {
        Type::Tuple(ts) => ts.iter().collect::<Vec<_>>(),
        _ => Vec::new(),
    });
    unify_with(&distinct(elements), allow_unsafe).map(Type::list)
}

/// With the same attribute names: an object, attribute by attribute. Otherwise a map, if all
/// attributes have a type in common. (An object never unifies to one with fewer attributes,
/// although it converts to it.)
fn unify_objects(types: &[Type], allow_unsafe: bool) -> Option<Type> {
    let objects: Vec<_> = types.iter().filter_map(|t| if let Type::Object(o) = t { Some(o) } else { None }).collect();
    let first = objects.first()?;
    if objects.iter().any(|o| !o.attributes.keys().eq(first.attributes.keys())) {
        return as_map(types, allow_unsafe);
    }
    let attributes = first
        .attributes
        .keys()
        .map(|name| {
            let across = distinct(objects.iter().filter_map(|o| o.attributes.get(name)));
            Some((Arc::clone(name), unify_with(&across, allow_unsafe)?))
        })
        .collect::<Option<Vec<_>>>()?;
    Some(Type::object(attributes))
}

/// With the same length: a tuple, element by element. Otherwise a list, if all elements have a
/// type in common.
fn unify_tuples(types: &[Type], allow_unsafe: bool) -> Option<Type> {
    let tuples: Vec<_> = types.iter().filter_map(|t| if let Type::Tuple(ts) = t { Some(ts) } else { None }).collect();
    let first = tuples.first()?;
    if tuples.iter().any(|t| t.len() != first.len()) {
        return as_list(types, allow_unsafe);
    }
    let elements = (0..first.len())
        .map(|i| unify_with(&distinct(tuples.iter().filter_map(|t| t.get(i))), allow_unsafe))
        .collect::<Option<Vec<_>>>()?;
    Some(Type::tuple(elements))
}

/// The more general types first, otherwise in the given order.
fn by_preference(mut rest: Vec<Type>) -> Vec<Type> {
    let mut ordered = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let next = (0..rest.len()).find(|i| !rest.iter().any(|other| prefers(other, &rest[*i]))).unwrap_or(0);
        ordered.push(rest.remove(next));
    }
    ordered
}

/// Whether `a` is the more general of two types.
fn prefers(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Dynamic, _) => false,
        (_, Type::Dynamic) => true,
        (Type::String, Type::Bool | Type::Number) => true,
        (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) => prefers(a, b),
        (Type::List(_), Type::Tuple(_) | Type::Set(_)) => true,
        (Type::Tuple(_), Type::Set(_)) => true,
        (Type::Map(_), Type::Object(_)) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn common(types: &[Type]) -> String {
        unify(types).map_or("none".into(), |t| t.to_string())
    }

    #[test]
    fn unifies_as_conditionals_need_it() {
        let t = |ts: &[Type]| Type::tuple(ts.to_vec());
        let (s, n, b) = (Type::String, Type::Number, Type::Bool);
        assert_eq!(common(&[s.clone(), n.clone(), b.clone()]), "string");
        assert_eq!(common(&[n.clone(), b.clone()]), "none");
        assert_eq!(common(&[t(&[]), t(std::slice::from_ref(&n))]), "list(number)");
        assert_eq!(common(&[t(&[n.clone(), b.clone()]), t(&[s.clone(), b.clone()])]), "tuple([string, bool])");
        let ab = [Type::object([("a", n.clone())]), Type::object([("b", n.clone())])];
        assert_eq!(common(&ab), "map(number)");
        assert_eq!(common(&[Type::empty_object(), Type::map(s.clone())]), "map(string)");
        assert_eq!(common(&[Type::object([("a", n.clone())]), Type::map(s.clone())]), "map(string)");
        assert_eq!(common(&[t(std::slice::from_ref(&n)), Type::list(s.clone())]), "list(string)");
        assert_eq!(common(&[Type::list(n.clone()), Type::list(s.clone())]), "list(string)");
        assert_eq!(common(&[Type::set(n.clone()), Type::list(n.clone())]), "list(number)");
        assert_eq!(common(&[Type::Dynamic, s.clone()]), "string");
        assert_eq!(common(&[Type::Dynamic, Type::list(s.clone())]), "any");
        assert_eq!(common(&[Type::empty_object(), t(&[])]), "none");
        assert_eq!(common(&[]), "none");
        assert_eq!(unify_safe(&[Type::Dynamic, s]), Some(Type::Dynamic));
    }

    #[test]
    fn safe_conversions_cannot_fail() {
        assert!(can_convert_safely(&Type::Number, &Type::String) && !can_convert_safely(&Type::String, &Type::Number));
        assert!(can_convert(&Type::String, &Type::Number));
        assert!(!can_convert(&Type::list(Type::list(Type::String)), &Type::list(Type::String)));
    }
}
