//! State files of versions 1 to 3, which Terraform before 0.12 wrote, as version 4.
//!
//! What they hold: modules with a path, outputs, and resources under keys such as `aws_subnet.a.0`, each with one primary
//! object, deposed ones, and attributes as a flat map of text. Dependencies are not taken over, as Terraform does not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// The file as version 4. The error continues "... is not a state file: ".
pub fn upgrade(file: Json) -> Result<Json, String> {
    let version = file["version"].as_u64().unwrap_or_default();
    let mut outputs = Map::new();
    // By module, mode, type and name; their instances may stand apart in the file.
    let mut resources: BTreeMap<(String, String, String, String), Json> = BTreeMap::new();
    for module in list(&file["modules"], "modules")? {
        let path = module_path(&module["path"])?;
        if path.is_empty() {
            for (name, output) in entries(&module["outputs"], "outputs")? {
                outputs.insert(name.clone(), upgraded_output(output, version));
            }
        }
        for (key, resource) in entries(&module["resources"], "resources")? {
            let (mode, ty, name, index) = address(key)?;
            let entry = resources.entry((path.clone(), mode.into(), ty.into(), name.into())).or_insert_with(|| {
                let mut entry = json!({ "mode": mode, "type": ty, "name": name, "instances": [] });
                if !path.is_empty() {
                    entry["module"] = json!(path);
                }
                entry["provider"] = json!(provider(resource["provider"].as_str().unwrap_or_default(), ty, &path));
                entry
            });
            if let Some(instances) = entry["instances"].as_array_mut() {
                add_instances(instances, resource, index, version).map_err(|e| format!("resource {key} {e}"))?;
            }
        }
    }
    let text = |name: &str| file[name].as_str().unwrap_or_default().to_owned();
    Ok(json!({
        "version": 4,
        "terraform_version": text("terraform_version"),
        "serial": file["serial"].as_u64().unwrap_or_default(),
        "lineage": text("lineage"),
        "outputs": outputs,
        "resources": resources.into_values().collect::<Vec<_>>(),
    }))
}

fn list<'a>(json: &'a Json, what: &str) -> Result<&'a [Json], String> {
    match json {
        Json::Null => Ok(&[]),
        Json::Array(items) => Ok(items),
        _ => Err(format!("its {what:?} is no list")),
    }
}

fn entries<'a>(json: &'a Json, what: &str) -> Result<Vec<(&'a String, &'a Json)>, String> {
    match json {
        Json::Null => Ok(Vec::new()),
        Json::Object(all) => Ok(all.iter().collect()),
        _ => Err(format!("{what:?} of a module is no object")),
    }
}

/// `["root", "a", "b"]` as `module.a.module.b`.
fn module_path(path: &Json) -> Result<String, String> {
    let bad = || format!("it has the unreadable module path {path}");
    let steps: Vec<&str> = list(path, "path")?.iter().filter_map(Json::as_str).collect();
    match steps.split_first() {
        Some((&"root", names)) => Ok(names.iter().map(|n| format!("module.{n}")).collect::<Vec<_>>().join(".")),
        _ => Err(bad()),
    }
}

/// Mode, type, name and index of `TYPE.NAME`, `TYPE.NAME.INDEX` and the same with `data.` before it.
fn address(key: &str) -> Result<(&str, &str, &str, Option<u64>), String> {
    let bad = || format!("it has the unreadable resource key {key:?}");
    let (mode, rest) = key.strip_prefix("data.").map_or(("managed", key), |rest| ("data", rest));
    let parts: Vec<&str> = rest.split('.').collect();
    match parts.as_slice() {
        [ty, name] => Ok((mode, ty, name, None)),
        [ty, name, index] => Ok((mode, ty, name, Some(index.parse().map_err(|_| bad())?))),
        _ => Err(bad()),
    }
}

/// The provider configuration: `provider.aws`, `aws.west`, `module.a.provider.aws`, or nothing, which means the one that the
/// type's name begins with, in the resource's own module.
fn provider(text: &str, ty: &str, module: &str) -> String {
    let (module, rest) = match text {
        "" => (module, ""),
        _ => match text.rfind("provider.") {
            Some(at) => (text[..at].trim_end_matches('.'), &text[at + "provider.".len()..]),
            None => ("", text),
        },
    };
    let implied = ty.split('_').next().unwrap_or(ty);
    let mut parts = rest.split('.').filter(|p| !p.is_empty());
    let name = parts.next().unwrap_or(implied);
    let source = craton_model::addr::ProviderAddr::implied(name);
    let alias = parts.next().map_or(String::new(), |alias| format!(".{alias}"));
    let module = if module.is_empty() { String::new() } else { format!("{module}.") };
    format!("{module}provider[\"{source}\"]{alias}")
}

/// An output: of version 1 its text alone. Lists and maps of text are lists and maps, anything else what its JSON is.
fn upgraded_output(output: &Json, version: u64) -> Json {
    let (value, ty, sensitive) = match output {
        Json::Object(o) if version > 1 => (
            o.get("value").cloned().unwrap_or_default(),
            o.get("type").and_then(Json::as_str).unwrap_or_default(),
            o.get("sensitive").and_then(Json::as_bool).unwrap_or_default(),
        ),
        other => (other.clone(), "", false),
    };
    let ty = match (ty, &value) {
        ("list", Json::Array(items)) if !items.is_empty() && items.iter().all(Json::is_string) => {
            json!(["list", "string"])
        }
        ("map", Json::Object(all)) if !all.is_empty() && all.values().all(Json::is_string) => json!(["map", "string"]),
        _ => craton_model::json::from_json_implied(&value).ty().to_json(),
    };
    json!({ "value": value, "type": ty, "sensitive": sensitive })
}

fn add_instances(to: &mut Vec<Json>, resource: &Json, index: Option<u64>, version: u64) -> Result<(), String> {
    if !resource["primary"].is_null() {
        to.push(instance(&resource["primary"], index, version)?);
    }
    for (n, deposed) in list(&resource["deposed"], "deposed")?.iter().enumerate() {
        let mut object = instance(deposed, index, version)?;
        // They had no keys.
        object["deposed"] = json!(format!("{:08x}", n + 1));
        to.push(object);
    }
    Ok(())
}

fn instance(object: &Json, index: Option<u64>, version: u64) -> Result<Json, String> {
    let mut flat: Map<String, Json> = object["attributes"].as_object().cloned().unwrap_or_default();
    flat.sort_keys();
    if let Some(bad) = flat.iter().find(|(_, v)| !v.is_string()) {
        return Err(format!("has an attribute {:?} that is no text", bad.0));
    }
    match &object["id"] {
        Json::String(id) => {
            flat.entry("id").or_insert_with(|| json!(id));
        }
        Json::Null => {}
        _ => return Err("has an id that is no text".into()),
    }
    if version < 3 {
        maps_apart(&mut flat);
    }
    let mut meta = object["meta"].as_object().cloned().unwrap_or_default();
    let schema_version = match meta.remove("schema_version") {
        Some(Json::String(text)) => text.parse().map_err(|_| format!("has the unreadable schema version {text:?}"))?,
        Some(other) => other.as_u64().unwrap_or_default(),
        None => 0,
    };
    let mut out = json!({ "schema_version": schema_version, "attributes_flat": flat });
    if let Some(index) = index {
        out["index_key"] = json!(index);
    }
    if object["tainted"] == json!(true) {
        out["status"] = json!("tainted");
    }
    if !meta.is_empty() {
        out["private"] = json!(BASE64.encode(Json::Object(meta).to_string()));
    }
    Ok(out)
}

/// Before version 3 maps were counted with `#`, as lists are: it is one where a key is no number. What had no elements is left
/// out.
fn maps_apart(flat: &mut Map<String, Json>) {
    let counted: Vec<String> = flat.keys().filter_map(|k| k.strip_suffix(".#")).map(str::to_owned).collect();
    for name in counted {
        let prefix = format!("{name}.");
        let keys = || flat.keys().filter_map(|k| k.strip_prefix(&prefix)).filter(|k| *k != "#");
        let numbered = |k: &str| k.split('.').next().is_some_and(|first| first.parse::<u64>().is_ok());
        let (empty, is_map) = (keys().next().is_none(), keys().any(|k| !numbered(k)));
        if !empty && !is_map {
            continue;
        }
        if let Some(count) = flat.remove(&format!("{name}.#")).filter(|_| is_map) {
            flat.insert(format!("{name}.%"), count);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tfstate::{parse, render};

    const THREE: &str = r#"{
      "version": 3, "terraform_version": "0.11.14", "serial": 5, "lineage": "0b7f1f0e",
      "modules": [
        {"path": ["root"],
         "outputs": {"text": {"type": "string", "value": "x"}, "names": {"sensitive": true, "type": "list", "value": ["a"]},
                     "none": {"type": "list", "value": []}},
         "resources": {
           "aws_subnet.a.1": {"type": "aws_subnet", "depends_on": ["aws_vpc.main"], "provider": "provider.aws.west",
             "primary": {"id": "s-1", "attributes": {"tags.%": "1", "tags.Name": "x"}, "tainted": true,
                         "meta": {"schema_version": "1", "timeouts": {"create": 6}}},
             "deposed": [{"id": "s-0", "attributes": {"id": "s-0"}}]},
           "data.terraform_remote_state.r": {"primary": {"id": "now"}, "provider": "provider.terraform"}}},
        {"path": ["root", "net", "deep"], "outputs": {"lost": {"type": "string", "value": "x"}},
         "resources": {"aws_eip.x": {"type": "aws_eip", "primary": {"id": "e-1", "attributes": {"vpc": "true"}}}}}
      ]}"#;

    #[test]
    fn version_3_becomes_version_4() {
        let text = String::from_utf8(render(&parse(THREE.as_bytes(), "here").unwrap()).unwrap()).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((json["version"].as_u64(), json["serial"].as_u64()), (Some(4), Some(5)));
        assert_eq!(
            json["outputs"],
            serde_json::json!({
                "names": {"value": ["a"], "type": ["list", "string"], "sensitive": true},
                "none": {"value": [], "type": ["tuple", []]},
                "text": {"value": "x", "type": "string"},
            })
        );
        let resources = json["resources"].as_array().unwrap();
        let of = |name: &str| resources.iter().find(|r| r["name"] == name).unwrap();
        assert_eq!(of("r")["provider"], "provider[\"terraform.io/builtin/terraform\"]");
        assert_eq!(of("x")["module"], "module.net.module.deep");
        let own = "module.net.module.deep.provider[\"registry.terraform.io/hashicorp/aws\"]";
        assert_eq!(of("x")["provider"], own);
        let subnet = of("a");
        assert_eq!(subnet["provider"], "provider[\"registry.terraform.io/hashicorp/aws\"].west");
        let (now, before) = (&subnet["instances"][0], &subnet["instances"][1]);
        assert_eq!((&now["index_key"], &now["status"]), (&1.into(), &"tainted".into()));
        assert_eq!(now["schema_version"], 1);
        assert_eq!(now["attributes_flat"], serde_json::json!({"id": "s-1", "tags.%": "1", "tags.Name": "x"}));
        assert!(now.get("attributes").is_none() && now["private"].is_string());
        assert_eq!(before["deposed"], "00000001");
        // What was written is read again.
        let mut read = parse(text.as_bytes(), "here").unwrap();
        read.terraform_version = "0.11.14".into();
        assert_eq!(read, parse(THREE.as_bytes(), "here").unwrap());
    }

    #[test]
    fn versions_1_and_2_count_maps_as_lists() {
        for (version, output) in [(1, r#""x""#), (2, r#"{"type": "string", "value": "x"}"#)] {
            let text = format!(
                r#"{{"version": {version}, "serial": 1, "modules": [{{"path": ["root"], "outputs": {{"o": {output}}}, "resources": {{
                  "aws_vpc.main": {{"primary": {{"id": "v", "attributes": {{"tags.#": "1", "tags.A.B": "r", "set.#": "1",
                  "set.123": "x", "none.#": "0", "deep.0.m.#": "1", "deep.0.m.k": "v", "deep.#": "1"}}}}}}}}}}]}}"#
            );
            let state = parse(text.as_bytes(), "here").unwrap();
            assert_eq!(state.outputs["o"].value, craton_model::Value::from("x"));
            let object = state.resources.values().next().unwrap().instances.values().next().unwrap();
            let flat = &object.current.as_ref().unwrap().attributes;
            let expected = serde_json::json!({
                "id": "v", "tags.%": "1", "tags.A.B": "r", "set.#": "1", "set.123": "x",
                "deep.#": "1", "deep.0.m.%": "1", "deep.0.m.k": "v",
            });
            assert_eq!(**flat, expected);
        }
    }

    #[test]
    fn what_is_unreadable_says_what() {
        let say = |modules: &str| {
            let text = format!(r#"{{"version": 3, "modules": {modules}}}"#);
            parse(text.as_bytes(), "x.tfstate").unwrap_err().detail
        };
        assert!(say(r#"[{"path": ["x"]}]"#).contains("module path"));
        assert!(say(r#"[{"path": ["root"], "resources": {"aws_vpc": {}}}]"#).contains("resource key \"aws_vpc\""));
        let id = say(r#"[{"path": ["root"], "resources": {"aws_vpc.a": {"primary": {"id": 5}}}}]"#);
        assert!(id.contains("aws_vpc.a has an id"), "{id}");
        assert!(parse(br#"{"version": 3}"#, "x").unwrap().resources.is_empty());
    }
}
