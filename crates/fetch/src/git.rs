//! Git repositories, through the git program: what people have configured for it (credential helpers, `insteadOf`,
//! `core.sshCommand`, proxies) holds here too.

use crate::source::GitSource;
use base64::Engine as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// How git is run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Git {
    /// Whether somebody is there to answer questions.
    pub(crate) interactive: bool,
}

/// A reference as the program understands it once it was looked up: the id of a commit.
pub(crate) fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

impl Git {
    /// The commit that the source's reference names; `None` where the server's list has no such name (it may be a
    /// shortened commit).
    pub(crate) fn resolve(self, source: &GitSource) -> Result<Option<String>, String> {
        let reference = source.reference.as_deref().unwrap_or("HEAD");
        if is_commit(reference) {
            return Ok(Some(reference.to_ascii_lowercase()));
        }
        let listed =
            self.run(source, None, &["ls-remote", "--", &source.url, reference, &format!("{reference}^{{}}")])?;
        let refs: Vec<(&str, &str)> = listed.lines().filter_map(|l| l.split_once('\t')).collect();
        let named = |name: &str| refs.iter().find(|(_, r)| *r == name).map(|(commit, _)| (*commit).to_owned());
        // In the order in which git itself looks names up; what a tag with a message is of comes before the tag.
        let names = [
            format!("{reference}^{{}}"),
            reference.to_owned(),
            format!("refs/tags/{reference}^{{}}"),
            format!("refs/tags/{reference}"),
            format!("refs/heads/{reference}"),
        ];
        Ok(names.iter().find_map(|n| named(n)))
    }

    /// Brings the files of a commit to `dest`, which must not exist yet, without the history.
    pub(crate) fn fetch(self, source: &GitSource, commit: &str, dest: &Path) -> Result<(), String> {
        self.begin(source, dest)?;
        let one = self.run(source, Some(dest), &["fetch", "--quiet", "--no-tags", "--depth", "1", "origin", commit]);
        if let Err(first) = one {
            // Some servers give a commit by its id only to those who ask for everything.
            self.fetch_all(source, dest)
                .map_err(|second| if second == first { first } else { format!("{first}; then {second}") })?;
        }
        self.check_out(source, commit, dest)
    }

    /// As [`Git::fetch`], for a reference that only the history tells; gives the commit.
    pub(crate) fn find(self, source: &GitSource, dest: &Path) -> Result<String, String> {
        let reference = source.reference.as_deref().unwrap_or("HEAD");
        self.begin(source, dest)?;
        self.fetch_all(source, dest)?;
        let look = |name: String| {
            self.run(source, Some(dest), &["rev-parse", "--verify", "--quiet", "--end-of-options", &name])
        };
        let commit = look(format!("{reference}^{{commit}}"))
            .or_else(|_| look(format!("refs/remotes/origin/{reference}^{{commit}}")))
            .map_err(|_| format!("the repository has no branch, tag or commit {reference:?}"))?;
        let commit = commit.trim().to_owned();
        self.check_out(source, &commit, dest)?;
        Ok(commit)
    }

    fn begin(self, source: &GitSource, dest: &Path) -> Result<(), String> {
        std::fs::create_dir_all(dest).map_err(|e| format!("{} cannot be made: {e}", dest.display()))?;
        self.run(source, Some(dest), &["init", "--quiet"])?;
        self.run(source, Some(dest), &["remote", "add", "--", "origin", &source.url]).map(drop)
    }

    fn fetch_all(self, source: &GitSource, dest: &Path) -> Result<(), String> {
        let heads = "+refs/heads/*:refs/remotes/origin/*";
        self.run(source, Some(dest), &["fetch", "--quiet", "--tags", "--", "origin", heads]).map(drop)
    }

    fn check_out(self, source: &GitSource, commit: &str, dest: &Path) -> Result<(), String> {
        self.run(source, Some(dest), &["checkout", "--quiet", "--detach", commit])?;
        if dest.join(".gitmodules").is_file() {
            self.run(source, Some(dest), &["submodule", "--quiet", "update", "--init", "--recursive"])?;
        }
        forget(dest).map_err(|e| format!("{} cannot be tidied up: {e}", dest.display()))
    }

    fn run(self, source: &GitSource, dir: Option<&Path>, args: &[&str]) -> Result<String, String> {
        let mut command = Command::new("git");
        // The default branch of a repository that is only a stop on the way needs no advice.
        command.args(["-c", "init.defaultBranch=main", "-c", "advice.detachedHead=false"]);
        command.args(args).stdin(Stdio::null());
        if !self.interactive {
            // No question that nobody can answer, of git's or of SSH's.
            command.env("GIT_TERMINAL_PROMPT", "0");
            if std::env::var_os("SSH_ASKPASS").is_none() {
                command.env("SSH_ASKPASS", "false").env("SSH_ASKPASS_REQUIRE", "force");
            }
        }
        // No repository but the one meant.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"] {
            command.env_remove(name);
        }
        let key = source.ssh_key.as_deref().map(KeyFile::new).transpose()?;
        if let Some(key) = &key {
            let ssh = std::env::var("GIT_SSH_COMMAND").unwrap_or_else(|_| "ssh".into());
            command.env("GIT_SSH_COMMAND", format!("{ssh} -i '{}' -o IdentitiesOnly=yes", key.0.path().display()));
        }
        if let Some(dir) = dir {
            command.current_dir(dir);
        }
        let output = command.output().map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => "the git program is not installed, which git sources need".to_owned(),
            _ => format!("git did not start: {e}"),
        })?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim().trim_end_matches('.').replace('\n', "; ");
        Err(format!(
            "git {} failed: {}",
            args.first().copied().unwrap_or_default(),
            without_password(&said, &source.url)
        ))
    }
}

/// A private key as a file, which only its owner can read, for as long as git runs.
struct KeyFile(tempfile::NamedTempFile);

impl KeyFile {
    fn new(text: &str) -> Result<Self, String> {
        let key = base64::engine::general_purpose::STANDARD.decode(text);
        let key = key.map_err(|_| "sshkey is not base64".to_owned())?;
        let write = || -> std::io::Result<_> {
            let mut file = tempfile::NamedTempFile::new()?;
            std::io::Write::write_all(&mut file, &key)?;
            Ok(file)
        };
        write().map(Self).map_err(|e| format!("the key for SSH cannot be written to a file: {e}"))
    }
}

/// What git said, without the password of the address, which it may repeat.
fn without_password(said: &str, url: &str) -> String {
    let user = url.split_once("://").and_then(|(_, rest)| rest.split('/').next()?.rsplit_once('@'));
    match user.and_then(|(user, _)| user.split_once(':')) {
        Some((_, password)) if !password.is_empty() => said.replace(password, "(hidden)"),
        _ => said.to_owned(),
    }
}

/// Removes what git keeps beside the files, in submodules too.
fn forget(dir: &Path) -> std::io::Result<()> {
    let own = dir.join(".git");
    match std::fs::symlink_metadata(&own) {
        Ok(found) if found.is_dir() => std::fs::remove_dir_all(&own)?,
        Ok(_) => std::fs::remove_file(&own)?,
        Err(_) => {}
    }
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            forget(&entry.path())?;
        }
    }
    Ok(())
}
