//! The report of a run, in Terragrunt's format (CSV or JSON) or as JUnit XML.

use std::path::Path;

use craton_model::{Diagnostic, Diagnostics};
use serde_json::{Value as Json, json};

use super::run::{End, Row, Run};
use crate::app::App;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Json,
    JUnit,
}

/// Whether the flags ask for a report or its schema.
pub fn is_wanted(app: &App) -> bool {
    app.units.path("report-file").is_some() || app.units.path("report-schema-file").is_some()
}

/// Writes the report of a run and its schema where the flags ask for them.
pub fn write(app: &App, run: &Run, rows: &[Row]) -> Result<(), Diagnostics> {
    write_of(app, run.command, &run.args, rows)
}

/// The same for a command with its arguments, the command first.
pub fn write_of(app: &App, command: &'static str, args: &[String], rows: &[Row]) -> Result<(), Diagnostics> {
    let base = super::choose::root(app);
    let save = |path: &Path, text: String| -> Result<(), Diagnostics> {
        std::fs::write(path, text).map_err(|e| {
            let detail = format!("Cannot write {}: {e}.", path.display());
            Diagnostic::error("Report cannot be written", detail).into()
        })
    };
    if let Some(path) = app.units.path("report-schema-file") {
        save(&base.join(path), format!("{:#}\n", schema()))?;
    }
    let Some(path) = app.units.path("report-file").map(|p| base.join(p)) else { return Ok(()) };
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let format = match app.units.value("report-format").unwrap_or(&extension) {
        "json" => Format::Json,
        "junit" | "xml" => Format::JUnit,
        "csv" => Format::Csv,
        other if app.units.value("report-format").is_some() => {
            let detail = format!("--report-format {other:?}: the formats are csv, json and junit.");
            return Err(Diagnostic::error("Unknown report format", detail).into());
        }
        _ => Format::Csv,
    };
    let lines: Vec<Line> = rows.iter().map(|r| Line::of(command, args, r)).collect();
    save(
        &path,
        match format {
            Format::Csv => csv(&lines),
            Format::Json => format!("{:#}\n", Json::Array(lines.iter().map(Line::json).collect())),
            Format::JUnit => junit(&lines),
        },
    )
}

struct Line {
    name: String,
    started: String,
    ended: String,
    seconds: f64,
    result: &'static str,
    reason: &'static str,
    cause: String,
    command: &'static str,
    args: Vec<String>,
    message: String,
}

impl Line {
    fn of(command: &'static str, args: &[String], row: &Row) -> Self {
        let first = row.record.errors.0.first();
        let message = first.map(|d| format!("{}: {}", d.summary, d.detail)).unwrap_or_default();
        let (result, reason, cause) = match &row.end {
            End::Succeeded { .. } => match (&row.record.ignored, &row.record.retried) {
                (Some(rule), _) => ("succeeded", "error ignored", rule.clone()),
                (None, Some(rule)) => ("succeeded", "retry succeeded", rule.clone()),
                (None, None) => ("succeeded", "", String::new()),
            },
            End::Failed => ("failed", "run error", message.clone()),
            End::EarlyExit(cause) => ("early exit", "ancestor error", cause.clone()),
            End::Excluded => ("excluded", "exclude block", String::new()),
        };
        let seconds = row.times.1.duration_since(row.times.0).unwrap_or_default().as_secs_f64();
        Self {
            name: row.name.clone(),
            started: craton_state::lock::stamp(row.times.0),
            ended: craton_state::lock::stamp(row.times.1),
            seconds,
            result,
            reason,
            cause,
            command,
            args: args.get(1..).unwrap_or_default().to_vec(),
            message,
        }
    }

    fn json(&self) -> Json {
        let mut object =
            json!({ "Name": self.name, "Started": self.started, "Ended": self.ended, "Result": self.result });
        for (key, text) in [("Reason", self.reason), ("Cause", &self.cause), ("Cmd", self.command)] {
            if !text.is_empty() {
                object[key] = json!(text);
            }
        }
        if !self.args.is_empty() {
            object["Args"] = json!(self.args);
        }
        object
    }
}

fn csv(lines: &[Line]) -> String {
    let cell = |text: &str| {
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let mut out = String::from("Name,Started,Ended,Result,Reason,Cause,Ref,Cmd,Args\n");
    for l in lines {
        let args = l.args.join("|");
        let cells = [&l.name, &l.started, &l.ended, l.result, l.reason, &l.cause, "", l.command, &args];
        out.push_str(&cells.map(cell).join(","));
        out.push('\n');
    }
    out
}

fn junit(lines: &[Line]) -> String {
    let escape = |text: &str| {
        let clean: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        clean.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
    };
    let count = |result: &str| lines.iter().filter(|l| l.result == result).count();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"craton\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n",
        lines.len(),
        count("failed"),
        count("early exit") + count("excluded"),
    );
    for l in lines {
        let head = format!(
            "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\"",
            escape(l.command),
            escape(&l.name),
            l.seconds
        );
        let body = match l.result {
            "succeeded" => String::new(),
            "failed" => format!("<failure message=\"{}\"/>", escape(&l.message)),
            "early exit" => format!("<skipped message=\"{} did not succeed\"/>", escape(&l.cause)),
            _ => "<skipped message=\"left out\"/>".to_owned(),
        };
        if body.is_empty() {
            out.push_str(&format!("{head}/>\n"));
        } else {
            out.push_str(&format!("{head}>{body}</testcase>\n"));
        }
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn schema() -> Json {
    let one_of = |words: &[&str]| json!({ "type": "string", "enum": words });
    let text = json!({ "type": "string" });
    let time = json!({ "type": "string", "format": "date-time" });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Terragrunt Run Report Schema",
        "description": "Array of Terragrunt runs",
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["Name", "Started", "Ended", "Result"],
            "properties": {
                "Name": text,
                "Started": time,
                "Ended": time,
                "Result": one_of(&["succeeded", "failed", "early exit", "excluded"]),
                "Reason": one_of(&["retry succeeded", "error ignored", "run error", "exclude block", "ancestor error"]),
                "Cause": text,
                "Ref": text,
                "Cmd": text,
                "Args": { "type": "array", "items": text },
            },
        },
    })
}
