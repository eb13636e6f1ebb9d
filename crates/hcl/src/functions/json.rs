//! `jsonencode` and `jsondecode`, and JSON text as they write it.

use std::sync::Arc;

use craton_model::{Data, Number, Refinement};

use super::support::*;

/// The functions of this family.
pub(super) fn functions() -> Vec<Function> {
    vec![
        function(
            "jsondecode",
            "The value that a JSON text stands for.",
            [param("str", Type::String).unknown()],
            |_, args| match args[0].as_str() {
                Some(text) => decode(text).map_err(|e| FunctionError::argument(0, e)),
                None => not_yet(&args[0]),
            },
        )
        // What type the text stands for is known only with the text.
        .returns(Type::Dynamic)
        .may_be_null(),
        function(
            "jsonencode",
            "A value as JSON text.",
            [param("val", Type::Dynamic).null().unknown().dynamic()],
            |_, args| {
                if args[0].is_wholly_known() {
                    return Ok(Value::from(encode(&args[0])?));
                }
                Ok(unknown_json(&args[0]))
            },
        )
        .returns(Type::String),
    ]
}

/// The value of a text that is not known yet. Its beginning may be, and can show already that it will be no JSON.
fn not_yet(text: &Value) -> Answer {
    let known = text.refinement().and_then(|r| r.prefix.as_deref()).unwrap_or_default();
    match known.trim_start_matches([' ', '\t']).chars().next() {
        None | Some('{' | '[' | '"' | '-' | '.' | '0'..='9' | 't' | 'f' | 'n' | '\n' | '\r') => Ok(Value::dynamic()),
        Some(c) => wrong(0, format!("a JSON document cannot begin with {c:?}")),
    }
}

/// JSON text of something not known yet: what kind of thing it is gives the first character.
fn unknown_json(v: &Value) -> Value {
    let first = match v.ty() {
        _ if !v.is_not_null() => None,
        Type::String => Some("\""),
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => Some("["),
        Type::Map(_) | Type::Object(_) => Some("{"),
        _ => None,
    };
    Value::refined(Type::String, Refinement { not_null: true, prefix: first.map(Arc::from), ..Refinement::default() })
}

/// The JSON text of a known value: compact, keys in order, numbers in full.
pub(super) fn encode(v: &Value) -> Result<String, FunctionError> {
    let mut out = String::new();
    write(v, &mut out)?;
    Ok(out)
}

fn write(v: &Value, out: &mut String) -> Result<(), FunctionError> {
    match v.data() {
        Data::Null => out.push_str("null"),
        Data::Unknown(_) => return fail("the value is known only after apply"),
        Data::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Data::Number(n) if n.is_infinite() => return fail("cannot serialize infinity as JSON"),
        Data::Number(n) => out.push_str(&n.to_string()),
        Data::String(s) => write_string(s, out),
        Data::Seq(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Data::Map(entries) => {
            out.push('{');
            for (i, (key, item)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_string(key, out);
                out.push(':');
                write(item, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// A JSON string with its quotes.
pub(super) fn quote(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + 2);
    write_string(s, &mut out);
    out
}

/// The characters that mean something to HTML, and the two line separators of Unicode, are escaped so that the
/// text can stand in a web page; policies that were stored with these escapes must compare equal.
fn write_string(s: &str, out: &mut String) {
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Deeper nesting is refused.
const MAX_DEPTH: usize = 500;

/// The value of a JSON text: tuples and objects, numbers in full precision.
pub(super) fn decode(text: &str) -> Result<Value, String> {
    let mut r = Reader { text, at: 0 };
    let v = r.value(0)?;
    r.space();
    if r.at < text.len() { Err("extraneous data after JSON object".into()) } else { Ok(v) }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn unexpected<T>(&self, where_: &str) -> Result<T, String> {
        match self.text[self.at..].chars().next() {
            Some(c) => Err(format!("invalid character {c:?} {where_}")),
            None if self.at == 0 => Err("the text is empty".into()),
            None => Err("unexpected end of JSON input".into()),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err(format!("nested more than {MAX_DEPTH} levels deep"));
        }
        self.space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Value::from),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::bool(true)),
            Some(b'f') => self.word("false", Value::bool(false)),
            Some(b'n') => self.word("null", Value::null(Type::Dynamic)),
            _ => self.unexpected("looking for beginning of value"),
        }
    }

    fn word(&mut self, word: &str, v: Value) -> Result<Value, String> {
        if !self.text[self.at..].starts_with(word) {
            return self.unexpected(&format!("in place of {word}"));
        }
        self.at += word.len();
        Ok(v)
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        let digits = |r: &mut Self| {
            let from = r.at;
            while r.peek().is_some_and(|b| b.is_ascii_digit()) {
                r.at += 1;
            }
            r.at > from
        };
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else if !digits(self) {
            return self.unexpected("in numeric literal");
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if !digits(self) {
                return self.unexpected("after decimal point in numeric literal");
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !digits(self) {
                return self.unexpected("in exponent of numeric literal");
            }
        }
        let written = &self.text[start..self.at];
        Number::parse(written).map(Value::number).ok_or_else(|| format!("the number {written} is too large"))
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|c: char| c == '"' || c == '\\' || c < ' ').unwrap_or(rest.len());
            out.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    let c = self.escape()?;
                    out.push(c);
                }
                _ => return self.unexpected("in string literal"),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let c = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let first = self.hex()?;
                if let Some(c) = char::from_u32(first) {
                    return Ok(c);
                }
                // Two halves make one character; a half alone is replaced.
                let mark = self.at;
                if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u") {
                    self.at += 2;
                    let second = self.hex()?;
                    if (0xdc00..0xe000).contains(&second) {
                        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                        return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = mark;
                }
                return Ok(char::REPLACEMENT_CHARACTER);
            }
            _ => return self.unexpected("in string escape code"),
        };
        self.at += 1;
        Ok(c)
    }

    fn hex(&mut self) -> Result<u32, String> {
        let digits = self.text.get(self.at..self.at + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|d| u32::from_str_radix(d, 16).ok()) {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => self.unexpected("in \\u hexadecimal character escape"),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::tuple(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::tuple(items));
                }
                _ => return self.unexpected("after array element"),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut entries: Vec<(String, Value)> = Vec::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::object(entries));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return self.unexpected("looking for beginning of object key string");
            }
            let key = self.string()?;
            self.space();
            if self.peek() != Some(b':') {
                return self.unexpected("after object key");
            }
            self.at += 1;
            entries.push((Value::from(key).as_str().unwrap_or_default().to_owned(), self.value(depth + 1)?));
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::object(entries));
                }
                _ => return self.unexpected("after object key:value pair"),
            }
        }
    }
}
