//! The files in which lives are written, and what their texts refer to.

use std::collections::BTreeMap;
use std::net::Ipv6Addr;
use std::path::Path;

use serde_json::{Map, Value as Json};

/// One type's life, as it is written.
#[derive(Debug)]
pub struct Life {
    /// The resource type.
    pub r#type: String,
    /// Where it is written.
    pub file: String,
    /// Objects that are there before, by address (`aws_vpc.a`, `data.aws_region.here`).
    pub needs: BTreeMap<String, Json>,
    /// The arguments it starts with.
    pub given: Json,
    /// The id for an import, or why there is none.
    pub import: Import,
    /// What happens to it, in order.
    pub changes: Vec<Change>,
    /// Argument paths that no change covers, with the reason.
    pub fixed: BTreeMap<String, String>,
    /// Argument paths that an import cannot know, with the reason.
    pub untold: BTreeMap<String, String>,
    /// Why it is still there after it was deleted.
    pub stays: Option<String>,
    /// Why it cannot have the arguments it started with again.
    pub forward: Option<String>,
}

/// How a type is imported.
#[derive(Debug)]
pub enum Import {
    /// By this text.
    Id(String),
    /// Not at all, and why.
    Never,
}

/// One change.
#[derive(Debug)]
pub struct Change {
    /// Arguments with their new values; null takes one away.
    pub set: Map<String, Json>,
    /// The arguments for which the object is replaced; none: it is updated.
    pub replaces: Vec<String>,
    /// How it is imported from then on, where that changes.
    pub import: Option<String>,
}

/// What references stand for: the attributes of objects by address.
pub type Known = BTreeMap<String, Json>;

/// All lives in this folder, by file and type.
pub fn read_all() -> Vec<Life> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lives");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    files.iter().flat_map(|f| read(f)).collect()
}

fn read(path: &Path) -> Vec<Life> {
    let file = path.file_name().unwrap().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).unwrap();
    let json: Json = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{file}: {e}"));
    let empty = Json::Object(Map::new());
    let shared = json.get("shared").unwrap_or(&empty);
    let lives = json.as_object().unwrap().iter().filter(|(name, _)| *name != "shared");
    lives.map(|(r#type, written)| life(r#type, &file, written, shared)).collect()
}

fn life(r#type: &str, file: &str, written: &Json, shared: &Json) -> Life {
    let at = format!("{file}: {type}");
    let known = ["needs", "given", "import", "changes", "fixed", "untold", "stays", "forward"];
    for name in written.as_object().unwrap_or_else(|| panic!("{at}: an object is wanted")).keys() {
        assert!(known.contains(&name.as_str()) || name.starts_with("//"), "{at}: {name:?} means nothing here");
    }
    let (given, changes) = (written["given"].clone(), changes(&at, &written["changes"]));
    assert!(given.is_object(), "{at}: \"given\" is an object");
    let mut needs = by_address(&at, &written["needs"]);
    let shared = by_address(file, shared);
    // Of what the file shares only that which is used.
    let mut used: Vec<String> = references(&given);
    changes.iter().flat_map(|c| c.set.values()).chain(needs.values()).for_each(|v| used.extend(references(v)));
    while let Some(address) = used.pop() {
        if address == "self" || needs.contains_key(&address) {
            continue;
        }
        let Some(object) = shared.get(&address) else { panic!("{at}: there is no {address}") };
        used.extend(references(object));
        needs.insert(address, object.clone());
    }
    Life {
        r#type: r#type.into(),
        file: file.into(),
        needs,
        given,
        import: match written.get("import") {
            None => Import::Id("${self.id}".into()),
            Some(Json::String(text)) => Import::Id(text.clone()),
            Some(Json::Object(o)) if o.contains_key("never") => Import::Never,
            Some(other) => panic!("{at}: import is a text or {{\"never\": \"why\"}}, not {other}"),
        },
        changes,
        fixed: reasons(&at, &written["fixed"]),
        untold: reasons(&at, &written["untold"]),
        stays: written["stays"].as_str().map(Into::into),
        forward: written["forward"].as_str().map(Into::into),
    }
}

fn by_address(at: &str, needs: &Json) -> BTreeMap<String, Json> {
    let mut all = BTreeMap::new();
    let Some(types) = needs.as_object() else { return all };
    for (r#type, objects) in types {
        for (name, object) in objects.as_object().unwrap_or_else(|| panic!("{at}: needs: {type}: names are wanted")) {
            all.insert(format!("{type}.{name}"), object.clone());
        }
    }
    all
}

fn changes(at: &str, written: &Json) -> Vec<Change> {
    let changes = written.as_array().unwrap_or_else(|| panic!("{at}: \"changes\" is a list"));
    changes
        .iter()
        .map(|c| {
            let set = c["set"].as_object().unwrap_or_else(|| panic!("{at}: a change has \"set\"")).clone();
            let replaces = match &c["replaces"] {
                Json::Null | Json::Bool(false) => Vec::new(),
                Json::Bool(true) => set.keys().cloned().collect(),
                Json::Array(names) => names.iter().map(|n| n.as_str().unwrap().to_owned()).collect(),
                other => panic!("{at}: replaces: {other}"),
            };
            Change { set, replaces, import: c["import"].as_str().map(Into::into) }
        })
        .collect()
}

fn reasons(at: &str, written: &Json) -> BTreeMap<String, String> {
    let Some(all) = written.as_object() else { return BTreeMap::new() };
    let reason = |path: &str, v: &Json| {
        v.as_str().filter(|s| s.len() > 10).unwrap_or_else(|| panic!("{at}: {path}: say why")).to_owned()
    };
    all.iter().map(|(path, v)| (path.clone(), reason(path, v))).collect()
}

/// The addresses that the texts of a value refer to.
pub fn references(value: &Json) -> Vec<String> {
    match value {
        Json::String(text) => parts(text)
            .into_iter()
            .filter_map(|p| match p {
                Part::Reference(to) => Some(split(call(to).map_or(to, |c| c.0)).0),
                Part::Text(_) => None,
            })
            .collect(),
        Json::Array(items) => items.iter().flat_map(references).collect(),
        Json::Object(entries) => {
            entries.iter().flat_map(|(k, v)| if k == "depends_on" { addresses(v) } else { references(v) }).collect()
        }
        _ => Vec::new(),
    }
}

fn addresses(depends_on: &Json) -> Vec<String> {
    depends_on.as_array().into_iter().flatten().filter_map(Json::as_str).map(Into::into).collect()
}

/// A value with its references replaced, and `{"$json": …}` by its text.
pub fn resolve(value: &Json, known: &Known) -> Json {
    match value {
        Json::String(text) => resolve_text(text, known),
        Json::Array(items) => items.iter().map(|v| resolve(v, known)).collect(),
        Json::Object(entries) => match entries.get("$json") {
            Some(inner) => Json::String(resolve(inner, known).to_string()),
            None => Json::Object(entries.iter().map(|(k, v)| (k.clone(), resolve(v, known))).collect()),
        },
        other => other.clone(),
    }
}

fn resolve_text(text: &str, known: &Known) -> Json {
    let parts = parts(text);
    if let [Part::Reference(to)] = parts[..] {
        return look_up(to, known);
    }
    let mut out = String::new();
    for part in parts {
        match part {
            Part::Text(t) => out.push_str(t),
            Part::Reference(to) => match look_up(to, known) {
                Json::String(s) => out.push_str(&s),
                other => out.push_str(&other.to_string()),
            },
        }
    }
    Json::String(out)
}

enum Part<'a> {
    Text(&'a str),
    Reference(&'a str),
}

/// `a${b.c.d}e` in its parts; `$${` stands for `${`.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            parts.push(Part::Text(&rest[..at - 1]));
            parts.push(Part::Text("${"));
            rest = &rest[at + 2..];
            continue;
        }
        let end = rest[at..].find('}').unwrap_or_else(|| panic!("{text:?} has a reference without an end"));
        if at > 0 {
            parts.push(Part::Text(&rest[..at]));
        }
        parts.push(Part::Reference(&rest[at + 2..at + end]));
        rest = &rest[at + end + 1..];
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

/// The address and the rest of a reference: `aws_vpc.a.id`, `data.aws_region.a.name`, `self.id`.
fn split(reference: &str) -> (String, String) {
    let steps: Vec<&str> = reference.split('.').collect();
    let n = match steps[0] {
        "self" => 1,
        "data" => 3,
        _ => 2,
    };
    assert!(steps.len() > n, "{reference:?} names no attribute");
    (steps[..n].join("."), steps[n..].join("."))
}

/// `cidrsubnet(aws_vpc.a.ipv6_cidr_block, 8, 1)` in its parts: what it is called on, and the numbers.
fn call(reference: &str) -> Option<(&str, Vec<u8>)> {
    let arguments = ["cidrsubnet(", "cidrhost("].iter().find_map(|f| reference.strip_prefix(f))?.strip_suffix(')')?;
    let (inner, numbers) = arguments.split_once(',')?;
    Some((inner.trim(), numbers.split(',').map(|n| n.trim().parse().unwrap()).collect()))
}

/// A part of an IPv6 range, by bits and number, or an address in it.
fn within(range: &str, numbers: &[u8]) -> String {
    let (address, length) = range.split_once('/').unwrap();
    let (address, length) = (u128::from(address.parse::<Ipv6Addr>().unwrap()), length.parse::<u8>().unwrap());
    match numbers {
        [host] => Ipv6Addr::from(address | u128::from(*host)).to_string(),
        [bits, number] => {
            let length = length + bits;
            format!("{}/{length}", Ipv6Addr::from(address | u128::from(*number) << (128 - length)))
        }
        _ => panic!("cidrsubnet has two numbers, cidrhost one"),
    }
}

fn look_up(reference: &str, known: &Known) -> Json {
    if let Some((inner, numbers)) = call(reference) {
        return Json::String(within(look_up(inner, known).as_str().unwrap(), &numbers));
    }
    let (address, rest) = split(reference);
    let mut found = known.get(&address).unwrap_or_else(|| panic!("there is no {address}"));
    for step in rest.split(['.', '[']).map(|s| s.trim_end_matches(']').trim_matches('"')) {
        found = match step.parse::<usize>() {
            Ok(i) if found.is_array() => &found[i],
            _ => &found[step],
        };
    }
    assert!(!found.is_null(), "{reference} is null");
    found.clone()
}
