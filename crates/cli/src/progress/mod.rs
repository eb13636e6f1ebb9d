//! Progress: live on a terminal, one line an event in a log, one JSON object a line with `-json`.

mod screen;
mod waits;
pub mod words;

pub use screen::{Panel, Screen, Source, Task};
pub use words::brief;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use craton_model::addr::ResourceInstance;
use craton_model::plan::Action;
use craton_model::{Diagnostic, Event, EventSink};
use serde_json::Value as Json;

use crate::json::stream;
use crate::lane::{self, Lane, Stream};
use crate::render::style::Style;
use waits::Waits;
use words::{begun, doing, elapsed_note, id_note, name, noun, short};

/// How events are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A live part for what runs, lines for what is done.
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
    screen: Option<Arc<Screen>>,
    /// Where lines go that have no screen: those of a unit among many.
    lane: Option<Arc<Lane>>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    running: BTreeMap<Key, Running>,
    /// Batches of objects that are being read, and since when.
    batches: Vec<(Batch, Instant)>,
    waits: Waits,
    steps: usize,
    done: usize,
    since: Option<Instant>,
    notes: Vec<Diagnostic>,
    counts: Applied,
    /// How many objects of each type were created.
    made: BTreeMap<Arc<str>, usize>,
}

/// Objects, each with the id it is known by.
type Batch = Vec<(ResourceInstance, Option<String>)>;

type Key = (ResourceInstance, Option<Arc<str>>);

struct Running {
    since: Instant,
    /// When somebody was last told that it still runs.
    told: Instant,
    action: Action,
    id: Option<String>,
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
    /// A display of this kind with a screen of its own.
    pub fn new(mode: Mode, style: Style, prefix: impl Into<String>) -> Self {
        let screen = (mode == Mode::Live).then(|| Screen::new(style));
        Self { mode, style, prefix: prefix.into(), screen, lane: lane::current(), inner: Mutex::default() }
    }

    /// A live display that shares its screen with others; `prefix` tells its lines from theirs.
    pub fn on_screen(screen: Arc<Screen>, style: Style, prefix: impl Into<String>) -> Self {
        Self {
            mode: Mode::Live,
            style,
            prefix: prefix.into(),
            screen: Some(screen),
            lane: None,
            inner: Mutex::default(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows what runs from now on, until the guard is dropped: the live part, or a word now and then.
    pub fn show(self: &Arc<Self>) -> Showing {
        let source: Arc<dyn Source> = self.clone();
        if let Some(screen) = &self.screen {
            screen.add(&source);
        }
        let progress = self.clone();
        let ticks = self.screen.is_none().then(|| {
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    progress.tick();
                }
            })
        });
        Showing { screen: self.screen.clone().map(|s| (s, source)), ticks }
    }

    /// Announces how many changes are about to be made.
    pub fn begin(&self, steps: usize) {
        let mut inner = self.inner();
        (inner.steps, inner.since) = (steps, Some(Instant::now()));
    }

    /// How many objects of each type were created, as people read it.
    pub fn made(&self) -> String {
        let inner = self.inner();
        let parts: Vec<String> = inner.made.iter().map(|(name, n)| format!("{n} {name}")).collect();
        parts.join(", ")
    }

    /// Ends it; gives what was done and the notes that came up.
    pub fn end(&self) -> (Applied, Vec<Diagnostic>) {
        let mut inner = self.inner();
        inner.running.clear();
        inner.batches.clear();
        (inner.waits, inner.steps, inner.done, inner.since) = (Waits::default(), 0, 0, None);
        (inner.counts, std::mem::take(&mut inner.notes))
    }

    /// Says of what has been running for long that it still does. Called every second or so.
    fn tick(&self) {
        let now = Instant::now();
        let mut lines = Vec::new();
        {
            let mut inner = self.inner();
            for ((addr, deposed), running) in &mut inner.running {
                if now.duration_since(running.told) < STILL {
                    continue;
                }
                running.told = now;
                let elapsed = now.duration_since(running.since);
                lines.push((addr.clone(), deposed.clone(), running.action, running.id.clone(), elapsed));
            }
        }
        for (addr, deposed, action, id, elapsed) in lines {
            match self.mode {
                Mode::Json => self.json(stream::still(&addr, action, id.as_deref(), elapsed)),
                _ => {
                    let (name, note) = (name(&addr, deposed.as_ref()), elapsed_note(id.as_deref(), elapsed));
                    self.line(&format!("{name}: Still {}... {note}", doing(action)), false);
                }
            }
        }
    }

    /// Writes one line, above the live part where there is one.
    pub fn line(&self, text: &str, emphasis: bool) {
        let text = if emphasis { self.style.bold(text).to_string() } else { text.to_owned() };
        match (&self.screen, &self.lane) {
            (Some(screen), _) => screen.print(&format!("{}{text}\n", self.prefix)),
            (None, Some(lane)) => lane.write(Stream::Out, &format!("{}{text}\n", self.prefix)),
            (None, None) => {
                let mut out = std::io::stdout().lock();
                // A reader that has gone away must not stop an apply.
                let _ = writeln!(out, "{}{text}", self.prefix);
                let _ = out.flush();
            }
        }
    }

    /// Says something to whoever sits at the terminal: not a line of the output, but never in the way of the live part.
    pub fn aside(&self, text: &str) {
        match &self.screen {
            Some(screen) => screen.print(&format!("\n{text}\n")),
            None => eprintln!("\n{text}"),
        }
    }

    /// Writes one JSON object.
    pub fn json(&self, message: Json) {
        self.line(&message.to_string(), false);
    }

    fn start(&self, key: Key, action: Action, id: Option<String>) {
        let now = Instant::now();
        let mut inner = self.inner();
        inner.waits.started(&key.0, action);
        inner.running.insert(key, Running { since: now, told: now, action, id });
    }

    fn stop(&self, key: &Key, action: Action) {
        let mut inner = self.inner();
        inner.running.remove(key);
        inner.waits.ended(&key.0, action);
        inner.done += usize::from(inner.steps > 0);
    }

    fn ended(&self, key: &Key, action: Action, id: Option<&str>, elapsed: Duration) {
        let name = name(&key.0, key.1.as_ref());
        let note = if action == Action::Delete { String::new() } else { id_note(id) };
        self.line(&format!("{name}: {} complete after {}{note}", noun(action), short(elapsed)), true);
    }
}

impl Source for Progress {
    fn panel(&self) -> Panel {
        let inner = self.inner();
        let mut running: Vec<Task> = Vec::new();
        for (batch, since) in &inner.batches {
            let what = if batch.len() == 1 { "1 object".to_owned() } else { format!("{} objects", batch.len()) };
            running.push(Task { text: format!("{}Refreshing {what}...", self.prefix), since: *since });
        }
        for ((addr, deposed), r) in &inner.running {
            let text = format!("{}{}: {}", self.prefix, name(addr, deposed.as_ref()), begun(r.action));
            running.push(Task { text, since: r.since });
        }
        let next = inner.waits.next(3);
        let waiting = next.iter().map(|(addr, on)| format!("{}{addr} waits for {on}", self.prefix)).collect();
        Panel { running, waiting, total: inner.steps, done: inner.done.min(inner.steps), since: inner.since }
    }
}

impl EventSink for Progress {
    fn event(&self, event: Event) {
        if self.mode == Mode::Json
            && let Some(message) = stream::event(&event)
        {
            self.json(message);
        }
        let (log, lines) = (self.mode == Mode::Log, self.mode != Mode::Json);
        match event {
            Event::ApplyPlanned { items } => self.inner().waits = Waits::new(items),
            Event::ApplyStart { addr, deposed, action, id } => {
                if log {
                    let name = name(&addr, deposed.as_ref());
                    self.line(&format!("{name}: {}{}", begun(action), id_note(id.as_deref())), true);
                }
                self.start((addr, deposed), action, id);
            }
            Event::ApplyDone { addr, deposed, action, id, elapsed } => {
                let key = (addr, deposed);
                self.stop(&key, action);
                if lines {
                    self.ended(&key, action, id.as_deref(), elapsed);
                }
                let mut inner = self.inner();
                match action {
                    Action::Create => {
                        inner.counts.added += 1;
                        *inner.made.entry(key.0.resource.r#type.clone()).or_default() += 1;
                    }
                    Action::Update => inner.counts.changed += 1,
                    Action::Delete => inner.counts.destroyed += 1,
                    _ => {}
                }
            }
            Event::ApplyErrored { addr, deposed, action, elapsed } => {
                let key = (addr, deposed);
                self.stop(&key, action);
                if lines {
                    let name = name(&key.0, key.1.as_ref());
                    let failed = self.style.red(format!("{name}: {} failed after {}", noun(action), short(elapsed)));
                    self.line(&failed.to_string(), false);
                }
            }
            Event::ReadStart { addr } => {
                if log {
                    self.line(&format!("{addr}: Reading..."), true);
                }
                self.start((addr, None), Action::Read, None);
            }
            Event::ReadDone { addr, elapsed, id } => {
                let key = (addr, None);
                self.stop(&key, Action::Read);
                // On a terminal, where all of them are seen anyway, reading is worth a line when it takes its time.
                if log || lines && elapsed >= SLOW_READ {
                    self.ended(&key, Action::Read, id.as_deref(), elapsed);
                }
            }
            Event::RefreshStart { instances } if !instances.is_empty() => {
                if self.mode == Mode::Json {
                    instances.iter().for_each(|(addr, id)| self.json(stream::refresh(addr, id.as_deref(), false)));
                }
                self.inner().batches.push((instances, Instant::now()));
            }
            Event::RefreshDone { count, elapsed } => {
                let batch = {
                    let batches = &mut self.inner().batches;
                    let at = batches.iter().position(|(b, _)| b.len() == count).unwrap_or(0);
                    if batches.is_empty() { Batch::new() } else { batches.remove(at).0 }
                };
                if self.mode == Mode::Json {
                    batch.iter().for_each(|(addr, id)| self.json(stream::refresh(addr, id.as_deref(), true)));
                }
                if lines && count > 0 {
                    let seconds = elapsed.as_secs_f64();
                    let what = if count == 1 { "1 object" } else { &format!("{count} objects") };
                    self.line(&self.style.dim(format!("Refreshed {what} in {seconds:.1}s")).to_string(), false);
                }
            }
            Event::ProvisionStart { addr, provisioner } if lines => {
                self.line(&format!("{addr}: Provisioning with '{provisioner}'..."), true);
            }
            Event::ProvisionOutput { addr, provisioner, line } if lines => {
                self.line(&format!("{addr} ({provisioner}): {line}"), false);
            }
            Event::Note(d) => self.inner().notes.push(d),
            _ => {}
        }
    }
}

/// Something that is shown for as long as this lives; then the screen is left with nothing but lines.
pub struct Showing {
    screen: Option<(Arc<Screen>, Arc<dyn Source>)>,
    ticks: Option<tokio::task::JoinHandle<()>>,
}

impl Drop for Showing {
    fn drop(&mut self) {
        if let Some((screen, source)) = &self.screen {
            screen.remove(source);
        }
        if let Some(ticks) = &self.ticks {
            ticks.abort();
        }
    }
}
