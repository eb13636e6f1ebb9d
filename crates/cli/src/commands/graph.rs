//! `graph`

use std::sync::Arc;

use craton_engine::{CancelToken, PlanOptions, Session};
use craton_model::plan::PlanMode;
use craton_model::{Diagnostic, Diagnostics, NoEvents, State};
use craton_state::planfile;

use super::open_state;
use crate::app::{App, Ended, Outcome};
use crate::args::GraphArgs;
use crate::backend::LocalFlags;
use crate::unit::Work;

/// Shows a graph in DOT: of the resources, of the evaluation that a kind of operation begins with, or of the steps of an
/// apply.
pub async fn run(app: &App, args: &GraphArgs) -> Ended {
    let kind = match (args.r#type.as_deref(), &args.plan) {
        (None | Some("apply"), Some(_)) => "steps",
        (Some(_), Some(_)) => return Err(refuse("-plan=FILE implies -type=apply; leave -type out.")),
        (None, None) => "resources",
        (Some(kind @ ("plan" | "plan-refresh-only" | "plan-destroy" | "apply")), None) => kind,
        (Some(kind), None) => {
            let known = ["plan", "plan-refresh-only", "plan-destroy", "apply"];
            let like = craton_model::similar(kind, known).map(|n| format!(" Did you mean {n:?}?")).unwrap_or_default();
            let detail = format!("-type={kind} is none of {}.{like}", known.join(", "));
            return Err(refuse(&detail));
        }
    };
    let (dot, found) = match (&args.plan, kind) {
        (Some(file), _) => {
            let path = app.path(file);
            let bytes = std::fs::read(&path).map_err(|e| {
                Diagnostic::error("Plan file is not readable", format!("Cannot read {}: {e}.", path.display()))
            })?;
            let saved = planfile::read(&bytes)?;
            let work = Work::for_plan(app, &saved, None).await?;
            session(&work, saved.plan.previous_state.as_ref().clone()).steps_graph(&saved.plan).await
        }
        (None, "plan-destroy") => {
            let work = Work::load(app, "graph").await?;
            let state = open_state(app, &work, &LocalFlags::default(), "", None).await?.state;
            let session = session(&work, state);
            let options = PlanOptions { mode: PlanMode::Destroy, refresh: false, ..PlanOptions::default() };
            let (plan, mut found) = session.plan(options).await;
            let (dot, more) = session.steps_graph(&plan).await;
            found.extend(more);
            (dot, found)
        }
        (None, kind) => {
            let work = Work::load(app, "graph").await?;
            let session = session(&work, State::default());
            session.graph(kind != "resources", args.draw_cycles).await
        }
    };
    if found.has_errors() {
        return Err(found);
    }
    app.report(&found, false);
    print!("{dot}");
    Ok(Outcome::Done)
}

fn refuse(detail: &str) -> Diagnostics {
    Diagnostic::error("Unsupported graph type", detail).into()
}

fn session(work: &Work, state: State) -> Session {
    let now = craton_state::lock::now();
    work.session(Default::default(), state, now, Arc::new(NoEvents), 10, CancelToken::new())
}
