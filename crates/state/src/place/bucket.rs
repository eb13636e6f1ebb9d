//! A bucket: made, compared with what it has to be, set.

use craton_model::{Diagnostic, Diagnostics};
use serde_json::{Value as Json, json};

use super::policy::{self, Identity};
use super::{BETWEEN, Difference, LOOKS, Logging, Place};

/// How often setting the logging is tried until what was allowed a moment ago is known.
const ALLOWED: u32 = 12;
const LOG_DELIVERY: &str = "http://acs.amazonaws.com/groups/s3/LogDelivery";

fn tag_set(tags: &[(String, String)]) -> Json {
    tags.iter().map(|(k, v)| json!({"Key": k, "Value": v})).collect()
}

fn all_blocked() -> Json {
    json!({"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true})
}

fn rule(algorithm: &str, key: Option<&str>) -> Json {
    let mut default = json!({"SSEAlgorithm": algorithm});
    if let Some(key) = key {
        default["KMSMasterKeyID"] = json!(key);
    }
    // A key for the bucket saves a call to KMS for each object; AES256 has no such calls.
    json!({"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": algorithm == "aws:kms"})
}

impl Logging {
    fn target(&self) -> Json {
        let mut target = json!({"TargetBucket": self.bucket, "TargetPrefix": self.prefix});
        if let Some(date) = &self.partition_date {
            target["TargetObjectKeyFormat"] = json!({"PartitionedPrefix": {"PartitionDateSource": date}});
        }
        target
    }
}

impl Place {
    /// Makes a bucket and waits until it is there. One that is there already is left as it is.
    async fn create(&self, bucket: &str, lists: bool, tags: &[(String, String)]) -> Result<(), Diagnostics> {
        let ownership = if lists { "ObjectWriter" } else { "BucketOwnerEnforced" };
        let mut input = json!({"Bucket": bucket, "ObjectOwnership": ownership});
        if self.bucket.region != "us-east-1" {
            input["CreateBucketConfiguration"] = json!({"LocationConstraint": self.bucket.region});
        }
        // Accounts may demand tags of buckets from the first moment on.
        if !tags.is_empty() {
            input["CreateBucketConfiguration"]["Tags"] = tag_set(tags);
        }
        match self.client.call("s3", "CreateBucket", input).await {
            Ok(_) => {}
            // Another unit was faster.
            Err(e) if e.is(&["BucketAlreadyOwnedByYou", "OperationAborted"]) => {}
            Err(e) => return Err(self.failed(&format!("make the bucket {bucket}"), e)),
        }
        for _ in 0..LOOKS {
            if self.exists(bucket).await? {
                return Ok(());
            }
            self.client.pause(BETWEEN).await;
        }
        let detail = format!("The bucket {bucket} was made, but S3 does not know it yet. Try again in some minutes.");
        Err(Diagnostic::error("Bucket does not appear", detail).into())
    }

    pub(super) async fn make_bucket(&self) -> Result<(), Diagnostics> {
        let s = &self.bucket;
        self.create(&s.bucket, s.lists, &s.tags).await?;
        let wanted = [
            (s.root_access, Difference::RootAccess),
            (s.tls_only, Difference::Tls),
            (s.block_public, Difference::PublicAccess),
            (s.versioning, Difference::Versioning),
            (s.encryption.is_some(), Difference::Encryption),
            (s.logging.is_some(), Difference::Logging),
        ];
        for (_, setting) in wanted.into_iter().filter(|(wanted, _)| *wanted) {
            self.set(setting).await?;
        }
        Ok(())
    }

    pub(super) async fn bucket_differences(&self) -> Result<Vec<Difference>, Diagnostics> {
        let s = &self.bucket;
        let mut found = Vec::new();
        let mut check = |wanted: bool, difference: Difference| found.extend((!wanted).then_some(difference));
        if s.versioning {
            check(self.is_versioned().await? == Some(true), Difference::Versioning);
        }
        if let Some(wanted) = &s.encryption {
            let missing = &["ServerSideEncryptionConfigurationNotFoundError"];
            let set = self.read("encryption", "GetBucketEncryption", missing).await?;
            let rules = &set["ServerSideEncryptionConfiguration"]["Rules"];
            let default = &rules[0]["ApplyServerSideEncryptionByDefault"];
            let key = wanted.key.as_ref().is_none_or(|k| default["KMSMasterKeyID"] == json!(k));
            check(default["SSEAlgorithm"] == json!(wanted.algorithm) && key, Difference::Encryption);
        }
        if s.root_access || s.tls_only {
            let policy = self.policy(&s.bucket).await?;
            check(!s.root_access || policy::lets_root_in(&policy), Difference::RootAccess);
            check(!s.tls_only || policy::demands_tls(&policy), Difference::Tls);
        }
        if let Some(logging) = &s.logging {
            let set = self.read("logging", "GetBucketLogging", &[]).await?;
            let (set, wanted) = (&set["LoggingEnabled"], logging.target());
            let same = ["TargetBucket", "TargetPrefix"].iter().all(|m| set[m] == wanted[m]);
            let format = wanted.get("TargetObjectKeyFormat").is_none_or(|f| set["TargetObjectKeyFormat"] == *f);
            check(same && format, Difference::Logging);
        }
        if s.block_public {
            let missing = &["NoSuchPublicAccessBlockConfiguration"];
            let set = self.read("public access block", "GetPublicAccessBlock", missing).await?;
            check(set["PublicAccessBlockConfiguration"] == all_blocked(), Difference::PublicAccess);
        }
        Ok(found)
    }

    /// A setting of the bucket; null where one of these errors says that it is not set.
    async fn read(&self, what: &str, operation: &str, missing: &[&str]) -> Result<Json, Diagnostics> {
        let bucket = &self.bucket.bucket;
        match self.client.call("s3", operation, json!({"Bucket": bucket})).await {
            Ok(answer) => Ok(answer),
            Err(e) if e.is(missing) => Ok(Json::Null),
            Err(e) => Err(self.failed(&format!("read the {what} of the bucket {bucket}"), e)),
        }
    }

    /// The statements of a bucket's policy in its document; null where it has none.
    async fn policy(&self, bucket: &str) -> Result<Json, Diagnostics> {
        match self.client.call("s3", "GetBucketPolicy", json!({"Bucket": bucket})).await {
            Ok(answer) => {
                let text = answer["Policy"].as_str().unwrap_or_default();
                serde_json::from_str(text).map_err(|e| {
                    let detail =
                        format!("The policy of the bucket {bucket} is no JSON document: {e}. Correct it by hand.");
                    Diagnostic::error("Bucket policy is not readable", detail).into()
                })
            }
            Err(e) if e.is(&["NoSuchBucketPolicy", "NoSuchBucket"]) => Ok(Json::Null),
            Err(e) => Err(self.failed(&format!("read the policy of the bucket {bucket}"), e)),
        }
    }

    async fn identity(&self) -> Result<Identity, Diagnostics> {
        let answer = self.client.call("sts", "GetCallerIdentity", json!({})).await;
        let answer = answer.map_err(|e| self.failed("find out which account this is", e))?;
        let partition = answer["Arn"].as_str().and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws");
        let account = answer["Account"].as_str().unwrap_or_default();
        Ok(Identity { partition: partition.to_owned(), account: account.to_owned() })
    }

    /// Adds a statement to a bucket's policy, whose others stay, unless it says so already.
    async fn add_statement(
        &self,
        bucket: &str,
        is_there: fn(&Json) -> bool,
        statement: fn(&str, &Identity) -> Json,
    ) -> Result<(), Diagnostics> {
        let policy = self.policy(bucket).await?;
        if is_there(&policy) {
            return Ok(());
        }
        let policy = policy::with(policy, statement(bucket, &self.identity().await?));
        let input = json!({"Policy": policy.to_string()});
        self.s3("set the policy of the bucket", "PutBucketPolicy", bucket, input).await.map(drop)
    }

    async fn block_public(&self, bucket: &str) -> Result<(), Diagnostics> {
        let input = json!({"PublicAccessBlockConfiguration": all_blocked()});
        self.s3("block public access to the bucket", "PutPublicAccessBlock", bucket, input).await.map(drop)
    }

    async fn encrypt(&self, bucket: &str, rule: Json) -> Result<(), Diagnostics> {
        let input = json!({"ServerSideEncryptionConfiguration": {"Rules": [rule]}});
        self.s3("encrypt the bucket", "PutBucketEncryption", bucket, input).await.map(drop)
    }

    async fn version(&self, bucket: &str) -> Result<(), Diagnostics> {
        let input = json!({"VersioningConfiguration": {"Status": "Enabled"}});
        self.s3("turn on versioning of the bucket", "PutBucketVersioning", bucket, input).await.map(drop)
    }

    pub(super) async fn set(&self, setting: Difference) -> Result<(), Diagnostics> {
        let s = &self.bucket;
        match setting {
            Difference::RootAccess => self.add_statement(&s.bucket, policy::lets_root_in, policy::root).await,
            Difference::Tls => self.add_statement(&s.bucket, policy::demands_tls, policy::tls).await,
            Difference::PublicAccess => self.block_public(&s.bucket).await,
            Difference::Versioning => self.version(&s.bucket).await,
            Difference::Encryption => match &s.encryption {
                Some(e) => self.encrypt(&s.bucket, rule(&e.algorithm, e.key.as_deref())).await,
                None => Ok(()),
            },
            Difference::Logging => match &s.logging {
                Some(logging) => self.log_to(logging).await,
                None => Ok(()),
            },
            // The table's.
            Difference::TableEncryption => Ok(()),
        }
    }

    /// Has accesses logged to another bucket, which is made if it is missing.
    async fn log_to(&self, logging: &Logging) -> Result<(), Diagnostics> {
        let target = &logging.bucket;
        if !self.exists(target).await? {
            self.create(target, logging.list, &logging.tags).await?;
        }
        if logging.block_public {
            self.block_public(target).await?;
        }
        if logging.list {
            self.let_logs_in(target).await?;
        }
        self.set_logging(logging).await?;
        if logging.encrypted {
            self.encrypt(target, rule("AES256", None)).await?;
        }
        if logging.tls_only {
            self.add_statement(target, policy::demands_tls, policy::tls).await?;
        }
        if logging.versioning {
            self.version(target).await?;
        }
        Ok(())
    }

    /// Lets S3's log delivery write to a bucket, unless it may already.
    async fn let_logs_in(&self, bucket: &str) -> Result<(), Diagnostics> {
        let set = self.s3("read the access control list of the bucket", "GetBucketAcl", bucket, json!({})).await?;
        let grants = set["Grants"].as_array().map(Vec::as_slice).unwrap_or_default();
        let has = |permission: &str| {
            grants.iter().any(|g| g["Grantee"]["URI"] == LOG_DELIVERY && g["Permission"] == permission)
        };
        if has("WRITE") && has("READ_ACP") {
            return Ok(());
        }
        let input = json!({"ACL": "log-delivery-write"});
        self.s3("let S3's log delivery write to the bucket", "PutBucketAcl", bucket, input).await.map(drop)
    }

    /// Sets where accesses are logged to. What was just allowed there is not known everywhere at once.
    async fn set_logging(&self, logging: &Logging) -> Result<(), Diagnostics> {
        let bucket = &self.bucket.bucket;
        let input = json!({"Bucket": bucket, "BucketLoggingStatus": {"LoggingEnabled": logging.target()}});
        let mut looks = 0;
        loop {
            match self.client.call("s3", "PutBucketLogging", input.clone()).await {
                Ok(_) => return Ok(()),
                Err(e) if e.is(&["InvalidTargetBucketForLogging", "OperationAborted"]) && looks < ALLOWED => {
                    looks += 1;
                    self.client.pause(BETWEEN).await;
                }
                Err(e) => {
                    let what = format!("have accesses to the bucket {bucket} logged to {}", logging.bucket);
                    return Err(self.failed(&what, e));
                }
            }
        }
    }
}
