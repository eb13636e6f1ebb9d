//! Names that are made up: a prefix and a suffix that no other object has.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::fail::Fail;
use crate::obj::Obj;

/// What a made-up name starts with where no prefix is given.
const DEFAULT_PREFIX: &str = "terraform-";

/// Length of a made-up suffix: 18 digits of time, 8 of a counter.
const SUFFIX: usize = 26;

/// A suffix that sorts by time: UTC to a tenth of a millisecond, then a counter, as Terraform's plugin SDK makes it.
pub fn unique(now: SystemTime) -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (year, month, day) = civil(since.as_secs() / 86_400);
    let s = since.as_secs() % 86_400;
    let n = COUNTER.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
    let fraction = since.subsec_micros() / 100;
    format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}{fraction:04}{n:08x}", s / 3600, s / 60 % 60, s % 60)
}

/// The date of a day counted from 1970-01-01.
fn civil(days: u64) -> (u64, u64, u64) {
    let (mut year, mut rest) = (1970, days);
    let leap = |y: u64| y.is_multiple_of(4) && (!y.is_multiple_of(100) || y.is_multiple_of(400));
    loop {
        let length = if leap(year) { 366 } else { 365 };
        if rest < length {
            break;
        }
        rest -= length;
        year += 1;
    }
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if rest < length {
            break;
        }
        rest -= length;
        month += 1;
    }
    (year, month, rest + 1)
}

/// The name of a new object: as configured, else the prefix (or the default one) with a suffix.
pub fn choose(obj: &Obj, now: SystemTime) -> String {
    choose_as(obj, "name", "name_prefix", now)
}

/// The same from arguments that are called otherwise.
pub fn choose_as(obj: &Obj, name: &str, prefix: &str, now: SystemTime) -> String {
    match (obj.str(name), obj.str(prefix)) {
        (Some(name), _) => name.to_owned(),
        (None, prefix) => format!("{}{}", prefix.unwrap_or(DEFAULT_PREFIX), unique(now)),
    }
}

/// The prefix of a made-up name; empty for any other name.
pub fn prefix_of(name: &str) -> &str {
    let at = name.len().checked_sub(SUFFIX).filter(|at| name.is_char_boundary(*at));
    match at.map(|at| name.split_at(at)) {
        Some((prefix, suffix))
            if suffix[..18].bytes().all(|b| b.is_ascii_digit())
                && suffix[18..].bytes().all(|b| b.is_ascii_hexdigit()) =>
        {
            prefix
        }
        _ => "",
    }
}

/// What is wrong with the name of a topic or queue that is to be made: `most` characters, letters, digits, hyphens and
/// underscores; FIFO ones end with `.fifo` (<https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html>,
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>). `name` may be a prefix.
///
/// # Errors
/// AWS would refuse it.
pub fn message_name(name: &str, fifo: bool, most: usize) -> Result<(), Fail> {
    let stem = if fifo { name.strip_suffix(".fifo").unwrap_or(name) } else { name };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.len() <= most && stem.chars().all(fits) {
        return Ok(());
    }
    let wrong = format!(
        "{name:?} is no name that AWS takes here: it has up to {most} characters, all of them letters, digits, hyphens or \
         underscores."
    );
    Err(Fail::new("Invalid argument value", wrong))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn made_up_names_are_known_again() {
        let name = format!("s-{}", unique(UNIX_EPOCH + Duration::from_micros(1_795_475_045_523_400)));
        assert!(name.starts_with("s-2026112323"), "{name}");
        assert_eq!(prefix_of(&name), "s-");
        assert_eq!(prefix_of("s-2026112323045552340000000a"), "s-");
        assert_eq!(prefix_of("default"), "");
        assert_eq!(civil(19_782), (2024, 2, 29));
    }

    #[test]
    fn topics_and_queues_have_names_that_aws_takes() {
        for (name, fifo) in [("", false), ("a_B-1", false), ("a.fifo", true), ("prefix-", true)] {
            assert!(message_name(name, fifo, 8).is_ok(), "{name}");
        }
        for (name, fifo) in
            [("a.b", false), ("a.fifo", false), ("a.b.fifo", true), ("a b", false), ("ninechars", false)]
        {
            assert!(message_name(name, fifo, 8).is_err(), "{name}");
        }
    }
}
