//! Which attributes of resources a plan's changes follow from, for `show -json`.
//!
//! Followed are the references in what changes: through variables, local values and outputs to attributes, and from an
//! attribute that the configuration sets on to what that is made of
//! (<https://developer.hashicorp.com/terraform/internals/json-format#plan-representation>).

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use craton_config::reference::{Reference, Subject};
use craton_hcl::{BodySchema, Expr, IndexKey, Step as HclStep, Traversal, body_references};
use craton_model::addr::{ModuleInstance, ModulePath, Resource};
use craton_model::plan::{Action, OutputChange, RelevantAttribute, ResourceChange};
use craton_model::{Number, Path, Step, Value};

use crate::walk::Walk;

/// The attributes that changes follow from, each once, in the order of their text.
pub fn attributes<'a>(
    walk: &Walk,
    changes: &[ResourceChange],
    outputs: impl Iterator<Item = (&'a Arc<str>, &'a OutputChange)>,
) -> Vec<RelevantAttribute> {
    let mut search = Search { walk, found: BTreeSet::new(), seen: HashSet::new(), todo: Vec::new() };
    for c in changes.iter().filter(|c| c.action != Action::NoOp) {
        search.resource(&c.addr.module, &c.addr.resource);
    }
    let root = ModuleInstance::root();
    for (name, _) in outputs.filter(|(_, o)| o.action != Action::NoOp) {
        search.output(&root, name);
    }
    // Outputs of other modules are kept nowhere, so each one that has a value is new each time.
    for (path, index) in walk.graph.modules.iter().filter(|(path, _)| !path.is_root()) {
        for module in walk.module_instances(path) {
            for (name, n) in &index.outputs {
                if walk.table.value(*n, &module).is_some_and(|v| !v.is_null()) {
                    search.output(&module, name);
                }
            }
        }
    }
    search.run()
}

struct Search<'a> {
    walk: &'a Walk,
    found: BTreeSet<(String, String)>,
    seen: HashSet<(ModuleInstance, String)>,
    todo: Vec<(ModuleInstance, Traversal)>,
}

impl Search<'_> {
    fn run(mut self) -> Vec<RelevantAttribute> {
        let mut all = Vec::new();
        while let Some((module, t)) = self.todo.pop() {
            let Ok(r) = Reference::parse(&t) else { continue };
            match &r.subject {
                Subject::Variable(name) => self.argument(&module, name),
                Subject::Local(name) => {
                    if let Some(l) = self.module(&module.path()).and_then(|m| m.locals.get(name)) {
                        let expr = l.expr.clone();
                        self.expr(&module, &expr);
                    }
                }
                Subject::ModuleOutput(name, key, output) => {
                    self.output(&module.child(name.clone(), key.clone()), output);
                }
                Subject::Module(name, key) => {
                    self.outputs(&module.child(name.clone(), key.clone().unwrap_or_default()))
                }
                Subject::Resource(resource, key) => {
                    let path = Path(t.steps[r.steps..].iter().map(step).collect());
                    if let Some(Step::Attr(name)) = path.0.first() {
                        self.attribute(&module, resource, name);
                    }
                    let key = key.clone().unwrap_or_default();
                    let resource = module.resource(resource.clone()).instance(key).to_string();
                    if self.found.insert((resource.clone(), path.to_string())) {
                        all.push(RelevantAttribute { resource, attribute: path });
                    }
                }
                _ => {}
            }
        }
        all.sort_by_cached_key(|r| (r.resource.clone(), r.attribute.to_string()));
        all
    }

    fn module(&self, path: &ModulePath) -> Option<&craton_config::Module> {
        self.walk.tree.get(path).map(|n| &*n.module)
    }

    fn refer<'t>(&mut self, module: &ModuleInstance, refs: impl IntoIterator<Item = &'t Traversal>) {
        for t in refs {
            if self.seen.insert((module.clone(), t.to_string())) {
                self.todo.push((module.clone(), t.clone()));
            }
        }
    }

    fn expr(&mut self, module: &ModuleInstance, expr: &Expr) {
        self.refer(module, expr.variables());
    }

    /// What the configuration of a resource refers to.
    fn resource(&mut self, module: &ModuleInstance, resource: &Resource) {
        let walk = self.walk;
        let Some(node) = walk.tree.get(&module.path()) else { return };
        let Some(block) = node.module.resources.get(resource) else { return };
        let provider = node.provider_config(&block.provider).provider;
        if let Some(schema) = walk.schemas.resource(&provider, resource) {
            let refs = body_references(&block.body, &schema.block);
            self.repeated(module, &refs, block.count.as_ref(), block.for_each.as_ref());
        }
    }

    /// What one attribute of a resource is made of, where the configuration sets it.
    fn attribute(&mut self, module: &ModuleInstance, resource: &Resource, name: &str) {
        let walk = self.walk;
        let block = walk.tree.get(&module.path()).and_then(|n| n.module.resources.get(resource));
        let Some(block) = block else { return };
        let (content, ..) = block.body.partial_content(&BodySchema::new().optional([name]));
        for a in content.attributes.values() {
            let refs: Vec<Traversal> = a.expr.variables().into_iter().cloned().collect();
            self.repeated(module, &refs, block.count.as_ref(), block.for_each.as_ref());
        }
    }

    fn output(&mut self, module: &ModuleInstance, name: &str) {
        let walk = self.walk;
        if let Some(o) = walk.tree.get(&module.path()).and_then(|n| n.module.outputs.get(name)) {
            self.expr(module, &o.value);
        }
    }

    fn outputs(&mut self, module: &ModuleInstance) {
        let walk = self.walk;
        let outputs = walk.tree.get(&module.path()).into_iter().flat_map(|n| n.module.outputs.values());
        outputs.for_each(|o| self.expr(module, &o.value));
    }

    /// What the call of a module gives for a variable.
    fn argument(&mut self, module: &ModuleInstance, name: &str) {
        let walk = self.walk;
        let (Some(parent), Some((call, _))) = (module.parent(), module.0.last()) else { return };
        let call = walk.tree.get(&parent.path()).and_then(|n| n.module.module_calls.get(call));
        let Some(call) = call else { return };
        let (content, ..) = call.body.partial_content(&BodySchema::new().optional([name]));
        for a in content.attributes.values() {
            let refs: Vec<Traversal> = a.expr.variables().into_iter().cloned().collect();
            self.repeated(&parent, &refs, call.count.as_ref(), call.for_each.as_ref());
        }
    }

    /// As [`Self::refer`] within a block that may repeat: its instances differ by what their number and keys come from.
    fn repeated(&mut self, module: &ModuleInstance, refs: &[Traversal], count: Option<&Expr>, for_each: Option<&Expr>) {
        self.refer(module, refs);
        for (root, expr) in [("count", count), ("each", for_each)] {
            if let Some(expr) = expr.filter(|_| refs.iter().any(|t| &*t.root.name == root)) {
                self.expr(module, expr);
            }
        }
    }
}

fn step(step: &HclStep) -> Step {
    match step {
        HclStep::Attr(name) => Step::Attr(name.name.clone()),
        HclStep::Index(IndexKey::Number(n), _) => {
            Step::Index(Number::parse(n).map_or_else(|| Value::from(&**n), Value::number))
        }
        HclStep::Index(IndexKey::String(s), _) => Step::Index(Value::string(s.clone())),
    }
}
