//! `aws_eks_cluster` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/eks_cluster>).

use serde_json::{Map, Value as Json, json};

use super::cluster_parts::*;
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

const LOG_TYPES: &[&str] = &["api", "audit", "authenticator", "controllerManager", "scheduler"];

/// `aws_eks_cluster`.
pub static CLUSTER: Resource = resource("aws_eks_cluster", &super::EKS)
    .version(1)
    .attrs(&[
        block("access_config", &ACCESS).optional_computed().unread().to("accessConfig"),
        string("arn").computed().from("arn"),
        boolean("bootstrap_self_managed_addons")
            .default_bool(true)
            .replaces()
            .unread()
            .to("bootstrapSelfManagedAddons"),
        list("certificate_authority", &CERTIFICATE).computed().from("certificateAuthority").zero(),
        string("cluster_id").computed().unread(),
        block("compute_config", &COMPUTE).api("computeConfig"),
        string("created_at").computed().unread(),
        strings("enabled_cluster_log_types").local().check(&[Check::OneOf(LOG_TYPES)]),
        block("encryption_config", &ENCRYPTION).api("encryptionConfig").unsent().conflicts_with(&["outpost_config"]),
        string("endpoint").computed().from("endpoint").zero(),
        boolean("force_update_version").local().since(95),
        list("identity", &IDENTITY).computed().from("identity").zero(),
        block("kubernetes_network_config", &NETWORK).optional_computed().api("kubernetesNetworkConfig"),
        string("name").required().replaces().api("name").check(&[Check::By(super::cluster_name)]),
        block("outpost_config", &OUTPOST)
            .api("outpostConfig")
            .conflicts_with(&["encryption_config", "remote_network_config"]),
        string("platform_version").computed().from("platformVersion").zero(),
        block("remote_network_config", &REMOTE).replaces().api("remoteNetworkConfig"),
        string("role_arn").required().replaces().api("roleArn").check(&[Check::Arn]),
        string("status").computed().from("status"),
        block("storage_config", &STORAGE).api("storageConfig"),
        block("upgrade_policy", &UPGRADE).optional_computed().api("upgradePolicy"),
        string("version").optional_computed().api("version"),
        block("vpc_config", &VPC).required().api("resourcesVpcConfig"),
        block("zonal_shift_config", &ZONAL).api("zonalShiftConfig"),
    ])
    .tagged(super::tags("arn"))
    .timeouts(&[("create", 1800), ("update", 3600), ("delete", 900)])
    .create_with(create)
    .key(&[("name", "id")])
    .read(Read::One { op: "DescribeCluster", item: "cluster" })
    .wait("status", &["CREATING", "PENDING", "UPDATING"], &["ACTIVE"])
    .updates(&[
        update_with(upgrade, &["version"]),
        update_with(change_access, &["access_config"]),
        update_with(change_auto_mode, &["compute_config", "kubernetes_network_config", "storage_config"]),
        update_with(encrypt, &["encryption_config"]),
        update_with(change_logs, &["enabled_cluster_log_types"]),
        update_with(change_upgrade_policy, &["upgrade_policy"]),
        update_with(change_vpc, &["vpc_config"]),
        update_with(change_zonal_shift, &["zonal_shift_config"]),
        update_state(&["force_update_version", "outpost_config"]),
    ])
    .delete_with(delete)
    .wait_deleted("status", &["ACTIVE", "DELETING", "UPDATING"])
    .gone(&["ResourceNotFoundException"])
    .faults(&[("UnsupportedAvailabilityZoneException", "vpc_config")])
    .validates(validate)
    .plans(plan)
    .after_read(read)
    .imports(import);

/// The first block of a name.
fn first(obj: &Obj, name: &str) -> Option<Obj> {
    obj.objects(name).into_iter().next()
}

/// What Auto Mode takes over, by block: compute, load balancing, storage.
fn auto_mode(obj: &Obj) -> [Option<Obj>; 3] {
    [
        first(obj, "compute_config"),
        first(obj, "kubernetes_network_config").and_then(|n| first(&n, "elastic_load_balancing")),
        first(obj, "storage_config").and_then(|s| first(&s, "block_storage")),
    ]
}

/// Auto Mode is all or nothing: compute, load balancing and block storage go together.
fn divided(obj: &Obj) -> Option<&'static str> {
    let parts = auto_mode(obj);
    let open = parts.iter().any(|b| b.as_ref().is_some_and(|o| o.peek("enabled").is_some_and(|v| !v.is_known())));
    let [c, b, s] = parts.map(|b| b.is_some_and(|o| o.bool("enabled")));
    (!open && (c != b || b != s)).then_some(
        "compute_config.enabled, kubernetes_network_config.elastic_load_balancing.enabled and \
         storage_config.block_storage.enabled must all be true, or all be false.",
    )
}

fn validate(config: &Obj, found: &mut craton_model::Diagnostics) {
    let blocks = ["compute_config", "kubernetes_network_config", "storage_config"];
    if blocks.iter().any(|n| config.peek(n).is_some_and(|v| !v.is_wholly_known())) {
        return;
    }
    if let Some(what) = divided(config) {
        found.push(
            craton_model::Diagnostic::error("Invalid combination of arguments", what)
                .on_attribute(craton_model::Path::attr("compute_config")),
        );
    }
}

fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    let Some(prior) = plan.prior.clone() else { return Ok(()) };
    // A block that is not written any more is switched off, and AWS goes on saying that it is off.
    for (name, kind, off) in [
        ("compute_config", &COMPUTE, json!([{"enabled": false}])),
        ("storage_config", &STORAGE, json!([{"blockStorage": {"enabled": false}}])),
        ("zonal_shift_config", &ZONAL, json!([{"enabled": false}])),
    ] {
        if !prior.is_zero(name) && plan.config.is_zero(name) {
            let off = doc::value(&Kind::List(kind), &off);
            let is_on = match name {
                "storage_config" => auto_mode(&prior)[2].as_ref().is_some_and(|s| s.bool("enabled")),
                _ => first(&prior, name).is_some_and(|b| b.bool("enabled")),
            };
            plan.planned.set(name, if is_on { off } else { prior.get(name) });
        }
    }
    // Load balancing that is not written stays as it is, so that the other two cannot be taken away alone.
    if let Some(what) = divided(&plan.planned) {
        return Err(Fail::new("Invalid combination of arguments", what));
    }
    // Each version of Kubernetes has platform versions of its own.
    if plan.changes("version") {
        plan.unknown("platform_version");
    }
    let count = |o: &Obj| o.objects("encryption_config").len();
    // Encryption cannot be taken back.
    if count(&prior) == 1 && count(&plan.planned) == 0 {
        plan.replace_for("encryption_config");
    }
    let role = |o: &Obj| o.objects("compute_config").first().map(|c| c.text("node_role_arn").to_owned());
    if let (Some(old), Some(new)) = (role(&prior), role(&plan.planned))
        && !old.is_empty()
        && old != new
    {
        plan.replace_for("compute_config");
    }
    Ok(())
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = super::creation(cx, work);
        // To AWS it is true where it is not said.
        if let (Some(access), Some(Json::Object(said))) =
            (first(&work.state, "access_config"), input.get_mut("accessConfig"))
        {
            let admin = access.bool("bootstrap_cluster_creator_admin_permissions");
            said.insert("bootstrapClusterCreatorAdminPermissions".into(), json!(admin));
        }
        input.insert("logging".into(), logging(&work.state));
        if let Some(e) = encryption(&work.state) {
            input.insert("encryptionConfig".into(), e);
        }
        super::with_roles(cx, "CreateCluster", Json::Object(input)).await?;
        work.state.set("id", work.state.text("name").to_owned());
        Ok(())
    })
}

fn logging(state: &Obj) -> Json {
    let on = state.strs("enabled_cluster_log_types");
    let off: Vec<&str> = LOG_TYPES.iter().copied().filter(|t| !on.contains(t)).collect();
    json!({"clusterLogging": [{"enabled": true, "types": on}, {"enabled": false, "types": off}]})
}

fn encryption(state: &Obj) -> Option<Json> {
    let e = state.objects("encryption_config").into_iter().next()?;
    let key = e.objects("provider").first().map(|p| p.text("key_arn").to_owned())?;
    Some(json!([{"resources": e.strs("resources"), "provider": {"keyArn": key}}]))
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        // AWS does not always say who may do everything; what was asked for counts.
        let known = first(obj, "access_config");
        let admin = known.is_none_or(|a| a.bool("bootstrap_cluster_creator_admin_permissions"));
        let access = doc::at(item, "accessConfig").map(|a| {
            json!([{
                "authentication_mode": doc::text(&a, "authenticationMode"),
                "bootstrap_cluster_creator_admin_permissions": admin,
            }])
        });
        obj.set_json("access_config", &access.unwrap_or_else(|| json!([])))?;
        obj.set("created_at", crate::iam::moment(item, "createdAt"));
        let on: Vec<String> = doc::items(item, "logging.clusterLogging")
            .iter()
            .filter(|l| doc::flag(l, "enabled"))
            .flat_map(|l| doc::texts(l, "types"))
            .collect();
        obj.set_strs("enabled_cluster_log_types", on.iter().map(String::as_str));
        Ok(true)
    })
}

fn import<'a>(_: &'a Cx, _: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        // AWS does not tell it; the provider takes its default.
        obj.set("bootstrap_self_managed_addons", true);
        Ok(())
    })
}

async fn configure(cx: &Cx, work: &Work, mut input: Json) -> Result<(), Fail> {
    let name = work.state.id();
    input["name"] = json!(name);
    super::change(cx, name, None, "UpdateClusterConfig", input, work.limit).await
}

fn upgrade<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = work.state.id().to_owned();
        let mut input = json!({"name": name, "version": work.state.text("version")});
        if work.state.bool("force_update_version") {
            input["force"] = json!(true);
        }
        super::change(cx, &name, None, "UpdateClusterVersion", input, work.limit).await
    })
}

fn change_access<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mode = |o: &Obj| o.objects("access_config").first().map(|a| a.text("authentication_mode").to_owned());
        match mode(&work.state) {
            Some(new) if Some(&new) != mode(&work.prior).as_ref() => {
                configure(cx, work, json!({"accessConfig": {"authenticationMode": new}})).await
            }
            _ => Ok(()),
        }
    })
}

/// These attributes as a request has them.
fn some(work: &Work, names: &[&str]) -> Map<String, Json> {
    let attrs: Vec<Attr> = work.resource.attrs.iter().filter(|a| names.contains(&a.name)).copied().collect();
    let mut out = Map::new();
    doc::input(&attrs, &work.state, &mut out);
    out
}

fn change_auto_mode<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let pools = |o: &Obj| first(o, "compute_config").map(|c| c.get("node_pools")).filter(|p| !p.is_empty());
        // Addresses cannot change, and AWS refuses them here. What is not written is switched off.
        let said = |o: &Obj| {
            let [compute, balancing, storage] = auto_mode(o);
            let on = |b: &Option<Obj>| b.as_ref().is_some_and(|o| o.bool("enabled"));
            let mut own = json!({"enabled": on(&compute)});
            if let Some(c) = &compute {
                if pools(o).is_some() || pools(&work.prior).is_some() {
                    own["nodePools"] = json!(c.strs("node_pools"));
                }
                if let Some(role) = c.str("node_role_arn") {
                    own["nodeRoleArn"] = json!(role);
                }
            }
            json!({
                "computeConfig": own, "kubernetesNetworkConfig": {"elasticLoadBalancing": {"enabled": on(&balancing)}},
                "storageConfig": {"blockStorage": {"enabled": on(&storage)}},
            })
        };
        configure(cx, work, said(&work.state)).await
    })
}

fn encrypt<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let Some(config) = encryption(&work.state).filter(|_| work.prior.objects("encryption_config").is_empty())
        else {
            return Ok(());
        };
        let name = work.state.id().to_owned();
        let input = json!({"clusterName": name, "encryptionConfig": config});
        super::change(cx, &name, None, "AssociateEncryptionConfig", input, work.limit).await
    })
}

fn change_logs<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move { configure(cx, work, json!({"logging": logging(&work.state)})).await })
}

fn change_upgrade_policy<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move { configure(cx, work, Json::Object(some(work, &["upgrade_policy"]))).await })
}

fn change_zonal_shift<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let on = first(&work.state, "zonal_shift_config").is_some_and(|z| z.bool("enabled"));
        configure(cx, work, json!({"zonalShiftConfig": {"enabled": on}})).await
    })
}

/// AWS takes one kind of change at a time: who reaches the endpoint, where the cluster is, its groups.
fn change_vpc<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (old, new) = (work.prior.objects("vpc_config"), work.state.objects("vpc_config"));
        let (Some(old), Some(new)) = (old.first(), new.first()) else { return Ok(()) };
        let moved = |n: &str| old.get(n) != new.get(n);
        if ["endpoint_private_access", "endpoint_public_access", "public_access_cidrs"].into_iter().any(moved) {
            let mut config = json!({
                "endpointPrivateAccess": new.bool("endpoint_private_access"),
                "endpointPublicAccess": new.bool("endpoint_public_access"),
            });
            let ranges = new.strs("public_access_cidrs");
            if !ranges.is_empty() {
                config["publicAccessCidrs"] = json!(ranges);
            }
            configure(cx, work, json!({"resourcesVpcConfig": config})).await?;
        }
        for (name, member) in [("subnet_ids", "subnetIds"), ("security_group_ids", "securityGroupIds")] {
            if moved(name) {
                configure(cx, work, json!({"resourcesVpcConfig": {member: new.strs(name)}})).await?;
            }
        }
        Ok(())
    })
}

/// A cluster that is being worked on cannot go yet.
fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let clock = &cx.settings.clock;
        let (start, mut pause) = (clock.now(), std::time::Duration::from_secs(1));
        loop {
            match cx.call("eks", "DeleteCluster", json!({"name": work.state.id()})).await {
                Err(e)
                    if e.says(&["ResourceInUseException"], "in progress")
                        && clock.now().duration_since(start).unwrap_or_default() < work.limit =>
                {
                    clock.sleep(pause).await;
                    pause = (pause * 3 / 2).min(std::time::Duration::from_secs(30));
                }
                other => return other.map(|_| ()),
            }
        }
    })
}
