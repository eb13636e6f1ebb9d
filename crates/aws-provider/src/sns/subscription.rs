//! `aws_sns_topic_subscription`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/sns_topic_subscription>).

use serde_json::{Value as Json, json};

use crate::attribute_map::{self as map, Names};
use crate::cx::{Cx, Seen};
use crate::decl::*;
use crate::doc;
use crate::obj::Obj;
use crate::work::Work;

/// Attributes that can be set and changed, by their names at SNS.
const NAMES: Names = &[
    ("delivery_policy", "DeliveryPolicy"),
    ("filter_policy", "FilterPolicy"),
    ("filter_policy_scope", "FilterPolicyScope"),
    ("raw_message_delivery", "RawMessageDelivery"),
    ("redrive_policy", "RedrivePolicy"),
    ("replay_policy", "ReplayPolicy"),
    ("subscription_role_arn", "SubscriptionRoleArn"),
];

const CHANGED: &[&str] = &[
    "delivery_policy",
    "filter_policy",
    "filter_policy_scope",
    "raw_message_delivery",
    "redrive_policy",
    "replay_policy",
    "subscription_role_arn",
];

const PROTOCOLS: &[&str] = &["application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"];

/// `aws_sns_topic_subscription`.
pub static TOPIC_SUBSCRIPTION: Resource = resource("aws_sns_topic_subscription", &super::SNS)
    .attrs(&[
        string("arn").computed().local(),
        int("confirmation_timeout_in_minutes").default_int(1).local(),
        boolean("confirmation_was_authenticated").computed().local(),
        string("delivery_policy").local().same(Same::Json).check(&[Check::Json]),
        string("endpoint").required().replaces().local(),
        boolean("endpoint_auto_confirms").default_bool(false).local(),
        string("filter_policy").local().same(Same::Json).check(&[Check::Json]),
        string("filter_policy_scope")
            .optional_computed()
            .local()
            .check(&[Check::OneOf(&["MessageAttributes", "MessageBody"])]),
        string("owner_id").computed().local(),
        boolean("pending_confirmation").computed().local(),
        string("protocol").required().replaces().local().check(&[Check::OneOf(PROTOCOLS)]),
        boolean("raw_message_delivery").default_bool(false).local(),
        string("redrive_policy").local().same(Same::Json).check(&[Check::Json]),
        string("replay_policy").local().same(Same::Json).check(&[Check::Json]),
        string("subscription_role_arn").local().check(&[Check::Arn]),
        string("topic_arn").required().replaces().local().check(&[Check::Arn]),
    ])
    .create_with(create)
    .key(&[("SubscriptionArn", "id")])
    .read(Read::One { op: "GetSubscriptionAttributes", item: "Attributes" })
    .updates(&[
        update_with(change, CHANGED),
        update_state(&["confirmation_timeout_in_minutes", "endpoint_auto_confirms"]),
    ])
    .delete_with(delete)
    .gone(&["NotFound"])
    .faults(&[("NotFound", "topic_arn")])
    .after_read(read)
    .imports(import);

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let s = &work.state;
        let mut attributes = map::given(s, NAMES);
        // Without a filter there is nothing that its scope could be about.
        if !attributes.contains_key("FilterPolicy") {
            attributes.remove("FilterPolicyScope");
        }
        let input = json!({
            "TopicArn": s.text("topic_arn"), "Protocol": s.text("protocol"), "Endpoint": s.text("endpoint"),
            "Attributes": attributes, "ReturnSubscriptionArn": true,
        });
        let answer = cx.call("sns", "Subscribe", input).await?;
        work.state.set("id", doc::text(&answer, "SubscriptionArn"));
        // Whoever confirms by itself is waited for; a person is not.
        let s = &work.state;
        if s.text("protocol").starts_with("http") && s.bool("endpoint_auto_confirms") {
            let minutes = s.int("confirmation_timeout_in_minutes").unwrap_or(1);
            let limit = std::time::Duration::from_secs(60 * u64::try_from(minutes).unwrap_or(1));
            let what = crate::read::name(work.resource, s);
            cx.wait(&what, limit, &["true"], &["false"], || {
                Box::pin(async {
                    let named = json!({"SubscriptionArn": s.id()});
                    let answer = cx.call("sns", "GetSubscriptionAttributes", named).await?;
                    Ok(Some(Seen::of(doc::text(&answer, "Attributes.PendingConfirmation"))))
                })
            })
            .await?;
        }
        Ok(())
    })
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        map::read(obj, NAMES, item);
        for (name, member) in [
            ("arn", "SubscriptionArn"),
            ("endpoint", "Endpoint"),
            ("owner_id", "Owner"),
            ("protocol", "Protocol"),
            ("topic_arn", "TopicArn"),
        ] {
            obj.set(name, doc::text(item, member));
        }
        for (name, member) in [
            ("confirmation_was_authenticated", "ConfirmationWasAuthenticated"),
            ("pending_confirmation", "PendingConfirmation"),
        ] {
            obj.set(name, doc::text(item, member) == "true");
        }
        Ok(true)
    })
}

fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        for (name, member) in NAMES.iter().filter(|(name, _)| work.changes(name)) {
            let mut value = map::text(&work.state, name);
            if value.is_empty() {
                match *name {
                    // AWS takes a filter away by one that is empty.
                    "filter_policy" => value.push_str("{}"),
                    "filter_policy_scope" => continue,
                    _ => {}
                }
            }
            let input = json!({"SubscriptionArn": work.state.id(), "AttributeName": member, "AttributeValue": value});
            cx.call("sns", "SetSubscriptionAttributes", input).await?;
        }
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        match cx.call("sns", "Unsubscribe", json!({"SubscriptionArn": work.prior.id()})).await {
            // AWS cannot remove what nobody confirmed; it forgets it by itself.
            Err(e) if e.says(&["InvalidParameter"], "pending confirmation") => Ok(()),
            Err(e) => Err(e),
            Ok(_) => Ok(()),
        }
    })
}

fn import<'a>(_: &'a Cx, _: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        // AWS knows nothing of them; the provider starts from its defaults.
        obj.set("confirmation_timeout_in_minutes", 1);
        obj.set("endpoint_auto_confirms", false);
        Ok(())
    })
}
