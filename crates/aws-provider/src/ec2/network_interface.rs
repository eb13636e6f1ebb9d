//! `aws_network_interface`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/network_interface>).

use serde_json::{Map, Value as Json, json};

use crate::cx::{Cx, Seen};
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

const ATTACHMENT: Kind =
    Kind::Object(&[string("attachment_id").computed(), int("device_index").required(), string("instance").required()]);

/// `aws_network_interface`.
pub static NETWORK_INTERFACE: Resource = resource("aws_network_interface", &super::EC2)
    .arn("ec2:network-interface/{id}")
    .attrs(&[
        string("arn").computed().unread(),
        block_set("attachment", &ATTACHMENT).optional_computed().local(),
        string("description"),
        boolean("enable_primary_ipv6").optional_computed().local(),
        string("interface_type")
            .optional_computed()
            .replaces()
            .check(&[Check::OneOf(&["efa", "efa-only", "branch", "trunk"])]),
        int("ipv4_prefix_count").optional_computed().local().conflicts_with(&["ipv4_prefixes"]),
        strings("ipv4_prefixes").optional_computed().local().conflicts_with(&["ipv4_prefix_count"]),
        int("ipv6_address_count").optional_computed().local().conflicts_with(&["ipv6_addresses", "ipv6_address_list"]),
        list("ipv6_address_list", &Kind::String)
            .optional_computed()
            .local()
            .conflicts_with(&["ipv6_addresses", "ipv6_address_count"]),
        boolean("ipv6_address_list_enabled").default_bool(false).local(),
        strings("ipv6_addresses")
            .optional_computed()
            .local()
            .conflicts_with(&["ipv6_address_count", "ipv6_address_list"]),
        int("ipv6_prefix_count").optional_computed().local().conflicts_with(&["ipv6_prefixes"]),
        strings("ipv6_prefixes").optional_computed().local().conflicts_with(&["ipv6_prefix_count"]),
        string("mac_address").computed(),
        string("outpost_arn").computed().zero(),
        string("owner_id").computed(),
        string("private_dns_name").computed().zero(),
        string("private_ip").optional_computed().replaces().from("PrivateIpAddress").unsent(),
        list("private_ip_list", &Kind::String).optional_computed().local().conflicts_with(&[
            "private_ip",
            "private_ips",
            "private_ips_count",
        ]),
        boolean("private_ip_list_enabled").default_bool(false).local(),
        strings("private_ips")
            .optional_computed()
            .local()
            .conflicts_with(&["private_ip_list"])
            .check(&[Check::Ipv4Address]),
        int("private_ips_count").optional_computed().local().conflicts_with(&["private_ip_list"]),
        strings("security_groups").optional_computed().from("Groups[].GroupId").to("Groups"),
        boolean("source_dest_check").default_bool(true).unsent(),
        string("subnet_id").required().replaces(),
    ])
    .tagged(Tagging { read: ReadTags::Item("TagSet"), ..super::tags("network-interface") })
    .create_with(create)
    .key(&[("NetworkInterfaceId", "id")])
    .read(Read::Many(&super::NETWORK_INTERFACES))
    .wait("Status", &["pending"], &["available", "in-use"])
    .updates(&[
        update_with(change_attachment, &["attachment"]).also_after_create(),
        update_with(change_private, &["private_ips", "private_ips_count", "private_ip_list"]),
        update_with(change_ipv6, &["ipv6_addresses", "ipv6_address_count", "ipv6_address_list", "enable_primary_ipv6"]),
        update_with(change_prefixes, &["ipv4_prefixes", "ipv4_prefix_count", "ipv6_prefixes", "ipv6_prefix_count"]),
        update_with(change_attributes, &["description", "source_dest_check", "security_groups"]).also_after_create(),
        update_state(&["ipv6_address_list_enabled", "private_ip_list_enabled"]),
    ])
    .delete_with(delete)
    .gone(&["InvalidNetworkInterfaceID.NotFound"])
    .plans(plan)
    .after_read(read)
    .imports(|_, _, obj| {
        Box::pin(async move {
            for name in ["ipv6_address_list_enabled", "private_ip_list_enabled"] {
                obj.set(name, false);
            }
            Ok(())
        })
    });

/// Addresses are counted and listed in several attributes, which follow each other; the first address stays.
fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    let Some(prior) = plan.prior.clone() else { return Ok(()) };
    for group in [
        &["private_ips", "private_ips_count", "private_ip_list"][..],
        &["ipv6_addresses", "ipv6_address_count", "ipv6_address_list"],
        &["ipv4_prefixes", "ipv4_prefix_count"],
        &["ipv6_prefixes", "ipv6_prefix_count"],
    ] {
        let given: Vec<&&str> = group.iter().filter(|n| !plan.config.get(n).is_null()).collect();
        if given.iter().any(|n| plan.changes(n)) {
            for other in group.iter().filter(|n| !given.contains(n)) {
                plan.unknown(other);
            }
        }
    }
    let first = prior.text("private_ip").to_owned();
    for name in ["private_ips", "private_ip_list"] {
        let (new, listed) = (plan.planned.get(name), plan.planned.strs(name));
        // In a list the first address is the primary one.
        let kept = match name {
            "private_ips" => listed.contains(&first.as_str()),
            _ => listed.first().is_none_or(|ip| *ip == first),
        };
        if plan.changes(name) && new.is_wholly_known() && !kept {
            plan.replace_for(name);
        }
    }
    // A primary IPv6 address is one for good.
    if prior.bool("enable_primary_ipv6") && plan.planned.get("enable_primary_ipv6").as_bool() == Some(false) {
        plan.replace_for("enable_primary_ipv6");
    }
    Ok(())
}

/// Configured addresses, the first one first.
fn addresses(state: &Obj) -> Vec<&str> {
    match state.strs("private_ip_list") {
        list if list.is_empty() => state.strs("private_ips"),
        list => list,
    }
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let state = &work.state;
        let mut input = Map::new();
        doc::input(work.resource.attrs, state, &mut input);
        let private = addresses(state);
        let primary = state.str("private_ip");
        if !private.is_empty() {
            let first = primary.unwrap_or(private[0]);
            let list: Vec<Json> =
                private.iter().map(|ip| json!({"PrivateIpAddress": ip, "Primary": *ip == first})).collect();
            input.insert("PrivateIpAddresses".into(), list.into());
        } else if let Some(ip) = primary {
            input.insert("PrivateIpAddress".into(), json!(ip));
        }
        let number = |name: &str| state.int(name).filter(|n| *n > 0);
        if let Some(n) = number("private_ips_count").filter(|_| private.is_empty()) {
            input.insert("SecondaryPrivateIpAddressCount".into(), json!(n));
        }
        let ipv6 = match state.strs("ipv6_address_list") {
            list if list.is_empty() => state.strs("ipv6_addresses"),
            list => list,
        };
        if !ipv6.is_empty() {
            let list: Vec<Json> = ipv6.iter().map(|ip| json!({"Ipv6Address": ip})).collect();
            input.insert("Ipv6Addresses".into(), list.into());
        } else if let Some(n) = number("ipv6_address_count") {
            input.insert("Ipv6AddressCount".into(), json!(n));
        }
        for (name, member, each) in
            [("ipv4_prefixes", "Ipv4Prefixes", "Ipv4Prefix"), ("ipv6_prefixes", "Ipv6Prefixes", "Ipv6Prefix")]
        {
            let list: Vec<Json> = state.strs(name).iter().map(|p| json!({each: p})).collect();
            if !list.is_empty() {
                input.insert(member.into(), list.into());
            }
        }
        for (name, member) in [("ipv4_prefix_count", "Ipv4PrefixCount"), ("ipv6_prefix_count", "Ipv6PrefixCount")] {
            if let Some(n) = number(name) {
                input.insert(member.into(), json!(n));
            }
        }
        if state.bool("enable_primary_ipv6") {
            input.insert("EnablePrimaryIpv6".into(), json!(true));
        }
        // AWS fails with an internal error where prefixes and tags come together.
        let prefixes = ["Ipv4Prefixes", "Ipv6Prefixes"].iter().any(|n| input.contains_key(*n));
        let tags = cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default();
        if let Some(t) = work.resource.tags.as_ref().filter(|_| !prefixes) {
            t.at_creation(&tags, &mut input);
        }
        let answer = cx.ec2("CreateNetworkInterface", Json::Object(input)).await?;
        work.state.set("id", doc::text(&answer, "NetworkInterface.NetworkInterfaceId"));
        if let Some(t) = work.resource.tags.as_ref().filter(|_| prefixes && !tags.is_empty()) {
            t.change(cx, "ec2", &work.state, &crate::tags::Tags::new(), &tags).await?;
        }
        Ok(())
    })
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let attachment = doc::at(item, "Attachment").filter(|a| !doc::text(a, "InstanceId").is_empty()).map(|a| {
            json!([{
                "attachment_id": doc::text(&a, "AttachmentId"),
                "device_index": a["DeviceIndex"],
                "instance": doc::text(&a, "InstanceId"),
            }])
        });
        obj.set_json("attachment", &attachment.unwrap_or_else(|| json!([])))?;
        let private = doc::texts(item, "PrivateIpAddresses[].PrivateIpAddress");
        let ipv6 = doc::texts(item, "Ipv6Addresses[].Ipv6Address");
        let count = |n: usize| i64::try_from(n).unwrap_or(0);
        obj.set_strs("private_ips", private.iter().map(String::as_str));
        obj.set_strs("private_ip_list", private.iter().map(String::as_str));
        obj.set("private_ips_count", count(private.len().saturating_sub(1)));
        obj.set_strs("ipv6_addresses", ipv6.iter().map(String::as_str));
        obj.set_strs("ipv6_address_list", ipv6.iter().map(String::as_str));
        obj.set("ipv6_address_count", count(ipv6.len()));
        for (prefixes, number, path) in [
            ("ipv4_prefixes", "ipv4_prefix_count", "Ipv4Prefixes[].Ipv4Prefix"),
            ("ipv6_prefixes", "ipv6_prefix_count", "Ipv6Prefixes[].Ipv6Prefix"),
        ] {
            let found = doc::texts(item, path);
            obj.set_strs(prefixes, found.iter().map(String::as_str));
            obj.set(number, count(found.len()));
        }
        if !ipv6.is_empty() {
            let primary = doc::items(item, "Ipv6Addresses").iter().any(|a| doc::flag(a, "IsPrimaryIpv6"));
            obj.set("enable_primary_ipv6", primary);
        }
        Ok(true)
    })
}

async fn detach(cx: &Cx, work: &Work, attachment: &str) -> Result<(), Fail> {
    let eni = work.state.id();
    match cx.ec2("DetachNetworkInterface", json!({"AttachmentId": attachment, "Force": true})).await {
        Err(e) if e.is(&["InvalidAttachmentID.NotFound"]) => return Ok(()),
        other => other?,
    };
    wait_attachment(cx, work, eni, &["attached", "detaching"], &[]).await
}

async fn wait_attachment(cx: &Cx, work: &Work, eni: &str, pending: &[&str], target: &[&str]) -> Result<(), Fail> {
    let what = format!("the attachment of {eni}");
    cx.wait(&what, work.limit, pending, target, || {
        Box::pin(async move {
            let found = cx.fresh(&super::NETWORK_INTERFACES, eni).await?;
            let attachment = found.and_then(|e| doc::at(&e, "Attachment"));
            Ok(attachment.map(|a| Seen::of(doc::text(&a, "Status"))))
        })
    })
    .await?;
    Ok(())
}

fn change_attachment<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        if let Some(old) = work.prior.objects("attachment").first() {
            detach(cx, work, old.text("attachment_id")).await?;
        }
        if let Some(new) = work.state.objects("attachment").first() {
            let input = json!({
                "NetworkInterfaceId": work.state.id(),
                "InstanceId": new.text("instance"),
                "DeviceIndex": new.int("device_index").unwrap_or(1),
            });
            cx.ec2("AttachNetworkInterface", input).await?;
            wait_attachment(cx, work, work.state.id(), &["attaching"], &["attached"]).await?;
        }
        Ok(())
    })
}

/// Takes addresses away and adds others, of a list or up to a number.
async fn exchange(
    cx: &Cx,
    eni: &str,
    (old, new): (&[&str], Option<&[&str]>),
    number: Option<i64>,
    (assign, unassign, member, count): (&str, &str, &str, &str),
) -> Result<(), Fail> {
    let (mut gone, mut added, mut more): (Vec<&&str>, Vec<&&str>, i64) = (Vec::new(), Vec::new(), 0);
    match (new, number) {
        (Some(new), _) => {
            gone.extend(old.iter().filter(|a| !new.contains(a)));
            added.extend(new.iter().filter(|a| !old.contains(a)));
        }
        (None, Some(n)) => {
            let have = i64::try_from(old.len()).unwrap_or(0);
            more = (n - have).max(0);
            gone.extend(old.iter().skip(usize::try_from(n).unwrap_or(0)));
        }
        (None, None) => {}
    }
    if !gone.is_empty() {
        cx.ec2(unassign, json!({"NetworkInterfaceId": eni, member: gone})).await?;
    }
    if !added.is_empty() {
        cx.ec2(assign, json!({"NetworkInterfaceId": eni, member: added})).await?;
    }
    if more > 0 {
        cx.ec2(assign, json!({"NetworkInterfaceId": eni, count: more})).await?;
    }
    Ok(())
}

/// Brings addresses into an order: AWS keeps that in which they were assigned, so that all from the first other one go and
/// come again, each by itself.
async fn rearrange(
    cx: &Cx,
    eni: &str,
    (old, new): (&[&str], &[&str]),
    (assign, unassign, member): (&str, &str, &str),
) -> Result<(), Fail> {
    let kept = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    if old.len() > kept {
        cx.ec2(unassign, json!({"NetworkInterfaceId": eni, member: old[kept..]})).await?;
    }
    for ip in &new[kept..] {
        cx.ec2(assign, json!({"NetworkInterfaceId": eni, member: [ip]})).await?;
    }
    Ok(())
}

fn change_private<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let primary = work.prior.text("private_ip");
        let old: Vec<&str> = work.prior.strs("private_ips").into_iter().filter(|a| *a != primary).collect();
        let given = ["private_ips", "private_ip_list"].into_iter().find(|n| !work.config.get(n).is_null());
        let new: Option<Vec<&str>> = given.map(|n| work.state.strs(n).into_iter().filter(|a| *a != primary).collect());
        let calls = (
            "AssignPrivateIpAddresses",
            "UnassignPrivateIpAddresses",
            "PrivateIpAddresses",
            "SecondaryPrivateIpAddressCount",
        );
        if let (Some("private_ip_list"), Some(new)) = (given, &new) {
            let old: Vec<&str> = work.prior.strs("private_ip_list").into_iter().filter(|a| *a != primary).collect();
            return rearrange(cx, work.state.id(), (&old, new), (calls.0, calls.1, calls.2)).await;
        }
        let number = work.config.int("private_ips_count");
        exchange(cx, work.state.id(), (&old, new.as_deref()), number, calls).await
    })
}

fn change_ipv6<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let old = work.prior.strs("ipv6_addresses");
        let given = ["ipv6_addresses", "ipv6_address_list"].into_iter().find(|n| !work.config.get(n).is_null());
        let new = given.map(|n| work.state.strs(n));
        let calls = ("AssignIpv6Addresses", "UnassignIpv6Addresses", "Ipv6Addresses", "Ipv6AddressCount");
        if let (Some("ipv6_address_list"), Some(new)) = (given, &new) {
            let old = work.prior.strs("ipv6_address_list");
            rearrange(cx, work.state.id(), (&old, new), (calls.0, calls.1, calls.2)).await?;
        } else {
            let number = work.config.int("ipv6_address_count");
            exchange(cx, work.state.id(), (&old, new.as_deref()), number, calls).await?;
        }
        if work.changes("enable_primary_ipv6") && work.state.bool("enable_primary_ipv6") {
            let input = json!({"NetworkInterfaceId": work.state.id(), "EnablePrimaryIpv6": true});
            cx.ec2("ModifyNetworkInterfaceAttribute", input).await?;
        }
        Ok(())
    })
}

fn change_prefixes<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        for (prefixes, number, calls) in [
            (
                "ipv4_prefixes",
                "ipv4_prefix_count",
                ("AssignPrivateIpAddresses", "UnassignPrivateIpAddresses", "Ipv4Prefixes", "Ipv4PrefixCount"),
            ),
            (
                "ipv6_prefixes",
                "ipv6_prefix_count",
                ("AssignIpv6Addresses", "UnassignIpv6Addresses", "Ipv6Prefixes", "Ipv6PrefixCount"),
            ),
        ] {
            if !work.changes_any(&[prefixes, number]) {
                continue;
            }
            let old = work.prior.strs(prefixes);
            let new = (!work.config.get(prefixes).is_null()).then(|| work.state.strs(prefixes));
            exchange(cx, work.state.id(), (&old, new.as_deref()), work.config.int(number), calls).await?;
        }
        Ok(())
    })
}

/// One call for each attribute, as AWS wants it. What was given at the creation is there already.
fn change_attributes<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let id = work.state.id().to_owned();
        let mut calls = Vec::new();
        if work.changes("source_dest_check") {
            calls.push(json!({"SourceDestCheck": {"Value": work.state.bool("source_dest_check")}}));
        }
        if work.changes("description") && !work.creating {
            calls.push(json!({"Description": {"Value": work.state.text("description")}}));
        }
        if work.changes("security_groups") && !work.creating {
            calls.push(json!({"Groups": work.state.strs("security_groups")}));
        }
        for mut call in calls {
            call["NetworkInterfaceId"] = json!(id);
            cx.ec2("ModifyNetworkInterfaceAttribute", call).await?;
        }
        Ok(())
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        if let Some(a) = work.state.objects("attachment").first() {
            detach(cx, work, a.text("attachment_id")).await?;
        }
        let input = json!({"NetworkInterfaceId": work.state.id()});
        // Detaching takes a while to be known everywhere.
        cx.ec2_retry("DeleteNetworkInterface", input, work.limit, &["InvalidParameterValue"]).await?;
        Ok(())
    })
}
