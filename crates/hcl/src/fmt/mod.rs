//! Canonical formatting, the same as `terraform fmt` gives.
//!
//! Two steps: old spellings are replaced (`"${x}"` by `x`, block labels by quoted ones with nothing between them), then white space is laid
//! out anew. Comments, heredocs and line ends stay as they are.

mod layout;

pub(crate) use layout::lay_out;

use crate::ast::{ExprKind, quoted};
use crate::body::Body;
use crate::lexer::lex;
use crate::parser::parse_file;
use crate::token::TokenKind as K;
use craton_model::{Diagnostics, FileId, Span};
use std::path::Path;

/// The canonical form of a configuration file of the native syntax. A file with syntax errors is not touched: the errors
/// are returned.
pub fn format(path: &Path, text: &str) -> Result<String, Diagnostics> {
    let file = FileId::add(path, text);
    let (body, diags) = parse_file(file);
    if diags.has_errors() {
        return Err(diags);
    }
    let mut edits = Vec::new();
    modernize(&body, &mut Vec::new(), text, &mut edits);
    edits.sort_by_key(|(span, _)| span.start);
    let mut current = String::with_capacity(text.len());
    let mut at = 0;
    for (span, new) in edits {
        current.push_str(&text[at..span.start as usize]);
        current.push_str(&new);
        at = span.end as usize;
    }
    current.push_str(&text[at..]);
    Ok(lay_out(&current))
}

/// Collects replacements of old spellings by those in use since Terraform 0.12.
fn modernize(body: &Body, around: &mut Vec<String>, text: &str, edits: &mut Vec<(Span, String)>) {
    let Some(body) = body.as_native() else { return };
    for attribute in &body.attributes {
        let span = attribute.expr.span();
        let old = &text[span.start as usize..span.end as usize];
        let new = if around.len() == 1 && around[0] == "variable" && &*attribute.name == "type" {
            modern_type(old).map(str::to_owned)
        } else if matches!(attribute.expr.kind(), ExprKind::Interpolation(_)) && old.starts_with('"') {
            unwrapped(old)
        } else {
            None
        };
        edits.extend(new.map(|new| (span, new)));
    }
    for block in &body.blocks {
        // What stands between type and labels goes with the old spelling, comments too: that is what Terraform gives.
        if let Some(last) = block.labels.last() {
            let span = Span { start: block.kind_span.end, ..last.span };
            let new: String = block.labels.iter().map(|label| format!(" {}", quoted(&label.name))).collect();
            if text[span.start as usize..span.end as usize] != new {
                edits.push((span, new));
            }
        }
        around.push(block.kind.to_string());
        modernize(&block.body, around, text, edits);
        around.pop();
    }
}

fn modern_type(old: &str) -> Option<&'static str> {
    Some(match old {
        "list" => "list(any)",
        "set" => "set(any)",
        "map" => "map(any)",
        "\"string\"" => "string",
        "\"list\"" => "list(string)",
        "\"map\"" => "map(string)",
        _ => return None,
    })
}

/// `"${x}"` without quotes and braces. In parentheses if it goes over several lines, which would end the argument.
fn unwrapped(old: &str) -> Option<String> {
    let inner = old.strip_prefix("\"${")?.strip_suffix("}\"")?;
    let inner = inner.strip_prefix('~').unwrap_or(inner);
    let inner = inner.strip_suffix('~').unwrap_or(inner).trim_matches([' ', '\t', '\r', '\n']);
    let tokens = lex(inner);
    let meaning: Vec<K> = tokens.iter().map(|t| t.kind).filter(|k| *k != K::Eof).collect();
    let several_lines = meaning.contains(&K::Newline);
    let in_parens = meaning.first() == Some(&K::OpenParen) && meaning.last() == Some(&K::CloseParen);
    Some(if several_lines && !in_parens { format!("({inner})") } else { inner.to_owned() })
}
