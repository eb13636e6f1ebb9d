//! Colour, or none.

use std::fmt::{self, Display};
use std::io::IsTerminal as _;

/// How to write: with colour codes or without.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether to write colour codes.
    pub color: bool,
    /// Columns to wrap prose at.
    pub width: usize,
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
    pub const PLAIN: Style = Style { color: false, width: 78 };

    /// What fits a stream: colour on a terminal, unless `NO_COLOR` (<https://no-color.org>) or
    /// `no_color` says otherwise.
    pub fn detect(stream: &impl std::io::IsTerminal, no_color: bool) -> Self {
        let plain = no_color || std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|t| t == "dumb");
        let terminal = stream.is_terminal();
        Style { color: terminal && !plain && !dumb, width: columns(terminal) }
    }

    /// The style of standard output.
    pub fn stdout(no_color: bool) -> Self {
        Self::detect(&std::io::stdout(), no_color)
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

fn columns(terminal: bool) -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|c| c.parse::<usize>().ok());
    let asked = || rustix::termios::tcgetwinsize(std::io::stderr()).ok().map(|w| usize::from(w.ws_col));
    let columns = said.or_else(|| terminal.then(asked).flatten()).filter(|c| *c >= 20).unwrap_or(78);
    columns.min(120)
}

/// Whether standard error is a terminal: live progress or one line an event.
pub fn is_live() -> bool {
    std::io::stderr().is_terminal()
        && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
        && std::env::var_os("CI").is_none()
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
    fn wraps_prose_and_leaves_commands() {
        let lines = wrap("one two three\n  a command that is long\nfour", 8);
        assert_eq!(lines, ["one two", "three", "  a command that is long", "four"]);
    }
}
