//! When certificates are to be made again.

use craton_model::Path;

use crate::cx::Cx;
use crate::obj::Obj;
use crate::plan::Change;
use crate::time::Moment;

/// Whether a certificate's end, or the time before it in which it may be renewed, is reached.
fn is_due(object: &Obj, cx: &Cx) -> bool {
    let Some(end) = object.text("validity_end_time").and_then(Moment::parse) else { return false };
    let early = object.whole("early_renewal_hours").unwrap_or(0).saturating_mul(3600);
    end.unix.saturating_sub(early) <= cx.now()
}

/// Says in a certificate's state that it is due.
pub fn read(object: &mut Obj, cx: &Cx) {
    if is_due(object, cx) {
        object.set("ready_for_renewal", true);
    }
}

/// Plans another certificate where one is due. One that is due from its beginning is planned as such.
pub fn plan(change: &mut Change, cx: &Cx) {
    let (hours, early) = (change.planned.whole("validity_period_hours"), change.planned.whole("early_renewal_hours"));
    if hours == Some(0) || matches!((hours, early), (Some(hours), Some(early)) if early >= hours) {
        change.planned.set("ready_for_renewal", true);
    }
    if change.prior.is_some() && is_due(&change.planned, cx) {
        change.planned.set_unknown("ready_for_renewal");
        change.replace.push(Path::attr("ready_for_renewal"));
    }
}
