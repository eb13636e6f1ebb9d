//! Where an evaluation stands: what Terragrunt's functions see.

use crate::config::IamRole;
use crate::credentials::Credentials;
use crate::session::Terragrunt;
use craton_hcl::Environment;
use craton_model::Diagnostic;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// How deep configurations may read one another.
pub(crate) const MAX_DEPTH: u32 = 50;

/// One file's view.
pub(crate) struct Context {
    pub(crate) session: Arc<Terragrunt>,
    /// The configuration that path functions are about: the unit's, also in the files it includes; in a file read by
    /// `read_terragrunt_config` that file.
    pub(crate) config_path: PathBuf,
    /// The configuration that the command was started on.
    pub(crate) original: PathBuf,
    /// The file that holds the expressions.
    pub(crate) file: PathBuf,
    /// Set while an included file is evaluated: itself.
    pub(crate) included: Option<PathBuf>,
    /// The files that the configuration includes, by label, once they are known.
    pub(crate) includes: RwLock<Vec<(String, PathBuf)>>,
    /// The role that the configuration asks for, once it is known.
    pub(crate) iam: Mutex<IamRole>,
    /// How many configurations are being read around this one.
    pub(crate) depth: u32,
    /// Outputs of other units are not asked for: only the order of units is wanted. Mock outputs stand in, or values
    /// that are not known.
    pub(crate) skip_outputs: bool,
    pub(crate) environment: Environment,
}

impl Context {
    /// For a configuration of its own.
    pub(crate) fn new(
        session: &Arc<Terragrunt>,
        config: &Path,
        original: &Path,
        depth: u32,
        skip_outputs: bool,
    ) -> Arc<Self> {
        Arc::new(Self {
            session: session.clone(),
            config_path: config.to_owned(),
            original: original.to_owned(),
            file: config.to_owned(),
            included: None,
            includes: RwLock::default(),
            iam: Mutex::new(session.options.iam.clone()),
            depth,
            skip_outputs,
            environment: environment(config),
        })
    }

    /// For a file that the configuration includes.
    pub(crate) fn for_include(&self, file: &Path) -> Arc<Self> {
        Arc::new(Self {
            session: self.session.clone(),
            config_path: self.config_path.clone(),
            original: self.original.clone(),
            file: file.to_owned(),
            included: Some(file.to_owned()),
            includes: RwLock::default(),
            iam: Mutex::new(self.iam()),
            depth: self.depth,
            skip_outputs: self.skip_outputs,
            environment: environment(file),
        })
    }

    /// Whether the configuration is a unit's, and no file that is read for its own sake.
    pub(crate) fn is_unit(&self) -> bool {
        let name = self.config_path.file_name().and_then(|n| n.to_str());
        let own = self.session.options.config_name.as_deref();
        name.is_some_and(|n| n == "terragrunt.hcl" || n == "terragrunt.hcl.json" || own == Some(n))
    }

    /// The folder of the configuration.
    pub(crate) fn dir(&self) -> PathBuf {
        folder(&self.config_path)
    }

    pub(crate) fn iam(&self) -> IamRole {
        self.iam.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What a program gives the unit that all this is about.
    pub(crate) fn credentials(&self) -> Result<Arc<Credentials>, Diagnostic> {
        if self.skip_outputs && self.session.options.no_discovery_auth {
            return Ok(Arc::default());
        }
        self.session.credentials(&folder(&self.original))
    }

    /// The environment that functions see. A failure to get credentials was reported when the configuration was opened.
    pub(crate) fn env(&self) -> BTreeMap<String, String> {
        let mut env = self.session.options.env.clone();
        env.extend(self.credentials().map(|c| c.env.clone()).unwrap_or_default());
        env
    }

    /// One variable of it.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let own = self.credentials().ok().and_then(|c| c.env.get(name).cloned());
        own.or_else(|| self.session.options.env.get(name).cloned())
    }

    pub(crate) fn set_includes(&self, includes: Vec<(String, PathBuf)>) {
        *self.includes.write().unwrap_or_else(PoisonError::into_inner) = includes;
    }

    /// A path as functions take it: relative ones from the configuration's folder.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        craton_config::clean(&self.dir().join(path))
    }

    /// The included file that a path function is about; `None` when there is none.
    pub(crate) fn include_path(&self, label: Option<&str>) -> Result<Option<PathBuf>, String> {
        if let Some(file) = &self.included {
            return Ok(Some(file.clone()));
        }
        let includes = self.includes.read().unwrap_or_else(PoisonError::into_inner);
        match (includes.as_slice(), label) {
            ([], _) => Ok(None),
            ([(_, only)], _) => Ok(Some(only.clone())),
            (all, Some(label)) => match all.iter().find(|(name, _)| name == label) {
                Some((_, path)) => Ok(Some(path.clone())),
                None => Err(format!("there is no include {label:?}")),
            },
            (all, None) => {
                let names: Vec<String> = all.iter().map(|(n, _)| format!("{n:?}")).collect();
                Err(format!("there are several includes, so the label of one is required: {}", names.join(", ")))
            }
        }
    }

    pub(crate) fn note_read(&self, file: &Path) {
        self.session.note_read(&folder(&self.original), file);
    }
}

pub(crate) fn folder(file: &Path) -> PathBuf {
    file.parent().map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// What functions see of the world. A configuration is evaluated when it is used, so nothing is left for later.
fn environment(file: &Path) -> Environment {
    Environment { apply_time: Some(std::time::SystemTime::now()), ..Environment::new(folder(file)) }
}
