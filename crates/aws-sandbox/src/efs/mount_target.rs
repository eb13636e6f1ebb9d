//! Mount targets, each with a network interface of its own.

use serde_json::{Value, json};

use super::{access_point, bad, bare, error, file_system, paged};
use crate::context::Ctx;
use crate::document::{items, public, set, set_some, text};
use crate::ec2::{self, NETWORK_INTERFACE, SUBNET};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateMountTarget", create),
    ("DescribeMountTargets", describe),
    ("DeleteMountTarget", delete),
    ("DescribeMountTargetSecurityGroups", describe_groups),
    ("ModifyMountTargetSecurityGroups", modify_groups),
];

const TABLE: &str = "mount-target";

fn get(ctx: &Ctx, id: &str) -> Result<Value, AwsError> {
    let found = ctx.store.get(&ctx.regional(TABLE), id).cloned();
    found.ok_or_else(|| error(404, "MountTargetNotFound", format!("Mount target '{id}' does not exist.")))
}

fn save(ctx: &mut Ctx, doc: Value) {
    let (table, id) = (ctx.regional(TABLE), text(&doc, "MountTargetId").to_owned());
    ctx.store.put(&table, &id, doc);
}

/// The mount targets of a file system.
pub(crate) fn of(ctx: &Ctx, file_system: &str) -> Vec<Value> {
    let rows = ctx.store.rows(&ctx.regional(TABLE)).map(|(_, d)| d);
    rows.filter(|d| text(d, "FileSystemId") == file_system).cloned().collect()
}

fn groups(ctx: &Ctx, ids: &[&str], vpc: &str) -> Result<Value, AwsError> {
    ec2::network_interface_groups(ctx, ids, vpc).map_err(|e| match e.code.as_str() {
        "SecurityGroupsPerInterfaceLimitExceeded" => error(400, "SecurityGroupLimitExceeded", e.message),
        "InvalidParameter" => bad(e.message),
        _ => error(400, "SecurityGroupNotFound", e.message),
    })
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["Ipv6Address"])?;
    if !matches!(input.filled("IpAddressType")?, None | Some("IPV4_ONLY")) {
        return Err(AwsError::not_implemented("mount targets with IPv6 addresses"));
    }
    let id = bare(input.str("FileSystemId")?).to_owned();
    let file_system = file_system::available(ctx, &id)?;
    let subnet_id = input.str("SubnetId")?;
    let subnet = SUBNET
        .find(ctx, subnet_id)
        .cloned()
        .ok_or_else(|| error(400, "SubnetNotFound", format!("The subnet ID '{subnet_id}' does not exist.")))?;
    let vpc = text(&subnet, "VpcId").to_owned();
    for other in of(ctx, &id) {
        if other["AvailabilityZoneName"] == subnet["AvailabilityZone"] {
            let message = "mount target already exists in this AZ";
            return Err(error(409, "MountTargetConflict", message));
        }
        if text(&other, "VpcId") != vpc {
            let message = "requested subnet for new mount target is not in the same VPC as existing mount targets";
            return Err(error(409, "MountTargetConflict", message));
        }
    }
    if let Some(zone) = file_system.get("AvailabilityZoneName")
        && *zone != subnet["AvailabilityZone"]
    {
        let message = "The mount target of a One Zone file system is in the zone of the file system.";
        return Err(error(400, "AvailabilityZonesMismatch", message));
    }
    let given = input.strings("SecurityGroups")?;
    let default = ec2::default_security_group(ctx, &vpc);
    let ids: Vec<&str> = if given.is_empty() { default.iter().map(String::as_str).collect() } else { given };
    let groups = groups(ctx, &ids, &vpc)?;
    let wanted = input.filled("IpAddress")?;
    let ip = ec2::take_address(ctx, &subnet, wanted).map_err(|e| match e.code.as_str() {
        "InvalidIPAddress.InUse" => error(409, "IpAddressInUse", e.message),
        "InsufficientFreeAddressesInSubnet" => error(409, "NoFreeAddressesInSubnet", e.message),
        _ => bad(e.message),
    })?;
    let target = ctx.new_id("fsmt");
    let description = format!("EFS mount target for {id} ({target})");
    let eni = ec2::make_network_interface(ctx, &subnet, &ip.to_string(), &groups, &description, "interface");
    let doc = json!({
        "OwnerId": ctx.account,
        "MountTargetId": target,
        "FileSystemId": id,
        "SubnetId": subnet_id,
        "LifeCycleState": "creating",
        "IpAddress": ip.to_string(),
        "NetworkInterfaceId": eni,
        "AvailabilityZoneId": subnet["AvailabilityZoneId"],
        "AvailabilityZoneName": subnet["AvailabilityZone"],
        "VpcId": vpc,
    });
    save(ctx, doc.clone());
    ctx.after(90, "efs-mount-target-settled", &target);
    Ok(public(&doc))
}

/// What was under way is done: the mount target can be used, or is gone with its interface.
pub(crate) fn settled(ctx: &mut Ctx, id: &str) {
    let Ok(mut doc) = get(ctx, id) else { return };
    if text(&doc, "LifeCycleState") == "deleting" {
        let table = ctx.regional(TABLE);
        NETWORK_INTERFACE.forget(ctx, text(&doc, "NetworkInterfaceId"));
        ctx.store.remove(&table, id);
    } else {
        set(&mut doc, "LifeCycleState", "available");
        save(ctx, doc);
    }
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let (mut id, mut system) = (input.filled("MountTargetId")?.map(str::to_owned), None);
    if let Some(target) = &id {
        get(ctx, target)?;
    }
    if let Some(given) = input.filled("FileSystemId")? {
        let given = bare(given);
        file_system::get(ctx, given)?;
        system = Some(given.to_owned());
    }
    if let Some(point) = input.filled("AccessPointId")? {
        system = Some(text(&access_point::get(ctx, bare(point))?, "FileSystemId").to_owned());
    }
    if id.is_none() && system.is_none() {
        return Err(bad("One of FileSystemId, MountTargetId and AccessPointId is required."));
    }
    let all: Vec<Value> = match id.take() {
        Some(target) => vec![get(ctx, &target)?],
        None => of(ctx, system.as_deref().unwrap_or("")),
    };
    if all.iter().any(|d| text(d, "LifeCycleState") != "available") {
        ctx.pending = true;
    }
    let all = all.iter().map(public).collect();
    paged(input, "MountTargets", all, ("MaxItems", "Marker", "NextMarker"))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("MountTargetId")?;
    let mut doc = get(ctx, id)?;
    set(&mut doc, "LifeCycleState", "deleting");
    save(ctx, doc);
    ctx.after(30, "efs-mount-target-settled", id);
    Ok(json!({}))
}

fn describe_groups(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input.str("MountTargetId")?)?;
    let eni = NETWORK_INTERFACE.find(ctx, text(&doc, "NetworkInterfaceId"));
    let groups: Vec<Value> =
        eni.map(|e| items(e, "Groups").iter().map(|g| g["GroupId"].clone()).collect()).unwrap_or_default();
    Ok(json!({"SecurityGroups": groups}))
}

fn modify_groups(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input.str("MountTargetId")?)?;
    let vpc = text(&doc, "VpcId").to_owned();
    let given = input.strings("SecurityGroups")?;
    let default = ec2::default_security_group(ctx, &vpc);
    let ids: Vec<&str> = if given.is_empty() { default.iter().map(String::as_str).collect() } else { given };
    let groups = groups(ctx, &ids, &vpc)?;
    NETWORK_INTERFACE.update(ctx, text(&doc, "NetworkInterfaceId"), |e| set_some(e, "Groups", Some(groups)));
    Ok(json!({}))
}
