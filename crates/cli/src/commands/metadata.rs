//! `metadata functions`

use craton_hcl::function::Param;
use craton_hcl::{Function, functions};
use craton_model::{Diagnostic, Type, similar};
use serde_json::{Map, Value as Json, json};

use crate::app::{App, Ended, Outcome};
use crate::args::MetadataCommand;
use crate::render::style::{Style, hang};

/// Describes functions.
pub fn run(app: &App, command: &MetadataCommand) -> Ended {
    let MetadataCommand::Functions { json, names } = command;
    if *json {
        println!("{}", document());
        return Ok(Outcome::Done);
    }
    if names.is_empty() {
        print!("{}", list(columns(&app.out)));
        return Ok(Outcome::Done);
    }
    let mut texts = Vec::new();
    for name in names {
        texts.push(describe(name, columns(&app.out)).ok_or_else(|| unknown(name))?);
    }
    println!("{}", texts.join("\n\n"));
    Ok(Outcome::Done)
}

/// How many columns there are for what is written; in a log or a file a line is as long as it is.
pub fn columns(style: &Style) -> usize {
    style.fold.map_or(usize::MAX, |_| style.width)
}

/// All functions with what each does, in lines of at most `columns`.
pub fn list(columns: usize) -> String {
    let names = || functions::function_names().filter(|n| !functions::is_removed(n));
    let width = names().map(str::len).max().unwrap_or_default();
    let line = |f: craton_hcl::FunctionRef| hang(&format!("{:width$}  ", f.name), &f.help, width + 2, columns) + "\n";
    names().filter_map(functions::function).map(line).collect()
}

/// What to say where there is none of this name.
pub fn unknown(name: &str) -> Diagnostic {
    let like = similar(name, functions::function_names()).map(|n| format!(" Did you mean {n:?}?")).unwrap_or_default();
    Diagnostic::error("No such function", format!("There is no function {name:?}.{like}"))
}

/// What there is to say about a function: how it is called and what it does, in lines of at most `columns`. `None` if
/// there is none.
pub fn describe(name: &str, columns: usize) -> Option<String> {
    let f = functions::function(name)?;
    let mut out = hang("", &signature(&f), 4, columns);
    out.push_str(&hang("\n  ", &f.help, 2, columns));
    for p in f.params.iter().chain(&f.variadic).filter(|p| !p.help.is_empty()) {
        out.push_str(&hang(&format!("\n  {}: ", p.name), &p.help, 6, columns));
    }
    Some(out)
}

fn signature(f: &Function) -> String {
    let mut params: Vec<String> = f.params.iter().map(|p| format!("{}: {}", p.name, type_name(&p.ty))).collect();
    params.extend(f.variadic.iter().map(|p| format!("{}...: {}", p.name, type_name(&p.ty))));
    format!("{}({}) -> {}", f.name, params.join(", "), type_name(&f.return_type()))
}

fn type_name(ty: &Type) -> String {
    if *ty == Type::Dynamic { "any".into() } else { ty.friendly() }
}

/// The form of `metadata functions -json`, version 1.0. Each function is there under its plain name and in the
/// namespace `core::`, as in Terraform; `templatestring` and the like have no older form.
fn document() -> Json {
    let mut all = Map::new();
    for name in functions::function_names() {
        let Some(f) = functions::function(name).filter(|_| !functions::is_removed(name)) else { continue };
        let described = described(&f);
        all.insert(name.to_owned(), described.clone());
        all.insert(format!("core::{name}"), described);
    }
    all.sort_keys();
    json!({"format_version": "1.0", "function_signatures": all})
}

fn described(f: &Function) -> Json {
    let mut doc = Map::new();
    doc.insert("description".into(), f.help.to_string().into());
    doc.insert("return_type".into(), f.return_type().to_json());
    if !f.params.is_empty() {
        doc.insert("parameters".into(), f.params.iter().map(param).collect());
    }
    if let Some(p) = &f.variadic {
        doc.insert("variadic_parameter".into(), param(p));
    }
    Json::Object(doc)
}

fn param(p: &Param) -> Json {
    let mut doc = Map::new();
    doc.insert("name".into(), p.name.to_string().into());
    if !p.help.is_empty() {
        doc.insert("description".into(), p.help.to_string().into());
    }
    if p.allow_null {
        doc.insert("is_nullable".into(), true.into());
    }
    doc.insert("type".into(), p.ty.to_json());
    Json::Object(doc)
}
