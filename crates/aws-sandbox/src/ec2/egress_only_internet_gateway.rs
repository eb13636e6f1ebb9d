//! Egress-only internet gateways (IPv6).

use serde_json::json;

use super::kind::{Describe, EGRESS_ONLY, VPC};
use super::{route_table, tags};
use crate::context::Ctx;
use crate::document::public;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations = &[
    ("CreateEgressOnlyInternetGateway", create),
    ("DescribeEgressOnlyInternetGateways", describe),
    ("DeleteEgressOnlyInternetGateway", delete),
];

fn create(ctx: &mut Ctx, input: &Input) -> Answer {
    let vpc = input.str("VpcId")?;
    input.accept(&["ClientToken"]);
    VPC.get(ctx, vpc)?;
    let tags = tags::on_create(input, EGRESS_ONLY.table)?;
    if EGRESS_ONLY.count(ctx) >= ctx.quotas.egress_only_internet_gateways_per_region {
        return Err(AwsError::new(
            "EgressOnlyInternetGatewayLimitExceeded",
            "The maximum number of egress-only internet gateways has been reached.",
        ));
    }
    let doc = json!({
        "Attachments": [{"State": "attached", "VpcId": vpc}],
        "EgressOnlyInternetGatewayId": ctx.new_id("eigw"),
        "Tags": tags,
    });
    EGRESS_ONLY.put(ctx, doc.clone());
    Ok(json!({"EgressOnlyInternetGateway": public(&doc)}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    let shape = Describe {
        ids: "EgressOnlyInternetGatewayIds",
        filter_member: "Filters",
        list: "EgressOnlyInternetGateways",
        filters: &[],
    };
    EGRESS_ONLY.describe(ctx, input, &shape, |_, d| d.clone())
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    let id = input.str("EgressOnlyInternetGatewayId")?;
    EGRESS_ONLY.get(ctx, id)?;
    EGRESS_ONLY.forget(ctx, id);
    route_table::blackhole(ctx, id);
    Ok(json!({"ReturnCode": true}))
}
