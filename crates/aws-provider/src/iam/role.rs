//! `aws_iam_role` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_role>).

use serde_json::{Value as Json, json};

use super::role_grants;
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::json as documents;
use crate::names;
use crate::obj::Obj;
use crate::work::Work;

const INLINE_POLICY: Kind = Kind::Object(&[
    string("name").check(&[Check::Length(0, 128), Check::By(super::name)]),
    string("policy").check(&[Check::By(role_grants::inline_document)]),
]);

/// `aws_iam_role`.
pub static ROLE: Resource = resource("aws_iam_role", &super::IAM)
    .attrs(&[
        string("arn").computed(),
        policy("assume_role_policy").required().unread().to("AssumeRolePolicyDocument").check(&[Check::Document]),
        string("create_date").computed().unread(),
        string("description").zero().check(&[Check::Length(0, 1000)]),
        boolean("force_detach_policies").default_bool(false).local(),
        block_set("inline_policy", &INLINE_POLICY).optional_computed().local().deprecated(),
        strings("managed_policy_arns").optional_computed().deprecated().local().check(&[Check::Arn]),
        int("max_session_duration").default_int(3600).check(&[Check::Range(3600, 43200)]),
        string("name")
            .optional_computed()
            .replaces()
            .api("RoleName")
            .conflicts_with(&["name_prefix"])
            .check(&[Check::Length(1, 64), Check::By(super::name)]),
        string("name_prefix")
            .optional_computed()
            .replaces()
            .local()
            .check(&[Check::Length(1, 38), Check::By(super::name)]),
        string("path").default_str("/").replaces().check(&[Check::By(super::path)]),
        string("permissions_boundary").from("PermissionsBoundary.PermissionsBoundaryArn").zero().check(&[Check::Arn]),
        string("unique_id").computed().from("RoleId"),
    ])
    .tagged(super::tags("TagRole", "UntagRole", "RoleName", "name"))
    .create_with(create)
    .key(&[("RoleName", "id")])
    .read(Read::One { op: "GetRole", item: "Role" })
    .updates(&[
        update_with(change_trust, &["assume_role_policy"]),
        update("UpdateRole", &["description", "max_session_duration"]),
        update_with(change_boundary, &["permissions_boundary"]),
        update_with(role_grants::change_inline, &["inline_policy"]),
        update_with(role_grants::change_managed, &["managed_policy_arns"]),
        update_state(&["force_detach_policies"]),
    ])
    .delete_with(delete)
    .gone(&["NoSuchEntity"])
    .faults(&[("MalformedPolicyDocument", "assume_role_policy")])
    .plans(role_grants::plan)
    .after_read(read)
    .imports(import);

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = super::creation(cx, work, "RoleName");
        super::persist(cx, "CreateRole", &input, super::not_yet).await?;
        work.state.set("id", work.state.text("name").to_owned());
        role_grants::change_inline(cx, work).await?;
        role_grants::change_managed(cx, work).await
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        obj.set("create_date", super::moment(item, "CreateDate"));
        obj.set("assume_role_policy", super::document(item, "AssumeRolePolicyDocument"));
        let name = doc::text(item, "RoleName");
        obj.set("name_prefix", names::prefix_of(&name));
        let (inline, managed) = futures_util::join!(role_grants::inline(cx, &name), role_grants::managed(cx, &name));
        role_grants::keep_or_set(obj, inline?)?;
        obj.set_strs("managed_policy_arns", managed?.iter().map(String::as_str));
        Ok(true)
    })
}

fn change_trust<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let document = documents::compact(work.state.text("assume_role_policy"));
        let input = json!({"RoleName": work.state.id(), "PolicyDocument": document});
        super::persist(cx, "UpdateAssumeRolePolicy", &input, super::not_yet).await?;
        Ok(())
    })
}

fn change_boundary<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let role = work.state.id();
        match work.state.str("permissions_boundary") {
            Some(arn) => {
                let input = json!({"RoleName": role, "PermissionsBoundary": arn});
                cx.call("iam", "PutRolePermissionsBoundary", input).await?
            }
            None => cx.call("iam", "DeleteRolePermissionsBoundary", json!({"RoleName": role})).await?,
        };
        Ok(())
    })
}

/// AWS deletes a role only when nothing is tied to it. Policies are taken off where the configuration says so, or where
/// the role itself put them on.
fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let role = work.state.id().to_owned();
        let now = Cx::new(cx.settings.clone());
        for profile in now.list_iam("ListInstanceProfilesForRole", "InstanceProfiles", &role).await? {
            let input = json!({"RoleName": role, "InstanceProfileName": doc::text(&profile, "InstanceProfileName")});
            match cx.call("iam", "RemoveRoleFromInstanceProfile", input).await {
                Err(e) if !e.is(&["NoSuchEntity"]) => return Err(e),
                _ => {}
            }
        }
        let force = work.state.bool("force_detach_policies");
        if force || !work.state.is_zero("managed_policy_arns") {
            for arn in role_grants::managed(&now, &role).await? {
                role_grants::detach(cx, &role, &arn).await?;
            }
        }
        if force || !work.state.is_zero("inline_policy") {
            for name in role_grants::inline_names(&now, &role).await? {
                role_grants::remove(cx, &role, &name).await?;
            }
        }
        super::persist(cx, "DeleteRole", &json!({"RoleName": role}), |e| {
            e.is(&["DeleteConflict", "ConcurrentModification"])
        })
        .await?;
        Ok(())
    })
}

fn import<'a>(_: &'a Cx, _: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        // AWS knows nothing of it; the provider starts from its default.
        obj.set("force_detach_policies", false);
        Ok(())
    })
}
