//! `time_rotating`.

use async_trait::async_trait;
use craton_model::{Diagnostics, Path};

use super::{RFC3339, TRIGGERS, calendar::Moment, moment, numbers, set_parts, too_far};
use crate::cx::Cx;
use crate::decl::{Attr, Check, Kind, Outcome, Resource, fail};
use crate::obj::Obj;
use crate::plan::Change;
use crate::validate;

const PERIODS: [&str; 5] = ["rotation_years", "rotation_months", "rotation_days", "rotation_hours", "rotation_minutes"];

const fn period(name: &'static str) -> Attr {
    Attr::optional(name, Kind::Whole).checked(Check::AtLeast(1))
}

pub struct Rotating;

/// When it rotates. Of several periods only one counts, by the order of the published provider.
fn rotation(object: &Obj, base: Moment) -> Result<Moment, Diagnostics> {
    let n = |name: &str| object.whole(name).filter(|n| *n != 0);
    let at = if let Some(years) = n("rotation_years") {
        base.plus_date(years, 0, 0)
    } else if let Some(text) = object.text("rotation_rfc3339").filter(|s| !s.is_empty()) {
        return moment(text);
    } else if let Some(months) = n("rotation_months") {
        base.plus_date(0, months, 0)
    } else if let Some(minutes) = n("rotation_minutes") {
        minutes.checked_mul(60).and_then(|s| base.plus_seconds(s))
    } else if let Some(hours) = n("rotation_hours") {
        hours.checked_mul(3600).and_then(|s| base.plus_seconds(s))
    } else {
        base.plus_date(0, 0, n("rotation_days").unwrap_or(0))
    };
    match at {
        Some(at) => Ok(at),
        None => too_far(),
    }
}

fn set(object: &mut Obj, base: Moment) -> Outcome {
    let at = rotation(object, base)?;
    set_parts(object, at);
    for (name, time) in [("rotation_rfc3339", at), ("rfc3339", base)] {
        // As it is written, where it is.
        if object.text(name).is_none_or(|s| Moment::parse(s) != Some(time)) {
            object.set(name, time.to_string());
        }
    }
    object.set("id", base.to_string());
    Ok(())
}

#[async_trait]
impl Resource for Rotating {
    fn name(&self) -> &'static str {
        "time_rotating"
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            Attr::computed("day", Kind::Whole),
            Attr::computed("hour", Kind::Whole),
            Attr::computed("id", Kind::Text),
            Attr::computed("minute", Kind::Whole),
            Attr::computed("month", Kind::Whole),
            Attr::either("rfc3339", Kind::Text).replaces().checked(RFC3339),
            period("rotation_days"),
            period("rotation_hours"),
            period("rotation_minutes"),
            period("rotation_months"),
            Attr::either("rotation_rfc3339", Kind::Text).checked(RFC3339),
            period("rotation_years"),
            Attr::computed("second", Kind::Whole),
            TRIGGERS,
            Attr::computed("unix", Kind::Whole),
            Attr::computed("year", Kind::Whole),
        ];
        ATTRS
    }

    fn validate(&self, config: &Obj, found: &mut Diagnostics) {
        let names = [&PERIODS[..], &["rotation_rfc3339"]].concat();
        validate::at_least_one(config, &names, found);
    }

    fn plan(&self, cx: &Cx, change: &mut Change) -> Outcome {
        let Some(prior) = change.prior.clone() else { return Ok(()) };
        if change.planned == prior {
            return Ok(());
        }
        // What is not written stays as it was: a change of the period alone begins no new one.
        let triggered = prior.get("triggers") != change.planned.get("triggers");
        if change.config.is_null("rfc3339") && !triggered {
            change.planned.set("rfc3339", prior.get("rfc3339"));
            change.replace.retain(|p| *p != Path::attr("rfc3339"));
        }
        let known = PERIODS.iter().all(|n| change.planned.is_known(n)) && change.replace.is_empty();
        if let (Some(base), true) = (change.planned.text("rfc3339"), known) {
            let base = moment(base)?;
            set(&mut change.planned, base)?;
        }
        let outdated = prior.text("rotation_rfc3339").and_then(Moment::parse).is_some_and(|t| t.is_past(cx.now()));
        if outdated && prior.get("rotation_rfc3339") != change.planned.get("rotation_rfc3339") {
            change.replace.push(Path::attr("rotation_rfc3339"));
        }
        Ok(())
    }

    async fn create(&self, cx: &Cx, object: &mut Obj) -> Outcome {
        let base = match object.text("rfc3339") {
            Some(text) if !text.is_empty() => moment(text)?,
            _ => Moment::utc(cx.now()),
        };
        set(object, base)
    }

    async fn read(&self, cx: &Cx, object: &mut Obj) -> Result<bool, Diagnostics> {
        match object.text("rotation_rfc3339").filter(|s| !s.is_empty()) {
            // One whose time has come is as good as gone, so that another is made.
            Some(text) => Ok(!moment(text)?.is_past(cx.now())),
            None => Ok(true),
        }
    }

    async fn update(&self, cx: &Cx, prior: &Obj, object: &mut Obj) -> Outcome {
        let base = match object.text("rfc3339").or(prior.text("rfc3339")) {
            Some(text) => moment(text)?,
            None => Moment::utc(cx.now()),
        };
        set(object, base)
    }

    fn import(&self, _: &Cx, id: &str, object: &mut Obj) -> Outcome {
        let parts: Vec<&str> = id.split(',').collect();
        match parts.as_slice() {
            [base, at] if !base.is_empty() && !at.is_empty() => object.set("rotation_rfc3339", moment(at)?.to_string()),
            [base, periods @ ..] if !base.is_empty() && periods.len() == 5 && periods.iter().any(|p| !p.is_empty()) => {
                for (name, n) in PERIODS.iter().zip(numbers(periods)?) {
                    object.set_whole(name, n);
                }
            }
            _ => {
                let detail = "The id of a time_rotating is BASETIMESTAMP,YEARS,MONTHS,DAYS,HOURS,MINUTES, with a number in one of \
                              them at least, or BASETIMESTAMP,ROTATIONTIMESTAMP.";
                return fail("Invalid import id", detail);
            }
        }
        set(object, moment(parts.first().copied().unwrap_or_default())?)
    }
}
