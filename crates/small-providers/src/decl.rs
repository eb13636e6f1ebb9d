//! How a resource type or data source is declared: its attributes as rows, its behaviour as a trait.

use async_trait::async_trait;
use craton_model::schema::FunctionSignature;
use craton_model::{Diagnostic, Diagnostics, Path, Value};
use serde_json::{Map, Value as Json};

use crate::cx::Cx;
use crate::obj::Obj;
use crate::plan::Change;

/// The type of an attribute.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Whole,
    /// A bool.
    Flag,
    /// A list of texts.
    Texts,
    /// A map of texts.
    TextMap,
    /// A list of objects with these attributes.
    Objects(&'static [(&'static str, Kind)]),
}

/// What stands in for an argument that is left out.
#[derive(Clone, Copy, Debug)]
pub enum Fixed {
    /// Text.
    Text(&'static str),
    /// A whole number.
    Whole(i64),
    /// A bool.
    Flag(bool),
}

/// When another value asks for another object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Replace {
    /// Never.
    No,
    /// Whenever it differs.
    Changed,
    /// When a map's values differ other than by entries that are null.
    ValuesChanged,
    /// When it differs, unless empty text becomes null.
    ChangedButForEmpty,
    /// When it differs and what the state holds is written as PEM (older states hold a hash in its place).
    PemChanged,
}

/// What an argument's value must hold to.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// A number of at least this.
    AtLeast(i64),
    /// One of these; of a list, each of its texts.
    OneOf(&'static [&'static str]),
    /// Not empty; of a list, each of its texts.
    NotEmpty,
    /// Whatever this says of text; the error is a clause such as "is no date".
    Text(fn(&str) -> Result<(), String>),
}

/// An attribute.
#[derive(Clone, Copy, Debug)]
pub struct Attr {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Must be given.
    pub required: bool,
    /// May be given.
    pub optional: bool,
    /// The provider may set it.
    pub computed: bool,
    /// Not shown to people.
    pub sensitive: bool,
    /// Why not to use it any more.
    pub deprecated: Option<&'static str>,
    /// What stands in for it.
    pub default: Option<Fixed>,
    /// Keeps its value whatever else changes.
    pub keeps: bool,
    /// When another value needs another object.
    pub replace: Replace,
    /// What its value must hold to.
    pub check: Option<Check>,
}

impl Attr {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            required: false,
            optional: false,
            computed: false,
            sensitive: false,
            deprecated: None,
            default: None,
            keeps: false,
            replace: Replace::No,
            check: None,
        }
    }

    /// One that must be given.
    pub const fn required(name: &'static str, kind: Kind) -> Self {
        Self { required: true, ..Self::new(name, kind) }
    }

    /// One that may be given.
    pub const fn optional(name: &'static str, kind: Kind) -> Self {
        Self { optional: true, ..Self::new(name, kind) }
    }

    /// One that the provider sets.
    pub const fn computed(name: &'static str, kind: Kind) -> Self {
        Self { computed: true, ..Self::new(name, kind) }
    }

    /// One that may be given and is otherwise set by the provider.
    pub const fn either(name: &'static str, kind: Kind) -> Self {
        Self { optional: true, computed: true, ..Self::new(name, kind) }
    }

    /// One that may be given and otherwise has this value.
    pub const fn defaulted(name: &'static str, kind: Kind, value: Fixed) -> Self {
        Self { default: Some(value), ..Self::either(name, kind) }
    }

    /// Keeps its value whatever else changes.
    pub const fn kept(self) -> Self {
        Self { keeps: true, ..self }
    }

    /// Is not shown to people.
    pub const fn secret(self) -> Self {
        Self { sensitive: true, ..self }
    }

    /// Is not to be used any more.
    pub const fn deprecated(self, why: &'static str) -> Self {
        Self { deprecated: Some(why), ..self }
    }

    /// Another value needs another object.
    pub const fn replaces(self) -> Self {
        self.replaces_when(Replace::Changed)
    }

    /// Another value needs another object, in these cases.
    pub const fn replaces_when(self, replace: Replace) -> Self {
        Self { replace, ..self }
    }

    /// Its value is checked.
    pub const fn checked(self, check: Check) -> Self {
        Self { check: Some(check), ..self }
    }
}

/// A nested block.
#[derive(Clone, Copy, Debug)]
pub struct Nested {
    /// Its name.
    pub name: &'static str,
    /// At most once, as an object; otherwise any number, as a list.
    pub single: bool,
    /// How many there must be.
    pub min: usize,
    /// How many there may be; 0: any number.
    pub max: usize,
    /// What is in it.
    pub attrs: &'static [Attr],
    /// Other blocks need another object.
    pub replaces: bool,
}

/// What an operation gives.
pub type Outcome = Result<(), Diagnostics>;

/// An error about no attribute in particular.
///
/// # Errors
/// Always.
pub fn fail<T>(summary: &str, detail: impl Into<String>) -> Result<T, Diagnostics> {
    Err(Diagnostic::error(summary, detail).into())
}

/// An error about an attribute.
///
/// # Errors
/// Always.
pub fn fail_at<T>(name: &'static str, summary: &str, detail: impl Into<String>) -> Result<T, Diagnostics> {
    Err(Diagnostic::error(summary, detail).on_attribute(Path::attr(name)).into())
}

/// A resource type.
#[async_trait]
pub trait Resource: Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// The version of its stored form.
    fn version(&self) -> u64 {
        0
    }

    /// Its attributes.
    fn attrs(&self) -> &'static [Attr];

    /// Its nested blocks.
    fn blocks(&self) -> &'static [Nested] {
        &[]
    }

    /// Not to be used any more.
    fn deprecated(&self) -> bool {
        false
    }

    /// Checks what the attributes' own rules do not say (unknown values possible).
    fn validate(&self, _config: &Obj, _found: &mut Diagnostics) {}

    /// Adds to a plan what the attributes' own rules do not say.
    ///
    /// # Errors
    /// There can be no plan.
    fn plan(&self, _cx: &Cx, _change: &mut Change) -> Outcome {
        Ok(())
    }

    /// Makes the object: fills in what is not known yet.
    ///
    /// # Errors
    /// It was not made.
    async fn create(&self, cx: &Cx, object: &mut Obj) -> Outcome;

    /// Reads the object; `false` when it is gone.
    ///
    /// # Errors
    /// It cannot be read.
    async fn read(&self, _cx: &Cx, _object: &mut Obj) -> Result<bool, Diagnostics> {
        Ok(true)
    }

    /// Changes the object in place: fills in what is not known yet.
    ///
    /// # Errors
    /// It was not changed.
    async fn update(&self, _cx: &Cx, _prior: &Obj, _object: &mut Obj) -> Outcome {
        Ok(())
    }

    /// Takes the object away.
    ///
    /// # Errors
    /// It is still there.
    async fn delete(&self, _cx: &Cx, _object: &Obj) -> Outcome {
        Ok(())
    }

    /// Makes an object that exists already from the id that people give for it.
    ///
    /// # Errors
    /// The id does not say which, or the type has no import.
    fn import(&self, _cx: &Cx, _id: &str, _object: &mut Obj) -> Outcome {
        fail(
            "Import is not supported",
            format!("Objects of the type {:?} live in the state alone and cannot be imported.", self.name()),
        )
    }

    /// Brings stored attributes of an older version to this one's. What the schema does not have is dropped afterwards,
    /// and what is missing becomes null.
    ///
    /// # Errors
    /// They do not hold what is needed.
    fn upgrade(&self, _from: u64, _attributes: &mut Map<String, Json>) -> Outcome {
        Ok(())
    }
}

/// A data source.
#[async_trait]
pub trait DataSource: Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Its attributes.
    fn attrs(&self) -> &'static [Attr];

    /// Its nested blocks.
    fn blocks(&self) -> &'static [Nested] {
        &[]
    }

    /// Not to be used any more.
    fn deprecated(&self) -> bool {
        false
    }

    /// Checks what the attributes' own rules do not say (unknown values possible).
    fn validate(&self, _config: &Obj, _found: &mut Diagnostics) {}

    /// Fills in what it gives.
    ///
    /// # Errors
    /// It cannot be read.
    async fn read(&self, cx: &Cx, object: &mut Obj) -> Outcome;
}

/// A function.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What it takes and gives.
    pub signature: fn() -> FunctionSignature,
    /// Calls it with known arguments.
    pub call: fn(&Cx, &[Value]) -> Called,
}

/// What a function gives, or which argument (from 0) is wrong and why.
pub type Called = Result<Value, (Option<usize>, String)>;

/// A provider.
pub struct Declaration {
    /// Its type: the last part of its source address.
    pub name: &'static str,
    /// The version of the published provider whose schemas and state it serves.
    pub version: &'static str,
    /// The releases there are of it, as a version constraint (its tags are the source).
    pub known: &'static str,
    /// The nested blocks of its own configuration.
    pub config: &'static [Nested],
    /// Checks its own configuration.
    pub validate: fn(&Obj, &mut Diagnostics),
    /// Its resource types.
    pub resources: &'static [&'static dyn Resource],
    /// Its data sources.
    pub data: &'static [&'static dyn DataSource],
    /// Its functions.
    pub functions: &'static [Function],
}

impl Declaration {
    /// One without anything.
    pub const fn new(name: &'static str, version: &'static str, known: &'static str) -> Self {
        Self { name, version, known, config: &[], validate: |_, _| {}, resources: &[], data: &[], functions: &[] }
    }
}
