//! `aws_ip_ranges` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/ip_ranges>).
//!
//! AWS publishes its address ranges as a document on the web (<https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-ranges.html>):
//! that is no call of an API, and is asked without credentials.

use bytes::Bytes;
use craton_aws_api::client::{HttpTransport, Transport as _};
use serde_json::Value as Json;

use super::{DataSource, data};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;

const URL: &str = "https://ip-ranges.amazonaws.com/ip-ranges.json";

/// `aws_ip_ranges`.
pub static IP_RANGES: DataSource = data(
    "aws_ip_ranges",
    &[
        list("cidr_blocks", &Kind::String).computed(),
        string("create_date").computed(),
        list("ipv6_cidr_blocks", &Kind::String).computed(),
        strings("regions"),
        strings("services").required(),
        int("sync_token").computed(),
        string("url"),
    ],
    ip_ranges,
);

fn fail(url: &str, why: impl std::fmt::Display) -> Fail {
    Fail::new(
        "IP ranges cannot be read",
        format!("The document with AWS's address ranges was asked for at {url}, but {why}."),
    )
}

async fn download(cx: &Cx, url: &str) -> Result<Json, Fail> {
    let request = http::Request::get(url)
        .header(http::header::USER_AGENT, "craton")
        .body(Bytes::new())
        .map_err(|e| fail(url, format!("that is no URL: {e}")))?;
    if !matches!(request.uri().scheme_str(), Some("http" | "https")) {
        return Err(fail(url, "that is no URL of the web, which begins with https://"));
    }
    let answer = HttpTransport::new(cx.settings.web.clone()).send(request).await;
    let answer = answer.map_err(|e| fail(url, format!("no answer came: {e}")))?;
    if !answer.status().is_success() {
        return Err(fail(url, format!("the answer is {}", answer.status())));
    }
    serde_json::from_slice(answer.body()).map_err(|e| fail(url, format!("the answer is no JSON: {e}")))
}

/// The ranges of a list that are of these regions (none: of all) and services, in order.
fn chosen(found: &Json, list: &str, prefix: &str, regions: &[String], services: &[String]) -> Vec<String> {
    let wanted = |p: &&Json| {
        let of = |name: &str| doc::text(p, name).to_lowercase();
        (regions.is_empty() || regions.contains(&of("region"))) && services.contains(&of("service"))
    };
    let mut all: Vec<String> = doc::items(found, list).iter().filter(wanted).map(|p| doc::text(p, prefix)).collect();
    all.sort();
    all
}

fn ip_ranges<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let url = obj.str("url").unwrap_or(URL).to_owned();
        let found = download(cx, &url).await?;
        let lower = |name: &str| obj.strs(name).iter().map(|s| s.to_lowercase()).collect::<Vec<_>>();
        let (regions, services) = (lower("regions"), lower("services"));
        let v4 = chosen(&found, "prefixes", "ip_prefix", &regions, &services);
        let v6 = chosen(&found, "ipv6_prefixes", "ipv6_prefix", &regions, &services);
        if v4.is_empty() && v6.is_empty() {
            return Err(Fail::new(
                "No IP ranges found",
                format!(
                    "The document at {url} has no ranges of the services {}{}. Services are written as there: AMAZON, EC2, \
                     S3; the regions as eu-west-1, and GLOBAL.",
                    services.join(", "),
                    if regions.is_empty() { String::new() } else { format!(" in {}", regions.join(", ")) }
                ),
            ));
        }
        let token = doc::text(&found, "syncToken");
        let number: i64 = token.parse().map_err(|_| fail(&url, format!("its syncToken {token:?} is no number")))?;
        obj.set_strs("cidr_blocks", v4.iter().map(String::as_str));
        obj.set_strs("ipv6_cidr_blocks", v6.iter().map(String::as_str));
        obj.set("create_date", doc::text(&found, "createDate"));
        obj.set("sync_token", number);
        obj.set("id", token);
        obj.set("url", url);
        Ok(())
    })
}
