//! Failures that a run expects.

use craton_config::{Checkable, Expected};
use craton_model::addr::{InstanceKey, ResourceInstance};
use craton_model::{Diagnostic, Diagnostics, Severity};

/// Takes the failures that are expected out of the findings, makes errors of all other conditions that do not hold, and
/// adds an error for each expected failure that did not come.
pub fn judge(found: Diagnostics, expected: &[Expected]) -> Diagnostics {
    let mut met = vec![false; expected.len()];
    let mut left = Diagnostics::new();
    for mut d in found {
        let Some(addr) = &d.condition_of else {
            left.push(d);
            continue;
        };
        let mut wanted = false;
        for (i, _) in expected.iter().enumerate().filter(|(_, e)| means(&e.object, addr)) {
            (met[i], wanted) = (true, true);
        }
        if !wanted {
            d.severity = Severity::Error;
            if d.summary == craton_engine::OPEN_CHECK {
                d.detail.push_str(" Let the run apply, or expect the failure.");
            }
            left.push(d);
        }
    }
    let missing = expected.iter().zip(met).filter(|(_, met)| !met).map(|(e, _)| {
        let detail = format!("{} was expected to fail, and it did not.", e.object);
        Diagnostic::error("Missing expected failure", detail).at(e.span)
    });
    left.extend(missing);
    left
}

/// The findings of a plan that was to be applied: conditions of checks are looked at afterwards, and a failure that was
/// expected is one that came too early.
pub fn before_apply(found: Diagnostics, expected: &[Expected]) -> Diagnostics {
    let mut all = Diagnostics::new();
    for d in found {
        let Some(addr) = &d.condition_of else {
            all.push(d);
            continue;
        };
        if !d.is_error() {
            continue;
        }
        if let Some(e) = expected.iter().find(|e| means(&e.object, addr)) {
            let detail = format!(
                "{} fails as expected, but does so when planning, so there is nothing to apply and nothing to look at. Set command = plan in this run.",
                e.object
            );
            all.push(Diagnostic::warning("Expected failure while planning", detail).at(e.span));
        }
        all.push(d);
    }
    all
}

fn means(object: &Checkable, addr: &str) -> bool {
    match object {
        Checkable::Resource(resource, key) => ResourceInstance::parse(addr).is_some_and(|a| {
            a.module.is_root() && a.resource == *resource && (*key == InstanceKey::None || *key == a.key)
        }),
        named => named.to_string() == addr,
    }
}
