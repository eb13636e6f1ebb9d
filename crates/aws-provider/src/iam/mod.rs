//! IAM: roles and policies.

mod policy;
mod role;
mod role_policy;
mod role_policy_attachment;

use crate::decl::{CreateTags, ReadTags, Resource, Service, Tagging};

/// Every resource type here.
pub static ALL: &[&Resource] =
    &[&policy::POLICY, &role::ROLE, &role_policy::ROLE_POLICY, &role_policy_attachment::ROLE_POLICY_ATTACHMENT];

/// The service.
pub static IAM: Service = Service { id: "iam", faults: &[("MalformedPolicyDocument", "policy")] };

/// Tags of an IAM object.
const fn tags(add: &'static str, remove: &'static str, by: (&'static str, &'static str)) -> Tagging {
    Tagging {
        create: CreateTags::Member("Tags"),
        add,
        remove,
        by,
        by_list: false,
        tags: "Tags",
        is_map: false,
        keys: "TagKeys",
        keys_are_tags: false,
        read: ReadTags::Item("Tags"),
    }
}

/// A policy document as IAM answers it: percent-encoded.
pub fn document(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Names that IAM takes.
///
/// # Errors
/// Says which character does not fit.
pub fn name_characters(name: &str) -> Result<(), String> {
    match name.chars().find(|c| !(c.is_ascii_alphanumeric() || "_+=,.@-".contains(*c))) {
        Some(c) => Err(format!("{name:?} has a {c:?}; letters, digits and _ + = , . @ - are possible")),
        None => Ok(()),
    }
}
