//! Tags of everything in EKS, by ARN.

use serde_json::{Value, json};

use super::{ADDON, CLUSTER, ENTRY, FARGATE, IDENTITY, NODEGROUP, POD, not_found, put};
use crate::context::Ctx;
use crate::document::text;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("TagResource", tag), ("UntagResource", untag), ("ListTagsForResource", list)];

const TABLES: [(&str, &str); 7] = [
    (CLUSTER, "arn"),
    (NODEGROUP, "nodegroupArn"),
    (ADDON, "addonArn"),
    (FARGATE, "fargateProfileArn"),
    (IDENTITY, "identityProviderConfigArn"),
    (ENTRY, "accessEntryArn"),
    (POD, "associationArn"),
];

fn find(ctx: &Ctx, arn: &str) -> Result<(&'static str, String, Value), AwsError> {
    for (table, member) in TABLES {
        let mut rows = ctx.store.rows(&ctx.regional(table));
        if let Some((key, doc)) = rows.find(|(_, d)| text(d, member) == arn) {
            return Ok((table, key.clone(), doc.clone()));
        }
    }
    Err(AwsError { code: "NotFoundException".into(), ..not_found(format!("Resource was not found for '{arn}'")) })
}

fn tag(ctx: &mut Ctx, input: &Input) -> Answer {
    let (table, key, mut doc) = find(ctx, input.str("resourceArn")?)?;
    let new = super::tags_of(input)?;
    if let (Some(have), Some(new)) = (doc["tags"].as_object_mut(), new.as_object()) {
        have.extend(new.iter().map(|(k, v)| (k.clone(), v.clone())));
    }
    put(ctx, table, &key, doc);
    Ok(json!({}))
}

fn untag(ctx: &mut Ctx, input: &Input) -> Answer {
    let (table, key, mut doc) = find(ctx, input.str("resourceArn")?)?;
    let gone = input.strings("tagKeys")?;
    if let Some(have) = doc["tags"].as_object_mut() {
        have.retain(|k, _| !gone.contains(&k.as_str()));
    }
    put(ctx, table, &key, doc);
    Ok(json!({}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let (_, _, doc) = find(ctx, input.str("resourceArn")?)?;
    Ok(json!({"tags": doc["tags"]}))
}
