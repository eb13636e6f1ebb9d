//! JSON bodies.

use serde_json::{Map, Number, Value};

use super::{Misfit, Path, base64, scalar, unbase64};
use crate::model::{Kind, Location, Ref, Service, TimestampFormat};

/// The body of a document. Only members that travel in the body are written.
pub(crate) fn write(service: &Service, r: &Ref, value: &Value, path: &Path) -> Result<Value, Misfit> {
    let shape = service.shape(r);
    Ok(match (&shape.kind, value) {
        (Kind::Structure(s), Value::Object(given)) => {
            let mut out = Map::new();
            for (name, value) in given {
                let path = Path::Member(path, name);
                let member = s.members.get(name.as_str()).ok_or_else(|| path.unknown())?;
                if member.location == Location::Body {
                    let key = member.location_name.unwrap_or(name);
                    out.insert(key.to_string(), write(service, member, value, &path)?);
                }
            }
            Value::Object(out)
        }
        (Kind::List(item), Value::Array(items)) => items
            .iter()
            .enumerate()
            .map(|(i, v)| write(service, item, v, &Path::Item(path, i)))
            .collect::<Result<Value, _>>()?,
        (Kind::Map(_, v), Value::Object(entries)) => Value::Object(
            entries
                .iter()
                .map(|(k, value)| Ok((k.clone(), write(service, v, value, &Path::Member(path, k))?)))
                .collect::<Result<_, Misfit>>()?,
        ),
        (Kind::String, Value::String(_)) | (Kind::Boolean, Value::Bool(_)) | (Kind::Double, Value::Number(_)) => {
            value.clone()
        }
        (kind @ (Kind::Integer | Kind::Long), Value::Number(n)) => {
            Value::Number(scalar::integer(n, kind, path)?.into())
        }
        (Kind::Timestamp, Value::String(_)) => {
            let text = scalar::to_text(service, r, value, TimestampFormat::Unix, path)?;
            match r.timestamp_format.unwrap_or(TimestampFormat::Unix) {
                TimestampFormat::Unix => {
                    let number: Number =
                        serde_json::from_str(&text).map_err(|e| path.misfit(format!("{text:?}: {e}")))?;
                    Value::Number(number)
                }
                _ => Value::String(text),
            }
        }
        (Kind::Blob, Value::String(s)) => unbase64(s, path).map(|_| value.clone())?,
        (Kind::Document, value) => value.clone(),
        (kind, other) => return Err(scalar::wrong_type(kind, other, path)),
    })
}

/// The document of a body. `strict` refuses members that the shape does not have; without it they are passed over, since
/// AWS adds members to answers at any time. A null is an absent member.
pub(crate) fn read(service: &Service, r: &Ref, body: &Value, strict: bool, path: &Path) -> Result<Value, Misfit> {
    let shape = service.shape(r);
    Ok(match (&shape.kind, body) {
        (Kind::Structure(s), Value::Object(given)) => {
            let mut out = Map::new();
            let mut known = 0;
            for (name, member) in s.members.iter().filter(|(_, m)| m.location == Location::Body) {
                let Some(value) = given.get(member.location_name.unwrap_or(name)) else { continue };
                known += 1;
                if !value.is_null() {
                    out.insert((*name).to_string(), read(service, member, value, strict, &Path::Member(path, name))?);
                }
            }
            if strict && known < given.len() {
                let is_known = |key: &str| {
                    s.members.iter().any(|(n, m)| m.location == Location::Body && m.location_name.unwrap_or(n) == key)
                };
                if let Some(extra) = given.keys().find(|k| !is_known(k)) {
                    return Err(Path::Member(path, extra).unknown());
                }
            }
            Value::Object(out)
        }
        (Kind::List(item), Value::Array(items)) => items
            .iter()
            .enumerate()
            .map(|(i, v)| read(service, item, v, strict, &Path::Item(path, i)))
            .collect::<Result<Value, _>>()?,
        (Kind::Map(_, v), Value::Object(entries)) => Value::Object(
            entries
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(k, value)| Ok((k.clone(), read(service, v, value, strict, &Path::Member(path, k))?)))
                .collect::<Result<_, Misfit>>()?,
        ),
        (Kind::String, Value::String(_)) | (Kind::Boolean, Value::Bool(_)) | (Kind::Double, Value::Number(_)) => {
            body.clone()
        }
        (kind @ (Kind::Integer | Kind::Long), Value::Number(n)) => {
            Value::Number(scalar::integer(n, kind, path)?.into())
        }
        (Kind::Timestamp, Value::Number(n)) => {
            Value::String(scalar::moment(&n.to_string(), TimestampFormat::Unix, path)?)
        }
        (Kind::Timestamp, Value::String(s)) => {
            let format = r.timestamp_format.unwrap_or(TimestampFormat::Iso8601);
            Value::String(scalar::moment(s, format, path)?)
        }
        (Kind::Blob, Value::String(s)) => Value::String(base64(&unbase64(s, path)?)),
        (Kind::Document, value) => value.clone(),
        (kind, other) => return Err(scalar::wrong_type(kind, other, path)),
    })
}
