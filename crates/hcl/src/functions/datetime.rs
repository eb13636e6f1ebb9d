//! Date and time functions. Times are RFC 3339 (<https://www.rfc-editor.org/rfc/rfc3339>), read strictly.

use std::time::{SystemTime, UNIX_EPOCH};

use super::support::*;

/// The functions of this family.
pub(super) fn functions() -> Vec<Function> {
    vec![
        function(
            "formatdate",
            "A time in a given form.",
            [param("format", Type::String), param("time", Type::String)],
            formatdate,
        )
        .returns(Type::String),
        function("plantimestamp", "The time at which this run began.", [], |cx, _| {
            // Only a check of the configuration alone has no such time.
            Ok(cx.environment().plan_time.map_or_else(|| unknown_not_null(Type::String), now))
        })
        .returns(Type::String),
        function(
            "timeadd",
            "A time plus a duration such as \"1h30m\".",
            [param("timestamp", Type::String), param("duration", Type::String)],
            timeadd,
        )
        .returns(Type::String),
        function(
            "timecmp",
            "Whether a time is before (-1), the same as (0) or after (1) another.",
            [param("timestamp_a", Type::String), param("timestamp_b", Type::String)],
            timecmp,
        )
        .returns(Type::Number),
        function("timestamp", "The current time.", [], |cx, _| {
            Ok(cx.environment().apply_time.map_or_else(|| unknown_not_null(Type::String), now))
        })
        .returns(Type::String)
        .impure(),
    ]
}

fn now(t: SystemTime) -> Value {
    let seconds = match t.duration_since(UNIX_EPOCH) {
        Ok(d) => i64::try_from(d.as_secs()).unwrap_or(i64::MAX),
        Err(e) => -i64::try_from(e.duration().as_secs()).unwrap_or(i64::MAX),
    };
    Value::from(Time { seconds, nanos: 0, zone: 0 }.to_string())
}

/// A moment, and the zone it was written in.
#[derive(Clone, Copy)]
struct Time {
    /// Since 1970 in UTC.
    seconds: i64,
    nanos: u32,
    /// Minutes east of UTC.
    zone: i32,
}

/// A moment as the calendar and the clock of its zone show it.
struct Clock {
    year: i64,
    month: u32,
    day: u32,
    /// 0 is Sunday.
    weekday: usize,
    hour: u32,
    minute: u32,
    second: u32,
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted from March, so that the leap day is the
/// last of its year.
fn days_from_date(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let from_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * from_march + 2) / 5 + i64::from(day) - 1;
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn date_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * from_march + 2) / 5 + 1) as u32;
    let month = ((from_march + 2) % 12 + 1) as u32;
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Time {
    fn parse(s: &str) -> Result<Time, String> {
        let mut r = TimeReader { rest: s };
        let year = r.digits(4, "year")?;
        r.separator("-", "year")?;
        let month = r.digits(2, "month")?;
        if !(1..=12).contains(&month) {
            return Err("month must be between 1 and 12 inclusive".into());
        }
        r.separator("-", "month")?;
        let day = r.digits(2, "day of month")?;
        if day < 1 || day > days_in_month(i64::from(year), month) {
            return Err(format!("there is no day {day} in that month"));
        }
        if !r.eat("T") {
            return Err("missing required time introducer 'T'".into());
        }
        let hour = r.digits(2, "hour")?;
        if hour > 23 {
            return Err("hour must be between 0 and 23 inclusive".into());
        }
        r.separator(":", "hour")?;
        let minute = r.digits(2, "minute")?;
        if minute > 59 {
            return Err("minute must be between 0 and 59 inclusive".into());
        }
        r.separator(":", "minute")?;
        let second = r.digits(2, "second")?;
        if second > 59 {
            return Err("second must be between 0 and 59 inclusive".into());
        }
        let nanos = r.fraction()?;
        let zone = r.zone()?;
        if !r.rest.is_empty() {
            return Err(format!("extra characters {:?} after the time zone", r.rest));
        }
        let local =
            days_from_date(i64::from(year), month, day) * 86_400 + i64::from(hour * 3600 + minute * 60 + second);
        Ok(Time { seconds: local - i64::from(zone) * 60, nanos, zone })
    }

    fn clock(&self) -> Clock {
        let local = self.seconds + i64::from(self.zone) * 60;
        let (days, of_day) = (local.div_euclid(86_400), local.rem_euclid(86_400) as u32);
        let (year, month, day) = date_from_days(days);
        Clock {
            year,
            month,
            day,
            weekday: (days + 4).rem_euclid(7) as usize,
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
        }
    }

    /// `+05:30`, with any separator.
    fn offset(&self, separator: &str) -> String {
        let sign = if self.zone < 0 { '-' } else { '+' };
        let minutes = self.zone.abs();
        format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
    }
}

/// RFC 3339 without a fraction of a second.
impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let c = self.clock();
        let zone = if self.zone == 0 { "Z".to_owned() } else { self.offset(":") };
        write!(f, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{zone}", c.year, c.month, c.day, c.hour, c.minute, c.second)
    }
}

struct TimeReader<'t> {
    rest: &'t str,
}

impl TimeReader<'_> {
    fn eat(&mut self, s: &str) -> bool {
        match self.rest.strip_prefix(s) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn digits(&mut self, count: usize, what: &str) -> Result<u32, String> {
        if self.rest.is_empty() {
            return Err(format!("end of string before {what}"));
        }
        match self.rest.get(..count).filter(|d| d.bytes().all(|b| b.is_ascii_digit())) {
            Some(digits) => {
                self.rest = &self.rest[count..];
                digits.parse().map_err(|_| format!("cannot use {digits:?} as {what}"))
            }
            None => Err(format!("cannot use {:?} as {what}", self.rest)),
        }
    }

    fn separator(&mut self, s: &str, after: &str) -> Result<(), String> {
        if self.eat(s) { Ok(()) } else { Err(format!("missing {s:?} after {after}")) }
    }

    fn fraction(&mut self) -> Result<u32, String> {
        if !self.eat(".") {
            return Ok(0);
        }
        let len = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(len);
        if digits.is_empty() {
            return Err("missing digits after the decimal point of the seconds".into());
        }
        self.rest = rest;
        let nine: String = digits.chars().chain(std::iter::repeat('0')).take(9).collect();
        Ok(nine.parse().unwrap_or(0))
    }

    fn zone(&mut self) -> Result<i32, String> {
        if self.eat("Z") {
            return Ok(0);
        }
        let sign = if self.eat("+") {
            1
        } else if self.eat("-") {
            -1
        } else {
            return Err("missing the time zone: \"Z\", or an offset such as \"+01:00\"".into());
        };
        let hours = self.digits(2, "hours of the time zone")?;
        self.separator(":", "the hours of the time zone")?;
        let minutes = self.digits(2, "minutes of the time zone")?;
        if hours > 23 || minutes > 59 {
            return Err("the offset of the time zone is out of range".into());
        }
        Ok(sign * (hours * 60 + minutes) as i32)
    }
}

fn time(args: &[Value], i: usize) -> Result<Time, FunctionError> {
    Time::parse(text(args, i)?).map_err(|e| FunctionError::argument(i, format!("not a valid RFC3339 timestamp: {e}")))
}

fn timeadd(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let t = time(args, 0)?;
    let nanos = duration(text(args, 1)?).map_err(|e| FunctionError::argument(1, e))?;
    let total = i128::from(t.seconds) * 1_000_000_000 + i128::from(t.nanos) + i128::from(nanos);
    let seconds = total.div_euclid(1_000_000_000) as i64;
    Ok(Value::from(Time { seconds, nanos: 0, zone: t.zone }.to_string()))
}

fn timecmp(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let (a, b) = (time(args, 0)?, time(args, 1)?);
    Ok(Value::from((a.seconds, a.nanos).cmp(&(b.seconds, b.nanos)) as i64))
}

/// A duration in nanoseconds: numbers with units, `1h30m`, `-1.5s`.
fn duration(s: &str) -> Result<i64, String> {
    let bad = || format!("invalid duration {s:?}");
    let (negative, mut rest) = match s.as_bytes().first() {
        Some(b'-') => (true, &s[1..]),
        Some(b'+') => (false, &s[1..]),
        _ => (false, s),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(bad());
    }
    let mut total = 0i128;
    while !rest.is_empty() {
        let whole_len = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, after) = rest.split_at(whole_len);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => after.split_at(after.bytes().take_while(u8::is_ascii_digit).count()),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(bad());
        }
        let unit_len = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_len);
        let nanos: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "" => return Err(format!("missing unit in duration {s:?}")),
            other => return Err(format!("unknown unit {other:?} in duration {s:?}")),
        };
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse::<u64>().map_err(|_| bad())?.into() };
        total += whole * nanos;
        let digits = &fraction[..fraction.len().min(18)];
        if let Ok(part) = digits.parse::<i128>() {
            total += part * nanos / 10i128.pow(digits.len() as u32);
        }
        if total > i128::from(i64::MAX) {
            return Err(bad());
        }
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).map_err(|_| bad())
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

fn formatdate(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let t = time(args, 1)?;
    let c = t.clock();
    let mut out = String::new();
    let mut rest = text(args, 0)?;
    let wrong_format = |message: String| FunctionError::argument(0, message);
    while let Some(first) = rest.chars().next() {
        // Two quotes are one, also outside of a quoted part.
        if let Some(after) = rest.strip_prefix("''") {
            out.push('\'');
            rest = after;
            continue;
        }
        if first == '\'' {
            rest = quoted(rest, &mut out).ok_or_else(|| wrong_format("unterminated literal '".into()))?;
            continue;
        }
        let len = rest.chars().take_while(|l| *l == first).map(char::len_utf8).sum();
        let (verb, after) = rest.split_at(len);
        rest = after;
        if !first.is_ascii_alphabetic() {
            out.push_str(verb);
            continue;
        }
        let invalid = |why: &str| wrong_format(format!("invalid date format verb {verb:?}{why}"));
        let hour12 = match c.hour % 12 {
            0 => 12,
            h => h,
        };
        let shown = match verb {
            "YYYY" => format!("{:04}", c.year),
            "YY" => format!("{:02}", c.year % 100),
            "MMMM" => MONTHS[c.month as usize - 1].into(),
            "MMM" => MONTHS[c.month as usize - 1][..3].into(),
            "MM" => format!("{:02}", c.month),
            "M" => c.month.to_string(),
            "DD" => format!("{:02}", c.day),
            "D" => c.day.to_string(),
            "EEEE" => DAYS[c.weekday].into(),
            "EEE" => DAYS[c.weekday][..3].into(),
            "hh" => format!("{:02}", c.hour),
            "h" => c.hour.to_string(),
            "HH" => format!("{hour12:02}"),
            "H" => hour12.to_string(),
            "AA" => if c.hour < 12 { "AM" } else { "PM" }.into(),
            "aa" => if c.hour < 12 { "am" } else { "pm" }.into(),
            "mm" => format!("{:02}", c.minute),
            "m" => c.minute.to_string(),
            "ss" => format!("{:02}", c.second),
            "s" => c.second.to_string(),
            "ZZZZZ" => t.offset(":"),
            "ZZZZ" => t.offset(""),
            "ZZZ" if t.zone == 0 => "UTC".into(),
            "ZZZ" => t.offset(""),
            "Z" if t.zone == 0 => "Z".into(),
            "Z" => t.offset(":"),
            _ => {
                return Err(invalid(match first {
                    'Y' => ": year must either be \"YY\" or \"YYYY\"",
                    'M' => ": month must be \"M\", \"MM\", \"MMM\", or \"MMMM\"",
                    'D' => ": day of month must either be \"D\" or \"DD\"",
                    'E' => ": day of week must either be \"EEE\" or \"EEEE\"",
                    'h' => ": 24-hour must either be \"h\" or \"hh\"",
                    'H' => ": 12-hour must either be \"H\" or \"HH\"",
                    'A' | 'a' => ": must be \"AA\" or \"aa\"",
                    'm' => ": minute must either be \"m\" or \"mm\"",
                    's' => ": second must either be \"s\" or \"ss\"",
                    'Z' => ": timezone must be Z, ZZZ, ZZZZ, or ZZZZZ",
                    _ => "",
                }));
            }
        };
        out.push_str(&shown);
    }
    Ok(Value::from(out))
}

/// Adds text in quotes, in which two quotes stand for one; gives what follows.
fn quoted<'f>(format: &'f str, out: &mut String) -> Option<&'f str> {
    let mut rest = &format[1..];
    loop {
        let end = rest.find('\'')?;
        out.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(after) => {
                out.push('\'');
                rest = after;
            }
            None => return Some(rest),
        }
    }
}

/// A date, or a date and a time, as YAML takes it (<https://yaml.org/type/timestamp.html>), in RFC 3339.
pub(super) fn from_yaml(s: &str) -> Option<String> {
    if s.len() < 8 || !s.as_bytes()[..4].iter().all(u8::is_ascii_digit) || s.as_bytes()[4] != b'-' {
        return None;
    }
    let (date, rest) = s.split_at(s.find([' ', 'T', 't']).unwrap_or(s.len()));
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let short = |p: &str| matches!(p.len(), 1 | 2) && p.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || !short(month) || !short(day) {
        return None;
    }
    let date = format!("{year}-{month:0>2}-{day:0>2}");
    if rest.is_empty() {
        return Time::parse(&format!("{date}T00:00:00Z")).ok().map(|t| t.to_string());
    }
    let clock = &rest[1..];
    // Without a zone it is UTC.
    let zoned = clock.ends_with('Z') || clock.contains(['+', '-']);
    let clock = if clock.as_bytes().get(1) == Some(&b':') { format!("0{clock}") } else { clock.to_owned() };
    let whole = if zoned { format!("{date}T{clock}") } else { format!("{date}T{clock}Z") };
    Time::parse(&whole).ok().map(|t| t.to_string())
}
