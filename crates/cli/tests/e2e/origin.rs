//! Where sources come from in tests: repositories on disk, and a web server on loopback.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

/// A zip archive of files by name and text.
pub fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A bare repository, filled through a work tree beside it.
pub struct Repository {
    work: PathBuf,
    pub bare: PathBuf,
}

impl Repository {
    /// `folder/NAME.git`, with nothing in it yet.
    pub fn new(folder: &Path, name: &str) -> Self {
        let repository = Self { work: folder.join(format!("{name}-work")), bare: folder.join(format!("{name}.git")) };
        std::fs::create_dir_all(&repository.work).unwrap();
        let bare = repository.bare.to_string_lossy().into_owned();
        repository.git(&["init", "-q", "--bare", &bare]);
        repository.git(&["init", "-q"]);
        repository.git(&["remote", "add", "origin", &bare]);
        repository
    }

    fn git(&self, args: &[&str]) {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]);
        let out = command.args(args).current_dir(&self.work).output().unwrap();
        assert!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    }

    /// Commits these files, and tags the commit.
    pub fn commit(&self, files: &[(&str, &str)], tag: &str) {
        for (name, text) in files {
            let path = self.work.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", tag]);
        self.git(&["tag", "-f", tag]);
        self.git(&["push", "-q", "--tags", "-f", "origin", "HEAD:refs/heads/main"]);
    }

    /// `git::file://...`
    pub fn address(&self) -> String {
        format!("git::file://{}", self.bare.display())
    }
}

/// What a page of a web server is: status, headers, body.
pub type Page = (u16, Vec<(String, String)>, Vec<u8>);

/// A web server on loopback. Serves until the test ends.
pub struct WebServer {
    /// `http://127.0.0.1:PORT`.
    pub address: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    pages: Mutex<HashMap<String, Page>>,
    /// Paths, with the header `Authorization`.
    asked: Mutex<Vec<(String, Option<String>)>>,
    shut: AtomicBool,
    /// A path whose next answer stops half way, and whether it has.
    half: Mutex<(Option<String>, bool)>,
    changed: Condvar,
}

impl WebServer {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::<Shared>::default();
        let served = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = served.clone();
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        Self { address, shared }
    }

    pub fn page(&self, path: &str, status: u16, headers: &[(&str, &str)], body: &[u8]) {
        let headers = headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        self.shared.pages.lock().unwrap().insert(path.into(), (status, headers, body.to_vec()));
    }

    /// From now on nobody gets an answer.
    pub fn shut(&self) {
        self.shared.shut.store(true, Ordering::Relaxed);
    }

    /// The next answer for a path stops half way, until whoever asked has gone.
    pub fn stop_half_way(&self, path: &str) {
        *self.shared.half.lock().unwrap() = (Some(path.into()), false);
    }

    /// Waits until an answer has stopped half way.
    pub fn stopped(&self) {
        let half = self.shared.half.lock().unwrap();
        drop(self.shared.changed.wait_while(half, |(_, stopped)| !*stopped).unwrap());
    }

    /// How often a path was asked for.
    pub fn count(&self, path: &str) -> usize {
        self.shared.asked.lock().unwrap().iter().filter(|(p, _)| p == path).count()
    }

    /// With what a path was last asked for.
    pub fn authorization(&self, path: &str) -> Option<String> {
        self.shared.asked.lock().unwrap().iter().rev().find(|(p, _)| p == path)?.1.clone()
    }

    /// Serves a registry's module below `/v1/modules/`: its versions, and where each is.
    pub fn module(&self, module: &str, versions: &[(&str, &str)]) {
        let list: Vec<_> = versions.iter().map(|(v, _)| serde_json::json!({ "version": v })).collect();
        let document = serde_json::json!({ "modules": [{ "versions": list }] });
        self.page(&format!("/v1/modules/{module}/versions"), 200, &[], document.to_string().as_bytes());
        for (version, place) in versions {
            self.page(&format!("/v1/modules/{module}/{version}/download"), 204, &[("X-Terraform-Get", place)], b"");
        }
    }

    /// The CLI configuration that says that the registry `reg.example.com` is here.
    pub fn cli_config(&self) -> String {
        format!(
            "host \"reg.example.com\" {{\n  services = {{\n    \"modules.v1\" = \"{}/v1/modules/\"\n  }}\n}}\ncredentials \"reg.example.com\" {{\n  token = \"sesame\"\n}}\n",
            self.address
        )
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) {
        if self.shut.load(Ordering::Relaxed) {
            return;
        }
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        if reader.read_line(&mut line).is_err() {
            return;
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let (mut authorization, mut known) = (None, None);
        loop {
            line.clear();
            if reader.read_line(&mut line).is_err() || line.trim().is_empty() {
                break;
            }
            match line.trim().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("authorization") => authorization = Some(value.into()),
                Some((name, value)) if name.eq_ignore_ascii_case("if-none-match") => known = Some(value.to_owned()),
                _ => {}
            }
        }
        self.asked.lock().unwrap().push((path.clone(), authorization));
        let page = self.pages.lock().unwrap().get(&path).cloned();
        let (mut status, headers, mut body) = page.unwrap_or((404, Vec::new(), Vec::new()));
        if known.is_some() && headers.iter().any(|(k, v)| k == "ETag" && Some(v) == known.as_ref()) {
            (status, body) = (304, Vec::new());
        }
        let mut head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n");
        if !matches!(status, 204 | 304) {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut half = self.half.lock().unwrap();
        if half.0.as_ref() == Some(&path) {
            let begun = [format!("{head}\r\n").as_bytes(), &body[..body.len() / 2]].concat();
            reader.get_mut().write_all(&begun).unwrap();
            *half = (None, true);
            drop(half);
            self.changed.notify_all();
            // It ends when the other side does.
            let _ = reader.read_line(&mut String::new());
            return;
        }
        drop(half);
        let stream = reader.get_mut();
        // Whoever does not want the answer may go.
        let _ = stream.write_all(format!("{head}\r\n").as_bytes()).and_then(|()| stream.write_all(&body));
    }
}
