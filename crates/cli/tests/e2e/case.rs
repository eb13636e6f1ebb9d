//! A folder of its own, a sandbox of its own, and craton run in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use craton_aws_sandbox::{Caller, Sandbox, SandboxOptions};
use serde_json::Value;
use tempfile::TempDir;

/// The account that the test configurations allow, which is also the one that the sandbox plays when they name none.
pub const ACCOUNT: &str = "123456789012";

/// A working folder with a sandbox beside it. Both go with the value.
pub struct Case {
    scratch: TempDir,
    account: &'static str,
}

impl Case {
    /// With these files, by path and text.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let case = Self::of_account(ACCOUNT);
        for (path, text) in files {
            case.write(path, text);
        }
        case
    }

    /// With nothing yet.
    pub fn of_account(account: &'static str) -> Self {
        Self::of_account_in(account, &std::env::temp_dir())
    }

    /// With nothing yet, in a folder below this one.
    pub fn of_account_in(account: &'static str, parent: &Path) -> Self {
        let scratch = tempfile::tempdir_in(parent).unwrap();
        std::fs::create_dir(scratch.path().join("work")).unwrap();
        Self { scratch, account }
    }

    /// The folder that craton works in.
    pub fn folder(&self) -> PathBuf {
        self.scratch.path().join("work")
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder().join(path)
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    /// Replaces what occurs exactly once.
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert_eq!(text.matches(from).count(), 1, "{path} holds {from:?} exactly once");
        self.write(path, &text.replace(from, to));
    }

    /// Runs craton on the sandbox: `case.run(&["plan"])`.
    pub fn run(&self, args: &[&str]) -> Ran {
        self.finish(self.command(&[&["--sandbox"], args].concat()))
    }

    /// Runs craton on an endpoint.
    pub fn run_at(&self, endpoint: &str, args: &[&str]) -> Ran {
        self.finish(self.command_at(endpoint, args))
    }

    /// Runs craton without the sandbox and without anything that could stand for credentials.
    pub fn run_bare(&self, args: &[&str]) -> Ran {
        self.finish(self.command(args))
    }

    /// Craton with credentials that an endpoint on loopback takes.
    pub fn command_at(&self, endpoint: &str, args: &[&str]) -> Command {
        let mut command = self.command(args);
        command.env("AWS_ENDPOINT_URL", endpoint);
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        command
    }

    /// Craton in the folder, with an environment in which nothing of this machine is left.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_craton"));
        command.args(args).current_dir(self.folder()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.scratch.path()).env("NO_COLOR", "1");
        command.env("CRATON_SANDBOX_FOLDER", self.sandbox_folder());
        // Or a machine in AWS would find credentials after all.
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        command.stdin(Stdio::null());
        command
    }

    pub fn finish(&self, mut command: Command) -> Ran {
        let out = command.output().unwrap();
        let text = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            // Temporary folders are known by a link on some machines.
            let real = self.scratch.path().canonicalize().unwrap();
            text.replace(&*real.to_string_lossy(), "[CASE]").replace(&*self.scratch.path().to_string_lossy(), "[CASE]")
        };
        let args: Vec<_> = command.get_args().map(|a| a.to_string_lossy().into_owned()).collect();
        Ran { args: args.join(" "), code: out.status.code(), out: text(&out.stdout), err: text(&out.stderr) }
    }

    fn sandbox_folder(&self) -> PathBuf {
        self.scratch.path().join("sandbox")
    }

    /// The account that `run` uses in the sandbox.
    pub fn sandbox(&self) -> Sandbox {
        let options = SandboxOptions {
            account_id: self.account.into(),
            folder: Some(self.sandbox_folder().join(self.account)),
            ..SandboxOptions::default()
        };
        Sandbox::open(options).map_err(|d| format!("{d:?}")).unwrap()
    }

    /// One call to the sandbox, behind craton's back.
    pub fn aws(&self, service: &str, operation: &str, input: Value) -> Value {
        let answer = self.sandbox().call(&Caller::in_region("eu-west-1"), service, operation, &input);
        answer.map_err(|e| format!("{service} {operation}: {e:?}")).unwrap()
    }

    /// What the sandbox holds, by kind.
    pub fn held(&self) -> BTreeMap<String, usize> {
        self.sandbox().summary().map_err(|d| format!("{d:?}")).unwrap().into_iter().collect()
    }

    /// What another account of the sandbox holds, by kind.
    pub fn held_by(&self, account: &str) -> BTreeMap<String, usize> {
        let folder = Some(self.sandbox_folder().join(account));
        let options = SandboxOptions { account_id: account.into(), folder, ..SandboxOptions::default() };
        let sandbox = Sandbox::open(options).map_err(|d| format!("{d:?}")).unwrap();
        sandbox.summary().map_err(|d| format!("{d:?}")).unwrap().into_iter().collect()
    }

    pub fn state(&self) -> Value {
        serde_json::from_str(&self.read("terraform.tfstate")).unwrap()
    }

    /// Whatever a run could have changed: the state, its backups, locks and what the sandbox holds.
    pub fn everything(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        let mut open = vec![self.folder()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                if entry.path().is_dir() {
                    open.push(entry.path());
                } else {
                    files.push((entry.path(), std::fs::read(entry.path()).unwrap()));
                }
            }
        }
        files.sort();
        files.push((PathBuf::from("sandbox"), format!("{:?}", self.held()).into_bytes()));
        files
    }
}

/// Copies a folder with all that is in it, but for what runs left there (`.terragrunt-cache`, `.terraform`).
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What a run printed and how it ended. Each check gives the run back, so that they can be chained.
pub struct Ran {
    args: String,
    code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        self.ends(0)
    }

    /// Whether it says so anywhere; line breaks and the frame of a diagnostic do not count.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.flat().contains(text), "not said: {text}\n{self}");
        self
    }

    /// Whether these are said one after another.
    #[track_caller]
    pub fn says_in_order(self, texts: &[&str]) -> Self {
        let flat = self.flat();
        let mut rest = flat.as_str();
        for text in texts {
            let Some(at) = rest.find(text) else { panic!("not said, or too early: {text}\n{self}") };
            rest = &rest[at + text.len()..];
        }
        self
    }

    /// The diagnostic with this summary.
    #[track_caller]
    pub fn error(&self, summary: &str) -> Frame {
        let found = self.frames().into_iter().find(|f| f.summary == summary);
        let Some(frame) = found else { panic!("no error {summary:?}\n{self}") };
        frame
    }

    fn flat(&self) -> String {
        flat(&format!("{}\n{}", self.out, self.err))
    }

    fn frames(&self) -> Vec<Frame> {
        let text = format!("{}\n{}", self.out, self.err);
        let mut frames = Vec::new();
        let mut lines: Option<Vec<&str>> = None;
        for line in text.lines() {
            match (line, &mut lines) {
                ("╷", _) => lines = Some(Vec::new()),
                ("╵", Some(inside)) => {
                    frames.push(Frame::of(inside));
                    lines = None;
                }
                (_, Some(inside)) => inside.push(line.strip_prefix('│').unwrap_or(line)),
                (_, None) => {}
            }
        }
        frames
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "craton {} ended with {:?}\n{}\n{}", self.args, self.code, self.out, self.err)
    }
}

fn flat(text: &str) -> String {
    text.split_whitespace().filter(|w| !matches!(*w, "│" | "╷" | "╵")).collect::<Vec<_>>().join(" ")
}

/// A diagnostic as people see it.
#[derive(Debug)]
pub struct Frame {
    pub summary: String,
    /// `main.tf line 3`, where it has a place.
    pub place: Option<String>,
    /// The text over the carets.
    pub underlined: Option<String>,
    /// All of it on one line.
    pub text: String,
}

impl Frame {
    fn of(lines: &[&str]) -> Self {
        let head = lines.iter().find_map(|l| Some(l.split_once("Error: ").or(l.split_once("Warning: "))?.1));
        let place = lines.iter().find_map(|l| l.trim().strip_prefix("on ")?.strip_suffix(':'));
        let place = place.map(|p| p.split_once(", in ").map_or(p, |(place, _)| place));
        let carets = lines.iter().position(|l| !l.trim().is_empty() && l.trim().chars().all(|c| c == '^'));
        let underlined = carets.filter(|at| *at > 0).map(|at| {
            let source = lines[at - 1].chars();
            let marked = source.zip(lines[at].chars().chain(std::iter::repeat(' '))).filter(|(_, mark)| *mark == '^');
            marked.map(|(c, _)| c).collect()
        });
        Self {
            summary: head.unwrap_or_default().trim().into(),
            place: place.map(Into::into),
            underlined,
            text: flat(&lines.join("\n")),
        }
    }

    #[track_caller]
    pub fn at(self, place: &str, underlined: &str) -> Self {
        assert_eq!((self.place.as_deref(), self.underlined.as_deref()), (Some(place), Some(underlined)), "{self:#?}");
        self
    }

    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.text.contains(text), "not said: {text}\n{self:#?}");
        self
    }
}
