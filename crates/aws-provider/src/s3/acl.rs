//! `aws_s3_bucket_acl` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/s3_bucket_acl>).

use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

/// Who is granted something, of a bucket or of its logs.
pub const GRANTEE: Kind = Kind::Object(&[
    string("display_name").computed().zero(),
    string("email_address").zero(),
    string("id").api("ID").zero(),
    string("type").required().check(&[Check::OneOf(&["CanonicalUser", "AmazonCustomerByEmail", "Group"])]),
    string("uri").api("URI").zero(),
]);

const GRANT: Kind = Kind::Object(&[
    block("grantee", &GRANTEE),
    string("permission").required().check(&[Check::OneOf(&["FULL_CONTROL", "WRITE", "WRITE_ACP", "READ", "READ_ACP"])]),
]);

const OWNER: Kind =
    Kind::Object(&[string("display_name").optional_computed().zero(), string("id").required().api("ID")]);

const POLICY: Kind = Kind::Object(&[block_set("grant", &GRANT).api("Grants"), block("owner", &OWNER).required()]);

const CANNED: &[&str] =
    &["private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "log-delivery-write"];

/// `aws_s3_bucket_acl`.
pub static ACL: Resource = resource("aws_s3_bucket_acl", &super::S3)
    .attrs(&[
        block("access_control_policy", &POLICY).optional_computed().exactly_one_of(&["access_control_policy", "acl"]),
        string("acl").check(&[Check::OneOf(CANNED)]),
        string("bucket").required().replaces().check(&[Check::Length(1, 63)]),
        string("expected_bucket_owner").replaces().check(&[Check::By(super::check_account)]),
    ])
    .create_with(put)
    .read(Read::Hook)
    .updates(&[update_with(put, &["access_control_policy", "acl"])])
    // S3 has no bucket without a list.
    .gone(super::NO_BUCKET)
    .plans(plan)
    .after_read(read)
    .imports(import);

fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    if plan.changes("acl") && !plan.planned.is_zero("acl") {
        plan.unknown("access_control_policy");
    }
    Ok(())
}

/// What an id names: the bucket, the account that is expected to own it, the canned list.
fn parts(id: &str) -> (&str, Option<&str>, Option<&str>) {
    let account = |p: &str| p.len() == 12 && p.bytes().all(|b| b.is_ascii_digit());
    let mut rest = id.split(',');
    let bucket = rest.next().unwrap_or_default();
    let (mut owner, mut acl) = (None, None);
    for part in rest {
        if account(part) { owner = Some(part) } else { acl = Some(part) }
    }
    (bucket, owner, acl)
}

fn place(bucket: &str, owner: Option<&str>) -> Map<String, Json> {
    let mut input = Map::new();
    input.insert("Bucket".into(), json!(bucket));
    if let Some(owner) = owner {
        input.insert("ExpectedBucketOwner".into(), json!(owner));
    }
    input
}

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let s = &work.state;
        let (bucket, owner, acl) = (s.text("bucket"), s.str("expected_bucket_owner"), s.str("acl"));
        let mut input = place(bucket, owner);
        match acl {
            Some(acl) => {
                input.insert("ACL".into(), json!(acl));
            }
            None => {
                let policy = s.objects("access_control_policy");
                let policy =
                    policy.first().map(Obj::value).and_then(|p| doc::document(&POLICY, &p)).unwrap_or_default();
                input.insert("AccessControlPolicy".into(), policy);
            }
        }
        let id = [Some(bucket), owner, acl].into_iter().flatten().collect::<Vec<_>>().join(",");
        match super::put(cx, "PutBucketAcl", input).await {
            Err(e) if e.is(&["AccessControlListNotSupported"]) => Err(Fail::new(
                "Bucket does not allow access control lists",
                format!(
                    "The object ownership of the bucket {bucket:?} is BucketOwnerEnforced, as that of every new bucket: lists \
                     are off. Leave this resource out and use a policy, or give the bucket an aws_s3_bucket_ownership_controls \
                     with BucketOwnerPreferred or ObjectWriter, which this resource names in depends_on."
                ),
            )),
            Err(e) => Err(e),
            Ok(_) => {
                work.state.set("id", id);
                Ok(())
            }
        }
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let id = obj.id().to_owned();
        let (bucket, owner, acl) = parts(&id);
        let found = cx.once("s3", "GetBucketAcl", Json::Object(place(bucket, owner))).await?;
        obj.set("access_control_policy", doc::value(&Kind::List(&POLICY), &found));
        obj.set("acl", acl.unwrap_or_default());
        obj.set("bucket", bucket);
        obj.set("expected_bucket_owner", owner.unwrap_or_default());
        Ok(true)
    })
}

fn import<'a>(_: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let (bucket, owner, acl) = parts(id);
        obj.set("bucket", bucket);
        obj.set_opt("expected_bucket_owner", owner);
        obj.set_opt("acl", acl);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_id_names_bucket_owner_and_list() {
        assert_eq!(super::parts("b"), ("b", None, None));
        assert_eq!(super::parts("b,private"), ("b", None, Some("private")));
        assert_eq!(super::parts("b,123456789012"), ("b", Some("123456789012"), None));
        assert_eq!(super::parts("b,123456789012,public-read"), ("b", Some("123456789012"), Some("public-read")));
    }
}
