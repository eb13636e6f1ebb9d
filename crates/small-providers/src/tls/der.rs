//! ASN.1 in its distinguished encoding (X.690), as far as keys and certificates need it.

/// Tags.
pub const BOOL: u8 = 0x01;
pub const INT: u8 = 0x02;
pub const BITS: u8 = 0x03;
pub const OCTETS: u8 = 0x04;
pub const NULL: u8 = 0x05;
pub const OID: u8 = 0x06;
pub const UTF8: u8 = 0x0c;
pub const PRINTABLE: u8 = 0x13;
pub const UTC_TIME: u8 = 0x17;
pub const TIME: u8 = 0x18;
pub const SEQ: u8 = 0x30;
pub const SET: u8 = 0x31;

/// The tag of a field with a number: `[n]`, with parts in it.
pub const fn field(n: u8) -> u8 {
    0xa0 | n
}

/// A value: tag, length, content.
pub fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let length = content.len().to_be_bytes();
            let length: Vec<u8> = length.iter().copied().skip_while(|b| *b == 0).collect();
            out.push(0x80 | u8::try_from(length.len()).unwrap_or(8));
            out.extend(length);
        }
    }
    out.extend_from_slice(content);
    out
}

/// A value made of values.
pub fn of(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    value(tag, &parts.concat())
}

/// A sequence.
pub fn seq(parts: &[Vec<u8>]) -> Vec<u8> {
    of(SEQ, parts)
}

/// A number that is not negative, from its big-endian bytes.
pub fn int(bytes: &[u8]) -> Vec<u8> {
    let mut content: Vec<u8> = bytes.iter().copied().skip_while(|b| *b == 0).collect();
    if content.first().is_none_or(|b| *b >= 0x80) {
        content.insert(0, 0);
    }
    value(INT, &content)
}

/// Bits, of which there are whole bytes.
pub fn bits(bytes: &[u8]) -> Vec<u8> {
    value(BITS, &[&[0], bytes].concat())
}

/// An object identifier.
pub fn oid(dotted: &str) -> Vec<u8> {
    let mut parts = dotted.split('.').map(|p| p.parse::<u64>().unwrap_or(0));
    let first = parts.next().unwrap_or(0) * 40 + parts.next().unwrap_or(0);
    let mut content = Vec::new();
    for part in std::iter::once(first).chain(parts) {
        let mut groups = vec![(part & 0x7f) as u8];
        let mut rest = part >> 7;
        while rest > 0 {
            groups.push(0x80 | (rest & 0x7f) as u8);
            rest >>= 7;
        }
        content.extend(groups.iter().rev());
    }
    value(OID, &content)
}

/// Reads values one after the other.
#[derive(Clone, Copy)]
pub struct Reader<'a>(pub &'a [u8]);

/// A value as read.
#[derive(Clone, Copy)]
pub struct Read<'a> {
    pub tag: u8,
    pub content: &'a [u8],
    /// With tag and length.
    pub whole: &'a [u8],
}

impl<'a> Reader<'a> {
    /// The next value; `None` at the end or where there is none that can be read.
    pub fn next(&mut self) -> Option<Read<'a>> {
        let data = self.0;
        let (tag, first) = (*data.first()?, *data.get(1)?);
        // Tags of more than one byte and open lengths do not occur in what is read here.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (start, length) = match first {
            0..=0x7f => (2, usize::from(first)),
            0x81..=0x84 => {
                let bytes = data.get(2..2 + usize::from(first & 0x7f))?;
                (2 + bytes.len(), bytes.iter().fold(0, |n: usize, b| n << 8 | usize::from(*b)))
            }
            _ => return None,
        };
        let end = start.checked_add(length)?;
        let read = Read { tag, content: data.get(start..end)?, whole: data.get(..end)? };
        self.0 = data.get(end..)?;
        Some(read)
    }

    /// The content of the next value, which must have this tag.
    pub fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|v| v.tag == tag).map(|v| v.content)
    }

    /// The content of the next value if it has this tag; otherwise it stays.
    pub fn optional(&mut self, tag: u8) -> Option<&'a [u8]> {
        (self.0.first() == Some(&tag)).then(|| self.expect(tag))?
    }

    /// A reader of the next value's parts.
    pub fn inside(&mut self, tag: u8) -> Option<Reader<'a>> {
        self.expect(tag).map(Reader)
    }

    /// A number that is not negative, without leading zeros.
    pub fn int(&mut self) -> Option<&'a [u8]> {
        let content = self.expect(INT)?;
        let zeros = content.iter().take_while(|b| **b == 0).count();
        content.get(zeros..)
    }

    /// Whole bytes of bits.
    pub fn bits(&mut self) -> Option<&'a [u8]> {
        self.expect(BITS)?.split_first().filter(|(unused, _)| **unused == 0).map(|(_, bytes)| bytes)
    }

    /// An object identifier, with dots.
    pub fn oid(&mut self) -> Option<String> {
        self.expect(OID).and_then(dotted)
    }

    /// All that is left; ends where something cannot be read.
    pub fn all(mut self) -> impl Iterator<Item = Read<'a>> {
        std::iter::from_fn(move || self.next())
    }
}

fn dotted(content: &[u8]) -> Option<String> {
    let (mut parts, mut part) = (Vec::new(), 0u64);
    for byte in content {
        part = part.checked_mul(128)? | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            parts.push(std::mem::take(&mut part));
        }
    }
    let (first, rest) = parts.split_first()?;
    let top = (first / 40).min(2);
    let all = [top, first - top * 40].into_iter().chain(rest.iter().copied());
    Some(all.map(|n| n.to_string()).collect::<Vec<_>>().join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for dots in ["1.2.840.113549.1.1.11", "2.5.29.37.0", "1.3.132.0.33", "2.16.840.1.113730.4.1"] {
            assert_eq!(Reader(&oid(dots)).oid().as_deref(), Some(dots));
        }
        assert_eq!(oid("1.2.840.113549"), [6, 6, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]);
        for n in [&[0x80][..], &[1], &[0x7f, 0xff], &[0xff; 300]] {
            assert_eq!(Reader(&int(n)).int(), Some(n));
        }
        assert_eq!(int(&[]), [2, 1, 0]);
        assert_eq!(int(&[0, 0x80]), [2, 2, 0, 0x80]);
    }

    #[test]
    fn what_is_cut_off_is_no_value() {
        let whole = seq(&[int(&[1; 200]), oid("1.2.3")]);
        for end in 0..whole.len() {
            assert!(Reader(&whole[..end]).next().is_none());
        }
        assert!(Reader(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0]).next().is_none());
        assert!(Reader(&[0x30, 0x80, 0, 0]).next().is_none());
    }
}
