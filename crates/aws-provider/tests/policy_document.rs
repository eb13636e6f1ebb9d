//! `aws_iam_policy_document`: the texts that the AWS provider 5.100.0 gives for the same arguments.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::World;
use serde_json::{Value as Json, json};

/// The document without spaces, and the id: a checksum of the one with.
async fn document(w: &World, given: Json) -> (String, String) {
    let found = w.data("aws_iam_policy_document", given).await;
    (found["minified_json"].as_str().unwrap().to_owned(), found["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_empty_document() {
    let w = World::new().await;
    let found = w.data("aws_iam_policy_document", json!({})).await;
    assert_eq!(
        found,
        json!({
            "id": "1132004489",
            "json": "{\n  \"Version\": \"2012-10-17\"\n}",
            "minified_json": "{\"Version\":\"2012-10-17\"}",
            "override_json": null,
            "override_policy_documents": null,
            "policy_id": null,
            "source_json": null,
            "source_policy_documents": null,
            "statement": null,
            "version": "2012-10-17"
        })
    );
}

#[tokio::test]
async fn statements() {
    let w = World::new().await;
    let given = json!({"statement": [
        {
            "actions": ["b:*", "c:<x>&"],
            "condition": [
                {"test": "StringLike", "variable": "aws:&{x}", "values": ["a&{b}", "c"]},
                {"test": "StringEquals", "variable": "k", "values": ["z", "y"]},
                {"test": "StringEquals", "variable": "k", "values": ["a"]},
                {"test": "Null", "variable": "k", "values": []},
                {"test": "Bool", "variable": "k", "values": ["true", "true"]}
            ],
            "principals": [
                {"type": "AWS", "identifiers": ["b", "a"]},
                {"type": "AWS", "identifiers": ["c"]},
                {"type": "*", "identifiers": ["*", "z"]}
            ],
            "resources": ["arn:&{aws:username}:é\u{2028}"],
            "sid": "x",
            "effect": null, "not_actions": null, "not_principals": [], "not_resources": null
        },
        {
            "effect": "Deny", "not_actions": ["a", "c", "b"], "resources": [], "sid": "",
            "actions": null, "condition": [], "principals": [], "not_principals": [], "not_resources": null
        },
        {
            "effect": null, "not_actions": null, "resources": null, "sid": null,
            "actions": null, "condition": [], "principals": [], "not_principals": [], "not_resources": null
        }
    ]});
    let found = w.data("aws_iam_policy_document", given).await;
    assert_eq!(
        found["minified_json"],
        json!(
            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"x\",\"Effect\":\"Allow\",\"Action\":[\"c:\\u003cx\\u003e\\u0026\",\"b:*\"],\"Resource\":\"arn:${aws:username}:é\\u2028\",\"Principal\":{\"*\":[\"z\",\"*\"],\"AWS\":[\"b\",\"a\",\"c\"]},\"Condition\":{\"Bool\":{\"k\":[\"true\",\"true\"]},\"Null\":{\"k\":[]},\"StringEquals\":{\"k\":[\"z\",\"y\",\"a\"]},\"StringLike\":{\"aws:\\u0026{x}\":[\"a${b}\",\"c\"]}}},{\"Effect\":\"Deny\",\"NotAction\":[\"c\",\"b\",\"a\"]},{\"Effect\":\"Allow\"}]}"
        )
    );
    assert_eq!(found["id"], json!("2247528560"));
    assert_eq!(
        found["statement"][2],
        json!({"actions": [], "condition": [], "effect": "Allow", "not_actions": [], "not_principals": [], "not_resources": [], "principals": [], "resources": [], "sid": ""})
    );
}

fn statement(principals: Json, not_principals: Json, condition: Json, resources: Json) -> Json {
    json!({"principals": principals, "not_principals": not_principals, "condition": condition, "resources": resources,
        "actions": null, "effect": null, "not_actions": null, "not_resources": null, "sid": null})
}

#[tokio::test]
async fn blocks_of_one_kind_follow_each_other_as_in_the_provider() {
    let w = World::new().await;
    let of = |kind: &str, ids: Json| json!({"type": kind, "identifiers": ids});
    let when = |variable: &str, values: Json| json!({"test": "A", "variable": variable, "values": values});
    let given = json!({"statement": [
        statement(
            json!([
                of("AWS", json!(["a"])), of("AWS", json!(["b"])), of("AWS", json!(["e", "d"])), of("AWS", json!(["*"])),
                of("Service", json!(["s1.amazonaws.com"])), of("Service", json!(["s2.amazonaws.com"])),
                of("Federated", json!([]))
            ]),
            json!([]), json!([]), json!(null),
        ),
        statement(
            json!([of("AWS", json!(["q", "r"])), of("AWS", json!(["b&{c}"]))]),
            json!([of("*", json!(["*"]))]),
            json!([
                when("v", json!(["1"])), when("v", json!(["2"])), when("v", json!(["3", "4", "5"])),
                when("v", json!(["77"])), when("w", json!(["77", "1"])), when("w", json!(["Z"]))
            ]),
            json!(null),
        ),
        statement(json!([of("*", json!(["x"]))]), json!([]), json!([]), json!(["*"])),
    ]});
    let (text, id) = document(&w, given).await;
    assert_eq!(
        text,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["a","b","e","d","*"],"Federated":[],"Service":["s2.amazonaws.com","s1.amazonaws.com"]}},{"Effect":"Allow","Principal":{"AWS":["b${c}","r","q"]},"NotPrincipal":"*","Condition":{"A":{"v":["77","3","4","5","1","2"],"w":["Z","77","1"]}}},{"Effect":"Allow","Resource":"*","Principal":{"*":"x"}}]}"#
    );
    assert_eq!(id, "3555885888");
}

const ONE: &str = r#"{"Id":"one","Statement":[{"Action":"x:y","Effect":"Allow","Principal":"*","Resource":"*","Sid":"S1"}],"Version":"2012-10-17"}"#;
const TWO: &str = r#"{"Statement":[{"Action":["x:b","x:c","x:a"],"Condition":{"Bool":{"z":["true"]},"NumericEquals":{"q":true},"StringEquals":{"k":"v"}},"Effect":"Allow","Principal":{"AWS":"*"},"Resource":["r2","r1"],"Sid":"S2"},{"Effect":"Deny","NotAction":["q"],"NotPrincipal":{"Federated":"f","Service":["b.x","a.x"]},"NotResource":"*"},{"Action":"zz","Effect":"Deny","Principal":{"AWS":["111111111111"]},"Resource":"*","Sid":"S1"}]}"#;
const THREE: &str =
    r#"{"Id":"three","Statement":[{"Effect":"Deny","Sid":"S2"},{"Action":[],"Effect":"Deny","Sid":""}]}"#;

#[tokio::test]
async fn documents_are_merged() {
    let w = World::new().await;
    let (text, id) = document(&w, json!({"source_policy_documents": [TWO]})).await;
    assert_eq!(
        text,
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"S2","Effect":"Allow","Action":["x:b","x:c","x:a"],"Resource":["r2","r1"],"Principal":{"AWS":"*"},"Condition":{"Bool":{"z":"true"},"NumericEquals":{"q":"true"},"StringEquals":{"k":"v"}}},{"Effect":"Deny","NotAction":["q"],"NotResource":"*","NotPrincipal":{"Federated":"f","Service":["b.x","a.x"]}},{"Sid":"S1","Effect":"Deny","Action":"zz","Resource":"*","Principal":{"AWS":["111111111111"]}}]}"#
    );
    assert_eq!(id, "3281591481");

    let own = |sid: &str, action: &str| {
        json!({"sid": sid, "actions": [action], "resources": ["*"], "condition": [], "effect": null, "not_actions": null,
            "not_principals": [], "not_resources": null, "principals": []})
    };
    let given = json!({
        "version": "2008-10-17",
        "source_policy_documents": [TWO],
        "override_policy_documents": [ONE, THREE],
        "statement": [own("S2", "replaced"), own("S9", "nine")]
    });
    let (text, id) = document(&w, given).await;
    assert_eq!(
        text,
        r#"{"Version":"2012-10-17","Id":"three","Statement":[{"Sid":"S2","Effect":"Deny"},{"Effect":"Deny","NotAction":["q"],"NotResource":"*","NotPrincipal":{"Federated":"f","Service":["b.x","a.x"]}},{"Sid":"S1","Effect":"Allow","Action":"x:y","Resource":"*","Principal":"*"},{"Sid":"S9","Effect":"Allow","Action":"nine","Resource":"*"},{"Effect":"Deny","Action":[]}]}"#
    );
    assert_eq!(id, "2476886272");

    let (text, id) =
        document(&w, json!({"policy_id": "mine", "version": "2008-10-17", "source_policy_documents": [ONE]})).await;
    assert!(text.starts_with(r#"{"Version":"2012-10-17","Id":"mine","#), "{text}");
    assert_eq!(id, "3643798879");
    let (_, id) = document(&w, json!({"source_policy_documents": ["", "{}"]})).await;
    assert_eq!(id, "1132004489");
    let odd = r#"{"Statement":[{"Principal":{"AWS":[]}},{"Principal":{"AWS":["b","c"],"Service":"d"}},{"Principal":"*","Condition":{"X":{"y":[]},"Z":{},"W":{"a":["x"],"b":"y"}},"Resource":[],"NotResource":""}]}"#;
    let (_, id) = document(&w, json!({"source_policy_documents": [odd]})).await;
    assert_eq!(id, "794902844");
    let twice = r#"{"Statement":[{"Sid":"A","Action":"1"},{"Sid":"A","Action":"2"}]}"#;
    let (_, id) = document(&w, json!({"override_policy_documents": [twice]})).await;
    assert_eq!(id, "3931592973");
}

#[tokio::test]
async fn what_cannot_be_merged_is_said() {
    let w = World::new().await;
    let twice = r#"{"Statement":[{"Sid":"A","Action":"1"},{"Sid":"A","Action":"2"}]}"#;
    let d = w.try_data("aws_iam_policy_document", json!({"source_policy_documents": ["{}", twice]})).await.unwrap_err();
    assert!(d.0[0].detail.contains("Item 1 of source_policy_documents") && d.0[0].detail.contains("\"A\""), "{d:?}");
    for wrong in [r#"{"Statment":[]}"#, r#"{"Statement":[{"Principal":"x"}]}"#, "[]", r#"{"Version":5}"#] {
        let d = w.try_data("aws_iam_policy_document", json!({"override_policy_documents": [wrong]})).await.unwrap_err();
        assert_eq!(d.0[0].summary, "Invalid policy document");
    }
}
