//! Functions about folders.

use super::{constant, path_value, text, text_param};
use crate::context::{Context, folder};
use crate::session::relative;
use craton_hcl::{Function, FunctionError};
use craton_model::{Type, Value};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How far up files are looked for.
const MAX_PARENTS: usize = 100;

pub(super) fn find_in_parent_folders(ctx: &Arc<Context>) -> Function {
    let ctx = ctx.clone();
    Function::new("find_in_parent_folders", "The nearest file or folder of a name in the folders above the unit.")
        .variadic(text_param("name_and_fallback", "what to look for (terragrunt.hcl), and what to give if it is nowhere"))
        .returns(Type::String)
        .run(move |_, args| {
            if args.len() > 2 {
                return Err(FunctionError::new("it takes a name and a fallback, and nothing more"));
            }
            let name = if args.is_empty() { "terragrunt.hcl" } else { text(args, 0) };
            if name.is_empty() {
                return Err(FunctionError::argument(0, "the name must not be empty"));
            }
            if name == "terragrunt.hcl" {
                let text = "Using `terragrunt.hcl` as the root of Terragrunt configurations is an anti-pattern; name the file root.hcl, and give that name to find_in_parent_folders";
                if ctx.session.options.strict.contains("root-terragrunt-hcl") {
                    return Err(FunctionError::new(text));
                }
                ctx.session.deprecate(text);
            }
            let start = ctx.dir();
            for above in start.ancestors().skip(1).take(MAX_PARENTS) {
                let candidate = above.join(name);
                if candidate.exists() {
                    return Ok(path_value(&craton_config::clean(&candidate)));
                }
            }
            match args.get(1) {
                Some(fallback) => Ok(fallback.clone()),
                None => Err(FunctionError::new(format!(
                    "ParentFileNotFoundError: Could not find a {name} in any of the folders above {}; create it, correct the name, or give a fallback as second argument",
                    start.display()
                ))),
            }
        })
}

fn label(args: &[Value]) -> Option<&str> {
    args.first().and_then(Value::as_str)
}

fn about_include(
    ctx: &Arc<Context>,
    name: &'static str,
    help: &'static str,
    answer: fn(unit: &Path, include: &Path) -> PathBuf,
) -> Function {
    let ctx = ctx.clone();
    Function::new(name, help)
        .variadic(text_param("label", "which include, where there are several"))
        .returns(Type::String)
        .run(move |_, args| {
            let include = ctx.include_path(label(args)).map_err(FunctionError::new)?;
            let unit = ctx.dir();
            let include = include.map_or_else(|| unit.clone(), |file| folder(&file));
            Ok(path_value(&answer(&unit, &include)))
        })
}

pub(super) fn path_relative_to_include(ctx: &Arc<Context>) -> Function {
    let help = "The way from the included file's folder to the unit.";
    about_include(ctx, "path_relative_to_include", help, |unit, include| relative(include, unit))
}

pub(super) fn path_relative_from_include(ctx: &Arc<Context>) -> Function {
    let help = "The way from the unit to the included file's folder.";
    about_include(ctx, "path_relative_from_include", help, relative)
}

pub(super) fn parent_terragrunt_dir(ctx: &Arc<Context>) -> Function {
    let help = "The folder of the included file; the unit's own where nothing is included.";
    about_include(ctx, "get_parent_terragrunt_dir", help, |_, include| include.to_owned())
}

pub(super) fn terragrunt_dir(ctx: &Arc<Context>) -> Function {
    let ctx = ctx.clone();
    constant("get_terragrunt_dir", "The folder of the configuration.", Type::String, move || Ok(path_value(&ctx.dir())))
}

pub(super) fn original_terragrunt_dir(ctx: &Arc<Context>) -> Function {
    let ctx = ctx.clone();
    let help = "The folder of the configuration that the command was started on.";
    constant("get_original_terragrunt_dir", help, Type::String, move || Ok(path_value(&folder(&ctx.original))))
}

/// The nearest folder upwards that git calls a repository.
fn find_repo_root(dir: &Path) -> Result<PathBuf, String> {
    let root = dir.ancestors().find(|above| above.join(".git").exists());
    root.map(Path::to_owned).ok_or_else(|| format!("{} is not in a git repository", dir.display()))
}

pub(super) fn repo_root(ctx: &Arc<Context>) -> Function {
    let ctx = ctx.clone();
    constant("get_repo_root", "The root folder of the git repository.", Type::String, move || {
        find_repo_root(&ctx.dir()).map(|root| path_value(&root))
    })
}

pub(super) fn path_from_repo_root(ctx: &Arc<Context>) -> Function {
    let ctx = ctx.clone();
    let help = "The way from the root folder of the git repository to the configuration.";
    constant("get_path_from_repo_root", help, Type::String, move || {
        let dir = ctx.dir();
        find_repo_root(&dir).map(|root| path_value(&relative(&root, &dir)))
    })
}

pub(super) fn path_to_repo_root(ctx: &Arc<Context>) -> Function {
    let ctx = ctx.clone();
    let help = "The way from the configuration to the root folder of the git repository.";
    constant("get_path_to_repo_root", help, Type::String, move || {
        let dir = ctx.dir();
        find_repo_root(&dir).map(|root| path_value(&relative(&dir, &root)))
    })
}

pub(super) fn working_dir(ctx: &Arc<Context>) -> Function {
    let ctx = ctx.clone();
    constant("get_working_dir", "The folder that the unit's module will run in.", Type::String, move || {
        crate::unit::working_dir_of(&ctx).map(|dir| path_value(&dir))
    })
}
