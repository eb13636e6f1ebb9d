//! Reading expressions as what they say rather than what they evaluate to: references, keywords, lists, maps, calls.

use crate::ast::{Call, Expr, ExprKind, Ident, IndexKey, Literal, ObjectItem, Step, Traversal};
use crate::parser::{OffsetMap, expression_at, traversal_at};
use craton_model::{Diagnostic, Diagnostics};

impl Expr {
    /// The expression as a reference with constant steps (`depends_on`, `ignore_changes`, `moved`, `provider`), or a
    /// diagnostic. In the JSON syntax a string is read as the reference it spells.
    pub fn as_traversal(&self) -> Result<Traversal, Diagnostics> {
        if let Some(root) = self.literal_word() {
            return Ok(Traversal { root, steps: Vec::new(), span: self.span() });
        }
        match self.kind() {
            ExprKind::Traversal(t) => Ok(t.clone()),
            ExprKind::RelativeTraversal { source, steps } if source.literal_word().is_some() => {
                let root = source.as_traversal()?.root;
                Ok(Traversal { root, steps: steps.clone(), span: self.span() })
            }
            ExprKind::JsonString(s) => traversal_at(self.span().file, s.text.clone(), s.offsets().clone()),
            // `foo[0][count.index]` cannot be; `(foo)` is a value, not a reference.
            _ => Err(Diagnostic::error(
                "Invalid expression",
                "A single static reference is required here: a name followed by attribute names and constant indexes, with no calls, operators, \
                 quotes or templates around it.",
            )
            .at(self.span())
            .into()),
        }
    }

    /// The reference that a string of the native syntax spells, as references were written before version 0.12; `None`
    /// if the expression is no string.
    pub fn quoted_traversal(&self) -> Option<Result<Traversal, Diagnostics>> {
        let ExprKind::Literal(Literal::String(text)) = self.kind() else { return None };
        // Behind the opening quote; no character of a reference needs an escape.
        let map = OffsetMap(vec![(0, self.span().start + 1)]);
        Some(traversal_at(self.span().file, text.clone(), map))
    }

    /// `null`, `true` and `false` as names: in a reference they are words like others, and `null` is a provider's name.
    fn literal_word(&self) -> Option<Ident> {
        match self.kind() {
            ExprKind::Literal(Literal::Null | Literal::Bool(_)) => {
                Some(Ident { name: self.as_keyword()?.into(), span: self.span() })
            }
            _ => None,
        }
    }

    /// Like [`Expr::as_traversal`] for the steps alone, where the first name is not a root but an attribute
    /// (`ignore_changes = [tags["x"]]`). The first step is an attribute step.
    pub fn as_relative_traversal(&self) -> Result<Vec<Step>, Diagnostics> {
        let t = self.as_traversal()?;
        let mut steps = Vec::with_capacity(t.steps.len() + 1);
        steps.push(Step::Attr(t.root));
        steps.extend(t.steps);
        Ok(steps)
    }

    /// The native expression that a string of the JSON syntax spells, where such a place holds one (types, references
    /// with keys that are not constant). `None` in the native syntax, and if the text is no expression.
    pub fn spelled(&self) -> Option<Expr> {
        let ExprKind::JsonString(s) = self.kind() else { return None };
        let (expr, diags) = expression_at(self.span().file, s.text.clone(), s.offsets().clone());
        (!diags.has_errors()).then_some(expr)
    }

    /// The expression if it is a single bare word, `true`, `false` and `null` included.
    pub fn as_keyword(&self) -> Option<&str> {
        match self.kind() {
            ExprKind::Traversal(t) if t.steps.is_empty() => Some(&t.root.name),
            ExprKind::Literal(Literal::Bool(true)) => Some("true"),
            ExprKind::Literal(Literal::Bool(false)) => Some("false"),
            ExprKind::Literal(Literal::Null) => Some("null"),
            ExprKind::JsonString(s) if crate::lexer::is_identifier(&s.text) => Some(&s.text),
            _ => None,
        }
    }

    /// The item expressions of a list that is written out, or a diagnostic.
    pub fn static_list(&self) -> Result<&[Expr], Diagnostics> {
        match self.kind() {
            ExprKind::Tuple(items) => Ok(items),
            _ => Err(Diagnostic::error(
                "Invalid expression",
                "A static list is required here: items in square brackets.",
            )
            .at(self.span())
            .into()),
        }
    }

    /// The items of a map or object that is written out, or a diagnostic. Keys are expressions: see
    /// [`ObjectItem::key_text`].
    pub fn static_map(&self) -> Result<&[ObjectItem], Diagnostics> {
        match self.kind() {
            ExprKind::Object(items) => Ok(items),
            _ => Err(Diagnostic::error("Invalid expression", "A static map is required here: items in braces.")
                .at(self.span())
                .into()),
        }
    }

    /// The function call that the expression is (type constraints are written as calls), or a diagnostic.
    pub fn static_call(&self) -> Result<&Call, Diagnostics> {
        match self.kind() {
            ExprKind::Call(call) => Ok(call),
            _ => Err(Diagnostic::error("Invalid expression", "A static function call is required here.")
                .at(self.span())
                .into()),
        }
    }

    /// The text of a string written out without any template; in the JSON syntax, of any string.
    pub fn static_string(&self) -> Option<&str> {
        match self.kind() {
            ExprKind::Literal(Literal::String(s)) => Some(s),
            ExprKind::JsonString(s) => Some(&s.text),
            ExprKind::Paren(inner) => inner.static_string(),
            _ => None,
        }
    }
}

impl ObjectItem {
    /// The key if it can be told without evaluating: a bare word or a string.
    pub fn key_text(&self) -> Option<&str> {
        self.key.as_keyword().or_else(|| self.key.static_string())
    }
}

impl Traversal {
    /// The root and the attribute names after it, up to the first index: `["module", "network", "ids"]`.
    pub fn names(&self) -> impl Iterator<Item = &Ident> {
        std::iter::once(&self.root).chain(self.steps.iter().map_while(|s| match s {
            Step::Attr(name) => Some(name),
            Step::Index(..) => None,
        }))
    }
}

impl IndexKey {
    /// The key as text.
    pub fn text(&self) -> &str {
        match self {
            Self::Number(s) | Self::String(s) => s,
        }
    }
}
