//! `aws_s3_bucket_lifecycle_configuration`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/s3_bucket_lifecycle_configuration>).

use craton_model::Value;
use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::obj::Obj;
use crate::tags::{of_document, of_value};
use crate::work::Work;

const CLASSES: &[&str] = &["GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR"];

const ABORT: Kind = Kind::Object(&[int("days_after_initiation")]);

const EXPIRATION: Kind = Kind::Object(&[
    string("date"),
    int("days").optional_computed(),
    boolean("expired_object_delete_marker").optional_computed(),
]);

const AND: Kind = Kind::Object(&[
    int("object_size_greater_than").optional_computed(),
    int("object_size_less_than").optional_computed(),
    string("prefix").optional_computed(),
    map("tags", &Kind::String),
]);

const TAG: Kind = Kind::Object(&[string("key").required(), string("value").required()]);

const FILTER: Kind = Kind::Object(&[
    blocks("and", &AND),
    int("object_size_greater_than").optional_computed(),
    int("object_size_less_than").optional_computed(),
    string("prefix").optional_computed(),
    blocks("tag", &TAG),
]);

const OLD_EXPIRATION: Kind = Kind::Object(&[
    int("newer_noncurrent_versions").optional_computed().check(&[Check::Range(1, 100)]),
    int("noncurrent_days").required().check(&[Check::Range(1, i64::MAX)]),
]);

const OLD_TRANSITION: Kind = Kind::Object(&[
    int("newer_noncurrent_versions").optional_computed().check(&[Check::Range(1, 100)]),
    int("noncurrent_days").required(),
    string("storage_class").required().check(&[Check::OneOf(CLASSES)]),
]);

const TRANSITION: Kind = Kind::Object(&[
    string("date"),
    int("days").optional_computed(),
    string("storage_class").required().check(&[Check::OneOf(CLASSES)]),
]);

const RULE: Kind = Kind::Object(&[
    blocks("abort_incomplete_multipart_upload", &ABORT),
    blocks("expiration", &EXPIRATION),
    blocks("filter", &FILTER),
    string("id").required().check(&[Check::Length(1, 255)]),
    blocks("noncurrent_version_expiration", &OLD_EXPIRATION),
    block_set("noncurrent_version_transition", &OLD_TRANSITION),
    string("prefix").optional_computed().deprecated(),
    string("status").required().check(&[Check::OneOf(&["Enabled", "Disabled"])]),
    block_set("transition", &TRANSITION),
]);

/// `aws_s3_bucket_lifecycle_configuration`.
pub static LIFECYCLE: Resource = resource("aws_s3_bucket_lifecycle_configuration", &super::S3)
    .version(1)
    .attrs(&[
        string("bucket").required().replaces().check(&[Check::Length(1, 63)]),
        string("expected_bucket_owner").optional_computed().replaces(),
        string("id").computed().deprecated(),
        blocks("rule", &RULE),
        string("transition_default_minimum_object_size")
            .optional_computed()
            .check(&[Check::OneOf(&["varies_by_storage_class", "all_storage_classes_128K"])]),
    ])
    .framework()
    .timeouts(&[("create", 180), ("update", 180)])
    .create_with(put)
    .read(Read::Hook)
    .updates(&[update_with(put, &["rule", "transition_default_minimum_object_size"])])
    .delete_with(delete)
    .gone(&["NoSuchBucket", "NoSuchLifecycleConfiguration"])
    .plans(plan)
    .after_read(read)
    .imports(super::import);

/// Numbers, texts and flags that are not given are 0, empty and false in the state, where the older provider had them so.
fn plan(_: &Cx, plan: &mut crate::plan::Plan) -> Result<(), crate::fail::Fail> {
    if plan.config.get("rule").is_wholly_known() {
        let rules: Vec<Json> = plan.config.objects("rule").iter().map(|r| from_aws(&to_aws(r))).collect();
        // A date stays as it is written.
        plan.planned.set_json("rule", &json!(rules))?;
        if let Some(prior) = &plan.prior
            && same(prior, &plan.planned)
        {
            let kept = prior.get("rule");
            plan.planned.set("rule", kept);
        }
    }
    if plan.creating() {
        if plan.config.get("expected_bucket_owner").is_null() {
            plan.planned.set("expected_bucket_owner", "");
        }
        if plan.config.get("transition_default_minimum_object_size").is_null() {
            plan.planned.set("transition_default_minimum_object_size", "all_storage_classes_128K");
        }
    }
    Ok(())
}

fn same(a: &Obj, b: &Obj) -> bool {
    let of = |o: &Obj| o.objects("rule").iter().map(to_aws).collect::<Vec<_>>();
    of(a) == of(b)
}

/// A whole number that is set.
fn number(obj: &Obj, name: &str) -> Option<Json> {
    obj.int(name).map(Json::from)
}

/// Members that have a value.
fn some(members: Vec<(&str, Option<Json>)>) -> Json {
    Json::Object(members.into_iter().filter_map(|(k, v)| Some((k.to_owned(), v?))).collect())
}

/// A rule as S3 has it.
fn to_aws(rule: &Obj) -> Json {
    let first = |name: &str| rule.objects(name).into_iter().next();
    let text = |o: &Obj, name: &str| o.str(name).map(Json::from);
    let mut out = Map::new();
    out.insert("ID".into(), json!(rule.text("id")));
    out.insert("Status".into(), json!(rule.text("status")));
    if let Some(a) = first("abort_incomplete_multipart_upload") {
        let days = some(vec![("DaysAfterInitiation", number(&a, "days_after_initiation"))]);
        out.insert("AbortIncompleteMultipartUpload".into(), days);
    }
    if let Some(e) = first("expiration") {
        let days = number(&e, "days").filter(|d| *d != json!(0));
        let marker = days.is_none() && e.is_zero("date");
        let members = vec![
            ("Date", text(&e, "date")),
            ("Days", days),
            ("ExpiredObjectDeleteMarker", marker.then(|| json!(e.bool("expired_object_delete_marker")))),
        ];
        out.insert("Expiration".into(), some(members));
    }
    match first("filter") {
        Some(f) => {
            out.insert("Filter".into(), filter_to_aws(&f));
        }
        // A rule without a filter is for the prefix, which may be empty.
        None => {
            out.insert("Prefix".into(), json!(rule.text("prefix")));
        }
    }
    if let Some(e) = first("noncurrent_version_expiration") {
        let newer = number(&e, "newer_noncurrent_versions");
        let members = vec![("NewerNoncurrentVersions", newer), ("NoncurrentDays", number(&e, "noncurrent_days"))];
        out.insert("NoncurrentVersionExpiration".into(), some(members));
    }
    let old: Vec<Json> = rule
        .objects("noncurrent_version_transition")
        .iter()
        .map(|t| {
            some(vec![
                ("NewerNoncurrentVersions", number(t, "newer_noncurrent_versions")),
                ("NoncurrentDays", number(t, "noncurrent_days")),
                ("StorageClass", text(t, "storage_class")),
            ])
        })
        .collect();
    if !old.is_empty() {
        out.insert("NoncurrentVersionTransitions".into(), json!(old));
    }
    let transitions: Vec<Json> = rule
        .objects("transition")
        .iter()
        .map(|t| {
            let days = number(t, "days").filter(|d| *d != json!(0) || t.is_zero("date"));
            some(vec![("Date", text(t, "date")), ("Days", days), ("StorageClass", text(t, "storage_class"))])
        })
        .collect();
    if !transitions.is_empty() {
        out.insert("Transitions".into(), json!(transitions));
    }
    Json::Object(out)
}

fn filter_to_aws(f: &Obj) -> Json {
    let positive = |o: &Obj, name: &str| number(o, name).filter(|n| *n != json!(0));
    if let Some(and) = f.objects("and").first() {
        let tags = of_value(&and.get("tags"));
        let members = vec![
            ("ObjectSizeGreaterThan", positive(and, "object_size_greater_than")),
            ("ObjectSizeLessThan", positive(and, "object_size_less_than")),
            ("Prefix", and.str("prefix").map(Json::from)),
            ("Tags", (!tags.is_empty()).then(|| crate::tags::list(&tags))),
        ];
        return json!({"And": some(members)});
    }
    if let Some(tag) = f.objects("tag").first() {
        return json!({"Tag": {"Key": tag.text("key"), "Value": tag.text("value")}});
    }
    let sizes = vec![
        ("ObjectSizeGreaterThan", number(f, "object_size_greater_than")),
        ("ObjectSizeLessThan", positive(f, "object_size_less_than")),
    ];
    let sizes = some(sizes);
    match sizes.as_object().is_some_and(|s| !s.is_empty()) {
        true => sizes,
        false => json!({"Prefix": f.text("prefix")}),
    }
}

/// A rule as the state has it.
fn from_aws(rule: &Json) -> Json {
    let part = |name: &str| rule.get(name).filter(|v| !v.is_null());
    let at = |v: &Json, name: &str| v.get(name).cloned().unwrap_or_default();
    let or = |v: Json, zero: Json| if v.is_null() { zero } else { v };
    let one = |v: Option<Json>| Json::Array(v.into_iter().collect());
    let many = |name: &str, f: &dyn Fn(&Json) -> Json| Json::Array(doc::items(rule, name).iter().map(f).collect());
    let filter = part("Filter").map(|f| {
        let and = part_of(f, "And").map(|a| {
            let tags = a.get("Tags").map(of_document).filter(|t| !t.is_empty());
            json!({
                "object_size_greater_than": or(at(a, "ObjectSizeGreaterThan"), json!(0)),
                "object_size_less_than": or(at(a, "ObjectSizeLessThan"), json!(0)),
                "prefix": or(at(a, "Prefix"), json!("")), "tags": tags,
            })
        });
        let tag = part_of(f, "Tag").map(|t| json!({"key": at(t, "Key"), "value": at(t, "Value")}));
        // A filter of nothing is one of the prefix "".
        let other =
            ["And", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan"].iter().any(|n| part_of(f, n).is_some());
        let prefix = or(at(f, "Prefix"), if other { Json::Null } else { json!("") });
        json!({
            "and": one(and), "tag": one(tag), "prefix": prefix,
            "object_size_greater_than": at(f, "ObjectSizeGreaterThan"),
            "object_size_less_than": at(f, "ObjectSizeLessThan"),
        })
    });
    json!({
        "id": at(rule, "ID"),
        "status": at(rule, "Status"),
        "prefix": or(at(rule, "Prefix"), json!("")),
        "filter": one(filter),
        "abort_incomplete_multipart_upload": one(part("AbortIncompleteMultipartUpload")
            .map(|a| json!({"days_after_initiation": at(a, "DaysAfterInitiation")}))),
        "expiration": one(part("Expiration").map(|e| json!({
            "date": at(e, "Date"), "days": or(at(e, "Days"), json!(0)),
            "expired_object_delete_marker": or(at(e, "ExpiredObjectDeleteMarker"), json!(false)),
        }))),
        "noncurrent_version_expiration": one(part("NoncurrentVersionExpiration").map(|e| json!({
            "newer_noncurrent_versions": at(e, "NewerNoncurrentVersions"), "noncurrent_days": at(e, "NoncurrentDays"),
        }))),
        "noncurrent_version_transition": many("NoncurrentVersionTransitions", &|t| json!({
            "newer_noncurrent_versions": at(t, "NewerNoncurrentVersions"), "noncurrent_days": at(t, "NoncurrentDays"),
            "storage_class": at(t, "StorageClass"),
        })),
        "transition": many("Transitions", &|t| json!({
            "date": at(t, "Date"), "days": at(t, "Days"), "storage_class": at(t, "StorageClass"),
        })),
    })
}

fn part_of<'a>(v: &'a Json, name: &str) -> Option<&'a Json> {
    v.get(name).filter(|v| !v.is_null())
}

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        super::name(&mut work.state);
        let s = &work.state;
        let mut input = super::place(s);
        let rules: Vec<Json> = s.objects("rule").iter().map(to_aws).collect();
        input.insert("LifecycleConfiguration".into(), json!({"Rules": rules}));
        if let Some(size) = s.str("transition_default_minimum_object_size") {
            input.insert("TransitionDefaultMinimumObjectSize".into(), json!(size));
        }
        super::put(cx, "PutBucketLifecycleConfiguration", input).await?;
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let input = super::place(obj);
        let bucket = input["Bucket"].as_str().unwrap_or_default().to_owned();
        let found = cx.once("s3", "GetBucketLifecycleConfiguration", Json::Object(input)).await?;
        let before = obj.clone();
        let rules: Vec<Json> = doc::items(&found, "Rules").iter().map(from_aws).collect();
        obj.set_json("rule", &json!(rules))?;
        // Dates come back with fractions of a second.
        if dates_alike(&before, obj) {
            obj.set("rule", before.get("rule"));
        }
        super::placed(obj, &bucket);
        let size = doc::text(&found, "TransitionDefaultMinimumObjectSize");
        obj.set("transition_default_minimum_object_size", Value::from(size));
        Ok(true)
    })
}

/// Whether the rules differ in nothing but how moments are written.
fn dates_alike(a: &Obj, b: &Obj) -> bool {
    let of = |o: &Obj| {
        let rules: Vec<Json> = o.objects("rule").iter().map(to_aws).collect();
        json!(rules).to_string().replace(".000Z", "Z")
    };
    of(a) == of(b)
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move { super::remove(cx, "DeleteBucketLifecycle", &work.prior, work.resource.gone).await })
}
