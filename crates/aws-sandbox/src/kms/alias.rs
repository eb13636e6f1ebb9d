//! Aliases.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{find, not_found, paged, usable};
use crate::context::Ctx;
use crate::document::{set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("CreateAlias", create), ("UpdateAlias", update), ("DeleteAlias", delete), ("ListAliases", list)];

pub(crate) const TABLE: &str = "kms-alias";

fn check(name: &str) -> Result<(), AwsError> {
    let rest = name.strip_prefix("alias/").unwrap_or("");
    let good = !rest.is_empty()
        && rest.len() <= 250
        && rest.chars().all(|c| c.is_ascii_alphanumeric() || "/_-".contains(c))
        && !rest.starts_with("aws/");
    if good { Ok(()) } else { Err(AwsError::new("InvalidAliasNameException", format!("Alias {name} is not valid."))) }
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("AliasName")?;
    check(name)?;
    let key = usable(ctx, input.str("TargetKeyId")?)?;
    let (table, arn, now) = (ctx.regional(TABLE), ctx.arn("kms", name), ctx.timestamp());
    if ctx.store.get(&table, name).is_some() {
        let message = format!("An alias with the name {arn} already exists");
        return Err(AwsError::new("AlreadyExistsException", message));
    }
    let doc = json!({
        "AliasName": name, "AliasArn": arn, "TargetKeyId": key["KeyId"], "CreationDate": now, "LastUpdatedDate": now,
    });
    ctx.store.put(&table, name, doc);
    Ok(json!({}))
}

fn missing(ctx: &Ctx, name: &str) -> AwsError {
    not_found(format!("Alias {} is not found.", ctx.arn("kms", name)))
}

fn update(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("AliasName")?;
    let table = ctx.regional(TABLE);
    let mut doc = ctx.store.get(&table, name).cloned().ok_or_else(|| missing(ctx, name))?;
    let key = usable(ctx, input.str("TargetKeyId")?)?;
    set(&mut doc, "TargetKeyId", key["KeyId"].clone());
    set(&mut doc, "LastUpdatedDate", ctx.timestamp());
    ctx.store.put(&table, name, doc);
    Ok(json!({}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("AliasName")?;
    let table = ctx.regional(TABLE);
    match ctx.store.remove(&table, name) {
        Some(_) => Ok(json!({})),
        None => Err(missing(ctx, name)),
    }
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let key = input.filled("KeyId")?.map(|k| find(ctx, k)).transpose()?;
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    if key.is_none() {
        // AWS's own aliases are there before their keys are. Source: ListAliases.
        for service in super::MANAGED {
            let name = format!("alias/aws/{service}");
            let doc = json!({"AliasName": name, "AliasArn": ctx.arn("kms", &name)});
            all.insert(name, doc);
        }
    }
    let rows = ctx.store.rows(&ctx.regional(TABLE));
    let rows = rows.filter(|(_, a)| key.as_ref().is_none_or(|k| k["KeyId"] == a["TargetKeyId"]));
    all.extend(rows.map(|(name, doc)| (name.clone(), doc.clone())));
    let all = all.into_values().collect();
    paged(input, "Aliases", all)
}

/// Removes the aliases of a key that is gone.
pub(crate) fn forget(ctx: &mut Ctx, key: &str) {
    let table = ctx.regional(TABLE);
    let names: Vec<String> =
        ctx.store.rows(&table).filter(|(_, a)| text(a, "TargetKeyId") == key).map(|(name, _)| name.clone()).collect();
    for name in names {
        ctx.store.remove(&table, &name);
    }
}
