//! Text to tokens. One pass, no diagnostics: what makes no sense becomes a token that the parser reports.

use crate::token::{Token, TokenKind as K};

/// What the lexer is inside of.
enum Mode {
    /// Between quotes.
    Quoted,
    /// In a heredoc, whose marker is this range of bytes. `line_start`: nothing of the line has been read.
    Heredoc { marker: (usize, usize), line_start: bool },
    /// In a template that is a whole file.
    Bare,
    /// Inside `${` or `%{`, with this many braces open.
    Embedded { braces: u32 },
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    tokens: Vec<Token>,
    modes: Vec<Mode>,
    /// A comment was found to have no end, so none after it has one either.
    unclosed_comment: bool,
}

/// The tokens of a configuration file or an expression, ending in [`K::Eof`]. A byte order mark is skipped.
pub fn lex(text: &str) -> Vec<Token> {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    Lexer {
        text,
        bytes: text.as_bytes(),
        at: start,
        tokens: Vec::with_capacity(text.len() / 4),
        modes: Vec::new(),
        unclosed_comment: false,
    }
    .run()
}

/// The tokens of a text that is a template as a whole, ending in [`K::Eof`].
pub fn lex_template(text: &str) -> Vec<Token> {
    Lexer { text, bytes: text.as_bytes(), at: 0, tokens: Vec::new(), modes: vec![Mode::Bare], unclosed_comment: false }
        .run()
}

/// Whether the text is a name: a letter or `_`, then letters, digits, `_` and `-`.
pub fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(is_ident_start) && chars.all(is_ident_continue)
}

fn is_ident_start(c: char) -> bool {
    c == '_' || unicode_ident::is_xid_start(c)
}

fn is_ident_continue(c: char) -> bool {
    c == '-' || unicode_ident::is_xid_continue(c)
}

impl Lexer<'_> {
    fn run(mut self) -> Vec<Token> {
        while self.at < self.bytes.len() {
            match self.modes.last() {
                None | Some(Mode::Embedded { .. }) => self.normal(),
                Some(Mode::Quoted) => self.quoted(),
                Some(Mode::Heredoc { .. } | Mode::Bare) => self.lines(),
            }
        }
        self.push(K::Eof, self.at);
        self.tokens
    }

    /// Adds a token from `self.at` to `end` and moves there.
    fn push(&mut self, kind: K, end: usize) {
        self.tokens.push(Token { kind, start: self.at as u32, end: end as u32 });
        self.at = end;
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn normal(&mut self) {
        let kind = match (self.byte(0), self.byte(1), self.byte(2)) {
            (b' ' | b'\t', ..) => {
                self.at += 1;
                return;
            }
            (b'\n', ..) => (K::Newline, 1),
            (b'\r', b'\n', _) => (K::Newline, 2),
            (b'#', ..) | (b'/', b'/', _) => return self.push(K::Comment, self.line_end(self.at)),
            (b'/', b'*', _) if !self.unclosed_comment => match self.text[self.at + 2..].find("*/") {
                Some(n) => return self.push(K::Comment, self.at + n + 4),
                None => {
                    self.unclosed_comment = true;
                    (K::Slash, 1)
                }
            },
            (b'{', ..) => {
                if let Some(Mode::Embedded { braces }) = self.modes.last_mut() {
                    *braces += 1;
                }
                (K::OpenBrace, 1)
            }
            (b'}', ..) => match self.modes.last_mut() {
                Some(Mode::Embedded { braces: 0 }) => return self.close_template(1),
                Some(Mode::Embedded { braces }) => {
                    *braces -= 1;
                    (K::CloseBrace, 1)
                }
                _ => (K::CloseBrace, 1),
            },
            (b'~', b'}', _) if matches!(self.modes.last(), Some(Mode::Embedded { braces: 0 })) => {
                return self.close_template(2);
            }
            (b'[', ..) => (K::OpenBracket, 1),
            (b']', ..) => (K::CloseBracket, 1),
            (b'(', ..) => (K::OpenParen, 1),
            (b')', ..) => (K::CloseParen, 1),
            (b'"', ..) => {
                self.push(K::OpenQuote, self.at + 1);
                return self.modes.push(Mode::Quoted);
            }
            (b'<', b'<', _) => return self.heredoc_start(),
            (b'<', b'=', _) => (K::LessEqual, 2),
            (b'<', ..) => (K::Less, 1),
            (b'>', b'=', _) => (K::GreaterEqual, 2),
            (b'>', ..) => (K::Greater, 1),
            (b'=', b'=', _) => (K::EqualEqual, 2),
            (b'=', b'>', _) => (K::FatArrow, 2),
            (b'=', ..) => (K::Equal, 1),
            (b'!', b'=', _) => (K::NotEqual, 2),
            (b'!', ..) => (K::Bang, 1),
            (b'&', b'&', _) => (K::And, 2),
            (b'|', b'|', _) => (K::Or, 2),
            (b'.', b'.', b'.') => (K::Ellipsis, 3),
            (b'.', ..) => (K::Dot, 1),
            (b':', b':', _) => (K::DoubleColon, 2),
            (b':', ..) => (K::Colon, 1),
            (b',', ..) => (K::Comma, 1),
            (b'?', ..) => (K::Question, 1),
            (b'+', ..) => (K::Plus, 1),
            (b'-', ..) => (K::Minus, 1),
            (b'*', ..) => (K::Star, 1),
            (b'/', ..) => (K::Slash, 1),
            (b'%', ..) => (K::Percent, 1),
            (b'0'..=b'9', ..) => return self.push(K::Number, self.number_end()),
            _ => return self.name(),
        };
        self.push(kind.0, self.at + kind.1);
    }

    fn close_template(&mut self, width: usize) {
        self.push(K::CloseTemplate, self.at + width);
        self.modes.pop();
    }

    fn name(&mut self) {
        let Some(first) = self.text[self.at..].chars().next() else { return };
        if !is_ident_start(first) {
            return self.push(K::Invalid, self.at + first.len_utf8());
        }
        self.push(K::Ident, self.ident_end(self.at));
    }

    fn ident_end(&self, start: usize) -> usize {
        self.text[start..]
            .char_indices()
            .find(|(_, c)| !is_ident_continue(*c))
            .map_or(self.text.len(), |(i, _)| start + i)
    }

    /// Digits, dots and exponents; the last character is never a dot, so `0...` is a number and an ellipsis.
    fn number_end(&self) -> usize {
        let b = |i: usize| self.bytes.get(i).copied().unwrap_or(0);
        let mut i = self.at;
        let mut end = i;
        loop {
            match (b(i), b(i + 1), b(i + 2)) {
                (b'0'..=b'9', ..) => i += 1,
                (b'e' | b'E', b'0'..=b'9', _) => i += 2,
                (b'e' | b'E', b'+' | b'-', b'0'..=b'9') => i += 3,
                (b'.', ..) => {
                    i += 1;
                    continue;
                }
                _ => return end,
            }
            end = i;
        }
    }

    /// The end of the line that holds `from`, before its line end.
    fn line_end(&self, from: usize) -> usize {
        let end = self.bytes[from..].iter().position(|b| *b == b'\n').map_or(self.bytes.len(), |n| from + n);
        if end > from && self.bytes.get(end) == Some(&b'\n') && self.bytes[end - 1] == b'\r' { end - 1 } else { end }
    }

    fn heredoc_start(&mut self) {
        let marker = self.at + if self.byte(2) == b'-' { 3 } else { 2 };
        let starts = self.text[marker..].chars().next().is_some_and(is_ident_start);
        let end = if starts { self.ident_end(marker) } else { marker };
        let line = match self.bytes.get(end..).unwrap_or(&[]) {
            [b'\n', ..] => end + 1,
            [b'\r', b'\n', ..] => end + 2,
            _ => return self.push(K::Less, self.at + 1),
        };
        if !starts {
            return self.push(K::Less, self.at + 1);
        }
        self.push(K::OpenHeredoc, line);
        self.modes.push(Mode::Heredoc { marker: (marker, end), line_start: true });
    }

    /// `$${` and `%%{` are text; `${` and `%{` open a template.
    fn opens_template(&self, i: usize) -> bool {
        matches!(self.bytes[i], b'$' | b'%') && self.bytes.get(i + 1) == Some(&b'{')
    }

    fn escaped_template(&self, i: usize) -> bool {
        let c = self.bytes[i];
        matches!(c, b'$' | b'%') && self.bytes.get(i + 1) == Some(&c) && self.bytes.get(i + 2) == Some(&b'{')
    }

    fn open_template(&mut self) {
        let kind = if self.byte(0) == b'$' { K::OpenInterpolation } else { K::OpenDirective };
        let width = if self.byte(2) == b'~' && self.byte(3) != b'}' { 3 } else { 2 };
        self.push(kind, self.at + width);
        self.modes.push(Mode::Embedded { braces: 0 });
    }

    fn quoted(&mut self) {
        let mut i = self.at;
        while i < self.bytes.len() {
            match self.bytes[i] {
                b'"' | b'\n' => break,
                b'\r' if self.bytes.get(i + 1) == Some(&b'\n') => break,
                b'\\' if self.bytes.get(i + 1).is_some_and(|b| !matches!(b, b'\n' | b'\r')) => i += 2,
                _ if self.opens_template(i) => break,
                _ if self.escaped_template(i) => i += 3,
                _ => i += 1,
            }
        }
        // A backslash may have stepped into the middle of a character.
        while !self.text.is_char_boundary(i.min(self.text.len())) {
            i += 1;
        }
        let i = i.min(self.bytes.len());
        if i > self.at {
            self.push(K::QuotedText, i);
        }
        match self.byte(0) {
            b'"' => {
                self.push(K::CloseQuote, self.at + 1);
                self.modes.pop();
            }
            b'\n' | b'\r' => {
                let at = self.at;
                self.push(K::QuotedNewline, at);
                self.modes.pop();
            }
            _ if self.at < self.bytes.len() => self.open_template(),
            _ => {}
        }
    }

    /// Text in a heredoc or bare template, a line (or the rest of one) at a time.
    fn lines(&mut self) {
        if let Some(Mode::Heredoc { marker: (start, end), line_start: true }) = self.modes.last() {
            let stop = self.line_end(self.at);
            let line = &self.text[self.at..stop];
            if stop < self.bytes.len() && line.trim() == &self.text[*start..*end] {
                self.push(K::CloseHeredoc, stop);
                self.modes.pop();
                return;
            }
        }
        let mut i = self.at;
        let mut ended = false;
        while i < self.bytes.len() {
            if self.opens_template(i) {
                break;
            }
            i += if self.escaped_template(i) { 3 } else { 1 };
            if self.bytes[i - 1] == b'\n' {
                ended = true;
                break;
            }
        }
        if i > self.at {
            self.push(K::Text, i);
        }
        if let Some(Mode::Heredoc { line_start, .. }) = self.modes.last_mut() {
            *line_start = ended;
        }
        if !ended && self.at < self.bytes.len() {
            self.open_template();
        }
    }
}
