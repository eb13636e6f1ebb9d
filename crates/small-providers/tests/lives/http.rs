use std::io::Write as _;
use std::time::Duration;

use craton_model::{Type, Value};

use crate::rig::{Rig, map, text};
use crate::server::{Server, answer};

fn retry(attempts: i64, min: i64) -> (&'static str, Value) {
    let settings = [("attempts", Value::from(attempts)), ("max_delay_ms", 3000.into()), ("min_delay_ms", min.into())];
    ("retry", Value::object(settings))
}

fn url(server: &Server, path: &str) -> (&'static str, Value) {
    ("url", Value::from(format!("http://{}{path}", server.address)))
}

#[tokio::test]
async fn data_http() {
    let rig = Rig::new("http").await;
    let server = Server::new(vec![answer("404 Not Found", &["X-one: a", "x-One: b"], b"hello")]).await;
    let arguments = [
        url(&server, "/a?b=c"),
        ("method", "POST".into()),
        ("request_headers", map(&[("Accept", "text/plain"), ("Host", "example.com")])),
        ("request_body", "question".into()),
    ];
    let (value, found) = rig.data("http", &arguments).await;
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(value.get("status_code"), Some(&Value::from(404)));
    assert_eq!(
        (text(&value, "response_body"), text(&value, "body"), text(&value, "response_body_base64")),
        ("hello", "hello", "aGVsbG8=")
    );
    assert_eq!(value.get("response_headers"), Some(&map(&[("Content-Length", "5"), ("X-One", "a, b")])));
    assert_eq!(value.get("id"), value.get("url"));
    let asked = server.asked().remove(0).to_lowercase();
    for part in
        ["post /a?b=c http/1.1\r\n", "\r\naccept: text/plain\r\n", "\r\nhost: example.com\r\n", "\r\n\r\nquestion"]
    {
        assert!(asked.contains(part), "{part}: {asked}");
    }
}

#[tokio::test]
async fn what_is_compressed_is_unpacked() {
    let rig = Rig::new("http").await;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all("grüße".as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let server = Server::new(vec![answer("200 OK", &["Content-Encoding: gzip"], &packed)]).await;
    let (value, found) = rig.data("http", &[url(&server, "/")]).await;
    assert!(found.is_empty());
    assert_eq!(text(&value, "response_body"), "grüße");
    assert_eq!(value.get("response_headers"), Some(&map(&[])));
    // Who asks for it gets it as it is, with a warning since it is no text.
    let (value, found) =
        rig.data("http", &[url(&server, "/"), ("request_headers", map(&[("Accept-Encoding", "gzip")]))]).await;
    assert_eq!(found.0[0].summary, "Response body is not recognized as UTF-8");
    assert!(!found.has_errors() && text(&value, "response_body_base64").starts_with("H4sI"));
}

#[tokio::test]
async fn servers_get_another_chance() {
    let rig = Rig::new("http").await;
    let bad = || answer("500 Internal Server Error", &[], b"");
    let busy = answer("429 Too Many Requests", &["Retry-After: 7"], b"");
    let server = Server::new(vec![bad(), bad(), busy, answer("200 OK", &[], b"ok")]).await;
    let (value, found) = rig.data("http", &[url(&server, "/"), retry(3, 1000)]).await;
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(text(&value, "response_body"), "ok");
    assert_eq!(*rig.clock.waits.lock().unwrap(), [1, 2, 7].map(Duration::from_secs));

    let server = Server::new(vec![bad()]).await;
    let (_, found) = rig.data("http", &[url(&server, "/")]).await;
    assert_eq!((found.0[0].summary.as_str(), server.asked().len()), ("Error making request", 1));
    let (_, found) = rig.data("http", &[url(&server, "/"), retry(1, 0)]).await;
    assert!(found.0[0].detail.contains("after 2 attempts") && server.asked().len() == 3, "{found:?}");
    // What the server has not got it will not have later.
    let server = Server::new(vec![answer("501 Not Implemented", &[], b"")]).await;
    let (value, _) = rig.data("http", &[url(&server, "/"), retry(3, 0)]).await;
    assert_eq!((value.get("status_code"), server.asked().len()), (Some(&Value::from(501)), 1));
}

#[tokio::test]
async fn redirects_are_followed() {
    let rig = Rig::new("http").await;
    let last = Server::new(vec![answer("200 OK", &[], b"there")]).await;
    let there = format!("Location: http://localhost:{}/b", last.address.port());
    let first = Server::new(vec![
        answer("302 Found", &["Location: /a"], b""),
        answer("307 Temporary Redirect", &[&there], b""),
    ])
    .await;
    let secret = ("request_headers", map(&[("Authorization", "secret"), ("X-Kept", "1")]));
    let (value, found) =
        rig.data("http", &[url(&first, "/"), secret, ("method", "POST".into()), ("request_body", "b".into())]).await;
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(text(&value, "response_body"), "there");
    assert!(first.asked()[1].starts_with("GET /a ") && first.asked()[1].contains("secret"));
    // Another host is not told what is meant for the first.
    let asked = last.asked().remove(0);
    assert!(asked.starts_with("GET /b ") && asked.contains("x-kept: 1") && !asked.contains("secret"), "{asked}");
    let round = Server::new(vec![answer("302 Found", &["Location: /"], b"")]).await;
    assert!(rig.data("http", &[url(&round, "/")]).await.1.has_errors());
    assert_eq!(round.asked().len(), 11);
}

#[tokio::test]
async fn an_answer_may_take_so_long() {
    let rig = Rig::new("http").await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = ("url", Value::from(format!("http://{}/", silent.local_addr().unwrap())));
    let (_, found) = rig.data("http", &[url, ("request_timeout_ms", 1.into())]).await;
    assert!(found.0[0].detail.contains("request_timeout_ms (1)"), "{found:?}");
}

#[tokio::test]
async fn mistakes_are_told() {
    let rig = Rig::new("http").await;
    let null = || Value::null(Type::Number);
    let delays = Value::object([("attempts", null()), ("max_delay_ms", 1.into()), ("min_delay_ms", 2.into())]);
    for wrong in [
        vec![("url", Value::from("http://x/")), ("method", "PUT".into())],
        vec![("url", "http://x/".into()), ("request_timeout_ms", 0.into())],
        vec![("url", "http://x/".into()), ("ca_cert_pem", "x".into()), ("insecure", true.into())],
        vec![("url", "http://x/".into()), ("retry", delays)],
        vec![("url", "no url".into())],
        vec![("url", "ftp://127.0.0.1/".into())],
        vec![("url", "https://127.0.0.1:1/".into()), ("ca_cert_pem", "no certificate".into())],
    ] {
        assert!(rig.data("http", &wrong).await.1.has_errors(), "{wrong:?}");
    }
}
