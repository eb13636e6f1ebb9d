//! Saved plans of many units in one file: a JSON document that holds each unit's saved plan (see [`crate::planfile`]), in
//! the order to apply them, and the units' own configuration files.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use craton_model::Diagnostic;
use serde_json::{Map, Value as Json, json};

/// The version of the format; files of another one are refused.
const FORMAT: u64 = 1;
/// What every file begins with.
const BEGIN: &str = "{\"craton_tree_plan\":";

/// The plans of many units.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TreePlan {
    /// The folder that the run began in, absolute.
    pub root: String,
    /// Whether everything is destroyed: then units come before those they depend on.
    pub destroy: bool,
    /// The units.
    pub units: Vec<UnitPlan>,
    /// The units' configuration files, path as read to content.
    pub files: BTreeMap<String, Arc<str>>,
    /// How the run was asked for, as the maker wants it back.
    pub options: Json,
}

/// The plan of one unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnitPlan {
    /// The unit's folder, absolute.
    pub dir: String,
    /// The folders of units in the file that it depends on.
    pub dependencies: Vec<String>,
    /// Its plan, as [`crate::planfile::write`] packs it.
    pub plan: Vec<u8>,
}

fn broken(what: &str) -> Diagnostic {
    let detail = format!(
        "The file is no plan of a tree that this craton wrote, or it is damaged: {what}. Make a new one with:\n  craton run --all plan -out=FILE"
    );
    Diagnostic::error("Plan file is not readable", detail)
}

/// Whether the file begins as the plan of a tree does.
pub fn is_tree(bytes: &[u8]) -> bool {
    bytes.starts_with(BEGIN.as_bytes())
}

/// Packs the plans of a tree.
pub fn write(tree: &TreePlan) -> Vec<u8> {
    let units = tree
        .units
        .iter()
        .map(|u| json!({ "dir": u.dir, "dependencies": u.dependencies, "plan": BASE64.encode(&u.plan) }));
    json!({
        "craton_tree_plan": FORMAT,
        "root": tree.root,
        "destroy": tree.destroy,
        "options": tree.options,
        "files": tree.files.iter().map(|(k, v)| (k.clone(), Json::String(v.to_string()))).collect::<Map<_, _>>(),
        "units": units.collect::<Vec<_>>(),
    })
    .to_string()
    .into_bytes()
}

/// Unpacks the plans of a tree.
pub fn read(bytes: &[u8]) -> Result<TreePlan, Diagnostic> {
    let document: Json = serde_json::from_slice(bytes).map_err(|e| broken(&e.to_string()))?;
    match document["craton_tree_plan"].as_u64() {
        Some(FORMAT) => {}
        Some(other) => return Err(broken(&format!("it has format {other}, this craton reads {FORMAT}"))),
        None => return Err(broken("it does not say its format")),
    }
    let text = |j: &Json, name: &str| {
        j[name].as_str().map(ToOwned::to_owned).ok_or_else(|| broken(&format!("{name} is missing")))
    };
    let mut tree = TreePlan {
        root: text(&document, "root")?,
        destroy: document["destroy"].as_bool().ok_or_else(|| broken("destroy is missing"))?,
        options: document["options"].clone(),
        ..TreePlan::default()
    };
    for (path, content) in document["files"].as_object().ok_or_else(|| broken("files are missing"))? {
        tree.files.insert(path.clone(), content.as_str().ok_or_else(|| broken("a file has no text"))?.into());
    }
    for unit in document["units"].as_array().ok_or_else(|| broken("units are missing"))? {
        let dependencies = unit["dependencies"].as_array().ok_or_else(|| broken("dependencies are missing"))?;
        let dependencies = dependencies.iter().map(|d| d.as_str().map(ToOwned::to_owned));
        tree.units.push(UnitPlan {
            dir: text(unit, "dir")?,
            dependencies: dependencies.collect::<Option<_>>().ok_or_else(|| broken("a dependency has no name"))?,
            plan: BASE64.decode(text(unit, "plan")?).map_err(|_| broken("a plan is not in base64"))?,
        });
    }
    Ok(tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let tree = TreePlan {
            root: "/r".into(),
            destroy: true,
            units: vec![UnitPlan { dir: "/r/a".into(), dependencies: vec!["/r/b".into()], plan: vec![0x1f, 0x8b, 0] }],
            files: [("/r/a/terragrunt.hcl".to_owned(), Arc::from("x"))].into(),
            options: json!({ "feature": ["a=1"] }),
        };
        let bytes = write(&tree);
        assert!(is_tree(&bytes) && !crate::planfile::is_plan(&bytes));
        assert_eq!(read(&bytes).unwrap(), tree);
        assert!(read(b"{\"craton_tree_plan\":2}").unwrap_err().detail.contains("format 2"));
        assert!(read(&bytes[..bytes.len() - 9]).is_err());
    }
}
