//! Whole configurations: what Terraform refuses is refused, what it plans is planned.
#![allow(clippy::unwrap_used, reason = "a test may stop anywhere")]

mod common;

use common::{Bench, held, show, text};
use craton_engine::PlanOptions;
use craton_model::plan::PlanMode;

/// What a plan of a configuration is refused for.
async fn refused(config: &str) -> String {
    let (_, found) = Bench::new(config).plan().await;
    text(&found)
}

#[tokio::test]
async fn references_lead_to_what_may_be_referred_to() {
    let a = "resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"n\" {\n  count = 2\n}\n";
    let data = "data \"terraform_remote_state\" \"r\" {\n    backend = \"local\"\n  }\n";
    for (block, summary) in [
        (
            "resource \"terraform_data\" \"b\" {\n  depends_on = [terraform_data.a.id]\n}",
            "Invalid depends_on reference",
        ),
        ("resource \"terraform_data\" \"b\" {\n  depends_on = [each.key]\n}", "Invalid depends_on reference"),
        (
            "resource \"terraform_data\" \"b\" {\n  depends_on = [terraform_data.a[\"x\"]]\n}",
            "Unexpected resource instance key",
        ),
        ("output \"o\" {\n  value = terraform_data.n[0][\"input\"]\n}", "Invalid index operation"),
        (
            "resource \"terraform_data\" \"b\" {\n  provisioner \"local-exec\" {\n    command = self.nope\n  }\n}",
            "Unsupported attribute",
        ),
    ] {
        let found = refused(&format!("{a}{block}\n")).await;
        assert!(found.starts_with(summary), "{block}\n{found}");
    }
    let scoped = format!(
        "check \"c\" {{\n  {data}  assert {{\n    condition = data.terraform_remote_state.r.backend == \"\"\n    error_message = \"m\"\n  }}\n}}\noutput \"o\" {{\n  value = data.terraform_remote_state.r.backend\n}}\n"
    );
    let found = refused(&scoped).await;
    assert!(found.contains("Reference to scoped resource"), "{found}");
    assert_eq!(found.matches("scoped").count(), 1, "the check itself may refer to it: {found}");
}

#[tokio::test]
async fn instances_of_a_module_by_key_are_attributes() {
    let mut bench = Bench::new(
        "module \"m\" {\n  source = \"./m\"\n  for_each = { a = 1 }\n}\noutput \"o\" {\n  value = module.m.a.v\n}\n",
    );
    bench.write("m/main.tf", "output \"v\" {\n  value = 5\n}\n");
    bench.apply().await;
    assert_eq!(held(&bench.state), "output o = 5\n");
    bench.write(
        "main.tf",
        "module \"m\" {\n  source = \"./m\"\n  count = 1\n}\noutput \"o\" {\n  value = module.m.v\n}\n",
    );
    assert!(text(&bench.plan().await.1).contains("Missing module instance key"));
}

#[tokio::test]
async fn imports_name_instances_that_are_there() {
    let block = |head: &str, repeats: &str| {
        format!("import {{\n{head}\n}}\nresource \"terraform_data\" \"a\" {{\n{repeats}\n}}\n")
    };
    let each = "for_each = { k = 1 }";
    for (head, repeats) in [
        ("to = terraform_data.a[0]\nid = \"x\"", ""),
        ("to = terraform_data.a[1]\nid = \"x\"", "count = 1"),
        ("to = terraform_data.a\nid = \"x\"", "count = 1"),
        ("to = terraform_data.a[\"j\"]\nid = \"x\"", each),
    ] {
        let found = refused(&block(head, repeats)).await;
        assert!(found.starts_with("Configuration for import target does not exist"), "{head}\n{found}");
    }
    let to = "to = terraform_data.a";
    for (head, repeats, want) in [
        (format!("{to}\nid = sensitive(\"x\")"), "", "NoOp terraform_data.a importing x\n"),
        (
            format!("for_each = sensitive({{ k = \"x\" }})\n{to}[each.key]\nid = each.value"),
            each,
            "NoOp terraform_data.a[\"k\"] importing x\n",
        ),
        (
            format!("for_each = [{{ k = \"k\", i = \"x\" }}]\n{to}[each.value.k]\nid = each.value.i"),
            each,
            "NoOp terraform_data.a[\"k\"] importing x\n",
        ),
        (
            format!("for_each = {{ a = \"x\", b = \"y\" }}\n{to}[\"k\"]\nid = each.value"),
            each,
            "NoOp terraform_data.a[\"k\"] importing y\n",
        ),
        (format!("for_each = null\n{to}[each.key]\nid = each.value"), each, "Create terraform_data.a[\"k\"]\n"),
    ] {
        assert_eq!(Bench::new(&block(&head, repeats)).planned().await, want, "{head}");
    }
}

#[tokio::test]
async fn moves_are_told_apart_and_kept_whole() {
    let found = refused(
        "moved {\n  from = terraform_data.a\n  to = terraform_data.b\n}\nmoved {\n  from = terraform_data.a\n  to = terraform_data.c\n}\nresource \"terraform_data\" \"b\" {}\nresource \"terraform_data\" \"c\" {}\n",
    )
    .await;
    assert!(found.starts_with("Ambiguous move statements"), "{found}");
    // One that names an instance is about something else than one about the whole.
    let both = "moved {\n  from = terraform_data.a\n  to = terraform_data.b\n}\nmoved {\n  from = terraform_data.a\n  to = terraform_data.c[\"k\"]\n}\nresource \"terraform_data\" \"b\" {}\n";
    assert_eq!(Bench::new(both).planned().await, "Create terraform_data.b\n");

    let mut bench = Bench::new("resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"x\" {}\n");
    bench.apply().await;
    bench.write(
        "main.tf",
        "moved {\n  from = terraform_data.a\n  to = terraform_data.b\n}\nresource \"terraform_data\" \"b\" {}\nresource \"terraform_data\" \"x\" {}\n",
    );
    let only = |addr: &str| PlanOptions { targets: vec![addr.into()], ..PlanOptions::default() };
    let (_, found) = bench.session().plan(only("terraform_data.x")).await;
    assert!(text(&found).contains("Moved resource instances excluded by targeting"), "{}", text(&found));
    // What is in the way stays, and what could not move goes because nothing in the configuration asks for it.
    bench.write(
        "main.tf",
        "moved {\n  from = terraform_data.a\n  to = terraform_data.x\n}\nresource \"terraform_data\" \"x\" {}\n",
    );
    assert_eq!(
        bench.planned().await,
        "Delete terraform_data.a (DeleteBecauseNoResourceConfig)\nNoOp terraform_data.x\n"
    );
}

#[tokio::test]
async fn a_target_in_a_module_means_that_instance_of_it() {
    let bench = Bench::new("module \"m\" {\n  source = \"./m\"\n  count = 2\n}\n");
    bench.write("m/main.tf", "resource \"terraform_data\" \"i\" {}\n");
    let planned = async |addr: &str| {
        let options = PlanOptions { targets: vec![addr.into()], ..PlanOptions::default() };
        show(&bench.session().plan(options).await.0).lines().count()
    };
    assert_eq!(planned("module.m").await, 2);
    assert_eq!(planned("module.m[1]").await, 1);
    assert_eq!(planned("module.m[1].terraform_data.i").await, 1);
    assert_eq!(planned("module.m.terraform_data.i").await, 0);
}

#[tokio::test]
async fn of_what_a_target_needs_only_the_instances_that_are_named_are_made() {
    let mut bench = Bench::new(
        r#"
        variable "v" { default = 1 }
        resource "terraform_data" "a" {
          count            = 3
          triggers_replace = var.v
        }
        resource "terraform_data" "b" {
          input            = terraform_data.a[1].id
          triggers_replace = var.v
        }
        module "m" {
          source = "./m"
          count  = 2
          v      = terraform_data.a[0].id
        }
        resource "terraform_data" "c" { input = module.m[1].o }
        output "all" { value = terraform_data.a[*].id }
        "#,
    );
    bench.write(
        "m/main.tf",
        "variable \"v\" {}\nresource \"terraform_data\" \"y\" {\n  count = 2\n  input = var.v\n}\noutput \"o\" {\n  value = terraform_data.y[0].id\n}\n",
    );
    let only = |addr: &str| PlanOptions { targets: vec![addr.into()], ..PlanOptions::default() };
    let planned = show(&bench.session().plan(only("terraform_data.b")).await.0);
    assert_eq!(planned.matches("Create terraform_data.a[").count(), 3, "{planned}");
    assert!(!bench.applied_with(only("terraform_data.b")).await.has_errors());
    // The output that all instances make is left alone, too; as it is in Terraform.
    assert_eq!(held(&bench.state), "terraform_data.a[1] = uuid\nterraform_data.b = uuid on terraform_data.a\n");
    // Which instance of a module an output is of is not followed.
    assert!(!bench.applied_with(only("terraform_data.c")).await.has_errors());
    let there = held(&bench.state);
    for (addr, is) in [("a[0]", true), ("a[2]", false), ("c", true)] {
        assert_eq!(there.contains(&format!("terraform_data.{addr} = ")), is, "{there}");
    }
    assert_eq!(there.matches("terraform_data.y[0] = ").count(), 2, "{there}");
    assert!(!there.contains("terraform_data.y[1]"), "{there}");
    // What has to go first goes with all of its instances, and none of them is lost.
    bench.apply().await;
    let objects = |text: String| text.split_once("output ").map(|(objects, _)| objects.to_owned());
    let whole = objects(held(&bench.state));
    bench.set("v", 2);
    assert!(!bench.applied_with(only("terraform_data.b")).await.has_errors());
    assert_eq!(objects(held(&bench.state)), whole);
}

#[tokio::test]
async fn nothing_is_ignored_in_a_replacement() {
    let config = |trigger: u32, input: &str, ignore: &str| {
        format!(
            "resource \"terraform_data\" \"a\" {{\n  input = {input:?}\n  triggers_replace = {trigger}\n  lifecycle {{\n    ignore_changes = {ignore}\n  }}\n}}\noutput \"o\" {{\n  value = terraform_data.a.input\n}}\n"
        )
    };
    let mut bench = Bench::new(&config(1, "old", "[input]"));
    bench.apply().await;
    bench.write("main.tf", &config(1, "new", "[input, input]"));
    assert_eq!(bench.planned().await, "NoOp terraform_data.a\n");
    // Only the provider sets these, so there is nothing to ignore.
    bench.write("main.tf", &config(2, "old", "[id, output]"));
    assert!(bench.planned().await.starts_with("DeleteThenCreate terraform_data.a"));
    bench.write("main.tf", &config(2, "new", "[input]"));
    bench.apply().await;
    assert!(held(&bench.state).ends_with("output o = \"new\"\n"), "{}", held(&bench.state));
}

#[tokio::test]
async fn destroying_holds_variables_to_their_rules_and_drops_outputs_first() {
    let mut bench = Bench::new(
        "variable \"v\" {\n  default = \"good\"\n  validation {\n    condition = var.v == \"good\"\n    error_message = \"bad\"\n  }\n}\nresource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" {\n    when = destroy\n    command = \"exit 1\"\n  }\n}\noutput \"o\" {\n  value = terraform_data.a.id\n}\n",
    );
    bench.apply().await;
    let destroy = || PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
    let found = bench.applied_with(destroy()).await;
    assert!(text(&found).contains("local-exec"), "{}", text(&found));
    assert_eq!(held(&bench.state), "terraform_data.a = uuid\n");
    bench.set("v", "worse");
    let (_, found) = bench.session().plan(destroy()).await;
    assert!(text(&found).starts_with("Invalid value for variable"), "{}", text(&found));
}

#[tokio::test]
async fn what_nothing_uses_is_not_set_up() {
    let bench = Bench::new("provider \"terraform\" {\n  nope = 1\n}\n");
    assert_eq!(bench.planned().await, "");
}

#[tokio::test]
async fn ephemeral_outputs_hold_ephemeral_values() {
    let bench = Bench::new("module \"m\" {\n  source = \"./m\"\n}\n");
    bench.write("m/main.tf", "output \"o\" {\n  value = 1\n  ephemeral = true\n}\n");
    assert!(text(&bench.plan().await.1).starts_with("Value not allowed in ephemeral output"));
}

#[tokio::test]
async fn attributes_of_another_version_are_left_out() {
    let mut bench = Bench::new("resource \"terraform_data\" \"a\" {}\n");
    bench.apply().await;
    for resource in bench.state.resources.values_mut() {
        for object in resource.instances.values_mut().filter_map(|i| i.current.as_mut()) {
            let mut attributes = (*object.attributes).clone();
            attributes["later"] = serde_json::json!("x");
            object.attributes = attributes.into();
        }
    }
    assert_eq!(bench.planned().await, "NoOp terraform_data.a\n");
}

#[tokio::test]
async fn relevant_attributes_are_followed_to_where_they_are_set() {
    let bench = Bench::new(
        "resource \"terraform_data\" \"a\" {\n  input = \"x\"\n}\nlocals {\n  l = terraform_data.a.output\n}\nmodule \"m\" {\n  source = \"./m\"\n  v = local.l\n}\nresource \"terraform_data\" \"b\" {\n  for_each = { k = terraform_data.a.id }\n  input = [each.value, module.m.o]\n}\nresource \"terraform_data\" \"unused\" {}\noutput \"o\" {\n  value = terraform_data.b[\"k\"].input\n}\n",
    );
    bench.write(
        "m/main.tf",
        "variable \"v\" {}\nresource \"terraform_data\" \"i\" {\n  input = { n = var.v }\n}\noutput \"o\" {\n  value = terraform_data.i.output.n\n}\n",
    );
    let (plan, found) = bench.plan().await;
    assert!(!found.has_errors(), "{}", text(&found));
    let relevant: Vec<String> = plan.relevant.iter().map(|r| format!("{} {}", r.resource, r.attribute)).collect();
    assert_eq!(
        relevant,
        [
            "module.m.terraform_data.i output.n",
            "terraform_data.a id",
            "terraform_data.a output",
            "terraform_data.b[\"k\"] input",
        ]
    );
}

#[tokio::test]
async fn destroying_one_instance_of_a_module_leaves_the_others() {
    let mut bench = Bench::new(
        "module \"m\" {\n  source = \"./m\"\n  count = 2\n}\nresource \"terraform_data\" \"after\" {\n  input = module.m[0].o\n}\n",
    );
    bench.write(
        "m/main.tf",
        "resource \"terraform_data\" \"i\" {}\nresource \"terraform_data\" \"j\" {\n  input = terraform_data.i.id\n}\noutput \"o\" {\n  value = terraform_data.j.id\n}\n",
    );
    bench.apply().await;
    let options =
        PlanOptions { mode: PlanMode::Destroy, targets: vec!["module.m[0]".into()], ..PlanOptions::default() };
    let (plan, _) = bench.session().plan(options).await;
    assert_eq!(
        show(&plan),
        "Delete terraform_data.after\nDelete module.m[0].terraform_data.i\nDelete module.m[0].terraform_data.j\n"
    );
}
