//! Copying to the other machine with the scp protocol over a channel: the receiving side is the program `scp` there.
//!
//! `C0644 SIZE NAME` announces a file, `D0755 0 NAME` opens a folder, `E` closes it; the receiver answers each with a zero byte,
//! or with one or two and a message. Everything arrives with these permissions, whatever it has here: Terraform 1.11 sends no others.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use russh::client::Msg;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::arguments::Platform;
use crate::connect::Session;
use crate::exec::Ended;

/// What a file is sent in.
const CHUNK: usize = 32 * 1024;
/// How much of what the receiver says is kept for an error.
const SAID: usize = 4 * 1024;

/// The channel to a receiving `scp`.
pub(crate) struct Receiver {
    read: ChannelReadHalf,
    write: ChannelWriteHalf<Msg>,
    answers: VecDeque<u8>,
    said: Vec<u8>,
    ended: Option<Ended>,
}

impl Receiver {
    /// Starts `scp` there, to receive into a folder or, with `folders`, whole trees.
    pub async fn start(session: &Session, into: &str, folders: bool, platform: Platform) -> Result<Self, String> {
        let channel = session.handle.channel_open_session().await.map_err(|e| e.to_string())?;
        // With `d` the target must be a folder. Without it a missing folder becomes a file of its name, and that is no error.
        let flags = if folders { "-rvtd" } else { "-vtd" };
        let command = format!("scp {flags} {}", quote(into, platform));
        channel.exec(true, command).await.map_err(|e| e.to_string())?;
        let (read, write) = channel.split();
        let mut receiver = Self { read, write, answers: VecDeque::new(), said: Vec::new(), ended: None };
        receiver.answer().await?;
        Ok(receiver)
    }

    /// Sends a file: as many bytes as `size` says.
    pub async fn file(&mut self, name: &str, size: u64, mut content: impl AsyncRead + Unpin) -> Result<(), String> {
        self.line(&format!("C0644 {size} {}", fitting(name)?)).await?;
        let mut left = size;
        let mut chunk = vec![0; CHUNK];
        while left > 0 {
            let most = CHUNK.min(usize::try_from(left).unwrap_or(CHUNK));
            let n = content.read(&mut chunk[..most]).await.map_err(|e| format!("could not read {name:?}: {e}"))?;
            if n == 0 {
                return Err(format!("{name:?} became shorter while it was read"));
            }
            self.send(chunk[..n].to_vec()).await?;
            left -= n as u64;
        }
        self.send(vec![0]).await?;
        self.answer().await
    }

    /// Sends what is in a folder, and the folder itself around it if it has a `name`.
    pub async fn folder(&mut self, path: &Path, name: Option<&str>) -> Result<(), String> {
        let mut around = Vec::new();
        if let Some(name) = name {
            self.line(&format!("D0755 0 {}", fitting(name)?)).await?;
        }
        self.entries(path, &mut around).await?;
        if name.is_some() {
            self.line("E").await?;
        }
        Ok(())
    }

    async fn entries(&mut self, folder: &Path, around: &mut Vec<PathBuf>) -> Result<(), String> {
        let failed = |path: &Path, e: std::io::Error| format!("could not read {}: {e}", path.display());
        let real = tokio::fs::canonicalize(folder).await.map_err(|e| failed(folder, e))?;
        if around.contains(&real) {
            return Err(format!("{} is a link to a folder that it is in", folder.display()));
        }
        around.push(real);
        let mut list = tokio::fs::read_dir(folder).await.map_err(|e| failed(folder, e))?;
        let mut paths = Vec::new();
        while let Some(entry) = list.next_entry().await.map_err(|e| failed(folder, e))? {
            paths.push(entry.path());
        }
        paths.sort();
        for path in paths {
            let name = path.file_name().and_then(|n| n.to_str());
            let name = name.ok_or_else(|| format!("the name of {} is no UTF-8", path.display()))?;
            // Links stand for what they lead to.
            let meta = tokio::fs::metadata(&path).await.map_err(|e| failed(&path, e))?;
            if meta.is_dir() {
                self.line(&format!("D0755 0 {}", fitting(name)?)).await?;
                Box::pin(self.entries(&path, around)).await?;
                self.line("E").await?;
            } else if meta.is_file() {
                let file = tokio::fs::File::open(&path).await.map_err(|e| failed(&path, e))?;
                self.file(name, meta.len(), file).await?;
            } else {
                return Err(format!("{} is neither a file nor a folder", path.display()));
            }
        }
        around.pop();
        Ok(())
    }

    /// Waits for the receiver to end.
    pub async fn finish(mut self) -> Result<(), String> {
        self.write.eof().await.map_err(|e| e.to_string())?;
        while let Some(message) = self.read.wait().await {
            self.take(message);
        }
        match self.ended {
            Some(Ended::Status(0)) => Ok(()),
            _ => Err(self.failure()),
        }
    }

    async fn line(&mut self, text: &str) -> Result<(), String> {
        self.send(format!("{text}\n").into_bytes()).await?;
        self.answer().await
    }

    /// Sends bytes, and takes in what comes meanwhile: the connection would stand still otherwise.
    async fn send(&mut self, bytes: Vec<u8>) -> Result<(), String> {
        let mut taken = Vec::new();
        let sent = {
            let Self { read, write, .. } = self;
            let sending = write.data_bytes(bytes);
            tokio::pin!(sending);
            let mut open = true;
            loop {
                tokio::select! {
                    sent = &mut sending => break sent,
                    message = read.wait(), if open => match message {
                        Some(message) => taken.push(message),
                        None => open = false,
                    },
                }
            }
        };
        for message in taken {
            self.take(message);
        }
        sent.map_err(|e| match self.said.is_empty() && self.ended.is_none() {
            true => e.to_string(),
            false => self.failure(),
        })
    }

    fn take(&mut self, message: ChannelMsg) {
        match message {
            ChannelMsg::Data { data } => self.answers.extend(data.iter()),
            ChannelMsg::ExtendedData { data, .. } => {
                self.said.extend(data.iter());
                let over = self.said.len().saturating_sub(SAID);
                self.said.drain(..over);
            }
            ChannelMsg::ExitStatus { exit_status } => self.ended = Some(Ended::Status(exit_status)),
            ChannelMsg::ExitSignal { signal_name, .. } => self.ended = Some(Ended::Signal(format!("{signal_name:?}"))),
            ChannelMsg::Failure => self.said = b"the server refuses to run commands".to_vec(),
            _ => {}
        }
    }

    async fn byte(&mut self) -> Option<u8> {
        loop {
            if let Some(byte) = self.answers.pop_front() {
                return Some(byte);
            }
            let message = self.read.wait().await?;
            let refused = matches!(message, ChannelMsg::Failure);
            self.take(message);
            if refused {
                return None;
            }
        }
    }

    async fn answer(&mut self) -> Result<(), String> {
        match self.byte().await {
            Some(0) => Ok(()),
            Some(1 | 2) => {
                let mut text = Vec::new();
                while let Some(byte) = self.byte().await.filter(|b| *b != b'\n') {
                    text.push(byte);
                }
                Err(format!("scp there says: {}", String::from_utf8_lossy(&text).trim()))
            }
            Some(_) => Err(
                "scp there answers in a way that is not of its protocol; does the login of this user print something?"
                    .into(),
            ),
            None => Err(self.failure()),
        }
    }

    /// What is known about an early end.
    fn failure(&self) -> String {
        let said = String::from_utf8_lossy(&self.said);
        let said = said.trim();
        match &self.ended {
            Some(Ended::Status(127)) => format!("there is no program \"scp\" on the machine. {said}"),
            Some(ended) => format!("scp there {ended}. {said}"),
            None if said.is_empty() => "the connection was lost".into(),
            None => said.to_owned(),
        }
    }
}

/// A name that the protocol can carry.
fn fitting(name: &str) -> Result<&str, String> {
    let bad = name.is_empty() || name == "." || name == ".." || name.contains(['\n', '\0']);
    if bad { Err(format!("{name:?} cannot be the name of a file")) } else { Ok(name) }
}

/// One word for the shell there. A leading `~` keeps its meaning.
pub(crate) fn quote(word: &str, platform: Platform) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./~-".contains(c);
    if !word.is_empty() && word.chars().all(plain) && !word.starts_with('-') {
        return word.to_owned();
    }
    match platform {
        Platform::Windows => format!("\"{}\"", word.replace('"', "")),
        Platform::Unix => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_they_must_be() {
        assert_eq!(quote("/tmp/a-b_1.sh", Platform::Unix), "/tmp/a-b_1.sh");
        assert_eq!(quote("~/x", Platform::Unix), "~/x");
        assert_eq!(quote("/a b/$(x)'s", Platform::Unix), "'/a b/$(x)'\\''s'");
        assert_eq!(quote("-x", Platform::Unix), "'-x'");
        assert_eq!(quote("C:/a b", Platform::Windows), "\"C:/a b\"");
    }
}
