//! From what was typed to what the parser reads: one dash or two, and variables in their order.

use std::path::PathBuf;
use std::time::Duration;

/// One `-var` or `-var-file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableArg {
    /// `-var NAME=VALUE`
    Value(String),
    /// `-var-file FILE`
    File(PathBuf),
}

/// A command line with every flag in two-dash form.
#[derive(Debug, Default)]
pub struct Normal {
    /// The arguments, the program's name first.
    pub args: Vec<String>,
    /// `-var` and `-var-file` in the order they were given: of two that set one variable the
    /// later counts.
    pub variables: Vec<VariableArg>,
    /// `-chdir` stands behind the command's name.
    pub late_chdir: bool,
}

/// Flags that take the next argument as their value when none is joined by `=`.
const VALUED: &[&str] = &[
    "account-id",
    "as",
    "backend-config",
    "backup",
    "backup-out",
    "config",
    "exclude-dir",
    "file",
    "filter",
    "folder",
    "format",
    "from-module",
    "fs-mirror",
    "generate-config-out",
    "id",
    "json-out",
    "junit-xml",
    "lock-timeout",
    "lockfile",
    "module-depth",
    "net-mirror",
    "out",
    "output-folder",
    "parallelism",
    "platform",
    "plugin-dir",
    "port",
    "queue-construct-as",
    "replace",
    "root-file-name",
    "sandbox-folder",
    "state",
    "state-out",
    "target",
    "terragrunt-working-dir",
    "test-directory",
    "type",
    "var",
    "var-file",
    "working-dir",
];

/// Flags that say yes or no, yes when nothing is joined to them.
const SWITCHES: &[&str] = &["backend", "cloud", "get", "input", "list", "lock", "lock-file", "refresh", "write"];

/// Where the command's name is in a line of normal form.
pub fn command_at(args: &[String]) -> Option<usize> {
    args.iter().skip(1).position(|a| !a.starts_with('-')).map(|i| i + 1)
}

/// Yes or no, in any of the spellings that Go's flags take.
fn yes_or_no(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// Whether a flag takes the next argument.
pub fn takes_value(flag: &str) -> bool {
    VALUED.contains(&flag)
}

/// Brings arguments to normal form.
pub fn normal(args: impl IntoIterator<Item = String>) -> Normal {
    let mut out = Normal::default();
    let mut args = args.into_iter();
    out.args.extend(args.next());
    let mut only_operands = false;
    let mut command = false;
    while let Some(arg) = args.next() {
        let name = arg.trim_start_matches('-');
        let dashes = arg.len() - name.len();
        if only_operands || dashes == 0 || name.is_empty() {
            only_operands |= arg == "--";
            command |= dashes == 0;
            out.args.push(arg);
            continue;
        }
        if !command && matches!(arg.as_str(), "-v" | "-version" | "--version") {
            out.args.push("version".into());
            return out;
        }
        out.late_chdir |= command && name.split('=').next() == Some("chdir");
        if dashes == 1 && name.chars().count() == 1 {
            out.args.push(arg);
            continue;
        }
        let (flag, joined) = match name.split_once('=') {
            Some((flag, value)) => (flag, Some(value.to_owned())),
            None => (name, None),
        };
        let value = match joined {
            Some(value) => Some(value),
            None if VALUED.contains(&flag) => args.next(),
            None => None,
        };
        match (flag, &value) {
            ("var", Some(v)) => out.variables.push(VariableArg::Value(v.clone())),
            ("var-file", Some(v)) => out.variables.push(VariableArg::File(v.into())),
            _ => {}
        }
        match (flag, value) {
            // Flags that only say yes may be written `-json=true`.
            (flag, Some(v)) if YES.contains(&flag) && yes_or_no(&v).is_some() => {
                if yes_or_no(&v) == Some(true) {
                    out.args.push(format!("--{flag}"));
                }
            }
            (flag, Some(v)) if SWITCHES.contains(&flag) => match yes_or_no(&v) {
                Some(v) => out.args.push(format!("--{flag}={v}")),
                None => out.args.push(format!("--{flag}={v}")),
            },
            (flag, Some(v)) => out.args.push(format!("--{flag}={v}")),
            (flag, None) => out.args.push(format!("--{flag}")),
        }
    }
    out
}

/// Flags without a value of their own.
const YES: &[&str] = &[
    "allow-missing",
    "auto-approve",
    "check",
    "compact-warnings",
    "destroy",
    "detailed-exitcode",
    "diff",
    "draw-cycles",
    "dry-run",
    "enable-plugin-cache",
    "force",
    "force-copy",
    "ignore-remote-version",
    "json",
    "migrate-state",
    "no-color",
    "no-tests",
    "non-interactive",
    "or-create",
    "plan",
    "raw",
    "reconfigure",
    "recursive",
    "refresh-only",
    "sandbox",
    "update",
    "upgrade",
    "verbose",
];

/// Reads `90s`, `5m`, `1h30m`, `500ms`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let bad = || format!("{text:?} is no duration; write 30s, 5m or 1h30m");
    let mut rest = text;
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return Err(bad());
    }
    if rest == "0" {
        return Ok(total);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(bad)?;
        let number: f64 = rest[..digits].parse().map_err(|_| bad())?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let seconds = match &rest[..unit] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(bad()),
        };
        total += Duration::try_from_secs_f64(number * seconds).map_err(|_| bad())?;
        rest = &rest[unit..];
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use clap::{CommandFactory as _, Parser as _};

    fn parse(line: &str) -> (Cli, Vec<VariableArg>) {
        let n = normal(std::iter::once("craton".to_owned()).chain(line.split(' ').map(ToOwned::to_owned)));
        (Cli::try_parse_from(&n.args).unwrap_or_else(|e| panic!("{line}: {e}")), n.variables)
    }

    #[test]
    fn the_declaration_is_sound() {
        Cli::command().debug_assert();
        let known = |names: &[&str], takes: bool| {
            let mut flags = Vec::new();
            fn collect(c: &clap::Command, flags: &mut Vec<(String, bool)>) {
                for a in c.get_arguments().filter(|a| a.get_long().is_some()) {
                    let set = matches!(a.get_action(), clap::ArgAction::SetTrue);
                    flags.push((a.get_long().unwrap_or_default().to_owned(), set));
                    for alias in a.get_all_aliases().unwrap_or_default() {
                        flags.push((alias.to_owned(), set));
                    }
                }
                c.get_subcommands().for_each(|s| collect(s, flags));
            }
            collect(&Cli::command(), &mut flags);
            for name in names {
                let found: Vec<bool> = flags.iter().filter(|(f, _)| f == name).map(|(_, set)| *set).collect();
                assert!(found.contains(&!takes), "{name}");
                // A value may be a word of its own only if that is so wherever the flag is.
                assert!(!takes || !found.contains(&true), "{name}");
            }
        };
        known(VALUED, true);
        known(SWITCHES, true);
        known(YES, false);
    }

    #[test]
    fn one_dash_or_two() {
        let (cli, vars) = parse(
            "--sandbox --working-dir a/b apply -auto-approve -var a=-x --var-file=f -var=b=c=d -refresh=false -parallelism 3 -json=true",
        );
        assert!(cli.global.sandbox);
        assert_eq!(cli.global.working_dir.as_deref(), Some("a/b".as_ref()));
        let Command::Apply(args) = cli.command else { panic!("apply") };
        assert!(args.auto_approve && !args.options.refresh && args.options.json && args.options.parallelism == 3);
        assert_eq!(
            vars,
            [VariableArg::Value("a=-x".into()), VariableArg::File("f".into()), VariableArg::Value("b=c=d".into())]
        );
        let (cli, _) = parse("-chdir=x plan -out tfplan -detailed-exitcode -lock-timeout=1m30s -input=false");
        assert_eq!(cli.global.chdir.as_deref(), Some("x".as_ref()));
        let Command::Plan(args) = cli.command else { panic!("plan") };
        assert!(args.detailed_exitcode && !args.options.input);
        assert_eq!(args.options.locking.lock_timeout, Duration::from_secs(90));
        assert_eq!(args.out.as_deref(), Some("tfplan".as_ref()));
    }

    #[test]
    fn durations() {
        assert_eq!(duration("0s").unwrap(), Duration::ZERO);
        assert_eq!(duration("1h30m").unwrap(), Duration::from_secs(5400));
        assert_eq!(duration("500ms").unwrap(), Duration::from_millis(500));
        for bad in ["", "5", "m", "5x", "-1s", "99999999999999999999h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
