use super::*;
use std::io::Write as _;

const SMALL: Limits = Limits { bytes: 10_000, entries: 20 };

/// A tar archive of entries `(kind, name, content or link target)`.
fn tar(entries: &[(char, &str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (kind, name, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o755);
        // The name is set as it is: the library refuses to make what these tests are about.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        let (kind, bytes) = match kind {
            'f' => (tar::EntryType::Regular, content.as_bytes()),
            'd' => (tar::EntryType::Directory, &[][..]),
            's' => (tar::EntryType::Symlink, &[][..]),
            'h' => (tar::EntryType::Link, &[][..]),
            _ => (tar::EntryType::Fifo, &[][..]),
        };
        header.set_entry_type(kind);
        if kind.is_symlink() || kind.is_hard_link() {
            header.as_old_mut().linkname[..content.len()].copy_from_slice(content.as_bytes());
        }
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append(&header, bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zip(entries: &[(char, &str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (kind, name, content) in entries {
        let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
        match kind {
            'd' => writer.add_directory(*name, options).unwrap(),
            's' => writer.add_symlink(*name, *content, options).unwrap(),
            _ => {
                writer.start_file(*name, options).unwrap();
                writer.write_all(content.as_bytes()).unwrap();
            }
        }
    }
    writer.finish().unwrap().into_inner()
}

fn unpacked(kind: &str, bytes: &[u8], limits: Limits) -> (tempfile::TempDir, Result<(), String>) {
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("archive");
    std::fs::write(&archive, bytes).unwrap();
    let done = unpack(&archive, kind, &dir.path().join("out"), limits);
    (dir, done)
}

#[test]
fn each_kind_gives_the_same_files() {
    let plain = tar(&[('d', "m/", ""), ('f', "m/main.tf", "x"), ('f', "run.sh", "y")]);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&plain).unwrap();
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bz.write_all(&plain).unwrap();
    let zipped = zip(&[('d', "m/", ""), ('f', "m/main.tf", "x"), ('f', "run.sh", "y")]);
    let kinds = [("tar", plain), ("tar.gz", gz.finish().unwrap()), ("tar.bz2", bz.finish().unwrap()), ("zip", zipped)];
    for (kind, bytes) in kinds {
        let (dir, done) = unpacked(kind, &bytes, SMALL);
        done.unwrap();
        let out = dir.path().join("out");
        assert_eq!(std::fs::read_to_string(out.join("m/main.tf")).unwrap(), "x", "{kind}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(out.join("run.sh")).unwrap().permissions().mode() & 0o100, 0o100, "{kind}");
        }
    }
}

#[test]
fn xz_archives() {
    let (dir, done) = unpacked("tar.xz", include_bytes!("../../tests/module.tar.xz"), SMALL);
    done.unwrap();
    assert!(dir.path().join("out/main.tf").is_file());
}

#[test]
fn nothing_leaves_the_folder() {
    for entries in [
        &[('f', "../evil", "x")][..],
        &[('f', "a/../../evil", "x")],
        &[('f', "/evil", "x")],
        &[('f', "..\\evil", "x")],
        &[('f', "C:\\evil", "x")],
        &[('s', "l", "/etc/passwd")],
        &[('s', "l", "../evil")],
        // Each link alone stays inside.
        &[('d', "a/b", ""), ('s', "a/b/up", "../.."), ('s', "m", "a/b/up/..")],
        // Through a link to a folder.
        &[('s', "l", "."), ('f', "l/../../evil", "x")],
        &[('s', "nothing", "nowhere")],
        &[('h', "l", "../../evil")],
        &[('h', "l", "/etc/passwd")],
        &[('p', "pipe", "")],
    ] {
        let (dir, done) = unpacked("tar", &tar(entries), SMALL);
        assert!(done.is_err(), "{entries:?}");
        assert!(!dir.path().join("evil").exists() && !dir.path().join("../evil").exists(), "{entries:?}");
        if entries.iter().all(|(kind, ..)| matches!(kind, 'f' | 'd' | 's')) {
            let (dir, done) = unpacked("zip", &zip(entries), SMALL);
            assert!(done.is_err(), "zip {entries:?}");
            assert!(!dir.path().join("evil").exists(), "{entries:?}");
        }
    }
}

#[test]
fn a_file_is_never_written_through_a_link() {
    let entries = [('s', "l", "d"), ('d', "d", ""), ('f', "l/main.tf", "x")];
    let (_dir, done) = unpacked("tar", &tar(&entries), SMALL);
    // The folder `l` is there by then.
    assert!(done.is_err());
}

#[test]
fn links_within_the_folder_are_kept() {
    let entries = [('f', "a/main.tf", "x"), ('s', "b", "a"), ('s', "c", "a/main.tf"), ('h', "d", "a/main.tf")];
    let (dir, done) = unpacked("tar", &tar(&entries), SMALL);
    done.unwrap();
    for path in ["b/main.tf", "c", "d"] {
        assert_eq!(std::fs::read_to_string(dir.path().join("out").join(path)).unwrap(), "x", "{path}");
    }
}

#[test]
fn size_and_number_are_bounded() {
    let large = "x".repeat(9_000);
    let bytes = zip(&[('f', "a", &large), ('f', "b", &large)]);
    let (_dir, done) = unpacked("zip", &bytes, SMALL);
    assert!(done.unwrap_err().contains("when it is unpacked"));
    let many: Vec<String> = (0..30).map(|i| format!("f{i}")).collect();
    let many: Vec<_> = many.iter().map(|n| ('f', n.as_str(), "")).collect();
    let (_dir, done) = unpacked("tar", &tar(&many), SMALL);
    assert!(done.unwrap_err().contains("more than 20 files"));
}

#[test]
fn what_is_no_archive() {
    for kind in ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz"] {
        let (_dir, done) = unpacked(kind, b"<html>not found</html>", SMALL);
        assert!(done.is_err(), "{kind}");
    }
}
