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

#[test]
fn demands_that_no_release_meets() {
    let demands = |name: &str, version: &str| {
        format!(
            "terraform {{\n  required_providers {{\n    {name} = {{\n      source  = \"hashicorp/{name}\"\n      version = \"{version}\"\n    }}\n  }}\n}}\n"
        )
    };
    let case = Case::new(&[("main.tf", &demands("random", "~> 3.6"))]);
    case.run(&["init"]).ok();
    case.write("main.tf", &demands("random", "~> 99.0"));
    case.run(&["init"]).ends(1).error("No release of the provider fits").says("\"~> 99.0\" in the root module");
    // Nothing has to be initialised first.
    case.run(&["plan"]).ends(1).error("No release of the provider fits").says("< 3.10");

    case.write("main.tf", &format!("{}module \"a\" {{\n  source = \"./a\"\n}}\n", demands("null", "~> 3.2")));
    case.write("a/main.tf", &demands("null", "< 3.0"));
    let found = case.run(&["init"]).ends(1).error("No release of the provider fits");
    found.says("can be all that").says("\"< 3.0.0\" in module.a");

    // Another major release is not what craton's provider is like, and yet most of what is written for it works.
    case.write("main.tf", &demands("aws", ">= 6.0"));
    case.run(&["init"]).ok().says("Provider is like another release");
    case.run(&["plan"]).ok();
    case.write("main.tf", &demands("aws", ">= 4.66"));
    assert!(!case.run(&["init"]).ok().out.contains("another release"));
}

#[test]
fn a_lock_file_that_does_not_fit() {
    let case = Case::new(&[("main.tf", &TOPIC.replace(">= 5.46", "~> 5.90")), (".terraform.lock.hcl", LOCK)]);
    let found = case.run(&["init"]).ends(1).error("Locked release of the provider does not fit");
    found.says("5.87.0").says("-upgrade");
    case.run(&["init", "-upgrade"]).ok();
    assert_eq!(case.read(".terraform.lock.hcl"), LOCK);
}
