//! `init`

use craton_config::version::Constraint;
use craton_config::{FileCache, InstallEvent, LockFile, install_with_tests};
use craton_fetch::Source;
use craton_model::addr::ProviderAddr;
use craton_model::{Diagnostic, Diagnostics};
use craton_terragrunt::IamRole;

use crate::app::{App, Ended, Outcome, TERRAFORM_VERSION};
use crate::args::InitArgs;
use crate::backend::{self, LocalFlags};
use crate::json::stream;
use crate::pin;
use crate::root;
use crate::store::OpenState;
use crate::unit::Work;

/// Where steps are said: as text for people, or as messages.
struct Say<'a> {
    app: &'a App,
    json: bool,
}

impl Say<'_> {
    /// A step, by Terraform's code for it.
    fn step(&self, code: &str, text: &str) {
        if self.json {
            println!("{}", stream::message("info", "init_output", text, serde_json::json!({"message_code": code})));
        } else if code.starts_with("initializing") {
            println!("\n{}", self.app.out.bold(text));
        }
    }

    /// Something that was found or done in a step.
    fn note(&self, text: &str) {
        if self.json {
            println!("{}", stream::message("info", "log", text, serde_json::json!({})));
        } else {
            println!("{text}");
        }
    }
}

/// Prepares a folder: fetches modules, sets the backend up.
pub async fn run(app: &App, args: &InitArgs) -> Ended {
    if args.migrate_state && args.reconfigure {
        let detail = "-migrate-state takes the state along and -reconfigure leaves it; give one of them.";
        return Err(Diagnostic::error("Invalid init options", detail).into());
    }
    let say = Say { app, json: args.json };
    if args.json {
        println!("{}", stream::version(TERRAFORM_VERSION));
    }
    if let Some(source) = &args.from_module {
        copy_module(app, source)?;
        say.note(&format!("Copied the configuration from {source:?}."));
    }
    // A unit's folder has its modules fetched while it is loaded.
    if args.get && !app.is_unit(&app.dir()) && app.dir().is_dir() {
        let (code, text) = match args.upgrade {
            true => ("upgrading_modules_message", "Upgrading modules..."),
            false => ("initializing_modules_message", "Initializing modules..."),
        };
        say.step(code, text);
        install(app, &app.dir(), &IamRole::default(), &args.tests.test_directory, args.upgrade, &mut |text| {
            say.note(text)
        })?;
    }
    let work = Work::load(app, "init").await?;
    work.hooked(prepare(app, &work, args, &say)).await
}

async fn prepare(app: &App, work: &Work, args: &InitArgs, say: &Say<'_>) -> Ended {
    if args.get && args.upgrade && work.active.is_some() {
        let role = work.active.as_ref().map(|a| a.unit.iam.clone()).unwrap_or_default();
        install(app, &work.root.dir, &role, &args.tests.test_directory, true, &mut |text| say.note(text))?;
    }
    if args.backend {
        say.step("initializing_backend_message", "Initializing the backend...");
        set_up(app, work, args, say).await?;
    }
    say.step("initializing_provider_plugin_message", "Initializing provider plugins...");
    let registry = work.registry();
    let mut missing = work.unserved(&registry);
    missing.extend(versions_of_builtin(&work.root.tree));
    if missing.has_errors() {
        return Err(missing);
    }
    // What is in the lock file belongs to Terraform; but it must be a lock file, and agree with what is written.
    let lock = LockFile::read(&work.root.dir, &work.root.cache)?;
    let mut found = pin::check(&work.root.tree, &registry, true);
    if !args.upgrade && !found.has_errors() {
        found.extend(pin::check_lock(&work.root.tree, &lock));
    }
    if found.has_errors() {
        return Err(found);
    }
    app.report(&work.root.warnings, args.json);
    app.report(&found, args.json);
    let needs = work.root.tree.provider_requirements();
    for addr in needs.keys() {
        say.note(&format!("- {} is built in", addr.short()));
    }
    let next = "To see what would be done:\n  craton plan";
    say.step("output_init_success_message", "The folder is ready.");
    say.step("output_init_success_cli_message", next);
    if !args.json {
        println!("\n{}", say.app.out.bold_green("The folder is ready."));
        if work.root.is_empty() {
            println!("It holds no configuration yet.");
        } else {
            println!("{next}");
        }
    }
    Ok(Outcome::Done)
}

/// Demands on the version of the provider that is a part of the language.
fn versions_of_builtin(tree: &craton_config::ModuleTree) -> Diagnostics {
    let needs = tree.provider_requirements();
    let demands = needs.get(&ProviderAddr::builtin()).into_iter().flatten().filter(|r| r.version.is_some());
    let error = |span| {
        let detail = "The provider terraform.io/builtin/terraform has no versions of its own, so none can be demanded. Remove the version.";
        Diagnostic::error("Invalid dependency on built-in provider", detail).at_default(span)
    };
    demands.map(|r| error(r.span)).collect()
}

/// Copies a module's files into the working folder, which must hold none.
fn copy_module(app: &App, source: &str) -> Result<(), Diagnostics> {
    let dir = app.dir();
    let failed = |what: &str, e: &std::io::Error| {
        Diagnostic::error("Module cannot be copied", format!("Cannot {what} {}: {e}.", dir.display()))
    };
    let mut entries = std::fs::read_dir(&dir).map_err(|e| failed("read", &e))?;
    if entries.next().is_some() {
        let detail = format!(
            "{} holds files already, and -from-module copies into an empty folder only. To initialise what is there, leave \
             -from-module out.",
            dir.display()
        );
        return Err(Diagnostic::error("Folder is not empty", detail).into());
    }
    let parsed = Source::parse(source).map_err(|why| {
        Diagnostic::error("Invalid module source address", format!("{source:?} cannot be read: {why}."))
    })?;
    if let Source::Local(path) = &parsed {
        let from = dir.join(path);
        if !from.is_dir() {
            let detail = format!("There is no folder {}. Correct the path {path:?}.", from.display());
            return Err(Diagnostic::error("Unreadable module directory", detail).into());
        }
        // A module in a folder around this one would be copied into itself without end.
        let (real, target) = (from.canonicalize(), dir.canonicalize());
        if let (Ok(real), Ok(target)) = (real, target)
            && target.starts_with(&real)
        {
            let detail = format!("{} lies within {source:?}, which would be copied into itself.", dir.display());
            return Err(Diagnostic::error("Module cannot be copied", detail).into());
        }
        craton_fetch::copy_tree(&from, &dir, &|_| true)?;
        return Ok(());
    }
    let scratch = tempfile::tempdir().map_err(|e| failed("make a temporary folder for", &e))?;
    let fetcher = app.fetcher(&IamRole::default());
    let fetched = tokio::task::block_in_place(|| -> Result<_, Diagnostic> {
        let version = match &parsed {
            Source::Registry(module) => Some(fetcher.choose_version(module, &Constraint::default())?),
            _ => None,
        };
        fetcher.fetch(&parsed, version.as_deref(), &scratch.path().join("module"))
    })?;
    app.report(&fetched.warnings, false);
    craton_fetch::copy_tree(&fetched.dir, &dir, &|path| !path.starts_with(".git"))?;
    Ok(())
}

/// Says it to people.
pub fn said(text: &str) {
    println!("{text}");
}

/// Fetches what modules are called, by test files too.
pub fn install(
    app: &App,
    dir: &std::path::Path,
    role: &IamRole,
    tests: &std::path::Path,
    upgrade: bool,
    note: &mut dyn FnMut(&str),
) -> Result<(), Diagnostics> {
    let data_dir = root::data_dir(dir);
    let mut say = |event: InstallEvent<'_>| match event {
        InstallEvent::Fetching { source, version, key } => {
            let version = version.map(|v| format!(" {v}")).unwrap_or_default();
            note(&format!("Fetching {source}{version} for {key}..."));
        }
        InstallEvent::Installed { key, dir } => note(&format!("- {key} in {}", dir.display())),
    };
    let found = tokio::task::block_in_place(|| {
        let fetcher = app.fetcher(role);
        install_with_tests(dir, &data_dir, tests, upgrade, &FileCache::new(), &fetcher, &mut say)
    });
    let failed = found.has_errors();
    if failed {
        return Err(found);
    }
    app.report(&found, false);
    Ok(())
}

async fn set_up(app: &App, work: &Work, args: &InitArgs, say: &Say<'_>) -> Result<(), Diagnostics> {
    let Some(node) = work.root.tree.root() else { return Ok(()) };
    let before = backend::recorded(&work.root.data_dir)?;
    let mut given = work.backend_settings();
    given.extend(backend::overrides(&args.backend_config, &app.global.chdir.clone().unwrap_or_default())?);
    let fresh = given.is_empty() && !args.reconfigure && !args.migrate_state;
    let (choice, explicit) = if fresh {
        backend::agreed(work)?
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
        backend::at_block(work, backend::set_up(app, work, &choice, args.json).await)?;
        say.note(&format!("State is kept in {}.", choice.place()));
    } else {
        backend::record(work, &choice, false)?;
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
