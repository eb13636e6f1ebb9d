//! `run` blocks of test files.

use super::{CheckRule, ModuleCall, Override, PassedProvider};
use craton_hcl::Expr;
use craton_model::Span;
use craton_model::addr::{InstanceKey, Resource};
use craton_model::plan::PlanMode;
use indexmap::IndexMap;
use std::fmt;
use std::sync::Arc;

/// A `run` block (<https://developer.hashicorp.com/terraform/language/tests#run-blocks>).
#[derive(Clone, Debug)]
pub struct TestRun {
    /// Its name.
    pub name: Arc<str>,
    /// Type and label.
    pub span: Span,
    /// What it does.
    pub command: RunCommand,
    /// How it plans.
    pub plan: RunPlan,
    /// Values for variables; may refer to earlier runs.
    pub variables: IndexMap<Arc<str>, Expr>,
    /// The module to run in place of the root module. Only its name, source and version mean anything.
    pub module: Option<ModuleCall>,
    /// The test file's provider configurations that the module gets; `None`: all of them, by their names.
    pub providers: Option<Vec<PassedProvider>>,
    /// What must hold afterwards.
    pub asserts: Vec<CheckRule>,
    /// What must fail.
    pub expect_failures: Vec<Expected>,
    /// Names the state that it works on. Without one it is that of all runs of the same module.
    pub state_key: Option<Arc<str>>,
    /// Overrides in this run, which go before those of the file.
    pub overrides: Vec<Override>,
}

/// What a run does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunCommand {
    /// Plans, and looks at the plan.
    Plan,
    /// Plans and applies, and looks at the state.
    #[default]
    Apply,
}

/// A `plan_options` block, or what is in force without one.
#[derive(Clone, Debug)]
pub struct RunPlan {
    /// Normal or refresh-only.
    pub mode: PlanMode,
    /// Whether to read what exists first.
    pub refresh: bool,
    /// Addresses to limit the plan to.
    pub targets: Vec<String>,
    /// Addresses of instances to replace.
    pub replace: Vec<String>,
}

impl Default for RunPlan {
    fn default() -> Self {
        Self { mode: PlanMode::Normal, refresh: true, targets: Vec::new(), replace: Vec::new() }
    }
}

/// An element of `expect_failures`.
#[derive(Clone, Debug)]
pub struct Expected {
    /// What is to fail.
    pub object: Checkable,
    /// Where it is written.
    pub span: Span,
}

/// An object of a root module that has conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checkable {
    /// `var.NAME`
    Variable(Arc<str>),
    /// `output.NAME`
    Output(Arc<str>),
    /// `check.NAME`
    Check(Arc<str>),
    /// A resource or data source: all its instances, or one.
    Resource(Resource, InstanceKey),
}

impl fmt::Display for Checkable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "var.{name}"),
            Self::Output(name) => write!(f, "output.{name}"),
            Self::Check(name) => write!(f, "check.{name}"),
            Self::Resource(resource, key) => write!(f, "{resource}{key}"),
        }
    }
}
