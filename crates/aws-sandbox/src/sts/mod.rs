//! STS: who calls, and sessions of roles.

use base64::Engine;
use serde_json::{Value, json};

use crate::clock;
use crate::context::Ctx;
use crate::document::{set, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;
use crate::store::Store;

pub(crate) const OPERATIONS: &[Operations] =
    &[&[("GetCallerIdentity", caller_identity), ("AssumeRole", assume_role), ("GetSessionToken", session_token)]];

/// The account that a temporary access key acts in.
pub(crate) fn account_of(store: &Store, access_key: &str) -> Option<String> {
    store.get("session", access_key).map(|s| text(s, "account").to_owned())
}

/// The id that stands for the user `sandbox`, in IAM's shape.
pub(crate) const USER_ID: &str = "AIDASANDBOXSANDBOXSBX";

fn caller_identity(ctx: &mut Ctx, _: &Input) -> Answer {
    if let Some(s) = ctx.store.get("session", &ctx.access_key) {
        return Ok(json!({"UserId": s["user_id"], "Account": s["account"], "Arn": s["arn"]}));
    }
    Ok(json!({
        "UserId": USER_ID, "Account": ctx.account, "Arn": format!("arn:aws:iam::{}:user/sandbox", ctx.account),
    }))
}

fn credentials(ctx: &mut Ctx, seconds: i64) -> Value {
    let encode = |b: &[u8]| base64::engine::general_purpose::STANDARD.encode(b);
    let (secret, token) = (ctx.new_bytes("secret"), ctx.new_bytes("token"));
    json!({
        "AccessKeyId": ctx.new_iam_id("ASIA").chars().take(20).collect::<String>(),
        "SecretAccessKey": encode(&secret[..30]),
        "SessionToken": encode(&token),
        "Expiration": clock::rfc3339(ctx.now + seconds * 1000),
    })
}

fn duration(input: &Input, default: i64) -> Result<i64, AwsError> {
    match input.opt_int("DurationSeconds")? {
        None => Ok(default),
        Some(n @ 900..=129_600) => Ok(n),
        Some(n) => Err(input.invalid(format!("1 validation error detected: Value '{n}' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"))),
    }
}

/// Any role of any account may be assumed, because the accounts of a rehearsal begin empty.
fn assume_role(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&[
        "PolicyArns",
        "Policy",
        "Tags",
        "TransitiveTagKeys",
        "ExternalId",
        "SerialNumber",
        "TokenCode",
        "SourceIdentity",
    ]);
    let (role, session) = (input.str("RoleArn")?, input.str("RoleSessionName")?);
    let seconds = duration(input, 3600)?;
    let parts: Vec<&str> = role.split(':').collect();
    let (account, path) = match parts.as_slice() {
        ["arn", "aws", "iam", "", account, resource] if account.len() == 12 => {
            (*account, resource.strip_prefix("role/").ok_or_else(|| bad_arn(input, role))?)
        }
        _ => return Err(bad_arn(input, role)),
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    let id = format!("{}:{session}", ctx.new_iam_id("AROA"));
    let arn = format!("arn:aws:sts::{account}:assumed-role/{name}/{session}");
    let keys = credentials(ctx, seconds);
    let mut doc = json!({"user_id": id, "arn": arn});
    set(&mut doc, "account", account);
    let key = text(&keys, "AccessKeyId").to_owned();
    ctx.store.put("session", &key, doc);
    Ok(json!({"Credentials": keys, "AssumedRoleUser": {"AssumedRoleId": id, "Arn": arn}}))
}

fn bad_arn(input: &Input, role: &str) -> AwsError {
    input.invalid(format!("{role} is invalid"))
}

fn session_token(ctx: &mut Ctx, input: &Input) -> Answer {
    input.accept(&["SerialNumber", "TokenCode"]);
    let seconds = duration(input, 43_200)?;
    let keys = credentials(ctx, seconds);
    let doc = json!({
        "user_id": USER_ID, "account": ctx.account, "arn": format!("arn:aws:iam::{}:user/sandbox", ctx.account),
    });
    let key = text(&keys, "AccessKeyId").to_owned();
    ctx.store.put("session", &key, doc);
    Ok(json!({"Credentials": keys}))
}
