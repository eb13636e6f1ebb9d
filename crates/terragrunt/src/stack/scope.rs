//! What the expressions of a stack's file see: local values, `values`, where its units and stacks are generated to, and
//! Terragrunt's functions.

use super::{VALUES_FILE, destination, label};
use crate::context::Context;
use crate::discovery::ComponentKind;
use crate::functions;
use crate::locals::{Local, Locals};
use craton_hcl::{Attribute, Block, BodySchema, Environment, Expr, FunctionRef, Scope, Step, Traversal, eval};
use craton_model::{Diagnostic, Diagnostics, Span, Type, Value, convert, similar};
use indexmap::IndexMap;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// A stack's file in evaluation. Everything is computed when it is asked for.
pub(crate) struct StackScope {
    pub(crate) ctx: Arc<Context>,
    pub(crate) dir: PathBuf,
    locals: Locals,
    values: Option<Value>,
    /// The `unit` and `stack` blocks by kind and label, once they are known.
    blocks: RefCell<IndexMap<(ComponentKind, Arc<str>), Block>>,
    /// The blocks whose path is being evaluated.
    busy: RefCell<BTreeSet<(ComponentKind, Arc<str>)>>,
    pub(crate) diags: RefCell<Diagnostics>,
}

/// What a `unit` or `stack` block holds.
pub(crate) fn component_schema() -> BodySchema<'static> {
    BodySchema::new()
        .required("source")
        .required("path")
        .optional([
            "values",
            "no_dot_terragrunt_stack",
            "no_validation",
            "enabled",
            "update_source_with_cas",
            "mutable",
        ])
        .blocks(["autoinclude"])
}

impl StackScope {
    pub(crate) fn new(ctx: Arc<Context>, locals: IndexMap<Arc<str>, Attribute>) -> Self {
        let mut diags = Diagnostics::new();
        let values = read_values(&ctx, &mut diags);
        let own = Locals::default();
        own.declare(locals);
        Self {
            dir: ctx.dir(),
            ctx,
            locals: own,
            values,
            blocks: RefCell::default(),
            busy: RefCell::default(),
            diags: RefCell::new(diags),
        }
    }

    pub(crate) fn set_blocks(&self, blocks: impl IntoIterator<Item = (ComponentKind, Block)>) {
        let all = blocks.into_iter().map(|(kind, block)| ((kind, label(&block)), block));
        self.blocks.borrow_mut().extend(all);
    }

    pub(crate) fn report(&self, d: Diagnostic) {
        let mut diags = self.diags.borrow_mut();
        if !diags.0.contains(&d) {
            diags.push(d);
        }
    }

    fn report_all(&self, found: Diagnostics) {
        found.into_iter().for_each(|d| self.report(d));
    }

    /// The value of an expression; `None` beside an error, which is reported.
    pub(crate) fn eval(&self, expr: &Expr) -> Option<Value> {
        let (value, found) = eval(expr, self);
        let failed = found.has_errors();
        self.report_all(found);
        (!failed).then_some(value)
    }

    fn typed(&self, expr: &Expr, ty: &Type, what: &str) -> Option<Value> {
        let value = self.eval(expr)?;
        match convert(&value, ty) {
            Ok(v) if v.is_null() || !v.is_wholly_known() => None,
            Ok(v) => Some(v),
            Err(e) => {
                let detail = format!("Unsuitable value for {what}: {e}.");
                self.report(Diagnostic::error("Unsuitable value type", detail).at(expr.span()));
                None
            }
        }
    }

    pub(crate) fn string(&self, expr: &Expr, what: &str) -> Option<String> {
        self.typed(expr, &Type::String, what)?.as_str().map(str::to_owned)
    }

    pub(crate) fn bool(&self, expr: &Expr, what: &str) -> Option<bool> {
        self.typed(expr, &Type::Bool, what)?.as_bool()
    }

    fn local(&self, name: &str, at: Span) -> Result<Value, Diagnostics> {
        let undeclared = |hint: &str| format!("There is no local value named {name:?} in this stack.{hint}");
        let attribute = match self.locals.ask(name, at, undeclared)? {
            Local::Known(value) => return Ok(value),
            Local::Todo(attribute) => attribute,
        };
        let value = self.eval(&attribute.expr);
        Ok(self.locals.done(name, value))
    }

    /// All local values.
    pub(crate) fn all_locals(&self) -> IndexMap<Arc<str>, Value> {
        let names = self.locals.names();
        let mut all = IndexMap::with_capacity(names.len());
        for (name, at) in names {
            match self.local(&name, at) {
                Ok(value) => drop(all.insert(name, value)),
                Err(found) => self.report_all(found),
            }
        }
        all
    }

    /// Where a block is generated to. `None` beside an error, which is reported.
    fn path_of(&self, block: &Block) -> Option<PathBuf> {
        let (content, _, _) = block.body.partial_content(&component_schema());
        let path = self.string(content.expr("path")?, "path")?;
        let no_dot = content.expr("no_dot_terragrunt_stack").and_then(|e| self.bool(e, "no_dot_terragrunt_stack"));
        Some(destination(&self.dir, &path, no_dot.unwrap_or(false)).1)
    }

    /// `unit.NAME` or `stack.NAME`.
    fn component(&self, kind: ComponentKind, name: &str, at: Span) -> Result<Value, Diagnostics> {
        let key = (kind, Arc::from(name));
        let block = self.blocks.borrow().get(&key).cloned();
        let Some(block) = block else {
            let blocks = self.blocks.borrow();
            let names = blocks.keys().filter(|(k, _)| *k == kind).map(|(_, n)| &**n);
            let hint = similar(name, names).map(|n| format!(" Did you mean {n:?}?")).unwrap_or_default();
            let detail = format!("There is no {} block labelled {name:?} in this stack.{hint}", kind.word());
            return Err(Diagnostic::error(format!("Reference to undeclared {}", kind.word()), detail).at(at).into());
        };
        if !self.busy.borrow_mut().insert(key.clone()) {
            let detail = format!("The path of the {} {name:?} depends on itself. Break the circle.", kind.word());
            return Err(Diagnostic::error("Cycle among paths", detail).at(block.span).into());
        }
        let path = self.path_of(&block);
        self.busy.borrow_mut().remove(&key);
        let path = path.map_or_else(Value::dynamic, |p| Value::from(&*p.to_string_lossy()));
        Ok(Value::object([("name", Value::from(name)), ("path", path)]))
    }
}

/// `terragrunt.values.hcl` beside a configuration, which may be one of those values files itself.
pub(crate) fn read_values(ctx: &Context, diags: &mut Diagnostics) -> Option<Value> {
    let path = ctx.dir().join(VALUES_FILE);
    if !path.is_file() {
        return None;
    }
    ctx.note_read(&path);
    let (body, found) = ctx.session.parse(&path);
    diags.extend(found);
    let (attributes, found) = body?.attributes();
    diags.extend(found);
    let mut values = Vec::new();
    for (name, a) in attributes {
        let (value, found) = craton_hcl::eval_constant(&a.expr);
        diags.extend(found);
        values.push((name, value));
    }
    Some(Value::object(values))
}

impl Scope for StackScope {
    fn lookup(&self, t: &Traversal) -> Result<(Value, usize), Diagnostics> {
        let refuse = |summary: &str, detail: String| Err(Diagnostic::error(summary, detail).at(t.span).into());
        let named = match t.steps.first() {
            Some(Step::Attr(id)) => Some(&*id.name),
            Some(Step::Index(key, _)) => Some(key.text()),
            None => None,
        };
        match (&*t.root.name, named) {
            ("local", Some(name)) => Ok((self.local(name, t.span)?, 1)),
            ("local", None) => Ok((Value::object(self.all_locals()), 0)),
            ("unit", Some(name)) => Ok((self.component(ComponentKind::Unit, name, t.span)?, 1)),
            ("stack", Some(name)) => Ok((self.component(ComponentKind::Stack, name, t.span)?, 1)),
            ("values", _) => match &self.values {
                Some(values) => Ok((values.clone(), 0)),
                None => refuse(
                    "No values",
                    format!("There is no {VALUES_FILE} beside the stack's file, so values is not known."),
                ),
            },
            ("dependency", _) => refuse(
                "Reference not allowed in stack",
                "The outputs of units are not known when a stack is generated. Refer to them in an autoinclude block, where they are read when the unit runs.".to_owned(),
            ),
            (other, _) => {
                let roots = ["local", "values", "unit", "stack"];
                let hint = similar(other, roots).map(|n| format!(" Did you mean {n}?")).unwrap_or_default();
                let detail = format!(
                    "There is nothing named {other:?} in a stack.{hint} What can be referred to: local.NAME, values.NAME, unit.NAME.path, stack.NAME.path."
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
