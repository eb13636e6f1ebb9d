//! The VPC module: a first plan, the apply of that plan, a plan with no changes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::measure::{self, Usage};
use super::proxy::Proxy;
use super::table::{self, Row};
use super::tools::{self, Sandbox, Terraform};
use super::{Module, Options};

/// The promises of a plan with no changes: wall time and requests against Terraform's, MiB.
const FASTER: f64 = 20.0;
const MEMORY: f64 = 64.0;
const FEWER: f64 = 4.0;

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

    let series = Series { options, proxy: &proxy, scratch: scratch.path() };
    let ours = series.measure("craton", &craton, None)?;
    let theirs = match &terraform {
        Ok(Terraform { program, config }) => Some(series.measure("terraform", program, Some(config))?),
        Err(_) => None,
    };

    let module = match &options.module {
        Module::Own => "modules/vpc".to_string(),
        Module::Public(folder) => format!("the public module in {}", folder.display()),
    };
    let place = if sandbox.is_some() { "craton's sandbox" } else { "the endpoint that was named" };
    println!(
        "{module}: {} resources, on {place}, a plan with no changes is the median of {} runs\n",
        ours.resources, options.runs
    );
    print!("{}", table::render(&ours.rows, theirs.as_ref().map(|t| t.rows.as_slice())));
    if options.requests {
        for measured in std::iter::once(&ours).chain(&theirs) {
            print_requests(measured);
        }
    }
    if let Err(missing) = &terraform {
        println!("\nskipped: {missing}");
    }
    if let Some(theirs) = &theirs
        && theirs.resources != ours.resources
    {
        return Err(format!("terraform made {} resources, craton {}", theirs.resources, ours.resources));
    }
    promises(&ours, theirs.as_ref(), options.check)
}

fn print_requests(measured: &Measured) {
    for row in &measured.rows {
        println!("\n{}, {}:", measured.name, row.step);
        for (kind, number) in &row.requests {
            println!("  {number:>5} {kind}");
        }
    }
}

/// Says of each promise whether it is kept.
fn promises(ours: &Measured, theirs: Option<&Measured>, check: bool) -> Result<(), String> {
    let Some(plan) = ours.rows.last() else { return Err("nothing was measured".into()) };
    let mut broken = 0;
    let mut say = |what: String, kept: bool| {
        broken += usize::from(!kept);
        println!("{}: {what}", if kept { "kept" } else { "NOT KEPT" });
    };
    println!("\nA plan with no changes:");
    if let Some(their) = theirs.and_then(|t| t.rows.last()) {
        let ratio = their.usage.wall / plan.usage.wall;
        say(format!("{FASTER:.0} times as fast as Terraform ({ratio:.1})"), ratio >= FASTER);
        let (our_requests, their_requests) = (plan.requests(), their.requests());
        let fewer = u32::try_from(our_requests).map(f64::from).unwrap_or(f64::MAX) * FEWER
            <= u32::try_from(their_requests).map(f64::from).unwrap_or(f64::MAX);
        say(format!("at most a quarter of Terraform's requests ({our_requests} of {their_requests})"), fewer);
    }
    say(format!("at most {MEMORY:.0} MiB ({:.0})", plan.usage.peak), plan.usage.peak <= MEMORY);
    if check && broken > 0 { Err(format!("{broken} promises are not kept")) } else { Ok(()) }
}

struct Measured {
    name: &'static str,
    resources: usize,
    rows: Vec<Row>,
}

/// What is the same for both programs.
struct Series<'a> {
    options: &'a Options,
    proxy: &'a Proxy,
    scratch: &'a Path,
}

impl Series<'_> {
    /// From an empty endpoint to an empty endpoint.
    fn measure(&self, name: &'static str, program: &Path, config: Option<&Path>) -> Result<Measured, String> {
        let root = self.scratch.join(name);
        self.write_root(&root)?;
        let mut env = tools::environment(self.scratch, &self.proxy.address);
        env.extend(config.map(|c| (OsString::from("TF_CLI_CONFIG_FILE"), OsString::from(c))));
        let command = |args: &[&str]| {
            let mut command = Command::new(program);
            command.args(args).current_dir(&root).env_clear().envs(env.iter().cloned());
            command
        };
        let once = |args: &[&str], codes: &[i64]| -> Result<(Usage, BTreeMap<String, u64>), String> {
            self.proxy.take();
            let usage = measure::run(&command(args), codes, self.scratch)?;
            Ok((usage, self.proxy.take()))
        };
        let quiet = ["-input=false", "-no-color"];
        let with = |args: &[&'static str]| [&args[..1], &quiet[..], &args[1..]].concat();

        eprintln!("{name}: init");
        once(&with(&["init"]), &[0])?;
        let mut rows = Vec::new();
        for (step, args, codes) in [
            ("first plan", with(&["plan", "-detailed-exitcode", "-out=first.plan"]), [2]),
            ("apply", with(&["apply", "first.plan"]), [0]),
        ] {
            eprintln!("{name}: {step}");
            let (usage, requests) = once(&args, &codes)?;
            rows.push(Row { step, usage, requests });
        }
        eprintln!("{name}: plan with no changes, {} times", self.options.runs);
        let (mut usages, mut requests) = (Vec::new(), BTreeMap::new());
        for _ in 0..self.options.runs {
            let (usage, asked) = once(&with(&["plan", "-detailed-exitcode"]), &[0])?;
            usages.push(usage);
            requests = asked;
        }
        rows.push(Row { step: "plan with no changes", usage: measure::median(&usages), requests });

        let listed = command(&["state", "list"]).output().map_err(|e| format!("{}: {e}", program.display()))?;
        let listed = String::from_utf8_lossy(&listed.stdout);
        let is_data = |line: &&str| line.split('.').any(|part| part == "data");
        let resources = listed.lines().filter(|l| !l.is_empty() && !is_data(l)).count();
        eprintln!("{name}: destroy");
        once(&with(&["destroy", "-auto-approve"]), &[0])?;
        Ok(Measured { name, resources, rows })
    }

    fn write_root(&self, root: &Path) -> Result<(), String> {
        let inside = |e: std::io::Error| format!("{}: {e}", root.display());
        std::fs::create_dir_all(root).map_err(inside)?;
        std::fs::write(root.join("provider.tf"), include_str!("vpc/provider.tf")).map_err(inside)?;
        match &self.options.module {
            Module::Own => {
                copy_tf(&self.options.root.join("modules/vpc"), root)?;
                let inputs = self.options.root.join("tests/judges/seed.tfvars.json");
                std::fs::copy(inputs, root.join("seed.auto.tfvars.json")).map(|_| ()).map_err(inside)
            }
            Module::Public(folder) => {
                let copy = root.join("terraform-aws-vpc");
                std::fs::create_dir_all(&copy).map_err(inside)?;
                copy_tf(folder, &copy)?;
                std::fs::write(root.join("main.tf"), include_str!("vpc/public.tf")).map_err(inside)
            }
        }
    }
}

fn copy_tf(from: &Path, to: &Path) -> Result<(), String> {
    let inside = |e: std::io::Error| format!("{}: {e}", from.display());
    let files: Vec<PathBuf> = std::fs::read_dir(from).map_err(inside)?.flatten().map(|e| e.path()).collect();
    let mut copied = 0;
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "tf")) {
        std::fs::copy(file, to.join(file.file_name().unwrap_or_default())).map_err(inside)?;
        copied += 1;
    }
    if copied == 0 { Err(format!("{} holds no .tf files", from.display())) } else { Ok(()) }
}
