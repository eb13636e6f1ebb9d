//! Credentials and the region: found on first use, kept until shortly before they expire.

use std::sync::Arc;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::meta::region::ProvideRegion as _;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::Format;
use aws_types::region::Region;
use serde_json::{Map, Value, json};

use super::options::{AssumeRole, ClientOptions, CredentialsSource, WebIdentity};
use super::transport::Transport;
use super::{Client, Signer};
use crate::ApiError;

/// Credentials are renewed this long before they expire.
const MARGIN: Duration = Duration::from_secs(300);

/// What there is so far.
#[derive(Default)]
pub(super) struct Held {
    current: tokio::sync::Mutex<Option<Credentials>>,
}

impl Held {
    /// Forgets credentials that AWS calls expired, unless somebody else has renewed them already.
    pub(super) async fn forget(&self, expired: &Credentials) {
        let mut held = self.current.lock().await;
        if held.as_ref().is_some_and(|c| c.access_key_id() == expired.access_key_id()) {
            *held = None;
        }
    }
}

impl Client {
    /// The credentials of calls. Many callers at once cause one look-up.
    pub(super) async fn credentials(&self) -> Result<Credentials, ApiError> {
        let mut held = self.inner.credentials.current.lock().await;
        let now = self.inner.clock.now();
        if let Some(credentials) = held.as_ref()
            && credentials.expiry().is_none_or(|at| at > now + MARGIN)
        {
            return Ok(credentials.clone());
        }
        let found = self.find_credentials().await?;
        *held = Some(found.clone());
        Ok(found)
    }

    async fn find_credentials(&self) -> Result<Credentials, ApiError> {
        let options = &self.inner.options;
        let mut credentials = match (&options.web_identity, &options.credentials) {
            (Some(identity), _) => self.web_identity(identity).await?,
            (None, CredentialsSource::Static { access_key_id, secret_access_key, session_token }) => {
                Credentials::new(access_key_id, secret_access_key, session_token.clone(), None, "craton")
            }
            (None, CredentialsSource::Chain) => self.chain().await?,
        };
        for role in &options.assume_role {
            credentials = self.assume_role(role, credentials).await?;
        }
        Ok(credentials)
    }

    async fn chain(&self) -> Result<Credentials, ApiError> {
        let options = &self.inner.options;
        let region = self.region().await.ok().map(Region::new);
        let http = Adapter { transport: self.inner.transport.clone(), no_metadata: options.no_instance_metadata };
        let found = match &options.profile {
            // A profile that the configuration names wins over keys in the environment, as in the AWS provider.
            Some(profile) => {
                let config = ProviderConfig::without_region().with_region(region).with_http_client(http);
                let mut builder =
                    ProfileFileCredentialsProvider::builder().configure(&config).profile_name(profile.clone());
                if let Some(files) = files(options) {
                    builder = builder.profile_files(files);
                }
                builder.build().provide_credentials().await
            }
            None => {
                let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http);
                // Without a region the chain would ask the instance metadata service for one, and wait for it.
                loader = loader.region(region.unwrap_or(Region::from_static("us-east-1")));
                if let Some(files) = files(options) {
                    loader = loader.profile_files(files);
                }
                match loader.load().await.credentials_provider() {
                    Some(provider) => provider.provide_credentials().await,
                    None => return Err(ApiError::Credentials(MISSING.into())),
                }
            }
        };
        found.map_err(|e| {
            let profile = options.profile.as_ref().map(|p| format!(" in the profile {p:?}")).unwrap_or_default();
            ApiError::Credentials(format!(
                "No credentials were found{profile}: {}.\n\n{MISSING}",
                causes(&e).trim_end_matches('.')
            ))
        })
    }

    async fn assume_role(&self, role: &AssumeRole, base: Credentials) -> Result<Credentials, ApiError> {
        let mut input = session(&role.role_arn, role.session_name.as_deref(), role.duration);
        narrow(&mut input, role.policy.as_deref(), &role.policy_arns);
        let mut put = |key: &str, value: Value| input.insert(key.to_string(), value);
        if let Some(id) = &role.external_id {
            put("ExternalId", json!(id));
        }
        if let Some(id) = &role.source_identity {
            put("SourceIdentity", json!(id));
        }
        if !role.tags.is_empty() {
            put("Tags", role.tags.iter().map(|(k, v)| json!({ "Key": k, "Value": v })).collect());
        }
        if !role.transitive_tag_keys.is_empty() {
            put("TransitiveTagKeys", json!(role.transitive_tag_keys));
        }
        self.sts("AssumeRole", input, Signer::These(base), &role.role_arn).await
    }

    async fn web_identity(&self, identity: &WebIdentity) -> Result<Credentials, ApiError> {
        let token = match (&identity.token, &identity.token_file) {
            (Some(token), _) => token.clone(),
            (None, Some(file)) => std::fs::read_to_string(file)
                .map_err(|e| ApiError::Credentials(format!("The web identity token {}: {e}.", file.display())))?
                .trim()
                .to_string(),
            (None, None) => {
                return Err(ApiError::Credentials("A web identity needs a token or a file with one.".into()));
            }
        };
        let mut input = session(&identity.role_arn, identity.session_name.as_deref(), identity.duration);
        narrow(&mut input, identity.policy.as_deref(), &identity.policy_arns);
        input.insert("WebIdentityToken".into(), json!(token));
        self.sts("AssumeRoleWithWebIdentity", input, Signer::Nobody, &identity.role_arn).await
    }

    async fn sts(
        &self,
        operation: &str,
        input: Map<String, Value>,
        signer: Signer,
        role: &str,
    ) -> Result<Credentials, ApiError> {
        let region = self.sts_region().await?;
        let answer = Box::pin(self.execute(&region, "sts", operation, &Value::Object(input), &signer)).await;
        let answer = answer.map_err(|e| match e {
            ApiError::Service { code, message, .. } => {
                ApiError::Credentials(format!("The role {role} cannot be assumed: {code}: {message}."))
            }
            other => other,
        })?;
        let found = &answer["Credentials"];
        let text = |key: &str| found[key].as_str().map(String::from);
        let (Some(key), Some(secret)) = (text("AccessKeyId"), text("SecretAccessKey")) else {
            return Err(ApiError::Credentials(format!("STS gave no credentials for the role {role}.")));
        };
        let expiry = text("Expiration")
            .and_then(|t| aws_smithy_types::DateTime::from_str(&t, Format::DateTime).ok())
            .and_then(|t| t.try_into().ok());
        Ok(Credentials::new(key, secret, text("SessionToken"), expiry, "sts"))
    }

    /// The region in which STS is called.
    ///
    /// # Errors
    /// When no region is known.
    pub async fn sts_region(&self) -> Result<String, ApiError> {
        match &self.inner.options.sts_region {
            Some(region) => Ok(region.clone()),
            None => self.region().await,
        }
    }

    /// The region of the profile; `None` when it has none.
    pub(super) async fn profile_region(&self) -> Option<String> {
        let options = &self.inner.options;
        let mut builder = ProfileFileRegionProvider::builder();
        if let Some(profile) = &options.profile {
            builder = builder.profile_name(profile.clone());
        }
        if let Some(files) = files(options) {
            builder = builder.profile_files(files);
        }
        builder.build().region().await.map(|r| r.to_string())
    }
}

const MISSING: &str = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or sign in with:\n\n    aws sso \
                       login\n\nor rehearse without an account by adding --sandbox.";

fn session(role_arn: &str, name: Option<&str>, duration: Option<Duration>) -> Map<String, Value> {
    let mut input = Map::new();
    input.insert("RoleArn".into(), json!(role_arn));
    let name = name.map_or_else(|| format!("craton-{}", uuid::Uuid::new_v4().simple()), String::from);
    input.insert("RoleSessionName".into(), json!(name));
    if let Some(duration) = duration {
        input.insert("DurationSeconds".into(), json!(duration.as_secs()));
    }
    input
}

fn narrow(input: &mut Map<String, Value>, policy: Option<&str>, arns: &[String]) {
    if let Some(policy) = policy {
        input.insert("Policy".into(), json!(policy));
    }
    if !arns.is_empty() {
        input.insert("PolicyArns".into(), arns.iter().map(|arn| json!({ "arn": arn })).collect());
    }
}

fn files(options: &ClientOptions) -> Option<EnvConfigFiles> {
    if options.shared_config_files.is_empty() && options.shared_credentials_files.is_empty() {
        return None;
    }
    let mut files = EnvConfigFiles::builder()
        .include_default_config_file(options.shared_config_files.is_empty())
        .include_default_credentials_file(options.shared_credentials_files.is_empty());
    for file in &options.shared_config_files {
        files = files.with_file(EnvConfigFileKind::Config, file);
    }
    for file in &options.shared_credentials_files {
        files = files.with_file(EnvConfigFileKind::Credentials, file);
    }
    Some(files.build())
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    text
}

/// Our transport, for the credential chain's own requests (SSO, container, instance metadata).
#[derive(Clone)]
struct Adapter {
    transport: Arc<dyn Transport>,
    no_metadata: bool,
}

impl std::fmt::Debug for Adapter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Adapter")
    }
}

impl HttpClient for Adapter {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        let limit = settings.connect_timeout().into_iter().chain(settings.read_timeout()).reduce(|a, b| a + b);
        SharedHttpConnector::new(Connector { transport: self.transport.clone(), limit, no_metadata: self.no_metadata })
    }
}

struct Connector {
    transport: Arc<dyn Transport>,
    limit: Option<Duration>,
    no_metadata: bool,
}

/// Where the instance metadata service listens (EC2 User Guide, "Retrieve instance metadata").
const METADATA_HOSTS: [&str; 2] = ["169.254.169.254", "[fd00:ec2::254]"];

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (transport, limit, no_metadata) = (self.transport.clone(), self.limit, self.no_metadata);
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|e| ConnectorError::user(e.into()))?;
            let (parts, body) = request.into_parts();
            if no_metadata && parts.uri.host().is_some_and(|host| METADATA_HOSTS.contains(&host)) {
                return Err(ConnectorError::user("skip_metadata_api_check keeps it from being asked".into()));
            }
            let bytes = body.bytes().map(bytes::Bytes::copy_from_slice);
            let bytes = bytes.ok_or_else(|| ConnectorError::user("a body that streams".into()))?;
            let sending = transport.send(http::Request::from_parts(parts, bytes));
            let answer = match limit {
                Some(limit) => {
                    tokio::time::timeout(limit, sending).await.map_err(|e| ConnectorError::timeout(e.into()))?
                }
                None => sending.await,
            };
            let answer = answer.map_err(|e| ConnectorError::io(e.into()))?;
            answer
                .map(SdkBody::from)
                .try_into()
                .map_err(|e: aws_smithy_runtime_api::http::HttpError| ConnectorError::other(e.into(), None))
        })
    }
}
