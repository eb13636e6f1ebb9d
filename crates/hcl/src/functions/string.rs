//! String functions.

use unicode_segmentation::UnicodeSegmentation;

use super::regex;
use super::support::*;

/// The functions of this family.
pub(super) fn functions() -> Vec<Function> {
    vec![
        function("chomp", "A string without the newlines at its end.", [param("str", Type::String)], chomp)
            .returns(Type::String),
        function(
            "endswith",
            "Whether a string ends with another.",
            [param("str", Type::String), param("suffix", Type::String)],
            endswith,
        )
        .returns(Type::Bool),
        function(
            "indent",
            "A string with a number of spaces before each of its lines but the first.",
            [param("spaces", Type::Number), param("str", Type::String)],
            indent,
        )
        .returns(Type::String),
        function(
            "join",
            "The elements of lists of strings as one string, with a separator between them.",
            [param("separator", Type::String)],
            join,
        )
        .variadic(param("lists", Type::list(Type::String)).unknown())
        .returns(Type::String),
        function("lower", "A string in lowercase letters.", [param("str", Type::String)], lower).returns(Type::String),
        function("upper", "A string in uppercase letters.", [param("str", Type::String)], upper).returns(Type::String),
        function(
            "title",
            "A string with the first letter of each word in uppercase.",
            [param("str", Type::String)],
            title,
        )
        .returns(Type::String),
        function(
            "regex",
            "The first match of a regular expression in a string.",
            [param("pattern", Type::String), param("string", Type::String)],
            regex::regex,
        )
        .returns_by(regex::regex_type),
        function(
            "regexall",
            "All matches of a regular expression in a string.",
            [param("pattern", Type::String), param("string", Type::String)],
            regex::regexall,
        )
        .returns_by(regex::regexall_type),
        function(
            "replace",
            "A string with a part replaced wherever it occurs; between slashes it is a regular expression.",
            [param("str", Type::String), param("substr", Type::String), param("replace", Type::String)],
            replace,
        )
        .returns(Type::String),
        function(
            "split",
            "The parts of a string between separators.",
            [param("separator", Type::String), param("str", Type::String)],
            split,
        )
        .returns(Type::list(Type::String)),
        function(
            "startswith",
            "Whether a string starts with another.",
            [param("str", Type::String).unknown(), param("prefix", Type::String)],
            startswith,
        )
        .returns(Type::Bool),
        function(
            "strcontains",
            "Whether a string occurs in another.",
            [param("str", Type::String), param("substr", Type::String)],
            strcontains,
        )
        .returns(Type::Bool),
        function("strrev", "A string with its characters in reverse order.", [param("str", Type::String)], strrev)
            .returns(Type::String),
        function(
            "substr",
            "A part of a string, by the position of its first character and its length.",
            [param("str", Type::String), param("offset", Type::Number), param("length", Type::Number)],
            substr,
        )
        .returns(Type::String),
        function(
            "trim",
            "A string without any of the given characters at its ends.",
            [param("str", Type::String), param("cutset", Type::String)],
            trim,
        )
        .returns(Type::String),
        function(
            "trimprefix",
            "A string without the given beginning.",
            [param("str", Type::String), param("prefix", Type::String)],
            trimprefix,
        )
        .returns(Type::String),
        function(
            "trimsuffix",
            "A string without the given end.",
            [param("str", Type::String), param("suffix", Type::String)],
            trimsuffix,
        )
        .returns(Type::String),
        function("trimspace", "A string without white space at its ends.", [param("str", Type::String)], trimspace)
            .returns(Type::String),
    ]
}

fn chomp(_: &CallContext<'_>, args: &[Value]) -> Answer {
    // Carriage returns go too, whether or not a newline follows.
    Ok(Value::from(text(args, 0)?.trim_end_matches(['\r', '\n'])))
}

fn endswith(_: &CallContext<'_>, args: &[Value]) -> Answer {
    Ok(Value::from(text(args, 0)?.ends_with(text(args, 1)?)))
}

/// The start of a string may be known before the rest of it is.
fn startswith(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let prefix = text(args, 1)?;
    if args[0].is_known() {
        return Ok(Value::from(text(args, 0)?.starts_with(prefix)));
    }
    let known = args[0].refinement().and_then(|r| r.prefix.as_deref()).unwrap_or("");
    if known.starts_with(prefix) {
        return Ok(Value::bool(true));
    }
    if !prefix.starts_with(known) {
        return Ok(Value::bool(false));
    }
    Ok(unknown_not_null(Type::Bool))
}

fn strcontains(_: &CallContext<'_>, args: &[Value]) -> Answer {
    Ok(Value::from(text(args, 0)?.contains(text(args, 1)?)))
}

fn indent(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let Ok(spaces) = usize::try_from(whole(args, 0)?) else {
        return wrong(0, "the number of spaces must not be negative");
    };
    let s = text(args, 1)?;
    let lines = s.bytes().filter(|b| *b == b'\n').count();
    text_of(lines.saturating_mul(spaces).saturating_add(s.len()))?;
    if lines == 0 {
        return Ok(args[1].clone());
    }
    Ok(Value::from(s.replace('\n', &format!("\n{}", " ".repeat(spaces)))))
}

fn join(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let separator = text(args, 0)?;
    if args.len() < 2 {
        return fail("at least one list is required");
    }
    let mut parts = Vec::new();
    for (i, list) in args.iter().enumerate().skip(1) {
        // Terraform promises nothing of a text that is not known to its end.
        let Some(items) = list.as_seq() else { return Ok(unknown_not_null(Type::String)) };
        for (at, item) in items.iter().enumerate() {
            match (item.as_str(), item.is_null()) {
                (Some(s), _) => parts.push(s),
                (None, true) => {
                    let which = if args.len() == 2 { String::new() } else { format!(" of list {}", i - 1) };
                    return wrong(i, format!("element {at}{which} is null; cannot concatenate null values"));
                }
                (None, false) => return Ok(unknown_not_null(Type::String)),
            }
        }
    }
    let length: usize = parts.iter().map(|p| p.len()).sum();
    text_of(separator.len().saturating_mul(parts.len().saturating_sub(1)).saturating_add(length))?;
    Ok(Value::from(parts.join(separator)))
}

/// Letter by letter with one letter for one, as Terraform does: neither "ß" nor a final "Σ" are
/// treated specially.
pub(super) fn lower_char(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

fn upper_char(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        // Letters with more than one uppercase letter: the Greek ones with a iota below have a
        // single-letter form as well, the others stay.
        _ => match c as u32 {
            n @ (0x1f80..=0x1f87 | 0x1f90..=0x1f97 | 0x1fa0..=0x1fa7) => char::from_u32(n + 8).unwrap_or(c),
            n @ (0x1fb3 | 0x1fc3 | 0x1ff3) => char::from_u32(n + 9).unwrap_or(c),
            _ => c,
        },
    }
}

/// The titlecase form: that of the digraphs has its own letters, Georgian has none.
fn title_char(c: char) -> char {
    match c {
        'Ǆ' | 'ǅ' | 'ǆ' => 'ǅ',
        'Ǉ' | 'ǈ' | 'ǉ' => 'ǈ',
        'Ǌ' | 'ǋ' | 'ǌ' => 'ǋ',
        'Ǳ' | 'ǲ' | 'ǳ' => 'ǲ',
        '\u{10d0}'..='\u{10ff}' => c,
        _ => upper_char(c),
    }
}

fn lower(_: &CallContext<'_>, args: &[Value]) -> Answer {
    Ok(Value::from(text(args, 0)?.chars().map(lower_char).collect::<String>()))
}

fn upper(_: &CallContext<'_>, args: &[Value]) -> Answer {
    Ok(Value::from(text(args, 0)?.chars().map(upper_char).collect::<String>()))
}

fn title(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let mut previous = ' ';
    let titled = text(args, 0)?.chars().map(|c| {
        let starts = separates_words(previous);
        previous = c;
        if starts { title_char(c) } else { c }
    });
    Ok(Value::from(titled.collect::<String>()))
}

/// In ASCII all but letters, digits and the underscore; beyond it only white space.
fn separates_words(c: char) -> bool {
    if c.is_ascii() { !(c.is_ascii_alphanumeric() || c == '_') } else { c.is_whitespace() }
}

fn replace(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let (s, find, with) = (text(args, 0)?, text(args, 1)?, text(args, 2)?);
    if find.len() > 1 && find.starts_with('/') && find.ends_with('/') {
        let pattern = regex::compile(&find[1..find.len() - 1]).map_err(|e| FunctionError::argument(1, e))?;
        return Ok(Value::from(pattern.replace_all(s, with)?));
    }
    text_of(s.matches(find).count().saturating_mul(with.len()).saturating_add(s.len()))?;
    Ok(Value::from(s.replace(find, with)))
}

fn split(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let (separator, s) = (text(args, 0)?, text(args, 1)?);
    elements_of(if separator.is_empty() { s.len() } else { s.matches(separator).count() })?;
    let parts: Vec<Value> = if separator.is_empty() {
        s.chars().map(|c| Value::from(c.to_string())).collect()
    } else {
        s.split(separator).map(Value::from).collect()
    };
    Ok(Value::list(Type::String, parts))
}

fn strrev(_: &CallContext<'_>, args: &[Value]) -> Answer {
    Ok(Value::from(text(args, 0)?.graphemes(true).rev().collect::<String>()))
}

/// Characters are those that a reader sees (grapheme clusters), not code points.
fn substr(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let s = text(args, 0)?;
    let (mut offset, length) = (whole(args, 1)?, whole(args, 2)?);
    if offset < 0 {
        // From the end; before the beginning is the beginning.
        let total = s.graphemes(true).count() as i64;
        offset = (offset + total).max(0);
        if offset == 0 && total == 0 {
            return Ok(Value::from(""));
        }
    }
    let rest = s.graphemes(true).skip(usize::try_from(offset).unwrap_or(usize::MAX));
    let part: String = match usize::try_from(length) {
        Ok(n) => rest.take(n).collect(),
        Err(_) => rest.collect(),
    };
    Ok(Value::from(part))
}

fn trim(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let cut: Vec<char> = text(args, 1)?.chars().collect();
    Ok(Value::from(text(args, 0)?.trim_matches(cut.as_slice())))
}

fn trimprefix(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let (s, prefix) = (text(args, 0)?, text(args, 1)?);
    Ok(Value::from(s.strip_prefix(prefix).unwrap_or(s)))
}

fn trimsuffix(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let (s, suffix) = (text(args, 0)?, text(args, 1)?);
    Ok(Value::from(s.strip_suffix(suffix).unwrap_or(s)))
}

fn trimspace(_: &CallContext<'_>, args: &[Value]) -> Answer {
    Ok(Value::from(text(args, 0)?.trim()))
}
