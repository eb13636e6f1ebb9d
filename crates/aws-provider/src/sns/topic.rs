//! `aws_sns_topic` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/sns_topic>).

use serde_json::{Value as Json, json};

use crate::attribute_map::{self as map, Names};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::names;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

/// Attributes that can be set and changed, by their names at SNS.
const NAMES: Names = &[
    ("application_failure_feedback_role_arn", "ApplicationFailureFeedbackRoleArn"),
    ("application_success_feedback_role_arn", "ApplicationSuccessFeedbackRoleArn"),
    ("application_success_feedback_sample_rate", "ApplicationSuccessFeedbackSampleRate"),
    ("archive_policy", "ArchivePolicy"),
    ("content_based_deduplication", "ContentBasedDeduplication"),
    ("delivery_policy", "DeliveryPolicy"),
    ("display_name", "DisplayName"),
    ("fifo_throughput_scope", "FifoThroughputScope"),
    ("firehose_failure_feedback_role_arn", "FirehoseFailureFeedbackRoleArn"),
    ("firehose_success_feedback_role_arn", "FirehoseSuccessFeedbackRoleArn"),
    ("firehose_success_feedback_sample_rate", "FirehoseSuccessFeedbackSampleRate"),
    ("http_failure_feedback_role_arn", "HTTPFailureFeedbackRoleArn"),
    ("http_success_feedback_role_arn", "HTTPSuccessFeedbackRoleArn"),
    ("http_success_feedback_sample_rate", "HTTPSuccessFeedbackSampleRate"),
    ("kms_master_key_id", "KmsMasterKeyId"),
    ("lambda_failure_feedback_role_arn", "LambdaFailureFeedbackRoleArn"),
    ("lambda_success_feedback_role_arn", "LambdaSuccessFeedbackRoleArn"),
    ("lambda_success_feedback_sample_rate", "LambdaSuccessFeedbackSampleRate"),
    ("policy", "Policy"),
    ("signature_version", "SignatureVersion"),
    ("sqs_failure_feedback_role_arn", "SQSFailureFeedbackRoleArn"),
    ("sqs_success_feedback_role_arn", "SQSSuccessFeedbackRoleArn"),
    ("sqs_success_feedback_sample_rate", "SQSSuccessFeedbackSampleRate"),
    ("tracing_config", "TracingConfig"),
];

/// The same without SNS's names.
const CHANGED: &[&str] = &[
    "application_failure_feedback_role_arn",
    "application_success_feedback_role_arn",
    "application_success_feedback_sample_rate",
    "archive_policy",
    "content_based_deduplication",
    "delivery_policy",
    "display_name",
    "fifo_throughput_scope",
    "firehose_failure_feedback_role_arn",
    "firehose_success_feedback_role_arn",
    "firehose_success_feedback_sample_rate",
    "http_failure_feedback_role_arn",
    "http_success_feedback_role_arn",
    "http_success_feedback_sample_rate",
    "kms_master_key_id",
    "lambda_failure_feedback_role_arn",
    "lambda_success_feedback_role_arn",
    "lambda_success_feedback_sample_rate",
    "policy",
    "signature_version",
    "sqs_failure_feedback_role_arn",
    "sqs_success_feedback_role_arn",
    "sqs_success_feedback_sample_rate",
    "tracing_config",
];

/// `aws_sns_topic`.
pub static TOPIC: Resource = resource("aws_sns_topic", &super::SNS)
    .attrs(&[
        string("application_failure_feedback_role_arn").local().check(&[Check::Arn]),
        string("application_success_feedback_role_arn").local().check(&[Check::Arn]),
        int("application_success_feedback_sample_rate").local().check(&[Check::Range(0, 100)]),
        string("archive_policy").local().same(Same::Json).check(&[Check::Json]),
        string("arn").computed().local(),
        string("beginning_archive_time").computed().local(),
        boolean("content_based_deduplication").default_bool(false).local(),
        string("delivery_policy").local().same(Same::Json).check(&[Check::Json]),
        string("display_name").local(),
        string("fifo_throughput_scope")
            .optional_computed()
            .local()
            .check(&[Check::OneOf(&["Topic", "MessageGroup"])])
            .since(98),
        boolean("fifo_topic").default_bool(false).replaces().local(),
        string("firehose_failure_feedback_role_arn").local().check(&[Check::Arn]),
        string("firehose_success_feedback_role_arn").local().check(&[Check::Arn]),
        int("firehose_success_feedback_sample_rate").local().check(&[Check::Range(0, 100)]),
        string("http_failure_feedback_role_arn").local().check(&[Check::Arn]),
        string("http_success_feedback_role_arn").local().check(&[Check::Arn]),
        int("http_success_feedback_sample_rate").local().check(&[Check::Range(0, 100)]),
        string("kms_master_key_id").local(),
        string("lambda_failure_feedback_role_arn").local().check(&[Check::Arn]),
        string("lambda_success_feedback_role_arn").local().check(&[Check::Arn]),
        int("lambda_success_feedback_sample_rate").local().check(&[Check::Range(0, 100)]),
        string("name").optional_computed().replaces().local().conflicts_with(&["name_prefix"]),
        string("name_prefix").optional_computed().replaces().local(),
        string("owner").computed().local(),
        policy("policy").optional_computed().local(),
        int("signature_version").optional_computed().local().check(&[Check::Range(1, 2)]),
        string("sqs_failure_feedback_role_arn").local().check(&[Check::Arn]),
        string("sqs_success_feedback_role_arn").local().check(&[Check::Arn]),
        int("sqs_success_feedback_sample_rate").local().check(&[Check::Range(0, 100)]),
        string("tracing_config").optional_computed().local().check(&[Check::OneOf(&["Active", "PassThrough"])]),
    ])
    .tagged(TAGGING)
    .create_with(create)
    .key(&[("TopicArn", "id")])
    .read(Read::One { op: "GetTopicAttributes", item: "Attributes" })
    .updates(&[update_with(change, CHANGED)])
    .delete("DeleteTopic")
    .gone(&["NotFound"])
    .plans(plan)
    .after_read(read);

fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    let c = &plan.config;
    let fifo = c.bool("fifo_topic");
    let known = c.get("fifo_topic").is_known() && c.get("name").is_known();
    if known && !fifo && c.bool("content_based_deduplication") {
        return Err(Fail::new("Invalid argument value", "\"content_based_deduplication\" is for FIFO topics only."));
    }
    if known && fifo && c.str("name").is_some_and(|n| !n.ends_with(".fifo")) {
        return Err(Fail::new("Invalid argument value", "The name of a FIFO topic ends with \".fifo\"."));
    }
    if plan.prior.is_none() && c.get("fifo_topic").is_known() {
        for given in ["name", "name_prefix"] {
            names::message_name(c.str(given).unwrap_or_default(), fifo, 256)?;
        }
    }
    Ok(())
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut name = names::choose(&work.state, cx.settings.clock.now());
        let fifo = work.state.bool("fifo_topic");
        if fifo && work.state.is_zero("name") {
            name.push_str(".fifo");
        }
        let mut attributes = map::given(&work.state, NAMES);
        if fifo {
            attributes.insert("FifoTopic".into(), json!("true"));
        }
        // A policy may name what is only just being made, so it follows.
        let policy = attributes.remove("Policy");
        let mut input = json!({"Name": name, "Attributes": attributes});
        let tags = cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default();
        if !tags.is_empty() {
            input["Tags"] = crate::tags::list(&tags);
        }
        let answer = cx.call("sns", "CreateTopic", input).await?;
        let arn = doc::text(&answer, "TopicArn");
        work.state.set("id", arn.as_str());
        if let Some(policy) = policy.as_ref().and_then(Json::as_str) {
            super::set(cx, &arn, "Policy", &crate::json::compact(policy)).await?;
        }
        Ok(())
    })
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        map::read(obj, NAMES, item);
        let arn = doc::text(item, "TopicArn");
        let name = arn.rsplit(':').next().unwrap_or_default().to_owned();
        let fifo = doc::text(item, "FifoTopic") == "true";
        let stem = if fifo { name.trim_end_matches(".fifo") } else { &name };
        obj.set("name_prefix", names::prefix_of(stem));
        obj.set("fifo_topic", fifo);
        obj.set("beginning_archive_time", doc::text(item, "BeginningArchiveTime"));
        obj.set("owner", doc::text(item, "Owner"));
        obj.set("arn", arn);
        obj.set("name", name);
        Ok(true)
    })
}

fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        for (name, member) in NAMES.iter().filter(|(name, _)| work.changes(name)) {
            let value = map::text(&work.state, name);
            let value = if *name == "policy" { crate::json::compact(&value) } else { value };
            super::set(cx, work.state.id(), member, &value).await?;
        }
        Ok(())
    })
}
