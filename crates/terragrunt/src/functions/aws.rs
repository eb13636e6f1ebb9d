//! Functions about the AWS account. They ask AWS with the credentials of the run, after taking on the unit's role.

use super::constant;
use crate::context::Context;
use crate::session::AwsIdentity;
use craton_hcl::Function;
use craton_model::{Type, Value};
use std::sync::Arc;

fn identity(ctx: &Arc<Context>, name: &'static str, help: &'static str, part: fn(AwsIdentity) -> String) -> Function {
    let ctx = ctx.clone();
    constant(name, help, Type::String, move || Ok(Value::from(part(ctx.session.identity(&ctx.iam())?))))
}

pub(super) fn account_id(ctx: &Arc<Context>) -> Function {
    identity(ctx, "get_aws_account_id", "The id of the AWS account.", |i| i.account)
}

pub(super) fn caller_arn(ctx: &Arc<Context>) -> Function {
    identity(ctx, "get_aws_caller_identity_arn", "The ARN of the AWS caller.", |i| i.arn)
}

pub(super) fn caller_user_id(ctx: &Arc<Context>) -> Function {
    identity(ctx, "get_aws_caller_identity_user_id", "The unique id of the AWS caller.", |i| i.user_id)
}

pub(super) fn account_alias(ctx: &Arc<Context>) -> Function {
    let ctx = ctx.clone();
    constant("get_aws_account_alias", "The alias of the AWS account.", Type::String, move || {
        ctx.session.outside.aws_account_alias(&ctx.iam()).map(Value::from)
    })
}
