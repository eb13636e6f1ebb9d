//! What the subnet groups of several services have in common: a name for some subnets.

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::work::Work;

/// Creates a group under its own name.
///
/// # Errors
/// AWS refused.
pub async fn create(cx: &Cx, work: &mut Work, op: &str, member: &str, name: String) -> Result<(), Fail> {
    let mut input = Map::new();
    doc::input(work.resource.attrs, &work.state, &mut input);
    input.insert(member.into(), json!(name));
    if let Some(t) = &work.resource.tags {
        t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
    }
    cx.call(work.resource.service.id, op, Json::Object(input)).await?;
    work.state.set("id", name.as_str());
    work.state.set("name", name);
    Ok(())
}

/// Tags of RDS and ElastiCache objects, which are told apart by ARN.
pub const BY_ARN: Tagging = Tagging {
    create: CreateTags::Member("Tags"),
    add: "AddTagsToResource",
    remove: "RemoveTagsFromResource",
    by: ("ResourceName", "arn"),
    by_list: false,
    tags: "Tags",
    is_map: false,
    keys: "TagKeys",
    keys_are_tags: false,
    read: ReadTags::Op("ListTagsForResource", "TagList"),
    ..TAGGING
};
