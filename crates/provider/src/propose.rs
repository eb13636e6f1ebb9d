//! The proposed new object: the configuration merged with what the provider had set before.
//!
//! An attribute that the configuration leaves out keeps its prior value if the provider may set it
//! (`computed`), and is null otherwise
//! (<https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol>, `PlanResourceChange`).

use std::collections::BTreeMap;
use std::sync::Arc;

use craton_model::schema::{Attribute, AttributeType, Block, NestedBlock, Nesting};
use craton_model::{Data, Entries, Type, Value};

/// Merges a configuration with the prior object (null for a creation). Both must have the shape of
/// the block; so has the result, which carries no marks that its parts did not.
pub fn proposed(block: &Block, prior: &Value, config: &Value) -> Value {
    let Some(given) = config.as_map() else { return if config.is_null() { prior.clone() } else { config.clone() } };
    let mut out: Vec<(Arc<str>, Value)> = Vec::with_capacity(given.len());
    attributes(&block.attributes, prior, given, &mut out);
    for (name, nested) in &block.blocks {
        let Some(config) = given.get(name) else { continue };
        let null = Value::null(config.ty().clone());
        let prior = prior.get(name).unwrap_or(&null);
        out.push((name.clone(), nested_block(nested, prior, config)));
    }
    rebuilt(config.ty(), out)
}

/// An object of these attributes, sharing `ty` when it fits.
pub(crate) fn rebuilt(ty: &Type, entries: Vec<(Arc<str>, Value)>) -> Value {
    let fits = match ty {
        Type::Object(o) => {
            o.attributes.len() == entries.len() && entries.iter().all(|(k, v)| o.attributes.get(k) == Some(v.ty()))
        }
        _ => false,
    };
    if fits {
        Value::with_type(ty.clone(), Data::Map(entries.into_iter().collect::<Entries>()))
    } else {
        Value::object(entries)
    }
}

fn attributes(
    schema: &BTreeMap<Arc<str>, Attribute>,
    prior: &Value,
    given: &Entries,
    out: &mut Vec<(Arc<str>, Value)>,
) {
    for (name, attribute) in schema {
        let Some(config) = given.get(name) else { continue };
        let before = prior.get(name);
        let value = if attribute.write_only {
            Value::null(config.ty().clone())
        } else if attribute.computed && config.is_null() {
            match before {
                // A prior value that holds what only a configuration can set was configured, and no
                // longer is: the provider must not be told to keep it.
                Some(before) if !(attribute.optional && holds_configured(attribute, before)) => before.clone(),
                _ => config.clone(),
            }
        } else if let AttributeType::Nested(nesting, inner) = &attribute.ty {
            let null = Value::null(config.ty().clone());
            nested_attribute(*nesting, inner, before.unwrap_or(&null), config)
        } else {
            config.clone()
        };
        out.push((name.clone(), value));
    }
}

/// Whether a nested attribute's prior value sets something that is not computed.
fn holds_configured(attribute: &Attribute, prior: &Value) -> bool {
    let AttributeType::Nested(nesting, inner) = &attribute.ty else { return false };
    let object = |v: &Value| {
        inner.iter().any(|(name, a)| match v.get(name) {
            Some(v) if !v.is_null() => !a.computed || holds_configured(a, v),
            _ => false,
        })
    };
    match nesting {
        Nesting::Single | Nesting::Group => object(prior),
        _ => match prior.data() {
            Data::Seq(items) => items.iter().any(object),
            Data::Map(entries) => entries.iter().any(|(_, v)| object(v)),
            _ => false,
        },
    }
}

fn nested_block(nested: &NestedBlock, prior: &Value, config: &Value) -> Value {
    collection(
        nested.nesting,
        prior,
        config,
        &|prior, config| proposed(&nested.block, prior, config),
        &|prior, config| block_could_follow(&nested.block, prior, config),
    )
}

fn nested_attribute(nesting: Nesting, inner: &BTreeMap<Arc<str>, Attribute>, prior: &Value, config: &Value) -> Value {
    let merge = |prior: &Value, config: &Value| match config.as_map() {
        Some(given) => {
            let mut out = Vec::with_capacity(given.len());
            attributes(inner, prior, given, &mut out);
            rebuilt(config.ty(), out)
        }
        None => config.clone(),
    };
    collection(nesting, prior, config, &merge, &|prior, config| attributes_could_follow(inner, prior, config))
}

/// Merges element by element: by index, by key, and in sets with the first prior element that the
/// configured one could have led to.
fn collection(
    nesting: Nesting,
    prior: &Value,
    config: &Value,
    merge: &dyn Fn(&Value, &Value) -> Value,
    could_follow: &dyn Fn(&Value, &Value) -> bool,
) -> Value {
    if config.is_null() || !config.is_known() {
        return config.clone();
    }
    let merged = match (nesting, config.data()) {
        (Nesting::Single | Nesting::Group, _) => return merge(prior, config),
        (Nesting::Set, Data::Seq(items)) => {
            let before = prior.as_seq().unwrap_or(&[]);
            let mut used = vec![false; before.len()];
            let items = items.iter().map(|item| {
                let found = before.iter().enumerate().position(|(i, b)| !used[i] && could_follow(b, item));
                match found {
                    Some(i) => {
                        used[i] = true;
                        merge(&before[i], item)
                    }
                    None => merge(&Value::null(item.ty().clone()), item),
                }
            });
            let items: Vec<Value> = items.collect();
            let elem = config.ty().element().cloned().unwrap_or(Type::Dynamic);
            Value::set(elem, items)
        }
        (_, Data::Seq(items)) => {
            let before = prior.as_seq().unwrap_or(&[]);
            let items: Arc<[Value]> = items
                .iter()
                .enumerate()
                .map(|(i, item)| match before.get(i) {
                    Some(before) => merge(before, item),
                    None => merge(&Value::null(item.ty().clone()), item),
                })
                .collect();
            match config.ty() {
                Type::List(_) => Value::with_type(config.ty().clone(), Data::Seq(items)),
                _ => Value::tuple(items.iter().cloned()),
            }
        }
        (_, Data::Map(entries)) => {
            let merged: Vec<(Arc<str>, Value)> = entries
                .iter()
                .map(|(k, item)| {
                    let null = Value::null(item.ty().clone());
                    (k.clone(), merge(prior.get(k).unwrap_or(&null), item))
                })
                .collect();
            match config.ty() {
                Type::Map(_) => Value::with_type(config.ty().clone(), Data::Map(merged.into_iter().collect())),
                _ => Value::object(merged),
            }
        }
        _ => config.clone(),
    };
    merged.mark(config.marks())
}

/// Whether `prior` could have come from `config`: equal wherever the configuration sets something,
/// computed wherever it does not.
fn block_could_follow(block: &Block, prior: &Value, config: &Value) -> bool {
    if prior == config {
        return true;
    }
    if prior.is_null() || config.is_null() || !config.is_known() {
        return false;
    }
    attributes_could_follow(&block.attributes, prior, config)
        && block.blocks.iter().all(|(name, nested)| {
            let (Some(prior), Some(config)) = (prior.get(name), config.get(name)) else { return false };
            if prior == config {
                return true;
            }
            match (prior.data(), config.data()) {
                (Data::Seq(a), Data::Seq(b)) => {
                    a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| block_could_follow(&nested.block, a, b))
                }
                (Data::Map(a), Data::Map(b)) if matches!(nested.nesting, Nesting::Map) => {
                    a.len() == b.len()
                        && a.iter()
                            .zip(b.iter())
                            .all(|(a, b)| a.0 == b.0 && block_could_follow(&nested.block, &a.1, &b.1))
                }
                (Data::Map(_), Data::Map(_)) => block_could_follow(&nested.block, prior, config),
                _ => false,
            }
        })
}

fn attributes_could_follow(schema: &BTreeMap<Arc<str>, Attribute>, prior: &Value, config: &Value) -> bool {
    if prior == config {
        return true;
    }
    schema.iter().all(|(name, attribute)| match (prior.get(name), config.get(name)) {
        (Some(prior), Some(config)) => {
            prior == config
                || (config.is_null() && attribute.computed)
                || match (&attribute.ty, prior.data(), config.data()) {
                    (AttributeType::Nested(Nesting::Single, inner), Data::Map(_), Data::Map(_)) => {
                        attributes_could_follow(inner, prior, config)
                    }
                    (AttributeType::Nested(_, inner), Data::Seq(a), Data::Seq(b)) => {
                        a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| attributes_could_follow(inner, a, b))
                    }
                    _ => false,
                }
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(ty: Type, optional: bool, computed: bool) -> Attribute {
        Attribute { ty: AttributeType::Plain(ty), optional, computed, ..Attribute::default() }
    }

    fn rule() -> Block {
        let attributes =
            [("port", attribute(Type::Number, true, false)), ("rule_id", attribute(Type::String, false, true))];
        Block::new(attributes.map(|(k, v)| (k.into(), v)).into(), BTreeMap::new())
    }

    fn schema() -> Block {
        let attributes = [
            ("id", attribute(Type::String, false, true)),
            ("name", attribute(Type::String, true, false)),
            ("zone", attribute(Type::String, true, true)),
        ];
        let nested = |nesting| NestedBlock { nesting, block: Arc::new(rule()), min_items: 0, max_items: 0 };
        Block::new(
            attributes.map(|(k, v)| (k.into(), v)).into(),
            [("list".into(), nested(Nesting::List)), ("set".into(), nested(Nesting::Set))].into(),
        )
    }

    fn rules(of: &[(i64, Option<&str>)]) -> Vec<Value> {
        of.iter()
            .map(|(port, id)| {
                Value::object([
                    ("port", Value::from(*port)),
                    ("rule_id", id.map_or(Value::null(Type::String), Value::from)),
                ])
            })
            .collect()
    }

    fn object(
        id: Option<&str>,
        zone: Option<&str>,
        list: &[(i64, Option<&str>)],
        set: &[(i64, Option<&str>)],
    ) -> Value {
        let text = |s: Option<&str>| s.map_or(Value::null(Type::String), Value::from);
        let elem = rule().implied_type().clone();
        Value::object([
            ("id", text(id)),
            ("name", Value::from("n")),
            ("zone", text(zone)),
            ("list", Value::list(elem.clone(), rules(list))),
            ("set", Value::set(elem, rules(set))),
        ])
    }

    #[test]
    fn computed_values_are_kept_unless_configured() {
        let prior =
            object(Some("i"), Some("a"), &[(1, Some("r1")), (2, Some("r2"))], &[(1, Some("s1")), (2, Some("s2"))]);
        let config = object(None, None, &[(9, None), (2, None), (3, None)], &[(2, None), (3, None)]);
        let new = proposed(&schema(), &prior, &config);
        assert_eq!(new.get("id").unwrap().as_str(), Some("i"));
        assert_eq!(new.get("zone").unwrap().as_str(), Some("a"));
        let ids = |name: &str| -> Vec<Option<String>> {
            let items = new.get(name).unwrap().as_seq().unwrap();
            items.iter().map(|i| i.get("rule_id").unwrap().as_str().map(String::from)).collect()
        };
        assert_eq!(ids("list"), [Some("r1".into()), Some("r2".into()), None], "lists go by index");
        assert_eq!(ids("set"), [Some("s2".into()), None], "sets go by what could have led to the element");
    }

    #[test]
    fn creation_has_nothing_to_keep() {
        let config = object(None, Some("b"), &[], &[]);
        let new = proposed(&schema(), &Value::null(schema().implied_type().clone()), &config);
        assert!(new.get("id").unwrap().is_null());
        assert_eq!(new.get("zone").unwrap().as_str(), Some("b"));
        assert_eq!(new.ty(), schema().implied_type());
    }
}
