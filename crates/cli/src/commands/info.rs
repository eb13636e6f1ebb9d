//! `info`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use craton_terragrunt::{ComponentKind, STRICT_CONTROLS, Terragrunt, Universe};
use serde_json::json;

use crate::app::{App, Ended, Outcome};
use crate::args::InfoCommand;
use crate::units::choose;

/// Shows where a unit's files are, whether or not the unit can be read.
pub fn run(app: &App, command: &InfoCommand) -> Ended {
    if let InfoCommand::Strict(_) = command {
        for (name, what) in STRICT_CONTROLS {
            println!("{name}  {what}");
        }
        return Ok(Outcome::Done);
    }
    tokio::task::block_in_place(|| {
        let session = app.share(app.terragrunt_options("info"));
        let root = choose::root(app);
        if !app.units.has("all") {
            print(app, &session, &root);
            return Ok(Outcome::Done);
        }
        let universe = Universe::search(&session, &root, true)?;
        let selection = universe.select(&choose::filters(app, &root)?)?;
        for c in selection.components.into_iter().filter(|c| c.kind == ComponentKind::Unit) {
            print(app, &session, &c.dir);
        }
        Ok(Outcome::Done)
    })
}

fn print(app: &App, session: &Arc<Terragrunt>, dir: &Path) {
    let fallback = session.options().download_dir.clone().unwrap_or_else(|| PathBuf::from(".terragrunt-cache"));
    let mut place =
        json!({ "config_path": dir.join("terragrunt.hcl"), "download_dir": dir.join(&fallback), "working_dir": dir });
    let role = session.options().iam.role.clone();
    place["iam_role"] = json!(role.unwrap_or_default());
    place["terraform_binary"] = json!("craton");
    place["terraform_command"] = json!("");
    match session.load_unresolved(dir) {
        Ok(unit) => {
            place["config_path"] = json!(unit.config_path);
            place["download_dir"] = json!(unit.download_dir());
            place["working_dir"] = json!(unit.working_dir);
            place["iam_role"] = json!(unit.iam.role.unwrap_or_default());
        }
        Err(found) => app.report(&found, false),
    }
    println!("{place:#}");
}
