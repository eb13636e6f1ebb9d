//! Proxies that want a login and then carry a connection, each in threads of its own.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

/// Carries bytes in both directions until both sides are done.
pub fn join(a: TcpStream, b: TcpStream) {
    let (mut from, mut to) = (a.try_clone().unwrap(), b.try_clone().unwrap());
    let there = std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let (mut from, mut to) = (b, a);
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
    there.join().unwrap();
}

/// Starts one; gives its port.
pub fn start(scheme: &'static str, user: &'static str, password: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            std::thread::spawn(move || match scheme {
                "http" => http(client, user, password),
                _ => socks5(client, user, password),
            });
        }
    });
    port
}

fn http(mut client: TcpStream, user: &str, password: &str) {
    use base64::Engine;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let login = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    if !head.contains(&format!("Proxy-Authorization: Basic {login}\r\n")) {
        client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").unwrap();
        return;
    }
    let target = head.strip_prefix("CONNECT ").unwrap().split(' ').next().unwrap();
    let mut server = TcpStream::connect(target).unwrap();
    // The server speaks first: its words come with the answer.
    let mut first = [0; 4];
    server.read_exact(&mut first).unwrap();
    client.write_all(&[b"HTTP/1.1 200 Connected\r\nVia: test\r\n\r\n", &first[..]].concat()).unwrap();
    join(client, server);
}

fn socks5(mut client: TcpStream, user: &str, password: &str) {
    let mut read = |n: usize| {
        let mut bytes = vec![0; n];
        client.read_exact(&mut bytes).unwrap();
        bytes
    };
    let methods = usize::from(read(2)[1]);
    read(methods);
    client.write_all(&[5, 2]).unwrap();
    let mut read = |n: usize| {
        let mut bytes = vec![0; n];
        client.read_exact(&mut bytes).unwrap();
        bytes
    };
    let length = usize::from(read(2)[1]);
    let name = read(length);
    let length = usize::from(read(1)[0]);
    let secret = read(length);
    let fits = name == user.as_bytes() && secret == password.as_bytes();
    client.write_all(&[1, u8::from(!fits)]).unwrap();
    if !fits {
        return;
    }
    let mut request = [0; 10];
    client.read_exact(&mut request).unwrap();
    assert_eq!(request[..4], [5, 1, 0, 1], "connect to an IPv4 address");
    let address = std::net::Ipv4Addr::new(request[4], request[5], request[6], request[7]);
    let server = TcpStream::connect((address, u16::from_be_bytes([request[8], request[9]]))).unwrap();
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
    join(client, server);
}
