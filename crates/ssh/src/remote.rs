//! What can be asked of another machine: run scripts, take files.

use std::path::{Path, PathBuf};

use craton_model::Diagnostic;

use crate::arguments::{Connection, Platform};
use crate::connect::{Session, connect};
use crate::exec::{self, Ended};
use crate::scp::{Receiver, quote};

/// A line to tell while work goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// What is being done.
    Progress(String),
    /// What a script printed.
    Output(String),
}

/// Is told each line.
pub type Tell<'a> = &'a (dyn Fn(Line) + Send + Sync);

/// A script to run.
#[derive(Clone, Debug)]
pub enum Script {
    /// Commands, run as one script.
    Commands(Vec<String>),
    /// A file here.
    File(PathBuf),
}

/// What to copy.
#[derive(Clone, Debug)]
pub enum Content {
    /// A file or a folder here. Of a folder whose path ends with a slash the content is copied, else the folder itself.
    Path(PathBuf),
    /// The text of a file.
    Text(String),
}

/// Scripts without a first line that names their interpreter get this one.
const SHEBANG: &str = "#!/bin/sh\n";

/// Connects and runs scripts one after another until one fails: each is copied to the connection's `script_path`, run and removed.
/// The error names the script and how it ended.
pub async fn run_scripts(connection: &Connection, scripts: &[Script], tell: Tell<'_>) -> Result<(), Diagnostic> {
    let target = &connection.target;
    tell(Line::Progress(format!("Connecting to {}:{} as {}...", target.host, target.port, target.user)));
    let session = connect(connection).await?;
    tell(Line::Progress("Connected.".into()));
    for script in scripts {
        run_script(connection, &session, script, tell).await?;
    }
    session.close().await;
    Ok(())
}

async fn run_script(c: &Connection, session: &Session, script: &Script, tell: Tell<'_>) -> Result<(), Diagnostic> {
    let (what, mut text) = match script {
        Script::Commands(lines) => ("the inline commands".to_owned(), format!("{}\n", lines.join("\n")).into_bytes()),
        Script::File(path) => {
            let text = tokio::fs::read(path).await.map_err(|e| {
                Diagnostic::error(
                    "Script cannot be read",
                    format!("Could not read the script {}: {e}.", path.display()),
                )
            })?;
            (format!("the script {}", path.display()), text)
        }
    };
    if c.platform == Platform::Unix && !text.starts_with(b"#!") {
        text.splice(0..0, SHEBANG.bytes());
    }
    let path = c.new_script_path();
    let failed = |why: String| Diagnostic::error("Script failed", format!("Error running {what} as {path}: {why}"));
    copy_text(session, &path, &text, c.platform).await.map_err(|e| failed(format!("could not copy it there: {e}.")))?;
    let result = run_copied(c, session, &path, tell).await;
    let removed = match c.platform {
        Platform::Unix => exec::run(session, &format!("rm -f {}", quote(&path, c.platform)), tell).await,
        Platform::Windows => {
            let path = path.replace('/', "\\");
            exec::run(session, &format!("del {}", quote(&path, c.platform)), tell).await
        }
    };
    match removed {
        Ok(Ended::Status(0)) => {}
        // The script's own result counts for more.
        Ok(ended) => tell(Line::Progress(format!("Could not remove {path}: the command for it {ended}."))),
        Err(e) => tell(Line::Progress(format!("Could not remove {path}: {e}."))),
    }
    result.map_err(failed)
}

async fn run_copied(c: &Connection, session: &Session, path: &str, tell: Tell<'_>) -> Result<(), String> {
    let word = quote(path, c.platform);
    if c.platform == Platform::Unix {
        match exec::run(session, &format!("chmod 0777 {word}"), tell).await {
            Ok(Ended::Status(0)) => {}
            Ok(ended) => return Err(format!("could not make it executable: chmod {ended}.")),
            Err(e) => return Err(format!("could not make it executable: {e}.")),
        }
    }
    match exec::run(session, &word, tell).await {
        Ok(Ended::Status(0)) => Ok(()),
        Ok(ended) => Err(format!("it {ended}.")),
        Err(e) => Err(format!("{e}.")),
    }
}

/// Connects and copies a file, a folder or a text.
pub async fn upload(connection: &Connection, content: &Content, destination: &str) -> Result<(), Diagnostic> {
    let session = connect(connection).await?;
    let copied = match content {
        Content::Text(text) => copy_text(&session, destination, text.as_bytes(), connection.platform).await,
        Content::Path(path) => copy_path(&session, destination, path, connection.platform).await,
    };
    copied.map_err(|why| Diagnostic::error("Upload failed", format!("Error copying to {destination:?}: {why}.")))?;
    session.close().await;
    Ok(())
}

/// The folder and the name in a path there.
fn parted(path: &str, platform: Platform) -> Result<(String, String), String> {
    let path = if platform == Platform::Windows { path.replace('\\', "/") } else { path.to_owned() };
    match path.rsplit_once('/') {
        Some((_, "")) => Err("it is to be the path of the file there, its name included, and ends with a slash".into()),
        Some(("", name)) => Ok(("/".into(), name.into())),
        Some((folder, name)) => Ok((folder.into(), name.into())),
        None => Ok((".".into(), path)),
    }
}

async fn copy_text(session: &Session, to: &str, text: &[u8], platform: Platform) -> Result<(), String> {
    let (folder, name) = parted(to, platform)?;
    let mut receiver = Receiver::start(session, &folder, false, platform).await?;
    receiver.file(&name, text.len() as u64, text).await?;
    receiver.finish().await
}

async fn copy_path(session: &Session, to: &str, path: &Path, platform: Platform) -> Result<(), String> {
    let failed = |e: std::io::Error| format!("could not read {}: {e}", path.display());
    let meta = tokio::fs::metadata(path).await.map_err(failed)?;
    if !meta.is_dir() {
        let (folder, name) = parted(to, platform)?;
        let file = tokio::fs::File::open(path).await.map_err(failed)?;
        let mut receiver = Receiver::start(session, &folder, false, platform).await?;
        receiver.file(&name, meta.len(), file).await?;
        return receiver.finish().await;
    }
    let whole = !path.to_string_lossy().ends_with('/');
    let name = match path.file_name() {
        Some(name) => Some(name.to_owned()),
        // The path is "." or ends in "..": the folder's name is not in it.
        None => tokio::fs::canonicalize(path).await.map_err(failed)?.file_name().map(ToOwned::to_owned),
    };
    let name = name.as_deref().and_then(|n| n.to_str()).filter(|_| whole);
    let mut receiver = Receiver::start(session, to, true, platform).await?;
    receiver.folder(path, name).await?;
    receiver.finish().await
}
