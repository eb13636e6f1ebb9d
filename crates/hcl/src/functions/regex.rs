//! `regex` and `regexall`, and RE2's syntax for the pattern.
//!
//! Terraform's patterns are RE2's (<https://github.com/google/re2/wiki/Syntax>). The engine used here matches the same
//! way but reads patterns a little differently, so they are rewritten first: what RE2 lacks is refused, and classes like
//! `\d` stay within ASCII.

use std::collections::HashSet;
use std::iter::Peekable;
use std::str::CharIndices;

use regex::{Captures, Regex, RegexBuilder};

use super::support::*;

/// A pattern ready to use.
pub(super) struct Pattern {
    regex: Regex,
    /// The name of each group, if it has one.
    groups: Vec<Option<String>>,
}

impl Pattern {
    /// Replaces every match; `$1`, `${name}` and `$$` in the replacement are expanded.
    pub(super) fn replace_all(&self, s: &str, with: &str) -> Result<String, FunctionError> {
        let mut out = String::new();
        let mut at = 0;
        for found in self.regex.captures_iter(s) {
            let Some(whole) = found.get(0) else { continue };
            out.push_str(&s[at..whole.start()]);
            out.push_str(&self.expand(with, &found));
            at = whole.end();
            text_of(out.len())?;
        }
        out.push_str(&s[at..]);
        Ok(out)
    }

    /// A replacement for one match. A name goes as far as there are letters, digits and underscores; of what is no name
    /// the dollar sign stays, and what no group has is nothing.
    fn expand(&self, with: &str, found: &Captures<'_>) -> String {
        let word = |c: char| c == '_' || c.is_alphanumeric();
        let mut out = String::new();
        let mut rest = with;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                out.push('$');
                rest = after;
                continue;
            }
            let inner = rest.strip_prefix('{').unwrap_or(rest);
            let braced = inner.len() < rest.len();
            let name = &inner[..inner.find(|c| !word(c)).unwrap_or(inner.len())];
            let after = &inner[name.len()..];
            match (name, braced, after.strip_prefix('}')) {
                ("", ..) | (_, true, None) => out.push('$'),
                (_, true, Some(after)) => {
                    out.push_str(self.group(name, found));
                    rest = after;
                }
                (_, false, _) => {
                    out.push_str(self.group(name, found));
                    rest = after;
                }
            }
        }
        out + rest
    }

    /// What the group of a number (without leading zeros) or a name has matched.
    fn group<'f>(&self, name: &str, found: &Captures<'f>) -> &'f str {
        let number = name.bytes().all(|b| b.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
        let index = match name.parse::<usize>() {
            Ok(n) if number => Some(n),
            _ => {
                let named = |i: usize, g: &Option<String>| g.as_deref() == Some(name) && found.get(i + 1).is_some();
                self.groups.iter().enumerate().position(|(i, g)| named(i, g)).map(|i| i + 1)
            }
        };
        index.and_then(|i| found.get(i)).map_or("", |m| m.as_str())
    }

    /// The type of a match: string without groups, tuple with groups, object with named groups.
    fn match_type(&self) -> TypeAnswer {
        let named = self.groups.iter().filter(|g| g.is_some()).count();
        if self.groups.is_empty() {
            Ok(Type::String)
        } else if named == 0 {
            Ok(Type::tuple(vec![Type::String; self.groups.len()]))
        } else if named == self.groups.len() {
            Ok(Type::object(self.groups.iter().flatten().map(|name| (name.as_str(), Type::String))))
        } else {
            wrong(0, "invalid regexp pattern: cannot mix both named and unnamed capture groups")
        }
    }

    fn value(&self, found: &Captures<'_>) -> Value {
        let group = |i: usize| found.get(i).map_or_else(|| Value::null(Type::String), |m| Value::from(m.as_str()));
        if self.groups.is_empty() {
            group(0)
        } else if self.groups.iter().all(Option::is_none) {
            Value::tuple((1..=self.groups.len()).map(group))
        } else {
            Value::object(self.groups.iter().enumerate().filter_map(|(i, name)| Some((name.as_deref()?, group(i + 1)))))
        }
    }
}

/// Reads a pattern; the error says what is wrong with it.
pub(super) fn compile(pattern: &str) -> Result<Pattern, String> {
    let (rewritten, groups) = Rewriter::new(pattern).run()?;
    let regex = RegexBuilder::new(&rewritten).build().map_err(|e| {
        // The engine's message draws the rewritten pattern over several lines; its last says why.
        let why = e.to_string();
        let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        format!("{why} in {pattern}")
    })?;
    Ok(Pattern { regex, groups })
}

fn pattern_argument(args: &[Value]) -> Result<Pattern, FunctionError> {
    compile(text(args, 0)?).map_err(|e| FunctionError::argument(0, format!("invalid regexp pattern: {e}")))
}

/// The type is decided by the pattern.
pub(super) fn regex_type(args: &[Value]) -> TypeAnswer {
    if !args[0].is_known() {
        return Ok(Type::Dynamic);
    }
    pattern_argument(args)?.match_type()
}

pub(super) fn regexall_type(args: &[Value]) -> TypeAnswer {
    if !args[0].is_known() {
        return Ok(Type::Dynamic);
    }
    Ok(Type::list(regex_type(args)?))
}

pub(super) fn regex(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let pattern = pattern_argument(args)?;
    pattern.match_type()?;
    match pattern.regex.captures(text(args, 1)?) {
        Some(found) => Ok(pattern.value(&found)),
        None => fail("pattern did not match any part of the given string"),
    }
}

pub(super) fn regexall(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let pattern = pattern_argument(args)?;
    let elem = pattern.match_type()?;
    let s = text(args, 1)?;
    let mut all = Vec::new();
    for found in pattern.regex.captures_iter(s) {
        elements_of(all.len().saturating_mul(pattern.groups.len().max(1)))?;
        all.push(pattern.value(&found));
    }
    Ok(Value::list(elem, all))
}

/// Whether RE2 knows a class of characters by this name: a general category, a script, or "Any". Names are exact there,
/// where the engine takes many more.
fn is_class_name(name: &str) -> bool {
    const CATEGORIES: &[&str] = &[
        "C", "Cc", "Cf", "Co", "Cs", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No",
        "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs", "Any",
    ];
    // Scripts have abbreviations of four letters, which RE2 does not know; these are whole names.
    const SHORT_SCRIPTS: &[&str] = &["Ahom", "Cham", "Kawi", "Lisu", "Modi", "Newa", "Thai", "Toto"];
    let word = |w: &str| {
        w == "SignWriting"
            || (w.starts_with(|c: char| c.is_ascii_uppercase()) && w[1..].chars().all(|c| c.is_ascii_lowercase()))
    };
    CATEGORIES.contains(&name)
        || (name.split('_').all(word)
            && (name.len() != 4 || SHORT_SCRIPTS.contains(&name))
            && Regex::new(&format!("\\p{{sc={name}}}")).is_ok())
}

/// Rewrites RE2 syntax.
struct Rewriter<'p> {
    pattern: &'p str,
    rest: Peekable<CharIndices<'p>>,
    out: String,
    groups: Vec<Option<String>>,
    names: HashSet<String>,
    /// What stands before: whether it can be repeated, or is a repetition.
    before: Before,
}

#[derive(Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    Item,
    Repetition,
}

impl<'p> Rewriter<'p> {
    fn new(pattern: &'p str) -> Self {
        Self {
            pattern,
            rest: pattern.char_indices().peekable(),
            out: String::with_capacity(pattern.len() + 16),
            groups: Vec::new(),
            names: HashSet::new(),
            before: Before::Nothing,
        }
    }

    fn run(mut self) -> Result<(String, Vec<Option<String>>), String> {
        while let Some((at, c)) = self.rest.next() {
            match c {
                '\\' => self.escape(at, false)?,
                '[' => self.class(at)?,
                '(' => self.group(at)?,
                '*' | '+' | '?' => self.repetition(c, at)?,
                '{' => self.counted(at)?,
                '|' => {
                    self.out.push(c);
                    self.before = Before::Nothing;
                }
                '}' => self.item("\\}"),
                ']' => self.item("\\]"),
                c => {
                    self.out.push(c);
                    self.before = Before::Item;
                }
            }
        }
        Ok((self.out, self.groups))
    }

    fn item(&mut self, s: &str) {
        self.out.push_str(s);
        self.before = Before::Item;
    }

    fn eat(&mut self, c: char) -> bool {
        self.rest.next_if(|(_, next)| *next == c).is_some()
    }

    fn skip(&mut self, bytes: usize) {
        let end = self.offset() + bytes;
        while self.rest.next_if(|(i, _)| *i < end).is_some() {}
    }

    fn offset(&mut self) -> usize {
        self.rest.peek().map_or(self.pattern.len(), |(i, _)| *i)
    }

    fn repetition(&mut self, c: char, at: usize) -> Result<(), String> {
        match self.before {
            Before::Nothing => return Err(format!("missing argument to repetition operator: {c}")),
            Before::Repetition => {
                return Err(format!("invalid nested repetition operator in {}", &self.pattern[..=at]));
            }
            Before::Item => {}
        }
        self.out.push(c);
        if self.eat('?') {
            self.out.push('?');
        }
        self.before = Before::Repetition;
        Ok(())
    }

    /// `{2}`, `{2,}`, `{2,3}` repeat; any other brace is just a brace.
    fn counted(&mut self, at: usize) -> Result<(), String> {
        let rest = &self.pattern[at + 1..];
        let count = rest.find('}').map(|end| &rest[..end]).filter(|body| {
            let (min, max) = body.split_once(',').unwrap_or((body, ""));
            let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
            !min.is_empty() && digits(min) && digits(max)
        });
        let Some(count) = count else {
            self.item("\\{");
            return Ok(());
        };
        let (min, max) = count.split_once(',').unwrap_or((count, count));
        let limit = |s: &str| s.is_empty() || s.parse::<u32>().is_ok_and(|n| n <= 1000);
        let ordered = max.is_empty() || min.parse::<u32>().ok() <= max.parse::<u32>().ok();
        if !limit(min) || !limit(max) || !ordered {
            return Err(format!("invalid repeat count: {{{count}}}"));
        }
        match self.before {
            Before::Nothing => return Err(format!("missing argument to repetition operator: {{{count}}}")),
            Before::Repetition => {
                return Err(format!("invalid nested repetition operator in {}", &self.pattern[..=at]));
            }
            Before::Item => {}
        }
        self.out.push('{');
        self.out.push_str(count);
        self.out.push('}');
        self.skip(count.len() + 1);
        if self.eat('?') {
            self.out.push('?');
        }
        self.before = Before::Repetition;
        Ok(())
    }

    fn group(&mut self, at: usize) -> Result<(), String> {
        self.before = Before::Nothing;
        let rest = &self.pattern[at + 1..];
        let Some(special) = rest.strip_prefix('?') else {
            self.groups.push(None);
            self.out.push('(');
            return Ok(());
        };
        if let Some(named) = special.strip_prefix("P<").or_else(|| special.strip_prefix('<')) {
            let opening = 1 + special.len() - named.len();
            let Some(end) = named.find('>') else {
                return Err(format!("invalid named capture in {}", &self.pattern[at..]));
            };
            let name = &named[..end];
            if name.is_empty() || !name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric()) {
                return Err(format!("invalid named capture in {}", &self.pattern[at..]));
            }
            self.groups.push(Some(name.to_owned()));
            // A name may come twice; the last group of that name wins, so the engine need not know.
            if self.names.insert(name.to_owned()) && !name.starts_with(|c: char| c.is_ascii_digit()) {
                self.out.push_str(&format!("(?P<{name}>"));
            } else {
                self.out.push('(');
            }
            self.skip(opening + end + 1);
            return Ok(());
        }
        let flags = special.find([':', ')']).map(|end| &special[..=end]).filter(|f| {
            let (body, _) = f.split_at(f.len() - 1);
            let (on, off) = body.split_once('-').unwrap_or((body, ""));
            let known = |s: &str| s.chars().all(|c| matches!(c, 'i' | 'm' | 's' | 'U'));
            known(on) && known(off) && !(body.ends_with('-'))
        });
        let Some(flags) = flags else {
            return Err(format!("invalid or unsupported Perl syntax in {}", &self.pattern[at..self.end(at)]));
        };
        self.skip(1 + flags.len());
        let (body, end) = flags.split_at(flags.len() - 1);
        let (on, off) = body.split_once('-').unwrap_or((body, ""));
        // The engine wants each flag once; what is switched off last stays off.
        let all = ['i', 'm', 's', 'U'].into_iter();
        let on: String = all.clone().filter(|f| on.contains(*f) && !off.contains(*f)).collect();
        let off: String = all.filter(|f| off.contains(*f)).collect();
        self.out.push_str("(?");
        self.out.push_str(&on);
        if !off.is_empty() {
            self.out.push('-');
            self.out.push_str(&off);
        }
        match (end, on.is_empty() && off.is_empty()) {
            (")", true) => self.out.push_str(":)"),
            _ => self.out.push_str(end),
        }
        Ok(())
    }

    /// The end of the pattern, or of what an error may quote without cutting a character.
    fn end(&self, at: usize) -> usize {
        (at + 3..self.pattern.len()).find(|i| self.pattern.is_char_boundary(*i)).unwrap_or(self.pattern.len())
    }

    fn escape(&mut self, at: usize, in_class: bool) -> Result<(), String> {
        let Some((_, c)) = self.rest.next() else {
            return Err("trailing backslash at end of expression".into());
        };
        let plain = match c {
            'd' if in_class => "0-9",
            's' if in_class => "\\t\\n\\f\\r ",
            'w' if in_class => "0-9A-Za-z_",
            'd' => "[0-9]",
            's' => "[\\t\\n\\f\\r ]",
            'w' => "[0-9A-Za-z_]",
            'D' => "[^0-9]",
            'S' => "[^\\t\\n\\f\\r ]",
            'W' => "[^0-9A-Za-z_]",
            'b' if !in_class => "(?-u:\\b)",
            'B' if !in_class => "(?-u:\\B)",
            'A' if !in_class => "\\A",
            'z' if !in_class => "\\z",
            'a' => "\\x07",
            'f' => "\\x0c",
            't' => "\\t",
            'n' => "\\n",
            'r' => "\\r",
            'v' => "\\x0b",
            _ => "",
        };
        if !plain.is_empty() {
            self.item(plain);
            return Ok(());
        }
        match c {
            'Q' if !in_class => {
                let rest = &self.pattern[at + 2..];
                let (quoted, close) = match rest.find("\\E") {
                    Some(end) => (&rest[..end], 2),
                    None => (rest, 0),
                };
                if !quoted.is_empty() {
                    let quoted_text = regex::escape(quoted);
                    self.item(&quoted_text);
                }
                self.skip(quoted.len() + close);
            }
            'p' | 'P' => {
                let rest = &self.pattern[at + 2..];
                let len = match rest.strip_prefix('{') {
                    Some(inner) => inner.find('}').map(|end| end + 2),
                    None => rest.chars().next().map(char::len_utf8),
                };
                let Some(len) = len else {
                    return Err(format!("invalid character class range in {}", &self.pattern[at..]));
                };
                let name = rest[..len].trim_start_matches('{').trim_end_matches('}');
                let (name, negated) = name.strip_prefix('^').map_or((name, false), |name| (name, true));
                if !is_class_name(name) {
                    return Err(format!("invalid character class range in \\{c}{}", &rest[..len]));
                }
                let letter = if (c == 'P') != negated { 'P' } else { 'p' };
                self.skip(len);
                self.item(&format!("\\{letter}{{{name}}}"));
            }
            'x' => {
                let rest = &self.pattern[at + 2..];
                let (digits, len) = match rest.strip_prefix('{') {
                    Some(inner) => match inner.find('}') {
                        Some(end) => (&inner[..end], end + 2),
                        None => ("", 0),
                    },
                    None => (rest.get(..2).unwrap_or(""), 2),
                };
                if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return Err(format!("invalid escape sequence in {}", &self.pattern[at..self.end(at)]));
                }
                let code = format!("\\x{{{digits}}}");
                self.skip(len);
                self.item(&code);
            }
            // Octal: a zero first, or at least two digits (one would be a back reference).
            '0'..='7' => {
                let digits: String =
                    self.pattern[at + 1..].chars().take(3).take_while(|c| ('0'..='7').contains(c)).collect();
                if c != '0' && digits.len() < 2 {
                    return Err(format!("invalid escape sequence in \\{c}"));
                }
                let code = u32::from_str_radix(&digits, 8).unwrap_or(0);
                self.skip(digits.len() - 1);
                self.item(&format!("\\x{{{code:x}}}"));
            }
            c if c.is_ascii_punctuation() => {
                let literal = regex::escape(c.encode_utf8(&mut [0; 4]));
                // Inside of a class these have a meaning to the engine that escaping does not always cover.
                if in_class {
                    self.item(&class_literal(c));
                } else {
                    self.item(&literal);
                }
            }
            c => return Err(format!("invalid escape sequence in \\{c}")),
        }
        Ok(())
    }

    fn class(&mut self, at: usize) -> Result<(), String> {
        self.out.push('[');
        if self.eat('^') {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let Some((i, c)) = self.rest.next() else {
                return Err(format!("missing closing ] in {}", &self.pattern[at..]));
            };
            match c {
                ']' if !first => break,
                '[' if self.pattern[i..].starts_with("[:") && self.pattern[i + 2..].contains(":]") => {
                    let end = self.pattern[i + 2..].find(":]").map_or(0, |e| e + 4);
                    let name = &self.pattern[i..i + end];
                    let known = [
                        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
                        "space", "upper", "word", "xdigit",
                    ];
                    let bare = name.trim_start_matches("[:").trim_start_matches('^').trim_end_matches(":]");
                    if !known.contains(&bare) {
                        return Err(format!("invalid character class range in {name}"));
                    }
                    self.out.push_str(name);
                    self.skip(name.len() - 1);
                }
                '\\' => self.escape(i, true)?,
                // Between two ends of a range, at the start or at the end it is itself.
                '-' => {
                    let next_closes = self.pattern[i + 1..].starts_with(']');
                    let literal = first || next_closes;
                    if !literal && self.pattern[i + 1..].starts_with('-') {
                        // `a--` is a range that ends with a hyphen.
                        self.out.push_str("-\\-");
                        self.skip(1);
                    } else {
                        self.out.push_str(if literal { "\\-" } else { "-" });
                    }
                }
                c => {
                    let literal = class_literal(c);
                    self.out.push_str(&literal);
                }
            }
            first = false;
        }
        self.out.push(']');
        self.before = Before::Item;
        Ok(())
    }
}

/// A character as itself inside of a class.
fn class_literal(c: char) -> String {
    if matches!(c, '[' | ']' | '&' | '~' | '^' | '\\' | '-') { format!("\\{c}") } else { c.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, s: &str) -> String {
        match compile(pattern) {
            Ok(p) => p.regex.find(s).map_or("no match".into(), |m| format!("{:?}", m.as_str())),
            Err(e) => format!("error: {e}"),
        }
    }

    #[test]
    fn reads_re2() {
        for (pattern, s, want) in [
            ("[[]", "a[b", "\"[\""),
            ("[]a]+", "x]a", "\"]a\""),
            ("[a&&b]+", "a&b", "\"a&b\""),
            ("a{,2}", "a{,2}", "\"a{,2}\""),
            ("x{", "x{", "\"x{\""),
            ("\\Qa.b\\E+", "a.bb", "\"a.bb\""),
            ("\\d+", "٣4", "\"4\""),
            ("[\\D]+", "12ab", "\"ab\""),
            ("\\w+", "é_a", "\"_a\""),
            ("\\bfoo\\b", "a foo", "\"foo\""),
            ("[a-c-]+", "b-d", "\"b-\""),
            ("[\\w-]+", "a-b", "\"a-b\""),
            ("[\\w.%+-]+@[a-z]", "x.y+z@e", "\"x.y+z@e\""),
            ("(?i)HeLLo", "hello", "\"hello\""),
            ("(?i:a)B", "AB", "\"AB\""),
            ("\\pL+", "1éa", "\"éa\""),
            ("\\p{Greek}", "aα", "\"α\""),
            ("\\/", "/", "\"/\""),
            ("\\<a\\>", "<a>", "\"<a>\""),
            ("\\101", "A", "\"A\""),
            ("^$", "", "\"\""),
            ("a*?", "aa", "\"\""),
            ("x#y z", "x#y z", "\"x#y z\""),
        ] {
            assert_eq!(found(pattern, s), want, "{pattern}");
        }
    }

    #[test]
    fn refuses_what_re2_lacks() {
        for pattern in [
            "(?=a)",
            "(?!a)",
            "(?<=a)b",
            "(?x)a",
            "a**",
            "*a",
            "\\Z",
            "\\1",
            "(a)\\1",
            "a{2,1}",
            "a{1001}",
            "[",
            "(",
            ")",
            "[b-a]",
            "\\",
            "(?P<>a)",
            "\\C",
            "[[:foo:]]",
        ] {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
    }
}
