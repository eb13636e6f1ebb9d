//! What expressions can see: results of nodes, looked up in the table.

use craton_config::ModuleNode;
use craton_config::reference::{Reference, Subject};
use craton_hcl::{Body, BodySchema, Environment, Expr, FunctionRef, Scope, Traversal, eval};
use craton_model::addr::{ModuleInstance, ProviderAddr, ResourceInstance};
use craton_model::schema::Block;
use craton_model::{Diagnostic, Diagnostics, Span, Type, Value};

use crate::graph::ModuleIndex;
use crate::table::{Instance, Repetition, Unknown};
use crate::values::overridden;
use crate::walk::{Phase, Walk};

/// A module instance to evaluate in, with the instance of a block if it is about one.
#[derive(Clone, Copy)]
pub struct ModuleScope<'a> {
    pub walk: &'a Walk,
    pub module: &'a ModuleInstance,
    pub node: &'a ModuleNode,
    pub index: &'a ModuleIndex,
    pub instance: Option<&'a Instance>,
    pub this: Option<&'a Value>,
    /// The address of `this`, where expressions may name their own instance instead of saying `self`.
    pub own: Option<&'a ResourceInstance>,
    /// Other instances of its resource that it may name, though the resource as a whole is not there yet.
    pub others: &'a [(ResourceInstance, Value)],
}

impl<'a> ModuleScope<'a> {
    /// The same for one instance of a repeating block.
    pub fn with_instance(self, instance: &'a Instance) -> Self {
        Self { instance: Some(instance), ..self }
    }

    /// The same with a value for `self`.
    pub fn with_this(self, this: &'a Value) -> Self {
        Self { this: Some(this), ..self }
    }

    /// The same with a value for `self` that its own address stands for as well.
    pub fn with_own(self, own: &'a ResourceInstance, this: &'a Value) -> Self {
        Self { this: Some(this), own: Some(own), ..self }
    }

    /// Evaluates an expression.
    pub fn eval(&self, expr: &Expr) -> (Value, Diagnostics) {
        eval(expr, self)
    }

    fn value(&self, node: Option<&usize>) -> Value {
        node.and_then(|n| self.walk.table.value(*n, self.module)).cloned().unwrap_or_else(Value::dynamic)
    }

    fn count_index(&self, span: Span) -> Result<Value, Diagnostic> {
        match self.instance {
            Some(Instance { unknown: Some(Unknown::Count), .. }) => Ok(Value::unknown(Type::Number)),
            Some(Instance { key: craton_model::addr::InstanceKey::Int(i), .. }) => Ok(Value::from(*i as i64)),
            _ => Err(Diagnostic::error(
                "Reference to \"count\" in non-counted context",
                "There is a count.index only inside of blocks that set the argument \"count\", and this one does not.",
            )
            .at(span)),
        }
    }

    fn each(&self, key: bool, span: Span) -> Result<Value, Diagnostic> {
        match self.instance {
            Some(Instance { unknown: Some(Unknown::Each), .. }) if key => Ok(Value::unknown(Type::String)),
            Some(Instance { unknown: Some(Unknown::Each), .. }) => Ok(Value::dynamic()),
            Some(Instance { each: Some(value), key: k, .. }) => {
                Ok(if key { k.to_value().unwrap_or_else(Value::dynamic) } else { value.clone() })
            }
            _ => Err(Diagnostic::error(
                "Reference to \"each\" in context without for_each",
                "There are each.key and each.value only inside of blocks that set the argument \"for_each\", and this one does not.",
            )
            .at(span)),
        }
    }

    fn subject(&self, r: &Reference) -> Result<(Value, usize), Diagnostic> {
        let value = match &r.subject {
            Subject::Variable(name) => self.value(self.index.variables.get(name)),
            Subject::Local(name) => self.value(self.index.locals.get(name)),
            Subject::Resource(addr, key) => {
                if let (Some(own), Some(this)) = (self.own, self.this)
                    && own.resource == *addr
                    && own.key == key.clone().unwrap_or(craton_model::addr::InstanceKey::None)
                {
                    return Ok((this.clone(), r.steps));
                }
                if let Some(key) = key
                    && let Some((_, other)) = self.others.iter().find(|(i, _)| i.resource == *addr && i.key == *key)
                {
                    return Ok((other.clone(), r.steps));
                }
                let value = self.value(self.index.resources.get(addr));
                return Ok((value, r.steps - usize::from(key.is_some())));
            }
            Subject::Module(name, key) => {
                let value = self.value(self.index.calls.get(name).map(|c| &c.value));
                return Ok((value, r.steps - usize::from(key.is_some())));
            }
            Subject::ModuleOutput(name, key, output) => {
                let Some(call) = self.index.calls.get(name) else { return Ok((Value::dynamic(), r.steps)) };
                if call.keyed && *key == craton_model::addr::InstanceKey::None {
                    return Ok((self.value(Some(&call.value)), r.steps - 1));
                }
                let Some(modules) = self.walk.table.modules(call.expand) else {
                    return Ok((Value::dynamic(), r.steps));
                };
                let repetition = modules.repetition.get(self.module);
                if repetition.is_some_and(|r| matches!(**r, Repetition::UnknownCount | Repetition::UnknownEach)) {
                    return Ok((Value::dynamic(), r.steps));
                }
                if repetition.is_some_and(|r| r.instance(key).is_none()) {
                    return Err(no_module_instance(name, key, r.span));
                }
                let child = self.module.child(name.clone(), key.clone());
                if let Some(given) = self.walk.overrides.module(&child) {
                    return Ok((overridden(given, output), r.steps));
                }
                let node = self.walk.graph.modules.get(&call.path).and_then(|m| m.outputs.get(output));
                node.and_then(|n| self.walk.table.value(*n, &child)).cloned().unwrap_or_else(Value::dynamic)
            }
            Subject::CountIndex => self.count_index(r.span)?,
            Subject::EachKey => self.each(true, r.span)?,
            Subject::EachValue => self.each(false, r.span)?,
            Subject::SelfObject => match self.this {
                Some(v) => v.clone(),
                None => {
                    return Err(Diagnostic::error(
                        "Invalid \"self\" reference",
                        "Only provisioners, connections and postconditions have a \"self\": the instance that they belong to.",
                    )
                    .at(r.span));
                }
            },
            Subject::Path(what) => self.walk.path(what, self.node),
            Subject::Terraform(what) if &**what == "workspace" => Value::string(self.walk.workspace.clone()),
            Subject::Terraform(_) => {
                let applying = Value::bool(self.walk.phase == Phase::Apply);
                applying.mark(craton_model::Marks::EPHEMERAL)
            }
        };
        Ok((value, r.steps))
    }
}

fn no_module_instance(name: &str, key: &craton_model::addr::InstanceKey, span: Span) -> Diagnostic {
    Diagnostic::error(
        "Invalid index",
        format!("There is no instance module.{name}{key}: its count or for_each does not give this key."),
    )
    .at(span)
}

impl Scope for ModuleScope<'_> {
    fn lookup(&self, reference: &Traversal) -> Result<(Value, usize), Diagnostics> {
        let r = Reference::parse(reference)?;
        Ok(self.subject(&r)?)
    }

    fn function(&self, name: &str) -> Option<FunctionRef> {
        let Some(rest) = name.strip_prefix("provider::") else { return self.walk.function(name) };
        let (local, name) = rest.split_once("::")?;
        // Only providers that the module requires by name can be called, the built-in one too.
        let provider = &self.node.module.required_providers.get(local)?.source;
        let own = self.walk.schemas.function(provider, name);
        own.or_else(|| match *provider == ProviderAddr::builtin() {
            true => self.walk.functions.get(&format!("provider::terraform::{name}")),
            false => None,
        })
    }

    fn function_names(&self) -> Vec<String> {
        self.walk.function_names()
    }

    fn environment(&self) -> &Environment {
        &self.walk.environment
    }
}

/// Turns the attribute that a provider's finding is about into a place in the body, as near to it
/// as the body shows, and else into the block's own place.
pub fn place(mut d: Diagnostic, body: Option<(&Body, Span)>, schema: &Block) -> Diagnostic {
    let Some((body, span)) = body else { return d };
    if d.subject.is_none() {
        let path = d.attribute.take();
        d.subject = path.as_ref().and_then(|p| find(body, schema, &p.0));
        if d.subject.is_none() {
            d.subject = Some(span);
            if let Some(path) = path {
                d.detail = format!("{}\n\nThis is about the attribute {path}.", d.detail).trim_start().to_owned();
            }
        }
    }
    d
}

/// The place of an attribute in a body.
fn find(body: &Body, schema: &Block, path: &[craton_model::Step]) -> Option<Span> {
    use craton_model::Step;
    let Some(Step::Attr(name)) = path.first() else { return None };
    if let Some(nested) = schema.blocks.get(name) {
        let (content, ..) = body.partial_content(&BodySchema::new().block(name, &[]));
        let index = match path.get(1) {
            Some(Step::Index(v)) => v.as_number().and_then(craton_model::Number::to_usize).unwrap_or(0),
            _ => 0,
        };
        let rest = if matches!(path.get(1), Some(Step::Index(_))) { 2 } else { 1 };
        let block = content.blocks.get(index)?;
        return find(&block.body, &nested.block, &path[rest..]).or(Some(block.span));
    }
    let (content, ..) = body.partial_content(&BodySchema::new().optional([&**name]));
    content.attributes.get(name).map(|a| a.expr.span())
}

/// As [`place`] for all findings, with the address of the resource.
pub fn placed(
    found: impl IntoIterator<Item = Diagnostic>,
    body: Option<(&Body, Span)>,
    schema: &Block,
    addr: &ResourceInstance,
) -> Diagnostics {
    found.into_iter().map(|d| place(d, body, schema).for_address(addr)).collect()
}
