//! The queue as a tree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use craton_terragrunt::Order;

/// A tree in text: `.` and below it what comes first, with what waits for it below that. What several wait for is shown
/// below each of them, and what waits for that in turn below the first one only.
pub fn tree(order: &Order, down: bool, name: &dyn Fn(&Path) -> String) -> String {
    let place: BTreeMap<&PathBuf, usize> = order.units.iter().enumerate().map(|(i, u)| (u, i)).collect();
    let mut children: BTreeMap<&PathBuf, BTreeSet<usize>> = BTreeMap::new();
    let mut waits: BTreeSet<usize> = BTreeSet::new();
    for (unit, needs) in &order.dependencies {
        for need in needs {
            let (first, then) = if down { (unit, need) } else { (need, unit) };
            if let Some(i) = place.get(then) {
                children.entry(first).or_default().insert(*i);
                waits.insert(*i);
            }
        }
    }
    let mut out = String::from(".");
    let mut shown: BTreeSet<usize> = BTreeSet::new();
    let roots: Vec<usize> = (0..order.units.len()).filter(|i| !waits.contains(i)).collect();
    // Each entry: a unit, what stands before its branch, and whether it is the last of its level.
    let mut open: Vec<(usize, String, bool)> = level(&roots, "");
    while let Some((i, before, last)) = open.pop() {
        let Some(unit) = order.units.get(i) else { continue };
        out.push_str(&format!("\n{before}{}{}", if last { "╰── " } else { "├── " }, name(unit)));
        let next: Vec<usize> = children.get(unit).into_iter().flatten().copied().collect();
        if shown.insert(i) {
            let inner = format!("{before}{}", if last { "    " } else { "│   " });
            open.extend(level(&next, &inner));
        } else if !next.is_empty() {
            out.push_str(" (see above)");
        }
    }
    out
}

/// The units of a level as entries, the first on top.
fn level(units: &[usize], before: &str) -> Vec<(usize, String, bool)> {
    let last = units.len().saturating_sub(1);
    units.iter().enumerate().rev().map(|(n, i)| (*i, before.to_owned(), n == last)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        let path = PathBuf::from;
        let needs =
            [("vpc", vec![]), ("mon", vec![]), ("db", vec!["vpc"]), ("app", vec!["db", "vpc"]), ("web", vec!["app"])];
        let order = Order {
            units: ["mon", "vpc", "db", "app", "web"].map(path).to_vec(),
            dependencies: needs.map(|(u, n)| (path(u), n.into_iter().map(path).collect())).into(),
        };
        let name = |p: &Path| p.display().to_string();
        let up = ".\n├── mon\n╰── vpc\n    ├── db\n    │   ╰── app\n    │       ╰── web\n    ╰── app (see above)";
        assert_eq!(tree(&order, false, &name), up);
        let down = ".\n├── mon\n╰── web\n    ╰── app\n        ├── vpc\n        ╰── db\n            ╰── vpc";
        assert_eq!(tree(&order, true, &name), down);
    }
}
