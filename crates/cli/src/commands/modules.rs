//! `modules`

use std::collections::BTreeMap;

use craton_config::{Manifest, ModuleTree};
use craton_model::addr::ModulePath;
use serde_json::{Value as Json, json};

use crate::app::{App, Ended, Outcome};
use crate::args::ModulesArgs;
use crate::unit::Work;

/// One module call.
struct Called<'a> {
    path: &'a ModulePath,
    name: &'a str,
    source: &'a str,
    version: String,
}

/// Lists the modules that are called, with the versions that were installed.
pub async fn run(app: &App, args: &ModulesArgs) -> Ended {
    let work = Work::load(app, "modules").await?;
    let installed = Manifest::read(&work.root.data_dir)?;
    let all = called(&work.root.tree, &installed);
    if args.json {
        println!("{}", document(&all));
    } else if all.is_empty() {
        println!("No modules found in configuration.");
    } else {
        println!("\nModules declared by configuration:\n.");
        print!("{}", tree(&all));
        println!();
    }
    Ok(Outcome::Done)
}

fn called<'a>(tree: &'a ModuleTree, installed: &Manifest) -> Vec<Called<'a>> {
    let mut all = Vec::new();
    for node in tree.modules() {
        let Some((name, above)) = node.path.0.split_last() else { continue };
        let call = tree.get(&ModulePath(above.into())).and_then(|n| n.module.module_calls.get(name));
        let Some(call) = call else { continue };
        let version = installed.get(&node.path.0.join(".")).and_then(|m| m.version.clone()).unwrap_or_default();
        all.push(Called { path: &node.path, name, source: &call.source, version });
    }
    all
}

/// The form of `modules -json`, version 1.0: <https://developer.hashicorp.com/terraform/cli/commands/modules>.
fn document(all: &[Called<'_>]) -> Json {
    let modules: Vec<Json> =
        all.iter().map(|m| json!({"key": m.name, "source": m.source, "version": m.version})).collect();
    json!({"format_version": "1.0", "modules": if modules.is_empty() { Json::Null } else { modules.into() }})
}

fn tree(all: &[Called<'_>]) -> String {
    let mut below: BTreeMap<&[std::sync::Arc<str>], Vec<&Called<'_>>> = BTreeMap::new();
    for m in all {
        let above = &m.path.0[..m.path.0.len() - 1];
        below.entry(above).or_default().push(m);
    }
    let mut out = String::new();
    fn write(
        at: &[std::sync::Arc<str>],
        indent: &str,
        below: &BTreeMap<&[std::sync::Arc<str>], Vec<&Called<'_>>>,
        out: &mut String,
    ) {
        let calls = below.get(at).map(Vec::as_slice).unwrap_or_default();
        for (i, m) in calls.iter().enumerate() {
            let last = i + 1 == calls.len();
            let version = if m.version.is_empty() { String::new() } else { format!(" {}", m.version) };
            out.push_str(&format!(
                "{indent}{} {:?}[{}]{version}\n",
                if last { "└──" } else { "├──" },
                m.name,
                m.source
            ));
            write(&m.path.0, &format!("{indent}{}", if last { "    " } else { "│\u{a0}\u{a0} " }), below, out);
        }
    }
    write(&[], "", &below, &mut out);
    out
}
