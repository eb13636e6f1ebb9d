//! Progress: live on a terminal, one line an event in a log, one JSON object a line with `-json`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use craton_model::addr::ResourceInstance;
use craton_model::plan::Action;
use craton_model::{Diagnostic, Event, EventSink};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::Value as Json;

use crate::json::stream;
use crate::render::style::Style;

/// How events are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Bars for what runs, lines for what is done.
    Live,
    /// Lines.
    Log,
    /// JSON objects, one a line.
    Json,
}

/// Shows events on standard output.
pub struct Progress {
    mode: Mode,
    style: Style,
    /// What stands before each line: the unit, where there are several.
    prefix: String,
    bars: Option<MultiProgress>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    running: BTreeMap<Key, Running>,
    total: Option<ProgressBar>,
    steps: u64,
    done: u64,
    notes: Vec<Diagnostic>,
    counts: Applied,
}

type Key = (ResourceInstance, Option<Arc<str>>);

struct Running {
    since: Instant,
    /// When somebody was last told that it still runs.
    told: Instant,
    action: Action,
    bar: Option<ProgressBar>,
}

/// What an apply did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Objects created.
    pub added: usize,
    /// Objects updated.
    pub changed: usize,
    /// Objects deleted.
    pub destroyed: usize,
}

const STILL: Duration = Duration::from_secs(10);
const SLOW_READ: Duration = Duration::from_secs(2);

impl Progress {
    /// A display of this kind.
    pub fn new(mode: Mode, style: Style, prefix: impl Into<String>) -> Self {
        let bars = (mode == Mode::Live).then(MultiProgress::new);
        Self { mode, style, prefix: prefix.into(), bars, inner: Mutex::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Announces how many changes are about to be made.
    pub fn begin(&self, steps: usize) {
        let mut inner = self.inner();
        inner.steps = steps as u64;
        if let Some(bars) = &self.bars {
            let bar = bars.add(ProgressBar::new(steps as u64));
            if let Ok(style) = ProgressStyle::with_template("{elapsed} {bar:24} {pos} of {len} changes{msg}") {
                bar.set_style(style.progress_chars("━╸ "));
            }
            inner.total = Some(bar);
        }
    }

    /// Ends the live display; gives what was done and the notes that came up.
    pub fn end(&self) -> (Applied, Vec<Diagnostic>) {
        let mut inner = self.inner();
        for (_, running) in std::mem::take(&mut inner.running) {
            if let Some(bar) = running.bar {
                bar.finish_and_clear();
            }
        }
        if let Some(bar) = inner.total.take() {
            bar.finish_and_clear();
        }
        (inner.counts, std::mem::take(&mut inner.notes))
    }

    /// Says of what has been running for long that it still does. Called every second or so.
    pub fn tick(&self) {
        let now = Instant::now();
        let mut lines = Vec::new();
        {
            let mut inner = self.inner();
            for ((addr, _), running) in &mut inner.running {
                if self.mode == Mode::Live || now.duration_since(running.told) < STILL {
                    continue;
                }
                running.told = now;
                lines.push((addr.clone(), running.action, running.since.elapsed()));
            }
        }
        for (addr, action, elapsed) in lines {
            match self.mode {
                Mode::Json => self.json(stream::still(&addr, action, elapsed)),
                _ => self.line(&format!("{addr}: Still {}... [{} elapsed]", doing(action), short(elapsed)), false),
            }
        }
    }

    /// Writes one line, above the bars where there are any.
    pub fn line(&self, text: &str, emphasis: bool) {
        let text = if emphasis { self.style.bold(text).to_string() } else { text.to_owned() };
        let write = || {
            let mut out = std::io::stdout().lock();
            // A reader that has gone away must not stop an apply.
            let _ = writeln!(out, "{}{text}", self.prefix);
            let _ = out.flush();
        };
        match &self.bars {
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }

    /// Writes one JSON object.
    pub fn json(&self, message: Json) {
        self.line(&message.to_string(), false);
    }

    fn start(&self, key: Key, action: Action, text: &str) {
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("  {spinner} {msg} {elapsed}") {
                bar.set_style(style);
            }
            bar.set_message(text.to_owned());
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        let now = Instant::now();
        let mut inner = self.inner();
        inner.running.insert(key, Running { since: now, told: now, action, bar });
        self.count(&mut inner);
    }

    fn stop(&self, key: &Key) {
        let mut inner = self.inner();
        if let Some(Running { bar: Some(bar), .. }) = inner.running.remove(key) {
            bar.finish_and_clear();
        }
        inner.done += 1;
        self.count(&mut inner);
    }

    fn count(&self, inner: &mut Inner) {
        if let Some(bar) = &inner.total {
            bar.set_position(inner.done.min(inner.steps));
            let running = inner.running.len() as u64;
            let waiting = inner.steps.saturating_sub(inner.done + running);
            bar.set_message(format!(", {running} running, {waiting} waiting"));
        }
    }
}

fn doing(action: Action) -> &'static str {
    match action {
        Action::Create => "creating",
        Action::Update => "modifying",
        Action::Delete => "destroying",
        Action::Read => "reading",
        _ => "working",
    }
}

fn begun(action: Action) -> &'static str {
    match action {
        Action::Create => "Creating...",
        Action::Update => "Modifying...",
        Action::Delete => "Destroying...",
        Action::Read => "Reading...",
        _ => "Working...",
    }
}

fn ended(action: Action) -> &'static str {
    match action {
        Action::Create => "Creation complete",
        Action::Update => "Modifications complete",
        Action::Delete => "Destruction complete",
        Action::Read => "Read complete",
        _ => "Complete",
    }
}

/// `3s`, `2m5s`, `1h0m3s`.
pub fn short(d: Duration) -> String {
    let s = d.as_secs();
    match (s / 3600, s / 60 % 60, s % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}m{s}s"),
        (h, m, s) => format!("{h}h{m}m{s}s"),
    }
}

/// As [`short`], with tenths where seconds are few.
pub fn brief(d: Duration) -> String {
    if d < Duration::from_secs(10) { format!("{:.1}s", d.as_secs_f64()) } else { short(d) }
}

fn name(addr: &ResourceInstance, deposed: Option<&Arc<str>>) -> String {
    deposed.map_or_else(|| addr.to_string(), |key| format!("{addr} (deposed object {key})"))
}

fn id_note(id: Option<&str>) -> String {
    id.map_or_else(String::new, |id| format!(" [id={id}]"))
}

impl EventSink for Progress {
    fn event(&self, event: Event) {
        if self.mode == Mode::Json {
            stream::events(&event).into_iter().for_each(|message| self.json(message));
        }
        let log = self.mode != Mode::Json;
        match event {
            Event::ApplyStart { addr, deposed, action, id } => {
                let text = format!("{}: {}{}", name(&addr, deposed.as_ref()), begun(action), id_note(id.as_deref()));
                if self.mode == Mode::Log {
                    self.line(&text, true);
                }
                self.start((addr, deposed), action, &text);
            }
            Event::ApplyDone { addr, deposed, action, id, elapsed } => {
                let id = if action == Action::Delete { None } else { id };
                if log {
                    let name = name(&addr, deposed.as_ref());
                    let text = format!("{name}: {} after {}{}", ended(action), short(elapsed), id_note(id.as_deref()));
                    self.line(&text, true);
                }
                self.stop(&(addr, deposed));
                let counts = &mut self.inner().counts;
                match action {
                    Action::Create => counts.added += 1,
                    Action::Update => counts.changed += 1,
                    Action::Delete => counts.destroyed += 1,
                    _ => {}
                }
            }
            Event::ApplyErrored { addr, deposed, action, elapsed } => {
                if log {
                    let name = name(&addr, deposed.as_ref());
                    let failed =
                        self.style.red(format!("{name}: {} failed after {}", capital(doing(action)), short(elapsed)));
                    self.line(&failed.to_string(), false);
                }
                self.stop(&(addr, deposed));
            }
            // Reading a data source is worth a line when it takes its time.
            Event::ReadDone { addr, elapsed, id } if log && elapsed >= SLOW_READ => {
                self.line(&format!("{addr}: Read complete after {}{}", short(elapsed), id_note(id.as_deref())), true);
            }
            Event::RefreshDone { count, elapsed } if log && count > 0 => {
                let seconds = elapsed.as_secs_f64();
                let what = if count == 1 { "1 object" } else { &format!("{count} objects") };
                self.line(&self.style.dim(format!("Refreshed {what} in {seconds:.1}s")).to_string(), false);
            }
            Event::ProvisionStart { addr, provisioner } if log => {
                self.line(&format!("{addr}: Provisioning with '{provisioner}'..."), true);
            }
            Event::ProvisionOutput { addr, provisioner, line } if log => {
                self.line(&format!("{addr} ({provisioner}): {line}"), false);
            }
            Event::Note(d) => self.inner().notes.push(d),
            _ => {}
        }
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// Ticks a display until dropped.
pub struct Ticker(tokio::task::JoinHandle<()>);

impl Ticker {
    /// Starts ticking.
    pub fn start(progress: Arc<Progress>) -> Self {
        Self(tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                progress.tick();
            }
        }))
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.0.abort();
    }
}
