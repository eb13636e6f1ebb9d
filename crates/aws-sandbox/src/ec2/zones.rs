//! Regions and availability zones.

use serde_json::{Value, json};

use super::filters;
use crate::context::Ctx;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("DescribeRegions", describe_regions), ("DescribeAvailabilityZones", describe_zones)];

/// A region: its name, the start of its zone ids, the letters of its zones with the number in their zone id,
/// and whether it is enabled in a new account. Source: "AWS Regions and Availability Zones" (the general
/// reference); the mapping of letters to zone ids differs by account on AWS, here it is in order.
struct Region {
    name: &'static str,
    short: &'static str,
    zones: &'static [(char, u8)],
    enabled: bool,
}

const ABC: &[(char, u8)] = &[('a', 1), ('b', 2), ('c', 3)];

const fn region(name: &'static str, short: &'static str, zones: &'static [(char, u8)], enabled: bool) -> Region {
    Region { name, short, zones, enabled }
}

const REGIONS: &[Region] = &[
    region("af-south-1", "afs1", ABC, false),
    region("ap-east-1", "ape1", ABC, false),
    region("ap-northeast-1", "apne1", &[('a', 4), ('c', 1), ('d', 2)], true),
    region("ap-northeast-2", "apne2", &[('a', 1), ('b', 2), ('c', 3), ('d', 4)], true),
    region("ap-northeast-3", "apne3", ABC, true),
    region("ap-south-1", "aps1", ABC, true),
    region("ap-south-2", "aps2", ABC, false),
    region("ap-southeast-1", "apse1", ABC, true),
    region("ap-southeast-2", "apse2", ABC, true),
    region("ap-southeast-3", "apse3", ABC, false),
    region("ap-southeast-4", "apse4", ABC, false),
    region("ca-central-1", "cac1", &[('a', 1), ('b', 2), ('d', 4)], true),
    region("ca-west-1", "caw1", ABC, false),
    region("eu-central-1", "euc1", ABC, true),
    region("eu-central-2", "euc2", ABC, false),
    region("eu-north-1", "eun1", ABC, true),
    region("eu-south-1", "eus1", ABC, false),
    region("eu-south-2", "eus2", ABC, false),
    region("eu-west-1", "euw1", ABC, true),
    region("eu-west-2", "euw2", ABC, true),
    region("eu-west-3", "euw3", ABC, true),
    region("il-central-1", "ilc1", ABC, false),
    region("me-central-1", "mec1", ABC, false),
    region("me-south-1", "mes1", ABC, false),
    region("sa-east-1", "sae1", ABC, true),
    region("us-east-1", "use1", &[('a', 1), ('b', 2), ('c', 3), ('d', 4), ('e', 5), ('f', 6)], true),
    region("us-east-2", "use2", ABC, true),
    region("us-west-1", "usw1", &[('a', 1), ('c', 3)], true),
    region("us-west-2", "usw2", &[('a', 1), ('b', 2), ('c', 3), ('d', 4)], true),
];

/// Whether there is a region of this name.
pub(crate) fn is_region(name: &str) -> bool {
    REGIONS.iter().any(|r| r.name == name)
}

/// The zones of a region as `(name, id)`; none for a region the sandbox does not know.
pub(crate) fn zones(region: &str) -> Vec<(String, String)> {
    REGIONS.iter().find(|r| r.name == region).map_or_else(Vec::new, |r| {
        r.zones.iter().map(|(letter, n)| (format!("{region}{letter}"), format!("{}-az{n}", r.short))).collect()
    })
}

/// The zone with a name or an id.
pub(crate) fn zone(region: &str, name: Option<&str>, id: Option<&str>) -> Result<Option<(String, String)>, AwsError> {
    let all = zones(region);
    let wanted = match (name, id) {
        (None, None) => return Ok(None),
        (Some(n), _) => (n, all.iter().find(|z| z.0 == n)),
        (None, Some(i)) => (i, all.iter().find(|z| z.1 == i)),
    };
    let names: Vec<&str> = all.iter().map(|z| z.0.as_str()).collect();
    match wanted {
        (_, Some(z)) => Ok(Some(z.clone())),
        (given, None) => Err(AwsError::new(
            "InvalidParameterValue",
            format!(
                "Value ({given}) for parameter availabilityZone is invalid. Subnets can currently only be created in the \
                 following availability zones: {}.",
                names.join(", ")
            ),
        )),
    }
}

fn describe_regions(_: &mut Ctx, input: &Input) -> Answer {
    let names = input.strings("RegionNames")?;
    if let Some(bad) = names.iter().find(|n| REGIONS.iter().all(|r| r.name != **n)) {
        return Err(AwsError::new("InvalidParameterValue", format!("Invalid region provided: {bad}")));
    }
    let every = input.flag("AllRegions")?;
    let docs = REGIONS
        .iter()
        .filter(|r| (every || r.enabled || !names.is_empty()) && (names.is_empty() || names.contains(&r.name)))
        .map(|r| {
            json!({
                "RegionName": r.name,
                "Endpoint": format!("ec2.{}.amazonaws.com", r.name),
                "OptInStatus": opt_in(r, "not-opted-in"),
            })
        })
        .collect();
    let known = &[("region-name", "RegionName"), ("endpoint", "Endpoint"), ("opt-in-status", "OptInStatus")];
    Ok(json!({"Regions": filters::apply(input, "Filters", docs, known)?}))
}

fn opt_in(r: &Region, otherwise: &'static str) -> &'static str {
    if r.enabled { "opt-in-not-required" } else { otherwise }
}

fn describe_zones(ctx: &mut Ctx, input: &Input) -> Answer {
    let (names, ids) = (input.strings("ZoneNames")?, input.strings("ZoneIds")?);
    // There are no local or wavelength zones here that are not opted into, so all are always shown.
    input.flag("AllAvailabilityZones")?;
    let Some(region) = REGIONS.iter().find(|r| r.name == ctx.region) else {
        return Err(AwsError::not_implemented(format!("the region {}", ctx.region)));
    };
    let all = zones(region.name);
    if let Some(bad) = names.iter().find(|n| all.iter().all(|z| z.0 != **n)) {
        return Err(AwsError::new("InvalidParameterValue", format!("Invalid availability zone: [{bad}]")));
    }
    if let Some(bad) = ids.iter().find(|n| all.iter().all(|z| z.1 != **n)) {
        return Err(AwsError::new("InvalidParameterValue", format!("Invalid availability zone-id: [{bad}]")));
    }
    let docs: Vec<Value> = all
        .iter()
        .filter(|z| names.is_empty() || names.contains(&z.0.as_str()))
        .filter(|z| ids.is_empty() || ids.contains(&z.1.as_str()))
        .map(|(name, id)| {
            json!({
                "State": "available",
                "OptInStatus": "opt-in-not-required",
                "Messages": [],
                "RegionName": region.name,
                "ZoneName": name,
                "ZoneId": id,
                "GroupName": format!("{}-zg-1", region.name),
                "NetworkBorderGroup": region.name,
                "ZoneType": "availability-zone",
            })
        })
        .collect();
    let known = &[
        ("group-name", "GroupName"),
        ("message", "Messages.Message"),
        ("opt-in-status", "OptInStatus"),
        ("region-name", "RegionName"),
        ("state", "State"),
        ("zone-id", "ZoneId"),
        ("zone-name", "ZoneName"),
        ("zone-type", "ZoneType"),
    ];
    Ok(json!({"AvailabilityZones": filters::apply(input, "Filters", docs, known)?}))
}
