//! Systems Manager: parameters, documents, associations.

mod association;
mod document;
mod parameter;

use crate::decl::{ReadTags, Resource, Service, TAGGING, Tagging};

/// Every resource type here.
pub static ALL: &[&Resource] = &[&association::ASSOCIATION, &document::DOCUMENT, &parameter::PARAMETER];

/// The service.
pub static SSM: Service = Service { id: "ssm", faults: &[] };

/// Tags of what Systems Manager calls by a type and an id.
const fn tags(with: &'static [(&'static str, &'static str)]) -> Tagging {
    Tagging {
        add: "AddTagsToResource",
        remove: "RemoveTagsFromResource",
        by: ("ResourceId", "id"),
        read: ReadTags::Op("ListTagsForResource", "TagList"),
        with,
        ..TAGGING
    }
}
