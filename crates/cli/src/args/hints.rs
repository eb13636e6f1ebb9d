//! What to say of a flag that stands where it means nothing.

use std::sync::LazyLock;

use clap::CommandFactory as _;

use super::Cli;

/// Every flag there is: its name, and the commands (words) that take it. Without words: all commands.
static FLAGS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let mut all = Vec::new();
    collect(&Cli::command(), "", &mut all);
    all
});

fn collect(command: &clap::Command, words: &str, all: &mut Vec<(String, String)>) {
    for argument in command.get_arguments() {
        let names = argument.get_long().into_iter().chain(argument.get_all_aliases().unwrap_or_default());
        all.extend(names.map(|name| (name.to_owned(), words.to_owned())));
    }
    for inner in command.get_subcommands() {
        let words =
            if words.is_empty() { inner.get_name().to_owned() } else { format!("{words} {}", inner.get_name()) };
        collect(inner, &words, all);
    }
}

/// Commands that are not Terraform's.
const OURS: [&str; 9] = ["stack", "catalog", "hcl", "render", "find", "list", "scaffold", "exec", "backend"];

/// Whether a flag may stand before the command.
pub fn is_global(flag: &str) -> bool {
    matches!(flag, "help" | "version") || FLAGS.iter().any(|(name, words)| name == flag && words.is_empty())
}

/// What to say of flags that stand before the command's name though no command takes them there; `true`: behind `run`.
/// `None` if there are none.
pub fn misplaced(flags: &[(String, bool)]) -> Option<String> {
    let (flag, run) = flags.first()?;
    let takers: Vec<&str> = FLAGS.iter().filter(|(name, _)| name == flag).map(|(_, words)| words.as_str()).collect();
    let own = |words: &&&str| OURS.contains(&words.split(' ').next().unwrap_or_default());
    let place = if *run { "flag for `run`" } else { "global flag" };
    let meant = takers.iter().find(own).or_else(|| takers.first().filter(|_| !*run));
    Some(match meant {
        Some(words) => {
            format!("flag `--{flag}` is not a valid {place}. Did you mean to use `{words} --{flag}`?")
        }
        None => format!(
            "flag `-{flag}` is not a Terragrunt flag. If it is one of Terraform's, write it behind the command, or use `--` to forward it:\n  craton run -- COMMAND -{flag}"
        ),
    })
}
