//! Stacks: `terragrunt.stack.hcl`, the units and stacks that are generated from it, and their outputs.
//!
//! <https://terragrunt.gruntwork.io/docs/reference/hcl/blocks/#unit>, `#stack`

mod autoinclude;
mod generate;
mod outputs;
mod read;
mod scope;

pub use generate::{Generated, generate, generated_folders};
pub use outputs::stack_outputs;
pub(crate) use scope::read_values;

use crate::discovery::{ComponentKind, STACK_FILE};
use craton_hcl::Block;
use craton_model::{Span, Value};
use indexmap::IndexMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder that units and stacks are generated into, beside the stack's file.
pub const STACK_DIR: &str = ".terragrunt-stack";
/// The values that a generated unit or stack was given.
pub(crate) const VALUES_FILE: &str = "terragrunt.values.hcl";
/// What a stack adds to a unit that it generates: merged over its configuration.
pub(crate) const AUTOINCLUDE_FILE: &str = "terragrunt.autoinclude.hcl";
/// What a stack adds to a stack that it generates: units and stacks of its own.
pub(crate) const AUTOINCLUDE_STACK_FILE: &str = "terragrunt.autoinclude.stack.hcl";

/// A stack, evaluated.
#[derive(Clone, Debug)]
pub(crate) struct StackFile {
    /// Its file.
    pub(crate) path: PathBuf,
    /// Local values.
    pub(crate) locals: IndexMap<Arc<str>, Value>,
    /// The units and stacks that it generates, units first, each in written order; without those that are not enabled.
    pub(crate) components: Vec<StackComponent>,
}

/// A `unit` or `stack` block.
#[derive(Clone, Debug)]
pub(crate) struct StackComponent {
    pub(crate) kind: ComponentKind,
    pub(crate) name: Arc<str>,
    pub(crate) source: String,
    pub(crate) source_span: Span,
    /// Where it is generated, as written.
    pub(crate) path: String,
    /// The folder that it is generated to, absolute.
    pub(crate) dest: PathBuf,
    pub(crate) values: Option<Value>,
    pub(crate) values_span: Span,
    pub(crate) no_dot: Option<bool>,
    pub(crate) no_validation: Option<bool>,
    /// The text of the file that its `autoinclude` block becomes.
    pub(crate) autoinclude: Option<String>,
    pub(crate) span: Span,
}

impl StackFile {
    /// The stack as `read_terragrunt_config` gives it.
    pub(crate) fn to_value(&self) -> Value {
        let mut all: Vec<(&str, Value)> = vec![("local", Value::object(self.locals.clone()))];
        for (word, kind) in [("unit", ComponentKind::Unit), ("stack", ComponentKind::Stack)] {
            let blocks: Vec<(Arc<str>, Value)> =
                self.components.iter().filter(|c| c.kind == kind).map(|c| (c.name.clone(), c.to_value())).collect();
            if !blocks.is_empty() {
                all.push((word, Value::object(blocks)));
            }
        }
        Value::object(all)
    }
}

impl StackComponent {
    fn to_value(&self) -> Value {
        let mut all: Vec<(&str, Value)> = vec![
            ("name", Value::string(self.name.clone())),
            ("source", Value::from(self.source.as_str())),
            ("path", Value::from(self.path.as_str())),
        ];
        all.extend(self.values.clone().map(|v| ("values", v)));
        all.extend(self.no_dot.map(|b| ("no_dot_terragrunt_stack", Value::bool(b))));
        all.extend(self.no_validation.map(|b| ("no_validation", Value::bool(b))));
        Value::object(all)
    }

    /// The file that makes its folder what it is.
    pub(crate) fn expected_file(&self) -> &'static str {
        match self.kind {
            ComponentKind::Unit => "terragrunt.hcl",
            ComponentKind::Stack => STACK_FILE,
        }
    }
}

/// Whether a folder holds a stack, and no unit.
pub(crate) fn is_stack(dir: &Path) -> bool {
    dir.join(STACK_FILE).is_file()
}

/// The folder that a block's `path` leads to.
pub(crate) fn destination(stack_dir: &Path, path: &str, no_dot: bool) -> (PathBuf, PathBuf) {
    let base = if no_dot { stack_dir.to_owned() } else { stack_dir.join(STACK_DIR) };
    let dest = craton_config::clean(&base.join(path));
    (base, dest)
}

/// The name that a block's label gives.
pub(crate) fn label(block: &Block) -> Arc<str> {
    block.labels.first().map_or_else(|| "".into(), |l| l.name.clone())
}
