//! Reading an instance: what `DescribeInstances` does not tell, and what stands for several of its answers.

use std::sync::Arc;

use craton_model::Value;
use serde_json::{Value as Json, json};

use super::{CREDITS, INSTANCE_TYPES, SPOT_REQUESTS, plan};
use crate::cx::Cx;
use crate::decl::Fut;
use crate::doc;
use crate::ec2::ebs::VOLUMES;
use crate::ec2::launch_template::LAUNCH_TEMPLATES;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::tags::{of_document, of_value};

/// Id and version of the launch template that an instance was started from, as AWS's own tags say; empty without one.
pub fn template_of(instance: &Json) -> (String, String) {
    let tags = doc::at(instance, "Tags").map(|t| of_document(&t)).unwrap_or_default();
    let of = |key: &str| tags.get(key).cloned().unwrap_or_default();
    (of("aws:ec2launchtemplate:id"), of("aws:ec2launchtemplate:version"))
}

/// Completes what the declaration filled in.
pub fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let id = obj.id().to_owned();
        let kind = doc::text(item, "InstanceType");
        let vpc = doc::text(item, "VpcId");
        let (stop, end, behavior, data, kind, vpc, template, volumes, password, market) = futures_util::join!(
            attribute(cx, &id, "disableApiStop"),
            attribute(cx, &id, "disableApiTermination"),
            attribute(cx, &id, "instanceInitiatedShutdownBehavior"),
            attribute(cx, &id, "userData"),
            cx.load(&INSTANCE_TYPES, &kind),
            cx.load(&crate::ec2::VPCS, &vpc),
            template(cx, item, obj),
            volumes(cx, item),
            password(cx, obj, &id),
            market(cx, item),
        );
        let (stop, end, behavior, data): (Arc<Json>, Arc<Json>, Arc<Json>, Arc<Json>) = (stop?, end?, behavior?, data?);
        obj.set("disable_api_stop", doc::flag(&stop, "DisableApiStop.Value"));
        obj.set("disable_api_termination", doc::flag(&end, "DisableApiTermination.Value"));
        let behavior = doc::text(&behavior, "InstanceInitiatedShutdownBehavior.Value");
        obj.set("instance_initiated_shutdown_behavior", behavior);
        let data = doc::text(&data, "UserData.Value");
        if !data.is_empty() {
            match obj.str("user_data_base64").is_some() {
                true => obj.set("user_data_base64", data),
                false => obj.set("user_data", plan::sum(&data)),
            }
        }
        obj.set_json("launch_template", &template?)?;
        obj.set("password_data", password?);
        if obj.get("get_password_data").is_null() {
            obj.set("get_password_data", false);
        }
        let profile = doc::text(item, "IamInstanceProfile.Arn");
        obj.set("iam_instance_profile", profile.rsplit('/').next().unwrap_or_default());
        let monitored = doc::text(item, "Monitoring.State");
        obj.set("monitoring", monitored == "enabled" || monitored == "pending");
        interfaces(obj, item)?;
        groups(obj, item, vpc.ok().flatten().is_some_and(|v| doc::flag(&v, "IsDefault")));
        blocks(cx, obj, item, &volumes?)?;
        reservation(obj, item)?;
        obj.set_json("instance_market_options", &market?)?;
        if kind?.is_some_and(|t| doc::flag(&t, "BurstablePerformanceSupported")) {
            let credits = match cx.load(&CREDITS, &id).await {
                // Partitions without unlimited credits do not know the call.
                Err(e) if e.is(&["UnsupportedOperation"]) => None,
                found => found?,
            };
            let credits = credits.map(|c| json!([{"cpu_credits": c["CpuCredits"]}]));
            obj.set_json("credit_specification", &credits.unwrap_or_else(|| json!([])))?;
        } else if obj.get("credit_specification").is_null() {
            obj.set_zero("credit_specification");
        }
        for name in ["ephemeral_block_device", "network_interface"] {
            if obj.get(name).is_null() {
                obj.set_zero(name);
            }
        }
        Ok(true)
    })
}

async fn attribute(cx: &Cx, id: &str, name: &str) -> Result<Arc<Json>, Fail> {
    cx.once("ec2", "DescribeInstanceAttribute", json!({"InstanceId": id, "Attribute": name})).await
}

pub(super) async fn password(cx: &Cx, obj: &Obj, id: &str) -> Result<String, Fail> {
    if !obj.bool("get_password_data") {
        return Ok(String::new());
    }
    let start = cx.settings.clock.now();
    loop {
        let answer = cx.ec2("GetPasswordData", json!({"InstanceId": id})).await?;
        let found = doc::text(&answer, "PasswordData").trim().to_owned();
        let passed = cx.settings.clock.now().duration_since(start).unwrap_or_default();
        if !found.is_empty() {
            return Ok(found);
        }
        if passed > std::time::Duration::from_secs(15 * 60) {
            return Err(Fail::new(
                "AWS object takes too long",
                format!(
                    "Instance {id} has no password data after 15 minutes. Only Windows images have any; leave \
                     get_password_data out for others."
                ),
            ));
        }
        cx.settings.clock.sleep(std::time::Duration::from_secs(10)).await;
    }
}

/// The launch template: `$Default` and `$Latest` stay in the state while they mean the version that the instance has.
async fn template(cx: &Cx, item: &Json, obj: &Obj) -> Result<Json, Fail> {
    let (id, version) = template_of(item);
    if id.is_empty() {
        return Ok(json!([]));
    }
    let known = obj.objects("launch_template").first().map(|t| t.text("version").to_owned()).unwrap_or_default();
    let Some(found) = cx.load(&LAUNCH_TEMPLATES, &id).await? else {
        // The template may be gone; the instance still says which it was.
        return Ok(json!([{"id": id, "name": "", "version": version}]));
    };
    let is = |path: &str| doc::text(&found, path) == version;
    let shown = match known.as_str() {
        "$Default" if is("DefaultVersionNumber") => known,
        "$Latest" if is("LatestVersionNumber") => known,
        _ => version,
    };
    Ok(json!([{"id": id, "name": doc::text(&found, "LaunchTemplateName"), "version": shown}]))
}

pub(super) fn interfaces(obj: &mut Obj, item: &Json) -> Result<(), Fail> {
    let all = doc::items(item, "NetworkInterfaces");
    let index = |n: &Json| doc::at(n, "Attachment.DeviceIndex").and_then(|i| i.as_i64());
    let configured: Vec<Option<i64>> = obj.objects("network_interface").iter().map(|n| n.int("device_index")).collect();
    // Other resources may attach further ones; only those that this one asked for are its own.
    let own: Vec<Json> = all
        .iter()
        .filter(|n| configured.contains(&index(n)))
        .map(|n| {
            json!({
                "device_index": index(n),
                "network_card_index": doc::at(n, "Attachment.NetworkCardIndex").unwrap_or_else(|| json!(0)),
                "network_interface_id": n["NetworkInterfaceId"],
                "delete_on_termination": doc::flag(n, "Attachment.DeleteOnTermination"),
            })
        })
        .collect();
    obj.set_json("network_interface", &json!(own))?;
    let primary = all.iter().find(|n| index(n) == Some(0));
    let addresses = |path: &str| primary.map(|n| doc::items(n, path)).unwrap_or_default();
    let secondary: Vec<String> = addresses("PrivateIpAddresses")
        .iter()
        .filter(|a| !doc::flag(a, "Primary"))
        .map(|a| doc::text(a, "PrivateIpAddress"))
        .collect();
    let ipv6 = addresses("Ipv6Addresses");
    if ipv6.iter().any(|a| doc::flag(a, "IsPrimaryIpv6")) {
        obj.set("enable_primary_ipv6", true);
    }
    obj.set_strs("secondary_private_ips", secondary.iter().map(String::as_str));
    obj.set("ipv6_address_count", i64::try_from(ipv6.len()).unwrap_or(0));
    if !ipv6.is_empty() {
        obj.set("enable_primary_ipv6", ipv6.iter().any(|a| doc::flag(a, "IsPrimaryIpv6")));
    }
    let names: Vec<String> = ipv6.iter().map(|a| doc::text(a, "Ipv6Address")).collect();
    // Their order says nothing; what is known stays.
    let known = obj.strs("ipv6_addresses");
    if obj.get("ipv6_addresses").is_null()
        || known.len() != names.len()
        || !names.iter().all(|n| known.contains(&n.as_str()))
    {
        obj.set_strs("ipv6_addresses", names.iter().map(String::as_str));
    }
    match primary {
        Some(n) => {
            obj.set("subnet_id", doc::text(n, "SubnetId"));
            obj.set("primary_network_interface_id", doc::text(n, "NetworkInterfaceId"));
            obj.set("source_dest_check", doc::flag(n, "SourceDestCheck"));
            obj.set("associate_public_ip_address", n.get("Association").is_some());
        }
        None => {
            obj.set("subnet_id", doc::text(item, "SubnetId"));
            obj.set("primary_network_interface_id", "");
            obj.set("associate_public_ip_address", item.get("PublicIpAddress").is_some());
        }
    }
    Ok(())
}

/// Security groups by id, and by name too in a default VPC.
pub(super) fn groups(obj: &mut Obj, item: &Json, default_vpc: bool) {
    let in_subnet = !doc::text(item, "SubnetId").is_empty();
    let of = |path: &str, wanted: bool| if wanted { doc::texts(item, path) } else { Vec::new() };
    let ids = of("SecurityGroups[].GroupId", in_subnet);
    let names = of("SecurityGroups[].GroupName", default_vpc || !in_subnet);
    obj.set_strs("vpc_security_group_ids", ids.iter().map(String::as_str));
    obj.set_strs("security_groups", names.iter().map(String::as_str));
}

pub(super) async fn volumes(cx: &Cx, item: &Json) -> Result<Vec<(Json, Arc<Json>)>, Fail> {
    let mappings = doc::items(item, "BlockDeviceMappings");
    let found = mappings.into_iter().filter(|m| m.get("Ebs").is_some()).map(|m| async move {
        let volume = cx.load(&VOLUMES, &doc::text(&m, "Ebs.VolumeId")).await?;
        Ok::<_, Fail>(volume.map(|v| (m, v)))
    });
    let found: Result<Vec<_>, Fail> = futures_util::future::join_all(found).await.into_iter().collect();
    Ok(found?.into_iter().flatten().collect())
}

/// The root device, and the others.
pub(super) fn blocks(cx: &Cx, obj: &mut Obj, item: &Json, volumes: &[(Json, Arc<Json>)]) -> Result<(), Fail> {
    let root_name = doc::text(item, "RootDeviceName");
    let tagged_apart = !obj.is_zero("volume_tags");
    let (known_root, known) = (obj.objects("root_block_device"), obj.objects("ebs_block_device"));
    let (mut root, mut others) = (Vec::new(), Vec::new());
    let mut all_tags = crate::tags::Tags::new();
    for (mapping, volume) in volumes {
        let device = doc::text(mapping, "DeviceName");
        let is_root = device == root_name;
        let ty = obj.type_of(if is_root { "root_block_device" } else { "ebs_block_device" });
        let Some(element) = ty.element() else { continue };
        let before = match is_root {
            true => known_root.first(),
            false => known.iter().find(|b| b.text("device_name") == device),
        };
        let mut block = Obj::empty(element);
        let tags = doc::at(volume, "Tags").map(|t| of_document(&t)).unwrap_or_default();
        if tagged_apart {
            all_tags.extend(tags.into_iter().filter(|(k, _)| !cx.settings.tags.ignores(k)));
            block.set_zero("tags");
            block.set_zero("tags_all");
        } else {
            if let Some(b) = before {
                block.set("tags", b.get("tags"));
            }
            cx.settings.tags.read(tags, &mut block);
        }
        fill(&mut block, mapping, volume, &device);
        match is_root {
            true => root.push(block.value()),
            false => others.push(block.value()),
        }
    }
    // An instance whose only device is its root may have that configured as any device.
    if others.is_empty()
        && !known.is_empty()
        && let (Some((mapping, volume)), Some(element)) = (volumes.first(), obj.type_of("ebs_block_device").element())
    {
        let mut block = Obj::empty(element);
        if let Some(r) = root.first() {
            for (name, v) in r.as_map().into_iter().flat_map(|m| m.iter()) {
                block.set(name, v.clone());
            }
        }
        fill(&mut block, mapping, volume, &doc::text(mapping, "DeviceName"));
        others.push(block.value());
    }
    if tagged_apart {
        obj.set("volume_tags", crate::tags::value(own_tags(cx, &all_tags, &of_value(&obj.get("volume_tags"))).iter()));
    }
    for (name, blocks) in [("root_block_device", root), ("ebs_block_device", others)] {
        let ty = obj.type_of(name);
        let element = ty.element().cloned().unwrap_or(craton_model::Type::Dynamic);
        let value =
            if name == "root_block_device" { Value::list(element, blocks) } else { Value::set(element, blocks) };
        obj.set(name, value);
    }
    Ok(())
}

/// Tags without the provider's defaults, unless they are configured here as well.
fn own_tags(cx: &Cx, found: &crate::tags::Tags, own: &crate::tags::Tags) -> crate::tags::Tags {
    let kept = found.iter().filter(|(k, v)| own.contains_key(*k) || cx.settings.tags.defaults.get(*k) != Some(v));
    kept.map(|(k, v)| (k.clone(), v.clone())).collect()
}

fn fill(block: &mut Obj, mapping: &Json, volume: &Json, device: &str) {
    block.set("device_name", device);
    block.set("delete_on_termination", doc::flag(mapping, "Ebs.DeleteOnTermination"));
    block.set("volume_id", doc::text(volume, "VolumeId"));
    block.set("encrypted", doc::flag(volume, "Encrypted"));
    for (name, path) in [("kms_key_id", "KmsKeyId"), ("volume_type", "VolumeType"), ("snapshot_id", "SnapshotId")] {
        block.set(name, doc::text(volume, path));
    }
    for (name, path) in [("volume_size", "Size"), ("iops", "Iops"), ("throughput", "Throughput")] {
        block.set(name, doc::at(volume, path).and_then(|n| n.as_i64()).unwrap_or(0));
    }
}

fn reservation(obj: &mut Obj, item: &Json) -> Result<(), Fail> {
    let Some(found) = doc::at(item, "CapacityReservationSpecification") else {
        obj.set_zero("capacity_reservation_specification");
        return Ok(());
    };
    let target = doc::at(&found, "CapacityReservationTarget").map(|t| {
        json!([{
            "capacity_reservation_id": doc::text(&t, "CapacityReservationId"),
            "capacity_reservation_resource_group_arn": doc::text(&t, "CapacityReservationResourceGroupArn"),
        }])
    });
    let block = json!([{
        "capacity_reservation_preference": doc::text(&found, "CapacityReservationPreference"),
        "capacity_reservation_target": target.unwrap_or_else(|| json!([])),
    }]);
    Ok(obj.set_json("capacity_reservation_specification", &block)?)
}

/// How an instance was bought: of a spot instance its request says more.
async fn market(cx: &Cx, item: &Json) -> Result<Json, Fail> {
    let request = doc::text(item, "SpotInstanceRequestId");
    if doc::text(item, "InstanceLifecycle") != "spot" || request.is_empty() {
        return Ok(json!([]));
    }
    let Some(found) = cx.load(&SPOT_REQUESTS, &request).await? else { return Ok(json!([])) };
    Ok(json!([{
        "market_type": "spot",
        "spot_options": [{
            "instance_interruption_behavior": doc::text(&found, "InstanceInterruptionBehavior"),
            "max_price": doc::text(&found, "SpotPrice"),
            "spot_instance_type": doc::text(&found, "Type"),
            "valid_until": crate::iam::moment(&found, "ValidUntil"),
        }],
    }]))
}
