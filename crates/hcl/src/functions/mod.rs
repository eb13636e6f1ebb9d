//! The functions of the language, one file per family:
//! <https://developer.hashicorp.com/terraform/language/functions>.

mod charset;
mod console;
mod conversion;
mod csv;
mod datetime;
mod deflate;
mod encoding;
mod filesystem;
mod format;
mod glob;
mod gzip;
mod hash;
mod huffman;
mod json;
mod mapping;
mod network;
mod numeric;
mod regex;
mod sequence;
mod string;
mod support;
mod template;
mod yaml;
mod yaml_encode;

pub use console::type_text;
pub(crate) use support::{MAX_TEXT, text_of};

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::function::{Function, FunctionRef};

type Table = BTreeMap<String, FunctionRef>;

/// All functions by name, also by their names in the namespace `core::`.
fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let families = [
            numeric::functions(),
            string::functions(),
            format::functions(),
            sequence::functions(),
            mapping::functions(),
            encoding::functions(),
            gzip::functions(),
            yaml::functions(),
            datetime::functions(),
            json::functions(),
            filesystem::functions(),
            template::functions(),
            hash::functions(),
            network::functions(),
            conversion::functions(),
            removed(),
        ];
        let mut table = Table::new();
        for f in families.into_iter().flatten() {
            let f = Arc::new(f);
            table.insert(format!("core::{}", f.name), Arc::clone(&f));
            table.insert(f.name.to_string(), f);
        }
        for f in crate::tfvars::functions() {
            table.insert(format!("provider::terraform::{}", f.name), Arc::new(f));
        }
        table
    })
}

/// The function of this name, with or without `core::` before it.
pub fn function(name: &str) -> Option<FunctionRef> {
    table().get(name).cloned()
}

/// The names of all functions in order, without those in a namespace.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    table().keys().map(String::as_str).filter(|name| !name.contains("::"))
}

/// Whether a function is known only to say what took its place.
pub fn is_removed(name: &str) -> bool {
    matches!(name, "list" | "map")
}

/// Functions of old that are still known, to say what to use instead.
fn removed() -> Vec<Function> {
    use support::{Type, fail, param};
    let gone = |name: &'static str, instead: &'static str| {
        Function::new(name, "No longer available.")
            .variadic(param("vals", Type::Dynamic).null().unknown().dynamic())
            .run(move |_, _| fail(format!("the function {name} is no longer available; use {instead} instead")))
    };
    vec![gone("list", "tolist([ ... ])"), gone("map", "tomap({ ... })")]
}
