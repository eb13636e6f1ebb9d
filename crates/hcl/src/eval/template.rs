//! Templates.

use super::{Frames, Run, access};
use crate::ast::Expr;
use crate::functions::MAX_TEXT;
use craton_model::{Marks, Refinement, Type, Value, convert};
use std::sync::Arc;

const INVALID: &str = "Invalid template interpolation value";
const TOO_LONG: &str = "Text is too long";

fn too_long() -> String {
    format!("The text would be longer than {} MiB. Leave parts of it out, or repeat less.", MAX_TEXT >> 20)
}

impl Run<'_> {
    pub(super) fn template(&mut self, expr: &Expr, parts: &[Expr], frames: Frames<'_>) -> Value {
        let mark = self.mark();
        let mut text = String::new();
        let mut marks = Marks::NONE;
        let mut known = true;
        for part in parts {
            let value = self.eval(part, frames);
            if value.is_null() {
                let detail = "This part of the text is null. Give it a default with coalesce() or a conditional.";
                self.error(part, expr, frames, INVALID, detail);
                continue;
            }
            // Terraform looks at the type only when there is a value.
            if !value.is_known() {
                marks = marks.union(value.marks());
                known = false;
                continue;
            }
            let value = match convert(&value, &Type::String) {
                Ok(value) => value,
                Err(e) => {
                    let detail = format!("This value cannot be part of a text: {e}.");
                    self.error(part, expr, frames, INVALID, detail);
                    continue;
                }
            };
            marks = marks.union(value.marks());
            match value.as_str() {
                Some(s) if text.len().saturating_add(s.len()) > MAX_TEXT => {
                    return self.error(part, expr, frames, TOO_LONG, too_long());
                }
                Some(s) if known => text.push_str(s),
                Some(_) => {}
                // What is known of this part's own beginning is not added: Terraform does not either.
                None => known = false,
            }
        }
        if known && !self.errors_since(mark) {
            return Value::string(text).mark(marks);
        }
        let prefix = if self.errors_since(mark) { None } else { safe_prefix(&text) };
        Value::refined(Type::String, Refinement { not_null: true, prefix, ..Refinement::default() }).mark(marks)
    }

    pub(super) fn template_for(&mut self, expr: &Expr, tuple: &Expr, frames: Frames<'_>) -> Value {
        let mark = self.mark();
        let items = self.eval(tuple, frames);
        let mut marks = items.marks();
        let known_later =
            |marks| Value::refined(Type::String, Refinement { not_null: true, ..Refinement::default() }).mark(marks);
        let Some(all) = access::elements(&items) else { return known_later(marks) };
        let mut text = String::new();
        let mut known = true;
        for (_, item) in all {
            if item.is_null() {
                let detail = "A result of the repetition is null, which cannot be part of a text.";
                self.error(tuple, expr, frames, INVALID, detail);
                continue;
            }
            if !item.is_known() {
                marks = marks.union(item.marks());
                known = false;
                continue;
            }
            match convert(&item, &Type::String) {
                Ok(item) => {
                    marks = marks.union(item.marks());
                    match item.as_str() {
                        Some(s) if text.len().saturating_add(s.len()) > MAX_TEXT => {
                            return self.error(tuple, expr, frames, TOO_LONG, too_long());
                        }
                        Some(s) => text.push_str(s),
                        None => known = false,
                    }
                }
                Err(e) => {
                    let detail = format!("A result of the repetition cannot be part of a text: {e}.");
                    self.error(tuple, expr, frames, INVALID, detail);
                }
            }
        }
        if known && !self.errors_since(mark) { Value::string(text).mark(marks) } else { known_later(marks) }
    }
}

/// The part of a known beginning that stays whatever follows: a last letter might still be changed by an accent after it.
pub(crate) fn safe_prefix(text: &str) -> Option<Arc<str>> {
    const LONGEST: usize = 128;
    let mut end = text.len();
    if end > LONGEST {
        end = (0..=LONGEST).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    }
    let text = &text[..end];
    let stays = |c: char| c.is_ascii_punctuation() || c == ' ';
    let kept = match text.chars().next_back() {
        Some(last) if !stays(last) => &text[..text.len() - last.len_utf8()],
        _ => text,
    };
    (!kept.is_empty()).then(|| Arc::from(kept))
}
