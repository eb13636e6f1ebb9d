//! Objects, for expressions and splats.

use super::access::{elements, is_iterable};
use super::{ELEMENT_STEPS, Frame, FrameKind, Frames, Run};
use crate::ast::{Expr, ExprKind, ForExpr, Literal, ObjectItem};
use craton_model::{Diagnostic, Marks, Refinement, Type, Value, convert, unify};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::sync::Arc;

/// Whether an item of a `for` is in, or what stands in the way.
enum Included {
    Yes,
    No,
    KnownLater,
}

impl Run<'_> {
    pub(super) fn object(&mut self, expr: &Expr, items: &[ObjectItem], frames: Frames<'_>) -> Value {
        let mut entries: Vec<(Arc<str>, Value)> = Vec::with_capacity(items.len());
        let mut written: HashMap<Arc<str>, &ObjectItem> = HashMap::new();
        let mut marks = Marks::NONE;
        let mut known = true;
        for item in items {
            let mark = self.mark();
            let key = self.object_key(expr, item, frames);
            let key_failed = self.errors_since(mark);
            let value = self.eval(&item.value, frames);
            if key_failed {
                known = false;
                continue;
            }
            marks = marks.union(key.marks());
            let Some(key_text) = key.as_str() else {
                known = false;
                continue;
            };
            let key_text: Arc<str> = Arc::from(key_text);
            if matches!(item.key.kind(), ExprKind::JsonString(_))
                && let Some(first) = written.insert(key_text.clone(), item)
            {
                let detail = format!(
                    "The property {key_text:?} was already written at {}. Remove one of the two.",
                    first.key.span().place()
                );
                self.diags.push(Diagnostic::error("Duplicate object attribute", detail).at(item.key.span()));
                continue;
            }
            entries.push((key_text, value));
        }
        if !known {
            return Value::dynamic().mark(marks);
        }
        Value::object(entries).mark(marks)
    }

    /// The key of an item as a string, which may be unknown. Errors give a placeholder.
    fn object_key(&mut self, expr: &Expr, item: &ObjectItem, frames: Frames<'_>) -> Value {
        let key = &item.key;
        match key.kind() {
            ExprKind::Traversal(t) if t.steps.is_empty() => return Value::string(t.root.name.clone()),
            ExprKind::Literal(Literal::Null) => return Value::string("null"),
            ExprKind::Traversal(t) => {
                let detail = format!(
                    "A key with dots can be meant in two ways. If \"{t}\" refers to a value, put it in parentheses: ({t}). If it is the text of the key, \
                     put it in quotes: \"{t}\"."
                );
                return self.error(key, expr, None, "Ambiguous attribute key", detail);
            }
            _ => {}
        }
        let mark = self.mark();
        let value = self.eval(key, frames);
        if self.errors_since(mark) {
            return Value::dynamic();
        }
        if value.is_null() {
            return self.error(key, expr, frames, "Null value as key", "The key is null. A key must be a string.");
        }
        match convert(&value, &Type::String) {
            Ok(value) => value,
            Err(e) => {
                self.error(key, expr, frames, "Incorrect key type", format!("Cannot use this value as a key: {e}."))
            }
        }
    }

    pub(super) fn for_expression(&mut self, expr: &Expr, e: &ForExpr, frames: Frames<'_>) -> Value {
        let mark = self.mark();
        let collection = self.eval(&e.collection, frames);
        if self.errors_since(mark) {
            return Value::dynamic();
        }
        if collection.is_null() {
            let detail = "The collection is null. A 'for' expression can go through a list, set, map or object.";
            return self.error(&e.collection, expr, frames, "Iteration over null value", detail);
        }
        let mut marks = collection.marks();
        if *collection.ty() == Type::Dynamic {
            return Value::dynamic().mark(marks);
        }
        if !is_iterable(collection.ty()) {
            let detail = format!(
                "A {} has no elements to go through; a list, set, map or object is needed here.",
                collection.ty().friendly()
            );
            return self.error(&e.collection, expr, frames, "Iteration over non-iterable value", detail);
        }
        let all = elements(&collection);
        if all.as_ref().is_none_or(Vec::is_empty)
            && let Some(condition) = &e.condition
        {
            // Nothing is filtered (yet), but the filter can be wrong all the same.
            let frame = Frame { outer: frames, kind: names(e, Value::dynamic(), Value::dynamic()) };
            let mark = self.mark();
            self.included(expr, condition, &frame, &mut marks);
            if self.errors_since(mark) {
                return Value::dynamic();
            }
        }
        let Some(all) = all else { return Value::dynamic().mark(marks) };
        let mut known = true;
        let mut tuple: Vec<Value> = Vec::new();
        let mut object: IndexMap<Arc<str>, Value> = IndexMap::new();
        let mut groups: IndexMap<Arc<str>, Vec<Value>> = IndexMap::new();
        for (key, value) in all {
            if self.steps_left.get() == 0 {
                break;
            }
            let frame = Frame { outer: frames, kind: names(e, key, value) };
            if let Some(condition) = &e.condition {
                match self.included(expr, condition, &frame, &mut marks) {
                    Included::Yes => {}
                    Included::No => continue,
                    Included::KnownLater => {
                        known = false;
                        continue;
                    }
                }
            }
            self.take(ELEMENT_STEPS);
            let Some(key_expr) = &e.key else {
                tuple.push(self.eval(&e.value, Some(&frame)));
                continue;
            };
            let key = self.for_key(expr, key_expr, &frame);
            let value = self.eval(&e.value, Some(&frame));
            marks = marks.union(key.marks());
            let Some(key) = key.as_str() else {
                known = false;
                continue;
            };
            if e.group {
                groups.entry(Arc::from(key)).or_default().push(value);
            } else if object.contains_key(key) {
                let detail = format!(
                    "Two elements give the key {key:?}. If that may be, write an ellipsis (...) after the value: it collects the values of each key in a list."
                );
                let detail = if marks.is_empty() {
                    detail
                } else {
                    detail.replace(&format!("{key:?}"), "of the same (sensitive) text")
                };
                self.error(key_expr, expr, Some(&frame), "Duplicate object key", detail);
            } else {
                object.insert(Arc::from(key), value);
            }
        }
        if !known {
            return Value::dynamic().mark(marks);
        }
        let result = if e.key.is_none() {
            Value::tuple(tuple)
        } else if e.group {
            Value::object(groups.into_iter().map(|(k, group)| (k, Value::tuple(group))))
        } else {
            Value::object(object)
        };
        result.mark(marks)
    }

    fn included(&mut self, expr: &Expr, condition: &Expr, frame: &Frame<'_>, marks: &mut Marks) -> Included {
        const INVALID: &str = "Invalid 'for' condition";
        let mark = self.mark();
        let value = self.eval(condition, Some(frame));
        if self.errors_since(mark) {
            return Included::KnownLater;
        }
        *marks = marks.union(value.marks());
        if value.is_null() {
            let detail = "The 'if' clause is null, and must be true or false.";
            self.error(condition, expr, Some(frame), INVALID, detail);
            return Included::KnownLater;
        }
        match convert(&value, &Type::Bool) {
            Ok(value) => match value.as_bool() {
                Some(true) => Included::Yes,
                Some(false) => Included::No,
                None => Included::KnownLater,
            },
            Err(e) => {
                let detail = format!("The 'if' clause must be true or false: {e}.");
                self.error(condition, expr, Some(frame), INVALID, detail);
                Included::KnownLater
            }
        }
    }

    fn for_key(&mut self, expr: &Expr, key: &Expr, frame: &Frame<'_>) -> Value {
        const INVALID: &str = "Invalid object key";
        let mark = self.mark();
        let value = self.eval(key, Some(frame));
        if self.errors_since(mark) {
            return Value::dynamic();
        }
        if value.is_null() {
            let detail = "The key expression of a 'for' expression must not give null.";
            return self.error(key, expr, Some(frame), INVALID, detail);
        }
        // Terraform looks at the type only when there is a value.
        if !value.is_known() {
            return Value::unknown(Type::String).mark(value.marks());
        }
        match convert(&value, &Type::String) {
            Ok(value) => value,
            Err(e) => {
                let detail = format!("The key expression gives no key: {e}.");
                self.error(key, expr, Some(frame), INVALID, detail)
            }
        }
    }

    pub(super) fn splat(&mut self, expr: &Expr, source: &Expr, each: &Expr, frames: Frames<'_>) -> Value {
        let mark = self.mark();
        let value = self.eval(source, frames);
        if self.errors_since(mark) {
            return Value::dynamic();
        }
        // Anything that is no sequence counts as a sequence of one, and null as one of none.
        let single = !value.ty().is_sequence();
        if value.is_null() {
            if single {
                return Value::tuple([]).mark(value.marks());
            }
            let detail = "A splat (with the * symbol) cannot be applied to a null sequence. Give an empty one instead: coalescelist(..., []) or a \
                          conditional.";
            return self.error(source, expr, frames, "Splat of null value", detail);
        }
        let (value, marks) = value.unmark();
        if *value.ty() == Type::Dynamic {
            return Value::dynamic().mark(marks);
        }
        if single {
            let decided = value.is_known() || value.is_not_null();
            // Evaluated also when it is not known yet whether there is an element, for its errors.
            let item = self.each(each, value.mark(marks), frames);
            return if decided { Value::tuple([item]).mark(marks) } else { Value::dynamic().mark(marks) };
        }
        let Some(all) = elements(&value) else {
            let ty = self.splat_type(each, value.ty(), frames);
            let lengths = match (value.ty(), value.refinement()) {
                (Type::List(_), Some(r)) => Refinement { min_len: r.min_len, max_len: r.max_len, ..Default::default() },
                _ => Refinement::default(),
            };
            return Value::refined(ty, lengths).mark(marks);
        };
        let mark = self.mark();
        let items: Vec<Value> = all.into_iter().map(|(_, item)| self.each(each, item, frames)).collect();
        if self.errors_since(mark) {
            let ty = self.quiet_splat_type(each, value.ty(), frames);
            return Value::unknown(ty).mark(marks);
        }
        if matches!(value.ty(), Type::Tuple(_)) {
            return Value::tuple(items).mark(marks);
        }
        let elem = match items.split_first() {
            None => match self.splat_type(each, value.ty(), frames) {
                Type::List(elem) => (*elem).clone(),
                _ => Type::Dynamic,
            },
            Some((first, rest)) if rest.iter().all(|item| item.ty() == first.ty()) => first.ty().clone(),
            Some(_) => {
                let types: Vec<Type> = items.iter().map(|item| item.ty().clone()).collect();
                let Some(elem) = unify(&types) else { return Value::tuple(items).mark(marks) };
                let same: Option<Vec<Value>> = items.iter().map(|item| convert(item, &elem).ok()).collect();
                return match same {
                    Some(same) => Value::list(elem, same).mark(marks),
                    None => Value::tuple(items).mark(marks),
                };
            }
        };
        Value::list(elem, items).mark(marks)
    }

    fn each(&mut self, each: &Expr, item: Value, frames: Frames<'_>) -> Value {
        if matches!(each.kind(), ExprKind::SplatItem) {
            return item;
        }
        let frame = Frame { outer: frames, kind: FrameKind::SplatItem(item) };
        self.eval(each, Some(&frame))
    }

    /// The type that the splat of a value of this type has.
    fn splat_type(&mut self, each: &Expr, ty: &Type, frames: Frames<'_>) -> Type {
        match ty {
            Type::List(elem) | Type::Set(elem) => {
                Type::list(self.each(each, Value::unknown((**elem).clone()), frames).ty().clone())
            }
            Type::Tuple(types) => {
                let items: Vec<Type> =
                    types.iter().map(|ty| self.each(each, Value::unknown(ty.clone()), frames).ty().clone()).collect();
                Type::tuple(items)
            }
            _ => Type::Dynamic,
        }
    }

    fn quiet_splat_type(&mut self, each: &Expr, ty: &Type, frames: Frames<'_>) -> Type {
        let mark = self.mark();
        let ty = self.splat_type(each, ty, frames);
        self.diags.0.truncate(mark);
        ty
    }
}

fn names<'f>(e: &'f ForExpr, key: Value, value: Value) -> FrameKind<'f> {
    FrameKind::Names { key: e.key_name.as_ref().map(|n| (&*n.name, key)), value: (&e.value_name.name, value) }
}
