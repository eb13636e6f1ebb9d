//! `moved` blocks, and the moves that follow from adding or removing `count`.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use craton_config::{ModuleTree, Moved};
use craton_model::addr::{
    AbsResource, InstanceKey, ModuleInstance, ModulePath, ProviderConfigAddr, Resource, ResourceInstance, ResourceMode,
};
use craton_model::plan::{Action, ActionReason, ResourceChange};
use craton_model::state::InstanceState;
use craton_model::{Diagnostic, Diagnostics, State};

use crate::table::Repetition;
use crate::target::Target;
use crate::walk::Walk;

/// Which instances stood elsewhere before.
#[derive(Clone, Debug, Default)]
pub struct Moves {
    previous: HashMap<ResourceInstance, ResourceInstance>,
}

impl Moves {
    /// Where an instance stood before.
    pub fn previous(&self, addr: &ResourceInstance) -> Option<ResourceInstance> {
        self.previous.get(addr).cloned()
    }
}

/// One moving rule, with absolute configuration paths.
struct Rule<'a> {
    /// The module that the block stands in.
    base: ModulePath,
    moved: &'a Moved,
}

/// What stands where, found by what a rule may move: with thousands of rules, none looks at every instance.
#[derive(Default)]
struct Placed {
    objects: BTreeMap<ResourceInstance, (ProviderConfigAddr, InstanceState)>,
    /// Instances of each resource, and (without one) everything in each module and below.
    within: HashMap<(ModulePath, Option<Resource>), BTreeSet<ResourceInstance>>,
}

impl Placed {
    fn contains(&self, addr: &ResourceInstance) -> bool {
        self.objects.contains_key(addr)
    }

    fn insert(&mut self, addr: ResourceInstance, object: (ProviderConfigAddr, InstanceState)) {
        for place in places(&addr) {
            self.within.entry(place).or_default().insert(addr.clone());
        }
        self.objects.insert(addr, object);
    }

    fn remove(&mut self, addr: &ResourceInstance) -> Option<(ProviderConfigAddr, InstanceState)> {
        for place in places(addr) {
            if let Some(all) = self.within.get_mut(&place) {
                all.remove(addr);
            }
        }
        self.objects.remove(addr)
    }

    /// Instances that a rule may be about, in order.
    fn below(&self, rule: &Rule<'_>) -> Vec<ResourceInstance> {
        let from = &rule.moved.from;
        let names = rule.base.0.iter().cloned().chain(from.module.0.iter().map(|(name, _)| name.clone()));
        let place = (ModulePath(names.collect()), from.resource.as_ref().map(|(resource, _)| resource.clone()));
        self.within.get(&place).into_iter().flatten().cloned().collect()
    }
}

/// Its resource, and its module with all that this one is in.
fn places(addr: &ResourceInstance) -> impl Iterator<Item = (ModulePath, Option<Resource>)> {
    let path = addr.module.path();
    let around: Vec<ModulePath> = (0..=path.0.len()).map(|n| ModulePath(path.0[..n].into())).collect();
    std::iter::once((path, Some(addr.resource.clone()))).chain(around.into_iter().map(|m| (m, None)))
}

/// Applies all moves to a state.
pub fn apply(tree: &ModuleTree, state: &State) -> (State, Moves, Diagnostics) {
    let mut moves = Moves::default();
    let mut found = Diagnostics::new();
    let rules: Vec<Rule<'_>> =
        tree.modules().flat_map(|m| m.module.moved.iter().map(|moved| Rule { base: m.path.clone(), moved })).collect();
    let implied = implied_candidates(tree, state);
    if rules.is_empty() && implied.is_empty() {
        return (state.clone(), moves, found);
    }
    let mut all = Placed::default();
    for (addr, r, i) in state.instances() {
        all.insert(addr, (r.provider.clone(), i.clone()));
    }
    let mut explicit: HashSet<ResourceInstance> = HashSet::new();
    found.extend(ambiguous(&rules));
    for rule in chained(&rules) {
        let Some(rule) = rule else {
            found.push(
                Diagnostic::error(
                    "Cyclic dependency in move statements",
                    "These moved blocks lead in a circle, so it cannot be told which address is the last. Remove one of them.",
                )
                .at_default(rules.first().map(|r| r.moved.span)),
            );
            break;
        };
        for from in all.below(rule) {
            let Some(to) = target(rule, &from) else { continue };
            explicit.insert(from.clone());
            relocate(&mut all, &mut moves, &mut found, from, to, rule.moved);
        }
    }
    for (from, to) in implied {
        if explicit.contains(&from) || !all.contains(&from) || all.contains(&to) {
            continue;
        }
        if let Some(object) = all.remove(&from) {
            let origin = moves.previous.remove(&from).unwrap_or_else(|| from.clone());
            all.insert(to.clone(), object);
            moves.previous.insert(to, origin);
        }
    }
    let mut new = State { resources: BTreeMap::new(), ..state.clone() };
    for (addr, (provider, instance)) in all.objects {
        let resource = new
            .resources
            .entry(addr.resource())
            .or_insert_with(|| craton_model::state::ResourceState { provider, instances: BTreeMap::new() });
        resource.instances.insert(addr.key, instance);
    }
    (new, moves, found)
}

/// Whether the address ends with an instance key.
fn last_key(end: &craton_config::MoveEndpoint) -> bool {
    let key = match &end.resource {
        Some((_, key)) => Some(key),
        None => end.module.0.last().map(|(_, key)| key),
    };
    key.is_some_and(|key| *key != InstanceKey::None)
}

/// Two blocks of one module that say different things of one address.
fn ambiguous(rules: &[Rule<'_>]) -> Diagnostics {
    // A block about one instance and one about the whole resource or module do not contradict each other: the first takes
    // its instance out.
    type End<'a> = (&'a ModulePath, &'a ModuleInstance, &'a Option<(Resource, InstanceKey)>, bool);
    let mut sources: BTreeMap<End<'_>, &Moved> = BTreeMap::new();
    let mut targets: BTreeMap<End<'_>, &Moved> = BTreeMap::new();
    let mut found = Diagnostics::new();
    for rule in rules {
        let moved = rule.moved;
        let one = last_key(&moved.from) || last_key(&moved.to);
        let from: End<'_> = (&rule.base, &moved.from.module, &moved.from.resource, one);
        let to: End<'_> = (&rule.base, &moved.to.module, &moved.to.resource, one);
        let (first_from, first_to) = (sources.insert(from, moved), targets.insert(to, moved));
        if first_from.is_some_and(|f| (&f.to.module, &f.to.resource) == (&moved.to.module, &moved.to.resource)) {
            continue;
        }
        let text = |first: &Moved, what: &str| {
            let detail = format!("The block at {} {what}. Remove one of the two.", first.span.place());
            Diagnostic::error("Ambiguous move statements", detail).at(moved.span)
        };
        found.extend(first_from.map(|f| text(f, "moves the same object to another address")));
        found.extend(first_to.map(|f| text(f, "moves another object to the same address")));
    }
    found
}

/// Objects that have moved, though a plan that is limited to targets leaves their old or new address out.
pub fn outside_targets(moves: &Moves, targets: &[Target]) -> Option<Diagnostic> {
    let outside = |addr: &ResourceInstance| !targets.iter().any(|t| t.includes(addr));
    let mut left: Vec<&ResourceInstance> =
        moves.previous.iter().flat_map(|(to, from)| [from, to]).filter(|a| outside(a)).collect();
    if targets.is_empty() || left.is_empty() {
        return None;
    }
    left.sort();
    let lines: Vec<String> = left.iter().map(|a| format!("\n  -target={:?}", a.to_string())).collect();
    Some(Diagnostic::error(
        "Moved resource instances excluded by targeting",
        format!(
            "Objects of the state have new addresses in the configuration, and the targets do not include them all. A move can only be made with both of its addresses. Leave -target out, or add:{}",
            lines.concat()
        ),
    ))
}

fn relocate(
    all: &mut Placed,
    moves: &mut Moves,
    found: &mut Diagnostics,
    from: ResourceInstance,
    to: ResourceInstance,
    moved: &Moved,
) {
    if from == to {
        return;
    }
    if all.contains(&to) {
        found.push(
            Diagnostic::warning(
                "Unresolved resource instance address changes",
                format!(
                    "{from} stays where it is, because {to}, to which it should move, stands for another object. Unless {from} is in the configuration it will be destroyed. To keep it, move or remove the other one in the state first."
                ),
            )
            .at(moved.span),
        );
        return;
    }
    if let Some(object) = all.remove(&from) {
        let origin = moves.previous.remove(&from).unwrap_or_else(|| from.clone());
        all.insert(to.clone(), object);
        moves.previous.insert(to, origin);
    }
}

/// Rules in the order to apply them: one that moves to where another moves from comes first.
/// `None` at the end when there is a circle.
fn chained<'a, 'b>(rules: &'a [Rule<'b>]) -> Vec<Option<&'a Rule<'b>>> {
    let feeds = |a: &Rule<'_>, b: &Rule<'_>| {
        a.base == b.base && {
            let (to, from) = (&a.moved.to, &b.moved.from);
            let inside = |outer: &craton_config::MoveEndpoint, inner: &craton_config::MoveEndpoint| {
                outer.resource.is_none() && inner.module.0.starts_with(&outer.module.0)
            };
            (to.module == from.module
                && match (&to.resource, &from.resource) {
                    (Some((a, ka)), Some((b, kb))) => {
                        a == b && (ka == kb || *kb == InstanceKey::None || *ka == InstanceKey::None)
                    }
                    (None, None) => true,
                    _ => false,
                })
                || inside(to, from)
                || inside(from, to)
        }
    };
    // Found by where they lead, so that not every pair is looked at: resources; whole modules; and, for a whole module that is
    // moved on, all that leads into it.
    let mut resources: HashMap<(&ModulePath, ModuleInstance, &Resource), Vec<usize>> = HashMap::new();
    let mut modules: HashMap<(&ModulePath, ModuleInstance), Vec<usize>> = HashMap::new();
    let mut into: HashMap<(&ModulePath, ModuleInstance), Vec<usize>> = HashMap::new();
    for (i, Rule { base, moved }) in rules.iter().enumerate() {
        match &moved.to.resource {
            Some((resource, _)) => resources.entry((base, moved.to.module.clone(), resource)).or_default().push(i),
            None => modules.entry((base, moved.to.module.clone())).or_default().push(i),
        }
        around(&moved.to.module).for_each(|m| into.entry((base, m)).or_default().push(i));
    }
    let before = |i: usize, rule: &Rule<'b>| -> Vec<usize> {
        let from = &rule.moved.from;
        let mut near: BTreeSet<usize> =
            around(&from.module).filter_map(|m| modules.get(&(&rule.base, m))).flatten().copied().collect();
        match &from.resource {
            Some((resource, _)) => {
                near.extend(resources.get(&(&rule.base, from.module.clone(), resource)).into_iter().flatten())
            }
            None => near.extend(into.get(&(&rule.base, from.module.clone())).into_iter().flatten()),
        }
        near.into_iter().filter(|j| *j != i && feeds(&rules[*j], rule)).collect()
    };
    let deps: Vec<Vec<usize>> = rules.iter().enumerate().map(|(i, rule)| before(i, rule)).collect();
    let (sorted, stuck) = crate::order::topological(&deps);
    let mut all: Vec<Option<&Rule<'_>>> = sorted.into_iter().map(|i| Some(&rules[i])).collect();
    if !stuck.is_empty() {
        all.push(None);
    }
    all
}

/// A module with all that it is in.
fn around(module: &ModuleInstance) -> impl Iterator<Item = ModuleInstance> {
    (0..=module.0.len()).map(move |n| ModuleInstance(module.0[..n].into()))
}

/// Where a rule moves an instance to, if it moves it.
fn target(rule: &Rule<'_>, addr: &ResourceInstance) -> Option<ResourceInstance> {
    let depth = rule.base.0.len();
    let steps = &addr.module.0;
    let in_base = steps.len() >= depth && steps.iter().zip(rule.base.0.iter()).all(|(s, name)| s.0 == *name);
    if !in_base {
        return None;
    }
    let (from, to) = (&rule.moved.from, &rule.moved.to);
    let rest = &steps[depth..];
    let moved_steps = from.module.0.len();
    if rest.len() < moved_steps {
        return None;
    }
    // Keys of the modules on the way carry over where the rule writes none.
    let mut carried: Vec<InstanceKey> = Vec::new();
    for (i, ((name, key), (given, given_key))) in rest.iter().zip(from.module.0.iter()).enumerate() {
        let last_of_module_move = from.resource.is_none() && i + 1 == moved_steps;
        let fits = name == given
            && match (given_key, last_of_module_move) {
                (InstanceKey::None, true) => {
                    to.module.0.last().is_none_or(|t| t.1 == InstanceKey::None) || *key == InstanceKey::None
                }
                (InstanceKey::None, false) => true,
                (given, _) => given == key,
            };
        if !fits {
            return None;
        }
        carried.push(if *given_key == InstanceKey::None { key.clone() } else { InstanceKey::None });
    }
    let to_module = to.module.0.iter().enumerate().map(|(i, (name, key))| {
        let carry = carried.get(i).cloned().unwrap_or_default();
        (name.clone(), if *key == InstanceKey::None && same_key_place(from, to, i) { carry } else { key.clone() })
    });
    let prefix = steps[..depth].iter().cloned().chain(to_module);
    match (&from.resource, &to.resource) {
        (None, None) => {
            let module = prefix.chain(rest[moved_steps..].iter().cloned()).collect();
            Some(ResourceInstance { module: ModuleInstance(module), ..addr.clone() })
        }
        (Some((resource, key)), Some((to_resource, to_key))) => {
            if rest.len() != moved_steps || *resource != addr.resource {
                return None;
            }
            let whole = *key == InstanceKey::None && *to_key == InstanceKey::None;
            if !whole && *key != addr.key {
                return None;
            }
            let key = if whole { addr.key.clone() } else { to_key.clone() };
            Some(ResourceInstance { module: ModuleInstance(prefix.collect()), resource: to_resource.clone(), key })
        }
        _ => None,
    }
}

/// Whether a module step of the target may take over the key of the same step of the source.
fn same_key_place(from: &craton_config::MoveEndpoint, to: &craton_config::MoveEndpoint, i: usize) -> bool {
    match (from.module.0.get(i), to.module.0.get(i)) {
        (Some(f), Some(_)) => f.1 == InstanceKey::None,
        _ => false,
    }
}

/// Instances that would move because `count` was added or removed: the only instance to number 0,
/// and back.
fn implied_candidates(tree: &ModuleTree, state: &State) -> Vec<(ResourceInstance, ResourceInstance)> {
    let mut all = Vec::new();
    for (addr, resource) in state.resources.iter().filter(|(a, _)| a.resource.mode == ResourceMode::Managed) {
        let Some(block) = tree.get(&addr.module.path()).and_then(|m| m.module.resources.get(&addr.resource)) else {
            continue;
        };
        let single = addr.instance(InstanceKey::None);
        let first = addr.instance(InstanceKey::Int(0));
        let has = |key: &InstanceKey| resource.instances.get(key).is_some_and(|i| i.current.is_some());
        if block.count.is_some() && has(&InstanceKey::None) {
            all.push((single, first));
        } else if block.count.is_none() && block.for_each.is_none() && has(&InstanceKey::Int(0)) {
            all.push((first, single));
        }
    }
    all
}

/// Errors for moves from what is still declared.
pub fn still_there(walk: &Walk, repetitions: &HashMap<AbsResource, Repetition>) -> Diagnostics {
    let mut found = Diagnostics::new();
    for node in walk.tree.modules() {
        for moved in &node.module.moved {
            for base in walk.module_instances(&node.path) {
                let Some(addr) = declared(walk, repetitions, &base, moved) else { continue };
                let detail = format!(
                    "This block says that {addr} was moved, but it is still declared. Remove it from the configuration, or \
                     remove this block."
                );
                found.push(Diagnostic::error("Moved object still exists", detail).at(moved.span));
            }
        }
    }
    found
}

/// The address that a move starts from, if that is declared.
fn declared(
    walk: &Walk,
    repetitions: &HashMap<AbsResource, Repetition>,
    base: &ModuleInstance,
    moved: &Moved,
) -> Option<String> {
    let (from, to) = (&moved.from, &moved.to);
    let module = ModuleInstance(base.0.iter().chain(from.module.0.iter()).cloned().collect());
    let exists = |m: &ModuleInstance| walk.module_instances(&m.path()).contains(m);
    let Some((resource, key)) = &from.resource else {
        let last = |m: &ModuleInstance| m.0.last().map(|(_, key)| key.clone()).unwrap_or_default();
        let whole = last(&from.module) == InstanceKey::None && last(&to.module) == InstanceKey::None;
        let there = if whole { walk.tree.get(&module.path()).is_some() } else { exists(&module) };
        return there.then(|| module.to_string());
    };
    let resource = module.resource(resource.clone());
    let whole = *key == InstanceKey::None && to.resource.as_ref().is_none_or(|(_, key)| *key == InstanceKey::None);
    if whole {
        let there = walk.tree.get(&module.path()).is_some_and(|m| m.module.resources.contains_key(&resource.resource));
        return (there && exists(&module)).then(|| resource.to_string());
    }
    repetitions.get(&resource)?.instance(key).map(|_| resource.instance(key.clone()).to_string())
}

/// Moves without any other difference, which a refresh-only plan shows.
pub fn as_drift(moves: &Moves, drift: &[ResourceChange], state: &State) -> Vec<ResourceChange> {
    let known: HashSet<&ResourceInstance> = drift.iter().map(|d| &d.addr).collect();
    let mut all: Vec<ResourceChange> = moves
        .previous
        .iter()
        .filter(|(to, _)| !known.contains(to) && state.current(to).is_some())
        .filter_map(|(to, from)| {
            let resource: &craton_model::state::ResourceState = state
                .resources
                .get(&AbsResource { module: to.module.clone(), resource: Resource { ..to.resource.clone() } })?;
            let value = craton_model::json::from_json_implied(&state.current(to)?.attributes);
            Some(ResourceChange {
                addr: to.clone(),
                deposed: None,
                previous_addr: Some(from.clone()),
                provider: resource.provider.clone(),
                action: Action::NoOp,
                reason: ActionReason::None,
                before: value.clone(),
                after: value,
                replace_paths: Vec::new(),
                private: Default::default(),
                importing: None,
                generated_config: None,
            })
        })
        .collect();
    all.sort_by(|a, b| a.addr.cmp(&b.addr));
    all
}
