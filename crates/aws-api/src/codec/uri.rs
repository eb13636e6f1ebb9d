//! Percent-encoding, query strings and the path templates of REST operations.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// RFC 3986's unreserved characters stay.
const STRICT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const WITH_SLASH: &AsciiSet = &STRICT.remove(b'/');

/// Encodes all but unreserved characters.
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, STRICT).to_string()
}

/// As [`encode`], keeping slashes.
pub(crate) fn encode_path(text: &str) -> String {
    utf8_percent_encode(text, WITH_SLASH).to_string()
}

/// Decodes a part of a path.
pub(crate) fn decode(text: &str) -> Result<String, String> {
    percent_decode_str(text).decode_utf8().map(|s| s.into_owned()).map_err(|_| format!("{text:?} is not UTF-8"))
}

/// Writes `a=1&b=2`.
pub(crate) fn write_form(pairs: &[(String, String)]) -> String {
    let mut out = String::with_capacity(pairs.len() * 32);
    for (key, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        out.extend(utf8_percent_encode(key, STRICT));
        out.push('=');
        out.extend(utf8_percent_encode(value, STRICT));
    }
    out
}

/// Reads `a=1&b=2`; a key without `=` has an empty value, a plus is a space.
pub(crate) fn read_form(text: &str) -> Result<Vec<(String, String)>, String> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(&key.replace('+', " "))?, decode(&value.replace('+', " "))?))
        })
        .collect()
}

/// One segment of a path template.
#[derive(Debug, PartialEq)]
pub(crate) enum Segment<'a> {
    /// As it stands.
    Literal(&'a str),
    /// `{Name}`
    Label(&'a str),
    /// `{Name+}`: this and all that follow.
    Greedy(&'a str),
}

/// The segments of a template, and its fixed query parameters.
pub(crate) fn template(uri: &str) -> (Vec<Segment<'_>>, Vec<(&str, &str)>) {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let segments = path
        .split('/')
        .filter(|s| !s.is_empty())
        .map(|s| match s.strip_prefix('{').and_then(|s| s.strip_suffix('}')) {
            Some(name) => name.strip_suffix('+').map_or(Segment::Label(name), Segment::Greedy),
            None => Segment::Literal(s),
        })
        .collect();
    let query = query.split('&').filter(|q| !q.is_empty()).map(|q| q.split_once('=').unwrap_or((q, ""))).collect();
    (segments, query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_split() {
        let (segments, query) = template("/{Bucket}/{Key+}?tagging&x=1");
        assert_eq!(segments, [Segment::Label("Bucket"), Segment::Greedy("Key")]);
        assert_eq!(query, [("tagging", ""), ("x", "1")]);
    }

    #[test]
    fn forms_round_trip() {
        let pairs = vec![("a b".to_string(), "ä+&=".to_string()), ("c".into(), String::new())];
        assert_eq!(read_form(&write_form(&pairs)).unwrap(), pairs);
    }
}
