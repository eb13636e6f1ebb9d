//! Account attributes, and what an account never has here because there is no operation to make it.

use serde_json::{Value, json};

use crate::context::Ctx;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("DescribeAccountAttributes", attributes),
    ("DescribeVpcPeeringConnections", |_, input| {
        none(input, "VpcPeeringConnectionIds", "VpcPeeringConnections", "InvalidVpcPeeringConnectionID.NotFound")
    }),
    ("DescribeTransitGateways", |_, input| {
        none(input, "TransitGatewayIds", "TransitGateways", "InvalidTransitGatewayID.NotFound")
    }),
];

fn attributes(ctx: &mut Ctx, input: &Input) -> Answer {
    let q = ctx.quotas;
    let all: [(&str, Vec<String>); 6] = [
        ("supported-platforms", vec!["VPC".into()]),
        ("vpc-max-security-groups-per-interface", vec![q.security_groups_per_interface.to_string()]),
        ("max-elastic-ips", vec![q.addresses_per_region.to_string()]),
        ("max-instances", vec!["20".into()]),
        ("vpc-max-elastic-ips", vec![q.addresses_per_region.to_string()]),
        ("default-vpc", vec!["none".into()]),
    ];
    let names = input.strings("AttributeNames")?;
    if let Some(bad) = names.iter().find(|n| all.iter().all(|(a, _)| a != *n)) {
        return Err(input.invalid(format!("Value ({bad}) for parameter attributeName is invalid.")));
    }
    let docs: Vec<Value> = all
        .iter()
        .filter(|(name, _)| names.is_empty() || names.contains(name))
        .map(|(name, values)| {
            let values: Vec<Value> = values.iter().map(|v| json!({"AttributeValue": v})).collect();
            json!({"AttributeName": name, "AttributeValues": values})
        })
        .collect();
    Ok(json!({"AccountAttributes": docs}))
}

/// The answer for a kind of which nothing can be made here: an empty list is the truth, and an id is not found.
fn none(input: &Input, ids: &str, list: &str, code: &str) -> Answer {
    input.accept(&["Filters", "MaxResults", "NextToken"]);
    if let Some(id) = input.strings(ids)?.first() {
        return Err(AwsError::new(code, format!("The ID '{id}' does not exist")));
    }
    Ok(json!({ list: [] }))
}
