//! `aws_spot_instance_request`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/spot_instance_request>).
//!
//! A request has the arguments of an instance, of which AWS takes some, and shows what its instance is like once there is one.

use std::time::Duration;

use craton_model::{Diagnostic, Diagnostics, Path};
use serde_json::{Map, Value as Json, json};

use super::{INSTANCES, SPOT_REQUESTS, create, plan, read, state};
use crate::cx::{Cx, Seen};
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::names;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::tags::list;
use crate::work::Work;

/// What an instance has and a request has not.
const ONLY_INSTANCES: &[&str] = &["instance_lifecycle", "instance_market_options", "spot_instance_request_id"];

/// What a request has beside what an instance has.
const ONLY_REQUESTS: &[Attr] = &[
    int("block_duration_minutes").zero(),
    string("instance_interruption_behavior").default_str("terminate").check(&[Check::OneOf(&[
        "hibernate",
        "stop",
        "terminate",
    ])]),
    string("launch_group").local(),
    string("spot_bid_status").computed().from("Status.Code"),
    string("spot_instance_id").computed().from("InstanceId").zero(),
    string("spot_price").optional_computed(),
    string("spot_request_state").computed().from("State"),
    // It cannot be changed: only another request has another one.
    string("spot_type").default_str("persistent").from("Type").check(&[Check::OneOf(&["one-time", "persistent"])]),
    string("valid_from").optional_computed().local().check(&[Check::By(moment)]),
    string("valid_until").optional_computed().local().check(&[Check::By(moment)]),
    boolean("wait_for_fulfillment").default_bool(false).local(),
];

/// What lives in the state alone and needs no other request.
const STATE_ONLY: &[&str] = &["volume_tags", "wait_for_fulfillment"];

/// What AWS takes of an instance's arguments: the members of `RequestSpotLaunchSpecification`.
const TAKEN: &[&str] = &[
    "BlockDeviceMappings",
    "EbsOptimized",
    "IamInstanceProfile",
    "ImageId",
    "InstanceType",
    "KeyName",
    "Monitoring",
    "NetworkInterfaces",
    "SecurityGroupIds",
    "SecurityGroups",
    "SubnetId",
    "UserData",
];

/// Arguments of an instance that AWS has no place for in a request.
const NOT_TAKEN: &[&str] = &[
    "capacity_reservation_specification",
    "cpu_core_count",
    "cpu_options",
    "cpu_threads_per_core",
    "credit_specification",
    "disable_api_stop",
    "disable_api_termination",
    "enclave_options",
    "hibernation",
    "host_id",
    "host_resource_group_arn",
    "instance_initiated_shutdown_behavior",
    "launch_template",
    "maintenance_options",
    "metadata_options",
    "placement_partition_number",
    "private_dns_name_options",
    "volume_tags",
];

const COUNT: usize = super::ATTRS.len() - ONLY_INSTANCES.len() + ONLY_REQUESTS.len();

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    a.len() == b.len() && i == a.len()
}

const fn among(all: &[&str], name: &str) -> bool {
    let mut i = 0;
    while i < all.len() {
        if same(name, all[i]) {
            return true;
        }
        i += 1;
    }
    false
}

/// A request is never changed: nearly every argument asks for another. What the instance is like is read by the hook.
const ATTRS: [Attr; COUNT] = {
    let mut all = [string("").replaces(); COUNT];
    let (mut i, mut n) = (0, 0);
    while i < super::ATTRS.len() {
        if !among(ONLY_INSTANCES, super::ATTRS[i].name) {
            all[n] = super::ATTRS[i].unread();
            n += 1;
        }
        i += 1;
    }
    i = 0;
    while i < ONLY_REQUESTS.len() {
        all[n] = ONLY_REQUESTS[i];
        n += 1;
        i += 1;
    }
    i = 0;
    while i < COUNT {
        if all[i].settable() && !among(STATE_ONLY, all[i].name) {
            all[i] = all[i].replaces();
        }
        i += 1;
    }
    all
};

/// `aws_spot_instance_request`.
pub static SPOT_INSTANCE_REQUEST: Resource = resource("aws_spot_instance_request", &crate::ec2::EC2)
    .attrs(&ATTRS)
    .tagged(crate::ec2::tags("spot-instances-request"))
    .timeouts(&[("create", 600), ("read", 900), ("delete", 1200)])
    .create_with(request)
    .key(&[("SpotInstanceRequestId", "id")])
    .read(Read::Many(&SPOT_REQUESTS))
    .beside(&[(&INSTANCES, "spot_instance_id")])
    .dead("State", &["cancelled", "closed"])
    .updates(&[update_state(STATE_ONLY)])
    .delete_with(delete)
    .gone(&["InvalidSpotInstanceRequestID.NotFound"])
    .faults(&[
        ("InvalidAMIID.NotFound", "ami"),
        ("InvalidAMIID.Malformed", "ami"),
        ("InvalidKeyPair.NotFound", "key_name"),
        ("InvalidPlacementGroup.Unknown", "placement_group"),
    ])
    .validates(validate)
    .plans(plans)
    .after_read(after_read)
    .imports(import);

/// A moment in RFC 3339.
fn moment(text: &str) -> Result<(), String> {
    let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
    let date = |d: &str| {
        let parts: Vec<&str> = d.split('-').collect();
        matches!(parts.as_slice(), [y, m, d] if digits(y, 4) && digits(m, 2) && digits(d, 2))
    };
    let clock = |t: &str| {
        let parts: Vec<&str> = t.get(..8).unwrap_or_default().split(':').collect();
        matches!(parts.as_slice(), [h, m, s] if digits(h, 2) && digits(m, 2) && digits(s, 2))
    };
    let zone =
        |t: &str| t.ends_with('Z') || t.get(t.len().saturating_sub(6)..).is_some_and(|z| z.starts_with(['+', '-']));
    match text.split_once('T') {
        Some((d, t)) if date(d) && clock(t) && zone(t) => Ok(()),
        _ => Err(format!("{text:?} is not a moment such as 2030-01-31T12:00:00Z")),
    }
}

/// What AWS has no place for in a request makes no difference; whoever gives it should know.
fn validate(config: &Obj, found: &mut Diagnostics) {
    if let Some(minutes) = config.int("block_duration_minutes").filter(|n| n % 60 != 0) {
        let detail =
            format!("{minutes} is not possible here: a block of time has whole hours, a multiple of 60 minutes.");
        let path = Path::attr("block_duration_minutes");
        found.push(Diagnostic::error("Invalid argument value", detail).on_attribute(path));
    }
    for name in NOT_TAKEN {
        let given = config.peek(name).is_some_and(|v| v.is_known() && !crate::obj::is_zero(v));
        if given {
            found.push(
                Diagnostic::warning(
                    "Argument without effect",
                    format!(
                        "AWS takes no {name:?} in a request for spot instances. An aws_instance with a block \
                         instance_market_options {{ market_type = \"spot\" }} can have it."
                    ),
                )
                .on_attribute(Path::attr(*name)),
            );
        }
    }
}

fn plans(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    let prior = plan.prior.clone();
    plan::user_data(plan, prior.as_ref());
    // Prices are numbers: 0.03 and 0.030000 are one.
    if let Some(prior) = prior {
        let number = |o: &Obj| o.str("spot_price").and_then(|p| p.parse::<f64>().ok());
        if let (Some(old), Some(new)) = (number(&prior), number(&plan.planned))
            && (old - new).abs() < 1e-9
        {
            let kept = prior.get("spot_price");
            plan.planned.set("spot_price", kept);
        }
    }
    Ok(())
}

fn request<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let launch = create::input(cx, work).await?;
        let s = &work.state;
        let mut specification: Map<String, Json> =
            TAKEN.iter().filter_map(|m| Some(((*m).to_owned(), launch.get(*m)?.clone()))).collect();
        let behavior = s.text("instance_interruption_behavior");
        // An instance that is stopped or hibernated cannot be told where to be.
        if behavior == "terminate"
            && let Some(place) = launch.get("Placement").and_then(Json::as_object)
        {
            let taken = |name: &str| matches!(name, "AvailabilityZone" | "GroupName" | "Tenancy");
            let place: Map<String, Json> =
                place.iter().filter(|(n, _)| taken(n)).map(|(n, v)| (n.clone(), v.clone())).collect();
            if !place.is_empty() {
                specification.insert("Placement".into(), Json::Object(place));
            }
        }
        let mut input = json!({
            "ClientToken": format!("terraform-{}", names::unique(cx.settings.clock.now())),
            "InstanceCount": 1,
            "InstanceInterruptionBehavior": behavior,
            "LaunchSpecification": specification,
            "Type": s.text("spot_type"),
        });
        for (name, member) in [
            ("spot_price", "SpotPrice"),
            ("launch_group", "LaunchGroup"),
            ("valid_from", "ValidFrom"),
            ("valid_until", "ValidUntil"),
        ] {
            if let Some(v) = s.str(name) {
                input[member] = json!(v);
            }
        }
        if let Some(minutes) = s.int("block_duration_minutes").filter(|n| *n > 0) {
            input["BlockDurationMinutes"] = json!(minutes);
        }
        let tags = cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default();
        if !tags.is_empty() {
            input["TagSpecifications"] = json!([{"ResourceType": "spot-instances-request", "Tags": list(&tags)}]);
        }
        let answer = create::launch(cx, "RequestSpotInstances", &input).await?;
        let id = doc::text(&answer, "SpotInstanceRequests[0].SpotInstanceRequestId");
        work.state.set("id", id.as_str());
        if work.state.bool("wait_for_fulfillment") {
            fulfilled(cx, &id, work.limit).await?;
        }
        Ok(())
    })
}

/// Waits until a request has its instance.
async fn fulfilled(cx: &Cx, id: &str, limit: Duration) -> Result<(), Fail> {
    let what = format!("the spot instance request {id}");
    let pending = &["start", "pending-evaluation", "pending-fulfillment"];
    cx.wait(&what, limit, pending, &["fulfilled"], || {
        Box::pin(async {
            let found = cx.fresh(&SPOT_REQUESTS, id).await?;
            Ok(found.map(|item| Seen {
                state: doc::text(&item, "Status.Code"),
                reason: [doc::text(&item, "Status.Message"), doc::text(&item, "Fault.Message")].concat(),
                item,
            }))
        })
    })
    .await?;
    Ok(())
}

fn after_read<'a>(cx: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        obj.set("launch_group", doc::text(item, "LaunchGroup"));
        for (name, path) in [("valid_from", "ValidFrom"), ("valid_until", "ValidUntil")] {
            let seen = crate::iam::moment(item, path);
            // No moment is the first of all in the provider's language, which is what it writes.
            obj.set(name, if seen.is_empty() { "0001-01-01T00:00:00Z".to_owned() } else { seen });
        }
        for (name, path) in [("key_name", "KeyName"), ("instance_type", "InstanceType"), ("ami", "ImageId")] {
            obj.set(name, doc::text(item, &format!("LaunchSpecification.{path}")));
        }
        let id = doc::text(item, "InstanceId");
        if let Some(instance) = cx.load(&INSTANCES, &id).await? {
            of_instance(cx, obj, &id, &instance).await?;
        }
        for name in ["ephemeral_block_device", "network_interface", "credit_specification", "launch_template"] {
            if obj.get(name).is_null() {
                obj.set_zero(name);
            }
        }
        Ok(true)
    })
}

/// What a request shows of its instance.
async fn of_instance(cx: &Cx, obj: &mut Obj, id: &str, instance: &Json) -> Result<(), Fail> {
    for (name, path) in [
        ("public_dns", "PublicDnsName"),
        ("public_ip", "PublicIpAddress"),
        ("private_dns", "PrivateDnsName"),
        ("private_ip", "PrivateIpAddress"),
    ] {
        obj.set(name, doc::text(instance, path));
    }
    let vpc = doc::text(instance, "VpcId");
    let (vpc, volumes, password) = futures_util::join!(
        cx.load(&crate::ec2::VPCS, &vpc),
        read::volumes(cx, instance),
        read::password(cx, obj, id),
    );
    let (volumes, password) = (volumes?, password?);
    read::interfaces(obj, instance)?;
    read::groups(obj, instance, vpc.ok().flatten().is_some_and(|v| doc::flag(&v, "IsDefault")));
    // A request gives its volumes no tags.
    let volume_tags = obj.get("volume_tags");
    read::blocks(cx, obj, instance, &volumes)?;
    obj.set("volume_tags", volume_tags);
    obj.set("password_data", password);
    Ok(())
}

/// The request goes first: a persistent one would start another instance in the place of its own.
fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let request = work.prior.id().to_owned();
        cx.ec2("CancelSpotInstanceRequests", json!({"SpotInstanceRequestIds": [request]})).await?;
        // It may have got its instance since it was read.
        let now = cx.fresh(&SPOT_REQUESTS, &request).await?;
        let id = now.map(|r| doc::text(&r, "InstanceId")).filter(|i| !i.is_empty());
        let id = id.unwrap_or_else(|| work.prior.text("spot_instance_id").to_owned());
        if id.is_empty() {
            return Ok(());
        }
        match cx.ec2("TerminateInstances", json!({"InstanceIds": [id]})).await {
            Err(e) if e.is(super::INSTANCE.gone) => return Ok(()),
            other => other?,
        };
        let what = format!("instance {id}");
        let pending = &["pending", "running", "shutting-down", "stopped", "stopping"];
        cx.wait(&what, work.limit, pending, &[], || {
            Box::pin(async { Ok(state::look(cx, &id).await?.filter(|seen| seen.state != "terminated")) })
        })
        .await?;
        Ok(())
    })
}

fn import<'a>(_: &'a Cx, _: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        // AWS knows nothing of these; a default is no reason for another request.
        for name in ["get_password_data", "user_data_replace_on_change", "wait_for_fulfillment"] {
            obj.set(name, false);
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn moments() {
        for good in ["2030-01-31T12:00:00Z", "2030-01-31T12:00:00.5Z", "2030-01-31T12:00:00+02:00"] {
            assert!(super::moment(good).is_ok(), "{good}");
        }
        for bad in ["", "tomorrow", "2030-01-31", "2030-01-31T12:00:00", "2030-1-31T12:00:00Z"] {
            assert!(super::moment(bad).is_err(), "{bad}");
        }
    }
}
