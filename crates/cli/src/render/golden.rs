//! Cases of `tests/golden/render` about one change of an object with a schema of its own (`change.json`): nested blocks
//! and attributes of every nesting, which no resource type has all of. With `CRATON_BLESS` set, `expected.txt` is
//! written anew.

use std::collections::BTreeMap;
use std::path::Path as File;
use std::sync::Arc;

use craton_config::ModuleTree;
use craton_model::addr::{InstanceKey, ModuleInstance, ProviderAddr, ProviderConfigAddr, Resource};
use craton_model::plan::{Action, ActionReason, ResourceChange};
use craton_model::schema::{Attribute, AttributeType, Block, NestedBlock, Nesting, ProviderSchema, Schema};
use craton_model::{Path, Plan, Type, Value, json};
use serde_json::Value as Json;

use super::plan::render;
use super::style::Style;

fn nesting(j: &Json) -> Nesting {
    match j.as_str() {
        Some("single") => Nesting::Single,
        Some("group") => Nesting::Group,
        Some("list") => Nesting::List,
        Some("set") => Nesting::Set,
        Some("map") => Nesting::Map,
        other => panic!("no nesting: {other:?}"),
    }
}

fn each(j: &Json) -> impl Iterator<Item = (Arc<str>, &Json)> {
    j.as_object().into_iter().flatten().map(|(k, v)| (Arc::from(k.as_str()), v))
}

fn attribute(j: &Json) -> Attribute {
    let flag = |name: &str| j[name] == true;
    let ty = match &j["nested_type"] {
        Json::Null => AttributeType::Plain(Type::from_json(&j["type"]).unwrap()),
        nested => AttributeType::Nested(
            nesting(&nested["nesting_mode"]),
            Arc::new(each(&nested["attributes"]).map(|(k, v)| (k, attribute(v))).collect()),
        ),
    };
    Attribute {
        ty,
        optional: true,
        sensitive: flag("sensitive"),
        write_only: flag("write_only"),
        ..Attribute::default()
    }
}

fn block(j: &Json) -> Block {
    let nested = |v: &Json| NestedBlock {
        nesting: nesting(&v["nesting_mode"]),
        block: Arc::new(block(&v["block"])),
        min_items: 0,
        max_items: 0,
    };
    Block::new(
        each(&j["attributes"]).map(|(k, v)| (k, attribute(v))).collect(),
        each(&j["block_types"]).map(|(k, v)| (k, nested(v))).collect(),
    )
}

/// Adds the nulls that a case leaves out.
fn filled(j: &Json, ty: &Type) -> Json {
    match (j, ty) {
        (Json::Null, _) => Json::Null,
        (Json::Object(o), Type::Object(t)) => {
            let get = |k: &Arc<str>| o.get(&**k).unwrap_or(&Json::Null);
            t.attributes
                .iter()
                .map(|(k, t)| (k.to_string(), filled(get(k), t)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        (Json::Object(o), Type::Map(t)) => {
            o.iter().map(|(k, v)| (k.clone(), filled(v, t))).collect::<serde_json::Map<_, _>>().into()
        }
        (Json::Array(a), Type::List(t) | Type::Set(t)) => a.iter().map(|v| filled(v, t)).collect(),
        _ => j.clone(),
    }
}

/// A text that stands for what is not known, wherever a type allows a text.
fn value(j: &Json, ty: &Type, unknown: &Json) -> Value {
    let v = json::from_json(&filled(j, ty), ty).unwrap();
    v.transform(&mut |path, v| {
        let marked = path.0.iter().try_fold(unknown, |j, step| match step {
            craton_model::Step::Attr(name) => j.get(&**name),
            craton_model::Step::Index(v) => {
                match (v.as_str(), v.as_number().and_then(craton_model::Number::to_usize)) {
                    (Some(k), _) => j.get(k),
                    (_, Some(i)) => j.get(i),
                    _ => None,
                }
            }
        });
        if marked == Some(&Json::Bool(true)) { Value::unknown(v.ty().clone()) } else { v }
    })
}

fn path(text: &str) -> Path {
    let steps = text.split('.').map(|s| match s.parse::<i64>() {
        Ok(i) => craton_model::Step::Index(Value::from(i)),
        Err(_) => craton_model::Step::Attr(s.into()),
    });
    Path(steps.collect())
}

fn text(case: &Json, style: &Style) -> String {
    let block = Arc::new(block(&case["schema"]));
    let ty = block.implied_type().clone();
    let none = Schema { version: 0, block: Arc::default() };
    let schema = ProviderSchema {
        provider: none,
        resources: [("test_thing".into(), Schema { version: 0, block })].into(),
        data_sources: BTreeMap::new(),
        ephemeral: BTreeMap::new(),
        functions: BTreeMap::new(),
    };
    let provider = ProviderAddr::new("example", "test");
    let (before, after) =
        (value(&case["before"], &ty, &Json::Null), value(&case["after"], &ty, &case["after_unknown"]));
    let replace: Vec<Path> =
        case["replace_paths"].as_array().into_iter().flatten().map(|p| path(p.as_str().unwrap())).collect();
    let action = match (before.is_null(), after.is_null()) {
        (true, _) => Action::Create,
        (_, true) => Action::Delete,
        _ if !replace.is_empty() => Action::DeleteThenCreate,
        _ => Action::Update,
    };
    let change = ResourceChange {
        addr: ModuleInstance::root().resource(Resource::managed("test_thing", "x")).instance(InstanceKey::None),
        deposed: None,
        previous_addr: None,
        provider: ProviderConfigAddr { module: Default::default(), provider: provider.clone(), alias: None },
        action,
        reason: ActionReason::None,
        before,
        after,
        replace_paths: replace,
        private: Vec::new().into(),
        importing: None,
        generated_config: None,
    };
    let plan = Plan { changes: vec![change], ..Plan::default() };
    render(&plan, &[(provider, Arc::new(schema))].into(), &ModuleTree::default(), style)
}

#[test]
fn changes_of_every_nesting() {
    let golden = File::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/render");
    let mut wrong = String::new();
    for entry in std::fs::read_dir(golden).unwrap().flatten() {
        let Ok(case) = std::fs::read_to_string(entry.path().join("change.json")) else { continue };
        let case: Json = serde_json::from_str(&case).unwrap();
        let style = match case["columns"].as_u64() {
            Some(n) => Style { color: false, width: (n as usize).min(120), fold: Some(n as usize) },
            None => Style { color: case["color"] == true, ..Style::PLAIN },
        };
        let (text, file) = (text(&case, &style), entry.path().join("expected.txt"));
        if std::env::var_os("CRATON_BLESS").is_some() {
            std::fs::write(&file, &text).unwrap();
        }
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        if expected != text {
            wrong += &format!("{} differs. Expected:\n{expected}\nThere is:\n{text}\n", file.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
