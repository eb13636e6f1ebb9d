//! Filters of the Describe operations.

use serde_json::Value;

use crate::document::{items, scalars, text};
use crate::error::AwsError;
use crate::input::Input;

/// Filter names and the dotted paths of the values they look at; several paths are divided by `|`.
pub(crate) type FilterPaths = &'static [(&'static str, &'static str)];

/// Takes the values that a filter looks at out of a document.
type Values = Box<dyn Fn(&Value) -> Vec<String>>;

/// Whether a value matches a pattern with `*` (anything) and `?` (one character); `\` takes the next as it is.
pub(crate) fn matches(pattern: &str, value: &str) -> bool {
    let (p, v): (Vec<char>, Vec<char>) = (pattern.chars().collect(), value.chars().collect());
    let (mut i, mut j) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while j < v.len() {
        let literal = match p.get(i) {
            Some('\\') if i + 1 < p.len() => Some((p[i + 1], 2)),
            Some('*' | '?') | None => None,
            Some(c) => Some((*c, 1)),
        };
        match (p.get(i), literal) {
            (_, Some((c, width))) if c == v[j] => {
                i += width;
                j += 1;
            }
            (Some('?'), None) => {
                i += 1;
                j += 1;
            }
            (Some('*'), None) => {
                star = Some((i, j));
                i += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    i = at + 1;
                    j = from + 1;
                    star = Some((at, from + 1));
                }
                None => return false,
            },
        }
    }
    p[i..].iter().all(|c| *c == '*')
}

/// Keeps the documents that every filter of the request matches.
///
/// # Errors
/// `NotImplemented` for a filter name that is not in `known` and is not one of the tag filters.
pub(crate) fn apply(
    input: &Input,
    member: &str,
    mut docs: Vec<Value>,
    known: FilterPaths,
) -> Result<Vec<Value>, AwsError> {
    for filter in input.structures(member)? {
        let name = filter.str("Name")?;
        let patterns = filter.strings("Values")?;
        let tags = |d: &Value| -> Vec<Value> { [items(d, "Tags"), items(d, "TagSet")].concat() };
        let values: Values = if let Some(key) = name.strip_prefix("tag:") {
            let key = key.to_owned();
            Box::new(move |d| {
                tags(d).iter().filter(|t| text(t, "Key") == key).map(|t| text(t, "Value").to_owned()).collect()
            })
        } else if name == "tag-key" {
            Box::new(move |d| tags(d).iter().map(|t| text(t, "Key").to_owned()).collect())
        } else if name == "tag-value" {
            Box::new(move |d| tags(d).iter().map(|t| text(t, "Value").to_owned()).collect())
        } else if let Some((_, paths)) = known.iter().find(|(n, _)| *n == name) {
            Box::new(move |d| {
                let mut out = Vec::new();
                paths.split('|').for_each(|path| scalars(d, path, &mut out));
                out
            })
        } else {
            return Err(AwsError::not_implemented(format!("the filter {name}")));
        };
        docs.retain(|d| values(d).iter().any(|v| patterns.iter().any(|p| matches(p, v))));
    }
    Ok(docs)
}

/// Keeps the documents that the filters by tags match, which are all that some services have.
///
/// # Errors
/// `NotImplemented` for any other filter.
pub(crate) fn apply_tags(input: &Input, docs: Vec<Value>) -> Result<Vec<Value>, AwsError> {
    apply(input, "Filters", docs, &[])
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn wildcards() {
        assert!(matches("*", ""));
        assert!(matches("a*c", "abbbc"));
        assert!(matches("a?c", "abc"));
        assert!(!matches("a?c", "ac"));
        assert!(matches("*web*", "my-web-1"));
        assert!(!matches("web", "web1"));
        assert!(matches("a\\*", "a*"));
        assert!(!matches("a\\*", "ab"));
        assert!(matches("*a*b", "xaxaxb"));
    }
}
