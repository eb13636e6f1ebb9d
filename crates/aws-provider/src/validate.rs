//! Checks on a configuration that need no call.

use craton_model::{Diagnostic, Diagnostics, Path, Value};

use crate::decl::{Attr, Check, Kind, Resource, Shape};
use crate::net;
use crate::obj::Obj;

/// Checks the arguments of a declared type. Values that are known only after apply are let through.
pub fn resource(resource: &Resource, config: &Obj) -> Diagnostics {
    let mut found = Diagnostics::new();
    attributes(resource.attrs, config, &Path::default(), &mut found);
    if let Some(limits) = config.peek("timeouts") {
        for (action, v) in limits.as_map().into_iter().flat_map(|m| m.iter()) {
            if let Some(Err(e)) = v.as_str().map(crate::timeouts::parse) {
                found.push(
                    Diagnostic::error("Invalid time limit", format!("The time limit {action}: {e}."))
                        .on_attribute(Path::attr("timeouts").then_attr(action.clone())),
                );
            }
        }
    }
    if let Some(hook) = resource.validate {
        hook(config, &mut found);
    }
    found
}

/// Checks arguments by their declarations alone.
pub fn arguments(attrs: &[Attr], config: &Obj) -> Diagnostics {
    let mut found = Diagnostics::new();
    attributes(attrs, config, &Path::default(), &mut found);
    found
}

fn attributes(attrs: &[Attr], config: &Obj, at: &Path, found: &mut Diagnostics) {
    for a in attrs.iter().filter(|a| a.settable()) {
        let v = config.get(a.name);
        let path = at.then_attr(a.name);
        if a.exactly_one_of.first() == Some(&a.name) {
            exactly_one(a.exactly_one_of, config, &path, found);
        }
        // What is not known may turn out to be left out.
        if v.is_null() || !v.is_known() || (matches!(a.shape, Shape::Block(..)) && v.is_empty()) {
            continue;
        }
        if let Some(other) = a.conflicts.iter().find(|n| set(config, n)) {
            found.push(
                Diagnostic::error(
                    "Conflicting configuration arguments",
                    format!("{:?} conflicts with {other:?}: only one of them can be given.", a.name),
                )
                .on_attribute(path.clone()),
            );
        }
        if let Some(other) = a.required_with.iter().find(|n| missing(config, n)) {
            found.push(
                Diagnostic::error("Missing required argument", format!("{:?} needs {other:?} beside it.", a.name))
                    .on_attribute(path.clone()),
            );
        }
        checks(a.checks, &v, &path, found);
        if let Kind::List(Kind::Object(inner)) | Kind::Set(Kind::Object(inner)) = &a.kind {
            for (i, item) in v.as_seq().unwrap_or(&[]).iter().enumerate() {
                let path = path.then_index(match &a.kind {
                    Kind::Set(_) => item.clone(),
                    _ => Value::number(i),
                });
                if item.is_known() && !item.is_null() {
                    attributes(inner, &Obj::of(item.ty(), item), &path, found);
                }
            }
        }
    }
}

/// Whether an argument is given. One that may turn out null counts as not given.
pub fn set(config: &Obj, name: &str) -> bool {
    config.peek(name).is_some_and(|v| !v.is_null() && v.is_known() && !(v.is_empty() && v.ty().is_collection()))
}

fn missing(config: &Obj, name: &str) -> bool {
    config.peek(name).is_none_or(Value::is_null)
}

fn exactly_one(names: &[&str], config: &Obj, path: &Path, found: &mut Diagnostics) {
    let given: Vec<&&str> = names.iter().filter(|n| set(config, n)).collect();
    let open = names.iter().any(|n| config.peek(n).is_some_and(|v| !v.is_known()));
    let all = names.join(", ");
    if given.len() > 1 {
        found.push(
            Diagnostic::error(
                "Invalid combination of arguments",
                format!("Only one of {all} can be given, but {} are.", given.len()),
            )
            .on_attribute(path.clone()),
        );
    } else if given.is_empty() && !open {
        found.push(
            Diagnostic::error("Invalid combination of arguments", format!("One of {all} must be given."))
                .on_attribute(path.clone()),
        );
    }
}

fn checks(checks: &[Check], v: &Value, path: &Path, found: &mut Diagnostics) {
    if checks.is_empty() {
        return;
    }
    if let Some(items) = v.as_seq() {
        for (i, item) in items.iter().enumerate() {
            self::checks(checks, item, &path.then_index(Value::number(i)), found);
        }
        return;
    }
    for check in checks {
        let wrong = match (v.as_str(), v.as_number().and_then(craton_model::Number::to_i64)) {
            (Some(s), _) => text(check, s).err(),
            (None, Some(n)) => number(check, n).err(),
            (None, None) => None,
        };
        if let Some(wrong) = wrong {
            found.push(Diagnostic::error("Invalid argument value", format!("{wrong}.")).on_attribute(path.clone()));
        }
    }
}

fn number(check: &Check, n: i64) -> Result<(), String> {
    match check {
        Check::Range(from, to) if !(*from..=*to).contains(&n) => {
            Err(format!("{n} is out of range: it must be between {from} and {to}"))
        }
        Check::OneOfInt(all) if !all.contains(&n) => {
            let all: Vec<String> = all.iter().map(i64::to_string).collect();
            Err(format!("{n} is not possible here; possible are {}", all.join(", ")))
        }
        _ => Ok(()),
    }
}

fn text(check: &Check, s: &str) -> Result<(), String> {
    match check {
        // Most arguments of AWS take "" as not given.
        Check::Ipv4Cidr | Check::Ipv6Cidr | Check::Cidr | Check::Arn | Check::Ipv4Address if s.is_empty() => Ok(()),
        Check::Ipv4Cidr => cidr(s, Some(true)),
        Check::Ipv6Cidr => cidr(s, Some(false)),
        Check::Cidr => cidr(s, None),
        Check::Ipv4Address => {
            s.parse::<std::net::Ipv4Addr>().map(|_| ()).map_err(|_| format!("{s:?} is not an IPv4 address"))
        }
        Check::OneOf(all) if !all.contains(&s) => {
            let near = craton_model::similar(s, all.iter().copied());
            let near = near.map_or(String::new(), |n| format!(" Did you mean {n:?}?"));
            Err(format!("{s:?} is not possible here; possible are {}.{near}", all.join(", "))
                .trim_end_matches('.')
                .to_owned())
        }
        Check::Arn => arn(s),
        Check::Length(from, to) => {
            let n = s.chars().count();
            if (*from..=*to).contains(&n) {
                Ok(())
            } else {
                Err(format!("{s:?} has {n} characters; {from} to {to} are possible"))
            }
        }
        Check::Json if s.is_empty() => Ok(()),
        Check::Document if s.is_empty() => {
            Err("this is empty, and a JSON document is required: jsonencode(...) or a file makes one".into())
        }
        Check::Json | Check::Document => serde_json::from_str::<serde_json::Value>(s)
            .map(|_| ())
            .map_err(|e| format!("this is not a valid JSON document: {e}")),
        Check::By(check) => check(s),
        _ => Ok(()),
    }
}

fn cidr(s: &str, v4: Option<bool>) -> Result<(), String> {
    let Some((address, _)) = net::parse_cidr(s) else {
        return Err(format!("{s:?} is not an address range such as 10.0.0.0/16"));
    };
    match v4 {
        Some(true) if !address.is_ipv4() => return Err(format!("{s:?} is not an IPv4 address range")),
        Some(false) if address.is_ipv4() => return Err(format!("{s:?} is not an IPv6 address range")),
        _ => {}
    }
    match net::canonical_cidr(s) {
        Some(c) if c != s.to_lowercase() && address.is_ipv4() => {
            Err(format!("{s:?} has bits set after its prefix; the range is {c}"))
        }
        _ => Ok(()),
    }
}

fn arn(s: &str) -> Result<(), String> {
    let parts: Vec<&str> = s.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, service, _, _, resource]
            if !partition.is_empty() && !service.is_empty() && !resource.is_empty() =>
        {
            Ok(())
        }
        _ => Err(format!("{s:?} is not an ARN, which looks like arn:aws:service:region:account:resource")),
    }
}
