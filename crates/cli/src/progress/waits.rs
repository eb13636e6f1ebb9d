//! What waits for what in an apply.

use std::collections::HashMap;

use craton_model::addr::ResourceInstance;
use craton_model::event::ApplyItem;
use craton_model::plan::Action;

/// How far the items of an apply are.
#[derive(Default)]
pub struct Waits {
    items: Vec<ApplyItem>,
    state: Vec<State>,
    by_change: HashMap<(ResourceInstance, Action), Vec<usize>>,
    /// Items before this one have all begun.
    from: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Done,
}

/// How many items are looked at to find something to tell.
const LOOKED_AT: usize = 2_000;

impl Waits {
    /// Of these.
    pub fn new(items: Vec<ApplyItem>) -> Self {
        let mut by_change: HashMap<_, Vec<usize>> = HashMap::new();
        for (i, item) in items.iter().enumerate() {
            if let Some(change) = &item.change {
                by_change.entry(change.clone()).or_default().push(i);
            }
        }
        Self { state: vec![State::Waiting; items.len()], items, by_change, from: 0 }
    }

    /// A change has begun.
    pub fn started(&mut self, addr: &ResourceInstance, action: Action) {
        self.turn(addr, action, State::Waiting, State::Running);
    }

    /// A change has ended.
    pub fn ended(&mut self, addr: &ResourceInstance, action: Action) {
        self.turn(addr, action, State::Running, State::Done);
    }

    fn turn(&mut self, addr: &ResourceInstance, action: Action, from: State, to: State) {
        let Some(known) = self.by_change.get(&(addr.clone(), action)) else { return };
        if let Some(i) = known.iter().find(|i| self.state[**i] == from) {
            self.state[*i] = to;
        }
        while self.state.get(self.from).is_some_and(|s| *s != State::Waiting)
            || self.items.get(self.from).is_some_and(|i| i.change.is_none())
        {
            self.from += 1;
        }
    }

    /// Up to `count` changes that wait for nothing but what runs, each with one that it waits for.
    pub fn next(&self, count: usize) -> Vec<(&ResourceInstance, &ResourceInstance)> {
        let mut found = Vec::new();
        let mut left = LOOKED_AT;
        for i in self.from..self.items.len() {
            let Some((addr, _)) = self.items[i].change.as_ref().filter(|_| self.state[i] == State::Waiting) else {
                continue;
            };
            if found.len() == count || left == 0 {
                break;
            }
            if let Some(on) = self.blocker(i, &mut left) {
                found.push((addr, on));
            }
        }
        found
    }

    /// The change that runs and that an item waits for; `None` if it waits for one that has not begun.
    fn blocker(&self, item: usize, left: &mut usize) -> Option<&ResourceInstance> {
        let mut todo: Vec<usize> = self.items[item].after.clone();
        let mut seen = std::collections::HashSet::new();
        let mut running = None;
        while let Some(i) = todo.pop() {
            *left = left.checked_sub(1)?;
            if !seen.insert(i) {
                continue;
            }
            match (&self.items[i].change, self.state[i]) {
                (None, _) => todo.extend(&self.items[i].after),
                (Some(_), State::Waiting) => return None,
                (Some((addr, _)), State::Running) => running = Some(addr),
                (Some(_), State::Done) => {}
            }
        }
        running
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use craton_model::addr::{InstanceKey, ModuleInstance, Resource};

    fn addr(name: &str) -> ResourceInstance {
        ModuleInstance::root().resource(Resource::managed("t", name)).instance(InstanceKey::None)
    }

    #[test]
    fn what_comes_next_and_what_it_waits_for() {
        let change = |name: &str, after: &[usize]| ApplyItem {
            change: Some((addr(name), Action::Create)),
            after: after.to_vec(),
        };
        // a <- (point) <- b <- c
        let point = ApplyItem { change: None, after: vec![0] };
        let mut waits = Waits::new(vec![change("a", &[]), point, change("b", &[1]), change("c", &[2])]);
        let names = |w: &Waits| w.next(5).iter().map(|(x, on)| format!("{x} on {on}")).collect::<Vec<_>>();
        assert_eq!(names(&waits), [] as [&str; 0]);
        waits.started(&addr("a"), Action::Create);
        assert_eq!(names(&waits), ["t.b on t.a"]);
        waits.ended(&addr("a"), Action::Create);
        waits.started(&addr("b"), Action::Create);
        assert_eq!(names(&waits), ["t.c on t.b"]);
    }
}
