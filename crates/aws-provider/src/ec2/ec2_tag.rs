//! `aws_ec2_tag` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/ec2_tag>): one tag of an
//! object that somebody else manages.

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::work::Work;

/// `aws_ec2_tag`.
pub static EC2_TAG: Resource = resource("aws_ec2_tag", &super::EC2)
    .id("{resource_id},{key}")
    .attrs(&[
        string("key").required().replaces().local(),
        string("resource_id").required().replaces().local(),
        string("value").required().local(),
    ])
    .create_with(put)
    .read(Read::Hook)
    .updates(&[update_with(put, &["value"])])
    .delete_with(delete)
    .after_read(read)
    .imports(import);

fn put<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let (object, key) = (work.state.text("resource_id").to_owned(), work.state.text("key").to_owned());
        let tag = json!([{"Key": key, "Value": work.state.text("value")}]);
        cx.ec2("CreateTags", json!({"Resources": [object], "Tags": tag})).await?;
        work.state.set("id", format!("{object},{key}"));
        Ok(())
    })
}

/// Several tags of one object are asked for together.
fn read<'a>(cx: &'a Cx, obj: &'a mut Obj, _: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let filters = super::filter_list(&[("resource-id", obj.text("resource_id"))]);
        let answer = cx.once("ec2", "DescribeTags", json!({"Filters": filters})).await?;
        let key = obj.text("key").to_owned();
        let found = doc::items(&answer, "Tags").into_iter().find(|t| doc::text(t, "Key") == key);
        match found {
            Some(tag) => {
                obj.set("value", doc::text(&tag, "Value"));
                Ok(true)
            }
            None => Ok(false),
        }
    })
}

fn delete<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let tag = json!([{"Key": work.state.text("key"), "Value": work.state.text("value")}]);
        cx.ec2("DeleteTags", json!({"Resources": [work.state.text("resource_id")], "Tags": tag})).await?;
        Ok(())
    })
}

fn import<'a>(_: &'a Cx, id: &'a str, obj: &'a mut Obj) -> Fut<'a, ()> {
    Box::pin(async move {
        let Some((object, key)) = id.split_once(',') else {
            return Err(Fail::new(
                "Invalid import id",
                format!("{id:?} does not name a tag; write the object's id and the key: vpc-12345678,Name."),
            ));
        };
        obj.set("resource_id", object);
        obj.set("key", key);
        Ok(())
    })
}
