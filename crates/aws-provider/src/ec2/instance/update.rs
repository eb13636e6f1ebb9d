//! Changing an instance, one thing after the other.

use serde_json::{Map, Value as Json, json};

use super::state;
use crate::cx::{Cx, Seen};
use crate::decl::*;
use crate::doc;
use crate::ec2::ebs::change_volume;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::tags::{Tags, of_value};
use crate::work::Work;

/// What each attribute takes.
pub const UPDATES: &[Update] = &[
    update_with(volume_tags, &["volume_tags"]),
    update_with(profile, &["iam_instance_profile"]),
    update_with(source_dest_check, &["source_dest_check"]),
    update_with(
        addresses,
        &[
            "secondary_private_ips",
            "vpc_security_group_ids",
            "ipv6_address_count",
            "ipv6_addresses",
            "enable_primary_ipv6",
        ],
    ),
    update_with(stopped, &["instance_type", "user_data", "user_data_base64"]),
    update_with(attributes, &["disable_api_stop", "disable_api_termination", "instance_initiated_shutdown_behavior"]),
    update_with(maintenance, &["maintenance_options"]),
    update_with(monitoring, &["monitoring"]),
    update_with(credits, &["credit_specification"]),
    update_with(metadata, &["metadata_options"]),
    update_with(root, &["root_block_device"]),
    update_with(other_tags, &["ebs_block_device"]),
    update_with(reservation, &["capacity_reservation_specification"]),
    update_with(names, &["private_dns_name_options"]),
    update_state(&[
        "cpu_options",
        "enclave_options",
        "get_password_data",
        "host_resource_group_arn",
        "launch_template",
        "network_interface",
        "user_data_replace_on_change",
    ]),
];

async fn modify(cx: &Cx, id: &str, mut input: Json) -> Result<(), Fail> {
    input["InstanceId"] = json!(id);
    cx.ec2("ModifyInstanceAttribute", input).await?;
    Ok(())
}

async fn retag(cx: &Cx, volume: &str, old: &Tags, new: &Tags) -> Result<(), Fail> {
    let mut object = Obj::empty(&craton_model::Type::object([("id", craton_model::Type::String)]));
    object.set("id", volume);
    crate::ec2::tags("volume").change(cx, "ec2", &object, old, new).await
}

/// The tags of all volumes of the instance.
fn volume_tags<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let Some(seen) = state::look(cx, work.state.id()).await? else { return Ok(()) };
        let (old, new) = (of_value(&work.prior.get("volume_tags")), of_value(&work.state.get("volume_tags")));
        for volume in doc::texts(&seen.item, "BlockDeviceMappings[].Ebs.VolumeId") {
            retag(cx, &volume, &old, &new).await?;
        }
        Ok(())
    })
}

fn profile<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let id = work.state.id().to_owned();
        let filters = crate::ec2::filter_list(&[("instance-id", &id)]);
        let answer = cx.ec2("DescribeIamInstanceProfileAssociations", json!({"Filters": filters})).await?;
        let all = doc::items(&answer, "IamInstanceProfileAssociations");
        let held = all.iter().find(|a| doc::text(a, "State").starts_with("associat"));
        let association = held.map(|a| doc::text(a, "AssociationId"));
        let running = work.prior.text("instance_state") == "running";
        let wanted = work.state.str("iam_instance_profile").map(|name| json!({"Name": name}));
        match (association, wanted) {
            (Some(held), Some(wanted)) if running => {
                let input = json!({"AssociationId": held, "IamInstanceProfile": wanted});
                passing(cx, "ReplaceIamInstanceProfileAssociation", input).await?;
            }
            (held, wanted) => {
                if let Some(held) = held {
                    cx.ec2("DisassociateIamInstanceProfile", json!({"AssociationId": held})).await?;
                }
                if let Some(wanted) = wanted {
                    let input = json!({"InstanceId": id, "IamInstanceProfile": wanted});
                    passing(cx, "AssociateIamInstanceProfile", input).await?;
                }
            }
        }
        let wanted = work.state.text("iam_instance_profile").to_owned();
        let what = format!("the instance profile of {id}");
        let (id, wanted) = (id.as_str(), wanted.as_str());
        cx.wait(&what, crate::iam::PROPAGATION, &["other"], &["done"], || {
            Box::pin(async move {
                let seen = state::look(cx, id).await?;
                Ok(seen.map(|s| {
                    let arn = doc::text(&s.item, "IamInstanceProfile.Arn");
                    let name = arn.rsplit('/').next().unwrap_or_default();
                    Seen::of(if name == wanted { "done" } else { "other" })
                }))
            })
        })
        .await?;
        Ok(())
    })
}

/// EC2 may not know a new instance profile yet.
async fn passing(cx: &Cx, op: &str, input: Json) -> Result<(), Fail> {
    let clock = &cx.settings.clock;
    let (start, mut pause) = (clock.now(), std::time::Duration::from_millis(500));
    loop {
        match cx.ec2(op, input.clone()).await {
            Err(e)
                if e.says(&["InvalidParameterValue"], "Invalid IAM Instance Profile")
                    && clock.now().duration_since(start).unwrap_or_default() < crate::iam::PROPAGATION =>
            {
                clock.sleep(pause).await;
                pause = (pause * 3 / 2).min(std::time::Duration::from_secs(10));
            }
            other => return other.map(|_| ()),
        }
    }
}

fn source_dest_check<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        if !work.state.objects("network_interface").is_empty() {
            return Ok(());
        }
        let on = work.state.bool("source_dest_check");
        modify(cx, work.state.id(), json!({"SourceDestCheck": {"Value": on}})).await
    })
}

/// Addresses and groups are those of the primary interface.
fn addresses<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let eni = work.prior.text("primary_network_interface_id").to_owned();
        if eni.is_empty() {
            return Err(Fail::new(
                "No primary network interface",
                format!("Instance {} has no interface whose addresses could be changed.", work.state.id()),
            ));
        }
        if work.changes("secondary_private_ips") {
            let (old, new) = (work.prior.strs("secondary_private_ips"), work.state.strs("secondary_private_ips"));
            for (op, list) in [
                ("UnassignPrivateIpAddresses", old.iter().filter(|a| !new.contains(a)).collect::<Vec<_>>()),
                ("AssignPrivateIpAddresses", new.iter().filter(|a| !old.contains(a)).collect()),
            ] {
                if !list.is_empty() {
                    cx.ec2(op, json!({"NetworkInterfaceId": eni, "PrivateIpAddresses": list})).await?;
                }
            }
        }
        if work.changes("ipv6_addresses") || work.changes("ipv6_address_count") {
            ipv6(cx, work, &eni).await?;
        }
        if work.changes("enable_primary_ipv6") && work.state.bool("enable_primary_ipv6") {
            let input = json!({"NetworkInterfaceId": eni, "EnablePrimaryIpv6": true});
            cx.ec2("ModifyNetworkInterfaceAttribute", input).await?;
        }
        if work.changes("vpc_security_group_ids") {
            let groups = work.state.strs("vpc_security_group_ids");
            if groups.is_empty() {
                return Err(Fail::new(
                    "Missing security group",
                    "An instance in a VPC needs at least one security group.",
                ));
            }
            let input = json!({"NetworkInterfaceId": eni, "Groups": groups});
            cx.ec2("ModifyNetworkInterfaceAttribute", input).await?;
        }
        Ok(())
    })
}

async fn ipv6(cx: &Cx, work: &Work, eni: &str) -> Result<(), Fail> {
    let old = work.prior.strs("ipv6_addresses");
    if work.changes("ipv6_addresses") {
        let new = work.state.strs("ipv6_addresses");
        for (op, list) in [
            ("UnassignIpv6Addresses", old.iter().filter(|a| !new.contains(a)).collect::<Vec<_>>()),
            ("AssignIpv6Addresses", new.iter().filter(|a| !old.contains(a)).collect()),
        ] {
            if !list.is_empty() {
                cx.ec2(op, json!({"NetworkInterfaceId": eni, "Ipv6Addresses": list})).await?;
            }
        }
        return Ok(());
    }
    let have = i64::try_from(old.len()).unwrap_or(0);
    let wanted = work.state.int("ipv6_address_count").unwrap_or(0);
    if wanted > have {
        cx.ec2("AssignIpv6Addresses", json!({"NetworkInterfaceId": eni, "Ipv6AddressCount": wanted - have})).await?;
    } else if wanted < have {
        let kept = usize::try_from(wanted).unwrap_or(0);
        let gone: Vec<&&str> = old.iter().skip(kept).collect();
        cx.ec2("UnassignIpv6Addresses", json!({"NetworkInterfaceId": eni, "Ipv6Addresses": gone})).await?;
    }
    Ok(())
}

/// What only a stopped instance lets change; each for itself, as AWS takes one at a time.
fn stopped<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let id = work.state.id().to_owned();
        if work.changes("instance_type") {
            let change = json!({"InstanceType": {"Value": work.state.text("instance_type")}});
            state::change_stopped(cx, &id, work.limit, change).await?;
        }
        for name in ["user_data", "user_data_base64"] {
            if !work.changes(name) {
                continue;
            }
            // The state has a sum only; the configuration says what it is.
            let given = work.config.text(name);
            let data = match doc::from_base64(given) {
                Some(_) => given.to_owned(),
                None => doc::base64(given.as_bytes()),
            };
            state::change_stopped(cx, &id, work.limit, json!({"UserData": {"Value": data}})).await?;
        }
        Ok(())
    })
}

fn attributes<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let id = work.state.id().to_owned();
        for (name, member) in
            [("disable_api_stop", "DisableApiStop"), ("disable_api_termination", "DisableApiTermination")]
        {
            if work.changes(name) {
                modify(cx, &id, json!({member: {"Value": work.state.bool(name)}})).await?;
            }
        }
        if let Some(v) = work.state.str("instance_initiated_shutdown_behavior")
            && work.changes("instance_initiated_shutdown_behavior")
        {
            modify(cx, &id, json!({"InstanceInitiatedShutdownBehavior": {"Value": v}})).await?;
        }
        Ok(())
    })
}

/// Waits until an instance shows what was asked for.
async fn shows(cx: &Cx, work: &Work, path: &'static str, wanted: &str) -> Result<(), Fail> {
    let id = work.state.id();
    let what = format!("the change of {id}");
    cx.wait(&what, work.limit, &["other"], &["done"], || {
        Box::pin(async move {
            let seen = state::look(cx, id).await?;
            Ok(seen.map(|s| Seen::of(if doc::text(&s.item, path) == wanted { "done" } else { "other" })))
        })
    })
    .await?;
    Ok(())
}

fn maintenance<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let Some(wanted) =
            work.state.objects("maintenance_options").first().map(|o| o.text("auto_recovery").to_owned())
        else {
            return Ok(());
        };
        let input = json!({"InstanceId": work.state.id(), "AutoRecovery": wanted});
        cx.ec2("ModifyInstanceMaintenanceOptions", input).await?;
        shows(cx, work, "MaintenanceOptions.AutoRecovery", &wanted).await
    })
}

fn monitoring<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let op = if work.state.bool("monitoring") { "MonitorInstances" } else { "UnmonitorInstances" };
        cx.ec2(op, json!({"InstanceIds": [work.state.id()]})).await?;
        Ok(())
    })
}

fn credits<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let wanted = work.state.objects("credit_specification").first().map(|c| c.text("cpu_credits").to_owned());
        if let Some(wanted) = wanted.filter(|w| !w.is_empty()) {
            let one = json!({"InstanceId": work.state.id(), "CpuCredits": wanted});
            let answer =
                cx.ec2("ModifyInstanceCreditSpecification", json!({"InstanceCreditSpecifications": [one]})).await?;
            if let Some(e) = doc::items(&answer, "UnsuccessfulInstanceCreditSpecifications").first() {
                return Err(Fail::new("AWS refused", format!("CPU credits: {}.", doc::text(e, "Error.Message"))));
            }
        }
        Ok(())
    })
}

fn metadata<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let Some(options) = work.state.objects("metadata_options").into_iter().next() else { return Ok(()) };
        let mut input = Map::new();
        input.insert("InstanceId".into(), json!(work.state.id()));
        let endpoint = options.text("http_endpoint");
        input.insert("HttpEndpoint".into(), json!(endpoint));
        // AWS takes the others only where the service is on.
        if endpoint == "enabled" {
            for (name, member) in [
                ("http_protocol_ipv6", "HttpProtocolIpv6"),
                ("http_tokens", "HttpTokens"),
                ("instance_metadata_tags", "InstanceMetadataTags"),
            ] {
                if let Some(v) = options.str(name) {
                    input.insert(member.into(), json!(v));
                }
            }
            if let Some(n) = options.int("http_put_response_hop_limit").filter(|n| *n > 0) {
                input.insert("HttpPutResponseHopLimit".into(), json!(n));
            }
        }
        match cx.ec2("ModifyInstanceMetadataOptions", Json::Object(input.clone())).await {
            // Not every instance type lets tags be seen there.
            Err(e) if e.says(&["UnsupportedOperation"], "InstanceMetadataTags") => {
                input.remove("InstanceMetadataTags");
                cx.ec2("ModifyInstanceMetadataOptions", Json::Object(input)).await?;
            }
            other => {
                other?;
            }
        }
        shows(cx, work, "MetadataOptions.State", "applied").await
    })
}

fn root<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (old, new) = (work.prior.objects("root_block_device"), work.state.objects("root_block_device"));
        let (Some(old), Some(new)) = (old.first(), new.first()) else { return Ok(()) };
        let volume = old.text("volume_id").to_owned();
        let moved = |n: &str| old.get(n) != new.get(n);
        let mut input = Map::new();
        for (name, member) in [("volume_size", "Size"), ("iops", "Iops"), ("throughput", "Throughput")] {
            let Some(n) = new.int(name).filter(|n| moved(name) && *n > 0) else { continue };
            input.insert(member.into(), json!(n));
        }
        if moved("volume_type")
            && let Some(kind) = new.str("volume_type")
        {
            input.insert("VolumeType".into(), json!(kind));
        }
        if !input.is_empty() {
            change_volume(cx, &volume, input, work.limit).await?;
        }
        let id = work.state.id().to_owned();
        if moved("delete_on_termination") {
            let device = old.text("device_name");
            let on = new.bool("delete_on_termination");
            let mapping = json!([{"DeviceName": device, "Ebs": {"DeleteOnTermination": on}}]);
            modify(cx, &id, json!({"BlockDeviceMappings": mapping})).await?;
        }
        if moved("tags") {
            retag(cx, &volume, &of_value(&old.get("tags")), &of_value(&new.get("tags"))).await?;
        }
        Ok(())
    })
}

/// Of the other devices only tags can change.
fn other_tags<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let old = work.prior.objects("ebs_block_device");
        for new in work.state.objects("ebs_block_device") {
            let Some(old) = old.iter().find(|o| o.text("device_name") == new.text("device_name")) else { continue };
            let (was, will) = (of_value(&old.get("tags")), of_value(&new.get("tags")));
            if was != will {
                retag(cx, old.text("volume_id"), &was, &will).await?;
            }
        }
        Ok(())
    })
}

/// A reservation can be changed on a stopped instance; AWS says so itself where it is not.
fn reservation<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let wanted: Vec<Attr> =
            work.resource.attrs.iter().filter(|a| a.name == "capacity_reservation_specification").copied().collect();
        let mut input = Map::new();
        doc::input(&wanted, &work.state, &mut input);
        if input.is_empty() {
            return Ok(());
        }
        input.insert("InstanceId".into(), json!(work.state.id()));
        cx.ec2("ModifyInstanceCapacityReservationAttributes", Json::Object(input)).await?;
        Ok(())
    })
}

fn names<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (old, new) =
            (work.prior.objects("private_dns_name_options"), work.state.objects("private_dns_name_options"));
        let Some(new) = new.first() else { return Ok(()) };
        let moved = |n: &str| old.first().is_none_or(|o| o.get(n) != new.get(n));
        let mut input = json!({"InstanceId": work.state.id()});
        for (name, member) in [
            ("enable_resource_name_dns_a_record", "EnableResourceNameDnsARecord"),
            ("enable_resource_name_dns_aaaa_record", "EnableResourceNameDnsAAAARecord"),
        ] {
            if moved(name) {
                input[member] = json!(new.bool(name));
            }
        }
        if moved("hostname_type")
            && let Some(kind) = new.str("hostname_type")
        {
            input["PrivateDnsHostnameType"] = json!(kind);
        }
        cx.ec2("ModifyPrivateDnsNameOptions", input).await?;
        Ok(())
    })
}
