//! An SSH server on loopback that runs what it is told with `/bin/sh` in a folder of its own.
//!
//! Its `scp` is written here, so that the tests need none on the machine; files are written by a child process, because a script
//! that a process has open for writing while another thread starts a program cannot be run ("text file busy").
#![allow(dead_code, reason = "each test program uses a part")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::certificate::{Builder as CertificateBuilder, CertType};
use russh::keys::{Algorithm, Certificate, PrivateKey, PublicKey};
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Response, Session};
use russh::{Channel, ChannelId, Pty};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

/// Who may log in as the user `test`.
#[derive(Clone, Default)]
pub struct Rules {
    pub password: Option<String>,
    /// Whether the password is asked for, instead of taken unasked.
    pub asks: bool,
    pub key: Option<PublicKey>,
    /// Whose certificates log in.
    pub authority: Option<PublicKey>,
    /// Signs the host's key.
    pub host_authority: Option<PrivateKey>,
    /// Whether the program `scp` of this machine receives, instead of the one written here.
    pub real_scp: bool,
}

impl Rules {
    pub fn password(password: &str) -> Self {
        Self { password: Some(password.into()), ..Self::default() }
    }
}

/// The server. It ends with the value.
pub struct Server {
    pub port: u16,
    /// What `host_key` is to be.
    pub host_key: String,
    folder: tempfile::TempDir,
    log: Arc<Mutex<Vec<String>>>,
    runtime: Option<Runtime>,
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub fn new_key() -> PrivateKey {
    PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).unwrap()
}

/// A private key as a file holds it.
pub fn text_of(key: &PrivateKey) -> String {
    key.to_openssh(LineEnding::LF).unwrap().to_string()
}

/// A certificate that is good for an hour, for a user or a host of this name.
pub fn certificate(kind: CertType, key: &PublicKey, name: &str, authority: &PrivateKey) -> Certificate {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut rng = russh::keys::key::safe_rng();
    let mut builder = CertificateBuilder::new_with_random_nonce(&mut rng, key.clone(), now - 60, now + 3600).unwrap();
    builder.cert_type(kind).unwrap().key_id("test").unwrap().valid_principal(name).unwrap();
    builder.sign(authority).unwrap()
}

impl Server {
    pub fn start(rules: Rules) -> Self {
        let key = new_key();
        let host_key = key.public_key().to_openssh().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let log = Arc::new(Mutex::new(Vec::new()));
        let by = rules.host_authority.as_ref();
        let certificates = by.map(|by| certificate(CertType::Host, key.public_key(), "127.0.0.1", by));
        let client = Client { rules, folder: folder.path().into(), log: log.clone(), channels: HashMap::new() };
        let config = Arc::new(Config {
            auth_rejection_time: Duration::ZERO,
            keys: vec![key],
            certificates: certificates.into_iter().collect(),
            ..Config::default()
        });
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((tcp, _)) = listener.accept().await {
                let (config, client) = (config.clone(), client.clone());
                tokio::spawn(async move {
                    if let Ok(session) = russh::server::run_stream(config, tcp, client).await {
                        // A client that went away is no matter.
                        let _ = session.await;
                    }
                });
            }
        });
        Self { port, host_key, folder, log, runtime: Some(runtime) }
    }

    /// A path in the folder that commands run in.
    pub fn path(&self, path: &str) -> String {
        self.folder.path().join(path).to_string_lossy().into_owned()
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|e| format!("{path}: {e}"))
    }

    /// Names in a folder, sorted.
    pub fn names(&self, path: &str) -> Vec<String> {
        let list = std::fs::read_dir(self.path(path)).unwrap();
        let mut names: Vec<_> = list.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// What was asked of it, in order: logins, terminals, commands, announced files.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Whether something was asked that starts so.
    pub fn saw(&self, start: &str) -> bool {
        self.log().iter().any(|l| l.starts_with(start))
    }
}

#[derive(Clone)]
struct Client {
    rules: Rules,
    folder: PathBuf,
    log: Arc<Mutex<Vec<String>>>,
    channels: HashMap<ChannelId, Arc<Mutex<Option<Channel<Msg>>>>>,
}

impl Client {
    fn note(&self, what: String) {
        self.log.lock().unwrap().push(what);
    }

    fn decide(&self, how: &str, user: &str, fits: bool) -> Auth {
        self.note(format!("login {how} {user} {fits}"));
        if fits && user == "test" { Auth::Accept } else { Auth::reject() }
    }
}

impl Handler for Client {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        let fits = !self.rules.asks && self.rules.password.as_deref() == Some(password);
        Ok(self.decide("password", user, fits))
    }

    async fn auth_publickey(&mut self, user: &str, key: &PublicKey) -> Result<Auth, Self::Error> {
        let fits = self.rules.key.as_ref().is_some_and(|k| k.key_data() == key.key_data());
        Ok(self.decide("key", user, fits))
    }

    async fn auth_openssh_certificate(&mut self, user: &str, shown: &Certificate) -> Result<Auth, Self::Error> {
        let fits = self.rules.authority.as_ref().is_some_and(|a| a.key_data() == shown.signature_key());
        Ok(self.decide("certificate", user, fits))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        if !self.rules.asks {
            return Ok(Auth::reject());
        }
        let Some(mut response) = response else {
            let prompts = vec![("Password: ".into(), false)].into();
            return Ok(Auth::Partial { name: "".into(), instructions: "".into(), prompts });
        };
        let fits = response.next().is_some_and(|r| Some(&*r) == self.rules.password.as_deref().map(str::as_bytes));
        Ok(self.decide("answer", user, fits))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        self.channels.insert(channel.id(), Arc::new(Mutex::new(Some(channel))));
        reply.accept().await;
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        self.note(format!("forward {host}:{port}"));
        match TcpStream::connect((host, u16::try_from(port).unwrap())).await {
            Ok(mut tcp) => {
                reply.accept().await;
                tokio::spawn(async move {
                    let _ = tokio::io::copy_bidirectional(&mut channel.into_stream(), &mut tcp).await;
                });
            }
            Err(_) => reply.reject(russh::ChannelOpenFailure::ConnectFailed).await,
        }
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        term: &str,
        _: u32,
        _: u32,
        _: u32,
        _: u32,
        _: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.note(format!("terminal {term}"));
        session.channel_success(channel)
    }

    async fn exec_request(&mut self, id: ChannelId, data: &[u8], session: &mut Session) -> Result<(), Self::Error> {
        // Terraform quotes the program's name.
        let command = String::from_utf8_lossy(data).trim().replace("'scp'", "scp");
        self.note(format!("run {command}"));
        let channel = self.channels.remove(&id).and_then(|c| c.lock().unwrap().take()).unwrap();
        session.channel_success(id)?;
        let (handle, folder, log) = (session.handle(), self.folder.clone(), self.log.clone());
        let real_scp = self.rules.real_scp;
        tokio::spawn(async move {
            let status = if real_scp && command.starts_with("scp ") {
                piped(channel, &command, &folder).await
            } else if let Some((flags, target)) = command.strip_prefix("scp ").and_then(|c| c.split_once(' ')) {
                let target = folder.join(target.trim_matches('\''));
                u32::from(receive(channel.into_stream(), target, flags.contains('r'), &log).await.is_err())
            } else {
                let mut shell = tokio::process::Command::new("/bin/sh");
                shell.arg("-c").arg(&command).current_dir(&folder).env("HOME", &folder);
                let done = shell.stdin(Stdio::null()).output().await.unwrap();
                channel.data_bytes(done.stdout).await.unwrap();
                channel.extended_data_bytes(1, done.stderr).await.unwrap();
                u32::try_from(done.status.code().unwrap_or(255)).unwrap()
            };
            let _ = handle.exit_status_request(id, status).await;
            let _ = handle.eof(id).await;
            let _ = handle.close(id).await;
        });
        Ok(())
    }
}

/// Runs a command that reads what the client sends.
async fn piped(channel: Channel<Msg>, command: &str, folder: &Path) -> u32 {
    let mut shell = tokio::process::Command::new("/bin/sh");
    shell.arg("-c").arg(command).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = shell.stderr(Stdio::piped()).spawn().unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut stderr = child.stderr.take().unwrap();
    let (mut read, write) = channel.split();
    let (mut out, mut err) = (write.make_writer(), write.make_writer_ext(Some(1)));
    let input = async move {
        while let Some(message) = read.wait().await {
            match message {
                russh::ChannelMsg::Data { data } => stdin.write_all(&data).await.unwrap(),
                russh::ChannelMsg::Eof => break,
                _ => {}
            }
        }
    };
    let output = tokio::io::copy(&mut stdout, &mut out);
    let (status, ..) = tokio::join!(child.wait(), input, output, tokio::io::copy(&mut stderr, &mut err));
    u32::try_from(status.unwrap().code().unwrap_or(255)).unwrap()
}

/// The receiving side of the scp protocol.
async fn receive(
    stream: impl AsyncRead + AsyncWrite,
    target: PathBuf,
    folders: bool,
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let (read, mut write) = tokio::io::split(stream);
    let mut read = BufReader::new(read);
    if !target.is_dir() {
        let text = format!("\u{1}scp: {}: No such file or directory\n", target.display());
        write.write_all(text.as_bytes()).await?;
        return Err(std::io::Error::other("no such folder"));
    }
    let mut at = vec![target];
    loop {
        write.write_all(&[0]).await?;
        write.flush().await?;
        let mut line = String::new();
        if read.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        log.lock().unwrap().push(format!("scp {line}"));
        let here = at.last().unwrap().clone();
        let mut words = line.splitn(3, ' ');
        let (kind, size, name) = (words.next().unwrap(), words.next(), words.next());
        match (&kind[..1], size, name) {
            ("C", Some(size), Some(name)) => {
                write.write_all(&[0]).await?;
                write.flush().await?;
                let mut content = vec![0; size.parse().unwrap()];
                read.read_exact(&mut content).await?;
                assert_eq!(read.read_u8().await?, 0, "the end of a file");
                put(&here.join(name), &kind[1..], &content).await?;
            }
            ("D", Some("0"), Some(name)) if folders => {
                std::fs::create_dir_all(here.join(name))?;
                at.push(here.join(name));
            }
            ("E", None, None) if at.len() > 1 => {
                at.pop();
            }
            _ => return Err(std::io::Error::other("not of the protocol")),
        }
    }
}

async fn put(path: &Path, mode: &str, content: &[u8]) -> std::io::Result<()> {
    let mut shell = tokio::process::Command::new("/bin/sh");
    shell.args(["-c", "cat > \"$1\" && chmod \"$2\" \"$1\"", "put"]).arg(path).arg(mode).stdin(Stdio::piped());
    let mut child = shell.spawn()?;
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(content).await?;
    drop(stdin);
    assert!(child.wait().await?.success(), "{}", path.display());
    Ok(())
}
