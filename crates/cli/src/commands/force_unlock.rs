//! `force-unlock`

use craton_model::Diagnostic;

use crate::app::{App, Ended, Outcome};
use crate::args::ForceUnlockArgs;
use crate::backend::{self, LocalFlags};
use crate::unit::Work;

/// Gives back a lock whose holder is gone.
pub async fn run(app: &App, args: &ForceUnlockArgs) -> Ended {
    let work = Work::for_state(app).await?;
    let choice = backend::in_use(&work)?.0;
    let backend = backend::open(&choice, &work.root.dir, &LocalFlags::default(), &work.aws).await?;
    let store = backend.open(&work.root.workspace).await?;
    if choice.kind == "local" {
        let detail = "The lock on a local state ends with the process that holds it, so there is none to give back by hand. If a process still runs, end it.";
        return Err(Diagnostic::error("Local locks cannot be given back", detail).into());
    }
    if let Some(holder) = store.holder().await? {
        println!("{} is locked by {} since {} ({}).", store.place(), holder.who, holder.created, holder.operation);
    }
    let question = "Give the lock back? If its holder still runs, two programs will change the same things at once.";
    if !args.force && !app.confirm(question, true, "-force")? {
        println!("The lock stays.");
        return Ok(Outcome::Failed);
    }
    store.unlock(&args.id).await.map_err(|e| e.diagnostic(&store.place()))?;
    println!("{}", app.out.bold_green("The lock was given back."));
    Ok(Outcome::Done)
}
