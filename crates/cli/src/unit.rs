//! A root module with everything it takes to work on it: inputs, AWS, providers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use craton_config::{FileCache, InputOrigin, VariableInputs};
use craton_engine::{CancelToken, Functions, Session, SessionOptions};
use craton_hcl::{Environment, FunctionRef};
use craton_model::addr::ProviderAddr;
use craton_model::state::OutputValue;
use craton_model::version::Version;
use craton_model::{Diagnostic, Diagnostics, EventSink, State, Type, Value};
use craton_provider::Registry;
use craton_provider::builtin::{Builtin, RemoteState};
use craton_small_providers::Surroundings;
use craton_state::DEFAULT_WORKSPACE;
use craton_state::planfile::SavedPlan;
use craton_terragrunt::HookKind;

use crate::app::{App, Ended, Outcome};
use crate::args::Command;
use crate::args::normal::{self, VariableArg};
use crate::aws::{self, Access};
use crate::backend::{self, Choice, LocalFlags};
use crate::json::Schemas;
use crate::pin;
use crate::remote::Ssh;
use crate::root::Root;
use crate::terragrunt::Active;

/// A root module that is ready to be worked on.
pub struct Work {
    /// The module.
    pub root: Root,
    /// How AWS is reached.
    pub aws: Access,
    /// The unit, in a unit's folder.
    pub active: Option<Active>,
    /// `-var` and `-var-file` in order: those of the unit, then those that were typed.
    variables: Vec<VariableArg>,
    /// The folder that craton was started in, under `-chdir`.
    started_in: Option<PathBuf>,
    /// The release of the AWS provider that the configuration is pinned to, when it is not the newest that craton knows.
    pinned: Option<Version>,
}

/// Commands for which a folder without configuration is like one with an empty one.
const MAY_BE_EMPTY: &[&str] = &["init", "validate", "console", "graph", "modules", "schema", "lock"];

/// What is said of modules that a unit has to fetch first.
const REFETCH: &[&str] = &["Module not installed", "Module source has changed"];

/// The functions of the language.
pub struct Language;

impl Functions for Language {
    fn get(&self, name: &str) -> Option<FunctionRef> {
        craton_hcl::functions::function(name)
    }

    fn names(&self) -> Vec<String> {
        craton_hcl::functions::function_names().map(ToOwned::to_owned).collect()
    }
}

impl Work {
    /// The root module in the working folder; in a unit's folder, the module that the unit runs.
    pub async fn load(app: &App, command: &str) -> Result<Self, Diagnostics> {
        Self::load_unless_empty(app, command, MAY_BE_EMPTY.contains(&command)).await
    }

    /// The same; `may_be_empty`: a folder without configuration is like one with an empty one.
    pub async fn load_unless_empty(app: &App, command: &str, may_be_empty: bool) -> Result<Self, Diagnostics> {
        let dir = app.dir();
        if !app.is_unit(&dir) {
            let root = Root::load(dir)?;
            if !may_be_empty {
                root.require_files()?;
            }
            return Self::of(app, root, None);
        }
        let active = Active::load(app, &dir, command)?;
        let files =
            if crate::lane::current().is_some() { active.unit.own_files() } else { active.unit.files().clone() };
        let dir = active.working_dir();
        let root = match Root::load_with(dir.clone(), files.clone()) {
            // What is missing is fetched, as everybody would say yes to that.
            Err(found) if (&found).into_iter().any(|d| REFETCH.contains(&d.summary.as_str())) => {
                let tests = std::path::Path::new(craton_config::TEST_DIRECTORY);
                crate::commands::init::install(
                    app,
                    &dir,
                    &active.unit.iam,
                    tests,
                    false,
                    &mut crate::commands::init::said,
                )?;
                Root::load_with(dir, files)?
            }
            other => other?,
        };
        Self::of(app, root, Some(active))
    }

    /// The same for commands that look at the state only, for which there need be no configuration.
    pub async fn for_state(app: &App) -> Result<Self, Diagnostics> {
        if app.is_unit(&app.dir()) {
            return Self::load(app, "output").await;
        }
        Self::of(app, Root::load_alone(app.dir())?, None)
    }

    /// The root module in another folder than the working one (`import -config`).
    pub async fn load_folder(app: &App, dir: PathBuf) -> Result<Self, Diagnostics> {
        let root = Root::load(dir)?;
        root.require_files()?;
        Self::of(app, root, None)
    }

    /// The same with a file more than there is on disk.
    pub fn with_file(&self, app: &App, path: PathBuf, text: String) -> Result<Self, Diagnostics> {
        let cache = self.root.cache.clone();
        cache.add_file(path, text);
        let mut root = Root::load_with(self.root.dir.clone(), cache)?;
        root.workspace.clone_from(&self.root.workspace);
        Ok(Self {
            root,
            aws: self.aws.clone(),
            active: None,
            variables: app.variables.clone(),
            started_in: self.started_in.clone(),
            pinned: self.pinned.clone(),
        })
    }

    /// The root module that a saved plan was made of, as it was then.
    pub async fn for_plan(app: &App, saved: &SavedPlan, active: Option<Active>) -> Result<Self, Diagnostics> {
        let files = saved.files.iter().map(|(path, text)| (PathBuf::from(path), text.clone())).collect();
        let mut root = Root::load_with(PathBuf::from(&saved.root_dir), FileCache::frozen(files))?;
        root.workspace.clone_from(&saved.workspace);
        // The plan holds the values of variables, those that the unit gives among them.
        let mut work = Self::of(app, root, active)?;
        work.variables.clone_from(&app.variables);
        Ok(work)
    }

    /// The same for `test`: which provider configurations the modules get is left open.
    pub fn for_tests(app: &App) -> Result<Self, Diagnostics> {
        let dir = app.dir();
        Self::of(app, Root::load_under_test(dir)?, None)
    }

    fn of(app: &App, root: Root, active: Option<Active>) -> Result<Self, Diagnostics> {
        let account = root.tree.root().and_then(|r| aws::allowed_account(&r.module));
        let extra = active.as_ref().map(|a| a.prepared.extra.arguments.clone()).unwrap_or_default();
        let iam = active.as_ref().map(|a| a.unit.iam.clone()).unwrap_or_default();
        let mut variables = normal::normal(std::iter::once(String::new()).chain(extra)).variables;
        variables.extend(app.variables.iter().cloned());
        let started_in = app.global.chdir.as_ref().and_then(|_| std::env::current_dir().ok());
        let folders = [Some(root.dir.as_path()), active.as_ref().map(|a| a.unit.dir.as_path())];
        let folders: Vec<&std::path::Path> = folders.into_iter().flatten().collect();
        let pinned = match Version::parse(craton_aws_provider::VERSION) {
            Some(newest) => pin::aws(&root.tree, &folders, &newest)?,
            None => None,
        };
        Ok(Self { aws: Access::new(app, account, &iam), root, active, variables, started_in, pinned })
    }

    /// The command again, with what the unit's `extra_arguments` add to it; `None` if they add nothing.
    pub fn amended(&self, app: &App) -> Result<Option<Command>, Diagnostics> {
        let extra = self.active.as_ref().map(|a| a.prepared.extra.arguments.as_slice()).unwrap_or_default();
        // Variables are in their place already. Their values may be arguments of their own.
        let mut rest = Vec::new();
        let mut all = extra.iter();
        while let Some(argument) = all.next() {
            match argument.trim_start_matches('-') {
                "var" | "var-file" if argument.starts_with('-') => drop(all.next()),
                flag if argument.starts_with('-') && flag.starts_with("var") => {}
                _ => rest.push(argument.clone()),
            }
        }
        if rest.is_empty() { Ok(None) } else { app.with_arguments(&rest).map(Some) }
    }

    /// Runs a command between the unit's hooks. When a hook before it fails, the command does not run; hooks that are for
    /// failures do.
    pub async fn hooked(&self, command: impl Future<Output = Ended>) -> Ended {
        let Some(active) = &self.active else { return command.await };
        let before = active.hooks(HookKind::Before, &Diagnostics::new());
        let ended = if before.has_errors() {
            let detail = "Errors encountered running before_hooks, so the command was not run.";
            Err(before.into_iter().chain([Diagnostic::error("Command not run", detail)]).collect())
        } else {
            command.await
        };
        let mut failures = ended.as_ref().err().cloned().unwrap_or_default();
        if matches!(ended, Ok(Outcome::Failed)) {
            failures.extend(crate::lane::errors());
            if !failures.has_errors() {
                failures.push(Diagnostic::error("Command failed", "The command did not succeed."));
            }
        }
        let mut found = active.hooks(HookKind::After, &failures);
        if failures.has_errors() || found.has_errors() {
            let all = failures.clone().into_iter().chain(found.clone()).collect();
            found.extend(active.hooks(HookKind::Error, &all));
        }
        match ended {
            Ok(outcome) if !found.has_errors() => Ok(outcome),
            Ok(_) => Err(found),
            Err(first) => Err(first.into_iter().chain(found).collect()),
        }
    }

    /// What the unit says of its backend beside the generated files.
    pub fn backend_settings(&self) -> Vec<(String, Value)> {
        let settings = self.active.as_ref().and_then(|a| a.prepared.backend_config.as_ref());
        settings.into_iter().flat_map(|b| &b.settings).map(|(k, v)| (k.to_string(), v.clone())).collect()
    }

    /// The providers there are.
    pub fn registry(&self) -> Registry {
        let mut registry = Registry::new();
        let remote = Remote { aws: self.aws.clone(), dir: self.root.dir.clone() };
        registry.add(ProviderAddr::builtin(), Arc::new(Builtin::new(Arc::new(remote))));
        registry.add(ProviderAddr::new("hashicorp", "aws"), self.aws.provider(self.pinned.as_ref()));
        let surroundings =
            Surroundings { dir: self.root.dir.clone(), clock: self.aws.clock(), servers: self.aws.servers() };
        for (addr, factory) in craton_small_providers::all(surroundings) {
            registry.add(addr, factory);
        }
        registry
    }

    /// The schemas of the providers that the configuration uses.
    pub async fn schemas(&self) -> Result<Schemas, Diagnostics> {
        let mut schemas = Schemas::new();
        let registry = self.registry();
        for addr in self.root.tree.provider_requirements().keys() {
            if let Some(factory) = registry.get(addr) {
                schemas.insert(addr.clone(), factory.schema().await?);
            }
        }
        Ok(schemas)
    }

    /// The schemas of the providers that a state's resources belong to, as far as they are there.
    pub async fn schemas_of(&self, state: &State) -> Schemas {
        let registry = self.registry();
        let mut schemas = Schemas::new();
        for resource in state.resources.values() {
            let addr = &resource.provider.provider;
            if schemas.contains_key(addr) {
                continue;
            }
            if let Some(factory) = registry.get(addr)
                && let Ok(schema) = factory.schema().await
            {
                schemas.insert(addr.clone(), schema);
            }
        }
        schemas
    }

    /// A session on this root module.
    pub fn session(
        &self,
        variables: BTreeMap<Arc<str>, Value>,
        state: State,
        timestamp: String,
        events: Arc<dyn EventSink>,
        parallelism: usize,
        cancel: CancelToken,
    ) -> Session {
        Session::new(self.session_options(variables, state, timestamp, events, parallelism, cancel))
    }

    /// What a session on this root module works with.
    pub fn session_options(
        &self,
        variables: BTreeMap<Arc<str>, Value>,
        state: State,
        timestamp: String,
        events: Arc<dyn EventSink>,
        parallelism: usize,
        cancel: CancelToken,
    ) -> SessionOptions {
        SessionOptions {
            tree: self.root.tree.clone(),
            variables,
            registry: self.registry(),
            state,
            workspace: self.root.workspace.as_str().into(),
            events,
            parallelism,
            functions: Arc::new(Language),
            communicator: Arc::new(Ssh),
            environment: self.environment(),
            timestamp,
            cancel,
            overrides: Arc::default(),
        }
    }

    /// Where functions look.
    pub fn environment(&self) -> Environment {
        let mut environment = Environment::new(".");
        environment.base_dir = self.root.dir.clone();
        environment.started_in = self.started_in.clone();
        environment
    }

    /// The variables' values as given: a unit's inputs, the environment, files, the command line.
    pub fn inputs(&self) -> Result<VariableInputs, Diagnostics> {
        let mut inputs = VariableInputs::new();
        let mut env = Vec::new();
        if let Some(active) = &self.active {
            inputs.add_values(active.unit.inputs.iter().map(|(name, value)| (name.clone(), self.given(name, value))));
            env.extend(active.prepared.extra.env.clone());
        }
        env.extend(std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))));
        env.extend(self.active.iter().flat_map(|a| a.unit.env.clone()));
        inputs.add_environment(env);
        self.root.inputs_over(inputs, &self.variables)
    }

    /// An input as the variable takes it. Terragrunt hands inputs over in the environment, where Terraform reads text for
    /// a variable as an expression if its type is written and is no text, number or bool; and takes it as it is where no
    /// type is written, so that there (and where the type is text) a list arrives as JSON.
    fn given(&self, name: &str, value: &Value) -> Value {
        let Some(declared) = self.root.tree.root().and_then(|r| r.module.variables.get(name)) else {
            return value.clone();
        };
        let primitive = value.is_null() || value.ty().is_primitive();
        if !declared.has_type || (!declared.reads_expressions() && !primitive) {
            if value.is_null() || value.as_str().is_some() {
                return value.clone();
            }
            let (plain, marks) = value.clone().unmark_deep();
            if !plain.is_wholly_known() {
                return Value::unknown(Type::String).mark(marks);
            }
            return Value::from(craton_model::json::to_json(&plain).to_string()).mark(marks);
        }
        let Some(text) = value.as_str().filter(|_| declared.reads_expressions()) else { return value.clone() };
        let id = craton_model::FileId::add(format!("input {name}"), text.replace("${", "$${"));
        let (expr, found) = craton_hcl::parse_expression(id);
        if found.has_errors() {
            return value.clone();
        }
        let (read, found) = craton_hcl::eval_constant(&expr);
        if found.has_errors() { value.clone() } else { read.mark(value.marks()) }
    }

    /// Values given for ephemeral variables when a saved plan is applied, which holds all the others; these may be given
    /// again as they are in the plan.
    pub fn ephemeral_variables(
        &self,
        planned: &BTreeMap<Arc<str>, Value>,
    ) -> Result<BTreeMap<Arc<str>, Value>, Diagnostics> {
        let Some(root) = self.root.tree.root() else { return Ok(BTreeMap::new()) };
        let mut inputs = VariableInputs::new();
        inputs.add_environment(
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))),
        );
        for arg in &self.variables {
            match arg {
                VariableArg::Value(text) => inputs.add_argument(text)?,
                VariableArg::File(path) => {
                    let found = inputs.add_file(path, &FileCache::new());
                    found.ok(())?;
                }
            }
        }
        for (name, raw) in inputs.given().filter(|(_, raw)| raw.origin != InputOrigin::Environment) {
            let refuse = |detail: String| {
                Err(Diagnostic::error("Can't change variable when applying a saved plan", detail).into())
            };
            let Some(variable) = root.module.variables.get(name) else {
                return refuse(format!(
                    "The plan was made of a configuration without a variable {name:?}. Leave it out."
                ));
            };
            if variable.ephemeral {
                continue;
            }
            let mut found = Diagnostics::new();
            let given = raw.accepted(variable, &mut found).and_then(|v| variable.accept(&v, None, name).ok());
            let held = planned.get(name).and_then(|v| variable.accept(v, None, name).ok());
            if given.map(|v| v.unmark_deep().0) != held {
                return refuse(format!(
                    "The plan was made with another value of var.{name}, and a saved plan is carried out as it is. Leave the variable out, or make a new plan."
                ));
            }
        }
        inputs.resolve_ephemeral(&root.module)
    }

    /// An error for each provider that the configuration needs and nothing here serves.
    pub fn unserved(&self, registry: &Registry) -> Diagnostics {
        let needs = self.root.tree.provider_requirements();
        let missing = needs.iter().filter(|(addr, _)| registry.get(addr).is_none());
        missing
            .map(|(addr, requirements)| {
                let detail = format!(
                    "The provider {} is not built in, and publishers' plugins are not run by this version of craton. Built \
                     in are: {}.",
                    addr.short(),
                    registry.addresses().map(ProviderAddr::short).collect::<Vec<_>>().join(", ")
                );
                let span = requirements.iter().find_map(|r| r.span);
                Diagnostic::error("Provider is not available", detail).at_default(span)
            })
            .collect()
    }

    /// The values of the root variables.
    pub fn variables(&self, inputs: &VariableInputs) -> (BTreeMap<Arc<str>, Value>, Diagnostics) {
        match self.root.tree.root() {
            Some(root) => inputs.resolve(&root.module),
            None => (BTreeMap::new(), Diagnostics::new()),
        }
    }
}

/// Reads other states for `terraform_remote_state`.
struct Remote {
    aws: Access,
    dir: PathBuf,
}

fn remote_choice(backend: &str, config: &Value) -> Result<Choice, Diagnostic> {
    let at = |name: &str| craton_model::Path::attr(name.to_owned());
    let Some(schema) = backend::schema(backend) else {
        let detail = format!("There is no backend {backend:?} in craton; state is read from \"local\" or \"s3\".");
        return Err(Diagnostic::error("Unsupported backend type", detail).on_attribute(at("backend")));
    };
    let mut full = schema.empty_value();
    for (name, value) in config.as_map().into_iter().flatten() {
        let Some(attribute) = schema.attributes.get(name) else {
            let detail = format!("The backend {backend:?} has no argument {name:?}.");
            return Err(Diagnostic::error("Invalid backend configuration", detail).on_attribute(at("config")));
        };
        let value = craton_model::convert(value, &attribute.value_type()).map_err(|e| {
            let detail = format!("The backend argument {name:?} does not fit: {e}.");
            Diagnostic::error("Invalid backend configuration", detail).on_attribute(at("config"))
        })?;
        full = full.with_attribute(name, value);
    }
    Ok(Choice { kind: backend.into(), config: full })
}

#[async_trait]
impl RemoteState for Remote {
    async fn outputs(
        &self,
        backend: &str,
        config: &Value,
        workspace: Option<&str>,
    ) -> Result<Option<BTreeMap<Arc<str>, OutputValue>>, Diagnostics> {
        let choice = remote_choice(backend, config)?;
        let backend = backend::open(&choice, &self.dir, &LocalFlags::default(), &self.aws).await?;
        let store = backend.open(workspace.unwrap_or(DEFAULT_WORKSPACE)).await?;
        Ok(store.read().await?.map(|s| s.outputs))
    }

    fn validate(&self, backend: &str, config: &Value) -> Diagnostics {
        remote_choice(backend, config).err().into_iter().collect()
    }
}
