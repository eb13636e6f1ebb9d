//! `backend bootstrap`

use craton_model::Diagnostics;

use super::Home;
use crate::app::App;
use crate::bootstrap::{Reach, Seen, see_to, told};

/// Makes the place of a unit's state as it has to be.
pub async fn run(app: &App, home: Home) -> Result<(), Diagnostics> {
    let remote = home.unit.config.remote_state.as_ref();
    let Some(place) = &home.place else {
        println!("{}: there is nothing to make for the backend {:?}.", home.name, home.choice.kind);
        return Ok(());
    };
    if remote.is_some_and(|r| r.disable_init) {
        println!("{}: disable_init leaves the bucket {} to others.", home.name, place.settings().bucket);
        return Ok(());
    }
    let seen = see_to(app, remote, &home.choice, &home.aws, Reach::Whole).await?;
    for line in told(&seen, place.settings()) {
        println!("{line}");
    }
    if seen == Seen::default() {
        println!("{}: the bucket {} is as it has to be.", home.name, place.settings().bucket);
    }
    Ok(())
}
