//! Ids in AWS's shapes, from a seed and a counter, so that a seed given twice gives the same ids.

use sha2::{Digest, Sha256};

fn digest(seed: &str, count: u64, what: &str) -> [u8; 32] {
    Sha256::digest(format!("{seed}/{count}/{what}")).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// `vpc-0` and 16 hex digits: the 17 digits of AWS's longer ids, which start with 0.
pub(crate) fn resource(seed: &str, count: u64, prefix: &str) -> String {
    format!("{prefix}-0{}", hex(&digest(seed, count, prefix)[..8]))
}

/// 32 random-looking bytes.
pub(crate) fn bytes(seed: &str, count: u64, what: &str) -> [u8; 32] {
    digest(seed, count, what)
}

/// An id of IAM's shape: the prefix (`AROA`, `AIPA`, `ANPA`, ...) and letters and digits up to 21 in all.
/// Source: "IAM identifiers", unique ids, in the IAM user guide.
pub(crate) fn iam(seed: &str, count: u64, prefix: &str) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let tail: String = digest(seed, count, prefix)[..21 - prefix.len()]
        .iter()
        .map(|b| char::from(ALPHABET[usize::from(b % 32)]))
        .collect();
    format!("{prefix}{tail}")
}

/// A version-4-shaped UUID.
pub(crate) fn uuid(seed: &str, count: u64, what: &str) -> String {
    let mut b = [0u8; 16];
    b.copy_from_slice(&digest(seed, count, what)[..16]);
    uuid::Builder::from_random_bytes(b).into_uuid().to_string()
}

/// Whether an id has the prefix and 8 or 17 hex digits.
pub(crate) fn well_formed(id: &str, prefix: &str) -> bool {
    id.strip_prefix(prefix)
        .and_then(|r| r.strip_prefix('-'))
        .is_some_and(|h| (h.len() == 8 || h.len() == 17) && h.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn shapes() {
        let id = super::resource("s", 1, "vpc");
        assert_eq!(id.len(), 4 + 17);
        assert!(super::well_formed(&id, "vpc"));
        assert!(super::well_formed("vpc-1a2b3c4d", "vpc"));
        assert!(!super::well_formed("vpc-xyz", "vpc"));
        assert!(!super::well_formed("vpce-0123456789abcdef0", "vpc"));
        assert_eq!(super::iam("s", 1, "AROA").len(), 21);
        assert_ne!(super::resource("s", 1, "vpc"), super::resource("s", 2, "vpc"));
    }
}
