//! `lifecycle` blocks and the conditions that several kinds of blocks share.

use craton_hcl::Expr;
use craton_model::{Path, Span};

/// A `lifecycle` block, or what is in force without one
/// (<https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle>).
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    /// `None` where it is not set: it may then still follow from what depends on the resource.
    pub create_before_destroy: Option<bool>,
    /// Whether a plan that destroys an instance is refused.
    pub prevent_destroy: bool,
    /// Changes to leave alone.
    pub ignore_changes: IgnoreChanges,
    /// References whose change replaces the instances. Instance keys in them may be `each.key` or `count.index`.
    pub replace_triggered_by: Vec<Expr>,
    /// Checked before a change is planned.
    pub preconditions: Vec<CheckRule>,
    /// Checked afterwards; may use `self`.
    pub postconditions: Vec<CheckRule>,
    /// The block, if there is one.
    pub span: Option<Span>,
}

/// Attributes whose changes in the configuration are not followed.
#[derive(Clone, Debug)]
pub enum IgnoreChanges {
    /// `ignore_changes = all`
    All,
    /// Some, or none.
    Paths(Vec<IgnorePath>),
}

impl Default for IgnoreChanges {
    fn default() -> Self {
        Self::Paths(Vec::new())
    }
}

/// An element of `ignore_changes`.
#[derive(Clone, Debug)]
pub struct IgnorePath {
    /// Within the resource.
    pub path: Path,
    /// Where it is written.
    pub span: Span,
}

/// A condition with the message for when it does not hold: `validation`, `precondition`, `postcondition`, `assert`.
#[derive(Clone, Debug)]
pub struct CheckRule {
    /// Must be true.
    pub condition: Expr,
    /// What people are told if it is not.
    pub error_message: Expr,
    /// The block.
    pub span: Span,
}
