//! `aws_iam_openid_connect_provider`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_openid_connect_provider>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_iam_openid_connect_provider`.
pub static OPENID_CONNECT_PROVIDER: Resource = resource("aws_iam_openid_connect_provider", &super::IAM)
    .id("OpenIDConnectProviderArn")
    .attrs(&[
        string("arn").computed().unread(),
        strings("client_id_list").required().api("ClientIDList").check(&[Check::Length(1, 255)]),
        list("thumbprint_list", &Kind::String).optional_computed().check(&[Check::Length(40, 40)]),
        string("url").required().replaces().same(Same::OpenIdUrl).check(&[Check::By(url)]),
    ])
    .tagged(super::tags("TagOpenIDConnectProvider", "UntagOpenIDConnectProvider", "OpenIDConnectProviderArn", "id"))
    .create("CreateOpenIDConnectProvider", "")
    .key(&[("OpenIDConnectProviderArn", "id")])
    .read(Read::One { op: "GetOpenIDConnectProvider", item: "" })
    .updates(&[update_with(change_thumbprints, &["thumbprint_list"]), update_with(change_clients, &["client_id_list"])])
    .delete("DeleteOpenIDConnectProvider")
    .gone(&["NoSuchEntity"])
    .faults(&[("EntityAlreadyExists", "url"), ("InvalidInput", "url")])
    .after_read(read);

fn url(s: &str) -> Result<(), String> {
    match s.strip_prefix("https://") {
        Some(rest) if !rest.is_empty() && !rest.contains('?') => Ok(()),
        _ => Err(format!("{s:?} is not the URL of an identity provider: https://, a host, perhaps a path, no query")),
    }
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let arn = obj.id().to_owned();
        obj.set("arn", arn);
        Ok(true)
    })
}

fn change_thumbprints<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let wanted = work.state.strs("thumbprint_list");
        // AWS does not take none: then what it has stays.
        if !wanted.is_empty() {
            let input = json!({"OpenIDConnectProviderArn": work.state.id(), "ThumbprintList": wanted});
            cx.call("iam", "UpdateOpenIDConnectProviderThumbprint", input).await?;
        }
        Ok(())
    })
}

fn change_clients<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (old, new) = (work.prior.strs("client_id_list"), work.state.strs("client_id_list"));
        for client in new.iter().filter(|c| !old.contains(c)) {
            let input = json!({"OpenIDConnectProviderArn": work.state.id(), "ClientID": client});
            cx.call("iam", "AddClientIDToOpenIDConnectProvider", input).await?;
        }
        for client in old.iter().filter(|c| !new.contains(c)) {
            let input = json!({"OpenIDConnectProviderArn": work.state.id(), "ClientID": client});
            cx.call("iam", "RemoveClientIDFromOpenIDConnectProvider", input).await?;
        }
        Ok(())
    })
}
