//! Where an archive's entries go.

use super::Limits;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

/// The folder that an archive is unpacked into.
///
/// Links are made last and only kept if they lead to something in the folder, so while files are written there is no
/// link to be led astray by.
pub(super) struct Folder {
    root: PathBuf,
    left: u64,
    limits: Limits,
    entries: usize,
    links: BTreeMap<PathBuf, PathBuf>,
}

impl Folder {
    pub(super) fn new(root: &Path, limits: Limits) -> Result<Self, String> {
        fs::create_dir_all(root).map_err(|e| failed("make", root, &e))?;
        Ok(Self { root: root.to_owned(), left: limits.bytes, limits, entries: 0, links: BTreeMap::new() })
    }

    /// The name of an entry as a path below the folder; empty for the folder itself.
    fn inside(name: &str) -> Result<PathBuf, String> {
        let refuse = |why: &str| Err(format!("its entry {name:?} {why}"));
        if name.contains('\0') {
            return refuse("has a name that is none");
        }
        // A name that some machines read as a path from the top.
        if name.starts_with(['/', '\\']) || name.as_bytes().get(1) == Some(&b':') {
            return refuse("has an absolute name");
        }
        let mut path = PathBuf::new();
        for part in Path::new(name).components() {
            match part {
                Component::Normal(part) if part.to_string_lossy().split('\\').any(|p| p == "..") => {
                    return refuse("leads out of the archive's folder");
                }
                Component::Normal(part) => path.push(part),
                Component::CurDir => {}
                _ => return refuse("leads out of the archive's folder"),
            }
        }
        Ok(path)
    }

    fn count(&mut self) -> Result<(), String> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            return Err(format!("it holds more than {} files", self.limits.entries));
        }
        Ok(())
    }

    pub(super) fn folder(&mut self, name: &str) -> Result<(), String> {
        self.count()?;
        let path = self.root.join(Self::inside(name)?);
        fs::create_dir_all(&path).map_err(|e| failed("make the folder", &path, &e))
    }

    /// Writes a file; its bits of permission are taken over as far as they say that it is a program.
    pub(super) fn file(&mut self, name: &str, content: &mut dyn Read, mode: Option<u32>) -> Result<(), String> {
        self.count()?;
        let inside = Self::inside(name)?;
        if inside.as_os_str().is_empty() {
            return Err(format!("its entry {name:?} has no name"));
        }
        self.links.remove(&inside);
        let path = self.root.join(&inside);
        let mut file = self.create(&path)?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let n = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(format!("its entry {name:?} is damaged: {e}")),
            };
            self.left = self
                .left
                .checked_sub(n as u64)
                .ok_or_else(|| format!("it holds more than {} MiB when it is unpacked", self.limits.bytes >> 20))?;
            file.write_all(&buffer[..n]).map_err(|e| failed("write", &path, &e))?;
        }
        if mode.is_some_and(|m| m & 0o100 != 0) {
            executable(&file).map_err(|e| failed("write", &path, &e))?;
        }
        Ok(())
    }

    fn create(&self, path: &Path) -> Result<File, String> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|e| failed("make the folder", parent, &e))?;
        }
        match fs::remove_file(path) {
            // An archive may hold a file twice: the last one counts.
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(failed("replace", path, &e)),
        }
        File::options().write(true).create_new(true).open(path).map_err(|e| failed("write", path, &e))
    }

    /// Notes a link, to be made when all files are there.
    pub(super) fn link(&mut self, name: &str, target: &str) -> Result<(), String> {
        self.count()?;
        let inside = Self::inside(name)?;
        if target.starts_with(['/', '\\']) || target.contains('\0') || target.as_bytes().get(1) == Some(&b':') {
            return Err(format!("its link {name:?} leads to {target:?}, out of the archive's folder"));
        }
        self.links.insert(inside, PathBuf::from(target));
        Ok(())
    }

    /// A second name for a file that came before.
    pub(super) fn hard_link(&mut self, name: &str, target: &str) -> Result<(), String> {
        self.count()?;
        let (inside, target_inside) = (Self::inside(name)?, Self::inside(target)?);
        let (path, from) = (self.root.join(&inside), self.root.join(target_inside));
        let size = match fs::symlink_metadata(&from) {
            Ok(found) if found.is_file() && from != path => found.len(),
            _ => return Err(format!("its link {name:?} leads to {target:?}, which is no file that came before")),
        };
        self.left = self
            .left
            .checked_sub(size)
            .ok_or_else(|| format!("it holds more than {} MiB when it is unpacked", self.limits.bytes >> 20))?;
        self.create(&path)?;
        fs::copy(&from, &path).map(drop).map_err(|e| failed("write", &path, &e))
    }

    /// Makes the links. Each must lead to something in the folder.
    pub(super) fn finish(self) -> Result<(), String> {
        let real = self.root.canonicalize().map_err(|e| failed("read", &self.root, &e))?;
        for (name, target) in &self.links {
            let path = self.root.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(|e| failed("make the folder", parent, &e))?;
            }
            // A link to a folder could carry this one out of the archive's folder.
            let parent = path.parent().and_then(|p| p.canonicalize().ok());
            if !parent.is_some_and(|p| p.starts_with(&real)) {
                return Err(format!("its link {:?} lies out of the archive's folder", name.display()));
            }
            symlink(target, &path).map_err(|e| failed("make the link", &path, &e))?;
        }
        for (name, target) in &self.links {
            let led = self.root.join(name).canonicalize();
            if !led.is_ok_and(|led| led.starts_with(&real)) {
                return Err(format!(
                    "its link {:?} leads to {:?}, out of the archive's folder or to nothing",
                    name.display(),
                    target.display()
                ));
            }
        }
        Ok(())
    }
}

fn failed(doing: &str, path: &Path, e: &io::Error) -> String {
    format!("could not {doing} {}: {e}", path.display())
}

#[cfg(unix)]
fn executable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file.metadata()?.permissions().mode();
    file.set_permissions(fs::Permissions::from_mode(mode | (mode & 0o444) >> 2))
}

#[cfg(not(unix))]
fn executable(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
pub(crate) fn symlink(target: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

#[cfg(not(unix))]
pub(crate) fn symlink(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "links are not made on this system"))
}
