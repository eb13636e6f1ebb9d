//! `aws_autoscaling_schedule`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/autoscaling_schedule>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_autoscaling_schedule`.
pub static SCHEDULE: Resource = resource("aws_autoscaling_schedule", &super::AUTOSCALING)
    .attrs(&[
        string("arn").computed().from("ScheduledActionARN"),
        string("autoscaling_group_name").required().replaces().api("AutoScalingGroupName"),
        int("desired_capacity").optional_computed().local(),
        string("end_time").optional_computed().unread().check(&[Check::By(moment)]),
        int("max_size").optional_computed().local(),
        int("min_size").optional_computed().local(),
        string("recurrence").optional_computed().zero(),
        string("scheduled_action_name").required().replaces(),
        string("start_time").optional_computed().unread().check(&[Check::By(moment)]),
        string("time_zone").optional_computed().zero(),
    ])
    .create_with(put)
    .key(&[("AutoScalingGroupName", "autoscaling_group_name"), ("ScheduledActionName", "scheduled_action_name")])
    .read(Read::Hook)
    .updates(&[update_with(
        put,
        &["desired_capacity", "end_time", "max_size", "min_size", "recurrence", "start_time", "time_zone"],
    )])
    .delete("DeleteScheduledAction")
    .gone(&["ValidationError"])
    .after_read(read)
    .imports(|_, id, obj| {
        Box::pin(async move {
            let Some((group, name)) = id.split_once('/') else {
                return Err(Fail::new(
                    "Invalid import id",
                    format!("{id:?} does not fit; it has the form group/action."),
                ));
            };
            obj.set("autoscaling_group_name", group);
            obj.set("scheduled_action_name", name);
            obj.set("id", name);
            Ok(())
        })
    });

/// `2006-01-02T15:04:05Z`
fn moment(s: &str) -> Result<(), String> {
    let shape: String = s.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    if s.is_empty() || shape == "0000-00-00T00:00:00Z" {
        return Ok(());
    }
    Err(format!("{s:?} is no moment such as 2006-01-02T15:04:05Z"))
}

/// -1 says that a size stays as it is.
const UNCHANGED: i64 = -1;

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let state = &work.state;
        let mut input = Map::new();
        for (name, member) in [
            ("autoscaling_group_name", "AutoScalingGroupName"),
            ("scheduled_action_name", "ScheduledActionName"),
            ("recurrence", "Recurrence"),
            ("start_time", "StartTime"),
            ("end_time", "EndTime"),
            ("time_zone", "TimeZone"),
        ] {
            if let Some(v) = state.str(name) {
                input.insert(member.into(), json!(v));
            }
        }
        // A size that is not given counts as none at all only while the others say something.
        for (name, member) in
            [("min_size", "MinSize"), ("max_size", "MaxSize"), ("desired_capacity", "DesiredCapacity")]
        {
            let given = state.int(name).unwrap_or(0);
            if given != UNCHANGED {
                input.insert(member.into(), json!(given));
            }
        }
        cx.call("autoscaling", "PutScheduledUpdateGroupAction", Json::Object(input)).await?;
        work.state.set("id", work.state.text("scheduled_action_name").to_owned());
        Ok(())
    })
}

/// All schedules of a group are asked for together.
fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let mut input = json!({"AutoScalingGroupName": obj.text("autoscaling_group_name")});
        let name = obj.text("scheduled_action_name").to_owned();
        loop {
            let answer = cx.once("autoscaling", "DescribeScheduledActions", input.clone()).await?;
            let all = doc::items(&answer, "ScheduledUpdateGroupActions");
            if let Some(found) = all.iter().find(|a| doc::text(a, "ScheduledActionName") == name) {
                doc::fill(SCHEDULE.attrs, found, obj);
                for (attribute, path) in
                    [("min_size", "MinSize"), ("max_size", "MaxSize"), ("desired_capacity", "DesiredCapacity")]
                {
                    obj.set(attribute, doc::at(found, path).and_then(|n| n.as_i64()).unwrap_or(UNCHANGED));
                }
                for (attribute, path) in [("start_time", "StartTime"), ("end_time", "EndTime")] {
                    obj.set(attribute, crate::iam::moment(found, path));
                }
                return Ok(true);
            }
            match crate::loader::next_page(&answer) {
                Some((member, token)) => input[member] = token,
                None => return Ok(false),
            }
        }
    })
}
