//! Templates: quoted strings, heredocs and files.

use super::{Failed, Parse, Parser};
use crate::ast::*;
use crate::token::{Token, TokenKind as K};
use craton_model::{Diagnostic, Span};

/// A template before its directives are nested.
enum Part {
    Text(String, Span),
    Interpolation(Expr, Span),
    If(Expr, Span),
    Else(Span),
    EndIf(Span),
    For { key_name: Option<Ident>, value_name: Ident, collection: Expr, span: Span },
    EndFor(Span),
}

impl Parser {
    pub(super) fn quoted_template(&mut self) -> Parse<Expr> {
        let open = self.bump();
        // The usual string: one run of text, or nothing.
        match (self.tokens[self.at].kind, self.tokens.get(self.at + 1).map(|t| t.kind)) {
            (K::CloseQuote, _) => {
                let close = self.bump();
                let span = self.span_of(open).to(self.span_of(close));
                return Ok(Expr::string("", span));
            }
            (K::QuotedText, Some(K::CloseQuote)) => {
                let token = self.bump();
                let text = self.decode(token)?;
                let close = self.bump();
                let span = self.span_of(open).to(self.span_of(close));
                return Ok(Expr::string(text, span));
            }
            _ => {}
        }
        let (parts, close) = self.parts(open, K::CloseQuote)?;
        let span = self.span_of(open).to(self.span_of(close));
        self.assemble(parts, span)
    }

    pub(super) fn heredoc(&mut self) -> Parse<Expr> {
        let open = self.bump();
        let flush = self.text_of(open).starts_with("<<-");
        let (mut parts, close) = self.parts(open, K::CloseHeredoc)?;
        if flush {
            remove_indentation(&mut parts);
        }
        let span = self.span_of(open).to(self.span_of(close));
        self.assemble(parts, span)
    }

    pub(super) fn bare_template(&mut self) -> Parse<Expr> {
        let start = self.token();
        let (parts, _) = self.parts(start, K::Eof)?;
        let span = self.whole();
        self.assemble(parts, span)
    }

    /// Parts up to the closing token, which is returned.
    fn parts(&mut self, open: Token, closer: K) -> Parse<(Vec<Part>, Token)> {
        self.with_newlines(true, |p| {
            let mut parts = Vec::new();
            let mut trim_next = false;
            loop {
                let token = p.bump();
                let span = p.span_of(token);
                match token.kind {
                    k if k == closer => return Ok((parts, token)),
                    K::QuotedText | K::Text => {
                        let mut text = if token.kind == K::QuotedText { p.decode(token)? } else { unescape(p.text_of(token)) };
                        if std::mem::take(&mut trim_next) {
                            text.drain(..text.len() - text.trim_start().len());
                        }
                        let next = p.tokens[p.at];
                        if matches!(next.kind, K::OpenInterpolation | K::OpenDirective) && p.text_of(next).ends_with('~') {
                            text.truncate(text.trim_end().len());
                        }
                        parts.push(Part::Text(text, span));
                    }
                    K::OpenInterpolation | K::OpenDirective => {
                        let (part, close) = p.with_newlines(false, |p| {
                            let part = if token.kind == K::OpenInterpolation { p.interpolation(token) } else { p.directive(token) }?;
                            Ok((part, p.template_close(token)?))
                        })?;
                        trim_next = p.text_of(close).starts_with('~');
                        parts.push(with_end(part, p.span_of(close)));
                    }
                    K::Eof if closer == K::CloseHeredoc => {
                        let at = p.span_of(open);
                        let marker = p.text_of(open).trim_end().trim_start_matches(['<', '-']).to_owned();
                        return Err(p.error(
                            at,
                            "Unterminated template string",
                            format!(
                                "The file ends before the line that closes this heredoc. Its end is marked by a line, itself ended, that holds \
                                 nothing but {marker}."
                            ),
                        ));
                    }
                    _ => return Err(p.unclosed_string(open, token)),
                }
            }
        })
    }

    fn interpolation(&mut self, open: Token) -> Parse<Part> {
        let span = self.span_of(open);
        if self.peek() == K::CloseTemplate {
            let detail = "There is no expression between the braces. Write one, or double the dollar sign for literal text: $${.";
            return Err(self.error(span, "Invalid expression", detail));
        }
        Ok(Part::Interpolation(self.expression()?, span))
    }

    fn template_close(&mut self, open: Token) -> Parse<Token> {
        if let Some(close) = self.eat(K::CloseTemplate) {
            return Ok(close);
        }
        let token = self.token();
        if let Some(failed) = self.invalid_character(token) {
            return Err(failed);
        }
        let (open_span, here) = (self.span_of(open), self.span_of(token));
        let (summary, detail) = if token.kind == K::Eof {
            (
                "Unclosed template sequence",
                "This is never closed: the file ends before its closing brace. Add the closing brace.",
            )
        } else if open.kind == K::OpenInterpolation {
            (
                "Extra characters after interpolation expression",
                "The expression is complete, and a closing brace is expected here. If the text is meant for another language (a shell \
                 script, say) double the dollar sign to keep it as it is: $${.",
            )
        } else {
            (
                "Extra characters in template directive",
                "The directive is complete, and a closing brace is expected here.",
            )
        };
        let subject = if token.kind == K::Eof { open_span } else { here };
        self.diags.push(Diagnostic::error(summary, detail).at(subject).within(open_span.to(here)));
        Err(Failed)
    }

    fn directive(&mut self, open: Token) -> Parse<Part> {
        let start = self.span_of(open);
        let token = self.token();
        let word = if token.kind == K::Ident { self.text_of(token).to_owned() } else { String::new() };
        let span = start.to(self.span_of(token));
        let summary = "Invalid template directive";
        match word.as_str() {
            "if" => {
                self.bump();
                Ok(Part::If(self.expression()?, start))
            }
            "else" => {
                self.bump();
                if self.peek() == K::Ident {
                    let at = self.next_span();
                    let detail = "There is no \"else if\" in templates. Nest a further %{ if } inside of the %{ else }, and end both.";
                    return Err(self.error(at, summary, detail));
                }
                Ok(Part::Else(start))
            }
            "endif" => {
                self.bump();
                Ok(Part::EndIf(start))
            }
            "for" => {
                self.bump();
                let mut value_name = self.directive_name(start)?;
                let mut key_name = None;
                if self.eat(K::Comma).is_some() {
                    key_name = Some(std::mem::replace(&mut value_name, self.directive_name(start)?));
                }
                let token = self.token();
                if token.kind != K::Ident || self.text_of(token) != "in" {
                    let at = self.span_of(token);
                    return Err(self.error(at, "Invalid 'for' directive", "The keyword \"in\" and a collection are expected here."));
                }
                self.bump();
                let collection = self.expression()?;
                Ok(Part::For { key_name, value_name, collection, span: start })
            }
            "endfor" => {
                self.bump();
                Ok(Part::EndFor(start))
            }
            "" => Err(self.error(
                span,
                summary,
                "A directive begins with one of the words if, else, endif, for, endfor. For a literal percent sign with a brace, double the \
                 percent sign: %%{.",
            )),
            other => {
                let hint = craton_model::similar(other, ["if", "else", "endif", "for", "endfor"])
                    .map_or(String::new(), |word| format!(" Did you mean \"{word}\"?"));
                let detail = format!("There is no directive \"{other}\"; there are if, else, endif, for and endfor.{hint}");
                Err(self.error(span, summary, detail))
            }
        }
    }

    fn directive_name(&mut self, start: Span) -> Parse<Ident> {
        let token = self.token();
        if token.kind != K::Ident {
            let span = self.span_of(token);
            let detail = "A name for the element is expected here: %{ for x in list }.";
            self.diags.push(Diagnostic::error("Invalid 'for' directive", detail).at(span).within(start.to(span)));
            return Err(Failed);
        }
        self.bump();
        Ok(self.ident(token))
    }

    /// Nests the directives and makes one expression.
    fn assemble(&mut self, parts: Vec<Part>, span: Span) -> Parse<Expr> {
        let mut parts = parts.into_iter();
        let (mut exprs, end) = self.sequence(&mut parts)?;
        if let Some(end) = end {
            let (word, at) = match end {
                Part::Else(at) => ("else", at),
                Part::EndIf(at) => ("endif", at),
                Part::EndFor(at) => ("endfor", at),
                _ => return Ok(Expr::new(ExprKind::Invalid, span)),
            };
            let opener = if word == "endfor" { "for" } else { "if" };
            return Err(self.error(
                at,
                &format!("Unexpected {word} directive"),
                format!("There is no open %{{ {opener} }} that this could belong to. Remove it, or add the missing %{{ {opener} }}."),
            ));
        }
        match exprs.as_slice() {
            [] => Ok(Expr::string("", span)),
            [(Expr { .. }, true)] => {
                let Some((inner, _)) = exprs.pop() else { return Err(Failed) };
                self.node(ExprKind::Interpolation(inner), span)
            }
            [(only, false)] if matches!(only.kind(), ExprKind::Literal(Literal::String(_))) => {
                let ExprKind::Literal(Literal::String(s)) = only.kind() else { return Err(Failed) };
                Ok(Expr::string(s.clone(), span))
            }
            _ => self.node(ExprKind::Template(exprs.into_iter().map(|(e, _)| e).collect()), span),
        }
    }

    /// Parts up to the end or to a directive that closes or divides the enclosing one, which is returned. The flag says
    /// that a part is an interpolation.
    #[allow(clippy::type_complexity)]
    fn sequence(&mut self, parts: &mut std::vec::IntoIter<Part>) -> Parse<(Vec<(Expr, bool)>, Option<Part>)> {
        self.deeper(|p| {
            let mut exprs: Vec<(Expr, bool)> = Vec::new();
            let mut text = String::new();
            let mut text_span: Option<Span> = None;
            loop {
                let part = parts.next();
                if let Some(Part::Text(more, span)) = part {
                    // The lines of a heredoc are one piece of text.
                    text.push_str(&more);
                    text_span = Some(text_span.map_or(span, |s| s.to(span)));
                    continue;
                }
                if let Some(span) = text_span.take() {
                    exprs.push((Expr::string(std::mem::take(&mut text), span), false));
                }
                match part {
                    Some(Part::Interpolation(e, _)) => exprs.push((e, true)),
                    Some(Part::If(condition, span)) => {
                        let e = p.if_directive(condition, span, parts)?;
                        exprs.push((e, false));
                    }
                    Some(Part::For { key_name, value_name, collection, span }) => {
                        let (value, end) = p.sequence(parts)?;
                        let Some(Part::EndFor(close)) = end else {
                            return Err(p.missing_end("for", "endfor", span, end));
                        };
                        let span = span.to(close);
                        let value = p.template_block(value, span)?;
                        let e = ForExpr {
                            key_name,
                            value_name,
                            collection,
                            key: None,
                            value,
                            condition: None,
                            group: false,
                        };
                        let e = p.node(ExprKind::For(e), span)?;
                        let e = p.node(ExprKind::TemplateFor(e), span)?;
                        exprs.push((e, false));
                    }
                    other => return Ok((exprs, other)),
                }
            }
        })
    }

    fn if_directive(&mut self, condition: Expr, span: Span, parts: &mut std::vec::IntoIter<Part>) -> Parse<Expr> {
        let (yes, mut end) = self.sequence(parts)?;
        let mut no = Vec::new();
        if let Some(Part::Else(_)) = end {
            (no, end) = self.sequence(parts)?;
            if let Some(Part::Else(at)) = end {
                let detail = "This %{ if } already has an else part. Remove one of the two.";
                return Err(self.error(at, "Unexpected else directive", detail));
            }
        }
        let Some(Part::EndIf(close)) = end else { return Err(self.missing_end("if", "endif", span, end)) };
        let span = span.to(close);
        let (yes, no) = (self.template_block(yes, span)?, self.template_block(no, span)?);
        self.node(ExprKind::Conditional { condition, yes, no }, span)
    }

    /// What stands between two directives: always a string, also if it is a single interpolation.
    fn template_block(&mut self, exprs: Vec<(Expr, bool)>, span: Span) -> Parse<Expr> {
        let span = match (exprs.first(), exprs.last()) {
            (Some((first, _)), Some((last, _))) => first.span().to(last.span()),
            _ => span,
        };
        self.node(ExprKind::Template(exprs.into_iter().map(|(e, _)| e).collect()), span)
    }

    fn missing_end(&mut self, word: &str, end_word: &str, open: Span, found: Option<Part>) -> Failed {
        match found {
            Some(Part::Else(at)) => {
                let detail = format!(
                    "The %{{ {word} }} opened at {} has no else part; an {end_word} is expected.",
                    open.place()
                );
                self.error(at, "Unexpected else directive", detail)
            }
            Some(Part::EndIf(at)) => self.crossed(at, "endif", end_word, word, open),
            Some(Part::EndFor(at)) => self.crossed(at, "endfor", end_word, word, open),
            _ => self.error(
                open,
                "Unexpected end of template",
                format!("The template ends before the %{{ {end_word} }} of this %{{ {word} }}. Add the {end_word}."),
            ),
        }
    }

    fn crossed(&mut self, at: Span, found: &str, wanted: &str, word: &str, open: Span) -> Failed {
        self.error(
            at,
            &format!("Unexpected {found} directive"),
            format!(
                "The %{{ {word} }} opened at {} is still open, so its %{{ {wanted} }} is expected first.",
                open.place()
            ),
        )
    }
}

fn with_end(part: Part, end: Span) -> Part {
    match part {
        Part::Text(t, span) => Part::Text(t, span.to(end)),
        Part::Interpolation(e, span) => Part::Interpolation(e, span.to(end)),
        Part::If(e, span) => Part::If(e, span.to(end)),
        Part::Else(span) => Part::Else(span.to(end)),
        Part::EndIf(span) => Part::EndIf(span.to(end)),
        Part::For { key_name, value_name, collection, span } => {
            Part::For { key_name, value_name, collection, span: span.to(end) }
        }
        Part::EndFor(span) => Part::EndFor(span.to(end)),
    }
}

/// Outside of quotes the only escapes are the doubled template marks.
fn unescape(text: &str) -> String {
    text.replace("$${", "${").replace("%%{", "%{")
}

/// For `<<-`: removes from each line the indentation that all lines have. Counted on the text as it is after `~` has
/// trimmed it; lines of nothing but space do not count, except a last one that a template follows.
fn remove_indentation(parts: &mut [Part]) {
    let mut least = usize::MAX;
    let mut starts = Vec::new();
    let mut line_start = true;
    for (i, part) in parts.iter().enumerate() {
        let Part::Text(text, _) = part else {
            if std::mem::take(&mut line_start) {
                least = 0;
            }
            continue;
        };
        if std::mem::take(&mut line_start) {
            let indentation = text.len() - text.trim_start().len();
            if !(indentation == text.len() && text.ends_with('\n')) {
                least = least.min(text[..indentation].chars().count());
                starts.push(i);
            }
        }
        line_start = text.ends_with('\n');
    }
    for i in starts {
        if let Part::Text(text, _) = &mut parts[i] {
            let cut = text.char_indices().nth(least).map_or(text.len(), |(at, _)| at);
            text.drain(..cut);
        }
    }
}
