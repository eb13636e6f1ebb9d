//! `aws_rolesanywhere_trust_anchor`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/rolesanywhere_trust_anchor>).

use craton_model::{Diagnostic, Diagnostics, Path};
use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

/// All trust anchors of a region.
static TRUST_ANCHORS: Sweep =
    Sweep { service: "rolesanywhere", op: "ListTrustAnchors", items: "trustAnchors", key: "trustAnchorId" };

/// Who has configured a notification that nobody asked for.
const BY_DEFAULT: &str = "rolesanywhere.amazonaws.com";

const NOTIFICATION: Kind = Kind::Object(&[
    string("channel").optional_computed().api("channel").check(&[Check::OneOf(&["ALL"])]),
    string("configured_by").computed().from("configuredBy"),
    boolean("enabled").optional_computed().api("enabled").always(),
    string("event")
        .optional_computed()
        .api("event")
        .check(&[Check::OneOf(&["CA_CERTIFICATE_EXPIRY", "END_ENTITY_CERTIFICATE_EXPIRY"])]),
    int("threshold").optional_computed().api("threshold"),
]);

const DATA: Kind = Kind::Object(&[
    string("acm_pca_arn").zero().api("acmPcaArn").check(&[Check::Arn]),
    string("x509_certificate_data").zero().api("x509CertificateData"),
]);

const SOURCE: Kind = Kind::Object(&[
    block("source_data", &DATA).required().api("sourceData"),
    string("source_type").required().api("sourceType").check(&[Check::OneOf(&[
        "AWS_ACM_PCA",
        "CERTIFICATE_BUNDLE",
        "SELF_SIGNED_REPOSITORY",
    ])]),
]);

/// `aws_rolesanywhere_trust_anchor`.
pub static TRUST_ANCHOR: Resource = resource("aws_rolesanywhere_trust_anchor", &super::ROLES_ANYWHERE)
    .attrs(&[
        string("arn").computed().from("trustAnchorArn"),
        boolean("enabled").optional_computed().api("enabled"),
        string("name").required().api("name"),
        block_set("notification_settings", &NOTIFICATION)
            .times(0, 50)
            .optional_computed()
            .replaces()
            .api("notificationSettings"),
        block("source", &SOURCE).required().api("source"),
    ])
    .tagged(super::TAGS)
    .create_with(create)
    .key(&[("trustAnchorId", "id")])
    .read(Read::Sweep(&TRUST_ANCHORS))
    .updates(&[update_with(change, &["name", "source"]), update_with(switch, &["enabled"])])
    .delete("DeleteTrustAnchor")
    .gone(&["ResourceNotFoundException"])
    .validates(validate)
    .plans(plan);

/// The data must be that of the type.
fn validate(config: &Obj, found: &mut Diagnostics) {
    for source in config.objects("source") {
        let needed = match source.str("source_type") {
            Some("AWS_ACM_PCA") => "acm_pca_arn",
            Some("CERTIFICATE_BUNDLE") => "x509_certificate_data",
            _ => continue,
        };
        for data in source.objects("source_data") {
            if data.get(needed).is_null() {
                let detail =
                    format!("A source of the type {} has {needed:?} in its source_data.", source.text("source_type"));
                found.push(Diagnostic::error("Missing required argument", detail).on_attribute(Path::attr("source")));
            }
        }
    }
}

/// AWS always has a notification for each event: those that nobody configured are its own and no difference. One that is
/// configured differs when any of its arguments does.
fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    let wanted = plan.config.get("notification_settings");
    let Some(prior) = plan.prior.as_ref().filter(|_| wanted.is_wholly_known() && !wanted.is_empty()) else {
        return Ok(());
    };
    let (wanted, have) = (plan.config.objects("notification_settings"), prior.objects("notification_settings"));
    let says = |w: &Obj, h: &Obj, name: &str| w.get(name).is_null() || w.get(name) == h.get(name);
    let met = |w: &Obj| {
        let same = |h: &&Obj| ["channel", "enabled", "event", "threshold"].iter().all(|name| says(w, h, name));
        have.iter().any(|h| same(&h))
    };
    let own = |h: &&Obj| h.text("configured_by") != BY_DEFAULT;
    let asked = |h: &Obj| wanted.iter().any(|w| says(w, h, "event"));
    if wanted.iter().all(met) && have.iter().filter(own).all(asked) {
        let kept = prior.get("notification_settings");
        plan.planned.set("notification_settings", kept);
    }
    Ok(())
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut input);
        for n in input.get_mut("notificationSettings").and_then(Json::as_array_mut).into_iter().flatten() {
            // AWS wants to be told; an argument that is not given is false.
            if n.get("enabled").is_none() {
                n["enabled"] = json!(false);
            }
        }
        super::TAGS.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        let answer = cx.call("rolesanywhere", "CreateTrustAnchor", Json::Object(input)).await?;
        work.state.set("id", doc::text(&answer, "trustAnchor.trustAnchorId"));
        Ok(())
    })
}

fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut all = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut all);
        let input = json!({"trustAnchorId": work.state.id(), "name": all["name"], "source": all["source"]});
        cx.call("rolesanywhere", "UpdateTrustAnchor", input).await?;
        Ok(())
    })
}

fn switch<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let op = if work.state.bool("enabled") { "EnableTrustAnchor" } else { "DisableTrustAnchor" };
        cx.call("rolesanywhere", op, json!({"trustAnchorId": work.state.id()})).await?;
        Ok(())
    })
}
