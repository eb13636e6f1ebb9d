//! Objects of the state as values, and back.

use std::sync::Arc;

use craton_model::addr::{ConfigResource, ResourceInstance};
use craton_model::schema::{AttributeType, Block, Nesting, Schema};
use craton_model::state::{ObjectState, ObjectStatus};
use craton_model::{Data, Diagnostic, Diagnostics, Marks, Path, Step, Type, Value, json};
use craton_provider::Provider;

use crate::walk::guarded;

/// A remote object as the engine works with it.
#[derive(Clone, Debug)]
pub struct Object {
    /// Of the schema's type, with the marks that the configuration gave it.
    pub value: Value,
    pub status: ObjectStatus,
    pub private: Arc<[u8]>,
    pub dependencies: Arc<[ConfigResource]>,
    pub create_before_destroy: bool,
}

/// Reads an object of the state; older versions, and what does not fit the schema, go through the
/// provider.
pub async fn decode(
    object: &ObjectState,
    schema: &Schema,
    provider: &Arc<dyn Provider>,
    addr: &ResourceInstance,
) -> Result<Object, Diagnostics> {
    if object.schema_version > schema.version {
        return Err(Diagnostic::error(
            "Resource instance managed by newer provider version",
            format!(
                "The state holds {addr} in schema version {}, and the provider in use reads versions up to {}. Use \
                 the version of the provider (or of craton) that wrote it, or a newer one.",
                object.schema_version, schema.version
            ),
        )
        .for_address(addr)
        .into());
    }
    let ty = schema.block.implied_type();
    let same_version = object.schema_version == schema.version;
    let attributes = object.typed(ty);
    let read = same_version.then(|| {
        // What another version of the provider knew beyond this one is of no use here.
        let known = |_| json::from_json(&known_attributes(&attributes, ty), ty);
        json::from_json(&attributes, ty).or_else(known)
    });
    let value = match read {
        Some(Ok(value)) => value,
        _ => {
            let (p, t) = (provider.clone(), addr.resource.r#type.clone());
            let version = object.schema_version;
            let upgraded = guarded(async move { p.upgrade(&t, version, &attributes).await }).await?;
            upgraded.map_err(|d| d.into_iter().map(|d| d.for_address(addr)).collect::<Diagnostics>())?
        }
    };
    Ok(Object {
        value: mark_paths(&value, &object.sensitive_paths),
        status: object.status,
        private: object.private.clone(),
        dependencies: object.dependencies.clone(),
        create_before_destroy: object.create_before_destroy,
    })
}

/// The same without the attributes of objects that a type does not have.
fn known_attributes(json: &serde_json::Value, ty: &Type) -> serde_json::Value {
    use serde_json::Value as Json;
    match (json, ty) {
        (Json::Object(entries), Type::Object(_)) => {
            let known = entries.iter().filter_map(|(k, v)| Some((k.clone(), known_attributes(v, ty.attribute(k)?))));
            Json::Object(known.collect())
        }
        (Json::Object(entries), Type::Map(elem)) => {
            Json::Object(entries.iter().map(|(k, v)| (k.clone(), known_attributes(v, elem))).collect())
        }
        (Json::Array(items), Type::List(elem) | Type::Set(elem)) => {
            Json::Array(items.iter().map(|v| known_attributes(v, elem)).collect())
        }
        _ => json.clone(),
    }
}

/// Writes an object for the state. The value must be wholly known.
pub fn encode(object: &Object, schema: &Schema, addr: &ResourceInstance) -> Result<ObjectState, Diagnostic> {
    let paths = sensitive_paths(&object.value);
    let value = if paths.is_empty() && object.value.marks_deep().is_empty() {
        object.value.clone()
    } else {
        object.value.clone().unmark_deep().0
    };
    if let Some(path) = infinite(&value) {
        return Err(Diagnostic::error(
            "Value cannot be stored",
            format!("The attribute {path} is an infinite number, which a state cannot hold."),
        )
        .for_address(addr));
    }
    Ok(ObjectState {
        schema_version: schema.version,
        attributes: Arc::new(json::to_json_typed(&value, schema.block.implied_type())),
        flat: false,
        sensitive_paths: paths,
        status: object.status,
        private: object.private.clone(),
        dependencies: object.dependencies.clone(),
        create_before_destroy: object.create_before_destroy,
        identity: None,
        identity_schema_version: None,
    })
}

/// Where a value holds an infinite number.
pub fn infinite(value: &Value) -> Option<Path> {
    let mut found = None;
    value.walk(&mut |path, v| {
        if v.as_number().is_some_and(craton_model::Number::is_infinite) {
            found.get_or_insert_with(|| path.clone());
        }
        true
    });
    found
}

/// The places marked sensitive, outer ones before those inside of them.
pub fn sensitive_paths(value: &Value) -> Vec<Path> {
    let mut paths = Vec::new();
    if !value.marks_deep().contains(Marks::SENSITIVE) {
        return paths;
    }
    value.walk(&mut |path, v| {
        if v.marks().contains(Marks::SENSITIVE) {
            paths.push(path.clone());
        }
        // What is marked inside of a marked value stays so when it is taken out of it.
        true
    });
    paths
}

/// The same value with the sensitive mark at these places; where a path leads nowhere (any more)
/// the nearest place that is there gets it.
pub fn mark_paths(value: &Value, paths: &[Path]) -> Value {
    if paths.is_empty() {
        return value.clone();
    }
    let views: Vec<&[Step]> = paths.iter().map(|p| p.0.as_slice()).collect();
    mark_at(value, &views)
}

fn mark_at(value: &Value, paths: &[&[Step]]) -> Value {
    if paths.is_empty() {
        return value.clone();
    }
    if paths.iter().any(|p| p.is_empty()) {
        let inside: Vec<&[Step]> = paths.iter().copied().filter(|p| !p.is_empty()).collect();
        return mark_at(value, &inside).sensitive();
    }
    let under = |matches: &dyn Fn(&Step) -> bool| -> Vec<&[Step]> {
        paths.iter().filter(|p| matches(&p[0])).map(|p| &p[1..]).collect()
    };
    let marks = value.marks();
    let rebuilt = match value.data() {
        Data::Map(entries) => {
            let entries = entries.iter().map(|(k, v)| {
                let inner = under(&|s| match s {
                    Step::Attr(name) => name == k,
                    Step::Index(i) => i.as_str() == Some(k),
                });
                (k.clone(), mark_at(v, &inner))
            });
            Value::with_type(value.ty().clone(), Data::Map(entries.collect()))
        }
        Data::Seq(items) if !matches!(value.ty(), Type::Set(_)) => {
            let items = items.iter().enumerate().map(|(i, v)| {
                let inner =
                    under(&|s| matches!(s, Step::Index(n) if n.as_number().and_then(|n| n.to_usize()) == Some(i)));
                mark_at(v, &inner)
            });
            Value::with_type(value.ty().clone(), Data::Seq(items.collect()))
        }
        // An element of a set cannot be marked by itself, and what is not there cannot be either.
        Data::Seq(_) => value.clone().sensitive(),
        Data::Null | Data::Unknown(_) => value.clone().sensitive(),
        _ => value.clone(),
    };
    rebuilt.mark(marks)
}

/// The same value with what the schema declares sensitive marked.
pub fn mark_schema(value: &Value, block: &Block) -> Value {
    if value.is_null() || !value.is_known() || !block.has_sensitive() {
        return value.clone();
    }
    let mut paths = Vec::new();
    block_paths(value, block, &Path::default(), &mut paths);
    mark_paths(value, &paths)
}

fn block_paths(value: &Value, block: &Block, at: &Path, paths: &mut Vec<Path>) {
    for (name, attribute) in &block.attributes {
        if attribute.sensitive {
            paths.push(at.then_attr(name.clone()));
        } else if let (AttributeType::Nested(nesting, inner), Some(v)) = (&attribute.ty, value.get(name)) {
            let object = Block::new(inner.as_ref().clone(), Default::default());
            nested_paths(v, *nesting, &object, &at.then_attr(name.clone()), paths);
        }
    }
    for (name, nested) in block.blocks.iter().filter(|(_, b)| b.block.has_sensitive()) {
        if let Some(v) = value.get(name) {
            nested_paths(v, nested.nesting, &nested.block, &at.then_attr(name.clone()), paths);
        }
    }
}

fn nested_paths(value: &Value, nesting: Nesting, block: &Block, at: &Path, paths: &mut Vec<Path>) {
    match (nesting, value.data()) {
        (Nesting::Set, Data::Seq(_)) if block.has_sensitive() => paths.push(at.clone()),
        (_, Data::Seq(items)) => {
            for (i, v) in items.iter().enumerate() {
                block_paths(v, block, &at.then_index(Value::number(i)), paths);
            }
        }
        (Nesting::Map, Data::Map(entries)) => {
            for (k, v) in entries {
                block_paths(v, block, &at.then_index(Value::string(k.clone())), paths);
            }
        }
        (_, Data::Map(_)) => block_paths(value, block, at, paths),
        _ => {}
    }
}

/// The marks of one value on another of the same shape.
pub fn copy_marks(from: &Value, to: &Value) -> Value {
    mark_paths(to, &sensitive_paths(from))
}

/// The text by which people know an object: its `id`.
pub fn id_of(value: &Value) -> Option<String> {
    value.get("id").filter(|v| v.marks().is_empty()).and_then(Value::as_str).filter(|s| !s.is_empty()).map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_where_their_paths_lead() {
        let v = Value::object([
            ("a", Value::map(Type::String, [("k", Value::from("x")), ("l", Value::from("y"))])),
            ("s", Value::set(Type::String, [Value::from("z")])),
        ]);
        let paths = [Path::attr("a").then_index(Value::from("k")), Path::attr("s").then_index(Value::from("z"))];
        let marked = mark_paths(&v, &paths);
        let found: Vec<String> = sensitive_paths(&marked).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["a[\"k\"]", "s"]);
        assert_eq!(marked.unmark_deep().0, v);
    }
}
