//! What a provider's answers must hold to: a plan keeps what is configured, a result keeps what was
//! planned.

use std::collections::BTreeMap;
use std::sync::Arc;

use craton_model::schema::{Attribute, AttributeType, Block, Nesting};
use craton_model::{Data, Path, Type, Value};

/// One way in which an answer breaks the rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Breach {
    /// Where.
    pub path: Path,
    /// What is wrong, lower case, no full stop; names no value of a sensitive attribute.
    pub message: String,
}

impl std::fmt::Display for Breach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.path.0.is_empty() { f.write_str(&self.message) } else { write!(f, ".{}: {}", self.path, self.message) }
    }
}

/// Checks the shape: `value` is an object with exactly the block's attributes, of their types. The
/// object itself may be null.
pub fn conforms(block: &Block, value: &Value) -> Vec<Breach> {
    let mut found = Vec::new();
    fits(block.implied_type(), value, &Path::default(), &mut found);
    found
}

fn fits(ty: &Type, value: &Value, path: &Path, found: &mut Vec<Breach>) {
    if value.ty() == ty || *ty == Type::Dynamic {
        return;
    }
    let wrong = |found: &mut Vec<Breach>| {
        found.push(Breach {
            path: path.clone(),
            message: format!("{} required, but got {}", ty.friendly(), value.ty().friendly()),
        });
    };
    match (ty, value.data()) {
        (_, Data::Null) if *value.ty() == Type::Dynamic || ty.has_dynamic() => {}
        (_, Data::Unknown(_)) if *value.ty() == Type::Dynamic || ty.has_dynamic() => {}
        (Type::Object(o), Data::Map(entries)) if matches!(value.ty(), Type::Object(_)) => {
            for (name, ty) in &o.attributes {
                match entries.get(name) {
                    Some(v) => fits(ty, v, &path.then_attr(name.clone()), found),
                    None => found.push(Breach { path: path.then_attr(name.clone()), message: "missing".into() }),
                }
            }
            for name in entries.keys().filter(|k| !o.attributes.contains_key(*k)) {
                found.push(Breach { path: path.then_attr(name.clone()), message: "not in the schema".into() });
            }
        }
        (Type::List(t) | Type::Set(t), Data::Seq(items)) if ty.has_dynamic() => {
            items.iter().for_each(|v| fits(t, v, path, found));
        }
        (Type::Map(t), Data::Map(entries)) if ty.has_dynamic() => {
            entries.iter().for_each(|(_, v)| fits(t, v, path, found));
        }
        _ => wrong(found),
    }
}

/// Checks a planned object against the configuration and the prior object (null for a creation):
/// what is configured must be planned (or stay as it was), and what is not may only be set if the
/// attribute is computed. `config` and `planned` are objects of the block.
pub fn plan_valid(block: &Block, prior: &Value, config: &Value, planned: &Value) -> Vec<Breach> {
    let mut found = Vec::new();
    if planned.is_null() != config.is_null() {
        let message =
            if planned.is_null() { "planned for deletion though configured" } else { "planned though not configured" };
        found.push(Breach { path: Path::default(), message: message.into() });
        return found;
    }
    block_valid(block, prior, config, planned, &Path::default(), &mut found);
    found
}

fn block_valid(block: &Block, prior: &Value, config: &Value, planned: &Value, path: &Path, found: &mut Vec<Breach>) {
    if !config.is_known() || config.is_null() {
        return;
    }
    if !planned.is_known() || planned.is_null() {
        found.push(Breach {
            path: path.clone(),
            message: "planned as absent or known after apply though the block is configured".into(),
        });
        return;
    }
    attributes_valid(&block.attributes, prior, config, planned, path, found);
    for (name, nested) in &block.blocks {
        let (Some(config), Some(planned)) = (config.get(name), planned.get(name)) else { continue };
        let path = path.then_attr(name.clone());
        let null = Value::null(config.ty().clone());
        let prior = prior.get(name).unwrap_or(&null);
        if planned == config || !config.is_known() {
            continue;
        }
        let mut each = |prior: &Value, config: &Value, planned: &Value, path: &Path, found: &mut Vec<Breach>| {
            block_valid(&nested.block, prior, config, planned, path, found);
        };
        elements_valid(nested.nesting, prior, config, planned, &path, found, &mut each);
    }
}

type EachElement<'a> = dyn FnMut(&Value, &Value, &Value, &Path, &mut Vec<Breach>) + 'a;

fn elements_valid(
    nesting: Nesting,
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &Path,
    found: &mut Vec<Breach>,
    each: &mut EachElement<'_>,
) {
    let mut lengths = |a: usize, b: usize| {
        let same = a == b;
        if !same {
            found.push(Breach { path: path.clone(), message: format!("{a} are configured, {b} are planned") });
        }
        same
    };
    match (nesting, config.data(), planned.data()) {
        (Nesting::Single | Nesting::Group, ..) => each(prior, config, planned, path, found),
        (_, _, Data::Unknown(_)) => {
            found.push(Breach {
                path: path.clone(),
                message: "known after apply, though its blocks are configured".into(),
            });
        }
        // Which planned element belongs to which configured one cannot be told where values are
        // still to come; the number must agree.
        (Nesting::Set, Data::Seq(c), Data::Seq(p)) => {
            if c.iter().all(Value::is_wholly_known) && p.iter().all(Value::is_wholly_known) {
                lengths(c.len(), p.len());
            }
        }
        (_, Data::Seq(c), Data::Seq(p)) => {
            if lengths(c.len(), p.len()) {
                let before = prior.as_seq().unwrap_or(&[]);
                for (i, (c, p)) in c.iter().zip(p.iter()).enumerate() {
                    let null = Value::null(c.ty().clone());
                    each(before.get(i).unwrap_or(&null), c, p, &path.then_index(Value::number(i)), found);
                }
            }
        }
        (_, Data::Map(c), Data::Map(p)) => {
            for (k, c) in c {
                let path = path.then_index(Value::string(k.clone()));
                match p.get(k) {
                    Some(p) => {
                        let null = Value::null(c.ty().clone());
                        each(prior.get(k).unwrap_or(&null), c, p, &path, found);
                    }
                    None => found.push(Breach { path, message: "configured, but not in the plan".into() }),
                }
            }
            for k in p.keys().filter(|k| c.get(k).is_none()) {
                found.push(Breach {
                    path: path.then_index(Value::string(k.clone())),
                    message: "in the plan, but not configured".into(),
                });
            }
        }
        _ => found.push(Breach {
            path: path.clone(),
            message: "planned as absent though configured, or the other way round".into(),
        }),
    }
}

fn attributes_valid(
    schema: &BTreeMap<Arc<str>, Attribute>,
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &Path,
    found: &mut Vec<Breach>,
) {
    for (name, attribute) in schema {
        let (Some(c), Some(p)) = (config.get(name), planned.get(name)) else { continue };
        let path = path.then_attr(name.clone());
        if attribute.write_only {
            if !p.is_null() {
                found.push(Breach { path, message: "a write-only attribute must be null in the plan".into() });
            }
            continue;
        }
        if p == c || (attribute.computed && c.is_null()) {
            continue;
        }
        let before = prior.get(name);
        // What is there already may be another spelling of what is configured.
        if before.is_some_and(|b| b == p && !b.is_null()) && !c.is_null() {
            continue;
        }
        if let AttributeType::Nested(nesting, inner) = &attribute.ty
            && !c.is_null()
            && c.is_known()
        {
            let null = Value::null(c.ty().clone());
            let mut each = |prior: &Value, c: &Value, p: &Value, path: &Path, found: &mut Vec<Breach>| {
                if c.is_known() && !c.is_null() {
                    attributes_valid(inner, prior, c, p, path, found);
                }
            };
            elements_valid(*nesting, before.unwrap_or(&null), c, p, &path, found, &mut each);
            continue;
        }
        let show = |v: &Value| if attribute.sensitive { "a sensitive value".to_owned() } else { format!("{v:?}") };
        let message = if !attribute.computed && c.is_null() {
            format!("planned value {} for an attribute that is not computed", show(p))
        } else {
            let from = before.map_or(String::new(), |b| format!(" nor the prior value {}", show(b)));
            format!("planned value {} matches neither the configured value {}{from}", show(p), show(c))
        };
        found.push(Breach { path, message });
    }
}

/// Checks that what came out (`actual`) is what was planned wherever that was known. Used twice: on
/// the result of an apply, and on the plan made again once all values are known.
pub fn follows_plan(block: &Block, planned: &Value, actual: &Value) -> Vec<Breach> {
    let mut found = Vec::new();
    follows_block(block, planned, actual, &Path::default(), &mut found);
    found
}

fn absence(planned: &Value, actual: &Value, path: &Path, found: &mut Vec<Breach>) -> bool {
    let message = match (planned.is_null(), actual.is_null()) {
        (true, true) => return true,
        (false, false) => return false,
        (true, false) => "planned as null, came out with a value",
        (false, true) if !planned.is_known() && !planned.is_not_null() => return true,
        (false, true) => "planned with a value, came out as null",
    };
    found.push(Breach { path: path.clone(), message: message.into() });
    true
}

fn follows_block(block: &Block, planned: &Value, actual: &Value, path: &Path, found: &mut Vec<Breach>) {
    if planned == actual || absence(planned, actual, path, found) || !planned.is_known() || !actual.is_known() {
        return;
    }
    for (name, attribute) in &block.attributes {
        let (Some(p), Some(a)) = (planned.get(name), actual.get(name)) else { continue };
        if p == a || attribute.write_only {
            continue;
        }
        let before = found.len();
        follows_value(p, a, &path.then_attr(name.clone()), found);
        if attribute.sensitive && found.len() > before {
            found.truncate(before);
            found.push(Breach {
                path: path.then_attr(name.clone()),
                message: "the value (sensitive) is not the one planned".into(),
            });
        }
    }
    for (name, nested) in &block.blocks {
        let (Some(p), Some(a)) = (planned.get(name), actual.get(name)) else { continue };
        let path = path.then_attr(name.clone());
        if p == a || !p.is_known() {
            continue;
        }
        match (nested.nesting, p.data(), a.data()) {
            (Nesting::Single | Nesting::Group, ..) => follows_block(&nested.block, p, a, &path, found),
            (Nesting::Set, Data::Seq(_), Data::Seq(_)) => follows_value(p, a, &path, found),
            (_, Data::Seq(p), Data::Seq(a)) => {
                if p.len() != a.len() {
                    let message = format!("{} blocks were planned, {} came out", p.len(), a.len());
                    found.push(Breach { path, message });
                    continue;
                }
                for (i, (p, a)) in p.iter().zip(a.iter()).enumerate() {
                    follows_block(&nested.block, p, a, &path.then_index(Value::number(i)), found);
                }
            }
            (_, Data::Map(p), Data::Map(a)) => {
                for (k, p) in p {
                    let path = path.then_index(Value::string(k.clone()));
                    match a.get(k) {
                        Some(a) => follows_block(&nested.block, p, a, &path, found),
                        None => {
                            found.push(Breach { path, message: "this block was planned, and did not come out".into() })
                        }
                    }
                }
                for k in a.keys().filter(|k| p.get(k).is_none()) {
                    let path = path.then_index(Value::string(k.clone()));
                    found.push(Breach { path, message: "this block was not planned".into() });
                }
            }
            _ => {
                absence(p, a, &path, found);
            }
        }
    }
}

fn follows_value(planned: &Value, actual: &Value, path: &Path, found: &mut Vec<Breach>) {
    if planned == actual {
        return;
    }
    if !planned.is_known() {
        if !keeps_refinement(planned, actual) {
            found.push(Breach {
                path: path.clone(),
                message: format!("final value {actual:?} breaks what was promised of it in the plan"),
            });
        }
        return;
    }
    if absence(planned, actual, path, found) || !actual.is_known() {
        if !actual.is_known() {
            found.push(Breach {
                path: path.clone(),
                message: "was known in the plan, and now is known after apply".into(),
            });
        }
        return;
    }
    match (planned.data(), actual.data(), planned.ty()) {
        (Data::Seq(p), Data::Seq(a), Type::Set(_)) => {
            if p.iter().all(Value::is_wholly_known) && a.iter().all(Value::is_wholly_known) && p.len() != a.len() {
                found.push(Breach {
                    path: path.clone(),
                    message: format!("{} elements were planned, {} came out", p.len(), a.len()),
                });
            }
            let fits = |p: &Value, a: &Value| {
                let mut breaches = Vec::new();
                follows_value(p, a, path, &mut breaches);
                breaches.is_empty()
            };
            for p in p.iter() {
                if !a.iter().any(|a| p == a || fits(p, a)) {
                    found.push(Breach {
                        path: path.clone(),
                        message: format!("the element {p:?} was planned, and did not come out"),
                    });
                }
            }
            for a in a.iter() {
                if !p.iter().any(|p| p == a || fits(p, a)) {
                    found.push(Breach { path: path.clone(), message: format!("the element {a:?} was not planned") });
                }
            }
        }
        (Data::Seq(p), Data::Seq(a), _) => {
            for (i, (p, a)) in p.iter().zip(a.iter()).enumerate() {
                follows_value(p, a, &path.then_index(Value::number(i)), found);
            }
            for i in a.len()..p.len() {
                found.push(Breach {
                    path: path.then_index(Value::number(i)),
                    message: "this element was planned, and did not come out".into(),
                });
            }
            for i in p.len()..a.len() {
                found.push(Breach {
                    path: path.then_index(Value::number(i)),
                    message: "this element was not planned".into(),
                });
            }
        }
        (Data::Map(p), Data::Map(a), ty) => {
            let step = |k: &Arc<str>| match ty {
                Type::Map(_) => path.then_index(Value::string(k.clone())),
                _ => path.then_attr(k.clone()),
            };
            for (k, p) in p {
                match a.get(k) {
                    Some(a) => follows_value(p, a, &step(k), found),
                    None => found.push(Breach {
                        path: step(k),
                        message: "this element was planned, and did not come out".into(),
                    }),
                }
            }
            for k in a.keys().filter(|k| p.get(k).is_none()) {
                found.push(Breach { path: step(k), message: "this element was not planned".into() });
            }
        }
        _ => found.push(Breach { path: path.clone(), message: format!("planned {planned:?}, came out {actual:?}") }),
    }
}

/// Whether a value keeps what an unknown's refinement promised.
fn keeps_refinement(planned: &Value, actual: &Value) -> bool {
    let Some(r) = planned.refinement() else { return true };
    if actual.is_null() {
        return !r.not_null;
    }
    if !actual.is_known() {
        return true;
    }
    let prefix = match (&r.prefix, actual.as_str()) {
        (Some(prefix), Some(s)) => s.starts_with(prefix.as_ref()),
        _ => true,
    };
    let at_least = match (&r.min, actual.as_number()) {
        (Some((min, inclusive)), Some(n)) => n > min || (*inclusive && n == min),
        _ => true,
    };
    let at_most = match (&r.max, actual.as_number()) {
        (Some((max, inclusive)), Some(n)) => n < max || (*inclusive && n == max),
        _ => true,
    };
    let length = actual.len().is_none_or(|n| r.min_len.is_none_or(|m| n >= m) && r.max_len.is_none_or(|m| n <= m));
    prefix && at_least && at_most && length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Block {
        let a = |ty, optional, computed| Attribute {
            ty: AttributeType::Plain(ty),
            optional,
            computed,
            ..Attribute::default()
        };
        Block::new(
            [
                ("id".into(), a(Type::String, false, true)),
                ("name".into(), a(Type::String, true, false)),
                ("secret".into(), Attribute { sensitive: true, ..a(Type::String, true, true) }),
            ]
            .into(),
            BTreeMap::new(),
        )
    }

    fn object(id: Value, name: Value, secret: Value) -> Value {
        Value::object([("id", id), ("name", name), ("secret", secret)])
    }

    fn null() -> Value {
        Value::null(Type::String)
    }

    #[test]
    fn a_plan_keeps_what_is_configured() {
        let config = object(null(), Value::from("a"), Value::from("s"));
        let none = Value::null(schema().implied_type().clone());
        let ok = object(Value::unknown(Type::String), Value::from("a"), Value::from("s"));
        assert_eq!(plan_valid(&schema(), &none, &config, &ok), []);
        let bad = object(Value::from("i"), Value::from("b"), Value::from("other"));
        let found: Vec<String> = plan_valid(&schema(), &none, &config, &bad).iter().map(Breach::to_string).collect();
        assert_eq!(
            found,
            [
                r#".name: planned value "b" matches neither the configured value "a""#,
                ".secret: planned value a sensitive value matches neither the configured value a sensitive value",
            ]
        );
        let prior = object(Value::from("i"), Value::from("b"), Value::from("other"));
        assert_eq!(plan_valid(&schema(), &prior, &config, &bad), [], "what was there may stay");
        let unset = object(null(), null(), null());
        let found = plan_valid(&schema(), &none, &unset, &object(null(), Value::from("x"), Value::from("y")));
        assert_eq!(found.len(), 1, "only name is not computed");
    }

    #[test]
    fn a_result_keeps_what_was_planned() {
        let refined = Value::refined(Type::String, craton_model::Refinement { not_null: true, ..Default::default() });
        let planned = object(refined, Value::from("a"), Value::from("s"));
        let ok = object(Value::from("i"), Value::from("a"), Value::from("s"));
        assert_eq!(follows_plan(&schema(), &planned, &ok), []);
        let bad = object(null(), Value::from("b"), Value::from("t"));
        let found: Vec<String> = follows_plan(&schema(), &planned, &bad).iter().map(Breach::to_string).collect();
        assert_eq!(
            found,
            [
                ".id: final value null(string) breaks what was promised of it in the plan",
                r#".name: planned "a", came out "b""#,
                ".secret: the value (sensitive) is not the one planned",
            ]
        );
        let gone = Value::null(schema().implied_type().clone());
        assert_eq!(follows_plan(&schema(), &planned, &gone)[0].message, "planned with a value, came out as null");
    }

    #[test]
    fn shape() {
        assert_eq!(conforms(&schema(), &Value::object([("id", Value::from(1))])).len(), 3);
    }
}
