//! Stacks to folders: each unit and stack that a stack declares is copied from its source, its values beside it; then the
//! stacks among them, until there are no more.

use super::{AUTOINCLUDE_FILE, AUTOINCLUDE_STACK_FILE, STACK_DIR, StackComponent, StackFile, VALUES_FILE, is_stack};
use crate::config::IamRole;
use crate::discovery::{Component, ComponentKind, STACK_FILE, components};
use crate::session::{Terragrunt, absolute, relative};
use crate::settle::remove_gone;
use crate::source::{fetch, split};
use craton_fetch::{Query, Source, copy_tree};
use craton_hcl::is_identifier;
use craton_model::{Diagnostic, Diagnostics, Value};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The list of what a source brought, so that what it brings no more is removed.
const MANIFEST: &str = ".terragrunt-stack-manifest";
/// How deep stacks may generate stacks: more than that is a stack that generates itself.
const MAX_DEPTH: usize = 30;
/// What runs leave behind, which is no part of a source.
const LEFT_BEHIND: [&str; 4] = [".terragrunt-cache", ".terraform", ".git", STACK_DIR];

/// What was generated.
#[derive(Clone, Debug, Default)]
pub struct Generated {
    /// The stacks whose units and stacks were generated, in this order.
    pub stacks: Vec<PathBuf>,
    /// How many units and stacks were generated.
    pub components: usize,
    /// Units that an earlier run generated and no stack declares any more. They are left where they are.
    pub stale: Vec<PathBuf>,
}

/// Generates all stacks in and below a folder of which `wanted` says yes. `say` hears of each step.
pub fn generate(
    session: &Arc<Terragrunt>,
    root: &Path,
    wanted: &dyn Fn(&Component) -> Result<bool, Diagnostics>,
    say: &dyn Fn(&str),
) -> Result<Generated, Diagnostics> {
    let root = absolute(root);
    let mut run = Run {
        session,
        root: &root,
        wanted,
        say,
        done: BTreeSet::new(),
        fetched: HashMap::new(),
        generated: Generated::default(),
    };
    // What lies in a folder that is generated comes with the stack that it belongs to.
    let found = components(session, &root, true)?;
    let own = |c: &&Component| {
        let below = c.dir.strip_prefix(&root).unwrap_or(&c.dir);
        c.kind == ComponentKind::Stack && !below.components().any(|p| p.as_os_str() == STACK_DIR)
    };
    for stack in found.iter().filter(own) {
        run.stack(&stack.dir, &mut Vec::new())?;
    }
    Ok(run.generated)
}

/// The folders below a folder that stacks were generated into, outermost only.
pub fn generated_folders(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![absolute(root)];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).into_iter().flatten().flatten() {
            if !entry.file_type().is_ok_and(|t| t.is_dir()) {
                continue;
            }
            match entry.file_name().to_str() {
                Some(STACK_DIR) => found.push(entry.path()),
                Some(".git" | ".terraform" | ".terragrunt-cache") => {}
                _ => open.push(entry.path()),
            }
        }
    }
    found.sort();
    found
}

struct Run<'a> {
    session: &'a Arc<Terragrunt>,
    root: &'a Path,
    wanted: &'a dyn Fn(&Component) -> Result<bool, Diagnostics>,
    say: &'a dyn Fn(&str),
    done: BTreeSet<PathBuf>,
    /// Remote sources that were fetched, by address.
    fetched: HashMap<String, (tempfile::TempDir, PathBuf)>,
    generated: Generated,
}

impl Run<'_> {
    fn stack(&mut self, dir: &Path, above: &mut Vec<PathBuf>) -> Result<(), Diagnostics> {
        let component = Component { dir: dir.to_owned(), kind: ComponentKind::Stack };
        if self.done.contains(dir) || !(self.wanted)(&component)? {
            return Ok(());
        }
        if above.len() >= MAX_DEPTH {
            let names: Vec<String> = above.iter().take(4).map(|d| d.display().to_string()).collect();
            let detail = format!(
                "cycle detected: stacks generate stacks more than {MAX_DEPTH} deep, so one of them generates itself:\n  {}\n  ...\nRemove the stack block that leads back.",
                names.join("\n  -> ")
            );
            return Err(Diagnostic::error("Stacks without end", detail).into());
        }
        self.done.insert(dir.to_owned());
        let stack = self.session.stack(dir)?;
        if stack.components.is_empty() {
            let file = relative(self.root, &stack.path);
            (self.say)(&format!("Nothing to generate from {}: nothing in it is enabled.", file.display()));
        }
        let mut diags = Diagnostics::new();
        for c in &stack.components {
            if let Err(found) = self.component(&stack, c) {
                diags.extend(found);
            }
        }
        if diags.has_errors() {
            return Err(diags);
        }
        self.generated.stacks.push(dir.to_owned());
        self.generated.components += stack.components.len();
        self.note_stale(dir, &stack);
        above.push(dir.to_owned());
        for c in stack.components.iter().filter(|c| c.kind == ComponentKind::Stack && is_stack(&c.dest)) {
            // What an earlier run read of it counts no more.
            self.session.forget_files(&c.dest);
            self.stack(&c.dest, above)?;
        }
        above.pop();
        Ok(())
    }

    /// Units of an earlier run that the stack declares no more.
    fn note_stale(&mut self, dir: &Path, stack: &StackFile) {
        let below = dir.join(STACK_DIR);
        if !below.is_dir() {
            return;
        }
        let found = components(self.session, &below, true).unwrap_or_default();
        let declared: HashSet<&Path> = stack.components.iter().map(|c| &*c.dest).collect();
        let known = |unit: &Path| unit.ancestors().any(|dir| declared.contains(dir));
        let stale = found.into_iter().filter(|c| c.kind == ComponentKind::Unit && !known(&c.dir));
        self.generated.stale.extend(stale.map(|c| c.dir));
    }

    fn component(&mut self, stack: &StackFile, c: &StackComponent) -> Result<(), Diagnostics> {
        let word = c.kind.word();
        (self.say)(&format!(
            "Generating {word} {} from {}",
            c.name,
            Path::new(".").join(relative(self.root, &stack.path)).display()
        ));
        let io = |doing: &str, path: &Path, e: std::io::Error| {
            let detail = format!("Could not {doing} {}: {e}.", path.display());
            Diagnostics::from(Diagnostic::error("Failed to generate stack", detail).at(c.span))
        };
        let stack_dir = stack.path.parent().unwrap_or(self.root);
        self.bring(stack_dir, c)?;
        let both = ["terragrunt.hcl", STACK_FILE].iter().all(|f| c.dest.join(f).is_file());
        if both {
            let detail = format!(
                "The source of the {word} '{}' holds both terragrunt.hcl and {}. A folder is either a unit or a stack, not both.",
                c.name, STACK_FILE
            );
            return Err(Diagnostic::error("Unit and stack in one folder", detail).at(c.source_span).into());
        }
        self.validate(stack_dir, c)?;
        let values = c.values.as_ref().map(|v| values_text(v, c)).transpose()?;
        write(&c.dest.join(VALUES_FILE), values.as_deref()).map_err(|(p, e)| io("write", &p, e))?;
        let added = match c.kind {
            ComponentKind::Unit => AUTOINCLUDE_FILE,
            ComponentKind::Stack => AUTOINCLUDE_STACK_FILE,
        };
        if c.autoinclude.is_some() || is_ours(&c.dest.join(added)) {
            write(&c.dest.join(added), c.autoinclude.as_deref()).map_err(|(p, e)| io("write", &p, e))?;
        }
        Ok(())
    }

    fn validate(&self, stack_dir: &Path, c: &StackComponent) -> Result<(), Diagnostics> {
        if c.no_dot == Some(true) || c.no_validation == Some(true) {
            return Ok(());
        }
        let (word, file) = (c.kind.word(), c.expected_file());
        let json = c.kind == ComponentKind::Unit && c.dest.join("terragrunt.hcl.json").is_file();
        if c.dest.join(file).is_file() || json {
            return Ok(());
        }
        let what = format!(
            "validation failed for {word} {} at path {}: expected {word} to generate with {file} file at root of generated directory",
            c.name,
            stack_dir.join(STACK_DIR).display()
        );
        if self.session.options.no_stack_validate {
            (self.say)(&format!("{what}. That is let pass."));
            return Ok(());
        }
        let detail = format!("{what}. Correct the source, or set  no_validation = true  in the block.");
        Err(Diagnostic::error("Invalid source", detail).at(c.source_span).into())
    }

    /// Copies the source to its place, and removes what it brought before and brings no more.
    fn bring(&mut self, stack_dir: &Path, c: &StackComponent) -> Result<(), Diagnostics> {
        let text = mapped(&self.session.options.source_map, &c.source);
        let failed = |why: &str| {
            let detail = format!(
                "failed to fetch {} {}:\n  Source:      {text}\n  Destination: {}\n{why} A relative source begins at the folder of the stack's file.",
                c.kind.word(),
                c.name,
                c.dest.display()
            );
            Diagnostics::from(Diagnostic::error("Failed to fetch source", detail).at(c.source_span))
        };
        let local = craton_config::clean(&stack_dir.join(text.strip_prefix("file://").unwrap_or(&text)));
        let from = if local.is_dir() {
            local
        } else {
            match crate::source::parse(&self.session.options, &text)
                .map_err(|why| failed(&format!("It cannot be read: {why}.")))?
            {
                Source::Local(_) => return Err(failed(&format!("There is no folder {}.", local.display()))),
                Source::Path { path, subdir } => {
                    let folder = subdir.map_or_else(|| path.clone(), |sub| path.join(sub));
                    if !folder.is_dir() {
                        return Err(failed(&format!("There is no folder {}.", folder.display())));
                    }
                    folder
                }
                remote => self.fetched(&text, &remote).map_err(|d| failed(&d.detail))?,
            }
        };
        let dest = relative_to(&c.dest, &from);
        let wanted = |path: &Path| {
            let left = path.file_name().is_some_and(|n| LEFT_BEHIND.iter().any(|l| n == *l));
            // A stack may lie within its own source.
            !left && dest.as_deref() != Some(path) && path != Path::new(MANIFEST)
        };
        let copied = copy_tree(&from, &c.dest, &wanted).map_err(|d| failed(&d.detail))?;
        let list = c.dest.join(MANIFEST);
        let before = std::fs::read_to_string(&list).unwrap_or_default();
        let names: Vec<String> = copied.iter().map(|p| p.to_string_lossy().into_owned()).collect();
        remove_gone(&c.dest, &before, &names);
        let now = names.join("\n");
        if now != before {
            std::fs::write(&list, now).map_err(|e| failed(&format!("Could not write {}: {e}.", list.display())))?;
        }
        Ok(())
    }

    /// A remote source's folder; fetched once for all that are generated from it.
    fn fetched(&mut self, text: &str, source: &Source) -> Result<PathBuf, Diagnostic> {
        if let Some((_, folder)) = self.fetched.get(text) {
            return Ok(folder.clone());
        }
        let fetched = fetch(&self.session.outside.fetcher(&IamRole::default()), source)?;
        let folder = fetched.1.clone();
        self.fetched.insert(text.to_owned(), fetched);
        Ok(folder)
    }
}

/// The source that a source is to be exchanged for.
fn mapped(map: &[(String, String)], text: &str) -> String {
    let (address, sub) = split(text);
    let bare = Query::split(&address).0;
    match map.iter().find(|(old, _)| old == bare) {
        Some((_, new)) => sub.map_or_else(|| new.clone(), |sub| format!("{new}//{sub}")),
        None => text.to_owned(),
    }
}

/// A path within a folder; `None` if it lies elsewhere.
fn relative_to(path: &Path, folder: &Path) -> Option<PathBuf> {
    path.strip_prefix(folder).ok().map(Path::to_owned)
}

/// Whether a file was written by a stack.
fn is_ours(path: &Path) -> bool {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.starts_with("# Generated by Terragrunt from autoinclude") || text.starts_with("# Auto-generated by")
}

fn values_text(values: &Value, c: &StackComponent) -> Result<String, Diagnostics> {
    let mut entries: Vec<_> = values.as_map().into_iter().flatten().collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    if let Some((name, _)) = entries.iter().find(|(name, _)| !is_identifier(name)) {
        let detail = format!("The value {name:?} cannot be handed on: its name is no identifier. Rename it.");
        return Err(Diagnostic::error("Invalid values", detail).at(c.values_span).into());
    }
    let lines = craton_hcl::assignments_text(entries.iter().map(|(k, v)| (&**k, v)));
    let header = "# Auto-generated by the terragrunt.stack.hcl file by Terragrunt. Do not edit manually\n";
    Ok(format!("{header}{}", lines.unwrap_or_default()))
}

/// Writes a file unless it is so already; without a text, removes one that a stack wrote.
fn write(path: &Path, text: Option<&str>) -> Result<(), (PathBuf, std::io::Error)> {
    let failed = |e| (path.to_owned(), e);
    let there = std::fs::symlink_metadata(path).is_ok();
    match text {
        None if there && is_ours(path) => std::fs::remove_file(path).map_err(failed),
        None => Ok(()),
        Some(text) if std::fs::read(path).is_ok_and(|old| old == text.as_bytes()) => Ok(()),
        Some(text) => {
            // What is there may be a link, or read-only.
            if there {
                std::fs::remove_file(path).map_err(failed)?;
            }
            std::fs::write(path, text).map_err(failed)
        }
    }
}
