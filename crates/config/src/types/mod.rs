//! Type constraints (<https://developer.hashicorp.com/terraform/language/expressions/type-constraints>).

mod defaults;
mod parse;

pub use defaults::Defaults;
pub use parse::parse_type;
