//! Visits to nodes that only evaluate: variables, locals, outputs, module calls, checks.

use std::collections::HashMap;
use std::sync::Arc;

use craton_config::Variable;
use craton_hcl::BodySchema;
use craton_model::addr::{InstanceKey, ModuleInstance, ModulePath};
use craton_model::convert::convert;
use craton_model::{Diagnostic, Diagnostics, Marks, Span, Type, Value};

use crate::checks::{Kind, Subject};
use crate::expand;
use crate::graph::{Node, NodeId};
use crate::order::Visit;
use crate::table::{Modules, Outcome, Repetition};
use crate::walk::{Phase, Walk};

/// An output of a module that is not run.
pub fn overridden(outputs: &Value, name: &str) -> Value {
    outputs.get(name).cloned().unwrap_or_else(|| Value::null(Type::Dynamic))
}

impl Walk {
    /// Visits a node that needs neither a provider nor the state.
    pub fn visit_value(&self, n: NodeId) -> Visit {
        let found = match &self.graph.nodes[n] {
            Node::Variable(path, name) => self.variable(n, path, name),
            Node::Local(path, name) => self.local(n, path, name),
            Node::Output(path, name) => self.output(n, path, name),
            Node::Module(path) => self.module(n, path),
            Node::ModuleValue(path) => self.module_value(n, path),
            Node::Check(path, name) => self.check(path, name),
            Node::ModuleDone(_) | Node::Resource(_) | Node::Provider(_) => Diagnostics::new(),
        };
        let failed = found.has_errors();
        self.report(found);
        if failed && self.phase != Phase::Validate { Visit::Failed } else { Visit::Done }
    }

    fn variable(&self, n: NodeId, path: &ModulePath, name: &Arc<str>) -> Diagnostics {
        let mut found = Diagnostics::new();
        let Some(variable) = self.tree.get(path).and_then(|m| m.module.variables.get(name)) else { return found };
        let mut values = HashMap::new();
        // A module is checked for all that could be given to it, at every level.
        let any = self.phase == Phase::Validate && !self.given;
        let unknown = || Value::unknown(variable.ty.without_optional());
        for module in self.module_instances(path) {
            let given = match module.parent() {
                None => self.root_variable(variable),
                Some(parent) => self.argument(&module, &parent, variable),
            };
            match given.and_then(|(value, span)| self.accept(variable, value, span, module.is_root())) {
                Ok(_) if any => match self.accept(variable, Some(unknown()), None, module.is_root()) {
                    Ok(value) => values.insert(module, value),
                    Err(_) => values.insert(module, unknown()),
                },
                Ok(value) => values.insert(module, value),
                Err(more) => {
                    found.extend(more);
                    values.insert(module, unknown())
                }
            };
        }
        let failed = found.has_errors();
        self.table.set(n, Outcome::Values(values));
        if !variable.validations.is_empty() && self.phase != Phase::Validate {
            self.named_expanded(Kind::Variable, path, name, variable.validations.len());
        }
        if !failed && !variable.validations.is_empty() {
            for module in self.module_instances(path) {
                found.extend(self.validate_variable(variable, &module));
            }
        }
        found
    }

    /// The value given for a root variable, before defaults; `None` when none is.
    fn root_variable(&self, variable: &Variable) -> Result<(Option<Value>, Option<Span>), Diagnostics> {
        if self.phase == Phase::Validate && !self.given {
            return Ok((Some(Value::unknown(variable.ty.without_optional())), None));
        }
        let given = self.variables.get(&variable.name).cloned();
        if given.is_none() && variable.default.is_none() {
            return Err(Diagnostic::error(
                "No value for required variable",
                format!(
                    "The input variable {:?} of the root module has no default, and nothing sets it. Set it with -var, a variables file \
                     or the environment variable TF_VAR_{}.",
                    &*variable.name, variable.name
                ),
            )
            .at(variable.span)
            .into());
        }
        Ok((given, None))
    }

    /// The value that a module call gives for a variable.
    fn argument(
        &self,
        module: &ModuleInstance,
        parent: &ModuleInstance,
        variable: &Variable,
    ) -> Result<(Option<Value>, Option<Span>), Diagnostics> {
        let (Some(scope), Some((name, key))) = (self.scope(parent), module.0.last()) else { return Ok((None, None)) };
        let Some(call) = scope.node.module.module_calls.get(name) else { return Ok((None, None)) };
        let (content, ..) = call.body.partial_content(&BodySchema::new().optional([&*variable.name]));
        let Some(attribute) = content.attributes.get(&variable.name) else { return Ok((None, Some(call.span))) };
        let expand = scope.index.calls.get(name).map(|c| c.expand);
        let repetition = expand.and_then(|e| self.table.modules(e)).and_then(|m| m.repetition.get(parent));
        let instance = repetition.and_then(|r| r.instance(key));
        let scope = match &instance {
            Some(i) => scope.with_instance(i),
            None => scope,
        };
        let (value, found) = scope.eval(&attribute.expr);
        if found.has_errors() {
            return Err(found.into_iter().map(|d| d.for_address(module)).collect());
        }
        self.report(found);
        Ok((Some(value), Some(attribute.expr.span())))
    }

    /// Brings a given value to what the variable declares.
    fn accept(
        &self,
        variable: &Variable,
        given: Option<Value>,
        span: Option<Span>,
        root: bool,
    ) -> Result<Value, Diagnostics> {
        let fallback = || variable.default.clone();
        let given = match given {
            Some(v) if v.is_null() && !variable.nullable => match fallback() {
                Some(default) => default,
                None => {
                    let what = if root { "The given value" } else { "The given value in the module call" };
                    return Err(Diagnostic::error(
                        if root { "Required variable not set" } else { "Invalid value for input variable" },
                        format!(
                            "{what} for var.{} is null. The variable says nullable = false and has no default to fall back on, so it needs a value.",
                            variable.name
                        ),
                    )
                    .at_default(span.or(Some(variable.span)))
                    .into());
                }
            },
            Some(v) => v,
            None => fallback().unwrap_or_else(|| Value::unknown(variable.ty.without_optional())),
        };
        let given = match &variable.defaults {
            Some(defaults) => defaults.apply(&given),
            None => given,
        };
        let value = convert(&given, &variable.ty).map_err(|e| {
            Diagnostic::error(
                "Invalid value for input variable",
                format!("The value given for the variable {:?} does not fit its type: {e}.", &*variable.name),
            )
            .at_default(span.or(Some(variable.span)))
        })?;
        let mut marks = Marks::NONE;
        if variable.sensitive {
            marks = marks.union(Marks::SENSITIVE);
        }
        if variable.ephemeral {
            marks = marks.union(Marks::EPHEMERAL);
        } else if value.marks_deep().contains(Marks::EPHEMERAL) {
            return Err(Diagnostic::error(
                "Ephemeral value not allowed",
                format!(
                    "The value is ephemeral, and the variable {:?} would keep it. Declare the variable with ephemeral = true, or give it another value.",
                    &*variable.name
                ),
            )
            .at_default(span)
            .into());
        }
        Ok(value.mark(marks))
    }

    fn validate_variable(&self, variable: &Variable, module: &ModuleInstance) -> Diagnostics {
        let Some(scope) = self.scope(module) else { return Diagnostics::new() };
        let subject = Subject::named(Kind::Variable, module, &variable.name);
        let found = self.checks.evaluate(&scope, &subject, &variable.validations, "Invalid value for variable");
        found.into_iter().map(|d| d.at_default(Some(variable.span))).collect()
    }

    fn local(&self, n: NodeId, path: &ModulePath, name: &Arc<str>) -> Diagnostics {
        let mut found = Diagnostics::new();
        let Some(local) = self.tree.get(path).and_then(|m| m.module.locals.get(name)) else { return found };
        let mut values = HashMap::new();
        for module in self.module_instances(path) {
            let Some(scope) = self.scope(&module) else { continue };
            let (value, more) = scope.eval(&local.expr);
            found.extend(more);
            values.insert(module, value);
        }
        self.table.set(n, Outcome::Values(values));
        found
    }

    fn output(&self, n: NodeId, path: &ModulePath, name: &Arc<str>) -> Diagnostics {
        let mut found = Diagnostics::new();
        let Some(output) = self.tree.get(path).and_then(|m| m.module.outputs.get(name)) else { return found };
        let mut values = HashMap::new();
        self.named_expanded(Kind::Output, path, name, output.preconditions.len());
        for module in self.module_instances(path) {
            let Some(scope) = self.scope(&module) else { continue };
            if !output.preconditions.is_empty() && self.phase != Phase::Validate {
                let subject = Subject::named(Kind::Output, &module, name);
                let failed = "Module output value precondition failed";
                let more = self.checks.evaluate(&scope, &subject, &output.preconditions, failed);
                let stop = more.has_errors();
                found.extend(more);
                if stop {
                    continue;
                }
            }
            let (mut value, more) = scope.eval(&output.value);
            found.extend(more);
            if let Some(d) = path.is_root().then(|| craton_hcl::too_large(&value, output.value.span())).flatten() {
                found.push(d);
                value = Value::dynamic();
            }
            let marks = value.marks_deep();
            if output.ephemeral {
                if self.phase != Phase::Validate && !marks.contains(Marks::EPHEMERAL) {
                    found.push(
                        Diagnostic::error(
                            "Value not allowed in ephemeral output",
                            format!("The output {:?} is declared ephemeral, and its value is not. Remove ephemeral = true, or give it an ephemeral value.", &**name),
                        )
                        .at(output.value.span()),
                    );
                }
                value = value.mark(Marks::EPHEMERAL);
            } else if marks.contains(Marks::EPHEMERAL) {
                found.push(
                    Diagnostic::error(
                        "Ephemeral value not allowed",
                        "The value is ephemeral, and this output would keep it. Declare the output with ephemeral = true (which modules other than the root can), or derive it from something else.",
                    )
                    .at(output.value.span()),
                );
            }
            if path.is_root() && marks.contains(Marks::SENSITIVE) && !output.sensitive {
                found.push(
                    Diagnostic::error(
                        "Output refers to sensitive values",
                        format!(
                            "The value of output {:?} is derived from sensitive values, and would be shown. If it is meant to be an output, add to its block:\n    sensitive = true",
                            &**name
                        ),
                    )
                    .at(output.span),
                );
            }
            values.insert(module, value);
        }
        self.table.set(n, Outcome::Values(values));
        found
    }

    fn module(&self, n: NodeId, path: &ModulePath) -> Diagnostics {
        let mut found = Diagnostics::new();
        let mut modules = Modules::default();
        let (Some(name), Some(parent)) = (path.0.last(), path.parent()) else { return found };
        for parent in self.module_instances(&parent) {
            let Some(scope) = self.scope(&parent) else { continue };
            let Some(call) = scope.node.module.module_calls.get(name) else { continue };
            let open = self.phase == Phase::Validate;
            let repetition = expand::repetition(&scope, call.count.as_ref(), call.for_each.as_ref(), open);
            let repetition = match repetition {
                Ok((r, more)) => {
                    found.extend(more);
                    if open && !self.given { r.open() } else { r }
                }
                Err(more) => {
                    found.extend(more);
                    continue;
                }
            };
            for instance in repetition.instances() {
                modules.all.push(parent.child(name.clone(), instance.key));
            }
            modules.repetition.insert(parent, Arc::new(repetition));
        }
        self.table.set(n, Outcome::Module(modules));
        found
    }

    fn module_value(&self, n: NodeId, path: &ModulePath) -> Diagnostics {
        let (Some(name), Some(parent)) = (path.0.last(), path.parent()) else { return Diagnostics::new() };
        let expand = self.graph.modules.get(&parent).and_then(|m| m.calls.get(name)).map(|c| c.expand);
        let outputs = self.graph.modules.get(path).map(|m| &m.outputs);
        let mut values = HashMap::new();
        for parent in self.module_instances(&parent) {
            let repetition = expand.and_then(|e| self.table.modules(e)).and_then(|m| m.repetition.get(&parent));
            let Some(repetition) = repetition else { continue };
            let each = repetition.instances().into_iter().map(|instance| {
                let child = parent.child(name.clone(), instance.key);
                let given = self.overrides.module(&child);
                let value = |k: &str, n: &NodeId| match given {
                    Some(given) => overridden(given, k),
                    None => self.table.value(*n, &child).cloned().unwrap_or_else(Value::dynamic),
                };
                Value::object(outputs.into_iter().flatten().map(|(k, n)| (k.clone(), value(k, n))))
            });
            let value = match **repetition {
                Repetition::UnknownCount | Repetition::UnknownEach => Value::unknown(Type::Dynamic),
                _ => repetition.collect(each.collect()),
            };
            values.insert(parent, value);
        }
        self.table.set(n, Outcome::Values(values));
        Diagnostics::new()
    }

    /// Says that root outputs have one instance each: a plan that destroys knows that without visiting them.
    pub fn root_outputs_expanded(&self) {
        let Some(root) = self.tree.root() else { return };
        for output in root.module.outputs.values() {
            self.named_expanded(Kind::Output, &ModulePath::root(), &output.name, output.preconditions.len());
        }
    }

    /// Says of which instances the conditions of a block are about to be evaluated.
    fn named_expanded(&self, kind: Kind, path: &ModulePath, name: &str, rules: usize) {
        let outer = ModuleInstance(path.0.iter().map(|step| (step.clone(), InstanceKey::None)).collect());
        let instances = self.module_instances(path);
        let subjects = instances.iter().map(|module| Subject::named(kind, module, name));
        self.checks.expanded(&Subject::named(kind, &outer, name), subjects, rules);
    }

    fn check(&self, path: &ModulePath, name: &Arc<str>) -> Diagnostics {
        let mut found = Diagnostics::new();
        let Some(check) = self.tree.get(path).and_then(|m| m.module.checks.get(name)) else { return found };
        if self.phase == Phase::Validate {
            return found;
        }
        self.named_expanded(Kind::Check, path, name, check.asserts.len());
        for module in self.module_instances(path) {
            let Some(scope) = self.scope(&module) else { continue };
            let subject = Subject::named(Kind::Check, &module, name);
            found.extend(self.checks.evaluate(&scope, &subject, &check.asserts, crate::checks::CHECK_FAILED));
        }
        found
    }
}
