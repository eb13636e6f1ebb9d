//! Quoted strings and their escapes.

use super::{Failed, Parse, Parser};
use crate::token::{Token, TokenKind as K};
use craton_model::Span;

impl Parser {
    /// A quoted string without templates: a block label.
    pub(super) fn plain_string(&mut self) -> Parse<(String, Span)> {
        let open = self.bump();
        let mut text = String::new();
        loop {
            let token = self.bump();
            match token.kind {
                K::QuotedText => text.push_str(&self.decode(token)?),
                K::CloseQuote => return Ok((text, self.span_of(open).to(self.span_of(token)))),
                K::OpenInterpolation | K::OpenDirective => {
                    let span = self.span_of(token);
                    let mark = if token.kind == K::OpenInterpolation { "$" } else { "%" };
                    return Err(self.error(
                        span,
                        "Invalid string literal",
                        format!(
                            "No template sequences are allowed in this string: its text must be known before anything is evaluated. To \
                             write {mark}{{ literally, double the first character: {mark}{mark}{{."
                        ),
                    ));
                }
                _ => return Err(self.unclosed_string(open, token)),
            }
        }
    }

    /// Reports a string that ended with its line or file.
    pub(super) fn unclosed_string(&mut self, open: Token, end: Token) -> Failed {
        if end.kind == K::QuotedNewline {
            let span = self.span(open.start, end.start);
            return self.error(
                span,
                "Invalid multi-line string",
                "A quoted string ends on the line it begins on, and this one has no closing quote. Close it; for text with several \
                 lines write \\n where a line ends, or use a heredoc (<<EOT).",
            );
        }
        let span = self.span_of(open);
        self.error(
            span,
            "Unterminated template string",
            "The file ends before the closing quote of this string. Add the closing quote.",
        )
    }

    /// Decodes the escapes of literal text inside quotes.
    pub(super) fn decode(&mut self, token: Token) -> Parse<String> {
        let text = self.text.clone();
        let raw = token.text(&text);
        let mut out = String::with_capacity(raw.len());
        let mut i = 0;
        let mut result = Ok(());
        while i < raw.len() {
            let rest = &raw[i..];
            let Some(plain) = rest.find(['\\', '$', '%']) else {
                out.push_str(rest);
                break;
            };
            out.push_str(&rest[..plain]);
            i += plain;
            let (width, decoded) = match self.escape(token.start + i as u32, &raw[i..]) {
                Ok(decoded) => decoded,
                Err(width) => {
                    result = Err(Failed);
                    (width, Decoded::Nothing)
                }
            };
            match decoded {
                Decoded::Char(c) => out.push(c),
                Decoded::Text(t) => out.push_str(t),
                Decoded::Nothing => {}
            }
            i += width;
        }
        result.map(|()| out)
    }

    /// What stands at the start of `rest`, which begins with `\`, `$` or `%`, and its width in bytes. An error is
    /// reported and gives the width to skip.
    fn escape(&mut self, at: u32, rest: &str) -> Result<(usize, Decoded), usize> {
        let escaped = if rest.starts_with("$${") {
            Decoded::Text("${")
        } else if rest.starts_with("%%{") {
            Decoded::Text("%{")
        } else if rest.starts_with('\\') {
            return self.backslash(at, rest);
        } else {
            return Ok((1, Decoded::Char(if rest.starts_with('$') { '$' } else { '%' })));
        };
        Ok((3, escaped))
    }

    fn backslash(&mut self, at: u32, rest: &str) -> Result<(usize, Decoded), usize> {
        let Some(selector) = rest[1..].chars().next() else {
            let span = self.span(at, at + 1);
            self.error(
                span,
                "Invalid escape sequence",
                "A backslash must be followed by an escape character. Write \\\\ for a backslash.",
            );
            return Err(1);
        };
        let digits = match selector {
            'n' => return Ok((2, Decoded::Char('\n'))),
            'r' => return Ok((2, Decoded::Char('\r'))),
            't' => return Ok((2, Decoded::Char('\t'))),
            '"' => return Ok((2, Decoded::Char('"'))),
            '\\' => return Ok((2, Decoded::Char('\\'))),
            'u' => 4,
            'U' => 8,
            other => {
                let width = 1 + other.len_utf8();
                let span = self.span(at, at + width as u32);
                self.error(
                    span,
                    "Invalid escape sequence",
                    format!(
                        "The backslash followed by {other:?} has no meaning. Allowed are \\n \\r \\t \\\" \\\\ \\uNNNN \\UNNNNNNNN; write \\\\ for a \
                         backslash itself."
                    ),
                );
                return Err(width);
            }
        };
        let found: String = rest[2..].chars().take_while(char::is_ascii_hexdigit).take(digits).collect();
        let width = 2 + found.len();
        let span = self.span(at, at + width as u32);
        if found.len() < digits {
            self.error(
                span,
                "Invalid escape sequence",
                format!(
                    "\\{selector} must be followed by {digits} hexadecimal digits, and here are only {}.",
                    found.len()
                ),
            );
            return Err(width);
        }
        match u32::from_str_radix(&found, 16).ok().and_then(char::from_u32) {
            Some(c) => Ok((width, Decoded::Char(c))),
            None => {
                self.error(
                    span,
                    "Invalid escape sequence",
                    format!(
                        "U+{found} is not a character that text can hold. Characters outside of the basic plane are written \\U with eight \
                         digits, not as two halves."
                    ),
                );
                Err(width)
            }
        }
    }
}

enum Decoded {
    Char(char),
    Text(&'static str),
    Nothing,
}
