//! `console`

use std::io::{BufRead as _, IsTerminal as _};
use std::sync::Arc;

use craton_engine::{CancelToken, Look, PlanOptions};
use craton_hcl::ExprKind;
use craton_model::{Diagnostic, Diagnostics, FileId, NoEvents};

use super::{closing, metadata, open_state};
use crate::app::{App, Ended, Outcome};
use crate::args::ConsoleArgs;
use crate::backend::LocalFlags;
use crate::console::{editor, entry, names};
use crate::render;
use crate::unit::Work;

/// What to say to `help`.
const HELP: &str = "Type an expression to see its value: var.name, module.name.output, max(1, 2).\nWhat is open (a bracket, a quote) goes on in the next line. Tab completes names.\n\n  help NAME  what a function does\n  help functions  all functions, in a line each\n  exit  ends, as does Ctrl-D";

/// Evaluates expressions: what is typed on a terminal, or each line of standard input, of which the last one's value is
/// written, as in Terraform.
pub async fn run(app: &App, args: &ConsoleArgs) -> Ended {
    let work = Work::load(app, "console").await?;
    let mut inputs = work.inputs()?;
    work.root.ask_missing(app, &mut inputs, true)?;
    let (variables, found) = work.variables(&inputs);
    if found.has_errors() {
        return Err(found);
    }
    let flags = LocalFlags::reading(args.state.as_ref());
    let open = open_state(app, &work, &flags, "OperationTypeInvalid", Some(&args.locking)).await?;
    let now = craton_state::lock::now();
    let session = work.session(variables, open.state.clone(), now, Arc::new(NoEvents), 10, CancelToken::new());
    let (look, mut found) = session.look(args.plan.then(PlanOptions::default)).await;
    let Some(look) = look else {
        return closing(open, Err(found)).await;
    };
    // Without inputs or with failed conditions there still are values to look at.
    if found.has_errors() {
        let detail = "Because of what is wrong above, some expressions may have other values than you expect.";
        found.push(Diagnostic::warning("Configuration is not in order", detail));
    }
    app.report(&found, false);
    let console = Console { app, look };
    let result = if std::io::stdin().is_terminal() {
        let names = names::of(&work.root.tree);
        let typed = editor::run(names, &console.look, |text| console.answer(text));
        typed.map(|()| Outcome::Done).map_err(Diagnostics::from)
    } else {
        console.script()
    };
    closing(open, result).await
}

struct Console<'a> {
    app: &'a App,
    look: Look,
}

impl Console<'_> {
    /// Reads standard input to its end. The first error ends it.
    fn script(&self) -> Ended {
        let mut last = None;
        let mut pending = String::new();
        let mut lines = std::io::stdin().lock().lines();
        loop {
            let line = match lines.next() {
                Some(Ok(line)) => Some(line),
                Some(Err(e)) => {
                    let detail = format!("Standard input cannot be read: {e}.");
                    return Err(Diagnostic::error("Input is not readable", detail).into());
                }
                None => None,
            };
            let ended = line.is_none();
            match line {
                Some(line) => {
                    pending.push_str(&line);
                    pending.push('\n');
                }
                None if pending.is_empty() => break,
                None => {}
            }
            if !ended && entry::is_open(&pending) {
                continue;
            }
            let text = std::mem::take(&mut pending);
            match entry::read(&text) {
                entry::Entry::Exit => return Ok(Outcome::Done),
                entry::Entry::Nothing => last = Some(String::new()),
                entry::Entry::Help(topic) => last = Some(self.help(topic)?),
                entry::Entry::Expression(text) => {
                    let (value, found) = self.evaluate(text);
                    if found.has_errors() {
                        return Err(found);
                    }
                    self.app.report(&found, false);
                    last = Some(value);
                }
            }
        }
        if let Some(text) = last {
            println!("{text}");
        }
        Ok(Outcome::Done)
    }

    /// Answers what was typed; whether to go on.
    fn answer(&self, text: &str) -> bool {
        match entry::read(text) {
            entry::Entry::Exit => return false,
            entry::Entry::Nothing => {}
            entry::Entry::Help(topic) => match self.help(topic) {
                Ok(text) => println!("{text}"),
                Err(d) => self.app.report(&d.into(), false),
            },
            entry::Entry::Expression(text) => {
                let (value, found) = self.evaluate(text);
                self.app.report(&found, false);
                if !found.has_errors() {
                    println!("{value}");
                }
            }
        }
        true
    }

    fn evaluate(&self, text: &str) -> (String, Diagnostics) {
        // The last line of a heredoc has an end of its own.
        let text = if text.contains("<<") { format!("{text}\n") } else { text.to_owned() };
        let (expr, mut found) = craton_hcl::parse_expression(FileId::add("<console-input>", text));
        if found.has_errors() {
            return (String::new(), found);
        }
        // Only the console has type(), and only as the whole of a line.
        let typed = match expr.kind() {
            ExprKind::Call(call) if &*call.name == "type" && call.args.len() == 1 && !call.expand => call.args.first(),
            _ => None,
        };
        let (value, more) = self.look.eval(typed.unwrap_or(&expr));
        found.extend(more);
        if found.has_errors() {
            return (String::new(), found);
        }
        let text = match typed {
            Some(_) => craton_hcl::functions::type_text(value.ty()),
            None => render::value::display(&value),
        };
        (text, found)
    }

    fn help(&self, topic: Option<&str>) -> Result<String, Diagnostic> {
        let columns = metadata::columns(&self.app.out.resized());
        match topic {
            None => Ok(HELP.into()),
            Some("functions") => Ok(metadata::list(columns).trim_end().to_owned()),
            Some(name) => metadata::describe(name, columns).ok_or_else(|| metadata::unknown(name)),
        }
    }
}
