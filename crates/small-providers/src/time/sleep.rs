//! `time_sleep`.

use std::time::Duration;

use async_trait::async_trait;
use craton_model::Diagnostics;

use super::{TRIGGERS, calendar::Moment};
use crate::cx::Cx;
use crate::decl::{Attr, Check, Kind, Outcome, Resource, fail};
use crate::obj::Obj;
use crate::validate;

const DURATION: Check = Check::Text(|text| match duration(text) {
    Some(_) => Ok(()),
    None => Err(format!("takes a number followed by ms, s, m or h, such as 30s, and not {text:?}")),
});

const NAMES: [&str; 2] = ["create_duration", "destroy_duration"];

/// A number, with decimals or without, and its unit.
fn duration(text: &str) -> Option<Duration> {
    let at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(at);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(decimals) {
        return None;
    }
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()
}

pub struct Sleep;

async fn wait(cx: &Cx, object: &Obj, name: &str) -> Outcome {
    let Some(text) = object.text(name).filter(|s| !s.is_empty()) else { return Ok(()) };
    let Some(how_long) = duration(text) else {
        return fail("Invalid duration", format!("The {name} {text:?} is no duration such as 30s."));
    };
    if cx.wait(how_long).await {
        return Ok(());
    }
    fail("Waiting was interrupted", format!("The {name} of {text} had not passed when craton was asked to end."))
}

#[async_trait]
impl Resource for Sleep {
    fn name(&self) -> &'static str {
        "time_sleep"
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            Attr::optional("create_duration", Kind::Text).checked(DURATION),
            Attr::optional("destroy_duration", Kind::Text).checked(DURATION),
            Attr::computed("id", Kind::Text).kept(),
            TRIGGERS,
        ];
        ATTRS
    }

    fn validate(&self, config: &Obj, found: &mut Diagnostics) {
        validate::at_least_one(config, &NAMES, found);
    }

    async fn create(&self, cx: &Cx, object: &mut Obj) -> Outcome {
        wait(cx, object, "create_duration").await?;
        object.set("id", Moment::utc(cx.now()).to_string());
        Ok(())
    }

    async fn delete(&self, cx: &Cx, object: &Obj) -> Outcome {
        wait(cx, object, "destroy_duration").await
    }

    fn import(&self, cx: &Cx, id: &str, object: &mut Obj) -> Outcome {
        let parts: Vec<&str> = id.split(',').collect();
        if parts.len() != 2 || parts.iter().all(|p| p.is_empty()) {
            let detail = "The id of a time_sleep is CREATEDURATION,DESTROYDURATION, of which one may be empty.";
            return fail("Invalid import id", detail);
        }
        for (name, text) in NAMES.iter().zip(parts) {
            if !text.is_empty() && duration(text).is_none() {
                return fail("Invalid import id", format!("The {name} {text:?} is no duration such as 30s."));
            }
            object.set_text(name, Some(text).filter(|t| !t.is_empty()));
        }
        object.set("id", Moment::utc(cx.now()).to_string());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_one_unit() {
        assert_eq!(duration("30s"), Some(Duration::from_secs(30)));
        assert_eq!(duration("1.5h"), Some(Duration::from_secs(5400)));
        assert_eq!(duration("0ms"), Some(Duration::ZERO));
        for wrong in ["", "30", "s", "1m30s", "-1s", "1.s", ".5s", "1d", "1e3s"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}
