//! `providers schema -json`: <https://developer.hashicorp.com/terraform/cli/commands/providers/schema>.

use std::collections::BTreeMap;
use std::sync::Arc;

use craton_model::schema::{Attribute, AttributeType, Block, FunctionSignature, NestedBlock, Nesting, Schema};
use serde_json::{Map, Value as Json, json};

use super::Schemas;

/// The schemas as Terraform prints them.
pub fn render(schemas: &Schemas) -> Json {
    let all = |m: &BTreeMap<Arc<str>, Schema>| -> Json {
        Json::Object(m.iter().map(|(k, s)| (k.to_string(), schema(s))).collect())
    };
    let providers: Map<String, Json> = schemas
        .iter()
        .map(|(addr, p)| {
            let mut m = Map::new();
            m.insert("provider".into(), provider(&p.provider));
            if !p.resources.is_empty() {
                m.insert("resource_schemas".into(), all(&p.resources));
            }
            if !p.data_sources.is_empty() {
                m.insert("data_source_schemas".into(), all(&p.data_sources));
            }
            if !p.ephemeral.is_empty() {
                m.insert("ephemeral_resource_schemas".into(), all(&p.ephemeral));
            }
            if !p.functions.is_empty() {
                let functions = p.functions.iter().map(|(k, f)| (k.to_string(), function(f))).collect();
                m.insert("functions".into(), Json::Object(functions));
            }
            (addr.to_string(), Json::Object(m))
        })
        .collect();
    if providers.is_empty() {
        return json!({"format_version": "1.0"});
    }
    json!({"format_version": "1.0", "provider_schemas": providers})
}

/// A provider that takes no arguments has no block there.
fn provider(s: &Schema) -> Json {
    if s.block.attributes.is_empty() && s.block.blocks.is_empty() {
        return json!({"version": s.version});
    }
    schema(s)
}

fn schema(s: &Schema) -> Json {
    json!({"version": s.version, "block": block(&s.block)})
}

fn block(b: &Block) -> Json {
    let mut m = Map::new();
    if !b.attributes.is_empty() {
        m.insert("attributes".into(), attributes(&b.attributes));
    }
    if !b.blocks.is_empty() {
        let blocks = b.blocks.iter().map(|(k, n)| (k.to_string(), nested(n))).collect();
        m.insert("block_types".into(), Json::Object(blocks));
    }
    if !b.description.is_empty() {
        m.insert("description".into(), b.description.clone().into());
    }
    m.insert("description_kind".into(), "plain".into());
    if b.deprecated {
        m.insert("deprecated".into(), true.into());
    }
    Json::Object(m)
}

fn attributes(all: &BTreeMap<Arc<str>, Attribute>) -> Json {
    Json::Object(all.iter().map(|(k, a)| (k.to_string(), attribute(a))).collect())
}

fn attribute(a: &Attribute) -> Json {
    let mut m = Map::new();
    match &a.ty {
        AttributeType::Plain(ty) => m.insert("type".into(), ty.to_json()),
        AttributeType::Nested(nesting, inner) => m.insert(
            "nested_type".into(),
            json!({"attributes": attributes(inner), "nesting_mode": nesting_name(*nesting)}),
        ),
    };
    if !a.description.is_empty() {
        m.insert("description".into(), a.description.clone().into());
    }
    m.insert("description_kind".into(), "plain".into());
    let flags = [
        ("required", a.required),
        ("optional", a.optional),
        ("computed", a.computed),
        ("sensitive", a.sensitive),
        ("write_only", a.write_only),
        ("deprecated", a.deprecated.is_some()),
    ];
    m.extend(flags.into_iter().filter(|(_, set)| *set).map(|(k, _)| (k.to_owned(), Json::Bool(true))));
    Json::Object(m)
}

fn nested(n: &NestedBlock) -> Json {
    let mut m = Map::new();
    m.insert("nesting_mode".into(), nesting_name(n.nesting).into());
    m.insert("block".into(), block(&n.block));
    if n.min_items > 0 {
        m.insert("min_items".into(), n.min_items.into());
    }
    if n.max_items > 0 {
        m.insert("max_items".into(), n.max_items.into());
    }
    Json::Object(m)
}

fn nesting_name(n: Nesting) -> &'static str {
    match n {
        Nesting::Single => "single",
        Nesting::Group => "group",
        Nesting::List => "list",
        Nesting::Set => "set",
        Nesting::Map => "map",
    }
}

fn function(f: &FunctionSignature) -> Json {
    let parameter = |(name, ty): &(Arc<str>, craton_model::Type)| json!({"name": name, "type": ty.to_json()});
    let mut m = Map::new();
    m.insert("description".into(), f.summary.clone().into());
    m.insert("summary".into(), f.summary.clone().into());
    m.insert("return_type".into(), f.returns.to_json());
    m.insert("parameters".into(), f.parameters.iter().map(parameter).collect());
    if let Some(v) = &f.variadic {
        m.insert("variadic_parameter".into(), parameter(v));
    }
    Json::Object(m)
}
