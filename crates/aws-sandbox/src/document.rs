//! Small helpers for documents.

use serde_json::Value;

/// A string member, or the empty string.
pub(crate) fn text<'a>(doc: &'a Value, member: &str) -> &'a str {
    doc.get(member).and_then(Value::as_str).unwrap_or("")
}

/// The items of a list member; none when absent.
pub(crate) fn items<'a>(doc: &'a Value, member: &str) -> &'a [Value] {
    doc.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The list of a member, made when it is not there.
pub(crate) fn items_mut<'a>(doc: &'a mut Value, member: &str) -> Option<&'a mut Vec<Value>> {
    let slot = doc.as_object_mut()?.entry(member).or_insert_with(|| Value::Array(Vec::new()));
    slot.as_array_mut()
}

/// Puts tags into the list of a member, each in the place of one that has the same `key` (`Key`, for KMS `TagKey`).
pub(crate) fn put_tags(doc: &mut Value, member: &str, key: &str, tags: impl IntoIterator<Item = Value>) {
    let Some(list) = items_mut(doc, member) else { return };
    for new in tags {
        list.retain(|have| have[key] != new[key]);
        list.push(new);
    }
}

/// Takes the tags with these keys out of the list of a member.
pub(crate) fn remove_tags(doc: &mut Value, member: &str, key: &str, keys: &[&str]) {
    if let Some(list) = items_mut(doc, member) {
        list.retain(|have| !keys.contains(&text(have, key)));
    }
}

/// Sets a member.
pub(crate) fn set(doc: &mut Value, member: &str, value: impl Into<Value>) {
    if let Some(map) = doc.as_object_mut() {
        map.insert(member.to_owned(), value.into());
    }
}

/// Sets a member if there is a value.
pub(crate) fn set_some(doc: &mut Value, member: &str, value: Option<impl Into<Value>>) {
    if let Some(v) = value {
        set(doc, member, v);
    }
}

/// Removes a member.
pub(crate) fn unset(doc: &mut Value, member: &str) -> Option<Value> {
    doc.as_object_mut()?.shift_remove(member)
}

/// The document as AWS shows it: without the sandbox's own members, which begin with `_`.
pub(crate) fn public(doc: &Value) -> Value {
    match doc {
        Value::Object(map) => Value::Object(
            map.iter().filter(|(name, _)| !name.starts_with('_')).map(|(n, v)| (n.clone(), v.clone())).collect(),
        ),
        other => other.clone(),
    }
}

/// Every scalar found by following a dotted path, going through lists, in the spelling filters use.
pub(crate) fn scalars(doc: &Value, path: &str, out: &mut Vec<String>) {
    match doc {
        Value::Array(list) => list.iter().for_each(|v| scalars(v, path, out)),
        Value::Object(map) => {
            let (head, rest) = path.split_once('.').unwrap_or((path, ""));
            if let Some(v) = map.get(head) {
                scalars(v, rest, out);
            }
        }
        _ if !path.is_empty() => {}
        Value::String(s) => out.push(s.clone()),
        Value::Null => {}
        other => out.push(other.to_string()),
    }
}
