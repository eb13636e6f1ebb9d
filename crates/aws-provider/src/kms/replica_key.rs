//! `aws_kms_replica_key`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/kms_replica_key>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::functions::parse_arn;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_kms_replica_key`.
pub static REPLICA_KEY: Resource = resource("aws_kms_replica_key", &super::KMS)
    .attrs(&[
        string("arn").computed(),
        boolean("bypass_policy_lockout_safety_check").default_bool(false).unread(),
        int("deletion_window_in_days").default_int(30).local().check(&[Check::Range(7, 30)]),
        string("description").zero().check(&[Check::Length(0, 8192)]),
        boolean("enabled").default_bool(true).unsent(),
        string("key_id").computed(),
        boolean("key_rotation_enabled").computed().unread(),
        string("key_spec").computed(),
        string("key_usage").computed(),
        policy("policy").optional_computed().unread(),
        string("primary_key_arn")
            .required()
            .replaces()
            .from("MultiRegionConfiguration.PrimaryKey.Arn")
            .unsent()
            .check(&[Check::Arn]),
    ])
    .tagged(super::TAGS)
    .create_with(create)
    .key(&[("KeyId", "id")])
    .read(Read::One { op: "DescribeKey", item: "KeyMetadata" })
    .dead("KeyState", super::DEAD)
    .wait("KeyState", &["Creating"], &["Enabled", "Disabled"])
    .updates(&[
        update_with(change, &["enabled", "description", "policy"]),
        update_state(&["bypass_policy_lockout_safety_check", "deletion_window_in_days"]),
    ])
    .delete_with(super::delete)
    .gone(&["NotFoundException"])
    .faults(&[("NotFoundException", "primary_key_arn")])
    .after_read(read)
    .imports(super::imported);

/// Makes a replica here of a key in another region; AWS is asked for it there.
///
/// # Errors
/// AWS refused, or the ARN is none.
pub async fn replicate(cx: &Cx, work: &mut Work) -> Result<(), Fail> {
    let primary = work.state.text("primary_key_arn").to_owned();
    let [_, _, region, _, resource] =
        parse_arn(&primary).map_err(|e| Fail::new("Invalid argument value", format!("{e}.")))?;
    let mut input = Map::new();
    doc::input(work.resource.attrs, &work.state, &mut input);
    input.insert("KeyId".into(), json!(resource.trim_start_matches("key/")));
    input.insert("ReplicaRegion".into(), json!(cx.region()));
    super::TAGS.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
    let answer = super::persist(cx, region, "ReplicateKey", Json::Object(input)).await?;
    work.state.set("id", doc::text(&answer, "ReplicaKeyMetadata.KeyId"));
    Ok(())
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        replicate(cx, work).await?;
        if work.state.get("enabled").as_bool() == Some(false) {
            let what = crate::read::name(work.resource, &work.state);
            cx.wait(&what, work.limit, &["Creating"], &["Enabled"], || {
                Box::pin(async {
                    let key = json!({"KeyId": work.state.id()});
                    let answer = cx.call("kms", "DescribeKey", key).await?;
                    Ok(Some(crate::cx::Seen::of(doc::text(&answer, "KeyMetadata.KeyState"))))
                })
            })
            .await?;
            super::enable(cx, work.state.id(), false).await?;
        }
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let id = obj.id().to_owned();
        let rotation = cx.once("kms", "GetKeyRotationStatus", json!({"KeyId": id}));
        let (policy, rotation) = futures_util::join!(super::policy(cx, &id), rotation);
        obj.set("policy", policy?);
        obj.set("key_rotation_enabled", doc::flag(&*rotation?, "KeyRotationEnabled"));
        Ok(true)
    })
}

fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let on = work.state.bool("enabled");
        if work.changes("enabled") && on {
            super::enable(cx, work.state.id(), true).await?;
        }
        super::describe_and_permit(cx, work).await?;
        if work.changes("enabled") && !on {
            super::enable(cx, work.state.id(), false).await?;
        }
        Ok(())
    })
}
