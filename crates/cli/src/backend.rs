//! Which backend keeps the state, and whether it is still the one that was set up.
//!
//! What `init` set up is recorded in `.terraform/terraform.tfstate`, where Terraform records it too
//! (its own form of it, so that each reads the other's). A configuration that says something else
//! than the record is refused: state must not seem to vanish because a line was edited.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use craton_config::Module;
use craton_hcl::{Environment, FunctionRef, Scope, Traversal};
use craton_model::schema::{Attribute, AttributeType, Block};
use craton_model::{Diagnostic, Diagnostics, Span, Type, Value, json, similar};
use craton_state::{Backend, Backup, Local, LocalConfig, S3, S3Config};
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::args::StateFileArgs;
use crate::aws;
use crate::bootstrap::{self, Reach, Seen};
use crate::unit::Work;

/// A backend's type and arguments, all of them, null where not given.
#[derive(Clone, Debug)]
pub struct Choice {
    /// `local` or `s3`.
    pub kind: String,
    /// Arguments; an object of the backend's schema.
    pub config: Value,
}

/// Flags of the local backend.
#[derive(Clone, Debug, Default)]
pub struct LocalFlags {
    /// `-state`
    pub state: Option<PathBuf>,
    /// `-state-out`
    pub state_out: Option<PathBuf>,
    /// `-backup`; `-` for none.
    pub backup: Option<PathBuf>,
    /// Whether each backup is a file of its own, as the commands that edit the state keep them.
    pub dated: bool,
}

impl From<&StateFileArgs> for LocalFlags {
    fn from(args: &StateFileArgs) -> Self {
        let StateFileArgs { state, state_out, backup } = args.clone();
        Self { state, state_out, backup, dated: false }
    }
}

impl LocalFlags {
    /// With this state file, if one is given.
    pub fn reading(state: Option<&PathBuf>) -> Self {
        Self { state: state.cloned(), ..Self::default() }
    }

    /// Whether any file is named.
    pub fn is_given(&self) -> bool {
        self.state.is_some() || self.state_out.is_some() || self.backup.is_some()
    }

    fn backup(&self) -> Backup {
        match &self.backup {
            Some(path) if path != Path::new("-") => Backup::At(path.clone()),
            _ if self.dated => {
                let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                Backup::Dated(now.map_or(0, |t| t.as_secs()))
            }
            Some(_) => Backup::Off,
            None => Backup::Beside,
        }
    }
}

impl Choice {
    /// The local backend as it is when nothing is configured.
    pub fn local() -> Self {
        let block = schema("local").unwrap_or_default();
        Self { kind: "local".into(), config: block.empty_value() }
    }

    /// Whether both lead to the same place in the same way.
    pub fn same_as(&self, other: &Choice) -> bool {
        self.kind == other.kind && essence(&self.config) == essence(&other.config)
    }

    /// An argument that is text.
    pub fn text(&self, name: &str) -> Option<String> {
        self.config.get(name).and_then(Value::as_str).map(ToOwned::to_owned)
    }

    fn flag(&self, name: &str) -> bool {
        self.config.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// What to call the place in messages.
    pub fn place(&self) -> String {
        match self.kind.as_str() {
            "s3" => {
                format!("s3://{}/{}", self.text("bucket").unwrap_or_default(), self.text("key").unwrap_or_default())
            }
            _ => self.text("path").unwrap_or_else(|| "terraform.tfstate".into()),
        }
    }
}

const LOCAL: &[(&str, Type)] = &[("path", Type::String), ("workspace_dir", Type::String)];

/// The arguments of the S3 backend, from its page:
/// <https://developer.hashicorp.com/terraform/language/backend/s3>.
const S3_TEXT: &[&str] = &[
    "access_key",
    "acl",
    "bucket",
    "custom_ca_bundle",
    "dynamodb_endpoint",
    "dynamodb_table",
    "ec2_metadata_service_endpoint",
    "ec2_metadata_service_endpoint_mode",
    "endpoint",
    "external_id",
    "http_proxy",
    "https_proxy",
    "iam_endpoint",
    "key",
    "kms_key_id",
    "no_proxy",
    "profile",
    "region",
    "retry_mode",
    "role_arn",
    "secret_key",
    "session_name",
    "shared_credentials_file",
    "sse_customer_key",
    "sts_endpoint",
    "sts_region",
    "token",
    "workspace_key_prefix",
    "assume_role_policy",
];
const S3_BOOL: &[&str] = &[
    "encrypt",
    "force_path_style",
    "insecure",
    "skip_credentials_validation",
    "skip_metadata_api_check",
    "skip_region_validation",
    "skip_requesting_account_id",
    "skip_s3_checksum",
    "use_dualstack_endpoint",
    "use_fips_endpoint",
    "use_lockfile",
    "use_path_style",
];
/// Arguments that Terraform 1.10 withdrew in favour of `assume_role`. A record that names one, even without a value, is
/// another configuration to it: <https://developer.hashicorp.com/terraform/language/upgrade-guides>.
const S3_WITHDRAWN: &[&str] = &["assume_role_policy", "external_id", "role_arn", "session_name"];
const S3_LISTS: &[&str] =
    &["allowed_account_ids", "forbidden_account_ids", "shared_config_files", "shared_credentials_files"];

/// The arguments of a backend; `None` for one that is not built in.
pub fn schema(kind: &str) -> Option<Block> {
    let optional = |ty: Type| Attribute { ty: AttributeType::Plain(ty), optional: true, ..Attribute::default() };
    let mut attributes: BTreeMap<Arc<str>, Attribute> = BTreeMap::new();
    match kind {
        "local" => attributes.extend(LOCAL.iter().map(|(n, t)| (Arc::from(*n), optional(t.clone())))),
        "s3" => {
            attributes.extend(S3_TEXT.iter().map(|n| (Arc::from(*n), optional(Type::String))));
            attributes.extend(S3_BOOL.iter().map(|n| (Arc::from(*n), optional(Type::Bool))));
            attributes.extend(S3_LISTS.iter().map(|n| (Arc::from(*n), optional(Type::set(Type::String)))));
            attributes.insert("max_retries".into(), optional(Type::Number));
            let strings = |names: &[&str]| Type::object(names.iter().map(|n| (*n, Type::String)));
            let all_optional = |ty: Type| match ty {
                Type::Object(o) => {
                    let optional = o.attributes.keys().cloned().collect();
                    Type::Object(Arc::new(craton_model::ObjectType { attributes: o.attributes.clone(), optional }))
                }
                other => other,
            };
            let mut role =
                match strings(&["role_arn", "duration", "external_id", "policy", "session_name", "source_identity"]) {
                    Type::Object(o) => o.attributes.clone(),
                    _ => BTreeMap::new(),
                };
            role.insert("policy_arns".into(), Type::set(Type::String));
            role.insert("tags".into(), Type::map(Type::String));
            role.insert("transitive_tag_keys".into(), Type::set(Type::String));
            attributes.insert("assume_role".into(), optional(all_optional(Type::object(role))));
            let web = strings(&[
                "role_arn",
                "duration",
                "policy",
                "session_name",
                "web_identity_token",
                "web_identity_token_file",
            ]);
            attributes.insert("assume_role_with_web_identity".into(), optional(all_optional(web)));
            attributes
                .insert("endpoints".into(), optional(all_optional(strings(&["dynamodb", "iam", "s3", "sso", "sts"]))));
        }
        _ => return None,
    }
    for name in ["secret_key", "token", "sse_customer_key"] {
        if let Some(a) = attributes.get_mut(name) {
            a.sensitive = true;
        }
    }
    Some(Block::new(attributes, BTreeMap::new()))
}

/// A scope without names: backend arguments are constants. Functions are allowed, since they are
/// nothing but a longer way to write one.
struct Constants(Environment);

impl Scope for Constants {
    fn lookup(&self, reference: &Traversal) -> Result<(Value, usize), Diagnostics> {
        let detail = "A backend is set up before anything else, so its arguments can refer to nothing. Write the value \
                      itself, or leave the argument out and give it to init with -backend-config.";
        Err(Diagnostic::error("Variables not allowed", detail).at(reference.span).into())
    }

    fn function(&self, _: &str) -> Option<FunctionRef> {
        None
    }

    fn environment(&self) -> &Environment {
        &self.0
    }
}

/// What the configuration says, with `-backend-config` arguments on top.
pub fn configured(module: &Module, overrides: &[(String, Value)], dir: &Path) -> Result<Choice, Diagnostics> {
    if let Some(cloud) = &module.cloud {
        let detail = "State in HCP Terraform is not supported. Use backend \"s3\" or \"local\".";
        return Err(Diagnostic::error("Unsupported cloud block", detail).at(cloud.span).into());
    }
    let Some(backend) = &module.backend else { return Ok(Choice::local()) };
    let Some(block) = schema(&backend.kind) else {
        let hint = similar(&backend.kind, ["local", "s3"]).map(|n| format!(" Did you mean {n:?}?")).unwrap_or_default();
        let detail =
            format!("There is no backend {:?} in craton; state is kept by \"local\" or \"s3\".{hint}", backend.kind);
        return Err(Diagnostic::error("Unsupported backend type", detail).at(backend.span).into());
    };
    let config = overlay(&backend.kind, &block, written(backend, &block, dir)?, overrides)?;
    let required: &[&str] = if &*backend.kind == "s3" { &["bucket", "key"] } else { &[] };
    for name in required {
        if config.get(name).and_then(Value::as_str).is_none_or(str::is_empty) {
            let detail = format!(
                "The backend {:?} needs the argument {name:?}: write it here, or give it to init with\n  -backend-config={name}=VALUE",
                backend.kind
            );
            return Err(Diagnostic::error("Missing required argument", detail).at(backend.span).into());
        }
    }
    Ok(Choice { kind: backend.kind.to_string(), config })
}

/// The arguments that are written in a backend's block.
fn written(backend: &craton_config::Backend, block: &Block, dir: &Path) -> Result<Value, Diagnostics> {
    let (config, found) = craton_hcl::decode_body(&backend.body, block, &Constants(Environment::new(dir)));
    if found.has_errors() { Err(found) } else { Ok(config) }
}

/// A number that changes with what is written in the configuration's backend block, whatever was given to init beside
/// it; 0 where there is none.
fn fingerprint(module: &Module, dir: &Path) -> Result<u64, Diagnostics> {
    let Some(backend) = &module.backend else { return Ok(0) };
    let Some(block) = schema(&backend.kind) else { return Ok(0) };
    let essence = essence(&written(backend, &block, dir)?);
    let text = format!("{} {essence:?}", backend.kind);
    // FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), cut to what every reader of JSON takes for a whole number.
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    Ok((hash >> 12).max(1))
}

/// A backend with these settings, as a `remote_state` block gives them.
pub fn from_settings(kind: &str, settings: &[(Arc<str>, Value)]) -> Result<Choice, Diagnostics> {
    let Some(block) = schema(kind) else {
        let detail = format!("There is no backend {kind:?} in craton; state is kept by \"local\" or \"s3\".");
        return Err(Diagnostic::error("Unsupported backend type", detail).into());
    };
    let settings: Vec<(String, Value)> = settings.iter().map(|(k, v)| (k.to_string(), v.clone())).collect();
    let config = overlay(kind, &block, block.empty_value(), &settings)?;
    Ok(Choice { kind: kind.into(), config })
}

/// Lays settings over the arguments of a backend.
fn overlay(kind: &str, block: &Block, mut config: Value, settings: &[(String, Value)]) -> Result<Value, Diagnostics> {
    for (name, value) in settings {
        let Some(attribute) = block.attributes.get(name.as_str()) else {
            let like = similar(name, block.attributes.keys().map(AsRef::as_ref));
            let hint = like.map(|n| format!(" Did you mean {n:?}?")).unwrap_or_default();
            let detail = format!("The backend {kind:?} has no argument {name:?}.{hint}");
            return Err(Diagnostic::error("Invalid backend configuration argument", detail).into());
        };
        let value = craton_model::convert(value, &attribute.value_type()).map_err(|e| {
            Diagnostic::error(
                "Invalid backend configuration argument",
                format!("The value of {name:?} does not fit: {e}."),
            )
        })?;
        config = config.with_attribute(name, value);
    }
    Ok(config)
}

/// Reads `-backend-config` arguments: `NAME=VALUE` or a file of such lines.
pub fn overrides(args: &[String], base: &Path) -> Result<Vec<(String, Value)>, Diagnostics> {
    let mut all = Vec::new();
    for arg in args {
        if let Some((name, value)) = arg.split_once('=') {
            all.push((name.trim().to_owned(), Value::from(value)));
            continue;
        }
        let path = base.join(arg);
        let text = std::fs::read_to_string(&path).map_err(|e| {
            Diagnostic::error(
                "Backend configuration file is not readable",
                format!("Cannot read {}: {e}.", path.display()),
            )
        })?;
        let (body, mut found) = craton_hcl::parse_file(craton_model::FileId::add(&path, text));
        let (attributes, more) = body.attributes();
        found.extend(more);
        for (name, attribute) in attributes {
            let (value, more) = craton_hcl::eval_constant(&attribute.expr);
            found.extend(more);
            all.push((name.to_string(), value));
        }
        if found.has_errors() {
            return Err(found);
        }
    }
    Ok(all)
}

fn record_path(data_dir: &Path) -> PathBuf {
    data_dir.join("terraform.tfstate")
}

/// What `init` set up last in this folder.
pub fn recorded(data_dir: &Path) -> Result<Option<Choice>, Diagnostics> {
    Ok(record_of(data_dir)?.map(|(choice, _)| choice))
}

/// The same with the fingerprint of the block that was in the configuration then.
fn record_of(data_dir: &Path) -> Result<Option<(Choice, u64)>, Diagnostics> {
    let path = record_path(data_dir);
    let Ok(bytes) = std::fs::read(&path) else { return Ok(None) };
    let broken = || {
        let detail =
            format!("{} is damaged. Set the backend up again with:\n  craton init -reconfigure", path.display());
        Diagnostics::from(Diagnostic::error("Backend record is not readable", detail))
    };
    let doc: Json = serde_json::from_slice(&bytes).map_err(|_| broken())?;
    let backend = &doc["backend"];
    let Some(kind) = backend["type"].as_str() else { return Ok(None) };
    let hash = backend["hash"].as_u64().unwrap_or_default();
    let config = match schema(kind) {
        Some(block) => json::from_json(&backend["config"], block.implied_type()).map_err(|_| broken())?,
        None => Value::dynamic(),
    };
    Ok(Some((Choice { kind: kind.into(), config }, hash)))
}

/// Records what was set up; without a backend in the configuration, nothing.
pub fn record(work: &Work, choice: &Choice, explicit: bool) -> Result<(), Diagnostics> {
    let data_dir = &work.root.data_dir;
    let hash = work.root.tree.root().map_or(Ok(0), |r| fingerprint(&r.module, &work.root.dir))?;
    let path = record_path(data_dir);
    let failed = |e: std::io::Error| {
        Diagnostics::from(Diagnostic::error(
            "Backend record is not writable",
            format!("Cannot write {}: {e}.", path.display()),
        ))
    };
    if !explicit {
        return match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(failed(e)),
            _ => Ok(()),
        };
    }
    std::fs::create_dir_all(data_dir).map_err(failed)?;
    // Secrets come from the environment again; a file in the work tree is no place for them.
    let mut config = json::to_json(&choice.config);
    for secret in ["access_key", "secret_key", "token", "sse_customer_key"] {
        if let Some(v) = config.get_mut(secret) {
            *v = Json::Null;
        }
    }
    if let (Some(config), "s3") = (config.as_object_mut(), choice.kind.as_str()) {
        config.retain(|name, v| !v.is_null() || !S3_WITHDRAWN.contains(&name.as_str()));
    }
    let doc = json!({
        "version": 3, "terraform_version": crate::app::TERRAFORM_VERSION,
        "backend": {"type": choice.kind, "config": config, "hash": hash},
    });
    let mut temp = tempfile::NamedTempFile::new_in(data_dir).map_err(failed)?;
    std::io::Write::write_all(&mut temp, format!("{doc:#}\n").as_bytes()).map_err(failed)?;
    temp.persist(&path).map_err(|e| failed(e.error))?;
    Ok(())
}

/// The backend to use: what the configuration says, provided it is what was set up here. A unit's backend needs no
/// setting up: Terragrunt's users never call `init` themselves.
pub fn in_use(work: &Work) -> Result<(Choice, bool), Diagnostics> {
    let (choice, explicit) = agreed(work)?;
    if explicit && work.active.is_none() && recorded(&work.root.data_dir)?.is_none() {
        let detail = format!(
            "The configuration keeps its state in backend {:?}, {}, which was not set up in this folder yet. Nothing was \
             changed. To set it up:\n  craton init",
            choice.kind,
            choice.place()
        );
        let span = work.root.tree.root().and_then(|r| r.module.backend.as_ref()).map(|b| b.span);
        return Err(Diagnostic::error("Backend initialization required", detail).at_default(span).into());
    }
    crate::log::info(|| format!("backend {:?}, state in {}", choice.kind, choice.place()));
    Ok((choice, explicit))
}

/// What the configuration says, provided that it is not another backend than the one that was set up here.
pub fn agreed(work: &Work) -> Result<(Choice, bool), Diagnostics> {
    let root = &work.root;
    let Some(node) = root.tree.root() else { return Ok((Choice::local(), false)) };
    let explicit = node.module.backend.is_some();
    let (before, hash) = record_of(&root.data_dir)?.unzip();
    // What init was given counts for as long as the block stays as it was then.
    let unchanged = hash.is_some_and(|h| h != 0) && hash == Some(fingerprint(&node.module, &root.dir)?);
    // Arguments given to init with -backend-config are in the record only.
    let given = before.as_ref().map(|b| b.config.clone()).filter(|c| c.as_map().is_some());
    let partial: Vec<(String, Value)> = match (&given, &node.module.backend) {
        (Some(config), Some(backend)) if before.as_ref().is_some_and(|b| b.kind == *backend.kind) => {
            let written = backend.body.attributes().0;
            let entries = config.as_map().into_iter().flatten();
            entries
                .filter(|(k, v)| !v.is_null() && (unchanged || !written.contains_key(k)))
                .map(|(k, v)| (k.to_string(), v.clone()))
                .collect()
        }
        _ => Vec::new(),
    };
    let mut partial = partial;
    partial.extend(work.backend_settings());
    let now = configured(&node.module, &partial, &root.dir)?;
    let same = match &before {
        Some(before) => before.same_as(&now),
        None => !explicit || !root.dir.join("terraform.tfstate").is_file() || now.same_as(&Choice::local()),
    };
    if same {
        return Ok((now, explicit));
    }
    Err(changed(before.as_ref(), &now).into())
}

/// What to say when state is kept elsewhere than the configuration says.
pub fn changed(before: Option<&Choice>, now: &Choice) -> Diagnostic {
    let was = before.map_or_else(|| "terraform.tfstate".to_owned(), Choice::place);
    let detail = format!(
        "State is kept in {was}, but the configuration says {} now. Nothing was changed. To take the state along:\n  craton \
         init -migrate-state\nTo leave it where it is and go on with what the new place holds:\n  craton init -reconfigure",
        now.place()
    );
    Diagnostic::error("Backend configuration changed", detail)
}

/// What goes wrong with a backend is shown at the block that says which one it is. A lock that somebody else holds is
/// nobody's mistake.
pub fn at_block<T>(work: &Work, result: Result<T, Diagnostics>) -> Result<T, Diagnostics> {
    let unit = work.active.as_ref().and_then(|a| a.unit.config.remote_state.as_ref()?.span);
    let span = unit.or_else(|| Some(work.root.tree.root()?.module.backend.as_ref()?.span));
    result.map_err(|found| at(span, found))
}

/// The same for a block at this place.
pub fn at(span: Option<Span>, found: Diagnostics) -> Diagnostics {
    let placed = |d: Diagnostic| if d.summary == "State is locked" { d } else { d.at_default(span) };
    found.into_iter().map(placed).collect()
}

/// What counts when two configurations are compared: the arguments that are set, without secrets.
fn essence(config: &Value) -> BTreeMap<String, Json> {
    let secrets = ["access_key", "secret_key", "token", "sse_customer_key"];
    let entries = config.as_map().into_iter().flatten();
    let set = entries.filter(|(k, v)| !v.is_null() && !secrets.contains(&k.as_ref()));
    set.map(|(k, v)| (k.to_string(), json::to_json(v))).collect()
}

/// Opens a backend. Calls nothing yet.
pub async fn open(
    choice: &Choice,
    root_dir: &Path,
    flags: &LocalFlags,
    aws: &aws::Access,
) -> Result<Box<dyn Backend>, Diagnostics> {
    if choice.kind == "s3" {
        return Ok(Box::new(open_s3(choice, aws).await?));
    }
    let mut config = LocalConfig::new(root_dir);
    if let Some(path) = choice.text("path") {
        config.path = path.into();
    }
    if let Some(dir) = choice.text("workspace_dir") {
        config.workspace_dir = dir.into();
    }
    config.state = flags.state.clone();
    config.state_out = flags.state_out.clone();
    config.backup = flags.backup();
    Ok(Box::new(Local::new(config)))
}

/// The flags of the local backend as far as they count: where another one keeps the state they do not, which is said.
pub fn heeded(app: &App, choice: &Choice, flags: &LocalFlags, json: bool) -> LocalFlags {
    if choice.kind == "local" || !flags.is_given() {
        return flags.clone();
    }
    let detail = format!(
        "-state, -state-out and -backup name files of the local backend. State is kept in {}, so they were ignored.",
        choice.place()
    );
    app.report(&Diagnostic::warning("Options of the local backend ignored", detail).into(), json);
    LocalFlags::default()
}

/// Opens the S3 backend.
async fn open_s3(choice: &Choice, aws: &aws::Access) -> Result<S3, Diagnostics> {
    let client = aws.backend_client(&choice.config)?;
    let config = S3Config {
        bucket: choice.text("bucket").unwrap_or_default(),
        key: choice.text("key").unwrap_or_default(),
        region: client.region().await.map_err(Diagnostic::from)?,
        encrypt: choice.flag("encrypt"),
        kms_key_id: choice.text("kms_key_id"),
        sse_customer_key: choice.text("sse_customer_key").or_else(|| std::env::var("AWS_SSE_CUSTOMER_KEY").ok()),
        acl: choice.text("acl"),
        workspace_key_prefix: choice.text("workspace_key_prefix"),
        use_lockfile: choice.flag("use_lockfile"),
        dynamodb_table: choice.text("dynamodb_table"),
    };
    Ok(S3::new(client, config))
}

/// Makes the place where state will be kept, as far as it is missing: the bucket, a unit's lock table. With
/// `--backend-bootstrap` it is also mended where it is not as it has to be.
pub async fn make_place(app: &App, work: &Work, choice: &Choice, quiet: bool) -> Result<(), Diagnostics> {
    let remote = work.active.as_ref().and_then(|a| a.unit.config.remote_state.as_ref());
    let reach = if app.units.has("backend-bootstrap") { Reach::Whole } else { Reach::Missing };
    let seen = bootstrap::see_to(app, remote, choice, &work.aws, reach).await?;
    if !quiet
        && seen != Seen::default()
        && let Some(place) = bootstrap::place(remote, choice, &work.aws).await?
    {
        for line in bootstrap::told(&seen, place.settings()) {
            println!("{}", app.out.dim(line));
        }
    }
    Ok(())
}

/// Makes the place and records the backend as the one in use here.
pub async fn set_up(app: &App, work: &Work, choice: &Choice, quiet: bool) -> Result<(), Diagnostics> {
    make_place(app, work, choice, quiet).await?;
    record(work, choice, true)
}
