//! Terraform's CLI configuration file, as far as it is about module registries: `host` and `credentials` blocks
//! (<https://developer.hashicorp.com/terraform/cli/config/config-file>).

use crate::load::FileCache;
use craton_fetch::Hosts;
use craton_hcl::{Body, BodySchema, eval_constant};
use craton_model::{Diagnostic, Diagnostics};
use std::path::{Path, PathBuf};

/// What is known of registry hosts by the CLI configuration files and the variables `TF_TOKEN_...`, which win. The one
/// that `TF_CLI_CONFIG_FILE` names is the only one then; else it is `.terraformrc` in `home` and the files in
/// `.terraform.d` there. What the files hold beside that is not looked at.
pub fn registry_hosts(variables: &[(String, String)], home: Option<&Path>, cache: &FileCache) -> (Hosts, Diagnostics) {
    let (mut hosts, mut diags) = (Hosts::default(), Diagnostics::new());
    for file in files(variables, home, &mut diags) {
        let (body, found) = cache.parse(&file);
        diags.extend(found);
        if let Some(body) = body {
            read(&body, home, &mut hosts, &mut diags);
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

fn read(body: &Body, home: Option<&Path>, hosts: &mut Hosts, diags: &mut Diagnostics) {
    let schema = BodySchema::new()
        .block("host", &["name"])
        .block("credentials", &["host"])
        .block("credentials_helper", &["name"]);
    let (content, _, found) = body.partial_content(&schema);
    diags.extend(found);
    for block in &content.blocks {
        let Some(host) = block.labels.first() else { continue };
        let (attributes, found) = block.body.attributes();
        diags.extend(found);
        if &*block.kind == "credentials_helper" {
            let given = attributes.get("args").map(|a| eval_constant(&a.expr));
            let (value, found) = given.unzip();
            diags.extend(found.unwrap_or_default());
            let given = value.as_ref().and_then(|v| v.as_seq()).into_iter().flatten();
            let given = given.filter_map(|v| v.as_str().map(str::to_owned)).collect();
            match helper(&host.name, home) {
                Some(program) => hosts.set_helper(program, given),
                None => {
                    let detail = format!(
                        "There is no program terraform-credentials-{} in .terraform.d/plugins of the home folder, so it cannot be asked for tokens.",
                        host.name
                    );
                    diags.push(Diagnostic::warning("Credentials helper not found", detail).at(host.span));
                }
            }
            continue;
        }
        let name = if &*block.kind == "host" { "services" } else { "token" };
        let Some(attribute) = attributes.get(name) else { continue };
        let (value, found) = eval_constant(&attribute.expr);
        diags.extend(found);
        if name == "token" {
            match value.as_str() {
                Some(token) => hosts.add_token(&host.name, token.to_owned()),
                None => diags.push(invalid("The token must be text.").at(attribute.expr.span())),
            }
            continue;
        }
        let Some(services) = value.as_map() else {
            diags.push(invalid("The services must be a map of URLs.").at(attribute.expr.span()));
            continue;
        };
        hosts.add_services(
            &host.name,
            services.iter().filter_map(|(id, url)| Some((id.to_string(), url.as_str()?.to_owned()))),
        );
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
            "plugin_cache_dir = \"$HOME/x\"\nprovider_installation {\n  direct {}\n}\nhost \"reg.example\" {\n  services = {\n    \"modules.v1\" = \"https://mirror/m/\"\n  }\n}\ncredentials \"reg.example\" {\n  token = \"one\"\n}\n",
        );
        write(".terraform.d/credentials.tfrc.json", r#"{"credentials": {"app.example": {"token": "two"}}}"#);
        let none = Vec::new();
        let (hosts, d) = registry_hosts(&none, Some(home.path()), &FileCache::new());
        assert!(d.is_empty(), "{d:?}");
        let shown = format!("{hosts:?}");
        for part in ["reg.example", "https://mirror/m/", "app.example"] {
            assert!(shown.contains(part), "{shown}");
        }
        assert!(!shown.contains("one") && !shown.contains("two"));
        // A file that is named is the only one.
        write("own.tfrc", "credentials \"own.example\" {\n  token = 1\n}\n");
        let path = home.path().join("own.tfrc").display().to_string();
        let named = vec![("TF_CLI_CONFIG_FILE".to_owned(), path), ("TF_TOKEN_env_example".to_owned(), "x".to_owned())];
        let (hosts, d) = registry_hosts(&named, Some(home.path()), &FileCache::new());
        assert_eq!(d.0.first().map(|d| d.summary.as_str()), Some("Invalid CLI configuration"));
        let shown = format!("{hosts:?}");
        assert!(!shown.contains("app.example") && shown.contains("env.example"), "{shown}");
        let missing = vec![("TF_CLI_CONFIG_FILE".to_owned(), "/nowhere".to_owned())];
        let (_, d) = registry_hosts(&missing, Some(home.path()), &FileCache::new());
        assert!(!d.has_errors() && d.0.len() == 1);
    }
}
