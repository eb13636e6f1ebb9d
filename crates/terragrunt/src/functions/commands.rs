//! Functions about the command being run.

use super::{constant, strings};
use crate::config::RetryRule;
use crate::context::Context;
use craton_hcl::Function;
use craton_model::{Type, Value};
use std::sync::Arc;

const LIST: fn() -> Type = || Type::list(Type::String);

pub(super) fn need_vars(_: &Arc<Context>) -> Function {
    let all = ["apply", "console", "destroy", "import", "plan", "push", "refresh"];
    let help = "The commands that take -var and -var-file.";
    constant("get_terraform_commands_that_need_vars", help, LIST(), move || Ok(strings(all)))
}

pub(super) fn need_locking(_: &Arc<Context>) -> Function {
    let all = ["apply", "destroy", "import", "plan", "refresh", "taint", "untaint"];
    let help = "The commands that take -lock-timeout.";
    constant("get_terraform_commands_that_need_locking", help, LIST(), move || Ok(strings(all)))
}

pub(super) fn need_input(_: &Arc<Context>) -> Function {
    let all = ["apply", "import", "init", "plan", "refresh"];
    constant("get_terraform_commands_that_need_input", "The commands that take -input.", LIST(), move || {
        Ok(strings(all))
    })
}

pub(super) fn need_parallelism(_: &Arc<Context>) -> Function {
    let all = ["apply", "plan", "destroy"];
    let help = "The commands that take -parallelism.";
    constant("get_terraform_commands_that_need_parallelism", help, LIST(), move || Ok(strings(all)))
}

pub(super) fn command(ctx: &Arc<Context>) -> Function {
    let command = ctx.session.options.command.clone();
    constant("get_terraform_command", "The command being run.", Type::String, move || Ok(Value::from(command.as_str())))
}

pub(super) fn cli_args(ctx: &Arc<Context>) -> Function {
    let args = ctx.session.options.cli_args.clone();
    let help = "The command being run with its arguments.";
    constant("get_terraform_cli_args", help, LIST(), move || Ok(strings(args.iter().map(String::as_str))))
}

pub(super) fn source_cli_flag(ctx: &Arc<Context>) -> Function {
    let source = ctx.session.options.source.clone().unwrap_or_default();
    let help = "The value of --source; empty if it is not given.";
    constant("get_terragrunt_source_cli_flag", help, Type::String, move || Ok(Value::from(source.as_str())))
}

/// Failures that a second attempt may not meet.
pub(crate) const RETRYABLE: [&str; 8] = [
    r"(?i)connection (reset|refused|timed out)",
    r"(?i)(tls|ssl) handshake.*(timeout|timed out)",
    r"(?i)(i/o|request|context|client)[ .]+(deadline exceeded|timeout|timed out)",
    r"(?i)too many requests|\b429\b",
    r"(?i)throttl|rate exceeded|TooManyUpdates|RequestLimitExceeded|SlowDown",
    r"(?i)service unavailable|internal server error|\b50[0234]\b",
    r"(?i)temporary failure in name resolution",
    r"(?i)ssh_exchange_identification|connection closed by remote host",
];

/// The rule where no `errors` block says otherwise.
pub fn default_retry() -> RetryRule {
    RetryRule { retryable_errors: RETRYABLE.map(str::to_owned).to_vec(), max_attempts: 3, sleep_interval_sec: 5 }
}

pub(super) fn default_retryable_errors(_: &Arc<Context>) -> Function {
    let help = "The patterns of failures that are retried where no errors block says otherwise.";
    constant("get_default_retryable_errors", help, LIST(), || Ok(strings(RETRYABLE)))
}
