//! Instances: what they look like, and their states.
//!
//! Half a virtual minute until one runs, stops or is terminated; a terminated one is shown for an hour.

use serde_json::{Value, json};

use super::filters::{self, FilterPaths};
use super::kind::{self, INSTANCE, NETWORK_INTERFACE, VOLUME};
use super::{address, network_interface, spot, volume};
use crate::context::Ctx;
use crate::document::{items, items_mut, public, set, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("DescribeInstances", describe),
    ("TerminateInstances", terminate),
    ("StopInstances", stop),
    ("StartInstances", start),
];

/// How long a change of state takes, in virtual seconds.
const PASSING: i64 = 25;

/// A state by name. Source: `InstanceState` in the EC2 API reference.
pub(crate) fn state(name: &str) -> Value {
    let code = match name {
        "pending" => 0,
        "running" => 16,
        "shutting-down" => 32,
        "terminated" => 48,
        "stopping" => 64,
        _ => 80,
    };
    json!({"Code": code, "Name": name})
}

/// The name of an instance's state.
pub(crate) fn state_of(doc: &Value) -> &str {
    text(&doc["State"], "Name")
}

/// How an instance shows a volume.
pub(crate) fn mapping(device: &str, attachment: &Value) -> Value {
    json!({
        "DeviceName": device,
        "Ebs": {
            "AttachTime": attachment["AttachTime"],
            "DeleteOnTermination": attachment["DeleteOnTermination"],
            "Status": attachment["State"],
            "VolumeId": attachment["VolumeId"],
        },
    })
}

/// The interfaces of an instance, the primary one first.
pub(crate) fn interfaces<'a>(ctx: &'a Ctx, id: &str) -> Vec<&'a Value> {
    let mut all: Vec<&Value> =
        NETWORK_INTERFACE.all(ctx).filter(|e| text(&e["Attachment"], "InstanceId") == id).collect();
    all.sort_by_key(|e| e["Attachment"]["DeviceIndex"].as_i64());
    all
}

fn interface(eni: &Value) -> Value {
    let mut doc = json!({});
    for member in [
        "Description",
        "Groups",
        "InterfaceType",
        "Ipv6Addresses",
        "MacAddress",
        "NetworkInterfaceId",
        "OwnerId",
        "PrivateDnsName",
        "PrivateIpAddress",
        "SourceDestCheck",
        "Status",
        "SubnetId",
        "VpcId",
    ] {
        if let Some(v) = eni.get(member) {
            set(&mut doc, member, v.clone());
        }
    }
    let association = |a: &Value| {
        let mut shown = json!({});
        for member in ["IpOwnerId", "PublicDnsName", "PublicIp"] {
            set(&mut shown, member, a[member].clone());
        }
        shown
    };
    let addresses: Vec<Value> = items(eni, "PrivateIpAddresses")
        .iter()
        .map(|p| {
            let mut p = p.clone();
            if let Some(a) = p.get("Association").map(association) {
                set(&mut p, "Association", a);
            }
            p
        })
        .collect();
    set(&mut doc, "PrivateIpAddresses", addresses);
    if let Some(a) = eni.get("Association") {
        set(&mut doc, "Association", association(a));
    }
    let mut attachment = public(&eni["Attachment"]);
    for member in ["InstanceId", "InstanceOwnerId"] {
        unset(&mut attachment, member);
    }
    set(&mut doc, "Attachment", attachment);
    doc
}

/// An instance as AWS shows it, with its interfaces.
pub(crate) fn render(ctx: &Ctx, instance: &Value) -> Value {
    let mut doc = public(instance);
    let all = interfaces(ctx, text(instance, "InstanceId"));
    if let Some(primary) = all.first() {
        for member in ["PrivateIpAddress", "SubnetId", "VpcId", "SourceDestCheck"] {
            set(&mut doc, member, primary[member].clone());
        }
        set(&mut doc, "SecurityGroups", primary["Groups"].clone());
        let name = network_interface::dns_name(ctx, text(primary, "PrivateIpAddress"));
        set(&mut doc, "PrivateDnsName", name);
        let public_address = primary.get("Association");
        if let Some(a) = public_address {
            set(&mut doc, "PublicIpAddress", a["PublicIp"].clone());
        }
        set(&mut doc, "PublicDnsName", public_address.map_or("", |a| text(a, "PublicDnsName")));
        if let Some(v6) = items(primary, "Ipv6Addresses").first() {
            set(&mut doc, "Ipv6Address", v6["Ipv6Address"].clone());
        }
    } else {
        set(&mut doc, "SecurityGroups", json!([]));
        set(&mut doc, "PrivateDnsName", "");
        set(&mut doc, "PublicDnsName", "");
    }
    set(&mut doc, "NetworkInterfaces", all.into_iter().map(interface).collect::<Vec<_>>());
    doc
}

/// One reservation for each launch, as AWS answers.
pub(crate) fn reservation(ctx: &Ctx, id: &str, instances: Vec<Value>) -> Value {
    json!({"ReservationId": id, "OwnerId": ctx.account, "Groups": [], "Instances": instances})
}

const FILTERS: FilterPaths = &[
    ("architecture", "Architecture"),
    ("availability-zone", "Placement.AvailabilityZone"),
    ("block-device-mapping.device-name", "BlockDeviceMappings.DeviceName"),
    ("block-device-mapping.volume-id", "BlockDeviceMappings.Ebs.VolumeId"),
    ("iam-instance-profile.arn", "IamInstanceProfile.Arn"),
    ("iam-instance-profile.id", "IamInstanceProfile.Id"),
    ("image-id", "ImageId"),
    ("instance-id", "InstanceId"),
    ("instance-lifecycle", "InstanceLifecycle"),
    ("instance-state-code", "State.Code"),
    ("instance-state-name", "State.Name"),
    ("instance-type", "InstanceType"),
    ("instance.group-id", "SecurityGroups.GroupId"),
    ("instance.group-name", "SecurityGroups.GroupName"),
    ("key-name", "KeyName"),
    ("network-interface.network-interface-id", "NetworkInterfaces.NetworkInterfaceId"),
    ("network-interface.subnet-id", "NetworkInterfaces.SubnetId"),
    ("network-interface.vpc-id", "NetworkInterfaces.VpcId"),
    ("network-interface.group-id", "NetworkInterfaces.Groups.GroupId"),
    ("placement-group-name", "Placement.GroupName"),
    ("private-dns-name", "PrivateDnsName"),
    ("private-ip-address", "PrivateIpAddress"),
    ("dns-name", "PublicDnsName"),
    ("ip-address", "PublicIpAddress"),
    ("root-device-name", "RootDeviceName"),
    ("subnet-id", "SubnetId"),
    ("tenancy", "Placement.Tenancy"),
    ("vpc-id", "VpcId"),
];

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let ids = input.strings("InstanceIds")?;
    for id in &ids {
        INSTANCE.get(ctx, id)?;
    }
    let docs: Vec<Value> = INSTANCE
        .all(ctx)
        .filter(|i| ids.is_empty() || ids.contains(&text(i, "InstanceId")))
        .map(|i| render(ctx, i))
        .collect();
    let docs = filters::apply(input, "Filters", docs, FILTERS)?;
    let passing = |i: &Value| {
        matches!(state_of(i), "pending" | "stopping" | "shutting-down")
            || text(&i["Monitoring"], "State").ends_with("ing")
            || i["MetadataOptions"]["State"] == "pending"
    };
    if docs.iter().any(passing) {
        ctx.pending = true;
    }
    let (page, next) = kind::cut(input, docs)?;
    let mut reservations: Vec<(String, Vec<Value>)> = Vec::new();
    for doc in page {
        let id = INSTANCE.find(ctx, text(&doc, "InstanceId")).map_or("", |i| text(i, "_reservation"));
        match reservations.iter_mut().find(|(r, _)| r == id) {
            Some((_, all)) => all.push(doc),
            None => reservations.push((id.to_owned(), vec![doc])),
        }
    }
    let shown = reservations.into_iter().map(|(id, all)| reservation(ctx, &id, all)).collect();
    Ok(page::document("Reservations", (shown, next), "NextToken"))
}

/// `{CurrentState, InstanceId, PreviousState}`.
fn moved(instance: &Value, to: &str) -> Value {
    json!({"InstanceId": instance["InstanceId"], "PreviousState": instance["State"], "CurrentState": state(to)})
}

fn wanted(ctx: &Ctx, input: &Input) -> Result<Vec<Value>, AwsError> {
    let ids = input.strings("InstanceIds")?;
    if ids.is_empty() {
        return Err(input.missing("InstanceIds"));
    }
    ids.into_iter().map(|id| INSTANCE.get(ctx, id).cloned()).collect()
}

fn terminate(ctx: &mut Ctx, input: &Input) -> Answer {
    input.flag("Force")?;
    input.flag("SkipOsShutdown")?;
    let mut answers = Vec::new();
    for instance in wanted(ctx, input)? {
        let id = text(&instance, "InstanceId").to_owned();
        if instance["_attributes"]["disableApiTermination"] == true {
            return Err(AwsError::new(
                "OperationNotPermitted",
                format!(
                    "The instance '{id}' may not be terminated. Modify its 'disableApiTermination' instance attribute \
                     and try again."
                ),
            ));
        }
        answers.push(end(ctx, &id));
    }
    Ok(json!({"TerminatingInstances": answers}))
}

/// Begins to terminate an instance.
pub(crate) fn end(ctx: &mut Ctx, id: &str) -> Value {
    let Some(instance) = INSTANCE.find(ctx, id).cloned() else { return json!({}) };
    if matches!(state_of(&instance), "terminated" | "shutting-down") {
        return moved(&instance, state_of(&instance));
    }
    spot::lost(ctx, &instance);
    let at = ctx.timestamp();
    INSTANCE.update(ctx, id, |i| {
        set(i, "State", state("shutting-down"));
        set(i, "StateTransitionReason", format!("User initiated ({at})"));
        set(
            i,
            "StateReason",
            json!({"Code": "Client.UserInitiatedShutdown", "Message": "Client.UserInitiatedShutdown: User initiated shutdown"}),
        );
    });
    ctx.after(PASSING, "instance-terminated", id);
    moved(&instance, "shutting-down")
}

fn stop(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["Hibernate"])?;
    input.flag("Force")?;
    input.flag("SkipOsShutdown")?;
    let mut answers = Vec::new();
    for instance in wanted(ctx, input)? {
        let id = text(&instance, "InstanceId").to_owned();
        if instance["_attributes"]["disableApiStop"] == true {
            return Err(AwsError::new(
                "OperationNotPermitted",
                format!(
                    "The instance '{id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again."
                ),
            ));
        }
        match state_of(&instance) {
            "running" => {
                INSTANCE.update(ctx, &id, |i| set(i, "State", state("stopping")));
                ctx.after(PASSING, "instance-stopped", &id);
                answers.push(moved(&instance, "stopping"));
            }
            now @ ("stopped" | "stopping") => answers.push(moved(&instance, now)),
            now => return Err(incorrect(&id, now, "stopped")),
        }
    }
    Ok(json!({"StoppingInstances": answers}))
}

fn incorrect(id: &str, now: &str, wanted: &str) -> AwsError {
    AwsError::new(
        "IncorrectInstanceState",
        format!("The instance '{id}' is not in a state from which it can be {wanted}; it is {now}."),
    )
}

fn start(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut answers = Vec::new();
    for instance in wanted(ctx, input)? {
        let id = text(&instance, "InstanceId").to_owned();
        match state_of(&instance) {
            "stopped" => {
                INSTANCE.update(ctx, &id, |i| set(i, "State", state("pending")));
                ctx.after(PASSING, "instance-running", &id);
                answers.push(moved(&instance, "pending"));
            }
            now @ ("running" | "pending") => answers.push(moved(&instance, now)),
            now => return Err(incorrect(&id, now, "started")),
        }
    }
    Ok(json!({"StartingInstances": answers}))
}

/// The instance runs; a public address that was not asked for by allocation is there again.
pub(crate) fn running(ctx: &mut Ctx, id: &str) {
    let Some(instance) = INSTANCE.find(ctx, id).filter(|i| state_of(i) == "pending").cloned() else { return };
    INSTANCE.update(ctx, id, |i| {
        set(i, "State", state("running"));
        set(i, "StateTransitionReason", "");
        for m in items_mut(i, "BlockDeviceMappings").into_iter().flatten() {
            set(&mut m["Ebs"], "Status", "attached");
        }
    });
    for m in items(&instance, "BlockDeviceMappings") {
        volume::attached(ctx, &format!("{}/{id}", text(&m["Ebs"], "VolumeId")));
    }
    let all: Vec<(String, bool)> = interfaces(ctx, id)
        .iter()
        .map(|e| {
            let fresh = e["_auto_public"] == true && e.get("Association").is_none();
            (text(e, "NetworkInterfaceId").to_owned(), fresh)
        })
        .collect();
    for (eni, fresh) in all {
        NETWORK_INTERFACE.update(ctx, &eni, |e| set(&mut e["Attachment"], "Status", "attached"));
        if fresh {
            let ip = address::new_public_ip(ctx);
            network_interface::set_auto_public(ctx, &eni, Some(&ip));
        }
    }
}

/// The instance has stopped; a public address that AWS lent is gone.
pub(crate) fn stopped(ctx: &mut Ctx, id: &str) {
    if INSTANCE.find(ctx, id).is_none_or(|i| state_of(i) != "stopping") {
        return;
    }
    let at = ctx.timestamp();
    INSTANCE.update(ctx, id, |i| {
        set(i, "State", state("stopped"));
        set(i, "StateTransitionReason", format!("User initiated ({at})"));
    });
    let lent: Vec<String> = interfaces(ctx, id)
        .iter()
        .filter(|e| e["Association"]["IpOwnerId"] == "amazon")
        .map(|e| text(e, "NetworkInterfaceId").to_owned())
        .collect();
    for eni in lent {
        network_interface::set_auto_public(ctx, &eni, None);
    }
}

/// The instance is terminated: what was made with it goes, what was only lent to it is free.
pub(crate) fn terminated(ctx: &mut Ctx, id: &str) {
    if INSTANCE.find(ctx, id).is_none_or(|i| state_of(i) != "shutting-down") {
        return;
    }
    let enis: Vec<(String, bool)> = interfaces(ctx, id)
        .iter()
        .map(|e| (text(e, "NetworkInterfaceId").to_owned(), e["Attachment"]["DeleteOnTermination"] == true))
        .collect();
    for (eni, with_it) in enis {
        network_interface::loosen(ctx, &eni, with_it);
    }
    for v in VOLUME.all(ctx).cloned().collect::<Vec<_>>() {
        let Some(a) = items(&v, "Attachments").iter().find(|a| text(a, "InstanceId") == id) else { continue };
        let volume_id = text(&v, "VolumeId");
        if a["DeleteOnTermination"] == true {
            VOLUME.forget(ctx, volume_id);
        } else {
            volume::untie(ctx, volume_id, id);
        }
    }
    INSTANCE.update(ctx, id, |i| {
        set(i, "State", state("terminated"));
        set(i, "BlockDeviceMappings", json!([]));
        unset(i, "IamInstanceProfile");
        set(i, "Monitoring", json!({"State": "disabled"}));
    });
    ctx.after(3600, "instance-forgotten", id);
}
