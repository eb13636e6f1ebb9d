//! State in an S3 bucket, laid out as Terraform's `s3` backend has it
//! (<https://developer.hashicorp.com/terraform/language/backend/s3>): the default workspace at
//! `key`, others below `workspace_key_prefix`; locks are `KEY.tflock` objects made by conditional
//! writes, or items of a DynamoDB table, or both.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use craton_aws_api::{ApiError, Client};
use craton_model::{Diagnostic, Diagnostics, State};
use md5::{Digest as _, Md5};
use serde_json::{Map, Value as Json, json};

use crate::local::overtaken;
use crate::lock::{LockError, LockInfo};
use crate::store::{Backend, DEFAULT_WORKSPACE, Store};
use crate::tfstate;

/// The backend's settings that concern objects; those that concern the connection are the
/// client's.
#[derive(Clone, Debug, Default)]
pub struct S3Config {
    /// Bucket name.
    pub bucket: String,
    /// Object key of the default workspace's state.
    pub key: String,
    /// Region of the bucket.
    pub region: String,
    /// Encrypt objects on the server (with AES256 unless `kms_key_id` says more).
    pub encrypt: bool,
    /// KMS key to encrypt with.
    pub kms_key_id: Option<String>,
    /// Customer-provided key, base64; excludes `kms_key_id`.
    pub sse_customer_key: Option<String>,
    /// Canned ACL of the objects.
    pub acl: Option<String>,
    /// Prefix of the other workspaces' keys; `env:` when not set.
    pub workspace_key_prefix: Option<String>,
    /// Lock with a `.tflock` object.
    pub use_lockfile: bool,
    /// Lock (and keep digests) in this DynamoDB table.
    pub dynamodb_table: Option<String>,
}

/// The S3 backend.
#[derive(Clone)]
pub struct S3 {
    client: Client,
    config: S3Config,
}

impl S3 {
    /// A backend of these settings, reached through this client. Calls nothing yet.
    pub fn new(client: Client, config: S3Config) -> Self {
        Self { client, config }
    }

    fn prefix(&self) -> &str {
        self.config.workspace_key_prefix.as_deref().unwrap_or("env:")
    }

    fn key(&self, workspace: &str) -> String {
        let key = self.config.key.trim_start_matches('/');
        if workspace == DEFAULT_WORKSPACE {
            return key.to_owned();
        }
        match self.prefix() {
            "" => format!("{workspace}/{key}"),
            prefix => format!("{prefix}/{workspace}/{key}"),
        }
    }

    fn failed(&self, what: &str, e: ApiError) -> Diagnostic {
        let place = format!("s3://{}/{}", self.config.bucket, self.config.key);
        if e.is(&["NoSuchBucket"]) {
            let detail = format!(
                "Cannot {what} {place}: there is no bucket {} (NoSuchBucket). It was there when this folder was initialized. \
                 If somebody deleted it, the states in it are gone as well: restore them from a copy before anything is \
                 applied. To begin with an empty bucket, for units:\n  craton backend bootstrap --all\nand in a folder of \
                 .tf files:\n  craton init -reconfigure",
                self.config.bucket
            );
            return Diagnostic::error("State bucket not found", detail);
        }
        let inner: Diagnostic = e.into();
        Diagnostic { detail: format!("Cannot {what} {place}.\n\n{}", inner.detail), ..inner }
    }

    fn store(&self, workspace: &str) -> S3Store {
        S3Store { s3: self.clone(), key: self.key(workspace), seen: Mutex::default() }
    }
}

#[async_trait]
impl Backend for S3 {
    async fn workspaces(&self) -> Result<Vec<String>, Diagnostics> {
        let prefix = self.prefix();
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        let suffix = format!("/{}", self.config.key.trim_start_matches('/'));
        let mut names = Vec::new();
        let mut token = Json::Null;
        loop {
            let mut input = json!({"Bucket": self.config.bucket, "Prefix": prefix});
            if !token.is_null() {
                input["ContinuationToken"] = token;
            }
            let page = match self.client.call("s3", "ListObjectsV2", input).await {
                Ok(page) => page,
                Err(e) if e.is(&["NoSuchBucket"]) => break,
                Err(e) => return Err(self.failed("list the workspaces of", e).into()),
            };
            for object in page["Contents"].as_array().into_iter().flatten() {
                let key = object["Key"].as_str().unwrap_or_default();
                let name = key.strip_prefix(&prefix).and_then(|k| k.strip_suffix(&suffix));
                names.extend(name.filter(|n| !n.is_empty() && !n.contains('/')).map(ToOwned::to_owned));
            }
            token = page["NextContinuationToken"].clone();
            if page["IsTruncated"] != json!(true) || token.is_null() {
                break;
            }
        }
        names.sort();
        names.insert(0, DEFAULT_WORKSPACE.into());
        Ok(names)
    }

    async fn open(&self, workspace: &str) -> Result<Box<dyn Store>, Diagnostics> {
        Ok(Box::new(self.store(workspace)))
    }

    async fn delete_workspace(&self, workspace: &str) -> Result<(), Diagnostics> {
        let store = self.store(workspace);
        let input = json!({"Bucket": self.config.bucket, "Key": store.key});
        self.client.call("s3", "DeleteObject", input).await.map_err(|e| self.failed("delete", e))?;
        store.put_digest(None).await
    }
}

/// One state object.
struct S3Store {
    s3: S3,
    key: String,
    /// The ETag as last read or written; `Some(None)`: there was no object.
    seen: Mutex<Option<Option<String>>>,
}

impl S3Store {
    fn seen(&self) -> Option<Option<String>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn see(&self, etag: Option<String>) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(etag);
    }

    fn object(&self, key: &str) -> Map<String, Json> {
        let mut m = Map::new();
        m.insert("Bucket".into(), json!(self.s3.config.bucket));
        m.insert("Key".into(), json!(key));
        m
    }

    /// Adds the headers of a customer-provided key, which reads need, too.
    fn customer_key(&self, input: &mut Map<String, Json>) {
        if let Some(key) = &self.s3.config.sse_customer_key {
            let raw = BASE64.decode(key).unwrap_or_default();
            input.insert("SSECustomerAlgorithm".into(), json!("AES256"));
            input.insert("SSECustomerKey".into(), json!(key));
            input.insert("SSECustomerKeyMD5".into(), json!(BASE64.encode(Md5::digest(raw))));
        }
    }

    fn encryption(&self, input: &mut Map<String, Json>) {
        let config = &self.s3.config;
        self.customer_key(input);
        if config.encrypt && config.sse_customer_key.is_none() {
            match &config.kms_key_id {
                Some(key) => {
                    input.insert("ServerSideEncryption".into(), json!("aws:kms"));
                    input.insert("SSEKMSKeyId".into(), json!(key));
                }
                None => {
                    input.insert("ServerSideEncryption".into(), json!("AES256"));
                }
            }
        }
        if let Some(acl) = &config.acl {
            input.insert("ACL".into(), json!(acl));
        }
    }

    fn lock_key(&self) -> String {
        format!("{}.tflock", self.key)
    }

    /// The id of the state in the lock table: `bucket/key`.
    fn lock_id(&self) -> String {
        format!("{}/{}", self.s3.config.bucket, self.key)
    }

    async fn call(&self, op: &str, input: Map<String, Json>) -> Result<Json, ApiError> {
        self.s3.client.call("s3", op, Json::Object(input)).await
    }

    async fn table(&self, op: &str, mut input: Json) -> Result<Json, ApiError> {
        input["TableName"] = json!(self.s3.config.dynamodb_table);
        self.s3.client.call("dynamodb", op, input).await
    }

    async fn lock_object(&self, info: &LockInfo) -> Result<(), LockError> {
        let mut input = self.object(&self.lock_key());
        self.encryption(&mut input);
        input.insert("ContentType".into(), json!("application/json"));
        input.insert("IfNoneMatch".into(), json!("*"));
        input.insert("Body".into(), json!(BASE64.encode(serde_json::to_vec(info).unwrap_or_default())));
        match self.call("PutObject", input).await {
            Ok(_) => Ok(()),
            Err(e) if e.is(&["PreconditionFailed", "ConditionalRequestConflict"]) || e.status() == Some(412) => {
                Err(LockError::Held(self.read_lock_object().await.ok().flatten().map(Box::new)))
            }
            Err(e) => Err(LockError::Failed(Box::new(self.s3.failed("lock", e)))),
        }
    }

    async fn read_lock_object(&self) -> Result<Option<LockInfo>, Diagnostic> {
        let mut input = self.object(&self.lock_key());
        self.customer_key(&mut input);
        match self.call("GetObject", input).await {
            Ok(out) => Ok(body(&out).and_then(|b| serde_json::from_slice(&b).ok())),
            Err(e) if e.is(&["NoSuchKey", "NoSuchBucket"]) || e.status() == Some(404) => Ok(None),
            Err(e) => Err(self.s3.failed("read the lock of", e)),
        }
    }

    async fn lock_item(&self, info: &LockInfo) -> Result<(), LockError> {
        let text = serde_json::to_string(info).unwrap_or_default();
        let item = json!({"LockID": {"S": self.lock_id()}, "Info": {"S": text}});
        let input = json!({"Item": item, "ConditionExpression": "attribute_not_exists(LockID)"});
        match self.table("PutItem", input).await {
            Ok(_) => Ok(()),
            Err(e) if e.is(&["ConditionalCheckFailedException"]) => {
                Err(LockError::Held(self.read_lock_item().await.ok().flatten().map(Box::new)))
            }
            Err(e) => Err(LockError::Failed(Box::new(self.s3.failed("lock", e)))),
        }
    }

    async fn read_lock_item(&self) -> Result<Option<LockInfo>, Diagnostic> {
        let input = json!({"Key": {"LockID": {"S": self.lock_id()}}, "ConsistentRead": true});
        let out = self.table("GetItem", input).await.map_err(|e| self.s3.failed("read the lock of", e))?;
        Ok(out["Item"]["Info"]["S"].as_str().and_then(|t| serde_json::from_str(t).ok()))
    }

    fn digest_key(&self) -> Json {
        json!({"LockID": {"S": format!("{}-md5", self.lock_id())}})
    }

    /// Keeps (or with `None` drops) the digest that guards readers against a stale object.
    async fn put_digest(&self, bytes: Option<&[u8]>) -> Result<(), Diagnostics> {
        if self.s3.config.dynamodb_table.is_none() {
            return Ok(());
        }
        let done = match bytes {
            Some(bytes) => {
                let mut item = self.digest_key();
                item["Digest"] = json!({"S": hex(&Md5::digest(bytes))});
                self.table("PutItem", json!({"Item": item})).await
            }
            None => self.table("DeleteItem", json!({"Key": self.digest_key()})).await,
        };
        done.map(|_| ()).map_err(|e| self.s3.failed("keep the digest of", e).into())
    }

    async fn check_digest(&self, bytes: &[u8]) -> Result<(), Diagnostic> {
        if self.s3.config.dynamodb_table.is_none() {
            return Ok(());
        }
        let input = json!({"Key": self.digest_key(), "ConsistentRead": true});
        let out = self.table("GetItem", input).await.map_err(|e| self.s3.failed("read the digest of", e))?;
        match out["Item"]["Digest"]["S"].as_str() {
            Some(digest) if digest != hex(&Md5::digest(bytes)) => Err(Diagnostic::error(
                "State does not match its digest",
                format!(
                    "{} is not the state whose digest stands in the DynamoDB table: a write was cut short, or the \
                     object was put there by hand. Nothing was changed. If the object is right, set the item's Digest \
                     to {}.",
                    self.place(),
                    hex(&Md5::digest(bytes))
                ),
            )),
            _ => Ok(()),
        }
    }
}

fn body(out: &Json) -> Option<Vec<u8>> {
    BASE64.decode(out["Body"].as_str().unwrap_or_default()).ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[async_trait]
impl Store for S3Store {
    fn place(&self) -> String {
        format!("s3://{}/{}", self.s3.config.bucket, self.key)
    }

    async fn read(&self) -> Result<Option<State>, Diagnostics> {
        let mut input = self.object(&self.key);
        self.customer_key(&mut input);
        match self.call("GetObject", input).await {
            Ok(out) => {
                let bytes = body(&out).unwrap_or_default();
                self.check_digest(&bytes).await?;
                self.see(out["ETag"].as_str().map(ToOwned::to_owned));
                Ok(Some(tfstate::parse(&bytes, &self.place())?))
            }
            Err(e) if e.is(&["NoSuchKey"]) => {
                self.see(None);
                Ok(None)
            }
            Err(e) => Err(self.s3.failed("read", e).into()),
        }
    }

    async fn write(&self, state: &State) -> Result<(), Diagnostics> {
        let bytes = tfstate::render(state)?;
        let mut input = self.object(&self.key);
        self.encryption(&mut input);
        input.insert("ContentType".into(), json!("application/json"));
        input.insert("Body".into(), json!(BASE64.encode(&bytes)));
        match self.seen() {
            Some(Some(etag)) => {
                input.insert("IfMatch".into(), json!(etag));
            }
            Some(None) => {
                input.insert("IfNoneMatch".into(), json!("*"));
            }
            None => {}
        }
        match self.call("PutObject", input).await {
            Ok(out) => self.see(out["ETag"].as_str().map(ToOwned::to_owned)),
            Err(e) if e.is(&["PreconditionFailed", "ConditionalRequestConflict"]) || e.status() == Some(412) => {
                return Err(overtaken(&self.place()).into());
            }
            Err(e) => return Err(self.s3.failed("write", e).into()),
        }
        self.put_digest(Some(&bytes)).await
    }

    async fn lock(&self, mut info: LockInfo) -> Result<(), LockError> {
        info.path = self.lock_id();
        if self.s3.config.dynamodb_table.is_some() {
            self.lock_item(&info).await?;
        }
        if self.s3.config.use_lockfile
            && let Err(e) = self.lock_object(&info).await
        {
            // Half a lock is none: give the other half back.
            if self.s3.config.dynamodb_table.is_some() {
                let _ = self.table("DeleteItem", json!({"Key": {"LockID": {"S": self.lock_id()}}})).await;
            }
            return Err(e);
        }
        Ok(())
    }

    async fn unlock(&self, id: &str) -> Result<(), LockError> {
        let fail = |e: Diagnostic| LockError::Failed(Box::new(e));
        let check = |held: Option<LockInfo>| match held {
            Some(held) if held.id == id => Ok(()),
            other => Err(LockError::Held(other.map(Box::new))),
        };
        if self.s3.config.use_lockfile {
            check(self.read_lock_object().await.map_err(fail)?)?;
            let gone = self.call("DeleteObject", self.object(&self.lock_key())).await;
            gone.map_err(|e| fail(self.s3.failed("unlock", e)))?;
        }
        if self.s3.config.dynamodb_table.is_some() {
            check(self.read_lock_item().await.map_err(fail)?)?;
            let gone = self.table("DeleteItem", json!({"Key": {"LockID": {"S": self.lock_id()}}})).await;
            gone.map_err(|e| fail(self.s3.failed("unlock", e)))?;
        }
        Ok(())
    }

    async fn holder(&self) -> Result<Option<LockInfo>, Diagnostics> {
        if self.s3.config.use_lockfile
            && let Some(info) = self.read_lock_object().await?
        {
            return Ok(Some(info));
        }
        if self.s3.config.dynamodb_table.is_some() {
            return Ok(self.read_lock_item().await?);
        }
        Ok(None)
    }
}
