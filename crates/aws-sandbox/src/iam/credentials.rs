//! What users log in with: access keys, passwords for the console, public keys for CodeCommit. Devices, certificates and
//! credentials of single services cannot be made here, so there are none to list.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{already_exists, delete_conflict, key, limit_exceeded, no_such_entity, paged, ssh_key, user};
use crate::context::Ctx;
use crate::document::{public, set, text, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateAccessKey", create_key),
    ("ListAccessKeys", |ctx, input| {
        let keys = of_user(ctx, input, KEYS)?;
        let hidden = |mut doc: Value| {
            unset(&mut doc, "SecretAccessKey");
            doc
        };
        paged(input, "AccessKeyMetadata", keys.into_iter().map(hidden).collect())
    }),
    ("UpdateAccessKey", |ctx, input| change_status(ctx, input, KEYS, "AccessKeyId")),
    ("DeleteAccessKey", |ctx, input| forget(ctx, input, KEYS, "AccessKeyId")),
    ("GetAccessKeyLastUsed", last_used),
    ("CreateLoginProfile", create_profile),
    ("GetLoginProfile", |ctx, input| Ok(json!({"LoginProfile": public(&profile(ctx, input)?)}))),
    ("UpdateLoginProfile", update_profile),
    ("DeleteLoginProfile", |ctx, input| {
        profile(ctx, input)?;
        ctx.store.remove(&ctx.global(PROFILES), &key(input.str("UserName")?));
        Ok(json!({}))
    }),
    ("UploadSSHPublicKey", upload),
    ("GetSSHPublicKey", get_ssh),
    ("ListSSHPublicKeys", |ctx, input| {
        let short = |mut doc: Value| {
            unset(&mut doc, "SSHPublicKeyBody");
            unset(&mut doc, "Fingerprint");
            doc
        };
        let all = of_user(ctx, input, SSH)?.into_iter().map(short).collect();
        paged(input, "SSHPublicKeys", all)
    }),
    ("UpdateSSHPublicKey", |ctx, input| change_status(ctx, input, SSH, "SSHPublicKeyId")),
    ("DeleteSSHPublicKey", |ctx, input| forget(ctx, input, SSH, "SSHPublicKeyId")),
    ("ListMFADevices", |ctx, input| none(ctx, input, "MFADevices")),
    ("ListSigningCertificates", |ctx, input| none(ctx, input, "Certificates")),
    ("ListServiceSpecificCredentials", |ctx, input| {
        input.filled("ServiceName")?;
        user::get(ctx, input.str("UserName")?)?;
        Ok(json!({"ServiceSpecificCredentials": []}))
    }),
    ("ListVirtualMFADevices", |_, input| {
        input.filled("AssignmentStatus")?;
        paged(input, "VirtualMFADevices", Vec::new())
    }),
];

const KEYS: &str = "access-key";
const PROFILES: &str = "login-profile";
const SSH: &str = "ssh-public-key";
/// Source: "IAM and AWS STS quotas".
const KEYS_PER_USER: usize = 2;
const SSH_KEYS_PER_USER: usize = 5;

fn none(ctx: &mut Ctx, input: &Input, list: &str) -> Answer {
    user::get(ctx, input.str("UserName")?)?;
    paged(input, list, Vec::new())
}

/// What a user has in a table.
fn of_user(ctx: &Ctx, input: &Input, table: &str) -> Result<Vec<Value>, AwsError> {
    let user = user::get(ctx, input.str("UserName")?)?;
    let name = text(&user.doc, "UserName");
    Ok(ctx
        .store
        .rows(&ctx.global(table))
        .filter(|(_, d)| text(d, "UserName") == name)
        .map(|(_, d)| public(d))
        .collect())
}

/// Whether a user could be deleted, as far as this is about what is kept here.
pub(super) fn check_none(ctx: &Ctx, name: &str) -> Result<(), AwsError> {
    let has = |table: &str| ctx.store.rows(&ctx.global(table)).any(|(_, d)| text(d, "UserName") == name);
    for (table, what) in [(PROFILES, "login profile"), (KEYS, "access keys"), (SSH, "SSH public keys")] {
        if has(table) {
            return Err(delete_conflict(format!("Cannot delete entity, must delete {what} first.")));
        }
    }
    Ok(())
}

/// A user was given another name.
pub(super) fn renamed(ctx: &mut Ctx, old: &str, new: &str) {
    for table in [KEYS, PROFILES, SSH].map(|t| ctx.global(t)) {
        let rows: Vec<(String, Value)> = ctx.store.rows(&table).map(|(k, d)| (k.clone(), d.clone())).collect();
        for (row, mut doc) in rows.into_iter().filter(|(_, d)| text(d, "UserName") == old) {
            set(&mut doc, "UserName", new);
            ctx.store.remove(&table, &row);
            let row = if table.ends_with(PROFILES) { key(new) } else { row };
            ctx.store.put(&table, &row, doc);
        }
    }
}

fn create_key(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = text(&user::get(ctx, input.str("UserName")?)?.doc, "UserName").to_owned();
    if of_user(ctx, input, KEYS)?.len() >= KEYS_PER_USER {
        return Err(limit_exceeded(format!("Cannot exceed quota for AccessKeysPerUser: {KEYS_PER_USER}")));
    }
    let id = ctx.new_iam_id("AKIA");
    // 40 characters, as AWS's secrets have.
    let secret: String = STANDARD.encode(ctx.new_bytes("secret access key")).chars().take(40).collect();
    let doc = json!({
        "UserName": name, "AccessKeyId": id, "Status": "Active", "SecretAccessKey": secret, "CreateDate": ctx.timestamp(),
    });
    ctx.store.put(&ctx.global(KEYS), &id, doc.clone());
    Ok(json!({"AccessKey": doc}))
}

/// The row of a user's own in a table, whose id a request names.
fn own(ctx: &Ctx, input: &Input, table: &str, member: &str) -> Result<Value, AwsError> {
    let (user, id) = (user::get(ctx, input.str("UserName")?)?, input.str(member)?);
    let found = ctx.store.get(&ctx.global(table), id).filter(|d| d["UserName"] == user.doc["UserName"]);
    let what = if table == KEYS { "Access Key" } else { "SSH public key" };
    found.cloned().ok_or_else(|| no_such_entity(format!("The {what} with id {id} cannot be found.")))
}

fn change_status(ctx: &mut Ctx, input: &Input, table: &str, member: &str) -> Answer {
    let mut doc = own(ctx, input, table, member)?;
    match input.str("Status")? {
        status @ ("Active" | "Inactive") => set(&mut doc, "Status", status),
        other => return Err(input.invalid(format!("Value '{other}' at 'status' is none of [Active, Inactive]"))),
    }
    ctx.store.put(&ctx.global(table), input.str(member)?, doc);
    Ok(json!({}))
}

fn forget(ctx: &mut Ctx, input: &Input, table: &str, member: &str) -> Answer {
    own(ctx, input, table, member)?;
    ctx.store.remove(&ctx.global(table), input.str(member)?);
    Ok(json!({}))
}

/// Source: GetAccessKeyLastUsed: a key that was not used has no date, and `N/A` for region and service.
fn last_used(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("AccessKeyId")?;
    let Some(doc) = ctx.store.get(&ctx.global(KEYS), id) else {
        return Err(AwsError::new("AccessDenied", format!("The access key {id} is none of this account.")).status(403));
    };
    Ok(json!({"UserName": doc["UserName"], "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}))
}

fn profile(ctx: &Ctx, input: &Input) -> Result<Value, AwsError> {
    let name = input.str("UserName")?;
    user::get(ctx, name)?;
    let found = ctx.store.get(&ctx.global(PROFILES), &key(name)).cloned();
    found.ok_or_else(|| no_such_entity(format!("Login Profile for User {name} cannot be found.")))
}

/// Passwords are not kept: nobody logs in here.
fn create_profile(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = text(&user::get(ctx, input.str("UserName")?)?.doc, "UserName").to_owned();
    input.str("Password")?;
    if profile(ctx, input).is_ok() {
        return Err(already_exists(format!("Login Profile for user {name} already exists.")));
    }
    let doc = json!({
        "UserName": name, "CreateDate": ctx.timestamp(),
        "PasswordResetRequired": input.flag("PasswordResetRequired")?,
    });
    ctx.store.put(&ctx.global(PROFILES), &key(&name), doc.clone());
    Ok(json!({"LoginProfile": public(&doc)}))
}

fn update_profile(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = profile(ctx, input)?;
    input.filled("Password")?;
    if let Some(reset) = input.opt_bool("PasswordResetRequired")? {
        set(&mut doc, "PasswordResetRequired", reset);
    }
    ctx.store.put(&ctx.global(PROFILES), &key(input.str("UserName")?), doc);
    Ok(json!({}))
}

fn upload(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = text(&user::get(ctx, input.str("UserName")?)?.doc, "UserName").to_owned();
    let given = ssh_key::read(input.str("SSHPublicKeyBody")?)?;
    let mine = of_user(ctx, input, SSH)?;
    if mine.iter().any(|k| text(k, "SSHPublicKeyBody") == given.body) {
        let message = format!("The SSH public key is already associated with the user {name}.");
        return Err(AwsError::new("DuplicateSSHPublicKey", message));
    }
    if mine.len() >= SSH_KEYS_PER_USER {
        return Err(limit_exceeded(format!("Cannot exceed quota for SSHPublicKeysPerUser: {SSH_KEYS_PER_USER}")));
    }
    let id = ctx.new_iam_id("APKA");
    let doc = json!({
        "UserName": name, "SSHPublicKeyId": id, "Fingerprint": given.fingerprint, "SSHPublicKeyBody": given.body,
        "Status": "Active", "UploadDate": ctx.timestamp(),
    });
    ctx.store.put(&ctx.global(SSH), &id, doc.clone());
    Ok(json!({"SSHPublicKey": doc}))
}

fn get_ssh(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = public(&own(ctx, input, SSH, "SSHPublicKeyId")?);
    match input.str("Encoding")? {
        "SSH" => {}
        "PEM" => {
            let pem = ssh_key::pem(text(&doc, "SSHPublicKeyBody"))?;
            set(&mut doc, "SSHPublicKeyBody", pem);
        }
        other => return Err(AwsError::new("UnrecognizedPublicKeyEncoding", format!("{other} is no encoding."))),
    }
    Ok(json!({"SSHPublicKey": doc}))
}
