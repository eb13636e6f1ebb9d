//! Redshift: cluster subnet groups and their tags. Clusters themselves are not simulated.

use serde_json::{Value, json};

use crate::context::Ctx;
use crate::document::{public, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;
use crate::subnet_list;

pub(crate) const ALL: &[Operations] = &[OPERATIONS];

const OPERATIONS: Operations = &[
    ("CreateClusterSubnetGroup", create),
    ("DescribeClusterSubnetGroups", describe),
    ("ModifyClusterSubnetGroup", modify),
    ("DeleteClusterSubnetGroup", delete),
    ("CreateTags", tag),
    ("DeleteTags", untag),
];

const TABLE: &str = "cluster-subnet-group";

fn get(ctx: &Ctx, name: &str) -> Result<Value, AwsError> {
    ctx.store.get(&ctx.regional(TABLE), &name.to_lowercase()).cloned().ok_or_else(|| {
        AwsError::new("ClusterSubnetGroupNotFoundFault", format!("The cluster subnet group {name} does not exist."))
    })
}

fn put(ctx: &mut Ctx, doc: Value) {
    let (table, name) = (ctx.regional(TABLE), text(&doc, "ClusterSubnetGroupName").to_owned());
    ctx.store.put(&table, &name, doc);
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("ClusterSubnetGroupName")?.to_lowercase();
    if get(ctx, &name).is_ok() {
        let message = format!("The cluster subnet group {name} already exists.");
        return Err(AwsError::new("ClusterSubnetGroupAlreadyExists", message));
    }
    let mut doc = json!({
        "ClusterSubnetGroupName": name,
        "Description": input.str("Description")?,
        "SubnetGroupStatus": "Complete",
        "SupportedClusterIpAddressTypes": ["ipv4"],
        "Tags": [],
    });
    subnet_list::take(ctx, input, &mut doc, true)?;
    subnet_list::tag(input, &mut doc, "Tags")?;
    put(ctx, doc.clone());
    Ok(json!({"ClusterSubnetGroup": public(&doc)}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["TagKeys", "TagValues"])?;
    let all = match input.filled("ClusterSubnetGroupName")? {
        Some(name) => vec![public(&get(ctx, name)?)],
        None => ctx.store.rows(&ctx.regional(TABLE)).map(|(_, d)| public(d)).collect(),
    };
    subnet_list::paged(input, "ClusterSubnetGroups", all)
}

fn modify(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input.str("ClusterSubnetGroupName")?)?;
    set_some(&mut doc, "Description", input.opt_str("Description")?);
    subnet_list::take(ctx, input, &mut doc, true)?;
    put(ctx, doc.clone());
    Ok(json!({"ClusterSubnetGroup": public(&doc)}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input.str("ClusterSubnetGroupName")?)?;
    let table = ctx.regional(TABLE);
    ctx.store.remove(&table, text(&doc, "ClusterSubnetGroupName"));
    Ok(json!({}))
}

fn by_arn(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    let arn = input.str("ResourceName")?;
    match arn.strip_prefix(&ctx.arn("redshift", "subnetgroup:")) {
        Some(name) => get(ctx, name),
        None => Err(AwsError::new("ResourceNotFoundFault", format!("The resource {arn} does not exist."))),
    }
}

fn tag(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = by_arn(ctx, input)?;
    subnet_list::tag(input, &mut doc, "Tags")?;
    put(ctx, doc);
    Ok(json!({}))
}

fn untag(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = by_arn(ctx, input)?;
    subnet_list::untag(input, &mut doc, "Tags")?;
    put(ctx, doc);
    Ok(json!({}))
}
