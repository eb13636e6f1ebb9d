//! A unit's command with the unit's rules for failures: what to try again, what to overlook.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use craton_model::Diagnostics;
use craton_terragrunt::{ErrorRules, RetryRule, default_retry};
use regex::{Regex, RegexSet};

use crate::app::{App, Ended, Outcome};
use crate::args::Command;
use crate::lane::{self, Record};
use crate::unit_log::Level;

/// The patterns of the default rule.
static DEFAULT: LazyLock<RegexSet> =
    LazyLock::new(|| RegexSet::new(default_retry().retryable_errors).unwrap_or_default());

/// Gets ready what the first failure needs, so that others hear of that failure at once.
pub fn warm_up() {
    LazyLock::force(&DEFAULT);
}

/// Runs a command; gives how it ended and what it left behind.
pub async fn attempt(app: &App, command: &Command) -> (Ended, Record) {
    let mut tries: HashMap<String, u32> = HashMap::new();
    let mut retried = None;
    loop {
        let (ended, mut record) = lane::recorded(crate::run(app, command)).await;
        record.retried.clone_from(&retried);
        let failed = match &ended {
            Err(_) => !record.excluded,
            Ok(outcome) => *outcome == Outcome::Failed,
        };
        if !failed {
            return (ended, record);
        }
        let none = Diagnostics::new();
        let all: Vec<_> = ended.as_ref().err().unwrap_or(&none).into_iter().chain(&record.errors).collect();
        let said =
            all.iter().filter(|d| d.is_error()).map(|d| format!("{} {}", d.summary, d.detail).replace('\n', " "));
        let said = said.collect::<Vec<_>>().join(" ");
        let name = lane::current().map(|l| l.name.clone());
        let say = |level, text: &str| app.log.say(level, name.as_deref(), text);
        let rules = record.rules.clone().unwrap_or_default();
        if let Some((rule, message)) = overlooked(&rules, &said) {
            if let Err(found) = &ended {
                app.report(found, false);
            }
            say(Level::Warn, &format!("Ignoring error {rule}, reason: {message}"));
            if let Err(found) = signals(app, &rules, &rule) {
                return (Err(found), record);
            }
            record.ignored = Some(rule);
            return (Ok(Outcome::Done), record);
        }
        if app.units.has("no-auto-retry") || lane::current().is_some_and(|l| l.cancel.is_cancelled()) {
            return (ended, record);
        }
        let Some((rule, how)) = to_retry(record.rules.as_ref(), &said) else { return (ended, record) };
        let made = tries.entry(rule.clone()).or_insert(1);
        if *made >= how.max_attempts {
            if how.max_attempts > 1 {
                say(Level::Error, &format!("max retry attempts ({}) reached for error: {rule}", how.max_attempts));
            }
            return (ended, record);
        }
        if let Err(found) = &ended {
            app.report(found, false);
        }
        say(Level::Warn, &format!("Encountered retryable error: {rule}"));
        say(
            Level::Warn,
            &format!(
                "Attempt {made} of {}. Waiting {} second(s) before retrying...",
                how.max_attempts, how.sleep_interval_sec
            ),
        );
        *made += 1;
        retried = Some(rule);
        if let Some(session) = app.shared.terragrunt.get() {
            session.forget_outputs(&app.dir());
        }
        tokio::time::sleep(Duration::from_secs(how.sleep_interval_sec)).await;
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    Regex::new(pattern).is_ok_and(|r| r.is_match(text))
}

/// The rule by which a failure is overlooked, and what it says.
fn overlooked(rules: &ErrorRules, said: &str) -> Option<(String, String)> {
    rules.ignore.iter().find_map(|(name, rule)| {
        let (vetoes, wanted): (Vec<&String>, Vec<&String>) =
            rule.ignorable_errors.iter().partition(|p| p.starts_with('!'));
        let vetoed = vetoes.iter().any(|p| matches(&p[1..], said));
        (!vetoed && wanted.iter().any(|p| matches(p, said))).then(|| (name.to_string(), rule.message.clone()))
    })
}

fn to_retry(rules: Option<&ErrorRules>, said: &str) -> Option<(String, RetryRule)> {
    let Some(rules) = rules else {
        return DEFAULT.is_match(said).then(|| ("default".to_owned(), default_retry()));
    };
    let found = rules.retry.iter().find(|(_, rule)| rule.retryable_errors.iter().any(|p| matches(p, said)));
    found.map(|(name, rule)| (name.to_string(), rule.clone()))
}

/// Leaves the signals of a rule in the unit's folder.
fn signals(app: &App, rules: &ErrorRules, rule: &str) -> Result<(), Diagnostics> {
    let Some(signals) = rules.ignore.get(rule).map(|r| &r.signals).filter(|s| !s.is_empty()) else { return Ok(()) };
    let path = app.dir().join("error-signals.json");
    let value = craton_model::Value::object(signals.clone());
    std::fs::write(&path, format!("{:#}", craton_model::json::to_json(&value))).map_err(|e| {
        let detail = format!("Cannot write {}: {e}.", path.display());
        craton_model::Diagnostic::error("Signals cannot be written", detail).into()
    })
}
