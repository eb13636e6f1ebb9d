//! From the `provider` block to a client and rules.

use std::path::PathBuf;
use std::sync::Arc;

use craton_aws_api::client::{
    AssumeRole, Client, ClientOptions, CredentialsSource, HttpSettings, HttpTransport, SystemClock, WebIdentity,
    partition,
};
use craton_model::{Diagnostic, Diagnostics, Path, Value};
use tokio::sync::OnceCell;

use crate::api::Api;
use crate::cx::Settings;
use crate::obj::Obj;
use crate::tags::{TagRules, of_value};

/// How the provider reaches AWS when its block does not say otherwise.
#[derive(Clone, Default)]
pub struct TransportOptions {
    /// What the client starts from: transport, clock, tracer, and what the environment says
    /// ([`ClientOptions::from_env`]). The provider block is laid over it.
    pub client: ClientOptions,
    /// Use the credentials and endpoints above whatever the provider block says: for rehearsals, which must not leave
    /// the machine.
    pub fixed: bool,
}

/// Checks a provider block. Values that are known only later are let through.
pub fn validate(config: &Value) -> Diagnostics {
    let mut found = Diagnostics::new();
    if config.is_null() || !config.is_known() {
        return found;
    }
    let config = Obj::of(config.ty(), config);
    let given = |n: &str| config.peek(n).is_some_and(|v| !v.is_null() && !v.is_empty());
    if given("allowed_account_ids") && given("forbidden_account_ids") {
        found.push(
            Diagnostic::error(
                "Conflicting configuration arguments",
                "\"allowed_account_ids\" conflicts with \"forbidden_account_ids\": only one of them can be given.",
            )
            .on_attribute(Path::attr("forbidden_account_ids")),
        );
    }
    for role in config.objects("assume_role").iter().chain(&config.objects("assume_role_with_web_identity")) {
        if let Some(Err(e)) = role.str("duration").map(crate::timeouts::parse) {
            found.push(
                Diagnostic::error("Invalid argument value", format!("{e}.")).on_attribute(Path::attr("assume_role")),
            );
        }
    }
    if let Some(mode) = config.str("retry_mode")
        && !["standard", "adaptive"].contains(&mode)
    {
        found.push(
            Diagnostic::error(
                "Invalid argument value",
                format!("{mode:?} is not possible here; possible are standard, adaptive."),
            )
            .on_attribute(Path::attr("retry_mode")),
        );
    }
    if config.str("retry_mode") == Some("adaptive") {
        found.push(
            Diagnostic::warning(
                "Provider argument not used",
                "The built-in AWS provider retries in standard mode: it backs off when AWS throttles, and limits no rate ahead of that.",
            )
            .on_attribute(Path::attr("retry_mode")),
        );
    }
    for (name, text) in [
        ("insecure", "certificates are always checked"),
        ("ec2_metadata_service_endpoint", "AWS_EC2_METADATA_SERVICE_ENDPOINT sets it"),
        ("ec2_metadata_service_endpoint_mode", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE sets it"),
        ("http_proxy", "AWS is reached over https, for which https_proxy counts"),
        ("token_bucket_rate_limiter_capacity", "max_retries limits retries"),
        ("s3_us_east_1_regional_endpoint", "S3 in us-east-1 is always reached at its regional endpoint"),
    ] {
        if given(name) && config.get(name).as_bool() != Some(false) {
            found.push(
                Diagnostic::warning(
                    "Provider argument not used",
                    format!("The built-in AWS provider does not use {name:?}: {text}."),
                )
                .on_attribute(Path::attr(name)),
            );
        }
    }
    found
}

/// What the provider block says about HTTP.
fn http_settings(config: &Obj) -> HttpSettings {
    let text = |n: &str| config.str(n).map(String::from);
    HttpSettings {
        ca_bundle: text("custom_ca_bundle").map(|p| expand_home(&p)),
        https_proxy: text("https_proxy"),
        no_proxy: text("no_proxy"),
        ..HttpSettings::default()
    }
}

/// Lays the provider block over the options.
fn client_options(config: &Obj, transport: &TransportOptions) -> Result<ClientOptions, Diagnostics> {
    let mut o = transport.client.clone();
    let text = |n: &str| config.str(n).map(String::from);
    let paths = |n: &str| config.strs(n).into_iter().map(expand_home).collect::<Vec<_>>();
    o.region = text("region").or(o.region);
    o.sts_region = text("sts_region");
    o.no_instance_metadata = config.str("skip_metadata_api_check") == Some("true");
    o.user_agent = format!("{} (provider aws)", o.user_agent);
    if let Some(n) = config.int("max_retries") {
        o.max_attempts = u32::try_from(n.max(0)).unwrap_or(u32::MAX).saturating_add(1);
    }
    o.endpoints.s3_path_style |= config.bool("s3_use_path_style");
    o.endpoints.fips |= config.bool("use_fips_endpoint");
    o.endpoints.dual_stack |= config.bool("use_dualstack_endpoint");
    if transport.fixed {
        return Ok(o);
    }
    for block in config.objects("endpoints") {
        for (name, url) in block.iter() {
            if let Some(url) = url.as_str().filter(|u| !u.is_empty()) {
                o.endpoints.explicit.insert(name.to_string(), url.to_owned());
            }
        }
    }
    match (text("access_key"), text("secret_key")) {
        (Some(access_key_id), Some(secret_access_key)) => {
            o.credentials =
                CredentialsSource::Static { access_key_id, secret_access_key, session_token: text("token") };
        }
        (None, None) => {}
        _ => {
            return Err(Diagnostic::error(
                "Incomplete AWS credentials",
                "\"access_key\" and \"secret_key\" belong together: give both or none.",
            )
            .on_attribute(Path::attr("access_key"))
            .into());
        }
    }
    let http = http_settings(config);
    if http.ca_bundle.is_some() || http.https_proxy.is_some() || http.no_proxy.is_some() {
        o.transport = Some(Arc::new(HttpTransport::new(http)));
    }
    o.profile = text("profile").or(o.profile);
    if !config.is_zero("shared_config_files") {
        o.shared_config_files = paths("shared_config_files");
    }
    if !config.is_zero("shared_credentials_files") {
        o.shared_credentials_files = paths("shared_credentials_files");
    }
    let duration = |b: &Obj| b.str("duration").and_then(|d| crate::timeouts::parse(d).ok());
    let strs = |b: &Obj, n: &str| b.strs(n).into_iter().map(String::from).collect::<Vec<_>>();
    let opt = |b: &Obj, n: &str| b.str(n).map(String::from);
    for b in config.objects("assume_role").iter().filter(|b| b.str("role_arn").is_some()) {
        o.assume_role.push(AssumeRole {
            role_arn: b.text("role_arn").to_owned(),
            session_name: opt(b, "session_name"),
            external_id: opt(b, "external_id"),
            duration: duration(b),
            policy: opt(b, "policy"),
            policy_arns: strs(b, "policy_arns"),
            tags: of_value(&b.get("tags")).into_iter().collect(),
            transitive_tag_keys: strs(b, "transitive_tag_keys"),
            source_identity: opt(b, "source_identity"),
        });
    }
    if let Some(b) = config.objects("assume_role_with_web_identity").first() {
        o.web_identity = Some(WebIdentity {
            role_arn: b.text("role_arn").to_owned(),
            session_name: opt(b, "session_name"),
            token: opt(b, "web_identity_token"),
            token_file: opt(b, "web_identity_token_file").map(|p| expand_home(&p)),
            duration: duration(b),
            policy: opt(b, "policy"),
            policy_arns: strs(b, "policy_arns"),
        });
    }
    Ok(o)
}

/// A path with `~/` at its start in the home folder.
pub fn expand_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(path),
    }
}

fn tag_rules(config: &Obj) -> TagRules {
    let unknown = config.peek("default_tags").is_some_and(|v| !v.is_wholly_known());
    let defaults = config.objects("default_tags").first().map(|b| of_value(&b.get("tags"))).unwrap_or_default();
    let ignore = config.objects("ignore_tags");
    let of = |n: &str| {
        ignore.first().map(|b| b.strs(n).into_iter().map(String::from).collect::<Vec<_>>()).unwrap_or_default()
    };
    TagRules {
        defaults,
        defaults_unknown: unknown,
        ignored_keys: of("keys").into_iter().collect(),
        ignored_prefixes: of("key_prefixes"),
    }
}

/// Sets the provider up: asks AWS who the credentials belong to, unless nobody wants to know
/// (`skip_credentials_validation`, and no accounts allowed or forbidden).
///
/// # Errors
/// No region, no credentials or ones that AWS refuses, an endpoint that does not answer, or an account that may not be
/// touched.
pub async fn configure(config: &Value, transport: &TransportOptions) -> Result<Settings, Diagnostics> {
    let config = Obj::of(config.ty(), config);
    let options = client_options(&config, transport)?;
    let clock = options.clock.clone().unwrap_or_else(|| Arc::new(SystemClock));
    let client = Client::new(options);
    let region = client.region().await.map_err(|e| Diagnostic::from(e).on_attribute(Path::attr("region")))?;
    let p = partition(&region);
    let settings = Settings {
        api: Api::new(client),
        region,
        partition: p.id,
        dns_suffix: p.dns_suffix,
        tags: tag_rules(&config),
        caller: OnceCell::new(),
        clock,
        web: http_settings(&config),
    };
    check_account(&config, &settings).await?;
    Ok(settings)
}

async fn check_account(config: &Obj, settings: &Settings) -> Result<(), Diagnostics> {
    let (allowed, forbidden) = (config.strs("allowed_account_ids"), config.strs("forbidden_account_ids"));
    // Credentials that are missing or wrong are found before a plan is shown, not in the middle of an apply.
    if allowed.is_empty() && forbidden.is_empty() && config.bool("skip_credentials_validation") {
        return Ok(());
    }
    let caller = settings.caller().await.map_err(Diagnostic::from)?;
    let account = caller.account.as_str();
    let wrong = |name: &str, why: String| {
        Err(Diagnostic::error(
            "AWS account not allowed",
            format!("The credentials belong to the AWS account {account}, {why} Use the credentials of the right account, or change {name:?} in the provider block."),
        )
        .on_attribute(Path::attr(name))
        .into())
    };
    if !allowed.is_empty() && !allowed.contains(&account) {
        return wrong("allowed_account_ids", format!("but only {} may be used.", allowed.join(", ")));
    }
    if forbidden.contains(&account) {
        return wrong("forbidden_account_ids", "which is forbidden.".into());
    }
    Ok(())
}
