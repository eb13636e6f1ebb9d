//! What a function is, and the rules that hold for calls of all of them.
//!
//! A function sees plain values: the caller here has converted the arguments to the parameter types, refused null,
//! answered "known after apply" for unknown arguments and taken marks off, unless the parameter asks to see them. Marks of
//! the arguments go to the result.

use crate::ast::Expr;
use crate::scope::{Environment, Scope};
use craton_model::{Diagnostics, Marks, Refinement, Type, Value};
use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;

/// A function that can be shared.
pub type FunctionRef = Arc<Function>;

/// Text that is usually written in the program.
pub type Text = Cow<'static, str>;

type RunValues = dyn Fn(&CallContext<'_>, &[Value]) -> Result<Value, FunctionError> + Send + Sync;
type RunLazy = dyn Fn(&CallContext<'_>, &[Argument<'_>]) -> Result<Value, FunctionError> + Send + Sync;
type TypeOf = dyn Fn(&[Value]) -> Result<Type, FunctionError> + Send + Sync;

/// A function: its parameters, its result type and what it does. Made with [`Function::new`] and the methods that follow.
#[derive(Clone)]
pub struct Function {
    /// Its name.
    pub name: Text,
    /// One line on what it does.
    pub help: Text,
    /// The parameters that must be given, in order.
    pub params: Vec<Param>,
    /// The parameter that takes all further arguments.
    pub variadic: Option<Param>,
    /// The result may be null, so nothing of the sort is promised of an unknown result.
    pub may_be_null: bool,
    /// The result depends on more than the arguments (the time, chance): known after apply while planning.
    pub impure: bool,
    returns: Returns,
    run: Run,
}

#[derive(Clone)]
enum Returns {
    Fixed(Type),
    Of(Arc<TypeOf>),
}

#[derive(Clone)]
enum Run {
    Missing,
    Values(Arc<RunValues>),
    Lazy(Arc<RunLazy>),
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name.
    pub name: Text,
    /// Arguments are converted to this type; [`Type::Dynamic`] takes anything as it is.
    pub ty: Type,
    /// One line on what it is for; may be empty.
    pub help: Text,
    /// Null is passed on; otherwise it is an error.
    pub allow_null: bool,
    /// An unknown argument is passed on; otherwise the result is unknown. (Unknowns inside of a known collection are
    /// always passed on.)
    pub allow_unknown: bool,
    /// Marks are left on the argument and are the function's to carry over; otherwise they are taken off, also inside, and
    /// put on the result.
    pub allow_marked: bool,
    /// An argument whose very type is unknown (or the bare `null`) is passed on; otherwise the result is unknown, of
    /// unknown type.
    pub allow_dynamic: bool,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct FunctionError {
    /// The argument at fault, counted from 0; `None`: the call as a whole.
    pub argument: Option<usize>,
    /// What is wrong, to be read after "The value for "x" does not fit: " or ""f" failed: ". Never the
    /// value of a sensitive argument: see [`CallContext::is_sensitive`].
    pub message: String,
}

/// What a function sees besides its arguments.
pub struct CallContext<'a> {
    /// The scope that the call stands in: its functions (for templates) and its environment.
    pub scope: &'a dyn Scope,
    /// The marks that the arguments had, also inside, in order.
    pub marks: &'a [Marks],
    /// Whether the function has asked what is sensitive: then it minds what its messages show.
    asked: Cell<bool>,
}

/// An argument that has not been evaluated.
pub struct Argument<'a> {
    /// The expression; `None` if it is an element of an argument expanded with `...`.
    pub expr: Option<&'a Expr>,
    pub(crate) eval: Box<dyn Fn() -> (Value, Diagnostics) + 'a>,
}

impl Argument<'_> {
    /// Evaluates it. With errors the value is a placeholder.
    pub fn eval(&self) -> (Value, Diagnostics) {
        (self.eval)()
    }
}

impl CallContext<'_> {
    /// Where and when the call takes place.
    pub fn environment(&self) -> &Environment {
        self.scope.environment()
    }

    /// Whether an argument is (or holds) a sensitive value, which messages must not show.
    pub fn is_sensitive(&self, argument: usize) -> bool {
        self.asked.set(true);
        self.holds_secret(argument)
    }

    fn holds_secret(&self, argument: usize) -> bool {
        self.marks.get(argument).is_some_and(|m| m.contains(Marks::SENSITIVE))
    }

    /// The error as it may be shown: a function that has not asked what is sensitive may have put any part of its arguments
    /// into its message, and one that has may still quote a whole text.
    fn discreet(&self, args: &[Value], e: FunctionError) -> FunctionError {
        let secrets = || args.iter().enumerate().filter(|(i, _)| self.holds_secret(*i));
        let guarded = self.asked.get() || e.argument.is_some_and(|i| !self.holds_secret(i));
        let mut leaks = !guarded && secrets().next().is_some();
        for (_, secret) in secrets() {
            secret.walk(&mut |_, v| {
                leaks |= v.as_str().is_some_and(|s| !s.is_empty() && e.message.contains(s));
                true
            });
        }
        if leaks { FunctionError { message: "the sensitive value given is not accepted".into(), ..e } } else { e }
    }
}

impl FunctionError {
    /// The call failed.
    pub fn new(message: impl Into<String>) -> Self {
        Self { argument: None, message: message.into() }
    }

    /// An argument (counted from 0) is at fault.
    pub fn argument(index: usize, message: impl Into<String>) -> Self {
        Self { argument: Some(index), message: message.into() }
    }
}

impl Param {
    /// A parameter of a type that takes neither null nor unknown nor marked values.
    pub fn new(name: impl Into<Text>, ty: Type, help: impl Into<Text>) -> Self {
        Self {
            name: name.into(),
            ty,
            help: help.into(),
            allow_null: false,
            allow_unknown: false,
            allow_marked: false,
            allow_dynamic: false,
        }
    }

    /// Passes null on.
    #[must_use]
    pub fn null(mut self) -> Self {
        self.allow_null = true;
        self
    }

    /// Passes unknown values on.
    #[must_use]
    pub fn unknown(mut self) -> Self {
        self.allow_unknown = true;
        self
    }

    /// Passes marked values on.
    #[must_use]
    pub fn marked(mut self) -> Self {
        self.allow_marked = true;
        self
    }

    /// Passes values of unknown type on.
    #[must_use]
    pub fn dynamic(mut self) -> Self {
        self.allow_dynamic = true;
        self
    }
}

impl Function {
    /// A function without parameters that returns anything and cannot be called yet: say the rest with the methods below.
    pub fn new(name: impl Into<Text>, help: impl Into<Text>) -> Self {
        Self {
            name: name.into(),
            help: help.into(),
            params: Vec::new(),
            variadic: None,
            may_be_null: false,
            impure: false,
            returns: Returns::Fixed(Type::Dynamic),
            run: Run::Missing,
        }
    }

    /// Adds a parameter.
    #[must_use]
    pub fn param(mut self, param: Param) -> Self {
        self.params.push(param);
        self
    }

    /// Adds the parameter that takes all further arguments.
    #[must_use]
    pub fn variadic(mut self, param: Param) -> Self {
        self.variadic = Some(param);
        self
    }

    /// The type of every result.
    #[must_use]
    pub fn returns(mut self, ty: Type) -> Self {
        self.returns = Returns::Fixed(ty);
        self
    }

    /// The type of the result for certain arguments, asked when the result is not known yet. The arguments are as
    /// [`Function::run`] gets them, except that some are unknown. It may refuse them.
    #[must_use]
    pub fn returns_by(mut self, f: impl Fn(&[Value]) -> Result<Type, FunctionError> + Send + Sync + 'static) -> Self {
        self.returns = Returns::Of(Arc::new(f));
        self
    }

    /// The result may be null.
    #[must_use]
    pub fn may_be_null(mut self) -> Self {
        self.may_be_null = true;
        self
    }

    /// The result depends on more than the arguments.
    #[must_use]
    pub fn impure(mut self) -> Self {
        self.impure = true;
        self
    }

    /// What it does, with evaluated arguments.
    #[must_use]
    pub fn run(
        mut self,
        f: impl Fn(&CallContext<'_>, &[Value]) -> Result<Value, FunctionError> + Send + Sync + 'static,
    ) -> Self {
        self.run = Run::Values(Arc::new(f));
        self
    }

    /// What it does, evaluating the arguments itself (`try`, `can`). Parameters are then only counted.
    #[must_use]
    pub fn run_lazy(
        mut self,
        f: impl Fn(&CallContext<'_>, &[Argument<'_>]) -> Result<Value, FunctionError> + Send + Sync + 'static,
    ) -> Self {
        self.run = Run::Lazy(Arc::new(f));
        self
    }

    /// The type of its results, as far as it is the same whatever the arguments are.
    pub fn return_type(&self) -> Type {
        match &self.returns {
            Returns::Fixed(ty) => ty.clone(),
            Returns::Of(f) => {
                let args = self.params.iter().chain(&self.variadic).map(|p| Value::unknown(p.ty.clone()));
                match f(&args.collect::<Vec<_>>()) {
                    // That it is a list or a set holds whatever the elements are.
                    Ok(ty @ (Type::List(_) | Type::Set(_))) => ty,
                    _ => Type::Dynamic,
                }
            }
        }
    }

    /// Whether it evaluates its arguments itself.
    pub fn is_lazy(&self) -> bool {
        matches!(self.run, Run::Lazy(_))
    }

    /// The parameter that the argument at this index goes to.
    pub fn param_at(&self, index: usize) -> Option<&Param> {
        self.params.get(index).or(self.variadic.as_ref())
    }

    /// Calls a lazy function.
    pub(crate) fn call_lazy(&self, scope: &dyn Scope, args: &[Argument<'_>]) -> Result<Value, FunctionError> {
        match &self.run {
            Run::Lazy(f) => f(&CallContext { scope, marks: &[], asked: Cell::new(false) }, args),
            _ => Err(self.missing()),
        }
    }

    fn missing(&self) -> FunctionError {
        FunctionError::new(format!("the function {} cannot be called this way", self.name))
    }

    /// Calls it. The number of arguments must be right; each is converted to its parameter's type here. Null, unknown and
    /// marked arguments are treated as the parameters say.
    pub fn call(&self, scope: &dyn Scope, args: &[Value]) -> Result<Value, FunctionError> {
        let mut values = Vec::with_capacity(args.len());
        let mut marks = Vec::with_capacity(args.len());
        let mut carried = Marks::NONE;
        let (mut undecided, mut unknown) = (false, false);
        let mut converted = Vec::with_capacity(args.len());
        for (i, arg) in args.iter().enumerate() {
            let Some(param) = self.param_at(i) else { return Err(FunctionError::argument(i, "too many arguments")) };
            let arg = craton_model::convert(arg, &param.ty).map_err(|e| FunctionError::argument(i, e.to_string()))?;
            converted.push((param, arg));
        }
        for (i, (param, arg)) in converted.into_iter().enumerate() {
            let inside = arg.marks_deep();
            marks.push(inside);
            let arg = if param.allow_marked || inside.is_empty() {
                arg
            } else {
                carried = carried.union(inside);
                arg.unmark_deep().0
            };
            // What follows an argument of which nothing is known is not looked at yet, as in Terraform.
            if arg.is_null() && !param.allow_null && !undecided {
                return Err(FunctionError::argument(i, "argument must not be null"));
            }
            undecided |= *arg.ty() == Type::Dynamic && !param.allow_dynamic;
            unknown |= !arg.is_known() && !param.allow_unknown;
            values.push(arg);
        }
        let cx = CallContext { scope, marks: &marks, asked: Cell::new(false) };
        let result = if undecided {
            Value::dynamic()
        } else if unknown || (self.impure && scope.environment().apply_time.is_none()) {
            let ty = match &self.returns {
                Returns::Fixed(ty) => ty.clone(),
                Returns::Of(f) => f(&values).map_err(|e| cx.discreet(&values, e))?,
            };
            // What would have followed the marks of its arguments by itself does not run now.
            let all = if unknown { marks.iter().fold(Marks::NONE, |all, m| all.union(*m)) } else { Marks::NONE };
            Value::unknown(ty).mark(all)
        } else {
            match &self.run {
                Run::Values(f) => f(&cx, &values).map_err(|e| cx.discreet(&values, e))?,
                _ => return Err(self.missing()),
            }
        };
        crate::functions::text_of(result.as_str().map_or(0, str::len))?;
        let result = if self.may_be_null { result } else { not_null(result) };
        Ok(result.mark(carried))
    }
}

/// The same value, promised not to be null if it is not known yet.
pub fn not_null(value: Value) -> Value {
    if value.is_known() || value.is_not_null() || *value.ty() == Type::Dynamic {
        return value;
    }
    let refinement = Refinement { not_null: true, ..value.refinement().cloned().unwrap_or_default() };
    let marks = value.marks();
    Value::refined(value.ty().clone(), refinement).mark(marks)
}
