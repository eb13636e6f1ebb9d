//! States of instances: waiting, stopping, starting.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::INSTANCES;
use crate::cx::{Cx, Seen};
use crate::doc;
use crate::fail::Fail;

/// What an instance is like now.
///
/// # Errors
/// AWS refused.
pub async fn look(cx: &Cx, id: &str) -> Result<Option<Seen>, Fail> {
    let fresh = Cx::new(cx.settings.clone());
    let found = fresh.load(&INSTANCES, id).await?;
    Ok(found.map(|item| Seen {
        state: doc::text(&item, "State.Name"),
        reason: doc::text(&item, "StateReason.Message"),
        item,
    }))
}

/// Waits for a state of an instance.
///
/// # Errors
/// The time is over, or it gets into another state.
pub async fn wait(
    cx: &Cx,
    id: &str,
    limit: Duration,
    pending: &[&str],
    target: &[&str],
) -> Result<std::sync::Arc<Json>, Fail> {
    let what = format!("instance {id}");
    Ok(cx.wait(&what, limit, pending, target, || Box::pin(look(cx, id))).await?.item)
}

/// Stops an instance and waits for it.
///
/// # Errors
/// AWS refused, or it does not stop.
pub async fn stop(cx: &Cx, id: &str, limit: Duration) -> Result<(), Fail> {
    cx.ec2("StopInstances", json!({"InstanceIds": [id]})).await?;
    wait(cx, id, limit, &["pending", "running", "shutting-down", "stopping"], &["stopped"]).await?;
    Ok(())
}

/// Starts an instance and waits for it.
///
/// # Errors
/// AWS refused, or it does not run.
pub async fn start(cx: &Cx, id: &str, limit: Duration) -> Result<(), Fail> {
    // AWS may still think of the instance as it was before a change.
    let start = cx.settings.clock.now();
    loop {
        match cx.ec2("StartInstances", json!({"InstanceIds": [id]})).await {
            Err(e)
                if e.says(&["InvalidParameterValue"], "LaunchPlan instance type does not match attribute value")
                    && cx.settings.clock.now().duration_since(start).unwrap_or_default() < crate::iam::PROPAGATION =>
            {
                cx.settings.clock.sleep(Duration::from_secs(5)).await;
            }
            other => {
                other?;
                break;
            }
        };
    }
    wait(cx, id, limit, &["pending", "stopped"], &["running"]).await?;
    Ok(())
}

/// Changes what only a stopped instance lets change.
///
/// # Errors
/// AWS refused.
pub async fn change_stopped(cx: &Cx, id: &str, limit: Duration, mut change: Json) -> Result<(), Fail> {
    let was = look(cx, id).await?.map(|s| s.state).unwrap_or_default();
    if was != "stopped" {
        stop(cx, id, limit).await?;
    }
    change["InstanceId"] = json!(id);
    cx.ec2("ModifyInstanceAttribute", change).await?;
    start(cx, id, limit).await
}
