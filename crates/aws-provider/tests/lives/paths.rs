//! Paths of arguments: which there are, and which differ between two values.

use std::collections::{BTreeMap, BTreeSet};

use craton_model::schema::{AttributeType, Block};
use craton_model::{Data, Type, Value, json as values};

/// Leaves of a value by path, without the places in lists and sets: `lifecycle_policy.transition_to_ia`.
pub type Leaves = BTreeMap<String, Vec<String>>;

/// What stands where only the apply will tell.
pub const UNKNOWN: &str = "(known after apply)";

/// Every argument path of a type that people can set. Not among them: `id` and `tags_all`, which are the provider's,
/// and `timeouts`, which every life changes by itself.
pub fn settable(block: &Block) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    within(block, "", &mut found);
    found.remove("id");
    found.retain(|p| !p.ends_with("tags_all") && !p.starts_with("timeouts."));
    found
}

/// Argument paths whose values the provider keeps nowhere.
pub fn write_only(block: &Block) -> BTreeSet<String> {
    block.attributes.iter().filter(|(_, a)| a.write_only).map(|(name, _)| name.to_string()).collect()
}

fn within(block: &Block, prefix: &str, found: &mut BTreeSet<String>) {
    for (name, a) in block.attributes.iter().filter(|(_, a)| a.optional || a.required) {
        match &a.ty {
            AttributeType::Plain(ty) => of_type(ty, format!("{prefix}{name}"), found),
            AttributeType::Nested(..) => panic!("{prefix}{name}: nested attributes are not looked into yet"),
        }
    }
    for (name, b) in &block.blocks {
        within(&b.block, &format!("{prefix}{name}."), found);
    }
}

fn of_type(ty: &Type, path: String, found: &mut BTreeSet<String>) {
    match ty {
        Type::Object(o) => o.attributes.iter().for_each(|(name, ty)| of_type(ty, format!("{path}.{name}"), found)),
        Type::List(e) | Type::Set(e) if matches!(**e, Type::Object(_)) => of_type(e, path, found),
        _ => {
            found.insert(path);
        }
    }
}

/// The leaves of a value.
pub fn leaves(value: &Value) -> Leaves {
    let mut found = Leaves::new();
    gather(value, "", &mut found);
    found
}

fn gather(value: &Value, path: &str, found: &mut Leaves) {
    let mut leaf = |text: String| found.entry(path.to_owned()).or_default().push(text);
    match (value.ty(), value.data()) {
        (_, Data::Null) => {}
        (_, Data::Unknown(_)) => leaf(UNKNOWN.into()),
        (Type::Object(_), Data::Map(entries)) => {
            let dot = if path.is_empty() { "" } else { "." };
            entries.iter().for_each(|(name, v)| gather(v, &format!("{path}{dot}{name}"), found));
        }
        (Type::List(e) | Type::Set(e), Data::Seq(items)) if matches!(**e, Type::Object(_)) => {
            items.iter().for_each(|v| gather(v, path, found));
            if let Type::Set(_) = value.ty() {
                let below = format!("{path}.");
                found.iter_mut().filter(|(p, _)| p.starts_with(&below)).for_each(|(_, v)| v.sort());
            }
        }
        (Type::Map(_), Data::Map(_)) if !value.is_wholly_known() => leaf(UNKNOWN.into()),
        _ => leaf(values::to_json(value).to_string()),
    }
}

/// The paths at which two values differ.
pub fn different(a: &Leaves, b: &Leaves) -> BTreeSet<String> {
    a.keys().chain(b.keys()).filter(|p| a.get(*p) != b.get(*p)).cloned().collect()
}

/// Whether something is unknown at this path or around it.
pub fn unknown_at(leaves: &Leaves, path: &str) -> bool {
    let is = |p: &str| leaves.get(p).is_some_and(|v| v.iter().any(|t| t == UNKNOWN));
    is(path) || path.match_indices('.').any(|(at, _)| is(&path[..at]))
}

/// Whether a list of paths has this one or one around it.
pub fn covers<'a>(mut paths: impl Iterator<Item = &'a String>, path: &str) -> bool {
    paths.any(|p| p == path || path.strip_prefix(p.as_str()).is_some_and(|rest| rest.starts_with('.')))
}
