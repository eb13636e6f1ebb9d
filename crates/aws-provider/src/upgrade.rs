//! Stored objects of older schema versions.

use craton_model::{Diagnostic, Diagnostics, Type, Value};
use serde_json::{Map, Value as Json};

use crate::decl::Resource;
use crate::provider::stored;

/// Brings stored attributes to the schema of today. Attributes that the schema no longer has are dropped, as
/// Terraform's plugin SDK does.
///
/// # Errors
/// They are of a newer version, or do not fit.
pub fn upgrade(resource: &Resource, ty: &Type, version: u64, attributes: &Json) -> Result<Value, Diagnostics> {
    if version > resource.version {
        return Err(Diagnostic::error(
            "Resource of a newer provider",
            format!(
                "An object of type {:?} in the state has schema version {version}; this provider knows versions up to {}. \
                 Use a newer craton, or the provider that wrote the state.",
                resource.name, resource.version
            ),
        )
        .into());
    }
    let mut attributes = attributes.clone();
    if let Json::Object(map) = &mut attributes {
        if version < resource.version {
            older(resource, version, map);
        }
        prune(map, ty);
    }
    stored(resource.name, ty, &attributes)
}

/// What changed between versions of the schemas that are served: defaults that came with them.
fn older(resource: &Resource, version: u64, map: &mut Map<String, Json>) {
    if (resource.name, version) == ("aws_backup_plan", 0) {
        for rule in map.get_mut("rule").and_then(Json::as_array_mut).into_iter().flatten() {
            if let Json::Object(rule) = rule {
                rule.insert("schedule_expression_timezone".into(), Json::from("Etc/UTC"));
            }
        }
    }
    let mut default = |name: &str, v: Json| {
        if map.get(name).is_none_or(Json::is_null) {
            map.insert(name.to_owned(), v);
        }
    };
    match (resource.name, version) {
        ("aws_security_group" | "aws_default_security_group", 0) => {
            default("revoke_rules_on_delete", Json::Bool(false))
        }
        ("aws_vpc" | "aws_default_vpc" | "aws_subnet", 0) => {
            default("assign_generated_ipv6_cidr_block", Json::Bool(false))
        }
        _ => {}
    }
}

/// Drops what the type does not have, at every depth.
fn prune(map: &mut Map<String, Json>, ty: &Type) {
    let Type::Object(o) = ty else { return };
    map.retain(|k, _| o.attributes.contains_key(k.as_str()));
    for (name, ty) in &o.attributes {
        let Some(v) = map.get_mut(name.as_ref()) else { continue };
        match (v, ty) {
            (Json::Array(items), Type::List(t) | Type::Set(t)) => {
                items.iter_mut().filter_map(Json::as_object_mut).for_each(|m| prune(m, t));
            }
            (Json::Object(m), Type::Object(_)) => prune(m, ty),
            _ => {}
        }
    }
}
