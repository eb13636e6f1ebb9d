//! OpenID Connect identity providers.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::already_exists;
use super::tags::{self, Row};
use crate::context::Ctx;
use crate::document::{items, items_mut, public, set};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::issuer;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateOpenIDConnectProvider", create),
    ("GetOpenIDConnectProvider", |ctx, input| Ok(public(&get(ctx, input.str("OpenIDConnectProviderArn")?)?.doc))),
    ("ListOpenIDConnectProviders", list),
    ("DeleteOpenIDConnectProvider", delete),
    ("UpdateOpenIDConnectProviderThumbprint", thumbprint),
    ("AddClientIDToOpenIDConnectProvider", add_client),
    ("RemoveClientIDFromOpenIDConnectProvider", remove_client),
];

const TABLE: &str = "openid-connect-provider";

/// The provider with an ARN.
pub(crate) fn get(ctx: &Ctx, arn: &str) -> Result<Row, AwsError> {
    Row::find(ctx, TABLE, arn.to_owned(), || format!("OpenIDConnect Provider not found for arn {arn}"))
}

/// Source: CreateOpenIDConnectProvider: thumbprints are 40 hex digits, at most five.
fn thumbprints(input: &Input) -> Result<Vec<String>, AwsError> {
    let all = input.strings("ThumbprintList")?;
    if all.len() > 5 {
        return Err(AwsError::new("LimitExceeded", "Thumbprint list must contain fewer than 5 entries.").status(409));
    }
    if all.iter().any(|t| t.len() != 40 || !t.bytes().all(|b| b.is_ascii_hexdigit())) {
        return Err(input.invalid("Thumbprint must be 40 hexadecimal digits."));
    }
    Ok(all.into_iter().map(|t| t.to_lowercase()).collect())
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let url = input.str("Url")?;
    let Some(host) = url.strip_prefix("https://").filter(|h| !h.is_empty() && !h.contains('?')) else {
        return Err(AwsError::new("InvalidInput", "Invalid Open ID Connect Provider URL"));
    };
    let host = host.trim_end_matches('/');
    let mut thumbprints = thumbprints(input)?;
    if thumbprints.is_empty() {
        // AWS fetches the certificate of the URL and takes its authority's; here nobody else is asked, and the URL stands for
        // it.
        let stand_in = || Sha256::digest(url).iter().take(20).map(|b| format!("{b:02x}")).collect();
        thumbprints.push(issuer::thumbprint(url).unwrap_or_else(stand_in));
    }
    let (clients, tags) = (input.strings("ClientIDList")?, tags::read(input)?);
    let arn = format!("arn:aws:iam::{}:oidc-provider/{host}", ctx.account);
    let table = ctx.global(TABLE);
    if ctx.store.get(&table, &arn).is_some() {
        return Err(already_exists(format!("Provider with url {url} already exists.")));
    }
    let doc = json!({
        "Url": host, "ClientIDList": clients, "ThumbprintList": thumbprints, "CreateDate": ctx.timestamp(), "Tags": tags,
    });
    ctx.store.put(&table, &arn, doc);
    Ok(json!({"OpenIDConnectProviderArn": arn, "Tags": tags}))
}

fn list(ctx: &mut Ctx, _: &Input) -> Answer {
    let all: Vec<Value> = ctx.store.rows(&ctx.global(TABLE)).map(|(arn, _)| json!({"Arn": arn})).collect();
    Ok(json!({"OpenIDConnectProviderList": all}))
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let row = get(ctx, input.str("OpenIDConnectProviderArn")?)?;
    ctx.store.remove(&row.table, &row.key);
    Ok(json!({}))
}

fn thumbprint(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = get(ctx, input.str("OpenIDConnectProviderArn")?)?;
    let new = thumbprints(input)?;
    if new.is_empty() {
        return Err(input.invalid("Thumbprint list must contain at least one entry."));
    }
    set(&mut row.doc, "ThumbprintList", new);
    row.save(ctx);
    Ok(json!({}))
}

fn add_client(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = get(ctx, input.str("OpenIDConnectProviderArn")?)?;
    let client = input.str("ClientID")?;
    if !items(&row.doc, "ClientIDList").iter().any(|c| c == client)
        && let Some(list) = items_mut(&mut row.doc, "ClientIDList")
    {
        list.push(json!(client));
    }
    row.save(ctx);
    Ok(json!({}))
}

fn remove_client(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = get(ctx, input.str("OpenIDConnectProviderArn")?)?;
    let client = input.str("ClientID")?;
    if let Some(list) = items_mut(&mut row.doc, "ClientIDList") {
        list.retain(|c| c.as_str() != Some(client));
    }
    row.save(ctx);
    Ok(json!({}))
}
