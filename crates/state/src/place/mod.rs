//! The place of states in AWS: a bucket and perhaps a lock table. Looked for, made as it has to be, mended where it is
//! not, removed.
//!
//! What a block `remote_state` may ask for: <https://terragrunt.gruntwork.io/docs/reference/hcl/blocks/#remote_state>.

mod bucket;
mod policy;
mod remove;
mod table;

use std::time::Duration;

use craton_aws_api::{ApiError, Client};
use craton_model::{Diagnostic, Diagnostics};
use serde_json::{Value as Json, json};

/// How a bucket for states is to be.
#[derive(Clone, Debug)]
pub struct BucketSettings {
    /// Its name.
    pub bucket: String,
    /// Where it is, or is made.
    pub region: String,
    /// Tags it is made with.
    pub tags: Vec<(String, String)>,
    /// Whether earlier versions of objects are kept.
    pub versioning: bool,
    /// What objects are encrypted with where their writer says nothing; `None`: as S3 has it.
    pub encryption: Option<Encryption>,
    /// Whether its policy lets the account's root user in, whatever else it says.
    pub root_access: bool,
    /// Whether its policy refuses requests without TLS.
    pub tls_only: bool,
    /// Whether all public access is blocked.
    pub block_public: bool,
    /// Whether objects are written with access control lists, which a bucket does not take unless it is made for it.
    pub lists: bool,
    /// Where accesses are logged to.
    pub logging: Option<Logging>,
}

/// The encryption of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub algorithm: String,
    /// A key of KMS; `None`: AWS's own for S3.
    pub key: Option<String>,
}

/// A bucket that takes the log of accesses to another, which is made if it is missing.
#[derive(Clone, Debug)]
pub struct Logging {
    /// Its name.
    pub bucket: String,
    /// What keys of log objects begin with.
    pub prefix: String,
    /// `EventTime` or `DeliveryTime`: log objects are put into folders by this date.
    pub partition_date: Option<String>,
    /// Tags it is made with.
    pub tags: Vec<(String, String)>,
    /// Whether S3's log delivery is let in by an access control list; without it the bucket's policy must do so.
    pub list: bool,
    /// As for the bucket of states.
    pub block_public: bool,
    /// Whether it is encrypted (with AES256: log delivery can use no other).
    pub encrypted: bool,
    /// As for the bucket of states.
    pub tls_only: bool,
    /// As for the bucket of states.
    pub versioning: bool,
}

/// A DynamoDB table that holds locks and digests.
#[derive(Clone, Debug)]
pub struct TableSettings {
    /// Its name.
    pub name: String,
    /// Tags it is made with.
    pub tags: Vec<(String, String)>,
    /// Whether it is encrypted with AWS's key in KMS rather than DynamoDB's own.
    pub encrypted: bool,
}

impl BucketSettings {
    /// A bucket as it has to be where nothing else is said: private, versioned, encrypted with AES256, TLS only.
    pub fn safe(bucket: impl Into<String>, region: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            region: region.into(),
            tags: Vec::new(),
            versioning: true,
            encryption: Some(Encryption { algorithm: "AES256".into(), key: None }),
            root_access: false,
            tls_only: true,
            block_public: true,
            lists: false,
            logging: None,
        }
    }
}

/// Something that is not as it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// Versions are not kept.
    Versioning,
    /// Another encryption, or none.
    Encryption,
    /// The account's root user is not let in.
    RootAccess,
    /// Requests without TLS are served.
    Tls,
    /// Accesses are not logged, or elsewhere.
    Logging,
    /// Public access is not blocked.
    PublicAccess,
    /// The lock table is not encrypted with a key of KMS.
    TableEncryption,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Versioning => "Bucket Versioning",
            Self::Encryption => "Bucket Server-Side Encryption",
            Self::RootAccess => "Bucket Root Access",
            Self::Tls => "Bucket Enforced TLS",
            Self::Logging => "Bucket Access Logging",
            Self::PublicAccess => "Bucket Public Access Blocking",
            Self::TableEncryption => "Lock Table Server-Side Encryption",
        })
    }
}

/// A part of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The bucket of this name.
    Bucket(String),
    /// The lock table of this name.
    Table(String),
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bucket(name) => write!(f, "the bucket {name}"),
            Self::Table(name) => write!(f, "the lock table {name}"),
        }
    }
}

/// A place of states, and the way to it.
#[derive(Clone)]
pub struct Place {
    client: Client,
    bucket: BucketSettings,
    table: Option<TableSettings>,
}

/// How often, and in what distance, something is looked for that AWS has promised.
const LOOKS: u32 = 60;
const BETWEEN: Duration = Duration::from_secs(5);

impl Place {
    /// A place. Calls nothing yet.
    pub fn new(client: Client, bucket: BucketSettings, table: Option<TableSettings>) -> Self {
        Self { client, bucket, table }
    }

    /// How the bucket is to be.
    pub fn settings(&self) -> &BucketSettings {
        &self.bucket
    }

    /// The lock table's name.
    pub fn table_name(&self) -> Option<&str> {
        self.table.as_ref().map(|t| t.name.as_str())
    }

    /// What is not there: the bucket, the lock table. The bucket for logs counts as part of the bucket's settings.
    pub async fn missing(&self) -> Result<Vec<Part>, Diagnostics> {
        let mut missing = Vec::new();
        if !self.exists(&self.bucket.bucket).await? {
            missing.push(Part::Bucket(self.bucket.bucket.clone()));
        }
        if let Some(table) = &self.table
            && self.table_status().await?.is_none()
        {
            missing.push(Part::Table(table.name.clone()));
        }
        Ok(missing)
    }

    /// Makes parts that are missing, as they have to be. Each step can be done again, so that what was half made is
    /// finished by making it again.
    pub async fn make(&self, missing: &[Part]) -> Result<(), Diagnostics> {
        for part in missing {
            match part {
                Part::Bucket(_) => self.make_bucket().await?,
                Part::Table(_) => self.make_table().await?,
            }
        }
        Ok(())
    }

    /// What of a place that is there is not as it has to be; of what nobody asked for nothing is looked at.
    pub async fn differences(&self) -> Result<Vec<Difference>, Diagnostics> {
        let mut found = self.bucket_differences().await?;
        found.extend(self.table_difference().await?);
        Ok(found)
    }

    /// Mends what [`Place::differences`] found.
    pub async fn mend(&self, differences: &[Difference]) -> Result<(), Diagnostics> {
        for difference in differences {
            match difference {
                Difference::TableEncryption => self.encrypt_table().await?,
                other => self.set(*other).await?,
            }
        }
        Ok(())
    }

    /// Waits until the lock table, if there is one, can be used: another may be making it.
    pub async fn ready(&self) -> Result<(), Diagnostics> {
        if self.table.is_some() { self.table_active().await } else { Ok(()) }
    }

    fn failed(&self, what: &str, e: ApiError) -> Diagnostics {
        let inner: Diagnostic = e.into();
        Diagnostic { detail: format!("Cannot {what}.\n\n{}", inner.detail), ..inner }.into()
    }

    async fn s3(&self, what: &str, operation: &str, bucket: &str, mut input: Json) -> Result<Json, Diagnostics> {
        input["Bucket"] = json!(bucket);
        for _ in 0..LOOKS {
            match self.client.call("s3", operation, input.clone()).await {
                // A bucket that was made a moment ago is not known everywhere yet, and takes one change at a time.
                Err(e) if e.is(&["NoSuchBucket", "OperationAborted"]) => self.client.pause(BETWEEN).await,
                Ok(answer) => return Ok(answer),
                Err(e) => return Err(self.failed(&format!("{what} {bucket}"), e)),
            }
        }
        self.client.call("s3", operation, input).await.map_err(|e| self.failed(&format!("{what} {bucket}"), e))
    }

    async fn exists(&self, bucket: &str) -> Result<bool, Diagnostics> {
        match self.client.call("s3", "HeadBucket", json!({"Bucket": bucket})).await {
            Ok(_) => Ok(true),
            Err(e) if e.status() == Some(404) => Ok(false),
            Err(e) => Err(self.failed(&format!("look for the bucket {bucket}"), e)),
        }
    }

    /// Whether the bucket keeps versions; `None` where it is missing.
    pub async fn is_versioned(&self) -> Result<Option<bool>, Diagnostics> {
        let bucket = &self.bucket.bucket;
        match self.client.call("s3", "GetBucketVersioning", json!({"Bucket": bucket})).await {
            Ok(answer) => Ok(Some(answer["Status"] == "Enabled")),
            Err(e) if e.is(&["NoSuchBucket"]) => Ok(None),
            Err(e) => Err(self.failed(&format!("read the versioning of the bucket {bucket}"), e)),
        }
    }
}
