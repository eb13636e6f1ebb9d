//! Terraform's schema of a declaration.

use std::collections::BTreeMap;
use std::sync::Arc;

use craton_model::schema::{Attribute, AttributeType, Block, NestedBlock, Nesting, Schema};
use craton_model::{Type, Value};

use crate::decl::{Attr, Kind, Resource, Shape};
use crate::doc::type_of;

/// The block of attributes.
pub fn block(attrs: &[Attr]) -> Block {
    let (mut attributes, mut blocks) = (BTreeMap::new(), BTreeMap::new());
    for a in attrs {
        match (a.shape, &a.kind) {
            (Shape::Block(min_items, max_items), Kind::List(k) | Kind::Set(k)) => {
                let Kind::Object(inner) = k else { continue };
                let nesting = if matches!(a.kind, Kind::Set(_)) { Nesting::Set } else { Nesting::List };
                let mut content = block(inner);
                content.deprecated = a.deprecated;
                blocks.insert(a.name.into(), NestedBlock { nesting, block: Arc::new(content), min_items, max_items });
            }
            _ => {
                attributes.insert(a.name.into(), attribute(a));
            }
        }
    }
    Block::new(attributes, blocks)
}

fn attribute(a: &Attr) -> Attribute {
    Attribute {
        ty: AttributeType::Plain(type_of(&a.kind)),
        required: a.required,
        optional: a.optional,
        computed: a.computed,
        sensitive: a.sensitive,
        write_only: a.write_only,
        deprecated: a.deprecated.then(|| "This argument is deprecated.".to_owned()),
        ..Attribute::default()
    }
}

fn plain(ty: Type, optional: bool, computed: bool) -> Attribute {
    Attribute { ty: AttributeType::Plain(ty), optional, computed, ..Attribute::default() }
}

/// The block in which time limits are set.
pub fn timeouts(actions: impl Iterator<Item = &'static str>) -> NestedBlock {
    let attributes = actions.map(|a| (Arc::from(a), plain(Type::String, true, false))).collect();
    NestedBlock {
        nesting: Nesting::Single,
        block: Arc::new(Block::new(attributes, BTreeMap::new())),
        min_items: 0,
        max_items: 0,
    }
}

/// The schema of a resource type, with what every type has: `id`, `tags`, `tags_all`, `timeouts`.
pub fn of(resource: &Resource) -> Schema {
    let Block { mut attributes, mut blocks, .. } = block(resource.attrs);
    if !resource.anonymous {
        attributes.entry("id".into()).or_insert_with(|| plain(Type::String, !resource.framework, true));
    }
    if resource.tags.is_some() {
        attributes.insert("tags".into(), plain(Type::map(Type::String), true, false));
        attributes.insert("tags_all".into(), plain(Type::map(Type::String), !resource.framework, true));
    }
    if !resource.timeouts.is_empty() {
        blocks.insert("timeouts".into(), timeouts(resource.timeouts.iter().map(|(a, _)| *a)));
    }
    Schema { version: resource.version, block: Arc::new(Block::new(attributes, blocks)) }
}

/// Where a plan has no value but the schema wants a collection of blocks: none.
pub fn absent(a: &Attr) -> Value {
    match a.shape {
        Shape::Argument => Value::null(type_of(&a.kind)),
        Shape::Block(..) => crate::obj::zero(&type_of(&a.kind)),
    }
}
