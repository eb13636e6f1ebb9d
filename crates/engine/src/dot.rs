//! The graph in the language of Graphviz: what `graph` prints.

use std::collections::{BTreeMap, HashSet};

use craton_model::addr::{ConfigResource, ModulePath, ResourceMode};

use crate::graph::{Graph, Node, NodeId};
use crate::order;

/// The nodes that one waits for, directly or through others that are not `wanted`.
pub fn nearest(deps: &[Vec<usize>], of: usize, wanted: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut seen = HashSet::new();
    let mut todo = deps[of].clone();
    let mut found = Vec::new();
    while let Some(d) = todo.pop() {
        if !seen.insert(d) {
            continue;
        }
        if wanted(d) { found.push(d) } else { todo.extend(&deps[d]) }
    }
    found.sort_unstable();
    found
}

/// Lines as the body of a graph of an operation.
pub fn digraph(mut lines: Vec<String>) -> String {
    lines.sort();
    let body: String = lines.into_iter().map(|l| l + "\n").collect();
    format!("digraph {{\n\tcompound = \"true\"\n\tnewrank = \"true\"\n\tsubgraph \"root\" {{\n{body}\t}}\n}}\n")
}

/// A resource as the plain graph shows it: where it is drawn, then its name there.
type Shown = (ModulePath, (bool, String));

impl Graph {
    /// Every block with what it refers to; `cycles`: in colour what goes round in circles.
    pub fn dot(&self, cycles: bool) -> String {
        let shown = |n: usize| !matches!(self.nodes[n], Node::Module(_) | Node::ModuleValue(_) | Node::ModuleDone(_));
        let name = |n: usize| format!("{:?}", format!("[root] {}", self.nodes[n]));
        let mut on_cycle: Vec<usize> = vec![usize::MAX; self.nodes.len()];
        for (i, cycle) in order::cycles(&self.deps).into_iter().enumerate().filter(|_| cycles) {
            cycle.into_iter().for_each(|n| on_cycle[n] = i);
        }
        let mut lines = Vec::new();
        for n in (0..self.nodes.len()).filter(|n| shown(*n)) {
            let shape = match &self.nodes[n] {
                Node::Resource(_) => "box",
                Node::Provider(_) => "diamond",
                _ => "note",
            };
            lines.push(format!("\t\t{} [label = {:?}, shape = \"{shape}\"]", name(n), self.nodes[n].to_string()));
            for d in nearest(&self.deps, n, shown) {
                let red = on_cycle[n] != usize::MAX && on_cycle[n] == on_cycle[d];
                let style = if red { " [color = \"red\", penwidth = \"2.0\"]" } else { "" };
                lines.push(format!("\t\t{} -> {}{style}", name(n), name(d)));
            }
        }
        digraph(lines)
    }

    /// The managed resources and data sources, by module, each with those it waits for and no other comes between.
    pub fn resources_dot(&self) -> String {
        let is_shown = |n: usize| match &self.nodes[n] {
            Node::Resource(addr) => addr.resource.mode != ResourceMode::Ephemeral,
            _ => false,
        };
        let mut resources: Vec<(NodeId, &ConfigResource)> = Vec::new();
        for (n, node) in self.nodes.iter().enumerate().filter(|(n, _)| is_shown(*n)) {
            if let Node::Resource(addr) = node {
                resources.push((n, addr));
            }
        }
        let mut out =
            String::from("digraph G {\n  rankdir = \"RL\";\n  node [shape = rect, fontname = \"sans-serif\"];\n");
        if resources.is_empty() {
            out.push_str(
                "  /* This configuration does not contain any resources.         */\n  /* For a more detailed graph, try: craton graph -type=plan    */\n}\n",
            );
            return out;
        }
        // Data sources first, as Terraform sorts modes by their names.
        let key = |addr: &ConfigResource| -> Shown {
            (addr.module.clone(), (addr.resource.mode == ResourceMode::Managed, addr.resource.to_string()))
        };
        resources.sort_by_cached_key(|(_, addr)| key(addr));
        let mut modules: BTreeMap<&ModulePath, Vec<&ConfigResource>> = BTreeMap::new();
        resources.iter().for_each(|(_, addr)| modules.entry(&addr.module).or_default().push(addr));
        for (module, addrs) in modules {
            let node = |indent: &str, addr: &ConfigResource| {
                format!("{indent}{:?} [label={:?}];\n", addr.to_string(), addr.resource.to_string())
            };
            if module.is_root() {
                addrs.into_iter().for_each(|a| out.push_str(&node("  ", a)));
                continue;
            }
            out.push_str(&format!(
                "  subgraph \"cluster_{module}\" {{\n    label = \"{module}\"\n    fontname = \"sans-serif\"\n"
            ));
            addrs.into_iter().for_each(|a| out.push_str(&node("    ", a)));
            out.push_str("  }\n");
        }
        let direct = self.reduced(&resources.iter().map(|(n, _)| *n).collect::<Vec<_>>(), is_shown);
        for (n, addr) in &resources {
            let mut before: Vec<&ConfigResource> = Vec::new();
            for d in &direct[*n] {
                if let Node::Resource(addr) = &self.nodes[*d] {
                    before.push(addr);
                }
            }
            before.sort_by_cached_key(|a| key(a));
            before
                .into_iter()
                .for_each(|b| out.push_str(&format!("  {:?} -> {:?};\n", addr.to_string(), b.to_string())));
        }
        out.push_str("}\n");
        out
    }

    /// For each of `nodes`, those of them that it waits for without another of them between.
    fn reduced(&self, nodes: &[NodeId], wanted: impl Fn(usize) -> bool + Copy) -> Vec<Vec<NodeId>> {
        let mut before: Vec<Vec<NodeId>> = vec![Vec::new(); self.nodes.len()];
        for n in nodes {
            before[*n] = nearest(&self.deps, *n, wanted);
        }
        let mut direct = before.clone();
        for n in nodes.iter().filter(|n| before[**n].len() > 1) {
            // What lies behind one of several is no neighbour.
            let mut behind = HashSet::new();
            let mut todo: Vec<NodeId> = before[*n].iter().flat_map(|d| before[*d].iter().copied()).collect();
            while let Some(d) = todo.pop() {
                if behind.insert(d) {
                    todo.extend(&before[d]);
                }
            }
            direct[*n].retain(|d| !behind.contains(d));
        }
        direct
    }
}
