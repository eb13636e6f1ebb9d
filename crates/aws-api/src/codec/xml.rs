//! XML bodies: answers of the EC2 and query protocols, both sides of REST XML.

use serde_json::{Map, Value};

use super::xml_tree::{Element, escape};
use super::{Misfit, Path, scalar};
use crate::model::{Kind, Location, Ref, Service, TimestampFormat};

/// The element name of a member.
fn name_of(service: &Service, name: &str, member: &Ref) -> String {
    if member.flattened
        && let Kind::List(item) = &service.shape(member).kind
        && let Some(name) = member.location_name.or(item.location_name)
    {
        return name.to_string();
    }
    member.location_name.unwrap_or(name).to_string()
}

/// Appends the element `name` with a document in it.
pub(crate) fn write(
    service: &Service,
    r: &Ref,
    value: &Value,
    name: &str,
    path: &Path,
    out: &mut String,
) -> Result<(), Misfit> {
    out.push('<');
    out.push_str(name);
    if let Some(ns) = r.xml_namespace {
        out.push_str(" xmlns");
        if !ns.prefix.is_empty() {
            out.push(':');
            out.push_str(ns.prefix);
        }
        out.push_str("=\"");
        escape(ns.uri, out);
        out.push('"');
    }
    if let (Kind::Structure(s), Value::Object(given)) = (&service.shape(r).kind, value) {
        for (key, value) in given {
            let Some(member) = s.members.get(key.as_str()).filter(|m| m.xml_attribute) else { continue };
            let path = Path::Member(path, key);
            out.push(' ');
            out.push_str(member.location_name.unwrap_or(key));
            out.push_str("=\"");
            escape(&scalar::to_text(service, member, value, TimestampFormat::Iso8601, &path)?, out);
            out.push('"');
        }
    }
    out.push('>');
    write_content(service, r, value, path, out)?;
    out.push_str("</");
    out.push_str(name);
    out.push('>');
    Ok(())
}

/// Appends what stands inside a document's element.
pub(crate) fn write_content(
    service: &Service,
    r: &Ref,
    value: &Value,
    path: &Path,
    out: &mut String,
) -> Result<(), Misfit> {
    let shape = service.shape(r);
    match (&shape.kind, value) {
        (Kind::Structure(s), Value::Object(given)) => {
            for (key, value) in given {
                let path = Path::Member(path, key);
                let member = s.members.get(key.as_str()).ok_or_else(|| path.unknown())?;
                if member.xml_attribute || member.location != Location::Body {
                    continue;
                }
                write_member(service, member, value, &name_of(service, key, member), &path, out)?;
            }
            Ok(())
        }
        (Kind::List(item), Value::Array(items)) => {
            let name = item.location_name.unwrap_or("member");
            for (i, value) in items.iter().enumerate() {
                write(service, item, value, name, &Path::Item(path, i), out)?;
            }
            Ok(())
        }
        (Kind::Map(..), Value::Object(_)) => write_entries(service, r, value, "entry", path, out),
        (kind @ (Kind::Structure(_) | Kind::List(_) | Kind::Map(..)), other) => {
            Err(scalar::wrong_type(kind, other, path))
        }
        _ => {
            escape(&scalar::to_text(service, r, value, TimestampFormat::Iso8601, path)?, out);
            Ok(())
        }
    }
}

fn write_member(
    service: &Service,
    r: &Ref,
    value: &Value,
    name: &str,
    path: &Path,
    out: &mut String,
) -> Result<(), Misfit> {
    if !r.flattened {
        return write(service, r, value, name, path, out);
    }
    match (&service.shape(r).kind, value) {
        (Kind::List(item), Value::Array(items)) => {
            for (i, value) in items.iter().enumerate() {
                write(service, item, value, name, &Path::Item(path, i), out)?;
            }
            Ok(())
        }
        (Kind::Map(..), Value::Object(_)) => write_entries(service, r, value, name, path, out),
        (kind, other) => Err(scalar::wrong_type(kind, other, path)),
    }
}

fn write_entries(
    service: &Service,
    r: &Ref,
    value: &Value,
    name: &str,
    path: &Path,
    out: &mut String,
) -> Result<(), Misfit> {
    let (Kind::Map(k, v), Value::Object(entries)) = (&service.shape(r).kind, value) else {
        return Err(path.misfit("a map is required"));
    };
    let key_name = k.location_name.unwrap_or("key");
    for (key, value) in entries {
        out.push_str(&format!("<{name}><{key_name}>"));
        escape(key, out);
        out.push_str(&format!("</{key_name}>"));
        write(service, v, value, v.location_name.unwrap_or("value"), &Path::Member(path, key), out)?;
        out.push_str(&format!("</{name}>"));
    }
    Ok(())
}

/// The document in an element. `strict` refuses elements that the shape does not have; without it they are passed over,
/// since AWS adds members to answers at any time.
pub(crate) fn read(service: &Service, r: &Ref, element: &Element, strict: bool, path: &Path) -> Result<Value, Misfit> {
    match &service.shape(r).kind {
        Kind::Structure(_) => read_structure(service, r, element, strict, path),
        Kind::List(item) => {
            let name = item.location_name.unwrap_or("member");
            if let Some(extra) = element.children.iter().find(|c| strict && c.name != name) {
                return Err(Path::Member(path, &extra.name).unknown());
            }
            let items = element.children.iter().filter(|c| c.name == name);
            items.enumerate().map(|(i, c)| read(service, item, c, strict, &Path::Item(path, i))).collect()
        }
        Kind::Map(..) => read_entries(service, r, element.children.iter().filter(|c| c.name == "entry"), strict, path),
        _ => scalar::from_text(service, r, &element.text, TimestampFormat::Iso8601, path),
    }
}

fn read_structure(service: &Service, r: &Ref, element: &Element, strict: bool, path: &Path) -> Result<Value, Misfit> {
    let mut out = Map::new();
    let mut known = 0;
    for (key, member) in service.members(r) {
        if member.location != Location::Body {
            continue;
        }
        let path = Path::Member(path, key);
        let name = name_of(service, key, member);
        if member.xml_attribute {
            // The namespace's prefix is the writer's choice; only the local name is AWS's.
            let local = |name: &str| name.rsplit(':').next().unwrap_or_default().to_string();
            if let Some((_, text)) = element.attributes.iter().find(|(k, _)| local(k) == local(&name)) {
                let value = scalar::from_text(service, member, text, TimestampFormat::Iso8601, &path)?;
                out.insert((*key).to_string(), value);
            }
            continue;
        }
        let mut found = element.children.iter().filter(|c| c.name == name).peekable();
        if found.peek().is_none() {
            continue;
        }
        let value = match &service.shape(member).kind {
            Kind::List(item) if member.flattened => {
                let mut items = Vec::new();
                for (i, c) in found.enumerate() {
                    items.push(read(service, item, c, strict, &Path::Item(&path, i))?);
                }
                known += items.len();
                Value::Array(items)
            }
            Kind::Map(..) if member.flattened => {
                known += found.clone().count();
                read_entries(service, member, found, strict, &path)?
            }
            _ => match found.next() {
                Some(c) => {
                    known += 1;
                    read(service, member, c, strict, &path)?
                }
                None => continue,
            },
        };
        out.insert((*key).to_string(), value);
    }
    if strict && known < element.children.len() {
        let is_known =
            |c: &Element| service.members(r).iter().any(|(key, member)| name_of(service, key, member) == c.name);
        return Err(match element.children.iter().find(|c| !is_known(c)) {
            Some(extra) => Path::Member(path, &extra.name).unknown(),
            None => path.misfit("an element is given twice"),
        });
    }
    Ok(Value::Object(out))
}

fn read_entries<'a>(
    service: &Service,
    r: &Ref,
    entries: impl Iterator<Item = &'a Element>,
    strict: bool,
    path: &Path,
) -> Result<Value, Misfit> {
    let Kind::Map(k, v) = &service.shape(r).kind else {
        return Err(path.misfit("a map is required"));
    };
    let mut out = Map::new();
    for entry in entries {
        let key = entry.child_text(k.location_name.unwrap_or("key"));
        let path = Path::Member(path, key);
        let value =
            entry.child(v.location_name.unwrap_or("value")).ok_or_else(|| path.misfit("an entry without a value"))?;
        out.insert(key.to_string(), read(service, v, value, strict, &path)?);
    }
    Ok(Value::Object(out))
}
