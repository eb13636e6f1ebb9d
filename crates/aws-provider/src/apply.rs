//! Carrying out changes, for every declared type.

use std::collections::BTreeSet;
use std::time::Duration;

use craton_model::Value;
use serde_json::Value as Json;

use crate::cx::Cx;
use crate::decl::{Create, CreateTags, Default, Delete, Resource, Run, Update};
use crate::doc;
use crate::fail::Fail;
use crate::obj::Obj;
use crate::read;
use crate::tags;
use crate::work::Work;

/// What a change led to: what exists now (`None`: nothing), and what went wrong.
pub struct Done {
    /// The object as it is now.
    pub state: Option<Obj>,
    /// Why the change is not complete.
    pub failed: Option<Fail>,
}

impl Done {
    fn failed(state: Option<Obj>, e: Fail) -> Self {
        Self { state, failed: Some(e) }
    }
}

/// Makes a new object.
pub async fn create(cx: &Cx, resource: &'static Resource, planned: &Obj, config: Obj, limit: Duration) -> Done {
    let mut state = planned.clone();
    state.forget_unknown();
    state.clear("id");
    let mut work = Work {
        resource,
        prior: Obj::empty(planned.ty()),
        state,
        config,
        changed: BTreeSet::new(),
        limit,
        creating: true,
    };
    match make(cx, &mut work).await {
        Ok(()) => {
            let done = finish(cx, resource, work.state.clone()).await;
            settle(resource, planned, work.state, done)
        }
        Err(e) => {
            let made = !work.state.id().is_empty();
            Done::failed(made.then_some(work.state), e)
        }
    }
}

fn settle(resource: &Resource, planned: &Obj, state: Obj, read: Result<Obj, Fail>) -> Done {
    match read {
        Ok(mut found) => {
            read::follow_plan(resource, planned, &mut found);
            Done { state: Some(found), failed: None }
        }
        Err(e) => Done::failed(Some(state), e),
    }
}

async fn make(cx: &Cx, work: &mut Work) -> Result<(), Fail> {
    let resource = work.resource;
    let all = match resource.tags {
        Some(_) => cx.settings.tags.of(&work.config).unwrap_or_default(),
        None => tags::Tags::new(),
    };
    match resource.create {
        Create::Hook(hook) => hook(cx, work).await?,
        Create::Op { op, result } => {
            let mut input = serde_json::Map::new();
            doc::input(resource.attrs, &work.state, &mut input);
            if let Some(t) = &resource.tags {
                t.at_creation(&all, &mut input);
            }
            let answer = cx.call(resource.service.id, op, Json::Object(input)).await?;
            let made = doc::at(&answer, result).unwrap_or(Json::Null);
            let id = match resource.id.contains('{') {
                true => doc::template(resource.id, &work.state),
                false => doc::text(&made, resource.id),
            };
            if id.is_empty() {
                return Err(Fail::new(
                    "Invalid AWS answer",
                    format!("{}:{op} answered without an id at {:?}.", resource.service.id, resource.id),
                ));
            }
            work.state.set("id", id);
            for a in resource.attrs.iter().filter(|a| a.computed && !a.read_path().is_empty()) {
                let open = work.state.get(a.name).is_null();
                if let Some(v) = doc::at(&made, &a.read_path()).filter(|_| open) {
                    work.state.set(a.name, doc::value(&a.kind, &v));
                }
            }
        }
    }
    wait_ready(cx, work).await?;
    for u in resource.updates.iter().filter(|u| u.after_create) {
        work.changed = u.covers.iter().filter(|n| is_set(resource, &work.state, n)).map(|n| (*n).to_owned()).collect();
        if !work.changed.is_empty() {
            run(cx, work, u).await?;
        }
    }
    if let Some(t) = &resource.tags
        && t.create == CreateTags::Afterwards
        && !all.is_empty()
    {
        t.change(cx, resource.service.id, &work.state, &tags::Tags::new(), &all).await?;
    }
    Ok(())
}

/// Whether an argument asks for something that AWS does not do by itself.
fn is_set(resource: &Resource, state: &Obj, name: &str) -> bool {
    let on_by_default = resource.attr(name).is_some_and(|a| a.default == Default::Bool(true));
    match state.peek(name) {
        Some(v) if on_by_default => v.as_bool() == Some(false),
        Some(v) => !crate::obj::is_zero(v),
        None => false,
    }
}

async fn run(cx: &Cx, work: &mut Work, update: &Update) -> Result<(), Fail> {
    let resource = work.resource;
    match update.run {
        Run::Nothing => Ok(()),
        Run::Hook(hook) => hook(cx, work).await,
        Run::Op(op) => {
            let mut input = read::key(resource, &work.state);
            let covered: Vec<_> = update.covers.iter().filter_map(|n| resource.attr(n)).copied().collect();
            for a in &covered {
                put(a, &work.state, &mut input);
            }
            cx.call(resource.service.id, op, Json::Object(input)).await?;
            Ok(())
        }
        Run::Each(op) => {
            for a in update.covers.iter().filter(|n| work.changes(n)).filter_map(|n| resource.attr(n)) {
                let mut input = read::key(resource, &work.state);
                put(a, &work.state, &mut input);
                cx.call(resource.service.id, op, Json::Object(input)).await?;
            }
            Ok(())
        }
    }
}

/// An update sends what is planned, also false, 0 and `""`.
fn put(a: &crate::decl::Attr, state: &Obj, input: &mut serde_json::Map<String, Json>) {
    let v = state.get(a.name);
    let v = if v.is_null() { crate::obj::zero(v.ty()) } else { v };
    if let Some(document) = doc::document(&a.kind, &v) {
        doc::put(input, &a.write_path(), document);
    }
}

async fn wait_ready(cx: &Cx, work: &Work) -> Result<(), Fail> {
    let resource = work.resource;
    let Some(wait) = &resource.ready else { return Ok(()) };
    let what = read::name(resource, &work.state);
    cx.wait(&what, work.limit, wait.pending, wait.target, || Box::pin(read::look(cx, resource, wait, &work.state)))
        .await?;
    Ok(())
}

/// Reads an object that was just made or changed. What is new may not be visible everywhere at once.
async fn finish(cx: &Cx, resource: &'static Resource, state: Obj) -> Result<Obj, Fail> {
    let mut pause = Duration::from_millis(50);
    for _ in 0..20 {
        let fresh = Cx::new(cx.settings.clone());
        let mut obj = state.clone();
        if read::into(&fresh, resource, &mut obj).await? {
            return Ok(obj);
        }
        cx.settings.clock.sleep(pause).await;
        pause = (pause * 3 / 2).min(Duration::from_secs(15));
    }
    Err(Fail::new(
        "AWS object not found",
        format!("{} was made or changed, but AWS does not know it.", read::name(resource, &state)),
    ))
}

/// Changes an object.
pub async fn update(
    cx: &Cx,
    resource: &'static Resource,
    prior: Obj,
    planned: &Obj,
    config: Obj,
    limit: Duration,
) -> Done {
    let mut state = planned.clone();
    state.forget_unknown();
    let changed = resource
        .attrs
        .iter()
        .filter(|a| a.settable() && prior.peek(a.name) != planned.peek(a.name))
        .map(|a| a.name.to_owned())
        .collect();
    let mut work = Work { resource, prior, state, config, changed, limit, creating: false };
    match alter(cx, &mut work).await {
        Ok(()) => {
            let read = finish(cx, resource, work.state.clone()).await;
            settle(resource, planned, work.state, read)
        }
        Err(e) => {
            // What was done before the failure shows in what AWS says now.
            let mut now = work.prior.clone();
            let fresh = Cx::new(cx.settings.clone());
            let state = match read::into(&fresh, resource, &mut now).await {
                Ok(true) => now,
                _ => work.prior,
            };
            Done::failed(Some(state), e)
        }
    }
}

async fn alter(cx: &Cx, work: &mut Work) -> Result<(), Fail> {
    let resource = work.resource;
    if let Some(t) = &resource.tags {
        let old = tags::of_value(&work.prior.get("tags_all"));
        let new = cx.settings.tags.of(&work.config).unwrap_or_default();
        if old != new {
            t.change(cx, resource.service.id, &work.prior, &old, &new).await?;
        }
    }
    let mut ran = false;
    for u in resource.updates {
        if work.changes_any(u.covers) {
            run(cx, work, u).await?;
            ran = ran || !matches!(u.run, Run::Nothing);
        }
    }
    if ran {
        wait_ready(cx, work).await?;
    }
    Ok(())
}

/// Removes an object.
pub async fn delete(cx: &Cx, resource: &'static Resource, prior: Obj, limit: Duration) -> Done {
    let mut work = Work {
        resource,
        prior: prior.clone(),
        state: prior.clone(),
        config: Obj::empty(prior.ty()),
        changed: BTreeSet::new(),
        limit,
        creating: false,
    };
    match remove(cx, &mut work).await {
        Ok(()) => Done { state: None, failed: None },
        Err(e) if e.is(resource.gone) => Done { state: None, failed: None },
        Err(e) => Done::failed(Some(prior), e),
    }
}

async fn remove(cx: &Cx, work: &mut Work) -> Result<(), Fail> {
    let resource = work.resource;
    match resource.delete {
        Delete::Forget => return Ok(()),
        Delete::Hook(hook) => hook(cx, work).await?,
        Delete::Op(op) => {
            let input = Json::Object(read::key(resource, &work.state));
            cx.retry(resource.service.id, op, input, work.limit, resource.busy).await?;
        }
    }
    if let Some(wait) = &resource.removed {
        let what = read::name(resource, &work.state);
        cx.wait(&what, work.limit, wait.pending, wait.target, || Box::pin(read::look(cx, resource, wait, &work.state)))
            .await?;
    }
    Ok(())
}

/// The object with everything that is not known in it forgotten: what is left after a failed creation.
pub fn value(state: Option<Obj>, ty: &craton_model::Type) -> Value {
    match state {
        Some(mut obj) => {
            obj.forget_unknown();
            obj.value()
        }
        None => Value::null(ty.clone()),
    }
}
