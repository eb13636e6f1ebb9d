//! Collection functions on lists, sets and tuples.

use std::collections::HashSet;

use craton_model::{Data, Marks, Number, convert, equal, unify};

use super::support::*;

/// The functions of this family.
pub(super) fn functions() -> Vec<Function> {
    let list = || Type::list(Type::Dynamic);
    vec![
        function(
            "alltrue",
            "Whether all elements of a list are true (also when there is none).",
            [param("list", Type::list(Type::Bool))],
            alltrue,
        )
        .returns(Type::Bool),
        function("anytrue", "Whether any element of a list is true.", [param("list", Type::list(Type::Bool))], anytrue)
            .returns(Type::Bool),
        function(
            "chunklist",
            "A list in pieces of a given size.",
            [param("list", list()).marked(), param("size", Type::Number).marked()],
            chunklist,
        )
        .returns_by(|args| Ok(Type::list(args[0].ty().clone()))),
        function("coalesce", "The first argument that is neither null nor an empty string.", [], coalesce)
            .variadic(param("vals", Type::Dynamic).null().unknown().dynamic())
            .returns_by(coalesce_type),
        function("coalescelist", "The first argument that is not an empty list.", [], coalescelist)
            .variadic(param("vals", Type::Dynamic).null().unknown().dynamic())
            .returns_by(coalescelist_type),
        function(
            "compact",
            "A list of strings without the empty ones and nulls.",
            [param("list", Type::list(Type::String))],
            compact,
        )
        .returns(Type::list(Type::String)),
        function("concat", "Several lists or tuples in a row as one.", [], concat)
            .variadic(param("seqs", Type::Dynamic).marked())
            .returns_by(concat_type),
        function(
            "contains",
            "Whether a value is among the elements of a list, set or tuple.",
            [param("list", Type::Dynamic), param("value", Type::Dynamic)],
            contains,
        )
        .returns(Type::Bool),
        function("distinct", "A list without the elements that came before.", [param("list", list())], distinct)
            .returns_by(|args| Ok(args[0].ty().clone())),
        function(
            "element",
            "The element of a list at an index, counting round and round.",
            [param("list", Type::Dynamic).marked(), param("index", Type::Number)],
            element,
        )
        .returns_by(element_type)
        .may_be_null(),
        function(
            "flatten",
            "A list with the elements of inner lists in place of the lists.",
            [param("list", Type::Dynamic).marked()],
            flatten,
        )
        .returns(Type::Dynamic),
        function(
            "index",
            "The index at which a value stands in a list.",
            [param("list", Type::Dynamic), param("value", Type::Dynamic)],
            index,
        )
        .returns(Type::Number),
        function(
            "length",
            "The number of elements of a collection, or of characters of a string.",
            [param("value", Type::Dynamic).unknown().dynamic().marked()],
            length,
        )
        .returns(Type::Number),
        function(
            "matchkeys",
            "The elements of a list whose counterparts in a second list are among those of a third.",
            [param("values", list()), param("keys", list()), param("searchset", list())],
            matchkeys,
        )
        .returns_by(matchkeys_type),
        function(
            "one",
            "The only element of a collection, or null when it is empty.",
            [param("list", Type::Dynamic)],
            one,
        )
        .returns_by(one_type)
        .may_be_null(),
        function("range", "Numbers from a start up to a limit in steps.", [], range)
            .variadic(param("params", Type::Number))
            .returns(Type::list(Type::Number)),
        function(
            "reverse",
            "A list with its elements in reverse order.",
            [param("list", Type::Dynamic).marked()],
            reverse,
        )
        .returns_by(|args| match args[0].ty() {
            Type::Set(t) | Type::List(t) => Ok(Type::List(t.clone())),
            Type::Tuple(ts) => Ok(Type::tuple(ts.iter().rev().cloned())),
            other => wrong(0, format!("can only reverse list or tuple values, not {}", other.friendly())),
        }),
        function(
            "slice",
            "The elements of a list from a start index up to, not including, an end index.",
            [
                param("list", Type::Dynamic).marked(),
                param("start_index", Type::Number),
                param("end_index", Type::Number),
            ],
            slice,
        )
        .returns_by(slice_type),
        function(
            "sort",
            "A list of strings in the order of their characters' codes.",
            [param("list", Type::list(Type::String))],
            sort,
        )
        .returns(Type::list(Type::String)),
        function("sum", "The sum of the numbers in a list.", [param("list", Type::Dynamic)], sum).returns(Type::Number),
    ]
}

/// The elements of a list argument that the declaration makes known.
fn items(args: &[Value], i: usize) -> Result<&[Value], FunctionError> {
    args.get(i).and_then(Value::as_seq).ok_or_else(|| FunctionError::argument(i, "a list is required"))
}

/// Elements under a type that is a list or tuple.
pub(super) fn sequence(ty: &Type, items: Vec<Value>) -> Value {
    match ty {
        Type::List(elem) => Value::list(Type::clone(elem), items),
        Type::Set(elem) => Value::set(Type::clone(elem), items),
        _ => Value::tuple(items),
    }
}

fn alltrue(_: &CallContext<'_>, args: &[Value]) -> Answer {
    for item in items(args, 0)? {
        match item.data() {
            Data::Bool(true) => {}
            Data::Unknown(_) => return Ok(unknown_not_null(Type::Bool)),
            _ => return Ok(Value::bool(false)),
        }
    }
    Ok(Value::bool(true))
}

fn anytrue(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let items = items(args, 0)?;
    if items.iter().any(|v| v.as_bool() == Some(true)) {
        return Ok(Value::bool(true));
    }
    let open = items.iter().any(|v| !v.is_known());
    Ok(if open { unknown_not_null(Type::Bool) } else { Value::bool(false) })
}

fn chunklist(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let marks = args[0].marks().union(args[1].marks());
    let (items, size) = (items(args, 0)?, whole(args, 1)?);
    let Ok(size) = usize::try_from(size) else {
        return wrong(1, "the size argument must be positive");
    };
    let ty = args[0].ty();
    let chunks: Vec<Value> = if size == 0 && !items.is_empty() {
        vec![sequence(ty, items.to_vec())]
    } else {
        items.chunks(size.max(1)).map(|chunk| sequence(ty, chunk.to_vec())).collect()
    };
    Ok(Value::list(ty.clone(), chunks).mark(marks))
}

fn coalesce_type(args: &[Value]) -> TypeAnswer {
    let types: Vec<Type> = args.iter().map(|v| v.ty().clone()).collect();
    unify(&types).ok_or_else(|| FunctionError::new("all arguments must have the same type"))
}

fn coalesce(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let ty = coalesce_type(args)?;
    for (i, arg) in args.iter().enumerate() {
        let v = convert(arg, &ty).map_err(|e| FunctionError::argument(i, e.to_string()))?;
        if !v.is_known() {
            return Ok(Value::unknown(ty));
        }
        if v.is_null() || v.as_str() == Some("") {
            continue;
        }
        return Ok(v);
    }
    fail("no non-null, non-empty-string arguments")
}

fn coalescelist_type(args: &[Value]) -> TypeAnswer {
    let Some(first) = args.first() else { return fail("at least one argument is required") };
    let mut same = true;
    for arg in args {
        if !arg.is_known() {
            return Ok(Type::Dynamic);
        }
        if !matches!(arg.ty(), Type::List(_) | Type::Tuple(_)) {
            return fail("coalescelist arguments must be lists or tuples");
        }
        same &= arg.ty() == first.ty();
    }
    Ok(if same { first.ty().clone() } else { Type::Dynamic })
}

fn coalescelist(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let ty = coalescelist_type(args)?;
    for arg in args {
        if !arg.is_known() {
            return Ok(Value::unknown(ty));
        }
        if arg.len().is_some_and(|n| n > 0) {
            return Ok(arg.clone());
        }
    }
    fail("no non-null arguments")
}

fn compact(_: &CallContext<'_>, args: &[Value]) -> Answer {
    if !args[0].is_wholly_known() {
        return Ok(unknown_not_null(Type::list(Type::String)));
    }
    let kept = items(args, 0)?.iter().filter(|v| v.as_str().is_some_and(|s| !s.is_empty()));
    Ok(Value::list(Type::String, kept.cloned()))
}

fn concat_type(args: &[Value]) -> TypeAnswer {
    if args.is_empty() {
        return fail("at least one argument is required");
    }
    elements_of(args.iter().fold(0, |n: usize, v| n.saturating_add(v.len().unwrap_or(0))))?;
    if args.iter().all(|v| matches!(v.ty(), Type::List(_))) {
        let types: Vec<Type> = args.iter().map(|v| v.ty().clone()).collect();
        if let Some(common) = unify(&types) {
            return Ok(common);
        }
    }
    let mut elements = Vec::new();
    for (i, arg) in args.iter().enumerate() {
        match arg.ty() {
            Type::Tuple(ts) => elements.extend(ts.iter().cloned()),
            // How many elements the tuple has depends on the list.
            Type::List(t) => match arg.len() {
                Some(n) => elements.extend(std::iter::repeat_n(Type::clone(t), n)),
                None => return Ok(Type::Dynamic),
            },
            other => {
                return wrong(i, format!("all arguments must be lists or tuples; got {}", other.friendly()));
            }
        }
    }
    Ok(Type::tuple(elements))
}

fn concat(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let ty = concat_type(args)?;
    let mut marks = Marks::NONE;
    let mut all = Vec::new();
    for (i, arg) in args.iter().enumerate() {
        marks = marks.union(arg.marks());
        match &ty {
            Type::List(_) => {
                let list = convert(arg, &ty).map_err(|e| FunctionError::argument(i, e.to_string()))?;
                all.extend(list.as_seq().unwrap_or_default().iter().cloned());
            }
            _ => all.extend(items(args, i)?.iter().cloned()),
        }
    }
    Ok(sequence(&ty, all).mark(marks))
}

fn contains(_: &CallContext<'_>, args: &[Value]) -> Answer {
    if !args[0].ty().is_sequence() {
        return wrong(0, "argument must be list, tuple, or set");
    }
    let mut open = false;
    for item in items(args, 0)? {
        match equal(item, &args[1]).as_bool() {
            Some(true) => return Ok(Value::bool(true)),
            Some(false) => {}
            None => open = true,
        }
    }
    Ok(if open { unknown_not_null(Type::Bool) } else { Value::bool(false) })
}

fn distinct(_: &CallContext<'_>, args: &[Value]) -> Answer {
    if !args[0].is_wholly_known() {
        return Ok(unknown_not_null(args[0].ty().clone()));
    }
    let mut seen = HashSet::new();
    let kept: Vec<Value> = items(args, 0)?.iter().filter(|v| seen.insert(*v)).cloned().collect();
    Ok(sequence(args[0].ty(), kept))
}

/// The place in a list that an index means, round and round in both directions.
fn element_index(args: &[Value], len: usize) -> Result<usize, FunctionError> {
    let index = whole(args, 1)?;
    if len == 0 {
        return fail("cannot use element function with an empty list");
    }
    Ok(index.rem_euclid(len as i64) as usize)
}

fn element_type(args: &[Value]) -> TypeAnswer {
    match args[0].ty() {
        Type::List(t) => Ok(Type::clone(t)),
        Type::Tuple(_) if !args[1].is_known() => Ok(Type::Dynamic),
        Type::Tuple(ts) => {
            let at = element_index(args, ts.len())?;
            // Terraform fails here unless the index is a multiple of the length.
            if at != 0 && whole(args, 1)? < 0 {
                return wrong(
                    1,
                    "a negative index works only for lists, not for tuples: convert with tolist if all elements have \
                     one type",
                );
            }
            Ok(ts[at].clone())
        }
        other => fail(format!("cannot read elements from {}", other.friendly())),
    }
}

fn element(_: &CallContext<'_>, args: &[Value]) -> Answer {
    element_type(args)?;
    let items = items(args, 0)?;
    Ok(items[element_index(args, items.len())?].clone().mark(args[0].marks()))
}

fn flatten(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let mut flat = Flat { items: Vec::new(), marks: Marks::NONE, known: true };
    match &args[0] {
        list if list.ty().is_sequence() => flat.add_all(list)?,
        // While something in it is not known, Terraform takes the values of a map for a list.
        map if !map.is_wholly_known() => {
            let values: Vec<Value> = map.as_map().into_iter().flat_map(|m| m.iter().map(|(_, v)| v.clone())).collect();
            flat.add_all(&Value::tuple(values).mark(map.marks()))?;
        }
        _ => return fail("can only flatten lists, sets and tuples"),
    }
    if flat.known {
        return Ok(Value::tuple(flat.items).mark(flat.marks));
    }
    Ok(Value::dynamic().mark(flat.marks))
}

/// Collects the elements of nested lists, and the marks of the lists themselves.
struct Flat {
    items: Vec<Value>,
    marks: Marks,
    known: bool,
}

impl Flat {
    fn add_all(&mut self, list: &Value) -> Result<(), FunctionError> {
        self.marks = self.marks.union(list.marks());
        let Some(items) = list.as_seq() else {
            self.known = false;
            return Ok(());
        };
        elements_of(self.items.len().saturating_add(items.len()))?;
        // The number of elements of a set is open while any of them is.
        if matches!(list.ty(), Type::Set(_)) && items.len() > 1 && !list.is_wholly_known() {
            self.known = false;
        }
        for item in items {
            if item.ty().is_sequence() && !item.is_null() {
                self.add_all(item)?;
            } else {
                // What has no type yet may turn out to be a list.
                self.known &= item.is_known() || *item.ty() != Type::Dynamic;
                self.items.push(item.clone());
            }
        }
        Ok(())
    }
}

fn index(_: &CallContext<'_>, args: &[Value]) -> Answer {
    if !matches!(args[0].ty(), Type::List(_) | Type::Tuple(_)) {
        return fail("argument must be a list or tuple");
    }
    let items = items(args, 0)?;
    if items.is_empty() {
        return fail("cannot search an empty list");
    }
    for (i, item) in items.iter().enumerate() {
        match equal(item, &args[1]).as_bool() {
            Some(true) => return Ok(Value::number(i)),
            Some(false) => {}
            None => return Ok(unknown_not_null(Type::Number)),
        }
    }
    fail("item not found")
}

/// Characters as a reader counts them.
fn characters(s: &str) -> usize {
    unicode_segmentation::UnicodeSegmentation::graphemes(s, true).count()
}

fn length(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let v = &args[0];
    let n = match v.ty() {
        Type::Tuple(ts) => Value::number(ts.len()),
        Type::Object(o) => Value::number(o.attributes.len()),
        Type::String => match v.as_str() {
            Some(s) => Value::number(characters(s)),
            // Of what is known to stand at the start.
            None => unknown_length(v.refinement().and_then(|r| r.prefix.as_ref()).map_or(0, |p| characters(p)), None),
        },
        Type::Set(_) if v.len().is_some_and(|n| n > 1) && !v.is_wholly_known() => unknown_length(1, v.len()),
        Type::List(_) | Type::Set(_) | Type::Map(_) => match (v.len(), v.refinement()) {
            (Some(n), _) => Value::number(n),
            (None, Some(r)) if r.min_len.is_some() && r.min_len == r.max_len => {
                Value::number(r.min_len.unwrap_or_default())
            }
            (None, r) => unknown_length(r.and_then(|r| r.min_len).unwrap_or(0), r.and_then(|r| r.max_len)),
        },
        Type::Dynamic => unknown_not_null(Type::Number),
        _ => return fail("argument must be a string, a collection type, or a structural type"),
    };
    Ok(n.mark(v.marks()))
}

/// The type that keys and searched ones have in common.
fn key_type(args: &[Value]) -> TypeAnswer {
    unify(&[args[1].ty().clone(), args[2].ty().clone()])
        .ok_or_else(|| FunctionError::new("keys and searchset must be of the same type"))
}

fn matchkeys_type(args: &[Value]) -> TypeAnswer {
    key_type(args)?;
    Ok(args[0].ty().clone())
}

fn matchkeys(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let common = key_type(args)?;
    let (values, keys) = (items(args, 0)?, items(args, 1)?);
    if values.len() != keys.len() {
        return fail("length of keys and values should be equal");
    }
    let result = args[0].ty();
    if items(args, 2)?.is_empty() {
        return Ok(sequence(result, Vec::new()));
    }
    if !args[0].is_wholly_known() || !args[1].is_wholly_known() || !args[2].is_wholly_known() {
        return Ok(unknown_not_null(result.clone()));
    }
    let converted = |i: usize| convert(&args[i], &common).map_err(|e| FunctionError::argument(i, e.to_string()));
    let (keys, wanted) = (converted(1)?, converted(2)?);
    let wanted: HashSet<&Value> = wanted.as_seq().unwrap_or_default().iter().collect();
    let keys = keys.as_seq().unwrap_or_default();
    let kept = values.iter().zip(keys).filter(|(_, k)| wanted.contains(k)).map(|(v, _)| v.clone()).collect();
    Ok(sequence(result, kept))
}

const ONE: &str = "must be a list, set, or tuple value with either zero or one elements";

fn one_type(args: &[Value]) -> TypeAnswer {
    match args[0].ty() {
        Type::List(t) | Type::Set(t) => Ok(Type::clone(t)),
        Type::Tuple(ts) if ts.len() < 2 => Ok(ts.first().cloned().unwrap_or(Type::Dynamic)),
        _ => wrong(0, ONE),
    }
}

fn one(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let ty = one_type(args)?;
    match items(args, 0)? {
        [] => Ok(Value::null(ty)),
        [only] => Ok(only.clone()),
        // Elements that are not known yet may turn out to be the same.
        _ if matches!(args[0].ty(), Type::Set(_)) && !args[0].is_wholly_known() => Ok(Value::unknown(ty)),
        _ => wrong(0, ONE),
    }
}

/// More numbers than this are refused.
const RANGE_LIMIT: usize = 1024;

fn range(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let n = |i| number(args, i).cloned();
    let (start, end, step) = match args.len() {
        1 => (Number::ZERO, n(0)?, None),
        2 => (n(0)?, n(1)?, None),
        3 => (n(0)?, n(1)?, Some(n(2)?)),
        _ => return fail("must have one, two, or three arguments"),
    };
    let down = end < start;
    let step = match step {
        None => Number::from(if down { -1i64 } else { 1 }),
        Some(step) if step.is_zero() && end != start => return wrong(2, "step must not be zero"),
        Some(step) if down && !step.is_negative() => {
            return wrong(1, "end must be greater than start when step is positive");
        }
        Some(step) if !down && step.is_negative() && end != start => {
            return wrong(1, "end must be less than start when step is negative");
        }
        Some(step) => step,
    };
    let mut numbers = Vec::new();
    let mut n = start;
    while if down { n > end } else { n < end } {
        if numbers.len() >= RANGE_LIMIT {
            return fail(format!(
                "more than {RANGE_LIMIT} values were generated; either decrease the difference between start and end \
                 or use a smaller step"
            ));
        }
        let next = n.add(&step).map_err(|e| FunctionError::new(e.to_string()))?;
        numbers.push(Value::number(n));
        n = next;
    }
    Ok(Value::list(Type::Number, numbers))
}

fn reverse(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let reversed = |ty: &Type| Ok(sequence(ty, items(args, 0)?.iter().rev().cloned().collect()).mark(args[0].marks()));
    match args[0].ty() {
        Type::Set(t) => reversed(&Type::List(t.clone())),
        ty @ (Type::List(_) | Type::Tuple(_)) => reversed(ty),
        other => wrong(0, format!("can only reverse list or tuple values, not {}", other.friendly())),
    }
}

/// Where the slice begins and ends; `None` while one of the two is not known. What is known is checked all the same.
fn slice_bounds(args: &[Value], len: Option<usize>) -> Result<Option<(usize, usize)>, FunctionError> {
    let len = len.map_or(i64::MAX, |n| n as i64);
    let bound = |i: usize, name: &str| -> Result<Option<i64>, FunctionError> {
        if !args[i].is_known() {
            return Ok(None);
        }
        match whole(args, i)? {
            n if n < 0 => wrong(i, format!("{name} index must not be less than zero")),
            n if n > len => wrong(i, format!("{name} index must not be greater than the length of the list")),
            n => Ok(Some(n)),
        }
    };
    match (bound(1, "start")?, bound(2, "end")?) {
        (Some(start), Some(end)) if start > end => wrong(1, "start index must not be greater than end index"),
        (Some(start), Some(end)) => Ok(Some((start as usize, end as usize))),
        _ => Ok(None),
    }
}

fn slice_type(args: &[Value]) -> TypeAnswer {
    match args[0].ty() {
        ty @ Type::List(_) => {
            slice_bounds(args, args[0].len())?;
            Ok(ty.clone())
        }
        Type::Tuple(ts) => match slice_bounds(args, Some(ts.len()))? {
            Some((start, end)) => Ok(Type::tuple(ts[start..end].iter().cloned())),
            None => Ok(Type::Dynamic),
        },
        Type::Set(_) => wrong(
            0,
            "cannot slice a set, because its elements do not have indices; explicitly convert to a list if the \
             ordering of the result is not important",
        ),
        _ => wrong(0, "must be a list or tuple value"),
    }
}

fn slice(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let ty = slice_type(args)?;
    let items = items(args, 0)?;
    let Some((start, end)) = slice_bounds(args, Some(items.len()))? else { return Ok(Value::unknown(ty)) };
    Ok(sequence(args[0].ty(), items[start..end].to_vec()).mark(args[0].marks()))
}

fn sort(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let items = items(args, 0)?;
    if !args[0].is_wholly_known() {
        // How many there are is known, but not which comes first.
        return Ok(Value::list(Type::String, vec![Value::unknown(Type::String); items.len()]));
    }
    if let Some(i) = items.iter().position(Value::is_null) {
        return wrong(0, format!("given list element {i} is null; a null string cannot be sorted"));
    }
    let mut sorted = items.to_vec();
    sorted.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    Ok(Value::list(Type::String, sorted))
}

fn sum(_: &CallContext<'_>, args: &[Value]) -> Answer {
    match args[0].ty() {
        t if t.is_sequence() => {}
        t @ (Type::Map(_) | Type::Object(_)) => {
            return wrong(0, format!("argument must be list, set, or tuple. Received {}", t.friendly()));
        }
        _ => return wrong(0, "cannot sum noniterable"),
    }
    let items = items(args, 0)?;
    if items.is_empty() {
        return wrong(0, "cannot sum an empty list");
    }
    if !args[0].is_wholly_known() {
        return Ok(unknown_not_null(Type::Number));
    }
    let bad = || FunctionError::argument(0, "argument must be list, set, or tuple of number values");
    // A sum of zeros with a minus sign has one, too.
    let mut total = Number::ZERO.neg();
    for item in items {
        let n = convert(item, &Type::Number).map_err(|_| bad())?;
        let n = n.as_number().ok_or_else(bad)?;
        total = total.add(n).map_err(|e| FunctionError::new(e.to_string()))?;
    }
    Ok(Value::number(total))
}
