//! `.terraform/modules/modules.json`: which module call is installed where.

use craton_model::addr::ModulePath;
use craton_model::{Diagnostic, Diagnostics};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The installed modules, in the file and form that Terraform has for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifest {
    modules: BTreeMap<String, Installed>,
}

/// One installed module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Installed {
    /// The names of the calls that lead to it, joined with dots; empty for the root module.
    #[serde(rename = "Key")]
    pub key: String,
    /// Its source address in full.
    #[serde(rename = "Source")]
    pub source: String,
    /// Its version, for modules of a registry.
    #[serde(rename = "Version", default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its folder, relative to the root module.
    #[serde(rename = "Dir")]
    pub dir: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Document {
    #[serde(rename = "Modules")]
    modules: Vec<Installed>,
}

/// The key of a module.
pub(crate) fn key(path: &ModulePath) -> String {
    path.0.join(".")
}

impl Manifest {
    fn file(data_dir: &Path) -> PathBuf {
        data_dir.join("modules").join("modules.json")
    }

    /// Reads it; empty when there is none.
    pub fn read(data_dir: &Path) -> Result<Self, Diagnostics> {
        let path = Self::file(data_dir);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(e) => return Err(damaged(&path, &e.to_string()).into()),
        };
        let document: Document = serde_json::from_str(&text).map_err(|e| damaged(&path, &e.to_string()))?;
        Ok(document.modules.into_iter().collect())
    }

    /// Writes it.
    pub fn write(&self, data_dir: &Path) -> Result<(), Diagnostics> {
        let path = Self::file(data_dir);
        let document = Document { modules: self.modules.values().cloned().collect() };
        let written = serde_json::to_vec(&document).map_err(std::io::Error::from).and_then(|text| {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let new = path.with_extension("json.new");
            std::fs::write(&new, text)?;
            std::fs::rename(&new, &path)
        });
        written.map_err(|e| {
            let detail = format!("The list of installed modules, {}, could not be written: {e}.", path.display());
            Diagnostic::error("Failed to update module manifest", detail).into()
        })
    }

    /// The entry of a key.
    pub fn get(&self, key: &str) -> Option<&Installed> {
        self.modules.get(key)
    }

    /// All entries, by key.
    pub fn iter(&self) -> impl Iterator<Item = &Installed> {
        self.modules.values()
    }
}

impl FromIterator<Installed> for Manifest {
    fn from_iter<I: IntoIterator<Item = Installed>>(iter: I) -> Self {
        Self { modules: iter.into_iter().map(|m| (m.key.clone(), m)).collect() }
    }
}

fn damaged(path: &Path, why: &str) -> Diagnostic {
    let detail = format!(
        "The list of installed modules, {}, cannot be read: {why}. To install the modules anew, remove the file and run:\n  craton init",
        path.display()
    );
    Diagnostic::error("Invalid module manifest", detail)
}
