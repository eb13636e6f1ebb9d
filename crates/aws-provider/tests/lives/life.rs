//! Takes an object through the life that is written for its type.

use std::cell::RefCell;
use std::collections::BTreeSet;

use craton_model::path::Step;
use craton_model::{Data, Path, Value, json as values};
use serde_json::{Map, Value as Json, json};

use crate::common::{Made, World, block, config};
use crate::data::{self, Change, Import, Known, Life};
use crate::paths::{UNKNOWN, covers, different, leaves, settable, unknown_at, write_only};

/// The other region of objects with `"provider": "aws.other"`.
const OTHER: &str = "us-east-1";

/// A plan on the way, for whoever wants to compare it.
#[derive(Debug)]
pub struct Planned {
    /// The life's type.
    pub r#type: String,
    /// The step of the life.
    pub step: String,
    /// The object before, its configuration, and what is planned of it; what is not known yet is [`UNKNOWN`].
    pub state: Json,
    pub config: Json,
    pub planned: Json,
    /// The paths for which it is replaced.
    pub replace: Vec<Json>,
}

thread_local! {
    static PLANS: RefCell<Vec<Planned>> = const { RefCell::new(Vec::new()) };
    static STEP: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The plans of the lives on this thread since the last call.
pub fn plans() -> Vec<Planned> {
    PLANS.take()
}

/// A value as JSON in which one sees what is not known yet.
fn seen(value: &Value) -> Json {
    match value.data() {
        Data::Unknown(_) => json!(UNKNOWN),
        Data::Seq(items) => items.iter().map(seen).collect(),
        Data::Map(entries) => Json::Object(entries.iter().map(|(k, v)| (k.to_string(), seen(v))).collect()),
        _ => values::to_json(value),
    }
}

/// What the life on this thread is at.
pub fn step() -> String {
    STEP.with_borrow(String::clone)
}

fn at(what: impl Into<String>) {
    STEP.set(what.into());
}

/// Where objects are made.
struct Worlds {
    here: World,
    there: World,
}

/// What is seen on the way.
struct Seen<'a> {
    life: &'a Life,
    /// The id for an import; none: it cannot be imported.
    import: Option<String>,
    /// Paths that a change changed.
    changed: BTreeSet<String>,
    /// Paths of `untold` that an import did not know indeed.
    untold: BTreeSet<String>,
}

impl Worlds {
    /// The world an object lives in, and its arguments.
    fn of<'w>(&'w self, object: &Json) -> (&'w World, Json) {
        let mut object = object.clone();
        for meta in ["depends_on", "lifecycle"] {
            object.as_object_mut().and_then(|o| o.remove(meta));
        }
        match object.as_object_mut().and_then(|o| o.remove("provider")) {
            None => (&self.here, object),
            Some(p) if p == "aws.other" => (&self.there, object),
            Some(p) => panic!("the providers are aws and aws.other, not {p}"),
        }
    }
}

/// Takes an object through its whole life. Panics where it does not go as it should; gives what the life does not
/// cover.
pub async fn live(life: &Life) -> Vec<String> {
    at("before");
    let here = World::new().await;
    let worlds = Worlds { there: here.elsewhere(OTHER).await, here };
    let (known, needed) = prepare(&worlds, life).await;
    let (world, mut given) = worlds.of(&life.given);
    let mut seen = Seen { life, import: first_import(life), changed: BTreeSet::new(), untold: BTreeSet::new() };
    let resolved = |given: &Json| data::resolve(given, &known);

    at("create");
    let mut made = world.create(&life.r#type, resolved(&given)).await;
    seen.imported(world, &made, &resolved(&given)).await;
    for (i, change) in life.changes.iter().enumerate() {
        at(format!("change {} {}", i + 1, Json::Object(change.set.clone())));
        let before = resolved(&given);
        apply_set(&mut given, &change.set);
        made = seen.change(world, &made, &before, &resolved(&given), Some(change)).await;
    }
    made = timeouts(world, &made, &resolved(&given)).await;
    if life.forward.is_none() {
        at("back to what was given");
        let first = resolved(&worlds.of(&life.given).1);
        made = seen.change(world, &made, &resolved(&given), &first, None).await;
    }

    at("delete");
    world.delete(&made).await;
    assert_eq!(world.read(&made).await.is_some(), life.stays.is_some(), "still there after delete?");
    for (address, object, made) in needed.iter().rev() {
        at(format!("after: delete {address}"));
        worlds.of(object).0.delete(made).await;
    }
    seen.missing()
}

/// Makes what a life needs, each object after those that it refers to.
async fn prepare(worlds: &Worlds, life: &Life) -> (Known, Vec<(String, Json, Made)>) {
    let (mut known, mut made) = (Known::new(), Vec::new());
    let mut left: Vec<(&String, &Json)> = life.needs.iter().collect();
    while !left.is_empty() {
        let ready = |o: &Json| data::references(o).iter().all(|r| known.contains_key(r));
        let Some(i) = left.iter().position(|(_, o)| ready(o)) else {
            panic!("these need each other or what is not there: {:?}", left.iter().map(|l| l.0).collect::<Vec<_>>())
        };
        let (address, object) = left.remove(i);
        at(format!("before: {address}"));
        let (world, given) = worlds.of(object);
        let given = data::resolve(&given, &known);
        if let Some(data) = address.strip_prefix("data.") {
            let (r#type, _) = data.split_once('.').unwrap();
            known.insert(address.clone(), world.data(r#type, given).await);
            continue;
        }
        let (r#type, _) = address.split_once('.').unwrap();
        let new = world.create(r#type, given).await;
        known.insert(address.clone(), new.json());
        made.push((address.clone(), object.clone(), new));
    }
    (known, made)
}

fn first_import(life: &Life) -> Option<String> {
    match &life.import {
        Import::Id(text) => Some(text.clone()),
        Import::Never => None,
    }
}

fn apply_set(given: &mut Json, set: &Map<String, Json>) {
    let given = given.as_object_mut().unwrap();
    for (name, v) in set {
        match v {
            Json::Null => given.remove(name),
            v => given.insert(name.clone(), v.clone()),
        };
    }
}

impl Seen<'_> {
    /// Plans and carries out a change, and looks at what it led to. Without `change` it is the way back, which may
    /// do either.
    async fn change(&mut self, w: &World, made: &Made, before: &Json, after: &Json, change: Option<&Change>) -> Made {
        let (r#type, schema) = (&self.life.r#type, block(&self.life.r#type));
        let plan = w.plan(r#type, Some(made), after).await;
        PLANS.with_borrow_mut(|all| {
            all.push(Planned {
                r#type: r#type.clone(),
                step: step(),
                state: made.json(),
                config: after.clone(),
                planned: seen(&plan.planned),
                replace: plan.requires_replace.iter().map(Path::to_json).collect(),
            });
        });
        let (old, new) = (leaves(&made.state), leaves(&plan.planned));
        let (was, is) = (leaves(&config(&schema, before)), leaves(&config(&schema, after)));
        let asked = different(&was, &is);
        let differs = |p: &String| old.get(p) != new.get(p) || unknown_at(&new, p);
        let hidden = write_only(&schema);
        if let Some(change) = change {
            assert!(!asked.is_empty(), "it changes no argument");
            // What is written but was so before, as a default that is now said, is no change and covers nothing.
            let changing: BTreeSet<String> =
                asked.iter().filter(|p| differs(p) || hidden.contains(*p)).cloned().collect();
            for name in change.set.keys() {
                let below = |p: &String| covers([name].into_iter(), p);
                let moved = changing.iter().any(below) || !asked.iter().any(|p| below(p) && is.contains_key(p));
                assert!(moved, "{name}: no change is planned");
            }
            self.changed.extend(changing);
            let named = |paths: &[Path]| paths.iter().map(plain).collect::<Vec<String>>();
            let planned = named(&plan.requires_replace);
            assert!(!change.replaces.is_empty() || planned.is_empty(), "a replacement is planned: {planned:?}");
            for path in &change.replaces {
                let known = planned.iter().any(|p| covers([p].into_iter(), path) || covers([path].into_iter(), p));
                assert!(known, "no replacement is planned for {path}, but for {planned:?}");
            }
        }
        match change {
            Some(change) => self.import = change.import.clone().or(self.import.take()),
            None => self.import = first_import(self.life),
        }
        let made = if plan.requires_replace.is_empty() {
            w.apply(r#type, Some(made), after).await
        } else {
            w.delete(made).await;
            w.apply(r#type, None, after).await
        };
        self.imported(w, &made, after).await;
        made
    }

    /// Imports the object: what AWS tells of it, without what the state knew, is what was configured.
    async fn imported(&mut self, w: &World, made: &Made, given: &Json) {
        let Some(text) = &self.import else { return };
        let before = step();
        at(format!("{before}: import"));
        let known = Known::from([("self".to_owned(), made.json())]);
        let Json::String(id) = data::resolve(&json!(text), &known) else { panic!("an id is a text") };
        let found = w.import(&made.r#type, &id).await;
        let plan = w.plan(&made.r#type, Some(&found), given).await;
        let schema = block(&made.r#type);
        let settable = settable(&schema);
        let (mut old, mut new, is) = (leaves(&found.state), leaves(&plan.planned), leaves(&config(&schema, given)));
        // Nothing and an empty collection are the same to AWS, and where the object would be replaced nothing is planned.
        for all in [&mut old, &mut new] {
            all.retain(|_, v| v.iter().any(|t| t != "{}" && t != "[]"));
        }
        let told = |path: &str| !covers(self.life.untold.keys(), path);
        for path in different(&old, &new) {
            // What is only set by AWS is made anew along with what is not told.
            let argument = settable.contains(&path) || settable.iter().any(|s| covers([&path].into_iter(), s));
            let anew = unknown_at(&new, &path) || !plan.requires_replace.is_empty();
            // An empty text counts as left out, too, as long as there is no object that could be relieved of it.
            let left_out = is.get(&path).is_none_or(|all| all.iter().all(|t| t == "\"\""));
            if !argument || (anew && left_out) {
                continue;
            }
            // A new object is planned from nothing, without the zero values that AWS's answers become.
            let zero = |v: &String| ["[]", "{}", "\"\"", "0", "false"].contains(&v.as_str());
            let nothing = !new.contains_key(&path) && old.get(&path).is_some_and(|all| all.iter().all(zero));
            if nothing && !plan.requires_replace.is_empty() && !is.contains_key(&path) {
                continue;
            }
            assert!(!told(&path), "{path}: {:?} instead of {:?}", old.get(&path), new.get(&path));
            self.untold.extend(self.life.untold.keys().filter(|u| covers([*u].into_iter(), &path)).cloned());
        }
        let replacing: Vec<String> = plan
            .requires_replace
            .iter()
            .map(plain)
            .filter(|p| told(p) && !self.life.untold.keys().any(|u| covers([p].into_iter(), u)))
            .collect();
        assert!(replacing.is_empty(), "would be replaced for {replacing:?}");
        if self.untold.is_empty() {
            w.settled(&found, given).await;
        }
        at(before);
    }

    /// What the life does not cover, and what it says in vain.
    fn missing(&self) -> Vec<String> {
        let Life { fixed, untold, .. } = self.life;
        let all = settable(&block(&self.life.r#type));
        let mut found = Vec::new();
        for path in all.difference(&self.changed).filter(|p| !covers(fixed.keys(), p)) {
            found.push(format!("no change covers {path}"));
        }
        for path in fixed.keys() {
            if !all.iter().any(|p| covers([path].into_iter(), p) && !self.changed.contains(p)) {
                found.push(format!("{path} is not fixed: a change covers it, or there is no such argument"));
            }
        }
        for path in untold.keys().filter(|p| !self.untold.contains(*p)) {
            found.push(format!("{path} is not untold: each import knew it"));
        }
        found
    }
}

/// A path without the places in lists and sets.
fn plain(path: &Path) -> String {
    let names = path.0.iter().filter_map(|s| match s {
        Step::Attr(name) => Some(name.as_ref()),
        Step::Index(_) => None,
    });
    names.collect::<Vec<_>>().join(".")
}

/// Sets every time limit that the type has: a change of the state alone.
async fn timeouts(w: &World, made: &Made, given: &Json) -> Made {
    let schema = block(&made.r#type);
    let Some(limits) = schema.blocks.get("timeouts") else { return made.clone() };
    at("time limits");
    let all: Map<String, Json> = limits.block.attributes.keys().map(|n| (n.to_string(), json!("41m"))).collect();
    let mut given = given.clone();
    given["timeouts"] = Json::Object(all);
    let made = w.apply(&made.r#type, Some(made), &given).await;
    assert_eq!(made.json()["timeouts"], given["timeouts"]);
    made
}
