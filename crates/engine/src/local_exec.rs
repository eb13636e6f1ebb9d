//! `local-exec`: a command on this machine.

use std::process::Stdio;

use craton_model::addr::ResourceInstance;
use craton_model::{Diagnostic, Event, Value};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

use crate::evaluate::ModuleScope;
use crate::provision::texts;

/// The process group of a command and of all it started, by the number of its first process. Who drops this before
/// the command has ended asks all of them to end.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        let leader = self.0.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
        if let Some(leader) = leader {
            // Fails when they are gone, which is what is wanted.
            rustix::process::kill_process_group(leader, rustix::process::Signal::TERM).ok();
        }
    }
}

/// Runs the command of one `local-exec` and tells its lines as they come. With a `secret`, which
/// says how its arguments are marked, what it says is kept back.
pub async fn run(
    config: &Value,
    secret: Option<&str>,
    scope: &ModuleScope<'_>,
    addr: &ResourceInstance,
) -> Result<(), Diagnostic> {
    let failed = |detail: String| Diagnostic::error("local-exec provisioner error", detail);
    let command = config.get("command").and_then(Value::as_str).unwrap_or_default();
    if command.is_empty() {
        return Err(failed("The argument \"command\" is empty. Give a command to run.".into()));
    }
    let mut interpreter = texts(config.get("interpreter"));
    if interpreter.is_empty() {
        interpreter = if cfg!(windows) { vec!["cmd".into(), "/C".into()] } else { vec!["/bin/sh".into(), "-c".into()] };
    }
    let mut process = Command::new(&interpreter[0]);
    process.args(&interpreter[1..]).arg(command).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A Ctrl-C reaches everything in the terminal's foreground group. What runs is to finish, so it is not in there.
    process.kill_on_drop(true).process_group(0);
    let base = &scope.walk.environment.base_dir;
    match config.get("working_dir").and_then(Value::as_str) {
        Some(dir) => process.current_dir(base.join(dir)),
        None => process.current_dir(if base.as_os_str().is_empty() { std::path::Path::new(".") } else { base }),
    };
    for (name, value) in config.get("environment").and_then(Value::as_map).into_iter().flatten() {
        process.env(name.as_ref(), value.as_str().unwrap_or_default());
    }
    let quiet = config.get("quiet").and_then(Value::as_bool) == Some(true);
    let tell = |line: String| {
        let provisioner = "local-exec".to_owned();
        scope.walk.events.event(Event::ProvisionOutput { addr: addr.clone(), provisioner, line });
    };
    if let Some(marks) = secret {
        tell(format!("(output suppressed due to {marks} value in config)"));
    } else if !quiet {
        let words: Vec<String> = interpreter.iter().map(|w| format!("{w:?}")).chain([format!("{command:?}")]).collect();
        tell(format!("Executing: [{}]", words.join(" ")));
    }
    let mut child = process.spawn().map_err(|e| failed(format!("Could not start {:?}: {e}.", interpreter[0])))?;
    let mut group = Group(child.id());
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let tail = std::sync::Mutex::new(Vec::<String>::new());
    let keep = |line: String| {
        let mut tail = tail.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if tail.len() == 20 {
            tail.remove(0);
        }
        tail.push(line.clone());
        drop(tail);
        if secret.is_none() {
            tell(line);
        }
    };
    let (status, ..) = tokio::join!(child.wait(), lines(out, &keep), lines(err, &keep));
    // Its number may belong to another by now.
    group.0 = None;
    let status = status.map_err(|e| failed(format!("Could not wait for the command: {e}.")))?;
    if status.success() {
        return Ok(());
    }
    let said = if let Some(marks) = secret {
        format!("(suppressed due to {marks} value in config)")
    } else {
        tail.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).join("\n")
    };
    let command = if secret.is_some() { "the command" } else { command };
    let how =
        status.code().map_or_else(|| "was ended by a signal".to_owned(), |c| format!("ended with exit status {c}"));
    Err(failed(format!("Error running {command:?}: it {how}. Output: {said}")))
}

async fn lines(from: Option<impl AsyncRead + Unpin>, keep: &impl Fn(String)) {
    let Some(from) = from else { return };
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while matches!(reader.read_until(b'\n', &mut line).await, Ok(n) if n > 0) {
        keep(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned());
        line.clear();
    }
}
