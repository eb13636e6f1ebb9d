//! Tags: the provider's defaults, what the configuration gives, and what AWS says.
//!
//! `tags_all` is what the object carries, less what the provider is told to ignore; `tags` is what the resource itself
//! is responsible for (<https://registry.terraform.io/providers/hashicorp/aws/latest/docs#default_tags-configuration-block>).

use std::collections::{BTreeMap, BTreeSet};

use craton_model::{Type, Value};
use serde_json::{Map, Value as Json, json};

use crate::cx::Cx;
use crate::decl::{CreateTags, ReadTags, Tagging};
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// What the provider block says about tags.
#[derive(Clone, Debug, Default)]
pub struct TagRules {
    /// On every object.
    pub defaults: Tags,
    /// The defaults are known only after apply.
    pub defaults_unknown: bool,
    /// Keys to leave alone.
    pub ignored_keys: BTreeSet<String>,
    /// Prefixes of keys to leave alone.
    pub ignored_prefixes: Vec<String>,
}

impl TagRules {
    /// Whether a key is none of our business: ignored, or AWS's own.
    pub fn ignores(&self, key: &str) -> bool {
        key.starts_with("aws:")
            || self.ignored_keys.contains(key)
            || self.ignored_prefixes.iter().any(|p| key.starts_with(p))
    }

    /// Sets `tags` and `tags_all` from what AWS says. A default that the resource does not itself configure is left
    /// out of `tags`.
    pub fn read(&self, found: Tags, obj: &mut Obj) {
        let found: Tags = found.into_iter().filter(|(k, _)| !self.ignores(k)).collect();
        let (own, alone) = (of_value(&obj.get("tags")), without_defaults(obj));
        let tags = found.iter().filter(|(k, v)| alone || own.contains_key(*k) || self.defaults.get(*k) != Some(v));
        obj.set("tags", value(tags));
        obj.set("tags_all", value(found.iter()));
    }

    /// What an object will carry that is configured like this: [`Self::all`], or its own tags alone where it wants no
    /// defaults. `None` when it is not known yet.
    pub fn of(&self, config: &Obj) -> Option<Tags> {
        match without_defaults(config) {
            true => Self { defaults: Tags::new(), defaults_unknown: false, ..self.clone() }.all(&config.get("tags")),
            false => self.all(&config.get("tags")),
        }
    }

    /// What `tags_all` will be: the defaults under the resource's own. `None` when it is not known yet.
    pub fn all(&self, tags: &Value) -> Option<Tags> {
        if self.defaults_unknown || !tags.is_wholly_known() {
            return None;
        }
        let mut all = self.defaults.clone();
        all.extend(of_value(tags));
        all.retain(|k, _| !self.ignored_keys.contains(k) && !self.ignored_prefixes.iter().any(|p| k.starts_with(p)));
        Some(all)
    }
}

/// Whether an object says that the provider's defaults are not for it: `override_provider { default_tags { ... } }`.
fn without_defaults(obj: &Obj) -> bool {
    obj.has("override_provider")
        && obj.objects("override_provider").first().is_some_and(|o| !o.objects("default_tags").is_empty())
}

/// The known texts of a map.
pub fn of_value(v: &Value) -> Tags {
    let entries = v.as_map().into_iter().flat_map(|m| m.iter());
    entries.filter_map(|(k, v)| Some((k.to_string(), v.as_str()?.to_owned()))).collect()
}

/// A map of texts.
pub fn value<'a>(tags: impl IntoIterator<Item = (&'a String, &'a String)>) -> Value {
    Value::map(Type::String, tags.into_iter().map(|(k, v)| (k.as_str(), Value::from(v.as_str()))))
}

/// Tags from a list of `{Key, Value}`, or a map.
pub fn of_document(doc: &Json) -> Tags {
    match doc {
        Json::Object(o) => o.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap_or_default().to_owned())).collect(),
        Json::Array(items) => {
            let text = |item: &Json, names: [&str; 3]| {
                names.iter().find_map(|n| item.get(n)).and_then(Json::as_str).map(String::from)
            };
            items
                .iter()
                .filter_map(|t| {
                    let key = text(t, ["Key", "key", "TagKey"])?;
                    Some((key, text(t, ["Value", "value", "TagValue"]).unwrap_or_default()))
                })
                .collect()
        }
        _ => Tags::new(),
    }
}

/// A list of `{Key, Value}`.
pub fn list(tags: &Tags) -> Json {
    tags.iter().map(|(k, v)| json!({"Key": k, "Value": v})).collect()
}

impl Tagging {
    /// Puts the tags of a new object into the input that creates it.
    pub fn at_creation(&self, tags: &Tags, input: &mut Map<String, Json>) {
        if tags.is_empty() {
            return;
        }
        match self.create {
            CreateTags::Specification(kind) => {
                input.insert("TagSpecifications".into(), json!([{"ResourceType": kind, "Tags": list(tags)}]));
            }
            CreateTags::Member(name) => {
                input.insert(name.into(), self.document(tags));
            }
            CreateTags::Afterwards => {}
        }
    }

    /// Reads the tags of an object.
    ///
    /// # Errors
    /// AWS refused.
    pub async fn found(&self, cx: &Cx, service: &str, item: &Json, obj: &Obj) -> Result<Tags, Fail> {
        match self.read {
            ReadTags::Item(path) => Ok(doc::at(item, path).map(|d| of_document(&d)).unwrap_or_default()),
            ReadTags::Hook => Ok(of_value(&obj.get("tags_all"))),
            ReadTags::Op(op, path) => self.ask(cx, service, op, path, self.names(obj)).await,
            ReadTags::List(op, member, path) => {
                let mut input = Map::new();
                input.insert(member.into(), json!([obj.text(self.by.1)]));
                self.ask(cx, service, op, path, input).await
            }
        }
    }

    async fn ask(&self, cx: &Cx, service: &str, op: &str, path: &str, input: Map<String, Json>) -> Result<Tags, Fail> {
        match cx.once(service, op, Json::Object(input)).await {
            Ok(answer) => Ok(doc::at(&answer, path).map(|d| of_document(&d)).unwrap_or_default()),
            Err(e) if e.is(&["NoSuchTagSet"]) => Ok(Tags::new()),
            Err(e) => Err(e),
        }
    }

    /// Tags as the service's requests have them.
    pub fn document(&self, tags: &Tags) -> Json {
        match self.is_map {
            true => json!(tags),
            false => tags.iter().map(|(k, v)| json!({self.words.0: k, self.words.1: v})).collect(),
        }
    }

    /// The members that name an object in a request about its tags.
    fn names(&self, obj: &Obj) -> Map<String, Json> {
        let mut input: Map<String, Json> = self.with.iter().map(|(n, v)| ((*n).to_owned(), json!(v))).collect();
        input.insert(self.by.0.into(), self.name_of(obj));
        input
    }

    fn name_of(&self, obj: &Obj) -> Json {
        let name = obj.text(self.by.1);
        if self.by_list { json!([name]) } else { json!(name) }
    }

    /// Brings the tags of an object from `old` to `new`: removes what is gone or changed, adds what is new or changed.
    ///
    /// # Errors
    /// AWS refused.
    pub async fn change(&self, cx: &Cx, service: &str, obj: &Obj, old: &Tags, new: &Tags) -> Result<(), Fail> {
        if let Some(hook) = self.hook {
            return hook(cx, obj, old, new).await;
        }
        let removed: Vec<&String> = old.keys().filter(|k| !new.contains_key(*k)).collect();
        let added: Tags =
            new.iter().filter(|(k, v)| old.get(*k) != Some(v)).map(|(k, v)| (k.clone(), v.clone())).collect();
        if !removed.is_empty() {
            let keys: Json = match self.keys_are_tags {
                true => removed.iter().map(|k| json!({"Key": k})).collect(),
                false => json!(removed),
            };
            let mut input = self.names(obj);
            input.insert(self.keys.into(), keys);
            cx.call(service, self.remove, Json::Object(input)).await?;
        }
        if !added.is_empty() {
            let mut input = self.names(obj);
            input.insert(self.tags.into(), self.document(&added));
            cx.call(service, self.add, Json::Object(input)).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(of: &[(&str, &str)]) -> Tags {
        of.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn defaults_stay_out_of_tags_unless_configured() {
        let rules = TagRules { defaults: tags(&[("Env", "prod"), ("Own", "me")]), ..TagRules::default() };
        let ty = Type::object([("tags", Type::map(Type::String)), ("tags_all", Type::map(Type::String))]);
        let mut obj = Obj::empty(&ty);
        obj.set("tags", value(tags(&[("Own", "me")]).iter()));
        rules.read(tags(&[("Env", "prod"), ("Own", "me"), ("Name", "x"), ("aws:made-by", "y")]), &mut obj);
        assert_eq!(of_value(&obj.get("tags")), tags(&[("Name", "x"), ("Own", "me")]));
        assert_eq!(of_value(&obj.get("tags_all")), tags(&[("Env", "prod"), ("Name", "x"), ("Own", "me")]));
    }
}
