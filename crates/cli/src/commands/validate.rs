//! `validate`

use std::sync::Arc;

use craton_engine::CancelToken;
use craton_model::{Diagnostics, NoEvents, Severity, State};
use serde_json::{Value as Json, json};

use crate::app::{App, Ended, Outcome};
use crate::args::ValidateArgs;
use crate::json::stream::diagnostic_object;
use crate::unit::Work;

/// Checks a configuration without contacting anything.
pub async fn run(app: &App, args: &ValidateArgs) -> Ended {
    let found = match Work::load(app, "validate").await {
        Err(found) => found,
        Ok(work) => return work.hooked(checked(app, &work, args)).await,
    };
    told(app, args, &found)
}

async fn checked(app: &App, work: &Work, args: &ValidateArgs) -> Ended {
    let now = craton_state::lock::now();
    let session = work.session(Default::default(), State::default(), now, Arc::new(NoEvents), 10, CancelToken::new());
    let mut found = session.validate().await;
    found.extend(work.root.warnings.clone());
    if !args.no_tests {
        found.extend(super::test::validate(work, &args.tests.test_directory));
    }
    told(app, args, &found)
}

fn told(app: &App, args: &ValidateArgs, found: &Diagnostics) -> Ended {
    let valid = !found.has_errors();
    if args.json {
        println!("{:#}", document(found));
    } else {
        app.report(found, false);
        if valid {
            let more = if found.is_empty() { "" } else { ", but there are warnings" };
            println!("{} The configuration is valid{more}.", app.out.bold_green("Success!"));
        }
    }
    Ok(if valid { Outcome::Done } else { Outcome::Failed })
}

fn document(found: &Diagnostics) -> Json {
    let count = |severity| found.into_iter().filter(|d| d.severity == severity).count();
    json!({
        "format_version": "1.0",
        "valid": !found.has_errors(),
        "error_count": count(Severity::Error),
        "warning_count": count(Severity::Warning),
        "diagnostics": found.into_iter().map(diagnostic_object).collect::<Vec<_>>(),
    })
}
