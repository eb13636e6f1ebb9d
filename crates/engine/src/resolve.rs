//! Builds the graph: nodes from the blocks of all modules, edges from what they refer to. Finds
//! references to what is not declared.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use craton_config::reference::{Reference, Subject};
use craton_config::{
    CheckRule, IgnoreChanges, ModuleCall, ModuleNode, ModuleTree, Provisioner, RemovedTarget, ResourceBlock,
};
use craton_hcl::{Body, BodySchema, Expr, Step, Traversal, body_references, take_steps};
use craton_model::addr::{ConfigResource, InstanceKey, ModulePath, ProviderConfigAddr, ResourceMode};
use craton_model::schema::{Block, Schema};
use craton_model::{Diagnostic, Diagnostics, Value, similar};

use crate::graph::{Call, Graph, ModuleIndex, Node, NodeId, provider_block};
use crate::itself::refers_to_itself;
use crate::providers::Schemas;
use crate::provision;
use crate::undeclared::{missing_key, undeclared, undeclared_module};

/// Builds the graph of a configuration. `held` are the provider configurations that objects in the
/// state belong to. With errors the graph still holds what could be resolved.
pub fn build(
    tree: &ModuleTree,
    schemas: &Schemas,
    held: impl IntoIterator<Item = ProviderConfigAddr>,
) -> (Graph, Diagnostics) {
    let mut builder =
        Builder { tree, schemas, graph: Graph::default(), found: Diagnostics::new(), check: None, named: Vec::new() };
    for node in tree.modules() {
        builder.add_nodes(node);
    }
    for addr in held {
        builder.provider(&addr);
    }
    for node in tree.modules() {
        builder.connect(node);
    }
    builder.connect_providers();
    builder.connect_imports();
    builder.check_removed();
    let Builder { mut graph, mut found, .. } = builder;
    for deps in &mut graph.deps {
        deps.sort_unstable();
        deps.dedup();
    }
    found.extend(graph.cycles());
    // Blocks are looked up by name in no order; people read from the top.
    found.0.sort_by_key(|d| d.subject);
    (graph, found)
}

/// What an argument refers to, and the resources among it as in [`Builder::named`].
type Argument = (Vec<NodeId>, Vec<(NodeId, InstanceKey)>);

struct Builder<'a> {
    tree: &'a ModuleTree,
    schemas: &'a Schemas,
    graph: Graph,
    found: Diagnostics,
    /// The check block whose assertions are being looked at: only they see the data source in it.
    check: Option<Arc<str>>,
    /// Resources that the node at hand names, each with the instance if it is one.
    named: Vec<(NodeId, InstanceKey)>,
}

impl Builder<'_> {
    fn add_nodes(&mut self, node: &ModuleNode) {
        let (path, module) = (&node.path, &node.module);
        let mut index = ModuleIndex::default();
        for v in module.variables.values() {
            index
                .variables
                .insert(v.name.clone(), self.graph.add(Node::Variable(path.clone(), v.name.clone()), Some(v.span)));
        }
        for l in module.locals.values() {
            index
                .locals
                .insert(l.name.clone(), self.graph.add(Node::Local(path.clone(), l.name.clone()), Some(l.span)));
        }
        for o in module.outputs.values() {
            index
                .outputs
                .insert(o.name.clone(), self.graph.add(Node::Output(path.clone(), o.name.clone()), Some(o.span)));
        }
        for (addr, r) in &module.resources {
            let config = ConfigResource { module: path.clone(), resource: addr.clone() };
            index.resources.insert(addr.clone(), self.graph.add(Node::Resource(config), Some(r.span)));
            self.provider(&node.provider_config(&r.provider));
        }
        for c in module.module_calls.values() {
            let child = path.child(c.name.clone());
            let call = Call {
                expand: self.graph.add(Node::Module(child.clone()), Some(c.span)),
                value: self.graph.add(Node::ModuleValue(child.clone()), Some(c.span)),
                done: self.graph.add(Node::ModuleDone(child.clone()), Some(c.span)),
                repeats: c.count.is_some() || c.for_each.is_some(),
                keyed: c.for_each.is_some(),
                path: child,
            };
            index.calls.insert(c.name.clone(), call);
        }
        self.graph.modules.insert(path.clone(), index);
        for block in module.provider_configs.values() {
            let addr = ProviderConfigAddr {
                module: path.clone(),
                provider: module.provider_addr(&block.name),
                alias: block.alias.clone(),
            };
            self.provider(&addr);
        }
    }

    fn provider(&mut self, addr: &ProviderConfigAddr) -> NodeId {
        if let Some(n) = self.graph.providers.get(addr) {
            return *n;
        }
        let span = provider_block(self.tree, addr).map(|b| b.span);
        let n = self.graph.add(Node::Provider(addr.clone()), span);
        self.graph.providers.insert(addr.clone(), n);
        n
    }

    fn index(&self, path: &ModulePath) -> Option<&ModuleIndex> {
        self.graph.modules.get(path)
    }

    /// What everything in a module waits for: that its instances are known.
    fn expansion(&self, path: &ModulePath) -> Option<NodeId> {
        let (name, parent) = (path.0.last()?, path.parent()?);
        Some(self.index(&parent)?.calls.get(name)?.expand)
    }

    fn connect(&mut self, node: &ModuleNode) {
        let (path, module) = (&node.path, node.module.clone());
        let expansion = self.expansion(path);
        let parent = path.parent().and_then(|p| self.tree.get(&p));
        let call = parent.and_then(|p| p.module.module_calls.get(path.0.last()?).map(|c| (p, c)));
        // Arguments stand in the calling module, and may name other outputs of the module that they are for.
        let names: Vec<Arc<str>> = self.index(path).map_or_else(Vec::new, |i| i.variables.keys().cloned().collect());
        self.named.clear();
        let mut arguments: HashMap<Arc<str>, Argument> = HashMap::new();
        if let Some((parent, call)) = call {
            let all = names.into_iter().map(|name| {
                let deps = self.argument(parent, call, &name);
                (name, (deps, std::mem::take(&mut self.named)))
            });
            arguments = all.collect();
        }
        let Some(index) = self.graph.modules.remove(path) else { return };

        for (name, n) in &index.variables {
            let mut deps: Vec<NodeId> = expansion.into_iter().collect();
            let (given, named) = arguments.remove(name).unwrap_or_default();
            deps.extend(given);
            self.named = named;
            if let Some(v) = module.variables.get(name) {
                self.rules(node, &index, &v.validations, &mut deps);
            }
            deps.retain(|d| d != n);
            self.keep_instances(*n);
            self.graph.deps[*n] = deps;
        }
        for (name, n) in &index.locals {
            let mut deps: Vec<NodeId> = expansion.into_iter().collect();
            if let Some(l) = module.locals.get(name) {
                self.expr(node, &index, &l.expr, &mut deps);
                if deps.contains(n) {
                    let detail = format!(
                        "The value of local.{name} is made from local.{name} itself. Use another name for one of the two."
                    );
                    self.found.push(Diagnostic::error("Self-referencing local value", detail).at(l.span));
                    deps.retain(|d| d != n);
                }
            }
            self.keep_instances(*n);
            self.graph.deps[*n] = deps;
        }
        for (name, n) in &index.outputs {
            let mut deps: Vec<NodeId> = expansion.into_iter().collect();
            if let Some(o) = module.outputs.get(name) {
                if o.ephemeral && path.is_root() {
                    self.found.push(
                        Diagnostic::error(
                            "Ephemeral output not allowed",
                            "Outputs of the root module are kept in the state, and ephemeral values are kept nowhere. Only modules \
                             that are called by others can have ephemeral outputs.",
                        )
                        .at(o.span),
                    );
                }
                self.expr(node, &index, &o.value, &mut deps);
                self.rules(node, &index, &o.preconditions, &mut deps);
                deps.extend(self.depends_on(node, &index, &o.depends_on));
            }
            self.keep_instances(*n);
            self.graph.deps[*n] = deps;
        }
        for call in module.module_calls.values() {
            let Some(nodes) = index.calls.get(&call.name).cloned() else { continue };
            let mut deps: Vec<NodeId> = expansion.into_iter().collect();
            call.count.iter().chain(&call.for_each).for_each(|e| self.expr(node, &index, e, &mut deps));
            let explicit = self.depends_on(node, &index, &call.depends_on);
            deps.extend(&explicit);
            if !explicit.is_empty() {
                self.graph.explicit.insert(nodes.expand, explicit);
            }
            self.graph.deps[nodes.expand] = deps;
            self.check_arguments(call, &nodes.path);
        }
        let data = |check: &craton_config::Check| check.data.as_ref().and_then(|d| index.resources.get(d)).copied();
        for check in module.checks.values() {
            let n = self.graph.add(Node::Check(path.clone(), check.name.clone()), Some(check.span));
            let mut deps: Vec<NodeId> = expansion.into_iter().chain(data(check)).collect();
            self.check = Some(check.name.clone());
            self.rules(node, &index, &check.asserts, &mut deps);
            self.check = None;
            self.graph.deps[n] = deps;
        }
        for (addr, n) in &index.resources {
            if let Some(r) = module.resources.get(addr) {
                self.named.clear();
                self.resource(node, &index, r, *n, expansion);
                self.keep_instances(*n);
            }
        }
        self.graph.modules.insert(path.clone(), index);
        self.connect_call(path, expansion);
    }

    /// Keeps which instances a node names, now that all that it names is known.
    fn keep_instances(&mut self, n: NodeId) {
        let mut by_resource: HashMap<NodeId, Vec<InstanceKey>> = HashMap::new();
        for (resource, key) in self.named.drain(..) {
            by_resource.entry(resource).or_default().push(key);
        }
        let instances = by_resource.into_iter().filter(|(_, keys)| !keys.contains(&InstanceKey::None));
        self.graph.instances.extend(instances.map(|(resource, keys)| ((n, resource), keys)));
    }

    /// The value of a module, and its end: after all that is in it. Called modules come after this
    /// one, so their nodes are there but their edges are not.
    fn connect_call(&mut self, path: &ModulePath, expansion: Option<NodeId>) {
        let (Some(expand), Some(index)) = (expansion, self.graph.modules.get(path)) else { return };
        let Some(call) = path.parent().and_then(|p| self.index(&p)?.calls.get(path.0.last()?).cloned()) else { return };
        let outputs = index.outputs.values().copied();
        self.graph.deps[call.value] = [expand].into_iter().chain(outputs.clone()).collect();
        let values = index.variables.values().chain(index.locals.values()).copied();
        let inside = index.resources.values().copied().chain(index.calls.values().map(|c| c.done));
        self.graph.deps[call.done] = [expand].into_iter().chain(outputs).chain(values).chain(inside).collect();
    }

    fn resource(
        &mut self,
        node: &ModuleNode,
        index: &ModuleIndex,
        r: &ResourceBlock,
        n: NodeId,
        expansion: Option<NodeId>,
    ) {
        let provider = node.provider_config(&r.provider);
        let provider_node = self.provider(&provider);
        let mut deps: Vec<NodeId> = vec![provider_node];
        deps.extend(expansion);
        let before = self.found.0.len();
        for e in r.count.iter().chain(&r.for_each) {
            self.expr(node, index, e, &mut deps);
        }
        match self.schemas.resource(&provider.provider, &r.addr) {
            Some(schema) => {
                self.body(node, index, &r.body, &schema.block, &mut deps);
                self.check_ignored(r, &schema.block);
            }
            None => self.unknown_type(r, &provider),
        }
        self.rules(node, index, &r.lifecycle.preconditions, &mut deps);
        for p in &r.provisioners {
            // They run when their own resource is there, so they may name it instead of saying self.
            let mut named = Vec::new();
            self.provisioner(node, index, p, &mut named);
            let repeats = r.count.is_some() || r.for_each.is_some();
            if repeats && named.contains(&n) {
                let siblings = siblings(p, r);
                self.graph.siblings.entry(n).or_default().extend(siblings);
            }
            deps.extend(named.into_iter().filter(|d| *d != n));
        }
        if let Some(connection) = &r.connection {
            self.body(node, index, &connection.body, provision::connection_schema(), &mut deps);
        }
        for e in &r.lifecycle.replace_triggered_by {
            self.trigger(node, index, e, &mut deps);
        }
        if deps.contains(&n) {
            let schema = self.schemas.resource(&provider.provider, &r.addr).map(|s| &*s.block);
            self.found.push(refers_to_itself(r, schema));
            deps.retain(|d| *d != n);
        }
        self.rules(node, index, &r.lifecycle.postconditions, &mut deps);
        // A resource that depends on itself by name only says nothing.
        let mut explicit = self.depends_on(node, index, &r.depends_on);
        explicit.retain(|d| *d != n);
        deps.extend(&explicit);
        explicit.extend(self.around(&node.path));
        if r.mode() == ResourceMode::Data {
            // Conditions of a data source hold of what is there once the objects they speak of have changed.
            let before = self.found.0.len();
            let mut named = Vec::new();
            self.rules(node, index, &r.lifecycle.preconditions, &mut named);
            self.rules(node, index, &r.lifecycle.postconditions, &mut named);
            self.found.0.truncate(before);
            explicit.extend(named.into_iter().filter(|d| *d != n));
        }
        if !explicit.is_empty() {
            self.graph.explicit.insert(n, explicit);
        }
        for d in &mut self.found.0[before..] {
            d.address.get_or_insert_with(|| {
                ConfigResource { module: node.path.clone(), resource: r.addr.clone() }.to_string()
            });
        }
        self.graph.deps[n] = deps;
    }

    /// What `ignore_changes` names must be in the schema.
    fn check_ignored(&mut self, r: &ResourceBlock, schema: &Block) {
        let IgnoreChanges::Paths(paths) = &r.lifecycle.ignore_changes else { return };
        for ignored in paths {
            let Some(craton_model::Step::Attr(name)) = ignored.path.0.first() else { continue };
            if schema.attributes.contains_key(name) || schema.blocks.contains_key(name) {
                continue;
            }
            let known = schema.attributes.keys().chain(schema.blocks.keys());
            let hint =
                similar(name, known.map(|k| k.as_ref())).map_or(String::new(), |h| format!(" Did you mean {h:?}?"));
            self.found.push(
                Diagnostic::error(
                    "Unsupported attribute",
                    format!(
                        "Resources of type {:?} have no argument, nested block or attribute {:?}.{hint}",
                        &*r.addr.r#type, &**name
                    ),
                )
                .at(ignored.span)
                .for_address(&r.addr),
            );
        }
    }

    /// The `depends_on` of all calls that lead to a module.
    fn around(&self, path: &ModulePath) -> Vec<NodeId> {
        let mut all = Vec::new();
        let mut at = path.clone();
        while let Some(parent) = at.parent() {
            if let Some(expand) = self.expansion(&at) {
                all.extend(self.graph.explicit.get(&expand).into_iter().flatten());
            }
            at = parent;
        }
        all
    }

    fn unknown_type(&mut self, r: &ResourceBlock, provider: &ProviderConfigAddr) {
        let Some(schema) = self.schemas.get(&provider.provider) else { return };
        let (what, known): (_, Vec<&Arc<str>>) = match r.mode() {
            ResourceMode::Managed => ("resource type", schema.resources.keys().collect()),
            ResourceMode::Data => ("data source", schema.data_sources.keys().collect()),
            ResourceMode::Ephemeral => ("ephemeral resource type", schema.ephemeral.keys().collect()),
        };
        let other = match r.mode() {
            ResourceMode::Managed if schema.data_sources.contains_key(&r.addr.r#type) => {
                " There is a data source of this name: did you mean a data block?".to_owned()
            }
            ResourceMode::Data if schema.resources.contains_key(&r.addr.r#type) => {
                " There is a resource type of this name: did you mean a resource block?".to_owned()
            }
            _ => similar(&r.addr.r#type, known.iter().map(|k| k.as_ref()))
                .map_or(String::new(), |s| format!(" Did you mean {s:?}?")),
        };
        self.found.push(
            Diagnostic::error(
                format!("Invalid {what}"),
                format!(
                    "The provider {} does not support the {what} {:?}.{other}",
                    provider.provider.short(),
                    r.addr.r#type
                ),
            )
            .at(r.type_span)
            .within(r.span),
        );
    }

    /// What the argument of a call for one variable refers to, in the calling module.
    fn argument(&mut self, parent: &ModuleNode, call: &ModuleCall, name: &str) -> Vec<NodeId> {
        let mut deps = Vec::new();
        let Some(index) = self.graph.modules.remove(&parent.path) else { return deps };
        let (content, ..) = call.body.partial_content(&BodySchema::new().optional([name]));
        for a in content.attributes.values() {
            self.expr(parent, &index, &a.expr, &mut deps);
        }
        self.graph.modules.insert(parent.path.clone(), index);
        deps
    }

    /// Arguments that the called module has no variable for, and variables that must be given.
    fn check_arguments(&mut self, call: &ModuleCall, path: &ModulePath) {
        let Some(child) = self.tree.get(path) else { return };
        let mut schema = BodySchema::new();
        for v in child.module.variables.values() {
            schema = match v.default {
                Some(_) => schema.optional([&*v.name]),
                None => schema.required(&v.name),
            };
        }
        let (_, found) = call.body.content(&schema);
        self.found.extend(found.into_iter().map(|d| d.for_address(path)));
    }

    fn provisioner(&mut self, node: &ModuleNode, index: &ModuleIndex, p: &Provisioner, deps: &mut Vec<NodeId>) {
        match provision::schema(&p.kind) {
            Some(schema) => self.body(node, index, &p.body, schema, deps),
            None => self.found.push(provision::no_such_type(p)),
        }
        if let Some(connection) = &p.connection {
            self.body(node, index, &connection.body, provision::connection_schema(), deps);
        }
    }

    fn body(&mut self, node: &ModuleNode, index: &ModuleIndex, body: &Body, schema: &Block, deps: &mut Vec<NodeId>) {
        for t in body_references(body, schema) {
            self.reference(node, index, &t, deps);
        }
    }

    fn expr(&mut self, node: &ModuleNode, index: &ModuleIndex, e: &Expr, deps: &mut Vec<NodeId>) {
        for t in e.variables() {
            self.reference(node, index, t, deps);
        }
    }

    fn rules(&mut self, node: &ModuleNode, index: &ModuleIndex, rules: &[CheckRule], deps: &mut Vec<NodeId>) {
        for rule in rules {
            self.expr(node, index, &rule.condition, deps);
            self.expr(node, index, &rule.error_message, deps);
        }
    }

    fn reference(&mut self, node: &ModuleNode, index: &ModuleIndex, t: &Traversal, deps: &mut Vec<NodeId>) {
        match self.resolve(node, index, t) {
            Ok(found) => {
                self.name(t, &found);
                deps.extend(found);
            }
            Err(d) => self.found.push(d),
        }
    }

    /// A reference in `replace_triggered_by` must lead to a managed resource.
    fn trigger(&mut self, node: &ModuleNode, index: &ModuleIndex, e: &Expr, deps: &mut Vec<NodeId>) {
        let refs = e.variables();
        let managed = refs.iter().any(|t| {
            matches!(Reference::parse(t), Ok(Reference { subject: Subject::Resource(r, _), .. }) if r.mode == ResourceMode::Managed)
        });
        if !managed {
            self.found.push(
                Diagnostic::error(
                    "Invalid reference in replace_triggered_by expression",
                    "Only managed resources, their instances and their attributes can be named in replace_triggered_by. To \
                     follow any other value, give it to a terraform_data resource and name that.",
                )
                .at(e.span()),
            );
            return;
        }
        for t in refs {
            self.reference(node, index, t, deps);
        }
    }

    fn depends_on(&mut self, node: &ModuleNode, index: &ModuleIndex, refs: &[Traversal]) -> Vec<NodeId> {
        let mut all = Vec::new();
        for t in refs {
            let found = match Reference::parse(t) {
                Ok(r) if r.steps < t.steps.len() => Err(Diagnostic::error(
                    "Invalid depends_on reference",
                    format!(
                        "{t} names a part of an object, and only whole objects can be waited for. Name the resource, data source or module itself."
                    ),
                )
                .at(t.span)),
                Ok(r) => match &r.subject {
                    Subject::CountIndex | Subject::EachKey | Subject::EachValue | Subject::SelfObject => {
                        Err(Diagnostic::error(
                            "Invalid depends_on reference",
                            format!("{t} belongs to one instance of a block; depends_on holds for all instances alike. Name a resource, data source or module."),
                        )
                        .at(t.span))
                    }
                    Subject::Resource(addr, key) if key.is_some() && node.module.resources.contains_key(addr) => {
                        let block = &node.module.resources[addr];
                        check_key(block, key.as_ref(), &r, t).and_then(|()| self.subject(index, &r, t))
                    }
                    Subject::Module(name, _) | Subject::ModuleOutput(name, ..) => match index.calls.get(name) {
                        Some(call) => Ok(vec![call.done]),
                        None => Err(undeclared_module(name, index, t)),
                    },
                    _ => self.subject(index, &r, t),
                },
                Err(d) => Err(d),
            };
            match found {
                Ok(nodes) => {
                    self.name(t, &nodes);
                    all.extend(nodes);
                }
                Err(d) => self.found.push(d),
            }
        }
        all
    }

    /// Notes which instance a reference to a resource is about.
    fn name(&mut self, t: &Traversal, nodes: &[NodeId]) {
        if let (Ok(Reference { subject: Subject::Resource(_, key), .. }), [n]) = (Reference::parse(t), nodes) {
            self.named.push((*n, key.unwrap_or_default()));
        }
    }

    fn resolve(&self, node: &ModuleNode, index: &ModuleIndex, t: &Traversal) -> Result<Vec<NodeId>, Diagnostic> {
        let r = Reference::parse(t)?;
        let nodes = self.subject(index, &r, t)?;
        if let Subject::Resource(addr, key) = &r.subject
            && let Some(block) = node.module.resources.get(addr)
        {
            check_key(block, key.as_ref(), &r, t)?;
            if let (Some(_), Some(step @ Step::Index(..))) = (key, t.steps.get(r.steps)) {
                let detail =
                    format!("An instance of {addr} has attributes, which are named after a dot. Write them so.");
                return Err(Diagnostic::error("Invalid index operation", detail).at(step.span()).within(t.span));
            }
            if block.check.is_some() && block.check != self.check {
                let detail = format!(
                    "{addr} stands in a check block, so only the assertions of that block can refer to it. Declare it outside of the block to use it elsewhere."
                );
                return Err(Diagnostic::error("Reference to scoped resource", detail).at(r.span).within(t.span));
            }
            let provider = node.provider_config(&block.provider);
            if let Some(schema) = self.schemas.resource(&provider.provider, addr) {
                check_steps(&schema.block, &t.steps[r.steps..], t)?;
            }
        }
        Ok(nodes)
    }

    fn subject(&self, index: &ModuleIndex, r: &Reference, t: &Traversal) -> Result<Vec<NodeId>, Diagnostic> {
        match &r.subject {
            Subject::Variable(name) => match index.variables.get(name) {
                Some(n) => Ok(vec![*n]),
                None => Err(undeclared("input variable", "variable", name, index.variables.keys(), r)),
            },
            Subject::Local(name) => match index.locals.get(name) {
                Some(n) => Ok(vec![*n]),
                None => Err(undeclared("local value", "locals", name, index.locals.keys(), r)),
            },
            // A module as a whole is there once all in it is, whether its outputs tell of it or not.
            Subject::Module(name, _) => match index.calls.get(name) {
                Some(call) => Ok(vec![call.value, call.done]),
                None => Err(undeclared_module(name, index, t)),
            },
            Subject::ModuleOutput(name, key, output) => {
                let Some(call) = index.calls.get(name) else { return Err(undeclared_module(name, index, t)) };
                if *key == InstanceKey::None && call.keyed {
                    // Instances by key make an object, and its attributes can be named after a dot too.
                    return Ok(vec![call.value]);
                }
                if *key == InstanceKey::None && call.repeats {
                    return Err(missing_key("module", &format!("module.{name}"), r, t));
                }
                let outputs = self.tree.get(&call.path).map(|m| &m.module.outputs);
                if let Some(outputs) = outputs.filter(|o| !o.contains_key(output)) {
                    let hint = similar(output, outputs.keys().map(|k| k.as_ref()));
                    let hint = hint.map_or(String::new(), |h| format!(" Did you mean {h:?}?"));
                    return Err(Diagnostic::error(
                        "Unsupported attribute",
                        format!("The module called {name:?} has no output named {output:?}.{hint}"),
                    )
                    .at(r.span));
                }
                let n = self.index(&call.path).and_then(|m| m.outputs.get(output));
                Ok(vec![call.expand].into_iter().chain(n.copied()).collect())
            }
            Subject::Resource(addr, _) => match index.resources.get(addr) {
                Some(n) => Ok(vec![*n]),
                None => {
                    let known: Vec<String> = index.resources.keys().map(ToString::to_string).collect();
                    let hint = similar(&addr.to_string(), known.iter().map(String::as_str))
                        .map_or(String::new(), |s| format!(" Did you mean {s}?"));
                    let what = match addr.mode {
                        ResourceMode::Managed => "resource",
                        ResourceMode::Data => "data resource",
                        ResourceMode::Ephemeral => "ephemeral resource",
                    };
                    Err(Diagnostic::error(
                        "Reference to undeclared resource",
                        format!(
                            "A {what} {:?} {:?} has not been declared in this module.{hint}",
                            &*addr.r#type, &*addr.name
                        ),
                    )
                    .at(r.span))
                }
            },
            _ => Ok(Vec::new()),
        }
    }

    /// What import blocks refer to comes before the resource that they import to.
    fn connect_imports(&mut self) {
        let Some(root) = self.tree.root() else { return };
        for import in &root.module.imports {
            let Some(index) = self.graph.modules.remove(&root.path) else { return };
            let mut deps = Vec::new();
            for e in import.for_each.iter().chain([&import.id]) {
                self.expr(root, &index, e, &mut deps);
            }
            self.graph.modules.insert(root.path.clone(), index);
            if let Some(n) = self.graph.resource(&import.resource) {
                deps.retain(|d| *d != n);
                for d in &deps {
                    self.graph.instances.remove(&(n, *d));
                }
                self.graph.deps[n].extend(deps);
            }
        }
    }

    /// What a `removed` block names must not be in the configuration.
    fn check_removed(&mut self) {
        for node in self.tree.modules() {
            for removed in &node.module.removed {
                let absolute =
                    |path: &ModulePath| ModulePath(node.path.0.iter().chain(path.0.iter()).cloned().collect());
                let (what, there) = match &removed.from {
                    RemovedTarget::Resource(r) => {
                        let addr = ConfigResource { module: absolute(&r.module), resource: r.resource.clone() };
                        ("resource", self.graph.resource(&addr).map(|_| addr.to_string()))
                    }
                    RemovedTarget::Module(path) => {
                        let path = absolute(path);
                        ("module", self.tree.get(&path).map(|_| path.to_string()))
                    }
                };
                if let Some(addr) = there {
                    self.found.push(
                        Diagnostic::error(
                            format!("Removed {what} still exists"),
                            format!(
                                "This block says that {addr} was removed, but it is still in the configuration. Remove it there, or \
                                 remove this block."
                            ),
                        )
                        .at(removed.span),
                    );
                }
            }
        }
    }

    fn connect_providers(&mut self) {
        let all: Vec<(ProviderConfigAddr, NodeId)> =
            self.graph.providers.iter().map(|(a, n)| (a.clone(), *n)).collect();
        for (addr, n) in all {
            let mut deps: Vec<NodeId> = self.expansion(&addr.module).into_iter().collect();
            if let (Some(block), Some(schema)) = (provider_block(self.tree, &addr), self.schemas.get(&addr.provider))
                && let (Some(node), Some(index)) =
                    (self.tree.get(&addr.module), self.graph.modules.remove(&addr.module))
            {
                let Schema { block: schema, .. } = &schema.provider;
                self.body(node, &index, &block.body, schema, &mut deps);
                self.graph.modules.insert(addr.module.clone(), index);
            }
            self.graph.deps[n] = deps;
        }
    }
}

/// Whether a reference into a resource has an instance key where there are instances, and none
/// where there are not.
fn check_key(block: &ResourceBlock, key: Option<&InstanceKey>, r: &Reference, t: &Traversal) -> Result<(), Diagnostic> {
    let repeats = block.count.is_some() || block.for_each.is_some();
    match key {
        None if repeats && matches!(t.steps.get(r.steps), Some(Step::Attr(_))) => {
            Err(missing_key("resource", &block.addr.to_string(), r, t))
        }
        Some(_) if !repeats => Err(Diagnostic::error(
            "Unexpected resource instance key",
            format!(
                "{} sets neither \"count\" nor \"for_each\", so there is only one of it. Refer to it without the index in brackets.",
                block.addr
            ),
        )
        .at(r.span)
        .within(t.span)),
        _ => Ok(()),
    }
}

/// What a reference to a resource goes on to name must be in the schema. This is looked at before anything is evaluated, so
/// that `try`, `can` and a branch that is not taken hide no mistake.
fn check_steps(schema: &Block, steps: &[Step], t: &Traversal) -> Result<(), Diagnostic> {
    let Some(Step::Attr(name)) = steps.first() else { return Ok(()) };
    // How nested blocks are entered depends on how many there are.
    let steps = if schema.blocks.contains_key(&name.name) { &steps[..1] } else { steps };
    match take_steps(Value::unknown(schema.implied_type().clone()), steps) {
        Ok(_) => Ok(()),
        Err(d) => Err(d.within(t.span)),
    }
}

/// The instances of its own resource that a provisioner names; `None` means all of them.
fn siblings(p: &Provisioner, r: &ResourceBlock) -> Vec<Option<InstanceKey>> {
    let mut bodies: Vec<(&Body, &Block)> = provision::schema(&p.kind).map(|s| (&p.body, s)).into_iter().collect();
    let connections = p.connection.iter().chain(&r.connection);
    bodies.extend(connections.map(|c| (&c.body, provision::connection_schema())));
    let references = bodies.into_iter().flat_map(|(body, schema)| body_references(body, schema));
    let subjects = references.filter_map(|t| Reference::parse(&t).ok());
    subjects
        .filter_map(|reference| match reference.subject {
            Subject::Resource(addr, key) if addr == r.addr => Some(key),
            _ => None,
        })
        .collect()
}

/// The resources that `depends_on` makes a resource wait for: those named, and those in modules
/// named.
pub fn explicit_resources(graph: &Graph, n: NodeId) -> Vec<NodeId> {
    let mut all: BTreeMap<NodeId, ()> = BTreeMap::new();
    let mut todo: Vec<NodeId> = graph.explicit.get(&n).cloned().unwrap_or_default();
    let mut seen = vec![false; graph.nodes.len()];
    while let Some(d) = todo.pop() {
        if std::mem::replace(&mut seen[d], true) {
            continue;
        }
        match &graph.nodes[d] {
            Node::Resource(_) => {
                all.insert(d, ());
            }
            Node::Provider(_) => {}
            _ => todo.extend(&graph.deps[d]),
        }
    }
    all.into_keys().collect()
}
