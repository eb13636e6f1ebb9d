//! A change while it is carried out.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::decl::Resource;
use crate::obj::Obj;

/// One object on its way from `prior` to `state`.
pub struct Work {
    /// The declaration.
    pub resource: &'static Resource,
    /// The object before; without values for a creation.
    pub prior: Obj,
    /// The object as planned, with null where only AWS can tell; for a deletion the object before. Its id is what
    /// says that something exists.
    pub state: Obj,
    /// The configuration.
    pub config: Obj,
    /// Names of the attributes that change.
    pub changed: BTreeSet<String>,
    /// How long all of it may take.
    pub limit: Duration,
    /// Whether the object is being created.
    pub creating: bool,
}

impl Work {
    /// Whether an attribute changes.
    pub fn changes(&self, name: &str) -> bool {
        self.changed.contains(name)
    }

    /// Whether one of these changes.
    pub fn changes_any(&self, names: &[&str]) -> bool {
        names.iter().any(|n| self.changed.contains(*n))
    }
}
