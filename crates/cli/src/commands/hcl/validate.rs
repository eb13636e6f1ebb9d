//! `hcl validate`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use craton_model::{Diagnostic, Diagnostics};
use craton_terragrunt::{Component, ComponentKind, STACK_FILE, Terragrunt, Universe};
use serde_json::{Value as Json, json};

use super::inputs;
use crate::app::{App, Ended, Outcome};
use crate::args::units::HclValidateArgs;
use crate::json::stream::diagnostic_object;
use crate::render;
use crate::units::choose;

/// Checks every configuration below the folder.
pub fn run(app: &App, args: &HclValidateArgs) -> Ended {
    let refuse = |detail: String| Err(Diagnostic::error("Incompatible flags", detail).into());
    for (flag, set) in [("--json", args.json), ("--show-config-path", args.show_config_path)] {
        if args.inputs && set {
            return refuse(format!(
                "{flag} is about the configurations themselves, --inputs about the values that they give to modules. Give one of them."
            ));
        }
    }
    if args.strict && !args.inputs {
        return refuse("--strict goes with --inputs: it makes inputs that no module takes errors.".to_owned());
    }
    let session = app.share(app.terragrunt_options("validate"));
    let root = choose::root(app);
    let universe = Universe::search(&session, &root, true)?;
    let selection = universe.select(&choose::filters(app, &root)?)?;
    if args.inputs {
        let units = selection.components.into_iter().filter(|c| c.kind == ComponentKind::Unit);
        return inputs::run(app, args, &session, units.map(|c| c.dir));
    }
    let found = check(&session, selection.components);
    told(app, args, &found)
}

/// What is wrong with units and stacks, by file, each finding once.
fn check(session: &Arc<Terragrunt>, components: Vec<Component>) -> Diagnostics {
    let mut all: Vec<Diagnostic> = Vec::new();
    for c in components {
        let found = match c.kind {
            ComponentKind::Unit => session.check(&c.dir),
            ComponentKind::Stack => session.files().parse(&c.dir.join(STACK_FILE)).1,
        };
        for d in found {
            if !all.contains(&d) {
                all.push(d);
            }
        }
    }
    all.sort_by_key(|d| (file(d), d.subject.map(|s| s.start)));
    all.into_iter().collect()
}

fn file(d: &Diagnostic) -> Option<PathBuf> {
    d.subject.map(|s| s.file.source().path.clone())
}

fn told(app: &App, args: &HclValidateArgs, found: &Diagnostics) -> Ended {
    let errors: Vec<&Diagnostic> = found.into_iter().filter(|d| d.is_error()).collect();
    if args.show_config_path {
        let mut files: Vec<String> = errors.iter().filter_map(|d| Some(whole(&file(d)?))).collect();
        files.dedup();
        if args.json {
            println!("{}", json!(files));
        } else {
            files.iter().for_each(|f| println!("{f}"));
        }
    } else if args.json {
        println!("{:#}", Json::Array(errors.iter().map(|d| document(d)).collect()));
    } else {
        // The findings are what was asked for.
        print!("{}", render::diag::render_all(found, &app.out.resized()));
    }
    if errors.is_empty() {
        return Ok(Outcome::Done);
    }
    eprintln!("{} HCL validation error(s) found", errors.len());
    Ok(Outcome::Failed)
}

fn whole(path: &Path) -> String {
    std::path::absolute(path)
        .map_or_else(|_| path.to_owned(), |p| craton_config::clean(&p))
        .to_string_lossy()
        .into_owned()
}

/// A finding for programs, which know the frequent ones by the words that Terragrunt has for them.
fn document(d: &Diagnostic) -> Json {
    let mut object = diagnostic_object(d);
    if let Some(file) = file(d) {
        object["range"]["filename"] = json!(whole(&file));
    }
    let text = d.subject.map(|s| s.text()).unwrap_or_default();
    let words = match d.summary.as_str() {
        "Missing expression" => {
            // There, the place is the line end where the expression should be.
            if let Some(span) = d.subject {
                let source = span.file.source();
                let end = span.end + u32::from(source.text[span.end as usize..].starts_with('\n'));
                for (name, byte) in [("start", span.end), ("end", end)] {
                    let p = source.position(byte);
                    object["range"][name] = json!({ "line": p.line, "column": p.column, "byte": p.byte });
                }
            }
            let detail = "Expected the start of an expression, but found an invalid expression token.";
            Some(("Invalid expression", detail.to_owned()))
        }
        summary @ "Missing required argument" => d
            .detail
            .split('"')
            .nth(1)
            .map(|name| (summary, format!("The argument \"{name}\" is required, but no definition was found."))),
        summary @ "Can't evaluate expression" => {
            let root = text.split(['.', '[']).next().unwrap_or_default();
            let detail = format!(
                "You can only reference to other local variables here, but it looks like you're referencing something else (\"{root}\" is not defined)"
            );
            Some((summary, detail))
        }
        _ => None,
    };
    if let Some((summary, detail)) = words {
        object["summary"] = json!(summary);
        object["detail"] = json!(detail);
    }
    object
}
