//! Type expressions.

use super::Defaults;
use crate::statics::{self, Constant};
use craton_hcl::Expr;
use craton_model::convert::convert;
use craton_model::{Diagnostic, Diagnostics, ObjectType, Span, Type, Value, similar};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const NAMES: [&str; 9] = ["any", "bool", "number", "string", "list", "set", "map", "object", "tuple"];

/// Reads a type constraint: the type, with its optional attributes, and their defaults where there are any. `any`
/// stands for what cannot be read, beside the diagnostic.
pub fn parse_type(expr: &Expr) -> (Type, Option<Defaults>, Diagnostics) {
    let mut diags = Diagnostics::new();
    let (ty, defaults) = read(expr, &mut diags);
    (ty, defaults, diags)
}

fn read(expr: &Expr, diags: &mut Diagnostics) -> (Type, Option<Defaults>) {
    if let Some(name) = statics::keyword(expr) {
        return (named(&name, expr.span(), diags), None);
    }
    if let Some((name, args)) = statics::call(expr) {
        return constructed(&name, &args, expr.span(), diags);
    }
    if matches!(statics::constant(expr), Constant::Value(v) if v.as_str().is_some()) {
        let detail = "Types are written without quotes: string, list(string), object({ name = string }).";
        diags.push(Diagnostic::error("Invalid quoted type constraints", detail).at(expr.span()));
        return (Type::Dynamic, None);
    }
    let detail = "A type is one of any, bool, number, string, list(T), set(T), map(T), tuple([T, ...]) or object({ name = T, ... }).";
    invalid(expr.span(), detail, diags)
}

fn invalid(span: Span, detail: impl Into<String>, diags: &mut Diagnostics) -> (Type, Option<Defaults>) {
    diags.push(Diagnostic::error("Invalid type specification", detail).at(span));
    (Type::Dynamic, None)
}

fn named(name: &str, span: Span, diags: &mut Diagnostics) -> Type {
    match name {
        "any" => Type::Dynamic,
        "bool" => Type::Bool,
        "number" => Type::Number,
        "string" => Type::String,
        // Configurations from before version 0.12 have these two without an element type.
        "list" => Type::list(Type::Dynamic),
        "map" => Type::map(Type::Dynamic),
        "set" | "tuple" | "object" => {
            let example = match name {
                "set" => "the type of its elements in parentheses: set(string)",
                "tuple" => "the types of its elements in parentheses: tuple([string, number])",
                _ => "its attributes in parentheses: object({ name = string })",
            };
            invalid(span, format!("The type {name} needs {example}."), diags).0
        }
        other => {
            let hint = similar(other, NAMES).map(|n| format!(" Did you mean {n}?")).unwrap_or_default();
            let all = NAMES.join(", ");
            invalid(span, format!("There is no type {other:?}.{hint} The types are {all}."), diags).0
        }
    }
}

fn constructed(name: &str, args: &[Expr], span: Span, diags: &mut Diagnostics) -> (Type, Option<Defaults>) {
    match (name, args) {
        ("list" | "set" | "map", [elem]) => {
            let (elem, inside) = read(elem, diags);
            let ty = match name {
                "list" => Type::list(elem),
                "set" => Type::set(elem),
                _ => Type::map(elem),
            };
            (ty, inside.map(|d| Defaults::Elements(Arc::new(d))))
        }
        ("object", [attributes]) => object(attributes, diags),
        ("tuple", [elements]) => {
            let Some(elements) = statics::items(elements) else {
                return invalid(
                    elements.span(),
                    "The elements of a tuple type stand in brackets: tuple([string, number]).",
                    diags,
                );
            };
            let mut inside = BTreeMap::new();
            let mut types = Vec::with_capacity(elements.len());
            for (i, e) in elements.iter().enumerate() {
                let (ty, defaults) = read(e, diags);
                types.push(ty);
                inside.extend(defaults.map(|d| (i, d)));
            }
            (Type::tuple(types), (!inside.is_empty()).then_some(Defaults::Tuple(inside)))
        }
        ("list" | "set" | "map" | "object" | "tuple", _) => {
            invalid(span, format!("The type {name} takes one argument in its parentheses, not {}.", args.len()), diags)
        }
        ("any" | "bool" | "number" | "string", _) => {
            invalid(span, format!("The type {name} takes no arguments. Write it without parentheses."), diags)
        }
        ("optional", _) => {
            invalid(span, "The modifier optional(...) may stand only around the type of an object's attribute.", diags)
        }
        _ => {
            let hint = similar(name, NAMES).map(|n| format!(" Did you mean {n}(...)?")).unwrap_or_default();
            invalid(span, format!("There is no type {name:?}.{hint}"), diags)
        }
    }
}

fn object(attributes: &Expr, diags: &mut Diagnostics) -> (Type, Option<Defaults>) {
    let Some(pairs) = statics::pairs(attributes) else {
        let detail =
            "The attributes of an object type stand in braces: object({ name = string, size = optional(number) }).";
        return invalid(attributes.span(), detail, diags);
    };
    let mut types = BTreeMap::new();
    let mut optional = BTreeSet::new();
    let mut values = BTreeMap::new();
    let mut inside = BTreeMap::new();
    for item in pairs {
        let (key, value) = (&item.key, &item.value);
        let Some(name) = item.key_text().map(Arc::<str>::from) else {
            invalid(key.span(), "The name of an attribute is written out, not computed.", diags);
            continue;
        };
        let (ty, defaults) = match statics::call(value) {
            Some((call, args)) if &*call == "optional" => {
                optional.insert(name.clone());
                let (ty, defaults) = optional_type(&args, value.span(), diags);
                if let Some(default) = args.get(1) {
                    values.extend(default_value(default, &ty, defaults.as_ref(), diags).map(|v| (name.clone(), v)));
                }
                (ty, defaults)
            }
            _ => read(value, diags),
        };
        inside.extend(defaults.map(|d| (name.clone(), d)));
        if types.insert(name.clone(), ty).is_some() {
            invalid(
                key.span(),
                format!("The object type has two attributes named {name:?}. Remove one of them."),
                diags,
            );
        }
    }
    let ty = Type::Object(Arc::new(ObjectType { attributes: types, optional }));
    let any = !(values.is_empty() && inside.is_empty());
    (ty, any.then_some(Defaults::Object { values, inside }))
}

fn optional_type(args: &[Expr], span: Span, diags: &mut Diagnostics) -> (Type, Option<Defaults>) {
    match args {
        [ty] | [ty, _] => read(ty, diags),
        _ => {
            let detail =
                "optional(...) takes the attribute's type and, if one is wanted, a default: optional(number, 80).";
            invalid(span, detail, diags)
        }
    }
}

fn default_value(expr: &Expr, ty: &Type, inside: Option<&Defaults>, diags: &mut Diagnostics) -> Option<Value> {
    let value = statics::constant(expr).reported(diags)?;
    let value = inside.map_or_else(|| value.clone(), |d| d.apply(&value));
    match convert(&value, ty) {
        Ok(v) => Some(v),
        Err(e) => {
            let detail = format!("This default does not fit the attribute's type {ty}: {e}. Change one of the two.");
            diags.push(Diagnostic::error("Invalid default value for optional attribute", detail).at(expr.span()));
            None
        }
    }
}
