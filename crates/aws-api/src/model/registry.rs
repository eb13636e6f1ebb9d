//! The services that the binary carries. A model is parsed when its service is first asked for.

use std::sync::OnceLock;

use super::{Service, load::load};
use crate::ApiError;

struct Entry {
    id: &'static str,
    text: &'static str,
    parsed: OnceLock<Result<Service, String>>,
}

macro_rules! services {
    ($($id:literal),+ $(,)?) => {
        static SERVICES: [Entry; [$($id),+].len()] = [$(Entry {
            id: $id,
            text: include_str!(concat!("../../models/", $id, ".json")),
            parsed: OnceLock::new(),
        }),+];
    };
}

services!(
    "autoscaling",
    "backup",
    "cloudtrail",
    "cloudwatch",
    "dynamodb",
    "ec2",
    "efs",
    "eks",
    "elasticache",
    "events",
    "iam",
    "kms",
    "logs",
    "rds",
    "redshift",
    "rolesanywhere",
    "s3",
    "sns",
    "sqs",
    "ssm",
    "sts"
);

/// The service of that id (`ec2`, `logs`), parsed on first use. An id the binary does not carry is an error.
pub fn service(id: &str) -> Result<&'static Service, ApiError> {
    let entry =
        SERVICES.iter().find(|e| e.id == id).ok_or_else(|| ApiError::UnknownService { service: id.to_string() })?;
    entry
        .parsed
        .get_or_init(|| load(entry.id, entry.text))
        .as_ref()
        .map_err(|message| ApiError::Model { message: message.clone() })
}

/// The ids of all services that the binary carries.
pub fn service_ids() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|e| e.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_parses_and_is_listed() {
        for id in service_ids() {
            assert!(!service(id).unwrap().operations.is_empty(), "{id}");
        }
        let listed = include_str!("../../models/operations.txt");
        let ids: Vec<_> = listed.lines().filter_map(|l| l.strip_prefix('[')?.strip_suffix(']')).collect();
        let mut carried: Vec<_> = service_ids().collect();
        carried.sort_unstable();
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, carried);
    }

    #[test]
    fn every_listed_operation_is_in_its_model() {
        let mut current = None;
        for line in include_str!("../../models/operations.txt").lines() {
            let line = line.split('#').next().unwrap().trim();
            if let Some(id) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                current = Some(service(id).unwrap());
                continue;
            }
            for name in line.split_whitespace() {
                assert!(current.unwrap().operation(name).is_ok(), "{name}: run cargo xtask models");
            }
        }
    }
}
