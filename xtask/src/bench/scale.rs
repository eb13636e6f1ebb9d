//! Many resources: half `terraform_data` with `count`, half that refer to them by `count.index`. A first plan, the apply
//! of it and a plan with no changes, at three sizes.
//!
//! Terraform's time for such references grows with the square of their number, so it is not measured at the largest size.

use std::path::Path;
use std::process::Command;

use super::Options;
use super::measure::{self, Usage};
use super::table::{self, Row};
use super::tools;

const SIZES: [usize; 3] = [1_000, 2_000, 10_000];
/// Up to this size Terraform is measured as well.
const THEIR_LARGEST: usize = 2_000;
/// Seconds after which Terraform is given up.
const THEIR_LIMIT: u64 = 600;

/// The promises: the first plan of 2,000 against Terraform's, how much longer one of 10,000 may take than one of 1,000,
/// and MiB that it may take.
const FASTER: f64 = 100.0;
const GROWTH: f64 = 15.0;
const MEMORY: f64 = 300.0;

pub(super) fn run(options: &Options) -> Result<(), String> {
    let scratch = tempfile::tempdir().map_err(|e| format!("no temporary folder: {e}"))?;
    let craton = tools::craton(&options.root, options.craton.as_deref())?;
    let terraform = if options.alone { Err("--alone".to_owned()) } else { tools::terraform_alone() };

    let mut all = Vec::new();
    for size in SIZES {
        let ours = measure_size("craton", &craton, size, scratch.path(), None)?;
        let theirs = match &terraform {
            Ok(program) if size <= THEIR_LARGEST => {
                Some(measure_size("terraform", program, size, scratch.path(), Some(THEIR_LIMIT))?)
            }
            _ => None,
        };
        println!("\n{size} resources\n");
        print!("{}", table::render_without_requests(&ours, theirs.as_deref()));
        if terraform.is_ok() && size > THEIR_LARGEST {
            println!("terraform: not measured at this size, where it takes {} times as long as at {THEIR_LARGEST}", {
                let times = size / THEIR_LARGEST;
                times * times
            });
        }
        all.push((size, ours, theirs));
    }
    if let Err(missing) = &terraform {
        println!("\nskipped: {missing}");
    }
    promises(&all, options.check)
}

type Measured = (usize, Vec<Row>, Option<Vec<Row>>);

/// Says of each promise whether it is kept.
fn promises(all: &[Measured], check: bool) -> Result<(), String> {
    let of = |size: usize| all.iter().find(|(s, ..)| *s == size);
    let wall =
        |size: usize, step: usize| of(size).and_then(|(_, rows, _)| rows.get(step)).map_or(f64::NAN, |r| r.usage.wall);
    let mut broken = 0;
    let mut say = |what: String, kept: bool| {
        broken += usize::from(!kept);
        println!("{}: {what}", if kept { "kept" } else { "NOT KEPT" });
    };
    println!();
    if let Some(their) = of(THEIR_LARGEST).and_then(|(_, _, theirs)| theirs.as_ref()?.first()) {
        let ratio = their.usage.wall / wall(THEIR_LARGEST, 0);
        say(
            format!("first plan of {THEIR_LARGEST} {FASTER:.0} times as fast as Terraform ({ratio:.1})"),
            ratio >= FASTER,
        );
    }
    let (least, most) = (SIZES[0], SIZES[SIZES.len() - 1]);
    for (step, name) in ["first plan", "apply", "plan with no changes"].into_iter().enumerate() {
        let growth = wall(most, step) / wall(least, step);
        say(
            format!("{name} of {most} at most {GROWTH:.0} times as long as of {least} ({growth:.1})"),
            growth <= GROWTH,
        );
    }
    let peak = of(most).and_then(|(_, rows, _)| rows.first()).map_or(f64::NAN, |r| r.usage.peak);
    say(format!("first plan of {most} in at most {MEMORY:.0} MiB ({peak:.0})"), peak <= MEMORY);
    if check && broken > 0 { Err(format!("{broken} promises are not kept")) } else { Ok(()) }
}

/// From nothing to a plan with no changes.
fn measure_size(
    name: &str,
    program: &Path,
    size: usize,
    scratch: &Path,
    limit: Option<u64>,
) -> Result<Vec<Row>, String> {
    let root = scratch.join(format!("{name}-{size}"));
    let inside = |e: std::io::Error| format!("{}: {e}", root.display());
    std::fs::create_dir_all(&root).map_err(inside)?;
    std::fs::write(root.join("main.tf"), configuration(size)).map_err(inside)?;
    // No AWS is asked for anything here; nobody listens at this address.
    let env = tools::environment(scratch, "http://127.0.0.1:9");
    let once = |args: &[&str], codes: &[i64]| -> Result<Usage, String> {
        let mut command = match limit {
            // As its own program, so that the limit holds for what is measured.
            Some(seconds) => {
                let mut command = Command::new("timeout");
                command.arg(seconds.to_string()).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.args(args).current_dir(&root).env_clear().envs(env.iter().cloned());
        measure::run(&command, codes, scratch)
    };
    eprintln!("{name}: {size} resources");
    once(&["init", "-input=false", "-no-color"], &[0])?;
    let steps: [(&'static str, Vec<&str>, i64); 3] = [
        ("first plan", vec!["plan", "-input=false", "-no-color", "-detailed-exitcode", "-out=first.plan"], 2),
        ("apply", vec!["apply", "-input=false", "-no-color", "first.plan"], 0),
        ("plan with no changes", vec!["plan", "-input=false", "-no-color", "-detailed-exitcode"], 0),
    ];
    let measured = steps.into_iter().map(|(step, args, code)| {
        let usage = once(&args, &[code])?;
        Ok(Row { step, usage, ..Row::default() })
    });
    measured.collect()
}

fn configuration(size: usize) -> String {
    let half = size / 2;
    format!(
        "resource \"terraform_data\" \"base\" {{\n  count = {half}\n  input = \"base ${{count.index}}\"\n}}\n\n\
         resource \"terraform_data\" \"user\" {{\n  count = {half}\n  input = terraform_data.base[count.index].id\n}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(wall: f64, peak: f64) -> Vec<Row> {
        let usage = Usage { wall, cpu: wall, peak };
        ["first plan", "apply", "plan with no changes"].map(|step| Row { step, usage, ..Row::default() }).into()
    }

    #[test]
    fn promises_are_checked() {
        let measured = |most: f64, their: f64| {
            vec![
                (1_000, rows(0.1, 30.0), None),
                (2_000, rows(0.2, 40.0), Some(rows(their, 1500.0))),
                (10_000, rows(most, 100.0), None),
            ]
        };
        assert!(promises(&measured(1.0, 60.0), true).is_ok());
        assert!(promises(&measured(1.6, 60.0), true).is_err(), "grows faster than it may");
        assert!(promises(&measured(1.0, 19.0), true).is_err(), "not so much faster than Terraform");
        assert!(promises(&measured(1.6, 19.0), false).is_ok(), "only said, not demanded");
    }

    #[test]
    fn halves_of_the_size() {
        assert_eq!(configuration(1_000).matches("count = 500\n").count(), 2);
    }
}
