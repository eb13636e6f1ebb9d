//! What `extra_arguments` blocks add to a command.

use crate::config::Config;
use craton_model::Diagnostic;
use std::collections::BTreeMap;
use std::path::Path;

/// Arguments to put behind the command's name, and variables to put into its environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// Arguments, in order.
    pub arguments: Vec<String>,
    /// Environment.
    pub env: BTreeMap<String, String>,
}

/// Collects what the blocks for `command` add. Relative variable files lie in the working folder.
pub(crate) fn extra(config: &Config, command: &str, working_dir: &Path) -> Result<Extra, Diagnostic> {
    let mut extra = Extra::default();
    let blocks = config.terraform.iter().flat_map(|t| &t.extra_arguments);
    for (label, block) in blocks.filter(|(_, b)| b.commands.iter().any(|c| c == command)) {
        extra.arguments.extend(block.arguments.iter().cloned());
        for file in &block.required_var_files {
            let path = working_dir.join(file);
            if !path.is_file() {
                let detail = format!(
                    "The extra_arguments block {label:?} requires the variable file {}, which is not there. Create it, or list it in optional_var_files.",
                    path.display()
                );
                return Err(Diagnostic::error("Required variable file not found", detail));
            }
            extra.arguments.push(format!("-var-file={}", path.display()));
        }
        for file in &block.optional_var_files {
            let path = working_dir.join(file);
            if path.is_file() {
                extra.arguments.push(format!("-var-file={}", path.display()));
            }
        }
        extra.env.extend(block.env_vars.clone());
    }
    Ok(extra)
}
