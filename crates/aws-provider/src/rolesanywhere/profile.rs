//! `aws_rolesanywhere_profile`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/rolesanywhere_profile>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::work::Work;

/// All profiles of a region.
static PROFILES: Sweep = Sweep { service: "rolesanywhere", op: "ListProfiles", items: "profiles", key: "profileId" };

/// `aws_rolesanywhere_profile`.
pub static PROFILE: Resource = resource("aws_rolesanywhere_profile", &super::ROLES_ANYWHERE)
    .attrs(&[
        string("arn").computed().from("profileArn"),
        int("duration_seconds").optional_computed().api("durationSeconds"),
        boolean("enabled").api("enabled"),
        strings("managed_policy_arns").api("managedPolicyArns"),
        string("name").required().api("name"),
        // AWS takes it at the creation alone.
        boolean("require_instance_properties").replaces().api("requireInstanceProperties"),
        strings("role_arns").api("roleArns"),
        string("session_policy").zero().api("sessionPolicy"),
    ])
    .tagged(super::TAGS)
    .create_with(create)
    .key(&[("profileId", "id")])
    .read(Read::Sweep(&PROFILES))
    .updates(&[
        update_with(change, &["duration_seconds", "managed_policy_arns", "name", "role_arns", "session_policy"]),
        update_with(switch, &["enabled"]),
    ])
    .delete("DeleteProfile")
    .gone(&["ResourceNotFoundException"]);

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut input);
        // A profile without roles says so.
        input.entry("roleArns").or_insert_with(|| json!([]));
        super::TAGS.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        let answer = cx.call("rolesanywhere", "CreateProfile", Json::Object(input)).await?;
        work.state.set("id", doc::text(&answer, "profile.profileId"));
        Ok(())
    })
}

/// Only what changed is sent: AWS does not take a list that is empty and was so before.
fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        input.insert("profileId".into(), json!(work.state.id()));
        for a in work.resource.attrs.iter().filter(|a| a.settable() && !a.replaces && a.name != "enabled") {
            if work.changes(a.name) {
                let v = work.state.get(a.name);
                let v = if v.is_null() { crate::obj::zero(v.ty()) } else { v };
                if let Some(v) = doc::document(&a.kind, &v) {
                    input.insert(a.write_path().into_owned(), v);
                }
            }
        }
        cx.call("rolesanywhere", "UpdateProfile", Json::Object(input)).await?;
        Ok(())
    })
}

fn switch<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let op = if work.state.bool("enabled") { "EnableProfile" } else { "DisableProfile" };
        cx.call("rolesanywhere", op, json!({"profileId": work.state.id()})).await?;
        Ok(())
    })
}
