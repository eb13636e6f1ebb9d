//! A saved plan does what it showed, once, on the state it was made for.

use serde_json::{Value, json};

use crate::apply::{NETWORK, network, settled};
use crate::case::Case;

#[test]
fn does_exactly_what_it_showed() {
    let case = Case::new(&[("main.tf", NETWORK)]);
    let planned = case.run(&["plan", "-out=saved.plan", "-var", "team=first"]).ok();
    let shown = case.run(&["show", "saved.plan"]).ok();
    for line in planned.out.lines().filter(|l| l.trim_start().starts_with("# aws_")) {
        assert!(shown.out.contains(line), "{line} is missing from what show says:\n{shown}");
    }
    // Neither the configuration nor the variables of the moment count any more.
    case.edit("main.tf", "10.0.1.0/24", "10.0.9.0/24");
    case.run(&["apply", "saved.plan"]).ok().says("10 added, 0 changed, 0 destroyed");
    let vpcs = case.aws("ec2", "DescribeVpcs", json!({}));
    assert!(vpcs.to_string().contains("first"), "{vpcs}");
    let subnets = case.aws("ec2", "DescribeSubnets", json!({})).to_string();
    assert!(subnets.contains("10.0.1.0/24") && !subnets.contains("10.0.9.0/24"), "{subnets}");
}

#[test]
fn is_refused_on_a_state_that_has_moved_on() {
    let case = network();
    case.run(&["plan", "-out=old.plan", "-var", "team=old"]).ok();
    case.run(&["apply", "-auto-approve", "-var", "team=new"]).ok();
    let before = case.everything();
    case.run(&["apply", "old.plan"]).ends(1).error("Saved plan is stale");
    assert_eq!(case.everything(), before);
}

#[test]
fn is_refused_a_second_time() {
    let case = Case::new(&[("main.tf", NETWORK)]);
    case.run(&["plan", "-out=saved.plan"]).ok();
    case.run(&["apply", "saved.plan"]).ok();
    let before = case.everything();
    case.run(&["apply", "saved.plan"]).ends(1).error("Saved plan is stale");
    assert_eq!(case.everything(), before);
}

#[test]
fn takes_no_variables_and_no_damage() {
    let case = Case::new(&[("main.tf", NETWORK)]);
    case.run(&["plan", "-out=saved.plan"]).ok();
    case.run(&["apply", "-var", "team=x", "saved.plan"]).ends(1);
    let half = std::fs::read(case.path("saved.plan")).unwrap();
    std::fs::write(case.path("half.plan"), &half[..half.len() / 2]).unwrap();
    case.run(&["apply", "half.plan"]).ends(1).error("Plan file is not readable");
    case.run(&["apply", "no.plan"]).ends(1);
    assert!(case.held().is_empty());
}

#[test]
fn destroys_when_it_is_a_plan_to_destroy() {
    let case = network();
    case.run(&["plan", "-destroy", "-out=end.plan"]).ok().says("Plan: 0 to add, 0 to change, 10 to destroy.");
    settled(&case);
    case.run(&["apply", "end.plan"]).ok().says("10 destroyed");
    assert!(case.held().is_empty());
}

#[test]
fn says_the_same_to_tools() {
    let case = Case::new(&[("main.tf", NETWORK)]);
    case.run(&["plan", "-out=saved.plan"]).ok();
    let shown: Value = serde_json::from_str(&case.run(&["show", "-json", "saved.plan"]).ok().out).unwrap();
    let changes = shown["resource_changes"].as_array().unwrap();
    assert_eq!(changes.len(), 10);
    assert!(changes.iter().all(|c| c["change"]["actions"] == json!(["create"])));
    let subnet = changes.iter().find(|c| c["address"] == "aws_subnet.this[1]").unwrap();
    assert_eq!(subnet["change"]["after"]["cidr_block"], "10.0.2.0/24");
    assert_eq!(subnet["change"]["after_unknown"]["vpc_id"], true);
    assert_eq!(shown["variables"]["team"]["value"], "platform");
}

#[test]
fn stays_when_the_next_one_never_began() {
    let case = Case::new(&[("main.tf", "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n")]);
    case.run(&["plan", "-out=p"]).ok();
    let before = std::fs::read(case.path("p")).unwrap();
    case.run(&["plan", "-target=a..b", "-out=p"]).ends(1).error("Invalid target \"a..b\"");
    assert!(std::fs::read(case.path("p")).unwrap() == before, "the file is the one from before");
    case.run(&["apply", "p"]).ok();
}
