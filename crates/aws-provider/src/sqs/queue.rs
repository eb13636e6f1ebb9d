//! `aws_sqs_queue` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/sqs_queue>).

use serde_json::{Map, Value as Json, json};

use crate::attribute_map::{self as map, Names};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::names;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

/// Attributes that can be set and changed, by their names at SQS.
const NAMES: Names = &[
    ("content_based_deduplication", "ContentBasedDeduplication"),
    ("deduplication_scope", "DeduplicationScope"),
    ("delay_seconds", "DelaySeconds"),
    ("fifo_throughput_limit", "FifoThroughputLimit"),
    ("kms_data_key_reuse_period_seconds", "KmsDataKeyReusePeriodSeconds"),
    ("kms_master_key_id", "KmsMasterKeyId"),
    ("max_message_size", "MaximumMessageSize"),
    ("message_retention_seconds", "MessageRetentionPeriod"),
    ("policy", "Policy"),
    ("receive_wait_time_seconds", "ReceiveMessageWaitTimeSeconds"),
    ("redrive_allow_policy", "RedriveAllowPolicy"),
    ("redrive_policy", "RedrivePolicy"),
    ("sqs_managed_sse_enabled", "SqsManagedSseEnabled"),
    ("visibility_timeout_seconds", "VisibilityTimeout"),
];

const CHANGED: &[&str] = &[
    "content_based_deduplication",
    "deduplication_scope",
    "delay_seconds",
    "fifo_throughput_limit",
    "kms_data_key_reuse_period_seconds",
    "kms_master_key_id",
    "max_message_size",
    "message_retention_seconds",
    "policy",
    "receive_wait_time_seconds",
    "redrive_allow_policy",
    "redrive_policy",
    "sqs_managed_sse_enabled",
    "visibility_timeout_seconds",
];

/// `aws_sqs_queue`.
pub static QUEUE: Resource = resource("aws_sqs_queue", &super::SQS)
    .attrs(&[
        string("arn").computed().local(),
        boolean("content_based_deduplication").default_bool(false).local(),
        string("deduplication_scope").optional_computed().local().check(&[Check::OneOf(&["messageGroup", "queue"])]),
        int("delay_seconds").default_int(0).local().check(&[Check::Range(0, 900)]),
        boolean("fifo_queue").default_bool(false).replaces().local(),
        string("fifo_throughput_limit")
            .optional_computed()
            .local()
            .check(&[Check::OneOf(&["perQueue", "perMessageGroupId"])]),
        int("kms_data_key_reuse_period_seconds").optional_computed().local().check(&[Check::Range(60, 86_400)]),
        string("kms_master_key_id").local().conflicts_with(&["sqs_managed_sse_enabled"]),
        int("max_message_size").default_int(262_144).local().check(&[Check::Range(1024, 262_144)]),
        int("message_retention_seconds").default_int(345_600).local().check(&[Check::Range(60, 1_209_600)]),
        string("name").optional_computed().replaces().local().conflicts_with(&["name_prefix"]),
        string("name_prefix").optional_computed().replaces().local(),
        policy("policy").optional_computed().local(),
        int("receive_wait_time_seconds").default_int(0).local().check(&[Check::Range(0, 20)]),
        string("redrive_allow_policy").optional_computed().local().same(Same::Json).check(&[Check::Json]),
        string("redrive_policy").optional_computed().local().same(Same::Json).check(&[Check::Json]),
        boolean("sqs_managed_sse_enabled").optional_computed().local(),
        string("url").computed().local(),
        int("visibility_timeout_seconds").default_int(30).local().check(&[Check::Range(0, 43_200)]),
    ])
    .tagged(Tagging {
        create: CreateTags::Member("tags"),
        add: "TagQueue",
        remove: "UntagQueue",
        by: ("QueueUrl", "id"),
        is_map: true,
        read: ReadTags::Op("ListQueueTags", "Tags"),
        ..TAGGING
    })
    .timeouts(&[("create", 180), ("update", 180), ("delete", 180)])
    .create_with(create)
    .key(&[("QueueUrl", "id")])
    .read(Read::Hook)
    .updates(&[update_with(change, CHANGED)])
    .delete("DeleteQueue")
    .gone(super::GONE)
    .faults(&[("QueueAlreadyExists", "name")])
    .plans(plan)
    .after_read(read);

fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    let c = &plan.config;
    let known = c.get("fifo_queue").is_known() && c.get("name").is_known();
    let fifo = c.bool("fifo_queue");
    if known && !fifo && c.bool("content_based_deduplication") {
        return Err(Fail::new("Invalid argument value", "\"content_based_deduplication\" is for FIFO queues only."));
    }
    if known && fifo && c.str("name").is_some_and(|n| !n.ends_with(".fifo")) {
        return Err(Fail::new("Invalid argument value", "The name of a FIFO queue ends with \".fifo\"."));
    }
    if plan.prior.is_none() && c.get("fifo_queue").is_known() {
        for given in ["name", "name_prefix"] {
            names::message_name(c.str(given).unwrap_or_default(), fifo, 80)?;
        }
    }
    Ok(())
}

/// Policies without their spaces, numbers also when they are 0.
fn value(obj: &Obj, name: &str) -> String {
    let text = map::text(obj, name);
    if name.ends_with("policy") { crate::json::compact(&text) } else { text }
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut name = names::choose(&work.state, cx.settings.clock.now());
        let fifo = work.state.bool("fifo_queue");
        if fifo && work.state.is_zero("name") {
            name.push_str(".fifo");
        }
        let s = &work.state;
        let mut attributes = map::given(s, NAMES);
        for (own, member) in NAMES.iter().filter(|(n, _)| n.ends_with("policy")) {
            if attributes.contains_key(*member) {
                attributes.insert((*member).to_owned(), json!(value(s, own)));
            }
        }
        // Turned off by name, or AWS turns it on.
        if work.config.get("sqs_managed_sse_enabled").as_bool() == Some(false) {
            attributes.insert("SqsManagedSseEnabled".into(), json!("false"));
        }
        if fifo {
            attributes.insert("FifoQueue".into(), json!("true"));
        }
        let mut input = json!({"QueueName": name, "Attributes": attributes});
        let tags = cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default();
        if !tags.is_empty() {
            input["tags"] = json!(tags);
        }
        // A queue of that name that was just deleted blocks it for a minute.
        let answer = cx
            .retry(
                "sqs",
                "CreateQueue",
                input,
                work.limit,
                &["QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently"],
            )
            .await?;
        work.state.set("id", doc::text(&answer, "QueueUrl"));
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let url = obj.id().to_owned();
        let input = json!({"QueueUrl": url, "AttributeNames": ["All"]});
        let answer = cx.once("sqs", "GetQueueAttributes", input).await?;
        let item = doc::at(&answer, "Attributes").unwrap_or_default();
        map::read(obj, NAMES, &item);
        // What AWS says only of a queue with a key of its own.
        if obj.int("kms_data_key_reuse_period_seconds") == Some(0) {
            obj.set("kms_data_key_reuse_period_seconds", 300);
        }
        let name = url.rsplit('/').next().unwrap_or_default().to_owned();
        let fifo = doc::text(&item, "FifoQueue") == "true";
        let stem = if fifo { name.trim_end_matches(".fifo") } else { &name };
        obj.set("name_prefix", names::prefix_of(stem));
        obj.set("fifo_queue", fifo);
        obj.set("arn", doc::text(&item, "QueueArn"));
        obj.set("name", name);
        obj.set("url", url);
        Ok(true)
    })
}

fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut attributes = Map::new();
        for (name, member) in NAMES.iter().filter(|(name, _)| work.changes(name)) {
            let v = work.state.get(name);
            // What only AWS can tell is not asked for.
            if v.is_null() && work.resource.attr(name).is_some_and(|a| a.computed) {
                continue;
            }
            attributes.insert((*member).to_owned(), json!(value(&work.state, name)));
        }
        let input = json!({"QueueUrl": work.state.id(), "Attributes": attributes});
        cx.call("sqs", "SetQueueAttributes", input).await?;
        Ok(())
    })
}
