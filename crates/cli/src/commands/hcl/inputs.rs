//! `hcl validate --inputs`: whether the values that a unit gives are those that its module takes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use craton_config::FileCache;
use craton_model::{Diagnostic, Diagnostics};
use craton_terragrunt::{Terragrunt, Unit};

use crate::app::{App, Ended, Outcome};
use crate::args::normal::{self, VariableArg};
use crate::args::units::HclValidateArgs;
use crate::root::variable_blocks;
use crate::unit_log::shown;
use crate::units::choose;

/// Compares the inputs of units with the variables of their modules.
pub fn run(
    app: &App,
    args: &HclValidateArgs,
    session: &Arc<Terragrunt>,
    units: impl Iterator<Item = PathBuf>,
) -> Ended {
    let root = choose::root(app);
    let mut found = Diagnostics::new();
    let (mut checked, mut passed) = (0, 0);
    for dir in units {
        checked += 1;
        let name = shown(&root, &dir);
        let of_unit = match compare(app, args, session, &dir, &name) {
            Ok(found) | Err(found) => found,
        };
        passed += usize::from(!of_unit.has_errors());
        found.extend(of_unit);
    }
    app.report(&found, false);
    println!("{passed} of {checked} units give their modules what these take.");
    Ok(if found.has_errors() { Outcome::Failed } else { Outcome::Done })
}

fn compare(
    app: &App,
    args: &HclValidateArgs,
    session: &Arc<Terragrunt>,
    dir: &Path,
    name: &str,
) -> Result<Diagnostics, Diagnostics> {
    let unit = session.load_unresolved(dir)?;
    let files = unit.own_files();
    unit.prepare_files()?;
    let (blocks, mut found) = variable_blocks(&unit.working_dir, &files);
    let declared: BTreeMap<String, bool> =
        blocks.into_iter().map(|(name, content)| (name, content.expr("default").is_none())).collect();
    let given = given(app, &unit, &files, &mut found);
    let list = |names: Vec<&str>| names.iter().map(|n| format!("  - {n}")).collect::<Vec<_>>().join("\n");
    let missing: Vec<&str> =
        declared.iter().filter(|(n, required)| **required && !given.contains(*n)).map(|(n, _)| n.as_str()).collect();
    if !missing.is_empty() {
        let detail = format!(
            "The module of {name} requires values that the unit does not give it:\n{}\nAdd them to inputs.",
            list(missing)
        );
        found.push(Diagnostic::error("Required inputs are missing", detail));
    }
    let unused: Vec<&str> = given.iter().map(String::as_str).filter(|n| !declared.contains_key(*n)).collect();
    if !unused.is_empty() {
        let detail = format!(
            "{name} gives its module values for which this has no variables:\n{}\nRemove them, or declare the variables.",
            list(unused)
        );
        let (error, warning) = (Diagnostic::error, Diagnostic::warning);
        let summary = "Inputs are not used";
        found.push(if args.strict { error(summary, detail) } else { warning(summary, detail) });
    }
    Ok(found)
}

/// The names of all variables that get a value: from inputs, the environment, `extra_arguments`, variable files and the
/// command line.
fn given(app: &App, unit: &Unit, files: &FileCache, found: &mut Diagnostics) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = unit.inputs.keys().map(|k| k.to_string()).collect();
    let blocks: Vec<_> = unit.config.terraform.iter().flat_map(|t| t.extra_arguments.values()).collect();
    let env = std::env::vars_os().filter_map(|(k, _)| k.into_string().ok());
    let env = env.chain(blocks.iter().flat_map(|b| b.env_vars.keys().cloned()));
    names.extend(env.filter_map(|k| Some(k.strip_prefix("TF_VAR_")?.to_owned())));
    let mut sources: Vec<PathBuf> = Vec::new();
    let arguments = blocks.iter().flat_map(|b| &b.arguments).filter_map(|a| shlex::split(a).map(|w| w.join(" ")));
    let typed = normal::normal(std::iter::once(String::new()).chain(arguments)).variables;
    for variable in app.variables.iter().cloned().chain(typed) {
        match variable {
            VariableArg::Value(text) => {
                names.extend(text.split_once('=').map(|(name, _)| name.trim().to_owned()));
            }
            VariableArg::File(path) => sources.push(unit.working_dir.join(path)),
        }
    }
    for block in &blocks {
        sources.extend(block.required_var_files.iter().map(|f| unit.working_dir.join(f)));
        sources.extend(block.optional_var_files.iter().map(|f| unit.working_dir.join(f)).filter(|f| f.is_file()));
    }
    let entries = std::fs::read_dir(&unit.working_dir).into_iter().flatten().flatten();
    sources.extend(entries.map(|e| e.path()).filter(|p| {
        let name = p.file_name().unwrap_or_default().to_string_lossy();
        let endings = [".auto.tfvars", ".auto.tfvars.json"];
        name == "terraform.tfvars" || name == "terraform.tfvars.json" || endings.iter().any(|e| name.ends_with(e))
    }));
    for path in sources {
        let (body, more) = files.parse(&path);
        found.extend(more);
        let Some(body) = body else { continue };
        let (attributes, more) = body.attributes();
        found.extend(more);
        names.extend(attributes.keys().map(|k| k.to_string()));
    }
    names
}
