//! `apply`, `destroy` and `refresh`

use craton_engine::CHECK_FAILED;
use craton_model::plan::PlanMode;
use craton_model::{Diagnostic, Diagnostics};
use craton_state::planfile::SavedPlan;
use craton_state::{planfile, treeplan};

use super::{closing, plan};
use crate::app::{App, Ended, Outcome};
use crate::args::{ApplyArgs, Command};
use crate::backend::LocalFlags;
use crate::lane;
use crate::operation::{Operation, mode};
use crate::terragrunt::Active;
use crate::unit::Work;
use crate::units;

/// Makes the changes of a saved plan, or of one made now.
pub async fn run(app: &App, args: &ApplyArgs, destroy: bool) -> Ended {
    operate(app, args, destroy, false).await
}

async fn operate(app: &App, args: &ApplyArgs, destroy: bool, refresh: bool) -> Ended {
    // Of a unit among many the plan that was kept for it.
    let kept = lane::current().and_then(|l| l.plans.file.clone());
    if let Some(file) = args.plan.as_ref().or(kept.as_ref()) {
        let flags = LocalFlags::from(&args.options.files);
        return saved(app, args, file, &flags).await;
    }
    let mode = mode(&args.options, destroy)?;
    let command = match (destroy, refresh) {
        (true, _) => "destroy",
        (_, true) => "refresh",
        _ => "apply",
    };
    // Without configuration everything is to go, which nobody asks for by mistake but with these.
    let work = Work::load_unless_empty(app, command, refresh || mode == PlanMode::Destroy).await?;
    if let Some(active) = work.active.as_ref().filter(|_| destroy || args.options.destroy) {
        active.check_destroy()?;
    }
    let amended = work.amended(app)?;
    let mut args = match amended {
        Some(Command::Apply(amended) | Command::Destroy(amended) | Command::Refresh(amended)) => amended,
        _ => args.clone(),
    };
    args.options.refresh_only |= refresh;
    args.auto_approve |= refresh;
    work.hooked(plan_and_apply(app, &work, &args, destroy, refresh)).await
}

async fn plan_and_apply(app: &App, work: &Work, args: &ApplyArgs, destroy: bool, refresh: bool) -> Ended {
    let flags = LocalFlags::from(&args.options.files);
    let options = &args.options;
    let mode = mode(options, destroy)?;
    let mut inputs = work.inputs()?;
    work.root.ask_missing(app, &mut inputs, options.input)?;
    let (variables, mut found) = work.variables(&inputs);
    if found.has_errors() {
        return Err(found);
    }
    if !args.auto_approve && options.json {
        let detail = "apply asks before it changes anything, and -json leaves no room for questions. Add -auto-approve, or apply a plan that was saved with plan -out.";
        return Err(Diagnostic::error("Approval is needed", detail).into());
    }
    let operation = Operation::new(app, work, options).of_refresh(refresh);
    let open = operation.open(options, &flags, "OperationTypeApply").await?;
    let (made, more) = operation.plan(variables.clone(), &open.state, options, mode).await;
    found.extend(more);
    found.extend(work.root.warnings.clone());
    if found.has_errors() || operation.interrupted() {
        if let Err(more) = operation.show_failed(&made).await {
            found.extend(more);
        }
        return closing(open, Err(found)).await;
    }
    if let Err(e) = operation.show(&made).await {
        return closing(open, Err(e)).await;
    }
    if refresh {
        // Nobody is asked in between, and what follows makes the checks again.
        found.0.retain(|d| d.summary != CHECK_FAILED);
    }
    app.report_compact(found, operation.json(), options.compact_warnings);
    plan::leave_behind(&made);
    if made.has_changes() && !args.auto_approve {
        let question = match mode {
            PlanMode::Destroy => "Destroy all of this? It cannot be undone.",
            PlanMode::RefreshOnly => "Bring the state up to date with these changes?",
            PlanMode::Normal => "Make these changes?",
        };
        match app.confirm(question, options.input, "-auto-approve") {
            Ok(true) => {}
            Ok(false) => {
                println!("\nNothing was changed.");
                return closing(open, Ok(Outcome::Failed)).await;
            }
            Err(e) => return closing(open, Err(e)).await,
        }
    }
    Ok(operation.apply(&made, variables, open).await?.1)
}

async fn saved(app: &App, args: &ApplyArgs, file: &std::path::Path, flags: &LocalFlags) -> Ended {
    let path = app.path(file);
    let path = if path.is_file() { path } else { app.dir().join(file) };
    let bytes = std::fs::read(&path)
        .map_err(|e| Diagnostic::error("Plan file is not readable", format!("Cannot read {}: {e}.", path.display())))?;
    if treeplan::is_tree(&bytes) {
        return units::tree::apply(app, args, &bytes).await;
    }
    if !planfile::is_plan(&bytes) {
        let detail = format!(
            "{} is no plan that craton saved. To plan and apply a folder, name it with --working-dir.",
            path.display()
        );
        return Err(Diagnostic::error("Not a plan file", detail).into());
    }
    let saved = planfile::read(&bytes)?;
    if saved.plan.errored {
        let detail = "Making this plan failed, so there is nothing whole to apply. Mend what was wrong and plan again.";
        return Err(Diagnostic::error("Plan is not complete", detail).into());
    }
    let dir = app.dir();
    let active = if app.is_unit(&dir) { Some(Active::load(app, &dir, "apply")?) } else { None };
    let work = Work::for_plan(app, &saved, active).await?;
    work.hooked(apply_saved(app, &work, args, &saved, flags)).await
}

/// Makes the changes of a saved plan.
pub async fn apply_saved(app: &App, work: &Work, args: &ApplyArgs, saved: &SavedPlan, flags: &LocalFlags) -> Ended {
    let variables = work.ephemeral_variables(&saved.plan.variables)?;
    let operation = Operation::new(app, work, &args.options);
    let open = operation.open(&args.options, flags, "OperationTypeApply").await?;
    plan::leave_behind(&saved.plan);
    operation.announce(&saved.plan);
    Ok(operation.apply(&saved.plan, variables, open).await?.1)
}

/// Brings the state up to date.
pub async fn refresh(app: &App, args: &ApplyArgs) -> Ended {
    if args.plan.is_some() {
        let found: Diagnostics = Diagnostic::error("Too many arguments", "refresh takes no plan file.").into();
        return Err(found);
    }
    let mut args = args.clone();
    args.options.refresh_only = true;
    args.auto_approve = true;
    operate(app, &args, false, true).await
}
