//! `time_static`.

use async_trait::async_trait;

use super::{RFC3339, TRIGGERS, calendar::Moment, moment, set_parts};
use crate::cx::Cx;
use crate::decl::{Attr, Kind, Outcome, Resource};
use crate::obj::Obj;
use crate::plan::Change;

pub struct Static;

fn set(object: &mut Obj, moment: Moment) {
    set_parts(object, moment);
    object.set("rfc3339", moment.to_string());
    object.set("id", moment.to_string());
}

#[async_trait]
impl Resource for Static {
    fn name(&self) -> &'static str {
        "time_static"
    }

    fn attrs(&self) -> &'static [Attr] {
        const ATTRS: &[Attr] = &[
            Attr::computed("day", Kind::Whole),
            Attr::computed("hour", Kind::Whole),
            Attr::computed("id", Kind::Text).kept(),
            Attr::computed("minute", Kind::Whole),
            Attr::computed("month", Kind::Whole),
            Attr::either("rfc3339", Kind::Text).replaces().checked(RFC3339),
            Attr::computed("second", Kind::Whole),
            TRIGGERS,
            Attr::computed("unix", Kind::Whole),
            Attr::computed("year", Kind::Whole),
        ];
        ATTRS
    }

    fn plan(&self, _: &Cx, change: &mut Change) -> Outcome {
        if change.prior.is_none()
            && let Some(text) = change.config.text("rfc3339")
        {
            let text = text.to_owned();
            set_parts(&mut change.planned, moment(&text)?);
            change.planned.set("id", text);
        }
        Ok(())
    }

    async fn create(&self, cx: &Cx, object: &mut Obj) -> Outcome {
        match object.text("rfc3339").map(str::to_owned) {
            Some(text) => {
                set_parts(object, moment(&text)?);
                object.set("id", text);
            }
            None => set(object, Moment::utc(cx.now())),
        }
        Ok(())
    }

    fn import(&self, _: &Cx, id: &str, object: &mut Obj) -> Outcome {
        set(object, moment(id)?);
        Ok(())
    }
}
