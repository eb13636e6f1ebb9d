//! Which release of a provider a configuration is pinned to.

use std::collections::BTreeSet;
use std::path::Path;

use craton_config::version::{Constraint, Version};
use craton_config::{FileCache, LockFile, ModuleTree, Requirement};
use craton_model::addr::ProviderAddr;
use craton_model::{Diagnostic, Diagnostics, Severity};
use craton_provider::{Registry, Releases};

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

/// What all demands on a provider come to.
fn together(needs: &[Requirement]) -> Constraint {
    let all: BTreeSet<String> = needs.iter().filter_map(|n| Some(n.version.as_ref()?.to_string())).collect();
    let each = all.iter().filter_map(|text| Constraint::parse(text).ok());
    each.fold(Constraint::default(), |sum, c| sum.and(&c))
}

/// An error for each provider of which there is no release that the configuration allows; with `also_other` a warning for
/// each of which it allows releases only that craton's provider is not like.
///
/// What could be published later counts as not there: it may be anything.
pub fn check(tree: &ModuleTree, registry: &Registry, also_other: bool) -> Diagnostics {
    let needs = tree.provider_requirements();
    let of = |(addr, needs): (&ProviderAddr, &Vec<Requirement>)| {
        let factory = registry.get(addr)?;
        let found = misfit(addr, &factory.version(), factory.releases()?, needs)?;
        (also_other || found.severity == Severity::Error).then_some(found)
    };
    needs.iter().filter_map(of).collect()
}

/// What is wrong with the demands on one provider.
fn misfit(addr: &ProviderAddr, ours: &str, releases: Releases, needs: &[Requirement]) -> Option<Diagnostic> {
    let demands = together(needs);
    let meets = |text: &str| Constraint::parse(text).is_ok_and(|c| c.and(&demands).is_satisfiable());
    if meets(releases.alike) {
        return None;
    }
    let from = needs.iter().filter_map(|need| {
        let place = match need.module.is_root() {
            true => "the root module".to_owned(),
            false => need.module.to_string(),
        };
        Some(format!("  {:?} in {place}", need.version.as_ref()?.to_string()))
    });
    // Many instances and calls of one module say the same.
    let mut from: Vec<String> = from.collect();
    from.dedup();
    let (shown, name) = (from.join("\n"), addr.short());
    let span = needs.iter().find(|n| n.version.is_some()).and_then(|n| n.span);
    if meets(releases.known) {
        let detail = format!(
            "The configuration demands other releases of {name} than craton's is like, which is {ours}:\n\n{shown}\n\ncraton goes \
             on. What only those releases know is refused where it is written; where they do something else than {ours}, \
             craton does as {ours}."
        );
        return Some(Diagnostic::warning("Provider is like another release", detail).at_default(span));
    }
    let detail = if demands.is_satisfiable() {
        format!(
            "There is no release of {name} that fits what the configuration demands:\n\n{shown}\n\nThose that craton knows of are \
             {}. Correct the constraint.",
            releases.known
        )
    } else {
        format!(
            "No version of {name} can be all that the configuration demands:\n\n{shown}\n\nChange one of these constraints, so \
             that they agree."
        )
    };
    Some(Diagnostic::error("No release of the provider fits", detail).at_default(span))
}

/// An error for each provider whose entry in the lock file is not what the configuration allows.
pub fn check_lock(tree: &ModuleTree, lock: &LockFile) -> Diagnostics {
    let needs = tree.provider_requirements();
    let of = |(addr, needs): (&ProviderAddr, &Vec<Requirement>)| {
        let (locked, demands) = (&lock.providers.get(addr)?.version, together(needs));
        if demands.allows(locked) {
            return None;
        }
        let detail = format!(
            "The lock file holds {} {locked}, and the configuration demands {:?}. Change the constraint, or choose another release \
             with -upgrade: terraform init -upgrade writes it down, and so does removing the provider's block from the lock file.",
            addr.short(),
            demands.to_string()
        );
        let span = needs.iter().find(|n| n.version.as_ref().is_some_and(|c| !c.allows(locked))).and_then(|n| n.span);
        Some(Diagnostic::error("Locked release of the provider does not fit", detail).at_default(span))
    };
    needs.iter().filter_map(of).collect()
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
    use craton_model::addr::ModulePath;

    #[test]
    fn which_demands_can_be_met() {
        let random = Releases { known: "< 3.10", alike: "< 3.10" };
        let aws = Releases { known: ">= 0.1, < 7.0", alike: ">= 5.0, < 6.0" };
        let (no, other) = (Some(Severity::Error), Some(Severity::Warning));
        for (releases, demands, want) in [
            (random, &["~> 3.6"][..], None),
            (random, &["3.9.4"], None),
            (random, &[">= 2.0", "!= 3.9.0"], None),
            (random, &[], None),
            (random, &["~> 3.10"], no),
            (random, &["~> 3.6", "< 3.0"], no),
            (random, &["> 3.6.0", "< 3.6.1"], no),
            (aws, &[">= 4.66"], None),
            (aws, &["~> 5.0", "< 5.1, != 5.0.0"], None),
            (aws, &["~> 6.0"], other),
            (aws, &[">= 5.95, < 6.0", ">= 6.0"], no),
            (aws, &["~> 4.67"], other),
            (aws, &["9.9.9"], no),
        ] {
            let need = |text: &&str| Requirement {
                module: ModulePath::root(),
                version: Some(Constraint::parse(text).unwrap()),
                span: None,
            };
            let needs: Vec<_> = demands.iter().map(need).collect();
            let found = misfit(&ProviderAddr::new("hashicorp", "some"), "1.0.0", releases, &needs);
            assert_eq!(found.as_ref().map(|d| d.severity), want, "{demands:?}: {found:?}");
        }
    }

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
