//! Which release of a provider a configuration is pinned to.

use std::path::Path;

use craton_config::version::{Constraint, Version};
use craton_config::{FileCache, LockFile, ModuleTree};
use craton_model::Diagnostics;
use craton_model::addr::ProviderAddr;

/// As many patch releases as no minor version of the AWS provider has had.
const PATCHES: u64 = 20;

/// The release of the AWS provider that Terraform would run: the lock file's, else the newest that all `required_providers`
/// and `provider` blocks allow, up to `newest`. `None` when that is `newest`, or when none of its major version is allowed.
///
/// `folders` are where the lock file may lie; the first one counts.
///
/// # Errors
/// A lock file cannot be read.
pub fn aws(tree: &ModuleTree, folders: &[&Path], newest: &Version) -> Result<Option<Version>, Diagnostics> {
    let addr = ProviderAddr::new("hashicorp", "aws");
    for folder in folders.iter().filter(|f| LockFile::path(f).exists()) {
        // Frozen copies of a configuration do not hold the lock file: it is always read from where it lies.
        let locked = LockFile::read(folder, &FileCache::new())?;
        if let Some(entry) = locked.providers.get(&addr) {
            return Ok((entry.version != *newest).then(|| entry.version.clone()));
        }
    }
    let needs = tree.provider_requirements();
    let demands = needs.get(&addr).into_iter().flatten().filter_map(|r| r.version.as_ref());
    let all = demands.fold(Constraint::default(), Constraint::and);
    Ok(newest_allowed(&all, newest).filter(|v| v != newest))
}

fn newest_allowed(demands: &Constraint, newest: &Version) -> Option<Version> {
    if demands.allows(newest) {
        return Some(newest.clone());
    }
    let [major, minor, _] = newest.numbers;
    let minors = (0..minor).rev();
    let mut all = minors.flat_map(|m| (0..PATCHES).rev().map(move |p| format!("{major}.{m}.{p}")));
    all.find_map(|text| Version::parse(&text).filter(|v| demands.allows(v)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_release_that_is_allowed() {
        let newest = Version::parse("5.100.0").unwrap();
        let of = |text: &str| {
            newest_allowed(&Constraint::parse(text).unwrap(), &newest)
                .map(|v| format!("{}.{}", v.numbers[0], v.numbers[1]))
        };
        for (demand, want) in [
            ("5.87.0", Some("5.87")),
            ("~> 5.87.0", Some("5.87")),
            (">= 5.46, < 5.90", Some("5.89")),
            ("~> 5.0", Some("5.100")),
            (">= 4.66", Some("5.100")),
            ("!= 5.100.0", Some("5.99")),
            ("~> 4.0", None),
            (">= 6.0", None),
        ] {
            assert_eq!(of(demand).as_deref(), want, "{demand}");
        }
    }
}
