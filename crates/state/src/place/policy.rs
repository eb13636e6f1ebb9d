//! Bucket policies: what they say of the root user and of TLS, and statements that say so.

use serde_json::{Value as Json, json};

/// The account that a bucket is in.
pub(super) struct Identity {
    /// `aws`, `aws-cn`, ...
    pub(super) partition: String,
    /// Its id.
    pub(super) account: String,
}

/// The names by which Terragrunt knows its statements again, so that neither adds what the other has set.
const ROOT: &str = "RootAccess";
const TLS: &str = "EnforcedTLS";

fn statements(policy: &Json) -> &[Json] {
    match &policy["Statement"] {
        Json::Array(all) => all,
        Json::Null => &[],
        one => std::slice::from_ref(one),
    }
}

/// A member that may be one text or a list of them.
fn texts(value: &Json) -> Vec<&str> {
    match value {
        Json::Array(all) => all.iter().filter_map(Json::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

fn is_everybody(principal: &Json) -> bool {
    principal == "*" || ["AWS", "*"].iter().any(|kind| texts(&principal[kind]).contains(&"*"))
}

/// Whether requests without TLS are refused to everybody: by Terragrunt's statement or by one of the same meaning.
pub(super) fn demands_tls(policy: &Json) -> bool {
    statements(policy).iter().any(|s| {
        let condition = &s["Condition"]["Bool"]["aws:SecureTransport"];
        let off = *condition == json!(false) || texts(condition) == ["false"];
        let all = texts(&s["Action"]).iter().any(|a| matches!(*a, "s3:*" | "*"));
        s["Sid"] == TLS || s["Effect"] == "Deny" && off && all && is_everybody(&s["Principal"])
    })
}

/// Whether the account's root user is let in, by Terragrunt's statement or by one of the same meaning.
pub(super) fn lets_root_in(policy: &Json) -> bool {
    statements(policy).iter().any(|s| {
        let root = texts(&s["Principal"]["AWS"]).iter().any(|p| p.ends_with(":root"));
        let all = texts(&s["Action"]).iter().any(|a| matches!(*a, "s3:*" | "*"));
        s["Sid"] == ROOT || s["Effect"] == "Allow" && root && all && s.get("Condition").is_none()
    })
}

fn resources(bucket: &str, who: &Identity) -> Json {
    let arn = format!("arn:{}:s3:::{bucket}", who.partition);
    json!([arn, format!("{arn}/*")])
}

/// The statement that lets the root user in.
pub(super) fn root(bucket: &str, who: &Identity) -> Json {
    json!({
        "Sid": ROOT, "Effect": "Allow", "Action": "s3:*", "Resource": resources(bucket, who),
        "Principal": {"AWS": format!("arn:{}:iam::{}:root", who.partition, who.account)},
    })
}

/// The statement that refuses requests without TLS.
pub(super) fn tls(bucket: &str, who: &Identity) -> Json {
    json!({
        "Sid": TLS, "Effect": "Deny", "Action": "s3:*", "Resource": resources(bucket, who), "Principal": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    })
}

/// A policy with one more statement.
pub(super) fn with(mut policy: Json, statement: Json) -> Json {
    let mut all = statements(&policy).to_vec();
    all.push(statement);
    if !policy.is_object() {
        policy = json!({"Version": "2012-10-17"});
    }
    policy["Statement"] = Json::Array(all);
    policy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_known_by_name_or_meaning() {
        let who = Identity { partition: "aws".into(), account: "123456789012".into() };
        let own = with(with(Json::Null, root("b", &who)), tls("b", &who));
        assert!(demands_tls(&own) && lets_root_in(&own));
        let other = |sid: &str, s: Json| {
            let mut s = s;
            s["Sid"] = json!(sid);
            json!({"Statement": s})
        };
        assert!(demands_tls(&other("TlsOnly", tls("b", &who))));
        assert!(lets_root_in(&other("Mine", root("b", &who))));
        let mut part = tls("b", &who);
        part["Action"] = json!("s3:PutObject");
        assert!(!demands_tls(&other("Writes", part)));
        assert!(!demands_tls(&Json::Null) && !lets_root_in(&json!({"Statement": []})));
        assert_eq!(
            with(json!({"Id": "x", "Statement": {"Sid": "a"}}), json!({"Sid": "b"}))["Statement"][1]["Sid"],
            "b"
        );
    }
}
