//! Terragrunt's part of the command line: its flags in all their spellings, taken out before the rest is parsed.

mod table;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use table::FLAGS;
use table::{SHARED, Takes};

/// What was asked of Terragrunt.
#[derive(Clone, Debug, Default)]
pub struct UnitFlags {
    given: BTreeMap<&'static str, Vec<String>>,
    /// How many units run at a time, where it was said.
    pub parallelism: Option<usize>,
}

impl UnitFlags {
    /// Whether a flag without value was given.
    pub fn has(&self, name: &str) -> bool {
        self.given.get(name).and_then(|v| v.last()).is_some_and(|v| v == "true")
    }

    /// The value of a flag.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.given.get(name)?.last().map(String::as_str)
    }

    /// The value of a flag, as a path.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.value(name).map(PathBuf::from)
    }

    /// All values of a flag.
    pub fn values(&self, name: &str) -> &[String] {
        self.given.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The pairs of a flag of the form `NAME=VALUE`.
    pub fn pairs(&self, name: &str) -> impl Iterator<Item = (String, String)> + '_ {
        self.values(name)
            .iter()
            .map(|v| v.split_once('=').map_or((v.clone(), String::new()), |(a, b)| (a.into(), b.into())))
    }
}

/// A command line without what is Terragrunt's.
#[derive(Debug, Default)]
pub struct Line {
    /// The program's name, and the rest.
    pub args: Vec<String>,
    /// Terragrunt's flags.
    pub flags: UnitFlags,
    /// Spellings that were replaced: what was written, and what to write.
    pub outdated: Vec<(String, String)>,
    /// What is wrong with it.
    pub error: Option<String>,
    /// Flags before the command's name that are nobody's there, and whether they stand behind `run`.
    pub misplaced: Vec<(String, bool)>,
}

/// Commands as they were spelled before `run --all`.
const OLD_ALL: &[(&str, &str)] = &[
    ("plan-all", "plan"),
    ("apply-all", "apply"),
    ("destroy-all", "destroy"),
    ("output-all", "output"),
    ("validate-all", "validate"),
    ("spin-up", "apply"),
    ("tear-down", "destroy"),
];

/// Other commands as they were spelled before.
const OLD: &[(&str, &[&str])] = &[
    ("hclfmt", &["hcl", "fmt"]),
    ("hclvalidate", &["hcl", "validate"]),
    ("validate-inputs", &["hcl", "validate", "--inputs"]),
    ("render-json", &["render", "--json", "-w"]),
    ("graph-dependencies", &["dag", "graph"]),
    ("output-module-groups", &["find", "--dag", "--json"]),
    ("terragrunt-info", &["info", "print"]),
    ("fd", &["find"]),
    ("ls", &["list"]),
];

/// Flags of single commands as they were spelled before: what stood behind `--terragrunt-`, and what to write.
const OLD_OWN: &[(&str, &str)] = &[
    ("check", "check"),
    ("diff", "diff"),
    ("hclfmt-exclude-dir", "exclude-dir"),
    ("hclfmt-file", "file"),
    ("hclfmt-stdin", "stdin"),
    ("hclvalidate-json", "json"),
    ("hclvalidate-show-config-path", "show-config-path"),
    ("json-disable-dependent-modules", "disable-dependent-modules"),
    ("json-out", "out"),
    ("strict-validate", "strict"),
    ("with-metadata", "with-metadata"),
];

struct Reader<'a> {
    line: Line,
    env: &'a dyn Fn(&str) -> Option<String>,
    /// `--parallelism` with two dashes, which means units where there are many.
    parallelism: Option<String>,
    /// Whether `run` stands before the command.
    run: bool,
    /// Flags between `run` and the command, which are the command's.
    early: Vec<String>,
}

/// Takes Terragrunt's part out of a command line, and out of the environment.
pub fn read(args: impl IntoIterator<Item = String>, env: &dyn Fn(&str) -> Option<String>) -> Line {
    let mut reader = Reader { line: Line::default(), env, parallelism: None, run: false, early: Vec::new() };
    reader.arguments(args);
    reader.environment();
    reader.finish()
}

impl Reader<'_> {
    fn arguments(&mut self, args: impl IntoIterator<Item = String>) {
        let mut args = args.into_iter();
        self.line.args.extend(args.next());
        let mut command: Option<String> = None;
        // `stack` was read, and not yet what of it is wanted.
        let mut stack = false;
        let mut foreign = false;
        while let Some(arg) = args.next() {
            if foreign {
                self.line.args.push(arg);
                continue;
            }
            if arg == "--" {
                foreign = true;
                if self.run && command.is_none() {
                    self.line.args.extend(args.next());
                    command = self.line.args.last().cloned();
                    self.line.args.append(&mut self.early);
                    continue;
                }
                // Behind it everything is Terraform's, the command included.
                if command.as_deref() == Some("exec") {
                    self.line.args.push(arg);
                }
                continue;
            }
            if arg == "-a" {
                self.give("all", "true".into());
                continue;
            }
            if let Some(text) = arg.strip_prefix("--") {
                self.two_dashes(text, &arg, &mut args, command.as_deref());
                continue;
            }
            let flag = arg.trim_start_matches('-').split('=').next().unwrap_or_default();
            // One dash will do for Terragrunt's flags, too, where Terraform has none of that name.
            let ours = |f: &&table::Flag| f.name == flag && !matches!(flag, "config" | "filter");
            if arg.starts_with('-') && FLAGS.iter().any(|f| ours(&f)) {
                self.two_dashes(&arg[1..], &arg, &mut args, command.as_deref());
                continue;
            }
            if let Some(text) = arg.strip_prefix('-') {
                let name = text.split('=').next().unwrap_or_default();
                let takes_next = !text.contains('=') && super::normal::takes_value(name);
                let nobodys = command.is_none() && name.chars().count() > 1 && !super::is_global(name);
                if nobodys {
                    self.line.misplaced.push((name.to_owned(), self.run));
                }
                let to = if nobodys && self.run { &mut self.early } else { &mut self.line.args };
                to.push(arg.clone());
                if takes_next {
                    to.extend(args.next());
                }
                continue;
            }
            if let Some(command) = &command {
                // What follows is another program's.
                if command == "exec" {
                    self.line.args.push("--".into());
                    foreign = true;
                }
                self.line.args.push(arg);
                continue;
            }
            if std::mem::take(&mut stack) {
                if arg == "run" {
                    self.run = true;
                    self.give("all", "true".into());
                } else {
                    self.line.args.extend(["stack".into(), arg]);
                    command = Some("stack".into());
                }
                continue;
            }
            match arg.as_str() {
                "stack" if !self.run => stack = true,
                "run" if !self.run => self.run = true,
                "run-all" if !self.run => {
                    self.run = true;
                    self.outdated("run-all", "run --all");
                    self.give("all", "true".into());
                }
                word => {
                    let old_all = OLD_ALL.iter().find(|(old, _)| *old == word);
                    let old = OLD.iter().find(|(old, _)| *old == word);
                    if let Some((old, new)) = old_all {
                        self.outdated(old, &format!("run --all {new}"));
                        self.give("all", "true".into());
                        self.line.args.push((*new).into());
                    } else if let Some((old, new)) = old {
                        if !matches!(*old, "fd" | "ls") {
                            self.outdated(old, &new.join(" "));
                        }
                        self.line.args.extend(new.iter().map(|w| (*w).to_owned()));
                    } else {
                        self.line.args.push(arg.clone());
                    }
                    command = Some(self.line.args.last().cloned().unwrap_or_default());
                    self.line.args.append(&mut self.early);
                }
            }
        }
        if stack {
            self.line.args.push("stack".into());
        }
        if command.is_some() {
            self.line.misplaced.retain(|(_, behind_run)| !behind_run);
        }
        if self.run && command.is_none() && self.line.args.iter().skip(1).all(|a| a.starts_with('-')) {
            let help = self.line.args.iter().any(|a| a == "-h" || a == "--help");
            if help {
                self.line.args = vec![self.line.args[0].clone(), "run".into(), "--help".into()];
            } else if self.line.flags.has("all") || self.line.flags.has("graph") {
                self.line.error = Some("Missing run --all command argument. Name the command to run in each unit:\n  craton run --all plan".into());
            } else {
                self.line.error = Some("Missing command. Name the command to run:\n  craton run plan".into());
            }
        }
    }

    fn two_dashes(&mut self, text: &str, arg: &str, args: &mut dyn Iterator<Item = String>, command: Option<&str>) {
        let (name, joined) = text.split_once('=').map_or((text, None), |(n, v)| (n, Some(v.to_owned())));
        let current = match name.strip_prefix("terragrunt-") {
            None => name,
            Some(old) => {
                let known = FLAGS.iter().find(|f| if f.old.is_empty() { f.name == old } else { f.old == old });
                let shared = SHARED.iter().find(|(_, o, _)| *o == old);
                let own = OLD_OWN.iter().find(|(o, _)| *o == old);
                match (known, shared, own) {
                    (Some(f), ..) => f.name,
                    (None, Some((new, ..)), _) | (None, None, Some((_, new))) => new,
                    (None, None, None) => {
                        let text =
                            format!("There is no flag {arg}, nor was there one in Terragrunt that craton knows.");
                        self.line.error.get_or_insert(text);
                        return;
                    }
                }
            }
        };
        if current != name {
            self.outdated(&format!("--{name}"), &format!("--{current}"));
        }
        // Flags that these have of their own.
        let own = matches!((command, current), (Some("test"), "filter") | (Some("import"), "config"));
        if let Some(f) = FLAGS.iter().find(|f| f.name == current && !own) {
            let value = match (joined, f.takes) {
                (Some(v), _) => v,
                (None, Takes::Nothing) => "true".into(),
                (None, _) => match args.next() {
                    Some(v) => v,
                    None => {
                        self.line.error.get_or_insert(format!("The flag {arg} needs a value."));
                        return;
                    }
                },
            };
            self.give(f.name, value);
            return;
        }
        let value = match joined {
            None if super::normal::takes_value(current) => args.next(),
            other => other,
        };
        let written = value.map_or_else(|| format!("--{current}"), |v| format!("--{current}={v}"));
        let nobodys = command.is_none() && !super::is_global(current);
        if current == "parallelism" {
            self.parallelism = Some(written.clone());
        } else if nobodys {
            self.line.misplaced.push((current.to_owned(), self.run));
        }
        if nobodys && self.run {
            return self.early.push(written);
        }
        self.line.args.push(written);
    }

    fn give(&mut self, name: &'static str, value: String) {
        self.line.flags.given.entry(name).or_default().push(value);
    }

    fn outdated(&mut self, old: &str, new: &str) {
        let pair = (old.to_owned(), new.to_owned());
        if !self.line.outdated.contains(&pair) {
            self.line.outdated.push(pair);
        }
    }

    /// What the environment says, where the command line says nothing.
    fn environment(&mut self) {
        let capitals = |name: &str| name.to_uppercase().replace('-', "_");
        let set = |name: &str| (self.env)(name).filter(|v| !v.is_empty());
        let mut outdated = Vec::new();
        let mut found: Vec<(&'static str, Vec<String>)> = Vec::new();
        for f in FLAGS.iter().filter(|f| !self.line.flags.given.contains_key(f.name)) {
            let current = format!("TG_{}", capitals(f.name));
            let old = format!("TERRAGRUNT_{}", capitals(if f.old.is_empty() { f.name } else { f.old }));
            let value = set(&current).or_else(|| {
                let value = set(&old)?;
                outdated.push((old, current));
                Some(value)
            });
            let Some(value) = value else { continue };
            found.push((
                f.name,
                match f.takes {
                    Takes::Values => value.split(',').map(|v| v.trim().to_owned()).collect(),
                    Takes::Nothing => vec![matches!(value.as_str(), "1" | "true" | "TRUE" | "yes").to_string()],
                    Takes::Value => vec![value],
                },
            ));
        }
        for (name, old, takes) in SHARED {
            let current = format!("TG_{}", capitals(name));
            let old = format!("TERRAGRUNT_{}", capitals(old));
            let said = format!("--{name}");
            if self.line.args.iter().any(|a| a.split('=').next() == Some(&said)) || set(&current).is_some() {
                continue;
            }
            let Some(value) = set(&old) else { continue };
            outdated.push((old, current));
            match takes {
                Takes::Nothing if matches!(value.as_str(), "1" | "true") => {
                    self.line.args.insert(1.min(self.line.args.len()), said)
                }
                Takes::Nothing => {}
                _ => self.line.args.insert(1.min(self.line.args.len()), format!("{said}={value}")),
            }
        }
        self.line.flags.given.extend(found);
        outdated.iter().for_each(|(old, new)| self.outdated(old, new));
    }

    fn finish(mut self) -> Line {
        let many =
            self.line.flags.has("all") || self.line.flags.has("graph") || self.line.flags.given.contains_key("filter");
        let env = (self.env)("TG_PARALLELISM").or_else(|| (self.env)("TERRAGRUNT_PARALLELISM"));
        let mut text = env;
        if many && let Some(written) = &self.parallelism {
            let at = self.line.args.iter().position(|a| a == written);
            at.map(|at| self.line.args.remove(at));
            text = written.split_once('=').map(|(_, v)| v.to_owned());
        }
        if let Some(text) = text.filter(|t| !t.is_empty()) {
            match text.parse::<usize>() {
                Ok(n) if n > 0 => self.line.flags.parallelism = Some(n),
                _ => {
                    let text = format!(
                        "--parallelism is the number of units that run at a time, at least 1; {text:?} is none."
                    );
                    self.line.error.get_or_insert(text);
                }
            }
        }
        self.line
    }
}

/// The flags in lines, for the help of `run`.
pub fn help() -> String {
    let shown = FLAGS.iter().filter(|f| !f.help.is_empty());
    let name =
        |f: &table::Flag| if f.takes == Takes::Nothing { f.name.to_owned() } else { format!("{} <VALUE>", f.name) };
    let width = shown.clone().map(|f| name(f).len()).max().unwrap_or(0);
    let lines: Vec<String> = shown.map(|f| format!("  --{:width$}  {}", name(f), f.help)).collect();
    format!("Terragrunt's flags, for every command (TG_NAME in the environment):\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, env: &[(&str, &str)]) -> Line {
        let args = std::iter::once("craton".to_owned()).chain(text.split(' ').map(str::to_owned));
        read(args, &|name| env.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn the_ways_to_say_it() {
        for text in [
            "run --all plan -out=x",
            "run --all -- plan -out=x",
            "plan --all -out=x",
            "plan -a -out=x",
            "run-all plan -out=x",
            "plan-all -out=x",
            "run plan --all -out=x",
            "stack run plan -out=x",
            "stack run -- plan -out=x",
        ] {
            let l = line(text, &[]);
            assert_eq!((l.args.join(" ").as_str(), l.flags.has("all")), ("craton plan -out=x", true), "{text}");
            assert_eq!(l.outdated.len(), usize::from(text.contains("-all ") && !text.contains("--all")), "{text}");
        }
        let l = line("run -no-color --non-interactive -- output -json", &[]);
        assert_eq!(l.args.join(" "), "craton -no-color --non-interactive output -json");
        assert!(line("run --all", &[]).error.is_some() && line("run", &[]).error.is_some());
        let l = line("stack --no-stack-validate output -json a.b", &[]);
        assert_eq!((l.args.join(" ").as_str(), l.flags.has("all")), ("craton stack output -json a.b", false));
        let l = line("exec -- prog --all", &[]);
        assert_eq!((l.args.join(" ").as_str(), l.flags.has("all")), ("craton exec -- prog --all", false));
    }

    #[test]
    fn flags_in_all_spellings() {
        let l = line(
            "--terragrunt-non-interactive apply --terragrunt-source ../m --terragrunt-ignore-dependency-errors --feature a=1 --feature=b=2",
            &[("TERRAGRUNT_EXCLUDE_DIR", "x,y"), ("TG_FEATURE", "c=3"), ("TG_FAIL_FAST", "true")],
        );
        assert_eq!(l.args.join(" "), "craton --non-interactive apply");
        assert_eq!(l.flags.value("source"), Some("../m"));
        assert!(l.flags.has("queue-ignore-errors") && l.flags.has("fail-fast"));
        assert_eq!(l.flags.values("feature"), ["a=1", "b=2"]);
        assert_eq!(l.flags.values("queue-exclude-dir"), ["x", "y"]);
        assert_eq!(l.outdated.len(), 4);
        assert!(line("plan --terragrunt-nonsense", &[]).error.is_some());
    }

    #[test]
    fn two_parallelisms() {
        let l = line("run --all --parallelism 3 plan -parallelism=5", &[]);
        assert_eq!((l.args.join(" ").as_str(), l.flags.parallelism), ("craton plan -parallelism=5", Some(3)));
        for text in ["plan --parallelism 3", "run --parallelism 3 plan"] {
            let l = line(text, &[]);
            assert_eq!((l.args.join(" ").as_str(), l.flags.parallelism), ("craton plan --parallelism=3", None));
            assert!(l.misplaced.is_empty());
        }
        assert!(line("run --all --parallelism 0 plan", &[]).error.is_some());
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(FLAGS.is_sorted_by(|a, b| a.name < b.name));
    }
}
