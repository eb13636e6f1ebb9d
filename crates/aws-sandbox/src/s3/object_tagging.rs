//! Tags of objects.

use serde_json::{Value, json};

use super::object::find;
use super::{bucket, bucket_settings, objects};
use crate::context::Ctx;
use crate::document::{items, items_mut, set, text};
use crate::error::Answer;
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("GetObjectTagging", get),
    ("PutObjectTagging", |ctx, input| {
        input.accept(&["ContentMD5", "ChecksumAlgorithm", "RequestPayer"]);
        let tagging = input.raw("Tagging").ok_or_else(|| input.missing("Tagging"))?;
        let tags = items(tagging, "TagSet").to_vec();
        bucket_settings::check_tags(&tags, 10)?;
        put(ctx, input, tags)
    }),
    ("DeleteObjectTagging", |ctx, input| put(ctx, input, Vec::new())),
];

fn get(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["RequestPayer"]);
    let doc = bucket(ctx, input)?;
    let version = find(ctx, &doc, input.str("Key")?, input.filled("VersionId")?)?;
    Ok(json!({"TagSet": items(&version, "_tags")}))
}

fn put(ctx: &mut Ctx, input: &Input, tags: Vec<Value>) -> Answer {
    let doc = bucket(ctx, input)?;
    let key = input.str("Key")?;
    let version = find(ctx, &doc, key, input.filled("VersionId")?)?;
    let table = objects(text(&doc, "Name"));
    if let Some(mut row) = ctx.store.get(&table, key).cloned() {
        if let Some(list) = items_mut(&mut row, "versions") {
            for v in list.iter_mut().filter(|v| v["VersionId"] == version["VersionId"]) {
                set(v, "_tags", tags.clone());
            }
        }
        ctx.store.put(&table, key, row);
    }
    Ok(json!({}))
}
