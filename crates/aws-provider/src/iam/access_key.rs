//! `aws_iam_access_key`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_access_key>).

use serde_json::{Value as Json, json};

use super::secret;
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_iam_access_key`.
pub static ACCESS_KEY: Resource = resource("aws_iam_access_key", &super::IAM)
    .attrs(&[
        string("create_date").computed().unread(),
        string("encrypted_secret").computed().unread(),
        string("encrypted_ses_smtp_password_v4").computed().unread(),
        string("key_fingerprint").computed().unread(),
        string("pgp_key").replaces().unread().check(&[Check::By(secret::pgp_key)]),
        string("secret").computed().sensitive().unread(),
        string("ses_smtp_password_v4").computed().sensitive().unread(),
        string("status").default_str("Active").unread().check(&[Check::OneOf(&["Active", "Inactive"])]),
        string("user").required().replaces().unread(),
    ])
    .create_with(create)
    .read(Read::Hook)
    .updates(&[update_with(change_status, &["status"])])
    .delete_with(delete)
    .gone(&["NoSuchEntity"])
    .faults(&[("NoSuchEntity", "user")])
    .after_read(read)
    .imports(import);

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let made = cx.call("iam", "CreateAccessKey", json!({"UserName": work.state.text("user")})).await?;
        // Only this answer ever has the secret: it is kept before anything else can go wrong.
        let key = doc::text(&made, "AccessKey.SecretAccessKey");
        work.state.set("id", doc::text(&made, "AccessKey.AccessKeyId"));
        work.state.set("create_date", super::moment(&made, "AccessKey.CreateDate"));
        work.state.set("ses_smtp_password_v4", secret::smtp_password(&key, cx.region()));
        work.state.set("secret", key);
        if work.state.text("status") == "Inactive" {
            send_status(cx, &work.state).await?;
        }
        Ok(())
    })
}

async fn send_status(cx: &Cx, obj: &Obj) -> Result<(), Fail> {
    let input = json!({"AccessKeyId": obj.id(), "UserName": obj.text("user"), "Status": obj.text("status")});
    cx.call("iam", "UpdateAccessKey", input).await?;
    Ok(())
}

fn change_status<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move { send_status(cx, &work.state).await })
}

/// All keys of a user share one listing.
fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let named = json!({"UserName": obj.text("user")});
        let all = cx.list_once("iam", "ListAccessKeys", "AccessKeyMetadata", named).await?;
        let Some(found) = all.iter().find(|k| doc::text(k, "AccessKeyId") == obj.id()) else { return Ok(false) };
        obj.set("create_date", super::moment(found, "CreateDate"));
        obj.set("status", doc::text(found, "Status"));
        Ok(true)
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = json!({"AccessKeyId": work.prior.id(), "UserName": work.prior.text("user")});
        cx.call("iam", "DeleteAccessKey", input).await?;
        Ok(())
    })
}

fn import<'a>(cx: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let used = cx.call("iam", "GetAccessKeyLastUsed", json!({"AccessKeyId": id})).await?;
        obj.set("id", id);
        obj.set("user", doc::text(&used, "UserName"));
        Ok(())
    })
}
