//! `aws_s3_bucket_website_configuration`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/s3_bucket_website_configuration>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

const PROTOCOL: &[Check] = &[Check::OneOf(&["http", "https"])];

const ERROR_DOCUMENT: Kind = Kind::Object(&[string("key").required()]);
const INDEX_DOCUMENT: Kind = Kind::Object(&[string("suffix").required()]);

const ELSEWHERE: Kind = Kind::Object(&[string("host_name").required(), string("protocol").zero().check(PROTOCOL)]);

const CONDITION: Kind =
    Kind::Object(&[string("http_error_code_returned_equals").zero(), string("key_prefix_equals").zero()]);

const REDIRECT: Kind = Kind::Object(&[
    string("host_name").zero(),
    string("http_redirect_code").zero(),
    string("protocol").zero().check(PROTOCOL),
    string("replace_key_prefix_with").zero(),
    string("replace_key_with").zero(),
]);

const RULE: Kind = Kind::Object(&[block("condition", &CONDITION), block("redirect", &REDIRECT).required()]);

/// `aws_s3_bucket_website_configuration`.
pub static WEBSITE: Resource = resource("aws_s3_bucket_website_configuration", &super::S3)
    .attrs(&[
        string("bucket").required().replaces().unread().unsent().check(&[Check::Length(1, 63)]),
        block("error_document", &ERROR_DOCUMENT),
        string("expected_bucket_owner").replaces().local().check(&[Check::By(super::check_account)]),
        block("index_document", &INDEX_DOCUMENT),
        block("redirect_all_requests_to", &ELSEWHERE).conflicts_with(&[
            "error_document",
            "index_document",
            "routing_rule",
            "routing_rules",
        ]),
        blocks("routing_rule", &RULE)
            .optional_computed()
            .conflicts_with(&["routing_rules"])
            .from("RoutingRules")
            .unsent(),
        string("routing_rules")
            .optional_computed()
            .conflicts_with(&["routing_rule"])
            .local()
            .same(Same::Json)
            .check(&[Check::Json]),
        string("website_domain").computed().unread(),
        string("website_endpoint").computed().unread(),
    ])
    .create_with(put)
    .read(Read::Hook)
    .updates(&[update_with(
        put,
        &["error_document", "index_document", "redirect_all_requests_to", "routing_rule", "routing_rules"],
    )])
    .delete_with(delete)
    .gone(&["NoSuchBucket", "NoSuchWebsiteConfiguration"])
    .plans(plan)
    .after_read(read)
    .imports(super::import);

/// Both spellings of the rules say the same.
fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    if plan.creating() {
        return Ok(());
    }
    for (one, other) in [("routing_rule", "routing_rules"), ("routing_rules", "routing_rule")] {
        if plan.changes(one) && !plan.config.is_zero(one) {
            plan.unknown(other);
        }
    }
    Ok(())
}

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        super::name(&mut work.state);
        let s = &work.state;
        let mut site = Map::new();
        doc::input(work.resource.attrs, s, &mut site);
        // The spelling that is configured counts; else the rules stay, in that which is known.
        let as_text = if work.config.is_zero("routing_rule") { s.str("routing_rules") } else { None };
        let rules = match as_text {
            Some(text) => serde_json::from_str(text).unwrap_or_default(),
            None => doc::document(&Kind::List(&RULE), &s.get("routing_rule")).unwrap_or_default(),
        };
        if rules.as_array().is_some_and(|r| !r.is_empty()) {
            site.insert("RoutingRules".into(), rules);
        }
        let mut input = super::place(s);
        input.insert("WebsiteConfiguration".into(), Json::Object(site));
        super::put(cx, "PutBucketWebsite", input).await?;
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let input = super::place(obj);
        let bucket = input["Bucket"].as_str().unwrap_or_default().to_owned();
        let named = json!({"Bucket": bucket});
        let site = cx.once("s3", "GetBucketWebsite", Json::Object(input));
        let (site, head) = futures_util::join!(site, cx.once("s3", "HeadBucket", named));
        let site = site?;
        doc::fill(WEBSITE.attrs, &site, obj);
        let rules = doc::at(&site, "RoutingRules").filter(|r| r.as_array().is_some_and(|r| !r.is_empty()));
        obj.set("routing_rules", rules.map(|r| crate::json::normal(&r.to_string())).unwrap_or_default());
        let region = doc::text(&*head?, "BucketRegion");
        let region = if region.is_empty() { cx.region() } else { region.as_str() };
        let domain = super::website_domain(region, cx.settings.dns_suffix);
        obj.set("website_endpoint", format!("{bucket}.{domain}"));
        obj.set("website_domain", domain);
        super::placed(obj, &bucket);
        Ok(true)
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move { super::remove(cx, "DeleteBucketWebsite", &work.prior, work.resource.gone).await })
}
