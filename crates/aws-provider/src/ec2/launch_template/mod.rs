//! `aws_launch_template` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/launch_template>).
//!
//! Every change of what instances get is a new version of the template.

pub mod data;

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::names;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

/// `DescribeLaunchTemplates`.
pub static LAUNCH_TEMPLATES: Many =
    super::many("DescribeLaunchTemplates", "LaunchTemplateIds", "LaunchTemplates", "LaunchTemplateId", None);

/// `aws_launch_template`.
pub static LAUNCH_TEMPLATE: Resource = resource("aws_launch_template", &super::EC2)
    .arn("ec2:launch-template/{id}")
    .attrs(data::ATTRIBUTES)
    .tagged(super::tags("launch-template"))
    .create_with(create)
    .key(&[("LaunchTemplateId", "id")])
    .read(Read::Many(&LAUNCH_TEMPLATES))
    .updates(&[
        update_with(new_version, data::VERSIONED),
        update_with(choose_default, &["default_version", "update_default_version"]),
    ])
    .delete("DeleteLaunchTemplate")
    .gone(&["InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.VersionNotFound"])
    .faults(&[("InvalidLaunchTemplateName.AlreadyExistsException", "name"), ("InvalidAMIID.Malformed", "image_id")])
    .validates(validate)
    .plans(plan)
    .after_read(read);

fn validate(config: &Obj, found: &mut craton_model::Diagnostics) {
    if config.str("instance_type").is_some() && !config.objects("instance_requirements").is_empty() {
        found.push(
            craton_model::Diagnostic::error(
                "Conflicting configuration arguments",
                "\"instance_type\" conflicts with \"instance_requirements\": only one of them can be given.",
            )
            .on_attribute(craton_model::Path::attr("instance_type")),
        );
    }
}

/// A new version is the latest, and the default where that follows.
fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    if plan.prior.is_some() && data::VERSIONED.iter().any(|n| plan.changes(n)) {
        plan.unknown("latest_version");
        if plan.planned.bool("update_default_version") {
            plan.unknown("default_version");
        }
    }
    Ok(())
}

/// What a version says, as requests take it.
fn document(state: &Obj) -> Json {
    let mut out = Map::new();
    let attrs = data::in_data();
    doc::input(&attrs, state, &mut out);
    let mut out = Json::Object(out);
    data::to_aws(&mut out);
    out
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = names::choose(&work.state, cx.settings.clock.now());
        let mut input = Map::new();
        input.insert("LaunchTemplateName".into(), json!(name));
        input.insert("LaunchTemplateData".into(), document(&work.state));
        if let Some(d) = work.state.str("description") {
            input.insert("VersionDescription".into(), json!(d));
        }
        if let Some(t) = &work.resource.tags {
            t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        }
        let answer = cx.ec2("CreateLaunchTemplate", Json::Object(input)).await?;
        work.state.set("id", doc::text(&answer, "LaunchTemplate.LaunchTemplateId"));
        Ok(())
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        obj.set("name_prefix", names::prefix_of(&doc::text(item, "LaunchTemplateName")));
        let latest = doc::text(item, "LatestVersionNumber");
        let input = json!({"LaunchTemplateId": obj.id(), "Versions": [latest]});
        let answer = cx.once("ec2", "DescribeLaunchTemplateVersions", input).await?;
        let Some(version) = doc::at(&answer, "LaunchTemplateVersions[0]") else { return Ok(false) };
        obj.set("description", doc::text(&version, "VersionDescription"));
        let mut said = doc::at(&version, "LaunchTemplateData").unwrap_or_else(|| json!({}));
        data::from_aws(&mut said);
        let attrs = data::in_data();
        doc::fill(&attrs, &said, obj);
        // Terraform's provider leaves credits out for types that have none, and still has them in the state.
        if obj.text("instance_type").starts_with('t') || obj.get("credit_specification").is_null() {
            let credits = attrs.iter().filter(|a| a.name == "credit_specification").map(|a| a.zero());
            doc::fill(&credits.collect::<Vec<_>>(), &said, obj);
        }
        Ok(true)
    })
}

fn new_version<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = json!({"LaunchTemplateId": work.state.id(), "LaunchTemplateData": document(&work.state)});
        if let Some(d) = work.state.str("description") {
            input["VersionDescription"] = json!(d);
        }
        let answer = cx.ec2("CreateLaunchTemplateVersion", input).await?;
        let number = doc::text(&answer, "LaunchTemplateVersion.VersionNumber");
        if work.state.bool("update_default_version") {
            set_default(cx, work, number).await?;
        }
        Ok(())
    })
}

async fn set_default(cx: &Cx, work: &Work, number: String) -> Result<(), Fail> {
    let input = json!({"LaunchTemplateId": work.state.id(), "DefaultVersion": number});
    cx.ec2("ModifyLaunchTemplate", input).await?;
    Ok(())
}

/// Where no version was made, the default may still be another.
fn choose_default<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let new = work.changes_any(data::VERSIONED);
        if work.state.bool("update_default_version") {
            if !new && work.changes("update_default_version") {
                let latest = work.prior.int("latest_version").unwrap_or(1);
                set_default(cx, work, latest.to_string()).await?;
            }
            return Ok(());
        }
        if let Some(n) = work.state.int("default_version").filter(|_| work.changes("default_version")) {
            set_default(cx, work, n.to_string()).await?;
        }
        Ok(())
    })
}
