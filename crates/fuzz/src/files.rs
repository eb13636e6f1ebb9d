//! Files that craton writes itself and reads again: states, saved plans, values of variables.

use std::io::Write as _;

use craton_hcl::{eval_constant, json, parse_file};
use craton_model::{Data, FileId, Type, Value, convert};
use craton_state::{planfile, tfstate};

use crate::expression::check_value;
use crate::syntax::check_places;
use crate::text;

/// A state: what was read is written and read as the same.
pub fn tfstate(bytes: &[u8]) {
    let Ok(state) = tfstate::parse(bytes, "terraform.tfstate") else { return };
    state.outputs.values().for_each(|o| check_value(&o.value));
    let written = tfstate::render(&state);
    assert!(written.is_ok(), "a state that was read can be written: {written:?}");
    let Ok(written) = written else { return };
    let again = tfstate::parse(&written, "terraform.tfstate");
    assert!(again.is_ok(), "a state that was written can be read: {again:?}");
    let Ok(mut again) = again else { return };
    // The only thing that a write changes: which Terraform the file claims.
    again.terraform_version.clone_from(&state.terraform_version);
    assert!(again == state, "a state is read as it was written:\n{state:?}\n{again:?}");
    assert!(tfstate::render(&again).ok().as_deref() == Some(&written[..]), "a state is written the same twice");
    let _ = tfstate::outputs(&state);
}

/// A saved plan, packed or (which the fuzzer can change more easily) not packed yet.
pub fn plan(bytes: &[u8]) {
    let packed;
    let bytes = if planfile::is_plan(bytes) {
        bytes
    } else {
        packed = pack(bytes);
        &packed
    };
    let Ok(saved) = planfile::read(bytes) else { return };
    for change in saved.plan.changes.iter().chain(&saved.plan.drift) {
        check_value(&change.before);
        check_value(&change.after);
    }
    let written = planfile::write(&saved);
    assert!(written.is_ok(), "a plan that was read can be written: {written:?}");
    let Ok(written) = written else { return };
    let again = planfile::read(&written);
    assert!(again.is_ok(), "a plan that was written can be read: {again:?}");
    let Ok(again) = again else { return };
    assert!(again.plan.changes == saved.plan.changes, "changes are read as they were written");
    assert!(planfile::write(&again).ok() == Some(written), "a plan is written the same twice");
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    let _ = packer.write_all(bytes);
    packer.finish().unwrap_or_default()
}

/// Values of variables in both syntaxes, each brought to every kind of type, and written as Terraform writes them.
pub fn tfvars(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let json_body = json::parse_file(FileId::add("a.tfvars.json", text));
    for (body, diags) in [parse_file(FileId::add("a.tfvars", text)), json_body] {
        check_places(&diags);
        if diags.has_errors() {
            continue;
        }
        let (attributes, diags) = body.attributes();
        check_places(&diags);
        let mut all = Vec::new();
        for (name, attribute) in attributes {
            let (value, diags) = eval_constant(&attribute.expr);
            check_places(&diags);
            check_value(&value);
            every_type(&value);
            if !diags.has_errors() {
                all.push((name, value));
            }
        }
        written_and_read(&Value::object(all));
    }
}

fn every_type(value: &Value) {
    let inner = [Type::Dynamic, Type::String, Type::Number, Type::Bool];
    let object = Type::object([("a", Type::String), ("b", Type::list(Type::Number))]);
    let wrapped = inner.iter().flat_map(|t| [Type::list(t.clone()), Type::set(t.clone()), Type::map(t.clone())]);
    for ty in inner.iter().cloned().chain(wrapped).chain([object.clone(), Type::map(object)]) {
        if let Ok(converted) = convert(value, &ty) {
            check_value(&converted);
            let again = convert(&converted, &ty);
            assert!(again.as_ref() == Ok(&converted), "a converted value fits: {converted:?} {again:?}");
        }
    }
}

/// What `encode_tfvars` writes, `decode_tfvars` reads as the same values.
fn written_and_read(values: &Value) {
    let Some(entries) = values.as_map() else { return };
    let Some(text) = craton_hcl::assignments_text(entries.iter().map(|(name, value)| (&**name, value))) else { return };
    // Infinity has no literal; Terraform writes `-Inf` as well.
    let mut infinite = false;
    values.walk(&mut |_, v| {
        infinite |= v.as_number().is_some_and(craton_model::Number::is_infinite);
        true
    });
    if infinite || entries.keys().any(|name| !craton_hcl::is_identifier(name)) {
        return;
    }
    let (body, diags) = parse_file(FileId::add("b.tfvars", text.as_str()));
    assert!(!diags.has_errors(), "values that were written can be read: {text:?} {diags:?}");
    let (attributes, _) = body.attributes();
    assert!(attributes.len() == entries.len(), "every value comes back: {text:?}");
    for (name, attribute) in attributes {
        let (value, diags) = eval_constant(&attribute.expr);
        let back = entries.get(&name).is_some_and(|written| reads_as(written, &value));
        assert!(!diags.has_errors() && back, "{name} comes back: {text:?} {diags:?}");
    }
}

/// Whether a value that was written may come back as the other. The shortest digits of a power of two, which craton shares
/// with Terraform, leave its nearer neighbour (the one below) out of account and can be read as that.
fn reads_as(written: &Value, read: &Value) -> bool {
    match (written.data(), read.data()) {
        _ if written == read => true,
        (Data::Number(a), Data::Number(b)) => {
            let power_of_two = a.to_parts().is_some_and(|(m, _)| m.trailing_zeros().map(|n| n + 1) == Some(m.bits()));
            power_of_two && a.to_string() == b.to_string()
        }
        (Data::Seq(a), Data::Seq(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| reads_as(a, b)),
        (Data::Map(a), Data::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.0 == b.0 && reads_as(&a.1, &b.1))
        }
        _ => false,
    }
}
