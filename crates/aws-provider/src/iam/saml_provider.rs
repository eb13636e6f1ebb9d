//! `aws_iam_saml_provider`
//! (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/iam_saml_provider>).

use serde_json::Value as Json;

use crate::cx::Cx;
use crate::decl::*;
use crate::obj::Obj;

/// `aws_iam_saml_provider`.
pub static SAML_PROVIDER: Resource = resource("aws_iam_saml_provider", &super::IAM)
    .id("SAMLProviderArn")
    .attrs(&[
        string("arn").computed().unread(),
        string("name").required().replaces().unread().check(&[Check::Length(1, 128), Check::By(name)]),
        string("saml_metadata_document")
            .required()
            .api("SAMLMetadataDocument")
            .check(&[Check::Length(1000, 10_000_000)]),
        string("valid_until").computed().unread(),
    ])
    .tagged(super::tags("TagSAMLProvider", "UntagSAMLProvider", "SAMLProviderArn", "id"))
    .create("CreateSAMLProvider", "")
    .key(&[("SAMLProviderArn", "id")])
    .read(Read::One { op: "GetSAMLProvider", item: "" })
    .updates(&[update("UpdateSAMLProvider", &["saml_metadata_document"])])
    .delete("DeleteSAMLProvider")
    .gone(&["NoSuchEntity"])
    .faults(&[("InvalidInput", "saml_metadata_document")])
    .after_read(read);

/// Source: "Name" of `CreateSAMLProvider`.
fn name(s: &str) -> Result<(), String> {
    match s.chars().find(|c| !(c.is_ascii_alphanumeric() || "._-".contains(*c))) {
        None => Ok(()),
        Some(c) => {
            Err(format!("{s:?} has the character {c:?}; letters, digits, dots, dashes and underscores are possible"))
        }
    }
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let arn = obj.id().to_owned();
        obj.set("name", arn.rsplit('/').next().unwrap_or_default());
        obj.set("arn", arn);
        obj.set("valid_until", super::moment(item, "ValidUntil"));
        Ok(true)
    })
}
