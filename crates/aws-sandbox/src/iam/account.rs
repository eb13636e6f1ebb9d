//! The account: its alias.

use serde_json::json;

use super::{no_such_entity, paged};
use crate::context::Ctx;
use crate::error::Answer;
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("ListAccountAliases", list_aliases), ("CreateAccountAlias", create_alias), ("DeleteAccountAlias", delete_alias)];

const TABLE: &str = "account-alias";

fn list_aliases(ctx: &mut Ctx, input: &Input) -> Answer {
    let all = ctx.store.rows(&ctx.global(TABLE)).map(|(name, _)| json!(name)).collect();
    paged(input, "AccountAliases", all)
}

fn create_alias(ctx: &mut Ctx, input: &Input) -> Answer {
    let alias = input.str("AccountAlias")?;
    // An account has one alias at most; a new one takes the place of the old.
    let table = ctx.global(TABLE);
    let old: Vec<String> = ctx.store.rows(&table).map(|(n, _)| n.clone()).collect();
    for name in old {
        ctx.store.remove(&table, &name);
    }
    ctx.store.put(&table, alias, json!({}));
    Ok(json!({}))
}

fn delete_alias(ctx: &mut Ctx, input: &Input) -> Answer {
    let alias = input.str("AccountAlias")?;
    let table = ctx.global(TABLE);
    match ctx.store.remove(&table, alias) {
        Some(_) => Ok(json!({})),
        None => Err(no_such_entity(format!("The account alias {alias} cannot be found."))),
    }
}
