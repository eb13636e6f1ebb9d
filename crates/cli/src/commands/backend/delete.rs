//! `backend delete`

use craton_model::{Diagnostic, Diagnostics};
use craton_state::Place;

use super::Home;
use crate::app::App;
use crate::args::BackendDeleteArgs;
use crate::root;
use crate::unit_log::Level;

/// Deletes a unit's state, or everything that its bucket holds.
pub async fn run(app: &App, home: Home, args: &BackendDeleteArgs) -> Result<(), Diagnostics> {
    let Some(place) = &home.place else {
        let detail = format!(
            "State in the backend {:?} is not deleted by craton. Delete {} by hand.",
            home.choice.kind,
            home.choice.place()
        );
        return Err(Diagnostic::error("Backend is not deleted", detail).into());
    };
    if args.bucket {
        return bucket(app, &home, place, args.force).await;
    }
    if !home.check_versions("delete the state", args.force).await? {
        println!("{}: there is no bucket {}, so there is nothing to delete.", home.name, place.settings().bucket);
        return Ok(());
    }
    let workspace = root::workspace(&root::data_dir(&home.unit.working_dir))?;
    // Nobody is to write it while it goes.
    let open = home.state(app, &workspace, "backend-delete").await?;
    let result = state(app, &home, &open.place(), open.exists, open.state.instances().count(), &workspace).await;
    crate::commands::closing(open, result).await
}

async fn state(
    app: &App,
    home: &Home,
    place: &str,
    exists: bool,
    objects: usize,
    workspace: &str,
) -> Result<(), Diagnostics> {
    if !exists {
        println!("{}: there is no state at {place}.", home.name);
        return Ok(());
    }
    let holds = match objects {
        0 => String::new(),
        1 => " It records an object that craton will know nothing of then.".to_owned(),
        n => format!(" It records {n} objects that craton will know nothing of then."),
    };
    if !agreed(app, &format!("Delete the state {place}?{holds}"))? {
        println!("{}: the state was left where it is.", home.name);
        return Ok(());
    }
    home.backend().await?.delete_workspace(workspace).await?;
    println!("{}: deleted the state {place}.", home.name);
    Ok(())
}

async fn bucket(app: &App, home: &Home, place: &Place, force: bool) -> Result<(), Diagnostics> {
    let name = &place.settings().bucket;
    home.check_versions("delete the bucket", force).await?;
    let keys = place.keys().await?;
    let own = home.choice.text("key").unwrap_or_default();
    let others = keys.iter().flatten().filter(|k| k.trim_start_matches('/') != own.trim_start_matches('/')).count();
    if others > 0 && app.global.non_interactive && !force {
        let detail = format!(
            "The bucket {name} holds {others} objects beside the state of {}, states of other units perhaps. Nothing was deleted. Delete it without --non-interactive to be asked, or add --force.",
            home.name
        );
        return Err(Diagnostic::error("Bucket holds more than this state", detail).into());
    }
    if let Some(table) = place.table_name() {
        let question = format!("Delete the lock table {table} with all locks and digests in it?");
        if agreed(app, &question)? && place.delete_table().await? {
            println!("{}: deleted the lock table {table}.", home.name);
        }
    }
    if keys.is_none() {
        println!("{}: there is no bucket {name}.", home.name);
        return Ok(());
    }
    let question = match others {
        0 => format!("Delete the bucket {name} with every version of everything in it? It cannot be undone."),
        n => format!(
            "Delete the bucket {name} with every version of everything in it, {n} objects beside this unit's state? It cannot be undone."
        ),
    };
    if !agreed(app, &question)? {
        println!("{}: the bucket {name} was left as it is.", home.name);
        return Ok(());
    }
    app.log.say(Level::Info, None, &format!("Emptying the bucket {name}..."));
    place.delete_bucket().await?;
    println!("{}: deleted the bucket {name}.", home.name);
    Ok(())
}

fn agreed(app: &App, question: &str) -> Result<bool, Diagnostics> {
    if app.global.non_interactive { Ok(true) } else { app.confirm(question, true, "--non-interactive") }
}
