//! Where text goes: straight to the standard streams, or, while a unit among many is worked on, through its lane, which
//! marks each line as the unit's and keeps the lines of different units apart.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use craton_engine::CancelToken;
use craton_model::plan::ChangeCounts;
use craton_model::{Diagnostics, Value};
use craton_terragrunt::ErrorRules;

use crate::progress::{Mode, Panel, Progress, Screen, Source, Task};
use crate::render::style::Style;
use crate::unit_log::{Format, Level, Log};

/// A standard stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

tokio::task_local! {
    static LANE: Arc<Lane>;
    static RECORD: Arc<Mutex<Record>>;
}

/// Runs something with everything it prints going through a lane.
pub async fn within<T>(lane: Arc<Lane>, work: impl Future<Output = T>) -> T {
    LANE.scope(lane, work).await
}

/// Runs something that leaves behind what it did; gives both.
pub async fn recorded<T>(work: impl Future<Output = T>) -> (T, Record) {
    let record = Arc::new(Mutex::new(Record::default()));
    let result = RECORD.scope(record.clone(), work).await;
    let record = std::mem::take(&mut *record.lock().unwrap_or_else(PoisonError::into_inner));
    (result, record)
}

/// The errors that were shown so far, where somebody wants to know.
pub fn errors() -> Diagnostics {
    let mut errors = Diagnostics::new();
    note(|record| errors.extend(record.errors.clone()));
    errors
}

/// Leaves something behind, where somebody wants to know.
pub fn note(write: impl FnOnce(&mut Record)) {
    let _ = RECORD.try_with(|record| write(&mut record.lock().unwrap_or_else(PoisonError::into_inner)));
}

/// The lane that is being printed to; `None` outside of one.
pub fn current() -> Option<Arc<Lane>> {
    LANE.try_with(Arc::clone).ok()
}

/// Prints: what the macros of the standard library's names do in this crate.
pub fn write(stream: Stream, text: fmt::Arguments<'_>, line_end: bool) {
    let end = if line_end { "\n" } else { "" };
    match current() {
        Some(lane) => lane.write(stream, &format!("{text}{end}")),
        None => direct(stream, format_args!("{text}{end}")),
    }
}

/// Writes a question, whose line does not end.
pub fn prompt(text: &str) {
    match current() {
        Some(lane) if lane.name != "." => lane.board.emit(Stream::Out, &format!("[{}] {text}", lane.name)),
        _ => direct(Stream::Out, format_args!("{text}")),
    }
    let _ = std::io::stdout().flush();
}

/// Writes a line to standard error that says itself whose it is.
pub fn note_line(line: &str) {
    match current() {
        Some(lane) => lane.board.emit(Stream::Err, line),
        None => direct(Stream::Err, format_args!("{line}")),
    }
}

/// Writes to a standard stream. A reader that has gone away (`| head`) is no failure, least of all in the middle of an
/// apply, where the standard library's macros would panic.
fn direct(stream: Stream, text: fmt::Arguments<'_>) {
    let _ = match stream {
        Stream::Out => std::io::stdout().lock().write_fmt(text),
        Stream::Err => std::io::stderr().lock().write_fmt(text),
    };
}

/// What the units of a run are shown on.
pub struct Board {
    style: Style,
    err: Style,
    /// Output is passed on as it is.
    raw: bool,
    log: Log,
    live: Option<Live>,
    /// Held while lines are written, so that those of one text stay together.
    writing: Mutex<()>,
}

/// The live part of a terminal: which units are worked on, and how far the run is.
struct Live {
    screen: Arc<Screen>,
    source: Arc<dyn Source>,
    run: Arc<Units>,
}

#[derive(Default)]
struct Units {
    running: Mutex<BTreeMap<String, Instant>>,
    counts: Mutex<String>,
}

impl Source for Units {
    fn panel(&self) -> Panel {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let tasks = running.iter().map(|(name, since)| Task { text: format!("[{name}]"), since: *since });
        Panel { running: tasks.collect(), waiting: vec![counts.clone()], ..Panel::default() }
    }
}

impl Board {
    /// A board: with a live part, or lines only. With `raw` nothing is put before lines.
    pub fn new(style: Style, err: Style, log: Log, raw: bool, live: bool) -> Arc<Self> {
        let live = live.then(|| {
            let (screen, run) = (Screen::new(style), Arc::new(Units::default()));
            let source: Arc<dyn Source> = run.clone();
            screen.add(&source);
            Live { screen, source, run }
        });
        Arc::new(Self { style, err, raw, log, live, writing: Mutex::default() })
    }

    /// The progress of an operation of the unit with this prefix.
    pub fn progress(&self, mode: Mode, prefix: &str) -> Progress {
        match (&self.live, mode) {
            (Some(live), Mode::Live | Mode::Log) => Progress::on_screen(live.screen.clone(), self.style, prefix),
            _ => Progress::new(mode, self.style, ""),
        }
    }

    /// Says how many units have ended, run and wait.
    pub fn count(&self, ended: usize, running: usize, waiting: usize, failed: usize) {
        let Some(live) = &self.live else { return };
        let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
        let total = ended + running + waiting;
        let text = format!("{ended} of {total} units done, {running} running, {waiting} waiting{failed}");
        *live.run.counts.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }

    /// Takes the live part away.
    pub fn end(&self) {
        if let Some(live) = &self.live {
            live.screen.remove(&live.source);
        }
    }

    fn emit(&self, stream: Stream, text: &str) {
        if let Some(live) = &self.live {
            return live.screen.print(text);
        }
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        direct(stream, format_args!("{text}"));
        let _ = std::io::stdout().flush();
    }
}

/// One unit's part of the board.
pub struct Lane {
    /// The unit's folder, absolute.
    pub dir: PathBuf,
    /// Its name: the folder as seen from where the run began.
    pub name: String,
    /// How to be told to stop; one for the whole run.
    pub cancel: CancelToken,
    board: Arc<Board>,
    pending: Mutex<BTreeMap<bool, String>>,
    /// What this unit's plan belongs to.
    pub plans: Plans,
}

/// Where plans go and come from.
#[derive(Clone, Debug, Default)]
pub struct Plans {
    /// They are kept in the record, to be saved in one file for the whole tree.
    pub tree: bool,
    /// The file that this unit's plan is written to, or applied from.
    pub file: Option<PathBuf>,
    /// The file that its JSON is written to.
    pub json: Option<PathBuf>,
}

/// What a unit's command leaves behind.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// What its plan would do.
    pub planned: Option<ChangeCounts>,
    /// Whether its plan holds changes of any kind.
    pub changes: bool,
    /// Outputs as they will be, as far as it can be told.
    pub outputs: Option<Value>,
    /// Names of variables that are known after other units are applied.
    pub unknown_inputs: Vec<String>,
    /// What an apply did: added, changed, destroyed.
    pub applied: Option<(usize, usize, usize)>,
    /// Errors that were shown.
    pub errors: Diagnostics,
    /// The plan, packed.
    pub saved: Option<Vec<u8>>,
    /// Rules for failures.
    pub rules: Option<ErrorRules>,
    /// Whether an `exclude` block ended the command before it began.
    pub excluded: bool,
    /// The name of the rule by which a failure was overlooked.
    pub ignored: Option<String>,
    /// The name of the rule by which it was tried again.
    pub retried: Option<String>,
    /// Where the module runs.
    pub working_dir: Option<PathBuf>,
}

impl Lane {
    /// A lane on a board.
    pub fn new(board: &Arc<Board>, dir: &Path, name: &str, cancel: CancelToken, plans: Plans) -> Arc<Self> {
        Arc::new(Self {
            dir: dir.to_owned(),
            name: name.to_owned(),
            cancel,
            board: board.clone(),
            pending: Mutex::default(),
            plans,
        })
    }

    /// Shows that the unit is being worked on.
    pub fn begin(&self) {
        if let Some(live) = &self.board.live {
            live.run.running.lock().unwrap_or_else(PoisonError::into_inner).insert(self.name.clone(), Instant::now());
        }
    }

    /// The progress of an operation of this unit.
    pub fn progress(&self, mode: Mode) -> Progress {
        let prefix = if self.name == "." {
            String::new()
        } else {
            format!("{} ", self.board.style.dim(format!("[{}]", self.name)))
        };
        self.board.progress(mode, &prefix)
    }

    /// Says which configuration is read.
    pub fn announce(&self) {
        let log = &self.board.log;
        let (unit, folder) = if log.absolute {
            let dir = self.dir.display().to_string();
            (dir.clone(), dir)
        } else {
            (self.name.clone(), if self.name == "." { ".".to_owned() } else { format!("./{}", self.name) })
        };
        log.say(Level::Debug, Some(&unit), &format!("Reading Terragrunt config file at {folder}/terragrunt.hcl"));
    }

    /// Shows that it is done, and writes what is left of an unfinished line.
    pub fn end(&self) {
        if let Some(live) = &self.board.live {
            live.run.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
        }
        for stream in [Stream::Out, Stream::Err] {
            let rest = self.pending.lock().unwrap_or_else(PoisonError::into_inner).remove(&(stream == Stream::Err));
            if let Some(rest) = rest.filter(|r| !r.is_empty()) {
                self.lines(stream, &rest);
            }
        }
    }

    /// Takes text; whole lines go on at once and stay together.
    pub fn write(&self, stream: Stream, text: &str) {
        if self.board.raw && stream == Stream::Out {
            return self.board.emit(stream, text);
        }
        let whole = {
            let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
            let buffer = pending.entry(stream == Stream::Err).or_default();
            buffer.push_str(text);
            let Some(end) = buffer.rfind('\n') else { return };
            let rest = buffer.split_off(end + 1);
            std::mem::replace(buffer, rest)
        };
        self.lines(stream, &whole);
    }

    fn lines(&self, stream: Stream, text: &str) {
        let board = &self.board;
        let style = if stream == Stream::Out { &board.style } else { &board.err };
        let mut out = String::with_capacity(text.len() + 64);
        for line in text.lines() {
            match board.log.format {
                Format::Plain => {
                    if self.name != "." {
                        out.push_str(&style.dim(format!("[{}]", self.name)).to_string());
                        out.push(' ');
                    }
                    out.push_str(line);
                    out.push('\n');
                }
                _ => {
                    // Blank lines say nothing in a log.
                    if !line.trim().is_empty() {
                        out.push_str(&board.log.output(stream, self, line));
                    }
                }
            }
        }
        board.emit(stream, &out);
    }
}
