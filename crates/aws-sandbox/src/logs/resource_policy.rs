//! Resource policies of the account.

use serde_json::json;

use super::{not_found, paged};
use crate::context::Ctx;
use crate::error::Answer;
use crate::input::Input;
use crate::policy::{self, Kind};
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("PutResourcePolicy", put), ("DescribeResourcePolicies", describe), ("DeleteResourcePolicy", delete)];

const TABLE: &str = "log-resource-policy";
/// Source: PutResourcePolicy: up to 10 per region.
const MAX: usize = 10;

fn put(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["resourceArn", "expectedRevisionId"])?;
    let (name, document) = (input.str("policyName")?, input.str("policyDocument")?);
    policy::check(document, Kind::Resource).map_err(|why| input.invalid(why))?;
    let table = ctx.regional(TABLE);
    if ctx.store.get(&table, name).is_none() && ctx.store.count(&table) >= MAX {
        return Err(crate::error::AwsError::new("LimitExceededException", "Resource limit exceeded."));
    }
    let doc = json!({
        "policyName": name, "policyDocument": document, "lastUpdatedTime": ctx.now, "policyScope": "ACCOUNT",
    });
    ctx.store.put(&table, name, doc.clone());
    Ok(json!({"resourcePolicy": doc}))
}

fn describe(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["resourceArn"])?;
    if let Some(scope) = input.filled("policyScope")?
        && scope != "ACCOUNT"
    {
        return Err(crate::error::AwsError::not_implemented(format!("policyScope {scope}")));
    }
    let all = ctx.store.rows(&ctx.regional(TABLE)).map(|(_, d)| d.clone()).collect();
    paged(input, "resourcePolicies", all, 50)
}

fn delete(ctx: &mut Ctx, input: &Input) -> Answer {
    input.refuse(&["resourceArn", "expectedRevisionId"])?;
    let name = input.str("policyName")?;
    let table = ctx.regional(TABLE);
    match ctx.store.remove(&table, name) {
        Some(_) => Ok(json!({})),
        None => Err(not_found(format!("Policy with name [{name}] does not exist."))),
    }
}
