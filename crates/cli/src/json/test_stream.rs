//! The messages of `test -json`, one object a line, as Terraform's view of tests writes them:
//! <https://developer.hashicorp.com/terraform/internals/machine-readable-ui>.

use craton_config::TestFile;
use craton_model::Diagnostic;
use serde_json::{Map, Value as Json, json};

use super::stream::{diagnostic, message};
use crate::commands::test::Status;
use crate::render::test::Counts;

fn word(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Skip => "skip",
        Status::Pass => "pass",
        Status::Fail => "fail",
        Status::Error => "error",
    }
}

/// The word that people read: an error is a failure to them.
fn said(status: Status) -> &'static str {
    if status == Status::Error { "fail" } else { word(status) }
}

/// Says where a message comes from.
fn at(message: Json, file: &str, run: Option<&str>) -> Json {
    let Json::Object(fields) = message else { return message };
    let mut out = Map::new();
    for (key, value) in fields {
        if key == "@timestamp" {
            out.insert("@testfile".into(), file.into());
            if let Some(run) = run {
                out.insert("@testrun".into(), run.into());
            }
        }
        out.insert(key, value);
    }
    Json::Object(out)
}

fn plural(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// Which files and runs there are.
pub fn overview(files: &[TestFile]) -> Json {
    let runs = files.iter().map(|f| f.runs.len()).sum();
    let text = format!("Found {} and {}", plural(files.len(), "file"), plural(runs, "run block"));
    let all: Map<String, Json> =
        files.iter().map(|f| (f.name.clone(), f.runs.iter().map(|r| r.name.to_string()).collect())).collect();
    message("info", "test_abstract", &text, json!({ "test_abstract": all }))
}

/// A file begins, tears down (no status) or is done.
pub fn file(name: &str, progress: &str, what: &str, status: Option<Status>) -> Json {
    let mut fields = json!({ "path": name, "progress": progress });
    let what = match status {
        Some(status) => said(status),
        None => what,
    };
    if let Some(status) = status {
        fields["status"] = word(status).into();
    }
    at(message("info", "test_file", &format!("{name}... {what}"), json!({ "test_file": fields })), name, None)
}

/// A run is at something; milliseconds since it began.
pub fn run_progress(file: &str, run: &str, progress: &str, elapsed: u128) -> Json {
    let what = if progress == "teardown" { "tearing down" } else { "in progress" };
    let fields = json!({ "path": file, "run": run, "progress": progress, "elapsed": elapsed as u64 });
    at(message("info", "test_run", &format!("  {run:?}... {what}"), json!({ "test_run": fields })), file, Some(run))
}

/// A run is done.
pub fn run_done(file: &str, run: &str, status: Status) -> Json {
    let fields = json!({ "path": file, "run": run, "progress": "complete", "status": word(status) });
    let text = format!("  {run:?}... {}", said(status));
    at(message("info", "test_run", &text, json!({ "test_run": fields })), file, Some(run))
}

/// What was found in a run.
pub fn run_diagnostic(file: &str, run: &str, d: &Diagnostic) -> Json {
    at(diagnostic(d), file, Some(run))
}

/// The plan or the state that a run led to.
pub fn shown(file: &str, run: &str, what: &str, document: Json) -> Json {
    let kind = format!("test_{what}");
    let text = format!("-verbose flag enabled, printing {what}");
    at(message("info", &kind, &text, json!({ kind.as_str(): document })), file, Some(run))
}

/// What is shown of a plan or a state (in the form of `show -json`): the parts that Terraform shows, and the schemas (in the
/// form of `providers schema -json`) that explain them.
pub fn document(what: &str, document: &Json, schemas: &Json) -> Json {
    let mut out = Map::new();
    out.insert(format!("{what}_format_version"), document["format_version"].clone());
    let parts = if what == "plan" { document } else { &document["values"] };
    for key in ["resource_drift", "resource_changes", "output_changes", "relevant_attributes", "root_module", "outputs"]
    {
        if let Some(part) = parts.get(key) {
            out.insert(key.into(), part.clone());
        }
    }
    out.insert("provider_format_version".into(), schemas["format_version"].clone());
    out.insert("provider_schemas".into(), schemas["provider_schemas"].clone());
    Json::Object(out)
}

/// What a run left behind.
pub fn cleanup(file: &str, run: &str, left: &[String]) -> Json {
    let text = format!(
        "Some resources of {file}/{run} could not be destroyed and are left behind; they need to be removed by hand."
    );
    let left: Vec<Json> = left.iter().map(|addr| json!({ "instance": addr })).collect();
    at(
        message("error", "test_cleanup", &text, json!({ "test_cleanup": { "failed_resources": left } })),
        file,
        Some(run),
    )
}

/// The end.
pub fn summary(status: Status, counts: Counts) -> Json {
    let Counts { passed, failed, errored, skipped } = counts;
    let head = if status <= Status::Pass { "Success!" } else { "Failure!" };
    let fields = json!({
        "status": word(status), "passed": passed, "failed": failed, "errored": errored, "skipped": skipped,
    });
    message("info", "test_summary", &format!("{head} {}", counts.text()), json!({ "test_summary": fields }))
}
