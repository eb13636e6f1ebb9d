//! Form encoding: the requests of the EC2 and query protocols.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::{Misfit, Path, scalar};
use crate::model::{Kind, Protocol, Ref, Service, TimestampFormat};

/// Appends a document's members as `Key.1.Name=value` pairs.
pub(crate) fn write(
    service: &Service,
    r: &Ref,
    value: &Value,
    prefix: &str,
    path: &Path,
    out: &mut Vec<(String, String)>,
) -> Result<(), Misfit> {
    let shape = service.shape(r);
    match (&shape.kind, value) {
        (Kind::Structure(s), Value::Object(given)) => {
            for (name, value) in given {
                let path = Path::Member(path, name);
                let member = s.members.get(name.as_str()).ok_or_else(|| path.unknown())?;
                write(service, member, value, &join(prefix, &key(service.protocol, name, member)), &path, out)?;
            }
            Ok(())
        }
        (Kind::List(item), Value::Array(items)) => {
            if items.is_empty() {
                // EC2 has no way to say "an empty list"; the query protocol says it with an empty value.
                if service.protocol == Protocol::Query {
                    out.push((prefix.to_string(), String::new()));
                }
                return Ok(());
            }
            let prefix = list_prefix(service.protocol, r, item, prefix);
            for (i, value) in items.iter().enumerate() {
                write(service, item, value, &format!("{prefix}.{}", i + 1), &Path::Item(path, i), out)?;
            }
            Ok(())
        }
        (Kind::Map(k, v), Value::Object(entries)) => {
            let prefix = if r.flattened { prefix.to_string() } else { format!("{prefix}.entry") };
            for (i, (name, value)) in entries.iter().enumerate() {
                let entry = format!("{prefix}.{}", i + 1);
                out.push((format!("{entry}.{}", k.location_name.unwrap_or("key")), name.clone()));
                let value_prefix = format!("{entry}.{}", v.location_name.unwrap_or("value"));
                write(service, v, value, &value_prefix, &Path::Member(path, name), out)?;
            }
            Ok(())
        }
        (Kind::Structure(_) | Kind::List(_) | Kind::Map(..), other) => {
            Err(scalar::wrong_type(&shape.kind, other, path))
        }
        (_, value) => {
            out.push((prefix.to_string(), scalar::to_text(service, r, value, TimestampFormat::Iso8601, path)?));
            Ok(())
        }
    }
}

fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_string() } else { format!("{prefix}.{key}") }
}

/// EC2 takes the query name as it stands, and anything else with a capital first.
fn key(protocol: Protocol, name: &str, member: &Ref) -> String {
    if protocol != Protocol::Ec2 {
        return member.location_name.unwrap_or(name).to_string();
    }
    if let Some(name) = member.query_name {
        return name.to_string();
    }
    let name = member.location_name.unwrap_or(name);
    let mut chars = name.chars();
    chars.next().map(|c| c.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
}

fn list_prefix(protocol: Protocol, list: &Ref, item: &Ref, prefix: &str) -> String {
    match (protocol, list.flattened, item.location_name) {
        (Protocol::Ec2, ..) | (_, true, None) => prefix.to_string(),
        (_, true, Some(name)) => join(prefix.rsplit_once('.').map_or("", |(parent, _)| parent), name),
        (_, false, name) => format!("{prefix}.{}", name.unwrap_or("member")),
    }
}

/// Form pairs as a tree, by the dots of their keys.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    value: Option<String>,
    children: IndexMap<String, Tree>,
}

impl Tree {
    /// Builds the tree. A key given twice is refused.
    pub(crate) fn build(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, Misfit> {
        let mut root = Self::default();
        for (key, value) in pairs {
            let mut node = &mut root;
            for part in key.split('.') {
                node = node.children.entry(part.to_string()).or_default();
            }
            if node.value.replace(value).is_some() {
                return Err(Path::Member(&Path::Root, &key).misfit("given twice"));
            }
        }
        Ok(root)
    }

    fn walk(&self, dotted: &str) -> Option<&Self> {
        dotted.split('.').try_fold(self, |node, part| node.children.get(part))
    }

    /// Children `1`, `2`, ... in the order of their numbers. Gaps are allowed, as AWS allows them.
    fn items(&self, path: &Path) -> Result<Vec<&Self>, Misfit> {
        let mut items = self
            .children
            .iter()
            .map(|(k, node)| {
                let number: u32 = k.parse().map_err(|_| Path::Member(path, k).unknown())?;
                Ok((number, node))
            })
            .collect::<Result<Vec<_>, Misfit>>()?;
        items.sort_by_key(|(number, _)| *number);
        Ok(items.into_iter().map(|(_, node)| node).collect())
    }
}

/// Reads a tree as a document. A key that the shape does not have is refused.
pub(crate) fn read(service: &Service, r: &Ref, node: &Tree, path: &Path) -> Result<Value, Misfit> {
    let shape = service.shape(r);
    match &shape.kind {
        Kind::Structure(s) => {
            let mut out = Map::new();
            let mut known = Vec::with_capacity(node.children.len());
            for (name, member) in &s.members {
                let mut key = key(service.protocol, name, member);
                if let (Kind::List(item), true) = (&service.shape(member).kind, member.flattened) {
                    key = list_prefix(service.protocol, member, item, &key);
                }
                if let Some(child) = node.walk(&key) {
                    out.insert((*name).to_string(), read(service, member, child, &Path::Member(path, name))?);
                    known.push(key);
                }
            }
            if let Some(extra) =
                node.children.keys().find(|k| !known.iter().any(|known| known.split('.').next() == Some(*k)))
            {
                return Err(Path::Member(path, extra).unknown());
            }
            Ok(Value::Object(out))
        }
        Kind::List(item) => {
            let mut node = node;
            let wrapped = service.protocol != Protocol::Ec2 && !r.flattened;
            if wrapped && !node.children.is_empty() {
                let name = item.location_name.unwrap_or("member");
                if let Some(extra) = node.children.keys().find(|k| *k != name) {
                    return Err(Path::Member(path, extra).unknown());
                }
                node = node.children.get(name).ok_or_else(|| path.misfit("an empty list"))?;
            }
            let items = node.items(path)?;
            items.iter().enumerate().map(|(i, n)| read(service, item, n, &Path::Item(path, i))).collect()
        }
        Kind::Map(k, v) => {
            let node = if r.flattened { Some(node) } else { node.children.get("entry") };
            let mut out = Map::new();
            for entry in node.map(|n| n.items(path)).transpose()?.unwrap_or_default() {
                let name = entry
                    .children
                    .get(k.location_name.unwrap_or("key"))
                    .and_then(|n| n.value.as_deref())
                    .ok_or_else(|| path.misfit("an entry without a key"))?;
                let path = Path::Member(path, name);
                let value = entry
                    .children
                    .get(v.location_name.unwrap_or("value"))
                    .ok_or_else(|| path.misfit("an entry without a value"))?;
                out.insert(name.to_string(), read(service, v, value, &path)?);
            }
            Ok(Value::Object(out))
        }
        _ => {
            if let Some(extra) = node.children.keys().next() {
                return Err(Path::Member(path, extra).unknown());
            }
            let text = node.value.as_deref().ok_or_else(|| path.misfit("no value"))?;
            scalar::from_text(service, r, text, TimestampFormat::Iso8601, path)
        }
    }
}

impl Tree {
    /// Refuses anything in the tree: for an operation without input.
    pub(crate) fn is_empty(&self, path: &Path) -> Result<(), Misfit> {
        match self.children.keys().next() {
            Some(extra) => Err(Path::Member(path, extra).unknown()),
            None => Ok(()),
        }
    }
}
