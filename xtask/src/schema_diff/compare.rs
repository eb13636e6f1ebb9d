//! Two schemas of one provider, in the form of `providers schema -json`
//! (<https://developer.hashicorp.com/terraform/cli/commands/providers/schema>). Descriptions are not compared.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

const FLAGS: [&str; 6] = ["required", "optional", "computed", "sensitive", "deprecated", "write_only"];

/// The kinds of types: the key in the document, and the word for one.
const KINDS: [(&str, &str); 3] = [
    ("resource_schemas", "resource"),
    ("data_source_schemas", "data source"),
    ("ephemeral_resource_schemas", "ephemeral resource"),
];

/// What was found about one provider.
#[derive(Default)]
pub(super) struct Report {
    /// One text for each difference.
    pub differences: Vec<String>,
    /// For each kind, how many types are compared, how many are not built in, and those that could not be judged.
    counts: Vec<(&'static str, usize, usize, Vec<String>)>,
}

impl Report {
    pub(super) fn summary(&self) -> String {
        let parts = self.counts.iter().map(|(word, same, missing, unjudged)| {
            let unjudged = match unjudged.len() {
                0 => String::new(),
                _ => format!(" (not judged: {})", unjudged.join(", ")),
            };
            format!("{same} {word} types compared, {missing} not built in{unjudged}")
        });
        parts.collect::<Vec<_>>().join("; ")
    }
}

/// Compares one provider. `whole`: what `theirs` does not have does not exist.
pub(super) fn provider(name: &str, ours: &Value, theirs: &Value, whole: bool) -> Report {
    let mut report = Report::default();
    let found = &mut report.differences;
    schema(&format!("{name} provider {name}"), &ours["provider"], &theirs["provider"], found);
    for (kind, word) in KINDS {
        let (mine, judge) = (entries(ours, kind), entries(theirs, kind));
        let (mut compared, mut unjudged) = (0, Vec::new());
        for (ty, s) in &mine {
            match judge.get(ty) {
                Some(j) => {
                    compared += 1;
                    schema(&format!("{name} {word} {ty}"), s, j, found);
                }
                None if whole => found.push(format!("{name} {word} {ty}: the publisher's provider has no such type")),
                None => unjudged.push(ty.clone()),
            }
        }
        let missing = judge.keys().filter(|ty| !mine.contains_key(*ty)).count();
        report.counts.push((word, compared, missing, unjudged));
    }
    // Only the whole form has functions.
    if whole {
        let (mine, judge) = (entries(ours, "functions"), entries(theirs, "functions"));
        for function in union(&mine, &judge) {
            let at = format!("{name} function {function}");
            match (mine.get(&function), judge.get(&function)) {
                (Some(a), Some(b)) => functions(&at, a, b, found),
                (None, _) => found.push(format!("{at}: missing")),
                (_, None) => found.push(format!("{at}: the publisher's provider has no such function")),
            }
        }
    }
    report
}

fn schema(at: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    let version = |s: &Value| s["version"].as_u64().unwrap_or(0);
    differ(at, "schema version", version(ours).into(), version(theirs).into(), found);
    block(at, &ours["block"], &theirs["block"], found);
}

fn block(at: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    differ(at, "deprecated", flag(ours, "deprecated").into(), flag(theirs, "deprecated").into(), found);
    attributes(at, ours, theirs, found);
    let (mine, judge) = (entries(ours, "block_types"), entries(theirs, "block_types"));
    for name in union(&mine, &judge) {
        let at = format!("{at}.{name}");
        match (mine.get(&name), judge.get(&name)) {
            (Some(a), Some(b)) => {
                differ(&at, "nesting", a["nesting_mode"].clone(), b["nesting_mode"].clone(), found);
                for limit in ["min_items", "max_items"] {
                    let n = |v: &Value| v[limit].as_u64().unwrap_or(0);
                    differ(&at, limit, n(a).into(), n(b).into(), found);
                }
                block(&at, &a["block"], &b["block"], found);
            }
            (None, _) => found.push(format!("{at}: missing block")),
            (_, None) => found.push(format!("{at}: the publisher's provider has no such block")),
        }
    }
}

fn attributes(at: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    let (mine, judge) = (entries(ours, "attributes"), entries(theirs, "attributes"));
    for name in union(&mine, &judge) {
        let at = format!("{at}.{name}");
        match (mine.get(&name), judge.get(&name)) {
            (Some(a), Some(b)) => {
                differ(&at, "type", a["type"].clone(), b["type"].clone(), found);
                let (nested, nested_theirs) = (&a["nested_type"], &b["nested_type"]);
                let mode = |v: &Value| v["nesting_mode"].clone();
                differ(&at, "nesting of the type", mode(nested), mode(nested_theirs), found);
                attributes(&at, nested, nested_theirs, found);
                let set = |v: &Value| FLAGS.iter().filter(|f| flag(v, f)).copied().collect::<Vec<_>>().join(" ");
                differ(&at, "flags", set(a).into(), set(b).into(), found);
            }
            (None, _) => found.push(format!("{at}: missing")),
            (_, None) => found.push(format!("{at}: the publisher's provider has no such attribute")),
        }
    }
}

fn functions(at: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    differ(at, "return type", ours["return_type"].clone(), theirs["return_type"].clone(), found);
    let parameters = |f: &Value| -> Value {
        let all = f["parameters"].as_array().cloned().unwrap_or_default();
        all.iter().chain(f.get("variadic_parameter")).map(|p| json!([p["name"], p["type"]])).collect()
    };
    differ(at, "parameters", parameters(ours), parameters(theirs), found);
    let variadic = |f: &Value| f.get("variadic_parameter").is_some();
    differ(at, "variadic", variadic(ours).into(), variadic(theirs).into(), found);
}

fn differ(at: &str, what: &str, ours: Value, theirs: Value, found: &mut Vec<String>) {
    if ours != theirs {
        found.push(format!("{at}: {what} {ours} instead of {theirs}"));
    }
}

fn flag(of: &Value, name: &str) -> bool {
    of[name].as_bool().unwrap_or(false)
}

fn entries(of: &Value, name: &str) -> Map<String, Value> {
    of[name].as_object().cloned().unwrap_or_default()
}

fn union(a: &Map<String, Value>, b: &Map<String, Value>) -> BTreeSet<String> {
    a.keys().chain(b.keys()).cloned().collect()
}

/// The form with the block's content beside the version, and `nesting` for `nesting_mode`, in Terraform's form.
pub(super) fn unflattened(flat: &Value) -> Value {
    json!({"version": flat["version"].as_u64().unwrap_or(0), "block": unflattened_block(flat)})
}

fn unflattened_block(flat: &Value) -> Value {
    let blocks: Map<String, Value> = entries(flat, "block_types")
        .into_iter()
        .map(|(name, nested)| {
            let mut full = nested.as_object().cloned().unwrap_or_default();
            full.insert("nesting_mode".into(), nested["nesting"].clone());
            full.insert("block".into(), unflattened_block(&nested["block"]));
            (name, full.into())
        })
        .collect();
    json!({"attributes": entries(flat, "attributes"), "block_types": blocks})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aws(attribute: Value) -> Value {
        json!({"provider": {"version": 0}, "resource_schemas": {"aws_a": {"version": 1, "block": {
            "attributes": {"b": attribute},
            "block_types": {"c": {"nesting_mode": "list", "max_items": 1, "block": {"attributes": {"d": {"type": "bool"}}}}},
        }}}, "functions": {"f": {"return_type": "string", "parameters": [{"name": "x", "type": "string"}]}}})
    }

    fn differences(ours: &Value, theirs: &Value) -> Vec<String> {
        provider("aws", ours, theirs, true).differences
    }

    #[test]
    fn equal_schemas() {
        let a = aws(json!({"type": "string", "optional": true, "description": "one"}));
        let b = aws(json!({"type": "string", "optional": true, "description": "other", "computed": false}));
        assert_eq!(differences(&a, &b), Vec::<String>::new());
    }

    #[test]
    fn every_kind_of_difference_is_seen() {
        let theirs = aws(json!({"type": "string", "optional": true}));
        let with = |change: fn(&mut Value)| {
            let mut ours = theirs.clone();
            change(&mut ours);
            differences(&ours, &theirs).join("\n")
        };
        let a = "aws resource aws_a";
        assert_eq!(
            with(|o| o["resource_schemas"]["aws_a"]["version"] = 0.into()),
            format!("{a}: schema version 0 instead of 1")
        );
        assert_eq!(
            with(|o| o["resource_schemas"]["aws_a"]["block"]["attributes"]["b"]["computed"] = true.into()),
            format!("{a}.b: flags \"optional computed\" instead of \"optional\"")
        );
        assert_eq!(
            with(|o| o["resource_schemas"]["aws_a"]["block"]["attributes"]["b"]["type"] = "number".into()),
            format!("{a}.b: type \"number\" instead of \"string\"")
        );
        assert_eq!(
            with(|o| o["resource_schemas"]["aws_a"]["block"]["attributes"] = json!({})),
            format!("{a}.b: missing")
        );
        assert_eq!(
            with(|o| o["resource_schemas"]["aws_a"]["block"]["block_types"]["c"]["max_items"] = 2.into()),
            format!("{a}.c: max_items 2 instead of 1")
        );
        assert_eq!(
            with(|o| o["resource_schemas"]["aws_a"]["block"]["block_types"]["c"]["block"] = json!({})),
            format!("{a}.c.d: missing")
        );
        assert_eq!(
            with(|o| o["resource_schemas"]["aws_z"] = json!({})),
            "aws resource aws_z: the publisher's provider has no such type"
        );
        assert_eq!(
            with(|o| o["functions"]["f"]["parameters"] = json!([])),
            "aws function f: parameters [] instead of [[\"x\",\"string\"]]"
        );
    }

    #[test]
    fn types_that_are_not_built_in_are_counted() {
        let mut theirs = aws(json!({"type": "string"}));
        let ours = theirs.clone();
        theirs["resource_schemas"]["aws_z"] = json!({});
        let report = provider("aws", &ours, &theirs, true);
        assert!(report.differences.is_empty());
        assert!(report.summary().starts_with("1 resource types compared, 1 not built in"), "{}", report.summary());
    }
}
