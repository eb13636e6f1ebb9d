//! Answers in pages.

use serde_json::{Map, Value};

use crate::error::AwsError;

/// Cuts a page out of all results. The token is the number of results before the page, in a form that
/// callers cannot mistake for a count.
///
/// Gives the page and the token of the next one, if there is one.
pub(crate) fn cut(
    mut all: Vec<Value>,
    max: Option<usize>,
    token: Option<&str>,
    bad_token: &str,
) -> Result<(Vec<Value>, Option<String>), AwsError> {
    let start = match token {
        None => 0,
        Some(t) => t
            .strip_prefix("page-")
            .and_then(|n| n.parse::<usize>().ok())
            .ok_or_else(|| AwsError::new(bad_token, format!("The token '{t}' is not valid.")))?,
    };
    let start = start.min(all.len());
    let mut rest = all.split_off(start);
    let next = match max {
        Some(n) if n < rest.len() => {
            rest.truncate(n);
            Some(format!("page-{}", start + n))
        }
        _ => None,
    };
    Ok((rest, next))
}

/// The document `{<list>: page, <token member>: next}`.
pub(crate) fn document(list: &str, (page, next): (Vec<Value>, Option<String>), token_member: &str) -> Value {
    let mut map = Map::new();
    map.insert(list.to_owned(), Value::Array(page));
    if let Some(next) = next {
        map.insert(token_member.to_owned(), next.into());
    }
    Value::Object(map)
}
