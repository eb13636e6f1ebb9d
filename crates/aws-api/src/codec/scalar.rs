//! Text, numbers, booleans, moments and bytes, as documents have them and as the wire has them.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::{Number, Value};

use super::{Misfit, Path, base64, unbase64};
use crate::model::{Kind, Ref, Service, TimestampFormat};

/// The wire's text of a document's scalar. Wrong types are refused.
pub(crate) fn to_text(
    service: &Service,
    r: &Ref,
    value: &Value,
    timestamps: TimestampFormat,
    path: &Path,
) -> Result<String, Misfit> {
    let shape = service.shape(r);
    match (&shape.kind, value) {
        (Kind::String, Value::String(s)) => Ok(s.clone()),
        (Kind::Boolean, Value::Bool(b)) => Ok(b.to_string()),
        (Kind::Integer | Kind::Long, Value::Number(n)) => integer(n, &shape.kind, path).map(|i| i.to_string()),
        (Kind::Double, Value::Number(n)) => Ok(n.to_string()),
        (Kind::Timestamp, Value::String(s)) => {
            let format = r.timestamp_format.unwrap_or(timestamps);
            parse_rfc3339(s, path)?.fmt(smithy(format)).map_err(|e| path.misfit(e.to_string()))
        }
        (Kind::Blob, Value::String(s)) => unbase64(s, path).map(|_| s.clone()),
        (kind, value) => Err(wrong_type(kind, value, path)),
    }
}

/// The document's scalar of the wire's text.
pub(crate) fn from_text(
    service: &Service,
    r: &Ref,
    text: &str,
    timestamps: TimestampFormat,
    path: &Path,
) -> Result<Value, Misfit> {
    match &service.shape(r).kind {
        Kind::String => Ok(Value::String(text.into())),
        Kind::Boolean => match text.trim() {
            "true" | "True" | "1" => Ok(Value::Bool(true)),
            "false" | "False" | "0" => Ok(Value::Bool(false)),
            _ => Err(path.misfit(format!("{text:?} is neither true nor false"))),
        },
        kind @ (Kind::Integer | Kind::Long) => {
            let wide: i64 =
                text.trim().parse().map_err(|_| path.misfit(format!("{text:?} is not an integer of 64 bits")))?;
            fits(wide, kind, path)?;
            Ok(Value::Number(wide.into()))
        }
        Kind::Double => {
            let n: f64 = text.trim().parse().map_err(|_| path.misfit(format!("{text:?} is not a number")))?;
            Number::from_f64(n)
                .map(Value::Number)
                .ok_or_else(|| path.misfit(format!("{text:?} is not a finite number")))
        }
        Kind::Timestamp => {
            let format = r.timestamp_format.unwrap_or(timestamps);
            Ok(Value::String(moment(text.trim(), format, path)?))
        }
        Kind::Blob => unbase64(text.trim(), path).map(|bytes| Value::String(base64(&bytes))),
        _ => Err(path.misfit("text where the API model has a structure, list or map")),
    }
}

/// The integer of a document's number; `30.0` is one, `30.5` is not.
pub(crate) fn integer(n: &Number, kind: &Kind, path: &Path) -> Result<i64, Misfit> {
    let wide = match n.as_i64() {
        Some(i) => i,
        None => match n.as_f64() {
            Some(f) if f.fract() == 0.0 && f.abs() < 9.0e15 => f as i64,
            _ => return Err(path.misfit(format!("{n} is not an integer of 64 bits"))),
        },
    };
    fits(wide, kind, path)?;
    Ok(wide)
}

fn fits(wide: i64, kind: &Kind, path: &Path) -> Result<(), Misfit> {
    if matches!(kind, Kind::Integer) && i32::try_from(wide).is_err() {
        return Err(path.misfit(format!("{wide} does not fit into 32 bits")));
    }
    Ok(())
}

/// RFC 3339 text of the wire's moment. Some services write a format other than their protocol's: the offset form, or
/// seconds where text is due, are read as well.
pub(crate) fn moment(text: &str, format: TimestampFormat, path: &Path) -> Result<String, Misfit> {
    let parsed = DateTime::from_str(text, smithy(format))
        .or_else(|e| match format {
            TimestampFormat::Iso8601 => DateTime::from_str(text, Format::DateTimeWithOffset).map_err(|_| e),
            _ => DateTime::from_str(text, Format::DateTime).map_err(|_| e),
        })
        .map_err(|e| path.misfit(format!("{text:?} is not a timestamp: {e}")))?;
    parsed.fmt(Format::DateTime).map_err(|e| path.misfit(e.to_string()))
}

/// The moment of RFC 3339 text.
pub(crate) fn parse_rfc3339(text: &str, path: &Path) -> Result<DateTime, Misfit> {
    DateTime::from_str(text, Format::DateTimeWithOffset)
        .map_err(|e| path.misfit(format!("{text:?} is not an RFC 3339 timestamp: {e}")))
}

/// The format's name in the library that reads and writes moments.
pub(crate) fn smithy(format: TimestampFormat) -> Format {
    match format {
        TimestampFormat::Iso8601 => Format::DateTime,
        TimestampFormat::Unix => Format::EpochSeconds,
        TimestampFormat::Rfc822 => Format::HttpDate,
    }
}

/// The refusal of a value whose type is not the shape's.
pub(crate) fn wrong_type(kind: &Kind, value: &Value, path: &Path) -> Misfit {
    let want = match kind {
        Kind::Structure(_) => "a structure",
        Kind::List(_) => "a list",
        Kind::Map(..) => "a map",
        Kind::String => "a string",
        Kind::Boolean => "a boolean",
        Kind::Integer | Kind::Long => "an integer",
        Kind::Double => "a number",
        Kind::Timestamp => "an RFC 3339 string",
        Kind::Blob => "a base64 string",
        Kind::Document => "a document",
    };
    let got = match value {
        Value::Null => "null (leave the member out instead)",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    path.misfit(format!("{want} is required, not {got}"))
}
