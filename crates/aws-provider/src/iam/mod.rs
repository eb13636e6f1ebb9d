//! IAM: roles, users, groups, policies and what ties them together.

mod access_key;
mod account_alias;
mod account_password_policy;
mod exclusive;
mod group;
mod group_membership;
mod instance_profile;
mod openid_connect_provider;
mod people_policies;
mod policy;
mod role;
mod role_grants;
mod role_policy;
mod role_policy_attachment;
mod saml_provider;
mod secret;
mod user;
mod user_login_profile;
mod user_ssh_key;

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::{CreateTags, ReadTags, Resource, Service, TAGGING, Tagging};
use crate::doc;
use crate::fail::Fail;
use crate::names;
use crate::plan::Plan;
use crate::work::Work;

/// Every resource type here.
pub static ALL: &[&Resource] = &[
    &access_key::ACCESS_KEY,
    &account_alias::ACCOUNT_ALIAS,
    &account_password_policy::ACCOUNT_PASSWORD_POLICY,
    &exclusive::ROLE_POLICIES_EXCLUSIVE,
    &exclusive::ROLE_POLICY_ATTACHMENTS_EXCLUSIVE,
    &group::GROUP,
    &group_membership::GROUP_MEMBERSHIP,
    &instance_profile::INSTANCE_PROFILE,
    &openid_connect_provider::OPENID_CONNECT_PROVIDER,
    &people_policies::GROUP_POLICY_ATTACHMENT,
    &people_policies::USER_POLICY_ATTACHMENT,
    &policy::POLICY,
    &role::ROLE,
    &role_policy::ROLE_POLICY,
    &role_policy_attachment::ROLE_POLICY_ATTACHMENT,
    &saml_provider::SAML_PROVIDER,
    &user::USER,
    &user_login_profile::USER_LOGIN_PROFILE,
    &user_ssh_key::USER_SSH_KEY,
];

/// The service.
pub static IAM: Service = Service { id: "iam", faults: &[("EntityAlreadyExists", "name")] };

/// How long IAM takes at most until all of AWS knows what was made
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>).
pub const PROPAGATION: Duration = Duration::from_secs(120);

/// Tags of an IAM object: `TagRole` and the like, the member that names it, the attribute with its name.
pub const fn tags(add: &'static str, remove: &'static str, member: &'static str, attribute: &'static str) -> Tagging {
    Tagging {
        create: CreateTags::Member("Tags"),
        add,
        remove,
        by: (member, attribute),
        by_list: false,
        tags: "Tags",
        is_map: false,
        keys: "TagKeys",
        keys_are_tags: false,
        read: ReadTags::Item("Tags"),
        ..TAGGING
    }
}

/// A name: letters, digits and `_+=,.@-`
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names>).
///
/// # Errors
/// It has another character.
pub fn name(s: &str) -> Result<(), String> {
    match s.chars().find(|c| !(c.is_ascii_alphanumeric() || "_+=,.@-".contains(*c))) {
        None => Ok(()),
        Some(c) => Err(format!("{s:?} has the character {c:?}; letters, digits and _+=,.@- are possible")),
    }
}

/// A path: `/` or `/a/b/`.
///
/// # Errors
/// It does not begin and end with a slash.
pub fn path(s: &str) -> Result<(), String> {
    if s.starts_with('/') && s.ends_with('/') && s.len() <= 512 {
        Ok(())
    } else {
        Err(format!("{s:?} is not a path such as \"/\" or \"/a/b/\""))
    }
}

/// A policy document as AWS gives it: percent-encoded (`GetRole`, `GetPolicyVersion`, `GetRolePolicy`).
pub fn document(item: &Json, path: &str) -> String {
    let text = doc::text(item, path);
    percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

/// A moment to the second, as the state has it.
pub fn moment(item: &Json, path: &str) -> String {
    let text = doc::text(item, path);
    match text.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => text,
    }
}

/// Repeats a call while AWS's refusal looks like one that passes.
///
/// # Errors
/// Another refusal, or the same when the time is over.
pub async fn persist(cx: &Cx, op: &str, input: &Json, passes: impl Fn(&Fail) -> bool) -> Result<Json, Fail> {
    let clock = &cx.settings.clock;
    let (start, mut pause) = (clock.now(), Duration::from_millis(200));
    loop {
        match cx.call("iam", op, input.clone()).await {
            Err(e) if passes(&e) && clock.now().duration_since(start).unwrap_or_default() < PROPAGATION => {
                clock.sleep(pause).await;
                pause = (pause * 3 / 2).min(Duration::from_secs(10));
            }
            other => return other,
        }
    }
}

/// Whether AWS does not know a principal of a policy yet, or is busy with the same object.
pub fn not_yet(e: &Fail) -> bool {
    e.says(&["MalformedPolicyDocument"], "Invalid principal in policy") || e.is(&["ConcurrentModification"])
}

/// Plans what follows from another name or path.
///
/// # Errors
/// None.
pub fn renamed(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    if plan.changes("name") || plan.changes("path") {
        plan.unknown("arn");
    }
    Ok(())
}

/// The input that gives an object under `member` another name, another path or both: what stays the same is not sent, since
/// a name that is taken is refused, be it the object's own.
pub fn moved(work: &Work, member: &str, new_name: &str) -> Json {
    let mut input = Map::new();
    input.insert(member.into(), json!(work.prior.id()));
    for (attribute, new) in [("name", new_name), ("path", "NewPath")] {
        if work.changes(attribute) {
            input.insert(new.into(), json!(work.state.text(attribute)));
        }
    }
    Json::Object(input)
}

/// The input that creates an object: its arguments, a name under `member`, tags.
pub fn creation(cx: &Cx, work: &mut Work, member: &str) -> Json {
    let mut input = Map::new();
    let name = names::choose(&work.state, cx.settings.clock.now());
    doc::input(work.resource.attrs, &work.state, &mut input);
    input.insert(member.into(), json!(name));
    work.state.set("name", name);
    if let Some(t) = &work.resource.tags {
        t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
    }
    Json::Object(input)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn moments_have_no_fractions() {
        let item = json!({"A": "2026-11-24T00:21:59.30495Z", "B": "2026-11-24T00:21:59Z"});
        assert_eq!(super::moment(&item, "A"), "2026-11-24T00:21:59Z");
        assert_eq!(super::moment(&item, "B"), "2026-11-24T00:21:59Z");
    }
}
