//! Paths into a value: attributes and indexes from the outside in.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::types::Type;
use crate::value::Value;

/// One step.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    /// An attribute of an object.
    Attr(Arc<str>),
    /// An element: a number for lists and tuples, a string for maps, the element itself for sets.
    Index(Value),
}

/// Steps from the outside in.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// The path to an attribute.
    pub fn attr(name: impl Into<Arc<str>>) -> Self {
        Path(vec![Step::Attr(name.into())])
    }

    /// This path and one attribute more.
    #[must_use]
    pub fn then_attr(&self, name: impl Into<Arc<str>>) -> Self {
        self.then(Step::Attr(name.into()))
    }

    /// This path and one element more.
    #[must_use]
    pub fn then_index(&self, key: Value) -> Self {
        self.then(Step::Index(key))
    }

    /// This path and one step more.
    #[must_use]
    pub fn then(&self, step: Step) -> Self {
        let mut steps = Vec::with_capacity(self.0.len() + 1);
        steps.extend_from_slice(&self.0);
        steps.push(step);
        Path(steps)
    }

    /// Whether `prefix` is this path or leads to it.
    pub fn starts_with(&self, prefix: &Path) -> bool {
        self.0.starts_with(&prefix.0)
    }

    /// What stands at this path; `None` where a step does not exist or what it leads through is
    /// unknown or null.
    pub fn lookup<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(value, |v, step| match step {
            Step::Attr(name) => v.get(name),
            Step::Index(key) => match v.ty() {
                Type::Set(_) => v.as_seq()?.iter().find(|e| *e == key),
                _ => match (key.as_str(), key.as_number()) {
                    (Some(k), _) => v.get(k),
                    (_, Some(n)) => v.as_seq()?.get(n.to_usize()?),
                    _ => None,
                },
            },
        })
    }

    /// The JSON form of plan files: `["ingress", 0, "cidr"]`.
    pub fn to_json(&self) -> Json {
        self.0
            .iter()
            .map(|s| match s {
                Step::Attr(name) => json!(name),
                Step::Index(v) => crate::json::to_json(v),
            })
            .collect()
    }
}

/// `tags["Name"]`, `ingress[0].cidr`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Attr(name) if i == 0 => f.write_str(name)?,
                Step::Attr(name) => write!(f, ".{name}")?,
                Step::Index(v) => match (v.as_str(), v.as_number()) {
                    (Some(s), _) => write!(f, "[{s:?}]")?,
                    (_, Some(n)) => write!(f, "[{n}]")?,
                    _ => f.write_str("[...]")?,
                },
            }
        }
        Ok(())
    }
}
