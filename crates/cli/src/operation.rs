//! Plan and apply, as all the commands that plan or apply do them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use craton_engine::{CancelToken, Imported, PlanOptions as EnginePlan, Session, StateWriter as _, stale};
use craton_model::addr::{ConfigResource, ResourceInstance};
use craton_model::plan::PlanMode;
use craton_model::{Diagnostic, Diagnostics, Plan, State, Value};
use craton_state::planfile::SavedPlan;

use crate::app::{App, Outcome, TERRAFORM_VERSION};
use crate::args::PlanOptions;
use crate::backend::{self, LocalFlags};
use crate::json::stream;
use crate::lane;
use crate::pin;
use crate::progress::{Applied, Mode, Progress, brief};
use crate::render;
use crate::render::style::is_live;
use crate::store::OpenState;
use crate::unit::Work;

/// An operation under way: the state is open (and locked), progress is shown, interrupts are heard.
pub struct Operation<'a> {
    app: &'a App,
    /// What it works on.
    pub work: &'a Work,
    progress: Arc<Progress>,
    cancel: CancelToken,
    json: bool,
    /// It is the `refresh` command, whose stream of messages tells of no plan.
    refresh: bool,
    parallelism: usize,
    started: Instant,
}

impl<'a> Operation<'a> {
    /// Begins one.
    pub fn new(app: &'a App, work: &'a Work, options: &PlanOptions) -> Self {
        let lane = lane::current();
        let mode = if options.json {
            Mode::Json
        } else if lane.is_none() && is_live() && !app.global.no_color {
            Mode::Live
        } else {
            Mode::Log
        };
        let progress = match &lane {
            Some(lane) => lane.progress(mode),
            None => Progress::new(mode, app.out, ""),
        };
        let progress = Arc::new(progress);
        // Of many units one hears for all.
        let cancel = lane.as_ref().map_or_else(CancelToken::new, |lane| lane.cancel.clone());
        if lane.is_none() {
            listen(cancel.clone(), app, Some(progress.clone()));
        }
        match lane {
            Some(_) if options.json => progress.json(stream::version(TERRAFORM_VERSION)),
            None if options.json => app.announce(),
            _ => {}
        }
        Self {
            app,
            work,
            progress,
            cancel,
            json: options.json,
            refresh: false,
            parallelism: options.parallelism,
            started: Instant::now(),
        }
    }

    /// The same as the `refresh` command.
    pub fn of_refresh(self, refresh: bool) -> Self {
        Self { refresh, ..self }
    }

    /// The same operation on another version of the configuration.
    pub fn on<'b>(&self, work: &'b Work) -> Operation<'b>
    where
        'a: 'b,
    {
        let (progress, cancel) = (self.progress.clone(), self.cancel.clone());
        let Self { app, json, refresh, parallelism, started, .. } = *self;
        Operation { app, work, progress, cancel, json, refresh, parallelism, started }
    }

    /// Reads what import blocks bring in; changes nothing.
    pub async fn imported(
        &self,
        variables: BTreeMap<Arc<str>, Value>,
        state: &State,
        of: &[ConfigResource],
    ) -> (Vec<Imported>, Diagnostics) {
        self.session(variables, state.clone(), craton_state::lock::now()).imported(of).await
    }

    /// Opens the state that the options name.
    pub async fn open(
        &self,
        options: &PlanOptions,
        flags: &LocalFlags,
        operation: &str,
    ) -> Result<OpenState, Diagnostics> {
        let work = self.work;
        // Nothing has to be initialised here, so this is said wherever it matters.
        pin::check(&work.root.tree, &work.registry(), false).ok(())?;
        let opened = async {
            let choice = self.prepared_backend().await?;
            let flags = &backend::heeded(self.app, &choice, flags, self.json);
            let backend = backend::open(&choice, &work.root.dir, flags, &work.aws).await?;
            let store = backend.open(&work.root.workspace).await?;
            OpenState::open(self.app, store, operation, options.locking.lock, options.locking.lock_timeout).await
        };
        backend::at_block(work, opened.await)
    }

    /// The backend in use, set up if this is the first time it is used here.
    async fn prepared_backend(&self) -> Result<backend::Choice, Diagnostics> {
        let work = self.work;
        let (choice, explicit) = backend::in_use(work)?;
        if explicit && backend::recorded(&work.root.data_dir)?.is_none() {
            backend::set_up(self.app, work, &choice, self.json).await?;
        } else if explicit && self.app.units.has("backend-bootstrap") {
            backend::make_place(self.app, work, &choice, self.json).await?;
        }
        Ok(choice)
    }

    fn session(&self, variables: BTreeMap<Arc<str>, Value>, state: State, timestamp: String) -> Session {
        let events = self.progress.clone();
        self.work.session(variables, state, timestamp, events, self.parallelism, self.cancel.clone())
    }

    /// Brings an existing object into the state.
    pub async fn import(
        &self,
        variables: BTreeMap<Arc<str>, Value>,
        open: OpenState,
        addr: &ResourceInstance,
        id: &str,
    ) -> Result<Outcome, Diagnostics> {
        let session = self.session(variables, open.state.clone(), craton_state::lock::now());
        let writer = open.writer(self.work.root.dir.join("errored.tfstate"), self.progress.clone());
        let showing = self.progress.show();
        let (_, mut found) = session.import(addr, id, &writer).await;
        drop(showing);
        self.progress.end();
        let (mut open, rescued) = writer.finish().await;
        found.extend(rescued);
        if let Err(more) = open.close().await {
            found.extend(more);
        }
        let failed = found.has_errors();
        self.app.report(&found, self.json);
        if !failed && !self.json {
            println!("\n{} {addr} is managed from now on.", self.app.out.bold_green("Import successful!"));
        }
        Ok(if failed { Outcome::Failed } else { Outcome::Done })
    }

    /// Makes a plan.
    pub async fn plan(
        &self,
        variables: BTreeMap<Arc<str>, Value>,
        state: &State,
        options: &PlanOptions,
        mode: PlanMode,
    ) -> (Plan, Diagnostics) {
        self.plan_at(variables, state, options, mode, craton_state::lock::now()).await
    }

    /// The same at another time: that of a plan that is made again.
    pub async fn plan_at(
        &self,
        variables: BTreeMap<Arc<str>, Value>,
        state: &State,
        options: &PlanOptions,
        mode: PlanMode,
        timestamp: String,
    ) -> (Plan, Diagnostics) {
        let session = self.session(variables, state.clone(), timestamp);
        let how = EnginePlan {
            mode,
            refresh: options.refresh,
            targets: options.target.clone(),
            replace: options.replace.clone(),
        };
        let showing = self.progress.show();
        let planned = session.plan(how).await;
        drop(showing);
        planned
    }

    /// Shows a plan.
    pub async fn show(&self, plan: &Plan) -> Result<(), Diagnostics> {
        if self.json && self.refresh {
            return Ok(());
        }
        if self.json {
            self.announce(plan);
            self.progress.json(stream::summary(&plan.counts(), "plan"));
            let changed: Vec<_> = plan.outputs.iter().collect();
            if !changed.is_empty() {
                self.progress.json(stream::planned_outputs(changed.into_iter()));
            }
            return Ok(());
        }
        let schemas = self.work.schemas().await?;
        let more = self.work.schemas_of(&plan.prior_state).await;
        let schemas = more.into_iter().chain(schemas).collect();
        let text = render::plan::render(plan, &schemas, &self.work.root.tree, &self.app.out);
        print!("\n{text}");
        Ok(())
    }

    /// With messages, says what a plan changes, as it is also said of one that was saved.
    pub fn announce(&self, plan: &Plan) {
        if !self.json {
            return;
        }
        for c in &plan.drift {
            self.progress.json(stream::change(c, true));
        }
        let shown = plan.changes.iter().filter(|c| {
            c.action != craton_model::plan::Action::NoOp || c.previous_addr.is_some() || c.importing.is_some()
        });
        for c in shown {
            self.progress.json(stream::change(c, false));
        }
    }

    /// With messages, shows what could be planned in spite of errors. People read the errors first.
    pub async fn show_failed(&self, plan: &Plan) -> Result<(), Diagnostics> {
        if self.json && plan.decided_something() { self.show(plan).await } else { Ok(()) }
    }

    /// Packs a plan with all it takes to apply it.
    pub fn saved(&self, plan: Plan) -> SavedPlan {
        let root = &self.work.root;
        let files = root.cache.texts().into_iter().map(|(path, text)| (path.display().to_string(), text)).collect();
        SavedPlan {
            plan,
            files,
            root_dir: root.dir.display().to_string(),
            workspace: root.workspace.clone(),
            backend: serde_json::Value::Null,
        }
    }

    /// Carries a plan out and says what was done.
    ///
    /// `variables` are the values given for root variables; of those that the plan holds, the plan's values count.
    pub async fn apply(
        &self,
        plan: &Plan,
        variables: BTreeMap<Arc<str>, Value>,
        open: OpenState,
    ) -> Result<(OpenState, Outcome), Diagnostics> {
        if let Err(d) = stale(plan, &open.state) {
            return super::commands::closing(open, Err(d.into())).await;
        }
        let showing = self.progress.show();
        let steps = plan.changes.iter().filter(|c| c.action != craton_model::plan::Action::NoOp);
        self.progress.begin(steps.map(|c| if c.action.is_replace() { 2 } else { 1 }).sum());
        let session = self.session(variables, open.state.clone(), plan.timestamp.clone());
        let writer = open.writer(self.work.root.dir.join("errored.tfstate"), self.progress.clone());
        let (state, mut found) = session.apply(plan, &writer).await;
        // The last change is written by the engine; what is left are outputs and the like.
        if writer.lags(&state).await
            && let Err(more) = writer.write(&state).await
        {
            found.extend(more);
        }
        drop(showing);
        let (applied, notes) = self.progress.end();
        let (mut open, rescued) = writer.finish().await;
        found.extend(rescued);
        if let Err(more) = open.close().await {
            found.extend(more);
        }
        found.extend(notes);
        let failed = found.has_errors();
        self.app.report(&found, self.json);
        lane::note(|r| r.applied = Some((applied.added, applied.changed, applied.destroyed)));
        self.finished(plan, &state, applied, failed);
        Ok((open, if failed { Outcome::Failed } else { Outcome::Done }))
    }

    fn finished(&self, plan: &Plan, state: &State, applied: Applied, failed: bool) {
        let took = brief(self.started.elapsed());
        if self.json {
            let counts = craton_model::plan::ChangeCounts {
                add: applied.added,
                change: applied.changed,
                destroy: applied.destroyed,
                import: plan.counts().import,
                ..Default::default()
            };
            let destroy = plan.mode == PlanMode::Destroy;
            if !failed && !self.refresh {
                self.progress.json(stream::summary(&counts, if destroy { "destroy" } else { "apply" }));
            }
            if !failed && !destroy {
                self.progress.json(stream::outputs(state));
            }
            return;
        }
        let Applied { added, changed, destroyed } = applied;
        let style = &self.app.out.resized();
        if failed {
            let left = match state.instances().count() {
                1 => "1 instance is".to_owned(),
                n => format!("{n} instances are"),
            };
            println!(
                "\n{} {added} added, {changed} changed, {destroyed} destroyed in {took}; {left} in the state.",
                style.bold_red("Apply did not finish.")
            );
            println!("What was made is recorded. Mend what is wrong and apply again: it goes on from here.");
            return;
        }
        if !state.outputs.is_empty() {
            println!("\n{}\n", style.bold("Outputs:"));
            print!("{}", render::state::brief_outputs(state, style));
        }
        // The last lines are what stays on the screen: what was done, and how long it took.
        let imported = plan.counts().import;
        let imported = if imported > 0 { format!("{imported} imported, ") } else { String::new() };
        let text = match plan.mode {
            PlanMode::Destroy => format!("Destroy complete! Resources: {destroyed} destroyed."),
            _ => {
                format!("Apply complete! Resources: {imported}{added} added, {changed} changed, {destroyed} destroyed.")
            }
        };
        println!("\n{} ({took})", style.bold_green(text));
        let made = self.progress.made();
        if !made.is_empty() {
            // In a log it stays one line.
            let width = style.fold.map_or(usize::MAX, |_| style.width);
            for line in render::style::wrap(&format!("Made: {made}"), width) {
                println!("{}", style.dim(line));
            }
        }
    }

    /// Whether output is JSON.
    pub fn json(&self) -> bool {
        self.json
    }

    /// Whether it was interrupted.
    pub fn interrupted(&self) -> bool {
        self.cancel.is_cancelled()
    }
}

/// Hears interrupts: the first lets what runs finish, the second asks it to stop.
pub fn listen(cancel: CancelToken, app: &App, progress: Option<Arc<Progress>>) {
    let style = app.err;
    tokio::spawn(async move {
        loop {
            if interrupted().await.is_err() {
                return;
            }
            let text = match cancel.cancel() {
                1 => format!(
                    "{} What is running finishes, nothing new begins; the state is kept. Interrupt again to ask what is running to stop.",
                    style.bold_yellow("Interrupted.")
                ),
                _ => format!("{} Stopping what is running.", style.bold_red("Interrupted again.")),
            };
            match &progress {
                Some(progress) => progress.aside(&text),
                None => eprintln!("\n{text}"),
            }
        }
    });
}

async fn interrupted() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate())?;
    tokio::select! {
        r = tokio::signal::ctrl_c() => r,
        _ = term.recv() => Ok(()),
    }
}

/// The mode that flags ask for.
pub fn mode(options: &PlanOptions, destroy: bool) -> Result<PlanMode, Diagnostics> {
    match (options.destroy || destroy, options.refresh_only) {
        (true, true) => Err(Diagnostic::error(
            "Incompatible options",
            "-destroy and -refresh-only each ask for a plan of another kind. Give one of them.",
        )
        .into()),
        (true, _) | (_, true) if !options.replace.is_empty() => Err(Diagnostic::error(
            "Incompatible options",
            "-replace asks for a new object in the place of one that is there, which only a normal plan can hold. Leave it out, or leave out -destroy or -refresh-only.",
        )
        .into()),
        (true, false) => Ok(PlanMode::Destroy),
        (false, true) if !options.refresh => Err(Diagnostic::error(
            "Incompatible options",
            "-refresh-only asks for nothing but a refresh, and -refresh=false for none. Give one of them.",
        )
        .into()),
        (false, true) => Ok(PlanMode::RefreshOnly),
        (false, false) => Ok(PlanMode::Normal),
    }
}
