//! Arguments from the environment: `TF_CLI_ARGS` and `TF_CLI_ARGS_plan`
//! (<https://developer.hashicorp.com/terraform/cli/config/environment-variables>).

use super::normal::{Normal, command_at, normal};

/// Commands that have commands of their own.
const NESTED: &[&str] = &["metadata", "providers", "sandbox", "state", "workspace"];

/// Puts the environment's arguments right behind the command's name: those of `TF_CLI_ARGS_COMMAND`, then those of
/// `TF_CLI_ARGS`, then what was typed, so that what was typed counts.
///
/// # Errors
/// A variable's text has a quote that does not end.
pub fn with_environment(mut typed: Normal, get: impl Fn(&str) -> Option<String>) -> Result<Normal, String> {
    let Some(mut at) = command_at(&typed.args) else { return Ok(typed) };
    let mut name = typed.args[at].clone();
    if NESTED.contains(&name.as_str())
        && let Some(inner) = typed.args.get(at + 1).filter(|a| !a.starts_with('-'))
    {
        name = format!("{name}_{inner}");
        at += 1;
    }
    let mut extra = Normal::default();
    for variable in [format!("TF_CLI_ARGS_{}", name.replace('-', "_")), "TF_CLI_ARGS".into()] {
        let Some(text) = get(&variable).filter(|t| !t.trim().is_empty()) else { continue };
        let words = shlex::split(&text).ok_or_else(|| format!("{variable} holds a quote that does not end: {text}"))?;
        // The first word of a command line is the program's name.
        let more = normal(std::iter::once(String::new()).chain(words));
        extra.args.extend(more.args.into_iter().skip(1));
        extra.variables.extend(more.variables);
    }
    typed.args.splice(at + 1..at + 1, extra.args);
    extra.variables.append(&mut typed.variables);
    typed.variables = extra.variables;
    Ok(typed)
}

/// Whether `TF_INPUT` turns questions off.
pub fn input_is_off() -> bool {
    std::env::var("TF_INPUT").is_ok_and(|v| matches!(v.as_str(), "0" | "f" | "F" | "false" | "FALSE" | "False"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(typed: &str, env: &[(&str, &str)]) -> Result<String, String> {
        let typed = normal(typed.split(' ').map(ToOwned::to_owned));
        let get = |name: &str| env.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        with_environment(typed, get).map(|n| n.args.join(" "))
    }

    #[test]
    fn what_was_typed_comes_last() {
        let env = [("TF_CLI_ARGS", "-no-color"), ("TF_CLI_ARGS_plan", "-out=a -var 'x=a b'")];
        assert_eq!(line("craton plan -out=b", &env).unwrap(), "craton plan --out=a --var=x=a b --no-color --out=b");
        assert_eq!(line("craton apply p", &env).unwrap(), "craton apply --no-color p");
        assert_eq!(line("craton -chdir=x version", &env).unwrap(), "craton --chdir=x version --no-color");
    }

    #[test]
    fn commands_within_commands_have_their_own() {
        let env =
            [("TF_CLI_ARGS_state_list", "-id=q"), ("TF_CLI_ARGS_state", "-x"), ("TF_CLI_ARGS_force_unlock", "-force")];
        assert_eq!(line("craton state list a.b", &env).unwrap(), "craton state list --id=q a.b");
        assert_eq!(line("craton force-unlock 1", &env).unwrap(), "craton force-unlock --force 1");
        assert!(line("craton plan", &[("TF_CLI_ARGS", "'open")]).is_err());
    }
}
