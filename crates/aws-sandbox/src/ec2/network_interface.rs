//! Network interfaces: those somebody makes and those of NAT gateways and endpoints.

use serde_json::{Value, json};

use super::kind::{Describe, NETWORK_INTERFACE, SECURITY_GROUP, SUBNET, VPC};
pub(crate) use super::network_interface_own::{Wanted, attached, fasten, loosen, make_own, set_auto_public};
use super::network_interface_own::{assign, assign_ipv6, attach, detach, unassign, unassign_ipv6};
use super::{network_prefix, tags, vpc};
use crate::context::Ctx;
use crate::document::{items, items_mut, public, set, set_some, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateNetworkInterface", create),
    ("DescribeNetworkInterfaces", describe),
    ("DeleteNetworkInterface", delete),
    ("ModifyNetworkInterfaceAttribute", modify_attribute),
    ("DescribeNetworkInterfaceAttribute", describe_attribute),
    ("AttachNetworkInterface", attach),
    ("DetachNetworkInterface", detach),
    ("AssignPrivateIpAddresses", assign),
    ("UnassignPrivateIpAddresses", unassign),
    ("AssignIpv6Addresses", assign_ipv6),
    ("UnassignIpv6Addresses", unassign_ipv6),
];

pub(crate) fn dns_name(ctx: &Ctx, ip: &str) -> String {
    let domain = match ctx.region.as_str() {
        "us-east-1" => "ec2.internal".to_owned(),
        region => format!("{region}.compute.internal"),
    };
    format!("ip-{}.{domain}", ip.replace('.', "-"))
}

fn mac(ctx: &mut Ctx) -> String {
    let b = ctx.new_bytes("mac");
    // 02 marks an address that no manufacturer gave out.
    format!("02:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", b[0], b[1], b[2], b[3], b[4])
}

/// `[{GroupId, GroupName}]` for ids of groups that are in the VPC.
///
/// # Errors
/// AWS's codes for a group that is not there or in another VPC, and for too many.
pub(crate) fn groups(ctx: &Ctx, ids: &[&str], vpc: &str) -> Result<Value, AwsError> {
    if ids.len() > ctx.quotas.security_groups_per_interface {
        return Err(AwsError::new(
            "SecurityGroupsPerInterfaceLimitExceeded",
            "The maximum number of security groups per interface has been reached.",
        ));
    }
    let mut list = Vec::new();
    for id in ids {
        let group = SECURITY_GROUP.get(ctx, id)?;
        if text(group, "VpcId") != vpc {
            return Err(AwsError::new(
                "InvalidParameter",
                format!("Security group {id} and the network interface belong to different networks."),
            ));
        }
        list.push(json!({"GroupId": id, "GroupName": group["GroupName"]}));
    }
    Ok(Value::Array(list))
}

/// Makes the interface of a NAT gateway or an endpoint, which AWS manages, and gives its id.
pub(crate) fn make(
    ctx: &mut Ctx,
    subnet: &Value,
    ip: &str,
    groups: &Value,
    description: &str,
    interface_type: &str,
) -> String {
    let id = ctx.new_id("eni");
    let attachment = ctx.new_id("ela-attach");
    let mut doc = base(ctx, &id, subnet, ip, groups, description, interface_type);
    let device = i64::from(interface_type == "vpc_endpoint");
    set(&mut doc, "RequesterManaged", true);
    set(&mut doc, "RequesterId", "amazon-aws");
    set(&mut doc, "Status", "in-use");
    set(&mut doc, "SourceDestCheck", interface_type != "nat_gateway");
    set(
        &mut doc,
        "Attachment",
        json!({
            "AttachmentId": attachment, "DeleteOnTermination": false, "DeviceIndex": device,
            "InstanceOwnerId": "amazon-aws", "Status": "attached",
        }),
    );
    NETWORK_INTERFACE.put(ctx, doc);
    id
}

pub(crate) fn base(
    ctx: &mut Ctx,
    id: &str,
    subnet: &Value,
    ip: &str,
    groups: &Value,
    description: &str,
    interface_type: &str,
) -> Value {
    let hostnames = VPC.find(ctx, text(subnet, "VpcId")).is_some_and(|v| vpc::attribute(v, "enableDnsHostnames"));
    let name = hostnames.then(|| dns_name(ctx, ip));
    let mut address = json!({"Primary": true, "PrivateIpAddress": ip});
    set_some(&mut address, "PrivateDnsName", name.clone());
    let mut doc = json!({
        "NetworkInterfaceId": id,
        "SubnetId": subnet["SubnetId"],
        "VpcId": subnet["VpcId"],
        "AvailabilityZone": subnet["AvailabilityZone"],
        "AvailabilityZoneId": subnet["AvailabilityZoneId"],
        "Description": description,
        "Groups": groups,
        "InterfaceType": interface_type,
        "Ipv6Addresses": [],
        "MacAddress": mac(ctx),
        "OwnerId": ctx.account,
        "PrivateIpAddress": ip,
        "PrivateIpAddresses": [address],
        "RequesterManaged": false,
        "SourceDestCheck": true,
        "Status": "available",
        "Tags": [],
    });
    set_some(&mut doc, "PrivateDnsName", name);
    doc
}

/// Shows the public address of an interface, or takes it away.
pub(crate) fn set_public(ctx: &mut Ctx, eni: &str, private_ip: &str, public: Option<(&str, &str, &str)>) {
    let account = ctx.account.clone();
    NETWORK_INTERFACE.update(ctx, eni, |e| {
        let association = public.map(|(ip, allocation, association)| {
            json!({
                "AllocationId": allocation, "AssociationId": association, "IpOwnerId": account, "PublicIp": ip,
                "PublicDnsName": "",
            })
        });
        let primary = text(e, "PrivateIpAddress") == private_ip;
        let change = |doc: &mut Value| match &association {
            Some(a) => set(doc, "Association", a.clone()),
            None => {
                unset(doc, "Association");
            }
        };
        if primary {
            change(e);
        }
        if let Some(list) = items_mut(e, "PrivateIpAddresses") {
            list.iter_mut().filter(|p| text(p, "PrivateIpAddress") == private_ip).for_each(change);
        }
    });
}

/// Whether any interface of a subnet has an IPv6 address.
pub(crate) fn has_ipv6(ctx: &Ctx, subnet: &str) -> bool {
    NETWORK_INTERFACE.all(ctx).any(|e| text(e, "SubnetId") == subnet && !items(e, "Ipv6Addresses").is_empty())
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["ConnectionTrackingSpecification", "Operator"])?;
    input.accept(&["ClientToken"]);
    let kind = match input.filled("InterfaceType")? {
        None => "interface",
        Some(kind @ ("interface" | "efa" | "efa-only" | "branch" | "trunk")) => kind,
        Some(other) => return Err(AwsError::not_implemented(format!("network interfaces of type {other}"))),
    };
    let place = SUBNET.get(ctx, input.str("SubnetId")?)?.clone();
    let mut addresses: Vec<(bool, String)> = Vec::new();
    for p in input.structures("PrivateIpAddresses")? {
        addresses.push((p.flag("Primary")?, p.str("PrivateIpAddress")?.to_owned()));
    }
    addresses.sort_by_key(|(primary, _)| !primary);
    let first = input.filled("PrivateIpAddress")?.or(addresses.first().map(|w| w.1.as_str()));
    let more: Vec<String> =
        addresses.iter().filter(|(_, a)| Some(a.as_str()) != first).map(|(_, a)| a.clone()).collect();
    let groups = input.strings("Groups")?;
    let ipv6 = input.raw("Ipv6Addresses").and_then(Value::as_array).cloned().unwrap_or_default();
    let wanted = Wanted {
        primary: first,
        more: &more,
        more_count: input.opt_int("SecondaryPrivateIpAddressCount")?.unwrap_or(0),
        ipv6: &ipv6,
        ipv6_count: input.opt_int("Ipv6AddressCount")?.unwrap_or(0),
        groups: &groups,
        description: input.opt_str("Description")?.unwrap_or(""),
        tags: tags::on_create(input, NETWORK_INTERFACE.table)?,
    };
    let id = make_own(ctx, &place, &wanted)?;
    NETWORK_INTERFACE.update(ctx, &id, |e| set(e, "InterfaceType", kind));
    network_prefix::add_v4(ctx, &id, input)?;
    network_prefix::add_v6(ctx, &id, input)?;
    if input.flag("EnablePrimaryIpv6")? {
        network_prefix::primary_ipv6(ctx, &id)?;
    }
    let mut answer = render(NETWORK_INTERFACE.get(ctx, &id)?);
    set(&mut answer, "Status", "pending");
    Ok(json!({"NetworkInterface": answer}))
}

/// AWS names the tags of an interface `TagSet`.
fn render(doc: &Value) -> Value {
    let mut doc = public(doc);
    let ipv6 = items(&doc, "Ipv6Addresses").first().map(|a| a["Ipv6Address"].clone());
    set_some(&mut doc, "Ipv6Address", ipv6);
    if let Some(tags) = unset(&mut doc, "Tags") {
        set(&mut doc, "TagSet", tags);
    }
    doc
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    input.flag("IncludeManagedResources")?;
    let shape = Describe {
        ids: "NetworkInterfaceIds",
        filter_member: "Filters",
        list: "NetworkInterfaces",
        filters: &[
            ("addresses.association.public-ip", "PrivateIpAddresses.Association.PublicIp"),
            ("addresses.primary", "PrivateIpAddresses.Primary"),
            ("addresses.private-ip-address", "PrivateIpAddresses.PrivateIpAddress"),
            ("association.allocation-id", "Association.AllocationId"),
            ("association.association-id", "Association.AssociationId"),
            ("association.public-ip", "Association.PublicIp"),
            ("attachment.attachment-id", "Attachment.AttachmentId"),
            ("attachment.device-index", "Attachment.DeviceIndex"),
            ("attachment.instance-id", "Attachment.InstanceId"),
            ("attachment.instance-owner-id", "Attachment.InstanceOwnerId"),
            ("attachment.status", "Attachment.Status"),
            ("availability-zone", "AvailabilityZone"),
            ("description", "Description"),
            ("group-id", "Groups.GroupId"),
            ("group-name", "Groups.GroupName"),
            ("interface-type", "InterfaceType"),
            ("ipv6-addresses.ipv6-address", "Ipv6Addresses.Ipv6Address"),
            ("mac-address", "MacAddress"),
            ("network-interface-id", "NetworkInterfaceId"),
            ("owner-id", "OwnerId"),
            ("private-dns-name", "PrivateDnsName"),
            ("private-ip-address", "PrivateIpAddress"),
            ("requester-id", "RequesterId"),
            ("requester-managed", "RequesterManaged"),
            ("source-dest-check", "SourceDestCheck"),
            ("status", "Status"),
            ("subnet-id", "SubnetId"),
            ("vpc-id", "VpcId"),
        ],
    };
    let answer = NETWORK_INTERFACE.describe(ctx, input, &shape, |_, e| render(e))?;
    if items(&answer, "NetworkInterfaces").iter().any(|e| text(&e["Attachment"], "Status").ends_with("ing")) {
        ctx.pending = true;
    }
    Ok(answer)
}

pub(crate) fn refuse_managed(doc: &Value) -> Result<(), AwsError> {
    if doc["RequesterManaged"] == true {
        return Err(AwsError::new("AuthFailure", "You do not have permission to access the specified resource."));
    }
    Ok(())
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("NetworkInterfaceId")?;
    let eni = NETWORK_INTERFACE.get(ctx, id)?.clone();
    refuse_managed(&eni)?;
    if text(&eni, "Status") == "in-use" {
        return Err(AwsError::new(
            "InvalidNetworkInterface.InUse",
            format!("Network interface '{id}' is currently in use."),
        ));
    }
    for p in items(&eni, "PrivateIpAddresses") {
        if let Some(allocation) = p["Association"]["AllocationId"].as_str() {
            super::address::unbind(ctx, allocation);
        }
    }
    NETWORK_INTERFACE.forget(ctx, id);
    Ok(json!({}))
}

fn modify_attribute(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&[
        "EnaSrdSpecification",
        "ConnectionTrackingSpecification",
        "AssociatePublicIpAddress",
        "AssociatedSubnetIds",
    ])?;
    let id = input.str("NetworkInterfaceId")?;
    let mut eni = NETWORK_INTERFACE.get(ctx, id)?.clone();
    refuse_managed(&eni)?;
    if let Some(d) = input.opt_structure("Description") {
        set(&mut eni, "Description", d.opt_str("Value")?.unwrap_or(""));
    }
    if let Some(on) = input.attribute_bool("SourceDestCheck")? {
        set(&mut eni, "SourceDestCheck", on);
    }
    if input.has("Groups") {
        let groups = groups(ctx, &input.strings("Groups")?, text(&eni, "VpcId"))?;
        set(&mut eni, "Groups", groups);
    }
    if let Some(a) = input.opt_structure("Attachment") {
        let (attachment, on) = (a.str("AttachmentId")?, a.flag("DeleteOnTermination")?);
        if text(&eni["Attachment"], "AttachmentId") != attachment {
            let message = format!("An interface attachment ID '{attachment}' does not exist");
            return Err(AwsError::new("InvalidAttachmentID.NotFound", message));
        }
        set(&mut eni["Attachment"], "DeleteOnTermination", on);
    }
    NETWORK_INTERFACE.put(ctx, eni);
    match input.opt_bool("EnablePrimaryIpv6")? {
        Some(true) => network_prefix::primary_ipv6(ctx, id)?,
        Some(false) => return Err(input.invalid("A primary IPv6 address cannot be taken back (EnablePrimaryIpv6).")),
        None => {}
    }
    Ok(json!({}))
}

fn describe_attribute(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("NetworkInterfaceId")?;
    let eni = NETWORK_INTERFACE.get(ctx, id)?;
    let mut out = json!({"NetworkInterfaceId": id});
    match input.str("Attribute")? {
        "description" => set(&mut out, "Description", json!({"Value": eni["Description"]})),
        "groupSet" => set(&mut out, "Groups", eni["Groups"].clone()),
        "sourceDestCheck" => set(&mut out, "SourceDestCheck", json!({"Value": eni["SourceDestCheck"]})),
        "attachment" => set_some(&mut out, "Attachment", eni.get("Attachment").cloned()),
        other => return Err(input.invalid(format!("Value ({other}) for parameter attribute is invalid."))),
    }
    Ok(out)
}
