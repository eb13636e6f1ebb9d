//! How modules are brought: the cache, the registries that are known, the way to S3.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use craton_fetch::{FetchOptions, Fetcher};
use craton_model::{Diagnostics, Severity};
use craton_terragrunt::IamRole;

use crate::app::App;
use crate::aws::Access;

impl App {
    /// What brings sources for all of this run, with the credentials for S3 that `role` gives.
    pub fn fetcher(&self, role: &IamRole) -> Fetcher {
        let access = Access::new(self, None, role);
        self.shared.fetcher.get_or_init(|| self.open_fetcher()).with_aws(move || access.client_options())
    }

    fn open_fetcher(&self) -> Fetcher {
        let variables: Vec<(String, String)> =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect();
        let home = home();
        let (hosts, found) = craton_config::registry_hosts(&variables, home.as_deref());
        // Whoever needs no registry is not to be stopped by what is written for one.
        let warnings: Diagnostics = found
            .into_iter()
            .map(|mut d| {
                d.severity = Severity::Warning;
                d
            })
            .collect();
        self.report(&warnings, false);
        let variable = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        let netrc = variable("NETRC").map(PathBuf::from).or_else(|| Some(home?.join(".netrc")));
        Fetcher::new(FetchOptions {
            cache: cache_folder(),
            hosts,
            registry_token: variable("TG_TF_REGISTRY_TOKEN"),
            netrc: netrc.filter(|p| p.is_file()),
            interactive: !self.never_asks() && std::io::stdin().is_terminal(),
            web: None,
        })
    }
}

fn home() -> Option<PathBuf> {
    std::env::home_dir().filter(|h| !h.as_os_str().is_empty())
}

/// Where sources are kept for later runs: `CRATON_CACHE_DIR`, or a folder in the user's cache.
fn cache_folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(own) = variable("CRATON_CACHE_DIR") {
        return Some(own.join("sources"));
    }
    let user = if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else {
        // A relative path is none, says the specification of these variables.
        let named = variable("XDG_CACHE_HOME").filter(|p| p.is_absolute());
        let usual = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
        named.or_else(|| Some(home()?.join(usual)))
    };
    Some(user?.join("craton").join("sources"))
}
