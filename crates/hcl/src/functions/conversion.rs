//! Type conversion functions, `try` and `can`, and what deals with marks.

use craton_model::{Marks, convert};

use super::support::*;

/// The functions of this family.
pub(super) fn functions() -> Vec<Function> {
    vec![
        to("tobool", "A value as a bool.", Type::Bool),
        to("tolist", "A value as a list.", Type::list(Type::Dynamic)),
        to("tomap", "A value as a map.", Type::map(Type::Dynamic)),
        to("tonumber", "A value as a number.", Type::Number),
        to("toset", "A value as a set: without repeats and order.", Type::set(Type::Dynamic)),
        to("tostring", "A value as a string.", Type::String),
        Function::new("try", "The first of the given expressions that evaluates without an error.")
            .variadic(param("expressions", Type::Dynamic))
            .may_be_null()
            .run_lazy(|_, args| first_without_error(args)),
        Function::new("can", "Whether an expression evaluates without an error.")
            .param(param("expression", Type::Dynamic))
            .returns(Type::Bool)
            .run_lazy(|_, args| can(args)),
        function("sensitive", "A value marked as sensitive: not to be shown to people.", [any("value")], |_, args| {
            Ok(args[0].clone().sensitive())
        })
        .may_be_null(),
        // Elements and attributes keep theirs: what is secret inside of a value was not looked at by who says this.
        function(
            "nonsensitive",
            "A value without the sensitive mark on the whole of it.",
            [any("value")],
            |_, args| {
                let (v, marks) = args[0].clone().unmark();
                Ok(v.mark(marks.without(Marks::SENSITIVE)))
            },
        )
        .may_be_null(),
        function("issensitive", "Whether a value is marked as sensitive.", [any("value")], |_, args| {
            if args[0].marks().contains(Marks::SENSITIVE) {
                return Ok(Value::bool(true));
            }
            // An unknown value may become a sensitive one.
            Ok(if args[0].is_known() { Value::bool(false) } else { unknown_not_null(Type::Bool) })
        })
        .returns(Type::Bool),
        function(
            "ephemeralasnull",
            "A value with null in place of all that is ephemeral.",
            [any("value")],
            |_, args| Ok(args[0].transform(&mut |_, v| without_ephemeral(v))),
        )
        .may_be_null(),
    ]
}

/// A parameter that takes everything there is, as it is.
fn any(name: &'static str) -> Param {
    param(name, Type::Dynamic).null().unknown().marked().dynamic()
}

fn without_ephemeral(v: Value) -> Value {
    if !v.marks().contains(Marks::EPHEMERAL) {
        return v;
    }
    Value::null(v.ty().clone()).mark(v.marks().without(Marks::EPHEMERAL))
}

fn to(name: &'static str, help: &'static str, want: Type) -> Function {
    let known_type = want.clone();
    Function::new(name, help).param(any("v")).may_be_null().returns(known_type).run(move |cx, args| {
        let v = &args[0];
        let converted = convert(v, &want);
        if let (Ok(converted), false) = (&converted, v.is_known()) {
            // Unlike a conversion that the language makes by itself, the function keeps only the kind of collection.
            return Ok(Value::unknown(want.clone()).mark(converted.marks()));
        }
        converted.map_err(|e| {
            let friendly = match &want {
                Type::List(_) => "list of any single type".to_owned(),
                Type::Set(_) => "set of any single type".to_owned(),
                Type::Map(_) => "map of any single type".to_owned(),
                other => other.friendly(),
            };
            // Only strings fail to convert by their content, which is worth showing unless it is sensitive.
            let message = match (v.as_str(), &want) {
                (Some(_), Type::Bool | Type::Number) if cx.is_sensitive(0) => {
                    format!("cannot convert this sensitive string to {friendly}")
                }
                (Some(s), Type::Bool) => {
                    format!("cannot convert {s:?} to bool; only the strings \"true\" or \"false\" are allowed")
                }
                (Some(s), Type::Number) => {
                    format!("cannot convert {s:?} to number; given string must be a decimal representation of a number")
                }
                _ if e.path.0.is_empty() => format!("cannot convert {} to {friendly}", v.ty().friendly()),
                _ => format!("cannot convert {} to {friendly}: {e}", v.ty().friendly()),
            };
            FunctionError::argument(0, message)
        })
    })
}

/// An expression with unknown parts counts as evaluated only when none of them could still turn out to be an error:
/// then nothing is known but that.
fn first_without_error(args: &[crate::function::Argument<'_>]) -> Answer {
    if args.is_empty() {
        return fail("at least one argument is required");
    }
    let mut failures = Vec::new();
    for arg in args {
        let (value, diags) = arg.eval();
        if !diags.has_errors() {
            // What is unknown may still fail during apply, and another expression be chosen then.
            if !value.is_wholly_known() {
                return Ok(Value::dynamic().mark(value.marks_deep()));
            }
            return Ok(value);
        }
        failures.extend(diags.into_iter().filter(craton_model::Diagnostic::is_error));
    }
    let mut message = "no expression succeeded:".to_owned();
    for d in &failures {
        message.push_str("\n- ");
        message.push_str(&d.summary);
        if let Some(span) = d.subject {
            let source = span.file.source();
            let at = source.position(span.start);
            message.push_str(&format!(" (at {}:{},{})", source.path.display(), at.line, at.column));
        }
        message.push_str(&format!("\n  {}", d.detail));
    }
    message.push_str("\n\nAt least one expression must produce a successful result");
    fail(message)
}

fn can(args: &[crate::function::Argument<'_>]) -> Answer {
    let Some(arg) = args.first() else { return fail("one argument is required") };
    let (value, diags) = arg.eval();
    if diags.has_errors() {
        return Ok(Value::bool(false));
    }
    Ok(if value.is_wholly_known() { Value::bool(true) } else { unknown_not_null(Type::Bool) })
}
