//! `remote-exec` and `file`: what another machine is asked, and what comes of its failures.
#![allow(clippy::unwrap_used, reason = "a test may stop anywhere")]

mod common;

use std::sync::{Arc, Mutex};

use common::{Bench, Machine, held, text};
use craton_engine::PlanOptions;
use craton_model::plan::PlanMode;
use craton_model::{Event, EventSink};
use insta::assert_snapshot;

/// Keeps the lines that provisioners print, and stops everything at the first one if it holds a token.
#[derive(Default)]
struct Lines(Mutex<Vec<String>>, Option<craton_engine::CancelToken>);

impl EventSink for Lines {
    fn event(&self, event: Event) {
        if let Event::ProvisionOutput { line, .. } = event {
            self.0.lock().unwrap().push(line);
            if let Some(cancel) = &self.1 {
                cancel.cancel();
                cancel.cancel();
            }
        }
    }
}

/// What the machine was asked, one line each, without the folder of the case.
fn asked(bench: &Bench) -> String {
    let all = std::mem::take(&mut *bench.machine.asked.lock().unwrap());
    all.join("\n").replace(&bench.folder(), "[CASE]")
}

#[tokio::test]
async fn the_provisioners_connection_goes_over_the_resources() {
    let mut bench = Bench::new(
        r#"
        resource "terraform_data" "a" {
          for_each = { k = "10.0.0.1" }
          input    = each.value
          connection {
            host = self.input
            user = "shared"
          }
          provisioner "file" {
            source      = "site/"
            destination = "/srv"
          }
          provisioner "file" {
            content     = "for ${self.input}"
            destination = "/etc/motd"
            connection { user = "own" }
          }
          provisioner "remote-exec" { inline = ["echo ${each.key}", "true"] }
          provisioner "remote-exec" {
            when    = destroy
            scripts = ["a.sh", "b.sh"]
          }
        }
        "#,
    );
    assert!(bench.session().validate().await.is_empty());
    bench.apply().await;
    assert_snapshot!(asked(&bench), @r#"
    shared@10.0.0.1: CopyPath { source: "[CASE]/site/", destination: "/srv" }
    own@10.0.0.1: CopyText { content: "for 10.0.0.1", destination: "/etc/motd" }
    shared@10.0.0.1: Commands(["echo k", "true"])
    "#);
    let destroy = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
    assert!(bench.applied_with(destroy).await.is_empty());
    assert_snapshot!(asked(&bench), @r#"shared@10.0.0.1: Scripts(["[CASE]/a.sh", "[CASE]/b.sh"])"#);
}

#[tokio::test]
async fn a_failure_taints_unless_the_work_goes_on() {
    let mut bench = Bench::new(
        r#"
        variable "secret" {
          default   = "hunter2"
          sensitive = true
        }
        resource "terraform_data" "a" {
          connection { host = "h" }
          provisioner "remote-exec" {
            inline     = ["fail one"]
            on_failure = continue
          }
          provisioner "remote-exec" { inline = ["fail ${var.secret}"] }
          provisioner "remote-exec" { inline = ["never"] }
        }
        "#,
    );
    let lines = Arc::new(Lines::default());
    bench.events = lines.clone();
    let found = bench.applied().await;
    assert_snapshot!(text(&found), @r#"
    remote-exec provisioner error: It ended with exit status 3. Output: working on h
    remote-exec provisioner error: It ended with exit status 3. Output: (suppressed due to sensitive value in config)
    "#);
    assert_snapshot!(held(&bench.state), @"terraform_data.a = uuid tainted");
    assert_snapshot!(lines.0.lock().unwrap().join("\n"), @"
    Connected.
    working on h
    (output suppressed due to sensitive value in config)
    ");
}

#[tokio::test]
async fn mistakes_are_found_before_anything_is_made() {
    let bench = Bench::new(
        r#"
        resource "terraform_data" "a" {
          provisioner "remote-exec" { inline = ["true"] }
          provisioner "remote-exec" {
            inline = ["true"]
            script = "a.sh"
            connection { user = "u" }
          }
          provisioner "file" {
            content     = "x"
            destination = "/x/"
            connection {
              host = "h"
              hots = "h"
            }
          }
        }
        "#,
    );
    let found = bench.session().validate().await;
    assert_snapshot!(text(&found), @r#"
    Missing connection configuration for provisioner: The provisioner "remote-exec" works on another machine, and nothing says which. Add a block to it, or to the resource:
    Invalid combination of arguments: The provisioner "remote-exec" takes one of the arguments "inline", "script", "scripts", and several are set.
    Missing required argument: "host" must be set here, and it is not. Add it.
    Destination is a folder: The argument "destination" ends with a slash, but one file is copied. Give the path of the file there, its name included.
    Unsupported argument: There is no argument "hots" here. Did you mean "host"?
    "#);
    assert!(found.0.iter().all(|d| d.subject.is_some()));
}

#[tokio::test]
async fn a_second_interrupt_ends_the_work() {
    let mut bench = Bench::new(
        r#"
        resource "terraform_data" "a" {
          connection { host = "h" }
          provisioner "remote-exec" { inline = ["true"] }
        }
        "#,
    );
    bench.machine = Arc::new(Machine { hangs: true, ..Machine::default() });
    bench.events = Arc::new(Lines(Mutex::default(), Some(bench.cancel.clone())));
    let found = bench.applied().await;
    assert!(
        text(&found).contains("Provisioner was stopped: The provisioner \"remote-exec\" was stopped"),
        "{}",
        text(&found)
    );
    assert_snapshot!(held(&bench.state), @"terraform_data.a = uuid tainted");
}

/// Terraform refuses these when it validates, though nothing is connected to.
#[tokio::test]
async fn a_connection_that_nothing_uses_is_held_to_its_types() {
    let refused = async |shared: &str, own: &str| {
        let bench = Bench::new(&format!(
            "resource \"terraform_data\" \"a\" {{\n  connection {{\n{shared}\n}}\n  provisioner \"local-exec\" {{\n    command = \"true\"\n{own}\n}}\n}}\n"
        ));
        text(&bench.session().validate().await)
    };
    assert_eq!(refused("host = \"h\"", "").await, "");
    assert_snapshot!(refused("host = [\"h\"]", "").await, @r#"Incorrect attribute value type: The value does not fit the argument "host": string required."#);
    assert_snapshot!(refused("host = \"h\"", "connection {\nport = \"x\"\n}").await, @r#"Incorrect attribute value type: The value does not fit the argument "port": a number is required."#);
    assert_snapshot!(refused("", "connection {\nhots = 1\n}").await, @r#"
    Missing required argument: "host" must be set here, and it is not. Add it.
    Unsupported argument: There is no argument "hots" here. Did you mean "host"?
    "#);
}
