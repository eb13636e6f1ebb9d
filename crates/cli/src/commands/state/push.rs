//! `state push`

use std::io::Read as _;
use std::path::Path;

use craton_model::{Diagnostic, Diagnostics};
use craton_state::tfstate;

use crate::app::{App, Ended, Outcome};
use crate::args::LockArgs;
use crate::backend::LocalFlags;
use crate::commands::{closing, open_state};
use crate::unit::Work;

/// Replaces the state by that of a file.
pub async fn run(app: &App, work: &Work, locking: &LockArgs, file: &Path, force: bool) -> Ended {
    let mut open = open_state(app, work, &LocalFlags::default(), "state-push", Some(locking)).await?;
    let result = async {
        let mut bytes = Vec::new();
        let read = if file == Path::new("-") {
            std::io::stdin().read_to_end(&mut bytes).map(|_| ())
        } else {
            std::fs::read(app.path(file)).map(|b| bytes = b)
        };
        read.map_err(|e| {
            Diagnostic::error("State file is not readable", format!("Cannot read {}: {e}.", file.display()))
        })?;
        let new = tfstate::parse(&bytes, &file.display().to_string())?;
        let old = &open.state;
        let refuse = |why: String| {
            Diagnostics::from(Diagnostic::error(
                "State cannot be pushed",
                format!("{why} Nothing was changed. If you are sure, use -force."),
            ))
        };
        if !force && !old.is_empty() && !old.lineage.is_empty() {
            if old.lineage != new.lineage {
                return Err(refuse(format!(
                    "{} is of another lineage than the state at {}.",
                    file.display(),
                    open.place()
                )));
            }
            if old.serial > new.serial || (old.serial == new.serial && *old != new) {
                return Err(refuse(format!(
                    "The state at {} is newer (serial {}) than {} (serial {}).",
                    open.place(),
                    old.serial,
                    file.display(),
                    new.serial
                )));
            }
        }
        open.push(new).await
    }
    .await;
    closing(open, result.map(|()| Outcome::Done)).await
}
