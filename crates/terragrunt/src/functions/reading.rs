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
            if let Some(other) = other_file(&ctx, &file) {
                return other;
            }
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

/// A file of another kind than a unit's, as an object: a stack, or the values that one handed on.
fn other_file(ctx: &Arc<Context>, file: &std::path::Path) -> Option<Result<Value, FunctionError>> {
    let name = file.file_name()?.to_str()?;
    if name == crate::discovery::STACK_FILE {
        return Some(ctx.session.stack(file.parent()?).map(|s| s.to_value()).map_err(|d| failed(&d)));
    }
    if name != crate::stack::VALUES_FILE {
        return None;
    }
    let read = Context::new(&ctx.session, file, &ctx.original, ctx.depth + 1, ctx.skip_outputs);
    let mut diags = Diagnostics::new();
    let values = crate::stack::read_values(&read, &mut diags);
    Some(if diags.has_errors() { Err(failed(&diags)) } else { Ok(values.unwrap_or_else(|| Value::object::<&str>([]))) })
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
            let (body, mut diags) = ctx.session.parse(&path);
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

pub(super) fn mark_glob_as_read(ctx: &Arc<Context>) -> Function {
    let ctx = ctx.clone();
    let help = "Records the files that match a pattern as ones that the unit depends on; gives their absolute paths.";
    Function::new("mark_glob_as_read", help)
        .variadic(text_param("pattern", "--terragrunt-boundary=FOLDER, if any, then the pattern"))
        .returns(Type::list(Type::String))
        .run(move |_, args| {
            let words: Vec<&str> = args.iter().filter_map(Value::as_str).collect();
            let (boundary, pattern) = match words.as_slice() {
                [pattern] => (None, *pattern),
                [flag, pattern] => (flag.strip_prefix("--terragrunt-boundary="), *pattern),
                _ => return Err(FunctionError::new("it takes a pattern, and --terragrunt-boundary=FOLDER before it")),
            };
            let boundary = match boundary {
                Some(dir) => ctx.path(dir),
                None => {
                    ctx.dir().ancestors().find(|d| d.join(".git").exists()).map_or_else(|| ctx.dir(), ToOwned::to_owned)
                }
            };
            let dir = ctx.dir();
            let whole =
                if pattern.starts_with('/') { pattern.to_owned() } else { format!("{}/{pattern}", dir.display()) };
            // What stands before the first sign of a pattern is where to look.
            let fixed = whole.find(['*', '?', '[', '{']).map_or(whole.as_str(), |at| &whole[..at]);
            let start = craton_config::clean(std::path::Path::new(fixed.rsplit_once('/').map_or("/", |(dir, _)| dir)));
            if !start.starts_with(&boundary) {
                let message = format!(
                    "the pattern leaves {}; give --terragrunt-boundary=FOLDER to look further up",
                    boundary.display()
                );
                return Err(FunctionError::new(message));
            }
            let wanted = crate::filter::glob(&whole).map_err(FunctionError::new)?;
            let mut found = Vec::new();
            let mut open = vec![start];
            while let Some(dir) = open.pop() {
                for entry in std::fs::read_dir(&dir).into_iter().flatten().flatten() {
                    let path = entry.path();
                    let skipped = entry.file_name() == ".terragrunt-cache" || entry.file_name() == ".git";
                    if path.is_dir() && !skipped {
                        open.push(path);
                    } else if path.is_file() && wanted.is_match(&path.to_string_lossy()) {
                        ctx.note_read(&path);
                        found.push(path);
                    }
                }
            }
            found.sort();
            Ok(Value::list(Type::String, found.iter().map(|p| path_value(p))))
        })
}
