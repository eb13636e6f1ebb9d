//! The syntax of Terraform's CLI configuration, which is older than that of configurations: commas and line ends between
//! settings may be left out, names may stand in quotes, blocks within blocks on one line, and JSON is a spelling of the same
//! (<https://github.com/hashicorp/hcl/tree/hcl1>).

use craton_model::{Diagnostic, FileId, Span};

/// Deeper than anything that the file is used for.
const DEEPEST: usize = 64;

/// What is set: `a = "x"` as well as `a { ... }`, and `a "b" { ... }` for `a { b { ... } }`.
#[derive(Debug)]
pub(super) struct Setting {
    pub name: String,
    pub value: Value,
    /// Where the value stands.
    pub span: Span,
}

/// A value. Numbers and true or false are kept as they are written.
#[derive(Debug)]
pub(super) enum Value {
    Text(String),
    List(Vec<Value>),
    Object(Vec<Setting>),
}

impl Value {
    /// The text of it, unless it has parts.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What is set in it, in all of its objects if it is a list of such. `None` for anything else.
    pub(super) fn settings(&self) -> Option<Vec<&Setting>> {
        match self {
            Self::Text(_) => None,
            Self::Object(all) => Some(all.iter().collect()),
            Self::List(items) => items.iter().map(Self::settings).collect::<Option<Vec<_>>>().map(|all| all.concat()),
        }
    }
}

/// All settings of a file; an error is about the first thing that cannot be read.
pub(super) fn parse(file: FileId, text: &str) -> Result<Vec<Setting>, Box<Diagnostic>> {
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut reader = Reader { file, text, at: start, depth: 0 };
    reader.skip();
    let json = reader.take('{');
    let settings = reader.settings(if json { Some('}') } else { None })?;
    reader.skip();
    if reader.at < text.len() { Err(reader.error("Nothing may follow the end of the settings.")) } else { Ok(settings) }
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn error(&self, detail: &str) -> Box<Diagnostic> {
        let end = self.at + self.peek().map_or(0, char::len_utf8);
        Box::new(super::invalid(detail).at(self.file.span(self.at, end)))
    }

    /// Passes over spaces, line ends and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            let comment = if trimmed.starts_with('#') || trimmed.starts_with("//") {
                trimmed.find('\n')
            } else if trimmed.starts_with("/*") {
                trimmed.find("*/").map(|end| end + 2)
            } else {
                return;
            };
            self.at += comment.unwrap_or(trimmed.len());
        }
    }

    fn take(&mut self, c: char) -> bool {
        let there = self.peek() == Some(c);
        if there {
            self.at += c.len_utf8();
        }
        there
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Box<Diagnostic>>) -> Result<T, Box<Diagnostic>> {
        if self.depth == DEEPEST {
            return Err(self.error("This is nested too deep."));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Settings up to a closing brace, which is taken, or the end.
    fn settings(&mut self, end: Option<char>) -> Result<Vec<Setting>, Box<Diagnostic>> {
        let mut all = Vec::new();
        loop {
            self.skip();
            match (self.peek(), end) {
                (None, None) => return Ok(all),
                (None, Some(_)) => return Err(self.error("The settings end before their closing brace.")),
                (Some(c), Some(end)) if c == end => {
                    self.take(c);
                    return Ok(all);
                }
                _ => {}
            }
            all.push(self.deeper(Self::setting)?);
            self.skip();
            self.take(',');
        }
    }

    fn setting(&mut self) -> Result<Setting, Box<Diagnostic>> {
        let mut names = vec![self.name()?];
        loop {
            self.skip();
            let from = self.at;
            let value = match self.peek() {
                Some('=' | ':') if names.len() == 1 => {
                    self.at += 1;
                    self.skip();
                    self.value()?
                }
                Some('{') => self.value()?,
                _ => {
                    names.push(self.name()?);
                    continue;
                }
            };
            let span = self.file.span(from, self.at);
            let mut names = names.into_iter().rev();
            let name = names.next().unwrap_or_default();
            let innermost = Setting { name, value, span };
            return Ok(names.fold(innermost, |inner, name| Setting { name, value: Value::Object(vec![inner]), span }));
        }
    }

    fn name(&mut self) -> Result<String, Box<Diagnostic>> {
        if self.peek() == Some('"') {
            return self.quoted();
        }
        match self.word(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')) {
            "" => Err(self.error("The name of a setting must stand here, or an equals sign or brace after one.")),
            word => Ok(word.to_owned()),
        }
    }

    fn word(&mut self, part: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let word = &rest[..rest.find(|c| !part(c)).unwrap_or(rest.len())];
        self.at += word.len();
        word
    }

    fn value(&mut self) -> Result<Value, Box<Diagnostic>> {
        match self.peek() {
            Some('"') => self.quoted().map(Value::Text),
            Some('{') => {
                self.at += 1;
                self.deeper(|r| r.settings(Some('}'))).map(Value::Object)
            }
            Some('[') => {
                self.at += 1;
                self.deeper(Self::list).map(Value::List)
            }
            Some('<') if self.rest().starts_with("<<") => self.heredoc().map(Value::Text),
            _ => {
                match self.word(|c| c.is_alphanumeric() || matches!(c, '-' | '+' | '.')) {
                    "" => Err(self
                        .error("A value must stand here: text in quotes, a number, true, false, a list or an object.")),
                    word => Ok(Value::Text(word.to_owned())),
                }
            }
        }
    }

    fn list(&mut self) -> Result<Vec<Value>, Box<Diagnostic>> {
        let mut all = Vec::new();
        loop {
            self.skip();
            if self.take(']') {
                return Ok(all);
            }
            all.push(self.value()?);
            self.skip();
            if !self.take(',') && self.peek() != Some(']') {
                return Err(self.error("A comma or the closing bracket of the list must stand here."));
            }
        }
    }

    /// Text in quotes. What stands in `${...}` is kept as it is, quotes and all.
    fn quoted(&mut self) -> Result<String, Box<Diagnostic>> {
        let (mut out, mut inside, mut chars) = (String::new(), 0_usize, self.rest().char_indices().skip(1));
        while let Some((i, c)) = chars.next() {
            match c {
                '"' if inside == 0 => {
                    self.at += i + 1;
                    return Ok(out);
                }
                '\n' if inside == 0 => break,
                '$' if self.rest()[i..].starts_with("${") => {
                    inside += 1;
                    out.push_str("${");
                    chars.next();
                    continue;
                }
                '{' if inside > 0 => inside += 1,
                '}' if inside > 0 => inside -= 1,
                '\\' if inside == 0 => {
                    match chars.next().map(|(_, c)| c) {
                        Some('n') => out.push('\n'),
                        Some('r') => out.push('\r'),
                        Some('t') => out.push('\t'),
                        Some(u @ ('u' | 'U')) => {
                            let digits: String =
                                chars.by_ref().take(if u == 'u' { 4 } else { 8 }).map(|(_, c)| c).collect();
                            let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                            out.push(code.unwrap_or(char::REPLACEMENT_CHARACTER));
                        }
                        Some(c) => out.push(c),
                        None => break,
                    }
                    continue;
                }
                _ => {}
            }
            out.push(c);
        }
        Err(self.error("The text that begins here has no closing quotes on its line."))
    }

    fn heredoc(&mut self) -> Result<String, Box<Diagnostic>> {
        let open = || "The lines of text that begin here have no end.";
        let (first, lines) = self.rest().split_once('\n').ok_or_else(|| self.error(open()))?;
        let end = first.trim_start_matches('<').trim_start_matches('-').trim();
        let mut taken = first.len() + 1;
        let mut out = String::new();
        for line in lines.split_inclusive('\n') {
            if !end.is_empty() && line.trim() == end {
                self.at += taken + line.trim_end().len();
                return Ok(out);
            }
            taken += line.len();
            out.push_str(line);
        }
        Err(self.error(open()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &Value) -> String {
        match value {
            Value::Text(text) => format!("{text:?}"),
            Value::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
            Value::Object(all) => format!("{{{}}}", all_of(all)),
        }
    }

    fn all_of(all: &[Setting]) -> String {
        all.iter().map(|s| format!("{}: {}", s.name, shown(&s.value))).collect::<Vec<_>>().join(", ")
    }

    fn read(text: &str) -> String {
        match parse(FileId::add("rc", text), text) {
            Ok(all) => all_of(&all),
            Err(d) => {
                let place = d.subject.map(|s| s.place()).unwrap_or_default();
                // The column is that of the one character that cannot stand there.
                format!("{}: {}", place.rsplit_once(':').map_or("", |(line, _)| line), d.detail)
            }
        }
    }

    /// Each of these is taken by Terraform 1.11.4.
    #[test]
    fn what_terraform_takes() {
        for (text, expected) in [
            (r#"a { b { c = "d" } }"#, r#"a: {b: {c: "d"}}"#),
            (r#"a "b" { c = "d" } e {}"#, r#"a: {b: {c: "d"}}, e: {}"#),
            (r#"a = "x" b = true"#, r#"a: "x", b: "true""#),
            ("\"a\" = -1.5e3,\nb = 0x1f", r#"a: "-1.5e3", b: "0x1f""#),
            (r#"host x.y { "modules.v1" = "https://a/" }"#, r#"host: {x.y: {modules.v1: "https://a/"}}"#),
            (
                "// c\n/* d */ # e\na = <<E\n b\nE\nc = [1, [\"2\"]\n, {d = 3},]",
                r#"a: " b\n", c: ["1", ["2"], {d: "3"}]"#,
            ),
            (r#"{"a": {"b": [{"c": "\u0064\n\"\\"}, {}]}}"#, r#"a: {b: [{c: "d\n\"\\"}, {}]}"#),
            (r#"a = "${b("c")}\t""#, r#"a: "${b(\"c\")}\t""#),
            ("", ""),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_place() {
        for (text, expected) in [
            ("a \"b\" = {}", "rc:1: The name of a setting"),
            ("a = ${x}", "rc:1: A value must stand here"),
            ("a {\n b = 1\n", "rc:3: The settings end before"),
            ("a = \"x\nb = 1", "rc:1: The text that begins here"),
            ("a = [1 2]", "rc:1: A comma or"),
            ("a = <<E\nx\n", "rc:1: The lines of text"),
            ("{} x", "rc:1: Nothing may follow"),
        ] {
            assert!(read(text).starts_with(expected), "{text}: {}", read(text));
        }
        assert!(read(&"a {".repeat(100_000)).contains("nested too deep"));
        assert!(read(&format!("a = {}", "[".repeat(100_000))).contains("nested too deep"));
    }
}
