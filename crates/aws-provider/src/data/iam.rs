//! What IAM holds: `aws_iam_session_context`, `aws_iam_policy`, `aws_iam_role`, `aws_iam_roles`,
//! `aws_iam_openid_connect_provider`.

use regex::Regex;
use serde_json::{Value as Json, json};

use super::network::set_tags;
use super::{DataSource, data, exactly_one};
use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::functions::parse_arn;
use crate::iam::{document, moment};
use crate::obj::Obj;

/// `aws_iam_session_context`
/// (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/iam_session_context>).
pub static SESSION_CONTEXT: DataSource = data(
    "aws_iam_session_context",
    &[
        string("arn").required().check(&[Check::Arn]),
        string("issuer_arn").computed(),
        string("issuer_id").computed(),
        string("issuer_name").computed(),
        string("session_name").computed(),
    ],
    session_context,
);

/// Role and session of `arn:aws:sts::123456789012:assumed-role/role/session`.
fn assumed(arn: &str) -> Option<(String, String)> {
    let [_, service, _, _, resource] = parse_arn(arn).ok()?;
    let rest = resource.strip_prefix("assumed-role/").filter(|_| service == "sts")?;
    let (role, session) = rest.rsplit_once('/').filter(|(role, session)| !role.is_empty() && session.len() > 1)?;
    Some((role.rsplit('/').next().unwrap_or(role).to_owned(), session.to_owned()))
}

fn session_context<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let arn = obj.text("arn").to_owned();
        obj.set("id", arn.as_str());
        let Some((role, session)) = assumed(&arn) else {
            obj.set("issuer_arn", arn);
            ["issuer_id", "issuer_name", "session_name"].iter().for_each(|n| obj.set(n, ""));
            return Ok(());
        };
        // A role that was just made may not be known everywhere.
        let named = json!({"RoleName": role});
        let answer = cx.retry("iam", "GetRole", named, crate::iam::PROPAGATION, &["NoSuchEntity"]).await?;
        obj.set("issuer_arn", doc::text(&answer, "Role.Arn"));
        obj.set("issuer_id", doc::text(&answer, "Role.RoleId"));
        obj.set("issuer_name", role);
        obj.set("session_name", session);
        Ok(())
    })
}

/// `aws_iam_policy` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/iam_policy>).
pub static POLICY: DataSource = data(
    "aws_iam_policy",
    &[
        string("arn").optional_computed().conflicts_with(&["name", "path_prefix"]).check(&[Check::Arn]),
        int("attachment_count").computed(),
        string("description").computed().zero(),
        string("name").optional_computed().from("PolicyName").conflicts_with(&["arn"]),
        string("path").computed(),
        string("path_prefix").unread().conflicts_with(&["arn"]),
        string("policy").computed().unread(),
        string("policy_id").computed(),
        map("tags", &Kind::String).optional_computed().unread(),
    ],
    policy,
);

fn policy<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let arn = match obj.str("arn") {
            Some(arn) => arn.to_owned(),
            None => {
                let mut input = json!({});
                if let Some(prefix) = obj.str("path_prefix") {
                    input["PathPrefix"] = json!(prefix);
                }
                let all = cx.list("iam", "ListPolicies", "Policies", input).await?;
                let name = obj.text("name");
                let found = all.into_iter().filter(|p| name.is_empty() || doc::text(p, "PolicyName") == name);
                doc::text(&exactly_one("IAM policy", found.collect())?, "Arn")
            }
        };
        let answer = cx.call("iam", "GetPolicy", json!({"PolicyArn": arn})).await?;
        let item = doc::at(&answer, "Policy").unwrap_or_default();
        let version = json!({"PolicyArn": arn, "VersionId": doc::text(&item, "DefaultVersionId")});
        let found = cx.call("iam", "GetPolicyVersion", version).await?;
        doc::fill(POLICY.attrs, &item, obj);
        obj.set("policy", document(&found, "PolicyVersion.Document"));
        set_tags(cx, obj, &item);
        obj.set("id", arn);
        Ok(())
    })
}

const LAST_USED: Kind = Kind::Object(&[string("last_used_date"), string("region")]);

/// `aws_iam_role` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/iam_role>).
pub static ROLE: DataSource = data(
    "aws_iam_role",
    &[
        string("arn").computed(),
        string("assume_role_policy").computed().unread(),
        string("create_date").computed().unread(),
        string("description").computed().zero(),
        int("max_session_duration").computed(),
        string("name").required().from("RoleName"),
        string("path").computed(),
        string("permissions_boundary").computed().from("PermissionsBoundary.PermissionsBoundaryArn").zero(),
        list("role_last_used", &LAST_USED).computed().unread(),
        map("tags", &Kind::String).optional_computed().unread(),
        string("unique_id").computed().from("RoleId"),
    ],
    role,
);

fn role<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = obj.text("name").to_owned();
        let answer = cx.call("iam", "GetRole", json!({"RoleName": name})).await?;
        let item = doc::at(&answer, "Role").unwrap_or_default();
        doc::fill(ROLE.attrs, &item, obj);
        obj.set("assume_role_policy", document(&item, "AssumeRolePolicyDocument"));
        obj.set("create_date", moment(&item, "CreateDate"));
        // AWS gives an empty structure for a role that was never used.
        let used = item.get("RoleLastUsed").filter(|u| !u.is_null());
        let date = used.map(|u| moment(u, "LastUsedDate")).unwrap_or_default();
        let region = used.map(|u| doc::text(u, "Region")).unwrap_or_default();
        let last = used.map(|_| json!({"last_used_date": date, "region": region}));
        obj.set_json("role_last_used", &json!(last.into_iter().collect::<Vec<Json>>()))?;
        set_tags(cx, obj, &item);
        obj.set("id", name);
        Ok(())
    })
}

/// `aws_iam_roles` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/iam_roles>).
pub static ROLES: DataSource = data(
    "aws_iam_roles",
    &[
        strings("arns").computed(),
        string("name_regex").check(&[Check::By(pattern)]),
        strings("names").computed(),
        string("path_prefix"),
    ],
    roles,
);

fn pattern(s: &str) -> Result<(), String> {
    Regex::new(s).map(|_| ()).map_err(|e| format!("{s:?} is not a regular expression: {e}"))
}

fn roles<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = json!({});
        if let Some(prefix) = obj.str("path_prefix") {
            input["PathPrefix"] = json!(prefix);
        }
        let pattern = obj.str("name_regex").map(Regex::new).transpose();
        let pattern = pattern.map_err(|e| Fail::new("Invalid argument value", format!("{e}.")))?;
        let mut all = cx.list("iam", "ListRoles", "Roles", input).await?;
        all.retain(|r| pattern.as_ref().is_none_or(|p| p.is_match(&doc::text(r, "RoleName"))));
        let of = |path: &str| all.iter().map(|r| doc::text(r, path)).collect::<Vec<_>>();
        obj.set("id", cx.region());
        obj.set_strs("arns", of("Arn").iter().map(String::as_str));
        obj.set_strs("names", of("RoleName").iter().map(String::as_str));
        Ok(())
    })
}

/// `aws_iam_openid_connect_provider`
/// (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/data-sources/iam_openid_connect_provider>).
pub static OPENID_CONNECT_PROVIDER: DataSource = data(
    "aws_iam_openid_connect_provider",
    &[
        string("arn").optional_computed().unread().exactly_one_of(&["arn", "url"]).check(&[Check::Arn]),
        list("client_id_list", &Kind::String).computed().from("ClientIDList"),
        map("tags", &Kind::String).optional_computed().unread(),
        list("thumbprint_list", &Kind::String).computed(),
        string("url").optional_computed().exactly_one_of(&["arn", "url"]),
    ],
    openid_connect_provider,
);

fn openid_connect_provider<'a>(cx: &'a Cx, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let arn = match obj.str("arn") {
            Some(arn) => arn.to_owned(),
            None => {
                let wanted = obj.text("url").trim_start_matches("https://");
                let answer = cx.call("iam", "ListOpenIDConnectProviders", json!({})).await?;
                let all = doc::items(&answer, "OpenIDConnectProviderList").into_iter().map(|p| doc::text(&p, "Arn"));
                let found = all.filter(|a| a.split_once("oidc-provider/").is_some_and(|(_, url)| url == wanted));
                exactly_one("identity provider", found.collect())?
            }
        };
        let item = cx.call("iam", "GetOpenIDConnectProvider", json!({"OpenIDConnectProviderArn": arn})).await?;
        doc::fill(OPENID_CONNECT_PROVIDER.attrs, &item, obj);
        set_tags(cx, obj, &item);
        obj.set("id", arn.as_str());
        obj.set("arn", arn);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn sessions_of_roles() {
        let of = |s: &str| super::assumed(s).map(|(role, session)| format!("{role} {session}"));
        assert_eq!(of("arn:aws:sts::123456789012:assumed-role/r/me").as_deref(), Some("r me"));
        assert_eq!(of("arn:aws:iam::123456789012:role/r"), None);
        assert_eq!(of("arn:aws:sts::123456789012:assumed-role/r"), None);
    }
}
