//! The programs that are measured, and where they run.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The account and region of the live tree.
pub(super) const ACCOUNT: &str = "241533135482";
pub(super) const REGION: &str = "eu-west-1";

/// The craton to measure: the one that was named, or a fresh release build.
///
/// # Errors
/// When it cannot be built.
pub(super) fn craton(root: &Path, named: Option<&Path>) -> Result<PathBuf, String> {
    if let Some(path) = named {
        return path.canonicalize().map_err(|e| format!("{}: {e}", path.display()));
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let args = [
        "build",
        "--release",
        "--package",
        "craton-cli",
        "--bin",
        "craton",
        "--message-format",
        "json-render-diagnostics",
    ];
    let out = Command::new(cargo).args(args).current_dir(root).stderr(Stdio::inherit()).output();
    let out = out.map_err(|e| format!("cargo cannot be run: {e}"))?;
    if !out.status.success() {
        return Err("the release build failed".into());
    }
    let messages = String::from_utf8_lossy(&out.stdout);
    let built = messages.lines().filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok()).find_map(|m| {
        m["executable"].as_str().filter(|p| Path::new(p).file_stem().is_some_and(|s| s == "craton")).map(PathBuf::from)
    });
    built.ok_or_else(|| "cargo built no craton".into())
}

/// Terraform with its AWS provider.
pub(crate) struct Terraform {
    pub program: PathBuf,
    /// A CLI configuration that finds the provider without the network.
    pub config: PathBuf,
}

/// Looks for Terraform on the path, for what needs none of its providers' plugins.
///
/// # Errors
/// When it is not there.
pub(super) fn terraform_alone() -> Result<PathBuf, String> {
    on_path("terraform").ok_or_else(|| "terraform is not on this machine".into())
}

/// Looks for Terraform on the path and for its provider in the usual places.
///
/// # Errors
/// With what is missing.
pub(crate) fn terraform(scratch: &Path) -> Result<Terraform, String> {
    let program = on_path("terraform").ok_or("terraform is not on this machine")?;
    if let Some(config) = std::env::var_os("TF_CLI_CONFIG_FILE").map(PathBuf::from).filter(|c| c.is_file()) {
        return Ok(Terraform { program, config });
    }
    let mirror = mirrors().into_iter().find(|m| m.join("registry.terraform.io/hashicorp/aws").is_dir());
    let mirror = mirror.ok_or(
        "terraform's AWS provider is not on this machine (CRATON_PROVIDER_MIRROR names a folder that holds it)",
    )?;
    let config = scratch.join("terraform.rc");
    let text = format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path = {:?}\n  }}\n}}\n",
        mirror.display().to_string()
    );
    std::fs::write(&config, text).map_err(|e| format!("{}: {e}", config.display()))?;
    Ok(Terraform { program, config })
}

fn mirrors() -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = std::env::var_os("CRATON_PROVIDER_MIRROR").into_iter().map(PathBuf::from).collect();
    places.extend(std::env::var_os("HOME").map(|home| Path::new(&home).join(".terraform.d/plugins")));
    places.extend(["/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins"].map(PathBuf::from));
    let opt = std::fs::read_dir("/opt").into_iter().flatten().flatten().map(|e| e.path());
    places.extend(opt.filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().contains("plugins"))));
    places
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|p| p.is_file())
}

/// An environment in which nothing but the endpoint can be meant: no profile, no instance metadata, no proxy.
pub(crate) fn environment(home: &Path, endpoint: &str) -> Vec<(OsString, OsString)> {
    let mut all: Vec<(OsString, OsString)> =
        vec![("HOME".into(), home.into()), ("PATH".into(), std::env::var_os("PATH").unwrap_or_default())];
    let fixed = [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", REGION),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ENDPOINT_URL", endpoint),
        ("TF_IN_AUTOMATION", "1"),
        ("CHECKPOINT_DISABLE", "1"),
    ];
    all.extend(fixed.map(|(name, value)| (name.into(), value.into())));
    all
}

/// A craton sandbox that ends with this value.
pub(super) struct Sandbox {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub address: String,
}

impl Sandbox {
    /// Starts one with its state in a folder.
    ///
    /// # Errors
    /// When it ends before it says where it listens.
    pub(super) fn start(craton: &Path, folder: &Path) -> Result<Self, String> {
        let mut child = Command::new(craton)
            .args(["sandbox", "start", "--port", "0", "--account-id", ACCOUNT, "--folder"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("{}: {e}", craton.display()))?;
        let lines = child.stdout.take().map(|out| BufReader::new(out).lines());
        let said = lines.into_iter().flatten().map_while(Result::ok);
        let address = said.filter_map(|l| Some(l.split("http://").nth(1)?.trim().to_string())).next();
        match address {
            Some(address) => Ok(Self { child, address }),
            None => {
                child.wait().ok();
                Err("the sandbox ended before it said where it listens".into())
            }
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
