//! Add-ons: a virtual minute until one is active or gone.

use serde_json::{Value, json};

use super::{
    ADDON, POD, active_cluster, catalogue, find, forget, identity, in_use, invalid, names, not_found, of_cluster, put,
    refuse, shown, tags_of, update as updates,
};
use crate::context::Ctx;
use crate::document::{public, set, set_some, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateAddon", create),
    ("DescribeAddon", describe),
    ("ListAddons", list),
    ("UpdateAddon", update),
    ("DeleteAddon", delete),
];

fn get(ctx: &Ctx, cluster: &str, name: &str) -> Result<Value, AwsError> {
    super::cluster::get(ctx, cluster)?;
    find(ctx, ADDON, &format!("{cluster}/{name}"))
        .ok_or_else(|| not_found(format!("No addon: {name} found in cluster: {cluster}")))
}

/// Checks a configuration: JSON or YAML in AWS; here that it is not obviously neither.
fn check_values(values: Option<&str>) -> Result<(), AwsError> {
    match values {
        Some(v) if v.trim_start().starts_with('{') && serde_json::from_str::<Value>(v).is_err() => {
            Err(invalid("ConfigurationValue provided in request is not supported: invalid JSON"))
        }
        _ => Ok(()),
    }
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["clientRequestToken"]);
    refuse(input, &["namespaceConfig"])?;
    let (cluster, name) = (input.str("clusterName")?, input.str("addonName")?);
    let owner = active_cluster(ctx, cluster)?;
    let kubernetes = text(&owner, "version");
    if !catalogue::is_addon(name) {
        return Err(invalid(format!("Addon {name} specified is not supported in {kubernetes} kubernetes version")));
    }
    let asked = input.filled("addonVersion")?;
    let version = catalogue::addon_version(name, kubernetes, asked)
        .ok_or_else(|| invalid(format!("Addon version specified is not supported: {}", asked.unwrap_or(""))))?;
    match input.filled("resolveConflicts")? {
        None | Some("OVERWRITE" | "NONE" | "PRESERVE") => {}
        Some(other) => return Err(invalid(format!("resolveConflicts {other} is not valid"))),
    }
    let values = input.filled("configurationValues")?;
    check_values(values)?;
    let tags = tags_of(input)?;
    let key = format!("{cluster}/{name}");
    if find(ctx, ADDON, &key).is_some() {
        return Err(in_use("Addon already exists."));
    }
    let id = ctx.new_uuid("addon");
    let mut doc = json!({
        "addonName": name,
        "clusterName": cluster,
        "status": "CREATING",
        "addonVersion": version,
        "health": {"issues": []},
        "addonArn": ctx.arn("eks", &format!("addon/{cluster}/{name}/{id}")),
        "createdAt": ctx.timestamp(),
        "modifiedAt": ctx.timestamp(),
        "tags": tags,
        "publisher": "eks",
        "owner": "aws",
    });
    set_some(&mut doc, "serviceAccountRoleArn", input.filled("serviceAccountRoleArn")?);
    set_some(&mut doc, "configurationValues", values);
    pods(ctx, input, cluster, &mut doc)?;
    put(ctx, ADDON, &key, doc.clone());
    ctx.after(60, "eks-addon-active", &key);
    Ok(json!({"addon": public(&doc)}))
}

/// Roles for the service accounts of an add-on: associations that the add-on owns.
fn pods(ctx: &mut Ctx, input: &Input, cluster: &str, doc: &mut Value) -> Result<(), AwsError> {
    if !input.has("podIdentityAssociations") {
        return Ok(());
    }
    let owner = text(doc, "addonArn").to_owned();
    for (key, a) in of_cluster(ctx, POD, cluster) {
        if text(&a, "ownerArn") == owner {
            forget(ctx, POD, &key);
        }
    }
    let mut arns = Vec::new();
    for p in input.structures("podIdentityAssociations")? {
        let (account, role) = (p.str("serviceAccount")?, p.str("roleArn")?);
        arns.push(identity::make_for_addon(ctx, cluster, account, role, &owner));
    }
    if arns.is_empty() {
        unset(doc, "podIdentityAssociations");
    } else {
        set(doc, "podIdentityAssociations", arns);
    }
    Ok(())
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input.str("clusterName")?, input.str("addonName")?)?;
    Ok(json!({"addon": shown(ctx, &doc, "status", 30)}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let cluster = input.str("clusterName")?;
    super::cluster::get(ctx, cluster)?;
    let all = of_cluster(ctx, ADDON, cluster).iter().map(|(_, d)| d["addonName"].clone()).collect();
    names(input, "addons", all)
}

fn update(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["clientRequestToken", "resolveConflicts"]);
    let (cluster, name) = (input.str("clusterName")?, input.str("addonName")?);
    let mut doc = get(ctx, cluster, name)?;
    if text(&doc, "status") != "ACTIVE" {
        return Err(in_use(format!("Addon {name} is {}", text(&doc, "status"))));
    }
    let owner = super::cluster::get(ctx, cluster)?;
    if let Some(asked) = input.filled("addonVersion")? {
        let version = catalogue::addon_version(name, text(&owner, "version"), Some(asked))
            .ok_or_else(|| invalid(format!("Addon version specified is not supported: {asked}")))?;
        set(&mut doc, "addonVersion", version);
    }
    // Empty text takes the role away.
    match input.opt_str("serviceAccountRoleArn")? {
        Some("") => {
            unset(&mut doc, "serviceAccountRoleArn");
        }
        role => set_some(&mut doc, "serviceAccountRoleArn", role),
    }
    let values = input.opt_str("configurationValues")?;
    check_values(values)?;
    match values {
        Some("" | "{}") => {
            unset(&mut doc, "configurationValues");
        }
        v => set_some(&mut doc, "configurationValues", v),
    }
    pods(ctx, input, cluster, &mut doc)?;
    let key = format!("{cluster}/{name}");
    let params = [("AddonVersion", text(&doc, "addonVersion").to_owned())];
    put(ctx, ADDON, &key, doc);
    Ok(json!({"update": updates::begin(ctx, cluster, (ADDON, &key), "AddonUpdate", &params)}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    // What runs in the cluster is not simulated, so that it makes no difference whether it stays.
    input.flag("preserve")?;
    let (cluster, name) = (input.str("clusterName")?, input.str("addonName")?);
    let mut doc = get(ctx, cluster, name)?;
    let owner = text(&doc, "addonArn").to_owned();
    for (key, a) in of_cluster(ctx, POD, cluster) {
        if text(&a, "ownerArn") == owner {
            forget(ctx, POD, &key);
        }
    }
    set(&mut doc, "status", "DELETING");
    let key = format!("{cluster}/{name}");
    put(ctx, ADDON, &key, doc.clone());
    ctx.after(60, "eks-addon-deleted", &key);
    Ok(json!({"addon": public(&doc)}))
}
