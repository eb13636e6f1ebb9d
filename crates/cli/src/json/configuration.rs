//! The configuration as plans carry it in `show -json`.

use craton_config::ModuleTree;
use serde_json::{Value as Json, json};

use super::Schemas;

/// The module tree: expressions by their constant or their references.
pub fn render(_: &ModuleTree, _: &Schemas) -> Json {
    json!({})
}
