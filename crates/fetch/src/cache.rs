//! What was fetched, kept for all that want it: other units, other runs, other processes.
//!
//! `tree/KEY` is a folder that is whole as soon as it is there; `KEY` tells what is in it (a commit, the checksum of an
//! archive), so it never changes. `note/HASH` tells where an address led last time, which may change, and which is all
//! there is to go by when its server cannot be reached.

use crate::checksum::sha256_of;
use fs4::fs_std::FileExt as _;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

const SCRATCH: &str = ".scratch-";
/// How long nobody works on one thing.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// Where an address led.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Note {
    /// A commit, a checksum, another address.
    pub(crate) led_to: String,
    /// What the server calls what it sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) etag: Option<String>,
    /// Since when the server has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) modified: Option<String>,
    /// The checksum that it was found to have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) checksum: Option<String>,
}

pub(crate) struct Cache {
    root: PathBuf,
    /// Removed in the end, if this is a cache of one run.
    _scratch: Option<tempfile::TempDir>,
}

impl Cache {
    /// A cache in a folder, which is made; `None`, or a folder that cannot be made: one for this run alone.
    pub(crate) fn open(folder: Option<&Path>) -> Result<Self, String> {
        if let Some(folder) = folder {
            // A new version of this layout is a new folder.
            let root = folder.join("v1");
            if private(&root).and_then(|()| private(&root.join("tree"))).and_then(|()| writable(&root)).is_ok() {
                sweep_old(&root, SCRATCH);
                return Ok(Self { root, _scratch: None });
            }
        }
        let scratch = tempfile::Builder::new().prefix("craton-").tempdir();
        let scratch = scratch.map_err(|e| format!("no temporary folder can be made: {e}"))?;
        let root = scratch.path().to_owned();
        private(&root.join("tree")).map_err(|e| format!("{} cannot be made: {e}", root.display()))?;
        Ok(Self { root, _scratch: Some(scratch) })
    }

    /// The key of what these words describe.
    pub(crate) fn key(words: &[&str]) -> String {
        sha256_of(words)
    }

    /// The tree of a key, if it is there.
    pub(crate) fn tree(&self, key: &str) -> Option<PathBuf> {
        let tree = self.root.join("tree").join(key);
        tree.is_dir().then_some(tree)
    }

    /// The tree of a key. If it is not there, `fill` makes it at a path that does not exist yet, while everybody else
    /// who wants it waits. Nothing is there when that fails.
    pub(crate) fn tree_or(&self, key: &str, fill: impl FnOnce(&Path) -> Result<(), String>) -> Result<PathBuf, String> {
        if let Some(there) = self.tree(key) {
            return Ok(there);
        }
        let (_lock, _) = self.lock(key)?;
        if let Some(there) = self.tree(key) {
            return Ok(there);
        }
        let trees = self.root.join("tree");
        let prefix = format!(".{key}.");
        self.sweep(&trees, &prefix);
        let failed = |e: io::Error| format!("nothing can be written to {}: {e}", trees.display());
        let work = tempfile::Builder::new().prefix(&prefix).tempdir_in(&trees).map_err(failed)?;
        let arriving = work.path().join("tree");
        fill(&arriving)?;
        let tree = trees.join(key);
        match fs::rename(&arriving, &tree) {
            Ok(()) => Ok(tree),
            // Where locks are of no effect somebody else may have been quicker; it is the same in any case.
            Err(_) if tree.is_dir() => Ok(tree),
            Err(e) => Err(failed(e)),
        }
    }

    /// Removes what killed processes left of a key. Only for whoever holds its lock.
    fn sweep(&self, trees: &Path, prefix: &str) {
        for entry in fs::read_dir(trees).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(prefix) {
                // What cannot be removed only takes up room.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Waits until nobody else holds the lock of a key, in this process or another; held as long as the file is open.
    /// Gives also whether somebody held it.
    pub(crate) fn lock(&self, key: &str) -> Result<(File, bool), String> {
        let folder = self.root.join("lock");
        let path = folder.join(key);
        let failed = |e: io::Error| format!("{} cannot be locked: {e}", path.display());
        private(&folder).map_err(failed)?;
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        let free = file.try_lock_exclusive().map_err(failed)?;
        if !free {
            file.lock_exclusive().map_err(failed)?;
        }
        Ok((file, !free))
    }

    fn note_file(&self, address: &[&str]) -> PathBuf {
        self.root.join("note").join(Self::key(address))
    }

    /// What was noted of an address.
    pub(crate) fn note(&self, address: &[&str]) -> Option<Note> {
        // A damaged note is as good as none.
        serde_json::from_slice(&fs::read(self.note_file(address)).ok()?).ok()
    }

    /// Notes where an address led.
    pub(crate) fn set_note(&self, address: &[&str], note: &Note) {
        let path = self.note_file(address);
        let write = || -> io::Result<()> {
            let folder = self.root.join("note");
            private(&folder)?;
            let mut file = tempfile::NamedTempFile::new_in(&folder)?;
            io::Write::write_all(&mut file, &serde_json::to_vec(note)?)?;
            file.persist(&path)?;
            Ok(())
        };
        // Without the note the address is asked again, that is all.
        let _ = write();
    }

    /// A file for something that is to be looked at before it is kept.
    pub(crate) fn scratch(&self) -> Result<tempfile::TempDir, String> {
        let made = tempfile::Builder::new().prefix(SCRATCH).tempdir_in(&self.root);
        made.map_err(|e| format!("nothing can be written to {}: {e}", self.root.display()))
    }
}

/// Removes what killed processes left of their temporary folders in a folder, long ago.
pub(crate) fn sweep_old(folder: &Path, prefix: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|m| m.modified()).ok().and_then(|m| m.elapsed().ok());
        if entry.file_name().to_string_lossy().starts_with(prefix) && age.is_some_and(|a| a > ABANDONED) {
            // What cannot be removed only takes up room.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Makes a folder that only its owner looks into: sources may be secret.
fn private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn writable(folder: &Path) -> io::Result<()> {
    tempfile::tempfile_in(folder).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn fill(at: &Path) -> Result<(), String> {
        fs::create_dir_all(at).unwrap();
        fs::write(at.join("main.tf"), "x").unwrap();
        Ok(())
    }

    #[test]
    fn filled_once_by_many() {
        let dir = tempfile::tempdir().unwrap();
        let fills = AtomicUsize::new(0);
        std::thread::scope(|s| {
            for _ in 0..8 {
                s.spawn(|| {
                    let cache = Cache::open(Some(dir.path())).unwrap();
                    let tree = cache.tree_or("k", |at| {
                        fills.fetch_add(1, Ordering::Relaxed);
                        fill(at)
                    });
                    assert!(tree.unwrap().join("main.tf").is_file());
                });
            }
        });
        assert_eq!(fills.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn nothing_stays_of_a_failure() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(Some(dir.path())).unwrap();
        let failed = cache.tree_or("k", |at| {
            fill(at).unwrap();
            Err("no".into())
        });
        assert_eq!(failed.unwrap_err(), "no");
        // Of a process that was killed something stays until the next one comes.
        let trees = dir.path().join("v1/tree");
        fs::create_dir(trees.join(".k.left")).unwrap();
        assert_eq!(cache.tree("k"), None);
        cache.tree_or("k", fill).unwrap();
        assert_eq!(fs::read_dir(trees).unwrap().count(), 1);
    }

    #[test]
    fn notes_and_keys() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(Some(dir.path())).unwrap();
        let note = Note { led_to: "x".into(), ..Note::default() };
        cache.set_note(&["git", "a"], &note);
        assert_eq!(cache.note(&["git", "a"]), Some(note));
        assert_eq!(cache.note(&["git", "b"]), None);
        assert_ne!(Cache::key(&["ab", "c"]), Cache::key(&["a", "bc"]));
    }

    #[test]
    fn without_a_folder_a_run_has_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        for folder in [None, Some(file.as_path())] {
            let cache = Cache::open(folder).unwrap();
            let tree = cache.tree_or("k", fill).unwrap();
            drop(cache);
            assert!(!tree.exists());
        }
    }
}
