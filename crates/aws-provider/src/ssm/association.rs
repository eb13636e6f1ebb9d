//! `aws_ssm_association` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/ssm_association>).

use serde_json::{Map, Value as Json, json};

use crate::cx::{Cx, Seen};
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

const OUTPUT: Kind = Kind::Object(&[
    string("s3_bucket_name").required().api("OutputS3BucketName").check(&[Check::Length(3, 63)]),
    string("s3_key_prefix").api("OutputS3KeyPrefix").zero().check(&[Check::Length(0, 500)]),
    string("s3_region").api("OutputS3Region").zero().check(&[Check::Length(3, 20)]),
]);

const TARGET: Kind =
    Kind::Object(&[string("key").required().check(&[Check::Length(1, 163)]), list("values", &Kind::String).required()]);

const CONTENT: &[&str] = &[
    "apply_only_at_cron_interval",
    "association_name",
    "automation_target_parameter_name",
    "compliance_severity",
    "document_version",
    "max_concurrency",
    "max_errors",
    "output_location",
    "parameters",
    "schedule_expression",
    "sync_compliance",
    "targets",
];

/// `aws_ssm_association`.
pub static ASSOCIATION: Resource = resource("aws_ssm_association", &super::SSM)
    .version(1)
    .attrs(&[
        boolean("apply_only_at_cron_interval").default_bool(false).zero(),
        string("arn").computed().unread(),
        string("association_id").computed(),
        string("association_name").zero().check(&[Check::Length(3, 128)]),
        string("automation_target_parameter_name").zero().check(&[Check::Length(1, 50)]),
        string("compliance_severity").zero().check(&[Check::OneOf(&[
            "CRITICAL",
            "HIGH",
            "MEDIUM",
            "LOW",
            "UNSPECIFIED",
        ])]),
        string("document_version").optional_computed(),
        string("instance_id").replaces().deprecated().zero(),
        string("max_concurrency").zero(),
        string("max_errors").zero(),
        string("name").required().replaces(),
        block("output_location", &OUTPUT).unread().to("OutputLocation.S3Location"),
        map("parameters", &Kind::String).optional_computed().local(),
        string("schedule_expression").zero().check(&[Check::Length(1, 256)]),
        string("sync_compliance").zero().check(&[Check::OneOf(&["AUTO", "MANUAL"])]),
        blocks("targets", &TARGET).times(0, 5).optional_computed(),
        int("wait_for_success_timeout_seconds").local(),
    ])
    .tagged(super::tags(&[("ResourceType", "Association")]))
    .create_with(create)
    .key(&[("AssociationId", "id")])
    .read(Read::One { op: "DescribeAssociation", item: "AssociationDescription" })
    .updates(&[update_with(change, CONTENT), update_state(&["wait_for_success_timeout_seconds"])])
    .delete("DeleteAssociation")
    .gone(&["AssociationDoesNotExist"])
    .faults(&[("InvalidDocument", "name")])
    .after_read(read);

fn input(work: &Work) -> Map<String, Json> {
    let mut input = Map::new();
    doc::input(work.resource.attrs, &work.state, &mut input);
    let parameters = crate::tags::of_value(&work.state.get("parameters"));
    if !parameters.is_empty() {
        // AWS takes lists of values; the argument has one for each name.
        let lists: Map<String, Json> = parameters.into_iter().map(|(k, v)| (k, json!([v]))).collect();
        input.insert("Parameters".into(), Json::Object(lists));
    }
    input
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = input(work);
        // By an instance, targets are what follows from it.
        if !work.state.is_zero("instance_id") {
            input.remove("Targets");
        }
        if let Some(t) = &work.resource.tags {
            t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        }
        let answer = cx.call("ssm", "CreateAssociation", Json::Object(input)).await?;
        work.state.set("id", doc::text(&answer, "AssociationDescription.AssociationId"));
        if let Some(seconds) = work.state.int("wait_for_success_timeout_seconds").filter(|s| *s > 0) {
            succeeded(cx, work, u64::try_from(seconds).unwrap_or(0)).await?;
        }
        Ok(())
    })
}

async fn succeeded(cx: &Cx, work: &Work, seconds: u64) -> Result<(), Fail> {
    let what = crate::read::name(work.resource, &work.state);
    let named = json!({"AssociationId": work.state.id()});
    cx.wait(&what, std::time::Duration::from_secs(seconds), &["Pending", "InProgress"], &["Success"], || {
        Box::pin(async {
            let answer = cx.call("ssm", "DescribeAssociation", named.clone()).await?;
            let state = doc::text(&answer, "AssociationDescription.Overview.Status");
            Ok(Some(Seen {
                reason: doc::text(&answer, "AssociationDescription.Overview.DetailedStatus"),
                ..Seen::of(state)
            }))
        })
    })
    .await?;
    Ok(())
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let account = cx.account().await?.to_owned();
        let id = obj.text("association_id").to_owned();
        obj.set("arn", cx.arn("ssm", &account, &format!("association/{id}")));
        let location = doc::at(item, "OutputLocation.S3Location").unwrap_or_else(|| json!([]));
        obj.set("output_location", doc::value(&Kind::List(&OUTPUT), &location));
        let parameters: Map<String, Json> = match item.get("Parameters") {
            Some(Json::Object(found)) => found
                .iter()
                .map(|(k, v)| {
                    let all = v.as_array().into_iter().flatten().filter_map(Json::as_str).collect::<Vec<_>>();
                    (k.clone(), json!(all.join(",")))
                })
                .collect(),
            _ => Map::new(),
        };
        obj.set_json("parameters", &Json::Object(parameters))?;
        Ok(true)
    })
}

fn change<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = input(work);
        input.remove("InstanceId");
        input.insert("AssociationId".into(), json!(work.state.id()));
        cx.call("ssm", "UpdateAssociation", Json::Object(input)).await?;
        Ok(())
    })
}
