//! YAML text as `yamlencode` writes it: strings in double quotes, those of several lines as literal blocks, everything
//! else in block style. The layout follows libyaml (<https://pyyaml.org/wiki/LibYAML>) to the byte, because the text
//! ends up in attributes that are compared.

use craton_model::{Data, Value};

use super::support::{FunctionError, fail};

/// The YAML text of a known value.
pub(super) fn encode(v: &Value) -> Result<String, FunctionError> {
    let mut w = Writer { out: String::new(), column: 0 };
    match v.data() {
        Data::Seq(items) if !items.is_empty() => w.sequence(items, 0, true)?,
        Data::Map(entries) if !entries.is_empty() => w.mapping(entries, 0, true)?,
        _ => {
            w.scalar(v, 2)?;
            w.end_line();
            // A bare word at the end of a document could go on: this says that it does not.
            if matches!(v.data(), Data::Null | Data::Bool(_) | Data::Number(_)) {
                w.put("...\n");
            }
        }
    }
    w.end_line();
    Ok(w.out)
}

/// Lines are folded at the first space past this column.
const WIDTH: usize = 80;
/// Keys longer than this get a line of their own.
const LONGEST_SIMPLE_KEY: usize = 128;

struct Writer {
    out: String,
    /// In characters.
    column: usize,
}

impl Writer {
    fn put(&mut self, s: &str) {
        for c in s.chars() {
            self.put_char(c);
        }
    }

    fn put_char(&mut self, c: char) {
        self.out.push(c);
        self.column = if is_break(c) { 0 } else { self.column + 1 };
    }

    fn end_line(&mut self) {
        if self.column > 0 {
            self.put_char('\n');
        }
    }

    /// Starts a line at a column unless already there: the first item of a nested list stands behind the dash.
    fn start(&mut self, indent: usize, here: bool) {
        if here {
            return;
        }
        self.end_line();
        for _ in 0..indent {
            self.put_char(' ');
        }
    }

    /// The value of a key or dash that has just been written.
    fn node(&mut self, v: &Value, indent: usize, behind_dash: bool) -> Result<(), FunctionError> {
        match v.data() {
            Data::Seq(items) if !items.is_empty() => {
                if behind_dash {
                    self.put_char(' ');
                    self.sequence(items, indent + 2, true)
                } else {
                    // Lists stand as far left as the key they belong to.
                    self.sequence(items, indent, false)
                }
            }
            Data::Map(entries) if !entries.is_empty() => {
                if behind_dash {
                    self.put_char(' ');
                }
                self.mapping(entries, indent + 2, behind_dash)
            }
            _ => {
                self.put_char(' ');
                self.scalar(v, indent + 2)
            }
        }
    }

    fn sequence(&mut self, items: &[Value], indent: usize, mut here: bool) -> Result<(), FunctionError> {
        for item in items {
            self.start(indent, here);
            here = false;
            self.put_char('-');
            self.node(item, indent, true)?;
        }
        Ok(())
    }

    fn mapping(&mut self, entries: &craton_model::Entries, indent: usize, mut here: bool) -> Result<(), FunctionError> {
        for (key, item) in entries {
            self.start(indent, here);
            here = false;
            if key.len() <= LONGEST_SIMPLE_KEY && !key.contains(is_break) {
                self.quoted(key, None);
                self.put_char(':');
                self.node(item, indent, false)?;
            } else {
                self.put("? ");
                self.text(key, indent + 2);
                self.start(indent, false);
                self.put_char(':');
                // The colon stands on a line of its own, so what follows is laid out as behind a dash.
                self.node(item, indent, true)?;
            }
        }
        Ok(())
    }

    fn scalar(&mut self, v: &Value, indent: usize) -> Result<(), FunctionError> {
        match v.data() {
            Data::Null => self.put("null"),
            Data::Bool(b) => self.put(if *b { "true" } else { "false" }),
            Data::Number(n) => {
                let s = n.to_string();
                self.put(&s);
            }
            Data::String(s) => self.text(s, indent),
            Data::Seq(_) => self.put("[]"),
            Data::Map(_) => self.put("{}"),
            Data::Unknown(_) => return fail("the value is known only after apply"),
        }
        Ok(())
    }

    fn text(&mut self, s: &str, indent: usize) {
        if s.contains('\n') && can_be_block(s) { self.block(s, indent) } else { self.quoted(s, Some(indent)) }
    }

    /// `|` and the lines as they are. Digits and signs after the bar say what the text alone does not: how far it is
    /// indented, and what happens to the newlines at its end.
    fn block(&mut self, s: &str, indent: usize) {
        self.put_char('|');
        if s.starts_with(|c| c == ' ' || is_break(c)) {
            self.put_char('2');
        }
        let mut from_end = s.chars().rev();
        if !from_end.next().is_some_and(is_break) {
            self.put_char('-');
        } else if from_end.next().is_none_or(is_break) {
            self.put_char('+');
        }
        self.put_char('\n');
        for c in s.chars() {
            if is_break(c) {
                self.put_char(c);
                continue;
            }
            if self.column == 0 {
                self.put(&" ".repeat(indent));
            }
            self.put_char(c);
        }
    }

    /// In double quotes; with an indent, long lines are folded.
    fn quoted(&mut self, s: &str, fold: Option<usize>) {
        self.put_char('"');
        let mut after_space = false;
        for (i, c) in s.char_indices() {
            if let Some(escaped) = escape(c) {
                self.put(&escaped);
                after_space = false;
            } else if c == ' ' {
                match fold {
                    Some(indent) if !after_space && self.column > WIDTH && i > 0 && i + 1 < s.len() => {
                        self.put_char('\n');
                        self.put(&" ".repeat(indent));
                        if s[i + 1..].starts_with(' ') {
                            self.put_char('\\');
                        }
                    }
                    _ => self.put_char(' '),
                }
                after_space = true;
            } else {
                self.put_char(c);
                after_space = false;
            }
        }
        self.put_char('"');
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What libyaml takes for printable: nothing past the first 65536 characters, and no tab.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

/// Blocks hold neither special characters nor spaces at the end of a line.
fn can_be_block(s: &str) -> bool {
    let mut previous_space = false;
    for c in s.chars() {
        let line_end = is_break(c);
        if (line_end && previous_space) || (!line_end && !is_printable(c)) || matches!(c, '\r' | '\u{85}') {
            return false;
        }
        previous_space = c == ' ';
    }
    !previous_space
}

fn escape(c: char) -> Option<String> {
    Some(match c {
        '"' => "\\\"".into(),
        '\\' => "\\\\".into(),
        '\0' => "\\0".into(),
        '\u{7}' => "\\a".into(),
        '\u{8}' => "\\b".into(),
        '\t' => "\\t".into(),
        '\n' => "\\n".into(),
        '\u{b}' => "\\v".into(),
        '\u{c}' => "\\f".into(),
        '\r' => "\\r".into(),
        '\u{1b}' => "\\e".into(),
        '\u{85}' => "\\N".into(),
        '\u{2028}' => "\\L".into(),
        '\u{2029}' => "\\P".into(),
        c if is_printable(c) => return None,
        c => match c as u32 {
            n @ ..=0xff => format!("\\x{n:02X}"),
            n @ ..=0xffff => format!("\\u{n:04X}"),
            n => format!("\\U{n:08X}"),
        },
    })
}
