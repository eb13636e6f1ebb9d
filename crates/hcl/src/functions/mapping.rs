//! Collection functions on maps and objects, and on sets as sets.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use craton_model::{Marks, convert, unify};

use super::sequence::sequence;
use super::support::*;

/// The functions of this family.
pub(super) fn functions() -> Vec<Function> {
    let set = || Type::set(Type::Dynamic);
    vec![
        function("keys", "The keys of a map in order.", [param("inputMap", Type::Dynamic).unknown().marked()], keys)
            .returns_by(keys_type),
        function(
            "lookup",
            "The value of a key in a map, or a default when the map has no such key.",
            [param("inputMap", Type::Dynamic).marked(), param("key", Type::String).marked()],
            lookup,
        )
        .variadic(param("default", Type::Dynamic).null().unknown().marked().dynamic())
        .returns_by(lookup_type)
        .may_be_null(),
        function("merge", "Several maps or objects as one; of equal keys the last wins.", [], merge)
            .variadic(param("maps", Type::Dynamic).null().unknown().marked().dynamic())
            .returns_by(merge_type),
        function(
            "setintersection",
            "The elements that all of the given sets have.",
            [param("first_set", set())],
            setintersection,
        )
        .variadic(param("other_sets", set()))
        .returns_by(set_type),
        function("setproduct", "All combinations of one element from each of the given sets or lists.", [], setproduct)
            .variadic(param("sets", Type::Dynamic).marked())
            .returns_by(setproduct_type),
        function(
            "setsubtract",
            "The elements of one set that another does not have.",
            [param("a", set()), param("b", set())],
            setsubtract,
        )
        .returns_by(set_type),
        function("setunion", "The elements that any of the given sets has.", [param("first_set", set())], setunion)
            .variadic(param("other_sets", set()))
            .returns_by(set_type),
        function(
            "transpose",
            "A map of lists with keys and elements swapped.",
            [param("values", Type::map(Type::list(Type::String)))],
            transpose,
        )
        .returns(Type::map(Type::list(Type::String))),
        function(
            "values",
            "The values of a map in the order of its keys.",
            [param("mapping", Type::Dynamic).marked()],
            values,
        )
        .returns_by(|args| match args[0].ty() {
            Type::Map(t) => Ok(Type::List(t.clone())),
            Type::Object(o) => Ok(Type::tuple(o.attributes.values().cloned())),
            _ => wrong(0, "must have map or object type"),
        }),
        function(
            "zipmap",
            "A map from a list of keys and a list of values.",
            [param("keys", Type::list(Type::String)).marked(), param("values", Type::Dynamic).marked()],
            zipmap,
        )
        .returns_by(zipmap_type),
    ]
}

fn keys_type(args: &[Value]) -> TypeAnswer {
    match args[0].ty() {
        Type::Map(_) => Ok(Type::list(Type::String)),
        Type::Object(o) => Ok(Type::tuple(vec![Type::String; o.attributes.len()])),
        _ => wrong(0, "must have map or object type"),
    }
}

fn keys(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let m = &args[0];
    let found = match (m.ty(), m.as_map()) {
        // Of an object they are known before it is.
        (Type::Object(o), _) => Value::tuple(o.attributes.keys().map(|k| Value::string(Arc::clone(k)))),
        (Type::Map(_), Some(entries)) => {
            Value::list(Type::String, entries.keys().map(|k| Value::string(Arc::clone(k))))
        }
        (Type::Map(_), None) => unknown_not_null(Type::list(Type::String)),
        _ => return wrong(0, "must have map or object type"),
    };
    Ok(found.mark(m.marks()))
}

fn lookup_type(args: &[Value]) -> TypeAnswer {
    if args.len() > 3 {
        return fail(format!("lookup() takes two or three arguments, got {}", args.len()));
    }
    match args[0].ty() {
        Type::Object(o) => {
            let Some(key) = args[1].as_str() else { return Ok(Type::Dynamic) };
            match (o.attributes.get(key), args.get(2)) {
                (Some(ty), _) => Ok(ty.clone()),
                (None, Some(default)) => Ok(default.ty().clone()),
                (None, None) if !args[1].marks().is_empty() => {
                    wrong(0, "the given object has no attribute of the given name")
                }
                (None, None) => wrong(0, format!("the given object has no attribute {key:?}")),
            }
        }
        Type::Map(t) => {
            if let Some(default) = args.get(2)
                && convert(default, t).is_err()
            {
                return wrong(2, "the default value must have the same type as the map elements");
            }
            Ok(Type::clone(t))
        }
        _ => wrong(0, "lookup() requires a map as the first argument"),
    }
}

fn lookup(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let ty = lookup_type(args)?;
    let marks = args[0].marks().union(args[1].marks());
    let key = text(args, 1)?;
    if let Some(found) = args[0].get(key) {
        return Ok(found.clone().mark(marks));
    }
    match args.get(2) {
        Some(default) => {
            let default = convert(default, &ty).map_err(|e| FunctionError::argument(2, e.to_string()))?;
            Ok(default.mark(marks))
        }
        None if marks.is_empty() => fail(format!("lookup failed to find key {key:?}")),
        None => fail("lookup failed to find the given key"),
    }
}

fn merge_type(args: &[Value]) -> TypeAnswer {
    let mut attributes = BTreeMap::new();
    let mut complete = true;
    for arg in args {
        match arg.ty() {
            Type::Dynamic => return Ok(Type::Dynamic),
            Type::Object(o) if !arg.is_null() => {
                attributes.extend(o.attributes.iter().map(|(k, t)| (Arc::clone(k), t.clone())));
            }
            Type::Map(t) if !arg.is_null() => match arg.as_map() {
                Some(entries) => attributes.extend(entries.keys().map(|k| (Arc::clone(k), Type::clone(t)))),
                None => complete = false,
            },
            Type::Map(_) | Type::Object(_) => {}
            other => return fail(format!("arguments must be maps or objects, got {:?}", other.friendly())),
        }
    }
    match args {
        [] => Ok(Type::empty_object()),
        [first, rest @ ..] if rest.iter().all(|v| v.ty() == first.ty()) => Ok(first.ty().clone()),
        _ if complete => Ok(Type::object(attributes)),
        _ => Ok(Type::Dynamic),
    }
}

fn merge(_: &CallContext<'_>, args: &[Value]) -> Answer {
    // What is null is passed over, and its marks with it.
    let marks = args.iter().filter(|v| !v.is_null()).fold(Marks::NONE, |m, v| m.union(v.marks()));
    let ty = merge_type(args)?;
    // Nothing is said yet of what follows an argument of unknown type.
    if let Some(open) = args.iter().find(|v| *v.ty() == Type::Dynamic && !v.is_null()) {
        return Ok(open.clone().unmark().0.mark(marks));
    }
    if let Some(bad) =
        args.iter().find(|v| !matches!(v.ty(), Type::Map(_) | Type::Object(_)) && !v.is_null() && v.is_known())
    {
        return fail(format!("arguments must be maps or objects, got {:?}", bad.ty().friendly()));
    }
    if args.iter().any(|v| !v.is_known()) {
        return Ok(unknown_not_null(ty).mark(marks));
    }
    // Later entries win; collecting keeps the last of equal keys.
    let entries = args.iter().filter_map(Value::as_map).flat_map(|m| m.iter().cloned());
    let merged = match &ty {
        Type::Map(t) => Value::map(Type::clone(t), entries),
        _ => Value::object(entries),
    };
    Ok(merged.mark(marks))
}

/// The one type of set that all of the given sets convert to; the empty set without a type fits any.
fn set_type(args: &[Value]) -> TypeAnswer {
    let elements: Vec<Type> = args
        .iter()
        .filter(|v| !(v.is_empty() && v.ty().element() == Some(&Type::Dynamic)))
        .filter_map(|v| v.ty().element().cloned())
        .collect();
    if elements.is_empty() {
        return Ok(Type::set(Type::Dynamic));
    }
    unify(&elements)
        .map(Type::set)
        .ok_or_else(|| FunctionError::new("given sets must all have compatible element types"))
}

/// The sets converted to their common type; `None` for the whole when not all is known.
fn common_sets(args: &[Value]) -> Result<(Type, Vec<Value>), FunctionError> {
    let ty = set_type(args)?;
    let sets = args
        .iter()
        .enumerate()
        .map(|(i, v)| convert(v, &ty).map_err(|e| FunctionError::argument(i, e.to_string())))
        .collect::<Result<Vec<_>, _>>()?;
    Ok((ty, sets))
}

fn kept(ty: &Type, first: &Value, keep: impl Fn(&Value) -> bool) -> Value {
    let elements = first.as_seq().unwrap_or_default().iter().filter(|v| keep(v)).cloned().collect();
    sequence(ty, elements)
}

fn setintersection(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let (ty, sets) = common_sets(args)?;
    if !sets.iter().all(Value::is_wholly_known) {
        return Ok(unknown_not_null(ty));
    }
    let others: Vec<HashSet<&Value>> =
        sets[1..].iter().map(|s| s.as_seq().unwrap_or_default().iter().collect()).collect();
    Ok(kept(&ty, &sets[0], |v| others.iter().all(|o| o.contains(v))))
}

fn setsubtract(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let (ty, sets) = common_sets(args)?;
    if !sets.iter().all(Value::is_wholly_known) {
        return Ok(unknown_not_null(ty));
    }
    let other: HashSet<&Value> = sets[1].as_seq().unwrap_or_default().iter().collect();
    Ok(kept(&ty, &sets[0], |v| !other.contains(v)))
}

fn setunion(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let (ty, sets) = common_sets(args)?;
    let all = sets.iter().flat_map(|s| s.as_seq().unwrap_or_default().iter().cloned()).collect();
    Ok(sequence(&ty, all))
}

fn setproduct_type(args: &[Value]) -> TypeAnswer {
    if args.len() < 2 {
        return fail("at least two arguments are required");
    }
    let mut elements = Vec::with_capacity(args.len());
    let mut ordered = true;
    for (i, arg) in args.iter().enumerate() {
        elements.push(match arg.ty() {
            Type::Set(t) => {
                ordered = false;
                Type::clone(t)
            }
            Type::List(t) => Type::clone(t),
            Type::Tuple(ts) if ts.is_empty() => Type::Dynamic,
            Type::Tuple(ts) => {
                unify(ts).ok_or_else(|| FunctionError::argument(i, "all elements must be of the same type"))?
            }
            _ => return wrong(i, "a set or a list is required"),
        });
    }
    let tuple = Type::tuple(elements);
    Ok(if ordered { Type::list(tuple) } else { Type::set(tuple) })
}

fn setproduct(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let ty = setproduct_type(args)?;
    let Some(Type::Tuple(types)) = ty.element() else { return fail("a set or a list is required") };
    let marks = args.iter().fold(Marks::NONE, |m, v| m.union(v.marks()));
    let open = |v: &Value| matches!(v.ty(), Type::Set(_)) && v.len() > Some(1) && !v.is_wholly_known();
    if args.iter().any(open) {
        return Ok(unknown_not_null(ty.clone()).mark(marks));
    }
    let columns = args
        .iter()
        .zip(types.iter())
        .enumerate()
        .map(|(i, (v, t))| {
            let items = v.as_seq().unwrap_or_default().iter();
            items
                .map(|item| convert(item, t).map_err(|e| FunctionError::argument(i, e.to_string())))
                .collect::<Result<Vec<_>, _>>()
        })
        .collect::<Result<Vec<_>, _>>()?;
    let total = columns.iter().fold(1usize, |n, c| n.saturating_mul(c.len()));
    elements_of(total.saturating_mul(columns.len()))?;
    let mut rows = Vec::with_capacity(total);
    for row in 0..total {
        // The last argument varies fastest.
        let mut rest = row;
        let mut cells: Vec<Value> = columns
            .iter()
            .rev()
            .map(|c| {
                let cell = c[rest % c.len()].clone();
                rest /= c.len();
                cell
            })
            .collect();
        cells.reverse();
        rows.push(Value::tuple(cells));
    }
    Ok(sequence(&ty, rows).mark(marks))
}

fn transpose(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let ty = Type::map(Type::list(Type::String));
    if !args[0].is_wholly_known() {
        return Ok(unknown_not_null(ty));
    }
    let mut swapped: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
    for (key, list) in args[0].as_map().into_iter().flatten() {
        let Some(items) = list.as_seq() else {
            return wrong(0, format!("the list of key {key:?} must not be null"));
        };
        for item in items {
            let Some(s) = item.as_str() else {
                return wrong(0, format!("the list of key {key:?} must not contain null"));
            };
            swapped.entry(Arc::from(s)).or_default().push(Value::string(Arc::clone(key)));
        }
    }
    Ok(Value::map(Type::list(Type::String), swapped.into_iter().map(|(k, v)| (k, Value::list(Type::String, v)))))
}

fn values(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let m = &args[0];
    let Some(entries) = m.as_map() else { return wrong(0, "must have map or object type") };
    let all = entries.iter().map(|(_, v)| v.clone());
    let list = match m.ty() {
        Type::Map(t) => Value::list(Type::clone(t), all),
        _ => Value::tuple(all),
    };
    Ok(list.mark(m.marks()))
}

fn zipmap_type(args: &[Value]) -> TypeAnswer {
    match args[1].ty() {
        Type::List(t) => Ok(Type::Map(t.clone())),
        Type::Tuple(ts) => {
            let keys = match args[0].as_seq() {
                Some(keys) if args[0].is_wholly_known() => keys,
                // The names of the attributes are not known yet.
                _ => return Ok(Type::Dynamic),
            };
            if keys.len() != ts.len() {
                return fail(unequal(keys.len(), ts.len()));
            }
            let mut attributes = BTreeMap::new();
            for (i, (key, ty)) in keys.iter().zip(ts.iter()).enumerate() {
                match key.as_str() {
                    Some(k) => attributes.insert(Arc::<str>::from(k), ty.clone()),
                    None => return wrong(0, format!("keys list has null value at index {i}")),
                };
            }
            Ok(Type::object(attributes))
        }
        _ => wrong(1, "values argument must be a list or tuple value"),
    }
}

fn unequal(keys: usize, values: usize) -> String {
    format!("number of keys ({keys}) does not match number of values ({values})")
}

fn zipmap(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let ty = zipmap_type(args)?;
    let mut marks = args[0].marks().union(args[1].marks());
    let keys = args[0].as_seq().unwrap_or_default();
    let values = args[1].as_seq().unwrap_or_default();
    marks = keys.iter().fold(marks, |m, k| m.union(k.marks()));
    if !args[0].is_wholly_known() {
        return Ok(unknown_not_null(ty).mark(marks));
    }
    if keys.len() != values.len() {
        return fail(unequal(keys.len(), values.len()));
    }
    let mut entries = Vec::with_capacity(keys.len());
    for (i, (key, value)) in keys.iter().zip(values).enumerate() {
        match key.as_str() {
            Some(k) => entries.push((Arc::<str>::from(k), value.clone())),
            None => return wrong(0, format!("keys list has null value at index {i}")),
        }
    }
    let zipped = match &ty {
        Type::Map(t) => Value::map(Type::clone(t), entries),
        _ => Value::object(entries),
    };
    Ok(zipped.mark(marks))
}
