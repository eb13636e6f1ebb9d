//! Lines typed on a terminal: editing, history, completion by Tab.

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
}

impl Completer for Console<'_> {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let (start, word) = names::word(line, at);
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
    editor.set_helper(Some(Console { names, look }));
    loop {
        match editor.readline("> ") {
            Ok(text) => {
                if !answer(&text) {
                    return Ok(());
                }
            }
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => return Ok(()),
            Err(e) => return Err(failed(e)),
        }
    }
}
