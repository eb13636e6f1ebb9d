//! Places in source text.
//!
//! Sources are kept in one append-only table for the life of the process, so a [`Span`] is twelve
//! bytes and can sit on every node of a tree.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, RwLock};

/// Names one file (or piece of text) in the table of sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(u32);

/// A range of bytes in one source. `start <= end`; both lie on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The source it lies in.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// Text that was read, with the path to show for it.
#[derive(Debug)]
pub struct Source {
    /// What diagnostics show; relative to the working folder where it can be.
    pub path: PathBuf,
    /// The whole text.
    pub text: Arc<str>,
    lines: OnceLock<Vec<u32>>,
    callers: RwLock<Vec<Caller>>,
}

/// A module call that leads to a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Caller {
    /// The address of the module that is called, as in `module.a.module.b`.
    pub module: String,
    /// The call.
    pub call: Span,
}

/// A position for people: line and column count from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Byte offset from the start of the source, from 0.
    pub byte: u32,
}

fn table() -> &'static RwLock<Vec<Arc<Source>>> {
    static TABLE: OnceLock<RwLock<Vec<Arc<Source>>>> = OnceLock::new();
    TABLE.get_or_init(RwLock::default)
}

impl FileId {
    /// Adds a source and returns its id. Adding the same path again gives a new id: the text may
    /// have changed.
    pub fn add(path: impl AsRef<Path>, text: impl Into<Arc<str>>) -> Self {
        let mut all = table().write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let id = u32::try_from(all.len()).unwrap_or(u32::MAX);
        all.push(Arc::new(Source {
            path: path.as_ref().to_owned(),
            text: text.into(),
            lines: OnceLock::new(),
            callers: RwLock::default(),
        }));
        Self(id)
    }

    /// The source behind this id.
    pub fn source(self) -> Arc<Source> {
        let all = table().read().unwrap_or_else(std::sync::PoisonError::into_inner);
        all[self.0 as usize].clone()
    }

    /// A span over these bytes of this file.
    pub fn span(self, start: usize, end: usize) -> Span {
        Span { file: self, start: start as u32, end: end as u32 }
    }
}

impl Source {
    /// Says that a module call leads here, for diagnostics about what stands in this source.
    pub fn called(&self, caller: Caller) {
        let mut callers = self.callers.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !callers.contains(&caller) {
            callers.push(caller);
        }
    }

    /// The module calls that lead here.
    pub fn callers(&self) -> Vec<Caller> {
        self.callers.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let after = self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1);
            std::iter::once(0).chain(after).collect()
        })
    }

    /// The position of a byte offset.
    pub fn position(&self, byte: u32) -> Position {
        let byte = byte.min(self.text.len() as u32);
        let starts = self.line_starts();
        let line = starts.partition_point(|s| *s <= byte) - 1;
        let start = starts[line];
        let column = self.text.get(start as usize..byte as usize).map_or(0, |t| t.chars().count()) as u32 + 1;
        Position { line: line as u32 + 1, column, byte }
    }

    /// The text of a line (from 1) without its line end.
    pub fn line(&self, line: u32) -> &str {
        let starts = self.line_starts();
        let i = (line.max(1) - 1) as usize;
        let Some(start) = starts.get(i) else { return "" };
        let end = starts.get(i + 1).map_or(self.text.len(), |e| *e as usize);
        self.text[*start as usize..end].trim_end_matches(['\n', '\r'])
    }
}

impl Span {
    /// The text it covers.
    pub fn text(&self) -> String {
        self.file.source().text.get(self.start as usize..self.end as usize).unwrap_or("").to_owned()
    }

    /// From the start of `self` to the end of `other` (same file).
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// An empty span at its start.
    pub fn before(self) -> Span {
        Span { end: self.start, ..self }
    }

    /// An empty span at its end.
    pub fn after(self) -> Span {
        Span { start: self.end, ..self }
    }

    /// `path:line:column` for one-line messages.
    pub fn place(&self) -> String {
        let s = self.file.source();
        let p = s.position(self.start);
        format!("{}:{}:{}", s.path.display(), p.line, p.column)
    }
}
