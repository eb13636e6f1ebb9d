//! Copies of folders.

use crate::archive::symlink;
use crate::io_error;
use craton_model::Diagnostic;
use std::path::{Path, PathBuf};

/// Copies a folder with everything in it that `wanted` accepts (given the path relative to `from`; a refused folder is
/// not entered). Symbolic links become what they lead to. A file that is there already with the same content is left
/// alone; files of `to` that `from` has not are kept. Returns the files, relative to `to`.
pub fn copy_tree(from: &Path, to: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Diagnostic> {
    let mut copied = Vec::new();
    copy_folder(from, to, Path::new(""), &mut Vec::new(), wanted, &mut copied)?;
    copied.sort();
    Ok(copied)
}

fn copy_folder(
    from: &Path,
    to: &Path,
    at: &Path,
    above: &mut Vec<PathBuf>,
    wanted: &dyn Fn(&Path) -> bool,
    copied: &mut Vec<PathBuf>,
) -> Result<(), Diagnostic> {
    let source = from.join(at);
    let real = source.canonicalize().map_err(|e| io_error("read the folder", &source, &e))?;
    // A link to a folder above would lead round for ever.
    if above.contains(&real) {
        return Ok(());
    }
    above.push(real);
    let target = to.join(at);
    std::fs::create_dir_all(&target).map_err(|e| io_error("make the folder", &target, &e))?;
    let entries = std::fs::read_dir(&source).map_err(|e| io_error("read the folder", &source, &e))?;
    for entry in entries {
        let entry = entry.map_err(|e| io_error("read the folder", &source, &e))?;
        let path = at.join(entry.file_name());
        if !wanted(&path) {
            continue;
        }
        let kind = std::fs::metadata(entry.path()).map_err(|e| io_error("read", &entry.path(), &e))?;
        if kind.is_dir() {
            copy_folder(from, to, &path, above, wanted, copied)?;
        } else if kind.is_file() {
            copy_file(&entry.path(), &to.join(&path))?;
            copied.push(path);
        }
    }
    above.pop();
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> Result<(), Diagnostic> {
    let new = std::fs::read(from).map_err(|e| io_error("read", from, &e))?;
    if std::fs::read(to).is_ok_and(|old| old == new) {
        return Ok(());
    }
    // The old one may be read-only, or a link to somewhere else.
    if std::fs::symlink_metadata(to).is_ok() {
        std::fs::remove_file(to).map_err(|e| io_error("replace", to, &e))?;
    }
    std::fs::write(to, new).map_err(|e| io_error("write", to, &e))?;
    let mode = std::fs::metadata(from).map_err(|e| io_error("read", from, &e))?.permissions();
    std::fs::set_permissions(to, mode).map_err(|e| io_error("write", to, &e))
}

/// Copies a folder of a tree as it is to a place where there is nothing. Links stay links, unless they lead out of the folder
/// and not out of the tree: of the rest of the tree there will be nothing beside the copy.
pub(crate) fn copy_exactly(tree: &Path, from: &Path, to: &Path) -> Result<(), String> {
    let real = |path: &Path| path.canonicalize().map_err(|e| format!("could not read {}: {e}", path.display()));
    copy_inner(&real(tree)?, &real(from)?, from, to)
}

fn copy_inner(tree: &Path, top: &Path, from: &Path, to: &Path) -> Result<(), String> {
    let failed = |doing: &str, path: &Path, e: &std::io::Error| format!("could not {doing} {}: {e}", path.display());
    std::fs::create_dir_all(to).map_err(|e| failed("make the folder", to, &e))?;
    for entry in std::fs::read_dir(from).map_err(|e| failed("read the folder", from, &e))? {
        let entry = entry.map_err(|e| failed("read the folder", from, &e))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().map_err(|e| failed("read", &path, &e))?;
        if kind.is_dir() {
            copy_inner(tree, top, &path, &target)?;
        } else if kind.is_symlink() {
            let out = path.canonicalize().ok().filter(|real| real.starts_with(tree) && !real.starts_with(top));
            match out {
                Some(folder) if folder.is_dir() => {
                    copy_tree(&folder, &target, &|_| true).map_err(|d| d.detail)?;
                    continue;
                }
                Some(file) => {
                    std::fs::copy(&file, &target).map_err(|e| failed("copy to", &target, &e))?;
                    continue;
                }
                None => {}
            }
            let leads = std::fs::read_link(&path).map_err(|e| failed("read", &path, &e))?;
            symlink(&leads, &target).map_err(|e| failed("make the link", &target, &e))?;
        } else if kind.is_file() {
            std::fs::copy(&path, &target).map_err(|e| failed("copy to", &target, &e))?;
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn links_out_of_the_folder_become_what_they_lead_to() {
        let dir = tempfile::tempdir().unwrap();
        let tree = dir.path().join("tree");
        fs::create_dir_all(tree.join("m")).unwrap();
        fs::create_dir_all(tree.join("shared")).unwrap();
        for file in ["m/main.tf", "common.tf", "shared/x.tf"] {
            fs::write(tree.join(file), file).unwrap();
        }
        for (link, target) in
            [("own", "main.tf"), ("common.tf", "../common.tf"), ("s", "../shared"), ("none", "/nowhere")]
        {
            symlink(Path::new(target), &tree.join("m").join(link)).unwrap();
        }
        let to = dir.path().join("to");
        copy_exactly(&tree, &tree.join("m"), &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("common.tf")).unwrap(), "common.tf");
        assert_eq!(fs::read_to_string(to.join("s/x.tf")).unwrap(), "shared/x.tf");
        let link = |name: &str| fs::read_link(to.join(name)).ok();
        assert_eq!((link("own"), link("none")), (Some("main.tf".into()), Some("/nowhere".into())));
        assert_eq!((link("common.tf"), link("s")), (None, None));
    }
}
