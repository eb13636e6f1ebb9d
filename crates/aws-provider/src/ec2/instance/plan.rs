//! What a change of an instance leads to.

use craton_model::{Diagnostic, Diagnostics, Path, Value};
use serde_json::Value as Json;
use sha1::{Digest, Sha1};

use crate::cx::Cx;
use crate::decl::Fut;
use crate::doc;
use crate::ec2::launch_template::LAUNCH_TEMPLATES;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::plan::Plan;

/// What the state has of user data: the SHA-1 sum of what it says, whether that is given in Base64 or not.
pub fn sum(user_data: &str) -> String {
    let bytes = doc::from_base64(user_data).unwrap_or_else(|| user_data.as_bytes().to_vec());
    Sha1::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// The sum of nothing, which AWS gives for no user data.
const NOTHING: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

/// An instance needs an image and a type from somewhere.
pub fn validate(config: &Obj, found: &mut Diagnostics) {
    let template = config.peek("launch_template").is_some_and(|v| !v.is_known() || !v.is_empty());
    for name in ["ami", "instance_type"] {
        let given = config.peek(name).is_some_and(|v| !v.is_null());
        if !given && !template {
            found.push(
                Diagnostic::error(
                    "Missing required argument",
                    format!("{name:?} must be given where there is no \"launch_template\" that says it."),
                )
                .on_attribute(Path::attr(name)),
            );
        }
    }
    for t in config.objects("launch_template") {
        let both = t.str("id").is_some() && t.str("name").is_some();
        let none = ["id", "name"].iter().all(|n| t.peek(n).is_some_and(Value::is_null));
        if both || none {
            found.push(
                Diagnostic::error(
                    "Invalid combination of arguments",
                    "A launch template is named by \"id\" or by \"name\": one of them must be given.",
                )
                .on_attribute(Path::attr("launch_template")),
            );
        }
    }
}

/// Completes the plan by what the configuration and the state say.
///
/// # Errors
/// None.
pub fn plan(cx: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    let prior = plan.prior.clone();
    user_data(plan, prior.as_ref());
    let own_interfaces = !plan.config.objects("network_interface").is_empty();
    let Some(prior) = prior else {
        if own_interfaces {
            plan.planned.clear("source_dest_check");
        }
        return Ok(());
    };
    // A template is known by id and name; a change of one changes the other.
    if plan.changes("launch_template") {
        let (old, new) = (prior.objects("launch_template"), plan.config.objects("launch_template"));
        if let (Some(old), Some(new)) = (old.first(), new.first()) {
            let moved = |n: &str| new.str(n).is_some_and(|v| v != old.text(n));
            let other = if moved("id") { Some("name") } else { moved("name").then_some("id") };
            if let Some(other) = other {
                set_first(plan, "launch_template", other, None);
            }
        } else {
            plan.replace_for("launch_template");
        }
    }
    // Credits that are no longer asked for stay as they are, and so do those of a block that says nothing.
    let (asked, have) = (plan.config.objects("credit_specification"), prior.objects("credit_specification"));
    let silent = |all: &[Obj]| all.first().is_none_or(|c| c.is_zero("cpu_credits"));
    if asked.is_empty() || (silent(&asked) && !silent(&have)) {
        plan.planned.set("credit_specification", prior.get("credit_specification"));
    }
    // Interfaces of one's own say this for themselves.
    if own_interfaces {
        plan.planned.set("source_dest_check", prior.get("source_dest_check"));
    }
    // A primary IPv6 address is one for good.
    if prior.bool("enable_primary_ipv6") && plan.planned.get("enable_primary_ipv6").as_bool() == Some(false) {
        plan.replace_for("enable_primary_ipv6");
    }
    if plan.changes("get_password_data") {
        plan.unknown("password_data");
    }
    speeds(plan, &prior);
    devices(plan, &prior);
    root_tags(cx, plan, &prior);
    tags_apart(plan, &prior);
    Ok(())
}

/// Tags of all volumes together take the place of those of each: the state has the ones or the others.
fn tags_apart(plan: &mut Plan, prior: &Obj) {
    let (was, is) = (!prior.is_zero("volume_tags"), !plan.planned.is_zero("volume_tags"));
    if was == is || plan.planned.get("volume_tags").is_null() != plan.config.get("volume_tags").is_null() {
        return;
    }
    for name in ["root_block_device", "ebs_block_device"] {
        let blocks = plan.planned.get(name);
        let (Some(items), Some(element)) = (blocks.as_seq(), blocks.ty().element()) else { continue };
        let changed = items.iter().map(|item| {
            let mut block = Obj::of(element, item);
            if is {
                block.set_zero("tags_all");
            } else {
                let open = Value::unknown(block.type_of("tags_all"));
                block.set("tags_all", open);
            }
            block.value()
        });
        let changed: Vec<Value> = changed.collect();
        let changed = match name {
            "root_block_device" => Value::list(element.clone(), changed),
            _ => Value::set(element.clone(), changed),
        };
        plan.planned.set(name, changed);
    }
}

/// All tags of the root volume follow its own.
fn root_tags(cx: &Cx, plan: &mut Plan, prior: &Obj) {
    let (old, new) = (prior.objects("root_block_device"), plan.planned.objects("root_block_device"));
    let (Some(old), Some(new)) = (old.first(), new.first()) else { return };
    if old.get("tags") != new.get("tags") && plan.planned.is_zero("volume_tags") {
        let all = cx.settings.tags.all(&new.get("tags")).map(|all| crate::tags::value(all.iter()));
        set_first(plan, "root_block_device", "tags_all", all);
    }
}

/// A device is known by its name: what AWS set of it stays when something else of it changes.
fn devices(plan: &mut Plan, prior: &Obj) {
    let (old, blocks) = (prior.objects("ebs_block_device"), plan.planned.get("ebs_block_device"));
    let (Some(items), Some(element)) = (blocks.as_seq(), blocks.ty().element()) else { return };
    let completed = items.iter().map(|item| {
        let mut new = Obj::of(element, item);
        let Some(old) = old.iter().find(|o| o.text("device_name") == new.text("device_name")) else {
            return item.clone();
        };
        let open: Vec<String> = new.iter().filter(|(_, v)| !v.is_known()).map(|(n, _)| n.to_string()).collect();
        for name in open {
            new.set(&name, old.get(&name));
        }
        new.value()
    });
    let completed: Vec<Value> = completed.collect();
    let completed = Value::set(element.clone(), completed);
    plan.planned.set("ebs_block_device", completed);
}

/// Sets an attribute of the first element of a list of blocks; to what is not known yet without a value.
fn set_first(plan: &mut Plan, list: &str, name: &str, value: Option<Value>) {
    let blocks = plan.planned.get(list);
    let (Some(first), Some(element)) = (blocks.as_seq().and_then(<[Value]>::first), blocks.ty().element()) else {
        return;
    };
    let mut first = Obj::of(element, first);
    let value = value.unwrap_or_else(|| Value::unknown(first.type_of(name)));
    first.set(name, value);
    let blocks = Value::list(element.clone(), [first.value()]);
    plan.planned.set(list, blocks);
}

pub(super) fn user_data(plan: &mut Plan, prior: Option<&Obj>) {
    if let Some(given) = plan.config.peek("user_data").and_then(Value::as_str) {
        let new = sum(given);
        let same = prior.is_some_and(|p| p.text("user_data").is_empty() && new == NOTHING);
        let planned = if same { prior.map(|p| p.get("user_data")) } else { None };
        plan.planned.set("user_data", planned.unwrap_or_else(|| Value::from(new)));
    }
    if prior.is_some() && plan.planned.bool("user_data_replace_on_change") {
        for name in ["user_data", "user_data_base64"] {
            if plan.changes(name) {
                plan.replace_for(name);
            }
        }
    }
}

/// Speeds of 0 say nothing where the type of a volume has its own.
fn speeds(plan: &mut Plan, prior: &Obj) {
    let (old, new) = (prior.objects("root_block_device"), plan.planned.objects("root_block_device"));
    let (Some(old), Some(new)) = (old.first(), new.first()) else { return };
    let kind = new.text("volume_type").to_owned();
    // Another type has its own speeds, and that of gp2 follows the size.
    let given = |name: &str| plan.config.objects("root_block_device").first().is_some_and(|c| !c.get(name).is_null());
    let other = old.get("volume_type") != new.get("volume_type");
    let grows = kind == "gp2" && old.get("volume_size") != new.get("volume_size");
    let open = [("iops", other || grows), ("throughput", other)].map(|(name, moves)| (name, moves && !given(name)));
    for (name, open) in open {
        if open {
            set_first(plan, "root_block_device", name, None);
        }
    }
    for (name, types) in [("iops", &["io1", "io2", "gp3"][..]), ("throughput", &["gp3"])] {
        if new.int(name) == Some(0) && !types.contains(&kind.as_str()) {
            set_first(plan, "root_block_device", name, Some(old.get(name)));
        }
    }
}

/// Completes the plan by what AWS says: whether another version of a launch template is another one in truth, and
/// whether the instance can become one of another type.
///
/// # Errors
/// AWS refused.
pub fn look<'a>(cx: &'a Cx, plan: &'a mut Plan) -> Fut<'a, ()> {
    Box::pin(async move {
        let Some(prior) = plan.prior.clone() else { return Ok(()) };
        if another_version(cx, plan, &prior).await? {
            plan.replace_for("launch_template");
        }
        let (old, new) = (prior.text("instance_type").to_owned(), plan.planned.text("instance_type").to_owned());
        if !new.is_empty() && old != new {
            let (old, new) =
                futures_util::join!(cx.load(&super::INSTANCE_TYPES, &old), cx.load(&super::INSTANCE_TYPES, &new));
            if let (Ok(Some(old)), Ok(Some(new))) = (old, new) {
                let of = |t: &Json| doc::texts(t, "ProcessorInfo.SupportedArchitectures");
                let other = of(&new);
                if !of(&old).iter().any(|a| other.contains(a)) {
                    plan.replace_for("instance_type");
                }
            }
        }
        Ok(())
    })
}

async fn another_version(cx: &Cx, plan: &Plan, prior: &Obj) -> Result<bool, Fail> {
    let (old, new) = (prior.objects("launch_template"), plan.planned.objects("launch_template"));
    let (Some(old), Some(new)) = (old.first(), new.first()) else { return Ok(false) };
    let Some(wanted) = new.str("version").filter(|v| *v != old.text("version")) else { return Ok(false) };
    let Some(instance) = cx.load(&super::INSTANCES, prior.id()).await? else { return Ok(false) };
    let (template, version) = super::read::template_of(&instance);
    let found = cx.load(&LAUNCH_TEMPLATES, &template).await?;
    let number = |path: &str| found.as_ref().map(|t| doc::text(t, path)).unwrap_or_default();
    let wanted = match wanted {
        "$Default" => number("DefaultVersionNumber"),
        "$Latest" => number("LatestVersionNumber"),
        other => other.to_owned(),
    };
    Ok(wanted != version)
}

#[cfg(test)]
mod tests {
    #[test]
    fn user_data_as_the_state_has_it() {
        assert_eq!(super::sum(""), super::NOTHING);
        // The same in Base64.
        assert_eq!(super::sum("aGVsbG8gd29ybGQ="), super::sum("hello world"));
        assert_eq!(super::sum("hello world"), "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed");
    }
}
