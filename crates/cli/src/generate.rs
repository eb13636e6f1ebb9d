//! Configuration for what import blocks bring in: `plan -generate-config-out`.
//!
//! Which attributes are written follows Terraform's documentation
//! (<https://developer.hashicorp.com/terraform/language/import/generating-configuration>) and what Terraform 1.11 does:
//! those that a configuration can set, with the imported values; not `id`, nothing that only the provider sets, nothing
//! that is deprecated.

use std::path::{Path, PathBuf};

use craton_config::Import;
use craton_engine::Imported;
use craton_hcl::{expression_text, quoted};
use craton_model::addr::{InstanceKey, ResourceInstance};
use craton_model::schema::{Attribute, Block, NestedBlock, Nesting};
use craton_model::{Diagnostic, Diagnostics, Plan, Value};
use serde_json::Value as Json;

use crate::app::App;
use crate::unit::Work;

/// Configuration that was written for a plan.
pub struct Generated {
    /// The configuration with it.
    pub work: Work,
    /// Each resource with its block.
    blocks: Vec<(ResourceInstance, String)>,
    /// What was found on the way.
    pub found: Diagnostics,
}

impl Generated {
    /// Notes in a plan which configuration was generated.
    pub fn mark(&self, plan: &mut Plan) {
        for (addr, text) in &self.blocks {
            let of_it = plan.changes.iter_mut().filter(|c| c.addr == *addr);
            of_it.for_each(|c| c.generated_config = Some(text.trim_end().to_owned()));
        }
    }
}

/// The import blocks for which configuration can be and has to be written.
fn without_block(work: &Work) -> Vec<&Import> {
    let Some(root) = work.root.tree.root() else { return Vec::new() };
    let imports = root.module.imports.iter();
    let missing =
        imports.filter(|i| i.resource.module.is_root() && !root.module.resources.contains_key(&i.resource.resource));
    missing.filter(|i| i.for_each.is_none() && has_no_key(i)).collect()
}

/// Whether the target is the only instance of its resource.
fn has_no_key(import: &Import) -> bool {
    import.to.as_traversal().is_ok_and(|t| t.steps.len() == 1)
}

/// Refuses a file that exists.
pub fn check(path: &Path) -> Result<(), Diagnostic> {
    if !path.exists() {
        return Ok(());
    }
    let detail = format!(
        "{} exists, and what is generated goes into a new file only. Name another one, or move what is in it elsewhere.",
        path.display()
    );
    Err(Diagnostic::error("Target generated file already exists", detail))
}

/// Reads what import blocks without a resource block bring in, and writes configuration for it to a file.
///
/// `imported` reads the objects with a configuration that has (empty) blocks for them.
pub async fn generate(
    app: &App,
    work: &Work,
    path: &Path,
    imported: impl AsyncFnOnce(&Work, &[craton_model::addr::ConfigResource]) -> (Vec<Imported>, Diagnostics),
) -> Result<Option<Generated>, Diagnostics> {
    let missing = without_block(work);
    if missing.is_empty() {
        return Ok(None);
    }
    let empty: String = missing
        .iter()
        .map(|i| {
            let provider = match &i.provider {
                Some(p) => format!(
                    "  provider = {}\n",
                    p.alias.as_ref().map_or(p.name.to_string(), |a| format!("{}.{a}", p.name))
                ),
                None => String::new(),
            };
            format!(
                "resource {} {} {{\n{provider}}}\n",
                quoted(&i.resource.resource.r#type),
                quoted(&i.resource.resource.name)
            )
        })
        .collect();
    let file = place(work, path);
    let resources: Vec<_> = missing.iter().map(|i| i.resource.clone()).collect();
    let (mut objects, found) = imported(&work.with_file(app, file.clone(), empty)?, &resources).await;
    if found.has_errors() {
        return Err(found);
    }
    let mut text = String::from(
        "# __generated__ by craton\n# Please review these resources and move them into your main configuration files.\n",
    );
    let mut blocks = Vec::new();
    objects.sort_by(|a, b| a.addr.cmp(&b.addr));
    for object in objects {
        let provider = missing.iter().find(|i| i.resource == object.addr.config()).and_then(|i| i.provider.as_ref());
        let provider = provider.and_then(|p| Some(format!("{}.{}", p.name, p.alias.as_ref()?)));
        let block = resource_text(&object, provider.as_deref());
        text.push_str(&format!("\n# __generated__ by craton from {}\n{block}", quoted(&object.id)));
        if object.addr.key == InstanceKey::None {
            blocks.push((object.addr, block));
        }
    }
    let written = match path.parent().filter(|d| !d.as_os_str().is_empty()) {
        Some(dir) => std::fs::create_dir_all(dir),
        None => Ok(()),
    }
    .and_then(|()| std::fs::write(path, &text));
    written.map_err(|e| {
        Diagnostic::error("Generated configuration cannot be written", format!("Cannot write {}: {e}.", path.display()))
    })?;
    Ok(Some(Generated { work: work.with_file(app, file, text)?, blocks, found }))
}

/// Where the configuration is read: in the file itself if that is one of the root module's, or as one of its files.
fn place(work: &Work, path: &Path) -> PathBuf {
    let clean = craton_config::clean;
    let dir = path.parent().map_or_else(|| PathBuf::from("."), clean);
    if dir == clean(&work.root.dir) && path.extension().is_some_and(|e| e == "tf") {
        return path.to_owned();
    }
    work.root.dir.join("__generated__.tf")
}

/// The block for an object.
fn resource_text(object: &Imported, provider: Option<&str>) -> String {
    let resource = &object.addr.resource;
    let mut body = String::new();
    if let Some(provider) = provider {
        body.push_str(&format!("provider = {provider}\n"));
    }
    write_body(&object.value, &object.schema.block, true, &mut body);
    let text = format!("resource {} {} {{\n{body}}}\n", quoted(&resource.r#type), quoted(&resource.name));
    craton_hcl::fmt::format(Path::new("generated.tf"), &text).unwrap_or(text)
}

fn write_body(value: &Value, block: &Block, top: bool, out: &mut String) {
    for (name, attribute) in &block.attributes {
        // Older providers let every configuration set an id and then refuse it.
        let is_id = top && &**name == "id" && attribute.computed;
        if is_id || !settable(attribute) {
            continue;
        }
        let value = value.get(name).cloned().unwrap_or_else(|| Value::null(attribute.value_type()));
        out.push_str(&format!("{name} = {}\n", attribute_text(attribute, &value)));
    }
    for (name, nested) in &block.blocks {
        if !nested.block.deprecated
            && let Some(value) = value.get(name)
        {
            write_blocks(name, nested, value, out);
        }
    }
}

fn settable(attribute: &Attribute) -> bool {
    (attribute.required || attribute.optional) && attribute.deprecated.is_none()
}

fn attribute_text(attribute: &Attribute, value: &Value) -> String {
    if attribute.sensitive {
        return "null # sensitive".into();
    }
    // Older providers keep nothing as an empty text where a configuration leaves the attribute out.
    if !attribute.required && value.as_str() == Some("") {
        return "null".into();
    }
    // Documents read better, and compare better, as values.
    let document = value.as_str().filter(|s| s.trim_start().starts_with(['{', '[']));
    if let Some(parsed) = document.and_then(|s| serde_json::from_str::<Json>(s).ok())
        && let Some(text) = expression_text(&craton_model::json::from_json_implied(&parsed))
    {
        return format!("jsonencode({})", text.trim_end());
    }
    expression_text(value).map_or_else(|| "null".into(), |t| t.trim_end().to_owned())
}

fn write_blocks(name: &str, nested: &NestedBlock, value: &Value, out: &mut String) {
    let mut one = |label: Option<&str>, value: &Value| {
        let label = label.map(|l| format!(" {}", quoted(l))).unwrap_or_default();
        out.push_str(&format!("{name}{label} {{\n"));
        write_body(value, &nested.block, false, out);
        out.push_str("}\n");
    };
    match nested.nesting {
        Nesting::Single | Nesting::Group if value.is_null() => {}
        Nesting::Single | Nesting::Group => one(None, value),
        Nesting::List | Nesting::Set => value.as_seq().into_iter().flatten().for_each(|v| one(None, v)),
        Nesting::Map => value.as_map().into_iter().flatten().for_each(|(k, v)| one(Some(k), v)),
    }
}
