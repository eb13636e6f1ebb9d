//! Tar archives.

use super::place::Folder;
use std::io::Read;
use tar::EntryType;

pub(super) fn unpack(content: impl Read, folder: &mut Folder) -> Result<(), String> {
    let damaged = |e: std::io::Error| format!("it is no tar archive, or a damaged one: {e}");
    let mut archive = tar::Archive::new(content);
    let mut any = false;
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        any = true;
        let name = String::from_utf8(entry.path_bytes().into_owned())
            .map_err(|e| format!("the name {:?} in it is not UTF-8", String::from_utf8_lossy(e.as_bytes())))?;
        let target = entry.link_name_bytes().map(|t| String::from_utf8_lossy(&t).into_owned()).unwrap_or_default();
        match entry.header().entry_type() {
            EntryType::Directory => folder.folder(&name)?,
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                let mode = entry.header().mode().ok();
                folder.file(&name, &mut entry, mode)?;
            }
            EntryType::Symlink => folder.link(&name, &target)?,
            EntryType::Link => folder.hard_link(&name, &target)?,
            // Remarks on the archive.
            EntryType::XGlobalHeader | EntryType::XHeader => {}
            other => return Err(format!("its entry {name:?} is neither file, folder nor link ({other:?})")),
        }
    }
    if any { Ok(()) } else { Err("it is empty, or no tar archive".into()) }
}
