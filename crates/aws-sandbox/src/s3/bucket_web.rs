//! What buckets say to browsers: CORS rules and websites. No page is served.

use serde_json::{Value, json};

use super::bucket_settings::{remove, setting, store};
use super::error;
use crate::context::Ctx;
use crate::document::{items, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("PutBucketCors", put_cors),
    ("GetBucketCors", |ctx, i| {
        setting(ctx, i, "Cors")?
            .ok_or_else(|| error(404, "NoSuchCORSConfiguration", "The CORS configuration does not exist"))
    }),
    ("DeleteBucketCors", |ctx, i| remove(ctx, i, "Cors")),
    ("PutBucketWebsite", put_website),
    ("GetBucketWebsite", |ctx, i| {
        setting(ctx, i, "Website")?.ok_or_else(|| {
            error(404, "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration")
        })
    }),
    ("DeleteBucketWebsite", |ctx, i| remove(ctx, i, "Website")),
];

const METHODS: [&str; 5] = ["GET", "PUT", "POST", "DELETE", "HEAD"];

fn put_cors(ctx: &mut Ctx, input: &Input) -> Answer {
    let value = input.raw("CORSConfiguration").ok_or_else(|| input.missing("CORSConfiguration"))?;
    let rules = items(value, "CORSRules");
    if rules.is_empty() || rules.len() > 100 {
        return Err(super::malformed());
    }
    for rule in rules {
        let texts = |member: &str| items(rule, member).iter().filter_map(Value::as_str).collect::<Vec<_>>();
        let (methods, origins) = (texts("AllowedMethods"), texts("AllowedOrigins"));
        if methods.is_empty() || origins.is_empty() {
            return Err(super::malformed());
        }
        if let Some(wrong) = methods.iter().find(|m| !METHODS.contains(m)) {
            let message = format!("Found unsupported HTTP method in CORS config. Unsupported method is {wrong}");
            return Err(error(400, "InvalidRequest", &message));
        }
        for (member, name) in [("AllowedOrigins", "AllowedOrigin"), ("AllowedHeaders", "AllowedHeader")] {
            if let Some(wrong) = texts(member).iter().find(|o| o.matches('*').count() > 1) {
                let message = format!("{name} \"{wrong}\" can not have more than one wildcard.");
                return Err(error(400, "InvalidRequest", &message));
            }
        }
    }
    store(ctx, input, "Cors", value.clone())
}

/// Source: PutBucketWebsite: an index document, or all requests go elsewhere.
fn put_website(ctx: &mut Ctx, input: &Input) -> Answer {
    let value = input.raw("WebsiteConfiguration").ok_or_else(|| input.missing("WebsiteConfiguration"))?;
    let invalid = |message: &str| Err::<Value, AwsError>(error(400, "InvalidArgument", message));
    let elsewhere = value.get("RedirectAllRequestsTo");
    let own = ["IndexDocument", "ErrorDocument", "RoutingRules"].iter().any(|m| value.get(m).is_some());
    if elsewhere.is_some() && own {
        let message = "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.";
        return Err(error(400, "InvalidRequest", message));
    }
    let suffix = text(&value["IndexDocument"], "Suffix");
    if elsewhere.is_none() && suffix.is_empty() {
        return invalid("A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty");
    }
    if suffix.contains('/') {
        return invalid("The IndexDocument Suffix is not well formed");
    }
    for rule in items(value, "RoutingRules") {
        let to = &rule["Redirect"];
        if to.as_object().is_none_or(serde_json::Map::is_empty) {
            return Err(super::malformed());
        }
        if to.get("ReplaceKeyWith").is_some() && to.get("ReplaceKeyPrefixWith").is_some() {
            return Err(error(
                400,
                "InvalidRequest",
                "You can only define ReplaceKeyPrefix or ReplaceKey but not both.",
            ));
        }
    }
    store(ctx, input, "Website", json!(value))
}
