//! How every store must behave; each implementation's tests run it.

use std::future::Future;

use craton_model::State;
use craton_model::addr::{InstanceKey, ModuleInstance, ProviderAddr, ProviderConfigAddr, Resource};
use craton_model::state::ObjectState;

use crate::lock::{LockError, LockInfo};
use crate::store::Store;

fn object(n: u64) -> ObjectState {
    ObjectState {
        schema_version: 0,
        attributes: serde_json::json!({"id": n.to_string()}).into(),
        flat: false,
        sensitive_paths: Vec::new(),
        status: Default::default(),
        private: Vec::new().into(),
        dependencies: Vec::new().into(),
        create_before_destroy: false,
        identity: None,
        identity_schema_version: None,
    }
}

/// Runs the suite. `open` opens the same, at first absent, state each time it is called, as
/// different processes would.
///
/// # Panics
/// When a behaviour is not as [`Store`] promises.
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test library: a panic is a failed test")]
pub async fn store<F: Future<Output = Box<dyn Store>>>(open: impl Fn() -> F) {
    let a = open().await;
    assert!(a.read().await.unwrap().is_none(), "absent at first");

    let mut state = State { lineage: "one".into(), serial: 1, terraform_version: "1.11.4".into(), ..State::default() };
    let provider = ProviderConfigAddr { module: Default::default(), provider: ProviderAddr::builtin(), alias: None };
    for n in 0..3 {
        let addr =
            ModuleInstance::root().resource(Resource::managed("terraform_data", "x")).instance(InstanceKey::Int(n));
        state.set_current(&addr, &provider, Some(object(n)));
    }
    a.write(&state).await.unwrap();
    let b = open().await;
    assert_eq!(b.read().await.unwrap().as_ref(), Some(&state), "what was written is read");

    // b has read serial 1; a writes 2; b may not overwrite it.
    state.serial = 2;
    a.write(&state).await.unwrap();
    let mut other = state.clone();
    other.serial = 2;
    other.resources.clear();
    let refused = b.write(&other).await.unwrap_err();
    assert_eq!(refused.0[0].summary, "State was changed by somebody else");
    assert_eq!(open().await.read().await.unwrap().as_ref(), Some(&state), "and nothing was overwritten");

    let lock = LockInfo::new("OperationTypeApply");
    let id = lock.id.clone();
    a.lock(lock).await.unwrap();
    let seen = b.holder().await.unwrap().unwrap();
    assert_eq!((seen.id.as_str(), seen.operation.as_str()), (id.as_str(), "OperationTypeApply"));
    match a.unlock("somebody-elses").await {
        Err(LockError::Held(Some(holder))) => assert_eq!(holder.id, id),
        other => panic!("a wrong id must be refused with the holder: {other:?}"),
    }
    assert_eq!(a.read().await.unwrap().unwrap().serial, 2, "readable while locked");
    state.serial = 3;
    a.write(&state).await.unwrap();
    assert!(a.lock(LockInfo::new("OperationTypePlan")).await.is_err(), "no second lock");
    a.unlock(&id).await.unwrap();
    assert!(a.holder().await.unwrap().is_none(), "given back");
    a.lock(LockInfo::new("OperationTypePlan")).await.unwrap();
    let id = a.holder().await.unwrap().unwrap().id;
    a.unlock(&id).await.unwrap();
    assert_eq!(open().await.read().await.unwrap().unwrap().serial, 3);
}
