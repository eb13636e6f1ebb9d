//! `console`

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::sync::Arc;

use craton_engine::CancelToken;
use craton_hcl::ExprKind;
use craton_model::{Diagnostics, FileId, NoEvents};

use super::{closing, open_state};
use crate::app::{App, Ended, Outcome};
use crate::args::ConsoleArgs;
use crate::backend::LocalFlags;
use crate::render;
use crate::unit::Work;

/// Evaluates expressions: each line of input, or what stands on several lines until its brackets close.
pub async fn run(app: &App, args: &ConsoleArgs) -> Ended {
    let work = Work::load(app, "console").await?;
    let inputs = work.inputs()?;
    let (variables, found) = work.variables(&inputs);
    if found.has_errors() {
        return Err(found);
    }
    let flags = LocalFlags { state: args.state.clone(), backup: None };
    let open = open_state(app, &work, &flags, "OperationTypeInvalid", Some(&args.locking)).await?;
    let now = craton_state::lock::now();
    let session = work.session(variables, open.state.clone(), now, Arc::new(NoEvents), 10, CancelToken::new());
    let interactive = std::io::stdin().is_terminal();
    let mut failed = false;
    let mut pending = String::new();
    loop {
        if interactive {
            print!("{}", if pending.is_empty() { "> " } else { ": " });
            let _ = std::io::stdout().flush();
        }
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line).unwrap_or(0);
        if read == 0 && pending.is_empty() {
            break;
        }
        pending.push_str(&line);
        if read > 0 && is_open(&pending) {
            continue;
        }
        let text = std::mem::take(&mut pending);
        let text = text.trim();
        match text {
            "" => {}
            "exit" => break,
            "help" => println!("Type an expression to see its value; exit or Ctrl-D ends."),
            _ => {
                let found = evaluate(app, &session, text).await;
                failed |= found.has_errors();
                app.report(&found, false);
                if failed && !interactive {
                    break;
                }
            }
        }
    }
    closing(open, Ok(if failed && !interactive { Outcome::Failed } else { Outcome::Done })).await
}

async fn evaluate(app: &App, session: &craton_engine::Session, text: &str) -> Diagnostics {
    let (expr, mut found) = craton_hcl::parse_expression(FileId::add("<console-input>", text));
    if found.has_errors() {
        return found;
    }
    // Only the console has type(), and only as the whole of a line.
    let typed = match expr.kind() {
        ExprKind::Call(call) if &*call.name == "type" && call.args.len() == 1 && !call.expand => call.args.first(),
        _ => None,
    };
    let (value, more) = session.eval(typed.unwrap_or(&expr)).await;
    found.extend(more);
    if found.has_errors() {
        return found;
    }
    match typed {
        Some(_) => println!("{}", craton_hcl::functions::type_text(value.ty())),
        None => println!("{}", render::diff::display(&value, &app.out)),
    }
    found
}

/// Whether brackets are open at the end, outside of quotes.
fn is_open(text: &str) -> bool {
    let mut depth = 0i32;
    let mut quoted = false;
    let mut escaped = false;
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            _ => {}
        }
    }
    depth > 0
}
