//! The checks AWS makes on a policy document before it takes it.

use serde_json::Value;

/// Where a policy is attached decides which elements it may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Attached to an identity: no principal.
    Identity,
    /// Attached to a resource: each statement names a principal.
    Resource,
    /// A role's trust policy: principals, and no resource.
    Trust,
}

/// Checks the JSON and the grammar of a policy. Source: "Grammar of the IAM JSON policy language".
///
/// # Errors
/// A sentence of the kind AWS gives with `MalformedPolicyDocument`.
pub(crate) fn check(document: &str, kind: Kind) -> Result<Value, String> {
    let policy: Value = serde_json::from_str(document).map_err(|_| "Syntax errors in policy.".to_owned())?;
    let Some(map) = policy.as_object() else { return Err("Syntax errors in policy.".into()) };
    for (name, value) in map {
        match name.as_str() {
            "Version" if matches!(value.as_str(), Some("2012-10-17" | "2008-10-17")) => {}
            "Id" if value.is_string() => {}
            "Statement" => {}
            _ => return Err("Syntax errors in policy.".into()),
        }
    }
    let statements = match map.get("Statement") {
        Some(Value::Array(list)) if !list.is_empty() => list.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => return Err("Syntax errors in policy.".into()),
    };
    let mut sids = std::collections::HashSet::new();
    for s in statements {
        statement(s, kind)?;
        if let Some(sid) = s.get("Sid").and_then(Value::as_str)
            && !sid.is_empty()
            && !sids.insert(sid)
        {
            return Err(format!("Statement IDs (SID) in a single policy must be unique. Check '{sid}'."));
        }
    }
    Ok(policy)
}

fn strings(v: &Value) -> Option<Vec<&str>> {
    match v {
        Value::String(s) => Some(vec![s]),
        Value::Array(list) => list.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn statement(s: &Value, kind: Kind) -> Result<(), String> {
    const SYNTAX: &str = "Syntax errors in policy.";
    let map = s.as_object().ok_or(SYNTAX)?;
    for name in map.keys() {
        let known = [
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        if !known.contains(&name.as_str()) {
            return Err(SYNTAX.into());
        }
    }
    if !matches!(map.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
        return Err(SYNTAX.into());
    }
    match (map.get("Action"), map.get("NotAction")) {
        (Some(a), None) | (None, Some(a)) => {
            let actions = strings(a).ok_or(SYNTAX)?;
            if actions.is_empty() {
                return Err("Policy statement must contain actions.".into());
            }
            if let Some(bad) = actions.iter().find(|a| **a != "*" && !a.contains(':')) {
                return Err(format!(
                    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc. ({bad})"
                ));
            }
        }
        _ => return Err("Policy statement must contain actions.".into()),
    }
    let principal = map.contains_key("Principal") || map.contains_key("NotPrincipal");
    let resource = match (map.get("Resource"), map.get("NotResource")) {
        (None, None) => None,
        (Some(r), None) | (None, Some(r)) => Some(strings(r).ok_or(SYNTAX)?),
        _ => return Err(SYNTAX.into()),
    };
    match kind {
        Kind::Identity => {
            if principal {
                return Err("Policy document should not specify a principal.".into());
            }
            let resources = resource.filter(|r| !r.is_empty()).ok_or("Policy statement must contain resources.")?;
            if let Some(bad) = resources.iter().find(|r| **r != "*" && !r.starts_with("arn:")) {
                return Err(format!("Resource {bad} must be in ARN format or \"*\"."));
            }
        }
        Kind::Trust => {
            if resource.is_some() {
                return Err("Has prohibited field Resource".into());
            }
            if !principal {
                return Err("AssumeRole policy must contain principals.".into());
            }
        }
        Kind::Resource => {
            if !principal {
                return Err("Missing required field Principal".into());
            }
        }
    }
    match map.get("Condition") {
        None => Ok(()),
        Some(Value::Object(tests)) if tests.values().all(Value::is_object) => Ok(()),
        Some(_) => Err(SYNTAX.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_good_from_bad() {
        let good = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
        assert!(check(good, Kind::Identity).is_ok());
        assert!(check("{", Kind::Identity).is_err());
        assert!(check(good, Kind::Trust).is_err());
        let no_resource = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*"}]}"#;
        assert_eq!(check(no_resource, Kind::Identity).unwrap_err(), "Policy statement must contain resources.");
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"x.amazonaws.com"}}]}"#;
        assert!(check(trust, Kind::Trust).is_ok());
        assert!(check(r#"{"Version":"2012-10-17","Statement":[]}"#, Kind::Identity).is_err());
    }
}
