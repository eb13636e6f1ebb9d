//! From arguments to a session: proxy, bastion, handshake, login, again and again until the time is over.

use std::borrow::Cow;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use craton_model::Diagnostic;
use russh::client::{self, Config, Handle};
use russh::keys::Algorithm;
use russh::{Disconnect, Preferred};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::arguments::{AgentUse, Connection, Login};
use crate::host_key::{Refusal, Server};
use crate::proxy::{self, Stream};
use crate::{agent, auth};

/// A machine that does not answer is asked anew after this time: it may have another address by then.
const TCP: Duration = Duration::from_secs(15);
/// One attempt with all that belongs to it, an agent that asks its owner too.
const ATTEMPT: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// What is left of the time is too short for another attempt.
const TOO_SHORT: Duration = Duration::from_millis(100);
/// A connection that is silent for twelve of these is lost.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// A machine that craton is logged in to. The connection ends with the value.
pub(crate) struct Session {
    pub handle: Handle<Server>,
    /// Whether what runs there may use the agent here.
    pub forwards_agent: bool,
    /// Carries the connection.
    _bastion: Option<Handle<Server>>,
}

impl Session {
    /// Says goodbye; a connection that is lost needs none.
    pub async fn close(self) {
        let _ = self.handle.disconnect(Disconnect::ByApplication, "", "en").await;
    }
}

/// Connects. Machines that were made a moment ago refuse connections and logins for a while, so whatever fails is tried
/// again until the connection's timeout is over.
pub(crate) async fn connect(c: &Connection) -> Result<Session, Diagnostic> {
    if c.agent == AgentUse::Required && !agent::is_there() {
        let detail = "The connection's \"agent\" is true, but SSH_AUTH_SOCK is not set in the environment: there is no SSH agent. \
                      Start one, or leave \"agent\" out.";
        return Err(Diagnostic::error("No SSH agent", detail));
    }
    let deadline = Instant::now() + c.timeout;
    let mut pause = FIRST_PAUSE;
    let mut last = None;
    loop {
        match timeout_at(deadline, timeout(ATTEMPT, once(c))).await {
            Ok(Ok(Ok(session))) => return Ok(session),
            Ok(Ok(Err(failed))) => last = Some(failed),
            Ok(Err(_)) => last = Some("it takes the connection but does not answer".into()),
            Err(_) => break,
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left < TOO_SHORT {
            break;
        }
        sleep(pause.min(left / 2)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    let last = last.unwrap_or_else(|| "it did not answer".into());
    let Login { host, port, user, .. } = &c.target;
    Err(Diagnostic::error(
        "Connection failed",
        format!(
            "Could not connect to {host}:{port} as {user} within {:?}, the connection's \"timeout\". The last attempt failed: {last}.",
            c.timeout
        ),
    ))
}

async fn once(c: &Connection) -> Result<Session, String> {
    let Some(bastion) = &c.bastion else {
        let stream = first(c, &c.target).await?;
        let handle = begin(c, &c.target, stream).await?;
        return Ok(Session { handle, forwards_agent: forwards(c), _bastion: None });
    };
    let on_bastion = |e: String| format!("the bastion host {}:{}: {e}", bastion.host, bastion.port);
    let stream = first(c, bastion).await.map_err(on_bastion)?;
    let carrier = begin(c, bastion, stream).await.map_err(on_bastion)?;
    let Login { host, port, .. } = &c.target;
    let channel = carrier.channel_open_direct_tcpip(host.value.as_str(), u32::from(*port), "127.0.0.1", 0).await;
    let channel = channel.map_err(|e| on_bastion(format!("it does not connect to {host}:{port}: {e}")))?;
    let handle = begin(c, &c.target, Box::new(channel.into_stream())).await?;
    Ok(Session { handle, forwards_agent: forwards(c), _bastion: Some(carrier) })
}

fn forwards(c: &Connection) -> bool {
    c.agent != AgentUse::Off && agent::is_there()
}

/// The connection that everything else goes through.
async fn first(c: &Connection, to: &Login) -> Result<Box<dyn Stream>, String> {
    let connected = timeout(TCP, async {
        match &c.proxy {
            Some(proxy) => proxy::connect(proxy, &to.host, to.port).await,
            None => {
                let tcp = TcpStream::connect((to.host.value.as_str(), to.port)).await.map_err(|e| e.to_string())?;
                // Small messages in turn, as in the scp protocol, wait for each other otherwise.
                tcp.set_nodelay(true).map_err(|e| e.to_string())?;
                Ok(Box::new(tcp) as Box<dyn Stream>)
            }
        }
    });
    connected.await.unwrap_or_else(|_| Err(format!("no connection within {} seconds", TCP.as_secs())))
}

/// Handshake and login.
async fn begin(c: &Connection, login: &Login, stream: Box<dyn Stream>) -> Result<Handle<Server>, String> {
    let refusal = Refusal::default();
    let server = Server {
        expected: login.host_key.clone(),
        host: login.host.value.clone(),
        refusal: refusal.clone(),
        forward_agent: forwards(c),
    };
    let mut handle = client::connect_stream(Arc::new(config(login)), stream, server).await.map_err(|e| {
        let why = refusal.lock().unwrap_or_else(PoisonError::into_inner).take();
        why.unwrap_or_else(|| e.to_string())
    })?;
    auth::log_in(&mut handle, login, c.agent, c.agent_identity.as_deref()).await?;
    Ok(handle)
}

fn config(login: &Login) -> Config {
    let mut preferred = Preferred::DEFAULT;
    if let Some(expected) = &login.host_key {
        // A server has keys of several types: it is to show the one that is known, or a certificate of an authority.
        let expected = expected.algorithm();
        let is_expected = |a: &Algorithm| *a == expected || (a.clone().is_rsa() && expected.clone().is_rsa());
        let mut keys = preferred.key.to_vec();
        preferred.host_key_certificates = Cow::Owned(keys.clone());
        keys.sort_by_key(|a| !is_expected(a));
        preferred.key = Cow::Owned(keys);
    }
    Config { keepalive_interval: Some(KEEPALIVE), keepalive_max: 12, preferred, ..Config::default() }
}
