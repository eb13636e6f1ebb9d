//! `aws_s3_bucket_versioning`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/s3_bucket_versioning>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

const CONFIGURATION: Kind = Kind::Object(&[
    string("mfa_delete").optional_computed().check(&[Check::OneOf(&["Enabled", "Disabled"])]),
    string("status").required().check(&[Check::OneOf(&["Enabled", "Suspended", "Disabled"])]),
]);

/// `aws_s3_bucket_versioning`.
pub static VERSIONING: Resource = resource("aws_s3_bucket_versioning", &super::S3)
    .attrs(&[
        string("bucket").required().replaces().check(&[Check::Length(1, 63)]),
        string("expected_bucket_owner").replaces(),
        string("mfa"),
        block("versioning_configuration", &CONFIGURATION).required(),
    ])
    .create_with(put)
    .read(Read::Hook)
    .updates(&[update_with(put, &["versioning_configuration"]), update_state(&["mfa"])])
    .delete_with(delete)
    .gone(super::NO_BUCKET)
    .plans(plan)
    .after_read(read)
    .imports(super::import);

fn status(obj: &Obj) -> String {
    obj.objects("versioning_configuration").first().map(|c| c.text("status").to_owned()).unwrap_or_default()
}

fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    let Some(before) = plan.prior.as_ref().map(status) else { return Ok(()) };
    if status(&plan.planned) == "Disabled" && before != "Disabled" && !before.is_empty() {
        return Err(Fail::new(
            "Invalid argument value",
            "A bucket that once had versions cannot go back to \"Disabled\"; \"Suspended\" is what is left.",
        ));
    }
    Ok(())
}

async fn send(cx: &Cx, obj: &Obj, mfa: Option<&str>, configuration: Json) -> Result<(), Fail> {
    let mut input = super::place(obj);
    input.insert("VersioningConfiguration".into(), configuration);
    if let Some(mfa) = mfa {
        input.insert("MFA".into(), json!(mfa));
    }
    super::put(cx, "PutBucketVersioning", input).await?;
    Ok(())
}

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        super::name(&mut work.state);
        let s = &work.state;
        // A bucket begins without versions, and nothing can be said to make that so.
        if status(s) == "Disabled" {
            return Ok(());
        }
        let mut configuration = json!({"Status": status(s)});
        if let Some(mfa) = s.objects("versioning_configuration").first().and_then(|c| c.str("mfa_delete")) {
            configuration["MFADelete"] = json!(mfa);
        }
        send(cx, s, s.str("mfa"), configuration).await
    })
}

fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let found = super::setting(cx, "GetBucketVersioning", obj).await?;
        let status = match doc::text(&found, "Status") {
            none if none.is_empty() => "Disabled".to_owned(),
            status => status,
        };
        let configuration = json!([{"mfa_delete": doc::text(&found, "MFADelete"), "status": status}]);
        obj.set_json("versioning_configuration", &configuration)?;
        Ok(true)
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        if status(&work.prior) == "Disabled" {
            return Ok(());
        }
        match send(cx, &work.prior, work.prior.str("mfa"), json!({"Status": "Suspended"})).await {
            // With object lock versions stay for ever.
            Err(e) if !e.is(&["InvalidBucketState"]) => Err(e),
            _ => Ok(()),
        }
    })
}
