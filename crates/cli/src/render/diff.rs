//! A value, or the difference of two, as indented lines.

use craton_model::schema::{AttributeType, Block, NestedBlock, Nesting};
use craton_model::value::{Data, Marks};
use craton_model::{Path, Step, Type, Value};
use serde_json::Value as Json;

use super::style::Style;

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
    out: String,
}

const UNKNOWN: &str = "(known after apply)";
const SENSITIVE: &str = "(sensitive value)";

impl<'a> Diff<'a> {
    /// An empty difference.
    pub fn new(style: &'a Style, replace: &'a [Path]) -> Self {
        Self { style, replace, out: String::new() }
    }

    /// The text written so far.
    pub fn finish(self) -> String {
        self.out
    }

    fn sign(&self, change: Change) -> String {
        match change {
            Change::Same => " ".into(),
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

    fn forces(&self, path: &Path) -> String {
        if self.replace.contains(path) { format!(" {}", self.style.red("# forces replacement")) } else { String::new() }
    }

    /// The attributes and blocks of a resource (or of a block in it).
    pub fn body(&mut self, indent: usize, before: &Value, after: &Value, block: &Block, path: &Path) {
        let null = |ty: Type| Value::null(ty);
        let of = |v: &Value, name: &str, ty: &dyn Fn() -> Type| match v.data() {
            Data::Unknown(_) => Value::unknown(ty()),
            _ => v.get(name).cloned().unwrap_or_else(|| null(ty())),
        };
        let creating = before.is_null();
        let mut shown = Vec::new();
        let mut same = 0;
        for (name, attribute) in &block.attributes {
            let ty = || attribute.value_type();
            let (mut b, mut a) = (of(before, name, &ty), of(after, name, &ty));
            if attribute.sensitive {
                (b, a) = (b.sensitive(), a.sensitive());
            }
            let change = Change::of(&b, &a);
            // What identifies the object is shown even when it stays.
            let keeps = !creating && !after.is_null() && matches!(name.as_ref(), "id" | "name") && !a.is_null();
            // An empty string or collection that goes with the object says nothing.
            let empty = b.as_str() == Some("") || b.is_empty();
            match change {
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
            let policy = matches!(&attribute.ty, AttributeType::Plain(Type::String));
            self.entry(indent, &head, &b, &a, change, &path, policy);
        }
        self.hidden(indent, same, "attribute");
        let mut same = 0;
        for (name, nested) in &block.blocks {
            let ty = || nested.nesting.collection(nested.block.implied_type().clone());
            let (b, a) = (of(before, name, &ty), of(after, name, &ty));
            same += self.blocks(indent, name, &b, &a, nested, &path.then_attr(name.clone()));
        }
        self.hidden(indent, same, "block");
    }

    /// The blocks of one type; gives how many were left out because they stay.
    fn blocks(
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
            self.note(indent + 4, "At least one attribute in this block is sensitive, so its content is not shown.");
            self.line(indent, Change::Same, "}");
            return 0;
        }
        if !after.is_known() {
            self.out.push('\n');
            self.line(indent, Change::Add, &format!("{name} {{ {UNKNOWN} }}"));
        }
        let none = Value::null(nested.block.implied_type().clone());
        let mut pairs: Vec<(String, Value, Value, Path)> = Vec::new();
        match nested.nesting {
            Nesting::Single | Nesting::Group => {
                pairs.push((name.to_owned(), before.clone(), after.clone(), path.clone()));
            }
            Nesting::List => {
                let (b, a) = (before.as_seq().unwrap_or_default(), after.as_seq().unwrap_or_default());
                for i in 0..b.len().max(a.len()) {
                    let at = |s: &[Value]| s.get(i).cloned().unwrap_or_else(|| none.clone());
                    pairs.push((name.to_owned(), at(b), at(a), path.then_index(Value::number(i))));
                }
            }
            Nesting::Set => {
                let (b, a) = (before.as_seq().unwrap_or_default(), after.as_seq().unwrap_or_default());
                let was: std::collections::HashSet<&Value> = b.iter().collect();
                let is: std::collections::HashSet<&Value> = a.iter().collect();
                for v in b {
                    let after = if is.contains(v) { v.clone() } else { none.clone() };
                    pairs.push((name.to_owned(), v.clone(), after, path.then_index(v.clone())));
                }
                for v in a.iter().filter(|v| !was.contains(v)) {
                    pairs.push((name.to_owned(), none.clone(), v.clone(), path.then_index(v.clone())));
                }
            }
            Nesting::Map => {
                let keys: std::collections::BTreeSet<_> =
                    [before, after].iter().filter_map(|v| v.as_map()).flat_map(|m| m.keys().cloned()).collect();
                for k in keys {
                    let at = |v: &Value| v.get(&k).cloned().unwrap_or_else(|| none.clone());
                    let path = path.then_index(Value::string(k.clone()));
                    pairs.push((format!("{name} {k:?}"), at(before), at(after), path));
                }
            }
        }
        let mut same = 0;
        for (title, b, a, at) in pairs {
            match Change::of(&b, &a) {
                Change::Same => same += usize::from(!a.is_null()),
                change => {
                    self.out.push('\n');
                    let mut forces = self.forces(&at);
                    if forces.is_empty() {
                        forces = self.forces(path);
                    }
                    self.line(indent, change, &format!("{title} {{{forces}"));
                    self.body(indent + 4, &b, &a, &nested.block, &at);
                    self.line(indent, Change::Same, "}");
                }
            }
        }
        same
    }

    /// `head` and the change of a value behind it. `text` says that JSON in a string is worth
    /// comparing as JSON.
    #[allow(clippy::too_many_arguments, reason = "one line of output has this many parts")]
    fn entry(
        &mut self,
        indent: usize,
        head: &str,
        before: &Value,
        after: &Value,
        change: Change,
        path: &Path,
        text: bool,
    ) {
        let forces = self.forces(path);
        if before.marks().union(after.marks()).contains(Marks::SENSITIVE) {
            let removed = if change == Change::Remove { " -> null" } else { "" };
            return self.line(indent, change, &format!("{head}{SENSITIVE}{removed}{forces}"));
        }
        match change {
            Change::Same | Change::Add => self.whole(indent, head, after, change, &forces, text),
            Change::Remove => {
                let end = format!("{}{forces}", self.style.dim(" -> null"));
                self.whole(indent, head, before, change, &end, text);
            }
            Change::Edit => self.edit(indent, head, before, after, path, &forces, text),
        }
    }

    /// All of a value, each line with the same sign.
    fn whole(&mut self, indent: usize, head: &str, v: &Value, change: Change, end: &str, text: bool) {
        if v.marks().contains(Marks::SENSITIVE) {
            return self.line(indent, change, &format!("{head}{SENSITIVE}{end}"));
        }
        match v.data() {
            Data::Seq(items) if !items.is_empty() => {
                self.line(indent, change, &format!("{head}["));
                for item in items.iter() {
                    self.whole(indent + 4, "", item, change, ",", false);
                }
                self.line(indent, Change::Same, &format!("]{end}"));
            }
            Data::Map(entries) if !entries.is_empty() => {
                let keys: Vec<String> = entries.keys().map(|k| key(k, v.ty())).collect();
                let width = keys.iter().map(|k| k.chars().count()).max().unwrap_or(0);
                self.line(indent, change, &format!("{head}{{"));
                for ((_, item), key) in entries.iter().zip(keys) {
                    let head = format!("{key}{} = ", " ".repeat(width - key.chars().count()));
                    self.whole(indent + 4, &head, item, change, "", false);
                }
                self.line(indent, Change::Same, &format!("}}{end}"));
            }
            Data::String(s) => match json_of(s).filter(|_| text) {
                Some(json) => {
                    self.line(indent, change, &format!("{head}jsonencode("));
                    self.whole(indent + 4, "", &json, change, "", false);
                    self.line(indent, Change::Same, &format!("){end}"));
                }
                None if s.trim_end_matches('\n').contains('\n') => {
                    self.line(indent, change, &format!("{head}<<-EOT{end}"));
                    for l in s.trim_end_matches('\n').split('\n') {
                        self.out.push_str(format!("{}{l}", " ".repeat(indent + 6)).trim_end());
                        self.out.push('\n');
                    }
                    self.line(indent, Change::Same, "EOT");
                }
                None => self.line(indent, change, &format!("{head}{}{end}", scalar(v))),
            },
            _ => self.line(indent, change, &format!("{head}{}{end}", scalar(v))),
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one line of output has this many parts")]
    fn edit(
        &mut self,
        indent: usize,
        head: &str,
        before: &Value,
        after: &Value,
        path: &Path,
        forces: &str,
        text: bool,
    ) {
        match (before.data(), after.data()) {
            (Data::Seq(b), Data::Seq(a)) => {
                self.line(indent, Change::Edit, &format!("{head}[{forces}"));
                self.elements(indent + 4, b, a, matches!(after.ty(), Type::Set(_)), path);
                self.line(indent, Change::Same, "]");
            }
            (Data::Map(b), Data::Map(a)) => {
                self.line(indent, Change::Edit, &format!("{head}{{{forces}"));
                let null = Value::null(Type::Dynamic);
                let names: std::collections::BTreeSet<_> = b.keys().chain(a.keys()).collect();
                let mut same = 0;
                let mut shown = Vec::new();
                for name in names {
                    let (old, new) = (b.get(name).unwrap_or(&null), a.get(name).unwrap_or(&null));
                    match Change::of(old, new) {
                        Change::Same => same += 1,
                        change => shown.push((name, key(name, after.ty()), old, new, change)),
                    }
                }
                let width = shown.iter().map(|s| s.1.chars().count()).max().unwrap_or(0);
                for (name, key, old, new, change) in shown {
                    let step = match after.ty() {
                        Type::Map(_) => Step::Index(Value::string(name.clone())),
                        _ => Step::Attr(name.clone()),
                    };
                    let head = format!("{key}{} = ", " ".repeat(width - key.chars().count()));
                    self.entry(indent + 4, &head, old, new, change, &path.then(step), false);
                }
                self.hidden(indent + 4, same, "element");
                self.line(indent, Change::Same, "}");
            }
            (Data::String(b), Data::String(a)) if text && json_of(b).is_some() && json_of(a).is_some() => {
                let (Some(old), Some(new)) = (json_of(b), json_of(a)) else { return };
                if old == new {
                    return self.line(
                        indent,
                        Change::Edit,
                        &format!("{head}jsonencode( # only white space or order changes{forces}"),
                    );
                }
                self.line(indent, Change::Edit, &format!("{head}jsonencode({forces}"));
                self.edit(indent + 4, "", &old, &new, &Path::default(), "", false);
                self.line(indent, Change::Same, ")");
            }
            (Data::String(b), Data::String(a)) if b.contains('\n') || a.contains('\n') => {
                self.line(indent, Change::Edit, &format!("{head}<<-EOT{forces}"));
                let lines = |s: &str| s.trim_end_matches('\n').split('\n').map(Value::from).collect::<Vec<_>>();
                for (change, v) in sequence(&lines(b), &lines(a)) {
                    let line = v.as_str().unwrap_or_default().to_owned();
                    self.line(indent + 4, change, &line);
                }
                self.line(indent, Change::Same, "EOT");
            }
            _ => {
                let text = format!("{head}{} {} {}{forces}", short(before), self.style.yellow("->"), short(after));
                self.line(indent, Change::Edit, &text);
            }
        }
    }

    fn elements(&mut self, indent: usize, before: &[Value], after: &[Value], set: bool, path: &Path) {
        // Objects that stand at the same place are the same thing edited; primitives come and go.
        let objects = |s: &[Value]| s.iter().any(|v| matches!(v.data(), Data::Map(_)));
        if !set && before.len() == after.len() && objects(before) {
            let mut same = 0;
            for (i, (b, a)) in before.iter().zip(after).enumerate() {
                match Change::of(b, a) {
                    Change::Same => same += 1,
                    change => self.entry(indent, "", b, a, change, &path.then_index(Value::number(i)), false),
                }
            }
            return self.hidden(indent, same, "element");
        }
        let mut same = 0;
        let parts = if set { members(before, after) } else { sequence(before, after) };
        for (change, v) in parts {
            match change {
                Change::Same => same += 1,
                _ => self.whole(indent, "", v, change, ",", false),
            }
        }
        self.hidden(indent, same, "element");
    }

    /// An output (or any named value): its change on a line of its own.
    pub fn named(&mut self, indent: usize, head: &str, before: &Value, after: &Value) {
        self.entry(indent, head, before, after, Change::of(before, after), &Path::default(), true);
    }
}

/// A set's elements: those that go, those that come, those that stay.
fn members<'v>(before: &'v [Value], after: &'v [Value]) -> Vec<(Change, &'v Value)> {
    let was: std::collections::HashSet<&Value> = before.iter().collect();
    let is: std::collections::HashSet<&Value> = after.iter().collect();
    let gone = before.iter().map(|v| if is.contains(v) { (Change::Same, v) } else { (Change::Remove, v) });
    gone.chain(after.iter().filter(|v| !was.contains(v)).map(|v| (Change::Add, v))).collect()
}

/// The shortest edit of one sequence into another. Long sequences that differ everywhere are shown
/// as removed and added whole, so that the cost stays in proportion.
fn sequence<'v>(before: &'v [Value], after: &'v [Value]) -> Vec<(Change, &'v Value)> {
    let head = before.iter().zip(after).take_while(|(b, a)| b == a).count();
    let rest = before.len().min(after.len()) - head;
    let tail = before.iter().rev().zip(after.iter().rev()).take(rest).take_while(|(b, a)| b == a).count();
    let (b, a) = (&before[head..before.len() - tail], &after[head..after.len() - tail]);
    let mut out: Vec<(Change, &Value)> = before[..head].iter().map(|v| (Change::Same, v)).collect();
    if b.len() * a.len() > 1_000_000 {
        out.extend(b.iter().map(|v| (Change::Remove, v)));
        out.extend(a.iter().map(|v| (Change::Add, v)));
    } else {
        // longest[i][j]: the longest common part of b[i..] and a[j..].
        let mut longest = vec![vec![0u32; a.len() + 1]; b.len() + 1];
        for i in (0..b.len()).rev() {
            for j in (0..a.len()).rev() {
                longest[i][j] =
                    if b[i] == a[j] { longest[i + 1][j + 1] + 1 } else { longest[i + 1][j].max(longest[i][j + 1]) };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < b.len() || j < a.len() {
            if i < b.len() && j < a.len() && b[i] == a[j] {
                out.push((Change::Same, &a[j]));
                (i, j) = (i + 1, j + 1);
            } else if i < b.len() && (j == a.len() || longest[i + 1][j] >= longest[i][j + 1]) {
                out.push((Change::Remove, &b[i]));
                i += 1;
            } else {
                out.push((Change::Add, &a[j]));
                j += 1;
            }
        }
    }
    out.extend(after[after.len() - tail..].iter().map(|v| (Change::Same, v)));
    out
}

fn json_of(s: &str) -> Option<Value> {
    if !s.starts_with(['{', '[']) {
        return None;
    }
    let json: Json = serde_json::from_str(s).ok()?;
    let empty = json.as_object().is_some_and(serde_json::Map::is_empty) || json.as_array().is_some_and(Vec::is_empty);
    (!empty).then(|| craton_model::json::from_json_implied(&json))
}

fn key(name: &str, ty: &Type) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if matches!(ty, Type::Object(_)) && plain { name.to_owned() } else { quote(name) }
}

/// Text in quotes as HCL writes it.
pub fn quote(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + 2);
    out.push('"');
    for (i, c) in s.char_indices() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if s[i + 1..].starts_with('{') => {
                out.push(c);
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn scalar(v: &Value) -> String {
    if v.marks().contains(Marks::SENSITIVE) {
        return SENSITIVE.into();
    }
    match v.data() {
        Data::Null => "null".into(),
        Data::Unknown(_) => UNKNOWN.into(),
        Data::Bool(b) => b.to_string(),
        Data::Number(n) => n.to_string(),
        Data::String(s) => quote(s),
        Data::Seq(_) => "[]".into(),
        Data::Map(_) => "{}".into(),
    }
}

/// One line for a value whatever its kind, for changes between different kinds.
fn short(v: &Value) -> String {
    match v.data() {
        Data::Seq(items) if !items.is_empty() => {
            format!("[{}]", items.iter().map(short).collect::<Vec<_>>().join(", "))
        }
        Data::Map(entries) if !entries.is_empty() => {
            let all: Vec<String> = entries.iter().map(|(k, e)| format!("{} = {}", key(k, v.ty()), short(e))).collect();
            format!("{{ {} }}", all.join(", "))
        }
        _ => scalar(v),
    }
}

impl Diff<'_> {
    /// The attributes and blocks of an object without any sign: what is, not what changes.
    pub fn listing(&mut self, indent: usize, v: &Value, block: &Block, path: &Path) {
        let from = self.out.len();
        let null = Value::null(v.ty().clone());
        self.body(indent - 2, &null, v, block, path);
        // An addition is written with a sign in front; a listing has none.
        let text = self.out.split_off(from);
        let plus = self.style.green("+ ").to_string();
        let painted = format!("{} ", self.style.green("+"));
        for line in text.lines() {
            let bare = line.trim_start();
            let rest = bare.strip_prefix(painted.as_str()).or_else(|| bare.strip_prefix(plus.as_str()));
            match rest {
                Some(rest) => {
                    let lead = line.len() - bare.len();
                    self.out.push_str(&format!("{}  {rest}\n", " ".repeat(lead)));
                }
                None => {
                    self.out.push_str(line);
                    self.out.push('\n');
                }
            }
        }
    }
}
