//! Diagnostics: what went wrong, where, why and what to do.

use crate::path::Path;
use crate::span::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The work goes on.
    Warning,
    /// The work stops, leaving everything as it was.
    Error,
}

/// One finding. Rendered by the command line, never by the crate that makes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Short, fixed, without names from the user's configuration.
    pub summary: String,
    /// What is wrong, why, and what to do; may be several paragraphs. Commands stand alone on an
    /// indented line. May be empty.
    pub detail: String,
    /// The culprit.
    pub subject: Option<Span>,
    /// The surroundings worth showing; contains `subject`.
    pub context: Option<Span>,
    /// The resource (or module) address it concerns, added by whoever knows it.
    pub address: Option<String>,
    /// The attribute it concerns, within the block of the resource or provider it came from. Set by
    /// providers, which know no spans; whoever holds the configuration turns it into `subject`.
    pub attribute: Option<Path>,
    /// Values of what the culprit refers to, as `("var.cidr", "is \"10.0.0.0/8\"")`. Sensitive and
    /// unknown values are described, never shown.
    pub values: Vec<(String, String)>,
    /// The address of the object (`var.x`, `output.x`, `check.x` or a resource instance) whose own condition does not
    /// hold, if that is what it says.
    pub condition_of: Option<String>,
}

impl Diagnostic {
    /// An error without a place.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            summary: summary.into(),
            detail: detail.into(),
            subject: None,
            context: None,
            address: None,
            attribute: None,
            values: Vec::new(),
            condition_of: None,
        }
    }

    /// A warning without a place.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(summary, detail) }
    }

    /// Names the culprit.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.subject = Some(span);
        self
    }

    /// Names the culprit if there is none yet.
    #[must_use]
    pub fn at_default(mut self, span: Option<Span>) -> Self {
        self.subject = self.subject.or(span);
        self
    }

    /// Names the surroundings.
    #[must_use]
    pub fn within(mut self, span: Span) -> Self {
        self.context = Some(span);
        self
    }

    /// Names the resource or module it concerns, if none is named yet.
    #[must_use]
    pub fn for_address(mut self, address: impl ToString) -> Self {
        if self.address.is_none() {
            self.address = Some(address.to_string());
        }
        self
    }

    /// Names the attribute it concerns.
    #[must_use]
    pub fn on_attribute(mut self, path: Path) -> Self {
        self.attribute = Some(path);
        self
    }

    /// True for an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// A list of findings in the order they were made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// No findings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, d: Diagnostic) {
        self.0.push(d);
    }

    /// Adds all of another list.
    pub fn extend(&mut self, other: impl IntoIterator<Item = Diagnostic>) {
        self.0.extend(other);
    }

    /// Whether any is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(Diagnostic::is_error)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the value out of a result, keeping the findings of its error.
    pub fn keep<T>(&mut self, result: Result<T, impl Into<Diagnostics>>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(found) => {
                self.extend(found.into());
                None
            }
        }
    }

    /// `Ok(value)` unless one of the findings is an error.
    pub fn ok<T>(self, value: T) -> Result<T, Self> {
        if self.has_errors() { Err(self) } else { Ok(value) }
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(d: Diagnostic) -> Self {
        Self(vec![d])
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(iter: I) -> Self {
        Self(iter.into_iter().collect())
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// The candidate nearest to what was typed, for "did you mean": at most three edits away and
/// under half of the word's length.
pub fn similar<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = 3.min(typed.chars().count() / 2);
    candidates
        .into_iter()
        .map(|c| (distance(typed, c), c))
        .filter(|(d, _)| *d <= limit)
        .min_by_key(|(d, _)| *d)
        .map(|(_, c)| c)
}

/// Edits from one word to the other; two neighbouring characters that were swapped count as one.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let cost = row[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            next[j] = cost.min(row[j] + 1).min(next[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                next[j] = next[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_is_nearer_than_two_other_letters() {
        assert_eq!(similar("aws_vcp", ["aws_eip", "aws_vpc"]), Some("aws_vpc"));
        assert_eq!(similar("cidr_blok", ["cidr_block", "tags"]), Some("cidr_block"));
        assert_eq!(similar("x", ["y"]), None);
    }
}
