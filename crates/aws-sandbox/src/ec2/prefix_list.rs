//! Prefix lists: those AWS has for its gateway endpoints.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::filters;
use super::kind::{self, PREFIX_LIST};
use crate::context::Ctx;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("DescribePrefixLists", describe),
    ("DescribeManagedPrefixLists", describe_managed),
    ("GetManagedPrefixListEntries", entries),
];

/// The ids of some regions, as AWS has them. Others are made from the name, in the same shape.
const KNOWN: &[(&str, &str, &str)] = &[
    ("us-east-1", "s3", "pl-63a5400a"),
    ("us-east-1", "dynamodb", "pl-02cd2c6b"),
    ("us-west-2", "s3", "pl-68a54001"),
    ("us-west-2", "dynamodb", "pl-00a54069"),
    ("eu-west-1", "s3", "pl-6da54004"),
    ("eu-west-1", "dynamodb", "pl-6fa54006"),
    ("eu-central-1", "s3", "pl-6ea54007"),
    ("eu-central-1", "dynamodb", "pl-66a5400f"),
];

/// The prefix list of the gateway endpoint for a service (`s3` or `dynamodb`).
pub(crate) fn id(region: &str, service: &str) -> String {
    if let Some((_, _, id)) = KNOWN.iter().find(|(r, s, _)| *r == region && *s == service) {
        return (*id).to_owned();
    }
    let d = Sha256::digest(format!("{region}/{service}"));
    format!("pl-{:02x}{:02x}{:02x}{:02x}", d[0], d[1], d[2], d[3])
}

/// Id, name and blocks.
type List = (String, String, &'static [&'static str]);

/// AWS's own lists in the region.
fn all(ctx: &Ctx) -> Vec<List> {
    // Some of the blocks that AWS publishes in ip-ranges.json for the services; the real lists change over time.
    let lists: [(&str, &'static [&'static str]); 2] = [
        ("s3", &["3.5.64.0/21", "18.34.240.0/22", "52.92.0.0/17", "52.218.0.0/17"]),
        ("dynamodb", &["52.94.24.0/23", "52.119.240.0/21"]),
    ];
    lists
        .into_iter()
        .map(|(service, blocks)| (id(&ctx.region, service), format!("com.amazonaws.{}.{service}", ctx.region), blocks))
        .collect()
}

/// Whether the id is of one of AWS's own lists.
pub(crate) fn is_aws(ctx: &Ctx, id: &str) -> bool {
    all(ctx).iter().any(|(i, _, _)| i == id)
}

fn chosen(ctx: &Ctx, input: &Input) -> Result<Vec<List>, AwsError> {
    let ids = input.strings("PrefixListIds")?;
    let lists = all(ctx);
    if let Some(missing) = ids.iter().find(|i| lists.iter().all(|l| l.0 != **i)) {
        return Err(PREFIX_LIST.missing(missing));
    }
    Ok(lists.into_iter().filter(|l| ids.is_empty() || ids.contains(&l.0.as_str())).collect())
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let docs = chosen(ctx, input)?
        .into_iter()
        .map(|(id, name, cidrs)| json!({"PrefixListId": id, "PrefixListName": name, "Cidrs": cidrs}))
        .collect();
    let known = &[("prefix-list-id", "PrefixListId"), ("prefix-list-name", "PrefixListName")];
    let docs = filters::apply(input, "Filters", docs, known)?;
    Ok(page::document("PrefixLists", kind::cut(input, docs)?, "NextToken"))
}

fn describe_managed(ctx: &mut Ctx, input: &Input) -> Answer {
    let docs: Vec<Value> = chosen(ctx, input)?
        .into_iter()
        .map(|(id, name, cidrs)| {
            json!({
                "PrefixListId": id,
                "AddressFamily": "IPv4",
                "State": "create-complete",
                "PrefixListArn": format!("arn:aws:ec2:{}:aws:prefix-list/{id}", ctx.region),
                "PrefixListName": name,
                "MaxEntries": cidrs.len(),
                "Version": 1,
                "Tags": [],
                "OwnerId": "AWS",
            })
        })
        .collect();
    let known = &[("owner-id", "OwnerId"), ("prefix-list-id", "PrefixListId"), ("prefix-list-name", "PrefixListName")];
    let docs = filters::apply(input, "Filters", docs, known)?;
    Ok(page::document("PrefixLists", kind::cut(input, docs)?, "NextToken"))
}

fn entries(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("PrefixListId")?;
    input.opt_int("TargetVersion")?;
    let Some((_, _, cidrs)) = all(ctx).into_iter().find(|l| l.0 == id) else { return Err(PREFIX_LIST.missing(id)) };
    let docs: Vec<Value> = cidrs.iter().map(|c| json!({"Cidr": c})).collect();
    Ok(page::document("Entries", kind::cut(input, docs)?, "NextToken"))
}
