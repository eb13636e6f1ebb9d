//! Patterns of the filter language.

use regex::Regex;

/// A pattern as an expression that matches whole texts: `*` and `?` stop at a slash, `**` does not; `[ab]` is a class,
/// `{a,b}` a choice.
pub(crate) fn glob(pattern: &str) -> Result<Regex, String> {
    let mut out = String::from("(?s)^");
    let mut chars = pattern.chars().peekable();
    let mut choices = 0_usize;
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.peek() == Some(&'*') => {
                while chars.peek() == Some(&'*') {
                    chars.next();
                }
                out.push_str(".*");
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '[' => {
                let class: String = chars.by_ref().take_while(|c| *c != ']').collect();
                let (not, class) = class.strip_prefix('!').map_or(("", class.as_str()), |rest| ("^", rest));
                out.push_str(&format!("[{not}{}]", class.replace('\\', r"\\").replace('^', r"\^")));
            }
            '{' => {
                choices += 1;
                out.push_str("(?:");
            }
            ',' if choices > 0 => out.push('|'),
            '}' if choices > 0 => {
                choices -= 1;
                out.push(')');
            }
            '\\' => out.extend(chars.next().map(|c| regex::escape(&c.to_string()))),
            c => out.push_str(&regex::escape(&c.to_string())),
        }
    }
    out.push('$');
    Regex::new(&out).map_err(|_| format!("{pattern:?} is not a pattern: its brackets do not match"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_matches() {
        for (pattern, text, want) in [
            ("a*", "abc", true),
            ("a*", "a/b", false),
            ("**", "a/b", true),
            ("*github.com**acme/*", "git::git@github.com:acme/bar", true),
            ("github.com/acme/*", "github.com/acme/foo", true),
            ("/r/{a,b}/?", "/r/b/x", true),
            ("[!a]b", "ab", false),
            ("a.c", "abc", false),
        ] {
            assert_eq!(super::glob(pattern).unwrap().is_match(text), want, "{pattern} {text}");
        }
        assert!(super::glob("[a").is_err() || super::glob("{a").is_err());
    }
}
