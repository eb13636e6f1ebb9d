//! Trust anchors: the certificate authorities that workloads prove themselves with.

use base64::Engine as _;
use serde_json::{Value, json};

use super::{bad, check_name, not_found, tags};
use crate::context::Ctx;
use crate::document::{public, set, set_some, text};
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateTrustAnchor", create),
    ("GetTrustAnchor", |ctx, input| get(ctx, input.str("trustAnchorId")?).map(|d| json!({"trustAnchor": public(&d)}))),
    ("ListTrustAnchors", |ctx, input| super::paged(ctx, input, TABLE, "trustAnchors")),
    ("UpdateTrustAnchor", update),
    ("EnableTrustAnchor", |ctx, input| switch(ctx, input, true)),
    ("DisableTrustAnchor", |ctx, input| switch(ctx, input, false)),
    ("DeleteTrustAnchor", delete),
    ("PutNotificationSettings", put_notifications),
    ("ResetNotificationSettings", reset_notifications),
];

pub(super) const TABLE: &str = "trust-anchor";

/// What is told without anybody asking. Source: "Customizing notification settings" in the user guide: 45 days ahead.
const EVENTS: [&str; 2] = ["CA_CERTIFICATE_EXPIRY", "END_ENTITY_CERTIFICATE_EXPIRY"];
const DEFAULT_THRESHOLD: i64 = 45;

fn get(ctx: &Ctx, id: &str) -> Result<Value, AwsError> {
    let found = ctx.store.get(&ctx.regional(TABLE), id).cloned();
    found.ok_or_else(|| not_found(format!("Trust anchor with id {id} not found")))
}

fn save(ctx: &mut Ctx, mut doc: Value) -> Answer {
    let now = ctx.timestamp();
    set(&mut doc, "updatedAt", now);
    let (table, id) = (ctx.regional(TABLE), text(&doc, "trustAnchorId").to_owned());
    ctx.store.put(&table, &id, doc.clone());
    Ok(json!({"trustAnchor": public(&doc)}))
}

/// The certificates of a bundle, in DER.
fn certificates(bundle: &str) -> Option<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    let mut rest = bundle.trim();
    while !rest.is_empty() {
        let (body, after) =
            rest.strip_prefix("-----BEGIN CERTIFICATE-----")?.split_once("-----END CERTIFICATE-----")?;
        let body: String = body.split_whitespace().collect();
        let der = base64::engine::general_purpose::STANDARD.decode(body).ok()?;
        // A certificate is a sequence.
        if der.first() != Some(&0x30) {
            return None;
        }
        all.push(der);
        rest = after.trim();
    }
    (!all.is_empty()).then_some(all)
}

/// Whether a certificate says that it is one of an authority: basic constraints (2.5.29.19) with `cA` true.
fn is_authority(der: &[u8]) -> bool {
    const OID: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x13];
    const TRUE: &[u8] = &[0x01, 0x01, 0xff];
    let Some(at) = der.windows(OID.len()).position(|w| w == OID) else { return false };
    let after = &der[at + OID.len()..];
    // Past the optional `critical` is the extension itself, which holds a sequence that begins with `cA`.
    let after = after.strip_prefix(TRUE).unwrap_or(after);
    matches!(after, [0x04, _, 0x30, _, rest @ ..] if rest.starts_with(TRUE))
}

fn source(input: &Input) -> Result<Value, AwsError> {
    let given = input.structure("source")?;
    let kind = given.str("sourceType")?;
    let data = given.structure("sourceData")?;
    let (bundle, authority) = (data.filled("x509CertificateData")?, data.filled("acmPcaArn")?);
    match (kind, bundle, authority) {
        ("CERTIFICATE_BUNDLE", Some(bundle), None) => {
            let all =
                certificates(bundle).ok_or_else(|| bad("Invalid x509 certificate data: no certificates in PEM"))?;
            if !all.iter().all(|der| is_authority(der)) {
                return Err(bad("Incorrect basic constraints for CA certificate"));
            }
            Ok(json!({"sourceType": kind, "sourceData": {"x509CertificateData": bundle}}))
        }
        ("AWS_ACM_PCA", None, Some(arn)) if arn.starts_with("arn:aws:acm-pca:") => {
            Ok(json!({"sourceType": kind, "sourceData": {"acmPcaArn": arn}}))
        }
        ("AWS_ACM_PCA", None, Some(arn)) => {
            Err(bad(format!("{arn} is not the ARN of a private certificate authority")))
        }
        ("SELF_SIGNED_REPOSITORY", ..) => Err(AwsError::not_implemented("trust anchors of SELF_SIGNED_REPOSITORY")),
        _ => Err(bad(format!("The source data is not that of a source of the type {kind}"))),
    }
}

fn notification(event: &str, threshold: i64, enabled: bool, by: &str) -> Value {
    json!({"enabled": enabled, "event": event, "threshold": threshold, "channel": "ALL", "configuredBy": by})
}

fn default_notification(event: &str) -> Value {
    notification(event, DEFAULT_THRESHOLD, true, "rolesanywhere.amazonaws.com")
}

/// Puts what a request says of notifications in the place of what is there.
fn notifications(ctx: &Ctx, input: &Input, doc: &mut Value) -> Result<(), AwsError> {
    let mut all = crate::document::items(doc, "notificationSettings").to_vec();
    for n in input.structures("notificationSettings")? {
        let event = n.str("event")?;
        if !EVENTS.contains(&event) {
            return Err(bad(format!("{event} is no event to notify of")));
        }
        if !matches!(n.filled("channel")?, None | Some("ALL")) {
            return Err(bad("The channel must be ALL"));
        }
        let enabled = n.opt_bool("enabled")?.ok_or_else(|| n.missing("enabled"))?;
        let threshold = n.opt_int("threshold")?.unwrap_or(DEFAULT_THRESHOLD);
        if !(1..=360).contains(&threshold) {
            return Err(bad("The threshold must be between 1 and 360 days"));
        }
        let new = notification(event, threshold, enabled, &ctx.account);
        match all.iter_mut().find(|have| text(have, "event") == event) {
            Some(have) => *have = new,
            None => all.push(new),
        }
    }
    set(doc, "notificationSettings", all);
    Ok(())
}

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let name = input.str("name")?;
    check_name(name)?;
    let source = source(input)?;
    let tags = tags(input)?;
    let id = ctx.new_uuid("trust-anchor");
    let mut doc = json!({
        "trustAnchorId": id,
        "trustAnchorArn": ctx.arn("rolesanywhere", &format!("trust-anchor/{id}")),
        "name": name,
        "source": source,
        "enabled": input.flag("enabled")?,
        "createdAt": ctx.timestamp(),
        "notificationSettings": EVENTS.map(default_notification),
        "_tags": tags,
    });
    notifications(ctx, input, &mut doc)?;
    save(ctx, doc)
}

fn update(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input.str("trustAnchorId")?)?;
    let name = input.filled("name")?;
    if let Some(name) = name {
        check_name(name)?;
    }
    set_some(&mut doc, "name", name);
    if input.has("source") {
        set(&mut doc, "source", source(input)?);
    }
    save(ctx, doc)
}

fn switch(ctx: &mut Ctx, input: &Input, on: bool) -> Answer {
    let mut doc = get(ctx, input.str("trustAnchorId")?)?;
    set(&mut doc, "enabled", on);
    save(ctx, doc)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let doc = get(ctx, input.str("trustAnchorId")?)?;
    let table = ctx.regional(TABLE);
    ctx.store.remove(&table, text(&doc, "trustAnchorId"));
    Ok(json!({"trustAnchor": public(&doc)}))
}

fn put_notifications(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input.str("trustAnchorId")?)?;
    notifications(ctx, input, &mut doc)?;
    save(ctx, doc)
}

fn reset_notifications(ctx: &mut Ctx, input: &Input) -> Answer {
    let mut doc = get(ctx, input.str("trustAnchorId")?)?;
    for key in input.structures("notificationSettingKeys")? {
        key.filled("channel")?;
        let event = key.str("event")?;
        if let Some(all) = crate::document::items_mut(&mut doc, "notificationSettings") {
            for have in all.iter_mut().filter(|have| text(have, "event") == event) {
                *have = default_notification(event);
            }
        }
    }
    save(ctx, doc)
}
