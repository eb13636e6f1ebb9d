//! `time_offset`.

use async_trait::async_trait;
use craton_model::Diagnostics;

use super::{RFC3339, TRIGGERS, calendar::Moment, moment, numbers, set_parts, too_far};
use crate::cx::Cx;
use crate::decl::{Attr, Kind, Outcome, Resource, fail};
use crate::obj::Obj;
use crate::plan::Change;
use crate::validate;

const OFFSETS: [&str; 6] =
    ["offset_years", "offset_months", "offset_days", "offset_hours", "offset_minutes", "offset_seconds"];

pub struct Offset;

/// Adds the offsets in the order of the published provider, which matters where months differ in length.
fn moved(object: &Obj, base: Moment) -> Option<Moment> {
    let n = |name: &str| object.whole(name).unwrap_or(0);
    base.plus_date(0, 0, n("offset_days"))?
        .plus_seconds(n("offset_hours").checked_mul(3600)?)?
        .plus_seconds(n("offset_minutes").checked_mul(60)?)?
        .plus_date(0, n("offset_months"), 0)?
        .plus_seconds(n("offset_seconds"))?
        .plus_date(n("offset_years"), 0, 0)
}

fn set(object: &mut Obj, base: Moment) -> Outcome {
    let Some(result) = moved(object, base) else { return too_far() };
    set_parts(object, result);
    // As it is written, where it is.
    if object.text("base_rfc3339").is_none() {
        object.set("base_rfc3339", base.to_string());
    }
    object.set("rfc3339", result.to_string());
    object.set("id", base.to_string());
    Ok(())
}

#[async_trait]
impl Resource for Offset {
    fn name(&self) -> &'static str {
        "time_offset"
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            Attr::either("base_rfc3339", Kind::Text).checked(RFC3339),
            Attr::computed("day", Kind::Whole),
            Attr::computed("hour", Kind::Whole),
            Attr::computed("id", Kind::Text),
            Attr::computed("minute", Kind::Whole),
            Attr::computed("month", Kind::Whole),
            Attr::optional("offset_days", Kind::Whole),
            Attr::optional("offset_hours", Kind::Whole),
            Attr::optional("offset_minutes", Kind::Whole),
            Attr::optional("offset_months", Kind::Whole),
            Attr::optional("offset_seconds", Kind::Whole),
            Attr::optional("offset_years", Kind::Whole),
            Attr::computed("rfc3339", Kind::Text),
            Attr::computed("second", Kind::Whole),
            TRIGGERS,
            Attr::computed("unix", Kind::Whole),
            Attr::computed("year", Kind::Whole),
        ];
        ATTRS
    }

    fn validate(&self, config: &Obj, found: &mut Diagnostics) {
        validate::at_least_one(config, &OFFSETS, found);
    }

    fn plan(&self, _: &Cx, change: &mut Change) -> Outcome {
        let Some(prior) = change.prior.clone() else { return Ok(()) };
        if !change.changes(&OFFSETS) || !OFFSETS.iter().all(|n| change.planned.is_known(n)) {
            return Ok(());
        }
        // What is not written stays as it was.
        if change.config.is_null("base_rfc3339") {
            change.planned.set("base_rfc3339", prior.get("base_rfc3339"));
        }
        match change.planned.text("base_rfc3339").map(moment) {
            Some(base) => set(&mut change.planned, base?),
            None => Ok(()),
        }
    }

    async fn create(&self, cx: &Cx, object: &mut Obj) -> Outcome {
        let base = match object.text("base_rfc3339") {
            Some(text) if !text.is_empty() => moment(text)?,
            _ => Moment::utc(cx.now()),
        };
        set(object, base)
    }

    async fn update(&self, cx: &Cx, prior: &Obj, object: &mut Obj) -> Outcome {
        let base = match object.text("base_rfc3339").or(prior.text("base_rfc3339")) {
            Some(text) => moment(text)?,
            None => Moment::utc(cx.now()),
        };
        set(object, base)
    }

    fn import(&self, _: &Cx, id: &str, object: &mut Obj) -> Outcome {
        let parts: Vec<&str> = id.split(',').collect();
        let [base, offsets @ ..] = parts.as_slice() else { return Ok(()) };
        if base.is_empty() || offsets.len() != OFFSETS.len() || offsets.iter().all(|o| o.is_empty()) {
            let detail = "The id of a time_offset is BASETIMESTAMP,YEARS,MONTHS,DAYS,HOURS,MINUTES,SECONDS, with a number in one \
                          of them at least.";
            return fail("Invalid import id", detail);
        }
        for (name, n) in OFFSETS.iter().zip(numbers(offsets)?) {
            object.set_whole(name, n);
        }
        set(object, moment(base)?)
    }
}
