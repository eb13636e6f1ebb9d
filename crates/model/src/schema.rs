//! What providers say about their configuration, resource types and data sources.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::types::Type;
use crate::value::{Data, Value};

/// A block: attributes and nested blocks.
#[derive(Debug, Default)]
pub struct Block {
    /// Attributes by name.
    pub attributes: BTreeMap<Arc<str>, Attribute>,
    /// Nested block types by name.
    pub blocks: BTreeMap<Arc<str>, NestedBlock>,
    /// What it is for, plain text; may be empty.
    pub description: String,
    /// Deprecated as a whole.
    pub deprecated: bool,
    implied: OnceLock<Type>,
}

/// An attribute.
#[derive(Clone, Debug, Default)]
pub struct Attribute {
    /// Its type; for nested attributes the object type (or collection of it) they imply.
    pub ty: AttributeType,
    /// Must be given.
    pub required: bool,
    /// May be given.
    pub optional: bool,
    /// The provider may set it.
    pub computed: bool,
    /// Not shown to people.
    pub sensitive: bool,
    /// Passed to the provider, kept nowhere.
    pub write_only: bool,
    /// Why not to use it any more.
    pub deprecated: Option<String>,
    /// What it is for, plain text; may be empty.
    pub description: String,
}

/// How an attribute's type is declared.
#[derive(Clone, Debug)]
pub enum AttributeType {
    /// A type.
    Plain(Type),
    /// Attributes of its own (plugin protocol 6).
    Nested(Nesting, Arc<BTreeMap<Arc<str>, Attribute>>),
}

impl Default for AttributeType {
    fn default() -> Self {
        AttributeType::Plain(Type::Dynamic)
    }
}

/// How often a nested block may stand, and what collection that makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// At most once: an object or null.
    Single,
    /// At most once: an object whose attributes are null where the block is absent.
    Group,
    /// Many, in order.
    List,
    /// Many, unordered.
    Set,
    /// Many, by label.
    Map,
}

/// A nested block type.
#[derive(Clone, Debug)]
pub struct NestedBlock {
    /// How it nests.
    pub nesting: Nesting,
    /// What is in it.
    pub block: Arc<Block>,
    /// How many there must be at least.
    pub min_items: usize,
    /// How many there may be at most; 0: any number.
    pub max_items: usize,
}

/// The schema of a resource type, data source or provider configuration.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Version of the stored form; state of an older one is upgraded.
    pub version: u64,
    /// The block.
    pub block: Arc<Block>,
}

/// A function that a provider defines.
#[derive(Clone, Debug)]
pub struct FunctionSignature {
    /// Parameter names and types, in order.
    pub parameters: Vec<(Arc<str>, Type)>,
    /// The parameter that takes all further arguments.
    pub variadic: Option<(Arc<str>, Type)>,
    /// What it returns.
    pub returns: Type,
    /// One line on what it does.
    pub summary: String,
}

/// Everything a provider serves.
#[derive(Clone, Debug)]
pub struct ProviderSchema {
    /// The `provider` block.
    pub provider: Schema,
    /// Managed resource types by name.
    pub resources: BTreeMap<Arc<str>, Schema>,
    /// Data sources by name.
    pub data_sources: BTreeMap<Arc<str>, Schema>,
    /// Ephemeral resource types by name.
    pub ephemeral: BTreeMap<Arc<str>, Schema>,
    /// Functions by name.
    pub functions: BTreeMap<Arc<str>, FunctionSignature>,
}

impl Attribute {
    /// The type of its value.
    pub fn value_type(&self) -> Type {
        match &self.ty {
            AttributeType::Plain(ty) => ty.clone(),
            AttributeType::Nested(nesting, attributes) => {
                let object = Type::object(attributes.iter().map(|(k, a)| (k.clone(), a.value_type())));
                nesting.collection(object)
            }
        }
    }
}

impl Nesting {
    /// The type of a block (or nested attribute) of this nesting whose content has type `object`.
    pub fn collection(self, object: Type) -> Type {
        match self {
            Nesting::Single | Nesting::Group => object,
            Nesting::List if object.has_dynamic() => Type::Dynamic,
            Nesting::Map if object.has_dynamic() => Type::Dynamic,
            Nesting::List => Type::list(object),
            Nesting::Set => Type::set(object),
            Nesting::Map => Type::map(object),
        }
    }
}

impl Block {
    /// A block of these attributes and nested blocks.
    pub fn new(attributes: BTreeMap<Arc<str>, Attribute>, blocks: BTreeMap<Arc<str>, NestedBlock>) -> Self {
        Self { attributes, blocks, ..Self::default() }
    }

    /// The object type of a value of this block; made once, so that all values share it.
    pub fn implied_type(&self) -> &Type {
        self.implied.get_or_init(|| {
            let attributes = self.attributes.iter().map(|(k, a)| (k.clone(), a.value_type()));
            let blocks =
                self.blocks.iter().map(|(k, b)| (k.clone(), b.nesting.collection(b.block.implied_type().clone())));
            Type::object(attributes.chain(blocks))
        })
    }

    /// The value of a block in which nothing is written: attributes null, block collections empty.
    pub fn empty_value(&self) -> Value {
        let attributes = self.attributes.iter().map(|(k, a)| (k.clone(), Value::null(a.value_type())));
        let blocks = self.blocks.iter().map(|(k, b)| (k.clone(), b.empty_value()));
        Value::with_type(self.implied_type().clone(), Data::Map(attributes.chain(blocks).collect()))
    }

    /// Whether anything in it is sensitive by schema.
    pub fn has_sensitive(&self) -> bool {
        self.attributes
            .values()
            .any(|a| a.sensitive || matches!(&a.ty, AttributeType::Nested(_, n) if n.values().any(|a| a.sensitive)))
            || self.blocks.values().any(|b| b.block.has_sensitive())
    }
}

impl NestedBlock {
    /// The value where no such block is written.
    pub fn empty_value(&self) -> Value {
        let object = self.block.implied_type();
        match self.nesting {
            Nesting::Single => Value::null(object.clone()),
            Nesting::Group => self.block.empty_value(),
            Nesting::List if object.has_dynamic() => Value::tuple([]),
            Nesting::List => Value::list(object.clone(), []),
            Nesting::Set => Value::set(object.clone(), []),
            Nesting::Map if object.has_dynamic() => Value::object::<&str>([]),
            Nesting::Map => Value::map::<&str>(object.clone(), []),
        }
    }
}
