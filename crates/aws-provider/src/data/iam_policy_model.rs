//! An IAM policy document: read, merged and written as the AWS provider does it
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

/// One text, or several.
#[derive(Clone, Debug, PartialEq)]
pub enum Texts {
    /// Written alone.
    One(String),
    /// Written as a list.
    Many(Vec<String>),
}

impl Texts {
    /// A lone text for a list of one.
    pub fn of(mut items: Vec<String>) -> Self {
        match (items.len(), items.pop()) {
            (1, Some(one)) => Self::One(one),
            (_, None) => Self::Many(Vec::new()),
            (_, Some(last)) => {
                items.push(last);
                Self::Many(items)
            }
        }
    }

    /// With others behind.
    fn and(self, other: Self) -> Self {
        let list = |t| match t {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        };
        Self::Many(list(self).into_iter().chain(list(other)).collect())
    }

    /// As JSON.
    pub fn json(self) -> Json {
        match self {
            Self::One(one) => one.into(),
            Self::Many(many) => many.into(),
        }
    }
}

/// A statement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statement {
    /// `Sid`; empty: none.
    pub sid: String,
    /// `Effect`; empty: none.
    pub effect: String,
    /// `Action`, `NotAction`, `Resource`, `NotResource` by name.
    pub lists: BTreeMap<&'static str, Json>,
    /// Kinds of principals with their identifiers; a kind may stand more than once.
    pub principals: Vec<(String, Texts)>,
    /// The same, of `NotPrincipal`.
    pub not_principals: Vec<(String, Texts)>,
    /// Operator, key and values; a pair of operator and key may stand more than once.
    pub conditions: Vec<(String, String, Texts)>,
}

/// The members of a statement that hold a text or a list, in the order in which they are written.
pub const LISTS: [&str; 4] = ["Action", "NotAction", "Resource", "NotResource"];

/// A document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// `Version`; empty: none.
    pub version: String,
    /// `Id`; empty: none.
    pub id: String,
    /// `Statement`.
    pub statements: Vec<Statement>,
}

/// A member by its name, whatever its capitals: Go's decoder, and so the provider, does not mind them.
fn canonical<'n>(key: &str, names: &[&'n str]) -> Option<&'n str> {
    names.iter().find(|n| n.eq_ignore_ascii_case(key)).copied()
}

fn text(name: &str, v: &Json) -> Result<String, String> {
    match v {
        Json::String(s) => Ok(s.clone()),
        Json::Null => Ok(String::new()),
        _ => Err(format!("{name} must be text")),
    }
}

/// Text, or what can stand for it in a condition.
fn scalar(v: &Json) -> Option<String> {
    match v {
        Json::String(s) => Some(s.clone()),
        Json::Bool(b) => Some(b.to_string()),
        Json::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

impl Document {
    /// Reads a document. A lone statement counts as a list of one.
    ///
    /// # Errors
    /// It is no policy document; says why.
    pub fn parse(source: &str) -> Result<Self, String> {
        let doc: Json = serde_json::from_str(source).map_err(|e| format!("it is not valid JSON: {e}"))?;
        let Json::Object(members) = doc else { return Err("it is not a JSON object".into()) };
        let mut out = Self::default();
        for (key, v) in &members {
            match canonical(key, &["Version", "Id", "Statement"]) {
                Some("Version") => out.version = text("Version", v)?,
                Some("Id") => out.id = text("Id", v)?,
                Some(_) => {
                    let lone = std::slice::from_ref(v);
                    let all = v.as_array().map_or(if v.is_null() { &[] } else { lone }, Vec::as_slice);
                    out.statements = all.iter().map(Statement::parse).collect::<Result<_, _>>()?;
                }
                None => return Err(format!("it has a member {key:?}, which policies do not have")),
            }
        }
        Ok(out)
    }

    /// Puts another document over this one: statements with a `Sid` that is here already take that one's place.
    pub fn merge(&mut self, other: Self) {
        // Versions are dates; the later one understands everything.
        if other.version > self.version {
            self.version = other.version;
        }
        if !other.id.is_empty() {
            self.id = other.id;
        }
        let places = self.statements.iter().enumerate().filter(|(_, s)| !s.sid.is_empty());
        let mut places: BTreeMap<String, usize> = places.map(|(i, s)| (s.sid.clone(), i)).collect();
        for s in other.statements {
            match places.get(&s.sid) {
                Some(i) => self.statements[*i] = s,
                None => {
                    if !s.sid.is_empty() {
                        places.insert(s.sid.clone(), self.statements.len());
                    }
                    self.statements.push(s);
                }
            }
        }
    }

    /// Notes the `Sid`s of this document; the first that was there already is given back.
    pub fn note_sids<'s>(&'s self, known: &mut BTreeSet<String>) -> Option<&'s str> {
        let mut named = self.statements.iter().map(|s| s.sid.as_str()).filter(|s| !s.is_empty());
        named.find(|s| !known.insert((*s).to_owned()))
    }

    /// As JSON, members in the provider's order.
    pub fn json(self) -> Json {
        let mut out = Map::new();
        put_text(&mut out, "Version", self.version);
        put_text(&mut out, "Id", self.id);
        if !self.statements.is_empty() {
            out.insert("Statement".into(), self.statements.into_iter().map(Statement::json).collect());
        }
        Json::Object(out)
    }
}

fn put_text(out: &mut Map<String, Json>, name: &str, value: String) {
    if !value.is_empty() {
        out.insert(name.into(), value.into());
    }
}

impl Statement {
    fn parse(doc: &Json) -> Result<Self, String> {
        let Json::Object(members) = doc else { return Err("a statement is not a JSON object".into()) };
        let mut out = Self::default();
        for (key, v) in members {
            let names = ["Sid", "Effect", "Principal", "NotPrincipal", "Condition"];
            match (canonical(key, &names), canonical(key, &LISTS)) {
                (Some("Sid"), _) => out.sid = text("Sid", v)?,
                (Some("Effect"), _) => out.effect = text("Effect", v)?,
                (Some("Principal"), _) => out.principals = principals(v)?,
                (Some("NotPrincipal"), _) => out.not_principals = principals(v)?,
                (Some(_), _) => out.conditions = conditions(v)?,
                (None, Some(list)) => {
                    if !v.is_null() {
                        out.lists.insert(LISTS.iter().find(|l| **l == list).copied().unwrap_or("Action"), v.clone());
                    }
                }
                (None, None) => return Err(format!("a statement has a member {key:?}, which policies do not have")),
            }
        }
        Ok(out)
    }

    fn json(self) -> Json {
        let mut out = Map::new();
        put_text(&mut out, "Sid", self.sid);
        put_text(&mut out, "Effect", self.effect);
        let mut lists = self.lists;
        for name in LISTS {
            if let Some(v) = lists.remove(name) {
                out.insert(name.into(), v);
            }
        }
        for (name, all) in [("Principal", self.principals), ("NotPrincipal", self.not_principals)] {
            if !all.is_empty() {
                out.insert(name.into(), principals_json(all));
            }
        }
        let mut conditions: BTreeMap<String, BTreeMap<String, Texts>> = BTreeMap::new();
        for (test, variable, values) in self.conditions {
            append(conditions.entry(test).or_default(), variable, values);
        }
        if !conditions.is_empty() {
            let conditions = conditions.into_iter().map(|(test, keys)| (test, object(keys))).collect();
            out.insert("Condition".into(), Json::Object(conditions));
        }
        Json::Object(out)
    }
}

fn append(to: &mut BTreeMap<String, Texts>, key: String, values: Texts) {
    let all = match to.remove(&key) {
        Some(before) => before.and(values),
        None => values,
    };
    to.insert(key, all);
}

fn object(entries: BTreeMap<String, Texts>) -> Json {
    Json::Object(entries.into_iter().map(|(k, v)| (k, v.json())).collect())
}

fn principals_json(all: Vec<(String, Texts)>) -> Json {
    if let [(kind, Texts::One(id))] = all.as_slice()
        && kind == "*"
        && id == "*"
    {
        return "*".into();
    }
    let mut kinds = BTreeMap::new();
    for (kind, ids) in all {
        append(&mut kinds, kind, ids);
    }
    object(kinds)
}

/// Identifiers in descending order, as the provider writes them.
pub fn descending(mut items: Vec<String>) -> Vec<String> {
    items.sort_by(|a, b| b.cmp(a));
    items
}

fn principals(doc: &Json) -> Result<Vec<(String, Texts)>, String> {
    match doc {
        Json::Null => Ok(Vec::new()),
        Json::String(s) if s == "*" => Ok(vec![("*".into(), Texts::One("*".into()))]),
        Json::Object(kinds) => kinds
            .iter()
            .map(|(kind, ids)| match ids {
                Json::String(id) => Ok((kind.clone(), Texts::One(id.clone()))),
                Json::Array(ids) => {
                    let ids: Option<Vec<String>> = ids.iter().map(|i| i.as_str().map(String::from)).collect();
                    let ids = ids.ok_or_else(|| format!("a principal of the kind {kind} is not text"))?;
                    Ok((kind.clone(), Texts::Many(descending(ids))))
                }
                _ => Err(format!("the principals of the kind {kind} must be text or a list of texts")),
            })
            .collect(),
        _ => Err("principals must be \"*\" or an object of kinds and identifiers".into()),
    }
}

fn conditions(doc: &Json) -> Result<Vec<(String, String, Texts)>, String> {
    let wrong = || "a condition must be an object of operators, each with an object of keys and values".to_owned();
    if doc.is_null() {
        return Ok(Vec::new());
    }
    let mut out = Vec::new();
    for (test, keys) in doc.as_object().ok_or_else(wrong)? {
        for (variable, values) in keys.as_object().ok_or_else(wrong)? {
            let values = match values {
                Json::Array(items) => items.iter().map(scalar).collect::<Option<Vec<_>>>().map(Texts::of),
                one => scalar(one).map(Texts::One),
            };
            let values =
                values.ok_or_else(|| format!("the values of the condition {test} {variable} are not texts"))?;
            out.push((test.clone(), variable.clone(), values));
        }
    }
    Ok(out)
}
