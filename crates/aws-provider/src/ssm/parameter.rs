//! `aws_ssm_parameter` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/ssm_parameter>).

use craton_model::Value;
use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

/// Values of parameters by their names, ten in a call.
static VALUES: Many = Many {
    service: "ssm",
    op: "GetParameters",
    ids: "Names",
    items: "Parameters",
    key: "Name",
    max: 10,
    filter: None,
    with: &[],
};

/// What a new version of the parameter covers.
const CONTENT: &[&str] =
    &["allowed_pattern", "description", "insecure_value", "key_id", "tier", "type", "value", "value_wo_version"];

/// `aws_ssm_parameter`.
pub static PARAMETER: Resource = resource("aws_ssm_parameter", &super::SSM)
    .attrs(&[
        string("allowed_pattern").unread().check(&[Check::Length(0, 1024)]),
        string("arn").optional_computed().from("ARN").unsent(),
        string("data_type").optional_computed().replaces().check(&[Check::OneOf(&[
            "aws:ec2:image",
            "aws:ssm:integration",
            "text",
        ])]),
        string("description").unread().check(&[Check::Length(0, 1024)]),
        boolean("has_value_wo").computed().unread(),
        string("insecure_value").optional_computed().local().exactly_one_of(&["insecure_value", "value", "value_wo"]),
        string("key_id").optional_computed().unread(),
        string("name").required().replaces().check(&[Check::Length(1, 2048)]),
        boolean("overwrite").local(),
        string("tier").optional_computed().unread().check(&[Check::OneOf(&[
            "Standard",
            "Advanced",
            "Intelligent-Tiering",
        ])]),
        string("type").required().check(&[Check::OneOf(&["String", "StringList", "SecureString"])]),
        string("value").optional_computed().sensitive().local().exactly_one_of(&[
            "insecure_value",
            "value",
            "value_wo",
        ]),
        string("value_wo").sensitive().write_only().local().exactly_one_of(&["insecure_value", "value", "value_wo"]),
        int("value_wo_version").local().required_with(&["value_wo"]),
        int("version").computed(),
    ])
    .tagged(super::tags(&[("ResourceType", "Parameter")]))
    .create_with(create)
    .key(&[("Name", "id")])
    .read(Read::Hook)
    .updates(&[update_with(change, CONTENT), update_state(&["arn", "overwrite", "value_wo"])])
    .delete("DeleteParameter")
    .gone(&["ParameterNotFound"])
    .faults(&[("ParameterAlreadyExists", "name"), ("InvalidKeyId", "key_id")])
    .plans(plan)
    .after_read(read);

fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    if plan.creating() {
        return Ok(());
    }
    if plan.changes("value") {
        plan.unknown("version");
    }
    // Each takes the place of the other.
    let moves = plan.changes("insecure_value") && plan.prior.as_ref().is_some_and(|p| p.is_zero("insecure_value"));
    if plan.changes("value") && plan.config.get("insecure_value").is_null() || moves {
        plan.unknown("insecure_value");
    }
    if plan.changes("insecure_value") && plan.config.get("value").is_null() {
        plan.unknown("value");
    }
    if plan.changes("value_wo_version") {
        plan.unknown("has_value_wo");
    }
    // An advanced parameter cannot become a standard one again.
    let before = plan.prior.as_ref().map(|p| p.text("tier").to_owned()).unwrap_or_default();
    // AWS was left to choose, and what it chose is the answer.
    if !before.is_empty() && plan.config.text("tier") == "Intelligent-Tiering" {
        plan.planned.set("tier", Value::from(before.as_str()));
    }
    if before == "Advanced" && plan.planned.text("tier") == "Standard" && plan.changes("tier") {
        plan.replace_for("tier");
    }
    Ok(())
}

async fn send(cx: &Cx, work: &mut Work, overwrite: bool) -> Result<(), Fail> {
    // The read afterwards has to know that the value is not to be kept.
    match work.config.get("value_wo").is_null() {
        true => work.state.clear("has_value_wo"),
        false => work.state.set("has_value_wo", true),
    }
    // The plan may have left open which of them holds the value.
    if let Some(v) = work.config.str("insecure_value").map(str::to_owned) {
        work.state.set("insecure_value", v);
    }
    let s = &work.state;
    let mut input = Map::new();
    doc::input(work.resource.attrs, s, &mut input);
    let value = ["value_wo", "value", "insecure_value"].iter().find_map(|n| work.config.str(n));
    input.insert("Value".into(), json!(value.or(s.str("value")).unwrap_or_default()));
    // What a request leaves out stays as it was; an empty pattern takes it away.
    input.insert("AllowedPattern".into(), json!(s.text("allowed_pattern")));
    if s.text("type") != "SecureString" {
        input.remove("KeyId");
    }
    if overwrite {
        input.insert("Overwrite".into(), json!(true));
        if work.changes("description") {
            input.insert("Description".into(), json!(s.text("description")));
        }
    } else if let Some(t) = &work.resource.tags {
        t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
    }
    match cx.call("ssm", "PutParameter", Json::Object(input.clone())).await {
        // Some regions know no tiers.
        Err(e) if e.says(&["ValidationException"], "Tier is not supported") => {
            input.remove("Tier");
            cx.call("ssm", "PutParameter", Json::Object(input)).await?;
            Ok(())
        }
        Err(e) => Err(e),
        Ok(_) => Ok(()),
    }
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let overwrite = work.state.bool("overwrite");
        send(cx, work, overwrite).await?;
        let name = work.state.text("name").to_owned();
        work.state.set("id", name);
        // Tags and overwriting cannot be asked for together.
        let tags = cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default();
        if overwrite
            && !tags.is_empty()
            && let Some(t) = &work.resource.tags
        {
            t.change(cx, "ssm", &work.state, &crate::tags::Tags::new(), &tags).await?;
        }
        Ok(())
    })
}

fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move { send(cx, work, true).await })
}

/// Values are asked for in batches; what else there is to know of all parameters comes in one listing.
fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let name = obj.id().to_owned();
        let filter = json!({"ParameterFilters": [{"Key": "Name", "Option": "Equals", "Values": [name]}]});
        let (value, about) =
            futures_util::join!(cx.load(&DECRYPTED, &name), cx.once("ssm", "DescribeParameters", filter),);
        let Some(item) = value? else { return Ok(false) };
        doc::fill(PARAMETER.attrs, &item, obj);
        let about = doc::at(&*about?, "Parameters[0]").unwrap_or_default();
        obj.set("allowed_pattern", doc::text(&about, "AllowedPattern"));
        obj.set("description", doc::text(&about, "Description"));
        obj.set("key_id", doc::text(&about, "KeyId"));
        obj.set("tier", doc::text(&about, "Tier"));
        let value = doc::text(&item, "Value");
        let secret = doc::text(&item, "Type") == "SecureString";
        if obj.bool("has_value_wo") {
            // What was only to be written is not kept.
            obj.set("value", "");
            obj.clear("insecure_value");
        } else {
            let insecure = !obj.is_zero("insecure_value") && !secret;
            let (kept, other) = if insecure { ("insecure_value", "value") } else { ("value", "insecure_value") };
            obj.set(kept, value);
            obj.clear(other);
        }
        obj.set("name", name);
        Ok(true)
    })
}

/// The same with secrets in the clear: the state of a parameter has its value.
static DECRYPTED: Many = Many { with: &[("WithDecryption", "true")], ..VALUES };
