//! `aws_kms_grant` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/kms_grant>).

use craton_model::Value;
use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

const CONSTRAINTS: Kind =
    Kind::Object(&[map("encryption_context_equals", &Kind::String), map("encryption_context_subset", &Kind::String)]);

/// What a grant can allow (<https://docs.aws.amazon.com/kms/latest/developerguide/grants.html#terms-grant-operations>).
const OPERATIONS: &[&str] = &[
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "Sign",
    "Verify",
    "GetPublicKey",
    "CreateGrant",
    "RetireGrant",
    "DescribeKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateMac",
    "VerifyMac",
    "DeriveSharedSecret",
];

/// `aws_kms_grant`.
pub static GRANT: Resource = resource("aws_kms_grant", &super::KMS)
    .attrs(&[
        block_set("constraints", &CONSTRAINTS).replaces().local(),
        strings("grant_creation_tokens").replaces().unread().to("GrantTokens"),
        string("grant_id").computed(),
        string("grant_token").computed().sensitive().unread(),
        string("grantee_principal").required().replaces().check(&[Check::By(principal)]).keep(),
        string("key_id").required().replaces().unread(),
        string("name").replaces().keep().check(&[Check::By(grant_name)]),
        strings("operations").required().replaces().check(&[Check::OneOf(OPERATIONS)]),
        boolean("retire_on_delete").default_bool(false).replaces().local(),
        string("retiring_principal").replaces().keep().check(&[Check::By(principal)]),
    ])
    .create_with(create)
    .read(Read::Hook)
    .delete_with(delete)
    .gone(&["NotFoundException"])
    .faults(&[("InvalidArnException", "grantee_principal")])
    .validates(validate)
    .after_read(read)
    .imports(import);

fn principal(s: &str) -> Result<(), String> {
    if s.starts_with("arn:") || s.contains(".amazonaws.") || s.is_empty() {
        return Ok(());
    }
    Err(format!("{s:?} is neither the ARN of a principal nor a service such as \"ec2.amazonaws.com\""))
}

fn grant_name(s: &str) -> Result<(), String> {
    match s.chars().find(|c| !(c.is_ascii_alphanumeric() || ":/_-".contains(*c))) {
        Some(c) => Err(format!("{s:?} has the character {c:?}; letters, digits and : / _ - are possible")),
        None if s.len() > 256 => Err(format!("{s:?} is longer than 256 characters")),
        None => Ok(()),
    }
}

fn validate(config: &Obj, found: &mut craton_model::Diagnostics) {
    let given = |o: &Obj, n: &str| o.get(n).as_map().is_some_and(|m| !m.is_empty());
    let n: usize = config
        .objects("constraints")
        .iter()
        .map(|o| {
            usize::from(given(o, "encryption_context_equals")) + usize::from(given(o, "encryption_context_subset"))
        })
        .sum();
    if n > 1 {
        found.push(
            craton_model::Diagnostic::error(
                "Conflicting configuration arguments",
                "A grant has one constraint: either encryption_context_equals or encryption_context_subset.",
            )
            .on_attribute(craton_model::Path::attr("constraints")),
        );
    }
}

/// The constraint of a grant as AWS has it.
fn constraint(obj: &Obj) -> Option<Json> {
    let mut out = Map::new();
    for o in obj.objects("constraints") {
        for (name, member) in [
            ("encryption_context_equals", "EncryptionContextEquals"),
            ("encryption_context_subset", "EncryptionContextSubset"),
        ] {
            if let Some(context) = o.get(name).as_map().filter(|m| !m.is_empty()) {
                let pairs = context.iter().map(|(k, v)| (k.to_string(), json!(v.as_str().unwrap_or_default())));
                out.insert(member.into(), Json::Object(pairs.collect()));
            }
        }
    }
    (!out.is_empty()).then_some(Json::Object(out))
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let mut input = Map::new();
        doc::input(work.resource.attrs, &work.state, &mut input);
        if let Some(c) = constraint(&work.state) {
            input.insert("Constraints".into(), c);
        }
        // A role that was just made may not be known to KMS yet.
        let codes = &["InvalidArnException", "DependencyTimeoutException", "KMSInternalException"];
        let answer = cx.retry("kms", "CreateGrant", Json::Object(input), super::PROPAGATION, codes).await?;
        let id = doc::text(&answer, "GrantId");
        work.state.set("id", format!("{}:{id}", work.state.text("key_id")));
        work.state.set("grant_token", doc::text(&answer, "GrantToken"));
        Ok(())
    })
}

/// Key (its id or ARN) and grant, from `key:grant`.
fn parts(obj: &Obj) -> Result<(String, String), Fail> {
    match obj.id().rsplit_once(':') {
        Some((key, grant)) if !key.is_empty() && !grant.is_empty() && !grant.contains('/') => {
            Ok((key.to_owned(), grant.to_owned()))
        }
        _ => Err(Fail::new(
            "Invalid id of a grant",
            format!("{:?} is not the id of a key and that of a grant on it, as in \"key:grant\".", obj.id()),
        )),
    }
}

/// All grants of a key share one listing.
fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let (key, id) = parts(obj)?;
        let all = cx.list_once("kms", "ListGrants", "Grants", json!({"KeyId": key, "Limit": 100})).await?;
        let Some(grant) = all.iter().find(|g| doc::text(g, "GrantId") == id) else { return Ok(false) };
        let name = obj.get("name");
        doc::fill(GRANT.attrs, grant, obj);
        // AWS gives a grant without a name an empty one.
        if obj.is_zero("name") {
            obj.set("name", name);
        }
        obj.set("key_id", key);
        if let Some(Json::Object(found)) = grant.get("Constraints").filter(|c| !c.is_null()) {
            let context = |member: &str| found.get(member).cloned().unwrap_or_else(|| json!({}));
            let constraint = json!([{
                "encryption_context_equals": context("EncryptionContextEquals"),
                "encryption_context_subset": context("EncryptionContextSubset"),
            }]);
            if constraint_of(obj) != constraint_of_found(found) {
                obj.set_json("constraints", &constraint)?;
            }
        }
        Ok(true)
    })
}

fn constraint_of(obj: &Obj) -> Json {
    constraint(obj).unwrap_or_else(|| json!({}))
}

fn constraint_of_found(found: &Map<String, Json>) -> Json {
    let kept = found.iter().filter(|(_, v)| v.as_object().is_some_and(|m| !m.is_empty()));
    Json::Object(kept.map(|(k, v)| (k.clone(), v.clone())).collect())
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (key, id) = parts(&work.prior)?;
        let op = if work.prior.bool("retire_on_delete") { "RetireGrant" } else { "RevokeGrant" };
        cx.call("kms", op, json!({"KeyId": key, "GrantId": id})).await?;
        Ok(())
    })
}

fn import<'a>(_: &'a Cx, _: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let (key, id) = parts(obj)?;
        obj.set("key_id", key);
        obj.set("grant_id", id);
        // AWS knows nothing of it; the provider starts from its default.
        obj.set("retire_on_delete", Value::from(false));
        Ok(())
    })
}
