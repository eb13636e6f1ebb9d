//! Log lines in a form of the user's own (`--log-custom-format`,
//! <https://terragrunt.gruntwork.io/docs/reference/logging/formatting/>): text with placeholders, `%level(case=upper,width=6)`.

use std::path::Path;
use std::time::{Duration, SystemTime};

/// What a line tells.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// `info`, `stdout`, ...
    pub level: &'a str,
    /// The unit's name as it is to be shown.
    pub unit: Option<&'a str>,
    /// The unit's folder.
    pub dir: Option<&'a Path>,
    /// The program whose output it is.
    pub program: Option<&'a str>,
    /// The command that runs, with its arguments.
    pub args: &'a [String],
    /// The text.
    pub text: &'a str,
}

/// A form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Placeholder(&'static str, Options),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Options {
    content: String,
    prefix: String,
    suffix: String,
    width: usize,
    align: String,
    case: String,
    escape: String,
    path: String,
    format: String,
}

const NAMES: [&str; 8] = ["interval", "level", "msg", "prefix", "tf-command", "tf-command-args", "tf-path", "time"];

const LEVELS: [(&str, &str, &str); 7] = [
    ("stderr", "std", "s"),
    ("stdout", "std", "s"),
    ("error", "err", "e"),
    ("warn", "wrn", "w"),
    ("info", "inf", "i"),
    ("debug", "deb", "d"),
    ("trace", "trc", "t"),
];

impl Template {
    /// Reads a form; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((plain, after)) = rest.split_once('%') {
            if !plain.is_empty() {
                parts.push(Part::Text(plain.to_owned()));
            }
            let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).unwrap_or(after.len());
            let word = &after[..end];
            // The longest name that the word begins with.
            let name = NAMES.iter().filter(|n| word.starts_with(**n)).max_by_key(|n| n.len());
            let (part, after) = match (name, after.chars().next()) {
                (Some(name), _) => {
                    let (options, after) = options(name, &after[name.len()..])?;
                    (Part::Placeholder(name, options), after)
                }
                (None, Some('(')) => {
                    let (options, after) = options("", after)?;
                    (Part::Placeholder("", options), after)
                }
                (None, Some('%')) => (Part::Text("%".into()), &after[1..]),
                (None, Some(' ')) => (Part::Text("%".into()), after),
                (None, Some('t')) => (Part::Text("\t".into()), &after[1..]),
                (None, Some('n')) => (Part::Text("\n".into()), &after[1..]),
                _ => {
                    let names = NAMES.join(",");
                    return Err(format!("invalid placeholder name {word:?}, available names: {names}"));
                }
            };
            parts.push(part);
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// A line, without its end. `since` is how long the run has taken.
    pub fn line(&self, event: &Event<'_>, now: SystemTime, since: Duration) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Placeholder(name, options) => {
                    out.push_str(&options.apply(value(name, options, event, now, since)))
                }
            }
        }
        out
    }
}

fn value(name: &str, options: &Options, event: &Event<'_>, now: SystemTime, since: Duration) -> String {
    match name {
        "interval" => format!("{:04}", since.as_secs()),
        "time" => time(&options.format, now),
        "level" => {
            let known = LEVELS.iter().find(|(full, ..)| *full == event.level);
            match (options.format.as_str(), known) {
                ("short", Some((_, short, _))) => (*short).to_owned(),
                ("tiny", Some((.., tiny))) => (*tiny).to_owned(),
                _ => event.level.to_owned(),
            }
        }
        "prefix" => match (options.path.as_str(), event.dir, event.unit) {
            ("short-relative", _, Some(unit)) => unit.to_owned(),
            ("relative", _, Some(unit)) => format!("./{unit}"),
            ("filename", Some(dir), Some(_)) => {
                dir.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
            }
            (_, Some(dir), Some(_)) => dir.display().to_string(),
            (_, None, Some(unit)) => unit.to_owned(),
            (_, _, None) => String::new(),
        },
        "tf-path" => event.program.unwrap_or_default().to_owned(),
        "tf-command" => event.program.and(event.args.first()).cloned().unwrap_or_default(),
        "tf-command-args" => event.program.map(|_| event.args.join(" ")).unwrap_or_default(),
        "msg" => event.text.to_owned(),
        _ => options.content.clone(),
    }
}

impl Options {
    fn apply(&self, value: String) -> String {
        let mut value = if self.content.is_empty() { value } else { self.content.clone() };
        match self.case.as_str() {
            "upper" => value = value.to_uppercase(),
            "lower" => value = value.to_lowercase(),
            "capitalize" => {
                let mut chars = value.chars();
                value = chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default();
            }
            _ => {}
        }
        if self.escape == "json" {
            let quoted = serde_json::Value::from(value.as_str()).to_string();
            value = quoted[1..quoted.len() - 1].to_owned();
        }
        if self.width > 0 {
            let width = self.width;
            value = value.chars().take(width).collect();
            value = match self.align.as_str() {
                "right" => format!("{value:>width$}"),
                "center" => format!("{value:^width$}"),
                _ => format!("{value:<width$}"),
            };
        }
        if value.is_empty() { value } else { format!("{}{value}{}", self.prefix, self.suffix) }
    }
}

/// Reads `(name=value,...)`, if it is there; gives what follows.
fn options<'t>(placeholder: &str, text: &'t str) -> Result<(Options, &'t str), String> {
    let mut options = Options::default();
    let Some(mut rest) = text.strip_prefix('(') else { return Ok((options, text)) };
    let shown = if placeholder.is_empty() { "()" } else { placeholder };
    loop {
        rest = rest.trim_start_matches([' ', ',']);
        if let Some(after) = rest.strip_prefix(')') {
            return Ok((options, after));
        }
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return Err(format!("placeholder {shown:?}, empty option name {rest:?}"));
        }
        let Some(after) = after.trim_start().strip_prefix('=') else {
            return Err(format!("placeholder {shown:?}, option {name:?}, a value is required: {name}=VALUE"));
        };
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let (value, after) = match quote {
            Some(quote) => after[1..].split_once(quote).ok_or_else(|| {
                format!("placeholder {shown:?}, option {name:?}, the text that begins with {quote} does not end")
            })?,
            None => after.split_at(after.find([',', ')']).unwrap_or(after.len())),
        };
        if after.is_empty() {
            return Err(format!("placeholder {shown:?}, the options do not end with a parenthesis"));
        }
        set(&mut options, shown, name, value)?;
        rest = after;
    }
}

fn set(options: &mut Options, placeholder: &str, name: &str, value: &str) -> Result<(), String> {
    let one_of = |values: &[&str]| {
        if values.contains(&value) {
            return Ok(value.to_owned());
        }
        let all = values.join(",");
        Err(format!("placeholder {placeholder:?}, option {name:?}, invalid value {value:?}, available values: {all}"))
    };
    match name {
        "content" => options.content = value.to_owned(),
        "prefix" => options.prefix = value.to_owned(),
        "suffix" => options.suffix = value.to_owned(),
        "width" => {
            options.width = value.parse().map_err(|_| {
                format!("placeholder {placeholder:?}, option {name:?}, invalid value {value:?}: a number is required")
            })?;
        }
        "align" => options.align = one_of(&["left", "center", "right"])?,
        "case" => options.case = one_of(&["upper", "lower", "capitalize"])?,
        "escape" => options.escape = one_of(&["json"])?,
        // Colours are those of the terminal's other lines.
        "color" => {}
        "path" if ["prefix", "tf-path", "msg"].contains(&placeholder) => {
            options.path = one_of(&["relative", "short-relative", "short", "filename", "dir"])?;
        }
        "format" if placeholder == "level" => options.format = one_of(&["full", "short", "tiny"])?,
        "format" if placeholder == "time" => options.format = value.to_owned(),
        _ => {
            let mut names = vec!["align", "case", "color", "content", "escape", "prefix", "suffix", "width"];
            match placeholder {
                "level" | "time" => names.push("format"),
                "prefix" | "tf-path" | "msg" => names.push("path"),
                _ => {}
            }
            names.sort_unstable();
            let names = names.join(",");
            return Err(format!("placeholder {placeholder:?}, invalid option name {name:?}, available names: {names}"));
        }
    }
    Ok(())
}

/// A time, in UTC: `rfc3339`, `date-time`, `date-only`, `time-only`, or letters for its parts.
fn time(format: &str, now: SystemTime) -> String {
    // 2006-01-02T15:04:05.999999999Z
    let stamp = craton_state::lock::stamp(now);
    let part = |from: usize, to: usize| stamp.get(from..to).unwrap_or_default().to_owned();
    let fraction = stamp.split_once('.').map(|(_, f)| f.trim_end_matches('Z').to_owned()).unwrap_or_default();
    let digits = |n: usize| format!(".{:0<n$}", fraction.chars().take(n).collect::<String>());
    match format {
        "" | "rfc3339" => format!("{}Z", part(0, 19)),
        "rfc3339-nano" => stamp,
        "date-time" => part(0, 19).replace('T', " "),
        "date-only" => part(0, 10),
        "time-only" => part(11, 19),
        letters => {
            let hour: u32 = part(11, 13).parse().unwrap_or(0);
            let twelve = (hour + 11) % 12 + 1;
            let mut out = String::new();
            for letter in letters.chars() {
                match letter {
                    'H' => out.push_str(&part(11, 13)),
                    'h' => out.push_str(&format!("{twelve:02}")),
                    'g' => out.push_str(&twelve.to_string()),
                    'i' => out.push_str(&part(14, 16)),
                    's' => out.push_str(&part(17, 19)),
                    'v' => out.push_str(&digits(3)),
                    'u' => out.push_str(&digits(6)),
                    'Y' => out.push_str(&part(0, 4)),
                    'y' => out.push_str(&part(2, 4)),
                    'm' => out.push_str(&part(5, 7)),
                    'n' => out.push_str(part(5, 7).trim_start_matches('0')),
                    'd' => out.push_str(&part(8, 10)),
                    'j' => out.push_str(part(8, 10).trim_start_matches('0')),
                    'A' => out.push_str(if hour < 12 { "AM" } else { "PM" }),
                    'a' => out.push_str(if hour < 12 { "am" } else { "pm" }),
                    'T' => out.push_str("UTC"),
                    'P' => out.push_str("+00:00"),
                    'O' => out.push_str("+0000"),
                    other => out.push(other),
                }
            }
            out
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_and_their_options() {
        let args = ["init".to_owned(), "-no-color".to_owned()];
        let dir = Path::new("/live/app");
        let event = Event {
            level: "stdout",
            unit: Some("app"),
            dir: Some(dir),
            program: Some("craton"),
            args: &args,
            text: "hello",
        };
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(86_400_000 + 3_661_250);
        let line = |text: &str| Template::parse(text).map(|t| t.line(&event, now, Duration::from_secs(7)));
        for (form, want) in [
            (
                "%interval%(content=' x ')%level(case=upper,width=8) %prefix(path=short-relative,suffix=' ')%msg(path=relative)",
                "0007 x STDOUT   app hello",
            ),
            ("%tf-path(suffix=' ')%tf-command-args(suffix=': ')%msg", "craton init -no-color: hello"),
            ("%tf-command()-args % a %%b", "init-args % a %b"),
            ("%level(format=tiny)%tx%n", "s\tx\n"),
            ("%time(format='Y-m-d H:i:sv') %time", "1970-01-02 01:01:01.250 1970-01-02T01:01:01Z"),
            ("%prefix %prefix(path=filename) %msg(escape=json,prefix='\"',suffix='\"')", "/live/app app \"hello\""),
        ] {
            assert_eq!(line(form).as_deref(), Ok(want), "{form}");
        }
        for (form, why) in [
            ("%time %wrong", "invalid placeholder name \"wrong\""),
            ("%time(colorr=green)", "placeholder \"time\", invalid option name \"colorr\""),
            ("%level(format=tinyy)", "invalid value \"tinyy\", available values: full,short,tiny"),
            ("%time(=green) x", "placeholder \"time\", empty option name \"=green) x\""),
            ("%msg(prefix='x)", "does not end"),
        ] {
            let found = Template::parse(form).unwrap_err();
            assert!(found.contains(why), "{form}: {found}");
        }
    }
}
