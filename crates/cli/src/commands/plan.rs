//! `plan`

use craton_model::Diagnostic;
use craton_state::planfile;

use super::closing;
use crate::app::{App, Ended, Outcome};
use crate::args::{Command, PlanArgs};
use crate::backend::LocalFlags;
use crate::operation::{Operation, mode};
use crate::unit::Work;

/// Shows what would change; saves it with `-out`.
pub async fn run(app: &App, args: &PlanArgs) -> Ended {
    mode(&args.options, false)?;
    let work = Work::load(app, "plan").await?;
    let amended = work.amended(app)?;
    let args = match &amended {
        Some(Command::Plan(amended)) => amended,
        _ => args,
    };
    work.before()?;
    let result = plan(app, &work, args).await;
    work.after(result)
}

async fn plan(app: &App, work: &Work, args: &PlanArgs) -> Ended {
    let options = &args.options;
    let mode = mode(options, false)?;
    let mut inputs = work.inputs()?;
    work.root.ask_missing(app, &mut inputs, options.input)?;
    let (variables, mut found) = work.variables(&inputs);
    if found.has_errors() {
        return Err(found);
    }
    let operation = Operation::new(app, work, options);
    let flags = LocalFlags { state: options.state.clone(), backup: None };
    let open = operation.open(options, &flags, "OperationTypePlan").await?;
    let (plan, more) = operation.plan(variables, &open.state, options, mode).await;
    closing(open, Ok(())).await?;
    found.extend(more);
    found.extend(work.root.warnings.clone());
    let failed = found.has_errors();
    if !failed {
        operation.show(&plan).await?;
    }
    app.report_compact(found, operation.json(), options.compact_warnings);
    let changes = plan.has_changes();
    if let Some(out) = &args.out {
        let path = app.path(out);
        let bytes = planfile::write(&operation.saved(plan))?;
        std::fs::write(&path, bytes)
            .map_err(|e| Diagnostic::error("Plan cannot be saved", format!("Cannot write {}: {e}.", path.display())))?;
        if !failed && !operation.json() {
            println!(
                "\nThe plan was saved to {}. To do exactly this:\n  craton apply {}",
                out.display(),
                out.display()
            );
        }
    } else if !failed && changes && !operation.json() {
        println!("\n{}", app.out.dim("Without -out, apply plans again and may come to another result."));
    }
    Ok(match (failed, changes && args.detailed_exitcode) {
        (true, _) => Outcome::Failed,
        (false, true) => Outcome::Changes,
        (false, false) => Outcome::Done,
    })
}
