//! Conditions: preconditions, postconditions, validations and assertions, and how each came out.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use craton_config::{CheckRule, ModuleTree};
use craton_hcl::values_of;
use craton_model::addr::{ConfigResource, InstanceKey, ModuleInstance, ResourceInstance, ResourceMode};
use craton_model::convert::convert;
use craton_model::{Diagnostic, Diagnostics, Marks, Severity, Type, Value};
use serde_json::{Value as Json, json};

use crate::evaluate::ModuleScope;

/// The summary of what is said of an assertion of a `check` block that does not hold.
pub const CHECK_FAILED: &str = "Check block assertion failed";
/// The summary where a plan cannot tell whether the assertion of a check holds.
pub const OPEN_CHECK: &str = "Check block assertion known after apply";

/// What kind of block the conditions stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Resource,
    Output,
    Check,
    Variable,
}

/// How conditions came out; the worst counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    Pass,
    Unknown,
    Fail,
    Error,
}

/// Whose conditions they are: the block in the configuration, and the instance of it.
#[derive(Clone, Debug)]
pub struct Subject {
    kind: Kind,
    /// The address in the configuration, without instance keys.
    config: String,
    /// The parts of that address as the plan format has them.
    parts: Json,
    /// The address of the instance.
    address: String,
    instance: Json,
}

impl Subject {
    /// All instances of a resource.
    pub fn block(addr: &ConfigResource) -> Self {
        let module = ModuleInstance(addr.module.0.iter().map(|name| (name.clone(), InstanceKey::None)).collect());
        Self::resource(&module.resource(addr.resource.clone()).instance(InstanceKey::None))
    }

    /// A resource instance.
    pub fn resource(addr: &ResourceInstance) -> Self {
        let config = addr.config();
        let mut parts = json!({
            "kind": "resource",
            "mode": if addr.resource.mode == ResourceMode::Managed { "managed" } else { "data" },
            "name": &*addr.resource.name,
            "to_display": config.to_string(),
            "type": &*addr.resource.r#type,
        });
        let mut instance = json!({ "to_display": addr.to_string() });
        match &addr.key {
            InstanceKey::None => {}
            InstanceKey::Int(i) => instance["instance_key"] = json!(i),
            InstanceKey::Str(s) => instance["instance_key"] = json!(&**s),
        }
        within(&addr.module, &mut parts, &mut instance);
        Self { kind: Kind::Resource, config: config.to_string(), parts, address: addr.to_string(), instance }
    }

    /// An output, check or variable of a module instance.
    pub fn named(kind: Kind, module: &ModuleInstance, name: &str) -> Self {
        let (word, prefix) = match kind {
            Kind::Output => ("output_value", "output"),
            Kind::Check => ("check", "check"),
            Kind::Variable | Kind::Resource => ("var", "var"),
        };
        let full = |module: String| {
            if module.is_empty() { format!("{prefix}.{name}") } else { format!("{module}.{prefix}.{name}") }
        };
        let (config, address) = (full(module.path().to_string()), full(module.to_string()));
        let mut parts = json!({ "kind": word, "name": name, "to_display": config });
        let mut instance = json!({ "to_display": address });
        within(module, &mut parts, &mut instance);
        Self { kind, config, parts, address, instance }
    }
}

fn within(module: &ModuleInstance, parts: &mut Json, instance: &mut Json) {
    if !module.is_root() {
        parts["module"] = json!(module.path().to_string());
        instance["module"] = json!(module.to_string());
    }
}

/// How the conditions of one instance came out. Those that were not evaluated count as not known.
struct Result {
    instance: Json,
    status: Status,
    problems: Vec<String>,
    /// How many conditions there are, and how many were evaluated.
    rules: usize,
    evaluated: usize,
}

impl Result {
    fn status(&self) -> Status {
        if self.evaluated < self.rules { self.status.max(Status::Unknown) } else { self.status }
    }
}

struct Object {
    parts: Json,
    /// `None` until it is known which instances there are.
    instances: Option<BTreeMap<String, Result>>,
}

/// The results of a walk.
#[derive(Default)]
pub struct Checks {
    objects: Mutex<BTreeMap<(Kind, String), Object>>,
    /// Checks whose data source could not be read.
    unread: Mutex<HashSet<String>>,
}

impl Checks {
    /// Every block with conditions, none of them evaluated.
    pub fn of(tree: &ModuleTree) -> Self {
        let object = |s: Subject| ((s.kind, s.config), Object { parts: s.parts, instances: None });
        Self { objects: Mutex::new(blocks(tree).into_iter().map(object).collect()), unread: Mutex::default() }
    }

    /// The same with the instances that there were when a plan was made, none of them evaluated again.
    pub fn planned(tree: &ModuleTree, plan: &[Json]) -> Self {
        Self::from_plan(tree, plan, |_| None)
    }

    /// How the conditions came out when a plan was made.
    pub fn recorded(tree: &ModuleTree, plan: &[Json]) -> Self {
        Self::from_plan(tree, plan, |word| Status::from_word(word).filter(|status| *status != Status::Unknown))
    }

    /// `come_out` says of the word for an instance's status how its conditions came out; `None` if they are still to be
    /// evaluated.
    fn from_plan(tree: &ModuleTree, plan: &[Json], come_out: impl Fn(&str) -> Option<Status>) -> Self {
        let text = |v: &Json| v.as_str().unwrap_or_default().to_owned();
        let checks = Self::of(tree);
        {
            let mut objects = checks.objects.lock().unwrap_or_else(PoisonError::into_inner);
            for entry in plan {
                let kind = Kind::from_word(entry["address"]["kind"].as_str().unwrap_or_default());
                let known = entry["status"] != "unknown" || entry["instances"].is_array();
                let key = text(&entry["address"]["to_display"]);
                let Some(object) = kind.and_then(|kind| objects.get_mut(&(kind, key))) else {
                    continue;
                };
                if known {
                    let instances = entry["instances"].as_array().map(Vec::as_slice).unwrap_or_default();
                    let result = |instance: &Json| {
                        let status = come_out(instance["status"].as_str().unwrap_or_default());
                        let problems = instance["problems"].as_array().filter(|_| status.is_some());
                        Result {
                            instance: instance["address"].clone(),
                            status: status.unwrap_or(Status::Pass),
                            problems: problems.into_iter().flatten().map(|p| text(&p["message"])).collect(),
                            rules: 1,
                            evaluated: usize::from(status.is_some()),
                        }
                    };
                    let all = instances.iter().map(|i| (text(&i["address"]["to_display"]), result(i)));
                    object.instances = Some(all.collect());
                }
            }
        }
        checks
    }

    /// Says which instances a block has, and how many conditions each has. Those known already keep their results.
    pub fn expanded(&self, block: &Subject, instances: impl IntoIterator<Item = Subject>, rules: usize) {
        if rules == 0 {
            return;
        }
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        let object = objects
            .entry((block.kind, block.config.clone()))
            .or_insert_with(|| Object { parts: block.parts.clone(), instances: None });
        let known = object.instances.get_or_insert_default();
        for subject in instances {
            let result = known.entry(subject.address).or_insert_with(|| Result {
                instance: subject.instance,
                status: Status::Pass,
                problems: Vec::new(),
                rules,
                evaluated: 0,
            });
            result.rules = rules;
        }
    }

    /// Evaluates conditions and keeps how they came out. The findings are errors for whatever does
    /// not hold, or warnings for assertions of checks.
    pub fn evaluate(
        &self,
        scope: &ModuleScope<'_>,
        subject: &Subject,
        rules: &[CheckRule],
        failed: &str,
    ) -> Diagnostics {
        let mut found = Diagnostics::new();
        for rule in rules {
            let (status, problem, more) = one(scope, rule, subject, failed);
            found.extend(more.into_iter().map(|d| d.for_address(&subject.address)));
            self.keep(subject, status, problem, 1);
        }
        found
    }

    /// Keeps that the data source in a check could not be read.
    pub fn unread(&self, module: &ModuleInstance, check: &str, found: &Diagnostics) {
        let subject = Subject::named(Kind::Check, module, check);
        for d in found.0.iter().filter(|d| d.severity == Severity::Error) {
            self.keep(&subject, Status::Fail, Some(format!("{}: {}", d.summary, d.detail)), 0);
        }
        self.unread.lock().unwrap_or_else(PoisonError::into_inner).insert(subject.address);
    }

    /// Whether the data source in a check could not be read, so that nothing is known of it.
    pub fn is_unread(&self, module: &ModuleInstance, check: &str) -> bool {
        let subject = Subject::named(Kind::Check, module, check);
        self.unread.lock().unwrap_or_else(PoisonError::into_inner).contains(&subject.address)
    }

    /// Keeps how conditions of an instance came out; `evaluated` says how many.
    fn keep(&self, subject: &Subject, status: Status, problem: Option<String>, evaluated: usize) {
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        let object = objects
            .entry((subject.kind, subject.config.clone()))
            .or_insert_with(|| Object { parts: subject.parts.clone(), instances: None });
        let known = object.instances.get_or_insert_default();
        let result = known.entry(subject.address.clone()).or_insert_with(|| Result {
            instance: subject.instance.clone(),
            status: Status::Pass,
            problems: Vec::new(),
            rules: 0,
            evaluated: 0,
        });
        result.status = result.status.max(status);
        result.evaluated += evaluated;
        result.problems.extend(problem.filter(|p| !p.is_empty()));
    }

    /// The results in the form of the plan format
    /// (<https://developer.hashicorp.com/terraform/internals/json-format>).
    pub fn for_plan(&self) -> Vec<Json> {
        let objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        let object = |o: &Object| {
            let instances = o.instances.iter().flat_map(BTreeMap::values).map(|r| {
                let mut out = json!({ "address": r.instance, "status": r.status().word() });
                if !r.problems.is_empty() {
                    out["problems"] = r.problems.iter().map(|m| json!({ "message": m })).collect();
                }
                out
            });
            let instances: Vec<Json> = instances.collect();
            let mut out = json!({ "address": o.parts, "status": o.status().word() });
            if !instances.is_empty() {
                out["instances"] = Json::Array(instances);
            }
            out
        };
        objects.values().map(object).collect()
    }

    /// The results in the form of state files.
    pub fn for_state(&self) -> Option<Arc<Json>> {
        let objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        if objects.is_empty() {
            return None;
        }
        let object = |((kind, config), o): (&(Kind, String), &Object)| {
            let instance = |(addr, r): (&String, &Result)| {
                let mut out = json!({ "object_addr": addr, "status": r.status().word() });
                if !r.problems.is_empty() {
                    out["failure_messages"] = json!(r.problems);
                }
                out
            };
            let some = o.instances.as_ref().filter(|all| !all.is_empty());
            let instances = some.map(|all| all.iter().map(instance).collect::<Vec<Json>>());
            json!({ "object_kind": kind.word(), "config_addr": config, "status": o.status().word(), "objects": instances })
        };
        Some(Arc::new(objects.iter().map(object).collect()))
    }
}

/// Every block with conditions.
fn blocks(tree: &ModuleTree) -> Vec<Subject> {
    let mut all = Vec::new();
    for node in tree.modules() {
        let module = ModuleInstance(node.path.0.iter().map(|name| (name.clone(), InstanceKey::None)).collect());
        let mut add = |kind, name: &str| all.push(Subject::named(kind, &module, name));
        let m = &node.module;
        m.outputs.values().filter(|o| !o.preconditions.is_empty()).for_each(|o| add(Kind::Output, &o.name));
        m.checks.values().for_each(|c| add(Kind::Check, &c.name));
        m.variables.values().filter(|v| !v.validations.is_empty()).for_each(|v| add(Kind::Variable, &v.name));
        for r in m.resources.values() {
            if !r.lifecycle.preconditions.is_empty() || !r.lifecycle.postconditions.is_empty() {
                all.push(Subject::block(&ConfigResource { module: node.path.clone(), resource: r.addr.clone() }));
            }
        }
    }
    all
}

impl Kind {
    fn from_word(word: &str) -> Option<Self> {
        match word {
            "resource" => Some(Kind::Resource),
            "output_value" => Some(Kind::Output),
            "check" => Some(Kind::Check),
            "var" => Some(Kind::Variable),
            _ => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Kind::Resource => "resource",
            Kind::Output => "output",
            Kind::Check => "check",
            Kind::Variable => "var",
        }
    }
}

impl Status {
    fn from_word(word: &str) -> Option<Self> {
        [Status::Pass, Status::Unknown, Status::Fail, Status::Error].into_iter().find(|s| s.word() == word)
    }

    fn word(self) -> &'static str {
        match self {
            Status::Pass => "pass",
            Status::Unknown => "unknown",
            Status::Fail => "fail",
            Status::Error => "error",
        }
    }
}

impl Object {
    fn status(&self) -> Status {
        match &self.instances {
            None => Status::Unknown,
            Some(all) => all.values().map(Result::status).max().unwrap_or(Status::Pass),
        }
    }
}

/// What is wrong with conditions whatever the values will be.
pub fn sound(scope: &ModuleScope<'_>, rules: &[CheckRule]) -> Diagnostics {
    let mut found = Diagnostics::new();
    for rule in rules {
        for (expr, ty, what) in
            [(&rule.condition, Type::Bool, "condition"), (&rule.error_message, Type::String, "error message")]
        {
            let (value, more) = scope.eval(expr);
            let failed = more.has_errors();
            found.extend(more);
            if let (false, Err(e)) = (failed, convert(&value, &ty)) {
                let detail = format!("The {what} must be a {}: {e}.", ty.friendly());
                found.push(Diagnostic::error(format!("Invalid {what}"), detail).at(expr.span()));
            }
        }
    }
    found
}

fn one(
    scope: &ModuleScope<'_>,
    rule: &CheckRule,
    subject: &Subject,
    failed: &str,
) -> (Status, Option<String>, Diagnostics) {
    let (condition, mut found) = scope.eval(&rule.condition);
    if found.has_errors() {
        return (Status::Error, None, found);
    }
    let (condition, _) = condition.unmark_deep();
    if !condition.is_known() {
        // Conditions of other blocks stop the apply if they do not hold; what a check finds then may go unseen.
        if subject.kind == Kind::Check {
            let detail = format!(
                "What {} asserts is known after apply, so the plan cannot tell whether it holds. It is looked at when the plan is applied.",
                subject.address
            );
            let mut d = Diagnostic::warning(OPEN_CHECK, detail).at(rule.condition.span()).within(rule.span);
            d.values = values_of(&rule.condition, scope);
            d.condition_of = Some(subject.address.clone());
            found.push(d);
        }
        return (Status::Unknown, None, found);
    }
    let what = match subject.kind {
        Kind::Variable => "variable validation",
        Kind::Check | Kind::Resource | Kind::Output => "condition",
    };
    let wrong = |detail: String| Diagnostic::error(format!("Invalid {what} result"), detail).at(rule.condition.span());
    if condition.is_null() {
        found.push(wrong("The condition must be true or false, and it is null.".into()));
        return (Status::Error, None, found);
    }
    let holds = match convert(&condition, &Type::Bool) {
        Ok(v) => v.as_bool().unwrap_or(true),
        Err(e) => {
            found.push(wrong(format!("The condition must be true or false: {e}.")));
            return (Status::Error, None, found);
        }
    };
    if holds {
        return (Status::Pass, None, found);
    }
    let (message, shown, more) = message(scope, rule);
    found.extend(more);
    let mut d = Diagnostic::error(failed, message.clone()).at(rule.condition.span()).within(rule.span);
    d.values = values_of(&rule.condition, scope);
    if subject.kind == Kind::Variable {
        d.detail = format!("{message}\n\nThis was checked by the validation rule at {}.", rule.span.place());
        d.subject = None;
        d.context = None;
    }
    if subject.kind == Kind::Check {
        d.severity = Severity::Warning;
    }
    d.condition_of = Some(subject.address.clone());
    found.push(d);
    (Status::Fail, shown.then_some(message), found)
}

/// What to say of a condition that does not hold, and whether those are the words of the configuration.
fn message(scope: &ModuleScope<'_>, rule: &CheckRule) -> (String, bool, Diagnostics) {
    let (value, mut found) = scope.eval(&rule.error_message);
    if found.has_errors() {
        return ("The condition does not hold, and its error message could not be made.".into(), false, found);
    }
    let marks = value.marks_deep();
    let hidden = |what: &str| {
        format!("The condition does not hold. Its error message is derived from {what} values, so it is not shown.")
    };
    if marks.contains(Marks::SENSITIVE) {
        found.push(
            Diagnostic::warning(
                "Error message refers to sensitive values",
                "The error message of this condition is derived from sensitive values, so it will not be shown. Use nonsensitive() \
                 if they may be shown, or leave them out.",
            )
            .at(rule.error_message.span()),
        );
        return (hidden("sensitive"), false, found);
    }
    if marks.contains(Marks::EPHEMERAL) {
        return (hidden("ephemeral"), false, found);
    }
    let text = convert(&value, &Type::String).ok();
    match text.as_ref().and_then(Value::as_str) {
        Some(s) => (s.trim().to_owned(), true, found),
        None => ("The condition does not hold. Its error message is known after apply.".into(), false, found),
    }
}
