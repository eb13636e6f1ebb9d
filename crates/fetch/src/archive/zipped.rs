//! Zip archives.

use super::place::Folder;
use std::io::{BufRead, Read as _, Seek};

/// Longest name that a link may lead to.
const LONGEST_TARGET: u64 = 4096;

pub(super) fn unpack(content: impl BufRead + Seek, folder: &mut Folder) -> Result<(), String> {
    let damaged = |e: zip::result::ZipError| format!("it is no zip archive, or a damaged one: {e}");
    let mut archive = zip::ZipArchive::new(content).map_err(damaged)?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(damaged)?;
        let name = entry.name().to_owned();
        if entry.is_dir() {
            folder.folder(&name)?;
        } else if entry.is_symlink() {
            let mut target = String::new();
            let read = (&mut entry).take(LONGEST_TARGET).read_to_string(&mut target);
            read.map_err(|e| format!("its link {name:?} cannot be read: {e}"))?;
            folder.link(&name, &target)?;
        } else {
            let mode = entry.unix_mode();
            folder.file(&name, &mut entry, mode)?;
        }
    }
    Ok(())
}
