//! `graph`

use std::sync::Arc;

use craton_engine::CancelToken;
use craton_model::{NoEvents, State};

use crate::app::{App, Ended, Outcome};
use crate::unit::Work;

/// Shows the graph of a configuration in DOT.
pub async fn run(app: &App) -> Ended {
    let work = Work::load(app, "graph").await?;
    let now = craton_state::lock::now();
    let session = work.session(Default::default(), State::default(), now, Arc::new(NoEvents), 10, CancelToken::new());
    let (dot, found) = session.graph().await;
    if found.has_errors() {
        return Err(found);
    }
    print!("{dot}");
    Ok(Outcome::Done)
}
