//! Encoding functions but JSON and YAML.

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use super::support::*;
use super::{charset, csv};

/// Reads base64 whose last letter has bits that belong to no byte, as Terraform does.
const LENIENT: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// The functions of this family.
pub(super) fn functions() -> Vec<Function> {
    vec![
        function("base64decode", "The text that is encoded in base64.", [param("str", Type::String)], base64decode)
            .returns(Type::String),
        function("base64encode", "A text in base64.", [param("str", Type::String)], |_, args| {
            Ok(Value::from(STANDARD.encode(text(args, 0)?)))
        })
        .returns(Type::String),
        function("csvdecode", "The rows of a CSV text as objects.", [param("str", Type::String)], |_, args| {
            csv::decode(text(args, 0)?).map_err(|e| FunctionError::argument(0, e))
        })
        // The columns are known only with the text.
        .returns(Type::Dynamic),
        function(
            "textdecodebase64",
            "The text that is encoded in base64 and a character encoding.",
            [param("source", Type::String), param("encoding", Type::String)],
            textdecodebase64,
        )
        .returns(Type::String),
        function(
            "textencodebase64",
            "A text in a character encoding and base64.",
            [param("string", Type::String), param("encoding", Type::String)],
            textencodebase64,
        )
        .returns(Type::String),
        function("urlencode", "A text as it may stand in the query of a URL.", [param("str", Type::String)], urlencode)
            .returns(Type::String),
    ]
}

/// Line ends in base64 are skipped, nothing else is.
fn bytes(s: &str) -> Option<Vec<u8>> {
    if s.contains(['\n', '\r']) {
        return LENIENT.decode(s.replace(['\n', '\r'], "")).ok();
    }
    LENIENT.decode(s).ok()
}

pub(super) fn decoded(cx: &CallContext<'_>, args: &[Value], i: usize) -> Result<Vec<u8>, FunctionError> {
    let s = text(args, i)?;
    bytes(s).ok_or_else(|| {
        let shown = if cx.is_sensitive(i) { "(sensitive value)".to_owned() } else { format!("{s:?}") };
        FunctionError::argument(i, format!("failed to decode base64 data {shown}"))
    })
}

fn base64decode(cx: &CallContext<'_>, args: &[Value]) -> Answer {
    match String::from_utf8(decoded(cx, args, 0)?) {
        Ok(s) => Ok(Value::from(s)),
        Err(_) => wrong(0, "the result of decoding the provided string is not valid UTF-8"),
    }
}

fn textdecodebase64(cx: &CallContext<'_>, args: &[Value]) -> Answer {
    let data = decoded(cx, args, 0)?;
    let name = text(args, 1)?;
    let charset = charset::find(name).ok_or_else(|| unsupported(name))?;
    match charset.decode(&data) {
        Some(s) => Ok(Value::from(s)),
        None => wrong(0, format!("the given string contains symbols that are not defined for {}", charset.name())),
    }
}

fn textencodebase64(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let name = text(args, 1)?;
    let charset = charset::find(name).ok_or_else(|| unsupported(name))?;
    match charset.encode(text(args, 0)?) {
        Some(data) => Ok(Value::from(STANDARD.encode(data))),
        None => {
            wrong(0, format!("the given string contains characters that cannot be represented in {}", charset.name()))
        }
    }
}

fn unsupported(name: &str) -> FunctionError {
    FunctionError::argument(1, format!("{name:?} is not a supported IANA encoding name or alias"))
}

fn urlencode(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let mut out = String::new();
    for b in text(args, 0)?.bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(b)),
            b' ' => out.push('+'),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    Ok(Value::from(out))
}
