//! What a change leads to, by the rules of the attributes.
//!
//! The order is that of the published providers, whose plans it must agree with: what is left out gets its default; when
//! anything then differs from what there is, all that the provider sets is open; what keeps its value is closed again
//! (<https://developer.hashicorp.com/terraform/plugin/framework/resources/plan-modification>).

use craton_model::{Path, Value};

use crate::decl::{Attr, Nested, Replace, Resource};
use crate::obj::Obj;
use crate::schema::{fixed, type_of};

/// A change under consideration.
#[derive(Debug)]
pub struct Change {
    /// What there is; `None` for a creation.
    pub prior: Option<Obj>,
    /// What is written.
    pub config: Obj,
    /// What there will be.
    pub planned: Obj,
    /// Attributes whose change needs another object.
    pub replace: Vec<Path>,
}

impl Change {
    /// Whether any of these attributes will differ; always for a creation.
    pub fn changes(&self, names: &[&str]) -> bool {
        self.prior.as_ref().is_none_or(|p| names.iter().any(|n| p.get(n) != self.planned.get(n)))
    }
}

/// Applies the rules. `proposed` is the configuration merged with what there was.
pub fn plan(r: &dyn Resource, prior: Option<Obj>, config: Obj, proposed: Obj) -> Change {
    let mut planned = proposed;
    for a in r.attrs() {
        if let Some(default) = a.default.filter(|_| config.is_null(a.name)) {
            planned.set(a.name, fixed(default));
        }
    }
    for n in r.blocks() {
        let value = with_defaults(n, &config.get(n.name), &planned.get(n.name));
        planned.set(n.name, value);
    }
    let mut replace = Vec::new();
    if prior.as_ref() != Some(&planned) {
        for a in r.attrs().iter().filter(|a| a.computed && a.default.is_none() && config.is_null(a.name)) {
            planned.set(a.name, Value::unknown(type_of(a.kind)));
        }
        if let Some(prior) = &prior {
            close(r, prior, &mut planned);
            replace = replaced(r, prior, &config, &planned);
        }
    }
    Change { prior, config, planned, replace }
}

fn with_defaults(n: &Nested, config: &Value, planned: &Value) -> Value {
    let (Some(written), Some(items)) = (config.as_seq(), planned.as_seq()) else { return planned.clone() };
    let Some(ty) = planned.ty().element() else { return planned.clone() };
    let filled = items.iter().zip(written).map(|(item, written)| {
        let mut object = Obj::of(ty, item);
        for a in n.attrs {
            if let Some(default) = a.default.filter(|_| written.get(a.name).is_some_and(Value::is_null)) {
                object.set(a.name, fixed(default));
            }
        }
        object.value()
    });
    Value::list(ty.clone(), filled)
}

/// What keeps its value has it already.
fn close(r: &dyn Resource, prior: &Obj, planned: &mut Obj) {
    for a in r.attrs().iter().filter(|a| a.keeps && !prior.is_null(a.name)) {
        if !planned.get(a.name).is_known() {
            planned.set(a.name, prior.get(a.name));
        }
    }
}

fn replaced(r: &dyn Resource, prior: &Obj, config: &Obj, planned: &Obj) -> Vec<Path> {
    let differs = |a: &Attr| prior.get(a.name) != planned.get(a.name);
    let attrs = r.attrs().iter().filter(|a| differs(a) && demands(a, prior, config)).map(|a| Path::attr(a.name));
    let blocks = r.blocks().iter().filter(|n| n.replaces && prior.get(n.name) != planned.get(n.name));
    attrs.chain(blocks.map(|n| Path::attr(n.name))).collect()
}

fn demands(a: &Attr, prior: &Obj, config: &Obj) -> bool {
    match a.replace {
        Replace::No => false,
        Replace::Changed => true,
        Replace::ValuesChanged => values_differ(&prior.get(a.name), &config.get(a.name)),
        Replace::ChangedButForEmpty => {
            let (old, new) = (prior.get(a.name), config.get(a.name));
            new.is_known() && !(new.is_null() && old.as_str() == Some(""))
        }
        Replace::PemChanged => prior.text(a.name).is_some_and(is_pem),
    }
}

/// Whether two maps differ other than by entries that are null: states of old versions leave those out.
fn values_differ(old: &Value, new: &Value) -> bool {
    if !new.is_known() {
        return true;
    }
    let (old, new) = (old.as_map(), new.as_map());
    let mut given = new.into_iter().flatten();
    let added = given.any(|(k, v)| match old.and_then(|m| m.get(k)) {
        Some(before) => before != v,
        None => !v.is_null(),
    });
    added || old.into_iter().flatten().any(|(k, _)| new.is_none_or(|m| m.get(k).is_none()))
}

fn is_pem(text: &str) -> bool {
    text.starts_with("-----BEGIN ") && text.trim_end_matches('\n').ends_with("-----")
}
