//! Terragrunt's log lines: what is told about a run besides what commands write.

use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use serde_json::json;

use crate::args::terragrunt::UnitFlags;
use crate::lane::{Lane, Stream};
use crate::log_format::{Event, Template};

/// How serious a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is its own name")]
pub enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Level {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "error" | "fatal" | "panic" | "stderr" | "stdout" => Level::Error,
            "warn" | "warning" => Level::Warn,
            "info" => Level::Info,
            "debug" => Level::Debug,
            "trace" => Level::Trace,
            _ => return None,
        })
    }

    fn word(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
            Level::Trace => "trace",
        }
    }
}

/// How a line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// As craton writes: `[unit] text`.
    #[default]
    Plain,
    /// `HH:MM:SS.mmm LEVEL  [unit] text`
    Pretty,
    /// `time=… level=… prefix=… msg=…`
    KeyValue,
    /// One JSON object a line.
    Json,
    /// `LEVE[0000] text  prefix=[unit]`
    Bare,
    /// As `--log-custom-format` says.
    Custom,
}

/// The form of lines that the user gave; there is one for the whole run.
static TEMPLATE: OnceLock<Template> = OnceLock::new();
/// The command that runs, with its arguments, once it is known.
static COMMAND: OnceLock<Vec<String>> = OnceLock::new();
/// When the run began.
static BEGAN: OnceLock<Instant> = OnceLock::new();

/// Takes down which command runs.
pub fn set_command(args: Vec<String>) {
    let _ = COMMAND.set(args);
}

/// What is written and how.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    /// The least serious level that is written.
    pub level: Level,
    /// How.
    pub format: Format,
    /// Nothing is written.
    pub disabled: bool,
    /// Units are named by their whole path.
    pub absolute: bool,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: Level::Info, format: Format::Plain, disabled: false, absolute: false }
    }
}

impl Log {
    /// What the flags ask for, or which of them cannot be read.
    pub fn of(flags: &UnitFlags) -> Result<Self, String> {
        let level = match flags.value("log-level") {
            None => Level::Info,
            Some(text) => Level::parse(text).ok_or_else(|| {
                format!("--log-level {text:?}: invalid level; the levels are error, warn, info, debug and trace.")
            })?,
        };
        let format = match flags.value("log-format") {
            None => Format::Plain,
            Some("pretty") => Format::Pretty,
            Some("key-value") => Format::KeyValue,
            Some("json") => Format::Json,
            Some("bare") => Format::Bare,
            Some(other) => {
                return Err(format!("--log-format {other:?}: the formats are pretty, key-value, json and bare."));
            }
        };
        let _ = BEGAN.set(Instant::now());
        let format = match flags.value("log-custom-format") {
            Some(text) => {
                let template = Template::parse(text)
                    .map_err(|why| format!("invalid value {text:?} for flag -log-custom-format: {why}"))?;
                let _ = TEMPLATE.set(template);
                Format::Custom
            }
            None => format,
        };
        let disabled = flags.has("log-disable");
        let format = if disabled { Format::Plain } else { format };
        Ok(Self { level, format, disabled, absolute: flags.has("log-show-abs-paths") })
    }

    /// Writes a line to standard error, if its level is wanted. `unit` is its prefix.
    pub fn say(&self, level: Level, unit: Option<&str>, text: &str) {
        if self.disabled || level > self.level {
            return;
        }
        let unit = unit.filter(|u| *u != ".");
        let line = match self.format {
            Format::Plain => unit.map_or_else(|| format!("{text}\n"), |u| format!("[{u}] {text}\n")),
            _ => {
                let lane = crate::lane::current();
                let dir = lane.as_ref().map(|l| l.dir.as_path());
                self.line(&Event { level: level.word(), unit, dir, program: None, args: &[], text })
            }
        };
        crate::lane::note_line(&line);
    }

    /// A line of a command's output.
    pub fn output(&self, stream: Stream, lane: &Lane, text: &str) -> String {
        let name = if self.absolute { lane.dir.to_string_lossy().into_owned() } else { lane.name.clone() };
        let word = if stream == Stream::Out { "stdout" } else { "stderr" };
        let unit = Some(&*name).filter(|n| *n != ".");
        let args = COMMAND.get().map(Vec::as_slice).unwrap_or_default();
        self.line(&Event { level: word, unit, dir: Some(&lane.dir), program: Some("craton"), args, text })
    }

    fn line(&self, event: &Event<'_>) -> String {
        let Event { level, unit, program, text, .. } = *event;
        let now = craton_state::lock::now();
        match self.format {
            Format::Json => {
                let mut object = json!({ "time": now, "level": level, "msg": text });
                if let Some(u) = unit {
                    object["prefix"] = json!(u);
                }
                if let Some(dir) = event.dir {
                    object["working-dir"] = json!(dir);
                }
                if let Some(p) = program {
                    object["tf-path"] = json!(p);
                    object["tf-command-args"] = json!(event.args);
                }
                format!("{object}\n")
            }
            Format::KeyValue => {
                let unit = unit.map_or_else(String::new, |u| format!(" prefix={u}"));
                let program = program.map_or_else(String::new, |p| format!(" tf-path={p}"));
                format!("time={now} level={level}{unit}{program} msg={text}\n")
            }
            // What a command writes stands there as it is, unless it must be told from others' lines.
            Format::Bare if program.is_some() && unit.is_none() => format!("{text}\n"),
            Format::Bare => {
                let unit = unit.map_or_else(String::new, |u| format!("  prefix=[{u}]"));
                let level: String = level.to_uppercase().chars().take(4).collect();
                format!("{level}[{:04}] {text}{unit}\n", since().as_secs())
            }
            Format::Custom => match TEMPLATE.get() {
                Some(template) => format!("{}\n", template.line(event, SystemTime::now(), since())),
                None => format!("{text}\n"),
            },
            Format::Pretty | Format::Plain => {
                let unit = unit.map_or_else(String::new, |u| format!(" [{u}]"));
                let program = program.map_or_else(String::new, |p| format!(" {p}:"));
                let mid =
                    if unit.is_empty() && program.is_empty() { " ".to_owned() } else { format!("{unit}{program} ") };
                format!("{} {:<6}{mid}{text}\n", clock(), level.to_uppercase())
            }
        }
    }
}

fn since() -> Duration {
    BEGAN.get().map(Instant::elapsed).unwrap_or_default()
}

/// The time of day, UTC, to the millisecond.
fn clock() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let s = since.as_secs();
    format!("{:02}:{:02}:{:02}.{:03}", s / 3600 % 24, s / 60 % 60, s % 60, since.subsec_millis())
}

/// A folder as seen from another, for prefixes and reports.
pub fn shown(from: &Path, dir: &Path) -> String {
    craton_terragrunt::relative(from, dir).to_string_lossy().replace('\\', "/")
}
