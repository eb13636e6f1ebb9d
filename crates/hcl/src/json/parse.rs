//! JSON text to values with spans.

use super::{JsonValue, Member, Text, ValueKind};
use crate::parser::{MAX_DEPTH, OffsetMap};
use craton_model::{Diagnostic, Diagnostics, FileId, Span};
use std::sync::Arc;

/// Reads one value. On an error the value is what could be read before it.
pub(super) fn parse(file: FileId) -> (JsonValue, Diagnostics) {
    let source = file.source();
    let start = if source.text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut p = Parser { file, text: &source.text, at: start, depth: 0, diags: Diagnostics::new() };
    let value = match p.value() {
        Ok(value) => {
            p.space();
            if p.at < p.text.len() {
                let at = p.at;
                p.error(
                    at,
                    at + 1,
                    "Extraneous data after value",
                    "Only one value may stand in a JSON file. Remove what follows it.",
                );
            }
            value
        }
        Err(Failed(value)) => value,
    };
    (value, p.diags)
}

/// Reading stopped; what had been read of the value.
struct Failed(JsonValue);

struct Parser<'a> {
    file: FileId,
    text: &'a str,
    at: usize,
    depth: u32,
    diags: Diagnostics,
}

impl Parser<'_> {
    /// Reading counts bytes and can stop within a character that it cannot use; a span holds all of it.
    fn span(&self, start: usize, end: usize) -> Span {
        let whole = |mut at: usize, step: fn(usize) -> usize| {
            while at < self.text.len() && !self.text.is_char_boundary(at) {
                at = step(at);
            }
            at.min(self.text.len())
        };
        self.file.span(whole(start, |at| at - 1), whole(end, |at| at + 1))
    }

    fn error(&mut self, start: usize, end: usize, summary: &str, detail: impl Into<String>) -> Failed {
        let span = self.span(start, end);
        self.diags.push(Diagnostic::error(summary, detail).at(span));
        Failed(JsonValue { kind: ValueKind::Invalid, span })
    }

    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn space(&mut self) {
        while matches!(self.byte(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Result<JsonValue, Failed> {
        self.space();
        let start = self.at;
        if self.depth >= MAX_DEPTH {
            let detail = format!("Values may be nested at most {MAX_DEPTH} levels deep.");
            return Err(self.error(start, start + 1, "Nesting too deep", detail));
        }
        let kind = match self.byte() {
            b'{' => return self.object(),
            b'[' => return self.array(),
            b'"' => ValueKind::String(self.string()?.0),
            b'-' | b'0'..=b'9' => ValueKind::Number(self.number()?),
            _ if start >= self.text.len() => {
                return Err(self.error(start, start, "Missing value", "The file ends where a value is expected."));
            }
            _ => {
                let word: String =
                    self.text[start..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                self.at += word.len();
                match word.as_str() {
                    "true" => ValueKind::Bool(true),
                    "false" => ValueKind::Bool(false),
                    "null" => ValueKind::Null,
                    "" => {
                        let detail =
                            "A JSON value is expected here: an object, array, string, number, true, false or null.";
                        return Err(self.error(start, start + 1, "Invalid JSON value", detail));
                    }
                    _ => {
                        let detail = format!(
                            "{word:?} is not a JSON value. Strings must be in double quotes; the words are true, false, null."
                        );
                        return Err(self.error(start, start + word.len(), "Invalid JSON keyword", detail));
                    }
                }
            }
        };
        Ok(JsonValue { kind, span: self.span(start, self.at) })
    }

    fn number(&mut self) -> Result<Arc<str>, Failed> {
        let start = self.at;
        while matches!(self.byte(), b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9') {
            self.at += 1;
        }
        let text = &self.text[start..self.at];
        if is_number(text) {
            return Ok(Arc::from(text));
        }
        let detail = "This is not a number as JSON writes them: digits (no leading zero), a decimal point with digits after it, an exponent.";
        Err(self.error(start, self.at, "Invalid JSON number", detail))
    }

    fn array(&mut self) -> Result<JsonValue, Failed> {
        let start = self.at;
        self.at += 1;
        self.depth += 1;
        let mut items = Vec::new();
        let result = loop {
            self.space();
            if self.byte() == b']' {
                if !items.is_empty() {
                    break Err(self.error(
                        self.at,
                        self.at + 1,
                        "Trailing comma in array",
                        "No comma may follow the last item of a JSON array. Remove it.",
                    ));
                }
                break Ok(());
            }
            match self.value() {
                Ok(item) => items.push(item),
                Err(Failed(item)) => {
                    items.push(item);
                    break Err(Failed(JsonValue { kind: ValueKind::Invalid, span: self.span(start, self.at) }));
                }
            }
            self.space();
            match self.byte() {
                b',' => self.at += 1,
                b']' => break Ok(()),
                _ => break Err(self.between(start, '[')),
            }
        };
        self.finish(start, result, |_| ValueKind::Array(items.into()))
    }

    fn object(&mut self) -> Result<JsonValue, Failed> {
        let start = self.at;
        self.at += 1;
        self.depth += 1;
        let mut members: Vec<Member> = Vec::new();
        let result = loop {
            self.space();
            match self.byte() {
                b'}' if members.is_empty() => break Ok(()),
                b'}' => {
                    break Err(self.error(
                        self.at,
                        self.at + 1,
                        "Trailing comma in object",
                        "No comma may follow the last property of a JSON object. Remove it.",
                    ));
                }
                b'"' => {}
                _ if self.at >= self.text.len() => break Err(self.between(start, '{')),
                _ => {
                    break Err(self.error(
                        self.at,
                        self.at + 1,
                        "Invalid object property name",
                        "A property name in double quotes is expected here.",
                    ));
                }
            }
            let (name, name_span) = match self.string() {
                Ok(name) => name,
                Err(failed) => break Err(failed),
            };
            self.space();
            if self.byte() != b':' {
                break Err(self.error(
                    self.at,
                    self.at + 1,
                    "Missing property value colon",
                    "A colon is expected between the name of a property and its value.",
                ));
            }
            self.at += 1;
            match self.value() {
                Ok(value) => members.push(Member { name, name_span, value }),
                Err(Failed(value)) => {
                    members.push(Member { name, name_span, value });
                    break Err(Failed(JsonValue { kind: ValueKind::Invalid, span: name_span }));
                }
            }
            self.space();
            match self.byte() {
                b',' => self.at += 1,
                b'}' => break Ok(()),
                _ => break Err(self.between(start, '{')),
            }
        };
        self.finish(start, result, |_| ValueKind::Object(members.into()))
    }

    fn finish(
        &mut self,
        start: usize,
        result: Result<(), Failed>,
        kind: impl FnOnce(&mut Self) -> ValueKind,
    ) -> Result<JsonValue, Failed> {
        self.depth -= 1;
        if result.is_ok() {
            self.at += 1;
        }
        let value = JsonValue { kind: kind(self), span: self.span(start, self.at) };
        match result {
            Ok(()) => Ok(value),
            Err(_) => Err(Failed(value)),
        }
    }

    /// Reports something other than a comma or the closing bracket after an item.
    fn between(&mut self, open: usize, bracket: char) -> Failed {
        if self.at >= self.text.len() {
            let what = if bracket == '{' { ("Unclosed object", "brace") } else { ("Unclosed array", "bracket") };
            let detail = format!("The file ends before the closing {} of this. Add it.", what.1);
            return self.error(open, open + 1, what.0, detail);
        }
        let (summary, detail) = match (self.byte(), bracket) {
            (b'}' | b']', _) => {
                ("Mismatched brackets", "This closes something else than what is open here. Check the brackets above.")
            }
            (_, '{') => ("Missing attribute separator", "A comma is expected between the properties of an object."),
            _ => ("Missing array element separator", "A comma is expected between the items of an array."),
        };
        let at = self.at;
        self.error(at, at + 1, summary, detail)
    }

    fn string(&mut self) -> Result<(Text, Span), Failed> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        let mut map = vec![(0, self.at as u32)];
        loop {
            let rest = &self.text[self.at..];
            let Some(stop) = rest.find(|c: char| c == '"' || c == '\\' || c < ' ') else {
                let detail = "The file ends before the closing quote of this string. Add it.";
                return Err(self.error(start, start + 1, "Invalid JSON string", detail));
            };
            text.push_str(&rest[..stop]);
            self.at += stop;
            match self.byte() {
                b'"' => {
                    self.at += 1;
                    return Ok((Text { text: text.into(), map: OffsetMap(map) }, self.span(start, self.at)));
                }
                b'\\' => {
                    text.push(self.escape()?);
                    map.push((text.len() as u32, self.at as u32));
                }
                _ => {
                    let detail = "A string may not go over several lines or hold control characters; write \\n where a line ends.";
                    return Err(self.error(self.at, self.at + 1, "Invalid JSON string", detail));
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Failed> {
        let start = self.at;
        self.at += 2;
        let c = match self.text.as_bytes().get(start + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(start),
            _ => {
                let detail = "Allowed after a backslash are \" \\ / b f n r t and u with four hexadecimal digits. Write \\\\ for a backslash.";
                return Err(self.error(start, start + 2, "Invalid JSON string", detail));
            }
        };
        Ok(c)
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    fn unicode(&mut self, start: usize) -> Result<char, Failed> {
        let Some(unit) = self.hex() else {
            let detail = "\\u must be followed by four hexadecimal digits.";
            return Err(self.error(start, start + 2, "Invalid JSON string", detail));
        };
        if (0xd800..0xdc00).contains(&unit) && self.text[self.at..].starts_with("\\u") {
            let back = self.at;
            self.at += 2;
            if let Some(low) = self.hex().filter(|low| (0xdc00..0xe000).contains(low)) {
                return Ok(char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)).unwrap_or('\u{fffd}'));
            }
            self.at = back;
        }
        // Half of a pair: JSON readers, Go's among them, put the replacement character.
        Ok(char::from_u32(unit).unwrap_or('\u{fffd}'))
    }
}

fn is_number(text: &str) -> bool {
    fn digits(s: &str) -> usize {
        s.bytes().take_while(u8::is_ascii_digit).count()
    }
    let mut s = text.strip_prefix('-').unwrap_or(text);
    let whole = digits(s);
    if whole == 0 || (whole > 1 && s.starts_with('0')) {
        return false;
    }
    s = &s[whole..];
    if let Some(rest) = s.strip_prefix('.') {
        let n = digits(rest);
        if n == 0 {
            return false;
        }
        s = &rest[n..];
    }
    if let Some(rest) = s.strip_prefix(['e', 'E']) {
        let rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        let n = digits(rest);
        if n == 0 {
            return false;
        }
        s = &rest[n..];
    }
    s.is_empty()
}
