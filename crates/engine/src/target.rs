//! Limits of a plan: which addresses are meant, and what they bring with them.

use craton_model::addr::{ConfigResource, InstanceKey, ModuleInstance, Resource, ResourceInstance};
use craton_model::{Diagnostic, Diagnostics};

use crate::graph::{Graph, Node};

/// An address that stands for a module, a resource with all its instances, or one instance.
#[derive(Clone, Debug)]
pub struct Target {
    module: ModuleInstance,
    resource: Option<(Resource, InstanceKey)>,
}

/// Reads addresses as people type them.
pub fn parse(texts: &[String]) -> (Vec<Target>, Diagnostics) {
    let mut found = Diagnostics::new();
    let targets = texts.iter().filter_map(|text| {
        if let Some(module) = ModuleInstance::parse(text).filter(|m| !m.is_root()) {
            return Some(Target { module, resource: None });
        }
        let parsed = ResourceInstance::parse(text);
        if parsed.is_none() {
            found.push(Diagnostic::error(
                format!("Invalid target {text:?}"),
                "An address of a module, a resource or an instance is required, such as module.network, aws_vpc.main or \
                 aws_subnet.private[0].",
            ));
        }
        parsed.map(|r| Target { module: r.module, resource: Some((r.resource, r.key)) })
    });
    (targets.collect(), found)
}

fn key_matches(target: &InstanceKey, key: &InstanceKey) -> bool {
    *target == InstanceKey::None || target == key
}

impl Target {
    /// Whether it means this instance.
    pub fn includes(&self, addr: &ResourceInstance) -> bool {
        let (ours, theirs) = (&self.module.0, &addr.module.0);
        // Only a module without any key stands for all its instances.
        let exact = self.resource.is_some() || ours.iter().any(|(_, key)| *key != InstanceKey::None);
        let inside = ours.len() <= theirs.len()
            && ours.iter().zip(theirs.iter()).all(|(a, b)| a.0 == b.0 && (!exact || a.1 == b.1));
        match &self.resource {
            None => inside,
            Some((r, key)) => {
                inside && ours.len() == theirs.len() && *r == addr.resource && key_matches(key, &addr.key)
            }
        }
    }

    /// Whether it may mean an instance of this resource.
    pub fn includes_config(&self, addr: &ConfigResource) -> bool {
        let (ours, theirs) = (&self.module.0, &addr.module.0);
        let inside = ours.len() <= theirs.len() && ours.iter().zip(theirs.iter()).all(|(a, b)| a.0 == *b);
        match &self.resource {
            None => inside,
            Some((r, _)) => inside && ours.len() == theirs.len() && *r == addr.resource,
        }
    }
}

/// Which nodes to visit: the resources meant, what they need, and root outputs that need nothing
/// else.
pub fn included(graph: &Graph, targets: &[Target]) -> Vec<bool> {
    let meant: Vec<usize> = graph
        .nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| matches!(node, Node::Resource(addr) if targets.iter().any(|t| t.includes_config(addr))))
        .map(|(n, _)| n)
        .collect();
    let mut included = graph.ancestors(&meant);
    // An output needs no more than the resources meant: then it comes along, with the locals and module outputs it is
    // made of.
    let root_outputs = graph.nodes.iter().enumerate();
    let root_outputs = root_outputs.filter(|(_, node)| matches!(node, Node::Output(path, _) if path.is_root()));
    let mut more = vec![false; included.len()];
    for (n, _) in root_outputs {
        let needs = graph.ancestors(&[n]);
        let resources =
            needs.iter().enumerate().filter(|(d, need)| **need && matches!(graph.nodes[*d], Node::Resource(_)));
        let resources: Vec<usize> = resources.map(|(d, _)| d).collect();
        if !resources.is_empty() && resources.iter().all(|d| included[*d]) {
            needs.iter().enumerate().for_each(|(d, need)| more[d] |= need);
        }
    }
    included.iter_mut().zip(more).for_each(|(have, more)| *have |= more);
    included
}

/// What people are told when a plan is limited.
pub fn warning() -> Diagnostic {
    Diagnostic::warning(
        "Resource targeting is in effect",
        "Only the addresses given with -target and what they need are planned, so this plan does not show everything that the \
         configuration asks for. Targets are for getting out of trouble; make a plan without them before relying on the result.",
    )
}
