//! `cargo xtask models`: AWS's API models, trimmed to the operations that craton uses.
//!
//! What stays is what the codecs read: wire names, types, where a member travels, which are required or sensitive, and
//! short value lists. Prose, paginators, examples, endpoint rules and unreachable shapes go.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value};

/// Longer value lists (instance types, say) grow weekly and would refuse what AWS accepts.
const LONGEST_ENUM: usize = 64;

/// The protocols of the codecs.
const SPOKEN: &[&str] = &["ec2", "json", "query", "rest-json", "rest-xml"];

const METADATA: &[&str] = &[
    "apiVersion",
    "endpointPrefix",
    "globalEndpoint",
    "jsonVersion",
    "protocol",
    "serviceId",
    "signingName",
    "targetPrefix",
    "xmlNamespace",
];

const OPERATION: &[&str] = &["authtype", "httpChecksumRequired", "unsignedPayload"];

const REFERENCE: &[&str] = &[
    "shape",
    "flattened",
    "hostLabel",
    "idempotencyToken",
    "jsonvalue",
    "location",
    "locationName",
    "queryName",
    "resultWrapper",
    "streaming",
    "timestampFormat",
    "xmlAttribute",
    "xmlNamespace",
];

const SHAPE: &[&str] = &[
    "type",
    "document",
    "flattened",
    "locationName",
    "payload",
    "required",
    "sensitive",
    "streaming",
    "timestampFormat",
    "union",
    "xmlNamespace",
];

/// Writes `crates/aws-api/models/<service>.json` for each service of `operations.txt`.
pub fn run(from: Option<PathBuf>) -> Result<(), String> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/aws-api/models");
    let listed = read_operations(&models.join("operations.txt"))?;
    let from = from.map_or_else(botocore_data, Ok)?;
    for (service, operations) in &listed {
        let model = read_model(&from, service)?;
        let trimmed = trim(service, &model, operations)?;
        let path = models.join(format!("{service}.json"));
        fs::write(&path, &trimmed).map_err(|e| format!("{}: {e}", path.display()))?;
        println!("{service}: {} operations, {} KB", operations.len(), trimmed.len() / 1024);
    }
    Ok(())
}

fn read_operations(path: &Path) -> Result<BTreeMap<String, BTreeSet<String>>, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut listed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut service = None;
    for (number, line) in text.lines().enumerate() {
        let at = |what: String| format!("{}:{}: {what}", path.display(), number + 1);
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            listed.entry(name.into()).or_default();
            service = Some(name.to_string());
            continue;
        }
        for operation in line.split_whitespace() {
            let service = service.as_ref().ok_or_else(|| at("an operation before the first [service]".into()))?;
            if !listed.entry(service.clone()).or_default().insert(operation.into()) {
                return Err(at(format!("{service} {operation} is listed twice")));
            }
        }
    }
    Ok(listed)
}

fn botocore_data() -> Result<PathBuf, String> {
    let hint = "give the folder of AWS's API models: cargo xtask models --from DIR";
    let out = Command::new("python3")
        .args(["-c", "import botocore;print(botocore.__path__[0])"])
        .output()
        .map_err(|e| format!("python3: {e}; {hint}"))?;
    if !out.status.success() {
        return Err(format!("botocore is not installed; {hint}"));
    }
    Ok(Path::new(String::from_utf8_lossy(&out.stdout).trim()).join("data"))
}

fn read_model(from: &Path, service: &str) -> Result<Value, String> {
    let folder = from.join(service);
    let mut versions: Vec<PathBuf> = fs::read_dir(&folder)
        .map_err(|e| format!("{}: {e}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|p| p.is_dir())
        .collect();
    versions.sort();
    let newest = versions.pop().ok_or_else(|| format!("{}: no API version", folder.display()))?;
    let plain = newest.join("service-2.json");
    let packed = newest.join("service-2.json.gz");
    let mut text = String::new();
    if plain.is_file() {
        text = fs::read_to_string(&plain).map_err(|e| format!("{}: {e}", plain.display()))?;
    } else {
        let file = fs::File::open(&packed).map_err(|e| format!("{}: {e}", packed.display()))?;
        flate2::read::GzDecoder::new(file)
            .read_to_string(&mut text)
            .map_err(|e| format!("{}: {e}", packed.display()))?;
    }
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}", newest.display()))
}

/// One operation or shape to a line, sorted, so that a change of the model reads well as a diff.
fn trim(service: &str, model: &Value, operations: &BTreeSet<String>) -> Result<String, String> {
    let mut used = BTreeSet::new();
    let mut lines = BTreeMap::new();
    for name in operations {
        let operation = &model["operations"][name];
        if operation.is_null() {
            return Err(format!("{service} has no operation {name}"));
        }
        lines.insert(name.clone(), trim_operation(operation, &mut used));
    }
    let mut shapes = BTreeMap::new();
    while let Some(name) = used.pop_first() {
        if shapes.contains_key(&name) {
            continue;
        }
        let shape = &model["shapes"][&name];
        if shape["eventstream"].as_bool() == Some(true) {
            return Err(format!("{service}: {name} is an event stream, which the codecs do not speak"));
        }
        shapes.insert(name.clone(), trim_shape(shape, &mut used));
    }
    let mut out = String::from("{\n\"metadata\":");
    let mut metadata = pick(&model["metadata"], METADATA);
    // Where the first choice is one that the codecs do not speak, the oldest is what every client speaks.
    let speaks = |p: &&Value| p.as_str().is_some_and(|p| SPOKEN.contains(&p));
    if !speaks(&&metadata["protocol"])
        && let Some(p) = model["metadata"]["protocols"].as_array().and_then(|all| all.iter().rfind(speaks))
    {
        metadata["protocol"] = p.clone();
    }
    out.push_str(&metadata.to_string());
    write_section(&mut out, "operations", &lines);
    write_section(&mut out, "shapes", &shapes);
    out.push_str("\n}\n");
    Ok(out)
}

fn write_section(out: &mut String, name: &str, lines: &BTreeMap<String, Value>) {
    let _ = write!(out, ",\n\"{name}\":{{");
    for (i, (key, value)) in lines.iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        let _ = write!(out, "{comma}\n\"{key}\":{value}");
    }
    out.push_str("\n}");
}

fn trim_operation(operation: &Value, used: &mut BTreeSet<String>) -> Value {
    let mut out = pick(operation, OPERATION);
    out["http"] = pick(&operation["http"], &["method", "requestUri", "responseCode"]);
    // Two spellings of one requirement: older models have `httpChecksumRequired`.
    if operation["httpChecksum"]["requestChecksumRequired"].as_bool() == Some(true) {
        out["httpChecksumRequired"] = true.into();
    }
    for side in ["input", "output"] {
        if !operation[side].is_null() {
            out[side] = reference(&operation[side], used);
        }
    }
    let errors: Vec<Value> = operation["errors"].as_array().into_iter().flatten().map(|e| e["shape"].clone()).collect();
    if !errors.is_empty() {
        used.extend(errors.iter().filter_map(|e| e.as_str().map(String::from)));
        out["errors"] = errors.into();
    }
    out
}

fn trim_shape(shape: &Value, used: &mut BTreeSet<String>) -> Value {
    let mut out = pick(shape, SHAPE);
    if shape["exception"].as_bool() == Some(true) {
        out["error"] = pick(&shape["error"], &["code", "httpStatusCode"]);
        return out;
    }
    if let Some(values) = shape["enum"].as_array().filter(|v| v.len() <= LONGEST_ENUM) {
        out["enum"] = values.clone().into();
    }
    for part in ["member", "key", "value"] {
        if !shape[part].is_null() {
            out[part] = reference(&shape[part], used);
        }
    }
    if let Some(members) = shape["members"].as_object() {
        let members: Map<String, Value> = members.iter().map(|(k, v)| (k.clone(), reference(v, used))).collect();
        out["members"] = members.into();
    }
    out
}

fn reference(value: &Value, used: &mut BTreeSet<String>) -> Value {
    used.extend(value["shape"].as_str().map(String::from));
    pick(value, REFERENCE)
}

fn pick(value: &Value, keys: &[&str]) -> Value {
    keys.iter().filter_map(|k| value.get(k).map(|v| ((*k).to_string(), v.clone()))).collect::<Map<_, _>>().into()
}
