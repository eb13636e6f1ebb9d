//! Provisioners: when they run and what their failure means. `local-exec` runs here, the others elsewhere.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::{Arc, OnceLock};

use craton_config::{Connection, OnFailure, Provisioner, When};
use craton_hcl::decode_body;
use craton_model::addr::ResourceInstance;
use craton_model::schema::{Attribute, AttributeType, Block};
use craton_model::{Diagnostic, Diagnostics, Event, Marks, Severity, Type, Value};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

use crate::evaluate::ModuleScope;
use crate::remote;

fn block(attributes: &[(&str, Type, bool)]) -> Block {
    let attributes = attributes.iter().map(|(name, ty, required)| {
        let attribute = Attribute {
            ty: AttributeType::Plain(ty.clone()),
            required: *required,
            optional: !required,
            ..Attribute::default()
        };
        (Arc::from(*name), attribute)
    });
    Block::new(attributes.collect(), BTreeMap::new())
}

/// The arguments of a provisioner type (<https://developer.hashicorp.com/terraform/language/provisioners>);
/// `None` when there is no such type.
pub fn schema(kind: &str) -> Option<&'static Block> {
    static ALL: OnceLock<[Block; 3]> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        [
            block(&[
                ("command", Type::String, true),
                ("interpreter", Type::list(Type::String), false),
                ("working_dir", Type::String, false),
                ("environment", Type::map(Type::String), false),
                ("quiet", Type::Bool, false),
            ]),
            block(&[
                ("inline", Type::list(Type::String), false),
                ("script", Type::String, false),
                ("scripts", Type::list(Type::String), false),
            ]),
            block(&[
                ("source", Type::String, false),
                ("content", Type::String, false),
                ("destination", Type::String, true),
            ]),
        ]
    });
    match kind {
        "local-exec" => Some(&all[0]),
        "remote-exec" => Some(&all[1]),
        "file" => Some(&all[2]),
        _ => None,
    }
}

/// The arguments of `connection` blocks.
pub fn connection_schema() -> &'static Block {
    static SCHEMA: OnceLock<Block> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let text = [
            "type",
            "user",
            "password",
            "host",
            "timeout",
            "script_path",
            "target_platform",
            "private_key",
            "certificate",
            "host_key",
            "agent_identity",
            "proxy_scheme",
            "proxy_host",
            "proxy_user_name",
            "proxy_user_password",
            "bastion_host",
            "bastion_host_key",
            "bastion_user",
            "bastion_password",
            "bastion_private_key",
            "bastion_certificate",
            "cacert",
        ];
        let mut all: Vec<(&str, Type, bool)> = text.iter().map(|name| (*name, Type::String, false)).collect();
        all.extend(["port", "proxy_port", "bastion_port"].map(|name| (name, Type::Number, false)));
        all.extend(["agent", "https", "insecure", "use_ntlm"].map(|name| (name, Type::Bool, false)));
        block(&all)
    })
}

/// The error for a provisioner type that does not exist.
pub fn no_such_type(p: &Provisioner) -> Diagnostic {
    Diagnostic::error(
        "Missing required provisioner plugin",
        format!("There is no provisioner type {:?}. There are local-exec, remote-exec and file.", &*p.kind),
    )
    .at(p.span)
}

/// Checks a provisioner's arguments as far as they are known. `ty` is the type of the objects it runs for.
pub fn validate(p: &Provisioner, connection: Option<&Connection>, scope: &ModuleScope<'_>, ty: &Type) -> Diagnostics {
    let this = Value::unknown(ty.clone());
    let scope = scope.with_this(&this);
    let Some(schema) = schema(&p.kind) else { return Diagnostics::new() };
    let (config, mut found) = decode_body(&p.body, schema, &scope);
    if &*p.kind != "local-exec" && !found.has_errors() {
        found.extend(remote::validate(p, connection, &config, &scope));
    }
    found
}

/// Runs the provisioners of one time in written order, until one fails for good. They share `connection`.
pub async fn run(
    all: &[Provisioner],
    connection: Option<&Connection>,
    when: When,
    scope: &ModuleScope<'_>,
    addr: &ResourceInstance,
) -> Diagnostics {
    let mut found = Diagnostics::new();
    for p in all.iter().filter(|p| p.when == when) {
        let events = &scope.walk.events;
        events.event(Event::ProvisionStart { addr: addr.clone(), provisioner: p.kind.to_string() });
        // Whoever asks twice to stop does not want to wait for a script.
        let result = tokio::select! {
            result = one(p, connection, scope, addr) => result,
            () = scope.walk.cancel.urgent() => Err(stopped(p).into()),
        };
        events.event(Event::ProvisionDone {
            addr: addr.clone(),
            provisioner: p.kind.to_string(),
            success: result.is_ok(),
        });
        if let Err(failed) = result {
            let failed = failed.into_iter().map(|d| d.at_default(Some(p.span)).for_address(addr));
            if p.on_failure == OnFailure::Continue {
                found.extend(failed.map(|d| Diagnostic { severity: Severity::Warning, ..d }));
                continue;
            }
            found.extend(failed);
            break;
        }
    }
    found
}

fn stopped(p: &Provisioner) -> Diagnostic {
    Diagnostic::error(
        "Provisioner was stopped",
        format!("The provisioner {:?} was stopped before it ended. What it had begun may be done in part.", &*p.kind),
    )
}

async fn one(
    p: &Provisioner,
    connection: Option<&Connection>,
    scope: &ModuleScope<'_>,
    addr: &ResourceInstance,
) -> Result<(), Diagnostics> {
    let Some(schema) = schema(&p.kind) else { return Err(no_such_type(p).into()) };
    let (config, found) = decode_body(&p.body, schema, scope);
    if found.has_errors() {
        return Err(found);
    }
    // With a secret in its arguments, the output may show it.
    let quiet = config.marks_deep().contains(Marks::SENSITIVE);
    let (config, _) = config.unmark_deep();
    if &*p.kind != "local-exec" {
        return remote::run(p, connection, &config, quiet, scope, addr).await;
    }
    local_exec(&config, quiet, scope, addr).await.map_err(Diagnostics::from)
}

pub fn texts(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_seq).unwrap_or(&[]).iter().filter_map(Value::as_str).map(String::from).collect()
}

async fn local_exec(
    config: &Value,
    sensitive: bool,
    scope: &ModuleScope<'_>,
    addr: &ResourceInstance,
) -> Result<(), Diagnostic> {
    let failed = |detail: String| Diagnostic::error("local-exec provisioner error", detail);
    let command = config.get("command").and_then(Value::as_str).unwrap_or_default();
    if command.is_empty() {
        return Err(failed("The argument \"command\" is empty. Give a command to run.".into()));
    }
    let mut interpreter = texts(config.get("interpreter"));
    if interpreter.is_empty() {
        interpreter = if cfg!(windows) { vec!["cmd".into(), "/C".into()] } else { vec!["/bin/sh".into(), "-c".into()] };
    }
    let mut process = Command::new(&interpreter[0]);
    process.args(&interpreter[1..]).arg(command).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    process.kill_on_drop(true);
    let base = &scope.walk.environment.base_dir;
    match config.get("working_dir").and_then(Value::as_str) {
        Some(dir) => process.current_dir(base.join(dir)),
        None => process.current_dir(if base.as_os_str().is_empty() { std::path::Path::new(".") } else { base }),
    };
    for (name, value) in config.get("environment").and_then(Value::as_map).into_iter().flatten() {
        process.env(name.as_ref(), value.as_str().unwrap_or_default());
    }
    let quiet = config.get("quiet").and_then(Value::as_bool) == Some(true);
    let tell = |line: String| {
        let provisioner = "local-exec".to_owned();
        scope.walk.events.event(Event::ProvisionOutput { addr: addr.clone(), provisioner, line });
    };
    if sensitive {
        tell("(output suppressed due to sensitive value in config)".into());
    } else if !quiet {
        let words: Vec<String> = interpreter.iter().map(|w| format!("{w:?}")).chain([format!("{command:?}")]).collect();
        tell(format!("Executing: [{}]", words.join(" ")));
    }
    let mut child = process.spawn().map_err(|e| failed(format!("Could not start {:?}: {e}.", interpreter[0])))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let tail = std::sync::Mutex::new(Vec::<String>::new());
    let keep = |line: String| {
        let mut tail = tail.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if tail.len() == 20 {
            tail.remove(0);
        }
        tail.push(line.clone());
        drop(tail);
        if !sensitive {
            tell(line);
        }
    };
    let (status, ..) = tokio::join!(child.wait(), lines(out, &keep), lines(err, &keep));
    let status = status.map_err(|e| failed(format!("Could not wait for the command: {e}.")))?;
    if status.success() {
        return Ok(());
    }
    let said = if sensitive {
        "(suppressed due to sensitive value in config)".to_owned()
    } else {
        tail.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).join("\n")
    };
    let command = if sensitive { "the command" } else { command };
    let how =
        status.code().map_or_else(|| "was ended by a signal".to_owned(), |c| format!("ended with exit status {c}"));
    Err(failed(format!("Error running {command:?}: it {how}. Output: {said}")))
}

async fn lines(from: Option<impl AsyncRead + Unpin>, keep: &impl Fn(String)) {
    let Some(from) = from else { return };
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while matches!(reader.read_until(b'\n', &mut line).await, Ok(n) if n > 0) {
        keep(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned());
        line.clear();
    }
}
