//! The results of nodes: written once, read by whoever comes later.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use craton_model::addr::{InstanceKey, ModuleInstance};
use craton_model::{Type, Value};

use crate::graph::NodeId;
use crate::providers::Configured;

/// The result of a node.
pub enum Outcome {
    /// Of a variable, local, output, whole module or resource: its value in each module instance.
    Values(HashMap<ModuleInstance, Value>),
    /// Of a module call.
    Module(Modules),
    /// Of a provider configuration.
    Provider(Arc<Configured>),
}

/// The instances of a module.
#[derive(Default)]
pub struct Modules {
    /// All of them, in order.
    pub all: Vec<ModuleInstance>,
    /// How the call repeats, per instance of the calling module.
    pub repetition: HashMap<ModuleInstance, Arc<Repetition>>,
}

/// How a block repeats.
#[derive(Clone, Debug, PartialEq)]
pub enum Repetition {
    /// Once.
    Single,
    /// `count`
    Count(usize),
    /// `for_each`: keys with values, sorted.
    ForEach(Vec<(Arc<str>, Value)>),
    /// `count` that is not known (validation).
    UnknownCount,
    /// `for_each` that is not known (validation).
    UnknownEach,
}

/// One of the times that a block repeats: its key, and what `each.value` is.
#[derive(Clone, Debug)]
pub struct Instance {
    pub key: InstanceKey,
    pub each: Option<Value>,
    /// Stands for instances whose keys are not known (validation).
    pub unknown: Option<Unknown>,
}

/// Which of the two is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    Count,
    Each,
}

impl Instance {
    /// The only instance of a block that does not repeat.
    pub fn single() -> Self {
        Self { key: InstanceKey::None, each: None, unknown: None }
    }
}

impl Repetition {
    /// With one instance that stands for all, or for any that there could be: they differ in values only (validation).
    pub fn open(self) -> Self {
        match self {
            Self::Count(_) => Self::UnknownCount,
            Self::ForEach(_) => Self::UnknownEach,
            other => other,
        }
    }

    /// The instances, in order.
    pub fn instances(&self) -> Vec<Instance> {
        let unknown = |u| vec![Instance { unknown: Some(u), ..Instance::single() }];
        match self {
            Self::Single => vec![Instance::single()],
            Self::Count(n) => {
                (0..*n).map(|i| Instance { key: InstanceKey::Int(i as u64), ..Instance::single() }).collect()
            }
            Self::ForEach(all) => all
                .iter()
                .map(|(k, v)| Instance { key: InstanceKey::Str(k.clone()), each: Some(v.clone()), unknown: None })
                .collect(),
            Self::UnknownCount => unknown(Unknown::Count),
            Self::UnknownEach => unknown(Unknown::Each),
        }
    }

    /// One instance by its key; `None` when there is none of that key.
    pub fn instance(&self, key: &InstanceKey) -> Option<Instance> {
        match (self, key) {
            (Self::Single, InstanceKey::None) => Some(Instance::single()),
            (Self::Count(n), InstanceKey::Int(i)) if (*i as usize) < *n => {
                Some(Instance { key: key.clone(), ..Instance::single() })
            }
            (Self::ForEach(all), InstanceKey::Str(k)) => {
                let i = all.binary_search_by(|(other, _)| other.cmp(k)).ok()?;
                Some(Instance { key: key.clone(), each: Some(all[i].1.clone()), unknown: None })
            }
            (Self::UnknownCount, InstanceKey::None) => {
                Some(Instance { unknown: Some(Unknown::Count), ..Instance::single() })
            }
            (Self::UnknownEach, InstanceKey::None) => {
                Some(Instance { unknown: Some(Unknown::Each), ..Instance::single() })
            }
            _ => None,
        }
    }

    /// As [`Repetition::collect`] where some instances do not exist yet and are not planned either, because the plan is
    /// limited to targets. A tuple ends with the last instance there is, an object has only those there are.
    pub fn collect_existing(&self, values: Vec<Option<Value>>) -> Value {
        match self {
            Self::Count(_) => {
                let last = values.iter().rposition(Option::is_some).map_or(0, |i| i + 1);
                Value::tuple(values.into_iter().take(last).map(|v| v.unwrap_or_else(Value::dynamic)))
            }
            Self::ForEach(keys) => {
                let keys = keys.iter().map(|(k, _)| k.clone());
                Value::object(keys.zip(values).filter_map(|(k, v)| Some((k, v?))))
            }
            _ => self.collect(values.into_iter().map(|v| v.unwrap_or_else(Value::dynamic)).collect()),
        }
    }

    /// The values of the instances (in the order of [`Repetition::instances`]) as one: itself, a
    /// tuple, or an object.
    pub fn collect(&self, values: Vec<Value>) -> Value {
        match self {
            Self::Single => values.into_iter().next().unwrap_or_else(Value::dynamic),
            Self::Count(_) => Value::tuple(values),
            Self::ForEach(keys) => Value::object(keys.iter().map(|(k, _)| k.clone()).zip(values)),
            Self::UnknownCount | Self::UnknownEach => Value::unknown(Type::Dynamic),
        }
    }
}

/// All results.
pub struct Table {
    outcomes: Vec<OnceLock<Outcome>>,
}

impl Table {
    /// Room for the results of this many nodes.
    pub fn new(nodes: usize) -> Self {
        Self { outcomes: (0..nodes).map(|_| OnceLock::new()).collect() }
    }

    /// Keeps a result. A node has one; a second would be dropped.
    pub fn set(&self, node: NodeId, outcome: Outcome) {
        let _ = self.outcomes[node].set(outcome);
    }

    /// A result, if the node was visited with success.
    pub fn get(&self, node: NodeId) -> Option<&Outcome> {
        self.outcomes[node].get()
    }

    /// The value of a node in a module instance.
    pub fn value(&self, node: NodeId, module: &ModuleInstance) -> Option<&Value> {
        match self.get(node)? {
            Outcome::Values(values) => values.get(module),
            _ => None,
        }
    }

    /// The instances that a module call expanded to.
    pub fn modules(&self, node: NodeId) -> Option<&Modules> {
        match self.get(node)? {
            Outcome::Module(modules) => Some(modules),
            _ => None,
        }
    }

    /// A provider configuration's running provider.
    pub fn provider(&self, node: NodeId) -> Option<&Arc<Configured>> {
        match self.get(node)? {
            Outcome::Provider(p) => Some(p),
            _ => None,
        }
    }
}
