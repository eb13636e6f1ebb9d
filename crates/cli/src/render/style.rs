//! Colour, or none.

use std::fmt::{self, Display};
use std::io::IsTerminal as _;

/// How to write: with colour codes or without, and how wide.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether to write colour codes.
    pub color: bool,
    /// Columns to wrap prose at.
    pub width: usize,
    /// Columns of the terminal, where lines that are longer must be folded to stay readable; none in pipes and files,
    /// where whoever reads them folds (or searches) lines himself.
    pub fold: Option<usize>,
}

/// Text between the codes that turn a colour on and off.
pub struct Painted<T>(Option<&'static str>, T);

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(code) => write!(f, "\x1b[{code}m{}\x1b[0m", self.1),
            None => self.1.fmt(f),
        }
    }
}

macro_rules! paints {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => { $(
        $(#[$doc])*
        pub fn $name<T: Display>(&self, text: T) -> Painted<T> {
            Painted(self.color.then_some($code), text)
        }
    )* };
}

impl Style {
    /// No colour, 78 columns.
    #[cfg(test)]
    pub const PLAIN: Style = Style { color: false, width: 78, fold: None };

    /// What fits a stream: colour on a terminal or where it is asked for, none where it is forbidden.
    pub fn detect(stream: &impl std::io::IsTerminal, no_color: bool) -> Self {
        let terminal = stream.is_terminal();
        let columns = columns(terminal);
        Style {
            color: wants_color(no_color, terminal, |name| std::env::var(name).ok()),
            width: columns.unwrap_or(NARROW).min(WIDEST_PROSE),
            fold: columns.filter(|_| terminal),
        }
    }

    /// The style of standard output.
    pub fn stdout(no_color: bool) -> Self {
        Self::detect(&std::io::stdout(), no_color)
    }

    /// The same for a terminal that may have another size by now.
    #[must_use]
    pub fn resized(self) -> Self {
        match self.fold.and_then(|_| columns(true)) {
            Some(columns) => Style { width: columns.min(WIDEST_PROSE), fold: Some(columns), ..self },
            None => self,
        }
    }

    /// The style of standard error.
    pub fn stderr(no_color: bool) -> Self {
        Self::detect(&std::io::stderr(), no_color)
    }

    paints! {
        /// Added, well.
        green = "32";
        /// Removed, failed.
        red = "31";
        /// Changed, warned.
        yellow = "33";
        /// Read.
        cyan = "36";
        /// Emphasis.
        bold = "1";
        /// Emphasised and failed.
        bold_red = "1;31";
        /// Emphasised and warned.
        bold_yellow = "1;33";
        /// Emphasised and well.
        bold_green = "1;32";
        /// Less important.
        dim = "90";
        /// The culprit in a line of source.
        underline = "4";
    }
}

/// Prose is wrapped here where nobody knows better.
const NARROW: usize = 78;

/// Longer lines of prose are hard to follow.
const WIDEST_PROSE: usize = 120;

/// Flags count more than the environment, and a no more than a yes: `-no-color`, `NO_COLOR` (<https://no-color.org>),
/// `FORCE_COLOR` and `CLICOLOR_FORCE` (<https://bixense.com/clicolors>, <https://force-color.org>), `TERM`.
fn wants_color(no_color: bool, terminal: bool, env: impl Fn(&str) -> Option<String>) -> bool {
    if no_color || env("NO_COLOR").is_some_and(|v| !v.is_empty()) {
        return false;
    }
    let forced = ["FORCE_COLOR", "CLICOLOR_FORCE"].iter().filter_map(|n| env(n)).find(|v| !v.is_empty());
    match forced.as_deref() {
        Some("0" | "false") => false,
        Some(_) => true,
        None => terminal && env("TERM").is_none_or(|t| t != "dumb"),
    }
}

/// Columns and lines of the terminal that standard error or standard output is.
pub fn terminal_size() -> Option<(usize, usize)> {
    let size = |r: rustix::io::Result<rustix::termios::Winsize>| {
        r.ok().map(|w| (usize::from(w.ws_col), usize::from(w.ws_row))).filter(|(columns, _)| *columns > 0)
    };
    size(rustix::termios::tcgetwinsize(std::io::stdout()))
        .or_else(|| size(rustix::termios::tcgetwinsize(std::io::stderr())))
}

fn columns(terminal: bool) -> Option<usize> {
    let said = std::env::var("COLUMNS").ok().and_then(|c| c.parse::<usize>().ok());
    let asked = || terminal_size().map(|(columns, _)| columns);
    said.or_else(|| terminal.then(asked).flatten()).filter(|c| *c >= 20)
}

/// Whether a live display can be drawn on standard output: it is a terminal that takes cursor movements, and nobody
/// records it (`CI`).
pub fn is_live() -> bool {
    std::io::stdout().is_terminal()
        && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
        && std::env::var_os("CI").is_none()
}

/// Columns that text takes on a screen; colour codes take none.
pub fn columns_of(text: &str) -> usize {
    let mut count = 0;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\x1b' {
            for c in chars.by_ref() {
                if c.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            count += wide(c);
        }
    }
    count
}

/// Columns of a character. East Asian wide ones and emoji take two
/// (<https://www.unicode.org/reports/tr11/>), combining marks none.
fn wide(c: char) -> usize {
    match u32::from(c) {
        0..=0x1f | 0x7f..=0x9f | 0x300..=0x36f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 => 2,
        0xffe0..=0xffe6 | 0x1f300..=0x1f64f | 0x1f900..=0x1f9ff | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// The beginning of a text without colour codes, so that it takes at most `width` columns; what is left out shows as `…`.
pub fn cut(text: &str, width: usize) -> String {
    if columns_of(text) <= width {
        return text.to_owned();
    }
    let mut left = width.saturating_sub(1);
    let mut out = String::new();
    for c in text.chars() {
        let Some(rest) = left.checked_sub(wide(c)) else { break };
        left = rest;
        out.push(c);
    }
    out + "…"
}

/// Breaks lines that are wider than the terminal. What follows is indented under the line's own text and marked, so
/// that a break is never taken for a line end of the value.
pub fn fold(text: &str, style: &Style) -> String {
    let Some(width) = style.fold else { return text.to_owned() };
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if columns_of(line) <= width {
            out.push_str(line);
        } else {
            fold_line(line.trim_end_matches('\n'), width, style, &mut out);
            out.push('\n');
        }
    }
    out
}

fn fold_line(line: &str, width: usize, style: &Style, out: &mut String) {
    let lead = line.chars().take_while(|c| *c == ' ').count();
    // Under the text behind the sign, but never so far right that nothing fits.
    let indent = (lead + 4).min(width / 3);
    let mark = format!("{}{} ", " ".repeat(indent), style.dim("↪"));
    let cells = cells(line);
    let (mut start, mut room) = (0, width);
    let mut on = "";
    while start < cells.len() {
        let end = row_end(&cells[start..], room) + start;
        if start > 0 {
            out.push('\n');
            out.push_str(&mark);
        }
        for (c, code) in &cells[start..end] {
            if code != on {
                out.push_str(if on.is_empty() { "" } else { "\x1b[0m" });
                out.push_str(code);
                on = code;
            }
            out.push(*c);
        }
        out.truncate(out.trim_end_matches(' ').len());
        if !on.is_empty() {
            out.push_str("\x1b[0m");
        }
        (start, room, on) = (end, width.saturating_sub(indent + 2).max(10), "");
    }
}

/// The characters of a line, each with the colour code that is on there.
fn cells(line: &str) -> Vec<(char, String)> {
    let (mut cells, mut code) = (Vec::new(), String::new());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c != '\x1b' {
            cells.push((c, code.clone()));
            continue;
        }
        let mut rest = String::new();
        for c in chars.by_ref() {
            rest.push(c);
            if c.is_ascii_alphabetic() {
                break;
            }
        }
        if rest == "[0m" {
            code.clear();
        } else {
            code.push(c);
            code.push_str(&rest);
        }
    }
    cells
}

/// How many of these characters go on a row: up to the last good place to break in its second half, or all that fit.
fn row_end(cells: &[(char, String)], room: usize) -> usize {
    let (mut columns, mut good) = (0, None);
    for (i, (c, _)) in cells.iter().enumerate() {
        columns += wide(*c);
        if columns > room {
            return good.map_or(i.max(1), |(at, _)| at);
        }
        if columns * 2 <= room {
            continue;
        }
        // Before an arrow is better than anywhere else.
        if *c == '-' && i > 0 && cells[i - 1].0 == ' ' && cells.get(i + 1).is_some_and(|n| n.0 == '>') {
            good = Some((i, true));
        } else if matches!(c, ' ' | ',' | '/' | ';' | '&') && !matches!(good, Some((_, true))) {
            good = Some((i + 1, false));
        }
    }
    cells.len()
}

/// Prose behind a heading, broken so that lines have at most `width` columns; all lines but the first begin with `indent`
/// blanks.
pub fn hang(heading: &str, text: &str, indent: usize, width: usize) -> String {
    let lines = wrap(text, width.saturating_sub(indent).max(20));
    format!("{heading}{}", lines.join(&format!("\n{}", " ".repeat(indent))))
}

/// Breaks prose at blanks so that lines have at most `width` columns. Lines that begin with a
/// blank (commands) are left as they are.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        if paragraph.starts_with([' ', '\t']) || paragraph.chars().count() <= width {
            lines.push(paragraph.to_owned());
            continue;
        }
        let mut line = String::new();
        let mut length = 0;
        for word in paragraph.split(' ') {
            let word_length = word.chars().count();
            if length > 0 && length + 1 + word_length > width {
                lines.push(std::mem::take(&mut line));
                length = 0;
            }
            if length > 0 {
                line.push(' ');
                length += 1;
            }
            line.push_str(word);
            length += word_length;
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_where_it_is_asked_for() {
        let with = |set: &[(&str, &str)], no_color, terminal| {
            let env = |name: &str| set.iter().find(|(k, _)| *k == name).map(|(_, v)| (*v).to_owned());
            wants_color(no_color, terminal, env)
        };
        assert!(with(&[("TERM", "xterm")], false, true));
        assert!(!with(&[("TERM", "xterm")], false, false));
        assert!(!with(&[("TERM", "dumb")], false, true));
        assert!(with(&[("FORCE_COLOR", "1")], false, false));
        assert!(with(&[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")], false, false));
        assert!(!with(&[("FORCE_COLOR", "0")], false, true));
        assert!(!with(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], false, true));
        assert!(!with(&[("FORCE_COLOR", "1")], true, true));
        assert!(with(&[("NO_COLOR", "")], false, true));
    }

    #[test]
    fn long_lines_fold_under_their_own_text() {
        let style = Style { color: false, width: 40, fold: Some(40) };
        let text = "      + name = \"one two three four five six seven eight\"\nshort\n";
        let expected = "      + name = \"one two three four five\n          ↪ six seven eight\"\nshort\n";
        assert_eq!(fold(text, &style), expected);
        let long = format!("      + key = \"{}\"\n", "x".repeat(60));
        let folded = fold(&long, &style);
        assert!(folded.lines().all(|l| columns_of(l) <= 40), "{folded}");
        let joined: String = folded.lines().map(|l| l.trim_start_matches(' ').trim_start_matches("↪ ")).collect();
        assert_eq!(joined.matches('x').count(), 60);
    }

    #[test]
    fn columns_of_wide_and_coloured_text() {
        assert_eq!(columns_of("\x1b[32m+\x1b[0m é"), 3);
        assert_eq!(columns_of("日本"), 4);
        assert_eq!(cut("aws_instance.日本", 15), "aws_instance.…");
    }

    #[test]
    fn wraps_prose_and_leaves_commands() {
        let lines = wrap("one two three\n  a command that is long\nfour", 8);
        assert_eq!(lines, ["one two", "three", "  a command that is long", "four"]);
    }
}
