//! Names of subjects and issuers (RFC 5280, section 4.1.2.4; RFC 2253 for how they are shown).

use super::der::{self, Reader, oid, seq, value};
use crate::encode::hex;
use crate::obj::Obj;

/// The kinds of names, in the order in which they are written: type, argument, how it is shown.
const KINDS: [(&str, &str, &str); 9] = [
    ("2.5.4.6", "country", "C"),
    ("2.5.4.10", "organization", "O"),
    ("2.5.4.11", "organizational_unit", "OU"),
    ("2.5.4.7", "locality", "L"),
    ("2.5.4.8", "province", "ST"),
    ("2.5.4.9", "street_address", "STREET"),
    ("2.5.4.17", "postal_code", "POSTALCODE"),
    ("2.5.4.3", "common_name", "CN"),
    ("2.5.4.5", "serial_number", "SERIALNUMBER"),
];

/// Text in the plainest type that has its characters.
fn string(text: &str) -> Vec<u8> {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c));
    value(if plain { der::PRINTABLE } else { der::UTF8 }, text.as_bytes())
}

/// The name that a `subject` block says.
pub fn of(subject: Option<&Obj>) -> Vec<u8> {
    let mut parts = Vec::new();
    for (kind, argument, _) in KINDS {
        let Some(subject) = subject else { break };
        let texts = match subject.text(argument) {
            Some(text) => vec![text],
            None => subject.texts(argument),
        };
        // The last two are left out where they are empty; the others are not.
        let single = ["common_name", "serial_number"].contains(&argument);
        let texts = texts.into_iter().filter(|t| !(single && t.is_empty()));
        let mut set: Vec<Vec<u8>> = texts.map(|t| seq(&[oid(kind), string(t)])).collect();
        set.sort();
        if !set.is_empty() {
            parts.push(der::of(der::SET, &set));
        }
    }
    seq(&parts)
}

/// Whether there is nothing in it.
pub fn is_empty(name: &[u8]) -> bool {
    Reader(name).expect(der::SEQ).is_none_or(<[u8]>::is_empty)
}

/// How people see it: from the last part to the first.
pub fn shown(name: &[u8]) -> String {
    let sets = Reader(name).inside(der::SEQ).into_iter().flat_map(Reader::all);
    let values: Vec<(String, der::Read<'_>)> = sets
        .flat_map(|set| Reader(set.content).all())
        .filter_map(|pair| {
            let mut r = Reader(pair.content);
            Some((r.oid()?, r.next()?))
        })
        .collect();
    let known = KINDS.iter().rev().filter_map(|(kind, _, label)| {
        let same = values.iter().filter(|(k, _)| k == kind);
        let texts: Vec<String> = same.map(|(_, v)| format!("{label}={}", escaped(&decoded(v)))).collect();
        (!texts.is_empty()).then(|| texts.join("+"))
    });
    let others = values.iter().rev().filter(|(k, _)| KINDS.iter().all(|(kind, _, _)| k != kind));
    known.chain(others.map(|(k, v)| format!("{k}=#{}", hex(v.whole)))).collect::<Vec<_>>().join(",")
}

fn decoded(v: &der::Read<'_>) -> String {
    const LATIN1: u8 = 0x14;
    const UTF16: u8 = 0x1e;
    match v.tag {
        LATIN1 => v.content.iter().map(|b| char::from(*b)).collect(),
        UTF16 => {
            let units: Vec<u16> = v.content.as_chunks::<2>().0.iter().map(|u| u16::from_be_bytes(*u)).collect();
            String::from_utf16_lossy(&units)
        }
        _ => String::from_utf8_lossy(v.content).into_owned(),
    }
}

fn escaped(text: &str) -> String {
    let last = text.chars().count().saturating_sub(1);
    let mut out = String::new();
    for (i, c) in text.chars().enumerate() {
        let edge = (c == ' ' && (i == 0 || i == last)) || (c == '#' && i == 0);
        if edge || ",+\"\\<>;".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
