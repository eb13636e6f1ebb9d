//! `random_password`, `random_string`.

use async_trait::async_trait;
use craton_model::{Diagnostic, Diagnostics, Path, Value};
use serde_json::{Map, Value as Json};

use super::{KEEPERS, text};
use crate::cx::Cx;
use crate::decl::{Attr, Check, Fixed, Kind, Outcome, Replace, Resource, fail, fail_at};
use crate::obj::Obj;
use crate::plan::Change;

const KINDS: [&str; 3] = ["special", "upper", "lower"];
const LEAST: [&str; 4] = ["min_upper", "min_lower", "min_numeric", "min_special"];

const fn allowed(name: &'static str) -> Attr {
    Attr::defaulted(name, Kind::Flag, Fixed::Flag(true)).replaces()
}

const fn least(name: &'static str) -> Attr {
    Attr::defaulted(name, Kind::Whole, Fixed::Whole(0)).replaces()
}

const ID: Attr = Attr::computed("id", Kind::Text).kept();
const LENGTH: Attr = Attr::required("length", Kind::Whole).replaces().checked(Check::AtLeast(1));
const NUMBER: Attr = Attr::either("number", Kind::Flag).deprecated("Use numeric instead.");
const NUMERIC: Attr = Attr::either("numeric", Kind::Flag);
const OVERRIDE: Attr = Attr::optional("override_special", Kind::Text).replaces_when(Replace::ChangedButForEmpty);

fn validate(config: &Obj, found: &mut Diagnostics) {
    let sum: i64 = LEAST.iter().filter_map(|n| config.whole(n)).sum();
    if let Some(length) = config.whole("length").filter(|l| *l < sum) {
        let detail = format!("The length is {length}, and the characters that there must be at least are {sum}.");
        found.push(Diagnostic::error("Invalid Attribute Value", detail).on_attribute(Path::attr("length")));
    }
    for number in ["number", "numeric"] {
        if config.flag(number) == Some(false) && KINDS.iter().all(|k| config.flag(k) == Some(false)) {
            let detail = format!("{number}, special, upper and lower are all false; one of them must be true.");
            found.push(Diagnostic::error("Invalid Attribute Combination", detail).on_attribute(Path::attr(number)));
        }
    }
    found.keep(agree(config));
}

/// Two names of one argument must not say different things.
fn agree(config: &Obj) -> Outcome {
    match (config.flag("number"), config.flag("numeric")) {
        (Some(a), Some(b)) if a != b => {
            let detail = "number is the old name of numeric, and they say different things. Remove number.";
            fail_at("number", "number and numeric differ", detail)
        }
        _ => Ok(()),
    }
}

fn plan(change: &mut Change) -> Outcome {
    agree(&change.config)?;
    let (number, numeric) = (change.config.get("number"), change.config.get("numeric"));
    let both = match (number.is_null(), numeric.is_null()) {
        (true, true) => Value::from(true),
        (true, false) => numeric.clone(),
        (false, true) => number.clone(),
        (false, false) => numeric.clone(),
    };
    for (name, given) in [("number", number), ("numeric", numeric)] {
        change.planned.set(name, if given.is_null() { both.clone() } else { given });
        if change.prior.as_ref().is_some_and(|p| p.get(name) != change.planned.get(name)) {
            change.replace.push(Path::attr(name));
        }
    }
    Ok(())
}

fn import(id: &str, object: &mut Obj) {
    object.set("result", id);
    object.set_whole("length", i64::try_from(id.len()).ok());
    for name in KINDS.iter().chain(&["number", "numeric"]) {
        object.set(name, true);
    }
    for name in LEAST {
        object.set_whole(name, Some(0));
    }
}

/// States of before version 3.3.2 have nulls where an import left them, and no `numeric`.
fn upgrade(stored: &mut Map<String, Json>) {
    let mut missing = |name: &str, value: Json| {
        let held = stored.entry(name).or_insert(Json::Null);
        if held.is_null() {
            *held = value;
        }
        held.clone()
    };
    for name in KINDS {
        missing(name, true.into());
    }
    for name in LEAST {
        missing(name, 0.into());
    }
    let number = missing("number", true.into());
    let result = missing("result", Json::Null);
    missing("length", result.as_str().unwrap_or_default().len().into());
    stored.insert("numeric".into(), number);
}

pub struct Text;

#[async_trait]
impl Resource for Text {
    fn name(&self) -> &'static str {
        "random_string"
    }

    fn version(&self) -> u64 {
        3
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            ID,
            KEEPERS,
            LENGTH,
            allowed("lower"),
            least("min_lower"),
            least("min_numeric"),
            least("min_special"),
            least("min_upper"),
            NUMBER,
            NUMERIC,
            OVERRIDE,
            Attr::computed("result", Kind::Text).kept(),
            allowed("special"),
            allowed("upper"),
        ];
        ATTRS
    }

    fn validate(&self, config: &Obj, found: &mut Diagnostics) {
        validate(config, found);
    }

    fn plan(&self, _: &Cx, change: &mut Change) -> Outcome {
        plan(change)
    }

    async fn create(&self, _: &Cx, object: &mut Obj) -> Outcome {
        let drawn = text::draw(object)?;
        object.set("id", drawn.as_str());
        object.set("result", drawn);
        Ok(())
    }

    fn import(&self, _: &Cx, id: &str, object: &mut Obj) -> Outcome {
        import(id, object);
        object.set("id", id);
        Ok(())
    }

    fn upgrade(&self, _: u64, stored: &mut Map<String, Json>) -> Outcome {
        upgrade(stored);
        Ok(())
    }
}

pub struct Password;

#[async_trait]
impl Resource for Password {
    fn name(&self) -> &'static str {
        "random_password"
    }

    fn version(&self) -> u64 {
        3
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            Attr::computed("bcrypt_hash", Kind::Text).secret().kept(),
            ID,
            KEEPERS,
            LENGTH,
            allowed("lower"),
            least("min_lower"),
            least("min_numeric"),
            least("min_special"),
            least("min_upper"),
            NUMBER,
            NUMERIC,
            OVERRIDE,
            Attr::computed("result", Kind::Text).secret().kept(),
            allowed("special"),
            allowed("upper"),
        ];
        ATTRS
    }

    fn validate(&self, config: &Obj, found: &mut Diagnostics) {
        validate(config, found);
    }

    fn plan(&self, _: &Cx, change: &mut Change) -> Outcome {
        plan(change)
    }

    async fn create(&self, _: &Cx, object: &mut Obj) -> Outcome {
        let drawn = text::draw(object)?;
        object.set("bcrypt_hash", bcrypt(&drawn)?);
        object.set("id", "none");
        object.set("result", drawn);
        Ok(())
    }

    fn import(&self, _: &Cx, id: &str, object: &mut Obj) -> Outcome {
        import(id, object);
        object.set("bcrypt_hash", bcrypt(id)?);
        object.set("id", "none");
        Ok(())
    }

    fn upgrade(&self, _: u64, stored: &mut Map<String, Json>) -> Outcome {
        upgrade(stored);
        if stored.get("bcrypt_hash").is_none_or(Json::is_null) {
            let result = stored.get("result").and_then(Json::as_str).unwrap_or_default();
            let hash = bcrypt(result)?;
            stored.insert("bcrypt_hash".into(), hash.into());
        }
        Ok(())
    }
}

/// A hash at the usual cost of 10; of the first 72 bytes, which is all that bcrypt takes.
fn bcrypt(text: &str) -> Result<String, Diagnostics> {
    let bytes = text.as_bytes();
    match bcrypt::hash_with_result(bytes.get(..72).unwrap_or(bytes), 10) {
        Ok(parts) => Ok(parts.format_for_version(bcrypt::Version::TwoA)),
        Err(e) => fail("Password cannot be hashed", format!("bcrypt refuses it: {e}.")),
    }
}
