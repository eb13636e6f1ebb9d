//! A server that says what it is told to say, and remembers what it was asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub struct Server {
    pub address: SocketAddr,
    /// The heads and bodies of what was asked.
    pub asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Gives these answers, one to a connection, the last again and again.
    pub async fn new(answers: Vec<Vec<u8>>) -> Self {
        Self::start(answers, None).await
    }

    /// The same over TLS, with a certificate and its key in PEM.
    pub async fn secure(answers: Vec<Vec<u8>>, chain: &str, key: &str) -> Self {
        let chain = CertificateDer::pem_slice_iter(chain.as_bytes()).collect::<Result<Vec<_>, _>>().unwrap();
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        Self::start(answers, Some(tokio_rustls::TlsAcceptor::from(Arc::new(config)))).await
    }

    async fn start(answers: Vec<Vec<u8>>, tls: Option<tokio_rustls::TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let memory = asked.clone();
        tokio::spawn(async move {
            for i in 0.. {
                let (socket, _) = listener.accept().await.unwrap();
                let answer = answers[i.min(answers.len() - 1)].clone();
                match &tls {
                    // One that does not trust the certificate hangs up.
                    Some(tls) => match tls.accept(socket).await {
                        Ok(stream) => serve(stream, &answer, &memory).await,
                        Err(_) => continue,
                    },
                    None => serve(socket, &answer, &memory).await,
                }
            }
        });
        Self { address, asked }
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &[u8], memory: &Mutex<Vec<String>>) {
    let mut text = String::new();
    loop {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(n) => text.push_str(&String::from_utf8_lossy(&buffer[..n])),
        }
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let lower = head.to_lowercase();
        let length =
            lower.split("content-length: ").nth(1).and_then(|l| l.lines().next()).map_or(0, |l| l.parse().unwrap());
        if body.len() >= length {
            break;
        }
    }
    memory.lock().unwrap().push(text);
    let _ = stream.write_all(answer).await;
    let _ = stream.shutdown().await;
}

/// A proxy that makes tunnels; gives the first lines of what it was asked.
pub async fn proxy() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, asked) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
    let memory: Arc<Mutex<Vec<String>>> = asked.clone();
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(client.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap();
            let target = head.split(' ').nth(1).unwrap().to_owned();
            memory.lock().unwrap().push(head);
            tokio::spawn(async move {
                let mut server = TcpStream::connect(target).await.unwrap();
                client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    (address, asked)
}

/// An answer with these headers and this body.
pub fn answer(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let headers: String = headers.iter().map(|h| format!("{h}\r\n")).collect();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}
