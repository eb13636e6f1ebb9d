//! Diagnostics for people: the place, the line with the culprit underlined, what is wrong, why,
//! and what to do.

use std::fmt::Write as _;

use craton_model::{Diagnostic, Diagnostics, Position, Severity};

use super::source;
use super::style::{Style, columns_of, cut, wrap};

/// One diagnostic in its frame, with a line end.
pub fn render(d: &Diagnostic, style: &Style) -> String {
    let error = d.severity == Severity::Error;
    let paint = |text: &str| if error { style.red(text).to_string() } else { style.yellow(text).to_string() };
    let word = if error { style.bold_red("Error: ").to_string() } else { style.bold_yellow("Warning: ").to_string() };
    let bar = paint("│");
    let mut out = format!("{}\n{bar} {word}{}\n", paint("╷"), style.bold(&d.summary));
    let mut push = |line: &str| {
        let _ = if line.is_empty() { writeln!(out, "{bar}") } else { writeln!(out, "{bar} {line}") };
    };
    let place = place(d, style);
    if !place.is_empty() {
        push("");
        place.iter().for_each(|l| push(l));
    }
    if !d.detail.is_empty() {
        push("");
        wrap(d.detail.trim_end(), style.width.saturating_sub(2)).iter().for_each(|l| push(l));
    }
    let _ = writeln!(out, "{}", paint("╵"));
    out
}

/// All of them, errors last so that they end up nearest to the prompt.
pub fn render_all(ds: &Diagnostics, style: &Style) -> String {
    let mut out = String::new();
    for severity in [Severity::Warning, Severity::Error] {
        for d in ds.into_iter().filter(|d| d.severity == severity) {
            out.push_str(&render(d, style));
        }
    }
    out
}

/// Columns of a long line of source that are shown in front of the culprit.
const LEAD: usize = 20;

fn place(d: &Diagnostic, style: &Style) -> Vec<String> {
    let with = d.address.as_ref().map(|a| format!("  with {},", style.bold(a)));
    let Some(subject) = d.subject else {
        let attribute = d.attribute.as_ref().filter(|p| !p.0.is_empty()).map(|p| format!("  at {p}:"));
        return with.into_iter().chain(attribute).collect();
    };
    let file = subject.file.source();
    let start = file.position(subject.start);
    let end = file.position(subject.end.max(subject.start));
    let mut lines: Vec<String> = with.into_iter().collect();
    let block = source::enclosing(subject).map_or_else(String::new, |b| format!(", in {b}"));
    lines.push(format!("  on {} line {}{block}:", style.bold(file.path.display()), start.line));
    let (first, last) = match d.context.filter(|c| c.file == subject.file) {
        Some(c) => (file.position(c.start).line.min(start.line), file.position(c.end).line.max(start.line)),
        None => (start.line, end.line),
    };
    // Of a long block only the head and the culprit are worth the room.
    let shown: Vec<u32> = if last - first < 6 { (first..=last).collect() } else { vec![first, start.line] };
    let gutter = last.to_string().len().max(2);
    let room = style.width.saturating_sub(gutter + 6).max(20);
    let mut before = None;
    for line in shown {
        if before == Some(line) {
            continue;
        }
        if before.is_some_and(|b| b + 1 < line) {
            lines.push(format!("  {:>gutter$}  ...", ""));
        }
        before = Some(line);
        let row = Row::new(file.line(line), line, start, end, room);
        lines.push(format!("  {line:>gutter$}: {}", row.text(style)));
        if let Some(carets) = row.carets().filter(|_| !style.color) {
            lines.push(format!("  {:>gutter$}  {carets}", ""));
        }
    }
    if !d.values.is_empty() {
        lines.push(format!("  {:>gutter$}  {}", "", style.dim("├────────────────")));
        for (name, what) in &d.values {
            let what = cut(what, room.saturating_sub(columns_of(name) + 3).max(20));
            lines.push(format!("  {:>gutter$}  {} {} {what}", "", style.dim("│"), style.bold(name)));
        }
    }
    for (caller, others) in source::calls(subject, d.address.as_deref()) {
        let file = caller.call.file.source();
        let at = format!("{} line {}", file.path.display(), file.position(caller.call.start).line);
        let others = match others {
            0 => String::new(),
            1 => ", and 1 other call".to_owned(),
            n => format!(", and {n} other calls"),
        };
        lines.push(format!("  in {}, called at {at}{others}", caller.module));
    }
    lines
}

/// A line of source, cut to what fits, and what of it is the culprit.
struct Row {
    chars: Vec<char>,
    /// The culprit in `chars`; `None` on lines around it.
    mark: Option<(usize, usize)>,
    cut_front: bool,
    cut_back: bool,
}

impl Row {
    fn new(text: &str, line: u32, start: Position, end: Position, room: usize) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let indent = chars.iter().take_while(|c| c.is_whitespace()).count();
        let mark = (line >= start.line && line <= end.line).then(|| {
            let from = if line == start.line { start.column as usize - 1 } else { indent };
            let to = if line == end.line { end.column as usize - 1 } else { chars.len() };
            (from, to.max(from + 1))
        });
        if chars.len() <= room {
            return Self { chars, mark, cut_front: false, cut_back: false };
        }
        // A long line is shown from a little before the culprit.
        let skip = mark.map_or(0, |(from, to)| if to < room { 0 } else { from.saturating_sub(LEAD) });
        let until = (skip + room).min(chars.len());
        let mark = mark.map(|(from, to)| (from - skip, (to - skip).min(room).max(from - skip + 1)));
        let (cut_front, cut_back) = (skip > 0, until < chars.len());
        Self { chars: chars[skip.min(until)..until].to_vec(), mark, cut_front, cut_back }
    }

    fn text(&self, style: &Style) -> String {
        let part = |a: usize, b: usize| self.chars[a.min(self.chars.len())..b.min(self.chars.len())].iter().collect();
        let marked = match self.mark.filter(|_| style.color) {
            Some((from, to)) => {
                let (head, culprit, tail): (String, String, String) =
                    (part(0, from), part(from, to), part(to, usize::MAX));
                format!("{head}{}{tail}", style.underline(culprit))
            }
            None => part(0, usize::MAX),
        };
        let (front, back) = (if self.cut_front { "…" } else { "" }, if self.cut_back { "…" } else { "" });
        format!("{front}{marked}{back}")
    }

    /// Carets below the culprit, for where nothing can be underlined.
    fn carets(&self) -> Option<String> {
        let (from, to) = self.mark?;
        let blank = |c: char| if c == '\t' { '\t' } else { ' ' };
        let pad: String = self.chars.iter().take(from).map(|c| blank(*c)).collect();
        Some(format!("{}{pad}{}", if self.cut_front { " " } else { "" }, "^".repeat(to - from)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use craton_model::FileId;
    use craton_model::span::Caller;

    #[test]
    fn shows_place_culprit_and_values() {
        let file = FileId::add("main.tf", "resource \"aws_vpc\" \"this\" {\n  cidr_block = var.cidrr\n}\n");
        let mut d = Diagnostic::error(
            "Reference to undeclared input variable",
            "There is no variable \"cidrr\". Did you mean \"cidr\"?",
        )
        .at(file.span(43, 52))
        .for_address("aws_vpc.this");
        d.values.push(("var.cidr".into(), "is \"10.0.0.0/16\"".into()));
        let expected = "\
╷
│ Error: Reference to undeclared input variable
│
│   with aws_vpc.this,
│   on main.tf line 2, in resource \"aws_vpc\" \"this\":
│    2:   cidr_block = var.cidrr
│                      ^^^^^^^^^
│       ├────────────────
│       │ var.cidr is \"10.0.0.0/16\"
│
│ There is no variable \"cidrr\". Did you mean \"cidr\"?
╵
";
        assert_eq!(render(&d, &Style::PLAIN), expected);
    }

    #[test]
    fn a_long_line_is_shown_around_the_culprit() {
        let text = format!("x = \"{}\" + var.none + \"{}\"\n", "a".repeat(200), "b".repeat(200));
        let at = text.find("var.none").unwrap();
        let file = FileId::add("long.tf", text);
        let text = render(&Diagnostic::error("Wrong", "").at(file.span(at, at + 8)), &Style::PLAIN);
        assert!(text.lines().all(|l| columns_of(l) <= 80), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        let under: String = lines[4]
            .chars()
            .zip(lines[5].chars().chain(std::iter::repeat(' ')))
            .filter(|p| p.1 == '^')
            .map(|p| p.0)
            .collect();
        assert_eq!(under, "var.none", "{text}");
    }

    #[test]
    fn the_calls_that_lead_to_a_module_are_named() {
        let root = FileId::add("main.tf", "module \"a\" {\n  source = \"./a\"\n}\n");
        let a = FileId::add("a/main.tf", "\nmodule \"b\" {\n  source = \"./b\"\n}\n");
        let b = FileId::add("a/b/main.tf", "locals {\n  x = y\n}\n");
        let caller = |module: &str, call| Caller { module: module.into(), call };
        a.source().called(caller("module.a", root.span(0, 10)));
        b.source().called(caller("module.z", root.span(0, 10)));
        b.source().called(caller("module.a.module.b", a.span(1, 11)));
        let d = Diagnostic::error("Wrong", "").at(b.span(15, 16)).for_address("module.a[0].module.b.t.x");
        let text = render(&d, &Style::PLAIN);
        let expected =
            "│   in module.a.module.b, called at a/main.tf line 2\n│   in module.a, called at main.tf line 1\n";
        assert!(text.contains(expected), "{text}");
    }
}
