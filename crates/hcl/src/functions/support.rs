//! What the families of functions share.

pub(super) use craton_model::{Type, Value};

pub(super) use crate::function::{CallContext, Function, FunctionError, Param};
use craton_model::{Number, Refinement};

/// What a call gives.
pub(super) type Answer = Result<Value, FunctionError>;
/// What type a call will give.
pub(super) type TypeAnswer = Result<Type, FunctionError>;

/// The longest text, in bytes, that a function or template makes: no resource takes one of this length, and a few
/// repetitions of repetitions make more than a machine holds.
pub(crate) const MAX_TEXT: usize = 64 << 20;
/// The most elements (in all rows together) that a function makes out of fewer.
pub(super) const MAX_ELEMENTS: usize = 5_000_000;

/// Refuses to make a text of this many bytes if that is too long.
pub(crate) fn text_of(bytes: usize) -> Result<(), FunctionError> {
    if bytes <= MAX_TEXT { Ok(()) } else { fail(format!("the result would be longer than {} MiB", MAX_TEXT >> 20)) }
}

/// Refuses to make this many elements if that is too many.
pub(super) fn elements_of(count: usize) -> Result<(), FunctionError> {
    if count <= MAX_ELEMENTS {
        Ok(())
    } else {
        fail(format!("the result would have more than {MAX_ELEMENTS} elements"))
    }
}

/// A declaration: name, help line, parameters, what it does.
pub(super) fn function<const N: usize>(
    name: &'static str,
    help: &'static str,
    params: [Param; N],
    run: fn(&CallContext<'_>, &[Value]) -> Answer,
) -> Function {
    params.into_iter().fold(Function::new(name, help), Function::param).run(run)
}

/// A parameter that takes neither null nor unknown nor marked values.
pub(super) fn param(name: &'static str, ty: Type) -> Param {
    Param::new(name, ty, "")
}

/// The call failed.
pub(super) fn fail<T>(message: impl Into<String>) -> Result<T, FunctionError> {
    Err(FunctionError::new(message))
}

/// An argument (counted from 0) is at fault.
pub(super) fn wrong<T>(argument: usize, message: impl Into<String>) -> Result<T, FunctionError> {
    Err(FunctionError::argument(argument, message))
}

/// An argument that the declaration makes a known string.
pub(super) fn text(args: &[Value], i: usize) -> Result<&str, FunctionError> {
    args.get(i).and_then(Value::as_str).ok_or_else(|| FunctionError::argument(i, "string required"))
}

/// An argument that the declaration makes a known number.
pub(super) fn number(args: &[Value], i: usize) -> Result<&Number, FunctionError> {
    args.get(i).and_then(Value::as_number).ok_or_else(|| FunctionError::argument(i, "number required"))
}

/// A number argument that must be whole and fit 64 bits.
pub(super) fn whole(args: &[Value], i: usize) -> Result<i64, FunctionError> {
    number(args, i)?.to_i64().ok_or_else(|| {
        FunctionError::argument(i, format!("value must be a whole number, between {} and {}", i64::MIN, i64::MAX))
    })
}

/// Not known yet, but certainly not null.
pub(super) fn unknown_not_null(ty: Type) -> Value {
    if ty == Type::Dynamic {
        return Value::dynamic();
    }
    Value::refined(ty, Refinement { not_null: true, ..Refinement::default() })
}

/// What is known of a result's length, as an unknown number: at least `min`, at most `max`.
pub(super) fn unknown_length(min: usize, max: Option<usize>) -> Value {
    Value::refined(
        Type::Number,
        Refinement {
            not_null: true,
            min: Some((Number::from(min), true)),
            max: max.map(|n| (Number::from(n), true)),
            ..Refinement::default()
        },
    )
}
