//! The SSH agent of the one who runs craton.

use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::ssh_key::public::KeyData;

/// Whether the environment names an agent.
pub(crate) fn is_there() -> bool {
    std::env::var_os("SSH_AUTH_SOCK").is_some_and(|v| !v.is_empty())
}

/// A connection to the agent.
#[cfg(unix)]
pub(crate) async fn stream() -> Result<tokio::net::UnixStream, String> {
    let Some(path) = std::env::var_os("SSH_AUTH_SOCK").filter(|v| !v.is_empty()) else {
        return Err("SSH_AUTH_SOCK is not set in the environment, so there is no SSH agent to ask".into());
    };
    tokio::net::UnixStream::connect(&path)
        .await
        .map_err(|e| format!("the SSH agent at {}, named by SSH_AUTH_SOCK, cannot be reached: {e}", path.display()))
}

#[cfg(not(unix))]
pub(crate) async fn stream() -> Result<tokio::net::TcpStream, String> {
    Err("SSH agents are supported on Unix only".into())
}

/// The agent, and the identities that it holds, the preferred one first.
pub(crate) async fn identities(
    preferred: Option<&str>,
) -> Result<
    (AgentClient<impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static>, Vec<AgentIdentity>),
    String,
> {
    let mut agent = AgentClient::connect(stream().await?);
    let mut all =
        agent.request_identities().await.map_err(|e| format!("the SSH agent does not tell its identities: {e}"))?;
    if let Some(preferred) = preferred {
        let key = named_by_file(preferred).await;
        let is_meant = |i: &AgentIdentity| i.comment() == preferred || key.as_ref() == Some(i.public_key().key_data());
        all.sort_by_key(|i| !is_meant(i));
    }
    Ok((agent, all))
}

/// The public key in the file that an `agent_identity` may name, with or without `.pub`.
async fn named_by_file(path: &str) -> Option<KeyData> {
    for path in [format!("{path}.pub"), path.to_owned()] {
        if let Ok(text) = tokio::fs::read_to_string(&path).await
            && let Ok(key) = russh::keys::PublicKey::from_openssh(text.trim())
        {
            return Some(key.key_data().clone());
        }
    }
    None
}
