//! Where a diagnostic stands in the text: the lines worth showing, the block around them, the module calls that lead there.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use craton_model::span::Caller;
use craton_model::{Diagnostic, FileId, Span};

/// A block at the top of a file: all of it, and what it is called.
type Top = (Span, String);

thread_local! {
    /// Files are parsed once for all diagnostics about them.
    static TOPS: RefCell<HashMap<FileId, Rc<[Top]>>> = RefCell::default();
}

fn tops(file: FileId) -> Rc<[Top]> {
    let known = TOPS.with_borrow(|all| all.get(&file).cloned());
    known.unwrap_or_else(|| {
        let json = file.source().path.extension().is_some_and(|e| e == "json");
        let (body, _) = craton_hcl::parse_file(file);
        let blocks = body.as_native().filter(|_| !json).map(|b| b.blocks.as_slice()).unwrap_or_default();
        let name = |b: &craton_hcl::Block| {
            let labels: String = b.labels.iter().map(|l| format!(" \"{}\"", l.name)).collect();
            format!("{}{labels}", b.kind)
        };
        let found: Rc<[Top]> = blocks.iter().map(|b| (b.span.to(b.body.span()), name(b))).collect();
        TOPS.with_borrow_mut(|all| all.insert(file, found.clone()));
        found
    })
}

/// The block at the top of the file that a place lies in, as in `resource "aws_vpc" "this"`; `None` for a place outside of
/// blocks and for the beginning of one.
pub fn enclosing(span: Span) -> Option<String> {
    let tops = tops(span.file);
    let around = tops.iter().find(|(block, _)| block.start < span.start && span.start < block.end);
    around.map(|(_, name)| name.clone())
}

/// Whole lines with the culprit in them.
pub struct Snippet {
    /// The lines, without the last line end.
    pub code: String,
    /// The number of the first.
    pub start_line: u32,
    /// Bytes before the culprit.
    pub from: usize,
    /// Bytes before what comes after it.
    pub to: usize,
}

/// The lines of the culprit, and of what surrounds it if that is worth showing.
pub fn snippet(d: &Diagnostic, subject: Span) -> Snippet {
    let source = subject.file.source();
    let around = d.context.filter(|c| c.file == subject.file).map_or(subject, |c| c.to(subject));
    let first = source.position(around.start);
    // An end right behind a line end is on the line before.
    let last = source.position(around.end.max(around.start + 1).saturating_sub(1)).line.max(first.line);
    let lines: Vec<&str> = (first.line..=last).map(|n| source.line(n)).collect();
    let code = lines.join("\n");
    let line_start = source.text[..first.byte as usize].rfind('\n').map_or(0, |i| i + 1);
    let at = |byte: u32| (byte as usize).saturating_sub(line_start).min(code.len());
    let from = at(subject.start);
    Snippet { from, to: at(subject.end.max(subject.start + 1)).max(from), start_line: first.line, code }
}

/// The module calls that lead to a place, the innermost first. `address` (of a resource, as in `module.a[0].x.y`) tells
/// which of several is meant.
pub fn calls(span: Span, address: Option<&str>) -> Vec<(Caller, usize)> {
    let callers = span.file.source().callers();
    let wanted = address.map(module_of);
    let chosen = wanted.and_then(|w| callers.iter().find(|c| c.module == w)).or(callers.first());
    let Some(first) = chosen.cloned() else { return Vec::new() };
    // Where the address does not tell, all of them may be meant.
    let others = if wanted_is(&first, address) { 0 } else { callers.len() - 1 };
    let mut chain = vec![(first, others)];
    while let Some((last, _)) = chain.last() {
        let Some((parent, _)) = last.module.rsplit_once(".module.") else { break };
        let above = last.call.file.source().callers().into_iter().find(|c| c.module == parent);
        let Some(above) = above else { break };
        chain.push((above, 0));
    }
    chain
}

fn wanted_is(caller: &Caller, address: Option<&str>) -> bool {
    address.is_some_and(|a| module_of(a) == caller.module)
}

/// The module part of an address, without the keys of instances.
fn module_of(address: &str) -> String {
    let mut out = String::new();
    let mut rest = address;
    while let Some(after) = rest.strip_prefix("module.") {
        let end = after.find(['.', '[']).unwrap_or(after.len());
        out.push_str(if out.is_empty() { "module." } else { ".module." });
        out.push_str(&after[..end]);
        rest = &after[end..];
        if rest.starts_with('[') {
            // A key may hold brackets and dots in quotes.
            let close = rest.find("\"]").map(|i| i + 2).or(rest.find(']').map(|i| i + 1));
            rest = &rest[close.unwrap_or(rest.len())..];
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_of_an_address() {
        assert_eq!(module_of("module.a[\"x.y\"].module.b[0].aws_vpc.this"), "module.a.module.b");
        assert_eq!(module_of("aws_vpc.this"), "");
        assert_eq!(module_of("module.a"), "module.a");
    }

    #[test]
    fn whole_lines_and_the_culprit_in_them() {
        let text = "a = 1\nb = [\n  2,\n  x]\n";
        let file = FileId::add("s.tf", text);
        let d = Diagnostic::error("x", "").at(file.span(19, 20)).within(file.span(10, 21));
        let s = snippet(&d, file.span(19, 20));
        assert_eq!((s.code.as_str(), s.start_line), ("b = [\n  2,\n  x]", 2));
        assert_eq!(&s.code[s.from..s.to], "x");
    }
}
