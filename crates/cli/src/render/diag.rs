//! Diagnostics for people: the place, the line with the culprit underlined, what is wrong, why,
//! and what to do.

use std::fmt::Write as _;

use craton_model::{Diagnostic, Diagnostics, Severity};

use super::style::{Style, wrap};

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

fn place(d: &Diagnostic, style: &Style) -> Vec<String> {
    let with = d.address.as_ref().map(|a| format!("  with {},", style.bold(a)));
    let Some(subject) = d.subject else {
        let attribute = d.attribute.as_ref().filter(|p| !p.0.is_empty()).map(|p| format!("  at {p}:"));
        return with.into_iter().chain(attribute).collect();
    };
    let source = subject.file.source();
    let start = source.position(subject.start);
    let end = source.position(subject.end.max(subject.start));
    let mut lines: Vec<String> = with.into_iter().collect();
    lines.push(format!("  on {} line {}:", style.bold(source.path.display()), start.line));
    let (first, last) = match d.context {
        Some(c) => (source.position(c.start).line, source.position(c.end).line),
        None => (start.line, end.line),
    };
    // Of a long block only the head and the culprit are worth the room.
    let shown: Vec<u32> = if last - first < 6 { (first..=last).collect() } else { vec![first, start.line] };
    let width = last.to_string().len().max(2);
    let mut before = None;
    for line in shown {
        if before == Some(line) {
            continue;
        }
        if before.is_some_and(|b| b + 1 < line) {
            lines.push(format!("  {:>width$}  ...", ""));
        }
        before = Some(line);
        let text = source.line(line);
        lines.push(format!("  {line:>width$}: {}", mark(text, line, start, end, style)));
        if line >= start.line && line <= end.line && !style.color {
            let from =
                if line == start.line { start.column as usize - 1 } else { text.len() - text.trim_start().len() };
            let to = if line == end.line { end.column as usize - 1 } else { text.chars().count() };
            let pad: String = text.chars().take(from).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            lines.push(format!("  {:>width$}  {pad}{}", "", "^".repeat(to.saturating_sub(from).max(1))));
        }
    }
    if !d.values.is_empty() {
        lines.push(format!("  {:>width$}  {}", "", style.dim("├────────────────")));
        for (name, what) in &d.values {
            lines.push(format!("  {:>width$}  {} {} {what}", "", style.dim("│"), style.bold(name)));
        }
    }
    lines
}

fn mark(text: &str, line: u32, start: craton_model::Position, end: craton_model::Position, style: &Style) -> String {
    if !style.color || line < start.line || line > end.line {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let from = if line == start.line { (start.column as usize - 1).min(chars.len()) } else { 0 };
    let to = if line == end.line { (end.column as usize - 1).clamp(from, chars.len()) } else { chars.len() };
    let part = |a: usize, b: usize| chars[a..b].iter().collect::<String>();
    format!("{}{}{}", part(0, from), style.underline(part(from, to)), part(to, chars.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use craton_model::FileId;

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
│   on main.tf line 2:
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
}
