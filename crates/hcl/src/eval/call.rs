//! Function calls.

use super::access::elements;
use super::{Frames, Run};
use crate::ast::{Call, Expr};
use crate::function::{Argument, Function};
use craton_model::{Diagnostic, Diagnostics, Type, Value, similar};

impl Run<'_> {
    pub(super) fn call(&mut self, expr: &Expr, call: &Call, frames: Frames<'_>) -> Value {
        if self.constant {
            let detail = "Functions may not be called here: the value must be written out.";
            self.diags.push(Diagnostic::error("Function calls not allowed", detail).at(call.name_span));
            return Value::dynamic();
        }
        let Some(function) = self.scope.function(&call.name) else {
            self.diags.push(self.unknown_function(call));
            // The arguments can be wrong as well.
            call.args.iter().for_each(|arg| {
                self.eval(arg, frames);
            });
            return Value::dynamic();
        };
        let expanded = match self.expanded(expr, call, frames) {
            Ok(expanded) => expanded,
            Err(placeholder) => return placeholder,
        };
        let written = call.args.len() - usize::from(expanded.is_some());
        let count = written + expanded.as_ref().map_or(0, Vec::len);
        if let Err(d) = check_count(&function, call, count) {
            self.diags.push(d.within(expr.span()));
            return Value::dynamic();
        }
        let expanded = expanded.unwrap_or_default();
        if function.is_lazy() {
            return self.call_lazy(expr, call, &function, written, expanded, frames);
        }
        let mark = self.mark();
        let mut args: Vec<Value> = call.args[..written].iter().map(|arg| self.eval(arg, frames)).collect();
        for (arg, value) in call.args.iter().zip(&args) {
            self.diags.extend(super::too_large(value, arg.span()));
        }
        if self.errors_since(mark) {
            return Value::dynamic();
        }
        args.extend(expanded);
        match function.call(self.scope, &args) {
            Ok(value) => value,
            Err(e) => self.failed(expr, call, &function, e, frames),
        }
    }

    fn call_lazy(
        &mut self,
        expr: &Expr,
        call: &Call,
        function: &Function,
        written: usize,
        expanded: Vec<Value>,
        frames: Frames<'_>,
    ) -> Value {
        let scope = self.scope;
        let steps_left = self.steps_left.clone();
        let written = call.args[..written].iter().map(|arg| {
            let steps_left = steps_left.clone();
            Argument {
                expr: Some(arg),
                eval: Box::new(move || {
                    let mut run = Run { steps_left: steps_left.clone(), ..Run::new(scope) };
                    let value = run.eval(arg, frames);
                    (value, run.diags)
                }),
            }
        });
        let expanded = expanded
            .into_iter()
            .map(|value| Argument { expr: None, eval: Box::new(move || (value.clone(), Diagnostics::new())) });
        let args: Vec<Argument<'_>> = written.chain(expanded).collect();
        match function.call_lazy(scope, &args) {
            Ok(value) => value,
            Err(e) => self.failed(expr, call, function, e, frames),
        }
    }

    /// The elements of the last argument if it is followed by `...`. A placeholder is the result of the whole call.
    fn expanded(&mut self, expr: &Expr, call: &Call, frames: Frames<'_>) -> Result<Option<Vec<Value>>, Value> {
        const INVALID: &str = "Invalid expanding argument value";
        let Some(last) = call.args.last().filter(|_| call.expand) else { return Ok(None) };
        let mark = self.mark();
        let value = self.eval(last, frames);
        if self.errors_since(mark) {
            return Err(Value::dynamic());
        }
        if value.is_null() {
            let detail = "The argument before \"...\" is null. It must be a list, set or tuple.";
            return Err(self.error(last, expr, frames, INVALID, detail));
        }
        let marks = value.marks();
        match value.ty() {
            Type::Dynamic => Err(Value::dynamic().mark(marks)),
            Type::List(_) | Type::Set(_) | Type::Tuple(_) => match elements(&value) {
                Some(all) => Ok(Some(all.into_iter().map(|(_, item)| item.mark(marks)).collect())),
                None => Err(Value::dynamic().mark(marks)),
            },
            ty => {
                let detail = format!(
                    "The argument before \"...\" must be a list, set or tuple, and this is a {}.",
                    ty.friendly()
                );
                Err(self.error(last, expr, frames, INVALID, detail))
            }
        }
    }

    fn failed(
        &mut self,
        expr: &Expr,
        call: &Call,
        function: &Function,
        e: crate::function::FunctionError,
        frames: Frames<'_>,
    ) -> Value {
        let message = e.message.trim_end_matches('.');
        match e.argument {
            Some(index) => {
                let name = function.param_at(index).map_or("", |p| &p.name);
                // An argument that came out of an expanded list points at the list.
                let Some(culprit) = call.args.get(index).or(call.args.last()) else {
                    return self.error(expr, expr, frames, "Error in function call", message);
                };
                let detail =
                    format!("The value for the parameter \"{name}\" of {} does not fit: {message}.", call.name);
                self.error(culprit, expr, frames, "Invalid function argument", detail)
            }
            None => {
                let detail = format!("Call to function \"{}\" failed: {message}.", call.name);
                let d = Diagnostic::error("Error in function call", detail).at(call.name_span).within(expr.span());
                self.report(d, expr, frames)
            }
        }
    }

    fn unknown_function(&self, call: &Call) -> Diagnostic {
        let names = self.scope.function_names();
        let hint = match similar(&call.name, names.iter().map(String::as_str)) {
            Some(like) => format!(" Did you mean \"{like}\"?"),
            None if call.name.contains("::") => {
                " Check that its provider is required by this module and has that function.".to_owned()
            }
            None => String::new(),
        };
        let detail = format!("No function is named \"{}\".{hint}", call.name);
        Diagnostic::error("Call to unknown function", detail).at(call.name_span)
    }
}

fn check_count(function: &Function, call: &Call, count: usize) -> Result<(), Box<Diagnostic>> {
    let needed = function.params.len();
    if count < needed {
        let missing = &function.params[count].name;
        let at_least = if function.variadic.is_some() { "at least " } else { "" };
        let detail = format!(
            "\"{}\" takes {at_least}{needed} argument(s), and \"{missing}\" is not given: {}",
            call.name,
            if function.params[count].help.is_empty() { "add it." } else { &function.params[count].help }
        );
        return Err(Box::new(Diagnostic::error("Not enough function arguments", detail).at(call.args_span)));
    }
    if count > needed && function.variadic.is_none() {
        let culprit = call.args.get(needed).or(call.args.last()).map_or(call.args_span, Expr::span);
        let detail = format!("\"{}\" takes {needed} argument(s). Remove the others.", call.name);
        return Err(Box::new(Diagnostic::error("Too many function arguments", detail).at(culprit)));
    }
    Ok(())
}
