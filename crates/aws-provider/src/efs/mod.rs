//! EFS: file systems and what belongs to them.

mod access_point;
mod backup_policy;
mod file_system;
mod file_system_policy;
mod mount_target;
mod replication_configuration;

use crate::cx::Cx;
use crate::decl::{ReadTags, Resource, Service, Sweep, TAGGING, Tagging};

/// Every resource type here.
pub static ALL: &[&Resource] = &[
    &access_point::ACCESS_POINT,
    &backup_policy::BACKUP_POLICY,
    &file_system::FILE_SYSTEM,
    &file_system_policy::FILE_SYSTEM_POLICY,
    &mount_target::MOUNT_TARGET,
    &replication_configuration::REPLICATION_CONFIGURATION,
];

/// The service.
pub static EFS: Service =
    Service { id: "efs", faults: &[("FileSystemNotFound", "file_system_id"), ("InvalidPolicyException", "policy")] };

/// All file systems of a region.
static FILE_SYSTEMS: Sweep =
    Sweep { service: "efs", op: "DescribeFileSystems", items: "FileSystems", key: "FileSystemId" };

/// Tags of a file system or an access point.
const TAGS: Tagging = Tagging { by: ("ResourceId", "id"), read: ReadTags::Item("Tags"), ..TAGGING };

/// The name under which a file system is mounted.
pub fn dns_name(cx: &Cx, file_system: &str) -> String {
    format!("{file_system}.efs.{}.{}", cx.region(), cx.settings.dns_suffix)
}
