//! `state pull`

use craton_state::tfstate;

use crate::app::{App, Ended, Outcome};
use crate::backend::LocalFlags;
use crate::commands::open_state;
use crate::unit::Work;

/// Writes the state to standard output; nothing where there is none.
pub async fn run(app: &App, work: &Work) -> Ended {
    let open = open_state(app, work, &LocalFlags::default(), "", None).await?;
    if open.exists {
        print!("{}", String::from_utf8_lossy(&tfstate::render(&open.state)?));
    }
    Ok(Outcome::Done)
}
