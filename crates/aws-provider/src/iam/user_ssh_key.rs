//! `aws_iam_user_ssh_key`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_user_ssh_key>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

/// `aws_iam_user_ssh_key`.
pub static USER_SSH_KEY: Resource = resource("aws_iam_user_ssh_key", &super::IAM)
    .attrs(&[
        string("encoding").required().replaces().unread().check(&[Check::OneOf(&["SSH", "PEM"])]),
        string("fingerprint").computed().unread(),
        string("public_key").required().replaces().unread(),
        string("ssh_public_key_id").computed().unread(),
        string("status").optional_computed().unread().check(&[Check::OneOf(&["Active", "Inactive"])]),
        string("username").required().replaces().unread(),
    ])
    .create_with(create)
    .read(Read::Hook)
    .updates(&[update_with(change_status, &["status"])])
    .delete_with(delete)
    .gone(&["NoSuchEntity"])
    .faults(&[
        ("NoSuchEntity", "username"),
        ("InvalidPublicKey", "public_key"),
        ("DuplicateSSHPublicKey", "public_key"),
    ])
    .plans(plan)
    .after_read(read)
    .imports(import);

/// A key without the comment behind it, which AWS does not keep.
fn bare(key: &str, encoding: &str) -> String {
    match encoding {
        "SSH" => key.split_whitespace().take(2).collect::<Vec<_>>().join(" "),
        _ => key.trim_matches('\n').to_owned(),
    }
}

fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    let Some(prior) = &plan.prior else { return Ok(()) };
    let (old, new) = (prior.text("public_key").to_owned(), plan.planned.text("public_key").to_owned());
    if bare(&old, prior.text("encoding")) == bare(&new, plan.planned.text("encoding")) {
        plan.planned.set("public_key", old);
    }
    Ok(())
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = json!({"UserName": work.state.text("username"), "SSHPublicKeyBody": work.state.text("public_key")});
        let made = cx.call("iam", "UploadSSHPublicKey", input).await?;
        work.state.set("id", doc::text(&made, "SSHPublicKey.SSHPublicKeyId"));
        if work.config.str("status").is_some() {
            send_status(cx, &work.state).await?;
        }
        Ok(())
    })
}

async fn send_status(cx: &Cx, obj: &Obj) -> Result<(), Fail> {
    let input = json!({"SSHPublicKeyId": obj.id(), "UserName": obj.text("username"), "Status": obj.text("status")});
    cx.call("iam", "UpdateSSHPublicKey", input).await?;
    Ok(())
}

fn change_status<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move { send_status(cx, &work.state).await })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let encoding = obj.text("encoding").to_owned();
        let input = json!({"SSHPublicKeyId": obj.id(), "UserName": obj.text("username"), "Encoding": encoding});
        let found = cx.once("iam", "GetSSHPublicKey", input).await?;
        let text = |name: &str| doc::text(&found, &format!("SSHPublicKey.{name}"));
        obj.set("fingerprint", text("Fingerprint"));
        let key = text("SSHPublicKeyBody");
        obj.set("public_key", if encoding == "SSH" { bare(&key, "SSH") } else { key });
        obj.set("ssh_public_key_id", text("SSHPublicKeyId"));
        obj.set("status", text("Status"));
        Ok(true)
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = json!({"SSHPublicKeyId": work.prior.id(), "UserName": work.prior.text("username")});
        cx.call("iam", "DeleteSSHPublicKey", input).await?;
        Ok(())
    })
}

fn import<'a>(_: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let parts: Vec<&str> = id.split(':').collect();
        let [user, key, encoding] = parts[..] else {
            let detail = format!("{id:?} is not a user, the id of a key and its encoding, as in \"user:APKA...:SSH\".");
            return Err(Fail::new("Invalid import id", detail));
        };
        obj.set("id", key);
        obj.set("username", user);
        obj.set("encoding", encoding);
        Ok(())
    })
}
