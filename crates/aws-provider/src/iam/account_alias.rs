//! `aws_iam_account_alias`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_account_alias>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_iam_account_alias`. An account has one at most.
pub static ACCOUNT_ALIAS: Resource = resource("aws_iam_account_alias", &super::IAM)
    .attrs(&[string("account_alias").required().replaces().unread().check(&[Check::Length(3, 63), Check::By(alias)])])
    .create_with(create)
    .read(Read::Hook)
    .delete_with(delete)
    .gone(&["NoSuchEntity"])
    .faults(&[("EntityAlreadyExists", "account_alias")])
    .after_read(read);

/// Source: "AccountAlias" of `CreateAccountAlias`: it becomes part of the name of a host.
fn alias(s: &str) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match s.chars().all(fits) && !s.starts_with('-') && !s.ends_with('-') && !s.contains("--") {
        true => Ok(()),
        false => Err(format!("{s:?} is not an alias: lower case letters, digits and single dashes between them")),
    }
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let alias = work.state.text("account_alias").to_owned();
        cx.call("iam", "CreateAccountAlias", json!({"AccountAlias": alias})).await?;
        work.state.set("id", alias);
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let all = cx.list_once("iam", "ListAccountAliases", "AccountAliases", json!({})).await?;
        let id = obj.id().to_owned();
        let found = all.iter().any(|a| a.as_str() == Some(&id));
        obj.set("account_alias", id);
        Ok(found)
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        cx.call("iam", "DeleteAccountAlias", json!({"AccountAlias": work.prior.id()})).await?;
        Ok(())
    })
}
