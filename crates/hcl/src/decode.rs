//! Bodies to values of a schema.

use crate::ast::{Expr, Traversal};
use crate::body::{Attribute, Block, Body, BodySchema, Content};
use crate::dynblock::Dynamic;
use crate::eval::eval;
use crate::scope::Scope;
use craton_model::schema::{self, AttributeType, NestedBlock, Nesting};
use craton_model::{Data, Diagnostic, Diagnostics, Marks, ObjectType, Span, Type, Value, convert};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

/// The value of a body under a schema: an object of [`schema::Block::implied_type`]. Arguments not set are null, block
/// types not written are empty; blocks are known after apply where a dynamic block's `for_each` is. What is wrong is
/// reported, and a placeholder stands in its place.
pub fn decode_body(body: &Body, schema: &schema::Block, scope: &dyn Scope) -> (Value, Diagnostics) {
    let mut diags = Diagnostics::new();
    let value = decode(body, schema, scope, &mut diags);
    (value, diags)
}

/// The references in a body that matter under a schema, in written order, also those inside of dynamic blocks (without
/// the names of their iterators). What the schema does not have is passed over: decoding reports it.
pub fn body_references(body: &Body, schema: &schema::Block) -> Vec<Traversal> {
    let mut found = Vec::new();
    references(body, schema, &mut Vec::new(), &mut found);
    found
}

/// The nested block types of a body: those of the schema, and its attributes that are lists or sets of objects but written
/// as blocks (Terraform: "attributes as blocks"), which providers keep for the sake of old configurations.
struct BlockTypes<'s> {
    all: BTreeMap<&'s str, Cow<'s, NestedBlock>>,
    instead_of_attributes: HashSet<&'s str>,
}

const DYNAMIC: &str = "dynamic";

fn block_types<'s>(body: &Body, schema: &'s schema::Block) -> BlockTypes<'s> {
    let mut types = BlockTypes {
        all: schema.blocks.iter().map(|(k, b)| (&**k, Cow::Borrowed(b))).collect(),
        instead_of_attributes: HashSet::new(),
    };
    if body.is_json() {
        return types;
    }
    let candidates: Vec<(&str, Nesting, &ObjectType)> = schema
        .attributes
        .iter()
        .filter_map(|(name, a)| match &a.ty {
            AttributeType::Plain(Type::List(elem)) => Some((name, Nesting::List, elem)),
            AttributeType::Plain(Type::Set(elem)) => Some((name, Nesting::Set, elem)),
            _ => None,
        })
        .filter_map(|(name, nesting, elem)| match &**elem {
            Type::Object(object) => Some((&**name, nesting, &**object)),
            _ => None,
        })
        .collect();
    if candidates.is_empty() {
        return types;
    }
    let mut probe = BodySchema::new().block(DYNAMIC, &["type"]);
    for (name, ..) in &candidates {
        probe = probe.block(name, &[]);
    }
    let (found, _, _) = body.partial_content(&probe);
    let written: HashSet<&str> = found.blocks.iter().map(made_kind).collect();
    for (name, nesting, object) in candidates {
        if written.contains(name) {
            types.all.insert(name, Cow::Owned(as_block(object, nesting)));
            types.instead_of_attributes.insert(name);
        }
    }
    types
}

/// The type of the block, or of those that it makes if it is dynamic.
fn made_kind(block: &Block) -> &str {
    match block.labels.first() {
        Some(label) if &*block.kind == DYNAMIC => &label.name,
        _ => &block.kind,
    }
}

/// The block type that an object type amounts to: every attribute may be left out.
fn as_block(object: &ObjectType, nesting: Nesting) -> NestedBlock {
    let attribute =
        |ty: &Type| schema::Attribute { ty: AttributeType::Plain(ty.clone()), optional: true, ..Default::default() };
    let attributes = object.attributes.iter().map(|(k, ty)| (k.clone(), attribute(ty))).collect();
    NestedBlock {
        nesting,
        block: Arc::new(schema::Block::new(attributes, BTreeMap::new())),
        min_items: 0,
        max_items: 0,
    }
}

fn body_schema<'s>(schema: &'s schema::Block, types: &BlockTypes<'s>) -> BodySchema<'s> {
    let mut wanted = BodySchema::new();
    for (name, a) in &schema.attributes {
        if types.instead_of_attributes.contains(&**name) {
            continue;
        }
        wanted = if a.required { wanted.required(name) } else { wanted.optional([&**name]) };
    }
    for (name, b) in &types.all {
        wanted = wanted.block(name, if b.nesting == Nesting::Map { &["key"] } else { &[] });
    }
    if !types.all.is_empty() && !types.all.contains_key(DYNAMIC) && !schema.attributes.contains_key(DYNAMIC) {
        wanted = wanted.block(DYNAMIC, &["type"]);
    }
    wanted
}

fn decode(body: &Body, schema: &schema::Block, scope: &dyn Scope, diags: &mut Diagnostics) -> Value {
    let types = block_types(body, schema);
    let wanted = body_schema(schema, &types);
    let (content, problems) = body.content(&wanted);
    diags.extend(problems);
    let mut entries: Vec<(Arc<str>, Value)> = Vec::with_capacity(schema.attributes.len() + schema.blocks.len());
    for (name, attribute) in &schema.attributes {
        if types.instead_of_attributes.contains(&**name) {
            continue;
        }
        let value = match content.attribute(name) {
            Some(written) => decode_attribute(written, attribute, scope, diags),
            None => Value::null(attribute.value_type()),
        };
        entries.push((name.clone(), value));
    }
    let mut made = made_blocks(&content, &types, scope, diags);
    for (name, ty) in &types.all {
        let blocks = made.remove(name).unwrap_or_default();
        entries.push((Arc::from(*name), collect(name, ty, blocks, content.missing, diags)));
    }
    // The schema's own type, shared, unless `any` in it was decided by the values.
    if schema.implied_type().has_dynamic() {
        Value::object(entries)
    } else {
        Value::with_type(schema.implied_type().clone(), Data::Map(entries.into_iter().collect()))
    }
}

fn decode_attribute(
    written: &Attribute,
    attribute: &schema::Attribute,
    scope: &dyn Scope,
    diags: &mut Diagnostics,
) -> Value {
    let want = config_type(attribute);
    let (mut value, mut problems) = eval(&written.expr, scope);
    if let Some(d) = crate::eval::too_large(&value, written.expr.span()) {
        problems.push(d);
        value = Value::dynamic();
    }
    let failed = problems.has_errors();
    diags.extend(problems);
    let ty = || attribute.value_type();
    let placeholder = || Value::unknown(ty());
    match convert(&value, &want) {
        Ok(_) if failed => placeholder(),
        Ok(value) => {
            if attribute.required && value.is_null() {
                let detail =
                    format!("\"{}\" must be set, and null counts as leaving it out. Give a value.", written.name);
                diags.push(
                    Diagnostic::error("Missing required argument", detail).at(written.expr.span()).within(written.span),
                );
                return placeholder();
            }
            value
        }
        Err(_) if failed => placeholder(),
        Err(e) => {
            let detail = format!("The value does not fit the argument \"{}\": {e}.", written.name);
            let mut d = Diagnostic::error("Incorrect attribute value type", detail)
                .at(written.expr.span())
                .within(written.span);
            d.values = crate::eval::values_of(&written.expr, scope);
            diags.push(d);
            placeholder()
        }
    }
}

/// The type that a written value is converted to: nested attributes that are not required may be left out.
fn config_type(attribute: &schema::Attribute) -> Type {
    match &attribute.ty {
        AttributeType::Plain(ty) => ty.clone(),
        AttributeType::Nested(nesting, attributes) => {
            let object = ObjectType {
                attributes: attributes.iter().map(|(k, a)| (k.clone(), config_type(a))).collect(),
                optional: attributes
                    .iter()
                    .filter(|(_, a)| !a.required)
                    .map(|(k, _)| k.clone())
                    .collect::<BTreeSet<_>>(),
            };
            nesting.collection(Type::Object(Arc::new(object)))
        }
    }
}

/// A block as it was written or made.
struct Made {
    /// `None`: an unknown number of blocks that hold something unknown.
    value: Option<Value>,
    label: Option<Arc<str>>,
    span: Span,
}

/// The values of all blocks, by type, dynamic ones expanded in place.
fn made_blocks<'s>(
    content: &Content,
    types: &BlockTypes<'s>,
    scope: &dyn Scope,
    diags: &mut Diagnostics,
) -> BTreeMap<&'s str, Vec<Made>> {
    let mut made: BTreeMap<&'s str, Vec<Made>> = BTreeMap::new();
    for block in &content.blocks {
        if let Some((name, ty)) = types.all.get_key_value(&*block.kind) {
            let value = decode(&block.body, &ty.block, scope, diags);
            let label = block.labels.first().map(|l| l.name.clone());
            made.entry(name).or_default().push(Made { value: Some(value), label, span: block.span });
            continue;
        }
        let Some(dynamic) = Dynamic::read(block, diags) else { continue };
        let Some((name, ty)) = types.all.get_key_value(&*dynamic.kind.name) else {
            let like = craton_model::similar(&dynamic.kind.name, types.all.keys().copied());
            let hint = like.map_or(String::new(), |like| format!(" Did you mean {like:?}?"));
            let detail =
                format!("There is no block type {:?} here for a dynamic block to make.{hint}", dynamic.kind.name);
            diags.push(Diagnostic::error("Unsupported block type", detail).at(dynamic.kind.span));
            continue;
        };
        expand(&dynamic, ty, scope, block.span, made.entry(name).or_default(), diags);
    }
    made
}

fn expand(
    dynamic: &Dynamic,
    ty: &NestedBlock,
    scope: &dyn Scope,
    span: Span,
    made: &mut Vec<Made>,
    diags: &mut Diagnostics,
) {
    let (elements, marks) = match dynamic.elements(scope, diags) {
        Ok(found) => found,
        Err(()) => return made.push(Made { value: None, label: None, span }),
    };
    let Some(elements) = elements else {
        // The content is decoded for its errors alone.
        let inner = dynamic.scope(scope, Value::dynamic(), Value::dynamic());
        decode(&dynamic.content, &ty.block, &inner, diags);
        return made.push(Made { value: None, label: None, span });
    };
    for (key, value) in elements {
        let inner = dynamic.scope(scope, key.mark(marks), value.mark(marks));
        let label = if ty.nesting == Nesting::Map { dynamic.label(&inner, diags) } else { None };
        let value = decode(&dynamic.content, &ty.block, &inner, diags);
        made.push(Made { value: Some(value.mark(marks)), label, span });
    }
}

/// The value that the blocks of one type make together.
fn collect(name: &str, ty: &NestedBlock, made: Vec<Made>, missing: Span, diags: &mut Diagnostics) -> Value {
    let object = ty.block.implied_type();
    let unknown = made.iter().any(|m| m.value.is_none());
    if matches!(ty.nesting, Nesting::Single | Nesting::Group) {
        return collect_single(name, ty, made, missing, diags);
    }
    // Each unknown group of blocks may turn out empty, so that their number says nothing yet.
    if unknown {
        return Value::unknown(ty.nesting.collection(object.clone()));
    }
    if made.len() < ty.min_items {
        let detail =
            format!("There must be {} or more \"{name}\" blocks here, and there are {}.", ty.min_items, made.len());
        diags.push(Diagnostic::error(format!("Insufficient {name} blocks"), detail).at(missing));
    }
    if ty.max_items > 0 && made.len() > ty.max_items {
        let detail = format!("There may be {} \"{name}\" block(s) here, and there are {}.", ty.max_items, made.len());
        diags.push(Diagnostic::error(format!("Too many {name} blocks"), detail).at(made[ty.max_items].span));
    }
    if ty.nesting == Nesting::Map {
        return collect_map(name, object, made, diags);
    }
    let values: Vec<Value> = made.into_iter().filter_map(|m| m.value).collect();
    match ty.nesting {
        Nesting::List if object.has_dynamic() => Value::tuple(values),
        Nesting::List => Value::list(object.clone(), values),
        _ => {
            let elem = if object.has_dynamic() {
                values.first().map_or_else(|| object.clone(), |v| v.ty().clone())
            } else {
                object.clone()
            };
            Value::set(elem, values)
        }
    }
}

fn collect_single(name: &str, ty: &NestedBlock, made: Vec<Made>, missing: Span, diags: &mut Diagnostics) -> Value {
    if let [first, second, ..] = &made[..] {
        let detail = format!(
            "There may be one \"{name}\" block here, and the first one is at {}. Merge the two or remove one.",
            first.span.place()
        );
        diags.push(Diagnostic::error(format!("Duplicate {name} block"), detail).at(second.span));
    }
    match made.into_iter().next() {
        Some(Made { value: Some(value), .. }) => value,
        Some(_) => unknown_block(&ty.block),
        None => {
            if ty.min_items > 0 {
                let detail = format!("A \"{name}\" block must stand here. Add it.");
                diags.push(Diagnostic::error(format!("Missing {name} block"), detail).at(missing));
            }
            ty.empty_value()
        }
    }
}

fn collect_map(name: &str, object: &Type, made: Vec<Made>, diags: &mut Diagnostics) -> Value {
    let mut entries: BTreeMap<Arc<str>, (Value, Span)> = BTreeMap::new();
    let mut marks = Marks::NONE;
    for Made { value, label, span } in made {
        let (Some(value), Some(label)) = (value, label) else { continue };
        if let Some((_, first)) = entries.get(&label) {
            let detail = format!(
                "There is already a {name:?} block with the label {label:?} at {}. Each label may be used once.",
                first.place()
            );
            diags.push(Diagnostic::error(format!("Duplicate {name} block"), detail).at(span));
            continue;
        }
        marks = marks.union(value.marks());
        entries.insert(label, (value, span));
    }
    let entries = entries.into_iter().map(|(k, (v, _))| (k, v));
    if object.has_dynamic() { Value::object(entries) } else { Value::map(object.clone(), entries) }.mark(marks)
}

/// A block of which it is not known yet whether it is there: everything in it is unknown.
fn unknown_block(block: &schema::Block) -> Value {
    let attributes = block.attributes.iter().map(|(k, a)| (k.clone(), Value::unknown(a.value_type())));
    let blocks = block.blocks.iter().map(|(k, b)| {
        let value = match b.nesting {
            Nesting::Single | Nesting::Group => unknown_block(&b.block),
            _ => Value::unknown(b.nesting.collection(b.block.implied_type().clone())),
        };
        (k.clone(), value)
    });
    Value::with_type(block.implied_type().clone(), Data::Map(attributes.chain(blocks).collect()))
}

fn references(body: &Body, schema: &schema::Block, iterators: &mut Vec<Arc<str>>, found: &mut Vec<Traversal>) {
    let types = block_types(body, schema);
    let wanted = body_schema(schema, &types);
    let (content, _, _) = body.partial_content(&wanted);
    let add = |expr: &Expr, iterators: &[Arc<str>], found: &mut Vec<Traversal>| {
        expr.visit_variables(&mut |t| {
            if !iterators.contains(&t.root.name) {
                found.push(t.clone());
            }
        });
    };
    for attribute in content.attributes.values() {
        add(&attribute.expr, iterators, found);
    }
    for block in &content.blocks {
        if let Some(ty) = types.all.get(&*block.kind) {
            references(&block.body, &ty.block, iterators, found);
            continue;
        }
        let Some(dynamic) = Dynamic::read(block, &mut Diagnostics::new()) else { continue };
        add(&dynamic.for_each.expr, iterators, found);
        let Some(ty) = types.all.get(&*dynamic.kind.name) else { continue };
        iterators.push(dynamic.iterator.clone());
        for label in &dynamic.labels {
            add(label, iterators, found);
        }
        references(&dynamic.content, &ty.block, iterators, found);
        iterators.pop();
    }
}
