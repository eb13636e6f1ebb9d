//! Lines typed on a terminal: editing, history, completion by Tab.

use std::cell::Cell;

use craton_engine::Look;
use craton_model::Diagnostic;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};

use super::{entry, names};

struct Console<'a> {
    names: Vec<String>,
    look: &'a Look,
    /// Something is typed that was not handed in yet.
    typed: Cell<bool>,
}

impl Completer for Console<'_> {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let (start, word) = names::word(line, at);
        if line[..start].trim() == "help" {
            return Ok((start, names::topics(word)));
        }
        Ok((start, names::completions(&self.names, self.look, word)))
    }
}

impl Validator for Console<'_> {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match entry::is_open(context.input()) {
            true => ValidationResult::Incomplete,
            false => ValidationResult::Valid(None),
        })
    }
}

impl Hinter for Console<'_> {
    type Hint = String;

    /// Gives none: this is where one hears of each change of the line.
    fn hint(&self, line: &str, _: usize, _: &Context<'_>) -> Option<String> {
        self.typed.set(!line.is_empty());
        None
    }
}
impl Highlighter for Console<'_> {}
impl Helper for Console<'_> {}

/// Reads until the end, handing each entry to `answer`, which says whether to go on. What was typed is remembered until
/// then and nowhere else: there may be secrets in it.
pub fn run(names: Vec<String>, look: &Look, answer: impl Fn(&str) -> bool) -> Result<(), Diagnostic> {
    let failed = |e: ReadlineError| Diagnostic::error("Terminal is not usable", format!("Cannot read a line: {e}."));
    let config = Config::builder().completion_type(CompletionType::List).auto_add_history(true).build();
    let mut editor: Editor<Console<'_>, MemHistory> =
        Editor::with_history(config, MemHistory::new()).map_err(failed)?;
    editor.set_helper(Some(Console { names, look, typed: Cell::new(false) }));
    loop {
        match editor.readline("> ") {
            Ok(text) => {
                if !answer(&text) {
                    return Ok(());
                }
            }
            // A Ctrl-C drops what is typed, be it several lines, and ends it all where nothing is.
            Err(ReadlineError::Interrupted) if editor.helper().is_some_and(|c| c.typed.take()) => {}
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => return Ok(()),
            Err(e) => return Err(failed(e)),
        }
    }
}
