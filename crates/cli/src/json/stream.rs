//! The messages of `plan -json` and `apply -json`, one object a line:
//! <https://developer.hashicorp.com/terraform/internals/machine-readable-ui>.

use std::time::Duration;

use craton_model::addr::{InstanceKey, ResourceInstance};
use craton_model::plan::{Action, ChangeCounts, OutputChange, ResourceChange};
use craton_model::{Diagnostic, Event, Severity, json as value_json};
use serde_json::{Map, Value as Json, json};

use super::plan::actions;
use crate::progress::words;
use crate::render::source;

/// The version of the message format.
const UI: &str = "1.2";

/// A message: level, type, text for people, and fields of its own.
pub fn message(level: &str, kind: &str, text: &str, fields: Json) -> Json {
    let mut m = Map::new();
    m.insert("@level".into(), level.into());
    m.insert("@message".into(), text.into());
    m.insert("@module".into(), "terraform.ui".into());
    m.insert("@timestamp".into(), craton_state::lock::now().into());
    if let Json::Object(fields) = fields {
        m.extend(fields);
    }
    m.insert("type".into(), kind.into());
    Json::Object(m)
}

/// The first message of a stream.
pub fn version(terraform_version: &str) -> Json {
    let text = format!("Terraform {terraform_version}, craton {}", env!("CARGO_PKG_VERSION"));
    message(
        "info",
        "version",
        &text,
        json!({"terraform": terraform_version, "craton": env!("CARGO_PKG_VERSION"), "ui": UI}),
    )
}

fn resource(addr: &ResourceInstance) -> Json {
    let local = ResourceInstance { module: Default::default(), ..addr.clone() };
    let provider = addr.resource.r#type.split('_').next().unwrap_or_default();
    json!({
        "addr": addr.to_string(),
        "module": addr.module.to_string(),
        "resource": local.to_string(),
        "implied_provider": provider,
        "resource_type": addr.resource.r#type,
        "resource_name": addr.resource.name,
        "resource_key": match &addr.key {
            InstanceKey::None => Json::Null,
            InstanceKey::Int(i) => json!(i),
            InstanceKey::Str(s) => json!(s),
        },
    })
}

fn word(action: Action) -> &'static str {
    match action {
        Action::NoOp => "noop",
        Action::DeleteThenCreate | Action::CreateThenDelete => "replace",
        Action::Forget => "remove",
        other => actions(other)[0],
    }
}

/// A change that is planned, or (`drift`) was found.
pub fn change(c: &ResourceChange, drift: bool) -> Json {
    let mut change = Map::new();
    change.insert("resource".into(), resource(&c.addr));
    if let Some(previous) = &c.previous_addr {
        change.insert("previous_resource".into(), resource(previous));
    }
    // What is only imported, or only moved, is no change of an object, but is one to the state.
    let word = match c.action {
        Action::NoOp if c.importing.is_some() => "import",
        Action::NoOp if c.previous_addr.is_some() => "move",
        action => word(action),
    };
    change.insert("action".into(), word.into());
    if let Some(reason) = c.reason.as_str() {
        let reason = match reason {
            "replace_by_request" => "requested",
            "replace_by_triggers" => "replace_triggered_by",
            other => other.strip_prefix("replace_because_").unwrap_or(other),
        };
        change.insert("reason".into(), reason.into());
    }
    if let Some(id) = &c.importing {
        change.insert("importing".into(), json!({"id": id}));
    }
    if let Some(config) = &c.generated_config {
        change.insert("generated_config".into(), config.clone().into());
    }
    let (kind, text) = if drift {
        ("resource_drift", format!("{}: Drift detected ({word})", c.addr))
    } else {
        ("planned_change", format!("{}: Plan to {word}", c.addr))
    };
    message("info", kind, &text, json!({"change": change}))
}

/// The counts of a plan or an apply.
pub fn summary(c: &ChangeCounts, operation: &str) -> Json {
    let import = |what: &str| if c.import > 0 { format!("{} {what}, ", c.import) } else { String::new() };
    let text = match operation {
        "apply" => {
            let imported = import("imported");
            format!(
                "Apply complete! Resources: {imported}{} added, {} changed, {} destroyed.",
                c.add, c.change, c.destroy
            )
        }
        "destroy" => format!("Destroy complete! Resources: {} destroyed.", c.destroy),
        _ => {
            let imported = import("to import");
            format!("Plan: {imported}{} to add, {} to change, {} to destroy.", c.add, c.change, c.destroy)
        }
    };
    let changes =
        json!({"add": c.add, "change": c.change, "import": c.import, "remove": c.destroy, "operation": operation});
    message("info", "change_summary", &text, json!({"changes": changes}))
}

/// The outputs that a plan changes.
pub fn planned_outputs<'a>(outputs: impl Iterator<Item = (&'a std::sync::Arc<str>, &'a OutputChange)>) -> Json {
    let all: Map<String, Json> =
        outputs.map(|(k, o)| (k.to_string(), json!({"sensitive": o.sensitive, "action": word(o.action)}))).collect();
    message("info", "outputs", &format!("Outputs: {}", all.len()), json!({"outputs": all}))
}

/// Outputs as they are after an apply. Sensitive ones are named without their value.
pub fn outputs(state: &craton_model::State) -> Json {
    let all: Map<String, Json> = state
        .outputs
        .iter()
        .map(|(k, o)| {
            let mut m = Map::new();
            m.insert("sensitive".into(), o.sensitive.into());
            m.insert("type".into(), o.value.ty().to_json());
            if !o.sensitive {
                m.insert("value".into(), value_json::to_json(&o.value));
            }
            (k.to_string(), Json::Object(m))
        })
        .collect();
    message("info", "outputs", &format!("Outputs: {}", all.len()), json!({"outputs": all}))
}

/// A diagnostic as a message.
pub fn diagnostic(d: &Diagnostic) -> Json {
    let level = if d.severity == Severity::Error { "error" } else { "warn" };
    let text = format!("{}: {}", if level == "error" { "Error" } else { "Warning" }, d.summary);
    message(level, "diagnostic", &text, json!({"diagnostic": diagnostic_object(d)}))
}

/// A diagnostic as `validate -json` lists it.
pub fn diagnostic_object(d: &Diagnostic) -> Json {
    let mut m = Map::new();
    m.insert("severity".into(), if d.severity == Severity::Error { "error" } else { "warning" }.into());
    m.insert("summary".into(), d.summary.clone().into());
    m.insert("detail".into(), d.detail.clone().into());
    if let Some(address) = &d.address {
        m.insert("address".into(), address.clone().into());
    }
    if let Some(span) = d.subject {
        let source = span.file.source();
        let at = |p: craton_model::Position| json!({"line": p.line, "column": p.column, "byte": p.byte});
        let (start, mut end) = (source.position(span.start), source.position(span.end));
        if end == start {
            // The format knows no empty ranges.
            (end.column, end.byte) = (end.column + 1, end.byte + 1);
        }
        m.insert(
            "range".into(),
            json!({"filename": source.path.display().to_string(), "start": at(start), "end": at(end)}),
        );
        let snippet = source::snippet(d, span);
        let mut values: Vec<&(String, String)> = d.values.iter().collect();
        values.sort();
        let values: Vec<Json> = values.iter().map(|(k, v)| json!({"traversal": k, "statement": v})).collect();
        m.insert(
            "snippet".into(),
            json!({
                "context": source::enclosing(span), "code": snippet.code, "start_line": snippet.start_line,
                "highlight_start_offset": snippet.from, "highlight_end_offset": snippet.to, "values": values,
            }),
        );
    }
    Json::Object(m)
}

/// Something that still runs.
pub fn still(addr: &ResourceInstance, action: Action, id: Option<&str>, elapsed: Duration) -> Json {
    let text = format!("{addr}: Still {}... {}", words::doing(action), words::elapsed_note(id, elapsed));
    let hook = json!({"resource": resource(addr), "action": word(action), "elapsed_seconds": elapsed.as_secs()});
    message("info", "apply_progress", &text, json!({"hook": hook}))
}

/// An object that is about to be read (`refresh_start`), or was (`refresh_complete`).
pub fn refresh(addr: &ResourceInstance, id: Option<&str>, done: bool) -> Json {
    let (kind, what) =
        if done { ("refresh_complete", "Refresh complete") } else { ("refresh_start", "Refreshing state...") };
    let mut hook = json!({"resource": resource(addr)});
    if let (Some(id), Some(fields)) = (id, hook.as_object_mut()) {
        fields.insert("id_key".into(), "id".into());
        fields.insert("id_value".into(), id.into());
    }
    message("info", kind, &format!("{addr}: {what}{}", words::id_note(id)), json!({"hook": hook}))
}

/// The message of an event, for those that have one.
pub fn event(event: &Event) -> Option<Json> {
    let hook = |kind: &str, text: String, addr: &ResourceInstance, more: Json| {
        let mut m = Map::new();
        m.insert("resource".into(), resource(addr));
        if let Json::Object(more) = more {
            m.extend(more.into_iter().filter(|(_, v)| !v.is_null()));
        }
        Some(message("info", kind, &text, json!({"hook": m})))
    };
    let start = |addr: &ResourceInstance, action: Action, id: Option<&str>| {
        let text = format!("{addr}: {}{}", words::begun(action), words::id_note(id));
        let fields = json!({"action": word(action), "id_key": id.map(|_| "id"), "id_value": id});
        hook("apply_start", text, addr, fields)
    };
    let done = |addr: &ResourceInstance, action: Action, id: Option<&str>, elapsed: &Duration| {
        let id = id.filter(|_| action != Action::Delete);
        let (noun, note) = (words::noun(action), words::id_note(id));
        let text = format!("{addr}: {noun} complete after {}{note}", words::short(*elapsed));
        let fields = json!({
            "action": word(action), "id_key": id.map(|_| "id"), "id_value": id, "elapsed_seconds": elapsed.as_secs(),
        });
        hook("apply_complete", text, addr, fields)
    };
    match event {
        Event::ApplyStart { addr, action, id, .. } => start(addr, *action, id.as_deref()),
        Event::ApplyDone { addr, action, id, elapsed, .. } => done(addr, *action, id.as_deref(), elapsed),
        Event::ReadStart { addr } => start(addr, Action::Read, None),
        Event::ReadDone { addr, elapsed, id } => done(addr, Action::Read, id.as_deref(), elapsed),
        Event::ApplyErrored { addr, action, elapsed, .. } => hook(
            "apply_errored",
            format!("{addr}: {} errored after {}", words::noun(*action), words::short(*elapsed)),
            addr,
            json!({"action": word(*action), "elapsed_seconds": elapsed.as_secs()}),
        ),
        Event::ProvisionStart { addr, provisioner } => hook(
            "provision_start",
            format!("{addr}: Provisioning with '{provisioner}'..."),
            addr,
            json!({"provisioner": provisioner}),
        ),
        Event::ProvisionOutput { addr, provisioner, line } => hook(
            "provision_progress",
            format!("{addr}: ({provisioner}): {line}"),
            addr,
            json!({"provisioner": provisioner, "output": line}),
        ),
        Event::ProvisionDone { addr, provisioner, success } => {
            let (kind, ended) =
                if *success { ("provision_complete", "complete") } else { ("provision_errored", "errored") };
            let text = format!("{addr}: ({provisioner}) Provisioning {ended}");
            hook(kind, text, addr, json!({"provisioner": provisioner}))
        }
        _ => None,
    }
}
