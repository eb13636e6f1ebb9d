//! Blocks and attributes of one file as parts of a configuration.

use crate::config::*;
use crate::evaluation::Evaluation;
use craton_hcl::{Block, BodySchema, Content, Expr};
use craton_model::{Diagnostic, Span, Type, Value, convert};
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Evaluation {
    /// What this file says, without its includes and without `dependency` blocks.
    pub(crate) fn own_config(&self) -> Config {
        self.own_config_with(true)
    }

    pub(crate) fn own_config_with(&self, inputs: bool) -> Config {
        self.warn_removed();
        let mut config = Config {
            terraform: self.terraform(),
            remote_state: self.remote_state(),
            inputs: if inputs { self.inputs() } else { IndexMap::new() },
            locals: self.all_locals(),
            generate: self.generate(),
            dependencies: IndexMap::new(),
            dependency_paths: self.dependency_paths(),
            features: self.features(),
            exclude: self.exclude(),
            errors: self.errors(),
            prevent_destroy: self.prevent_destroy(),
            iam: self.iam(),
            terraform_binary: self.text("terraform_binary"),
            download_dir: self.text("download_dir"),
            terraform_version_constraint: self.text("terraform_version_constraint"),
            terragrunt_version_constraint: self.text("terragrunt_version_constraint"),
            catalog: self.catalog(),
            origins: BTreeMap::new(),
        };
        config.note_origins(&self.ctx.file);
        config
    }

    pub(crate) fn terragrunt_version_constraint(&self) -> Option<String> {
        self.text("terragrunt_version_constraint")
    }

    pub(crate) fn catalog(&self) -> Option<IndexMap<Arc<str>, Value>> {
        let block = self.single("catalog")?;
        let schema = BodySchema::new().optional(["urls", "default_template", "no_shell", "no_hooks"]);
        let content = self.content_of(&block, &schema);
        let values = content.attributes.iter().filter_map(|(name, a)| Some((name.clone(), self.eval(&a.expr)?)));
        Some(values.collect())
    }

    /// One part of the file as a value, computed without the others; `None` if the part needs the whole.
    pub(crate) fn section(&self, name: &str) -> Option<Value> {
        let mut only = Config::default();
        match name {
            "locals" => return Some(Value::object(self.all_locals())),
            "inputs" => return Some(Value::object(self.inputs())),
            "terraform" => only.terraform = self.terraform(),
            "remote_state" => only.remote_state = self.remote_state(),
            "generate" => only.generate = self.generate(),
            "dependency" => only.dependencies = self.own_dependencies(true),
            _ => return None,
        }
        only.to_value().get(name).cloned()
    }

    fn attribute(&self, name: &str) -> Option<&Expr> {
        self.content.expr(name)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.attribute(name).and_then(|e| self.string(e, name))
    }

    fn content_of(&self, block: &Block, schema: &BodySchema<'_>) -> Content {
        let (content, found) = block.body.content(schema);
        self.report_all(found);
        content
    }

    fn single(&self, kind: &str) -> Option<Block> {
        let mut found = craton_model::Diagnostics::new();
        let block = self.content.single_block(kind, &mut found).cloned();
        self.report_all(found);
        block
    }

    /// Arguments of earlier versions that have been replaced by blocks.
    fn warn_removed(&self) {
        let instead = [
            ("skip", "an exclude block with  if = true  and  actions = [\"all\"]"),
            ("retryable_errors", "a retry block in an errors block"),
            ("retry_max_attempts", "a retry block in an errors block"),
            ("retry_sleep_interval_sec", "a retry block in an errors block"),
        ];
        for (name, use_this) in instead {
            if let Some(a) = self.content.attribute(name) {
                let detail =
                    format!("The argument {name:?} comes from earlier versions of Terragrunt. Use {use_this}.");
                self.report(Diagnostic::warning("Deprecated argument", detail).at(a.name_span));
            }
        }
        for kind in ["engine"] {
            if let Some(b) = self.content.blocks_of(kind).next() {
                let detail =
                    "craton runs configurations itself and starts no engine. The block has no effect; remove it.";
                self.report(Diagnostic::warning("Block without effect", detail).at(b.span));
            }
        }
        if let Some(a) = self.content.attribute("terraform_binary") {
            let detail = "craton runs configurations itself and starts no Terraform. The argument has no effect.";
            self.report(Diagnostic::warning("Argument without effect", detail).at(a.name_span));
        }
    }

    pub(crate) fn prevent_destroy(&self) -> Option<bool> {
        self.attribute("prevent_destroy").and_then(|e| self.bool(e, "prevent_destroy"))
    }

    pub(crate) fn iam(&self) -> IamRole {
        IamRole {
            role: self.text("iam_role"),
            duration: self
                .attribute("iam_assume_role_duration")
                .and_then(|e| self.typed(e, &Type::Number, "iam_assume_role_duration")?.as_number()?.to_i64())
                .and_then(|n| u64::try_from(n).ok()),
            session_name: self.text("iam_assume_role_session_name"),
            web_identity_token: self.text("iam_web_identity_token"),
            keys: None,
        }
    }

    pub(crate) fn inputs(&self) -> IndexMap<Arc<str>, Value> {
        self.attribute("inputs").and_then(|e| self.entries(e, "inputs")).unwrap_or_default()
    }

    /// The module's source alone, for what needs to know it before dependencies are read.
    pub(crate) fn source(&self) -> Option<(Arc<str>, Span)> {
        let block = self.single("terraform")?;
        let (content, _, _) = block.body.partial_content(&BodySchema::new().optional(["source"]));
        let expr = content.expr("source")?;
        if let Some(t) = expr.variables().iter().find(|t| &*t.root.name == "dependency") {
            let detail = "The source cannot reference dependency outputs: it is needed before any dependency is read.";
            self.report(Diagnostic::error("Invalid terraform.source", detail).at(t.span));
            return None;
        }
        Some((self.string(expr, "source")?.into(), expr.span()))
    }

    fn terraform(&self) -> Option<TerraformBlock> {
        let block = self.single("terraform")?;
        let schema = BodySchema::new()
            .optional([
                "source",
                "version",
                "include_in_copy",
                "exclude_from_copy",
                "copy_terraform_lock_file",
                "mutable",
                "update_source_with_cas",
            ])
            .block("extra_arguments", &["name"])
            .block("before_hook", &["name"])
            .block("after_hook", &["name"])
            .block("error_hook", &["name"]);
        let content = self.content_of(&block, &schema);
        let list = |name: &str| content.expr(name).and_then(|e| self.strings(e, name)).unwrap_or_default();
        let source = self.source();
        let mut terraform = TerraformBlock {
            source_span: source.as_ref().map(|(_, span)| *span),
            source: source.map(|(text, _)| text),
            version: content.expr("version").and_then(|e| self.string(e, "version")),
            include_in_copy: list("include_in_copy"),
            exclude_from_copy: list("exclude_from_copy"),
            copy_terraform_lock_file: content
                .expr("copy_terraform_lock_file")
                .and_then(|e| self.bool(e, "copy_terraform_lock_file")),
            ..TerraformBlock::default()
        };
        for b in &content.blocks {
            let Some(label) = b.labels.first().map(|l| l.name.clone()) else { continue };
            let mut taken = false;
            match &*b.kind {
                "extra_arguments" => taken = terraform.extra_arguments.insert(label, self.extra_arguments(b)).is_some(),
                "before_hook" => terraform.before_hooks.push(self.hook(label, b)),
                "after_hook" => terraform.after_hooks.push(self.hook(label, b)),
                _ => terraform.error_hooks.push(self.hook(label, b)),
            }
            if taken {
                let detail = format!("There are two {} blocks with this label. Give each a label of its own.", b.kind);
                self.report(Diagnostic::error("Duplicate block label", detail).at(b.span));
            }
        }
        Some(terraform)
    }

    fn extra_arguments(&self, block: &Block) -> ExtraArguments {
        let schema = BodySchema::new().required("commands").optional([
            "arguments",
            "required_var_files",
            "optional_var_files",
            "env_vars",
        ]);
        let content = self.content_of(block, &schema);
        let list = |name: &str| content.expr(name).and_then(|e| self.strings(e, name)).unwrap_or_default();
        let env = content.expr("env_vars").and_then(|e| self.typed(e, &Type::map(Type::String), "env_vars"));
        let env_vars: BTreeMap<String, String> = env
            .as_ref()
            .and_then(Value::as_map)
            .map(|m| m.iter().filter_map(|(k, v)| Some((k.to_string(), v.as_str()?.to_owned()))).collect())
            .unwrap_or_default();
        ExtraArguments {
            commands: list("commands"),
            arguments: list("arguments"),
            required_var_files: list("required_var_files"),
            optional_var_files: list("optional_var_files"),
            env_vars,
        }
    }

    fn hook(&self, name: Arc<str>, block: &Block) -> Hook {
        let mut schema = BodySchema::new().required("commands").required("execute").optional([
            "working_dir",
            "suppress_stdout",
            "run_on_error",
            "if",
        ]);
        if &*block.kind == "error_hook" {
            schema = schema.required("on_errors");
        }
        let content = self.content_of(block, &schema);
        let list = |name: &str| content.expr(name).and_then(|e| self.strings(e, name)).unwrap_or_default();
        let flag = |name: &str| content.expr(name).and_then(|e| self.bool(e, name));
        let hook = Hook {
            name,
            commands: list("commands"),
            execute: list("execute"),
            working_dir: content.expr("working_dir").and_then(|e| self.string(e, "working_dir")),
            run_on_error: flag("run_on_error"),
            condition: flag("if"),
            suppress_stdout: flag("suppress_stdout"),
            on_errors: list("on_errors"),
        };
        if let Some(e) = content.expr("execute").filter(|_| hook.execute.first().is_none_or(String::is_empty)) {
            let detail =
                "Need at least one non-empty argument in 'execute'. Name the program to run, then its arguments.";
            self.report(Diagnostic::error("Invalid hook", detail).at(e.span()).within(block.span));
        }
        hook
    }

    fn remote_state(&self) -> Option<RemoteState> {
        if let Some(expr) = self.attribute("remote_state") {
            let entries = self.entries(expr, "remote_state")?;
            if !entries.values().all(|v| self.is_known(v, expr.span(), "remote_state")) {
                return None;
            }
            let flag = |name: &str| entries.get(name).and_then(Value::as_bool).unwrap_or(false);
            let backend = entries.get("backend").and_then(Value::as_str).map(Arc::from);
            let Some(backend) = backend else {
                let detail = "The argument \"backend\" is required: the kind of backend, such as \"s3\".";
                self.report(Diagnostic::error("Missing required argument", detail).at(expr.span()));
                return None;
            };
            return Some(RemoteState {
                backend,
                config: map_of(entries.get("config")),
                generate: entries.get("generate").and_then(|v| self.backend_file(v, expr.span())),
                disable_init: flag("disable_init"),
                disable_dependency_optimization: flag("disable_dependency_optimization"),
                encryption: entries.get("encryption").filter(|v| !v.is_null()).cloned(),
                span: Some(expr.span()),
            });
        }
        let block = self.single("remote_state")?;
        let schema = BodySchema::new().required("backend").required("config").optional([
            "generate",
            "disable_init",
            "disable_dependency_optimization",
            "encryption",
        ]);
        let content = self.content_of(&block, &schema);
        let flag = |name: &str| content.expr(name).and_then(|e| self.bool(e, name)).unwrap_or(false);
        let generate = content.expr("generate").and_then(|e| {
            let value = self.eval(e)?;
            self.backend_file(&value, e.span())
        });
        let config = content.expr("config").and_then(|e| self.entries(e, "config")).unwrap_or_default();
        if !config.values().all(|v| self.is_known(v, block.span, "remote_state.config")) {
            return None;
        }
        Some(RemoteState {
            backend: self.string(content.expr("backend")?, "backend")?.into(),
            config,
            generate,
            disable_init: flag("disable_init"),
            disable_dependency_optimization: flag("disable_dependency_optimization"),
            encryption: content.expr("encryption").and_then(|e| self.eval(e)).filter(|v| !v.is_null()),
            span: Some(block.span),
        })
    }

    fn backend_file(&self, value: &Value, at: Span) -> Option<(String, IfExists)> {
        if value.is_null() {
            return None;
        }
        let path = value.get("path").and_then(Value::as_str);
        let if_exists = value.get("if_exists").and_then(Value::as_str).and_then(if_exists);
        match (path, if_exists) {
            (Some(path), Some(if_exists)) => Some((path.to_owned(), if_exists)),
            _ => {
                let detail = "It is written as  generate = { path = \"backend.tf\", if_exists = \"overwrite_terragrunt\" }; if_exists is one of overwrite, overwrite_terragrunt, skip and error.";
                self.report(Diagnostic::error("Invalid remote_state.generate", detail).at(at));
                None
            }
        }
    }

    fn generate(&self) -> IndexMap<Arc<str>, Generate> {
        let mut all = IndexMap::new();
        if let Some(expr) = self.attribute("generate") {
            for (label, value) in self.entries(expr, "generate").unwrap_or_default() {
                let get = |name: &str| value.get(name).filter(|v| !v.is_null()).cloned();
                all.extend(self.generate_of(&get, expr.span()).map(|g| (label, g)));
            }
        }
        let schema = BodySchema::new().required("path").required("contents").required("if_exists").optional([
            "if_disabled",
            "comment_prefix",
            "disable_signature",
            "disable",
            "hcl_fmt",
            "mutable",
        ]);
        for block in self.content.blocks_of("generate") {
            let Some(label) = block.labels.first().map(|l| l.name.clone()) else { continue };
            let content = self.content_of(block, &schema);
            let get = |name: &str| content.expr(name).and_then(|e| self.eval(e)).filter(|v| !v.is_null());
            let Some(generate) = self.generate_of(&get, block.span) else { continue };
            if let Some(first) = all.insert(label.clone(), generate) {
                let detail = format!(
                    "There are two generate blocks labelled {label:?}; the first is at {}. Give each a label of its own.",
                    first.span.place()
                );
                let summary = "Detected generate blocks with the same name";
                self.report(Diagnostic::error(summary, detail).at(block.span));
            }
        }
        all
    }

    fn generate_of(&self, get: &dyn Fn(&str) -> Option<Value>, span: Span) -> Option<Generate> {
        let convert_to = |name: &str, ty: Type| {
            let value = get(name)?;
            match convert(&value, &ty) {
                Ok(v) => self.is_known(&v, span, name).then_some(v),
                Err(e) => {
                    let detail = format!("Unsuitable value for {name}: {e}.");
                    self.report(Diagnostic::error("Unsuitable value type", detail).at(span));
                    None
                }
            }
        };
        let text = |name: &str| convert_to(name, Type::String).and_then(|v| v.as_str().map(str::to_owned));
        let flag = |name: &str| convert_to(name, Type::Bool).and_then(|v| v.as_bool());
        let if_exists_word = text("if_exists");
        let wanted = if_exists_word.as_deref().and_then(if_exists);
        if let (Some(word), None) = (&if_exists_word, wanted) {
            let detail = format!("{word:?} is not one of overwrite, overwrite_terragrunt, skip and error.");
            self.report(Diagnostic::error("Invalid if_exists", detail).at(span));
        }
        let if_disabled = match text("if_disabled").as_deref() {
            None | Some("skip") => IfDisabled::Skip,
            Some("remove") => IfDisabled::Remove,
            Some("remove_terragrunt") => IfDisabled::RemoveTerragrunt,
            Some(word) => {
                let detail = format!("{word:?} is not one of skip, remove and remove_terragrunt.");
                self.report(Diagnostic::error("Invalid if_disabled", detail).at(span));
                IfDisabled::Skip
            }
        };
        Some(Generate {
            path: text("path")?,
            contents: text("contents")?,
            if_exists: wanted?,
            if_disabled,
            comment_prefix: text("comment_prefix").unwrap_or_else(|| "# ".to_owned()),
            disable_signature: flag("disable_signature").unwrap_or(false),
            disable: flag("disable").unwrap_or(false),
            hcl_fmt: flag("hcl_fmt"),
            span,
        })
    }

    /// The paths of the `dependencies` block, as written and absolute.
    pub(crate) fn dependency_paths(&self) -> Vec<(String, std::path::PathBuf)> {
        let Some(block) = self.single("dependencies") else { return Vec::new() };
        let content = self.content_of(&block, &BodySchema::new().required("paths"));
        let Some(expr) = content.expr("paths") else { return Vec::new() };
        let paths = self.strings(expr, "paths").unwrap_or_default();
        let paths: Vec<_> = paths.into_iter().map(|p| (p.clone(), self.ctx.path(&p))).collect();
        for (_, missing) in paths.iter().filter(|(_, p)| !p.exists()) {
            let detail = format!("There is no folder {}. Correct the path, or remove it.", missing.display());
            self.report(Diagnostic::error("Dependency directory not found", detail).at(expr.span()));
        }
        paths
    }

    fn features(&self) -> IndexMap<Arc<str>, Value> {
        let labels: Vec<Arc<str>> =
            self.content.blocks_of("feature").filter_map(|b| Some(b.labels.first()?.name.clone())).collect();
        labels.into_iter().filter_map(|name| Some((name.clone(), self.feature(&name)?))).collect()
    }

    /// A feature flag: its default, or what it was set to from outside, converted to the default's type.
    pub(crate) fn feature(&self, name: &str) -> Option<Value> {
        let block = self.content.blocks_of("feature").find(|b| b.labels.first().is_some_and(|l| &*l.name == name));
        let Some(block) = block else {
            let added = self.added().and_then(|e| e.feature(name));
            return added.or_else(|| self.includes().iter().rev().find_map(|i| i.evaluation.feature(name)));
        };
        let content = self.content_of(block, &BodySchema::new().optional(["default"]));
        if content.expr("default").is_none() {
            let detail =
                format!("The feature flag {name} does not have a default value. Add one: the value without --feature.");
            self.report(Diagnostic::error("Missing required argument", detail).at(block.span));
        }
        let default = content.expr("default").and_then(|e| self.eval(e))?;
        let Some(given) = self.ctx.session.options.features.get(name) else { return Some(default) };
        let given = Value::from(given.as_str());
        match convert(&given, default.ty()) {
            Ok(v) => Some(v),
            Err(e) => {
                let detail =
                    format!("The value given for feature {name:?} does not have the type of its default: {e}.");
                self.report(Diagnostic::error("Invalid feature value", detail).at(block.span));
                Some(default)
            }
        }
    }

    pub(crate) fn exclude(&self) -> Option<Exclude> {
        if let Some(expr) = self.attribute("skip") {
            let condition = self.bool(expr, "skip").unwrap_or(false);
            return Some(Exclude { condition, actions: vec!["all".into()], no_run: true, ..Exclude::default() });
        }
        let block = self.single("exclude")?;
        let schema = BodySchema::new().required("if").required("actions").optional(["exclude_dependencies", "no_run"]);
        let content = self.content_of(&block, &schema);
        let flag = |name: &str| content.expr(name).and_then(|e| self.bool(e, name)).unwrap_or(false);
        Some(Exclude {
            condition: flag("if"),
            actions: content.expr("actions").and_then(|e| self.strings(e, "actions")).unwrap_or_default(),
            exclude_dependencies: flag("exclude_dependencies"),
            no_run: flag("no_run"),
        })
    }

    /// The rule that the arguments of earlier versions amount to.
    fn earlier_errors(&self) -> Option<ErrorRules> {
        let names = ["retryable_errors", "retry_max_attempts", "retry_sleep_interval_sec"];
        if names.iter().all(|n| self.attribute(n).is_none()) {
            return None;
        }
        let number = |name: &str| self.typed(self.attribute(name)?, &Type::Number, name)?.as_number()?.to_i64();
        let mut rule = crate::functions::default_retry();
        if let Some(patterns) = self.attribute("retryable_errors") {
            rule.retryable_errors = self.strings(patterns, "retryable_errors").unwrap_or_default();
        }
        if let Some(n) = number("retry_max_attempts").and_then(|n| u32::try_from(n).ok()) {
            rule.max_attempts = n;
        }
        if let Some(n) = number("retry_sleep_interval_sec").and_then(|n| u64::try_from(n).ok()) {
            rule.sleep_interval_sec = n;
        }
        Some(ErrorRules {
            retry: [(Arc::from("retryable_errors"), rule)].into_iter().collect(),
            ..ErrorRules::default()
        })
    }

    fn errors(&self) -> Option<ErrorRules> {
        let Some(block) = self.single("errors") else { return self.earlier_errors() };
        let content = self.content_of(&block, &BodySchema::new().block("retry", &["name"]).block("ignore", &["name"]));
        let mut rules = ErrorRules::default();
        for b in &content.blocks {
            let Some(label) = b.labels.first().map(|l| l.name.clone()) else { continue };
            if &*b.kind == "retry" {
                let schema = BodySchema::new()
                    .required("retryable_errors")
                    .required("max_attempts")
                    .required("sleep_interval_sec");
                let content = self.content_of(b, &schema);
                let number = |name: &str| {
                    let n =
                        content.expr(name).and_then(|e| self.typed(e, &Type::Number, name))?.as_number()?.to_i64()?;
                    u64::try_from(n).ok()
                };
                let rule = RetryRule {
                    retryable_errors: self.patterns(&content, "retryable_errors"),
                    max_attempts: number("max_attempts").and_then(|n| u32::try_from(n).ok()).unwrap_or(1),
                    sleep_interval_sec: number("sleep_interval_sec").unwrap_or(0),
                };
                rules.retry.insert(label, rule);
            } else {
                let schema = BodySchema::new().required("ignorable_errors").optional(["message", "signals"]);
                let content = self.content_of(b, &schema);
                let rule = IgnoreRule {
                    ignorable_errors: self.patterns(&content, "ignorable_errors"),
                    message: content.expr("message").and_then(|e| self.string(e, "message")).unwrap_or_default(),
                    signals: content.expr("signals").and_then(|e| self.entries(e, "signals")).unwrap_or_default(),
                };
                rules.ignore.insert(label, rule);
            }
        }
        Some(rules)
    }

    fn patterns(&self, content: &Content, name: &str) -> Vec<String> {
        let Some(expr) = content.expr(name) else { return Vec::new() };
        let all = self.strings(expr, name).unwrap_or_default();
        for pattern in &all {
            if let Err(e) = regex::Regex::new(pattern.strip_prefix('!').unwrap_or(pattern)) {
                let detail = format!("{pattern:?} is not a regular expression: {e}.");
                self.report(Diagnostic::error("Invalid pattern", detail).at(expr.span()));
            }
        }
        all
    }
}

fn map_of(value: Option<&Value>) -> IndexMap<Arc<str>, Value> {
    value.and_then(Value::as_map).map(|m| m.iter().cloned().collect()).unwrap_or_default()
}

fn if_exists(word: &str) -> Option<IfExists> {
    match word {
        "overwrite" => Some(IfExists::Overwrite),
        "overwrite_terragrunt" => Some(IfExists::OverwriteTerragrunt),
        "skip" => Some(IfExists::Skip),
        "error" => Some(IfExists::Error),
        _ => None,
    }
}
