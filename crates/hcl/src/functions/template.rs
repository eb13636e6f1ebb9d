//! `templatefile` and `templatestring`.

use craton_model::{Diagnostic, Diagnostics, FileId, Severity, convert};

use super::filesystem::{read_text, shown};
use super::support::*;
use crate::ast::{ExprKind, Traversal};
use crate::function::{Argument, FunctionRef};
use crate::parser::parse_template;
use crate::scope::{Environment, Scope};

/// The functions of this family.
pub(super) fn functions() -> Vec<Function> {
    vec![
        function(
            "templatefile",
            "The template in a file with values for its variables.",
            [param("path", Type::String), param("vars", Type::Dynamic)],
            templatefile,
        )
        // A template of one interpolation gives a value of any type.
        .returns(Type::Dynamic)
        .may_be_null(),
        Function::new("templatestring", "A template from elsewhere with values for its variables.")
            .param(param("template", Type::String))
            .param(param("vars", Type::Dynamic))
            .returns(Type::Dynamic)
            .may_be_null()
            .run_lazy(templatestring),
    ]
}

/// Templates do not render further templates, as in Terraform 1.11. That also bounds the stack.
const MAX_DEPTH: u32 = 1;

fn templatefile(cx: &CallContext<'_>, args: &[Value]) -> Answer {
    let template = read_text(cx, args, 0)?;
    let path = text(args, 0)?;
    let name = if cx.is_sensitive(0) { shown(cx, 0, path) } else { path.to_owned() };
    render(cx, FileId::add(name, template), &args[1])
}

/// The first argument must be a plain reference: a template written in place would be rendered by the language itself,
/// before this function sees it.
fn templatestring(cx: &CallContext<'_>, args: &[Argument<'_>]) -> Answer {
    let [template, vars] = args else { return fail("two arguments are required") };
    let evaluated = |i: usize, arg: &Argument<'_>| match arg.eval() {
        (v, diags) if !diags.has_errors() => Ok(v),
        (_, diags) => Err(FunctionError::argument(i, first_error(diags))),
    };
    let (value, vars) = (evaluated(0, template)?, evaluated(1, vars)?);
    // Terraform looks at the template when it has the variables.
    if !vars.is_known() {
        return Ok(Value::dynamic().mark(value.marks().union(vars.marks_deep())));
    }
    let plain = template.expr.is_some_and(|e| matches!(e.kind(), ExprKind::Traversal(_) | ExprKind::Index { .. }));
    if !plain {
        return wrong(
            0,
            "invalid template expression: must be a direct reference to a single string from elsewhere, containing \
             valid template syntax; to render a template that is written in place, write it as a string with \
             interpolations",
        );
    }
    let template = value;
    let template = convert(&template, &Type::String)
        .map_err(|_| FunctionError::argument(0, "invalid template value: a string is required"))?;
    let marks = template.marks().union(vars.marks_deep());
    for (i, v) in [&template, &vars].into_iter().enumerate() {
        if v.is_null() {
            return wrong(i, "argument must not be null");
        }
    }
    let Some(source) = template.as_str() else { return Ok(Value::dynamic().mark(marks)) };
    let (vars, _) = vars.unmark_deep();
    Ok(render(cx, FileId::add("<templatestring argument>", source), &vars)
        .map_err(|e| FunctionError { argument: e.argument, message: e.message })?
        .mark(marks))
}

fn first_error(diags: Diagnostics) -> String {
    diags.into_iter().find(Diagnostic::is_error).map_or_else(String::new, |d| format!("{}; {}", d.summary, d.detail))
}

fn render(cx: &CallContext<'_>, file: FileId, vars: &Value) -> Answer {
    if cx.scope.template_depth() >= MAX_DEPTH {
        return fail(
            "a template cannot render another template; render that one outside and give the result in the variables",
        );
    }
    if !matches!(vars.ty(), Type::Object(_) | Type::Map(_)) {
        return wrong(1, "invalid vars value: must be a map");
    }
    for name in vars.as_map().into_iter().flat_map(|m| m.keys()) {
        if !crate::lexer::is_identifier(name) {
            return wrong(
                1,
                format!(
                    "invalid template variable name {name:?}: must start with a letter or an underscore, \
                     followed by letters, digits, underscores and dashes"
                ),
            );
        }
    }
    let (template, diags) = parse_template(file);
    if diags.has_errors() {
        return fail(placed(diags));
    }
    // Also in the parts that are not rendered this time.
    for used in template.variables() {
        if vars.get(&used.root.name).is_none() {
            return wrong(1, missing(used));
        }
    }
    let scope = TemplateScope { outer: cx.scope, vars };
    let (value, diags) = crate::eval::eval(&template, &scope);
    if diags.has_errors() { fail(placed(diags)) } else { Ok(value) }
}

fn missing(used: &Traversal) -> String {
    let source = used.span.file.source();
    let at = source.position(used.span.start);
    format!(
        "vars map does not contain key {:?}, referenced at {}:{},{}",
        used.root.name,
        source.path.display(),
        at.line,
        at.column
    )
}

/// The first error with its place in the template, as one line.
fn placed(diags: Diagnostics) -> String {
    let Some(d) = diags.into_iter().find(|d| d.severity == Severity::Error) else { return String::new() };
    let place = d.subject.map_or_else(String::new, |span| {
        let source = span.file.source();
        let at = source.position(span.start);
        format!("{}:{},{}: ", source.path.display(), at.line, at.column)
    });
    format!("{place}{}; {}", d.summary, d.detail)
}

/// Sees the variables given to the template and nothing else, and the functions of the place of the call.
struct TemplateScope<'a> {
    outer: &'a dyn Scope,
    vars: &'a Value,
}

impl Scope for TemplateScope<'_> {
    fn lookup(&self, reference: &Traversal) -> Result<(Value, usize), Diagnostics> {
        match self.vars.get(&reference.root.name) {
            Some(v) => Ok((v.clone(), 0)),
            None => Err(Diagnostic::error("Invalid reference", missing(reference)).at(reference.span).into()),
        }
    }

    fn function(&self, name: &str) -> Option<FunctionRef> {
        self.outer.function(name)
    }

    fn function_names(&self) -> Vec<String> {
        self.outer.function_names()
    }

    fn environment(&self) -> &Environment {
        self.outer.environment()
    }

    fn template_depth(&self) -> u32 {
        self.outer.template_depth() + 1
    }
}
