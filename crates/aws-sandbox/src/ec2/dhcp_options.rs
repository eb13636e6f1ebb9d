//! DHCP option sets.

use serde_json::json;

use super::kind::{DHCP_OPTIONS, Describe, VPC};
use super::tags;
use crate::context::Ctx;
use crate::document::{public, set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateDhcpOptions", create),
    ("DescribeDhcpOptions", describe),
    ("DeleteDhcpOptions", delete),
    ("AssociateDhcpOptions", associate),
];

/// The region's own set, made when its first VPC is.
pub(crate) fn default_of_region(ctx: &mut Ctx) -> String {
    if let Some(d) = DHCP_OPTIONS.all(ctx).find(|d| d["_default"] == true) {
        return text(d, "DhcpOptionsId").to_owned();
    }
    let id = ctx.new_id("dopt");
    // us-east-1 has the older name. Source: "DHCP option sets in Amazon VPC".
    let domain = match ctx.region.as_str() {
        "us-east-1" => "ec2.internal".to_owned(),
        region => format!("{region}.compute.internal"),
    };
    let doc = json!({
        "DhcpOptionsId": id,
        "OwnerId": ctx.account,
        "DhcpConfigurations": [
            {"Key": "domain-name", "Values": [{"Value": domain}]},
            {"Key": "domain-name-servers", "Values": [{"Value": "AmazonProvidedDNS"}]},
        ],
        "Tags": [],
        "_default": true,
    });
    DHCP_OPTIONS.put(ctx, doc);
    id
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    const KEYS: &[&str] = &[
        "domain-name",
        "domain-name-servers",
        "ntp-servers",
        "netbios-name-servers",
        "netbios-node-type",
        "ipv6-address-preferred-lease-time",
    ];
    let mut configurations = Vec::new();
    for c in input.structures("DhcpConfigurations")? {
        let key = c.str("Key")?;
        if !KEYS.contains(&key) {
            return Err(
                input.invalid(format!("Value ({key}) for parameter dhcpConfiguration is invalid. Unknown DHCP option"))
            );
        }
        let values: Vec<_> = c.strings("Values")?.iter().map(|v| json!({"Value": v})).collect();
        configurations.push(json!({"Key": key, "Values": values}));
    }
    if configurations.is_empty() {
        return Err(input.missing("dhcpConfiguration"));
    }
    let doc = json!({
        "DhcpOptionsId": ctx.new_id("dopt"),
        "OwnerId": ctx.account,
        "DhcpConfigurations": configurations,
        "Tags": tags::on_create(input, DHCP_OPTIONS.table)?,
    });
    DHCP_OPTIONS.put(ctx, doc.clone());
    Ok(json!({"DhcpOptions": public(&doc)}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let shape = Describe {
        ids: "DhcpOptionsIds",
        filter_member: "Filters",
        list: "DhcpOptions",
        filters: &[
            ("dhcp-options-id", "DhcpOptionsId"),
            ("key", "DhcpConfigurations.Key"),
            ("value", "DhcpConfigurations.Values.Value"),
            ("owner-id", "OwnerId"),
        ],
    };
    DHCP_OPTIONS.describe(ctx, input, &shape, |_, d| d.clone())
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("DhcpOptionsId")?;
    DHCP_OPTIONS.get(ctx, id)?;
    if VPC.all(ctx).any(|v| text(v, "DhcpOptionsId") == id) {
        return Err(AwsError::new(
            "DependencyViolation",
            format!("The dhcpOptions '{id}' has dependencies and cannot be deleted."),
        ));
    }
    DHCP_OPTIONS.forget(ctx, id);
    Ok(json!({}))
}

fn associate(ctx: &mut Ctx, input: &Input) -> Answer {
    let (vpc, options) = (input.str("VpcId")?, input.str("DhcpOptionsId")?);
    VPC.get(ctx, vpc)?;
    if options != "default" {
        DHCP_OPTIONS.get(ctx, options)?;
    }
    VPC.update(ctx, vpc, |v| set(v, "DhcpOptionsId", options));
    Ok(json!({}))
}
