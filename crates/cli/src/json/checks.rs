//! Results of checks as `show -json` prints those of a state
//! (<https://developer.hashicorp.com/terraform/internals/json-format#checks-representation>). A state file holds
//! addresses as text; the format wants their parts.

use craton_model::addr::{InstanceKey, ModuleInstance, ResourceInstance};
use serde_json::{Map, Value as Json, json};

use super::mode_name;

/// The `check_results` of a state file in the form of the format.
pub fn of_state(results: &Json) -> Json {
    entries(results).iter().map(block).collect()
}

fn entries(list: &Json) -> &[Json] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn block(entry: &Json) -> Json {
    let kind = match entry["object_kind"].as_str().unwrap_or_default() {
        "output" => "output_value",
        other => other,
    };
    let mut m = Map::new();
    m.insert("address".into(), config_address(kind, entry["config_addr"].as_str().unwrap_or_default()));
    m.insert("status".into(), entry["status"].clone());
    let instances: Vec<Json> = entries(&entry["objects"]).iter().map(|o| instance(kind, o)).collect();
    if !instances.is_empty() {
        m.insert("instances".into(), Json::Array(instances));
    }
    Json::Object(m)
}

fn config_address(kind: &str, text: &str) -> Json {
    let mut m = Map::from_iter([("kind".to_owned(), kind.into()), ("to_display".to_owned(), text.into())]);
    let module = if kind == "resource" {
        ResourceInstance::parse(text).map(|addr| {
            m.insert("mode".into(), mode_name(addr.resource.mode).into());
            m.insert("type".into(), addr.resource.r#type.as_ref().into());
            m.insert("name".into(), addr.resource.name.as_ref().into());
            addr.module
        })
    } else {
        named(text).map(|(module, name)| {
            m.insert("name".into(), name.into());
            module
        })
    };
    if let Some(module) = module.filter(|m| !m.is_root()) {
        m.insert("module".into(), module.to_string().into());
    }
    Json::Object(m)
}

fn instance(kind: &str, object: &Json) -> Json {
    let text = object["object_addr"].as_str().unwrap_or_default();
    let mut addr = Map::from_iter([("to_display".to_owned(), text.into())]);
    let module = if kind == "resource" {
        ResourceInstance::parse(text).map(|a| {
            match a.key {
                InstanceKey::None => {}
                InstanceKey::Int(i) => drop(addr.insert("instance_key".into(), i.into())),
                InstanceKey::Str(s) => drop(addr.insert("instance_key".into(), s.as_ref().into())),
            }
            a.module
        })
    } else {
        named(text).map(|(module, _)| module)
    };
    if let Some(module) = module.filter(|m| !m.is_root()) {
        addr.insert("module".into(), module.to_string().into());
    }
    let mut m = Map::from_iter([("address".to_owned(), Json::Object(addr))]);
    m.insert("status".into(), object["status"].clone());
    let problems = entries(&object["failure_messages"]);
    if !problems.is_empty() {
        m.insert("problems".into(), problems.iter().map(|p| json!({"message": p})).collect());
    }
    Json::Object(m)
}

/// The module and the name of `module.a["x"].output.b`. Names hold no dots, keys may.
fn named(text: &str) -> Option<(ModuleInstance, &str)> {
    let (rest, name) = text.rsplit_once('.')?;
    match rest.rsplit_once('.') {
        Some((module, _)) => Some((ModuleInstance::parse(module)?, name)),
        None => Some((ModuleInstance::root(), name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_their_parts() {
        let results = json!([
            {"object_kind": "resource", "config_addr": "module.a.data.t.n", "status": "fail", "objects": [
                {"object_addr": "module.a[\"x.y\"].data.t.n[0]", "status": "fail", "failure_messages": ["no"]},
            ]},
            {"object_kind": "output", "config_addr": "module.a.output.o", "status": "unknown", "objects": null},
            {"object_kind": "var", "config_addr": "var.v", "status": "pass", "objects": [
                {"object_addr": "var.v", "status": "pass"},
            ]},
        ]);
        assert_eq!(
            of_state(&results),
            json!([
                {
                    "address": {"kind": "resource", "mode": "data", "module": "module.a", "name": "n",
                        "to_display": "module.a.data.t.n", "type": "t"},
                    "status": "fail",
                    "instances": [{
                        "address": {"instance_key": 0, "module": "module.a[\"x.y\"]",
                            "to_display": "module.a[\"x.y\"].data.t.n[0]"},
                        "status": "fail", "problems": [{"message": "no"}],
                    }],
                },
                {"address": {"kind": "output_value", "module": "module.a", "name": "o",
                    "to_display": "module.a.output.o"}, "status": "unknown"},
                {"address": {"kind": "var", "name": "v", "to_display": "var.v"}, "status": "pass",
                    "instances": [{"address": {"to_display": "var.v"}, "status": "pass"}]},
            ])
        );
    }
}
