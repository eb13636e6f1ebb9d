//! What a client needs to know.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::endpoint::Endpoints;
use super::retry::Clock;
use super::transport::Transport;

/// Where credentials come from.
#[derive(Clone, Default)]
pub enum CredentialsSource {
    /// The usual chain: environment, profile (with SSO, roles and processes), web identity, container, instance.
    #[default]
    Chain,
    /// These, whatever the environment says.
    Static {
        /// `AKIA...`
        access_key_id: String,
        /// Never shown.
        secret_access_key: String,
        /// With temporary credentials.
        session_token: Option<String>,
    },
}

impl std::fmt::Debug for CredentialsSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Chain => f.write_str("Chain"),
            Self::Static { access_key_id, .. } => write!(f, "Static({access_key_id})"),
        }
    }
}

/// A role to take on, as the provider's `assume_role` block and the S3 backend describe it.
#[derive(Clone, Debug, Default)]
pub struct AssumeRole {
    /// ARN of the role.
    pub role_arn: String,
    /// Name of the session; made up when missing.
    pub session_name: Option<String>,
    /// Agreed with the owner of the role.
    pub external_id: Option<String>,
    /// How long the credentials live.
    pub duration: Option<Duration>,
    /// A policy that narrows the role's, as JSON.
    pub policy: Option<String>,
    /// ARNs of managed policies that narrow the role's.
    pub policy_arns: Vec<String>,
    /// Session tags.
    pub tags: Vec<(String, String)>,
    /// Keys of the tags that later sessions keep.
    pub transitive_tag_keys: Vec<String>,
    /// Who is behind the session.
    pub source_identity: Option<String>,
}

/// A role to take on with a token of another identity provider.
#[derive(Clone, Default)]
pub struct WebIdentity {
    /// ARN of the role.
    pub role_arn: String,
    /// Name of the session; made up when missing.
    pub session_name: Option<String>,
    /// The token itself; wins over the file.
    pub token: Option<String>,
    /// A file with the token, read each time credentials are due.
    pub token_file: Option<PathBuf>,
    /// How long the credentials live.
    pub duration: Option<Duration>,
    /// A policy that narrows the role's, as JSON.
    pub policy: Option<String>,
    /// ARNs of managed policies that narrow the role's.
    pub policy_arns: Vec<String>,
}

/// One attempt at a request, for whoever wants to watch.
#[derive(Debug)]
pub struct Trace<'a> {
    /// `ec2`
    pub service: &'a str,
    /// `DescribeVpcs`
    pub operation: &'a str,
    /// Region of the call.
    pub region: &'a str,
    /// Counts from 1.
    pub attempt: u32,
    /// The input without what the model calls sensitive.
    pub input: &'a Value,
    /// HTTP status; `None` when no answer came.
    pub status: Option<u16>,
    /// AWS's error code, where there is one.
    pub code: Option<&'a str>,
    /// From sending to the end of the answer.
    pub elapsed: Duration,
}

/// Sees every attempt.
pub type Tracer = Arc<dyn Fn(&Trace) + Send + Sync>;

/// What a client needs to know. [`ClientOptions::default`] takes nothing from the environment;
/// [`ClientOptions::from_env`] does.
#[derive(Clone)]
pub struct ClientOptions {
    /// The region of calls; from the profile when missing.
    pub region: Option<String>,
    /// The region in which STS is called; `region` when missing.
    pub sts_region: Option<String>,
    /// Never ask the instance metadata service for credentials.
    pub no_instance_metadata: bool,
    /// Endpoints that are not AWS's own, and variants of those that are.
    pub endpoints: Endpoints,
    /// Where credentials come from.
    pub credentials: CredentialsSource,
    /// The profile to use whatever the environment says. `AWS_PROFILE` works without this.
    pub profile: Option<String>,
    /// Config files in place of `~/.aws/config`.
    pub shared_config_files: Vec<PathBuf>,
    /// Credentials files in place of `~/.aws/credentials`.
    pub shared_credentials_files: Vec<PathBuf>,
    /// A role taken on with a web identity, in place of the credentials.
    pub web_identity: Option<WebIdentity>,
    /// Roles taken on one after the other, beginning from the credentials.
    pub assume_role: Vec<AssumeRole>,
    /// First words of the user agent.
    pub user_agent: String,
    /// Attempts at a request, the first included; 25 as in the AWS provider.
    pub max_attempts: u32,
    /// How requests leave; HTTP when missing. Give several clients the same one to share connections.
    pub transport: Option<Arc<dyn Transport>>,
    /// Time; the machine's when missing.
    pub clock: Option<Arc<dyn Clock>>,
    /// Sees every attempt.
    pub tracer: Option<Tracer>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            region: None,
            sts_region: None,
            no_instance_metadata: false,
            endpoints: Endpoints::default(),
            credentials: CredentialsSource::Chain,
            profile: None,
            shared_config_files: Vec::new(),
            shared_credentials_files: Vec::new(),
            web_identity: None,
            assume_role: Vec::new(),
            user_agent: concat!("craton/", env!("CARGO_PKG_VERSION")).into(),
            max_attempts: 25,
            transport: None,
            clock: None,
            tracer: None,
        }
    }
}

impl ClientOptions {
    /// The defaults with what the environment says of region, endpoints, attempts and endpoint variants (AWS SDKs and
    /// Tools Reference Guide, "Environment variables"). Credentials are read from the environment when they are due.
    pub fn from_env() -> Self {
        Self::from_variables(
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))),
        )
    }

    /// Whether a second look-up may give other credentials than the first.
    pub(super) fn renewable(&self) -> bool {
        !matches!(self.credentials, CredentialsSource::Static { .. })
            || self.web_identity.is_some()
            || !self.assume_role.is_empty()
    }

    /// As [`ClientOptions::from_env`], for these variables.
    pub fn from_variables(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut options = Self::default();
        let mut fallback_region = None;
        let mut ignore_endpoints = false;
        for (key, value) in variables {
            if value.is_empty() {
                continue;
            }
            let truth = value.eq_ignore_ascii_case("true");
            match key.as_str() {
                "AWS_REGION" => options.region = Some(value),
                "AWS_DEFAULT_REGION" => fallback_region = Some(value),
                "AWS_ENDPOINT_URL" => options.endpoints.everything = Some(value),
                "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" => ignore_endpoints = truth,
                "AWS_USE_FIPS_ENDPOINT" => options.endpoints.fips = truth,
                "AWS_USE_DUALSTACK_ENDPOINT" => options.endpoints.dual_stack = truth,
                "AWS_MAX_ATTEMPTS" => options.max_attempts = value.parse().unwrap_or(options.max_attempts).max(1),
                key => {
                    if let Some(service) = key.strip_prefix("AWS_ENDPOINT_URL_") {
                        options.endpoints.by_service.insert(service.to_string(), value);
                    }
                }
            }
        }
        if ignore_endpoints {
            options.endpoints.everything = None;
            options.endpoints.by_service.clear();
        }
        options.region = options.region.or(fallback_region);
        options
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_set_region_and_endpoints() {
        let set = |vars: &[(&str, &str)]| {
            ClientOptions::from_variables(vars.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string())))
        };
        let options = set(&[
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ENDPOINT_URL", "http://localhost:1"),
            ("AWS_ENDPOINT_URL_EC2", "http://localhost:2"),
        ]);
        assert_eq!(options.region.as_deref(), Some("eu-west-1"));
        assert_eq!(options.endpoints.everything.as_deref(), Some("http://localhost:1"));
        assert_eq!(options.endpoints.by_service["EC2"], "http://localhost:2");
        let ignored =
            set(&[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"), ("AWS_ENDPOINT_URL", "http://localhost:1")]);
        assert_eq!(ignored.endpoints.everything, None);
    }
}
