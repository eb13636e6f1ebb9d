//! `aws_cloudwatch_log_group`.

use serde_json::json;

use super::{DataSource, data, exactly_one};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::obj::Obj;

/// `aws_cloudwatch_log_group`
/// (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/cloudwatch_log_group>).
pub static LOG_GROUP: DataSource = data(
    "aws_cloudwatch_log_group",
    &[
        string("arn").computed().unread(),
        int("creation_time").computed().from("creationTime"),
        string("kms_key_id").computed().from("kmsKeyId").zero(),
        string("log_group_class").computed().from("logGroupClass").zero(),
        string("name").required().unread(),
        int("retention_in_days").computed().from("retentionInDays").zero(),
        map("tags", &Kind::String).optional_computed().unread(),
    ],
    log_group,
);

fn log_group<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = obj.text("name").to_owned();
        let all = cx.list("logs", "DescribeLogGroups", "logGroups", json!({"logGroupNamePrefix": name})).await?;
        let found = all.into_iter().filter(|g| doc::text(g, "logGroupName") == name).collect();
        let item = exactly_one("CloudWatch log group", found)?;
        doc::fill(LOG_GROUP.attrs, &item, obj);
        // The ARN of the group itself has no `:*`; that is for policies.
        let arn = doc::text(&item, "arn").trim_end_matches(":*").to_owned();
        let tags = cx.call("logs", "ListTagsForResource", json!({"resourceArn": arn})).await?;
        let tags = doc::at(&tags, "tags").map(|t| crate::tags::of_document(&t)).unwrap_or_default();
        obj.set("tags", crate::tags::value(tags.iter().filter(|(k, _)| !cx.settings.tags.ignores(k))));
        obj.set("arn", arn);
        obj.set("id", name);
        Ok(())
    })
}
