//! What is left after things go wrong.

mod common;

use common::{Bench, Memory, held, show, text};
use craton_engine::PlanOptions;
use craton_model::plan::PlanMode;
use craton_provider::fake::Fault;
use insta::assert_snapshot;

const CHAIN: &str = r#"
    resource "fake_thing" "a" { name = "a" }
    resource "fake_thing" "b" {
      name = "b"
      refs = [fake_thing.a.id]
    }
    resource "fake_thing" "c" {
      name = "c"
      refs = [fake_thing.b.id]
    }
    resource "fake_thing" "other" { name = "other" }
"#;

#[tokio::test]
async fn each_creation_may_fail() {
    for (name, fault) in [("a", Fault::Fail), ("b", Fault::FailAfter), ("b", Fault::Panic), ("c", Fault::Lie)] {
        let mut bench = Bench::new(CHAIN);
        bench.world.break_once("create", name, fault);
        let found = bench.applied().await;
        let left = format!("{fault:?} {name}\n{}{}", held(&bench.state), text(&found));
        match (name, fault) {
            ("a", _) => assert_snapshot!(left, @r#"
            Fail a
            fake_thing.other = thing-1
            Fake failure: The test asked for create of "a" to fail.
            "#),
            ("b", Fault::FailAfter) => assert_snapshot!(left, @r#"
            FailAfter b
            fake_thing.a = thing-1
            fake_thing.b = thing-3 tainted on fake_thing.a
            fake_thing.other = thing-2
            Fake failure: The test asked for create of "b" to fail.
            "#),
            ("b", _) => assert_snapshot!(left, @r"
            Panic b
            fake_thing.a = thing-1
            fake_thing.other = thing-2
            A provider crashed: The provider ended in a way that it should not: the test asked for a panic.
            "),
            _ => assert_snapshot!(left, @r"
            Lie c
            fake_thing.a = thing-1
            fake_thing.b = thing-3 on fake_thing.a
            fake_thing.c = thing-4 tainted on fake_thing.a, fake_thing.b
            fake_thing.other = thing-2
            Provider produced inconsistent result after apply: The provider hashicorp/fake made something else than planned of fake_thing.c:
            "),
        }
        // The next apply makes it whole.
        bench.apply().await;
        assert_eq!(bench.state.instances().count(), 4);
    }
}

#[tokio::test]
async fn a_failed_deletion_keeps_what_it_needed() {
    let mut bench = Bench::new(CHAIN);
    bench.apply().await;
    bench.world.break_once("delete", "b", Fault::Fail);
    let destroy = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
    let found = bench.applied_with(destroy).await;
    assert_snapshot!(held(&bench.state), @r"
    fake_thing.a = thing-1
    fake_thing.b = thing-3 on fake_thing.a
    ");
    assert_snapshot!(text(&found), @r#"Fake failure: The test asked for delete of "b" to fail."#);
}

#[tokio::test]
async fn a_failed_replacement_puts_the_old_object_back() {
    let config = |kind: &str| {
        format!(
            "resource \"fake_thing\" \"a\" {{\n name = \"{kind}\"\n kind = \"{kind}\"\n lifecycle {{\n create_before_destroy = true\n }}\n}}\n"
        )
    };
    let mut bench = Bench::new(&config("x"));
    bench.apply().await;
    bench.write("main.tf", &config("y"));
    bench.world.break_once("create", "y", Fault::Fail);
    bench.applied().await;
    assert_snapshot!(held(&bench.state), @"fake_thing.a = thing-1");
    bench.world.break_once("delete", "x", Fault::Fail);
    bench.applied().await;
    let state = held(&bench.state);
    assert!(state.contains("thing-1 deposed") && state.contains("thing-2\n"), "{state}");
    let (plan, _) = bench.plan().await;
    assert!(show(&plan).contains("Delete fake_thing.a deposed"), "{}", show(&plan));
    bench.apply().await;
    assert_snapshot!(held(&bench.state), @"fake_thing.a = thing-2");
}

#[tokio::test]
async fn an_invalid_plan_is_refused() {
    let mut bench = Bench::new(CHAIN);
    bench.world.break_once("plan", "b", Fault::Lie);
    let (plan, found) = bench.plan().await;
    assert!(plan.errored);
    assert_snapshot!(text(&found), @"Provider produced invalid plan: The provider hashicorp/fake planned an invalid value for fake_thing.b:");
    let (_, found) = bench.session().apply(&plan, &Memory::default()).await;
    assert_eq!(found.0[0].summary, "Cannot apply incomplete plan");
    bench.apply().await;
}

#[tokio::test]
async fn a_state_that_cannot_be_written_stops_the_apply() {
    let bench = Bench::new(CHAIN);
    let (plan, _) = bench.plan().await;
    let memory = Memory { limit: 1, ..Memory::default() };
    let (state, found) = bench.session().apply(&plan, &memory).await;
    // What exists is in the state handed back, though it could not be written.
    assert_eq!(state.instances().count(), bench.world.ids().len());
    assert!(bench.world.ids().len() < 4);
    assert_snapshot!(text(&found), @r"
    Failed to save state: The state could not be written, so nothing new was begun. What exists now is in the state given back here: it must be kept, or craton will lose track of real objects.
    Disk full: The test asked for it.
    ");
}

#[tokio::test]
async fn an_interrupt_stops_what_has_not_begun() {
    let bench = Bench::new(CHAIN);
    let (plan, _) = bench.plan().await;
    bench.cancel.cancel();
    let (state, found) = bench.session().apply(&plan, &Memory::default()).await;
    assert_eq!(state.instances().count(), 0);
    assert_snapshot!(text(&found), @"Execution halted: The operation was interrupted before all of the plan was carried out. The state holds what was done; make a new plan to do the rest.");
}

#[tokio::test]
async fn a_failing_read_stops_the_plan_of_its_object_only() {
    let mut bench = Bench::new(CHAIN);
    bench.apply().await;
    bench.world.break_once("read", "other", Fault::Fail);
    let (plan, found) = bench.plan().await;
    assert!(plan.errored);
    assert_snapshot!(show(&plan), @r"
    NoOp fake_thing.a
    NoOp fake_thing.b
    NoOp fake_thing.c
    ");
    assert_snapshot!(text(&found), @r#"Fake failure: The test asked for read of "other" to fail."#);
}

/// Cancels when the first change is done.
struct CancelAfterOne(craton_engine::CancelToken);

impl craton_model::EventSink for CancelAfterOne {
    fn event(&self, event: craton_model::Event) {
        if matches!(event, craton_model::Event::ApplyDone { .. }) {
            self.0.cancel();
        }
    }
}

#[tokio::test]
async fn an_interrupt_in_between_keeps_what_was_done() {
    let mut bench = Bench::new(CHAIN);
    bench.events = std::sync::Arc::new(CancelAfterOne(bench.cancel.clone()));
    let (plan, _) = bench.plan().await;
    let memory = Memory::default();
    let (state, found) = bench.session().apply(&plan, &memory).await;
    assert_snapshot!(held(&state), @"fake_thing.a = thing-1");
    assert_eq!(found.0.len(), 1);
    assert_eq!(memory.states.lock().unwrap().last(), Some(&state));
    assert!(bench.world.ids().len() < 4);
}

#[tokio::test]
async fn sessions_can_run_on_any_thread() {
    fn any_thread<T: Send>(work: T) -> T {
        work
    }
    let bench = Bench::new(CHAIN);
    let session = bench.session();
    let (plan, _) = any_thread(session.plan(PlanOptions::default())).await;
    let memory = Memory::default();
    let (state, _) = any_thread(session.apply(&plan, &memory)).await;
    assert_eq!(state.instances().count(), 4);
    assert!(any_thread(session.validate()).await.is_empty());
}
