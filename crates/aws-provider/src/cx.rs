//! What a hook has at hand.

use std::sync::Arc;
use std::time::Duration;

use craton_aws_api::ApiError;
use craton_aws_api::client::{Clock, HttpSettings};
use serde_json::Value as Json;
use tokio::sync::OnceCell;

use crate::api::Api;
use crate::decl::{Fut, Many, Sweep};
use crate::doc;
use crate::fail::Fail;
use crate::loader::Loader;
use crate::tags::TagRules;

/// Who the credentials belong to.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Twelve digits.
    pub account: String,
    /// `arn:aws:iam::123456789012:user/me`
    pub arn: String,
    /// `AIDA...`
    pub user_id: String,
}

/// What a configured provider knows.
pub struct Settings {
    /// Calls.
    pub api: Api,
    /// `eu-west-1`
    pub region: String,
    /// `aws`
    pub partition: &'static str,
    /// `amazonaws.com`
    pub dns_suffix: &'static str,
    /// About tags.
    pub tags: TagRules,
    /// Who the credentials belong to, once asked.
    pub caller: OnceCell<Caller>,
    /// Time, for waits.
    pub clock: Arc<dyn Clock>,
    /// How servers are reached that are no AWS endpoints.
    pub web: HttpSettings,
}

impl Settings {
    /// Who the credentials belong to; asked once.
    ///
    /// # Errors
    /// AWS refused.
    pub async fn caller(&self) -> Result<&Caller, ApiError> {
        let ask = || async {
            let answer = self.api.call_sts("GetCallerIdentity").await?;
            Ok::<_, ApiError>(Caller {
                account: doc::text(&answer, "Account"),
                arn: doc::text(&answer, "Arn"),
                user_id: doc::text(&answer, "UserId"),
            })
        };
        self.caller.get_or_try_init(ask).await
    }
}

/// What a hook has at hand: the provider's settings and what has been read within this operation.
pub struct Cx {
    /// Settings.
    pub settings: Arc<Settings>,
    /// Reads.
    pub loader: Loader,
}

impl Cx {
    /// For one operation of the provider.
    pub fn new(settings: Arc<Settings>) -> Self {
        let loader = Loader::new(settings.api.clone());
        Self { settings, loader }
    }

    /// One call.
    ///
    /// # Errors
    /// AWS refused.
    pub async fn call(&self, service: &str, op: &str, input: Json) -> Result<Json, Fail> {
        Ok(self.settings.api.call(service, op, input).await?)
    }

    /// One call in another region.
    ///
    /// # Errors
    /// AWS refused.
    pub async fn call_in(&self, region: &str, service: &str, op: &str, input: Json) -> Result<Json, Fail> {
        Ok(self.settings.api.call_in(region, service, op, input).await?)
    }

    /// All pages of a listing; asked once within this operation, as several types want the same.
    ///
    /// # Errors
    /// AWS refused.
    pub async fn list_once(&self, service: &str, op: &str, items: &str, mut input: Json) -> Result<Vec<Json>, Fail> {
        let mut all = Vec::new();
        loop {
            let answer = self.once(service, op, input.clone()).await?;
            all.extend(doc::items(&answer, items));
            match crate::loader::next_page(&answer) {
                Some((member, token)) if input.get(member) != Some(&token) => input[member] = token,
                _ => return Ok(all),
            }
        }
    }

    /// A call of EC2.
    ///
    /// # Errors
    /// AWS refused.
    pub async fn ec2(&self, op: &str, input: Json) -> Result<Json, Fail> {
        self.call("ec2", op, input).await
    }

    /// The answer to a read, asked once within this operation.
    ///
    /// # Errors
    /// AWS refused.
    pub async fn once(&self, service: &str, op: &str, input: Json) -> Result<Arc<Json>, Fail> {
        Ok(self.loader.once(service, op, input).await?)
    }

    /// An item by its id, together with all others that are wanted now. `None` also for an empty id.
    ///
    /// # Errors
    /// AWS refused.
    pub async fn load(&self, many: &'static Many, id: &str) -> Result<Option<Arc<Json>>, Fail> {
        if id.is_empty() {
            return Ok(None);
        }
        Ok(self.loader.get(many, id).await?)
    }

    /// An item by its id, as it is now.
    ///
    /// # Errors
    /// AWS refused.
    pub async fn fresh(&self, many: &'static Many, id: &str) -> Result<Option<Arc<Json>>, Fail> {
        self.loader.forget(many, id);
        self.load(many, id).await
    }

    /// An item of a listing.
    ///
    /// # Errors
    /// AWS refused.
    pub async fn find(&self, sweep: &'static Sweep, id: &str) -> Result<Option<Arc<Json>>, Fail> {
        Ok(self.loader.sweep(sweep).await?.get(id).cloned())
    }

    /// All pages of a listing.
    ///
    /// # Errors
    /// AWS refused.
    pub async fn list(&self, service: &str, op: &str, items: &str, input: Json) -> Result<Vec<Json>, Fail> {
        Ok(self.loader.list(service, op, items, input).await?)
    }

    /// All of a listing about a role; asked once within this operation, as several types want the same.
    ///
    /// # Errors
    /// AWS refused.
    pub async fn list_iam(&self, op: &str, items: &str, role: &str) -> Result<Vec<Json>, Fail> {
        self.list_once("iam", op, items, serde_json::json!({"RoleName": role})).await
    }

    /// The region.
    pub fn region(&self) -> &str {
        &self.settings.region
    }

    /// The account; asked of AWS the first time.
    ///
    /// # Errors
    /// AWS refused.
    pub async fn account(&self) -> Result<&str, Fail> {
        Ok(&self.settings.caller().await?.account)
    }

    /// An ARN in this region.
    pub fn arn(&self, service: &str, account: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{account}:{resource}", self.settings.partition, self.region())
    }

    /// Waits until `look` sees a state among `target`; empty `target`: until it sees nothing. States among `pending`
    /// pass; any other is a failure. An empty `pending` lets everything pass.
    ///
    /// # Errors
    /// The time is over, the state is one of failure, or `look` failed.
    pub async fn wait<'x>(
        &self,
        what: &str,
        limit: Duration,
        pending: &[&str],
        target: &[&str],
        mut look: impl FnMut() -> Fut<'x, Option<Seen>> + Send,
    ) -> Result<Seen, Fail> {
        let start = self.settings.clock.now();
        let (mut pause, mut missing, mut last) = (Duration::from_millis(50), 0, String::from("not found"));
        loop {
            match look().await? {
                None if target.is_empty() => return Ok(Seen::default()),
                None => {
                    // What was just made may not be visible everywhere yet.
                    missing += 1;
                    if missing > 20 {
                        return Err(Fail::new("AWS object not found", format!("{what} cannot be found any more.")));
                    }
                }
                Some(seen) => {
                    missing = 0;
                    if target.contains(&seen.state.as_str()) {
                        return Ok(seen);
                    }
                    if !pending.is_empty() && !pending.contains(&seen.state.as_str()) {
                        let wanted = if target.is_empty() { "gone".to_owned() } else { target.join(" or ") };
                        let why = if seen.reason.is_empty() { String::new() } else { format!(": {}", seen.reason) };
                        return Err(Fail::new(
                            "AWS object in an unexpected state",
                            format!("{what} is {:?}, waiting for it to be {wanted}{why}.", seen.state),
                        ));
                    }
                    last = seen.state;
                }
            }
            let passed = self.settings.clock.now().duration_since(start).unwrap_or_default();
            if passed >= limit {
                let wanted =
                    if target.is_empty() { "to be gone".to_owned() } else { format!("to be {}", target.join(" or ")) };
                return Err(Fail::new(
                    "AWS object takes too long",
                    format!(
                        "Waited {} for {what} {wanted}; it was last seen as {last:?}. A longer limit can be set in the \
                         timeouts block of the resource, where its type has one.",
                        crate::timeouts::friendly(limit)
                    ),
                ));
            }
            self.settings.clock.sleep(pause.min(limit.saturating_sub(passed))).await;
            pause = (pause * 3 / 2).min(Duration::from_secs(15));
        }
    }

    /// Repeats a call of EC2 while AWS answers with one of these codes.
    ///
    /// # Errors
    /// Another error, or the same when the time is over.
    pub async fn ec2_retry(&self, op: &str, input: Json, limit: Duration, codes: &[&str]) -> Result<Json, Fail> {
        self.retry("ec2", op, input, limit, codes).await
    }

    /// Repeats a call while AWS answers with one of these codes.
    ///
    /// # Errors
    /// Another error, or the same when the time is over.
    pub async fn retry(
        &self,
        service: &str,
        op: &str,
        input: Json,
        limit: Duration,
        codes: &[&str],
    ) -> Result<Json, Fail> {
        let start = self.settings.clock.now();
        let mut pause = Duration::from_millis(200);
        loop {
            match self.call(service, op, input.clone()).await {
                Err(e) if e.is(codes) => {
                    let passed = self.settings.clock.now().duration_since(start).unwrap_or_default();
                    if passed >= limit {
                        return Err(e);
                    }
                    self.settings.clock.sleep(pause).await;
                    pause = (pause * 3 / 2).min(Duration::from_secs(10));
                }
                other => return other,
            }
        }
    }
}

/// What a look at an object saw.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Its state.
    pub state: String,
    /// Why it failed, where it says so.
    pub reason: String,
    /// All of it.
    pub item: Arc<Json>,
}

impl Seen {
    /// A state alone.
    pub fn of(state: impl Into<String>) -> Self {
        Self { state: state.into(), ..Self::default() }
    }
}
