//! What people type at the console.

/// What a text asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Entry<'a> {
    /// A blank line.
    Nothing,
    /// To end.
    Exit,
    /// To be told how this works, or what a function does.
    Help(Option<&'a str>),
    /// The value of an expression.
    Expression(&'a str),
}

/// Reads a text whose brackets are closed.
pub fn read(text: &str) -> Entry<'_> {
    let text = text.trim();
    let mut words = text.split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (None, ..) => Entry::Nothing,
        (Some("exit"), None, _) => Entry::Exit,
        (Some("help"), None, _) => Entry::Help(None),
        (Some("help"), Some(name), None) if name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ':') => {
            Entry::Help(Some(name))
        }
        _ => Entry::Expression(text),
    }
}

/// Whether something is open at the end: a bracket outside of quotes, an interpolation, a heredoc.
pub fn is_open(text: &str) -> bool {
    // Inside a quote, an interpolation opens a bracket within which quotes may be opened again.
    let mut open: Vec<char> = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let quoted = open.last() == Some(&'"');
        match c {
            '\\' if quoted => {
                chars.next();
            }
            '"' if quoted => {
                open.pop();
            }
            '"' => open.push('"'),
            '$' | '%' if quoted => {
                if chars.peek().is_some_and(|(_, next)| *next == c) {
                    chars.next();
                } else if chars.peek().is_some_and(|(_, next)| *next == '{') {
                    chars.next();
                    open.push('{');
                }
            }
            _ if quoted => {}
            '#' => skip_line(&mut chars),
            '/' if text[at..].starts_with("//") => skip_line(&mut chars),
            '<' if text[at..].starts_with("<<") => match heredoc_end(&text[at..]) {
                Some(end) => while chars.next_if(|(i, _)| *i < at + end).is_some() {},
                None => return true,
            },
            '(' | '[' | '{' => open.push(c),
            ')' | ']' | '}' => {
                open.pop();
            }
            _ => {}
        }
    }
    // A quote that does not end in its line is a mistake; another line would not mend it.
    open.iter().any(|c| *c != '"')
}

fn skip_line(chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>) {
    while chars.next_if(|(_, c)| *c != '\n').is_some() {}
}

/// Where a heredoc at the start of a text ends; `None` while it has not.
fn heredoc_end(text: &str) -> Option<usize> {
    let marker = text["<<".len()..].split('\n').next().unwrap_or_default();
    let marker = marker.strip_prefix('-').unwrap_or(marker).trim_end();
    if marker.is_empty() || !marker.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
        // No heredoc after all: the parser says what is wrong.
        return Some("<<".len());
    }
    let (first, _) = text.split_once('\n')?;
    let mut at = first.len() + 1;
    for line in text[at..].split_inclusive('\n') {
        if line.trim() == marker {
            return Some(at + line.trim_end().len());
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_goes_on() {
        for open in ["(1 +", "[1,\n2", "{", "\"a ${max(1,", "<<E\nx\n", "<<-E\n  x", "f(\"x\", # )\n"] {
            assert!(is_open(open), "{open}");
        }
        for closed in [
            "1",
            "(1)",
            "\"(\"",
            "\"a $${\"",
            "\"open",
            "<<E\nx (\nE\n",
            "1 # (",
            "1 // [",
            "\"${[1][0]}\"",
            "a << b\n",
            ")",
        ] {
            assert!(!is_open(closed), "{closed}");
        }
    }

    #[test]
    fn words_of_its_own() {
        assert_eq!(read("  \n"), Entry::Nothing);
        assert_eq!(read(" exit\n"), Entry::Exit);
        assert_eq!(read("help"), Entry::Help(None));
        assert_eq!(read("help cidrsubnet"), Entry::Help(Some("cidrsubnet")));
        assert_eq!(read("exit.x"), Entry::Expression("exit.x"));
        assert_eq!(read("help(1) + 1"), Entry::Expression("help(1) + 1"));
    }
}
