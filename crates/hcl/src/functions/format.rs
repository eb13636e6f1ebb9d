//! `format` and `formatlist`: <https://developer.hashicorp.com/terraform/language/functions/format>.

use craton_model::{Number, Refinement, convert};
use num_bigint::BigInt;
use unicode_segmentation::UnicodeSegmentation;

use super::json;
use super::support::*;

/// The functions of this family.
pub(super) fn functions() -> Vec<Function> {
    vec![
        function(
            "format",
            "A string with values in the places that a format string marks.",
            [param("format", Type::String)],
            format_values,
        )
        .variadic(param("args", Type::Dynamic).null().unknown())
        .returns(Type::String),
        function(
            "formatlist",
            "A list of strings, each with one element of the given lists in the places that a format string marks.",
            [param("format", Type::String)],
            formatlist,
        )
        .variadic(param("args", Type::Dynamic).null().unknown())
        .returns(Type::list(Type::String)),
    ]
}

fn format_values(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let format = text(args, 0)?;
    let values = &args[1..];
    if values.iter().all(Value::is_wholly_known) {
        return Ok(Value::from(run(format, values)?));
    }
    // What stands before the first place of an unknown value is known already.
    let mut known = String::new();
    for piece in (Pieces { rest: format, offset: 0 }) {
        match piece? {
            Piece::Text(s) => known.push_str(s),
            Piece::Verb(_) => break,
        }
    }
    let prefix = crate::eval::safe_prefix(&known);
    Ok(Value::refined(Type::String, Refinement { not_null: true, prefix, ..Refinement::default() }))
}

fn formatlist(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let format = text(args, 0)?;
    let values = &args[1..];
    // Lists, sets and tuples are walked side by side; anything else is used again for each row.
    let mut length: Option<(usize, usize)> = None;
    let mut unknown = false;
    for (i, v) in values.iter().enumerate() {
        if !v.ty().is_sequence() || v.is_null() {
            unknown |= !v.is_wholly_known();
            continue;
        }
        let Some(n) = v.len() else {
            unknown = true;
            continue;
        };
        match length {
            Some((first, expected)) if expected != n => {
                return wrong(
                    i + 1,
                    format!(
                        "argument {} has length {n}, which is inconsistent with argument {} of length {expected}",
                        i + 1,
                        first + 1
                    ),
                );
            }
            Some(_) => {}
            None => length = Some((i, n)),
        }
    }
    if unknown && values.iter().any(|v| v.ty().is_sequence() && !v.is_known()) {
        return Ok(unknown_not_null(Type::list(Type::String)));
    }
    let rows = length.map_or(1, |(_, n)| n);
    let (mut out, mut bytes) = (Vec::with_capacity(rows), 0);
    for row in 0..rows {
        let row_values: Vec<Value> = values
            .iter()
            .map(|v| match v.as_seq() {
                Some(items) => items.get(row).cloned().unwrap_or_else(Value::dynamic),
                None => v.clone(),
            })
            .collect();
        if row_values.iter().all(Value::is_wholly_known) {
            let s = run(format, &row_values).map_err(|e| FunctionError {
                message: format!("error on format iteration {row}: {}", e.message),
                ..e
            })?;
            bytes += s.len();
            text_of(bytes)?;
            out.push(Value::from(s));
        } else {
            out.push(unknown_not_null(Type::String));
        }
    }
    Ok(Value::list(Type::String, out))
}

/// A part of a format string.
enum Piece<'f> {
    Text(&'f str),
    Verb(Verb<'f>),
}

/// A place for a value: `%[2]-08.3f`.
struct Verb<'f> {
    raw: &'f str,
    offset: usize,
    argument: Option<usize>,
    sharp: bool,
    zero: bool,
    plus: bool,
    minus: bool,
    space: bool,
    width: Option<usize>,
    precision: Option<usize>,
    letter: char,
}

struct Pieces<'f> {
    rest: &'f str,
    offset: usize,
}

impl<'f> Iterator for Pieces<'f> {
    type Item = Result<Piece<'f>, FunctionError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let piece = if !self.rest.starts_with('%') {
            let end = self.rest.find('%').unwrap_or(self.rest.len());
            (Piece::Text(&self.rest[..end]), end)
        } else if self.rest.starts_with("%%") {
            (Piece::Text("%"), 2)
        } else {
            match verb(self.rest, self.offset) {
                Ok(v) => {
                    let len = v.raw.len();
                    (Piece::Verb(v), len)
                }
                Err(e) => {
                    self.rest = "";
                    return Some(Err(e));
                }
            }
        };
        self.rest = &self.rest[piece.1..];
        self.offset += piece.1;
        Some(Ok(piece.0))
    }
}

fn verb(s: &str, offset: usize) -> Result<Verb<'_>, FunctionError> {
    let mut v = Verb {
        raw: s,
        offset,
        argument: None,
        sharp: false,
        zero: false,
        plus: false,
        minus: false,
        space: false,
        width: None,
        precision: None,
        letter: ' ',
    };
    let bytes = s.as_bytes();
    let mut at = 1;
    let unrecognized = |at: usize| match s.get(at..).and_then(|rest| rest.chars().next()) {
        Some(c) => FunctionError::new(format!("unrecognized format character {c:?} at offset {}", offset + at)),
        None => FunctionError::new("unexpected end of format string"),
    };
    while let Some(b) = bytes.get(at) {
        match b {
            b'#' => v.sharp = true,
            b'0' => v.zero = true,
            b'+' => v.plus = true,
            b'-' => v.minus = true,
            b' ' => v.space = true,
            _ => break,
        }
        at += 1;
    }
    let digits = |at: &mut usize| -> Option<usize> {
        let start = *at;
        while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
            *at += 1;
        }
        s[start..*at].parse().ok()
    };
    // The number of the argument stands before the width.
    if bytes.get(at) == Some(&b'[') {
        at += 1;
        if !matches!(bytes.get(at), Some(b'1'..=b'9')) {
            return Err(unrecognized(at));
        }
        v.argument = digits(&mut at);
        if bytes.get(at) != Some(&b']') {
            return Err(unrecognized(at));
        }
        at += 1;
    }
    if matches!(bytes.get(at), Some(b'1'..=b'9')) {
        v.width = digits(&mut at);
    }
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        v.precision = Some(digits(&mut at).unwrap_or(0));
    }
    if v.width.is_some_and(|w| w > 1_000_000) || v.precision.is_some_and(|p| p > 1_000_000) {
        return fail(format!("the width or precision of \"{}\" at offset {offset} is too large", &s[..at]));
    }
    match s[at..].chars().next() {
        Some(c) if c.is_ascii_alphabetic() => {
            v.letter = c;
            v.raw = &s[..at + 1];
            Ok(v)
        }
        _ => Err(unrecognized(at)),
    }
}

/// Writing all decimal digits of a number (and not only those that tell it apart) costs the square of their number.
const MAX_BITS: u64 = 1 << 18;

/// Formats known values.
fn run(format: &str, values: &[Value]) -> Result<String, FunctionError> {
    let mut out = String::with_capacity(format.len());
    let (mut next, mut highest, mut any_verb) = (0, 0, false);
    for piece in (Pieces { rest: format, offset: 0 }) {
        match piece? {
            Piece::Text(s) => out.push_str(s),
            Piece::Verb(v) => {
                any_verb = true;
                let index = v.argument.map_or(next, |n| n - 1);
                next = index + 1;
                highest = highest.max(next);
                let Some(value) = values.get(index) else {
                    return fail(format!(
                        "not enough arguments for \"{}\" at {}: need index {} but have {} total",
                        v.raw,
                        v.offset,
                        next,
                        values.len()
                    ));
                };
                v.append(value, &mut out)?;
                text_of(out.len())?;
            }
        }
    }
    if highest < values.len() {
        return wrong(
            highest + 1,
            if any_verb {
                format!("too many arguments; only {highest} used by format string")
            } else {
                "too many arguments; no verbs in format string".into()
            },
        );
    }
    Ok(out)
}

impl Verb<'_> {
    fn unsupported<T>(&self, why: &str) -> Result<T, FunctionError> {
        fail(format!("unsupported value for \"{}\" at {}: {why}", self.raw, self.offset))
    }

    fn converted(&self, value: &Value, ty: &Type) -> Result<Value, FunctionError> {
        convert(value, ty).or_else(|e| self.unsupported(&e.to_string()))
    }

    fn append(&self, value: &Value, out: &mut String) -> Result<(), FunctionError> {
        if self.letter == 'v' && (self.sharp || !value.ty().is_primitive() || value.is_null()) {
            let encoded = json::encode(value)?;
            out.push_str(&self.pad(encoded, None));
            return Ok(());
        }
        if self.letter == 'v' && (self.plus || self.space) {
            // These flags mean nothing to the verb for any value.
            return Verb { plus: false, space: false, ..*self }.append(value, out);
        }
        let letter = match (self.letter, value.ty()) {
            // The precision means nothing to this verb.
            ('v', Type::Number) => return Verb { letter: 'g', precision: None, ..*self }.append(value, out),
            ('v', Type::Bool) => 't',
            ('v', _) => 's',
            (letter, _) => letter,
        };
        if !matches!(letter, 'b' | 'd' | 'o' | 'x' | 'X' | 'e' | 'E' | 'f' | 'g' | 'G' | 's' | 'q' | 't') {
            return fail(format!("unsupported format verb {letter:?} in \"{}\" at offset {}", self.raw, self.offset));
        }
        if value.is_null() {
            return self.unsupported("null value cannot be formatted");
        }
        match letter {
            't' => {
                let b = self.converted(value, &Type::Bool)?;
                let word = if b.as_bool() == Some(true) { "true" } else { "false" };
                // Of the two verbs for it, one knows no width.
                out.push_str(&if self.letter == 'v' { self.pad(word.to_owned(), None) } else { word.to_owned() });
            }
            's' | 'q' => {
                let s = self.converted(value, &Type::String)?;
                let s = s.as_str().unwrap_or_default();
                let cut = match self.precision {
                    // Zero counts as none given.
                    Some(n) if self.letter != 'v' && n > 0 => s.graphemes(true).take(n).collect::<String>(),
                    _ => s.to_owned(),
                };
                let shown = if letter == 'q' { json::quote(&cut) } else { cut };
                out.push_str(&self.pad(shown, None));
            }
            'b' | 'd' | 'o' | 'x' | 'X' => {
                let n = self.converted(value, &Type::Number)?;
                let Some(n) = n.as_number().and_then(Number::to_big) else {
                    return self.unsupported("an integer is required");
                };
                if letter == 'd' && n.bits() > MAX_BITS {
                    return self.unsupported("the number has too many digits");
                }
                out.push_str(&self.integer(letter, &n));
            }
            _ => {
                let n = self.converted(value, &Type::Number)?;
                let n = n.as_number().cloned().unwrap_or(Number::ZERO);
                let shortest = matches!(letter, 'g' | 'G') && self.precision.is_none();
                let bits = n.to_parts().map_or(0, |(m, e)| m.bits().saturating_add(e.unsigned_abs()));
                if !shortest && bits > MAX_BITS {
                    return self.unsupported("the number has too many digits");
                }
                out.push_str(&self.float(letter, &n));
            }
        }
        Ok(())
    }

    /// Pads to the width, counted in characters as a reader sees them. Zeros go after the sign.
    fn pad(&self, s: String, sign_len: Option<usize>) -> String {
        let missing = self.width.unwrap_or(0).saturating_sub(s.graphemes(true).count());
        if missing == 0 {
            return s;
        }
        // Zeros stay on the side of the text that the flag names, but before a number.
        if self.minus && (sign_len.is_none() || !self.zero) {
            return s + &if self.zero { "0" } else { " " }.repeat(missing);
        }
        if self.zero {
            let (sign, rest) = s.split_at(sign_len.unwrap_or(0));
            return format!("{sign}{}{rest}", "0".repeat(missing));
        }
        " ".repeat(missing) + &s
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.space) {
            (true, _, _) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        }
    }

    fn integer(&self, letter: char, n: &BigInt) -> String {
        let (base, prefix) = match letter {
            'b' => (2, "0b"),
            'o' => (8, "0"),
            'x' => (16, "0x"),
            'X' => (16, "0X"),
            _ => (10, ""),
        };
        let mut digits = n.magnitude().to_str_radix(base);
        if letter == 'X' {
            digits.make_ascii_uppercase();
        }
        if let Some(least) = self.precision {
            digits = format!("{}{digits}", "0".repeat(least.saturating_sub(digits.len())));
        }
        let sign = self.sign(n.sign() == num_bigint::Sign::Minus);
        let prefix = if self.sharp { prefix } else { "" };
        let head = sign.len() + prefix.len();
        let shown = format!("{sign}{prefix}{digits}");
        // A precision turns padding with zeros off.
        let width_only = Verb { zero: self.zero && self.precision.is_none() && !self.minus, ..*self };
        width_only.pad(shown, Some(head))
    }

    fn float(&self, letter: char, n: &Number) -> String {
        if n.is_infinite() {
            let sign = match self.sign(n.is_negative()) {
                "" => "+",
                sign => sign,
            };
            return Verb { zero: false, ..*self }.pad(format!("{sign}Inf"), None);
        }
        let digits = match (letter, self.precision) {
            ('f', p) => fixed(n, p.unwrap_or(6)),
            ('e' | 'E', p) => scientific(n, p.unwrap_or(6), letter == 'E'),
            (_, p) => general(n, p, letter == 'G'),
        };
        let sign = self.sign(n.has_minus());
        self.pad(format!("{sign}{digits}"), Some(sign.len()))
    }
}

/// The exact decimal digits of the size of a number, and where the point stands counted from the first digit.
fn exact(n: &Number) -> (Vec<u8>, i64) {
    let Some((m, e)) = n.to_parts() else { return (Vec::new(), 0) };
    let m = m.magnitude().clone();
    if m == num_bigint::BigUint::from(0u8) {
        return (Vec::new(), 0);
    }
    let (whole, shift) = if e >= 0 {
        (m << e.unsigned_abs(), 0)
    } else {
        (m * num_bigint::BigUint::from(5u8).pow(u32::try_from(-e).unwrap_or(u32::MAX)), e)
    };
    let digits = whole.to_radix_be(10);
    let point = digits.len() as i64 + shift;
    (digits, point)
}

/// Keeps `count` digits, rounding half to even; the point moves when a digit is gained.
fn rounded(mut digits: Vec<u8>, mut point: i64, count: i64) -> (Vec<u8>, i64) {
    if count < 0 {
        return (Vec::new(), point);
    }
    let count = count as usize;
    if digits.len() > count {
        let next = digits[count];
        let beyond = digits[count + 1..].iter().any(|d| *d != 0);
        let odd = count > 0 && digits[count - 1] % 2 == 1;
        let up = next > 5 || (next == 5 && (beyond || odd));
        digits.truncate(count);
        if up {
            match digits.iter().rposition(|d| *d < 9) {
                Some(i) => {
                    digits[i] += 1;
                    digits[i + 1..].fill(0);
                }
                None => {
                    digits.fill(0);
                    digits.insert(0, 1);
                    point += 1;
                }
            }
        }
    }
    (digits, point)
}

fn ascii(digits: &[u8]) -> String {
    digits.iter().map(|d| char::from(b'0' + d)).collect()
}

fn fixed(n: &Number, precision: usize) -> String {
    let (digits, point) = exact(n);
    let (digits, point) = rounded(digits, point, point + precision as i64);
    let mut s = ascii(&digits);
    if point <= 0 {
        s.insert_str(0, &"0".repeat((1 - point) as usize));
    }
    let whole = point.max(1) as usize;
    while s.len() < whole + precision {
        s.push('0');
    }
    s.truncate(whole + precision);
    if precision > 0 {
        s.insert(whole, '.');
    }
    s
}

fn scientific(n: &Number, precision: usize, upper: bool) -> String {
    let (digits, point) = exact(n);
    let zero = digits.is_empty();
    let (digits, point) = rounded(digits, point, precision as i64 + 1);
    exponent_form(&digits, if zero { 1 } else { point }, precision, upper)
}

fn exponent_form(digits: &[u8], point: i64, precision: usize, upper: bool) -> String {
    let mut s = ascii(digits);
    while s.len() < precision + 1 {
        s.push('0');
    }
    s.truncate(precision + 1);
    if precision > 0 {
        s.insert(1, '.');
    }
    let exponent = point - 1;
    let mark = if upper { 'E' } else { 'e' };
    format!("{s}{mark}{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

/// The shortest digits, or as many as the precision says. In the exponent form when the exponent is below -4, or not
/// below the number of digits (the shortest ones: below six).
fn general(n: &Number, precision: Option<usize>, upper: bool) -> String {
    if n.is_zero() {
        return "0".into();
    }
    let shortest = precision.is_none();
    let (digits, point) = match precision {
        None => {
            let plain = n.abs().to_string();
            let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
            let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|b| b - b'0').collect();
            let zeros = all.iter().take_while(|d| **d == 0).count();
            (all[zeros..].to_vec(), whole.len() as i64 - zeros as i64)
        }
        Some(p) => {
            let (digits, point) = exact(n);
            rounded(digits, point, p.max(1) as i64)
        }
    };
    let digits: Vec<u8> = {
        let end = digits.iter().rposition(|d| *d != 0).map_or(0, |i| i + 1);
        digits[..end].to_vec()
    };
    let mut limit = precision.unwrap_or(6).max(1) as i64;
    if limit > digits.len() as i64 && digits.len() as i64 >= point {
        limit = digits.len() as i64;
    }
    if shortest {
        limit = 6;
    }
    let exponent = point - 1;
    if exponent < -4 || exponent >= limit {
        return exponent_form(&digits, point, digits.len().saturating_sub(1), upper);
    }
    let s = ascii(&digits);
    if point <= 0 {
        format!("0.{}{s}", "0".repeat(-point as usize))
    } else if point as usize >= s.len() {
        format!("{s}{}", "0".repeat(point as usize - s.len()))
    } else {
        format!("{}.{}", &s[..point as usize], &s[point as usize..])
    }
}
