//! The JSON syntax: the same bodies, from `.tf.json` and `.tfvars.json` files.
//!
//! Whether a property is an argument or a block, and which levels of objects are labels, only the schema says, so a
//! [`crate::Body`] of this syntax keeps the JSON value and reads it when a schema comes.

mod parse;

use crate::ast::{Expr, ExprKind, Ident, JsonString, Literal, ObjectItem};
use crate::body::{Attribute, Block, Body, BodySchema};
use crate::parser::OffsetMap;
use craton_model::{Diagnostic, Diagnostics, FileId, Span};
use indexmap::IndexMap;
use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

/// Reads a configuration file of the JSON syntax.
pub fn parse_file(file: FileId) -> (Body, Diagnostics) {
    let (value, mut diags) = parse::parse(file);
    if !diags.has_errors() && !matches!(value.kind, ValueKind::Object(_) | ValueKind::Array(_)) {
        diags.push(
            Diagnostic::error(
                "Root value must be object",
                "The root of a configuration in JSON must be an object. Put everything in braces.",
            )
            .at(value.span),
        );
    }
    (Body::json(JsonBody { value }), diags)
}

/// Reads a text that is one JSON value, as an expression.
pub fn parse_expression(file: FileId) -> (Expr, Diagnostics) {
    let (value, diags) = parse::parse(file);
    (value.expr(), diags)
}

#[derive(Clone, Debug)]
pub(crate) struct JsonValue {
    kind: ValueKind,
    span: Span,
}

#[derive(Clone, Debug)]
enum ValueKind {
    Invalid,
    Null,
    Bool(bool),
    Number(Arc<str>),
    String(Text),
    Array(Arc<[JsonValue]>),
    Object(Arc<[Member]>),
}

#[derive(Clone, Debug)]
struct Text {
    text: Arc<str>,
    map: OffsetMap,
}

#[derive(Clone, Debug)]
struct Member {
    name: Text,
    name_span: Span,
    value: JsonValue,
}

impl Text {
    fn expr(&self, span: Span) -> Expr {
        let s = JsonString { text: self.text.clone(), map: self.map.clone(), template: OnceLock::new() };
        Expr::new(ExprKind::JsonString(s), span)
    }
}

impl JsonString {
    /// The string as a template, with what is wrong with it. Read when first asked for.
    pub fn template(&self, span: Span) -> &(Expr, Diagnostics) {
        self.template.get_or_init(|| {
            if !self.text.contains("${") && !self.text.contains("%{") {
                return (Expr::string(self.text.clone(), span), Diagnostics::new());
            }
            crate::parser::template_at(span.file, self.text.clone(), self.map.clone())
        })
    }

    pub(crate) fn offsets(&self) -> &OffsetMap {
        &self.map
    }
}

impl JsonValue {
    fn expr(&self) -> Expr {
        let kind = match &self.kind {
            ValueKind::Invalid => ExprKind::Invalid,
            ValueKind::Null => ExprKind::Literal(Literal::Null),
            ValueKind::Bool(b) => ExprKind::Literal(Literal::Bool(*b)),
            ValueKind::Number(n) => ExprKind::Literal(Literal::Number(n.clone())),
            ValueKind::String(s) => return s.expr(self.span),
            ValueKind::Array(items) => ExprKind::Tuple(items.iter().map(JsonValue::expr).collect()),
            ValueKind::Object(members) => ExprKind::Object(
                members.iter().map(|m| ObjectItem { key: m.name.expr(m.name_span), value: m.value.expr() }).collect(),
            ),
        };
        Expr::new(kind, self.span)
    }

    fn what(&self) -> &'static str {
        match self.kind {
            ValueKind::Invalid => "something unreadable",
            ValueKind::Null => "null",
            ValueKind::Bool(_) => "a boolean",
            ValueKind::Number(_) => "a number",
            ValueKind::String(_) => "a string",
            ValueKind::Array(_) => "an array",
            ValueKind::Object(_) => "an object",
        }
    }

    /// The members of an object, or of each object in an array.
    fn members<'a>(&'a self, found: &mut Vec<&'a Member>, label: Option<&str>, diags: &mut Diagnostics) {
        match &self.kind {
            ValueKind::Object(members) => found.extend(members.iter()),
            ValueKind::Array(items) => {
                for item in items.iter() {
                    if let ValueKind::Object(members) = &item.kind {
                        found.extend(members.iter());
                    } else {
                        diags.push(item.not_an_object(label));
                    }
                }
            }
            ValueKind::Null | ValueKind::Invalid => {}
            _ => diags.push(self.not_an_object(label)),
        }
    }

    fn not_an_object(&self, label: Option<&str>) -> Diagnostic {
        let purpose = label.map_or_else(
            || "whose properties are arguments and blocks".to_owned(),
            |label| format!("whose properties are the {label} of each block"),
        );
        Diagnostic::error(
            "Incorrect JSON value type",
            format!("Here is {}, where an object is required {purpose}.", self.what()),
        )
        .at(self.span)
    }
}

/// A body of the JSON syntax.
#[derive(Clone, Debug)]
pub(crate) struct JsonBody {
    value: JsonValue,
}

impl JsonBody {
    pub(crate) fn span(&self) -> Span {
        self.value.span
    }

    fn members(&self, diags: &mut Diagnostics) -> Vec<&Member> {
        let mut found = Vec::new();
        self.value.members(&mut found, None, diags);
        found
    }

    pub(crate) fn attributes(&self, diags: &mut Diagnostics) -> IndexMap<Arc<str>, Attribute> {
        let mut all = IndexMap::new();
        for member in self.members(diags) {
            if &*member.name.text != "//" {
                add_attribute(&mut all, member, diags);
            }
        }
        all
    }

    /// The arguments and blocks that the schema names.
    pub(crate) fn pick(
        &self,
        schema: &BodySchema<'_>,
        diags: &mut Diagnostics,
    ) -> (IndexMap<Arc<str>, Attribute>, Vec<Block>) {
        let (mut attributes, mut blocks) = (IndexMap::new(), Vec::new());
        for member in self.members(diags) {
            if schema.has_attribute(&member.name.text) {
                add_attribute(&mut attributes, member, diags);
            } else if let Some(labels) = schema.block_labels(&member.name.text) {
                let kind = Ident { name: member.name.text.clone(), span: member.name_span };
                unpack(&kind, &member.value, labels, &mut Vec::new(), &mut blocks, diags);
            }
        }
        (attributes, blocks)
    }

    /// Reports the properties that are neither in the schema nor among those read before.
    pub(crate) fn report_unread(
        &self,
        schema: &BodySchema<'_>,
        read: &(HashSet<&str>, HashSet<&str>),
        diags: &mut Diagnostics,
    ) {
        for member in self.members(&mut Diagnostics::new()) {
            let name = &*member.name.text;
            if name == "//" || read.0.contains(name) || read.1.contains(name) {
                continue;
            }
            let like = schema.any_attribute_like(name).or_else(|| schema.any_block_like(name));
            let hint = like.map_or(String::new(), |like| format!(" Did you mean \"{like}\"?"));
            diags.push(
                Diagnostic::error(
                    "Extraneous JSON object property",
                    format!("No argument or block type is named \"{name}\".{hint}"),
                )
                .at(member.name_span),
            );
        }
    }
}

fn add_attribute(all: &mut IndexMap<Arc<str>, Attribute>, member: &Member, diags: &mut Diagnostics) {
    if let Some(first) = all.get(&member.name.text) {
        diags.push(
            Diagnostic::error(
                "Duplicate argument",
                format!(
                    "The argument \"{}\" was already set at {}. Remove one of the two.",
                    member.name.text,
                    first.name_span.place()
                ),
            )
            .at(member.name_span),
        );
        return;
    }
    let attribute = Attribute {
        name: member.name.text.clone(),
        name_span: member.name_span,
        expr: member.value.expr(),
        span: member.name_span.to(member.value.span),
    };
    all.insert(member.name.text.clone(), attribute);
}

/// Makes blocks of a property: one level of objects per label, then one object, or an array of them, per block.
fn unpack(
    kind: &Ident,
    value: &JsonValue,
    wanted: &[&str],
    labels: &mut Vec<Ident>,
    blocks: &mut Vec<Block>,
    diags: &mut Diagnostics,
) {
    if let [label, rest @ ..] = wanted {
        let mut members = Vec::new();
        value.members(&mut members, Some(label), diags);
        for member in members {
            labels.push(Ident { name: member.name.text.clone(), span: member.name_span });
            unpack(kind, &member.value, rest, labels, blocks, diags);
            labels.pop();
        }
        return;
    }
    let mut push = |value: &JsonValue| {
        blocks.push(Block {
            kind: kind.name.clone(),
            kind_span: kind.span,
            span: labels.last().map_or(kind.span, |l| l.span),
            labels: labels.clone(),
            body: Body::json(JsonBody { value: value.clone() }),
        });
    };
    match &value.kind {
        ValueKind::Object(_) => push(value),
        ValueKind::Array(items) => {
            for item in items.iter() {
                match &item.kind {
                    ValueKind::Object(_) => push(item),
                    ValueKind::Null | ValueKind::Invalid => {}
                    _ => diags.push(item.not_an_object(None)),
                }
            }
        }
        ValueKind::Null | ValueKind::Invalid => {}
        _ => diags.push(value.not_an_object(None)),
    }
}
