//! IAM Roles Anywhere: trust anchors and profiles.

mod profile;
mod trust_anchor;

use crate::decl::{CreateTags, ReadTags, Resource, Service, TAGGING, Tagging};

/// Every resource type here.
pub static ALL: &[&Resource] = &[&profile::PROFILE, &trust_anchor::TRUST_ANCHOR];

/// The service.
pub static ROLES_ANYWHERE: Service = Service { id: "rolesanywhere", faults: &[] };

/// Tags of a trust anchor or a profile.
const TAGS: Tagging = Tagging {
    create: CreateTags::Member("tags"),
    by: ("resourceArn", "arn"),
    tags: "tags",
    keys: "tagKeys",
    words: ("key", "value"),
    read: ReadTags::Op("ListTagsForResource", "tags"),
    ..TAGGING
};
