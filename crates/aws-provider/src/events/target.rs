//! `aws_cloudwatch_event_target`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/cloudwatch_event_target>).

use serde_json::{Map, Value as Json, json};

use super::DEFAULT_BUS;
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::names;
use crate::obj::Obj;
use crate::work::Work;

const APPSYNC: Kind = Kind::Object(&[string("graphql_operation").api("GraphQLOperation")]);
const BATCH: Kind = Kind::Object(&[
    int("array_size").api("ArrayProperties.Size").check(&[Check::Range(2, 10_000)]),
    int("job_attempts").api("RetryStrategy.Attempts").check(&[Check::Range(1, 10)]),
    string("job_definition").required(),
    string("job_name").required(),
]);
const DEAD_LETTER: Kind = Kind::Object(&[string("arn").zero().check(&[Check::Arn])]);
const STRATEGY: Kind = Kind::Object(&[
    int("base").api("base").zero(),
    string("capacity_provider").required().api("capacityProvider"),
    int("weight").api("weight").zero(),
]);
const NETWORK: Kind = Kind::Object(&[
    boolean("assign_public_ip").default_bool(false).local(),
    strings("security_groups"),
    strings("subnets").required(),
]);
const PLACEMENT: Kind = Kind::Object(&[string("field").api("field").zero(), string("type").required().api("type")]);
const CONSTRAINT: Kind =
    Kind::Object(&[string("expression").api("expression").zero(), string("type").required().api("type")]);
const ECS: Kind = Kind::Object(&[
    block_set("capacity_provider_strategy", &STRATEGY).zero(),
    boolean("enable_ecs_managed_tags").default_bool(false).api("EnableECSManagedTags").zero(),
    boolean("enable_execute_command").default_bool(false).zero(),
    string("group").zero(),
    string("launch_type").zero().check(&[Check::OneOf(&["EC2", "FARGATE", "EXTERNAL"])]),
    block("network_configuration", &NETWORK).api("NetworkConfiguration.awsvpcConfiguration").zero(),
    blocks("ordered_placement_strategy", &PLACEMENT).times(0, 5).api("PlacementStrategy").zero(),
    block_set("placement_constraint", &CONSTRAINT).times(0, 10).api("PlacementConstraints").zero(),
    string("platform_version").zero(),
    string("propagate_tags").zero().check(&[Check::OneOf(&["TASK_DEFINITION"])]),
    map("tags", &Kind::String).local(),
    int("task_count").default_int(1),
    string("task_definition_arn").required().check(&[Check::Arn]),
]);
const HTTP: Kind = Kind::Object(&[
    map("header_parameters", &Kind::String),
    list("path_parameter_values", &Kind::String),
    map("query_string_parameters", &Kind::String),
]);
const TRANSFORMER: Kind = Kind::Object(&[
    map("input_paths", &Kind::String).api("InputPathsMap"),
    string("input_template").required().check(&[Check::Length(1, 8192)]),
]);
const KINESIS: Kind = Kind::Object(&[string("partition_key_path").zero()]);
const REDSHIFT: Kind = Kind::Object(&[
    string("database").required(),
    string("db_user").zero(),
    string("secrets_manager_arn").api("SecretManagerArn").zero(),
    string("sql").zero(),
    string("statement_name").zero(),
    boolean("with_event").zero(),
]);
const RETRY: Kind = Kind::Object(&[int("maximum_event_age_in_seconds").zero(), int("maximum_retry_attempts").zero()]);
const RUN: Kind = Kind::Object(&[string("key").required(), list("values", &Kind::String).required()]);
const PIPELINE: Kind = Kind::Object(&[string("name").required(), string("value").required()]);
const SAGEMAKER: Kind = Kind::Object(&[block_set("pipeline_parameter_list", &PIPELINE).times(0, 200).zero()]);
const SQS: Kind = Kind::Object(&[string("message_group_id").zero()]);

const CONTENT: &[&str] = &[
    "appsync_target",
    "arn",
    "batch_target",
    "dead_letter_config",
    "ecs_target",
    "http_target",
    "input",
    "input_path",
    "input_transformer",
    "kinesis_target",
    "redshift_target",
    "retry_policy",
    "role_arn",
    "run_command_targets",
    "sagemaker_pipeline_target",
    "sqs_target",
];

/// `aws_cloudwatch_event_target`.
pub static TARGET: Resource = resource("aws_cloudwatch_event_target", &super::EVENTS)
    .version(1)
    .attrs(&[
        block("appsync_target", &APPSYNC).api("AppSyncParameters").zero(),
        string("arn").required().check(&[Check::Arn]),
        block("batch_target", &BATCH).api("BatchParameters").zero(),
        block("dead_letter_config", &DEAD_LETTER).zero(),
        block("ecs_target", &ECS).api("EcsParameters").zero(),
        string("event_bus_name").default_str(DEFAULT_BUS).replaces().local(),
        boolean("force_destroy").default_bool(false).local(),
        block("http_target", &HTTP).api("HttpParameters").zero(),
        string("input").zero().conflicts_with(&["input_path", "input_transformer"]).check(&[Check::Length(0, 8192)]),
        string("input_path").zero().conflicts_with(&["input", "input_transformer"]).check(&[Check::Length(0, 256)]),
        block("input_transformer", &TRANSFORMER).zero().conflicts_with(&["input", "input_path"]),
        block("kinesis_target", &KINESIS).api("KinesisParameters").zero(),
        block("redshift_target", &REDSHIFT).api("RedshiftDataParameters").zero(),
        block("retry_policy", &RETRY).zero(),
        string("role_arn").zero().check(&[Check::Arn]),
        string("rule").required().replaces().local(),
        blocks("run_command_targets", &RUN).times(0, 5).api("RunCommandParameters.RunCommandTargets").zero(),
        block("sagemaker_pipeline_target", &SAGEMAKER).api("SageMakerPipelineParameters").zero(),
        block("sqs_target", &SQS).api("SqsParameters").zero(),
        string("target_id").optional_computed().replaces().api("Id").check(&[Check::Length(1, 64)]),
    ])
    .create_with(create)
    .read(Read::Hook)
    .updates(&[update_with(put, CONTENT), update_state(&["force_destroy"])])
    .delete_with(delete)
    .gone(&["ResourceNotFoundException"])
    .faults(&[("ResourceNotFoundException", "rule")])
    .after_read(read)
    .imports(import);

async fn send(cx: &Cx, work: &Work) -> Result<(), Fail> {
    let s = &work.state;
    let mut target = Map::new();
    doc::input(work.resource.attrs, s, &mut target);
    // EventBridge has words for a bool, and a list of tags.
    if let (Some(ecs), Some(Json::Object(out))) = (s.objects("ecs_target").first(), target.get_mut("EcsParameters")) {
        if let Some(network) = ecs.objects("network_configuration").first() {
            let public = if network.bool("assign_public_ip") { "ENABLED" } else { "DISABLED" };
            doc::put(out, "NetworkConfiguration.awsvpcConfiguration.AssignPublicIp", json!(public));
        }
        let tags = crate::tags::of_value(&ecs.get("tags"));
        if !tags.is_empty() {
            out.insert("Tags".into(), crate::tags::list(&tags));
        }
    }
    let input = json!({"Rule": s.text("rule"), "EventBusName": s.text("event_bus_name"), "Targets": [target]});
    let codes = &["ConcurrentModificationException"];
    let answer = cx.retry("events", "PutTargets", input, work.limit, codes).await?;
    match doc::items(&answer, "FailedEntries").first() {
        Some(e) => Err(Fail::new(
            "Target of a rule refused",
            format!(
                "EventBridge did not take the target: {} ({}).",
                doc::text(e, "ErrorMessage"),
                doc::text(e, "ErrorCode")
            ),
        )),
        None => Ok(()),
    }
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        if work.state.is_zero("target_id") {
            let id = format!("terraform-{}", names::unique(cx.settings.clock.now()));
            work.state.set("target_id", id);
        }
        send(cx, work).await?;
        let s = &work.state;
        let id = match s.text("event_bus_name") {
            DEFAULT_BUS => format!("{}-{}", s.text("rule"), s.text("target_id")),
            bus => format!("{bus}-{}-{}", s.text("rule"), s.text("target_id")),
        };
        work.state.set("id", id);
        Ok(())
    })
}

/// All targets of a rule share one listing.
fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let bus = obj.str("event_bus_name").unwrap_or(DEFAULT_BUS).to_owned();
        let input = json!({"Rule": obj.text("rule"), "EventBusName": bus});
        let all = cx.list_once("events", "ListTargetsByRule", "Targets", input).await?;
        let id = obj.text("target_id").to_owned();
        let Some(item) = all.into_iter().find(|t| doc::text(t, "Id") == id) else { return Ok(false) };
        doc::fill(TARGET.attrs, &item, obj);
        obj.set("event_bus_name", bus);
        if let Some(ecs) = obj.objects("ecs_target").first() {
            let mut ecs = ecs.clone();
            let public = doc::text(&item, "EcsParameters.NetworkConfiguration.awsvpcConfiguration.AssignPublicIp");
            if let Some(network) = ecs.objects("network_configuration").first() {
                let mut network = network.clone();
                network.set("assign_public_ip", public == "ENABLED");
                let ty = network.ty().clone();
                ecs.set("network_configuration", craton_model::Value::list(ty, [network.value()]));
            }
            let tags = doc::at(&item, "EcsParameters.Tags").map(|t| crate::tags::of_document(&t)).unwrap_or_default();
            if !tags.is_empty() {
                ecs.set("tags", crate::tags::value(tags.iter()));
            }
            let ty = ecs.ty().clone();
            obj.set("ecs_target", craton_model::Value::list(ty, [ecs.value()]));
        }
        Ok(true)
    })
}

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move { send(cx, work).await })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let p = &work.prior;
        let mut input =
            json!({"Rule": p.text("rule"), "EventBusName": p.text("event_bus_name"), "Ids": [p.text("target_id")]});
        if p.bool("force_destroy") {
            input["Force"] = json!(true);
        }
        let codes = &["ConcurrentModificationException"];
        cx.retry("events", "RemoveTargets", input, work.limit, codes).await?;
        Ok(())
    })
}

fn import<'a>(_: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let parts: Vec<&str> = id.split('/').collect();
        let (bus, rule, target) = match parts.as_slice() {
            [rule, target] => (DEFAULT_BUS.to_owned(), *rule, *target),
            [bus @ .., rule, target] if !bus.is_empty() => (bus.join("/"), *rule, *target),
            _ => {
                return Err(Fail::new(
                    "Invalid import id",
                    format!("{id:?} is not a rule and a target of it, as in \"rule/target\" or \"bus/rule/target\"."),
                ));
            }
        };
        obj.set("id", format!("{rule}-{target}"));
        obj.set("event_bus_name", bus);
        obj.set("rule", rule);
        obj.set("target_id", target);
        // AWS knows nothing of it; the provider starts from its default.
        obj.set("force_destroy", false);
        Ok(())
    })
}
