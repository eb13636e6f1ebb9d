//! `find`

use std::path::Path;

use craton_terragrunt::{ComponentKind, Universe};
use serde_json::{Map, Value as Json, json};

use super::list::Listing;
use crate::app::{App, Ended, Outcome};
use crate::args::FindArgs;
use crate::args::listing::FindFormat;

/// Writes the units and stacks that are there, one a line or as JSON.
pub fn run(app: &App, args: &FindArgs) -> Ended {
    let listing = tokio::task::block_in_place(|| Listing::make(app, &args.listing))?;
    if !args.json && args.format == FindFormat::Text {
        for item in &listing.items {
            println!("{}", item.name);
        }
        return Ok(Outcome::Done);
    }
    let documents: Vec<Json> = listing.items.iter().map(|i| document(args, &listing, &i.dir, i.kind)).collect();
    println!("{:#}", Json::Array(documents));
    Ok(Outcome::Done)
}

fn document(args: &FindArgs, listing: &Listing, dir: &Path, kind: ComponentKind) -> Json {
    let universe: &Universe = &listing.universe;
    let mut object = json!({ "type": kind.word(), "path": listing.name(dir) });
    if kind == ComponentKind::Stack {
        return object;
    }
    let edges = universe.edges(dir);
    if args.exclude
        && let Some(e) = &edges.exclude
    {
        object["exclude"] = json!({
            "if": e.condition,
            "actions": e.actions,
            "exclude_dependencies": e.exclude_dependencies,
            "no_run": e.no_run,
        });
    }
    if args.include {
        let files: Map<String, Json> =
            universe.includes(dir).into_iter().map(|(label, p)| (label, json!(listing.name(&p)))).collect();
        if !files.is_empty() {
            object["include"] = Json::Object(files);
        }
    }
    if args.reading {
        let file = universe.config_file(dir);
        let reads = universe.reads(dir).into_iter().filter(|p| Some(p) != file.as_ref());
        object["reading"] = json!(reads.map(|p| listing.name(&p)).collect::<Vec<_>>());
    }
    if args.listing.dependencies {
        let names: Vec<String> = universe.dependencies(dir).iter().map(|d| listing.name(d)).collect();
        if !names.is_empty() {
            object["dependencies"] = json!(names);
        }
    }
    object
}
