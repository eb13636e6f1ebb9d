//! JSON documents in arguments, policies above all: one way of writing, and comparison by meaning.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// Sorted keys, no spaces, `<`, `>` and `&` escaped: how Terraform's `jsonencode` writes, and how the provider keeps
/// documents in the state. Text that is no JSON stays as it is.
pub fn normal(text: &str) -> String {
    match serde_json::from_str::<Json>(text) {
        Ok(doc) => {
            let mut out = String::with_capacity(text.len());
            write(&doc, true, &mut out);
            out
        }
        Err(_) => text.to_owned(),
    }
}

/// The same with `Version` first at the top: IAM's older parser insists on that for inline policies.
pub fn normal_version_first(text: &str) -> String {
    let Ok(Json::Object(mut doc)) = serde_json::from_str::<Json>(text) else { return text.to_owned() };
    let version = doc.shift_remove("Version");
    let mut rest = String::new();
    write(&Json::Object(doc), true, &mut rest);
    match version {
        None => rest,
        Some(v) => {
            let mut out = String::from("{\"Version\":");
            write(&v, true, &mut out);
            if rest != "{}" {
                out.push(',');
            }
            out.push_str(&rest[1..]);
            out
        }
    }
}

/// No spaces, keys in their order.
pub fn compact(text: &str) -> String {
    serde_json::from_str::<Json>(text).map_or_else(|_| text.to_owned(), |doc| doc.to_string())
}

/// Writes a document as Go's encoder does: no spaces, `<`, `>`, `&` and the two Unicode line separators escaped.
pub fn write(doc: &Json, sorted: bool, out: &mut String) {
    match doc {
        Json::String(s) => escape(s, out),
        Json::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, sorted, out);
            }
            out.push(']');
        }
        Json::Object(entries) => {
            let mut all: Vec<(&String, &Json)> = entries.iter().collect();
            if sorted {
                all.sort_by_key(|(k, _)| *k);
            }
            out.push('{');
            for (i, (k, v)) in all.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                escape(k, out);
                out.push(':');
                write(v, sorted, out);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// The same with two spaces of indentation, keys in their order.
pub fn indented(doc: &Json) -> String {
    let mut out = String::new();
    indent(doc, 0, &mut out);
    out
}

fn indent(doc: &Json, depth: usize, out: &mut String) {
    let line = |depth: usize, out: &mut String| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    match doc {
        Json::Array(items) if !items.is_empty() => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                line(depth + 1, out);
                indent(item, depth + 1, out);
            }
            line(depth, out);
            out.push(']');
        }
        Json::Object(entries) if !entries.is_empty() => {
            out.push('{');
            for (i, (k, v)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                line(depth + 1, out);
                escape(k, out);
                out.push_str(": ");
                indent(v, depth + 1, out);
            }
            line(depth, out);
            out.push('}');
        }
        other => write(other, false, out),
    }
}

fn escape(s: &str, out: &mut String) {
    for c in Json::String(s.to_owned()).to_string().chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
}

/// Whether two policy documents grant the same
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>): a lone statement or value is
/// a list of one, lists of actions, resources and principals have no order, an account id is its root's ARN.
pub fn same_policy(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    match (serde_json::from_str::<Json>(a), serde_json::from_str::<Json>(b)) {
        (Ok(a), Ok(b)) => canonical(&a) == canonical(&b),
        _ => a.trim().is_empty() && b.trim().is_empty(),
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Canonical {
    Text(String),
    Bag(Vec<Canonical>),
    Map(BTreeMap<String, Canonical>),
}

fn canonical(doc: &Json) -> Canonical {
    let Json::Object(entries) = doc else { return Canonical::Text(doc.to_string()) };
    let entries = entries.iter().map(|(k, v)| {
        let v = match k.as_str() {
            "Statement" => {
                let lone = std::slice::from_ref(v);
                let statements = v.as_array().map_or(lone, Vec::as_slice);
                let mut all: Vec<Canonical> = statements.iter().map(statement).collect();
                all.sort();
                Canonical::Bag(all)
            }
            _ => scalar(v),
        };
        (k.clone(), v)
    });
    Canonical::Map(entries.collect())
}

fn statement(doc: &Json) -> Canonical {
    let Json::Object(entries) = doc else { return scalar(doc) };
    let entries = entries.iter().filter(|(k, v)| !(k.as_str() == "Sid" && v.as_str() == Some("")));
    let entries = entries.map(|(k, v)| {
        let v = match k.as_str() {
            "Principal" | "NotPrincipal" => principal(v),
            "Condition" => condition(v),
            "Action" | "NotAction" => bag(v, &|s| s.to_lowercase()),
            "Resource" | "NotResource" => bag(v, &str::to_owned),
            _ => scalar(v),
        };
        (k.clone(), v)
    });
    Canonical::Map(entries.collect())
}

fn principal(doc: &Json) -> Canonical {
    match doc {
        Json::Object(kinds) => Canonical::Map(kinds.iter().map(|(k, v)| (k.clone(), bag(v, &account))).collect()),
        // "*" alone stands for every AWS principal, as {"AWS": "*"} does.
        other => Canonical::Map([("AWS".to_owned(), bag(other, &account))].into()),
    }
}

fn account(s: &str) -> String {
    if s.len() == 12 && s.bytes().all(|b| b.is_ascii_digit()) { format!("arn:aws:iam::{s}:root") } else { s.to_owned() }
}

fn condition(doc: &Json) -> Canonical {
    match doc {
        Json::Object(tests) => Canonical::Map(
            tests
                .iter()
                .map(|(test, keys)| {
                    let keys = match keys {
                        Json::Object(keys) => Canonical::Map(
                            keys.iter().map(|(k, v)| (k.to_lowercase(), bag(v, &str::to_owned))).collect(),
                        ),
                        other => scalar(other),
                    };
                    (test.clone(), keys)
                })
                .collect(),
        ),
        other => scalar(other),
    }
}

fn bag(doc: &Json, spelling: &dyn Fn(&str) -> String) -> Canonical {
    let one = |v: &Json| match v {
        Json::String(s) => Canonical::Text(spelling(s)),
        other => Canonical::Text(other.to_string()),
    };
    let mut all: Vec<Canonical> = match doc {
        Json::Array(items) => items.iter().map(one).collect(),
        other => vec![one(other)],
    };
    all.sort();
    all.dedup();
    Canonical::Bag(all)
}

fn scalar(doc: &Json) -> Canonical {
    match doc {
        Json::String(s) => Canonical::Text(s.clone()),
        other => Canonical::Text(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_compare_by_meaning() {
        let a = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"*","Principal":{"AWS":"123456789012"}}]}"#;
        let b = r#"{"Statement":{"Principal":{"AWS":["arn:aws:iam::123456789012:root"]},"Action":["s3:List*","s3:Get*"],"Effect":"Allow","Resource":["*"]},"Version":"2012-10-17"}"#;
        assert!(same_policy(a, b));
        assert!(!same_policy(a, &b.replace("List", "Put")));
        assert!(!same_policy(a, &b.replace("Allow", "Deny")));
        assert!(!same_policy(a, "no json"));
    }

    #[test]
    fn written_as_the_state_has_them() {
        assert_eq!(normal(r#"{ "b": "<x>", "a": [1, true] }"#), r#"{"a":[1,true],"b":"\u003cx\u003e"}"#);
        assert_eq!(
            normal_version_first(r#"{"Statement":[],"Version":"v","Id":"i"}"#),
            r#"{"Version":"v","Id":"i","Statement":[]}"#
        );
        assert_eq!(normal("not json"), "not json");
    }
}
