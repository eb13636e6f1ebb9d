//! `aws_cloudtrail` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/cloudtrail>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

/// Trails by their ARNs, all in one call.
static TRAILS: Many = Many {
    service: "cloudtrail",
    op: "DescribeTrails",
    ids: "trailNameList",
    items: "trailList",
    key: "TrailARN",
    max: 50,
    filter: None,
    with: &[],
};

const FIELDS: &[&str] = &[
    "readOnly",
    "eventSource",
    "eventName",
    "eventCategory",
    "eventType",
    "resources.type",
    "resources.ARN",
    "sessionCredentialFromConsole",
    "userIdentity.arn",
];

const FIELD: Kind = Kind::Object(&[
    list("ends_with", &Kind::String).zero(),
    list("equals", &Kind::String).zero(),
    string("field").required().check(&[Check::OneOf(FIELDS)]),
    list("not_ends_with", &Kind::String).zero(),
    list("not_equals", &Kind::String).zero(),
    list("not_starts_with", &Kind::String).zero(),
    list("starts_with", &Kind::String).zero(),
]);

const ADVANCED: Kind = Kind::Object(&[
    block_set("field_selector", &FIELD).times(1, 0).api("FieldSelectors"),
    string("name").zero().check(&[Check::Length(0, 1000)]),
]);

const DATA: Kind = Kind::Object(&[string("type").required(), list("values", &Kind::String).required()]);

const SELECTOR: Kind = Kind::Object(&[
    blocks("data_resource", &DATA).api("DataResources"),
    strings("exclude_management_event_sources").zero(),
    boolean("include_management_events").default_bool(true),
    string("read_write_type").default_str("All").check(&[Check::OneOf(&["ReadOnly", "WriteOnly", "All"])]),
]);

const INSIGHT: Kind = Kind::Object(&[string("insight_type")
    .required()
    .check(&[Check::OneOf(&["ApiCallRateInsight", "ApiErrorRateInsight"])])]);

/// What an update of the trail itself covers.
const SETTINGS: &[&str] = &[
    "cloud_watch_logs_group_arn",
    "cloud_watch_logs_role_arn",
    "enable_log_file_validation",
    "include_global_service_events",
    "is_multi_region_trail",
    "is_organization_trail",
    "kms_key_id",
    "s3_bucket_name",
    "s3_key_prefix",
    "sns_topic_name",
];

/// `aws_cloudtrail`. Its id is the ARN since version 1 of the schema.
pub static TRAIL: Resource = resource("aws_cloudtrail", &super::CLOUDTRAIL)
    .version(1)
    .attrs(&[
        blocks("advanced_event_selector", &ADVANCED).local().conflicts_with(&["event_selector"]),
        string("arn").computed().from("TrailARN"),
        string("cloud_watch_logs_group_arn").api("CloudWatchLogsLogGroupArn").zero().check(&[Check::Arn]),
        string("cloud_watch_logs_role_arn").zero().check(&[Check::Arn]),
        boolean("enable_log_file_validation").default_bool(false).from("LogFileValidationEnabled").zero(),
        boolean("enable_logging").default_bool(true).local(),
        blocks("event_selector", &SELECTOR).times(0, 5).local().conflicts_with(&["advanced_event_selector"]),
        string("home_region").computed(),
        boolean("include_global_service_events").default_bool(true).zero(),
        block_set("insight_selector", &INSIGHT).local(),
        boolean("is_multi_region_trail").default_bool(false).zero(),
        boolean("is_organization_trail").default_bool(false).zero(),
        string("kms_key_id").zero().check(&[Check::Arn]),
        string("name").required().replaces().check(&[Check::Length(3, 128)]),
        string("s3_bucket_name").required().api("S3BucketName"),
        string("s3_key_prefix").api("S3KeyPrefix").zero().check(&[Check::Length(0, 2000)]),
        string("sns_topic_arn").computed().from("SnsTopicARN").zero(),
        string("sns_topic_name").zero(),
    ])
    .tagged(Tagging {
        create: CreateTags::Member("TagsList"),
        add: "AddTags",
        remove: "RemoveTags",
        by: ("ResourceId", "id"),
        tags: "TagsList",
        keys: "TagsList",
        keys_are_tags: true,
        read: ReadTags::List("ListTags", "ResourceIdList", "ResourceTagList[0].TagsList"),
        ..TAGGING
    })
    .create_with(create)
    .key(&[("Name", "id")])
    .read(Read::Many(&TRAILS))
    .updates(&[
        update_with(change, SETTINGS),
        update_with(change_logging, &["enable_logging"]),
        update_with(change_selectors, &["event_selector", "advanced_event_selector"]).also_after_create(),
        update_with(change_insights, &["insight_selector"]).also_after_create(),
    ])
    .delete("DeleteTrail")
    .gone(&["TrailNotFoundException"])
    .faults(&[
        ("S3BucketDoesNotExistException", "s3_bucket_name"),
        ("InsufficientS3BucketPolicyException", "s3_bucket_name"),
        ("InvalidTrailNameException", "name"),
        ("TrailAlreadyExistsException", "name"),
        ("InvalidCloudWatchLogsLogGroupArnException", "cloud_watch_logs_group_arn"),
        ("InvalidCloudWatchLogsRoleArnException", "cloud_watch_logs_role_arn"),
    ])
    .after_read(read);

/// Refusals that pass: a role or bucket policy that was just made may not be known to CloudTrail yet.
const NOT_YET: &[&str] = &[
    "InvalidCloudWatchLogsRoleArnException",
    "InvalidCloudWatchLogsLogGroupArnException",
    "InsufficientS3BucketPolicyException",
    "InsufficientSnsTopicPolicyException",
];

async fn persist(cx: &Cx, op: &str, input: Map<String, Json>) -> Result<Json, Fail> {
    cx.retry("cloudtrail", op, Json::Object(input), std::time::Duration::from_secs(60), NOT_YET).await
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut input);
        if let Some(t) = &work.resource.tags {
            t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        }
        let answer = persist(cx, "CreateTrail", input).await?;
        work.state.set("id", doc::text(&answer, "TrailARN"));
        // A new trail records nothing until it is told to.
        if work.state.bool("enable_logging") {
            log(cx, work.state.id(), true).await?;
        }
        Ok(())
    })
}

async fn log(cx: &Cx, trail: &str, on: bool) -> Result<(), Fail> {
    cx.call("cloudtrail", if on { "StartLogging" } else { "StopLogging" }, json!({"Name": trail})).await?;
    Ok(())
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let id = doc::text(item, "TrailARN");
        obj.set("id", id.as_str());
        let named = json!({"TrailName": id});
        let ask = |wanted: bool, op: &'static str| {
            let named = named.clone();
            async move {
                match wanted {
                    true => cx.once("cloudtrail", op, named).await.map(Some),
                    false => Ok(None),
                }
            }
        };
        let (status, selectors, insights) = futures_util::join!(
            cx.once("cloudtrail", "GetTrailStatus", json!({"Name": id})),
            ask(doc::flag(item, "HasCustomEventSelectors"), "GetEventSelectors"),
            ask(doc::flag(item, "HasInsightSelectors"), "GetInsightSelectors"),
        );
        obj.set("enable_logging", doc::flag(&*status?, "IsLogging"));
        let list = |found: &Option<std::sync::Arc<Json>>, path: &str| {
            json!(found.as_ref().map(|f| doc::items(f, path)).unwrap_or_default())
        };
        let (selectors, insights) = (selectors?, insights?);
        obj.set("event_selector", doc::value(&Kind::List(&SELECTOR), &list(&selectors, "EventSelectors")));
        let advanced = list(&selectors, "AdvancedEventSelectors");
        obj.set("advanced_event_selector", doc::value(&Kind::List(&ADVANCED), &advanced));
        obj.set("insight_selector", doc::value(&Kind::Set(&INSIGHT), &list(&insights, "InsightSelectors")));
        Ok(true)
    })
}

fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        for a in work.resource.attrs.iter().filter(|a| SETTINGS.contains(&a.name)) {
            // What is no longer wanted is sent empty.
            if work.changes(a.name) || !work.state.is_zero(a.name) {
                let v = work.state.get(a.name);
                let v = if v.is_null() { crate::obj::zero(v.ty()) } else { v };
                if let Some(v) = doc::document(&a.kind, &v) {
                    input.insert(a.write_path().into_owned(), v);
                }
            }
        }
        input.insert("Name".into(), json!(work.state.id()));
        persist(cx, "UpdateTrail", input).await?;
        Ok(())
    })
}

fn change_logging<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move { log(cx, work.state.id(), work.state.bool("enable_logging")).await })
}

fn change_selectors<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = json!({"TrailName": work.state.id()});
        if work.state.is_zero("advanced_event_selector") {
            let selectors = doc::document(&Kind::List(&SELECTOR), &work.state.get("event_selector"));
            let selectors = selectors.filter(|s| s.as_array().is_some_and(|s| !s.is_empty()));
            // A trail always has a selector; without one in the configuration it is AWS's default.
            let default = json!([{"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": []}]);
            input["EventSelectors"] = selectors.unwrap_or(default);
        } else {
            let selectors = doc::document(&Kind::List(&ADVANCED), &work.state.get("advanced_event_selector"));
            input["AdvancedEventSelectors"] = selectors.unwrap_or_default();
        }
        cx.call("cloudtrail", "PutEventSelectors", input).await?;
        Ok(())
    })
}

fn change_insights<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let selectors = doc::document(&Kind::Set(&INSIGHT), &work.state.get("insight_selector"));
        let input = json!({"TrailName": work.state.id(), "InsightSelectors": selectors.unwrap_or_else(|| json!([]))});
        cx.call("cloudtrail", "PutInsightSelectors", input).await?;
        Ok(())
    })
}
