//! The `provider "aws"` block (AWS provider 5.100.0, "Argument Reference").

use std::collections::BTreeMap;
use std::sync::Arc;

use craton_model::Type;
use craton_model::schema::{Attribute, AttributeType, Block, NestedBlock, Nesting, Schema};

use crate::endpoint_names::ENDPOINTS;

fn optional(ty: Type) -> Attribute {
    Attribute { ty: AttributeType::Plain(ty), optional: true, ..Attribute::default() }
}

fn block(attributes: &[(&str, Type)]) -> Block {
    Block::new(attributes.iter().map(|(n, t)| (Arc::from(*n), optional(t.clone()))).collect(), BTreeMap::new())
}

fn nested(nesting: Nesting, block: Block) -> NestedBlock {
    NestedBlock { nesting, block: Arc::new(block), min_items: 0, max_items: 0 }
}

/// The schema of the provider block.
pub fn schema() -> Schema {
    let strings = || Type::set(Type::String);
    let texts = [
        "access_key",
        "custom_ca_bundle",
        "ec2_metadata_service_endpoint",
        "ec2_metadata_service_endpoint_mode",
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "profile",
        "region",
        "retry_mode",
        "s3_us_east_1_regional_endpoint",
        "secret_key",
        "skip_metadata_api_check",
        "sts_region",
        "token",
    ];
    let flags = [
        "insecure",
        "s3_use_path_style",
        "skip_credentials_validation",
        "skip_region_validation",
        "skip_requesting_account_id",
        "use_dualstack_endpoint",
        "use_fips_endpoint",
    ];
    let mut attributes: BTreeMap<Arc<str>, Attribute> = BTreeMap::new();
    attributes.extend(texts.map(|n| (n.into(), optional(Type::String))));
    attributes.extend(flags.map(|n| (n.into(), optional(Type::Bool))));
    attributes
        .extend(["max_retries", "token_bucket_rate_limiter_capacity"].map(|n| (n.into(), optional(Type::Number))));
    attributes.extend(["allowed_account_ids", "forbidden_account_ids"].map(|n| (n.into(), optional(strings()))));
    attributes.extend(
        ["shared_config_files", "shared_credentials_files"].map(|n| (n.into(), optional(Type::list(Type::String)))),
    );
    let assume_role = block(&[
        ("duration", Type::String),
        ("external_id", Type::String),
        ("policy", Type::String),
        ("policy_arns", strings()),
        ("role_arn", Type::String),
        ("session_name", Type::String),
        ("source_identity", Type::String),
        ("tags", Type::map(Type::String)),
        ("transitive_tag_keys", strings()),
    ]);
    let web_identity = block(&[
        ("duration", Type::String),
        ("policy", Type::String),
        ("policy_arns", strings()),
        ("role_arn", Type::String),
        ("session_name", Type::String),
        ("web_identity_token", Type::String),
        ("web_identity_token_file", Type::String),
    ]);
    let endpoints: Vec<(&str, Type)> = ENDPOINTS.iter().map(|n| (*n, Type::String)).collect();
    let blocks = [
        ("assume_role", nested(Nesting::List, assume_role)),
        ("assume_role_with_web_identity", nested(Nesting::List, web_identity)),
        ("default_tags", nested(Nesting::List, block(&[("tags", Type::map(Type::String))]))),
        ("endpoints", nested(Nesting::Set, block(&endpoints))),
        ("ignore_tags", nested(Nesting::List, block(&[("key_prefixes", strings()), ("keys", strings())]))),
    ];
    let blocks = blocks.map(|(n, b)| (Arc::from(n), b)).into_iter().collect();
    Schema { version: 0, block: Arc::new(Block::new(attributes, blocks)) }
}
