//! What all commands share: where they work, how they write, what they were given.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;
use craton_model::{Diagnostic, Diagnostics};

use crate::args::normal::{self, Normal, VariableArg};
use crate::args::{Cli, Command, Global};
use crate::json::stream;
use crate::render;
use crate::render::style::Style;

/// The Terraform version whose language and formats craton speaks.
pub const TERRAFORM_VERSION: &str = craton_state::tfstate::TERRAFORM_VERSION;

/// One run of the program.
pub struct App {
    /// Flags of all commands.
    pub global: Global,
    /// `-var` and `-var-file` in order; paths of files as they are from here.
    pub variables: Vec<VariableArg>,
    /// The command line in normal form, the program's name first.
    line: Vec<String>,
    /// How to write to standard output.
    pub out: Style,
    /// How to write to standard error.
    pub err: Style,
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
}

impl From<Outcome> for ExitCode {
    fn from(o: Outcome) -> Self {
        ExitCode::from(match o {
            Outcome::Done => 0,
            Outcome::Failed => 1,
            Outcome::Changes => 2,
            Outcome::Differs => 3,
        })
    }
}

/// What a command gives: how it ended, or why it could not go on.
pub type Ended = Result<Outcome, Diagnostics>;

impl App {
    /// A run with these flags.
    pub fn new(global: Global, normal: Normal) -> Self {
        let (out, err) = (Style::stdout(global.no_color), Style::stderr(global.no_color));
        let mut app = Self { global, variables: Vec::new(), line: normal.args, out, err };
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

    /// Where the command's own arguments begin in the line.
    fn arguments_at(&self, command: &str) -> usize {
        self.line.iter().position(|a| a == command).map_or(self.line.len(), |i| i + 1)
    }

    /// The command and its arguments, in Terraform's spelling, as Terragrunt's functions tell them.
    pub fn terraform_args(&self, command: &str) -> Vec<String> {
        let own = &self.line[self.arguments_at(command).min(self.line.len())..];
        let own = own.iter().map(|a| a.strip_prefix("--").map_or_else(|| a.clone(), |flag| format!("-{flag}")));
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

    /// Shows findings: on standard error, or as messages with `-json`.
    pub fn report(&self, found: &Diagnostics, json: bool) {
        if json {
            for d in found {
                println!("{}", stream::diagnostic(d));
            }
        } else if !found.is_empty() {
            eprint!("{}", render::diag::render_all(found, &self.err));
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
        use std::io::{BufRead as _, Write as _};
        print!("{prompt}");
        let _ = std::io::stdout().flush();
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
