//! The whole live tree: every unit below `infrastructure/production/eu-west-1/numinia` on one endpoint, planned with no
//! changes. Craton does it in one command; beside it stands the sum of Terraform's plans, one in each unit's working
//! copy with the unit's inputs. Terragrunt would come on top of that sum.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Options;
use super::measure::{self, Usage};
use super::proxy::Proxy;
use super::table::{self, Row};
use super::tools::{self, REGION, Sandbox, Terraform};

/// The promises of a plan with no changes: wall time against the sum of Terraform's, and MB (not MiB).
const FASTER: f64 = 30.0;
const MEMORY: f64 = 100.0;
const MB_OF_MIB: f64 = 1.048_576;

const PLAN: &str = "plan with no changes";

pub(super) fn run(options: &Options) -> Result<(), String> {
    let scratch = tempfile::tempdir().map_err(|e| format!("no temporary folder: {e}"))?;
    let craton = tools::craton(&options.root, options.craton.as_deref())?;
    let terraform = if options.alone { Err("--alone".into()) } else { tools::terraform(scratch.path()) };
    let sandbox = match &options.endpoint {
        None => Some(Sandbox::start(&craton, &scratch.path().join("sandbox"))?),
        Some(_) => None,
    };
    let upstream = sandbox.as_ref().map(|s| s.address.clone()).or_else(|| options.endpoint.clone()).unwrap_or_default();
    let proxy = Proxy::start(&upstream)?;
    let live = scratch.path().join("live");
    for folder in ["infrastructure", "modules"] {
        copy(&options.root.join(folder), &live.join(folder))?;
    }
    let tree = Tree {
        craton: &craton,
        folder: live.join("infrastructure/production").join(REGION).join("numinia"),
        proxy: &proxy,
        scratch: scratch.path(),
        env: tools::environment(scratch.path(), &proxy.address),
    };
    let units = tree.units()?;
    let ours = tree.ours(options.runs)?;
    let theirs = match &terraform {
        Ok(terraform) => Some(tree.theirs(terraform, &units)?),
        Err(_) => None,
    };

    let place = if sandbox.is_some() { "craton's sandbox" } else { "the endpoint that was named" };
    println!(
        "{} units, on {place}; craton plans all in one command (the median of {} runs), Terraform one after the other\n",
        units.len(),
        options.runs
    );
    let sum = theirs.as_deref().map(sum);
    print!("{}", table::render(&ours, sum.as_ref().map(std::slice::from_ref)));
    if let Some(theirs) = &theirs {
        println!("\nTerraform's plan of each unit:");
        for (unit, row) in theirs {
            println!("  {unit:<22}{:>9.3} s{:>6.0} MiB{:>6} requests", row.usage.wall, row.usage.peak, row.requests());
        }
    }
    if options.requests {
        for (name, row) in ours.first().map(|r| ("craton", r)).into_iter().chain(sum.as_ref().map(|r| ("terraform", r)))
        {
            println!("\n{name}, {}:", row.step);
            for (kind, number) in &row.requests {
                println!("  {number:>5} {kind}");
            }
        }
    }
    if let Err(missing) = &terraform {
        println!("\nskipped: {missing}");
    }
    let Some(plan) = ours.first() else { return Err("nothing was measured".into()) };
    promises(plan.usage, sum.map(|s| s.usage), options.check)
}

/// The tree's copy, and what is the same for all commands in it.
struct Tree<'a> {
    craton: &'a Path,
    /// Below which the units are.
    folder: PathBuf,
    proxy: &'a Proxy,
    scratch: &'a Path,
    env: Vec<(OsString, OsString)>,
}

impl Tree<'_> {
    fn craton(&self, folder: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(self.craton);
        command.arg("--working-dir").arg(folder).arg("--non-interactive").args(args);
        command.current_dir(folder).env_clear().envs(self.env.iter().cloned());
        command
    }

    fn measure(&self, step: &'static str, command: &Command, codes: &[i64]) -> Result<Row, String> {
        self.proxy.take();
        let usage = measure::run(command, codes, self.scratch)?;
        Ok(Row { step, usage, requests: self.proxy.take() })
    }

    /// The units' folders below the tree, in the order in which they are applied.
    fn units(&self) -> Result<Vec<String>, String> {
        let out = output(&mut self.craton(&self.folder, &["find", "--dag", "--json"]))?;
        let found: Vec<serde_json::Value> = serde_json::from_slice(&out).map_err(|e| format!("find --json: {e}"))?;
        let units: Vec<String> = found.iter().filter_map(|u| Some(u["path"].as_str()?.to_owned())).collect();
        if units.is_empty() { Err(format!("{} holds no units", self.folder.display())) } else { Ok(units) }
    }

    /// Craton's rows; the plan with no changes comes first, since nothing else has a counterpart.
    fn ours(&self, runs: usize) -> Result<Vec<Row>, String> {
        let all = |args: &[&str]| self.craton(&self.folder, &[&["run", "--all"], args, &["-no-color"]].concat());
        eprintln!("craton: first plan of the tree");
        let first = self.measure("first plan", &all(&["plan"]), &[0])?;
        eprintln!("craton: apply of the tree");
        let apply = self.measure("apply", &all(&["apply"]), &[0])?;
        eprintln!("craton: {PLAN}, {runs} times");
        let command = all(&["plan", "-detailed-exitcode"]);
        let rows = (0..runs).map(|_| self.measure(PLAN, &command, &[0])).collect::<Result<Vec<_>, _>>()?;
        let usage = measure::median(&rows.iter().map(|r| r.usage).collect::<Vec<_>>());
        let requests = rows.into_iter().last().map(|r| r.requests).unwrap_or_default();
        Ok(vec![Row { step: PLAN, usage, requests }, first, apply])
    }

    /// Terraform's plan of each unit, in the working copy that craton left.
    fn theirs(&self, terraform: &Terraform, units: &[String]) -> Result<Vec<(String, Row)>, String> {
        let plugins = self.scratch.join("plugins");
        std::fs::create_dir_all(&plugins).map_err(|e| format!("{}: {e}", plugins.display()))?;
        let mut all = Vec::new();
        for unit in units {
            eprintln!("terraform: {unit}");
            let (folder, inputs) = self.working_copy(unit)?;
            let command = |args: &[&str]| {
                let mut command = Command::new(&terraform.program);
                command.args(args).args(["-input=false", "-no-color"]).current_dir(&folder).env_clear();
                command.envs(self.env.iter().cloned()).envs(inputs.iter().cloned());
                command.env("TF_CLI_CONFIG_FILE", &terraform.config).env("TF_PLUGIN_CACHE_DIR", &plugins);
                command
            };
            self.measure("init", &command(&["init"]), &[0])?;
            all.push((unit.clone(), self.measure(PLAN, &command(&["plan", "-detailed-exitcode"]), &[0])?));
        }
        Ok(all)
    }

    /// Where a unit's root module is, and the variables of the environment that hold its inputs: asked of craton, so
    /// that Terraform's run is measured without it.
    fn working_copy(&self, unit: &str) -> Result<(PathBuf, Vec<(OsString, OsString)>), String> {
        let ask = ["exec", "--in-download-dir", "--", "sh", "-c", "printf '%s\\0' \"$PWD\" && env -0"];
        let out = output(&mut self.craton(&self.folder.join(unit), &ask))?;
        working_copy_of(out).ok_or_else(|| format!("{unit}: craton exec gave no working copy"))
    }
}

/// A folder and the `TF_VAR_` variables, out of texts that each end with NUL.
fn working_copy_of(out: Vec<u8>) -> Option<(PathBuf, Vec<(OsString, OsString)>)> {
    let mut texts = out.split(|b| *b == 0);
    let folder = texts.next().filter(|f| !f.is_empty())?;
    let inputs = texts.filter(|t| t.starts_with(b"TF_VAR_")).filter_map(|t| {
        let (name, value) = t.split_at(t.iter().position(|b| *b == b'=')?);
        Some((OsString::from_vec(name.to_vec()), OsString::from_vec(value[1..].to_vec())))
    });
    Some((OsString::from_vec(folder.to_vec()).into(), inputs.collect()))
}

/// What a command prints.
fn output(command: &mut Command) -> Result<Vec<u8>, String> {
    let out = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if out.status.success() {
        return Ok(out.stdout);
    }
    Err(format!("{command:?} ended with {}:\n{}", out.status, String::from_utf8_lossy(&out.stderr)))
}

/// One after the other: times and requests add up, of the memory the largest counts.
fn sum(rows: &[(String, Row)]) -> Row {
    rows.iter().fold(Row { step: PLAN, ..Row::default() }, |mut sum, (_, row)| {
        sum.usage = Usage {
            wall: sum.usage.wall + row.usage.wall,
            cpu: sum.usage.cpu + row.usage.cpu,
            peak: sum.usage.peak.max(row.usage.peak),
        };
        for (kind, number) in &row.requests {
            *sum.requests.entry(kind.clone()).or_default() += number;
        }
        sum
    })
}

/// Says of each promise whether it is kept.
fn promises(ours: Usage, theirs: Option<Usage>, check: bool) -> Result<(), String> {
    let mut broken = 0;
    let mut say = |what: String, kept: bool| {
        broken += usize::from(!kept);
        println!("{}: {what}", if kept { "kept" } else { "NOT KEPT" });
    };
    println!("\nA plan of the whole tree with no changes:");
    if let Some(theirs) = theirs {
        let ratio = theirs.wall / ours.wall;
        say(format!("{FASTER:.0} times as fast as the sum of Terraform's plans ({ratio:.1})"), ratio >= FASTER);
    }
    let megabytes = ours.peak * MB_OF_MIB;
    say(format!("at most {MEMORY:.0} MB ({megabytes:.1})"), megabytes <= MEMORY);
    if check && broken > 0 { Err(format!("{broken} promises are not kept")) } else { Ok(()) }
}

/// Copies a folder with all below it, but not what earlier runs left.
fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let inside = |e: std::io::Error| format!("{}: {e}", from.display());
    std::fs::create_dir_all(to).map_err(inside)?;
    for entry in std::fs::read_dir(from).map_err(inside)? {
        let entry = entry.map_err(inside)?;
        let (name, kind) = (entry.file_name(), entry.file_type().map_err(inside)?);
        if name == ".terragrunt-cache" || name == ".terraform" {
            continue;
        }
        if kind.is_dir() {
            copy(&entry.path(), &to.join(name))?;
        } else {
            std::fs::copy(entry.path(), to.join(name)).map_err(inside)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn plans_of_units_add_up() {
        let row = |wall, peak, n| Row {
            step: PLAN,
            usage: Usage { wall, cpu: wall, peak },
            requests: BTreeMap::from([("ec2 DescribeVpcs".to_string(), n)]),
        };
        let sum = sum(&[("a".into(), row(2.0, 300.0, 3)), ("b".into(), row(3.0, 200.0, 4))]);
        assert_eq!(sum.usage, Usage { wall: 5.0, cpu: 5.0, peak: 300.0 });
        assert_eq!(sum.requests(), 7);
    }

    #[test]
    fn a_working_copy_and_its_inputs() {
        let out = b"/live/vpc\0HOME=/root\0TF_VAR_name=a=b\nc\0TF_VAR_azs=[]\0".to_vec();
        let (folder, inputs) = working_copy_of(out).unwrap();
        assert_eq!(folder, Path::new("/live/vpc"));
        assert_eq!(inputs, [("TF_VAR_name", "a=b\nc"), ("TF_VAR_azs", "[]")].map(|(n, v)| (n.into(), v.into())));
        assert!(working_copy_of(Vec::new()).is_none());
    }

    #[test]
    fn promises_are_checked() {
        let of = |wall, peak| Usage { wall, cpu: wall, peak };
        assert!(promises(of(1.0, 95.0), Some(of(30.0, 500.0)), true).is_ok());
        assert!(promises(of(1.0, 95.0), Some(of(29.0, 500.0)), true).is_err(), "too slow");
        assert!(promises(of(1.0, 96.0), None, true).is_err(), "96 MiB are more than 100 MB");
        assert!(promises(of(1.0, 96.0), None, false).is_ok(), "only said, not demanded");
    }

    #[test]
    fn what_earlier_runs_left_is_not_copied() {
        let dir = tempfile::tempdir().unwrap();
        let from = dir.path().join("from");
        std::fs::create_dir_all(from.join("vpc/.terragrunt-cache/x")).unwrap();
        std::fs::write(from.join("vpc/terragrunt.hcl"), "inputs = {}").unwrap();
        copy(&from, &dir.path().join("to")).unwrap();
        assert!(dir.path().join("to/vpc/terragrunt.hcl").is_file());
        assert!(!dir.path().join("to/vpc/.terragrunt-cache").exists());
        assert!(copy(&dir.path().join("none"), &dir.path().join("to")).is_err());
    }
}
