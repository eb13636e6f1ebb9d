//! A state for people: what `show` and `state show` print.

use craton_model::addr::{ResourceInstance, ResourceMode};
use craton_model::schema::Block;
use craton_model::state::{ObjectState, ObjectStatus};
use craton_model::{Path, State, Value};

use super::diff::Diff;
use super::style::Style;
use super::value::display;
use crate::json::state::decode;
use crate::json::{Schemas, schema};

/// The whole state: each object, then the outputs.
pub fn render(state: &State, schemas: &Schemas, style: &Style) -> String {
    if state.is_empty() {
        return "The state is empty. No resources are represented.\n".into();
    }
    let mut out = String::new();
    for (addr, resource, instance) in state.instances() {
        if let Some(object) = &instance.current {
            out.push_str(&self::object(&addr, &resource.provider.provider, object, None, schemas, style));
            out.push('\n');
        }
        for (key, object) in &instance.deposed {
            out.push_str(&self::object(&addr, &resource.provider.provider, object, Some(key), schemas, style));
            out.push('\n');
        }
    }
    if !state.outputs.is_empty() {
        out.push_str("\nOutputs:\n\n");
        out.push_str(&outputs(state));
    }
    out
}

/// One object with its attributes.
pub fn object(
    addr: &ResourceInstance,
    provider: &craton_model::addr::ProviderAddr,
    object: &ObjectState,
    deposed: Option<&str>,
    schemas: &Schemas,
    style: &Style,
) -> String {
    let kind = if addr.resource.mode == ResourceMode::Data { "data" } else { "resource" };
    let mut title = format!("# {addr}:");
    if object.status == ObjectStatus::Tainted {
        title.push_str(" (tainted)");
    }
    if let Some(key) = deposed {
        title = format!("# {addr} (deposed object {key}):");
    }
    let value = decode(addr, provider, object, schemas);
    let fallback = Block::default();
    let found = schema(schemas, provider, addr.resource.mode, &addr.resource.r#type);
    let mut diff = Diff::new(style, &[]);
    diff.listing(4, &value, found.map_or(&fallback, |s| s.block.as_ref()), &Path::default());
    format!(
        "{}\n{kind} \"{}\" \"{}\" {{\n{}}}\n",
        style.bold(title),
        addr.resource.r#type,
        addr.resource.name,
        diff.finish()
    )
}

/// At the end of an apply, this many lines of one output are enough.
const BRIEF: usize = 8;

/// As [`outputs`], with long ones cut.
pub fn brief_outputs(state: &State, style: &Style) -> String {
    let mut out = String::new();
    for (name, o) in &state.outputs {
        let text = if o.sensitive { "<sensitive>".to_owned() } else { display(&o.value) };
        let lines: Vec<&str> = text.lines().collect();
        if lines.len() <= BRIEF + 1 {
            out.push_str(&format!("{name} = {text}\n"));
            continue;
        }
        out.push_str(&format!("{name} = {}\n", lines[..BRIEF].join("\n")));
        let more = format!("  # ({} more lines: craton output {name})", lines.len() - BRIEF);
        out.push_str(&format!("{}\n", style.dim(more)));
    }
    out
}

/// Outputs, one a line; sensitive ones are named but not shown.
pub fn outputs(state: &State) -> String {
    let mut out = String::new();
    for (name, o) in &state.outputs {
        let v: Value = if o.sensitive { o.value.clone().sensitive() } else { o.value.clone() };
        let text = if o.sensitive { "<sensitive>".to_owned() } else { display(&v) };
        out.push_str(&format!("{name} = {text}\n"));
    }
    out
}
