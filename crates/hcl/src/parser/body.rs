//! Bodies: arguments and blocks.

use super::{Failed, Parse, Parser};
use crate::ast::{Expr, ExprKind, Ident};
use crate::body::{Attribute, Block, Body, NativeBody, duplicate_attribute};
use crate::token::{Token, TokenKind as K};
use craton_model::{Diagnostic, Span};
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Default)]
struct Items {
    attributes: Vec<Attribute>,
    blocks: Vec<Block>,
    names: HashMap<Arc<str>, Span>,
}

impl Parser {
    /// The body that is the whole file.
    pub(super) fn file_body(&mut self) -> NativeBody {
        let mut items = Items::default();
        loop {
            self.items(&mut items);
            if self.peek() == K::Eof {
                break;
            }
            let span = self.next_span();
            self.error(
                span,
                "Unexpected closing brace",
                "There is no open block for this brace to close. Remove it, or check that a brace is not closed too early above.",
            );
            self.bump();
        }
        let end = self.next_span();
        NativeBody { attributes: items.attributes, blocks: items.blocks, span: self.whole(), end: end.before() }
    }

    /// Items up to a closing brace or the end of the file.
    fn items(&mut self, items: &mut Items) {
        loop {
            while self.eat(K::Newline).is_some() {}
            if matches!(self.peek(), K::Eof | K::CloseBrace) {
                return;
            }
            let (open, newlines, depth, start) = (self.open.len(), self.newlines.len(), self.depth, self.at);
            if self.item(items).is_err() {
                self.newlines.truncate(newlines);
                self.depth = depth;
                self.resync(open);
                if self.at == start && !matches!(self.peek(), K::Eof | K::CloseBrace) {
                    self.bump();
                }
            }
        }
    }

    fn item(&mut self, items: &mut Items) -> Parse<()> {
        let token = self.token();
        if token.kind != K::Ident {
            return Err(self.no_item(token));
        }
        self.bump();
        let name = self.ident(token);
        match self.peek() {
            K::Equal => {
                self.attribute(name, items, false)?;
                self.end_of_line(
                    "Missing newline after argument",
                    "An argument ends with its line; what follows here belongs to nothing. Put it on a line of its own, or remove it.",
                )
            }
            K::OpenQuote | K::OpenBrace | K::Ident => self.block(name, items),
            K::Colon => {
                let span = self.next_span();
                Err(self.error(
                    span,
                    "Argument or block definition required",
                    format!("An argument is set with an equals sign, not a colon: {} = ...", name.name),
                ))
            }
            _ => Err(self.error(
                name.span,
                "Argument or block definition required",
                format!(
                    "This is neither an argument nor a block. To set an argument, write an equals sign and a value after \
                     \"{}\"; to open a block, write a brace.",
                    name.name
                ),
            )),
        }
    }

    fn no_item(&mut self, token: Token) -> Failed {
        let span = self.span_of(token);
        if let Some(failed) = self.invalid_character(token) {
            return failed;
        }
        if token.kind == K::OpenQuote {
            let detail = "The name of an argument stands without quotes. Remove them.";
            return self.error(span, "Invalid argument name", detail);
        }
        let detail = "An argument (name = value) or a block (type \"label\" { ... }) is required here.";
        self.error(span, "Argument or block definition required", detail)
    }

    /// From the equals sign on. The argument is kept even if its value cannot be read.
    fn attribute(&mut self, name: Ident, items: &mut Items, one_line: bool) -> Parse<()> {
        let equal = self.bump();
        let missing = matches!(self.peek(), K::Newline | K::Eof) || (one_line && self.peek() == K::CloseBrace);
        let result = if missing {
            let at = self.span_of(equal);
            Err(self.error(
                at,
                "Missing expression",
                format!(
                    "The argument \"{}\" has no value. Write one on the same line after the equals sign.",
                    name.name
                ),
            ))
        } else {
            self.expression()
        };
        let (expr, result) = match result {
            Ok(expr) => (expr, Ok(())),
            Err(failed) => {
                let end = self.previous_span();
                (Expr::new(ExprKind::Invalid, self.span_of(equal).after().to(end.after())), Err(failed))
            }
        };
        let attribute =
            Attribute { span: name.span.to(expr.span()), name: name.name.clone(), name_span: name.span, expr };
        match items.names.get(&name.name) {
            Some(first) => self.diags.push(duplicate_attribute(&name.name, name.span, *first)),
            None => {
                items.names.insert(name.name, name.span);
                items.attributes.push(attribute);
            }
        }
        result
    }

    fn end_of_line(&mut self, summary: &str, detail: &str) -> Parse<()> {
        match self.peek() {
            K::Newline => {
                self.bump();
                Ok(())
            }
            K::Eof => Ok(()),
            _ => {
                let token = self.token();
                if let Some(failed) = self.invalid_character(token) {
                    return Err(failed);
                }
                let span = self.span_of(token);
                Err(self.error(span, summary, detail))
            }
        }
    }

    fn block(&mut self, kind: Ident, items: &mut Items) -> Parse<()> {
        let mut labels = Vec::new();
        let open = loop {
            let token = self.token();
            match token.kind {
                K::OpenBrace => break self.bump(),
                K::Ident => {
                    self.bump();
                    labels.push(self.ident(token));
                }
                K::OpenQuote => {
                    let (text, span) = self.plain_string()?;
                    labels.push(Ident { name: Arc::from(text), span });
                }
                K::Equal => {
                    let span = self.span_of(token);
                    let detail = "A block is not assigned to, so no equals sign may stand here. Remove it to define a block; to set an \
                                  argument, write a single name before the equals sign.";
                    return Err(self.error(span, "Invalid block definition", detail));
                }
                _ => {
                    if let Some(failed) = self.invalid_character(token) {
                        return Err(failed);
                    }
                    let span = self.span_of(token);
                    let summary = "Invalid block definition";
                    let detail = if matches!(token.kind, K::Newline | K::Eof) {
                        "A block has its opening brace on the same line as its type and labels. Add the brace here."
                    } else {
                        "A label in quotes or the opening brace must follow here."
                    };
                    self.diags.push(Diagnostic::error(summary, detail).at(span).within(kind.span.to(span)));
                    return Err(Failed);
                }
            }
        };
        let open_span = self.span_of(open);
        let header = kind.span.to(labels.last().map_or(kind.span, |l| l.span));
        let mut inner = Items::default();
        let one_line = !matches!(self.peek(), K::Newline | K::CloseBrace | K::Eof);
        let result = if one_line {
            self.single_argument(&mut inner)
        } else {
            self.deeper(|p| {
                p.items(&mut inner);
                Ok(())
            })
        };
        let close = if result.is_ok() && self.peek() == K::CloseBrace { Some(self.bump()) } else { None };
        let end = close.map_or_else(|| self.previous_span().after(), |t| self.span_of(t).before());
        let body = NativeBody {
            attributes: inner.attributes,
            blocks: inner.blocks,
            span: open_span.to(close.map_or(end, |t| self.span_of(t))),
            end,
        };
        items.blocks.push(Block {
            kind: kind.name,
            kind_span: kind.span,
            labels,
            body: Body::native(body),
            span: header,
        });
        result?;
        if close.is_none() {
            let detail = "This block is never closed: the file ends before its closing brace. Add one, or check the braces \
                          inside of the block.";
            return Err(self.error(open_span, "Unclosed configuration block", detail));
        }
        self.end_of_line(
            "Missing newline after block definition",
            "A block ends with the line of its closing brace. Put what follows on a line of its own.",
        )
    }

    /// `{ name = value }` on one line, after the brace.
    fn single_argument(&mut self, items: &mut Items) -> Parse<()> {
        let token = self.token();
        let summary = "Invalid single-argument block definition";
        if token.kind != K::Ident {
            if let Some(failed) = self.invalid_character(token) {
                return Err(failed);
            }
            let span = self.span_of(token);
            let detail = "A block on one line can hold one argument. Write name = value, or put the contents on lines of their own.";
            return Err(self.error(span, summary, detail));
        }
        self.bump();
        let name = self.ident(token);
        if self.peek() != K::Equal {
            let span = self.next_span();
            let detail = if matches!(self.peek(), K::OpenBrace | K::OpenQuote | K::Ident) {
                "A block on one line can hold one argument, but no further block. Put the nested block on lines of its own."
            } else {
                "A block on one line can hold one argument: an equals sign and a value are expected here."
            };
            return Err(self.error(span, summary, detail));
        }
        self.attribute(name, items, true)?;
        if self.peek() == K::CloseBrace {
            return Ok(());
        }
        let span = self.next_span();
        let detail = match self.peek() {
            K::Newline | K::Eof => {
                "A block whose argument stands on the line of the opening brace must be closed on that line. Add the closing \
                 brace here, or put the argument on a line of its own."
            }
            K::Comma => {
                "Arguments are separated by line ends, not commas, and a block on one line can hold only one. Put each argument on \
                 a line of its own."
            }
            _ => "A block on one line can hold one argument. Put each argument on a line of its own.",
        };
        Err(self.error(span, summary, detail))
    }
}
