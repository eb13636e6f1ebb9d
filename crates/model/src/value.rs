//! Values: a type, what is there (null, unknown, or data), and marks.
//!
//! Null, unknown, marked and absent are four different things and stay so. An error is none of
//! them: it is a [`crate::Diagnostic`] beside a placeholder value.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

use crate::number::Number;
use crate::types::Type;

/// A value. Cloning is cheap: collections are shared.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Value {
    ty: Type,
    data: Data,
    marks: Marks,
    inside: Inside,
}

/// What is inside of a value. It is kept, and not looked for each time, because values share parts: `[x, x]` of `[y, y]` and so
/// on is small in memory and endless to walk through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Inside {
    marks: Marks,
    unknown: bool,
    /// How many values there are inside, shared ones counted each time.
    count: u32,
}

impl Inside {
    fn of(data: &Data) -> Self {
        match data {
            Data::Seq(items) => items.iter().fold(Self::default(), Self::and),
            Data::Map(entries) => entries.iter().map(|(_, v)| v).fold(Self::default(), Self::and),
            _ => Self::default(),
        }
    }

    fn and(self, v: &Value) -> Self {
        Self {
            marks: self.marks.union(v.marks_deep()),
            unknown: self.unknown || !v.is_wholly_known(),
            count: self.count.saturating_add(v.inside.count).saturating_add(1),
        }
    }
}

/// What a value holds. The variants agree with the value's type: [`Data::Seq`] for lists, sets
/// and tuples, [`Data::Map`] for maps and objects. Null and unknown have any type.
#[allow(clippy::derived_hash_with_manual_eq, reason = "equal as derived, but faster")]
#[derive(Clone, Eq, Hash)]
pub enum Data {
    /// Absent on purpose.
    Null,
    /// Known after apply, with what is known of it already.
    Unknown(Option<Arc<Refinement>>),
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text in Unicode normalisation form C.
    String(Arc<str>),
    /// Elements in order; a set's are sorted and without repeats.
    Seq(Arc<[Value]>),
    /// Entries sorted by key.
    Map(Entries),
}

/// What can be said of a value before it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Refinement {
    /// It will not be null.
    pub not_null: bool,
    /// A string will start with this.
    pub prefix: Option<Arc<str>>,
    /// A number will be at least this (`true`: this itself is allowed).
    pub min: Option<(Number, bool)>,
    /// A number will be at most this (`true`: this itself is allowed).
    pub max: Option<(Number, bool)>,
    /// A collection will have at least this many elements.
    pub min_len: Option<usize>,
    /// A collection will have at most this many elements.
    pub max_len: Option<usize>,
}

/// Marks on a value; they spread to whatever is computed from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Marks(u8);

impl Marks {
    /// No mark.
    pub const NONE: Marks = Marks(0);
    /// Not to be shown to people.
    pub const SENSITIVE: Marks = Marks(1);
    /// Not to be kept in a plan or a state.
    pub const EPHEMERAL: Marks = Marks(2);

    /// Both sets of marks.
    #[must_use]
    pub fn union(self, other: Marks) -> Marks {
        Marks(self.0 | other.0)
    }

    /// These marks less others.
    #[must_use]
    pub fn without(self, other: Marks) -> Marks {
        Marks(self.0 & !other.0)
    }

    /// Whether all of `other` are among these.
    pub fn contains(self, other: Marks) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// As it would be derived, except that what is shared is not compared with itself.
impl PartialEq for Data {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Data::Null, Data::Null) => true,
            (Data::Unknown(a), Data::Unknown(b)) => a == b,
            (Data::Bool(a), Data::Bool(b)) => a == b,
            (Data::Number(a), Data::Number(b)) => a == b,
            (Data::String(a), Data::String(b)) => a == b,
            (Data::Seq(a), Data::Seq(b)) => Arc::ptr_eq(a, b) || a == b,
            (Data::Map(Entries(a)), Data::Map(Entries(b))) => Arc::ptr_eq(a, b) || a == b,
            _ => false,
        }
    }
}

/// Keys and values sorted by key; shared when cloned.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Entries(Arc<[(Arc<str>, Value)]>);

impl Entries {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.binary_search_by(|(k, _)| k.as_ref().cmp(key)).ok().map(|i| &self.0[i].1)
    }

    /// Keys and values in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (Arc<str>, Value)> {
        self.0.iter()
    }

    /// Keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.iter().map(|(k, _)| k)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Sorts by key; of equal keys the last wins.
impl<K: Into<Arc<str>>> FromIterator<(K, Value)> for Entries {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(iter: I) -> Self {
        let mut all: Vec<(Arc<str>, Value)> = iter.into_iter().map(|(k, v)| (k.into(), v)).collect();
        if !all.is_sorted_by(|a, b| a.0 < b.0) {
            all.sort_by(|a, b| a.0.cmp(&b.0));
            all.reverse();
            all.dedup_by(|a, b| a.0 == b.0);
            all.reverse();
        }
        Self(all.into())
    }
}

impl<'a> IntoIterator for &'a Entries {
    type Item = &'a (Arc<str>, Value);
    type IntoIter = std::slice::Iter<'a, (Arc<str>, Value)>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Value {
    /// Null of a type.
    pub fn null(ty: Type) -> Self {
        Self { ty, data: Data::Null, marks: Marks::NONE, inside: Inside::default() }
    }

    /// Unknown of a type.
    pub fn unknown(ty: Type) -> Self {
        Self { ty, data: Data::Unknown(None), marks: Marks::NONE, inside: Inside::default() }
    }

    /// Unknown of a type, with what is known of it.
    pub fn refined(ty: Type, refinement: Refinement) -> Self {
        let known = (refinement != Refinement::default()).then(|| Arc::new(refinement));
        Self::with_type(ty, Data::Unknown(known))
    }

    /// Unknown of a type, unless what is known of it leaves only one value: a number between equal bounds, an empty
    /// collection, a list of known length (whose elements are unknown).
    pub fn decided(ty: Type, known: Refinement) -> Self {
        if let (true, Some((min, true)), Some((max, true))) = (known.not_null, &known.min, &known.max)
            && min == max
        {
            return Value::number(min.clone());
        }
        if let (true, Some(min), Some(max)) = (known.not_null, known.min_len, known.max_len)
            && min == max
        {
            match &ty {
                Type::List(elem) => return Value::list((**elem).clone(), vec![Value::unknown((**elem).clone()); min]),
                Type::Set(elem) if min <= 1 => {
                    return Value::set((**elem).clone(), vec![Value::unknown((**elem).clone()); min]);
                }
                Type::Map(elem) if min == 0 => return Value::map::<&str>((**elem).clone(), []),
                _ => {}
            }
        }
        Value::refined(ty, known)
    }

    /// Unknown of an unknown type: the placeholder beside an error, too.
    pub fn dynamic() -> Self {
        Self::unknown(Type::Dynamic)
    }

    /// A bool.
    pub fn bool(b: bool) -> Self {
        Self::with_type(Type::Bool, Data::Bool(b))
    }

    /// A number.
    pub fn number(n: impl Into<Number>) -> Self {
        Self::with_type(Type::Number, Data::Number(n.into()))
    }

    /// A string, brought to normalisation form C.
    pub fn string(s: impl Into<Arc<str>>) -> Self {
        let s: Arc<str> = s.into();
        let s = if s.is_ascii() || unicode_normalization::is_nfc(&s) { s } else { s.nfc().collect::<String>().into() };
        Self::with_type(Type::String, Data::String(s))
    }

    /// A list; every element must have the element type (`Dynamic` accepts any one common type).
    pub fn list(elem: Type, items: impl IntoIterator<Item = Value>) -> Self {
        Self::with_type(Type::list(elem), Data::Seq(items.into_iter().collect()))
    }

    /// A set: sorted, without repeats. Marks on elements (and inside them) move to the set itself.
    pub fn set(elem: Type, items: impl IntoIterator<Item = Value>) -> Self {
        let mut marks = Marks::NONE;
        let mut items: Vec<Value> = items
            .into_iter()
            .map(|v| {
                let (v, m) = v.unmark_deep();
                marks = marks.union(m);
                v
            })
            .collect();
        items.sort_by_cached_key(SetKey::new);
        items.dedup_by(|a, b| a == b && a.is_wholly_known());
        Self::with_type(Type::set(elem), Data::Seq(items.into())).mark(marks)
    }

    /// A map; every value must have the element type.
    pub fn map<K: Into<Arc<str>>>(elem: Type, entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::with_type(Type::map(elem), Data::Map(entries.into_iter().collect()))
    }

    /// A tuple.
    pub fn tuple(items: impl IntoIterator<Item = Value>) -> Self {
        let items: Arc<[Value]> = items.into_iter().collect();
        Self::with_type(Type::tuple(items.iter().map(|v| v.ty.clone())), Data::Seq(items))
    }

    /// An object.
    pub fn object<K: Into<Arc<str>>>(entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        let entries: Entries = entries.into_iter().collect();
        let ty = Type::object(entries.iter().map(|(k, v)| (k.clone(), v.ty.clone())));
        Self::with_type(ty, Data::Map(entries))
    }

    /// Data under a type that the caller knows to fit: sharing one type among many values (the
    /// instances of a resource) keeps memory small. A set's elements must be sorted already: use
    /// [`Value::set`] where they may not be.
    pub fn with_type(ty: Type, data: Data) -> Self {
        let inside = Inside::of(&data);
        Self { ty, data, marks: Marks::NONE, inside }
    }

    /// Its type.
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// What it holds, whatever its marks.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// The marks on the value itself (not on what is inside).
    pub fn marks(&self) -> Marks {
        self.marks
    }

    /// Adds marks.
    #[must_use]
    pub fn mark(mut self, marks: Marks) -> Self {
        self.marks = self.marks.union(marks);
        self
    }

    /// Adds the sensitive mark.
    #[must_use]
    pub fn sensitive(self) -> Self {
        self.mark(Marks::SENSITIVE)
    }

    /// Takes the marks off the value itself.
    pub fn unmark(mut self) -> (Self, Marks) {
        let marks = std::mem::take(&mut self.marks);
        (self, marks)
    }

    /// Takes all marks off, also inside; gives the union of them.
    pub fn unmark_deep(self) -> (Self, Marks) {
        let marks = self.marks_deep();
        if marks.is_empty() {
            return (self, marks);
        }
        (self.strip(marks), marks)
    }

    fn strip(mut self, marks: Marks) -> Self {
        self.marks = self.marks.without(marks);
        match &self.data {
            Data::Seq(items) if items.iter().any(|v| !v.marks_deep().is_empty()) => {
                self.data = Data::Seq(items.iter().map(|v| v.clone().strip(marks)).collect());
            }
            Data::Map(entries) if entries.iter().any(|(_, v)| !v.marks_deep().is_empty()) => {
                self.data =
                    Data::Map(Entries(entries.iter().map(|(k, v)| (k.clone(), v.clone().strip(marks))).collect()));
            }
            _ => {}
        }
        self.inside.marks = self.inside.marks.without(marks);
        self
    }

    /// The union of the marks on it and inside it.
    pub fn marks_deep(&self) -> Marks {
        self.marks.union(self.inside.marks)
    }

    /// How many values there are inside of it, at any depth; those that it holds several times are counted each time. So that
    /// much is to be done to walk through it.
    pub fn count(&self) -> u32 {
        self.inside.count
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// Whether it is not unknown itself (something inside may be).
    pub fn is_known(&self) -> bool {
        !matches!(self.data, Data::Unknown(_))
    }

    /// Whether nothing in it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        self.is_known() && !self.inside.unknown
    }

    /// What is known of an unknown.
    pub fn refinement(&self) -> Option<&Refinement> {
        match &self.data {
            Data::Unknown(r) => r.as_deref(),
            _ => None,
        }
    }

    /// Whether it is certain not to be null.
    pub fn is_not_null(&self) -> bool {
        match &self.data {
            Data::Null => false,
            Data::Unknown(r) => r.as_ref().is_some_and(|r| r.not_null),
            _ => true,
        }
    }

    /// The bool, if it is a known one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.data {
            Data::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// The number, if it is a known one.
    pub fn as_number(&self) -> Option<&Number> {
        match &self.data {
            Data::Number(n) => Some(n),
            _ => None,
        }
    }

    /// The text, if it is a known string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(s) => Some(s),
            _ => None,
        }
    }

    /// The elements of a known list, set or tuple.
    pub fn as_seq(&self) -> Option<&[Value]> {
        match &self.data {
            Data::Seq(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a known map or object.
    pub fn as_map(&self) -> Option<&Entries> {
        match &self.data {
            Data::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of a key of a known map or object; marks of the whole are not added.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map().and_then(|m| m.get(key))
    }

    /// The number of elements or entries of a known collection.
    pub fn len(&self) -> Option<usize> {
        match &self.data {
            Data::Seq(items) => Some(items.len()),
            Data::Map(entries) => Some(entries.len()),
            _ => None,
        }
    }

    /// Whether it is a known collection without elements.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The same object with one attribute replaced or added (its type follows). A value that is
    /// no known object is given back as it is.
    #[must_use]
    pub fn with_attribute(&self, name: &str, value: Value) -> Value {
        let Data::Map(entries) = &self.data else { return self.clone() };
        let others = entries.iter().filter(|(k, _)| k.as_ref() != name).cloned();
        let all: Entries = others.chain([(Arc::from(name), value.clone())]).collect();
        let ty = match &self.ty {
            Type::Object(o) if o.attributes.get(name) == Some(&value.ty) => self.ty.clone(),
            Type::Object(_) => Type::object(all.iter().map(|(k, v)| (k.clone(), v.ty.clone()))),
            other => other.clone(),
        };
        Value::with_type(ty, Data::Map(all)).mark(self.marks)
    }

    /// Rebuilds it from the inside out: `change` gets each value (leaves first) with its path and
    /// gives what stands there instead. Types of tuples and objects follow; a collection keeps
    /// its element type unless the elements' type changed.
    pub fn transform(&self, change: &mut impl FnMut(&crate::path::Path, Value) -> Value) -> Value {
        let mut path = crate::path::Path::default();
        self.transform_at(&mut path, change)
    }

    fn transform_at(
        &self,
        path: &mut crate::path::Path,
        change: &mut impl FnMut(&crate::path::Path, Value) -> Value,
    ) -> Value {
        use crate::path::Step;
        let rebuilt = match (&self.data, &self.ty) {
            (Data::Seq(items), ty) => {
                let mut new = Vec::with_capacity(items.len());
                for (i, item) in items.iter().enumerate() {
                    path.0.push(match ty {
                        Type::Set(_) => Step::Index(item.clone()),
                        _ => Step::Index(Value::number(i)),
                    });
                    new.push(item.transform_at(path, change));
                    path.0.pop();
                }
                let elem =
                    || new.first().map_or_else(|| ty.element().cloned().unwrap_or(Type::Dynamic), |v| v.ty.clone());
                match ty {
                    Type::List(_) => Value::list(elem(), new),
                    Type::Set(_) => Value::set(elem(), new),
                    _ => Value::tuple(new),
                }
            }
            (Data::Map(entries), ty) => {
                let is_map = matches!(ty, Type::Map(_));
                let mut new = Vec::with_capacity(entries.len());
                for (k, v) in entries {
                    path.0.push(if is_map { Step::Index(Value::string(k.clone())) } else { Step::Attr(k.clone()) });
                    new.push((k.clone(), v.transform_at(path, change)));
                    path.0.pop();
                }
                if is_map {
                    let elem = new
                        .first()
                        .map_or_else(|| ty.element().cloned().unwrap_or(Type::Dynamic), |(_, v)| v.ty.clone());
                    Value::map(elem, new)
                } else {
                    let same = entries.iter().zip(&new).all(|((_, a), (_, b))| a.ty == b.ty);
                    if same {
                        Value::with_type(ty.clone(), Data::Map(new.into_iter().collect()))
                    } else {
                        Value::object(new)
                    }
                }
            }
            _ => Value::with_type(self.ty.clone(), self.data.clone()),
        };
        let marks = self.marks.union(rebuilt.marks);
        change(path, Value { marks, ..rebuilt })
    }

    /// Calls `visit` with each value in it, outermost first, and its path; `false` skips what is
    /// inside.
    pub fn walk(&self, visit: &mut impl FnMut(&crate::path::Path, &Value) -> bool) {
        let mut path = crate::path::Path::default();
        self.walk_at(&mut path, visit);
    }

    fn walk_at(&self, path: &mut crate::path::Path, visit: &mut impl FnMut(&crate::path::Path, &Value) -> bool) {
        use crate::path::Step;
        if !visit(path, self) {
            return;
        }
        match (&self.data, &self.ty) {
            (Data::Seq(items), ty) => {
                for (i, item) in items.iter().enumerate() {
                    path.0.push(match ty {
                        Type::Set(_) => Step::Index(item.clone()),
                        _ => Step::Index(Value::number(i)),
                    });
                    item.walk_at(path, visit);
                    path.0.pop();
                }
            }
            (Data::Map(entries), ty) => {
                for (k, v) in entries {
                    path.0.push(match ty {
                        Type::Map(_) => Step::Index(Value::string(k.clone())),
                        _ => Step::Attr(k.clone()),
                    });
                    v.walk_at(path, visit);
                    path.0.pop();
                }
            }
            _ => {}
        }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Value::bool(b)
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Value::string(s)
    }
}

impl From<String> for Value {
    fn from(s: String) -> Self {
        Value::string(s)
    }
}

impl From<i64> for Value {
    fn from(i: i64) -> Self {
        Value::number(i)
    }
}

impl From<Number> for Value {
    fn from(n: Number) -> Self {
        Value::number(n)
    }
}

/// Orders the elements of a set: primitives by value (null after them, unknown last), everything
/// else by a byte form of its content, which is also the order Terraform prints.
#[derive(PartialEq, Eq)]
struct SetKey {
    rank: u8,
    value: Option<Value>,
    bytes: Vec<u8>,
}

impl SetKey {
    fn new(v: &Value) -> Self {
        let rank = match v.data {
            Data::Unknown(_) => 2,
            Data::Null => 1,
            _ => 0,
        };
        if v.ty.is_primitive() && rank == 0 {
            return Self { rank, value: Some(v.clone()), bytes: Vec::new() };
        }
        let mut bytes = Vec::new();
        set_bytes(v, &mut bytes);
        Self { rank: if v.ty.is_primitive() { rank } else { 0 }, value: None, bytes }
    }
}

impl PartialOrd for SetKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SetKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank).then_with(|| match (&self.value, &other.value) {
            (Some(a), Some(b)) => match (&a.data, &b.data) {
                (Data::Bool(a), Data::Bool(b)) => a.cmp(b),
                (Data::Number(a), Data::Number(b)) => a.cmp(b),
                (Data::String(a), Data::String(b)) => a.cmp(b),
                _ => Ordering::Equal,
            },
            _ => self.bytes.cmp(&other.bytes),
        })
    }
}

fn set_bytes(v: &Value, out: &mut Vec<u8>) {
    match (&v.data, &v.ty) {
        (Data::Unknown(_), _) => out.push(b'?'),
        (Data::Null, _) => out.push(b'~'),
        (Data::Bool(b), _) => out.push(if *b { b'T' } else { b'F' }),
        (Data::Number(n), _) => out.extend(n.to_general(10).bytes()),
        (Data::String(s), _) => quote_into(s, out),
        (Data::Seq(items), ty) => {
            let (open, close) = match ty {
                Type::List(_) => (b'[', b']'),
                Type::Set(_) => (b'{', b'}'),
                _ => (b'<', b'>'),
            };
            out.push(open);
            for item in items.iter() {
                set_bytes(item, out);
                out.push(b';');
            }
            out.push(close);
        }
        (Data::Map(entries), ty) => {
            let is_map = matches!(ty, Type::Map(_));
            out.push(if is_map { b'{' } else { b'<' });
            for (k, item) in entries {
                if is_map {
                    quote_into(k, out);
                    out.push(b':');
                }
                set_bytes(item, out);
                out.push(b';');
            }
            out.push(if is_map { b'}' } else { b'>' });
        }
    }
}

/// Quotes text with backslash escapes for what is not printable.
fn quote_into(s: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for c in s.chars() {
        match c {
            '"' => out.extend(b"\\\""),
            '\\' => out.extend(b"\\\\"),
            '\n' => out.extend(b"\\n"),
            '\r' => out.extend(b"\\r"),
            '\t' => out.extend(b"\\t"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => out.extend(format!("\\x{:02x}", c as u32).bytes()),
            c => out.extend(c.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    out.push(b'"');
}

/// A short form for tests and traces. Sensitive content is never written.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.marks.contains(Marks::SENSITIVE) {
            return write!(f, "(sensitive {})", self.ty);
        }
        match &self.data {
            Data::Null => write!(f, "null({})", self.ty),
            Data::Unknown(None) => write!(f, "unknown({})", self.ty),
            Data::Unknown(Some(r)) => write!(f, "unknown({}, {r:?})", self.ty),
            Data::Bool(b) => write!(f, "{b}"),
            Data::Number(n) => write!(f, "{n}"),
            Data::String(s) => write!(f, "{s:?}"),
            Data::Seq(items) => {
                if let Type::Set(_) = self.ty {
                    f.write_str("set")?;
                }
                f.debug_list().entries(items.iter()).finish()
            }
            Data::Map(entries) => f.debug_map().entries(entries.iter().map(|(k, v)| (k, v))).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_sorted_without_repeats_and_takes_the_marks() {
        let s = Value::set(Type::String, ["b", "a", "b"].map(Value::from));
        assert_eq!(format!("{s:?}"), r#"set["a", "b"]"#);
        let s = Value::set(Type::String, [Value::from("a").sensitive()]);
        assert!(s.marks().contains(Marks::SENSITIVE) && s.as_seq().unwrap()[0].marks().is_empty());
        let unknowns = Value::set(Type::String, [Value::unknown(Type::String), Value::unknown(Type::String)]);
        assert_eq!(unknowns.len(), Some(2));
    }

    #[test]
    fn the_last_of_equal_keys_wins() {
        let m = Value::map(Type::Number, [("b", Value::from(1)), ("a", Value::from(2)), ("b", Value::from(3))]);
        assert_eq!(format!("{m:?}"), r#"{"a": 2, "b": 3}"#);
    }

    #[test]
    fn transform_keeps_marks_and_types() {
        let v =
            Value::object([("a", Value::from("x").sensitive()), ("b", Value::list(Type::Number, [Value::from(1)]))]);
        let same = v.transform(&mut |_, v| v);
        assert_eq!(v, same);
        let text = v.transform(&mut |_, v| if v.as_number().is_some() { Value::from("n") } else { v });
        assert_eq!(text.get("b").unwrap().ty(), &Type::list(Type::String));
    }

    #[test]
    fn what_is_shared_is_not_walked_through_to_say_what_is_inside() {
        let mut v = Value::tuple([Value::from("x").sensitive(), Value::unknown(Type::String)]);
        for _ in 0..60 {
            v = Value::tuple([v.clone(), v]);
        }
        assert_eq!((v.count(), v.is_wholly_known()), (u32::MAX, false));
        assert_eq!(v.marks_deep(), Marks::SENSITIVE);
        assert_eq!(v, v.clone());
        assert_eq!(Value::tuple([Value::tuple([Value::from(1)]), Value::from(2)]).count(), 3);
        let (plain, _) = Value::tuple([Value::tuple([Value::from(1).sensitive()])]).unmark_deep();
        assert!(plain.marks_deep().is_empty());
    }

    #[test]
    fn null_unknown_and_marked_differ() {
        let null = Value::null(Type::String);
        let unknown = Value::unknown(Type::String);
        assert_ne!(null, unknown);
        assert_ne!(null, null.clone().sensitive());
        assert!(null.is_known() && !unknown.is_known());
    }
}
