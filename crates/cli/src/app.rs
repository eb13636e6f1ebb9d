//! What all commands share: where they work, how they write, what they were given.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use clap::Parser as _;
use craton_fetch::Fetcher;
use craton_model::{Diagnostic, Diagnostics};
use craton_terragrunt::{IamRole, Terragrunt};

use crate::args::normal::{self, Normal, VariableArg};
use crate::args::terragrunt::UnitFlags;
use crate::args::{Cli, Command, Global};
use crate::aws::Access;
use crate::bootstrap::Places;
use crate::json::stream;
use crate::render;
use crate::render::style::Style;
use crate::unit_log::{Format, Level, Log};

/// The Terraform version whose language and formats craton speaks.
pub const TERRAFORM_VERSION: &str = craton_state::tfstate::TERRAFORM_VERSION;

/// One run of the program, or a unit's part of it.
#[derive(Clone)]
pub struct App {
    /// Flags of all commands.
    pub global: Global,
    /// What was asked of Terragrunt.
    pub units: UnitFlags,
    /// How Terragrunt's part is told.
    pub log: Log,
    /// What all units of the run share.
    pub shared: Arc<Shared>,
    /// `-var` and `-var-file` in order; paths of files as they are from here.
    pub variables: Vec<VariableArg>,
    /// The command line in normal form, the program's name first.
    line: Vec<String>,
    /// How to write to standard output.
    pub out: Style,
    /// How to write to standard error.
    pub err: Style,
}

/// Ways to AWS, each kept for all that ask for the same.
pub type Accesses = HashMap<(Option<String>, IamRole), Access>;

/// What all units of a run share.
#[derive(Default)]
pub struct Shared {
    /// Parsed files, outputs, results of programs.
    pub terragrunt: OnceLock<Arc<Terragrunt>>,
    /// Connections to AWS, by the account that a sandbox plays and the role that is taken on.
    pub accesses: Arc<Mutex<Accesses>>,
    /// What brings sources.
    pub fetcher: Arc<OnceLock<Fetcher>>,
    /// Places of states that were seen to.
    pub places: Mutex<Places>,
    /// The first message of a stream of messages was written.
    announced: AtomicBool,
}

/// How a command ended, when it got that far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 0
    Done,
    /// 2: `-detailed-exitcode` and there are changes.
    Changes,
    /// 1, everything about it being said already.
    Failed,
    /// 3: `fmt -check` and files differ.
    Differs,
    /// Another code, everything about it being said already.
    Code(u8),
}

impl From<Outcome> for ExitCode {
    fn from(o: Outcome) -> Self {
        ExitCode::from(match o {
            Outcome::Done => 0,
            Outcome::Failed => 1,
            Outcome::Changes => 2,
            Outcome::Differs => 3,
            Outcome::Code(code) => code,
        })
    }
}

/// What a command gives: how it ended, or why it could not go on.
pub type Ended = Result<Outcome, Diagnostics>;

impl App {
    /// A run with these flags.
    pub fn new(mut global: Global, units: UnitFlags, log: Log, normal: Normal) -> Self {
        // Who names a sandbox's folder on the command line never means AWS itself. The variable alone says where, not that.
        let folder = |a: &String| a == "--sandbox-folder" || a.starts_with("--sandbox-folder=");
        global.sandbox |= normal.args.iter().any(folder);
        let (out, err) = (Style::stdout(global.no_color), Style::stderr(global.no_color));
        let shared = Arc::default();
        let mut app = Self { global, units, log, shared, variables: Vec::new(), line: normal.args, out, err };
        app.variables = normal
            .variables
            .into_iter()
            .map(|v| match v {
                VariableArg::File(path) => VariableArg::File(app.path(&path)),
                other => other,
            })
            .collect();
        app
    }

    /// The same for a unit's folder.
    pub fn for_unit(&self, dir: &Path) -> Self {
        let mut app = self.clone();
        // All units are on one sandbox: that of the folder the run began in.
        app.global.sandbox_folder = Some(crate::aws::sandbox_folder(self));
        app.global.working_dir = Some(dir.to_owned());
        app
    }

    /// The same without what the units of the run share, for what they share itself (or nothing would ever be freed).
    /// Connections are still the same ones.
    pub fn detached(&self) -> Self {
        let mut app = self.clone();
        app.shared = Arc::new(Shared {
            accesses: self.shared.accesses.clone(),
            fetcher: self.shared.fetcher.clone(),
            ..Shared::default()
        });
        app
    }

    /// The same with more arguments of the command.
    pub fn with_line(&self, more: &[&str]) -> Result<(Self, Command), Diagnostics> {
        let mut app = self.clone();
        app.line.extend(more.iter().map(|a| (*a).to_owned()));
        let parsed = Cli::try_parse_from(&app.line)
            .map_err(|e| Diagnostics::from(Diagnostic::error("Invalid arguments", e.to_string())))?;
        Ok((app, parsed.command))
    }

    /// Whether an argument stands in the command line.
    pub fn has_argument(&self, arg: &str) -> bool {
        self.line.iter().any(|a| a == arg)
    }

    /// Says once what was written in a spelling of earlier days.
    pub fn warn_outdated(&self, outdated: &[(String, String)]) {
        if outdated.is_empty() {
            return;
        }
        let all: Vec<String> = outdated.iter().map(|(old, new)| format!("{old} is now {new}")).collect();
        let text = format!("Earlier spellings, still accepted: {}.", all.join("; "));
        self.log.say(Level::Warn, None, &text);
    }

    /// Whether programs read what is written to standard output, so that nothing else may stand there.
    pub fn is_read_by_programs(&self) -> bool {
        let command = self.line.iter().skip(1).find(|a| !a.starts_with('-'));
        let names = ["output", "show", "state", "graph", "providers", "find", "list", "workspace", "console", "stack"];
        self.has_argument("--json") || command.is_some_and(|c| names.contains(&c.as_str()))
    }

    /// Where the command's own arguments begin in the line.
    fn arguments_at(&self, command: &str) -> usize {
        self.line.iter().position(|a| a == command).map_or(self.line.len(), |i| i + 1)
    }

    /// The command and its arguments, in Terraform's spelling, as Terragrunt's functions tell them.
    pub fn terraform_args(&self, command: &str) -> Vec<String> {
        let own = &self.line[self.arguments_at(command).min(self.line.len())..];
        // What is craton's or Terragrunt's is no argument of Terraform's.
        let ours = ["--non-interactive", "--working-dir", "--sandbox", "--sandbox-folder", "--chdir"];
        let own = own.iter().filter(|a| !ours.contains(&a.split('=').next().unwrap_or_default()));
        let own = own.map(|a| a.strip_prefix("--").map_or_else(|| a.clone(), |flag| format!("-{flag}")));
        std::iter::once(command.to_owned()).chain(own).collect()
    }

    /// The command as it would be with these arguments put right behind its name.
    pub fn with_arguments(&self, extra: &[String]) -> Result<Command, Diagnostics> {
        let name =
            self.line.iter().skip(1).find(|a| ["plan", "apply", "destroy", "refresh", "init"].contains(&a.as_str()));
        let at = name.map_or(self.line.len(), |n| self.arguments_at(n));
        let extra = normal::normal(std::iter::once(String::new()).chain(extra.iter().cloned())).args;
        let line = self.line[..at].iter().chain(&extra[1..]).chain(&self.line[at..]);
        let parsed = Cli::try_parse_from(line);
        parsed.map(|cli| cli.command).map_err(|e| {
            let detail = format!("What extra_arguments adds cannot be read as a command line: {e}");
            Diagnostic::error("Invalid extra arguments", detail).into()
        })
    }

    /// The folder to work in, relative to the current one where it can be.
    pub fn dir(&self) -> PathBuf {
        let base = self.global.chdir.clone().unwrap_or_else(|| PathBuf::from("."));
        match &self.global.working_dir {
            Some(dir) => clean_join(&base, dir),
            None => base,
        }
    }

    /// A path given on the command line: relative ones start at `-chdir`, as in Terraform.
    pub fn path(&self, path: &Path) -> PathBuf {
        match &self.global.chdir {
            Some(dir) => dir.join(path),
            None => path.to_owned(),
        }
    }

    /// Writes the message that a stream of messages begins with, once.
    pub fn announce(&self) {
        if !self.shared.announced.swap(true, Ordering::Relaxed) {
            println!("{}", stream::version(TERRAFORM_VERSION));
        }
    }

    /// Shows findings: on standard error, or as messages with `-json`.
    pub fn report(&self, found: &Diagnostics, json: bool) {
        let errors = found.into_iter().filter(|d| d.is_error()).cloned();
        crate::lane::note(|record| record.errors.extend(errors.collect::<Diagnostics>()));
        if json {
            for d in found {
                println!("{}", stream::diagnostic(d));
            }
        } else if self.log.format != Format::Plain {
            let unit = crate::lane::current().map(|l| l.name.clone());
            for d in found {
                let place = d.subject.map(|s| format!("{}: ", s.place())).unwrap_or_default();
                let text = format!("{place}{}: {}", d.summary, d.detail.replace('\n', " "));
                self.log.say(if d.is_error() { Level::Error } else { Level::Warn }, unit.as_deref(), &text);
            }
        } else if !found.is_empty() {
            eprint!("{}", render::diag::render_all(found, &self.err.resized()));
        }
    }

    /// Shows findings where warnings are wanted in one line each.
    pub fn report_compact(&self, found: Diagnostics, json: bool, compact: bool) {
        if json || !compact || found.has_errors() {
            return self.report(&found, json);
        }
        if !found.is_empty() {
            eprintln!("{}", self.err.bold_yellow("Warnings:"));
            for d in &found {
                let place = d.subject.map_or_else(String::new, |s| format!(" ({})", s.place()));
                eprintln!("- {}{place}", d.summary);
            }
        }
    }

    /// Whether questions are off for the whole run.
    pub fn never_asks(&self) -> bool {
        self.global.non_interactive || crate::args::env::input_is_off()
    }

    /// Asks for a yes. Anything but `yes` is a no; without a terminal (or with `-input=false`) it
    /// is an error that says which flag answers.
    pub fn confirm(&self, question: &str, input: bool, flag: &str) -> Result<bool, Diagnostics> {
        if !input || self.never_asks() {
            return Err(Diagnostic::error(
                "Approval is needed",
                format!("This needs a yes, and input is off. Nothing was changed. To go ahead without being asked, add {flag}."),
            )
            .into());
        }
        println!("\n{}", self.out.bold(question));
        println!("  Only 'yes' is taken for a yes.\n");
        let answer = self.ask("  Enter a value: ")?;
        Ok(answer == "yes")
    }

    /// Asks for a line of text.
    pub fn ask(&self, prompt: &str) -> Result<String, Diagnostics> {
        use std::io::BufRead as _;
        crate::lane::prompt(prompt);
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        match read {
            Ok(n) if n > 0 => Ok(line.trim().to_owned()),
            _ => Err(Diagnostic::error(
                "No answer",
                "Standard input ended before there was an answer. Nothing was changed.",
            )
            .into()),
        }
    }
}

fn clean_join(base: &Path, dir: &Path) -> PathBuf {
    if base == Path::new(".") { dir.to_owned() } else { base.join(dir) }
}
