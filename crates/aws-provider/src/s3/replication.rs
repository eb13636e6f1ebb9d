//! `aws_s3_bucket_replication_configuration`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/s3_bucket_replication_configuration>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::tags::{list, of_document, of_value};
use crate::work::Work;

const SWITCH: Attr = string("status").required().check(&[Check::OneOf(&["Enabled", "Disabled"])]);
const STATUS: Kind = Kind::Object(&[SWITCH]);
const MINUTES: Kind = Kind::Object(&[int("minutes").required().check(&[Check::Range(0, i64::MAX)])]);
const OWNER: Kind = Kind::Object(&[string("owner").required().check(&[Check::OneOf(&["Destination"])])]);
const KEY: Kind = Kind::Object(&[string("replica_kms_key_id").required().api("ReplicaKmsKeyID")]);
const METRICS: Kind = Kind::Object(&[block("event_threshold", &MINUTES), SWITCH]);
const TIME: Kind = Kind::Object(&[SWITCH, block("time", &MINUTES).required()]);

const CLASSES: &[&str] = &[
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "OUTPOSTS",
    "GLACIER_IR",
    "SNOW",
    "EXPRESS_ONEZONE",
];

const DESTINATION: Kind = Kind::Object(&[
    block("access_control_translation", &OWNER),
    string("account").zero().check(&[Check::By(super::check_account)]),
    string("bucket").required().check(&[Check::Arn]),
    block("encryption_configuration", &KEY),
    block("metrics", &METRICS),
    block("replication_time", &TIME),
    string("storage_class").zero().check(&[Check::OneOf(CLASSES)]),
]);

const AND: Kind = Kind::Object(&[string("prefix").check(&[Check::Length(0, 1024)]), map("tags", &Kind::String)]);
const TAG: Kind = Kind::Object(&[string("key").required(), string("value").required()]);

const FILTER: Kind =
    Kind::Object(&[block("and", &AND), string("prefix").check(&[Check::Length(0, 1024)]), block("tag", &TAG)]);

const CRITERIA: Kind =
    Kind::Object(&[block("replica_modifications", &STATUS), block("sse_kms_encrypted_objects", &STATUS)]);

const RULE: Kind = Kind::Object(&[
    block("delete_marker_replication", &STATUS),
    block("destination", &DESTINATION).required(),
    block("existing_object_replication", &STATUS),
    block("filter", &FILTER).local(),
    string("id").optional_computed().api("ID").check(&[Check::Length(0, 255)]),
    string("prefix").deprecated().unsent().zero().check(&[Check::Length(0, 1024)]),
    int("priority").unsent().zero(),
    block("source_selection_criteria", &CRITERIA),
    SWITCH,
]);

/// `aws_s3_bucket_replication_configuration`.
pub static REPLICATION: Resource = resource("aws_s3_bucket_replication_configuration", &super::S3)
    .attrs(&[
        string("bucket").required().replaces().check(&[Check::Length(1, 63)]),
        string("role").required().check(&[Check::Arn]),
        blocks("rule", &RULE).times(1, 1000),
        string("token").sensitive().check(&[Check::Length(0, 1024)]),
    ])
    .create_with(put)
    .read(Read::Hook)
    .updates(&[update_with(put, &["role", "rule", "token"])])
    .delete_with(delete)
    .gone(&["NoSuchBucket", "ReplicationConfigurationNotFoundError"])
    .after_read(read)
    .imports(super::import);

/// A filter; one that says nothing is for all objects.
fn filter_to_aws(filter: &Obj) -> Json {
    if let Some(and) = filter.objects("and").first() {
        let mut out = Map::new();
        if let Some(prefix) = and.str("prefix") {
            out.insert("Prefix".into(), json!(prefix));
        }
        let tags = of_value(&and.get("tags"));
        if !tags.is_empty() {
            out.insert("Tags".into(), list(&tags));
        }
        return json!({"And": out});
    }
    if let Some(tag) = filter.objects("tag").first() {
        return json!({"Tag": {"Key": tag.text("key"), "Value": tag.text("value")}});
    }
    json!({"Prefix": filter.text("prefix")})
}

fn filter_from_aws(filter: &Json) -> Json {
    let part = |name: &str| filter.get(name).filter(|v| !v.is_null());
    let and = part("And").map(|a| {
        let tags = a.get("Tags").map(of_document).filter(|t| !t.is_empty());
        json!({"prefix": a.get("Prefix"), "tags": tags})
    });
    let tag = part("Tag").map(|t| json!({"key": t["Key"], "value": t["Value"]}));
    let one = |v: Option<Json>| Json::Array(v.into_iter().collect());
    json!({"and": one(and), "prefix": part("Prefix"), "tag": one(tag)})
}

/// A rule as S3 has it. With a filter, be it an empty one, it is of the newer schema, in which rules have a priority.
fn to_aws(rule: &Obj) -> Json {
    let mut out = Map::new();
    if let Kind::Object(attrs) = &RULE {
        doc::input(attrs, rule, &mut out);
    }
    let filter = rule.get("filter");
    match filter.as_seq().and_then(|f| f.first()) {
        Some(filter) => {
            let filter = Obj::of(&doc::type_of(&FILTER), filter);
            out.insert("Filter".into(), filter_to_aws(&filter));
            out.insert("Priority".into(), json!(rule.int("priority").unwrap_or(0)));
        }
        None => {
            out.insert("Prefix".into(), json!(rule.text("prefix")));
        }
    }
    Json::Object(out)
}

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        super::name(&mut work.state);
        let s = &work.state;
        let rules: Vec<Json> = s.objects("rule").iter().map(to_aws).collect();
        let mut input = super::place(s);
        input.insert("ReplicationConfiguration".into(), json!({"Role": s.text("role"), "Rules": rules}));
        if let Some(token) = s.str("token") {
            input.insert("Token".into(), json!(token));
        }
        // Versioning that was just turned on may not be known everywhere.
        let passes = |e: &Fail| e.says(&["InvalidRequest"], "Versioning must be 'Enabled' on the bucket");
        super::persist(cx, "PutBucketReplication", input, passes).await?;
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let input = super::place(obj);
        let bucket = input["Bucket"].as_str().unwrap_or_default().to_owned();
        let found = cx.once("s3", "GetBucketReplication", Json::Object(input)).await?;
        let found = doc::at(&found, "ReplicationConfiguration").unwrap_or_default();
        let mut rules = Vec::new();
        for rule in doc::items(&found, "Rules") {
            let mut block = Obj::of(&doc::type_of(&RULE), &doc::value(&RULE, &rule));
            let filter = rule.get("Filter").filter(|f| !f.is_null()).map(filter_from_aws);
            block.set_json("filter", &filter.into_iter().collect())?;
            rules.push(block.value());
        }
        obj.set("rule", craton_model::Value::list(doc::type_of(&RULE), rules));
        obj.set("role", doc::text(&found, "Role"));
        obj.set("bucket", bucket);
        Ok(true)
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move { super::remove(cx, "DeleteBucketReplication", &work.prior, work.resource.gone).await })
}
