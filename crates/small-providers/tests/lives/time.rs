use std::sync::atomic::Ordering;
use std::time::Duration;

use craton_model::{Path, Value};

use crate::rig::{Held, Rig, map, text};

const NOW: &str = "2024-05-06T07:08:09Z";

#[tokio::test]
async fn time_static() {
    let rig = Rig::new("time").await;
    rig.life_in_state("time_static", &[("triggers", map(&[("a", "1")]))], &[("triggers", map(&[("a", "2")]))]).await;
    let object = rig.create("time_static", &[]).await;
    assert_eq!((text(&object, "id"), text(&object, "rfc3339")), (NOW, NOW));
    assert_eq!(object.get("hour"), Some(&Value::from(7)));
    // A time that is written is known before the apply.
    let other = ("rfc3339", Value::from("2020-02-12T06:36:13+01:00"));
    let plan = rig.plan("time_static", &rig.none("time_static"), std::slice::from_ref(&other)).await;
    assert!(plan.planned.is_wholly_known());
    assert_eq!(plan.planned.get("unix"), Some(&Value::from(1_581_485_773)));
    assert_eq!(rig.plan("time_static", &object, &[other]).await.requires_replace.first(), Some(&Path::attr("rfc3339")));
    assert_eq!(text(&rig.import("time_static", NOW).await.unwrap(), "id"), NOW);
    assert!(rig.import("time_static", "yesterday").await.is_err());
    assert!(rig.validate("time_static", &[("rfc3339", "2020-02-30T00:00:00Z".into())]).await.has_errors());
}

#[tokio::test]
async fn time_offset() {
    let rig = Rig::new("time").await;
    rig.life_in_state("time_offset", &[("offset_days", 7.into())], &[("offset_days", 8.into())]).await;
    let object = rig.create("time_offset", &[("offset_days", 7.into())]).await;
    assert_eq!((text(&object, "base_rfc3339"), text(&object, "rfc3339")), (NOW, "2024-05-13T07:08:09Z"));
    // The base stays when an offset changes, and the plan tells the result.
    rig.clock.passed.store(1000, Ordering::SeqCst);
    let plan = rig.plan("time_offset", &object, &[("offset_months", 1.into()), ("offset_seconds", (-9).into())]).await;
    assert!(plan.requires_replace.is_empty());
    assert_eq!(text(&plan.planned, "rfc3339"), "2024-06-06T07:08:00Z");
    assert!(rig.validate("time_offset", &[]).await.has_errors());
    let imported = rig.import("time_offset", &format!("{NOW},,,7,,,")).await.unwrap();
    assert_eq!(imported, object);
    assert!(rig.import("time_offset", &format!("{NOW},,,,,,")).await.is_err());
    let far = rig.plan("time_offset", &rig.none("time_offset"), &[("offset_years", 9000.into())]).await;
    assert!(rig.apply("time_offset", &rig.none("time_offset"), &far.planned).await.diagnostics.has_errors());
}

#[tokio::test]
async fn time_rotating() {
    let rig = Rig::new("time").await;
    let days = |n: i64| [("rotation_days", Value::from(n))];
    rig.life_in_state("time_rotating", &days(30), &days(31)).await;
    let object = rig.create("time_rotating", &days(1)).await;
    assert_eq!((text(&object, "rfc3339"), text(&object, "rotation_rfc3339")), (NOW, "2024-05-07T07:08:09Z"));
    // It is there until its time has passed.
    rig.clock.passed.store(86_400, Ordering::SeqCst);
    assert_eq!(rig.read("time_rotating", &object).await, object);
    rig.clock.passed.store(86_401, Ordering::SeqCst);
    assert!(rig.read("time_rotating", &object).await.is_null());
    let later = rig.plan("time_rotating", &object, &days(2)).await;
    assert_eq!(later.requires_replace, [Path::attr("rotation_rfc3339")]);
    assert_eq!(rig.import("time_rotating", &format!("{NOW},,,1,,")).await.unwrap(), object);
    let fixed = rig.import("time_rotating", &format!("{NOW},2024-05-07T07:08:09Z")).await.unwrap();
    assert_eq!(text(&fixed, "rotation_rfc3339"), "2024-05-07T07:08:09Z");
    assert!(rig.validate("time_rotating", &days(0)).await.has_errors());
    assert!(rig.validate("time_rotating", &[]).await.has_errors());
}

#[tokio::test]
async fn time_sleep() {
    let rig = Rig::new("time").await;
    let arguments = [("create_duration", Value::from("1.5m")), ("destroy_duration", Value::from("2h"))];
    rig.life_in_state("time_sleep", &arguments, &[("create_duration", "1s".into())]).await;
    let object = rig.create("time_sleep", &arguments).await;
    rig.apply("time_sleep", &object, &rig.none("time_sleep")).await;
    // Creation twice; the first deletion had its duration taken away by the update.
    let seconds = [90, 90, 7200].map(Duration::from_secs);
    assert_eq!(*rig.clock.waits.lock().unwrap(), seconds);
    assert!(rig.validate("time_sleep", &[]).await.has_errors());
    assert!(rig.validate("time_sleep", &[("create_duration", "1m30s".into())]).await.has_errors());
    assert_eq!(text(&rig.import("time_sleep", "30s,").await.unwrap(), "create_duration"), "30s");
    assert!(rig.import("time_sleep", ",").await.is_err());
}

#[tokio::test]
async fn waiting_ends_when_asked() {
    let rig = Rig::with("time", Held { stuck: true, ..Held::default() }).await;
    let none = rig.none("time_sleep");
    let plan = rig.plan("time_sleep", &none, &[("create_duration", "1h".into())]).await;
    let (done, ()) = tokio::join!(rig.apply("time_sleep", &none, &plan.planned), async {
        tokio::task::yield_now().await;
        rig.provider.stop().await;
    });
    assert!(done.state.is_null());
    assert_eq!(done.diagnostics.0[0].summary, "Waiting was interrupted");
}

#[tokio::test]
async fn rfc3339_parse() {
    let rig = Rig::new("time").await;
    let parsed = rig.provider.call_function("rfc3339_parse", &[NOW.into()]).await.unwrap();
    assert_eq!(*parsed.ty(), rig.provider.schema().functions["rfc3339_parse"].returns);
    assert_eq!((text(&parsed, "month_name"), text(&parsed, "weekday_name")), ("May", "Monday"));
    assert_eq!(parsed.get("iso_week"), Some(&Value::from(19)));
    assert_eq!(rig.provider.call_function("rfc3339_parse", &["x".into()]).await.unwrap_err().0, Some(0));
}
