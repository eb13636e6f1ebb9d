//! Nested blocks, and attributes that have attributes of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use craton_model::schema::{Attribute, NestedBlock, Nesting};
use craton_model::value::{Data, Marks};
use craton_model::{Path, Value};

use super::align::{self, Part};
use super::text::{SENSITIVE, UNKNOWN, quote};
use super::{Change, Diff, Spot};

/// One object of a collection: its title, what it was, what it will be, where it is.
struct Object {
    title: String,
    before: Value,
    after: Value,
    path: Path,
}

/// The objects that a nested block or attribute holds, those that belong together in pairs.
fn objects(name: &str, before: &Value, after: &Value, nesting: Nesting, none: &Value, path: &Path) -> Vec<Object> {
    let object = |title: String, before: &Value, after: &Value, path: Path| Object {
        title,
        before: before.clone(),
        after: after.clone(),
        path,
    };
    let here = || name.to_owned();
    match nesting {
        Nesting::Single | Nesting::Group => vec![object(here(), before, after, path.clone())],
        Nesting::List | Nesting::Set => {
            let set = nesting == Nesting::Set;
            let (b, a) = (before.as_seq().unwrap_or_default(), after.as_seq().unwrap_or_default());
            let at = |i: usize, v: &Value| path.then_index(if set { v.clone() } else { Value::number(i) });
            let parts = if set { align::members(b, a) } else { align::elements(b, a) };
            let pair = |part: &Part<'_>| match part {
                Part::Same(v) => object(here(), v, v, path.clone()),
                Part::Remove(i, v) => object(here(), v, none, at(*i, v)),
                Part::Add(i, v) => object(here(), none, v, at(*i, v)),
                Part::Edit(_, b, i, a) => object(here(), b, a, at(*i, a)),
            };
            parts.iter().map(pair).collect()
        }
        Nesting::Map => {
            let keys: BTreeSet<_> =
                [before, after].iter().filter_map(|v| v.as_map()).flat_map(|m| m.keys().cloned()).collect();
            let at = |v: &Value, k: &str| v.get(k).cloned().unwrap_or_else(|| none.clone());
            let path = |k: &Arc<str>| path.then_index(Value::string(k.clone()));
            keys.iter().map(|k| object(quote(k), &at(before, k), &at(after, k), path(k))).collect()
        }
    }
}

impl Diff<'_> {
    /// The blocks of one type; gives how many were left out because they stay.
    pub(super) fn blocks(
        &mut self,
        indent: usize,
        name: &str,
        before: &Value,
        after: &Value,
        nested: &NestedBlock,
        path: &Path,
    ) -> usize {
        let secret = before.marks().union(after.marks()).contains(Marks::SENSITIVE);
        if secret {
            if before == after {
                return 1;
            }
            self.out.push('\n');
            self.line(indent, Change::of(before, after), &format!("{name} {{"));
            self.note(indent + 4, "(its content is sensitive and not shown)");
            self.line(indent, Change::Same, "}");
            return 0;
        }
        if !after.is_known() {
            self.out.push('\n');
            self.line(indent, Change::Add, &format!("{name} {{ {UNKNOWN} }}"));
        }
        let none = Value::null(nested.block.implied_type().clone());
        let is_map = nested.nesting == Nesting::Map;
        let mut same = 0;
        for object in objects(name, before, after, nested.nesting, &none, path) {
            // A single block that is not known has been said.
            let after = if object.after.is_known() { object.after } else { none.clone() };
            let change = Change::of(&object.before, &after);
            if change == Change::Same {
                same += usize::from(!after.is_null());
                continue;
            }
            self.out.push('\n');
            let own = self.forces(&object.path);
            let forces = if own.is_empty() { self.forces(path) } else { own };
            let title = if is_map { format!("{name} {}", object.title) } else { object.title };
            self.line(indent, change, &format!("{title} {{{forces}"));
            self.body(indent + 4, &object.before, &after, &nested.block, &object.path);
            self.line(indent, Change::Same, "}");
        }
        same
    }

    /// An attribute with attributes of its own.
    pub(super) fn nested(
        &mut self,
        at: Spot<'_>,
        before: &Value,
        after: &Value,
        nesting: Nesting,
        attributes: &BTreeMap<Arc<str>, Attribute>,
    ) {
        let change = Change::of(before, after);
        let secret = before.marks().union(after.marks()).contains(Marks::SENSITIVE);
        let is_empty = |v: &Value| v.is_empty() && !matches!(nesting, Nesting::Single | Nesting::Group);
        if secret || change == Change::Same || (after.is_null() || is_empty(after)) && is_empty(before) {
            return self.entry(at, before, after, change);
        }
        let Spot { indent, head, end, path } = at;
        let forces = self.forces(path);
        let arrow = self.style.yellow("->");
        let end = match (after.data(), change) {
            (Data::Unknown(_), Change::Add) => {
                return self.line(indent, change, &format!("{head}{UNKNOWN}{end}{forces}"));
            }
            (Data::Unknown(_), _) => format!(" {arrow} {UNKNOWN}{end}"),
            (_, Change::Remove) => format!("{}{end}", self.style.dim(" -> null")),
            _ => end.to_owned(),
        };
        // What comes is not known: what was there is all there is to show.
        let known = |v: &Value| if v.is_known() { v.clone() } else { Value::null(v.ty().clone()) };
        let after = known(after);
        if matches!(nesting, Nesting::Single | Nesting::Group) {
            self.line(indent, change, &format!("{head}{{{forces}"));
            self.attributes(indent + 4, before, &after, attributes, path);
            return self.line(indent, Change::Same, &format!("}}{end}"));
        }
        if is_empty(&after) && before.is_null() {
            return self.entry(at, before, &after, change);
        }
        let (open, close) = if nesting == Nesting::Map { ("{", "}") } else { ("[", "]") };
        self.line(indent, change, &format!("{head}{open}{forces}"));
        let none = Value::null(craton_model::Type::Dynamic);
        let mut same = 0;
        for object in objects("", before, &after, nesting, &none, path) {
            let change = Change::of(&object.before, &object.after);
            if change == Change::Same {
                same += 1;
                continue;
            }
            if nesting != Nesting::Set {
                self.hidden(indent + 4, std::mem::take(&mut same), "element");
            }
            self.object(indent + 4, &object, change, nesting == Nesting::Map, attributes);
        }
        self.hidden(indent + 4, same, "element");
        self.line(indent, Change::Same, &format!("{close}{end}"));
    }

    fn object(
        &mut self,
        indent: usize,
        object: &Object,
        change: Change,
        is_map: bool,
        attributes: &BTreeMap<Arc<str>, Attribute>,
    ) {
        let forces = self.forces(&object.path);
        let (head, end) = if is_map { (format!("{} = ", object.title), "") } else { (String::new(), ",") };
        let gone =
            if change == Change::Remove && is_map { self.style.dim(" -> null").to_string() } else { String::new() };
        let marks = object.before.marks().union(object.after.marks());
        if marks.contains(Marks::SENSITIVE) {
            return self.line(indent, change, &format!("{head}{SENSITIVE}{gone}{end}{forces}"));
        }
        if !object.after.is_known() {
            return self.line(indent, change, &format!("{head}{UNKNOWN}{end}{forces}"));
        }
        self.line(indent, change, &format!("{head}{{{forces}"));
        self.attributes(indent + 4, &object.before, &object.after, attributes, &object.path);
        self.line(indent, Change::Same, &format!("}}{gone}{end}"));
    }
}
