//! `aws_iam_user_login_profile`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_user_login_profile>).

use serde_json::{Value as Json, json};

use super::secret;
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_iam_user_login_profile`: a password for the console, which the provider makes up.
pub static USER_LOGIN_PROFILE: Resource = resource("aws_iam_user_login_profile", &super::IAM)
    .attrs(&[
        string("encrypted_password").computed().unread(),
        string("key_fingerprint").computed().unread(),
        string("password").computed().sensitive().unread(),
        int("password_length").default_int(20).replaces().unread().check(&[Check::Range(5, 128)]),
        boolean("password_reset_required").optional_computed().replaces().unread(),
        string("pgp_key").replaces().unread().check(&[Check::By(secret::pgp_key)]),
        string("user").required().replaces().unread(),
    ])
    .create_with(create)
    .read(Read::Hook)
    .delete_with(delete)
    .gone(&["NoSuchEntity"])
    .faults(&[
        ("NoSuchEntity", "user"),
        ("EntityAlreadyExists", "user"),
        ("PasswordPolicyViolation", "password_length"),
    ])
    .after_read(read);

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let length = work.state.int("password_length").and_then(|n| usize::try_from(n).ok()).unwrap_or(20);
        let password = secret::password(length)?;
        let user = work.state.text("user").to_owned();
        let reset = work.config.bool("password_reset_required");
        let input = json!({"UserName": user, "Password": password, "PasswordResetRequired": reset});
        cx.call("iam", "CreateLoginProfile", input).await?;
        work.state.set("id", user);
        work.state.set("password", password);
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let user = obj.id().to_owned();
        let found = cx.once("iam", "GetLoginProfile", json!({"UserName": user})).await?;
        obj.set("user", user);
        obj.set("password_reset_required", doc::flag(&found, "LoginProfile.PasswordResetRequired"));
        Ok(true)
    })
}

/// AWS takes some seconds for a new password, in which it cannot be taken away.
fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = json!({"UserName": work.prior.id()});
        cx.retry("iam", "DeleteLoginProfile", input, super::PROPAGATION, &["EntityTemporarilyUnmodifiable"]).await?;
        Ok(())
    })
}
