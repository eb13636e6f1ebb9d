//! What a body says, whatever its places and white space: for comparing what was read before and after formatting.

use std::fmt::Write as _;

use craton_hcl::{Body, Expr, ExprKind, NativeBody};

/// The text of a body of the native syntax. Old spellings that formatting replaces come out as the new ones.
pub fn of_body(body: &Body) -> String {
    let mut out = String::new();
    if let Some(native) = body.as_native() {
        write_body(native, &mut Vec::new(), &mut out);
    }
    out
}

fn write_body(body: &NativeBody, around: &mut Vec<String>, out: &mut String) {
    for attribute in &body.attributes {
        out.push_str(&attribute.name);
        out.push('=');
        // `type = "string"` is respelt `string`.
        if around.len() == 1 && around[0] == "variable" && &*attribute.name == "type" {
            out.push_str("type");
        } else {
            write_expr(without_wrapping(&attribute.expr), out);
        }
        out.push(';');
    }
    for block in &body.blocks {
        let _ = write!(out, "{}", block.kind);
        block.labels.iter().for_each(|l| {
            let _ = write!(out, " {:?}", l.name);
        });
        out.push('{');
        around.push(block.kind.to_string());
        if let Some(inner) = block.body.as_native() {
            write_body(inner, around, out);
        }
        around.pop();
        out.push('}');
    }
}

/// `"${x}"` as the value of an argument means `x`, which may then need parentheses.
fn without_wrapping(expr: &Expr) -> &Expr {
    match expr.kind() {
        ExprKind::Interpolation(inner) | ExprKind::Paren(inner) => without_wrapping(inner),
        _ => expr,
    }
}

fn write_expr(expr: &Expr, out: &mut String) {
    match expr.kind() {
        ExprKind::Invalid => out.push_str("invalid"),
        ExprKind::Literal(l) => {
            let _ = write!(out, "{l:?}");
        }
        ExprKind::Traversal(t) => {
            let _ = write!(out, "{t}");
        }
        ExprKind::RelativeTraversal { steps, .. } => {
            out.push_str("steps");
            for step in steps {
                match step {
                    craton_hcl::Step::Attr(name) => {
                        let _ = write!(out, ".{}", name.name);
                    }
                    craton_hcl::Step::Index(key, _) => {
                        let _ = write!(out, "[{key:?}]");
                    }
                }
            }
        }
        ExprKind::Splat { full, .. } => {
            let _ = write!(out, "splat {full}");
        }
        ExprKind::Call(call) => {
            let _ = write!(out, "call {} {}", call.name, call.expand);
        }
        ExprKind::Binary { op, .. } => {
            let _ = write!(out, "{op:?}");
        }
        ExprKind::Unary { op, .. } => {
            let _ = write!(out, "{op:?}");
        }
        ExprKind::For(e) => {
            let key = e.key_name.as_ref().map(|k| &k.name);
            let _ = write!(out, "for {key:?} {} {}", e.value_name.name, e.group);
        }
        ExprKind::Template(_) => out.push_str("template"),
        ExprKind::Interpolation(_) => out.push_str("interpolation"),
        ExprKind::TemplateFor(_) => out.push_str("template for"),
        ExprKind::Index { .. } => out.push_str("index"),
        ExprKind::SplatItem => out.push_str("item"),
        ExprKind::Conditional { .. } => out.push_str("if"),
        ExprKind::Tuple(_) => out.push_str("tuple"),
        ExprKind::Object(_) => out.push_str("object"),
        ExprKind::Paren(_) => out.push_str("paren"),
        ExprKind::JsonString(s) => {
            let _ = write!(out, "{:?}", s.text);
        }
    }
    out.push('(');
    expr.kind().each_part(&mut |part| {
        write_expr(part, out);
        out.push(' ');
    });
    out.push(')');
}
