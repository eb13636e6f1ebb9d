//! Counts the requests that go to an endpoint: a proxy on loopback which hands every byte on.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

type Counts = Arc<Mutex<BTreeMap<String, u64>>>;

/// Runs until the program ends.
pub(super) struct Proxy {
    /// `http://127.0.0.1:PORT`.
    pub address: String,
    counts: Counts,
}

impl Proxy {
    /// Listens on a free port for what is meant for `upstream` (`127.0.0.1:PORT`).
    ///
    /// # Errors
    /// When no port can be had.
    pub(super) fn start(upstream: &str) -> Result<Self, String> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|e| format!("no port to listen on: {e}"))?;
        let address = listener.local_addr().map_err(|e| format!("no port to listen on: {e}"))?;
        let counts = Counts::default();
        let (upstream, shared) = (upstream.to_string(), counts.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (upstream, counts) = (upstream.clone(), shared.clone());
                // A connection that breaks off is for its client to tell of.
                std::thread::spawn(move || hand_on(client, &upstream, &counts).ok());
            }
        });
        Ok(Self { address: format!("http://{address}"), counts })
    }

    /// What was asked for since the last call, by kind.
    pub(super) fn take(&self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn hand_on(client: TcpStream, upstream: &str, counts: &Counts) -> std::io::Result<()> {
    let mut server = TcpStream::connect(upstream)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut back_from, mut back_to) = (server.try_clone()?, client.try_clone()?);
    std::thread::spawn(move || {
        std::io::copy(&mut back_from, &mut back_to).ok();
        back_to.shutdown(Shutdown::Both).ok();
    });
    let mut client = BufReader::new(client);
    while let Some(head) = head(&mut client)? {
        server.write_all(&head)?;
        let body = body(&mut client, &mut server, &String::from_utf8_lossy(&head))?;
        let kind = kind(&String::from_utf8_lossy(&head), &body);
        *counts.lock().unwrap_or_else(PoisonError::into_inner).entry(kind).or_default() += 1;
    }
    server.shutdown(Shutdown::Write)
}

/// The request line and the headers with the empty line after them; none when the client has no more to ask.
fn head(client: &mut impl BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    loop {
        let start = head.len();
        if client.read_until(b'\n', &mut head)? == 0 {
            return Ok(None);
        }
        if matches!(&head[start..], b"\r\n" | b"\n") && start > 0 {
            return Ok(Some(head));
        }
    }
}

/// Hands the body on and gives it back.
fn body(client: &mut impl BufRead, server: &mut impl Write, head: &str) -> std::io::Result<Vec<u8>> {
    let mut all = Vec::new();
    if header(head, "transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked")) {
        loop {
            let start = all.len();
            client.read_until(b'\n', &mut all)?;
            let line = String::from_utf8_lossy(&all[start..]).into_owned();
            let size = u64::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16).unwrap_or(0);
            // The data, or after the last chunk the trailers, and the line end.
            if size > 0 {
                client.take(size + 2).read_to_end(&mut all)?;
                continue;
            }
            loop {
                let start = all.len();
                if client.read_until(b'\n', &mut all)? <= 2 && all[start..].ends_with(b"\n") || all.len() == start {
                    break;
                }
            }
            break;
        }
    } else if let Some(size) = header(head, "content-length").and_then(|v| v.parse().ok()) {
        client.take(size).read_to_end(&mut all)?;
    }
    server.write_all(&all)?;
    Ok(all)
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().skip(1);
    let mut values = lines.filter_map(|l| l.split_once(':')).filter(|(n, _)| n.trim().eq_ignore_ascii_case(name));
    values.next().map(|(_, value)| value.trim())
}

/// `ec2 DescribeVpcs`; the method and path where the protocol names no operation.
fn kind(head: &str, body: &[u8]) -> String {
    // Credential=KEY/DATE/REGION/SERVICE/aws4_request
    let service =
        header(head, "authorization").and_then(|a| a.split("Credential=").nth(1)?.split('/').nth(3)).unwrap_or("-");
    let body = String::from_utf8_lossy(body);
    let target = header(head, "x-amz-target").and_then(|t| t.rsplit('.').next());
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
    let request = || {
        let line = head.lines().next().unwrap_or_default();
        let mut words = line.split(['?', ' ']);
        format!("{} {}", words.next().unwrap_or_default(), words.next().unwrap_or_default())
    };
    format!("{service} {}", target.or(action).map_or_else(request, str::to_string))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_requests() {
        let head = "POST / HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 Credential=k/20240101/eu-west-1/ec2/aws4_request, x\r\n\r\n";
        assert_eq!(kind(head, b"Action=DescribeVpcs&Version=2016-11-15"), "ec2 DescribeVpcs");
        assert_eq!(kind("POST / HTTP/1.1\r\nX-Amz-Target: Logs_2014.ListTags\r\n\r\n", b"{}"), "- ListTags");
        assert_eq!(kind("GET /bucket?location HTTP/1.1\r\n\r\n", b""), "- GET /bucket");
    }

    #[test]
    fn bodies_of_both_lengths() {
        let mut sent = Vec::new();
        let text = b"5\r\nhello\r\n0\r\n\r\nGET";
        let chunked = body(&mut &text[..], &mut sent, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        assert_eq!(chunked, b"5\r\nhello\r\n0\r\n\r\n");
        assert_eq!(
            body(&mut &b"helloGET"[..], &mut sent, "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n").unwrap(),
            b"hello"
        );
    }

    #[test]
    fn two_requests_on_one_connection_count_twice() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let upstream = listener.local_addr().unwrap().to_string();
        let server = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut seen = Vec::new();
            while let Some(head) = head(&mut reader).unwrap() {
                seen.push(String::from_utf8(head).unwrap());
                (&stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
            }
            seen.len()
        });
        let proxy = Proxy::start(&upstream).unwrap();
        let mut client = TcpStream::connect(proxy.address.strip_prefix("http://").unwrap()).unwrap();
        client.write_all(b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert_eq!(answer.matches("200 OK").count(), 2);
        assert_eq!(server.join().unwrap(), 2);
        assert_eq!(proxy.take().values().sum::<u64>(), 2);
        assert!(proxy.take().is_empty());
    }
}
