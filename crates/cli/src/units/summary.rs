//! What stays on the screen after a run over many units.

use std::time::Duration;

use super::run::{End, Row, Run};
use crate::app::App;
use crate::progress::brief;

/// The summary: how many units ended how, what changed in each, and what to do about those that failed.
pub fn text(app: &App, run: &Run, rows: &[Row], took: Duration) -> String {
    let style = &app.out;
    let units = if rows.len() == 1 { "1 unit".to_owned() } else { format!("{} units", rows.len()) };
    let title = format!("❯❯ Run Summary  {units}  {}", brief(took));
    let rule = "─".repeat(title.chars().count().saturating_sub(3));
    let mut out = format!("\n{}\n   {}\n", style.bold(&title), style.dim(rule));
    let counts = ["Succeeded", "Failed", "Early Exits", "Excluded"]
        .map(|name| (name, rows.iter().filter(|r| kind(&r.end) == name).count()));
    let shown: Vec<_> = counts.iter().filter(|(_, n)| *n > 0).collect();
    let per_unit = app.units.has("summary-per-unit");
    let widest = rows.iter().map(|r| r.name.chars().count()).max().unwrap_or(0);
    for (kind, n) in &shown {
        let name = if per_unit { format!("{kind} ({n})") } else { format!("{kind:<11}  {n}") };
        let name = match *kind {
            "Succeeded" => style.green(name).to_string(),
            "Failed" => style.red(name).to_string(),
            "Early Exits" => style.yellow(name).to_string(),
            _ => name,
        };
        out.push_str(&format!("   {name}\n"));
        let mut of_kind: Vec<&Row> = rows.iter().filter(|r| per_unit && self::kind(&r.end) == *kind).collect();
        of_kind.sort_by_key(|r| std::cmp::Reverse(duration(r)));
        for row in of_kind {
            let dots = ".".repeat(widest + 1 - row.name.chars().count());
            out.push_str(&format!("      {} {} {}\n", style.bold(&row.name), style.dim(dots), brief(duration(row))));
        }
    }
    let mut each: Vec<&Row> = rows.iter().collect();
    each.sort_by(|a, b| a.name.cmp(&b.name));
    let lines: Vec<(&str, String)> = each.iter().filter_map(|r| Some((r.name.as_str(), line(app, r)?))).collect();
    if !lines.is_empty() {
        let width = lines.iter().map(|(n, _)| n.chars().count()).max().unwrap_or(0);
        out.push('\n');
        for (name, line) in lines {
            out.push_str(&format!("   {}{}  {line}\n", style.bold(name), " ".repeat(width - name.chars().count())));
        }
    }
    out.push_str(&advice(run, rows));
    out
}

/// The name of a kind of end.
fn kind(end: &End) -> &'static str {
    match end {
        End::Succeeded { .. } => "Succeeded",
        End::Failed => "Failed",
        End::EarlyExit(_) => "Early Exits",
        End::Excluded => "Excluded",
    }
}

fn duration(row: &Row) -> Duration {
    row.times.1.duration_since(row.times.0).unwrap_or_default()
}

/// What is worth a line about a unit; nothing where nothing changes.
fn line(app: &App, row: &Row) -> Option<String> {
    let style = &app.out;
    let record = &row.record;
    match &row.end {
        End::Succeeded { .. } => {
            let mut text = match (record.applied, record.planned) {
                (Some((0, 0, 0)), _) => String::new(),
                (Some((added, changed, destroyed)), _) => {
                    format!("{added} added, {changed} changed, {destroyed} destroyed")
                }
                (None, Some(c)) if c.add + c.change + c.destroy + c.import + c.forget > 0 => {
                    let import = if c.import > 0 { format!("{} to import, ", c.import) } else { String::new() };
                    format!("{import}{} to add, {} to change, {} to destroy", c.add, c.change, c.destroy)
                }
                (None, Some(_)) if record.changes => "outputs change".to_owned(),
                _ => String::new(),
            };
            if !record.unknown_inputs.is_empty() && record.applied.is_none() {
                text.push_str(&format!("; known after apply: {}", record.unknown_inputs.join(", ")));
            }
            if let Some(rule) = &record.ignored {
                text.push_str(&format!("; a failure was overlooked ({rule})"));
            }
            if let Some(rule) = &record.retried {
                text.push_str(&format!("; succeeded when tried again ({rule})"));
            }
            let text = text.trim_start_matches("; ").to_owned();
            if text.is_empty() { None } else { Some(text) }
        }
        End::Failed => {
            let what = record.errors.0.first().map_or("it failed".to_owned(), |d| {
                let place = d.subject.map(|s| format!(" ({})", s.place())).unwrap_or_default();
                format!("{}{place}", d.summary)
            });
            let done = match record.applied {
                Some((added, changed, destroyed)) if added + changed + destroyed > 0 => {
                    format!("; before that: {added} added, {changed} changed, {destroyed} destroyed")
                }
                _ => String::new(),
            };
            Some(format!("{}{done}", style.red(format!("failed: {what}"))))
        }
        End::EarlyExit(cause) => Some(style.yellow(format!("not begun: {cause} did not succeed")).to_string()),
        End::Excluded => Some(style.dim("left out").to_string()),
    }
}

/// What to do about failures.
fn advice(run: &Run, rows: &[Row]) -> String {
    let Some(first) = rows.iter().find(|r| r.end == End::Failed) else { return String::new() };
    let mut out = String::from("\nThe errors are above, each in the lines of its unit. To look at one unit alone:\n");
    let dir = if first.name == "." { String::new() } else { format!("--working-dir {} ", first.name) };
    let single = if ["apply", "destroy"].contains(&run.command) { "plan" } else { run.command };
    out.push_str(&format!("  craton {dir}{single}\n"));
    if run.planned {
        out.push_str(
            "What was applied stays. When it is mended, plan what is left:\n  craton run --all plan -out=FILE\n",
        );
    } else if run.command != "plan" {
        out.push_str(&format!(
            "When it is mended, the same command goes on from here:\n  craton run --all {}\n",
            run.args.join(" ")
        ));
    }
    out
}
