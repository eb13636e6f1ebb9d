//! `hcl validate`

use std::path::PathBuf;
use std::sync::Arc;

use craton_model::{Diagnostic, Diagnostics};
use craton_terragrunt::{Component, ComponentKind, STACK_FILE, Terragrunt, Universe};
use serde_json::{Value as Json, json};

use super::inputs;
use crate::app::{App, Ended, Outcome};
use crate::args::units::HclValidateArgs;
use crate::json::stream::diagnostic_object;
use crate::units::choose;

/// Checks every configuration below the folder.
pub fn run(app: &App, args: &HclValidateArgs) -> Ended {
    let refuse = |detail: String| Err(Diagnostic::error("Incompatible flags", detail).into());
    for (flag, set) in [("--json", args.json), ("--show-config-path", args.show_config_path)] {
        if args.inputs && set {
            return refuse(format!("{flag} is about the configurations themselves, --inputs about the values that they give to modules. Give one of them."));
        }
    }
    if args.strict && !args.inputs {
        return refuse("--strict goes with --inputs: it makes inputs that no module takes errors.".to_owned());
    }
    let session = app.share(app.terragrunt_options("validate"));
    let root = choose::root(app);
    let universe = Universe::search(&session, &root, true)?;
    let selection = universe.select(&choose::filters(app, &root)?)?;
    if args.inputs {
        let units = selection.components.into_iter().filter(|c| c.kind == ComponentKind::Unit);
        return inputs::run(app, args, &session, units.map(|c| c.dir));
    }
    let found = check(&session, selection.components);
    told(app, args, &found)
}

/// What is wrong with units and stacks, by file, each finding once.
fn check(session: &Arc<Terragrunt>, components: Vec<Component>) -> Diagnostics {
    let mut all: Vec<Diagnostic> = Vec::new();
    for c in components {
        let found = match c.kind {
            ComponentKind::Unit => session.check(&c.dir),
            ComponentKind::Stack => session.files().parse(&c.dir.join(STACK_FILE)).1,
        };
        for d in found {
            if !all.contains(&d) {
                all.push(d);
            }
        }
    }
    all.sort_by_key(file);
    all.into_iter().collect()
}

fn file(d: &Diagnostic) -> Option<PathBuf> {
    d.subject.map(|s| s.file.source().path.clone())
}

fn told(app: &App, args: &HclValidateArgs, found: &Diagnostics) -> Ended {
    let errors: Vec<&Diagnostic> = found.into_iter().filter(|d| d.is_error()).collect();
    if args.show_config_path {
        let mut files: Vec<String> =
            errors.iter().filter_map(|d| Some(file(d)?.to_string_lossy().into_owned())).collect();
        files.dedup();
        if args.json {
            println!("{}", json!(files));
        } else {
            files.iter().for_each(|f| println!("{f}"));
        }
    } else if args.json {
        println!("{:#}", Json::Array(errors.iter().map(|d| diagnostic_object(d)).collect()));
    } else {
        app.report(found, false);
    }
    if errors.is_empty() {
        return Ok(Outcome::Done);
    }
    eprintln!("{} HCL validation error(s) found", errors.len());
    Ok(Outcome::Failed)
}
