//! The functions of Terraform's built-in provider: variable files and expressions as text.
//! <https://developer.hashicorp.com/terraform/language/functions/terraform-encode_tfvars>

use crate::eval::eval_constant;
use crate::function::{Function, FunctionError, Param};
use crate::lexer::is_identifier;
use crate::parser::parse_file;
use crate::write::{assignments_text, expression_text};
use craton_model::{Diagnostics, FileId, Type, Value};

/// The functions, named as they are within the namespace of the provider.
pub fn functions() -> Vec<Function> {
    let value = |help: &'static str| Param::new("value", Type::Dynamic, help);
    vec![
        Function::new("encode_tfvars", "The text of a variable file that sets the attributes of an object.")
            .param(value("An object or map whose names are those of the variables."))
            .returns(Type::String)
            .run(|_, args| encode(&args[0])),
        Function::new("decode_tfvars", "The values that the text of a variable file sets.")
            .param(Param::new("src", Type::String, "The text."))
            .returns(Type::Dynamic)
            .run(|_, args| decode(args[0].as_str().unwrap_or_default())),
        Function::new("encode_expr", "A value as the text of an expression.")
            .param(value("The value."))
            .returns(Type::String)
            .run(|_, args| {
                expression_text(&args[0]).map_or_else(|| Ok(Value::unknown(Type::String)), |s| Ok(Value::string(s)))
            }),
    ]
}

fn encode(value: &Value) -> Result<Value, FunctionError> {
    if !value.is_wholly_known() {
        return Ok(Value::unknown(Type::String));
    }
    let Some(entries) = value.as_map() else {
        return Err(FunctionError::argument(0, "an object or map is required, whose names are those of the variables"));
    };
    if let Some(name) = entries.keys().find(|name| !is_identifier(name)) {
        return Err(FunctionError::argument(0, format!("{name:?} cannot be the name of a variable")));
    }
    let text = assignments_text(entries.iter().map(|(name, value)| (&**name, value)));
    Ok(text.map_or_else(|| Value::unknown(Type::String), Value::string))
}

fn decode(text: &str) -> Result<Value, FunctionError> {
    let check = |diags: &Diagnostics| match diags.into_iter().find(|d| d.is_error()) {
        None => Ok(()),
        Some(d) => {
            let place = d.subject.map_or(String::new(), |s| format!("{}: ", s.place()));
            Err(FunctionError::argument(0, format!("{place}{}: {}", d.summary, d.detail)))
        }
    };
    let (body, diags) = parse_file(FileId::add("<argument of decode_tfvars>", text));
    check(&diags)?;
    let (attributes, diags) = body.attributes();
    check(&diags)?;
    let mut entries = Vec::with_capacity(attributes.len());
    for (name, attribute) in attributes {
        let (value, diags) = eval_constant(&attribute.expr);
        check(&diags)?;
        entries.push((name, value));
    }
    Ok(Value::object(entries))
}
