//! What a reference in an expression refers to
//! (<https://developer.hashicorp.com/terraform/language/expressions/references>).

use craton_hcl::{IndexKey, Step, Traversal};
use craton_model::addr::{InstanceKey, Resource, ResourceMode};
use craton_model::{Diagnostic, Span, similar};
use std::sync::Arc;

/// A reference, split into what it refers to and the steps into the value of that.
#[derive(Clone, Debug)]
pub struct Reference {
    /// What it refers to.
    pub subject: Subject,
    /// The part that names the subject.
    pub span: Span,
    /// How many steps of the traversal the subject takes up; the rest lead into its value.
    pub steps: usize,
}

/// What can be referred to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// `var.NAME`
    Variable(Arc<str>),
    /// `local.NAME`
    Local(Arc<str>),
    /// `module.NAME`, all instances of it or one.
    Module(Arc<str>, Option<InstanceKey>),
    /// `module.NAME.OUTPUT` or `module.NAME[key].OUTPUT`.
    ModuleOutput(Arc<str>, InstanceKey, Arc<str>),
    /// `TYPE.NAME`, `data.TYPE.NAME`, `ephemeral.TYPE.NAME`, all instances of it or one.
    Resource(Resource, Option<InstanceKey>),
    /// `count.index`
    CountIndex,
    /// `each.key`
    EachKey,
    /// `each.value`
    EachValue,
    /// `self`
    SelfObject,
    /// `path.module`, `path.root`, `path.cwd`
    Path(Arc<str>),
    /// `terraform.workspace`, `terraform.applying`
    Terraform(Arc<str>),
}

impl Reference {
    /// Splits a traversal. The error says what a name of that kind must be followed by.
    pub fn parse(t: &Traversal) -> Result<Self, Diagnostic> {
        let root = &*t.root.name;
        match root {
            "var" => Ok(Self::new(t, 1, Subject::Variable(name(t, 0, "var", "the name of an input variable")?))),
            "local" => Ok(Self::new(t, 1, Subject::Local(name(t, 0, "local", "the name of a local value")?))),
            "module" => module(t),
            "data" => resource(t, ResourceMode::Data, 0),
            "ephemeral" => resource(t, ResourceMode::Ephemeral, 0),
            "resource" => resource(t, ResourceMode::Managed, 0),
            "count" => match &*name(t, 0, "count", "index")? {
                "index" => Ok(Self::new(t, 1, Subject::CountIndex)),
                other => Err(no_attribute(t, "count", other, &["index"])),
            },
            "each" => match &*name(t, 0, "each", "key or value")? {
                "key" => Ok(Self::new(t, 1, Subject::EachKey)),
                "value" => Ok(Self::new(t, 1, Subject::EachValue)),
                other => Err(no_attribute(t, "each", other, &["key", "value"])),
            },
            "self" => Ok(Self::new(t, 0, Subject::SelfObject)),
            "path" => {
                let attr = name(t, 0, "path", "module, root or cwd")?;
                match &*attr {
                    "module" | "root" | "cwd" => Ok(Self::new(t, 1, Subject::Path(attr))),
                    other => Err(no_attribute(t, "path", other, &["module", "root", "cwd"])),
                }
            }
            "terraform" => {
                let attr = name(t, 0, "terraform", "workspace")?;
                match &*attr {
                    "workspace" | "applying" => Ok(Self::new(t, 1, Subject::Terraform(attr))),
                    "env" => Err(Diagnostic::error(
                        "Invalid \"terraform\" attribute",
                        "terraform.env is now called terraform.workspace. Write that.",
                    )
                    .at(t.span)),
                    other => Err(no_attribute(t, "terraform", other, &["workspace", "applying"])),
                }
            }
            "template" | "lazy" | "arg" => Err(Diagnostic::error(
                "Reserved symbol name",
                format!("The name {root:?} is reserved for later use. A resource of a type of this name is referred to as resource.{root}."),
            )
            .at(t.root.span)),
            _ => resource(t, ResourceMode::Managed, usize::MAX),
        }
    }

    fn new(t: &Traversal, steps: usize, subject: Subject) -> Self {
        let last = steps.checked_sub(1).and_then(|i| t.steps.get(i)).map_or(t.root.span, Step::span);
        Self { subject, span: t.root.span.to(last), steps }
    }
}

fn name(t: &Traversal, at: usize, root: &str, what: &str) -> Result<Arc<str>, Diagnostic> {
    match t.steps.get(at) {
        Some(Step::Attr(id)) => Ok(id.name.clone()),
        other => {
            let detail = format!("The name {root:?} must be followed by a dot and {what}.");
            Err(Diagnostic::error("Invalid reference", detail).at(other.map_or(t.span, Step::span)).within(t.span))
        }
    }
}

fn no_attribute(t: &Traversal, root: &str, got: &str, known: &[&str]) -> Diagnostic {
    let hint = similar(got, known.iter().copied()).map(|n| format!(" Did you mean {root}.{n}?")).unwrap_or_default();
    let all: Vec<String> = known.iter().map(|n| format!("{root}.{n}")).collect();
    let detail = format!("There is no {root}.{got}.{hint} What there is: {}.", all.join(", "));
    Diagnostic::error(format!("Invalid \"{root}\" attribute"), detail).at(t.steps.first().map_or(t.span, Step::span))
}

/// A constant index as an instance key; `None` if the step is none.
pub fn instance_key(step: Option<&Step>) -> Option<InstanceKey> {
    match step? {
        Step::Index(IndexKey::Number(n), _) => n.parse().ok().map(InstanceKey::Int),
        Step::Index(IndexKey::String(s), _) => Some(InstanceKey::Str(s.clone())),
        Step::Attr(_) => None,
    }
}

fn module(t: &Traversal) -> Result<Reference, Diagnostic> {
    let call = name(t, 0, "module", "the name of a module call")?;
    let key = instance_key(t.steps.get(1));
    let at = 1 + usize::from(key.is_some());
    let parsed = match t.steps.get(at) {
        Some(Step::Attr(output)) => {
            let subject = Subject::ModuleOutput(call, key.unwrap_or_default(), output.name.clone());
            Reference::new(t, at + 1, subject)
        }
        _ => Reference::new(t, at, Subject::Module(call, key)),
    };
    Ok(parsed)
}

/// `first` is the step that holds the type; `usize::MAX` where the root itself is the type.
fn resource(t: &Traversal, mode: ResourceMode, first: usize) -> Result<Reference, Diagnostic> {
    let (r#type, at) = match (first, t.steps.get(first)) {
        (usize::MAX, _) => (t.root.name.clone(), 0),
        (_, Some(Step::Attr(id))) => (id.name.clone(), first + 1),
        _ => return Err(incomplete(t, mode)),
    };
    let Some(Step::Attr(name)) = t.steps.get(at) else { return Err(incomplete(t, mode)) };
    let key = instance_key(t.steps.get(at + 1));
    let steps = at + 1 + usize::from(key.is_some());
    let resource = Resource { mode, r#type, name: name.name.clone() };
    Ok(Reference::new(t, steps, Subject::Resource(resource, key)))
}

fn incomplete(t: &Traversal, mode: ResourceMode) -> Diagnostic {
    let detail = match mode {
        ResourceMode::Managed => {
            "A reference to a resource is its type and its name with a dot between them, such as aws_vpc.main."
        }
        ResourceMode::Data => {
            "A reference to a data source is data, its type and its name with dots between them, such as data.aws_region.current."
        }
        ResourceMode::Ephemeral => {
            "A reference to an ephemeral resource is ephemeral, its type and its name with dots between them."
        }
    };
    Diagnostic::error("Invalid reference", detail).at(t.span)
}
