//! Outputs of stacks: those of each unit by its name, those of nested stacks within theirs.

use super::is_stack;
use crate::discovery::ComponentKind;
use crate::session::{Terragrunt, absolute};
use craton_model::{Diagnostic, Diagnostics, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Outputs on their way into an object.
#[derive(Default)]
struct Tree {
    units: BTreeMap<Arc<str>, Value>,
    stacks: BTreeMap<Arc<str>, Tree>,
}

impl Tree {
    fn value(self) -> Value {
        let mut all = self.units;
        for (name, tree) in self.stacks {
            let value = tree.value();
            match all.get(&name) {
                // A unit and a stack of one name.
                Some(unit) => {
                    let both = unit.as_map().into_iter().chain(value.as_map()).flatten();
                    let both: BTreeMap<Arc<str>, Value> = both.cloned().collect();
                    all.insert(name, Value::object(both));
                }
                None => drop(all.insert(name, value)),
            }
        }
        Value::object(all)
    }
}

/// What of a stack's units is asked for.
enum Ask<'a> {
    /// All that are not left out of the command `output`; one without outputs has an empty object.
    Shown,
    /// All that have any, as a dependency sees them, with the stand-ins for those that have none.
    Dependency(Option<&'a Value>),
}

impl Terragrunt {
    fn read_stack(self: &Arc<Self>, dir: &Path, ask: &Ask<'_>) -> Result<Tree, Diagnostics> {
        let stack = self.stack(dir)?;
        let mut tree = Tree::default();
        let mut diags = Diagnostics::new();
        for c in &stack.components {
            if c.kind == ComponentKind::Stack {
                if !is_stack(&c.dest) {
                    if matches!(ask, Ask::Dependency(_)) {
                        diags.push(missing(&c.dest));
                    }
                    continue;
                }
                let inner = match ask {
                    Ask::Shown => self.read_stack(&c.dest, ask),
                    Ask::Dependency(mocks) => {
                        self.read_stack(&c.dest, &Ask::Dependency(mocks.and_then(|m| m.get(&c.name))))
                    }
                };
                if let Some(inner) = diags.keep(inner) {
                    tree.stacks.insert(c.name.clone(), inner);
                }
                continue;
            }
            if self.config_file(&c.dest).is_none() {
                // A unit without configuration (no_validation) has no outputs; one that was not generated may have.
                if !c.dest.is_dir() {
                    diags.push(missing(&c.dest));
                }
                continue;
            }
            match ask {
                Ask::Shown => {
                    let Some(edges) = diags.keep(self.edges(&c.dest)) else { continue };
                    if edges.exclude.is_some_and(|e| e.applies_to("output")) {
                        continue;
                    }
                    let Some(outputs) = diags.keep(self.outputs_of(&c.dest)) else { continue };
                    tree.units.insert(c.name.clone(), outputs.unwrap_or_else(|| Value::object::<&str>([])));
                }
                Ask::Dependency(mocks) => {
                    let found = match self.planned_outputs(&c.dest) {
                        Some(planned) => Some(planned),
                        None => diags.keep(self.outputs_of(&c.dest)).flatten(),
                    };
                    let stand_in = || mocks.and_then(|m| m.get(&c.name)).cloned();
                    if let Some(outputs) = found.filter(|v| !v.is_empty()).or_else(stand_in) {
                        tree.units.insert(c.name.clone(), outputs);
                    }
                }
            }
        }
        diags.ok(tree)
    }

    /// The outputs of a stack's units as an object by unit, for those that depend on the stack; `None` if no unit has any.
    /// `mocks` stand in for units that have none. Gives also whether any is of a plan and not of a state.
    pub(crate) fn outputs_of_stack(
        self: &Arc<Self>,
        dir: &Path,
        mocks: Option<&Value>,
    ) -> Result<(Option<Value>, bool), Diagnostics> {
        let units = self.stack_units(dir)?;
        let planned = units.iter().any(|u| self.planned_outputs(u).is_some());
        let real = self.read_stack(dir, &Ask::Dependency(None))?.value();
        if real.is_empty() || real.as_map().is_some_and(|m| m.iter().all(|(_, v)| v.is_empty())) {
            return Ok((None, planned));
        }
        let value = self.read_stack(dir, &Ask::Dependency(mocks))?.value();
        Ok((Some(value), planned))
    }

    /// The units that a stack generates, those of nested stacks among them. One that is not generated yet is an error.
    pub(crate) fn stack_units(self: &Arc<Self>, dir: &Path) -> Result<Vec<PathBuf>, Diagnostics> {
        let mut units = Vec::new();
        let mut open = vec![absolute(dir)];
        let mut diags = Diagnostics::new();
        while let Some(dir) = open.pop() {
            for c in &self.stack(&dir)?.components {
                match c.kind {
                    ComponentKind::Unit if self.config_file(&c.dest).is_some() => units.push(c.dest.clone()),
                    ComponentKind::Unit if c.dest.is_dir() => {}
                    ComponentKind::Stack if is_stack(&c.dest) => open.push(c.dest.clone()),
                    ComponentKind::Stack if c.dest.is_dir() => {}
                    _ => diags.push(missing(&c.dest)),
                }
            }
        }
        units.sort();
        diags.ok(units)
    }
}

fn missing(dest: &Path) -> Diagnostic {
    let detail =
        format!("There is no {}: the stack was not generated. Run  craton stack generate  first.", dest.display());
    Diagnostic::error("Stack is not generated", detail)
}

/// The outputs of all stacks in and below a folder as one object; `None` if there is no stack. Units that are left out of
/// the command `output` are left out.
pub fn stack_outputs(session: &Arc<Terragrunt>, root: &Path) -> Result<Option<Value>, Diagnostics> {
    let root = absolute(root);
    let found = crate::discovery::components(session, &root, true)?;
    let stacks: Vec<PathBuf> = found.into_iter().filter(|c| c.kind == ComponentKind::Stack).map(|c| c.dir).collect();
    if stacks.is_empty() {
        return Ok(None);
    }
    // A stack that another one generates is shown in that.
    let mut nested = std::collections::BTreeSet::new();
    let mut diags = Diagnostics::new();
    for dir in &stacks {
        let Some(stack) = diags.keep(session.stack(dir)) else { continue };
        let stacks = stack.components.iter().filter(|c| c.kind == ComponentKind::Stack);
        nested.extend(stacks.map(|c| c.dest.clone()));
    }
    let mut all: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    for dir in stacks.iter().filter(|d| !nested.contains(*d)) {
        let Some(tree) = diags.keep(session.read_stack(dir, &Ask::Shown)) else { continue };
        all.extend(tree.value().as_map().into_iter().flatten().cloned());
    }
    diags.ok(Some(Value::object(all)))
}
