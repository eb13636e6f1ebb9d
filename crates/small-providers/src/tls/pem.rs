//! PEM (RFC 7468): bytes as lines of text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Text with a kind, ending in a line break.
pub fn encode(kind: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let mut out = format!("-----BEGIN {kind}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = more;
    }
    out.push_str(&format!("-----END {kind}-----\n"));
    out
}

/// The kind and bytes of the first block in a text.
pub fn decode(text: &str) -> Option<(&str, Vec<u8>)> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (kind, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once(&format!("-----END {kind}-----"))?;
    // Headers, as of keys that are encrypted, do not belong to what is encoded.
    let body: String =
        body.lines().filter(|l| !l.contains(':')).flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(body).ok().map(|bytes| (kind, bytes))
}
