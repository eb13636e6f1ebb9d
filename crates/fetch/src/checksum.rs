//! Checksums that an address asks for: `sha256:...`, `md5:...`, the hex digits alone.

use sha2::Digest as _;
use std::io::Read;
use std::path::Path;

/// A checksum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checksum {
    kind: Algorithm,
    hex: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

impl Checksum {
    /// Reads `sha256:HEX`, or hex digits whose number tells the algorithm.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, hex) = text.split_once(':').unwrap_or(("", text));
        let hex = hex.trim().to_ascii_lowercase();
        if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(format!("checksum={text} does not end in hexadecimal digits"));
        }
        let kind = match (name, hex.len()) {
            ("md5" | "", 32) => Algorithm::Md5,
            ("sha1" | "", 40) => Algorithm::Sha1,
            ("sha256" | "", 64) => Algorithm::Sha256,
            ("sha512" | "", 128) => Algorithm::Sha512,
            ("md5" | "sha1" | "sha256" | "sha512" | "", n) => {
                return Err(format!(
                    "checksum={text} has {n} hexadecimal digits, which is not the length of such a checksum"
                ));
            }
            (other, _) => {
                return Err(format!("checksum={text}: {other:?} is none of md5, sha1, sha256, sha512 and file"));
            }
        };
        Ok(Self { kind, hex })
    }

    /// Finds the checksum of a file in a text that lists them: `HEX  NAME`, `HEX *NAME`, `KIND (NAME) = HEX`, or one alone.
    pub(crate) fn listed(list: &str, name: &str) -> Result<Self, String> {
        let lines: Vec<&str> = list.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
        if let [only] = lines.as_slice()
            && !only.contains(char::is_whitespace)
        {
            return Self::parse(only);
        }
        for line in lines {
            if let Some((head, hex)) = line.rsplit_once(" = ") {
                if head.contains(&format!("({name})")) {
                    return Self::parse(hex);
                }
            } else if let Some((hex, file)) = line.split_once(char::is_whitespace) {
                let file = file.trim().trim_start_matches('*').trim_start_matches("./");
                if file == name || file.ends_with(&format!("/{name}")) {
                    return Self::parse(hex);
                }
            }
        }
        Err(format!("the list of checksums has none for {name:?}"))
    }

    /// Whether a file has it; the error tells both.
    pub(crate) fn check(&self, file: &Path) -> Result<(), String> {
        let have = match self.kind {
            Algorithm::Md5 => hex_of::<md5::Md5>(file),
            Algorithm::Sha1 => hex_of::<sha1::Sha1>(file),
            Algorithm::Sha256 => hex_of::<sha2::Sha256>(file),
            Algorithm::Sha512 => hex_of::<sha2::Sha512>(file),
        }?;
        if have == self.hex {
            return Ok(());
        }
        Err(format!("what arrived has the {:?} checksum {have} and not {}", self.kind, self.hex))
    }
}

/// The SHA-256 of a file, in hex.
pub(crate) fn sha256(file: &Path) -> Result<String, String> {
    hex_of::<sha2::Sha256>(file)
}

/// The SHA-256 of texts, none of which can be taken for a part of another.
pub(crate) fn sha256_of(parts: &[&str]) -> String {
    let mut digest = sha2::Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    hex(&digest.finalize())
}

fn hex_of<D: sha2::Digest>(file: &Path) -> Result<String, String> {
    let cannot = |e: std::io::Error| format!("{} cannot be read: {e}", file.display());
    let mut input = std::fs::File::open(file).map_err(cannot)?;
    let mut digest = D::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match input.read(&mut buffer).map_err(cannot)? {
            0 => return Ok(hex(&digest.finalize())),
            n => digest.update(&buffer[..n]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_checked() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("m.zip");
        std::fs::write(&file, "abc").unwrap();
        for good in [
            "md5:900150983cd24fb0d6963f7d28e17f72",
            "a9993e364706816aba3e25717850c26c9cd0d89d",
            "sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        ] {
            Checksum::parse(good).unwrap().check(&file).unwrap();
        }
        let bad = Checksum::parse(&format!("sha256:{}", "0".repeat(64))).unwrap().check(&file).unwrap_err();
        assert!(bad.contains("ba7816bf") && bad.contains("Sha256"), "{bad}");
    }

    #[test]
    fn what_is_no_checksum() {
        for text in ["sha256:12", "crc:12", "sha1:xyz", ""] {
            assert!(Checksum::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lists_of_checksums() {
        let md5 = "900150983cd24fb0d6963f7d28e17f72";
        for list in [md5.to_owned(), format!("0 other.zip\n{md5}  ./m.zip\n"), format!("MD5 (m.zip) = {md5}")] {
            assert_eq!(Checksum::listed(&list, "m.zip").unwrap().hex, md5, "{list}");
        }
        assert!(Checksum::listed("0 other.zip\n1 another.zip", "m.zip").is_err());
    }
}
