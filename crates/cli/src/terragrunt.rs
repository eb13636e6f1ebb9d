//! A unit's folder: what Terragrunt does before and after Terraform's part.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use craton_fetch::Fetcher;
use craton_model::{Diagnostic, Diagnostics, Value};
use craton_terragrunt::{AwsIdentity, HookKind, IamRole, Options, Outside, Prepared, Terragrunt, Unit};
use serde_json::json;

use crate::app::App;
use crate::aws::{self, Access};
use crate::backend::{self, Choice, LocalFlags};
use crate::lane;
use crate::root::Root;
use crate::unit_log::Level;

/// A unit whose working folder is ready.
pub struct Active {
    /// The unit.
    pub unit: Unit,
    /// What preparing it gave.
    pub prepared: Prepared,
    command: String,
    /// Whether hooks run at all.
    hooks: bool,
}

/// What units ask of the world.
struct World {
    app: App,
}

impl World {
    /// Which account the sandbox plays is said in the unit's own files, which are read first; until then it plays the
    /// one it has.
    fn aws(&self, role: &IamRole) -> Access {
        Access::new(&self.app, None, role)
    }
}

/// Where a unit's state is, and how AWS is reached from there.
pub fn state_of(app: &App, unit: &Unit) -> Result<(Choice, Access), Diagnostics> {
    let remote = unit.config.remote_state.as_ref();
    if let Some(remote) = remote.filter(|_| !app.global.sandbox) {
        let choice = backend::from_settings(&remote.backend, &remote.backend_settings())?;
        return Ok((choice, Access::new(app, None, &unit.iam)));
    }
    // The module itself may say where its state is, and which account it belongs to.
    unit.prepare()?;
    let root = Root::load_with(unit.working_dir.clone(), unit.own_files());
    let root = root.as_ref().ok().and_then(|r| r.tree.root());
    let account = root.and_then(|r| aws::allowed_account(&r.module));
    let choice = match (remote, root) {
        (Some(remote), _) => backend::from_settings(&remote.backend, &remote.backend_settings())?,
        (None, Some(root)) => backend::configured(&root.module, &[], &unit.working_dir)?,
        (None, None) => Choice::local(),
    };
    Ok((choice, Access::new(app, account, &unit.iam)))
}

/// Waits for something from a thread that may block.
fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(future))
}

impl Outside for World {
    fn aws_identity(&self, role: &IamRole) -> Result<AwsIdentity, String> {
        let client = craton_aws_api::Client::new(self.aws(role).client_options());
        let answer =
            wait(client.call_in("us-east-1", "sts", "GetCallerIdentity", json!({}))).map_err(|e| e.to_string())?;
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        Ok(AwsIdentity { account: text("Account"), arn: text("Arn"), user_id: text("UserId") })
    }

    fn aws_account_alias(&self, role: &IamRole) -> Result<String, String> {
        let client = craton_aws_api::Client::new(self.aws(role).client_options());
        let answer =
            wait(client.call_in("us-east-1", "iam", "ListAccountAliases", json!({}))).map_err(|e| e.to_string())?;
        answer["AccountAliases"][0].as_str().map(ToOwned::to_owned).ok_or_else(|| "the account has no alias".into())
    }

    fn outputs(&self, session: &Arc<Terragrunt>, unit: &Path) -> Result<Option<Value>, Diagnostics> {
        let unit = session.load_for_outputs(unit)?;
        let (choice, aws) = state_of(&self.app, &unit)?;
        let read = wait(async {
            let backend = backend::open(&choice, &unit.working_dir, &LocalFlags::default(), &aws).await?;
            let workspace = crate::root::workspace(&crate::root::data_dir(&unit.working_dir))?;
            backend.open(&workspace).await?.read().await
        });
        match read {
            Ok(state) => Ok(state.filter(|s| !s.outputs.is_empty()).map(|s| craton_state::tfstate::outputs(&s))),
            // A bucket that is not made yet holds no outputs.
            Err(found) if (&found).into_iter().any(|d| d.detail.contains("NoSuchBucket")) => Ok(None),
            Err(found) => Err(backend::at(unit.config.remote_state.as_ref().and_then(|r| r.span), found)),
        }
    }

    fn fetcher(&self, role: &IamRole) -> Fetcher {
        self.app.fetcher(role)
    }

    fn fetching(&self, source: &str, to: &Path) {
        let unit = lane::current().map(|l| l.name.clone());
        let text = format!("Downloading Terraform configurations from {source} into {}", to.display());
        self.app.log.say(Level::Info, unit.as_deref(), &text);
    }

    fn echo(&self, text: &str) {
        if self.app.is_read_by_programs() { eprint!("{text}") } else { print!("{text}") }
    }

    fn deprecated(&self, text: &str) {
        // Lists are read by programs and name no unit.
        if !self.app.is_read_by_programs() {
            self.app.log.say(Level::Warn, None, &format!("{text}."));
        }
    }

    fn hook(&self, name: &str, command: &[String]) {
        let unit = lane::current().map(|l| l.name.clone());
        self.app.log.say(Level::Info, unit.as_deref(), &format!("Executing hook: {name}"));
        self.app.log.say(Level::Debug, unit.as_deref(), &format!("Running command: {}", command.join(" ")));
    }

    fn ran(&self, output: Option<&str>, known: bool) {
        let text = output.unwrap_or("REDACTED");
        self.app.log.say(
            Level::Debug,
            None,
            &if known { format!("run_cmd, cached output: [{text}]") } else { format!("run_cmd output: [{text}]") },
        );
    }
}

impl App {
    /// What all units of this run share; `command` is the command that is run in them.
    pub fn terragrunt(&self, command: &str) -> Arc<Terragrunt> {
        let shared = self.shared.terragrunt.get_or_init(|| {
            Terragrunt::new(self.terragrunt_options(command), Arc::new(World { app: self.detached() }))
        });
        shared.clone()
    }

    /// How a run is asked for by the flags.
    pub fn terragrunt_options(&self, command: &str) -> Options {
        let env: BTreeMap<String, String> =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect();
        let flags = &self.units;
        let text = |name: &str| flags.value(name).map(ToOwned::to_owned);
        let mut options = Options {
            env,
            command: command.into(),
            cli_args: self.terraform_args(command),
            config_name: text("config"),
            download_dir: flags.path("download-dir"),
            source: text("source"),
            many: self.is_for_many(),
            source_map: flags.pairs("source-map").collect(),
            source_update: flags.has("source-update"),
            features: flags.pairs("feature").collect(),
            iam: IamRole {
                role: text("iam-assume-role"),
                duration: flags.value("iam-assume-role-duration").and_then(|d| d.parse().ok()),
                session_name: text("iam-assume-role-session-name"),
                web_identity_token: text("iam-assume-role-web-identity-token"),
                keys: None,
            },
            hook_context: flags.has("experiment-mode")
                || flags.values("experiment").iter().any(|e| e == "hook-context-env"),
            no_outputs: flags.has("no-dependency-outputs"),
            auth_provider: text("auth-provider-cmd").and_then(|c| shlex::split(&c)).unwrap_or_default(),
            no_discovery_auth: flags.has("no-discovery-auth-provider-cmd"),
            strict: flags.values("strict-control").iter().cloned().collect(),
            exact: false,
            no_stack_validate: flags.has("no-stack-validate"),
        };
        if flags.has("strict-mode") {
            options.make_strict();
        }
        options
    }

    /// Begins what all units of this run share.
    pub fn share(&self, options: Options) -> Arc<Terragrunt> {
        let world = Arc::new(World { app: self.detached() });
        self.shared.terragrunt.get_or_init(|| Terragrunt::new(options, world)).clone()
    }

    /// The same over the configuration files that a cache holds.
    pub fn share_over(&self, options: Options, files: craton_config::FileCache) -> Arc<Terragrunt> {
        let world = Arc::new(World { app: self.detached() });
        self.shared.terragrunt.get_or_init(|| Terragrunt::with_files(options, world, files)).clone()
    }

    /// Whether a folder is a unit's.
    pub fn is_unit(&self, dir: &Path) -> bool {
        let names: &[&str] = &["terragrunt.hcl", "terragrunt.hcl.json"];
        let named = self.units.value("config").map(|name| dir.join(name).is_file());
        named.unwrap_or_else(|| names.iter().any(|name| dir.join(name).is_file()))
    }
}

/// Writes those of a unit's inputs that its module takes beside the unit, for somebody who wants to know what the module
/// is given. Sensitive ones are in it.
fn write_inputs(app: &App, unit: &Unit, command: &str) -> Result<(), Diagnostics> {
    let path = unit.dir.join("terragrunt-debug.tfvars.json");
    let (declared, _) = crate::root::variable_blocks(&unit.working_dir, &unit.own_files());
    let takes = |name: &str| declared.iter().any(|(n, _)| n == name);
    let known = unit.inputs.iter().filter(|(name, v)| takes(name) && v.is_wholly_known());
    let name = lane::current().map(|l| l.name.clone());
    let text = format!(
        "Inputs were written to {}. To run the module with them and without the unit:\n  craton -chdir={} {command} -var-file={}",
        path.display(),
        unit.working_dir.display(),
        path.display()
    );
    app.log.say(Level::Info, name.as_deref(), &text);
    let values = Value::object(known.map(|(k, v)| (k.clone(), v.clone().unmark_deep().0)));
    let text = format!("{:#}\n", craton_model::json::to_json(&values));
    std::fs::write(&path, text).map_err(|e| {
        Diagnostic::error("Inputs cannot be written", format!("Cannot write {}: {e}.", path.display())).into()
    })
}

impl Active {
    /// Loads the unit in a folder and makes its working folder.
    pub fn load(app: &App, dir: &Path, command: &str) -> Result<Self, Diagnostics> {
        Self::load_with(app, dir, command, Unit::prepare)
    }

    /// The same for a program, which needs no module.
    pub fn load_for_program(app: &App, dir: &Path, program: &str) -> Result<Self, Diagnostics> {
        Self::load_with(app, dir, program, Unit::prepare_files)
    }

    fn load_with(
        app: &App,
        dir: &Path,
        command: &str,
        prepare: fn(&Unit) -> Result<Prepared, Diagnostics>,
    ) -> Result<Self, Diagnostics> {
        let session = app.terragrunt(command);
        tokio::task::block_in_place(|| {
            let unit = session.load(dir)?;
            lane::note(|r| {
                r.rules.clone_from(&unit.config.errors);
                r.working_dir = Some(unit.working_dir.clone());
                r.excluded = unit.is_excluded(command);
                let unknown = unit.inputs.iter().filter(|(_, v)| !v.is_wholly_known());
                r.unknown_inputs = unknown.map(|(name, _)| name.to_string()).collect();
            });
            if unit.is_excluded(command) {
                let detail = format!("An exclude block leaves this unit out of {command:?}. Nothing was done.");
                return Err(Diagnostic::error("Unit is excluded", detail).into());
            }
            let json = ["plan", "apply", "destroy", "refresh"].contains(&command) && app.has_argument("--json");
            app.report(&unit.warnings, json);
            let hooks = !app.units.has("no-hooks");
            let mut active = Self { unit, prepared: Prepared::default(), command: command.into(), hooks };
            active.around("terragrunt-read-config")?;
            active.prepared = match prepare(&active.unit) {
                Ok(prepared) => prepared,
                Err(found) => {
                    let more = active.run(HookKind::Error, "init-from-module", &found);
                    return Err(found.into_iter().chain(more).collect());
                }
            };
            app.report(&active.prepared.warnings, json);
            if app.units.has("inputs-debug") {
                write_inputs(app, &active.unit, command)?;
            }
            if active.prepared.fresh {
                active.around("init-from-module")?;
                // craton prepares a unit without being told to.
                if command != "init" {
                    active.around("init")?;
                }
                active.unit.initialised();
                // Where Terraform's output is asked for, people wait for this line of it.
                if ["plan", "apply"].contains(&command) && !json && app.units.has("tf-forward-stdout") {
                    println!("{}", app.out.dim("The unit has been successfully initialized!"));
                }
            }
            Ok(active)
        })
    }

    /// The folder of the root module, absolute.
    pub fn working_dir(&self) -> PathBuf {
        self.unit.working_dir.clone()
    }

    /// Refuses what the unit protects itself from.
    pub fn check_destroy(&self) -> Result<(), Diagnostics> {
        if self.unit.is_protected() { Err(self.unit.protected().into()) } else { Ok(()) }
    }

    /// Runs the hooks around something that is no command of its own.
    fn around(&self, command: &str) -> Result<(), Diagnostics> {
        let none = Diagnostics::new();
        let mut found =
            if command == "terragrunt-read-config" { none.clone() } else { self.run(HookKind::Before, command, &none) };
        let after = self.run(HookKind::After, command, &found);
        found.extend(after);
        found.ok(())
    }

    /// Runs hooks; what failed is an error each.
    pub fn hooks(&self, kind: HookKind, failures: &Diagnostics) -> Diagnostics {
        self.run(kind, &self.command, failures)
    }

    fn run(&self, kind: HookKind, command: &str, failures: &Diagnostics) -> Diagnostics {
        if !self.hooks {
            return Diagnostics::new();
        }
        let messages: Vec<String> =
            failures.into_iter().filter(|d| d.is_error()).map(|d| format!("{}\n{}", d.summary, d.detail)).collect();
        let failed = tokio::task::block_in_place(|| self.unit.run_hooks(kind, command, &self.prepared, &messages));
        failed
            .into_iter()
            .map(|f| Diagnostic::error("Hook failed", format!("The hook {:?} failed: {}", f.name, f.message)))
            .collect()
    }
}
