//! `init`

use craton_config::{FileCache, InstallEvent, TEST_DIRECTORY, install_with_tests};
use craton_model::Diagnostics;

use crate::app::{App, Ended, Outcome};
use crate::args::InitArgs;
use crate::backend::{self, LocalFlags};
use crate::root;
use crate::store::OpenState;
use crate::terragrunt::is_unit;
use crate::unit::Work;

/// Prepares a folder: fetches modules, sets the backend up.
pub async fn run(app: &App, args: &InitArgs) -> Ended {
    // A unit's folder has its modules fetched while it is loaded.
    if args.get && !is_unit(&app.dir()) && app.dir().is_dir() {
        install(app, &app.dir(), args.test_directory.as_deref(), args.upgrade)?;
    }
    let work = Work::load(app, "init").await?;
    work.before()?;
    let result = prepare(app, &work, args).await;
    work.after(result)
}

async fn prepare(app: &App, work: &Work, args: &InitArgs) -> Ended {
    if args.get && args.upgrade && work.active.is_some() {
        install(app, &work.root.dir, args.test_directory.as_deref(), true)?;
    }
    if args.backend {
        set_up(app, work, args).await?;
    }
    let registry = work.registry();
    let missing = work.unserved(&registry);
    if missing.has_errors() {
        return Err(missing);
    }
    app.report(&work.root.warnings, false);
    let needs = work.root.tree.provider_requirements();
    let names: Vec<String> = needs.keys().map(|a| a.short()).collect();
    if !names.is_empty() {
        println!("Providers, all built in: {}", names.join(", "));
    }
    println!("\n{}", app.out.bold_green("The folder is ready."));
    println!("To see what would be done:\n  craton plan");
    Ok(Outcome::Done)
}

/// Fetches what modules are called, by test files too.
pub fn install(
    app: &App,
    dir: &std::path::Path,
    tests: Option<&std::path::Path>,
    upgrade: bool,
) -> Result<(), Diagnostics> {
    let data_dir = root::data_dir(dir);
    let mut say = |event: InstallEvent<'_>| match event {
        InstallEvent::Fetching { source, key } => println!("Fetching {source} for {key}..."),
        InstallEvent::Installed { key, dir } => println!("- {key} in {}", dir.display()),
    };
    let found = {
        let tests = tests.unwrap_or(std::path::Path::new(TEST_DIRECTORY));
        install_with_tests(dir, &data_dir, tests, upgrade, &FileCache::new(), &mut say)
    };
    let failed = found.has_errors();
    if failed {
        return Err(found);
    }
    app.report(&found, false);
    Ok(())
}

async fn set_up(app: &App, work: &Work, args: &InitArgs) -> Result<(), Diagnostics> {
    let Some(node) = work.root.tree.root() else { return Ok(()) };
    let before = backend::recorded(&work.root.data_dir)?;
    let mut given = work.backend_settings();
    given.extend(backend::overrides(&args.backend_config, &app.global.chdir.clone().unwrap_or_default())?);
    let fresh = given.is_empty() && !args.reconfigure && !args.migrate_state;
    let (choice, explicit) = if fresh {
        backend::in_use(work)?
    } else {
        (backend::configured(&node.module, &given, &work.root.dir)?, node.module.backend.is_some())
    };
    if args.migrate_state || args.force_copy {
        let from = before.clone().unwrap_or_else(backend::Choice::local);
        if !from.same_as(&choice) {
            migrate(app, work, &from, &choice, args).await?;
        }
    } else if !args.reconfigure && before.as_ref().is_some_and(|b| !b.same_as(&choice)) {
        // Only -backend-config can lead here: what is written was compared by `in_use`.
        return Err(backend::changed(before.as_ref(), &choice).into());
    }
    if explicit {
        backend::set_up(app, work, &choice, args.json).await?;
        println!("State is kept in {}.", choice.place());
    } else {
        backend::record(&work.root.data_dir, &choice, false)?;
    }
    Ok(())
}

/// Copies the states of all workspaces from one backend to another. The old ones stay where they are.
async fn migrate(
    app: &App,
    work: &Work,
    from: &backend::Choice,
    to: &backend::Choice,
    args: &InitArgs,
) -> Result<(), Diagnostics> {
    let (flags, dir) = (LocalFlags::default(), &work.root.dir);
    backend::make_place(app, work, to, args.json).await?;
    let (old, new) =
        (backend::open(from, dir, &flags, &work.aws).await?, backend::open(to, dir, &flags, &work.aws).await?);
    for workspace in old.workspaces().await? {
        let open = |store, what| OpenState::open(app, store, what, args.locking.lock, args.locking.lock_timeout);
        let source = open(old.open(&workspace).await?, "migrate-source").await?;
        if source.state.is_empty() && source.state.serial == 0 {
            super::closing(source, Ok(())).await?;
            continue;
        }
        let mut target = match open(new.open(&workspace).await?, "migrate-target").await {
            Ok(target) => target,
            Err(e) => return super::closing(source, Err(e)).await,
        };
        let known = !target.state.is_empty() && target.state.lineage != source.state.lineage;
        let result = async {
            let question =
                format!("Copy the state of workspace {workspace:?} from {} to {}?", source.place(), target.place());
            let replaces =
                if known { format!("{question} It replaces another state that is there.") } else { question };
            if !args.force_copy && !app.confirm(&replaces, args.input, "-force-copy")? {
                return Ok(());
            }
            target.push(source.state.clone()).await?;
            println!("Copied the state of workspace {workspace:?}: {} instances.", source.state.instances().count());
            Ok(())
        }
        .await;
        let result = super::closing(target, result).await;
        super::closing(source, result).await?;
    }
    Ok(())
}
