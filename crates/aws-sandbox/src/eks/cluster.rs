//! Clusters: ten virtual minutes until one is active, three until it is gone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{
    ADDON, CLUSTER, ENTRY, FARGATE, IDENTITY, NODEGROUP, POD, access, catalogue, check_role, forget, in_use, invalid,
    names, not_found, of_cluster, put, refuse, refused, shown, tags_of, update,
};
use crate::context::Ctx;
use crate::document::{items, set, set_some, text, unset};
use crate::ec2;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateCluster", create),
    ("DescribeCluster", describe),
    ("ListClusters", list),
    ("UpdateClusterConfig", update_config),
    ("UpdateClusterVersion", update_version),
    ("AssociateEncryptionConfig", encrypt),
    ("DeleteCluster", delete),
];

/// The cluster with a name.
pub(crate) fn get(ctx: &Ctx, name: &str) -> Result<Value, AwsError> {
    super::find(ctx, CLUSTER, name).ok_or_else(|| not_found(format!("No cluster found for name: {name}.")))
}

const LOG_TYPES: [&str; 5] = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

/// Log types that are on, and those that are off.
fn logging(on: &[String]) -> Value {
    let (yes, no): (Vec<&str>, Vec<&str>) = LOG_TYPES.iter().partition(|t| on.iter().any(|o| o == *t));
    let mut all = Vec::new();
    for (types, enabled) in [(yes, true), (no, false)] {
        if !types.is_empty() {
            all.push(json!({"types": types, "enabled": enabled}));
        }
    }
    json!({"clusterLogging": all})
}

/// The log types that are on after a change.
fn logs_on(now: &Value, wanted: &Value) -> Vec<String> {
    let of = |doc: &Value, enabled: bool| -> Vec<String> {
        items(doc, "clusterLogging")
            .iter()
            .filter(|l| l["enabled"] == enabled)
            .flat_map(|l| items(l, "types"))
            .filter_map(|t| t.as_str().map(str::to_owned))
            .collect()
    };
    let off = of(wanted, false);
    let mut on = of(now, true);
    on.extend(of(wanted, true));
    on.sort();
    on.dedup();
    on.retain(|t| !off.contains(t));
    on
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    refuse(input, &["outpostConfig", "controlPlaneScalingConfig"])?;
    let name = input.str("name")?;
    if name.is_empty() || name.len() > 100 || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)) {
        return Err(invalid(format!("The cluster name '{name}' is not valid.")));
    }
    let token = input.filled("clientRequestToken")?.unwrap_or("").to_owned();
    if super::find(ctx, CLUSTER, name).is_some() {
        return Err(in_use(format!("Cluster already exists with name: {name}")));
    }
    let version = input.filled("version")?.unwrap_or(catalogue::DEFAULT);
    let Some((_, platform)) = catalogue::version(version) else {
        return Err(invalid(format!("unsupported Kubernetes version {version}")));
    };
    let role = input.str("roleArn")?;
    check_role(role)?;
    let place = network(ctx, input, name)?;
    let bootstrap = input.opt_bool("bootstrapSelfManagedAddons")?.unwrap_or(true);
    let given = input.opt_structure("accessConfig");
    let mode = match &given {
        Some(a) => a.filled("authenticationMode")?.unwrap_or("CONFIG_MAP"),
        None => "CONFIG_MAP",
    };
    let admin = match &given {
        Some(a) => a.opt_bool("bootstrapClusterCreatorAdminPermissions")?.unwrap_or(true),
        None => true,
    };
    let wanted_logs = input.raw("logging").cloned().unwrap_or_default();
    let kubernetes = input.raw("kubernetesNetworkConfig").cloned().unwrap_or_default();
    let family = kubernetes["ipFamily"].as_str().unwrap_or("ipv4");
    let mut addresses = json!({"ipFamily": family, "elasticLoadBalancing": {"enabled": false}});
    if family == "ipv6" {
        set(&mut addresses, "serviceIpv6Cidr", "fd00:1234:5678::/108");
    } else {
        // AWS takes the first of the two ranges that the VPC does not have.
        set(&mut addresses, "serviceIpv4Cidr", kubernetes["serviceIpv4Cidr"].as_str().unwrap_or("172.20.0.0/16"));
    }
    set_some(&mut addresses, "elasticLoadBalancing", kubernetes.get("elasticLoadBalancing").cloned());
    let mut doc = json!({
        "name": name,
        "arn": ctx.arn("eks", &format!("cluster/{name}")),
        "createdAt": ctx.timestamp(),
        "version": version,
        "roleArn": role,
        "resourcesVpcConfig": place,
        "kubernetesNetworkConfig": addresses,
        "logging": logging(&logs_on(&json!({}), &wanted_logs)),
        "status": "CREATING",
        "certificateAuthority": {},
        "platformVersion": platform,
        "tags": tags_of(input)?,
        "health": {"issues": []},
        "accessConfig": {"authenticationMode": mode, "bootstrapClusterCreatorAdminPermissions": admin},
        "upgradePolicy": {"supportType": "EXTENDED"},
        "deletionProtection": input.flag("deletionProtection")?,
        "_bootstrap": bootstrap,
        "_creator": access::caller(ctx),
    });
    if !token.is_empty() {
        set(&mut doc, "clientRequestToken", token);
    }
    for member in ["upgradePolicy", "zonalShiftConfig", "remoteNetworkConfig", "computeConfig", "storageConfig"] {
        set_some(&mut doc, member, input.raw(member).cloned());
    }
    set_some(&mut doc, "encryptionConfig", input.raw("encryptionConfig").cloned());
    put(ctx, CLUSTER, name, doc.clone());
    if mode != "CONFIG_MAP" && admin {
        access::bootstrap(ctx, name, text(&doc, "_creator"));
    }
    ctx.after(600, "eks-cluster-active", name);
    // The security group shows with everything else once the cluster is active.
    let mut answer = doc;
    unset(&mut answer["resourcesVpcConfig"], "clusterSecurityGroupId");
    Ok(json!({"cluster": crate::document::public(&answer)}))
}

/// Checks where a cluster is to be, and makes its security group and its interfaces.
fn network(ctx: &mut Ctx, input: &Input, name: &str) -> Result<Value, AwsError> {
    let given = input.structure("resourcesVpcConfig").map_err(|_| invalid("resourcesVpcConfig must be given"))?;
    let subnets = given.strings("subnetIds")?;
    if subnets.len() < 2 {
        return Err(invalid("Subnets specified must be in at least two different AZs"));
    }
    let mut places = Vec::new();
    for id in &subnets {
        let place = ec2::SUBNET
            .find(ctx, id)
            .ok_or_else(|| invalid(format!("The subnet ID '{id}' does not exist (Service: Ec2, Status Code: 400)")))?;
        places.push(place.clone());
    }
    let vpc = text(&places[0], "VpcId").to_owned();
    if places.iter().any(|p| text(p, "VpcId") != vpc) {
        return Err(invalid("The given Subnets must be from one VPC"));
    }
    let zone = |p: &Value| text(p, "AvailabilityZone").to_owned();
    let first = zone(&places[0]);
    let Some(second) = places.iter().find(|p| zone(p) != first).cloned() else {
        return Err(invalid("Subnets specified must be in at least two different AZs"));
    };
    let groups = given.strings("securityGroupIds")?;
    for g in &groups {
        if ec2::SECURITY_GROUP.find(ctx, g).is_none_or(|g| text(g, "VpcId") != vpc) {
            return Err(invalid(format!("The security group '{g}' does not exist in VPC '{vpc}'")));
        }
    }
    let public = given.opt_bool("endpointPublicAccess")?.unwrap_or(true);
    let private = given.opt_bool("endpointPrivateAccess")?.unwrap_or(false);
    if !public && !private {
        return Err(invalid("Private and public endpoint access cannot be false"));
    }
    let ranges = given.strings("publicAccessCidrs")?;
    let ranges = if ranges.is_empty() { vec!["0.0.0.0/0"] } else { ranges };
    let group = ec2::cluster_security_group(ctx, &vpc, name);
    for place in [places[0].clone(), second] {
        ec2::managed_interface(ctx, &place, &group, &format!("Amazon EKS {name}"))?;
    }
    Ok(json!({
        "subnetIds": subnets, "securityGroupIds": groups, "clusterSecurityGroupId": group, "vpcId": vpc,
        "endpointPublicAccess": public, "endpointPrivateAccess": private, "publicAccessCidrs": ranges,
    }))
}

/// The cluster works: it has an address, an issuer and a certificate.
pub(crate) fn active(ctx: &mut Ctx, name: &str) {
    let Ok(mut doc) = get(ctx, name) else { return };
    if text(&doc, "status") != "CREATING" {
        return;
    }
    let (a, b) = (ctx.new_bytes("endpoint"), ctx.new_bytes("issuer"));
    let hex = |b: &[u8]| b.iter().take(16).map(|b| format!("{b:02X}")).collect::<String>();
    let region = ctx.region.clone();
    set(&mut doc, "endpoint", format!("https://{}.gr7.{region}.eks.amazonaws.com", hex(&a)));
    set(
        &mut doc,
        "identity",
        json!({"oidc": {"issuer": format!("https://oidc.eks.{region}.amazonaws.com/id/{}", hex(&b))}}),
    );
    let certificate = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        STANDARD.encode([&a[..], &b[..]].concat())
    );
    set(&mut doc, "certificateAuthority", json!({"data": STANDARD.encode(certificate)}));
    set(&mut doc, "status", "ACTIVE");
    put(ctx, CLUSTER, name, doc);
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input.str("name")?)?;
    if text(&doc, "status") == "CREATING" {
        unset(&mut doc["resourcesVpcConfig"], "clusterSecurityGroupId");
    }
    let step = if text(&doc, "status") == "UPDATING" { 60 } else { 120 };
    Ok(json!({"cluster": shown(ctx, &doc, "status", step)}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    // Clusters of other places that are registered here: there are none.
    input.accept(&["include"]);
    let all = ctx.store.rows(&ctx.regional(CLUSTER)).map(|(name, _)| json!(name)).collect();
    names(input, "clusters", all)
}

fn must_be_active(doc: &Value) -> Result<(), AwsError> {
    match text(doc, "status") {
        "ACTIVE" => Ok(()),
        status => Err(in_use(format!("Cluster {} is not in ACTIVE status; it is {status}", text(doc, "name")))),
    }
}

fn update_config(ctx: &mut Ctx, input: &Input) -> Answer {
    refuse(input, &["controlPlaneScalingConfig"])?;
    input.accept(&["clientRequestToken"]);
    let name = input.str("name")?;
    let mut doc = get(ctx, name)?;
    must_be_active(&doc)?;
    let mut kinds: Vec<(&str, Vec<(&str, String)>)> = Vec::new();
    if let Some(wanted) = input.raw("logging") {
        let on = logging(&logs_on(&doc["logging"], wanted));
        kinds.push(("LoggingUpdate", vec![("ClusterLogging", on.to_string())]));
        set(&mut doc, "logging", on);
    }
    if let Some(wanted) = input.raw("resourcesVpcConfig") {
        let place = &mut doc["resourcesVpcConfig"];
        let moved = wanted.get("subnetIds").is_some() || wanted.get("securityGroupIds").is_some();
        for (member, v) in wanted.as_object().into_iter().flatten() {
            set(place, member, v.clone());
        }
        if place["endpointPublicAccess"] == false && place["endpointPrivateAccess"] == false {
            return Err(invalid("Private and public endpoint access cannot be false"));
        }
        if items(place, "publicAccessCidrs").is_empty() {
            set(place, "publicAccessCidrs", json!(["0.0.0.0/0"]));
        }
        let kind = if moved { "VpcConfigUpdate" } else { "EndpointAccessUpdate" };
        kinds.push((
            kind,
            vec![("EndpointPublicAccess", doc["resourcesVpcConfig"]["endpointPublicAccess"].to_string())],
        ));
    }
    if let Some(wanted) = input.raw("accessConfig") {
        let new = text(wanted, "authenticationMode");
        let old = text(&doc["accessConfig"], "authenticationMode").to_owned();
        let order = ["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"];
        let at = |m: &str| order.iter().position(|o| *o == m);
        if at(new) <= at(&old) {
            return Err(refused(format!("Unsupported authentication mode update from {old} to {new}")));
        }
        set(&mut doc["accessConfig"], "authenticationMode", new);
        kinds.push(("AccessConfigUpdate", vec![("AuthenticationMode", new.to_owned())]));
        if old == "CONFIG_MAP" {
            let creator = text(&doc, "_creator").to_owned();
            access::bootstrap(ctx, name, &creator);
        }
    }
    for (member, kind) in [
        ("upgradePolicy", "UpgradePolicyUpdate"),
        ("zonalShiftConfig", "ZonalShiftConfigUpdate"),
        ("computeConfig", "AutoModeUpdate"),
        ("storageConfig", "AutoModeUpdate"),
        ("remoteNetworkConfig", "RemoteNetworkConfigUpdate"),
    ] {
        if let Some(wanted) = input.raw(member) {
            set(&mut doc, member, wanted.clone());
            kinds.push((kind, vec![]));
        }
    }
    if let Some(wanted) = input.raw("kubernetesNetworkConfig") {
        set_some(
            &mut doc["kubernetesNetworkConfig"],
            "elasticLoadBalancing",
            wanted.get("elasticLoadBalancing").cloned(),
        );
    }
    if let Some(on) = input.opt_bool("deletionProtection")? {
        set(&mut doc, "deletionProtection", on);
        kinds.push(("DeletionProtectionUpdate", vec![]));
    }
    let mut different: Vec<&str> = kinds.iter().map(|(k, _)| *k).collect();
    different.dedup();
    match (different.len(), kinds.into_iter().next()) {
        (1, Some((kind, params))) => {
            put(ctx, CLUSTER, name, doc);
            Ok(json!({"update": update::begin(ctx, name, (CLUSTER, name), kind, &params)}))
        }
        (0, _) | (_, None) => Err(invalid("No changes needed for the requested update")),
        _ => Err(invalid("Only one type of update can be allowed.")),
    }
}

fn update_version(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["clientRequestToken", "force"]);
    let (name, new) = (input.str("name")?, input.str("version")?);
    let mut doc = get(ctx, name)?;
    must_be_active(&doc)?;
    let old = text(&doc, "version").to_owned();
    let Some((_, platform)) = catalogue::version(new) else {
        return Err(invalid(format!("unsupported Kubernetes version {new}")));
    };
    if !catalogue::follows(&old, new) {
        return Err(invalid(format!("Unsupported Kubernetes minor version update from {old} to {new}")));
    }
    set(&mut doc, "version", new);
    set(&mut doc, "platformVersion", platform);
    put(ctx, CLUSTER, name, doc);
    let params = [("Version", new.to_owned()), ("PlatformVersion", platform.to_owned())];
    Ok(json!({"update": update::begin(ctx, name, (CLUSTER, name), "VersionUpdate", &params)}))
}

fn encrypt(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["clientRequestToken"]);
    let name = input.str("clusterName")?;
    let mut doc = get(ctx, name)?;
    must_be_active(&doc)?;
    if doc.get("encryptionConfig").is_some() {
        return Err(invalid(format!("Encryption is already enabled for cluster {name}")));
    }
    set_some(&mut doc, "encryptionConfig", input.raw("encryptionConfig").cloned());
    put(ctx, CLUSTER, name, doc);
    Ok(json!({"update": update::begin(ctx, name, (CLUSTER, name), "AssociateEncryptionConfig", &[])}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("name")?;
    let mut doc = get(ctx, name)?;
    for (table, what) in [(NODEGROUP, "nodegroups"), (FARGATE, "fargate profiles")] {
        if !of_cluster(ctx, table, name).is_empty() {
            return Err(in_use(format!("Cluster has {what} attached")));
        }
    }
    if doc["deletionProtection"] == true {
        return Err(refused(format!("Cluster {name} has deletion protection enabled")));
    }
    if text(&doc, "status") == "DELETING" {
        return Err(in_use(format!("Cluster {name} is being deleted")));
    }
    if text(&doc, "status") == "CREATING" {
        return Err(in_use(format!("Cluster {name} is being created")));
    }
    set(&mut doc, "status", "DELETING");
    put(ctx, CLUSTER, name, doc.clone());
    ctx.after(180, "eks-cluster-deleted", name);
    Ok(json!({"cluster": crate::document::public(&doc)}))
}

/// The cluster is gone with everything that was in it.
pub(crate) fn deleted(ctx: &mut Ctx, name: &str) {
    let Ok(doc) = get(ctx, name) else { return };
    for table in [ADDON, ENTRY, IDENTITY, POD] {
        for (key, _) in of_cluster(ctx, table, name) {
            forget(ctx, table, &key);
        }
    }
    ec2::forget_cluster(ctx, name, text(&doc["resourcesVpcConfig"], "clusterSecurityGroupId"));
    forget(ctx, CLUSTER, name);
}
