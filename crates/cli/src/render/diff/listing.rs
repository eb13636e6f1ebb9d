//! Values without any change: what `show` and `state show` print.

use craton_model::schema::Block;
use craton_model::{Path, Value};

use super::Diff;

impl Diff<'_> {
    /// The attributes and blocks of an object without any sign: what is, not what changes. They stand in column
    /// `indent`.
    pub fn listing(&mut self, indent: usize, v: &Value, block: &Block, path: &Path) {
        let null = Value::null(v.ty().clone());
        let signs = std::mem::replace(&mut self.signs, false);
        self.body(indent - 2, &null, v, block, path);
        self.signs = signs;
    }
}
