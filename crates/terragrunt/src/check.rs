//! Configurations looked at without running anything: checked, or shown.

use crate::config::Config;
use crate::context::Context;
use crate::evaluation::Evaluation;
use crate::session::{Terragrunt, no_unit};
use craton_model::{Diagnostics, Severity, Value};
use indexmap::IndexMap;
use std::path::Path;
use std::sync::Arc;

impl Terragrunt {
    /// What is wrong with a unit's configuration and the files it includes, as far as it can be told without outputs of
    /// other units, which are not known. That a unit is not there is a warning only: it may be yet to come.
    pub fn check(self: &Arc<Self>, dir: &Path) -> Diagnostics {
        let Some(file) = self.config_file(dir) else { return no_unit(dir).into() };
        let found = match Evaluation::open(Context::new(self, &file, &file, 0, true)) {
            Ok(evaluation) => evaluation.config().1,
            Err(found) => found,
        };
        let softened = found.into_iter().map(|mut d| {
            if d.summary == crate::dependency::INVALID {
                d.severity = Severity::Warning;
            }
            d
        });
        softened.collect()
    }

    /// What the `catalog` block of a configuration file says, if there is one.
    pub fn catalog(self: &Arc<Self>, file: &Path) -> Result<Option<IndexMap<Arc<str>, Value>>, Diagnostics> {
        let evaluation = Evaluation::open(Context::new(self, file, file, 0, true))?;
        let catalog = evaluation.catalog();
        evaluation.findings().ok(catalog)
    }

    /// A unit's configuration with its includes merged in and with what other units give, and what is wrong with it.
    /// Neither its module nor its versions are looked at.
    pub fn load_config(self: &Arc<Self>, dir: &Path) -> Result<(Config, Diagnostics), Diagnostics> {
        let (evaluation, dir, _) = self.open(dir)?;
        self.check_cycle(&dir)?;
        evaluation.read_outputs();
        let (config, found) = evaluation.config();
        if found.has_errors() { Err(found) } else { Ok((config, found)) }
    }
}
