//! `aws_s3_bucket_notification`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/s3_bucket_notification>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::names;
use crate::obj::Obj;
use crate::work::Work;

const EVENTS: Attr = strings("events").required();
const PREFIX: Attr = string("filter_prefix").local();
const SUFFIX: Attr = string("filter_suffix").local();
const ID: Attr = string("id").optional_computed();

const FUNCTION: Kind = Kind::Object(&[EVENTS, PREFIX, SUFFIX, ID, string("lambda_function_arn").zero()]);
const QUEUE: Kind = Kind::Object(&[EVENTS, PREFIX, SUFFIX, ID, string("queue_arn").required()]);
const TOPIC: Kind = Kind::Object(&[EVENTS, PREFIX, SUFFIX, ID, string("topic_arn").required()]);

/// The blocks: their name, their content, their list in AWS's documents, and what ids that are made up begin with.
const KINDS: [(&str, &Kind, &str, &str); 3] = [
    ("lambda_function", &FUNCTION, "LambdaFunctionConfigurations", "tf-s3-lambda-"),
    ("queue", &QUEUE, "QueueConfigurations", "tf-s3-queue-"),
    ("topic", &TOPIC, "TopicConfigurations", "tf-s3-topic-"),
];

/// `aws_s3_bucket_notification`.
pub static NOTIFICATION: Resource = resource("aws_s3_bucket_notification", &super::S3)
    .attrs(&[
        string("bucket").required().replaces(),
        boolean("eventbridge").default_bool(false),
        blocks("lambda_function", &FUNCTION),
        blocks("queue", &QUEUE),
        blocks("topic", &TOPIC),
    ])
    .create_with(put)
    .read(Read::Hook)
    .updates(&[update_with(put, &["eventbridge", "lambda_function", "queue", "topic"])])
    .delete_with(delete)
    .gone(super::NO_BUCKET)
    .after_read(read)
    .imports(super::import);

fn to_aws(cx: &Cx, kind: &Kind, block: &Obj, prefix: &str) -> Json {
    let mut out = Map::new();
    if let Kind::Object(attrs) = kind {
        doc::input(attrs, block, &mut out);
    }
    if block.is_zero("id") {
        out.insert("Id".into(), json!(format!("{prefix}{}", names::unique(cx.settings.clock.now()))));
    }
    let rules: Vec<Json> = [("prefix", "filter_prefix"), ("suffix", "filter_suffix")]
        .into_iter()
        .filter_map(|(name, argument)| Some(json!({"Name": name, "Value": block.str(argument)?})))
        .collect();
    if !rules.is_empty() {
        out.insert("Filter".into(), json!({"Key": {"FilterRules": rules}}));
    }
    Json::Object(out)
}

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        super::name(&mut work.state);
        let s = &work.state;
        let mut all = Map::new();
        for (name, kind, list, prefix) in KINDS {
            let blocks: Vec<Json> = s.objects(name).iter().map(|b| to_aws(cx, kind, b, prefix)).collect();
            if !blocks.is_empty() {
                all.insert(list.into(), json!(blocks));
            }
        }
        if s.bool("eventbridge") {
            all.insert("EventBridgeConfiguration".into(), json!({}));
        }
        let mut input = super::place(s);
        input.insert("NotificationConfiguration".into(), Json::Object(all));
        let destinations = "Unable to validate the following destination configurations";
        match super::put(cx, "PutBucketNotificationConfiguration", input).await {
            Err(e) if e.says(&["InvalidArgument"], destinations) => Err(Fail::new(
                "S3 may not send to a destination",
                format!(
                    "AWS could not validate where the events of the bucket {:?} are to go ({destinations}). Each queue, topic or \
                     function must exist in the bucket's region and allow it: a queue and a topic by a policy that lets \
                     s3.amazonaws.com send or publish, a function by an aws_lambda_permission. This resource must come after \
                     it: name it in depends_on.",
                    s.text("bucket")
                ),
            )),
            other => other.map(|_| ()),
        }
    })
}

fn from_aws(kind: &Kind, found: &Json) -> craton_model::Value {
    let mut block = Obj::of(&doc::type_of(kind), &doc::value(kind, found));
    block.set("filter_prefix", "");
    block.set("filter_suffix", "");
    for rule in doc::items(found, "Filter.Key.FilterRules") {
        match doc::text(&rule, "Name").to_ascii_lowercase().as_str() {
            "prefix" => block.set("filter_prefix", doc::text(&rule, "Value")),
            "suffix" => block.set("filter_suffix", doc::text(&rule, "Value")),
            _ => {}
        }
    }
    block.value()
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let input = super::place(obj);
        let bucket = input["Bucket"].as_str().unwrap_or_default().to_owned();
        let found = cx.once("s3", "GetBucketNotificationConfiguration", Json::Object(input)).await?;
        for (name, kind, list, _) in KINDS {
            let blocks: Vec<_> = doc::items(&found, list).iter().map(|c| from_aws(kind, c)).collect();
            obj.set(name, craton_model::Value::list(doc::type_of(kind), blocks));
        }
        obj.set("eventbridge", found.get("EventBridgeConfiguration").is_some_and(|c| !c.is_null()));
        obj.set("bucket", bucket);
        Ok(true)
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = super::place(&work.prior);
        input.insert("NotificationConfiguration".into(), json!({}));
        cx.call("s3", "PutBucketNotificationConfiguration", Json::Object(input)).await?;
        Ok(())
    })
}
