//! Functions that read other files.

use super::{path_value, text, text_param};
use crate::context::{Context, MAX_DEPTH};
use crate::evaluation::Evaluation;
use craton_hcl::{Function, FunctionError, Param, eval_constant};
use craton_model::{Diagnostics, Type, Value};
use std::sync::Arc;

pub(super) fn read_terragrunt_config(ctx: &Arc<Context>) -> Function {
    let ctx = ctx.clone();
    let default = Param::new("default", Type::Dynamic, "what to give if the file is not there").null().dynamic();
    Function::new("read_terragrunt_config", "Another configuration as an object.")
        .param(text_param("path", "the file, relative to the configuration"))
        .variadic(default)
        .run(move |_, args| {
            let path = ctx.path(text(args, 0));
            let file = match ctx.session.config_file(&path) {
                Some(file) => file,
                None => {
                    let missing = || FunctionError::argument(0, format!("there is no file {}", path.display()));
                    return args.get(1).cloned().ok_or_else(missing);
                }
            };
            if ctx.depth >= MAX_DEPTH {
                let message = format!(
                    "configurations read one another more than {MAX_DEPTH} deep; they probably do so in a circle"
                );
                return Err(FunctionError::new(message));
            }
            ctx.note_read(&file);
            let read = Context::new(&ctx.session, &file, &ctx.original, ctx.depth + 1, ctx.skip_outputs);
            let evaluation = Evaluation::open(read).map_err(|d| failed(&d))?;
            evaluation.read_outputs();
            let (config, diags) = evaluation.config();
            if diags.has_errors() {
                return Err(failed(&diags));
            }
            Ok(config.to_value())
        })
}

/// The findings of another file in one sentence each.
fn failed(diags: &Diagnostics) -> FunctionError {
    let all: Vec<String> = diags
        .into_iter()
        .filter(|d| d.is_error())
        .map(|d| {
            let place = d.subject.map(|s| format!("{}: ", s.place())).unwrap_or_default();
            format!("{place}{}: {}", d.summary, d.detail.trim_end_matches('.'))
        })
        .collect();
    FunctionError::new(all.join("; "))
}

pub(super) fn read_tfvars_file(ctx: &Arc<Context>) -> Function {
    let ctx = ctx.clone();
    Function::new("read_tfvars_file", "The values of a variable file, as JSON.")
        .param(text_param("path", "the file, relative to the configuration"))
        .returns(Type::String)
        .run(move |_, args| {
            let path = ctx.path(text(args, 0));
            if !path.is_file() {
                return Err(FunctionError::argument(0, format!("there is no file {}", path.display())));
            }
            ctx.note_read(&path);
            let (body, mut diags) = ctx.session.files.parse(&path);
            let mut values = Vec::new();
            if let Some(body) = body {
                let (attributes, found) = body.attributes();
                diags.extend(found);
                for (name, a) in attributes {
                    let (value, found) = eval_constant(&a.expr);
                    diags.extend(found);
                    values.push((name, value));
                }
            }
            if diags.has_errors() {
                return Err(failed(&diags));
            }
            Ok(Value::from(craton_model::json::to_json(&Value::object(values)).to_string()))
        })
}

pub(super) fn mark_as_read(ctx: &Arc<Context>) -> Function {
    let ctx = ctx.clone();
    Function::new("mark_as_read", "Records a file as one that the unit depends on; gives its absolute path.")
        .param(text_param("path", "the file, relative to the configuration"))
        .returns(Type::String)
        .run(move |_, args| {
            let path = ctx.path(text(args, 0));
            ctx.note_read(&path);
            Ok(path_value(&path))
        })
}
