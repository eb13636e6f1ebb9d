//! What belongs to a group: lifecycle hooks, its warm pool, instance refreshes, and which instances stay when it shrinks.
//!
//! Hooks are kept and nothing waits for them; a warm pool is kept and no instance is started for it; a refresh exchanges
//! all instances at once.

use serde_json::{Value, json};

use super::group::{get, put, renew};
use super::invalid;
use crate::context::Ctx;
use crate::document::{items, items_mut, set, set_some, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::page;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("PutLifecycleHook", |ctx, input| {
        let name = input.str("AutoScalingGroupName")?;
        let mut doc = get(ctx, name)?;
        put_hook(&mut doc, input)?;
        put(ctx, doc);
        Ok(json!({}))
    }),
    ("DeleteLifecycleHook", delete_hook),
    ("DescribeLifecycleHooks", describe_hooks),
    ("PutWarmPool", put_pool),
    ("DeleteWarmPool", delete_pool),
    ("DescribeWarmPool", describe_pool),
    ("StartInstanceRefresh", start_refresh),
    ("CancelInstanceRefresh", cancel_refresh),
    ("DescribeInstanceRefreshes", describe_refreshes),
    ("SetInstanceProtection", protect),
];

/// How long an instance waits for a hook, in seconds, where nothing else is said.
const HEARTBEAT: i64 = 3600;

/// Puts a hook into a group's document.
///
/// # Errors
/// AWS's for a transition that there is not, and for a time out of range.
pub(crate) fn put_hook(doc: &mut Value, input: &Input) -> Result<(), AwsError> {
    let name = input.str("LifecycleHookName")?;
    let group = text(doc, "AutoScalingGroupName").to_owned();
    let held = items(doc, "_hooks").iter().find(|h| text(h, "LifecycleHookName") == name).cloned();
    let transition = match input.filled("LifecycleTransition")? {
        Some(t @ ("autoscaling:EC2_INSTANCE_LAUNCHING" | "autoscaling:EC2_INSTANCE_TERMINATING")) => t.to_owned(),
        Some(other) => return Err(invalid(format!("Invalid Lifecycle Transition {other}"))),
        None => match &held {
            Some(h) => text(h, "LifecycleTransition").to_owned(),
            None => return Err(invalid("A lifecycle transition must be specified for a new lifecycle hook.")),
        },
    };
    let heartbeat = input.opt_int("HeartbeatTimeout")?.unwrap_or(HEARTBEAT);
    if !(30..=7200).contains(&heartbeat) {
        return Err(invalid("The heartbeat timeout must be between 30 and 7200 seconds."));
    }
    let mut hook = json!({
        "LifecycleHookName": name, "AutoScalingGroupName": group, "LifecycleTransition": transition,
        "HeartbeatTimeout": heartbeat, "GlobalTimeout": (heartbeat * 100).min(172_800),
        "DefaultResult": input.filled("DefaultResult")?.unwrap_or("ABANDON"),
    });
    for member in ["NotificationTargetARN", "RoleARN", "NotificationMetadata"] {
        set_some(&mut hook, member, input.filled(member)?);
    }
    if let Some(all) = items_mut(doc, "_hooks") {
        all.retain(|h| text(h, "LifecycleHookName") != name);
        all.push(hook);
    }
    Ok(())
}

fn delete_hook(ctx: &mut Ctx, input: &Input) -> Answer {
    let (group, name) = (input.str("AutoScalingGroupName")?, input.str("LifecycleHookName")?);
    let mut doc = get(ctx, group)?;
    if !items(&doc, "_hooks").iter().any(|h| text(h, "LifecycleHookName") == name) {
        return Err(invalid(format!("No Lifecycle Hook found with name {name} for group {group}")));
    }
    if let Some(all) = items_mut(&mut doc, "_hooks") {
        all.retain(|h| text(h, "LifecycleHookName") != name);
    }
    put(ctx, doc);
    Ok(json!({}))
}

fn describe_hooks(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input.str("AutoScalingGroupName")?)?;
    let names = input.strings("LifecycleHookNames")?;
    let wanted = |h: &&Value| names.is_empty() || names.contains(&text(h, "LifecycleHookName"));
    let all: Vec<Value> = items(&doc, "_hooks").iter().filter(wanted).cloned().collect();
    Ok(json!({"LifecycleHooks": all}))
}

fn put_pool(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input.str("AutoScalingGroupName")?)?;
    if doc.get("MixedInstancesPolicy").is_some() {
        return Err(invalid("You can't add a warm pool to an Auto Scaling group that has a mixed instances policy."));
    }
    let state = input.filled("PoolState")?.unwrap_or("Stopped");
    if !["Stopped", "Running", "Hibernated"].contains(&state) {
        return Err(invalid(format!("{state} is no state of a warm pool.")));
    }
    let mut pool = json!({"MinSize": input.opt_int("MinSize")?.unwrap_or(0), "PoolState": state});
    // -1 takes the number away: the pool follows the group's largest size.
    set_some(&mut pool, "MaxGroupPreparedCapacity", input.opt_int("MaxGroupPreparedCapacity")?.filter(|n| *n >= 0));
    if let Some(reuse) = input.opt_structure("InstanceReusePolicy") {
        set(&mut pool, "InstanceReusePolicy", json!({"ReuseOnScaleIn": reuse.flag("ReuseOnScaleIn")?}));
    }
    set(&mut doc, "WarmPoolConfiguration", pool);
    set(&mut doc, "WarmPoolSize", 0);
    put(ctx, doc);
    Ok(json!({}))
}

fn delete_pool(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("AutoScalingGroupName")?;
    input.flag("ForceDelete")?;
    let mut doc = get(ctx, name)?;
    if doc.get("WarmPoolConfiguration").is_none() {
        return Err(invalid("No warm pool found for the Auto Scaling group."));
    }
    set(&mut doc["WarmPoolConfiguration"], "Status", "PendingDelete");
    put(ctx, doc);
    ctx.after(30, "asg-pool-deleted", name);
    Ok(json!({}))
}

/// The pool is gone.
pub(crate) fn pool_deleted(ctx: &mut Ctx, name: &str) {
    let Ok(mut doc) = get(ctx, name) else { return };
    if text(&doc["WarmPoolConfiguration"], "Status") == "PendingDelete" {
        unset(&mut doc, "WarmPoolConfiguration");
        unset(&mut doc, "WarmPoolSize");
        put(ctx, doc);
    }
}

fn describe_pool(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input.str("AutoScalingGroupName")?)?;
    input.accept(&["MaxRecords", "NextToken"]);
    let mut out = json!({"Instances": []});
    set_some(&mut out, "WarmPoolConfiguration", doc.get("WarmPoolConfiguration").cloned());
    Ok(out)
}

fn active(refresh: &Value) -> bool {
    matches!(text(refresh, "Status"), "Pending" | "InProgress" | "Cancelling")
}

fn start_refresh(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("AutoScalingGroupName")?;
    let mut doc = get(ctx, name)?;
    let strategy = input.filled("Strategy")?.unwrap_or("Rolling");
    if strategy != "Rolling" {
        return Err(AwsError::not_implemented(format!("instance refreshes by {strategy}")));
    }
    let preferences = input.raw("Preferences").cloned().unwrap_or_else(|| json!({}));
    let wanted = input.raw("DesiredConfiguration").cloned();
    if preferences["AutoRollback"] == true {
        let template = wanted.as_ref().map(|w| match w.get("MixedInstancesPolicy") {
            Some(policy) => &policy["LaunchTemplate"]["LaunchTemplateSpecification"],
            None => &w["LaunchTemplate"],
        });
        let Some(template) = template else {
            return Err(invalid("You must specify a desired configuration to use automatic rollback."));
        };
        if matches!(text(template, "Version"), "" | "$Latest" | "$Default") {
            return Err(invalid("Automatic rollback needs the number of a launch template version."));
        }
    }
    if items(&doc, "_refreshes").iter().any(active) {
        let message = "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.";
        return Err(AwsError::new("InstanceRefreshInProgress", message));
    }
    let id = ctx.new_uuid("refresh");
    let mut refresh = json!({
        "InstanceRefreshId": id, "AutoScalingGroupName": name, "Status": "InProgress", "StartTime": ctx.timestamp(),
        "PercentageComplete": 0, "InstancesToUpdate": doc["DesiredCapacity"], "Strategy": strategy, "Preferences": preferences,
    });
    set_some(&mut refresh, "DesiredConfiguration", wanted);
    if let Some(all) = items_mut(&mut doc, "_refreshes") {
        all.insert(0, refresh);
    }
    put(ctx, doc);
    renew(ctx, name)?;
    ctx.after(300, "asg-refreshed", name);
    Ok(json!({"InstanceRefreshId": id}))
}

/// A refresh is through.
pub(crate) fn refreshed(ctx: &mut Ctx, name: &str) {
    finish(ctx, name, "Successful");
}

fn finish(ctx: &mut Ctx, name: &str, status: &str) -> Option<String> {
    let mut doc = get(ctx, name).ok()?;
    let at = ctx.timestamp();
    let one = items_mut(&mut doc, "_refreshes")?.iter_mut().find(|r| active(r))?;
    let id = text(one, "InstanceRefreshId").to_owned();
    set(one, "Status", status);
    set(one, "EndTime", at);
    if status == "Successful" {
        set(one, "PercentageComplete", 100);
        set(one, "InstancesToUpdate", 0);
    }
    put(ctx, doc);
    Some(id)
}

fn cancel_refresh(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["WaitForTransitioningInstances"]);
    let name = input.str("AutoScalingGroupName")?;
    get(ctx, name)?;
    match finish(ctx, name, "Cancelled") {
        Some(id) => Ok(json!({"InstanceRefreshId": id})),
        None => {
            let message = format!("No in progress or pending Instance Refresh found for Auto Scaling group {name}");
            Err(AwsError::new("ActiveInstanceRefreshNotFound", message))
        }
    }
}

fn describe_refreshes(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input.str("AutoScalingGroupName")?)?;
    let ids = input.strings("InstanceRefreshIds")?;
    let wanted = |r: &&Value| ids.is_empty() || ids.contains(&text(r, "InstanceRefreshId"));
    let all: Vec<Value> = items(&doc, "_refreshes").iter().filter(wanted).cloned().collect();
    if all.iter().any(active) {
        ctx.waits(60);
    }
    let max = input.opt_int("MaxRecords")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(50);
    let page = page::cut(all, Some(max), input.filled("NextToken")?, "InvalidNextToken")?;
    Ok(page::document("InstanceRefreshes", page, "NextToken"))
}

fn protect(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("AutoScalingGroupName")?;
    let (ids, on) = (input.strings("InstanceIds")?, input.flag("ProtectedFromScaleIn")?);
    let mut doc = get(ctx, name)?;
    for id in &ids {
        if !items(&doc, "_instances").iter().any(|i| i.as_str() == Some(id)) {
            return Err(invalid(format!("The instance {id} is not part of Auto Scaling group {name}.")));
        }
    }
    if let Some(all) = items_mut(&mut doc, "_protected") {
        all.retain(|i| !ids.iter().any(|id| i.as_str() == Some(id)));
        if on {
            all.extend(ids.iter().map(|id| json!(id)));
        }
    }
    put(ctx, doc);
    super::group::settle(ctx, name)?;
    Ok(json!({}))
}
