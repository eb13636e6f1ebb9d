//! ElastiCache: subnet groups and their tags. Caches themselves are not simulated.

use serde_json::{Value, json};

use crate::context::Ctx;
use crate::document::{public, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;
use crate::subnet_list;

pub(crate) const ALL: &[Operations] = &[OPERATIONS];

const OPERATIONS: Operations = &[
    ("CreateCacheSubnetGroup", create),
    ("DescribeCacheSubnetGroups", describe),
    ("ModifyCacheSubnetGroup", modify),
    ("DeleteCacheSubnetGroup", delete),
    ("AddTagsToResource", tag),
    ("RemoveTagsFromResource", untag),
    ("ListTagsForResource", |ctx, input| Ok(json!({"TagList": subnet_list::tags(&by_arn(ctx, input)?, "_tags")}))),
];

const TABLE: &str = "cache-subnet-group";

fn get(ctx: &Ctx, name: &str) -> Result<Value, AwsError> {
    ctx.store.get(&ctx.regional(TABLE), &name.to_lowercase()).cloned().ok_or_else(|| {
        AwsError::new("CacheSubnetGroupNotFoundFault", format!("Cache Subnet Group {name} does not exist."))
    })
}

fn put(ctx: &mut Ctx, doc: Value) {
    let (table, name) = (ctx.regional(TABLE), text(&doc, "CacheSubnetGroupName").to_owned());
    ctx.store.put(&table, &name, doc);
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    // AWS keeps names in lower case.
    let name = input.str("CacheSubnetGroupName")?.to_lowercase();
    if get(ctx, &name).is_ok() {
        let message = format!("Cache subnet group {name} already exists.");
        return Err(AwsError::new("CacheSubnetGroupAlreadyExists", message));
    }
    let mut doc = json!({
        "CacheSubnetGroupName": name,
        "CacheSubnetGroupDescription": input.str("CacheSubnetGroupDescription")?,
        "ARN": ctx.arn("elasticache", &format!("subnetgroup:{name}")),
        "SupportedNetworkTypes": ["ipv4"],
        "_tags": [],
    });
    subnet_list::take(ctx, input, &mut doc, false)?;
    subnet_list::tag(input, &mut doc, "_tags")?;
    put(ctx, doc.clone());
    Ok(json!({"CacheSubnetGroup": public(&doc)}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let all = match input.filled("CacheSubnetGroupName")? {
        Some(name) => vec![public(&get(ctx, name)?)],
        None => ctx.store.rows(&ctx.regional(TABLE)).map(|(_, d)| public(d)).collect(),
    };
    subnet_list::paged(input, "CacheSubnetGroups", all)
}

fn modify(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input.str("CacheSubnetGroupName")?)?;
    set_some(&mut doc, "CacheSubnetGroupDescription", input.filled("CacheSubnetGroupDescription")?);
    if input.has("SubnetIds") {
        subnet_list::take(ctx, input, &mut doc, false)?;
    }
    set(&mut doc, "SupportedNetworkTypes", json!(["ipv4"]));
    put(ctx, doc.clone());
    Ok(json!({"CacheSubnetGroup": public(&doc)}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input.str("CacheSubnetGroupName")?)?;
    let table = ctx.regional(TABLE);
    ctx.store.remove(&table, text(&doc, "CacheSubnetGroupName"));
    Ok(json!({}))
}

fn by_arn(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    let arn = input.str("ResourceName")?;
    match arn.strip_prefix(&ctx.arn("elasticache", "subnetgroup:")) {
        Some(name) => get(ctx, name),
        None => Err(AwsError::new("InvalidARN", format!("The ARN {arn} is not valid."))),
    }
}

fn tag(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = by_arn(ctx, input)?;
    subnet_list::tag(input, &mut doc, "_tags")?;
    let all = subnet_list::tags(&doc, "_tags");
    put(ctx, doc);
    Ok(json!({"TagList": all}))
}

fn untag(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = by_arn(ctx, input)?;
    subnet_list::untag(input, &mut doc, "_tags")?;
    let all = subnet_list::tags(&doc, "_tags");
    put(ctx, doc);
    Ok(json!({"TagList": all}))
}
