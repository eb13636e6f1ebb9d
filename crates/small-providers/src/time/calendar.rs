//! Points in time, as people write them: RFC 3339, years, months, days.

use std::fmt;

const DAY: i64 = 86_400;
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
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A point in time with the place's distance from UTC. Whole seconds, and how many decimals of one were written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Seconds since 1970 in UTC.
    pub unix: i64,
    /// How far the clocks of the place are ahead of UTC, in seconds.
    offset: i64,
    nanos: u32,
}

/// A moment's parts, by the clocks of its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parts {
    pub year: i64,
    pub month: i64,
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
}

/// Days since 1970 of a date of the Gregorian calendar. Months and days may lie outside of their ranges.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March here, so that the leap day is a year's last.
    let months = year * 12 + month - 3;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12));
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + day - 1 - 719_468
}

fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let later = i64::from(month >= 10);
    (era * 400 + year + later, month + 3 - 12 * later, day)
}

impl Moment {
    /// This many seconds after 1970 in UTC.
    pub fn utc(unix: i64) -> Self {
        Self { unix, offset: 0, nanos: 0 }
    }

    /// Reads RFC 3339: `2006-01-02T15:04:05Z`, or with `+01:00` in place of the Z.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |from: usize, to: usize| {
            let digits = text.get(from..to)?;
            digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<i64>().ok())?
        };
        let mark = |at: usize, mark: &str| (text.get(at..at + 1)? == mark).then_some(());
        for (at, m) in [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")] {
            mark(at, m)?;
        }
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        let whole = days(year, month, day);
        if date(whole) != (year, month, day) || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let mut rest = text.get(19..)?;
        let mut nanos = 0;
        if let Some(decimals) = rest.strip_prefix('.') {
            let end = decimals.find(|c: char| !c.is_ascii_digit())?;
            let digits = decimals.get(..end).filter(|d| !d.is_empty())?;
            nanos = format!("{digits:0<9}").get(..9)?.parse().ok()?;
            rest = decimals.get(end..)?;
        }
        let at = text.len() - rest.len();
        let offset = match rest.get(..1)? {
            "Z" if rest.len() == 1 => 0,
            sign @ ("+" | "-") if rest.len() == 6 => {
                mark(at + 3, ":")?;
                let (hours, minutes) = (number(at + 1, at + 3)?, number(at + 4, at + 6)?);
                if hours > 23 || minutes > 59 {
                    return None;
                }
                (hours * 3600 + minutes * 60) * if sign == "-" { -1 } else { 1 }
            }
            _ => return None,
        };
        Some(Self { unix: whole * DAY + hour * 3600 + minute * 60 + second - offset, offset, nanos })
    }

    /// Its parts.
    pub fn parts(self) -> Parts {
        let local = self.unix + self.offset;
        let (year, month, day) = date(local.div_euclid(DAY));
        let second = local.rem_euclid(DAY);
        Parts { year, month, day, hour: second / 3600, minute: second / 60 % 60, second: second % 60 }
    }

    /// Later by so many seconds; `None` beyond what can be written.
    pub fn plus_seconds(self, seconds: i64) -> Option<Self> {
        Self { unix: self.unix.checked_add(seconds)?, ..self }.written()
    }

    /// Later by so many years, months and days. A day that a month does not have runs over into the next one.
    pub fn plus_date(self, years: i64, months: i64, more_days: i64) -> Option<Self> {
        let p = self.parts();
        let far = |n: i64| (n.abs() < 10_000_000).then_some(n);
        let day = days(p.year + far(years)?, p.month + far(months)?, 1) + p.day - 1 + far(more_days)?;
        let local = day * DAY + p.hour * 3600 + p.minute * 60 + p.second;
        Self { unix: local - self.offset, ..self }.written()
    }

    /// Itself, if its year has four digits.
    fn written(self) -> Option<Self> {
        let whole = days(0, 1, 1) * DAY..days(10_000, 1, 1) * DAY;
        whole.contains(&(self.unix.checked_add(self.offset)?)).then_some(self)
    }

    /// Whether this many seconds after 1970 is later.
    pub fn is_past(self, now: i64) -> bool {
        now > self.unix
    }

    /// Day of the year, from 1.
    pub fn year_day(self) -> i64 {
        let p = self.parts();
        days(p.year, p.month, p.day) - days(p.year, 1, 1) + 1
    }

    /// Day of the week, from 0 for Sunday.
    pub fn weekday(self) -> i64 {
        ((self.unix + self.offset).div_euclid(DAY) + 4).rem_euclid(7)
    }

    /// The names of its month and weekday, in English.
    pub fn names(self) -> (&'static str, &'static str) {
        let of = |n: i64, names: &[&'static str]| {
            usize::try_from(n).ok().and_then(|n| names.get(n).copied()).unwrap_or_default()
        };
        (of(self.parts().month - 1, &MONTHS), of(self.weekday(), &WEEKDAYS))
    }

    /// Year and week of ISO 8601: a week belongs to the year that its Thursday is in.
    pub fn iso_week(self) -> (i64, i64) {
        let today = (self.unix + self.offset).div_euclid(DAY);
        let thursday = today + 3 - (self.weekday() + 6).rem_euclid(7);
        let year = date(thursday).0;
        (year, (thursday - days(year, 1, 1)) / 7 + 1)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let p = self.parts();
        write!(f, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", p.year, p.month, p.day, p.hour, p.minute, p.second)?;
        if self.nanos > 0 {
            write!(f, ".{}", format!("{:09}", self.nanos).trim_end_matches('0'))?;
        }
        match self.offset {
            0 => f.write_str("Z"),
            o => {
                let (sign, o) = (if o < 0 { '-' } else { '+' }, o.abs());
                write!(f, "{sign}{:02}:{:02}", o / 3600, o / 60 % 60)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    #[test]
    fn times_are_read_and_written() {
        for (text, unix) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("1969-12-31T23:59:59Z", -1),
            ("2020-02-12T06:36:13Z", 1_581_489_373),
            ("2020-02-12T08:06:13+01:30", 1_581_489_373),
            ("0000-01-01T00:00:00Z", -62_167_219_200),
        ] {
            assert_eq!(at(text).unix, unix, "{text}");
            assert_eq!(at(text).to_string(), text);
        }
        assert_eq!(at("2020-02-12T06:36:13.1200Z").to_string(), "2020-02-12T06:36:13.12Z");
        for wrong in [
            "",
            "2020-02-30T00:00:00Z",
            "2020-02-12",
            "2020-02-12T06:36:13",
            "2020-02-12T24:00:00Z",
            "2020-02-12t06:36:13Z",
            "2020-02-12T06:36:13.Z",
            "2020-02-12T06:36:13+0100",
            "é020-02-12T06:36:13Z",
        ] {
            assert!(Moment::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn dates_move_on() {
        let moved = |text, y, m, d| at(text).plus_date(y, m, d).unwrap().to_string();
        assert_eq!(moved("2020-01-31T01:02:03Z", 0, 1, 0), "2020-03-02T01:02:03Z");
        assert_eq!(moved("2020-02-29T00:00:00Z", 1, 0, 0), "2021-03-01T00:00:00Z");
        assert_eq!(moved("2020-12-31T00:00:00+02:00", 0, 0, 1), "2021-01-01T00:00:00+02:00");
        assert_eq!(moved("2020-03-31T00:00:00Z", 0, -13, 0), "2019-03-03T00:00:00Z");
        assert_eq!(at("9999-12-31T23:59:59Z").plus_seconds(1), None);
    }

    #[test]
    fn weeks_and_days_are_counted() {
        assert_eq!(at("2021-01-03T00:00:00Z").iso_week(), (2020, 53));
        assert_eq!(at("2018-12-31T00:00:00Z").iso_week(), (2019, 1));
        assert_eq!(at("2024-12-31T00:00:00Z").year_day(), 366);
        assert_eq!(at("2023-07-25T23:43:16Z").names(), ("July", "Tuesday"));
    }
}
