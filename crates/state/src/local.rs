//! State in a file on this machine.
//!
//! The file is replaced by renaming a finished, synced one over it. The lock is the POSIX record
//! lock on the state file that Terraform takes too, with `.NAME.lock.info` beside it to say who
//! holds it. Because a rename changes the file behind the name, the new file is locked before it
//! takes the old one's place; and because closing any descriptor of a file drops a process's
//! locks on it, a locked state is read through the descriptor that holds the lock.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use craton_model::{Diagnostic, Diagnostics, State};
use rustix::fs::{FlockOperation, fcntl_lock};

use crate::lock::{LockError, LockInfo};
use crate::store::{Backend, DEFAULT_WORKSPACE, Store};
use crate::tfstate;

/// The local backend's settings, as in its `backend "local"` block.
#[derive(Clone, Debug)]
pub struct LocalConfig {
    /// The folder that relative paths start from: the root module's.
    pub dir: PathBuf,
    /// Path of the default workspace's state.
    pub path: PathBuf,
    /// Folder of the other workspaces' states.
    pub workspace_dir: PathBuf,
    /// The state file of whatever workspace is used, in place of its own (`-state`).
    pub state: Option<PathBuf>,
    /// Where that file is written to, in place of where it is read from (`-state-out`).
    pub state_out: Option<PathBuf>,
    /// Where states are backed up to before the first write.
    pub backup: Backup,
}

/// Where a state goes before it is changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Backup {
    /// Beside the state that is written, as `NAME.backup`.
    #[default]
    Beside,
    /// Beside the state that is written, as `NAME.SECONDS.backup`: one that no later change replaces.
    Dated(u64),
    /// To this file.
    At(PathBuf),
    /// Nowhere.
    Off,
}

impl Backup {
    fn path(&self, dir: &Path, state: &Path) -> Option<PathBuf> {
        match self {
            Backup::Beside => Some(beside(state, "", ".backup")),
            Backup::Dated(seconds) => Some(beside(state, "", &format!(".{seconds}.backup"))),
            Backup::At(path) => Some(dir.join(path)),
            Backup::Off => None,
        }
    }
}

impl LocalConfig {
    /// What holds when nothing is configured.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            path: "terraform.tfstate".into(),
            workspace_dir: "terraform.tfstate.d".into(),
            state: None,
            state_out: None,
            backup: Backup::default(),
        }
    }
}

/// The local backend.
#[derive(Debug)]
pub struct Local(LocalConfig);

impl Local {
    /// A backend of these settings. Touches nothing yet.
    pub fn new(config: LocalConfig) -> Self {
        Self(config)
    }

    fn path(&self, workspace: &str) -> PathBuf {
        let c = &self.0;
        match &c.state {
            Some(path) => c.dir.join(path),
            None if workspace == DEFAULT_WORKSPACE => c.dir.join(&c.path),
            None => c.dir.join(&c.workspace_dir).join(workspace).join("terraform.tfstate"),
        }
    }
}

#[async_trait]
impl Backend for Local {
    async fn workspaces(&self) -> Result<Vec<String>, Diagnostics> {
        let mut names = Vec::new();
        let dir = self.0.dir.join(&self.0.workspace_dir);
        match fs::read_dir(&dir) {
            Ok(entries) => {
                for entry in entries {
                    let entry = entry.map_err(|e| failed("read", &dir, &e))?;
                    if entry.path().is_dir() {
                        names.push(entry.file_name().to_string_lossy().into_owned());
                    }
                }
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(failed("read", &dir, &e).into()),
        }
        names.sort();
        names.insert(0, DEFAULT_WORKSPACE.into());
        Ok(names)
    }

    async fn open(&self, workspace: &str) -> Result<Box<dyn Store>, Diagnostics> {
        let c = &self.0;
        let from = self.path(workspace);
        let to = c.state_out.as_ref().map_or_else(|| from.clone(), |out| c.dir.join(out));
        let backup = c.backup.path(&c.dir, &to);
        Ok(Box::new(LocalStore::new(to, backup).reading(from)))
    }

    async fn delete_workspace(&self, workspace: &str) -> Result<(), Diagnostics> {
        let dir = self.0.dir.join(&self.0.workspace_dir).join(workspace);
        fs::remove_dir_all(&dir).map_err(|e| failed("delete", &dir, &e).into())
    }
}

/// One state file.
#[derive(Debug)]
pub struct LocalStore {
    path: PathBuf,
    /// Where the state is read until it is first written, if that is another file.
    source: Option<PathBuf>,
    backup: Option<PathBuf>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Holds the lock while it is held.
    locked: Option<(File, String)>,
    /// Whether taking the lock made the (empty) file.
    made: bool,
    backed_up: bool,
    /// Whether the state was written here, so that it is read here from now on.
    written: bool,
    /// Lineage and serial as last read or written here; `Some(None)`: there was no state.
    seen: Option<Option<(String, u64)>>,
}

impl LocalStore {
    /// The state at this path, backed up to `backup` before its first change.
    pub fn new(path: PathBuf, backup: Option<PathBuf>) -> Self {
        Self { path, source: None, backup, inner: Mutex::default() }
    }

    /// The same, read from another file until it is first written.
    #[must_use]
    pub fn reading(mut self, source: PathBuf) -> Self {
        self.source = (source != self.path).then_some(source);
        self
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn info_path(&self) -> PathBuf {
        beside(&self.path, ".", ".lock.info")
    }

    fn bytes(&self, inner: &mut Inner) -> Result<Vec<u8>, Diagnostic> {
        let mut bytes = Vec::new();
        let read = match &mut inner.locked {
            Some((file, _)) => file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes)),
            None => match File::open(&self.path) {
                Ok(mut file) => file.read_to_end(&mut bytes),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(0),
                Err(e) => Err(e),
            },
        };
        read.map_err(|e| failed("read", &self.path, &e))?;
        Ok(bytes)
    }

    fn parsed(path: &Path, bytes: &[u8]) -> Result<Option<State>, Diagnostic> {
        if bytes.is_empty() {
            return Ok(None);
        }
        tfstate::parse(bytes, &path.display().to_string()).map(Some)
    }

    fn write_now(&self, state: &State) -> Result<(), Diagnostic> {
        let mut inner = self.inner();
        let bytes = tfstate::render(state)?;
        let old = self.bytes(&mut inner)?;
        if let Some(seen) = &inner.seen {
            #[derive(serde::Deserialize)]
            struct Head {
                lineage: String,
                serial: u64,
            }
            let there = serde_json::from_slice::<Head>(&old).ok().map(|h| (h.lineage, h.serial));
            if there != *seen {
                return Err(overtaken(&self.path.display().to_string()));
            }
        }
        if let Some(dir) = self.path.parent().filter(|d| !d.as_os_str().is_empty()) {
            fs::create_dir_all(dir).map_err(|e| failed("make the folder of", &self.path, &e))?;
        }
        if let Some(backup) = self.backup.as_ref().filter(|_| !inner.backed_up && !old.is_empty()) {
            replace(backup, &old).map_err(|e| failed("back up to", backup, &e))?;
        }
        inner.backed_up = true;
        let file = replace(&self.path, &bytes).map_err(|e| failed("write", &self.path, &e))?;
        if let Some(locked) = &mut inner.locked {
            locked.0 = file;
        }
        inner.written = true;
        inner.seen = Some(Some((state.lineage.clone(), state.serial)));
        Ok(())
    }
}

/// What to say when a state is not the one that was read.
pub(crate) fn overtaken(place: &str) -> Diagnostic {
    Diagnostic::error(
        "State was changed by somebody else",
        format!(
            "{place} is not the state that this run read or wrote last: another program wrote it meanwhile. It was \
             left as that program wrote it. Plan again; if both must run, keep locking on."
        ),
    )
}

/// Writes a file whole or not at all, and gives it open and locked.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<File> {
    let dir = path.parent().filter(|d| !d.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temp = tempfile::Builder::new().prefix(".craton-").suffix(".tmp").tempfile_in(dir)?;
    if let Ok(old) = fs::metadata(path) {
        temp.as_file().set_permissions(old.permissions())?;
    }
    temp.write_all(bytes)?;
    temp.as_file().sync_all()?;
    // Fails only where the file system has no locks, and then nobody holds one.
    let _ = fcntl_lock(temp.as_file(), FlockOperation::NonBlockingLockExclusive);
    let file = temp.persist(path).map_err(|e| e.error)?;
    File::open(dir)?.sync_all()?;
    Ok(file)
}

fn beside(path: &Path, prefix: &str, suffix: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{prefix}{name}{suffix}"))
}

fn failed(what: &str, path: &Path, e: &std::io::Error) -> Diagnostic {
    Diagnostic::error("Local state is not accessible", format!("Cannot {what} {}: {e}.", path.display()))
}

#[async_trait]
impl Store for LocalStore {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    async fn read(&self) -> Result<Option<State>, Diagnostics> {
        let mut inner = self.inner();
        let bytes = self.bytes(&mut inner)?;
        let here = Self::parsed(&self.path, &bytes);
        let identity = |s: &State| (s.lineage.clone(), s.serial);
        match &self.source {
            // What is to be replaced need not be a state that can be read.
            Some(source) if !inner.written => {
                inner.seen = here.ok().map(|s| s.as_ref().map(identity));
                let bytes = match fs::read(source) {
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
                    other => other.map_err(|e| failed("read", source, &e))?,
                };
                Ok(Self::parsed(source, &bytes)?)
            }
            _ => {
                let state = here?;
                inner.seen = Some(state.as_ref().map(identity));
                Ok(state)
            }
        }
    }

    async fn write(&self, state: &State) -> Result<(), Diagnostics> {
        Ok(self.write_now(state)?)
    }

    async fn lock(&self, mut info: LockInfo) -> Result<(), LockError> {
        let fail = |what: &str, e: &std::io::Error| LockError::Failed(Box::new(failed(what, &self.path, e)));
        let mut inner = self.inner();
        if let Some((_, id)) = &inner.locked {
            return Err(LockError::Held(Some(Box::new(LockInfo { id: id.clone(), ..info }))));
        }
        if let Some(dir) = self.path.parent().filter(|d| !d.as_os_str().is_empty()) {
            fs::create_dir_all(dir).map_err(|e| fail("make the folder of", &e))?;
        }
        loop {
            inner.made = !self.path.exists();
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&self.path)
                .map_err(|e| fail("open", &e))?;
            if fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
                let holder = fs::read(self.info_path()).ok().and_then(|b| serde_json::from_slice(&b).ok());
                return Err(LockError::Held(holder));
            }
            // Another writer may have renamed a new file here between the two calls.
            let same = match (file.metadata(), fs::metadata(&self.path)) {
                (Ok(a), Ok(b)) => std::os::unix::fs::MetadataExt::ino(&a) == std::os::unix::fs::MetadataExt::ino(&b),
                _ => false,
            };
            if !same {
                continue;
            }
            info.path = self.path.display().to_string();
            let text = serde_json::to_vec(&info).unwrap_or_default();
            fs::write(self.info_path(), text).map_err(|e| fail("write the lock information of", &e))?;
            inner.locked = Some((file, info.id));
            return Ok(());
        }
    }

    async fn unlock(&self, id: &str) -> Result<(), LockError> {
        let mut inner = self.inner();
        match &inner.locked {
            Some((_, held)) if held == id => {}
            _ => {
                let info = self.holder_now();
                return Err(LockError::Held(info.map(Box::new)));
            }
        }
        let empty = inner.locked.as_ref().is_some_and(|(f, _)| f.metadata().is_ok_and(|m| m.len() == 0));
        // A file that is empty was made by locking; without this it would look like a broken state.
        if empty && inner.made {
            let _ = fs::remove_file(&self.path);
        }
        let _ = fs::remove_file(self.info_path());
        inner.locked = None;
        Ok(())
    }

    async fn holder(&self) -> Result<Option<LockInfo>, Diagnostics> {
        Ok(self.holder_now())
    }
}

impl LocalStore {
    fn holder_now(&self) -> Option<LockInfo> {
        fs::read(self.info_path()).ok().and_then(|b| serde_json::from_slice(&b).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite;

    #[tokio::test]
    async fn behaves_as_a_store() {
        let dir = tempfile::tempdir().unwrap();
        suite::store(|| async {
            Box::new(LocalStore::new(dir.path().join("a/terraform.tfstate"), None)) as Box<dyn Store>
        })
        .await;
    }

    #[tokio::test]
    async fn backs_up_once_and_leaves_no_empty_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("terraform.tfstate");
        let backup = Some(beside(&path, "", ".backup"));
        let store = LocalStore::new(path.clone(), backup.clone());
        store.lock(LockInfo::new("OperationTypePlan")).await.unwrap();
        let id = store.holder().await.unwrap().unwrap().id;
        store.unlock(&id).await.unwrap();
        assert!(fs::read_dir(dir.path()).unwrap().next().is_none(), "nothing is left behind");
        let mut state = State { lineage: "l".into(), serial: 1, ..State::default() };
        store.write(&state).await.unwrap();
        let later = LocalStore::new(path.clone(), backup);
        later.read().await.unwrap();
        for serial in 2..4 {
            state.serial = serial;
            later.write(&state).await.unwrap();
        }
        let backup = tfstate::parse(&fs::read(dir.path().join("terraform.tfstate.backup")).unwrap(), "b").unwrap();
        assert_eq!(backup.serial, 1);
    }

    #[tokio::test]
    async fn a_corrupt_file_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("terraform.tfstate");
        fs::write(&path, "{\"version\": 4, ").unwrap();
        let store = LocalStore::new(path.clone(), None);
        assert_eq!(store.read().await.unwrap_err().0[0].summary, "State is not readable");
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"version\": 4, ");
    }

    #[tokio::test]
    async fn workspaces_are_folders() {
        let dir = tempfile::tempdir().unwrap();
        let backend = Local::new(LocalConfig::new(dir.path()));
        let store = backend.open("blue").await.unwrap();
        store.write(&State::default()).await.unwrap();
        assert_eq!(backend.workspaces().await.unwrap(), ["default", "blue"]);
        backend.delete_workspace("blue").await.unwrap();
        assert_eq!(backend.workspaces().await.unwrap(), ["default"]);
    }
}
