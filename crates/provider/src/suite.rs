//! What every provider must do, whatever it talks to. Each implementation runs this with cases of
//! its own.

use std::sync::Arc;

use craton_model::addr::{InstanceKey, ModuleInstance, Resource, ResourceInstance, ResourceMode};
use craton_model::schema::Block;
use craton_model::{Diagnostics, Type, Value};

use crate::check::{self, Breach};
use crate::propose::proposed;
use crate::{ApplyRequest, PlanRequest, PlanResponse, Provider, ReadRequest};

/// A managed resource type with two configurations of it.
pub struct Case<'a> {
    /// Resource type.
    pub r#type: &'a str,
    /// Wholly known arguments by name; the others are left out.
    pub first: Vec<(&'a str, Value)>,
    /// The same, for an update in place (or a replacement, where nothing can be updated).
    pub second: Vec<(&'a str, Value)>,
}

/// Takes an object of the type through its life: create, read, plan without changes, change, read,
/// delete, read again. The provider must be configured already.
///
/// # Errors
/// The first rule that is broken, with the values it shows in.
pub async fn lifecycle(provider: &dyn Provider, case: &Case<'_>) -> Result<(), String> {
    let (run, object, private) = life(provider, case).await?;
    let found = run.read(vec![object], &private).await?;
    match found.as_slice() {
        [v] if v.is_null() => Ok(()),
        other => Err(format!("read after delete: {other:?} instead of null")),
    }
}

/// The same for a type whose objects exist in the state alone, so that nothing can be found to be gone.
///
/// # Errors
/// The first rule that is broken, with the values it shows in.
pub async fn lifecycle_in_state(provider: &dyn Provider, case: &Case<'_>) -> Result<(), String> {
    life(provider, case).await.map(|_| ())
}

/// From creation to deletion; gives the object as it last was.
async fn life<'a>(provider: &'a dyn Provider, case: &Case<'_>) -> Result<(Run<'a>, Value, Arc<[u8]>), String> {
    let Some(schema) = provider.schema().resources.get(case.r#type) else {
        return Err(format!("the schema has no {}", case.r#type));
    };
    let run = Run { provider, r#type: case.r#type.into(), block: schema.block.clone() };
    let none = Value::null(run.block.implied_type().clone());
    let (first, second) = (run.config(&case.first), run.config(&case.second));
    for config in [&first, &second] {
        clean("validate", &provider.validate_resource(ResourceMode::Managed, case.r#type, config).await)?;
    }

    let (mut object, mut private) = run.change("create", &none, &first, Arc::default()).await?;
    let found = run.read(vec![object.clone(), object.clone()], &private).await?;
    if found.len() != 2 {
        return Err(format!("read: {} answers to 2 requests", found.len()));
    }
    if found[0] != object || found[1] != object {
        return Err(format!("read after create: {:?} instead of {object:?}", found[0]));
    }
    run.settled(&object, &first, &private).await?;

    let plan = run.plan("change", &object, &second, private.clone()).await?;
    if plan.requires_replace.is_empty() {
        (object, private) = run.change("update", &object, &second, private).await?;
        let found = run.read(vec![object.clone()], &private).await?;
        if found.first() != Some(&object) {
            return Err(format!("read after update: {:?} instead of {object:?}", found.first()));
        }
        run.settled(&object, &second, &private).await?;
    }

    let request = ApplyRequest {
        addr: run.addr(),
        r#type: run.r#type.clone(),
        prior: object.clone(),
        planned: none.clone(),
        config: none.clone(),
        private: private.clone(),
    };
    let gone = provider.apply(request).await;
    clean("delete", &gone.diagnostics)?;
    if !gone.state.is_null() {
        return Err(format!("delete: {:?} instead of null", gone.state));
    }
    Ok((run, object, private))
}

struct Run<'a> {
    provider: &'a dyn Provider,
    r#type: Arc<str>,
    block: Arc<Block>,
}

impl Run<'_> {
    fn addr(&self) -> ResourceInstance {
        let resource = Resource::managed(self.r#type.clone(), "suite");
        ResourceInstance { module: ModuleInstance::root(), resource, key: InstanceKey::None }
    }

    fn config(&self, arguments: &[(&str, Value)]) -> Value {
        arguments.iter().fold(self.block.empty_value(), |object, (name, v)| object.with_attribute(name, v.clone()))
    }

    async fn plan(
        &self,
        what: &str,
        prior: &Value,
        config: &Value,
        private: Arc<[u8]>,
    ) -> Result<PlanResponse, String> {
        let request = PlanRequest {
            addr: self.addr(),
            r#type: self.r#type.clone(),
            prior: prior.clone(),
            proposed: proposed(&self.block, prior, config),
            config: config.clone(),
            private,
        };
        let plan = self.provider.plan(request).await;
        clean(&format!("plan to {what}"), &plan.diagnostics)?;
        broken(&format!("shape of the plan to {what}"), check::conforms(&self.block, &plan.planned))?;
        if !self.provider.legacy_type_system() {
            broken(&format!("plan to {what}"), check::plan_valid(&self.block, prior, config, &plan.planned))?;
        }
        Ok(plan)
    }

    async fn change(
        &self,
        what: &str,
        prior: &Value,
        config: &Value,
        private: Arc<[u8]>,
    ) -> Result<(Value, Arc<[u8]>), String> {
        let plan = self.plan(what, prior, config, private).await?;
        let request = ApplyRequest {
            addr: self.addr(),
            r#type: self.r#type.clone(),
            prior: prior.clone(),
            planned: plan.planned.clone(),
            config: config.clone(),
            private: plan.private,
        };
        let done = self.provider.apply(request).await;
        clean(what, &done.diagnostics)?;
        broken(&format!("shape of the result of {what}"), check::conforms(&self.block, &done.state))?;
        if !done.state.is_wholly_known() {
            return Err(format!("{what}: the result is not wholly known: {:?}", done.state));
        }
        if !self.provider.legacy_type_system() {
            broken(what, check::follows_plan(&self.block, &plan.planned, &done.state))?;
        }
        Ok((done.state, done.private))
    }

    async fn read(&self, objects: Vec<Value>, private: &Arc<[u8]>) -> Result<Vec<Value>, String> {
        let requests = objects
            .into_iter()
            .map(|current| ReadRequest {
                addr: self.addr(),
                r#type: self.r#type.clone(),
                current,
                private: private.clone(),
            })
            .collect();
        let found = self.provider.read(requests).await;
        for f in &found {
            clean("read", &f.diagnostics)?;
        }
        Ok(found.into_iter().map(|f| f.state).collect())
    }

    /// The same configuration again changes nothing.
    async fn settled(&self, object: &Value, config: &Value, private: &Arc<[u8]>) -> Result<(), String> {
        let again = self.plan("keep", object, config, private.clone()).await?;
        if again.planned != *object {
            return Err(format!("plan without changes: {:?} instead of {object:?}", again.planned));
        }
        Ok(())
    }
}

fn clean(what: &str, found: &Diagnostics) -> Result<(), String> {
    match found.into_iter().find(|d| d.is_error()) {
        Some(d) => Err(format!("{what}: {}: {}", d.summary, d.detail)),
        None => Ok(()),
    }
}

fn broken(what: &str, breaches: Vec<Breach>) -> Result<(), String> {
    match breaches.first() {
        Some(b) => Err(format!("{what}: {b}")),
        None => Ok(()),
    }
}

/// Null of any type, for cases that leave out what they had set.
pub fn unset() -> Value {
    Value::null(Type::Dynamic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Factory;
    use crate::builtin::{Builtin, NoRemoteState};
    use crate::fake::{Fake, World};

    #[tokio::test]
    async fn our_own_providers_pass() {
        let fake = Fake::new(World::new()).start().await.unwrap();
        let case = Case {
            r#type: "fake_thing",
            first: vec![("name", Value::from("a")), ("size", Value::from(1))],
            second: vec![("name", Value::from("b"))],
        };
        lifecycle(fake.as_ref(), &case).await.unwrap();
    }

    #[tokio::test]
    async fn a_provider_that_forgets_fails() {
        // The built-in provider keeps nothing, so a deleted object can still be "read".
        let builtin = Builtin::new(Arc::new(NoRemoteState));
        let case = Case {
            r#type: "terraform_data",
            first: vec![("input", Value::from("a"))],
            second: vec![("input", Value::from("b"))],
        };
        let broken = lifecycle(&builtin, &case).await.unwrap_err();
        assert!(broken.starts_with("read after delete"), "{broken}");
        lifecycle_in_state(&builtin, &case).await.unwrap();
    }
}
