//! What an expression refers to.

use crate::ast::{Expr, ExprKind, ObjectItem, Traversal};
use std::sync::Arc;

impl Expr {
    /// The references in the expression, in written order, without those to the names that `for` expressions in it define.
    /// References inside of indexes are listed beside the one that is indexed. Cost linear in the expression (times the
    /// depth of `for` names in scope).
    pub fn variables(&self) -> Vec<&Traversal> {
        let mut found = Vec::new();
        self.visit_variables(&mut |t| found.push(t));
        found
    }

    /// Calls `f` with each reference that [`Expr::variables`] would list.
    pub fn visit_variables<'a>(&'a self, f: &mut dyn FnMut(&'a Traversal)) {
        visit(self, &mut Vec::new(), f);
    }

    /// Calls `f` with each function call in the expression, outer ones first.
    pub fn visit_calls<'a>(&'a self, f: &mut dyn FnMut(&'a crate::ast::Call)) {
        if let ExprKind::Call(call) = self.kind() {
            f(call);
        }
        if let ExprKind::JsonString(s) = self.kind() {
            s.template(self.span());
        }
        self.kind().each_part(&mut |part| part.visit_calls(f));
    }
}

fn visit<'a>(expr: &'a Expr, locals: &mut Vec<&'a Arc<str>>, f: &mut dyn FnMut(&'a Traversal)) {
    match expr.kind() {
        ExprKind::Traversal(t) => {
            if !locals.iter().any(|name| **name == t.root.name) {
                f(t);
            }
        }
        ExprKind::For(e) => {
            visit(&e.collection, locals, f);
            let outer = locals.len();
            locals.extend(e.key_name.iter().map(|n| &n.name));
            locals.push(&e.value_name.name);
            for part in e.key.iter().chain([&e.value]).chain(&e.condition) {
                visit(part, locals, f);
            }
            locals.truncate(outer);
        }
        ExprKind::Object(items) => {
            for item in items {
                // A bare name as key is the name itself.
                if item.literal_key().is_none() {
                    visit(&item.key, locals, f);
                }
                visit(&item.value, locals, f);
            }
        }
        ExprKind::JsonString(s) => visit(&s.template(expr.span()).0, locals, f),
        kind => kind.each_part(&mut |part| visit(part, locals, f)),
    }
}

impl ObjectItem {
    /// The references in key and value.
    pub fn variables(&self) -> Vec<&Traversal> {
        let mut found = if self.literal_key().is_some() { Vec::new() } else { self.key.variables() };
        found.extend(self.value.variables());
        found
    }
}
