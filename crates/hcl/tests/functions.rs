//! Each file of `tests/golden/functions` holds calls of one family of functions, one per line, each followed by what it
//! gives: value and type, or the error. With `CRATON_BLESS` set, writes what there is.
//!
//! The calls may use `unk.*` (unknown values by type), `null.*` and `secret`, and the files in `files/`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use craton_hcl::{Environment, FunctionRef, Scope, Traversal, ast, eval, functions, parse_expression};
use craton_model::{Data, Diagnostic, Diagnostics, FileId, Marks, Refinement, Type, Value};

struct TestScope {
    roots: Vec<(&'static str, Value)>,
    environment: Environment,
}

impl Scope for TestScope {
    fn lookup(&self, t: &Traversal) -> Result<(Value, usize), Diagnostics> {
        let missing =
            || Diagnostics::from(Diagnostic::error("Unknown variable", "There is no such variable.").at(t.span));
        let (_, root) = self.roots.iter().find(|(name, _)| *name == &*t.root.name).ok_or_else(missing)?;
        // `unk.any` would else come out as an object with an unknown attribute.
        match (root.ty(), t.steps.first()) {
            (Type::Object(_), Some(ast::Step::Attr(name))) => {
                Ok((root.get(&name.name).cloned().ok_or_else(missing)?, 1))
            }
            _ => Ok((root.clone(), 0)),
        }
    }

    fn function(&self, name: &str) -> Option<FunctionRef> {
        functions::function(name)
    }

    fn environment(&self) -> &Environment {
        &self.environment
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/functions")
}

fn scope() -> TestScope {
    let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let mut environment = Environment::new(folder().join("files"));
    environment.plan_time = Some(noon);
    environment.apply_time = Some(noon + Duration::from_secs(60));
    let arn = Refinement { not_null: true, prefix: Some("arn:aws:".into()), ..Refinement::default() };
    let two = Refinement { not_null: true, min_len: Some(2), max_len: Some(2), ..Refinement::default() };
    let unknown = Value::object([
        ("any", Value::dynamic()),
        ("str", Value::unknown(Type::String)),
        ("arn", Value::refined(Type::String, arn)),
        ("num", Value::unknown(Type::Number)),
        ("bool", Value::unknown(Type::Bool)),
        ("list", Value::unknown(Type::list(Type::String))),
        ("two", Value::refined(Type::list(Type::String), two)),
        ("set", Value::unknown(Type::set(Type::String))),
        ("map", Value::unknown(Type::map(Type::String))),
        ("obj", Value::unknown(Type::object([("a", Type::Number)]))),
    ]);
    let null = Value::object([
        ("str", Value::null(Type::String)),
        ("list", Value::null(Type::list(Type::String))),
        ("map", Value::null(Type::map(Type::String))),
    ]);
    let template = Value::from("Hello, ${name}!");
    TestScope {
        roots: vec![
            ("unk", unknown),
            ("nul", null),
            ("secret", Value::from("s3cr3t").sensitive()),
            ("template", template),
        ],
        environment,
    }
}

/// Values as people write them, with marks and what is known of unknowns.
fn show(v: &Value) -> String {
    let mut marks = String::new();
    if v.marks().contains(Marks::SENSITIVE) {
        marks.push_str("sensitive ");
    }
    if v.marks().contains(Marks::EPHEMERAL) {
        marks.push_str("ephemeral ");
    }
    let inside = match v.data() {
        Data::Null => "null".into(),
        Data::Unknown(r) => match r {
            None => format!("unknown({})", v.ty()),
            Some(r) => {
                let mut known = Vec::new();
                known.extend(r.not_null.then(|| "not null".to_owned()));
                known.extend(r.prefix.as_ref().map(|p| format!("starts with {p:?}")));
                known.extend(r.min.as_ref().map(|(n, _)| format!("from {n}")));
                known.extend(r.max.as_ref().map(|(n, _)| format!("to {n}")));
                known.extend(r.min_len.map(|n| format!("length from {n}")));
                known.extend(r.max_len.map(|n| format!("length to {n}")));
                format!("unknown({}: {})", v.ty(), known.join(", "))
            }
        },
        Data::Bool(b) => b.to_string(),
        Data::Number(n) => n.to_string(),
        Data::String(s) => format!("{s:?}"),
        Data::Seq(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        Data::Map(entries) => {
            let all: Vec<String> = entries.iter().map(|(k, v)| format!("{k:?}: {}", show(v))).collect();
            format!("{{{}}}", all.join(", "))
        }
    };
    marks + &inside
}

fn answer(scope: &TestScope, line: &str) -> String {
    let (expr, diags) = parse_expression(FileId::add("test", line));
    let (v, diags) = if diags.has_errors() { (Value::dynamic(), diags) } else { eval(&expr, scope) };
    match diags.into_iter().find(Diagnostic::is_error) {
        Some(d) => format!("error: {}", d.detail.replace('\n', " ")),
        None if v.is_known() => format!("{} {}", show(&v), v.ty()),
        None => show(&v),
    }
}

#[test]
fn golden() {
    let scope = scope();
    let mut failed = Vec::new();
    let mut calls = String::new();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    for path in files.into_iter().filter(|p| p.extension().is_some_and(|e| e == "txt")) {
        let text = std::fs::read_to_string(&path).unwrap();
        calls.push_str(&text);
        let mut new = String::new();
        for line in text.lines() {
            if line.starts_with("  ") {
                continue;
            }
            new.push_str(line);
            new.push('\n');
            if !line.is_empty() && !line.starts_with('#') {
                new.push_str(&format!("  {}\n", answer(&scope, line)));
            }
        }
        if new == text {
            continue;
        }
        if std::env::var_os("CRATON_BLESS").is_some() {
            std::fs::write(&path, new).unwrap();
            continue;
        }
        for (n, (old, new)) in text.lines().zip(new.lines()).enumerate().filter(|(_, (old, new))| old != new) {
            failed.push(format!("{}:{}\n  want {old}\n  got  {new}", path.display(), n + 1));
        }
        failed.push(format!("{} differs", path.display()));
    }
    assert!(failed.is_empty(), "CRATON_BLESS=1 writes it anew:\n{}", failed.join("\n"));
    for name in functions::function_names() {
        assert!(calls.contains(&format!("{name}(")), "no call of {name} in tests/golden/functions");
        assert!(!functions::function(name).unwrap().help.is_empty(), "{name} has a help line");
    }
}

#[test]
fn core_names_are_the_same_functions() {
    for name in functions::function_names() {
        assert!(functions::function(&format!("core::{name}")).is_some(), "core::{name}");
    }
    assert!(functions::function("Upper").is_none() && functions::function("core::core::upper").is_none());
}

#[test]
fn what_depends_on_the_moment_is_known_after_apply() {
    let mut scope = scope();
    scope.environment.apply_time = None;
    for call in ["uuid()", "timestamp()", "bcrypt(\"x\")"] {
        assert_eq!(answer(&scope, call), "unknown(string: not null)", "{call}");
    }
    assert_eq!(answer(&scope, "plantimestamp()"), "\"2023-11-14T22:13:20Z\" string");
    scope.environment.plan_time = None;
    assert_eq!(answer(&scope, "plantimestamp()"), "unknown(string: not null)");
}
