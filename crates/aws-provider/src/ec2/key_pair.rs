//! `aws_key_pair` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/key_pair>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::fail::Fail;
use crate::names;
use crate::obj::Obj;
use crate::plan::Plan;
use crate::work::Work;

/// `DescribeKeyPairs`, by name.
static KEY_PAIRS: Many =
    super::many("DescribeKeyPairs", "KeyNames", "KeyPairs", "KeyName", Some(("Filters", "key-name")));

/// `aws_key_pair`.
pub static KEY_PAIR: Resource = resource("aws_key_pair", &super::EC2)
    .version(1)
    .arn("ec2:key-pair/{key_name}")
    .attrs(&[
        string("arn").computed().unread(),
        string("fingerprint").computed().from("KeyFingerprint"),
        string("key_name")
            .optional_computed()
            .replaces()
            .conflicts_with(&["key_name_prefix"])
            .check(&[Check::Length(0, 255)]),
        string("key_name_prefix").optional_computed().replaces().local().check(&[Check::Length(0, 229)]),
        string("key_pair_id").computed(),
        string("key_type").computed(),
        // AWS does not give it back with the others; an import does not know it.
        string("public_key").required().replaces().local(),
    ])
    .tagged(Tagging { by: ("Resources", "key_pair_id"), ..super::tags("key-pair") })
    .create_with(create)
    .key(&[("KeyName", "id")])
    .read(Read::Many(&KEY_PAIRS))
    .delete("DeleteKeyPair")
    .gone(&["InvalidKeyPair.NotFound"])
    .faults(&[("InvalidKeyPair.Duplicate", "key_name"), ("InvalidKey.Format", "public_key")])
    .plans(plan)
    .after_read(read);

/// Spaces around a key mean nothing.
fn plan(_: &Cx, plan: &mut Plan) -> Result<(), Fail> {
    if let Some(key) = plan.planned.str("public_key").map(|k| k.trim().to_owned()) {
        plan.planned.set("public_key", key);
    }
    Ok(())
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let name = names::choose_as(&work.state, "key_name", "key_name_prefix", cx.settings.clock.now());
        let material = doc::base64(work.state.text("public_key").as_bytes());
        let mut input = serde_json::Map::new();
        input.insert("KeyName".into(), json!(name));
        input.insert("PublicKeyMaterial".into(), json!(material));
        if let Some(t) = &work.resource.tags {
            t.at_creation(&cx.settings.tags.all(&work.config.get("tags")).unwrap_or_default(), &mut input);
        }
        cx.ec2("ImportKeyPair", Json::Object(input)).await?;
        work.state.set("id", name.as_str());
        work.state.set("key_name", name);
        Ok(())
    })
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        let name = doc::text(item, "KeyName");
        obj.set("key_name_prefix", names::prefix_of(&name));
        Ok(true)
    })
}
