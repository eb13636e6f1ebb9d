//! What all commands share: where they work, how they write, what they were given.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use craton_model::{Diagnostic, Diagnostics};

use crate::args::Global;
use crate::args::normal::VariableArg;
use crate::json::stream;
use crate::render;
use crate::render::style::Style;

/// The Terraform version whose language and formats craton speaks.
pub const TERRAFORM_VERSION: &str = craton_state::tfstate::TERRAFORM_VERSION;

/// One run of the program.
pub struct App {
    /// Flags of all commands.
    pub global: Global,
    /// `-var` and `-var-file` in order.
    pub variables: Vec<VariableArg>,
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
    pub fn new(global: Global, variables: Vec<VariableArg>) -> Self {
        let (out, err) = (Style::stdout(global.no_color), Style::stderr(global.no_color));
        Self { global, variables, out, err }
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

    /// Asks for a yes. Anything but `yes` is a no; without a terminal (or with `-input=false`) it
    /// is an error that says which flag answers.
    pub fn confirm(&self, question: &str, input: bool, flag: &str) -> Result<bool, Diagnostics> {
        if !input || self.global.non_interactive {
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
