//! `random_integer`, `random_shuffle`.

use async_trait::async_trait;
use craton_model::{Diagnostics, Type, Value};

use super::KEEPERS;
use super::entropy::Dice;
use crate::cx::Cx;
use crate::decl::{Attr, Kind, Outcome, Resource, fail, fail_at};
use crate::obj::Obj;

pub struct Integer;

#[async_trait]
impl Resource for Integer {
    fn name(&self) -> &'static str {
        "random_integer"
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            Attr::computed("id", Kind::Text).kept(),
            KEEPERS,
            Attr::required("max", Kind::Whole).replaces(),
            Attr::required("min", Kind::Whole).replaces(),
            Attr::computed("result", Kind::Whole).kept(),
            Attr::optional("seed", Kind::Text).replaces(),
        ];
        ATTRS
    }

    fn validate(&self, config: &Obj, found: &mut Diagnostics) {
        if let (Some(min), Some(max)) = (config.whole("min"), config.whole("max")) {
            found.keep(range(min, max));
        }
    }

    async fn create(&self, _: &Cx, object: &mut Obj) -> Outcome {
        let (min, max) = (object.whole("min").unwrap_or(0), object.whole("max").unwrap_or(0));
        let count = range(min, max)?;
        let above = Dice::new(object.text("seed")).below(count)?;
        let result = i128::from(min) + i128::from(above);
        object.set("id", result.to_string());
        object.set_whole("result", i64::try_from(result).ok());
        // Empty text seeds nothing, and is what the state leaves out.
        if object.text("seed") == Some("") {
            object.set_text("seed", None);
        }
        Ok(())
    }

    fn import(&self, _: &Cx, id: &str, object: &mut Obj) -> Outcome {
        let parts: Vec<&str> = id.split(',').collect();
        let numbers: Vec<i64> = parts.iter().take(3).filter_map(|p| p.parse().ok()).collect();
        let ([result, min, max], 3 | 4) = (numbers.as_slice(), parts.len()) else {
            return fail("Invalid import id", "The id of a random_integer is RESULT,MIN,MAX or RESULT,MIN,MAX,SEED.");
        };
        object.set("id", result.to_string());
        object.set_whole("result", Some(*result));
        object.set_whole("min", Some(*min));
        object.set_whole("max", Some(*max));
        object.set_text("seed", parts.get(3).copied());
        Ok(())
    }
}

/// How many numbers there are from `min` to `max`.
fn range(min: i64, max: i64) -> Result<u64, Diagnostics> {
    match u64::try_from(i128::from(max) - i128::from(min) + 1) {
        Ok(count) if count > 0 => Ok(count),
        _ => fail_at("max", "Invalid range", format!("No number is at least {min} and at most {max}.")),
    }
}

pub struct Shuffle;

#[async_trait]
impl Resource for Shuffle {
    fn name(&self) -> &'static str {
        "random_shuffle"
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            Attr::computed("id", Kind::Text).kept(),
            Attr::required("input", Kind::Texts).replaces(),
            KEEPERS,
            Attr::computed("result", Kind::Texts).kept(),
            Attr::optional("result_count", Kind::Whole).replaces(),
            Attr::optional("seed", Kind::Text).replaces(),
        ];
        ATTRS
    }

    async fn create(&self, _: &Cx, object: &mut Obj) -> Outcome {
        let input = object.get("input");
        let input = input.as_seq().unwrap_or(&[]);
        let wanted = object.whole("result_count").and_then(|n| usize::try_from(n).ok()).unwrap_or(input.len());
        let mut dice = Dice::new(object.text("seed"));
        let mut result: Vec<Value> = Vec::with_capacity(wanted);
        // More than there are: again all of them, in another order.
        while result.len() < wanted && !input.is_empty() {
            let mut round = input.to_vec();
            dice.shuffle(&mut round)?;
            result.extend(round.into_iter().take(wanted - result.len()));
        }
        object.set("result", Value::list(Type::String, result));
        object.set("id", "-");
        Ok(())
    }
}
