//! Terragrunt's functions (<https://terragrunt.gruntwork.io/docs/reference/hcl/functions/>).

mod aws;
mod commands;
mod misc;
mod paths;
mod programs;
mod reading;

pub use commands::default_retry;

use crate::context::Context;
use craton_hcl::{Function, FunctionError, FunctionRef, Param};
use craton_model::{Type, Value};
use std::sync::Arc;

type Make = fn(&Arc<Context>) -> Function;

/// Name and maker of each, sorted by name.
const TABLE: &[(&str, Make)] = &[
    ("constraint_check", misc::constraint_check),
    ("deep_merge", misc::deep_merge),
    ("find_in_parent_folders", paths::find_in_parent_folders),
    ("get_aws_account_alias", aws::account_alias),
    ("get_aws_account_id", aws::account_id),
    ("get_aws_caller_identity_arn", aws::caller_arn),
    ("get_aws_caller_identity_user_id", aws::caller_user_id),
    ("get_default_retryable_errors", commands::default_retryable_errors),
    ("get_env", misc::get_env),
    ("get_original_terragrunt_dir", paths::original_terragrunt_dir),
    ("get_parent_terragrunt_dir", paths::parent_terragrunt_dir),
    ("get_path_from_repo_root", paths::path_from_repo_root),
    ("get_path_to_repo_root", paths::path_to_repo_root),
    ("get_platform", misc::get_platform),
    ("get_repo_root", paths::repo_root),
    ("get_terraform_cli_args", commands::cli_args),
    ("get_terraform_command", commands::command),
    ("get_terraform_commands_that_need_input", commands::need_input),
    ("get_terraform_commands_that_need_locking", commands::need_locking),
    ("get_terraform_commands_that_need_parallelism", commands::need_parallelism),
    ("get_terraform_commands_that_need_vars", commands::need_vars),
    ("get_terragrunt_dir", paths::terragrunt_dir),
    ("get_terragrunt_source_cli_flag", commands::source_cli_flag),
    ("get_working_dir", paths::working_dir),
    ("mark_as_read", reading::mark_as_read),
    ("mark_glob_as_read", reading::mark_glob_as_read),
    ("path_relative_from_include", paths::path_relative_from_include),
    ("path_relative_to_include", paths::path_relative_to_include),
    ("read_terragrunt_config", reading::read_terragrunt_config),
    ("read_tfvars_file", reading::read_tfvars_file),
    ("run_cmd", programs::run_cmd),
    ("sops_decrypt_file", programs::sops_decrypt_file),
];

/// A function by name: Terragrunt's, else Terraform's.
pub(crate) fn function(ctx: &Arc<Context>, name: &str) -> Option<FunctionRef> {
    match TABLE.binary_search_by(|(n, _)| n.cmp(&name)) {
        Ok(i) => Some(Arc::new(TABLE[i].1(ctx))),
        Err(_) => craton_hcl::functions::function(name),
    }
}

/// All names.
pub(crate) fn names() -> Vec<String> {
    let own = TABLE.iter().map(|(n, _)| *n);
    own.chain(craton_hcl::functions::function_names()).map(str::to_owned).collect()
}

/// A function without parameters.
fn constant(
    name: &'static str,
    help: &'static str,
    ty: Type,
    run: impl Fn() -> Result<Value, String> + Send + Sync + 'static,
) -> Function {
    Function::new(name, help).returns(ty).run(move |_, _| run().map_err(FunctionError::new))
}

fn text_param(name: &'static str, help: &'static str) -> Param {
    Param::new(name, Type::String, help)
}

/// The text of an argument that is a known string (the caller of functions has seen to that).
fn text(args: &[Value], at: usize) -> &str {
    args.get(at).and_then(Value::as_str).unwrap_or_default()
}

fn strings<'a>(all: impl IntoIterator<Item = &'a str>) -> Value {
    Value::list(Type::String, all.into_iter().map(Value::from))
}

fn path_value(path: &std::path::Path) -> Value {
    Value::string(path.to_string_lossy().replace('\\', "/"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_sorted() {
        assert!(super::TABLE.is_sorted_by(|a, b| a.0 < b.0));
    }
}
