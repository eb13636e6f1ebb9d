//! Changes of a table. DynamoDB takes one kind of change at a time, and is waited for after each.

use serde_json::{Value as Json, json};

use super::table::{capacity, definitions, encryption, global_index, limit, stream};
use crate::cx::Cx;
use crate::decl::*;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

/// One update, and the wait until the table can take another.
async fn update(cx: &Cx, work: &Work, mut input: Json) -> Result<(), Fail> {
    input["TableName"] = json!(work.state.id());
    let codes = &["ResourceInUseException", "LimitExceededException", "ThrottlingException"];
    cx.retry("dynamodb", "UpdateTable", input, work.limit, codes).await?;
    let what = crate::read::name(work.resource, &work.state);
    let Some(wait) = &work.resource.ready else { return Ok(()) };
    cx.wait(&what, work.limit, wait.pending, wait.target, || {
        Box::pin(crate::read::look(cx, work.resource, wait, &work.state))
    })
    .await?;
    Ok(())
}

/// Two indexes of one name that differ in more than their capacity: the old one has to go.
fn rebuilt(old: &Obj, new: &Obj) -> bool {
    let text = ["hash_key", "range_key", "projection_type"].iter().any(|n| old.text(n) != new.text(n));
    let sorted = |o: &Obj| {
        let mut all: Vec<String> = o.strs("non_key_attributes").into_iter().map(String::from).collect();
        all.sort();
        all
    };
    text || sorted(old) != sorted(new)
}

/// Whether two indexes have another capacity.
fn resized(old: &Obj, new: &Obj) -> bool {
    let of = |o: &Obj, n: &str| o.int(n).unwrap_or(0);
    ["read_capacity", "write_capacity"].iter().any(|n| of(new, n) != 0 && of(old, n) != of(new, n))
        || limit(old) != limit(new)
}

pub fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (old, new) = (work.prior.clone(), work.state.clone());
        let provisioned = new.text("billing_mode") == "PROVISIONED";
        let (before, after) = (old.objects("global_secondary_index"), new.objects("global_secondary_index"));
        let named = |all: &[Obj], name: &str| all.iter().find(|i| i.text("name") == name).cloned();

        if work.changes_any(&["stream_enabled", "stream_view_type"]) {
            // Another view is another stream.
            if old.bool("stream_enabled") {
                update(cx, work, json!({"StreamSpecification": {"StreamEnabled": false}})).await?;
            }
            if new.bool("stream_enabled") {
                update(cx, work, json!({"StreamSpecification": stream(&new)})).await?;
            }
        }
        if work.changes("table_class") {
            update(cx, work, json!({"TableClass": new.text("table_class")})).await?;
        }
        if work.changes("deletion_protection_enabled") {
            let on = new.bool("deletion_protection_enabled");
            update(cx, work, json!({"DeletionProtectionEnabled": on})).await?;
        }
        // Indexes that go or are rebuilt, one at a time.
        for index in &before {
            let name = index.text("name");
            if named(&after, name).is_none_or(|n| rebuilt(index, &n)) {
                update(cx, work, json!({"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": name}}]})).await?;
            }
        }
        let billing = work.changes("billing_mode");
        let sized = work.changes_any(&["read_capacity", "write_capacity"]);
        let kept: Vec<(Obj, Obj)> = after
            .iter()
            .filter_map(|n| Some((named(&before, n.text("name"))?, n.clone())))
            .filter(|(o, n)| !rebuilt(o, n))
            .collect();
        let resizes: Vec<Json> = kept
            .iter()
            .filter(|(o, n)| provisioned && (billing || resized(o, n)))
            .map(|(_, n)| json!({"Update": {"IndexName": n.text("name"), "ProvisionedThroughput": capacity(n)}}))
            .collect();
        if billing || (provisioned && (sized || !resizes.is_empty())) {
            let mut input = json!({"BillingMode": new.text("billing_mode")});
            if provisioned && (billing || sized) {
                input["ProvisionedThroughput"] = capacity(&new);
            }
            if !resizes.is_empty() {
                input["GlobalSecondaryIndexUpdates"] = json!(resizes);
            }
            update(cx, work, input).await?;
        }
        if work.changes("on_demand_throughput")
            && let Some(limit) = limit(&new)
        {
            update(cx, work, json!({"OnDemandThroughput": limit})).await?;
        }
        for (o, n) in kept.iter().filter(|(o, n)| !provisioned && limit(o) != limit(n)) {
            if let Some(limit) = limit(n) {
                let change = json!({"IndexName": o.text("name"), "OnDemandThroughput": limit});
                update(cx, work, json!({"GlobalSecondaryIndexUpdates": [{"Update": change}]})).await?;
            }
        }
        for index in &after {
            if named(&before, index.text("name")).is_none_or(|o| rebuilt(&o, index)) {
                let made = json!({
                    "AttributeDefinitions": definitions(&new),
                    "GlobalSecondaryIndexUpdates": [{"Create": global_index(index, provisioned)}],
                });
                update(cx, work, made).await?;
            }
        }
        if work.changes("server_side_encryption") {
            let wanted = encryption(&new).unwrap_or_else(|| json!({"Enabled": false}));
            update(cx, work, json!({"SSESpecification": wanted})).await?;
        }
        Ok(())
    })
}

/// Turns the expiry of items on or off. Another attribute needs it to be off in between.
pub fn change_ttl<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let first = |o: &Obj| o.objects("ttl").into_iter().next();
        let on = |o: &Option<Obj>| o.as_ref().is_some_and(|t| t.bool("enabled"));
        let name = |o: &Option<Obj>| o.as_ref().map(|t| t.text("attribute_name").to_owned()).unwrap_or_default();
        let (old, new) = (first(&work.prior), first(&work.state));
        let set = |on: bool, name: String| {
            json!({
                "TableName": work.state.id(), "TimeToLiveSpecification": {"Enabled": on, "AttributeName": name},
            })
        };
        if on(&old) && (!on(&new) || name(&old) != name(&new)) {
            cx.call("dynamodb", "UpdateTimeToLive", set(false, name(&old))).await?;
        }
        if on(&new) && (!on(&old) || name(&old) != name(&new)) {
            cx.call("dynamodb", "UpdateTimeToLive", set(true, name(&new))).await?;
        }
        Ok(())
    })
}

/// Turns recovery to a point in time on or off.
pub fn change_recovery<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let blocks = work.state.objects("point_in_time_recovery");
        let Some(wanted) = blocks.first() else { return Ok(()) };
        let on = wanted.bool("enabled");
        if work.creating && !on {
            return Ok(());
        }
        let mut specification = json!({"PointInTimeRecoveryEnabled": on});
        if on && let Some(days) = wanted.int("recovery_period_in_days").filter(|d| *d > 0) {
            specification["RecoveryPeriodInDays"] = json!(days);
        }
        let input = json!({"TableName": work.state.id(), "PointInTimeRecoverySpecification": specification});
        cx.retry("dynamodb", "UpdateContinuousBackups", input, work.limit, &["ContinuousBackupsUnavailableException"])
            .await?;
        Ok(())
    })
}
