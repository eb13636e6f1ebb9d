//! A unit: loaded, and made ready to run.

use crate::arguments::{self, Extra};
use crate::config::{Config, IamRole};
use crate::context::Context;
use crate::evaluation::Evaluation;
use crate::hooks::{self, HookFailure, HookKind};
use crate::session::{Terragrunt, absolute, no_unit};
use crate::source::{self, Location, Wanted};
use craton_config::FileCache;
use craton_config::version::{Constraint, TERRAFORM_VERSION, Version};
use craton_model::{Diagnostic, Diagnostics, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

/// A unit whose configuration is known.
pub struct Unit {
    session: Arc<Terragrunt>,
    /// Its folder, absolute.
    pub dir: PathBuf,
    /// Its configuration file, absolute.
    pub config_path: PathBuf,
    /// The configuration, includes merged in.
    pub config: Config,
    /// The folder that its module runs in, absolute; there is nothing in it before [`Unit::prepare`].
    pub working_dir: PathBuf,
    /// Values for the module's variables, with their types: to be handed over as they are, below the environment's
    /// `TF_VAR_...` (see `VariableInputs::add_values`).
    pub inputs: BTreeMap<Arc<str>, Value>,
    /// The role to take on.
    pub iam: IamRole,
    /// Environment of its own, over that of the run. Secrets may be in it.
    pub env: BTreeMap<String, String>,
    /// The files that the configuration was read from.
    pub files_read: BTreeSet<PathBuf>,
    /// Findings that stop nothing.
    pub warnings: Diagnostics,
    location: Location,
}

/// A unit whose working folder is ready.
#[derive(Clone, Debug, Default)]
pub struct Prepared {
    /// Whether the working folder was made or its module fetched anew, or was not initialised since
    /// ([`Unit::initialised`]).
    pub fresh: bool,
    /// Findings that stop nothing.
    pub warnings: Diagnostics,
    /// The files that were generated.
    pub generated: Vec<PathBuf>,
    /// What to add to the command.
    pub extra: Extra,
    /// Settings for the backend that are not in a generated file: they belong on the command line of `init`. The
    /// module must have a block for this backend.
    pub backend_config: Option<BackendConfig>,
}

/// Settings for a backend.
#[derive(Clone, Debug)]
pub struct BackendConfig {
    /// `s3`, `local`, ...
    pub backend: Arc<str>,
    /// Names and values, sorted.
    pub settings: Vec<(Arc<str>, Value)>,
}

impl Terragrunt {
    /// Reads a unit with everything it includes and depends on. Outputs of other units are asked for; what is wrong is
    /// reported all at once.
    pub fn load(self: &Arc<Self>, dir: &Path) -> Result<Unit, Diagnostics> {
        let (evaluation, dir, file) = self.open(dir)?;
        let mut diags = Diagnostics::new();
        diags.keep(self.check_cycle(&dir));
        if diags.has_errors() {
            return Err(diags);
        }
        evaluation.read_outputs();
        let (config, found) = evaluation.config();
        let hooks = config.terraform.clone();
        let finished = self.finish(&evaluation, config, found, dir.clone(), file);
        if let Err(found) = &finished
            && let Some(failure) = found.0.iter().find(|d| d.is_error() && d.summary == source::INVALID)
        {
            // There is no module to begin with, which is what hooks for this pseudo command are about.
            let config = Config { terraform: hooks, ..Config::default() };
            let said = [format!("{}\n{}", failure.summary, failure.detail)];
            let (env, outside) = (&evaluation.ctx.env(), &*self.outside);
            hooks::run(&config, HookKind::Error, "init-from-module", env, &dir, &said, outside);
        }
        finished
    }

    /// Reads a unit as far as needed to find its state: its inputs are left out, and
    /// outputs of other units are asked for only where something else refers to them.
    /// For [`crate::Outside::outputs`].
    pub fn load_for_outputs(self: &Arc<Self>, dir: &Path) -> Result<Unit, Diagnostics> {
        let (evaluation, dir, file) = self.open(dir)?;
        let (config, diags) = evaluation.config_without_inputs();
        self.finish(&evaluation, config, diags, dir, file)
    }

    pub(crate) fn open(
        self: &Arc<Self>,
        dir: &Path,
    ) -> Result<(std::rc::Rc<Evaluation>, PathBuf, PathBuf), Diagnostics> {
        let given = absolute(dir);
        let file = self.config_file(&given).ok_or_else(|| no_unit(&given))?;
        let dir = crate::context::folder(&file);
        let evaluation = Evaluation::open(Context::new(self, &file, &file, 0, false))?;
        evaluation.check_terragrunt_version()?;
        Ok((evaluation, dir, file))
    }

    /// Reads a unit without asking for outputs of other units, which are not known then (or mock outputs).
    pub fn load_unresolved(self: &Arc<Self>, dir: &Path) -> Result<Unit, Diagnostics> {
        let file = self.config_file(dir).ok_or_else(|| no_unit(dir))?;
        let evaluation = Evaluation::open(Context::new(self, &file, &file, 0, true))?;
        let (config, mut found) = evaluation.config();
        // The other may be yet to come.
        found.0.retain(|d| d.summary != crate::dependency::INVALID);
        self.finish(&evaluation, config, found, crate::context::folder(&file), file)
    }

    fn finish(
        self: &Arc<Self>,
        evaluation: &Evaluation,
        config: Config,
        mut diags: Diagnostics,
        dir: PathBuf,
        file: PathBuf,
    ) -> Result<Unit, Diagnostics> {
        check_versions(&config, &file, &mut diags);
        let location = source::locate(&self.options, &dir, Wanted::of(&config));
        let Some(location) = diags.keep(location) else { return Err(diags) };
        if diags.has_errors() {
            return Err(diags);
        }
        let files_read =
            self.reads.lock().unwrap_or_else(PoisonError::into_inner).get(&dir).cloned().unwrap_or_default();
        Ok(Unit {
            session: self.clone(),
            inputs: config.inputs.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
            working_dir: location.working.clone(),
            iam: evaluation.ctx.iam(),
            env: evaluation.ctx.credentials()?.env.clone(),
            files_read,
            warnings: diags,
            config,
            config_path: file,
            dir,
            location,
        })
    }
}

impl Unit {
    /// Makes the working folder: copies the module and the unit's own files, writes the generated files. Collects what
    /// `extra_arguments` add to the command.
    pub fn prepare(&self) -> Result<Prepared, Diagnostics> {
        let prepared = self.prepare_files()?;
        let has_code = craton_config::config_files(&self.working_dir).is_ok_and(|files| !files.is_empty());
        if has_code {
            return Ok(prepared);
        }
        let detail = format!(
            "There is no .tf file in {}. Set  source  in the terraform block of {}, or put the module's files beside it.",
            self.working_dir.display(),
            self.config_path.display()
        );
        Err(Diagnostic::error("No Terraform code found", detail).at_default(self.location.span).into())
    }

    /// The same for what works without a module, too.
    pub fn prepare_files(&self) -> Result<Prepared, Diagnostics> {
        let fetcher = |fetching: bool| {
            if fetching {
                self.session.outside.fetching(&self.location.source.redacted(), &self.location.download);
            }
            self.session.outside.fetcher(&self.iam)
        };
        let update = self.session.options.source_update;
        let copied = source::prepare(&self.location, &self.dir, &self.config, update, &fetcher)?;
        self.add_origins(&self.session.files);
        let mut diags = Diagnostics::new();
        let mut prepared = Prepared { fresh: copied.fresh, warnings: copied.warnings, ..Prepared::default() };
        let backend_file = self.config.remote_state.as_ref().and_then(|r| {
            let at = r.span.or(self.location.span)?;
            r.file(at)
        });
        for block in self.config.generate.values().chain(&backend_file) {
            let written = diags.keep(crate::generate::write(block, &self.working_dir)).flatten();
            prepared.generated.extend(written);
        }
        if let Some(remote) = self.config.remote_state.as_ref().filter(|r| r.generate.is_none()) {
            let settings = remote.backend_settings();
            prepared.backend_config = Some(BackendConfig { backend: remote.backend.clone(), settings });
        }
        let command = &self.session.options.command;
        prepared.extra = diags.keep(arguments::extra(&self.config, command, &self.working_dir)).unwrap_or_default();
        diags.ok(prepared)
    }

    /// Takes down that the working folder is initialised.
    pub fn initialised(&self) {
        source::initialised(&self.location);
    }

    /// The folder of the unit's working copies.
    pub fn download_dir(&self) -> PathBuf {
        self.location.download.ancestors().nth(2).map_or_else(|| self.dir.clone(), Path::to_owned)
    }

    fn add_origins(&self, files: &FileCache) {
        if let craton_fetch::Source::Path { path, .. } = &self.location.source {
            files.add_origin(&self.location.download, path);
        }
        files.add_origin(&self.working_dir, &self.dir);
    }

    /// As [`Unit::files`], but a cache of this unit's own: what many units read would otherwise be kept until the last
    /// of them ends.
    pub fn own_files(&self) -> FileCache {
        let files = FileCache::new();
        self.add_origins(&files);
        files
    }

    /// The cache to read the module through: where a file of the working folder is a copy, diagnostics then name the
    /// original.
    pub fn files(&self) -> &FileCache {
        &self.session.files
    }

    /// Whether a command that destroys is refused.
    pub fn is_protected(&self) -> bool {
        self.config.prevent_destroy == Some(true)
    }

    /// The error for a command that would destroy a protected unit.
    pub fn protected(&self) -> Diagnostic {
        let detail = format!(
            "The unit in {} has prevent_destroy = true, so it is not destroyed. Set it to false first.",
            self.dir.display()
        );
        Diagnostic::error("Unit is protected", detail)
    }

    /// Whether the command ends before it begins because of an `exclude` block.
    pub fn is_excluded(&self, command: &str) -> bool {
        self.config.exclude.as_ref().is_some_and(|e| e.applies_to(command) && e.no_run)
    }

    /// Runs the hooks of a kind for a command, in order. `failures` are the messages of what failed before.
    pub fn run_hooks(
        &self,
        kind: HookKind,
        command: &str,
        prepared: &Prepared,
        failures: &[String],
    ) -> Vec<HookFailure> {
        let mut env = self.session.options.env.clone();
        env.extend(self.env.clone());
        env.extend(prepared.extra.env.clone());
        if self.session.options.hook_context {
            let word = match kind {
                HookKind::Before => "before_hook",
                HookKind::After => "after_hook",
                HookKind::Error => "error_hook",
            };
            env.insert("TG_CTX_HOOK_TYPE".into(), word.into());
            env.insert("TG_CTX_TERRAGRUNT_DIR".into(), self.dir.to_string_lossy().into_owned());
            let source = match &self.location.source {
                craton_fetch::Source::Path { path, .. } => path.to_string_lossy().into_owned(),
                other => other.to_string(),
            };
            env.insert("TG_CTX_SOURCE".into(), source);
        }
        // Hooks on reading the configuration come before there is a working folder.
        let dir = if self.working_dir.is_dir() { &self.working_dir } else { &self.dir };
        hooks::run(&self.config, kind, command, &env, dir, failures, &*self.session.outside)
    }

    /// Takes the lock file that `init` wrote back to the unit's folder, unless the configuration says not to.
    pub fn keep_lock_file(&self) -> Result<(), Diagnostic> {
        let wanted = self.config.terraform.as_ref().and_then(|t| t.copy_terraform_lock_file).unwrap_or(true);
        let from = self.working_dir.join(".terraform.lock.hcl");
        let to = self.dir.join(".terraform.lock.hcl");
        if !wanted || !from.is_file() || from == to {
            return Ok(());
        }
        let same = std::fs::read(&from).ok().zip(std::fs::read(&to).ok()).is_some_and(|(a, b)| a == b);
        if same {
            return Ok(());
        }
        std::fs::copy(&from, &to).map(drop).map_err(|e| {
            let detail = format!("{} could not be copied to {}: {e}.", from.display(), to.display());
            Diagnostic::error("Failed to copy lock file", detail)
        })
    }
}

impl crate::config::Exclude {
    /// Whether the block is in force for a command.
    pub fn applies_to(&self, command: &str) -> bool {
        self.condition
            && self.actions.iter().any(|a| match a.as_str() {
                "all" => true,
                "all_except_output" => command != "output",
                action => action == command,
            })
    }
}

/// The Terragrunt version whose configurations craton reads.
pub const TERRAGRUNT_VERSION: &str = "1.1.3";

impl Evaluation {
    /// Fails if the configuration is for another version of Terragrunt. Comes before everything else, so that what that
    /// version has and this one does not know hides nothing.
    pub(crate) fn check_terragrunt_version(&self) -> Result<(), Diagnostics> {
        let own = self.terragrunt_version_constraint();
        let wanted =
            own.or_else(|| self.includes().iter().rev().find_map(|i| i.evaluation.terragrunt_version_constraint()));
        let config = Config { terragrunt_version_constraint: wanted, ..Config::default() };
        let mut found = Diagnostics::new();
        check_versions(&config, &self.ctx.file, &mut found);
        found.ok(())
    }
}

fn check_versions(config: &Config, file: &Path, diags: &mut Diagnostics) {
    let checks = [
        ("terragrunt_version_constraint", &config.terragrunt_version_constraint, "Terragrunt", TERRAGRUNT_VERSION),
        ("terraform_version_constraint", &config.terraform_version_constraint, "Terraform", TERRAFORM_VERSION),
    ];
    for (name, constraint, what, have) in checks {
        let Some(text) = constraint.as_deref().filter(|t| !t.trim().is_empty()) else { continue };
        match (Constraint::parse(text), Version::parse(have)) {
            (Ok(wanted), Some(version)) if !wanted.allows(&version) => {
                let detail = format!(
                    "{} demands a {what} version of {wanted}; craton reads configurations of {what} {have}. Widen {name} if the configuration works with it.",
                    file.display()
                );
                diags.push(Diagnostic::error(format!("Unsupported {what} version"), detail));
            }
            (Err(why), _) => {
                let detail = format!("{name} in {} is no version constraint: {why}.", file.display());
                diags.push(Diagnostic::error("Invalid version constraint", detail));
            }
            _ => {}
        }
    }
}

/// The folder that a configuration's module will run in: for `get_working_dir()`.
pub(crate) fn working_dir_of(ctx: &Arc<Context>) -> Result<PathBuf, String> {
    if ctx.depth >= crate::context::MAX_DEPTH {
        return Err("the module's source refers to get_working_dir() itself".into());
    }
    let inner = Context::new(&ctx.session, &ctx.config_path, &ctx.original, ctx.depth + 1, ctx.skip_outputs);
    let sentence = |d: &Diagnostic| format!("{}: {}", d.summary, d.detail.trim_end_matches('.'));
    let first = |d: &Diagnostics| d.0.first().map(sentence).unwrap_or_default();
    let evaluation = Evaluation::open(inner).map_err(|d| first(&d))?;
    let own = evaluation.source();
    let source = own.or_else(|| evaluation.includes().iter().rev().find_map(|i| i.evaluation.source()));
    let found = evaluation.findings();
    if found.has_errors() {
        return Err(first(&found));
    }
    let source = source.as_ref().map(|(text, span)| (&**text, *span));
    let wanted = Wanted { source, ..Wanted::default() };
    let location = source::locate(&ctx.session.options, &ctx.dir(), wanted).map_err(|d| sentence(&d))?;
    Ok(location.working)
}
