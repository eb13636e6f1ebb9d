//! What is said at the head of a resource's change: what happens to it, and why.

use std::collections::BTreeSet;

use craton_config::reference::{Reference, Subject};
use craton_config::{ModuleTree, ResourceBlock};
use craton_hcl::{BodySchema, Expr};
use craton_model::addr::InstanceKey;
use craton_model::plan::{Action, ActionReason, ResourceChange};
use craton_model::schema::Block;
use craton_model::{Path, Plan, Value};

use super::plan::id_note;
use super::style::Style;

/// Finds the reasons in the plan and the configuration it was made of.
pub struct Why<'a> {
    plan: &'a Plan,
    tree: &'a ModuleTree,
}

impl<'a> Why<'a> {
    /// Of this plan and its configuration.
    pub fn new(plan: &'a Plan, tree: &'a ModuleTree) -> Self {
        Self { plan, tree }
    }

    fn block(&self, c: &ResourceChange) -> Option<&'a ResourceBlock> {
        self.tree.get(&c.addr.module.path())?.module.resources.get(&c.addr.resource)
    }

    /// The write-only attributes that the configuration sets: nothing else tells that they are set.
    pub fn write_only(&self, c: &ResourceChange, schema: &Block) -> BTreeSet<String> {
        let names: Vec<&str> = schema.attributes.iter().filter(|(_, a)| a.write_only).map(|(n, _)| &**n).collect();
        let Some(block) = self.block(c).filter(|_| !names.is_empty()) else { return BTreeSet::new() };
        let (content, ..) = block.body.partial_content(&BodySchema::new().optional(names));
        content.attributes.keys().map(ToString::to_string).collect()
    }

    /// The lines above a change, the first of which says what happens.
    pub fn title(&self, c: &ResourceChange, style: &Style) -> Vec<String> {
        let mut addr = c.addr.to_string();
        if let Some(key) = &c.deposed {
            addr = format!("{addr} (deposed object {key})");
        }
        let first = match c.action {
            Action::NoOp if c.importing.is_some() => format!("{addr} will be imported"),
            Action::NoOp => format!("{addr} moves in the state{}", was(c)),
            Action::Create => format!("{addr} will be created"),
            Action::Read => format!("{addr} will be read during apply"),
            Action::Update => format!("{addr} will be updated in-place"),
            Action::Delete => format!("{addr} will be {}", style.red("destroyed")),
            Action::Forget => {
                format!("{addr} will no longer be managed by craton, but it is not destroyed{}", id_note(&c.before))
            }
            Action::DeleteThenCreate | Action::CreateThenDelete => {
                format!("{addr} must be {}{}", style.red("replaced"), self.because(c))
            }
        };
        let mut lines = vec![first];
        lines.extend(reason(c));
        if c.action == Action::CreateThenDelete {
            lines.push("(the new one is created before the old one is destroyed)".into());
        }
        if let Some(previous) = c.previous_addr.as_ref().filter(|_| c.action != Action::NoOp || c.importing.is_some()) {
            lines.push(format!("(was {previous})"));
        }
        if let Some(id) = &c.importing {
            let generated = if c.generated_config.is_some() { "; its configuration is generated" } else { "" };
            lines.push(format!("(imported from {id:?}{generated})"));
        }
        lines
    }

    /// Why an object is replaced.
    fn because(&self, c: &ResourceChange) -> String {
        match c.reason {
            ActionReason::ReplaceBecauseTainted => " because it is tainted".into(),
            ActionReason::ReplaceByRequest => ", as asked by -replace".into(),
            ActionReason::ReplaceByTriggers => {
                let named = self.triggers(c);
                match named.as_slice() {
                    [] => " because of replace_triggered_by".into(),
                    [one] => format!(" because replace_triggered_by names {one}, which changes"),
                    many => format!(" because replace_triggered_by names {}, which change", and(many)),
                }
            }
            _ => because_of(&c.replace_paths, &c.after),
        }
    }

    /// What `replace_triggered_by` names that changes in this plan.
    fn triggers(&self, c: &ResourceChange) -> Vec<String> {
        let Some(block) = self.block(c) else { return Vec::new() };
        let triggered = block.lifecycle.replace_triggered_by.iter();
        triggered.filter(|e| self.changes(e, c)).map(|e| e.span().text()).collect()
    }

    fn changes(&self, expr: &Expr, of: &ResourceChange) -> bool {
        let named = expr.variables().into_iter().find_map(|t| match Reference::parse(t).ok()?.subject {
            Subject::Resource(addr, key) => Some((addr, key)),
            _ => None,
        });
        let Some((addr, key)) = named else { return false };
        self.plan.changes.iter().any(|c| {
            let acts = matches!(c.action, Action::Update | Action::DeleteThenCreate | Action::CreateThenDelete);
            let here = c.addr.module == of.addr.module && c.addr.resource == addr;
            acts && here && key.as_ref().is_none_or(|k| *k == InstanceKey::None || *k == c.addr.key)
        })
    }
}

/// Where an instance stood before it moved.
fn was(c: &ResourceChange) -> String {
    c.previous_addr.as_ref().map_or_else(String::new, |previous| format!(" (was {previous})"))
}

/// The attributes because of which an object is replaced; of some it is not known yet whether they change.
fn because_of(paths: &[Path], after: &Value) -> String {
    let (may, changed): (Vec<_>, Vec<_>) =
        paths.iter().partition(|p| p.lookup(after).is_some_and(|v| !v.is_wholly_known()));
    let names = |of: &[&Path]| and(&of.iter().map(ToString::to_string).collect::<Vec<_>>());
    match (changed.is_empty(), may.is_empty()) {
        (true, true) => String::new(),
        (false, true) => format!(" because {} changed", names(&changed)),
        (true, false) => format!(" because {} may change (known after apply)", names(&may)),
        (false, false) => {
            format!(" because {} changed and {} may change (known after apply)", names(&changed), names(&may))
        }
    }
}

/// "a", "a and b", "a, b and c".
fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

fn reason(c: &ResourceChange) -> Option<String> {
    use ActionReason as R;
    if c.deposed.is_some() {
        return Some("(left over from a replacement that did not finish)".into());
    }
    Some(match c.reason {
        R::DeleteBecauseNoResourceConfig => format!("(because {} is not in the configuration)", c.addr.config()),
        R::DeleteBecauseNoMoveTarget => {
            format!("(because {} was moved to an address that is not in the configuration)", c.addr)
        }
        R::DeleteBecauseNoModule => format!("(because {} is not in the configuration)", c.addr.module),
        R::DeleteBecauseWrongRepetition => "(because the resource uses count or for_each differently now)".into(),
        R::DeleteBecauseCountIndex => format!("(because index {} is out of range for count)", c.addr.key),
        R::DeleteBecauseEachKey => format!("(because key {} is not in for_each)", c.addr.key),
        R::ReadBecauseConfigUnknown => "(config refers to values not yet known)".into(),
        R::ReadBecauseDependencyPending => "(depends on a resource or a module with changes pending)".into(),
        R::ReadBecauseCheckNested => "(config will be reloaded to verify a check block)".into(),
        _ => return None,
    })
}
