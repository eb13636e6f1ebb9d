//! What follows the question mark of an address.

/// Names and values in the order they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Splits an address at its question mark.
    pub fn split(address: &str) -> (&str, Self) {
        match address.split_once('?') {
            Some((main, query)) => (main, Self::parse(query)),
            None => (address, Self::default()),
        }
    }

    fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|p| !p.is_empty());
        Self(
            pairs
                .map(|p| match p.split_once('=') {
                    Some((name, value)) => (name.to_owned(), value.to_owned()),
                    None => (p.to_owned(), String::new()),
                })
                .collect(),
        )
    }

    /// Takes a value out, its escapes resolved; `None` where it is missing or empty.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let mut found = None;
        self.0.retain(|(n, value)| {
            if n == name && found.is_none() {
                found = Some(decode_percent(value));
            }
            n != name
        });
        found.filter(|v| !v.is_empty())
    }

    /// What is left, with its question mark; empty if nothing is.
    pub fn rest(&self) -> String {
        let pairs: Vec<String> =
            self.0.iter().map(|(n, v)| if v.is_empty() { n.clone() } else { format!("{n}={v}") }).collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    /// All pairs sorted by name, in the one spelling that Go's `url.Values.Encode` gives: what Terragrunt makes the
    /// version of a source from.
    pub fn canonical(&self) -> String {
        let mut pairs: Vec<_> = self.0.iter().map(|(n, v)| (decode_percent(n), decode_percent(v))).collect();
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        let pairs: Vec<String> = pairs.iter().map(|(n, v)| format!("{}={}", encode(n), encode(v))).collect();
        pairs.join("&")
    }
}

fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            b' ' => out.push('+'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A text in which `%2F` and the like are what they stand for.
pub fn decode_percent(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex = (bytes[i] == b'%').then(|| text.get(i + 1..i + 3)).flatten();
        match hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(b) => {
                out.push(b);
                i += 3;
            }
            None => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_taken_and_the_rest_kept() {
        let (main, mut query) = Query::split("h/x?ref=a%2Fb&x=1&flag");
        assert_eq!((main, query.take("ref").as_deref(), query.take("none")), ("h/x", Some("a/b"), None));
        assert_eq!(query.rest(), "?x=1&flag");
        assert_eq!(Query::split("h?ref=v1/x&depth=1").1.canonical(), "depth=1&ref=v1%2Fx");
    }
}
