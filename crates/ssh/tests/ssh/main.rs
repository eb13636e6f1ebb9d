//! Scripts and files over SSH, against a server on loopback.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod proxy;
mod server;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use craton_model::Value;
use craton_ssh::{Connection, Content, Line, Script, run_scripts, upload};
use russh::keys::ssh_key::certificate::CertType;
use server::{Rules, Server, certificate, new_key, text_of};

const PASSWORD: &str = "correct horse";

type Arguments = Vec<(&'static str, Value)>;

/// The arguments that every connection to a server has.
fn to(server: &Server) -> Arguments {
    vec![
        ("host", "127.0.0.1".into()),
        ("port", Value::number(i64::from(server.port))),
        ("user", "test".into()),
        ("agent", Value::bool(false)),
        ("timeout", "20s".into()),
        ("script_path", server.path("script_%RAND%.sh").as_str().into()),
    ]
}

fn with(mut all: Arguments, more: &[(&'static str, Value)]) -> Connection {
    all.retain(|(name, _)| more.iter().all(|(m, _)| m != name));
    all.extend(more.iter().cloned());
    Connection::new(&Value::object(all)).unwrap_or_else(|d| panic!("{d:?}"))
}

fn commands(lines: &[&str]) -> Script {
    Script::Commands(lines.iter().map(ToString::to_string).collect())
}

/// Runs scripts; gives what was told, then the error.
async fn run(connection: &Connection, scripts: &[Script]) -> (Vec<String>, Option<String>) {
    let told = Mutex::new(Vec::new());
    let result = run_scripts(connection, scripts, &|line| {
        let (Line::Progress(line) | Line::Output(line)) = line;
        told.lock().unwrap().push(line);
    })
    .await;
    (told.into_inner().unwrap(), result.err().map(|d| d.detail))
}

fn password() -> (&'static str, Value) {
    ("password", PASSWORD.into())
}

#[tokio::test]
async fn scripts_run_line_by_line_and_are_removed() {
    let server = Server::start(Rules::password(PASSWORD));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "#!/bin/sh -e\necho from a file\n").unwrap();
    let c = with(to(&server), &[password(), ("host_key", server.host_key.as_str().into())]);
    let scripts = [commands(&["echo one", "echo two >&2; echo $0 > name"]), Script::File(file.path().into())];
    let (told, failed) = run(&c, &scripts).await;
    assert_eq!(failed, None);
    let expected =
        [&format!("Connecting to 127.0.0.1:{} as test...", server.port), "Connected.", "one", "two", "from a file"];
    assert_eq!(told, expected);
    // What is left is what the script itself wrote.
    assert_eq!(server.names(""), ["name"]);
    assert!(server.read("name").starts_with(&server.path("script_")));
    assert!(
        server.saw("terminal xterm") && server.saw("run chmod 0777 ") && server.saw("scp C0644 "),
        "{:?}",
        server.log()
    );
}

#[tokio::test]
async fn a_failing_script_is_named_with_its_status_and_ends_the_rest() {
    let server = Server::start(Rules::password(PASSWORD));
    let c = with(to(&server), &[password()]);
    let scripts = [commands(&["echo before", "exit 3"]), commands(&["touch never"])];
    let (told, failed) = run(&c, &scripts).await;
    let failed = failed.unwrap();
    assert!(failed.starts_with("Error running the inline commands as /"), "{failed}");
    assert!(failed.ends_with(".sh: it ended with exit status 3."), "{failed}");
    assert_eq!(told[2..], ["before"]);
    assert!(server.names("").is_empty(), "{:?}", server.names(""));
}

#[tokio::test]
async fn a_key_and_an_asked_password_log_in() {
    let key = new_key();
    let rules = Rules { key: Some(key.public_key().clone()), ..Rules::default() };
    let server = Server::start(rules);
    let c = with(to(&server), &[("private_key", text_of(&key).as_str().into()), ("password", "unused".into())]);
    assert_eq!(run(&c, &[commands(&["true"])]).await.1, None);
    assert_eq!(server.log()[0], "login key test true");

    let server = Server::start(Rules { asks: true, ..Rules::password(PASSWORD) });
    let c = with(to(&server), &[password()]);
    assert_eq!(run(&c, &[commands(&["true"])]).await.1, None);
    assert_eq!(server.log()[..2], ["login password test false", "login answer test true"]);
}

#[tokio::test]
async fn a_key_of_the_older_kind_logs_in() {
    let text = include_str!("../keys/rsa.pem");
    let key = russh::keys::decode_secret_key(text, None).unwrap();
    let server = Server::start(Rules { key: Some(key.public_key().clone()), ..Rules::default() });
    let c = with(to(&server), &[("private_key", text.into())]);
    assert_eq!(run(&c, &[commands(&["true"])]).await.1, None);
}

#[tokio::test]
async fn certificates_are_shown_and_checked() {
    let (authority, key) = (new_key(), new_key());
    let rules = Rules {
        authority: Some(authority.public_key().clone()),
        host_authority: Some(authority.clone()),
        ..Rules::default()
    };
    let server = Server::start(rules);
    let shown = certificate(CertType::User, key.public_key(), "test", &authority).to_openssh().unwrap();
    let vouches = authority.public_key().to_openssh().unwrap();
    let login = [
        ("private_key", text_of(&key).as_str().into()),
        ("certificate", shown.as_str().into()),
        ("host_key", vouches.as_str().into()),
    ];
    assert_eq!(run(&with(to(&server), &login), &[commands(&["true"])]).await.1, None);
    assert_eq!(server.log()[0], "login certificate test true");

    // Who knows the host's own key needs no authority.
    let own = [login[0].clone(), login[1].clone(), ("host_key", server.host_key.as_str().into())];
    assert_eq!(run(&with(to(&server), &own), &[commands(&["true"])]).await.1, None);

    let other = new_key().public_key().to_openssh().unwrap();
    let wrong = [login[0].clone(), login[1].clone(), ("host_key", other.as_str().into()), ("timeout", "1500ms".into())];
    let failed = run(&with(to(&server), &wrong), &[commands(&["true"])]).await.1.unwrap();
    assert!(failed.contains("its certificate is not signed by the expected authority"), "{failed}");
}

#[tokio::test]
async fn the_program_scp_receives_too() {
    if std::process::Command::new("scp").output().is_err() {
        println!("skipped: there is no program scp on this machine");
        return;
    }
    let server = Server::start(Rules { real_scp: true, ..Rules::password(PASSWORD) });
    let c = with(to(&server), &[password()]);
    let here = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(here.path().join("site/sub")).unwrap();
    std::fs::write(here.path().join("site/large"), vec![7; 3_000_000]).unwrap();
    std::fs::write(here.path().join("site/sub/it's"), "a").unwrap();
    upload(&c, &Content::Path(here.path().join("site")), &server.path("")).await.unwrap();
    assert_eq!(
        (server.names("site"), server.read("site/sub/it's").as_str()),
        (vec!["large".into(), "sub".into()], "a")
    );
    assert_eq!(std::fs::read(server.path("site/large")).unwrap(), vec![7; 3_000_000]);
    let (told, failed) = run(&c, &[commands(&["echo run"])]).await;
    assert_eq!((failed, told.last().map(String::as_str)), (None, Some("run")));
    let failed = upload(&c, &Content::Text(String::new()), &server.path("no/where")).await.unwrap_err().detail;
    assert!(failed.contains("No such file or directory"), "{failed}");
}

#[tokio::test]
async fn a_refused_login_says_what_was_tried_and_no_secret() {
    let server = Server::start(Rules::password(PASSWORD));
    let key = text_of(&new_key());
    let wrong =
        [("password", "battery staple".into()), ("private_key", key.as_str().into()), ("timeout", "1500ms".into())];
    let failed = run(&with(to(&server), &wrong), &[commands(&["true"])]).await.1.unwrap();
    assert!(failed.contains("it refuses the login with private_key, password"), "{failed}");
    assert!(!failed.contains("battery") && !failed.contains("BEGIN"), "{failed}");
    let none = with(to(&server), &[("timeout", "1500ms".into())]);
    let failed = run(&none, &[commands(&["true"])]).await.1.unwrap();
    assert!(failed.contains("it wants a login, and none is given"), "{failed}");
}

#[tokio::test]
async fn another_host_key_is_refused_before_the_login() {
    let server = Server::start(Rules::password(PASSWORD));
    let other = new_key().public_key().to_openssh().unwrap();
    let c = with(to(&server), &[password(), ("host_key", other.as_str().into()), ("timeout", "1500ms".into())]);
    let failed = run(&c, &[commands(&["true"])]).await.1.unwrap();
    assert!(failed.contains("its key is not the expected one: it has ssh-ed25519 SHA256:"), "{failed}");
    assert!(server.log().is_empty(), "{:?}", server.log());
}

#[tokio::test]
async fn a_refused_connection_is_tried_until_the_timeout() {
    // A port that nothing listens on any more.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let all = vec![("host", "127.0.0.1".into()), ("port", Value::number(i64::from(port))), ("timeout", "400ms".into())];
    let begun = Instant::now();
    let failed = run(&with(all, &[]), &[commands(&["true"])]).await.1.unwrap();
    assert!(failed.contains(&format!("Could not connect to 127.0.0.1:{port} as root within 400ms")), "{failed}");
    assert!(failed.to_lowercase().contains("refused"), "{failed}");
    assert!(begun.elapsed() >= Duration::from_millis(250), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_server_that_comes_late_is_found() {
    let server = Server::start(Rules::password(PASSWORD));
    let late = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = late.local_addr().unwrap().port();
    let target = server.port;
    // The first connection is dropped, the second is carried on.
    std::thread::spawn(move || {
        drop(late.accept().unwrap());
        let (client, _) = late.accept().unwrap();
        proxy::join(client, std::net::TcpStream::connect(("127.0.0.1", target)).unwrap());
    });
    let c = with(to(&server), &[password(), ("port", Value::number(i64::from(port)))]);
    assert_eq!(run(&c, &[commands(&["true"])]).await.1, None);
}

#[tokio::test]
async fn a_bastion_carries_the_connection() {
    let (server, bastion) = (Server::start(Rules::password(PASSWORD)), Server::start(Rules::password("bastion")));
    let port = Value::number(i64::from(bastion.port));
    let way = [
        password(),
        ("bastion_host", "127.0.0.1".into()),
        ("bastion_port", port),
        ("bastion_password", "bastion".into()),
        ("bastion_host_key", bastion.host_key.as_str().into()),
        ("host_key", server.host_key.as_str().into()),
    ];
    let (told, failed) = run(&with(to(&server), &way), &[commands(&["echo through"])]).await;
    assert_eq!((failed, told.last().map(String::as_str)), (None, Some("through")));
    assert!(bastion.saw(&format!("forward 127.0.0.1:{}", server.port)), "{:?}", bastion.log());

    let mut wrong = way.to_vec();
    wrong[3] = ("bastion_password", "no".into());
    wrong.push(("timeout", "1500ms".into()));
    let failed = run(&with(to(&server), &wrong), &[commands(&["true"])]).await.1.unwrap();
    assert!(
        failed.contains("the bastion host 127.0.0.1:") && failed.contains("refuses the login with password"),
        "{failed}"
    );
}

#[tokio::test]
async fn files_folders_and_texts_are_copied() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::start(Rules::password(PASSWORD));
    let c = with(to(&server), &[password()]);
    let here = tempfile::tempdir().unwrap();
    let path = |p: &str| here.path().join(p);
    // More than one window of the channel.
    let large: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    std::fs::create_dir_all(path("site/sub")).unwrap();
    std::fs::write(path("site/large"), &large).unwrap();
    std::fs::write(path("site/sub/empty"), "").unwrap();
    std::fs::set_permissions(path("site/sub/empty"), std::fs::Permissions::from_mode(0o755)).unwrap();

    upload(&c, &Content::Text("text".into()), &server.path("a b.txt")).await.unwrap();
    assert_eq!(server.read("a b.txt"), "text");
    upload(&c, &Content::Path(path("site/sub/empty")), &server.path("script")).await.unwrap();
    let mode = std::fs::metadata(server.path("script")).unwrap().permissions().mode();
    assert_eq!((server.read("script"), mode & 0o777), (String::new(), 0o644));

    std::fs::create_dir(server.path("whole")).unwrap();
    upload(&c, &Content::Path(path("site")), &server.path("whole")).await.unwrap();
    assert_eq!(
        (server.names("whole"), server.names("whole/site")),
        (vec!["site".into()], vec!["large".into(), "sub".into()])
    );
    assert_eq!(std::fs::read(server.path("whole/site/large")).unwrap(), large);
    assert_eq!(server.names("whole/site/sub"), ["empty"]);

    std::fs::create_dir(server.path("inside")).unwrap();
    upload(&c, &Content::Path(path("site/")), &server.path("inside")).await.unwrap();
    assert_eq!(server.names("inside"), ["large", "sub"]);

    let failed = upload(&c, &Content::Text(String::new()), &server.path("no/where")).await.unwrap_err().detail;
    assert!(failed.contains("No such file or directory"), "{failed}");
    let failed = upload(&c, &Content::Text(String::new()), &server.path("whole/")).await.unwrap_err().detail;
    assert!(failed.contains("ends with a slash"), "{failed}");
    let failed = upload(&c, &Content::Path(path("missing")), "x").await.unwrap_err().detail;
    assert!(failed.contains("could not read") && failed.contains("missing"), "{failed}");
}

#[tokio::test]
async fn proxies_carry_the_connection() {
    let server = Server::start(Rules::password(PASSWORD));
    for scheme in ["http", "socks5"] {
        let proxy = proxy::start(scheme, "me", "proxy secret");
        let way = |secret: &'static str| {
            [
                password(),
                ("proxy_scheme", scheme.into()),
                ("proxy_host", "127.0.0.1".into()),
                ("proxy_port", Value::number(i64::from(proxy))),
                ("proxy_user_name", "me".into()),
                ("proxy_user_password", secret.into()),
            ]
        };
        let c = with(to(&server), &way("proxy secret"));
        assert_eq!(run(&c, &[commands(&["true"])]).await.1, None, "{scheme}");
        let mut wrong = way("wrong secret").to_vec();
        wrong.push(("timeout", "1500ms".into()));
        let failed = run(&with(to(&server), &wrong), &[commands(&["true"])]).await.1.unwrap();
        assert!(failed.contains("login") && !failed.contains("secret"), "{scheme}: {failed}");
    }
}
