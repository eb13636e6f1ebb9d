//! Managed resources: what is desired, what is planned, and which action that makes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use craton_config::{IgnoreChanges, Lifecycle, ResourceBlock};
use craton_hcl::decode_body;
use craton_model::addr::{ConfigResource, ModuleInstance, ProviderConfigAddr, ResourceInstance, ResourceMode};
use craton_model::plan::{Action, ActionReason, PlanMode, ResourceChange};
use craton_model::schema::{Block, Schema};
use craton_model::state::ObjectStatus;
use craton_model::{Data, Diagnostic, Diagnostics, Marks, Path, Severity, Step, Type, Value};
use craton_provider::check::{self, Breach};
use craton_provider::{PlanRequest, PlanResponse, Provider, propose};
use futures_util::{StreamExt, stream};

use crate::checks::Subject;
use crate::evaluate::{ModuleScope, placed};
use crate::graph::NodeId;
use crate::object::{self, Object};
use crate::order::Visit;
use crate::overrides::Overrides;
use crate::plan::Planner;
use crate::providers::Configured;
use crate::table::{Instance, Outcome, Repetition};
use crate::walk::{Walk, guarded};
use crate::{expand, imports, providers, provision};

/// A resource of the configuration with what is needed to work on its instances.
pub struct Desired<'a> {
    pub block: &'a ResourceBlock,
    pub schema: &'a Schema,
    pub configured: &'a Arc<Configured>,
    overrides: &'a Overrides,
}

impl<'a> Desired<'a> {
    /// Finds everything; `None` when the provider could not be had, which is reported elsewhere.
    pub fn find(walk: &'a Walk, addr: &ConfigResource) -> Option<Self> {
        let node = walk.tree.get(&addr.module)?;
        let block = node.module.resources.get(&addr.resource)?;
        let provider = node.provider_config(&block.provider);
        let configured = walk.table.provider(*walk.graph.providers.get(&provider)?)?;
        let schema = walk.schemas.resource(&provider.provider, &addr.resource)?;
        Some(Self { block, schema, configured, overrides: &walk.overrides })
    }

    /// The provider to ask about an instance.
    pub fn provider(&self, addr: &ResourceInstance) -> Arc<dyn Provider> {
        self.overrides.provider(self.configured, addr)
    }

    /// The configuration of one instance, marked, and checked by the provider.
    pub async fn config(
        &self,
        scope: &ModuleScope<'_>,
        addr: &ResourceInstance,
    ) -> Result<(Value, Diagnostics), Diagnostics> {
        let (config, found) = decode_body(&self.block.body, &self.schema.block, scope);
        let body = Some((&self.block.body, self.block.span));
        let mut found: Diagnostics = found.into_iter().map(|d| d.for_address(addr)).collect();
        found.extend(ephemeral_use(&config, &self.schema.block, self.block, addr));
        if found.has_errors() {
            return Err(found);
        }
        let (plain, _) = config.clone().unmark_deep();
        let (p, mode, t) = (self.configured.provider.clone(), addr.resource.mode, addr.resource.r#type.clone());
        let more = guarded(async move { p.validate_resource(mode, &t, &plain).await }).await?;
        found.extend(placed(more, body, &self.schema.block, addr));
        if found.has_errors() { Err(found) } else { Ok((config, found)) }
    }
}

/// Ephemeral values may only go to write-only attributes.
pub(crate) fn ephemeral_use(
    config: &Value,
    schema: &Block,
    block: &ResourceBlock,
    addr: &ResourceInstance,
) -> Option<Diagnostic> {
    if block.mode() == ResourceMode::Ephemeral || !config.marks_deep().contains(Marks::EPHEMERAL) {
        return None;
    }
    let mut at = None;
    config.walk(&mut |path, v| {
        let write_only = match path.0.as_slice() {
            [Step::Attr(name)] => schema.attributes.get(name).is_some_and(|a| a.write_only),
            _ => false,
        };
        if !write_only && v.marks().contains(Marks::EPHEMERAL) {
            at.get_or_insert_with(|| path.clone());
        }
        !write_only
    });
    at.map(|path| {
        Diagnostic::error(
            "Invalid use of ephemeral value",
            format!(
                "The value for {path} is ephemeral, and this attribute is kept in the state. Use another value, or an attribute that is write-only."
            ),
        )
        .at(block.span)
        .for_address(addr)
    })
}

/// What is to become of an instance.
pub struct Decision {
    pub action: Action,
    pub reason: ActionReason,
    /// With marks.
    pub planned: Value,
    pub replace_paths: Vec<Path>,
    pub private: Arc<[u8]>,
}

/// What a decision rests on.
pub struct Question<'a> {
    pub addr: &'a ResourceInstance,
    /// With marks.
    pub config: &'a Value,
    pub prior: Option<&'a Object>,
    pub create_before_destroy: bool,
    /// Replace it even if nothing demands it.
    pub force: Option<ActionReason>,
}

/// Asks the provider what a change leads to, holds the answer to the rules, and chooses the action.
pub async fn decide(desired: &Desired<'_>, q: Question<'_>) -> Result<(Decision, Diagnostics), Diagnostics> {
    let block = &desired.schema.block;
    let none = Value::null(block.implied_type().clone());
    let (config, _) = q.config.clone().unmark_deep();
    let tainted = q.prior.filter(|o| o.status == ObjectStatus::Tainted);
    let usable = q.prior.filter(|o| o.status == ObjectStatus::Ready);
    let prior = usable.map_or_else(|| none.clone(), |o| o.value.clone().unmark_deep().0);
    let private = usable.map(|o| o.private.clone()).unwrap_or_default();
    let config = ignore_changes(&desired.block.lifecycle.ignore_changes, &config, &prior, block);

    let mut found = Diagnostics::new();
    let mut answer = ask(desired, &q, &prior, &config, private, &mut found).await?;
    let mut replace_paths = really_changed(&answer.requires_replace, &prior, &answer.planned);
    let replace = if prior.is_null() { false } else { !replace_paths.is_empty() || q.force.is_some() };
    let replacement = if q.create_before_destroy { Action::CreateThenDelete } else { Action::DeleteThenCreate };
    let (mut action, mut reason) = if prior.is_null() {
        // Terraform says so of what is only now created, too.
        (Action::Create, q.force.filter(|r| *r == ActionReason::ReplaceByTriggers).unwrap_or(ActionReason::None))
    } else if replace {
        let reason = match (q.force, replace_paths.is_empty()) {
            (Some(reason), _) => reason,
            _ => ActionReason::ReplaceBecauseCannotUpdate,
        };
        (replacement, reason)
    } else if answer.planned == prior {
        (Action::NoOp, ActionReason::None)
    } else {
        (Action::Update, ActionReason::None)
    };
    if replace {
        // The new object starts from nothing, so the plan for it does as well, and there are no changes to ignore.
        let config = q.config.clone().unmark_deep().0;
        answer = ask(desired, &q, &none, &config, Arc::default(), &mut found).await?;
    }
    if tainted.is_some() {
        (action, reason) = (replacement, q.force.unwrap_or(ActionReason::ReplaceBecauseTainted));
        if q.force.is_none() || reason == ActionReason::ReplaceByTriggers {
            reason = ActionReason::ReplaceBecauseTainted;
        }
        replace_paths.clear();
    }
    let planned = object::copy_marks(q.config, &answer.planned);
    if action == Action::NoOp
        && let Some(o) = usable
        && object::mark_schema(&planned, block) != object::mark_schema(&o.value, block)
    {
        // Only what is sensitive differs: the state must be told.
        action = Action::Update;
    }
    Ok((Decision { action, reason, planned, replace_paths, private: answer.private }, found))
}

async fn ask(
    desired: &Desired<'_>,
    q: &Question<'_>,
    prior: &Value,
    config: &Value,
    private: Arc<[u8]>,
    found: &mut Diagnostics,
) -> Result<PlanResponse, Diagnostics> {
    let block = &desired.schema.block;
    let request = PlanRequest {
        addr: q.addr.clone(),
        r#type: q.addr.resource.r#type.clone(),
        prior: prior.clone(),
        proposed: propose::proposed(block, prior, config),
        config: config.clone(),
        private,
    };
    let provider = desired.provider(q.addr);
    let answer = guarded(async move { provider.plan(request).await }).await.map_err(|d| d.for_address(q.addr))?;
    let body = Some((&desired.block.body, desired.block.span));
    found.extend(placed(answer.diagnostics.clone(), body, block, q.addr));
    if found.has_errors() {
        return Err(std::mem::take(found));
    }
    let mut breaches = check::conforms(block, &answer.planned);
    if breaches.is_empty() && !desired.configured.provider.legacy_type_system() {
        breaches = check::plan_valid(block, prior, config, &answer.planned);
    }
    if !breaches.is_empty() {
        let text = "planned an invalid value for";
        return Err(provider_broke("Provider produced invalid plan", desired, q.addr, text, &breaches).into());
    }
    Ok(answer)
}

/// The error for a provider that breaks the rules.
pub fn provider_broke(
    summary: &str,
    desired: &Desired<'_>,
    addr: &ResourceInstance,
    did: &str,
    breaches: &[Breach],
) -> Diagnostic {
    let lines: Vec<String> = breaches.iter().map(|b| format!("\n  - {b}")).collect();
    Diagnostic::error(
        summary,
        format!(
            "The provider {} {did} {addr}:{}\n\nThis is a bug in the provider, which should be reported to its makers.",
            desired.configured.addr.provider.short(),
            lines.concat()
        ),
    )
    .at(desired.block.span)
    .for_address(addr)
}

/// Those of the paths at which the planned object differs from the prior one.
fn really_changed(paths: &[Path], prior: &Value, planned: &Value) -> Vec<Path> {
    let mut all: Vec<Path> = Vec::new();
    for path in paths {
        let (before, after) = (path.lookup(prior), path.lookup(planned));
        if before != after && !all.contains(path) {
            all.push(path.clone());
        }
    }
    all
}

/// The configuration with the prior values wherever changes are to be ignored.
fn ignore_changes(ignore: &IgnoreChanges, config: &Value, prior: &Value, block: &Block) -> Value {
    if prior.is_null() || config.is_null() {
        return config.clone();
    }
    match ignore {
        IgnoreChanges::Paths(paths) => {
            // Nothing is configured of what only the provider sets.
            let settable = |path: &Path| match path.0.first() {
                Some(Step::Attr(name)) => block.attributes.get(name).is_none_or(|a| a.optional || a.required),
                _ => true,
            };
            let paths = paths.iter().filter(|p| settable(&p.path));
            paths.fold(config.clone(), |c, p| ignored(&c, prior, &p.path.0))
        }
        IgnoreChanges::All => {
            // The prior object as a configuration: what only the provider sets is left out.
            let Some(entries) = prior.as_map() else { return config.clone() };
            let entries: Vec<(Arc<str>, Value)> = entries
                .iter()
                .map(|(k, v)| match block.attributes.get(k) {
                    Some(a) if a.computed && !a.optional => (k.clone(), Value::null(a.value_type())),
                    _ => (k.clone(), v.clone()),
                })
                .collect();
            Value::object(entries)
        }
    }
}

fn ignored(config: &Value, prior: &Value, path: &[Step]) -> Value {
    let Some((step, rest)) = path.split_first() else { return prior.clone() };
    match (step, config.ty()) {
        (Step::Index(key), Type::List(_) | Type::Tuple(_)) => {
            let (Some(i), Data::Seq(items)) = (key.as_number().and_then(|n| n.to_usize()), config.data()) else {
                return config.clone();
            };
            let (Some(c), Some(p)) = (items.get(i), prior.as_seq().and_then(|s| s.get(i))) else {
                return config.clone();
            };
            let mut items = items.to_vec();
            items[i] = ignored(c, p, rest);
            match config.ty() {
                Type::List(t) => Value::list(t.as_ref().clone(), items),
                _ => Value::tuple(items),
            }
        }
        (Step::Index(key), Type::Map(elem)) => {
            let Some(key) = key.as_str() else { return config.clone() };
            if !config.is_known() {
                return config.clone();
            }
            let entries = config.as_map().into_iter().flatten().filter(|(k, _)| k.as_ref() != key).cloned();
            let kept = match (config.get(key), prior.get(key)) {
                (Some(c), Some(p)) => Some(ignored(c, p, rest)),
                (None, Some(p)) if rest.is_empty() => Some(p.clone()),
                (Some(c), None) if !rest.is_empty() => Some(c.clone()),
                _ => None,
            };
            let all: Vec<(Arc<str>, Value)> = entries.chain(kept.map(|v| (Arc::from(key), v))).collect();
            if all.is_empty() && config.is_null() {
                return config.clone();
            }
            Value::map(elem.as_ref().clone(), all)
        }
        // Only maps have keys: of anything else Terraform then ignores the whole.
        (Step::Index(key), _) if rest.is_empty() && key.as_str().is_some() && config.is_known() => prior.clone(),
        // A name after a dot is no key of a map.
        (Step::Attr(_), Type::Map(_)) | (Step::Index(_), _) => config.clone(),
        (Step::Attr(name), _) => match (config.get(name), prior.get(name)) {
            (Some(c), Some(p)) => config.with_attribute(name, ignored(c, p, rest)),
            _ => config.clone(),
        },
    }
}

impl Planner<'_> {
    /// Plans all instances of a managed resource.
    pub async fn visit_managed(&self, n: NodeId, addr: &ConfigResource) -> Visit {
        let Some(desired) = Desired::find(&self.walk, addr) else { return self.without_provider(addr) };
        let mut imports = match imports::wanted(&self.walk, addr) {
            Ok(imports) => imports,
            Err(found) => {
                self.walk.report(found);
                return Visit::Failed;
            }
        };
        let mut values = HashMap::new();
        let (mut changes, mut failed) = (Vec::new(), false);
        let (mut subjects, mut expanded_all) = (Vec::new(), true);
        for module in self.walk.module_instances(&addr.module) {
            let Some(scope) = self.walk.scope(&module) else { continue };
            let expanded =
                expand::repetition(&scope, desired.block.count.as_ref(), desired.block.for_each.as_ref(), false);
            let repetition = match expanded {
                Ok((repetition, found)) => {
                    self.walk.report(found);
                    repetition
                }
                Err(found) => {
                    self.walk.report(found.into_iter().map(|d| d.for_address(addr)));
                    (failed, expanded_all) = (true, false);
                    continue;
                }
            };
            let instances = repetition.instances();
            self.expanded(&module, addr, &repetition);
            subjects.extend(subjects_of(&module, addr, &instances));
            if let Some(instance) = instances.first() {
                // Their arguments are evaluated when they run; mistakes are found before anything is made.
                let scope = scope.with_instance(instance);
                for p in &desired.block.provisioners {
                    let ty = desired.schema.block.implied_type();
                    let found = provision::validate(p, desired.block.connection.as_ref(), &scope, ty);
                    failed |= found.has_errors();
                    self.walk.report(found.into_iter().map(|d| d.for_address(addr)));
                }
            }
            let mut work = Vec::with_capacity(instances.len());
            for instance in &instances {
                let at = module.resource(addr.resource.clone()).instance(instance.key.clone());
                let import = imports.iter().position(|w| w.to == at).map(|i| imports.swap_remove(i).id);
                work.push(self.instance(n, &desired, scope.with_instance(instance), at, import));
            }
            let planned: Vec<_> = stream::iter(work).buffered(self.parallelism()).collect().await;
            let mut all = Vec::with_capacity(planned.len());
            for result in planned {
                match result {
                    Ok((value, change)) => {
                        all.push(value);
                        changes.extend(change);
                    }
                    Err(found) => {
                        self.walk.report(found);
                        failed = true;
                    }
                }
            }
            if !failed {
                values.insert(module, repetition.collect_existing(all));
            }
        }
        if expanded_all {
            self.checkable(addr, desired.block, subjects);
            if self.options.mode == PlanMode::Normal {
                failed |= !imports.is_empty();
                self.walk.report(imports.iter().map(imports::no_such_instance));
            }
        }
        self.keep_changes(n, changes);
        if failed {
            return Visit::Failed;
        }
        self.walk.table.set(n, Outcome::Values(values));
        Visit::Done
    }

    /// What is said of a resource whose provider configuration could not be had.
    pub fn without_provider(&self, addr: &ConfigResource) -> Visit {
        let provider = self.walk.tree.get(&addr.module).and_then(|node| {
            let block = node.module.resources.get(&addr.resource)?;
            Some(node.provider_config(&block.provider))
        });
        if let Some(provider) = provider.filter(|p| !providers::is_present(&self.walk.tree, p)) {
            self.walk.report([providers::not_present(&provider, addr).for_address(addr)]);
        }
        Visit::Failed
    }

    /// Says which instances of a resource have conditions to hold.
    pub fn checkable(&self, addr: &ConfigResource, block: &ResourceBlock, instances: Vec<Subject>) {
        let rules = block.lifecycle.preconditions.len() + block.lifecycle.postconditions.len();
        if rules > 0 {
            self.walk.checks.expanded(&Subject::block(addr), instances, rules);
        }
    }

    fn expanded(&self, module: &ModuleInstance, addr: &ConfigResource, repetition: &Repetition) {
        self.repetitions
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(module.resource(addr.resource.clone()), repetition.clone());
    }

    async fn instance(
        &self,
        n: NodeId,
        desired: &Desired<'_>,
        scope: ModuleScope<'_>,
        addr: ResourceInstance,
        import: Option<String>,
    ) -> Result<(Option<Value>, Option<ResourceChange>), Diagnostics> {
        let block = &desired.schema.block;
        let prior = self.objects.get(&addr, None);
        let shown = |v: &Value| object::mark_schema(v, block);
        if self.objects.is_failed(&addr) {
            return Err(Diagnostics::new());
        }
        if self.options.mode == PlanMode::RefreshOnly {
            let value = prior.map(|o| shown(&o.value));
            if self.is_target(&addr) {
                let unknown = || Value::unknown(block.implied_type().clone());
                let this = value.clone().unwrap_or_else(unknown);
                self.check_as_it_is(&scope, &addr, &desired.block.lifecycle, &this);
                self.update_record(n, &addr, &desired.configured.addr, false);
            }
            return Ok((value, None));
        }
        if !self.is_target(&addr) {
            return Ok((prior.map(|o| shown(&o.value)), None));
        }
        let (prior, importing) = match (prior, import) {
            (None, Some(id)) => (Some(self.import(desired, &addr, &id).await?), Some(id)),
            (prior, _) => (prior, None),
        };
        let lifecycle = &desired.block.lifecycle;
        let mut found = Diagnostics::new();
        if !lifecycle.preconditions.is_empty() {
            let subject = Subject::resource(&addr);
            found.extend(self.walk.checks.evaluate(
                &scope,
                &subject,
                &lifecycle.preconditions,
                "Resource precondition failed",
            ));
            if found.has_errors() {
                return Err(found);
            }
        }
        let (config, more) = desired.config(&scope, &addr).await?;
        found.extend(more);
        let force = self.force(desired, &scope, &addr)?;
        let create_before_destroy = self.create_before_destroy[n];
        let question = Question { addr: &addr, config: &config, prior: prior.as_ref(), create_before_destroy, force };
        let (decision, more) = decide(desired, question).await?;
        found.extend(more);
        let before = prior.as_ref().map_or_else(|| Value::null(block.implied_type().clone()), |o| shown(&o.value));
        let change = ResourceChange {
            previous_addr: self.previous(&addr),
            addr,
            deposed: None,
            provider: desired.configured.addr.clone(),
            action: decision.action,
            reason: decision.reason,
            before,
            after: shown(&decision.planned),
            replace_paths: decision.replace_paths,
            private: decision.private,
            importing,
            generated_config: None,
        };
        if lifecycle.prevent_destroy && change.action.is_replace() {
            found.push(prevented(&change.addr, desired.block));
        }
        if !lifecycle.postconditions.is_empty() && !found.has_errors() {
            let subject = Subject::resource(&change.addr);
            found.extend(self.walk.checks.evaluate(
                &scope.with_this(&change.after),
                &subject,
                &lifecycle.postconditions,
                "Resource postcondition failed",
            ));
        }
        if change.importing.is_none() {
            self.update_record(n, &change.addr, &change.provider, change.action == Action::NoOp);
        }
        let value = change.after.clone();
        if found.has_errors() {
            self.keep_failed(change);
            return Err(found);
        }
        self.walk.report(found);
        Ok((Some(value), Some(change)))
    }

    /// Evaluates the conditions of an object that a plan only looks at: what does not hold is a warning.
    fn check_as_it_is(&self, scope: &ModuleScope<'_>, addr: &ResourceInstance, lifecycle: &Lifecycle, this: &Value) {
        let subject = Subject::resource(addr);
        let (before, after) = (&lifecycle.preconditions, &lifecycle.postconditions);
        let mut found = self.walk.checks.evaluate(scope, &subject, before, "Resource precondition failed");
        let with_this = scope.with_this(this);
        found.extend(self.walk.checks.evaluate(&with_this, &subject, after, "Resource postcondition failed"));
        self.walk.report(found.into_iter().map(|d| Diagnostic { severity: Severity::Warning, ..d }));
    }

    /// Brings what the state says of an object's place in the configuration up to date. What stays as it is has the
    /// dependencies that are configured. What is about to change, or is only looked at, keeps those that it was made
    /// with as well, so that it is destroyed before them whatever becomes of the plan.
    fn update_record(&self, n: NodeId, addr: &ResourceInstance, provider: &ProviderConfigAddr, unchanged: bool) {
        let none: Arc<[ConfigResource]> = Arc::default();
        let configured = self.dependencies.get(&n).unwrap_or(&none);
        let first = self.create_before_destroy[n];
        self.objects.edit(|state| {
            let Some(object) = state.current(addr) else { return };
            let dependencies = match unchanged {
                true => configured.clone(),
                false if self.options.refresh => union(configured, &object.dependencies),
                false => object.dependencies.clone(),
            };
            if object.dependencies == dependencies && object.create_before_destroy == first {
                return;
            }
            let object =
                craton_model::state::ObjectState { dependencies, create_before_destroy: first, ..object.clone() };
            state.set_current(addr, provider, Some(object));
        });
    }

    /// Why an instance is replaced though nothing of its own demands it.
    fn force(
        &self,
        desired: &Desired<'_>,
        scope: &ModuleScope<'_>,
        addr: &ResourceInstance,
    ) -> Result<Option<ActionReason>, Diagnostics> {
        for expr in &desired.block.lifecycle.replace_triggered_by {
            if self.triggered(expr, scope)? {
                return Ok(Some(ActionReason::ReplaceByTriggers));
            }
        }
        Ok(self.replace.contains(addr).then_some(ActionReason::ReplaceByRequest))
    }

    /// Whether what an element of `replace_triggered_by` names is about to change.
    fn triggered(&self, expr: &craton_hcl::Expr, scope: &ModuleScope<'_>) -> Result<bool, Diagnostics> {
        let parts = crate::imports::address_parts(expr, scope)?;
        let (resource, key, rest) = crate::imports::split_resource(&parts).ok_or_else(|| {
            Diagnostic::error(
                "Invalid replace_triggered_by expression",
                "Each element must name a managed resource of this module, one of its instances, or an attribute of one.",
            )
            .at(expr.span())
        })?;
        let Some(node) = scope.index.resources.get(&resource) else { return Ok(false) };
        let changes = self.changes[*node].get().map(Vec::as_slice).unwrap_or(&[]);
        let named =
            changes.iter().filter(|c| c.addr.module == *scope.module && key.as_ref().is_none_or(|k| *k == c.addr.key));
        Ok(named.into_iter().any(|c| {
            let acts = matches!(c.action, Action::Update | Action::DeleteThenCreate | Action::CreateThenDelete);
            acts && (rest.0.is_empty() || {
                let plain = |v: &Value| rest.lookup(v).map(|v| v.clone().unmark_deep().0);
                plain(&c.before) != plain(&c.after) || plain(&c.after).is_some_and(|v| !v.is_wholly_known())
            })
        }))
    }

    async fn import(&self, desired: &Desired<'_>, addr: &ResourceInstance, id: &str) -> Result<Object, Diagnostics> {
        let object = imports::find(desired, addr, id).await?;
        let stored = object::encode(&object, desired.schema, addr)?;
        let provider = desired.configured.addr.clone();
        self.objects.edit(|state| state.set_current(addr, &provider, Some(stored)));
        self.objects.insert(addr, object.clone());
        Ok(object)
    }
}

/// What conditions of a resource's instances are about.
pub fn subjects_of<'a>(
    module: &'a ModuleInstance,
    addr: &'a ConfigResource,
    instances: &'a [Instance],
) -> impl Iterator<Item = Subject> + 'a {
    let resource = module.resource(addr.resource.clone());
    instances.iter().map(move |i| Subject::resource(&resource.instance(i.key.clone())))
}

/// Both sets, in the order of their text.
fn union(a: &Arc<[ConfigResource]>, b: &Arc<[ConfigResource]>) -> Arc<[ConfigResource]> {
    if b.is_empty() || a == b {
        return a.clone();
    }
    let all: BTreeMap<String, &ConfigResource> = a.iter().chain(b.iter()).map(|d| (d.to_string(), d)).collect();
    all.into_values().cloned().collect()
}

/// The error of `prevent_destroy`.
pub fn prevented(addr: &ResourceInstance, block: &ResourceBlock) -> Diagnostic {
    Diagnostic::error(
        "Instance cannot be destroyed",
        format!(
            "The plan would destroy {addr}, and its lifecycle block says prevent_destroy. If it is to go, remove that setting; if not, undo the change that leads here or leave the instance out with -target."
        ),
    )
    .at(block.span)
    .for_address(addr)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_map_keys_come_and_go_with_the_prior_object() {
        let tags = |of: &[(&str, &str)]| {
            let map = Value::map(Type::String, of.iter().map(|(k, v)| (*k, Value::from(*v))));
            Value::object([("tags", map), ("n", Value::from(1))])
        };
        let path = [Step::Attr("tags".into()), Step::Index(Value::from("b"))];
        let prior = tags(&[("a", "1"), ("b", "2")]);
        let merged = ignored(&tags(&[("a", "9")]), &prior, &path);
        assert_eq!(format!("{merged:?}"), r#"{"n": 1, "tags": {"a": "9", "b": "2"}}"#);
        let merged = ignored(&tags(&[("b", "9")]), &tags(&[("a", "1")]), &path);
        assert_eq!(format!("{merged:?}"), r#"{"n": 1, "tags": {}}"#);
        let merged = ignored(&tags(&[("b", "9")]), &prior, &path[..1]);
        assert_eq!(format!("{merged:?}"), r#"{"n": 1, "tags": {"a": "1", "b": "2"}}"#);
    }
}
