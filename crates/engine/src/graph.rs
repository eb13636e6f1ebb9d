//! The graph of a configuration: one node per block and module, edges from static references.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use craton_config::ModuleTree;
use craton_model::addr::{ConfigResource, InstanceKey, ModulePath, ProviderConfigAddr, Resource};
use craton_model::{Diagnostic, Diagnostics, Span};

use crate::order;

/// Names a node by its place in [`Graph::nodes`].
pub type NodeId = usize;

/// A node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// An input variable of a module.
    Variable(ModulePath, Arc<str>),
    /// A local value.
    Local(ModulePath, Arc<str>),
    /// An output value.
    Output(ModulePath, Arc<str>),
    /// A module call: how many instances there are.
    Module(ModulePath),
    /// All outputs of a module as one value.
    ModuleValue(ModulePath),
    /// Everything in a module is done.
    ModuleDone(ModulePath),
    /// A resource, data source or ephemeral resource.
    Resource(ConfigResource),
    /// A provider configuration.
    Provider(ProviderConfigAddr),
    /// A `check` block.
    Check(ModulePath, Arc<str>),
}

/// The nodes of one module by name.
#[derive(Debug, Default)]
pub struct ModuleIndex {
    pub variables: HashMap<Arc<str>, NodeId>,
    pub locals: HashMap<Arc<str>, NodeId>,
    pub outputs: HashMap<Arc<str>, NodeId>,
    pub resources: HashMap<Resource, NodeId>,
    pub calls: HashMap<Arc<str>, Call>,
}

/// The nodes of a module call.
#[derive(Clone, Debug)]
pub struct Call {
    pub path: ModulePath,
    pub expand: NodeId,
    pub value: NodeId,
    pub done: NodeId,
    /// It has `count` or `for_each`.
    pub repeats: bool,
    /// It has `for_each`.
    pub keyed: bool,
}

/// The whole graph. `deps[n]` are the nodes that `n` waits for, sorted, each once.
#[derive(Debug, Default)]
pub struct Graph {
    pub nodes: Vec<Node>,
    pub deps: Vec<Vec<NodeId>>,
    /// What a node waits for because of `depends_on`, its own and that of the modules around it.
    pub explicit: HashMap<NodeId, Vec<NodeId>>,
    /// Instances of its own that the provisioners of a resource name; `None` means all of them.
    pub siblings: HashMap<NodeId, Vec<Option<InstanceKey>>>,
    /// The instances of a resource (second) that a node (first) names, where it never names the resource as a whole.
    pub instances: HashMap<(NodeId, NodeId), Vec<InstanceKey>>,
    pub modules: HashMap<ModulePath, ModuleIndex>,
    pub providers: HashMap<ProviderConfigAddr, NodeId>,
    pub spans: Vec<Option<Span>>,
}

impl Graph {
    /// The node of a resource in the configuration.
    pub fn resource(&self, addr: &ConfigResource) -> Option<NodeId> {
        self.modules.get(&addr.module)?.resources.get(&addr.resource).copied()
    }

    /// Adds a node with the place to show for it.
    pub fn add(&mut self, node: Node, span: Option<Span>) -> NodeId {
        self.nodes.push(node);
        self.deps.push(Vec::new());
        self.spans.push(span);
        self.nodes.len() - 1
    }

    /// Nodes that one waits for, directly or through others, as a flag per node.
    pub fn ancestors(&self, of: &[NodeId]) -> Vec<bool> {
        let mut seen = vec![false; self.nodes.len()];
        let mut todo: Vec<NodeId> = of.to_vec();
        while let Some(n) = todo.pop() {
            if !std::mem::replace(&mut seen[n], true) {
                todo.extend(self.deps[n].iter().copied().filter(|d| !seen[*d]));
            }
        }
        seen
    }

    /// Whether any node waits for this one.
    pub fn is_needed(&self, n: NodeId) -> bool {
        self.deps.iter().any(|deps| deps.binary_search(&n).is_ok())
    }

    /// For each resource node, the resources that it depends on, directly or through other nodes,
    /// sorted by their text.
    pub fn resource_dependencies(&self) -> HashMap<NodeId, Arc<[ConfigResource]>> {
        let mut resources: Vec<(NodeId, &ConfigResource)> = self
            .nodes
            .iter()
            .enumerate()
            .filter_map(|(n, node)| match node {
                Node::Resource(addr) => Some((n, addr)),
                _ => None,
            })
            .collect();
        resources.sort_by_cached_key(|(_, addr)| addr.to_string());
        let mut rank = vec![usize::MAX; self.nodes.len()];
        for (i, (n, _)) in resources.iter().enumerate() {
            rank[*n] = i;
        }
        let words = resources.len().div_ceil(64);
        let mut reach: Vec<Option<Arc<[u64]>>> = vec![None; self.nodes.len()];
        let (sorted, _) = order::topological(&self.deps);
        for n in sorted {
            // A node that adds nothing to its only dependency shares that one's set.
            let set: Arc<[u64]> = match self.deps[n].as_slice() {
                [] => vec![0; words].into(),
                [one] if rank[*one] == usize::MAX && reach[*one].is_some() => {
                    reach[*one].clone().unwrap_or_else(|| vec![0; words].into())
                }
                many => {
                    let mut set = vec![0; words];
                    for d in many {
                        if let Some(theirs) = &reach[*d] {
                            set.iter_mut().zip(theirs.iter()).for_each(|(a, b)| *a |= b);
                        }
                        if rank[*d] != usize::MAX {
                            set[rank[*d] / 64] |= 1 << (rank[*d] % 64);
                        }
                    }
                    set.into()
                }
            };
            reach[n] = Some(set);
        }
        let list = |set: &[u64]| -> Arc<[ConfigResource]> {
            let bits = set
                .iter()
                .enumerate()
                .flat_map(|(w, bits)| (0..64).filter(move |b| bits & (1 << b) != 0).map(move |b| w * 64 + b));
            bits.map(|i| resources[i].1.clone()).collect()
        };
        resources.iter().map(|(n, _)| (*n, reach[*n].as_deref().map(list).unwrap_or_default())).collect()
    }

    /// One error per cycle, naming the blocks on it.
    pub fn cycles(&self) -> Diagnostics {
        let mut found = Diagnostics::new();
        for cycle in order::cycles(&self.deps) {
            let mut names: Vec<String> = cycle.iter().map(|n| self.nodes[*n].to_string()).collect();
            let places: Vec<String> = cycle
                .iter()
                .filter_map(|n| self.spans[*n].map(|s| format!("\n  {} ({})", self.nodes[*n], s.place())))
                .collect();
            names.extend(names.first().cloned());
            let mut d = Diagnostic::error(
                "Cycle",
                format!(
                    "These blocks refer to one another in a circle, so none of them can come first: {}.\n\nBreak the \
                     circle by removing one of the references.{}",
                    names.join(" -> "),
                    places.concat()
                ),
            );
            d.subject = cycle.iter().find_map(|n| self.spans[*n]);
            found.push(d);
        }
        found
    }

    /// The graph in text: each node with what it waits for, sorted by name.
    pub fn text(&self) -> String {
        let mut lines: Vec<(String, Vec<String>)> = self
            .nodes
            .iter()
            .zip(&self.deps)
            .map(|(node, deps)| {
                let mut deps: Vec<String> = deps.iter().map(|d| self.nodes[*d].to_string()).collect();
                deps.sort();
                (node.to_string(), deps)
            })
            .collect();
        lines.sort();
        let mut out = String::new();
        for (node, deps) in lines {
            out.push_str(&node);
            out.push('\n');
            deps.iter().for_each(|d| out.push_str(&format!("  {d}\n")));
        }
        out
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let within = |f: &mut fmt::Formatter<'_>, path: &ModulePath| {
            if path.is_root() { Ok(()) } else { write!(f, "{path}.") }
        };
        match self {
            Node::Variable(path, name) => within(f, path).and_then(|()| write!(f, "var.{name}")),
            Node::Local(path, name) => within(f, path).and_then(|()| write!(f, "local.{name}")),
            Node::Output(path, name) => within(f, path).and_then(|()| write!(f, "output.{name}")),
            Node::Module(path) => write!(f, "{path}"),
            Node::ModuleValue(path) => write!(f, "{path} (outputs)"),
            Node::ModuleDone(path) => write!(f, "{path} (done)"),
            Node::Resource(addr) => addr.fmt(f),
            Node::Provider(addr) => addr.fmt(f),
            Node::Check(path, name) => within(f, path).and_then(|()| write!(f, "check.{name}")),
        }
    }
}

/// The `provider` block behind a configuration's address, with the module it stands in.
pub fn provider_block<'t>(tree: &'t ModuleTree, addr: &ProviderConfigAddr) -> Option<&'t craton_config::ProviderBlock> {
    let module = &tree.get(&addr.module)?.module;
    module.provider_configs.values().find(|b| b.alias == addr.alias && module.provider_addr(&b.name) == addr.provider)
}
