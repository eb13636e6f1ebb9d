//! `dag graph`

use super::list::{Listing, dot};
use crate::app::{App, Ended, Outcome};
use crate::args::DagCommand;
use crate::args::listing::ListingArgs;

/// Shows the graph of the units in the language of Graphviz, those outside of the folder that they depend on included.
pub fn run(app: &App, command: &DagCommand) -> Ended {
    let DagCommand::Graph = command;
    let args = ListingArgs { dependencies: true, external: true, ..ListingArgs::default() };
    let listing = tokio::task::block_in_place(|| Listing::make(app, &args))?;
    print!("{}", dot(&listing));
    Ok(Outcome::Done)
}
