//! `fileset` and its patterns: `*`, `?`, `[a-z]`, `{a,b}`, and `**` for any number of folders.

use std::path::Path;

use super::filesystem::{clean, shown};
use super::support::*;

/// The paths of files below a folder that match, relative to it.
pub(super) fn fileset(cx: &CallContext<'_>, args: &[Value]) -> Answer {
    let (folder, pattern) = (text(args, 0)?, text(args, 1)?);
    let bad = || {
        FunctionError::argument(1, format!("failed to glob pattern {}: syntax error in pattern", shown(cx, 1, pattern)))
    };
    let cleaned = clean(pattern);
    let parts: Vec<&str> = cleaned.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    // Braces do not reach over a slash.
    for part in &parts {
        check(part).ok_or_else(bad)?;
    }
    let start = cx.environment().path(folder);
    let mut found = Vec::new();
    walk(cx, &start, "", &parts, 0, &mut found);
    Ok(Value::set(Type::String, found.into_iter().map(Value::from)))
}

/// Folders below this depth are not entered.
const MAX_DEPTH: usize = 200;

fn walk(cx: &CallContext<'_>, at: &Path, relative: &str, parts: &[&str], depth: usize, found: &mut Vec<String>) {
    let files = &cx.environment().files;
    let Some((part, rest)) = parts.split_first() else {
        if !relative.is_empty() && files.metadata(at).is_ok_and(|m| !m.is_dir()) {
            found.push(relative.to_owned());
        }
        return;
    };
    if depth > MAX_DEPTH {
        return;
    }
    let below = |name: &str| if relative.is_empty() { name.to_owned() } else { format!("{relative}/{name}") };
    if *part == "**" {
        walk(cx, at, relative, rest, depth + 1, found);
        let Ok(names) = files.list(at) else { return };
        for name in names {
            let Some(name) = name.to_str() else { continue };
            let path = at.join(name);
            // Links to folders are not followed here, or a link to a folder above would never end.
            let link = std::fs::symlink_metadata(&path).is_ok_and(|m| m.is_symlink());
            match files.metadata(&path) {
                Ok(m) if m.is_dir() && !link => walk(cx, &path, &below(name), parts, depth + 1, found),
                Ok(m) if !m.is_dir() && rest.is_empty() => found.push(below(name)),
                _ => {}
            }
        }
        return;
    }
    if !part.contains(['*', '?', '[', '{', '\\']) {
        let path = at.join(part);
        if files.metadata(&path).is_ok() {
            walk(cx, &path, &below(part), rest, depth + 1, found);
        }
        return;
    }
    let patterns: Vec<Vec<char>> = alternatives(part).iter().map(|p| p.chars().collect()).collect();
    let Ok(names) = files.list(at) else { return };
    for name in names {
        let Some(name) = name.to_str() else { continue };
        let letters: Vec<char> = name.chars().collect();
        if patterns.iter().any(|p| matches(p, &letters)) {
            walk(cx, &at.join(name), &below(name), rest, depth + 1, found);
        }
    }
}

/// Whether brackets and braces are closed and nothing is escaped at the very end.
fn check(pattern: &str) -> Option<()> {
    let mut rest = pattern.chars();
    let mut braces = 0usize;
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                rest.next()?;
            }
            '[' => {
                let mut any = false;
                loop {
                    match rest.next()? {
                        ']' if any => break,
                        ']' => return None,
                        '^' if !any => {}
                        '\\' => {
                            rest.next()?;
                            any = true;
                        }
                        _ => any = true,
                    }
                }
            }
            '{' => braces += 1,
            '}' if braces > 0 => braces -= 1,
            _ => {}
        }
    }
    (braces == 0).then_some(())
}

/// The patterns that braces stand for, without braces.
fn alternatives(pattern: &str) -> Vec<String> {
    let bytes = pattern.as_bytes();
    let (mut at, mut open) = (0, None);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'{' => {
                open = Some(at);
                break;
            }
            _ => {}
        }
        at += 1;
    }
    let Some(open) = open else { return vec![pattern.to_owned()] };
    let (mut depth, mut start, mut choices, mut close) = (0, open + 1, Vec::new(), None);
    at = open;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    choices.push(&pattern[start..at]);
                    close = Some(at);
                    break;
                }
            }
            b',' if depth == 1 => {
                choices.push(&pattern[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    let Some(close) = close else { return vec![pattern.to_owned()] };
    let (head, tail) = (&pattern[..open], &pattern[close + 1..]);
    choices.into_iter().flat_map(|choice| alternatives(&format!("{head}{choice}{tail}"))).collect()
}

/// Whether a name matches a pattern without slashes. After a star only the last possible place is tried again, so the
/// cost is at most the product of the lengths.
fn matches(pattern: &[char], name: &[char]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        let step = match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => class(&pattern[p..], name[n]),
            Some('\\') => (pattern.get(p + 1) == Some(&name[n])).then_some(2),
            Some(c) => (*c == name[n]).then_some(1),
            None => None,
        };
        match (step, star) {
            (Some(len), _) => {
                p += len;
                n += 1;
            }
            (None, Some((star_p, star_n))) => {
                p = star_p + 1;
                n = star_n + 1;
                star = Some((star_p, star_n + 1));
            }
            (None, None) => return false,
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// The length of the class at the start of the pattern, if the character is in it. Only `^` negates.
fn class(pattern: &[char], c: char) -> Option<usize> {
    let negated = pattern.get(1) == Some(&'^');
    let mut at = if negated { 2 } else { 1 };
    let mut inside = false;
    let one = |at: &mut usize| -> Option<char> {
        if pattern.get(*at) == Some(&'\\') {
            *at += 1;
        }
        let c = pattern.get(*at).copied();
        *at += 1;
        c
    };
    while pattern.get(at) != Some(&']') {
        let low = one(&mut at)?;
        let high = if pattern.get(at) == Some(&'-') && pattern.get(at + 1) != Some(&']') {
            at += 1;
            one(&mut at)?
        } else {
            low
        };
        inside |= low <= c && c <= high;
    }
    (inside != negated).then_some(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(pattern: &str, name: &str) -> bool {
        let chars = |s: &str| s.chars().collect::<Vec<_>>();
        matches(&chars(pattern), &chars(name))
    }

    #[test]
    fn names() {
        assert!(hit("*.txt", "a.txt") && hit("a*b*c", "aXbYbc") && hit("[a-c]?", "bz") && hit("[^a]", "b"));
        assert!(hit("[!a].txt", "a.txt") && hit("\\*", "*") && !hit("*.txt", "a.txt2") && !hit("[^a]", "a"));
    }

    #[test]
    fn braces() {
        assert_eq!(alternatives("a{b,c{d,e}}f"), ["abf", "acdf", "acef"]);
        assert_eq!(alternatives("\\{a,b}"), ["\\{a,b}"]);
        assert!(check("[").is_none() && check("{a").is_none() && check("[a]{b,c}").is_some());
    }
}
