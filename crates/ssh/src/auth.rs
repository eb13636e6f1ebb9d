//! Logging in: the key, the password, then what an agent holds, as Terraform does it.

use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::agent::AgentIdentity;
use russh::keys::{HashAlg, PrivateKeyWithHashAlg};

use crate::agent;
use crate::arguments::{AgentUse, Login};
use crate::host_key::Server;
use crate::secret::Secret;

/// Logs in. The error says what was tried and never a secret.
pub(crate) async fn log_in(
    session: &mut Handle<Server>,
    login: &Login,
    agent: AgentUse,
    identity: Option<&str>,
) -> Result<(), String> {
    let mut attempt = Attempt { session, user: login.user.value.clone(), tried: Vec::new() };
    if let Some(key) = &login.key {
        if let Some(certificate) = &login.certificate {
            let (user, key, certificate) = (attempt.user.clone(), key.clone(), certificate.clone());
            let result = attempt.session.authenticate_openssh_cert(user, key, certificate).await;
            if attempt.took("certificate", result)? {
                return Ok(());
            }
        }
        // With a certificate the bare key is not tried, but where it alone is given.
        if login.certificate.is_none() {
            for hash in attempt.hashes(key.algorithm().is_rsa()).await? {
                let key = PrivateKeyWithHashAlg::new(key.clone(), hash);
                let result = attempt.session.authenticate_publickey(attempt.user.clone(), key).await;
                if attempt.took("private_key", result)? {
                    return Ok(());
                }
            }
        }
    }
    if let Some(password) = &login.password {
        let result = attempt.session.authenticate_password(attempt.user.clone(), password.reveal()).await;
        if attempt.took("password", result)? || attempt.answer(password).await? {
            return Ok(());
        }
    }
    if agent == AgentUse::Required || (agent == AgentUse::IfThere && agent::is_there()) {
        match attempt.ask_agent(identity).await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(e) => return Err(format!("{}{e}", attempt.refused())),
        }
    }
    if attempt.tried.is_empty() {
        let none = attempt.session.authenticate_none(attempt.user.clone()).await;
        if attempt.took("", none)? {
            return Ok(());
        }
        return Err(
            "it wants a login, and none is given: set \"private_key\" or \"password\", or have an SSH agent".into()
        );
    }
    Err(format!("it refuses the login with {}", attempt.tried.join(", ")))
}

struct Attempt<'a> {
    session: &'a mut Handle<Server>,
    user: String,
    tried: Vec<String>,
}

impl Attempt<'_> {
    /// Whether this was enough; where it was a part of what is wanted, the next one goes on.
    fn took(&mut self, what: &str, result: Result<AuthResult, russh::Error>) -> Result<bool, String> {
        if !what.is_empty() && !self.tried.iter().any(|t| t == what) {
            self.tried.push(what.to_owned());
        }
        match result {
            Ok(result) if result.success() => Ok(true),
            Ok(_) if self.session.is_closed() => Err(format!("{}it ended the connection", self.refused())),
            Ok(_) => Ok(false),
            Err(e) => Err(format!("{}{e}", self.refused())),
        }
    }

    fn refused(&self) -> String {
        if self.tried.is_empty() { String::new() } else { format!("login with {}: ", self.tried.join(", ")) }
    }

    /// The ways to sign with an RSA key, best first; one for other keys, where it is ignored.
    async fn hashes(&self, is_rsa: bool) -> Result<Vec<Option<HashAlg>>, String> {
        if !is_rsa {
            return Ok(vec![None]);
        }
        // Servers that do not say what they take are old ones (RFC 8308 is of 2018): SHA-1 may be all they know.
        match self.session.best_supported_rsa_hash().await {
            Ok(Some(best)) => Ok(vec![best]),
            Ok(None) => Ok(vec![Some(HashAlg::Sha256), None]),
            Err(e) => Err(e.to_string()),
        }
    }

    /// Gives the password to every question: servers ask for it in this way when they forbid the plain one.
    async fn answer(&mut self, password: &Secret) -> Result<bool, String> {
        let start = self.session.authenticate_keyboard_interactive_start(self.user.clone(), None).await;
        let mut response = start.map_err(|e| format!("{}{e}", self.refused()))?;
        // A server may ask again and again; so often nobody asks for a password.
        for _ in 0..8 {
            match response {
                KeyboardInteractiveAuthResponse::Success => return Ok(true),
                KeyboardInteractiveAuthResponse::Failure { .. } => return Ok(false),
                KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => {
                    let answers = prompts.iter().map(|_| password.reveal().to_owned()).collect();
                    let next = self.session.authenticate_keyboard_interactive_respond(answers).await;
                    response = next.map_err(|e| format!("{}{e}", self.refused()))?;
                }
            }
        }
        Ok(false)
    }

    async fn ask_agent(&mut self, preferred: Option<&str>) -> Result<bool, String> {
        let (mut agent, identities) = agent::identities(preferred).await?;
        let what = format!("the SSH agent ({} identities)", identities.len());
        self.tried.push(what.clone());
        for identity in identities {
            let is_rsa = identity.public_key().algorithm().is_rsa();
            for hash in self.hashes(is_rsa).await? {
                let user = self.user.clone();
                let result = match &identity {
                    AgentIdentity::PublicKey { key, .. } => {
                        self.session.authenticate_publickey_with(user, key.clone(), hash, &mut agent).await
                    }
                    AgentIdentity::Certificate { certificate, .. } => {
                        self.session.authenticate_certificate_with(user, certificate.clone(), hash, &mut agent).await
                    }
                };
                match result {
                    Ok(result) if result.success() => return Ok(true),
                    Ok(_) if self.session.is_closed() => {
                        return Err(
                            "it ended the connection, after too many identities perhaps: set \"agent_identity\"".into(),
                        );
                    }
                    Ok(_) => {}
                    Err(e) => return Err(format!("the SSH agent does not sign: {e}")),
                }
            }
        }
        Ok(false)
    }
}
