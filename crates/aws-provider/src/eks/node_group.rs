//! `aws_eks_node_group` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/eks_node_group>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::names;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::tags::of_value;
use crate::work::Work;

const TEMPLATE: Kind = Kind::Object(&[
    string("id").zero().optional_computed().replaces().api("id"),
    string("name").zero().optional_computed().replaces().api("name"),
    string("version").required().api("version").check(&[Check::Length(1, 255)]),
]);

const REPAIR: Kind = Kind::Object(&[boolean("enabled").default_bool(false).zero().always().api("enabled")]);

const REMOTE: Kind = Kind::Object(&[
    string("ec2_ssh_key").zero().replaces().api("ec2SshKey"),
    strings("source_security_group_ids").zero().replaces().api("sourceSecurityGroups"),
]);

const GROUP: Kind = Kind::Object(&[string("name").from("name").zero()]);
const RESOURCES: Kind = Kind::Object(&[
    list("autoscaling_groups", &GROUP).from("autoScalingGroups").zero(),
    string("remote_access_security_group_id").from("remoteAccessSecurityGroup").zero(),
]);

const SCALING: Kind = Kind::Object(&[
    int("desired_size").required().api("desiredSize").check(&[Check::Range(0, i64::MAX)]),
    int("max_size").required().api("maxSize").check(&[Check::Range(1, i64::MAX)]),
    int("min_size").required().api("minSize").check(&[Check::Range(0, i64::MAX)]),
]);

const TAINT: Kind = Kind::Object(&[
    string("effect").required().api("effect").check(&[Check::OneOf(&[
        "NO_SCHEDULE",
        "NO_EXECUTE",
        "PREFER_NO_SCHEDULE",
    ])]),
    string("key").required().api("key").check(&[Check::Length(1, 63)]),
    string("value").zero().api("value").check(&[Check::Length(0, 63)]),
]);

const UPDATE: Kind = Kind::Object(&[
    int("max_unavailable").zero().api("maxUnavailable").check(&[Check::Range(1, 100)]),
    int("max_unavailable_percentage").zero().api("maxUnavailablePercentage").check(&[Check::Range(1, 100)]),
]);

/// `aws_eks_node_group`.
pub static NODE_GROUP: Resource = resource("aws_eks_node_group", &super::EKS)
    .attrs(&[
        string("ami_type").optional_computed().replaces().api("amiType"),
        string("arn").computed().from("nodegroupArn"),
        string("capacity_type").optional_computed().replaces().api("capacityType").check(&[Check::OneOf(&[
            "ON_DEMAND",
            "SPOT",
            "CAPACITY_BLOCK",
        ])]),
        string("cluster_name").required().replaces().api("clusterName").check(&[Check::By(super::cluster_name)]),
        int("disk_size").optional_computed().zero().replaces().api("diskSize"),
        boolean("force_update_version").local(),
        list("instance_types", &Kind::String).optional_computed().zero().replaces().api("instanceTypes"),
        map("labels", &Kind::String).zero().api("labels"),
        block("launch_template", &TEMPLATE).api("launchTemplate"),
        string("node_group_name")
            .optional_computed()
            .replaces()
            .from("nodegroupName")
            .unsent()
            .conflicts_with(&["node_group_name_prefix"])
            .check(&[Check::Length(0, 63)]),
        string("node_group_name_prefix").optional_computed().replaces().local().check(&[Check::Length(0, 37)]),
        block("node_repair_config", &REPAIR).optional_computed().api("nodeRepairConfig"),
        string("node_role_arn").required().replaces().api("nodeRole"),
        string("release_version").optional_computed().api("releaseVersion"),
        block("remote_access", &REMOTE).replaces().api("remoteAccess"),
        list("resources", &RESOURCES).computed().from("resources").zero(),
        block("scaling_config", &SCALING).required().api("scalingConfig"),
        string("status").computed().from("status"),
        strings("subnet_ids").required().replaces().api("subnets"),
        block_set("taint", &TAINT).times(0, 50).api("taints"),
        block("update_config", &UPDATE).optional_computed().api("updateConfig"),
        string("version").optional_computed().zero().api("version"),
    ])
    .tagged(super::tags("arn"))
    .timeouts(&[("create", 3600), ("update", 3600), ("delete", 3600)])
    .create_with(create)
    .key(&[("clusterName", "cluster_name"), ("nodegroupName", "node_group_name")])
    .read(Read::One { op: "DescribeNodegroup", item: "nodegroup" })
    .wait("status", &["CREATING", "UPDATING"], &["ACTIVE"])
    .updates(&[
        update_with(change_version, &["launch_template", "release_version", "version"]),
        update_with(change_config, &["labels", "scaling_config", "taint", "update_config", "node_repair_config"]),
        update_state(&["force_update_version"]),
    ])
    .delete("DeleteNodegroup")
    .wait_deleted("status", &["ACTIVE", "DELETING", "DEGRADED"])
    .gone(&["ResourceNotFoundException"])
    .validates(validate)
    .plans(plan)
    .after_read(read)
    .imports(|_, id, obj| Box::pin(async move { super::split(id, ':', &["cluster_name", "node_group_name"], obj) }));

fn validate(config: &Obj, found: &mut craton_model::Diagnostics) {
    let mut wrong = |name: &str, what: &str| {
        found.push(
            craton_model::Diagnostic::error("Invalid combination of arguments", what)
                .on_attribute(craton_model::Path::attr(name)),
        );
    };
    for u in config.objects("update_config") {
        let open =
            ["max_unavailable", "max_unavailable_percentage"].iter().any(|n| u.peek(n).is_some_and(|v| !v.is_known()));
        let given = ["max_unavailable", "max_unavailable_percentage"].iter().filter(|n| u.int(n).is_some()).count();
        if !open && given != 1 {
            wrong("update_config", "One of max_unavailable, max_unavailable_percentage must be given, and only one.");
        }
    }
    for t in config.objects("launch_template") {
        if t.str("id").is_some() && t.str("name").is_some() {
            wrong("launch_template", "A launch template is named by \"id\" or by \"name\", not by both.");
        }
    }
}

/// A template is known by id and by name; which one is asked for decides.
fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    if plan.prior.is_some() && plan.changes("launch_template") {
        let gone = plan.config.objects("launch_template").is_empty();
        let new = plan.prior.as_ref().is_some_and(|p| p.objects("launch_template").is_empty());
        if gone || new {
            plan.replace_for("launch_template");
        }
    }
    // Where nobody names them, AWS takes the version of the cluster and its newest image with every such change.
    let moving = ["launch_template", "release_version", "version"];
    if plan.prior.is_some() && moving.iter().any(|n| plan.changes(n)) {
        for name in ["release_version", "version"] {
            if plan.config.get(name).is_null() {
                plan.unknown(name);
            }
        }
    }
    Ok(())
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = names::choose_as(&work.state, "node_group_name", "node_group_name_prefix", cx.settings.clock.now());
        let mut input = super::creation(cx, work);
        input.insert("nodegroupName".into(), json!(name));
        super::with_roles(cx, "CreateNodegroup", Json::Object(input)).await?;
        let id = format!("{}:{name}", work.state.text("cluster_name"));
        work.state.set("id", id);
        work.state.set("node_group_name", name);
        Ok(())
    })
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let name = doc::text(item, "nodegroupName");
        obj.set("node_group_name_prefix", names::prefix_of(&name));
        Ok(true)
    })
}

fn named(work: &Work) -> (String, String, Json) {
    let (cluster, name) = (work.state.text("cluster_name").to_owned(), work.state.text("node_group_name").to_owned());
    let input = json!({"clusterName": cluster, "nodegroupName": name});
    (cluster, name, input)
}

fn change_version<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (cluster, name, mut input) = named(work);
        if work.state.bool("force_update_version") {
            input["force"] = json!(true);
        }
        if let Some(t) = work.state.objects("launch_template").first() {
            // AWS takes one of both.
            let (member, value) = match t.str("id") {
                Some(id) => ("id", id),
                None => ("name", t.text("name")),
            };
            input["launchTemplate"] = json!({member: value, "version": t.text("version")});
        }
        for (attribute, member) in [("release_version", "releaseVersion"), ("version", "version")] {
            if let Some(v) = work.state.str(attribute).filter(|_| work.changes(attribute)) {
                input[member] = json!(v);
            }
        }
        let of = Some(("nodegroupName", name.as_str()));
        super::change(cx, &cluster, of, "UpdateNodegroupVersion", input, work.limit).await
    })
}

fn taints(obj: &Obj) -> Vec<Json> {
    let all = obj.objects("taint");
    all.iter().map(|t| json!({"key": t.text("key"), "value": t.text("value"), "effect": t.text("effect")})).collect()
}

fn change_config<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (cluster, name, mut input) = named(work);
        let blocks: Vec<Attr> = work
            .resource
            .attrs
            .iter()
            .filter(|a| {
                ["scaling_config", "update_config", "node_repair_config"].contains(&a.name) && work.changes(a.name)
            })
            .copied()
            .collect();
        let mut said = Map::new();
        doc::input(&blocks, &work.state, &mut said);
        for (member, v) in said {
            input[member] = v;
        }
        if work.changes("labels") {
            let (old, new) = (of_value(&work.prior.get("labels")), of_value(&work.state.get("labels")));
            let gone: Vec<&String> = old.keys().filter(|k| !new.contains_key(*k)).collect();
            let added: Map<String, Json> =
                new.iter().filter(|(k, v)| old.get(*k) != Some(v)).map(|(k, v)| (k.clone(), json!(v))).collect();
            let mut labels = json!({});
            if !gone.is_empty() {
                labels["removeLabels"] = json!(gone);
            }
            if !added.is_empty() {
                labels["addOrUpdateLabels"] = Json::Object(added);
            }
            input["labels"] = labels;
        }
        if work.changes("taint") {
            let (old, new) = (taints(&work.prior), taints(&work.state));
            let same = |a: &Json, b: &Json| a["key"] == b["key"] && a["effect"] == b["effect"];
            let gone: Vec<&Json> = old.iter().filter(|o| !new.iter().any(|n| same(o, n))).collect();
            let added: Vec<&Json> = new.iter().filter(|n| !old.contains(n)).collect();
            let mut changed = json!({});
            if !gone.is_empty() {
                changed["removeTaints"] = json!(gone);
            }
            if !added.is_empty() {
                changed["addOrUpdateTaints"] = json!(added);
            }
            input["taints"] = changed;
        }
        let of = Some(("nodegroupName", name.as_str()));
        super::change(cx, &cluster, of, "UpdateNodegroupConfig", input, work.limit).await
    })
}
