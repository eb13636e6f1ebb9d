//! Managed node groups: four virtual minutes until one is active, three until it is gone. Each has an Auto Scaling
//! group with instances behind it.

use serde_json::{Value, json};

use super::{
    NODEGROUP, access, active_cluster, catalogue, check_role, find, forget, in_use, invalid, names, not_found,
    of_cluster, put, refuse, shown, tags_of, update as updates,
};
use crate::autoscaling;
use crate::context::Ctx;
use crate::document::{items, public, set, set_some, text};
use crate::ec2;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateNodegroup", create),
    ("DescribeNodegroup", describe),
    ("ListNodegroups", list),
    ("UpdateNodegroupConfig", update_config),
    ("UpdateNodegroupVersion", update_version),
    ("DeleteNodegroup", delete),
];

fn get(ctx: &Ctx, cluster: &str, name: &str) -> Result<Value, AwsError> {
    super::cluster::get(ctx, cluster)?;
    find(ctx, NODEGROUP, &format!("{cluster}/{name}"))
        .ok_or_else(|| not_found(format!("No node group found for name: {name}.")))
}

/// The launch template of a request: id, name, version, and what that version says.
fn template(ctx: &Ctx, given: &Value) -> Result<(Value, Value), AwsError> {
    let (id, name) = (given["id"].as_str(), given["name"].as_str());
    if id.is_some() && name.is_some() {
        return Err(invalid("Either provide launch template ID or launch template name in the request."));
    }
    let found = ec2::launch_template::find(ctx, id, name).map_err(|e| invalid(e.message))?;
    let wanted = given["version"].as_str().unwrap_or("$Default");
    let version = ec2::launch_template::version(&found, wanted).map_err(|e| invalid(e.message))?;
    let shown = json!({
        "id": found["LaunchTemplateId"], "name": found["LaunchTemplateName"],
        "version": version["VersionNumber"].to_string(),
    });
    Ok((shown, version["LaunchTemplateData"].clone()))
}

fn scaling(given: &Value) -> Result<Value, AwsError> {
    let n = |m: &str, or: i64| given[m].as_i64().unwrap_or(or);
    let (min, max) = (n("minSize", 1), n("maxSize", 2));
    let desired = n("desiredSize", min.max(1));
    if max < 1 || min > max {
        return Err(invalid(format!("Minimum capacity {min} can't be greater than maximum capacity {max}")));
    }
    if desired < min || desired > max {
        return Err(invalid(format!("desired capacity {desired} can't be out of the range from {min} to {max}")));
    }
    Ok(json!({"minSize": min, "maxSize": max, "desiredSize": desired}))
}

/// The version of the image that nodes start from: of Amazon Linux the patch of Kubernetes and a day.
fn release(ami_type: &str, version: &str) -> String {
    let patch = catalogue::version(version).map_or(version, |v| v.0);
    match ami_type.starts_with("BOTTLEROCKET") {
        true => "1.41.0-54421ea9".into(),
        false => format!("{patch}-20250610"),
    }
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["clientRequestToken"]);
    refuse(input, &["warmPoolConfig"])?;
    let (cluster, name) = (input.str("clusterName")?, input.str("nodegroupName")?);
    let owner = active_cluster(ctx, cluster)?;
    let role = input.str("nodeRole")?;
    check_role(role)?;
    let subnets = input.strings("subnets")?;
    for s in &subnets {
        if ec2::SUBNET.find(ctx, s).is_none() {
            return Err(invalid(format!("The subnet ID '{s}' does not exist")));
        }
    }
    if subnets.is_empty() {
        return Err(invalid("Node group must have at least one subnet"));
    }
    let scaling = scaling(&input.raw("scalingConfig").cloned().unwrap_or_default())?;
    let (launch, said) = match input.raw("launchTemplate") {
        Some(given) => {
            let (shown, said) = template(ctx, given)?;
            (Some(shown), said)
        }
        None => (None, json!({})),
    };
    let own_image = said["ImageId"].as_str();
    let asked = input.filled("amiType")?;
    let ami_type = match (own_image, asked) {
        (Some(_), None | Some("CUSTOM")) => "CUSTOM",
        (Some(_), Some(_)) => {
            return Err(invalid(
                "You cannot specify an AMI Type other than CUSTOM, when specifying an image id in your launch template.",
            ));
        }
        (None, Some(asked)) => asked,
        // Since Kubernetes 1.30 it is Amazon Linux 2023.
        (None, None) => "AL2023_x86_64_STANDARD",
    };
    let kinds = input.strings("instanceTypes")?;
    if !kinds.is_empty() && said.get("InstanceType").is_some() {
        return Err(invalid("You cannot specify instance types in both launch template and API request"));
    }
    let arm = ami_type.contains("ARM_64");
    let default = if arm { "t4g.medium" } else { "t3.medium" };
    let instance_types: Vec<&str> = match (kinds.is_empty(), said.get("InstanceType").is_some()) {
        (false, _) => kinds.clone(),
        (true, true) => Vec::new(),
        (true, false) => vec![default],
    };
    let disk = input.opt_int("diskSize")?;
    if disk.is_some() && launch.is_some() {
        return Err(invalid("Disk size must be specified within the launch template."));
    }
    let remote = input.raw("remoteAccess").cloned();
    if remote.is_some() && launch.is_some() {
        return Err(invalid("Remote access configuration cannot be specified with a launch template."));
    }
    let version = input.filled("version")?.unwrap_or_else(|| text(&owner, "version"));
    let release_version = match (own_image, input.filled("releaseVersion")?) {
        (Some(image), _) => image.to_owned(),
        (None, Some(asked)) => asked.to_owned(),
        (None, None) => release(ami_type, version),
    };
    let tags = tags_of(input)?;
    let key = format!("{cluster}/{name}");
    if find(ctx, NODEGROUP, &key).is_some() {
        return Err(in_use(format!("NodeGroup already exists with name {name} and cluster name {cluster}")));
    }
    let id = ctx.new_uuid("nodegroup");
    let group = format!("eks-{name}-{id}");
    let mut doc = json!({
        "nodegroupName": name,
        "nodegroupArn": ctx.arn("eks", &format!("nodegroup/{cluster}/{name}/{id}")),
        "clusterName": cluster,
        "releaseVersion": release_version,
        "createdAt": ctx.timestamp(),
        "modifiedAt": ctx.timestamp(),
        "status": "CREATING",
        "capacityType": input.filled("capacityType")?.unwrap_or("ON_DEMAND"),
        "scalingConfig": scaling,
        "subnets": subnets,
        "amiType": ami_type,
        "nodeRole": role,
        "health": {"issues": []},
        "updateConfig": input.raw("updateConfig").cloned().unwrap_or_else(|| json!({"maxUnavailable": 1})),
        "resources": {"autoScalingGroups": [{"name": group}]},
        "tags": tags,
        "labels": input.raw("labels").cloned().unwrap_or_else(|| json!({})),
    });
    // With an image of one's own AWS does not know which version it has.
    if own_image.is_none() {
        set(&mut doc, "version", version);
    }
    if !instance_types.is_empty() {
        set(&mut doc, "instanceTypes", json!(instance_types));
    }
    if launch.is_none() {
        set(&mut doc, "diskSize", disk.unwrap_or(20));
    }
    set_some(&mut doc, "launchTemplate", launch);
    set_some(&mut doc, "taints", input.raw("taints").cloned());
    set_some(&mut doc, "nodeRepairConfig", input.raw("nodeRepairConfig").cloned());
    if let Some(remote) = &remote {
        let vpc = text(&owner["resourcesVpcConfig"], "vpcId").to_owned();
        let from: Vec<String> =
            items(remote, "sourceSecurityGroups").iter().filter_map(|g| g.as_str().map(str::to_owned)).collect();
        let ssh = ec2::ssh_security_group(ctx, &vpc, name, &from);
        set(&mut doc["resources"], "remoteAccessSecurityGroup", ssh);
    }
    set_some(&mut doc, "remoteAccess", remote);
    start_nodes(ctx, &owner, &doc, &said, &group)?;
    put(ctx, NODEGROUP, &key, doc.clone());
    let kind = if ami_type.starts_with("WINDOWS") { "EC2_WINDOWS" } else { "EC2_LINUX" };
    access::for_nodes(ctx, &owner, role, kind);
    ctx.after(240, "eks-nodegroup-active", &key);
    Ok(json!({"nodegroup": public(&doc)}))
}

/// Makes the Auto Scaling group of a node group, with its instances.
fn start_nodes(ctx: &mut Ctx, owner: &Value, doc: &Value, said: &Value, group: &str) -> Result<(), AwsError> {
    let (ami_type, version) = (text(doc, "amiType"), text(owner, "version"));
    let image = match said["ImageId"].as_str() {
        Some(image) => Some(image.to_owned()),
        None => ec2::image::of_nodes(&ctx.region, ami_type, version),
    };
    let Some(image) = image else {
        return Err(AwsError::not_implemented(format!("nodes of type {ami_type}")));
    };
    let mut data = said.clone();
    set(&mut data, "ImageId", image);
    let kind = items(doc, "instanceTypes").first().and_then(Value::as_str).map(str::to_owned);
    set_some(&mut data, "InstanceType", kind);
    if data.get("SecurityGroupIds").is_none() && data.get("NetworkInterfaces").is_none() {
        let group = owner["resourcesVpcConfig"]["clusterSecurityGroupId"].clone();
        let ssh = doc["resources"].get("remoteAccessSecurityGroup").cloned();
        set(&mut data, "SecurityGroupIds", [group].into_iter().chain(ssh).collect::<Vec<Value>>());
    }
    set_some(&mut data, "KeyName", doc["remoteAccess"]["ec2SshKey"].as_str());
    if let Some(size) = doc["diskSize"].as_i64() {
        let disk = json!([{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": size, "VolumeType": "gp3"}}]);
        set(&mut data, "BlockDeviceMappings", disk);
    }
    let cluster = text(doc, "clusterName");
    let mut tags = vec![
        json!({"Key": "eks:cluster-name", "Value": cluster}),
        json!({"Key": "eks:nodegroup-name", "Value": doc["nodegroupName"]}),
        json!({"Key": format!("kubernetes.io/cluster/{cluster}"), "Value": "owned"}),
        json!({"Key": format!("k8s.io/cluster-autoscaler/{cluster}"), "Value": "owned"}),
        json!({"Key": "k8s.io/cluster-autoscaler/enabled", "Value": "true"}),
    ];
    if let Some(name) =
        said["TagSpecifications"].as_array().into_iter().flatten().find(|t| t["ResourceType"] == "instance")
    {
        tags.extend(items(name, "Tags").iter().cloned());
    }
    let subnets: Vec<String> = items(doc, "subnets").iter().filter_map(|s| s.as_str().map(str::to_owned)).collect();
    let n = |m: &str| doc["scalingConfig"][m].as_i64().unwrap_or(0);
    autoscaling::make_for_nodes(
        ctx,
        &autoscaling::Nodes {
            name: group,
            data: &data,
            subnets: &subnets,
            sizes: (n("minSize"), n("maxSize"), n("desiredSize")),
            tags,
        },
    )
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input.str("clusterName")?, input.str("nodegroupName")?)?;
    let step = if text(&doc, "status") == "CREATING" { 120 } else { 60 };
    Ok(json!({"nodegroup": shown(ctx, &doc, "status", step)}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let cluster = input.str("clusterName")?;
    super::cluster::get(ctx, cluster)?;
    let all = of_cluster(ctx, NODEGROUP, cluster).iter().map(|(_, d)| d["nodegroupName"].clone()).collect();
    names(input, "nodegroups", all)
}

fn idle(ctx: &Ctx, cluster: &str, name: &str) -> Result<Value, AwsError> {
    let doc = get(ctx, cluster, name)?;
    match text(&doc, "status") {
        "ACTIVE" | "DEGRADED" => Ok(doc),
        status => Err(in_use(format!("Nodegroup {name} cannot be updated as it is in status {status}"))),
    }
}

fn same_taint(a: &Value, b: &Value) -> bool {
    a["key"] == b["key"] && a["effect"] == b["effect"]
}

fn update_config(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["clientRequestToken"]);
    refuse(input, &["warmPoolConfig"])?;
    let (cluster, name) = (input.str("clusterName")?, input.str("nodegroupName")?);
    let mut doc = idle(ctx, cluster, name)?;
    let mut params: Vec<(&str, String)> = Vec::new();
    if let Some(wanted) = input.raw("scalingConfig") {
        let mut merged = doc["scalingConfig"].clone();
        for (member, v) in wanted.as_object().into_iter().flatten() {
            set(&mut merged, member, v.clone());
        }
        let new = scaling(&merged)?;
        let group = text(&doc["resources"]["autoScalingGroups"][0], "name").to_owned();
        let n = |m: &str| new[m].as_i64().unwrap_or(0);
        autoscaling::resize(ctx, &group, (n("minSize"), n("maxSize"), n("desiredSize")))?;
        for (member, kind) in [("minSize", "MinSize"), ("maxSize", "MaxSize"), ("desiredSize", "DesiredSize")] {
            params.push((kind, new[member].to_string()));
        }
        set(&mut doc, "scalingConfig", new);
    }
    if let Some(wanted) = input.raw("labels") {
        let labels = &mut doc["labels"];
        for (k, v) in wanted["addOrUpdateLabels"].as_object().into_iter().flatten() {
            set(labels, k, v.clone());
        }
        for gone in items(wanted, "removeLabels").iter().filter_map(Value::as_str) {
            crate::document::unset(labels, gone);
        }
        params.push(("LabelsToAdd", wanted["addOrUpdateLabels"].to_string()));
    }
    if let Some(wanted) = input.raw("taints") {
        let mut all = items(&doc, "taints").to_vec();
        let (add, gone) = (items(wanted, "addOrUpdateTaints"), items(wanted, "removeTaints"));
        all.retain(|t| !gone.iter().chain(add).any(|g| same_taint(g, t)));
        all.extend(add.iter().cloned());
        if all.is_empty() {
            crate::document::unset(&mut doc, "taints");
        } else {
            set(&mut doc, "taints", all);
        }
        params.push(("TaintsToAdd", json!(add).to_string()));
    }
    for (member, kind) in [("updateConfig", "MaxUnavailable"), ("nodeRepairConfig", "NodeRepairEnabled")] {
        if let Some(wanted) = input.raw(member) {
            set(&mut doc, member, wanted.clone());
            params.push((kind, wanted.to_string()));
        }
    }
    if params.is_empty() {
        return Err(invalid("No changes needed for the requested update"));
    }
    let key = format!("{cluster}/{name}");
    put(ctx, NODEGROUP, &key, doc);
    Ok(json!({"update": updates::begin(ctx, cluster, (NODEGROUP, &key), "ConfigUpdate", &params)}))
}

fn update_version(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["clientRequestToken", "force"]);
    let (cluster, name) = (input.str("clusterName")?, input.str("nodegroupName")?);
    let mut doc = idle(ctx, cluster, name)?;
    let owner = super::cluster::get(ctx, cluster)?;
    if let Some(given) = input.raw("launchTemplate") {
        if doc.get("launchTemplate").is_none() {
            return Err(invalid("The node group was made without a launch template."));
        }
        let (shown, said) = template(ctx, given)?;
        if shown["id"] != doc["launchTemplate"]["id"] {
            return Err(invalid("You can't change the launch template of a node group to another one."));
        }
        if let Some(image) = said["ImageId"].as_str() {
            set(&mut doc, "releaseVersion", image);
        }
        set(&mut doc, "launchTemplate", shown);
    }
    let asked = input.filled("version")?;
    if let Some(v) = asked
        && catalogue::version(v).is_none()
    {
        return Err(invalid(format!("unsupported Kubernetes version {v}")));
    }
    if doc.get("version").is_some() {
        // Without a version the nodes get that of the cluster.
        let version = asked.unwrap_or_else(|| text(&owner, "version")).to_owned();
        let wanted = input.filled("releaseVersion")?;
        let release = wanted.map_or_else(|| release(text(&doc, "amiType"), &version), str::to_owned);
        set(&mut doc, "version", version);
        set(&mut doc, "releaseVersion", release);
    }
    let params =
        [("Version", text(&doc, "version").to_owned()), ("ReleaseVersion", text(&doc, "releaseVersion").to_owned())];
    let key = format!("{cluster}/{name}");
    put(ctx, NODEGROUP, &key, doc);
    Ok(json!({"update": updates::begin(ctx, cluster, (NODEGROUP, &key), "VersionUpdate", &params)}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let (cluster, name) = (input.str("clusterName")?, input.str("nodegroupName")?);
    let mut doc = get(ctx, cluster, name)?;
    if text(&doc, "status") == "DELETING" {
        return Err(in_use(format!("Nodegroup {name} is being deleted")));
    }
    set(&mut doc, "status", "DELETING");
    let group = text(&doc["resources"]["autoScalingGroups"][0], "name").to_owned();
    autoscaling::end(ctx, &group);
    let key = format!("{cluster}/{name}");
    put(ctx, NODEGROUP, &key, doc.clone());
    ctx.after(180, "eks-nodegroup-deleted", &key);
    Ok(json!({"nodegroup": public(&doc)}))
}

/// The node group is gone.
pub(crate) fn deleted(ctx: &mut Ctx, key: &str) {
    let ssh = find(ctx, NODEGROUP, key).map(|d| text(&d["resources"], "remoteAccessSecurityGroup").to_owned());
    if let Some(ssh) = ssh.filter(|g| !g.is_empty()) {
        ec2::forget_group(ctx, &ssh);
    }
    forget(ctx, NODEGROUP, key);
}
