//! What of a plan with targets is carried out.
//!
//! A plan with targets holds every instance of what a target needs, but an apply makes only those that are named: of
//! `a[1].id` alone, `a[1]`. So does Terraform, with one exception: there, what must be destroyed first goes with all of its
//! instances, and those that no target names are not made again. Here what is destroyed for a replacement is replaced.

use std::collections::HashMap;

use craton_model::Plan;

use crate::graph::{Graph, Node, NodeId};
use crate::steps::{Item, Step, Work};
use crate::target;

/// Makes every step that no target needs a [`Item::Gate`], which only holds the order, and takes root outputs that follow
/// from such a step out of what is evaluated.
pub fn limit(
    plan: &Plan,
    graph: &Graph,
    steps: &[Step],
    items: &mut [Item],
    deps: &[Vec<usize>],
    included: &mut [bool],
) {
    let (targets, _) = target::parse(&plan.targets);
    let limits = Limits::new(graph, steps, items, deps);
    let wanted =
        (0..items.len()).filter(|i| limits.step(*i).is_some_and(|s| targets.iter().any(|t| t.includes(&s.addr))));
    let needed = limits.needed(wanted.collect());
    let outputs = graph.nodes.iter().enumerate();
    let outputs = outputs.filter(|(n, node)| included[*n] && matches!(node, Node::Output(path, _) if path.is_root()));
    let stale: Vec<NodeId> = outputs
        .map(|(n, _)| n)
        .filter(|n| {
            let theirs = limits.needed(vec![*n]);
            theirs
                .iter()
                .zip(&needed)
                .enumerate()
                .any(|(i, (theirs, needed))| *theirs && !needed && limits.step(i).is_some())
        })
        .collect();
    stale.into_iter().for_each(|n| included[n] = false);
    let passed_over: Vec<usize> = (0..items.len()).filter(|i| !needed[*i] && limits.step(*i).is_some()).collect();
    passed_over.into_iter().for_each(|i| items[i] = Item::Gate);
}

struct Limits<'a> {
    graph: &'a Graph,
    steps: &'a [Step],
    items: Vec<Item>,
    deps: &'a [Vec<usize>],
    /// Steps that make or change an instance, by the node of its resource.
    made: HashMap<NodeId, Vec<usize>>,
    /// All steps of a change.
    of_change: HashMap<usize, Vec<usize>>,
}

impl<'a> Limits<'a> {
    fn new(graph: &'a Graph, steps: &'a [Step], items: &[Item], deps: &'a [Vec<usize>]) -> Self {
        let mut all =
            Self { graph, steps, items: items.to_vec(), deps, made: HashMap::new(), of_change: HashMap::new() };
        for (i, item) in items.iter().enumerate() {
            let Item::Step(s) = item else { continue };
            let step = &steps[*s];
            all.of_change.entry(step.change).or_default().push(i);
            if matches!(step.work, Work::Create | Work::Update | Work::Read)
                && let Some(n) = graph.resource(&step.addr.config())
            {
                all.made.entry(n).or_default().push(i);
            }
        }
        all
    }

    fn step(&self, item: usize) -> Option<&Step> {
        match self.items[item] {
            Item::Step(s) => Some(&self.steps[s]),
            _ => None,
        }
    }

    /// The node whose references an item follows.
    fn node(&self, item: usize) -> Option<NodeId> {
        match self.items[item] {
            Item::Node(n) => Some(n),
            Item::Step(s) => self.graph.resource(&self.steps[s].addr.config()),
            Item::Gate => None,
        }
    }

    /// These items and what they need, as a flag per item.
    fn needed(&self, of: Vec<usize>) -> Vec<bool> {
        let mut seen = vec![false; self.items.len()];
        let mut todo = of;
        while let Some(i) = todo.pop() {
            if std::mem::replace(&mut seen[i], true) {
                continue;
            }
            if let Some(step) = self.step(i) {
                todo.extend(&self.of_change[&step.change]);
            }
            for d in &self.deps[i] {
                match self.items[*d] {
                    Item::Node(n) if matches!(self.graph.nodes[n], Node::Resource(_)) => {
                        let made = self.made.get(&n).map_or(&[][..], Vec::as_slice);
                        let keys = self.node(i).and_then(|from| self.graph.instances.get(&(from, n)));
                        let named = |m: &&usize| {
                            self.step(**m).is_some_and(|s| keys.is_some_and(|keys| keys.contains(&s.addr.key)))
                        };
                        // Of instances that stay as they are nothing tells which are named: then all are meant.
                        let some = made.iter().any(|m| named(&m));
                        todo.extend(made.iter().filter(|m| !some || named(m)));
                    }
                    _ => todo.push(*d),
                }
            }
        }
        seen
    }
}
