//! SNS.

mod subscription;
mod topic;
mod topic_policy;

use serde_json::json;

use crate::cx::Cx;
use crate::decl::{Resource, Service};
use crate::fail::Fail;

/// Every resource type here.
pub static ALL: &[&Resource] = &[&subscription::TOPIC_SUBSCRIPTION, &topic::TOPIC, &topic_policy::TOPIC_POLICY];

/// The service.
pub static SNS: Service = Service { id: "sns", faults: &[] };

/// Sets an attribute of a topic. A principal that was just made may not be known to SNS yet.
///
/// # Errors
/// AWS refused.
async fn set(cx: &Cx, topic: &str, name: &str, value: &str) -> Result<(), Fail> {
    let input = json!({"TopicArn": topic, "AttributeName": name, "AttributeValue": value});
    let start = cx.settings.clock.now();
    loop {
        match cx.call("sns", "SetTopicAttributes", input.clone()).await {
            Err(e)
                if e.says(&["InvalidParameter"], "PrincipalNotFound")
                    && cx.settings.clock.now().duration_since(start).unwrap_or_default().as_secs() < 120 =>
            {
                cx.settings.clock.sleep(std::time::Duration::from_secs(2)).await;
            }
            other => return other.map(|_| ()),
        }
    }
}
