//! Terraform's schema of a declaration.

use std::collections::BTreeMap;
use std::sync::Arc;

use craton_model::schema::{Attribute, AttributeType, Block, NestedBlock, Nesting, ProviderSchema, Schema};
use craton_model::{Type, Value};

use crate::decl::{Attr, Declaration, Fixed, Kind, Nested};

/// The type of an attribute.
pub fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::Text => Type::String,
        Kind::Whole => Type::Number,
        Kind::Flag => Type::Bool,
        Kind::Texts => Type::list(Type::String),
        Kind::TextMap => Type::map(Type::String),
        Kind::Objects(attributes) => Type::list(Type::object(attributes.iter().map(|(n, k)| (*n, type_of(*k))))),
    }
}

/// What stands in for an argument.
pub fn fixed(value: Fixed) -> Value {
    match value {
        Fixed::Text(s) => Value::from(s),
        Fixed::Whole(n) => Value::from(n),
        Fixed::Flag(b) => Value::from(b),
    }
}

fn attribute(a: &Attr) -> Attribute {
    Attribute {
        ty: AttributeType::Plain(type_of(a.kind)),
        required: a.required,
        optional: a.optional,
        computed: a.computed,
        sensitive: a.sensitive,
        deprecated: a.deprecated.map(str::to_owned),
        ..Attribute::default()
    }
}

/// The block of attributes and nested blocks.
pub fn block(attrs: &[Attr], blocks: &[Nested], deprecated: bool) -> Arc<Block> {
    let attributes = attrs.iter().map(|a| (Arc::from(a.name), attribute(a))).collect();
    let nested = |n: &Nested| NestedBlock {
        nesting: if n.single { Nesting::Single } else { Nesting::List },
        block: block(n.attrs, &[], false),
        min_items: n.min,
        max_items: n.max,
    };
    let blocks = blocks.iter().map(|n| (Arc::from(n.name), nested(n))).collect();
    let mut block = Block::new(attributes, blocks);
    block.deprecated = deprecated;
    Arc::new(block)
}

/// Everything that a provider serves.
pub fn of(d: &Declaration) -> ProviderSchema {
    let resources = d.resources.iter().map(|r| {
        (Arc::from(r.name()), Schema { version: r.version(), block: block(r.attrs(), r.blocks(), r.deprecated()) })
    });
    let data = d
        .data
        .iter()
        .map(|s| (Arc::from(s.name()), Schema { version: 0, block: block(s.attrs(), s.blocks(), s.deprecated()) }));
    ProviderSchema {
        provider: Schema { version: 0, block: block(&[], d.config, false) },
        resources: resources.collect(),
        data_sources: data.collect(),
        ephemeral: BTreeMap::new(),
        functions: d.functions.iter().map(|f| (Arc::from(f.name), (f.signature)())).collect(),
    }
}
