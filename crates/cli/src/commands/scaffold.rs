//! `scaffold`

use std::path::{Path, PathBuf};

use craton_fetch::Source;
use craton_hcl::{Content, eval_constant, expression_text, quoted};
use craton_model::{Diagnostic, Diagnostics, Value};
use craton_terragrunt::{IamRole, fetch_source, parse_source};

use crate::app::{App, Ended, Outcome};
use crate::args::ScaffoldArgs;
use crate::args::normal::VariableArg;
use crate::root::variable_blocks;
use crate::units::choose;

/// Folders that are not copied with a unit or a stack.
const LEFT_BEHIND: [&str; 4] = [".git", ".terragrunt-cache", ".terragrunt-stack", ".terraform"];

/// A variable of the module as it is declared.
struct Variable {
    name: String,
    description: String,
    /// As written; `any` where nothing is.
    ty: String,
    default: Option<Value>,
}

/// Writes a unit that runs a module, with all its variables; or copies a unit or a stack.
pub fn run(app: &App, args: &ScaffoldArgs) -> Ended {
    tokio::task::block_in_place(|| scaffold(app, args))
}

fn scaffold(app: &App, args: &ScaffoldArgs) -> Ended {
    let here = choose::root(app);
    let to = args.output_folder.as_ref().map_or_else(|| here.clone(), |f| here.join(f));
    let mut settings = Settings::of(app, args)?;
    let source = with_reference(&args.module, settings.reference.take());
    let (module, written, _kept) = module(app, &here, &to, &source)?;
    let copied = ["terragrunt.stack.hcl", "terragrunt.hcl"].iter().any(|f| module.join(f).is_file());
    if copied {
        copy(&module, &to)?;
        println!("Copied {} to {}.", args.module, to.display());
        return Ok(Outcome::Done);
    }
    let path = to.join("terragrunt.hcl");
    if path.exists() {
        let detail = format!("{} is there already. Remove it, or name another --output-folder.", path.display());
        return Err(Diagnostic::error("File exists", detail).into());
    }
    let (variables, mut found) = variables(&module)?;
    let text = text(&written, &variables, &settings, &mut found);
    let text = craton_hcl::fmt::format(&path, &text)?;
    std::fs::create_dir_all(&to)
        .and_then(|()| std::fs::write(&path, text))
        .map_err(|e| Diagnostic::error("Unit cannot be written", format!("Cannot write {}: {e}.", path.display())))?;
    app.report(&found, false);
    println!("Wrote {}.", path.display());
    let required = variables.iter().filter(|v| v.default.is_none() && !settings.has(&v.name)).count();
    if required > 0 {
        println!("Set its {required} required inputs, which are marked as required.");
    }
    Ok(Outcome::Done)
}

/// What was given with `--var` and `--var-file`: values for inputs, and settings of the unit itself.
struct Settings {
    /// The file that the unit includes.
    root_file: Option<String>,
    /// The branch, tag or commit of the module.
    reference: Option<String>,
    inputs: Vec<(String, Value)>,
}

impl Settings {
    fn of(app: &App, args: &ScaffoldArgs) -> Result<Self, Diagnostics> {
        let mut all: Vec<(String, Value)> = Vec::new();
        for variable in &app.variables {
            match variable {
                VariableArg::Value(text) => {
                    let Some((name, value)) = text.split_once('=') else {
                        let detail = format!("{text:?} is no NAME=VALUE.");
                        return Err(Diagnostic::error("Invalid variable", detail).into());
                    };
                    all.push((name.to_owned(), Value::from(value)));
                }
                VariableArg::File(path) => {
                    let (body, mut found) = craton_config::FileCache::new().parse(path);
                    let (attributes, more) = body.map(|b| b.attributes()).unwrap_or_default();
                    found.extend(more);
                    for (name, a) in attributes {
                        let (value, more) = eval_constant(&a.expr);
                        found.extend(more);
                        all.push((name.to_string(), value));
                    }
                    found.ok(())?;
                }
            }
        }
        let mut settings = Self { root_file: Some(args.root_file_name.clone()), reference: None, inputs: Vec::new() };
        let mut included = !args.no_include_root;
        for (name, value) in all {
            let text = value.as_str().map(ToOwned::to_owned);
            match (name.as_str(), text) {
                ("EnableRootInclude", Some(text)) => included = text == "true",
                ("RootFileName", Some(text)) => settings.root_file = Some(text),
                ("Ref", Some(text)) => settings.reference = Some(text),
                _ => settings.inputs.push((name, value)),
            }
        }
        if !included {
            settings.root_file = None;
        }
        Ok(settings)
    }

    fn has(&self, name: &str) -> bool {
        self.inputs.iter().any(|(n, _)| n == name)
    }
}

/// The source with another `ref`.
fn with_reference(source: &str, reference: Option<String>) -> String {
    let Some(reference) = reference else { return source.to_owned() };
    let (address, query) = source.split_once('?').unwrap_or((source, ""));
    let others = query.split('&').filter(|p| !p.is_empty() && !p.starts_with("ref="));
    let all: Vec<String> = others.map(ToOwned::to_owned).chain([format!("ref={reference}")]).collect();
    format!("{address}?{}", all.join("&"))
}

/// The folder of the module, and its source as the unit has it. What was fetched goes with the third.
fn module(
    app: &App,
    here: &Path,
    to: &Path,
    text: &str,
) -> Result<(PathBuf, String, Option<tempfile::TempDir>), Diagnostics> {
    let invalid = |why: String| Diagnostic::error("Invalid source", format!("{text:?} cannot be used: {why}."));
    let mut source = parse_source(&app.terragrunt_options("scaffold"), text).map_err(invalid)?;
    let mut written = text.to_owned();
    if let Source::Local(path) = &source {
        let full = craton_config::clean(&here.join(path.replacen("//", "/", 1)));
        written = craton_terragrunt::relative(to, &full).to_string_lossy().into_owned();
        source = Source::Path { path: full, subdir: None };
    }
    if let Source::Path { path, subdir } = &source {
        let folder = subdir.as_ref().map_or_else(|| path.clone(), |s| path.join(s));
        if !folder.is_dir() {
            return Err(invalid(format!("there is no folder {}", folder.display())).into());
        }
        return Ok((folder, written, None));
    }
    let (kept, folder) = fetch_source(&app.fetcher(&IamRole::default()), &source)?;
    Ok((folder, written, Some(kept)))
}

/// Copies a unit or a stack; nothing that is there is replaced.
fn copy(from: &Path, to: &Path) -> Result<(), Diagnostics> {
    let failed = |path: &Path, e: std::io::Error| {
        Diagnostic::error("Files cannot be copied", format!("Cannot copy {}: {e}.", path.display()))
    };
    let mut files = Vec::new();
    let mut open = vec![from.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).map_err(|e| failed(&dir, e))? {
            let entry = entry.map_err(|e| failed(&dir, e))?;
            if entry.path().is_dir() {
                if !LEFT_BEHIND.iter().any(|n| entry.file_name() == *n) {
                    open.push(entry.path());
                }
            } else {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    let target = |file: &Path| to.join(file.strip_prefix(from).unwrap_or(file));
    if let Some(there) = files.iter().map(|f| target(f)).find(|t| t.exists()) {
        let detail =
            format!("{} is there already, so nothing was copied. Name another --output-folder.", there.display());
        return Err(Diagnostic::error("File exists", detail).into());
    }
    for file in &files {
        let target = target(file);
        let folder = target.parent().unwrap_or(to);
        std::fs::create_dir_all(folder).and_then(|()| std::fs::copy(file, &target)).map_err(|e| failed(file, e))?;
    }
    Ok(())
}

/// The variables of a module in the order of their names.
fn variables(dir: &Path) -> Result<(Vec<Variable>, Diagnostics), Diagnostics> {
    let (blocks, found) = variable_blocks(dir, &craton_config::FileCache::new());
    if !craton_config::config_files(dir).is_ok_and(|files| !files.is_empty()) {
        let detail = format!("There is no .tf file in {}. Name the folder of a module.", dir.display());
        return Err(Diagnostic::error("Not a module", detail).into());
    }
    let all = blocks.iter().map(|(name, content)| variable(name, content)).collect();
    found.ok((all, Diagnostics::new()))
}

fn variable(name: &str, content: &Content) -> Variable {
    let constant = |argument: &str| content.expr(argument).map(|e| eval_constant(e).0);
    let description = constant("description").and_then(|v| v.as_str().map(ToOwned::to_owned));
    Variable {
        name: name.to_owned(),
        description: description.unwrap_or_default(),
        ty: content.expr("type").map_or_else(|| "any".to_owned(), |e| e.span().text()),
        default: constant("default"),
    }
}

/// A value of the type to begin with.
fn placeholder(ty: &str) -> &'static str {
    match ty.split('(').next().map(str::trim) {
        Some("string") => "\"\"",
        Some("number") => "0",
        Some("bool") => "false",
        Some("list" | "set" | "tuple") => "[]",
        Some("map" | "object") => "{}",
        _ => "null",
    }
}

fn text(source: &str, variables: &[Variable], settings: &Settings, found: &mut Diagnostics) -> String {
    let mut out = format!("terraform {{\n  source = {}\n}}\n", quoted(source));
    if let Some(root) = &settings.root_file {
        out.push_str(&format!("\ninclude \"root\" {{\n  path = find_in_parent_folders({})\n}}\n", quoted(root)));
    }
    out.push_str("\ninputs = {\n");
    let comment = |out: &mut String, v: &Variable| {
        v.description.lines().for_each(|l| out.push_str(&format!("  # {}\n", l.trim_end())));
        v.ty.lines().enumerate().for_each(|(i, l)| {
            out.push_str(&format!("  # {}{}\n", if i == 0 { "Type: " } else { "" }, l.trim_end()));
        });
    };
    let given = |v: &Variable| {
        let (_, value) = settings.inputs.iter().rev().find(|(n, _)| *n == v.name)?;
        match value.as_str() {
            // A text is an expression where the variable takes something else.
            Some(text) if !v.ty.trim().starts_with("string") && v.ty != "any" => Some(text.to_owned()),
            _ => expression_text(value),
        }
    };
    for (title, required) in [("Required", true), ("Optional: these are the defaults", false)] {
        let mut first = true;
        for v in variables.iter().filter(|v| v.default.is_none() == required) {
            if std::mem::take(&mut first) {
                out.push_str(&format!("\n  # {title}\n"));
            }
            out.push('\n');
            comment(&mut out, v);
            match (given(v), &v.default) {
                (Some(value), _) => out.push_str(&format!("  {} = {value}\n", v.name)),
                (None, None) => out.push_str(&format!("  {} = {} # required\n", v.name, placeholder(&v.ty))),
                (None, Some(default)) => {
                    let value = expression_text(default).unwrap_or_else(|| "null".to_owned());
                    format!("{} = {value}", v.name).lines().for_each(|l| out.push_str(&format!("  # {l}\n")));
                }
            }
        }
    }
    for (name, _) in settings.inputs.iter().filter(|(n, _)| !variables.iter().any(|v| v.name == *n)) {
        let detail = format!("The module has no variable {name:?}, so the value that was given for it is left out.");
        found.push(Diagnostic::warning("Unknown variable", detail));
    }
    out.push_str("}\n");
    out
}
