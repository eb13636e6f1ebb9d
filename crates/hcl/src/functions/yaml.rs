//! `yamlencode` and `yamldecode`.

use std::collections::HashMap;

use craton_model::{Number, convert};
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::support::*;
use super::{datetime, yaml_encode};

/// The functions of this family.
pub(super) fn functions() -> Vec<Function> {
    vec![
        function("yamldecode", "The value that a YAML text stands for.", [param("src", Type::String)], |_, args| {
            decode(text(args, 0)?).map_err(|e| FunctionError::argument(0, e))
        })
        // What type the text stands for is known only with the text.
        .returns(Type::Dynamic)
        .may_be_null(),
        function(
            "yamlencode",
            "A value as YAML text.",
            [param("value", Type::Dynamic).null().unknown().dynamic()],
            |_, args| {
                if !args[0].is_wholly_known() {
                    return Ok(unknown_not_null(Type::String));
                }
                Ok(Value::from(yaml_encode::encode(&args[0])?))
            },
        )
        .returns(Type::String),
    ]
}

/// Deeper nesting is refused.
const MAX_DEPTH: usize = 200;
/// Texts in which anchors are repeated to more values than this are refused: a few lines could fill the memory.
const MAX_REPEATED: usize = 1_000_000;

fn decode(text: &str) -> Result<Value, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.starts_with("%YAML") && !text.starts_with("%YAML 1.1") {
        return Err("the text asks for another version of YAML than 1.1".into());
    }
    if text.chars().any(|c| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}')) {
        return Err("control characters are not allowed".into());
    }
    // YAML 1.1 has a further line end, which the parser does not know.
    let text = &text.replace('\u{85}', "\n");
    // An indented end of the text is no further line of a block.
    let text = match text.rsplit_once('\n') {
        Some((before, last)) if !last.is_empty() && last.bytes().all(|b| b == b' ') => &text[..=before.len()],
        _ => text,
    };
    if text.starts_with('\t') {
        return Err("on line 1, column 1: a tab cannot start any token".into());
    }
    read(text).or_else(|e| match indented_flow(text) {
        Some(indented) => read(&indented).map_err(|_| e),
        None => Err(e),
    })
}

/// The lines inside of brackets, braces and quotes indented: YAML 1.1 lets them stand anywhere, the parser does not.
fn indented_flow(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut quote, mut previous, mut comment) = (0usize, None, '\n', false);
    for c in text.chars() {
        out.push(c);
        match (c, quote) {
            ('\n', _) => {
                comment = false;
                // Also inside of quotes, where the space is taken off again.
                if depth > 0 || quote.is_some() {
                    out.push_str(&" ".repeat(80));
                }
            }
            _ if comment => {}
            ('#', None) if previous.is_whitespace() => comment = true,
            ('"' | '\'', None) if depth > 0 || !previous.is_alphanumeric() => quote = Some(c),
            (c, Some(q)) if c == q && (q == '\'' || previous != '\\') => quote = None,
            ('[' | '{', None) => depth += 1,
            (']' | '}', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
        previous = c;
    }
    (out.len() > text.len()).then_some(out)
}

fn read(text: &str) -> Result<Value, String> {
    let mut r = Reader {
        parser: Parser::new_from_str(text),
        anchors: HashMap::new(),
        repeated: 0,
        scalars: 0,
        unended: unended_block(text),
    };
    let mut found = None;
    while let Some((event, line, column)) = r.next()? {
        match event {
            Event::StreamStart | Event::DocumentEnd | Event::StreamEnd | Event::Nothing => {}
            Event::DocumentStart(_) if found.is_some() => {
                return Err(format!("on line {line}, column {column}: unexpected extra content after value"));
            }
            Event::DocumentStart(_) => {
                let Some((event, ..)) = r.next()? else { break };
                found = Some(r.node(event, 0)?.value);
            }
            _ => return Err(format!("on line {line}, column {column}: unexpected content")),
        }
    }
    found.ok_or_else(|| "missing start of document".into())
}

/// Which scalar (counted from 1) is a block that the end of the text cuts off before a line end. The parser adds one.
fn unended_block(text: &str) -> Option<usize> {
    // A last line that is not indented is none of the block.
    let last = text.rsplit('\n').next().unwrap_or_default();
    if !last.starts_with(' ') || !text.contains(['|', '>']) {
        return None;
    }
    let (mut count, mut last_is_block) = (0, false);
    for event in Parser::new_from_str(text) {
        if let Event::Scalar(_, style, ..) = event.ok()?.0 {
            count += 1;
            last_is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        }
    }
    last_is_block.then_some(count)
}

struct Node {
    value: Value,
    /// A bare `<<`, which as a key means: merge.
    merge: bool,
}

impl From<Value> for Node {
    fn from(value: Value) -> Self {
        Node { value, merge: false }
    }
}

struct Reader<'t> {
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
    /// What each anchor stands for; `None` while it is being read.
    anchors: HashMap<usize, Option<Value>>,
    repeated: usize,
    /// How many scalars have been read.
    scalars: usize,
    /// The one that ends with the text, before a line end.
    unended: Option<usize>,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<Option<(Event<'t>, usize, usize)>, String> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok((event, span))) => Ok(Some((event, span.start.line(), span.start.col() + 1))),
            Some(Err(e)) => {
                let at = e.marker();
                Err(format!("on line {}, column {}: {}", at.line(), at.col() + 1, e.info()))
            }
        }
    }

    fn inside(&mut self) -> Result<Event<'t>, String> {
        self.next()?.map(|(event, ..)| event).ok_or_else(|| "the text ends too early".into())
    }

    fn keep(&mut self, anchor: usize, value: &Value) {
        if anchor > 0 {
            self.anchors.insert(anchor, Some(value.clone()));
        }
    }

    fn node(&mut self, event: Event<'t>, depth: usize) -> Result<Node, String> {
        if depth > MAX_DEPTH {
            return Err(format!("nested more than {MAX_DEPTH} levels deep"));
        }
        match event {
            Event::Scalar(s, style, anchor, tag) => {
                self.scalars += 1;
                let s = match s.strip_suffix('\n') {
                    Some(cut) if self.unended == Some(self.scalars) => cut,
                    _ => &s,
                };
                let node = scalar(s, style, tag.as_deref())?;
                self.keep(anchor, &node.value);
                Ok(node)
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(Some(value)) => {
                    self.repeated += size(value);
                    if self.repeated > MAX_REPEATED {
                        return Err("the aliases repeat too much".into());
                    }
                    Ok(value.clone().into())
                }
                Some(None) => Err("cannot refer to an anchor from inside its own definition".into()),
                None => Err("reference to an undefined anchor".into()),
            },
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_deref(), "seq")?;
                if anchor > 0 {
                    self.anchors.insert(anchor, None);
                }
                let mut items = Vec::new();
                loop {
                    match self.inside()? {
                        Event::SequenceEnd => break,
                        event => items.push(self.node(event, depth + 1)?.value),
                    }
                }
                let value = Value::tuple(items);
                self.keep(anchor, &value);
                Ok(value.into())
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_deref(), "map")?;
                if anchor > 0 {
                    self.anchors.insert(anchor, None);
                }
                let value = self.mapping(depth)?;
                self.keep(anchor, &value);
                Ok(value.into())
            }
            _ => Err("unexpected content".into()),
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, String> {
        let mut entries: Vec<(String, Value)> = Vec::new();
        loop {
            let event = match self.inside()? {
                Event::MappingEnd => return Ok(Value::object(entries)),
                // In Terraform, what is named in a key cannot be referred to.
                Event::Scalar(s, style, _, tag) => Event::Scalar(s, style, 0, tag),
                event => event,
            };
            let key = self.node(event, depth + 1)?;
            let event = self.inside()?;
            let value = self.node(event, depth + 1)?.value;
            if key.merge {
                let (Type::Object(_), Some(merged)) = (value.ty(), value.as_map()) else {
                    return Err("cannot merge what is not a mapping".into());
                };
                entries.extend(merged.iter().map(|(k, v)| (k.to_string(), v.clone())));
                continue;
            }
            if key.value.is_null() {
                return Err("mapping key cannot be null".into());
            }
            let key = convert(&key.value, &Type::String)
                .map_err(|_| "a mapping key must be a string, number or bool".to_owned())?;
            entries.push((key.as_str().unwrap_or_default().to_owned(), value));
        }
    }
}

fn size(v: &Value) -> usize {
    let mut n = 0;
    v.walk(&mut |_, _| {
        n += 1;
        true
    });
    n
}

/// The last part of one of YAML's own tags.
fn own_tag(tag: &Tag) -> Option<String> {
    format!("{}{}", tag.handle, tag.suffix).strip_prefix("tag:yaml.org,2002:").map(str::to_owned)
}

fn check_tag(tag: Option<&Tag>, kind: &str) -> Result<(), String> {
    let Some(tag) = tag else { return Ok(()) };
    match own_tag(tag) {
        Some(own) if own == kind => Ok(()),
        Some(own) => {
            let what = if kind == "map" { "mapping" } else { "sequence" };
            Err(format!("can't interpret {what} as tag:yaml.org,2002:{own}"))
        }
        None => Err(format!("unsupported tag {:?}", tag.to_string())),
    }
}

fn scalar(s: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Node, String> {
    let plain = style == ScalarStyle::Plain;
    let suffix = match tag {
        None if s == "<<" => return Ok(Node { value: Value::from(s), merge: true }),
        None if plain => return resolve(s).map(Node::from),
        // As Terraform has it: a block is a string, but one that looks like something else is that, written anew.
        None if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) => {
            return convert(&resolve(s)?, &Type::String).map(Node::from).map_err(|e| e.to_string());
        }
        None => return Ok(Value::from(s).into()),
        Some(tag) => own_tag(tag).ok_or_else(|| format!("unsupported tag {:?}", tag.to_string()))?,
    };
    let cannot = || format!("cannot parse {s:?} as tag:yaml.org,2002:{suffix}");
    let node = match suffix.as_str() {
        "str" => Value::from(s),
        "binary" => {
            match base64::Engine::decode(&base64::engine::general_purpose::STANDARD, s.replace(['\n', ' '], "")) {
                Ok(_) => Value::from(s),
                Err(_) => return Err(cannot()),
            }
        }
        // In quotes it stays a string, whatever the tag.
        "int" | "float" | "bool" | "timestamp" if !plain => Value::from(s),
        "int" | "float" => number(s).ok_or_else(cannot)?,
        "bool" => boolean(s).ok_or_else(cannot)?,
        "null" if plain => {
            Some(resolve(s)?).filter(|v| v.as_str().is_none()).unwrap_or_else(|| Value::null(Type::Dynamic))
        }
        "null" if s.is_empty() => Value::from(s),
        "null" => Value::null(Type::Dynamic),
        "timestamp" => Value::from(datetime::from_yaml(s).ok_or_else(cannot)?),
        "merge" => return Ok(Node { value: Value::from(s), merge: true }),
        _ => return Err(format!("unsupported tag \"tag:yaml.org,2002:{suffix}\"")),
    };
    Ok(node.into())
}

/// What a bare word stands for.
fn resolve(s: &str) -> Result<Value, String> {
    if is_null(s) {
        return Ok(Value::null(Type::Dynamic));
    }
    if let Some(b) = boolean(s) {
        return Ok(b);
    }
    if matches!(s, ".nan" | ".NaN" | ".NAN") {
        return Err("floating point NaN is not supported".into());
    }
    if let Some(n) = number(s) {
        return Ok(n);
    }
    Ok(Value::from(datetime::from_yaml(s).unwrap_or_else(|| s.to_owned())))
}

fn is_null(s: &str) -> bool {
    matches!(s, "" | "~" | "null" | "Null" | "NULL")
}

fn boolean(s: &str) -> Option<Value> {
    match s {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(Value::bool(true)),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Some(Value::bool(false))
        }
        _ => None,
    }
}

fn number(s: &str) -> Option<Value> {
    let infinity = |x: f64| Number::from_f64(x).map(Value::number);
    match s {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return infinity(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return infinity(f64::NEG_INFINITY),
        _ => {}
    }
    for (prefix, base) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = s.strip_prefix(prefix) {
            let n = num_bigint::BigInt::parse_bytes(digits.as_bytes(), base)
                .filter(|_| !digits.starts_with(['+', '-']) && !digits.contains('_'));
            return n.map(|n| Value::number(Number::from_big(n)));
        }
    }
    let first = s.trim_start_matches(['+', '-']).bytes().next()?;
    if !(first.is_ascii_digit() || first == b'.') || !s.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    if s.contains(['p', 'P']) {
        return None;
    }
    craton_model::convert::parse_number(s).map(Value::number)
}
