//! Whether a configuration holds to the rules of its attributes.

use craton_model::{Diagnostic, Diagnostics, Path, Value};

use crate::decl::{Attr, Check, Kind, Nested};
use crate::obj::Obj;

/// Checks each value that is known.
pub fn check(attrs: &[Attr], blocks: &[Nested], config: &Obj, found: &mut Diagnostics) {
    attributes(attrs, config, &Path::default(), found);
    for n in blocks {
        let value = config.get(n.name);
        let at = Path::attr(n.name);
        match value.as_seq() {
            Some(items) => {
                for (i, item) in items.iter().enumerate() {
                    let at = at.then_index(Value::from(i64::try_from(i).unwrap_or(i64::MAX)));
                    attributes(n.attrs, &Obj::of(item.ty(), item), &at, found);
                }
            }
            None if value.is_known() && !value.is_null() => {
                attributes(n.attrs, &Obj::of(value.ty(), &value), &at, found);
            }
            None => {}
        }
    }
}

fn attributes(attrs: &[Attr], config: &Obj, at: &Path, found: &mut Diagnostics) {
    for a in attrs {
        let value = config.get(a.name);
        if value.is_null() || !value.is_known() {
            continue;
        }
        let at = at.then_attr(a.name);
        let mut refuse = |why: String| {
            found.push(
                Diagnostic::error("Invalid Attribute Value", format!("The argument {:?} {why}.", a.name))
                    .on_attribute(at.clone()),
            );
        };
        if !(a.required || a.optional) {
            refuse("is set by the provider and cannot be configured; remove it".into());
            continue;
        }
        if matches!(a.kind, Kind::Whole) && value.as_number().is_some_and(|n| n.to_i64().is_none()) {
            refuse("takes a whole number".into());
            continue;
        }
        let Some(rule) = a.check else { continue };
        match value.as_seq() {
            Some(items) => items.iter().filter_map(|v| broken(rule, v)).for_each(&mut refuse),
            None => broken(rule, &value).into_iter().for_each(&mut refuse),
        }
    }
}

fn broken(rule: Check, value: &Value) -> Option<String> {
    match rule {
        Check::AtLeast(n) => {
            let given = value.as_number()?.to_i64()?;
            (given < n).then(|| format!("must be at least {n}, and is {given}"))
        }
        Check::OneOf(allowed) => {
            let given = value.as_str()?;
            (!allowed.contains(&given)).then(|| format!("takes one of {}, and not {given:?}", allowed.join(", ")))
        }
        Check::NotEmpty => (value.as_str()?.is_empty()).then(|| "must not be empty".into()),
        Check::Text(f) => f(value.as_str()?).err(),
    }
}

/// Refuses a configuration that gives none of these arguments.
pub fn at_least_one(config: &Obj, names: &[&'static str], found: &mut Diagnostics) {
    if names.iter().all(|n| config.is_null(n)) {
        found.push(Diagnostic::error(
            "Missing Attribute Configuration",
            format!("At least one of these arguments must be given: {}.", names.join(", ")),
        ));
    }
}

/// Refuses a configuration that does not give exactly one of these arguments.
pub fn exactly_one(config: &Obj, names: &[&'static str], found: &mut Diagnostics) {
    // What is not known may turn out to be left out.
    let (given, open): (Vec<&str>, Vec<&str>) =
        names.iter().copied().filter(|n| !config.is_null(n)).partition(|n| config.get(n).is_known());
    if given.len() == 1 || (given.is_empty() && !open.is_empty()) {
        return;
    }
    let what = if given.is_empty() { "none is".to_owned() } else { format!("{} are", given.join(" and ")) };
    let d = Diagnostic::error(
        "Invalid Attribute Combination",
        format!("Exactly one of {} must be given, and {what}.", names.join(", ")),
    );
    found.push(match given.first() {
        Some(first) => d.on_attribute(Path::attr(*first)),
        None => d,
    });
}
