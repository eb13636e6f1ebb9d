//! How AWS is reached: for real, or in the sandbox.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use craton_aws_api::client::{AssumeRole, Clock, HttpTransport, WebIdentity};
use craton_aws_api::{Client, ClientOptions, CredentialsSource, Transport, TransportError};
use craton_aws_provider::{AwsProviderFactory, TransportOptions};
use craton_aws_sandbox::{Sandbox, SandboxOptions};
use craton_config::Module;
use craton_model::version::Version;
use craton_model::{Diagnostics, Value};
use craton_terragrunt::IamRole;

use crate::app::App;

/// The account that a sandbox plays when the configuration names none.
pub const SANDBOX_ACCOUNT: &str = "123456789012";

/// One way to AWS, shared by the provider and the backend.
#[derive(Clone, Default)]
pub struct Access {
    /// How requests leave when they do not leave over the network.
    pub transport: Option<Arc<dyn Transport>>,
    /// Connections over the network, kept for all clients.
    network: Arc<OnceLock<Arc<dyn Transport>>>,
    /// One for each release that is asked for.
    provider: Arc<Mutex<BTreeMap<Option<String>, Arc<AwsProviderFactory>>>>,
    /// The role that a unit takes on before anything is asked.
    role: IamRole,
}

/// Answers requests from a sandbox in this process.
struct InProcess {
    folder: PathBuf,
    account_id: String,
    /// Opened with the first request, so that commands that ask nothing pay nothing.
    sandbox: OnceLock<Result<Sandbox, String>>,
}

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let sandbox = self.sandbox.get_or_init(|| {
            let options = SandboxOptions {
                account_id: self.account_id.clone(),
                folder: Some(self.folder.clone()),
                ..SandboxOptions::default()
            };
            Sandbox::open(options).map_err(|d| d.detail)
        });
        match sandbox {
            Ok(sandbox) => Ok(sandbox.handle(&request)),
            Err(text) => Err(TransportError { text: text.clone(), never_connected: true }),
        }
    }
}

/// Time for rehearsals: waiting takes none, and yet the time of day moves on by what was waited.
#[derive(Default)]
struct Hurried {
    waited: Mutex<Duration>,
}

#[async_trait]
impl Clock for Hurried {
    fn now(&self) -> SystemTime {
        SystemTime::now() + *self.waited.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn sleep(&self, how_long: Duration) {
        *self.waited.lock().unwrap_or_else(PoisonError::into_inner) += how_long;
        tokio::task::yield_now().await;
    }
}

#[async_trait]
impl craton_small_providers::Clock for Hurried {
    fn now(&self) -> SystemTime {
        Clock::now(self)
    }

    async fn sleep(&self, how_long: Duration) {
        Clock::sleep(self, how_long).await;
    }
}

/// The servers that the sandbox plays.
struct Played;

impl craton_small_providers::Servers for Played {
    fn certificates(&self, host: &str) -> Option<Vec<Vec<u8>>> {
        craton_aws_sandbox::issuer::certificates(host)
    }
}

/// Where the sandbox keeps its state: as the flag says, or `.craton/sandbox` at the top of the
/// repository that holds the working folder (beside it where there is none).
pub fn sandbox_folder(app: &App) -> PathBuf {
    if let Some(folder) = &app.global.sandbox_folder {
        return folder.clone();
    }
    let dir = app.dir();
    let absolute = std::path::absolute(&dir).unwrap_or(dir);
    let top = absolute.ancestors().find(|d| d.join(".git").exists()).unwrap_or(&absolute);
    top.join(".craton").join("sandbox")
}

/// The state of one account in the sandbox's folder.
pub fn account_folder(folder: &Path, account_id: &str) -> PathBuf {
    folder.join(account_id)
}

/// The accounts that the sandbox's folder holds.
pub fn accounts(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|e| e.file_name().into_string().ok())
        .filter(|n| n.len() == 12 && n.bytes().all(|b| b.is_ascii_digit()))
        .collect();
    names.sort();
    names
}

/// The account that the configuration allows: the sandbox takes it on.
pub fn allowed_account(module: &Module) -> Option<String> {
    module.provider_configs.values().filter(|p| &*p.name == "aws").find_map(|p| {
        let expr = &p.body.attributes().0.get("allowed_account_ids")?.expr.clone();
        let (value, found) = craton_hcl::eval_constant(expr);
        let first = value.as_seq().filter(|_| !found.has_errors())?.first()?.clone();
        match (first.as_str(), first.as_number()) {
            (Some(text), _) => Some(text.to_owned()),
            (_, Some(n)) => Some(format!("{n:0>12}")),
            _ => None,
        }
    })
}

impl Access {
    /// AWS itself, or with `--sandbox` the sandbox in the role of this account, after taking on the role `iam`. One and the
    /// same for all units of a run that ask for the same.
    pub fn new(app: &App, account: Option<String>, iam: &IamRole) -> Self {
        let account_id = app.global.sandbox.then(|| {
            let known = accounts(&sandbox_folder(app));
            account.unwrap_or_else(|| match known.as_slice() {
                [only] => only.clone(),
                _ => SANDBOX_ACCOUNT.into(),
            })
        });
        let mut open = app.shared.accesses.lock().unwrap_or_else(PoisonError::into_inner);
        let bare = open
            .entry((account_id.clone(), IamRole::default()))
            .or_insert_with(|| Self::open(app, account_id.clone()))
            .clone();
        let with_role = || Self { role: iam.clone(), provider: Arc::default(), ..bare.clone() };
        if *iam == IamRole::default() {
            bare.clone()
        } else {
            open.entry((account_id, iam.clone())).or_insert_with(with_role).clone()
        }
    }

    fn open(app: &App, account_id: Option<String>) -> Self {
        let Some(account_id) = account_id else { return Self::default() };
        let folder = account_folder(&sandbox_folder(app), &account_id);
        let sandbox = InProcess { folder, account_id, sandbox: OnceLock::new() };
        Self { transport: Some(Arc::new(sandbox)), ..Self::default() }
    }

    /// Puts the unit's role behind the credentials that the options begin from.
    fn take_on(&self, options: &mut ClientOptions) {
        if let Some(keys) = self.role.keys.clone() {
            options.credentials = CredentialsSource::Static {
                access_key_id: keys.access_key_id,
                secret_access_key: keys.secret_access_key,
                session_token: keys.session_token,
            };
        }
        let Some(role_arn) = self.role.role.clone() else { return };
        let session_name = self.role.session_name.clone();
        let duration = self.role.duration.map(Duration::from_secs);
        let Some(token) = &self.role.web_identity_token else {
            options.assume_role.push(AssumeRole { role_arn, session_name, duration, ..AssumeRole::default() });
            return;
        };
        let file = Path::new(token).is_file();
        options.web_identity = Some(WebIdentity {
            role_arn,
            session_name,
            duration,
            token: (!file).then(|| token.clone()),
            token_file: file.then(|| PathBuf::from(token)),
            policy: None,
            policy_arns: Vec::new(),
        });
    }

    /// Whether the sandbox answers.
    pub fn is_sandbox(&self) -> bool {
        self.transport.is_some()
    }

    /// The time of providers other than AWS: in rehearsals they wait for nothing either.
    pub fn clock(&self) -> Arc<dyn craton_small_providers::Clock> {
        match self.is_sandbox() {
            true => Arc::new(Hurried::default()),
            false => Arc::new(craton_small_providers::SystemClock),
        }
    }

    /// Servers that providers other than AWS ask: in rehearsals those of AWS's that the sandbox plays are not asked for over
    /// the network.
    pub fn servers(&self) -> Arc<dyn craton_small_providers::Servers> {
        match self.is_sandbox() {
            true => Arc::new(Played),
            false => Arc::new(craton_small_providers::NetworkOnly),
        }
    }

    /// The native AWS provider, reaching AWS this way; as it was in an earlier release, if that is asked for.
    pub fn provider(&self, release: Option<&Version>) -> Arc<AwsProviderFactory> {
        let make = || {
            let options = TransportOptions { client: self.client_options(), fixed: self.is_sandbox() };
            let factory = AwsProviderFactory::new(options);
            Arc::new(match release {
                Some(release) => factory.as_of(release),
                None => factory,
            })
        };
        let mut made = self.provider.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(release.map(ToString::to_string)).or_insert_with(make).clone()
    }

    /// What every client begins from: the environment, or in the sandbox nothing of it but the region.
    pub fn client_options(&self) -> ClientOptions {
        let from_env = ClientOptions::from_env();
        let Some(transport) = &self.transport else {
            let network = self.network.get_or_init(|| Arc::new(HttpTransport::default()));
            let mut options = ClientOptions { transport: Some(network.clone()), ..from_env };
            self.take_on(&mut options);
            return options;
        };
        ClientOptions {
            region: from_env.region,
            transport: Some(transport.clone()),
            clock: Some(Arc::new(Hurried::default())),
            credentials: CredentialsSource::Static {
                access_key_id: "sandbox".into(),
                secret_access_key: "sandbox".into(),
                session_token: None,
            },
            ..ClientOptions::default()
        }
    }

    /// The client of an S3 backend with these arguments
    /// (<https://developer.hashicorp.com/terraform/language/backend/s3>).
    pub fn backend_client(&self, config: &Value) -> Result<Client, Diagnostics> {
        let text =
            |name: &str| config.get(name).and_then(Value::as_str).filter(|s| !s.is_empty()).map(ToOwned::to_owned);
        let flag = |name: &str| config.get(name).and_then(Value::as_bool).unwrap_or(false);
        let texts = |v: Option<&Value>| -> Vec<String> {
            v.and_then(Value::as_seq).into_iter().flatten().filter_map(|v| v.as_str().map(ToOwned::to_owned)).collect()
        };
        let mut o = self.client_options();
        o.region = text("region").or(o.region);
        if let Some(n) = config.get("max_retries").and_then(Value::as_number).and_then(craton_model::Number::to_usize) {
            o.max_attempts = n as u32 + 1;
        }
        o.endpoints.s3_path_style = o.endpoints.s3_path_style || flag("use_path_style") || flag("force_path_style");
        o.endpoints.fips = o.endpoints.fips || flag("use_fips_endpoint");
        o.endpoints.dual_stack = o.endpoints.dual_stack || flag("use_dualstack_endpoint");
        let nested = |name: &str| {
            config.get("endpoints").and_then(|e| e.get(name)).and_then(Value::as_str).map(ToOwned::to_owned)
        };
        let endpoints = [
            ("s3", nested("s3").or_else(|| text("endpoint"))),
            ("dynamodb", nested("dynamodb").or_else(|| text("dynamodb_endpoint"))),
            ("sts", nested("sts").or_else(|| text("sts_endpoint"))),
            ("iam", nested("iam").or_else(|| text("iam_endpoint"))),
        ];
        for (service, url) in endpoints {
            if let Some(url) = url {
                o.endpoints.explicit.insert(service.into(), url);
            }
        }
        // The sandbox takes any credentials; the configured ones, and the roles, are AWS's business.
        if self.is_sandbox() {
            return Ok(Client::new(o));
        }
        if let (Some(access_key_id), Some(secret_access_key)) = (text("access_key"), text("secret_key")) {
            o.credentials =
                CredentialsSource::Static { access_key_id, secret_access_key, session_token: text("token") };
        }
        o.profile = text("profile").or(o.profile);
        o.shared_config_files.extend(texts(config.get("shared_config_files")).into_iter().map(PathBuf::from));
        let files = texts(config.get("shared_credentials_files")).into_iter().chain(text("shared_credentials_file"));
        o.shared_credentials_files.extend(files.map(PathBuf::from));
        let role = config.get("assume_role").filter(|r| !r.is_null());
        let legacy = text("role_arn");
        if role.is_some() || legacy.is_some() {
            let field = |name: &str| role.and_then(|r| r.get(name)).and_then(Value::as_str).map(ToOwned::to_owned);
            o.assume_role.push(AssumeRole {
                role_arn: field("role_arn").or(legacy).unwrap_or_default(),
                session_name: field("session_name").or_else(|| text("session_name")),
                external_id: field("external_id").or_else(|| text("external_id")),
                duration: field("duration").and_then(|d| crate::args::normal::duration(&d).ok()),
                policy: field("policy").or_else(|| text("assume_role_policy")),
                policy_arns: texts(role.and_then(|r| r.get("policy_arns"))),
                tags: role
                    .and_then(|r| r.get("tags"))
                    .and_then(Value::as_map)
                    .into_iter()
                    .flatten()
                    .filter_map(|(k, v)| Some((k.to_string(), v.as_str()?.to_owned())))
                    .collect(),
                transitive_tag_keys: texts(role.and_then(|r| r.get("transitive_tag_keys"))),
                source_identity: field("source_identity"),
            });
        }
        if let Some(web) = config.get("assume_role_with_web_identity").filter(|r| !r.is_null()) {
            let field = |name: &str| web.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
            o.web_identity = Some(WebIdentity {
                role_arn: field("role_arn").unwrap_or_default(),
                session_name: field("session_name"),
                token: field("web_identity_token"),
                token_file: field("web_identity_token_file").map(PathBuf::from),
                duration: field("duration").and_then(|d| crate::args::normal::duration(&d).ok()).or(None::<Duration>),
                policy: field("policy"),
                policy_arns: texts(web.get("policy_arns")),
            });
        }
        Ok(Client::new(o))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use craton_state::{Backend as _, BucketSettings, Place, S3, S3Config, Store, TableSettings, suite};
    use serde_json::json;

    fn client(folder: &Path) -> Client {
        let transport =
            InProcess { folder: folder.to_owned(), account_id: SANDBOX_ACCOUNT.into(), sandbox: OnceLock::new() };
        let access = Access { transport: Some(Arc::new(transport)), ..Access::default() };
        Client::new(ClientOptions { region: Some("eu-west-1".into()), ..access.client_options() })
    }

    fn s3(folder: &Path, config: S3Config) -> S3 {
        S3::new(
            client(folder),
            S3Config { bucket: "states".into(), key: "a/tf.tfstate".into(), region: "eu-west-1".into(), ..config },
        )
    }

    #[tokio::test]
    async fn the_s3_backend_behaves_as_a_store() {
        let dir = tempfile::tempdir().unwrap();
        let s3 = s3(dir.path(), S3Config { encrypt: true, use_lockfile: true, ..S3Config::default() });
        let client = client(dir.path());
        let place = Place::new(client, BucketSettings::safe("states", "eu-west-1"), None);
        place.make(&place.missing().await.unwrap()).await.unwrap();
        assert_eq!(place.missing().await.unwrap(), []);
        suite::store(|| async { s3.open("default").await.unwrap() as Box<dyn Store> }).await;
        s3.open("blue").await.unwrap().write(&craton_model::State::default()).await.unwrap();
        assert_eq!(s3.workspaces().await.unwrap(), ["default", "blue"]);
        s3.delete_workspace("blue").await.unwrap();
        assert_eq!(s3.workspaces().await.unwrap(), ["default"]);
    }

    #[tokio::test]
    async fn a_lock_table_beside_a_lock_file() {
        let dir = tempfile::tempdir().unwrap();
        let table = TableSettings { name: "locks".into(), tags: Vec::new(), encrypted: false };
        let place = Place::new(client(dir.path()), BucketSettings::safe("states", "eu-west-1"), Some(table));
        place.make(&place.missing().await.unwrap()).await.unwrap();
        place.ready().await.unwrap();
        assert_eq!(place.missing().await.unwrap(), []);
        for use_lockfile in [false, true] {
            let config = S3Config { use_lockfile, dynamodb_table: Some("locks".into()), ..S3Config::default() };
            let s3 = s3(dir.path(), config);
            suite::store(|| async { s3.open("default").await.unwrap() as Box<dyn Store> }).await;
            s3.delete_workspace("default").await.unwrap();
        }
        // Neither locks nor digests are left, whichever was there.
        let items = client(dir.path()).call("dynamodb", "Scan", json!({"TableName": "locks"})).await.unwrap();
        assert_eq!(items["Count"], 0, "{items}");
        assert!(place.delete_table().await.unwrap() && place.delete_bucket().await.unwrap());
        assert_eq!(place.missing().await.unwrap().len(), 2);
    }

    #[test]
    fn a_unit_s_role_is_taken_on() {
        let role = IamRole { role: Some("arn:aws:iam::1:role/a".into()), duration: Some(900), ..IamRole::default() };
        let options = Access { role: role.clone(), ..Access::default() }.client_options();
        let taken = &options.assume_role.last().unwrap();
        assert_eq!(
            (taken.role_arn.as_str(), taken.duration),
            ("arn:aws:iam::1:role/a", Some(Duration::from_secs(900)))
        );
        let web = IamRole { web_identity_token: Some("token".into()), ..role };
        let options = Access { role: web, ..Access::default() }.client_options();
        assert_eq!(options.web_identity.unwrap().token.as_deref(), Some("token"));
    }

    #[tokio::test]
    async fn a_missing_bucket_is_said_so() {
        let dir = tempfile::tempdir().unwrap();
        let s3 = s3(dir.path(), S3Config::default());
        let found = s3.open("default").await.unwrap().read().await.unwrap_err();
        assert!(found.0[0].detail.contains("NoSuchBucket"), "{found:?}");
    }
}
