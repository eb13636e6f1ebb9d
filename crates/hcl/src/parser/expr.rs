//! Expressions.

use super::{Failed, Parse, Parser};
use crate::ast::*;
use crate::token::{Token, TokenKind as K};
use craton_model::{Diagnostic, Span};
use std::sync::Arc;

/// Operators with how tightly they bind, loosest 1.
fn binary_op(kind: K) -> Option<(BinaryOp, u8)> {
    Some(match kind {
        K::Or => (BinaryOp::Or, 1),
        K::And => (BinaryOp::And, 2),
        K::EqualEqual => (BinaryOp::Equal, 3),
        K::NotEqual => (BinaryOp::NotEqual, 3),
        K::Greater => (BinaryOp::Greater, 4),
        K::GreaterEqual => (BinaryOp::GreaterEqual, 4),
        K::Less => (BinaryOp::Less, 4),
        K::LessEqual => (BinaryOp::LessEqual, 4),
        K::Plus => (BinaryOp::Add, 5),
        K::Minus => (BinaryOp::Subtract, 5),
        K::Star => (BinaryOp::Multiply, 6),
        K::Slash => (BinaryOp::Divide, 6),
        K::Percent => (BinaryOp::Modulo, 6),
        _ => return None,
    })
}

impl Parser {
    /// Any expression.
    pub(super) fn expression(&mut self) -> Parse<Expr> {
        self.deeper(|p| {
            let condition = p.binary(1)?;
            if p.eat(K::Question).is_none() {
                return Ok(condition);
            }
            let yes = p.expression()?;
            if p.eat(K::Colon).is_none() {
                let span = p.next_span();
                let detail = "A conditional has two results: condition ? result if true : result if false. The colon and the second \
                              result are missing here.";
                let d = Diagnostic::error("Missing false expression in conditional", detail).at(span);
                p.diags.push(d.within(condition.span().to(span)));
                return Err(Failed);
            }
            let no = p.expression()?;
            let span = condition.span().to(no.span());
            p.node(ExprKind::Conditional { condition, yes, no }, span)
        })
    }

    fn binary(&mut self, min: u8) -> Parse<Expr> {
        let mut left = self.operand()?;
        while let Some((op, level)) = binary_op(self.peek()).filter(|(_, level)| *level >= min) {
            self.bump();
            let right = if level == 6 { self.operand()? } else { self.binary(level + 1)? };
            let span = left.span().to(right.span());
            left = self.node(ExprKind::Binary { op, left, right }, span)?;
        }
        Ok(left)
    }

    /// A term with the steps after it.
    fn operand(&mut self) -> Parse<Expr> {
        let term = self.term()?;
        self.steps(term)
    }

    fn term(&mut self) -> Parse<Expr> {
        let token = self.token();
        let span = self.span_of(token);
        match token.kind {
            K::OpenParen => self.parenthesized(),
            K::Number => {
                self.bump();
                let text = self.number(token)?;
                Ok(Expr::new(ExprKind::Literal(Literal::Number(text)), span))
            }
            K::Ident => {
                self.bump();
                let name = self.ident(token);
                if matches!(self.peek(), K::OpenParen | K::DoubleColon) {
                    return self.deeper(|p| p.call(name));
                }
                let literal = match &*name.name {
                    "true" => Literal::Bool(true),
                    "false" => Literal::Bool(false),
                    "null" => Literal::Null,
                    _ => {
                        return Ok(Expr::new(
                            ExprKind::Traversal(Traversal { root: name, steps: Vec::new(), span }),
                            span,
                        ));
                    }
                };
                Ok(Expr::new(ExprKind::Literal(literal), span))
            }
            K::OpenQuote => self.deeper(Self::quoted_template),
            K::OpenHeredoc => self.deeper(Self::heredoc),
            K::Minus | K::Bang => {
                self.bump();
                let op = if token.kind == K::Minus { UnaryOp::Negate } else { UnaryOp::Not };
                // Binds tighter than any operator on two operands, looser than steps: -a.b + 1 is (-(a.b)) + 1.
                let operand = self.deeper(Self::operand)?;
                let span = span.to(operand.span());
                self.node(ExprKind::Unary { op, operand }, span)
            }
            K::OpenBracket => self.tuple(),
            K::OpenBrace => self.object(),
            _ => Err(self.no_expression(token)),
        }
    }

    fn no_expression(&mut self, token: Token) -> Failed {
        if let Some(failed) = self.invalid_character(token) {
            return failed;
        }
        let span = self.span_of(token);
        let innermost = self.open.last().copied();
        if let Some((kind, at)) = innermost.filter(|(k, _)| token.kind.is_closer() && k.closer() != Some(token.kind))
            && matches!(kind, K::OpenBracket | K::OpenParen | K::OpenBrace)
        {
            let open = self.tokens[at];
            return self.unclosed(open, "Invalid expression", "");
        }
        let detail = match token.kind {
            K::Newline | K::Eof => {
                "The line ends where a value is expected. Write the value here; inside of parentheses an expression may \
                                    go on over several lines."
            }
            K::Equal => "A value is expected here. To compare two values, write two equals signs (==).",
            K::Less => {
                "A value is expected here. A heredoc begins with << (or <<-) and its marker, with nothing between them and nothing \
                        after the marker on that line: <<EOT."
            }
            K::Slash => "A value is expected here. A comment that begins with /* must end with */.",
            K::Plus => "A value is expected here. Numbers are written without a plus sign.",
            _ => "A value is expected here, and this cannot begin one. Write the value, or remove this.",
        };
        self.error(span, "Invalid expression", detail)
    }

    /// Reports a character that the language does not have.
    pub(super) fn invalid_character(&mut self, token: Token) -> Option<Failed> {
        if token.kind != K::Invalid {
            return None;
        }
        let span = self.span_of(token);
        let text = self.text_of(token).to_owned();
        let detail = match text.as_str() {
            "'" => "Strings are written in double quotes (\"), not in single ones.".to_owned(),
            "`" => "Strings are written in double quotes, and several lines in a heredoc (<<EOT).".to_owned(),
            "“" | "”" | "„" | "‘" | "’" => "Strings are written in straight double quotes (\"), not in curly ones.".to_owned(),
            ";" => "Semicolons are not valid. Separate arguments and blocks by line ends, and items of lists and maps by commas.".to_owned(),
            "&" => "There are no operations on bits. For \"both are true\" write &&.".to_owned(),
            "|" => "There are no operations on bits. For \"one of them is true\" write ||.".to_owned(),
            "~" | "^" => format!("There are no operations on bits, so {text:?} is not valid here. Remove it."),
            "\u{feff}" => "There is a byte order mark inside of the file. It may only stand at its very start; remove it.".to_owned(),
            other => format!("The character {other:?} is not valid here. Remove it, or put it in a quoted string."),
        };
        Some(self.error(span, "Invalid character", detail))
    }

    fn number(&mut self, token: Token) -> Parse<Arc<str>> {
        let text = self.name(token);
        let mantissa = text.split(['e', 'E']).next().unwrap_or("");
        if mantissa.matches('.').count() > 1
            || text.matches(['e', 'E']).count() > 1
            || text.rfind('.') > text.find(['e', 'E']) && text.contains(['e', 'E'])
        {
            let span = self.span_of(token);
            let detail = "A number has digits, at most one decimal point and at most one exponent, such as 12, 0.5 or 1e3. If this is text (a version, \
                          an address), put it in quotes.";
            return Err(self.error(span, "Invalid number literal", detail));
        }
        Ok(text)
    }

    fn parenthesized(&mut self) -> Parse<Expr> {
        let open = self.bump();
        let inner = self.with_newlines(false, Self::expression)?;
        let close = self.with_newlines(false, |p| p.eat(K::CloseParen));
        let Some(close) = close else {
            return Err(self.unclosed(
                open,
                "Unbalanced parentheses",
                "A closing parenthesis is expected here: the one opened before this is still open.",
            ));
        };
        let span = self.span_of(open).to(self.span_of(close));
        self.node(ExprKind::Paren(inner), span)
    }

    /// Reports that something else stands where an item of a bracketed construct, or its end, should be.
    fn unclosed(&mut self, open: Token, summary: &str, detail: &str) -> Failed {
        let token = self.with_newlines(false, Self::token);
        if let Some(failed) = self.invalid_character(token) {
            return failed;
        }
        let (here, open_span) = (self.span_of(token), self.span_of(open));
        let mut detail = detail.to_owned();
        let mut subject = here;
        if matches!(token.kind, K::Eof)
            || (token.kind.is_closer() && (token.kind != K::CloseTemplate || detail.is_empty()))
        {
            let what = if token.kind == K::Eof { "the file ends" } else { "something else is closed" };
            let opener = self.text_of(open);
            detail = format!(
                "The {opener:?} here is never closed: {what} before its closing bracket. Add the closing bracket."
            );
            subject = open_span;
        }
        self.diags.push(Diagnostic::error(summary, detail).at(subject).within(open_span.to(here)));
        Failed
    }

    fn call(&mut self, first: Ident) -> Parse<Expr> {
        let mut name = first.name.to_string();
        let mut name_span = first.span;
        while self.eat(K::DoubleColon).is_some() {
            let token = self.token();
            if token.kind != K::Ident {
                let span = self.span_of(token);
                let detail = "The name of a function follows two colons, such as provider::aws::arn_parse.";
                return Err(self.error(span, "Missing function name", detail));
            }
            self.bump();
            name.push_str("::");
            name.push_str(self.text_of(token));
            name_span = name_span.to(self.span_of(token));
        }
        if self.peek() != K::OpenParen {
            let span = self.next_span();
            let detail = "A name with two colons is a function of a provider and must be called: write its arguments in parentheses after it.";
            return Err(self.error(span, "Missing open parenthesis", detail));
        }
        let open = self.bump();
        let (args, expand, close) = self.with_newlines(false, |p| p.arguments(open, &name))?;
        let args_span = self.span_of(open).to(self.span_of(close));
        let call = Call { name: name.into(), name_span, args, expand, args_span };
        self.node(ExprKind::Call(call), name_span.to(args_span))
    }

    fn arguments(&mut self, open: Token, name: &str) -> Parse<(Vec<Expr>, bool, Token)> {
        let mut args = Vec::new();
        loop {
            if let Some(close) = self.eat(K::CloseParen) {
                return Ok((args, false, close));
            }
            if self.peek() == K::Eof {
                return Err(self.unclosed(open, "Unterminated function call", ""));
            }
            args.push(self.expression()?);
            if let Some(ellipsis) = self.eat(K::Ellipsis) {
                if let Some(close) = self.eat(K::CloseParen) {
                    return Ok((args, true, close));
                }
                let span = self.span_of(ellipsis);
                let detail = "An argument expanded with \"...\" must be the last one: a closing parenthesis is expected after it.";
                return Err(self.error(span, "Missing closing parenthesis", detail));
            }
            if self.eat(K::Comma).is_none() && self.peek() != K::CloseParen {
                let detail = format!(
                    "A comma is expected before the next argument of \"{name}\", or a closing parenthesis after the last one."
                );
                return Err(self.unclosed(open, "Missing argument separator", &detail));
            }
        }
    }

    fn tuple(&mut self) -> Parse<Expr> {
        let open = self.bump();
        self.with_newlines(false, |p| {
            if p.at_keyword("for") {
                return p.for_expression(open, K::CloseBracket);
            }
            let mut items = Vec::new();
            let close = loop {
                if let Some(close) = p.eat(K::CloseBracket) {
                    break close;
                }
                if p.peek() == K::Eof {
                    return Err(p.unclosed(open, "Unterminated tuple constructor expression", ""));
                }
                items.push(p.expression()?);
                if p.peek() == K::Ellipsis {
                    let span = p.next_span();
                    let detail = "\"...\" expands the last argument of a function call and nothing else. To join lists, use the concat function.";
                    return Err(p.error(span, "Missing item separator", detail));
                }
                if p.eat(K::Comma).is_none() && p.peek() != K::CloseBracket {
                    let detail = "A comma is expected before the next item, also where the items stand on lines of their own.";
                    return Err(p.unclosed(open, "Missing item separator", detail));
                }
            };
            let span = p.span_of(open).to(p.span_of(close));
            p.node(ExprKind::Tuple(items), span)
        })
    }

    fn at_keyword(&mut self, word: &str) -> bool {
        let token = self.token();
        token.kind == K::Ident && self.text_of(token) == word
    }

    fn object(&mut self) -> Parse<Expr> {
        let open = self.bump();
        if self.with_newlines(false, |p| p.at_keyword("for")) {
            return self.with_newlines(false, |p| p.for_expression(open, K::CloseBrace));
        }
        self.with_newlines(true, |p| {
            let mut items = Vec::new();
            let close = loop {
                while p.eat(K::Newline).is_some() {}
                if let Some(close) = p.eat(K::CloseBrace) {
                    break close;
                }
                if p.peek() == K::Eof {
                    return Err(p.unclosed(open, "Unclosed configuration block", ""));
                }
                items.push(p.object_item()?);
                if let Some(close) = p.eat(K::CloseBrace) {
                    break close;
                }
                if p.eat(K::Comma).is_none() && p.eat(K::Newline).is_none() {
                    let detail = "A comma or a line end is expected before the next item.";
                    return Err(p.unclosed(open, "Missing attribute separator", detail));
                }
            };
            let span = p.span_of(open).to(p.span_of(close));
            p.node(ExprKind::Object(items), span)
        })
    }

    fn object_item(&mut self) -> Parse<ObjectItem> {
        let key = self.expression()?;
        let token = self.token();
        if !matches!(token.kind, K::Equal | K::Colon) {
            if let Some(failed) = self.invalid_character(token) {
                return Err(failed);
            }
            let span = self.span_of(token);
            let (summary, detail) = match token.kind {
                K::Newline | K::Comma | K::CloseBrace => (
                    "Missing attribute value",
                    "Each item has a key and a value: key = value. The value, after an equals sign, is missing here.",
                ),
                _ => (
                    "Missing key/value separator",
                    "An equals sign is expected between the key and the value. A key that is not a plain name (with dots or spaces, \
                     or beginning with a digit) must be in quotes.",
                ),
            };
            self.diags.push(Diagnostic::error(summary, detail).at(span).within(key.span().to(span)));
            return Err(Failed);
        }
        self.bump();
        let value = self.expression()?;
        Ok(ObjectItem { key, value })
    }

    /// From `for` to the closing bracket.
    fn for_expression(&mut self, open: Token, closer: K) -> Parse<Expr> {
        self.bump();
        let mut value_name = self.for_name()?;
        let mut key_name = None;
        if self.eat(K::Comma).is_some() {
            key_name = Some(std::mem::replace(&mut value_name, self.for_name()?));
        }
        if !self.at_keyword("in") {
            return Err(self.bad_for(open, "The keyword \"in\" is expected after the names: for value in collection."));
        }
        self.bump();
        let collection = self.expression()?;
        if self.eat(K::Colon).is_none() {
            return Err(
                self.bad_for(open, "A colon is expected after the collection: for value in collection : result.")
            );
        }
        let mut value = self.expression()?;
        let mut key = None;
        if let Some(arrow) = self.eat(K::FatArrow) {
            if closer == K::CloseBracket {
                let span = self.span_of(arrow);
                let detail =
                    "Square brackets build a list, whose items have no keys. Use braces for a result with keys.";
                return Err(self.error(span, "Invalid 'for' expression", detail));
            }
            key = Some(std::mem::replace(&mut value, self.expression()?));
        } else if closer == K::CloseBrace {
            let detail = "Braces build an object, so each result needs a key: for k, v in collection : k => v. Use square brackets to \
                          build a list.";
            return Err(self.bad_for(open, detail));
        }
        let mut group = false;
        if let Some(ellipsis) = self.eat(K::Ellipsis) {
            if closer == K::CloseBracket {
                let span = self.span_of(ellipsis);
                let detail = "\"...\" collects the values of equal keys, and a list has no keys. Remove it, or use braces and a key.";
                return Err(self.error(span, "Invalid 'for' expression", detail));
            }
            group = true;
        }
        let mut condition = None;
        if self.at_keyword("if") {
            self.bump();
            condition = Some(self.expression()?);
        }
        let Some(close) = self.eat(closer) else {
            return Err(self.bad_for(open, "The for expression is complete, so its closing bracket is expected here."));
        };
        let span = self.span_of(open).to(self.span_of(close));
        let e = ForExpr { key_name, value_name, collection, key, value, condition, group };
        self.node(ExprKind::For(e), span)
    }

    fn for_name(&mut self) -> Parse<Ident> {
        let token = self.token();
        if token.kind != K::Ident {
            let span = self.span_of(token);
            let detail = "A name for the element (or for key and element, with a comma between) is expected here: for k, v in collection.";
            return Err(self.error(span, "Invalid 'for' expression", detail));
        }
        self.bump();
        Ok(self.ident(token))
    }

    fn bad_for(&mut self, open: Token, detail: &str) -> Failed {
        self.unclosed(open, "Invalid 'for' expression", detail)
    }

    /// Attribute names, indexes and splats after a term.
    fn steps(&mut self, mut expr: Expr) -> Parse<Expr> {
        loop {
            match self.peek() {
                K::Dot => {
                    let dot = self.bump();
                    let token = self.token();
                    let span = self.span_of(dot).to(self.span_of(token));
                    match token.kind {
                        K::Ident => {
                            self.bump();
                            let step = Step::Attr(Ident { name: self.name(token), span });
                            expr = self.step(expr, step)?;
                        }
                        K::Number => {
                            self.bump();
                            let key = self.legacy_index(token)?;
                            expr = self.step(expr, Step::Index(key, span))?;
                        }
                        K::Star => {
                            self.bump();
                            expr = self.attribute_splat(expr, span)?;
                        }
                        _ => {
                            if let Some(failed) = self.invalid_character(token) {
                                return Err(failed);
                            }
                            let detail = "An attribute name is expected after the dot.";
                            self.diags.push(
                                Diagnostic::error("Invalid attribute name", detail)
                                    .at(span)
                                    .within(expr.span().to(span)),
                            );
                            return Err(Failed);
                        }
                    }
                }
                K::OpenBracket => expr = self.deeper(|p| p.index(expr))?,
                _ => return Ok(expr),
            }
        }
    }

    /// Adds a constant step. A traversal that is extended is taken apart rather than copied, so a chain costs what it is long.
    fn step(&mut self, expr: Expr, step: Step) -> Parse<Expr> {
        let span = expr.span().to(step.span());
        match expr.into_steps() {
            Ok((Source::Root(root), mut steps)) => {
                steps.push(step);
                self.node(ExprKind::Traversal(Traversal { root, steps, span }), span)
            }
            Ok((Source::Expr(source), mut steps)) => {
                steps.push(step);
                self.node(ExprKind::RelativeTraversal { source, steps }, span)
            }
            Err(source) => self.node(ExprKind::RelativeTraversal { source, steps: vec![step] }, span),
        }
    }

    fn legacy_index(&mut self, token: Token) -> Parse<IndexKey> {
        let text = self.name(token);
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(IndexKey::Number(text));
        }
        let span = self.span_of(token);
        let detail = "After a dot, an index is a whole number, and two of them cannot follow each other. Use square brackets: a[0][1].";
        Err(self.error(span, "Invalid legacy index syntax", detail))
    }

    /// After `.*`: only names and whole numbers with dots belong to the elements.
    fn attribute_splat(&mut self, source: Expr, marker: Span) -> Parse<Expr> {
        let mut steps = Vec::new();
        while self.peek() == K::Dot {
            let dot = self.bump();
            let token = self.token();
            let span = self.span_of(dot).to(self.span_of(token));
            match token.kind {
                K::Ident => {
                    self.bump();
                    steps.push(Step::Attr(Ident { name: self.name(token), span }));
                }
                K::Number => {
                    self.bump();
                    steps.push(Step::Index(self.legacy_index(token)?, span));
                }
                K::Star => {
                    let detail = "A .* splat cannot be used inside another one. Use [*] for both.";
                    return Err(self.error(span, "Nested splat expression not allowed", detail));
                }
                _ => {
                    let detail = "An attribute name is expected after the dot.";
                    return Err(self.error(span, "Invalid attribute name", detail));
                }
            }
        }
        let item = Expr::new(ExprKind::SplatItem, marker);
        let span = source.span().to(steps.last().map_or(marker, Step::span));
        let each =
            if steps.is_empty() { item } else { self.node(ExprKind::RelativeTraversal { source: item, steps }, span)? };
        self.node(ExprKind::Splat { source, each, full: false }, span)
    }

    /// `[key]` or `[*]` after an expression.
    fn index(&mut self, expr: Expr) -> Parse<Expr> {
        let open = self.bump();
        if self.with_newlines(false, Self::peek) == K::Star {
            let close = self.with_newlines(false, |p| {
                p.bump();
                p.eat(K::CloseBracket)
            });
            let Some(close) = close else {
                let detail = "A closing bracket is expected after the star.";
                return Err(self.unclosed(open, "Missing close bracket on splat index", detail));
            };
            let marker = self.span_of(open).to(self.span_of(close));
            let each = self.steps(Expr::new(ExprKind::SplatItem, marker))?;
            let span = expr.span().to(each.span());
            return self.node(ExprKind::Splat { source: expr, each, full: true }, span);
        }
        let key = self.with_newlines(false, Self::expression)?;
        let Some(close) = self.with_newlines(false, |p| p.eat(K::CloseBracket)) else {
            let detail = "A closing bracket is expected after the index.";
            return Err(self.unclosed(open, "Missing close bracket on index", detail));
        };
        let brackets = self.span_of(open).to(self.span_of(close));
        let constant = match key.kind() {
            ExprKind::Literal(Literal::Number(n)) => Some(IndexKey::Number(n.clone())),
            ExprKind::Literal(Literal::String(s)) => Some(IndexKey::String(s.clone())),
            _ => None,
        };
        match constant {
            Some(constant) => self.step(expr, Step::Index(constant, brackets)),
            None => {
                let span = expr.span().to(brackets);
                self.node(ExprKind::Index { collection: expr, key }, span)
            }
        }
    }
}
