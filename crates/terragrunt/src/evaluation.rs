//! One configuration file in evaluation: its local values, the files it includes, and what its expressions see.
//!
//! Everything is computed when it is asked for, once, so that the order in which things are written does not matter.

use crate::config::{Config, Dependency};
use crate::context::Context;
use crate::functions;
use crate::locals::{Local, Locals};
use crate::merge::Strategy;
use craton_hcl::{Body, BodySchema, Content, Environment, Expr, FunctionRef, Scope, Step, Traversal, eval};
use craton_model::{Diagnostic, Diagnostics, Span, Type, Value, convert, similar};
use indexmap::IndexMap;
use std::cell::{Cell, OnceCell, RefCell};
use std::path::PathBuf;
use std::rc::{Rc, Weak};
use std::sync::Arc;

/// A file in evaluation.
pub(crate) struct Evaluation {
    pub(crate) ctx: Arc<Context>,
    pub(crate) content: Content,
    locals: Locals,
    pub(crate) includes: OnceCell<Vec<Include>>,
    /// What a stack adds to the unit: laid over all the rest.
    added: OnceCell<Rc<Evaluation>>,
    /// The file that includes this one.
    child: OnceCell<Weak<Evaluation>>,
    values: Option<Value>,
    phase: Cell<Phase>,
    pub(crate) dependencies: RefCell<Once<Dependencies>>,
    pub(crate) outputs: RefCell<IndexMap<Arc<str>, Option<Value>>>,
    pub(crate) diags: RefCell<Diagnostics>,
}

pub(crate) type Dependencies = Rc<IndexMap<Arc<str>, Dependency>>;

/// Something computed once.
#[derive(Default)]
pub(crate) enum Once<T> {
    #[default]
    Todo,
    Busy,
    Done(T),
}

/// An included file.
pub(crate) struct Include {
    pub(crate) label: String,
    pub(crate) strategy: Strategy,
    pub(crate) expose: bool,
    pub(crate) evaluation: Rc<Evaluation>,
}

/// What is being evaluated, which decides on what may be referred to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Includes,
    Locals,
    Rest,
}

const ROOTS: [&str; 5] = ["local", "include", "dependency", "feature", "values"];

fn schema() -> BodySchema<'static> {
    BodySchema::new()
        .optional([
            "inputs",
            "terraform_binary",
            "terraform_version_constraint",
            "terragrunt_version_constraint",
            "download_dir",
            "prevent_destroy",
            "iam_role",
            "iam_assume_role_duration",
            "iam_assume_role_session_name",
            "iam_web_identity_token",
            "remote_state",
            "generate",
            "skip",
            "retryable_errors",
            "retry_max_attempts",
            "retry_sleep_interval_sec",
        ])
        .blocks(["locals", "terraform", "remote_state", "dependencies", "exclude", "errors", "engine", "catalog"])
        .block("dependency", &["name"])
        .block("generate", &["name"])
        .block("feature", &["name"])
}

/// An `include` block may stand without a label.
fn include_schemas() -> [BodySchema<'static>; 2] {
    [BodySchema::new().block("include", &["name"]), BodySchema::new().block("include", &[])]
}

impl Evaluation {
    /// Reads a configuration and the files it includes. A syntax error is all there is to say about a file.
    pub(crate) fn open(ctx: Arc<Context>) -> Result<Rc<Self>, Diagnostics> {
        let (evaluation, body) = Self::read(ctx)?;
        let opened = evaluation.open_includes(&body);
        if opened.is_err() && evaluation.ctx.depth == 0 {
            // Another version may well know what is wrong here.
            evaluation.check_terragrunt_version()?;
        }
        opened?;
        evaluation.open_added()?;
        evaluation.learn_iam();
        Ok(evaluation)
    }

    /// A configuration without the files it includes, for what can be told although one of them is missing.
    pub(crate) fn open_alone(ctx: Arc<Context>) -> Option<Rc<Self>> {
        Self::read(ctx).ok().map(|(evaluation, _)| evaluation)
    }

    fn read(ctx: Arc<Context>) -> Result<(Rc<Self>, Body), Diagnostics> {
        ctx.note_read(&ctx.file);
        ctx.credentials()?;
        let (body, mut diags) = ctx.session.parse(&ctx.file);
        let Some(body) = body.filter(|_| !diags.has_errors()) else { return Err(diags) };
        let (_, rest, _) = body.partial_content(&include_schemas()[1]);
        let (content, found) = rest.content(&schema());
        diags.extend(found);
        let values = crate::stack::read_values(&ctx, &mut diags);
        let evaluation = Self {
            ctx,
            locals: Locals::default(),
            includes: OnceCell::new(),
            added: OnceCell::new(),
            child: OnceCell::new(),
            values,
            phase: Cell::new(Phase::Rest),
            dependencies: RefCell::default(),
            outputs: RefCell::default(),
            diags: RefCell::default(),
            content,
        };
        if let Some(block) = evaluation.content.single_block("locals", &mut diags) {
            let (attributes, found) = block.body.attributes();
            diags.extend(found);
            evaluation.locals.declare(attributes);
        }
        evaluation.diags.replace(diags);
        Ok((Rc::new(evaluation), body))
    }

    fn open_includes(self: &Rc<Self>, body: &Body) -> Result<(), Diagnostics> {
        let mut diags = Diagnostics::new();
        let mut blocks = Vec::new();
        if let Some(native) = body.as_native() {
            blocks.extend(native.blocks.iter().filter(|b| &*b.kind == "include").cloned());
        } else {
            let (content, _, found) = body.partial_content(&include_schemas()[0]);
            if found.has_errors() {
                let (content, _, found) = body.partial_content(&include_schemas()[1]);
                diags.extend(found);
                blocks.extend(content.blocks);
            } else {
                blocks.extend(content.blocks);
            }
        }
        let mut found: Vec<(String, PathBuf, Strategy, bool, Span)> = Vec::new();
        self.phase.set(Phase::Includes);
        for block in &blocks {
            let label = block.labels.first().map(|l| l.name.to_string()).unwrap_or_default();
            if block.labels.len() > 1 {
                let detail = "An include block has one label at most. Remove the others.";
                diags.push(Diagnostic::error("Extraneous label for include", detail).at(block.labels[1].span));
            }
            if label.is_empty() && self.ctx.session.options.strict.contains("bare-include") {
                let detail = "Using an `include` block without a label is deprecated. Please use the `include` block with a label instead.";
                diags.push(Diagnostic::error("Deprecated include block", detail).at(block.span));
            }
            if found.iter().any(|(l, ..)| *l == label) {
                let detail = if label.is_empty() {
                    "There are several include blocks without label. Give each a label of its own.".to_owned()
                } else {
                    format!("There are two include blocks with the label {label:?}. Give each a label of its own.")
                };
                diags.push(Diagnostic::error("Duplicate include block", detail).at(block.span));
                continue;
            }
            let schema = BodySchema::new().required("path").optional(["expose", "merge_strategy"]);
            let (content, more) = block.body.content(&schema);
            diags.extend(more);
            let path = content.expr("path").and_then(|e| self.string(e, "path"));
            let expose = content.expr("expose").and_then(|e| self.bool(e, "expose")).unwrap_or(false);
            let strategy = content.expr("merge_strategy").and_then(|e| {
                let word = self.string(e, "merge_strategy")?;
                let known = Strategy::parse(&word);
                if known.is_none() {
                    let detail =
                        format!("{word:?} is no merge strategy. The strategies are no_merge, shallow and deep.");
                    self.report(Diagnostic::error("Invalid merge strategy", detail).at(e.span()));
                }
                known
            });
            let Some(path) = path else { continue };
            let place = content.expr("path").map_or(block.span, Expr::span);
            if path.is_empty() {
                let detail = "The path is empty. Name the file to include.";
                diags.push(Diagnostic::error("Invalid include path", detail).at(place));
                continue;
            }
            found.push((label, self.ctx.path(&path), strategy.unwrap_or_default(), expose, place));
        }
        self.phase.set(Phase::Rest);
        diags.extend(std::mem::take(&mut *self.diags.borrow_mut()));
        self.ctx.set_includes(found.iter().map(|(l, p, ..)| (l.clone(), p.clone())).collect());
        let mut includes = Vec::new();
        for (label, path, strategy, expose, place) in found {
            if !path.is_file() {
                let detail = format!("There is no file {}. Correct the path.", path.display());
                diags.push(Diagnostic::error("Included file not found", detail).at(place));
                continue;
            }
            let (evaluation, body) = match Self::read(self.ctx.for_include(&path)) {
                Ok(read) => read,
                Err(d) => {
                    diags.extend(d);
                    continue;
                }
            };
            if let Some(nested) = include_in(&body) {
                let detail = format!(
                    "{} is included by {} and includes a file itself. Only one level is possible; include both files from the unit.",
                    path.display(),
                    self.ctx.config_path.display()
                );
                diags.push(Diagnostic::error("Nested include", detail).at(nested));
                continue;
            }
            if evaluation.child.set(Rc::downgrade(self)).is_ok() && evaluation.includes.set(Vec::new()).is_ok() {
                includes.push(Include { label, strategy, expose, evaluation });
            }
        }
        let failed = diags.has_errors();
        // An include that is there cannot be evaluated without the ones that are not.
        if failed {
            return Err(diags);
        }
        *self.diags.borrow_mut() = diags;
        let _ = self.includes.set(includes);
        Ok(())
    }

    /// Reads what a stack has left beside the unit, if it has.
    fn open_added(self: &Rc<Self>) -> Result<(), Diagnostics> {
        let path = self.ctx.dir().join(crate::stack::AUTOINCLUDE_FILE);
        if !self.ctx.is_unit() || !path.is_file() {
            return Ok(());
        }
        let (evaluation, body) = Self::read(self.ctx.for_include(&path))?;
        if let Some(include) = include_in(&body) {
            let detail = "An autoinclude block cannot include files. Include the file in the unit.";
            return Err(Diagnostic::error("Nested include", detail).at(include).into());
        }
        if evaluation.child.set(Rc::downgrade(self)).is_ok() && evaluation.includes.set(Vec::new()).is_ok() {
            let _ = self.added.set(evaluation);
        }
        Ok(())
    }

    /// What a stack adds to the unit.
    pub(crate) fn added(&self) -> Option<&Rc<Evaluation>> {
        self.added.get()
    }

    /// The role of the configuration, for the functions that ask AWS.
    fn learn_iam(&self) {
        let mut iam = self.ctx.credentials().map(|c| c.role.clone()).unwrap_or_default();
        for include in self.includes() {
            let theirs = include.evaluation.iam();
            crate::merge::iam(&mut iam, theirs);
        }
        crate::merge::iam(&mut iam, self.iam());
        if let Some(added) = self.added() {
            crate::merge::iam(&mut iam, added.iam());
        }
        crate::merge::iam(&mut iam, self.ctx.session.options.iam.clone());
        let others = self.includes().iter().map(|i| &i.evaluation).chain(self.added());
        for ctx in others.map(|e| &e.ctx).chain([&self.ctx]) {
            *ctx.iam.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = iam.clone();
        }
    }

    pub(crate) fn includes(&self) -> &[Include] {
        self.includes.get().map_or(&[], Vec::as_slice)
    }

    /// The whole configuration with its includes merged in, and what is wrong with any of it.
    pub(crate) fn config(&self) -> (Config, Diagnostics) {
        self.merged(|e| e.own_config())
    }

    /// The same less the inputs, which alone of all parts usually refer to other units' outputs.
    pub(crate) fn config_without_inputs(&self) -> (Config, Diagnostics) {
        self.merged(|e| e.own_config_with(false))
    }

    fn merged(&self, own: impl Fn(&Evaluation) -> Config) -> (Config, Diagnostics) {
        let mut merged = own(self);
        for include in self.includes().iter().rev().filter(|i| i.strategy != Strategy::NoMerge) {
            let (config, found) = crate::merge::configs(own(&include.evaluation), merged, include.strategy);
            self.report_all(found);
            merged = config;
        }
        if let Some(added) = self.added() {
            let (config, found) = crate::merge::configs(merged, own(added), Strategy::Shallow);
            self.report_all(found);
            merged = config;
        }
        merged.dependencies = (*self.dependencies()).clone();
        let known = self.outputs.borrow();
        for (name, dependency) in &mut merged.dependencies {
            dependency.outputs = known.get(name).cloned().flatten();
        }
        drop(known);
        (merged, self.findings())
    }

    /// Everything reported so far, here and in the includes, each finding once.
    pub(crate) fn findings(&self) -> Diagnostics {
        let mut all = Diagnostics::new();
        let own = self.diags.borrow().clone();
        let others = self.includes().iter().map(|i| &i.evaluation).chain(self.added());
        let theirs = others.flat_map(|e| e.diags.borrow().clone());
        for mut d in own.into_iter().chain(theirs) {
            let file = d.subject.map(|s| crate::session::absolute(&s.file.source().path));
            let exposed = self.includes().iter().find(|i| i.expose && Some(&i.evaluation.ctx.file) == file.as_ref());
            if let Some(include) = exposed.filter(|_| d.is_error()) {
                d.detail.push_str(&format!(
                    "\n\nThis is in the exposed include {:?}: {}",
                    include.label,
                    include.evaluation.ctx.file.display()
                ));
            }
            if !all.0.contains(&d) {
                all.push(d);
            }
        }
        all
    }

    pub(crate) fn report(&self, d: Diagnostic) {
        self.diags.borrow_mut().push(d);
    }

    pub(crate) fn report_all(&self, found: Diagnostics) {
        self.diags.borrow_mut().extend(found);
    }

    /// The value of an expression; `None` beside an error, which is reported.
    pub(crate) fn eval(&self, expr: &Expr) -> Option<Value> {
        let (value, found) = eval(expr, self);
        let failed = found.has_errors();
        self.report_all(found);
        (!failed).then_some(value)
    }

    /// A value of a type; `None` for null and beside an error.
    pub(crate) fn typed(&self, expr: &Expr, ty: &Type, what: &str) -> Option<Value> {
        let value = self.eval(expr)?;
        match convert(&value, ty) {
            Ok(v) if v.is_null() => None,
            Ok(v) if !self.is_known(&v, expr.span(), what) => None,
            Ok(v) => Some(v),
            Err(e) => {
                let detail = format!("Unsuitable value for {what}: {e}.");
                self.report(Diagnostic::error("Unsuitable value type", detail).at(expr.span()));
                None
            }
        }
    }

    /// Whether a value that decides something now is known. One that depends on what another unit's apply will bring is
    /// reported.
    pub(crate) fn is_known(&self, value: &Value, span: Span, what: &str) -> bool {
        if value.is_wholly_known() {
            return true;
        }
        // Where only the order of units is wanted nothing depends on outputs; and beside an error values are missing.
        if !self.ctx.skip_outputs && !self.findings().has_errors() {
            let detail = format!(
                "The value of {what} depends on outputs of another unit that are known after apply. Only inputs may do so. Apply that unit first, or give it mock_outputs for this command."
            );
            self.report(Diagnostic::error("Value is not known yet", detail).at(span));
        }
        false
    }

    pub(crate) fn string(&self, expr: &Expr, what: &str) -> Option<String> {
        self.typed(expr, &Type::String, what)?.as_str().map(str::to_owned)
    }

    pub(crate) fn bool(&self, expr: &Expr, what: &str) -> Option<bool> {
        self.typed(expr, &Type::Bool, what)?.as_bool()
    }

    pub(crate) fn strings(&self, expr: &Expr, what: &str) -> Option<Vec<String>> {
        let list = self.typed(expr, &Type::list(Type::String), what)?;
        Some(list.as_seq()?.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect())
    }

    /// An object or map as its entries.
    pub(crate) fn entries(&self, expr: &Expr, what: &str) -> Option<IndexMap<Arc<str>, Value>> {
        let value = self.eval(expr)?;
        match value.as_map() {
            Some(entries) => Some(entries.iter().cloned().collect()),
            None if value.is_null() || !self.is_known(&value, expr.span(), what) => None,
            None => {
                let detail = format!("Unsuitable value for {what}: a map or object is required.");
                self.report(Diagnostic::error("Unsuitable value type", detail).at(expr.span()));
                None
            }
        }
    }

    /// A local value; `None` beside an error, which is reported.
    fn local(&self, name: &str, at: Span) -> Result<Value, Diagnostics> {
        let undeclared = |hint: &str| {
            format!(
                "There is no local value named {name:?} in this file.{hint} Local values of other files are not seen here."
            )
        };
        let attribute = match self.locals.ask(name, at, undeclared)? {
            Local::Known(value) => return Ok(value),
            Local::Todo(attribute) => attribute,
        };
        let before = self.phase.replace(Phase::Locals);
        let (value, found) = eval(&attribute.expr, self);
        self.phase.set(before);
        let failed = found.has_errors();
        self.report_all(found.into_iter().map(|d| self.in_locals(d)).collect());
        Ok(self.locals.done(name, (!failed).then_some(value)))
    }

    /// Says of a failure that it happened before anything but local values was evaluated.
    fn in_locals(&self, mut d: Diagnostic) -> Diagnostic {
        if d.is_error() {
            let file = d.subject.map(|s| s.file.source().path.clone()).unwrap_or_else(|| self.ctx.file.clone());
            let shown = if file.is_relative() { format!("./{}", file.display()) } else { file.display().to_string() };
            d.detail.push_str(&format!("\n\nEncountered error while evaluating locals in file {shown}"));
        }
        d
    }

    /// All local values.
    pub(crate) fn all_locals(&self) -> IndexMap<Arc<str>, Value> {
        let names = self.locals.names();
        let mut all = IndexMap::with_capacity(names.len());
        for (name, at) in names {
            match self.local(&name, at) {
                Ok(value) => {
                    all.insert(name, value);
                }
                Err(d) => self.report_all(d),
            }
        }
        all
    }

    /// The file whose `dependency` blocks count: the unit's.
    fn owner(&self) -> Option<Rc<Evaluation>> {
        self.child.get().and_then(Weak::upgrade)
    }

    fn lookup_include(&self, t: &Traversal) -> Result<(Value, usize), Diagnostics> {
        let includes = self.includes();
        let bare = includes.iter().find(|i| i.label.is_empty());
        let (include, used) = match (bare, t.steps.first()) {
            (Some(only), _) if includes.len() == 1 => (only, 0),
            (_, Some(step)) => {
                let label = match step {
                    Step::Attr(id) => &*id.name,
                    Step::Index(key, _) => key.text(),
                };
                match includes.iter().find(|i| i.label == label) {
                    Some(found) => (found, 1),
                    None => {
                        let names = includes.iter().map(|i| i.label.as_str());
                        let hint = similar(label, names).map(|n| format!(" Did you mean {n:?}?")).unwrap_or_default();
                        let detail = format!("There is no include block labelled {label:?} in this file.{hint}");
                        return Err(Diagnostic::error("Reference to undeclared include", detail).at(t.span).into());
                    }
                }
            }
            (_, None) => {
                let detail = "The name include must be followed by a dot and the label of an include block.";
                return Err(Diagnostic::error("Invalid reference", detail).at(t.span).into());
            }
        };
        if !include.expose {
            let detail = format!(
                "What the include block {:?} brings in is not exposed. Set  expose = true  in it to refer to its parts.",
                include.label
            );
            return Err(Diagnostic::error("Include is not exposed", detail).at(t.span).into());
        }
        let name = |at: usize| match t.steps.get(at) {
            Some(Step::Attr(id)) => Some(&*id.name),
            _ => None,
        };
        let theirs = &include.evaluation;
        match (name(used), name(used + 1)) {
            (Some("locals"), Some(local)) => Ok((theirs.local(local, t.span)?, used + 2)),
            (Some(section), _) => match theirs.section(section) {
                Some(value) => Ok((value, used + 1)),
                None => Ok((theirs.own_config().to_value(), used)),
            },
            _ => Ok((theirs.own_config().to_value(), used)),
        }
    }
}

/// The place of the first `include` block of a file that may have none.
fn include_in(body: &Body) -> Option<Span> {
    include_schemas()
        .iter()
        .find_map(|schema| body.partial_content(schema).0.blocks.first().map(|b| b.span))
        .or_else(|| body.as_native()?.blocks.iter().find(|b| &*b.kind == "include").map(|b| b.span))
}

impl Scope for Evaluation {
    fn lookup(&self, t: &Traversal) -> Result<(Value, usize), Diagnostics> {
        let refuse = |summary: &str, detail: String| Err(Diagnostic::error(summary, detail).at(t.span).into());
        let root = &*t.root.name;
        if self.phase.get() == Phase::Includes && matches!(root, "local" | "include" | "dependency" | "feature") {
            let detail = format!(
                "An include block is read before everything else, so {root} is not known yet. Use functions such as find_in_parent_folders(\"root.hcl\") and text."
            );
            return refuse("Reference not allowed in include block", detail);
        }
        let first = t.steps.first();
        let named = match first {
            Some(Step::Attr(id)) => Some((&*id.name, id.span)),
            _ => None,
        };
        match (root, named) {
            ("local", Some((name, _))) => Ok((self.local(name, t.span)?, 1)),
            ("local", None) => Ok((Value::object(self.all_locals()), 0)),
            ("include", _) => self.lookup_include(t),
            ("feature", Some((name, span))) => match self.feature(name) {
                Some(value) => Ok((Value::object([("value", value)]), 1)),
                None => {
                    let detail = format!("There is no feature block labelled {name:?}. Add one with a default.");
                    Err(Diagnostic::error("Reference to undeclared feature", detail).at(span).into())
                }
            },
            ("values", _) => match &self.values {
                Some(values) => Ok((values.clone(), 0)),
                None => refuse(
                    "No values",
                    "There is no terragrunt.values.hcl beside the configuration, so values is not known.".to_owned(),
                ),
            },
            ("dependency", Some((name, _))) => {
                if self.phase.get() == Phase::Locals {
                    return refuse(
                        "Can't evaluate expression",
                        "Local values are evaluated before any dependency is read. Refer to the dependency where the value is used, in inputs.".to_owned(),
                    );
                }
                match self.owner() {
                    Some(unit) => unit.dependency_value(name, t),
                    None => self.dependency_value(name, t),
                }
            }
            (other, _) => {
                let hint = similar(other, ROOTS).map(|n| format!(" Did you mean {n}?")).unwrap_or_default();
                let detail = format!(
                    "There is nothing named {other:?} in a Terragrunt configuration.{hint} What can be referred to: local.NAME, include.LABEL, dependency.NAME.outputs, feature.NAME.value, values.NAME."
                );
                refuse("Unknown variable", detail)
            }
        }
    }

    fn function(&self, name: &str) -> Option<FunctionRef> {
        functions::function(&self.ctx, name)
    }

    fn function_names(&self) -> Vec<String> {
        functions::names()
    }

    fn environment(&self) -> &Environment {
        &self.ctx.environment
    }
}
