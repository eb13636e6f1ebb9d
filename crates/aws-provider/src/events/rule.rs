//! `aws_cloudwatch_event_rule`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/cloudwatch_event_rule>).

use serde_json::{Map, Value as Json, json};

use super::DEFAULT_BUS;
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::names;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

const STATES: &[&str] = &["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"];

const CONTENT: &[&str] = &["description", "event_pattern", "is_enabled", "role_arn", "schedule_expression", "state"];

/// `aws_cloudwatch_event_rule`.
pub static RULE: Resource = resource("aws_cloudwatch_event_rule", &super::EVENTS)
    .version(1)
    .attrs(&[
        string("arn").computed(),
        string("description").zero().check(&[Check::Length(0, 512)]),
        string("event_bus_name").default_str(DEFAULT_BUS).replaces(),
        string("event_pattern").same(Same::Json).check(&[Check::Json, Check::Length(0, 4096)]),
        boolean("force_destroy").default_bool(false).local(),
        boolean("is_enabled").deprecated().local().conflicts_with(&["state"]),
        string("name").optional_computed().replaces().conflicts_with(&["name_prefix"]),
        string("name_prefix").optional_computed().replaces().local().check(&[Check::Length(0, 38)]),
        string("role_arn").zero().check(&[Check::Arn]),
        string("schedule_expression").zero().check(&[Check::Length(0, 256)]),
        string("state").unsent().check(&[Check::OneOf(STATES)]),
    ])
    .tagged(Tagging { by: ("ResourceARN", "arn"), ..TAGGING })
    .create_with(create)
    .read(Read::Hook)
    .updates(&[update_with(change, CONTENT), update_state(&["force_destroy"])])
    .delete_with(delete)
    .gone(&["ResourceNotFoundException"])
    .faults(&[("InvalidEventPatternException", "event_pattern"), ("ResourceNotFoundException", "event_bus_name")])
    .plans(plan)
    .after_read(read)
    .imports(import);

fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    let c = &plan.config;
    if c.get("event_pattern").is_null() && c.get("schedule_expression").is_null() {
        return Err(Fail::new(
            "Missing required argument",
            "A rule has \"event_pattern\" or \"schedule_expression\": when it is to act.",
        ));
    }
    // Two arguments say the same; the one that is not given follows the other.
    let prior = |name: &str| plan.prior.as_ref().map(|p| p.get(name));
    let (on, state) = (c.get("is_enabled"), c.get("state"));
    match (on.as_bool(), state.is_null()) {
        (Some(on), true) => plan.planned.set("state", if on { "ENABLED" } else { "DISABLED" }),
        (None, true) if on.is_null() => plan.planned.set("state", "ENABLED"),
        _ => {}
    }
    if on.is_null() {
        match prior("is_enabled") {
            Some(_) if plan.planned.get("state").as_str().is_some() => {
                let enabled = plan.planned.text("state") != "DISABLED";
                plan.planned.set("is_enabled", enabled);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Bus and name, from `name` or `bus/name`. The name of a bus can be an ARN.
fn parts(obj: &Obj) -> (String, String) {
    let id = obj.id();
    id.rsplit_once('/').map_or((DEFAULT_BUS.to_owned(), id.to_owned()), |(bus, name)| (bus.to_owned(), name.to_owned()))
}

async fn put(cx: &Cx, work: &Work, name: &str, tags: Option<Json>) -> Result<(), Fail> {
    let s = &work.state;
    let mut input = Map::new();
    doc::input(work.resource.attrs, s, &mut input);
    input.insert("Name".into(), json!(name));
    if let Some(pattern) = s.str("event_pattern") {
        input.insert("EventPattern".into(), json!(crate::json::normal(pattern)));
    }
    input.insert("State".into(), json!(s.str("state").unwrap_or("ENABLED")));
    if let Some(tags) = tags {
        input.insert("Tags".into(), tags);
    }
    // A role that was just made may not be known to EventBridge yet.
    let start = cx.settings.clock.now();
    loop {
        match cx.call("events", "PutRule", Json::Object(input.clone())).await {
            Err(e)
                if e.says(&["ValidationException"], "cannot be assumed by principal")
                    && cx.settings.clock.now().duration_since(start).unwrap_or_default().as_secs() < 120 =>
            {
                cx.settings.clock.sleep(std::time::Duration::from_secs(2)).await;
            }
            other => return other.map(|_| ()),
        }
    }
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = names::choose(&work.state, cx.settings.clock.now());
        let tags = cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default();
        put(cx, work, &name, (!tags.is_empty()).then(|| crate::tags::list(&tags))).await?;
        let bus = work.state.text("event_bus_name").to_owned();
        let id = if bus == DEFAULT_BUS { name.clone() } else { format!("{bus}/{name}") };
        work.state.set("id", id);
        work.state.set("name", name);
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let (bus, name) = parts(obj);
        let item = cx.once("events", "DescribeRule", json!({"Name": name, "EventBusName": bus})).await?;
        doc::fill(RULE.attrs, &item, obj);
        obj.set("event_bus_name", bus);
        obj.set("is_enabled", doc::text(&item, "State") != "DISABLED");
        obj.set("name_prefix", names::prefix_of(&name));
        if let Some(pattern) = obj.str("event_pattern") {
            let pattern = crate::json::normal(pattern);
            obj.set("event_pattern", pattern);
        }
        Ok(true)
    })
}

fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (_, name) = parts(&work.state);
        put(cx, work, &name, None).await
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (bus, name) = parts(&work.prior);
        let mut input = json!({"Name": name, "EventBusName": bus});
        if work.prior.bool("force_destroy") {
            input["Force"] = json!(true);
        }
        let start = cx.settings.clock.now();
        loop {
            match cx.call("events", "DeleteRule", input.clone()).await {
                // Targets that go at the same time.
                Err(e)
                    if e.says(&["ValidationException"], "since it has targets")
                        && cx.settings.clock.now().duration_since(start).unwrap_or_default().as_secs() < 300 =>
                {
                    cx.settings.clock.sleep(std::time::Duration::from_secs(2)).await;
                }
                other => return other.map(|_| ()),
            }
        }
    })
}

fn import<'a>(_: &'a Cx, _: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        // AWS knows nothing of it; the provider starts from its default.
        obj.set("force_destroy", false);
        Ok(())
    })
}
