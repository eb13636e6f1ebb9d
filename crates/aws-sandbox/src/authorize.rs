//! What policies say about a request: who may do what with which resource, under which conditions.
//!
//! Source: "Policy evaluation logic" and "IAM JSON policy elements" in the IAM user guide. What is not known here (a
//! condition operator) is refused rather than taken for granted.

mod condition;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::document::text;
use crate::error::AwsError;

/// Who makes a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Who {
    /// The ARN that calls: of a user, or of a role's session.
    pub arn: String,
    /// The ARN that policies name: of the user, or of the role behind a session.
    pub principal: String,
    /// The account of both.
    pub account: String,
}

/// A request, as far as policies look at it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    /// `kms:Encrypt`
    pub action: String,
    /// An ARN, or `*`.
    pub resource: String,
    /// Whoever asks; policies of identities do not look.
    pub who: Who,
    /// Values of condition keys, the keys in lower case.
    pub context: BTreeMap<String, Vec<String>>,
}

/// The statements of a policy that speak of a request, by their places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// Statements that deny it.
    pub denies: Vec<usize>,
    /// Statements that allow it.
    pub allows: Vec<usize>,
    /// Statements that allow it to the whole account, whose own policies then decide for each of its identities.
    pub delegates: Vec<usize>,
    /// Condition keys that were asked for and have no value.
    pub missing: BTreeSet<String>,
}

/// The statements of a policy.
pub(crate) fn statements(policy: &Value) -> Vec<&Value> {
    match &policy["Statement"] {
        Value::Array(all) => all.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

/// One text or several.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![one],
        _ => Vec::new(),
    }
}

/// What a policy, already checked for its form, says about a request.
///
/// # Errors
/// `NotImplemented` for a condition operator that is not known here.
pub(crate) fn consult(policy: &Value, ask: &Ask) -> Result<Found, AwsError> {
    let mut found = Found::default();
    for (place, statement) in statements(policy).into_iter().enumerate() {
        let Some(reach) = reaches(statement, &ask.who) else { continue };
        if !acts(statement, ask) || !is_about(statement, ask) {
            continue;
        }
        if !condition::all_hold(&statement["Condition"], ask, &mut found.missing)? {
            continue;
        }
        match (text(statement, "Effect"), reach) {
            ("Deny", _) => found.denies.push(place),
            (_, Reach::Account) => found.delegates.push(place),
            _ => found.allows.push(place),
        }
    }
    Ok(found)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The one who asks by name, everybody, or the identity that the policy hangs on.
    Caller,
    /// The account of whoever asks.
    Account,
}

/// Whether a statement is for whoever asks. One without principals belongs to an identity and is for that one.
fn reaches(statement: &Value, who: &Who) -> Option<Reach> {
    match (&statement["Principal"], &statement["NotPrincipal"]) {
        (Value::Null, Value::Null) => Some(Reach::Caller),
        (Value::Null, others) => named(others, who).is_none().then_some(Reach::Caller),
        (those, _) => named(those, who),
    }
}

fn named(principal: &Value, who: &Who) -> Option<Reach> {
    if principal == "*" {
        return Some(Reach::Caller);
    }
    let aws = texts(&principal["AWS"]);
    if aws.iter().any(|p| *p == "*" || *p == who.arn || *p == who.principal) {
        return Some(Reach::Caller);
    }
    let account = aws.iter().any(|p| *p == who.account || *p == format!("arn:aws:iam::{}:root", who.account));
    account.then_some(Reach::Account)
}

fn acts(statement: &Value, ask: &Ask) -> bool {
    let action = ask.action.to_ascii_lowercase();
    let one_of = |list: &Value| texts(list).iter().any(|p| is_like(&p.to_ascii_lowercase(), &action));
    match (&statement["Action"], &statement["NotAction"]) {
        (Value::Null, not) => !one_of(not),
        (these, _) => one_of(these),
    }
}

fn is_about(statement: &Value, ask: &Ask) -> bool {
    let one_of = |list: &Value| {
        texts(list).iter().any(|p| condition::fill(p, &ask.context).is_some_and(|p| is_like(&p, &ask.resource)))
    };
    match (&statement["Resource"], &statement["NotResource"]) {
        (Value::Null, Value::Null) => true,
        (Value::Null, not) => !one_of(not),
        (these, _) => one_of(these),
    }
}

/// Whether a text fits a pattern with `*` (any characters) and `?` (one of them). Takes time by the product of both lengths
/// at most.
pub(crate) fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where the last star was, and where in the text its part began to be tried.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ask(action: &str, resource: &str, context: &[(&str, &str)]) -> Ask {
        Ask {
            action: action.into(),
            resource: resource.into(),
            who: Who {
                arn: "arn:aws:sts::111122223333:assumed-role/reader/me".into(),
                principal: "arn:aws:iam::111122223333:role/reader".into(),
                account: "111122223333".into(),
            },
            context: context.iter().map(|(k, v)| (k.to_lowercase(), vec![(*v).to_owned()])).collect(),
        }
    }

    /// `D`, `A`, `-` for the whole account, or nothing.
    fn said(statement: Value, ask: &Ask) -> String {
        let found = consult(&json!({"Statement": statement}), ask).unwrap();
        let mark = |list: &[usize], mark: &str| if list.is_empty() { String::new() } else { mark.to_owned() };
        mark(&found.denies, "D") + &mark(&found.allows, "A") + &mark(&found.delegates, "-")
    }

    #[test]
    fn actions_and_resources_are_patterns() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("s3:get*", "s3:getobject", true),
            ("s3:get*", "s3:putobject", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-c-", false),
            ("?", "", false),
            ("a?c", "abc", true),
        ] {
            assert_eq!(is_like(pattern, text), fits, "{pattern} {text}");
        }
        let read = ask("s3:GetObject", "arn:aws:s3:::b/k", &[]);
        let allow = |action: Value, resource: Value| json!({"Effect": "Allow", "Action": action, "Resource": resource});
        assert_eq!(said(allow(json!("S3:getobject"), json!("arn:aws:s3:::b/*")), &read), "A");
        assert_eq!(said(allow(json!("s3:GetObject"), json!("arn:aws:s3:::b")), &read), "");
        assert_eq!(
            said(json!({"Effect": "Deny", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::c/*"}), &read),
            "D"
        );
        // A variable without a value fits nothing.
        let home = allow(json!("s3:*"), json!("arn:aws:s3:::b/${aws:username}"));
        assert_eq!(said(home.clone(), &read), "");
        assert_eq!(said(home, &ask("s3:GetObject", "arn:aws:s3:::b/k", &[("aws:username", "k")])), "A");
    }

    #[test]
    fn principals_are_the_caller_its_account_or_everybody() {
        let read = ask("kms:Decrypt", "k", &[]);
        let to = |principal: Value| json!({"Effect": "Allow", "Principal": principal, "Action": "*", "Resource": "*"});
        for (principal, says) in [
            (json!("*"), "A"),
            (json!({"AWS": "*"}), "A"),
            (json!({"AWS": "arn:aws:iam::111122223333:role/reader"}), "A"),
            (json!({"AWS": ["x", "arn:aws:sts::111122223333:assumed-role/reader/me"]}), "A"),
            (json!({"AWS": "arn:aws:iam::111122223333:root"}), "-"),
            (json!({"AWS": "111122223333"}), "-"),
            (json!({"AWS": "444455556666"}), ""),
            (json!({"Service": "logs.amazonaws.com"}), ""),
        ] {
            assert_eq!(said(to(principal.clone()), &read), says, "{principal}");
        }
        let others = json!({"Effect": "Deny", "NotPrincipal": {"AWS": "444455556666"}, "Action": "*", "Resource": "*"});
        assert_eq!(said(others, &read), "D");
    }

    #[test]
    fn conditions_hold_all_or_not() {
        let write = ask(
            "s3:PutObject",
            "arn:aws:s3:::b/k",
            &[("aws:SecureTransport", "false"), ("aws:SourceIp", "10.0.3.7"), ("s3:max-keys", "10"), ("t", "Red")],
        );
        let under = |condition: Value| {
            said(json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}), &write) == "A"
        };
        for (condition, holds) in [
            (json!({"Bool": {"AWS:SecureTransport": "false"}}), true),
            (json!({"Bool": {"aws:SecureTransport": true}}), false),
            (json!({"StringEquals": {"t": ["Blue", "Red"]}}), true),
            (json!({"StringEquals": {"t": "red"}}), false),
            (json!({"StringEqualsIgnoreCase": {"t": "red"}}), true),
            (json!({"StringNotEquals": {"t": ["Blue", "Red"]}}), false),
            (json!({"StringLike": {"t": "R*"}}), true),
            (json!({"StringNotLike": {"t": "R*"}}), false),
            (json!({"IpAddress": {"aws:SourceIp": ["192.168.0.0/16", "10.0.0.0/22"]}}), true),
            (json!({"NotIpAddress": {"aws:SourceIp": "10.0.3.7"}}), false),
            (json!({"NumericLessThanEquals": {"s3:max-keys": "10"}}), true),
            (json!({"NumericGreaterThan": {"s3:max-keys": 10}}), false),
            // Without a value, what asks for one fails, what asks for none and what is negative hold.
            (json!({"StringEquals": {"none": "x"}}), false),
            (json!({"StringNotEquals": {"none": "x"}}), true),
            (json!({"StringEqualsIfExists": {"none": "x"}}), true),
            (json!({"BoolIfExists": {"aws:SecureTransport": "true"}}), false),
            (json!({"Null": {"none": "true", "t": "false"}}), true),
            (json!({"Null": {"t": "true"}}), false),
            (json!({"ForAllValues:StringEquals": {"none": "x"}}), true),
            (json!({"ForAnyValue:StringEquals": {"none": "x"}}), false),
            (json!({"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"t": "Blue"}}), false),
        ] {
            assert_eq!(under(condition.clone()), holds, "{condition}");
        }
        let unknown =
            json!({"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"DateLessThan": {"t": "1"}}}});
        assert_eq!(consult(&unknown, &write).unwrap_err().code, "NotImplemented");
        let arns = ask("a:b", "*", &[("aws:PrincipalArn", "arn:aws:iam::111122223333:role/x/reader")]);
        for (test, pattern, holds) in [
            ("ArnLike", "arn:aws:iam::*:role/x/*", true),
            ("ArnEquals", "arn:aws:iam::111122223333:role/x/reader", true),
            ("ArnLike", "arn:aws:*:role/x/reader", false),
            ("ArnNotLike", "arn:aws:iam::*:role/y/*", true),
        ] {
            let condition = json!({test: {"aws:PrincipalArn": pattern}});
            let policy = json!({"Statement": {"Effect": "Allow", "Action": "*", "Condition": condition}});
            assert_eq!(!consult(&policy, &arns).unwrap().allows.is_empty(), holds, "{test} {pattern}");
        }
    }

    #[test]
    fn sets_are_compared_value_by_value() {
        let mut tagging = ask("ec2:CreateTags", "*", &[]);
        tagging.context.insert("aws:tagkeys".into(), vec!["Name".into(), "Owner".into()]);
        let under = |condition: Value| {
            said(json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}), &tagging) == "A"
        };
        assert!(under(json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["Name", "Owner", "Cost"]}})));
        assert!(!under(json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["Name"]}})));
        assert!(under(json!({"ForAnyValue:StringEquals": {"aws:TagKeys": ["Name"]}})));
        assert!(!under(json!({"ForAnyValue:StringEquals": {"aws:TagKeys": ["Cost"]}})));
    }
}
