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
    assert_snapshot!(bench.planned().await, @r#"
    Create terraform_data.a
    Create terraform_data.b
    output o Create: null(any) -> unknown(string)
    "#);
    bench.apply().await;
    assert_snapshot!(held(&bench.state), @r#"
    terraform_data.a = uuid
    terraform_data.b = uuid on terraform_data.a
    output o = "one"
    "#);
    assert_snapshot!(bench.planned().await, @r#"
    NoOp terraform_data.a
    NoOp terraform_data.b
    "#);
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
    assert_snapshot!(bench.session().steps_text(&plan).await.0, @r#"
    delete terraform_data.b
    delete terraform_data.a after delete terraform_data.b
    "#);
    let found = bench.applied_with(destroy).await;
    assert!(found.is_empty(), "{}", text(&found));
    assert_snapshot!(held(&bench.state), @"");
}
