//! What the language says about resources: lifecycle arguments, providers, marks, provisioners.

mod common;

use std::sync::Arc;

use common::{Bench, held, show, text};
use craton_engine::PlanOptions;
use craton_model::addr::ResourceInstance;
use craton_model::plan::PlanMode;
use craton_model::state::ObjectStatus;
use craton_model::{Marks, Path, Value};
use insta::assert_snapshot;

#[tokio::test]
async fn replacement_on_request_by_triggers_and_because_tainted() {
    let mut bench = Bench::new(
        r#"
        variable "v" { default = 1 }
        resource "terraform_data" "src" { input = var.v }
        resource "fake_thing" "whole" {
          name = "whole"
          lifecycle { replace_triggered_by = [terraform_data.src] }
        }
        resource "fake_thing" "attribute" {
          name = "attribute"
          lifecycle { replace_triggered_by = [terraform_data.src.id] }
        }
        resource "fake_thing" "named" {
          count = 2
          name  = "named"
        }
        "#,
    );
    bench.apply().await;
    bench.set("v", 2);
    let addr = ResourceInstance::parse("fake_thing.named[0]").unwrap();
    let provider = bench.state.resources[&addr.resource()].provider.clone();
    let mut object = bench.state.current(&addr).unwrap().clone();
    object.status = ObjectStatus::Tainted;
    bench.state.set_current(&addr, &provider, Some(object));
    let options = PlanOptions { replace: vec!["fake_thing.named[1]".into()], ..PlanOptions::default() };
    let (plan, found) = bench.session().plan(options).await;
    assert!(found.is_empty(), "{}", text(&found));
    assert_snapshot!(show(&plan), @r"
    NoOp fake_thing.attribute
    DeleteThenCreate fake_thing.named[0] (ReplaceBecauseTainted)
    DeleteThenCreate fake_thing.named[1] (ReplaceByRequest)
    DeleteThenCreate fake_thing.whole (ReplaceByTriggers)
    Update terraform_data.src
    ");
}

#[tokio::test]
async fn prevent_destroy_and_ignore_changes() {
    let mut bench = Bench::new(
        r#"
        variable "v" { default = "a" }
        resource "fake_thing" "a" {
          name = "a"
          kind = var.v
          lifecycle { prevent_destroy = true }
        }
        resource "fake_thing" "b" {
          name = "b"
          kind = var.v
          refs = [var.v]
          lifecycle { ignore_changes = [kind, refs[0]] }
        }
        resource "terraform_data" "c" {
          input = var.v
          lifecycle { ignore_changes = all }
        }
        "#,
    );
    bench.apply().await;
    bench.set("v", "b");
    let (plan, found) = bench.plan().await;
    assert_snapshot!(show(&plan), @r"
    DeleteThenCreate fake_thing.a (ReplaceBecauseCannotUpdate) because of kind
    NoOp fake_thing.b
    NoOp terraform_data.c
    ");
    assert_snapshot!(text(&found), @"Instance cannot be destroyed: The plan would destroy fake_thing.a, and its lifecycle block says prevent_destroy. If it is to go, remove that setting; if not, undo the change that leads here or leave the instance out with -target.");
    let destroy = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
    assert_snapshot!(text(&bench.session().plan(destroy).await.1), @"Instance cannot be destroyed: The plan would destroy fake_thing.a, and its lifecycle block says prevent_destroy. If it is to go, remove that setting; if not, undo the change that leads here or leave the instance out with -target.");
}

#[tokio::test]
async fn provider_configurations_reach_modules() {
    let mut bench = Bench::new(
        r#"
        variable "region" { default = "r1" }
        provider "fake" { region = var.region }
        provider "fake" {
          alias  = "other"
          region = "r2"
        }
        resource "fake_thing" "here" { name = "here" }
        resource "fake_thing" "there" {
          provider = fake.other
          name     = "there"
        }
        module "inherits" { source = "./m" }
        module "passes" {
          source    = "./m"
          providers = { fake = fake.other }
        }
        "#,
    );
    bench.write("m/main.tf", "resource \"fake_thing\" \"in\" {\n  name = \"in\"\n}\n");
    bench.apply().await;
    let of = |r: &str| {
        let addr = ResourceInstance::parse(r).unwrap().resource();
        bench.state.resources[&addr].provider.to_string()
    };
    assert_eq!(of("fake_thing.here"), "provider[\"registry.terraform.io/hashicorp/fake\"]");
    assert_eq!(of("fake_thing.there"), "provider[\"registry.terraform.io/hashicorp/fake\"].other");
    assert_eq!(of("module.inherits.fake_thing.in"), "provider[\"registry.terraform.io/hashicorp/fake\"]");
    assert_eq!(of("module.passes.fake_thing.in"), "provider[\"registry.terraform.io/hashicorp/fake\"].other");
    bench.world.take_log();
    bench.planned().await;
    // Two configurations: each is made once, and asked once about all that it manages.
    assert_snapshot!(bench.world.take_log().join("\n"), @r"
    configure
    configure
    read 2
    read 2
    ");
    bench.write("main.tf", "resource \"fake_thing\" \"here\" {\n  name = \"here\"\n}\n");
    assert_snapshot!(text(&bench.plan().await.1), @r#"
    Provider configuration not present: fake_thing.there belongs to provider["registry.terraform.io/hashicorp/fake"].other, and there is no such provider block any more. The object cannot be read or destroyed without it: add the block again, destroy the object, and then remove the block.
    Provider configuration not present: module.passes.fake_thing.in belongs to provider["registry.terraform.io/hashicorp/fake"].other, and there is no such provider block any more. The object cannot be read or destroyed without it: add the block again, destroy the object, and then remove the block.
    "#);
}

#[tokio::test]
async fn secrets_stay_marked() {
    let mut bench = Bench::new(
        r#"
        variable "s" {
          default   = "hush"
          sensitive = true
        }
        resource "fake_thing" "a" {
          name   = "a"
          refs   = [var.s, "open"]
          secret = "by schema"
        }
        resource "terraform_data" "b" { input = fake_thing.a.secret }
        "#,
    );
    let (plan, found) = bench.plan().await;
    assert!(found.is_empty(), "{}", text(&found));
    let after = &plan.changes[0].after;
    let marks = |path: Path| path.lookup(after).unwrap().marks();
    assert_eq!(marks(Path::attr("secret")), Marks::SENSITIVE);
    assert_eq!(marks(Path::attr("refs").then_index(Value::from(0))), Marks::SENSITIVE);
    assert_eq!(marks(Path::attr("refs").then_index(Value::from(1))), Marks::NONE);
    bench.apply().await;
    let paths = |addr: &str| -> Vec<String> {
        let object = bench.state.current(&ResourceInstance::parse(addr).unwrap()).unwrap();
        object.sensitive_paths.iter().map(ToString::to_string).collect()
    };
    assert_eq!(paths("fake_thing.a"), ["refs[0]", "secret"]);
    assert_eq!(paths("terraform_data.b"), ["input"]);
    assert_snapshot!(bench.planned().await, @r"
    NoOp fake_thing.a
    NoOp terraform_data.b
    ");
    bench.write("o.tf", "output \"o\" {\n  value = terraform_data.b.input\n}\n");
    assert_snapshot!(text(&bench.plan().await.1), @r#"Output refers to sensitive values: The value of output "o" is derived from sensitive values, and would be shown. If it is meant to be an output, add to its block:"#);
}

#[tokio::test]
async fn provisioners_run_and_fail() {
    let mut bench = Bench::new(
        r#"
        variable "code" { default = 3 }
        resource "terraform_data" "a" {
          for_each = { k = "v" }
          input    = each.value
          provisioner "local-exec" {
            command     = "echo made ${self.input} $EXTRA >> log"
            environment = { EXTRA = each.key }
          }
          provisioner "local-exec" {
            command    = "exit 1"
            on_failure = continue
          }
          provisioner "local-exec" {
            when    = destroy
            command = "echo gone ${self.input} ${each.key} >> log"
          }
        }
        resource "terraform_data" "b" {
          provisioner "local-exec" { command = "echo trouble >&2; exit ${terraform_data.b.id == self.id ? var.code : 9}" }
        }
        "#,
    );
    assert!(bench.session().validate().await.is_empty());
    let found = bench.applied().await;
    assert_snapshot!(text(&found), @r#"
    local-exec provisioner error: Error running "exit 1": it ended with exit status 1. Output: 
    local-exec provisioner error: Error running "echo trouble >&2; exit 3": it ended with exit status 3. Output: trouble
    "#);
    assert_snapshot!(held(&bench.state), @r#"
    terraform_data.a["k"] = uuid
    terraform_data.b = uuid tainted
    "#);
    bench.set("code", 0);
    bench.apply().await;
    let destroy = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
    bench.applied_with(destroy).await;
    assert_eq!(bench.read("log"), "made v k\ngone v k\n");
    bench.write("main.tf", "resource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" {\n  }\n}\n");
    assert_snapshot!(text(&bench.plan().await.1), @r#"Missing required argument: "command" must be set here, and it is not. Add it."#);
}

#[tokio::test]
async fn objects_of_older_schema_versions_are_upgraded() {
    let mut bench = Bench::new("resource \"fake_thing\" \"a\" {\n  name = \"a\"\n  size = 5\n}\n");
    bench.apply().await;
    let addr = ResourceInstance::parse("fake_thing.a").unwrap();
    let provider = bench.state.resources[&addr.resource()].provider.clone();
    let object = bench.state.current(&addr).unwrap().clone();
    let mut old = object.clone();
    let mut attributes = object.attributes.as_ref().clone();
    let size = attributes.as_object_mut().unwrap().remove("size").unwrap();
    attributes["bytes"] = size;
    (old.schema_version, old.attributes) = (0, Arc::new(attributes));
    bench.state.set_current(&addr, &provider, Some(old));
    assert_snapshot!(bench.planned().await, @"NoOp fake_thing.a");
    bench.apply().await;
    assert_eq!(bench.state.current(&addr), Some(&object));
    let newer = craton_model::state::ObjectState { schema_version: 9, ..object };
    bench.state.set_current(&addr, &provider, Some(newer));
    assert_snapshot!(text(&bench.plan().await.1), @"Resource instance managed by newer provider version: The state holds fake_thing.a in schema version 9, and the provider in use reads versions up to 1. Use the version of the provider (or of craton) that wrote it, or a newer one.");
}

#[tokio::test]
async fn repetition_must_be_known() {
    let bench = Bench::new(
        r#"
        resource "terraform_data" "list" { for_each = ["a"] }
        resource "terraform_data" "secret" { for_each = sensitive({ a = 1 }) }
        resource "terraform_data" "text" { count = "x" }
        "#,
    );
    assert_snapshot!(text(&bench.plan().await.1), @r"
    Invalid for_each argument: A map or a set of strings is needed here, and this is of type tuple. Convert a list of strings with toset().
    Invalid for_each argument: This value is sensitive, and its keys would be shown as part of every address. Use keys that are no secret; if these are none, wrap them in nonsensitive().
    Incorrect value type: The value of count is no whole number: a number is required.
    ");
    let bench = Bench::new(
        r#"
        resource "terraform_data" "a" {}
        resource "terraform_data" "count" { count = length(terraform_data.a.id) }
        resource "terraform_data" "each" { for_each = toset([terraform_data.a.id]) }
        "#,
    );
    assert_snapshot!(text(&bench.plan().await.1), @r"
    Invalid count argument: The number is known after apply, because it follows from attributes of resources that do not exist yet, and a plan has to name every instance. Derive it from variables and other values of the configuration, or first apply what it follows from by itself with -target.
    Invalid for_each argument: Some elements of the set are known after apply, and a plan has to name every instance by its key. Use a map with keys from the configuration, and leave what comes from resources to its values; or first apply what the keys follow from by itself with -target.
    ");
}

#[tokio::test]
async fn expressions_are_evaluated_over_the_state() {
    let mut bench = Bench::new(
        r#"
        variable "v" { default = [1, 2] }
        resource "terraform_data" "a" {
          count = 2
          input = "a${count.index}"
        }
        locals { joined = join("-", terraform_data.a[*].output) }
        "#,
    );
    bench.apply().await;
    let parse = |text: &str| craton_hcl::parse_expression(craton_model::FileId::add("<test>", text)).0;
    let exprs = ["local.joined", "sum(var.v)", "terraform_data.a[1].output", "nope.x.y"].map(parse);
    let said: Vec<String> = bench
        .session()
        .eval_all(&exprs)
        .await
        .into_iter()
        .map(|(v, found)| if found.is_empty() { format!("{v:?}\n") } else { text(&found) })
        .collect();
    assert_snapshot!(said.concat(), @r#"
    "a0-a1"
    3
    "a1"
    Reference to undeclared resource: There is no resource "nope.x" in the root module.
    "#);
}

#[tokio::test]
async fn what_the_schema_lacks_is_an_error_wherever_it_stands() {
    for reference in [
        "try(terraform_data.a.nope, 1)",
        "can(terraform_data.a.id.x)",
        "false ? terraform_data.many[0].nope : 1",
        "try(terraform_data.many[7].id[0], 1)",
    ] {
        let bench = Bench::new(&format!(
            r#"
            resource "terraform_data" "a" {{}}
            resource "terraform_data" "many" {{ count = 1 }}
            output "o" {{ value = {reference} }}
            "#
        ));
        let (_, found) = bench.session().plan(PlanOptions::default()).await;
        assert!(found.has_errors(), "{reference}");
    }
    let bench = Bench::new(
        r#"
        resource "terraform_data" "a" { input = { b = 1 } }
        resource "terraform_data" "many" { count = 1 }
        output "o" { value = [try(terraform_data.a.input.nope, 1), try(terraform_data.many[7].id, 1)] }
        "#,
    );
    let (_, found) = bench.session().plan(PlanOptions::default()).await;
    assert!(found.is_empty(), "{}", text(&found));
}

#[tokio::test]
async fn provisioners_wait_for_the_instances_that_they_name() {
    let mut bench = Bench::new(
        r#"
        resource "terraform_data" "a" {
          count = 3
          input = "v${count.index}"
          provisioner "local-exec" { command = "echo ${count.index} sees ${terraform_data.a[0].output} >> seen.txt" }
        }
        "#,
    );
    bench.apply().await;
    let seen = bench.read("seen.txt");
    assert!(seen.starts_with("0 sees v0\n") && seen.contains("1 sees v0\n") && seen.contains("2 sees v0\n"), "{seen}");
    // Which one comes first cannot be said when each names all.
    bench.write(
        "main.tf",
        r#"
        resource "terraform_data" "b" {
          count = 2
          provisioner "local-exec" { command = "echo ${length(terraform_data.b)}" }
        }
        "#,
    );
    let (_, found) = bench.plan().await;
    assert!(text(&found).starts_with("Cycle: "), "{}", text(&found));
}

#[tokio::test]
async fn an_argument_may_name_another_output_of_its_own_module() {
    let bench = Bench::new(
        "module \"m\" {\n  source = \"./m\"\n  x = module.m.fixed\n}\noutput \"o\" {\n  value = module.m.x\n}\n",
    );
    bench.write(
        "m/main.tf",
        "variable \"x\" {}\noutput \"x\" {\n  value = var.x\n}\noutput \"fixed\" {\n  value = 5\n}\n",
    );
    let (plan, found) = bench.plan().await;
    assert!(found.is_empty(), "{}", text(&found));
    assert_eq!(plan.outputs["o"].after, Value::from(5));
    bench.write("main.tf", "module \"m\" {\n  source = \"./m\"\n  x = module.m.x\n}\n");
    assert!(text(&bench.plan().await.1).contains("Cycle"), "{}", text(&bench.plan().await.1));
}

/// What cannot be right in any case is found where there is no instance of it, too.
#[tokio::test]
async fn what_has_no_instances_is_checked_as_well() {
    let bench = Bench::new(
        r#"
        resource "terraform_data" "none" {
          count = 0
          input = max(1, null)
        }
        module "none" {
          source   = "./m"
          for_each = {}
        }
        "#,
    );
    bench.write("m/main.tf", "output \"o\" {\n  value = split(\",\", null)\n}\n");
    let (plan, found) = bench.plan().await;
    assert!(plan.errored);
    assert_snapshot!(text(&found), @r#"
    Invalid function argument: The value for the parameter "str" of split does not fit: argument must not be null.
    Invalid function argument: The value for the parameter "numbers" of max does not fit: argument must not be null.
    "#);
}
