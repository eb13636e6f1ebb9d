//! Killed in the middle of an apply, craton finds everything it had made when it is run again.

use std::os::unix::process::CommandExt as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::apply::{NETWORK, settled};
use crate::case::Case;
use crate::endpoint::{Endpoint, Running};

/// Kills an apply when it asks for `operation`, and applies again.
fn killed_before(operation: &str) {
    let case = Case::new(&[("main.tf", NETWORK)]);
    let endpoint = Endpoint::start(case.sandbox());
    let gate = endpoint.hold(operation);
    // One thing at a time: nothing else is under way then.
    let command = case.command_at(&endpoint.address, &["apply", "-auto-approve", "-parallelism=1"]);
    let mut apply = Running::start(command);
    gate.reached_by(&mut apply);
    recorded(&case);
    apply.kill();
    gate.open();

    let left = case.path(".terraform.tfstate.lock.info");
    assert!(left.exists(), "a killed apply gives no lock back");
    case.run(&["apply", "-auto-approve"]).ok();
    settled(&case);
    let held = case.held();
    let of = |kind: &str| held.get(kind).copied().unwrap_or(0);
    assert_eq!((of("vpc"), of("subnet"), of("natgateway"), of("route-table")), (1, 2, 1, 1), "{held:?}");
    case.run(&["destroy", "-auto-approve"]).ok();
    assert!(case.held().is_empty(), "lost: {:?}", case.held());
}

/// Waits until all that was made is in the state: independent changes share a write, so that the last one may still
/// be under way when the next change begins.
fn recorded(case: &Case) {
    let start = Instant::now();
    loop {
        let made: usize = case.held().values().sum();
        let text = std::fs::read_to_string(case.path("terraform.tfstate")).unwrap_or_default();
        let state: Value = serde_json::from_str(&text).unwrap_or_default();
        let instances = |r: &Value| r["instances"].as_array().map_or(0, Vec::len);
        // Addresses of instances that the sandbox holds as resources: not routes, not associations.
        let of = |r: &&Value| !["aws_route", "aws_route_table_association"].iter().any(|t| r["type"] == *t);
        let kept: usize = state["resources"].as_array().into_iter().flatten().filter(of).map(instances).sum();
        if kept == made {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{kept} of {made} are recorded: {state}");
        std::thread::yield_now();
    }
}

#[test]
fn before_the_first_thing() {
    killed_before("CreateVpc");
}

#[test]
fn between_two_things() {
    killed_before("CreateSubnet");
}

#[test]
fn before_what_takes_long() {
    killed_before("CreateNatGateway");
}

#[test]
fn while_it_waits_for_what_takes_long() {
    let case = Case::new(&[("main.tf", NETWORK)]);
    let endpoint = Endpoint::start(case.sandbox());
    let gate = endpoint.hold("CreateRoute");
    let mut apply = Running::start(case.command_at(&endpoint.address, &["apply", "-auto-approve"]));
    gate.reached_by(&mut apply);
    recorded(&case);
    apply.kill();
    gate.open();
    case.run(&["apply", "-auto-approve"]).ok();
    settled(&case);
    assert_eq!(case.aws("ec2", "DescribeVpcs", json!({}))["Vpcs"].as_array().unwrap().len(), 1);
}

#[test]
fn an_interrupt_lets_what_runs_finish_and_starts_nothing_more() {
    let case = Case::new(&[("main.tf", NETWORK)]);
    let endpoint = Endpoint::start(case.sandbox());
    let gate = endpoint.hold("CreateSubnet");
    let command = case.command_at(&endpoint.address, &["apply", "-auto-approve", "-parallelism=1"]);
    let mut apply = Running::start(command);
    gate.reached_by(&mut apply);
    apply.interrupt();
    apply.says("Interrupted.");
    gate.open();
    assert_eq!(apply.wait(), Some(1));
    recorded(&case);
    let made = case.held();
    assert!(made.contains_key("subnet"), "what ran has finished: {made:?}");
    assert!(!made.contains_key("natgateway"), "{made:?}");
    case.run(&["apply", "-auto-approve"]).ok();
    settled(&case);
}

/// An apply of a script that says when it runs and ends when it is let go, after so many interrupts at the terminal.
fn interrupted_script(times: usize) -> Case {
    let text = r#"
resource "terraform_data" "script" {
  provisioner "local-exec" {
    command = "(trap 'touch ended' TERM; cat go.fifo && touch finished) > ignored 2>&1; true"
  }
}
"#;
    let case = Case::new(&[("main.tf", text)]);
    let go = case.path("go.fifo");
    assert!(std::process::Command::new("mkfifo").arg(&go).status().unwrap().success());
    let mut command = case.command(&["apply", "-auto-approve"]);
    command.process_group(0);
    let mut apply = Running::start(command);
    // Opens when the script reads.
    let go = std::fs::OpenOptions::new().write(true).open(&go).unwrap();
    apply.interrupt_group();
    apply.says("Interrupted.");
    if times == 1 {
        drop(go);
    } else {
        apply.interrupt_group();
        apply.says("Interrupted again.");
    }
    assert_eq!(apply.wait(), Some(1));
    case
}

#[test]
fn a_ctrl_c_at_the_terminal_does_not_reach_a_local_exec() {
    let case = interrupted_script(1);
    assert!(case.path("finished").exists());
    case.run(&["plan", "-detailed-exitcode"]).ok();
}

#[test]
fn a_second_ctrl_c_ends_a_local_exec_with_all_it_started() {
    let case = interrupted_script(2);
    let since = Instant::now();
    while !case.path("ended").exists() {
        assert!(since.elapsed() < Duration::from_secs(30), "what the script started still runs");
        std::thread::yield_now();
    }
    assert!(!case.path("finished").exists());
    case.run(&["plan"]).ok().says("because it is tainted");
}
