//! `output`

use craton_model::value::Data;
use craton_model::{Diagnostic, json, similar};

use super::open_state;
use crate::app::{App, Ended, Outcome};
use crate::args::OutputArgs;
use crate::backend::LocalFlags;
use crate::json::state::outputs;
use crate::render;
use crate::unit::Work;

/// Shows output values.
pub async fn run(app: &App, args: &OutputArgs) -> Ended {
    let work = Work::for_state(app).await?;
    work.hooked(show(app, &work, args)).await
}

async fn show(app: &App, work: &Work, args: &OutputArgs) -> Ended {
    let flags = LocalFlags::reading(args.state.as_ref());
    let open = open_state(app, work, &flags, "", None).await?;
    let state = &open.state;
    let Some(name) = &args.name else {
        if args.json {
            println!("{:#}", outputs(&state.outputs));
        } else if args.raw {
            let detail = "-raw writes one value. Name the output:\n  craton output -raw NAME";
            return Err(Diagnostic::error("Output name required", detail).into());
        } else if state.outputs.is_empty() {
            none(app);
        } else {
            print!("{}", render::state::outputs(state));
        }
        return Ok(Outcome::Done);
    };
    let Some(output) = state.outputs.get(name.as_str()) else {
        if state.outputs.is_empty() && !args.json && !args.raw {
            none(app);
            return Ok(Outcome::Done);
        }
        let like = similar(name, state.outputs.keys().map(AsRef::as_ref));
        let hint = like.map(|n| format!(" Did you mean {n:?}?")).unwrap_or_default();
        let detail = format!(
            "The state holds no output {name:?}.{hint} If it was added to the configuration just now, apply first."
        );
        return Err(Diagnostic::error("Output not found", detail).into());
    };
    if args.json {
        println!("{}", json::to_json(&output.value));
    } else if args.raw {
        match output.value.data() {
            Data::String(s) => print!("{s}"),
            Data::Number(n) => print!("{n}"),
            Data::Bool(b) => print!("{b}"),
            _ => {
                let detail = format!(
                    "-raw writes strings, numbers and bools; {name:?} is {}. Use -json.",
                    output.value.ty().friendly()
                );
                return Err(Diagnostic::error("Unsupported value for raw output", detail).into());
            }
        }
    } else {
        println!("{}", render::value::display(&output.value));
    }
    Ok(Outcome::Done)
}

fn none(app: &App) {
    let detail =
        "The state holds no outputs: none is declared in the root module, or it has not been applied since they were.";
    app.report(&Diagnostic::warning("No outputs found", detail).into(), false);
}
