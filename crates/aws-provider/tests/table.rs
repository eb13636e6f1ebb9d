//! The table of declarations as a whole.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::collections::BTreeMap;

use craton_aws_provider::{AwsProviderFactory, TransportOptions, provider_schema, served};
use craton_model::addr::ResourceMode;
use craton_model::schema::{AttributeType, Block, Nesting, Schema};
use craton_model::{Type, Value};
use craton_provider::Factory;
use serde_json::Value as Json;

/// The schema of the AWS provider, where a file with it is at hand.
fn parity() -> Option<Json> {
    let Ok(folder) = std::env::var("CRATON_PARITY") else {
        println!("skipped: CRATON_PARITY does not name the folder with aws-schema-5.100.0.json");
        return None;
    };
    let text = std::fs::read_to_string(format!("{folder}/aws-schema-5.100.0.json")).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

fn compare(at: &str, block: &Block, judge: &Json, found: &mut Vec<String>) {
    let empty = serde_json::Map::new();
    let names = judge["attributes"].as_object().unwrap_or(&empty);
    for name in names.keys().filter(|n| !block.attributes.contains_key(n.as_str())) {
        found.push(format!("{at}.{name}: missing"));
    }
    for (name, a) in &block.attributes {
        let Some(j) = names.get(name.as_ref()) else {
            found.push(format!("{at}.{name}: not in the AWS provider"));
            continue;
        };
        let AttributeType::Plain(ty) = &a.ty else { panic!("{at}.{name} is nested") };
        if ty.to_json() != j["type"] {
            found.push(format!("{at}.{name}: type {} instead of {}", ty.to_json(), j["type"]));
        }
        let flag = |n: &str| j[n].as_bool().unwrap_or(false);
        let ours = (a.required, a.optional, a.computed, a.sensitive, a.deprecated.is_some());
        let theirs = (flag("required"), flag("optional"), flag("computed"), flag("sensitive"), flag("deprecated"));
        if ours != theirs {
            found.push(format!(
                "{at}.{name}: (required, optional, computed, sensitive, deprecated) {ours:?} instead of {theirs:?}"
            ));
        }
    }
    let blocks = judge["block_types"].as_object().unwrap_or(&empty);
    for name in blocks.keys().filter(|n| !block.blocks.contains_key(n.as_str())) {
        found.push(format!("{at}.{name}: missing block"));
    }
    for (name, b) in &block.blocks {
        let Some(j) = blocks.get(name.as_ref()) else {
            found.push(format!("{at}.{name}: no block in the AWS provider"));
            continue;
        };
        let nesting = match b.nesting {
            Nesting::Single => "single",
            Nesting::List => "list",
            Nesting::Set => "set",
            other => panic!("{other:?}"),
        };
        let n = |k: &str| usize::try_from(j[k].as_u64().unwrap_or(0)).unwrap();
        let (ours, theirs) =
            ((nesting, b.min_items, b.max_items), (j["nesting"].as_str().unwrap(), n("min_items"), n("max_items")));
        if ours != theirs {
            found.push(format!("{at}.{name}: (nesting, min, max) {ours:?} instead of {theirs:?}"));
        }
        compare(&format!("{at}.{name}"), &b.block, &j["block"], found);
    }
}

#[test]
fn schemas_are_those_of_the_aws_provider() {
    let Some(judge) = parity() else { return };
    let mut found = Vec::new();
    let mut missing = Vec::new();
    let schema = provider_schema();
    let mut each = |kind: &str, name: &str, s: &Schema| match judge[kind].get(name) {
        Some(j) => {
            if s.version != j["version"].as_u64().unwrap_or(0) {
                found.push(format!("{name}: version {} instead of {}", s.version, j["version"]));
            }
            compare(name, &s.block, j, &mut found);
        }
        None => missing.push(name.to_owned()),
    };
    schema.resources.iter().for_each(|(n, s)| each("resources", n, s));
    schema.data_sources.iter().for_each(|(n, s)| each("data_sources", n, s));
    compare("provider", &schema.provider.block, &judge["provider_config"], &mut found);
    println!("not judged: {}", missing.join(", "));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_argument_can_be_changed_or_replaces() {
    let mut found = Vec::new();
    for name in provider_schema().resources.keys() {
        let r = served(name).unwrap().resource;
        let mut covered: BTreeMap<&str, usize> = BTreeMap::new();
        for u in r.updates {
            for c in u.covers {
                assert!(r.attr(c).is_some(), "{name}: an update covers {c:?}, which is no attribute");
                *covered.entry(c).or_default() += 1;
            }
        }
        for a in r.attrs.iter().filter(|a| a.settable()) {
            if !a.replaces && !covered.contains_key(a.name) {
                found.push(format!("{name}.{}: neither replaces nor is covered by an update", a.name));
            }
            for other in a.conflicts.iter().chain(a.exactly_one_of).chain(a.required_with) {
                assert!(r.attr(other).is_some(), "{name}.{} names {other:?}, which is no attribute", a.name);
            }
        }
        let mut names: Vec<&str> = r.attrs.iter().map(|a| a.name).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all, "{name} declares an attribute twice");
        for (_, attribute) in r.key {
            assert!(*attribute == "id" || r.attr(attribute).is_some(), "{name}: key {attribute:?}");
        }
        for (_, attribute) in r.faults {
            assert!(r.attr(attribute).is_some(), "{name}: fault on {attribute:?}");
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn operations_are_in_the_api_models() {
    use craton_aws_provider::decl::{Create, Delete, Read, ReadTags, Run};
    for name in provider_schema().resources.keys() {
        let r = served(name).unwrap().resource;
        let service = craton_aws_api::service(r.service.id).unwrap_or_else(|e| panic!("{name}: {e}"));
        let mut ops: Vec<&str> = Vec::new();
        if let Create::Op { op, .. } = r.create {
            ops.push(op);
        }
        if let Delete::Op(op) = r.delete {
            ops.push(op);
        }
        match r.read {
            Read::One { op, .. } => ops.push(op),
            Read::Many(m) | Read::PerParent { parent: m, .. } => ops.push(m.op),
            Read::Sweep(s) => ops.push(s.op),
            Read::Hook => {}
        }
        for u in r.updates {
            if let Run::Op(op) | Run::Each(op) = u.run {
                ops.push(op);
            }
        }
        if let Some(t) = &r.tags {
            ops.extend([t.add, t.remove]);
            if let ReadTags::Op(op, _) | ReadTags::List(op, _, _) = t.read {
                ops.push(op);
            }
        }
        for op in ops {
            service.operation(op).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
    }
}

/// A block of which nothing is known: neither its arguments nor how many blocks there are in it. `given` is there.
fn open(block: &Block, given: Option<&str>) -> Value {
    let attributes = block.attributes.iter().map(|(name, a)| {
        let ty = a.value_type();
        let value = match a.required || a.optional {
            true if given == Some(name) => sample(&ty),
            true => Value::unknown(ty),
            false => Value::null(ty),
        };
        (name.clone(), value)
    });
    let blocks = block.blocks.iter().map(|(name, b)| {
        let ty = b.nesting.collection(b.block.implied_type().clone());
        let value = match (b.nesting, given == Some(name)) {
            (Nesting::Single, _) => Value::null(ty),
            (Nesting::Set, true) => Value::set(b.block.implied_type().clone(), [open(&b.block, None)]),
            (_, true) => Value::list(b.block.implied_type().clone(), [open(&b.block, None)]),
            (_, false) => Value::unknown(ty),
        };
        (name.clone(), value)
    });
    Value::object(attributes.chain(blocks))
}

fn sample(ty: &Type) -> Value {
    match ty {
        Type::Bool => Value::from(true),
        Type::Number => Value::from(1),
        Type::List(of) => Value::list((**of).clone(), [sample(of)]),
        Type::Set(of) => Value::set((**of).clone(), [sample(of)]),
        Type::Map(of) => Value::map((**of).clone(), [("k", sample(of))]),
        Type::String => Value::from("x"),
        other => Value::unknown(other.clone()),
    }
}

/// What is not known may turn out to be left out, so no rule on several arguments is broken yet, whichever one is given.
/// A module is validated that way, for all that could be given to it.
#[tokio::test]
async fn what_is_not_known_breaks_no_rule() {
    let provider = AwsProviderFactory::new(TransportOptions::default()).start().await.unwrap();
    let mut found = Vec::new();
    let schema = provider_schema();
    for (mode, types) in [(ResourceMode::Managed, &schema.resources), (ResourceMode::Data, &schema.data_sources)] {
        for (name, s) in types {
            let said = provider.validate_resource(mode, name, &open(&s.block, None)).await;
            found.extend(said.0.iter().map(|d| format!("{name}: {}", d.detail)));
            for given in s.block.attributes.keys().chain(s.block.blocks.keys()) {
                let said = provider.validate_resource(mode, name, &open(&s.block, Some(given))).await;
                let about_several = said.0.iter().filter(|d| {
                    d.summary.contains("onflict") || d.summary.contains("combination") || d.summary.contains("Missing")
                });
                found.extend(about_several.map(|d| format!("{name} with {given}: {}", d.detail)));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
