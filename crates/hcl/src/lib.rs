//! The HashiCorp configuration language: text to tree to value.
//!
//! **Takes** source text and a scope.
//! **Gives** a syntax tree with spans, values, formatted text, diagnostics.
//! **Never** knows the word resource, reads state, or calls back into a planner.

pub mod ast;
mod body;
mod decode;
mod dynblock;
pub mod eval;
pub mod fmt;
pub mod function;
pub mod functions;
pub mod json;
mod lexer;
mod parser;
mod references;
mod scope;
mod statics;
pub mod tfvars;
pub mod token;
mod write;

pub use ast::{Expr, ExprKind, Ident, IndexKey, Literal, ObjectItem, Step, Traversal, quoted};
pub use body::{Attribute, Block, Body, BodySchema, Content, NativeBody};
pub use decode::{body_references, decode_body};
pub use dynblock::NameScope;
pub use eval::{describe, eval, eval_constant, get_attribute, index, take_steps, too_large, values_of};
pub use function::{Argument, CallContext, Function, FunctionError, FunctionRef, Param, not_null};
pub use lexer::{is_identifier, lex, lex_template};
pub use parser::{parse_expression, parse_file, parse_template, parse_traversal};
pub use scope::{Disk, Environment, Files, Scope};
pub use write::{assignments_text, expression_text, object_key};
