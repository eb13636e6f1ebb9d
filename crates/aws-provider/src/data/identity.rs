//! Who and where we are: `aws_caller_identity`, `aws_partition`, `aws_region`, `aws_service_principal`,
//! `aws_default_tags`, `aws_arn`, `aws_regions`, `aws_billing_service_account`.

use craton_aws_api::client::partition as partition_of;

use serde_json::json;

use super::network::{FILTER, input};
use super::{DataSource, data};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::functions::parse_arn;
use crate::obj::Obj;

/// `aws_caller_identity`.
pub static CALLER_IDENTITY: DataSource = data(
    "aws_caller_identity",
    &[string("account_id").computed(), string("arn").computed(), string("user_id").computed()],
    caller_identity,
);

fn caller_identity<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let caller = cx.settings.caller().await?;
        obj.set("account_id", caller.account.as_str());
        obj.set("arn", caller.arn.as_str());
        obj.set("user_id", caller.user_id.as_str());
        obj.set("id", caller.account.as_str());
        Ok(())
    })
}

/// `aws_partition`.
pub static PARTITION: DataSource = data(
    "aws_partition",
    &[string("dns_suffix").computed(), string("partition").computed(), string("reverse_dns_prefix").computed()],
    partition,
);

/// `amazonaws.com` as `com.amazonaws`.
fn reversed(suffix: &str) -> String {
    suffix.split('.').rev().collect::<Vec<_>>().join(".")
}

fn partition<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let s = &cx.settings;
        obj.set("id", s.partition);
        obj.set("partition", s.partition);
        obj.set("dns_suffix", s.dns_suffix);
        obj.set("reverse_dns_prefix", reversed(s.dns_suffix));
        Ok(())
    })
}

/// `aws_region`.
pub static REGION: DataSource = data(
    "aws_region",
    &[string("description").computed(), string("endpoint").optional_computed(), string("name").optional_computed()],
    region,
);

/// Names of regions (<https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>), as AWS's
/// endpoint metadata spells them.
const REGIONS: &[(&str, &str)] = &[
    ("af-south-1", "Africa (Cape Town)"),
    ("ap-east-1", "Asia Pacific (Hong Kong)"),
    ("ap-east-2", "Asia Pacific (Taipei)"),
    ("ap-northeast-1", "Asia Pacific (Tokyo)"),
    ("ap-northeast-2", "Asia Pacific (Seoul)"),
    ("ap-northeast-3", "Asia Pacific (Osaka)"),
    ("ap-south-1", "Asia Pacific (Mumbai)"),
    ("ap-south-2", "Asia Pacific (Hyderabad)"),
    ("ap-southeast-1", "Asia Pacific (Singapore)"),
    ("ap-southeast-2", "Asia Pacific (Sydney)"),
    ("ap-southeast-3", "Asia Pacific (Jakarta)"),
    ("ap-southeast-4", "Asia Pacific (Melbourne)"),
    ("ap-southeast-5", "Asia Pacific (Malaysia)"),
    ("ap-southeast-7", "Asia Pacific (Thailand)"),
    ("ca-central-1", "Canada (Central)"),
    ("ca-west-1", "Canada West (Calgary)"),
    ("cn-north-1", "China (Beijing)"),
    ("cn-northwest-1", "China (Ningxia)"),
    ("eu-central-1", "Europe (Frankfurt)"),
    ("eu-central-2", "Europe (Zurich)"),
    ("eu-north-1", "Europe (Stockholm)"),
    ("eu-south-1", "Europe (Milan)"),
    ("eu-south-2", "Europe (Spain)"),
    ("eu-west-1", "Europe (Ireland)"),
    ("eu-west-2", "Europe (London)"),
    ("eu-west-3", "Europe (Paris)"),
    ("il-central-1", "Israel (Tel Aviv)"),
    ("me-central-1", "Middle East (UAE)"),
    ("me-south-1", "Middle East (Bahrain)"),
    ("mx-central-1", "Mexico (Central)"),
    ("sa-east-1", "South America (Sao Paulo)"),
    ("us-east-1", "US East (N. Virginia)"),
    ("us-east-2", "US East (Ohio)"),
    ("us-gov-east-1", "AWS GovCloud (US-East)"),
    ("us-gov-west-1", "AWS GovCloud (US-West)"),
    ("us-west-1", "US West (N. California)"),
    ("us-iso-east-1", "US ISO East"),
    ("us-iso-west-1", "US ISO WEST"),
    ("us-isob-east-1", "US ISOB East (Ohio)"),
    ("us-west-2", "US West (Oregon)"),
];

/// What AWS calls a region.
fn known_region(name: &str) -> Result<&'static str, Fail> {
    if let Some((_, description)) = REGIONS.iter().find(|(n, _)| *n == name) {
        return Ok(description);
    }
    let near = craton_model::similar(name, REGIONS.iter().map(|(n, _)| *n));
    let near = near.map_or(String::new(), |n| format!(" Did you mean {n:?}?"));
    Err(Fail::new("Region not found", format!("AWS has no region {name:?} that craton knows of.{near}")))
}

fn region<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let host = |region: &str| format!("ec2.{region}.{}", partition_of(region).dns_suffix);
        let by_endpoint = obj.str("endpoint").map(|e| {
            REGIONS.iter().map(|(n, _)| *n).find(|n| host(n) == e).ok_or_else(|| {
                Fail::new(
                    "Region not found",
                    format!("No region has the EC2 endpoint {e:?}, which looks like {}.", host("eu-west-1")),
                )
            })
        });
        let name = match (obj.str("name"), by_endpoint) {
            (name, Some(found)) => {
                let found = found?;
                if name.is_some_and(|n| n != found) {
                    return Err(Fail::new("Region not found", "\"name\" and \"endpoint\" are of different regions."));
                }
                found.to_owned()
            }
            (Some(name), None) => name.to_owned(),
            (None, None) => cx.region().to_owned(),
        };
        let description = match known_region(&name) {
            Ok(description) => description,
            // The provider's own region can be newer than the table.
            Err(_) if name == cx.region() => "",
            Err(e) => return Err(e),
        };
        obj.set("id", name.as_str());
        obj.set("endpoint", host(&name));
        obj.set("description", description);
        obj.set("name", name);
        Ok(())
    })
}

/// `aws_regions` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/regions>).
pub static REGIONS_OF_THE_ACCOUNT: DataSource =
    data("aws_regions", &[boolean("all_regions"), block_set("filter", &FILTER), strings("names").computed()], regions)
        .framework();

fn regions<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = input(obj, None, &[]);
        if let Some(all) = obj.get("all_regions").as_bool() {
            input["AllRegions"] = json!(all);
        }
        let answer = cx.once("ec2", "DescribeRegions", input).await?;
        let names: Vec<String> = doc::items(&answer, "Regions").iter().map(|r| doc::text(r, "RegionName")).collect();
        obj.set("id", cx.settings.partition);
        obj.set_strs("names", names.iter().map(String::as_str));
        Ok(())
    })
}

/// `aws_billing_service_account`
/// (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/billing_service_account>).
pub static BILLING_SERVICE_ACCOUNT: DataSource =
    data("aws_billing_service_account", &[string("arn").computed()], billing_service_account);

/// The account that delivers billing reports
/// (<https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/billing-getting-started.html#step-2>).
const BILLING: &str = "386209384616";

fn billing_service_account<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        obj.set("id", BILLING);
        obj.set("arn", format!("arn:{}:iam::{BILLING}:root", cx.settings.partition));
        Ok(())
    })
}

/// `aws_service_principal`.
pub static SERVICE_PRINCIPAL: DataSource = data(
    "aws_service_principal",
    &[
        string("name").computed(),
        string("region").optional_computed(),
        string("service_name").required(),
        string("suffix").computed(),
    ],
    service_principal,
)
.id_computed();

/// Services whose principals outside the partition `aws` end in that partition's own domain; all others end in
/// `amazonaws.com` everywhere (read off the answers of the AWS provider 5.100.0).
const OWN_SUFFIX: &[(&str, &[&str])] = &[
    ("aws-cn", &["codedeploy", "elasticmapreduce", "logs"]),
    ("aws-iso", &["cloudhsm", "config", "logs", "workspaces"]),
    ("aws-iso-b", &["dms", "logs"]),
];

fn service_principal<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let region = obj.str("region").unwrap_or(cx.region()).to_owned();
        let service = obj.text("service_name").to_owned();
        if region != cx.region() {
            known_region(&region)?;
        }
        let partition = partition_of(&region);
        let own = OWN_SUFFIX.iter().any(|(id, services)| *id == partition.id && services.contains(&service.as_str()));
        let suffix = if own { partition.dns_suffix } else { "amazonaws.com" };
        obj.set("id", format!("{service}.{region}.{suffix}"));
        obj.set("name", format!("{service}.{suffix}"));
        obj.set("suffix", suffix);
        obj.set("region", region);
        Ok(())
    })
}

/// `aws_default_tags`.
pub static DEFAULT_TAGS: DataSource = data("aws_default_tags", &[map("tags", &Kind::String).computed()], default_tags);

fn default_tags<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        obj.set("id", cx.settings.partition);
        obj.set("tags", crate::tags::value(cx.settings.tags.defaults.iter()));
        Ok(())
    })
}

/// `aws_arn`.
pub static ARN: DataSource = data(
    "aws_arn",
    &[
        string("account").computed(),
        string("arn").required().check(&[Check::Arn]),
        string("partition").computed(),
        string("region").computed(),
        string("resource").computed(),
        string("service").computed(),
    ],
    arn,
);

fn arn<'a>(_: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let given = obj.text("arn").to_owned();
        let [partition, service, region, account, resource] =
            parse_arn(&given).map_err(|e| Fail::new("Invalid argument value", format!("{e}.")))?;
        for (name, v) in [
            ("partition", partition),
            ("service", service),
            ("region", region),
            ("account", account),
            ("resource", resource),
        ] {
            obj.set(name, v);
        }
        obj.set("id", given.as_str());
        Ok(())
    })
}
