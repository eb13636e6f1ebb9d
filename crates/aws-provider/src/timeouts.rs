//! Time limits: the `timeouts` block, and how the provider keeps them beside the state.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::decl::Resource;
use crate::obj::Obj;

/// The key under which Terraform's plugin SDK keeps time limits in an object's private data.
const KEY: &str = "e2bfb730-ecaa-11e6-8f88-34363bc7c4c0";

/// Reads `1h30m`, `90s`, `1.5h`, as Go writes durations.
///
/// # Errors
/// It is not a duration; says why.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is not a duration such as \"30s\", \"10m\" or \"1h30m\"");
    let (mut rest, mut seconds) = (text, 0.0_f64);
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).ok_or_else(wrong)?;
        let number: f64 = rest[..end].parse().map_err(|_| wrong())?;
        rest = &rest[end..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return Err(wrong()),
        };
        rest = &rest[end..];
        seconds += number * unit;
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}

/// `10m`, `1h30m`, `45s`.
pub fn friendly(d: Duration) -> String {
    let (h, m, s) = (d.as_secs() / 3600, d.as_secs() / 60 % 60, d.as_secs() % 60);
    let part = |n: u64, unit: &str| if n == 0 { String::new() } else { format!("{n}{unit}") };
    let text = format!("{}{}{}", part(h, "h"), part(m, "m"), part(s, "s"));
    if text.is_empty() { "0s".into() } else { text }
}

/// The limits of a type, with those that a configuration sets.
fn limits(resource: &Resource, config: &Obj) -> BTreeMap<&'static str, Duration> {
    let own = config.get("timeouts");
    resource
        .timeouts
        .iter()
        .map(|(action, default)| {
            let set = own.get(action).and_then(|v| v.as_str()).and_then(|t| parse(t).ok());
            (*action, set.unwrap_or(Duration::from_secs(*default)))
        })
        .collect()
}

/// What is kept beside the state: time limits in nanoseconds and the schema version, as Terraform's plugin SDK writes
/// them, so that Terraform finds its own there.
pub fn private(resource: &Resource, config: &Obj) -> Arc<[u8]> {
    if resource.framework {
        return Arc::default();
    }
    let limits: BTreeMap<&str, u64> = limits(resource, config)
        .into_iter()
        .map(|(k, d)| (k, u64::try_from(d.as_nanos()).unwrap_or(u64::MAX)))
        .collect();
    let mut all = serde_json::Map::new();
    if !limits.is_empty() {
        all.insert(KEY.into(), json!(limits));
    }
    if resource.version > 0 {
        all.insert("schema_version".into(), json!(resource.version.to_string()));
    }
    let doc = if all.is_empty() { Json::Null } else { Json::Object(all) };
    doc.to_string().into_bytes().into()
}

/// How long an action may take: as kept beside the state, else the default, else twenty minutes (the SDK's own default).
pub fn limit(resource: &Resource, action: &str, private: &[u8]) -> Duration {
    let kept: Option<Json> = serde_json::from_slice(private).ok();
    let kept = kept.as_ref().and_then(|p| p.get(KEY)).and_then(|l| l.get(action)).and_then(Json::as_u64);
    match (kept, resource.default_timeout(action)) {
        (Some(ns), _) => Duration::from_nanos(ns),
        (None, Some(s)) => Duration::from_secs(s),
        (None, None) => Duration::from_secs(20 * 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_go_writes_them() {
        assert_eq!(parse("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(parse("1.5m"), Ok(Duration::from_secs(90)));
        assert!(parse("10").is_err() && parse("ten").is_err() && parse("").is_err());
        assert_eq!(friendly(Duration::from_secs(5400)), "1h30m");
    }
}
