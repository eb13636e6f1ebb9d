//! The state's folder: a snapshot, a journal of what changed since, and a lock.
//!
//! - `state.json`: a snapshot with a generation number, replaced by rename.
//! - `journal-<generation>.jsonl`: one line per request that changed something, on disk before the answer leaves.
//! - `blobs/<sha-256>`: bodies of stored objects.
//! - `lock`: held while a request runs, so that two processes never interleave. Each request first reads what
//!   other processes appended since.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use fs4::fs_std::FileExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::store::Store;

const FORMAT: i64 = 1;
/// A journal shorter than this is never folded into the snapshot.
const COMPACT_AT: u64 = 4 << 20;

/// What tells one snapshot file from the next.
#[derive(PartialEq, Eq, Debug)]
struct Identity {
    length: u64,
    modified: Option<std::time::SystemTime>,
    inode: u64,
}

fn identity(path: &Path) -> io::Result<Identity> {
    let m = fs::metadata(path)?;
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&m);
    #[cfg(not(unix))]
    let inode = 0;
    Ok(Identity { length: m.len(), modified: m.modified().ok(), inode })
}

/// The folder of one sandbox, as one process has it open.
pub(crate) struct Disk {
    folder: PathBuf,
    lock: File,
    journal: File,
    generation: u64,
    offset: u64,
    identity: Identity,
}

fn corrupt(path: &Path, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{}: {why}", path.display()))
}

fn journal_path(folder: &Path, generation: u64) -> PathBuf {
    folder.join(format!("journal-{generation}.jsonl"))
}

/// Writes a file by way of a temporary one, so that it is there whole or not at all.
fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension(format!("tmp{}", std::process::id()));
    let mut f = File::create(&temporary)?;
    f.write_all(bytes)?;
    f.sync_all()?;
    fs::rename(&temporary, path)?;
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn write_snapshot(folder: &Path, generation: u64, store: &Store) -> io::Result<()> {
    let document = json!({"format": FORMAT, "generation": generation, "tables": store.to_document()});
    write_atomically(&folder.join("state.json"), document.to_string().as_bytes())
}

fn read_snapshot(folder: &Path) -> io::Result<(u64, Store)> {
    let path = folder.join("state.json");
    let mut document: Value = serde_json::from_slice(&fs::read(&path)?).map_err(|e| corrupt(&path, &e.to_string()))?;
    if document["format"].as_i64() != Some(FORMAT) {
        return Err(corrupt(&path, "written by another version of the sandbox; reset the sandbox to start anew"));
    }
    let generation = document["generation"].as_u64().ok_or_else(|| corrupt(&path, "has no generation"))?;
    let store = Store::from_document(document["tables"].take()).ok_or_else(|| corrupt(&path, "has no tables"))?;
    Ok((generation, store))
}

fn open_lock(folder: &Path) -> io::Result<File> {
    fs::create_dir_all(folder.join("blobs"))?;
    OpenOptions::new().create(true).truncate(false).read(true).write(true).open(folder.join("lock"))
}

impl Disk {
    /// Opens a folder, making an empty state in it if there is none.
    pub(crate) fn open(folder: &Path) -> io::Result<(Self, Store)> {
        let lock = open_lock(folder)?;
        FileExt::lock_exclusive(&lock)?;
        let state = folder.join("state.json");
        if !state.exists() {
            write_snapshot(folder, 1, &Store::default())?;
        }
        let (generation, store) = read_snapshot(folder)?;
        let journal = Self::open_journal(folder, generation)?;
        let mut disk =
            Self { folder: folder.to_owned(), journal, generation, offset: 0, identity: identity(&state)?, lock };
        let mut store = store;
        let caught_up = disk.catch_up(&mut store);
        disk.unlock()?;
        caught_up?;
        Ok((disk, store))
    }

    /// Empties a folder, also under the feet of a process that has it open.
    pub(crate) fn reset(folder: &Path) -> io::Result<()> {
        let lock = open_lock(folder)?;
        FileExt::lock_exclusive(&lock)?;
        let generation = match read_snapshot(folder) {
            Ok((generation, _)) => generation,
            // A corrupt state is what a reset is for.
            Err(_) => fs::read_dir(folder)?
                .filter_map(|e| {
                    e.ok()?.file_name().to_str()?.strip_prefix("journal-")?.strip_suffix(".jsonl")?.parse().ok()
                })
                .max()
                .unwrap_or(0),
        };
        write_snapshot(folder, generation + 1, &Store::default())?;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name().to_str().is_some_and(|n| n.starts_with("journal-")) {
                fs::remove_file(entry.path())?;
            }
        }
        for entry in fs::read_dir(folder.join("blobs"))? {
            fs::remove_file(entry?.path())?;
        }
        FileExt::unlock(&lock)
    }

    fn open_journal(folder: &Path, generation: u64) -> io::Result<File> {
        OpenOptions::new().create(true).truncate(false).read(true).write(true).open(journal_path(folder, generation))
    }

    /// Takes the lock and brings the store up to what is on disk.
    pub(crate) fn lock(&mut self, store: &mut Store) -> io::Result<()> {
        FileExt::lock_exclusive(&self.lock)?;
        let read = self.refresh(store);
        if read.is_err() {
            self.unlock()?;
        }
        read
    }

    fn refresh(&mut self, store: &mut Store) -> io::Result<()> {
        let now = identity(&self.folder.join("state.json"))?;
        if now != self.identity {
            let (generation, fresh) = read_snapshot(&self.folder)?;
            self.journal = Self::open_journal(&self.folder, generation)?;
            self.generation = generation;
            self.offset = 0;
            self.identity = now;
            *store = fresh;
        }
        self.catch_up(store)
    }

    pub(crate) fn unlock(&self) -> io::Result<()> {
        FileExt::unlock(&self.lock)
    }

    /// Replays the journal from where this process stopped reading.
    fn catch_up(&mut self, store: &mut Store) -> io::Result<()> {
        let end = self.journal.metadata()?.len();
        if end == self.offset {
            return Ok(());
        }
        let path = journal_path(&self.folder, self.generation);
        self.journal.seek(SeekFrom::Start(self.offset))?;
        let mut text = Vec::new();
        self.journal.read_to_end(&mut text)?;
        let mut at = 0;
        while let Some(length) = text[at..].iter().position(|b| *b == b'\n') {
            let entry = serde_json::from_slice(&text[at..at + length])
                .map_err(|e| corrupt(&path, &format!("byte {}: {e}", self.offset + at as u64)))?;
            if !store.replay(entry) {
                return Err(corrupt(&path, &format!("byte {}: not a journal entry", self.offset + at as u64)));
            }
            at += length + 1;
        }
        self.offset += at as u64;
        if at < text.len() {
            // A line without its end: a process died while it wrote, before it answered. Nobody was told.
            self.journal.set_len(self.offset)?;
        }
        Ok(())
    }

    /// Appends one entry. With `durable` it is on disk when this returns.
    pub(crate) fn append(&mut self, entry: &Value, durable: bool) -> io::Result<()> {
        let mut line = entry.to_string();
        line.push('\n');
        self.journal.seek(SeekFrom::Start(self.offset))?;
        let written = self
            .journal
            .write_all(line.as_bytes())
            .and_then(|()| if durable { self.journal.sync_data() } else { Ok(()) });
        if let Err(e) = written {
            self.journal.set_len(self.offset)?;
            return Err(e);
        }
        self.offset += line.len() as u64;
        Ok(())
    }

    /// Folds the journal into the snapshot once it outweighs it, which keeps the cost per request constant
    /// on average. Blobs that nothing refers to any more go with it.
    pub(crate) fn compact_if_due(&mut self, store: &Store) -> io::Result<()> {
        if self.offset < COMPACT_AT.max(2 * self.identity.length) {
            return Ok(());
        }
        self.compact(store)
    }

    fn compact(&mut self, store: &Store) -> io::Result<()> {
        let next = self.generation + 1;
        let path = self.folder.join("state.json");
        write_snapshot(&self.folder, next, store)?;
        fs::remove_file(journal_path(&self.folder, self.generation))?;
        self.journal = Self::open_journal(&self.folder, next)?;
        self.generation = next;
        self.offset = 0;
        self.identity = identity(&path)?;
        let used = crate::s3::blobs(store);
        for entry in fs::read_dir(self.folder.join("blobs"))? {
            let entry = entry?;
            if entry.file_name().to_str().is_some_and(|n| !used.contains(n)) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Stores a body and gives its name.
    pub(crate) fn put_blob(&self, bytes: &[u8]) -> io::Result<String> {
        let name: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
        let path = self.folder.join("blobs").join(&name);
        if !path.exists() {
            write_atomically(&path, bytes)?;
        }
        Ok(name)
    }

    pub(crate) fn blob(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.folder.join("blobs").join(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_processes_see_each_other_and_a_torn_line_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let (mut a, mut sa) = Disk::open(dir.path()).unwrap();
        let (mut b, mut sb) = Disk::open(dir.path()).unwrap();
        a.lock(&mut sa).unwrap();
        sa.put("t", "1", json!({"x": 1}));
        a.append(&sa.changes().unwrap(), true).unwrap();
        sa.commit();
        a.compact(&sa).unwrap();
        sa.put("t", "2", json!({}));
        a.append(&sa.changes().unwrap(), true).unwrap();
        sa.commit();
        a.unlock().unwrap();

        let mut torn = OpenOptions::new().append(true).open(journal_path(dir.path(), 2)).unwrap();
        torn.write_all(b"[[\"t\",\"3\"").unwrap();

        b.lock(&mut sb).unwrap();
        assert_eq!(sb.to_document(), sa.to_document());
        b.unlock().unwrap();
        let (_, sc) = Disk::open(dir.path()).unwrap();
        assert_eq!(sc.to_document(), sa.to_document());

        Disk::reset(dir.path()).unwrap();
        a.lock(&mut sa).unwrap();
        assert_eq!(sa.to_document(), json!({}));
        a.unlock().unwrap();
    }
}
