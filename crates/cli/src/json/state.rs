//! `show -json` of a state, and the module tree of resources that plans share with it.

use std::collections::BTreeMap;

use craton_model::addr::{InstanceKey, ModuleInstance, ProviderAddr, ResourceInstance};
use craton_model::state::{ObjectState, ObjectStatus, OutputValue};
use craton_model::{State, Step, Value, json};
use serde_json::{Map, Value as Json, json};

use super::values;
use super::{Schemas, mode_name, schema};

/// The format's version for states.
const FORMAT: &str = "1.0";

/// A state as `show -json` prints it.
pub fn render(state: Option<&State>, schemas: &Schemas, terraform_version: &str) -> Json {
    // A state that holds nothing is no different from none.
    let Some(state) = state.filter(|s| !s.is_empty()) else {
        return json!({"format_version": FORMAT});
    };
    let mut doc = Map::new();
    doc.insert("format_version".into(), FORMAT.into());
    doc.insert("terraform_version".into(), terraform_version.into());
    doc.insert("values".into(), values_of(state, schemas));
    if let Some(checks) = &state.check_results {
        doc.insert("checks".into(), super::checks::of_state(checks));
    }
    Json::Object(doc)
}

fn values_of(state: &State, schemas: &Schemas) -> Json {
    let mut doc = Map::new();
    if !state.outputs.is_empty() {
        doc.insert("outputs".into(), outputs(&state.outputs));
    }
    let mut tree = Tree::default();
    for (addr, resource, instance) in state.instances() {
        if let Some(object) = &instance.current {
            let entry = state_entry(&addr, &resource.provider.provider, object, None, schemas);
            tree.add(&addr.module, entry);
        }
        for (key, object) in &instance.deposed {
            let entry = state_entry(&addr, &resource.provider.provider, object, Some(key), schemas);
            tree.add(&addr.module, entry);
        }
    }
    doc.insert("root_module".into(), tree.render(&ModuleInstance::root()));
    Json::Object(doc)
}

/// Outputs as `output -json` and `show -json` print them.
pub fn outputs<'a>(outputs: impl IntoIterator<Item = (&'a std::sync::Arc<str>, &'a OutputValue)>) -> Json {
    let one = |o: &OutputValue| json!({"sensitive": o.sensitive, "type": o.value.ty().to_json(), "value": json::to_json(&o.value)});
    Json::Object(outputs.into_iter().map(|(k, o)| (k.to_string(), one(o))).collect())
}

/// The fields that name an instance, common to all the formats.
pub fn names(addr: &ResourceInstance, provider: &ProviderAddr) -> Map<String, Json> {
    let mut m = Map::new();
    m.insert("address".into(), addr.to_string().into());
    m.insert("mode".into(), mode_name(addr.resource.mode).into());
    m.insert("type".into(), addr.resource.r#type.as_ref().into());
    m.insert("name".into(), addr.resource.name.as_ref().into());
    match &addr.key {
        InstanceKey::None => {}
        InstanceKey::Int(i) => {
            m.insert("index".into(), (*i).into());
        }
        InstanceKey::Str(s) => {
            m.insert("index".into(), s.as_ref().into());
        }
    }
    m.insert("provider_name".into(), provider.to_string().into());
    m
}

fn state_entry(
    addr: &ResourceInstance,
    provider: &ProviderAddr,
    object: &ObjectState,
    deposed: Option<&str>,
    schemas: &Schemas,
) -> Map<String, Json> {
    let mut m = names(addr, provider);
    m.insert("schema_version".into(), object.schema_version.into());
    let value = decode(addr, provider, object, schemas);
    m.insert("values".into(), json::to_json(&value));
    m.insert("sensitive_values".into(), values::sensitive(&value));
    if !object.dependencies.is_empty() {
        m.insert("depends_on".into(), object.dependencies.iter().map(|d| Json::String(d.to_string())).collect());
    }
    if object.status == ObjectStatus::Tainted {
        m.insert("tainted".into(), true.into());
    }
    if let Some(key) = deposed {
        m.insert("deposed_key".into(), key.into());
    }
    m
}

/// The object as a value with the marks that its stored paths and its schema give it; read by the
/// type that JSON has where no schema fits.
pub fn decode(addr: &ResourceInstance, provider: &ProviderAddr, object: &ObjectState, schemas: &Schemas) -> Value {
    let found = schema(schemas, provider, addr.resource.mode, &addr.resource.r#type);
    let typed = found
        .filter(|s| s.version == object.schema_version)
        .and_then(|s| Some((json::from_json(&object.typed(s.block.implied_type()), s.block.implied_type()).ok()?, s)));
    let value = match typed {
        Some((value, schema)) => values::mark_by_schema(value, &schema.block),
        None => json::from_json_implied(&object.attributes),
    };
    object.sensitive_paths.iter().fold(value, |v, path| mark_at(v, &path.0))
}

/// Marks what stands at a path as sensitive. A step into a set marks the whole set.
pub fn mark_at(v: Value, path: &[Step]) -> Value {
    use craton_model::value::Data;
    let Some((step, rest)) = path.split_first() else { return v.sensitive() };
    let ty = v.ty().clone();
    let marks = v.marks();
    match (v.data(), step) {
        (Data::Map(entries), step) => {
            let name = match step {
                Step::Attr(name) => name.as_ref(),
                Step::Index(key) => key.as_str().unwrap_or_default(),
            };
            let new = entries
                .iter()
                .map(|(k, c)| (k.clone(), if k.as_ref() == name { mark_at(c.clone(), rest) } else { c.clone() }));
            Value::with_type(ty, Data::Map(new.collect())).mark(marks)
        }
        (Data::Seq(_), Step::Index(_)) if matches!(ty, craton_model::Type::Set(_)) => v.sensitive(),
        (Data::Seq(items), Step::Index(key)) => {
            let at = key.as_number().and_then(craton_model::Number::to_usize);
            let new =
                items.iter().enumerate().map(|(i, c)| if Some(i) == at { mark_at(c.clone(), rest) } else { c.clone() });
            Value::with_type(ty, Data::Seq(new.collect())).mark(marks)
        }
        _ => v,
    }
}

/// Resources by module, nested the way the formats nest them.
#[derive(Default)]
pub struct Tree {
    resources: BTreeMap<ModuleInstance, Vec<Json>>,
    children: BTreeMap<ModuleInstance, Vec<ModuleInstance>>,
}

impl Tree {
    /// Adds a resource (and the modules on the way to it).
    pub fn add(&mut self, module: &ModuleInstance, entry: Map<String, Json>) {
        self.ensure(module);
        self.resources.entry(module.clone()).or_default().push(Json::Object(entry));
    }

    fn ensure(&mut self, module: &ModuleInstance) {
        if let Some(parent) = module.parent()
            && !self.children.contains_key(module)
            && !self.resources.contains_key(module)
        {
            self.ensure(&parent);
            self.children.entry(parent).or_default().push(module.clone());
            self.children.entry(module.clone()).or_default();
        }
    }

    /// Puts the resources of each module into the order of their addresses as text (`a[10]` before `a[1]`), which is the
    /// order of planned values; states have that of their keys.
    pub fn sort_by_address(&mut self) {
        for all in self.resources.values_mut() {
            all.sort_by(|a, b| a["address"].as_str().cmp(&b["address"].as_str()));
        }
    }

    /// The module and what is below it.
    pub fn render(&self, module: &ModuleInstance) -> Json {
        let mut m = Map::new();
        if !module.is_root() {
            m.insert("address".into(), module.to_string().into());
        }
        if let Some(resources) = self.resources.get(module) {
            m.insert("resources".into(), Json::Array(resources.clone()));
        }
        if let Some(children) = self.children.get(module).filter(|c| !c.is_empty()) {
            m.insert("child_modules".into(), children.iter().map(|c| self.render(c)).collect());
        }
        Json::Object(m)
    }
}
