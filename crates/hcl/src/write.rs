//! Values as text of the native syntax.

use crate::ast::quoted;
use crate::fmt::lay_out;
use crate::lexer::is_identifier;
use craton_model::{Data, Value};

/// A value as an expression, formatted. Marks are not looked at. `None` if something in it is not known yet.
pub fn expression_text(value: &Value) -> Option<String> {
    let mut out = String::new();
    write(value, &mut out)?;
    Some(lay_out(&out))
}

/// `name = value` lines, formatted and with the equals signs of neighbours aligned. Names must be identifiers. `None` if
/// something is not known yet.
pub fn assignments_text<'a>(assignments: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Option<String> {
    let mut out = String::new();
    for (name, value) in assignments {
        out.push_str(name);
        out.push_str(" = ");
        write(value, &mut out)?;
        out.push('\n');
    }
    Some(lay_out(&out))
}

fn write(value: &Value, out: &mut String) -> Option<()> {
    match value.data() {
        Data::Null => out.push_str("null"),
        Data::Unknown(_) => return None,
        Data::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Data::Number(n) => out.push_str(&n.to_string()),
        Data::String(s) => out.push_str(&quoted(s)),
        Data::Seq(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Data::Map(entries) if entries.is_empty() => out.push_str("{}"),
        Data::Map(entries) => {
            out.push_str("{\n");
            for (i, (key, item)) in entries.iter().enumerate() {
                out.push_str(&object_key(key, i == 0));
                out.push_str(" = ");
                write(item, out)?;
                out.push('\n');
            }
            out.push('}');
        }
    }
    Some(())
}

/// A key as it is written in an object, in quotes where it needs them: `for` does as the first one, where it would begin
/// a for expression.
pub fn object_key(key: &str, first: bool) -> String {
    if is_identifier(key) && !(first && key == "for") { key.to_owned() } else { quoted(key) }
}
