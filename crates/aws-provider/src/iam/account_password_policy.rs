//! `aws_iam_account_password_policy`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_account_password_policy>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::work::Work;

/// `aws_iam_account_password_policy`. An account has one at most.
pub static ACCOUNT_PASSWORD_POLICY: Resource = resource("aws_iam_account_password_policy", &super::IAM)
    .attrs(&[
        boolean("allow_users_to_change_password").default_bool(true).zero(),
        boolean("expire_passwords").computed().zero(),
        boolean("hard_expiry").optional_computed().zero(),
        int("max_password_age").optional_computed().zero(),
        int("minimum_password_length").default_int(6).zero(),
        int("password_reuse_prevention").optional_computed().zero(),
        boolean("require_lowercase_characters").optional_computed().zero(),
        boolean("require_numbers").optional_computed().zero(),
        boolean("require_symbols").optional_computed().zero(),
        boolean("require_uppercase_characters").optional_computed().zero(),
    ])
    .create_with(put)
    .read(Read::One { op: "GetAccountPasswordPolicy", item: "PasswordPolicy" })
    .updates(&[update_with(
        put,
        &[
            "allow_users_to_change_password",
            "hard_expiry",
            "max_password_age",
            "minimum_password_length",
            "password_reuse_prevention",
            "require_lowercase_characters",
            "require_numbers",
            "require_symbols",
            "require_uppercase_characters",
        ],
    )])
    .delete_with(delete)
    .gone(&["NoSuchEntity"]);

/// What a request leaves out goes back to AWS's default, so all of it is sent.
fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut input);
        cx.call("iam", "UpdateAccountPasswordPolicy", Json::Object(input)).await?;
        work.state.set("id", "iam-account-password-policy");
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, _: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        cx.call("iam", "DeleteAccountPasswordPolicy", json!({})).await?;
        Ok(())
    })
}
