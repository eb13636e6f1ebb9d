//! What only `console` offers: <https://developer.hashicorp.com/terraform/language/functions/type>.

use craton_model::Type;

/// What the console shows for a call of `type` on a value of this type: the type as people write it, over several
/// lines. Nothing but a whole line of the console may be such a call, so `type` is in no table of functions.
pub fn type_text(ty: &Type) -> String {
    let mut out = String::new();
    write(ty, 0, &mut out);
    out
}

fn write(ty: &Type, indent: usize, out: &mut String) {
    let inner = indent + 4;
    let line = |indent: usize, out: &mut String| {
        out.push('\n');
        out.push_str(&" ".repeat(indent));
    };
    match ty {
        Type::Dynamic => out.push_str("dynamic"),
        Type::Bool | Type::Number | Type::String => out.push_str(&ty.friendly()),
        Type::List(t) | Type::Set(t) | Type::Map(t) => {
            out.push_str(match ty {
                Type::List(_) => "list(",
                Type::Set(_) => "set(",
                _ => "map(",
            });
            if matches!(**t, Type::Object(_) | Type::Tuple(_)) {
                line(inner, out);
                write(t, inner, out);
                out.push(',');
                line(indent, out);
            } else {
                write(t, indent, out);
            }
            out.push(')');
        }
        Type::Tuple(ts) if ts.is_empty() => out.push_str("tuple([])"),
        Type::Tuple(ts) => {
            out.push_str("tuple([");
            for t in ts.iter() {
                line(inner, out);
                write(t, inner, out);
                out.push(',');
            }
            line(indent, out);
            out.push_str("])");
        }
        Type::Object(o) if o.attributes.is_empty() => out.push_str("object({})"),
        Type::Object(o) => {
            out.push_str("object({");
            for (name, t) in &o.attributes {
                line(inner, out);
                out.push_str(name);
                out.push_str(": ");
                write(t, inner, out);
                out.push(',');
            }
            line(indent, out);
            out.push_str("})");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_over_several_lines() {
        let ty = Type::object([
            ("a", Type::list(Type::object([("x", Type::Number)]))),
            ("b", Type::map(Type::list(Type::String))),
            ("c", Type::tuple([Type::Dynamic])),
        ]);
        let mut out = String::new();
        write(&ty, 0, &mut out);
        assert_eq!(
            out,
            "object({\n    a: list(\n        object({\n            x: number,\n        }),\n    ),\n    b: \
             map(list(string)),\n    c: tuple([\n        dynamic,\n    ]),\n})"
        );
    }
}
