//! Subnet groups of services that keep databases: a name for some subnets of one VPC.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::context::Ctx;
use crate::document::{items, put_tags, remove_tags, set, text};
use crate::ec2::SUBNET;
use crate::error::AwsError;
use crate::input::Input;
use crate::page;

/// Puts the subnets of a request into a group, with the VPC that they are in.
///
/// # Errors
/// AWS's for subnets that are not there, or not in one VPC.
pub(crate) fn take(ctx: &Ctx, input: &Input, group: &mut Value, with_status: bool) -> Result<(), AwsError> {
    let ids: BTreeSet<&str> = input.strings("SubnetIds")?.into_iter().collect();
    let invalid = |message: String| AwsError::new("InvalidSubnet", message);
    if ids.is_empty() {
        return Err(invalid("Subnet IDs are required.".into()));
    }
    let mut subnets = Vec::new();
    let mut vpcs = BTreeSet::new();
    for id in ids {
        let Some(place) = SUBNET.find(ctx, id) else {
            return Err(invalid(format!("Some input subnets in :[{id}] are invalid.")));
        };
        vpcs.insert(text(place, "VpcId").to_owned());
        let mut shown = json!({"SubnetIdentifier": id, "SubnetAvailabilityZone": {"Name": place["AvailabilityZone"]}});
        if with_status {
            set(&mut shown, "SubnetStatus", "Active");
        }
        subnets.push(shown);
    }
    let Some(vpc) = vpcs.pop_first().filter(|_| vpcs.is_empty()) else {
        return Err(invalid("The subnets are not all in a common VPC.".into()));
    };
    set(group, "VpcId", vpc);
    set(group, "Subnets", subnets);
    Ok(())
}

/// Adds the tags of a request to those of a document.
///
/// # Errors
/// A tag without a key.
pub(crate) fn tag(input: &Input, doc: &mut Value, member: &str) -> Result<(), AwsError> {
    let tags: Result<Vec<Value>, AwsError> = input
        .structures("Tags")?
        .iter()
        .map(|t| Ok(json!({"Key": t.str("Key")?, "Value": t.opt_str("Value")?.unwrap_or("")})))
        .collect();
    put_tags(doc, member, "Key", tags?);
    Ok(())
}

/// Takes the tags that a request names off a document.
///
/// # Errors
/// The keys are no texts.
pub(crate) fn untag(input: &Input, doc: &mut Value, member: &str) -> Result<(), AwsError> {
    let keys = input.strings("TagKeys")?;
    remove_tags(doc, member, "Key", &keys);
    Ok(())
}

/// A page of groups: all, or the one that is asked for.
///
/// # Errors
/// AWS's for a token that is none.
pub(crate) fn paged(input: &Input, list: &str, all: Vec<Value>) -> Result<Value, AwsError> {
    let max = input.opt_int("MaxRecords")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(100);
    let page = page::cut(all, Some(max), input.filled("Marker")?, "InvalidParameterValue")?;
    Ok(page::document(list, page, "Marker"))
}

/// The tags of a document.
pub(crate) fn tags(doc: &Value, member: &str) -> Value {
    json!(items(doc, member))
}
