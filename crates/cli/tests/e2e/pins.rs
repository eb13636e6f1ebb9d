//! A configuration that pins an earlier release of the AWS provider gets what that release has.

use crate::case::Case;

const TOPIC: &str = r#"terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

resource "aws_sns_topic" "this" {
  name                        = "orders.fifo"
  fifo_topic                  = true
  content_based_deduplication = false
}
"#;

const LOCK: &str = r#"provider "registry.terraform.io/hashicorp/aws" {
  version     = "5.87.0"
  constraints = ">= 5.46.0"
  hashes = [
    "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
  ]
}
"#;

/// `fifo_throughput_scope` came with 5.98.0.
const LATER: (&str, &str) = ("fifo_topic  ", "fifo_throughput_scope = \"Topic\"\n  fifo_topic  ");

fn attributes(case: &Case) -> serde_json::Value {
    case.state()["resources"][0]["instances"][0]["attributes"].clone()
}

#[test]
fn the_lock_file_decides() {
    let case = Case::new(&[("main.tf", TOPIC), (".terraform.lock.hcl", LOCK)]);
    case.run(&["apply", "-auto-approve"]).ok();
    let held = attributes(&case);
    assert_eq!(held["name"], "orders.fifo");
    assert!(held.get("fifo_throughput_scope").is_none(), "{held}");
    case.run(&["plan", "-detailed-exitcode"]).ok();

    case.edit("main.tf", LATER.0, LATER.1);
    case.run(&["plan"]).ends(1).error("Unsupported argument").says("fifo_throughput_scope");

    // The same with a newer release: the state is brought up to it, with nothing to do where nothing is asked for.
    case.edit(".terraform.lock.hcl", "5.87.0", "5.98.0");
    case.run(&["apply", "-auto-approve"]).ok();
    assert_eq!(attributes(&case)["fifo_throughput_scope"], "Topic");

    // And back: what the older release does not know is forgotten.
    case.edit("main.tf", LATER.1, LATER.0);
    case.edit(".terraform.lock.hcl", "5.98.0", "5.87.0");
    case.run(&["plan", "-detailed-exitcode"]).ok();
    case.run(&["destroy", "-auto-approve"]).ok();
}

#[test]
fn without_a_lock_file_what_is_required_decides() {
    let case = Case::new(&[("main.tf", TOPIC)]);
    case.run(&["providers", "schema", "-json"]).ok().says("fifo_throughput_scope");
    case.edit("main.tf", ">= 5.46", "~> 5.87.0");
    let pinned = case.run(&["providers", "schema", "-json"]).ok();
    assert!(!pinned.out.contains("fifo_throughput_scope"));
    case.edit("main.tf", LATER.0, LATER.1);
    case.run(&["validate"]).ends(1).error("Unsupported argument");
    case.edit("main.tf", "~> 5.87.0", "~> 5.98");
    case.run(&["validate"]).ok();
}

#[test]
fn a_lock_file_that_cannot_be_read_is_an_error() {
    let broken = LOCK.replace("\"5.87.0\"", "\"five\"");
    let case = Case::new(&[("main.tf", TOPIC), (".terraform.lock.hcl", &broken)]);
    case.run(&["plan"]).ends(1).error("Invalid dependency lock file");
}
