//! Starting an instance.

use serde_json::{Map, Value as Json, json};

use super::state;
use crate::cx::Cx;
use crate::decl::Fut;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::tags::{Tags, list, of_value};
use crate::work::Work;

/// Starts an instance and waits until it runs.
pub fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let input = input(cx, work).await?;
        let answer = launch(cx, "RunInstances", &input).await?;
        let id = doc::text(&answer, "Instances[0].InstanceId");
        work.state.set("id", id.as_str());
        let made = state::wait(cx, &id, work.limit, &["pending"], &["running"]).await?;
        tag_volumes(cx, work, &made).await?;
        if work.state.objects("network_interface").is_empty()
            && work.config.get("source_dest_check").as_bool() == Some(false)
        {
            let off = json!({"InstanceId": id, "SourceDestCheck": {"Value": false}});
            cx.ec2("ModifyInstanceAttribute", off).await?;
        }
        Ok(())
    })
}

/// Instance profiles take some seconds until EC2 knows them and their roles.
pub(super) async fn launch(cx: &Cx, op: &str, input: &Json) -> Result<Json, Fail> {
    let clock = &cx.settings.clock;
    let (start, mut pause) = (clock.now(), std::time::Duration::from_millis(500));
    loop {
        match cx.ec2(op, input.clone()).await {
            Err(e)
                if (e.says(&["InvalidParameterValue"], "Invalid IAM Instance Profile")
                    || e.says(&["InvalidParameterValue"], "has no associated IAM Roles"))
                    && clock.now().duration_since(start).unwrap_or_default() < crate::iam::PROPAGATION =>
            {
                clock.sleep(pause).await;
                pause = (pause * 3 / 2).min(std::time::Duration::from_secs(10));
            }
            other => return other,
        }
    }
}

pub(super) async fn input(cx: &Cx, work: &Work) -> Result<Json, Fail> {
    let (state, config) = (&work.state, &work.config);
    let mut out = Map::new();
    doc::input(work.resource.attrs, state, &mut out);
    out.insert("MinCount".into(), json!(1));
    out.insert("MaxCount".into(), json!(1));
    for name in ["cpu_core_count", "cpu_threads_per_core"] {
        if let Some(n) = config.int(name) {
            let member = if name == "cpu_core_count" { "CpuOptions.CoreCount" } else { "CpuOptions.ThreadsPerCore" };
            doc::put(&mut out, member, json!(n));
        }
    }
    for name in [
        "InstanceMarketOptions",
        "CapacityReservationSpecification",
        "CpuOptions",
        "MaintenanceOptions",
        "EnclaveOptions",
    ] {
        if out.get(name).is_some_and(|v| v.as_object().is_some_and(Map::is_empty)) {
            out.remove(name);
        }
    }
    metadata(&mut out);
    doc::put(&mut out, "Monitoring.Enabled", json!(state.bool("monitoring")));
    for (name, path) in [
        ("availability_zone", "Placement.AvailabilityZone"),
        ("host_id", "Placement.HostId"),
        ("host_resource_group_arn", "Placement.HostResourceGroupArn"),
        ("placement_group", "Placement.GroupName"),
        ("tenancy", "Placement.Tenancy"),
    ] {
        if let Some(v) = state.str(name) {
            doc::put(&mut out, path, json!(v));
        }
    }
    if let Some(n) = state.int("placement_partition_number").filter(|n| *n > 0) {
        doc::put(&mut out, "Placement.PartitionNumber", json!(n));
    }
    let data = match (config.str("user_data"), config.str("user_data_base64")) {
        (Some(text), _) if doc::from_base64(text).is_some() => Some(text.to_owned()),
        (Some(text), _) => Some(doc::base64(text.as_bytes())),
        (None, given) => given.map(str::to_owned),
    };
    if let Some(data) = data {
        out.insert("UserData".into(), json!(data));
    }
    let template = template(state);
    if let Some(t) = &template {
        out.insert("LaunchTemplate".into(), t.clone());
    }
    credits(cx, state, &mut out).await?;
    networks(state, config, &mut out);
    let mappings = mappings(cx, state, template.as_ref()).await?;
    if !mappings.is_empty() {
        out.insert("BlockDeviceMappings".into(), mappings.into());
    }
    let mut specifications = Vec::new();
    let own = cx.settings.tags.all(&config.get("tags")).unwrap_or_default();
    let volumes = cx.settings.tags.all(&config.get("volume_tags")).unwrap_or_default();
    for (kind, tags) in [("instance", own), ("volume", volumes)] {
        if !tags.is_empty() {
            specifications.push(json!({"ResourceType": kind, "Tags": list(&tags)}));
        }
    }
    if !specifications.is_empty() {
        out.insert("TagSpecifications".into(), specifications.into());
    }
    Ok(Json::Object(out))
}

/// Where the metadata service is off, AWS wants to hear nothing else of it.
fn metadata(out: &mut Map<String, Json>) {
    if let Some(Json::Object(options)) = out.get_mut("MetadataOptions")
        && options.get("HttpEndpoint").and_then(Json::as_str) == Some("disabled")
    {
        options.retain(|name, _| name == "HttpEndpoint");
    }
}

/// The launch template of a block, as requests name it: by id where both are known.
pub fn template(state: &Obj) -> Option<Json> {
    let t = state.objects("launch_template").into_iter().next()?;
    let (member, value) = match (t.str("id"), t.str("name")) {
        (Some(id), _) => ("LaunchTemplateId", id),
        (None, Some(name)) => ("LaunchTemplateName", name),
        (None, None) => return None,
    };
    let version = t.str("version").unwrap_or("$Default");
    Some(json!({member: value, "Version": version}))
}

/// Instances of T3 and T3a have unlimited credits unless something else is said; only types with credits take any.
async fn credits(cx: &Cx, state: &Obj, out: &mut Map<String, Json>) -> Result<(), Fail> {
    let kind = state.text("instance_type");
    let given = state.objects("credit_specification").first().and_then(|c| c.str("cpu_credits").map(str::to_owned));
    let unlimited = kind.starts_with("t3").then(|| "unlimited".to_owned());
    let burstable = match cx.load(&super::INSTANCE_TYPES, kind).await {
        Ok(Some(t)) if given.is_some() => doc::flag(&t, "BurstablePerformanceSupported"),
        _ => true,
    };
    if let Some(credits) = given.filter(|_| burstable).or(unlimited) {
        out.insert("CreditSpecification".into(), json!({"CpuCredits": credits}));
    }
    Ok(())
}

fn networks(state: &Obj, config: &Obj, out: &mut Map<String, Json>) {
    let own = state.objects("network_interface");
    let public = config.get("associate_public_ip_address").as_bool();
    let groups = state.strs("vpc_security_group_ids");
    let mut addresses = Map::new();
    if let Some(ip) = state.str("private_ip") {
        addresses.insert("PrivateIpAddress".into(), json!(ip));
    }
    if let Some(n) = state.int("ipv6_address_count").filter(|n| *n > 0) {
        addresses.insert("Ipv6AddressCount".into(), json!(n));
    }
    let ipv6: Vec<Json> = state.strs("ipv6_addresses").iter().map(|a| json!({"Ipv6Address": a})).collect();
    if !ipv6.is_empty() {
        addresses.insert("Ipv6Addresses".into(), ipv6.into());
    }
    let secondary: Vec<Json> =
        state.strs("secondary_private_ips").iter().map(|a| json!({"PrivateIpAddress": a, "Primary": false})).collect();
    let primary_ipv6 = config.get("enable_primary_ipv6").as_bool();
    // Only an interface can say whether it has a public address, or further ones.
    if own.is_empty()
        && (public.is_some() || !secondary.is_empty() || primary_ipv6.is_some())
        && state.str("subnet_id").is_some()
    {
        let mut n = addresses;
        n.insert("DeviceIndex".into(), json!(0));
        n.insert("SubnetId".into(), json!(state.text("subnet_id")));
        if let Some(public) = public {
            n.insert("AssociatePublicIpAddress".into(), json!(public));
        }
        if let Some(on) = primary_ipv6 {
            n.insert("PrimaryIpv6".into(), json!(on));
        }
        if !secondary.is_empty() {
            n.insert("PrivateIpAddresses".into(), secondary.into());
        }
        if !groups.is_empty() {
            n.insert("Groups".into(), json!(groups));
        }
        out.insert("NetworkInterfaces".into(), json!([n]));
        return;
    }
    if !own.is_empty() {
        let all: Vec<Json> = own
            .iter()
            .map(|n| {
                json!({
                    "DeviceIndex": n.int("device_index").unwrap_or(0),
                    "NetworkCardIndex": n.int("network_card_index").unwrap_or(0),
                    "NetworkInterfaceId": n.text("network_interface_id"),
                    "DeleteOnTermination": n.bool("delete_on_termination"),
                })
            })
            .collect();
        out.insert("NetworkInterfaces".into(), all.into());
        return;
    }
    out.extend(addresses);
    if let Some(subnet) = state.str("subnet_id") {
        out.insert("SubnetId".into(), json!(subnet));
    }
    if !groups.is_empty() {
        out.insert("SecurityGroupIds".into(), json!(groups));
    }
    let names = state.strs("security_groups");
    if !names.is_empty() {
        out.insert("SecurityGroups".into(), json!(names));
    }
}

/// A volume as a launch takes it.
fn ebs(block: &Obj, what: &str) -> Result<Json, Fail> {
    let mut out = Map::new();
    out.insert("DeleteOnTermination".into(), json!(block.bool("delete_on_termination")));
    if block.bool("encrypted") {
        out.insert("Encrypted".into(), json!(true));
    }
    for (name, member) in [("kms_key_id", "KmsKeyId"), ("snapshot_id", "SnapshotId"), ("volume_type", "VolumeType")] {
        if let Some(v) = block.str(name) {
            out.insert(member.into(), json!(v));
        }
    }
    if let Some(n) = block.int("volume_size").filter(|n| *n > 0) {
        out.insert("VolumeSize".into(), json!(n));
    }
    let kind = block.text("volume_type");
    for (name, member, types) in [("iops", "Iops", &["io1", "io2", "gp3"][..]), ("throughput", "Throughput", &["gp3"])]
    {
        let Some(n) = block.int(name).filter(|n| *n > 0 && !kind.is_empty()) else { continue };
        if !types.contains(&kind) {
            return Err(Fail::new(
                "Invalid combination of arguments",
                format!("{what} has \"{name}\", which a volume of type {kind:?} does not have."),
            ));
        }
        out.insert(member.into(), json!(n));
    }
    Ok(Json::Object(out))
}

async fn mappings(cx: &Cx, state: &Obj, template: Option<&Json>) -> Result<Vec<Json>, Fail> {
    let mut all = Vec::new();
    for b in state.objects("ebs_block_device") {
        all.push(json!({"DeviceName": b.text("device_name"), "Ebs": ebs(&b, "ebs_block_device")?}));
    }
    for b in state.objects("ephemeral_block_device") {
        let mut m = json!({"DeviceName": b.text("device_name")});
        match (b.bool("no_device"), b.str("virtual_name")) {
            (true, _) => m["NoDevice"] = json!(""),
            (false, Some(name)) => m["VirtualName"] = json!(name),
            (false, None) => {
                return Err(Fail::new(
                    "Missing required argument",
                    "An ephemeral_block_device needs a virtual_name, or no_device = true.",
                ));
            }
        }
        all.push(m);
    }
    if let Some(root) = state.objects("root_block_device").first() {
        let image = image(cx, state, template).await?;
        all.push(json!({"DeviceName": root_device(cx, &image).await?, "Ebs": ebs(root, "root_block_device")?}));
    }
    Ok(all)
}

/// The image that an instance is started from.
async fn image(cx: &Cx, state: &Obj, template: Option<&Json>) -> Result<String, Fail> {
    if let Some(ami) = state.str("ami") {
        return Ok(ami.to_owned());
    }
    let found = match template {
        Some(t) => {
            let mut input = t.clone();
            if let Json::Object(map) = &mut input {
                let version = map.shift_remove("Version").unwrap_or_else(|| json!("$Default"));
                map.insert("Versions".into(), json!([version]));
            }
            let answer = cx.ec2("DescribeLaunchTemplateVersions", input).await?;
            doc::text(&answer, "LaunchTemplateVersions[0].LaunchTemplateData.ImageId")
        }
        None => String::new(),
    };
    match found.is_empty() {
        false => Ok(found),
        true => Err(Fail::new(
            "Missing required argument",
            "\"ami\" must be given, or the launch template must name an image, for its root device to be known.",
        )),
    }
}

/// The name of an image's root device: the first one where the named one is not among its devices.
async fn root_device(cx: &Cx, image: &str) -> Result<String, Fail> {
    let answer = cx.ec2("DescribeImages", json!({"ImageIds": [image]})).await?;
    let Some(found) = doc::at(&answer, "Images[0]") else {
        return Err(Fail::new("AWS object not found", format!("There is no image {image}.")));
    };
    let root = doc::text(&found, "RootDeviceName");
    let devices = doc::texts(&found, "BlockDeviceMappings[].DeviceName");
    Ok(match devices.first() {
        Some(first) if !devices.contains(&root) => first.clone(),
        _ => root,
    })
}

/// Tags of single volumes, which a launch cannot give.
async fn tag_volumes(cx: &Cx, work: &Work, made: &Json) -> Result<(), Fail> {
    let mappings = doc::items(made, "BlockDeviceMappings");
    let volume = |device: &str| {
        mappings.iter().find(|m| doc::text(m, "DeviceName") == device).map(|m| doc::text(m, "Ebs.VolumeId"))
    };
    let root = doc::text(made, "RootDeviceName");
    let mut wanted: Vec<(Option<String>, Tags)> = Vec::new();
    for b in work.state.objects("root_block_device") {
        wanted.push((volume(&root), of_value(&b.get("tags"))));
    }
    for b in work.state.objects("ebs_block_device") {
        wanted.push((volume(b.text("device_name")), of_value(&b.get("tags"))));
    }
    for (volume, tags) in wanted {
        if let Some(volume) = volume.filter(|_| !tags.is_empty()) {
            cx.ec2("CreateTags", json!({"Resources": [volume], "Tags": list(&tags)})).await?;
        }
    }
    Ok(())
}
