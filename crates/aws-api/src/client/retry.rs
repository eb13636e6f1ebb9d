//! When to try again, and how long to wait before.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::HeaderMap;

use crate::ApiError;

/// Time. Tests put in one that passes at once.
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// The time of day.
    fn now(&self) -> SystemTime;
    /// Waits.
    async fn sleep(&self, how_long: Duration);
}

/// The machine's time.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    async fn sleep(&self, how_long: Duration) {
        tokio::time::sleep(how_long).await;
    }
}

/// The longest wait between attempts (AWS SDKs and Tools Reference Guide, "Retry behavior", standard mode).
const LONGEST: Duration = Duration::from_secs(20);

/// An endpoint that does not answer is reported after this many attempts, however many throttling gets.
const ATTEMPTS_UNREACHABLE: u32 = 3;

/// Longest wait between attempts at an endpoint that does not answer.
const LONGEST_UNREACHABLE: Duration = Duration::from_secs(1);

/// How long to wait before the next attempt; `None` when there should be none. `attempt` counts from 1.
pub(super) fn wait_before_next(
    error: &ApiError,
    headers: Option<&HeaderMap>,
    attempt: u32,
    max_attempts: u32,
) -> Option<Duration> {
    if !error.is_transient() {
        return None;
    }
    let unreachable = matches!(error, ApiError::Unreachable { .. });
    let most = if unreachable { max_attempts.min(ATTEMPTS_UNREACHABLE) } else { max_attempts };
    if attempt >= most {
        return None;
    }
    let longest = if unreachable { LONGEST_UNREACHABLE } else { LONGEST };
    let ceiling = longest.min(Duration::from_secs(1 << (attempt - 1).min(5)));
    // "Full jitter": anything up to the ceiling, so that parallel calls do not come back together.
    let wait = ceiling.mul_f64(fastrand::f64());
    Some(headers.and_then(retry_after).map_or(wait, |asked| asked.max(wait)))
}

/// What the answer asks for: seconds in `Retry-After`, milliseconds in AWS's own header. At most a minute is granted.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    let asked = number("x-amz-retry-after").map(Duration::from_millis);
    let asked = asked.or_else(|| number("retry-after").map(Duration::from_secs))?;
    Some(asked.min(Duration::from_secs(60)))
}
