//! The live part at the bottom of a terminal: what runs, what waits, how far it is. Finished lines scroll by above it.
//!
//! One screen serves all that runs in this process; each [`Source`] has its part of it.

use std::io::Write as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::words::short;
use crate::render::style::{Style, columns_of, terminal_size};

/// Something that runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// What it is, as in `aws_vpc.this: Creating...`.
    pub text: String,
    /// Since when.
    pub since: Instant,
}

/// What one source has to show.
#[derive(Clone, Debug, Default)]
pub struct Panel {
    /// What runs.
    pub running: Vec<Task>,
    /// What could begin next, and what it waits for.
    pub waiting: Vec<String>,
    /// How many changes are to be made, where that is known.
    pub total: usize,
    /// How many of them are done.
    pub done: usize,
    /// When the first of them began.
    pub since: Option<Instant>,
}

/// What has a part of the screen.
pub trait Source: Send + Sync {
    /// What it has to show at this moment. Called with the screen locked: it must not write to the screen.
    fn panel(&self) -> Panel;
}

/// The screen.
pub struct Screen {
    style: Style,
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    sources: Vec<Weak<dyn Source>>,
    /// Columns of each row that stands there now.
    drawn: Vec<usize>,
    /// Lines that are still to be written above.
    pending: String,
    last: Option<Instant>,
    /// Whether a thread redraws.
    redrawn: bool,
}

/// Faster than this nobody reads.
const FRAME: Duration = Duration::from_millis(100);

/// Lines come out at once, unless the last ones did right before.
const AT_ONCE: Duration = Duration::from_millis(20);

impl Screen {
    /// A screen on standard output.
    pub fn new(style: Style) -> Arc<Self> {
        Arc::new(Self { style, inner: Mutex::default(), changed: Condvar::new() })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a source its part, until it is dropped or [`Screen::remove`] is called.
    pub fn add(self: &Arc<Self>, source: &Arc<dyn Source>) {
        let mut inner = self.lock();
        inner.sources.push(Arc::downgrade(source));
        if !std::mem::replace(&mut inner.redrawn, true) {
            let screen = self.clone();
            // A thread, not a task: it goes on drawing while the runtime is busy, and needs none.
            let started = std::thread::Builder::new().name("screen".into()).spawn(move || screen.keep_drawing());
            inner.redrawn = started.is_ok();
        }
    }

    /// Takes a source's part away. With the last one the screen is as if nothing had been there but lines.
    pub fn remove(&self, source: &Arc<dyn Source>) {
        let mut inner = self.lock();
        inner.sources.retain(|s| s.upgrade().is_some_and(|s| !Arc::ptr_eq(&s, source)));
        self.draw(&mut inner);
        self.changed.notify_all();
    }

    fn keep_drawing(&self) {
        let mut inner = self.lock();
        while !inner.sources.is_empty() {
            inner = self.changed.wait_timeout(inner, FRAME).unwrap_or_else(PoisonError::into_inner).0;
            inner.sources.retain(|s| s.strong_count() > 0);
            self.draw(&mut inner);
        }
        inner.redrawn = false;
    }

    /// Writes lines above the live part.
    pub fn print(&self, lines: &str) {
        let mut inner = self.lock();
        inner.pending.push_str(lines);
        if !lines.ends_with('\n') {
            inner.pending.push('\n');
        }
        if !inner.redrawn || inner.last.is_none_or(|l| l.elapsed() >= AT_ONCE) {
            self.draw(&mut inner);
        }
    }

    fn draw(&self, inner: &mut Inner) {
        let (columns, rows) = terminal_size().unwrap_or((80, 24));
        let panels: Vec<Panel> = inner.sources.iter().filter_map(Weak::upgrade).map(|s| s.panel()).collect();
        let frame = compose(&panels, columns, rows, Instant::now(), &self.style);
        let text = redraw(&std::mem::take(&mut inner.drawn), &std::mem::take(&mut inner.pending), &frame, columns);
        inner.drawn = frame.iter().map(|row| columns_of(row)).collect();
        inner.last = Some(Instant::now());
        if !text.is_empty() {
            let mut out = std::io::stdout().lock();
            // A reader that has gone away must not stop an apply.
            let _ = out.write_all(text.as_bytes());
            let _ = out.flush();
        }
    }
}

/// What takes the old frame away, writes lines and draws the new frame. The cursor stands in the first column below a
/// frame. `drawn` are the columns of the old rows: a terminal that became narrower has broken them.
fn redraw(drawn: &[usize], lines: &str, frame: &[String], columns: usize) -> String {
    let height: usize = drawn.iter().map(|c| c.div_ceil(columns.max(1)).max(1)).sum();
    if height == 0 && lines.is_empty() && frame.is_empty() {
        return String::new();
    }
    // Terminals that know it show all of this at once (<https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036>).
    let mut out = String::from("\x1b[?2026h");
    if height > 0 {
        out.push_str(&format!("\x1b[{height}A\r\x1b[J"));
    }
    out.push_str(lines);
    for row in frame {
        out.push_str(row);
        out.push('\n');
    }
    out.push_str("\x1b[?2026l");
    out
}

/// Rows that the live part takes at most.
const MOST_ROWS: usize = 16;

/// Rows for what waits.
const WAITING_ROWS: usize = 3;

/// The rows of the live part, none wider than the terminal.
fn compose(panels: &[Panel], columns: usize, rows: usize, now: Instant, style: &Style) -> Vec<String> {
    let width = columns.saturating_sub(1).max(10);
    let budget = (rows / 2).clamp(3, MOST_ROWS);
    let mut running: Vec<&Task> = panels.iter().flat_map(|p| &p.running).collect();
    running.sort_by_key(|t| t.since);
    let waiting: Vec<&String> = panels.iter().flat_map(|p| &p.waiting).collect();
    let (total, done): (usize, usize) = panels.iter().fold((0, 0), |(t, d), p| (t + p.total, d + p.done));
    let since = panels.iter().filter_map(|p| p.since).min();
    let room = budget - usize::from(total > 0);
    let for_waiting = waiting.len().min(WAITING_ROWS).min(room.saturating_sub(2));
    let for_running = room - for_waiting;
    let mut out = Vec::new();
    let shown = if running.len() > for_running { for_running - 1 } else { running.len() };
    for task in &running[..shown] {
        let time = short(now.saturating_duration_since(task.since));
        let text = squeeze(&task.text, width.saturating_sub(time.len() + 3));
        out.push(format!("  {text} {}", style.cyan(time)));
    }
    if shown < running.len() {
        let more = format!("… {} more running", running.len() - shown);
        out.push(style.dim(format!("  {}", squeeze(&more, width - 2))).to_string());
    }
    for text in &waiting[..for_waiting] {
        out.push(style.dim(format!("  {}", squeeze(text, width - 2))).to_string());
    }
    if total > 0 {
        let left = total.saturating_sub(done + running.len());
        let time = since.map_or_else(String::new, |s| format!(", {}", short(now.saturating_duration_since(s))));
        let n = running.len();
        let text = format!("{done} of {total} changes done, {n} running, {left} waiting{time}");
        let cells = width.saturating_sub(columns_of(&text) + 4).min(24);
        let full = (cells * done.min(total)).checked_div(total).unwrap_or(0);
        let bar = format!("{}{}", style.green("━".repeat(full)), style.dim("─".repeat(cells - full)));
        let fits = columns_of(&text) + 2 <= width;
        out.push(match fits {
            true if cells >= 6 => format!("  {bar} {text}"),
            true => format!("  {text}"),
            false => squeeze(&format!("  {done}/{total} done, {n} running{time}"), width),
        });
    }
    out
}

/// A text without its middle, so that it takes at most `width` columns: the ends of addresses tell them apart.
fn squeeze(text: &str, width: usize) -> String {
    if columns_of(text) <= width {
        return text.to_owned();
    }
    let half = width.saturating_sub(1) / 2;
    let part = |chars: &mut dyn Iterator<Item = char>, room: usize| {
        let mut taken = String::new();
        for c in chars {
            if columns_of(&taken) + columns_of(c.encode_utf8(&mut [0; 4])) > room {
                break;
            }
            taken.push(c);
        }
        taken
    };
    let head = part(&mut text.chars(), width.saturating_sub(1) - half);
    let tail: String = part(&mut text.chars().rev(), half).chars().rev().collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(text: String, ago: u64, now: Instant) -> Task {
        Task { text, since: now.checked_sub(Duration::from_secs(ago)).unwrap_or(now) }
    }

    #[test]
    fn three_hundred_at_a_time_fit_a_small_screen() {
        let now = Instant::now() + Duration::from_secs(1000);
        let long = "module.network.module.subnets[\"eu-west-1a\"].aws_subnet.this";
        let running = (0..300).map(|i| task(format!("{long}[{i}]: Creating..."), 300 - i, now)).collect();
        let waiting = (0..9).map(|i| format!("{long}[{i}] waits for aws_vpc.this")).collect();
        let since = Some(now - Duration::from_secs(301));
        let panel = Panel { running, waiting, total: 700, done: 12, since };
        for (columns, rows) in [(80, 24), (40, 10), (200, 60), (11, 3)] {
            let frame = compose(std::slice::from_ref(&panel), columns, rows, now, &Style::PLAIN);
            assert!(frame.iter().all(|row| columns_of(row) < columns), "{columns}: {frame:#?}");
            assert!(frame.len() <= MOST_ROWS.min((rows / 2).max(3)), "{frame:#?}");
        }
        let frame = compose(&[panel], 80, 24, now, &Style::PLAIN);
        let expected = [
            "  module.network.module.subnets[\"eu-we…a\"].aws_subnet.this[0]: Creating... 5m0s",
            "  … 293 more running",
            "  module.network.module.subnets[\"eu-west…et.this[0] waits for aws_vpc.this",
        ];
        assert_eq!(frame[0], expected[0]);
        assert_eq!(frame[7], expected[1]);
        assert!(
            frame[8].starts_with("  module.network") && frame[8].ends_with(" waits for aws_vpc.this"),
            "{}",
            frame[8]
        );
        assert_eq!(frame[11].trim_start_matches([' ', '─']), "12 of 700 changes done, 300 running, 388 waiting, 5m1s");
    }

    #[test]
    fn units_share_one_screen() {
        let now = Instant::now();
        let unit = |name: &str, total| Panel {
            running: vec![task(format!("[{name}] x: Creating..."), 0, now)],
            total,
            done: 1,
            ..Panel::default()
        };
        let frame = compose(&[unit("vpc", 3), unit("eks", 5)], 80, 24, now, &Style::PLAIN);
        assert_eq!(frame.len(), 3);
        assert!(frame[2].contains("2 of 8 changes done, 2 running, 4 waiting"), "{}", frame[2]);
    }

    #[test]
    fn a_frame_takes_the_old_one_away_after_a_resize() {
        // Two rows of 79 columns take four rows on a terminal of 40.
        let text = redraw(&[79, 79], "done\n", &["new".to_owned()], 40);
        assert_eq!(text, "\x1b[?2026h\x1b[4A\r\x1b[Jdone\nnew\n\x1b[?2026l");
        assert_eq!(redraw(&[], "", &[], 80), "");
    }
}
