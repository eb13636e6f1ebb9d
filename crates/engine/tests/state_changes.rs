//! Drift, moves, removals, imports, targets: where the state and the configuration have come apart.

mod common;

use common::{Bench, held, show, text};
use craton_engine::PlanOptions;
use craton_model::Value;
use craton_model::plan::PlanMode;
use insta::assert_snapshot;

fn things(text: &str) -> String {
    text.split(',')
        .map(|t| {
            let name = t.trim();
            format!("resource \"fake_thing\" \"{name}\" {{\n  name = \"{name}\"\n}}\n")
        })
        .collect()
}

#[tokio::test]
async fn drift_is_found_in_one_read() {
    let mut bench = Bench::new(&things("a, b, c"));
    bench.apply().await;
    bench.world.set("thing-1", "size", Value::from(9));
    bench.world.remove("thing-2");
    bench.world.take_log();
    assert_snapshot!(bench.planned().await, @r"
    drift Update fake_thing.a
    drift Delete fake_thing.b
    Update fake_thing.a
    Create fake_thing.b
    NoOp fake_thing.c
    ");
    assert_snapshot!(bench.world.take_log().join("\n"), @r"
    configure
    read 3
    ");
    let refresh = PlanOptions { mode: PlanMode::RefreshOnly, ..PlanOptions::default() };
    bench.applied_with(refresh).await;
    assert_snapshot!(held(&bench.state), @r"
    fake_thing.a = thing-1
    fake_thing.c = thing-3
    ");
    let blind = PlanOptions { refresh: false, ..PlanOptions::default() };
    bench.world.remove("thing-3");
    let (plan, _) = bench.session().plan(blind).await;
    assert_snapshot!(show(&plan), @r"
    Update fake_thing.a
    Create fake_thing.b
    NoOp fake_thing.c
    ");
}

#[tokio::test]
async fn moves_explicit_and_implied() {
    let mut bench = Bench::new(&things("a, b"));
    bench.apply().await;
    bench.write(
        "main.tf",
        r#"
        resource "fake_thing" "new" { name = "a" }
        moved {
          from = fake_thing.a
          to   = fake_thing.new
        }
        resource "fake_thing" "b" {
          count = 1
          name  = "b"
        }
        "#,
    );
    assert_snapshot!(bench.planned().await, @r"
    NoOp fake_thing.b[0] from fake_thing.b
    NoOp fake_thing.new from fake_thing.a
    ");
    bench.apply().await;
    assert_snapshot!(held(&bench.state), @r"
    fake_thing.b[0] = thing-2
    fake_thing.new = thing-1
    ");
    bench.write(
        "main.tf",
        r#"
        module "m" { source = "./m" }
        moved {
          from = fake_thing.a
          to   = fake_thing.new
        }
        moved {
          from = fake_thing.new
          to   = module.m.fake_thing.inner["k"]
        }
        resource "fake_thing" "b" { name  = "b" }
        "#,
    );
    bench.write(
        "m/main.tf",
        "resource \"fake_thing\" \"inner\" {\n  for_each = { k = \"a\" }\n  name = each.value\n}\n",
    );
    assert_snapshot!(bench.planned().await, @r#"
    NoOp fake_thing.b from fake_thing.b[0]
    NoOp module.m.fake_thing.inner["k"] from fake_thing.new
    "#);
    bench.apply().await;
    bench.write(
        "main.tf",
        r#"
        module "n" {
          source = "./m"
          count  = 1
        }
        moved {
          from = module.m
          to   = module.n[0]
        }
        "#,
    );
    assert_snapshot!(bench.planned().await, @r#"
    Delete fake_thing.b (DeleteBecauseNoResourceConfig)
    NoOp module.n[0].fake_thing.inner["k"] from module.m.fake_thing.inner["k"]
    "#);
}

#[tokio::test]
async fn reasons_for_deletion() {
    let mut bench = Bench::new(
        r#"
        module "m" { source = "./m" }
        resource "fake_thing" "count" {
          count = 2
          name  = "c${count.index}"
        }
        resource "fake_thing" "each" {
          for_each = toset(["x", "y"])
          name     = each.key
        }
        resource "fake_thing" "gone" { name = "gone" }
        resource "fake_thing" "kept" { name = "kept" }
        "#,
    );
    bench.write("m/main.tf", "resource \"fake_thing\" \"in\" {\n  name = \"in\"\n}\n");
    bench.apply().await;
    bench.write(
        "main.tf",
        r#"
        resource "fake_thing" "count" {
          count = 1
          name  = "c${count.index}"
        }
        resource "fake_thing" "each" {
          for_each = toset(["y"])
          name     = each.key
        }
        removed {
          from = fake_thing.kept
          lifecycle {
            destroy = false
          }
        }
        "#,
    );
    assert_snapshot!(bench.planned().await, @r#"
    NoOp fake_thing.count[0]
    Delete fake_thing.count[1] (DeleteBecauseCountIndex)
    Delete fake_thing.each["x"] (DeleteBecauseEachKey)
    NoOp fake_thing.each["y"]
    Delete fake_thing.gone (DeleteBecauseNoResourceConfig)
    Forget fake_thing.kept (DeleteBecauseNoResourceConfig)
    Delete module.m.fake_thing.in (DeleteBecauseNoResourceConfig)
    "#);
    bench.apply().await;
    assert_snapshot!(held(&bench.state), @r#"
    fake_thing.count[0] = thing-1
    fake_thing.each["y"] = thing-4
    "#);
    assert_eq!(bench.world.ids().len(), 3);
}

#[tokio::test]
async fn imports_are_planned_and_applied() {
    let mut bench = Bench::new(
        r#"
        variable "id" { default = "found-1" }
        resource "fake_thing" "a" { name = "a" }
        import {
          to = fake_thing.a
          id = var.id
        }
        "#,
    );
    bench.world.add("found-1", "old");
    assert_snapshot!(bench.planned().await, @"Update fake_thing.a importing found-1");
    bench.apply().await;
    assert_snapshot!(held(&bench.state), @"fake_thing.a = found-1");
    assert_snapshot!(bench.planned().await, @"NoOp fake_thing.a");
    bench.write(
        "more.tf",
        "resource \"fake_thing\" \"b\" {\n  name = \"b\"\n}\nimport {\n  to = fake_thing.b\n  id = \"nothing\"\n}\n",
    );
    assert_snapshot!(text(&bench.plan().await.1), @r#"Cannot import non-existent remote object: There is no object with the id "nothing", so nothing can be imported to fake_thing.b. Check the id and the provider's configuration (such as its region), or have the object created instead."#);
}

#[tokio::test]
async fn targets_bring_what_they_need() {
    let mut bench = Bench::new(
        r#"
        resource "fake_thing" "a" { name = "a" }
        resource "fake_thing" "b" {
          name = "b"
          refs = [fake_thing.a.id]
        }
        resource "fake_thing" "c" { name = "c" }
        output "b" { value = fake_thing.b.id }
        output "c" { value = fake_thing.c.id }
        "#,
    );
    let only = |t: &str, mode| PlanOptions { targets: vec![t.into()], mode, ..PlanOptions::default() };
    let (plan, found) = bench.session().plan(only("fake_thing.b", PlanMode::Normal)).await;
    assert_snapshot!(show(&plan), @r"
    Create fake_thing.a
    Create fake_thing.b
    output b Create: null(any) -> unknown(string, Refinement { not_null: true, prefix: None, min: None, max: None, min_len: None, max_len: None })
    ");
    assert_snapshot!(text(&found), @"Resource targeting is in effect: Only the addresses given with -target and what they need are planned, so this plan does not show everything that the configuration asks for. Targets are for getting out of trouble; make a plan without them before relying on the result.");
    bench.applied_with(only("fake_thing.b", PlanMode::Normal)).await;
    assert_snapshot!(held(&bench.state), @r#"
    fake_thing.a = thing-1
    fake_thing.b = thing-2 on fake_thing.a
    output b = "thing-2"
    "#);
    bench.apply().await;
    let (plan, _) = bench.session().plan(only("fake_thing.a", PlanMode::Destroy)).await;
    assert_snapshot!(show(&plan), @r"
    Delete fake_thing.a
    Delete fake_thing.b
    ");
}

#[tokio::test]
async fn data_sources_wait_for_what_they_depend_on() {
    let mut bench = Bench::new(
        r#"
        variable "size" { default = 1 }
        resource "fake_thing" "a" {
          name = "a"
          size = var.size
        }
        data "fake_lookup" "by_name" {
          name       = "a"
          depends_on = [fake_thing.a]
        }
        data "fake_lookup" "by_reference" { name = fake_thing.a.zone == "zone-a" ? "a" : "none" }
        output "size" { value = data.fake_lookup.by_name.size }
        "#,
    );
    assert_snapshot!(bench.planned().await, @r"
    Create fake_thing.a
    Read data.fake_lookup.by_name (ReadBecauseDependencyPending)
    Read data.fake_lookup.by_reference (ReadBecauseConfigUnknown)
    output size Create: null(any) -> unknown(number)
    ");
    bench.apply().await;
    assert_snapshot!(held(&bench.state), @r"
    fake_thing.a = thing-1
    data.fake_lookup.by_name = thing-1
    data.fake_lookup.by_reference = thing-1
    output size = 1
    ");
    assert_snapshot!(bench.planned().await, @"NoOp fake_thing.a");
    bench.set("size", 2);
    assert_snapshot!(bench.planned().await, @r"
    Update fake_thing.a
    Read data.fake_lookup.by_name (ReadBecauseDependencyPending)
    Read data.fake_lookup.by_reference (ReadBecauseDependencyPending)
    output size Update: 1 -> unknown(number)
    ");
}

#[tokio::test]
async fn conditions() {
    let mut bench = Bench::new(
        r#"
        variable "v" {
          default = 1
          validation {
            condition     = var.v < 10
            error_message = "v is ${var.v}"
          }
        }
        resource "fake_thing" "a" {
          name = "a"
          size = var.v
          lifecycle {
            precondition {
              condition     = var.v != 5
              error_message = "not five"
            }
            postcondition {
              condition     = self.zone == "zone-a"
              error_message = "wrong zone"
            }
          }
        }
        check "c" {
          assert {
            condition     = var.v != 3
            error_message = "three"
          }
        }
        "#,
    );
    let (plan, _) = bench.plan().await;
    assert_snapshot!(serde_json::to_string(&plan.checks).unwrap(), @r#"[{"address":{"kind":"resource","mode":"managed","name":"a","to_display":"fake_thing.a","type":"fake_thing"},"status":"unknown","instances":[{"address":{"to_display":"fake_thing.a"},"status":"unknown"}]},{"address":{"kind":"check","name":"c","to_display":"check.c"},"status":"pass","instances":[{"address":{"to_display":"check.c"},"status":"pass"}]},{"address":{"kind":"var","name":"v","to_display":"var.v"},"status":"pass","instances":[{"address":{"to_display":"var.v"},"status":"pass"}]}]"#);
    bench.apply().await;
    assert_snapshot!(bench.state.check_results.as_ref().unwrap().to_string(), @r#"[{"object_kind":"resource","config_addr":"fake_thing.a","status":"pass","objects":[{"object_addr":"fake_thing.a","status":"pass"}]},{"object_kind":"check","config_addr":"check.c","status":"pass","objects":[{"object_addr":"check.c","status":"pass"}]},{"object_kind":"var","config_addr":"var.v","status":"pass","objects":[{"object_addr":"var.v","status":"pass"}]}]"#);
    for v in [3, 5, 11] {
        bench.set("v", v);
        let (plan, found) = bench.plan().await;
        let said = format!("{v} errored {}\n{}", plan.errored, text(&found));
        match v {
            3 => assert_snapshot!(said, @r"
            3 errored false
            Check block assertion failed: three
            "),
            5 => assert_snapshot!(said, @r"
            5 errored true
            Resource precondition failed: not five
            "),
            _ => assert_snapshot!(said, @r"
            11 errored true
            Invalid value for variable: v is 11
            "),
        }
    }
}

#[tokio::test]
async fn ten_thousand_instances_are_planned_in_linear_time() {
    let mut bench = Bench::new(
        r#"
        variable "n" { default = 10 }
        resource "terraform_data" "a" {
          count = var.n
          input = "a${count.index}"
        }
        resource "terraform_data" "b" {
          count = var.n
          input = terraform_data.a[count.index].input
        }
        "#,
    );
    bench.parallelism = 10;
    bench.set("n", 5000);
    let begun = std::time::Instant::now();
    let (plan, found) = bench.plan().await;
    assert!(!found.has_errors());
    assert_eq!(plan.changes.len(), 10_000);
    println!("planned in {:?}", begun.elapsed());
    // Generous, for slow machines without optimisation: quadratic work would take minutes.
    assert!(begun.elapsed().as_secs() < 30);
}

#[allow(clippy::unwrap_used, reason = "a test may stop anywhere")]
fn results(bench: &Bench) -> String {
    let all = bench.state.check_results.as_ref().unwrap();
    let object = |o: &serde_json::Value| format!(" {}={}", o["object_addr"], o["status"]).replace('"', "");
    let one = |c: &serde_json::Value| {
        let objects: String = c["objects"].as_array().into_iter().flatten().map(object).collect();
        format!("{} {}:{objects}\n", c["config_addr"], c["status"]).replace('"', "")
    };
    all.as_array().unwrap().iter().map(one).collect()
}

/// A plan that only looks keeps how the conditions came out, and of what is destroyed only the outputs are told.
#[tokio::test]
async fn results_of_checks_when_nothing_is_made() {
    let mut bench = Bench::new(
        r#"
        variable "v" {
          default = 1
          validation {
            condition     = var.v < 10
            error_message = "too much"
          }
        }
        resource "fake_thing" "a" {
          name = "a"
          lifecycle {
            postcondition {
              condition     = self.size != 9
              error_message = "nine"
            }
          }
        }
        output "o" {
          value = 1
          precondition {
            condition     = var.v > 0
            error_message = "too little"
          }
        }
        "#,
    );
    bench.apply().await;
    bench.world.set("thing-1", "size", Value::from(9));
    let refresh = PlanOptions { mode: PlanMode::RefreshOnly, ..PlanOptions::default() };
    bench.applied_with(refresh).await;
    assert_snapshot!(results(&bench), @r"
    fake_thing.a fail: fake_thing.a=fail
    output.o pass: output.o=pass
    var.v pass: var.v=pass
    ");
    let destroy = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
    let one = PlanOptions { targets: vec!["fake_thing.a".into()], ..destroy.clone() };
    bench.applied_with(one).await;
    assert_snapshot!(results(&bench), @r"
    fake_thing.a unknown:
    output.o unknown:
    var.v unknown:
    ");
    bench.applied_with(destroy).await;
    assert_snapshot!(results(&bench), @r"
    fake_thing.a unknown:
    output.o unknown: output.o=unknown
    var.v unknown:
    ");
}

#[allow(clippy::unwrap_used, reason = "a test may stop anywhere")]
fn dependencies(state: &craton_model::State, addr: &str) -> String {
    let addr = craton_model::addr::ResourceInstance::parse(addr).unwrap();
    let object = state.current(&addr).unwrap();
    object.dependencies.iter().map(|d| format!("{d} ")).collect()
}

/// An object that is about to change counts on what it was made with as well, until it has changed.
#[tokio::test]
async fn dependencies_are_old_and_new_until_the_change_is_done() {
    let a_and_b = things("a, b");
    let c = |on: &str, size: u32| {
        format!(
            "{a_and_b}resource \"fake_thing\" \"c\" {{\n  name = \"${{fake_thing.{on}.name}}-c\"\n  size = {size}\n}}\n"
        )
    };
    let mut bench = Bench::new(&c("a", 1));
    bench.apply().await;
    assert_eq!(dependencies(&bench.state, "fake_thing.c"), "fake_thing.a ");
    bench.write("main.tf", &c("b", 2));
    let (plan, _) = bench.plan().await;
    assert_eq!(dependencies(&plan.prior_state, "fake_thing.c"), "fake_thing.a fake_thing.b ");
    let blind = PlanOptions { refresh: false, ..PlanOptions::default() };
    let (plan, _) = bench.session().plan(blind).await;
    assert_eq!(dependencies(&plan.prior_state, "fake_thing.c"), "fake_thing.a ", "nothing was read");
    bench.apply().await;
    assert_eq!(dependencies(&bench.state, "fake_thing.c"), "fake_thing.b ");
}

/// Who uses a module as a whole waits for all in it; who uses an output waits for what that is made from.
#[tokio::test]
async fn a_whole_module_is_waited_for() {
    let mut bench = Bench::new(
        r#"
        resource "fake_thing" "given" { name = "given" }
        module "m" {
          source   = "./m"
          for_each = toset(["x"])
          unused   = fake_thing.given.id
        }
        module "one" {
          source = "./m"
          unused = fake_thing.given.id
        }
        resource "fake_thing" "whole" {
          name = "of ${join(",", values(module.m)[*].constant)}"
        }
        resource "fake_thing" "output" {
          name = "of ${module.one.constant}"
        }
        "#,
    );
    bench.write(
        "m/main.tf",
        &format!("{}variable \"unused\" {{}}\noutput \"constant\" {{\n  value = \"c\"\n}}\n", things("inner")),
    );
    bench.apply().await;
    assert_eq!(dependencies(&bench.state, "fake_thing.whole"), "fake_thing.given module.m.fake_thing.inner ");
    assert_eq!(dependencies(&bench.state, "fake_thing.output"), "");
}

/// What a refresh shows of outputs it saves, also of those that follow from resources without instances.
#[tokio::test]
async fn a_refresh_saves_outputs() {
    let mut bench = Bench::new(&format!(
        "{}resource \"fake_thing\" \"none\" {{\n  count = 0\n  name  = \"none\"\n}}\noutput \"size\" {{\n  value = fake_thing.a.size\n}}\n",
        things("a")
    ));
    bench.apply().await;
    bench.world.set("thing-1", "size", Value::from(9));
    bench.write("more.tf", "output \"ids\" {\n  value = fake_thing.none[*].id\n}\noutput \"new\" {\n  value = fake_thing.new.id\n}\nresource \"fake_thing\" \"new\" {\n  name = \"new\"\n}\n");
    bench.applied_with(PlanOptions { mode: PlanMode::RefreshOnly, ..PlanOptions::default() }).await;
    assert_snapshot!(held(&bench.state), @r"
    fake_thing.a = thing-1
    output ids = []
    output size = 9
    ");
}
