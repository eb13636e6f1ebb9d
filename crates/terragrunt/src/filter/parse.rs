//! Reading a filter.

use super::glob::glob;
use craton_model::Diagnostic;
use regex::Regex;
use std::path::Path;

/// What a filter selects.
#[derive(Clone, Debug)]
pub enum Expr {
    /// Components whose folder (absolute) matches.
    Path(Regex),
    /// Components whose folder's name matches.
    Name(Regex),
    /// `type=unit`, `type=stack`.
    Kind(crate::ComponentKind),
    /// `external=true`: outside of the working folder.
    External(bool),
    /// Units whose source matches.
    Source(Regex),
    /// Units that read a file (absolute) that matches.
    Reading(Regex),
    /// Components that differ between two commits; without the second, between the first and `HEAD`.
    Git(String, Option<String>),
    /// All but.
    Not(Box<Expr>),
    /// Both.
    And(Box<Expr>, Box<Expr>),
    /// Also what the selected ones depend on, or what depends on them.
    Graph {
        /// Where to begin.
        of: Box<Expr>,
        /// Whether those themselves are selected.
        itself: bool,
        /// How many levels of dependencies.
        dependencies: Option<usize>,
        /// How many levels of dependents.
        dependents: Option<usize>,
    },
}

struct Parser<'a> {
    whole: &'a str,
    rest: &'a str,
    base: &'a Path,
}

/// Reads a filter. Relative paths begin at `base`, which is absolute.
pub(crate) fn parse(text: &str, base: &Path) -> Result<Expr, Diagnostic> {
    let mut parser = Parser { whole: text, rest: text, base };
    let expr = parser.all()?;
    parser.blank();
    if parser.rest.is_empty() { Ok(expr) } else { Err(parser.wrong("nothing can stand here")) }
}

fn ends_word(c: char) -> bool {
    matches!(c, '!' | '|' | '=' | '{' | '}' | '[' | ']' | '(' | ')' | '^')
}

impl<'a> Parser<'a> {
    fn wrong(&self, why: &str) -> Diagnostic {
        let at = self.whole.len() - self.rest.len();
        let found = if self.rest.is_empty() { "the end".to_owned() } else { format!("{:?}", self.rest) };
        let detail = format!(
            "The filter {:?} cannot be read: at position {}, {found}: {why}. Examples: vpc, ./live/**, !./old, type=unit, name=a*, reading=env.hcl, vpc..., ...vpc, [main...HEAD], ./live/* | name=db.",
            self.whole,
            at + 1
        );
        Diagnostic::error("Invalid filter", detail)
    }

    fn blank(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.blank();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Three dots that do not begin a path.
    fn dots(&mut self) -> bool {
        self.eat("...")
    }

    fn number(&mut self) -> Option<usize> {
        let digits = self.rest.len() - self.rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let n = self.rest[..digits].parse().ok()?;
        self.rest = &self.rest[digits..];
        Some(n)
    }

    fn all(&mut self) -> Result<Expr, Diagnostic> {
        let mut left = self.term()?;
        while self.eat("|") {
            let right = self.term()?;
            left = Expr::And(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn term(&mut self) -> Result<Expr, Diagnostic> {
        if self.eat("!") { Ok(Expr::Not(Box::new(self.term()?))) } else { self.graph() }
    }

    fn graph(&mut self) -> Result<Expr, Diagnostic> {
        self.blank();
        let before = self.rest;
        let depth = self.number();
        let dependents = if self.rest.starts_with("...") {
            self.dots();
            Some(depth.unwrap_or(usize::MAX))
        } else {
            self.rest = before;
            None
        };
        let itself = !self.eat("^");
        let of = self.primary()?;
        let dependencies = if self.dots() { Some(self.number().unwrap_or(usize::MAX)) } else { None };
        if dependents.is_none() && dependencies.is_none() && itself {
            return Ok(of);
        }
        Ok(Expr::Graph { of: Box::new(of), itself, dependencies, dependents })
    }

    fn primary(&mut self) -> Result<Expr, Diagnostic> {
        if self.eat("{") {
            let end = self.rest.find('}').ok_or_else(|| self.wrong("the brace is not closed"))?;
            let path = self.rest[..end].trim();
            if path.is_empty() {
                return Err(self.wrong("a path is required in braces"));
            }
            self.rest = &self.rest[end + 1..];
            return self.path(path);
        }
        if self.eat("[") {
            let end = self.rest.find(']').ok_or_else(|| self.wrong("the bracket is not closed"))?;
            let refs = self.rest[..end].trim();
            let (from, to) = refs.split_once("...").map_or((refs, None), |(a, b)| (a.trim(), Some(b.trim())));
            if from.is_empty() || to == Some("") || from.starts_with('-') || to.is_some_and(|t| t.starts_with('-')) {
                return Err(self.wrong("a commit, branch or tag is required, or two with ... between them"));
            }
            self.rest = &self.rest[end + 1..];
            return Ok(Expr::Git(from.to_owned(), to.map(str::to_owned)));
        }
        let word = self.word(false);
        if word.is_empty() {
            return Err(self.wrong("a name, a path or NAME=VALUE is required"));
        }
        if self.rest.starts_with('=') {
            self.rest = &self.rest[1..];
            self.blank();
            let value = if self.rest.starts_with('{') {
                self.rest = &self.rest[1..];
                let end = self.rest.find('}').ok_or_else(|| self.wrong("the brace is not closed"))?;
                let value = &self.rest[..end];
                self.rest = &self.rest[end + 1..];
                value
            } else {
                self.word(true)
            };
            return self.attribute(word, value);
        }
        let is_path = word == "." || word == ".." || word.contains('/');
        if is_path { self.path(word) } else { self.glob(word).map(Expr::Name) }
    }

    /// What stands before the next sign of the language, without blanks around it.
    fn word(&mut self, value: bool) -> &'a str {
        let text = self.rest;
        let mut end = text.len();
        for (i, c) in text.char_indices() {
            let dots = text[i..].starts_with("...") && !text[i..].starts_with("..../");
            if ends_word(c) || dots && (value || i > 0 || !text[i..].starts_with("../")) {
                end = i;
                break;
            }
        }
        self.rest = &text[end..];
        text[..end].trim()
    }

    fn glob(&self, pattern: &str) -> Result<Regex, Diagnostic> {
        glob(pattern).map_err(|why| self.wrong(&why))
    }

    fn absolute(&self, path: &str) -> Result<Regex, Diagnostic> {
        let full = craton_config::clean(&self.base.join(path));
        self.glob(&full.to_string_lossy())
    }

    fn path(&self, path: &str) -> Result<Expr, Diagnostic> {
        // A folder is among what is in and below it.
        match path.strip_suffix("/**") {
            Some(folder) => {
                let (itself, below) = (self.absolute(folder)?, self.absolute(path)?);
                let both = format!("{}|{}", itself.as_str(), below.as_str());
                Regex::new(&both).map(Expr::Path).map_err(|_| self.wrong("this is not a pattern"))
            }
            None => self.absolute(path).map(Expr::Path),
        }
    }

    fn attribute(&self, name: &str, value: &str) -> Result<Expr, Diagnostic> {
        if value.is_empty() {
            return Err(self.wrong("a value is required"));
        }
        match (name, value) {
            ("name", _) => self.glob(value).map(Expr::Name),
            ("type", "unit") => Ok(Expr::Kind(crate::ComponentKind::Unit)),
            ("type", "stack") => Ok(Expr::Kind(crate::ComponentKind::Stack)),
            ("type", _) => Err(self.wrong("the types are unit and stack")),
            ("external", "true" | "false") => Ok(Expr::External(value == "true")),
            ("external", _) => Err(self.wrong("external is true or false")),
            ("source", _) => self.glob(value).map(Expr::Source),
            ("reading", _) => self.absolute(value).map(Expr::Reading),
            _ => Err(self.wrong("the attributes are name, type, external, source and reading")),
        }
    }
}

impl Expr {
    /// Whether a file is selected by its path.
    pub(crate) fn is_for_file(&self, file: &Path) -> bool {
        match self {
            Expr::Path(r) => r.is_match(&file.to_string_lossy().replace('\\', "/")),
            Expr::Not(e) => !e.is_for_file(file),
            Expr::And(a, b) => a.is_for_file(file) && b.is_for_file(file),
            _ => false,
        }
    }

    /// Whether it only takes away.
    pub(crate) fn is_negative(&self) -> bool {
        match self {
            Expr::Not(_) => true,
            Expr::And(a, b) => a.is_negative() && b.is_negative(),
            _ => false,
        }
    }

    /// Whether any part satisfies a condition.
    pub(crate) fn any(&self, f: &dyn Fn(&Expr) -> bool) -> bool {
        f(self)
            || match self {
                Expr::Not(e) | Expr::Graph { of: e, .. } => e.any(f),
                Expr::And(a, b) => a.any(f) || b.any(f),
                _ => false,
            }
    }
}
