//! AWS's own managed policies, by name. What they say is AWS's to say and changes; the sandbox knows that they are there
//! and can be attached.

use std::sync::OnceLock;

/// Path and name of those that can be attached, in order. Source: the AWS managed policy reference.
fn all() -> &'static [&'static str] {
    static ALL: OnceLock<Vec<&'static str>> = OnceLock::new();
    ALL.get_or_init(|| include_str!("managed.txt").lines().collect())
}

/// Path (with both slashes) and name of the policy with an ARN.
pub(crate) fn find(arn: &str) -> Option<(&'static str, &'static str)> {
    let path = arn.strip_prefix("arn:aws:iam::aws:policy")?;
    let full = all().get(all().binary_search(&path).ok()?)?;
    let at = full.rfind('/')? + 1;
    Some((&full[..at], &full[at..]))
}

/// The ARNs of all.
pub(crate) fn arns() -> impl Iterator<Item = String> {
    all().iter().map(|p| format!("arn:aws:iam::aws:policy{p}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_by_its_arn() {
        assert!(all().is_sorted() && all().len() > 1000);
        for arn in arns() {
            let (path, name) = find(&arn).unwrap_or_default();
            assert_eq!(format!("arn:aws:iam::aws:policy{path}{name}"), arn);
        }
        assert_eq!(find("arn:aws:iam::aws:policy/job-function/Billing"), Some(("/job-function/", "Billing")));
        assert_eq!(find("arn:aws:iam::aws:policy/Billing"), None);
        assert_eq!(find("arn:aws:iam::aws:policy"), None);
    }
}
