//! `provider::time::rfc3339_parse`.

use std::sync::Arc;

use craton_model::schema::FunctionSignature;
use craton_model::{Type, Value};

use super::calendar::Moment;
use crate::decl::{Called, Function};

pub const RFC3339: Function = Function { name: "rfc3339_parse", signature, call: |_, args| parse(args) };

const NUMBERS: [&str; 11] =
    ["day", "hour", "iso_week", "iso_year", "minute", "month", "second", "unix", "weekday", "year", "year_day"];

fn signature() -> FunctionSignature {
    let numbers = NUMBERS.iter().map(|n| (*n, Type::Number));
    let names = ["month_name", "weekday_name"].map(|n| (n, Type::String));
    FunctionSignature {
        parameters: vec![(Arc::from("timestamp"), Type::String)],
        variadic: None,
        returns: Type::object(numbers.chain(names)),
        summary: "The parts of a time that is written as RFC 3339.".into(),
    }
}

fn parse(args: &[Value]) -> Called {
    let text = args.first().and_then(Value::as_str).unwrap_or_default();
    let Some(moment) = Moment::parse(text) else {
        return Err((Some(0), format!("{text:?} is no time such as 2006-01-02T15:04:05Z")));
    };
    let p = moment.parts();
    let (iso_year, iso_week) = moment.iso_week();
    let (month_name, weekday_name) = moment.names();
    Ok(Value::object([
        ("day", Value::from(p.day)),
        ("hour", p.hour.into()),
        ("iso_week", iso_week.into()),
        ("iso_year", iso_year.into()),
        ("minute", p.minute.into()),
        ("month", p.month.into()),
        ("month_name", month_name.into()),
        ("second", p.second.into()),
        ("unix", moment.unix.into()),
        ("weekday", moment.weekday().into()),
        ("weekday_name", weekday_name.into()),
        ("year", p.year.into()),
        ("year_day", moment.year_day().into()),
    ]))
}
