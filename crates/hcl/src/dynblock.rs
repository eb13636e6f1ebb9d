//! `dynamic` blocks: one block per element of a collection.

use crate::ast::{Expr, Ident, Traversal};
use crate::body::{Attribute, Block, Body, BodySchema};
use crate::eval::eval;
use crate::function::FunctionRef;
use crate::scope::{Environment, Scope};
use craton_model::{Data, Diagnostic, Diagnostics, Marks, Type, Value, convert};
use std::sync::Arc;

/// A scope with one more name in it: the iterator of a dynamic block, or `each`, `self` and the like.
pub struct NameScope<'a> {
    /// Answers everything else.
    pub outer: &'a dyn Scope,
    /// The name.
    pub name: Arc<str>,
    /// What it stands for.
    pub value: Value,
}

impl Scope for NameScope<'_> {
    fn lookup(&self, reference: &Traversal) -> Result<(Value, usize), Diagnostics> {
        if reference.root.name == self.name { Ok((self.value.clone(), 0)) } else { self.outer.lookup(reference) }
    }

    fn function(&self, name: &str) -> Option<FunctionRef> {
        self.outer.function(name)
    }

    fn function_names(&self) -> Vec<String> {
        self.outer.function_names()
    }

    fn environment(&self) -> &Environment {
        self.outer.environment()
    }

    fn template_depth(&self) -> u32 {
        self.outer.template_depth()
    }
}

/// A `dynamic` block, taken apart.
pub(crate) struct Dynamic {
    /// The type of the blocks that it makes.
    pub kind: Ident,
    pub for_each: Attribute,
    /// The name that stands for the current element: `key` and `value` are its attributes.
    pub iterator: Arc<str>,
    /// The label expressions of the blocks that it makes.
    pub labels: Vec<Expr>,
    pub content: Body,
}

impl Dynamic {
    /// Takes a block of type `dynamic` (one label) apart. `None` if something is missing, which is reported.
    pub fn read(block: &Block, diags: &mut Diagnostics) -> Option<Dynamic> {
        let kind = block.labels.first()?.clone();
        let schema = BodySchema::new().required("for_each").optional(["iterator", "labels"]).block("content", &[]);
        let (mut content, problems) = block.body.content(&schema);
        let failed = problems.has_errors();
        diags.extend(problems);
        let body = match content.single_block("content", diags) {
            Some(block) => Some(block.body.clone()),
            None => {
                let detail = format!(
                    "A dynamic block needs a nested block \"content\", which holds what each {:?} block is to hold. Add it.",
                    kind.name
                );
                diags.push(
                    Diagnostic::error("Missing dynamic content block", detail).at(content.missing).within(block.span),
                );
                None
            }
        };
        let iterator = match content.expr("iterator") {
            None => kind.name.clone(),
            Some(expr) => match expr.as_keyword() {
                Some(name) => Arc::from(name),
                None => {
                    let detail =
                        "The iterator is a name to use in the content block. Write a single name without quotes.";
                    diags.push(Diagnostic::error("Invalid expression", detail).at(expr.span()));
                    return None;
                }
            },
        };
        let labels = match content.expr("labels") {
            None => Vec::new(),
            Some(expr) => diags.keep(expr.static_list().map(<[Expr]>::to_vec))?,
        };
        let for_each = content.attributes.swap_remove("for_each")?;
        if failed {
            return None;
        }
        Some(Dynamic { kind, for_each, iterator, labels, content: body? })
    }

    /// The elements: key and value of each and the marks of the collection. `Ok(None)` if they are not known yet.
    #[allow(clippy::type_complexity)]
    pub fn elements(
        &self,
        scope: &dyn Scope,
        diags: &mut Diagnostics,
    ) -> Result<(Option<Vec<(Value, Value)>>, Marks), ()> {
        const INVALID: &str = "Invalid dynamic for_each value";
        let expr = &self.for_each.expr;
        let (value, problems) = eval(expr, scope);
        let failed = problems.has_errors();
        diags.extend(problems);
        if failed {
            return Err(());
        }
        let (value, marks) = value.unmark();
        if value.is_null() {
            let detail = "The value of for_each is null. Give an empty list where no block is wanted.";
            diags.push(Diagnostic::error(INVALID, detail).at(expr.span()).within(self.for_each.span));
            return Err(());
        }
        if *value.ty() != Type::Dynamic && !crate::eval::is_iterable(value.ty()) {
            let detail =
                format!("A {} cannot be gone through. A list, set, map or object is required.", value.ty().friendly());
            diags.push(Diagnostic::error(INVALID, detail).at(expr.span()).within(self.for_each.span));
            return Err(());
        }
        Ok((crate::eval::elements(&value), marks))
    }

    /// The scope in which the content of one element is evaluated.
    pub fn scope<'a>(&self, outer: &'a dyn Scope, key: Value, value: Value) -> NameScope<'a> {
        NameScope { outer, name: self.iterator.clone(), value: Value::object([("key", key), ("value", value)]) }
    }

    /// The label of the block made for an element, where its type has one.
    pub fn label(&self, scope: &dyn Scope, diags: &mut Diagnostics) -> Option<Arc<str>> {
        const INVALID: &str = "Invalid dynamic block label";
        let Some(expr) = self.labels.first() else {
            let detail = format!(
                "Blocks of type {:?} have a label. Set \"labels\" to a list with one expression.",
                self.kind.name
            );
            diags.push(Diagnostic::error("Insufficient dynamic block labels", detail).at(self.kind.span));
            return None;
        };
        let (value, problems) = eval(expr, scope);
        let failed = problems.has_errors();
        diags.extend(problems);
        if failed {
            return None;
        }
        let why = match convert(&value.unmark().0, &Type::String) {
            Ok(value) => match value.data() {
                Data::String(s) => return Some(s.clone()),
                Data::Null => "it is null".to_owned(),
                _ => "its value is known only after apply, and labels must be known when planning".to_owned(),
            },
            Err(e) => e.to_string(),
        };
        diags.push(Diagnostic::error(INVALID, format!("This cannot be a label: {why}.")).at(expr.span()));
        None
    }
}
