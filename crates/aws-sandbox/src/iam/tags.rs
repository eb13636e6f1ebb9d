//! Tags of roles, users, policies, instance profiles and identity providers.

use serde_json::{Value, json};

use super::{instance_profile, oidc, policy, role, saml, user};
use crate::context::Ctx;
use crate::document::{items, items_mut, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("TagRole", |ctx, input| tag(ctx, input, &role::get(ctx, input.str("RoleName")?)?)),
    ("UntagRole", |ctx, input| untag(ctx, input, &role::get(ctx, input.str("RoleName")?)?)),
    ("ListRoleTags", |ctx, input| list(input, &role::get(ctx, input.str("RoleName")?)?)),
    ("TagPolicy", |ctx, input| tag(ctx, input, &policy::own(ctx, input.str("PolicyArn")?)?)),
    ("UntagPolicy", |ctx, input| untag(ctx, input, &policy::own(ctx, input.str("PolicyArn")?)?)),
    ("ListPolicyTags", |ctx, input| list(input, &policy::own(ctx, input.str("PolicyArn")?)?)),
    ("TagUser", |ctx, input| tag(ctx, input, &user::get(ctx, input.str("UserName")?)?)),
    ("UntagUser", |ctx, input| untag(ctx, input, &user::get(ctx, input.str("UserName")?)?)),
    ("ListUserTags", |ctx, input| list(input, &user::get(ctx, input.str("UserName")?)?)),
    ("TagOpenIDConnectProvider", |ctx, input| {
        tag(ctx, input, &oidc::get(ctx, input.str("OpenIDConnectProviderArn")?)?)
    }),
    ("UntagOpenIDConnectProvider", |ctx, input| {
        untag(ctx, input, &oidc::get(ctx, input.str("OpenIDConnectProviderArn")?)?)
    }),
    ("ListOpenIDConnectProviderTags", |ctx, input| {
        list(input, &oidc::get(ctx, input.str("OpenIDConnectProviderArn")?)?)
    }),
    ("TagSAMLProvider", |ctx, input| tag(ctx, input, &saml::get(ctx, input.str("SAMLProviderArn")?)?)),
    ("UntagSAMLProvider", |ctx, input| untag(ctx, input, &saml::get(ctx, input.str("SAMLProviderArn")?)?)),
    ("ListSAMLProviderTags", |ctx, input| list(input, &saml::get(ctx, input.str("SAMLProviderArn")?)?)),
    ("TagInstanceProfile", |ctx, input| {
        tag(ctx, input, &instance_profile::get(ctx, input.str("InstanceProfileName")?)?)
    }),
    ("UntagInstanceProfile", |ctx, input| {
        untag(ctx, input, &instance_profile::get(ctx, input.str("InstanceProfileName")?)?)
    }),
    ("ListInstanceProfileTags", |ctx, input| {
        list(input, &instance_profile::get(ctx, input.str("InstanceProfileName")?)?)
    }),
];

const MAX_TAGS: usize = 50;

/// The tags of a request, checked.
pub(crate) fn read(input: &Input) -> Result<Vec<Value>, AwsError> {
    let mut tags: Vec<Value> = Vec::new();
    for t in input.structures("Tags")? {
        let (key, value) = (t.str("Key")?, t.str("Value")?);
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(input.invalid(format!("The tag '{key}' is too long or empty.")));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(input.invalid("Tag keys beginning with aws: are reserved for system use."));
        }
        // Source: "Rules for tagging in IAM": keys are not case sensitive.
        if tags.iter().any(|h| text(h, "Key").eq_ignore_ascii_case(key)) {
            return Err(AwsError::new(
                "InvalidInput",
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        tags.push(json!({"Key": key, "Value": value}));
    }
    if tags.len() > MAX_TAGS {
        return Err(super::limit_exceeded(format!("Cannot exceed quota for TagsPerResource: {MAX_TAGS}")));
    }
    Ok(tags)
}

/// A row and where it is.
pub(crate) struct Row {
    pub(crate) table: String,
    pub(crate) key: String,
    pub(crate) doc: Value,
}

impl Row {
    /// The row under a key of one of IAM's tables.
    ///
    /// # Errors
    /// `NoSuchEntity` with this message: there is none.
    pub(super) fn find(
        ctx: &Ctx,
        table: &str,
        key: String,
        missing: impl FnOnce() -> String,
    ) -> Result<Self, AwsError> {
        let table = ctx.global(table);
        match ctx.store.get(&table, &key) {
            Some(doc) => Ok(Self { doc: doc.clone(), table, key }),
            None => Err(super::no_such_entity(missing())),
        }
    }

    pub(crate) fn save(self, ctx: &mut Ctx) {
        ctx.store.put(&self.table, &self.key, self.doc);
    }
}

fn tag(ctx: &mut Ctx, input: &Input, row: &Row) -> Answer {
    let mut doc = row.doc.clone();
    for new in read(input)? {
        if let Some(list) = items_mut(&mut doc, "Tags") {
            match list.iter_mut().find(|h| text(h, "Key").eq_ignore_ascii_case(text(&new, "Key"))) {
                Some(old) => *old = new,
                None => list.push(new),
            }
            if list.len() > MAX_TAGS {
                return Err(super::limit_exceeded(format!("Cannot exceed quota for TagsPerResource: {MAX_TAGS}")));
            }
        }
    }
    ctx.store.put(&row.table, &row.key, doc);
    Ok(json!({}))
}

fn untag(ctx: &mut Ctx, input: &Input, row: &Row) -> Answer {
    let keys = input.strings("TagKeys")?;
    let mut doc = row.doc.clone();
    if let Some(list) = items_mut(&mut doc, "Tags") {
        list.retain(|t| !keys.iter().any(|k| k.eq_ignore_ascii_case(text(t, "Key"))));
    }
    ctx.store.put(&row.table, &row.key, doc);
    Ok(json!({}))
}

fn list(input: &Input, row: &Row) -> Answer {
    super::paged(input, "Tags", items(&row.doc, "Tags").to_vec())
}
