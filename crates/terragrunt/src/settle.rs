//! Files that arrived take the place of those that an earlier arrival brought.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Moves all files of `from` to `to`, and removes what an earlier call brought and this one does not. What `to` holds
/// beside that (a local state, installed modules) stays. `manifest` is the file of `to` that lists what was brought.
pub(crate) fn settle(from: &Path, to: &Path, manifest: &str) -> io::Result<()> {
    let mut names = Vec::new();
    list(from, Path::new(""), &mut names)?;
    names.sort();
    fs::create_dir_all(to)?;
    let before = fs::read_to_string(to.join(manifest)).unwrap_or_default();
    let texts: Vec<String> = names.iter().map(|n| n.to_string_lossy().into_owned()).collect();
    remove_gone(to, &before, &texts);
    for name in &names {
        make_way(to, name)?;
        fs::rename(from.join(name), to.join(name))?;
    }
    fs::write(to.join(manifest), texts.join("\n"))
}

fn list(root: &Path, at: &Path, names: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(at))? {
        let entry = entry?;
        let path = at.join(entry.file_name());
        if entry.file_type()?.is_dir() { list(root, &path, names)? } else { names.push(path) }
    }
    Ok(())
}

/// Sees to it that a file can be put where its name says: a folder of its name goes, and so does what stands in for one
/// of its folders.
fn make_way(to: &Path, name: &Path) -> io::Result<()> {
    let mut at = to.to_owned();
    for part in name.parent().into_iter().flat_map(Path::components) {
        at.push(part);
        match fs::symlink_metadata(&at) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => {
                fs::remove_file(&at)?;
                fs::create_dir(&at)?;
            }
            Err(_) => fs::create_dir(&at)?,
        }
    }
    let target = to.join(name);
    match fs::symlink_metadata(&target) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(&target),
        _ => Ok(()),
    }
}

/// Removes the files that an earlier manifest lists and a new one does not. Names that lead out of the folder are left
/// alone.
pub(crate) fn remove_gone(folder: &Path, before: &str, now: &[String]) {
    let kept: HashSet<&str> = now.iter().map(String::as_str).collect();
    for gone in before.lines().filter(|l| !kept.contains(l)) {
        if Path::new(gone).components().all(|c| matches!(c, Component::Normal(_))) {
            // It may be gone already.
            let _ = fs::remove_file(folder.join(gone));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_files_replace_old_ones_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        let bring = |files: &[&str]| {
            for file in files {
                fs::create_dir_all(from.join(file).parent().unwrap()).unwrap();
                fs::write(from.join(file), file).unwrap();
            }
            settle(&from, &to, ".list").unwrap();
            fs::remove_dir_all(&from).unwrap();
        };
        bring(&["main.tf", "a/one.tf", "b"]);
        fs::write(to.join("terraform.tfstate"), "mine").unwrap();
        fs::write(dir.path().join("outside"), "stays").unwrap();
        let list = fs::read_to_string(to.join(".list")).unwrap();
        fs::write(to.join(".list"), format!("{list}\n../outside")).unwrap();
        // What was a file is a folder now, and the other way round.
        bring(&["main.tf", "a", "b/two.tf"].iter().copied().filter(|f| *f != "a").collect::<Vec<_>>());
        assert!(!to.join("a/one.tf").exists() && to.join("b/two.tf").is_file());
        assert!(to.join("terraform.tfstate").is_file() && dir.path().join("outside").is_file());
        bring(&["a", "b"]);
        assert!(to.join("a").is_file() && to.join("b").is_file() && !to.join("main.tf").exists());
    }
}
