//! Expressions to values.
//!
//! Beside an error stands a placeholder (unknown, of unknown type), so that the rest of a tree is still checked.

mod access;
mod call;
mod collections;
mod describe;
mod operators;
mod template;

pub(crate) use access::{elements, is_iterable};
pub use access::{get_attribute, index, take_steps};
pub use describe::describe;
pub(crate) use template::safe_prefix;

use crate::ast::{Expr, ExprKind, Literal, Traversal};
use crate::function::FunctionRef;
use crate::scope::{Environment, Scope};
use craton_model::{Diagnostic, Diagnostics, Number, Span, Type, Value};
use std::cell::Cell;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::OnceLock;

/// What an element of a collection counts for among the steps of an evaluation: ten million of them, which take about a
/// gigabyte, are as many as may be made in one.
pub const ELEMENT_STEPS: u64 = 100;

/// What a fault found counts for: a loop that fails in each turn finds as many as it has turns.
const ERROR_STEPS: u64 = 1_000;

/// The value of an expression. With errors, it is a placeholder or has placeholders in it.
pub fn eval(expr: &Expr, scope: &dyn Scope) -> (Value, Diagnostics) {
    let mut run = Run::new(scope);
    let value = run.eval(expr, None);
    if run.steps_left.get() == 0 && !run.diags.has_errors() {
        let detail = format!(
            "The expression was given up after {} steps. It goes through loops in loops; go through less, or look values up in a map instead of \
             searching a list for each.",
            scope.max_steps()
        );
        let d = Diagnostic::error("Expression takes too long", detail).at(expr.span());
        return (Value::dynamic(), d.into());
    }
    (value, without_repeats(run.diags))
}

/// A loop finds the same fault in each turn: it is reported once.
fn without_repeats(mut diags: Diagnostics) -> Diagnostics {
    if diags.0.len() > 1 {
        let mut seen = HashSet::new();
        diags.0.retain(|d| d.subject.is_none() || seen.insert((d.summary.clone(), d.subject)));
    }
    diags
}

/// The values of what an expression refers to, for [`Diagnostic::values`].
pub fn values_of(expr: &Expr, scope: &dyn Scope) -> Vec<(String, String)> {
    Run::new(scope).values_of(expr, None)
}

/// The value of an expression in which nothing may be referred to or called (`default` of a variable, `backend` arguments).
/// In the JSON syntax strings are then text, not templates.
pub fn eval_constant(expr: &Expr) -> (Value, Diagnostics) {
    let mut run = Run { constant: true, ..Run::new(&Nothing) };
    let value = run.eval(expr, None);
    (value, run.diags)
}

/// The scope of constants.
struct Nothing;

impl Scope for Nothing {
    fn lookup(&self, reference: &Traversal) -> Result<(Value, usize), Diagnostics> {
        let detail =
            format!("Nothing may be referred to here: the value must be written out, without \"{reference}\".");
        Err(Diagnostic::error("Variables not allowed", detail).at(reference.span).into())
    }

    fn function(&self, _: &str) -> Option<FunctionRef> {
        None
    }

    fn environment(&self) -> &Environment {
        static NOWHERE: OnceLock<Environment> = OnceLock::new();
        NOWHERE.get_or_init(|| Environment::new(""))
    }
}

/// The most values that one may hold inside where it is walked through. A value can hold another several times, and that one a
/// third: twenty-five times twice over is more than anybody can look at, print or store.
const MAX_COUNT: u32 = 60_000_000;

/// The error for a value that is so large that nothing can be done with it but to take parts out of it. It was made in no time,
/// because it holds the same parts again and again; looking at each of them would not end.
pub fn too_large(value: &Value, span: Span) -> Option<Diagnostic> {
    (value.count() > MAX_COUNT).then(|| {
        let detail = format!(
            "The value holds more than {MAX_COUNT} values inside, those that are in it several times counted each time. \
             Leave out what is not needed of what it is made of."
        );
        Diagnostic::error("Value is too large", detail).at(span)
    })
}

/// A `for` name or splat item and its value; the frames around it are behind it.
pub(crate) struct Frame<'f> {
    outer: Option<&'f Frame<'f>>,
    kind: FrameKind<'f>,
}

enum FrameKind<'f> {
    Names { key: Option<(&'f str, Value)>, value: (&'f str, Value) },
    SplatItem(Value),
}

type Frames<'f> = Option<&'f Frame<'f>>;

pub(crate) struct Run<'s> {
    scope: &'s dyn Scope,
    /// Nothing may be referred to or called, and JSON strings are text.
    constant: bool,
    /// Shared with the evaluations of lazy arguments. At 0 nothing more is evaluated.
    steps_left: Rc<Cell<u64>>,
    diags: Diagnostics,
}

impl<'s> Run<'s> {
    fn new(scope: &'s dyn Scope) -> Self {
        let steps_left = Rc::new(Cell::new(scope.max_steps()));
        Self { scope, constant: false, steps_left, diags: Diagnostics::new() }
    }

    /// Counts steps; `false` when there were too many.
    fn take(&self, steps: u64) -> bool {
        let left = self.steps_left.get().saturating_sub(steps);
        self.steps_left.set(left);
        left > 0
    }

    /// Adds an error about `culprit` inside of `around`, with the values of what `around` refers to.
    fn error(
        &mut self,
        culprit: &Expr,
        around: &Expr,
        frames: Frames<'_>,
        summary: &str,
        detail: impl Into<String>,
    ) -> Value {
        let d = Diagnostic::error(summary, detail).at(culprit.span()).within(around.span());
        self.report(d, culprit, frames)
    }

    fn report(&mut self, mut d: Diagnostic, culprit: &Expr, frames: Frames<'_>) -> Value {
        self.take(ERROR_STEPS);
        d.values = self.values_of(culprit, frames);
        self.diags.push(d);
        Value::dynamic()
    }

    fn errors_since(&self, mark: usize) -> bool {
        self.diags.0[mark..].iter().any(Diagnostic::is_error)
    }

    fn mark(&self) -> usize {
        self.diags.0.len()
    }

    fn eval(&mut self, expr: &Expr, frames: Frames<'_>) -> Value {
        if !self.take(1) {
            return Value::dynamic();
        }
        match expr.kind() {
            ExprKind::Invalid => Value::dynamic(),
            ExprKind::Literal(literal) => self.literal(literal, expr),
            ExprKind::Paren(inner) | ExprKind::Interpolation(inner) => self.eval(inner, frames),
            ExprKind::Template(parts) => self.template(expr, parts, frames),
            ExprKind::TemplateFor(tuple) => self.template_for(expr, tuple, frames),
            ExprKind::Traversal(t) => self.traversal(expr, t, frames),
            ExprKind::RelativeTraversal { source, steps } => {
                let mark = self.mark();
                let value = self.eval(source, frames);
                if self.errors_since(mark) {
                    return Value::dynamic();
                }
                self.steps(expr, value, steps, frames)
            }
            ExprKind::Index { collection, key } => {
                let mark = self.mark();
                let from = self.eval(collection, frames);
                let key_value = self.eval(key, frames);
                if self.errors_since(mark) {
                    return Value::dynamic();
                }
                match index(&from, &key_value, key.span()) {
                    Ok(value) => value,
                    Err(d) => self.report(d.within(expr.span()), expr, frames),
                }
            }
            ExprKind::Splat { source, each, .. } => self.splat(expr, source, each, frames),
            ExprKind::SplatItem => self.splat_item(frames),
            ExprKind::Call(call) => self.call(expr, call, frames),
            ExprKind::Conditional { condition, yes, no } => self.conditional(expr, condition, yes, no, frames),
            ExprKind::Binary { op, left, right } => self.binary(expr, *op, left, right, frames),
            ExprKind::Unary { op, operand } => self.unary(expr, *op, operand, frames),
            ExprKind::Tuple(items) => {
                let items: Vec<Value> = items.iter().map(|item| self.eval(item, frames)).collect();
                Value::tuple(items)
            }
            ExprKind::Object(items) => self.object(expr, items, frames),
            ExprKind::For(e) => self.for_expression(expr, e, frames),
            ExprKind::JsonString(s) => {
                if self.constant {
                    return Value::string(s.text.clone());
                }
                let (template, problems) = s.template(expr.span());
                self.diags.extend(problems.clone());
                self.eval(template, frames)
            }
        }
    }

    fn literal(&mut self, literal: &Literal, expr: &Expr) -> Value {
        match literal {
            Literal::Null => Value::null(Type::Dynamic),
            Literal::Bool(b) => Value::bool(*b),
            Literal::String(s) => Value::string(s.clone()),
            Literal::Number(text) => match parse_number(text) {
                Some(n) => Value::number(n),
                None => self.error(
                    expr,
                    expr,
                    None,
                    "Invalid number literal",
                    format!("{text} cannot be read as a number."),
                ),
            },
        }
    }

    fn traversal(&mut self, expr: &Expr, t: &Traversal, frames: Frames<'_>) -> Value {
        if let Some(value) = local(&t.root.name, frames) {
            return self.steps(expr, value.clone(), &t.steps, frames);
        }
        match self.scope.lookup(t) {
            Ok((value, taken)) => {
                let rest = t.steps.get(taken..).unwrap_or(&[]);
                self.steps(expr, value, rest, frames)
            }
            Err(problems) => {
                self.diags.extend(problems.0.into_iter().map(|d| d.at_default(Some(t.span))));
                Value::dynamic()
            }
        }
    }

    fn steps(&mut self, expr: &Expr, value: Value, steps: &[crate::ast::Step], frames: Frames<'_>) -> Value {
        match take_steps(value, steps) {
            Ok(value) => value,
            Err(d) => self.report(d.within(expr.span()), expr, frames),
        }
    }

    fn splat_item(&self, mut frames: Frames<'_>) -> Value {
        while let Some(frame) = frames {
            if let FrameKind::SplatItem(value) = &frame.kind {
                return value.clone();
            }
            frames = frame.outer;
        }
        Value::dynamic()
    }
}

/// The value of a `for` name.
fn local<'f>(name: &str, mut frames: Frames<'f>) -> Option<&'f Value> {
    while let Some(frame) = frames {
        if let FrameKind::Names { key, value } = &frame.kind {
            if value.0 == name {
                return Some(&value.1);
            }
            if let Some((key_name, key)) = key
                && *key_name == name
            {
                return Some(key);
            }
        }
        frames = frame.outer;
    }
    None
}

/// Reads a number as the lexer lets it through.
pub(crate) fn parse_number(text: &str) -> Option<Number> {
    craton_model::convert::parse_number(text)
}
