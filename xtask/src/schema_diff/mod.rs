//! `cargo xtask schema-diff`: craton's provider schemas beside those of the publishers' providers. Each difference needs a
//! reason out of [`reasons::REASONS`], and each reason a difference.

mod compare;
mod reasons;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value};

use crate::bench::tools;

pub(crate) const USAGE: &str = "  schema-diff [FLAGS]    compare provider schemas with those of the publishers' providers:
                         --with FILE                  output of terraform providers schema -json, or the file that
                                                      CRATON_PARITY's folder holds (else Terraform is asked, else that file)
                         --craton FILE                this craton, not a fresh debug build";

/// The providers that craton has or may have.
const PROVIDERS: &[&str] = &["aws", "cloudinit", "http", "local", "null", "random", "time", "tls"];

/// The release of the AWS provider that craton follows.
const AWS_VERSION: &str = "5.100.0";

/// Runs the comparison.
///
/// # Errors
/// A schema cannot be had, a difference has no reason, or a reason no difference.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<(), String> {
    let (mut with, mut craton) = (None, None);
    let mut args = args.iter();
    while let Some(flag) = args.next() {
        let value = args.next().ok_or_else(|| format!("{flag} needs a value\n\n{USAGE}"))?;
        match *flag {
            "--with" => with = Some(PathBuf::from(value)),
            "--craton" => craton = Some(PathBuf::from(value)),
            _ => return Err(format!("{flag} is no flag of schema-diff\n\n{USAGE}")),
        }
    }
    let scratch = tempfile::tempdir().map_err(|e| format!("no temporary folder: {e}"))?;
    let Some((judge, from)) = judge(with.as_deref(), scratch.path())? else { return Ok(()) };
    let ours = ours(root, craton.as_deref(), scratch.path())?;
    let judged = Judged::of(&judge)?;
    println!("compared with {from}");

    let mut found = BTreeSet::new();
    for (provider, theirs) in &judged.providers {
        match ours.get(provider.as_str()) {
            Some(mine) => {
                let report = compare::provider(provider, mine, theirs, judged.whole);
                println!("{provider}: {}", report.summary());
                found.extend(report.differences);
            }
            None => println!("{provider}: not built in"),
        }
    }
    for provider in ours.keys().filter(|p| !judged.providers.contains_key(p.as_str())) {
        println!("{provider}: built in, but not in what it is compared with");
    }
    let names: BTreeSet<&str> = judged.providers.keys().map(String::as_str).collect();
    report(&found, &names, reasons::REASONS)
}

/// Lists the differences with their reasons. Reasons about providers that were not judged are left alone.
fn report(found: &BTreeSet<String>, judged: &BTreeSet<&str>, reasons: &[(&str, &str)]) -> Result<(), String> {
    let (mut without, mut used) = (0, BTreeSet::new());
    for difference in found {
        match reasons.iter().find(|(what, _)| covers(what, difference)) {
            Some((what, why)) => {
                used.insert(*what);
                println!("  {difference}\n    because {why}");
            }
            None => {
                without += 1;
                println!("  {difference}\n    NO REASON");
            }
        }
    }
    let about_judged = |what: &str| judged.iter().any(|p| what.starts_with(&format!("{p} ")));
    let idle: Vec<&str> = reasons.iter().map(|r| r.0).filter(|w| about_judged(w) && !used.contains(w)).collect();
    for what in &idle {
        println!("  {what}\n    NO SUCH DIFFERENCE any more: take its reason out");
    }
    println!("{} differences, {without} without a reason, {} reasons without a difference", found.len(), idle.len());
    if without + idle.len() > 0 { Err("the schemas differ from what is known".into()) } else { Ok(()) }
}

/// Whether a row of the table is about a difference: it is that text, or the beginning of it that stands before `*`.
fn covers(what: &str, difference: &str) -> bool {
    match what.strip_suffix('*') {
        Some(beginning) => difference.starts_with(beginning),
        None => what == difference,
    }
}

/// What is compared with, and where it is from; none (said) when there is nothing.
fn judge(with: Option<&Path>, scratch: &Path) -> Result<Option<(Value, String)>, String> {
    let read = |path: &Path| -> Result<Value, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
    };
    if let Some(path) = with {
        return Ok(Some((read(path)?, path.display().to_string())));
    }
    let missing = match tools::terraform(scratch) {
        Ok(terraform) => {
            let folder = scratch.join("terraform");
            write_root(&folder, &[("aws", Some(AWS_VERSION))])?;
            let command = |args: &[&str]| {
                let mut command = Command::new(&terraform.program);
                command.args(args).current_dir(&folder).env_clear();
                command.envs(tools::environment(scratch, "http://127.0.0.1:9"));
                command.env("TF_CLI_CONFIG_FILE", &terraform.config);
                command
            };
            output(&mut command(&["init", "-input=false", "-no-color"]))?;
            let text = output(&mut command(&["providers", "schema", "-json"]))?;
            let schemas = serde_json::from_slice(&text).map_err(|e| format!("terraform providers schema: {e}"))?;
            return Ok(Some((schemas, format!("Terraform's hashicorp/aws {AWS_VERSION}"))));
        }
        Err(missing) => missing,
    };
    match std::env::var_os("CRATON_PARITY") {
        Some(folder) => {
            let path = Path::new(&folder).join(format!("aws-schema-{AWS_VERSION}.json"));
            Ok(Some((read(&path)?, path.display().to_string())))
        }
        None => {
            println!("skipped: {missing}, CRATON_PARITY names no folder, and there is no --with FILE");
            Ok(None)
        }
    }
}

/// Craton's schemas by the providers' short names.
fn ours(root: &Path, craton: Option<&Path>, scratch: &Path) -> Result<Map<String, Value>, String> {
    let folder = scratch.join("craton");
    write_root(&folder, &PROVIDERS.iter().map(|p| (*p, None)).collect::<Vec<_>>())?;
    let mut command = match craton {
        Some(path) => Command::new(path.canonicalize().map_err(|e| format!("{}: {e}", path.display()))?),
        None => {
            let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            command.args(["run", "--quiet", "--package", "craton-cli", "--bin", "craton", "--manifest-path"]);
            command.arg(root.join("Cargo.toml")).arg("--");
            command
        }
    };
    let text = output(command.args(["providers", "schema", "-json"]).current_dir(&folder))?;
    let schemas: Value = serde_json::from_slice(&text).map_err(|e| format!("craton providers schema: {e}"))?;
    Ok(by_short_name(&schemas))
}

/// What craton is compared with.
struct Judged {
    /// By the providers' short names, in Terraform's form.
    providers: std::collections::BTreeMap<String, Value>,
    /// All types are there, so that one which is not does not exist.
    whole: bool,
}

impl Judged {
    /// Terraform's output, or the form with `resources` and `data_sources` of the AWS provider alone.
    fn of(judge: &Value) -> Result<Self, String> {
        if judge.get("provider_schemas").is_some() {
            return Ok(Self { providers: by_short_name(judge).into_iter().collect(), whole: true });
        }
        if judge.get("resources").is_none() {
            return Err("that is neither the output of providers schema -json nor a file of CRATON_PARITY".into());
        }
        let all = |kind: &str| -> Value {
            let types = judge[kind].as_object().cloned().unwrap_or_default();
            types.into_iter().map(|(name, flat)| (name, compare::unflattened(&flat))).collect::<Map<_, _>>().into()
        };
        let aws = serde_json::json!({
            "provider": compare::unflattened(&judge["provider_config"]),
            "resource_schemas": all("resources"),
            "data_source_schemas": all("data_sources"),
        });
        Ok(Self { providers: [("aws".to_owned(), aws)].into(), whole: false })
    }
}

fn by_short_name(schemas: &Value) -> Map<String, Value> {
    let all = schemas["provider_schemas"].as_object().cloned().unwrap_or_default();
    all.into_iter().map(|(addr, p)| (addr.rsplit('/').next().unwrap_or(&addr).to_owned(), p)).collect()
}

fn write_root(folder: &Path, providers: &[(&str, Option<&str>)]) -> Result<(), String> {
    let rows = providers.iter().map(|(name, version)| {
        let version = version.map_or(String::new(), |v| format!("\n      version = \"{v}\""));
        format!("    {name} = {{\n      source  = \"hashicorp/{name}\"{version}\n    }}\n")
    });
    let text = format!("terraform {{\n  required_providers {{\n{}  }}\n}}\n", rows.collect::<String>());
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(folder.join("main.tf"), text))
        .map_err(|e| format!("{}: {e}", folder.display()))
}

fn output(command: &mut Command) -> Result<Vec<u8>, String> {
    let out = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if out.status.success() {
        return Ok(out.stdout);
    }
    Err(format!("{command:?} ended with {}:\n{}", out.status, String::from_utf8_lossy(&out.stderr)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_difference_has_a_reason_and_each_reason_a_difference() {
        let found = |all: &[&str]| all.iter().map(|s| (*s).to_string()).collect::<BTreeSet<_>>();
        let judged = BTreeSet::from(["aws"]);
        let why = |what| [(what, "it is so")];
        assert!(report(&found(&["aws x: y"]), &judged, &why("aws x: y")).is_ok());
        assert!(report(&found(&["aws x: y", "aws x: z"]), &judged, &why("aws x: *")).is_ok());
        assert!(report(&found(&["aws x: y"]), &judged, &[]).is_err(), "no reason");
        assert!(report(&found(&[]), &judged, &why("aws x: y")).is_err(), "no difference");
        assert!(report(&found(&[]), &judged, &why("tls x: y")).is_ok(), "tls was not judged");
    }

    #[test]
    fn both_forms_of_schemas() {
        let flat = serde_json::json!({
            "provider_config": {"attributes": {}},
            "resources": {"aws_a": {"version": 2, "attributes": {"b": {"type": "string"}},
                "block_types": {"c": {"nesting": "list", "max_items": 1, "block": {"attributes": {}}}}}},
            "data_sources": {},
        });
        let judged = Judged::of(&flat).unwrap();
        assert!(!judged.whole);
        let a = &judged.providers["aws"]["resource_schemas"]["aws_a"];
        assert_eq!((&a["version"], &a["block"]["block_types"]["c"]["nesting_mode"]), (&2.into(), &"list".into()));
        let full = serde_json::json!({"provider_schemas": {"registry.terraform.io/hashicorp/tls": {}}});
        let judged = Judged::of(&full).unwrap();
        assert!(judged.whole && judged.providers.contains_key("tls"));
        assert!(Judged::of(&serde_json::json!({})).is_err());
    }
}
