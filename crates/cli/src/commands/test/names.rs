//! What expressions of test files see.

use std::collections::BTreeMap;
use std::sync::Arc;

use craton_config::{Module, TestFile, TestRun, VariableInputs};
use craton_engine::{Evaluated, Functions as _, Names};
use craton_hcl::{Environment, Expr, FunctionRef, Scope, Step, Traversal, eval};
use craton_model::{Data, Diagnostic, Diagnostics, State, Value, similar};

use crate::unit::{Language, Work};

/// The names of a test file: values from outside, the file's variables, and the outputs of runs.
pub struct FileNames<'a> {
    root: Option<&'a Module>,
    inputs: &'a VariableInputs,
    file: &'a TestFile,
    environment: Environment,
    /// Outputs of the runs that were made.
    runs: BTreeMap<Arc<str>, Value>,
}

/// Where an expression stands, which decides what it sees.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    /// In the `variables` block of the file.
    File,
    /// In the `variables` of a run or in a provider block.
    Run,
}

struct FileScope<'a> {
    names: &'a FileNames<'a>,
    level: Level,
}

impl<'a> FileNames<'a> {
    /// Those of a file before any of its runs.
    pub fn new(work: &'a Work, inputs: &'a VariableInputs, file: &'a TestFile) -> Self {
        Self {
            root: work.root.tree.root().map(|node| node.module.as_ref()),
            inputs,
            file,
            environment: work.environment(),
            runs: BTreeMap::new(),
        }
    }

    /// Keeps what came of a run.
    pub fn finished(&mut self, run: &Arc<str>, outputs: Option<Value>) {
        self.runs.extend(outputs.map(|o| (run.clone(), o)));
    }

    /// Evaluates what stands in a run's `variables` or in a provider block.
    pub fn scope(&'a self) -> impl Scope + 'a {
        FileScope { names: self, level: Level::Run }
    }

    /// The values of a module's variables in a run. Beside an error they are not complete.
    pub fn variables(&self, run: &TestRun, module: &Module) -> (BTreeMap<Arc<str>, Value>, Diagnostics) {
        let mut found = Diagnostics::new();
        let mut values = BTreeMap::new();
        for variable in module.variables.values() {
            let name = &variable.name;
            let (value, place) = match (run.variables.get(name), self.file.variables.get(name)) {
                (Some(expr), _) => (self.known(expr, Level::Run), Some(expr.span())),
                (None, Some(expr)) => (self.known(expr, Level::File), Some(expr.span())),
                (None, None) => match self.inputs.value_of(name, Some(variable)) {
                    Some(value) => (value, None),
                    None if variable.default.is_some() => continue,
                    None => (Err(no_value(run, name).at(variable.span).into()), None),
                },
            };
            let Some(value) = found.keep(value) else { continue };
            let what = format!("var.{name} (declared at {})", variable.span.place());
            if found.keep(variable.accept(&value, place, &what)).is_some() {
                values.insert(name.clone(), value);
            }
        }
        let idle = |name: &Arc<str>| !module.variables.contains_key(name) && !is_asserted(run, name);
        for (name, expr) in run.variables.iter().filter(|(name, _)| idle(name)) {
            let like = similar(name, module.variables.keys().map(|k| &**k));
            let hint = like.map_or(String::new(), |l| format!(" Did you mean {l:?}?"));
            let detail = format!(
                "The run {:?} gives a value to {name:?}, but the module that it is about declares no such variable.{hint}",
                run.name
            );
            found.push(Diagnostic::warning("Value for undeclared variable", detail).at(expr.span()));
        }
        (values, found)
    }

    fn known(&self, expr: &Expr, level: Level) -> Result<Value, Diagnostics> {
        let (value, found) = eval(expr, &FileScope { names: self, level });
        if found.has_errors() || value.is_wholly_known() {
            return found.ok(value);
        }
        let detail = "The value comes from a run that only planned, and it is known after apply. Let that run apply, or give another value here.";
        let mut d = Diagnostic::error("Reference to unknown value", detail).at(expr.span());
        d.values = craton_hcl::values_of(expr, &FileScope { names: self, level });
        Err(d.into())
    }

    /// A variable that a run, the file or somebody outside gives a value.
    fn variable(&self, run: Option<&TestRun>, name: &str, level: Level) -> Option<Result<Value, Diagnostics>> {
        let evaluated = |expr: &Expr, level| {
            let (value, found) = eval(expr, &FileScope { names: self, level });
            found.ok(value)
        };
        if let Some(expr) = run.and_then(|r| r.variables.get(name)) {
            return Some(evaluated(expr, Level::Run));
        }
        if let Some(expr) = self.file.variables.get(name).filter(|_| level == Level::Run) {
            return Some(evaluated(expr, Level::File));
        }
        self.inputs.value_of(name, self.root.and_then(|m| m.variables.get(name)))
    }

    /// `run.NAME`
    fn run(&self, t: &Traversal) -> Result<(Value, usize), Diagnostics> {
        let name = first_name(t, "the name of an earlier run")?;
        if let Some(outputs) = self.runs.get(&name) {
            return Ok((outputs.clone(), 1));
        }
        let detail = match self.file.runs.iter().any(|r| r.name == name) {
            true => {
                format!("The run {name:?} was not made yet. A run sees those that stand before it in the same file.")
            }
            false => {
                let like = similar(&name, self.file.runs.iter().map(|r| &*r.name));
                let hint = like.map_or(String::new(), |l| format!(" Did you mean {l:?}?"));
                format!("There is no run {name:?} in this file.{hint}")
            }
        };
        Err(Diagnostic::error("Reference to unavailable run block", detail).at(t.span).into())
    }
}

/// Whether an assertion of the run refers to a variable: it then may be there for that alone.
fn is_asserted(run: &TestRun, name: &str) -> bool {
    let refers =
        |t: &&Traversal| &*t.root.name == "var" && matches!(t.steps.first(), Some(Step::Attr(n)) if &*n.name == name);
    run.asserts.iter().any(|rule| {
        let (condition, message) = (rule.condition.variables(), rule.error_message.variables());
        condition.iter().chain(&message).any(refers)
    })
}

fn no_value(run: &TestRun, name: &str) -> Diagnostic {
    let detail = format!(
        "The run {:?} is about a module whose variable {name:?} has no default, so it needs a value. Give one in a variables block of the test file or of the run, or with -var or -var-file.",
        run.name
    );
    Diagnostic::error("No value for required variable", detail)
}

fn first_name(t: &Traversal, what: &str) -> Result<Arc<str>, Diagnostics> {
    match t.steps.first() {
        Some(Step::Attr(name)) => Ok(name.name.clone()),
        _ => {
            let detail = format!("{:?} must be followed by a dot and {what}.", &*t.root.name);
            Err(Diagnostic::error("Invalid reference", detail).at(t.span).into())
        }
    }
}

impl Scope for FileScope<'_> {
    fn lookup(&self, t: &Traversal) -> Result<(Value, usize), Diagnostics> {
        match (&*t.root.name, self.level) {
            ("var", level) => {
                let name = first_name(t, "the name of a variable")?;
                match self.names.variable(None, &name, level) {
                    Some(value) => Ok((value?, 1)),
                    None => {
                        let detail = format!(
                            "The variable {name:?} has no value here. What can be referred to are values given from outside{}.",
                            if level == Level::Run { " and variables of the test file" } else { "" }
                        );
                        Err(Diagnostic::error("Reference to unavailable variable", detail).at(t.span).into())
                    }
                }
            }
            ("run", Level::Run) => self.names.run(t),
            ("run", Level::File) => {
                let detail = "Variables of a test file are the same for all its runs, so they cannot refer to one. Set the variable in the run that needs it.";
                Err(Diagnostic::error("Invalid reference", detail).at(t.span).into())
            }
            _ => {
                let detail =
                    format!("{t} cannot be referred to here: there are only variables (var) and earlier runs (run).");
                Err(Diagnostic::error("Invalid reference", detail).at(t.span).into())
            }
        }
    }

    fn function(&self, name: &str) -> Option<FunctionRef> {
        Language.get(name)
    }

    fn function_names(&self) -> Vec<String> {
        Language.names()
    }

    fn environment(&self) -> &Environment {
        &self.names.environment
    }
}

/// The names of a run's assertions besides those of the module that it is about.
pub struct RunNames<'a> {
    pub file: &'a FileNames<'a>,
    pub run: &'a TestRun,
    pub module: &'a Module,
    /// The module's outputs: an object.
    pub outputs: &'a Value,
}

impl Names for RunNames<'_> {
    fn lookup(&self, t: &Traversal) -> Option<Result<(Value, usize), Diagnostics>> {
        match &*t.root.name {
            "run" => Some(self.file.run(t)),
            "output" => Some(self.output(t)),
            "var" => {
                let Some(Step::Attr(name)) = t.steps.first() else { return None };
                if self.module.variables.contains_key(&name.name) {
                    return None;
                }
                let value = self.file.variable(Some(self.run), &name.name, Level::Run)?;
                Some(value.map(|v| (v, 1)))
            }
            _ => None,
        }
    }
}

impl RunNames<'_> {
    fn output(&self, t: &Traversal) -> Result<(Value, usize), Diagnostics> {
        let name = first_name(t, "the name of an output")?;
        if let Some(value) = self.outputs.get(&name) {
            return Ok((value.clone(), 1));
        }
        let like = similar(&name, self.module.outputs.keys().map(|k| &**k));
        let hint = like.map_or(String::new(), |l| format!(" Did you mean {l:?}?"));
        let detail = format!("The module that the run is about has no output {name:?}.{hint}");
        Err(Diagnostic::error("Reference to undeclared output value", detail).at(t.span).into())
    }
}

/// The outputs of a run as an object. What a plan knows in part only is null where it is not known, as Terraform has it;
/// after an apply so is what was not reached.
pub fn outputs(module: &Module, evaluated: &Evaluated, state: Option<&State>) -> Value {
    let value = |name: &Arc<str>, sensitive: bool| {
        let reached = evaluated.output(name);
        let kept = || state.and_then(|s| s.outputs.get(name)).map(|o| o.value.clone());
        let value = match (reached.or_else(kept), state) {
            (Some(value), _) => value,
            (None, Some(_)) => Value::null(craton_model::Type::Dynamic),
            (None, None) => Value::dynamic(),
        };
        let value = if matches!(value.data(), Data::Unknown(_)) { value } else { known_part(&value) };
        if sensitive { value.sensitive() } else { value }
    };
    Value::object(module.outputs.values().map(|o| (o.name.clone(), value(&o.name, o.sensitive))))
}

fn known_part(value: &Value) -> Value {
    if value.is_wholly_known() {
        return value.clone();
    }
    value.transform(&mut |_, v| if v.is_known() { v } else { Value::null(v.ty().clone()) })
}
