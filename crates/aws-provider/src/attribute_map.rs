//! Settings that a service keeps as texts by name: SNS and SQS.

use craton_model::{Type, Value};
use serde_json::{Map, Value as Json, json};

use crate::obj::Obj;

/// Terraform's names of attributes with those of the service.
pub type Names = &'static [(&'static str, &'static str)];

/// An attribute as the service has it: as text.
pub fn text(obj: &Obj, name: &str) -> String {
    let v = obj.get(name);
    match v.ty() {
        Type::Bool => v.as_bool().map(|b| b.to_string()).unwrap_or_default(),
        Type::Number => obj.int(name).map(|n| n.to_string()).unwrap_or_default(),
        _ => obj.text(name).to_owned(),
    }
}

/// Those of the attributes that are set to something.
pub fn given(obj: &Obj, names: Names) -> Map<String, Json> {
    let set = names.iter().filter(|(name, _)| !obj.is_zero(name));
    set.map(|(name, member)| ((*member).to_owned(), json!(text(obj, name)))).collect()
}

/// Sets the attributes from what the service says; zero values where it says nothing.
pub fn read(obj: &mut Obj, names: Names, found: &Json) {
    for (name, member) in names {
        let text = found.get(member).and_then(Json::as_str).unwrap_or_default();
        let value = match obj.type_of(name) {
            Type::Bool => Value::from(text == "true"),
            Type::Number => Value::from(text.parse::<i64>().unwrap_or(0)),
            _ => Value::from(text),
        };
        obj.set(name, value);
    }
}
