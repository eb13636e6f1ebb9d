//! `aws_kms_alias` (<https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/kms_alias>).

use serde_json::{Value as Json, json};

use crate::cx::Cx;
use crate::decl::*;
use crate::doc;
use crate::names;
use crate::obj::Obj;
use crate::work::Work;

/// What every alias begins with.
const PREFIX: &str = "alias/";

/// All aliases of a region: one listing for however many there are in a state.
static ALIASES: Sweep = Sweep { service: "kms", op: "ListAliases", items: "Aliases", key: "AliasName" };

/// `aws_kms_alias`.
pub static ALIAS: Resource = resource("aws_kms_alias", &super::KMS)
    .attrs(&[
        string("arn").computed().from("AliasArn"),
        string("name")
            .optional_computed()
            .replaces()
            .from("AliasName")
            .unsent()
            .conflicts_with(&["name_prefix"])
            .check(&[Check::By(alias_name)]),
        string("name_prefix").optional_computed().replaces().local().check(&[Check::By(alias_prefix)]),
        string("target_key_arn").computed().unread(),
        string("target_key_id").required().same(Same::KeyArn),
    ])
    .create_with(create)
    .key(&[("AliasName", "id")])
    .read(Read::Sweep(&ALIASES))
    .updates(&[update("UpdateAlias", &["target_key_id"])])
    .delete("DeleteAlias")
    .gone(&["NotFoundException"])
    .faults(&[("AlreadyExistsException", "name"), ("InvalidAliasNameException", "name")])
    .after_read(read);

fn characters(name: &str) -> Result<&str, String> {
    let Some(rest) = name.strip_prefix(PREFIX) else {
        return Err(format!("{name:?} is not the name of an alias: it begins with \"alias/\""));
    };
    if rest.starts_with("aws/") {
        return Err(format!("{name:?} is reserved: names that begin with \"alias/aws/\" are AWS's own"));
    }
    match rest.chars().find(|c| !(c.is_ascii_alphanumeric() || "/_-".contains(*c))) {
        Some(c) => Err(format!("{name:?} has the character {c:?}; letters, digits and / _ - are possible")),
        None => Ok(rest),
    }
}

fn alias_name(name: &str) -> Result<(), String> {
    match characters(name)? {
        "" => Err(format!("{name:?} is not the name of an alias: something follows \"alias/\"")),
        _ => Ok(()),
    }
}

fn alias_prefix(name: &str) -> Result<(), String> {
    characters(name).map(|_| ())
}

fn create<'a>(cx: &'a Cx, work: &'a mut Work) -> Fut<'a, ()> {
    Box::pin(async move {
        let now = cx.settings.clock.now();
        let name = match (work.state.str("name"), work.state.str("name_prefix")) {
            (Some(name), _) => name.to_owned(),
            (None, prefix) => format!("{}{}", prefix.unwrap_or(PREFIX), names::unique(now)),
        };
        let input = json!({"AliasName": name, "TargetKeyId": work.state.text("target_key_id")});
        // A key that was just made may not be known everywhere.
        cx.retry("kms", "CreateAlias", input, std::time::Duration::from_secs(120), &["NotFoundException"]).await?;
        work.state.set("id", name.as_str());
        work.state.set("name", name);
        Ok(())
    })
}

fn read<'a>(_: &'a Cx, obj: &'a mut Obj, item: &'a Json) -> Fut<'a, bool> {
    Box::pin(async move {
        // An alias of AWS's own that nothing uses yet has no key.
        let target = doc::text(item, "TargetKeyId");
        let account = obj.text("arn").rsplit_once(':').map(|(place, _)| place.to_owned()).unwrap_or_default();
        obj.set("target_key_arn", format!("{account}:key/{target}"));
        let name = obj.text("name").to_owned();
        obj.set("name_prefix", names::prefix_of(&name));
        Ok(true)
    })
}
