//! File system functions. Paths are read from the base folder of the evaluation, with `~` expanded; messages name them
//! as they were written.

use std::io::ErrorKind;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::glob;
use super::support::*;

/// The functions of this family.
pub(super) fn functions() -> Vec<Function> {
    vec![
        function("abspath", "A path as an absolute one.", [param("path", Type::String)], abspath).returns(Type::String),
        function("basename", "The last part of a path.", [param("path", Type::String)], |_, args| {
            Ok(Value::from(base(text(args, 0)?)))
        })
        .returns(Type::String),
        function("dirname", "A path without its last part.", [param("path", Type::String)], |_, args| {
            Ok(Value::from(folder(text(args, 0)?)))
        })
        .returns(Type::String),
        function(
            "pathexpand",
            "A path with `~` replaced by the home folder.",
            [param("path", Type::String)],
            pathexpand,
        )
        .returns(Type::String),
        function("file", "The text in a file.", [param("path", Type::String)], |cx, args| {
            Ok(Value::from(read_text(cx, args, 0)?))
        })
        .returns(Type::String),
        function("filebase64", "The bytes in a file, in base64.", [param("path", Type::String)], |cx, args| {
            Ok(Value::from(STANDARD.encode(read(cx, args, 0)?)))
        })
        .returns(Type::String),
        function("fileexists", "Whether there is a file at a path.", [param("path", Type::String)], fileexists)
            .returns(Type::Bool),
        function(
            "fileset",
            "The paths of the files in a folder that a pattern matches.",
            [param("path", Type::String), param("pattern", Type::String)],
            glob::fileset,
        )
        .returns(Type::set(Type::String)),
    ]
}

/// A path for a message.
pub(super) fn shown(cx: &CallContext<'_>, i: usize, path: &str) -> String {
    if cx.is_sensitive(i) { "(sensitive value)".into() } else { format!("{path:?}") }
}

/// The bytes of the file that an argument names.
pub(super) fn read(cx: &CallContext<'_>, args: &[Value], i: usize) -> Result<Vec<u8>, FunctionError> {
    let path = text(args, i)?;
    let full = cx.environment().path(path);
    cx.environment().files.read(&full).map_err(|e| {
        let shown = shown(cx, i, path);
        FunctionError::argument(
            i,
            match e.kind() {
                ErrorKind::NotFound => format!(
                    "no file exists at {shown}; this function works only with files that are distributed as part of \
                     the configuration source code, so if this file will be created by a resource in this \
                     configuration you must instead obtain this result from an attribute of that resource"
                ),
                ErrorKind::IsADirectory => format!("failed to read {shown}: it is a folder, not a file"),
                _ => format!("failed to read {shown}: {e}"),
            },
        )
    })
}

/// The text of the file that an argument names.
pub(super) fn read_text(cx: &CallContext<'_>, args: &[Value], i: usize) -> Result<String, FunctionError> {
    String::from_utf8(read(cx, args, i)?).map_err(|_| {
        FunctionError::argument(
            i,
            format!(
                "contents of {} are not valid UTF-8; use the filebase64 function to obtain the Base64 encoded contents \
                 or the other file functions (e.g. filemd5, filesha256) to obtain file hashing results instead",
                shown(cx, i, args[i].as_str().unwrap_or_default())
            ),
        )
    })
}

fn fileexists(cx: &CallContext<'_>, args: &[Value]) -> Answer {
    let path = text(args, 0)?;
    match cx.environment().files.metadata(&cx.environment().path(path)) {
        Ok(m) if m.is_file() => Ok(Value::bool(true)),
        Ok(m) if m.is_dir() => wrong(0, format!("{} is a folder, not a file", shown(cx, 0, path))),
        Ok(_) => wrong(0, format!("{} is not a regular file", shown(cx, 0, path))),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(Value::bool(false)),
        Err(e) => wrong(0, format!("failed to look at {}: {e}", shown(cx, 0, path))),
    }
}

/// The shortest path that means the same, by its text alone: no `.`, no `..` but at the start, no doubled slashes.
pub(super) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(last) if *last != ".." => {
                    parts.pop();
                }
                _ if rooted => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".into(),
        (false, false) => joined,
    }
}

fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    match path.trim_end_matches('/').rsplit('/').next() {
        None | Some("") => "/",
        Some(last) => last,
    }
}

fn folder(path: &str) -> String {
    clean(path.rfind('/').map_or("", |i| &path[..=i]))
}

fn abspath(cx: &CallContext<'_>, args: &[Value]) -> Answer {
    let path = text(args, 0)?;
    let full = cx.environment().base_dir.join(path);
    let full = std::path::absolute(&full).map_err(|e| FunctionError::argument(0, e.to_string()))?;
    Ok(Value::from(clean(&full.to_string_lossy())))
}

fn pathexpand(_: &CallContext<'_>, args: &[Value]) -> Answer {
    let path = text(args, 0)?;
    let Some(rest) = path.strip_prefix('~') else { return Ok(Value::from(path)) };
    if !rest.is_empty() && !rest.starts_with('/') {
        return wrong(0, "cannot expand the home folder of another user");
    }
    match std::env::var("HOME") {
        Ok(home) if rest.is_empty() => Ok(Value::from(home)),
        Ok(home) => Ok(Value::from(clean(&format!("{home}{rest}")))),
        Err(_) => wrong(0, "the environment variable HOME, which names the home folder, is not set"),
    }
}
