//! `time`: points in time that are kept in the state, and waiting (version 0.12).

mod calendar;
mod offset;
mod parse;
mod point;
mod rotating;
mod sleep;

use craton_model::Diagnostics;

use crate::decl::{Attr, Check, Declaration, Kind, fail};
use crate::obj::Obj;

pub(crate) use calendar::Moment;

pub(crate) const PROVIDER: Declaration = Declaration {
    resources: &[&offset::Offset, &rotating::Rotating, &sleep::Sleep, &point::Static],
    functions: &[parse::RFC3339],
    ..Declaration::new("time", "0.12.1", "< 0.15")
};

const TRIGGERS: Attr = Attr::optional("triggers", Kind::TextMap).replaces();
const RFC3339: Check = Check::Text(|s| {
    read(s).map(|_| ()).map_err(|()| format!("takes a time such as 2006-01-02T15:04:05Z, and not {s:?}"))
});

fn read(text: &str) -> Result<Moment, ()> {
    Moment::parse(text).ok_or(())
}

/// The time that text says.
fn moment(text: &str) -> Result<Moment, Diagnostics> {
    match Moment::parse(text) {
        Some(moment) => Ok(moment),
        None => fail("Invalid time", format!("{text:?} is no time such as 2006-01-02T15:04:05Z.")),
    }
}

/// Sets the attributes that all of these types have.
fn set_parts(object: &mut Obj, moment: Moment) {
    let p = moment.parts();
    let parts = [
        ("year", p.year),
        ("month", p.month),
        ("day", p.day),
        ("hour", p.hour),
        ("minute", p.minute),
        ("second", p.second),
    ];
    for (name, n) in parts {
        object.set(name, n);
    }
    object.set("unix", moment.unix);
}

/// The parts of an import's id, a number in each that is not empty.
fn numbers(parts: &[&str]) -> Result<Vec<Option<i64>>, Diagnostics> {
    let one = |part: &&str| match part.parse() {
        _ if part.is_empty() => Ok(None),
        Ok(n) => Ok(Some(n)),
        Err(_) => fail("Invalid import id", format!("{part:?} is no whole number.")),
    };
    parts.iter().map(one).collect()
}

/// A sum of times that nobody can write.
fn too_far<T>() -> Result<T, Diagnostics> {
    fail("Time out of range", "The result lies outside of the years 0 to 9999.")
}
