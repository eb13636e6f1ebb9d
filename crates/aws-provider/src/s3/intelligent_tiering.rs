//! `aws_s3_bucket_intelligent_tiering_configuration`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/s3_bucket_intelligent_tiering_configuration>).

use craton_model::{Diagnostic, Diagnostics, Path};
use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::tags::{list, of_document, of_value};
use crate::work::Work;

const FILTER: Kind = Kind::Object(&[string("prefix"), map("tags", &Kind::String)]);

const TIERING: Kind = Kind::Object(&[
    string("access_tier").required().check(&[Check::OneOf(&["ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"])]),
    int("days").required(),
]);

/// `aws_s3_bucket_intelligent_tiering_configuration`.
pub static INTELLIGENT_TIERING: Resource = resource("aws_s3_bucket_intelligent_tiering_configuration", &super::S3)
    .attrs(&[
        string("bucket").required().replaces().local(),
        block("filter", &FILTER).local(),
        string("name").required().replaces().api("Id"),
        string("status").default_str("Enabled").check(&[Check::OneOf(&["Enabled", "Disabled"])]),
        block_set("tiering", &TIERING).required().api("Tierings"),
    ])
    .create_with(put)
    .read(Read::Hook)
    .updates(&[update_with(put, &["filter", "status", "tiering"])])
    .delete_with(delete)
    .gone(&["NoSuchBucket", "NoSuchConfiguration"])
    .validates(validate)
    .after_read(read)
    .imports(import);

fn validate(config: &Obj, found: &mut Diagnostics) {
    for filter in config.objects("filter") {
        if filter.get("prefix").is_null() && filter.get("tags").is_null() {
            let detail =
                "A filter has a \"prefix\" or \"tags\"; without either, leave it out: then all objects are meant.";
            found.push(Diagnostic::error("Missing required argument", detail).on_attribute(Path::attr("filter")));
        }
    }
}

/// The bucket and the name that an id holds.
fn parts(id: &str) -> (String, String) {
    let (bucket, name) = id.split_once(':').unwrap_or((id, ""));
    (bucket.to_owned(), name.to_owned())
}

fn filter_to_aws(filter: &Obj) -> Option<Json> {
    let tags = of_value(&filter.get("tags"));
    match (filter.str("prefix"), tags.len()) {
        (None, 0) => None,
        (Some(prefix), 0) => Some(json!({"Prefix": prefix})),
        (None, 1) => Some(json!({"Tag": list(&tags)[0]})),
        (None, _) => Some(json!({"And": {"Tags": list(&tags)}})),
        (Some(prefix), _) => Some(json!({"And": {"Prefix": prefix, "Tags": list(&tags)}})),
    }
}

fn filter_from_aws(filter: &Json) -> Json {
    let and = filter.get("And").filter(|a| !a.is_null());
    let of = and.unwrap_or(filter);
    let tags = match (of.get("Tags"), of.get("Tag").filter(|t| !t.is_null())) {
        (Some(tags), _) => of_document(tags),
        (None, Some(tag)) => of_document(&json!([tag])),
        (None, None) => crate::tags::Tags::new(),
    };
    json!({"prefix": of.get("Prefix"), "tags": (!tags.is_empty()).then_some(tags)})
}

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let s = &work.state;
        let (bucket, name) = (s.text("bucket").to_owned(), s.text("name").to_owned());
        let mut configuration = serde_json::Map::new();
        doc::input(work.resource.attrs, s, &mut configuration);
        if let Some(filter) = s.objects("filter").first().and_then(filter_to_aws) {
            configuration.insert("Filter".into(), filter);
        }
        let input = json!({"Bucket": bucket, "Id": name, "IntelligentTieringConfiguration": configuration});
        let codes = &["NoSuchBucket", "OperationAborted"];
        cx.retry("s3", "PutBucketIntelligentTieringConfiguration", input, super::PROPAGATION, codes).await?;
        work.state.set("id", format!("{bucket}:{name}"));
        Ok(())
    })
}

/// All configurations of a bucket, in as few calls as S3 has pages of them.
async fn all(cx: &Cx, bucket: &str) -> Result<Vec<Json>, Fail> {
    let (mut found, mut input) = (Vec::new(), json!({"Bucket": bucket}));
    loop {
        let page = cx.once("s3", "ListBucketIntelligentTieringConfigurations", input.clone()).await?;
        found.extend(doc::items(&page, "IntelligentTieringConfigurationList"));
        match doc::text(&page, "NextContinuationToken") {
            end if end.is_empty() => return Ok(found),
            token => input["ContinuationToken"] = json!(token),
        }
    }
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let (bucket, name) = parts(obj.id());
        let found = all(cx, &bucket).await?.into_iter().find(|c| doc::text(c, "Id") == name);
        let Some(found) = found else { return Ok(false) };
        doc::fill(INTELLIGENT_TIERING.attrs, &found, obj);
        let filter = found.get("Filter").filter(|f| !f.is_null()).map(filter_from_aws);
        obj.set_json("filter", &filter.into_iter().collect())?;
        obj.set("bucket", bucket);
        Ok(true)
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (bucket, name) = parts(work.prior.id());
        cx.call("s3", "DeleteBucketIntelligentTieringConfiguration", json!({"Bucket": bucket, "Id": name})).await?;
        Ok(())
    })
}

fn import<'a>(_: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let (bucket, name) = parts(id);
        if bucket.is_empty() || name.is_empty() {
            return Err(Fail::new(
                "Invalid import id",
                format!("{id:?} does not name a configuration, which looks like BUCKET:NAME."),
            ));
        }
        obj.set("bucket", bucket);
        obj.set("name", name);
        Ok(())
    })
}
