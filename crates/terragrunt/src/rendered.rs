//! A unit's whole configuration as it is in force, for people and programs: what `render` writes.

use crate::config::{Config, Hook};
use crate::render;
use crate::session::absolute;
use craton_hcl::quoted;
use craton_model::{Data, Value};
use serde_json::{Map, Value as Json, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Config {
    /// Takes down that everything in it was found in this file.
    pub(crate) fn note_origins(&mut self, file: &Path) {
        let mut found: Vec<(&'static str, Arc<str>)> = Vec::new();
        let whole = |there: bool, name: &'static str| there.then(|| (name, Arc::from("")));
        found.extend(whole(self.terraform.is_some(), "terraform"));
        found.extend(whole(self.remote_state.is_some(), "remote_state"));
        found.extend(whole(self.prevent_destroy.is_some(), "prevent_destroy"));
        found.extend(whole(self.iam.duration.is_some(), "iam_assume_role_duration"));
        found.extend(self.texts().into_iter().filter(|(_, t)| t.is_some()).map(|(name, _)| (name, Arc::from(""))));
        found.extend(self.inputs.keys().map(|k| ("inputs", k.clone())));
        found.extend(self.locals.keys().map(|k| ("locals", k.clone())));
        found.extend(self.generate.keys().map(|k| ("generate", k.clone())));
        found.extend(self.dependency_paths.iter().map(|(p, _)| ("dependencies", p.as_str().into())));
        self.origins = found.into_iter().map(|key| (key, file.to_owned())).collect();
    }

    fn origin(&self, part: &'static str, key: &str) -> Json {
        match self.origins.get(&(part, Arc::from(key))) {
            Some(file) => json!({ "found_in_file": file.to_string_lossy() }),
            None => Json::Null,
        }
    }

    /// As JSON, in the shape that Terragrunt gives it. Outputs of dependencies are not in it. What is not known yet is an
    /// empty text. Sensitive values are in it.
    pub fn to_json(&self) -> Json {
        let mut all = match plain(&self.to_value()) {
            Json::Object(all) => all,
            _ => Map::new(),
        };
        let dependencies = self.dependencies.iter();
        let dependency = dependencies.map(|(name, d)| (name.to_string(), plain(&render::dependency(name, d, None))));
        all.insert("dependency".into(), Json::Object(dependency.collect()));
        for part in ["inputs", "locals"] {
            if all.get(part).and_then(Json::as_object).is_some_and(Map::is_empty) {
                all.insert(part.into(), Json::Null);
            }
        }
        Json::Object(all)
    }

    /// The same, each part with the file that it comes from.
    pub fn to_json_with_origins(&self) -> Json {
        let with = |value: Json, metadata: Json| json!({ "value": value, "metadata": metadata });
        let mut all = Map::new();
        for (name, text) in self.texts() {
            if name == "iam_web_identity_token" {
                continue;
            }
            all.insert(name.into(), with(json!(text.as_deref().unwrap_or_default()), self.origin(name, "")));
        }
        all.insert(
            "iam_assume_role_duration".into(),
            with(json!(self.iam.duration), self.origin("iam_assume_role_duration", "")),
        );
        if let Some(p) = self.prevent_destroy {
            all.insert("prevent_destroy".into(), with(json!(p), self.origin("prevent_destroy", "")));
        }
        if let Some(t) = &self.terraform {
            all.insert("terraform".into(), with(plain(&render::terraform(t)), self.origin("terraform", "")));
        }
        if let Some(r) = &self.remote_state {
            all.insert("remote_state".into(), with(plain(&render::remote_state(r)), self.origin("remote_state", "")));
        }
        for (part, values) in [("inputs", &self.inputs), ("locals", &self.locals)] {
            let entries = values.iter().map(|(k, v)| (k.to_string(), with(plain(v), self.origin(part, k))));
            insert(&mut all, part, entries.collect());
        }
        let dependency = self.dependencies.iter().map(|(name, d)| {
            let file = json!({ "found_in_file": absolute(&d.span.file.source().path).to_string_lossy() });
            (name.to_string(), with(plain(&render::dependency(name, d, None)), file))
        });
        insert(&mut all, "dependency", dependency.collect());
        let generate = self.generate.iter();
        let generate = generate
            .map(|(name, g)| (name.to_string(), with(plain(&render::generate(g)), self.origin("generate", name))));
        insert(&mut all, "generate", generate.collect());
        if !self.dependency_paths.is_empty() {
            let paths = self.dependency_paths.iter();
            let paths = paths.map(|(p, _)| with(json!(p), self.origin("dependencies", p))).collect();
            all.insert("dependencies".into(), Json::Array(paths));
        }
        Json::Object(all)
    }

    /// As a configuration file that says the same without includes, functions or references. What is not known yet is an
    /// empty text. Sensitive values are in it.
    pub fn to_hcl(&self) -> String {
        let mut out = Writer::default();
        if !self.locals.is_empty() {
            out.open("locals", None);
            self.locals.iter().for_each(|(k, v)| out.set(k, v));
            out.close();
        }
        if let Some(t) = &self.terraform {
            let value = render::terraform(t);
            out.open("terraform", None);
            out.set_all(&value, &["source", "version", "include_in_copy", "exclude_from_copy"]);
            out.set_all(&value, &["copy_terraform_lock_file"]);
            for (name, _) in &t.extra_arguments {
                let Some(block) = value.get("extra_arguments").and_then(|a| a.get(name)) else { continue };
                out.open("extra_arguments", Some(name));
                out.set_all(block, &["commands", "arguments", "required_var_files", "optional_var_files", "env_vars"]);
                out.close();
            }
            for (kind, hooks) in
                [("before_hook", &t.before_hooks), ("after_hook", &t.after_hooks), ("error_hook", &t.error_hooks)]
            {
                hooks.iter().for_each(|h| out.hook(kind, h));
            }
            out.close();
        }
        if let Some(r) = &self.remote_state {
            let value = render::remote_state(r);
            out.open("remote_state", None);
            out.set_all(&value, &["backend", "generate", "config", "encryption"]);
            for (name, flag) in [
                ("disable_init", r.disable_init),
                ("disable_dependency_optimization", r.disable_dependency_optimization),
            ] {
                if flag {
                    out.set(name, &Value::bool(true));
                }
            }
            out.close();
        }
        if !self.dependency_paths.is_empty() {
            out.open("dependencies", None);
            out.set("paths", &Value::tuple(self.dependency_paths.iter().map(|(p, _)| Value::from(p.as_str()))));
            out.close();
        }
        for (name, d) in &self.dependencies {
            let value = render::dependency(name, d, None);
            out.open("dependency", Some(name));
            out.set_all(&value, &["config_path", "enabled"]);
            if let Some(skip) = d.given.skip_outputs {
                out.set("skip_outputs", &Value::bool(skip));
            }
            out.set_all(
                &value,
                &[
                    "mock_outputs",
                    "mock_outputs_allowed_terraform_commands",
                    "mock_outputs_merge_strategy_with_state",
                    "mock_outputs_merge_with_state",
                ],
            );
            out.close();
        }
        for (name, g) in &self.generate {
            let value = render::generate(g);
            out.open("generate", Some(name));
            out.set_all(&value, &["path", "if_exists", "if_disabled", "contents"]);
            if g.comment_prefix != "# " {
                out.set("comment_prefix", &Value::from(g.comment_prefix.as_str()));
            }
            for (flag, set) in [("disable_signature", g.disable_signature), ("disable", g.disable)] {
                if set {
                    out.set(flag, &Value::bool(true));
                }
            }
            out.set_all(&value, &["hcl_fmt"]);
            out.close();
        }
        for (name, value) in &self.features {
            out.open("feature", Some(name));
            out.set("default", value);
            out.close();
        }
        self.rules_to_hcl(&mut out);
        let value = self.to_value();
        for (name, _) in self.texts().into_iter().filter(|(_, t)| t.is_some()) {
            out.set_all(&value, &[name]);
        }
        out.set_all(&value, &["prevent_destroy", "iam_assume_role_duration"]);
        if !self.inputs.is_empty() {
            out.set("inputs", &Value::object(self.inputs.clone()));
        }
        out.text()
    }

    fn rules_to_hcl(&self, out: &mut Writer) {
        let value = self.to_value();
        if let Some(e) = value.get("exclude") {
            out.open("exclude", None);
            out.set_all(e, &["if", "actions", "exclude_dependencies", "no_run"]);
            out.close();
        }
        if let Some(errors) = &self.errors {
            out.open("errors", None);
            for (kind, fields) in [
                ("retry", &["retryable_errors", "max_attempts", "sleep_interval_sec"][..]),
                ("ignore", &["ignorable_errors", "message", "signals"]),
            ] {
                let names: Vec<&Arc<str>> =
                    if kind == "retry" { errors.retry.keys().collect() } else { errors.ignore.keys().collect() };
                let blocks = value.get("errors").and_then(|e| e.get(kind)).and_then(Value::as_seq);
                for (name, block) in names.into_iter().zip(blocks.into_iter().flatten()) {
                    out.open(kind, Some(name));
                    out.set_all(block, fields);
                    out.close();
                }
            }
            out.close();
        }
        if let Some(c) = &self.catalog {
            out.open("catalog", None);
            c.iter().for_each(|(k, v)| out.set(k, v));
            out.close();
        }
    }

    /// The inputs of which a part is not known yet, by name.
    pub fn unknown_inputs(&self) -> Vec<String> {
        self.inputs.iter().filter(|(_, v)| !v.is_wholly_known()).map(|(name, _)| name.to_string()).collect()
    }
}

/// A map of named things, left out where there are none.
fn insert(all: &mut Map<String, Json>, part: &str, entries: Map<String, Json>) {
    if !entries.is_empty() {
        all.insert(part.into(), Json::Object(entries));
    }
}

/// A value without marks, what is not known in it as empty text.
fn known(value: &Value) -> Value {
    let (value, _) = value.clone().unmark_deep();
    if value.is_wholly_known() {
        return value;
    }
    match value.data() {
        Data::Map(entries) => Value::object(entries.iter().map(|(k, v)| (k.clone(), known(v)))),
        Data::Seq(items) => Value::tuple(items.iter().map(known)),
        _ => Value::from(""),
    }
}

fn plain(value: &Value) -> Json {
    craton_model::json::to_json(&known(value))
}

/// Writes blocks and arguments.
#[derive(Default)]
struct Writer {
    out: String,
}

impl Writer {
    fn open(&mut self, kind: &str, label: Option<&str>) {
        let label = label.map(|l| format!("{} ", quoted(l))).unwrap_or_default();
        self.out.push_str(&format!("{kind} {label}{{\n"));
    }

    fn close(&mut self) {
        self.out.push_str("}\n");
    }

    fn set(&mut self, name: &str, value: &Value) {
        let text = craton_hcl::expression_text(&known(value)).unwrap_or_else(|| "null".to_owned());
        self.out.push_str(&format!("{name} = {text}\n"));
    }

    /// Those of an object's entries that are set.
    fn set_all(&mut self, object: &Value, names: &[&str]) {
        for name in names {
            if let Some(value) = object.get(name).filter(|v| !v.is_null()) {
                self.set(name, value);
            }
        }
    }

    fn hook(&mut self, kind: &str, hook: &Hook) {
        let list = |all: &[String]| Value::tuple(all.iter().map(|s| Value::from(s.as_str())));
        self.open(kind, Some(&hook.name));
        for (name, flag) in
            [("if", hook.condition), ("run_on_error", hook.run_on_error), ("suppress_stdout", hook.suppress_stdout)]
        {
            if let Some(flag) = flag {
                self.set(name, &Value::bool(flag));
            }
        }
        self.set("commands", &list(&hook.commands));
        self.set("execute", &list(&hook.execute));
        if kind == "error_hook" {
            self.set("on_errors", &list(&hook.on_errors));
        }
        if let Some(dir) = &hook.working_dir {
            self.set("working_dir", &Value::from(dir.as_str()));
        }
        self.close();
    }

    fn text(self) -> String {
        craton_hcl::fmt::format(&PathBuf::from("terragrunt.hcl"), &self.out).unwrap_or(self.out)
    }
}
