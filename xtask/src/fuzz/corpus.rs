//! Inputs: what a run begins with, and what of it is kept.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Longer inputs are not kept, nor more than this for one target: the smallest that reach something go first.
const LARGEST: u64 = 2_048;
const MOST_BYTES: u64 = 48 << 10;
const MOST_FILES: usize = 200;

/// Puts our own golden texts among the inputs.
pub(super) fn seed(root: &Path, target: &str, corpus: &Path) -> Result<(), String> {
    let golden = root.join("tests/golden");
    let mut texts = Vec::new();
    match target {
        "hcl" | "json" => {
            let end = if target == "hcl" { ".tf" } else { ".tf.json" };
            let sources = [golden, root.join("modules"), root.join("infrastructure")];
            sources.iter().for_each(|folder| below(folder, end, &mut texts));
        }
        "eval" | "template" => {
            let mut tables = Vec::new();
            below(&golden.join("functions"), ".txt", &mut tables);
            let calls = tables.iter().flat_map(|t| t.lines()).filter(|l| !l.is_empty() && !l.starts_with(' '));
            let calls = calls.map(|l| l.replace("secret", "secret.str").replace("template", "known.str"));
            texts.extend(calls.map(|l| if target == "template" { format!("a ${{{l}}} b") } else { l }));
        }
        _ => {}
    }
    for (i, text) in texts.iter().enumerate() {
        let path = corpus.join(format!("golden-{i}"));
        std::fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

fn below(folder: &Path, end: &str, texts: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            below(&path, end, texts);
        } else if path.file_name().is_some_and(|n| n.to_string_lossy().ends_with(end)) {
            texts.extend(std::fs::read_to_string(&path));
        }
    }
}

/// The files of a folder, by name.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| p.is_file()).collect();
    files.sort();
    Ok(files)
}

/// Puts the smallest set of inputs that reaches all that was reached into `tests/fuzz`. Files there that have a name
/// (which libFuzzer's, hexadecimal digits, are not) stay as they are.
pub(super) fn keep(root: &Path, work: &Path, target: &str, program: &Path) -> Result<(), String> {
    let (corpus, merged, kept) =
        (work.join("corpus").join(target), work.join("merged").join(target), root.join("tests/fuzz").join(target));
    let _ = std::fs::remove_dir_all(&merged);
    for folder in [&merged, &kept] {
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    let status = Command::new(program)
        .args(["-set_cover_merge=1", "-timeout=60", "-rss_limit_mb=2048"])
        .arg(format!("-max_len={LARGEST}"))
        .arg(&merged)
        .arg(&corpus)
        .arg(&kept)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|e| format!("{}: {e}", program.display()))?;
    if !status.success() {
        return Err(format!("the inputs of {target} could not be merged"));
    }
    for old in files(&kept)?.iter().filter(|p| is_unnamed(p)) {
        std::fs::remove_file(old).map_err(|e| format!("{}: {e}", old.display()))?;
    }
    let mut by_size: Vec<(u64, PathBuf)> =
        files(&merged)?.into_iter().map(|p| (p.metadata().map_or(u64::MAX, |m| m.len()), p)).collect();
    by_size.sort();
    let (mut bytes, mut count) = (0, 0);
    for (size, path) in by_size {
        bytes += size;
        if size > LARGEST || bytes > MOST_BYTES || count == MOST_FILES {
            break;
        }
        count += 1;
        let to = kept.join(path.file_name().unwrap_or_default());
        std::fs::copy(&path, &to).map_err(|e| format!("{}: {e}", to.display()))?;
    }
    println!("fuzz {target}: kept {count} inputs");
    Ok(())
}

fn is_unnamed(path: &Path) -> bool {
    path.file_name().is_some_and(|n| n.len() == 40 && n.to_string_lossy().bytes().all(|b| b.is_ascii_hexdigit()))
}
