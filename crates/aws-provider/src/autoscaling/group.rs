//! `aws_autoscaling_group`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/autoscaling_group>).

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::parts;
use crate::cx::{Cx, Seen};
use crate::decl::*;
use crate::doc;
use crate::ec2::launch_template::data::ranges;
use crate::fail::Fail;
use crate::names;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

/// `DescribeAutoScalingGroups`: what is not there is left out of the answer.
static GROUPS: Many = Many {
    service: "autoscaling",
    op: "DescribeAutoScalingGroups",
    ids: "AutoScalingGroupNames",
    items: "AutoScalingGroups",
    key: "AutoScalingGroupName",
    max: 50,
    filter: None,
    with: &[],
};

/// What `UpdateAutoScalingGroup` changes.
const PLAIN: &[&str] = &[
    "availability_zone_distribution",
    "availability_zones",
    "capacity_rebalance",
    "capacity_reservation_specification",
    "context",
    "default_cooldown",
    "default_instance_warmup",
    "desired_capacity",
    "desired_capacity_type",
    "health_check_grace_period",
    "health_check_type",
    "instance_maintenance_policy",
    "launch_configuration",
    "launch_template",
    "max_instance_lifetime",
    "max_size",
    "min_size",
    "mixed_instances_policy",
    "placement_group",
    "protect_from_scale_in",
    "service_linked_role_arn",
    "termination_policies",
    "vpc_zone_identifier",
];

/// `aws_autoscaling_group`.
pub static GROUP: Resource = resource("aws_autoscaling_group", &super::AUTOSCALING)
    .version(1)
    .attrs(&[
        string("arn").computed().from("AutoScalingGroupARN"),
        block("availability_zone_distribution", &parts::DISTRIBUTION).optional_computed(),
        strings("availability_zones").optional_computed().zero().conflicts_with(&["vpc_zone_identifier"]),
        boolean("capacity_rebalance").zero(),
        block("capacity_reservation_specification", &parts::RESERVATION).optional_computed().since(98),
        string("context").zero(),
        int("default_cooldown").optional_computed().zero(),
        int("default_instance_warmup").zero(),
        int("desired_capacity").optional_computed().zero(),
        string("desired_capacity_type").zero().check(&[Check::OneOf(&["units", "vcpu", "memory-mib"])]),
        strings("enabled_metrics").zero().from("EnabledMetrics[].Metric").unsent(),
        boolean("force_delete").default_bool(false).local(),
        boolean("force_delete_warm_pool").default_bool(false).local(),
        int("health_check_grace_period").default_int(300).zero().always(),
        string("health_check_type").optional_computed().zero().check(&[Check::OneOf(&["EC2", "ELB"])]),
        boolean("ignore_failed_scaling_activities").default_bool(false).local(),
        block_set("initial_lifecycle_hook", &parts::HOOK).replaces().unread().unsent(),
        block("instance_maintenance_policy", &parts::MAINTENANCE),
        block("instance_refresh", &parts::REFRESH).local(),
        string("launch_configuration").zero().api("LaunchConfigurationName"),
        block("launch_template", &parts::TEMPLATE),
        strings("load_balancers").optional_computed().zero().api("LoadBalancerNames"),
        int("max_instance_lifetime").zero(),
        int("max_size").required().zero(),
        string("metrics_granularity").default_str("1Minute").local(),
        int("min_elb_capacity").local(),
        int("min_size").required().zero(),
        block("mixed_instances_policy", &parts::MIXED),
        string("name")
            .optional_computed()
            .replaces()
            .from("AutoScalingGroupName")
            .unsent()
            .conflicts_with(&["name_prefix"])
            .check(&[Check::Length(0, 255)]),
        string("name_prefix").optional_computed().replaces().local().check(&[Check::Length(0, 229)]),
        string("placement_group").zero(),
        int("predicted_capacity").computed().zero(),
        boolean("protect_from_scale_in").default_bool(false).zero().api("NewInstancesProtectedFromScaleIn"),
        string("service_linked_role_arn").optional_computed().zero().api("ServiceLinkedRoleARN").check(&[Check::Arn]),
        strings("suspended_processes").zero().from("SuspendedProcesses[].ProcessName").unsent(),
        block_set("tag", &parts::TAG).local(),
        strings("target_group_arns").optional_computed().zero().api("TargetGroupARNs"),
        list("termination_policies", &Kind::String).unread(),
        block_set("traffic_source", &parts::TRAFFIC).api("TrafficSources"),
        strings("vpc_zone_identifier").optional_computed().local(),
        string("wait_for_capacity_timeout").default_str("10m").local().check(&[Check::By(duration)]),
        int("wait_for_elb_capacity").local(),
        block("warm_pool", &parts::WARM_POOL).unread().unsent(),
        int("warm_pool_size").computed().zero(),
    ])
    .timeouts(&[("update", 600), ("delete", 600)])
    .create_with(create)
    .key(&[("AutoScalingGroupName", "id")])
    .read(Read::Many(&GROUPS))
    .updates(&[
        update_with(change, PLAIN),
        update_with(change_tags, &["tag"]),
        update_with(change_traffic, &["load_balancers", "target_group_arns", "traffic_source"]),
        update_with(change_metrics, &["enabled_metrics", "metrics_granularity"]),
        update_with(change_processes, &["suspended_processes"]),
        update_with(change_warm_pool, &["warm_pool"]),
        update_state(&[
            "force_delete",
            "force_delete_warm_pool",
            "ignore_failed_scaling_activities",
            "instance_refresh",
            "min_elb_capacity",
            "wait_for_capacity_timeout",
            "wait_for_elb_capacity",
        ]),
    ])
    .delete_with(delete)
    .validates(validate)
    .plans(plan)
    .after_read(read)
    .imports(import);

fn duration(s: &str) -> Result<(), String> {
    crate::timeouts::parse(s).map(|_| ())
}

/// A group needs one thing to start instances from.
fn validate(config: &Obj, found: &mut craton_model::Diagnostics) {
    let given = |n: &str| config.peek(n).is_some_and(|v| v.is_known() && !(v.is_null() || v.is_empty()));
    let open = |n: &str| config.peek(n).is_some_and(|v| !v.is_known());
    let ways = ["launch_configuration", "launch_template", "mixed_instances_policy"];
    let n = ways.iter().filter(|n| given(n)).count();
    // What is not known may turn out to be left out.
    if n > 1 || (n == 0 && !ways.iter().any(|n| open(n))) {
        found.push(
            craton_model::Diagnostic::error(
                "Invalid combination of arguments",
                format!("One of {} must be given, and only one; {n} are.", ways.join(", ")),
            )
            .on_attribute(craton_model::Path::attr("launch_template")),
        );
    }
}

/// A launch template is known by id and name; a change of one changes the other.
fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    let Some(prior) = plan.prior.clone() else {
        parts::settle_mixed(plan);
        return Ok(());
    };
    if plan.changes("warm_pool") {
        plan.unknown("warm_pool_size");
    }
    // A group that counted in something else counts instances again; AWS takes no empty text for it.
    if plan.config.get("desired_capacity_type").is_null() && prior.str("desired_capacity_type").is_some() {
        plan.planned.set("desired_capacity_type", "units");
    }
    let config = plan.config.clone();
    parts::follow_mixed(&mut plan.planned, &config, &prior);
    let (old, new) = (prior.objects("launch_template"), plan.config.objects("launch_template"));
    let planned = plan.planned.get("launch_template");
    if let (Some(old), Some(new), Some(first), Some(ty)) =
        (old.first(), new.first(), planned.as_seq().and_then(|s| s.first()), planned.ty().element())
    {
        let moved = |n: &str| new.str(n).is_some_and(|v| v != old.text(n));
        let other = if moved("id") { Some("name") } else { moved("name").then_some("id") };
        if let Some(other) = other {
            let mut block = Obj::of(ty, first);
            block.set(other, craton_model::Value::unknown(craton_model::Type::String));
            let blocks = craton_model::Value::list(ty.clone(), [block.value()]);
            plan.planned.set("launch_template", blocks);
        }
    }
    Ok(())
}

/// What a request says of the group; for a change only of what changes.
fn input(work: &Work, creating: bool) -> Map<String, Json> {
    let attrs: Vec<Attr> = work
        .resource
        .attrs
        .iter()
        .filter(|a| creating || (PLAIN.contains(&a.name) && work.changes(a.name)))
        .copied()
        .collect();
    let mut out = Map::new();
    doc::input(&attrs, &work.state, &mut out);
    let subnets = work.state.strs("vpc_zone_identifier");
    if !subnets.is_empty() && (creating || work.changes("vpc_zone_identifier")) {
        out.insert("VPCZoneIdentifier".into(), json!(subnets.join(",")));
        out.remove("AvailabilityZones");
    }
    if let Some(t) = out.get_mut("LaunchTemplate") {
        one_name(t);
    }
    // The provider sends what is not given as 0, which is another share than the 100 that AWS would take.
    if let Some(spread) = out.get_mut("MixedInstancesPolicy").and_then(|p| p.get_mut("InstancesDistribution"))
        && let Some(spread) = spread.as_object_mut()
    {
        spread.entry("OnDemandPercentageAboveBaseCapacity").or_insert(json!(0));
    }
    for t in out.get_mut("MixedInstancesPolicy").into_iter().filter_map(|p| p.get_mut("LaunchTemplate")) {
        if let Some(s) = t.get_mut("LaunchTemplateSpecification") {
            one_name(s);
        }
        for o in t.get_mut("Overrides").and_then(Json::as_array_mut).into_iter().flatten() {
            if let Some(s) = o.get_mut("LaunchTemplateSpecification") {
                one_name(s);
            }
            if let Some(r) = o.get_mut("InstanceRequirements") {
                ranges(r);
            }
        }
    }
    out
}

/// AWS takes a launch template by id or by name, not by both.
fn one_name(template: &mut Json) {
    if let Json::Object(t) = template
        && t.contains_key("LaunchTemplateId")
    {
        t.remove("LaunchTemplateName");
    }
}

fn tag_list(group: &str, obj: &Obj) -> Vec<Json> {
    let all = obj.objects("tag");
    all.iter()
        .map(|t| {
            json!({
                "ResourceId": group, "ResourceType": "auto-scaling-group", "Key": t.text("key"), "Value": t.text("value"),
                "PropagateAtLaunch": t.bool("propagate_at_launch"),
            })
        })
        .collect()
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = names::choose(&work.state, cx.settings.clock.now());
        let mut request = input(work, true);
        request.insert("AutoScalingGroupName".into(), json!(name));
        let tags = tag_list(&name, &work.state);
        if !tags.is_empty() {
            request.insert("Tags".into(), tags.into());
        }
        let hooks = doc::document(&Kind::Set(&parts::HOOK), &work.state.get("initial_lifecycle_hook"));
        let said = hooks.and_then(|d| d.as_array().cloned()).unwrap_or_default();
        if !said.is_empty() {
            request.insert("LifecycleHookSpecificationList".into(), said.into());
        }
        launch(cx, "CreateAutoScalingGroup", Json::Object(request)).await?;
        work.state.set("id", name.as_str());
        work.state.set("name", name.as_str());
        capacity(cx, work).await?;
        if !work.state.strs("suspended_processes").is_empty() {
            change_processes(cx, work).await?;
        }
        if !work.state.strs("enabled_metrics").is_empty() {
            change_metrics(cx, work).await?;
        }
        if !work.state.objects("warm_pool").is_empty() {
            change_warm_pool(cx, work).await?;
        }
        Ok(())
    })
}

/// Instance profiles take some seconds until all of AWS knows them.
async fn launch(cx: &Cx, op: &str, request: Json) -> Result<(), Fail> {
    let clock = &cx.settings.clock;
    let (start, mut pause) = (clock.now(), Duration::from_millis(500));
    loop {
        match cx.call("autoscaling", op, request.clone()).await {
            Err(e)
                if (e.says(&["ValidationError"], "Invalid IAM Instance Profile")
                    || e.says(&["ValidationError"], "You are not authorized to use launch template"))
                    && clock.now().duration_since(start).unwrap_or_default() < crate::iam::PROPAGATION =>
            {
                clock.sleep(pause).await;
                pause = (pause * 3 / 2).min(Duration::from_secs(10));
            }
            other => return other.map(|_| ()),
        }
    }
}

/// Waits until as many instances are in service as there are to be.
async fn capacity(cx: &Cx, work: &Work) -> Result<(), Fail> {
    let state = &work.state;
    let limit = crate::timeouts::parse(state.text("wait_for_capacity_timeout")).unwrap_or(Duration::from_secs(600));
    let wanted = match state.int("desired_capacity").filter(|n| *n > 0) {
        Some(n) => n,
        None => state.int("min_size").unwrap_or(0),
    };
    if limit.is_zero() || wanted == 0 {
        return Ok(());
    }
    let name = state.id().to_owned();
    let what = format!("the instances of group {name}");
    let name = name.as_str();
    cx.wait(&what, limit, &["short"], &["full"], || {
        Box::pin(async move {
            let found = cx.fresh(&GROUPS, name).await?;
            Ok(found.map(|g| {
                let healthy = doc::items(&g, "Instances")
                    .iter()
                    .filter(|i| {
                        doc::text(i, "LifecycleState") == "InService" && doc::text(i, "HealthStatus") == "Healthy"
                    })
                    .count();
                Seen::of(if i64::try_from(healthy).unwrap_or(0) >= wanted { "full" } else { "short" })
            }))
        })
    })
    .await?;
    Ok(())
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let name = doc::text(item, "AutoScalingGroupName");
        obj.set("name_prefix", names::prefix_of(&name));
        let subnets = doc::text(item, "VPCZoneIdentifier");
        let subnets: Vec<&str> = subnets.split(',').map(str::trim).filter(|s| !s.is_empty()).collect();
        obj.set_strs("vpc_zone_identifier", subnets);
        // The default policy alone stands for none.
        let policies = doc::texts(item, "TerminationPolicies");
        if policies == ["Default"] && obj.strs("termination_policies").is_empty() {
            obj.set_zero("termination_policies");
        } else {
            obj.set_strs("termination_policies", policies.iter().map(String::as_str));
        }
        if let Some(granularity) = doc::at(item, "EnabledMetrics[0].Granularity") {
            obj.set("metrics_granularity", granularity.as_str().unwrap_or("1Minute"));
        }
        let tags: Vec<Json> = doc::items(item, "Tags")
            .iter()
            .filter(|t| !cx.settings.tags.ignores(&doc::text(t, "Key")))
            .map(|t| {
                json!({
                    "key": t["Key"], "value": doc::text(t, "Value"), "propagate_at_launch": doc::flag(t, "PropagateAtLaunch"),
                })
            })
            .collect();
        obj.set_json("tag", &json!(tags))?;
        // Load balancers show among the sources of traffic too; which of them is configured decides what is shown.
        if obj.is_zero("traffic_source") || !(obj.is_zero("load_balancers") && obj.is_zero("target_group_arns")) {
            obj.set_zero("traffic_source");
        }
        if item.get("WarmPoolConfiguration").is_none() {
            obj.set_zero("warm_pool");
        } else {
            obj.set("warm_pool", warm_pool(item));
        }
        Ok(true)
    })
}

fn warm_pool(item: &Json) -> craton_model::Value {
    let held = doc::at(item, "WarmPoolConfiguration").unwrap_or(Json::Null);
    let number = |path: &str, or: i64| doc::at(&held, path).and_then(|n| n.as_i64()).unwrap_or(or);
    let reuse =
        doc::at(&held, "InstanceReusePolicy").map(|r| json!([{"ReuseOnScaleIn": doc::flag(&r, "ReuseOnScaleIn")}]));
    let shown = json!([{
        "MaxGroupPreparedCapacity": number("MaxGroupPreparedCapacity", -1),
        "MinSize": number("MinSize", 0),
        "PoolState": doc::text(&held, "PoolState"),
        "InstanceReusePolicy": reuse.unwrap_or_else(|| json!([])),
    }]);
    doc::value(&Kind::List(&parts::WARM_POOL), &shown)
}

fn import<'a>(_: &'a Cx, _: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        for name in ["force_delete", "force_delete_warm_pool", "ignore_failed_scaling_activities"] {
            obj.set(name, false);
        }
        obj.set("metrics_granularity", "1Minute");
        obj.set("wait_for_capacity_timeout", "10m");
        Ok(())
    })
}

fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut request = input(work, false);
        for (name, member) in [
            ("default_cooldown", "DefaultCooldown"),
            ("desired_capacity", "DesiredCapacity"),
            ("max_instance_lifetime", "MaxInstanceLifetime"),
            ("max_size", "MaxSize"),
            ("min_size", "MinSize"),
        ] {
            if work.changes(name) {
                request.insert(member.into(), json!(work.state.int(name).unwrap_or(0)));
            }
        }
        for (name, member) in
            [("capacity_rebalance", "CapacityRebalance"), ("protect_from_scale_in", "NewInstancesProtectedFromScaleIn")]
        {
            if work.changes(name) {
                request.insert(member.into(), json!(work.state.bool(name)));
            }
        }
        for (name, member) in [("context", "Context"), ("placement_group", "PlacementGroup")] {
            if work.changes(name) {
                request.insert(member.into(), json!(work.state.text(name)));
            }
        }
        if work.changes("default_instance_warmup") && work.state.int("default_instance_warmup").unwrap_or(0) == 0 {
            request.insert("DefaultInstanceWarmup".into(), json!(-1));
        }
        if work.changes("termination_policies") && work.state.strs("termination_policies").is_empty() {
            request.insert("TerminationPolicies".into(), json!(["Default"]));
        }
        if work.changes("instance_maintenance_policy") && work.state.objects("instance_maintenance_policy").is_empty() {
            let none = json!({"MinHealthyPercentage": -1, "MaxHealthyPercentage": -1});
            request.insert("InstanceMaintenancePolicy".into(), none);
        }
        request.insert("AutoScalingGroupName".into(), json!(work.state.id()));
        launch(cx, "UpdateAutoScalingGroup", Json::Object(request)).await?;
        refresh(cx, work).await?;
        capacity(cx, work).await
    })
}

/// Exchanges the instances where what they are started with changed, and the group asks for it.
async fn refresh(cx: &Cx, work: &Work) -> Result<(), Fail> {
    let Some(wanted) = work.state.objects("instance_refresh").into_iter().next() else { return Ok(()) };
    let mut triggers = vec!["launch_configuration", "launch_template", "mixed_instances_policy"];
    triggers.extend(wanted.strs("triggers"));
    if !triggers.iter().any(|t| work.changes(t)) {
        return Ok(());
    }
    let mut request = Map::new();
    request.insert("AutoScalingGroupName".into(), json!(work.state.id()));
    request.insert("Strategy".into(), json!(wanted.text("strategy")));
    if let Some(p) = wanted.objects("preferences").first() {
        let mut said = Map::new();
        for (name, member) in
            [("max_healthy_percentage", "MaxHealthyPercentage"), ("min_healthy_percentage", "MinHealthyPercentage")]
        {
            if let Some(n) = p.int(name) {
                said.insert(member.into(), json!(n));
            }
        }
        for (name, member) in [("checkpoint_delay", "CheckpointDelay"), ("instance_warmup", "InstanceWarmup")] {
            if let Some(n) = p.str(name).and_then(|t| t.parse::<i64>().ok()) {
                said.insert(member.into(), json!(n));
            }
        }
        for (name, member) in [("auto_rollback", "AutoRollback"), ("skip_matching", "SkipMatching")] {
            said.insert(member.into(), json!(p.bool(name)));
        }
        for (name, member) in
            [("scale_in_protected_instances", "ScaleInProtectedInstances"), ("standby_instances", "StandbyInstances")]
        {
            if let Some(v) = p.str(name) {
                said.insert(member.into(), json!(v));
            }
        }
        let percentages = craton_model::json::to_json(&p.get("checkpoint_percentages"));
        if percentages.as_array().is_some_and(|a| !a.is_empty()) {
            said.insert("CheckpointPercentages".into(), percentages);
        }
        if let Some(a) = p.objects("alarm_specification").first() {
            said.insert("AlarmSpecification".into(), json!({"Alarms": a.strs("alarms")}));
        }
        request.insert("Preferences".into(), Json::Object(said));
    }
    // AWS rolls back to what it knows from the request.
    if wanted.objects("preferences").first().is_some_and(|p| p.bool("auto_rollback")) {
        let mut all = input(work, true);
        let said: Map<String, Json> = ["LaunchTemplate", "MixedInstancesPolicy"]
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), all.remove(name)?)))
            .collect();
        request.insert("DesiredConfiguration".into(), Json::Object(said));
    }
    let request = Json::Object(request);
    match cx.call("autoscaling", "StartInstanceRefresh", request.clone()).await {
        // One that is under way is for what was before.
        Err(e) if e.is(&["InstanceRefreshInProgress"]) => {
            let group = json!({"AutoScalingGroupName": work.state.id()});
            cx.call("autoscaling", "CancelInstanceRefresh", group).await?;
            cx.retry("autoscaling", "StartInstanceRefresh", request, work.limit, &["InstanceRefreshInProgress"])
                .await?;
        }
        other => {
            other?;
        }
    }
    Ok(())
}

fn change_tags<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = work.state.id().to_owned();
        let (old, new) = (tag_list(&name, &work.prior), tag_list(&name, &work.state));
        let gone: Vec<&Json> = old.iter().filter(|o| !new.iter().any(|n| n["Key"] == o["Key"])).collect();
        let added: Vec<&Json> = new.iter().filter(|n| !old.contains(n)).collect();
        if !gone.is_empty() {
            cx.call("autoscaling", "DeleteTags", json!({"Tags": gone})).await?;
        }
        if !added.is_empty() {
            cx.call("autoscaling", "CreateOrUpdateTags", json!({"Tags": added})).await?;
        }
        Ok(())
    })
}

/// What came and what went of a set of texts.
fn moved<'w>(work: &'w Work, name: &str) -> (Vec<&'w str>, Vec<&'w str>) {
    let (old, new) = (work.prior.strs(name), work.state.strs(name));
    let gone = old.iter().copied().filter(|o| !new.contains(o)).collect();
    let added = new.iter().copied().filter(|n| !old.contains(n)).collect();
    (gone, added)
}

fn change_traffic<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let group = work.state.id().to_owned();
        for (name, member, attach, detach) in [
            ("load_balancers", "LoadBalancerNames", "AttachLoadBalancers", "DetachLoadBalancers"),
            (
                "target_group_arns",
                "TargetGroupARNs",
                "AttachLoadBalancerTargetGroups",
                "DetachLoadBalancerTargetGroups",
            ),
        ] {
            let (gone, added) = moved(work, name);
            // AWS takes ten at a time.
            for (op, list) in [(detach, gone), (attach, added)] {
                for some in list.chunks(10) {
                    cx.call("autoscaling", op, json!({"AutoScalingGroupName": group, member: some})).await?;
                }
            }
        }
        if work.changes("traffic_source") {
            let of = |obj: &Obj| -> Vec<Json> {
                let all = obj.objects("traffic_source");
                all.iter()
                    .map(|t| match t.str("type") {
                        Some(kind) => json!({"Identifier": t.text("identifier"), "Type": kind}),
                        None => json!({"Identifier": t.text("identifier")}),
                    })
                    .collect()
            };
            let (old, new) = (of(&work.prior), of(&work.state));
            for (op, list) in [
                ("DetachTrafficSources", old.iter().filter(|o| !new.contains(o)).collect::<Vec<_>>()),
                ("AttachTrafficSources", new.iter().filter(|n| !old.contains(n)).collect()),
            ] {
                for some in list.chunks(10) {
                    cx.call("autoscaling", op, json!({"AutoScalingGroupName": group, "TrafficSources": some})).await?;
                }
            }
        }
        Ok(())
    })
}

fn change_metrics<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let group = work.state.id().to_owned();
        let (gone, added) = moved(work, "enabled_metrics");
        if !gone.is_empty() {
            let request = json!({"AutoScalingGroupName": group, "Metrics": gone});
            cx.call("autoscaling", "DisableMetricsCollection", request).await?;
        }
        if !added.is_empty() {
            let granularity = work.state.text("metrics_granularity");
            let request = json!({"AutoScalingGroupName": group, "Metrics": added, "Granularity": granularity});
            cx.call("autoscaling", "EnableMetricsCollection", request).await?;
        }
        Ok(())
    })
}

fn change_processes<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let group = work.state.id().to_owned();
        let (gone, added) = moved(work, "suspended_processes");
        for (op, list) in [("ResumeProcesses", gone), ("SuspendProcesses", added)] {
            if !list.is_empty() {
                let request = json!({"AutoScalingGroupName": group, "ScalingProcesses": list});
                cx.call("autoscaling", op, request).await?;
            }
        }
        Ok(())
    })
}

async fn drop_warm_pool(cx: &Cx, work: &Work, force: bool) -> Result<(), Fail> {
    let group = work.state.id().to_owned();
    let request = json!({"AutoScalingGroupName": group, "ForceDelete": force});
    match cx.call("autoscaling", "DeleteWarmPool", request).await {
        Err(e) if e.says(&["ValidationError"], "No warm pool found") => return Ok(()),
        other => other?,
    };
    let what = format!("the warm pool of group {group}");
    let group = group.as_str();
    cx.wait(&what, work.limit, &["there"], &[], || {
        Box::pin(async move {
            let found = cx.fresh(&GROUPS, group).await?;
            Ok(found.filter(|g| g.get("WarmPoolConfiguration").is_some()).map(|_| Seen::of("there")))
        })
    })
    .await?;
    Ok(())
}

fn change_warm_pool<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let Some(pool) = work.state.objects("warm_pool").into_iter().next() else {
            let force = work.state.bool("force_delete") || work.state.bool("force_delete_warm_pool");
            return drop_warm_pool(cx, work, force).await;
        };
        let mut request = json!({
            "AutoScalingGroupName": work.state.id(), "MinSize": pool.int("min_size").unwrap_or(0),
            "PoolState": pool.text("pool_state"),
            "MaxGroupPreparedCapacity": pool.int("max_group_prepared_capacity").unwrap_or(-1),
        });
        if let Some(reuse) = pool.objects("instance_reuse_policy").first() {
            request["InstanceReusePolicy"] = json!({"ReuseOnScaleIn": reuse.bool("reuse_on_scale_in")});
        }
        cx.call("autoscaling", "PutWarmPool", request).await?;
        Ok(())
    })
}

/// Instances that are protected would stay.
async fn unprotect(cx: &Cx, name: &str) -> Result<(), Fail> {
    let Some(group) = cx.fresh(&GROUPS, name).await? else { return Ok(()) };
    let held: Vec<String> = doc::items(&group, "Instances")
        .iter()
        .filter(|i| doc::flag(i, "ProtectedFromScaleIn"))
        .map(|i| doc::text(i, "InstanceId"))
        .collect();
    // AWS takes fifty at a time.
    for some in held.chunks(50) {
        let request = json!({"AutoScalingGroupName": name, "InstanceIds": some, "ProtectedFromScaleIn": false});
        match cx.call("autoscaling", "SetInstanceProtection", request).await {
            // One that has gone by itself.
            Err(e) if e.says(&["ValidationError"], "not part of Auto Scaling group") => {}
            other => {
                other?;
            }
        }
    }
    Ok(())
}

/// A group goes when its instances are gone: it is told to have none, unless all is to go by force.
fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = work.state.id().to_owned();
        let force = work.state.bool("force_delete") || work.state.bool("force_delete_warm_pool");
        if !work.state.objects("warm_pool").is_empty() {
            drop_warm_pool(cx, work, force).await?;
        }
        if !work.state.bool("force_delete") && cx.fresh(&GROUPS, &name).await?.is_some() {
            let none = json!({"AutoScalingGroupName": name, "DesiredCapacity": 0, "MinSize": 0, "MaxSize": 0});
            cx.call("autoscaling", "UpdateAutoScalingGroup", none).await?;
            unprotect(cx, &name).await?;
            let what = format!("the instances of group {name}");
            let group = name.as_str();
            cx.wait(&what, work.limit, &["some"], &[], || {
                Box::pin(async move {
                    let found = cx.fresh(&GROUPS, group).await?;
                    Ok(found.filter(|g| !doc::items(g, "Instances").is_empty()).map(|_| Seen::of("some")))
                })
            })
            .await?;
        }
        let request = json!({"AutoScalingGroupName": name, "ForceDelete": work.state.bool("force_delete")});
        let passing = &["ScalingActivityInProgress", "ResourceInUse"];
        match cx.retry("autoscaling", "DeleteAutoScalingGroup", request, work.limit, passing).await {
            Err(e) if e.says(&["ValidationError"], "not found") => return Ok(()),
            other => other?,
        };
        let what = format!("group {name}");
        let group = name.as_str();
        cx.wait(&what, work.limit, &["there"], &[], || {
            Box::pin(async move {
                let found = cx.fresh(&GROUPS, group).await?;
                Ok(found.map(|_| Seen::of("there")))
            })
        })
        .await?;
        Ok(())
    })
}
