//! Who may use a key. Its policy decides, and where that leaves it to the account, the policies of whoever asks; a grant lets
//! its grantee do what it names. Source: "Determining access to AWS KMS keys" in the KMS developer guide.

use std::collections::BTreeMap;

use serde_json::Value;

use super::grant;
use crate::authorize::{self, Ask};
use crate::context::Ctx;
use crate::document::text;
use crate::error::AwsError;
use crate::iam;

/// The pairs of an encryption context, sorted by name.
pub(super) type Pairs = BTreeMap<String, String>;

/// The service that uses a key for somebody: `ssm` calls KMS in the name of whoever reads a parameter.
pub(super) type Via<'a> = Option<&'a str>;

/// Refuses whoever calls where neither policies nor a grant let it do `operation` (`Encrypt`) with the key.
pub(super) fn check(ctx: &Ctx, key: &Value, operation: &str, pairs: &Pairs, via: Via) -> Result<(), AwsError> {
    let (who, identity) = iam::caller(ctx);
    let action = format!("kms:{operation}");
    let arn = text(key, "Arn");
    let mut context: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut put = |name: &str, value: &str| {
        context.entry(name.to_lowercase()).or_default().push(value.to_owned());
    };
    put("aws:PrincipalArn", &who.principal);
    put("aws:PrincipalAccount", &who.account);
    put("aws:SecureTransport", "true");
    put("aws:RequestedRegion", &ctx.region);
    put("kms:CallerAccount", &who.account);
    if let Some(service) = via {
        put("kms:ViaService", &format!("{service}.{}.amazonaws.com", ctx.region));
    }
    for (name, value) in pairs {
        put(&format!("kms:EncryptionContext:{name}"), value);
        put("kms:EncryptionContextKeys", name);
    }
    let ask = Ask { action: action.clone(), resource: arn.to_owned(), who: who.clone(), context };
    let refused = |why: &str| {
        let message = format!("User: {} is not authorized to perform: {action} on resource: {arn} {why}", who.arn);
        AwsError::new("AccessDeniedException", message)
    };
    let policy: Value = serde_json::from_str(text(key, "_policy")).unwrap_or_default();
    let by_key = authorize::consult(&policy, &ask)?;
    if !by_key.denies.is_empty() {
        return Err(refused("with an explicit deny in a resource-based policy"));
    }
    let (mut by_identity, mut bounded) = (identity.is_none(), false);
    for (_, document) in identity.iter().flat_map(|i| &i.policies) {
        let found = authorize::consult(&serde_json::from_str(document).unwrap_or_default(), &ask)?;
        if !found.denies.is_empty() {
            return Err(refused("with an explicit deny in an identity-based policy"));
        }
        by_identity |= !found.allows.is_empty();
    }
    if let Some((_, document)) = identity.as_ref().and_then(|i| i.boundary.as_ref()) {
        let found = authorize::consult(&serde_json::from_str(document).unwrap_or_default(), &ask)?;
        bounded = found.allows.is_empty();
    }
    if !by_key.allows.is_empty() || grant::lets(ctx, key, operation, &who, pairs) {
        return Ok(());
    }
    match (by_key.delegates.is_empty(), by_identity && !bounded) {
        (true, _) => Err(refused(&format!("because no resource-based policy allows the {action} action"))),
        (false, true) => Ok(()),
        (false, false) => match identity.as_ref().and_then(|i| i.unknown.first()) {
            // It may well say yes.
            Some(unknown) => Err(AwsError::not_implemented(format!(
                "what the AWS managed policy {unknown} says, which decides about {action} by {}",
                who.arn
            ))),
            None => Err(refused(&format!("because no identity-based policy allows the {action} action"))),
        },
    }
}
