//! `aws_flow_log` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/flow_log>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

static FLOW_LOGS: Many =
    super::many("DescribeFlowLogs", "FlowLogIds", "FlowLogs", "FlowLogId", Some(("Filter", "flow-log-id")));

const OPTIONS: Kind = Kind::Object(&[
    string("file_format").default_str("plain-text").replaces().check(&[Check::OneOf(&["plain-text", "parquet"])]),
    boolean("hive_compatible_partitions").default_bool(false).replaces(),
    boolean("per_hour_partition").default_bool(false).replaces(),
]);

/// What is watched: the argument, and what AWS calls it. Its id begins in a way of its own.
const WATCHED: &[(&str, &str, &str)] = &[
    ("eni_id", "NetworkInterface", "eni-"),
    ("subnet_id", "Subnet", "subnet-"),
    ("transit_gateway_id", "TransitGateway", "tgw-"),
    ("transit_gateway_attachment_id", "TransitGatewayAttachment", "tgw-attach-"),
    ("vpc_id", "VPC", "vpc-"),
];

const ONE_OF: &[&str] = &["eni_id", "subnet_id", "vpc_id", "transit_gateway_id", "transit_gateway_attachment_id"];

/// `aws_flow_log`.
pub static FLOW_LOG: Resource = resource("aws_flow_log", &super::EC2)
    .arn("ec2:vpc-flow-log/{id}")
    .attrs(&[
        string("arn").computed().unread(),
        string("deliver_cross_account_role").zero().replaces().check(&[Check::Arn]),
        block("destination_options", &OPTIONS).replaces(),
        string("eni_id").replaces().local().exactly_one_of(ONE_OF),
        string("iam_role_arn")
            .zero()
            .replaces()
            .from("DeliverLogsPermissionArn")
            .to("DeliverLogsPermissionArn")
            .check(&[Check::Arn]),
        string("log_destination")
            .optional_computed()
            .zero()
            .replaces()
            .same(Same::LogGroupArn)
            .conflicts_with(&["log_group_name"])
            .check(&[Check::Arn]),
        string("log_destination_type").default_str("cloud-watch-logs").replaces().check(&[Check::OneOf(&[
            "cloud-watch-logs",
            "s3",
            "kinesis-data-firehose",
        ])]),
        string("log_format").optional_computed().replaces(),
        string("log_group_name").optional_computed().deprecated().zero().replaces(),
        int("max_aggregation_interval").default_int(600).replaces().check(&[Check::OneOfInt(&[60, 600])]),
        string("subnet_id").replaces().local(),
        string("traffic_type").replaces().zero().check(&[Check::OneOf(&["ACCEPT", "REJECT", "ALL"])]),
        string("transit_gateway_attachment_id").replaces().local(),
        string("transit_gateway_id").replaces().local(),
        string("vpc_id").replaces().local(),
    ])
    .tagged(super::tags("vpc-flow-log"))
    .create_with(create)
    .read(Read::Many(&FLOW_LOGS))
    .delete_with(delete)
    .gone(&["InvalidFlowLogId.NotFound"])
    .after_read(read);

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut input);
        // CloudWatch takes the ARN of the group without what stands for its streams.
        if let Some(group) = work.state.str("log_destination") {
            input.insert("LogDestination".into(), json!(group.trim_end_matches(":*")));
        }
        for (name, kind, _) in WATCHED {
            if let Some(id) = work.state.str(name) {
                input.insert("ResourceIds".into(), json!([id]));
                input.insert("ResourceType".into(), json!(kind));
            }
        }
        if let Some(t) = &work.resource.tags {
            t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        }
        let answer = create_flow_log(cx, Json::Object(input), work).await?;
        work.state.set("id", doc::text(&answer, "FlowLogIds[0]"));
        Ok(())
    })
}

/// A role that was just made is not known everywhere at once.
async fn create_flow_log(cx: &Cx, input: Json, work: &Work) -> Result<Json, Fail> {
    let start = cx.settings.clock.now();
    let limit = work.limit.min(std::time::Duration::from_secs(120));
    loop {
        let outcome = match cx.ec2("CreateFlowLogs", input.clone()).await {
            Ok(answer) => super::unsuccessful(&answer, &[]).map(|()| answer),
            Err(e) => Err(e),
        };
        let passing = match &outcome {
            Err(e) => e.says(&["InvalidParameter"], "Unable to assume given IAM role"),
            Ok(_) => false,
        };
        if !passing || cx.settings.clock.now().duration_since(start).unwrap_or_default() > limit {
            return outcome;
        }
        cx.settings.clock.sleep(std::time::Duration::from_secs(2)).await;
    }
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let id = doc::text(item, "ResourceId");
        // The longest beginning that fits: an attachment's id begins as its gateway's.
        let watched =
            WATCHED.iter().filter(|(_, _, prefix)| id.starts_with(prefix)).max_by_key(|(_, _, prefix)| prefix.len());
        if let Some((name, ..)) = watched {
            obj.set(name, id);
        }
        Ok(true)
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let answer = cx.ec2("DeleteFlowLogs", json!({"FlowLogIds": [work.prior.id()]})).await?;
        super::unsuccessful(&answer, &["InvalidFlowLogId.NotFound"])
    })
}
