//! Bodies: arguments and nested blocks, whichever syntax they were written in, read through a schema.

use crate::ast::{Expr, Ident};
use crate::json::JsonBody;
use craton_model::{Diagnostic, Diagnostics, Span, similar};
use indexmap::IndexMap;
use std::collections::HashSet;
use std::sync::Arc;

/// Arguments and blocks. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Body(Arc<BodyKind>);

#[derive(Debug)]
enum BodyKind {
    Native(NativeBody),
    Json(JsonBody),
    /// What another body has besides the names already read from it.
    Rest {
        body: Body,
        attributes: HashSet<Arc<str>>,
        blocks: HashSet<Arc<str>>,
    },
    /// The second one's arguments, and its blocks of each type, take the place of the first one's.
    Override {
        base: Body,
        over: Body,
    },
    /// All of several bodies.
    Joined(Vec<Body>),
}

/// A body of the native syntax, in written order.
#[derive(Debug)]
pub struct NativeBody {
    /// The arguments; where one is set twice (already reported), the first.
    pub attributes: Vec<Attribute>,
    /// The nested blocks.
    pub blocks: Vec<Block>,
    /// From the opening to the closing brace, or the whole file.
    pub span: Span,
    /// An empty span at its end, where something missing would have to be written.
    pub end: Span,
}

/// An argument.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: Arc<str>,
    /// Place of the name.
    pub name_span: Span,
    /// Its value.
    pub expr: Expr,
    /// Name, equals sign and value.
    pub span: Span,
}

/// A nested block.
#[derive(Clone, Debug)]
pub struct Block {
    /// The block type: `resource` in `resource "a" "b" {}`.
    pub kind: Arc<str>,
    /// Place of the type.
    pub kind_span: Span,
    /// The labels after it.
    pub labels: Vec<Ident>,
    /// What is between the braces.
    pub body: Body,
    /// Type and labels, which is what diagnostics about the block as a whole point at.
    pub span: Span,
}

/// What may stand in a body.
#[derive(Clone, Debug, Default)]
pub struct BodySchema<'a> {
    attributes: IndexMap<&'a str, bool>,
    blocks: IndexMap<&'a str, &'a [&'a str]>,
}

/// What was found in a body.
#[derive(Clone, Debug)]
pub struct Content {
    /// The arguments, in written order.
    pub attributes: IndexMap<Arc<str>, Attribute>,
    /// The blocks, in written order.
    pub blocks: Vec<Block>,
    /// What a diagnostic about something missing points at.
    pub missing: Span,
}

impl<'a> BodySchema<'a> {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an argument that must be set.
    #[must_use]
    pub fn required(mut self, name: &'a str) -> Self {
        self.attributes.insert(name, true);
        self
    }

    /// Adds arguments that may be set.
    #[must_use]
    pub fn optional(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.attributes.extend(names.into_iter().map(|name| (name, false)));
        self
    }

    /// Adds a block type with the names of its labels.
    #[must_use]
    pub fn block(mut self, kind: &'a str, labels: &'a [&'a str]) -> Self {
        self.blocks.insert(kind, labels);
        self
    }

    /// Adds block types without labels.
    #[must_use]
    pub fn blocks(mut self, kinds: impl IntoIterator<Item = &'a str>) -> Self {
        self.blocks.extend(kinds.into_iter().map(|kind| (kind, &[] as &[&str])));
        self
    }

    /// The argument names, with whether each is required.
    pub fn attribute_names(&self) -> impl Iterator<Item = (&'a str, bool)> + '_ {
        self.attributes.iter().map(|(name, required)| (*name, *required))
    }

    /// The label names of a block type, if the schema has it.
    pub fn block_labels(&self, kind: &str) -> Option<&'a [&'a str]> {
        self.blocks.get(kind).copied()
    }

    /// The block types with their label names.
    pub fn block_kinds(&self) -> impl Iterator<Item = (&'a str, &'a [&'a str])> + '_ {
        self.blocks.iter().map(|(kind, labels)| (*kind, *labels))
    }

    /// Whether the schema has an argument of this name.
    pub fn has_attribute(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }

    pub(crate) fn any_attribute_like(&self, name: &str) -> Option<&'a str> {
        similar(name, self.attributes.keys().copied())
    }

    pub(crate) fn any_block_like(&self, kind: &str) -> Option<&'a str> {
        similar(kind, self.blocks.keys().copied())
    }
}

impl Content {
    fn empty(missing: Span) -> Self {
        Self { attributes: IndexMap::new(), blocks: Vec::new(), missing }
    }

    /// The argument of this name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.get(name)
    }

    /// The value expression of the argument of this name.
    pub fn expr(&self, name: &str) -> Option<&Expr> {
        self.attributes.get(name).map(|a| &a.expr)
    }

    /// The blocks of one type, in written order.
    pub fn blocks_of<'c>(&'c self, kind: &'c str) -> impl Iterator<Item = &'c Block> + 'c {
        self.blocks.iter().filter(move |b| &*b.kind == kind)
    }

    /// At most one block of this type: the first, and a diagnostic for each further one.
    pub fn single_block<'c>(&'c self, kind: &'c str, diags: &mut Diagnostics) -> Option<&'c Block> {
        let mut found = self.blocks_of(kind);
        let first = found.next()?;
        for extra in found {
            diags.push(
                Diagnostic::error(
                    "Duplicate block",
                    format!(
                        "There may be one \"{kind}\" block here, and the first one is at {}. Merge the two or remove one.",
                        first.span.place()
                    ),
                )
                .at(extra.span),
            );
        }
        Some(first)
    }
}

impl Body {
    /// A body of the native syntax.
    pub fn native(body: NativeBody) -> Self {
        Self(Arc::new(BodyKind::Native(body)))
    }

    pub(crate) fn json(body: JsonBody) -> Self {
        Self(Arc::new(BodyKind::Json(body)))
    }

    /// This body, with `over` laid on top: its arguments replace those of the same name, and its blocks of a type
    /// replace all of that type (Terraform's rule for override files).
    #[must_use]
    pub fn overridden_by(&self, over: &Body) -> Self {
        Self(Arc::new(BodyKind::Override { base: self.clone(), over: over.clone() }))
    }

    /// The contents of several bodies as one; an argument set in two of them is an error when read.
    pub fn joined(bodies: Vec<Body>) -> Self {
        Self(Arc::new(BodyKind::Joined(bodies)))
    }

    /// The tree, if this is a whole body of the native syntax (not JSON, not the rest of one).
    pub fn as_native(&self) -> Option<&NativeBody> {
        match &*self.0 {
            BodyKind::Native(body) => Some(body),
            _ => None,
        }
    }

    /// Whether it is of the JSON syntax.
    pub fn is_json(&self) -> bool {
        match &*self.0 {
            BodyKind::Native(_) => false,
            BodyKind::Json(_) => true,
            BodyKind::Rest { body, .. } | BodyKind::Override { base: body, .. } => body.is_json(),
            BodyKind::Joined(bodies) => bodies.first().is_some_and(Body::is_json),
        }
    }

    /// All of it.
    pub fn span(&self) -> Span {
        match &*self.0 {
            BodyKind::Native(b) => b.span,
            BodyKind::Json(b) => b.span(),
            BodyKind::Rest { body, .. } | BodyKind::Override { base: body, .. } => body.span(),
            BodyKind::Joined(bodies) => match bodies.first() {
                Some(b) => b.span(),
                None => craton_model::FileId::add("", "").span(0, 0),
            },
        }
    }

    /// What a diagnostic about something missing points at: the opening brace, which is on the line that says what block
    /// it is.
    pub fn missing(&self) -> Span {
        let span = self.span();
        let source = span.file.source();
        let first = source.text.get(span.start as usize..).and_then(|t| t.chars().next());
        Span { end: span.end.min(span.start + first.map_or(0, char::len_utf8) as u32), ..span }
    }

    /// Reads the body, which may hold nothing but what the schema names. What is wrong with it (unsupported, missing or
    /// duplicate arguments, unsupported blocks, wrong labels) is reported; everything else is returned.
    pub fn content(&self, schema: &BodySchema<'_>) -> (Content, Diagnostics) {
        let (content, rest, mut diags) = self.partial_content(schema);
        rest.report_unread(schema, &mut diags);
        (content, diags)
    }

    /// Reads what the schema names and returns the remaining body beside it.
    pub fn partial_content(&self, schema: &BodySchema<'_>) -> (Content, Body, Diagnostics) {
        let mut diags = Diagnostics::new();
        let mut content = self.pick(schema, &mut diags);
        for (name, required) in schema.attribute_names() {
            if required && !content.attributes.contains_key(name) {
                diags.push(
                    Diagnostic::error(
                        "Missing required argument",
                        format!("\"{name}\" must be set here, and it is not. Add it."),
                    )
                    .at(self.missing()),
                );
            }
        }
        check_labels(&mut content, schema, &mut diags);
        let rest = BodyKind::Rest {
            body: self.clone(),
            attributes: schema.attributes.keys().map(|n| Arc::from(*n)).collect(),
            blocks: schema.blocks.keys().map(|n| Arc::from(*n)).collect(),
        };
        (content, Body(Arc::new(rest)), diags)
    }

    /// All arguments, where no blocks are allowed (`locals`, variable files). Each block found is reported.
    pub fn attributes(&self) -> (IndexMap<Arc<str>, Attribute>, Diagnostics) {
        let mut diags = Diagnostics::new();
        let all = self.all_attributes(&mut diags);
        (all, diags)
    }

    fn all_attributes(&self, diags: &mut Diagnostics) -> IndexMap<Arc<str>, Attribute> {
        match &*self.0 {
            BodyKind::Native(b) => {
                for block in &b.blocks {
                    diags.push(
                        Diagnostic::error(
                            format!("Unexpected \"{}\" block", block.kind),
                            "Only arguments may stand here. To assign a map or object to an argument of this name, write an \
                             equals sign after the name.",
                        )
                        .at(block.span),
                    );
                }
                b.attributes.iter().map(|a| (a.name.clone(), a.clone())).collect()
            }
            BodyKind::Json(b) => b.attributes(diags),
            BodyKind::Rest { body, attributes, .. } => {
                let mut all = body.all_attributes(diags);
                all.retain(|name, _| !attributes.contains(name));
                all
            }
            BodyKind::Override { base, over } => {
                let mut all = base.all_attributes(diags);
                all.extend(over.all_attributes(diags));
                all
            }
            BodyKind::Joined(bodies) => {
                let mut all = IndexMap::new();
                for body in bodies {
                    join_attributes(&mut all, body.all_attributes(diags), diags);
                }
                all
            }
        }
    }

    /// What the schema names, without checks that need the whole.
    fn pick(&self, schema: &BodySchema<'_>, diags: &mut Diagnostics) -> Content {
        match &*self.0 {
            BodyKind::Native(body) => Content {
                attributes: body
                    .attributes
                    .iter()
                    .filter(|a| schema.attributes.contains_key(&*a.name))
                    .map(|a| (a.name.clone(), a.clone()))
                    .collect(),
                blocks: body.blocks.iter().filter(|b| schema.blocks.contains_key(&*b.kind)).cloned().collect(),
                missing: self.missing(),
            },
            BodyKind::Json(body) => {
                let (attributes, blocks) = body.pick(schema, diags);
                Content { attributes, blocks, missing: self.missing() }
            }
            BodyKind::Rest { body, attributes, blocks } => {
                let narrowed = BodySchema {
                    attributes: schema
                        .attributes
                        .iter()
                        .filter(|(name, _)| !attributes.contains(**name))
                        .map(|(n, r)| (*n, *r))
                        .collect(),
                    blocks: schema
                        .blocks
                        .iter()
                        .filter(|(kind, _)| !blocks.contains(**kind))
                        .map(|(k, l)| (*k, *l))
                        .collect(),
                };
                body.pick(&narrowed, diags)
            }
            BodyKind::Override { base, over } => {
                let mut content = base.pick(schema, diags);
                let over = over.pick(schema, diags);
                let replaced: HashSet<&str> = over.blocks.iter().map(block_override_kind).collect();
                content.blocks.retain(|b| !replaced.contains(block_override_kind(b)));
                content.blocks.extend(over.blocks.iter().cloned());
                content.attributes.extend(over.attributes);
                content
            }
            BodyKind::Joined(bodies) => {
                let mut content = Content::empty(self.missing());
                for body in bodies {
                    let more = body.pick(schema, diags);
                    join_attributes(&mut content.attributes, more.attributes, diags);
                    content.blocks.extend(more.blocks);
                }
                content
            }
        }
    }

    /// Reports everything in the body that is neither in the schema nor read before.
    fn report_unread(&self, schema: &BodySchema<'_>, diags: &mut Diagnostics) {
        let mut read = (HashSet::new(), HashSet::new());
        self.visit_unread(schema, &mut read, diags);
    }

    fn visit_unread<'b>(
        &'b self,
        schema: &BodySchema<'_>,
        read: &mut (HashSet<&'b str>, HashSet<&'b str>),
        diags: &mut Diagnostics,
    ) {
        match &*self.0 {
            BodyKind::Native(body) => {
                for a in body.attributes.iter().filter(|a| !read.0.contains(&*a.name)) {
                    diags.push(unsupported_attribute(&a.name, a.name_span, schema));
                }
                for b in body.blocks.iter().filter(|b| !read.1.contains(&*b.kind)) {
                    diags.push(unsupported_block(b, schema));
                }
            }
            BodyKind::Json(body) => body.report_unread(schema, read, diags),
            BodyKind::Rest { body, attributes, blocks } => {
                read.0.extend(attributes.iter().map(|n| &**n));
                read.1.extend(blocks.iter().map(|n| &**n));
                body.visit_unread(schema, read, diags);
            }
            BodyKind::Override { base, over } => {
                base.visit_unread(schema, &mut read.clone(), diags);
                over.visit_unread(schema, read, diags);
            }
            BodyKind::Joined(bodies) => {
                for body in bodies {
                    body.visit_unread(schema, &mut read.clone(), diags);
                }
            }
        }
    }
}

/// A dynamic block counts as the type of block that it makes.
fn block_override_kind(block: &Block) -> &str {
    match (&*block.kind, block.labels.first()) {
        ("dynamic", Some(label)) => &label.name,
        (kind, _) => kind,
    }
}

fn join_attributes(
    all: &mut IndexMap<Arc<str>, Attribute>,
    more: IndexMap<Arc<str>, Attribute>,
    diags: &mut Diagnostics,
) {
    for (name, attribute) in more {
        match all.get(&name) {
            Some(first) => diags.push(duplicate_attribute(&name, attribute.name_span, first.name_span)),
            None => {
                all.insert(name, attribute);
            }
        }
    }
}

pub(crate) fn duplicate_attribute(name: &str, second: Span, first: Span) -> Diagnostic {
    Diagnostic::error(
        "Attribute redefined",
        format!(
            "The argument \"{name}\" was already set at {}. Each argument may be set only once; remove one of the two.",
            first.place()
        ),
    )
    .at(second)
}

pub(crate) fn unsupported_attribute(name: &str, span: Span, schema: &BodySchema<'_>) -> Diagnostic {
    let hint = if let Some(like) = schema.any_attribute_like(name) {
        format!(" Did you mean \"{like}\"?")
    } else if schema.blocks.contains_key(name) {
        " It is a block type: leave the equals sign out to define a block.".to_owned()
    } else {
        String::new()
    };
    Diagnostic::error("Unsupported argument", format!("There is no argument \"{name}\" here.{hint}")).at(span)
}

pub(crate) fn unsupported_block(block: &Block, schema: &BodySchema<'_>) -> Diagnostic {
    let kind = &block.kind;
    let hint = if let Some(like) = schema.any_block_like(kind) {
        format!(" Did you mean \"{like}\"?")
    } else if schema.attributes.contains_key(&**kind) {
        " It is an argument: write an equals sign after the name to set it.".to_owned()
    } else {
        String::new()
    };
    Diagnostic::error("Unsupported block type", format!("There is no block type \"{kind}\" here.{hint}"))
        .at(block.kind_span)
}

/// Removes and reports blocks whose number of labels is not the schema's.
fn check_labels(content: &mut Content, schema: &BodySchema<'_>, diags: &mut Diagnostics) {
    content.blocks.retain(|block| {
        let wanted = schema.blocks.get(&*block.kind).copied().unwrap_or(&[]);
        if block.labels.len() > wanted.len() {
            let names = match wanted {
                [] => format!("No labels are expected for {} blocks.", block.kind),
                some => {
                    format!("The labels of {} blocks are: {}.", block.kind, some.join(", "))
                }
            };
            diags.push(
                Diagnostic::error(
                    format!("Extraneous label for {}", block.kind),
                    format!("{names} Remove this one, or check that a brace is not missing."),
                )
                .at(block.labels[wanted.len()].span)
                .within(block.span),
            );
            return false;
        }
        if let Some(name) = wanted.get(block.labels.len()) {
            diags.push(
                Diagnostic::error(
                    format!("Missing {name} for {}", block.kind),
                    format!(
                        "{} blocks have {} label{} ({}). Add the missing one in quotes before the brace.",
                        block.kind,
                        wanted.len(),
                        if wanted.len() == 1 { "" } else { "s" },
                        wanted.join(", ")
                    ),
                )
                .at(block.span.after())
                .within(block.span),
            );
            return false;
        }
        true
    });
}
