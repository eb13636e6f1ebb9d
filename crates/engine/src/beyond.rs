//! Whether a plan made again does anything that the one that was shown did not.

use std::collections::HashMap;

use craton_model::plan::{Action, ResourceChange};
use craton_model::value::Data;
use craton_model::{Diagnostic, Diagnostics, Plan, Type, Value};

/// Compares a plan that was shown, in which some values were known after apply, with one made when they are known.
/// Fails where the second does more: a change of another object, another action (doing nothing, or updating where a
/// replacement was shown, is less), or a value other than the one that was shown. What was shown as known after apply
/// may be anything.
pub fn beyond(shown: &Plan, now: &Plan) -> Result<(), Diagnostics> {
    let key = |c: &ResourceChange| (c.addr.to_string(), c.deposed.clone());
    let before: HashMap<_, &ResourceChange> = shown.changes.iter().map(|c| (key(c), c)).collect();
    let mut found = Diagnostics::new();
    for change in now.changes.iter().filter(|c| !matches!(c.action, Action::NoOp | Action::Read)) {
        let told = before.get(&key(change)).copied();
        if let Some(why) = more(told, change) {
            found.push(refusal(&change.addr.to_string(), &why));
        }
    }
    for (name, output) in now.outputs.iter().filter(|(_, o)| o.action != Action::NoOp) {
        let told = shown.outputs.get(name);
        if !told.is_some_and(|t| fits(&t.after, &output.after)) {
            let why = if told.is_some_and(|t| t.sensitive) || output.sensitive {
                "its value (sensitive) is another one than was shown"
            } else {
                "its value is another one than was shown"
            };
            found.push(refusal(&format!("output.{name}"), why));
        }
    }
    found.ok(())
}

fn refusal(what: &str, why: &str) -> Diagnostic {
    let detail = format!(
        "{what}: {why}. Now that the outputs of other units are known, this unit would do more than the plan says, so nothing was done here. Make a new plan."
    );
    Diagnostic::error("Plan would do more than was shown", detail)
}

fn more(shown: Option<&ResourceChange>, now: &ResourceChange) -> Option<String> {
    let word = |a: Action| match a {
        Action::NoOp => "left alone",
        Action::Create => "created",
        Action::Read => "read",
        Action::Update => "updated in place",
        Action::Delete => "destroyed",
        Action::DeleteThenCreate | Action::CreateThenDelete => "replaced",
        Action::Forget => "dropped from the state",
    };
    let Some(shown) = shown else {
        return Some(format!("it would be {}, and the plan does not name it", word(now.action)));
    };
    let same = shown.action == now.action || (shown.action.is_replace() && now.action == Action::Update);
    if !same {
        return Some(format!("it would be {}, and the plan says it is {}", word(now.action), word(shown.action)));
    }
    if now.action == Action::Delete || now.action == Action::Forget {
        return None;
    }
    if shown.importing != now.importing {
        return Some("it would be imported by another id".into());
    }
    let path = differs(&shown.after, &now.after, String::new())?;
    Some(if path.is_empty() {
        "its values are other ones than were shown".into()
    } else {
        format!("the value of {path} is another one than was shown")
    })
}

/// Whether a value is one that `shown` left open: equal where that is known.
pub fn fits(shown: &Value, now: &Value) -> bool {
    differs(shown, now, String::new()).is_none()
}

/// The place of the first known part of `shown` that `now` does not have.
fn differs(shown: &Value, now: &Value, path: String) -> Option<String> {
    match (shown.data(), now.data()) {
        (Data::Unknown(_), _) => None,
        // What is known less than before is no other value; it is told by the apply itself.
        (_, Data::Unknown(_)) => Some(path),
        // Of a set with parts that are not known only this much can be told.
        (Data::Seq(a), Data::Seq(b)) if matches!(shown.ty(), Type::Set(_)) && !shown.is_wholly_known() => {
            let all = b.iter().all(|v| a.iter().any(|w| fits(w, v)));
            let none_lost = a.iter().filter(|v| v.is_wholly_known()).all(|v| b.iter().any(|w| fits(v, w)));
            (!(all && none_lost)).then_some(path)
        }
        (Data::Seq(a), Data::Seq(b)) => {
            if a.len() != b.len() {
                return Some(path);
            }
            a.iter().zip(b.iter()).enumerate().find_map(|(i, (x, y))| differs(x, y, format!("{path}[{i}]")))
        }
        (Data::Map(a), Data::Map(b)) => {
            if a.len() != b.len() {
                return Some(path);
            }
            a.iter().find_map(|(k, x)| {
                let inner = if path.is_empty() { k.to_string() } else { format!("{path}.{k}") };
                match b.get(k) {
                    Some(y) => differs(x, y, inner),
                    None => Some(inner),
                }
            })
        }
        _ => {
            let (a, _) = shown.clone().unmark_deep();
            let (b, _) = now.clone().unmark_deep();
            (a != b).then_some(path)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits() {
        let unknown = || Value::unknown(Type::String);
        let object = |id: Value, name: &str| Value::object([("id", id), ("name", Value::from(name))]);
        assert!(fits(&object(unknown(), "a"), &object(Value::from("i-1"), "a")));
        assert_eq!(
            differs(&object(unknown(), "a"), &object(Value::from("i-1"), "b"), String::new()).as_deref(),
            Some("name")
        );
        assert!(!fits(&object(Value::from("i-1"), "a"), &object(unknown(), "a")));
        let set = |items: Vec<Value>| Value::set(Type::String, items);
        assert!(fits(&set(vec![Value::from("a"), unknown()]), &set(vec![Value::from("b"), Value::from("a")])));
        assert!(!fits(&set(vec![Value::from("a"), unknown()]), &set(vec![Value::from("b")])));
        assert!(!fits(&set(vec![Value::from("a")]), &set(vec![Value::from("a"), Value::from("b")])));
        assert!(!fits(&Value::null(Type::String), &Value::from("a")));
        assert!(!fits(&Value::list(Type::String, [Value::from("a")]), &Value::list(Type::String, [])));
    }
}
