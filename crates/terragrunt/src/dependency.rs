//! `dependency` blocks: the units they lead to, and their outputs.

use crate::config::{Dependency, DependencyGiven, DependencyMerge};
use crate::evaluation::{Evaluation, Once};
use crate::merge::{Lists, Strategy, maps};
use crate::stack::is_stack;
use craton_hcl::{Block, BodySchema, Step, Traversal};
use craton_model::{Diagnostic, Diagnostics, Value, similar};
use indexmap::IndexMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

/// Said of a dependency that leads nowhere.
pub(crate) const INVALID: &str = "Invalid dependency";

impl Evaluation {
    /// The `dependency` blocks of this file and of those it includes.
    pub(crate) fn dependencies(&self) -> Rc<IndexMap<Arc<str>, Dependency>> {
        match &*self.dependencies.borrow() {
            Once::Done(known) => return known.clone(),
            // Asked for while they are being read: nothing may refer to a dependency there.
            Once::Busy => return Rc::default(),
            Once::Todo => {}
        }
        self.dependencies.replace(Once::Busy);
        let merged = Rc::new(self.merged_dependencies(true));
        self.dependencies.replace(Once::Done(merged.clone()));
        merged
    }

    /// The same with nothing evaluated but where they lead to (`full`: everything).
    pub(crate) fn merged_dependencies(&self, full: bool) -> IndexMap<Arc<str>, Dependency> {
        let mut merged = self.own_dependencies(full);
        for include in self.includes().iter().rev().filter(|i| i.strategy != Strategy::NoMerge) {
            let theirs = include.evaluation.own_dependencies(full);
            merged = crate::merge::dependencies(theirs, merged, include.strategy);
        }
        if let Some(added) = self.added() {
            merged = crate::merge::dependencies(merged, added.own_dependencies(full), Strategy::Shallow);
        }
        for d in merged.values().filter(|d| d.enabled) {
            if d.config_path.is_empty() || !self.leads_somewhere(&d.target) {
                let detail = format!(
                    "The dependency {:?} has invalid config_path: there is no unit (no terragrunt.hcl) and no stack in {}. Correct the path.",
                    d.name,
                    d.target.display()
                );
                self.report(Diagnostic::error(INVALID, detail).at(d.config_path_span));
            }
        }
        merged
    }

    /// Whether there is a unit or a stack at the end of a dependency.
    fn leads_somewhere(&self, target: &Path) -> bool {
        self.ctx.session.config_file(target).is_some() || is_stack(target)
    }

    /// Whether a dependency is on a stack and not on a unit.
    fn on_stack(&self, dependency: &Dependency) -> bool {
        self.ctx.session.config_file(&dependency.target).is_none() && is_stack(&dependency.target)
    }

    pub(crate) fn own_dependencies(&self, full: bool) -> IndexMap<Arc<str>, Dependency> {
        let mut all = IndexMap::new();
        for block in self.content.blocks_of("dependency") {
            let Some(d) = self.dependency(block, full) else { continue };
            if all.contains_key(&d.name) {
                let detail =
                    format!("There are two dependency blocks labelled {:?}. Give each a label of its own.", d.name);
                self.report(Diagnostic::error("Duplicate dependency block", detail).at(block.span));
                continue;
            }
            all.insert(d.name.clone(), d);
        }
        all
    }

    fn dependency(&self, block: &Block, full: bool) -> Option<Dependency> {
        let name = block.labels.first()?.name.clone();
        let schema = BodySchema::new().required("config_path").optional([
            "enabled",
            "skip_outputs",
            "mock_outputs",
            "mock_outputs_allowed_terraform_commands",
            "mock_outputs_merge_strategy_with_state",
            "mock_outputs_merge_with_state",
        ]);
        let (content, found) = block.body.content(&schema);
        self.report_all(found);
        let flag = |name: &str| content.expr(name).and_then(|e| self.bool(e, name));
        let enabled = flag("enabled").unwrap_or(true);
        let path_expr = content.expr("config_path")?;
        let config_path = self.string(path_expr, "config_path")?;
        let target = self.ctx.path(&config_path);
        if !full {
            return Some(Dependency {
                name,
                config_path,
                target,
                enabled,
                skip_outputs: true,
                mock_outputs: None,
                mock_outputs_allowed_terraform_commands: Vec::new(),
                merge: DependencyMerge::NoMerge,
                given: DependencyGiven::default(),
                outputs: None,
                span: block.span,
                config_path_span: path_expr.span(),
            });
        }
        let mut given = DependencyGiven {
            enabled: flag("enabled"),
            skip_outputs: flag("skip_outputs"),
            merge_with_state: flag("mock_outputs_merge_with_state"),
            merge_strategy: None,
        };
        let merge = content
            .expr("mock_outputs_merge_strategy_with_state")
            .and_then(|e| {
                let word = self.string(e, "mock_outputs_merge_strategy_with_state")?;
                given.merge_strategy = Some(word.clone());
                match word.as_str() {
                    "no_merge" => Some(DependencyMerge::NoMerge),
                    "shallow" => Some(DependencyMerge::Shallow),
                    "deep_map_only" => Some(DependencyMerge::DeepMapOnly),
                    other => {
                        let detail = format!("{other:?} is not one of no_merge, shallow and deep_map_only.");
                        self.report(Diagnostic::error("Invalid merge strategy", detail).at(e.span()));
                        None
                    }
                }
            })
            .or_else(|| given.merge_with_state?.then_some(DependencyMerge::Shallow));
        Some(Dependency {
            name,
            config_path,
            target,
            enabled,
            skip_outputs: given.skip_outputs.unwrap_or(false),
            mock_outputs: content.expr("mock_outputs").and_then(|e| self.eval(e)).filter(|v| !v.is_null()),
            mock_outputs_allowed_terraform_commands: content
                .expr("mock_outputs_allowed_terraform_commands")
                .and_then(|e| self.strings(e, "mock_outputs_allowed_terraform_commands"))
                .unwrap_or_default(),
            merge: merge.unwrap_or_default(),
            given,
            outputs: None,
            span: block.span,
            config_path_span: path_expr.span(),
        })
    }

    /// What `dependency.NAME...` refers to: the value, and how many steps it takes up.
    pub(crate) fn dependency_value(&self, name: &str, t: &Traversal) -> Result<(Value, usize), Diagnostics> {
        let all = self.dependencies();
        let Some(dependency) = all.get(name) else {
            let hint =
                similar(name, all.keys().map(|k| &**k)).map(|n| format!(" Did you mean {n:?}?")).unwrap_or_default();
            let detail = format!(
                "There is no dependency block labelled {name:?}.{hint} Add one with the config_path of the unit."
            );
            return Err(Diagnostic::error("Reference to undeclared dependency", detail).at(t.span).into());
        };
        let part = match t.steps.get(1) {
            Some(Step::Attr(id)) => Some(&*id.name),
            _ => None,
        };
        match part {
            Some("outputs") => {
                let outputs = self.outputs(dependency)?;
                let lacks = match t.steps.get(2) {
                    Some(Step::Attr(id)) => outputs.as_map().is_some_and(|m| m.get(&id.name).is_none()),
                    _ => false,
                };
                // What is shown of a configuration need not be there yet.
                let steps = if lacks && self.is_rendered() { t.steps.len() } else { 2 };
                Ok((if steps > 2 { Value::dynamic() } else { outputs }, steps))
            }
            Some("inputs") => {
                let detail = format!(
                    "Reading inputs from dependencies is no longer supported. To have a value of another unit, use outputs: dependency.{name}.outputs."
                );
                Err(Diagnostic::error("Invalid dependency reference", detail).at(t.span).into())
            }
            _ => {
                let value = Value::object([
                    ("name", Value::from(name)),
                    ("config_path", Value::from(dependency.config_path.as_str())),
                    ("enabled", Value::bool(dependency.enabled)),
                    ("skip_outputs", Value::bool(dependency.skip_outputs)),
                    ("outputs", self.outputs(dependency)?),
                ]);
                Ok((value, 1))
            }
        }
    }

    /// Whether the configuration is to be shown only.
    fn is_rendered(&self) -> bool {
        self.ctx.session.options.command == "render"
    }

    /// Decides on the outputs of all dependencies, whether anything refers to them or not.
    pub(crate) fn read_outputs(&self) {
        for dependency in self.dependencies().values() {
            // A dependency that leads nowhere has been reported.
            let leads = self.leads_somewhere(&dependency.target);
            if let Err(found) = if leads || !dependency.enabled { self.outputs(dependency).map(drop) } else { Ok(()) } {
                self.report_all(found);
            }
        }
    }

    /// The outputs that a dependency has for this unit: those of the state, mock outputs, or both mixed.
    pub(crate) fn outputs(&self, dependency: &Dependency) -> Result<Value, Diagnostics> {
        if let Some(known) = self.outputs.borrow().get(&dependency.name) {
            // `None`: failed before, and reported then.
            return Ok(known.clone().unwrap_or_else(Value::dynamic));
        }
        let decided = self.decide_outputs(dependency);
        self.outputs.borrow_mut().insert(dependency.name.clone(), decided.as_ref().ok().cloned());
        decided
    }

    /// The outputs as they will be, where the dependency was planned in this run. Mock outputs stand in for those that
    /// are known after apply and for those that the plan does not have, unless it is to be applied as it is.
    fn planned(&self, dependency: &Dependency, mocks: Option<&Value>) -> Option<Value> {
        let session = &self.ctx.session;
        let mut planned = if self.on_stack(dependency) {
            session.outputs_of_stack(&dependency.target, None).ok().filter(|(_, planned)| *planned)?.0?
        } else {
            session.planned_outputs(&crate::graph::unit_folder(&dependency.target))?
        };
        let Some(mocks) = mocks.filter(|_| !session.options.exact).and_then(Value::as_map) else {
            return Some(planned);
        };
        let mut stand_ins = Vec::new();
        for (name, mock) in mocks.iter() {
            if planned.get(name).is_none_or(|v| !v.is_wholly_known()) {
                stand_ins.push(name.to_string());
                planned = planned.with_attribute(name, mock.clone());
            }
        }
        if !stand_ins.is_empty() {
            let detail = format!(
                "Outputs of {} that are known after apply, or that its plan does not have, are mock outputs for now: {}.",
                dependency.config_path,
                stand_ins.join(", ")
            );
            self.report(Diagnostic::warning("Mock outputs are used", detail).at(dependency.span));
        }
        Some(planned)
    }

    /// The outputs that the target's state holds: of a unit, or of all units of a stack.
    fn applied(&self, dependency: &Dependency, mocks: Option<&Value>) -> Result<Option<Value>, Diagnostics> {
        let session = &self.ctx.session;
        if self.on_stack(dependency) {
            return session.outputs_of_stack(&dependency.target, mocks).map(|(found, _)| found);
        }
        session.outputs_of(&dependency.target)
    }

    fn decide_outputs(&self, dependency: &Dependency) -> Result<Value, Diagnostics> {
        let mocks = dependency.mock_outputs.as_ref();
        let empty = || Value::object::<&str>([]);
        let leads = self.leads_somewhere(&dependency.target);
        let skip = self.ctx.skip_outputs || self.ctx.session.options.no_outputs;
        if skip && !dependency.skip_outputs {
            return Ok(mocks.cloned().unwrap_or_else(Value::dynamic));
        }
        if !dependency.enabled || dependency.skip_outputs || !leads {
            return Ok(mocks.cloned().unwrap_or_else(empty));
        }
        let command = &self.ctx.session.options.command;
        let allowed = &dependency.mock_outputs_allowed_terraform_commands;
        let mocks = mocks.filter(|_| self.is_rendered() || allowed.is_empty() || allowed.contains(command));
        let found = match self.planned(dependency, mocks) {
            Some(planned) => Some(planned),
            None => match self.applied(dependency, mocks) {
                Ok(outputs) => outputs,
                // What is shown of a configuration need not be there yet.
                Err(found) if self.is_rendered() => {
                    let why = found.0.first().map(|d| format!("{}: {}", d.summary, d.detail)).unwrap_or_default();
                    let detail =
                        format!("The outputs of {} could not be read, and are left out. {why}", dependency.config_path);
                    self.report(Diagnostic::warning("Outputs are not known", detail).at(dependency.span));
                    None
                }
                Err(found) => {
                    let at = |d: Diagnostic| d.at_default(Some(dependency.span));
                    return Err(found.into_iter().map(at).collect());
                }
            },
        };
        match (found.filter(|v| !v.is_empty()), mocks) {
            (Some(state), Some(mocks)) => Ok(match dependency.merge {
                DependencyMerge::NoMerge => state,
                DependencyMerge::Shallow => {
                    let both = [mocks, &state].into_iter().filter_map(Value::as_map).flat_map(|m| m.iter().cloned());
                    Value::object(both)
                }
                DependencyMerge::DeepMapOnly => maps(mocks, &state, Lists::Replace),
            }),
            (Some(state), None) => Ok(state),
            (None, Some(mocks)) => {
                let detail = format!(
                    "The unit {} has no outputs (it has not been applied, or declares none), so its mock outputs are used.",
                    dependency.config_path
                );
                self.report(Diagnostic::warning("Mock outputs are used", detail).at(dependency.span));
                Ok(mocks.clone())
            }
            (None, None) if self.is_rendered() => Ok(Value::dynamic()),
            (None, None) => {
                let because = if dependency.mock_outputs.is_some() {
                    format!(" Its mock outputs are not for the command {command:?}.")
                } else {
                    String::new()
                };
                let detail = format!(
                    "In resolving dependency {:?} outputs: {} is a dependency of {} but detected no outputs. Either the target unit has not been applied yet, or it has no outputs.{because} Apply it first, or give mock_outputs (or  skip_outputs = true  if only the order matters).",
                    dependency.name,
                    dependency.target.display(),
                    self.ctx.config_path.display()
                );
                Err(Diagnostic::error("Dependency has no outputs", detail).at(dependency.span).into())
            }
        }
    }
}
