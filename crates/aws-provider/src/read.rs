//! Reading objects, for every declared type.

use std::sync::Arc;

use craton_model::{Data, Type, Value};
use serde_json::{Map, Value as Json};

use crate::cx::{Cx, Seen};
use crate::decl::{Read, ReadTags, Resource, Same, Wait};
use crate::doc;
use crate::fail::Fail;
use crate::json;
use crate::loader::is_not_found;
use crate::obj::{Obj, is_zero};

/// The input members that name an object.
pub fn key(resource: &Resource, obj: &Obj) -> Map<String, Json> {
    resource.key.iter().map(|(member, attribute)| ((*member).to_owned(), Json::from(obj.text(attribute)))).collect()
}

/// What AWS says of an object, before anything is made of it; `None` when it is gone.
///
/// # Errors
/// AWS refused.
pub async fn item(cx: &Cx, resource: &Resource, obj: &Obj) -> Result<Option<Arc<Json>>, Fail> {
    let found = match resource.read {
        Read::Hook => Some(Arc::new(Json::Null)),
        Read::Many(many) => cx.load(many, obj.id()).await?,
        Read::Sweep(sweep) => cx.find(sweep, obj.id()).await?,
        Read::PerParent { parent, of, pick } => {
            cx.load(parent, obj.text(of)).await?.and_then(|p| pick(&p, obj)).map(Arc::new)
        }
        Read::One { op, item } => match cx.once(resource.service.id, op, Json::Object(key(resource, obj))).await {
            Ok(answer) => doc::at(&answer, item).map(Arc::new),
            Err(Fail::Api(e)) if is_not_found(&e) => None,
            Err(e) if e.is(resource.gone) => None,
            Err(e) => return Err(e),
        },
    };
    Ok(found.filter(|item| match resource.dead {
        Some((path, states)) => !states.contains(&doc::text(item, path).as_str()),
        None => true,
    }))
}

/// Reads an object into `obj`, which holds what is known of it; false when it is gone.
///
/// # Errors
/// AWS refused.
pub async fn into(cx: &Cx, resource: &Resource, obj: &mut Obj) -> Result<bool, Fail> {
    let beside = resource.beside.iter().map(|(many, name)| cx.load(many, obj.text(name)));
    // What goes wrong there shows when the hook asks again.
    let (found, _) = futures_util::join!(item(cx, resource, obj), futures_util::future::join_all(beside));
    let Some(item) = found? else { return Ok(false) };
    let before = obj.clone();
    if !matches!(resource.read, Read::Hook) {
        doc::fill(resource.attrs, &item, obj);
    }
    if let Some(hook) = resource.after_read {
        match hook(cx, obj, &item).await {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(e) if e.is(resource.gone) => return Ok(false),
            Err(e) => return Err(e),
        }
    }
    if let Some((service, rest)) = resource.arn.split_once(':')
        && obj.has("arn")
    {
        let account = match obj.peek("owner_id").and_then(Value::as_str) {
            Some(owner) => owner.to_owned(),
            None => cx.account().await?.to_owned(),
        };
        obj.set("arn", cx.arn(service, &account, &doc::template(rest, obj)));
    }
    if let Some(tagging) = resource.tags.as_ref().filter(|t| !matches!(t.read, ReadTags::Hook)) {
        let found = tagging.found(cx, resource.service.id, &item, obj).await?;
        cx.settings.tags.read(found, obj);
    }
    for a in resource.attrs {
        match a.same {
            Same::Policy => {
                let (old, new) = (before.text(a.name).to_owned(), obj.text(a.name).to_owned());
                if !new.is_empty() {
                    obj.set(a.name, if json::same_policy(&old, &new) { old } else { json::normal(&new) });
                }
            }
            Same::LogGroupArn | Same::IgnoreCase | Same::KeyArn | Same::Json
                if !before.is_zero(a.name) && crate::plan::same_text(a.same, before.text(a.name), obj.text(a.name)) =>
            {
                obj.set(a.name, before.get(a.name));
            }
            _ => {}
        }
    }
    keep_spelling(resource, &before, obj);
    Ok(true)
}

/// Null and empty are the same to AWS; the state keeps the one it has, so that nothing seems to change.
fn keep_spelling(resource: &Resource, before: &Obj, obj: &mut Obj) {
    let names = resource.attrs.iter().filter(|a| a.settable()).map(|a| (a.name, a.computed));
    for (name, computed) in names.chain(resource.tags.iter().map(|_| ("tags", false))) {
        let (old, new) = (before.get(name), obj.get(name));
        let collection = old.ty().is_collection();
        let keep = (old.is_null() && new.is_empty() && collection && !computed)
            || (new.is_null() && !old.is_null() && is_zero(&old) && (collection || old.as_str().is_some()));
        if keep {
            obj.set(name, old);
        }
    }
}

/// Takes over from the plan what the answer cannot tell better: null or empty, and the elements of planned sets
/// (Terraform's plugin SDK does the same, and Terraform expects what was planned).
pub fn follow_plan(resource: &Resource, planned: &Obj, obj: &mut Obj) {
    let names = resource.attrs.iter().map(|a| a.name).chain(resource.tags.iter().flat_map(|_| ["tags", "tags_all"]));
    for name in names {
        let (p, new) = (planned.get(name), obj.get(name));
        if matches!(p.ty(), Type::List(_)) {
            obj.set(name, keep_texts(&p, &new));
        }
        let new = obj.get(name);
        if !p.is_wholly_known() {
            continue;
        }
        let set = matches!(p.ty(), Type::Set(_)) && !p.is_null();
        let both_empty = is_zero(&p) && is_zero(&new) && p.ty().is_collection();
        let text = new.is_null() && p.as_str() == Some("");
        if set || both_empty || text {
            obj.set(name, p);
        }
    }
    if obj.has("timeouts") {
        obj.set("timeouts", planned.get("timeouts"));
    }
}

/// What was read, with the empty texts of blocks that were planned and are not told.
fn keep_texts(planned: &Value, new: &Value) -> Value {
    match (planned.data(), new.data()) {
        (Data::String(p), Data::Null) if p.is_empty() => planned.clone(),
        (Data::Seq(p), Data::Seq(n)) if p.len() == n.len() && matches!(new.ty(), Type::List(_)) => {
            let items: Vec<Value> = p.iter().zip(n.iter()).map(|(p, n)| keep_texts(p, n)).collect();
            Value::list(new.ty().element().cloned().unwrap_or(Type::Dynamic), items)
        }
        (Data::Map(_), Data::Map(n)) if matches!(new.ty(), Type::Object(_)) => {
            let mut out = Obj::of(new.ty(), new);
            for (name, v) in n.iter() {
                if let Some(p) = planned.get(name) {
                    out.set(name, keep_texts(p, v));
                }
            }
            out.value()
        }
        _ => new.clone(),
    }
}

/// Looks at an object in order to wait for it.
///
/// # Errors
/// AWS refused.
pub async fn look(cx: &Cx, resource: &Resource, wait: &Wait, obj: &Obj) -> Result<Option<Seen>, Fail> {
    // A look is of no use if it is one from before.
    let cx = Cx::new(cx.settings.clone());
    Ok(item(&cx, resource, obj).await?.map(|item| Seen {
        state: doc::text(&item, wait.path),
        reason: if wait.reason.is_empty() { String::new() } else { doc::text(&item, wait.reason) },
        item,
    }))
}

/// What people call an object.
pub fn name(resource: &Resource, obj: &Obj) -> String {
    format!("{} {}", resource.name, Value::from(obj.id()).as_str().unwrap_or_default())
}
