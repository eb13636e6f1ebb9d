//! The order of a run over many units, as it unfolds: who may begin, who must not any more.

use crate::graph::Order;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What a failure means for the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Units wait for the end of others, not for their success.
    pub ignore_errors: bool,
    /// Nobody waits for anybody.
    pub ignore_order: bool,
    /// After the first failure nothing begins.
    pub fail_fast: bool,
}

/// Where a unit stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// It has not begun.
    #[default]
    Waiting,
    /// It runs.
    Running,
    /// It ended well.
    Succeeded,
    /// It ended badly.
    Failed,
    /// It does not begin because of another.
    EarlyExit {
        /// The other: one that it waits for, or with `fail_fast` the one that failed.
        cause: PathBuf,
    },
}

/// A run over units. Those that may begin come in the order of their names.
#[derive(Debug)]
pub struct Queue {
    policy: Policy,
    status: BTreeMap<PathBuf, Status>,
    /// How many a unit still waits for.
    open: BTreeMap<PathBuf, usize>,
    /// Who waits for a unit.
    followers: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    ready: BTreeSet<PathBuf>,
    running: usize,
}

impl Queue {
    /// All units of an order, none begun. With `down` units wait for those that depend on them: to be destroyed.
    pub fn new(order: &Order, down: bool, policy: Policy) -> Self {
        let mut queue = Self {
            policy,
            status: order.units.iter().map(|u| (u.clone(), Status::Waiting)).collect(),
            open: order.units.iter().map(|u| (u.clone(), 0)).collect(),
            followers: BTreeMap::new(),
            ready: BTreeSet::new(),
            running: 0,
        };
        let pairs = order.dependencies.iter().flat_map(|(unit, needs)| needs.iter().map(move |need| (unit, need)));
        for (unit, need) in pairs.filter(|_| !policy.ignore_order) {
            let (first, then) = if down { (unit, need) } else { (need, unit) };
            if queue.followers.entry(first.clone()).or_default().insert(then.clone()) {
                *queue.open.entry(then.clone()).or_default() += 1;
            }
        }
        queue.ready = queue.open.iter().filter(|(_, n)| **n == 0).map(|(u, _)| u.clone()).collect();
        queue
    }

    /// Begins the next unit that may; `None` if none may now.
    pub fn begin(&mut self) -> Option<PathBuf> {
        let unit = self.ready.pop_first()?;
        self.status.insert(unit.clone(), Status::Running);
        self.running += 1;
        Some(unit)
    }

    /// Ends a unit that was begun.
    pub fn end(&mut self, unit: &Path, succeeded: bool) {
        self.running = self.running.saturating_sub(1);
        let status = if succeeded { Status::Succeeded } else { Status::Failed };
        self.status.insert(unit.to_owned(), status);
        if succeeded || self.policy.ignore_errors {
            for follower in self.followers.get(unit).into_iter().flatten() {
                let Some(n) = self.open.get_mut(follower) else { continue };
                *n = n.saturating_sub(1);
                if *n == 0 && self.status.get(follower) == Some(&Status::Waiting) {
                    self.ready.insert(follower.clone());
                }
            }
        } else {
            self.stop_followers(unit);
        }
        if !succeeded && self.policy.fail_fast {
            self.stop(unit);
        }
    }

    fn stop_followers(&mut self, unit: &Path) {
        let mut open = vec![unit.to_owned()];
        while let Some(cause) = open.pop() {
            for follower in self.followers.get(&cause).cloned().unwrap_or_default() {
                if self.status.get(&follower) == Some(&Status::Waiting) {
                    self.ready.remove(&follower);
                    self.status.insert(follower.clone(), Status::EarlyExit { cause: cause.clone() });
                    open.push(follower);
                }
            }
        }
    }

    /// Lets nothing begin any more, because of a unit.
    pub fn stop(&mut self, because: &Path) {
        self.ready.clear();
        for status in self.status.values_mut().filter(|s| **s == Status::Waiting) {
            *status = Status::EarlyExit { cause: because.to_owned() };
        }
    }

    /// How many units run.
    pub fn running(&self) -> usize {
        self.running
    }

    /// How many units have not begun and still may.
    pub fn waiting(&self) -> usize {
        self.status.values().filter(|s| **s == Status::Waiting).count()
    }

    /// Where each unit stands.
    pub fn statuses(&self) -> &BTreeMap<PathBuf, Status> {
        &self.status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `b` and `c` wait for `a`, `d` for `b`; `e` is alone.
    fn order() -> Order {
        let path = PathBuf::from;
        let needs = [("a", vec![]), ("b", vec!["a"]), ("c", vec!["a"]), ("d", vec!["b"]), ("e", vec![])];
        Order {
            units: ["a", "b", "c", "d", "e"].map(path).to_vec(),
            dependencies: needs.map(|(u, n)| (path(u), n.into_iter().map(path).collect())).into(),
        }
    }

    fn all(queue: &mut Queue) -> Vec<String> {
        std::iter::from_fn(|| queue.begin()).map(|p| p.display().to_string()).collect()
    }

    #[test]
    fn up_and_down() {
        let mut queue = Queue::new(&order(), false, Policy::default());
        assert_eq!(all(&mut queue), ["a", "e"]);
        queue.end(Path::new("a"), true);
        assert_eq!(all(&mut queue), ["b", "c"]);
        queue.end(Path::new("b"), true);
        assert_eq!(all(&mut queue), ["d"]);
        let mut queue = Queue::new(&order(), true, Policy::default());
        assert_eq!(all(&mut queue), ["c", "d", "e"]);
        queue.end(Path::new("c"), true);
        assert!(all(&mut queue).is_empty());
        queue.end(Path::new("d"), true);
        assert_eq!(all(&mut queue), ["b"]);
        queue.end(Path::new("b"), true);
        assert_eq!(all(&mut queue), ["a"]);
    }

    #[test]
    fn failures() {
        let early = |cause: &str| Status::EarlyExit { cause: cause.into() };
        let mut queue = Queue::new(&order(), false, Policy::default());
        all(&mut queue);
        queue.end(Path::new("a"), false);
        let of = |queue: &Queue, unit: &str| queue.statuses()[Path::new(unit)].clone();
        assert_eq!([of(&queue, "b"), of(&queue, "d"), of(&queue, "e")], [early("a"), early("b"), Status::Running]);
        assert_eq!((queue.waiting(), queue.running()), (0, 1));

        let mut queue = Queue::new(&order(), false, Policy { ignore_errors: true, ..Policy::default() });
        all(&mut queue);
        queue.end(Path::new("a"), false);
        assert_eq!(all(&mut queue), ["b", "c"]);

        let mut queue = Queue::new(&order(), false, Policy { fail_fast: true, ..Policy::default() });
        all(&mut queue);
        queue.end(Path::new("e"), false);
        queue.end(Path::new("a"), true);
        assert!(all(&mut queue).is_empty());
        assert_eq!(of(&queue, "b"), early("e"));

        let mut queue = Queue::new(&order(), false, Policy { ignore_order: true, ..Policy::default() });
        assert_eq!(all(&mut queue).len(), 5);
    }
}
