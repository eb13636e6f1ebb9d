//! One plan file for a whole tree: written by `run --all plan -out=FILE`, followed by `apply FILE`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use craton_config::FileCache;
use craton_engine::{beyond, fits, stale};
use craton_model::{Diagnostic, Diagnostics, Plan, Value};
use craton_state::planfile::{self, SavedPlan};
use craton_state::treeplan::{self, TreePlan, UnitPlan};
use craton_terragrunt::Terragrunt;
use serde_json::json;

use super::choose::Chosen;
use super::run::{End, Row, Run, execute, finish, order_of};
use crate::app::{App, Ended, Outcome};
use crate::args::{ApplyArgs, PlanOptions};
use crate::backend::LocalFlags;
use crate::commands::{apply, closing, plan, show};
use crate::lane::{self, Record};
use crate::operation::Operation;
use crate::render::style::Style;
use crate::terragrunt::Active;
use crate::unit::Work;

/// The flags that decide on what units evaluate to, kept with the plan.
const KEPT: [&str; 3] = ["feature", "source", "source-map"];

/// Writes the plans of a run to one file. Nothing is written if a unit failed: a part of a tree is not what was asked for.
pub fn save(app: &App, run: &Run, session: &Arc<Terragrunt>, rows: &[Row], out: &Path) -> Result<(), Diagnostics> {
    if rows.iter().any(|r| matches!(r.end, End::Failed | End::EarlyExit(_))) {
        let text = format!("The plan of the tree is not whole, so {} was not written.", out.display());
        app.log.say(crate::unit_log::Level::Warn, None, &text);
        return Ok(());
    }
    let by_dir: BTreeMap<&PathBuf, &Row> = rows.iter().map(|r| (&r.dir, r)).collect();
    let text = |p: &Path| p.display().to_string();
    let units = run.chosen.order.units.iter().filter_map(|dir| {
        let plan = by_dir.get(dir)?.record.saved.clone()?;
        let needs = run.chosen.order.dependencies.get(dir).into_iter().flatten();
        Some(UnitPlan { dir: text(dir), dependencies: needs.map(|p| text(p)).collect(), plan })
    });
    let tree = TreePlan {
        root: text(&run.chosen.root),
        destroy: run.down,
        units: units.collect(),
        files: session.files().texts().into_iter().map(|(path, content)| (text(&path), content)).collect(),
        options: json!(
            KEPT.map(|name| (name, app.units.values(name).to_vec())).into_iter().collect::<BTreeMap<_, _>>()
        ),
    };
    let path = app.path(out);
    std::fs::write(&path, treeplan::write(&tree))
        .map_err(|e| Diagnostic::error("Plan cannot be saved", format!("Cannot write {}: {e}.", path.display())))?;
    println!(
        "\nThe plan of {} units was saved to {}. To do exactly this:\n  craton apply {}",
        tree.units.len(),
        out.display(),
        out.display()
    );
    Ok(())
}

/// Follows the plan file of a tree, from a command for many units.
pub async fn apply_file(app: &App, args: &ApplyArgs, file: &Path) -> Ended {
    let path = app.path(file);
    let path = if path.is_file() { path } else { app.dir().join(file) };
    let bytes = std::fs::read(&path)
        .map_err(|e| Diagnostic::error("Plan file is not readable", format!("Cannot read {}: {e}.", path.display())))?;
    if !treeplan::is_tree(&bytes) {
        let detail = format!(
            "{} is no plan of a tree. Make one with:\n  craton run --all plan -out=FILE\nor apply the plan of one unit in its folder.",
            path.display()
        );
        return Err(Diagnostic::error("Not a plan of a tree", detail).into());
    }
    apply(app, args, &bytes).await
}

fn unpack(bytes: &[u8]) -> Result<(TreePlan, Vec<(PathBuf, SavedPlan)>), Diagnostics> {
    let tree = treeplan::read(bytes)?;
    let mut plans = Vec::new();
    for unit in &tree.units {
        plans.push((PathBuf::from(&unit.dir), planfile::read(&unit.plan)?));
    }
    Ok((tree, plans))
}

/// Follows the plan file of a tree, unit by unit.
pub async fn apply(app: &App, args: &ApplyArgs, bytes: &[u8]) -> Ended {
    let (tree, plans) = unpack(bytes)?;
    if let Some((dir, _)) = plans.iter().find(|(dir, _)| !dir.is_dir()) {
        let detail = format!(
            "The plan is for units below {}; there is no folder {} here. Apply it where it was made.",
            tree.root,
            dir.display()
        );
        return Err(Diagnostic::error("Unit not found", detail).into());
    }
    let command = if tree.destroy { "destroy" } else { "apply" };
    let mut options = app.terragrunt_options(command);
    options.exact = true;
    for (name, values) in tree.options.as_object().into_iter().flatten() {
        let mut values = values.as_array().into_iter().flatten().filter_map(|v| v.as_str());
        let pair = |v: &str| v.split_once('=').map_or((v.to_owned(), String::new()), |(a, b)| (a.into(), b.into()));
        match name.as_str() {
            "feature" => options.features = values.map(pair).collect(),
            "source-map" => options.source_map = values.map(pair).collect(),
            _ => options.source = values.next_back().map(ToOwned::to_owned),
        }
    }
    // What the units say is what they said when the plan was made.
    let files = tree.files.iter().map(|(path, text)| (PathBuf::from(path), text.clone())).collect();
    let session = app.share_over(options, FileCache::frozen(files));
    let needs = tree.units.iter().map(|u| (PathBuf::from(&u.dir), u.dependencies.iter().map(PathBuf::from).collect()));
    let chosen =
        Chosen { root: PathBuf::from(&tree.root), order: order_of(needs), left: BTreeMap::new(), removed: Vec::new() };
    let run = Run {
        chosen,
        command,
        args: app.terraform_args("apply"),
        planned: true,
        down: tree.destroy,
        raw: args.options.json || app.units.has("tf-forward-stdout"),
        parallelism: app.units.parallelism.unwrap_or(16),
    };
    let plans: Arc<BTreeMap<PathBuf, SavedPlan>> = Arc::new(plans.into_iter().collect());
    let started = Instant::now();
    let work = {
        let (app, args) = (app.clone(), args.clone());
        move |dir: PathBuf| {
            let (app, args, plans, session) = (app.for_unit(&dir), args.clone(), plans.clone(), session.clone());
            async move {
                let (ended, record) = lane::recorded(async {
                    match plans.get(&dir) {
                        Some(saved) => follow(&app, &args, saved, command).await,
                        None => {
                            Err(Diagnostic::error("Unit not found", "The plan holds nothing for this unit.").into())
                        }
                    }
                })
                .await;
                session.forget_outputs(&dir);
                (ended, record) as (Ended, Record)
            }
        }
    };
    let rows = execute(app, &run, false, work).await;
    finish(app, &run, &rows, started)
}

/// Follows the plan of one unit. Where it was made with values that were not known, it is made again now that they are,
/// of the same configuration, and refused if it does more than was shown.
async fn follow(app: &App, args: &ApplyArgs, saved: &SavedPlan, command: &str) -> Ended {
    let active = Active::load(app, &app.dir(), command)?;
    let work = Work::for_plan(app, saved, Some(active)).await?;
    let open = saved.plan.variables.values().any(|v| !v.is_wholly_known());
    work.hooked(async {
        if open {
            again(app, &work, args, saved).await
        } else {
            apply::apply_saved(app, &work, args, saved, &LocalFlags::default()).await
        }
    })
    .await
}

async fn again(app: &App, work: &Work, args: &ApplyArgs, saved: &SavedPlan) -> Ended {
    let shown = &saved.plan;
    let mut variables = known(work, shown)?;
    variables.extend(work.ephemeral_variables(&shown.variables)?);
    let options = PlanOptions { target: shown.targets.clone(), replace: shown.replace.clone(), ..args.options.clone() };
    let operation = Operation::new(app, work, &options);
    let open = operation.open(&options, &LocalFlags::default(), "OperationTypeApply").await?;
    if let Err(d) = stale(shown, &open.state) {
        return closing(open, Err(d.into())).await;
    }
    let (now, found) =
        operation.plan_at(variables.clone(), &open.state, &options, shown.mode, shown.timestamp.clone()).await;
    if found.has_errors() || operation.interrupted() {
        return closing(open, Err(found)).await;
    }
    if let Err(more) = beyond(shown, &now) {
        return closing(open, Err(more)).await;
    }
    app.report(&found, operation.json());
    plan::leave_behind(&now);
    Ok(operation.apply(&now, variables, open).await?.1)
}

/// The values of variables: those of the plan, and those that have become known since.
fn known(work: &Work, shown: &Plan) -> Result<BTreeMap<Arc<str>, Value>, Diagnostics> {
    let (evaluated, mut found) = work.variables(&work.inputs()?);
    if found.has_errors() {
        return Err(found);
    }
    let mut all = BTreeMap::new();
    for (name, before) in &shown.variables {
        if before.is_wholly_known() {
            all.insert(name.clone(), before.clone());
            continue;
        }
        let Some(now) = evaluated.get(name).filter(|v| v.is_wholly_known()) else {
            let detail = format!(
                "The value of the input {name:?} is still not known, though the units that it comes from are applied. Make a new plan."
            );
            found.push(Diagnostic::error("Input is not known", detail));
            continue;
        };
        if !fits(before, now) {
            let detail = format!(
                "The input {name:?} has another value than the plan says, in a part that was known already. Nothing was done here. Make a new plan."
            );
            found.push(Diagnostic::error("Plan would do more than was shown", detail));
        }
        all.insert(name.clone(), now.clone());
    }
    found.ok(all)
}

/// The plan of a tree in a file that a command for many units names; `None` if there is no such plan.
pub fn named(app: &App, file: &Path) -> Option<Vec<u8>> {
    let path = app.path(file);
    let path = if path.is_file() { path } else { app.dir().join(file) };
    std::fs::read(path).ok().filter(|bytes| treeplan::is_tree(bytes))
}

/// Shows the plans of a tree's units as a command that runs in each of them would: with JSON one document in a line each.
pub async fn show_each(app: &App, bytes: &[u8], json: bool) -> Ended {
    if !json {
        return show(app, bytes, false).await;
    }
    for (_, saved) in unpack(bytes)?.1 {
        let work = Work::for_plan(app, &saved, None).await?;
        println!("{}", show::plan_json(&work, &saved).await?);
    }
    Ok(Outcome::Done)
}

/// Shows the plan of a tree.
pub async fn show(app: &App, bytes: &[u8], json: bool) -> Ended {
    let (tree, plans) = unpack(bytes)?;
    let order: BTreeMap<PathBuf, SavedPlan> = plans.into_iter().collect();
    let mut documents = serde_json::Map::new();
    let mut totals = (0, 0, 0);
    for unit in &tree.units {
        let dir = PathBuf::from(&unit.dir);
        let Some(saved) = order.get(&dir) else { continue };
        let name = crate::unit_log::shown(Path::new(&tree.root), &dir);
        let work = Work::for_plan(app, saved, None).await?;
        if json {
            documents.insert(name, show::plan_json(&work, saved).await?);
            continue;
        }
        println!("{}", heading(&app.out, &name));
        print!("{}", show::plan_text(app, &work, saved).await?);
        let unknown: Vec<&str> =
            saved.plan.variables.iter().filter(|(_, v)| !v.is_wholly_known()).map(|(k, _)| &**k).collect();
        if !unknown.is_empty() {
            println!("\nKnown after other units are applied: {}.", unknown.join(", "));
        }
        let counts = saved.plan.counts();
        totals = (totals.0 + counts.add, totals.1 + counts.change, totals.2 + counts.destroy);
    }
    if json {
        println!("{}", serde_json::Value::Object(documents));
    } else {
        let (add, change, destroy) = totals;
        println!("\n{} units: {add} to add, {change} to change, {destroy} to destroy.", tree.units.len());
    }
    Ok(Outcome::Done)
}

fn heading(style: &Style, name: &str) -> String {
    format!("\n{}", style.bold(format!("── {name} ──")))
}
