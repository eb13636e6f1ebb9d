//! The lives of all resource types: create, read, nothing to plan, an update of each argument that can be changed,
//! a replacement for each that cannot, import, nothing to plan, delete, gone. README.md beside this file says how a
//! life is written down; the files are read from this folder, so a new one is found by itself.
//!
//!     cargo test -p craton-aws-provider --test lives                 all, and what no life covers
//!     cargo test -p craton-aws-provider --test lives -- aws_efs      types with this in their name
//!     cargo test -p craton-aws-provider --test lives -- --plans=plans.json    all plans on the way, for tests/judges/plans.sh
//!     cargo test -p craton-aws-provider --test lives -- --settable aws_efs_file_system    the paths to cover

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

#[path = "../common/mod.rs"]
mod common;
mod data;
mod life;
mod paths;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use craton_aws_provider::provider_schema;
use data::Life;
use serde_json::{Value as Json, json};

/// Types whose lives are not written yet, one to a line. It only shrinks.
const PENDING: &str = include_str!("pending.txt");

thread_local! {
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Takes an object of a type through its life; what went wrong, with the step of the life.
fn run(life: &Life) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let lived = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.block_on(life::live(life))));
    match lived {
        Ok(missing) if missing.is_empty() => Ok(()),
        Ok(missing) => Err(missing.join("\n")),
        Err(_) => Err(format!("{}: {}", life::step(), PANIC.with_borrow(String::clone))),
    }
}

/// Types that are served and have no life, and lives that are on the list of those that have none.
fn uncovered(lives: &[Life]) -> Vec<String> {
    let pending: BTreeSet<&str> = PENDING.lines().filter(|l| l.starts_with("aws_")).collect();
    let written: BTreeSet<&str> = lives.iter().map(|l| l.r#type.as_str()).collect();
    let served: BTreeSet<&str> = provider_schema().resources.keys().map(AsRef::as_ref).collect();
    let mut found: Vec<String> = Vec::new();
    found.extend(
        served.iter().filter(|t| !written.contains(*t) && !pending.contains(*t)).map(|t| format!("{t} has no life")),
    );
    found.extend(pending.intersection(&written).map(|t| format!("{t} has a life: take it out of pending.txt")));
    found.extend(pending.difference(&served).map(|t| format!("pending.txt names {t}, which is not served")));
    found.extend(written.difference(&served).map(|t| format!("{t} has a life, but is not served")));
    if written.len() != lives.len() {
        found.push("a type has two lives".into());
    }
    found
}

/// Plans as JSON, for the judge.
fn written(plans: &[life::Planned]) -> String {
    let one = |p: &life::Planned| {
        json!({
            "type": p.r#type, "version": provider_schema().resources[p.r#type.as_str()].version, "step": p.step,
            "state": p.state, "config": p.config, "planned": p.planned, "replace": p.replace,
        })
    };
    plans.iter().map(one).collect::<Json>().to_string()
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|a| a == "--settable") {
        for r#type in &args[1..] {
            paths::settable(&common::block(r#type)).iter().for_each(|p| println!("{}.{p}", r#type));
        }
        return;
    }
    let plans_to = args.iter().find_map(|a| a.strip_prefix("--plans="));
    let wanted: Vec<&String> = args.iter().filter(|a| !a.starts_with('-')).collect();
    std::panic::set_hook(Box::new(|info| {
        let (text, owned) = (info.payload().downcast_ref::<&str>(), info.payload().downcast_ref::<String>());
        let said = text.copied().or(owned.map(String::as_str)).unwrap_or("panic");
        let place = info.location().map(|l| format!(" ({}:{})", l.file(), l.line())).unwrap_or_default();
        PANIC.set(format!("{said}{place}"));
    }));

    let all = data::read_all();
    let lives: Vec<&Life> =
        all.iter().filter(|l| wanted.is_empty() || wanted.iter().any(|w| l.r#type.contains(w.as_str()))).collect();
    let (next, failed, plans) = (AtomicUsize::new(0), Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(life) = lives.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = run(life);
                    plans.lock().unwrap().extend(life::plans());
                    println!("life of {} ... {}", life.r#type, if outcome.is_ok() { "ok" } else { "FAILED" });
                    if let Err(e) = outcome {
                        failed.lock().unwrap().push(format!("{} ({}):\n{e}", life.r#type, life.file));
                    }
                }
            });
        }
    });
    if let Some(file) = plans_to {
        std::fs::write(file, written(&plans.into_inner().unwrap())).unwrap();
    }
    let mut failed = failed.into_inner().unwrap();
    println!("\nlives: {} of {} passed\n", lives.len() - failed.len(), lives.len());
    if wanted.is_empty() {
        failed.extend(uncovered(&all));
    }
    if !failed.is_empty() {
        println!("{}", failed.join("\n\n"));
        std::process::exit(1);
    }
}
