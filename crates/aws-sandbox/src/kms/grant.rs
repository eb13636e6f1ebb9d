//! Grants: kept, shown, and looked at when somebody uses the key.

use serde_json::{Map, Value, json};

use super::permit::Pairs;
use super::{find, not_found, paged, usable};
use crate::authorize::Who;
use crate::context::Ctx;
use crate::document::{items, public, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("CreateGrant", create), ("ListGrants", list), ("RevokeGrant", revoke), ("RetireGrant", retire)];

const TABLE: &str = "kms-grant";

/// Whether a grant on the key lets whoever asks do an operation under an encryption context.
pub(super) fn lets(ctx: &Ctx, key: &Value, operation: &str, who: &Who, pairs: &Pairs) -> bool {
    let fits = |grant: &Value| {
        let wanted = |kind: &str| grant["Constraints"][kind].as_object();
        let has = |(name, value): (&String, &Value)| pairs.get(name).is_some_and(|have| value == have);
        let all = |kind: &str| wanted(kind).is_none_or(|w| w.iter().all(has));
        let exact = wanted("EncryptionContextEquals").is_none_or(|w| w.len() == pairs.len());
        all("EncryptionContextSubset") && all("EncryptionContextEquals") && exact
    };
    ctx.store.rows(&ctx.regional(TABLE)).map(|(_, g)| g).any(|g| {
        let grantee = text(g, "GranteePrincipal");
        g["_key"] == key["KeyId"]
            && (grantee == who.arn || grantee == who.principal)
            && items(g, "Operations").iter().any(|o| o == operation)
            && fits(g)
    })
}

/// Source: "Grant operations" in the KMS developer guide.
const ALLOWED: &[&str] = &[
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "Sign",
    "Verify",
    "GetPublicKey",
    "CreateGrant",
    "RetireGrant",
    "DescribeKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateMac",
    "VerifyMac",
    "DeriveSharedSecret",
];

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["GrantTokens"]);
    let key = usable(ctx, input.str("KeyId")?)?;
    let grantee = input.str("GranteePrincipal")?;
    let operations = input.strings("Operations")?;
    if operations.is_empty() {
        return Err(input.missing("Operations"));
    }
    if let Some(bad) = operations.iter().find(|o| !ALLOWED.contains(o)) {
        return Err(input.invalid(format!("{bad} is not an operation that a grant can allow.")));
    }
    let retiring = input.filled("RetiringPrincipal")?;
    for principal in [Some(grantee), retiring].into_iter().flatten() {
        if !principal.starts_with("arn:") && !principal.ends_with(".amazonaws.com") {
            return Err(AwsError::new(
                "InvalidArnException",
                format!("ARN does not refer to a valid principal: {principal}"),
            ));
        }
    }
    // A context without pairs is none.
    let meant = |c: &Value| -> Map<String, Value> {
        let members = c.as_object().into_iter().flatten();
        members
            .filter(|(_, v)| v.as_object().is_some_and(|m| !m.is_empty()))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect()
    };
    let constraints = input.raw("Constraints").map(meant).filter(|c| !c.is_empty());
    if constraints.as_ref().is_some_and(|c| c.len() > 1) {
        return Err(input.invalid("More than one constraint supplied"));
    }
    let hex = |bytes: [u8; 32]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let (id, token) = (hex(ctx.new_bytes("kms-grant")), hex(ctx.new_bytes("kms-grant-token")));
    let mut doc = json!({
        "KeyId": key["Arn"],
        "GrantId": id,
        "CreationDate": ctx.timestamp(),
        "GranteePrincipal": grantee,
        "IssuingAccount": format!("arn:aws:iam::{}:root", ctx.account),
        "Operations": operations,
        "Name": input.opt_str("Name")?.unwrap_or(""),
        "_token": token,
        "_key": key["KeyId"],
    });
    set_some(&mut doc, "RetiringPrincipal", retiring);
    set_some(&mut doc, "Constraints", constraints);
    let table = ctx.regional(TABLE);
    ctx.store.put(&table, &id, doc);
    Ok(json!({"GrantId": id, "GrantToken": token}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let key = find(ctx, input.str("KeyId")?)?;
    let (id, grantee) = (input.filled("GrantId")?, input.filled("GranteePrincipal")?);
    let all = ctx
        .store
        .rows(&ctx.regional(TABLE))
        .map(|(_, g)| g)
        .filter(|g| g["_key"] == key["KeyId"])
        .filter(|g| id.is_none_or(|i| text(g, "GrantId") == i))
        .filter(|g| grantee.is_none_or(|p| text(g, "GranteePrincipal") == p))
        .map(public)
        .collect();
    paged(input, "Grants", all)
}

fn remove(ctx: &mut Ctx, key: &Value, id: &str) -> Answer {
    let table = ctx.regional(TABLE);
    match ctx.store.get(&table, id).filter(|g| g["_key"] == key["KeyId"]) {
        Some(_) => {
            ctx.store.remove(&table, id);
            Ok(json!({}))
        }
        None => Err(not_found(format!("Grant ID {id} not found"))),
    }
}

fn revoke(ctx: &mut Ctx, input: &Input) -> Answer {
    let key = usable(ctx, input.str("KeyId")?)?;
    remove(ctx, &key, input.str("GrantId")?)
}

fn retire(ctx: &mut Ctx, input: &Input) -> Answer {
    if let Some(token) = input.filled("GrantToken")? {
        let table = ctx.regional(TABLE);
        let id = ctx.store.rows(&table).find(|(_, g)| text(g, "_token") == token).map(|(id, _)| id.clone());
        let id = id.ok_or_else(|| AwsError::new("InvalidGrantTokenException", "The grant token is not valid."))?;
        ctx.store.remove(&table, &id);
        return Ok(json!({}));
    }
    let key = usable(ctx, input.str("KeyId")?)?;
    remove(ctx, &key, input.str("GrantId")?)
}

/// Removes the grants of a key that is gone.
pub(crate) fn forget(ctx: &mut Ctx, key: &str) {
    let table = ctx.regional(TABLE);
    let ids: Vec<String> =
        ctx.store.rows(&table).filter(|(_, g)| text(g, "_key") == key).map(|(id, _)| id.clone()).collect();
    for id in ids {
        ctx.store.remove(&table, &id);
    }
}
