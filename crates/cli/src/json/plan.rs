//! `show -json` of a plan.

use craton_model::addr::ModuleInstance;
use craton_model::plan::{Action, OutputChange, ResourceChange};
use craton_model::{Plan, Type, Value, json};
use serde_json::{Map, Value as Json, json};

use super::state::{self, Tree, names};
use super::values::{known, mark_by_schema, sensitive, unknown};
use super::{Schemas, schema};

/// The format's version for plans.
const FORMAT: &str = "1.2";

/// A plan as `show -json` prints it. `configuration` is the JSON view of the configuration.
pub fn render(plan: &Plan, schemas: &Schemas, terraform_version: &str, configuration: Json) -> Json {
    let mut doc = Map::new();
    let mut put = |k: &str, v: Json| doc.insert(k.to_owned(), v);
    put("format_version", FORMAT.into());
    put("terraform_version", terraform_version.into());
    if !plan.variables.is_empty() {
        let variables = plan.variables.iter().map(|(k, v)| (k.to_string(), json!({"value": json::to_json(v)})));
        put("variables", Json::Object(variables.collect()));
    }
    put("planned_values", planned_values(plan, schemas));
    if !plan.drift.is_empty() {
        put("resource_drift", plan.drift.iter().map(|c| change(c, schemas)).collect());
    }
    let shown: Vec<Json> = plan.changes.iter().map(|c| change(c, schemas)).collect();
    if !shown.is_empty() {
        put("resource_changes", Json::Array(shown));
    }
    if !plan.outputs.is_empty() {
        let outputs = plan.outputs.iter().map(|(k, o)| (k.to_string(), output(o)));
        put("output_changes", Json::Object(outputs.collect()));
    }
    if !plan.prior_state.is_empty() {
        put("prior_state", state::render(Some(&plan.prior_state), schemas, terraform_version));
    }
    put("configuration", configuration);
    if !plan.relevant.is_empty() {
        let relevant = plan.relevant.iter();
        put(
            "relevant_attributes",
            relevant.map(|r| json!({"resource": r.resource, "attribute": r.attribute.to_json()})).collect(),
        );
    }
    if !plan.checks.is_empty() {
        put("checks", Json::Array(plan.checks.clone()));
    }
    put("timestamp", plan.timestamp.clone().into());
    put("applyable", (plan.has_changes() && !plan.errored).into());
    put("complete", (!plan.errored && plan.targets.is_empty()).into());
    put("errored", plan.errored.into());
    Json::Object(doc)
}

/// The words for an action, in order.
pub fn actions(action: Action) -> &'static [&'static str] {
    match action {
        Action::NoOp => &["no-op"],
        Action::Create => &["create"],
        Action::Read => &["read"],
        Action::Update => &["update"],
        Action::Delete => &["delete"],
        Action::DeleteThenCreate => &["delete", "create"],
        Action::CreateThenDelete => &["create", "delete"],
        Action::Forget => &["forget"],
    }
}

/// One entry of `resource_changes` or `resource_drift`.
pub fn change(c: &ResourceChange, schemas: &Schemas) -> Json {
    let mut m = names(&c.addr, &c.provider.provider);
    if let Some(previous) = &c.previous_addr {
        m.insert("previous_address".into(), previous.to_string().into());
    }
    if !c.addr.module.is_root() {
        m.insert("module_address".into(), c.addr.module.to_string().into());
    }
    if let Some(key) = &c.deposed {
        m.insert("deposed".into(), key.as_ref().into());
    }
    let found = schema(schemas, &c.provider.provider, c.addr.resource.mode, &c.addr.resource.r#type);
    let marked = |v: &Value| found.map_or_else(|| v.clone(), |s| mark_by_schema(v.clone(), &s.block));
    let (before, after) = (marked(&c.before), marked(&c.after));
    let mut d = Map::new();
    d.insert("actions".into(), json!(actions(c.action)));
    d.insert("before".into(), json::to_json(&before));
    d.insert("after".into(), if after.is_null() { Json::Null } else { known(&after).unwrap_or(Json::Null) });
    let after_unknown = if after.is_wholly_known() { json!({}) } else { unknown(&after) };
    d.insert("after_unknown".into(), after_unknown);
    let marks = |v: &Value| if v.is_null() { Json::Bool(false) } else { sensitive(v) };
    d.insert("before_sensitive".into(), marks(&before));
    d.insert("after_sensitive".into(), marks(&after));
    if !c.replace_paths.is_empty() {
        d.insert("replace_paths".into(), c.replace_paths.iter().map(craton_model::Path::to_json).collect());
    }
    if let Some(id) = &c.importing {
        d.insert("importing".into(), json!({"id": id}));
    }
    if let Some(config) = &c.generated_config {
        d.insert("generated_config".into(), config.clone().into());
    }
    m.insert("change".into(), Json::Object(d));
    if let Some(reason) = c.reason.as_str() {
        m.insert("action_reason".into(), reason.into());
    }
    Json::Object(m)
}

/// One entry of `output_changes`.
pub fn output(o: &OutputChange) -> Json {
    let mut d = Map::new();
    d.insert("actions".into(), json!(actions(o.action)));
    d.insert("before".into(), json::to_json(&o.before));
    if let Some(after) = known(&o.after) {
        d.insert("after".into(), after);
    }
    let after_unknown = if o.after.is_wholly_known() { Json::Bool(false) } else { unknown(&o.after) };
    d.insert("after_unknown".into(), after_unknown);
    d.insert("before_sensitive".into(), o.sensitive.into());
    d.insert("after_sensitive".into(), o.sensitive.into());
    Json::Object(d)
}

fn planned_values(plan: &Plan, schemas: &Schemas) -> Json {
    let mut doc = Map::new();
    let outputs = plan.outputs.iter().filter(|(_, o)| o.action != Action::Delete).map(|(k, o)| {
        let mut m = Map::new();
        m.insert("sensitive".into(), o.sensitive.into());
        if o.after.is_wholly_known() {
            // Terraform takes a null that was nothing before for one without a type.
            let ty =
                if o.after.is_null() && o.before.is_null() { Type::Dynamic.to_json() } else { o.after.ty().to_json() };
            m.insert("type".into(), ty);
            m.insert("value".into(), json::to_json(&o.after));
        }
        (k.to_string(), Json::Object(m))
    });
    let outputs: Map<String, Json> = outputs.collect();
    if !outputs.is_empty() {
        doc.insert("outputs".into(), Json::Object(outputs));
    }
    let mut tree = Tree::default();
    for c in plan.changes.iter().filter(|c| c.deposed.is_none()) {
        if c.after.is_null() && c.action != Action::Forget {
            continue;
        }
        let found = schema(schemas, &c.provider.provider, c.addr.resource.mode, &c.addr.resource.r#type);
        let after = found.map_or_else(|| c.after.clone(), |s| mark_by_schema(c.after.clone(), &s.block));
        let mut m = names(&c.addr, &c.provider.provider);
        m.insert("schema_version".into(), found.map_or(0, |s| s.version).into());
        // What is forgotten goes on existing, so it is here, without values.
        if after.is_null() {
            m.insert("sensitive_values".into(), false.into());
        } else {
            if let Some(values @ Json::Object(_)) =
                known(&after).filter(|v| v.as_object().is_none_or(|o| !o.is_empty()))
            {
                m.insert("values".into(), values);
            }
            m.insert("sensitive_values".into(), sensitive(&after));
        }
        tree.add(&c.addr.module, m);
    }
    tree.sort_by_address();
    doc.insert("root_module".into(), tree.render(&ModuleInstance::root()));
    Json::Object(doc)
}
