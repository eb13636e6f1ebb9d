//! Keys and their names: `aws_kms_key`, `aws_kms_alias`.

use serde_json::{Value as Json, json};

use super::{DataSource, data};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;

const PLACE: Kind = Kind::Object(&[string("arn"), string("region")]);

const MULTI_REGION: Kind =
    Kind::Object(&[string("multi_region_key_type"), list("primary_key", &PLACE), list("replica_keys", &PLACE).zero()]);

const EXTERNAL_KEY: Kind = Kind::Object(&[string("id")]);

/// `aws_kms_key` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/kms_key>).
pub static KEY: DataSource = data(
    "aws_kms_key",
    &[
        string("arn").computed(),
        string("aws_account_id").computed().from("AWSAccountId"),
        string("cloud_hsm_cluster_id").computed().zero(),
        string("creation_date").computed().unread(),
        string("custom_key_store_id").computed().zero(),
        string("customer_master_key_spec").computed(),
        string("deletion_date").computed().unread(),
        string("description").computed(),
        boolean("enabled").computed().zero(),
        string("expiration_model").computed().zero(),
        list("grant_tokens", &Kind::String).unread(),
        string("key_id").required().unread(),
        string("key_manager").computed(),
        string("key_spec").computed(),
        string("key_state").computed(),
        string("key_usage").computed(),
        boolean("multi_region").computed().zero(),
        list("multi_region_configuration", &MULTI_REGION).computed().zero(),
        string("origin").computed(),
        int("pending_deletion_window_in_days").computed().zero(),
        string("valid_to").computed().unread(),
        list("xks_key_configuration", &EXTERNAL_KEY).computed().zero(),
    ],
    key,
);

/// A moment to the second.
fn moment(item: &Json, path: &str) -> Option<String> {
    let text = doc::text(item, path);
    let text = text.split_once('.').map_or(text.clone(), |(seconds, _)| format!("{seconds}Z"));
    (!text.is_empty()).then_some(text)
}

fn key<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = json!({"KeyId": obj.text("key_id")});
        if !obj.is_zero("grant_tokens") {
            input["GrantTokens"] = json!(obj.strs("grant_tokens"));
        }
        let answer = cx.call("kms", "DescribeKey", input).await?;
        let item = doc::at(&answer, "KeyMetadata").unwrap_or_default();
        doc::fill(KEY.attrs, &item, obj);
        for (name, path) in
            [("creation_date", "CreationDate"), ("deletion_date", "DeletionDate"), ("valid_to", "ValidTo")]
        {
            obj.set_opt(name, moment(&item, path).as_deref());
        }
        obj.set("id", doc::text(&item, "KeyId"));
        Ok(())
    })
}

/// `aws_kms_alias` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/kms_alias>).
pub static ALIAS: DataSource = data(
    "aws_kms_alias",
    &[
        string("arn").computed().from("AliasArn"),
        string("name").required().unread(),
        string("target_key_arn").computed().unread(),
        string("target_key_id").computed(),
    ],
    alias,
);

fn alias<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = obj.text("name").to_owned();
        let all = cx.list("kms", "ListAliases", "Aliases", json!({})).await?;
        let missing = || {
            Fail::new(
                "No matching KMS alias found",
                format!("There is no alias {name:?} in this account and region. Names begin with \"alias/\"."),
            )
        };
        let found = all.into_iter().find(|a| doc::text(a, "AliasName") == name).ok_or_else(missing)?;
        doc::fill(ALIAS.attrs, &found, obj);
        let mut target = doc::text(&found, "TargetKeyId");
        if target.is_empty() {
            // AWS makes the key of one of its own aliases when it is first asked for.
            let answer = cx.call("kms", "DescribeKey", json!({"KeyId": name})).await?;
            target = doc::text(&answer, "KeyMetadata.KeyId");
            obj.set("target_key_id", target.as_str());
        }
        let arn = obj.text("arn").to_owned();
        let place = arn.rsplit_once(':').map_or("", |(place, _)| place);
        obj.set("target_key_arn", format!("{place}:key/{target}"));
        obj.set("id", arn);
        Ok(())
    })
}
