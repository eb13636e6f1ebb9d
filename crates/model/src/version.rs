//! Versions and constraints on them
//! (<https://developer.hashicorp.com/terraform/language/expressions/version-constraints>).

use std::cmp::Ordering;
use std::fmt;

/// The Terraform version whose language craton speaks: what `required_version` is checked against.
pub const TERRAFORM_VERSION: &str = "1.11.4";

/// A version: up to three numbers and what may follow them. Build metadata does not take part in comparisons.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    /// Major, minor, patch.
    pub numbers: [u64; 3],
    /// What follows a dash, split at dots; empty for a release.
    pub prerelease: Vec<String>,
    /// What follows a plus sign.
    pub metadata: Option<String>,
    /// How many numbers were written.
    written: usize,
}

/// Demands on a version, all of which must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Constraint {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Term {
    op: Op,
    version: Version,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Op {
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Pessimistic,
}

impl Version {
    /// Reads `1.2.3`, `v1.2`, `1.2.3-rc.1+build`; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, metadata) = match text.split_once('+') {
            Some((rest, meta)) if !meta.is_empty() => (rest, Some(meta.to_owned())),
            Some(_) => return None,
            None => (text, None),
        };
        let (core, prerelease) = match text.split_once('-') {
            Some((core, pre)) => (core, pre.split('.').map(str::to_owned).collect()),
            None => (text, Vec::new()),
        };
        let word = |s: &String| !s.is_empty() && s.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !prerelease.iter().all(word) {
            return None;
        }
        let mut numbers = [0; 3];
        let mut written = 0;
        for part in core.split('.') {
            *numbers.get_mut(written)? = parse_number(part)?;
            written += 1;
        }
        Some(Self { numbers, prerelease, metadata, written })
    }

    fn zero() -> Self {
        Self { numbers: [0; 3], prerelease: Vec::new(), metadata: None, written: 3 }
    }

    /// Whether it is a release before its release.
    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }
}

fn parse_number(part: &str) -> Option<u64> {
    (!part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok()).flatten()
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let pre = |v: &Self| v.prerelease.is_empty();
        let by_number = self.numbers.cmp(&other.numbers);
        Some(by_number.then(pre(self).cmp(&pre(other))).then_with(|| compare_prerelease(self, other)))
    }
}

/// Numbers by value and below words; a longer list of equal beginning is later (semver.org, rule 11).
fn compare_prerelease(a: &Version, b: &Version) -> Ordering {
    for (x, y) in a.prerelease.iter().zip(&b.prerelease) {
        let order = match (x.parse::<u64>(), y.parse::<u64>()) {
            (Ok(x), Ok(y)) => x.cmp(&y),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => x.cmp(y),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    a.prerelease.len().cmp(&b.prerelease.len())
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        if self.is_prerelease() {
            write!(f, "-{}", self.prerelease.join("."))?;
        }
        self.metadata.as_ref().map_or(Ok(()), |m| write!(f, "+{m}"))
    }
}

impl Constraint {
    /// Reads `>= 1.2, < 2.0` or `~> 5.0`; the error says which part is none and why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let terms = text.split(',').map(Term::parse).collect::<Result<_, _>>()?;
        Ok(Self { terms })
    }

    /// Whether a version satisfies all demands. A prerelease only does where it is named by a demand of the same three
    /// numbers.
    pub fn allows(&self, version: &Version) -> bool {
        self.terms.iter().all(|t| t.allows(version))
    }

    /// Whether any version at all satisfies all demands.
    pub fn is_satisfiable(&self) -> bool {
        // The least version that satisfies them is the least of all, one that a demand names, or the next after one.
        let next = |v: &Version| Version { numbers: [v.numbers[0], v.numbers[1], v.numbers[2] + 1], ..Version::zero() };
        let bare = |v: &Version| Version { numbers: v.numbers, ..Version::zero() };
        let named = self.terms.iter().flat_map(|t| [t.version.clone(), bare(&t.version), next(&t.version)]);
        std::iter::once(Version::zero()).chain(named).any(|v| self.allows(&v))
    }

    /// Both constraints.
    #[must_use]
    pub fn and(mut self, other: &Constraint) -> Self {
        self.terms.extend(other.terms.iter().cloned());
        self
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, term) in self.terms.iter().enumerate() {
            write!(f, "{}{term}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl Term {
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let split = text.find(|c: char| !"=!<>~".contains(c)).unwrap_or(text.len());
        let (op, rest) = text.split_at(split);
        let op = match op {
            "" | "=" => Op::Equal,
            "!=" => Op::NotEqual,
            ">" => Op::Greater,
            ">=" => Op::GreaterEqual,
            "<" => Op::Less,
            "<=" => Op::LessEqual,
            "~>" => Op::Pessimistic,
            other => return Err(format!("{other:?} is not a comparison; use =, !=, >, >=, <, <= or ~>")),
        };
        let version = Version::parse(rest).ok_or_else(|| match text {
            "" => "a part between commas is empty".to_owned(),
            _ => format!("{:?} is not a version such as 1.2.3", rest.trim()),
        })?;
        Ok(Self { op, version })
    }

    fn allows(&self, v: &Version) -> bool {
        let wanted = &self.version;
        if v.is_prerelease() && self.op != Op::NotEqual {
            let same = v.numbers == wanted.numbers;
            if !(wanted.is_prerelease() && same) {
                return false;
            }
        }
        match self.op {
            Op::Equal => v.partial_cmp(wanted) == Some(Ordering::Equal),
            Op::NotEqual => v.partial_cmp(wanted) != Some(Ordering::Equal),
            Op::Greater => v > wanted,
            Op::GreaterEqual => v >= wanted,
            Op::Less => v < wanted,
            Op::LessEqual => v <= wanted,
            // All written numbers but the last one are fixed; of a single one nothing is: `~> 1` is `>= 1`.
            Op::Pessimistic => {
                let fixed = wanted.written.saturating_sub(1);
                v >= wanted && v.numbers[..fixed] == wanted.numbers[..fixed]
            }
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let op = match self.op {
            Op::Equal => "",
            Op::NotEqual => "!= ",
            Op::Greater => "> ",
            Op::GreaterEqual => ">= ",
            Op::Less => "< ",
            Op::LessEqual => "<= ",
            Op::Pessimistic => "~> ",
        };
        // As lock files have it: all three numbers, except where how many there are says something.
        let shown = if self.op == Op::Pessimistic { self.version.written.max(2) } else { self.version.numbers.len() };
        let numbers: Vec<String> = self.version.numbers[..shown].iter().map(u64::to_string).collect();
        write!(f, "{op}{}", numbers.join("."))?;
        if self.version.is_prerelease() {
            write!(f, "-{}", self.version.prerelease.join("."))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(constraint: &str, version: &str) -> bool {
        Constraint::parse(constraint).unwrap().allows(&Version::parse(version).unwrap())
    }

    #[test]
    fn constraints() {
        for (constraint, yes, no) in [
            ("1.2.3", "1.2.3", "1.2.4"),
            ("= 1.2", "1.2.0", "1.2.1"),
            ("!= 1.2.3", "1.2.4", "1.2.3"),
            (">= 5.87, < 6.0", "5.100.0", "6.0.0"),
            ("~> 1.2", "1.9.0", "2.0.0"),
            ("~> 1.2.3", "1.2.9", "1.3.0"),
            ("~> 1.2.3", "1.2.3", "1.2.2"),
            ("> 1.0", "1.0.1", "1.0.0"),
            ("<= 1.0", "1.0.0", "1.0.1"),
            (">= 1.0.0-rc1", "1.0.0-rc2", "1.1.0-rc1"),
            (">= 1.0", "1.1.0", "1.1.0-beta1"),
        ] {
            assert!(allows(constraint, yes), "{constraint} {yes}");
            assert!(!allows(constraint, no), "{constraint} {no}");
        }
    }

    #[test]
    fn order_of_prereleases() {
        let v = |s| Version::parse(s).unwrap();
        let sorted = ["1.0.0-1", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta", "1.0.0"];
        assert!(sorted.windows(2).all(|w| v(w[0]) < v(w[1])));
    }

    #[test]
    fn what_is_no_constraint() {
        for text in ["", "=> 1.0", "1.x", ">= 1.0,", "1.2.3.4", "latest"] {
            assert!(Constraint::parse(text).is_err(), "{text}");
        }
        assert_eq!(Constraint::parse(">=1.0 ,~>5").unwrap().to_string(), ">= 1.0.0, ~> 5.0");
    }
}
