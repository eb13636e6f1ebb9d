//! The `remote_state` block as a backend block.

use crate::config::{Generate, RemoteState};
use crate::render::render_value;
use craton_model::{Span, Value};
use std::sync::Arc;

/// Settings that Terragrunt reads when it makes the bucket, and that no backend knows.
const S3_OWN: [&str; 23] = [
    "accesslogging_bucket_name",
    "accesslogging_bucket_tags",
    "accesslogging_target_object_partition_date_source",
    "accesslogging_target_prefix",
    "bucket_sse_algorithm",
    "bucket_sse_kms_key_id",
    "disable_aws_client_checksums",
    "disable_bucket_update",
    "disable_init",
    "dynamodb_table_tags",
    "enable_lock_table_ssencryption",
    "s3_bucket_tags",
    "skip_accesslogging_bucket_acl",
    "skip_accesslogging_bucket_enforced_tls",
    "skip_accesslogging_bucket_public_access_blocking",
    "skip_accesslogging_bucket_ssencryption",
    "skip_bucket_accesslogging",
    "skip_bucket_enforced_tls",
    "skip_bucket_public_access_blocking",
    "skip_bucket_root_access",
    "skip_bucket_ssencryption",
    "skip_bucket_versioning",
    "skip_bucket_creation",
];

const GCS_OWN: [&str; 6] = [
    "enable_bucket_policy_only",
    "gcs_bucket_labels",
    "location",
    "project",
    "skip_bucket_creation",
    "skip_bucket_versioning",
];

impl RemoteState {
    /// What the backend block is to hold, sorted by name: the configuration less what only Terragrunt knows.
    pub fn backend_settings(&self) -> Vec<(Arc<str>, Value)> {
        let own: &[&str] = match &*self.backend {
            "s3" => &S3_OWN,
            "gcs" => &GCS_OWN,
            _ => &[],
        };
        let mut settings: Vec<(Arc<str>, Value)> = self
            .config
            .iter()
            .filter(|(name, value)| !own.contains(&&***name) && !value.is_null())
            .map(|(name, value)| match (&*self.backend, &**name, value.as_str()) {
                ("s3", "lock_table", _) => ("dynamodb_table".into(), value.clone()),
                ("s3", _, Some("true")) => (name.clone(), Value::bool(true)),
                ("s3", _, Some("false")) => (name.clone(), Value::bool(false)),
                _ => (name.clone(), value.clone()),
            })
            .collect();
        settings.sort_by(|a, b| a.0.cmp(&b.0));
        settings
    }

    /// The file with the backend block, if one is to be generated.
    pub(crate) fn file(&self, at: Span) -> Option<Generate> {
        let (path, if_exists) = self.generate.clone()?;
        let mut contents = format!("terraform {{\n  backend {} {{\n", craton_hcl::quoted(&self.backend));
        for (name, value) in self.backend_settings() {
            contents.push_str(&format!("    {name} = {}\n", render_value(&value, 4)));
        }
        contents.push_str("  }\n}\n");
        Some(Generate {
            path,
            contents,
            if_exists,
            if_disabled: Default::default(),
            comment_prefix: "# ".to_owned(),
            disable_signature: false,
            disable: false,
            hcl_fmt: Some(true),
            span: self.span.unwrap_or(at),
        })
    }
}
