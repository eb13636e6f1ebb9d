//! The environment, versions, and merging.

use super::{constant, text, text_param};
use crate::context::Context;
use craton_config::version::{Constraint, Version};
use craton_hcl::{Function, FunctionError, Param};
use craton_model::{Type, Value};
use std::sync::Arc;

pub(super) fn get_env(ctx: &Arc<Context>) -> Function {
    let ctx = ctx.clone();
    Function::new("get_env", "An environment variable.")
        .param(text_param("name", "its name"))
        .variadic(text_param("default", "what to give if it is not set"))
        .returns(Type::String)
        .run(move |_, args| {
            let name = text(args, 0);
            match (ctx.variable(name), args.get(1)) {
                (Some(value), _) => Ok(Value::from(value)),
                (None, Some(default)) => Ok(default.clone()),
                (None, None) => Err(FunctionError::argument(
                    0,
                    format!("the environment variable {name} is not set; set it, or give a default as second argument"),
                )),
            }
        })
}

pub(super) fn get_platform(_: &Arc<Context>) -> Function {
    constant("get_platform", "The operating system.", Type::String, || {
        Ok(Value::from(if std::env::consts::OS == "macos" { "darwin" } else { std::env::consts::OS }))
    })
}

pub(super) fn constraint_check(_: &Arc<Context>) -> Function {
    Function::new("constraint_check", "Whether a version satisfies a constraint.")
        .param(text_param("version", "the version"))
        .param(text_param("constraint", "the constraint"))
        .returns(Type::Bool)
        .run(|_, args| {
            let version = Version::parse(text(args, 0))
                .ok_or_else(|| FunctionError::argument(0, format!("{:?} is not a version", text(args, 0))))?;
            let constraint = Constraint::parse(text(args, 1)).map_err(|e| FunctionError::argument(1, e))?;
            Ok(Value::bool(constraint.allows(&version)))
        })
}

pub(super) fn deep_merge(_: &Arc<Context>) -> Function {
    let maps = Param::new("maps", Type::Dynamic, "objects; later ones win").null().dynamic();
    Function::new("deep_merge", "One object of several, merged at every level.").variadic(maps).run(|_, args| {
        let mut merged = Value::object::<&str>([]);
        for (i, arg) in args.iter().enumerate().filter(|(_, a)| !a.is_null()) {
            if arg.as_map().is_none() {
                return Err(FunctionError::argument(i, "an object is required"));
            }
            merged = crate::merge::maps(&merged, arg, crate::merge::Lists::Replace);
        }
        Ok(merged)
    })
}
