//! `.terraform.lock.hcl` (<https://developer.hashicorp.com/terraform/language/files/dependency-lock>).

use crate::load::FileCache;
use crate::statics;
use crate::version::{Constraint, Version};
use craton_hcl::{BodySchema, quoted};
use craton_model::addr::ProviderAddr;
use craton_model::{Diagnostic, Diagnostics, Type};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The providers whose version and checksums are fixed. craton's built-in providers need no entry; entries for them
/// are kept, so that Terraform finds them as it left them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LockFile {
    /// By provider.
    pub providers: BTreeMap<ProviderAddr, LockedProvider>,
}

/// One provider's entry.
#[derive(Clone, Debug, PartialEq)]
pub struct LockedProvider {
    /// The chosen version.
    pub version: Version,
    /// The constraints at the time it was chosen.
    pub constraints: Option<Constraint>,
    /// Checksums of its packages: `h1:...`, `zh:...`.
    pub hashes: Vec<String>,
}

impl LockFile {
    /// Where it is: beside the configuration.
    pub fn path(folder: &Path) -> PathBuf {
        folder.join(".terraform.lock.hcl")
    }

    /// Reads it; empty when there is none.
    pub fn read(folder: &Path, cache: &FileCache) -> Result<Self, Diagnostics> {
        let path = Self::path(folder);
        if !path.exists() {
            return Ok(Self::default());
        }
        let (body, mut diags) = cache.parse(&path);
        let Some(body) = body else { return Err(diags) };
        let (content, found) = body.content(&BodySchema::new().block("provider", &["source"]));
        diags.extend(found);
        let mut file = Self::default();
        for block in &content.blocks {
            let Some(label) = block.labels.first() else { continue };
            let Some(addr) = ProviderAddr::parse(&label.name) else {
                let detail = format!(
                    "{:?} is no provider address. Restore the file, or remove it and run:\n  craton init",
                    label.name
                );
                diags.push(Diagnostic::error("Invalid dependency lock file", detail).at(label.span));
                continue;
            };
            let schema = BodySchema::new().required("version").optional(["constraints", "hashes"]);
            let (content, found) = block.body.content(&schema);
            diags.extend(found);
            let text = |name, diags: &mut _| content.expr(name).and_then(|e| statics::string(e, name, diags));
            let version = text("version", &mut diags).and_then(|v| Version::parse(&v));
            let Some(version) = version else {
                let detail =
                    "The entry has no version such as 1.2.3. Restore the file, or remove it and run:\n  craton init";
                diags.push(Diagnostic::error("Invalid dependency lock file", detail).at(block.span));
                continue;
            };
            let constraints = text("constraints", &mut diags).and_then(|c| Constraint::parse(&c).ok());
            let hashes = content.expr("hashes").and_then(|e| {
                let list = statics::of_type(e, &Type::list(Type::String), "hashes", &mut diags)?;
                Some(list.as_seq()?.iter().filter_map(|h| h.as_str().map(str::to_owned)).collect())
            });
            let locked = LockedProvider { version, constraints, hashes: hashes.unwrap_or_default() };
            if file.providers.insert(addr, locked).is_some() {
                let detail = "The provider has two entries. Remove one of them.";
                diags.push(Diagnostic::error("Duplicate provider lock", detail).at(block.span));
            }
        }
        diags.ok(file)
    }

    /// The file's text.
    pub fn render(&self) -> String {
        let mut out = String::from(
            "# This file is maintained automatically by \"craton init\".\n# Manual edits may be lost in future updates.\n",
        );
        for (addr, locked) in &self.providers {
            let versions = match &locked.constraints {
                Some(c) => format!(
                    "  version     = {}\n  constraints = {}\n",
                    quoted(&locked.version.to_string()),
                    quoted(&c.to_string())
                ),
                None => format!("  version = {}\n", quoted(&locked.version.to_string())),
            };
            out.push_str(&format!("\nprovider {} {{\n{versions}", quoted(&addr.to_string())));
            if !locked.hashes.is_empty() {
                out.push_str("  hashes = [\n");
                let mut hashes = locked.hashes.clone();
                hashes.sort();
                hashes.dedup();
                for hash in hashes {
                    out.push_str(&format!("    {},\n", quoted(&hash)));
                }
                out.push_str("  ]\n");
            }
            out.push_str("}\n");
        }
        out
    }
}
