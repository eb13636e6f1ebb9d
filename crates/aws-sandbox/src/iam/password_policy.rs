//! The account's rules for passwords.

use serde_json::json;

use super::no_such_entity;
use crate::context::Ctx;
use crate::document::{set, set_some};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("UpdateAccountPasswordPolicy", update),
    ("GetAccountPasswordPolicy", get),
    ("DeleteAccountPasswordPolicy", delete),
];

const TABLE: &str = "password-policy";
const KEY: &str = "default";

fn missing(ctx: &Ctx) -> AwsError {
    no_such_entity(format!("The Password Policy with domain name {} cannot be found.", ctx.account))
}

fn within(input: &Input, member: &str, from: i64, to: i64) -> Result<Option<i64>, AwsError> {
    match input.opt_int(member)? {
        Some(n) if !(from..=to).contains(&n) => {
            Err(input.invalid(format!("1 validation error detected: Value '{n}' at '{member}' failed to satisfy constraint: Member must have value between {from} and {to}")))
        }
        other => Ok(other),
    }
}

/// What a request leaves out goes back to its default. Source: UpdateAccountPasswordPolicy.
fn update(ctx: &mut Ctx, input: &Input) -> Answer {
    let age = within(input, "MaxPasswordAge", 1, 1095)?;
    let mut doc = json!({
        "MinimumPasswordLength": within(input, "MinimumPasswordLength", 6, 128)?.unwrap_or(6),
        "ExpirePasswords": age.is_some(),
    });
    for member in [
        "RequireSymbols",
        "RequireNumbers",
        "RequireUppercaseCharacters",
        "RequireLowercaseCharacters",
        "AllowUsersToChangePassword",
    ] {
        set(&mut doc, member, input.flag(member)?);
    }
    set_some(&mut doc, "MaxPasswordAge", age);
    set_some(&mut doc, "PasswordReusePrevention", within(input, "PasswordReusePrevention", 1, 24)?);
    set_some(&mut doc, "HardExpiry", input.opt_bool("HardExpiry")?);
    let table = ctx.global(TABLE);
    ctx.store.put(&table, KEY, doc);
    Ok(json!({}))
}

fn get(ctx: &mut Ctx, _: &Input) -> Answer {
    let found = ctx.store.get(&ctx.global(TABLE), KEY).cloned();
    found.map(|doc| json!({"PasswordPolicy": doc})).ok_or_else(|| missing(ctx))
}

fn delete(ctx: &mut Ctx, _: &Input) -> Answer {
    let table = ctx.global(TABLE);
    match ctx.store.remove(&table, KEY) {
        Some(_) => Ok(json!({})),
        None => Err(missing(ctx)),
    }
}
