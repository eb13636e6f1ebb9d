//! Members that travel outside the body, and bodies that are one member: both REST protocols, both directions.

use std::collections::HashMap;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::xml_tree;
use super::{Misfit, Path, base64, json, scalar, unbase64, xml};
use crate::model::{Kind, Location, Protocol, Ref, Service, Structure, TimestampFormat};

/// A document taken apart.
#[derive(Default)]
pub(crate) struct Parts {
    /// Path labels by the names in the template.
    pub labels: HashMap<String, String>,
    /// Query string.
    pub query: Vec<(String, String)>,
    /// Headers, the content type included.
    pub headers: HeaderMap,
    /// HTTP status, where a member is it.
    pub status: Option<u16>,
    /// Body.
    pub body: Bytes,
}

/// A message to be put together to a document.
pub(crate) struct Message<'a> {
    /// Path labels by the names in the template.
    pub labels: HashMap<String, String>,
    /// Query string without what the operation's template fixes.
    pub query: Vec<(String, String)>,
    /// Headers.
    pub headers: &'a HeaderMap,
    /// HTTP status of an answer.
    pub status: Option<u16>,
    /// Body.
    pub body: &'a [u8],
    /// Whether members that the shape does not have are refused.
    pub strict: bool,
}

/// Query parameters that any request may have: the SDKs' operation hint, and what a presigned URL carries.
fn is_ambient_query(key: &str) -> bool {
    key == "x-id" || key.starts_with("X-Amz-") || key == "AWSAccessKeyId" || key == "Signature" || key == "Expires"
}

/// Headers of AWS's own that any request may have.
fn is_ambient_header(name: &str) -> bool {
    const AMBIENT: &[&str] = &[
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-decoded-content-length",
        "x-amz-sdk-checksum-algorithm",
        "x-amz-security-token",
        "x-amz-te",
        "x-amz-trailer",
        "x-amz-user-agent",
    ];
    !name.starts_with("x-amz-") || AMBIENT.contains(&name) || name.starts_with("x-amz-checksum-")
}

/// Takes a document apart. `root` names the XML element of a body that is not one member.
pub(crate) fn write(service: &Service, r: &Ref, value: &Value, root: &str, path: &Path) -> Result<Parts, Misfit> {
    let shape = service.shape(r);
    let (Kind::Structure(s), Value::Object(given)) = (&shape.kind, value) else {
        return Err(scalar::wrong_type(&shape.kind, value, path));
    };
    let mut parts = Parts::default();
    for (name, value) in given {
        let path = Path::Member(path, name);
        let member = s.members.get(name.as_str()).ok_or_else(|| path.unknown())?;
        let wire = member.location_name.unwrap_or(name);
        match member.location {
            Location::Body => {}
            Location::Uri => {
                let text = scalar::to_text(service, member, value, TimestampFormat::Iso8601, &path)?;
                if text.is_empty() {
                    return Err(path.misfit("must not be empty, since it is part of the path"));
                }
                parts.labels.insert(wire.to_string(), text);
            }
            Location::QueryString => write_query(service, member, value, wire, &path, &mut parts.query)?,
            Location::Header => {
                let text = header_text(service, member, value, &path)?;
                parts.headers.append(header_name(wire, &path)?, header_value(&text, &path)?);
            }
            Location::Headers => {
                let entries = value.as_object().ok_or_else(|| path.misfit("a map is required"))?;
                for (key, value) in entries {
                    let path = Path::Member(&path, key);
                    let text = value.as_str().ok_or_else(|| path.misfit("a string is required"))?;
                    parts.headers.append(header_name(&format!("{wire}{key}"), &path)?, header_value(text, &path)?);
                }
            }
            Location::StatusCode => parts.status = value.as_u64().and_then(|n| u16::try_from(n).ok()),
        }
    }
    let content_type = write_body(service, r, s, value, root, path, &mut parts)?;
    if let Some(content_type) = content_type.filter(|_| !parts.headers.contains_key(http::header::CONTENT_TYPE)) {
        parts.headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    Ok(parts)
}

fn write_body(
    service: &Service,
    r: &Ref,
    s: &Structure,
    value: &Value,
    root: &str,
    path: &Path,
    parts: &mut Parts,
) -> Result<Option<&'static str>, Misfit> {
    let is_json = service.protocol == Protocol::RestJson;
    let content_type = if is_json { "application/json" } else { "application/xml" };
    let Some(name) = s.payload else {
        if !s.members.values().any(|m| m.location == Location::Body) {
            return Ok(None);
        }
        parts.body = if is_json {
            json::write(service, r, value, path)?.to_string().into()
        } else {
            let mut out = String::new();
            let ns = r.xml_namespace.map(|n| n.uri).or(service.xml_namespace);
            out.push_str(&format!("<{root}{}>", ns.map(|n| format!(" xmlns=\"{n}\"")).unwrap_or_default()));
            xml::write_content(service, r, value, path, &mut out)?;
            out.push_str(&format!("</{root}>"));
            out.into()
        };
        return Ok(Some(content_type));
    };
    let (Some(member), Some(value)) = (s.members.get(name), value.get(name)) else { return Ok(None) };
    let path = &Path::Member(path, name);
    match (&service.shape(member).kind, value) {
        (Kind::Blob, Value::String(s)) => {
            parts.body = unbase64(s, path)?.into();
            Ok(None)
        }
        (Kind::String, Value::String(s)) => {
            parts.body = s.clone().into();
            Ok(None)
        }
        (Kind::Blob | Kind::String, other) => Err(scalar::wrong_type(&service.shape(member).kind, other, path)),
        _ if is_json => {
            parts.body = json::write(service, member, value, path)?.to_string().into();
            Ok(Some(content_type))
        }
        _ => {
            let mut out = String::new();
            let root = member.location_name.unwrap_or(service.shape(member).name);
            xml::write(service, member, value, root, path, &mut out)?;
            parts.body = out.into();
            Ok(Some(content_type))
        }
    }
}

fn write_query(
    service: &Service,
    member: &Ref,
    value: &Value,
    wire: &str,
    path: &Path,
    out: &mut Vec<(String, String)>,
) -> Result<(), Misfit> {
    match (&service.shape(member).kind, value) {
        (Kind::List(item), Value::Array(items)) => {
            for (i, value) in items.iter().enumerate() {
                let text = scalar::to_text(service, item, value, TimestampFormat::Iso8601, &Path::Item(path, i))?;
                out.push((wire.to_string(), text));
            }
        }
        (Kind::Map(..), _) => return Err(path.misfit("a map in a query string, which no codec here writes")),
        _ => out.push((wire.to_string(), scalar::to_text(service, member, value, TimestampFormat::Iso8601, path)?)),
    }
    Ok(())
}

fn header_text(service: &Service, member: &Ref, value: &Value, path: &Path) -> Result<String, Misfit> {
    match (&service.shape(member).kind, value) {
        (Kind::List(item), Value::Array(items)) => {
            let mut texts = Vec::with_capacity(items.len());
            for (i, value) in items.iter().enumerate() {
                let path = Path::Item(path, i);
                let text = scalar::to_text(service, item, value, TimestampFormat::Rfc822, &path)?;
                if text.contains([',', '"']) {
                    return Err(path.misfit("a comma or quote in a list that travels in a header"));
                }
                texts.push(text);
            }
            Ok(texts.join(","))
        }
        (Kind::String, Value::String(s)) if member.json_value => Ok(base64(s.as_bytes())),
        _ => scalar::to_text(service, member, value, TimestampFormat::Rfc822, path),
    }
}

fn header_name(name: &str, path: &Path) -> Result<HeaderName, Misfit> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| path.misfit(format!("{name:?} is not a header name")))
}

fn header_value(text: &str, path: &Path) -> Result<HeaderValue, Misfit> {
    HeaderValue::from_bytes(text.as_bytes()).map_err(|_| path.misfit("a line break or control character in a header"))
}

/// Puts a document together.
pub(crate) fn read(service: &Service, r: &Ref, message: &Message, path: &Path) -> Result<Value, Misfit> {
    let Kind::Structure(s) = &service.shape(r).kind else {
        return Err(path.misfit("the API model has no structure here"));
    };
    let mut out = Map::new();
    for (name, member) in &s.members {
        let path = Path::Member(path, name);
        let wire = member.location_name.unwrap_or(name);
        let value = match member.location {
            Location::Body => None,
            Location::Uri => message
                .labels
                .get(wire)
                .map(|text| scalar::from_text(service, member, text, TimestampFormat::Iso8601, &path))
                .transpose()?,
            Location::QueryString => read_query(service, member, wire, &message.query, &path)?,
            Location::Header => match message.headers.get(wire) {
                Some(text) => Some(read_header(service, member, text, &path)?),
                None => None,
            },
            Location::Headers => read_headers(wire, message.headers, &path)?,
            Location::StatusCode => message.status.map(Value::from),
        };
        if let Some(value) = value {
            out.insert((*name).to_string(), value);
        }
    }
    if message.strict {
        refuse_extras(s, message, path)?;
    }
    match s.payload {
        Some(name) => {
            if let Some(member) = s.members.get(name)
                && !message.body.is_empty()
            {
                let value = read_payload(service, member, message, &Path::Member(path, name))?;
                out.insert(name.to_string(), value);
            }
        }
        None if message.body.is_empty() || !s.members.values().any(|m| m.location == Location::Body) => {}
        None => {
            if let Value::Object(members) = read_payload(service, r, message, path)? {
                out.extend(members);
            }
        }
    }
    Ok(Value::Object(out))
}

fn read_payload(service: &Service, member: &Ref, message: &Message, path: &Path) -> Result<Value, Misfit> {
    match &service.shape(member).kind {
        Kind::Blob => Ok(Value::String(base64(message.body))),
        Kind::String => match std::str::from_utf8(message.body) {
            Ok(text) => Ok(Value::String(text.to_string())),
            Err(_) => Err(path.misfit("the body is not UTF-8")),
        },
        _ if service.protocol == Protocol::RestJson => {
            let body: Value =
                serde_json::from_slice(message.body).map_err(|e| path.misfit(format!("the body is not JSON: {e}")))?;
            json::read(service, member, &body, message.strict, path)
        }
        _ => {
            let root = xml_tree::parse(message.body).map_err(|e| path.misfit(e))?;
            xml::read(service, member, &root, message.strict, path)
        }
    }
}

fn read_query(
    service: &Service,
    member: &Ref,
    wire: &str,
    query: &[(String, String)],
    path: &Path,
) -> Result<Option<Value>, Misfit> {
    let mut texts = query.iter().filter(|(k, _)| k == wire).map(|(_, v)| v).peekable();
    if texts.peek().is_none() {
        return Ok(None);
    }
    if let Kind::List(item) = &service.shape(member).kind {
        let items = texts.enumerate();
        return items
            .map(|(i, t)| scalar::from_text(service, item, t, TimestampFormat::Iso8601, &Path::Item(path, i)))
            .collect::<Result<Value, _>>()
            .map(Some);
    }
    let text = texts.next().map_or("", String::as_str);
    scalar::from_text(service, member, text, TimestampFormat::Iso8601, path).map(Some)
}

fn read_header(service: &Service, member: &Ref, value: &HeaderValue, path: &Path) -> Result<Value, Misfit> {
    let text = std::str::from_utf8(value.as_bytes()).map_err(|_| path.misfit("a header that is not UTF-8"))?;
    match &service.shape(member).kind {
        Kind::List(item) => text
            .split(',')
            .map(str::trim)
            .filter(|t| !t.is_empty())
            .enumerate()
            .map(|(i, t)| scalar::from_text(service, item, t, TimestampFormat::Rfc822, &Path::Item(path, i)))
            .collect(),
        Kind::String if member.json_value => {
            let bytes = unbase64(text, path)?;
            String::from_utf8(bytes).map(Value::String).map_err(|_| path.misfit("a header that is not UTF-8"))
        }
        _ => scalar::from_text(service, member, text, TimestampFormat::Rfc822, path),
    }
}

fn read_headers(prefix: &str, headers: &HeaderMap, path: &Path) -> Result<Option<Value>, Misfit> {
    let prefix = prefix.to_ascii_lowercase();
    let mut out = Map::new();
    for (name, value) in headers {
        if let Some(key) = name.as_str().strip_prefix(&prefix) {
            let text = std::str::from_utf8(value.as_bytes()).map_err(|_| path.misfit("a header that is not UTF-8"))?;
            out.insert(key.to_string(), Value::String(text.to_string()));
        }
    }
    Ok(if out.is_empty() { None } else { Some(Value::Object(out)) })
}

fn refuse_extras(s: &Structure, message: &Message, path: &Path) -> Result<(), Misfit> {
    let wires = |location: Location| {
        s.members.iter().filter(move |(_, m)| m.location == location).map(|(n, m)| m.location_name.unwrap_or(n))
    };
    for (key, _) in &message.query {
        if !is_ambient_query(key) && !wires(Location::QueryString).any(|w| w == key) {
            return Err(Path::Member(path, key).unknown());
        }
    }
    for name in message.headers.keys() {
        let name = name.as_str();
        if !is_ambient_header(name)
            && !wires(Location::Header).any(|w| w.eq_ignore_ascii_case(name))
            && !wires(Location::Headers).any(|w| name.starts_with(&w.to_ascii_lowercase()))
        {
            return Err(Path::Member(path, name).unknown());
        }
    }
    Ok(())
}
