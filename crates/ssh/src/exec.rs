//! One command on the other machine.

use russh::{ChannelMsg, Pty};

use crate::connect::Session;
use crate::remote::{Line, Tell};

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
const LONGEST: usize = 64 * 1024;

/// Runs a command on a terminal without echo, as Terraform does (`sudo` may insist on a terminal), and tells its output line by
/// line.
pub(crate) async fn run(session: &Session, command: &str, tell: Tell<'_>) -> Result<Ended, String> {
    let mut channel = session.handle.channel_open_session().await.map_err(|e| e.to_string())?;
    // Neither is answered: a server may forbid both, and most commands run all the same.
    if session.forwards_agent {
        channel.agent_forward(false).await.map_err(|e| e.to_string())?;
    }
    channel.request_pty(false, "xterm", 80, 40, 0, 0, &[(Pty::ECHO, 0)]).await.map_err(|e| e.to_string())?;
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
            if self.rest.ends_with(b"\n") || self.rest.len() > LONGEST {
                self.end();
            }
        }
    }

    fn end(&mut self) {
        if !self.rest.is_empty() {
            let line = String::from_utf8_lossy(&self.rest).trim_end_matches(['\n', '\r']).to_owned();
            (self.tell)(Line::Output(line));
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
        let tell = |line: Line| told.lock().unwrap_or_else(|e| e.into_inner()).push(line);
        let mut lines = Lines::new(&tell);
        for part in ["a", "b\r\nc\n\nd", "e"] {
            lines.add(part.as_bytes());
        }
        lines.end();
        lines.end();
        assert_eq!(
            *told.lock().unwrap_or_else(|e| e.into_inner()),
            ["ab", "c", "", "de"].map(|l| Line::Output(l.into()))
        );
    }
}
