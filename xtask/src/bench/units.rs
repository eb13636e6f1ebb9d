//! Many units: a tree five layers deep, each unit on two of the layer before, all including the same two files. Reading it
//! in order (`find --dag`), a plan of all, the apply, and a plan with no changes, at two sizes.
//!
//! Craton alone: Terragrunt starts a Terraform for each unit, so what would be compared is Terraform's start.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Options;
use super::measure::{self, Usage};
use super::table::{self, Row};
use super::tools;

const SIZES: [usize; 2] = [500, 1_000];
const LAYERS: usize = 5;

/// The promises: seconds in which 500 units are read, and how much longer twice as many units may take.
const READING: f64 = 1.0;
const GROWTH: f64 = 2.6;

pub(super) fn run(options: &Options) -> Result<(), String> {
    let scratch = tempfile::tempdir().map_err(|e| format!("no temporary folder: {e}"))?;
    let craton = tools::craton(&options.root, options.craton.as_deref())?;
    let mut all = Vec::new();
    for size in SIZES {
        let root = scratch.path().join(format!("{size}"));
        write_tree(&root, size).map_err(|e| format!("{}: {e}", root.display()))?;
        let rows = measure_tree(&craton, &root, size, options.runs, scratch.path())?;
        println!("\n{size} units in {LAYERS} layers\n");
        print!("{}", table::render_without_requests(&rows, None));
        all.push((size, rows));
    }
    println!("\nterragrunt: not measured; craton alone");
    promises(&all, options.check)
}

/// From nothing to a plan with no changes; what is cheap `runs` times, of which the median counts.
fn measure_tree(craton: &Path, root: &Path, size: usize, runs: usize, scratch: &Path) -> Result<Vec<Row>, String> {
    let env = tools::environment(scratch, "http://127.0.0.1:9");
    let once = |args: &[&str]| -> Result<Usage, String> {
        let mut command = Command::new(craton);
        command.args(args).current_dir(root.join("live")).env_clear().envs(env.iter().cloned());
        measure::run(&command, &[0], scratch)
    };
    let steps: [(&'static str, &[&str], usize); 4] = [
        ("find --dag", &["find", "--dag", "--json"], runs),
        ("first plan", &["--non-interactive", "run", "--all", "plan", "-no-color"], 1),
        ("apply", &["--non-interactive", "run", "--all", "apply", "-no-color"], 1),
        ("plan with no changes", &["--non-interactive", "run", "--all", "plan", "-no-color", "-detailed-exitcode"], 1),
    ];
    eprintln!("craton: {size} units");
    let measured = steps.into_iter().map(|(step, args, runs)| {
        let mut usages = (0..runs).map(|_| once(args)).collect::<Result<Vec<_>, _>>()?;
        usages.sort_by(|a, b| a.wall.total_cmp(&b.wall));
        Ok(Row { step, usage: usages[usages.len() / 2], ..Row::default() })
    });
    measured.collect()
}

/// Says of each promise whether it is kept.
fn promises(all: &[(usize, Vec<Row>)], check: bool) -> Result<(), String> {
    let mut broken = 0;
    let mut say = |what: String, kept: bool| {
        broken += usize::from(!kept);
        println!("{}: {what}", if kept { "kept" } else { "NOT KEPT" });
    };
    println!();
    let [(few, first), .., (many, last)] = all else { return Err("two sizes are needed".into()) };
    if let Some(row) = first.first() {
        say(
            format!("{few} units are read in at most {READING:.0} s ({:.3})", row.usage.wall),
            row.usage.wall <= READING,
        );
    }
    for (a, b) in first.iter().zip(last) {
        let growth = b.usage.cpu / a.usage.cpu;
        let what = format!("{} of {many} takes at most {GROWTH} times the CPU time of {few} ({growth:.1})", a.step);
        say(what, growth <= GROWTH);
    }
    if check && broken > 0 { Err(format!("{broken} promises are not kept")) } else { Ok(()) }
}

/// The folder of a unit.
fn folder(layer: usize, n: usize) -> PathBuf {
    Path::new("live").join(format!("layer{layer}")).join(format!("unit{n:03}"))
}

/// The tree: `live/layerL/unitNNN`, a module, and two files that all units include.
fn write_tree(root: &Path, size: usize) -> std::io::Result<()> {
    let write = |path: PathBuf, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(root))?;
        std::fs::write(path, text)
    };
    write("modules/unit/main.tf".into(), MODULE)?;
    write("live/root.hcl".into(), ROOT)?;
    write("live/common.hcl".into(), COMMON)?;
    let wide = size / LAYERS;
    for layer in 0..LAYERS {
        for n in 0..wide {
            write(folder(layer, n).join("terragrunt.hcl"), &unit(layer, n, wide))?;
        }
    }
    Ok(())
}

const MODULE: &str = r#"variable "name" {
  type = string
}

variable "environment" {
  type = string
}

variable "on" {
  type    = list(string)
  default = []
}

resource "terraform_data" "this" {
  input = "${var.environment}/${var.name} on ${join(", ", var.on)}"
}

output "id" {
  value = terraform_data.this.id
}
"#;

const ROOT: &str = r#"locals {
  common = read_terragrunt_config(find_in_parent_folders("common.hcl"))
}

generate "terraform" {
  path      = "generated.tf"
  if_exists = "overwrite"
  contents  = <<-EOT
    locals {
      unit = "${path_relative_to_include()}"
    }
  EOT
}

inputs = {
  environment = local.common.locals.environment
}
"#;

const COMMON: &str = "locals {\n  environment = \"bench\"\n}\n";

fn unit(layer: usize, n: usize, wide: usize) -> String {
    let mut text = String::from(
        "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n\ninclude \"common\" {\n  path   = find_in_parent_folders(\"common.hcl\")\n  expose = true\n}\n\nterraform {\n  source = \"../../../modules/unit\"\n}\n\n",
    );
    let mut on = Vec::new();
    if layer > 0 {
        for (label, m) in [("first", n), ("second", (n * 7 + 1) % wide)] {
            let _ = write!(
                text,
                "dependency \"{label}\" {{\n  config_path = \"../../layer{}/unit{m:03}\"\n}}\n\n",
                layer - 1
            );
            on.push(format!("dependency.{label}.outputs.id"));
        }
    }
    let _ = write!(
        text,
        "inputs = {{\n  name = \"${{include.common.locals.environment}}-{layer}-{n}\"\n  on   = [{}]\n}}\n",
        on.join(", ")
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_of_layers() {
        let dir = tempfile::tempdir().unwrap();
        write_tree(dir.path(), 25).unwrap();
        let read = |path: PathBuf| std::fs::read_to_string(dir.path().join(path).join("terragrunt.hcl")).unwrap();
        assert_eq!(read(folder(0, 4)).matches("dependency").count(), 0);
        let last = read(folder(4, 3));
        assert!(last.contains("\"../../layer3/unit003\"") && last.contains("\"../../layer3/unit002\""), "{last}");
        assert!(!dir.path().join(folder(0, 5)).exists() && !dir.path().join(folder(5, 0)).exists());
    }

    #[test]
    fn promises_are_checked() {
        let rows = |read: f64, cpu: f64| {
            let usage = |wall: f64| Usage { wall, cpu, peak: 30.0 };
            vec![
                Row { step: "find --dag", usage: usage(read), ..Row::default() },
                Row { step: "first plan", usage: usage(10.0), ..Row::default() },
            ]
        };
        assert!(promises(&[(500, rows(0.5, 1.0)), (1_000, rows(1.5, 2.2))], true).is_ok());
        assert!(promises(&[(500, rows(1.1, 1.0)), (1_000, rows(1.5, 2.2))], true).is_err(), "read too slowly");
        assert!(promises(&[(500, rows(0.5, 1.0)), (1_000, rows(1.5, 4.0))], true).is_err(), "grows with the square");
        assert!(promises(&[(500, rows(1.1, 1.0)), (1_000, rows(1.5, 4.0))], false).is_ok(), "only said, not demanded");
    }
}
