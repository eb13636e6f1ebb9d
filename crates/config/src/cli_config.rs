//! Terraform's CLI configuration file, as far as it is about module registries: `host` and `credentials` blocks
//! (<https://developer.hashicorp.com/terraform/cli/config/config-file>).

use crate::load::read_text;
use craton_fetch::Hosts;
use craton_model::{Diagnostic, Diagnostics, FileId};
use std::path::{Path, PathBuf};

mod settings;

use settings::{Setting, Value};

/// What is known of registry hosts by the CLI configuration files and the variables `TF_TOKEN_...`, which win. The one
/// that `TF_CLI_CONFIG_FILE` names is the only one then; else it is `.terraformrc` in `home` and the files in
/// `.terraform.d` there. What the files hold beside that is not looked at.
pub fn registry_hosts(variables: &[(String, String)], home: Option<&Path>) -> (Hosts, Diagnostics) {
    let (mut hosts, mut diags) = (Hosts::default(), Diagnostics::new());
    for file in files(variables, home, &mut diags) {
        let settings = read_text(&file).map_err(Box::new).and_then(|text| {
            let text: std::sync::Arc<str> = text.into();
            settings::parse(FileId::add(&file, text.clone()), &text)
        });
        match settings {
            Ok(all) => read(&all, home, &mut hosts, &mut diags),
            Err(d) => diags.push(*d),
        }
    }
    hosts.add_environment(variables.iter().cloned());
    (hosts, diags)
}

fn files(variables: &[(String, String)], home: Option<&Path>, diags: &mut Diagnostics) -> Vec<PathBuf> {
    let named = ["TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"]
        .iter()
        .find_map(|name| variables.iter().find(|(n, v)| n == name && !v.is_empty()));
    if let Some((name, path)) = named {
        let path = PathBuf::from(path);
        if path.is_file() {
            return vec![path];
        }
        let detail = format!("{name} names {}, and there is no such file. It is passed over.", path.display());
        diags.push(Diagnostic::warning("Unable to open CLI configuration file", detail));
        return Vec::new();
    }
    let Some(home) = home else { return Vec::new() };
    let mut found = vec![home.join(".terraformrc")];
    let folder = std::fs::read_dir(home.join(".terraform.d"));
    let mut more: Vec<PathBuf> = folder.into_iter().flatten().flatten().map(|e| e.path()).collect();
    more.retain(|p| {
        let name = p.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".tfrc") || name.ends_with(".tfrc.json")
    });
    more.sort();
    found.extend(more);
    found.retain(|p| p.is_file());
    found
}

fn read(all: &[Setting], home: Option<&Path>, hosts: &mut Hosts, diags: &mut Diagnostics) {
    for block in all.iter().filter(|s| matches!(&*s.name, "host" | "credentials" | "credentials_helper")) {
        let Some(named) = block.value.settings() else {
            let detail =
                format!("{:?} is a block with a name, such as {} \"example.com\" {{ ... }}.", block.name, block.name);
            diags.push(invalid(&detail).at(block.span));
            continue;
        };
        for one in named {
            let Some(settings) = one.value.settings() else {
                let detail = format!("{:?} is a block with a name in quotes before its brace.", block.name);
                diags.push(invalid(&detail).at(one.span));
                continue;
            };
            read_one(&block.name, one, &settings, home, hosts, diags);
        }
    }
}

/// Reads one block `kind "name" { ... }`.
fn read_one(
    kind: &str,
    block: &Setting,
    settings: &[&Setting],
    home: Option<&Path>,
    hosts: &mut Hosts,
    diags: &mut Diagnostics,
) {
    let of = |name: &'static str| settings.iter().filter(move |s| s.name == name);
    match kind {
        "credentials_helper" => {
            let items = of("args").filter_map(|s| match &s.value {
                Value::List(items) => Some(items),
                _ => None,
            });
            let given = items.flatten().filter_map(|v| v.text().map(str::to_owned)).collect();
            match helper(&block.name, home) {
                Some(program) => hosts.set_helper(program, given),
                None => {
                    let detail = format!(
                        "There is no program terraform-credentials-{} in .terraform.d/plugins of the home folder, so it cannot be asked for tokens.",
                        block.name
                    );
                    diags.push(Diagnostic::warning("Credentials helper not found", detail).at(block.span));
                }
            }
        }
        "credentials" => {
            for token in of("token") {
                match token.value.text() {
                    Some(text) => hosts.add_token(&block.name, text.to_owned()),
                    None => diags.push(invalid("The token must be text.").at(token.span)),
                }
            }
        }
        _ => {
            for services in of("services") {
                let Some(all) = services.value.settings() else {
                    diags.push(invalid("The services must be a map of URLs.").at(services.span));
                    continue;
                };
                let urls = all.into_iter().filter_map(|s| Some((s.name.clone(), s.value.text()?.to_owned())));
                hosts.add_services(&block.name, urls);
            }
        }
    }
}

/// The program of a credentials helper, in one of the folders that Terraform looks for it in.
fn helper(name: &str, home: Option<&Path>) -> Option<PathBuf> {
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let os = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
    let plugins = home?.join(".terraform.d").join("plugins");
    let file = format!("terraform-credentials-{name}{}", std::env::consts::EXE_SUFFIX);
    [plugins.clone(), plugins.join(format!("{os}_{arch}"))].iter().map(|d| d.join(&file)).find(|p| p.is_file())
}

fn invalid(detail: &str) -> Diagnostic {
    Diagnostic::error("Invalid CLI configuration", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_credentials_and_the_rest() {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            ".terraformrc",
            "plugin_cache_dir = \"$HOME/x\"\nprovider_installation { filesystem_mirror { path = \"/m\" } }\nhost \"reg.example\" {\n  services = {\n    \"modules.v1\" = \"https://mirror/m/\"\n  }\n}\ncredentials \"reg.example\" {\n  token = \"one\"\n}\n",
        );
        write(".terraform.d/credentials.tfrc.json", r#"{"credentials": {"app.example": {"token": "two"}}}"#);
        let none = Vec::new();
        let (hosts, d) = registry_hosts(&none, Some(home.path()));
        assert!(d.is_empty(), "{d:?}");
        let shown = format!("{hosts:?}");
        for part in ["reg.example", "https://mirror/m/", "app.example"] {
            assert!(shown.contains(part), "{shown}");
        }
        assert!(!shown.contains("one") && !shown.contains("two"));
        // A file that is named is the only one.
        write("own.tfrc", "credentials \"own.example\" {\n  token = [1]\n}\n");
        let path = home.path().join("own.tfrc").display().to_string();
        let named = vec![("TF_CLI_CONFIG_FILE".to_owned(), path), ("TF_TOKEN_env_example".to_owned(), "x".to_owned())];
        let (hosts, d) = registry_hosts(&named, Some(home.path()));
        assert_eq!(d.0.first().map(|d| d.summary.as_str()), Some("Invalid CLI configuration"));
        let shown = format!("{hosts:?}");
        assert!(!shown.contains("app.example") && shown.contains("env.example"), "{shown}");
        let missing = vec![("TF_CLI_CONFIG_FILE".to_owned(), "/nowhere".to_owned())];
        let (_, d) = registry_hosts(&missing, Some(home.path()));
        assert!(!d.has_errors() && d.0.len() == 1);
    }
}
