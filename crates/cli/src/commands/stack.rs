//! `stack`

use std::path::{Path, PathBuf};

use craton_model::value::Data;
use craton_model::{Diagnostic, Diagnostics, Value, json, similar};
use craton_terragrunt::{
    Component, Filters, Universe, generate_stacks, generated_folders, render_value, stack_outputs,
};

use crate::app::{App, Ended, Outcome};
use crate::args::{StackCommand, StackFormat, StackOutputArgs};
use crate::unit_log::{Level, shown};
use crate::units::choose;

/// Generates stacks, shows their outputs, removes what was generated.
pub fn run(app: &App, command: &StackCommand) -> Ended {
    match command {
        StackCommand::Generate => {
            if app.units.has("source-update") {
                clean(app)?;
            }
            if !generate(app, "stack")? {
                let text = format!("No stack files found in {}. Nothing to generate.", app.dir().display());
                app.log.say(Level::Warn, None, &text);
            }
            Ok(Outcome::Done)
        }
        StackCommand::Output(args) => output(app, args),
        StackCommand::Clean => {
            clean(app)?;
            Ok(Outcome::Done)
        }
        // Taken apart before it gets here, unless nothing was named to run.
        StackCommand::Run => super::run_help(),
    }
}

/// Generates all stacks in and below the working folder, or those that filters with `type=stack` select. Gives whether
/// there was one.
pub fn generate(app: &App, command: &str) -> Result<bool, Diagnostics> {
    if app.units.has("no-stack-generate") {
        return Ok(true);
    }
    tokio::task::block_in_place(|| {
        let session = app.share(app.terragrunt_options(command));
        let root = choose::root(app);
        let filters: Filters = choose::filters(app, &root)?.for_stacks();
        let wanted = |stack: &Component| {
            if filters.is_empty() {
                return Ok(true);
            }
            let selected = Universe::of(&session, &root, vec![stack.clone()]).select(&filters)?;
            Ok(!selected.components.is_empty())
        };
        let done = generate_stacks(&session, &root, &wanted, &|text| app.log.say(Level::Info, None, text))?;
        for unit in &done.stale {
            let text = format!(
                "{} was generated earlier, and no stack declares it any more. It still counts as a unit. Destroy what it manages, then remove the folder.",
                shown(&root, unit)
            );
            app.log.say(Level::Warn, None, &text);
        }
        Ok(!done.stacks.is_empty())
    })
}

/// Removes the folders that stacks were generated into.
fn clean(app: &App) -> Result<(), Diagnostics> {
    let root = choose::root(app);
    let mut found = Diagnostics::new();
    for folder in generated_folders(&root) {
        app.log.say(Level::Info, None, &format!("Deleting stack directory: {}", shown(&root, &folder)));
        for state in states(&folder) {
            let text = format!("{} is deleted with it: a state that recorded objects.", shown(&root, &state));
            app.log.say(Level::Warn, None, &text);
        }
        if let Err(e) = std::fs::remove_dir_all(&folder) {
            let detail = format!("Could not delete {}: {e}.", folder.display());
            found.push(Diagnostic::error("Failed to delete stack", detail));
        }
    }
    found.ok(())
}

/// State files below a folder that record anything.
fn states(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && entry.file_name() != ".terraform" => open.push(path),
                Ok(kind) if kind.is_file() && path.extension().is_some_and(|e| e == "tfstate") => {
                    let bytes = std::fs::read(&path).unwrap_or_default();
                    let state = craton_state::tfstate::parse(&bytes, &path.to_string_lossy());
                    found.extend(state.ok().filter(|s| s.instances().next().is_some()).map(|_| path));
                }
                _ => {}
            }
        }
    }
    found
}

fn output(app: &App, args: &StackOutputArgs) -> Ended {
    let outputs = tokio::task::block_in_place(|| {
        let session = app.share(app.terragrunt_options("output"));
        stack_outputs(&session, &choose::root(app))
    })?;
    let Some(outputs) = outputs else {
        let text = format!("No stack files found in {}. There are no outputs.", app.dir().display());
        app.log.say(Level::Warn, None, &text);
        return Ok(Outcome::Done);
    };
    let shown = match &args.path {
        Some(path) => within(&outputs, path)?,
        None => outputs,
    };
    let format = match (args.json, args.raw) {
        (true, _) => StackFormat::Json,
        (_, true) => StackFormat::Raw,
        _ => args.format,
    };
    match format {
        StackFormat::Json => println!("{:#}", json::to_json(&shown.unmark_deep().0)),
        StackFormat::Raw => print!("{}", raw(&shown)?),
        StackFormat::Hcl => {
            for (name, value) in shown.as_map().into_iter().flatten() {
                println!("{name} = {}", render_value(&public(value), 0));
            }
        }
    }
    Ok(Outcome::Done)
}

/// A value in which what is sensitive is not shown.
fn public(value: &Value) -> Value {
    if !value.marks().is_empty() {
        return Value::from("(sensitive value)");
    }
    match value.data() {
        Data::Map(entries) => Value::object(entries.iter().map(|(k, v)| (k.clone(), public(v)))),
        Data::Seq(items) => Value::tuple(items.iter().map(public)),
        _ => value.clone(),
    }
}

/// A part of the outputs, within the objects that lead to it.
fn within(outputs: &Value, path: &str) -> Result<Value, Diagnostics> {
    let mut value = outputs.clone();
    for part in path.split('.') {
        let Some(next) = value.get(part).cloned() else {
            let names: Vec<String> = value.as_map().into_iter().flatten().map(|(name, _)| name.to_string()).collect();
            let like = similar(part, names.iter().map(String::as_str));
            let hint = like.map(|n| format!(" Did you mean {n:?}?")).unwrap_or_default();
            let detail = format!("There is no {part:?} on the way to the output {path:?}.{hint}");
            return Err(Diagnostic::error("Output not found", detail).into());
        };
        value = next;
    }
    Ok(path.rsplit('.').fold(value, |inner, name| Value::object([(name, inner)])))
}

/// The only value of nested objects, bare.
fn raw(outputs: &Value) -> Result<String, Diagnostics> {
    let mut value = outputs.clone();
    let mut name = String::new();
    while let Some(entries) = value.as_map() {
        let mut all = entries.iter();
        let (Some((key, inner)), None) = (all.next(), all.next()) else {
            let detail = if name.is_empty() {
                "The -raw option requires a single output value, and the stack has several. Name one: stack output -raw UNIT.OUTPUT".to_owned()
            } else {
                unsupported(&name, &value)
            };
            let summary = if name.is_empty() { "Output name required" } else { "Unsupported value for raw output" };
            return Err(Diagnostic::error(summary, detail).into());
        };
        name = key.to_string();
        let inner = inner.clone();
        value = inner;
    }
    match value.data() {
        Data::String(s) => Ok(s.to_string()),
        Data::Number(n) => Ok(n.to_string()),
        Data::Bool(b) => Ok(b.to_string()),
        _ => Err(Diagnostic::error("Unsupported value for raw output", unsupported(&name, &value)).into()),
    }
}

fn unsupported(name: &str, value: &Value) -> String {
    format!("-raw writes strings, numbers and bools; {name:?} is {}. Use -json.", value.ty().friendly())
}
