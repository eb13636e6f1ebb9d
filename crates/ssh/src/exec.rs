//! One command on the other machine.

use russh::client::Msg;
use russh::{Channel, ChannelMsg, Pty};

use crate::connect::Session;
use crate::remote::Tell;

/// How a command ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Status(u32),
    Signal(String),
    /// The connection or the channel ended before the command did.
    Lost,
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Ended::Status(code) => write!(f, "ended with exit status {code}"),
            Ended::Signal(name) => write!(f, "was ended by the signal {name}"),
            Ended::Lost => f.write_str("did not say how it ended: the connection was lost"),
        }
    }
}

/// A line longer than this is told in parts.
const LINE: usize = 64 * 1024;

/// Runs a command on a terminal without echo, as Terraform does (`sudo` may insist on a terminal), and tells its output line by
/// line.
pub(crate) async fn run(session: &Session, command: &str, tell: Tell<'_>) -> Result<Ended, String> {
    let mut channel = session.handle.channel_open_session().await.map_err(|e| e.to_string())?;
    if session.forwards_agent {
        channel.agent_forward(true).await.map_err(|e| e.to_string())?;
        // Servers may forbid it; what needs the agent will say so.
        granted(&mut channel).await;
    }
    channel.request_pty(true, "xterm", 80, 40, 0, 0, &[(Pty::ECHO, 0)]).await.map_err(|e| e.to_string())?;
    // Without a terminal most commands run as well.
    granted(&mut channel).await;
    channel.exec(true, command).await.map_err(|e| e.to_string())?;
    let (mut out, mut err) = (Lines::new(tell), Lines::new(tell));
    let mut ended = Ended::Lost;
    while let Some(message) = channel.wait().await {
        match message {
            ChannelMsg::Data { data } => out.add(&data),
            ChannelMsg::ExtendedData { data, .. } => err.add(&data),
            ChannelMsg::ExitStatus { exit_status } => ended = Ended::Status(exit_status),
            ChannelMsg::ExitSignal { signal_name, .. } => ended = Ended::Signal(format!("{signal_name:?}")),
            ChannelMsg::Failure => return Err("the server refuses to run commands".into()),
            _ => {}
        }
    }
    out.end();
    err.end();
    Ok(ended)
}

/// Whether the last request was granted.
async fn granted(channel: &mut Channel<Msg>) -> bool {
    loop {
        match channel.wait().await {
            Some(ChannelMsg::Success) => return true,
            Some(ChannelMsg::Failure) | None => return false,
            Some(_) => {}
        }
    }
}

struct Lines<'a> {
    tell: Tell<'a>,
    rest: Vec<u8>,
}

impl<'a> Lines<'a> {
    fn new(tell: Tell<'a>) -> Self {
        Self { tell, rest: Vec::new() }
    }

    fn add(&mut self, data: &[u8]) {
        for part in data.split_inclusive(|b| *b == b'\n') {
            self.rest.extend(part);
            if self.rest.ends_with(b"\n") || self.rest.len() > LINE {
                self.end();
            }
        }
    }

    fn end(&mut self) {
        if !self.rest.is_empty() {
            (self.tell)(String::from_utf8_lossy(&self.rest).trim_end_matches(['\n', '\r']).to_owned());
            self.rest.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn output_is_told_in_lines_however_it_comes() {
        let told = Mutex::new(Vec::new());
        let tell = |line: String| told.lock().unwrap_or_else(|e| e.into_inner()).push(line);
        let mut lines = Lines::new(&tell);
        for part in ["a", "b\r\nc\n\nd", "e"] {
            lines.add(part.as_bytes());
        }
        lines.end();
        lines.end();
        assert_eq!(*told.lock().unwrap_or_else(|e| e.into_inner()), ["ab", "c", "", "de"]);
    }
}
