//! Tokens to trees. Recovers: every argument and block that can be read is returned, with a diagnostic for each that cannot.

mod body;
mod expr;
mod string;
mod template;

use crate::ast::{Expr, ExprKind};
use crate::body::Body;
use crate::lexer::{lex, lex_template};
use crate::token::{Token, TokenKind as K};
use craton_model::{Diagnostic, Diagnostics, FileId, Span};
use std::sync::Arc;

/// How deep expressions and blocks may nest. Far beyond what people write, far below what would exhaust a thread's stack.
pub(crate) const MAX_DEPTH: u32 = 250;

/// Reads a configuration file of the native syntax. The body holds everything that could be read.
pub fn parse_file(file: FileId) -> (Body, Diagnostics) {
    let source = file.source();
    let mut p = Parser::new(file, source.text.clone(), lex(&source.text), OffsetMap::default());
    let body = p.file_body();
    (Body::native(body), p.diags)
}

/// Reads a text that is one expression of the native syntax (a variable given on the command line, a console line).
pub fn parse_expression(file: FileId) -> (Expr, Diagnostics) {
    expression_at(file, file.source().text.clone(), OffsetMap::default())
}

/// Reads an expression whose text is not (or not literally) that of the file; `map` leads back to the file's bytes.
pub(crate) fn expression_at(file: FileId, text: Arc<str>, map: OffsetMap) -> (Expr, Diagnostics) {
    let tokens = lex(&text);
    let mut p = Parser::new(file, text, tokens, map);
    p.newlines.push(false);
    let expr = match p.expression() {
        Ok(e) => e,
        Err(Failed) => Expr::new(ExprKind::Invalid, p.whole()),
    };
    if p.diags.is_empty() && p.peek() != K::Eof {
        let span = p.next_span();
        p.error(
            span,
            "Extra characters after expression",
            "The expression ends before this. Remove what follows it, or join the two with an operator.",
        );
    }
    (expr, p.diags)
}

/// Reads a text that is a template as a whole, as `templatefile` takes it.
pub fn parse_template(file: FileId) -> (Expr, Diagnostics) {
    let source = file.source();
    // A byte order mark at the very start of a file is no part of its text.
    match source.text.strip_prefix('\u{feff}') {
        Some(rest) => template_at(file, rest.into(), OffsetMap(vec![(0, 3)])),
        None => template_at(file, source.text.clone(), OffsetMap::default()),
    }
}

/// Reads a template whose text is not (or not literally) that of the file; `map` leads back to the file's bytes.
pub(crate) fn template_at(file: FileId, text: Arc<str>, map: OffsetMap) -> (Expr, Diagnostics) {
    let tokens = lex_template(&text);
    let mut p = Parser::new(file, text, tokens, map);
    let whole = p.whole();
    let expr = p.bare_template().unwrap_or_else(|Failed| Expr::new(ExprKind::Invalid, whole));
    (expr, p.diags)
}

/// Reads a text of the form `name.attr[0]["key"]`: no calls, no computed indexes.
pub fn parse_traversal(file: FileId) -> Result<crate::ast::Traversal, Diagnostics> {
    let source = file.source();
    traversal_at(file, source.text.clone(), OffsetMap::default())
}

pub(crate) fn traversal_at(file: FileId, text: Arc<str>, map: OffsetMap) -> Result<crate::ast::Traversal, Diagnostics> {
    let tokens = lex(&text);
    let mut p = Parser::new(file, text, tokens, map);
    let whole = p.whole();
    let expr = p.expression();
    if !p.diags.has_errors()
        && p.peek() == K::Eof
        && let Ok(Ok(t)) = expr.as_ref().map(Expr::as_traversal)
    {
        return Ok(t);
    }
    if p.diags.is_empty() {
        p.diags.push(
            Diagnostic::error(
                "Invalid reference",
                "A reference is a name followed by attribute names and constant indexes, such as module.network.ids[0].",
            )
            .at(whole),
        );
    }
    Err(p.diags)
}

/// Leads from offsets in a decoded text to offsets in its file: `(decoded, in file)` at each place where the distance
/// between the two changes. Empty: the same.
#[derive(Clone, Debug, Default)]
pub struct OffsetMap(pub(crate) Vec<(u32, u32)>);

impl OffsetMap {
    pub(crate) fn file_offset(&self, at: u32) -> u32 {
        match self.0.partition_point(|(decoded, _)| *decoded <= at) {
            0 => at,
            n => {
                let (decoded, file) = self.0[n - 1];
                file + (at - decoded)
            }
        }
    }
}

/// Parsing stopped here; the reason has been reported.
pub(crate) struct Failed;
type Parse<T> = Result<T, Failed>;

pub(crate) struct Parser {
    file: FileId,
    text: Arc<str>,
    map: OffsetMap,
    tokens: Vec<Token>,
    at: usize,
    /// Whether line ends matter, innermost last. They do at the top.
    newlines: Vec<bool>,
    /// What is open at the current token: kind and index.
    open: Vec<(K, usize)>,
    /// How often each closing kind is awaited.
    open_counts: [usize; K::Eof as usize + 1],
    depth: u32,
    pub(crate) diags: Diagnostics,
}

impl Parser {
    fn new(file: FileId, text: Arc<str>, mut tokens: Vec<Token>, map: OffsetMap) -> Self {
        // The grammar ignores comments and takes several line ends for one.
        let mut last = K::Eof;
        tokens.retain(|t| {
            let keep = t.kind != K::Comment && !(t.kind == K::Newline && last == K::Newline);
            if keep {
                last = t.kind;
            }
            keep
        });
        Self {
            file,
            text,
            map,
            tokens,
            at: 0,
            newlines: vec![true],
            open: Vec::new(),
            open_counts: [0; K::Eof as usize + 1],
            depth: 0,
            diags: Diagnostics::new(),
        }
    }

    fn skip_ignored_newlines(&mut self) {
        if self.newlines.last() == Some(&false) {
            while self.tokens[self.at].kind == K::Newline {
                self.at += 1;
            }
        }
    }

    /// The next token, which is not consumed.
    fn token(&mut self) -> Token {
        let mut at = self.at;
        if self.newlines.last() == Some(&false) && self.tokens[at].kind == K::Newline {
            at += 1;
        }
        self.tokens[at]
    }

    fn peek(&mut self) -> K {
        self.token().kind
    }

    fn next_span(&mut self) -> Span {
        let t = self.token();
        self.span_of(t)
    }

    fn span_of(&self, t: Token) -> Span {
        self.span(t.start, t.end)
    }

    fn span(&self, start: u32, end: u32) -> Span {
        self.file.span(self.map.file_offset(start) as usize, self.map.file_offset(end) as usize)
    }

    fn whole(&self) -> Span {
        self.span(0, self.text.len() as u32)
    }

    /// The span of the token before the next one.
    fn previous_span(&self) -> Span {
        match self.at.checked_sub(1) {
            Some(i) => self.span_of(self.tokens[i]),
            None => self.span(0, 0),
        }
    }

    fn bump(&mut self) -> Token {
        self.skip_ignored_newlines();
        let t = self.tokens[self.at];
        if t.kind == K::Eof {
            return t;
        }
        if let Some(closer) = t.kind.closer() {
            self.open.push((t.kind, self.at));
            self.open_counts[closer as usize] += 1;
        } else if t.kind.is_closer() || t.kind == K::QuotedNewline {
            let closes = |k: K| k.closer() == Some(t.kind) || (t.kind == K::QuotedNewline && k == K::OpenQuote);
            // Searched only if it is there: a search that finds removes what it looked at, so the cost stays linear.
            let kind = if t.kind == K::QuotedNewline { K::CloseQuote } else { t.kind };
            if self.open_counts[kind as usize] > 0
                && let Some(i) = self.open.iter().rposition(|(k, _)| closes(*k))
            {
                self.close_down_to(i);
            }
        }
        self.at += 1;
        t
    }

    fn close_down_to(&mut self, len: usize) {
        for (kind, _) in self.open.drain(len..) {
            if let Some(closer) = kind.closer() {
                self.open_counts[closer as usize] -= 1;
            }
        }
    }

    fn eat(&mut self, kind: K) -> Option<Token> {
        if self.peek() == kind { Some(self.bump()) } else { None }
    }

    fn text_of(&self, t: Token) -> &str {
        t.text(&self.text)
    }

    fn name(&self, t: Token) -> Arc<str> {
        Arc::from(self.text_of(t))
    }

    fn ident(&self, t: Token) -> crate::ast::Ident {
        crate::ast::Ident { name: self.name(t), span: self.span_of(t) }
    }

    fn error(&mut self, at: Span, summary: &str, detail: impl Into<String>) -> Failed {
        self.diags.push(Diagnostic::error(summary, detail).at(at));
        Failed
    }

    /// Runs `f` one level deeper, unless that is too deep.
    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.depth >= MAX_DEPTH {
            let span = self.next_span();
            return Err(self.too_deep(span));
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        result
    }

    fn too_deep(&mut self, span: Span) -> Failed {
        self.error(
            span,
            "Nesting too deep",
            format!(
                "Expressions and blocks may be nested at most {MAX_DEPTH} levels deep. Give parts of this names in a locals block."
            ),
        )
    }

    /// A node, checked for depth (a chain of a thousand operators nests as deep as a thousand parentheses).
    fn node(&mut self, kind: ExprKind, span: Span) -> Parse<Expr> {
        let expr = Expr::new(kind, span);
        if expr.depth() > MAX_DEPTH { Err(self.too_deep(span)) } else { Ok(expr) }
    }

    /// Runs `f` with line ends significant or not.
    fn with_newlines<T>(&mut self, significant: bool, f: impl FnOnce(&mut Self) -> T) -> T {
        self.newlines.push(significant);
        let result = f(self);
        self.newlines.pop();
        result
    }

    /// After an error in a body item: skips to the line end that ends it, stepping over whatever it opened, or to the
    /// brace that closes the body around it. `open` and `depth` are as they were when the item began.
    fn resync(&mut self, open: usize) {
        // A closer may have been taken from the enclosing body by an unbalanced item: then the item is over.
        while self.tokens[self.at].kind != K::Eof {
            let t = self.tokens[self.at];
            if self.open.len() <= open {
                if t.kind == K::Newline || t.kind == K::CloseBrace {
                    return;
                }
            } else if t.kind.is_closer() {
                let enclosed = || self.open[..open].iter().any(|(k, _)| *k == K::OpenBrace);
                let opened = || self.open[open..].iter().any(|(k, _)| *k == K::OpenBrace);
                if t.kind == K::CloseBrace && enclosed() && !opened() {
                    self.close_down_to(open);
                    return;
                }
            } else if t.kind == K::Newline && self.looks_like_item(self.at + 1) {
                // Inside an unclosed bracket, a line that can only be a new argument or block at this body's own
                // indentation ends the damage.
                self.close_down_to(open);
                return;
            }
            self.newlines.push(true);
            self.bump();
            self.newlines.pop();
        }
    }

    /// Whether an item of a body begins at this token, where a list or call was left open: `name "label" … {`, or
    /// `name =` when what is open is not an object.
    fn looks_like_item(&self, at: usize) -> bool {
        let kind = |i: usize| self.tokens.get(i).map_or(K::Eof, |t| t.kind);
        if kind(at) != K::Ident {
            return false;
        }
        let innermost = self.open.last().map(|(k, _)| *k);
        match kind(at + 1) {
            K::Equal => matches!(innermost, Some(K::OpenBracket | K::OpenParen)),
            K::OpenBrace => true,
            K::OpenQuote => {
                kind(at + 2) == K::QuotedText
                    && kind(at + 3) == K::CloseQuote
                    && matches!(kind(at + 4), K::OpenBrace | K::OpenQuote)
            }
            _ => false,
        }
    }
}
