//! Auto Scaling groups.

use serde_json::{Value, json};

use super::{around, invalid};
use crate::context::Ctx;
use crate::document::{items, items_mut, public, put_tags, remove_tags, set, set_some, text, unset};
use crate::ec2;
use crate::ec2::instance_launch::Launch;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateAutoScalingGroup", create),
    ("DescribeAutoScalingGroups", describe),
    ("UpdateAutoScalingGroup", update),
    ("DeleteAutoScalingGroup", delete),
    ("DescribeScalingActivities", activities),
    ("CreateOrUpdateTags", tag),
    ("DeleteTags", untag),
    ("EnableMetricsCollection", |ctx, input| metrics(ctx, input, true)),
    ("DisableMetricsCollection", |ctx, input| metrics(ctx, input, false)),
    ("SuspendProcesses", |ctx, input| processes(ctx, input, true)),
    ("ResumeProcesses", |ctx, input| processes(ctx, input, false)),
];

const TABLE: &str = "autoscaling-group";

/// The group with a name.
pub(crate) fn get(ctx: &Ctx, name: &str) -> Result<Value, AwsError> {
    ctx.store
        .get(&ctx.regional(TABLE), name)
        .cloned()
        .ok_or_else(|| invalid(format!("AutoScalingGroup name not found - AutoScalingGroup {name} not found")))
}

pub(super) fn put(ctx: &mut Ctx, doc: Value) {
    let (table, name) = (ctx.regional(TABLE), text(&doc, "AutoScalingGroupName").to_owned());
    ctx.store.put(&table, &name, doc);
}

/// What the names of a launch template stand for, in the spelling of groups.
fn template(ctx: &Ctx, given: &Value) -> Result<(Value, Value), AwsError> {
    let id = given["LaunchTemplateId"].as_str();
    // What is kept has both.
    let name = given["LaunchTemplateName"].as_str().filter(|_| id.is_none());
    let found = ec2::launch_template::find(ctx, id, name).map_err(|e| invalid(e.message))?;
    let wanted = given["Version"].as_str().unwrap_or("$Default");
    let version = ec2::launch_template::version(&found, wanted).map_err(|e| invalid(e.message))?;
    let mut shown = json!({
        "LaunchTemplateId": found["LaunchTemplateId"], "LaunchTemplateName": found["LaunchTemplateName"],
    });
    set_some(&mut shown, "Version", given["Version"].as_str());
    Ok((shown, version))
}

/// Members that are taken as they are.
const PLAIN: &[&str] = &[
    "CapacityRebalance",
    "Context",
    "DefaultCooldown",
    "DefaultInstanceWarmup",
    "DesiredCapacityType",
    "HealthCheckGracePeriod",
    "HealthCheckType",
    "MaxInstanceLifetime",
    "NewInstancesProtectedFromScaleIn",
    "PlacementGroup",
    "ServiceLinkedRoleARN",
    "TerminationPolicies",
    "InstanceMaintenancePolicy",
    "AvailabilityZoneDistribution",
    "CapacityReservationSpecification",
];

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&[
        "LaunchConfigurationName",
        "InstanceId",
        "AvailabilityZoneIds",
        "LoadBalancerNames",
        "TargetGroupARNs",
        "TrafficSources",
        "AvailabilityZoneImpairmentPolicy",
        "SkipZonalShiftValidation",
        "InstanceLifecyclePolicy",
        "DeletionProtection",
    ])?;
    let name = input.str("AutoScalingGroupName")?;
    if get(ctx, name).is_ok() {
        let message =
            format!("AutoScalingGroup by this name already exists - A group with the name {name} already exists");
        return Err(AwsError::new("AlreadyExists", message));
    }
    let (min, max) = (input.int("MinSize")?, input.int("MaxSize")?);
    let desired = input.opt_int("DesiredCapacity")?.unwrap_or(min);
    sizes(min, max, desired)?;
    let id = ctx.new_uuid("asg");
    let role = format!(
        "arn:aws:iam::{}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
        ctx.account
    );
    let mut doc = json!({
        "AutoScalingGroupName": name,
        "AutoScalingGroupARN": ctx.arn("autoscaling", &format!("autoScalingGroup:{id}:autoScalingGroupName/{name}")),
        "MinSize": min,
        "MaxSize": max,
        "DesiredCapacity": desired,
        "DefaultCooldown": 300,
        "AvailabilityZones": [],
        "LoadBalancerNames": [],
        "TargetGroupARNs": [],
        "HealthCheckType": "EC2",
        "HealthCheckGracePeriod": 0,
        "CreatedTime": ctx.timestamp(),
        "SuspendedProcesses": [],
        "VPCZoneIdentifier": "",
        "EnabledMetrics": [],
        "Tags": [],
        "TerminationPolicies": ["Default"],
        "NewInstancesProtectedFromScaleIn": false,
        "ServiceLinkedRoleARN": role,
        "CapacityRebalance": false,
        "TrafficSources": [],
        "AvailabilityZoneDistribution": {"CapacityDistributionStrategy": "balanced-best-effort"},
        "CapacityReservationSpecification": {"CapacityReservationPreference": "default"},
        "_instances": [],
    });
    change(ctx, input, &mut doc)?;
    for t in input.structures("Tags")? {
        let entry = tag_of(name, t)?;
        if let Some(list) = items_mut(&mut doc, "Tags") {
            list.push(entry);
        }
    }
    for hook in input.structures("LifecycleHookSpecificationList")? {
        around::put_hook(&mut doc, &hook)?;
    }
    if doc.get("LaunchTemplate").is_none() && doc.get("MixedInstancesPolicy").is_none() {
        return Err(invalid(
            "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.",
        ));
    }
    if items(&doc, "AvailabilityZones").is_empty() {
        return Err(invalid("At least one Availability Zone or VPC Subnet is required."));
    }
    put(ctx, doc);
    settle(ctx, name)?;
    Ok(json!({}))
}

fn sizes(min: i64, max: i64, desired: i64) -> Result<(), AwsError> {
    if min > max {
        return Err(invalid("Max bound must be greater than or equal to min bound."));
    }
    if desired < min || desired > max {
        return Err(invalid(format!(
            "Desired capacity:{desired} must be between the specified min size:{min} and max size:{max}"
        )));
    }
    Ok(())
}

/// Takes over what a request says of a group.
fn change(ctx: &Ctx, input: &Input, doc: &mut Value) -> Result<(), AwsError> {
    let both = |t: &Value| t.get("LaunchTemplateId").is_some() && t.get("LaunchTemplateName").is_some();
    if let Some(given) = input.raw("LaunchTemplate") {
        if both(given) {
            return Err(invalid("Valid requests must contain either launchTemplateId or LaunchTemplateName"));
        }
        let (shown, _) = template(ctx, given)?;
        set(doc, "LaunchTemplate", shown);
        unset(doc, "MixedInstancesPolicy");
    }
    if let Some(given) = input.raw("MixedInstancesPolicy") {
        let mut policy = given.clone();
        let (shown, _) = template(ctx, &given["LaunchTemplate"]["LaunchTemplateSpecification"])?;
        set(&mut policy["LaunchTemplate"], "LaunchTemplateSpecification", shown);
        let mut distribution = json!({
            "OnDemandAllocationStrategy": "prioritized", "OnDemandBaseCapacity": 0,
            "OnDemandPercentageAboveBaseCapacity": 100, "SpotAllocationStrategy": "lowest-price", "SpotInstancePools": 2,
        });
        for (member, v) in policy["InstancesDistribution"].as_object().into_iter().flatten() {
            set(&mut distribution, member, v.clone());
        }
        if text(&distribution, "SpotAllocationStrategy") != "lowest-price" {
            unset(&mut distribution, "SpotInstancePools");
        }
        set(&mut policy, "InstancesDistribution", distribution);
        set(doc, "MixedInstancesPolicy", policy);
        unset(doc, "LaunchTemplate");
    }
    if let Some(list) = input.filled("VPCZoneIdentifier")? {
        let mut zones = Vec::new();
        for id in list.split(',') {
            let Some(place) = ec2::SUBNET.find(ctx, id.trim()) else {
                return Err(invalid(format!("The subnet ID '{id}' does not exist")));
            };
            zones.push(place["AvailabilityZone"].clone());
        }
        zones.sort_by_key(|z| z.as_str().map(str::to_owned));
        zones.dedup();
        set(doc, "VPCZoneIdentifier", list);
        set(doc, "AvailabilityZones", zones);
    }
    let zones = input.strings("AvailabilityZones")?;
    if !zones.is_empty() && text(doc, "VPCZoneIdentifier").is_empty() {
        set(doc, "AvailabilityZones", json!(zones));
    }
    for member in PLAIN {
        if let Some(v) = input.raw(member) {
            // An update takes these away with empty text and -1, a maintenance policy with -1 for both.
            let none = *v == json!({"MinHealthyPercentage": -1, "MaxHealthyPercentage": -1});
            if v.as_str() == Some("") || v == -1 || none {
                unset(doc, member);
            } else {
                set(doc, member, v.clone());
            }
        }
    }
    Ok(())
}

/// Exchanges all instances of a group.
///
/// # Errors
/// AWS's for what cannot be launched.
pub(super) fn renew(ctx: &mut Ctx, name: &str) -> Result<(), AwsError> {
    for id in alive(ctx, &get(ctx, name)?) {
        ec2::instance::end(ctx, &id);
    }
    settle(ctx, name)
}

/// Starts or ends instances until a group has as many as it is to have. Protected ones stay.
///
/// # Errors
/// AWS's for what cannot be launched.
pub(super) fn settle(ctx: &mut Ctx, name: &str) -> Result<(), AwsError> {
    let doc = get(ctx, name)?;
    let mut have = alive(ctx, &doc);
    let wanted = usize::try_from(doc["DesiredCapacity"].as_i64().unwrap_or(0)).unwrap_or(0);
    let protected: Vec<String> =
        items(&doc, "_protected").iter().filter_map(|i| i.as_str().map(str::to_owned)).collect();
    let surplus = have.len().saturating_sub(wanted);
    for id in have.iter().rev().filter(|id| !protected.contains(id)).take(surplus).cloned().collect::<Vec<_>>() {
        ec2::instance::end(ctx, &id);
        have.retain(|h| *h != id);
    }
    let mut started = Vec::new();
    let subnets: Vec<String> = text(&doc, "VPCZoneIdentifier").split(',').map(|s| s.trim().to_owned()).collect();
    let given = match doc.get("LaunchTemplate") {
        Some(t) => t.clone(),
        None => doc["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"].clone(),
    };
    while have.len() < wanted {
        let subnet = subnets.get(have.len() % subnets.len().max(1)).cloned().unwrap_or_default();
        let version = match doc.get("_data") {
            Some(data) => json!({"LaunchTemplateData": data, "LaunchTemplateId": "", "VersionNumber": 1}),
            None => template(ctx, &given)?.1,
        };
        let id = launch(ctx, &doc, version, &subnet)?;
        have.push(id.clone());
        started.push(json!(id));
    }
    let mut doc = get(ctx, name)?;
    set(&mut doc, "_instances", json!(have));
    let protects = doc["NewInstancesProtectedFromScaleIn"] == true;
    if let Some(list) = items_mut(&mut doc, "_protected") {
        list.retain(|i| have.iter().any(|h| i == h.as_str()));
        list.extend(started.into_iter().filter(|_| protects));
    }
    put(ctx, doc);
    Ok(())
}

fn launch(ctx: &mut Ctx, doc: &Value, mut version: Value, subnet: &str) -> Result<String, AwsError> {
    let mut tags = Vec::new();
    for t in items(doc, "Tags").iter().filter(|t| t["PropagateAtLaunch"] == true) {
        tags.push(json!({"Key": t["Key"], "Value": t["Value"]}));
    }
    let mut wanted = json!({"TagSpecifications": [{"ResourceType": "instance", "Tags": tags}]});
    if let Some(kind) = items(&doc["MixedInstancesPolicy"]["LaunchTemplate"], "Overrides").first()
        && let Some(kind) = kind["InstanceType"].as_str()
    {
        set(&mut wanted, "InstanceType", kind);
    }
    let data = &mut version["LaunchTemplateData"];
    if data.get("InstanceType").is_none() && wanted.get("InstanceType").is_none() {
        // Requirements in place of a type: AWS picks one that fits; here it is always the same.
        set(&mut wanted, "InstanceType", "m5.large");
    }
    unset(data, "InstanceRequirements");
    match items_mut(data, "NetworkInterfaces") {
        Some(list) if !list.is_empty() => list.iter_mut().for_each(|n| set(n, "SubnetId", subnet)),
        _ => {
            unset(data, "NetworkInterfaces");
            set(&mut wanted, "SubnetId", subnet);
        }
    }
    let of_nodes = doc.get("_data").is_some();
    let reservation = ctx.new_id("r");
    let launch = Launch { wanted, template: Some(version), token: None };
    let id = launch.run(ctx, &reservation, 0)?;
    let group = doc["AutoScalingGroupName"].clone();
    ec2::INSTANCE.update(ctx, &id, |i| {
        if let Some(list) = items_mut(i, "Tags") {
            if of_nodes {
                list.retain(|t| !text(t, "Key").starts_with("aws:ec2launchtemplate"));
            }
            list.push(json!({"Key": "aws:autoscaling:groupName", "Value": group}));
        }
        set(i, "_with", "group");
    });
    Ok(id)
}

/// The instances of a group that are not on their way out.
fn alive(ctx: &Ctx, doc: &Value) -> Vec<String> {
    items(doc, "_instances")
        .iter()
        .filter_map(Value::as_str)
        .filter(|id| {
            let found = ec2::INSTANCE.find(ctx, id);
            found.is_some_and(|i| !matches!(ec2::instance::state_of(i), "shutting-down" | "terminated"))
        })
        .map(str::to_owned)
        .collect()
}

fn render(ctx: &Ctx, doc: &Value) -> Value {
    let mut shown = public(doc);
    let given = match doc.get("LaunchTemplate") {
        Some(t) => t.clone(),
        None => doc["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"].clone(),
    };
    let number = template(ctx, &given).map(|(_, v)| v["VersionNumber"].to_string()).ok();
    let instances: Vec<Value> = items(doc, "_instances")
        .iter()
        .filter_map(Value::as_str)
        .filter_map(|id| ec2::INSTANCE.find(ctx, id))
        .filter(|i| ec2::instance::state_of(i) != "terminated")
        .map(|i| {
            let state = match ec2::instance::state_of(i) {
                "pending" => "Pending",
                "running" => "InService",
                _ => "Terminating",
            };
            let mut one = json!({
                "InstanceId": i["InstanceId"], "InstanceType": i["InstanceType"],
                "AvailabilityZone": i["Placement"]["AvailabilityZone"], "LifecycleState": state,
                "HealthStatus": "Healthy", "ProtectedFromScaleIn": items(doc, "_protected").contains(&i["InstanceId"]),
            });
            if let Some(number) = &number {
                let mut t = given.clone();
                set(&mut t, "Version", number.as_str());
                set(&mut one, "LaunchTemplate", t);
            }
            one
        })
        .collect();
    set(&mut shown, "Instances", instances);
    shown
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let wanted = input.strings("AutoScalingGroupNames")?;
    input.flag("IncludeInstances")?;
    let table = ctx.regional(TABLE);
    let docs: Vec<Value> = ctx
        .store
        .rows(&table)
        .filter(|(name, _)| wanted.is_empty() || wanted.contains(&name.as_str()))
        .map(|(_, d)| render(ctx, d))
        .collect();
    let docs = ec2::filter_by_tags(input, docs)?;
    let passing = |d: &Value| {
        !text(d, "Status").is_empty()
            || !text(&d["WarmPoolConfiguration"], "Status").is_empty()
            || items(d, "Instances").iter().any(|i| text(i, "LifecycleState") != "InService")
    };
    if docs.iter().any(passing) {
        ctx.pending = true;
    }
    let max = input.opt_int("MaxRecords")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(50);
    let page = page::cut(docs, Some(max), input.filled("NextToken")?, "InvalidNextToken")?;
    Ok(page::document("AutoScalingGroups", page, "NextToken"))
}

fn update(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&[
        "LaunchConfigurationName",
        "AvailabilityZoneIds",
        "AvailabilityZoneImpairmentPolicy",
        "SkipZonalShiftValidation",
        "InstanceLifecyclePolicy",
        "DeletionProtection",
    ])?;
    let name = input.str("AutoScalingGroupName")?;
    let mut doc = get(ctx, name)?;
    change(ctx, input, &mut doc)?;
    let n = |m: &str, have: &Value| have[m].as_i64().unwrap_or(0);
    let min = input.opt_int("MinSize")?.unwrap_or(n("MinSize", &doc));
    let max = input.opt_int("MaxSize")?.unwrap_or(n("MaxSize", &doc));
    let desired = match input.opt_int("DesiredCapacity")? {
        Some(d) => d,
        // What is there is brought within new bounds.
        None => n("DesiredCapacity", &doc).clamp(min, max.max(min)),
    };
    sizes(min, max, desired)?;
    set(&mut doc, "MinSize", min);
    set(&mut doc, "MaxSize", max);
    set(&mut doc, "DesiredCapacity", desired);
    put(ctx, doc);
    settle(ctx, name)?;
    Ok(json!({}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("AutoScalingGroupName")?;
    let doc = get(ctx, name)?;
    if !input.flag("ForceDelete")? && !alive(ctx, &doc).is_empty() {
        let message = "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.";
        return Err(AwsError::new("ResourceInUse", message));
    }
    end(ctx, name);
    Ok(json!({}))
}

/// Ends a group with its instances.
pub(crate) fn end(ctx: &mut Ctx, name: &str) {
    let Ok(mut doc) = get(ctx, name) else { return };
    for id in alive(ctx, &doc) {
        ec2::instance::end(ctx, &id);
    }
    set(&mut doc, "Status", "Delete in progress");
    set(&mut doc, "DesiredCapacity", 0);
    put(ctx, doc);
    ctx.after(60, "asg-ended", name);
}

/// The group is gone.
pub(crate) fn ended(ctx: &mut Ctx, name: &str) {
    let table = ctx.regional(TABLE);
    ctx.store.remove(&table, name);
    super::schedule::forget_group(ctx, name);
}

/// What a node group wants of its Auto Scaling group.
pub(crate) struct Nodes<'a> {
    pub(crate) name: &'a str,
    /// What instances are started with, as a launch template says it.
    pub(crate) data: &'a Value,
    pub(crate) subnets: &'a [String],
    /// At least, at most, and how many there are to be.
    pub(crate) sizes: (i64, i64, i64),
    /// Tags of the instances.
    pub(crate) tags: Vec<Value>,
}

/// Makes the group of a node group.
///
/// # Errors
/// AWS's for what cannot be launched.
pub(crate) fn make_for_nodes(ctx: &mut Ctx, nodes: &Nodes) -> Result<(), AwsError> {
    let id = ctx.new_uuid("asg");
    let name = nodes.name;
    let mut zones: Vec<Value> =
        nodes.subnets.iter().filter_map(|s| ec2::SUBNET.find(ctx, s)).map(|s| s["AvailabilityZone"].clone()).collect();
    zones.sort_by_key(|z| z.as_str().map(str::to_owned));
    zones.dedup();
    let tags: Vec<Value> = nodes
        .tags
        .iter()
        .map(|t| {
            json!({
                "ResourceId": name, "ResourceType": "auto-scaling-group", "Key": t["Key"], "Value": t["Value"],
                "PropagateAtLaunch": true,
            })
        })
        .collect();
    let doc = json!({
        "AutoScalingGroupName": name,
        "AutoScalingGroupARN": ctx.arn("autoscaling", &format!("autoScalingGroup:{id}:autoScalingGroupName/{name}")),
        "MinSize": nodes.sizes.0,
        "MaxSize": nodes.sizes.1,
        "DesiredCapacity": nodes.sizes.2,
        "DefaultCooldown": 300,
        "AvailabilityZones": zones,
        "LoadBalancerNames": [],
        "TargetGroupARNs": [],
        "HealthCheckType": "EC2",
        "HealthCheckGracePeriod": 15,
        "CreatedTime": ctx.timestamp(),
        "SuspendedProcesses": [],
        "VPCZoneIdentifier": nodes.subnets.join(","),
        "EnabledMetrics": [],
        "Tags": tags,
        "TerminationPolicies": ["AllocationStrategy", "OldestLaunchTemplate", "OldestInstance"],
        "NewInstancesProtectedFromScaleIn": false,
        "CapacityRebalance": true,
        "TrafficSources": [],
        "_instances": [],
        "_data": nodes.data,
        "_with": "nodes",
    });
    put(ctx, doc);
    settle(ctx, name)
}

/// Gives a group other sizes.
///
/// # Errors
/// AWS's for what cannot be launched.
pub(crate) fn resize(ctx: &mut Ctx, name: &str, (min, max, desired): (i64, i64, i64)) -> Result<(), AwsError> {
    let mut doc = get(ctx, name)?;
    set(&mut doc, "MinSize", min);
    set(&mut doc, "MaxSize", max);
    set(&mut doc, "DesiredCapacity", desired);
    put(ctx, doc);
    settle(ctx, name)
}

fn activities(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["ActivityIds", "IncludeDeletedGroups", "MaxRecords", "NextToken", "Filters"]);
    if let Some(name) = input.filled("AutoScalingGroupName")? {
        get(ctx, name)?;
    }
    // Nothing fails here, and what has worked nobody asks for.
    Ok(json!({"Activities": []}))
}

fn tag_of(group: &str, t: Input) -> Result<Value, AwsError> {
    t.accept(&["ResourceId", "ResourceType"]);
    Ok(json!({
        "ResourceId": group, "ResourceType": "auto-scaling-group", "Key": t.str("Key")?,
        "Value": t.opt_str("Value")?.unwrap_or(""), "PropagateAtLaunch": t.flag("PropagateAtLaunch")?,
    }))
}

fn tag(ctx: &mut Ctx, input: &Input) -> Answer {
    for t in input.structures("Tags")? {
        let name = t.str("ResourceId")?.to_owned();
        let mut doc = get(ctx, &name)?;
        let entry = tag_of(&name, t)?;
        put_tags(&mut doc, "Tags", "Key", [entry]);
        put(ctx, doc);
    }
    Ok(json!({}))
}

fn untag(ctx: &mut Ctx, input: &Input) -> Answer {
    for t in input.structures("Tags")? {
        t.accept(&["ResourceType", "Value", "PropagateAtLaunch"]);
        let (name, key) = (t.str("ResourceId")?, t.str("Key")?);
        let mut doc = get(ctx, name)?;
        remove_tags(&mut doc, "Tags", "Key", &[key]);
        put(ctx, doc);
    }
    Ok(json!({}))
}

fn metrics(ctx: &mut Ctx, input: &Input, on: bool) -> Answer {
    const ALL: [&str; 8] = [
        "GroupMinSize",
        "GroupMaxSize",
        "GroupDesiredCapacity",
        "GroupInServiceInstances",
        "GroupPendingInstances",
        "GroupStandbyInstances",
        "GroupTerminatingInstances",
        "GroupTotalInstances",
    ];
    let mut doc = get(ctx, input.str("AutoScalingGroupName")?)?;
    let named = input.strings("Metrics")?;
    let wanted: Vec<&str> = if named.is_empty() { ALL.to_vec() } else { named };
    let granularity = if on { input.str("Granularity")? } else { "1Minute" };
    if let Some(list) = items_mut(&mut doc, "EnabledMetrics") {
        list.retain(|m| !wanted.contains(&text(m, "Metric")));
        if on {
            list.extend(wanted.iter().map(|m| json!({"Metric": m, "Granularity": granularity})));
        }
    }
    put(ctx, doc);
    Ok(json!({}))
}

fn processes(ctx: &mut Ctx, input: &Input, suspend: bool) -> Answer {
    const ALL: [&str; 9] = [
        "Launch",
        "Terminate",
        "AddToLoadBalancer",
        "AlarmNotification",
        "AZRebalance",
        "HealthCheck",
        "InstanceRefresh",
        "ReplaceUnhealthy",
        "ScheduledActions",
    ];
    let mut doc = get(ctx, input.str("AutoScalingGroupName")?)?;
    let named = input.strings("ScalingProcesses")?;
    let wanted: Vec<&str> = if named.is_empty() { ALL.to_vec() } else { named };
    let reason = format!("User suspended at {}", ctx.timestamp());
    if let Some(list) = items_mut(&mut doc, "SuspendedProcesses") {
        list.retain(|p| !wanted.contains(&text(p, "ProcessName")));
        if suspend {
            list.extend(wanted.iter().map(|p| json!({"ProcessName": p, "SuspensionReason": reason})));
        }
    }
    put(ctx, doc);
    Ok(json!({}))
}
