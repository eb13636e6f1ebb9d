//! Conditions of statements. Source: "IAM JSON policy elements: Condition operators" in the IAM user guide.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde_json::Value;

use super::{Ask, is_like};
use crate::error::AwsError;

type Context = BTreeMap<String, Vec<String>>;

/// Whether all conditions of a statement hold. Keys that are asked for and have no value go into `missing`.
pub(super) fn all_hold(conditions: &Value, ask: &Ask, missing: &mut BTreeSet<String>) -> Result<bool, AwsError> {
    let mut all = true;
    // No short cut: each key that has no value is to be told.
    for (operator, keys) in conditions.as_object().into_iter().flatten() {
        for (key, wanted) in keys.as_object().into_iter().flatten() {
            let have = ask.context.get(&key.to_lowercase()).map(Vec::as_slice);
            if have.is_none() {
                missing.insert(key.clone());
            }
            all &= holds(operator, wanted, have, &ask.context)?;
        }
    }
    Ok(all)
}

/// The values of a condition as text; JSON has true and numbers too.
fn wanted_texts(wanted: &Value) -> Vec<String> {
    let one = |v: &Value| match v {
        Value::String(s) => s.clone(),
        other => other.to_string(),
    };
    match wanted {
        Value::Array(all) => all.iter().map(one).collect(),
        other => vec![one(other)],
    }
}

fn holds(operator: &str, wanted: &Value, have: Option<&[String]>, context: &Context) -> Result<bool, AwsError> {
    let wanted = wanted_texts(wanted);
    if operator.eq_ignore_ascii_case("Null") {
        return Ok(wanted.iter().any(|w| w.eq_ignore_ascii_case("true") == have.is_none()));
    }
    let (quantifier, name) = operator.split_once(':').map_or(("", operator), |(q, n)| (q, n));
    let (name, optional) = name.strip_suffix("IfExists").map_or((name, false), |n| (n, true));
    let (test, negative) = test_of(name).ok_or_else(|| {
        AwsError::not_implemented(format!("the condition operator {operator} in a policy that is to be evaluated"))
    })?;
    let Some(have) = have else {
        return Ok(match quantifier {
            "ForAllValues" => true,
            "ForAnyValue" => false,
            _ => optional || negative,
        });
    };
    // A negative operator means: none of the wanted values.
    let fits = |value: &String| {
        let any = wanted.iter().any(|w| fill(w, context).is_some_and(|w| test(&w, value)));
        any != negative
    };
    Ok(match quantifier {
        "ForAllValues" => have.iter().all(fits),
        _ => have.iter().any(fits),
    })
}

type Test = fn(&str, &str) -> bool;

/// How an operator compares what is wanted with what is there, and whether it is a negative one.
fn test_of(name: &str) -> Option<(Test, bool)> {
    let same: Test = |wanted, have| wanted == have;
    let same_whatever_case: Test = |wanted, have| wanted.eq_ignore_ascii_case(have);
    Some(match name {
        "StringEquals" => (same, false),
        "StringNotEquals" => (same, true),
        "StringEqualsIgnoreCase" => (same_whatever_case, false),
        "StringNotEqualsIgnoreCase" => (same_whatever_case, true),
        "StringLike" => (is_like, false),
        "StringNotLike" => (is_like, true),
        "ArnEquals" | "ArnLike" => (is_like_arn, false),
        "ArnNotEquals" | "ArnNotLike" => (is_like_arn, true),
        "Bool" => (same_whatever_case, false),
        "IpAddress" => (is_in, false),
        "NotIpAddress" => (is_in, true),
        "NumericEquals" => (|w, h| number(w, h, |w, h| h == w), false),
        "NumericNotEquals" => (|w, h| number(w, h, |w, h| h == w), true),
        "NumericLessThan" => (|w, h| number(w, h, |w, h| h < w), false),
        "NumericLessThanEquals" => (|w, h| number(w, h, |w, h| h <= w), false),
        "NumericGreaterThan" => (|w, h| number(w, h, |w, h| h > w), false),
        "NumericGreaterThanEquals" => (|w, h| number(w, h, |w, h| h >= w), false),
        _ => return None,
    })
}

fn number(wanted: &str, have: &str, test: fn(f64, f64) -> bool) -> bool {
    matches!((wanted.parse(), have.parse()), (Ok(w), Ok(h)) if test(w, h))
}

/// An ARN has six parts, and a star ends at the end of its part.
fn is_like_arn(pattern: &str, arn: &str) -> bool {
    let (wanted, have): (Vec<&str>, Vec<&str>) = (pattern.splitn(6, ':').collect(), arn.splitn(6, ':').collect());
    pattern == "*" || wanted.len() == have.len() && wanted.iter().zip(&have).all(|(w, h)| is_like(w, h))
}

fn is_in(range: &str, address: &str) -> bool {
    let (base, length) = range.split_once('/').unwrap_or((range, "32"));
    let (Ok(base), Ok(address), Ok(length)) = (base.parse(), address.parse(), length.parse::<u32>()) else {
        return false;
    };
    let mask = u32::MAX.checked_shl(32_u32.saturating_sub(length)).unwrap_or(0);
    let bits = |a: Ipv4Addr| u32::from(a) & mask;
    bits(base) == bits(address)
}

/// A text with its policy variables (`${aws:username}`) filled in; none when one has no value.
pub(super) fn fill(text: &str, context: &Context) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}')?;
        out.push_str(before);
        match name {
            "*" | "?" | "$" => out.push_str(name),
            name => match context.get(&name.to_lowercase()).map(Vec::as_slice) {
                Some([one]) => out.push_str(one),
                _ => return None,
            },
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}
