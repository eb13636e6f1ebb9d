//! CSV text, read as RFC 4180 (<https://www.rfc-editor.org/rfc/rfc4180>) says and no more leniently.

use craton_model::{Type, Value};

/// The rows as objects with the columns' names from the first row; all values are strings.
pub(super) fn decode(text: &str) -> Result<Value, String> {
    let mut reader = Reader { rest: text, line: 1 };
    let Some((_, header)) = reader.record()? else { return Err("missing header line".into()) };
    let mut names: Vec<&String> = header.iter().collect();
    names.sort();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("duplicate column name {:?}", twice[0]));
    }
    let ty = Type::object(header.iter().map(|name| (name.as_str(), Type::String)));
    let mut rows = Vec::new();
    while let Some((line, record)) = reader.record()? {
        if record.len() != header.len() {
            return Err(format!("CSV parse error on line {line}: wrong number of fields"));
        }
        rows.push(Value::object(header.iter().map(String::as_str).zip(record.into_iter().map(Value::from))));
    }
    Ok(Value::list(ty, rows))
}

struct Reader<'t> {
    rest: &'t str,
    line: usize,
}

impl Reader<'_> {
    /// The next record with the number of the line it starts on; empty lines are skipped.
    fn record(&mut self) -> Result<Option<(usize, Vec<String>)>, String> {
        loop {
            if let Some(rest) = self.rest.strip_prefix("\r\n").or_else(|| self.rest.strip_prefix('\n')) {
                self.rest = rest;
                self.line += 1;
            } else if self.rest.is_empty() {
                return Ok(None);
            } else {
                break;
            }
        }
        let start = self.line;
        let mut fields = Vec::new();
        loop {
            fields.push(if self.rest.starts_with('"') { self.quoted()? } else { self.plain()? });
            if let Some(rest) = self.rest.strip_prefix(',') {
                self.rest = rest;
                continue;
            }
            if let Some(rest) = self.rest.strip_prefix("\r\n").or_else(|| self.rest.strip_prefix('\n')) {
                self.rest = rest;
                self.line += 1;
            }
            return Ok(Some((start, fields)));
        }
    }

    fn plain(&mut self) -> Result<String, String> {
        let end = self.rest.find([',', '\n']).unwrap_or(self.rest.len());
        let end = if self.rest[end..].starts_with('\n') && self.rest[..end].ends_with('\r') { end - 1 } else { end };
        let (field, rest) = self.rest.split_at(end);
        if field.contains('"') {
            return Err(format!("CSV parse error on line {}: bare \" in non-quoted-field", self.line));
        }
        self.rest = rest;
        // A carriage return at the very end of the text belongs to its last line end.
        Ok(if rest.is_empty() { field.strip_suffix('\r').unwrap_or(field).to_owned() } else { field.to_owned() })
    }

    fn quoted(&mut self) -> Result<String, String> {
        let start = self.line;
        self.rest = &self.rest[1..];
        let mut out = String::new();
        loop {
            let Some(end) = self.rest.find('"') else {
                return Err(format!("CSV parse error on line {start}: extraneous or missing \" in quoted-field"));
            };
            // Line ends become a newline, also inside of a field.
            out.push_str(&self.rest[..end].replace("\r\n", "\n"));
            self.line += self.rest[..end].matches('\n').count();
            self.rest = &self.rest[end + 1..];
            if let Some(rest) = self.rest.strip_prefix('"') {
                out.push('"');
                self.rest = rest;
                continue;
            }
            if self.rest == "\r" {
                self.rest = "";
            }
            if self.rest.is_empty() || self.rest.starts_with([',', '\n']) || self.rest.starts_with("\r\n") {
                return Ok(out);
            }
            return Err(format!("CSV parse error on line {}: extraneous or missing \" in quoted-field", self.line));
        }
    }
}
