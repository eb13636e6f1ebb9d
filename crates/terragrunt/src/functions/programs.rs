//! Functions that run programs.

use super::{text, text_param};
use crate::context::Context;
use crate::session::once;
use craton_hcl::{Function, FunctionError};
use craton_model::{Type, Value};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

pub(super) fn run_cmd(ctx: &Arc<Context>) -> Function {
    let ctx = ctx.clone();
    Function::new("run_cmd", "What a program writes to its standard output.")
        .variadic(text_param("command", "flags, the program, its arguments"))
        .returns(Type::String)
        .run(move |_, args| {
            let mut words: Vec<&str> = args.iter().filter_map(Value::as_str).collect();
            let (mut quiet, mut global, mut fresh) = (false, false, false);
            while let Some(flag) = words.first().copied() {
                match flag {
                    "--terragrunt-quiet" => quiet = true,
                    "--terragrunt-global-cache" => global = true,
                    "--terragrunt-no-cache" => fresh = true,
                    _ => break,
                }
                words.remove(0);
            }
            if global && fresh {
                return Err(FunctionError::new(
                    "the --terragrunt-global-cache and --terragrunt-no-cache options cannot be used together",
                ));
            }
            if words.is_empty() {
                return Err(FunctionError::new("it needs a program to run"));
            }
            let dir = ctx.dir();
            let key_dir = if global { Default::default() } else { dir.clone() };
            let key = (key_dir, words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>());
            let run = || run(&ctx, &dir, &words).map_err(FunctionError::new);
            let (output, known) = if fresh { (run()?, false) } else { once(&ctx.session.commands, key, run)? };
            if !quiet && !known {
                ctx.session.outside.echo(&format!("{output}\n"));
            }
            ctx.session.outside.ran((!quiet).then_some(output.as_str()), known);
            Ok(Value::from(output))
        })
}

pub(super) fn sops_decrypt_file(ctx: &Arc<Context>) -> Function {
    let ctx = ctx.clone();
    Function::new("sops_decrypt_file", "The decrypted text of a file that sops encrypted.")
        .param(text_param("path", "the file, relative to the configuration"))
        .returns(Type::String)
        .run(move |_, args| {
            let path = ctx.path(text(args, 0));
            if !path.is_file() {
                return Err(FunctionError::argument(0, format!("there is no file {}", path.display())));
            }
            ctx.note_read(&path);
            let shown = path.to_string_lossy().into_owned();
            let decrypt = || run(&ctx, &ctx.dir(), &["sops", "--decrypt", &shown]).map_err(FunctionError::new);
            let (text, _) = once(&ctx.session.secrets, path.clone(), decrypt)?;
            Ok(Value::from(text))
        })
}

/// Runs a program in a folder with the run's environment; gives its output without the line end at its end.
fn run(ctx: &Context, dir: &Path, words: &[&str]) -> Result<String, String> {
    let program = words.first().copied().unwrap_or_default();
    let mut command = Command::new(program);
    command.args(&words[1..]).current_dir(dir).stdin(Stdio::null()).env_clear().envs(ctx.env());
    let output = command.output().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => format!("there is no program {program:?} on this machine"),
        _ => format!("{program:?} did not start: {e}"),
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{program:?} ended with {}: {}", output.status, said.trim()));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| format!("the output of {program:?} is not UTF-8"))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}
