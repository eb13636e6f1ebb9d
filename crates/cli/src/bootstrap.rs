//! The place of a state: whether it is there and as it has to be, and made so.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use craton_aws_api::Client;
use craton_model::{Diagnostic, Diagnostics, Type, Value, convert};
use craton_state::{BucketSettings, Difference, Encryption, Logging, Part, Place, TableSettings};
use craton_terragrunt::RemoteState;

use crate::app::App;
use crate::aws::Access;
use crate::backend::Choice;
use crate::unit_log::Level;

/// Places that were seen to, by their names. Units that share one wait for the first of them.
pub type Places = HashMap<String, Arc<tokio::sync::Mutex<bool>>>;

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Make what is missing.
    Missing,
    /// Also mend what is there and not as it has to be.
    Whole,
}

/// The keys of a `remote_state` block that are about the place.
struct Keys<'a> {
    remote: Option<&'a RemoteState>,
}

impl Keys<'_> {
    fn value(&self, name: &str, ty: &Type) -> Result<Option<Value>, Diagnostics> {
        let Some(remote) = self.remote else { return Ok(None) };
        let Some(value) = remote.config.get(name).filter(|v| !v.is_null()) else { return Ok(None) };
        convert(value, ty).map(Some).map_err(|e| {
            let detail = format!("The value of {name:?} in remote_state does not fit: {e}.");
            Diagnostic::error("Invalid remote_state configuration", detail).at_default(remote.span).into()
        })
    }

    fn flag(&self, name: &str) -> Result<bool, Diagnostics> {
        Ok(self.value(name, &Type::Bool)?.and_then(|v| v.as_bool()).unwrap_or(false))
    }

    fn text(&self, name: &str) -> Result<Option<String>, Diagnostics> {
        let value = self.value(name, &Type::String)?;
        Ok(value.and_then(|v| v.as_str().map(ToOwned::to_owned)).filter(|t| !t.is_empty()))
    }

    fn tags(&self, name: &str) -> Result<Vec<(String, String)>, Diagnostics> {
        let value = self.value(name, &Type::map(Type::String))?;
        let entries = value.as_ref().and_then(Value::as_map).into_iter().flatten();
        Ok(entries.filter_map(|(k, v)| Some((k.to_string(), v.as_str()?.to_owned()))).collect())
    }

    fn logging(&self) -> Result<Option<Logging>, Diagnostics> {
        let Some(bucket) = self.text("accesslogging_bucket_name")? else { return Ok(None) };
        if self.flag("skip_bucket_accesslogging")? {
            return Ok(None);
        }
        let partition_date = self.text("accesslogging_target_object_partition_date_source")?;
        if let Some(date) = partition_date.as_deref().filter(|d| !["EventTime", "DeliveryTime"].contains(d)) {
            let detail = format!(
                "accesslogging_target_object_partition_date_source is {date:?}; S3 knows EventTime and DeliveryTime."
            );
            let span = self.remote.and_then(|r| r.span);
            return Err(Diagnostic::error("Invalid remote_state configuration", detail).at_default(span).into());
        }
        Ok(Some(Logging {
            bucket,
            prefix: self.text("accesslogging_target_prefix")?.unwrap_or_else(|| "TFStateLogs/".into()),
            partition_date,
            tags: self.tags("accesslogging_bucket_tags")?,
            list: !self.flag("skip_accesslogging_bucket_acl")?,
            block_public: !self.flag("skip_accesslogging_bucket_public_access_blocking")?,
            encrypted: !self.flag("skip_accesslogging_bucket_ssencryption")?,
            tls_only: !self.flag("skip_accesslogging_bucket_enforced_tls")?,
            versioning: !self.flag("skip_bucket_versioning")?,
        }))
    }
}

/// How the place is to be. A backend block of Terraform's own says nothing of that: its bucket is made safe. For a unit
/// it is as Terragrunt has it, so that neither finds fault with what the other made.
async fn wanted(
    remote: Option<&RemoteState>,
    choice: &Choice,
    client: &Client,
) -> Result<(BucketSettings, Option<TableSettings>), Diagnostics> {
    let keys = Keys { remote };
    let region = client.region().await.map_err(Diagnostic::from)?;
    let mut bucket = BucketSettings::safe(choice.text("bucket").unwrap_or_default(), region);
    bucket.lists = choice.text("acl").is_some_and(|acl| acl != "bucket-owner-full-control");
    let key = choice.text("kms_key_id");
    if key.is_some() {
        bucket.encryption = Some(Encryption { algorithm: "aws:kms".into(), key });
    }
    if remote.is_some() {
        let algorithm = keys.text("bucket_sse_algorithm")?.unwrap_or_else(|| "aws:kms".into());
        let key = keys.text("bucket_sse_kms_key_id")?;
        let encryption = Encryption { algorithm, key };
        bucket.encryption = (!keys.flag("skip_bucket_ssencryption")?).then_some(encryption);
        bucket.tags = keys.tags("s3_bucket_tags")?;
        bucket.versioning = !keys.flag("skip_bucket_versioning")?;
        bucket.root_access = !keys.flag("skip_bucket_root_access")?;
        bucket.tls_only = !keys.flag("skip_bucket_enforced_tls")?;
        bucket.block_public = !keys.flag("skip_bucket_public_access_blocking")?;
        bucket.logging = keys.logging()?;
    }
    let table = match choice.text("dynamodb_table") {
        // A table of Terraform's own is its owner's to make.
        Some(name) if remote.is_some() => Some(TableSettings {
            name,
            tags: keys.tags("dynamodb_table_tags")?,
            encrypted: keys.flag("enable_lock_table_ssencryption")?,
        }),
        _ => None,
    };
    Ok((bucket, table))
}

/// The place that a backend keeps its states in; `None` where that is nothing that can be made.
pub async fn place(remote: Option<&RemoteState>, choice: &Choice, aws: &Access) -> Result<Option<Place>, Diagnostics> {
    if choice.kind != "s3" {
        return Ok(None);
    }
    let client = aws.backend_client(&choice.config)?;
    let (bucket, table) = wanted(remote, choice, &client).await?;
    Ok(Some(Place::new(client, bucket, table)))
}

/// What was done about a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Parts that were made.
    pub made: Vec<Part>,
    /// What was mended.
    pub mended: Vec<Difference>,
}

/// Sees to a place, once in a run for all units that share it; gives what was done, nothing if it was seen to before.
pub async fn see_to(
    app: &App,
    remote: Option<&RemoteState>,
    choice: &Choice,
    aws: &Access,
    reach: Reach,
) -> Result<Seen, Diagnostics> {
    if remote.is_some_and(|r| r.disable_init) {
        return Ok(Seen::default());
    }
    let Some(place) = place(remote, choice, aws).await? else { return Ok(Seen::default()) };
    let name = format!(
        "{} {} {} {:?}",
        place.settings().region,
        place.settings().bucket,
        place.table_name().unwrap_or_default(),
        reach
    );
    let slot = {
        let mut places = app.shared.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.entry(name).or_default().clone()
    };
    let mut done = slot.lock().await;
    if *done {
        return Ok(Seen::default());
    }
    let missing = place.missing().await?;
    if !missing.is_empty() && app.units.has("backend-require-bootstrap") {
        let detail = format!(
            "There is no {}, and --backend-require-bootstrap says that it must have been made before. Make it with:\n  craton backend bootstrap",
            missing
                .iter()
                .map(|p| p.to_string().trim_start_matches("the ").to_owned())
                .collect::<Vec<_>>()
                .join(", nor ")
        );
        return Err(Diagnostic::error("Backend is not bootstrapped", detail).into());
    }
    place.make(&missing).await?;
    place.ready().await?;
    let mut seen = Seen { made: missing, mended: Vec::new() };
    if reach == Reach::Whole && !updates_are_off(app, remote)? {
        seen.mended = mend(app, &place).await?;
    }
    *done = true;
    Ok(seen)
}

fn updates_are_off(app: &App, remote: Option<&RemoteState>) -> Result<bool, Diagnostics> {
    Ok(app.units.has("disable-bucket-update") || Keys { remote }.flag("disable_bucket_update")?)
}

/// Shows what differs, asks once, and mends it.
async fn mend(app: &App, place: &Place) -> Result<Vec<Difference>, Diagnostics> {
    let differences = place.differences().await?;
    if differences.is_empty() {
        return Ok(differences);
    }
    let bucket = &place.settings().bucket;
    let list: Vec<String> = differences.iter().map(|d| format!("\n  - {d}")).collect();
    let text = format!("The remote state S3 bucket {bucket} needs to be updated:{}", list.concat());
    app.log.say(Level::Warn, None, &text);
    let question = format!("Update the bucket {bucket}?");
    if !app.global.non_interactive && !app.confirm(&question, true, "--non-interactive")? {
        app.log.say(Level::Warn, None, &format!("The bucket {bucket} was left as it is."));
        return Ok(Vec::new());
    }
    place.mend(&differences).await?;
    Ok(differences)
}

/// What to tell of it, a line each.
pub fn told(seen: &Seen, settings: &BucketSettings) -> Vec<String> {
    let mut lines: Vec<String> = seen
        .made
        .iter()
        .map(|part| match part {
            Part::Bucket(name) => {
                let parts = [
                    (settings.encryption.is_some(), "encrypted"),
                    (settings.versioning, "versioned"),
                    (settings.tls_only, "TLS only"),
                    (settings.block_public, "not public"),
                ];
                let is: Vec<&str> = parts.into_iter().filter(|(on, _)| *on).map(|(_, word)| word).collect();
                let is = if is.is_empty() { String::new() } else { format!(": {}", is.join(", ")) };
                format!("Made the bucket {name} for the state{is}.")
            }
            Part::Table(name) => format!("Made the table {name} for locks."),
        })
        .collect();
    if !seen.mended.is_empty() {
        let list: Vec<String> = seen.mended.iter().map(ToString::to_string).collect();
        lines.push(format!("Updated the bucket {}: {}.", settings.bucket, list.join(", ")));
    }
    lines
}
