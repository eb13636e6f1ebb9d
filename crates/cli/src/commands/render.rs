//! `render`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use craton_model::{Diagnostic, Diagnostics};
use craton_terragrunt::{ComponentKind, Terragrunt, Universe};

use crate::app::{App, Ended, Outcome};
use crate::args::RenderArgs;
use crate::args::units::RenderFormat;
use crate::unit_log::shown;
use crate::units::choose;

/// Shows a unit's configuration as it is in force, or that of every unit below the folder.
pub fn run(app: &App, args: &RenderArgs) -> Ended {
    tokio::task::block_in_place(|| {
        let session = app.share(app.terragrunt_options("render"));
        let root = choose::root(app);
        if !app.units.has("all") {
            one(app, args, &session, &root)?;
            return Ok(Outcome::Done);
        }
        let universe = Universe::search(&session, &root, true)?;
        let selection = universe.select(&choose::filters(app, &root)?)?;
        let mut failed = false;
        for c in selection.components.into_iter().filter(|c| c.kind == ComponentKind::Unit) {
            if !args.write && !is_json(args) {
                println!("# {}", shown(&root, &c.dir));
            }
            if let Err(found) = one(app, args, &session, &c.dir) {
                app.report(&found, false);
                failed = true;
                if app.units.has("fail-fast") {
                    break;
                }
            }
        }
        Ok(if failed { Outcome::Failed } else { Outcome::Done })
    })
}

fn is_json(args: &RenderArgs) -> bool {
    args.json || args.format == RenderFormat::Json
}

fn one(app: &App, args: &RenderArgs, session: &Arc<Terragrunt>, dir: &Path) -> Result<(), Diagnostics> {
    let (config, mut found) = session.load_config(dir)?;
    let unknown = config.unknown_inputs();
    if !unknown.is_empty() {
        let detail = format!(
            "These inputs depend on outputs of units that are not applied yet, and are shown as empty text where they do: {}.",
            unknown.join(", ")
        );
        found.push(Diagnostic::warning("Inputs are not known yet", detail));
    }
    app.report(&found, false);
    let json = is_json(args);
    let text = match (json, args.with_metadata) {
        (true, true) => format!("{:#}\n", config.to_json_with_origins()),
        (true, false) => format!("{:#}\n", config.to_json()),
        (false, _) => config.to_hcl(),
    };
    if !args.write {
        print!("{text}");
        return Ok(());
    }
    let name = if json { "terragrunt.rendered.json" } else { "terragrunt.rendered.hcl" };
    let path = dir.join(args.out.clone().unwrap_or_else(|| PathBuf::from(name)));
    let written = match path.parent() {
        Some(folder) => std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, text)),
        None => std::fs::write(&path, text),
    };
    written.map_err(|e| {
        let detail = format!("Cannot write {}: {e}.", path.display());
        Diagnostic::error("Configuration cannot be written", detail).into()
    })
}
