//! AWS Backup: vaults, plans, and what plans are for.

mod plan;
mod selection;
mod vault;

use crate::decl::{CreateTags, ReadTags, Resource, Service, TAGGING, Tagging};

/// Every resource type here.
pub static ALL: &[&Resource] = &[&plan::PLAN, &selection::SELECTION, &vault::VAULT];

/// The service.
pub static BACKUP: Service = Service { id: "backup", faults: &[("AlreadyExistsException", "name")] };

/// Tags of a vault or a plan; the member that takes them at creation has another name for each.
const fn tags(at_creation: &'static str) -> Tagging {
    Tagging {
        create: CreateTags::Member(at_creation),
        is_map: true,
        keys: "TagKeyList",
        read: ReadTags::Op("ListTags", "Tags"),
        ..TAGGING
    }
}

/// Names of rules and selections.
fn check_name(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match (1..=50).contains(&name.len()) && name.chars().all(allowed) {
        true => Ok(()),
        false => {
            Err(format!("{name:?} is not a name here: 1 to 50 letters, digits, hyphens, underscores and periods are"))
        }
    }
}

/// Names of vaults.
fn check_vault(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    match (2..=50).contains(&name.len()) && name.chars().all(allowed) {
        true => Ok(()),
        false => {
            Err(format!("{name:?} is not a name of a vault: 2 to 50 letters, digits, hyphens and underscores are"))
        }
    }
}
