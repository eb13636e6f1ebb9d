//! The difference of two values, as indented lines.

mod align;
mod listing;
mod nested;
mod text;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use craton_model::schema::{Attribute, AttributeType, Block};
use craton_model::value::Data;
use craton_model::{Path, Type, Value};

use super::style::Style;
use text::WRITE_ONLY;

/// What happens to a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Same,
    Add,
    Remove,
    Edit,
}

impl Change {
    fn of(before: &Value, after: &Value) -> Self {
        match (before.is_null(), after.is_null()) {
            _ if before == after => Change::Same,
            (true, true) => Change::Same,
            (true, false) => Change::Add,
            (false, true) => Change::Remove,
            (false, false) => Change::Edit,
        }
    }
}

/// Writes differences. Columns count from the sign: an attribute at depth `n` has its sign at
/// column `n` and its text two columns on.
pub struct Diff<'a> {
    style: &'a Style,
    /// Attributes because of which the object is replaced.
    replace: &'a [Path],
    /// Write-only attributes that the configuration sets: neither a plan nor a state holds anything of them.
    write_only: BTreeSet<String>,
    /// Whether additions have a sign.
    signs: bool,
    out: String,
}

/// Where a value stands: how far in, what is before it on its line, what is after it, and its path.
#[derive(Clone, Copy)]
struct Spot<'s> {
    indent: usize,
    head: &'s str,
    end: &'s str,
    path: &'s Path,
}

impl<'a> Diff<'a> {
    /// An empty difference.
    pub fn new(style: &'a Style, replace: &'a [Path]) -> Self {
        Self { style, replace, write_only: BTreeSet::new(), signs: true, out: String::new() }
    }

    /// Names the write-only attributes that the configuration sets.
    #[must_use]
    pub fn with_write_only(mut self, names: BTreeSet<String>) -> Self {
        self.write_only = names;
        self
    }

    /// The text written so far.
    pub fn finish(self) -> String {
        self.out
    }

    fn sign(&self, change: Change) -> String {
        match change {
            Change::Same => " ".into(),
            Change::Add if !self.signs => " ".into(),
            Change::Add => self.style.green("+").to_string(),
            Change::Remove => self.style.red("-").to_string(),
            Change::Edit => self.style.yellow("~").to_string(),
        }
    }

    fn line(&mut self, indent: usize, change: Change, text: &str) {
        self.out.push_str(&" ".repeat(indent));
        self.out.push_str(&self.sign(change));
        self.out.push(' ');
        self.out.push_str(text);
        self.out.truncate(self.out.trim_end_matches(' ').len());
        self.out.push('\n');
    }

    fn note(&mut self, indent: usize, text: &str) {
        let text = self.style.dim(format!("# {text}")).to_string();
        self.line(indent, Change::Same, &text);
    }

    fn hidden(&mut self, indent: usize, count: usize, what: &str) {
        if count > 0 {
            self.note(indent, &format!("({count} unchanged {what}{} hidden)", if count == 1 { "" } else { "s" }));
        }
    }

    /// The note on an attribute because of which the object is replaced.
    fn forces(&self, path: &Path) -> String {
        self.forced(self.replace.contains(path))
    }

    /// The same on a value that is shown as a whole, for whatever is in it.
    fn forces_within(&self, path: &Path) -> String {
        self.forced(!path.0.is_empty() && self.replace.iter().any(|p| p.starts_with(path)))
    }

    fn forced(&self, yes: bool) -> String {
        if yes { format!(" {}", self.style.red("# forces replacement")) } else { String::new() }
    }

    /// The attributes and blocks of a resource (or of a block in it).
    pub fn body(&mut self, indent: usize, before: &Value, after: &Value, block: &Block, path: &Path) {
        self.attributes(indent, before, after, &block.attributes, path);
        let mut same = 0;
        for (name, nested) in &block.blocks {
            let ty = || nested.nesting.collection(nested.block.implied_type().clone());
            let (b, a) = (part(before, name, ty), part(after, name, ty));
            same += self.blocks(indent, name, &b, &a, nested, &path.then_attr(name.clone()));
        }
        self.hidden(indent, same, "block");
    }

    fn attributes(
        &mut self,
        indent: usize,
        before: &Value,
        after: &Value,
        attributes: &BTreeMap<Arc<str>, Attribute>,
        path: &Path,
    ) {
        let creating = before.is_null();
        let mut shown = Vec::new();
        let mut same = 0;
        for (name, attribute) in attributes {
            let ty = || attribute.value_type();
            let (mut b, mut a) = (part(before, name, ty), part(after, name, ty));
            if attribute.sensitive {
                (b, a) = (b.sensitive(), a.sensitive());
            }
            let change = Change::of(&b, &a);
            // What identifies the object is shown even when it stays.
            let keeps = !creating && !after.is_null() && matches!(name.as_ref(), "id" | "name") && !a.is_null();
            // An empty string or collection that goes with the object says nothing.
            let empty = b.as_str() == Some("") || b.is_empty();
            match change {
                Change::Same if attribute.write_only && !after.is_null() => {
                    let full = path.then_attr(name.clone()).to_string();
                    if self.write_only.contains(&full) {
                        shown.push((name, b, a, change, attribute));
                    }
                }
                Change::Same if a.is_null() => {}
                Change::Remove if after.is_null() && empty => {}
                Change::Same if keeps => shown.push((name, b, a, change, attribute)),
                Change::Same => same += 1,
                _ => shown.push((name, b, a, change, attribute)),
            }
        }
        let width = shown.iter().map(|(n, ..)| n.chars().count()).max().unwrap_or(0);
        for (name, b, a, change, attribute) in shown {
            let path = path.then_attr(name.clone());
            let head = format!("{name}{} = ", " ".repeat(width - name.chars().count()));
            let at = Spot { indent, head: &head, end: "", path: &path };
            match &attribute.ty {
                _ if attribute.write_only => {
                    let sign = if creating { Change::Add } else { Change::Same };
                    self.line(indent, sign, &format!("{head}{WRITE_ONLY}{}", self.forces(&path)));
                }
                AttributeType::Nested(nesting, inner) => self.nested(at, &b, &a, *nesting, inner),
                AttributeType::Plain(_) => self.entry(at, &b, &a, change),
            }
        }
        self.hidden(indent, same, "attribute");
    }

    /// An output (or any named value): its change on a line of its own.
    pub fn named(&mut self, indent: usize, head: &str, before: &Value, after: &Value) {
        let at = Spot { indent, head, end: "", path: &Path::default() };
        self.entry(at, before, after, Change::of(before, after));
    }
}

/// An attribute of an object, or what it is when the object is null or not known.
fn part(v: &Value, name: &str, ty: impl Fn() -> Type) -> Value {
    match v.data() {
        Data::Unknown(_) => Value::unknown(ty()),
        _ => v.get(name).cloned().unwrap_or_else(|| Value::null(ty())),
    }
}
