//! The checksum that ids of rules and routes are made of: CRC-32 (IEEE) of a text, as Terraform's plugin SDK does it.

use craton_model::{Data, Type, Value};

/// The checksum.
pub fn hashcode(text: &str) -> u32 {
    crc32fast::hash(text.as_bytes())
}

/// A key by which Terraform's plugin SDK orders the elements of a set: the checksum, as text, of everything in the
/// element. Where the order of a set shows (in a document that is made of it), it is this one.
pub fn set_order(element: &Value) -> String {
    let mut text = String::new();
    if element.as_map().is_some() {
        fields(element, &mut text);
    } else {
        serialize(element, &mut text);
    }
    hashcode(&text).to_string()
}

fn fields(object: &Value, out: &mut String) {
    for (name, v) in object.as_map().into_iter().flat_map(|m| m.iter()) {
        out.push_str(name);
        out.push(':');
        serialize(v, out);
    }
}

fn serialize(v: &Value, out: &mut String) {
    match (v.data(), v.ty()) {
        (Data::String(s), _) => {
            out.push_str(s);
            out.push(';');
        }
        (Data::Number(n), _) => out.push_str(&format!("{n};")),
        (Data::Bool(b), _) => out.push_str(if *b { "1;" } else { "0;" }),
        (Data::Seq(items), Type::Set(_)) => {
            let mut all: Vec<&Value> = items.iter().collect();
            all.sort_by_cached_key(|v| set_order(v));
            out.push('{');
            all.into_iter().for_each(|v| serialize(v, out));
            out.push_str("};");
        }
        (Data::Seq(items), _) => {
            out.push('(');
            items.iter().for_each(|v| serialize(v, out));
            out.push_str(");");
        }
        (Data::Map(_), _) => {
            out.push('<');
            fields(v, out);
            out.push_str(">;");
        }
        (Data::Null | Data::Unknown(_), _) => {}
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn of_the_default_route() {
        // The tail of the id that the AWS provider gives a route to 0.0.0.0/0.
        assert_eq!(super::hashcode("0.0.0.0/0"), 1_080_289_494);
    }
}
