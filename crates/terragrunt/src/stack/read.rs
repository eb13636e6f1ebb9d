//! A stack's file: its blocks, evaluated and checked.

use super::scope::{StackScope, component_schema};
use super::{AUTOINCLUDE_STACK_FILE, StackComponent, StackFile, autoinclude, destination, label};
use crate::context::Context;
use crate::discovery::{ComponentKind, STACK_FILE};
use crate::session::{Terragrunt, absolute};
use craton_hcl::{Block, Body, BodySchema, Expr};
use craton_model::{Diagnostic, Diagnostics, Span, Value};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError};

fn schema() -> BodySchema<'static> {
    BodySchema::new().blocks(["locals"]).block("include", &["name"]).block("unit", &["name"]).block("stack", &["name"])
}

fn kind_of(block: &Block) -> Option<ComponentKind> {
    match &*block.kind {
        "unit" => Some(ComponentKind::Unit),
        "stack" => Some(ComponentKind::Stack),
        _ => None,
    }
}

impl Terragrunt {
    /// The stack in a folder; read once per run, or again after it was generated anew.
    pub(crate) fn stack(self: &Arc<Self>, dir: &Path) -> Result<Arc<StackFile>, Diagnostics> {
        let dir = absolute(dir);
        if let Some(known) = self.stacks.lock().unwrap_or_else(PoisonError::into_inner).get(&dir) {
            return Ok(known.clone());
        }
        let stack = Arc::new(self.read_stack_file(&dir)?);
        self.stacks.lock().unwrap_or_else(PoisonError::into_inner).insert(dir, stack.clone());
        Ok(stack)
    }

    fn read_stack_file(self: &Arc<Self>, dir: &Path) -> Result<StackFile, Diagnostics> {
        let path = dir.join(STACK_FILE);
        let (body, mut diags) = self.parse(&path);
        let Some(body) = body.filter(|_| !diags.has_errors()) else { return Err(diags) };
        let (content, found) = body.content(&schema());
        diags.extend(found);
        let locals = match content.single_block("locals", &mut diags) {
            Some(block) => {
                let (attributes, found) = block.body.attributes();
                diags.extend(found);
                attributes
            }
            None => IndexMap::new(),
        };
        let scope = StackScope::new(Context::new(self, &path, &path, 0, false), locals);
        scope.ctx.note_read(&path);
        let mut blocks: Vec<(ComponentKind, Block)> =
            content.blocks.iter().filter_map(|b| Some((kind_of(b)?, b.clone()))).collect();
        scope.set_blocks(blocks.iter().cloned());
        for include in content.blocks_of("include") {
            blocks.extend(included(self, &scope, include));
        }
        let mut seen = HashMap::new();
        blocks.retain(|(kind, block)| {
            let name = label(block);
            let first = *seen.entry((*kind, name.clone())).or_insert(block.span);
            if first != block.span {
                let detail = format!(
                    "duplicate {} name found: '{name}': there is one at {} already. Give each a name of its own.",
                    kind.word(),
                    first.place()
                );
                scope.report(Diagnostic::error("Duplicate name", detail).at(block.span));
            }
            first == block.span
        });
        override_blocks(self, &scope, &mut blocks);
        if blocks.is_empty() && !diags.has_errors() && !scope.diags.borrow().has_errors() {
            let detail = "The stack has no unit and no stack block, so there is nothing to generate. Add one.";
            diags.push(Diagnostic::error("Empty stack", detail).at(body.missing()));
        }
        scope.set_blocks(blocks.iter().cloned());
        blocks.sort_by_key(|(kind, _)| *kind);
        let components: Vec<StackComponent> =
            blocks.iter().filter_map(|(kind, block)| component(&scope, *kind, block)).collect();
        check_paths(&scope, &components);
        let locals = scope.all_locals();
        diags.extend(std::mem::take(&mut *scope.diags.borrow_mut()));
        diags.ok(StackFile { path, locals, components })
    }
}

/// The unit and stack blocks of an included file.
fn included(session: &Arc<Terragrunt>, scope: &StackScope, include: &Block) -> Vec<(ComponentKind, Block)> {
    let (content, found) = include.body.content(&BodySchema::new().required("path"));
    found.into_iter().for_each(|d| scope.report(d));
    let Some(expr) = content.expr("path") else { return Vec::new() };
    let Some(text) = scope.string(expr, "path") else { return Vec::new() };
    let path = scope.ctx.path(&text);
    if !path.is_file() {
        let detail = format!("There is no file {}. Correct the path.", path.display());
        scope.report(Diagnostic::error("Included file not found", detail).at(expr.span()));
        return Vec::new();
    }
    scope.ctx.note_read(&path);
    let (body, found) = session.parse(&path);
    found.into_iter().for_each(|d| scope.report(d));
    let Some(body) = body else { return Vec::new() };
    let name = label(include);
    for (kind, what) in [("locals", "locals"), ("include", "nested includes")] {
        if let Some(block) = native_block(&body, kind) {
            let detail = format!(
                "included stack file {name:?} must not define {what}. Move the block to the stack that includes it."
            );
            scope.report(Diagnostic::error("Block not allowed in included file", detail).at(block));
        }
    }
    let (content, found) = body.content(&schema());
    found.into_iter().for_each(|d| scope.report(d));
    let blocks: Vec<_> = content.blocks.iter().filter_map(|b| Some((kind_of(b)?, b.clone()))).collect();
    scope.set_blocks(blocks.iter().cloned());
    blocks
}

fn native_block(body: &Body, kind: &str) -> Option<Span> {
    body.as_native()?.blocks.iter().find(|b| &*b.kind == kind).map(|b| b.span)
}

/// Lays the blocks that a parent stack's `autoinclude` has left beside the file over those of the file: by name, whole.
fn override_blocks(session: &Arc<Terragrunt>, scope: &StackScope, blocks: &mut Vec<(ComponentKind, Block)>) {
    let path = scope.dir.join(AUTOINCLUDE_STACK_FILE);
    if !path.is_file() {
        return;
    }
    scope.ctx.note_read(&path);
    let (body, found) = session.parse(&path);
    found.into_iter().for_each(|d| scope.report(d));
    let Some(body) = body else { return };
    let schema = BodySchema::new().block("unit", &["name"]).block("stack", &["name"]);
    let (content, found) = body.content(&schema);
    found.into_iter().for_each(|d| scope.report(d));
    for block in content.blocks {
        let Some(kind) = kind_of(&block) else { continue };
        match blocks.iter_mut().find(|(k, b)| *k == kind && label(b) == label(&block)) {
            Some(slot) => slot.1 = block,
            None => blocks.push((kind, block)),
        }
    }
}

/// A block, evaluated; `None` if it is not enabled or beside an error, which is reported.
fn component(scope: &StackScope, kind: ComponentKind, block: &Block) -> Option<StackComponent> {
    let (content, found) = block.body.content(&component_schema());
    let failed = found.has_errors();
    found.into_iter().for_each(|d| scope.report(d));
    let flag = |name: &str| content.expr(name).and_then(|e| scope.bool(e, name));
    if flag("enabled") == Some(false) {
        return None;
    }
    let (name, word) = (label(block), kind.word());
    let filled = |attribute: &str| -> Option<(String, Span)> {
        let expr: &Expr = content.expr(attribute)?;
        let text = scope.string(expr, attribute)?;
        if text.trim().is_empty() {
            let detail = format!("{word} '{name}' has empty {attribute}. Set it.");
            scope.report(Diagnostic::error(format!("Invalid {word}"), detail).at(expr.span()));
            return None;
        }
        Some((text, expr.span()))
    };
    if name.trim().is_empty() {
        let detail = format!("A {word} block has an empty name. Give it one.");
        scope.report(Diagnostic::error(format!("Invalid {word}"), detail).at(block.span));
    }
    let (source, path) = (filled("source"), filled("path"));
    let no_dot = flag("no_dot_terragrunt_stack");
    let values = content.expr("values").and_then(|e| Some((values(scope, e)?, e.span())));
    let mut diags = Diagnostics::new();
    let added = content.single_block("autoinclude", &mut diags);
    diags.into_iter().for_each(|d| scope.report(d));
    let ((source, source_span), (path, path_span)) = (source?, path?);
    if failed {
        return None;
    }
    let dest = checked_destination(scope, &name, &path, no_dot.unwrap_or(false), path_span)?;
    let autoinclude = match added {
        Some(block) => Some(autoinclude::text(scope, kind, &name, block, &dest)?),
        None => None,
    };
    Some(StackComponent {
        kind,
        name,
        source,
        source_span,
        path,
        dest,
        values_span: values.as_ref().map_or(block.span, |(_, span)| *span),
        values: values.map(|(v, _)| v),
        no_dot,
        no_validation: flag("no_validation"),
        autoinclude,
        span: block.span,
    })
}

fn values(scope: &StackScope, expr: &Expr) -> Option<Value> {
    let value = scope.eval(expr)?.unmark_deep().0;
    if value.is_null() {
        return None;
    }
    let wrong = if value.as_map().is_none() {
        "they must be an object"
    } else if !value.is_wholly_known() {
        "a part of them is not known"
    } else {
        return Some(value);
    };
    if !scope.diags.borrow().has_errors() {
        let detail = format!("The values cannot be handed on: {wrong}.");
        scope.report(Diagnostic::error("Invalid values", detail).at(expr.span()));
    }
    None
}

fn checked_destination(
    scope: &StackScope,
    name: &str,
    path: &str,
    no_dot: bool,
    span: Span,
) -> Option<std::path::PathBuf> {
    if Path::new(path).is_absolute() {
        let detail = format!("path {path} must be relative: it begins at the stack's own folder.");
        scope.report(Diagnostic::error("Invalid path", detail).at(span));
        return None;
    }
    let (base, dest) = destination(&scope.dir, path, no_dot);
    if !dest.starts_with(&base) || dest == base {
        let detail = format!(
            "{name} destination path '{}' is outside of the stack directory '{}'. Choose a path that leads into it.",
            dest.display(),
            base.display()
        );
        scope.report(Diagnostic::error("Invalid path", detail).at(span));
        return None;
    }
    Some(dest)
}

/// Refuses two blocks that are generated to one folder.
fn check_paths(scope: &StackScope, components: &[StackComponent]) {
    let mut seen: HashMap<&Path, &StackComponent> = HashMap::new();
    for c in components {
        let Some(first) = seen.insert(&c.dest, c) else { continue };
        let what = if first.kind == c.kind {
            format!("duplicate {} path found: '{}'", c.kind.word(), c.path)
        } else {
            format!("duplicate path found across unit and stack: '{}'", c.dest.display())
        };
        let detail = format!("{what}: {:?} is generated there as well. Give each a path of its own.", &*first.name);
        scope.report(Diagnostic::error("Duplicate path", detail).at(c.span));
    }
}
