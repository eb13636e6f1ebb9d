//! Expressions as trees. Every node has its span and is cheap to clone.

use craton_model::Span;
use std::sync::{Arc, OnceLock};

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr(Arc<Node>);

#[derive(Debug)]
struct Node {
    kind: ExprKind,
    span: Span,
    depth: u32,
}

/// What sort of expression it is.
#[derive(Debug)]
pub enum ExprKind {
    /// Stands where an expression could not be read; already reported.
    Invalid,
    /// A value written out.
    Literal(Literal),
    /// Text with embedded expressions, joined to one string. Never a single interpolation: that is
    /// [`ExprKind::Interpolation`].
    Template(Vec<Expr>),
    /// `"${x}"`: a template of nothing but one interpolation, which keeps the type of `x`.
    Interpolation(Expr),
    /// `%{ for }` in a template: a tuple-building for expression whose items are joined to a string.
    TemplateFor(Expr),
    /// A name and what follows it: `var.tags["x"]`.
    Traversal(Traversal),
    /// Steps into the value of another expression: `f(x).name`.
    RelativeTraversal {
        /// What is stepped into.
        source: Expr,
        /// At least one.
        steps: Vec<Step>,
    },
    /// An index that is itself an expression: `list[count.index]`.
    Index {
        /// What is indexed.
        collection: Expr,
        /// The index or key.
        key: Expr,
    },
    /// `source[*].each` or `source.*.each`.
    Splat {
        /// What is iterated over.
        source: Expr,
        /// Evaluated per element, which stands in it as [`ExprKind::SplatItem`].
        each: Expr,
        /// `[*]` rather than `.*`.
        full: bool,
    },
    /// The current element of the innermost splat around it.
    SplatItem,
    /// A function call.
    Call(Call),
    /// `condition ? yes : no`
    Conditional {
        /// Decides.
        condition: Expr,
        /// The result if it is true.
        yes: Expr,
        /// The result if it is false.
        no: Expr,
    },
    /// Two operands.
    Binary {
        /// Which operation.
        op: BinaryOp,
        /// Left operand.
        left: Expr,
        /// Right operand.
        right: Expr,
    },
    /// One operand.
    Unary {
        /// Which operation.
        op: UnaryOp,
        /// The operand.
        operand: Expr,
    },
    /// `[a, b]`
    Tuple(Vec<Expr>),
    /// `{ a = b }`, in written order.
    Object(Vec<ObjectItem>),
    /// `[for …]` or `{for …}`
    For(ForExpr),
    /// An expression in parentheses.
    Paren(Expr),
    /// A string of the JSON syntax: literal text where no expression is evaluated, else a template.
    JsonString(JsonString),
}

/// A value written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number as it was written (digits, dot, exponent; in JSON also a sign), so that no digit is lost.
    Number(Arc<str>),
    /// A string, escapes decoded.
    String(Arc<str>),
}

/// A name with its place.
#[derive(Clone, Debug)]
pub struct Ident {
    /// The name.
    pub name: Arc<str>,
    /// Its place.
    pub span: Span,
}

/// A root name and the steps from it.
#[derive(Clone, Debug)]
pub struct Traversal {
    /// The name it begins with.
    pub root: Ident,
    /// The steps after it.
    pub steps: Vec<Step>,
    /// All of it.
    pub span: Span,
}

/// One step of a traversal.
#[derive(Clone, Debug)]
pub enum Step {
    /// `.name`; the span begins at the dot.
    Attr(Ident),
    /// `[0]`, `["key"]` or the old `.0`; the span includes the brackets or the dot.
    Index(IndexKey, Span),
}

/// A constant index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IndexKey {
    /// A number as written.
    Number(Arc<str>),
    /// A string.
    String(Arc<str>),
}

/// A function call.
#[derive(Debug)]
pub struct Call {
    /// The name, with `::` between the parts of a namespaced one.
    pub name: Arc<str>,
    /// Place of the name.
    pub name_span: Span,
    /// The arguments.
    pub args: Vec<Expr>,
    /// The last argument is followed by `...`: its elements are the remaining arguments.
    pub expand: bool,
    /// From the opening to the closing parenthesis.
    pub args_span: Span,
}

/// One item of an object constructor.
#[derive(Clone, Debug)]
pub struct ObjectItem {
    /// The key. A bare name here is the name itself, not a reference: see [`ObjectItem::literal_key`].
    pub key: Expr,
    /// The value.
    pub value: Expr,
}

/// A for expression.
#[derive(Debug)]
pub struct ForExpr {
    /// The name for the key or index, if there are two names.
    pub key_name: Option<Ident>,
    /// The name for the element.
    pub value_name: Ident,
    /// What is iterated over, evaluated outside of the names.
    pub collection: Expr,
    /// The key of each item; `None` builds a tuple.
    pub key: Option<Expr>,
    /// The value of each item.
    pub value: Expr,
    /// The filter after `if`.
    pub condition: Option<Expr>,
    /// `...`: values of the same key are collected in a tuple.
    pub group: bool,
}

/// Operations on two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// Operations on one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum UnaryOp {
    Not,
    Negate,
}

/// A string of the JSON syntax.
#[derive(Debug)]
pub struct JsonString {
    /// The text, JSON escapes decoded.
    pub text: Arc<str>,
    pub(crate) map: crate::parser::OffsetMap,
    pub(crate) template: OnceLock<(Expr, craton_model::Diagnostics)>,
}

impl Expr {
    /// A node. Its depth is one more than that of its deepest part.
    pub fn new(kind: ExprKind, span: Span) -> Self {
        let mut depth = 0;
        kind.each_part(&mut |part| depth = depth.max(part.0.depth));
        Self(Arc::new(Node { kind, span, depth: depth + 1 }))
    }

    /// What sort of expression it is.
    pub fn kind(&self) -> &ExprKind {
        &self.0.kind
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        self.0.span
    }

    /// How many levels of nodes it has.
    pub fn depth(&self) -> u32 {
        self.0.depth
    }

    /// A string literal.
    pub fn string(text: impl Into<Arc<str>>, span: Span) -> Self {
        Self::new(ExprKind::Literal(Literal::String(text.into())), span)
    }

    /// Whether two handles are the same node.
    pub fn same_node(&self, other: &Expr) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl ExprKind {
    /// Calls `f` with each direct part, in written order.
    pub fn each_part<'a>(&'a self, f: &mut dyn FnMut(&'a Expr)) {
        match self {
            Self::Invalid | Self::Literal(_) | Self::Traversal(_) | Self::SplatItem => {}
            Self::JsonString(s) => {
                if let Some((template, _)) = s.template.get() {
                    f(template);
                }
            }
            Self::Template(parts) | Self::Tuple(parts) => parts.iter().for_each(f),
            Self::Interpolation(e) | Self::TemplateFor(e) | Self::Paren(e) => f(e),
            Self::RelativeTraversal { source, .. } => f(source),
            Self::Index { collection, key } => {
                f(collection);
                f(key);
            }
            Self::Splat { source, each, .. } => {
                f(source);
                f(each);
            }
            Self::Call(call) => call.args.iter().for_each(f),
            Self::Conditional { condition, yes, no } => {
                f(condition);
                f(yes);
                f(no);
            }
            Self::Binary { left, right, .. } => {
                f(left);
                f(right);
            }
            Self::Unary { operand, .. } => f(operand),
            Self::Object(items) => items.iter().for_each(|item| {
                f(&item.key);
                f(&item.value);
            }),
            Self::For(e) => {
                f(&e.collection);
                e.key.iter().for_each(&mut *f);
                f(&e.value);
                e.condition.iter().for_each(f);
            }
        }
    }
}

impl ObjectItem {
    /// The key if it is a bare name, which stands for itself: `a` in `{ a = 1 }`.
    pub fn literal_key(&self) -> Option<&Arc<str>> {
        match self.key.kind() {
            ExprKind::Traversal(t) if t.steps.is_empty() => Some(&t.root.name),
            _ => None,
        }
    }
}

impl Step {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Attr(name) => name.span,
            Self::Index(_, span) => *span,
        }
    }
}

impl std::fmt::Display for Traversal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.root.name)?;
        self.steps.iter().try_for_each(|step| step.fmt(f))
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Attr(name) => write!(f, ".{}", name.name),
            Self::Index(IndexKey::Number(n), _) => write!(f, "[{n}]"),
            Self::Index(IndexKey::String(s), _) => write!(f, "[{}]", quoted(s)),
        }
    }
}

/// The text as a string literal of the native syntax, quotes included.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c if !is_printable(c) && c > '\u{ffff}' => out.push_str(&format!("\\U{:08x}", c as u32)),
            c if !is_printable(c) => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Letters, marks, numbers, punctuation and symbols, and of all spaces the common one only.
fn is_printable(c: char) -> bool {
    static PRINTABLE: std::sync::OnceLock<Option<regex::Regex>> = std::sync::OnceLock::new();
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    let printable = PRINTABLE.get_or_init(|| regex::Regex::new(r"^[\pL\pM\pN\pP\pS]").ok());
    printable.as_ref().is_none_or(|p| p.is_match(c.encode_utf8(&mut [0; 4])))
}

impl BinaryOp {
    /// The operator as written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
        }
    }
}

pub(crate) enum Source {
    Root(Ident),
    Expr(Expr),
}

impl Expr {
    /// Takes a traversal apart: where it starts and its steps. Copies only if the node is shared; gives the expression
    /// back if it is no traversal.
    pub(crate) fn into_steps(self) -> Result<(Source, Vec<Step>), Expr> {
        if !matches!(self.kind(), ExprKind::Traversal(_) | ExprKind::RelativeTraversal { .. }) {
            return Err(self);
        }
        match Arc::try_unwrap(self.0) {
            Ok(node) => match node.kind {
                ExprKind::Traversal(t) => Ok((Source::Root(t.root), t.steps)),
                ExprKind::RelativeTraversal { source, steps } => Ok((Source::Expr(source), steps)),
                kind => Err(Expr::new(kind, node.span)),
            },
            Err(shared) => match &shared.kind {
                ExprKind::Traversal(t) => Ok((Source::Root(t.root.clone()), t.steps.clone())),
                ExprKind::RelativeTraversal { source, steps } => Ok((Source::Expr(source.clone()), steps.clone())),
                _ => Err(Expr(shared)),
            },
        }
    }
}
