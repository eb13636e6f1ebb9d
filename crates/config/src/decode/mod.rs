//! Blocks to nouns: one file per block kind.

mod checks;
mod locals;
mod mocks;
mod module_calls;
mod moves;
mod outputs;
mod overrides;
mod providers;
mod resources;
mod rules;
mod terraform;
mod test_files;
mod test_runs;
mod variables;

pub(crate) use test_files::test_file;

use crate::nouns::Module;
use craton_hcl::{Block, Body, BodySchema, Content, Expr, is_identifier};
use craton_model::{Diagnostic, Diagnostics, Span};
use indexmap::IndexMap;
use std::hash::Hash;
use std::path::Path;
use std::sync::Arc;

/// A file that was read.
pub(crate) struct File {
    pub(crate) body: Body,
    /// Named `override.tf` or `*_override.tf` (or the JSON form of these).
    pub(crate) is_override: bool,
}

/// A block with what override files say of it.
pub(crate) struct Declared {
    pub(crate) block: Block,
    pub(crate) overrides: Vec<Block>,
}

impl Declared {
    /// The body with all overrides laid on top.
    pub(crate) fn body(&self) -> Body {
        self.overrides.iter().fold(self.block.body.clone(), |body, over| body.overridden_by(&over.body))
    }

    /// A nested block of which overrides replace single arguments, not the whole (`lifecycle`).
    pub(crate) fn nested(&self, kind: &str, diags: &mut Diagnostics) -> Option<Block> {
        let schema = BodySchema::new().blocks([kind]);
        let mut merged: Option<Block> = None;
        for layer in std::iter::once(&self.block).chain(&self.overrides) {
            let (content, _, _) = layer.body.partial_content(&schema);
            let Some(found) = content.single_block(kind, diags) else { continue };
            merged = Some(match merged {
                Some(base) => Block { body: base.body.overridden_by(&found.body), ..base },
                None => found.clone(),
            });
        }
        merged
    }

    /// Complains about `depends_on` in an override, which Terraform does not lay over.
    pub(crate) fn no_depends_on_override(&self, diags: &mut Diagnostics) {
        for layer in &self.overrides {
            let (content, _, _) = layer.body.partial_content(&BodySchema::new().optional(["depends_on"]));
            if let Some(a) = content.attribute("depends_on") {
                let detail = "What a block waits for cannot be changed in an override file. Change depends_on in the block itself.";
                diags.push(Diagnostic::error("Unsupported override", detail).at(a.name_span));
            }
        }
    }

    fn label(&self, at: usize) -> Arc<str> {
        self.block.labels.get(at).map(|l| l.name.clone()).unwrap_or_default()
    }
}

/// The block kinds that a file may hold.
fn top_schema() -> BodySchema<'static> {
    BodySchema::new()
        .blocks(["terraform", "locals", "moved", "removed", "import"])
        .block("variable", &["name"])
        .block("output", &["name"])
        .block("module", &["name"])
        .block("provider", &["name"])
        .block("check", &["name"])
        .block("resource", &["type", "name"])
        .block("data", &["type", "name"])
        .block("ephemeral", &["type", "name"])
}

/// Reads the files of one folder. The module holds everything that could be read.
pub(crate) fn module(dir: &Path, folder: &Path, files: &[File]) -> (Module, Diagnostics) {
    let mut diags = Diagnostics::new();
    let mut module = Module { dir: dir.to_owned(), folder: folder.to_owned(), ..Module::default() };
    let schema = top_schema();
    let mut read = |wanted: bool| -> Vec<Block> {
        let mut blocks = Vec::new();
        for file in files.iter().filter(|f| f.is_override == wanted) {
            let (content, found) = file.body.content(&schema);
            diags.extend(found);
            blocks.extend(content.blocks);
        }
        blocks
    };
    let (blocks, overrides) = (read(false), read(true));
    let mut kinds = Kinds::new(blocks, &mut diags);
    kinds.lay_over(overrides, &mut diags);

    terraform::decode(&kinds.terraform, &kinds.terraform_overrides, &mut module, &mut diags);
    providers::decode(&kinds.providers, &kinds.provider_overrides, &mut module, &mut diags);
    for declared in kinds.named("variable") {
        variables::decode(declared, &mut module, &mut diags);
    }
    locals::decode(&kinds.locals, &kinds.locals_overrides, &mut module, &mut diags);
    for declared in kinds.named("output") {
        outputs::decode(declared, &mut module, &mut diags);
    }
    for declared in kinds.named("module") {
        module_calls::decode(declared, &mut module, &mut diags);
    }
    for kind in ["resource", "data", "ephemeral"] {
        for declared in kinds.named(kind) {
            resources::decode(declared, &mut module, &mut diags);
        }
    }
    for block in &kinds.plain {
        match &*block.kind {
            "check" => checks::decode(block, &mut module, &mut diags),
            "moved" => moves::moved(block, &mut module, &mut diags),
            "removed" => moves::removed(block, &mut module, &mut diags),
            _ => moves::import(block, &mut module, &mut diags),
        }
    }
    (module, diags)
}

/// Blocks sorted by how overrides apply to them.
struct Kinds {
    terraform: Vec<Block>,
    terraform_overrides: Vec<Block>,
    locals: Vec<Block>,
    locals_overrides: Vec<Block>,
    /// Blocks told apart by kind and labels.
    named: IndexMap<(Arc<str>, Vec<Arc<str>>), Declared>,
    /// `provider` blocks, told apart by an argument, stand several times under one name.
    providers: Vec<Block>,
    provider_overrides: Vec<Block>,
    /// Blocks that cannot be overridden.
    plain: Vec<Block>,
}

impl Kinds {
    fn new(blocks: Vec<Block>, diags: &mut Diagnostics) -> Self {
        let mut kinds = Self {
            terraform: Vec::new(),
            terraform_overrides: Vec::new(),
            locals: Vec::new(),
            locals_overrides: Vec::new(),
            named: IndexMap::new(),
            providers: Vec::new(),
            provider_overrides: Vec::new(),
            plain: Vec::new(),
        };
        for block in blocks {
            match &*block.kind {
                "terraform" => kinds.terraform.push(block),
                "locals" => kinds.locals.push(block),
                "provider" => kinds.providers.push(block),
                "check" | "moved" | "removed" | "import" => kinds.plain.push(block),
                _ => {
                    let labels = block.labels.iter().map(|l| l.name.clone()).collect();
                    let key = (block.kind.clone(), labels);
                    match kinds.named.get(&key) {
                        Some(first) => diags.push(duplicate_block(&block, first.block.span)),
                        None => {
                            kinds.named.insert(key, Declared { block, overrides: Vec::new() });
                        }
                    }
                }
            }
        }
        kinds
    }

    fn lay_over(&mut self, overrides: Vec<Block>, diags: &mut Diagnostics) {
        for block in overrides {
            match &*block.kind {
                "terraform" => self.terraform_overrides.push(block),
                "locals" => self.locals_overrides.push(block),
                "provider" => self.provider_overrides.push(block),
                // Nothing to override: it says where something was, and may say so anywhere.
                "removed" => self.plain.push(block),
                "check" | "moved" | "import" => {
                    let detail = format!(
                        "A {} block cannot be overridden, so none may stand in an override file. Move it to a file with another name.",
                        block.kind
                    );
                    diags.push(Diagnostic::error("Block not allowed in override file", detail).at(block.span));
                }
                _ => {
                    let labels = block.labels.iter().map(|l| l.name.clone()).collect();
                    match self.named.get_mut(&(block.kind.clone(), labels)) {
                        Some(base) => base.overrides.push(block),
                        None => diags.push(missing_base(&block)),
                    }
                }
            }
        }
    }

    fn named(&self, kind: &str) -> impl Iterator<Item = &Declared> {
        self.named.iter().filter(move |((k, _), _)| &**k == kind).map(|(_, d)| d)
    }
}

/// What the blocks of a kind are called in a sentence.
fn noun(kind: &str) -> &str {
    match kind {
        "variable" => "input variable",
        "output" => "output value",
        "module" => "module call",
        "data" => "data source",
        "ephemeral" => "ephemeral resource",
        other => other,
    }
}

fn duplicate_block(block: &Block, first: Span) -> Diagnostic {
    let (noun, name) = (noun(&block.kind), spelled_labels(block));
    let detail = format!("{name} was already declared at {}. Rename or remove one of the two.", first.place());
    let summary = match &*block.kind {
        "variable" => "Duplicate variable declaration".to_owned(),
        "output" => "Duplicate output definition".to_owned(),
        _ => format!("Duplicate {noun} declaration"),
    };
    Diagnostic::error(summary, detail).at(block.span)
}

fn spelled_labels(block: &Block) -> String {
    let labels: Vec<&str> = block.labels.iter().map(|l| &*l.name).collect();
    let noun = noun(&block.kind);
    let mut chars = noun.chars();
    let noun: String = chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default();
    format!("{noun} {:?}", labels.join("."))
}

pub(crate) fn missing_base(block: &Block) -> Diagnostic {
    let detail = format!(
        "{} stands in an override file, but no other file of the folder declares it. Overrides can only change what is there; declare it in a file with another name.",
        spelled_labels(block)
    );
    let what = match &*block.kind {
        "variable" => "base variable declaration",
        "output" => "base output definition",
        "data" => "data resource",
        "provider" => "base provider configuration",
        other => noun(other),
    };
    Diagnostic::error(format!("Missing {what} to override"), detail).at(block.span)
}

/// Adds to a map unless the key is taken (the second declaration has been reported).
pub(crate) fn insert<K: Hash + Eq, V>(map: &mut IndexMap<K, V>, key: K, value: V) {
    map.entry(key).or_insert(value);
}

/// Complains about a name that is no identifier.
pub(crate) fn check_name(name: &str, span: Span, what: &str, diags: &mut Diagnostics) -> bool {
    let good = is_identifier(name);
    if !good {
        let detail = format!(
            "{name:?} cannot be the name of {what}: a name begins with a letter or an underscore and has only letters, digits, underscores and dashes."
        );
        let noun = what.split_once(' ').map_or(what, |(_, noun)| noun);
        diags.push(Diagnostic::error(format!("Invalid {noun} name"), detail).at(span));
    }
    good
}

/// `count` and `for_each`, of which a block may have one. Where an override file adds the other, `count` is what counts, as
/// in Terraform.
pub(crate) fn repetition(declared: &Declared, diags: &mut Diagnostics) -> (Option<Expr>, Option<Expr>) {
    let schema = BodySchema::new().optional(["count", "for_each"]);
    let (mut count, mut for_each) = (None, None);
    for layer in std::iter::once(&declared.block).chain(&declared.overrides) {
        let content = layer.body.partial_content(&schema).0;
        check_repetition(&content, diags);
        count = content.expr("count").cloned().or(count);
        for_each = content.expr("for_each").cloned().or(for_each);
    }
    if count.is_some() { (count, None) } else { (None, for_each) }
}

fn check_repetition(content: &Content, diags: &mut Diagnostics) {
    if let (Some(_), Some(for_each)) = (content.attribute("count"), content.attribute("for_each")) {
        let detail = "\"count\" and \"for_each\" each say how many instances there are, so only one of them may be set. Remove one.";
        diags.push(
            Diagnostic::error("Invalid combination of \"count\" and \"for_each\"", detail).at(for_each.name_span),
        );
    }
}
