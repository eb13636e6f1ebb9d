//! The policies that a role carries: those written into it, and those attached to it.

use craton_model::{Type, Value};
use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::Fut;
use crate::doc;
use crate::fail::Fail;
use crate::json as documents;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

/// Name and document of a policy within a role.
type Inline = (String, String);

/// A document within a role, or none.
///
/// # Errors
/// It is no JSON.
pub fn inline_document(s: &str) -> Result<(), String> {
    if s.is_empty() {
        return Ok(());
    }
    serde_json::from_str::<Json>(s).map(|_| ()).map_err(|e| format!("this is not a valid JSON document: {e}"))
}

/// The names of the policies within a role.
///
/// # Errors
/// AWS refused.
pub async fn inline_names(cx: &Cx, role: &str) -> Result<Vec<String>, Fail> {
    let names = cx.list_iam("ListRolePolicies", "PolicyNames", role).await?;
    Ok(names.into_iter().filter_map(|n| n.as_str().map(String::from)).collect())
}

/// The policies within a role.
///
/// # Errors
/// AWS refused.
pub async fn inline(cx: &Cx, role: &str) -> Result<Vec<Inline>, Fail> {
    let names = inline_names(cx, role).await?;
    let read = names.into_iter().map(|name| async move {
        match cx.once("iam", "GetRolePolicy", json!({"RoleName": role, "PolicyName": name})).await {
            Ok(found) => Ok(Some((name, super::document(&found, "PolicyDocument")))),
            // It went away between the two calls.
            Err(e) if e.is(&["NoSuchEntity"]) => Ok(None),
            Err(e) => Err(e),
        }
    });
    let found: Result<Vec<Option<Inline>>, Fail> = futures_util::future::join_all(read).await.into_iter().collect();
    Ok(found?.into_iter().flatten().collect())
}

/// The ARNs of the policies attached to a role.
///
/// # Errors
/// AWS refused.
pub async fn managed(cx: &Cx, role: &str) -> Result<Vec<String>, Fail> {
    let found = cx.list_iam("ListAttachedRolePolicies", "AttachedPolicies", role).await?;
    Ok(found.iter().map(|p| doc::text(p, "PolicyArn")).collect())
}

/// Takes a policy off a role; one that is off already is no error.
///
/// # Errors
/// AWS refused.
pub async fn detach(cx: &Cx, role: &str, arn: &str) -> Result<(), Fail> {
    let input = json!({"RoleName": role, "PolicyArn": arn});
    match super::persist(cx, "DetachRolePolicy", &input, |e| e.is(&["ConcurrentModification"])).await {
        Err(e) if !e.is(&["NoSuchEntity"]) => Err(e),
        _ => Ok(()),
    }
}

/// Removes a policy from within a role; one that is not there is no error.
///
/// # Errors
/// AWS refused.
pub async fn remove(cx: &Cx, role: &str, name: &str) -> Result<(), Fail> {
    match cx.call("iam", "DeleteRolePolicy", json!({"RoleName": role, "PolicyName": name})).await {
        Err(e) if !e.is(&["NoSuchEntity"]) => Err(e),
        _ => Ok(()),
    }
}

/// The policies of `inline_policy`. `inline_policy {}` says that there are to be none.
fn configured(obj: &Obj) -> Vec<Inline> {
    let all = obj.objects("inline_policy");
    let named = all.iter().filter(|o| o.str("name").is_some() && o.str("policy").is_some());
    named.map(|o| (o.text("name").to_owned(), o.text("policy").to_owned())).collect()
}

fn equivalent(a: &[Inline], b: &[Inline]) -> bool {
    a.len() == b.len()
        && a.iter().all(|(name, policy)| b.iter().any(|(n, p)| n == name && documents::same_policy(p, policy)))
}

/// Puts what AWS says into the state, unless that holds the same already.
///
/// # Errors
/// The policies do not fit the schema.
pub fn keep_or_set(obj: &mut Obj, found: Vec<Inline>) -> Result<(), Fail> {
    if equivalent(&configured(obj), &found) && !obj.get("inline_policy").is_null() {
        return Ok(());
    }
    let policies = found
        .iter()
        .map(|(name, policy)| json!({"name": name, "policy": documents::normal_version_first(policy)}))
        .collect();
    Ok(obj.set_json("inline_policy", &policies)?)
}

/// Writes planned documents as the state has them, and keeps what means the same.
///
/// # Errors
/// None.
pub fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    let policies = plan.planned.get("inline_policy");
    if let (Some(items), Type::Set(element)) = (policies.as_seq(), policies.ty()) {
        let items: Vec<Value> = items.iter().map(normal).collect();
        let normal = Value::set(element.as_ref().clone(), items);
        plan.planned.set("inline_policy", normal);
        if let Some(prior) = &plan.prior
            && plan.planned.get("inline_policy").is_wholly_known()
            && !plan.config.is_zero("inline_policy")
            && equivalent(&configured(prior), &configured(&plan.planned))
            && !(prior.is_zero("inline_policy"))
        {
            let kept = prior.get("inline_policy");
            plan.planned.set("inline_policy", kept);
        }
    }
    // The SDK cannot tell an empty set from none while the object is being made.
    let empty = plan.config.get("managed_policy_arns");
    if plan.creating() && !empty.is_null() && empty.is_known() && empty.is_empty() {
        plan.unknown("managed_policy_arns");
    }
    Ok(())
}

fn normal(item: &Value) -> Value {
    match item.get("policy").and_then(Value::as_str) {
        Some(policy) => item.clone().with_attribute("policy", Value::from(documents::normal_version_first(policy))),
        None => item.clone(),
    }
}

/// Brings the policies within a role to what is planned; also after a creation.
pub fn change_inline<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let role = work.state.id().to_owned();
        let (old, new) = (configured(&work.prior), configured(&work.state));
        for (name, _) in old.iter().filter(|(name, _)| !new.iter().any(|(n, _)| n == name)) {
            remove(cx, &role, name).await?;
        }
        for (name, policy) in new.iter().filter(|p| !old.contains(p)) {
            let input = json!({"RoleName": role, "PolicyName": name, "PolicyDocument": policy});
            super::persist(cx, "PutRolePolicy", &input, super::not_yet).await?;
        }
        Ok(())
    })
}

/// Brings the policies attached to a role to what is planned; also after a creation.
pub fn change_managed<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let role = work.state.id().to_owned();
        let (old, new) = (work.prior.strs("managed_policy_arns"), work.state.strs("managed_policy_arns"));
        for arn in old.iter().filter(|a| !new.contains(a)) {
            detach(cx, &role, arn).await?;
        }
        for arn in new.iter().filter(|a| !old.contains(a)) {
            attach(cx, &role, arn).await?;
        }
        Ok(())
    })
}

/// Attaches a policy to a role.
///
/// # Errors
/// AWS refused.
pub async fn attach(cx: &Cx, role: &str, arn: &str) -> Result<(), Fail> {
    let input = json!({"RoleName": role, "PolicyArn": arn});
    super::persist(cx, "AttachRolePolicy", &input, |e| e.is(&["ConcurrentModification"])).await?;
    Ok(())
}
