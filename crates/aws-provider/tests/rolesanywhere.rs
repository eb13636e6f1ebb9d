//! Lives of trust anchors and profiles, on the sandbox.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use common::{World, but};
use serde_json::{Value as Json, json};

/// A certificate of an authority of nobody's.
const AUTHORITY: &str = include_str!("authority.pem");

fn bundle() -> Json {
    json!([{"source_type": "CERTIFICATE_BUNDLE", "source_data": [{"x509_certificate_data": AUTHORITY}]}])
}

#[tokio::test]
async fn a_trust_anchor_lives() {
    let w = World::new().await;
    let given = json!({"name": "anchor", "source": bundle(), "tags": {"Name": "a"}});
    let anchor = w.create("aws_rolesanywhere_trust_anchor", given.clone()).await;
    let state = anchor.json();
    assert_eq!(anchor.str("arn"), format!("arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/{}", anchor.id()));
    assert_eq!(state["enabled"], json!(false));
    let told = state["notification_settings"].as_array().unwrap();
    assert!(told.len() == 2 && told.iter().all(|n| n["configured_by"] == "rolesanywhere.amazonaws.com"), "{told:?}");

    let private = "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/1";
    let source = json!([{"source_type": "AWS_ACM_PCA", "source_data": [{"acm_pca_arn": private}]}]);
    let given = but(&given, json!({"name": "other anchor", "source": source, "enabled": true, "tags": {"Own": "b"}}));
    let anchor = w.apply("aws_rolesanywhere_trust_anchor", Some(&anchor), &given).await;
    let got = w.aws("rolesanywhere", "GetTrustAnchor", json!({"trustAnchorId": anchor.id()})).await;
    assert_eq!((&got["trustAnchor"]["enabled"], &got["trustAnchor"]["name"]), (&json!(true), &json!("other anchor")));
    w.imported("aws_rolesanywhere_trust_anchor", &anchor.id(), &given).await;
    let given = but(&given, json!({"enabled": false}));
    let anchor = w.apply("aws_rolesanywhere_trust_anchor", Some(&anchor), &given).await;

    let second = w.create("aws_rolesanywhere_trust_anchor", json!({"name": "second", "source": bundle()})).await;
    let asked = w.read_all(&[anchor.clone(), second.clone()]).await;
    assert_eq!(asked.iter().filter(|o| *o == "rolesanywhere.ListTrustAnchors").count(), 1);
    for made in [&anchor, &second] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none());
    }

    let wrong = json!({"name": "x", "source": [{"source_type": "AWS_ACM_PCA", "source_data": [{"x509_certificate_data": "x"}]}]});
    let found = w.try_validate("aws_rolesanywhere_trust_anchor", &wrong).await;
    assert!(found.0[0].detail.contains("acm_pca_arn"), "{found:?}");
}

#[tokio::test]
async fn notifications_that_are_configured_are_beside_those_of_aws() {
    let w = World::new().await;
    let setting =
        |days: u32| json!([{"event": "CA_CERTIFICATE_EXPIRY", "enabled": true, "threshold": days, "channel": "ALL"}]);
    let given = json!({"name": "anchor", "source": bundle(), "notification_settings": setting(30)});
    let kind = "aws_rolesanywhere_trust_anchor";
    let plan = w.plan(kind, None, &given).await;
    assert!(!plan.planned.get("notification_settings").unwrap().is_wholly_known(), "who configured it is told by AWS");
    let anchor = w.create(kind, given.clone()).await;
    let state = anchor.json();
    let told = state["notification_settings"].as_array().unwrap();
    let by = |event: &str| told.iter().find(|n| n["event"] == event).unwrap()["configured_by"].clone();
    assert_eq!((by("CA_CERTIFICATE_EXPIRY"), told.len()), (json!("123456789012"), 2));
    assert_eq!(by("END_ENTITY_CERTIFICATE_EXPIRY"), json!("rolesanywhere.amazonaws.com"));
    w.imported(kind, &anchor.id(), &given).await;
    let plan = w.plan(kind, Some(&anchor), &but(&given, json!({"notification_settings": setting(60)}))).await;
    assert_eq!(plan.requires_replace.len(), 1);
    w.delete(&anchor).await;
    let given = but(&given, json!({"notification_settings": [{"event": "END_ENTITY_CERTIFICATE_EXPIRY"}]}));
    let anchor = w.create(kind, given).await;
    let off = json!({"event": "END_ENTITY_CERTIFICATE_EXPIRY", "enabled": false, "threshold": 45, "channel": "ALL", "configured_by": "123456789012"});
    assert!(anchor.json()["notification_settings"].as_array().unwrap().contains(&off));
}

#[tokio::test]
async fn a_profile_lives() {
    let w = World::new().await;
    let role = "arn:aws:iam::123456789012:role/work";
    let given = json!({"name": "profile", "role_arns": [role]});
    let kind = "aws_rolesanywhere_profile";
    let profile = w.create(kind, given.clone()).await;
    assert_eq!(profile.json()["duration_seconds"], json!(3600));
    let policy =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
    let given = but(
        &given,
        json!({
            "name": "other profile", "enabled": true, "duration_seconds": 7200, "session_policy": policy.to_string(),
            "managed_policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"], "tags": {"Name": "p"},
        }),
    );
    let profile = w.apply(kind, Some(&profile), &given).await;
    w.imported(kind, &profile.id(), &given).await;
    let given =
        but(&given, json!({"enabled": null, "session_policy": null, "managed_policy_arns": null, "role_arns": []}));
    let profile = w.apply(kind, Some(&profile), &given).await;
    let got = w.aws("rolesanywhere", "GetProfile", json!({"profileId": profile.id()})).await;
    assert_eq!((&got["profile"]["enabled"], &got["profile"]["roleArns"]), (&json!(false), &json!([])));
    let bare = w.create(kind, json!({"name": "bare", "require_instance_properties": true})).await;
    let asked = w.read_all(&[profile.clone(), bare.clone()]).await;
    assert_eq!(asked.iter().filter(|o| *o == "rolesanywhere.ListProfiles").count(), 1);
    for made in [&profile, &bare] {
        w.delete(made).await;
        assert!(w.read(made).await.is_none());
    }
}
