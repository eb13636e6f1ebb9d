//! Functions that providers define, as functions of the language.

use std::collections::HashMap;
use std::sync::Arc;

use craton_hcl::{Function, FunctionError, FunctionRef, Param};
use craton_model::Value;
use craton_provider::Provider;
use futures_util::FutureExt;

/// All functions of a provider by name.
pub fn of_provider(provider: &Arc<dyn Provider>) -> HashMap<Arc<str>, FunctionRef> {
    let all = &provider.schema().functions;
    all.iter()
        .map(|(name, signature)| {
            let mut function =
                Function::new(name.to_string(), signature.summary.clone()).returns(signature.returns.clone());
            for (param, ty) in &signature.parameters {
                function = function.param(Param::new(param.to_string(), ty.clone(), ""));
            }
            if let Some((param, ty)) = &signature.variadic {
                function = function.variadic(Param::new(param.to_string(), ty.clone(), ""));
            }
            let (provider, called) = (provider.clone(), name.clone());
            let function = function.run(move |_, args| call(&provider, &called, args));
            (name.clone(), Arc::new(function))
        })
        .collect()
}

/// Expressions are evaluated without waiting. A provider in this process answers at once; another
/// one is waited for on a thread of its own, while the runtime's other threads carry the answer.
fn call(provider: &Arc<dyn Provider>, name: &Arc<str>, args: &[Value]) -> Result<Value, FunctionError> {
    let failed = |(argument, message)| FunctionError { argument, message };
    if let Some(answer) = provider.call_function(name, args).now_or_never() {
        return answer.map_err(failed);
    }
    let handle = tokio::runtime::Handle::try_current().map_err(|e| FunctionError::new(e.to_string()))?;
    if handle.runtime_flavor() == tokio::runtime::RuntimeFlavor::CurrentThread {
        return Err(FunctionError::new(
            "the provider does not answer at once, and there is no other thread to wait on",
        ));
    }
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| handle.block_on(provider.call_function(name, args)));
        waiting.join().map_err(|_| FunctionError::new("the provider crashed"))?.map_err(failed)
    })
}
