//! Keys.

use serde_json::{Value, json};

use super::{find, paged, save, settings, usable};
use crate::clock;
use crate::context::Ctx;
use crate::document::{public, set, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateKey", create),
    ("DescribeKey", describe),
    ("ListKeys", list),
    ("EnableKey", |ctx, input| enable(ctx, input, true)),
    ("DisableKey", |ctx, input| enable(ctx, input, false)),
    ("UpdateKeyDescription", update_description),
    ("ScheduleKeyDeletion", schedule_deletion),
    ("CancelKeyDeletion", cancel_deletion),
];

pub(crate) const TABLE: &str = "kms-key";

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["CustomKeyStoreId", "XksKeyId"])?;
    input.flag("BypassPolicyLockoutSafetyCheck")?;
    if input.flag("MultiRegion")? {
        return Err(AwsError::not_implemented("multi-Region keys"));
    }
    if !matches!(input.filled("Origin")?, None | Some("AWS_KMS")) {
        return Err(AwsError::not_implemented("keys with material of one's own (Origin)"));
    }
    let usage = input.filled("KeyUsage")?.unwrap_or("ENCRYPT_DECRYPT");
    let spec = input.filled("KeySpec")?.or(input.filled("CustomerMasterKeySpec")?).unwrap_or("SYMMETRIC_DEFAULT");
    if usage != "ENCRYPT_DECRYPT" || spec != "SYMMETRIC_DEFAULT" {
        return Err(AwsError::not_implemented(format!("keys with usage {usage} and spec {spec}")));
    }
    let policy = match input.filled("Policy")? {
        Some(p) => {
            settings::check_policy(p)?;
            p.to_owned()
        }
        // Source: "Default key policy": the account's IAM policies decide.
        None => format!(
            r#"{{"Version":"2012-10-17","Id":"key-default-1","Statement":[{{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{}:root"}},"Action":"kms:*","Resource":"*"}}]}}"#,
            ctx.account
        ),
    };
    let tags = settings::read_tags(input)?;
    let id = ctx.new_uuid("kms-key");
    let key = json!({
        "AWSAccountId": ctx.account,
        "KeyId": id,
        "Arn": ctx.arn("kms", &format!("key/{id}")),
        "CreationDate": ctx.timestamp(),
        "Enabled": true,
        "Description": input.opt_str("Description")?.unwrap_or(""),
        "KeyUsage": usage,
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": spec,
        "KeySpec": spec,
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": false,
        "_policy": policy,
        "_tags": tags,
    });
    save(ctx, key.clone());
    Ok(json!({"KeyMetadata": public(&key)}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["GrantTokens"]);
    Ok(json!({"KeyMetadata": public(&find(ctx, input.str("KeyId")?)?)}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let all =
        ctx.store.rows(&ctx.regional(TABLE)).map(|(_, k)| json!({"KeyId": k["KeyId"], "KeyArn": k["Arn"]})).collect();
    paged(input, "Keys", all)
}

fn enable(ctx: &mut Ctx, input: &Input, on: bool) -> Answer {
    let mut key = usable(ctx, input.str("KeyId")?)?;
    set(&mut key, "Enabled", on);
    set(&mut key, "KeyState", if on { "Enabled" } else { "Disabled" });
    save(ctx, key);
    Ok(json!({}))
}

fn update_description(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut key = usable(ctx, input.str("KeyId")?)?;
    set(&mut key, "Description", input.str("Description")?);
    save(ctx, key);
    Ok(json!({}))
}

fn schedule_deletion(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut key = usable(ctx, input.str("KeyId")?)?;
    let days = input.opt_int("PendingWindowInDays")?.unwrap_or(30);
    if !(7..=30).contains(&days) {
        return Err(input.invalid("PendingWindowInDays must be between 7 and 30."));
    }
    let seconds = days * 24 * 3600;
    let due = clock::rfc3339(ctx.now + seconds * 1000);
    set(&mut key, "Enabled", false);
    set(&mut key, "KeyState", "PendingDeletion");
    set(&mut key, "DeletionDate", due.as_str());
    let id = text(&key, "KeyId").to_owned();
    let answer = json!({
        "KeyId": key["Arn"], "DeletionDate": due, "KeyState": "PendingDeletion", "PendingWindowInDays": days,
    });
    save(ctx, key);
    ctx.after(seconds, "kms-key-deleted", &id);
    Ok(answer)
}

fn cancel_deletion(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut key = find(ctx, input.str("KeyId")?)?;
    if text(&key, "KeyState") != "PendingDeletion" {
        let message = format!("{} is not pending deletion.", text(&key, "Arn"));
        return Err(AwsError::new("KMSInvalidStateException", message));
    }
    set(&mut key, "KeyState", "Disabled");
    unset(&mut key, "DeletionDate");
    let answer = json!({"KeyId": key["Arn"]});
    save(ctx, key);
    Ok(answer)
}

/// The waiting period is over: the key and its aliases are gone, unless the deletion was cancelled or put off.
pub(crate) fn deleted(ctx: &mut Ctx, id: &str) {
    let table = ctx.regional(TABLE);
    let due = ctx.timestamp();
    let over = |k: &Value| text(k, "KeyState") == "PendingDeletion" && text(k, "DeletionDate") <= due.as_str();
    if ctx.store.get(&table, id).is_some_and(over) {
        ctx.store.remove(&table, id);
        super::alias::forget(ctx, id);
    }
}
