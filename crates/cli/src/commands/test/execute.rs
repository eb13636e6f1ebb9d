//! One run: plan, apply, assertions.

use async_trait::async_trait;
use craton_config::{CheckRule, ModuleTree, RunCommand, TestFile, TestRun};
use craton_engine::{Evaluated, PlanOptions, Session, StateWriter};
use craton_hcl::{Scope, eval, values_of};
use craton_model::addr::ModuleInstance;
use craton_model::convert::convert;
use craton_model::{Diagnostic, Diagnostics, Marks, NoEvents, Plan, State, Type, Value};
use std::sync::Arc;

use super::names::{FileNames, RunNames, outputs};
use super::prepare::{self, Prepared};
use super::{Status, Suite, expected};
use crate::json::Schemas;

/// What came of a run.
#[derive(Default)]
pub struct Done {
    pub status: Status,
    pub found: Diagnostics,
    /// The outputs: an object.
    pub outputs: Option<Value>,
    /// The state, if the run may have changed it.
    pub state: Option<(State, Prepared)>,
    /// What `-verbose` shows.
    pub shown: Option<Shown>,
}

/// What a run led to.
pub enum Shown {
    Plan(Box<Plan>, Schemas, Arc<ModuleTree>),
    State(State, Schemas),
}

/// States of tests are kept nowhere.
pub struct InMemory;

#[async_trait]
impl StateWriter for InMemory {
    async fn write(&self, _: &State) -> Result<(), Diagnostics> {
        Ok(())
    }
}

/// A session for what a run works with.
pub fn session(suite: &Suite<'_>, prepared: &Prepared, state: State, cancel: craton_engine::CancelToken) -> Session {
    let now = craton_state::lock::now();
    let (variables, events) = (prepared.variables.clone(), Arc::new(NoEvents));
    let mut options = suite.work.session_options(variables, state, now, events, suite.parallelism, cancel);
    options.tree = prepared.tree.clone();
    options.overrides = prepared.overrides.clone();
    Session::new(options)
}

/// Makes a run on a state.
pub async fn run(suite: &Suite<'_>, file: &TestFile, run: &TestRun, names: &FileNames<'_>, state: State) -> Done {
    let errored = |found| Done { status: Status::Error, found, ..Done::default() };
    let (prepared, warnings) = match prepare::run(suite, file, run, names).await {
        Ok(ready) => ready,
        Err(found) => return errored(found),
    };
    let session = session(suite, &prepared, state, suite.cancel.clone());
    let options = PlanOptions {
        mode: run.plan.mode,
        refresh: run.plan.refresh,
        targets: run.plan.targets.clone(),
        replace: run.plan.replace.clone(),
    };
    let (plan, found, evaluated) = session.plan_evaluated(options).await;
    let mut done = Done { found: warnings, ..Done::default() };
    if run.command == RunCommand::Plan {
        let judged = expected::judge(found, &run.expect_failures);
        done.finish(run, names, &prepared, &evaluated, None, judged);
        if suite.report.wants_shown() {
            let schemas = schemas(suite, &prepared.tree).await;
            done.shown = Some(Shown::Plan(Box::new(plan), schemas, prepared.tree.clone()));
        }
        return done;
    }
    let found = expected::before_apply(found, &run.expect_failures);
    if found.has_errors() {
        done.found.extend(found);
        done.status = Status::Error;
        return done;
    }
    done.found.extend(found);
    let (state, found, evaluated) = session.apply_evaluated(&plan, &InMemory).await;
    let judged = expected::judge(found, &run.expect_failures);
    done.finish(run, names, &prepared, &evaluated, Some(&state), judged);
    if suite.report.wants_shown() {
        done.shown = Some(Shown::State(state.clone(), schemas(suite, &prepared.tree).await));
    }
    done.state = Some((state, prepared));
    done
}

async fn schemas(suite: &Suite<'_>, tree: &ModuleTree) -> Schemas {
    let registry = suite.work.registry();
    let mut schemas = Schemas::new();
    for addr in tree.provider_requirements().into_keys() {
        if let Some(factory) = registry.get(&addr)
            && let Ok(schema) = factory.schema().await
        {
            schemas.insert(addr, schema);
        }
    }
    schemas
}

impl Done {
    /// Takes the judged findings in and, if they are no errors, evaluates the assertions.
    fn finish(
        &mut self,
        run: &TestRun,
        file: &FileNames<'_>,
        prepared: &Prepared,
        evaluated: &Evaluated,
        state: Option<&State>,
        judged: Diagnostics,
    ) {
        let Some(root) = prepared.tree.root() else { return };
        let outputs = outputs(&root.module, evaluated, state);
        self.status = if judged.has_errors() { Status::Error } else { Status::Pass };
        self.found.extend(judged);
        if self.status == Status::Pass {
            let names = RunNames { file, run, module: &root.module, outputs: &outputs };
            let at = ModuleInstance::root();
            if let Some(scope) = evaluated.scope(&at, &names) {
                for rule in &run.asserts {
                    let (status, found) = assertion(rule, &scope);
                    self.status = self.status.max(status);
                    self.found.extend(found);
                }
            }
        }
        self.outputs = Some(outputs);
    }
}

fn assertion(rule: &CheckRule, scope: &dyn Scope) -> (Status, Diagnostics) {
    let (condition, mut found) = eval(&rule.condition, scope);
    let (message, more) = message(rule, scope);
    found.extend(more);
    if found.has_errors() {
        return (Status::Error, found);
    }
    let wrong = |status, summary: &str, detail: String, mut found: Diagnostics| {
        let mut d = Diagnostic::error(summary, detail).at(rule.condition.span());
        d.values = values_of(&rule.condition, scope);
        found.push(d);
        (status, found)
    };
    let (condition, _) = condition.unmark_deep();
    if !condition.is_known() {
        let detail = "The condition is known after apply. In a run with command = plan leave out what only an apply tells, let the run apply, or give the value in an override with override_during = plan.";
        return wrong(Status::Error, "Unknown condition value", detail.into(), found);
    }
    if condition.is_null() {
        let detail = "The condition must be true or false, and it is null.";
        return wrong(Status::Error, "Invalid condition run", detail.into(), found);
    }
    match convert(&condition, &Type::Bool).map(|v| v.as_bool().unwrap_or(true)) {
        Ok(true) => (Status::Pass, found),
        Ok(false) => wrong(Status::Fail, "Test assertion failed", message, found),
        Err(e) => {
            let detail = format!("The condition must be true or false: {e}.");
            wrong(Status::Error, "Invalid condition run", detail, found)
        }
    }
}

fn message(rule: &CheckRule, scope: &dyn Scope) -> (String, Diagnostics) {
    let (value, mut found) = eval(&rule.error_message, scope);
    if found.has_errors() {
        return (String::new(), found);
    }
    let marks = value.marks_deep();
    if !marks.is_empty() {
        let what = if marks.contains(Marks::SENSITIVE) { "sensitive" } else { "ephemeral" };
        let detail = format!(
            "The error message of this assertion is derived from {what} values, so it is not shown. Leave them out of it."
        );
        found.push(
            Diagnostic::warning(format!("Error message refers to {what} values"), detail).at(rule.error_message.span()),
        );
        return (format!("The error message is derived from {what} values, so it is not shown."), found);
    }
    let text = convert(&value, &Type::String).ok();
    match text.as_ref().and_then(Value::as_str) {
        Some(text) => (text.trim().to_owned(), found),
        None => ("The error message is known after apply.".into(), found),
    }
}
