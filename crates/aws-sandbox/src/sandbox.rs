//! The sandbox: opens the state, runs one operation at a time on it, says what it holds.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use craton_model::Diagnostic;
use serde_json::{Value, json};

use crate::clock::{ClockSource, POLL};
use crate::context::{Blobs, Ctx};
use crate::disk::Disk;
use crate::error::{Answer, AwsError};
use crate::input::{Input, Tracker};
use crate::quota::Quotas;
use crate::store::Store;
use crate::{
    autoscaling, backup, cloudtrail, cloudwatch, dynamodb, ec2, efs, eks, elasticache, events, iam, kms, logs, rds,
    redshift, rolesanywhere, s3, sns, sqs, ssm, sts,
};

/// One operation of one service.
pub(crate) type Handler = fn(&mut Ctx, &Input) -> Answer;
/// Operation names and what answers them.
pub(crate) type Operations = &'static [(&'static str, Handler)];

/// How a sandbox is opened.
#[derive(Clone, Debug)]
pub struct SandboxOptions {
    /// The 12 digits of the account that callers belong to.
    pub account_id: String,
    /// Where the state is kept between runs; none keeps it in memory only.
    pub folder: Option<PathBuf>,
    /// The same seed on an empty state gives the same ids. None takes a random one.
    pub seed: Option<String>,
    /// Where the time comes from.
    pub clock: ClockSource,
    /// How much of each thing there may be.
    pub quotas: Quotas,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            account_id: "123456789012".into(),
            folder: None,
            seed: None,
            clock: ClockSource::System,
            quotas: Quotas::default(),
        }
    }
}

/// Who calls, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The region of the request's signature, e.g. `eu-west-1`.
    pub region: String,
    /// The access key id of the request's signature. Keys that `AssumeRole` gave act in the role's account.
    pub access_key_id: String,
}

impl Caller {
    /// A caller with the key `test` in a region.
    pub fn in_region(region: &str) -> Self {
        Self { region: region.into(), access_key_id: "test".into() }
    }
}

struct Inner {
    store: Store,
    blobs: Blobs,
}

/// An AWS of its own. Cheap to clone; clones share the state.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Mutex<Inner>>,
    options: Arc<SandboxOptions>,
    seed: Arc<str>,
}

fn handlers() -> &'static HashMap<(&'static str, &'static str), Handler> {
    static MAP: OnceLock<HashMap<(&'static str, &'static str), Handler>> = OnceLock::new();
    MAP.get_or_init(|| {
        let services: [(&str, &[Operations]); 21] = [
            ("autoscaling", autoscaling::OPERATIONS),
            ("backup", backup::OPERATIONS),
            ("eks", eks::OPERATIONS),
            ("elasticache", elasticache::ALL),
            ("redshift", redshift::ALL),
            ("rolesanywhere", rolesanywhere::OPERATIONS),
            ("ec2", ec2::OPERATIONS),
            ("cloudtrail", cloudtrail::OPERATIONS),
            ("cloudwatch", cloudwatch::OPERATIONS),
            ("events", events::OPERATIONS),
            ("sns", sns::OPERATIONS),
            ("sqs", sqs::OPERATIONS),
            ("ssm", ssm::OPERATIONS),
            ("efs", efs::OPERATIONS),
            ("iam", iam::OPERATIONS),
            ("sts", sts::OPERATIONS),
            ("logs", logs::OPERATIONS),
            ("s3", s3::OPERATIONS),
            ("kms", kms::OPERATIONS),
            ("dynamodb", dynamodb::OPERATIONS),
            ("rds", rds::OPERATIONS),
        ];
        services
            .into_iter()
            .flat_map(|(service, groups)| {
                groups.iter().flat_map(move |ops| ops.iter().map(move |(name, handler)| ((service, *name), *handler)))
            })
            .collect()
    })
}

fn folder_error(folder: &Path, doing: &str, e: &io::Error) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(
        "The sandbox's state cannot be used",
        format!(
            "{doing} {} failed: {e}.\nThe sandbox keeps its state in this folder between commands. Check that the folder \
             can be written, or empty it with:\n\n    craton sandbox reset",
            folder.display()
        ),
    ))
}

impl Sandbox {
    /// Opens a sandbox, making an empty state when there is none.
    ///
    /// # Errors
    /// When the account id is not 12 digits, or the folder cannot be read or written.
    pub fn open(options: SandboxOptions) -> Result<Self, Box<Diagnostic>> {
        if options.account_id.len() != 12 || !options.account_id.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Box::new(Diagnostic::error(
                "Invalid account id",
                format!("\"{}\" is not an AWS account id: it must be 12 digits.", options.account_id),
            )));
        }
        let (store, blobs) = match &options.folder {
            None => (Store::default(), Blobs::Memory(BTreeMap::new())),
            Some(folder) => {
                let (disk, store) = Disk::open(folder).map_err(|e| folder_error(folder, "Opening", &e))?;
                (store, Blobs::Disk(disk))
            }
        };
        let seed = options.seed.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        Ok(Self { inner: Arc::new(Mutex::new(Inner { store, blobs })), options: Arc::new(options), seed: seed.into() })
    }

    /// Empties the state in a folder; a server that runs on it goes on with the empty state.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn reset(folder: &Path) -> Result<(), Box<Diagnostic>> {
        Disk::reset(folder).map_err(|e| folder_error(folder, "Emptying", &e))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // A panic inside an operation leaves changes that were never committed; they are rolled back before the
        // next one, so the state behind a poisoned lock is sound.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one operation.
    ///
    /// Takes the id of a service that the API models know (`ec2`, `s3`, `kms`, ...), the operation and its input with the
    /// member names of the AWS API model (timestamps RFC 3339, blobs base64); gives the output in the same form.
    /// When it returns, its effect is on disk.
    ///
    /// # Errors
    /// AWS's own error, with nothing changed; `NotImplemented` for what the sandbox does not know.
    pub fn call(&self, caller: &Caller, service: &str, operation: &str, input: &Value) -> Answer {
        let mut guard = self.inner();
        let Inner { store, blobs } = &mut *guard;
        store.rollback(0);
        let failed = |e: io::Error| AwsError::internal(format!("The sandbox's state cannot be used: {e}."));
        if let Blobs::Disk(disk) = blobs {
            disk.lock(store).map_err(failed)?;
        }
        let (answer, durable) = self.run(store, blobs, caller, service, operation, input);
        let changes = store.changes();
        let Blobs::Disk(disk) = blobs else {
            store.commit();
            return answer;
        };
        let written = match &changes {
            None => Ok(()),
            Some(entry) => disk.append(entry, durable),
        };
        if let Err(e) = written {
            store.rollback(0);
            disk.unlock().map_err(failed)?;
            return Err(failed(e));
        }
        store.commit();
        let compacted = disk.compact_if_due(store);
        disk.unlock().and(compacted).map_err(failed)?;
        answer
    }

    /// Gives the answer, and whether it changed more than the clock.
    fn run(
        &self,
        store: &mut Store,
        blobs: &mut Blobs,
        caller: &Caller,
        service: &str,
        operation: &str,
        input: &Value,
    ) -> (Answer, bool) {
        let ahead = store.get("meta", "clock").and_then(Value::as_i64).unwrap_or(0);
        let account = sts::account_of(store, &caller.access_key_id).unwrap_or_else(|| self.options.account_id.clone());
        let mut ctx = Ctx {
            store,
            blobs,
            quotas: &self.options.quotas,
            account,
            region: caller.region.clone(),
            access_key: caller.access_key_id.clone(),
            seed: &self.seed,
            now: self.options.clock.base() + ahead,
            pending: false,
            leap: POLL,
        };
        settle(&mut ctx);
        let before = ctx.store.mark();
        let answer = dispatch(&mut ctx, service, operation, input);
        if answer.is_err() {
            ctx.store.rollback(before);
        }
        let durable = ctx.store.mark() > before;
        if ctx.pending {
            ctx.store.put("meta", "clock", json!(ahead + ctx.leap));
        }
        (answer, durable)
    }

    /// How many resources of each kind there are in all accounts and regions, for people, e.g. `("vpc", 1)`. What
    /// AWS makes with another resource, or still shows after its deletion, is not counted.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn summary(&self) -> Result<Vec<(String, usize)>, Box<Diagnostic>> {
        let mut guard = self.inner();
        let Inner { store, blobs } = &mut *guard;
        store.rollback(0);
        if let (Blobs::Disk(disk), Some(folder)) = (&mut *blobs, &self.options.folder) {
            disk.lock(store).and_then(|()| disk.unlock()).map_err(|e| folder_error(folder, "Reading", &e))?;
        }
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for (table, _) in store.counts() {
            let kind = table.split('@').next().unwrap_or(table);
            if matches!(kind, "meta" | "timer" | "session" | "object" | "item" | "security-group-rule") {
                continue;
            }
            let n = store.rows(table).filter(|(_, doc)| is_somebodys(kind, doc)).count();
            if n > 0 {
                *counts.entry(kind.to_owned()).or_default() += n;
            }
        }
        Ok(counts.into_iter().collect())
    }
}

fn dispatch(ctx: &mut Ctx, service: &str, operation: &str, input: &Value) -> Answer {
    let handler = handlers()
        .get(&(service, operation))
        .ok_or_else(|| AwsError::not_implemented(format!("the operation {service}:{operation}")))?;
    let tracker = Tracker::new(service);
    let input_document = Input::new(input, &tracker);
    let dry_run = service == "ec2" && input_document.flag("DryRun")?;
    let output = handler(ctx, &input_document)?;
    if let Some(member) = tracker.unread(input) {
        return Err(AwsError::not_implemented(format!("the parameter {member} of {service}:{operation}")));
    }
    if dry_run {
        return Err(
            AwsError::new("DryRunOperation", "Request would have succeeded, but DryRun flag is set.").status(412)
        );
    }
    Ok(output)
}

/// Whether a resource counts as one that is there because somebody asked for it.
fn is_somebodys(kind: &str, doc: &Value) -> bool {
    match kind {
        "kms-key" | "kms-alias" => kms::made_by_somebody(kind, doc),
        "autoscaling-group" => autoscaling::made_by_somebody(doc),
        _ if kind.starts_with("backup-") || kind == "recovery-point" => backup::made_by_somebody(kind),
        _ if kind.starts_with("eks-") => eks::made_by_somebody(kind, doc),
        "dynamodb-table" => doc["TableStatus"] != "DELETING",
        _ => ec2::made_by_somebody(kind, doc),
    }
}

/// Does what a timer set with [`Ctx::after`] is for.
fn happen(ctx: &mut Ctx, event: &str, key: &str) {
    match event {
        "kms-key-deleted" => kms::deleted(ctx, key),
        "kms-replica-created" => kms::created(ctx, key),
        _ if event.starts_with("backup-") => backup::event(ctx, event, key),
        _ if event.starts_with("asg-") => autoscaling::event(ctx, event, key),
        _ if event.starts_with("eks-") => eks::event(ctx, event, key),
        "dynamodb-active" => dynamodb::active(ctx, key),
        "dynamodb-deleted" => dynamodb::deleted(ctx, key),
        _ if event.starts_with("efs-") => efs::event(ctx, event, key),
        _ => ec2::event(ctx, event, key),
    }
}

/// Lets everything happen that was due before now.
fn settle(ctx: &mut Ctx) {
    let limit = format!("{:014}", ctx.now + 1);
    loop {
        let due = match ctx.store.rows("timer").next() {
            Some((key, _)) if *key < limit => key.clone(),
            _ => return,
        };
        let Some(timer) = ctx.store.remove("timer", &due) else { return };
        let text = |member: &str| timer[member].as_str().unwrap_or("").to_owned();
        let (account, region, now) = (text("account"), text("region"), ctx.now);
        let (account, region) =
            (std::mem::replace(&mut ctx.account, account), std::mem::replace(&mut ctx.region, region));
        // The event happens when it was due, so that what it starts is not late because nobody asked.
        ctx.now = due.get(..14).and_then(|t| t.parse().ok()).unwrap_or(now);
        happen(ctx, &text("event"), &text("key"));
        (ctx.account, ctx.region, ctx.now) = (account, region, now);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_operation_can_be_asked_for() {
        for (service, operation) in super::handlers().keys() {
            let found = craton_aws_api::service(service).and_then(|s| s.operation(operation).map(|_| ()));
            assert!(found.is_ok(), "{service}:{operation} is in no API model: {found:?}");
        }
    }
}
