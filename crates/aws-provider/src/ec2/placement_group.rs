//! `aws_placement_group` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/placement_group>).

use serde_json::Value as Json;

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::obj::Obj;
use crate::work::Work;

/// `DescribePlacementGroups`, by name.
static PLACEMENT_GROUPS: Many = super::many(
    "DescribePlacementGroups",
    "GroupNames",
    "PlacementGroups",
    "GroupName",
    Some(("Filters", "group-name")),
);

/// `aws_placement_group`.
pub static PLACEMENT_GROUP: Resource = resource("aws_placement_group", &super::EC2)
    .attrs(&[
        string("arn").computed().from("GroupArn"),
        string("name").required().replaces().api("GroupName"),
        int("partition_count").optional_computed().replaces().zero().check(&[Check::Range(0, 7)]),
        string("placement_group_id").computed().from("GroupId"),
        string("spread_level").optional_computed().replaces().zero().check(&[Check::OneOf(&["host", "rack"])]),
        string("strategy").required().replaces().check(&[Check::OneOf(&["cluster", "partition", "spread"])]),
    ])
    .tagged(Tagging { by: ("Resources", "placement_group_id"), ..super::tags("placement-group") })
    .create_with(create)
    .key(&[("GroupName", "id")])
    .read(Read::Many(&PLACEMENT_GROUPS))
    .dead("State", &["deleted"])
    .wait("State", &["pending"], &["available"])
    .delete("DeletePlacementGroup")
    .wait_deleted("State", &["available", "deleting"])
    .gone(&["InvalidPlacementGroup.Unknown"])
    .busy(&["InvalidPlacementGroup.InUse"])
    .faults(&[("InvalidPlacementGroup.Duplicate", "name")])
    .validates(validate);

fn validate(config: &Obj, found: &mut craton_model::Diagnostics) {
    if config.int("partition_count").is_some_and(|n| n > 0) && config.str("strategy").is_some_and(|s| s != "partition")
    {
        found.push(
            craton_model::Diagnostic::error(
                "Invalid combination of arguments",
                "\"partition_count\" can be given only for strategy = \"partition\".",
            )
            .on_attribute(craton_model::Path::attr("partition_count")),
        );
    }
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = serde_json::Map::new();
        doc::input(work.resource.attrs, &work.state, &mut input);
        if let Some(t) = &work.resource.tags {
            t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        }
        cx.ec2("CreatePlacementGroup", Json::Object(input)).await?;
        work.state.set("id", work.state.text("name").to_owned());
        Ok(())
    })
}
