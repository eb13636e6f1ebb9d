//! Credentials and environment that a program of the user's gives a unit (`--auth-provider-cmd`,
//! <https://terragrunt.gruntwork.io/docs/features/authentication/#auth-provider-command>).

use crate::config::{AwsKeys, IamRole};
use crate::session::{Terragrunt, once};
use craton_model::Diagnostic;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// What the program gave for one unit.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// Environment, over that of the run. Secrets are in it.
    pub env: BTreeMap<String, String>,
    /// The role to take on, and the keys to begin from.
    pub role: IamRole,
}

impl Terragrunt {
    /// What the program gives for the unit in a folder; asked for once. Nothing where there is no program.
    pub(crate) fn credentials(&self, dir: &Path) -> Result<Arc<Credentials>, Diagnostic> {
        if self.options.auth_provider.is_empty() {
            return Ok(Arc::default());
        }
        once(&self.credentials, dir.to_owned(), || self.ask(dir)).map(|(given, _)| given).map_err(|why| {
            let detail = format!(
                "The command of --auth-provider-cmd ({}) gave no credentials for {}: {why}. Run it in that folder to see what it writes.",
                self.options.auth_provider.join(" "),
                dir.display()
            );
            Diagnostic::error("No credentials", detail)
        })
    }

    fn ask(&self, dir: &Path) -> Result<Arc<Credentials>, String> {
        let Some((program, args)) = self.options.auth_provider.split_first() else { return Ok(Arc::default()) };
        let mut command = Command::new(program);
        command.args(args).current_dir(dir).stdin(Stdio::null()).env_clear().envs(&self.options.env);
        let output = command.output().map_err(|e| format!("it did not start: {e}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(format!("it ended with {}: {said}", output.status));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        if text.trim().is_empty() {
            return Err("it wrote nothing to its standard output, where JSON is expected".into());
        }
        // The text holds secrets, so it is not shown.
        let answer: Json =
            serde_json::from_str(text.trim()).map_err(|e| format!("what it wrote is not valid JSON ({e})"))?;
        read(&answer).map(Arc::new)
    }
}

fn read(answer: &Json) -> Result<Credentials, String> {
    let text = |object: &Json, name: &str| object[name].as_str().filter(|t| !t.is_empty()).map(str::to_owned);
    let mut given = Credentials::default();
    for (name, value) in answer["envs"].as_object().into_iter().flatten() {
        let value = value.as_str().ok_or_else(|| format!("the value of envs.{name} is no text"))?;
        given.env.insert(name.clone(), value.to_owned());
    }
    let keys = &answer["awsCredentials"];
    let role = &answer["awsRole"];
    if keys.is_object() {
        let required =
            |name: &str| text(keys, name).ok_or_else(|| format!("awsCredentials.{name} is missing or empty"));
        let keys = AwsKeys {
            access_key_id: required("ACCESS_KEY_ID")?,
            secret_access_key: required("SECRET_ACCESS_KEY")?,
            session_token: text(keys, "SESSION_TOKEN"),
        };
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", Some(&keys.access_key_id)),
            ("AWS_SECRET_ACCESS_KEY", Some(&keys.secret_access_key)),
            ("AWS_SESSION_TOKEN", keys.session_token.as_ref()),
            ("AWS_SECURITY_TOKEN", keys.session_token.as_ref()),
        ] {
            given.env.extend(value.map(|v| (name.to_owned(), v.clone())));
        }
        given.role.keys = Some(keys);
    } else if role.is_object() {
        given.role = IamRole {
            role: Some(text(role, "roleARN").ok_or("awsRole.roleARN is missing or empty")?),
            session_name: text(role, "roleSessionName"),
            duration: role["duration"].as_u64().filter(|d| *d > 0),
            web_identity_token: text(role, "webIdentityToken"),
            keys: None,
        };
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_program_may_give() {
        let given = read(&json!({
            "awsCredentials": { "ACCESS_KEY_ID": "A", "SECRET_ACCESS_KEY": "S", "SESSION_TOKEN": "" },
            "envs": { "X": "1" },
        }))
        .unwrap();
        let env: Vec<_> = given.env.iter().map(|(k, v)| format!("{k}={v}")).collect();
        assert_eq!(env, ["AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=S", "X=1"]);
        assert!(!format!("{given:?}").contains("secret_access_key: \"S\""));
        let role = read(&json!({ "awsRole": { "roleARN": "arn", "duration": 900 } })).unwrap().role;
        assert_eq!((role.role.as_deref(), role.duration), (Some("arn"), Some(900)));
        assert!(read(&json!({ "awsRole": {} })).unwrap_err().contains("roleARN"));
        assert!(read(&json!({ "awsCredentials": { "ACCESS_KEY_ID": "A" } })).unwrap_err().contains("SECRET"));
    }
}
