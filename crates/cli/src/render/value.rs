//! Values as `output` and `console` write them: in the language itself, so that what is shown can be used.

use craton_model::{Data, Marks, Type, Value};

/// A value as people write it in a configuration.
pub fn display(v: &Value) -> String {
    let mut out = String::new();
    write(v, 0, &mut out);
    out
}

fn write(v: &Value, indent: usize, out: &mut String) {
    if v.marks().contains(Marks::SENSITIVE) {
        return out.push_str("(sensitive value)");
    }
    if v.marks().contains(Marks::EPHEMERAL) {
        return out.push_str("(ephemeral value)");
    }
    let (open, close) = match v.ty() {
        Type::List(_) => ("tolist([", "])"),
        Type::Set(_) => ("toset([", "])"),
        Type::Map(_) => ("tomap({", "})"),
        Type::Object(_) => ("{", "}"),
        _ => ("[", "]"),
    };
    let (pad, inner) = (" ".repeat(indent), " ".repeat(indent + 2));
    match v.data() {
        Data::Null => out.push_str(&null(v.ty())),
        Data::Unknown(_) => out.push_str("(known after apply)"),
        Data::Bool(b) => out.push_str(&b.to_string()),
        Data::Number(n) => out.push_str(&n.to_string()),
        Data::String(s) => text(s, indent, out),
        Data::Seq(items) if items.is_empty() => out.push_str(&format!("{open}{close}")),
        Data::Map(entries) if entries.is_empty() => out.push_str(&format!("{open}{close}")),
        Data::Seq(items) => {
            out.push_str(&format!("{open}\n"));
            for item in items.iter() {
                out.push_str(&inner);
                write(item, indent + 2, out);
                out.push_str(",\n");
            }
            out.push_str(&format!("{pad}{close}"));
        }
        Data::Map(entries) => {
            out.push_str(&format!("{open}\n"));
            for (key, item) in entries {
                out.push_str(&format!("{inner}{} = ", quoted(key)));
                write(item, indent + 2, out);
                out.push('\n');
            }
            out.push_str(&format!("{pad}{close}"));
        }
    }
}

fn null(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "null".into(),
        Type::String => "tostring(null)".into(),
        Type::Number => "tonumber(null)".into(),
        Type::Bool => "tobool(null)".into(),
        Type::List(t) => format!("tolist(null) /* of {} */", t.friendly()),
        Type::Set(t) => format!("toset(null) /* of {} */", t.friendly()),
        Type::Map(t) => format!("tomap(null) /* of {} */", t.friendly()),
        ty => format!("null /* {} */", ty.friendly()),
    }
}

/// A text of several lines as a heredoc, any other in quotes.
fn text(s: &str, indent: usize, out: &mut String) {
    if !s.contains('\n') {
        return out.push_str(&quoted(s));
    }
    let mut marker = String::from("EOT");
    while s.split('\n').any(|line| line.trim() == marker) {
        marker.push('_');
    }
    let pad = " ".repeat(indent);
    out.push_str(&format!("<<{}{marker}\n", if indent > 0 { "-" } else { "" }));
    s.split('\n').for_each(|line| out.push_str(&format!("{pad}{line}\n")));
    out.push_str(&format!("{pad}{marker}"));
}

/// In quotes, as Go's `%q` has it: unlike in a configuration, `${` is no template here and stays as it is.
fn quoted(s: &str) -> String {
    let mut out = String::from("\"");
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_several_lines_are_indented_with_what_is_around_them() {
        let v = Value::object([
            ("a", Value::tuple([Value::from("x\n"), Value::from("EOT\ny")])),
            ("b", Value::from("${c}\u{7}")),
        ]);
        let want = "{\n  \"a\" = [\n    <<-EOT\n    x\n    \n    EOT,\n    <<-EOT_\n    EOT\n    y\n    EOT_,\n  ]\n  \"b\" = \"${c}\\x07\"\n}";
        assert_eq!(display(&v), want);
        assert_eq!(display(&Value::from("a\nb")), "<<EOT\na\nb\nEOT");
    }

    #[test]
    fn what_has_no_value_says_so() {
        assert_eq!(display(&Value::null(Type::list(Type::String))), "tolist(null) /* of string */");
        assert_eq!(display(&Value::null(Type::Number)), "tonumber(null)");
        let secret = Value::tuple([Value::from("x").sensitive(), Value::unknown(Type::Bool)]);
        assert_eq!(display(&secret), "[\n  (sensitive value),\n  (known after apply),\n]");
    }
}
