//! Configurations as values, and values as text of the language.

use crate::config::*;
use craton_hcl::{object_key, quoted};
use craton_model::{Data, Type, Value};
use indexmap::IndexMap;
use std::sync::Arc;

fn strings(all: &[String]) -> Value {
    Value::list(Type::String, all.iter().map(|s| Value::from(s.as_str())))
}

/// A list that may have been left out.
fn some_strings(all: &[String]) -> Value {
    if all.is_empty() { Value::null(Type::list(Type::String)) } else { strings(all) }
}

fn opt(text: &Option<String>) -> Value {
    text.as_deref().map_or_else(|| Value::null(Type::String), Value::from)
}

fn opt_bool(flag: Option<bool>) -> Value {
    flag.map_or_else(|| Value::null(Type::Bool), Value::bool)
}

fn by_name<V>(all: &IndexMap<Arc<str>, V>, f: impl Fn(&Arc<str>, &V) -> Value) -> Value {
    Value::object(all.iter().map(|(k, v)| (k.clone(), f(k, v))))
}

impl Config {
    /// The configuration as `read_terragrunt_config` and exposed includes give it, in the shape that Terragrunt gives it
    /// (<https://terragrunt.gruntwork.io/docs/reference/hcl/functions/#read_terragrunt_config>).
    pub fn to_value(&self) -> Value {
        let mut all: Vec<(Arc<str>, Value)> = vec![
            ("locals".into(), Value::object(self.locals.clone())),
            ("inputs".into(), Value::object(self.inputs.clone())),
            ("generate".into(), by_name(&self.generate, |_, g| generate(g))),
            ("dependency".into(), by_name(&self.dependencies, |name, d| dependency(name, d, d.outputs.as_ref()))),
            ("feature".into(), by_name(&self.features, feature)),
        ];
        if let Some(t) = &self.terraform {
            all.push(("terraform".into(), terraform(t)));
        }
        if let Some(r) = &self.remote_state {
            all.push(("remote_state".into(), remote_state(r)));
        }
        if !self.dependency_paths.is_empty() {
            let paths: Vec<String> = self.dependency_paths.iter().map(|(written, _)| written.clone()).collect();
            all.push(("dependencies".into(), Value::object([("paths", strings(&paths))])));
        }
        if let Some(e) = &self.exclude {
            all.push(("exclude".into(), exclude(e)));
        }
        if let Some(e) = &self.errors {
            all.push(("errors".into(), errors(e)));
        }
        if let Some(c) = &self.catalog {
            all.push(("catalog".into(), Value::object(c.clone())));
        }
        if let Some(p) = self.prevent_destroy {
            all.push(("prevent_destroy".into(), Value::bool(p)));
        }
        for (name, text) in self.texts() {
            all.push((name.into(), Value::from(text.as_deref().unwrap_or_default())));
        }
        if let Some(d) = self.iam.duration {
            all.push(("iam_assume_role_duration".into(), Value::number(i64::try_from(d).unwrap_or(i64::MAX))));
        }
        Value::object(all)
    }

    /// The arguments that are texts, by name.
    pub(crate) fn texts(&self) -> [(&'static str, &Option<String>); 7] {
        [
            ("terraform_binary", &self.terraform_binary),
            ("terraform_version_constraint", &self.terraform_version_constraint),
            ("terragrunt_version_constraint", &self.terragrunt_version_constraint),
            ("download_dir", &self.download_dir),
            ("iam_role", &self.iam.role),
            ("iam_assume_role_session_name", &self.iam.session_name),
            ("iam_web_identity_token", &self.iam.web_identity_token),
        ]
    }
}

fn feature(name: &Arc<str>, value: &Value) -> Value {
    Value::object([("name", Value::string(name.clone())), ("default", value.clone()), ("value", value.clone())])
}

fn exclude(e: &Exclude) -> Value {
    Value::object([
        ("if", Value::bool(e.condition)),
        ("actions", strings(&e.actions)),
        ("exclude_dependencies", Value::bool(e.exclude_dependencies)),
        ("no_run", Value::bool(e.no_run)),
    ])
}

fn errors(e: &ErrorRules) -> Value {
    let retry = e.retry.iter().map(|(name, r)| {
        Value::object([
            ("name", Value::string(name.clone())),
            ("retryable_errors", strings(&r.retryable_errors)),
            ("max_attempts", Value::number(i64::from(r.max_attempts))),
            ("sleep_interval_sec", Value::number(i64::try_from(r.sleep_interval_sec).unwrap_or(i64::MAX))),
        ])
    });
    let ignore = e.ignore.iter().map(|(name, r)| {
        Value::object([
            ("name", Value::string(name.clone())),
            ("ignorable_errors", strings(&r.ignorable_errors)),
            ("message", Value::from(r.message.as_str())),
            ("signals", Value::object(r.signals.clone())),
        ])
    });
    Value::object([("retry", Value::tuple(retry)), ("ignore", Value::tuple(ignore))])
}

pub(crate) fn generate(g: &Generate) -> Value {
    Value::object([
        ("path", Value::from(g.path.as_str())),
        ("contents", Value::from(g.contents.as_str())),
        ("if_exists", Value::from(if_exists_word(g.if_exists))),
        ("if_disabled", Value::from(if_disabled_word(g.if_disabled))),
        ("comment_prefix", Value::from(g.comment_prefix.as_str())),
        ("disable_signature", Value::bool(g.disable_signature)),
        ("disable", Value::bool(g.disable)),
        ("hcl_fmt", opt_bool(g.hcl_fmt)),
        ("mutable", Value::null(Type::Bool)),
    ])
}

pub(crate) fn if_disabled_word(i: IfDisabled) -> &'static str {
    match i {
        IfDisabled::Skip => "skip",
        IfDisabled::Remove => "remove",
        IfDisabled::RemoveTerragrunt => "remove_terragrunt",
    }
}

pub(crate) fn if_exists_word(i: IfExists) -> &'static str {
    match i {
        IfExists::Overwrite => "overwrite",
        IfExists::OverwriteTerragrunt => "overwrite_terragrunt",
        IfExists::Skip => "skip",
        IfExists::Error => "error",
    }
}

pub(crate) fn dependency(name: &Arc<str>, d: &Dependency, outputs: Option<&Value>) -> Value {
    let null = || Value::null(Type::Dynamic);
    Value::object([
        ("name", Value::string(name.clone())),
        ("config_path", Value::from(d.config_path.as_str())),
        ("enabled", opt_bool(d.given.enabled)),
        ("skip", opt_bool(d.given.skip_outputs)),
        ("mock_outputs", d.mock_outputs.clone().unwrap_or_else(null)),
        ("mock_outputs_allowed_terraform_commands", some_strings(&d.mock_outputs_allowed_terraform_commands)),
        ("mock_outputs_merge_with_state", opt_bool(d.given.merge_with_state)),
        ("mock_outputs_merge_strategy_with_state", opt(&d.given.merge_strategy)),
        ("outputs", outputs.cloned().unwrap_or_else(null)),
        ("inputs", null()),
    ])
}

pub(crate) fn terraform(t: &TerraformBlock) -> Value {
    let hooks = |all: &[Hook], on_errors: bool| {
        Value::object(all.iter().map(|h| {
            let mut fields = vec![
                ("name", Value::string(h.name.clone())),
                ("commands", strings(&h.commands)),
                ("execute", strings(&h.execute)),
                ("working_dir", opt(&h.working_dir)),
                ("suppress_stdout", opt_bool(h.suppress_stdout)),
            ];
            if on_errors {
                fields.push(("on_errors", strings(&h.on_errors)));
            } else {
                fields.push(("run_on_error", opt_bool(h.run_on_error)));
                fields.push(("if", opt_bool(h.condition)));
            }
            (h.name.clone(), Value::object(fields))
        }))
    };
    let arguments = by_name(&t.extra_arguments, |name, x| {
        let env = x.env_vars.iter().map(|(k, v)| (k.as_str(), Value::from(v.as_str())));
        Value::object([
            ("name", Value::string(name.clone())),
            ("commands", strings(&x.commands)),
            ("arguments", some_strings(&x.arguments)),
            ("required_var_files", some_strings(&x.required_var_files)),
            ("optional_var_files", some_strings(&x.optional_var_files)),
            (
                "env_vars",
                if x.env_vars.is_empty() {
                    Value::null(Type::map(Type::String))
                } else {
                    Value::map(Type::String, env)
                },
            ),
        ])
    });
    let mut fields = vec![
        ("source", t.source.as_deref().map_or_else(|| Value::null(Type::String), Value::from)),
        ("include_in_copy", some_strings(&t.include_in_copy)),
        ("exclude_from_copy", some_strings(&t.exclude_from_copy)),
        ("copy_terraform_lock_file", opt_bool(t.copy_terraform_lock_file)),
        ("extra_arguments", arguments),
        ("before_hook", hooks(&t.before_hooks, false)),
        ("after_hook", hooks(&t.after_hooks, false)),
        ("error_hook", hooks(&t.error_hooks, true)),
    ];
    // Only there where it was written.
    if let Some(version) = &t.version {
        fields.push(("version", Value::from(version.as_str())));
    }
    Value::object(fields)
}

pub(crate) fn remote_state(r: &RemoteState) -> Value {
    let generate = match &r.generate {
        None => Value::null(Type::Dynamic),
        Some((path, if_exists)) => Value::object([
            ("path", Value::from(path.as_str())),
            ("if_exists", Value::from(if_exists_word(*if_exists))),
        ]),
    };
    Value::object([
        ("backend", Value::string(r.backend.clone())),
        ("config", Value::object(r.config.clone())),
        ("generate", generate),
        ("disable_init", Value::bool(r.disable_init)),
        ("disable_dependency_optimization", Value::bool(r.disable_dependency_optimization)),
        ("encryption", r.encryption.clone().unwrap_or_else(|| Value::null(Type::Dynamic))),
    ])
}

/// A known value as an expression of the language, lines after the first indented by `indent` spaces. Marks are not
/// shown.
pub fn render_value(value: &Value, indent: usize) -> String {
    let mut out = String::new();
    write(value, indent, &mut out);
    out
}

fn write(value: &Value, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent + 2);
    let end = " ".repeat(indent);
    match value.data() {
        Data::Null | Data::Unknown(_) => out.push_str("null"),
        Data::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Data::Number(n) => out.push_str(&n.to_string()),
        Data::String(s) => out.push_str(&quoted(s)),
        Data::Seq(items) if items.iter().all(|v| v.ty().is_primitive()) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                write(item, indent, out);
            }
            out.push(']');
        }
        Data::Seq(items) => {
            out.push_str("[\n");
            for item in items.iter() {
                out.push_str(&pad);
                write(item, indent + 2, out);
                out.push_str(",\n");
            }
            out.push_str(&end);
            out.push(']');
        }
        Data::Map(entries) if entries.is_empty() => out.push_str("{}"),
        Data::Map(entries) => {
            let keys: Vec<String> = entries.keys().enumerate().map(|(i, k)| object_key(k, i == 0)).collect();
            let width = keys.iter().map(|k| k.chars().count()).max().unwrap_or(0);
            out.push_str("{\n");
            for (k, (_, v)) in keys.iter().zip(entries.iter()) {
                out.push_str(&format!("{pad}{k}{} = ", " ".repeat(width - k.chars().count())));
                write(v, indent + 2, out);
                out.push('\n');
            }
            out.push_str(&end);
            out.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_as_text() {
        let v = Value::object([
            ("a", Value::from("x\"${y}")),
            ("long", Value::tuple([Value::from(1), Value::bool(true)])),
            ("m", Value::object([("k-1", Value::null(Type::String)), ("b c", Value::object::<&str>([]))])),
        ]);
        let want =
            "{\n  a    = \"x\\\"$${y}\"\n  long = [1, true]\n  m    = {\n    \"b c\" = {}\n    k-1   = null\n  }\n}";
        assert_eq!(render_value(&v, 0), want);
    }
}
