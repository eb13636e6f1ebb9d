//! What AWS refuses, and an AWS that is not there.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::apply::{NETWORK, network};
use crate::case::Case;

/// A subnet more, in another range.
fn with_subnet(cidr: &str) -> String {
    format!(
        "{NETWORK}\nresource \"aws_subnet\" \"more\" {{\n  vpc_id     = aws_vpc.this.id\n  cidr_block = \"{cidr}\"\n  depends_on = [aws_subnet.this]\n}}\n"
    )
}

fn vpc(cidr: &str) -> String {
    format!(
        "resource \"aws_vpc\" \"this\" {{\n  cidr_block = \"{cidr}\"\n}}\n\nprovider \"aws\" {{\n  region = \"eu-west-1\"\n}}\n"
    )
}

#[test]
fn a_subnet_over_another() {
    let case = network();
    case.write("main.tf", &with_subnet("10.0.1.128/25"));
    let ran = case.run(&["apply", "-auto-approve"]).ends(1);
    let error = ran.says("InvalidSubnet.Conflict").says("aws_subnet.more").says("10.0.1.128/25");
    error.says("cidr_block = \"10.0.1.128/25\"").says("^");
    assert_eq!(case.aws("ec2", "DescribeSubnets", json!({}))["Subnets"].as_array().unwrap().len(), 2);
    case.write("main.tf", NETWORK);
    case.run(&["plan", "-detailed-exitcode"]).ok();
}

#[test]
fn a_subnet_outside_its_network() {
    let case = network();
    case.write("main.tf", &with_subnet("10.9.1.0/24"));
    case.run(&["apply", "-auto-approve"]).ends(1).says("InvalidSubnet.Range").says("aws_subnet.more").says("^");
    case.write("main.tf", NETWORK);
    case.run(&["plan", "-detailed-exitcode"]).ok();
}

#[test]
fn a_network_too_large() {
    let case = Case::new(&[("main.tf", &vpc("10.0.0.0/8"))]);
    let ran = case.run(&["apply", "-auto-approve"]).ends(1);
    ran.error("AWS refused a request").at("main.tf line 2", "\"10.0.0.0/8\"").says("InvalidVpc.Range");
    assert!(case.held().is_empty());
}

#[test]
fn no_range_at_all() {
    let case = Case::new(&[("main.tf", &vpc("10.0.0.300/16"))]);
    case.run(&["plan"]).ends(1).says("10.0.0.300/16").says("main.tf line 2").says("^");
    assert!(case.held().is_empty());
}

#[test]
fn what_failed_half_way_keeps_what_was_made() {
    let case = Case::new(&[("main.tf", &with_subnet("10.0.1.0/25"))]);
    case.run(&["apply", "-auto-approve"]).ends(1).says("InvalidSubnet.Conflict");
    case.write("main.tf", &with_subnet("10.0.7.0/24"));
    case.run(&["apply", "-auto-approve"]).ok();
    assert_eq!(case.aws("ec2", "DescribeVpcs", json!({}))["Vpcs"].as_array().unwrap().len(), 1);
    assert_eq!(case.aws("ec2", "DescribeSubnets", json!({}))["Subnets"].as_array().unwrap().len(), 3);
    case.run(&["destroy", "-auto-approve"]).ok();
    assert!(case.held().is_empty(), "{:?}", case.held());
}

#[test]
fn another_account() {
    let case = Case::of_account("444455556666");
    case.write("main.tf", NETWORK);
    let endpoint = crate::endpoint::Endpoint::start(case.sandbox());
    let ran = case.run_at(&endpoint.address, &["apply", "-auto-approve"]).ends(1);
    ran.says("444455556666").says("allowed_account_ids");
    assert!(case.held().is_empty());
}

#[test]
fn no_credentials() {
    let case = Case::new(&[("main.tf", NETWORK)]);
    let before = case.everything();
    let mut command = case.command(&["apply", "-auto-approve"]);
    // Where the instance metadata would be asked: a port where nobody is.
    command.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", dead());
    let ran = quickly(|| case.finish(command));
    ran.ends(1).says("credentials").says("AWS_ACCESS_KEY_ID");
    assert_eq!(case.everything(), before);
}

#[test]
fn an_endpoint_that_does_not_answer() {
    let case = Case::new(&[("main.tf", NETWORK)]);
    let before = case.everything();
    let endpoint = dead();
    let ran = quickly(|| case.run_at(&endpoint, &["apply", "-auto-approve"]));
    ran.ends(1).says(&endpoint);
    assert_eq!(case.everything(), before);
}

/// An address where nobody listens.
fn dead() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// People wait for this. Not a measure of speed: the bound only tells an answer from minutes of retries.
fn quickly<T>(run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let out = run();
    assert!(start.elapsed() < Duration::from_secs(60), "took {:?}", start.elapsed());
    out
}
