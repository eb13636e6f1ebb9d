//! What an operation works with: the state as one account in one region sees it.

use std::collections::BTreeMap;
use std::io;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::clock;
use crate::disk::Disk;
use crate::error::AwsError;
use crate::ids;
use crate::quota::Quotas;
use crate::store::Store;

/// Where the bodies of objects are kept.
pub(crate) enum Blobs {
    Memory(BTreeMap<String, Vec<u8>>),
    Disk(Disk),
}

impl Blobs {
    fn put(&mut self, bytes: &[u8]) -> io::Result<String> {
        match self {
            Self::Memory(map) => {
                let name: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
                map.entry(name.clone()).or_insert_with(|| bytes.to_vec());
                Ok(name)
            }
            Self::Disk(disk) => disk.put_blob(bytes),
        }
    }

    fn get(&self, name: &str) -> io::Result<Vec<u8>> {
        match self {
            Self::Memory(map) => {
                map.get(name).cloned().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, name.to_owned()))
            }
            Self::Disk(disk) => disk.blob(name),
        }
    }
}

/// The state, the caller and the time, for one request.
pub(crate) struct Ctx<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) blobs: &'a mut Blobs,
    pub(crate) quotas: &'a Quotas,
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) access_key: String,
    pub(crate) seed: &'a str,
    /// Virtual time in milliseconds since 1970.
    pub(crate) now: i64,
    /// Whether the answer shows something pending.
    pub(crate) pending: bool,
    /// How far the clock moves when it does, in milliseconds.
    pub(crate) leap: i64,
}

impl Ctx<'_> {
    /// The name of this account's table in this region.
    pub(crate) fn regional(&self, table: &str) -> String {
        format!("{table}@{}/{}", self.account, self.region)
    }

    /// The name of this account's table for what has no region, such as roles.
    pub(crate) fn global(&self, table: &str) -> String {
        format!("{table}@{}", self.account)
    }

    /// The next number of a counter that never goes back.
    fn count(&mut self) -> u64 {
        let n = self.store.get("meta", "ids").and_then(Value::as_u64).unwrap_or(0) + 1;
        self.store.put("meta", "ids", json!(n));
        n
    }

    /// A new id such as `vpc-0` and 16 hex digits.
    pub(crate) fn new_id(&mut self, prefix: &str) -> String {
        let n = self.count();
        ids::resource(self.seed, n, prefix)
    }

    /// A new id of IAM's shape.
    pub(crate) fn new_iam_id(&mut self, prefix: &str) -> String {
        let n = self.count();
        ids::iam(self.seed, n, prefix)
    }

    /// A new UUID.
    pub(crate) fn new_uuid(&mut self, what: &str) -> String {
        let n = self.count();
        ids::uuid(self.seed, n, what)
    }

    /// 32 new random-looking bytes.
    pub(crate) fn new_bytes(&mut self, what: &str) -> [u8; 32] {
        let n = self.count();
        ids::bytes(self.seed, n, what)
    }

    /// Virtual now, as documents hold it.
    pub(crate) fn timestamp(&self) -> String {
        clock::rfc3339(self.now)
    }

    /// An ARN of this account in this region.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }

    /// Says that the answer shows something pending that takes long: whoever asks again has waited so many seconds.
    pub(crate) fn waits(&mut self, seconds: i64) {
        self.pending = true;
        self.leap = self.leap.max(seconds * 1000);
    }

    /// Has `event` happen to a document after some virtual seconds; [`crate::sandbox`] hands it to the service.
    pub(crate) fn after(&mut self, seconds: i64, event: &str, key: &str) {
        let due = self.now + seconds * 1000;
        let n = self.count();
        let timer = json!({"event": event, "key": key, "account": self.account, "region": self.region});
        self.store.put("timer", &format!("{due:014}-{n:010}"), timer);
    }

    pub(crate) fn put_blob(&mut self, bytes: &[u8]) -> Result<String, AwsError> {
        self.blobs.put(bytes).map_err(|e| AwsError::internal(format!("The sandbox could not store a body: {e}")))
    }

    pub(crate) fn blob(&self, name: &str) -> Result<Vec<u8>, AwsError> {
        self.blobs.get(name).map_err(|e| AwsError::internal(format!("The sandbox could not read a body: {e}")))
    }
}
