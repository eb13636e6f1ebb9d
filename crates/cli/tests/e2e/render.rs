//! Each folder of `tests/golden/render` against its `expected.txt`: what craton prints for a plan, an error, a change.
//!
//! A case holds the configuration itself, or folders `1`, `2`, ... with one after the other: all but the last are applied,
//! the last is planned. A file `run` says otherwise, one line a command: `use 2` puts the folder `2` in place, `edit
//! FILE|FROM|TO` replaces a text, `@` in front keeps a command's output out of what is expected. Where there is an `expected.json`, it holds the JSON of the plan that
//! the case saves as `plan`. With `CRATON_BLESS` set, the expected files are written anew.
//! Cases with a `change.json` are about a schema of their own: they are in `src/render/golden.rs`.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::Value;

use crate::case::{Case, copy};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/render")
}

#[test]
fn what_people_read() {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(golden()).unwrap().map(|e| e.unwrap().path()).collect();
    cases.retain(|c| c.is_dir() && !c.join("change.json").exists());
    cases.sort();
    let (todo, wrong) = (Mutex::new(cases), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(case) = todo.lock().unwrap().pop() else { return };
                    wrong.lock().unwrap().extend(check(&case));
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

/// Has the modules of a case installed, where it calls any. What is wrong with it is for the case's own commands to find.
fn install(case: &Case) {
    let calls = |f: std::fs::DirEntry| std::fs::read_to_string(f.path()).is_ok_and(|t| t.contains("module \""));
    if std::fs::read_dir(case.folder()).unwrap().any(|f| calls(f.unwrap())) {
        case.run(&["get"]);
    }
}

/// Runs a case; gives what differs.
fn check(folder: &Path) -> Vec<String> {
    let case = Case::new(&[]);
    let numbered = |n: usize| folder.join(n.to_string());
    let script = std::fs::read_to_string(folder.join("run")).unwrap_or_else(|_| {
        let last = (1..).take_while(|n| numbered(*n).is_dir()).last().unwrap_or(0);
        let before: String = (1..last).map(|n| format!("use {n}\n@apply -auto-approve\n")).collect();
        format!("{before}use {last}\nplan -out=plan\n")
    });
    if !numbered(1).is_dir() {
        copy(folder, &case.folder());
    }
    if !numbered(1).is_dir() {
        install(&case);
    }
    let mut ids = Ids::default();
    let mut text = String::new();
    for line in script.lines().filter(|l| !l.is_empty()) {
        if let Some(n) = line.strip_prefix("use ") {
            if numbered(1).is_dir() {
                replace(&folder.join(n), &case.folder());
                install(&case);
            }
            continue;
        }
        if let Some(edit) = line.strip_prefix("edit ") {
            let [file, from, to] = edit.split('|').collect::<Vec<_>>()[..] else { panic!("{line}") };
            case.edit(file, from, to);
            continue;
        }
        let (shown, command) = line.strip_prefix('@').map_or((true, line), |c| (false, c));
        let args: Vec<&str> = command.split_whitespace().collect();
        let ran = case.run(&args);
        if shown {
            text.push_str(&format!("$ craton {command}\n{}{}", ids.hide(&ran.out), ids.hide(&ran.err)));
        } else {
            assert!(!ran.err.contains("Error: "), "{}: {ran}", folder.display());
        }
    }
    let mut wrong = compare(&folder.join("expected.txt"), &text);
    let json = folder.join("expected.json");
    if json.exists() {
        let shown = case.run(&["show", "-json", "plan"]).ok();
        let mut plan: Value = serde_json::from_str(&shown.out).unwrap();
        plan["timestamp"] = "[time]".into();
        wrong.extend(compare(&json, &ids.hide(&format!("{plan:#}\n"))));
    }
    wrong
}

/// Puts the files of a folder in place of the configuration that is there.
fn replace(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(to).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() && !name.starts_with('.') {
            std::fs::remove_dir_all(entry.path()).unwrap();
        } else if name.ends_with(".tf") {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    copy(from, to);
}

fn compare(path: &Path, text: &str) -> Vec<String> {
    if std::env::var_os("CRATON_BLESS").is_some() {
        std::fs::write(path, text).unwrap();
        return Vec::new();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if expected == text {
        return Vec::new();
    }
    let name = path.strip_prefix(golden()).unwrap().display().to_string();
    vec![format!("{name} differs. Expected:\n{expected}\nThere is:\n{text}\n")]
}

/// Hides what differs from run to run: ids by their order, times.
#[derive(Default)]
struct Ids(Vec<String>);

impl Ids {
    fn hide(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let before = out.chars().next_back();
            let length = if before.is_some_and(|c| c.is_ascii_alphanumeric()) { 0 } else { id_length(rest) };
            if length > 0 {
                let id = &rest[..length];
                let known = self.0.iter().position(|i| i == id);
                let n = known.unwrap_or_else(|| {
                    self.0.push(id.to_owned());
                    self.0.len() - 1
                });
                out.push_str(&format!("[id-{}]", n + 1));
                rest = &rest[length..];
                continue;
            }
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
        times(&out)
    }
}

/// The length of the UUID, or of the number that AWS gives its objects, that a text begins with; 0 for none.
fn id_length(text: &str) -> usize {
    let hex = text.bytes().take_while(u8::is_ascii_hexdigit).count();
    let uuid = text.get(..36).is_some_and(|t| {
        t.char_indices().all(|(i, c)| if matches!(i, 8 | 13 | 18 | 23) { c == '-' } else { c.is_ascii_hexdigit() })
    });
    if uuid {
        36
    } else if hex == 17 {
        17
    } else {
        0
    }
}

/// Durations as `[time]`: `in 0.1s`, `after 2s`, `(0.3s)`.
fn times(text: &str) -> String {
    let is_time = |w: &str| {
        let number = w.trim_start_matches('(').trim_end_matches([')', '.', ';']).strip_suffix('s');
        number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
    };
    let line = |l: &str| {
        let words: Vec<&str> = l.split(' ').map(|w| if is_time(w) { "[time]" } else { w }).collect();
        words.join(" ")
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}
