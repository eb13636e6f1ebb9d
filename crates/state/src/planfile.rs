//! Saved plans: one gzip-compressed JSON document that holds the plan, the states it started from
//! and every file of configuration it was made of, so that applying it needs nothing else.
//!
//! Values are written exactly: null, unknown (with what is known of it) and marks stay apart.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read as _, Write as _};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use craton_model::addr::{ProviderConfigAddr, ResourceInstance};
use craton_model::plan::{Action, ActionReason, OutputChange, PlanMode, RelevantAttribute, ResourceChange};
use craton_model::value::{Data, Marks, Refinement};
use craton_model::{Diagnostic, Number, Path, Plan, State, Step, Type, Value};
use serde_json::{Map, Value as Json, json};

use crate::tfstate;

/// The version of the format; files of another one are refused.
const FORMAT: u64 = 1;
/// A plan larger than this, unpacked, is taken for a broken or hostile file.
const MAX_UNPACKED: u64 = 4 << 30;

/// A plan with what it takes to apply it later.
#[derive(Clone, Debug, Default)]
pub struct SavedPlan {
    /// The plan.
    pub plan: Plan,
    /// The configuration's files, path as read to content.
    pub files: BTreeMap<String, Arc<str>>,
    /// The folder that the command worked in.
    pub root_dir: String,
    /// The workspace the plan is for.
    pub workspace: String,
    /// The backend's type and configuration, without secrets; JSON as the maker wants it back.
    pub backend: Json,
}

/// Why a name in the file is not one of ours.
fn broken(what: &str) -> Diagnostic {
    Diagnostic::error(
        "Plan file is not readable",
        format!(
            "The file is no plan that this craton wrote, or it is damaged: {what}. Make a new one with:\n  craton plan -out=FILE"
        ),
    )
}

/// Packs a plan.
pub fn write(saved: &SavedPlan) -> Result<Vec<u8>, Diagnostic> {
    let mut w = Writer::default();
    let plan = &saved.plan;
    if let Some((name, _)) = plan.outputs.iter().find(|(_, o)| is_infinite(&o.after)) {
        return Err(Diagnostic::error(
            "Failed to write plan file",
            format!(
                "The value of output {name:?} is or contains an infinite number, which neither a plan nor a state can hold."
            ),
        ));
    }
    let state = |s: &State| -> Result<Json, Diagnostic> {
        serde_json::from_slice(&tfstate::render(s)?).map_err(|e| broken(&e.to_string()))
    };
    // Refreshing makes another state, which mostly says the same.
    let (previous, prior) = (&plan.previous_state, &plan.prior_state);
    // Who wrote a state is not kept: states that differ in that alone are one.
    let same = Arc::ptr_eq(previous, prior)
        || previous == prior
        || (previous.terraform_version != prior.terraform_version && state(previous)? == state(prior)?);
    let body = json!({
        "mode": match plan.mode { PlanMode::Normal => "normal", PlanMode::Destroy => "destroy", PlanMode::RefreshOnly => "refresh-only" },
        "changes": plan.changes.iter().map(|c| w.change(c)).collect::<Vec<_>>(),
        "drift": plan.drift.iter().map(|c| w.change(c)).collect::<Vec<_>>(),
        "outputs": plan.outputs.iter().map(|(k, o)| (k.to_string(), json!({
            "action": action_name(o.action), "before": w.value(&o.before), "after": w.value(&o.after), "sensitive": o.sensitive,
        }))).collect::<Map<_, _>>(),
        "variables": plan.variables.iter().map(|(k, v)| (k.to_string(), w.value(v))).collect::<Map<_, _>>(),
        "apply_variables": plan.apply_variables.iter().map(|v| v.to_string()).collect::<Vec<_>>(),
        "previous_state": state(&plan.previous_state)?,
        "prior_state": if same { Json::Null } else { state(&plan.prior_state)? },
        "targets": plan.targets,
        "replace": plan.replace,
        "timestamp": plan.timestamp,
        "checks": plan.checks,
        "relevant": plan.relevant.iter().map(|r| json!([r.resource, w.path(&r.attribute)])).collect::<Vec<_>>(),
        "errored": plan.errored,
    });
    let document = json!({
        "craton_plan": FORMAT,
        "types": w.types,
        "plan": body,
        "files": saved.files.iter().map(|(k, v)| (k.clone(), Json::String(v.to_string()))).collect::<Map<_, _>>(),
        "root_dir": saved.root_dir,
        "workspace": saved.workspace,
        "backend": saved.backend,
    });
    let pack = || -> std::io::Result<Vec<u8>> {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&serde_json::to_vec(&document)?)?;
        gz.finish()
    };
    pack().map_err(|e| Diagnostic::error("Plan cannot be saved", format!("The plan could not be packed: {e}.")))
}

fn is_infinite(value: &Value) -> bool {
    let mut found = false;
    value.walk(&mut |_, v| {
        found |= v.as_number().is_some_and(craton_model::Number::is_infinite);
        true
    });
    found
}

/// Unpacks a plan.
pub fn read(bytes: &[u8]) -> Result<SavedPlan, Diagnostic> {
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(bytes)
        .take(MAX_UNPACKED)
        .read_to_end(&mut text)
        .map_err(|_| broken("it is not compressed as one"))?;
    let document: Json = serde_json::from_slice(&text).map_err(|e| broken(&e.to_string()))?;
    match document["craton_plan"].as_u64() {
        Some(FORMAT) => {}
        Some(other) => return Err(broken(&format!("it has format {other}, this craton reads {FORMAT}"))),
        None => return Err(broken("it does not say its format")),
    }
    let types = document["types"].as_array().ok_or_else(|| broken("types are missing"))?;
    let types =
        types.iter().map(Type::from_json).collect::<Option<Vec<_>>>().ok_or_else(|| broken("a type is unreadable"))?;
    Reader { types }.saved(&document).map_err(|what| broken(&what))
}

/// Whether the file begins as a saved plan does (and not as a state or anything else).
pub fn is_plan(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

const ACTIONS: [(Action, &str); 8] = [
    (Action::NoOp, "no-op"),
    (Action::Create, "create"),
    (Action::Read, "read"),
    (Action::Update, "update"),
    (Action::Delete, "delete"),
    (Action::DeleteThenCreate, "delete-create"),
    (Action::CreateThenDelete, "create-delete"),
    (Action::Forget, "forget"),
];

const REASONS: [ActionReason; 13] = {
    use ActionReason as R;
    [
        R::ReplaceBecauseTainted,
        R::ReplaceByRequest,
        R::ReplaceByTriggers,
        R::ReplaceBecauseCannotUpdate,
        R::DeleteBecauseNoResourceConfig,
        R::DeleteBecauseWrongRepetition,
        R::DeleteBecauseCountIndex,
        R::DeleteBecauseEachKey,
        R::DeleteBecauseNoModule,
        R::DeleteBecauseNoMoveTarget,
        R::ReadBecauseConfigUnknown,
        R::ReadBecauseDependencyPending,
        R::ReadBecauseCheckNested,
    ]
};

fn action_name(action: Action) -> &'static str {
    ACTIONS.iter().find(|(a, _)| *a == action).map_or("no-op", |(_, name)| name)
}

/// Types repeat by the thousand (each instance of a resource has the same), so they stand in a
/// table once and values name their place in it.
#[derive(Default)]
struct Writer {
    index: HashMap<Type, usize>,
    types: Vec<Json>,
}

impl Writer {
    fn value(&mut self, v: &Value) -> Json {
        let next = self.types.len();
        let i = *self.index.entry(v.ty().clone()).or_insert(next);
        if i == next {
            self.types.push(v.ty().to_json());
        }
        json!([i, exact(v)])
    }

    fn path(&mut self, p: &Path) -> Json {
        p.0.iter()
            .map(|s| match s {
                Step::Attr(name) => json!(name),
                Step::Index(v) => json!([self.value(v)]),
            })
            .collect()
    }

    fn change(&mut self, c: &ResourceChange) -> Json {
        json!({
            "addr": c.addr.to_string(),
            "deposed": c.deposed,
            "previous_addr": c.previous_addr.as_ref().map(ToString::to_string),
            "provider": c.provider.to_string(),
            "action": action_name(c.action),
            "reason": c.reason.as_str(),
            "before": self.value(&c.before),
            "after": self.value(&c.after),
            "replace_paths": c.replace_paths.iter().map(|p| self.path(p)).collect::<Vec<_>>(),
            "private": BASE64.encode(&c.private),
            "importing": c.importing,
            "generated_config": c.generated_config,
        })
    }
}

/// `null` is null; `{"u": ...}` unknown; `{"m": bits, "v": ...}` marked; `{"s": [...]}`,
/// `{"o": {...}}` and `{"n": "..."}` elements, entries and numbers; text and bools stand as they are.
fn exact(v: &Value) -> Json {
    let plain = match v.data() {
        Data::Null => Json::Null,
        Data::Unknown(None) => json!({"u": null}),
        Data::Unknown(Some(r)) => json!({"u": {
            "not_null": r.not_null, "prefix": r.prefix,
            "min": r.min.as_ref().map(|(n, i)| json!([n.to_string(), i])),
            "max": r.max.as_ref().map(|(n, i)| json!([n.to_string(), i])),
            "min_len": r.min_len, "max_len": r.max_len,
        }}),
        Data::Bool(b) => json!(b),
        Data::Number(n) => json!({"n": n.to_string()}),
        Data::String(s) => json!(s),
        Data::Seq(items) => json!({"s": items.iter().map(exact).collect::<Vec<_>>()}),
        Data::Map(entries) => {
            json!({"o": entries.iter().map(|(k, v)| (k.to_string(), exact(v))).collect::<Map<_, _>>()})
        }
    };
    let marks = v.marks();
    if marks.is_empty() {
        return plain;
    }
    json!({"m": u8::from(marks.contains(Marks::SENSITIVE)) + 2 * u8::from(marks.contains(Marks::EPHEMERAL)), "v": plain})
}

struct Reader {
    types: Vec<Type>,
}

type Read<T> = Result<T, String>;

impl Reader {
    fn value(&self, j: &Json) -> Read<Value> {
        let i = j[0].as_u64().ok_or("a value has no type")?;
        let ty = self.types.get(i as usize).ok_or("a value's type is not in the table")?;
        self.exact(&j[1], ty)
    }

    fn exact(&self, j: &Json, ty: &Type) -> Read<Value> {
        let fits = |plain: &Type| match ty == plain || *ty == Type::Dynamic {
            true => Ok(()),
            false => Err(format!("a {} is given as a {}", ty.friendly(), plain.friendly())),
        };
        let object = match j {
            Json::Null => return Ok(Value::null(ty.clone())),
            Json::Bool(b) => return fits(&Type::Bool).map(|()| Value::bool(*b)),
            Json::String(s) => return fits(&Type::String).map(|()| Value::string(s.as_str())),
            Json::Object(o) => o,
            _ => return Err("a value has no readable form".into()),
        };
        let (tag, inner) = object.iter().next().ok_or("a value is empty")?;
        let number = |j: &Json| j.as_str().and_then(Number::parse).ok_or("a number is unreadable");
        match (tag.as_str(), ty) {
            ("m", _) => {
                let bits = inner.as_u64().ok_or("a mark is unreadable")?;
                let v = self.exact(j.get("v").unwrap_or(&Json::Null), ty)?;
                let v = if bits & 1 != 0 { v.mark(Marks::SENSITIVE) } else { v };
                Ok(if bits & 2 != 0 { v.mark(Marks::EPHEMERAL) } else { v })
            }
            ("u", _) if inner.is_null() => Ok(Value::unknown(ty.clone())),
            ("u", _) => {
                let bound = |j: &Json| -> Read<Option<(Number, bool)>> {
                    if j.is_null() {
                        return Ok(None);
                    }
                    Ok(Some((number(&j[0])?, j[1].as_bool().unwrap_or(false))))
                };
                let size = |j: &Json| j.as_u64().map(|n| n as usize);
                Ok(Value::refined(
                    ty.clone(),
                    Refinement {
                        not_null: inner["not_null"].as_bool().unwrap_or(false),
                        prefix: inner["prefix"].as_str().map(Arc::from),
                        min: bound(&inner["min"])?,
                        max: bound(&inner["max"])?,
                        min_len: size(&inner["min_len"]),
                        max_len: size(&inner["max_len"]),
                    },
                ))
            }
            // An infinity has no decimal form and cannot be in a plan.
            ("n", _) => fits(&Type::Number).and_then(|()| Ok(Value::number(number(inner)?))),
            ("s", _) => {
                let items = inner.as_array().ok_or("elements are unreadable")?;
                if matches!(ty, Type::Tuple(types) if types.len() != items.len()) {
                    return Err("a tuple has another length than its type".into());
                }
                let items = items.iter().enumerate().map(|(i, v)| match ty {
                    Type::Tuple(types) => {
                        self.exact(v, types.get(i).ok_or("a tuple has another length than its type")?)
                    }
                    _ => self.exact(v, ty.element().ok_or("elements in what has none")?),
                });
                Ok(Value::with_type(ty.clone(), Data::Seq(items.collect::<Read<Vec<_>>>()?.into())))
            }
            ("o", _) => {
                let entries = inner.as_object().ok_or("entries are unreadable")?;
                // One that its type does not have is refused below.
                if matches!(ty, Type::Object(o) if o.attributes.len() != entries.len()) {
                    return Err("an object lacks attributes of its type".into());
                }
                let entries = entries.iter().map(|(k, v)| {
                    let ty = ty.attribute(k).or(ty.element()).ok_or("an entry in what has none")?;
                    Ok((k.as_str(), self.exact(v, ty)?))
                });
                Ok(Value::with_type(ty.clone(), Data::Map(entries.collect::<Read<Vec<_>>>()?.into_iter().collect())))
            }
            _ => Err("a value has no readable form".into()),
        }
    }

    fn path(&self, j: &Json) -> Read<Path> {
        let steps = j.as_array().ok_or("a path is unreadable")?.iter().map(|s| match s {
            Json::String(name) => Ok(Step::Attr(name.as_str().into())),
            other => Ok(Step::Index(self.value(&other[0])?)),
        });
        Ok(Path(steps.collect::<Read<_>>()?))
    }

    fn change(&self, j: &Json) -> Read<ResourceChange> {
        let addr = |j: &Json| j.as_str().and_then(ResourceInstance::parse).ok_or("an address is unreadable");
        let reason = j["reason"].as_str();
        Ok(ResourceChange {
            addr: addr(&j["addr"])?,
            deposed: j["deposed"].as_str().map(Arc::from),
            previous_addr: if j["previous_addr"].is_null() { None } else { Some(addr(&j["previous_addr"])?) },
            provider: j["provider"].as_str().and_then(ProviderConfigAddr::parse).ok_or("a provider is unreadable")?,
            action: self.action(&j["action"])?,
            reason: REASONS.into_iter().find(|r| reason.is_some() && r.as_str() == reason).unwrap_or_default(),
            before: self.value(&j["before"])?,
            after: self.value(&j["after"])?,
            replace_paths: self.list(&j["replace_paths"], |p| self.path(p))?,
            private: BASE64
                .decode(j["private"].as_str().unwrap_or_default())
                .map_err(|_| "private data is unreadable")?
                .into(),
            importing: j["importing"].as_str().map(Into::into),
            generated_config: j["generated_config"].as_str().map(Into::into),
        })
    }

    fn action(&self, j: &Json) -> Read<Action> {
        let found = ACTIONS.iter().find(|(_, name)| j.as_str() == Some(name));
        found.map(|(a, _)| *a).ok_or_else(|| "an action is unreadable".into())
    }

    fn list<T>(&self, j: &Json, read: impl Fn(&Json) -> Read<T>) -> Read<Vec<T>> {
        j.as_array().ok_or("a list is missing")?.iter().map(read).collect()
    }

    fn map<T>(&self, j: &Json, read: impl Fn(&Json) -> Read<T>) -> Read<BTreeMap<Arc<str>, T>> {
        j.as_object().ok_or("a map is missing")?.iter().map(|(k, v)| Ok((k.as_str().into(), read(v)?))).collect()
    }

    fn saved(&self, document: &Json) -> Read<SavedPlan> {
        let j = &document["plan"];
        let text = |j: &Json| j.as_str().map(ToOwned::to_owned).ok_or("text is missing");
        let state = |j: &Json| tfstate::parse(j.to_string().as_bytes(), "the plan's state").map_err(|d| d.detail);
        let previous_state = Arc::new(state(&j["previous_state"])?);
        let prior_state =
            if j["prior_state"].is_null() { previous_state.clone() } else { Arc::new(state(&j["prior_state"])?) };
        let plan = Plan {
            mode: match j["mode"].as_str() {
                Some("normal") => PlanMode::Normal,
                Some("destroy") => PlanMode::Destroy,
                Some("refresh-only") => PlanMode::RefreshOnly,
                _ => return Err("its mode is unreadable".into()),
            },
            changes: self.list(&j["changes"], |c| self.change(c))?,
            drift: self.list(&j["drift"], |c| self.change(c))?,
            outputs: self.map(&j["outputs"], |o| {
                Ok(OutputChange {
                    action: self.action(&o["action"])?,
                    before: self.value(&o["before"])?,
                    after: self.value(&o["after"])?,
                    sensitive: o["sensitive"].as_bool().unwrap_or(true),
                })
            })?,
            variables: self.map(&j["variables"], |v| self.value(v))?,
            apply_variables: self.list(&j["apply_variables"], |v| Ok(text(v)?.into()))?,
            previous_state,
            prior_state,
            targets: self.list(&j["targets"], |t| Ok(text(t)?))?,
            replace: self.list(&j["replace"], |t| Ok(text(t)?))?,
            timestamp: text(&j["timestamp"])?,
            checks: j["checks"].as_array().cloned().unwrap_or_default(),
            relevant: self.list(&j["relevant"], |r| {
                Ok(RelevantAttribute { resource: text(&r[0])?, attribute: self.path(&r[1])? })
            })?,
            errored: j["errored"].as_bool().unwrap_or(true),
            warnings: Vec::new(),
        };
        let files = document["files"].as_object().ok_or("its configuration is missing")?;
        Ok(SavedPlan {
            plan,
            files: files.iter().map(|(k, v)| Ok((k.clone(), text(v)?.into()))).collect::<Read<_>>()?,
            root_dir: text(&document["root_dir"])?,
            workspace: text(&document["workspace"])?,
            backend: document["backend"].clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use craton_model::addr::{InstanceKey, ModuleInstance, ProviderAddr, Resource};

    fn sample() -> SavedPlan {
        let after = Value::object([
            (
                "id",
                Value::refined(
                    Type::String,
                    Refinement { not_null: true, prefix: Some("vpc-".into()), ..Default::default() },
                ),
            ),
            ("count", Value::number(Number::parse("0.1").unwrap())),
            ("secret", Value::from("s3cr3t").sensitive()),
            ("none", Value::null(Type::list(Type::String))),
            ("dyn", Value::dynamic()),
            ("set", Value::set(Type::String, ["b", "a"].map(Value::from))),
            ("map", Value::map(Type::Bool, [("x", Value::bool(true)), ("u", Value::unknown(Type::Bool))])),
        ]);
        let change = ResourceChange {
            addr: ModuleInstance::root().resource(Resource::managed("aws_vpc", "this")).instance(InstanceKey::Int(0)),
            deposed: None,
            previous_addr: None,
            provider: ProviderConfigAddr {
                module: Default::default(),
                provider: ProviderAddr::new("hashicorp", "aws"),
                alias: None,
            },
            action: Action::DeleteThenCreate,
            reason: ActionReason::ReplaceBecauseCannotUpdate,
            before: Value::null(after.ty().clone()),
            after,
            replace_paths: vec![Path::attr("set").then_index(Value::from("a"))],
            private: b"p".to_vec().into(),
            importing: None,
            generated_config: None,
        };
        SavedPlan {
            plan: Plan { changes: vec![change], timestamp: "2024-01-01T00:00:00Z".into(), ..Plan::default() },
            files: BTreeMap::from([("main.tf".into(), "x".into())]),
            root_dir: ".".into(),
            workspace: "default".into(),
            backend: json!({"type": "local"}),
        }
    }

    #[test]
    fn a_plan_comes_back_exactly() {
        let saved = sample();
        let back = read(&write(&saved).unwrap()).unwrap();
        assert_eq!(back.plan.changes, saved.plan.changes);
        assert_eq!(back.files, saved.files);
        assert_eq!(back.backend, saved.backend);
    }

    #[test]
    fn damaged_files_are_refused_at_every_length() {
        let bytes = write(&sample()).unwrap();
        for cut in 0..bytes.len() - 8 {
            assert_eq!(read(&bytes[..cut]).unwrap_err().summary, "Plan file is not readable", "cut at {cut}");
        }
        assert!(read(b"{}").is_err() && !is_plan(b"{}"));
    }
}
