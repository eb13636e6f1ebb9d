//! SAML identity providers.

use serde_json::{Value, json};

use super::already_exists;
use super::tags::{self, Row};
use crate::context::Ctx;
use crate::document::{items, public, set, unset};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateSAMLProvider", create),
    ("GetSAMLProvider", |ctx, input| {
        let mut doc = public(&get(ctx, input.str("SAMLProviderArn")?)?.doc);
        if items(&doc, "Tags").is_empty() {
            unset(&mut doc, "Tags");
        }
        Ok(doc)
    }),
    ("ListSAMLProviders", list),
    ("UpdateSAMLProvider", update),
    ("DeleteSAMLProvider", |ctx, input| {
        let row = get(ctx, input.str("SAMLProviderArn")?)?;
        ctx.store.remove(&row.table, &row.key);
        Ok(json!({}))
    }),
];

const TABLE: &str = "saml-provider";

/// The provider with an ARN.
pub(crate) fn get(ctx: &Ctx, arn: &str) -> Result<Row, AwsError> {
    Row::find(ctx, TABLE, arn.to_owned(), || format!("Manifest not found for arn {arn}"))
}

/// Source: CreateSAMLProvider: the document of an identity provider, 1,000 characters and more.
fn metadata<'a>(input: &'a Input) -> Result<&'a str, AwsError> {
    let document = input.str("SAMLMetadataDocument")?;
    if document.len() < 1000 {
        return Err(input.invalid("Member must have length greater than or equal to 1000 (sAMLMetadataDocument)"));
    }
    if !document.contains("EntityDescriptor") || !document.contains("IDPSSODescriptor") {
        return Err(AwsError::new("InvalidInput", "Could not parse metadata"));
    }
    Ok(document)
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let (name, document, tags) = (input.str("Name")?, metadata(input)?, tags::read(input)?);
    let arn = format!("arn:aws:iam::{}:saml-provider/{name}", ctx.account);
    let table = ctx.global(TABLE);
    if ctx.store.get(&table, &arn).is_some() {
        return Err(already_exists(format!("Provider with name {name} already exists.")));
    }
    let doc = json!({
        "SAMLMetadataDocument": document, "CreateDate": ctx.timestamp(), "ValidUntil": VALID, "Tags": tags,
    });
    ctx.store.put(&table, &arn, doc);
    Ok(json!({"SAMLProviderArn": arn, "Tags": tags}))
}

/// AWS derives it from the document's certificates, which nobody reads here.
const VALID: &str = "2126-01-01T00:00:00Z";

fn list(ctx: &mut Ctx, _: &Input) -> Answer {
    let row =
        |(arn, d): (&String, &Value)| json!({"Arn": arn, "CreateDate": d["CreateDate"], "ValidUntil": d["ValidUntil"]});
    let all: Vec<Value> = ctx.store.rows(&ctx.global(TABLE)).map(row).collect();
    Ok(json!({"SAMLProviderList": all}))
}

fn update(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut row = get(ctx, input.str("SAMLProviderArn")?)?;
    set(&mut row.doc, "SAMLMetadataDocument", metadata(input)?);
    let arn = row.key.clone();
    row.save(ctx);
    Ok(json!({"SAMLProviderArn": arn}))
}
