//! Fargate profiles: two virtual minutes until one is active or gone, one at a time in a cluster.

use serde_json::{Value, json};

use super::{
    FARGATE, access, active_cluster, check_role, find, in_use, invalid, names, not_found, of_cluster, put, shown,
    tags_of,
};
use crate::context::Ctx;
use crate::document::{items, public, set, text};
use crate::ec2;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateFargateProfile", create),
    ("DescribeFargateProfile", describe),
    ("ListFargateProfiles", list),
    ("DeleteFargateProfile", delete),
];

fn get(ctx: &Ctx, cluster: &str, name: &str) -> Result<Value, AwsError> {
    super::cluster::get(ctx, cluster)?;
    find(ctx, FARGATE, &format!("{cluster}/{name}"))
        .ok_or_else(|| not_found(format!("No Fargate Profile found with name: {name}.")))
}

/// AWS works on one profile of a cluster at a time.
fn must_be_idle(ctx: &Ctx, cluster: &str) -> Result<(), AwsError> {
    let busy = of_cluster(ctx, FARGATE, cluster).into_iter().find(|(_, p)| text(p, "status") != "ACTIVE");
    match busy {
        Some((_, p)) => Err(in_use(format!(
            "Fargate Profile {} is currently in status {}",
            text(&p, "fargateProfileName"),
            text(&p, "status")
        ))),
        None => Ok(()),
    }
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["clientRequestToken"]);
    let (cluster, name) = (input.str("clusterName")?, input.str("fargateProfileName")?);
    let owner = active_cluster(ctx, cluster)?;
    let role = input.str("podExecutionRoleArn")?;
    check_role(role)?;
    let subnets = input.strings("subnets")?;
    for s in &subnets {
        let place = ec2::SUBNET.find(ctx, s).ok_or_else(|| invalid(format!("The subnet ID '{s}' does not exist")))?;
        if place["MapPublicIpOnLaunch"] == true {
            return Err(invalid(format!("Subnet {s} provided in Fargate Profile is not a private subnet")));
        }
    }
    let selectors = input.raw("selectors").cloned().unwrap_or_else(|| json!([]));
    if selectors.as_array().is_none_or(|s| s.is_empty() || s.len() > 5) {
        return Err(invalid("A Fargate Profile has from one to five selectors."));
    }
    let tags = tags_of(input)?;
    must_be_idle(ctx, cluster)?;
    let key = format!("{cluster}/{name}");
    if find(ctx, FARGATE, &key).is_some() {
        return Err(in_use(format!("A Fargate Profile already exists with this name in this cluster: {name}")));
    }
    let id = ctx.new_uuid("fargate");
    let default = items(&owner["resourcesVpcConfig"], "subnetIds").to_vec();
    let doc = json!({
        "fargateProfileName": name,
        "fargateProfileArn": ctx.arn("eks", &format!("fargateprofile/{cluster}/{name}/{id}")),
        "clusterName": cluster,
        "createdAt": ctx.timestamp(),
        "podExecutionRoleArn": role,
        "subnets": if subnets.is_empty() { json!(default) } else { json!(subnets) },
        "selectors": selectors,
        "status": "CREATING",
        "tags": tags,
        "health": {"issues": []},
    });
    put(ctx, FARGATE, &key, doc.clone());
    access::for_nodes(ctx, &owner, role, "FARGATE_LINUX");
    ctx.after(120, "eks-fargate-active", &key);
    Ok(json!({"fargateProfile": public(&doc)}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input.str("clusterName")?, input.str("fargateProfileName")?)?;
    Ok(json!({"fargateProfile": shown(ctx, &doc, "status", 60)}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let cluster = input.str("clusterName")?;
    super::cluster::get(ctx, cluster)?;
    let all = of_cluster(ctx, FARGATE, cluster).iter().map(|(_, d)| d["fargateProfileName"].clone()).collect();
    names(input, "fargateProfileNames", all)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let (cluster, name) = (input.str("clusterName")?, input.str("fargateProfileName")?);
    let mut doc = get(ctx, cluster, name)?;
    must_be_idle(ctx, cluster)?;
    set(&mut doc, "status", "DELETING");
    let key = format!("{cluster}/{name}");
    put(ctx, FARGATE, &key, doc.clone());
    ctx.after(120, "eks-fargate-deleted", &key);
    Ok(json!({"fargateProfile": public(&doc)}))
}
