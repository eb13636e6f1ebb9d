//! The craton command line.
//!
//! **Takes** what people type.
//! **Gives** all of it on a screen, and an exit code.
//! **Never** decides what a plan contains.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the one crate that talks to people")]
#![allow(missing_docs, reason = "a program has no public items; what is documented here is for its readers")]

/// Prints through the lane of the unit that is worked on, if there is one (see `lane`). A reader that has gone away
/// (`| head`) is no failure, least of all in the middle of an apply, where the standard library's macros would panic.
macro_rules! print { ($($t:tt)*) => { $crate::lane::write($crate::lane::Stream::Out, format_args!($($t)*), false) } }
macro_rules! println {
    () => { $crate::lane::write($crate::lane::Stream::Out, format_args!(""), true) };
    ($($t:tt)*) => { $crate::lane::write($crate::lane::Stream::Out, format_args!($($t)*), true) }
}
macro_rules! eprint { ($($t:tt)*) => { $crate::lane::write($crate::lane::Stream::Err, format_args!($($t)*), false) } }
macro_rules! eprintln {
    () => { $crate::lane::write($crate::lane::Stream::Err, format_args!(""), true) };
    ($($t:tt)*) => { $crate::lane::write($crate::lane::Stream::Err, format_args!($($t)*), true) }
}

mod app;
mod args;
mod aws;
mod backend;
mod bootstrap;
mod commands;
mod console;
mod generate;
mod json;
mod lane;
mod log;
mod log_format;
mod operation;
mod pin;
mod progress;
mod remote;
mod render;
mod root;
mod sources;
mod store;
mod terragrunt;
mod unit;
mod unit_log;
mod units;

use std::process::ExitCode;

use clap::Parser as _;

use app::{App, Ended, Outcome};
use args::{Cli, Command};

/// What each thread may take up while it evaluates, which goes as deep as expressions are nested. It is taken when it is
/// needed only.
const STACK: usize = 64 << 20;

fn main() -> ExitCode {
    let args = std::env::args_os().map(|a| a.to_string_lossy().into_owned());
    let line = args::terragrunt::read(args, &|name| std::env::var(name).ok());
    if let Some(why) = args::hints::misplaced(&line.misplaced).or(line.error) {
        return refused(&why);
    }
    let typed = args::normal::normal(line.args);
    let normal = match args::env::with_environment(typed, |name| std::env::var(name).ok()) {
        Ok(normal) => normal,
        Err(why) => return refused(&why),
    };
    if normal.late_chdir {
        return refused("-chdir belongs to craton and not to the command: write it before the command's name.");
    }
    log::start(&normal.args);
    let cli = match Cli::try_parse_from(&normal.args) {
        Ok(cli) => cli,
        Err(e) => return misread(&e, &normal.args),
    };
    if let Some(dir) = cli.global.chdir.as_ref().filter(|d| !d.is_dir()) {
        return refused(&format!("There is no folder {} to change to; correct -chdir.", dir.display()));
    }
    let log = match unit_log::Log::of(&line.flags) {
        Ok(log) => log,
        Err(why) => return refused(&why),
    };
    let app = App::new(cli.global, line.flags, log, normal);
    app.warn_outdated(&line.outdated);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_stack_size(STACK).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("craton cannot start: {e}");
            return ExitCode::from(1);
        }
    };
    let json = is_json(&cli.command);
    let streams =
        json && matches!(cli.command, Command::Plan(_) | Command::Apply(_) | Command::Destroy(_) | Command::Refresh(_));
    let ended = runtime.block_on(units::start(&app, cli.command));
    // Standard output is line buffered only on a terminal; `print!` may have left something.
    let _ = std::io::Write::flush(&mut std::io::stdout());
    match ended {
        Ok(outcome) => outcome.into(),
        Err(found) => {
            if streams {
                app.announce();
            }
            app.report(&found, json);
            Outcome::Failed.into()
        }
    }
}

fn refused(why: &str) -> ExitCode {
    eprint!("{}", framed(why));
    ExitCode::from(1)
}

/// What is wrong with the command line, in the frame that all errors have. Its first line is the heading.
fn framed(text: &str) -> String {
    let (summary, detail) = text.trim().split_once('\n').unwrap_or((text.trim(), ""));
    // The flags were not understood, but this one counts for the errors about the others.
    let no_color = std::env::args_os().any(|a| a == "-no-color" || a == "--no-color");
    render::diag::render(
        &craton_model::Diagnostic::error(summary, detail.trim()),
        &render::style::Style::stderr(no_color),
    )
}

/// A command line that is none, or a question for help. Without a command the exit code is Terraform's.
fn misread(e: &clap::Error, args: &[String]) -> ExitCode {
    let command = args::normal::command_at(args).map(|at| args[at].as_str());
    let streams = matches!(command, Some("plan" | "apply" | "destroy" | "refresh" | "init"));
    if e.use_stderr() && streams && args.iter().any(|a| a == "--json") {
        let detail = e.render().to_string();
        let detail = detail.trim_start_matches("error: ").trim();
        println!("{}", json::stream::version(app::TERRAFORM_VERSION));
        let found = craton_model::Diagnostic::error("Failed to parse command-line flags", detail);
        println!("{}", json::stream::diagnostic(&found));
        return ExitCode::from(1);
    }
    use clap::error::ErrorKind::{DisplayHelpOnMissingArgumentOrSubcommand, MissingSubcommand};
    if command.is_none() && matches!(e.kind(), DisplayHelpOnMissingArgumentOrSubcommand | MissingSubcommand) {
        let _ = <Cli as clap::CommandFactory>::command().print_help();
        return ExitCode::from(127);
    }
    if e.kind() == DisplayHelpOnMissingArgumentOrSubcommand {
        // What there is to choose from is no mistake, though nothing can be done without a choice.
        eprint!("{}", e.render());
        return ExitCode::from(1);
    }
    if e.use_stderr() {
        return refused(e.render().to_string().trim_start_matches("error: "));
    }
    let _ = e.print();
    ExitCode::SUCCESS
}

/// Whether findings are to be written as messages.
fn is_json(command: &Command) -> bool {
    match command {
        Command::Plan(a) => a.options.json,
        Command::Test(a) => a.json,
        Command::Apply(a) | Command::Destroy(a) | Command::Refresh(a) => a.options.json,
        Command::Init(a) => a.json,
        _ => false,
    }
}

/// Runs a command in the folder that `app` works in.
async fn run(app: &App, command: &Command) -> Ended {
    match command {
        Command::Find(a) => commands::find::run(app, a),
        Command::List(a) => commands::list::run(app, a),
        Command::Dag(c) => commands::dag::run(app, c),
        Command::Stack(c) => commands::stack::run(app, c),
        Command::Backend(c) => commands::backend::run(app, c).await,
        Command::Run => commands::run_help(),
        Command::Hcl(c) => commands::hcl::run(app, c),
        Command::Render(a) => commands::render::run(app, a),
        Command::Info(c) => commands::info::run(app, c),
        Command::Exec(a) => commands::exec::run(app, a).await,
        Command::Catalog(a) => commands::catalog::run(app, a),
        Command::Scaffold(a) => commands::scaffold::run(app, a),
        Command::Init(a) => commands::init::run(app, a).await,
        Command::Validate(a) => commands::validate::run(app, a).await,
        Command::Test(a) => commands::test::run(app, a).await,
        Command::Plan(a) => commands::plan::run(app, a).await,
        Command::Apply(a) => commands::apply::run(app, a, false).await,
        Command::Destroy(a) => commands::apply::run(app, a, true).await,
        Command::Refresh(a) => commands::apply::refresh(app, a).await,
        Command::Import(a) => commands::import::run(app, a).await,
        Command::Get(a) => commands::get::run(app, a).await,
        Command::Show(a) => commands::show::run(app, a).await,
        Command::Output(a) => commands::output::run(app, a).await,
        Command::State(c) => commands::state::run(app, c).await,
        Command::Workspace(c) => commands::workspace::run(app, c).await,
        Command::Fmt(a) => commands::fmt::run(app, a),
        Command::ForceUnlock(a) => commands::force_unlock::run(app, a).await,
        Command::Taint(a) => commands::taint::run(app, a, true).await,
        Command::Untaint(a) => commands::taint::run(app, a, false).await,
        Command::Graph(a) => commands::graph::run(app, a).await,
        Command::Console(a) => commands::console::run(app, a).await,
        Command::Providers(a) => commands::providers::run(app, a).await,
        Command::Modules(a) => commands::modules::run(app, a).await,
        Command::Metadata(c) => commands::metadata::run(app, c),
        Command::Login(a) => commands::login::run(app, a, true),
        Command::Logout(a) => commands::login::run(app, a, false),
        Command::Sandbox(c) => commands::sandbox::run(app, c).await,
        Command::Version(a) => commands::version::run(app, a),
    }
}
