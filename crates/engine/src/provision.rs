//! Provisioners: when they run and what their failure means. `local-exec` runs here, the others elsewhere.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use craton_config::{Connection, OnFailure, Provisioner, When};
use craton_hcl::decode_body;
use craton_model::addr::ResourceInstance;
use craton_model::schema::{Attribute, AttributeType, Block};
use craton_model::{Diagnostic, Diagnostics, Event, Marks, Severity, Type, Value};

use crate::evaluate::ModuleScope;
use crate::local_exec;
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
        let mut all: Vec<(&str, Type, bool)> = text.iter().map(|name| (*name, Type::String, *name == "host")).collect();
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
    if &*p.kind == "local-exec" {
        // It connects to nothing, but what its connection says is held to the schema all the same, as in Terraform.
        found.extend(remote::connection_types(p, connection, &scope));
    } else if !found.has_errors() {
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
    if !config.is_wholly_known() {
        return Err(Diagnostic::error(
            "Argument is not known",
            format!(
                "An argument of the provisioner {:?} depends on something that is not there yet: another instance of \
                 its own resource, perhaps. Use \"self\" for the instance that it belongs to.",
                &*p.kind
            ),
        )
        .into());
    }
    // With a secret in its arguments, the output may show it.
    let marks = config.marks_deep();
    let secret = match (marks.contains(Marks::SENSITIVE), marks.contains(Marks::EPHEMERAL)) {
        (true, true) => Some("sensitive, ephemeral"),
        (true, false) => Some("sensitive"),
        (false, true) => Some("ephemeral"),
        (false, false) => None,
    };
    let (config, _) = config.unmark_deep();
    if &*p.kind != "local-exec" {
        return remote::run(p, connection, &config, secret, scope, addr).await;
    }
    local_exec::run(&config, secret, scope, addr).await.map_err(Diagnostics::from)
}

pub fn texts(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_seq).unwrap_or(&[]).iter().filter_map(Value::as_str).map(String::from).collect()
}
