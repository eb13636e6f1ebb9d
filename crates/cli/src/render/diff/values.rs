//! Values of attributes and outputs.

use std::collections::BTreeSet;

use craton_model::value::{Data, Marks};
use craton_model::{Path, Step, Type, Value};

use super::align::{self, Part};
use super::text::{SENSITIVE, UNKNOWN, json_of, key, quote, scalar, short, visible};
use super::{Change, Diff, Spot};
use crate::render::style::columns_of;

/// Unchanged lines that are shown around changed ones.
const CONTEXT: usize = 3;

/// Columns of a line where there is no terminal.
const WIDE: usize = 120;

/// Texts of fewer characters are not worth a line of their own.
const SHORT: usize = 40;

/// Texts of fewer characters are shown whole.
const LONG: usize = 160;

/// Unchanged characters that are shown around changed ones in a long text.
const AROUND: usize = 24;

impl Diff<'_> {
    /// The change of a value.
    pub(super) fn entry(&mut self, at: Spot<'_>, before: &Value, after: &Value, change: Change) {
        let secret = |v: &Value| v.marks().contains(Marks::SENSITIVE);
        if secret(before) || secret(after) {
            return self.secret(at, before, after, change);
        }
        match change {
            Change::Same | Change::Add => {
                let end = format!("{}{}", at.end, self.forces_within(at.path));
                self.whole(Spot { end: &end, ..at }, after, change, change);
            }
            Change::Remove => {
                // What goes may be a key without a value.
                let arrow = if before.is_null() { "" } else { " -> null" };
                let end = format!("{}{}{}", at.end, self.style.dim(arrow), self.forces_within(at.path));
                self.whole(Spot { end: &end, ..at }, before, change, change);
            }
            Change::Edit => self.edit(at, before, after),
        }
    }

    fn secret(&mut self, at: Spot<'_>, before: &Value, after: &Value, change: Change) {
        let secret = |v: &Value| v.marks().contains(Marks::SENSITIVE);
        let plain = |v: &Value| v.clone().unmark().0;
        let removed = if change == Change::Remove { " -> null" } else { "" };
        let note = match (secret(before), secret(after)) {
            _ if change != Change::Edit => None,
            (true, false) => Some("no longer sensitive"),
            (false, true) => Some("sensitive from now on"),
            _ => None,
        };
        let note = match note {
            Some(what) if plain(before) == plain(after) => format!(" # (unchanged, but {what})"),
            Some(what) => format!(" # ({what})"),
            None => String::new(),
        };
        let forces = self.forces_within(at.path);
        let text = format!("{}{SENSITIVE}{removed}{}{}{forces}", at.head, at.end, self.style.dim(note));
        self.line(at.indent, change, &text);
    }

    /// All of a value: `head` is the sign of its first line, `inner` that of what is in it.
    pub(super) fn whole(&mut self, at: Spot<'_>, v: &Value, head: Change, inner: Change) {
        let Spot { indent, head: text, end, path } = at;
        if v.marks().contains(Marks::SENSITIVE) {
            return self.line(indent, head, &format!("{text}{SENSITIVE}{end}"));
        }
        match v.data() {
            Data::Seq(items) if !items.is_empty() => {
                self.line(indent, head, &format!("{text}["));
                for item in items.iter() {
                    self.whole(Spot { indent: indent + 4, head: "", end: ",", path }, item, inner, inner);
                }
                self.line(indent, Change::Same, &format!("]{end}"));
            }
            Data::Map(entries) if !entries.is_empty() => {
                let keys: Vec<String> = entries.keys().map(|k| key(k, v.ty())).collect();
                let width = keys.iter().map(|k| k.chars().count()).max().unwrap_or(0);
                self.line(indent, head, &format!("{text}{{"));
                for ((_, item), key) in entries.iter().zip(keys) {
                    let head = format!("{key}{} = ", " ".repeat(width - key.chars().count()));
                    self.whole(Spot { indent: indent + 4, head: &head, end: "", path }, item, inner, inner);
                }
                self.line(indent, Change::Same, &format!("}}{end}"));
            }
            Data::String(s) => match json_of(s) {
                Some(json) => {
                    self.line(indent, head, &format!("{text}jsonencode("));
                    self.whole(Spot { indent: indent + 4, head: "", end: "", path }, &json, inner, inner);
                    self.line(indent, Change::Same, &format!("){end}"));
                }
                None if s.trim_end_matches('\n').contains('\n') => {
                    self.line(indent, head, &format!("{text}<<-EOT"));
                    for l in s.strip_suffix('\n').unwrap_or(s).split('\n') {
                        self.line(indent + 4, Change::Same, &visible(l));
                    }
                    self.line(indent, Change::Same, &format!("EOT{end}"));
                }
                None => self.line(indent, head, &format!("{text}{}{end}", scalar(v))),
            },
            _ => self.line(indent, head, &format!("{text}{}{end}", scalar(v))),
        }
    }

    fn edit(&mut self, at: Spot<'_>, before: &Value, after: &Value) {
        let Spot { indent, head, end, path } = at;
        let forces = self.forces(path);
        if before.ty() != after.ty() && same_content(before, after) {
            let (was, is) = (before.ty().friendly(), after.ty().friendly());
            let note = self.style.dim(format!("# (only its type changes: {was} -> {is})"));
            return self.line(indent, Change::Edit, &format!("{head}{}{end} {note}{forces}", brief(after)));
        }
        match (before.data(), after.data()) {
            (Data::Seq(b), Data::Seq(a)) if !b.is_empty() && !a.is_empty() => {
                self.line(indent, Change::Edit, &format!("{head}[{forces}"));
                self.elements(indent + 4, b, a, matches!(after.ty(), Type::Set(_)), path);
                self.line(indent, Change::Same, &format!("]{end}"));
            }
            // From or to an empty one is nothing but additions or removals.
            (Data::Seq(b), Data::Seq(a)) if !b.is_empty() || !a.is_empty() => {
                let (v, inner) = if b.is_empty() { (after, Change::Add) } else { (before, Change::Remove) };
                let end = format!("{end}{}", self.forces_within(path));
                self.whole(Spot { end: &end, ..at }, v, Change::Edit, inner);
            }
            (Data::Map(_), Data::Map(_)) => {
                self.line(indent, Change::Edit, &format!("{head}{{{forces}"));
                self.entries(indent + 4, before, after, path);
                self.line(indent, Change::Same, &format!("}}{end}"));
            }
            (Data::String(b), Data::String(a)) => self.strings(at, b, a),
            (_, Data::Unknown(_)) => self.unknown_after(at, before),
            _ => self.two_sides(at, before, after),
        }
    }

    /// What was there, and that what comes is not known yet.
    fn unknown_after(&mut self, at: Spot<'_>, before: &Value) {
        let forces = self.forces_within(at.path);
        let arrow = self.style.yellow("->");
        let line = format!("{}{} {arrow} {UNKNOWN}{}{forces}", at.head, short(before), at.end);
        if self.fits_values(at.indent, &line, before, before) {
            return self.line(at.indent, Change::Edit, &line);
        }
        if matches!(before.data(), Data::String(s) if json_of(s).is_none() && !s.contains('\n')) {
            return self.two_sides(at, before, &Value::unknown(before.ty().clone()));
        }
        let end = format!(" {arrow} {UNKNOWN}{}{forces}", at.end);
        self.whole(Spot { end: &end, ..at }, before, Change::Edit, Change::Remove);
    }

    /// Before and after on one line, or below one another where that is too long.
    fn two_sides(&mut self, at: Spot<'_>, before: &Value, after: &Value) {
        let forces = self.forces_within(at.path);
        let arrow = self.style.yellow("->");
        let line = format!("{}{} {arrow} {}{}{forces}", at.head, short(before), short(after), at.end);
        if self.fits_values(at.indent, &line, before, after) {
            return self.line(at.indent, Change::Edit, &line);
        }
        self.line(at.indent, Change::Edit, &format!("{}{forces}", at.head.trim_end()));
        for (v, change) in [(before, Change::Remove), (after, Change::Add)] {
            self.whole(Spot { indent: at.indent + 4, head: "", ..at }, v, change, change);
        }
    }

    fn fits(&self, indent: usize, line: &str) -> bool {
        indent + 2 + columns_of(line) <= self.style.fold.unwrap_or(WIDE)
    }

    /// Whether two values can stand on a line. Short ones do even where that has to be folded.
    fn fits_values(&self, indent: usize, line: &str, before: &Value, after: &Value) -> bool {
        let is_short = |v: &Value| columns_of(&short(v)) < SHORT;
        !is_document(before) && !is_document(after) && (self.fits(indent, line) || is_short(before) && is_short(after))
    }

    fn entries(&mut self, indent: usize, before: &Value, after: &Value, path: &Path) {
        let (Some(b), Some(a)) = (before.as_map(), after.as_map()) else { return };
        let null = Value::null(Type::Dynamic);
        let names: BTreeSet<_> = b.keys().chain(a.keys()).collect();
        let is_map = matches!(after.ty(), Type::Map(_));
        let (mut same, mut shown) = (0, Vec::new());
        for name in names {
            let (old, new) = (b.get(name), a.get(name));
            let change = match (old, new) {
                // A key that has no value is something else than a key that is not there.
                (None, Some(new)) if new.is_null() && is_map => Change::Add,
                (Some(old), None) if old.is_null() && is_map => Change::Remove,
                _ => Change::of(old.unwrap_or(&null), new.unwrap_or(&null)),
            };
            match change {
                Change::Same => same += 1,
                _ => shown.push((name, key(name, after.ty()), old.unwrap_or(&null), new.unwrap_or(&null), change)),
            }
        }
        let width = shown.iter().map(|s| s.1.chars().count()).max().unwrap_or(0);
        for (name, key, old, new, change) in shown {
            let step = if is_map { Step::Index(Value::string(name.clone())) } else { Step::Attr(name.clone()) };
            let head = format!("{key}{} = ", " ".repeat(width - key.chars().count()));
            self.entry(Spot { indent, head: &head, end: "", path: &path.then(step) }, old, new, change);
        }
        self.hidden(indent, same, if is_map { "element" } else { "attribute" });
    }

    fn elements(&mut self, indent: usize, before: &[Value], after: &[Value], set: bool, path: &Path) {
        let parts = if set { align::members(before, after) } else { align::elements(before, after) };
        let step = |i: usize, v: &Value| if set { Step::Index(v.clone()) } else { Step::Index(Value::number(i)) };
        let is_same = |i: usize| parts.get(i).is_none_or(|p| matches!(p, Part::Same(_)));
        let mut hidden = 0;
        for (i, part) in parts.iter().enumerate() {
            let (v, change, path) = match part {
                // In a list, what stands beside a change says where it is.
                Part::Same(v) if !set && is_flat(v) && (i > 0 && !is_same(i - 1) || !is_same(i + 1)) => {
                    (v, Change::Same, path.clone())
                }
                Part::Same(_) => {
                    hidden += 1;
                    continue;
                }
                Part::Remove(at, v) => (v, Change::Remove, path.then(step(*at, v))),
                Part::Add(at, v) => (v, Change::Add, path.then(step(*at, v))),
                Part::Edit(_, b, at, a) => {
                    self.hidden(indent, std::mem::take(&mut hidden), "element");
                    let path = path.then_index(Value::number(*at));
                    self.entry(Spot { indent, head: "", end: ",", path: &path }, b, a, Change::Edit);
                    continue;
                }
            };
            if !set {
                self.hidden(indent, std::mem::take(&mut hidden), "element");
            }
            let end = if change == Change::Same { ",".into() } else { format!(",{}", self.forces_within(&path)) };
            self.whole(Spot { indent, head: "", end: &end, path: &path }, v, change, change);
        }
        self.hidden(indent, hidden, "element");
    }

    fn strings(&mut self, at: Spot<'_>, before: &str, after: &str) {
        let Spot { indent, head, end, path } = at;
        let forces = self.forces(path);
        if let (Some(old), Some(new)) = (json_of(before), json_of(after)) {
            if old == new {
                let note = self.style.dim("# (only white space or the order of keys changes)");
                return self.line(indent, Change::Edit, &format!("{head}jsonencode(...){end} {note}{forces}"));
            }
            self.line(indent, Change::Edit, &format!("{head}jsonencode({forces}"));
            self.edit(Spot { indent: indent + 4, head: "", end: "", path: &Path::default() }, &old, &new);
            return self.line(indent, Change::Same, &format!("){end}"));
        }
        if before.trim_end_matches('\n').contains('\n') || after.trim_end_matches('\n').contains('\n') {
            self.line(indent, Change::Edit, &format!("{head}<<-EOT{forces}"));
            self.lines(indent + 4, before, after);
            return self.line(indent, Change::Same, &format!("EOT{end}"));
        }
        let arrow = self.style.yellow("->");
        let line = format!("{head}{} {arrow} {}{end}{forces}", quote(before), quote(after));
        if self.fits(indent, &line) || before.chars().count().max(after.chars().count()) < SHORT {
            return self.line(indent, Change::Edit, &line);
        }
        self.line(indent, Change::Edit, &format!("{}{forces}", head.trim_end()));
        let (old, new, hidden) = shortened(before, after);
        self.line(indent + 4, Change::Remove, &format!("{}{end}", quote(&old)));
        self.line(indent + 4, Change::Add, &format!("{}{end}", quote(&new)));
        self.hidden(indent + 4, hidden, "character");
    }

    /// A text of several lines, line by line.
    fn lines(&mut self, indent: usize, before: &str, after: &str) {
        let split = |s: &str| s.strip_suffix('\n').unwrap_or(s).split('\n').map(Value::from).collect::<Vec<_>>();
        let (b, a) = (split(before), split(after));
        let parts = align::sequence(&b, &a);
        // How far each line is from the next change, looking both ways.
        let mut far = vec![usize::MAX; parts.len()];
        for order in [(0..parts.len()).collect::<Vec<_>>(), (0..parts.len()).rev().collect()] {
            let mut distance = usize::MAX;
            for i in order {
                distance = if matches!(parts[i], Part::Same(_)) { distance.saturating_add(1) } else { 0 };
                far[i] = far[i].min(distance);
            }
        }
        let mut hidden = 0;
        for (part, far) in parts.iter().zip(far) {
            let (change, v) = match part {
                Part::Same(_) if far > CONTEXT => {
                    hidden += 1;
                    continue;
                }
                Part::Same(v) => (Change::Same, v),
                Part::Remove(_, v) => (Change::Remove, v),
                Part::Add(_, v) | Part::Edit(_, _, _, v) => (Change::Add, v),
            };
            self.hidden(indent, std::mem::take(&mut hidden), "line");
            self.line(indent, change, &visible(v.as_str().unwrap_or_default()));
        }
        self.hidden(indent, hidden, "line");
        match (before.ends_with('\n'), after.ends_with('\n')) {
            (true, false) => self.note(indent, "(without a line end at the end of the text)"),
            (false, true) => self.note(indent, "(with a line end at the end of the text)"),
            _ => {}
        }
    }
}

/// Whether two values print the same, whatever their types.
fn same_content(before: &Value, after: &Value) -> bool {
    let whole = |v: &Value| v.is_wholly_known() && v.marks_deep().is_empty();
    let parts = |v: &Value| matches!(v.data(), Data::Seq(_) | Data::Map(_));
    parts(before)
        && parts(after)
        && whole(before)
        && whole(after)
        && craton_model::json::to_json(before) == craton_model::json::to_json(after)
}

/// A collection as its brackets alone.
fn brief(v: &Value) -> &'static str {
    match v.data() {
        Data::Seq(items) if items.is_empty() => "[]",
        Data::Map(entries) if entries.is_empty() => "{}",
        Data::Map(_) => "{...}",
        _ => "[...]",
    }
}

/// Whether it takes several lines to read.
fn is_document(v: &Value) -> bool {
    matches!(v.data(), Data::String(s) if json_of(s).is_some() || s.trim_end_matches('\n').contains('\n'))
}

fn is_flat(v: &Value) -> bool {
    match v.data() {
        Data::Seq(items) => items.is_empty(),
        Data::Map(entries) => entries.is_empty(),
        Data::String(s) => !s.contains('\n') && json_of(s).is_none() && s.chars().count() <= 60,
        _ => true,
    }
}

/// Two long texts without most of what they have in common at their ends, and how many characters were left out.
fn shortened(before: &str, after: &str) -> (String, String, usize) {
    let (b, a): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
    let head = b.iter().zip(&a).take_while(|(x, y)| x == y).count();
    let most = b.len().min(a.len()) - head;
    let tail = b.iter().rev().zip(a.iter().rev()).take(most).take_while(|(x, y)| x == y).count();
    // The mark and the note take room too: a few characters are not worth it.
    let long = b.len().max(a.len()) > LONG;
    let left_out = |n: usize| if long && n > 2 * AROUND { n - AROUND } else { 0 };
    let (from, to) = (left_out(head), left_out(tail));
    let text = |all: &[char]| {
        let middle: String = all[from..all.len() - to].iter().collect();
        format!("{}{middle}{}", if from > 0 { "…" } else { "" }, if to > 0 { "…" } else { "" })
    };
    (text(&b), text(&a), from + to)
}
