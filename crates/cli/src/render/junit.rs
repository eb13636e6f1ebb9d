//! Results of tests in JUnit's XML format, in the form that Terraform writes it
//! (<https://developer.hashicorp.com/terraform/cli/commands/test#junit-xml>).

use std::fmt::Write as _;

use craton_model::Diagnostics;

use super::diag;
use super::style::Style;
use crate::commands::test::{FileResult, RunResult, Status};

/// The document.
pub fn render(files: &[FileResult]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?><testsuites>\n");
    for file in files {
        let count = |status| file.runs.iter().filter(|r| r.status == status).count();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" skipped=\"{}\" failures=\"{}\" errors=\"{}\">",
            escaped(&file.name),
            file.runs.len(),
            count(Status::Skip),
            count(Status::Fail),
            count(Status::Error)
        );
        let mut stopped_by = None;
        for run in &file.runs {
            out.push_str(&case(file, run, stopped_by));
            if run.status == Status::Error {
                stopped_by = Some(&*run.name);
            }
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn case(file: &FileResult, run: &RunResult, stopped_by: Option<&str>) -> String {
    let mut out = format!("    <testcase name=\"{}\" classname=\"{}\"", escaped(&run.name), escaped(&file.name));
    if let Some((begun, took)) = &run.took {
        let _ = write!(out, " time=\"{:.9}\" timestamp=\"{}\"", took.as_secs_f64(), seconds(begun));
    }
    let body = match run.status {
        Status::Fail => {
            let failed = run.found.0.iter().filter(|d| d.summary == "Test assertion failed").count();
            let first = run.found.0.iter().find(|d| d.is_error()).map_or("", |d| d.detail.as_str());
            let including = if failed > 1 { ", including" } else { "" };
            let message = format!("{failed} of {} assertions failed{including}: {first}", run.asserts);
            element("failure", &message, &text(&run.found))
        }
        Status::Error => element("error", "Encountered an error", &text(&run.found)),
        Status::Skip => {
            let why = match stopped_by {
                Some(name) => format!(
                    "Previous testcase {name:?} ended in error, which caused the remaining tests in the file to be skipped"
                ),
                None => "The tests were interrupted".to_owned(),
            };
            element("skipped", "Testcase skipped due to a previous testcase error", &why)
        }
        Status::Pass | Status::Pending => String::new(),
    };
    if body.is_empty() {
        out.push_str("></testcase>\n");
    } else {
        let _ = write!(out, ">\n{body}    </testcase>\n");
    }
    out
}

fn element(name: &str, message: &str, text: &str) -> String {
    // The one thing that may not stand in such a section is its own end.
    let text = text.replace("]]>", "]]]]><![CDATA[>");
    format!("      <{name} message=\"{}\"><![CDATA[{text}]]></{name}>\n", escaped(message))
}

fn text(found: &Diagnostics) -> String {
    format!("\n{}", diag::render_all(found, &Style { color: false, width: 78, fold: None }))
}

/// A time without parts of a second.
fn seconds(time: &str) -> String {
    time.split_once('.').map_or_else(|| time.to_owned(), |(whole, _)| format!("{whole}Z"))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push_str("&#xA;"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use craton_model::Diagnostic;
    use std::time::Duration;

    fn result(name: &str, status: Status, detail: Option<&str>) -> RunResult {
        let found = detail.map(|d| Diagnostic::error("Test assertion failed", d)).into_iter().collect();
        let took =
            (status != Status::Skip).then_some(("1970-01-01T00:00:00.5Z".to_owned(), Duration::from_millis(1500)));
        RunResult { name: name.into(), status, found, asserts: 2, took }
    }

    #[test]
    fn a_document() {
        let runs = vec![
            result("a", Status::Pass, None),
            result("b", Status::Fail, Some("is \"x\" & ]]>")),
            result("c", Status::Error, Some("broken")),
            result("d", Status::Skip, None),
        ];
        let file = FileResult { name: "main.tftest.hcl".into(), status: Status::Error, runs };
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?><testsuites>
  <testsuite name="main.tftest.hcl" tests="4" skipped="1" failures="1" errors="1">
    <testcase name="a" classname="main.tftest.hcl" time="1.500000000" timestamp="1970-01-01T00:00:00Z"></testcase>
    <testcase name="b" classname="main.tftest.hcl" time="1.500000000" timestamp="1970-01-01T00:00:00Z">
      <failure message="1 of 2 assertions failed: is &#34;x&#34; &amp; ]]&gt;"><![CDATA[
╷
│ Error: Test assertion failed
│
│ is "x" & ]]]]><![CDATA[>
╵
]]></failure>
    </testcase>
    <testcase name="c" classname="main.tftest.hcl" time="1.500000000" timestamp="1970-01-01T00:00:00Z">
      <error message="Encountered an error"><![CDATA[
╷
│ Error: Test assertion failed
│
│ broken
╵
]]></error>
    </testcase>
    <testcase name="d" classname="main.tftest.hcl">
      <skipped message="Testcase skipped due to a previous testcase error"><![CDATA[Previous testcase "c" ended in error, which caused the remaining tests in the file to be skipped]]></skipped>
    </testcase>
  </testsuite>
</testsuites>
"#;
        assert_eq!(render(&[file]), expected);
    }
}
