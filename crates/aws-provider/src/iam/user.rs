//! `aws_iam_user` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_user>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_iam_user`.
pub static USER: Resource = resource("aws_iam_user", &super::IAM)
    .id("UserName")
    .attrs(&[
        string("arn").computed(),
        boolean("force_destroy").default_bool(false).local(),
        string("name").required().api("UserName").check(&[Check::By(super::name)]),
        string("path").default_str("/"),
        string("permissions_boundary")
            .from("PermissionsBoundary.PermissionsBoundaryArn")
            .zero()
            .check(&[Check::Length(0, 2048)]),
        string("unique_id").computed().from("UserId"),
    ])
    .tagged(super::tags("TagUser", "UntagUser", "UserName", "id"))
    .create("CreateUser", "User")
    .key(&[("UserName", "id")])
    .read(Read::One { op: "GetUser", item: "User" })
    .updates(&[
        update_with(rename, &["name", "path"]),
        update_with(change_boundary, &["permissions_boundary"]),
        update_state(&["force_destroy"]),
    ])
    .delete_with(delete)
    .gone(&["NoSuchEntity"])
    .imports(import);

fn rename<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = super::moved(work, "UserName", "NewUserName");
        cx.call("iam", "UpdateUser", input).await?;
        work.state.set("id", work.state.text("name").to_owned());
        Ok(())
    })
}

fn change_boundary<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let user = work.state.id();
        match work.state.str("permissions_boundary") {
            Some(arn) => {
                let input = json!({"UserName": user, "PermissionsBoundary": arn});
                cx.call("iam", "PutUserPermissionsBoundary", input).await?
            }
            None => cx.call("iam", "DeleteUserPermissionsBoundary", json!({"UserName": user})).await?,
        };
        Ok(())
    })
}

/// What a user may own: how it is listed, where its id is, and how it is removed.
const OWNED: &[(&str, &str, &str, &str)] = &[
    ("ListAccessKeys", "AccessKeyMetadata", "AccessKeyId", "DeleteAccessKey"),
    ("ListSSHPublicKeys", "SSHPublicKeys", "SSHPublicKeyId", "DeleteSSHPublicKey"),
    ("ListMFADevices", "MFADevices", "SerialNumber", "DeactivateMFADevice"),
    ("ListSigningCertificates", "Certificates", "CertificateId", "DeleteSigningCertificate"),
    (
        "ListServiceSpecificCredentials",
        "ServiceSpecificCredentials",
        "ServiceSpecificCredentialId",
        "DeleteServiceSpecificCredential",
    ),
];

/// What is not there any more is no error.
fn passed(answer: Result<Json, Fail>) -> Result<(), Fail> {
    match answer {
        Err(e) if !e.is(&["NoSuchEntity"]) => Err(e),
        _ => Ok(()),
    }
}

/// AWS deletes a user only when it is in no group and owns nothing.
fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let user = work.prior.id().to_owned();
        let named = json!({"UserName": user});
        for group in cx.list("iam", "ListGroupsForUser", "Groups", named.clone()).await? {
            let input = json!({"UserName": user, "GroupName": doc::text(&group, "GroupName")});
            passed(cx.call("iam", "RemoveUserFromGroup", input).await)?;
        }
        if work.prior.bool("force_destroy") {
            for (list, items, id, remove) in OWNED {
                for found in cx.list("iam", list, items, named.clone()).await? {
                    let mut input = named.clone();
                    let serial = doc::text(&found, id);
                    input[*id] = json!(serial);
                    passed(cx.call("iam", remove, input).await)?;
                    // A virtual device that nobody uses is left over otherwise.
                    if *id == "SerialNumber" && serial.starts_with("arn:") {
                        passed(cx.call("iam", "DeleteVirtualMFADevice", json!({"SerialNumber": serial})).await)?;
                    }
                }
            }
            for name in cx.list("iam", "ListUserPolicies", "PolicyNames", named.clone()).await? {
                let input = json!({"UserName": user, "PolicyName": name});
                passed(cx.call("iam", "DeleteUserPolicy", input).await)?;
            }
            for policy in cx.list("iam", "ListAttachedUserPolicies", "AttachedPolicies", named.clone()).await? {
                let input = json!({"UserName": user, "PolicyArn": doc::text(&policy, "PolicyArn")});
                passed(cx.call("iam", "DetachUserPolicy", input).await)?;
            }
            let codes = &["EntityTemporarilyUnmodifiable"];
            passed(cx.retry("iam", "DeleteLoginProfile", named.clone(), super::PROPAGATION, codes).await)?;
        }
        cx.call("iam", "DeleteUser", named).await?;
        Ok(())
    })
}

fn import<'a>(_: &'a Cx, _: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        // AWS knows nothing of it; the provider starts from its default.
        obj.set("force_destroy", false);
        Ok(())
    })
}
