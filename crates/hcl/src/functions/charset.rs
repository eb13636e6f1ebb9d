//! Character encodings by their IANA names: <https://www.iana.org/assignments/character-sets/character-sets.xhtml>.

use encoding_rs::Encoding;

/// A character encoding.
pub(super) enum Charset {
    /// Little or big endian; `true`: writes and reads a byte order mark.
    Utf16 {
        little: bool,
        mark: bool,
    },
    /// The first 256 (or 128) characters as they are.
    Latin {
        limit: u32,
    },
    Other(&'static Encoding),
}

/// The encoding of a name; `None` if there is none.
pub(super) fn find(name: &str) -> Option<Charset> {
    let lower = name.to_ascii_lowercase();
    Some(match lower.as_str() {
        "utf-16" | "csutf16" => Charset::Utf16 { little: false, mark: true },
        "utf-16le" | "csutf16le" => Charset::Utf16 { little: true, mark: false },
        "utf-16be" | "csutf16be" => Charset::Utf16 { little: false, mark: false },
        // The web reads these names as windows-1252, which has other characters at 0x80 to 0x9f.
        "iso-8859-1" | "iso_8859-1" | "iso_8859-1:1987" | "iso-ir-100" | "latin1" | "l1" | "ibm819" | "cp819"
        | "csisolatin1" => Charset::Latin { limit: 256 },
        "us-ascii" | "iso646-us" | "ansi_x3.4-1968" | "ansi_x3.4-1986" | "iso-ir-6" | "us" | "cp367" | "ibm367"
        | "csascii" | "iso_646.irv:1991" => Charset::Latin { limit: 128 },
        // Names of the web that are none of IANA's.
        "utf8" | "unicode-1-1-utf-8" | "unicode" | "ascii" | "sjis" | "ms932" | "dos-874" | "logical" | "visual" => {
            return None;
        }
        other if other.starts_with("x-") || other.starts_with("cp125") => return None,
        other => Charset::Other(Encoding::for_label_no_replacement(other.as_bytes())?),
    })
}

impl Charset {
    /// Its name for messages.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Charset::Utf16 { mark: true, .. } => "UTF-16",
            Charset::Utf16 { little: true, .. } => "UTF-16LE",
            Charset::Utf16 { .. } => "UTF-16BE",
            Charset::Latin { limit: 128 } => "US-ASCII",
            Charset::Latin { .. } => "ISO-8859-1",
            Charset::Other(e) => e.name(),
        }
    }

    /// The bytes of a text; `None` if it has characters that the encoding lacks.
    pub(super) fn encode(&self, s: &str) -> Option<Vec<u8>> {
        match self {
            Charset::Utf16 { little, mark } => {
                let bom = mark.then_some(0xfeff);
                let units = bom.into_iter().chain(s.encode_utf16());
                Some(units.flat_map(|u| if *little { u.to_le_bytes() } else { u.to_be_bytes() }).collect())
            }
            Charset::Latin { limit } => {
                s.chars().map(|c| u8::try_from(c as u32).ok().filter(|b| u32::from(*b) < *limit)).collect()
            }
            Charset::Other(e) => {
                let (bytes, _, lost) = e.encode(s);
                (!lost).then(|| bytes.into_owned())
            }
        }
    }

    /// The text of bytes; `None` if some of them mean nothing.
    pub(super) fn decode(&self, data: &[u8]) -> Option<String> {
        match self {
            Charset::Utf16 { little, mark } => {
                if !data.len().is_multiple_of(2) {
                    return None;
                }
                let swapped = *mark && data.starts_with(&[0xff, 0xfe]);
                let marked = swapped || (*mark && data.starts_with(&[0xfe, 0xff]));
                let units = data.chunks_exact(2).skip(usize::from(marked)).map(|pair| {
                    let pair = [pair[0], pair[1]];
                    if *little || swapped { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
                });
                char::decode_utf16(units).collect::<Result<String, _>>().ok()
            }
            Charset::Latin { limit } => data.iter().map(|b| (u32::from(*b) < *limit).then(|| char::from(*b))).collect(),
            Charset::Other(e) => {
                e.decode_without_bom_handling_and_without_replacement(data).map(std::borrow::Cow::into_owned)
            }
        }
    }
}
