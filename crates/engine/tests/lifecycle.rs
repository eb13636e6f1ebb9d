//! Plans and applies of small configurations with the built-in and the fake provider.

mod common;

use common::{Bench, held, show, text};
use craton_engine::PlanOptions;
use craton_model::plan::PlanMode;
use insta::assert_snapshot;

#[tokio::test]
async fn create_update_destroy() {
    let mut bench = Bench::new(
        r#"
        variable "v" { default = "one" }
        resource "terraform_data" "a" { input = var.v }
        resource "terraform_data" "b" { input = terraform_data.a.output }
        output "o" { value = terraform_data.b.output }
        "#,
    );
    assert!(bench.session().validate().await.is_empty());
    assert_snapshot!(bench.planned().await, @r"
    Create terraform_data.a
    Create terraform_data.b
    output o Create: null(any) -> unknown(string)
    ");
    bench.apply().await;
    assert_snapshot!(held(&bench.state), @r#"
    terraform_data.a = uuid
    terraform_data.b = uuid on terraform_data.a
    output o = "one"
    "#);
    assert_snapshot!(bench.planned().await, @r"
    NoOp terraform_data.a
    NoOp terraform_data.b
    ");
    bench.set("v", "two");
    assert_snapshot!(bench.planned().await, @r#"
    Update terraform_data.a
    Update terraform_data.b
    output o Update: "one" -> unknown(string)
    "#);
    bench.apply().await;
    assert_snapshot!(held(&bench.state), @r#"
    terraform_data.a = uuid
    terraform_data.b = uuid on terraform_data.a
    output o = "two"
    "#);
    let destroy = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
    let (plan, found) = bench.session().plan(destroy.clone()).await;
    assert!(!found.has_errors(), "{}", text(&found));
    assert_snapshot!(show(&plan), @r#"
    Delete terraform_data.a
    Delete terraform_data.b
    output o Delete: "two" -> null(any)
    "#);
    assert_snapshot!(bench.session().steps_text(&plan).await.0, @r"
    delete terraform_data.b
    delete terraform_data.a after delete terraform_data.b
    ");
    let found = bench.applied_with(destroy).await;
    assert!(found.is_empty(), "{}", text(&found));
    assert_snapshot!(held(&bench.state), @"");
}

#[tokio::test]
async fn validate_finds_many_mistakes_in_one_run() {
    let bench = Bench::new(
        r#"
        resource "terraform_data" "a" { inptu = 1 }
        resource "terraform_dat" "b" {}
        resource "fake_thing" "c" { name = "" }
        resource "terraform_data" "d" { input = var.nope }
        resource "terraform_data" "e" { input = terraform_data.missing.id }
        resource "terraform_data" "many" { count = 2 }
        output "f" { value = terraform_data.many.id }
        output "g" { value = [terraform_data.a[0].id, local.x, module.m.y] }
        "#,
    );
    assert_snapshot!(text(&bench.session().validate().await), @r#"
    Invalid resource type: The provider terraform.io/builtin/terraform does not support the resource type "terraform_dat". Did you mean "terraform_data"?
    Reference to undeclared input variable: An input variable "nope" has not been declared in this module. Declare it with a block: variable "nope" {}.
    Reference to undeclared resource: A resource "terraform_data" "missing" has not been declared in this module.
    Missing resource instance key: terraform_data.many repeats, so it has instances rather than attributes. Say which instance is meant, as in terraform_data.many[0] or terraform_data.many[each.key], or take all of them with terraform_data.many[*].
    Unexpected resource instance key: terraform_data.a sets neither "count" nor "for_each", so there is only one of it. Refer to it without the index in brackets.
    Reference to undeclared local value: A local value "x" has not been declared in this module. Declare it in a locals block.
    Reference to undeclared module: No module call named "m" is declared in this module.
    Unsupported argument: There is no argument "inptu" here. Did you mean "input"?
    Empty name: The name must not be empty.
    "#);
}

#[tokio::test]
async fn a_cycle_is_shown_with_its_blocks() {
    let bench = Bench::new(
        r#"
        locals {
          a = terraform_data.x.output
          b = local.c
          c = local.a
        }
        resource "terraform_data" "x" { input = local.b }
        "#,
    );
    assert_snapshot!(text(&bench.plan().await.1), @"Cycle: These blocks refer to one another in a circle, so none of them can come first: local.a -> terraform_data.x -> local.b -> local.c -> local.a.");
}

#[tokio::test]
async fn modules_repeat_and_are_referred_to() {
    let mut bench = Bench::new(
        r#"
        module "m" {
          source   = "./m"
          for_each = { x = 1, y = 2 }
          n        = each.value
        }
        module "one" {
          source = "./m"
          n      = length(module.m)
        }
        output "all" { value = { for k, m in module.m : k => m.ids } }
        output "x" { value = module.m["x"].sum }
        output "one" { value = module.one.sum }
        "#,
    );
    bench.write(
        "m/main.tf",
        r#"
        variable "n" { type = number }
        resource "terraform_data" "t" {
          count = var.n
          input = "t${count.index}"
        }
        output "ids" { value = terraform_data.t[*].input }
        output "sum" { value = "${var.n} of ${length(terraform_data.t)}" }
        "#,
    );
    assert_snapshot!(bench.planned().await, @r#"
    Create module.m["x"].terraform_data.t[0]
    Create module.m["y"].terraform_data.t[0]
    Create module.m["y"].terraform_data.t[1]
    Create module.one.terraform_data.t[0]
    Create module.one.terraform_data.t[1]
    output all Create: null(any) -> {"x": ["t0"], "y": ["t0", "t1"]}
    output one Create: null(any) -> "2 of 2"
    output x Create: null(any) -> "1 of 1"
    "#);
    assert_snapshot!(bench.session().graph_text().await.0, @r#"
    module.m
    module.m (done)
      module.m
      module.m.output.ids
      module.m.output.sum
      module.m.terraform_data.t
      module.m.var.n
    module.m (outputs)
      module.m
      module.m.output.ids
      module.m.output.sum
    module.m.output.ids
      module.m
      module.m.terraform_data.t
    module.m.output.sum
      module.m
      module.m.terraform_data.t
      module.m.var.n
    module.m.terraform_data.t
      module.m
      module.m.var.n
      provider["terraform.io/builtin/terraform"]
    module.m.var.n
      module.m
    module.one
    module.one (done)
      module.one
      module.one.output.ids
      module.one.output.sum
      module.one.terraform_data.t
      module.one.var.n
    module.one (outputs)
      module.one
      module.one.output.ids
      module.one.output.sum
    module.one.output.ids
      module.one
      module.one.terraform_data.t
    module.one.output.sum
      module.one
      module.one.terraform_data.t
      module.one.var.n
    module.one.terraform_data.t
      module.one
      module.one.var.n
      provider["terraform.io/builtin/terraform"]
    module.one.var.n
      module.m (done)
      module.m (outputs)
      module.one
    output.all
      module.m (done)
      module.m (outputs)
    output.one
      module.one
      module.one.output.sum
    output.x
      module.m
      module.m.output.sum
    provider["terraform.io/builtin/terraform"]
    "#);
    bench.apply().await;
    assert_snapshot!(held(&bench.state), @r#"
    module.m["x"].terraform_data.t[0] = uuid
    module.m["y"].terraform_data.t[0] = uuid
    module.m["y"].terraform_data.t[1] = uuid
    module.one.terraform_data.t[0] = uuid on module.m.terraform_data.t
    module.one.terraform_data.t[1] = uuid on module.m.terraform_data.t
    output all = {"x": ["t0"], "y": ["t0", "t1"]}
    output one = "2 of 2"
    output x = "1 of 1"
    "#);
}

#[tokio::test]
async fn replacement_orders() {
    let mut bench = Bench::new(
        r#"
        variable "kind" { default = "a" }
        resource "fake_thing" "net" {
          name = "net"
          kind = var.kind
        }
        resource "fake_thing" "host" {
          name = "host"
          kind = fake_thing.net.id
        }
        resource "fake_thing" "user" {
          name = "user"
          refs = [fake_thing.host.id]
        }
        "#,
    );
    bench.apply().await;
    bench.set("kind", "b");
    let (plan, _) = bench.plan().await;
    assert_snapshot!(show(&plan), @r"
    DeleteThenCreate fake_thing.host (ReplaceBecauseCannotUpdate) because of kind
    DeleteThenCreate fake_thing.net (ReplaceBecauseCannotUpdate) because of kind
    Update fake_thing.user
    ");
    assert_snapshot!(bench.session().steps_text(&plan).await.0, @r"
    delete fake_thing.host
    delete fake_thing.net after delete fake_thing.host
    create fake_thing.net after delete fake_thing.net
    create fake_thing.host after create fake_thing.net
    update fake_thing.user after create fake_thing.host
    ");
    bench.write(
        "cbd_override.tf",
        "resource \"fake_thing\" \"host\" {\n  lifecycle {\n    create_before_destroy = true\n  }\n}\n",
    );
    let (plan, _) = bench.plan().await;
    assert_snapshot!(show(&plan), @r"
    CreateThenDelete fake_thing.host (ReplaceBecauseCannotUpdate) because of kind
    CreateThenDelete fake_thing.net (ReplaceBecauseCannotUpdate) because of kind
    Update fake_thing.user
    ");
    assert_snapshot!(bench.session().steps_text(&plan).await.0, @r"
    create fake_thing.net
    create fake_thing.host after create fake_thing.net
    update fake_thing.user after create fake_thing.host
    delete fake_thing.host (replaced) after update fake_thing.user
    delete fake_thing.net (replaced) after delete fake_thing.host (replaced)
    ");
    bench.world.take_log();
    bench.apply().await;
    assert_snapshot!(bench.world.take_log().join("\n"), @r"
    configure
    read 3
    configure
    create net
    create host
    update user
    delete host
    delete net
    ");
    assert_snapshot!(held(&bench.state), @r"
    fake_thing.host = thing-5 on fake_thing.net
    fake_thing.net = thing-4
    fake_thing.user = thing-3 on fake_thing.host, fake_thing.net
    ");
    // Taken out of the configuration: what used it lets go first.
    bench.write("main.tf", "resource \"fake_thing\" \"user\" {\n  name = \"user\"\n}\n");
    bench.write("cbd_override.tf", "");
    let (plan, _) = bench.plan().await;
    assert_snapshot!(bench.session().steps_text(&plan).await.0, @r"
    update fake_thing.user
    delete fake_thing.host after update fake_thing.user
    delete fake_thing.net after delete fake_thing.host
    ");
}
