//! Archives to folders. Nothing that an archive says leads out of the folder that it is unpacked into, and nothing in it
//! grows without bound.

mod place;
mod tarball;
mod zipped;

use place::Folder;
pub(crate) use place::symlink;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Ends of names and what they mean; longer ones first.
const ENDS: [(&str, &str); 8] = [
    ("tar.gz", "tar.gz"),
    ("tar.bz2", "tar.bz2"),
    ("tar.xz", "tar.xz"),
    ("tgz", "tar.gz"),
    ("tbz2", "tar.bz2"),
    ("txz", "tar.xz"),
    ("zip", "zip"),
    ("tar", "tar"),
];

/// Kinds of archives.
pub(crate) struct Kind;

impl Kind {
    /// What `archive=` asks for, else what the end of the name tells; `None` for what is not to be unpacked.
    pub(crate) fn named(asked: Option<&str>, name: &str) -> Result<Option<String>, String> {
        let known = |what: &str| ENDS.iter().find(|(end, _)| *end == what).map(|(_, kind)| (*kind).to_owned());
        match asked {
            Some("false" | "0") => Ok(None),
            Some(what) => known(what).map(Some).ok_or_else(|| {
                format!(
                    "archive={what} is none of the archives that can be unpacked: zip, tar, tar.gz, tar.bz2, tar.xz"
                )
            }),
            None => {
                let name = name.rsplit('/').next().unwrap_or_default();
                Ok(ENDS.iter().find(|(end, _)| name.ends_with(&format!(".{end}"))).map(|(_, kind)| (*kind).to_owned()))
            }
        }
    }
}

/// How much an archive may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes of all files together.
    pub(crate) bytes: u64,
    /// Files, folders and links.
    pub(crate) entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 2 << 30, entries: 100_000 }
    }
}

/// Unpacks an archive of a kind that [`Kind::named`] gave into a new folder. The error says what is wrong with the archive;
/// what was unpacked until then is left for the caller to remove.
pub(crate) fn unpack(archive: &Path, kind: &str, into: &Path, limits: Limits) -> Result<(), String> {
    let file = File::open(archive).map_err(|e| format!("{} cannot be read: {e}", archive.display()))?;
    let mut folder = Folder::new(into, limits)?;
    let file = BufReader::new(file);
    match kind {
        "zip" => zipped::unpack(file, &mut folder)?,
        "tar" => tarball::unpack(file, &mut folder)?,
        // Several compressed parts one after another are one text, as for the programs of these names.
        "tar.gz" => tarball::unpack(flate2::bufread::MultiGzDecoder::new(file), &mut folder)?,
        "tar.bz2" => tarball::unpack(bzip2::bufread::MultiBzDecoder::new(file), &mut folder)?,
        "tar.xz" => tarball::unpack(lzma_rust2::XzReader::new(file, true), &mut folder)?,
        other => return Err(format!("there is no way to unpack {other}")),
    }
    folder.finish()
}

#[cfg(test)]
mod tests;
