//! Keys.

use serde_json::{Value, json};

use super::{find, paged, save, settings, usable};
use crate::clock;
use crate::context::Ctx;
use crate::document::{items, public, set, text, unset};
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

/// What each kind of key can do: usage, and the member and value that say how.
/// Source: CreateKey, "KeySpec" and "KeyUsage".
fn abilities(spec: &str) -> &'static [(&'static str, &'static str, &'static [&'static str])] {
    const RSA_SIGN: &[&str] = &[
        "RSASSA_PKCS1_V1_5_SHA_256",
        "RSASSA_PKCS1_V1_5_SHA_384",
        "RSASSA_PKCS1_V1_5_SHA_512",
        "RSASSA_PSS_SHA_256",
        "RSASSA_PSS_SHA_384",
        "RSASSA_PSS_SHA_512",
    ];
    match spec {
        "SYMMETRIC_DEFAULT" => &[("ENCRYPT_DECRYPT", "EncryptionAlgorithms", &["SYMMETRIC_DEFAULT"])],
        "RSA_2048" | "RSA_3072" | "RSA_4096" => &[
            ("ENCRYPT_DECRYPT", "EncryptionAlgorithms", &["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]),
            ("SIGN_VERIFY", "SigningAlgorithms", RSA_SIGN),
        ],
        "ECC_NIST_P256" => &[
            ("SIGN_VERIFY", "SigningAlgorithms", &["ECDSA_SHA_256"]),
            ("KEY_AGREEMENT", "KeyAgreementAlgorithms", &["ECDH"]),
        ],
        "ECC_NIST_P384" => &[
            ("SIGN_VERIFY", "SigningAlgorithms", &["ECDSA_SHA_384"]),
            ("KEY_AGREEMENT", "KeyAgreementAlgorithms", &["ECDH"]),
        ],
        "ECC_NIST_P521" => &[
            ("SIGN_VERIFY", "SigningAlgorithms", &["ECDSA_SHA_512"]),
            ("KEY_AGREEMENT", "KeyAgreementAlgorithms", &["ECDH"]),
        ],
        "ECC_SECG_P256K1" => &[("SIGN_VERIFY", "SigningAlgorithms", &["ECDSA_SHA_256"])],
        "HMAC_224" => &[("GENERATE_VERIFY_MAC", "MacAlgorithms", &["HMAC_SHA_224"])],
        "HMAC_256" => &[("GENERATE_VERIFY_MAC", "MacAlgorithms", &["HMAC_SHA_256"])],
        "HMAC_384" => &[("GENERATE_VERIFY_MAC", "MacAlgorithms", &["HMAC_SHA_384"])],
        "HMAC_512" => &[("GENERATE_VERIFY_MAC", "MacAlgorithms", &["HMAC_SHA_512"])],
        _ => &[],
    }
}

/// Source: "Default key policy": the account's IAM policies decide.
fn default_policy(account: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Id":"key-default-1","Statement":[{{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":"kms:*","Resource":"*"}}]}}"#
    )
}

/// The policy of a request, checked; else the default one.
pub(super) fn policy_of(ctx: &Ctx, input: &Input) -> Result<String, AwsError> {
    match input.filled("Policy")? {
        Some(p) => settings::check_policy(p).map(|()| p.to_owned()),
        None => Ok(default_policy(&ctx.account)),
    }
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["CustomKeyStoreId", "XksKeyId"])?;
    input.flag("BypassPolicyLockoutSafetyCheck")?;
    let origin = input.filled("Origin")?.unwrap_or("AWS_KMS");
    if !matches!(origin, "AWS_KMS" | "EXTERNAL") {
        return Err(AwsError::not_implemented(format!("keys of the origin {origin}")));
    }
    let spec = input.filled("KeySpec")?.or(input.filled("CustomerMasterKeySpec")?).unwrap_or("SYMMETRIC_DEFAULT");
    let can = abilities(spec);
    if can.is_empty() {
        return Err(input.invalid(format!("KeySpec {spec} is not valid.")));
    }
    let usage = input.filled("KeyUsage")?.unwrap_or("ENCRYPT_DECRYPT");
    let Some((_, member, algorithms)) = can.iter().find(|(u, _, _)| *u == usage) else {
        return Err(input.invalid(format!("KeyUsage {usage} is not compatible with KeySpec {spec}")));
    };
    if origin == "EXTERNAL" && spec != "SYMMETRIC_DEFAULT" {
        return Err(AwsError::not_implemented(format!("imported material for keys of the spec {spec}")));
    }
    let policy = policy_of(ctx, input)?;
    let tags = settings::read_tags(input)?;
    let multi = input.flag("MultiRegion")?;
    let uuid = ctx.new_uuid("kms-key");
    let id = if multi { format!("mrk-{}", uuid.replace('-', "")) } else { uuid };
    let arn = ctx.arn("kms", &format!("key/{id}"));
    let waits = origin == "EXTERNAL";
    let mut key = json!({
        "AWSAccountId": ctx.account,
        "KeyId": id,
        "Arn": arn,
        "CreationDate": ctx.timestamp(),
        "Enabled": !waits,
        "Description": input.opt_str("Description")?.unwrap_or(""),
        "KeyUsage": usage,
        "KeyState": if waits { "PendingImport" } else { "Enabled" },
        "Origin": origin,
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": spec,
        "KeySpec": spec,
        "MultiRegion": multi,
        "_policy": policy,
        "_tags": tags,
    });
    set(&mut key, member, json!(algorithms));
    if multi {
        let here = json!({"Arn": arn, "Region": ctx.region});
        let configuration = json!({"MultiRegionKeyType": "PRIMARY", "PrimaryKey": here, "ReplicaKeys": []});
        set(&mut key, "MultiRegionConfiguration", configuration);
    }
    if !waits {
        set(&mut key, "_material", super::crypto::new_material(ctx));
    }
    save(ctx, key.clone());
    Ok(json!({"KeyMetadata": public(&key)}))
}

/// The key that AWS keeps for a service under `alias/aws/<service>`; it comes into being when it is first asked for.
pub(super) fn managed(ctx: &mut Ctx, service: &str) {
    let alias = format!("alias/aws/{service}");
    let table = ctx.regional(super::alias::TABLE);
    if ctx.store.get(&table, &alias).is_some() {
        return;
    }
    let (id, now) = (ctx.new_uuid("kms-key"), ctx.timestamp());
    let mut key = json!({
        "AWSAccountId": ctx.account,
        "KeyId": id,
        "Arn": ctx.arn("kms", &format!("key/{id}")),
        "CreationDate": now,
        "Enabled": true,
        "Description": format!("Default key that protects my {service} data when no other key is defined"),
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "AWS",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": false,
        "_policy": default_policy(&ctx.account),
        "_rotation": 365,
        "_tags": [],
    });
    set(&mut key, "_material", super::crypto::new_material(ctx));
    save(ctx, key);
    let arn = ctx.arn("kms", &alias);
    let doc = json!({
        "AliasName": alias, "AliasArn": arn, "TargetKeyId": id, "CreationDate": now, "LastUpdatedDate": now,
    });
    ctx.store.put(&table, &alias, doc);
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["GrantTokens"]);
    let given = input.str("KeyId")?;
    super::come_to_be(ctx, given);
    let key = find(ctx, given)?;
    if text(&key, "KeyState") == "Creating" {
        ctx.pending = true;
    }
    Ok(json!({"KeyMetadata": public(&key)}))
}

fn list(ctx: &mut Ctx, input: &Input) -> Answer {
    let all =
        ctx.store.rows(&ctx.regional(TABLE)).map(|(_, k)| json!({"KeyId": k["KeyId"], "KeyArn": k["Arn"]})).collect();
    paged(input, "Keys", all)
}

fn enable(ctx: &mut Ctx, input: &Input, on: bool) -> Answer {
    let mut key = usable(ctx, input.str("KeyId")?)?;
    super::own(&key)?;
    if text(&key, "KeyState") == "PendingImport" {
        return Err(AwsError::new("KMSInvalidStateException", format!("{} is pending import.", text(&key, "Arn"))));
    }
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
    super::own(&key)?;
    let days = input.opt_int("PendingWindowInDays")?.unwrap_or(30);
    if !(7..=30).contains(&days) {
        return Err(input.invalid("PendingWindowInDays must be between 7 and 30."));
    }
    if !items(&key["MultiRegionConfiguration"], "ReplicaKeys").is_empty() {
        // The waiting begins when the last replica is gone.
        set(&mut key, "Enabled", false);
        set(&mut key, "KeyState", "PendingReplicaDeletion");
        set(&mut key, "PendingDeletionWindowInDays", days);
        let answer = json!({"KeyId": key["Arn"], "KeyState": "PendingReplicaDeletion", "PendingWindowInDays": days});
        save(ctx, key);
        return Ok(answer);
    }
    let answer = schedule(ctx, &mut key, days);
    save(ctx, key);
    Ok(answer)
}

/// Puts a key into its waiting period.
fn schedule(ctx: &mut Ctx, key: &mut Value, days: i64) -> Value {
    let seconds = days * 24 * 3600;
    let due = clock::rfc3339(ctx.now + seconds * 1000);
    set(key, "Enabled", false);
    set(key, "KeyState", "PendingDeletion");
    set(key, "DeletionDate", due.as_str());
    unset(key, "PendingDeletionWindowInDays");
    ctx.after(seconds, "kms-key-deleted", text(key, "KeyId"));
    json!({"KeyId": key["Arn"], "DeletionDate": due, "KeyState": "PendingDeletion", "PendingWindowInDays": days})
}

fn cancel_deletion(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut key = find(ctx, input.str("KeyId")?)?;
    if !matches!(text(&key, "KeyState"), "PendingDeletion" | "PendingReplicaDeletion") {
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
        let gone = ctx.store.remove(&table, id);
        super::alias::forget(ctx, id);
        super::grant::forget(ctx, id);
        if let Some(primary) = gone.and_then(|key| super::replica::forget(ctx, &key)) {
            // The last replica is gone: the primary key's own waiting begins.
            let home = std::mem::replace(&mut ctx.region, primary);
            if let Some(mut key) = ctx.store.get(&ctx.regional(TABLE), id).cloned()
                && text(&key, "KeyState") == "PendingReplicaDeletion"
                && items(&key["MultiRegionConfiguration"], "ReplicaKeys").is_empty()
            {
                let days = key["PendingDeletionWindowInDays"].as_i64().unwrap_or(30);
                schedule(ctx, &mut key, days);
                save(ctx, key);
            }
            ctx.region = home;
        }
    }
}
