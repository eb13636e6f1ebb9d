//! The virtual clock.
//!
//! Pending states last as long as AWS's, in virtual time. Each answer that shows a pending resource moves
//! the clock forward as if the caller had slept before asking again, so a wait costs a few polls and no time.

use time::OffsetDateTime;

/// How far one poll of something pending moves the clock, in milliseconds.
pub(crate) const POLL: i64 = 30_000;

/// Where the clock gets its time from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockSource {
    /// The machine's clock, plus what the polls added.
    System,
    /// This instant (milliseconds since 1970), plus what the polls added: for tests.
    Fixed(i64),
}

impl ClockSource {
    /// Milliseconds since 1970, before anything is added.
    pub(crate) fn base(self) -> i64 {
        match self {
            Self::Fixed(ms) => ms,
            Self::System => i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap_or(0),
        }
    }
}

/// RFC 3339 in UTC with milliseconds, e.g. `2026-01-31T12:00:00.000Z`.
pub(crate) fn rfc3339(ms: i64) -> String {
    let t = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        t.year(),
        u8::from(t.month()),
        t.day(),
        t.hour(),
        t.minute(),
        t.second(),
        t.millisecond()
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn prints_rfc3339() {
        assert_eq!(super::rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(super::rfc3339(1_767_225_599_123), "2025-12-31T23:59:59.123Z");
    }
}
