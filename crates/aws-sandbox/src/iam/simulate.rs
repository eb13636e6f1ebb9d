//! The policy simulator: what policies would say about requests that nobody makes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{identity, no_such_entity, paged};
use crate::authorize::{self, Ask, Found, Who};
use crate::context::Ctx;
use crate::document::set;
use crate::error::{Answer, AwsError};
use crate::input::Input;
use crate::policy::{self, Kind};
use crate::sandbox::Operations;

pub(crate) const OPERATIONS: Operations =
    &[("SimulateCustomPolicy", simulate_custom), ("SimulatePrincipalPolicy", simulate_principal)];

/// A policy with the name that the simulator gives it, and where it comes from.
struct Source {
    id: String,
    kind: &'static str,
    policy: Value,
}

fn parse(document: &str, kind: Kind) -> Result<Value, AwsError> {
    policy::check(document, kind).map_err(|why| AwsError::new("InvalidInput", why))
}

/// The policies in a list of a request.
fn given(input: &Input, member: &str, kind: &'static str) -> Result<Vec<Source>, AwsError> {
    let documents = input.strings(member)?.into_iter().enumerate();
    documents
        .map(|(n, d)| Ok(Source { id: format!("{member}.{}", n + 1), kind, policy: parse(d, Kind::Identity)? }))
        .collect()
}

fn simulate_custom(ctx: &mut Ctx, input: &Input) -> Answer {
    let policies = given(input, "PolicyInputList", "IAM Policy")?;
    if policies.is_empty() {
        return Err(input.missing("PolicyInputList"));
    }
    let boundary = given(input, "PermissionsBoundaryPolicyInputList", "IAM Policy")?;
    simulate(ctx, input, &policies, &boundary, None)
}

fn simulate_principal(ctx: &mut Ctx, input: &Input) -> Answer {
    let arn = input.str("PolicySourceArn")?;
    let identity =
        identity::by_arn(ctx, arn).ok_or_else(|| no_such_entity(format!("The entity {arn} cannot be found.")))?;
    if let Some(unknown) = identity.unknown.first() {
        return Err(AwsError::not_implemented(format!("what the AWS managed policy {unknown} says")));
    }
    let mut policies: Vec<Source> = Vec::new();
    for (id, document) in &identity.policies {
        policies.push(Source { id: id.clone(), kind: "IAM Policy", policy: parse(document, Kind::Identity)? });
    }
    policies.extend(given(input, "PolicyInputList", "IAM Policy")?);
    let mut boundary = given(input, "PermissionsBoundaryPolicyInputList", "IAM Policy")?;
    if let (true, Some((id, document))) = (boundary.is_empty(), &identity.boundary) {
        boundary.push(Source { id: id.clone(), kind: "IAM Policy", policy: parse(document, Kind::Identity)? });
    }
    simulate(ctx, input, &policies, &boundary, Some(arn).filter(|a| a.contains(":user/")))
}

/// Each action with each resource. `caller` is who asks when the request does not say.
fn simulate(ctx: &mut Ctx, input: &Input, policies: &[Source], boundary: &[Source], caller: Option<&str>) -> Answer {
    input.refuse(&["ResourceHandlingOption"])?;
    let actions = input.strings("ActionNames")?;
    if actions.is_empty() {
        return Err(input.missing("ActionNames"));
    }
    if let Some(bad) = actions.iter().find(|a| !a.contains(':')) {
        return Err(AwsError::new("InvalidInput", format!("{bad} is not an action: it has no service in front.")));
    }
    let mut resources = input.strings("ResourceArns")?;
    if resources.is_empty() {
        resources.push("*");
    }
    let mut ask = Ask::default();
    for entry in input.structures("ContextEntries")? {
        entry.accept(&["ContextKeyType"]);
        let values = entry.strings("ContextKeyValues")?.into_iter().map(str::to_owned).collect();
        ask.context.insert(entry.str("ContextKeyName")?.to_lowercase(), values);
    }
    let resource_policy = match input.filled("ResourcePolicy")? {
        Some(document) => Some(parse(document, Kind::Resource)?),
        None => None,
    };
    let caller = input.filled("CallerArn")?.or(caller);
    if resource_policy.is_some() && caller.is_none() {
        let message = "CallerArn is required with a ResourcePolicy: its principals are compared with it.";
        return Err(AwsError::new("InvalidInput", message));
    }
    if let Some(arn) = caller {
        let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
        ask.who = Who { arn: arn.to_owned(), principal: arn.to_owned(), account };
    }
    let owner = input.filled("ResourceOwner")?.and_then(|arn| arn.split(':').nth(4)).unwrap_or(&ctx.account).to_owned();
    let strange = caller.is_some() && ask.who.account != owner;
    let mut results = Vec::new();
    for action in &actions {
        for resource in &resources {
            (ask.action, ask.resource) = ((*action).to_owned(), (*resource).to_owned());
            results.push(evaluate(&ask, policies, boundary, resource_policy.as_ref(), strange)?);
        }
    }
    paged(input, "EvaluationResults", results)
}

fn evaluate(
    ask: &Ask,
    policies: &[Source],
    boundary: &[Source],
    resource_policy: Option<&Value>,
    strange: bool,
) -> Result<Value, AwsError> {
    let (mut allows, mut denies) = (Vec::new(), Vec::new());
    let mut missing = BTreeSet::new();
    let mut note = |id: &str, kind: &str, found: &mut Found| {
        let row = json!({"SourcePolicyId": id, "SourcePolicyType": kind});
        denies.extend(found.denies.iter().map(|_| row.clone()));
        allows.extend(found.allows.iter().map(|_| row.clone()));
        missing.append(&mut found.missing);
    };
    let mut by_identity = false;
    for source in policies {
        let mut found = authorize::consult(&source.policy, ask)?;
        by_identity |= !found.allows.is_empty();
        note(&source.id, source.kind, &mut found);
    }
    let mut within = boundary.is_empty();
    for source in boundary {
        let mut found = authorize::consult(&source.policy, ask)?;
        within |= !found.allows.is_empty();
        note(&source.id, source.kind, &mut found);
    }
    let (mut by_resource, mut by_account) = (false, false);
    if let Some(policy) = resource_policy {
        let mut found = authorize::consult(policy, ask)?;
        (by_resource, by_account) = (!found.allows.is_empty(), !found.delegates.is_empty());
        note("ResourcePolicy", "Resource Policy", &mut found);
    }
    let by_identity = by_identity && within;
    let allowed = match strange {
        // Of another account both must say so.
        true => by_identity && (by_resource || by_account),
        false => by_identity || by_resource,
    };
    let (decision, matched) = match (denies.is_empty(), allowed) {
        (false, _) => ("explicitDeny", denies),
        (true, true) => ("allowed", allows),
        (true, false) => ("implicitDeny", Vec::new()),
    };
    let mut out = json!({
        "EvalActionName": ask.action,
        "EvalResourceName": ask.resource,
        "EvalDecision": decision,
        "MatchedStatements": matched,
        "MissingContextValues": missing,
    });
    if !boundary.is_empty() {
        set(&mut out, "PermissionsBoundaryDecisionDetail", json!({"AllowedByPermissionsBoundary": within}));
    }
    Ok(out)
}
