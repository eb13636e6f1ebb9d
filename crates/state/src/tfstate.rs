//! State files, version 4: <https://developer.hashicorp.com/terraform/language/state>.
//!
//! Written as Terraform writes them (two spaces, its order of keys), so that the two can take
//! turns on one file and a diff shows what changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::older;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use craton_model::addr::{
    AbsResource, ConfigResource, InstanceKey, ModuleInstance, ProviderAddr, ProviderConfigAddr, Resource, ResourceMode,
};
use craton_model::state::{InstanceState, ObjectState, ObjectStatus, OutputValue, ResourceState};
use craton_model::{Diagnostic, Path, State, Step, Type, Value, json};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The version that is written. Older ones are read ([`crate::older`]).
pub const VERSION: u64 = 4;

/// The Terraform version that new files claim: the language and format level craton works at.
pub const TERRAFORM_VERSION: &str = "1.11.4";

#[derive(Serialize, Deserialize)]
struct File {
    version: u64,
    #[serde(default)]
    terraform_version: String,
    #[serde(default)]
    serial: u64,
    #[serde(default)]
    lineage: String,
    #[serde(default)]
    outputs: BTreeMap<String, Output>,
    #[serde(default)]
    resources: Vec<ResourceEntry>,
    #[serde(default)]
    check_results: Json,
}

#[derive(Serialize, Deserialize)]
struct Output {
    value: Json,
    #[serde(rename = "type")]
    ty: Json,
    #[serde(default, skip_serializing_if = "is_false")]
    sensitive: bool,
}

#[derive(Serialize, Deserialize)]
struct ResourceEntry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    module: Option<String>,
    mode: String,
    #[serde(rename = "type")]
    ty: String,
    name: String,
    provider: String,
    #[serde(default)]
    instances: Vec<Instance>,
}

#[derive(Serialize, Deserialize)]
struct Instance {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    index_key: Option<Json>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deposed: Option<String>,
    schema_version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attributes: Option<Arc<Json>>,
    /// Only of objects that came from states before version 4 and were not written since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attributes_flat: Option<Arc<Json>>,
    #[serde(default)]
    sensitive_attributes: Vec<Vec<PathStep>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity_schema_version: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<Arc<Json>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    private: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dependencies: Vec<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    create_before_destroy: bool,
}

#[derive(Serialize, Deserialize)]
struct PathStep {
    #[serde(rename = "type")]
    kind: String,
    value: Json,
}

fn is_false(b: &bool) -> bool {
    !*b
}

/// Reads a state file. `place` names it in messages ("terraform.tfstate", "s3://bucket/key").
pub fn parse(bytes: &[u8], place: &str) -> Result<State, Diagnostic> {
    let corrupt = |why: String| {
        Diagnostic::error(
            "State is not readable",
            format!(
                "{place} is not a state file of version {VERSION}: {why}.\n\nNothing was changed. Restore it from a \
                 backup (terraform.tfstate.backup beside a local state, an earlier object version in S3)."
            ),
        )
    };
    #[derive(Deserialize)]
    struct Head {
        version: Option<u64>,
        terraform_version: Option<String>,
    }
    let head: Head = serde_json::from_slice(bytes).map_err(|e| corrupt(e.to_string()))?;
    match head.version {
        Some(VERSION | 1..=3) => {}
        Some(v) if v > VERSION => {
            let by = head.terraform_version.map_or(String::new(), |v| format!(" by Terraform {v}"));
            return Err(Diagnostic::error(
                "State was written by a newer version",
                format!(
                    "{place} has state version {v}, written{by}; this craton reads version {VERSION}. Nothing was \
                     changed. Use the program that wrote it, or a newer craton."
                ),
            ));
        }
        Some(v) => return Err(corrupt(format!("its \"version\" is {v}, and there was never such a format"))),
        None => return Err(corrupt("it has no \"version\"".into())),
    }
    let file: File = match head.version {
        Some(VERSION) => serde_json::from_slice(bytes).map_err(|e| corrupt(e.to_string()))?,
        _ => {
            let old = serde_json::from_slice(bytes).map_err(|e| corrupt(e.to_string()))?;
            serde_json::from_value(older::upgrade(old).map_err(corrupt)?).map_err(|e| corrupt(e.to_string()))?
        }
    };
    read(file).map_err(corrupt)
}

fn read(file: File) -> Result<State, String> {
    let mut state = State {
        lineage: file.lineage,
        serial: file.serial,
        terraform_version: file.terraform_version,
        check_results: (!file.check_results.is_null()).then(|| Arc::new(file.check_results)),
        ..State::default()
    };
    for (name, output) in file.outputs {
        let ty = Type::from_json(&output.ty).ok_or_else(|| format!("output {name:?} has an unreadable type"))?;
        let value = json::from_json(&output.value, &ty).map_err(|e| format!("output {name:?}: {e}"))?;
        state.outputs.insert(name.into(), OutputValue { value, sensitive: output.sensitive });
    }
    for entry in file.resources {
        let (addr, resource) = read_resource(entry)?;
        if resource.instances.is_empty() {
            continue;
        }
        if state.resources.insert(addr.clone(), resource).is_some() {
            return Err(format!("resource {addr} stands in it twice"));
        }
    }
    Ok(state)
}

fn read_resource(entry: ResourceEntry) -> Result<(AbsResource, ResourceState), String> {
    let name = format!("{}.{}", entry.ty, entry.name);
    let mode = match entry.mode.as_str() {
        "managed" => ResourceMode::Managed,
        "data" => ResourceMode::Data,
        other => return Err(format!("resource {name} has the unknown mode {other:?}")),
    };
    let module = match &entry.module {
        None => ModuleInstance::root(),
        Some(text) => ModuleInstance::parse(text).ok_or_else(|| format!("{text:?} is no module address"))?,
    };
    let provider = ProviderConfigAddr::parse(&entry.provider.replace(UNSOURCED, IMPLIED))
        .or_else(|| unsourced(&entry.provider))
        .ok_or_else(|| format!("resource {name} has the unreadable provider address {:?}", entry.provider))?;
    let mut instances: BTreeMap<InstanceKey, InstanceState> = BTreeMap::new();
    for instance in entry.instances {
        let key = match &instance.index_key {
            None => InstanceKey::None,
            Some(Json::String(s)) => InstanceKey::Str(s.as_str().into()),
            Some(Json::Number(n)) if n.as_u64().is_some() => InstanceKey::Int(n.as_u64().unwrap_or_default()),
            Some(other) => return Err(format!("resource {name} has the unreadable index key {other}")),
        };
        let deposed = instance.deposed.as_deref().map(Arc::<str>::from);
        let object = read_object(instance, &name)?;
        let slot = instances.entry(key.clone()).or_default();
        let twice = match deposed {
            None => slot.current.replace(object).is_some(),
            Some(d) => slot.deposed.insert(d, object).is_some(),
        };
        if twice {
            return Err(format!("resource {name}{key} has two objects in one place"));
        }
    }
    let resource = Resource { mode, r#type: entry.ty.into(), name: entry.name.into() };
    Ok((module.resource(resource), ResourceState { provider, instances }))
}

/// How states that Terraform upgraded from before 0.13 name a provider of which only the name is known, and what it is now.
const UNSOURCED: &str = "[\"registry.terraform.io/-/";
const IMPLIED: &str = "[\"registry.terraform.io/hashicorp/";

/// `provider.NAME` or `provider.NAME.ALIAS` of a module: what Terraform wrote before 0.13, when providers had no source.
fn unsourced(text: &str) -> Option<ProviderConfigAddr> {
    let at = text.find("provider.").filter(|at| *at == 0 || text[..*at].ends_with('.'))?;
    let module = match text[..at].strip_suffix('.') {
        None => ModuleInstance::root(),
        Some(module) => ModuleInstance::parse(module)?,
    };
    let name = &text[at + "provider.".len()..];
    let (name, alias) = name.split_once('.').map_or((name, None), |(name, alias)| (name, Some(alias.into())));
    let provider = ProviderAddr::implied(name);
    (!name.is_empty()).then(|| ProviderConfigAddr { module: module.path(), provider, alias })
}

fn read_object(instance: Instance, name: &str) -> Result<ObjectState, String> {
    let status = match instance.status.as_deref() {
        None | Some("") => ObjectStatus::Ready,
        Some("tainted") => ObjectStatus::Tainted,
        Some(other) => return Err(format!("resource {name} has the unknown status {other:?}")),
    };
    let private = match &instance.private {
        None => Vec::new(),
        Some(text) => BASE64.decode(text).map_err(|_| format!("resource {name} has unreadable private data"))?,
    };
    let dependencies = instance
        .dependencies
        .iter()
        .map(|d| ConfigResource::parse(d).ok_or_else(|| format!("resource {name} has the unreadable dependency {d:?}")))
        .collect::<Result<Vec<_>, _>>()?;
    let sensitive_paths = instance
        .sensitive_attributes
        .iter()
        .map(|steps| read_path(steps).ok_or_else(|| format!("resource {name} has an unreadable sensitive path")))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(ObjectState {
        schema_version: instance.schema_version,
        flat: instance.attributes_flat.is_some(),
        attributes: instance.attributes_flat.or(instance.attributes).unwrap_or_default(),
        sensitive_paths,
        status,
        private: private.into(),
        dependencies: dependencies.into(),
        create_before_destroy: instance.create_before_destroy,
        identity: instance.identity,
        identity_schema_version: instance.identity_schema_version,
    })
}

fn read_path(steps: &[PathStep]) -> Option<Path> {
    let steps = steps.iter().map(|s| match s.kind.as_str() {
        "get_attr" => Some(Step::Attr(s.value.as_str()?.into())),
        "index" => {
            let ty = Type::from_json(s.value.get("type")?)?;
            Some(Step::Index(json::from_json(s.value.get("value")?, &ty).ok()?))
        }
        _ => None,
    });
    steps.collect::<Option<Vec<_>>>().map(Path)
}

fn write_path(path: &Path) -> Vec<PathStep> {
    path.0
        .iter()
        .map(|step| match step {
            Step::Attr(name) => PathStep { kind: "get_attr".into(), value: Json::String(name.to_string()) },
            Step::Index(key) => {
                let value = serde_json::json!({"value": json::to_json(key), "type": key.ty().to_json()});
                PathStep { kind: "index".into(), value }
            }
        })
        .collect()
}

/// Writes a state file. The error says which output or resource holds something that JSON cannot.
pub fn render(state: &State) -> Result<Vec<u8>, Diagnostic> {
    let outputs = state
        .outputs
        .iter()
        .map(|(name, o)| {
            let output = Output { value: json::to_json(&o.value), ty: o.value.ty().to_json(), sensitive: o.sensitive };
            (name.to_string(), output)
        })
        .collect();
    // Of each module the data sources stand first, as Terraform writes them.
    let mut ordered: Vec<_> = state.resources.iter().collect();
    ordered.sort_by_cached_key(|(addr, _)| (addr.module.to_string(), addr.resource.mode != ResourceMode::Data));
    let resources = ordered
        .into_iter()
        .map(|(addr, r)| ResourceEntry {
            module: (!addr.module.is_root()).then(|| addr.module.to_string()),
            mode: if addr.resource.mode == ResourceMode::Data { "data" } else { "managed" }.into(),
            ty: addr.resource.r#type.to_string(),
            name: addr.resource.name.to_string(),
            provider: r.provider.to_string(),
            instances: r.instances.iter().flat_map(|(key, i)| write_instance(key, i)).collect(),
        })
        .collect();
    let file = File {
        version: VERSION,
        terraform_version: TERRAFORM_VERSION.into(),
        serial: state.serial,
        lineage: state.lineage.clone(),
        outputs,
        resources,
        check_results: state.check_results.as_deref().cloned().unwrap_or(Json::Null),
    };
    let mut bytes = serde_json::to_vec_pretty(&file).map_err(|e| {
        Diagnostic::error("State cannot be written", format!("The state does not fit its file format: {e}."))
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn write_instance<'a>(key: &'a InstanceKey, i: &'a InstanceState) -> impl Iterator<Item = Instance> + 'a {
    let deposed = i.deposed.iter().map(|(d, o)| (Some(d.to_string()), o));
    i.current.iter().map(|o| (None, o)).chain(deposed).map(move |(deposed, o)| Instance {
        index_key: match key {
            InstanceKey::None => None,
            InstanceKey::Int(i) => Some(Json::from(*i)),
            InstanceKey::Str(s) => Some(Json::String(s.to_string())),
        },
        status: (o.status == ObjectStatus::Tainted).then(|| "tainted".into()),
        deposed,
        schema_version: o.schema_version,
        attributes: (!o.flat).then(|| o.attributes.clone()),
        attributes_flat: o.flat.then(|| o.attributes.clone()),
        sensitive_attributes: o.sensitive_paths.iter().map(write_path).collect(),
        identity_schema_version: o.identity_schema_version,
        identity: o.identity.clone(),
        private: (!o.private.is_empty()).then(|| BASE64.encode(&o.private)),
        dependencies: o.dependencies.iter().map(ToString::to_string).collect(),
        create_before_destroy: o.create_before_destroy,
    })
}

/// A state's outputs as values, as dependents of it read them: `{name: value}`, sensitive ones marked.
pub fn outputs(state: &State) -> Value {
    Value::object(state.outputs.iter().map(|(name, o)| {
        let v = o.value.clone();
        (name.clone(), if o.sensitive { v.sensitive() } else { v })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"{
  "version": 4,
  "terraform_version": "1.11.4",
  "serial": 7,
  "lineage": "0b7f1f0e-6a8f-7a52-3b7f-1f2d8a6d5c11",
  "outputs": {
    "id": {
      "value": "vpc-1",
      "type": "string",
      "sensitive": true
    }
  },
  "resources": [
    {
      "module": "module.vpc[\"a\"]",
      "mode": "managed",
      "type": "aws_subnet",
      "name": "private",
      "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
      "instances": [
        {
          "index_key": 0,
          "status": "tainted",
          "schema_version": 1,
          "attributes": {
            "cidr_block": "10.0.1.0/24",
            "tags": {
              "a": "b"
            }
          },
          "sensitive_attributes": [
            [
              {
                "type": "get_attr",
                "value": "tags"
              },
              {
                "type": "index",
                "value": {
                  "value": "a",
                  "type": "string"
                }
              }
            ]
          ],
          "private": "eyJhIjoxfQ==",
          "dependencies": [
            "module.vpc.aws_vpc.this"
          ],
          "create_before_destroy": true
        },
        {
          "index_key": 0,
          "deposed": "00c0ffee",
          "schema_version": 1,
          "attributes": {
            "cidr_block": "10.0.2.0/24",
            "tags": null
          },
          "sensitive_attributes": []
        }
      ]
    }
  ],
  "check_results": null
}
"#;

    #[test]
    fn a_file_comes_back_byte_for_byte() {
        let state = parse(SAMPLE.as_bytes(), "here").unwrap();
        assert_eq!(state.serial, 7);
        assert_eq!(String::from_utf8(render(&state).unwrap()).unwrap(), SAMPLE);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        let say = |text: &str| parse(text.as_bytes(), "x.tfstate").unwrap_err();
        assert_eq!(
            say("{\"version\": 5, \"terraform_version\": \"2.0.0\"}").summary,
            "State was written by a newer version"
        );
        assert!(say("{\"version\": 0}").detail.contains("never such a format"));
        assert_eq!(say("{\"version\": 4").summary, "State is not readable");
        assert_eq!(say("{}").summary, "State is not readable");
        assert!(say("").detail.contains("x.tfstate"));
        let twice = SAMPLE.replace("\"deposed\": \"00c0ffee\",", "");
        assert!(say(&twice).detail.contains("two objects in one place"), "{}", say(&twice).detail);
        let mode = SAMPLE.replace("\"managed\"", "\"imaginary\"");
        assert!(say(&mode).detail.contains("unknown mode"));
    }
}
