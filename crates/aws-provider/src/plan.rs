//! What a change will lead to, for every declared type.
//!
//! The rules are those of Terraform's plugin SDK, which the AWS provider is built on: an argument that is not given
//! keeps what the state has if AWS may set it; a zero value in the state and no value in the configuration are the
//! same; a change of an argument that cannot be changed plans a new object, of which nothing computed is known.

use craton_model::{Data, Path, Type, Value};

use crate::cx::Cx;
use crate::decl::{Attr, Default, Kind, Resource, Same, Shape};
use crate::fail::Fail;
use crate::json;
use crate::obj::{Obj, is_zero, zero};
use crate::schema::absent;

/// A plan in the making.
pub struct Plan {
    /// The declaration.
    pub resource: &'static Resource,
    /// The object now; `None` for a creation.
    pub prior: Option<Obj>,
    /// The configuration.
    pub config: Obj,
    /// The object after the change.
    pub planned: Obj,
    /// Changed attributes that need a new object.
    pub replace: Vec<Path>,
}

impl Plan {
    /// Whether an object is made (also in place of another).
    pub fn creating(&self) -> bool {
        self.prior.is_none()
    }

    /// Whether the planned value differs from the present one.
    pub fn changes(&self, name: &str) -> bool {
        self.prior.as_ref().is_none_or(|p| p.peek(name) != self.planned.peek(name))
    }

    /// Plans an attribute as known after apply.
    pub fn unknown(&mut self, name: &str) {
        let v = Value::unknown(self.planned.type_of(name));
        self.planned.set(name, v);
    }

    /// Plans a new object because of this attribute.
    pub fn replace_for(&mut self, name: &str) {
        add(&mut self.replace, Path::attr(name));
    }
}

/// Decides on a change. `prior` is `None` for a creation.
///
/// # Errors
/// The configuration cannot be planned.
pub async fn plan(cx: &Cx, resource: &'static Resource, prior: Option<Obj>, config: Obj) -> Result<Plan, Fail> {
    let mut first = once(cx, resource, prior.clone(), config.clone())?;
    if let Some(look) = resource.look
        && first.replace.is_empty()
    {
        look(cx, &mut first).await?;
    }
    if first.replace.is_empty() || prior.is_none() {
        return Ok(first);
    }
    // A new object is planned from nothing; only the reasons for it are kept.
    let mut again = once(cx, resource, None, config)?;
    again.replace = first.replace;
    again.prior = prior;
    Ok(again)
}

fn once(cx: &Cx, resource: &'static Resource, prior: Option<Obj>, config: Obj) -> Result<Plan, Fail> {
    let mut planned = Obj::empty(config.ty());
    for a in resource.attrs {
        let mut given = config.get(a.name);
        // The SDK takes "" as not given where AWS sets what is left out.
        let emptied = a.emptied && prior.is_some();
        if a.computed && !emptied && !resource.framework && given.as_str() == Some("") {
            given = Value::null(Type::String);
        }
        let mut v = attribute(a, prior.as_ref().and_then(|p| p.peek(a.name)), &given);
        // A collection that is given up leaves an empty one in the SDK's plan.
        let listed = matches!(a.kind, Kind::List(_) | Kind::Set(_) | Kind::Map(_)) && !resource.framework;
        if listed && v.is_null() && prior.as_ref().is_some_and(|p| !p.is_zero(a.name)) {
            v = zero(v.ty());
        }
        planned.set(a.name, v);
    }
    match &prior {
        None => planned.set("id", Value::unknown(Type::String)),
        Some(p) => planned.set("id", p.get("id")),
    }
    if config.has("timeouts") {
        planned.set("timeouts", config.get("timeouts"));
    }
    let mut plan = Plan { resource, prior, config, planned, replace: Vec::new() };
    if resource.tags.is_some() {
        tags(cx, &mut plan);
    }
    if let Some(hook) = resource.plan {
        hook(cx, &mut plan)?;
    }
    if let Some(prior) = &plan.prior {
        for a in resource.attrs.iter().filter(|a| a.settable()) {
            let (before, after) = (prior.peek(a.name), plan.planned.peek(a.name));
            if before != after {
                reasons(a, Path::attr(a.name), before, after, &mut plan.replace);
            }
        }
    }
    Ok(plan)
}

/// The arguments for which a change needs a new object, as the SDK names them: within blocks that are a list each by
/// itself, and the block where there are more or fewer of it; a set of blocks as a whole.
fn reasons(a: &Attr, path: Path, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Path>) {
    let start = found.len();
    match (&a.kind, a.shape) {
        (Kind::List(Kind::Object(inner)), Shape::Block(..)) if after.is_none_or(Value::is_known) => {
            let items = |v: Option<&'_ Value>| v.and_then(Value::as_seq).unwrap_or(&[]).to_vec();
            let (before, after) = (items(before), items(after));
            if before.len() != after.len() && a.replaces {
                add(found, path.clone());
            }
            for i in 0..before.len().max(after.len()) {
                for attr in *inner {
                    let of = |all: &[Value]| all.get(i).and_then(|v| v.get(attr.name)).cloned();
                    let (b, c) = (of(&before), of(&after));
                    let nothing = |v: &Option<Value>| v.as_ref().is_none_or(is_zero);
                    if b != c && !(nothing(&b) && nothing(&c)) {
                        let path = path.then_index(Value::number(i)).then_attr(attr.name);
                        reasons(attr, path, b.as_ref(), c.as_ref(), found);
                    }
                }
            }
            // A block of which nothing says more.
            if a.replaces && found.len() == start {
                add(found, path);
            }
        }
        (_, Shape::Block(..)) if a.replaces || inner_replaces(a, before, after) => add(found, path),
        _ if a.replaces => add(found, path),
        _ => {}
    }
}

fn add(found: &mut Vec<Path>, path: Path) {
    if !found.contains(&path) {
        found.push(path);
    }
}

/// Whether a change within blocks touches an argument that needs a new object.
fn inner_replaces(a: &Attr, before: Option<&Value>, after: Option<&Value>) -> bool {
    let (Kind::List(Kind::Object(inner)) | Kind::Set(Kind::Object(inner))) = &a.kind else { return false };
    let of = |v: Option<&Value>, name: &str| -> Vec<Value> {
        v.and_then(Value::as_seq)
            .unwrap_or(&[])
            .iter()
            .map(|v| v.get(name).cloned().unwrap_or_else(Value::dynamic))
            .collect()
    };
    inner.iter().filter(|i| i.replaces).any(|i| of(before, i.name) != of(after, i.name))
}

/// The planned value of an attribute. `prior` is `None` for a creation.
fn attribute(a: &Attr, prior: Option<&Value>, config: &Value) -> Value {
    let ty = config.ty();
    if a.write_only {
        return Value::null(ty.clone());
    }
    if !a.settable() {
        return prior.cloned().unwrap_or_else(|| Value::unknown(ty.clone()));
    }
    if !config.is_known() {
        return config.clone();
    }
    let empty_block = matches!(a.shape, Shape::Block(..)) && config.is_empty();
    if config.is_null() || (empty_block && a.computed) {
        let default = match a.default {
            Default::None => None,
            Default::Str(s) => Some(Value::from(s)),
            Default::Int(i) => Some(Value::from(i)),
            Default::Bool(b) => Some(Value::from(b)),
        };
        return match (default, prior) {
            (Some(d), Some(p)) if same(a, p, &d) => p.clone(),
            (Some(d), _) => d,
            (None, Some(p)) if a.computed => p.clone(),
            (None, None) if a.computed => Value::unknown(ty.clone()),
            (None, Some(p)) if is_zero(p) => p.clone(),
            (None, _) => absent(a),
        };
    }
    // The SDK cannot plan a set, list or map of plain values of which only some are known.
    if let Kind::Set(of) | Kind::List(of) | Kind::Map(of) = a.kind
        && matches!(of, Kind::String | Kind::Int | Kind::Float | Kind::Bool)
        && !config.is_wholly_known()
    {
        return Value::unknown(ty.clone());
    }
    // The SDK sees no difference between no set (or map) and an empty one where there was nothing before. Blocks that
    // are arguments are empty where that is said.
    let bag = match a.kind {
        Kind::Set(Kind::Object(_)) => false,
        Kind::Set(_) | Kind::Map(_) => a.shape == Shape::Argument,
        _ => false,
    };
    if prior.is_none() && bag && config.is_empty() {
        return if a.computed { Value::unknown(ty.clone()) } else { Value::null(ty.clone()) };
    }
    let new = normal(a, config, prior);
    match prior {
        Some(p) if same(a, p, &new) => p.clone(),
        // No elements and no collection are the same to AWS.
        Some(p) if new.is_empty() && new.ty().is_collection() && is_zero(p) => p.clone(),
        _ => new,
    }
}

/// Whether a value of the state and a configured one mean the same.
fn same(a: &Attr, prior: &Value, new: &Value) -> bool {
    if prior == new {
        return true;
    }
    match (prior.as_str(), new.as_str()) {
        (Some(p), Some(n)) => same_text(a.same, p, n),
        _ => a.same == Same::OnceCreated,
    }
}

/// Whether two texts mean the same under a rule.
pub fn same_text(rule: Same, prior: &str, new: &str) -> bool {
    match rule {
        Same::Exact => prior == new,
        Same::Policy => json::same_policy(prior, new),
        Same::Json => prior == new || (!prior.is_empty() && json::normal(prior) == json::normal(new)),
        Same::IgnoreCase => prior.eq_ignore_ascii_case(new),
        Same::Cidr => crate::net::same_cidr(prior, new),
        Same::OnceCreated => true,
        Same::LogGroupArn => prior.trim_end_matches(":*") == new.trim_end_matches(":*"),
        Same::KeyArn => {
            let short = |s: &str| s.rsplit_once("key/").map_or(s, |(_, id)| id).to_owned();
            short(prior) == short(new)
        }
        Same::OpenIdUrl => prior.trim_start_matches("https://") == new.trim_start_matches("https://"),
        Same::Protocol => crate::net::protocol_number(prior) == crate::net::protocol_number(new),
    }
}

/// A configured value in the spelling that the state has.
fn normal(a: &Attr, config: &Value, prior: Option<&Value>) -> Value {
    match (&a.kind, config.data()) {
        (Kind::String, Data::String(s)) if matches!(a.same, Same::Policy | Same::Json) => Value::from(json::normal(s)),
        (Kind::List(Kind::Object(inner)), Data::Seq(items)) => {
            let before = prior.and_then(Value::as_seq).unwrap_or(&[]);
            // The SDK pairs elements by their place, also where some come or go.
            let items = items.iter().enumerate().map(|(i, item)| match before.get(i) {
                None if prior.is_some() => added(inner, item, &object(inner, item, None)),
                before => object(inner, item, before),
            });
            Value::list(config.ty().element().cloned().unwrap_or(Type::Dynamic), items.collect::<Vec<_>>())
        }
        (Kind::Set(Kind::Object(inner)), Data::Seq(items)) => {
            // An element that the state has in another spelling is that one.
            let before = prior.and_then(Value::as_seq).unwrap_or(&[]);
            let known = |new: Value| before.iter().find(|b| same_element(inner, b, &new)).cloned().unwrap_or(new);
            let items: Vec<Value> = items.iter().map(|item| known(element(inner, item))).collect();
            Value::set(config.ty().element().cloned().unwrap_or(Type::Dynamic), items)
        }
        // The SDK drops null elements of maps.
        (Kind::Map(_), Data::Map(entries)) if entries.iter().any(|(_, v)| v.is_null()) => {
            let kept = entries.iter().filter(|(_, v)| !v.is_null()).cloned();
            Value::map(config.ty().element().cloned().unwrap_or(Type::String), kept)
        }
        _ => config.clone(),
    }
}

fn object(inner: &[Attr], config: &Value, prior: Option<&Value>) -> Value {
    if config.is_null() || !config.is_known() {
        return config.clone();
    }
    let mut out = Obj::of(config.ty(), config);
    for a in inner {
        let before = prior.and_then(|p| p.get(a.name));
        let mut v = attribute(a, before, &out.get(a.name));
        let listed = matches!(a.kind, Kind::List(_) | Kind::Set(_) | Kind::Map(_));
        if listed && v.is_null() && before.is_some_and(|b| !is_zero(b)) {
            v = zero(v.ty());
        }
        out.set(a.name, v);
    }
    out.value()
}

/// A block that is added to an object that is there already: the SDK plans nothing for what AWS will set in it.
fn added(inner: &[Attr], config: &Value, planned: &Value) -> Value {
    if !planned.is_known() || planned.is_null() {
        return planned.clone();
    }
    let mut out = Obj::of(planned.ty(), planned);
    for a in inner {
        let (v, given) = (out.get(a.name), config.get(a.name));
        if given.is_none_or(Value::is_null) && !v.is_known() {
            out.set(a.name, Value::null(v.ty().clone()));
        } else if let (Kind::List(Kind::Object(inner)), Some(items), Some(given)) =
            (&a.kind, v.as_seq(), given.and_then(Value::as_seq))
        {
            let items: Vec<Value> = items.iter().zip(given).map(|(v, g)| added(inner, g, v)).collect();
            out.set(a.name, Value::list(v.ty().element().cloned().unwrap_or(Type::Dynamic), items));
        }
    }
    out.value()
}

/// An element of a set: it has no counterpart in the state; text, lists and sets that are not given are empty, and maps without
/// an entry are not there.
fn element(inner: &[Attr], config: &Value) -> Value {
    if config.is_null() || !config.is_known() {
        return config.clone();
    }
    let mut out = Obj::of(config.ty(), config);
    for a in inner {
        let v = out.get(a.name);
        let v = match (v.is_null(), a.default) {
            (true, Default::Bool(b)) => Value::from(b),
            (true, Default::Str(s)) => Value::from(s),
            (true, Default::Int(i)) => Value::from(i),
            _ if matches!(a.kind, Kind::Map(_)) && is_zero(&v) && !a.computed => Value::null(v.ty().clone()),
            // Only AWS can tell; what the state has of the same element counts.
            (true, Default::None) if a.computed => Value::unknown(v.ty().clone()),
            (true, Default::None) if !matches!(a.kind, Kind::Int | Kind::Float | Kind::Bool | Kind::Map(_)) => {
                zero(v.ty())
            }
            _ => match (&a.kind, v.data()) {
                // Blocks within an element are elements themselves.
                (Kind::List(Kind::Object(inner)), Data::Seq(items)) if matches!(a.shape, Shape::Block(..)) => {
                    let items: Vec<Value> = items.iter().map(|item| element(inner, item)).collect();
                    Value::list(v.ty().element().cloned().unwrap_or(Type::Dynamic), items)
                }
                (Kind::Set(Kind::Object(inner)), Data::Seq(items)) if matches!(a.shape, Shape::Block(..)) => {
                    let items: Vec<Value> = items.iter().map(|item| element(inner, item)).collect();
                    Value::set(v.ty().element().cloned().unwrap_or(Type::Dynamic), items)
                }
                _ => normal(a, &v, None),
            },
        };
        out.set(a.name, v);
    }
    out.value()
}

/// Whether two elements of a set mean the same: null and zero values do, and what each argument's own rule says.
fn same_element(inner: &[Attr], prior: &Value, new: &Value) -> bool {
    inner.iter().all(|a| match (prior.get(a.name), new.get(a.name)) {
        (Some(p), Some(n)) => {
            same(a, p, n) || (is_zero(p) && is_zero(n)) || (a.computed && !n.is_known()) || same_blocks(a, p, n)
        }
        _ => false,
    })
}

/// Whether the blocks within an element mean the same: in order, or for a set in any order.
fn same_blocks(a: &Attr, prior: &Value, new: &Value) -> bool {
    let (Some(prior), Some(new)) = (prior.as_seq(), new.as_seq()) else { return false };
    match &a.kind {
        _ if prior.len() != new.len() => false,
        Kind::List(Kind::Object(inner)) => prior.iter().zip(new).all(|(p, n)| same_element(inner, p, n)),
        Kind::Set(Kind::Object(inner)) => prior.iter().all(|p| new.iter().any(|n| same_element(inner, p, n))),
        _ => false,
    }
}

/// Plans `tags` and `tags_all`.
fn tags(cx: &Cx, plan: &mut Plan) {
    let config = plan.config.get("tags");
    let prior = plan.prior.as_ref().map(|p| p.get("tags"));
    let tags = match (&prior, config.as_map()) {
        (_, Some(entries)) if entries.iter().any(|(_, v)| v.is_null()) => {
            Value::map(Type::String, entries.iter().filter(|(_, v)| !v.is_null()).cloned())
        }
        (Some(p), _) if is_zero(&config) && is_zero(p) => p.clone(),
        (None, _) if config.is_empty() => Value::null(config.ty().clone()),
        (Some(_), _) if config.is_null() && !plan.resource.framework => zero(config.ty()),
        _ => config,
    };
    let before = plan.prior.as_ref().map(|p| p.get("tags_all"));
    let all = match cx.settings.tags.of(&plan.config) {
        Some(all) if !all.is_empty() => Some(crate::tags::value(all.iter())),
        Some(_) => match &before {
            Some(b) if is_zero(b) => Some(b.clone()),
            _ => None,
        },
        None => None,
    };
    plan.planned.set("tags", tags);
    match all {
        Some(all) => plan.planned.set("tags_all", all),
        None => plan.unknown("tags_all"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_with_an_unknown_element_is_unknown() {
        const DIMENSIONS: Attr = crate::decl::map("dimensions", &Kind::String);
        let open = Value::map(Type::String, [("InstanceId", Value::unknown(Type::String)), ("a", Value::from("b"))]);
        assert!(!attribute(&DIMENSIONS, None, &open).is_known());
        let known = Value::map(Type::String, [("a", Value::from("b"))]);
        assert_eq!(attribute(&DIMENSIONS, None, &known), known);
    }
}
