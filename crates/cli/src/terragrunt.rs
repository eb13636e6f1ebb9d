//! A unit's folder: what Terragrunt does before and after Terraform's part.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use craton_model::{Diagnostic, Diagnostics, Value};
use craton_terragrunt::{AwsIdentity, HookKind, IamRole, Options, Outside, Prepared, Terragrunt, Unit};
use serde_json::json;

use crate::app::App;
use crate::aws::Access;
use crate::backend::{self, Choice, LocalFlags};

/// A unit whose working folder is ready.
pub struct Active {
    /// The unit.
    pub unit: Unit,
    /// What preparing it gave.
    pub prepared: Prepared,
    command: String,
}

/// What units ask of the world.
struct World {
    aws: Access,
}

/// Waits for something from a thread that may block.
fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(future))
}

impl Outside for World {
    fn aws_identity(&self, _: &IamRole) -> Result<AwsIdentity, String> {
        let client = craton_aws_api::Client::new(self.aws.client_options());
        let answer =
            wait(client.call_in("us-east-1", "sts", "GetCallerIdentity", json!({}))).map_err(|e| e.to_string())?;
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        Ok(AwsIdentity { account: text("Account"), arn: text("Arn"), user_id: text("UserId") })
    }

    fn aws_account_alias(&self, _: &IamRole) -> Result<String, String> {
        let client = craton_aws_api::Client::new(self.aws.client_options());
        let answer =
            wait(client.call_in("us-east-1", "iam", "ListAccountAliases", json!({}))).map_err(|e| e.to_string())?;
        answer["AccountAliases"][0].as_str().map(ToOwned::to_owned).ok_or_else(|| "the account has no alias".into())
    }

    fn outputs(&self, session: &Arc<Terragrunt>, unit: &Path) -> Result<Option<Value>, Diagnostics> {
        let unit = session.load_for_outputs(unit)?;
        let choice = match &unit.config.remote_state {
            Some(remote) => backend::from_settings(&remote.backend, &remote.backend_settings())?,
            None => Choice::local(),
        };
        let read = wait(async {
            let backend = backend::open(&choice, &unit.working_dir, &LocalFlags::default(), &self.aws).await?;
            let workspace = crate::root::workspace(&crate::root::data_dir(&unit.working_dir));
            backend.open(&workspace).await?.read().await
        });
        match read {
            Ok(state) => Ok(state.filter(|s| !s.outputs.is_empty()).map(|s| craton_state::tfstate::outputs(&s))),
            // A bucket that is not made yet holds no outputs.
            Err(found) if (&found).into_iter().any(|d| d.detail.contains("NoSuchBucket")) => Ok(None),
            Err(found) => Err(found),
        }
    }

    fn echo(&self, text: &str) {
        eprint!("{text}");
    }
}

/// Whether a folder is a unit's.
pub fn is_unit(dir: &Path) -> bool {
    ["terragrunt.hcl", "terragrunt.hcl.json"].iter().any(|name| dir.join(name).is_file())
}

impl Active {
    /// Loads the unit in a folder and makes its working folder.
    pub fn load(app: &App, dir: &Path, command: &str) -> Result<Self, Diagnostics> {
        let env: BTreeMap<String, String> =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect();
        let options =
            Options { env, command: command.into(), cli_args: app.terraform_args(command), ..Options::default() };
        // Which account the sandbox plays is said in the unit's own files, which are read first; until
        // then it plays the one it has.
        let session = Terragrunt::new(options, Arc::new(World { aws: Access::new(app, None) }));
        tokio::task::block_in_place(|| {
            let unit = session.load(dir)?;
            if unit.is_excluded(command) {
                let detail = format!("An exclude block leaves this unit out of {command:?}. Nothing was done.");
                return Err(Diagnostic::error("Unit is excluded", detail).into());
            }
            let prepared = unit.prepare()?;
            Ok(Self { unit, prepared, command: command.into() })
        })
    }

    /// The folder of the root module, absolute.
    pub fn working_dir(&self) -> PathBuf {
        self.unit.working_dir.clone()
    }

    /// The tags that the unit wants on its state bucket.
    pub fn bucket_tags(&self) -> Vec<(String, String)> {
        let remote = self.unit.config.remote_state.as_ref();
        let tags = remote.and_then(|r| r.config.get("s3_bucket_tags")).and_then(Value::as_map);
        tags.into_iter().flatten().filter_map(|(k, v)| Some((k.to_string(), v.as_str()?.to_owned()))).collect()
    }

    /// Refuses what the unit protects itself from.
    pub fn check_destroy(&self) -> Result<(), Diagnostics> {
        if self.unit.is_protected() { Err(self.unit.protected().into()) } else { Ok(()) }
    }

    /// Runs hooks; what failed is an error each.
    pub fn hooks(&self, kind: HookKind, failures: &Diagnostics) -> Diagnostics {
        let messages: Vec<String> =
            failures.into_iter().filter(|d| d.is_error()).map(|d| format!("{}\n{}", d.summary, d.detail)).collect();
        let failed =
            tokio::task::block_in_place(|| self.unit.run_hooks(kind, &self.command, &self.prepared, &messages));
        failed
            .into_iter()
            .map(|f| Diagnostic::error("Hook failed", format!("The hook {:?} failed: {}", f.name, f.message)))
            .collect()
    }
}
